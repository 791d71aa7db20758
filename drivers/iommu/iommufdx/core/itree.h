/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holes of an interval tree: what its nodes, overlapping or not, leave free.
 */
#ifndef __IOMMUFDX_ITREE_H
#define __IOMMUFDX_ITREE_H

#include <linux/interval_tree.h>

/*
 * Move *@first forward to the first place up to @last that no node covers, and
 * set *@hole_last to the end of that hole (at most @last). False: no hole.
 */
static inline bool fdx_itree_hole(struct rb_root_cached *root,
				  unsigned long *first, unsigned long last,
				  unsigned long *hole_last)
{
	struct interval_tree_node *node;

	while ((node = interval_tree_iter_first(root, *first, last))) {
		/* Of the nodes that meet the range, this one starts first. */
		if (node->start > *first) {
			*hole_last = node->start - 1;
			return true;
		}
		if (node->last >= last)
			return false;
		*first = node->last + 1;
	}
	*hole_last = last;
	return true;
}

/*
 * Visit the holes of @first..@last in order. @first and @hole_last are
 * variables; the body sees one hole as @first..@hole_last and may change the
 * tree below @hole_last.
 */
#define fdx_for_each_hole(root, first, last, hole_last)                 \
	for (bool __more = true;                                        \
	     __more && fdx_itree_hole(root, &(first), last, &(hole_last)); \
	     __more = (hole_last) != (last), (first) = (hole_last) + 1)

#endif /* __IOMMUFDX_ITREE_H */
