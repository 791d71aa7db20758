// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d queued invalidation (section 6.5.2).
 *
 * Descriptors are fetched one by one, each read once, and executed in order. One
 * that is wrong sets IQE and stops the queue with the head at it, until software
 * clears the bit.
 *
 * Device TLBs answer in their own time: the queue goes on meanwhile, and a wait
 * descriptor waits for them. Where an answer does not come, that wait
 * descriptor is dropped without completing, ITE is set, and nothing more is
 * fetched until software clears it; the head is then past both.
 */
#include <linux/errno.h>

#include "atc.h"
#include "vtd_model.h"

#define VTD_DESC_BATCH	64

struct vtd_desc {
	u64 w[4];
	u64 pa;
	u32 head;
	u32 epoch;
	bool wide;		/* 256 bits */
};

static u32 vtd_queue_size(const struct model_vtd *vtd)
{
	return 4096U << FIELD_GET(VTD_IQA_QS, vtd->iqa);
}

static u32 vtd_desc_size(const struct model_vtd *vtd)
{
	return vtd->iqa & VTD_IQA_DW ? VTD_IQ_DESC_256 : VTD_IQ_DESC_128;
}

static void vtd_iqe_locked(struct model_vtd *vtd, u32 iqei)
{
	vtd->iqercd &= ~VTD_IQERCD_IQEI;
	vtd->iqercd |= FIELD_PREP(VTD_IQERCD_IQEI, iqei);
	model_vtd_fsts_locked(vtd, VTD_FSTS_IQE);
}

static void vtd_iqe(struct model_vtd *vtd, const struct vtd_desc *d, u32 iqei)
{
	unsigned long flags;

	atomic64_inc(&vtd->m.illegal);
	spin_lock_irqsave(&vtd->m.lock, flags);
	if (vtd->iq_epoch == d->epoch)
		vtd_iqe_locked(vtd, iqei);
	spin_unlock_irqrestore(&vtd->m.lock, flags);
}

static void vtd_ite_locked(struct model_vtd *vtd)
{
	u32 bits = VTD_FSTS_ITE;

	vtd->iqercd &= ~VTD_IQERCD_ITESID;
	vtd->iqercd |= FIELD_PREP(VTD_IQERCD_ITESID, vtd->ite_sid);
	if (vtd->ice_due) {
		bits |= VTD_FSTS_ICE;
		vtd->iqercd &= ~VTD_IQERCD_ICESID;
		vtd->iqercd |= FIELD_PREP(VTD_IQERCD_ICESID, vtd->ite_sid);
	}
	vtd->ite_due = false;
	vtd->ice_due = false;
	model_vtd_fsts_locked(vtd, bits);
}

/* ---- What is wrong with a descriptor: VTD_IQEI_*, 0 if nothing ---- */

static bool vtd_desc_known(struct model_vtd *vtd, const struct vtd_desc *d)
{
	u32 mode = vtd_mode(READ_ONCE(vtd->root));
	bool scalable = mode == VTD_TTM_SCALABLE && d->wide;

	switch (FIELD_GET(VTD_INV0_TYPE_3_0, d->w[0])) {
	case VTD_INV_CONTEXT:
	case VTD_INV_IOTLB:
	case VTD_INV_INT_ENTRY:
	case VTD_INV_WAIT:
		return true;
	case VTD_INV_DEV_TLB:
		return vtd->ecap & VTD_ECAP_DT;
	case VTD_INV_PASID_CACHE:
	case VTD_INV_PASID_IOTLB:
		return scalable;
	case VTD_INV_PASID_DEV_TLB:
		return scalable && (vtd->ecap & VTD_ECAP_DT);
	case VTD_INV_PAGE_GRP_RESP:
		return scalable && (vtd->ecap & VTD_ECAP_PRS);
	}
	return false;
}

