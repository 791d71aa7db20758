// SPDX-License-Identifier: GPL-2.0-only
/* Executing invalidation commands of guests. See inv_exec.h. */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "inv_exec.h"

static void inv_clear(struct fdx_inv *inv)
{
	const struct iommufdx_inv_ops *ops = inv->to.ops;

	memset(inv->batch, 0, ops->batch_head ?: ops->batch_size);
}

int fdx_inv_alloc(struct fdx_inv *inv, const struct fdx_inv_target *to)
{
	if (READ_ONCE(to->iommu->gone))
		return -ENODEV;
	inv->batch = kmalloc(max_t(size_t, to->ops->batch_size, 1),
			     GFP_KERNEL_ACCOUNT);
	if (!inv->batch)
		return -ENOMEM;
	inv->to = *to;
	inv_clear(inv);
	return 0;
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

int fdx_inv_add(struct fdx_inv *inv, const void *entry)
{
	const struct iommufdx_inv_ops *ops = inv->to.ops;
	int rc;

	lockdep_assert_held(inv->to.lock);

	rc = inv->to.iommu->gone ? -ENODEV :
	     ops->queue(inv->to.target, entry, inv->batch);
	if (rc == -ENOSPC && inv->queued) {
		rc = fdx_inv_sync(inv);
		if (rc)
			return rc;
		rc = ops->queue(inv->to.target, entry, inv->batch);
	}
	if (rc)
		inv->refused = rc;
	else
		inv->queued++;
	return rc;
}

int fdx_inv_add_all(struct fdx_inv *inv, const void *entries, u32 num)
{
	int rc = 0;
	u32 i;

	for (i = 0; i < num && !rc; i++)
		rc = fdx_inv_add(inv, entries + i * inv->to.ops->entry_size);
	return rc;
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
