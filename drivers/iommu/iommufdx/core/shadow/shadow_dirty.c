// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking of shadows: what is written through a shadow belongs to its
 * parent, by the addresses of the IOAS. See dirty_saved.h.
 *
 * A guest may take a leaf away at any time, and expects the page that it showed to
 * be migrated all the same. So every leaf that goes is unmapped with its dirty
 * state, whether its parent tracks just now or not: a start of tracking need not
 * wait for what is under way.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "core/dirty/dirty.h"
#include "core/domain.h"
#include "core/ioas.h"
#include "core/dirty/page_size.h"
#include "shadow.h"

/**
 * struct shadow_sink - takes dirty state of a shadow's leaves
 * @sink: by IOVA of the guest
 * @shadow: whose
 */
struct shadow_sink {
	struct pgtable_dirty_sink sink;
	struct fdx_hwpt_shadow *shadow;
};

static struct fdx_hwpt_shadow *sink_shadow(struct pgtable_dirty_sink *sink)
{
	return container_of(sink, struct shadow_sink, sink)->shadow;
}

/* @first..@last, of the guest's IOVAs, was written to. */
static void save(struct fdx_hwpt_shadow *shadow, unsigned long first,
		 unsigned long last)
{
	struct fdx_shadow_range *range;
	unsigned long end, gpa;

	while ((range = fdx_shadow_range_first(shadow, first, last))) {
		first = max(first, range->iova.start);
		end = min(last, range->iova.last);
		gpa = range->gpa.start + (first - range->iova.start);
		fdx_saved_add(&shadow->parent->saved, gpa, gpa + (end - first));
		if (end == last)
			break;
		first = end + 1;
	}
}

static void shadow_fill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	save(sink_shadow(sink), first << sink->shift,
	     ((last + 1) << sink->shift) - 1);
}

static void shadow_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	u64 first = index * 64;
	unsigned int n;

	while (bits) {
		n = __ffs64(bits);
		first += n;
		bits >>= n;
		n = ~bits ? __ffs64(~bits) : 64;
		shadow_fill(sink, first, first + n - 1);
		first += n;
		bits = n < 64 ? bits >> n : 0;
	}
}

static bool shadow_spill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	save(sink_shadow(sink), first, last);
	return true;
}

static struct shadow_sink sink_of(struct fdx_hwpt_shadow *shadow)
{
	return (struct shadow_sink) {
		.sink = {
			.shift = __ffs64(shadow->common.domain->pt.page_sizes),
			.word = shadow_word,
			.fill = shadow_fill,
			.spill = shadow_spill,
		},
		.shadow = shadow,
	};
}

void fdx_shadow_lock(struct fdx_hwpt_shadow *shadow)
{
	mutex_lock(&shadow->lock);
	down_read(&shadow->parent->saved.clearing);
}

void fdx_shadow_unlock(struct fdx_hwpt_shadow *shadow)
{
	up_read(&shadow->parent->saved.clearing);
	mutex_unlock(&shadow->lock);
}

u64 fdx_shadow_unmap_leaves(struct fdx_hwpt_shadow *shadow, unsigned long first,
			    unsigned long last, struct pgtable_gather *gather)
{
	struct pgtable *pt = &shadow->common.domain->pt;
	struct shadow_sink sink;

	lockdep_assert_held(&shadow->lock);
	lockdep_assert_held(&shadow->parent->saved.clearing);

	if (!shadow->parent->dirty_capable)
		return pt->ops->unmap(pt, first, last, gather);
	sink = sink_of(shadow);
	return pt->ops->unmap_dirty(pt, first, last, &sink.sink, gather);
}

/* ------------------------------------------------------------ switching it */

static int clear_leaves(struct fdx_hwpt_shadow *shadow)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct pgtable *pt = &shadow->common.domain->pt;
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(&shadow->by_iova, 0, ULONG_MAX);
	     node; node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		pt->ops->set_dirty(pt, node->start, node->last, false, &gather);
		cond_resched();
	}
	return fdx_shadow_flush(shadow, &gather);
}

int fdx_shadow_switch_tracking(struct fdx_hwpt_shadow *shadow, bool enable)
{
	struct iommufdx_domain *domain = shadow->common.domain;
	const struct fdx_page_size as_parent = {};
	int rc = 0;

	if (enable) {
		fdx_shadow_lock(shadow);
		if (shadow->parent->common.domain->max_leaf)
			rc = fdx_shadow_resize(shadow, 0, ULONG_MAX, &as_parent);
		if (!rc)
			rc = clear_leaves(shadow);
		fdx_shadow_unlock(shadow);
	}
	if (!rc && domain->ops->set_dirty_tracking)
		rc = domain->ops->set_dirty_tracking(domain, enable);
	return rc;
}

