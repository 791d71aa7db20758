/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping a list of runs.
 *
 * The source (struct pgt_src) turns runs into stretches of physically
 * contiguous memory, joining neighbours only as far as the next leaf could use
 * them. The walk goes down to the level of the next leaf, missing tables are
 * installed on the way, and the fill loop then stays in that table until the
 * table or the request ends, or the next leaf belongs to a lower level.
 *
 * A map that meets something that is mapped stops before it. What it has filled
 * by then stays; the caller is told how much that is.
 */
#ifndef __IOMMUFDX_PGTABLE_MAP_H
#define __IOMMUFDX_PGTABLE_MAP_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/errno.h>

#include "lookup.h"
#include "unmap.h"
#include "walk.h"

/**
 * struct pgt_src - what is still to be mapped
 * @run: next run to look at
 * @end: end of the runs
 * @pa: physical address of the next byte
 * @left: bytes known to be contiguous from @pa on, never beyond the request
 * @max_pa: last physical address the table can express
 * @sizes: leaf sizes to choose from
 * @attrs: bits of every leaf
 */
struct pgt_src {
	const u64 *run;
	const u64 *end;
	u64 pa;
	u64 left;
	u64 max_pa;
	u64 sizes;
	u64 attrs;
};

/* Take the next run; @want is what is left of the request. */
static __always_inline int pgt_src_next(struct pgt_src *s, u64 want)
{
	u64 run;

	if (unlikely(s->run == s->end))
		return -EINVAL;
	run = *s->run++;
	s->pa = (u64)pfn_run_pfn(run) << PAGE_SHIFT;
	s->left = min((u64)pfn_run_npages(run) << PAGE_SHIFT, want);
	if (unlikely(s->pa + s->left - 1 > s->max_pa))
		return -ERANGE;
	return 0;
}

/* Join runs that go on where this one ends, until @size bytes are known. */
static __always_inline void pgt_src_join(struct pgt_src *s, u64 size, u64 want)
{
	unsigned long next = (s->pa + s->left) >> PAGE_SHIFT;
	u64 left = s->left;

	while (left < size && s->run != s->end &&
	       pfn_run_pfn(*s->run) == next) {
		next += pfn_run_npages(*s->run);
		left += (u64)pfn_run_npages(*s->run++) << PAGE_SHIFT;
	}
	/* A run that goes too far is refused when it comes first. */
	while (unlikely(s->pa + min(left, want) - 1 > s->max_pa))
		left -= (u64)pfn_run_npages(*--s->run) << PAGE_SHIFT;
	s->left = min(left, want);
}

/*
 * log2 of the largest leaf that can stand at @iova, 0 if none can. @want is
 * what is left of the request.
 */
static __always_inline unsigned int pgt_src_leaf(struct pgt_src *s, u64 iova,
						 u64 want)
{
	u64 addr = iova | s->pa;
	/* The sizes up to the alignment: all of them if the address is 0. */
	u64 sizes = s->sizes & (addr ^ (addr - 1));
	unsigned int shift;

	if (unlikely(!sizes))
		return 0;
	shift = __fls(sizes);
	if (BIT_ULL(shift) <= s->left)
		return shift;
	pgt_src_join(s, BIT_ULL(shift), want);
	sizes &= (2ULL << __fls(s->left)) - 1;
	return likely(sizes) ? __fls(sizes) : 0;
}

/* Check a request and begin with its first run. */
static __always_inline int pgt_map_begin(const struct pgtable_fmt *fmt,
					 const struct pgtable *pt,
					 const struct pgtable_map *req,
					 struct pgt_src *s)
{
	u64 want = req->last - req->iova + 1;
	u64 bytes;

	if (req->last < req->iova || !req->nr_runs)
		return -EINVAL;
	/* Before the top is looked at: see grow.h. */
	s->sizes = smp_load_acquire(&pt->page_sizes);
	if (req->max_leaf)
		s->sizes &= (2ULL << __fls(req->max_leaf)) - 1;
	s->max_pa = U64_MAX >> (64 - pt->oa_bits);
	s->attrs = fmt->attrs(req->prot, pt->quirks);
	if (!s->attrs)
		return -EINVAL;
	s->run = req->runs;
	s->end = req->runs + req->nr_runs;
	if (!s->sizes || ((req->iova | want) & (BIT_ULL(__ffs(s->sizes)) - 1)))
		return -EINVAL;

