// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD guest translation (48882 section 2.2.6): the GCR3 table, which has the
 * page table of each PASID, and guest page tables.
 *
 * Where the device has a host table too, translation is nested: all addresses
 * in the guest's tables are GPAs, so each access to one of them goes through the
 * host table, and setting a bit in one is a write there. The GCR3 table's own
 * address in the DTE is an SPA, or a GPA with GCR3TRPMode.
 *
 * Walks set the accessed bit at every level and the dirty bit of the page, with
 * compare and exchange, once the access is known to be allowed; an entry that
 * changed since it was read sends the walk back to the start. A supervisor may
 * use what a user may, and write only what is writable.
 */
#include <linux/bitops.h>

#include "amd_model.h"

/*
 * struct amd_guest_path - the entries that a walk has used
 * @depth: how many
 * @e: where each is (@addr: nested: a GPA) and what it said
 */
struct amd_guest_path {
	unsigned int depth;
	struct {
		u64 addr;
		u64 pa;
		u64 val;
	} e[AMD_GPT_LEVELS_MAX];
};

#define AMD_GPTE_HW	(AMD_GPTE_A | AMD_GPTE_D)	/* bits that we set */

static bool amd_nested(const struct amd_ctx *ctx)
{
	return ctx->mode != AMD_MODE_NONE;
}

/* Where in memory the guest's address is. */
static enum amd_walk_fault amd_guest_pa(struct amd_look *l, u64 addr, u8 need,
					u64 *pa)
{
	const struct amd_access acc = {
		.iova = addr,
		.need = need,
		.mask = MODEL_PROT_READ | MODEL_PROT_WRITE,
	};
	struct model_tlb_entry e;
	enum amd_walk_fault fault;

	*pa = addr;
	if (!amd_nested(l->ctx))
		return AMD_WALK_OK;
	fault = model_amd_host(l, &acc, &e);
	if (fault == AMD_WALK_OK)
		*pa = e.pa | (addr & (BIT_ULL(e.shift) - 1));
	return fault;
}

/* An entry of a cache, but for what the walk finds out. */
static void amd_guest_entry(const struct amd_ctx *ctx, enum amd_stage stage,
			    u32 pasid, struct model_tlb_entry *e)
{
	*e = (struct model_tlb_entry){
		.tag = amd_tag(stage, ctx->domid, pasid),
		.aux = ctx->gcr3 | FIELD_PREP(AMD_AUX_GLX, ctx->glx) |
		       FIELD_PREP(AMD_AUX_LEVELS, ctx->levels),
		.aux2 = ctx->root | FIELD_PREP(AMD_AUX_MODE, ctx->mode) |
			FIELD_PREP(AMD_AUX_HAD, ctx->had),
		.rid = ctx->rid,
		.pasid = pasid,
		.shift = AMD_PAGE_SHIFT,
		.attr = amd_nested(ctx) ? AMD_ATTR_NESTED : 0,
	};
}

/* ---- GCR3 table ---- */

static enum amd_walk_fault amd_gcr3_walk(struct amd_look *l, u32 pasid,
					 u64 *table)
{
	bool gpa = READ_ONCE(l->amd->control) & AMD_CTRL_GCR3_TRP_MODE;
	const struct amd_ctx *ctx = l->ctx;
	enum amd_walk_fault fault;
	unsigned int level;
	u64 addr, pa, val;

	if (pasid >> (AMD_GCR3_LEVEL_BITS * (ctx->glx + 1)))
		return AMD_WALK_ABSENT;
	*table = ctx->gcr3;
	for (level = ctx->glx + 1; level--; gpa = true) {
		addr = *table + 8 *
		       ((pasid >> (AMD_GCR3_LEVEL_BITS * level)) & 0x1ff);
		pa = addr;
		fault = gpa ? amd_guest_pa(l, addr, MODEL_PROT_READ, &pa) :
			      AMD_WALK_OK;
		if (fault != AMD_WALK_OK)
			return fault;
		l->bad = pa;
		if (model_bus_read64(&l->amd->m, pa, &val))
			return AMD_WALK_ABORT;
		if (!(val & AMD_GCR3_V))
			return AMD_WALK_ABSENT;
		if (val & AMD_GCR3_RSVD)
			return AMD_WALK_RESERVED;
		*table = val & AMD_GCR3_PA;
	}
	return AMD_WALK_OK;
}

/**
 * model_amd_gcr3() - find the page table of a PASID
 * @l: how; guest translation is valid
 * @pasid: which
 * @table: out: its address; nested: a GPA
 */
enum amd_walk_fault model_amd_gcr3(struct amd_look *l, u32 pasid, u64 *table)
{
	struct model_tlb_entry e;
	enum amd_walk_fault fault;

