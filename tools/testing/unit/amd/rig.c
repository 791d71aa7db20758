// SPDX-License-Identifier: GPL-2.0-only
#include "rig.h"

const struct iommufdx_iommu_ops *const rig_ops = &amd_iommu_ops;

/* An event is in the log before the DMA that caused it has ended. */
void machine_settle(struct machine *m)
{
	struct iommufdx_hw *hw = m->iommu.hw;
	int i;

	for (i = 0; i < 5000; i++) {
		if (hw_read64(hw, AMD_REG_EVT_HEAD) ==
		    hw_read64(hw, AMD_REG_EVT_TAIL) &&
		    !(hw_read64(hw, AMD_REG_STATUS) &
		      (AMD_STATUS_EVT_OVERFLOW | AMD_STATUS_EVT_INT)))
			return;
		rig_sleep();
	}
	CHECK(!"the event log was never read");
}

struct iommufdx_domain *v1_make(struct iommufdx_master *master, u32 flags)
{
	const struct iommufdx_domain_req req = { .flags = flags };

	return domain_make(master, &req);
}
