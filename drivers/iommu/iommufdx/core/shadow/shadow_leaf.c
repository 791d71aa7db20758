// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large the leaves of a shadow are: no larger than the guest's, and no larger
 * than those of its parent for the same memory. So a parent whose leaves are small,
 * to say exactly what was written, has shadows that say it as exactly, just as
 * hardware that nests sees the smaller of both.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "core/area.h"
#include "core/dirty/page_size.h"
#include "shadow.h"

/* Split or merged at once: what tables take is paid before the next. */
#define LEAF_PORTION	SZ_1G

/**
 * struct leaf_limit - looking at the parent's leaves
 * @sizes: the shadow's
 * @cap: no leaf may be larger
 * @limit: the largest of @sizes that fits the leaves so far; 0: there were none
 * @last: the last byte of those that have this limit
 */
struct leaf_limit {
	u64 sizes;
	u64 cap;
	u64 limit;
	unsigned long last;
};

static int limit_by(void *data, const struct pgtable_dump_entry *parent)
{
	struct leaf_limit *l = data;
	u64 fit, size;

	if (!parent->leaf)
		return 0;
	size = min(parent->size, l->cap);
	fit = l->sizes & (size | (size - 1));
	size = fit ? BIT_ULL(__fls(fit)) : BIT_ULL(__ffs64(l->sizes));
	if (l->limit && size != l->limit) {
		l->last = parent->iova - 1;
		return 1;
	}
	l->limit = size;
	return 0;
}

u64 fdx_shadow_leaf_limit(struct fdx_hwpt_shadow *shadow, unsigned long gpa,
			  unsigned long *last, u8 shift)
{
	struct pgtable *pt = &shadow->parent->common.domain->pt;
	struct leaf_limit l = {
		.sizes = shadow->common.domain->pt.page_sizes,
		.cap = BIT_ULL(shift),
		.last = *last,
	};

	lockdep_assert_held(&shadow->parent->ioas->iova_rwsem);

	if (l.cap <= BIT_ULL(__ffs64(l.sizes)))
		return l.cap;
	pt->ops->dump(pt, gpa, *last, limit_by, &l);
	*last = l.last;
	return l.limit ?: BIT_ULL(__ffs64(l.sizes));
}

/*
 * The leaves of @range from @gpa on, as far as the parent's are alike, which may be
 * no further than *@last.
 */
static int resize_part(struct fdx_hwpt_shadow *shadow,
		       struct fdx_shadow_range *range, unsigned long gpa,
		       unsigned long *last, const struct fdx_page_size *size)
{
	struct iommufdx_domain *domain = shadow->common.domain;
	struct fdx_ioas *ioas = shadow->parent->ioas;
	unsigned long to_iova = range->iova.start - range->gpa.start;
	struct fdx_resize resize = {
		.req = {
			.accept_faults = size->accept_faults,
			.gfp = GFP_KERNEL_ACCOUNT,
			.sync = fdx_resize_sync,
		},
		.domain = domain,
	};
	struct fdx_area *area;
	u64 limit;
	int rc;

	lockdep_assert_held(&ioas->iova_rwsem);

	area = fdx_area_first(ioas, gpa, *last);
	if (!area)
		return 0;
	gpa = max(gpa, area->node.start);
	*last = min3(*last, area->node.last, gpa | (LEAF_PORTION - 1));
	/* On the way out, and its ranges with it. */
	if (area->busy)
		return 0;
	limit = fdx_shadow_leaf_limit(shadow, gpa, last, range->shift);
	resize.req.iova = gpa + to_iova;
	resize.req.last = *last + to_iova;
	if (size->merge)
		resize.req.merge = min(size->merge, limit);
	else
		resize.req.split = limit;
	rc = domain->pt.ops->resize(&domain->pt, &resize.req);
	if (resize.failed && shadow->parent->dirty_capable)
		fdx_saved_add(&shadow->parent->saved, gpa, *last);
	return rc;
}

static int resize_range(struct fdx_hwpt_shadow *shadow,
			struct fdx_shadow_range *range, unsigned long gpa,
			unsigned long last, const struct fdx_page_size *size)
{
	struct fdx_ioas *ioas = shadow->parent->ioas;
	unsigned long end;
	int rc;

	for (;; gpa = end + 1) {
		if (fatal_signal_pending(current))
			return -EINTR;
		rc = fdx_shadow_charge(shadow);
		if (rc)
			return rc;
		end = last;
		down_read(&ioas->iova_rwsem);
		rc = resize_part(shadow, range, gpa, &end, size);
		up_read(&ioas->iova_rwsem);
		if (rc || end == last)
			return rc;
		cond_resched();
	}
}

int fdx_shadow_resize(struct fdx_hwpt_shadow *shadow, unsigned long first,
		      unsigned long last, const struct fdx_page_size *size)
{
	struct interval_tree_node *node;
	int rc = 0;

	lockdep_assert_held(&shadow->lock);
	lockdep_assert_held(&shadow->parent->saved.clearing);

	for (node = interval_tree_iter_first(&shadow->by_gpa, first, last);
	     node && !rc; node = interval_tree_iter_next(node, first, last))
		rc = resize_range(shadow,
				  container_of(node, struct fdx_shadow_range, gpa),
				  max(node->start, first), min(node->last, last),
				  size);
	fdx_shadow_uncharge(shadow);
	return rc;
}

int fdx_shadows_resize(struct fdx_hwpt_paging *parent, unsigned long first,
		       unsigned long last, const struct fdx_page_size *size)
{
	struct fdx_hwpt_shadow *shadow;
	int rc = 0;

	down_read(&parent->ioas->domains_rwsem);
	list_for_each_entry(shadow, &parent->ioas->shadows, node) {
		if (shadow->parent != parent)
			continue;
		fdx_shadow_lock(shadow);
		rc = fdx_shadow_resize(shadow, first, last, size);
		fdx_shadow_unlock(shadow);
		if (rc)
			break;
	}
	up_read(&parent->ioas->domains_rwsem);
	return rc;
}

bool fdx_shadows_live(struct fdx_hwpt_paging *parent)
{
	struct fdx_hwpt_shadow *shadow;
	bool live = true;

	down_read(&parent->ioas->domains_rwsem);
	list_for_each_entry(shadow, &parent->ioas->shadows, node)
		if (shadow->parent == parent)
			live &= fdx_page_size_live(&shadow->common.domain->pt);
	up_read(&parent->ioas->domains_rwsem);
	return live;
}
