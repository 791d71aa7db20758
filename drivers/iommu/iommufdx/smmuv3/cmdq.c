// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command queue: IHI 0070 sections 3.5 and 7.1. A batch ends with a SYNC
 * that sends its number as a message to memory.
 */
#include <linux/bitfield.h>
#include <linux/minmax.h>
#include "smmuv3.h"

static struct smmu *smmu_of_ring(struct ring *ring)
{
	return container_of(ring, struct smmu, ring);
}

static void smmu_encode_wait(struct ring_cmd *cmd, u64 pa, u32 value)
{
	*cmd = smmu_cmd_sync(pa, value);
}

/* The bit above the slot says whether it is an even or an odd round. */
static void smmu_write_tail(struct ring *ring, u32 tail)
{
	hw_write32(smmu_hw(smmu_of_ring(ring)), SMMU_REG_CMDQ_PROD,
		   tail & (2 * ring->entries - 1));
}

static u32 smmu_cmdq_cons(struct ring *ring)
{
	return hw_read32(smmu_hw(smmu_of_ring(ring)), SMMU_REG_CMDQ_CONS);
}

static u32 smmu_read_head(struct ring *ring)
{
	return smmu_cmdq_cons(ring) & (ring->entries - 1);
}

static u32 smmu_gerror(struct smmu *smmu)
{
	u32 gerror = hw_read32(smmu_hw(smmu), SMMU_REG_GERROR);

	return gerror ^ READ_ONCE(smmu->gerrorn);
}

static enum ring_stop smmu_stopped(struct ring *ring)
{
	if (!(smmu_gerror(smmu_of_ring(ring)) & SMMU_GERROR_CMDQ_ERR))
		return RING_RUNNING;
	if (FIELD_GET(SMMU_CMDQ_CONS_ERR, smmu_cmdq_cons(ring)) ==
	    SMMU_CERROR_ATC_INV_SYNC)
		return RING_UNANSWERED;
	return RING_REFUSED;
}

static void smmu_resume(struct ring *ring, enum ring_stop stop, u32 head)
{
	smmu_gerror_ack(smmu_of_ring(ring), SMMU_GERROR_CMDQ_ERR);
}

static const struct ring_ops smmu_ring_ops = {
	.encode_wait = smmu_encode_wait,
	.write_tail = smmu_write_tail,
	.read_head = smmu_read_head,
	.stopped = smmu_stopped,
	.resume = smmu_resume,
};

int smmu_cmdq_init(struct smmu *smmu)
{
	u64 log2 = FIELD_GET(SMMU_IDR1_CMDQS, smmu->idr[1]);

	log2 = min_t(u64, log2, SMMU_QUEUE_LOG2);
	return iommufdx_ring_init(&smmu->ring, &smmu_ring_ops, 1 << log2,
				  SMMU_CMD_WORDS);
}

void smmu_cmdq_enable(struct smmu *smmu)
{
	struct iommufdx_hw *hw = smmu_hw(smmu);

	hw_write64(hw, SMMU_REG_CMDQ_BASE,
		   iommufdx_ring_phys(&smmu->ring) | SMMU_Q_BASE_RA |
		   FIELD_PREP(SMMU_Q_BASE_LOG2SIZE,
			      ilog2(smmu->ring.entries)));
	hw_write32(hw, SMMU_REG_CMDQ_PROD, 0);
	hw_write32(hw, SMMU_REG_CMDQ_CONS, 0);
}

static int smmu_complain(struct smmu *smmu, int rc)
{
	if (rc && !xchg(&smmu->said_dead, true))
		pr_err("iommufdx: %s: a command was not carried out (%d)\n",
		       smmu_hw(smmu)->name, rc);
	return rc;
}

int smmu_run(struct smmu *smmu, const struct ring_batch *batch)
{
	return smmu_complain(smmu, iommufdx_ring_run(&smmu->ring, batch));
}

int smmu_run_pieces(struct smmu *smmu, const struct ring_piece *pieces,
		    unsigned int nr_pieces)
{
	return smmu_complain(smmu, iommufdx_ring_run_pieces(&smmu->ring, pieces,
							    nr_pieces));
}

int smmu_run_one(struct smmu *smmu, struct ring_cmd cmd)
{
	struct ring_batch batch = {};

	ring_batch_add(&batch, cmd);
	return smmu_run(smmu, &batch);
}

/* ----------------------------------------------------------- global errors */

void smmu_gerror_ack(struct smmu *smmu, u32 bits)
{
	spin_lock(&smmu->gerror_lock);
	WRITE_ONCE(smmu->gerrorn, smmu->gerrorn ^ bits);
	hw_write32(smmu_hw(smmu), SMMU_REG_GERRORN, smmu->gerrorn);
	spin_unlock(&smmu->gerror_lock);
}

void smmu_gerror_irq(void *data)
{
	struct smmu *smmu = data;
	u32 active = smmu_gerror(smmu);

	/* This one says what to do itself, and acknowledges. */
	if (active & SMMU_GERROR_CMDQ_ERR)
		iommufdx_ring_recover(&smmu->ring);
	active &= ~SMMU_GERROR_CMDQ_ERR;
	if (!active)
		return;
	pr_err_ratelimited("iommufdx: %s: global error %#x\n",
			   smmu_hw(smmu)->name, active);
	smmu_gerror_ack(smmu, active);
}
