// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d translation of one piece of a transaction (sections 3.6 to 3.14, 4.2,
 * 7.1).
 *
 * What the caches hold is used without a look at memory. A write through an
 * entry whose page was clean when it was loaded walks again, to set the dirty
 * bit; one through an entry that knows the bit to be set does not.
 *
 * A translation request (MODEL_DMA_PROBE) learns what is allowed. Conditions
 * that a device may recover from, by a page request, are an answer to it and
 * not recorded.
 *
 * A request that asks not to be snooped is, where the PASID entry has PGSNP or the
 * second stage's leaf SNP.
 */
#include <linux/errno.h>

#include "vtd_model.h"

struct vtd_piece {
	struct vtd_walk w;
	const struct model_txn *txn;
	u64 iova;
	u8 need;		/* MODEL_PROT_* */
	struct vtd_ctx ctx;
};

/* The reason in legacy mode for one that a walk gave. */
static u8 vtd_legacy_fault(u8 fault, u8 need)
{
	switch (fault) {
	case VTD_FR_SM_ADDR_WIDTH:
		return VTD_FR_ADDR_WIDTH;
	case VTD_FR_SM_SS_ACCESS:
	case VTD_FR_SM_SS_PTR_ACCESS:
		return VTD_FR_SS_ACCESS;
	case VTD_FR_SM_SS_RSVD:
		return VTD_FR_SS_RSVD;
	case VTD_FR_SM_SS_PERM:
		return need & MODEL_PROT_WRITE ? VTD_FR_WRITE : VTD_FR_READ;
	case VTD_FR_SM_WRITE:
		return VTD_FR_WRITE;
	case VTD_FR_SM_READ:
		return VTD_FR_READ;
	case VTD_FR_SM_INT_ADDR:
		return VTD_FR_INT_ADDR;
	}
	return fault;
}

static bool vtd_recoverable(u8 fault)
{
	switch (fault) {
	case VTD_FR_WRITE:
	case VTD_FR_READ:
	case VTD_FR_PE_ERE:
	case VTD_FR_PE_SRE:
	case VTD_FR_FS_P:
	case VTD_FR_NEST_FS_PTR_READ:
	case VTD_FR_NEST_FS_READ:
	case VTD_FR_NEST_FS_WRITE:
	case VTD_FR_SM_SS_PERM:
	case VTD_FR_FS_CANONICAL:
	case VTD_FR_FS_US:
	case VTD_FR_SM_WRITE:
	case VTD_FR_SM_READ:
		return true;
	}
	return false;
}

static u64 vtd_fault_info(const struct model_txn *txn, u8 fault)
{
	u64 info = FIELD_PREP(VTD_FRCD1_SID, (u16)txn->rid) |
		   FIELD_PREP(VTD_FRCD1_FR, fault);

	if (txn->has_pasid)
		info |= VTD_FRCD1_PP | FIELD_PREP(VTD_FRCD1_PASID, txn->pasid);
	if (txn->priv)
		info |= VTD_FRCD1_PRIV;
	if (txn->exec)
		info |= VTD_FRCD1_EXE;
	if (txn->translated)
		info |= FIELD_PREP(VTD_FRCD1_AT, VTD_AT_TRANSLATED);
	else if (txn->op == MODEL_DMA_PROBE)
		info |= FIELD_PREP(VTD_FRCD1_AT, VTD_AT_TRANSLATION_REQ);
	if (txn->op != MODEL_DMA_WRITE)
		info |= VTD_FRCD1_T1;
	if (txn->op == MODEL_DMA_FETCH_ADD)
		info |= VTD_FRCD1_T2;
	return info;
}

static int vtd_report(struct vtd_piece *p, u8 fault, struct model_xlat *out)
{
	if (!p->ctx.scalable)
		fault = vtd_legacy_fault(fault, p->need);
	out->fault = fault;
	if (p->ctx.fpd && model_vtd_qualified(fault))
		return -EFAULT;
	if (p->txn->op == MODEL_DMA_PROBE && vtd_recoverable(fault))
		return -EFAULT;
	model_vtd_fault(p->w.vtd, p->iova, vtd_fault_info(p->txn, fault));
	return -EFAULT;
}

static bool vtd_is_interrupt(u64 addr)
{
	return addr >= VTD_INT_FIRST && addr <= VTD_INT_LAST;
}

static u8 vtd_look(struct vtd_piece *p, u8 need, struct model_tlb_entry *e)
{
	bool dirty = need & MODEL_PROT_WRITE;

	if (p->ctx.stage == VTD_STAGE_SECOND)
		return model_vtd_walk_ss(&p->w, p->iova, need, dirty, e);
	return model_vtd_walk_fs(&p->w, p->iova, need, dirty, e);
}

/* The answer to a translation request that found @e. */
static u8 vtd_answer(struct vtd_piece *p, struct model_tlb_entry *e,
		     struct model_xlat *out)
{
	bool marks = p->ctx.stage != VTD_STAGE_SECOND || p->ctx.ssade;

