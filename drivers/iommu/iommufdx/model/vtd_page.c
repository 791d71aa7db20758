// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d page request queue (chapter 7).
 *
 * A request that the device's context entry does not allow is recorded as a
 * fault, and its group fails. One that finds the queue full is dropped and sets
 * PRO; nothing is queued until software clears that. The last of a group is
 * then answered with success, so that the device tries again.
 */
#include "vtd_model.h"

static void vtd_page_fault(struct model_vtd *vtd,
			   const struct model_page_request *req, u8 fault)
{
	u64 info = FIELD_PREP(VTD_FRCD1_SID, (u16)req->rid) |
		   FIELD_PREP(VTD_FRCD1_FR, fault) | VTD_FRCD1_T2;

	if (req->has_pasid)
		info |= VTD_FRCD1_PP | FIELD_PREP(VTD_FRCD1_PASID, req->pasid);
	if (req->priv)
		info |= VTD_FRCD1_PRIV;
	if (req->prot & MODEL_PROT_EXEC)
		info |= VTD_FRCD1_EXE;
	model_vtd_fault(vtd, req->addr, info);
}

static bool vtd_page_store(struct model_vtd *vtd, u64 pa,
			   const struct model_page_request *req)
{
	u64 w0 = FIELD_PREP(VTD_PRQ0_TYPE, VTD_PRQ_TYPE_PAGE) |
		 FIELD_PREP(VTD_PRQ0_RID, (u16)req->rid);
	u64 w1 = (req->addr & VTD_PRQ1_ADDR) |
		 FIELD_PREP(VTD_PRQ1_PRGI, req->group);
	struct model *m = &vtd->m;

	if (req->has_pasid)
		w0 |= VTD_PRQ0_PP | FIELD_PREP(VTD_PRQ0_PASID, req->pasid);
	if (req->prot & MODEL_PROT_EXEC)
		w0 |= VTD_PRQ0_EXE;
	if (req->priv)
		w0 |= VTD_PRQ0_PRIV;
	if (req->prot & MODEL_PROT_READ)
		w1 |= VTD_PRQ1_RD;
	if (req->prot & MODEL_PROT_WRITE)
		w1 |= VTD_PRQ1_WR;
	if (req->last)
		w1 |= VTD_PRQ1_LPIG;
	return !model_bus_write64(m, pa + 8, w1) &&
	       !model_bus_write64(m, pa + 16, 0) &&
	       !model_bus_write64(m, pa + 24, 0) &&
	       !model_bus_write64(m, pa, w0);
}

static void vtd_prs_locked(struct model_vtd *vtd, u32 bit)
{
	if (vtd->prs & bit)
		return;
	vtd->prs |= bit;
	model_vtd_event_locked(vtd, VTD_IRQ_PAGE_REQ);
}

static bool vtd_page_queue(struct model_vtd *vtd,
			   const struct model_page_request *req)
{
	u32 size = 4096U << FIELD_GET(VTD_PQA_PQS, vtd->pqa);
	u32 next = (vtd->pq_tail + VTD_PRQ_SIZE) & (size - 1);
	u64 pa = (vtd->pqa & VTD_PQA_PA) + (vtd->pq_tail & (size - 1));

	if (vtd->prs & VTD_PRS_PRO)
		return false;
	if (next == vtd->pq_head ||
	    model_knob(&vtd->m, MODEL_KNOB_PAGE_OVERFLOW)) {
		vtd_prs_locked(vtd, VTD_PRS_PRO);
		return false;
	}
	if (!vtd_page_store(vtd, pa, req))
		return false;
	vtd->pq_tail = next;
	vtd_prs_locked(vtd, VTD_PRS_PPR);
	return true;
}

/**
 * model_vtd_page_request() - struct model_kind_ops::page_request
 * @m: the machine
 * @req: the request
 */
void model_vtd_page_request(struct model *m,
			    const struct model_page_request *req)
{
	struct model_vtd *vtd = to_vtd(m);
	const struct model_txn txn = {
		.rid = req->rid,
		.pasid = req->pasid,
		.has_pasid = req->has_pasid,
		.priv = req->priv,
		.op = MODEL_DMA_READ,
	};
	struct vtd_ctx ctx;
	unsigned long flags;
	bool queued;
	u8 fault;

	if (!(READ_ONCE(vtd->gsts) & VTD_GSTS_TES)) {
		model_page_answer(m, req, MODEL_PAGE_FAILURE);
		return;
	}
	fault = model_vtd_dev_ctx(vtd, &txn, true,
				  model_gen(m), false, &ctx);
	if (fault) {
		if (!ctx.fpd || !model_vtd_qualified(fault))
			vtd_page_fault(vtd, req, fault);
		model_page_answer(m, req, MODEL_PAGE_FAILURE);
		return;
	}
	spin_lock_irqsave(&m->lock, flags);
	queued = vtd_page_queue(vtd, req);
	spin_unlock_irqrestore(&m->lock, flags);
	if (queued) {
		atomic64_inc(&m->page_requests);
	} else {
		atomic64_inc(&m->page_requests_lost);
		model_page_answer(m, req, MODEL_PAGE_SUCCESS);
	}
}