	if (amd_look_cached(l) &&
	    model_tlb_lookup(&l->amd->tlb,
			     amd_tag(AMD_STAGE_GCR3, l->ctx->domid, pasid), 0,
			     &e)) {
		model_amd_check_hit(l, &e, 0);
		*table = e.pa;
		return AMD_WALK_OK;
	}
	fault = amd_gcr3_walk(l, pasid, table);
	if (fault != AMD_WALK_OK || !amd_look_cached(l))
		return fault;
	amd_guest_entry(l->ctx, AMD_STAGE_GCR3, pasid, &e);
	e.pa = *table;
	model_tlb_fill(&l->amd->tlb, &e, l->gen);
	return AMD_WALK_OK;
}

/* ---- Page tables ---- */

/**
 * model_amd_allowed() - what a guest entry allows an access
 * @acc: the access
 * @prot: of the entry
 *
 * Return: MODEL_PROT_*.
 */
u8 model_amd_allowed(const struct amd_access *acc, u8 prot)
{
	if (!acc->priv && !(prot & AMD_PROT_US))
		return 0;
	return prot & ~AMD_PROT_US & (acc->mask | MODEL_PROT_EXEC);
}

static bool amd_guest_refused(const struct amd_look *l,
			      const struct amd_access *acc, u8 prot)
{
	u8 allowed = model_amd_allowed(acc, prot);

	return acc->need ? acc->need & ~allowed : !allowed && !l->quiet;
}

static bool amd_canonical(u64 iova, unsigned int levels)
{
	unsigned int top = 64 - AMD_LEVEL_SHIFT(levels + 1);

	return (u64)((s64)(iova << top) >> top) == iova;
}

static bool amd_gpte_reserved(const struct amd_look *l, u64 val,
			      unsigned int level, bool leaf)
{
	if ((val & AMD_GPTE_NX) && !(l->amd->efr & AMD_EFR_NX))
		return true;
	if (!leaf || level == 1)
		return level > AMD_GPT_LEAF_MAX && (val & AMD_GPTE_PS);
	if (level > AMD_GPT_LEAF_MAX)
		return true;
	/* Bit 12 is PAT. */
	return val & GENMASK_ULL(AMD_LEVEL_SHIFT(level) - 1, AMD_PAGE_SHIFT + 1);
}

static enum amd_walk_fault amd_guest_descend(struct amd_look *l, u64 table,
					     u64 iova,
					     struct amd_guest_path *path,
					     struct model_tlb_entry *e)
{
	enum amd_walk_fault fault;
	unsigned int level;
	u64 addr, pa, val;
	bool leaf;

	e->prot = MODEL_PROT_READ | MODEL_PROT_WRITE | MODEL_PROT_EXEC |
		  AMD_PROT_US;
	for (level = l->ctx->levels;; level--) {
		addr = table + ((iova >> AMD_LEVEL_SHIFT(level)) & 0x1ff) * 8;
		fault = amd_guest_pa(l, addr, MODEL_PROT_READ, &pa);
		if (fault != AMD_WALK_OK)
			return fault;
		l->bad = pa;
		if (model_bus_read64(&l->amd->m, pa, &val))
			return AMD_WALK_ABORT;
		path->e[path->depth].addr = addr;
		path->e[path->depth].pa = pa;
		path->e[path->depth].val = val;
		path->depth++;

		if (!(val & AMD_GPTE_P))
			return AMD_WALK_ABSENT;
		leaf = level == 1 || (val & AMD_GPTE_PS);
		if (amd_gpte_reserved(l, val, level, leaf))
			return AMD_WALK_RESERVED;
		if (!(val & AMD_GPTE_RW))
			e->prot &= ~MODEL_PROT_WRITE;
		if (!(val & AMD_GPTE_US))
			e->prot &= ~AMD_PROT_US;
		if (val & AMD_GPTE_NX)
			e->prot &= ~MODEL_PROT_EXEC;
		if (leaf)
			break;
		table = val & AMD_GPTE_PA;
	}
	e->shift = AMD_LEVEL_SHIFT(level);
	e->pa = val & AMD_GPTE_PA & ~(BIT_ULL(e->shift) - 1);
	e->dirty = val & AMD_GPTE_D;
	return AMD_WALK_OK;
}

/* Turns the GPA in @e into what the host table gives, if there is one. */
static enum amd_walk_fault amd_guest_nest(struct amd_look *l,
					  const struct amd_access *acc,
					  struct model_tlb_entry *e)
{
	u64 gpa = e->pa | (acc->iova & (BIT_ULL(e->shift) - 1));
	const struct amd_access under = {
		.iova = gpa,
		.need = acc->need & ~MODEL_PROT_EXEC,
		.mask = acc->mask,
	};
	struct model_tlb_entry host;
	enum amd_walk_fault fault;

