// SPDX-License-Identifier: GPL-2.0-only
#include "oracle.h"

#include <linux/minmax.h>

void oracle_touch(struct touched *t, u64 iova, u64 size)
{
	if (t->last < t->iova) {
		t->iova = iova;
		t->last = iova + size - 1;
		t->pgsize = size;
		return;
	}
	if (iova < t->iova)
		t->iova = iova;
	if (iova + size - 1 > t->last)
		t->last = iova + size - 1;
	if (size < t->pgsize)
		t->pgsize = size;
}

/* Could a leaf of 1 << shift bytes start at cell i of the request? */
static bool leaf_fits(const struct window *w, const struct want *want,
		      unsigned int i, int shift)
{
	u64 size = 1ULL << shift;
	u64 cells = size >> w->unit;

	if (!(want->sizes & size) || cells > want->n - i)
		return false;
	if (cell_iova(w, want->first + i) % size || want->pa[i] % size)
		return false;
	for (u64 k = 1; k < cells; k++)
		if (want->pa[i + k] != want->pa[i] + (k << w->unit))
			return false;
	return true;
}

unsigned int oracle_map(struct window *w, const struct want *want,
			unsigned int stop)
{
	unsigned int i = 0;

	while (i < want->n && i < stop) {
		int shift = 63;
		u64 cells;

		while (!leaf_fits(w, want, i, shift))
			shift--;
		cells = (1ULL << shift) >> w->unit;
		for (u64 k = 0; k < cells; k++)
			if (w->cell[want->first + i + k].mapped)
				return i;
		for (u64 k = 0; k < cells; k++)
			w->cell[want->first + i + k] = (struct cell){
				.mapped = true,
				.prot = want->prot,
				.grants = want->grants,
				.pa = want->pa[i + k],
				.leaf = 1ULL << shift,
			};
		i += cells;
	}
	return i;
}

u64 oracle_unmap(struct window *w, unsigned int first, unsigned int n,
		 struct touched *t)
{
	u64 bytes = 0;
	unsigned int i = first;

	while (i < first + n) {
		struct cell *c = &w->cell[i];
		u64 cells = c->leaf >> w->unit;

		if (!c->mapped) {
			i++;
			continue;
		}
		if (cell_iova(w, i) % c->leaf || i + cells > first + n)
			break;
		oracle_touch(t, cell_iova(w, i), c->leaf);
		bytes += c->leaf;
		for (u64 k = 0; k < cells; k++)
			w->cell[i + k] = (struct cell){};
		i += cells;
	}
	return bytes;
}

unsigned int oracle_whole(const struct window *w, unsigned int first,
			  unsigned int n)
{
	unsigned int i = first;

	while (i < first + n) {
		const struct cell *c = &w->cell[i];
		u64 cells = c->mapped ? c->leaf >> w->unit : 1;

		if (c->mapped && (cell_iova(w, i) % c->leaf ||
				  i + cells > first + n))
			break;
		i += cells;
	}
	return min(i, first + n) - first;
}

static unsigned int leaf_start(const struct window *w, unsigned int i)
{
	return (cell_iova(w, i) / w->cell[i].leaf * w->cell[i].leaf - w->base) >>
	       w->unit;
}

void oracle_mark(struct window *w, unsigned int i, bool dirty)
{
	unsigned int start = leaf_start(w, i);
	u64 cells = w->cell[i].leaf >> w->unit;

	for (u64 k = 0; k < cells; k++)
		w->cell[start + k].dirty = dirty;
}

