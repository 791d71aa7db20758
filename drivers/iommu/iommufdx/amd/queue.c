// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command buffer: AMD's side of ring/.
 *
 * Hardware that meets a command it cannot execute stops reading, with its head
 * pointer at the command, until the buffer is switched off and on.
 */
#include <linux/bitfield.h>
#include <linux/log2.h>
#include "amd.h"

static struct amd_iommu *ring_to_iommu(struct ring *ring)
{
	return container_of(ring, struct amd_iommu, ring);
}

static void amd_queue_encode_wait(struct ring_cmd *cmd, u64 pa, u32 value)
{
	*cmd = amd_cmd_completion_wait(pa, value);
}

static void amd_queue_write_tail(struct ring *ring, u32 tail)
{
	hw_write64(amd_hw(ring_to_iommu(ring)), AMD_REG_CMD_TAIL,
		   tail % AMD_QUEUE_ENTRIES * AMD_RING_ENTRY);
}

static u32 amd_queue_read_head(struct ring *ring)
{
	u64 head = hw_read64(amd_hw(ring_to_iommu(ring)), AMD_REG_CMD_HEAD);

	return (head & AMD_RING_PTR) / AMD_RING_ENTRY % AMD_QUEUE_ENTRIES;
}

static enum ring_stop amd_queue_stopped(struct ring *ring)
{
	u64 status = hw_read64(amd_hw(ring_to_iommu(ring)), AMD_REG_STATUS);

	return status & AMD_STATUS_CMD_RUN ? RING_RUNNING : RING_REFUSED;
}

static void amd_queue_resume(struct ring *ring, enum ring_stop stop, u32 head)
{
	struct amd_iommu *iommu = ring_to_iommu(ring);

	amd_ctrl_update(iommu, AMD_CTRL_CMD_BUF_EN, 0);
	hw_write64(amd_hw(iommu), AMD_REG_CMD_HEAD, head * AMD_RING_ENTRY);
	amd_ctrl_update(iommu, 0, AMD_CTRL_CMD_BUF_EN);
	amd_queue_write_tail(ring, ring->tail);
}

static const struct ring_ops amd_queue_ops = {
	.encode_wait = amd_queue_encode_wait,
	.write_tail = amd_queue_write_tail,
	.read_head = amd_queue_read_head,
	.stopped = amd_queue_stopped,
	.resume = amd_queue_resume,
};

int amd_queue_init(struct amd_iommu *iommu)
{
	return iommufdx_ring_init(&iommu->ring, &amd_queue_ops,
				  AMD_QUEUE_ENTRIES,
				  AMD_RING_ENTRY / sizeof(u64));
}

void amd_queue_enable(struct amd_iommu *iommu)
{
	struct iommufdx_hw *hw = amd_hw(iommu);

	hw_write64(hw, AMD_REG_CMD_BASE,
		   iommufdx_ring_phys(&iommu->ring) |
		   FIELD_PREP(AMD_RING_LEN, ilog2(AMD_QUEUE_ENTRIES)));
	hw_write64(hw, AMD_REG_CMD_HEAD, 0);
	hw_write64(hw, AMD_REG_CMD_TAIL, 0);
	amd_ctrl_update(iommu, 0, AMD_CTRL_CMD_BUF_EN);
}
