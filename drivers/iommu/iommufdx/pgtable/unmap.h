/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unmapping a range.
 *
 * Leaves are cleared in IOVA order. A table whose whole reach lies in the range
 * has nothing but this unmap inside (rule 3 of the contract): it is unlinked the
 * moment the walk leaves it. So its leaves need not be cleared one by one, only
 * counted: whoever still holds a pointer to it in a cache may hold the leaves as
 * well, and the same invalidation drops both. Nor need they be counted for a
 * caller who knows what the range holds: discard() does not even read them.
 *
 * With a sink, leaves that were dirty when they became unmapped are reported:
 * reading and clearing are one exchange, so no write falls between the two. What
 * hardware writes afterwards, through an entry that it has cached and that says
 * dirty already, is covered by the same bit. Whether there is a sink (@report) is
 * known when this is compiled.
 */
#ifndef __IOMMUFDX_PGTABLE_UNMAP_H
#define __IOMMUFDX_PGTABLE_UNMAP_H

#include <linux/atomic.h>

#include "dirty_bits.h"
#include "walk.h"

/**
 * struct pgt_unmap - an unmap under way
 * @pt: the table
 * @w: where it stands
 * @bits: dirty leaves, if there is a sink
 * @bytes: unmapped so far
 * @done: last byte dealt with
 * @pgsize: smallest leaf seen
 */
struct pgt_unmap {
	struct pgtable *pt;
	struct pgt_walk w;
	struct pgt_bits bits;
	u64 bytes;
	u64 done;
	u64 pgsize;
};

/* Empty a slot. Returns whether its leaf was dirty, if there is a sink. */
static __always_inline u64 pgt_clear_slot(const struct pgtable_fmt *fmt,
					  bool report, u64 *slot)
{
	if (report)
		return fmt->dirty(xchg(slot, 0));
	WRITE_ONCE(*slot, 0);
	return 0;
}

/*
 * Clear a leaf of @level whose first entry is expected at @slot, for @iova.
 * False if it reaches out of the range or of @slots, the entries left in the
 * range.
 */
static __always_inline bool pgt_clear_large(const struct pgtable_fmt *fmt,
					    struct pgt_unmap *u, u64 *slot,
					    u64 entry, unsigned int level,
					    u64 iova, unsigned int slots,
					    bool report)
{
	unsigned int shift = fmt->leaf_shift(entry, level);
	unsigned int n = 1U << (shift - pgt_item_shift(fmt, level));
	u64 size = BIT_ULL(shift), dirty = 0;
	unsigned int i;

	if ((iova & (size - 1)) || n > slots)
		return false;
	for (i = 0; i < n; i++)
		dirty |= pgt_clear_slot(fmt, report, slot + i);
	if (report && dirty)
		pgt_bits_report(&u->bits, iova, iova + (size - 1));
	pgt_changed(u->pt, slot, n);
	u->bytes += size;
	u->pgsize = min(u->pgsize, size);
	return true;
}

/* Single leaves were unmapped in a level-0 table. */
static __always_inline void pgt_unmap_count(const struct pgtable_fmt *fmt,
					    struct pgt_unmap *u,
					    unsigned int singles)
{
	if (!singles)
		return;
	u->bytes += (u64)singles << fmt->granule_shift;
	u->pgsize = BIT_ULL(fmt->granule_shift);
}

/* Count the leaves of a level-0 table. False if they are not all single. */
static __always_inline bool pgt_count_singles(const struct pgtable_fmt *fmt,
					      const u64 *table,
					      unsigned int *singles)
{
	const u64 *end = table + (1U << fmt->index_bits);
	unsigned int n = 0;

#pragma GCC unroll 8
	for (; table < end; table++) {
		u64 entry = READ_ONCE(*table);

		if (unlikely(!fmt->leaf_single(entry, 0)))
			return false;
		n += fmt->kind(entry, 0) != PGT_EMPTY;
	}
	*singles = n;
	return true;
}

/* The rest of the range in the level-0 table; false to stop at u->done. */
static __always_inline bool pgt_unmap_bottom(const struct pgtable_fmt *fmt,
					     struct pgt_unmap *u, bool report,
					     bool count)
{
	const unsigned int granule = fmt->granule_shift;
	u64 base = u->w.iova & ~pgt_item_last(fmt, 1, 0);
	u64 done = pgt_walk_end(fmt, &u->w, 0);
	u64 *table = u->w.path[0];
	u64 *slot = table + pgt_index(fmt, 0, u->w.iova);
	u64 *end = table + pgt_index(fmt, 0, done) + 1;
	u64 *const start = slot;
	/* Bit n of @dirty is the entry at @first + n. */
	u64 *first = slot, dirty = 0;
	unsigned int singles = 0;
	bool all = true;

	u->done = done;
	/* All of a table that something points to: see pgt_unmap_leave(). */
	if (!report && end - slot == 1U << fmt->index_bits && u->w.top_level) {
		if (!count)
			singles = end - slot;
		if (!count || pgt_count_singles(fmt, table, &singles)) {
			pgt_unmap_count(fmt, u, singles);
			return true;
		}
	}

	while (slot < end) {
		u64 entry = READ_ONCE(*slot);

		if (report && (slot - first == 64 ||
			       !fmt->leaf_single(entry, 0))) {
			if (dirty)
				pgt_bits_singles(fmt, &u->bits, base +
						 ((u64)(first - table) << granule),
						 dirty);
			dirty = 0;
			first = slot;
		}
		if (fmt->kind(entry, 0) == PGT_EMPTY) {
			slot++;
		} else if (likely(fmt->leaf_single(entry, 0))) {
			if (pgt_clear_slot(fmt, report, slot))
				dirty |= BIT_ULL(slot - first);
			slot++;
			singles++;
		} else if (pgt_clear_large(fmt, u, slot, entry, 0, base +
					   ((u64)(slot - table) << granule),
					   end - slot, report)) {
			slot += 1U << (fmt->leaf_shift(entry, 0) - granule);
			first = slot;
		} else {
			u->done -= (u64)(end - slot) << granule;
			all = false;
			break;
		}
	}
	if (report && dirty)
		pgt_bits_singles(fmt, &u->bits,
				 base + ((u64)(first - table) << granule),
				 dirty);
	if (singles)
		pgt_changed(u->pt, start, slot - start);
	pgt_unmap_count(fmt, u, singles);
	return all;
}

