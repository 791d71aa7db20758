// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bringing a shadow in step with the guest's table, and taking out what the IOAS
 * unmaps: see shadow.h.
 *
 * A sync walks the guest's leaves in order. What the shadow holds just so stays
 * untouched, so that DMA through it does not notice. What it holds otherwise, or
 * where the guest has a hole, is unmapped; what it lacks is collected as long as
 * it goes on evenly, and mapped as one run. Old and new never meet at one IOVA:
 * hardware forgets the old one first.
 */
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "core/area.h"
#include "core/domain.h"
#include "shadow.h"

/*
 * Entries that one sync may look at: 16 GiB of 4 KiB pages, with the tables above
 * them. What a hostile table shows has no end, but a call must have one.
 */
#define SHADOW_BUDGET	((1UL << 22) + (1UL << 14))

/**
 * struct shadow_run - leaves that go on from one another
 * @iova: first byte
 * @last: last byte
 * @gpa: what @iova leads to
 * @prot: what the guest grants
 * @shift: log2 of each leaf; 0: there are none
 */
struct shadow_run {
	unsigned long iova;
	unsigned long last;
	unsigned long gpa;
	u32 prot;
	u8 shift;
};

/**
 * struct shadow_sync - a sync under way
 * @walk: of the guest's table
 * @shadow: which
 * @next: below it, all is in step or in @run
 * @begun: a leaf has been seen; the first may start below @next
 * @hint: the range that held the last leaf, or NULL
 * @run: to be mapped
 * @gather: what was unmapped
 */
struct shadow_sync {
	struct fdx_guest_walk walk;
	struct fdx_hwpt_shadow *shadow;
	unsigned long next;
	bool begun;
	struct fdx_shadow_range *hint;
	struct shadow_run run;
	struct pgtable_gather gather;
};

static struct fdx_ioas *shadow_ioas(struct fdx_hwpt_shadow *shadow)
{
	return shadow->parent->ioas;
}

static struct pgtable *shadow_pt(struct fdx_hwpt_shadow *shadow)
{
	return &shadow->common.domain->pt;
}

/* ------------------------------------------------------------ hardware, charge */

int fdx_shadow_flush(struct fdx_hwpt_shadow *shadow,
		     struct pgtable_gather *gather)
{
	int rc;

	lockdep_assert_held(&shadow->lock);

	rc = fdx_gather_finish(shadow->common.domain, gather);
	/* A device that was detached may hold what was taken out before. */
	rc = rc ?: fdx_domain_settle(shadow->common.domain);
	/* Also where its tables are lost. */
	*gather = (struct pgtable_gather)PGTABLE_GATHER_INIT(*gather);
	return rc;
}

/* What the tables and the ranges take. */
static unsigned long shadow_pages(struct fdx_hwpt_shadow *shadow)
{
	struct pgtable *pt = shadow_pt(shadow);

	lockdep_assert_held(&shadow->lock);

	return DIV_ROUND_UP(pt->ops->table_bytes(pt) + shadow->nr_ranges *
			    sizeof(struct fdx_shadow_range), PAGE_SIZE);
}

int fdx_shadow_charge(struct fdx_hwpt_shadow *shadow)
{
	unsigned long pages = shadow_pages(shadow);
	unsigned long charged = shadow->payer->charged;

	return pages > charged ? fdx_charge(shadow->payer, pages - charged) : 0;
}

void fdx_shadow_uncharge(struct fdx_hwpt_shadow *shadow)
{
	unsigned long pages = shadow_pages(shadow);
	unsigned long charged = shadow->payer->charged;

	if (pages < charged)
		fdx_uncharge(shadow->payer, charged - pages);
}

/* -------------------------------------------------------------- guest's memory */

/* The pinned page behind @gpa, of an area that stays while iova_rwsem is held. */
static struct page *guest_page(struct fdx_area *area, unsigned long gpa)
{
	unsigned long index = fdx_area_start_byte(area, gpa) / PAGE_SIZE;
	struct fdx_pfn_chunk chunk;
	struct page *page = NULL;

	mutex_lock(&area->pages->lock);
	if (fdx_pfn_store_chunk(&area->pages->store, index, index, &chunk))
		page = pfn_to_page(pfn_run_pfn(chunk.runs[0]) + chunk.skip);
	mutex_unlock(&area->pages->lock);
	return page;
}

static bool usable(const struct fdx_area *area)
{
	return !area->busy && !area->pages->dmabuf;
}

