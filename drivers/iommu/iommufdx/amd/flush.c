// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidations: putting them together, running them, hearing how it went.
 *
 * Hardware goes on when a device does not answer an invalidation of its IOTLB,
 * and logs that. It has done so before it completes a wait that comes later.
 */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include "../ring/block.h"
#include "amd.h"

DECLARE_RWSEM(amd_flush_gate);

const struct amd_range amd_all_v1 = {
	.last = U64_MAX,
	.flags = AMD_INV_PDE,
};

const struct amd_range amd_all_v2 = {
	.last = U64_MAX,
	.flags = AMD_INV_PDE | AMD_INV_GUEST,
};

/* Events may be lost while there are more faults than can be read. */
#define AMD_FLUSH_TRIES		4

/* Has the batch a command for this device's IOTLB? */
static bool amd_flush_names(const struct amd_flush *flush, u16 devid)
{
	unsigned int i;
	u64 word0;

	for (i = 0; i < flush->batch.nr; i++) {
		word0 = flush->batch.cmd[i].word[0];
		if (FIELD_GET(AMD_CMD0_OP, word0) == AMD_CMD_INV_IOTLB_PAGES &&
		    FIELD_GET(AMD_CMD_TLB0_DEVID, word0) == devid)
			return true;
	}
	return false;
}

/* Was one of its devices among those that did not answer, from @from on? */
static bool amd_flush_timed_out(const struct amd_flush *flush,
				unsigned int from)
{
	struct amd_iommu *iommu = flush->iommu;
	bool found;

	mutex_lock(&iommu->log_lock);
	/* Not all are remembered: it may have been. */
	found = iommu->timeouts - from > AMD_TIMEOUTS;
	for (; !found && from != iommu->timeouts; from++)
		found = amd_flush_names(flush,
					iommu->timeout[from % AMD_TIMEOUTS]);
	mutex_unlock(&iommu->log_lock);
	return found;
}

/* Commands for IOTLBs of devices; -EAGAIN: it is not known how it went. */
static int amd_flush_run_devices(struct amd_flush *flush)
{
	struct amd_iommu *iommu = flush->iommu;
	unsigned int timeouts;
	int overflows, rc;

	amd_events_sync(iommu);
	timeouts = READ_ONCE(iommu->timeouts);
	overflows = atomic_read(&iommu->overflows);
	rc = iommufdx_ring_run(&iommu->ring, &flush->batch);
	if (rc)
		return rc;
	amd_events_sync(iommu);
	if (amd_flush_timed_out(flush, timeouts))
		return -ETIMEDOUT;
	return atomic_read(&iommu->overflows) == overflows ? 0 : -EAGAIN;
}

static void amd_flush_note(struct amd_flush *flush, int rc)
{
	if (!flush->error)
		flush->error = rc;
}

static void amd_flush_run(struct amd_flush *flush)
{
	unsigned int tries = AMD_FLUSH_TRIES;
	int rc;

	do {
		rc = flush->devices ? amd_flush_run_devices(flush) :
				      iommufdx_ring_run(&flush->iommu->ring,
							&flush->batch);
	} while (rc == -EAGAIN && --tries);
	flush->batch.nr = 0;
	flush->devices = false;
	amd_flush_note(flush, rc == -EAGAIN ? -ETIMEDOUT : rc);
}

void amd_flush_pages(struct amd_flush *flush, struct ring_cmd cmd,
		     const u64 *page, unsigned int nr)
{
	amd_flush_note(flush, iommufdx_ring_run_like(&flush->iommu->ring,
						     cmd.word[0], page, nr));
}

void amd_flush_add(struct amd_flush *flush, struct ring_cmd cmd)
{
	if (flush->batch.nr == RING_BATCH_MAX)
		amd_flush_run(flush);
	ring_batch_add(&flush->batch, cmd);
}

void amd_flush_range(struct amd_flush *flush, u16 domid, u32 pasid,
		     const struct amd_range *range)
{
	u64 iova = range->iova, middle;

	if (block_cut(iova, range->last, &middle)) {
		amd_flush_add(flush, amd_cmd_inv_pages(domid, pasid, iova,
						       middle - 1,
						       range->flags));
		iova = middle;
	}
	amd_flush_add(flush, amd_cmd_inv_pages(domid, pasid, iova, range->last,
					       range->flags));
}

void amd_flush_iotlb(struct amd_flush *flush, u16 devid, u32 pasid,
		     const struct amd_range *range)
{
	u64 iova = range->iova, middle;

	if (block_cut(iova, range->last, &middle)) {
		amd_flush_add(flush, amd_cmd_inv_iotlb(devid, pasid, iova,
						       middle - 1));
		flush->devices = true;
		iova = middle;
	}
	amd_flush_add(flush, amd_cmd_inv_iotlb(devid, pasid, iova,
					       range->last));
	flush->devices = true;
}

void amd_flush_device(struct amd_flush *flush, struct amd_master *master,
		      u32 pasid, const struct amd_range *range)
{
	if (master->ats)
		amd_flush_iotlb(flush, master->base->rid, pasid, range);
}

int amd_flush_end(struct amd_flush *flush)
{
	if (flush->batch.nr)
		amd_flush_run(flush);
	if (flush->error)
		amd_complain(flush->iommu, flush->error);
	return flush->error;
}

struct amd_range amd_flush_scope(const struct pgtable_gather *gather,
				 const struct amd_range *all)
{
	struct amd_range range = *all;

	if (gather->last < gather->iova)
		return range;
	range.iova = gather->iova;
	range.last = gather->last;
	if (!gather->table_changed)
		range.flags &= ~AMD_INV_PDE;
	return range;
}
