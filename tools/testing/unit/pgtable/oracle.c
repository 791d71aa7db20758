// SPDX-License-Identifier: GPL-2.0-only
#include "oracle.h"

static u64 cell_iova(const struct window *w, unsigned int i)
{
	return w->base + ((u64)i << w->unit);
}

static void touch(struct touched *t, u64 iova, u64 size)
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
		touch(t, cell_iova(w, i), c->leaf);
		bytes += c->leaf;
		for (u64 k = 0; k < cells; k++)
			w->cell[i + k] = (struct cell){};
		i += cells;
	}
	return bytes;
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
		touch(t, cell_iova(w, start), w->cell[i].leaf);
		oracle_mark(w, i, false);
	}
}