static bool read_guest(struct fdx_guest_walk *walk, u64 gpa, u64 *entries,
		       unsigned int nr)
{
	struct shadow_sync *sync = container_of(walk, struct shadow_sync, walk);
	struct fdx_ioas *ioas = shadow_ioas(sync->shadow);
	struct page *page = NULL;
	struct fdx_area *area;
	unsigned int i;
	void *base;
	u64 *from;

	down_read(&ioas->iova_rwsem);
	area = fdx_area_first(ioas, gpa, gpa);
	if (area && usable(area) && (area->prot & PGTABLE_READ))
		page = guest_page(area, gpa);
	if (page) {
		base = kmap_local_page(page);
		from = base + offset_in_page(fdx_area_start_byte(area, gpa));
		for (i = 0; i < nr; i++)
			entries[i] = READ_ONCE(from[i]);
		kunmap_local(base);
	}
	up_read(&ioas->iova_rwsem);
	return page;
}

/* --------------------------------------------------------------------- unmapping */

/* Where the leaf begins that @range has at @iova; the range may have a part. */
static unsigned long leaf_first(const struct fdx_shadow_range *range,
				unsigned long iova)
{
	return max(range->iova.start, iova & ~((1UL << range->shift) - 1));
}

static unsigned long leaf_last(const struct fdx_shadow_range *range,
			       unsigned long iova)
{
	return min(range->iova.last, iova | ((1UL << range->shift) - 1));
}

/* Nothing of @first..@last is mapped any more. */
static void cut_ranges(struct fdx_hwpt_shadow *shadow, unsigned long first,
		       unsigned long last)
{
	struct fdx_shadow_range *range;

	while ((range = fdx_shadow_range_first(shadow, first, last))) {
		fdx_shadow_range_cut(shadow, range, max(range->iova.start, first),
				     min(range->iova.last, last));
		cond_resched();
	}
}

/* Take out whatever is in @first..@last, whole leaves of the guest at a time. */
static void sync_remove(struct shadow_sync *sync, unsigned long first,
			unsigned long last)
{
	struct fdx_hwpt_shadow *shadow = sync->shadow;
	struct fdx_shadow_range *range;

	range = fdx_shadow_range_first(shadow, first, last);
	if (!range)
		return;
	first = min(first, leaf_first(range, first));
	range = fdx_shadow_range_first(shadow, last, last);
	if (range)
		last = leaf_last(range, last);
	/* In one go, so that tables which become empty fall. */
	fdx_shadow_unmap_leaves(shadow, first, last, &sync->gather);
	cut_ranges(shadow, first, last);
	sync->hint = NULL;
}

bool fdx_shadow_unmap(struct fdx_hwpt_shadow *shadow, unsigned long first,
		      unsigned long last)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct fdx_shadow_range *range;
	unsigned long iova, bytes, a;
	bool clean = true;

	fdx_shadow_lock(shadow);
	while ((range = fdx_shadow_range_gpa(shadow, first, last))) {
		a = max(range->gpa.start, first);
		bytes = min(range->gpa.last, last) - a + 1;
		iova = range->iova.start + (a - range->gpa.start);
		clean &= !WARN_ON_ONCE(fdx_shadow_unmap_leaves(shadow, iova,
							       iova + bytes - 1,
							       &gather) != bytes);
		fdx_shadow_range_cut(shadow, range, iova, iova + bytes - 1);
		cond_resched();
	}
	clean &= !fdx_shadow_flush(shadow, &gather);
	fdx_shadow_uncharge(shadow);
	fdx_shadow_unlock(shadow);
	return clean;
}

bool fdx_shadow_clear(struct fdx_hwpt_shadow *shadow)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	bool clean;

	fdx_shadow_lock(shadow);
	fdx_shadow_unmap_leaves(shadow, shadow->first, shadow->last, &gather);
	cut_ranges(shadow, 0, ULONG_MAX);
	clean = !fdx_shadow_flush(shadow, &gather);
	if (!clean)
		shadow->parent->saved.unsure = true;
	fdx_shadow_unlock(shadow);
	return clean;
}

/* ----------------------------------------------------------------------- mapping */

/* Mapped at once: what it costs is paid afterwards, and must not be much. */
#define SHADOW_PORTION	SZ_1G

/* Room for the dirty state of what is to be mapped. */
static int reserve_saved(struct fdx_hwpt_shadow *shadow, unsigned long gpa,
			 unsigned long last, u32 prot)
{
	if (!shadow->parent->dirty_capable || !(prot & PGTABLE_WRITE))
		return 0;
	return fdx_saved_reserve(&shadow->parent->saved, gpa, last);
}

/* No range tells what was mapped, and a device may have written to all of it. */
static void unmap_failed(struct shadow_sync *sync, unsigned long iova,
			 unsigned long gpa, u64 mapped, u32 prot)
{
	struct fdx_hwpt_shadow *shadow = sync->shadow;

	if (!mapped)
		return;
	shadow_pt(shadow)->ops->unmap(shadow_pt(shadow), iova,
				      iova + mapped - 1, &sync->gather);
	if (prot & PGTABLE_WRITE)
		fdx_saved_add(&shadow->parent->saved, gpa, gpa + mapped - 1);
}

