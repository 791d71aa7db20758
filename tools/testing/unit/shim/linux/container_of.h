/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_CONTAINER_OF_H
#define __SHIM_LINUX_CONTAINER_OF_H

#include <linux/types.h>

#undef offsetof
#define offsetof(type, member)	__builtin_offsetof(type, member)
#define offsetofend(type, member) \
	(offsetof(type, member) + sizeof(((type *)0)->member))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#endif /* __SHIM_LINUX_CONTAINER_OF_H */