	if (amd_nested(l->ctx)) {
		fault = model_amd_host(l, &under, &host);
		if (fault != AMD_WALK_OK)
			return fault;
		if (!(host.prot & MODEL_PROT_READ))
			e->prot &= ~(MODEL_PROT_READ | MODEL_PROT_EXEC);
		if (!(host.prot & MODEL_PROT_WRITE))
			e->prot &= ~MODEL_PROT_WRITE;
		if (l->ctx->had == AMD_DTE_HAD_AD && !host.dirty)
			e->dirty = false;
		/* An invalidation of the guest's page finds all its parts. */
		if (host.shift < e->shift) {
			e->reach = e->shift;
			e->shift = host.shift;
		}
		e->pa = host.pa | (gpa & (BIT_ULL(host.shift) - 1));
		e->attr |= host.attr & AMD_ATTR_FC;
	}
	e->iova = acc->iova & ~(BIT_ULL(e->shift) - 1);
	e->pa &= ~(BIT_ULL(e->shift) - 1);
	return AMD_WALK_OK;
}

/* Set the bits; AMD_WALK_RACE: walk again. */
static enum amd_walk_fault amd_guest_mark(struct amd_look *l,
					  struct amd_guest_path *path,
					  bool dirty)
{
	enum amd_walk_fault fault;
	unsigned int i;
	u64 pa;

	for (i = 0; i < path->depth; i++) {
		u64 want = AMD_GPTE_A |
			   (dirty && i + 1 == path->depth ? AMD_GPTE_D : 0);
		u64 val = path->e[i].val, old;

		if ((val & want) == want)
			continue;
		fault = amd_guest_pa(l, path->e[i].addr, MODEL_PROT_WRITE, &pa);
		if (fault != AMD_WALK_OK)
			return fault;
		l->bad = pa;
		if (pa != path->e[i].pa)
			return AMD_WALK_RACE;
		while ((val & want) != want) {
			old = val;
			if (model_bus_cmpxchg64(&l->amd->m, pa, &old,
						val | want))
				return AMD_WALK_ABORT;
			if ((old ^ path->e[i].val) & ~AMD_GPTE_HW)
				return AMD_WALK_RACE;
			if (old == val)
				break;
			val = old;
		}
	}
	return AMD_WALK_OK;
}

static enum amd_walk_fault amd_guest_walk(struct amd_look *l,
					  const struct amd_access *acc,
					  struct model_tlb_entry *e)
{
	struct amd_guest_path path = { .depth = 0 };
	enum amd_walk_fault fault;
	u64 table;
	bool dirty = acc->need & MODEL_PROT_WRITE;

	fault = model_amd_gcr3(l, acc->pasid, &table);
	if (fault != AMD_WALK_OK)
		return fault;
	amd_guest_entry(l->ctx, AMD_STAGE_GUEST, acc->pasid, e);
	fault = amd_guest_descend(l, table, acc->iova, &path, e);
	if (fault != AMD_WALK_OK)
		return fault;
	if (amd_guest_refused(l, acc, e->prot))
		return AMD_WALK_DENIED;
	fault = amd_guest_nest(l, acc, e);
	if (fault == AMD_WALK_OK && !l->quiet)
		fault = amd_guest_mark(l, &path, dirty);
	if (fault != AMD_WALK_OK)
		return fault;
	if (!l->quiet)
		e->dirty |= dirty;
	if (amd_look_cached(l))
		model_tlb_fill(&l->amd->tlb, e, l->gen);
	return AMD_WALK_OK;
}

/**
 * model_amd_guest() - translate by a PASID's table, and the host's under it
 * @l: how; guest translation is valid
 * @acc: what
 * @e: out: leaf
 */
enum amd_walk_fault model_amd_guest(struct amd_look *l,
				    const struct amd_access *acc,
				    struct model_tlb_entry *e)
{
	const struct amd_ctx *ctx = l->ctx;
	enum amd_walk_fault fault;
	unsigned int tries;

	if (!amd_canonical(acc->iova, ctx->levels))
		return AMD_WALK_ABSENT;
	if (amd_look_cached(l) &&
	    model_tlb_lookup(&l->amd->tlb,
			     amd_tag(AMD_STAGE_GUEST, ctx->domid, acc->pasid),
			     acc->iova, e)) {
		model_amd_check_hit(l, e, acc->iova);
		if (amd_guest_refused(l, acc, e->prot))
			return AMD_WALK_DENIED;
		if (e->dirty || !(acc->need & MODEL_PROT_WRITE))
			return AMD_WALK_OK;
	}
	for (tries = 0; tries < AMD_WALK_TRIES; tries++) {
		fault = amd_guest_walk(l, acc, e);
		if (fault != AMD_WALK_RACE)
			return fault;
	}
	return AMD_WALK_RACE;
}
