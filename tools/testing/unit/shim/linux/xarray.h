/* SPDX-License-Identifier: GPL-2.0-only */
/* A handful of entries at any index; storing one can fail like any allocation. */
#ifndef __SHIM_LINUX_XARRAY_H
#define __SHIM_LINUX_XARRAY_H

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/slab.h>

#define SHIM_XA_SLOTS	8

/* Entries that are not NULL, in no order. */
struct xarray {
	struct {
		unsigned long index;
		void *entry;
	} slot[SHIM_XA_SLOTS];
};

#define XA_FLAGS_ALLOC		0
#define XA_FLAGS_ACCOUNT	0
#define xa_limit_31b		SHIM_XA_SLOTS

#define xa_init_flags(xa, flags)	(*(xa) = (struct xarray){})
#define xa_init(xa)			xa_init_flags(xa, 0)
#define xa_destroy(xa)			xa_init(xa)
#define xa_for_each_range(xa, index, entry, start, last) \
	for ((index) = (start); \
	     ((entry) = shim_xa_find(xa, &(index), last)); (index)++)
#define xa_for_each(xa, index, entry) \
	xa_for_each_range(xa, index, entry, 0, ~0UL)

/* The first entry from *@index to @last, and where it is. */
static inline void *shim_xa_find(struct xarray *xa, unsigned long *index,
				 unsigned long last)
{
	void *entry = NULL;
	unsigned int i;

	for (i = 0; i < SHIM_XA_SLOTS; i++) {
		if (!xa->slot[i].entry || xa->slot[i].index < *index ||
		    xa->slot[i].index > last)
			continue;
		entry = xa->slot[i].entry;
		last = xa->slot[i].index;
	}
	if (entry)
		*index = last;
	return entry;
}

static inline bool xa_empty(struct xarray *xa)
{
	unsigned long index = 0;

	return !shim_xa_find(xa, &index, ~0UL);
}

static inline void *xa_load(struct xarray *xa, unsigned long index)
{
	return shim_xa_find(xa, &index, index);
}

static inline int xa_insert(struct xarray *xa, unsigned long index, void *entry,
			    gfp_t gfp)
{
	void *node = kmalloc(1, gfp);
	unsigned int i;

	if (!node)
		return -ENOMEM;
	kfree(node);
	if (xa_load(xa, index))
		return -EBUSY;
	for (i = 0; i < SHIM_XA_SLOTS; i++) {
		if (xa->slot[i].entry)
			continue;
		xa->slot[i].index = index;
		xa->slot[i].entry = entry;
		return 0;
	}
	return -ENOMEM;
}

static inline int xa_alloc(struct xarray *xa, u32 *id, void *entry, u32 limit,
			   gfp_t gfp)
{
	int rc;

	for (*id = 0; *id < limit; ++*id) {
		rc = xa_insert(xa, *id, entry, gfp);
		if (rc != -EBUSY)
			return rc;
	}
	return -EBUSY;
}

static inline void *xa_erase(struct xarray *xa, unsigned long index)
{
	unsigned int i;
	void *entry;

	for (i = 0; i < SHIM_XA_SLOTS; i++) {
		entry = xa->slot[i].entry;
		if (!entry || xa->slot[i].index != index)
			continue;
		xa->slot[i].entry = NULL;
		return entry;
	}
	return NULL;
}

#endif /* __SHIM_LINUX_XARRAY_H */
