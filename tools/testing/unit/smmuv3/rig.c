// SPDX-License-Identifier: GPL-2.0-only
#include "rig.h"

const struct iommufdx_iommu_ops *const rig_ops = &smmu_iommu_ops;

static void queue_settle(struct machine *m, u32 prod, u32 cons)
{
	struct iommufdx_hw *hw = m->iommu.hw;
	int i;

	for (i = 0; i < 30000; i++) {
		if (hw_read32(hw, prod) == hw_read32(hw, cons))
			return;
		rig_sleep();
	}
	CHECK(!"a queue was never read");
}

/*
 * An event is in the queue before the DMA that caused it has ended. A queue that
 * overflowed takes no more before that is acknowledged.
 */
void machine_settle(struct machine *m)
{
	queue_settle(m, SMMU_REG_EVENTQ_PROD, SMMU_REG_EVENTQ_CONS);
	queue_settle(m, SMMU_REG_PRIQ_PROD, SMMU_REG_PRIQ_CONS);
}

struct iommufdx_domain *stage_make(struct iommufdx_master *master,
				   unsigned int stage, u32 flags)
{
	const struct iommufdx_domain_req req = {
		.format = stage == 1 ? PGTABLE_ARMV8_S1 : PGTABLE_ARMV8_S2,
		.flags = flags,
	};

	return domain_make(master, &req);
}
