/* SPDX-License-Identifier: GPL-2.0-only */
/* A handful of slots; allocating one can fail like any allocation. */
#ifndef __SHIM_LINUX_XARRAY_H
#define __SHIM_LINUX_XARRAY_H

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/slab.h>

#define SHIM_XA_SLOTS	8

struct xarray {
	void *slot[SHIM_XA_SLOTS];
};

#define XA_FLAGS_ALLOC		0
#define XA_FLAGS_ACCOUNT	0
#define xa_limit_31b		SHIM_XA_SLOTS

#define xa_init_flags(xa, flags)	(*(xa) = (struct xarray){})
#define xa_for_each(xa, index, entry) \
	for ((index) = 0; ((entry) = shim_xa_find(xa, &(index))); (index)++)

static inline void *shim_xa_find(struct xarray *xa, unsigned long *index)
{
	for (; *index < SHIM_XA_SLOTS; ++*index)
		if (xa->slot[*index])
			return xa->slot[*index];
	return NULL;
}

static inline bool xa_empty(struct xarray *xa)
{
	unsigned long index = 0;

	return !shim_xa_find(xa, &index);
}

static inline int xa_alloc(struct xarray *xa, u32 *id, void *entry, u32 limit,
			   gfp_t gfp)
{
	void *node = kmalloc(1, gfp);

	if (!node)
		return -ENOMEM;
	kfree(node);
	for (*id = 0; *id < limit; ++*id) {
		if (!xa->slot[*id]) {
			xa->slot[*id] = entry;
			return 0;
		}
	}
	return -EBUSY;
}

static inline void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *entry = xa->slot[index];

	xa->slot[index] = NULL;
	return entry;
}

#endif /* __SHIM_LINUX_XARRAY_H */
