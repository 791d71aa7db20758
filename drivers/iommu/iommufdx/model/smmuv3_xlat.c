// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3: TLB and stages (IHI 0070 sections 3.4, 3.13 and 3.17).
 *
 * What the TLB holds is used without a look at memory. A write through an entry
 * that was clean when it was loaded walks again, to set the dirty state; one
 * through an entry that knows it to be set does not, so a driver that clears it
 * and does not invalidate misses later writes.
 *
 * An address that two entries cover is a conflict, unless the machine has BBM
 * level 2. At level 1 a block with nT is not kept, so that none arises where software
 * sets that bit, and invalidates, before it changes the size of what is there.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>

#include "smmuv3_model.h"

/**
 * model_smmu_tag() - tag of TLB entries that are of one ASID
 * @ctx: whose
 * @s2: of stage 2's own
 */
u64 model_smmu_tag(const struct smmu_ctx *ctx, bool s2)
{
	u64 tag = FIELD_PREP(SMMU_TAG_VMID, ctx->ste.vmid);

	return s2 ? tag | SMMU_TAG_S2 :
		    tag | FIELD_PREP(SMMU_TAG_ASID, ctx->cd.asid);
}

static u64 smmu_global_tag(u64 tag)
{
	return (tag & SMMU_TAG_VMID) | SMMU_TAG_GLOBAL;
}

static bool smmu_tlb_conflict(struct model_smmu *smmu, u64 tag, u64 addr)
{
	u64 sizes;
	int hits;

	if (FIELD_GET(SMMU_IDR3_BBML, smmu->idr[3]) >= 2)
		return false;
	sizes = model_tlb_sizes(&smmu->tlb, tag, addr);
	hits = hweight64(sizes);
	if (!(tag & SMMU_TAG_S2))
		hits += hweight64(model_tlb_sizes(&smmu->tlb,
						  smmu_global_tag(tag), addr));
	return hits > 1;
}

/* 1: found; 0: not; -EFAULT: conflict. */
static int smmu_tlb_get(struct smmu_piece *p, u64 tag, u64 addr,
			struct smmu_leaf *leaf)
{
	struct model_smmu *smmu = p->smmu;
	bool s2 = tag & SMMU_TAG_S2;
	struct model_tlb_entry e;

	if (p->quiet || (smmu->m.cfg.flags & MODEL_NO_CACHE) ||
	    (p->s1_only && !s2))
		return 0;
	if (smmu_tlb_conflict(smmu, tag, addr)) {
		p->fault.s2 = s2;
		p->fault.ipa = s2 ? addr : 0;
		return smmu_fail(p, SMMU_EVT_F_TLB_CONFLICT);
	}
	if (!model_tlb_lookup(&smmu->tlb, tag, addr, &e) &&
	    (s2 || !model_tlb_lookup(&smmu->tlb, smmu_global_tag(tag), addr,
				     &e)))
		return 0;
	if (smmu->m.cfg.flags & MODEL_CHECK_HITS)
		model_smmu_check_hit(p, &e, addr);
	*leaf = (struct smmu_leaf){
		.pa = e.pa,
		.shift = e.shift,
		.level = FIELD_GET(SMMU_ATTR_LEVEL, e.attr),
		.prot = e.prot,
		.s2_prot = FIELD_GET(SMMU_ATTR_S2_PROT, e.attr),
		.dirty = e.dirty,
		.global = e.tag & SMMU_TAG_GLOBAL,
	};
	return 1;
}

static void smmu_tlb_put(struct smmu_piece *p, u64 tag, u64 addr, u8 reach,
			 const struct smmu_leaf *leaf)
{
	struct model_smmu *smmu = p->smmu;
	struct model_tlb_entry e = {
		.tag = leaf->global ? smmu_global_tag(tag) : tag,
		.iova = addr & ~(BIT_ULL(leaf->shift) - 1),
		.pa = leaf->pa,
		.rid = p->ctx.sid,
		.shift = leaf->shift,
		.reach = reach,
		.prot = leaf->prot,
		.attr = FIELD_PREP(SMMU_ATTR_LEVEL, leaf->level) |
			FIELD_PREP(SMMU_ATTR_TG, smmu_tg_code(leaf->granule)) |
			FIELD_PREP(SMMU_ATTR_S2_PROT, leaf->s2_prot),
		.dirty = leaf->dirty,
	};

	if (p->quiet || leaf->nt || (smmu->m.cfg.flags & MODEL_NO_CACHE))
		return;
	e.aux = model_smmu_regime_put(smmu, &p->ctx);
	model_tlb_fill(&smmu->tlb, &e, p->gen);
}

static int smmu_stage2_fail(struct smmu_piece *p, u64 ipa, u8 code)
{
	p->fault.s2 = true;
	p->fault.class = p->class;
	p->fault.ipa = ipa;
	return smmu_fail(p, code);
}

/**
 * model_smmu_stage2() - translate an IPA
 * @p: the piece, with @p->class
 * @ipa: address
 * @need: MODEL_PROT_*
 * @mark: the access writes
 * @leaf: out
 *
 * Return: 0 or -EFAULT with @p->fault.
 */
int model_smmu_stage2(struct smmu_piece *p, u64 ipa, u8 need, bool mark,
		      struct smmu_leaf *leaf)
{
	u64 tag = model_smmu_tag(&p->ctx, true);
	int rc;

