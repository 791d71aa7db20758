/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking a range.
 *
 * A walk stands at one IOVA in one table and keeps the tables above it, so
 * that work which goes on in the next table climbs no higher than it must. An
 * operation is a loop:
 *
 *	if (!pgt_walk_start(&w, pt, iova, last))
 *		return;
 *	do {
 *		entry = pgt_walk_descend(fmt, &w);
 *		if (w.level == 0)
 *			... entries of w.path[0] from w.iova to pgt_walk_end()
 *		else
 *			... entry is a leaf or empty
 *	} while (pgt_walk_step(fmt, &w, last byte that is done));
 *
 * An entry may point over levels (fmt->table_level). The tables that it skips
 * do not exist, and their path is NULL: what such an entry cannot reach,
 * because skipped address bits are not zero, is a hole.
 */
#ifndef __IOMMUFDX_PGTABLE_WALK_H
#define __IOMMUFDX_PGTABLE_WALK_H

#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "fmt.h"

/**
 * struct pgt_walk - where a walk stands
 * @path: tables by level, from the top down to @level
 * @iova: the byte it stands at
 * @last: last byte of the range
 * @level: level of the table it stands in
 * @top_level: where it began
 */
struct pgt_walk {
	u64 *path[PGT_MAX_LEVELS];
	u64 iova;
	u64 last;
	unsigned int level;
	unsigned int top_level;
};

static __always_inline unsigned int
pgt_item_shift(const struct pgtable_fmt *fmt, unsigned int level)
{
	return fmt->granule_shift + fmt->index_bits * level;
}

/* Last byte of the item of @level that holds @iova. */
static __always_inline u64 pgt_item_last(const struct pgtable_fmt *fmt,
					 unsigned int level, u64 iova)
{
	return iova | (BIT_ULL(pgt_item_shift(fmt, level)) - 1);
}

/* The entry for @iova in a table of @level that is not the top one. */
static __always_inline unsigned int
pgt_index(const struct pgtable_fmt *fmt, unsigned int level, u64 iova)
{
	return (iova >> pgt_item_shift(fmt, level)) &
	       ((1U << fmt->index_bits) - 1);
}

/*
 * log2 of the size of a top table of @level for @va_bits; of any other, of the
 * smallest top table.
 */
static __always_inline unsigned int
pgt_table_shift(const struct pgtable_fmt *fmt, unsigned int level,
		unsigned int va_bits)
{
	unsigned int shift = fmt->index_bits + ilog2(sizeof(u64));
	unsigned int reach = pgt_item_shift(fmt, level + 1);

	if (fmt->concat_bits && va_bits > reach)
		shift += va_bits - reach;
	return shift;
}

/* How entries of a replicated leaf differ from one to the next. */
static __always_inline u64 pgt_leaf_step(const struct pgtable_fmt *fmt,
					 unsigned int level)
{
	return fmt->leaf_parts ? BIT_ULL(pgt_item_shift(fmt, level)) : 0;
}

/* Hardware must see the @n entries at @slot, which have changed. */
static __always_inline void pgt_changed(const struct pgtable *pt,
					const u64 *slot, size_t n)
{
	if (unlikely(pt->quirks & PGTABLE_QUIRK_NONCOHERENT))
		pgt_flush_slots(slot, n);
}

/* Stand at @iova. False if nothing of the range is below the last IOVA. */
static __always_inline bool pgt_walk_start(struct pgt_walk *w,
					   const struct pgtable *pt, u64 iova,
					   u64 last)
{
	unsigned long root = pgtable_root(pt);

	w->level = pgtable_root_level(root);
	w->top_level = w->level;
	w->path[w->level] = pgtable_root_top(root);
	w->iova = iova;
	w->last = min(last, pgtable_root_last(root));
	return iova <= w->last;
}

/* The entry of the table of @level on the way to @iova. */
static __always_inline u64 *pgt_walk_slot_of(const struct pgtable_fmt *fmt,
					     const struct pgt_walk *w,
					     unsigned int level, u64 iova)
{
	/* Concatenated tables: no byte is above what the top one holds. */
	if (fmt->concat_bits && level == w->top_level)
		return w->path[level] + (iova >> pgt_item_shift(fmt, level));
	return w->path[level] + pgt_index(fmt, level, iova);
}