	bytes = (u64)pfn_run_npages(*s->run) << PAGE_SHIFT;
	if (req->offset >= bytes)
		return -EINVAL;
	s->pa = ((u64)pfn_run_pfn(*s->run++) << PAGE_SHIFT) + req->offset;
	s->left = min(bytes - req->offset, want);
	return s->pa + s->left - 1 > s->max_pa ? -ERANGE : 0;
}

/* Make the slot the walk stands at point to a table, and go down into it. */
static __always_inline int pgt_map_down(const struct pgtable_fmt *fmt,
					struct pgtable *pt, struct pgt_walk *w,
					gfp_t gfp)
{
	u64 *slot = pgt_walk_slot(fmt, w);
	u64 entry = READ_ONCE(*slot);

	if (fmt->kind(entry, w->level) == PGT_EMPTY) {
		u64 *table = pgt_table_alloc(pt, pgt_table_shift(fmt, 0, 0),
					     gfp);
		u64 old;

		if (!table)
			return -ENOMEM;
		entry = fmt->table_entry(virt_to_phys(table), w->level - 1);
		/* A map of a neighbouring range may have been faster. */
		old = cmpxchg64(slot, 0, entry);
		if (old) {
			pgt_table_free(pt, table);
			entry = old;
		}
	}
	/* Whoever installed it may not have come to this yet. */
	pgt_changed(pt, slot, 1);
	if (fmt->kind(entry, w->level) != PGT_TABLE ||
	    !pgt_walk_down(fmt, w, entry))
		return -EADDRINUSE;
	return 0;
}

/* Is anything mapped in the range? */
static __always_inline bool pgt_maps_any(const struct pgtable_fmt *fmt,
					 const struct pgtable *pt, u64 iova,
					 u64 last)
{
	struct pgt_walk w;
	u64 entry, done;

	if (!pgt_walk_start(&w, pt, iova, last))
		return false;
	do {
		entry = pgt_walk_descend(fmt, &w);
		if (w.level == 0)
			entry = READ_ONCE(*pgt_walk_slot(fmt, &w));
		if (fmt->kind(entry, w.level) == PGT_LEAF)
			return true;
		done = pgt_item_last(fmt, w.level, w.iova);
	} while (pgt_walk_step(fmt, &w, done));
	return false;
}

/*
 * Free the slots of a large leaf at @iova of what stands there: only tables
 * that are empty may. The leaf's range covers them, so nobody is inside.
 */
static noinline int pgt_make_room(const struct pgtable_fmt *fmt,
				  struct pgtable *pt, u64 iova, u64 last,
				  struct pgtable_gather *gather)
{
	if (pgt_maps_any(fmt, pt, iova, last))
		return -EADDRINUSE;
	pgt_unmap(fmt, pt, iova, last, NULL, false, false, gather);
	return 0;
}

/*
 * The common case of small leaves: single pages that have nothing to do with
 * their neighbours. Fills slots while the stretch at hand is one page, the next
 * run is another and does not continue it, and stops before what needs more
 * thought. At most @n slots. Returns how many were filled.
 */
static __always_inline unsigned long
pgt_fill_pages(const struct pgtable_fmt *fmt, struct pgt_src *s, u64 *slot,
	       unsigned long n)
{
	const unsigned long max_pfn = s->max_pa >> PAGE_SHIFT;
	unsigned long pfn = s->pa >> PAGE_SHIFT;
	const u64 *run = s->run;
	const u64 *end = run + min_t(unsigned long, n, s->end - run);
	unsigned long next;

	for (; run < end; run++, slot++) {
		next = pfn_run_pfn(*run);
		if (next == pfn + 1 || next > max_pfn ||
		    pfn_run_npages(*run) != 1 || READ_ONCE(*slot))
			break;
		WRITE_ONCE(*slot, fmt->leaf((u64)pfn << PAGE_SHIFT, PAGE_SHIFT,
					    0, s->attrs));
		pfn = next;
	}
	n = run - s->run;
	s->run = run;
	s->pa = (u64)pfn << PAGE_SHIFT;
	return n;
}

