/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a page table should hold: an array with one cell per page, for each of a
 * few windows of the address space. Slow and obvious.
 *
 * A window's cells are all of one size, its *unit*, and every leaf in it is at
 * least that large; windows with large units reach the upper levels.
 */
#ifndef __UNIT_PGTABLE_ORACLE_H
#define __UNIT_PGTABLE_ORACLE_H

#include <linux/iommufdx/pgtable.h>

#define ORACLE_CELLS	1024

struct cell {
	bool mapped;
	bool dirty;
	u32 prot;	/* as asked for */
	u32 grants;	/* as the format can say it */
	u64 pa;
	u64 leaf;	/* size of the leaf it belongs to */
};

struct window {
	u64 base;
	unsigned int unit;	/* log2 */
	unsigned int n;
	struct cell cell[ORACLE_CELLS];
};

/* What a map shall map: cells @first .. @first + @n - 1 to pa[0 .. n - 1]. */
struct want {
	unsigned int first, n;
	u64 pa[ORACLE_CELLS];
	u32 prot;
	u32 grants;
	u64 sizes;		/* allowed leaf sizes */
};

/* How leaf sizes shall change: as in struct pgtable_resize. */
struct resize {
	u64 split;
	u64 merge;
	u64 sizes;		/* allowed leaf sizes */
	unsigned int granule, index_bits;
};

struct touched {
	u64 iova, last;		/* last < iova: nothing */
	u64 pgsize;		/* smallest leaf */
};

static inline u64 cell_iova(const struct window *w, unsigned int i)
{
	return w->base + ((u64)i << w->unit);
}

/* A leaf was changed. */
void oracle_touch(struct touched *t, u64 iova, u64 size);
/*
 * Map up to the first cell that is in use, or up to @stop cells. Returns the
 * cells mapped.
 */
unsigned int oracle_map(struct window *w, const struct want *want,
			unsigned int stop);
/* Returns the bytes unmapped; stops at a leaf that reaches out. */
u64 oracle_unmap(struct window *w, unsigned int first, unsigned int n,
		 struct touched *t);
/* Cells from @first on that such an unmap gets through, at most @n. */
unsigned int oracle_whole(const struct window *w, unsigned int first,
			  unsigned int n);
/* All cells of the leaf that cell @i belongs to. */
void oracle_mark(struct window *w, unsigned int i, bool dirty);
/*
 * Set the bits of the dirty cells in a bitmap of @bits bits, bit 0 of which is
 * @iova0 and which has 1 << @shift bytes a bit. Clear them if @clear: of a leaf
 * that reaches out of the range, the cells outside are marked in @owed; without
 * that, such a leaf stays dirty.
 */
void oracle_dirty(struct window *w, unsigned int first, unsigned int n,
		  u64 iova0, unsigned int shift, u64 *bitmap, bool clear,
		  bool *owed, struct touched *t);
/* False if nothing had to change. */
bool oracle_resize(struct window *w, unsigned int first, unsigned int n,
		   const struct resize *z);

#endif /* __UNIT_PGTABLE_ORACLE_H */
