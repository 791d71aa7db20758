// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD device table and its cache (48882 section 2.2.2).
 *
 * The cache keeps entries as memory had them, whatever they said: a driver has
 * to invalidate after every change, also of an entry that was not valid.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "amd_model.h"

int model_amd_dev_init(struct model_amd *amd)
{
	spin_lock_init(&amd->dte_lock);
	amd->dtes = kvcalloc(AMD_DTE_SLOTS, sizeof(*amd->dtes),
			     GFP_KERNEL_ACCOUNT);
	return amd->dtes ? 0 : -ENOMEM;
}

void model_amd_dev_exit(struct model_amd *amd)
{
	kvfree(amd->dtes);
}

static struct amd_dte_slot *amd_dte_slot(struct model_amd *amd, u32 rid)
{
	return &amd->dtes[rid % AMD_DTE_SLOTS];
}

/* Bits of a valid entry that this machine has no meaning for. */
static bool amd_dte_reserved(struct model_amd *amd, const u64 *dte)
{
	u64 rsvd0 = AMD_DTE0_RSVD;

	if (!(amd->efr & AMD_EFR_PPR))
		rsvd0 |= AMD_DTE0_PPR | AMD_DTE0_GPRP;
	if (!(amd->efr & AMD_EFR_GT))
		rsvd0 |= AMD_DTE0_GV;
	if (!(amd->efr & AMD_EFR_GIO))
		rsvd0 |= AMD_DTE0_GIOV;
	if (!(amd->efr & AMD_EFR_HA))
		rsvd0 |= AMD_DTE0_HAD;
	if ((dte[0] & rsvd0) || (dte[1] & AMD_DTE1_SATS))
		return true;
	return (dte[2] & AMD_DTE2_IV) && (dte[2] & AMD_DTE2_RSVD);
}

static void amd_decode_guest(struct model_amd *amd, const u64 *dte,
			     struct amd_ctx *ctx)
{
	ctx->ppr = dte[0] & AMD_DTE0_PPR;
	ctx->gprp = dte[0] & AMD_DTE0_GPRP;
	/* While guest translation is switched off, GV is not looked at. */
	if (!(dte[0] & AMD_DTE0_GV) ||
	    !(READ_ONCE(amd->control) & AMD_CTRL_GT_EN))
		return;
	ctx->guest = true;
	ctx->giov = dte[0] & AMD_DTE0_GIOV;
	ctx->glx = FIELD_GET(AMD_DTE0_GLX, dte[0]);
	ctx->levels = FIELD_GET(AMD_DTE2_GPM, dte[2]) + 4;
	ctx->gcr3 = FIELD_GET(AMD_DTE0_GCR3_14_12, dte[0]) << 12 |
		    FIELD_GET(AMD_DTE1_GCR3_30_15, dte[1]) << 15 |
		    FIELD_GET(AMD_DTE1_GCR3_51_31, dte[1]) << 31;
}

/* Guest translation that this machine cannot do. */
static bool amd_guest_illegal(struct model_amd *amd, const struct amd_ctx *ctx)
{
	return ctx->guest &&
	       (ctx->glx > FIELD_GET(AMD_EFR_GLX, amd->efr) ||
		ctx->levels > FIELD_GET(AMD_EFR_GATS, amd->efr) + 4);
}

/**
 * model_amd_decode_dte() - what a device table entry asks for
 * @amd: the machine
 * @rid: whose entry
 * @dte: its four words
 * @ctx: out
 */
void model_amd_decode_dte(struct model_amd *amd, u32 rid, const u64 *dte,
			  struct amd_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->rid = rid;
	if (!(dte[0] & AMD_DTE0_V)) {
		ctx->kind = AMD_DTE_PASS;
		return;
	}
	ctx->domid = FIELD_GET(AMD_DTE1_DOMID, dte[1]);
	ctx->suppress = dte[1] & AMD_DTE1_SA;
	ctx->once = dte[1] & AMD_DTE1_SE;
	ctx->exclusion = dte[1] & AMD_DTE1_EX;
	ctx->mode0_fc = (dte[3] & AMD_DTE3_ATTRV) &&
			(dte[3] & AMD_DTE3_MODE0_FC) &&
			!(dte[0] & AMD_DTE0_MODE);
	ctx->iotlb = dte[1] & AMD_DTE1_I;
	if (!(dte[0] & AMD_DTE0_TV)) {
		ctx->kind = AMD_DTE_BLOCK;
		return;
	}
	ctx->root = dte[0] & AMD_DTE0_HPT_ROOT;
	ctx->mode = FIELD_GET(AMD_DTE0_MODE, dte[0]);
	ctx->had = FIELD_GET(AMD_DTE0_HAD, dte[0]);
	if (dte[0] & AMD_DTE0_IR)
		ctx->prot |= MODEL_TLB_READ;
	if (dte[0] & AMD_DTE0_IW)
		ctx->prot |= MODEL_TLB_WRITE;
	amd_decode_guest(amd, dte, ctx);

	if (amd_dte_reserved(amd, dte))
		ctx->kind = AMD_DTE_RESERVED;
	else if (ctx->mode > AMD_MODE_MAX || ctx->had == AMD_DTE_HAD_RSVD ||
		 amd_guest_illegal(amd, ctx))
		ctx->kind = AMD_DTE_ILLEGAL;
	else
		ctx->kind = ctx->mode == AMD_MODE_NONE ? AMD_DTE_DIRECT :
							 AMD_DTE_WALK;
}

