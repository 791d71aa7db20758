/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty scans that skip what was not touched.
 *
 * Where hardware sets accessed bits in entries that point to tables
 * (*pointers*), a pointer whose bit is clear has not been walked through since
 * it was cleared, and nothing below it can have become dirty. Each pointer has
 * two bits that say "look below": accessed (A), which hardware sets, and the
 * *mark*, which hardware ignores. The invariant, at all times that matter:
 *
 *	Every pointer above a dirty leaf has A or the mark, and so has every
 *	pointer above an entry that hardware holds in a cache.
 *
 * A scan takes three steps: untouch() turns A into the mark; the caller
 * invalidates; read_dirty(TOUCHED) goes below pointers that have A or the mark,
 * and takes the mark away from those that lie wholly in its range. Both steps
 * must speak of the same range.
 *
 *   - untouch() exchanges the bits in one store, so the invariant holds.
 *   - Between it and the end of the invalidation, hardware may write through a
 *     pointer it has cached and set no A; but the mark is there.
 *   - After the invalidation nothing below is cached that was cached before, so
 *     each write begins with a walk that sets A in all pointers before it sets D
 *     in the leaf. The mark is not needed any more; what remains dirty or cached
 *     has A.
 *   - The mark is taken away *before* anything below is looked at. A write that
 *     the look comes too early for has set A already, or has set the mark
 *     again: software that makes leaves dirty (set_dirty) sets D first and then
 *     the marks, from the bottom up.
 *   - A pointer that reaches out of the range keeps its mark: not all below it
 *     was looked at, and not all below it was invalidated. That includes the
 *     pointers above a large leaf that stays dirty because the rest of it could
 *     not be remembered.
 *   - map makes clean leaves, which nobody has cached: a new pointer has neither
 *     bit. A leaf that is split becomes a pointer with the mark if it is dirty;
 *     whether it is cached is not known then, but resize has invalidated before
 *     it returns, and so before the next untouch. Leaves that are merged lie
 *     below the same pointers as before. grow marks its new pointer.
 */
#ifndef __IOMMUFDX_PGTABLE_TOUCH_H
#define __IOMMUFDX_PGTABLE_TOUCH_H

#include <linux/atomic.h>
#include <linux/bitops.h>

#include "walk.h"

/*
 * Is there anything to look for below the pointer @entry at @slot, where the
 * walk of a scan from @start on stands? Takes its mark away if @clear.
 */
static __always_inline bool
pgt_touched(const struct pgtable_fmt *fmt, const struct pgtable *pt,
	    const struct pgt_walk *w, u64 start, bool clear, u64 *slot,
	    u64 entry)
{
	u64 span = pgt_item_last(fmt, w->level, 0);

	if (!(entry & (fmt->table_accessed | fmt->table_marked)))
		return false;
	if (clear && (entry & fmt->table_marked) &&
	    (w->iova & ~span) >= start && (w->iova | span) <= w->last) {
		clear_bit(ilog2(fmt->table_marked), (unsigned long *)slot);
		pgt_changed(pt, slot, 1);
		/* Before anything below is read. */
		smp_mb__after_atomic();
	}
	return true;
}

/* A leaf where the walk stands was made dirty: leave a trace on the way to it. */
static __always_inline void pgt_mark_path(const struct pgtable_fmt *fmt,
					  const struct pgtable *pt,
					  const struct pgt_walk *w)
{
	unsigned int level;
	u64 *slot;

	if (!fmt->table_accessed)
		return;
	/* The leaf first: a scan that takes a mark away then sees the leaf. */
	smp_mb__after_atomic();
	for (level = w->level + 1; level <= w->top_level; level++) {
		if (!w->path[level])
			continue;
		slot = pgt_walk_slot_of(fmt, w, level, w->iova);
		if (READ_ONCE(*slot) & (fmt->table_accessed |
					fmt->table_marked))
			continue;
		set_bit(ilog2(fmt->table_marked), (unsigned long *)slot);
		pgt_changed(pt, slot, 1);
	}
}

/* Turn A of a pointer into the mark. */
static __always_inline void pgt_untouch_slot(const struct pgtable_fmt *fmt,
					     u64 *slot, u64 entry)
{
	while ((entry & fmt->table_accessed) &&
	       !try_cmpxchg64(slot, &entry,
			      (entry & ~fmt->table_accessed) |
			      fmt->table_marked))
		;
}

static __always_inline void pgt_untouch(const struct pgtable_fmt *fmt,
					struct pgtable *pt, u64 iova, u64 last,
					struct pgtable_gather *gather)
{
	struct pgt_walk w;
	u64 entry, done, *slot;

	if (!pgt_walk_start(&w, pt, iova, last))
		return;
	do {
		for (;;) {
			done = pgt_item_last(fmt, w.level, w.iova);
			slot = pgt_walk_slot(fmt, &w);
			entry = READ_ONCE(*slot);
			if (!w.level || fmt->kind(entry, w.level) != PGT_TABLE ||
			    !(entry & (fmt->table_accessed |
				       fmt->table_marked)))
				break;
			pgt_untouch_slot(fmt, slot, entry);
			pgt_changed(pt, slot, 1);
			pgtable_gather_add(gather, w.iova, min(w.last, done));
			gather->table_changed = true;
			/* There are no pointers in level 0. */
			if (fmt->table_level(entry, w.level) == 0 ||
			    !pgt_walk_down(fmt, &w, entry))
				break;
		}
	} while (pgt_walk_step(fmt, &w, done));
}

#endif /* __IOMMUFDX_PGTABLE_TOUCH_H */
