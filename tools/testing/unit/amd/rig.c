// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include "rig.h"

const struct iommufdx_iommu_ops *const rig_ops = &amd_iommu_ops;

/* An event is in the log before the DMA that caused it has ended. */
void machine_settle(struct machine *m)
{
	struct iommufdx_hw *hw = m->iommu.hw;
	int i;

	for (i = 0; i < 30000; i++) {
		if (hw_read64(hw, AMD_REG_EVT_HEAD) ==
		    hw_read64(hw, AMD_REG_EVT_TAIL) &&
		    !(hw_read64(hw, AMD_REG_STATUS) &
		      (AMD_STATUS_EVT_OVERFLOW | AMD_STATUS_EVT_INT)))
			return;
		rig_sleep();
	}
	CHECK(!"the event log was never read");
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

struct iommufdx_domain *v1_make(struct iommufdx_master *master, u32 flags)
{
	return format_make(master, PGTABLE_AMDV1, flags);
}

struct iommufdx_domain *v2_make(struct iommufdx_master *master)
{
	return format_make(master, PGTABLE_X86_64, 0);
}

void full_master_start(struct machine *m, struct iommufdx_master *master,
		       u32 rid)
{
	memset(master, 0, sizeof(*master));
	master->max_pasid_bits = 20;
	master->dev_ats = true;
	master->dev_pri = true;
	if (master_add(m, master, rid))
		abort();
}

#ifdef __SANITIZE_THREAD__
/*
 * Hardware finds a fresh table by a DTE, which is stored by an instruction that TSan
 * does not know. To it, the zeroing of the table's page races with the walk.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:alloc_pages\n";
}
#endif
