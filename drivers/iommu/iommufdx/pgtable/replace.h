/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing leaf sizes under hardware: what splitting and merging share.
 *
 * Whoever changes sizes owns the range, so nothing but hardware looks at these
 * leaves, and all that hardware changes is accessed and dirty state. Two ways
 * to replace entries:
 *
 *   - *live*, where the format lets sizes change under hardware: each store
 *     leaves an entry with the same translation. State that hardware sets until
 *     the store is carried over by a compare and exchange.
 *   - *break before make* (BBM): empty the entries, invalidate, fill them. DMA
 *     may fault in between, so the caller must have accepted that.
 *
 * Either way something remains to be done after an invalidation: a live merge
 * looks once more at the table it has unlinked, where a walk that was under way
 * may have left state; BBM fills in the entries. That is a *pending* change.
 * Many of them share one invalidation.
 *
 * A dirty entry that hardware holds in a cache keeps it from setting D in the
 * table. That loses nothing: it was cached with D because some entry had D, and
 * what replaces that entry is dirty, until a scan clears and invalidates it.
 *
 * Invariant: whenever an operation returns, whatever it returns, nothing is
 * pending and the table is valid.
 */
#ifndef __IOMMUFDX_PGTABLE_REPLACE_H
#define __IOMMUFDX_PGTABLE_REPLACE_H

#include <linux/atomic.h>
#include <linux/errno.h>

#include "walk.h"

#define PGT_MAX_PENDING	64

/**
 * struct pgt_pending - what is to be done after the invalidation
 * @slot: first entry
 * @n: how many
 * @level: of the table they are in
 * @entry: BBM: what the first one becomes
 * @table: merge: the table whose leaves became one leaf at @slot
 */
struct pgt_pending {
	u64 *slot;
	unsigned int n;
	unsigned int level;
	u64 entry;
	u64 *table;
};

/**
 * struct pgt_resize - a change of sizes under way
 * @pt: the table
 * @req: what the caller wants
 * @w: where it stands
 * @live: no break before make
 * @failed: hardware did not answer an invalidation
 * @gather: what the next invalidation must cover
 * @nr_pending: length of @pending
 * @pending: in the order in which it must be done
 */
struct pgt_resize {
	struct pgtable *pt;
	struct pgtable_resize *req;
	struct pgt_walk w;
	bool live;
	bool failed;
	struct pgtable_gather gather;
	unsigned int nr_pending;
	struct pgt_pending pending[PGT_MAX_PENDING];
};

/**
 * struct pgt_state - accessed and dirty state of several entries
 * @accessed: fmt->accessed() of all, ORed
 * @dirty: is one of them dirty?
 * @clean: is one of them not?
 */
struct pgt_state {
	u64 accessed;
	bool dirty;
	bool clean;
};

static __always_inline void pgt_state_add(const struct pgtable_fmt *fmt,
					  struct pgt_state *s, u64 entry)
{
	s->accessed |= fmt->accessed(entry);
	if (fmt->dirty(entry))
		s->dirty = true;
	else
		s->clean = true;
}

/* What was left in the entries of a table that has no pointers. */
static __always_inline struct pgt_state
pgt_table_state(const struct pgtable_fmt *fmt, const u64 *table)
{
	struct pgt_state s = {};
	unsigned int i;

	for (i = 0; i < 1U << fmt->index_bits; i++)
		pgt_state_add(fmt, &s, READ_ONCE(table[i]));
	return s;
}

/* Give an entry, in a table or not, the state of others. */
static __always_inline void pgt_state_give(const struct pgtable_fmt *fmt,
					   const struct pgt_state *s, u64 *slot)
{
	u64 old = READ_ONCE(*slot);

	while ((old & s->accessed) != s->accessed &&
	       !try_cmpxchg64(slot, &old, old | s->accessed))
		;
	if (s->dirty && !fmt->dirty(old))
		fmt->make_dirty(slot);
}

/* May sizes change at all? */
static __always_inline int pgt_resize_allowed(const struct pgt_resize *r)
{
	return r->live || r->req->accept_faults ? 0 : -EOPNOTSUPP;
}

/*
 * Invalidate, and do what is pending. If hardware does not answer, mappings are
 * made whole all the same, but tables that it may still walk are lost for good.
 */
static noinline int pgt_resize_sync(const struct pgtable_fmt *fmt,
				    struct pgt_resize *r)
{
	struct pgt_pending *p = r->pending;
	struct pgt_state s;
	unsigned int i;
	int rc;

	if (pgtable_gather_empty(&r->gather))
		return 0;
	rc = r->req->sync(r->req, &r->gather);
	for (; p < r->pending + r->nr_pending; p++) {
		if (p->table) {
			s = pgt_table_state(fmt, p->table);
			pgt_state_give(fmt, &s, r->live ? p->slot : &p->entry);
		}
		if (!r->live) {
			/* What a new pointer points to comes first. */
			dma_wmb();
			for (i = 0; i < p->n; i++)
				WRITE_ONCE(p->slot[i], p->entry +
					   i * pgt_leaf_step(fmt, p->level));
		}
		pgt_changed(r->pt, p->slot, p->n);
	}
	r->nr_pending = 0;
	if (rc) {
		INIT_LIST_HEAD(&r->gather.tables);
		r->failed = true;
	}
	pgtable_gather_free(&r->gather);
	return rc;
}

/* Make sure that @n more changes may become pending. */
static __always_inline int pgt_resize_room(const struct pgtable_fmt *fmt,
					   struct pgt_resize *r, unsigned int n)
{
	if (r->nr_pending + n <= PGT_MAX_PENDING)
		return 0;
	return pgt_resize_sync(fmt, r);
}

static __always_inline void pgt_resize_later(struct pgt_resize *r,
					     struct pgt_pending p)
{
	r->pending[r->nr_pending++] = p;
}

/*
 * The @n entries at @slot, leaves all, become leaves of 1 << @shift bytes from
 * @pa on, @n item sizes in all. Each keeps its own state, which makes all of a
 * replicated leaf dirty. Returns what state there was.
 */
static __always_inline struct pgt_state
pgt_resize_slots(const struct pgtable_fmt *fmt, struct pgt_resize *r,
		 u64 *slot, unsigned int n, unsigned int level, u64 pa,
		 unsigned int shift)
{
	const unsigned int item = pgt_item_shift(fmt, level);
	u64 mask = BIT_ULL(shift) - 1, old = 0, at, new;
	struct pgt_state s = {};
	unsigned int i;

	for (i = 0; i < n; i++) {
		at = (u64)i << item;
		old = READ_ONCE(slot[i]);
		do {
			new = fmt->leaf(pa + (at & ~mask), shift, level,
					fmt->leaf_attrs(old, level)) +
			      ((at & mask) >> item) * pgt_leaf_step(fmt, level);
			if (!r->live)
				new = 0;
		} while (!try_cmpxchg64(slot + i, &old, new));
		pgt_state_add(fmt, &s, old);
	}
	if (!r->live) {
		/* A format that needs this has entries of one address each. */
		new = fmt->leaf(pa, shift, level, fmt->leaf_attrs(old, level));
		pgt_state_give(fmt, &s, &new);
		pgt_resize_later(r, (struct pgt_pending){
			.slot = slot, .n = n, .level = level, .entry = new });
	}
	pgt_changed(r->pt, slot, n);
	return s;
}

#endif /* __IOMMUFDX_PGTABLE_REPLACE_H */
