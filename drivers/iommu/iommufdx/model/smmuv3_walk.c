// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3: walk of one stage of VMSAv8-64 tables (DDI 0487 chapter D8).
 *
 * The accesses of a stage 1 walk are translated by stage 2 where that is on,
 * an update of a descriptor as a write. Faults come in the order translation,
 * address size, access flag, permission. Access flag and dirty state are set
 * once the access is known to be allowed, with compare and exchange: a
 * descriptor that changed since it was read sends the walk back to the start.
 *
 * A contiguous run is taken for what the descriptor that was walked says of
 * it: whoever lets its descriptors disagree sees that.
 */
#include <linux/string.h>

#include "smmuv3_model.h"

#define SMMU_WALK_TRIES		1000

struct smmu_walk {
	struct smmu_piece *p;
	const struct smmu_stage *st;
	u64 addr;
	u64 table;
	u64 tag;
	u8 level;
	u8 user;		/* MODEL_PROT_* that tables left */
	u8 priv;
	u64 desc_ipa;		/* stage 1 behind stage 2 */
	u64 desc_pa;
	u64 desc;
};

static int smmu_walk_fail(struct smmu_walk *w, u8 code)
{
	w->p->fault.s2 = w->st->s2;
	w->p->fault.class = w->st->s2 ? w->p->class : SMMU_EVT_CLASS_IN;
	w->p->fault.ipa = w->st->s2 ? w->addr : 0;
	return smmu_fail(w->p, code);
}

static int smmu_walk_abort(struct smmu_walk *w)
{
	smmu_walk_fail(w, SMMU_EVT_F_WALK_EABT);
	if (!w->st->s2)
		w->p->fault.class = SMMU_EVT_CLASS_TT;
	w->p->fault.fetch = w->desc_pa;
	return -EFAULT;
}

/* Where the descriptor at w->desc_ipa is for an access that needs @need. */
static int smmu_walk_locate(struct smmu_walk *w, u8 need)
{
	struct smmu_piece *p = w->p;
	struct smmu_leaf leaf;
	int rc;

	w->desc_pa = w->desc_ipa;
	if (w->st->s2 || !p->ctx.ste.s2)
		return 0;
	p->class = SMMU_EVT_CLASS_TT;
	p->fault.tt_write = need & MODEL_PROT_WRITE;
	rc = model_smmu_stage2(p, w->desc_ipa, need, need & MODEL_PROT_WRITE,
			       &leaf);
	if (!rc && leaf.device && p->ctx.ste.stage2.ptw) {
		p->fault.s2 = true;
		p->fault.class = SMMU_EVT_CLASS_TT;
		p->fault.ipa = w->desc_ipa;
		rc = smmu_fail(p, SMMU_EVT_F_PERMISSION);
	}
	p->class = SMMU_EVT_CLASS_IN;
	if (!rc)
		w->desc_pa = leaf.pa |
			     (w->desc_ipa & (BIT_ULL(leaf.shift) - 1));
	return rc;
}

static int smmu_walk_read(struct smmu_walk *w, unsigned int shift)
{
	u64 index = w->addr >> shift;
	int rc;

	/* The first table may be larger than the others. */
	if (w->level == w->st->level)
		index &= BIT_ULL(w->st->ia_bits - shift) - 1;
	else
		index &= BIT_ULL(ARMV8_LEVEL_BITS(w->st->granule)) - 1;
	w->desc_ipa = w->table + 8 * index;
	rc = smmu_walk_locate(w, MODEL_PROT_READ);
	if (rc)
		return rc;
	if (model_bus_read64(&w->p->smmu->m, w->desc_pa, &w->desc))
		return smmu_walk_abort(w);
	return 0;
}

/* Hierarchical permissions of a stage 1 table. */
static void smmu_walk_table_prot(struct smmu_walk *w)
{
	if (w->st->had)
		return;
	if (w->desc & ARMV8_TABLE_AP1) {
		w->user &= ~MODEL_PROT_WRITE;
		w->priv &= ~MODEL_PROT_WRITE;
	}
	if (w->desc & ARMV8_TABLE_AP0)
		w->user = 0;
	if (w->desc & ARMV8_TABLE_UXN)
		w->user &= ~MODEL_PROT_EXEC;
	if (w->desc & ARMV8_TABLE_PXN)
		w->priv &= ~MODEL_PROT_EXEC;
}

static bool smmu_block_legal(const struct smmu_stage *st, u8 level)
{
	switch (st->granule) {
	case ARMV8_SHIFT_4K:
		return level == 1 || level == 2;
	default:
		return level == 2;
	}
}

