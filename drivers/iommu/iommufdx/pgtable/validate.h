/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checking a whole table. Slow and thorough: every entry is looked at alone and
 * together with the entries that belong to the same leaf.
 */
#ifndef __IOMMUFDX_PGTABLE_VALIDATE_H
#define __IOMMUFDX_PGTABLE_VALIDATE_H

#include <linux/errno.h>
#include <linux/printk.h>

#include "walk.h"

/* Why the leaf at @w is wrong, NULL if it is not. */
static __always_inline const char *
pgt_validate_leaf(const struct pgtable_fmt *fmt, const struct pgtable *pt,
		  const struct pgt_walk *w, const u64 *slot, u64 entry)
{
	unsigned int shift = fmt->leaf_shift(entry, w->level);
	unsigned int item = pgt_item_shift(fmt, w->level);
	unsigned int index = pgt_index(fmt, w->level, w->iova);
	u64 step = pgt_leaf_step(fmt, w->level);
	unsigned int i, n;
	u64 pa, size, first;

	if (shift < item || shift >= item + fmt->index_bits)
		return "leaf size of another level";
	size = BIT_ULL(shift);
	if (!(pt->page_sizes & size))
		return "leaf size not allowed";
	pa = fmt->leaf_pa(entry, shift);
	if (pa & (size - 1))
		return "misaligned leaf";
	if (pt->oa_bits < 64 && (pa + (size - 1)) >> pt->oa_bits)
		return "leaf beyond the output width";
	n = 1U << (shift - item);
	first = entry - (index & (n - 1)) * step;
	slot -= index & (n - 1);
	for (i = 0; i < n; i++)
		if ((slot[i] ^ (first + i * step)) & ~fmt->volatile_bits)
			return "large leaf not uniform";
	return NULL;
}

static __always_inline const char *
pgt_validate_slot(const struct pgtable_fmt *fmt, const struct pgtable *pt,
		  const struct pgt_walk *w, const u64 *slot, u64 entry)
{
	const char *why;

	switch (fmt->kind(entry, w->level)) {
	case PGT_EMPTY:
		return entry ? "empty entry with bits" : NULL;
	case PGT_LEAF:
		why = fmt->check(entry, w->level);
		return why ?: pgt_validate_leaf(fmt, pt, w, slot, entry);
	case PGT_TABLE:
		why = fmt->check(entry, w->level);
		if (!why && fmt->table_level(entry, w->level) >= w->level)
			why = "table of no lower level";
		return why;
	}
	return "impossible entry";
}

static __always_inline int pgt_validate(const struct pgtable_fmt *fmt,
					struct pgtable *pt)
{
	u64 *top = pgtable_root_top(pt->root);
	u64 bytes = pgt_table_size(top);
	struct pgt_walk w;
	const char *why;
	u64 entry = 0;
	u64 *slot;

	pgt_walk_start(&w, pt, 0, U64_MAX);
	do {
		slot = pgt_walk_slot(fmt, &w);
		entry = READ_ONCE(*slot);
		why = pgt_validate_slot(fmt, pt, &w, slot, entry);
		if (why)
			goto bad;
		/* The bottom of the way down is where the walk goes on. */
		while (fmt->kind(entry, w.level) == PGT_TABLE &&
		       pgt_walk_down(fmt, &w, entry)) {
			bytes += pgt_table_size(w.path[w.level]);
			slot = pgt_walk_slot(fmt, &w);
			entry = READ_ONCE(*slot);
			why = pgt_validate_slot(fmt, pt, &w, slot, entry);
			if (why)
				goto bad;
		}
	} while (pgt_walk_step(fmt, &w, pgt_item_last(fmt, w.level, w.iova)));

	/* A top table may be larger than what the width can address. */
	w.level = w.top_level;
	for (slot = pgt_walk_slot_of(fmt, &w, w.level, w.last) + 1;
	     slot < top + pgt_table_size(top) / sizeof(*top); slot++) {
		entry = *slot;
		why = "entry beyond the input width";
		if (entry)
			goto bad;
	}
	if (bytes != (u64)atomic64_read(&pt->table_bytes)) {
		pr_err("%s table: %llu bytes found, %llu counted\n",
		       pt->ops->name, bytes,
		       (u64)atomic64_read(&pt->table_bytes));
		return -EUCLEAN;
	}
	return 0;
bad:
	pr_err("%s table: %s: entry %#llx at level %u, IOVA %#llx\n",
	       pt->ops->name, why, entry, w.level, w.iova);
	return -EUCLEAN;
}

#endif /* __IOMMUFDX_PGTABLE_VALIDATE_H */