/*
 * How many leaves of 1 << @shift bytes follow one another: one, unless IOVA and
 * address are so misaligned to each other that no larger leaf can come.
 */
static __always_inline unsigned long pgt_src_equal(const struct pgt_src *s,
						   u64 iova, unsigned int shift)
{
	u64 diff = iova ^ s->pa;

	if (s->sizes & (diff ^ (diff - 1)) & ~(BIT_ULL(shift + 1) - 1))
		return 1;
	return s->left >> shift;
}

/* Fill up to @n smallest leaves; returns how many until a slot was in use. */
static __always_inline unsigned long
pgt_fill_singles(const struct pgtable_fmt *fmt, const struct pgt_src *s,
		 u64 *slot, unsigned long n)
{
	const unsigned int item = pgt_item_shift(fmt, 0);
	unsigned long i;
	u64 pa = s->pa;

	for (i = 0; i < n && !READ_ONCE(slot[i]); i++) {
		WRITE_ONCE(slot[i], fmt->leaf(pa, item, 0, s->attrs));
		pa += BIT_ULL(item);
	}
	return i;
}

/* Put one leaf of 1 << @shift bytes, over tables if they are empty. */
static __always_inline int
pgt_fill_large(const struct pgtable_fmt *fmt, struct pgtable *pt,
	       const struct pgt_src *s, u64 *slot, u64 iova, unsigned int level,
	       unsigned int shift, struct pgtable_gather *gather)
{
	unsigned int i, n = 1U << (shift - pgt_item_shift(fmt, level));
	u64 leaf = fmt->leaf(s->pa, shift, level, s->attrs);
	int rc;

	for (i = 0; i < n && !READ_ONCE(slot[i]); i++)
		;
	if (unlikely(i < n)) {
		if (level == 0)
			return -EADDRINUSE;
		rc = pgt_make_room(fmt, pt, iova, iova + (BIT_ULL(shift) - 1),
				   gather);
		if (rc)
			return rc;
	}
	for (i = 0; i < n; i++, leaf += pgt_leaf_step(fmt, level))
		WRITE_ONCE(slot[i], leaf);
	return 0;
}

/*
 * Fill leaves in one table of @level. Moves w->iova; returns with the source
 * ready for what comes next.
 */
static __always_inline int
pgt_map_fill(const struct pgtable_fmt *fmt, struct pgtable *pt,
	     struct pgt_walk *w, struct pgt_src *s, unsigned int level,
	     struct pgtable_gather *gather)
{
	const unsigned int item = pgt_item_shift(fmt, level);
	const bool pages = level == 0 && item == PAGE_SHIFT &&
			   (s->sizes & PAGE_SIZE);
	u64 *slot = pgt_walk_slot_of(fmt, w, level, w->iova);
	u64 *const start = slot;
	u64 *end = pgt_walk_table_end(fmt, w, level);
	u64 iova = w->iova;
	int rc = 0;

	for (;;) {
		u64 want = w->last - iova + 1;
		unsigned long n, filled;
		unsigned int shift;
		u64 bytes;

		if (pages && s->left == PAGE_SIZE) {
			/* The last page has no successor to compare with. */
			n = min_t(u64, end - slot, (want >> PAGE_SHIFT) - 1);
			n = pgt_fill_pages(fmt, s, slot, n);
			slot += n;
			iova += (u64)n << PAGE_SHIFT;
			if (slot == end)
				break;
			want = w->last - iova + 1;
		}
		shift = pgt_src_leaf(s, iova, want);
		if (shift < item)
			break;
		if (level == 0 && shift == item) {
			n = min_t(u64, end - slot,
				  pgt_src_equal(s, iova, shift));
			filled = pgt_fill_singles(fmt, s, slot, n);
			if (filled < n)
				rc = -EADDRINUSE;
			bytes = (u64)filled << item;
		} else {
			rc = pgt_fill_large(fmt, pt, s, slot, iova, level,
					    shift, gather);
			bytes = rc ? 0 : BIT_ULL(shift);
		}
		slot += bytes >> item;
		iova += bytes;
		s->pa += bytes;
		s->left -= bytes;
		if (rc || iova - 1 == w->last)
			break;
		if (!s->left) {
			rc = pgt_src_next(s, w->last - iova + 1);
			if (rc)
				break;
		}
		if (slot == end)
			break;
	}
	pgt_changed(pt, start, slot - start);
	w->iova = iova;
	return rc;
}