static bool vtd_desc_reserved(struct model_vtd *vtd, const struct vtd_desc *d)
{
	u64 w0 = d->w[0], w1 = d->w[1], rsvd0;

	if (d->w[2] || d->w[3])
		return true;
	switch (FIELD_GET(VTD_INV0_TYPE_3_0, w0)) {
	case VTD_INV_CONTEXT:
		return (w0 & VTD_INV_CC0_RSVD) || w1 ||
		       !FIELD_GET(VTD_INV_CC0_G, w0);
	case VTD_INV_PASID_CACHE:
		return (w0 & VTD_INV_PC0_RSVD) || w1 ||
		       FIELD_GET(VTD_INV_PC0_G, w0) == 2;
	case VTD_INV_IOTLB:
		return (w0 & VTD_INV_TLB0_RSVD) || (w1 & VTD_INV_TLB1_RSVD) ||
		       !FIELD_GET(VTD_INV_TLB0_G, w0) ||
		       FIELD_GET(VTD_INV_TLB1_AM, w1) > VTD_MAMV;
	case VTD_INV_PASID_IOTLB:
		return (w0 & VTD_INV_PTLB0_RSVD) || (w1 & VTD_INV_TLB1_RSVD) ||
		       FIELD_GET(VTD_INV_PTLB0_G, w0) < VTD_PTLB_G_PASID ||
		       FIELD_GET(VTD_INV_TLB1_AM, w1) > VTD_MAMV;
	case VTD_INV_DEV_TLB:
		return (w0 & VTD_INV_DTLB0_RSVD) || (w1 & VTD_INV_DTLB1_RSVD);
	case VTD_INV_PASID_DEV_TLB:
		return w1 & VTD_INV_PDTLB1_RSVD;
	case VTD_INV_INT_ENTRY:
		return (w0 & VTD_INV_IEC0_RSVD) || w1;
	case VTD_INV_PAGE_GRP_RESP:
		return (w0 & VTD_PGRP0_RSVD) || (w1 & VTD_PGRP1_RSVD);
	}
	rsvd0 = VTD_INV_WAIT0_RSVD;
	if (!(vtd->ecap & VTD_ECAP_PDS))
		rsvd0 |= VTD_INV_WAIT0_PD;
	return (w0 & rsvd0) || (w1 & VTD_INV_WAIT1_RSVD);
}

static u32 vtd_desc_check(struct model_vtd *vtd, const struct vtd_desc *d)
{
	if (model_next_illegal(&vtd->m) || !vtd_desc_known(vtd, d) ||
	    (d->w[0] & VTD_INV0_TYPE_6_4))
		return VTD_IQEI_TYPE;
	return vtd_desc_reserved(vtd, d) ? VTD_IQEI_RSVD : 0;
}

/* ---- Execution ---- */

static void vtd_evict(struct model_vtd *vtd, bool leaves_only,
		      const struct model_tlb_match *match)
{
	model_tlb_evict(&vtd->tlb, match);
	if (!leaves_only)
		model_tlb_evict(&vtd->psc, match);
}

static void vtd_range(u64 w1, struct model_tlb_match *match)
{
	u64 size = BIT_ULL(VTD_PAGE_SHIFT + FIELD_GET(VTD_INV_TLB1_AM, w1));

	match->iova = w1 & VTD_INV_TLB1_ADDR & ~(size - 1);
	match->last = match->iova | (size - 1);
}

static void vtd_do_iotlb(struct model_vtd *vtd, const struct vtd_desc *d)
{
	u16 did = FIELD_GET(VTD_INV_TLB0_DID, d->w[0]);
	struct model_tlb_match match = {
		.tag = vtd_tag(VTD_STAGE_SECOND, did, 0),
		.last = ~0ULL,
	};

	switch (FIELD_GET(VTD_INV_TLB0_G, d->w[0])) {
	case VTD_TLB_G_GLOBAL:
		vtd_evict(vtd, false, &match);
		break;
	case VTD_TLB_G_DOMAIN:
		match.mask = VTD_TAG_DID;
		vtd_evict(vtd, false, &match);
		break;
	case VTD_TLB_G_PAGE:
		/* Which nested entries use the GPA cannot be told from them. */
		match.tag = vtd_tag(VTD_STAGE_NESTED, did, 0);
		match.mask = VTD_TAG_DID | VTD_TAG_STAGE;
		vtd_evict(vtd, false, &match);
		match.tag = vtd_tag(VTD_STAGE_SECOND, did, 0);
		match.mask = ~0ULL;
		vtd_range(d->w[1], &match);
		vtd_evict(vtd, d->w[1] & VTD_INV_TLB1_IH, &match);
		break;
	}
}

