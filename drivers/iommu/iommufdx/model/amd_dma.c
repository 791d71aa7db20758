// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD translation of one piece of a transaction (48882 sections 2.2, 2.5).
 *
 * Translation requests (MODEL_DMA_PROBE) report only what is wrong with the
 * tables themselves: a page that is absent or forbids is an answer, not an
 * error.
 *
 * A request that asks not to be snooped is, where the host's page entry has FC, or
 * in mode 0 the DTE. Guest entries have no such bit.
 */
#include <linux/errno.h>

#include "amd_model.h"

struct amd_piece {
	struct amd_look look;
	const struct model_txn *txn;
	u64 iova;
	u8 need;		/* MODEL_PROT_* */
	bool guest;		/* by the guest's tables */
	struct amd_ctx ctx;
};

static u64 amd_event0(const struct amd_piece *p, u32 code)
{
	u64 w0 = FIELD_PREP(AMD_EVT0_CODE, code) |
		 FIELD_PREP(AMD_EVT0_DEVID, p->txn->rid);

	if (p->txn->has_pasid)
		w0 |= AMD_EVT0_GN |
		      FIELD_PREP(AMD_EVT0_DOMID, p->txn->pasid & 0xffff) |
		      FIELD_PREP(AMD_EVT0_PASID_19_16, p->txn->pasid >> 16);
	else
		w0 |= FIELD_PREP(AMD_EVT0_DOMID, p->ctx.domid);
	if (p->need & MODEL_PROT_WRITE)
		w0 |= AMD_EVT0_RW;
	if (p->txn->op == MODEL_DMA_PROBE)
		w0 |= AMD_EVT0_TR;
	return w0;
}

static int amd_page_fault(struct amd_piece *p, u64 flags,
			  struct model_xlat *out)
{
	bool answer = p->txn->op == MODEL_DMA_PROBE &&
		      (!(flags & AMD_EVT0_PR) || (flags & AMD_EVT0_PE));

	out->fault = AMD_EVT_IO_PAGE_FAULT;
	if (p->look.quiet)
		return -EFAULT;
	if (p->guest) {
		flags |= p->txn->priv ? 0 : AMD_EVT0_US;
		flags |= p->txn->exec ? AMD_EVT0_NX : 0;
	}
	if (!answer && model_amd_dev_report(p->look.amd, &p->ctx))
		model_amd_event(p->look.amd, amd_event0(p, out->fault) | flags,
				p->iova);
	return -EFAULT;
}

static int amd_table_error(struct amd_piece *p, u32 type,
			   struct model_xlat *out)
{
	out->fault = AMD_EVT_PAGE_TAB_HW_ERROR;
	if (!p->look.quiet)
		model_amd_event(p->look.amd, amd_event0(p, out->fault) |
				FIELD_PREP(AMD_EVT0_TYPE, type), p->look.bad);
	return -EFAULT;
}

/* The device must not do this. */
static int amd_bad_request(struct amd_piece *p, u32 req, struct model_xlat *out)
{
	out->fault = AMD_EVT_INVALID_DEVICE_REQUEST;
	p->ctx.domid = 0;
	p->need = 0;
	if (!p->look.quiet)
		model_amd_event(p->look.amd, amd_event0(p, out->fault) |
				FIELD_PREP(AMD_EVT0_REQ, req), p->iova);
	return -EFAULT;
}

static int amd_walk_failed(struct amd_piece *p, enum amd_walk_fault fault,
			   struct model_xlat *out)
{
	switch (fault) {
	case AMD_WALK_OK:
		return 0;
	case AMD_WALK_ABSENT:
		return amd_page_fault(p, 0, out);
	case AMD_WALK_RESERVED:
		return amd_page_fault(p, AMD_EVT0_PR | AMD_EVT0_RZ, out);
	case AMD_WALK_LEVEL:
		return amd_page_fault(p, AMD_EVT0_PR, out);
	case AMD_WALK_DENIED:
		return amd_page_fault(p, AMD_EVT0_PR | AMD_EVT0_PE, out);
	case AMD_WALK_ABORT:
		return amd_table_error(p, AMD_EVT_TYPE_MASTER_ABORT, out);
	case AMD_WALK_RACE:
		break;
	}
	return amd_table_error(p, AMD_EVT_TYPE_DATA_ERROR, out);
}

