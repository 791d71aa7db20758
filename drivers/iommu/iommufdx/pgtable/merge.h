/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merging leaves.
 *
 * The walk looks at each table when it leaves it, so the lower levels are merged
 * before the higher ones. A table whose leaves are one contiguous stretch
 * becomes one leaf of the level above; else stretches in it become replicated
 * leaves in place, the largest that alignment allows first, as map would.
 * Only leaves that lie wholly in the range are merged.
 *
 * A table that became a leaf is looked at once more after the invalidation:
 * walks that were under way may have left accessed or dirty state in it. Tables
 * are looked at in the order in which they went, because a table may have become
 * a leaf in a table that went later.
 */
#ifndef __IOMMUFDX_PGTABLE_MERGE_H
#define __IOMMUFDX_PGTABLE_MERGE_H

#include "replace.h"

/**
 * struct pgt_stretch - leaves of one table that follow one another
 * @pa: memory of the first one
 * @entry: the first one
 * @end: entry that follows the last one
 * @state: accessed and dirty state of all of them
 */
struct pgt_stretch {
	u64 pa;
	u64 entry;
	unsigned int end;
	struct pgt_state state;
};

/* Two leaves of one level that are the same in all but address and state. */
static __always_inline bool pgt_alike(const struct pgtable_fmt *fmt,
				      unsigned int level, u64 a, u64 b)
{
	/* State and permissions may share bits. */
	return !((fmt->leaf_attrs(a, level) ^ fmt->leaf_attrs(b, level)) &
		 ~fmt->volatile_bits) &&
	       fmt->prot(a, level) == fmt->prot(b, level);
}

/*
 * From entry @i of a table of @level, where a leaf begins, up to @end: leaves of
 * at most @most bytes each that follow one another.
 */
static __always_inline struct pgt_stretch
pgt_stretch(const struct pgtable_fmt *fmt, const u64 *table, unsigned int level,
	    unsigned int i, unsigned int end, u64 most)
{
	const unsigned int item = pgt_item_shift(fmt, level);
	struct pgt_stretch s = { .entry = READ_ONCE(table[i]) };
	unsigned int n, shift;
	u64 entry, next;

	s.pa = fmt->leaf_pa(s.entry, fmt->leaf_shift(s.entry, level));
	next = s.pa;
	while (i < end) {
		entry = READ_ONCE(table[i]);
		if (fmt->kind(entry, level) != PGT_LEAF)
			break;
		shift = fmt->leaf_shift(entry, level);
		n = 1U << (shift - item);
		if (fmt->leaf_pa(entry, shift) != next || n > end - i ||
		    BIT_ULL(shift) > most || !pgt_alike(fmt, level, entry, s.entry))
			break;
		next += BIT_ULL(shift);
		for (; n; n--)
			pgt_state_add(fmt, &s.state, READ_ONCE(table[i++]));
	}
	s.end = i;
	return s;
}

/*
 * A table of @level, wholly in the range, becomes a leaf of the level above,
 * if it can. @iova is in it. 1: done; 0: it cannot.
 */
static __always_inline int pgt_merge_up(const struct pgtable_fmt *fmt,
					struct pgt_resize *r,
					unsigned int level, u64 iova)
{
	u64 span = pgt_item_last(fmt, level + 1, 0);
	u64 *table = r->w.path[level];
	struct pgt_pending p = { .n = 1, .level = level + 1, .table = table };
	struct pgt_stretch s;
	int rc;

	if (!r->w.path[level + 1] || span >= r->req->merge ||
	    !(r->pt->page_sizes & (span + 1)) ||
	    fmt->kind(READ_ONCE(*table), level) != PGT_LEAF)
		return 0;
	s = pgt_stretch(fmt, table, level, 0, 1U << fmt->index_bits, span);
	if (s.end != 1U << fmt->index_bits || (s.pa & span))
		return 0;
	rc = pgt_resize_allowed(r) ?: pgt_resize_room(fmt, r, 1);
	if (rc)
		return rc;

	p.slot = pgt_walk_slot_of(fmt, &r->w, level + 1, iova);
	p.entry = fmt->leaf(s.pa, pgt_item_shift(fmt, level + 1), level + 1,
			    fmt->leaf_attrs(s.entry, level));
	pgt_state_give(fmt, &s.state, &p.entry);
	WRITE_ONCE(*p.slot, r->live ? p.entry : 0);
	pgt_changed(r->pt, p.slot, 1);
	pgt_resize_later(r, p);
	pgt_table_retire(r->pt, table, &r->gather);
	pgt_gather_leaves(&r->gather, iova & ~span, iova | span,
			  BIT_ULL(pgt_item_shift(fmt, level)));
	return 1;
}

