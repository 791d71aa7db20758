// SPDX-License-Identifier: GPL-2.0-only
/* Bitmaps of which all that an unmap can write is pinned: see dirty_target.h. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "core/area.h"
#include "dirty_target.h"

/**
 * struct dirty_part - a stretch of a bitmap that is pinned
 * @node: the IOVAs it speaks of, in fdx_dirty_target.parts
 * @bitmap: the window
 */
struct dirty_part {
	struct interval_tree_node node;
	struct fdx_dirty_bitmap bitmap;
};

static struct dirty_part *part_at(struct fdx_dirty_target *target, u64 first,
				  u64 last)
{
	struct interval_tree_node *node =
		interval_tree_iter_first(&target->parts, first, last);

	return node ? container_of(node, struct dirty_part, node) : NULL;
}

int fdx_dirty_target_init(struct fdx_dirty_target *target, u64 iova, u64 length,
			  u64 page_size, u64 user)
{
	target->parts = RB_ROOT_CACHED;
	return fdx_dirty_bitmap_check(&target->bitmap, iova, length, page_size,
				      user);
}

/* Pin what speaks of @first..@last. */
static int pin_part(struct fdx_dirty_target *target, u64 first, u64 last)
{
	struct dirty_part *part;

	part = kzalloc(sizeof(*part), GFP_KERNEL_ACCOUNT);
	if (!part)
		return -ENOMEM;
	part->node.start = first;
	part->node.last = last;
	part->bitmap = target->bitmap;
	interval_tree_insert(&part->node, &target->parts);
	return fdx_dirty_bitmap_pin(&part->bitmap, first, last);
}

/* Areas so near to each other that a page of the bitmap speaks of both. */
static bool is_near(const struct fdx_dirty_target *target, u64 last, u64 first)
{
	return (first - last) >> target->bitmap.shift <
	       PAGE_SIZE * BITS_PER_BYTE;
}

static int pin_target(struct fdx_dirty_target *target, struct list_head *areas)
{
	struct fdx_area *area;
	u64 first = 0, last = 0;
	bool pending = false;
	int rc;

	list_for_each_entry(area, areas, link) {
		if (pending && !is_near(target, last, area->node.start)) {
			rc = pin_part(target, first, last);
			if (rc)
				return rc;
			pending = false;
		}
		if (!pending)
			first = area->node.start;
		last = area->node.last;
		pending = true;
	}
	return pending ? pin_part(target, first, last) : 0;
}

int fdx_dirty_targets_pin(struct list_head *targets, struct list_head *areas)
{
	struct fdx_dirty_target *target;
	int rc;

	list_for_each_entry(target, targets, link) {
		rc = pin_target(target, areas);
		if (rc)
			return rc;
	}
	return 0;
}

void fdx_dirty_targets_unpin(struct list_head *targets)
{
	struct fdx_dirty_target *target;
	struct dirty_part *part;

	list_for_each_entry(target, targets, link) {
		while ((part = part_at(target, 0, ULONG_MAX))) {
			interval_tree_remove(&part->node, &target->parts);
			fdx_dirty_bitmap_release(&part->bitmap);
			kfree(part);
		}
	}
}

struct fdx_dirty_target *
fdx_dirty_target_find(struct list_head *targets,
		      const struct iommufdx_domain *domain)
{
	struct fdx_dirty_target *target;

	if (!targets)
		return NULL;
	list_for_each_entry(target, targets, link)
		if (target->domain == domain)
			return target;
	return NULL;
}

struct pgtable_dirty_sink *fdx_dirty_target_sink(struct fdx_dirty_target *target,
						 u64 iova)
{
	return &part_at(target, iova, iova)->bitmap.sink;
}
