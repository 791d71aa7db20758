// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d context cache and PASID cache (sections 6.2.2, 6.2.3, 6.5.2).
 *
 * Both keep entries as memory had them until a command evicts them. Entries
 * that are absent or wrong are kept only with MODEL_CACHE_ABSENT, and then
 * belong to domain 0. PASID directory entries are not cached by themselves:
 * only their FPD, with the PASID table entry.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vtd_model.h"

int model_vtd_dev_init(struct model_vtd *vtd)
{
	spin_lock_init(&vtd->dev_lock);
	vtd->ctxs = kvcalloc(VTD_CTX_SLOTS, sizeof(*vtd->ctxs),
			     GFP_KERNEL_ACCOUNT);
	vtd->pes = kvcalloc(VTD_PE_SLOTS, sizeof(*vtd->pes),
			    GFP_KERNEL_ACCOUNT);
	if (vtd->ctxs && vtd->pes)
		return 0;
	model_vtd_dev_exit(vtd);
	return -ENOMEM;
}

void model_vtd_dev_exit(struct model_vtd *vtd)
{
	kvfree(vtd->ctxs);
	kvfree(vtd->pes);
}

static struct vtd_dev_slot *vtd_ctx_slot(struct model_vtd *vtd, u32 rid)
{
	return &vtd->ctxs[rid % VTD_CTX_SLOTS];
}

static struct vtd_dev_slot *vtd_pe_slot(struct model_vtd *vtd, u32 rid,
					u32 pasid)
{
	return &vtd->pes[(rid * 37 + pasid) % VTD_PE_SLOTS];
}

static bool vtd_slot_lookup(struct model_vtd *vtd,
			    const struct vtd_dev_slot *slot,
			    struct vtd_dev_slot *e)
{
	bool hit;

	spin_lock(&vtd->dev_lock);
	hit = slot->valid && slot->rid == e->rid && slot->pasid == e->pasid;
	if (hit) {
		*e = *slot;
		vtd->dev_hits++;
	} else {
		vtd->dev_misses++;
	}
	spin_unlock(&vtd->dev_lock);
	return hit;
}

static void vtd_slot_fill(struct model_vtd *vtd, struct vtd_dev_slot *slot,
			  const struct vtd_dev_slot *e, s64 gen)
{
	struct model *m = &vtd->m;

	if (m->cfg.flags & MODEL_NO_CACHE)
		return;
	/* What could not be read is no entry that software can change. */
	if (e->fault && !(m->cfg.flags & MODEL_CACHE_ABSENT))
		return;
	if (e->fault && !model_vtd_qualified(e->fault))
		return;
	spin_lock(&vtd->dev_lock);
	if (atomic64_read(&m->gen) == gen) {
		*slot = *e;
		slot->valid = true;
	}
	spin_unlock(&vtd->dev_lock);
}

/* The context entry of @e->rid, out of memory. */
static void vtd_load_ctx(struct model_vtd *vtd, u64 root,
			 struct vtd_dev_slot *e)
{
	e->fault = model_vtd_read_ctx(vtd, root, e->rid, e->w);
	if (e->fault)
		return;
	/* Counts whether or not the entry is present. */
	e->fpd = e->w[0] & VTD_CTX0_FPD;
	e->fault = model_vtd_check_ctx(vtd, root, e->w);
}

/* The same of a PASID table entry; @ctx is the context entry's words. */
static void vtd_load_pe(struct model_vtd *vtd, const u64 *ctx,
			struct vtd_dev_slot *e)
{
	e->fault = model_vtd_read_pe(vtd, ctx, e->pasid, e->w, &e->fpd);
	if (e->fault)
		return;
	e->fpd |= !!(e->w[0] & VTD_PE0_FPD);
	e->fault = model_vtd_check_pe(vtd, e->w);
}

static void vtd_get_ctx(struct model_vtd *vtd, u64 root, s64 gen, bool quiet,
			struct vtd_dev_slot *e)
{
	struct vtd_dev_slot *slot = vtd_ctx_slot(vtd, e->rid);

	if (!quiet && vtd_slot_lookup(vtd, slot, e))
		return;
	vtd_load_ctx(vtd, root, e);
	if (!quiet)
		vtd_slot_fill(vtd, slot, e, gen);
}

