// SPDX-License-Identifier: GPL-2.0-only
/* Dirty bits of an IOAS's domains. */
#include <linux/sched/signal.h>

#include "core/area.h"
#include "dirty.h"
#include "dirty_debt.h"

/**
 * struct dirty_read - a dirty read under way
 * @domain: whose bits
 * @debt: what earlier reads left over
 * @flags: PGTABLE_DIRTY_*
 * @trial: only find out whether all of the bitmap is there
 * @bitmap: where to
 * @gather: what was cleared
 */
struct dirty_read {
	struct iommufdx_domain *domain;
	struct fdx_dirty_debt *debt;
	unsigned int flags;
	bool trial;
	struct fdx_dirty_bitmap *bitmap;
	struct pgtable_gather gather;
};

/* @iova..@last of @area, which the bitmap's window speaks of. */
static void read_window(struct dirty_read *read, struct fdx_area *area,
			u64 iova, u64 last)
{
	struct pgtable *pt = &read->domain->pt;

	fdx_area_lock_leaves(area);
	pt->ops->read_dirty(pt, iova, last, read->flags, &read->bitmap->sink,
			    &read->gather);
	fdx_area_unlock_leaves(area);
	fdx_debt_pay(read->debt, iova, last, &read->bitmap->sink,
		     read->flags & PGTABLE_DIRTY_NO_CLEAR);
}

static int read_area(struct dirty_read *read, struct fdx_area *area, u64 iova,
		     u64 last)
{
	u64 end;
	int rc;

	for (;; iova = end + 1) {
		if (fatal_signal_pending(current))
			return -EINTR;
		rc = fdx_dirty_bitmap_at(read->bitmap, iova, last, &end);
		if (rc)
			return rc;
		if (!read->trial)
			read_window(read, area, iova, end);
		if (end == last)
			return 0;
		cond_resched();
	}
}

/* Area by area, so that the cost does not grow with the holes. */
static int read_areas(struct fdx_ioas *ioas, struct dirty_read *read)
{
	struct fdx_dirty_bitmap *bitmap = read->bitmap;
	struct fdx_area *area;
	int rc;

	fdx_for_each_area(ioas, area, bitmap->iova, bitmap->last) {
		if (area->busy)
			continue;
		rc = read_area(read, area,
			       max_t(u64, bitmap->iova, area->node.start),
			       min_t(u64, bitmap->last, area->node.last));
		if (rc)
			return rc;
		cond_resched();
	}
	return 0;
}

/*
 * Before a read that skips what was not touched: from the flush on, each new
 * write leaves a trace.
 */
static int untouch(struct fdx_ioas *ioas, struct iommufdx_domain *domain,
		   u64 first, u64 last)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct pgtable *pt = &domain->pt;
	struct fdx_area *area;

	lockdep_assert_held(&ioas->iova_rwsem);

	fdx_for_each_area(ioas, area, first, last) {
		if (area->busy)
			continue;
		fdx_area_lock_leaves(area);
		pt->ops->untouch(pt, max_t(u64, first, area->node.start),
				 min_t(u64, last, area->node.last), &gather);
		fdx_area_unlock_leaves(area);
		cond_resched();
	}
	return fdx_gather_finish(domain, &gather);
}

/* Nobody pays meanwhile: what hardware writes until then is to be reported. */
static int flush_stale(struct iommufdx_domain *domain,
		       struct fdx_dirty_debt *debt)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	int rc = 0;

	mutex_lock(&debt->lock);
	if (!fdx_debt_is_stale(debt))
		goto out_unlock;
	pgtable_gather_add(&gather, debt->stale_first, debt->stale_last);
	rc = fdx_gather_finish(domain, &gather);
	if (!rc) {
		debt->stale_first = U64_MAX;
		debt->stale_last = 0;
	}
out_unlock:
	mutex_unlock(&debt->lock);
	return rc;
}

int fdx_ioas_read_dirty(struct fdx_ioas *ioas, struct iommufdx_domain *domain,
			struct fdx_dirty_debt *debt, unsigned int flags,
			struct fdx_dirty_bitmap *bitmap)
{
	struct dirty_read read = {
		.domain = domain,
		.debt = debt,
		.flags = flags,
		.bitmap = bitmap,
		.gather = PGTABLE_GATHER_INIT(read.gather),
	};
	int flush_rc;
	int rc = 0;

	bitmap->debt = debt;
	/* Held to the end: nobody unmaps what is being read. */
	down_read(&ioas->iova_rwsem);
	if ((bitmap->iova | (bitmap->last + 1)) & (ioas->iova_alignment - 1)) {
		rc = -EINVAL;
		goto out_unlock;
	}

	/* A bitmap that is not there is noticed before anything is cleared. */
	if (!(flags & PGTABLE_DIRTY_NO_CLEAR)) {
		read.trial = true;
		rc = read_areas(ioas, &read);
		read.trial = false;
	}
	if (!rc)
		rc = flush_stale(domain, debt);
	if (rc)
		goto out_unlock;
	if (flags & PGTABLE_DIRTY_TOUCHED) {
		rc = untouch(ioas, domain, bitmap->iova, bitmap->last);
		if (rc)
			goto out_flush;
	}
	rc = read_areas(ioas, &read);
	/* Killed, or the bitmap has gone meanwhile: it is not an answer. */
	if (rc && !(flags & PGTABLE_DIRTY_NO_CLEAR))
		fdx_debt_written(debt, bitmap->iova, bitmap->last);

out_flush:
	/* Also after an error: a cleared bit must not live on in a cache. */
	flush_rc = fdx_gather_finish(domain, &read.gather);
	if (flush_rc)
		fdx_debt_stale(debt, read.gather.iova, read.gather.last);
	if (!rc)
		rc = flush_rc;
out_unlock:
	up_read(&ioas->iova_rwsem);
	return rc;
}

int fdx_ioas_clear_dirty(struct fdx_ioas *ioas, struct iommufdx_domain *domain)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct fdx_area *area;
	int rc;

	down_read(&ioas->iova_rwsem);
	fdx_for_each_area(ioas, area, 0, ULONG_MAX) {
		/* Not filled yet, or on the way out, with tables coming down. */
		if (area->busy)
			continue;
		fdx_area_lock_leaves(area);
		domain->pt.ops->set_dirty(&domain->pt, area->node.start,
					  area->node.last, false, &gather);
		fdx_area_unlock_leaves(area);
		cond_resched();
	}
	rc = fdx_gather_finish(domain, &gather);
	up_read(&ioas->iova_rwsem);
	return rc;
}
