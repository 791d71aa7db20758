// SPDX-License-Identifier: GPL-2.0-only
/* Executing invalidation commands of guests. See inv_exec.h. */
#include <linux/align.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "inv_exec.h"

static void inv_clear(struct fdx_inv *inv)
{
	const struct iommufdx_inv_ops *ops = inv->to.ops;

	memset64(inv->batch, 0,
		 DIV_ROUND_UP(ops->batch_head ?: ops->batch_size, sizeof(u64)));
}

static size_t inv_batch_size(const struct iommufdx_inv_ops *ops)
{
	return ALIGN(max_t(size_t, ops->batch_size, 1), sizeof(u64));
}

int fdx_inv_alloc(struct fdx_inv *inv, const struct fdx_inv_target *to,
		  size_t extra)
{
	if (READ_ONCE(to->iommu->gone))
		return -ENODEV;
	inv->batch = kmalloc(inv_batch_size(to->ops) + extra,
			     GFP_KERNEL_ACCOUNT);
	if (!inv->batch)
		return -ENOMEM;
	inv->to = *to;
	inv_clear(inv);
	return 0;
}

void *fdx_inv_extra(const struct fdx_inv *inv)
{
	return inv->batch + inv_batch_size(inv->to.ops);
}

void fdx_inv_free(struct fdx_inv *inv)
{
	kfree(inv->batch);
}

void fdx_inv_begin(struct fdx_inv *inv)
{
	down_read(&inv->to.iommu->live);
	mutex_lock(inv->to.lock);
	inv->queued = 0;
	inv->device = 0;
	inv->done = 0;
	inv->lost = 0;
	inv->sync_error = 0;
	inv->refused = 0;
}

int fdx_inv_sync(struct fdx_inv *inv)
{
	lockdep_assert_held(inv->to.lock);

	if (!inv->queued)
		return 0;
	inv->sync_error = inv->to.ops->sync(inv->to.target, inv->batch);
	if (inv->sync_error)
		inv->lost += inv->queued;
	else
		inv->done += inv->queued;
	inv->queued = 0;
	inv_clear(inv);
	return inv->sync_error;
}

/* Sync what is queued, if it and @entry are not for the same device, or for none. */
static int inv_part(struct fdx_inv *inv, const void *entry)
{
	u64 device = inv->to.ops->device ? inv->to.ops->device(entry) : 0;
	u64 before = inv->device;

	inv->device = device;
	return device == before ? 0 : fdx_inv_sync(inv);
}

int fdx_inv_add(struct fdx_inv *inv, const void *entry)
{
	const struct iommufdx_inv_ops *ops = inv->to.ops;
	int rc;

	lockdep_assert_held(inv->to.lock);

	rc = inv_part(inv, entry);
	if (rc)
		return rc;
	rc = inv->to.iommu->gone ? -ENODEV :
	     ops->queue(inv->to.target, entry, inv->batch);
	if (rc == -ENOSPC && inv->queued) {
		rc = fdx_inv_sync(inv);
		if (rc)
			return rc;
		rc = ops->queue(inv->to.target, entry, inv->batch);
	}
	/* To user space a device that is not there is an illegal command. */
	if (rc)
		inv->refused = rc == -ENXIO ? -EIO : rc;
	else
		inv->queued++;
	return rc;
}

u32 fdx_inv_add_like(struct fdx_inv *inv, const void *entry, const void *more,
		     u32 num)
{
	const struct iommufdx_inv_ops *ops = inv->to.ops;
	u32 taken;

	lockdep_assert_held(inv->to.lock);

	if (!ops->queue_like || !num)
		return 0;
	taken = ops->queue_like(inv->to.target, entry, more, num, inv->batch);
	inv->queued += taken;
	return taken;
}

int fdx_inv_add_all(struct fdx_inv *inv, const void *entry, u32 num)
{
	size_t size = inv->to.ops->entry_size;
	u32 taken;
	int rc;

	for (; num; num -= taken, entry += taken * size) {
		rc = fdx_inv_add(inv, entry);
		if (rc)
			return rc;
		taken = 1 + fdx_inv_add_like(inv, entry, entry + size, num - 1);
	}
	return 0;
}

int fdx_inv_end(struct fdx_inv *inv)
{
	int rc;

	fdx_inv_sync(inv);
	if (inv->refused)
		inv_clear(inv);
	rc = inv->sync_error ? inv->sync_error : inv->refused;
	mutex_unlock(inv->to.lock);
	up_read(&inv->to.iommu->live);
	return rc;
}
