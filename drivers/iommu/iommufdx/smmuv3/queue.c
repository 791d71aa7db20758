// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues from hardware to software: IHI 0070 sections 3.5 and 7.4.
 *
 * Hardware interrupts when a queue that was empty is not so any more. So who
 * reads must go on until it has seen the queue empty after moving CONS.
 */
#include <linux/bitfield.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "smmuv3.h"

static unsigned int smmu_queue_order(const struct smmu_queue *queue)
{
	return get_order((sizeof(u64) * queue->words) << queue->log2);
}

static int smmu_queue_init(struct smmu_queue *queue, unsigned int log2,
			   unsigned int words)
{
	queue->log2 = min_t(unsigned int, log2, SMMU_QUEUE_LOG2);
	queue->words = words;
	queue->mem = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					     smmu_queue_order(queue));
	return queue->mem ? 0 : -ENOMEM;
}

int smmu_queues_init(struct smmu *smmu)
{
	int rc;

	smmu->evtq.reg_base = SMMU_REG_EVENTQ_BASE;
	smmu->evtq.reg_prod = SMMU_REG_EVENTQ_PROD;
	smmu->evtq.reg_cons = SMMU_REG_EVENTQ_CONS;
	rc = smmu_queue_init(&smmu->evtq,
			     FIELD_GET(SMMU_IDR1_EVENTQS, smmu->idr[1]),
			     SMMU_EVT_WORDS);
	if (rc || !(smmu->idr[0] & SMMU_IDR0_PRI))
		return rc;
	smmu->priq.reg_base = SMMU_REG_PRIQ_BASE;
	smmu->priq.reg_prod = SMMU_REG_PRIQ_PROD;
	smmu->priq.reg_cons = SMMU_REG_PRIQ_CONS;
	return smmu_queue_init(&smmu->priq,
			       FIELD_GET(SMMU_IDR1_PRIQS, smmu->idr[1]),
			       SMMU_PRI_WORDS);
}

void smmu_queues_destroy(struct smmu *smmu)
{
	free_pages((unsigned long)smmu->evtq.mem, smmu_queue_order(&smmu->evtq));
	free_pages((unsigned long)smmu->priq.mem, smmu_queue_order(&smmu->priq));
}

void smmu_queue_enable(struct smmu *smmu, const struct smmu_queue *queue)
{
	struct iommufdx_hw *hw = smmu_hw(smmu);

	hw_write64(hw, queue->reg_base,
		   virt_to_phys(queue->mem) | SMMU_Q_BASE_RA |
		   FIELD_PREP(SMMU_Q_BASE_LOG2SIZE, queue->log2));
	hw_write32(hw, queue->reg_prod, 0);
	hw_write32(hw, queue->reg_cons, 0);
}

static u32 smmu_queue_ptr(const struct smmu_queue *queue, u32 ptr)
{
	return ptr & ((2U << queue->log2) - 1);
}

static void smmu_queue_take(struct smmu *smmu, struct smmu_queue *queue,
			    void (*fn)(struct smmu *smmu, const u64 *entry))
{
	u32 slot = queue->cons & ((1U << queue->log2) - 1);
	const u64 *src = queue->mem + (size_t)slot * queue->words;
	u64 entry[SMMU_EVT_WORDS];
	unsigned int i;

	for (i = 0; i < queue->words; i++)
		entry[i] = READ_ONCE(src[i]);
	queue->cons = smmu_queue_ptr(queue, queue->cons + 1);
	fn(smmu, entry);
}

/*
 * The flag beside PROD, repeated beside CONS, says that we know of lost entries.
 * Until then no page request is queued, so no interrupt comes either.
 */
void smmu_queue_drain(struct smmu *smmu, struct smmu_queue *queue,
		      void (*fn)(struct smmu *smmu, const u64 *entry))
{
	struct iommufdx_hw *hw = smmu_hw(smmu);
	u32 prod, cons;

	prod = hw_read32(hw, queue->reg_prod);
	do {
		/* What PROD lets us see is read after it. */
		hw_rmb();
		while (queue->cons != smmu_queue_ptr(queue, prod))
			smmu_queue_take(smmu, queue, fn);
		cons = queue->cons | (prod & SMMU_Q_OVFLG);
		hw_write32(hw, queue->reg_cons, cons);
		prod = hw_read32(hw, queue->reg_prod);
	} while (cons != prod);
}
