// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault recording.
 *
 * An interrupt comes when a status bit rises, not when it is set: a handler must
 * leave with all of them clear, or there is none any more.
 */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <uapi/linux/iommufdx.h>
#include "vtd.h"

static_assert(sizeof(struct iommufdx_vevent_vtd) == VTD_FRCD_SIZE);

static u32 vtd_frcd_reg(const struct vtd_iommu *iommu, unsigned int index)
{
	return (FIELD_GET(VTD_CAP_FRO, iommu->cap) + index) * VTD_FRCD_SIZE;
}

/*
 * May a guest see it? What its own table or the lack of one did, not what the
 * second stage or a table of the host did.
 */
static bool vtd_fault_is_guests(struct vtd_master *master, u64 word1)
{
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	u32 pasid = word1 & VTD_FRCD1_PP ?
		    FIELD_GET(VTD_FRCD1_PASID, word1) : IOMMUFDX_NO_PASID;
	const struct vtd_attachment *att;
	bool absent, nested;

	lockdep_assert_held(&iommu->events_lock);

	spin_lock(&iommu->slots_lock);
	att = vtd_slot_says(master, pasid);
	absent = !att;
	nested = att && att->domain->viommu == master->viommu;
	spin_unlock(&iommu->slots_lock);

	switch (FIELD_GET(VTD_FRCD1_FR, word1)) {
	case VTD_FR_PDE_P:
	case VTD_FR_PE_P:
		return absent;
	case VTD_FR_PE_ERE:
	case VTD_FR_PE_SRE:
	case VTD_FR_FS_ACCESS:
	case VTD_FR_FS_P:
	case VTD_FR_FS_RSVD:
	case VTD_FR_FS_PTR_ACCESS:
	case VTD_FR_FS_CANONICAL:
	case VTD_FR_FS_US:
	case VTD_FR_FS_EXEC:
	case VTD_FR_SM_ADDR_WIDTH:
	case VTD_FR_SM_WRITE:
	case VTD_FR_SM_READ:
	case VTD_FR_SM_INT_ADDR:
	case VTD_FR_FS_AD_NO_SNOOP:
	case VTD_FR_FS_AD_FAILED:
		return nested;
	}
	return false;
}

static bool vtd_vevent_to(struct vtd_viommu *viommu,
			  const struct vtd_master *master, u64 word0, u64 word1)
{
	struct iommufdx_vevent_vtd event;
	u64 vsid;

	if (iommufdx_viommu_virt_id(&viommu->base, master->base, &vsid))
		return false;
	word1 &= ~VTD_FRCD1_SID;
	word1 |= FIELD_PREP(VTD_FRCD1_SID, vsid);
	event.frcd[0] = cpu_to_le64(word0);
	event.frcd[1] = cpu_to_le64(word1);
	return iommufdx_viommu_report_event(&viommu->base,
					    IOMMUFDX_VEVENTQ_TYPE_VTD, &event,
					    sizeof(event)) != -EOPNOTSUPP;
}

/* Tell the guest of a fault; false: it is not the guest's, or cannot be told. */
static bool vtd_vevent(struct vtd_iommu *iommu, u64 word0, u64 word1)
{
	struct vtd_master *master;
	bool told = false;

	mutex_lock(&iommu->events_lock);
	list_for_each_entry(master, &iommu->masters, node) {
		if (master->base->rid != FIELD_GET(VTD_FRCD1_SID, word1))
			continue;
		told = master->viommu && vtd_fault_is_guests(master, word1) &&
		       vtd_vevent_to(master->viommu, master, word0, word1);
		break;
	}
	mutex_unlock(&iommu->events_lock);
	return told;
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

	if (vtd_vevent(iommu, word0, word1))
		return;
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
