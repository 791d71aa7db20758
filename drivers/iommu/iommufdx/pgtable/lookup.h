/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translating one byte. No path is kept, unlike in a walk, and the loop over
 * levels is unrolled: shifts and what kinds of entries there may be are
 * constants in each step.
 */
#ifndef __IOMMUFDX_PGTABLE_LOOKUP_H
#define __IOMMUFDX_PGTABLE_LOOKUP_H

#include "walk.h"

static __always_inline phys_addr_t
pgt_iova_to_phys(const struct pgtable_fmt *fmt, const struct pgtable *pt,
		 u64 iova)
{
	unsigned long root = pgtable_root(pt);
	u64 *table = pgtable_root_top(root);
	/* Level of @table. */
	unsigned int at = pgtable_root_level(root);
	unsigned int shift, child;
	u64 entry = 0;
	int level;

	if (iova > pgtable_root_last(root))
		return PHYS_ADDR_MAX;
	/* Tables side by side: the first step chooses one of them. */
	if (fmt->concat_bits)
		table += (iova >> pgt_item_shift(fmt, at)) &
			 ~(u64)((1U << fmt->index_bits) - 1);
#pragma GCC unroll 6
	for (level = fmt->max_levels - 1; level >= 0; level--) {
		if (level != at)
			continue;
		entry = READ_ONCE(table[pgt_index(fmt, level, iova)]);
		if (fmt->kind(entry, level) != PGT_TABLE)
			break;
		child = fmt->table_level(entry, level);
		if (unlikely(!pgt_reaches(fmt, level, child, iova)))
			return PHYS_ADDR_MAX;
		table = phys_to_virt(fmt->table_pa(entry));
		/* A constant, nearly always. */
		at = likely(child == level - 1) ? level - 1 : child;
	}
	if (fmt->kind(entry, at) != PGT_LEAF)
		return PHYS_ADDR_MAX;
	shift = fmt->leaf_shift(entry, at);
	return fmt->leaf_pa(entry, shift) | (iova & (BIT_ULL(shift) - 1));
}

#endif /* __IOMMUFDX_PGTABLE_LOOKUP_H */
