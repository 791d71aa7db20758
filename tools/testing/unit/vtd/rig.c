// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include "rig.h"

const struct iommufdx_iommu_ops *const rig_ops = &vtd_iommu_ops;

/* A fault is recorded before the DMA that caused it has ended. */
void machine_settle(struct machine *m)
{
	int i;

	for (i = 0; i < 30000; i++) {
		if (!(hw_read32(m->iommu.hw, VTD_REG_FSTS) &
		      (VTD_FSTS_PPF | VTD_FSTS_PFO)))
			return;
		rig_sleep();
	}
	CHECK(!"the fault records were never read");
}

struct iommufdx_domain *format_make(struct iommufdx_master *master,
				    enum pgtable_format format, u32 flags)
{
	const struct iommufdx_domain_req req = {
		.format = format,
		.flags = flags,
	};

	return domain_make(master, &req);
}

void full_master_start(struct machine *m, struct iommufdx_master *master,
		       u32 rid)
{
	memset(master, 0, sizeof(*master));
	master->max_pasid_bits = 10;
	master->dev_ats = true;
	master->dev_pri = true;
	if (master_add(m, master, rid))
		abort();
}