	if (ipa >> p->ctx.ste.stage2.ia_bits)
		return smmu_stage2_fail(p, ipa, SMMU_EVT_F_TRANSLATION);
	rc = smmu_tlb_get(p, tag, ipa, leaf);
	if (rc < 0)
		return rc;
	if (rc && (need & ~leaf->prot))
		return smmu_stage2_fail(p, ipa, SMMU_EVT_F_PERMISSION);
	/* A walk of tables looks at the memory type, which is not kept. */
	if (rc && !(mark && !leaf->dirty) &&
	    !(p->ctx.ste.stage2.ptw && p->class == SMMU_EVT_CLASS_TT))
		return 0;
	rc = model_smmu_walk(p, &p->ctx.ste.stage2, ipa, need, false, mark,
			     leaf);
	if (rc)
		return rc;
	leaf->s2_prot = leaf->prot & SMMU_PROT_ALL;
	smmu_tlb_put(p, tag, ipa, 0, leaf);
	return 0;
}

static int smmu_stage1_fail(struct smmu_piece *p, u8 code)
{
	p->fault.s2 = false;
	p->fault.class = SMMU_EVT_CLASS_IN;
	return smmu_fail(p, code);
}

/* Which half, and the address without its ignored byte. NULL: neither. */
static const struct smmu_stage *smmu_half(struct smmu_piece *p, u64 *va)
{
	const struct smmu_cd *cd = &p->ctx.cd;
	const struct smmu_stage *st;
	int half = *va >> 55 & 1;
	u64 top;

	if (cd->tbi[half]) {
		*va &= GENMASK_ULL(55, 0);
		if (half)
			*va |= GENMASK_ULL(63, 56);
	}
	half = *va >> 63;
	st = &cd->half[half];
	if (cd->off[half])
		return NULL;
	top = half ? ~*va : *va;
	return top >> st->ia_bits ? NULL : st;
}

/* Stage 2 behind the walk of stage 1: the smaller range, what both allow. */
static int smmu_combine(struct smmu_piece *p, u64 va, struct smmu_leaf *leaf)
{
	u64 ipa = leaf->pa | (va & (BIT_ULL(leaf->shift) - 1)), pa;
	bool writable = smmu_prot(leaf->prot, p->priv) & MODEL_PROT_WRITE;
	struct smmu_leaf s2;
	int rc;

	rc = model_smmu_stage2(p, ipa, p->need, p->mark && writable, &s2);
	if (rc)
		return rc;
	pa = s2.pa | (ipa & (BIT_ULL(s2.shift) - 1));
	leaf->shift = min(leaf->shift, s2.shift);
	leaf->pa = pa & ~(BIT_ULL(leaf->shift) - 1);
	leaf->s2_prot = s2.prot & SMMU_PROT_ALL;
	leaf->dirty &= s2.dirty;
	leaf->nt |= s2.nt;
	return 0;
}

/**
 * model_smmu_stage1() - translate a VA, by stage 2 as well where that is on
 * @p: the piece
 * @va: address
 * @leaf: out; @leaf->prot is stage 1's
 *
 * Return: 0 or -EFAULT with @p->fault.
 */
int model_smmu_stage1(struct smmu_piece *p, u64 va, struct smmu_leaf *leaf)
{
	const struct smmu_stage *st = smmu_half(p, &va);
	u64 tag = model_smmu_tag(&p->ctx, false);
	u8 reach = 0;
	int rc;

	if (!st)
		return smmu_stage1_fail(p, SMMU_EVT_F_TRANSLATION);
	rc = smmu_tlb_get(p, tag, va, leaf);
	if (rc < 0)
		return rc;
	if (rc && (p->need & ~smmu_prot(leaf->prot, p->priv)))
		return smmu_stage1_fail(p, SMMU_EVT_F_PERMISSION);
	/* What stage 2 does not allow is for a walk to report. */
	if (rc && !(p->mark && !leaf->dirty) && !(p->need & ~leaf->s2_prot))
		return 0;

	rc = model_smmu_walk(p, st, va, p->need, p->priv, p->mark, leaf);
	if (rc)
		return rc;
	leaf->s2_prot = SMMU_PROT_ALL;
	if (p->s1_only)
		return 0;
	if (p->ctx.ste.s2) {
		reach = leaf->shift;
		rc = smmu_combine(p, va, leaf);
		if (rc)
			return rc;
	}
	smmu_tlb_put(p, tag, va, reach, leaf);
	return 0;
}

/**
 * model_smmu_resolve() - translate a piece's address with its context
 * @p: the piece
 * @leaf: out; @leaf->prot is what all stages allow
 *
 * Return: 0 or -EFAULT with @p->fault.
 */
int model_smmu_resolve(struct smmu_piece *p, struct smmu_leaf *leaf)
{
	int rc;

	if (p->ctx.s1) {
		rc = model_smmu_stage1(p, p->iova, leaf);
		if (!rc)
			leaf->prot &= SMMU_PROT_BOTH(leaf->s2_prot);
		return rc;
	}
	if (p->ctx.ste.s2)
		return model_smmu_stage2(p, p->iova, p->need, p->mark, leaf);
	if (p->iova >> SMMU_OAS_BITS)
		return smmu_stage1_fail(p, SMMU_EVT_F_ADDR_SIZE);
	*leaf = (struct smmu_leaf){
		.shift = SMMU_OAS_BITS,
		.prot = SMMU_PROT_BOTH(SMMU_PROT_ALL),
		.dirty = true,
	};
	return 0;
}
