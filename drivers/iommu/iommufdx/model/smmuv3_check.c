// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3: are cached translations still what memory says? The caches are looked
 * at from outside: everything is walked again and nothing is left behind.
 */
#include <linux/minmax.h>

#include "smmuv3_model.h"

/* Page lookups that model_check() spends on one large entry. */
#define SMMU_CHECK_STEPS	(1U << 18)
#define SMMU_MOST_CONTIGUOUS	128	/* pages of 16 KiB */

/* Does memory give something else for @addr than the entry? */
static bool smmu_differs(struct smmu_piece *p, const struct model_tlb_entry *e,
			 u64 addr, struct smmu_leaf *leaf)
{
	int rc;

	p->fault = (struct smmu_fault){ .code = 0 };
	if (e->tag & SMMU_TAG_S2)
		rc = model_smmu_stage2(p, addr, 0, false, leaf);
	else
		rc = model_smmu_stage1(p, addr, leaf);
	if (rc || leaf->prot != e->prot ||
	    leaf->s2_prot != FIELD_GET(SMMU_ATTR_S2_PROT, e->attr))
		return true;
	return (leaf->pa | (addr & (BIT_ULL(leaf->shift) - 1))) !=
	       (e->pa | (addr & (BIT_ULL(e->shift) - 1)));
}

/**
 * model_smmu_check_hit() - count a hit that memory would not give (any more)
 * @p: the piece that hit
 * @e: the entry
 * @addr: the address
 *
 * With commands in the queue an invalidation may be on its way, and a stale
 * translation is what the driver expects.
 */
void model_smmu_check_hit(struct smmu_piece *p, const struct model_tlb_entry *e,
			  u64 addr)
{
	struct model *m = &p->smmu->m;
	struct smmu_piece look = *p;
	struct smmu_leaf leaf;

	look.quiet = true;
	look.need = 0;
	look.mark = false;
	if (smmu_differs(&look, e, addr, &leaf) && !model_smmu_pending(m))
		atomic64_inc(&m->stale);
}

/*
 * How memory would translate an entry from now: as its stream is configured if
 * that still means the entry's tags, else as when it was loaded. False: that is
 * forgotten.
 */
static bool smmu_entry_context(struct smmu_piece *p, struct model_txn *txn,
			       const struct model_tlb_entry *e)
{
	struct smmu_ctx loaded;
	u64 tag, mask = ~(u64)SMMU_TAG_GLOBAL;
	bool s2 = e->tag & SMMU_TAG_S2;

	if (!model_smmu_regime_get(p->smmu, e->aux, &loaded))
		return false;
	if (e->tag & SMMU_TAG_GLOBAL)
		mask &= ~SMMU_TAG_ASID;
	txn->rid = loaded.sid;
	txn->pasid = loaded.ssid;
	txn->has_pasid = loaded.ssid;
	if (!model_smmu_load_context(p) && (s2 ? p->ctx.ste.s2 : p->ctx.s1)) {
		tag = model_smmu_tag(&p->ctx, s2);
		if (!((tag ^ e->tag) & mask))
			return true;
	}
	p->ctx = loaded;
	return true;
}

/*
 * Has any descriptor of @e's page dirty state in memory? A contiguous run has
 * several, of which a walk marks the one that it has met.
 */
static bool smmu_page_dirty(struct smmu_piece *p, const struct model_tlb_entry *e)
{
	u64 step = max(BIT_ULL(e->shift) / SMMU_MOST_CONTIGUOUS, 4096ULL);
	struct smmu_leaf leaf;
	u64 off;

	for (off = 0; !(off >> e->shift); off += step)
		if (!smmu_differs(p, e, e->iova + off, &leaf) && leaf.dirty)
			return true;
	return false;
}

static u64 smmu_check_entry(const struct model_tlb_entry *e, void *data)
{
	struct model_txn txn = { .op = MODEL_DMA_READ, .len = 1 };
	struct smmu_piece p = {
		.smmu = data, .txn = &txn, .quiet = true,
		.class = SMMU_EVT_CLASS_IN,
	};
	struct smmu_leaf leaf;
	unsigned int step;
	u64 off = 0;

	if (!smmu_entry_context(&p, &txn, e))
		return 0;
	/* Memory may have smaller pages by now: look at each. */
	for (step = 0; step < SMMU_CHECK_STEPS && !(off >> e->shift); step++) {
		if (smmu_differs(&p, e, e->iova + off, &leaf))
			return 1;
		if (leaf.shift >= e->shift)
			return e->dirty && !leaf.dirty &&
			       !smmu_page_dirty(&p, e);
		off += BIT_ULL(leaf.shift);
	}
	return 0;
}

/**
 * model_smmu_check() - struct model_kind_ops::check
 * @m: the machine
 *
 * An entry that takes the dirty state for set while memory has it clear is
 * stale too: writes through it would go unnoticed.
 */
u64 model_smmu_check(struct model *m)
{
	struct model_smmu *smmu = to_smmu(m);

	return model_smmu_config_check(smmu) +
	       model_tlb_for_each(&smmu->tlb, smmu_check_entry, smmu);
}
