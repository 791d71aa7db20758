// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas and domains: the runs of an area's pages go into page tables, and come
 * out again.
 *
 * Memory is given back in this order, always: clear the entries, have hardware
 * forget them, free the tables, unpin the pages. If the second step fails, the
 * last two are not done, ever: hardware that still holds an old translation
 * then reaches memory that nobody else was given.
 */
#define pr_fmt(fmt) "iommufdx: " fmt

#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "area.h"
#include "core/dirty/dirty_debt.h"
#include "core/dirty/dirty_saved.h"
#include "core/dirty/dirty_target.h"
#include "dmabuf.h"
#include "domain.h"
#include "core/shadow/shadow.h"

/* Small leaves are mapped in portions of this, so that signals are seen. */
#define SMALL_LEAF_PORTION	(SZ_1G >> PAGE_SHIFT)

struct fdx_area *fdx_area_alloc(struct fdx_pages *pages,
				unsigned long start_byte, unsigned long length,
				u8 prot)
{
	struct fdx_area *area;

	area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	if (!area)
		return NULL;
	area->node.last = length - 1;
	area->user.start = start_byte / PAGE_SIZE;
	area->user.last = (start_byte + length - 1) / PAGE_SIZE;
	area->page_offset = start_byte % PAGE_SIZE;
	area->pages = pages;
	area->prot = prot;
	return area;
}

void fdx_areas_free(struct fdx_ioas *ioas, struct list_head *areas)
{
	struct fdx_area *area, *next;

	down_write(&ioas->iova_rwsem);
	list_for_each_entry(area, areas, link)
		if (area->inserted)
			interval_tree_remove(&area->node, &ioas->areas);
	up_write(&ioas->iova_rwsem);

	list_for_each_entry_safe(area, next, areas, link) {
		list_del(&area->link);
		/* Its node stays among the users of the pages for good. */
		if (area->leaked)
			continue;
		fdx_pages_put(area->pages);
		kfree(area);
	}
}

int fdx_gather_finish(struct iommufdx_domain *domain,
		      struct pgtable_gather *gather)
{
	int rc;

	if (pgtable_gather_empty(gather))
		return fdx_domain_catch_up(domain);
	rc = fdx_domain_flush(domain, gather);
	if (rc) {
		pr_err_ratelimited("no answer to an invalidation of %#llx..%#llx (%d), its memory is lost\n",
				   gather->iova, gather->last, rc);
		return rc;
	}
	pgtable_gather_free(gather);
	return 0;
}

/* What kind of memory an area shows. */
static u32 area_memory(const struct fdx_area *area)
{
	if (area->pages->dmabuf && fdx_dmabuf_mmio(area->pages))
		return PGTABLE_MMIO;
	return PGTABLE_CACHE;
}

/*
 * Clear @first..@last, all of which is mapped, and tell @dirty, if there is one,
 * what was dirty. False: a leaf reaches out, or, with @dirty, not all was mapped.
 */
static bool clear_range(struct iommufdx_domain *domain, unsigned long first,
			unsigned long last, struct fdx_dirty_target *dirty,
			struct pgtable_gather *gather)
{
	struct pgtable_dirty_sink *sink;
	struct pgtable *pt = &domain->pt;
	u64 done;

	if (dirty) {
		sink = fdx_dirty_target_sink(dirty, first);
		done = pt->ops->unmap_dirty(pt, first, last, sink, gather);
		fdx_debt_pay(dirty->debt, first, last, sink, false);
		/* Out of the shadows it is already, and flushed. */
		fdx_saved_pay(dirty->saved, first, last, sink, false);
	} else {
		done = pt->ops->discard(pt, first, last, gather);
	}
	return !WARN_ON_ONCE(done != (u64)last - first + 1);
}

