/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking a range.
 *
 * A walk stands at one IOVA in one table and keeps the tables above it, so
 * that work which goes on in the next table climbs no higher than it must. An
 * operation is a loop:
 *
 *	pgt_walk_start(&w, pt, iova, last);
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
#include <linux/minmax.h>

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

static __always_inline unsigned int
pgt_index(const struct pgtable_fmt *fmt, unsigned int level, u64 iova)
{
	return (iova >> pgt_item_shift(fmt, level)) &
	       ((1U << fmt->index_bits) - 1);
}

/* The last IOVA of a table. */
static __always_inline u64 pgt_max_iova(const struct pgtable *pt)
{
	return U64_MAX >> (64 - pt->va_bits);
}

static __always_inline void pgt_walk_start(struct pgt_walk *w,
					   const struct pgtable *pt, u64 iova,
					   u64 last)
{
	w->level = pt->top_level;
	w->top_level = pt->top_level;
	w->path[w->level] = pt->top;
	w->iova = iova;
	w->last = last;
}

static __always_inline u64 *pgt_walk_slot(const struct pgtable_fmt *fmt,
					  const struct pgt_walk *w)
{
	return w->path[w->level] + pgt_index(fmt, w->level, w->iova);
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
		!(w->iova & pgt_item_last(fmt, w->level + 1, 0))))
		w->level++;
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

/* Translate one byte. No path is kept, unlike in a walk. */
static __always_inline phys_addr_t
pgt_iova_to_phys(const struct pgtable_fmt *fmt, const struct pgtable *pt,
		 u64 iova)
{
	unsigned int level = pt->top_level;
	unsigned int shift, child;
	u64 *table = pt->top;
	u64 entry;

	if (iova > pgt_max_iova(pt))
		return PHYS_ADDR_MAX;
	for (;;) {
		entry = READ_ONCE(table[pgt_index(fmt, level, iova)]);
		switch (fmt->kind(entry, level)) {
		case PGT_LEAF:
			shift = fmt->leaf_shift(entry, level);
			return fmt->leaf_pa(entry, shift) |
			       (iova & (BIT_ULL(shift) - 1));
		case PGT_TABLE:
			child = fmt->table_level(entry, level);
			if (unlikely(!pgt_reaches(fmt, level, child, iova)))
				return PHYS_ADDR_MAX;
			table = phys_to_virt(fmt->table_pa(entry));
			level = child;
			break;
		default:
			return PHYS_ADDR_MAX;
		}
	}
}

#endif /* __IOMMUFDX_PGTABLE_WALK_H */