static void vtd_get_pe(struct model_vtd *vtd, const u64 *ctx, s64 gen,
		       bool quiet, struct vtd_dev_slot *e)
{
	struct vtd_dev_slot *slot = vtd_pe_slot(vtd, e->rid, e->pasid);

	if (!quiet && vtd_slot_lookup(vtd, slot, e))
		return;
	vtd_load_pe(vtd, ctx, e);
	if (!quiet)
		vtd_slot_fill(vtd, slot, e, gen);
}

static bool vtd_is_ats(const struct model_txn *txn)
{
	return txn->translated || txn->op == MODEL_DMA_PROBE;
}

static u8 vtd_decode_legacy(const struct model_txn *txn, const u64 *w,
			    struct vtd_ctx *ctx)
{
	u32 tt = FIELD_GET(VTD_CTX0_TT, w[0]);

	ctx->did = FIELD_GET(VTD_CTX1_DID, w[1]);
	ctx->stage = VTD_STAGE_SECOND;
	ctx->ats = tt == VTD_TT_DEV_TLB;
	ctx->translate = tt != VTD_TT_PASS_THROUGH;
	ctx->snoop = true;
	ctx->ss_root = w[0] & VTD_CTX0_SSPTPTR;
	ctx->ss_levels = FIELD_GET(VTD_CTX1_AW, w[1]) + 2;
	return vtd_is_ats(txn) && !ctx->ats ? VTD_FR_CTX_TT : 0;
}

static u8 vtd_decode_sctx(const struct model_txn *txn, bool page_request,
			  const u64 *w, struct vtd_ctx *ctx)
{
	u32 bits = VTD_PDTS_BITS(FIELD_GET(VTD_SCTX0_PDTS, w[0]));

	ctx->ats = w[0] & VTD_SCTX0_DTE;
	if (vtd_is_ats(txn) && !ctx->ats)
		return VTD_FR_SCTX_DTE;
	if (page_request && !(w[0] & VTD_SCTX0_PRE))
		return VTD_FR_SCTX_PRE;
	if (txn->has_pasid) {
		if (!(w[0] & VTD_SCTX0_PASIDE))
			return VTD_FR_SCTX_PASIDE;
		ctx->pasid = txn->pasid;
		ctx->priv = txn->priv;
		return ctx->pasid >> bits ? VTD_FR_SCTX_PASID_MAX : 0;
	}
	ctx->pasid = FIELD_GET(VTD_SCTX1_RID_PASID, w[1]);
	ctx->priv = w[1] & VTD_SCTX1_RID_PRIV;
	return ctx->pasid >> bits ? VTD_FR_SCTX_RID_PASID : 0;
}

static u8 vtd_decode_pe(const struct model_txn *txn, const u64 *w,
			struct vtd_ctx *ctx)
{
	u32 pgtt = FIELD_GET(VTD_PE0_PGTT, w[0]);

	ctx->did = FIELD_GET(VTD_PE1_DID, w[1]);
	ctx->snoop = w[1] & VTD_PE1_PWSNP;
	ctx->page_snoop = w[1] & VTD_PE1_PGSNP;
	ctx->translate = pgtt != VTD_PGTT_PASS_THROUGH;
	ctx->stage = pgtt == VTD_PGTT_FIRST ? VTD_STAGE_FIRST :
		     pgtt == VTD_PGTT_NESTED ? VTD_STAGE_NESTED :
		     VTD_STAGE_SECOND;
	if (!ctx->translate)
		return 0;
	if (ctx->stage != VTD_STAGE_FIRST) {
		ctx->ss_root = w[0] & VTD_PE0_SSPTPTR;
		ctx->ss_levels = FIELD_GET(VTD_PE0_AW, w[0]) + 2;
		ctx->ssade = w[0] & VTD_PE0_SSADE;
	}
	if (ctx->stage == VTD_STAGE_SECOND)
		return 0;
	ctx->fs_root = w[2] & VTD_PE2_FSPTPTR;
	ctx->fs_levels = 4 + FIELD_GET(VTD_PE2_FSPM, w[2]);
	ctx->sre = w[2] & VTD_PE2_SRE;
	ctx->wpe = w[2] & VTD_PE2_WPE;
	ctx->eafe = w[2] & VTD_PE2_EAFE;
	if (txn->exec)
		return VTD_FR_PE_ERE;
	return ctx->priv && !ctx->sre ? VTD_FR_PE_SRE : 0;
}