/* log2 of a contiguous run's descriptors, 0: the hint means nothing there. */
static u8 smmu_cont_bits(const struct smmu_stage *st, u8 level)
{
	switch (st->granule) {
	case ARMV8_SHIFT_4K:
		return level ? ARMV8_CONT_4K_BITS : 0;
	case ARMV8_SHIFT_16K:
		if (level == ARMV8_LEVEL_MAX)
			return ARMV8_CONT_16K_L3_BITS;
		return level == 2 ? ARMV8_CONT_16K_L2_BITS : 0;
	}
	return level >= 2 ? ARMV8_CONT_64K_BITS : 0;
}

static void smmu_leaf_prot_s1(struct smmu_walk *w, struct smmu_leaf *leaf)
{
	bool writable = !(w->desc & ARMV8_S1_AP2);

	leaf->dirty = true;
	if (!writable && w->st->hd && (w->desc & ARMV8_DESC_DBM)) {
		writable = true;
		leaf->dirty = false;
	}
	if (!writable) {
		w->user &= ~MODEL_PROT_WRITE;
		w->priv &= ~MODEL_PROT_WRITE;
	}
	if (!(w->desc & ARMV8_S1_AP1))
		w->user = 0;
	if ((w->desc & ARMV8_S1_UXN) ||
	    (w->st->wxn && (w->user & MODEL_PROT_WRITE)))
		w->user &= ~MODEL_PROT_EXEC;
	/* What the unprivileged may write, the privileged may not execute. */
	if ((w->desc & ARMV8_S1_PXN) || (w->user & MODEL_PROT_WRITE) ||
	    (w->st->wxn && (w->priv & MODEL_PROT_WRITE)))
		w->priv &= ~MODEL_PROT_EXEC;
	leaf->global = !(w->desc & ARMV8_S1_NG);
}

static void smmu_leaf_prot_s2(struct smmu_walk *w, struct smmu_leaf *leaf)
{
	bool writable = w->desc & ARMV8_S2_S2AP_W;

	leaf->dirty = true;
	if (!writable && w->st->hd && (w->desc & ARMV8_DESC_DBM)) {
		writable = true;
		leaf->dirty = false;
	}
	if (!writable)
		w->user &= ~MODEL_PROT_WRITE;
	if (!(w->desc & ARMV8_S2_S2AP_R))
		w->user &= ~(MODEL_PROT_READ | MODEL_PROT_EXEC);
	/* Without XNX only the upper bit counts. */
	if (FIELD_GET(ARMV8_S2_XN, w->desc) & 2)
		w->user &= ~MODEL_PROT_EXEC;
	w->priv = w->user;
	leaf->device = !(FIELD_GET(ARMV8_S2_MEMATTR, w->desc) & 0xc);
}

static void smmu_walk_leaf(struct smmu_walk *w, unsigned int shift,
			   struct smmu_leaf *leaf)
{
	leaf->level = w->level;
	leaf->granule = w->st->granule;
	leaf->shift = shift;
	leaf->nt = w->level < ARMV8_LEVEL_MAX && (w->desc & ARMV8_DESC_NT) &&
		   FIELD_GET(SMMU_IDR3_BBML, w->p->smmu->idr[3]);
	if (w->desc & ARMV8_DESC_CONT)
		leaf->shift += smmu_cont_bits(w->st, w->level);
	leaf->pa = w->desc & ARMV8_DESC_ADDR & ~(BIT_ULL(leaf->shift) - 1);
	if (w->st->s2)
		smmu_leaf_prot_s2(w, leaf);
	else
		smmu_leaf_prot_s1(w, leaf);
	leaf->prot = w->user | w->priv << SMMU_PROT_PRIV_SHIFT;
}

/* Set what the access leaves behind. 0, -EAGAIN: walk again, or -EFAULT. */
static int smmu_walk_mark(struct smmu_walk *w, bool mark, struct smmu_leaf *leaf)
{
	u64 old = w->desc, val = w->desc;
	int rc;

	if (w->st->ha)
		val |= ARMV8_DESC_AF;
	if (mark && !leaf->dirty) {
		val = w->st->s2 ? val | ARMV8_S2_S2AP_W : val & ~ARMV8_S1_AP2;
		leaf->dirty = true;
	}
	if (val == old)
		return 0;
	rc = smmu_walk_locate(w, MODEL_PROT_READ | MODEL_PROT_WRITE);
	if (rc)
		return rc;
	if (model_bus_cmpxchg64(&w->p->smmu->m, w->desc_pa, &old, val))
		return smmu_walk_abort(w);
	return old == w->desc ? 0 : -EAGAIN;
}