static void vtd_do_pasid_iotlb(struct model_vtd *vtd, const struct vtd_desc *d)
{
	u16 did = FIELD_GET(VTD_INV_PTLB0_DID, d->w[0]);
	u32 pasid = FIELD_GET(VTD_INV_PTLB0_PASID, d->w[0]);
	struct model_tlb_match match = { .mask = ~0ULL, .last = ~0ULL };
	bool leaves_only = false;

	if (FIELD_GET(VTD_INV_PTLB0_G, d->w[0]) == VTD_PTLB_G_PAGE) {
		vtd_range(d->w[1], &match);
		leaves_only = d->w[1] & VTD_INV_TLB1_IH;
	}
	match.tag = vtd_tag(VTD_STAGE_FIRST, did, pasid);
	vtd_evict(vtd, leaves_only, &match);
	match.tag = vtd_tag(VTD_STAGE_NESTED, did, pasid);
	vtd_evict(vtd, leaves_only, &match);
}

static void vtd_do_dev_tlb(struct model_vtd *vtd,
			   const struct model_atc_inv *inv)
{
	u64 knob = model_knob(&vtd->m, MODEL_KNOB_ATC_TIMEOUT);
	unsigned long flags;

	if (!model_atc_invalidate(&vtd->m, inv))
		return;
	spin_lock_irqsave(&vtd->m.lock, flags);
	vtd->ite_due = true;
	vtd->ice_due = knob == MODEL_ATC_LATE;
	vtd->ite_sid = inv->rid;
	spin_unlock_irqrestore(&vtd->m.lock, flags);
}

static void vtd_do_plain_dev_tlb(struct model_vtd *vtd,
				 const struct vtd_desc *d)
{
	struct model_atc_inv inv = {
		.rid = FIELD_GET(VTD_INV_DTLB0_SID, d->w[0]),
	};

	model_atc_range(d->w[1], d->w[1] & VTD_INV_DTLB1_S, &inv.iova,
			&inv.last);
	vtd_do_dev_tlb(vtd, &inv);
}

static void vtd_do_pasid_dev_tlb(struct model_vtd *vtd,
				 const struct vtd_desc *d)
{
	struct model_atc_inv inv = {
		.rid = FIELD_GET(VTD_INV_PDTLB0_SID, d->w[0]),
		.pasid = FIELD_GET(VTD_INV_PDTLB0_PASID, d->w[0]),
		.has_pasid = true,
		.global = d->w[1] & VTD_INV_PDTLB1_G,
	};

	model_atc_range(d->w[1], d->w[1] & VTD_INV_PDTLB1_S, &inv.iova,
			&inv.last);
	vtd_do_dev_tlb(vtd, &inv);
}

static void vtd_do_page_response(struct model_vtd *vtd,
				 const struct vtd_desc *d)
{
	const struct model_page_response resp = {
		.rid = FIELD_GET(VTD_PGRP0_RID, d->w[0]),
		.pasid = FIELD_GET(VTD_PGRP0_PASID, d->w[0]),
		.has_pasid = d->w[0] & VTD_PGRP0_PP,
		.group = FIELD_GET(VTD_PGRP1_PRGI, d->w[1]),
		.code = FIELD_GET(VTD_PGRP0_RC, d->w[0]),
	};

	atomic64_inc(&vtd->m.page_responses);
	model_page_respond(&vtd->m, &resp);
}

