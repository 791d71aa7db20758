// SPDX-License-Identifier: GPL-2.0-only
#include "rig.h"

const struct iommufdx_iommu_ops *const rig_ops = &smmu_iommu_ops;

/* An event is in the queue before the DMA that caused it has ended. */
void machine_settle(struct machine *m)
{
	struct iommufdx_hw *hw = m->iommu.hw;
	int i;

	for (i = 0; i < 5000; i++) {
		if (hw_read32(hw, SMMU_REG_EVENTQ_PROD) ==
		    hw_read32(hw, SMMU_REG_EVENTQ_CONS))
			return;
		rig_sleep();
	}
	CHECK(!"the event queue was never read");
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
