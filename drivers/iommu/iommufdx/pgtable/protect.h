/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing permissions.
 *
 * Each entry changes in one exchange that fails, and is tried again, if hardware
 * has set its accessed or dirty state meanwhile. While a replicated leaf
 * changes, some of its entries have the old permissions and some the new:
 * hardware goes by either.
 */
#ifndef __IOMMUFDX_PGTABLE_PROTECT_H
#define __IOMMUFDX_PGTABLE_PROTECT_H

#include <linux/atomic.h>

#include "walk.h"

/**
 * struct pgt_protect - a change under way
 * @pt: the table
 * @w: where it stands
 * @prot: what all leaves get
 * @bytes: that have it
 * @first: IOVA of the first leaf changed
 * @last: last byte of the last one
 * @pgsize: smallest leaf changed; U64_MAX: none was
 */
struct pgt_protect {
	struct pgtable *pt;
	struct pgt_walk w;
	u32 prot;
	u64 bytes;
	u64 first;
	u64 last;
	u64 pgsize;
};

static __always_inline bool pgt_protect_slot(const struct pgtable_fmt *fmt,
					     const struct pgt_protect *p,
					     u64 *slot)
{
	u64 old = READ_ONCE(*slot);
	u64 new;

	do {
		new = fmt->protect(old, p->prot, p->pt->quirks);
		if (new == old)
			return false;
	} while (!try_cmpxchg64(slot, &old, new));
	return true;
}

/*
 * The leaf at @iova, whose first entry is expected at @slot. False if it reaches
 * out of the range.
 */
static __always_inline bool pgt_protect_leaf(const struct pgtable_fmt *fmt,
					     struct pgt_protect *p, u64 *slot,
					     u64 entry, unsigned int level,
					     u64 iova)
{
	unsigned int shift = fmt->leaf_shift(entry, level);
	unsigned int i, n = 1U << (shift - pgt_item_shift(fmt, level));
	u64 size = BIT_ULL(shift);
	bool changed = false;

	if ((iova & (size - 1)) || p->w.last - iova < size - 1)
		return false;
	for (i = 0; i < n; i++)
		changed |= pgt_protect_slot(fmt, p, slot + i);
	if (changed) {
		p->first = min(p->first, iova);
		p->last = iova + (size - 1);
		p->pgsize = min(p->pgsize, size);
	}
	p->bytes += size;
	return true;
}

/*
 * The rest of the range in one table, from where the walk stands to @end. False
 * if a leaf reaches out of the range.
 */
static __always_inline bool pgt_protect_table(const struct pgtable_fmt *fmt,
					      struct pgt_protect *p,
					      u64 end)
{
	u64 *slot = p->w.path[0] + pgt_index(fmt, 0, p->w.iova);
	u64 *const start = slot;
	u64 iova = p->w.iova;
	bool fits = true;
	unsigned int shift;
	u64 entry;

	while (iova - 1 != end) {
		entry = READ_ONCE(*slot);
		shift = fmt->granule_shift;
		if (fmt->kind(entry, 0) != PGT_EMPTY) {
			fits = pgt_protect_leaf(fmt, p, slot, entry, 0, iova);
			if (!fits)
				break;
			shift = fmt->leaf_shift(entry, 0);
		}
		slot += 1U << (shift - fmt->granule_shift);
		iova += BIT_ULL(shift);
	}
	pgt_changed(p->pt, start, slot - start);
	return fits;
}

static __always_inline u64 pgt_protect(const struct pgtable_fmt *fmt,
				       struct pgtable *pt, u64 iova, u64 last,
				       u32 prot, struct pgtable_gather *gather)
{
	struct pgt_protect p = {
		.pt = pt,
		.prot = prot,
		.first = U64_MAX,
		.pgsize = U64_MAX,
	};
	u64 entry, done, *slot;
	bool fits = true;

	if (!fmt->attrs(prot, pt->quirks) ||
	    !pgt_walk_start(&p.w, pt, iova, last) ||
	    ((iova | (p.w.last + 1)) & pgt_item_last(fmt, 0, 0)))
		return 0;
	do {
		entry = pgt_walk_descend(fmt, &p.w);
		if (p.w.level == 0) {
			done = pgt_walk_end(fmt, &p.w, 0);
			fits = pgt_protect_table(fmt, &p, done);
			continue;
		}
		done = pgt_item_last(fmt, p.w.level, p.w.iova);
		if (fmt->kind(entry, p.w.level) != PGT_LEAF)
			continue;
		slot = pgt_walk_slot(fmt, &p.w);
		done |= BIT_ULL(fmt->leaf_shift(entry, p.w.level)) - 1;
		fits = pgt_protect_leaf(fmt, &p, slot, entry, p.w.level,
					p.w.iova);
		pgt_changed(pt, slot, ((done - p.w.iova) >>
				       pgt_item_shift(fmt, p.w.level)) + 1);
	} while (fits && pgt_walk_step(fmt, &p.w, done));

	if (p.pgsize != U64_MAX)
		pgt_gather_leaves(gather, p.first, p.last, p.pgsize);
	return p.bytes;
}

#endif /* __IOMMUFDX_PGTABLE_PROTECT_H */