/* Map from where the walk stands to its last byte. */
static __always_inline int pgt_map_walk(const struct pgtable_fmt *fmt,
					struct pgtable *pt, struct pgt_walk *w,
					struct pgt_src *s, gfp_t gfp,
					struct pgtable_gather *gather)
{
	unsigned int shift;
	int rc = 0;

	do {
		shift = pgt_src_leaf(s, w->iova, w->last - w->iova + 1);
		if (!shift)
			return -EINVAL;
		while (pgt_item_shift(fmt, w->level) > shift && !rc)
			rc = pgt_map_down(fmt, pt, w, gfp);
		if (rc)
			return rc;
		if (w->level == 0)
			rc = pgt_map_fill(fmt, pt, w, s, 0, gather);
		else
			rc = pgt_map_fill(fmt, pt, w, s, w->level, gather);
	} while (!rc && pgt_walk_step(fmt, w, w->iova - 1));
	return rc;
}

/*
 * One granule into a table that is there already: what most requests of a
 * device driver that maps a page at a time are. False, and nothing is done, if
 * it is anything else, or anything is wrong.
 */
static __always_inline bool pgt_map_one(const struct pgtable_fmt *fmt,
					const struct pgtable *pt,
					const struct pgtable_map *req)
{
	const u64 granule = BIT_ULL(fmt->granule_shift);
	struct pgt_found f;
	u64 run, pa, attrs;

	if (req->last - req->iova != granule - 1 || !req->nr_runs)
		return false;
	run = *req->runs;
	pa = ((u64)pfn_run_pfn(run) << PAGE_SHIFT) + req->offset;
	attrs = fmt->attrs(req->prot, pt->quirks);
	/* Pointers on the way may have to be written back, too. */
	if (req->offset + granule > (u64)pfn_run_npages(run) << PAGE_SHIFT ||
	    ((req->iova | pa) & (granule - 1)) || pa >> pt->oa_bits ||
	    req->max_leaf - 1 < granule - 1 ||
	    !(READ_ONCE(pt->page_sizes) & granule) || !attrs ||
	    (pt->quirks & PGTABLE_QUIRK_NONCOHERENT))
		return false;
	f = pgt_lookup(fmt, pt, req->iova);
	if (!f.slot || f.level || f.entry)
		return false;
	WRITE_ONCE(*f.slot, fmt->leaf(pa, fmt->granule_shift, 0, attrs));
	return true;
}

/* Not inline: what needs many registers stays out of the way of one page. */
static noinline int pgt_map_runs(const struct pgtable_fmt *fmt,
				 struct pgtable *pt,
				 const struct pgtable_map *req,
				 struct pgtable_gather *gather, u64 *mapped)
{
	struct pgt_walk w;
	struct pgt_src s;
	int rc;

	*mapped = 0;
	rc = pgt_map_begin(fmt, pt, req, &s);
	if (rc)
		return rc;
	if (!pgt_walk_start(&w, pt, req->iova, req->last) ||
	    w.last != req->last)
		return -ERANGE;
	rc = pgt_map_walk(fmt, pt, &w, &s, req->gfp, gather);
	*mapped = w.iova - req->iova;
	return rc;
}

static __always_inline int pgt_map(const struct pgtable_fmt *fmt,
				   struct pgtable *pt,
				   const struct pgtable_map *req,
				   struct pgtable_gather *gather, u64 *mapped)
{
	if (!pgt_map_one(fmt, pt, req))
		return pgt_map_runs(fmt, pt, req, gather, mapped);
	*mapped = BIT_ULL(fmt->granule_shift);
	return 0;
}

#endif /* __IOMMUFDX_PGTABLE_MAP_H */
