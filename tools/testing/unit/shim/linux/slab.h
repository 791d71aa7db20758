/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_SLAB_H
#define __SHIM_LINUX_SLAB_H

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/overflow.h>

/* Fail when told to (shim_fail_nth()), else malloc(): ASan sees every use. */
void *shim_kmalloc(size_t size, gfp_t gfp);
void kfree(const void *p);

static inline void *shim_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ?
		       NULL : shim_kmalloc(bytes, gfp);
}

#define kmalloc(size, gfp)		shim_kmalloc(size, gfp)
#define kzalloc(size, gfp)		shim_kmalloc(size, (gfp) | __GFP_ZERO)
#define kmalloc_array(n, size, gfp)	shim_kmalloc_array(n, size, gfp)
#define kcalloc(n, size, gfp)		shim_kmalloc_array(n, size, (gfp) | __GFP_ZERO)
#define kvmalloc			kmalloc
#define kvzalloc			kzalloc
#define kvmalloc_array			kmalloc_array
#define kvcalloc			kcalloc
#define kvfree(p)			kfree(p)
#define vmalloc(size)			kmalloc(size, GFP_KERNEL)
#define vzalloc(size)			kzalloc(size, GFP_KERNEL)
#define vfree(p)			kfree(p)

#endif /* __SHIM_LINUX_SLAB_H */
