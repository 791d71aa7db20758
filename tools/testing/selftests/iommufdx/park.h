/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parked memory: whoever touches it waits, the kernel for us as well as we, until
 * the test lets him through. It shows what else waits then.
 */
#ifndef SELFTESTS_IOMMUFDX_PARK_H
#define SELFTESTS_IOMMUFDX_PARK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct park {
	int fd;
	void *mem;
};

/* One page. -EOPNOTSUPP: this kernel has none, or not for us. */
int park_make(struct park *p);
/* The same, which begins with @data and where only writers wait. */
int park_make_readable(struct park *p, const void *data, size_t len);
/* Has somebody come? Waits for him, PATIENCE_MS at most. */
bool park_is_taken(struct park *p);
/* Let all through; the page is ordinary memory from now on. */
void park_open(struct park *p);
/* Open it and give it back. */
void park_put(struct park *p);

/*
 * Somebody who comes to parked memory on a thread of his own, and stays there.
 * @rc is what the call returned, or a negative errno.
 */
struct parked {
	struct park park;
	pthread_t thread;
	int fd;
	unsigned long request;
	void *cmd;
	long rc;
};

/* For pthread_create(): an ioctl on @fd with @request and @cmd. */
void *parked_ioctl(void *arg);
/* Let him through, and wait until he is. */
void parked_end(struct parked *p);

#endif /* SELFTESTS_IOMMUFDX_PARK_H */