static bool clear_area(struct fdx_area *area, struct iommufdx_domain *domain,
		       struct fdx_dirty_target *dirty)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	bool clean;

	clean = clear_range(domain, area->node.start, area->node.last, dirty,
			    &gather);
	return !fdx_gather_finish(domain, &gather) && clean;
}

bool fdx_area_clear(struct fdx_area *area, struct iommufdx_domain *domain)
{
	return clear_area(area, domain, NULL);
}

/* Take @area out of @domain. False: hardware may still hold it. */
static bool unmap_area(struct fdx_area *area, struct iommufdx_domain *domain,
		       struct fdx_dirty_target *dirty)
{
	lockdep_assert_held(&area->pages->lock);

	/* What was revoked is not there any more. */
	if (area->pages->dmabuf && !fdx_dmabuf_untrack(area, domain))
		return true;
	return clear_area(area, domain, dirty);
}

/* The largest leaf that @domain may have, 0 for no limit. */
static u64 largest_leaf(const struct fdx_ioas *ioas,
			const struct iommufdx_domain *domain)
{
	return ioas->no_large_pages ? PAGE_SIZE : domain->max_leaf;
}

int fdx_area_map(struct fdx_area *area, unsigned long first, unsigned long last,
		 struct iommufdx_domain *domain, struct pgtable_map *req,
		 struct pgtable_gather *gather, u64 *mapped)
{
	unsigned long byte = fdx_area_start_byte(area, first);
	unsigned long index_last = fdx_area_start_byte(area, last) / PAGE_SIZE;
	unsigned long index = byte / PAGE_SIZE;
	u64 iova = req->iova, iova_last = iova + (last - first);
	struct fdx_pfn_chunk chunk;
	unsigned long end;
	u64 done;
	int rc;

	lockdep_assert_held(&area->pages->lock);

	*mapped = 0;
	req->offset = byte % PAGE_SIZE;
	while (index <= index_last) {
		if (fatal_signal_pending(current))
			return -EINTR;

		end = index_last;
		if (req->max_leaf)
			end = min(end, index + SMALL_LEAF_PORTION - 1);
		if (WARN_ON_ONCE(!fdx_pfn_store_chunk(&area->pages->store,
						      index, end, &chunk)))
			return -EFAULT;

		req->iova = iova + *mapped;
		req->last = req->iova + chunk.npages * PAGE_SIZE - req->offset - 1;
		if (index + chunk.npages > index_last)
			req->last = iova_last;
		req->runs = chunk.runs;
		req->nr_runs = chunk.nr;
		req->offset += chunk.skip * PAGE_SIZE;

		done = 0;
		rc = domain->pt.ops->map(&domain->pt, req, gather, &done);
		*mapped += done;
		if (rc)
			return rc;

		index += chunk.npages;
		req->offset = 0;
		cond_resched();
	}
	return 0;
}

/* Map all of @area, as fdx_area_map(), where it is. */
static int map_area(struct fdx_ioas *ioas, struct fdx_area *area,
		    struct iommufdx_domain *domain,
		    struct pgtable_gather *gather, u64 *mapped)
{
	struct pgtable_map req = {
		.iova = area->node.start,
		.prot = area->prot | area_memory(area),
		.max_leaf = largest_leaf(ioas, domain),
		.gfp = GFP_KERNEL_ACCOUNT,
	};

	return fdx_area_map(area, area->node.start, area->node.last, domain,
			    &req, gather, mapped);
}

/*
 * Map @area into @domain or leave nothing of it there. Memory that was revoked
 * is as if it were mapped and never there.
 */
static int fill_one(struct fdx_ioas *ioas, struct fdx_area *area,
		    struct iommufdx_domain *domain)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct fdx_pages *pages = area->pages;
	u64 mapped;
	int rc;

	rc = fdx_domain_catch_up(domain);
	if (rc)
		return rc;
	if (pages->dmabuf) {
		if (fdx_dmabuf_revoked(pages))
			return 0;
		rc = fdx_dmabuf_track(area, domain);
		if (rc)
			return rc;
	}
	rc = map_area(ioas, area, domain, &gather, &mapped);
	if (!rc)
		rc = fdx_gather_finish(domain, &gather);
	if (!rc || !mapped)
		goto out_finish;

	if (!clear_range(domain, area->node.start,
			 area->node.start + mapped - 1, NULL, &gather))
		area->leaked = true;
