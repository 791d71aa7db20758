/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way down to one byte. No path is kept, unlike in a walk, and the loop over
 * levels is unrolled: shifts and what kinds of entries there may be are
 * constants in each step.
 */
#ifndef __IOMMUFDX_PGTABLE_LOOKUP_H
#define __IOMMUFDX_PGTABLE_LOOKUP_H

#include "walk.h"

/**
 * struct pgt_found - where the way down ends
 * @slot: a slot that points to no table; NULL if the way ends elsewhere: beyond
 *	the input width, or at a pointer that does not reach the byte
 * @entry: what was read there
 * @level: level of the table that @slot is in
 */
struct pgt_found {
	u64 *slot;
	u64 entry;
	unsigned int level;
};

static __always_inline struct pgt_found
pgt_lookup(const struct pgtable_fmt *fmt, const struct pgtable *pt, u64 iova)
{
	unsigned long root = pgtable_root(pt);
	u64 *table = pgtable_root_top(root);
	/* Level of @table. */
	unsigned int at = pgtable_root_level(root);
	u64 entry = 0, *slot = NULL;
	unsigned int child;
	int level;

	if (iova > pgtable_root_last(root))
		return (struct pgt_found){};
	/* Tables side by side: the first step chooses one of them. */
	if (fmt->concat_bits)
		table += (iova >> pgt_item_shift(fmt, at)) &
			 ~(u64)((1U << fmt->index_bits) - 1);
#pragma GCC unroll 6
	for (level = fmt->max_levels - 1; level >= 0; level--) {
		if (level != at)
			continue;
		slot = table + pgt_index(fmt, level, iova);
		entry = READ_ONCE(*slot);
		if (fmt->kind(entry, level) != PGT_TABLE)
			break;
		child = fmt->table_level(entry, level);
		if (unlikely(!pgt_reaches(fmt, level, child, iova)))
			return (struct pgt_found){};
		table = phys_to_virt(fmt->table_pa(entry));
		/* A constant, nearly always. */
		at = likely(child == level - 1) ? level - 1 : child;
	}
	return (struct pgt_found){ .slot = slot, .entry = entry, .level = at };
}

static __always_inline phys_addr_t
pgt_iova_to_phys(const struct pgtable_fmt *fmt, const struct pgtable *pt,
		 u64 iova)
{
	struct pgt_found f = pgt_lookup(fmt, pt, iova);
	unsigned int shift;

	if (fmt->kind(f.entry, f.level) != PGT_LEAF)
		return PHYS_ADDR_MAX;
	shift = fmt->leaf_shift(f.entry, f.level);
	return fmt->leaf_pa(f.entry, shift) | (iova & (BIT_ULL(shift) - 1));
}

#endif /* __IOMMUFDX_PGTABLE_LOOKUP_H */
