// SPDX-License-Identifier: GPL-2.0-only
/* What a shadow holds, by IOVA and by guest-physical address: see shadow.h. */
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "shadow.h"

static struct fdx_shadow_range *range_of_iova(struct interval_tree_node *node)
{
	return node ? container_of(node, struct fdx_shadow_range, iova) : NULL;
}

struct fdx_shadow_range *fdx_shadow_range_first(struct fdx_hwpt_shadow *shadow,
						unsigned long first,
						unsigned long last)
{
	lockdep_assert_held(&shadow->lock);

	return range_of_iova(interval_tree_iter_first(&shadow->by_iova, first,
						      last));
}

struct fdx_shadow_range *fdx_shadow_range_gpa(struct fdx_hwpt_shadow *shadow,
					      unsigned long first,
					      unsigned long last)
{
	struct interval_tree_node *node;

	lockdep_assert_held(&shadow->lock);

	node = interval_tree_iter_first(&shadow->by_gpa, first, last);
	return node ? container_of(node, struct fdx_shadow_range, gpa) : NULL;
}

static void range_insert(struct fdx_hwpt_shadow *shadow,
			 struct fdx_shadow_range *range, unsigned long iova,
			 unsigned long last, unsigned long gpa)
{
	range->iova.start = iova;
	range->iova.last = last;
	range->gpa.start = gpa;
	range->gpa.last = gpa + (last - iova);
	interval_tree_insert(&range->iova, &shadow->by_iova);
	interval_tree_insert(&range->gpa, &shadow->by_gpa);
	shadow->nr_ranges++;
}

static void range_remove(struct fdx_hwpt_shadow *shadow,
			 struct fdx_shadow_range *range)
{
	interval_tree_remove(&range->iova, &shadow->by_iova);
	interval_tree_remove(&range->gpa, &shadow->by_gpa);
	shadow->nr_ranges--;
}

/* A range that @gpa at @iova would go on, or that goes on there; NULL: none. */
static struct fdx_shadow_range *neighbour(struct fdx_hwpt_shadow *shadow,
					  unsigned long at, unsigned long iova,
					  unsigned long gpa, u32 prot, u8 shift)
{
	struct fdx_shadow_range *range = fdx_shadow_range_first(shadow, at, at);

	if (!range || range->prot != prot || range->shift != shift ||
	    range->iova.start - range->gpa.start != iova - gpa)
		return NULL;
	return range;
}

int fdx_shadow_range_add(struct fdx_hwpt_shadow *shadow, unsigned long iova,
			 unsigned long last, unsigned long gpa, u32 prot,
			 u8 shift)
{
	struct fdx_shadow_range *left = NULL, *right = NULL, *range;

	lockdep_assert_held(&shadow->lock);

	/* What wraps around in either space is no neighbour. */
	if (iova && gpa)
		left = neighbour(shadow, iova - 1, iova, gpa, prot, shift);
	if (last != ULONG_MAX && gpa + (last - iova) != ULONG_MAX)
		right = neighbour(shadow, last + 1, iova, gpa, prot, shift);
	range = left ? left : right;
	if (!range) {
		range = kmalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
		if (!range)
			return -ENOMEM;
		range->prot = prot;
		range->shift = shift;
	}
	if (left) {
		range_remove(shadow, left);
		iova = left->iova.start;
		gpa = left->gpa.start;
	}
	if (right) {
		range_remove(shadow, right);
		last = right->iova.last;
	}
	if (left && right)
		kfree(right);
	range_insert(shadow, range, iova, last, gpa);
	return 0;
}

void fdx_shadow_range_cut(struct fdx_hwpt_shadow *shadow,
			  struct fdx_shadow_range *range, unsigned long first,
			  unsigned long last)
{
	unsigned long start = range->iova.start, end = range->iova.last;
	unsigned long gpa = range->gpa.start;
	struct fdx_shadow_range *tail;

	lockdep_assert_held(&shadow->lock);

	range_remove(shadow, range);
	if (start < first)
		range_insert(shadow, range, start, first - 1, gpa);
	if (last == end) {
		if (start == first)
			kfree(range);
		return;
	}
	tail = range;
	if (start < first) {
		/* The way out of the IOAS must not fail. */
		tail = kmalloc(sizeof(*tail),
			       GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
		tail->prot = range->prot;
		tail->shift = range->shift;
	}
	range_insert(shadow, tail, last + 1, end, gpa + (last + 1 - start));
}
