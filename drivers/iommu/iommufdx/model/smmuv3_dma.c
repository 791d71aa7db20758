// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 translation of one piece of a transaction, and what becomes of its
 * faults (IHI 0070 sections 3.9, 3.12, 7.3).
 *
 * Configuration errors and external aborts are recorded and abort. The four
 * faults of translation do what the CD (stage 1) or the STE (stage 2) says:
 * stall, or else record or not, and abort or read zeroes and ignore writes.
 *
 * Translation requests (MODEL_DMA_PROBE) never record a fault of translation,
 * and configuration errors only with CR2.REC_CFG_ATS. A machine without ATS has
 * none and answers them all.
 *
 * Nothing makes coherent what a device asks not to be snooped: there is no FWB.
 */
#include <linux/string.h>

#include "smmuv3_model.h"

static void smmu_piece_init(struct smmu_piece *p, struct model *m,
			    const struct model_txn *txn, u64 iova)
{
	/* Contexts are compared byte by byte. */
	memset(p, 0, sizeof(*p));
	p->smmu = to_smmu(m);
	p->txn = txn;
	p->iova = iova;
	p->gen = model_gen(m);
	p->class = SMMU_EVT_CLASS_IN;
	p->priv = txn->priv;
	switch (txn->op) {
	case MODEL_DMA_READ:
		p->need = MODEL_PROT_READ | (txn->exec ? MODEL_PROT_EXEC : 0);
		break;
	case MODEL_DMA_WRITE:
		p->need = MODEL_PROT_WRITE;
		break;
	case MODEL_DMA_FETCH_ADD:
		p->need = MODEL_PROT_READ | MODEL_PROT_WRITE;
		break;
	case MODEL_DMA_PROBE:
		p->mark = !txn->no_write;
		return;
	}
	p->mark = p->need & MODEL_PROT_WRITE;
}

/* ---- Records ---- */

static u64 smmu_evt_access(const struct smmu_piece *p)
{
	u64 w1 = 0;

	if (p->priv)
		w1 |= SMMU_EVT1_PNU;
	if (p->txn->exec)
		w1 |= SMMU_EVT1_IND;
	if (!(p->need & MODEL_PROT_WRITE))
		w1 |= SMMU_EVT1_RNW;
	return w1;
}

static void smmu_evt_build(const struct smmu_piece *p, u64 *evt)
{
	const struct smmu_fault *f = &p->fault;

	memset(evt, 0, SMMU_EVT_SIZE);
	evt[0] = FIELD_PREP(SMMU_EVT0_ID, f->code) |
		 FIELD_PREP(SMMU_EVT0_SID, p->txn->rid);
	if (p->txn->has_pasid)
		evt[0] |= SMMU_EVT0_SSV |
			  FIELD_PREP(SMMU_EVT0_SSID, p->txn->pasid);

	switch (f->code) {
	case SMMU_EVT_F_STE_FETCH:
	case SMMU_EVT_F_CD_FETCH:
		evt[3] = f->fetch & SMMU_EVT3_FETCH_ADDR;
		return;
	case SMMU_EVT_C_BAD_STREAMID:
	case SMMU_EVT_C_BAD_STE:
	case SMMU_EVT_F_STREAM_DISABLED:
	case SMMU_EVT_C_BAD_SUBSTREAMID:
	case SMMU_EVT_C_BAD_CD:
		return;
	}
	evt[1] = smmu_evt_access(p);
	evt[2] = p->iova;
	if (f->s2)
		evt[1] |= SMMU_EVT1_S2;

	switch (f->code) {
	case SMMU_EVT_F_WALK_EABT:
		evt[1] |= FIELD_PREP(SMMU_EVT1_CLASS, f->class);
		evt[3] = f->fetch & SMMU_EVT3_FETCH_ADDR;
		return;
	case SMMU_EVT_F_PERMISSION:
		if (f->s2 && f->class == SMMU_EVT_CLASS_TT && !f->tt_write)
			evt[1] |= SMMU_EVT1_TTRNW;
		fallthrough;
	case SMMU_EVT_F_TRANSLATION:
	case SMMU_EVT_F_ADDR_SIZE:
	case SMMU_EVT_F_ACCESS:
		evt[1] |= FIELD_PREP(SMMU_EVT1_CLASS, f->class);
		fallthrough;
	case SMMU_EVT_F_TLB_CONFLICT:
		if (f->s2)
			evt[3] = f->ipa & SMMU_EVT3_IPA;
	}
}

