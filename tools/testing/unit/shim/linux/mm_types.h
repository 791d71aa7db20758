/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_MM_TYPES_H
#define __SHIM_LINUX_MM_TYPES_H

#include <linux/list.h>

struct page {
	struct list_head lru;
	unsigned long private;
	atomic_t _refcount;
	unsigned int order;
};

#endif /* __SHIM_LINUX_MM_TYPES_H */
