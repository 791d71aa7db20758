// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d page walks (sections 3.6 to 3.8, 6.2.4 to 6.2.6).
 *
 * A walk begins at the lowest table that the paging-structure cache knows, and
 * does not look again at the entries above: neither at where they point nor at
 * their accessed bits. Once the access is known to be allowed, it sets bits
 * with compare and exchange; an entry that changed since it was read sends the
 * walk back to the start.
 *
 * In nested translation each access to a first-stage entry is translated by the
 * second stage, and setting a bit in it is a write there.
 *
 * Functions return a fault reason of scalable mode, or 0.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "vtd_model.h"

/* No fault reason: walk again. */
#define VTD_WALK_AGAIN		0xff

/*
 * struct vtd_path - the entries that a walk has used
 * @depth: how many
 * @e: where each is (@addr: nested: a GPA) and what it said
 */
struct vtd_path {
	unsigned int depth;
	struct {
		u64 addr;
		u64 pa;
		u64 val;
		struct model_tlb_entry psc;	/* what it makes known, if no leaf */
	} e[VTD_LEVELS_MAX];
};

static bool vtd_cached(const struct vtd_walk *w)
{
	return !w->quiet && !(w->vtd->m.cfg.flags & MODEL_NO_CACHE);
}

/* Where to begin: table and level; what is known of it goes to @e. */
static u64 vtd_walk_start(struct vtd_walk *w, u64 addr, u64 root,
			  unsigned int levels, unsigned int *level,
			  struct model_tlb_entry *e)
{
	struct model_tlb_entry hit;

	*level = levels;
	if (!vtd_cached(w) ||
	    !model_tlb_lookup(&w->vtd->psc, e->tag, addr, &hit))
		return root;
	model_vtd_check_psc(w->vtd, &hit);
	e->prot = hit.prot;
	*level = (hit.shift - VTD_PAGE_SHIFT) / VTD_LEVEL_BITS;
	return hit.pa;
}

/* An entry of a cache, but for what the walk finds out. */
static void vtd_entry_init(const struct vtd_ctx *ctx, u32 stage,
			   struct model_tlb_entry *e)
{
	u8 prot = MODEL_PROT_READ | MODEL_PROT_WRITE;

	if (stage != VTD_STAGE_SECOND)
		prot |= VTD_PROT_US | VTD_PROT_SS_READ | VTD_PROT_SS_WRITE;
	*e = (struct model_tlb_entry){
		.tag = vtd_tag(stage, ctx->did, ctx->pasid),
		.aux = ctx->fs_root | ctx->fs_levels,
		.aux2 = ctx->ss_root | ctx->ss_levels |
			(ctx->ssade ? VTD_AUX_SSADE : 0),
		.rid = ctx->rid,
		.pasid = ctx->pasid,
		.prot = prot,
	};
}

static void vtd_entry_set(struct model_tlb_entry *e, u64 addr, u64 pa,
			  unsigned int shift)
{
	u64 low = BIT_ULL(shift) - 1;

	e->iova = addr & ~low;
	e->pa = pa & ~low;
	e->shift = shift;
}

/* A non-leaf entry leads to @table, as far as @e knows its rights. */
static void vtd_path_psc(struct vtd_path *path, u64 addr, u64 table,
			 unsigned int level, const struct model_tlb_entry *e)
{
	struct model_tlb_entry *psc = &path->e[path->depth - 1].psc;

	*psc = *e;
	psc->iova = addr & ~(BIT_ULL(VTD_LEVEL_SHIFT(level)) - 1);
	psc->pa = table;
	psc->shift = VTD_LEVEL_SHIFT(level);
}

static void vtd_walk_fill(struct vtd_walk *w, const struct vtd_path *path,
			  const struct model_tlb_entry *e)
{
	unsigned int i;

	if (!vtd_cached(w))
		return;
	for (i = 0; i + 1 < path->depth; i++)
		model_tlb_fill(&w->vtd->psc, &path->e[i].psc, w->gen);
	model_tlb_fill(&w->vtd->tlb, e, w->gen);
}

/* The bits that an entry of the path must have after the access. */
static u64 vtd_path_want(const struct vtd_path *path, unsigned int i, u64 a,
			 u64 d)
{
	return i + 1 == path->depth ? a | d : a;
}

