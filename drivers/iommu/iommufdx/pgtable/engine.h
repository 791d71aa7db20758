/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The radix engine: everything a format's .c file instantiates. See fmt.h for
 * how, walk.h for what the operations are built on.
 */
#ifndef __IOMMUFDX_PGTABLE_ENGINE_H
#define __IOMMUFDX_PGTABLE_ENGINE_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "dirty.h"
#include "dump.h"
#include "grow.h"
#include "lookup.h"
#include "map.h"
#include "protect.h"
#include "resize.h"
#include "touch.h"
#include "tree.h"
#include "unmap.h"
#include "validate.h"
#include "walk.h"

/* All of a table but the memory; returns the level of its top. */
static __always_inline int pgt_shape(const struct pgtable_fmt *fmt,
				     struct pgtable *pt,
				     const struct pgtable_cfg *cfg)
{
	unsigned int level = max_t(unsigned int, fmt->min_levels, 1) - 1;
	unsigned int reach;

	if (!cfg->va_bits || cfg->va_bits > fmt->max_va_bits ||
	    cfg->oa_bits <= fmt->granule_shift)
		return -EINVAL;

	/* Tables side by side rather than one more level. */
	for (;; level++) {
		reach = pgt_item_shift(fmt, level + 1);
		if (cfg->va_bits <= reach + (level ? fmt->concat_bits : 0))
			break;
	}
	if (level >= fmt->max_levels)
		return -EINVAL;
	pt->va_bits = min_t(unsigned int, max_t(unsigned int, reach,
						cfg->va_bits),
			    fmt->max_va_bits);
	pt->oa_bits = min(cfg->oa_bits, fmt->max_oa_bits);
	pt->quirks = cfg->quirks;

	pt->all_sizes = fmt->page_sizes;
	if (cfg->page_sizes)
		pt->all_sizes &= cfg->page_sizes;
	if (pt->oa_bits < 63)
		pt->all_sizes &= BIT_ULL(pt->oa_bits + 1) - 1;
	/* Concatenated tables have no leaves of the level that they spare. */
	if (cfg->va_bits > reach)
		pt->all_sizes &= BIT_ULL(reach) - 1;
	pt->page_sizes = pgt_usable_sizes(pt->all_sizes, pt->va_bits);
	return pt->page_sizes ? level : -EINVAL;
}

static __always_inline int pgt_init(const struct pgtable_fmt *fmt,
				    struct pgtable *pt,
				    const struct pgtable_cfg *cfg)
{
	int level = pgt_shape(fmt, pt, cfg);
	u64 *top;

	if (level < 0)
		return level;
	atomic64_set(&pt->table_bytes, 0);
	top = pgt_table_alloc(pt, pgt_table_shift(fmt, level, pt->va_bits),
			      GFP_KERNEL_ACCOUNT);
	if (!top)
		return -ENOMEM;
	pgt_set_root(pt, top, level, pt->va_bits);
	return 0;
}

static __always_inline void pgt_destroy(const struct pgtable_fmt *fmt,
					struct pgtable *pt)
{
	pgt_free_tree(fmt, pt, pgtable_root_top(pt->root),
		      pgtable_root_level(pt->root));
	pt->root = 0;
}

static inline u64 pgt_table_bytes(struct pgtable *pt)
{
	return atomic64_read(&pt->table_bytes);
}

#endif /* __IOMMUFDX_PGTABLE_ENGINE_H */
