// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that wait for pages: page requests of PCIe devices, IHI 0070 chapter
 * 8, and transactions that stall, section 3.12.2.
 *
 * A stalled transaction is a group of its own, whose index is its tag. A device
 * has the one or the other: the two are answered by different commands, and core
 * does not know which of them a group was.
 */
#include <linux/bitfield.h>
#include <linux/mm.h>
#include <linux/iommufdx/fault.h>
#include "smmuv3.h"

/* Tell core; false: no such device is there any more, or it cannot ask like this. */
static bool smmu_request(struct smmu *smmu, u32 sid, bool stall,
			 const struct iommufdx_page_request *req)
{
	struct smmu_master *master;
	bool found = false;

	mutex_lock(&smmu->masters_lock);
	list_for_each_entry(master, &smmu->masters, node) {
		if (master->base->rid != sid)
			continue;
		found = master->stall == stall;
		if (found)
			iommufdx_report_page_request(master->base, req);
		break;
	}
	mutex_unlock(&smmu->masters_lock);
	return found;
}

/* ------------------------------------------------------------------ stalls */

void smmu_stall(struct smmu *smmu, const u64 *evt)
{
	u32 sid = FIELD_GET(SMMU_EVT0_SID, evt[0]);
	struct iommufdx_page_request req = {
		.flags = IOMMUFDX_PAGE_LAST,
		.grpid = FIELD_GET(SMMU_EVT1_STAG, evt[1]),
		.perm = evt[1] & SMMU_EVT1_RNW ? IOMMUFDX_PAGE_READ :
						 IOMMUFDX_PAGE_WRITE,
		.addr = evt[2] & PAGE_MASK,
	};

	if (evt[0] & SMMU_EVT0_SSV) {
		req.flags |= IOMMUFDX_PAGE_PASID_VALID;
		req.pasid = FIELD_GET(SMMU_EVT0_SSID, evt[0]);
	}
	if (evt[1] & SMMU_EVT1_IND)
		req.perm |= IOMMUFDX_PAGE_EXEC;
	if (evt[1] & SMMU_EVT1_PNU)
		req.perm |= IOMMUFDX_PAGE_PRIV;
	if (!smmu_request(smmu, sid, true, &req))
		smmu_run_one(smmu, smmu_cmd_resume(sid, req.grpid,
						   IOMMUFDX_PAGE_INVALID));
}

/* ----------------------------------------------------------- page requests */

static void smmu_pri(struct smmu *smmu, const u64 *pri)
{
	u32 sid = FIELD_GET(SMMU_PRI0_SID, pri[0]);
	struct iommufdx_page_request req = {
		.grpid = FIELD_GET(SMMU_PRI1_PRGI, pri[1]),
		.addr = pri[1] & SMMU_PRI1_ADDR,
	};

	if (pri[0] & SMMU_PRI0_LAST)
		req.flags |= IOMMUFDX_PAGE_LAST;
	if (pri[0] & SMMU_PRI0_SSV) {
		req.flags |= IOMMUFDX_PAGE_PASID_VALID;
		req.pasid = FIELD_GET(SMMU_PRI0_SSID, pri[0]);
	}
	if (pri[0] & SMMU_PRI0_READ)
		req.perm |= IOMMUFDX_PAGE_READ;
	if (pri[0] & SMMU_PRI0_WRITE)
		req.perm |= IOMMUFDX_PAGE_WRITE;
	if (pri[0] & SMMU_PRI0_EXEC)
		req.perm |= IOMMUFDX_PAGE_EXEC;
	if (pri[0] & SMMU_PRI0_PRIV)
		req.perm |= IOMMUFDX_PAGE_PRIV;
	/* A marker that a PASID's requests have ended, which has no answer. */
	if (!(req.perm & (IOMMUFDX_PAGE_READ | IOMMUFDX_PAGE_WRITE |
			  IOMMUFDX_PAGE_EXEC)) &&
	    req.flags == (IOMMUFDX_PAGE_LAST | IOMMUFDX_PAGE_PASID_VALID))
		return;
	if (!smmu_request(smmu, sid, false, &req) &&
	    (req.flags & IOMMUFDX_PAGE_LAST))
		smmu_run_one(smmu, smmu_cmd_pri_resp(sid, &req,
						     IOMMUFDX_PAGE_INVALID));
}

void smmu_priq_work(struct work_struct *work)
{
	struct smmu *smmu = container_of(work, struct smmu, priq_work);

	smmu_queue_drain(smmu, &smmu->priq, smmu_pri);
}

void smmu_priq_irq(void *data)
{
	struct smmu *smmu = data;

	queue_work(smmu->wq, &smmu->priq_work);
}

/* A stall is a group of its own, so the other queue does not matter. */
void smmu_page_drain(struct iommufdx_iommu *base)
{
	struct smmu *smmu = to_smmu(base);

	if (!smmu->priq.mem)
		return;
	queue_work(smmu->wq, &smmu->priq_work);
	flush_work(&smmu->priq_work);
}

/* ----------------------------------------------------------------- answers */

int smmu_page_response(struct iommufdx_master *base,
		       const struct iommufdx_page_request *last, int code)
{
	struct smmu_master *master = base->priv;

	return smmu_run_one(to_smmu(base->iommu), master->stall ?
			    smmu_cmd_resume(base->rid, last->grpid, code) :
			    smmu_cmd_pri_resp(base->rid, last, code));
}