	out->prot = model_vtd_allowed(&p->ctx, e->prot);
	if (!out->prot)
		return p->ctx.priv || (e->prot & VTD_PROT_US) ?
		       VTD_FR_SM_SS_PERM : VTD_FR_FS_US;
	out->clean = marks && !e->dirty;
	if (p->w.quiet || !(out->prot & MODEL_PROT_WRITE) || !out->clean)
		return 0;
	/* A device that may write will not tell when it does. */
	if (p->txn->no_write && out->prot != MODEL_PROT_WRITE) {
		out->prot &= ~MODEL_PROT_WRITE;
		return 0;
	}
	return vtd_look(p, MODEL_PROT_WRITE, e);
}

static u8 vtd_translate_walk(struct vtd_piece *p, struct model_xlat *out)
{
	struct model_tlb_entry e;
	u8 fault;

	out->walked = true;
	fault = vtd_look(p, p->need, &e);
	if (fault)
		return fault;
	if (p->txn->op == MODEL_DMA_PROBE) {
		fault = vtd_answer(p, &e, out);
		if (fault)
			return fault;
	}
	out->pa = e.pa | (p->iova & (BIT_ULL(e.shift) - 1));
	out->shift = e.shift;
	out->snoop = p->ctx.page_snoop || (e.attr & VTD_ATTR_SNP);
	return vtd_is_interrupt(out->pa) ? VTD_FR_SM_INT_ADDR : 0;
}

static u8 vtd_translate(struct vtd_piece *p, struct model_xlat *out)
{
	u8 fault;

	fault = model_vtd_dev_ctx(p->w.vtd, p->txn, false, p->w.gen,
				  p->w.quiet, &p->ctx);
	if (fault)
		return fault;
	if (!p->txn->translated && p->ctx.translate)
		return vtd_translate_walk(p, out);

	out->walked = p->txn->translated && p->txn->walked;
	out->snoop = p->ctx.page_snoop;
	out->prot = MODEL_PROT_READ | MODEL_PROT_WRITE;
	out->shift = VTD_PAGE_SHIFT;
	if (p->iova >> VTD_HAW)
		return VTD_FR_SM_ADDR_WIDTH;
	return vtd_is_interrupt(p->iova) ? VTD_FR_SM_INT_ADDR : 0;
}

static void vtd_piece_init(struct vtd_piece *p, struct model *m,
			   const struct model_txn *txn, u64 iova)
{
	*p = (struct vtd_piece){ .txn = txn, .iova = iova };
	p->w.vtd = to_vtd(m);
	p->w.ctx = &p->ctx;
	p->w.gen = model_gen(m);
	if (txn->op == MODEL_DMA_READ || txn->op == MODEL_DMA_FETCH_ADD)
		p->need |= MODEL_PROT_READ;
	if (txn->op == MODEL_DMA_WRITE || txn->op == MODEL_DMA_FETCH_ADD)
		p->need |= MODEL_PROT_WRITE;
}

/* What the tables have no say in; 1: they have. */
static int vtd_bypass(struct vtd_piece *p, struct model_xlat *out)
{
	bool ats = p->txn->translated || p->txn->op == MODEL_DMA_PROBE;

	out->pa = p->iova;
	out->shift = VTD_PAGE_SHIFT;
	if (!(READ_ONCE(p->w.vtd->gsts) & VTD_GSTS_TES))
		return ats ? -EFAULT : 0;
	/* An interrupt, and nobody here takes it. */
	if (!p->txn->has_pasid && !p->txn->translated &&
	    vtd_is_interrupt(p->iova))
		return ats ? -EFAULT : -EIO;
	return 1;
}

/**
 * model_vtd_translate() - struct model_kind_ops::translate
 * @m: the machine
 * @txn: transaction
 * @iova: address of the piece
 * @out: where it goes
 *
 * Return: 0, -EFAULT or -EIO.
 */
int model_vtd_translate(struct model *m, const struct model_txn *txn, u64 iova,
			struct model_xlat *out)
{
	struct vtd_piece p;
	u8 fault;
	int rc;

	vtd_piece_init(&p, m, txn, iova);
	rc = vtd_bypass(&p, out);
	if (rc <= 0)
		return rc;
	fault = vtd_translate(&p, out);
	return fault ? vtd_report(&p, fault, out) : 0;
}

/**
 * model_vtd_peek() - struct model_kind_ops::peek
 * @m: the machine
 * @txn: translation request
 * @iova: address
 * @out: what memory says of it
 *
 * Return: 0 or -EFAULT.
 */
int model_vtd_peek(struct model *m, const struct model_txn *txn, u64 iova,
		   struct model_xlat *out)
{
	struct vtd_piece p;

	vtd_piece_init(&p, m, txn, iova);
	p.w.quiet = true;
	if (vtd_bypass(&p, out) <= 0 || vtd_translate(&p, out))
		return -EFAULT;
	return 0;
}