/* Set them; @a and @d are the bits, @d 0 where the access does not write. */
static u8 vtd_path_mark(struct vtd_walk *w, struct vtd_path *path, u64 a,
			u64 d, u64 own, u8 access_fault)
{
	unsigned int i;

	for (i = 0; i < path->depth; i++) {
		u64 want = vtd_path_want(path, i, a, d);
		u64 val = path->e[i].val, old;

		while ((val & want) != want) {
			old = val;
			if (model_bus_cmpxchg64(&w->vtd->m, path->e[i].pa, &old,
						val | want))
				return access_fault;
			if ((old ^ path->e[i].val) & ~own)
				return VTD_WALK_AGAIN;
			if (old == val)
				break;
			val = old;
		}
	}
	return 0;
}

static bool vtd_path_marked(const struct vtd_path *path, u64 a, u64 d)
{
	unsigned int i;

	for (i = 0; i < path->depth; i++) {
		u64 want = vtd_path_want(path, i, a, d);

		if ((path->e[i].val & want) != want)
			return false;
	}
	return true;
}

/* ---- Second stage ---- */

static u8 vtd_ss_denied(u8 prot, u8 need)
{
	if (!(prot & (MODEL_PROT_READ | MODEL_PROT_WRITE)))
		return VTD_FR_SM_SS_PERM;
	if (need & ~prot & MODEL_PROT_WRITE)
		return VTD_FR_SM_WRITE;
	if (need & ~prot & MODEL_PROT_READ)
		return VTD_FR_SM_READ;
	return 0;
}

static bool vtd_ss_reserved(struct model_vtd *vtd, u64 val, unsigned int level,
			    bool leaf)
{
	u64 low = GENMASK_ULL(VTD_LEVEL_SHIFT(level) - 1, VTD_PAGE_SHIFT - 1) &
		  ~VTD_SS_SNP;

	if (!leaf)
		return val & VTD_SS_SNP;
	switch (level) {
	case 1:
		return false;
	case 2:
		return !(vtd->cap & VTD_CAP_SSLPS_2M) || (val & low);
	case 3:
		return !(vtd->cap & VTD_CAP_SSLPS_1G) || (val & low);
	}
	return true;
}

static u8 vtd_ss_descend(struct vtd_walk *w, u64 gpa, struct vtd_path *path,
			 struct model_tlb_entry *e)
{
	const struct vtd_ctx *ctx = w->ctx;
	unsigned int level;
	u64 table, pa, val;
	bool leaf;

	table = vtd_walk_start(w, gpa, ctx->ss_root, ctx->ss_levels, &level, e);
	for (;; level--) {
		pa = table + ((gpa >> VTD_LEVEL_SHIFT(level)) & 0x1ff) * 8;
		if (model_bus_read64(&w->vtd->m, pa, &val))
			return level == ctx->ss_levels ?
			       VTD_FR_SM_SS_PTR_ACCESS : VTD_FR_SM_SS_ACCESS;
		path->e[path->depth].pa = pa;
		path->e[path->depth].val = val;
		path->depth++;

		if (!(val & (VTD_SS_R | VTD_SS_W))) {
			e->prot = 0;
			vtd_entry_set(e, gpa, 0, VTD_LEVEL_SHIFT(level));
			return VTD_FR_SM_SS_PERM;
		}
		leaf = level == 1 || (val & VTD_SS_PS);
		if (vtd_ss_reserved(w->vtd, val, level, leaf))
			return VTD_FR_SM_SS_RSVD;
		if (!(val & VTD_SS_R))
			e->prot &= ~MODEL_PROT_READ;
		if (!(val & VTD_SS_W))
			e->prot &= ~MODEL_PROT_WRITE;
		if (leaf)
			break;
		table = val & VTD_SS_PA;
		vtd_path_psc(path, gpa, table, level, e);
	}
	vtd_entry_set(e, gpa, val & VTD_SS_PA, VTD_LEVEL_SHIFT(level));
	e->dirty = val & VTD_SS_D;
	e->attr = val & VTD_SS_SNP ? VTD_ATTR_SNP : 0;
	return 0;
}

static u8 vtd_ss_mark(struct vtd_walk *w, struct vtd_path *path, bool dirty,
		      struct model_tlb_entry *e)
{
	u64 d = dirty ? VTD_SS_D : 0;
	u8 fault;