/*
 * Single leaves of @level, above 0, that follow one another from where the walk
 * stands on, as far as they lie wholly in the range. False if none does.
 */
static __always_inline bool pgt_unmap_singles(const struct pgtable_fmt *fmt,
					      struct pgt_unmap *u,
					      unsigned int level, bool report)
{
	const unsigned int item = pgt_item_shift(fmt, level);
	u64 *slot = pgt_walk_slot_of(fmt, &u->w, level, u->w.iova);
	u64 iova = u->w.iova;
	/* Not all of 64 bits: the top level of such a table has no leaves. */
	u64 n = (pgt_walk_end(fmt, &u->w, level) - iova + 1) >> item;
	u64 i, entry;

	if (iova & pgt_item_last(fmt, level, 0))
		return false;
	for (i = 0; i < n; i++) {
		entry = READ_ONCE(slot[i]);
		if (fmt->kind(entry, level) != PGT_LEAF ||
		    !fmt->leaf_single(entry, level))
			break;
		iova += BIT_ULL(item);
		if (pgt_clear_slot(fmt, report, slot + i))
			pgt_bits_report(&u->bits, iova - BIT_ULL(item),
					iova - 1);
	}
	if (!i)
		return false;
	pgt_changed(u->pt, slot, i);
	u->bytes += i << item;
	u->pgsize = min(u->pgsize, BIT_ULL(item));
	u->done = iova - 1;
	return true;
}

/* One leaf above level 0, whatever its size. */
static __always_inline bool pgt_unmap_leaf(const struct pgtable_fmt *fmt,
					   struct pgt_unmap *u, u64 entry,
					   bool report)
{
	unsigned int level = u->w.level;
	u64 size = BIT_ULL(fmt->leaf_shift(entry, level));

	/* The last byte first: iova + size may be 2^64. */
	if (u->w.last - u->w.iova < size - 1 ||
	    !pgt_clear_large(fmt, u, pgt_walk_slot(fmt, &u->w), entry, level,
			     u->w.iova, 1U << fmt->index_bits, report))
		return false;
	u->done = u->w.iova + (size - 1);
	return true;
}

/* Unlink the tables that end at u->done and began in the range. */
static __always_inline void pgt_unmap_leave(const struct pgtable_fmt *fmt,
					    struct pgt_unmap *u, u64 iova,
					    struct pgtable_gather *gather)
{
	unsigned int level, parent;
	u64 span, *slot;

	for (level = u->w.level; level < u->w.top_level; level = parent) {
		span = pgt_item_last(fmt, level + 1, 0);
		if ((u->done & span) != span || (u->done & ~span) < iova)
			return;
		parent = level + 1;
		while (!u->w.path[parent])
			parent++;
		slot = pgt_walk_slot_of(fmt, &u->w, parent, u->done);
		WRITE_ONCE(*slot, 0);
		pgt_changed(u->pt, slot, 1);
		pgt_table_retire(u->pt, u->w.path[level], gather);
		pgtable_gather_add(gather, u->done & ~span, u->done);
	}
}

/*
 * Bytes unmapped; without @count, bytes of the range in which nothing is mapped
 * any more.
 */
static __always_inline u64 pgt_unmap(const struct pgtable_fmt *fmt,
				     struct pgtable *pt, u64 iova, u64 last,
				     struct pgtable_dirty_sink *sink,
				     bool report, bool count,
				     struct pgtable_gather *gather)
{
	struct pgt_unmap u = {
		.pt = pt,
		.bits.sink = sink,
		.done = iova - 1,
		.pgsize = U64_MAX,
	};
	bool more = true;
	u64 entry;

	if (!pgt_walk_start(&u.w, pt, iova, last))
		return 0;
	last = u.w.last;
	if ((iova | (last + 1)) & pgt_item_last(fmt, 0, 0))
		return 0;

	do {
		entry = pgt_walk_descend(fmt, &u.w);
		if (u.w.level == 0)
			more = pgt_unmap_bottom(fmt, &u, report, count);
		else if (fmt->kind(entry, u.w.level) == PGT_LEAF)
			more = pgt_unmap_singles(fmt, &u, u.w.level, report) ||
			       pgt_unmap_leaf(fmt, &u, entry, report);
		else
			u.done = min(last, pgt_item_last(fmt, u.w.level,
							 u.w.iova));
		if (!more)
			break;
		pgt_unmap_leave(fmt, &u, iova, gather);
	} while (pgt_walk_step(fmt, &u.w, u.done));

	if (report)
		pgt_bits_flush(&u.bits);
	if (u.bytes)
		pgt_gather_leaves(gather, iova, u.done, u.pgsize);
	return count ? u.bytes : u.done - iova + 1;
}

#endif /* __IOMMUFDX_PGTABLE_UNMAP_H */
