// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD peripheral page request log (48882 section 2.6).
 *
 * A request that the device's entry does not allow is logged as an event, and
 * its group fails. One that finds the log full is lost and sets PPROverflow;
 * logging halts until software clears that and switches it off and on again.
 * With automatic responses switched on, the last of a group that was lost is
 * answered with success, so that the device tries again; else the device waits
 * for an answer that never comes.
 */
#include "amd_model.h"

/* Word 0 of a log entry, and of the event, but for what they are. */
static u64 amd_ppr_who(const struct model_page_request *req)
{
	u64 w0 = FIELD_PREP(AMD_PPR0_DEVID, req->rid) |
		 FIELD_PREP(AMD_PPR0_TAG, req->group);

	if (req->has_pasid)
		w0 |= FIELD_PREP(AMD_PPR0_PASID_15_0, req->pasid & 0xffff) |
		      FIELD_PREP(AMD_PPR0_PASID_19_16, req->pasid >> 16);
	return w0 | (req->last ? AMD_PPR0_LAST : 0);
}

static void amd_ppr_invalid(struct model_amd *amd,
			    const struct model_page_request *req)
{
	u64 w0 = FIELD_PREP(AMD_EVT0_CODE, AMD_EVT_INVALID_PPR_REQUEST) |
		 amd_ppr_who(req);

	if (req->has_pasid)
		w0 |= AMD_EVT0_PPR_GN;
	model_amd_event(amd, w0, req->addr & ~0xfffULL);
	model_page_answer(&amd->m, req, MODEL_PAGE_FAILURE);
}

static bool amd_ppr_store(struct model_amd *amd, u64 pa,
			  const struct model_page_request *req)
{
	u64 w0 = FIELD_PREP(AMD_PPR0_CODE, AMD_PPR_FAULT) | amd_ppr_who(req);

	if (req->has_pasid)
		w0 |= AMD_PPR0_GN;
	if (req->prot & MODEL_PROT_EXEC)
		w0 |= AMD_PPR0_EXEC;
	if (req->prot & MODEL_PROT_READ)
		w0 |= AMD_PPR0_READ;
	if (req->prot & MODEL_PROT_WRITE)
		w0 |= AMD_PPR0_WRITE;
	if (!req->priv)
		w0 |= AMD_PPR0_US;
	/* The word with the code last: a reader that sees it sees all. */
	return !model_bus_write64(&amd->m, pa + 8, req->addr & ~0xfffULL) &&
	       !model_bus_write64(&amd->m, pa, w0);
}

static bool amd_ppr_log(struct model_amd *amd,
			const struct model_page_request *req)
{
	u32 size = amd_ring_size(amd->ppr_base);
	u64 pa = (amd->ppr_base & AMD_RING_PA) + amd->ppr_tail;
	u32 next;

	if (!(amd->status & AMD_STATUS_PPR_RUN) || !size)
		return false;
	next = (amd->ppr_tail + AMD_RING_ENTRY) & (size - 1);
	if (next == amd->ppr_head ||
	    model_knob(&amd->m, MODEL_KNOB_PAGE_OVERFLOW)) {
		amd->status &= ~AMD_STATUS_PPR_RUN;
		model_amd_status(amd, AMD_STATUS_PPR_OVERFLOW);
		return false;
	}
	if (!amd_ppr_store(amd, pa, req)) {
		amd->status &= ~AMD_STATUS_PPR_RUN;
		return false;
	}
	amd->ppr_tail = next;
	model_amd_status(amd, AMD_STATUS_PPR_INT);
	return true;
}

/**
 * model_amd_page_request() - struct model_kind_ops::page_request
 * @m: the machine
 * @req: the request
 */
void model_amd_page_request(struct model *m,
			    const struct model_page_request *req)
{
	struct model_amd *amd = to_amd(m);
	u64 control = READ_ONCE(amd->control);
	const struct model_txn txn = {
		.rid = req->rid,
		.pasid = req->pasid,
		.has_pasid = req->has_pasid,
		.op = MODEL_DMA_READ,
	};
	struct amd_ctx ctx;
	unsigned long flags;
	bool logged;
	u32 fault;

	if (!(control & AMD_CTRL_IOMMU_EN) || !(control & AMD_CTRL_PPR_EN)) {
		model_page_answer(m, req, MODEL_PAGE_FAILURE);
		return;
	}
	if (model_amd_dev_ctx(amd, &txn, req->addr, model_gen(m), &ctx,
			      &fault)) {
		model_page_answer(m, req, MODEL_PAGE_FAILURE);
		return;
	}
	if (!ctx.ppr || !ctx.iotlb || (req->has_pasid && !ctx.guest)) {
		amd_ppr_invalid(amd, req);
		return;
	}
	if (control & AMD_CTRL_PPR_AUTO_ON) {
		model_page_answer(m, req, MODEL_PAGE_SUCCESS);
		return;
	}
	spin_lock_irqsave(&m->lock, flags);
	logged = amd_ppr_log(amd, req);
	spin_unlock_irqrestore(&m->lock, flags);
	if (logged) {
		atomic64_inc(&m->page_requests);
		return;
	}
	atomic64_inc(&m->page_requests_lost);
	if (control & AMD_CTRL_PPR_AUTO_EN)
		model_page_answer(m, req, MODEL_PAGE_SUCCESS);
}

/**
 * model_amd_page_complete() - COMPLETE_PPR_REQUEST
 * @amd: the machine
 * @w0: first word of the command
 * @w1: second word
 */
void model_amd_page_complete(struct model_amd *amd, u64 w0, u64 w1)
{
	const struct model_page_response resp = {
		.rid = FIELD_GET(AMD_CMD_PPR0_DEVID, w0),
		.pasid = FIELD_GET(AMD_CMD_PPR0_PASID, w0),
		.group = FIELD_GET(AMD_CMD_PPR1_TAG, w1),
		.has_pasid = w1 & AMD_CMD_PPR1_GN,
		.code = FIELD_GET(AMD_CMD_PPR1_STATUS, w1),
	};

	atomic64_inc(&amd->m.page_responses);
	model_page_respond(&amd->m, &resp);
}