/* Entries @i to @end - 1 of a table of @level, one stretch, that is at @iova. */
static __always_inline int
pgt_merge_stretch(const struct pgtable_fmt *fmt, struct pgt_resize *r,
		  u64 *table, unsigned int level, unsigned int i, u64 iova,
		  const struct pgt_stretch *s)
{
	const unsigned int item = pgt_item_shift(fmt, level);
	const u64 sizes = r->pt->page_sizes &
			  pgt_item_last(fmt, level + 1, 0) &
			  ((2ULL << __fls(r->req->merge)) - 1);
	unsigned int n, shift, old;
	u64 fits, pa = s->pa;
	int rc;

	for (; i < s->end; i += n) {
		u64 addr = iova | pa;

		fits = sizes & (addr ^ (addr - 1));
		fits &= (2ULL << __fls((u64)(s->end - i) << item)) - 1;
		old = fmt->leaf_shift(READ_ONCE(table[i]), level);
		shift = max_t(unsigned int, old, fits ? __fls(fits) : 0);
		n = 1U << (shift - item);
		if (shift > old) {
			rc = pgt_resize_allowed(r) ?: pgt_resize_room(fmt, r, 1);
			if (rc)
				return rc;
			pgt_resize_slots(fmt, r, table + i, n, level, pa,
					 shift);
			pgt_gather_leaves(&r->gather, iova,
					  iova + (BIT_ULL(shift) - 1),
					  BIT_ULL(item));
		}
		pa += BIT_ULL(shift);
		iova += BIT_ULL(shift);
	}
	return 0;
}

/* Merge what can be in one table of @level, from @iova to @last. */
static __always_inline int pgt_merge_here(const struct pgtable_fmt *fmt,
					  struct pgt_resize *r,
					  unsigned int level, u64 iova,
					  u64 last)
{
	const unsigned int item = pgt_item_shift(fmt, level);
	const u64 mask = BIT_ULL(item) - 1;
	unsigned int i = 0, n, end;
	struct pgt_stretch s;
	u64 entry, at, *table;
	int rc;

	/* Entries that lie wholly in the range. */
	if (iova & mask) {
		if ((iova | mask) >= last)
			return 0;
		iova = (iova | mask) + 1;
	}
	end = (last - iova) >> item;
	if (((last - iova) & mask) == mask)
		end++;
	table = pgt_walk_slot_of(fmt, &r->w, level, iova);
	while (i < end) {
		at = iova + ((u64)i << item);
		entry = READ_ONCE(table[i]);
		if (fmt->kind(entry, level) != PGT_LEAF) {
			i++;
			continue;
		}
		n = 1U << (fmt->leaf_shift(entry, level) - item);
		/* What began earlier, or is large already, stays. */
		if ((at >> item) & (n - 1)) {
			i++;
			continue;
		}
		s = pgt_stretch(fmt, table, level, i, end, r->req->merge);
		if (s.end == i) {
			i += n;
			continue;
		}
		rc = pgt_merge_stretch(fmt, r, table, level, i, at, &s);
		if (rc)
			return rc;
		i = s.end;
	}
	return 0;
}

/* The walk has come to the end of a table, or of the range, at @done. */
static __always_inline int pgt_merge_leave(const struct pgtable_fmt *fmt,
					   struct pgt_resize *r, u64 iova,
					   u64 done)
{
	unsigned int level;
	u64 first, last;
	int rc;

	for (level = r->w.level; level <= r->w.top_level; level++) {
		if (!r->w.path[level])
			continue;
		first = 0;
		last = U64_MAX;
		if (level < r->w.top_level) {
			last = pgt_item_last(fmt, level + 1, 0);
			first = done & ~last;
			last |= done;
		}
		if (done != last && done != r->w.last)
			return 0;
		/* Leaves that are pending are not there yet. */
		if (!r->live && level) {
			rc = pgt_resize_sync(fmt, r);
			if (rc)
				return rc;
		}
		if (level < r->w.top_level && first >= iova &&
		    last <= r->w.last) {
			rc = pgt_merge_up(fmt, r, level, done);
			if (rc < 0)
				return rc;
			if (rc)
				continue;
		}
		rc = pgt_merge_here(fmt, r, level, max(first, iova),
				    min(last, r->w.last));
		if (rc)
			return rc;
	}
	return 0;
}

/* On an error, the walk stands in the table that it could not go on with. */
static __always_inline int pgt_merge_range(const struct pgtable_fmt *fmt,
					   struct pgt_resize *r)
{
	const u64 iova = r->w.iova;
	u64 entry, done;
	int rc;

	do {
		entry = pgt_walk_descend(fmt, &r->w);
		done = pgt_item_last(fmt, r->w.level, r->w.iova);
		if (r->w.level == 0)
			done = pgt_walk_end(fmt, &r->w, 0);
		else if (fmt->kind(entry, r->w.level) == PGT_LEAF)
			done |= BIT_ULL(fmt->leaf_shift(entry, r->w.level)) - 1;
		done = min(done, r->w.last);
		rc = pgt_merge_leave(fmt, r, iova, done);
		if (rc)
			return rc;
	} while (pgt_walk_step(fmt, &r->w, done));
	return 0;
}

#endif /* __IOMMUFDX_PGTABLE_MERGE_H */