/*
 * Map a part of @run, from @at on, that @area holds, and say how far that goes. If
 * nobody pays for it, it is taken out again.
 */
static int map_part(struct shadow_sync *sync, const struct shadow_run *run,
		    unsigned long at, struct fdx_area *area,
		    unsigned long *last)
{
	struct fdx_hwpt_shadow *shadow = sync->shadow;
	unsigned long gpa = run->gpa + (at - run->iova);
	u32 prot = run->prot & area->prot;
	struct pgtable_map req = {
		.iova = at,
		.prot = prot | PGTABLE_CACHE,
		.max_leaf = 1ULL << run->shift,
		.gfp = GFP_KERNEL_ACCOUNT,
	};
	struct fdx_shadow_range *range;
	unsigned long gpa_last;
	u64 mapped = 0;
	int rc;

	*last = at + min3(run->last - at, area->node.last - gpa,
			  SHADOW_PORTION - 1UL);
	if (!usable(area) || !prot)
		return 0;
	/* A part of the leaf that may stay as it is. */
	range = fdx_shadow_range_first(shadow, at, *last);
	if (range && range->iova.start <= at) {
		*last = min(*last, range->iova.last);
		return 0;
	}
	if (range)
		*last = range->iova.start - 1;
	if (shadow_ioas(shadow)->no_large_pages)
		req.max_leaf = PAGE_SIZE;
	gpa_last = gpa + (*last - at);
	req.max_leaf = min(req.max_leaf, fdx_shadow_leaf_limit(shadow, gpa,
							       &gpa_last,
							       run->shift));
	*last = at + (gpa_last - gpa);
	rc = reserve_saved(shadow, gpa, gpa_last, prot);
	if (rc)
		return rc;
	mutex_lock(&area->pages->lock);
	rc = fdx_area_map(area, gpa, gpa_last, shadow->common.domain, &req,
			  &sync->gather, &mapped);
	mutex_unlock(&area->pages->lock);
	if (!rc)
		rc = fdx_shadow_range_add(shadow, at, *last, gpa, run->prot,
					  run->shift);
	/* What was the hint may have become a part of another range. */
	sync->hint = NULL;
	if (rc) {
		unmap_failed(sync, at, gpa, mapped, prot);
		return rc;
	}
	rc = fdx_shadow_charge(shadow);
	if (rc)
		sync_remove(sync, at, *last);
	return rc;
}

/* Map what was collected, area by area; where the IOAS has none is a hole. */
static int sync_map(struct shadow_sync *sync)
{
	struct fdx_ioas *ioas = shadow_ioas(sync->shadow);
	struct shadow_run run = sync->run;
	unsigned long at, gpa, gpa_last, last;
	struct fdx_area *area;
	int rc = 0;

	if (!run.shift)
		return 0;
	sync->run.shift = 0;
	if (run.iova <= sync->gather.last && run.last >= sync->gather.iova)
		rc = fdx_shadow_flush(sync->shadow, &sync->gather);
	if (!rc)
		rc = fdx_shadow_charge(sync->shadow);
	gpa_last = run.gpa + (run.last - run.iova);
	for (at = run.iova; !rc; at = last + 1) {
		if (fatal_signal_pending(current))
			return -EINTR;
		/* A leaf may show a lot of areas. */
		if (at != run.iova && !sync->walk.budget--)
			return -E2BIG;
		cond_resched();

		gpa = run.gpa + (at - run.iova);
		down_read(&ioas->iova_rwsem);
		area = fdx_area_first(ioas, gpa, gpa_last);
		if (area) {
			at += max(area->node.start, gpa) - gpa;
			rc = map_part(sync, &run, at, area, &last);
			/* Beyond the hardware's reach, or not on its pages. */
			if (rc == -ERANGE || rc == -EINVAL)
				rc = 0;
		}
		up_read(&ioas->iova_rwsem);
		if (!area || last == run.last)
			break;
	}
	return rc;
}

/* Is what @range holds what the leaf says? */
static bool fits(const struct fdx_shadow_range *range,
		 const struct shadow_run *leaf)
{
	return range->prot == leaf->prot && range->shift == leaf->shift &&
	       range->iova.start - range->gpa.start == leaf->iova - leaf->gpa;
}