/**
 * model_vtd_dev_ctx() - find out how to translate a request
 * @vtd: the machine
 * @txn: the request
 * @page_request: it is one for a page
 * @gen: count of invalidations from before
 * @quiet: neither use nor fill the caches
 * @ctx: out; after a fault, what is known of @did, @pasid and @fpd
 *
 * Return: fault reason or 0.
 */
u8 model_vtd_dev_ctx(struct model_vtd *vtd, const struct model_txn *txn,
		     bool page_request, s64 gen, bool quiet,
		     struct vtd_ctx *ctx)
{
	u64 root = READ_ONCE(vtd->root);
	struct vtd_dev_slot ce = { .rid = (u16)txn->rid }, pe;
	u8 fault;

	memset(ctx, 0, sizeof(*ctx));
	ctx->rid = ce.rid;
	ctx->scalable = vtd_mode(root) == VTD_TTM_SCALABLE;
	if (vtd_mode(root) == VTD_TTM_LEGACY && txn->has_pasid)
		return VTD_FR_RTADDR_PASID;
	if (vtd_mode(root) == VTD_TTM_LEGACY && page_request)
		return VTD_FR_RTADDR_PAGE_REQ;

	vtd_get_ctx(vtd, root, gen, quiet, &ce);
	ctx->fpd = ce.fpd;
	if (ce.fault)
		return ce.fault;
	if (!ctx->scalable)
		return vtd_decode_legacy(txn, ce.w, ctx);

	fault = vtd_decode_sctx(txn, page_request, ce.w, ctx);
	/* Neither looks further than the context entry. */
	if (fault || page_request || txn->translated)
		return fault;
	pe = (struct vtd_dev_slot){ .rid = ce.rid, .pasid = ctx->pasid };
	vtd_get_pe(vtd, ce.w, gen, quiet, &pe);
	ctx->fpd |= pe.fpd;
	if (pe.fault)
		return pe.fault;
	return vtd_decode_pe(txn, pe.w, ctx);
}

/**
 * model_vtd_peek_ctx() - what memory says of an address space
 * @vtd: the machine
 * @rid: device
 * @pasid: effective PASID; 0 in legacy mode
 * @ctx: out
 *
 * Return: fault reason or 0.
 */
u8 model_vtd_peek_ctx(struct model_vtd *vtd, u32 rid, u32 pasid,
		      struct vtd_ctx *ctx)
{
	static const struct model_txn txn = { .op = MODEL_DMA_READ };
	struct vtd_dev_slot ce = { .rid = rid };
	struct vtd_dev_slot pe = { .rid = rid, .pasid = pasid };
	u64 root = READ_ONCE(vtd->root);

	memset(ctx, 0, sizeof(*ctx));
	ctx->rid = rid;
	ctx->pasid = pasid;
	ctx->scalable = vtd_mode(root) == VTD_TTM_SCALABLE;
	vtd_load_ctx(vtd, root, &ce);
	if (ce.fault)
		return ce.fault;
	if (!ctx->scalable)
		return vtd_decode_legacy(&txn, ce.w, ctx);
	if (pasid >> VTD_PDTS_BITS(FIELD_GET(VTD_SCTX0_PDTS, ce.w[0])))
		return VTD_FR_SCTX_PASID_MAX;
	vtd_load_pe(vtd, ce.w, &pe);
	return pe.fault ?: vtd_decode_pe(&txn, pe.w, ctx);
}

/* ---- Invalidation; m.gen has been counted ---- */

/* Absent and wrong entries belong to domain 0. */
static u32 vtd_ctx_did(const struct vtd_dev_slot *slot)
{
	return slot->fault ? 0 : FIELD_GET(VTD_CTX1_DID, slot->w[1]);
}

static u32 vtd_pe_did(const struct vtd_dev_slot *slot)
{
	return slot->fault ? 0 : FIELD_GET(VTD_PE1_DID, slot->w[1]);
}

