// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidations of a guest's first stage: ranges of its input addresses. They are
 * merged where they touch, and carried out for every PASID that the nested domain
 * is on, and in the device TLBs behind.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
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
	range->parent = false;
	range->ih = cmd->flags & IOMMU_VTD_INV_FLAGS_LEAF ? VTD_INV_TLB1_IH : 0;
	range->iova = cmd->addr;
	range->last = U64_MAX;
	if (cmd->npages == U64_MAX)
		return cmd->addr ? -EINVAL : 0;
	bytes = cmd->npages << VTD_PAGE_SHIFT;
	if (!cmd->npages || bytes >> VTD_PAGE_SHIFT != cmd->npages ||
	    (cmd->addr & (BIT_ULL(VTD_PAGE_SHIFT) - 1)))
		return -EINVAL;
	range->last = cmd->addr + bytes - 1;
	return range->last < cmd->addr ? -EINVAL : 0;
}

static bool vtd_ranges_touch(const struct vtd_range *a,
			     const struct vtd_range *b)
{
	/* A last byte of all ones has nothing behind it. */
	return a->iova <= max(b->last, b->last + 1) &&
	       b->iova <= max(a->last, a->last + 1);
}

static bool vtd_range_holds(const struct vtd_range *a,
			    const struct vtd_range *b)
{
	return a->iova <= b->iova && a->last >= b->last && (!a->ih || b->ih);
}

/* One that @range can become one with, or that holds it. */
static struct vtd_range *vtd_inv_find(struct vtd_inv_batch *batch,
				      const struct vtd_range *range)
{
	struct vtd_range *old;

	for (old = batch->range; old < batch->range + batch->nr; old++)
		if (vtd_range_holds(old, range) ||
		    (old->ih == range->ih && vtd_ranges_touch(old, range)))
			return old;
	return NULL;
}

static int vtd_inv_queue(void *target, const void *entry, void *data)
{
	struct vtd_inv_batch *batch = data;
	struct vtd_range range, *old;
	int rc;

	rc = vtd_inv_range(entry, &range);
	if (rc)
		return rc;
	/* Grown by one, it may touch another. */
	while ((old = vtd_inv_find(batch, &range))) {
		range.iova = min(range.iova, old->iova);
		range.last = max(range.last, old->last);
		range.ih &= old->ih;
		*old = batch->range[--batch->nr];
	}
	if (batch->nr == VTD_INV_RANGES)
		return -ENOSPC;
	batch->range[batch->nr++] = range;
	return 0;
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
