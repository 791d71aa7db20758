// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is what the VT-d machine holds in its caches still what memory says?
 *
 * With descriptors in the queue an invalidation may be on its way, and a stale
 * entry is what the driver expects; without, every mismatch is an invalidation
 * that was forgotten.
 */
#include <linux/bitops.h>
#include <linux/string.h>

#include "vtd_model.h"

/* Page lookups that model_check() spends on one large entry. */
#define VTD_CHECK_STEPS	(1U << 18)

/*
 * How memory would translate an entry's addresses from now: by the tables that
 * its device is pointed at, if those still are the entry's domain, else by those
 * it came from.
 */
static void vtd_entry_ctx(struct model_vtd *vtd,
			  const struct model_tlb_entry *e, struct vtd_ctx *ctx)
{
	u32 stage = FIELD_GET(VTD_TAG_STAGE, e->tag);
	u16 did = FIELD_GET(VTD_TAG_DID, e->tag);

	if (!model_vtd_peek_ctx(vtd, e->rid, e->pasid, ctx) &&
	    ctx->translate && ctx->did == did &&
	    (ctx->stage == stage || (stage == VTD_STAGE_SECOND &&
				     ctx->stage == VTD_STAGE_NESTED)))
		return;
	memset(ctx, 0, sizeof(*ctx));
	ctx->rid = e->rid;
	ctx->pasid = e->pasid;
	ctx->did = did;
	ctx->stage = stage;
	ctx->translate = true;
	ctx->fs_root = e->aux & VTD_AUX_ROOT;
	ctx->fs_levels = FIELD_GET(VTD_AUX_LEVELS, e->aux);
	ctx->ss_root = e->aux2 & VTD_AUX_ROOT;
	ctx->ss_levels = FIELD_GET(VTD_AUX_LEVELS, e->aux2);
	ctx->ssade = e->aux2 & VTD_AUX_SSADE;
}

/* Does memory give something else for @iova than the entry? */
static bool vtd_differs(struct model_vtd *vtd, const struct model_tlb_entry *e,
			const struct vtd_ctx *ctx, u64 iova,
			struct model_tlb_entry *now)
{
	bool second = FIELD_GET(VTD_TAG_STAGE, e->tag) == VTD_STAGE_SECOND;
	struct vtd_walk w = { .vtd = vtd, .ctx = ctx, .quiet = true };
	u8 fault;

	fault = second ? model_vtd_walk_ss(&w, iova, 0, false, now) :
			 model_vtd_walk_fs(&w, iova, 0, false, now);
	/* An entry may say that nothing is there (MODEL_CACHE_ABSENT). */
	if (second && !e->prot)
		return fault != VTD_FR_SM_SS_PERM;
	if (fault || now->prot != e->prot || now->attr != e->attr)
		return true;
	return (now->pa | (iova & (BIT_ULL(now->shift) - 1))) !=
	       (e->pa | (iova & (BIT_ULL(e->shift) - 1)));
}

/**
 * model_vtd_check_hit() - an IOTLB entry is used (MODEL_CHECK_HITS)
 * @vtd: the machine
 * @e: the entry
 * @iova: address
 */
void model_vtd_check_hit(struct model_vtd *vtd, const struct model_tlb_entry *e,
			 u64 iova)
{
	struct model_tlb_entry now;
	struct vtd_ctx ctx;

	if (!(vtd->m.cfg.flags & MODEL_CHECK_HITS))
		return;
	vtd_entry_ctx(vtd, e, &ctx);
	if (vtd_differs(vtd, e, &ctx, iova, &now) && !model_vtd_pending(&vtd->m))
		atomic64_inc(&vtd->m.stale);
}

static bool vtd_psc_stale(struct model_vtd *vtd, const struct model_tlb_entry *e)
{
	struct vtd_walk w = { .vtd = vtd, .quiet = true };
	struct vtd_ctx ctx;

	vtd_entry_ctx(vtd, e, &ctx);
	w.ctx = &ctx;
	return !model_vtd_psc_matches(&w, e);
}

/**
 * model_vtd_check_psc() - a paging-structure entry is used (MODEL_CHECK_HITS)
 * @vtd: the machine
 * @e: the entry
 */
void model_vtd_check_psc(struct model_vtd *vtd, const struct model_tlb_entry *e)
{
	if ((vtd->m.cfg.flags & MODEL_CHECK_HITS) && vtd_psc_stale(vtd, e) &&
	    !model_vtd_pending(&vtd->m))
		atomic64_inc(&vtd->m.stale);
}

static u64 vtd_check_entry(const struct model_tlb_entry *e, void *data)
{
	struct model_vtd *vtd = data;
	struct model_tlb_entry now;
	struct vtd_ctx ctx;
	unsigned int step;
	u64 off = 0;
	bool marks;

	vtd_entry_ctx(vtd, e, &ctx);
	marks = ctx.ssade || FIELD_GET(VTD_TAG_STAGE, e->tag) != VTD_STAGE_SECOND;
	/* Memory may have smaller pages by now: look at each. */
	for (step = 0; step < VTD_CHECK_STEPS && !(off >> e->shift); step++) {
		if (vtd_differs(vtd, e, &ctx, e->iova + off, &now))
			return 1;
		if (now.shift >= e->shift)
			return marks && e->dirty && !now.dirty;
		off += BIT_ULL(now.shift);
	}
	return 0;
}

static u64 vtd_check_psc_entry(const struct model_tlb_entry *e, void *data)
{
	return vtd_psc_stale(data, e);
}

/**
 * model_vtd_check() - struct model_kind_ops::check
 * @m: the machine
 *
 * An entry that takes the dirty bit for set while memory has it clear is stale
 * too: writes through it would go unnoticed.
 */
u64 model_vtd_check(struct model *m)
{
	struct model_vtd *vtd = to_vtd(m);

	return model_vtd_dev_check(vtd) +
	       model_tlb_for_each(&vtd->tlb, vtd_check_entry, vtd) +
	       model_tlb_for_each(&vtd->psc, vtd_check_psc_entry, vtd);
}