static void smmu_record(const struct smmu_piece *p)
{
	u64 evt[SMMU_EVT_WORDS];

	smmu_evt_build(p, evt);
	model_smmu_event(p->smmu, evt);
}

/* ---- Terminations ---- */

/* One of the four faults of translation. */
static int smmu_fault(struct smmu_piece *p, struct model_xlat *out)
{
	const struct smmu_ctx *ctx = &p->ctx;
	bool s2 = p->fault.s2, known = s2 || ctx->s1;
	u64 evt[SMMU_EVT_WORDS];

	if (p->txn->op == MODEL_DMA_PROBE)
		return -EFAULT;
	if (known && !p->txn->translated &&
	    (s2 ? ctx->ste.s2_stall : ctx->cd.stall)) {
		smmu_evt_build(p, evt);
		model_smmu_stall_begin(p->smmu, evt, out);
		return -EINPROGRESS;
	}
	/* A bypassed address that is too large has no one to ask. */
	if (!known || (s2 ? ctx->ste.s2_record : ctx->cd.record))
		smmu_record(p);
	if (!known || s2 || ctx->cd.abort)
		return -EFAULT;
	out->discard = true;
	return 0;
}

static int smmu_terminate(struct smmu_piece *p, struct model_xlat *out)
{
	bool request = p->txn->op == MODEL_DMA_PROBE;
	u32 cr2 = READ_ONCE(p->smmu->cr2);

	out->fault = p->fault.code;
	if (p->quiet)
		return -EFAULT;

	switch (p->fault.code) {
	case 0:
		return -EFAULT;
	case SMMU_EVT_F_TRANSLATION:
	case SMMU_EVT_F_ADDR_SIZE:
	case SMMU_EVT_F_ACCESS:
	case SMMU_EVT_F_PERMISSION:
		return smmu_fault(p, out);
	case SMMU_EVT_C_BAD_STREAMID:
		if (!(cr2 & SMMU_CR2_RECINVSID))
			return -EFAULT;
		break;
	case SMMU_EVT_F_BAD_ATS_TREQ:
	case SMMU_EVT_F_TRANSL_FORBIDDEN:
		request = false;
		break;
	}
	if (!request || (cr2 & SMMU_CR2_REC_CFG_ATS))
		smmu_record(p);
	return -EFAULT;
}

/* ---- Translation ---- */

static bool smmu_is_ats(const struct smmu_piece *p)
{
	return p->txn->op == MODEL_DMA_PROBE &&
	       (p->smmu->idr[0] & SMMU_IDR0_ATS);
}

static bool smmu_ats_allowed(const struct smmu_ste *ste)
{
	return ste->config > SMMU_STE_CFG_BYPASS &&
	       ste->eats != SMMU_EATS_ABORT;
}

/* A request with an address from an ATC, while those are looked at. */
static int smmu_translated(struct smmu_piece *p, struct smmu_leaf *leaf)
{
	u64 ste[SMMU_STE_WORDS];
	int rc;

	p->ctx.sid = p->txn->rid;
	rc = model_smmu_load_ste(p, ste);
	if (rc)
		return rc;
	if (!smmu_ats_allowed(&p->ctx.ste))
		return smmu_fail(p, SMMU_EVT_F_TRANSL_FORBIDDEN);
	if (p->ctx.ste.eats == SMMU_EATS_SPLIT)
		return model_smmu_stage2(p, p->iova, p->need, p->mark, leaf);
	leaf->pa = 0;
	leaf->shift = SMMU_OAS_BITS;
	return 0;
}

