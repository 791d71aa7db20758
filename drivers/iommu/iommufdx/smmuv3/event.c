// SPDX-License-Identifier: GPL-2.0-only
/* The event queue: what hardware has to report. IHI 0070 section 7.3. */
#include <linux/bitfield.h>
#include "smmuv3.h"

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