	if (w->quiet || !w->ctx->ssade || vtd_path_marked(path, VTD_SS_A, d))
		return 0;
	if (!w->ctx->snoop)
		return VTD_FR_SM_SS_AD_NO_SNOOP;
	fault = vtd_path_mark(w, path, VTD_SS_A, d, VTD_SS_A | VTD_SS_D,
			      VTD_FR_SM_SS_ACCESS);
	if (!fault)
		e->dirty |= dirty;
	return fault;
}

static u8 vtd_ss_walk(struct vtd_walk *w, u64 gpa, u8 need, bool dirty,
		      struct model_tlb_entry *e)
{
	struct vtd_path path = { .depth = 0 };
	u8 fault;

	vtd_entry_init(w->ctx, VTD_STAGE_SECOND, e);
	fault = vtd_ss_descend(w, gpa, &path, e);
	if (fault == VTD_FR_SM_SS_PERM && vtd_cached(w) &&
	    (w->vtd->m.cfg.flags & MODEL_CACHE_ABSENT))
		model_tlb_fill(&w->vtd->tlb, e, w->gen);
	if (!fault)
		fault = vtd_ss_denied(e->prot, need);
	if (!fault)
		fault = vtd_ss_mark(w, &path, dirty, e);
	if (!fault)
		vtd_walk_fill(w, &path, e);
	return fault;
}

/**
 * model_vtd_walk_ss() - translate by the second stage
 * @w: how
 * @gpa: address
 * @need: MODEL_PROT_* that the access needs
 * @dirty: it writes
 * @e: out: leaf; @e->prot are MODEL_PROT_*
 *
 * Return: fault reason or 0.
 */
u8 model_vtd_walk_ss(struct vtd_walk *w, u64 gpa, u8 need, bool dirty,
		     struct model_tlb_entry *e)
{
	const struct vtd_ctx *ctx = w->ctx;
	unsigned int tries;
	u8 fault;

	if (gpa >> VTD_LEVEL_WIDTH(ctx->ss_levels))
		return VTD_FR_SM_ADDR_WIDTH;
	if (vtd_cached(w) &&
	    model_tlb_lookup(&w->vtd->tlb,
			     vtd_tag(VTD_STAGE_SECOND, ctx->did, 0), gpa, e)) {
		model_vtd_check_hit(w->vtd, e, gpa);
		fault = vtd_ss_denied(e->prot, need);
		if (fault || !dirty || !ctx->ssade || e->dirty)
			return fault;
	}
	for (tries = 0; tries < VTD_WALK_TRIES; tries++) {
		fault = vtd_ss_walk(w, gpa, need, dirty, e);
		if (fault != VTD_WALK_AGAIN)
			return fault;
	}
	return VTD_FR_SM_SS_AD_FAILED;
}

/* ---- First stage ---- */

/**
 * model_vtd_allowed() - what a first-stage or nested entry allows a request
 * @ctx: the request
 * @prot: of the entry
 *
 * Return: MODEL_PROT_*.
 */
u8 model_vtd_allowed(const struct vtd_ctx *ctx, u8 prot)
{
	bool write = (prot & MODEL_PROT_WRITE) || (ctx->priv && !ctx->wpe);
	u8 allowed = 0;

	if (ctx->stage == VTD_STAGE_SECOND)
		return prot & (MODEL_PROT_READ | MODEL_PROT_WRITE);
	if (!ctx->priv && !(prot & VTD_PROT_US))
		return 0;
	if (prot & VTD_PROT_SS_READ)
		allowed |= MODEL_PROT_READ;
	if (write && (prot & VTD_PROT_SS_WRITE))
		allowed |= MODEL_PROT_WRITE;
	return allowed;
}

static u8 vtd_fs_denied(const struct vtd_ctx *ctx, u8 prot, u8 need)
{
	u8 allowed = model_vtd_allowed(ctx, prot);

	if (need && !ctx->priv && !(prot & VTD_PROT_US))
		return VTD_FR_FS_US;
	if (need & ~allowed & MODEL_PROT_WRITE)
		return VTD_FR_SM_WRITE;
	if (need & ~allowed & MODEL_PROT_READ)
		return VTD_FR_SM_READ;
	return 0;
}

static bool vtd_canonical(u64 iova, unsigned int levels)
{
	unsigned int top = 64 - VTD_LEVEL_WIDTH(levels);

	return (u64)((s64)(iova << top) >> top) == iova;
}

