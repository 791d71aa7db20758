// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is what the AMD machine holds in its caches still what memory says?
 *
 * With commands in the queue an invalidation may be on its way, and a stale
 * entry is what the driver expects; without, every mismatch is an invalidation
 * that was forgotten.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "amd_model.h"

/* Page lookups that model_check() spends on one large entry. */
#define AMD_CHECK_STEPS	(1U << 18)
#define AMD_TABLE_ENTRIES	512

static bool amd_is_host(const struct model_tlb_entry *e)
{
	return FIELD_GET(AMD_TAG_STAGE, e->tag) == AMD_STAGE_HOST;
}

/* Can a device with this DTE have loaded the entry? */
static bool amd_ctx_suits(const struct amd_ctx *ctx,
			  const struct model_tlb_entry *e)
{
	if (ctx->kind != AMD_DTE_WALK && ctx->kind != AMD_DTE_DIRECT)
		return false;
	if (ctx->domid != FIELD_GET(AMD_TAG_DOMID, e->tag))
		return false;
	return amd_is_host(e) ? ctx->mode != AMD_MODE_NONE : ctx->guest;
}

/* The tables that an entry came from. */
static void amd_entry_origin(const struct model_tlb_entry *e,
			     struct amd_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->rid = e->rid;
	ctx->domid = FIELD_GET(AMD_TAG_DOMID, e->tag);
	ctx->root = e->aux2 & AMD_AUX_ROOT;
	ctx->mode = FIELD_GET(AMD_AUX_MODE, e->aux2);
	ctx->had = FIELD_GET(AMD_AUX_HAD, e->aux2);
	ctx->guest = !amd_is_host(e);
	ctx->gcr3 = e->aux & AMD_AUX_ROOT;
	ctx->glx = FIELD_GET(AMD_AUX_GLX, e->aux);
	ctx->levels = FIELD_GET(AMD_AUX_LEVELS, e->aux);
}

/* Does memory give something else for @iova than the entry? */
static bool amd_differs(struct amd_look *l, const struct model_tlb_entry *e,
			u64 iova, struct model_tlb_entry *now)
{
	const struct amd_access acc = {
		.iova = iova,
		.pasid = e->pasid,
		.priv = true,
		.mask = MODEL_PROT_READ | MODEL_PROT_WRITE,
	};
	enum amd_walk_fault fault;

	switch (FIELD_GET(AMD_TAG_STAGE, e->tag)) {
	case AMD_STAGE_GCR3:
		*now = *e;
		return model_amd_gcr3(l, e->pasid, &now->pa) != AMD_WALK_OK ||
		       now->pa != e->pa;
	case AMD_STAGE_GUEST:
		fault = model_amd_guest(l, &acc, now);
		break;
	default:
		fault = model_amd_host(l, &acc, now);
	}
	if (fault != AMD_WALK_OK || now->prot != e->prot ||
	    now->attr != e->attr)
		return true;
	return (now->pa | (iova & (BIT_ULL(now->shift) - 1))) !=
	       (e->pa | (iova & (BIT_ULL(e->shift) - 1)));
}

/**
 * model_amd_check_hit() - a cached entry is used (MODEL_CHECK_HITS)
 * @l: for whom
 * @e: the entry
 * @iova: address
 *
 * By the tables that the device is pointed at now, so that an entry which
 * another device loaded under the same tag must be right for both.
 */
void model_amd_check_hit(struct amd_look *l, const struct model_tlb_entry *e,
			 u64 iova)
{
	struct amd_look quiet = { .amd = l->amd, .quiet = true };
	struct model_tlb_entry now;
	struct amd_ctx ctx;

	if (!(l->amd->m.cfg.flags & MODEL_CHECK_HITS))
		return;
	quiet.ctx = &ctx;
	if (!model_amd_peek_ctx(l->amd, l->ctx->rid, &ctx) ||
	    !amd_ctx_suits(&ctx, e))
		quiet.ctx = l->ctx;
	if (amd_differs(&quiet, e, iova, &now) && !model_amd_pending(&l->amd->m))
		atomic64_inc(&l->amd->m.stale);
}

/**
 * model_amd_pending() - struct model_kind_ops::pending
 * @m: the machine
 */
bool model_amd_pending(struct model *m)
{
	struct model_amd *amd = to_amd(m);
	unsigned long flags;
	bool pending;

	spin_lock_irqsave(&m->lock, flags);
	pending = amd->cmd_head != amd->cmd_tail;
	spin_unlock_irqrestore(&m->lock, flags);
	return pending;
}

/*
 * Is any entry of @e's page dirty in memory? A large page may have several, of
 * which a walk marks the one that it has met.
 */
static bool amd_page_dirty(struct amd_look *l, const struct model_tlb_entry *e)
{
	u64 step = max(BIT_ULL(e->shift) / AMD_TABLE_ENTRIES, 4096ULL);
	struct model_tlb_entry now;
	u64 off;

	for (off = 0; !(off >> e->shift); off += step)
		if (!amd_differs(l, e, e->iova + off, &now) && now.dirty)
			return true;
	return false;
}

static u64 amd_check_entry(const struct model_tlb_entry *e, void *data)
{
	struct amd_look l = { .amd = data, .quiet = true };
	struct model_tlb_entry now;
	struct amd_ctx ctx;
	unsigned int step;
	u64 off = 0;

	l.ctx = &ctx;
	if (!model_amd_peek_ctx(l.amd, e->rid, &ctx) || !amd_ctx_suits(&ctx, e))
		amd_entry_origin(e, &ctx);
	/* Memory may have smaller pages by now: look at each. */
	for (step = 0; step < AMD_CHECK_STEPS && !(off >> e->shift); step++) {
		if (amd_differs(&l, e, e->iova + off, &now))
			return 1;
		if (now.shift >= e->shift)
			return e->dirty && !now.dirty && !amd_page_dirty(&l, e);
		off += BIT_ULL(now.shift);
	}
	return 0;
}

/**
 * model_amd_check() - struct model_kind_ops::check
 * @m: the machine
 *
 * An entry that takes the dirty bit for set while memory has it clear is stale
 * too: writes through it would go unnoticed.
 */
u64 model_amd_check(struct model *m)
{
	struct model_amd *amd = to_amd(m);

	return model_amd_dev_check(amd) +
	       model_tlb_for_each(&amd->tlb, amd_check_entry, amd);
}
