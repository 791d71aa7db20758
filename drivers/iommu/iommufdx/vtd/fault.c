// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault recording.
 *
 * An interrupt comes when a status bit rises, not when it is set: a handler must
 * leave with all of them clear, or there is none any more.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include "vtd.h"

static u32 vtd_frcd_reg(const struct vtd_iommu *iommu, unsigned int index)
{
	return (FIELD_GET(VTD_CAP_FRO, iommu->cap) + index) * VTD_FRCD_SIZE;
}

static void vtd_fault_report(struct vtd_iommu *iommu, u64 word0, u64 word1)
{
	struct iommufdx_fault fault = {
		.rid = FIELD_GET(VTD_FRCD1_SID, word1),
		.pasid = IOMMUFDX_NO_PASID,
		.iova = word0 & VTD_FRCD0_FI,
		/* A write has neither of the bits, an atomic operation both. */
		.write = !(word1 & VTD_FRCD1_T1) == !(word1 & VTD_FRCD1_T2),
		.reason = FIELD_GET(VTD_FRCD1_FR, word1),
	};

	if (word1 & VTD_FRCD1_PP)
		fault.pasid = FIELD_GET(VTD_FRCD1_PASID, word1);
	iommufdx_report_fault(iommu->base, &fault);
}

/* Once round the ring, from the oldest record on. */
static void vtd_fault_read(struct vtd_iommu *iommu, u32 status)
{
	unsigned int records = FIELD_GET(VTD_CAP_NFR, iommu->cap) + 1;
	unsigned int first = FIELD_GET(VTD_FSTS_FRI, status), i;
	struct iommufdx_hw *hw = vtd_hw(iommu);
	u64 word0, word1;
	u32 reg;

	for (i = 0; i < records; i++) {
		reg = vtd_frcd_reg(iommu, (first + i) % records);
		word1 = hw_read64(hw, reg + 8);
		if (!(word1 & VTD_FRCD1_F))
			continue;
		word0 = hw_read64(hw, reg);
		hw_write64(hw, reg + 8, VTD_FRCD1_F);
		vtd_fault_report(iommu, word0, word1);
	}
}

void vtd_fault_irq(void *data)
{
	struct vtd_iommu *iommu = data;
	struct iommufdx_hw *hw = vtd_hw(iommu);
	u32 status;

	iommufdx_ring_recover(&iommu->ring);
	for (;;) {
		status = hw_read32(hw, VTD_REG_FSTS);
		if (status & VTD_FSTS_PPF)
			vtd_fault_read(iommu, status);
		else if (status & VTD_FSTS_PFO)
			hw_write32(hw, VTD_REG_FSTS, VTD_FSTS_PFO);
		else
			break;
	}
}

void vtd_fault_enable(struct vtd_iommu *iommu)
{
	/* Unmasked, and whatever waited meanwhile is looked at. */
	hw_write32(vtd_hw(iommu), VTD_REG_FECTL, 0);
}
