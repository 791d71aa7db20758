/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unmapping a range.
 *
 * Leaves are cleared in IOVA order. A table whose whole reach lies in the range
 * is left behind empty, so nothing but this unmap can be inside it (rule 3 of
 * the contract): it is unlinked the moment the walk leaves it.
 */
#ifndef __IOMMUFDX_PGTABLE_UNMAP_H
#define __IOMMUFDX_PGTABLE_UNMAP_H

#include "walk.h"

/**
 * struct pgt_unmap - an unmap under way
 * @w: where it stands
 * @bytes: unmapped so far
 * @done: last byte dealt with
 * @pgsize: smallest leaf seen
 */
struct pgt_unmap {
	struct pgt_walk w;
	u64 bytes;
	u64 done;
	u64 pgsize;
};

/*
 * Clear a leaf of @level whose first entry is expected at @slot. False if it
 * reaches out of the range or of @slots, the entries left in the range.
 */
static __always_inline bool pgt_clear_large(const struct pgtable_fmt *fmt,
					    struct pgt_unmap *u, u64 *slot,
					    u64 entry, unsigned int level,
					    unsigned int index,
					    unsigned int slots)
{
	unsigned int shift = fmt->leaf_shift(entry, level);
	unsigned int n = 1U << (shift - pgt_item_shift(fmt, level));
	unsigned int i;

	if ((index & (n - 1)) || n > slots)
		return false;
	for (i = 0; i < n; i++)
		WRITE_ONCE(slot[i], 0);
	u->bytes += BIT_ULL(shift);
	u->pgsize = min(u->pgsize, BIT_ULL(shift));
	return true;
}

/* The rest of the range in the level-0 table; false to stop at u->done. */
static __always_inline bool pgt_unmap_bottom(const struct pgtable_fmt *fmt,
					     struct pgt_unmap *u)
{
	const unsigned int granule = fmt->granule_shift;
	u64 done = pgt_walk_end(fmt, &u->w, 0);
	u64 *slot = u->w.path[0] + pgt_index(fmt, 0, u->w.iova);
	u64 *end = u->w.path[0] + pgt_index(fmt, 0, done) + 1;
	unsigned int singles = 0;
	bool all = true;

	while (slot < end) {
		u64 entry = READ_ONCE(*slot);

		if (fmt->kind(entry, 0) == PGT_EMPTY) {
			slot++;
		} else if (likely(fmt->leaf_single(entry, 0))) {
			WRITE_ONCE(*slot, 0);
			slot++;
			singles++;
		} else if (pgt_clear_large(fmt, u, slot, entry, 0,
					   slot - u->w.path[0], end - slot)) {
			slot += 1U << (fmt->leaf_shift(entry, 0) - granule);
		} else {
			done -= (u64)(end - slot) << granule;
			all = false;
			break;
		}
	}
	u->done = done;
	if (singles) {
		u->bytes += (u64)singles << granule;
		u->pgsize = BIT_ULL(granule);
	}
	return all;
}

/* One leaf above level 0. */
static __always_inline bool pgt_unmap_leaf(const struct pgtable_fmt *fmt,
					   struct pgt_unmap *u, u64 entry)
{
	unsigned int level = u->w.level;
	u64 size = BIT_ULL(fmt->leaf_shift(entry, level));

	/* The last byte first: iova + size may be 2^64. */
	if ((u->w.iova & (size - 1)) || u->w.last - u->w.iova < size - 1)
		return false;
	pgt_clear_large(fmt, u, pgt_walk_slot(fmt, &u->w), entry, level,
			pgt_index(fmt, level, u->w.iova),
			1U << fmt->index_bits);
	u->done = u->w.iova + (size - 1);
	return true;
}

/* Unlink the tables that end at u->done and began in the range. */
static __always_inline void pgt_unmap_leave(const struct pgtable_fmt *fmt,
					    struct pgtable *pt,
					    struct pgt_unmap *u, u64 iova,
					    struct pgtable_gather *gather)
{
	unsigned int level, parent;
	u64 span;

	for (level = u->w.level; level < u->w.top_level; level = parent) {
		span = pgt_item_last(fmt, level + 1, 0);
		if ((u->done & span) != span || (u->done & ~span) < iova)
			return;
		parent = level + 1;
		while (!u->w.path[parent])
			parent++;
		pgt_table_unlink(pt, u->w.path[parent] +
				 pgt_index(fmt, parent, u->done),
				 u->w.path[level], gather);
		pgtable_gather_add(gather, u->done & ~span, u->done);
	}
}

static __always_inline u64 pgt_unmap(const struct pgtable_fmt *fmt,
				     struct pgtable *pt, u64 iova, u64 last,
				     struct pgtable_gather *gather)
{
	struct pgt_unmap u = { .pgsize = U64_MAX };
	bool more = true;
	u64 entry;

	last = min(last, pgt_max_iova(pt));
	if (iova > last || ((iova | (last + 1)) & pgt_item_last(fmt, 0, 0)))
		return 0;

	pgt_walk_start(&u.w, pt, iova, last);
	do {
		entry = pgt_walk_descend(fmt, &u.w);
		if (u.w.level == 0)
			more = pgt_unmap_bottom(fmt, &u);
		else if (fmt->kind(entry, u.w.level) == PGT_LEAF)
			more = pgt_unmap_leaf(fmt, &u, entry);
		else
			u.done = min(last, pgt_item_last(fmt, u.w.level,
							 u.w.iova));
		if (!more)
			break;
		pgt_unmap_leave(fmt, pt, &u, iova, gather);
	} while (pgt_walk_step(fmt, &u.w, u.done));

	if (u.bytes) {
		pgtable_gather_add(gather, iova, u.done);
		if (!gather->pgsize || u.pgsize < gather->pgsize)
			gather->pgsize = u.pgsize;
	}
	return u.bytes;
}

#endif /* __IOMMUFDX_PGTABLE_UNMAP_H */
