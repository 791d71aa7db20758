/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the library's files share.
 */
#ifndef IOMMUFDX_INTERNAL_H
#define IOMMUFDX_INTERNAL_H

#include <errno.h>
#include <sys/ioctl.h>

/* Only functions with this mark are seen outside the shared library. */
#define API __attribute__((visibility("default")))

/* Open @path for reading and writing; the descriptor or a negative errno. */
int fdx_open_node(const char *path);

/* ioctl() as the kernel meant it: its answer, or a negative errno. */
static inline int fdx_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

#endif /* IOMMUFDX_INTERNAL_H */