static bool amd_excluded(const struct amd_piece *p)
{
	u64 base = READ_ONCE(p->look.amd->excl_base);
	u64 page = p->iova & ~0xfffULL;

	if (!(base & AMD_EXCL_EN))
		return false;
	if (!(base & AMD_EXCL_ALLOW) && !p->ctx.exclusion)
		return false;
	return page >= (base & AMD_EXCL_PA) &&
	       page <= READ_ONCE(p->look.amd->excl_limit);
}

static struct amd_access amd_piece_access(const struct amd_piece *p, u8 need)
{
	return (struct amd_access){
		.iova = p->iova,
		.pasid = p->txn->has_pasid ? p->txn->pasid : 0,
		.priv = p->txn->priv,
		.need = need,
		.mask = p->ctx.prot,
	};
}

static enum amd_walk_fault amd_look_up(struct amd_piece *p, u8 need,
				       struct model_tlb_entry *e)
{
	struct amd_access acc = amd_piece_access(p, need);

	return p->guest ? model_amd_guest(&p->look, &acc, e) :
			  model_amd_host(&p->look, &acc, e);
}

/* The answer to a translation request that found @e. */
static enum amd_walk_fault amd_answer(struct amd_piece *p,
				      struct model_tlb_entry *e,
				      struct model_xlat *out)
{
	struct amd_access acc = amd_piece_access(p, 0);
	bool marks = p->guest || p->ctx.had == AMD_DTE_HAD_AD;

	out->prot = p->guest ? model_amd_allowed(&acc, e->prot) :
			       e->prot & p->ctx.prot;
	if (!(out->prot & (MODEL_PROT_READ | MODEL_PROT_WRITE)))
		return AMD_WALK_DENIED;
	out->clean = marks && !e->dirty;
	if (p->look.quiet || !(out->prot & MODEL_PROT_WRITE) || !out->clean ||
	    !(p->look.amd->m.cfg.caps & MODEL_CAP_ATS))
		return AMD_WALK_OK;
	/* A device that may write will not tell when it does. */
	if (p->txn->no_write && (out->prot & MODEL_PROT_READ)) {
		out->prot &= ~MODEL_PROT_WRITE;
		return AMD_WALK_OK;
	}
	return amd_look_up(p, MODEL_PROT_WRITE, e);
}

static int amd_translate_walk(struct amd_piece *p, struct model_xlat *out)
{
	struct model_tlb_entry e;
	enum amd_walk_fault fault;

	out->walked = true;
	fault = amd_look_up(p, p->need, &e);
	if (fault == AMD_WALK_OK && p->txn->op == MODEL_DMA_PROBE)
		fault = amd_answer(p, &e, out);
	if (fault != AMD_WALK_OK)
		return amd_walk_failed(p, fault, out);
	out->pa = e.pa | (p->iova & (BIT_ULL(e.shift) - 1));
	out->shift = e.shift;
	out->snoop = (e.attr & AMD_ATTR_FC) || p->ctx.mode0_fc;
	return 0;
}

