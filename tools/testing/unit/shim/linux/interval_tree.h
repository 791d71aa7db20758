/* SPDX-License-Identifier: GPL-2.0-only */
/* Interval trees as sorted lists: slow, and too simple to be wrong. */
#ifndef __SHIM_LINUX_INTERVAL_TREE_H
#define __SHIM_LINUX_INTERVAL_TREE_H

#include <limits.h>
#include <stddef.h>

struct interval_tree_node {
	struct interval_tree_node *next;
	unsigned long start;
	unsigned long last;
};

struct rb_root_cached {
	struct interval_tree_node *rb_root;
};

#define RB_ROOT_CACHED	(struct rb_root_cached) { NULL }
#define RB_EMPTY_ROOT(root)	(!*(root))

static inline void interval_tree_insert(struct interval_tree_node *node,
					struct rb_root_cached *root)
{
	struct interval_tree_node **p = &root->rb_root;

	while (*p && (*p)->start <= node->start)
		p = &(*p)->next;
	node->next = *p;
	*p = node;
}

static inline void interval_tree_remove(struct interval_tree_node *node,
					struct rb_root_cached *root)
{
	struct interval_tree_node **p = &root->rb_root;

	while (*p != node)
		p = &(*p)->next;
	*p = node->next;
}

static inline struct interval_tree_node *
interval_tree_iter_next(struct interval_tree_node *node, unsigned long start,
			unsigned long last)
{
	for (node = node->next; node; node = node->next)
		if (node->start <= last && node->last >= start)
			break;
	return node;
}

static inline struct interval_tree_node *
interval_tree_iter_first(struct rb_root_cached *root, unsigned long start,
			 unsigned long last)
{
	struct interval_tree_node head = { .next = root->rb_root };

	return interval_tree_iter_next(&head, start, last);
}

#endif /* __SHIM_LINUX_INTERVAL_TREE_H */