out_finish:
	if (rc && fdx_gather_finish(domain, &gather))
		area->leaked = true;
	if (rc && pages->dmabuf)
		fdx_dmabuf_untrack(area, domain);
	return rc;
}

static void unpin_area(struct fdx_area *area)
{
	if (!area->pinned || area->leaked)
		return;
	mutex_lock(&area->pages->lock);
	fdx_pages_remove_user(area->pages, &area->user);
	mutex_unlock(&area->pages->lock);
	area->pinned = false;
}

static int pin_area(struct fdx_area *area)
{
	int rc = 0;

	lockdep_assert_held(&area->pages->lock);

	if (!area->pinned)
		rc = fdx_pages_add_user(area->pages, &area->user);
	if (!rc)
		area->pinned = true;
	return rc;
}

static int fill_area(struct fdx_ioas *ioas, struct fdx_area *area)
{
	struct iommufdx_domain *domain, *undo;
	unsigned long index, undo_index;
	int rc;

	mutex_lock(&area->pages->lock);
	rc = pin_area(area);
	if (rc)
		goto out_unlock;
	xa_for_each(&ioas->domains, index, domain) {
		rc = fill_one(ioas, area, domain);
		if (rc)
			goto err_unmap;
	}
	goto out_unlock;

err_unmap:
	xa_for_each(&ioas->domains, undo_index, undo) {
		if (undo == domain)
			break;
		if (!unmap_area(area, undo, NULL))
			area->leaked = true;
	}
	mutex_unlock(&area->pages->lock);
	unpin_area(area);
	return rc;

out_unlock:
	mutex_unlock(&area->pages->lock);
	return rc;
}

int fdx_areas_fill(struct fdx_ioas *ioas, struct list_head *areas)
{
	struct fdx_area *area;
	int rc;

	lockdep_assert_held(&ioas->domains_rwsem);

	if (xa_empty(&ioas->domains))
		return 0;
	list_for_each_entry(area, areas, link) {
		rc = fill_area(ioas, area);
		if (rc) {
			LIST_HEAD(filled);

			list_cut_before(&filled, areas, &area->link);
			fdx_areas_unfill(ioas, &filled, NULL);
			list_splice(&filled, areas);
			return rc;
		}
	}
	return 0;
}

/* An area whose exporter may revoke it meanwhile goes by itself. */
static bool unmap_dmabuf(struct fdx_area *area, struct iommufdx_domain *domain,
			 struct fdx_dirty_target *dirty)
{
	bool clean;

	mutex_lock(&area->pages->lock);
	clean = unmap_area(area, domain, dirty);
	mutex_unlock(&area->pages->lock);
	return clean;
}

/* Take all of @areas out of @domain. False: hardware may still hold some. */
static bool unmap_areas(struct list_head *areas, struct iommufdx_domain *domain,
			struct fdx_dirty_target *dirty)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	unsigned long first = 0, last = 0;
	struct fdx_area *area;
	bool pending = false;
	bool clean = true;

	/* One walk for areas that touch, so that whole tables fall. */
	list_for_each_entry(area, areas, link) {
		if (area->pages->dmabuf) {
			clean &= unmap_dmabuf(area, domain, dirty);
			continue;
		}
		if (pending && area->node.start == last + 1) {
			last = area->node.last;
			continue;
		}
		if (pending)
			clean &= clear_range(domain, first, last, dirty,
					     &gather);
		first = area->node.start;
		last = area->node.last;
		pending = true;
		cond_resched();
	}
	if (pending)
		clean &= clear_range(domain, first, last, dirty, &gather);
	return !fdx_gather_finish(domain, &gather) && clean;
}