/* Where the first-stage entry at @addr is in memory. */
static u8 vtd_fs_entry_pa(struct vtd_walk *w, u64 addr, bool top, bool write,
			  u64 *pa)
{
	struct model_tlb_entry e;
	u8 fault;

	*pa = addr;
	if (w->ctx->stage != VTD_STAGE_NESTED)
		return 0;
	fault = model_vtd_walk_ss(w, addr,
				  write ? MODEL_PROT_WRITE : MODEL_PROT_READ,
				  write, &e);
	switch (fault) {
	case 0:
		*pa = e.pa | (addr & (BIT_ULL(e.shift) - 1));
		return 0;
	case VTD_FR_SM_ADDR_WIDTH:
		return VTD_FR_NEST_FS_WIDTH;
	case VTD_FR_SM_SS_PERM:
	case VTD_FR_SM_READ:
	case VTD_FR_SM_WRITE:
		if (write)
			return VTD_FR_NEST_FS_WRITE;
		return top ? VTD_FR_NEST_FS_PTR_READ : VTD_FR_NEST_FS_READ;
	}
	return fault;
}

static bool vtd_fs_reserved(struct model_vtd *vtd, u64 val, unsigned int level)
{
	u64 low = GENMASK_ULL(VTD_LEVEL_SHIFT(level) - 1, VTD_PAGE_SHIFT + 1);

	if (level == 1 || !(val & VTD_FS_PS))
		return false;
	if (level == 2)
		return val & low;
	return level > 3 || !(vtd->cap & VTD_CAP_FS1GP) || (val & low);
}

static u8 vtd_fs_descend(struct vtd_walk *w, u64 iova, struct vtd_path *path,
			 struct model_tlb_entry *e)
{
	const struct vtd_ctx *ctx = w->ctx;
	u64 table, addr, pa, val;
	unsigned int level;
	bool top;
	u8 fault;

	table = vtd_walk_start(w, iova, ctx->fs_root, ctx->fs_levels, &level,
			       e);
	for (;; level--) {
		top = level == ctx->fs_levels;
		addr = table + ((iova >> VTD_LEVEL_SHIFT(level)) & 0x1ff) * 8;
		fault = vtd_fs_entry_pa(w, addr, top, false, &pa);
		if (fault)
			return fault;
		if (model_bus_read64(&w->vtd->m, pa, &val))
			return top ? VTD_FR_FS_PTR_ACCESS : VTD_FR_FS_ACCESS;
		path->e[path->depth].addr = addr;
		path->e[path->depth].pa = pa;
		path->e[path->depth].val = val;
		path->depth++;

		if (!(val & VTD_FS_P))
			return VTD_FR_FS_P;
		if (vtd_fs_reserved(w->vtd, val, level))
			return VTD_FR_FS_RSVD;
		if (!(val & VTD_FS_RW))
			e->prot &= ~MODEL_PROT_WRITE;
		if (!(val & VTD_FS_US))
			e->prot &= ~VTD_PROT_US;
		if (level == 1 || (val & VTD_FS_PS))
			break;
		table = val & VTD_FS_PA;
		vtd_path_psc(path, iova, table, level, e);
	}
	vtd_entry_set(e, iova, val & VTD_FS_PA, VTD_LEVEL_SHIFT(level));
	e->dirty = val & VTD_FS_D;
	return 0;
}

/* Turns a GPA of nested translation in @e into what the second stage gives. */
static u8 vtd_fs_nest(struct vtd_walk *w, u64 iova, u8 need, bool dirty,
		      struct model_tlb_entry *e)
{
	u64 gpa = e->pa | (iova & (BIT_ULL(e->shift) - 1));
	struct model_tlb_entry ss;
	u8 fault;

	fault = model_vtd_walk_ss(w, gpa, need, dirty, &ss);
	if (fault)
		return fault == VTD_FR_SM_ADDR_WIDTH ? VTD_FR_NEST_ADDR_WIDTH :
						       fault;
	e->prot &= ~(VTD_PROT_SS_READ | VTD_PROT_SS_WRITE);
	if (ss.prot & MODEL_PROT_READ)
		e->prot |= VTD_PROT_SS_READ;
	if (ss.prot & MODEL_PROT_WRITE)
		e->prot |= VTD_PROT_SS_WRITE;
	e->attr = ss.attr;
	if (w->ctx->ssade && !ss.dirty)
		e->dirty = false;
	/* The smaller page; an invalidation of the first stage finds all of it. */
	if (ss.shift < e->shift)
		e->reach = e->shift;
	vtd_entry_set(e, iova, ss.pa | (gpa & (BIT_ULL(ss.shift) - 1)),
		      ss.shift < e->shift ? ss.shift : e->shift);
	return 0;
}