/* Does the shadow hold all of the leaf, just so? */
static bool sync_holds(struct shadow_sync *sync, const struct shadow_run *leaf)
{
	struct fdx_shadow_range *range = sync->hint;

	if (!range || range->iova.last < leaf->last)
		range = fdx_shadow_range_first(sync->shadow, leaf->iova,
					       leaf->iova);
	sync->hint = range;
	return range && range->iova.last >= leaf->last && fits(range, leaf);
}

/* May all that the shadow holds of the leaf stay? */
static bool sync_parts_fit(struct shadow_sync *sync,
			   const struct shadow_run *leaf)
{
	unsigned long at = leaf->iova;
	struct fdx_shadow_range *range;

	while ((range = fdx_shadow_range_first(sync->shadow, at, leaf->last))) {
		if (!fits(range, leaf))
			return false;
		if (range->iova.last >= leaf->last)
			break;
		at = range->iova.last + 1;
		cond_resched();
	}
	return true;
}

static int sync_leaf(struct fdx_guest_walk *walk,
		     const struct fdx_guest_leaf *guest)
{
	struct shadow_sync *sync = container_of(walk, struct shadow_sync, walk);
	struct shadow_run *run = &sync->run;
	const struct shadow_run leaf = {
		.iova = guest->iova,
		.last = guest->last,
		.gpa = guest->gpa,
		.prot = guest->prot,
		.shift = ilog2(guest->last - guest->iova + 1),
	};
	int rc;

	/* Beyond what the hardware can have, with a part of it or whole. */
	if (leaf.iova < sync->shadow->first || leaf.last > sync->shadow->last)
		return 0;
	if (!sync->begun)
		sync->next = min(sync->next, leaf.iova);
	sync->begun = true;
	if (leaf.iova > sync->next)
		sync_remove(sync, sync->next, leaf.iova - 1);
	sync->next = leaf.last + 1;
	if (sync_holds(sync, &leaf))
		return 0;
	if (!sync_parts_fit(sync, &leaf))
		sync_remove(sync, leaf.iova, leaf.last);

	if (run->shift == leaf.shift && run->prot == leaf.prot &&
	    run->last + 1 == leaf.iova && leaf.gpa &&
	    run->iova - run->gpa == leaf.iova - leaf.gpa) {
		run->last = leaf.last;
		return 0;
	}
	rc = sync_map(sync);
	*run = leaf;
	return rc;
}

/* Where the guest had a larger leaf, all of it is concerned. */
static void widen(struct fdx_hwpt_shadow *shadow, unsigned long *first,
		  unsigned long *last)
{
	struct fdx_shadow_range *range;

	range = fdx_shadow_range_first(shadow, *first, *first);
	if (range)
		*first = leaf_first(range, *first);
	range = fdx_shadow_range_first(shadow, *last, *last);
	if (range)
		*last = leaf_last(range, *last);
}

static int shadow_sync_locked(struct shadow_sync *sync, unsigned long first,
			      unsigned long last)
{
	struct fdx_hwpt_shadow *shadow = sync->shadow;
	int flush_rc, rc;

	lockdep_assert_held(&shadow->lock);

	widen(shadow, &first, &last);
	sync->next = first;
	rc = fdx_domain_catch_up(shadow->common.domain);
	if (!rc)
		rc = fdx_guest_walk(&sync->walk, first, last);
	if (!rc)
		rc = sync_map(sync);
	/* The last leaf may reach beyond, and to the end of all IOVAs. */
	if (!rc && sync->next <= last && (sync->next || !sync->begun))
		sync_remove(sync, sync->next, last);
	flush_rc = fdx_shadow_flush(shadow, &sync->gather);
	fdx_shadow_uncharge(shadow);
	return rc ? rc : flush_rc;
}

int fdx_shadow_sync(struct fdx_hwpt_shadow *shadow, unsigned long first,
		    unsigned long last)
{
	const unsigned long in_page = (1UL << shadow->table.granule_shift) - 1;
	struct shadow_sync *sync;
	int rc;

	/* Of holes, too: the table below takes whole pages out, or nothing. */
	first = max(first & ~in_page, shadow->first);
	last = min(last | in_page, shadow->last);
	if (first > last)
		return 0;
	sync = kzalloc(sizeof(*sync), GFP_KERNEL_ACCOUNT);
	if (!sync)
		return -ENOMEM;
	sync->walk.table = &shadow->table;
	sync->walk.read = read_guest;
	sync->walk.leaf = sync_leaf;
	sync->walk.budget = SHADOW_BUDGET;
	sync->shadow = shadow;
	INIT_LIST_HEAD(&sync->gather.tables);
	sync->gather.iova = U64_MAX;

	fdx_shadow_lock(shadow);
	rc = shadow_sync_locked(sync, first, last);
	fdx_shadow_unlock(shadow);
	kfree(sync);
	return rc;
}