static __always_inline u64 *pgt_walk_slot(const struct pgtable_fmt *fmt,
					  const struct pgt_walk *w)
{
	return pgt_walk_slot_of(fmt, w, w->level, w->iova);
}

/* What follows the table of @level. */
static __always_inline u64 *pgt_walk_table_end(const struct pgtable_fmt *fmt,
					       const struct pgt_walk *w,
					       unsigned int level)
{
	/* A top table is as large as its width; no walk goes beyond that. */
	if (fmt->concat_bits && level == w->top_level)
		return w->path[level] + (1U << (fmt->index_bits +
						fmt->concat_bits));
	return w->path[level] + (1U << fmt->index_bits);
}

/*
 * The last byte of the range that the table at @level holds, from where the
 * walk stands. Not for the top level, whose reach may exceed 64 bits.
 */
static __always_inline u64 pgt_walk_end(const struct pgtable_fmt *fmt,
					const struct pgt_walk *w,
					unsigned int level)
{
	if (level >= w->top_level)
		return w->last;
	return min(w->last, pgt_item_last(fmt, level + 1, w->iova));
}

/*
 * Does an entry of @level that points to a table of level @child reach @iova?
 * Always, unless it skips levels.
 */
static __always_inline bool pgt_reaches(const struct pgtable_fmt *fmt,
					unsigned int level, unsigned int child,
					u64 iova)
{
	if (likely(child + 1 == level))
		return true;
	return child < level && !(iova & (pgt_item_last(fmt, level, 0) ^
					  pgt_item_last(fmt, child + 1, 0)));
}

/* Step into the table @entry points to; false if it does not reach here. */
static __always_inline bool pgt_walk_down(const struct pgtable_fmt *fmt,
					  struct pgt_walk *w, u64 entry)
{
	unsigned int child = fmt->table_level(entry, w->level);
	unsigned int level = w->level;

	if (unlikely(!pgt_reaches(fmt, level, child, w->iova)))
		return false;
	while (unlikely(--level > child))
		w->path[level] = NULL;
	w->path[child] = phys_to_virt(fmt->table_pa(entry));
	w->level = child;
	return true;
}

/*
 * Go down to level 0, or to an entry that is no table (or points to one that
 * does not reach here, and then 0 stands for it). At level 0 returns 0.
 */
static __always_inline u64 pgt_walk_descend(const struct pgtable_fmt *fmt,
					    struct pgt_walk *w)
{
	while (w->level) {
		u64 entry = READ_ONCE(*pgt_walk_slot(fmt, w));

		if (fmt->kind(entry, w->level) != PGT_TABLE)
			return entry;
		if (!pgt_walk_down(fmt, w, entry))
			return 0;
	}
	return 0;
}

/* Go up to the table that holds w->iova, if the one below has ended. */
static __always_inline void pgt_walk_climb(const struct pgtable_fmt *fmt,
					   struct pgt_walk *w)
{
	while (w->level < w->top_level &&
	       (!w->path[w->level] ||
		!(w->iova & pgt_item_last(fmt, w->level + 1, 0)))) {
		w->level++;
		cond_resched();
	}
}

/* Everything up to @done is dealt with. False if that was all. */
static __always_inline bool pgt_walk_step(const struct pgtable_fmt *fmt,
					  struct pgt_walk *w, u64 done)
{
	if (done >= w->last)
		return false;
	w->iova = done + 1;
	pgt_walk_climb(fmt, w);
	return true;
}

/* Leaves in iova..last changed, the smallest of @pgsize bytes. */
static __always_inline void pgt_gather_leaves(struct pgtable_gather *gather,
					      u64 iova, u64 last, u64 pgsize)
{
	pgtable_gather_add(gather, iova, last);
	if (!gather->pgsize || pgsize < gather->pgsize)
		gather->pgsize = pgsize;
}

#endif /* __IOMMUFDX_PGTABLE_WALK_H */