/* What a DTE says of pretranslated requests and of translation requests. */
static int amd_ats(struct amd_piece *p, struct model_xlat *out)
{
	bool valid = p->ctx.kind != AMD_DTE_PASS && p->ctx.iotlb;

	if (p->txn->translated) {
		if (!valid)
			return amd_bad_request(p, AMD_EVT_REQ_TRANSLATED, out);
		out->walked = p->txn->walked;
		return 0;
	}
	/* Without ATS this is a debugger's question. */
	if (p->txn->op == MODEL_DMA_PROBE &&
	    (p->look.amd->m.cfg.caps & MODEL_CAP_ATS) &&
	    (!valid || p->ctx.kind == AMD_DTE_BLOCK))
		return amd_bad_request(p, AMD_EVT_REQ_NO_IOTLB, out);
	return 1;
}

static int amd_translate(struct amd_piece *p, struct model_xlat *out)
{
	int rc;

	rc = amd_ats(p, out);
	if (rc <= 0)
		return rc;
	if (p->ctx.kind == AMD_DTE_PASS || amd_excluded(p))
		return 0;
	if (p->ctx.kind == AMD_DTE_BLOCK)
		return amd_page_fault(p, 0, out);

	p->guest = p->ctx.guest && (p->txn->has_pasid || p->ctx.giov);
	if (p->txn->has_pasid && !p->ctx.guest)
		return amd_page_fault(p, 0, out);
	if (p->guest || p->ctx.kind == AMD_DTE_WALK)
		return amd_translate_walk(p, out);

	out->prot = p->ctx.prot;
	out->snoop = p->ctx.mode0_fc;
	/* No permission at all: a translation request fails, too. */
	if ((p->need & ~p->ctx.prot) || !p->ctx.prot)
		return amd_page_fault(p, AMD_EVT0_PR | AMD_EVT0_PE, out);
	return 0;
}

static void amd_piece_init(struct amd_piece *p, struct model *m,
			   const struct model_txn *txn, u64 iova,
			   struct model_xlat *out)
{
	*p = (struct amd_piece){ .txn = txn, .iova = iova };
	p->look.amd = to_amd(m);
	p->look.ctx = &p->ctx;
	p->look.gen = model_gen(m);
	if (txn->op == MODEL_DMA_READ || txn->op == MODEL_DMA_FETCH_ADD)
		p->need |= MODEL_PROT_READ;
	if (txn->op == MODEL_DMA_WRITE || txn->op == MODEL_DMA_FETCH_ADD)
		p->need |= MODEL_PROT_WRITE;
	if (txn->exec)
		p->need |= MODEL_PROT_EXEC;
	out->pa = iova;
	out->shift = AMD_PAGE_SHIFT;
	out->prot = MODEL_PROT_READ | MODEL_PROT_WRITE;
}

/**
 * model_amd_translate() - struct model_kind_ops::translate
 * @m: the machine
 * @txn: transaction
 * @iova: address of the piece
 * @out: where it goes
 *
 * Return: 0 or -EFAULT.
 */
int model_amd_translate(struct model *m, const struct model_txn *txn, u64 iova,
			struct model_xlat *out)
{
	struct amd_piece p;
	int rc;

	amd_piece_init(&p, m, txn, iova, out);
	if (!(READ_ONCE(p.look.amd->control) & AMD_CTRL_IOMMU_EN))
		return 0;
	rc = model_amd_dev_ctx(p.look.amd, txn, iova, p.look.gen, &p.ctx,
			       &out->fault);
	return rc ?: amd_translate(&p, out);
}

/**
 * model_amd_peek() - struct model_kind_ops::peek
 * @m: the machine
 * @txn: translation request
 * @iova: address
 * @out: what memory says of it
 *
 * Return: 0 or -EFAULT.
 */
int model_amd_peek(struct model *m, const struct model_txn *txn, u64 iova,
		   struct model_xlat *out)
{
	struct amd_piece p;

	amd_piece_init(&p, m, txn, iova, out);
	p.look.quiet = true;
	if (!(READ_ONCE(p.look.amd->control) & AMD_CTRL_IOMMU_EN) ||
	    !model_amd_peek_ctx(p.look.amd, txn->rid, &p.ctx))
		return -EFAULT;
	return amd_translate(&p, out);
}
