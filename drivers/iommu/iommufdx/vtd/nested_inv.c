// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidations of a guest's first stage: ranges of its input addresses. They are
 * merged where they touch, and carried out for every PASID that the nested domain
 * is on, and in the device TLBs behind.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <uapi/linux/iommufd.h>
#include "vtd.h"

#define VTD_INV_RANGES		16

/**
 * struct vtd_inv_batch - what a batch covers
 * @nr: how many ranges
 * @range: those of one kind do not touch one another
 */
struct vtd_inv_batch {
	unsigned int nr;
	struct vtd_range range[VTD_INV_RANGES];
};

static int vtd_inv_range(const struct iommu_hwpt_vtd_s1_invalidate *cmd,
			 struct vtd_range *range)
{
	u64 bytes;

	if ((cmd->flags & ~IOMMU_VTD_INV_FLAGS_LEAF) || cmd->__reserved)
		return -EOPNOTSUPP;
	*range = (struct vtd_range){
		.iova = cmd->addr,
		.last = U64_MAX,
		.ih = cmd->flags & IOMMU_VTD_INV_FLAGS_LEAF ?
			      VTD_INV_TLB1_IH : 0,
	};
	if (cmd->npages == U64_MAX)
		return cmd->addr ? -EINVAL : 0;
	bytes = cmd->npages << VTD_PAGE_SHIFT;
	if (!cmd->npages || bytes >> VTD_PAGE_SHIFT != cmd->npages ||
	    (cmd->addr & (BIT_ULL(VTD_PAGE_SHIFT) - 1)))
		return -EINVAL;
	range->last = cmd->addr + bytes - 1;
	return range->last < cmd->addr ? -EINVAL : 0;
}

static int vtd_inv_queue(void *target, const void *entry, void *data)
{
	struct vtd_inv_batch *batch = data;
	struct vtd_range range;
	int rc;

	rc = vtd_inv_range(entry, &range);
	if (rc)
		return rc;
	return vtd_range_add(batch->range, &batch->nr, VTD_INV_RANGES, range) ?
		       0 : -ENOSPC;
}

static int vtd_inv_sync(void *target, void *data)
{
	struct vtd_domain *domain = to_vtd_domain(target);
	struct vtd_inv_batch *batch = data;
	int rc;

	down_read(vtd_domain_lock(domain));
	rc = vtd_domain_run(domain, batch->range, batch->nr);
	up_read(vtd_domain_lock(domain));
	return rc;
}

const struct iommufdx_inv_ops vtd_nested_inv = {
	.type = IOMMU_HWPT_INVALIDATE_DATA_VTD_S1,
	.entry_size = sizeof(struct iommu_hwpt_vtd_s1_invalidate),
	.min_entry_size = sizeof(struct iommu_hwpt_vtd_s1_invalidate),
	.batch_size = sizeof(struct vtd_inv_batch),
	.queue = vtd_inv_queue,
	.sync = vtd_inv_sync,
};