int fdx_shadows_switch_tracking(struct fdx_hwpt_paging *parent, bool enable)
{
	struct fdx_hwpt_shadow *shadow;
	int rc = 0, err;

	lockdep_assert_held_write(&parent->ioas->dirty_rwsem);

	down_read(&parent->ioas->domains_rwsem);
	list_for_each_entry(shadow, &parent->ioas->shadows, node) {
		if (shadow->parent != parent)
			continue;
		err = fdx_shadow_switch_tracking(shadow, enable);
		rc = rc ? rc : err;
		if (err && enable)
			break;
	}
	up_read(&parent->ioas->domains_rwsem);
	if (!rc && enable) {
		fdx_saved_forget(&parent->saved, 0, ULONG_MAX);
		parent->saved.unsure = false;
	}
	return rc;
}

/* -------------------------------------------------------------- dirty reads */

/* Save what is dirty of all that leads to @first..@last of the IOAS. */
static int read_leaves(struct fdx_hwpt_shadow *shadow, unsigned long first,
		       unsigned long last, struct pgtable_gather *gather)
{
	struct pgtable *pt = &shadow->common.domain->pt;
	struct shadow_sink sink = sink_of(shadow);
	struct interval_tree_node *node;
	struct fdx_shadow_range *range;
	unsigned long from, to;

	for (node = interval_tree_iter_first(&shadow->by_gpa, first, last);
	     node; node = interval_tree_iter_next(node, first, last)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		range = container_of(node, struct fdx_shadow_range, gpa);
		from = max(node->start, first) - node->start;
		to = min(node->last, last) - node->start;
		pt->ops->read_dirty(pt, range->iova.start + from,
				    range->iova.start + to, 0, &sink.sink,
				    gather);
		cond_resched();
	}
	return 0;
}

static int read_shadow(struct fdx_hwpt_shadow *shadow, unsigned long first,
		       unsigned long last)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	int rc, flush_rc;

	fdx_shadow_lock(shadow);
	rc = read_leaves(shadow, first, last, &gather);
	flush_rc = fdx_shadow_flush(shadow, &gather);
	fdx_shadow_unlock(shadow);
	return rc ? rc : flush_rc;
}

int fdx_shadows_read_dirty(struct fdx_hwpt_paging *parent, unsigned long first,
			   unsigned long last)
{
	struct fdx_hwpt_shadow *shadow;
	int rc = 0;

	down_read(&parent->ioas->domains_rwsem);
	list_for_each_entry(shadow, &parent->ioas->shadows, node) {
		if (shadow->parent == parent)
			rc = read_shadow(shadow, first, last);
		if (rc)
			break;
	}
	up_read(&parent->ioas->domains_rwsem);
	return rc;
}

/* Do all shadows that are, and were, write no more through what they had? */
static int check_flushed(struct fdx_hwpt_paging *parent)
{
	struct fdx_hwpt_shadow *shadow;

	lockdep_assert_held_write(&parent->saved.clearing);

	if (parent->saved.unsure)
		return -EIO;
	list_for_each_entry(shadow, &parent->ioas->shadows, node)
		if (shadow->parent == parent &&
		    (fdx_domain_unflushed(shadow->common.domain) ||
		     READ_ONCE(shadow->common.domain->owed)))
			return -EIO;
	return 0;
}

static int report(struct fdx_dirty_saved *saved, bool keep,
		  struct fdx_dirty_bitmap *bitmap)
{
	unsigned long iova = bitmap->iova;
	u64 end;
	int rc;

	while (fdx_saved_find(saved, &iova, bitmap->last)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		rc = fdx_dirty_bitmap_at(bitmap, iova, bitmap->last, &end);
		if (rc)
			return rc;
		fdx_saved_pay(saved, iova, end, &bitmap->sink, keep);
		if (end == bitmap->last)
			break;
		iova = end + 1;
	}
	return 0;
}

int fdx_shadows_report(struct fdx_hwpt_paging *parent, bool keep,
		       struct fdx_dirty_bitmap *bitmap)
{
	struct fdx_dirty_saved *saved = &parent->saved;
	int rc;

	if (xa_empty(&saved->chunks))
		return 0;
	down_read(&parent->ioas->domains_rwsem);
	down_write(&saved->clearing);
	rc = check_flushed(parent);
	if (!rc)
		rc = report(saved, keep, bitmap);
	up_write(&saved->clearing);
	up_read(&parent->ioas->domains_rwsem);
	return rc;
}
