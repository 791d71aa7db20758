/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Splitting leaves.
 *
 * A leaf whose new size fits into its own level is rewritten in place. Otherwise
 * each of its entries becomes a pointer to a table, which the mapping machinery
 * fills before anybody can see it. A leaf of several levels' worth goes down
 * one level at a time, by sizes that are allowed, and the walk then meets the
 * new leaves: work and memory follow the number of leaves, and what was done
 * when memory ran out stays done.
 *
 * A replicated leaf is dirty if one of its entries is, whichever part was
 * written to. Once all its entries are replaced, what the old ones said by then
 * is known, and if only some of them said dirty, all parts are made so.
 */
#ifndef __IOMMUFDX_PGTABLE_SPLIT_H
#define __IOMMUFDX_PGTABLE_SPLIT_H

#include "dirty.h"
#include "map.h"
#include "replace.h"
#include "tree.h"

/**
 * struct pgt_split - one leaf to be split
 * @slot: its first entry
 * @level: of the table it is in
 * @n: how many entries it has
 * @iova: where it begins
 * @last: its last byte
 * @pa: memory it maps
 * @shift: log2 of the size that its parts get
 * @tables: new tables, a page each, in the order of the entries; page_private()
 *	is the state (fmt->volatile_bits) of the leaves in it
 */
struct pgt_split {
	u64 *slot;
	unsigned int level;
	unsigned int n;
	u64 iova;
	u64 last;
	u64 pa;
	unsigned int shift;
	struct list_head tables;
};

/* All leaves of a tree that nobody sees yet get the state of @entry. */
static noinline void pgt_split_retouch(const struct pgtable_fmt *fmt,
				       struct pgtable *pt, struct page *page,
				       unsigned int level, u64 entry)
{
	const u64 bits = fmt->volatile_bits;
	struct pgt_walk w = {
		.last = pgt_item_last(fmt, level + 1, 0),
		.level = level,
		.top_level = level,
	};
	u64 *slot;

	w.path[level] = page_address(page);
	do {
		pgt_walk_descend(fmt, &w);
		slot = pgt_walk_slot(fmt, &w);
		WRITE_ONCE(*slot, (*slot & ~bits) | (entry & bits));
		pgt_changed(pt, slot, 1);
	} while (pgt_walk_step(fmt, &w, pgt_item_last(fmt, w.level, w.iova)));
	set_page_private(page, entry & bits);
}

/* Build the table for entry @i. */
static __always_inline int pgt_split_build(const struct pgtable_fmt *fmt,
					   struct pgt_resize *r,
					   struct pgt_split *s, unsigned int i)
{
	const unsigned int child = s->level - 1;
	u64 size = BIT_ULL(pgt_item_shift(fmt, s->level));
	u64 entry = READ_ONCE(s->slot[i]);
	struct pgt_src src = {
		.pa = s->pa + i * size,
		.left = size,
		.max_pa = U64_MAX,
		.sizes = r->pt->page_sizes & ((2ULL << s->shift) - 1),
		.attrs = fmt->leaf_attrs(entry, s->level),
	};
	/* From 0 on: what the table will stand for does not matter to it. */
	struct pgt_walk w = {
		.last = size - 1,
		.level = child,
		.top_level = child,
	};
	struct page *page;
	u64 *table;
	int rc;

	table = pgt_table_alloc(r->pt, pgt_table_shift(fmt, 0, 0), r->req->gfp);
	if (!table)
		return -ENOMEM;
	w.path[child] = table;
	rc = pgt_map_walk(fmt, r->pt, &w, &src, r->req->gfp, &r->gather);
	if (rc) {
		pgt_free_tree(fmt, r->pt, table, child);
		return rc;
	}
	page = virt_to_page(table);
	set_page_private(page, entry & fmt->volatile_bits);
	list_add_tail(&page->lru, &s->tables);
	return 0;
}

/* Put a table in the place of entry @slot; returns what the entry was. */
static __always_inline u64 pgt_split_install(const struct pgtable_fmt *fmt,
					     struct pgt_resize *r,
					     struct pgt_split *s, u64 *slot,
					     struct page *page)
{
	u64 old = READ_ONCE(*slot);
	u64 new;

	do {
		if ((old & fmt->volatile_bits) != page_private(page))
			pgt_split_retouch(fmt, r->pt, page, s->level - 1, old);
		new = fmt->table_entry(page_to_phys(page), s->level - 1);
		if (fmt->dirty(old))
			new |= fmt->table_marked;
		if (!r->live)
			new = 0;
	} while (!try_cmpxchg64(slot, &old, new));
	return old;
}

/* Leaves become tables. */
static __always_inline int pgt_split_down(const struct pgtable_fmt *fmt,
					  struct pgt_resize *r,
					  struct pgt_split *s)
{
	struct page *page, *next;
	struct pgt_state state = {};
	u64 old, dirty = 0;
	unsigned int i;
	int rc;

	INIT_LIST_HEAD(&s->tables);
	for (i = 0; i < s->n; i++) {
		rc = pgt_split_build(fmt, r, s, i);
		if (rc)
			goto err;
	}
	i = 0;
	list_for_each_entry(page, &s->tables, lru) {
		old = pgt_split_install(fmt, r, s, &s->slot[i++], page);
		pgt_state_add(fmt, &state, old);
		if (fmt->dirty(old))
			dirty = old;
	}
	pgt_changed(r->pt, s->slot, s->n);