/* Returns false where a device has not answered: there is no completion. */
static bool vtd_do_wait(struct model_vtd *vtd, const struct vtd_desc *d)
{
	struct model *m = &vtd->m;
	unsigned long flags;
	bool timeout;

	model_complete(m);
	spin_lock_irqsave(&m->lock, flags);
	timeout = vtd->ite_due;
	spin_unlock_irqrestore(&m->lock, flags);
	if (timeout)
		return false;

	/* Nobody is told of a status that has no memory to go to. */
	if (d->w[0] & VTD_INV_WAIT0_SW)
		model_bus_write32(m, d->w[1] & VTD_INV_WAIT1_ADDR,
				  FIELD_GET(VTD_INV_WAIT0_DATA, d->w[0]));
	if (d->w[0] & VTD_INV_WAIT0_IF) {
		spin_lock_irqsave(&m->lock, flags);
		if (!(vtd->ics & VTD_ICS_IWC)) {
			vtd->ics |= VTD_ICS_IWC;
			model_vtd_event_locked(vtd, VTD_IRQ_INV);
		}
		spin_unlock_irqrestore(&m->lock, flags);
	}
	return true;
}

static void vtd_do(struct model_vtd *vtd, const struct vtd_desc *d)
{
	u64 w0 = d->w[0];

	model_evict_begin(&vtd->m);
	switch (FIELD_GET(VTD_INV0_TYPE_3_0, w0)) {
	case VTD_INV_CONTEXT:
		model_vtd_inv_ctx(vtd, FIELD_GET(VTD_INV_CC0_G, w0),
				  FIELD_GET(VTD_INV_CC0_DID, w0),
				  FIELD_GET(VTD_INV_CC0_SID, w0),
				  FIELD_GET(VTD_INV_CC0_FM, w0));
		break;
	case VTD_INV_PASID_CACHE:
		model_vtd_inv_pe(vtd, FIELD_GET(VTD_INV_PC0_G, w0),
				 FIELD_GET(VTD_INV_PC0_DID, w0),
				 FIELD_GET(VTD_INV_PC0_PASID, w0));
		break;
	case VTD_INV_IOTLB:
		vtd_do_iotlb(vtd, d);
		break;
	case VTD_INV_PASID_IOTLB:
		vtd_do_pasid_iotlb(vtd, d);
		break;
	case VTD_INV_DEV_TLB:
		vtd_do_plain_dev_tlb(vtd, d);
		break;
	case VTD_INV_PASID_DEV_TLB:
		vtd_do_pasid_dev_tlb(vtd, d);
		break;
	case VTD_INV_PAGE_GRP_RESP:
		vtd_do_page_response(vtd, d);
		break;
	}
	model_evict_end(&vtd->m);
}

/*
 * Returns false where the queue stops with the head where it is; @timeout where
 * it stops with the head at the next one.
 */
static bool vtd_execute(struct model_vtd *vtd, struct vtd_desc *d,
			bool *timeout)
{
	struct model *m = &vtd->m;
	unsigned int i, op;
	u32 iqei;

	for (i = 0; i < (d->wide ? 4 : 2); i++) {
		if (model_bus_read64(m, d->pa + 8 * i, &d->w[i])) {
			vtd_iqe(vtd, d, VTD_IQEI_FETCH);
			return false;
		}
	}
	iqei = vtd_desc_check(vtd, d);
	if (iqei) {
		vtd_iqe(vtd, d, iqei);
		return false;
	}
	op = FIELD_GET(VTD_INV0_TYPE_3_0, d->w[0]);
	atomic64_inc(&m->commands);
	atomic64_inc(&m->by_op[op]);
	*timeout = false;
	if (op == VTD_INV_WAIT)
		*timeout = !vtd_do_wait(vtd, d);
	else if (!(model_knob(m, MODEL_KNOB_IGNORE_OP) & BIT_ULL(op)))
		vtd_do(vtd, d);
	return true;
}

/* ---- The queue ---- */