void oracle_dirty(struct window *w, unsigned int first, unsigned int n,
		  u64 iova0, unsigned int shift, u64 *bitmap, bool clear,
		  bool *owed, struct touched *t)
{
	for (unsigned int i = first; i < first + n; i++) {
		u64 a, b;

		if (!w->cell[i].mapped || !w->cell[i].dirty)
			continue;
		a = (cell_iova(w, i) - iova0) >> shift;
		b = (cell_iova(w, i) + (1ULL << w->unit) - 1 - iova0) >> shift;
		for (; a <= b; a++)
			bitmap[a / 64] |= 1ULL << (a % 64);
	}
	if (!clear)
		return;
	for (unsigned int i = first; i < first + n; i++) {
		unsigned int start, end;

		if (!w->cell[i].mapped || !w->cell[i].dirty)
			continue;
		start = leaf_start(w, i);
		end = start + (w->cell[i].leaf >> w->unit);
		/* What lies outside of the range is remembered, or it all stays. */
		if (!owed && (start < first || end > first + n))
			continue;
		for (unsigned int k = start; owed && k < end; k++)
			owed[k] |= k < first || k >= first + n;
		oracle_touch(t, cell_iova(w, start), w->cell[i].leaf);
		oracle_mark(w, i, false);
	}
}

static u64 largest_upto(u64 sizes, u64 limit)
{
	u64 best = 0;

	for (; sizes; sizes &= sizes - 1)
		if ((sizes & -sizes) <= limit)
			best = sizes & -sizes;
	return best;
}

/* What one entry of the level that has leaves of @size maps. */
static u64 item_of(const struct resize *z, u64 size)
{
	u64 item = 1ULL << z->granule;

	while (item << z->index_bits <= size && item << z->index_bits > item)
		item <<= z->index_bits;
	return item;
}

/*
 * Leaves that reach out of the range are split as a whole, but their parts
 * outside stay as large as one entry of the next lower level.
 */
static bool split_cell(struct window *w, unsigned int i, const struct resize *z)
{
	u64 target = largest_upto(z->sizes, z->split);
	bool any = false;

	while (w->cell[i].mapped && w->cell[i].leaf > target) {
		u64 below = item_of(z, w->cell[i].leaf) >> z->index_bits;
		unsigned int start = leaf_start(w, i);
		u64 cells = w->cell[i].leaf >> w->unit;
		u64 size = target;

		if (target < below)
			size = largest_upto(z->sizes, below);
		for (u64 k = 0; k < cells; k++)
			w->cell[start + k].leaf = size;
		any = true;
	}
	return any;
}

/* Do the cells from @i on make a leaf of @size bytes, out of smaller ones? */
static bool makes_leaf(const struct window *w, unsigned int i, unsigned int end,
		       const struct resize *z, u64 size)
{
	const struct cell *c = &w->cell[i];
	u64 cells = size >> w->unit;
	u64 least = item_of(z, size);

	/* Only what is a table of its own merges to the level above. */
	if (least == size)
		least >>= z->index_bits;
	if (cell_iova(w, i) % size || cells > end - i || c->pa % size)
		return false;
	for (u64 k = 0; k < cells; k++)
		if (!c[k].mapped || c[k].grants != c->grants ||
		    c[k].pa != c->pa + (k << w->unit) || c[k].leaf >= size ||
		    c[k].leaf < least)
			return false;
	return true;
}

static bool merge_cells(struct window *w, unsigned int first, unsigned int n,
			const struct resize *z, u64 size)
{
	bool any = false;

	for (unsigned int i = first; i < first + n; i++) {
		bool dirty = false;

		if (size <= 1ULL << w->unit ||
		    !makes_leaf(w, i, first + n, z, size))
			continue;
		for (u64 k = 0; k < size >> w->unit; k++) {
			dirty |= w->cell[i + k].dirty;
			w->cell[i + k].leaf = size;
		}
		oracle_mark(w, i, dirty);
		any = true;
	}
	return any;
}

bool oracle_resize(struct window *w, unsigned int first, unsigned int n,
		   const struct resize *z)
{
	bool any = false;

	for (unsigned int i = first; z->split && i < first + n; i++)
		any |= split_cell(w, i, z);
	for (u64 sizes = z->sizes; z->merge && sizes; sizes &= sizes - 1)
		if ((sizes & -sizes) <= z->merge)
			any |= merge_cells(w, first, n, z, sizes & -sizes);
	return any;
}
