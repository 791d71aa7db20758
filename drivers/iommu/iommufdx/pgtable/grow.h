/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making a table higher or lower while it is in use.
 *
 * Walks take the top table, its level and the width from one word, so one that
 * began before grow ends in the old top table, which is still there: it is what
 * the first entry of the new one points to. A map looks at the leaf sizes before
 * it looks at the top, and they change in the other order, so it never chooses a
 * leaf that its table is too narrow for.
 */
#ifndef __IOMMUFDX_PGTABLE_GROW_H
#define __IOMMUFDX_PGTABLE_GROW_H

#include <linux/errno.h>

#include "walk.h"

/* Leaf sizes of a table whose input width is @va_bits: a leaf fits in. */
static inline u64 pgt_usable_sizes(u64 sizes, unsigned int va_bits)
{
	return va_bits < 64 ? sizes & (BIT_ULL(va_bits) - 1) : sizes;
}

static __always_inline void pgt_set_root(struct pgtable *pt, u64 *top,
					 unsigned int level,
					 unsigned int va_bits)
{
	unsigned long root = (unsigned long)top | (64 - va_bits) |
			     (unsigned long)level << PGTABLE_ROOT_LEVEL_SHIFT;

	smp_store_release(&pt->root, root);
	smp_store_release(&pt->page_sizes,
			  pgt_usable_sizes(pt->all_sizes, va_bits));
	WRITE_ONCE(pt->va_bits, va_bits);
}

static __always_inline int pgt_grow(const struct pgtable_fmt *fmt,
				    struct pgtable *pt, unsigned int va_bits,
				    gfp_t gfp)
{
	unsigned long root = pgtable_root(pt);
	unsigned int level = pgtable_root_level(root);
	u64 *added[PGT_MAX_LEVELS], *top = pgtable_root_top(root);
	unsigned int n = 0;
	int rc;

	if (va_bits > fmt->max_va_bits)
		return -EINVAL;
	if (va_bits <= pt->va_bits)
		return 0;
	/* Tables side by side are one piece: nothing can point to the parts. */
	if (pt->va_bits > pgt_item_shift(fmt, level + 1))
		return -EINVAL;
	while (va_bits > pgt_item_shift(fmt, level + 1)) {
		rc = -EINVAL;
		if (level + 1 == fmt->max_levels)
			goto err;
		rc = -ENOMEM;
		added[n] = pgt_table_alloc(pt, pgt_table_shift(fmt, 0, 0), gfp);
		if (!added[n])
			goto err;
		/* What is below may be dirty, or cached. */
		*added[n] = fmt->table_entry(virt_to_phys(top), level) |
			    fmt->table_marked;
		pgt_changed(pt, added[n], 1);
		top = added[n++];
		level++;
	}
	pgt_set_root(pt, top, level,
		     min_t(unsigned int, pgt_item_shift(fmt, level + 1),
			   fmt->max_va_bits));
	return 0;

err:
	while (n)
		pgt_table_free(pt, added[--n]);
	return rc;
}

/* Does a table of @level hold one thing, a pointer to the next level? */
static __always_inline bool pgt_can_shrink(const struct pgtable_fmt *fmt,
					   const u64 *top, unsigned int level)
{
	size_t i;

	for (i = 1; i < pgt_table_size(top) / sizeof(*top); i++)
		if (READ_ONCE(top[i]))
			return false;
	return fmt->kind(*top, level) == PGT_TABLE &&
	       fmt->table_level(*top, level) == level - 1;
}

static __always_inline void pgt_shrink(const struct pgtable_fmt *fmt,
				       struct pgtable *pt, unsigned int va_bits,
				       struct pgtable_gather *gather)
{
	unsigned int level = pgtable_top_level(pt);
	u64 *top = pgtable_root_top(pgtable_root(pt));
	u64 *child;

	while (level + 1 > fmt->min_levels && level &&
	       pgt_item_shift(fmt, level) >= va_bits &&
	       pgt_can_shrink(fmt, top, level)) {
		child = phys_to_virt(fmt->table_pa(*top));
		pgt_set_root(pt, child, level - 1, pgt_item_shift(fmt, level));
		pgt_table_retire(pt, top, gather);
		top = child;
		level--;
	}
}

#endif /* __IOMMUFDX_PGTABLE_GROW_H */
