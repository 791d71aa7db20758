/* SPDX-License-Identifier: GPL-2.0-only */
/* The HWPTs that an unmap asks for their dirty state. */
#ifndef __IOMMUFDX_DIRTY_HWPTS_H
#define __IOMMUFDX_DIRTY_HWPTS_H

#include "dirty_target.h"

struct fdx_hwpt_paging;
struct iommufdx_ctx;

/**
 * struct fdx_dirty_hwpt - one of them
 * @target: where its bits go, in the list
 * @hwpt: held
 */
struct fdx_dirty_hwpt {
	struct fdx_dirty_target target;
	struct fdx_hwpt_paging *hwpt;
};

/*
 * Add @hwpt, whose hold is taken over on success. Errors as
 * fdx_dirty_bitmap_check(), and -ENOMEM.
 */
int fdx_dirty_hwpt_add(struct list_head *targets, struct fdx_hwpt_paging *hwpt,
		       u64 iova, u64 length, u64 page_size, u64 user);
/* Let go of all and free the list. */
void fdx_dirty_hwpts_put(struct iommufdx_ctx *ictx, struct list_head *targets);

#endif /* __IOMMUFDX_DIRTY_HWPTS_H */
