/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing leaf sizes in a range: see replace.h for how, split.h and merge.h for
 * what, and here for what is asked and answered.
 */
#ifndef __IOMMUFDX_PGTABLE_RESIZE_H
#define __IOMMUFDX_PGTABLE_RESIZE_H

#include <linux/slab.h>

#include "merge.h"
#include "split.h"

/* Which sizes there are now. */
static __always_inline void pgt_resize_survey(const struct pgtable_fmt *fmt,
					      struct pgtable *pt, u64 iova,
					      u64 last,
					      struct pgtable_resize *req)
{
	unsigned int shift;
	struct pgt_walk w;
	u64 entry, done;

	if (!pgt_walk_start(&w, pt, iova, last))
		return;
	do {
		pgt_walk_descend(fmt, &w);
		entry = READ_ONCE(*pgt_walk_slot(fmt, &w));
		done = pgt_item_last(fmt, w.level, w.iova);
		if (fmt->kind(entry, w.level) != PGT_LEAF)
			continue;
		shift = fmt->leaf_shift(entry, w.level);
		done |= BIT_ULL(shift) - 1;
		if (!req->smallest || BIT_ULL(shift) < req->smallest)
			req->smallest = BIT_ULL(shift);
		req->largest = max(req->largest, BIT_ULL(shift));
	} while (pgt_walk_step(fmt, &w, done));
}

static __always_inline int pgt_resize_run(const struct pgtable_fmt *fmt,
					  struct pgt_resize *r)
{
	const u64 iova = r->req->iova;
	int rc = 0, sync;

	if (r->req->split)
		rc = pgt_split_range(fmt, r);
	else if (r->req->merge)
		rc = pgt_merge_range(fmt, r);
	sync = pgt_resize_sync(fmt, r);
	if (rc != -EINVAL && !r->failed)
		r->req->done = (rc ? r->w.iova - 1 : r->w.last) - iova + 1;
	return rc ?: sync;
}

static __always_inline int pgt_resize(const struct pgtable_fmt *fmt,
				      struct pgtable *pt,
				      struct pgtable_resize *req)
{
	struct pgt_resize *r;
	int rc = -EINVAL;

	req->done = 0;
	req->smallest = 0;
	req->largest = 0;
	if ((req->split && req->merge) || req->last < req->iova ||
	    ((req->iova | (req->last + 1)) & pgt_item_last(fmt, 0, 0)))
		return -EINVAL;
	r = kzalloc(sizeof(*r), req->gfp);
	if (!r)
		return -ENOMEM;
	r->pt = pt;
	r->req = req;
	r->live = fmt->resizable(pt->quirks);
	r->gather = (struct pgtable_gather)PGTABLE_GATHER_INIT(r->gather);
	if (pgt_walk_start(&r->w, pt, req->iova, req->last) &&
	    r->w.last == req->last) {
		rc = pgt_resize_run(fmt, r);
		if (req->done)
			pgt_resize_survey(fmt, pt, req->iova,
					  req->iova + (req->done - 1), req);
	}
	kfree(r);
	return rc;
}

#endif /* __IOMMUFDX_PGTABLE_RESIZE_H */