/* Start at the last table where it is known. */
static void smmu_walk_cached(struct smmu_walk *w)
{
	struct model_smmu *smmu = w->p->smmu;
	struct model_tlb_entry e;

	if (w->p->quiet || (smmu->m.cfg.flags & MODEL_NO_CACHE) ||
	    w->st->level == ARMV8_LEVEL_MAX ||
	    !model_tlb_lookup(&smmu->walks, w->tag, w->addr, &e))
		return;
	w->table = e.pa;
	w->level = ARMV8_LEVEL_MAX;
	w->user = e.prot & SMMU_PROT_ALL;
	w->priv = e.prot >> SMMU_PROT_PRIV_SHIFT;
}

static void smmu_walk_fill(struct smmu_walk *w, unsigned int shift)
{
	struct model_smmu *smmu = w->p->smmu;
	struct model_tlb_entry e = {
		.tag = w->tag,
		.iova = w->addr & ~(BIT_ULL(shift) - 1),
		.pa = w->table,
		.rid = w->p->ctx.sid,
		.shift = shift,
		.prot = w->user | w->priv << SMMU_PROT_PRIV_SHIFT,
		.attr = FIELD_PREP(SMMU_ATTR_TG,
				   smmu_tg_code(w->st->granule)),
	};

	if (!w->p->quiet && !(smmu->m.cfg.flags & MODEL_NO_CACHE))
		model_tlb_fill(&smmu->walks, &e, w->p->gen);
}

static int smmu_walk_once(struct smmu_walk *w, u8 need, bool priv, bool mark,
			  struct smmu_leaf *leaf)
{
	const struct smmu_stage *st = w->st;
	unsigned int shift;
	u64 type;
	int rc;

	memset(leaf, 0, sizeof(*leaf));
	w->table = st->ttb;
	w->level = st->level;
	w->user = SMMU_PROT_ALL;
	w->priv = SMMU_PROT_ALL;
	smmu_walk_cached(w);
	for (;; w->level++) {
		shift = ARMV8_LEVEL_SHIFT(st->granule, w->level);
		rc = smmu_walk_read(w, shift);
		if (rc)
			return rc;
		type = w->desc & ARMV8_DESC_TYPE;
		if (!(type & ARMV8_DESC_VALID))
			return smmu_walk_fail(w, SMMU_EVT_F_TRANSLATION);
		if (w->level == ARMV8_LEVEL_MAX) {
			if (type != ARMV8_TYPE_PAGE)
				return smmu_walk_fail(w, SMMU_EVT_F_TRANSLATION);
			break;
		}
		if (type == ARMV8_TYPE_BLOCK) {
			if (!smmu_block_legal(st, w->level))
				return smmu_walk_fail(w, SMMU_EVT_F_TRANSLATION);
			break;
		}
		w->table = w->desc & ARMV8_DESC_ADDR &
			   ~(BIT_ULL(st->granule) - 1);
		if (w->table >> st->oa_bits)
			return smmu_walk_fail(w, SMMU_EVT_F_ADDR_SIZE);
		if (!st->s2)
			smmu_walk_table_prot(w);
		if (w->level == ARMV8_LEVEL_MAX - 1)
			smmu_walk_fill(w, shift);
	}

	smmu_walk_leaf(w, shift, leaf);
	if (leaf->pa >> st->oa_bits)
		return smmu_walk_fail(w, SMMU_EVT_F_ADDR_SIZE);
	if (!(w->desc & ARMV8_DESC_AF) && !st->ha && !st->affd)
		return smmu_walk_fail(w, SMMU_EVT_F_ACCESS);
	if (need & ~(priv ? w->priv : w->user))
		return smmu_walk_fail(w, SMMU_EVT_F_PERMISSION);
	return w->p->quiet ? 0 : smmu_walk_mark(w, mark, leaf);
}

/**
 * model_smmu_walk() - look an address up in the tables of one stage
 * @p: the piece
 * @stage: the stage
 * @addr: input address, inside what the stage translates
 * @need: MODEL_PROT_*
 * @priv: as privileged
 * @mark: the access writes, so leave dirty state behind
 * @leaf: out
 *
 * Return: 0 or -EFAULT with @p->fault.
 */
int model_smmu_walk(struct smmu_piece *p, const struct smmu_stage *stage,
		    u64 addr, u8 need, bool priv, bool mark,
		    struct smmu_leaf *leaf)
{
	struct smmu_walk w = {
		.p = p,
		.st = stage,
		.addr = addr,
		.tag = model_smmu_tag(&p->ctx, stage->s2),
	};
	int tries, rc;

	for (tries = 0; tries < SMMU_WALK_TRIES; tries++) {
		rc = smmu_walk_once(&w, need, priv, mark, leaf);
		if (rc != -EAGAIN)
			return rc;
	}
	return smmu_walk_abort(&w);
}
