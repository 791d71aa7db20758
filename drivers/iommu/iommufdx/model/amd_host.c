// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD host translation of an address: what is cached, else the walk with all
 * that it leaves behind.
 *
 * What the caches hold is used without a look at memory. A write through an
 * entry whose page was clean when it was loaded walks again, to set the dirty
 * bit; one through an entry that knows the bit to be set does not, so a driver
 * that clears the bit and does not invalidate misses later writes.
 */
#include <linux/errno.h>

#include "amd_model.h"

static bool amd_refused(const struct amd_look *l, const struct amd_access *acc,
			u8 prot)
{
	prot &= acc->mask;
	/* A translation request asks what is allowed: anything will do. */
	return acc->need ? acc->need & ~prot : !prot && !l->quiet;
}

static bool amd_host_notes(const struct amd_ctx *ctx,
			   const struct amd_access *acc)
{
	return ctx->had == AMD_DTE_HAD_AD && (acc->need & MODEL_PROT_WRITE);
}

static enum amd_walk_fault amd_host_walk(struct amd_look *l,
					 const struct amd_access *acc,
					 struct amd_walk *w)
{
	const struct amd_ctx *ctx = l->ctx;
	struct model *m = &l->amd->m;
	int tries, rc;

	for (tries = 0; tries < AMD_WALK_TRIES; tries++) {
		model_amd_walk(m, ctx->root, ctx->mode, acc->iova, w);
		l->bad = w->bad;
		if (w->fault != AMD_WALK_OK)
			return w->fault;
		if (amd_refused(l, acc, w->prot))
			return AMD_WALK_DENIED;
		if (l->quiet || ctx->had == AMD_DTE_HAD_NONE)
			return AMD_WALK_OK;
		rc = model_amd_walk_mark(m, w, amd_host_notes(ctx, acc));
		if (!rc)
			return AMD_WALK_OK;
		l->bad = w->bad;
		if (rc == -EIO)
			return AMD_WALK_ABORT;
	}
	l->bad = w->path[w->depth - 1].pa;
	return AMD_WALK_RACE;
}

/**
 * model_amd_host() - translate by the host table
 * @l: how; there is a table
 * @acc: what
 * @e: out: leaf
 */
enum amd_walk_fault model_amd_host(struct amd_look *l,
				   const struct amd_access *acc,
				   struct model_tlb_entry *e)
{
	const struct amd_ctx *ctx = l->ctx;
	u64 tag = amd_tag(AMD_STAGE_HOST, ctx->domid, 0);
	enum amd_walk_fault fault;
	struct amd_walk w;

	if (amd_look_cached(l) &&
	    model_tlb_lookup(&l->amd->tlb, tag, acc->iova, e)) {
		model_amd_check_hit(l, e, acc->iova);
		if (amd_refused(l, acc, e->prot))
			return AMD_WALK_DENIED;
		if (e->dirty || !amd_host_notes(ctx, acc))
			return AMD_WALK_OK;
	}
	fault = amd_host_walk(l, acc, &w);
	if (fault != AMD_WALK_OK)
		return fault;
	*e = (struct model_tlb_entry){
		.tag = tag,
		.iova = acc->iova & ~(BIT_ULL(w.shift) - 1),
		.pa = w.pa,
		.aux2 = ctx->root | FIELD_PREP(AMD_AUX_MODE, ctx->mode) |
			FIELD_PREP(AMD_AUX_HAD, ctx->had),
		.rid = ctx->rid,
		.shift = w.shift,
		.prot = w.prot,
		.attr = w.fc ? AMD_ATTR_FC : 0,
		.dirty = w.dirty,
	};
	if (amd_look_cached(l))
		model_tlb_fill(&l->amd->tlb, e, l->gen);
	return AMD_WALK_OK;
}
