/* SPDX-License-Identifier: GPL-2.0-only */
/* Showing entries to people: the pointers on the way to a range, and its leaves. */
#ifndef __IOMMUFDX_PGTABLE_DUMP_H
#define __IOMMUFDX_PGTABLE_DUMP_H

#include "walk.h"

static __always_inline void pgt_describe(const struct pgtable_fmt *fmt,
					 const struct pgt_walk *w,
					 const u64 *slot, u64 entry,
					 struct pgtable_dump_entry *e)
{
	unsigned int shift = pgt_item_shift(fmt, w->level);
	unsigned int i;

	*e = (struct pgtable_dump_entry){
		.entry = entry,
		.level = w->level,
		.leaf = fmt->kind(entry, w->level) == PGT_LEAF,
		.accessed = fmt->accessed(entry),
	};
	if (e->leaf) {
		shift = fmt->leaf_shift(entry, w->level);
		e->pa = fmt->leaf_pa(entry, shift);
		e->prot = fmt->prot(entry, w->level);
	} else {
		e->pa = fmt->table_pa(entry);
	}
	e->size = BIT_ULL(shift);
	e->iova = w->iova & ~(e->size - 1);
	if (!e->leaf)
		return;
	slot -= (w->iova - e->iova) >> pgt_item_shift(fmt, w->level);
	for (i = 0; i < 1U << (shift - pgt_item_shift(fmt, w->level)); i++) {
		entry = READ_ONCE(slot[i]);
		e->accessed |= !!fmt->accessed(entry);
		e->dirty |= !!fmt->dirty(entry);
	}
}

static __always_inline int pgt_dump(const struct pgtable_fmt *fmt,
				    struct pgtable *pt, u64 iova, u64 last,
				    pgtable_dump_fn fn, void *data)
{
	struct pgtable_dump_entry e;
	struct pgt_walk w;
	u64 entry, done, *slot;
	int rc;

	if (!pgt_walk_start(&w, pt, iova, last))
		return 0;
	do {
		do {
			slot = pgt_walk_slot(fmt, &w);
			entry = READ_ONCE(*slot);
			done = pgt_item_last(fmt, w.level, w.iova);
			if (fmt->kind(entry, w.level) == PGT_EMPTY)
				break;
			pgt_describe(fmt, &w, slot, entry, &e);
			rc = fn(data, &e);
			if (rc)
				return rc;
			if (e.leaf)
				done = e.iova + (e.size - 1);
		} while (!e.leaf && pgt_walk_down(fmt, &w, entry));
	} while (pgt_walk_step(fmt, &w, done));
	return 0;
}

#endif /* __IOMMUFDX_PGTABLE_DUMP_H */