static int smmu_untranslated(struct smmu_piece *p, struct smmu_leaf *leaf)
{
	const struct smmu_ste *ste = &p->ctx.ste;
	int rc;

	rc = model_smmu_load_context(p);
	/* The question of a translation request comes before the CD. */
	if (smmu_is_ats(p) && (!rc || p->fault.code > SMMU_EVT_C_BAD_STE)) {
		if (!smmu_ats_allowed(ste))
			return smmu_fail(p, SMMU_EVT_F_BAD_ATS_TREQ);
		p->s1_only = ste->eats == SMMU_EATS_SPLIT && p->ctx.s1;
	}
	if (rc)
		return rc;
	if (ste->privcfg == SMMU_PRIVCFG_UNPRIV)
		p->priv = false;
	if (ste->privcfg == SMMU_PRIVCFG_PRIV)
		p->priv = true;
	return model_smmu_resolve(p, leaf);
}

/* What a translation request is granted; nothing is a fault. */
static int smmu_grant(struct smmu_piece *p, const struct smmu_leaf *leaf,
		      struct model_xlat *out)
{
	out->prot = smmu_prot(leaf->prot, p->priv);
	out->shift = leaf->shift;
	out->clean = !leaf->dirty;
	if (!p->txn->exec)
		out->prot &= ~MODEL_PROT_EXEC;
	if (out->clean && p->txn->no_write)
		out->prot &= ~MODEL_PROT_WRITE;
	if (out->prot)
		return 0;
	out->fault = SMMU_EVT_F_PERMISSION;
	return -EFAULT;
}

static int smmu_translate(struct smmu_piece *p, struct model_xlat *out)
{
	const struct model_txn *txn = p->txn;
	struct smmu_leaf leaf = { .shift = SMMU_OAS_BITS };
	int rc;

	out->pa = p->iova;
	if (!smmu_enabled(p->smmu, SMMU_CR0_SMMUEN)) {
		leaf.prot = SMMU_PROT_BOTH(SMMU_PROT_ALL);
		leaf.dirty = true;
		/* Nobody answers translation requests now. */
		if (smmu_is_ats(p) || (READ_ONCE(p->smmu->gbpa) & SMMU_GBPA_ABORT))
			return -EFAULT;
		return smmu_grant(p, &leaf, out);
	}
	if (txn->translated) {
		out->walked = true;
		if (!smmu_enabled(p->smmu, SMMU_CR0_ATSCHK))
			return 0;
		rc = smmu_translated(p, &leaf);
	} else {
		rc = smmu_untranslated(p, &leaf);
		out->walked = p->ctx.s1 || p->ctx.ste.s2;
	}
	if (rc)
		return smmu_terminate(p, out);
	/* What goes straight through keeps its address. */
	if (leaf.shift < SMMU_OAS_BITS)
		out->pa = leaf.pa | (p->iova & (BIT_ULL(leaf.shift) - 1));
	return txn->op == MODEL_DMA_PROBE ? smmu_grant(p, &leaf, out) : 0;
}

/**
 * model_smmu_translate() - struct model_kind_ops::translate
 * @m: the machine
 * @txn: transaction
 * @iova: address of the piece
 * @out: where it goes
 *
 * Return: 0, -EFAULT, or -EINPROGRESS: stalled.
 */
int model_smmu_translate(struct model *m, const struct model_txn *txn, u64 iova,
			 struct model_xlat *out)
{
	struct smmu_piece p;

	smmu_piece_init(&p, m, txn, iova);
	return smmu_translate(&p, out);
}

/**
 * model_smmu_peek() - struct model_kind_ops::peek
 * @m: the machine
 * @txn: translation request
 * @iova: address
 * @out: the answer
 *
 * Return: 0 or -EFAULT.
 */
int model_smmu_peek(struct model *m, const struct model_txn *txn, u64 iova,
		    struct model_xlat *out)
{
	struct smmu_piece p;

	smmu_piece_init(&p, m, txn, iova);
	p.quiet = true;
	return smmu_translate(&p, out);
}