static int amd_load_dte(struct model_amd *amd, u64 pa, u64 *dte)
{
	int i;

	for (i = 0; i < AMD_DTE_WORDS; i++)
		if (model_bus_read64(&amd->m, pa + 8 * i, &dte[i]))
			return -EIO;
	return 0;
}

/**
 * model_amd_read_dte() - load a device table entry from memory
 * @amd: the machine
 * @rid: whose
 * @dte: out: four words
 * @pa: out: its address
 *
 * Return: 0, -ENOENT (the table ends before it) or -EIO.
 */
int model_amd_read_dte(struct model_amd *amd, u32 rid, u64 *dte, u64 *pa)
{
	u64 table = READ_ONCE(amd->dev_table);
	u64 size = (FIELD_GET(AMD_DEV_TABLE_SIZE, table) + 1) * 4096;
	u64 offset = (u64)rid * AMD_DTE_SIZE;
	u64 again[AMD_DTE_WORDS];
	int tries = 100;

	*pa = (table & AMD_DEV_TABLE_PA) + offset;
	if (offset >= size)
		return -ENOENT;
	if (amd_load_dte(amd, *pa, again))
		return -EIO;
	/* Hardware loads all words at once: take what two readings agree on. */
	do {
		memcpy(dte, again, sizeof(again));
		if (amd_load_dte(amd, *pa, again))
			return -EIO;
	} while (memcmp(dte, again, sizeof(again)) && --tries);
	return 0;
}

static bool amd_dte_lookup(struct model_amd *amd, u32 rid, u64 *dte)
{
	struct amd_dte_slot *slot = amd_dte_slot(amd, rid);
	bool hit;

	spin_lock(&amd->dte_lock);
	hit = slot->valid && slot->rid == rid;
	if (hit) {
		memcpy(dte, slot->dte, sizeof(slot->dte));
		amd->dev_hits++;
	} else {
		amd->dev_misses++;
	}
	spin_unlock(&amd->dte_lock);
	return hit;
}

static void amd_dte_fill(struct model_amd *amd, u32 rid, const u64 *dte,
			 s64 gen)
{
	struct amd_dte_slot *slot = amd_dte_slot(amd, rid);

	spin_lock(&amd->dte_lock);
	if (atomic64_read(&amd->m.gen) == gen) {
		slot->rid = rid;
		slot->valid = true;
		slot->reported = false;
		memcpy(slot->dte, dte, sizeof(slot->dte));
	}
	spin_unlock(&amd->dte_lock);
}

static u64 amd_dte_event(u32 code, const struct model_txn *txn)
{
	u64 w0 = FIELD_PREP(AMD_EVT0_CODE, code) |
		 FIELD_PREP(AMD_EVT0_DEVID, txn->rid);

	if (txn->has_pasid)
		w0 |= AMD_EVT0_GN |
		      FIELD_PREP(AMD_EVT0_DOMID, txn->pasid & 0xffff) |
		      FIELD_PREP(AMD_EVT0_PASID_19_16, txn->pasid >> 16);
	if (txn->op == MODEL_DMA_WRITE || txn->op == MODEL_DMA_FETCH_ADD)
		w0 |= AMD_EVT0_RW;
	if (txn->op == MODEL_DMA_PROBE)
		w0 |= AMD_EVT0_TR;
	return w0;
}

/**
 * model_amd_peek_ctx() - what memory says of a device now
 * @amd: the machine
 * @rid: whose
 * @ctx: out
 *
 * Return: false where its entry cannot be read or is illegal.
 */