bool fdx_areas_unfill(struct fdx_ioas *ioas, struct list_head *areas,
		      struct list_head *dirty)
{
	struct fdx_hwpt_shadow *shadow;
	struct iommufdx_domain *domain;
	struct fdx_dirty_saved *saved;
	struct fdx_dirty_debt *debt;
	struct fdx_area *area;
	unsigned long index;
	bool clean = true;

	lockdep_assert_held(&ioas->domains_rwsem);

	list_for_each_entry(shadow, &ioas->shadows, node)
		list_for_each_entry(area, areas, link)
			clean &= fdx_shadow_unmap(shadow, area->node.start,
						  area->node.last);
	xa_for_each(&ioas->domains, index, domain)
		clean &= unmap_areas(areas, domain,
				     fdx_dirty_target_find(dirty, domain));
	list_for_each_entry(saved, &ioas->saved, node)
		list_for_each_entry(area, areas, link)
			fdx_saved_forget(saved, area->node.start,
					 area->node.last);
	list_for_each_entry(debt, &ioas->debts, node)
		list_for_each_entry(area, areas, link)
			fdx_debt_forget(debt, area->node.start,
					area->node.last);
	list_for_each_entry(area, areas, link) {
		if (!clean)
			area->leaked = true;
		unpin_area(area);
		cond_resched();
	}
	return clean;
}

int fdx_domain_fill(struct fdx_ioas *ioas, struct iommufdx_domain *domain)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct fdx_area *area;
	u64 mapped;
	int rc = 0;

	lockdep_assert_held_write(&ioas->domains_rwsem);
	lockdep_assert_held_write(&ioas->iova_rwsem);

	fdx_for_each_area(ioas, area, 0, ULONG_MAX) {
		/* Its owner waits for domains_rwsem, then fills all domains. */
		if (area->busy)
			continue;
		mutex_lock(&area->pages->lock);
		rc = pin_area(area);
		if (!rc && area->pages->dmabuf)
			rc = fill_one(ioas, area, domain);
		else if (!rc)
			rc = map_area(ioas, area, domain, &gather, &mapped);
		mutex_unlock(&area->pages->lock);
		if (rc)
			break;
	}
	if (!rc)
		rc = fdx_gather_finish(domain, &gather);
	if (rc)
		fdx_domain_unfill(ioas, domain);
	return rc;
}

void fdx_domain_unfill(struct fdx_ioas *ioas, struct iommufdx_domain *domain)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct fdx_area *area;
	bool clean = true;

	lockdep_assert_held_write(&ioas->domains_rwsem);
	lockdep_assert_held_write(&ioas->iova_rwsem);

	fdx_for_each_area(ioas, area, 0, ULONG_MAX)
		if (!area->busy && area->pages->dmabuf)
			clean &= unmap_dmabuf(area, domain, NULL);
	/* Nobody is at work in the rest: clear it in one walk, holes and all. */
	domain->pt.ops->discard(&domain->pt, 0, domain->aperture_last, &gather);
	clean &= !fdx_gather_finish(domain, &gather);
	if (clean && !xa_empty(&ioas->domains))
		return;

	fdx_for_each_area(ioas, area, 0, ULONG_MAX) {
		if (area->busy)
			continue;
		if (!clean && area->pinned)
			area->leaked = true;
		/* With a domain left, all that is pinned was just leaked. */
		unpin_area(area);
		cond_resched();
	}
}

void fdx_ioas_leak(struct fdx_ioas *ioas)
{
	struct fdx_area *area;

	lockdep_assert_held_write(&ioas->domains_rwsem);
	lockdep_assert_held_write(&ioas->iova_rwsem);

	fdx_for_each_area(ioas, area, 0, ULONG_MAX)
		if (area->pinned)
			area->leaked = true;
}