static u8 vtd_fs_mark(struct vtd_walk *w, struct vtd_path *path, bool dirty)
{
	u64 a = VTD_FS_A | (w->ctx->eafe ? VTD_FS_EA : 0);
	u64 d = dirty ? VTD_FS_D : 0, pa;
	unsigned int i;
	u8 fault;

	if (w->quiet || vtd_path_marked(path, a, d))
		return 0;
	if (!w->ctx->snoop)
		return VTD_FR_FS_AD_NO_SNOOP;
	for (i = 0; i < path->depth; i++) {
		u64 want = vtd_path_want(path, i, a, d);

		if ((path->e[i].val & want) == want)
			continue;
		fault = vtd_fs_entry_pa(w, path->e[i].addr, false, true, &pa);
		if (fault)
			return fault;
		if (pa != path->e[i].pa)
			return VTD_WALK_AGAIN;
	}
	return vtd_path_mark(w, path, a, d, VTD_FS_A | VTD_FS_D | VTD_FS_EA,
			     VTD_FR_FS_ACCESS);
}

static u8 vtd_fs_walk(struct vtd_walk *w, u64 iova, u8 need, bool dirty,
		      struct model_tlb_entry *e)
{
	const struct vtd_ctx *ctx = w->ctx;
	struct vtd_path path = { .depth = 0 };
	u8 fault;

	vtd_entry_init(ctx, ctx->stage, e);
	fault = vtd_fs_descend(w, iova, &path, e);
	if (!fault)
		fault = vtd_fs_denied(ctx, e->prot, need);
	if (!fault && ctx->stage == VTD_STAGE_NESTED)
		fault = vtd_fs_nest(w, iova, need, dirty, e);
	if (!fault)
		fault = vtd_fs_mark(w, &path, dirty);
	if (fault)
		return fault;
	e->dirty |= dirty;
	vtd_walk_fill(w, &path, e);
	return 0;
}

/**
 * model_vtd_walk_fs() - translate by the first stage, and the second under it
 * @w: how
 * @iova: address
 * @need: MODEL_PROT_* that the access needs; 0: only look what is allowed
 * @dirty: it writes
 * @e: out: leaf
 *
 * Return: fault reason or 0.
 */
u8 model_vtd_walk_fs(struct vtd_walk *w, u64 iova, u8 need, bool dirty,
		     struct model_tlb_entry *e)
{
	const struct vtd_ctx *ctx = w->ctx;
	unsigned int tries;
	u8 fault;

	if (!vtd_canonical(iova, ctx->fs_levels))
		return VTD_FR_FS_CANONICAL;
	if (vtd_cached(w) &&
	    model_tlb_lookup(&w->vtd->tlb,
			     vtd_tag(ctx->stage, ctx->did, ctx->pasid), iova,
			     e)) {
		model_vtd_check_hit(w->vtd, e, iova);
		fault = vtd_fs_denied(ctx, e->prot, need);
		if (fault || !dirty || e->dirty)
			return fault;
	}
	for (tries = 0; tries < VTD_WALK_TRIES; tries++) {
		fault = vtd_fs_walk(w, iova, need, dirty, e);
		if (fault != VTD_WALK_AGAIN)
			return fault;
	}
	return VTD_FR_FS_AD_FAILED;
}

/**
 * model_vtd_psc_matches() - does memory say the same as a paging-structure entry?
 * @w: how, quietly, by the tables it should come from
 * @e: the entry
 */
bool model_vtd_psc_matches(struct vtd_walk *w, const struct model_tlb_entry *e)
{
	u32 stage = FIELD_GET(VTD_TAG_STAGE, e->tag);
	struct vtd_path path = { .depth = 0 };
	struct model_tlb_entry now;
	unsigned int i;

	vtd_entry_init(w->ctx, stage, &now);
	/* Whatever is wrong further down is not this entry's. */
	if (stage == VTD_STAGE_SECOND)
		vtd_ss_descend(w, e->iova, &path, &now);
	else
		vtd_fs_descend(w, e->iova, &path, &now);
	for (i = 0; i < path.depth; i++)
		if (path.e[i].psc.shift == e->shift)
			return path.e[i].psc.pa == e->pa &&
			       path.e[i].psc.prot == e->prot;
	return false;
}