bool model_amd_peek_ctx(struct model_amd *amd, u32 rid, struct amd_ctx *ctx)
{
	u64 dte[AMD_DTE_WORDS], pa;

	if (model_amd_read_dte(amd, rid, dte, &pa))
		return false;
	model_amd_decode_dte(amd, rid, dte, ctx);
	return ctx->kind != AMD_DTE_ILLEGAL && ctx->kind != AMD_DTE_RESERVED;
}

/**
 * model_amd_dev_ctx() - find out what to do with a piece
 * @amd: the machine
 * @txn: the transaction
 * @iova: address of the piece
 * @gen: count of invalidations from before
 * @ctx: out
 * @fault: out: event code
 *
 * Return: 0; -EFAULT (logged): the entry cannot be read or is illegal.
 */
int model_amd_dev_ctx(struct model_amd *amd, const struct model_txn *txn,
		      u64 iova, s64 gen, struct amd_ctx *ctx, u32 *fault)
{
	u64 dte[AMD_DTE_WORDS], pa, w0;
	int rc = 0;

	if (!amd_dte_lookup(amd, txn->rid, dte)) {
		rc = model_amd_read_dte(amd, txn->rid, dte, &pa);
		if (!rc && !(amd->m.cfg.flags & MODEL_NO_CACHE))
			amd_dte_fill(amd, txn->rid, dte, gen);
	}
	if (rc == -EIO) {
		*fault = AMD_EVT_DEV_TAB_HW_ERROR;
		w0 = FIELD_PREP(AMD_EVT0_TYPE, AMD_EVT_TYPE_MASTER_ABORT);
		model_amd_event(amd, w0 | amd_dte_event(*fault, txn), pa);
		return -EFAULT;
	}
	if (rc)
		ctx->kind = AMD_DTE_ILLEGAL;
	else
		model_amd_decode_dte(amd, txn->rid, dte, ctx);

	if (ctx->kind != AMD_DTE_ILLEGAL && ctx->kind != AMD_DTE_RESERVED)
		return 0;
	*fault = AMD_EVT_ILLEGAL_DEV_TABLE_ENTRY;
	w0 = ctx->kind == AMD_DTE_RESERVED ? AMD_EVT0_RZ : 0;
	model_amd_event(amd, w0 | amd_dte_event(*fault, txn), iova);
	return -EFAULT;
}

/**
 * model_amd_dev_report() - is this page fault to be logged?
 * @amd: the machine
 * @ctx: the device
 *
 * SA suppresses all; SE all after the first since the entry was loaded.
 */
bool model_amd_dev_report(struct model_amd *amd, const struct amd_ctx *ctx)
{
	struct amd_dte_slot *slot = amd_dte_slot(amd, ctx->rid);
	bool report = true;

	if (ctx->suppress)
		return false;
	if (!ctx->once)
		return true;
	spin_lock(&amd->dte_lock);
	if (slot->valid && slot->rid == ctx->rid) {
		report = !slot->reported;
		slot->reported = true;
	}
	spin_unlock(&amd->dte_lock);
	return report;
}

/**
 * model_amd_dev_invalidate() - evict one entry; m.gen has been counted
 * @amd: the machine
 * @rid: whose
 */
void model_amd_dev_invalidate(struct model_amd *amd, u32 rid)
{
	struct amd_dte_slot *slot = amd_dte_slot(amd, rid);

	spin_lock(&amd->dte_lock);
	if (slot->rid == rid)
		slot->valid = false;
	spin_unlock(&amd->dte_lock);
}

/**
 * model_amd_dev_invalidate_all() - evict every entry; m.gen has been counted
 * @amd: the machine
 */
void model_amd_dev_invalidate_all(struct model_amd *amd)
{
	u32 i;

	spin_lock(&amd->dte_lock);
	for (i = 0; i < AMD_DTE_SLOTS; i++)
		amd->dtes[i].valid = false;
	spin_unlock(&amd->dte_lock);
}

/**
 * model_amd_dev_check() - compare the cache with memory
 * @amd: the machine
 *
 * Return: entries that differ.
 */
u64 model_amd_dev_check(struct model_amd *amd)
{
	u64 dte[AMD_DTE_WORDS], pa, stale = 0;
	struct amd_dte_slot slot;
	u32 i;

	for (i = 0; i < AMD_DTE_SLOTS; i++) {
		spin_lock(&amd->dte_lock);
		slot = amd->dtes[i];
		spin_unlock(&amd->dte_lock);
		if (slot.valid &&
		    (model_amd_read_dte(amd, slot.rid, dte, &pa) ||
		     memcmp(dte, slot.dte, sizeof(dte))))
			stale++;
	}
	return stale;
}