	i = 0;
	list_for_each_entry_safe(page, next, &s->tables, lru) {
		list_del(&page->lru);
		if (!r->live) {
			if (dirty && state.clean)
				pgt_split_retouch(fmt, r->pt, page,
						  s->level - 1, dirty);
			pgt_resize_later(r, (struct pgt_pending){
				.slot = &s->slot[i++], .n = 1,
				.level = s->level,
				.entry = fmt->table_entry(page_to_phys(page),
							  s->level - 1) });
		}
		set_page_private(page, 0);
	}
	if (r->live && state.dirty && state.clean)
		pgt_set_dirty(fmt, r->pt, s->iova, s->last, true, NULL);
	return 0;

err:
	list_for_each_entry_safe(page, next, &s->tables, lru) {
		list_del(&page->lru);
		pgt_free_tree(fmt, r->pt, page_address(page), s->level - 1);
	}
	return rc;
}

/* Leaves become smaller leaves of the same level. */
static __always_inline void pgt_split_here(const struct pgtable_fmt *fmt,
					   struct pgt_resize *r,
					   struct pgt_split *s)
{
	struct pgt_state state;

	state = pgt_resize_slots(fmt, r, s->slot, s->n, s->level, s->pa,
				 s->shift);
	if (r->live && state.dirty && state.clean)
		pgt_set_dirty(fmt, r->pt, s->iova, s->last, true, NULL);
}

/*
 * log2 of the size that leaves of @level split into, on the way to @target: no
 * more than one entry of the level below if that is possible.
 */
static __always_inline unsigned int
pgt_split_shift(const struct pgtable_fmt *fmt, const struct pgt_resize *r,
		unsigned int level, unsigned int target)
{
	if (level && target < pgt_item_shift(fmt, level - 1))
		return __fls(r->pt->page_sizes &
			     ((2ULL << pgt_item_shift(fmt, level - 1)) - 1));
	return target;
}

/*
 * Split the leaf @entry that @iova is in, in a table of @level, into leaves of
 * 1 << @target bytes.
 */
static noinline int pgt_split_leaf(const struct pgtable_fmt *fmt,
				   struct pgt_resize *r, unsigned int level,
				   u64 iova, u64 entry, unsigned int target)
{
	unsigned int shift = fmt->leaf_shift(entry, level);
	u64 size = BIT_ULL(shift);
	struct pgt_split s = {
		.level = level,
		.n = 1U << (shift - pgt_item_shift(fmt, level)),
		.iova = iova & ~(size - 1),
		.last = iova | (size - 1),
		.pa = fmt->leaf_pa(entry, shift),
		.shift = target,
	};
	int rc;

	rc = pgt_resize_allowed(r) ?:
	     pgt_resize_room(fmt, r, r->live ? 0 : s.n);
	if (rc)
		return rc;
	s.slot = pgt_walk_slot_of(fmt, &r->w, level, s.iova);
	if (target >= pgt_item_shift(fmt, level))
		pgt_split_here(fmt, r, &s);
	else
		rc = pgt_split_down(fmt, r, &s);
	if (!rc)
		pgt_gather_leaves(&r->gather, s.iova, s.last, size);
	return rc;
}

/* Split what is too large in the rest of a level-0 table. */
static __always_inline int pgt_split_bottom(const struct pgtable_fmt *fmt,
					    struct pgt_resize *r,
					    unsigned int target, u64 end)
{
	u64 iova = r->w.iova;
	unsigned int shift;
	u64 entry;
	int rc;

	for (;;) {
		entry = READ_ONCE(*pgt_walk_slot_of(fmt, &r->w, 0, iova));
		shift = fmt->granule_shift;
		if (fmt->kind(entry, 0) == PGT_LEAF)
			shift = fmt->leaf_shift(entry, 0);
		if (shift > target) {
			rc = pgt_split_leaf(fmt, r, 0, iova, entry, target);
			if (rc) {
				r->w.iova = iova;
				return rc;
			}
		}
		iova |= BIT_ULL(shift) - 1;
		if (iova >= end)
			return 0;
		iova++;
	}
}

/*
 * Split the leaf where the walk stands, above level 0, if it is one that is too
 * large. *@done: last byte that is as it shall be, unless *@again: the walk must
 * look at the same place, where smaller leaves are now.
 */
static __always_inline int pgt_split_above(const struct pgtable_fmt *fmt,
					   struct pgt_resize *r, u64 entry,
					   unsigned int target, u64 *done,
					   bool *again)
{
	unsigned int level = r->w.level;
	unsigned int shift;
	int rc;

	*again = false;
	*done = pgt_item_last(fmt, level, r->w.iova);
	if (fmt->kind(entry, level) != PGT_LEAF)
		return 0;
	shift = fmt->leaf_shift(entry, level);
	*done |= BIT_ULL(shift) - 1;
	if (shift <= target)
		return 0;
	shift = pgt_split_shift(fmt, r, level, target);
	rc = pgt_split_leaf(fmt, r, level, r->w.iova, entry, shift);
	if (rc || shift == target)
		return rc;
	*again = true;
	return r->live ? 0 : pgt_resize_sync(fmt, r);
}

/* On an error, the walk stands where it could not go on. */
static __always_inline int pgt_split_range(const struct pgtable_fmt *fmt,
					   struct pgt_resize *r)
{
	u64 sizes = r->pt->page_sizes & ((2ULL << __fls(r->req->split)) - 1);
	unsigned int target;
	bool again;
	u64 entry, done;
	int rc;

	if (!sizes)
		return -EINVAL;
	target = __fls(sizes);
	do {
		again = false;
		entry = pgt_walk_descend(fmt, &r->w);
		if (r->w.level == 0) {
			done = pgt_walk_end(fmt, &r->w, 0);
			rc = pgt_split_bottom(fmt, r, target, done);
		} else {
			rc = pgt_split_above(fmt, r, entry, target, &done,
					     &again);
		}
		if (rc)
			return rc;
	} while (again || pgt_walk_step(fmt, &r->w, done));
	return 0;
}

#endif /* __IOMMUFDX_PGTABLE_SPLIT_H */
