// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing the sizes of a domain's leaves while devices use them.
 *
 * A resize must have its range for itself: nobody may unmap there, nor look at
 * tables that it frees. To make the areas busy would keep everybody out, accesses
 * and dirty reads included, for as long as it takes; instead iova_rwsem is held to
 * write for a portion at a time, in which nothing changes but leaf sizes.
 *
 * Leaves never grow beyond their area, so that the area can be unmapped alone.
 */
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "core/area.h"
#include "core/dmabuf.h"
#include "core/domain.h"
#include "dirty_debt.h"
#include "page_size.h"
#include "core/shadow/shadow.h"

/* Aligned, so that leaves up to this size can be merged. */
#define PORTION		SZ_1G

bool fdx_page_size_live(const struct pgtable *pt)
{
	switch (pt->ops->format) {
	case PGTABLE_ARMV8_S1:
	case PGTABLE_ARMV8_S2:
		return pt->quirks & PGTABLE_QUIRK_BBM_FREE;
	default:
		return true;
	}
}

int fdx_resize_sync(struct pgtable_resize *req, struct pgtable_gather *gather)
{
	struct fdx_resize *resize = container_of(req, struct fdx_resize, req);
	int rc = fdx_domain_flush(resize->domain, gather);

	if (rc)
		resize->failed = true;
	return rc;
}

/* From @first on as far as one portion goes; *@end: last byte dealt with. */
static int resize_area(struct fdx_area *area, struct iommufdx_domain *domain,
		       struct fdx_page_size *size, u64 first, u64 last)
{
	struct fdx_resize r = {
		.req = {
			.iova = first,
			.last = last,
			.split = size->split,
			.merge = size->merge,
			.accept_faults = size->accept_faults,
			.gfp = GFP_KERNEL_ACCOUNT,
			.sync = fdx_resize_sync,
		},
		.domain = domain,
	};
	int rc;

	if (area->pages->dmabuf && fdx_dmabuf_revoked(area->pages)) {
		size->done = last - size->iova + 1;
		return 0;
	}
	rc = domain->pt.ops->resize(&domain->pt, &r.req);
	if (r.failed)
		fdx_debt_stale(size->debt, first, last);
	if (r.req.done)
		size->done = first - size->iova + r.req.done;
	if (r.req.smallest &&
	    (!size->smallest || r.req.smallest < size->smallest))
		size->smallest = r.req.smallest;
	size->largest = max(size->largest, r.req.largest);
	return rc;
}

/* One portion, or what is left where nothing is mapped. */
static int resize_portion(struct fdx_ioas *ioas, struct iommufdx_domain *domain,
			  struct fdx_page_size *size)
{
	u64 first = size->iova + size->done;
	struct fdx_area *area;
	u64 last;
	int rc;

	lockdep_assert_held_write(&ioas->iova_rwsem);

	if (size->merge && ioas->no_large_pages)
		return -EINVAL;
	fdx_for_each_area(ioas, area, first, size->last)
		if (!area->busy)
			break;
	if (!area) {
		size->done = size->last - size->iova + 1;
		return 0;
	}
	first = max_t(u64, first, area->node.start);
	last = min3(size->last, (u64)area->node.last, first | (PORTION - 1));
	fdx_area_lock_leaves(area);
	rc = resize_area(area, domain, size, first, last);
	fdx_area_unlock_leaves(area);
	return rc;
}

/* Of the portion that was dealt with last; if that fails it counts as not done. */
static int resize_shadows(struct fdx_page_size *size, u64 before)
{
	int rc;

	if (!size->split && !size->merge)
		return 0;
	rc = fdx_shadows_resize(size->parent, size->iova + before,
				size->iova + (size->done - 1), size);
	if (rc)
		size->done = before;
	return rc;
}

int fdx_ioas_set_page_size(struct fdx_ioas *ioas,
			   struct iommufdx_domain *domain,
			   struct fdx_page_size *size)
{
	u64 before;
	int rc;

	size->done = 0;
	size->smallest = 0;
	size->largest = 0;
	for (;;) {
		before = size->done;
		down_write(&ioas->iova_rwsem);
		rc = resize_portion(ioas, domain, size);
		up_write(&ioas->iova_rwsem);
		if (size->parent && size->done > before)
			rc = resize_shadows(size, before) ?: rc;
		if (rc || size->iova + (size->done - 1) == size->last)
			return rc;
		if (size->whole ? fatal_signal_pending(current) :
				  signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}
