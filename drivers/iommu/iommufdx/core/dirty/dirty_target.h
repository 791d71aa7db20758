/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the dirty state of what is being unmapped goes.
 *
 * An unmap cannot stop half way, so every byte of user memory that it may have
 * to write is pinned before it begins: the parts of the bitmaps that speak of
 * the areas, and not those that speak of the holes between them. A *target* is
 * the bitmap of one HWPT, a *part* of it is one stretch that is pinned.
 */
#ifndef __IOMMUFDX_DIRTY_TARGET_H
#define __IOMMUFDX_DIRTY_TARGET_H

#include <linux/interval_tree.h>
#include <linux/list.h>

#include "dirty.h"

struct fdx_dirty_saved;
struct iommufdx_domain;

/**
 * struct fdx_dirty_target - one HWPT's bitmap during an unmap
 * @link: list of the targets of the unmap
 * @domain: whose dirty state
 * @debt: what earlier reads of the HWPT left over
 * @saved: what was written through shadows of the HWPT
 * @bitmap: all of the bitmap; nothing is pinned through it
 * @parts: struct dirty_part by IOVA
 */
struct fdx_dirty_target {
	struct list_head link;
	struct iommufdx_domain *domain;
	struct fdx_dirty_debt *debt;
	struct fdx_dirty_saved *saved;
	struct fdx_dirty_bitmap bitmap;
	struct rb_root_cached parts;
};

/* Of one that is zeroed. Errors as fdx_dirty_bitmap_check(). */
int fdx_dirty_target_init(struct fdx_dirty_target *target, u64 iova, u64 length,
			  u64 page_size, u64 user);

/*
 * Pin what speaks of @areas, which are in order of IOVA, in all @targets.
 * -EFAULT, -ENOMEM, -EINTR; fdx_dirty_targets_unpin() is called in any case.
 */
int fdx_dirty_targets_pin(struct list_head *targets, struct list_head *areas);
void fdx_dirty_targets_unpin(struct list_head *targets);

/* Which of @targets, NULL for none at all, is @domain's? NULL: it has none. */
struct fdx_dirty_target *
fdx_dirty_target_find(struct list_head *targets,
		      const struct iommufdx_domain *domain);

/* The pinned part that speaks of @iova, which is in an area. */
struct pgtable_dirty_sink *fdx_dirty_target_sink(struct fdx_dirty_target *target,
						 u64 iova);

#endif /* __IOMMUFDX_DIRTY_TARGET_H */
