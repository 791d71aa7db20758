// SPDX-License-Identifier: GPL-2.0-only
/* Dirty state that was cleared and not reported yet: see dirty_debt.h. */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/iommufdx/pgtable.h>

#include "dirty_debt.h"
#include "core/itree.h"

void fdx_debt_init(struct fdx_dirty_debt *debt)
{
	INIT_LIST_HEAD(&debt->node);
	mutex_init(&debt->lock);
	debt->ranges = RB_ROOT_CACHED;
	debt->stale_first = U64_MAX;
	debt->stale_last = 0;
}

static int insert_range(struct fdx_dirty_debt *debt, unsigned long first,
		     unsigned long last, gfp_t gfp)
{
	struct interval_tree_node *node;

	node = kzalloc(sizeof(*node), gfp);
	if (!node)
		return -ENOMEM;
	node->start = first;
	node->last = last;
	interval_tree_insert(node, &debt->ranges);
	return 0;
}

/* Part of it added is no harm: that is reported once too often. */
static int owe(struct fdx_dirty_debt *debt, unsigned long first,
	       unsigned long last, gfp_t gfp)
{
	unsigned long hole_last;
	int rc = 0;

	lockdep_assert_held(&debt->lock);

	fdx_for_each_hole(&debt->ranges, first, last, hole_last) {
		rc = insert_range(debt, first, hole_last, gfp);
		if (rc)
			break;
	}
	return rc;
}

static void owe_stale(struct fdx_dirty_debt *debt)
{
	if (fdx_debt_is_stale(debt))
		owe(debt, debt->stale_first, debt->stale_last,
		    GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
}

void fdx_debt_clear(struct fdx_dirty_debt *debt)
{
	struct interval_tree_node *node;

	mutex_lock(&debt->lock);
	while ((node = interval_tree_iter_first(&debt->ranges, 0, ULONG_MAX))) {
		interval_tree_remove(node, &debt->ranges);
		kfree(node);
	}
	debt->stale_first = U64_MAX;
	debt->stale_last = 0;
	mutex_unlock(&debt->lock);
}

bool fdx_debt_add(struct fdx_dirty_debt *debt, unsigned long first,
		  unsigned long last)
{
	int rc;

	mutex_lock(&debt->lock);
	rc = owe(debt, first, last, GFP_KERNEL_ACCOUNT);
	mutex_unlock(&debt->lock);
	return !rc;
}

void fdx_debt_written(struct fdx_dirty_debt *debt, unsigned long first,
		      unsigned long last)
{
	mutex_lock(&debt->lock);
	owe(debt, first, last, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	mutex_unlock(&debt->lock);
}

void fdx_debt_stale(struct fdx_dirty_debt *debt, u64 first, u64 last)
{
	mutex_lock(&debt->lock);
	debt->stale_first = min(debt->stale_first, first);
	debt->stale_last = max(debt->stale_last, last);
	owe_stale(debt);
	mutex_unlock(&debt->lock);
}

/* Take @first..@last out of @node, which meets it. */
static void cut_range(struct fdx_dirty_debt *debt,
		      struct interval_tree_node *node, unsigned long first,
		      unsigned long last)
{
	unsigned long node_last = node->last;

	interval_tree_remove(node, &debt->ranges);
	if (node_last > last && node->start < first) {
		node->last = first - 1;
		interval_tree_insert(node, &debt->ranges);
		insert_range(debt, last + 1, node_last,
			  GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	} else if (node_last > last) {
		node->start = last + 1;
		interval_tree_insert(node, &debt->ranges);
	} else if (node->start < first) {
		node->last = first - 1;
		interval_tree_insert(node, &debt->ranges);
	} else {
		kfree(node);
	}
}

void fdx_debt_pay(struct fdx_dirty_debt *debt, unsigned long first,
		  unsigned long last, struct pgtable_dirty_sink *sink,
		  bool keep)
{
	struct interval_tree_node *node, *next;
	u64 from, to;

	mutex_lock(&debt->lock);
	for (node = interval_tree_iter_first(&debt->ranges, first, last); node;
	     node = next) {
		next = interval_tree_iter_next(node, first, last);
		from = max(node->start, first) - sink->iova;
		to = min(node->last, last) - sink->iova;
		sink->fill(sink, from >> sink->shift, to >> sink->shift);
		if (!keep && !fdx_debt_is_stale(debt))
			cut_range(debt, node, first, last);
	}
	mutex_unlock(&debt->lock);
}

void fdx_debt_forget(struct fdx_dirty_debt *debt, unsigned long first,
		     unsigned long last)
{
	struct interval_tree_node *node, *next;

	/* What comes in at this moment is owed of whatever is mapped next. */
	if (RB_EMPTY_ROOT(&debt->ranges.rb_root))
		return;
	mutex_lock(&debt->lock);
	if (!fdx_debt_is_stale(debt)) {
		for (node = interval_tree_iter_first(&debt->ranges, first, last);
		     node; node = next) {
			next = interval_tree_iter_next(node, first, last);
			cut_range(debt, node, first, last);
		}
	}
	mutex_unlock(&debt->lock);
}