/**
 * model_vtd_inv_ctx() - evict from the context cache
 * @vtd: the machine
 * @g: VTD_CC_G_*
 * @did: domain; legacy mode only
 * @sid: device
 * @fm: function mask
 */
void model_vtd_inv_ctx(struct model_vtd *vtd, u32 g, u32 did, u32 sid, u32 fm)
{
	static const u32 ignore[] = { 0, 0x4, 0x6, 0x7 };
	bool legacy = vtd_mode(READ_ONCE(vtd->root)) == VTD_TTM_LEGACY;
	u32 i;

	spin_lock(&vtd->dev_lock);
	for (i = 0; i < VTD_CTX_SLOTS; i++) {
		struct vtd_dev_slot *slot = &vtd->ctxs[i];

		if (legacy && g != VTD_CC_G_GLOBAL && vtd_ctx_did(slot) != did)
			continue;
		if (g == VTD_CC_G_DEVICE && ((slot->rid ^ sid) & ~ignore[fm]))
			continue;
		slot->valid = false;
	}
	spin_unlock(&vtd->dev_lock);
}

/**
 * model_vtd_inv_pe() - evict from the PASID cache
 * @vtd: the machine
 * @g: VTD_PC_G_*
 * @did: domain
 * @pasid: effective PASID
 */
void model_vtd_inv_pe(struct model_vtd *vtd, u32 g, u32 did, u32 pasid)
{
	u32 i;

	spin_lock(&vtd->dev_lock);
	for (i = 0; i < VTD_PE_SLOTS; i++) {
		struct vtd_dev_slot *slot = &vtd->pes[i];

		if (g != VTD_PC_G_GLOBAL && vtd_pe_did(slot) != did)
			continue;
		if (g == VTD_PC_G_PASID && slot->pasid != pasid)
			continue;
		slot->valid = false;
	}
	spin_unlock(&vtd->dev_lock);
}

/**
 * model_vtd_inv_dev_all() - empty both caches
 * @vtd: the machine
 */
void model_vtd_inv_dev_all(struct model_vtd *vtd)
{
	model_vtd_inv_ctx(vtd, VTD_CC_G_GLOBAL, 0, 0, 0);
	model_vtd_inv_pe(vtd, VTD_PC_G_GLOBAL, 0, 0);
}

/* ---- Check ---- */

static bool vtd_slot_differs(const struct vtd_dev_slot *a,
			     const struct vtd_dev_slot *b)
{
	return a->fault != b->fault || a->fpd != b->fpd ||
	       memcmp(a->w, b->w, sizeof(a->w));
}

static bool vtd_pe_stale(struct model_vtd *vtd, u64 root,
			 const struct vtd_dev_slot *slot)
{
	struct vtd_dev_slot ce = { .rid = slot->rid };
	struct vtd_dev_slot now = { .rid = slot->rid, .pasid = slot->pasid };

	vtd_load_ctx(vtd, root, &ce);
	if (ce.fault || slot->pasid >> VTD_PDTS_BITS(FIELD_GET(VTD_SCTX0_PDTS,
								ce.w[0])))
		return true;
	vtd_load_pe(vtd, ce.w, &now);
	return vtd_slot_differs(&now, slot);
}

/**
 * model_vtd_dev_check() - compare the caches with memory
 * @vtd: the machine
 *
 * Return: entries that differ.
 */
u64 model_vtd_dev_check(struct model_vtd *vtd)
{
	u64 root = READ_ONCE(vtd->root), stale = 0;
	struct vtd_dev_slot slot;
	u32 i;

	for (i = 0; i < VTD_CTX_SLOTS; i++) {
		struct vtd_dev_slot now = { .valid = false };

		spin_lock(&vtd->dev_lock);
		slot = vtd->ctxs[i];
		spin_unlock(&vtd->dev_lock);
		if (!slot.valid)
			continue;
		now.rid = slot.rid;
		vtd_load_ctx(vtd, root, &now);
		stale += vtd_slot_differs(&now, &slot);
	}
	for (i = 0; i < VTD_PE_SLOTS; i++) {
		spin_lock(&vtd->dev_lock);
		slot = vtd->pes[i];
		spin_unlock(&vtd->dev_lock);
		if (slot.valid)
			stale += vtd_pe_stale(vtd, root, &slot);
	}
	return stale;
}
