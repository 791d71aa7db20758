// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation queue: VT-d's side of ring/.
 *
 * Hardware that meets a descriptor it cannot execute sets IQE and stops with its
 * head at it. The head cannot be moved: the descriptor must be replaced. When a
 * device TLB does not answer, hardware drops the wait descriptor that waits for
 * it and sets ITE, with the head behind it.
 */
#include <linux/bitfield.h>
#include <linux/log2.h>
#include "vtd.h"

static struct vtd_iommu *ring_to_iommu(struct ring *ring)
{
	return container_of(ring, struct vtd_iommu, ring);
}

static u32 vtd_desc_size(const struct ring *ring)
{
	return ring->words * sizeof(u64);
}

static void vtd_queue_encode_wait(struct ring_cmd *cmd, u64 pa, u32 value)
{
	*cmd = vtd_cmd_wait(pa, value);
}

static void vtd_queue_write_tail(struct ring *ring, u32 tail)
{
	hw_write64(vtd_hw(ring_to_iommu(ring)), VTD_REG_IQT,
		   tail % VTD_QUEUE_ENTRIES * vtd_desc_size(ring));
}

static u32 vtd_queue_read_head(struct ring *ring)
{
	u64 head = hw_read64(vtd_hw(ring_to_iommu(ring)), VTD_REG_IQH);

	return (head & VTD_IQ_PTR) / vtd_desc_size(ring) % VTD_QUEUE_ENTRIES;
}

static enum ring_stop vtd_queue_stopped(struct ring *ring)
{
	u32 status = hw_read32(vtd_hw(ring_to_iommu(ring)), VTD_REG_FSTS);

	/* What came first stops it first; the other one will show up again. */
	if (status & VTD_FSTS_ITE)
		return RING_DROPPED;
	return status & VTD_FSTS_IQE ? RING_REFUSED : RING_RUNNING;
}

static void vtd_queue_resume(struct ring *ring, enum ring_stop stop, u32 head)
{
	hw_write32(vtd_hw(ring_to_iommu(ring)), VTD_REG_FSTS,
		   stop == RING_DROPPED ? VTD_FSTS_ITE | VTD_FSTS_ICE :
					  VTD_FSTS_IQE);
}

static const struct ring_ops vtd_queue_ops = {
	.encode_wait = vtd_queue_encode_wait,
	.write_tail = vtd_queue_write_tail,
	.read_head = vtd_queue_read_head,
	.stopped = vtd_queue_stopped,
	.resume = vtd_queue_resume,
};

int vtd_queue_init(struct vtd_iommu *iommu)
{
	u32 size = iommu->scalable ? VTD_IQ_DESC_256 : VTD_IQ_DESC_128;

	return iommufdx_ring_init(&iommu->ring, &vtd_queue_ops,
				  VTD_QUEUE_ENTRIES, size / sizeof(u64));
}

int vtd_queue_enable(struct vtd_iommu *iommu)
{
	u32 pages = VTD_QUEUE_ENTRIES * vtd_desc_size(&iommu->ring) >>
		    VTD_PAGE_SHIFT;
	struct iommufdx_hw *hw = vtd_hw(iommu);

	hw_write64(hw, VTD_REG_IQT, 0);
	hw_write64(hw, VTD_REG_IQA,
		   iommufdx_ring_phys(&iommu->ring) |
		   FIELD_PREP(VTD_IQA_QS, ilog2(pages)) |
		   (iommu->scalable ? VTD_IQA_DW : 0));
	return vtd_command(iommu, VTD_GCMD_QIE, true);
}

/* ------------------------------------------------------------------- flushes */

static void vtd_flush_note(struct vtd_flush *flush, int rc)
{
	if (!flush->error)
		flush->error = rc;
}

static void vtd_flush_run(struct vtd_flush *flush)
{
	vtd_flush_note(flush, iommufdx_ring_run(&flush->iommu->ring,
						&flush->batch));
	flush->batch.nr = 0;
}

void vtd_flush_pages(struct vtd_flush *flush, struct ring_cmd cmd,
		     const u64 *page, unsigned int nr)
{
	vtd_flush_note(flush, iommufdx_ring_run_like(&flush->iommu->ring,
						     cmd.word[0], page, nr));
}

void vtd_flush_add(struct vtd_flush *flush, struct ring_cmd cmd)
{
	if (flush->batch.nr == RING_BATCH_MAX)
		vtd_flush_run(flush);
	ring_batch_add(&flush->batch, cmd);
}

int vtd_flush_end(struct vtd_flush *flush)
{
	if (flush->batch.nr)
		vtd_flush_run(flush);
	if (flush->error)
		vtd_complain(flush->iommu, flush->error);
	return flush->error;
}
