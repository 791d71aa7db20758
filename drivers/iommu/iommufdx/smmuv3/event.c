// SPDX-License-Identifier: GPL-2.0-only
/* The event queue: what hardware has to report. IHI 0070 section 7.3. */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <uapi/linux/iommufd.h>
#include "smmuv3.h"

/* May a guest see it? Not what stage 2 did, nor the host's tables. */
static bool smmu_event_is_guests(const u64 *evt)
{
	switch (FIELD_GET(SMMU_EVT0_ID, evt[0])) {
	case SMMU_EVT_C_BAD_STE:
	case SMMU_EVT_F_STREAM_DISABLED:
	case SMMU_EVT_C_BAD_SUBSTREAMID:
	case SMMU_EVT_C_BAD_CD:
		return true;
	case SMMU_EVT_F_TRANSLATION:
	case SMMU_EVT_F_ADDR_SIZE:
	case SMMU_EVT_F_ACCESS:
	case SMMU_EVT_F_PERMISSION:
		return !(evt[1] & SMMU_EVT1_S2);
	}
	return false;
}

static bool smmu_vevent_to(struct smmu_viommu *viommu,
			   struct smmu_master *master, const u64 *evt)
{
	struct iommu_vevent_arm_smmuv3 vevt;
	unsigned int i;
	u64 vsid;

	if (iommufdx_viommu_virt_id(&viommu->base, master->base, &vsid))
		return false;
	for (i = 0; i < SMMU_EVT_WORDS; i++)
		vevt.evt[i] = cpu_to_le64(evt[i]);
	vevt.evt[0] = cpu_to_le64((evt[0] & ~SMMU_EVT0_SID) |
				  FIELD_PREP(SMMU_EVT0_SID, vsid));
	return iommufdx_viommu_report_event(&viommu->base,
					    IOMMU_VEVENTQ_TYPE_ARM_SMMUV3,
					    &vevt, sizeof(vevt)) !=
	       -EOPNOTSUPP;
}

/* Tell the guest of an event; false: it is not the guest's, or cannot be told. */
static bool smmu_vevent(struct smmu *smmu, const u64 *evt)
{
	u32 sid = FIELD_GET(SMMU_EVT0_SID, evt[0]);
	struct smmu_master *master;
	bool told = false;

	if (!smmu_event_is_guests(evt))
		return false;
	mutex_lock(&smmu->masters_lock);
	mutex_lock(&smmu->events_lock);
	list_for_each_entry(master, &smmu->masters, node) {
		if (master->base->rid != sid)
			continue;
		if (master->viommu)
			told = smmu_vevent_to(master->viommu, master, evt);
		break;
	}
	mutex_unlock(&smmu->events_lock);
	mutex_unlock(&smmu->masters_lock);
	return told;
}

static void smmu_report_fault(struct smmu *smmu, const u64 *evt)
{
	struct iommufdx_fault fault = {
		.rid = FIELD_GET(SMMU_EVT0_SID, evt[0]),
		.pasid = IOMMUFDX_NO_PASID,
		.iova = evt[2],
		.write = !(evt[1] & SMMU_EVT1_RNW),
		.reason = FIELD_GET(SMMU_EVT0_ID, evt[0]),
	};

	if (evt[0] & SMMU_EVT0_SSV)
		fault.pasid = FIELD_GET(SMMU_EVT0_SSID, evt[0]);
	iommufdx_report_fault(smmu->base, &fault);
}

static void smmu_event(struct smmu *smmu, const u64 *evt)
{
	switch (FIELD_GET(SMMU_EVT0_ID, evt[0])) {
	case SMMU_EVT_F_TRANSLATION:
	case SMMU_EVT_F_ADDR_SIZE:
	case SMMU_EVT_F_ACCESS:
	case SMMU_EVT_F_PERMISSION:
		if (evt[1] & SMMU_EVT1_STALL) {
			smmu_stall(smmu, evt);
			return;
		}
		break;
	case SMMU_EVT_E_PAGE_REQUEST:
		/* A hint, and nobody waits. */
		return;
	}
	if (!smmu_vevent(smmu, evt))
		smmu_report_fault(smmu, evt);
}

void smmu_evtq_work(struct work_struct *work)
{
	struct smmu *smmu = container_of(work, struct smmu, evtq_work);

	smmu_queue_drain(smmu, &smmu->evtq, smmu_event);
}

void smmu_evtq_irq(void *data)
{
	struct smmu *smmu = data;

	queue_work(smmu->wq, &smmu->evtq_work);
}