static bool vtd_running(struct model_vtd *vtd)
{
	return (vtd->gsts & VTD_GSTS_QIES) &&
	       !(vtd->fsts & (VTD_FSTS_IQE | VTD_FSTS_ITE)) &&
	       !model_knob(&vtd->m, MODEL_KNOB_STALL);
}

/* What is wrong with the queue's registers: VTD_IQEI_* or 0. */
static u32 vtd_queue_check(struct model_vtd *vtd)
{
	u32 mode = vtd_mode(READ_ONCE(vtd->root));
	bool wide = vtd->iqa & VTD_IQA_DW;

	if (mode == VTD_TTM_RSVD)
		return VTD_IQEI_TTM;
	if (wide ? !(vtd->ecap & VTD_ECAP_SMTS) : mode == VTD_TTM_SCALABLE)
		return VTD_IQEI_WIDTH;
	if (vtd->iq_tail >= vtd_queue_size(vtd))
		return VTD_IQEI_TAIL;
	if (vtd->iq_tail & (vtd_desc_size(vtd) - 1))
		return VTD_IQEI_TAIL_ALIGN;
	return 0;
}

static bool vtd_next(struct model_vtd *vtd, struct vtd_desc *d)
{
	unsigned long flags;
	bool found;
	u32 iqei;

	spin_lock_irqsave(&vtd->m.lock, flags);
	found = vtd_running(vtd) && vtd->iq_head != vtd->iq_tail;
	if (found) {
		iqei = vtd_queue_check(vtd);
		if (iqei) {
			vtd_iqe_locked(vtd, iqei);
			found = false;
		}
	} else if (vtd->ite_due && vtd_running(vtd)) {
		vtd_ite_locked(vtd);
	}
	*d = (struct vtd_desc){
		.pa = (vtd->iqa & VTD_IQA_PA) + vtd->iq_head,
		.head = vtd->iq_head,
		.epoch = vtd->iq_epoch,
		.wide = vtd->iqa & VTD_IQA_DW,
	};
	spin_unlock_irqrestore(&vtd->m.lock, flags);
	return found;
}

static void vtd_advance(struct model_vtd *vtd, const struct vtd_desc *d,
			bool timeout)
{
	unsigned long flags;

	spin_lock_irqsave(&vtd->m.lock, flags);
	/* Not if software gave us another queue meanwhile. */
	if (vtd->iq_epoch == d->epoch)
		vtd->iq_head = (d->head + vtd_desc_size(vtd)) &
			       (vtd_queue_size(vtd) - 1);
	if (timeout && vtd->ite_due)
		vtd_ite_locked(vtd);
	spin_unlock_irqrestore(&vtd->m.lock, flags);
}

/**
 * model_vtd_run() - struct model_kind_ops::run
 * @m: the machine
 *
 * Return: whether there may be more to execute.
 */
bool model_vtd_run(struct model *m)
{
	struct model_vtd *vtd = to_vtd(m);
	struct vtd_desc d;
	unsigned int i;
	bool timeout;

	for (i = 0; i < VTD_DESC_BATCH; i++) {
		if (!vtd_next(vtd, &d) || !vtd_execute(vtd, &d, &timeout))
			return false;
		vtd_advance(vtd, &d, timeout);
	}
	return true;
}

/**
 * model_vtd_queue_depth() - descriptors not yet executed
 * @vtd: the machine
 */
u32 model_vtd_queue_depth(struct model_vtd *vtd)
{
	unsigned long flags;
	u32 bytes = 0, size;

	spin_lock_irqsave(&vtd->m.lock, flags);
	size = vtd_desc_size(vtd);
	if (vtd->gsts & VTD_GSTS_QIES)
		bytes = (vtd->iq_tail - vtd->iq_head) &
			(vtd_queue_size(vtd) - 1);
	spin_unlock_irqrestore(&vtd->m.lock, flags);
	return bytes / size;
}

/**
 * model_vtd_pending() - struct model_kind_ops::pending
 * @m: the machine
 */
bool model_vtd_pending(struct model *m)
{
	return model_vtd_queue_depth(to_vtd(m));
}
