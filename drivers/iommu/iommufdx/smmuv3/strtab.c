// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stream table entries: what they say, what hardware reads of them, and the
 * table they are in. IHI 0070 sections 3.3.1, 5.1 and 5.2.
 */
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "smmuv3.h"

/* Level 1 of 1 MiB; a linear table of 4 MiB. */
#define SMMU_STRTAB_BITS_MAX		(17 + SMMU_LEAF_BITS)
#define SMMU_STRTAB_LINEAR_BITS_MAX	16

/* ------------------------------------------------------------ what it says */

/* Consulted in every STE that does not abort. */
#define SMMU_STE1_ALWAYS \
	(SMMU_STE1_DRE | SMMU_STE1_CONT | SMMU_STE1_DCP | SMMU_STE1_PPAR | \
	 SMMU_STE1_MEV | SMMU_STE1_MEMATTR | SMMU_STE1_MTCFG | \
	 SMMU_STE1_ALLOCCFG | SMMU_STE1_SHCFG | SMMU_STE1_NSCFG | \
	 SMMU_STE1_PRIVCFG | SMMU_STE1_INSTCFG)

/* Consulted with stage 1. The VMID tags its translations, too. */
#define SMMU_STE0_STAGE1 \
	(SMMU_STE0_S1FMT | SMMU_STE0_S1CTXPTR | SMMU_STE0_S1CDMAX)
#define SMMU_STE1_STAGE1 \
	(SMMU_STE1_S1DSS | SMMU_STE1_S1CIR | SMMU_STE1_S1COR | \
	 SMMU_STE1_S1CSH | SMMU_STE1_S1MPAM | SMMU_STE1_S1STALLD | \
	 SMMU_STE1_STRW | SMMU_STE1_EATS)

/* Consulted with stage 2. */
#define SMMU_STE1_STAGE2 \
	(SMMU_STE1_S2HWU | SMMU_STE1_S2FWB | SMMU_STE1_EATS)
#define SMMU_STE2_STAGE2 \
	(SMMU_STE2_S2VMID | SMMU_STE2_VTCR | SMMU_STE2_S2AA64 | \
	 SMMU_STE2_S2ENDI | SMMU_STE2_S2AFFD | SMMU_STE2_S2PTW | \
	 SMMU_STE2_S2HD | SMMU_STE2_S2HA | SMMU_STE2_S2S | SMMU_STE2_S2R)

static void smmu_ste_used(const u64 *ste, u64 *used)
{
	u64 config = FIELD_GET(SMMU_STE0_CONFIG, ste[0]);

	used[0] = SMMU_STE0_V;
	if (!(ste[0] & SMMU_STE0_V))
		return;
	used[0] |= SMMU_STE0_CONFIG;
	if (config < SMMU_STE_CFG_BYPASS)
		return;
	used[1] |= SMMU_STE1_ALWAYS;
	if (config == SMMU_STE_CFG_S1 || config == SMMU_STE_CFG_NESTED) {
		used[0] |= SMMU_STE0_STAGE1;
		used[1] |= SMMU_STE1_STAGE1;
		used[2] |= SMMU_STE2_S2VMID;
	}
	if (config == SMMU_STE_CFG_S2 || config == SMMU_STE_CFG_NESTED) {
		used[1] |= SMMU_STE1_STAGE2;
		used[2] |= SMMU_STE2_STAGE2;
		used[3] |= SMMU_STE3_S2TTB;
	}
}

static int smmu_ste_sync(void *data)
{
	struct smmu_entry_ctx *ctx = data;

	return smmu_run_one(ctx->smmu, smmu_cmd_cfgi_ste(ctx->sid));
}

const struct entry_ops smmu_ste_ops = {
	.words = SMMU_STE_WORDS,
	.granule = 1,
	.valid_word = 0,
	.valid_mask = SMMU_STE0_V,
	.used = smmu_ste_used,
	.store = iommufdx_entry_store64,
	.sync = smmu_ste_sync,
};
ENTRY_EXPORT_FOR_KUNIT(smmu_ste_ops);

struct smmu_entry smmu_ste_abort(void)
{
	return (struct smmu_entry){
		.word[0] = SMMU_STE0_V |
			   FIELD_PREP(SMMU_STE0_CONFIG, SMMU_STE_CFG_ABORT),
	};
}

/* Requests with an SSID, and all that ATS is about, are refused still. */
struct smmu_entry smmu_ste_bypass(void)
{
	return (struct smmu_entry){
		.word[0] = SMMU_STE0_V |
			   FIELD_PREP(SMMU_STE0_CONFIG, SMMU_STE_CFG_BYPASS),
		.word[1] = FIELD_PREP(SMMU_STE1_SHCFG, SMMU_SHCFG_INCOMING),
	};
}

/* What stages 1 and 2 have in common, so that word 1 need not change. */
static u64 smmu_ste_word1(const struct smmu_master *master)
{
	u64 word = FIELD_PREP(SMMU_STE1_SHCFG, SMMU_SHCFG_INCOMING);

	if (master->eats)
		word |= FIELD_PREP(SMMU_STE1_EATS, SMMU_EATS_FULL);
	/* Devices whose requests have PASIDs get answers that have them. */
	if (master->base->caps & IOMMUFDX_CAP_PRI)
		word |= SMMU_STE1_PPAR;
	return word;
}

struct smmu_entry smmu_ste_s1(const struct smmu_master *master, bool rid)
{
	const struct smmu_table *cds = &master->cds;
	u64 word1 = FIELD_PREP(SMMU_STE1_S1DSS,
			       rid ? SMMU_S1DSS_SSID0 : SMMU_S1DSS_TERMINATE) |
		    FIELD_PREP(SMMU_STE1_S1CIR, SMMU_CACHE_WB) |
		    FIELD_PREP(SMMU_STE1_S1COR, SMMU_CACHE_WB) |
		    FIELD_PREP(SMMU_STE1_S1CSH, SMMU_SH_INNER);

	/* Hardware that can choose not to stall is told, once and for all. */
	if (!master->stall && FIELD_GET(SMMU_IDR0_STALL_MODEL,
					smmu_of(master)->idr[0]) ==
			      SMMU_STALL_BOTH)
		word1 |= SMMU_STE1_S1STALLD;
	return (struct smmu_entry){
		.word[0] = SMMU_STE0_V |
			   FIELD_PREP(SMMU_STE0_CONFIG, SMMU_STE_CFG_S1) |
			   FIELD_PREP(SMMU_STE0_S1FMT,
				      cds->two_level ? SMMU_S1FMT_4K_L2 :
						       SMMU_S1FMT_LINEAR) |
			   (virt_to_phys(cds->top) & SMMU_STE0_S1CTXPTR) |
			   FIELD_PREP(SMMU_STE0_S1CDMAX, cds->bits),
		.word[1] = smmu_ste_word1(master) | word1,
	};
}

/* Where a stage 2 walk starts, as a level of Arm's. */
static u64 smmu_ste_sl0(unsigned int granule, unsigned int level)
{
	return granule == ARMV8_SHIFT_4K ? 2 - level : 3 - level;
}

struct smmu_entry smmu_ste_s2(const struct smmu_master *master,
			      struct smmu_domain *domain)
{
	const struct smmu *smmu = smmu_of(master);
	const struct pgtable *pt = &smmu_domain_base(domain)->base.pt;
	unsigned long root = pgtable_root(pt);
	u64 sl0 = smmu_ste_sl0(domain->granule,
			       ARMV8_LEVEL_MAX - pgtable_root_level(root));
	u64 word2 = FIELD_PREP(SMMU_STE2_S2VMID, domain->tag.id) |
		    FIELD_PREP(SMMU_STE2_S2T0SZ, 64 - domain->va_bits) |
		    FIELD_PREP(SMMU_STE2_S2SL0, sl0) |
		    FIELD_PREP(SMMU_STE2_S2IR0, SMMU_CACHE_WB) |
		    FIELD_PREP(SMMU_STE2_S2OR0, SMMU_CACHE_WB) |
		    FIELD_PREP(SMMU_STE2_S2SH0, SMMU_SH_INNER) |
		    FIELD_PREP(SMMU_STE2_S2TG, smmu_tg0(domain->granule)) |
		    FIELD_PREP(SMMU_STE2_S2PS, smmu_oas_encode(smmu->oa_bits)) |
		    SMMU_STE2_S2AA64 | SMMU_STE2_S2PTW | SMMU_STE2_S2R;

	if (pt->quirks & PGTABLE_QUIRK_HW_DIRTY)
		word2 |= SMMU_STE2_S2HA | SMMU_STE2_S2HD;
	if (smmu_stalls(master, domain))
		word2 |= SMMU_STE2_S2S;
	return (struct smmu_entry){
		.word[0] = SMMU_STE0_V |
			   FIELD_PREP(SMMU_STE0_CONFIG, SMMU_STE_CFG_S2),
		.word[1] = smmu_ste_word1(master),
		.word[2] = word2,
		.word[3] = pgtable_root_phys(root) & SMMU_STE3_S2TTB,
	};
}

/* Of what a guest says only what smmu_nested_alloc() let through. */
static struct smmu_entry smmu_ste_both(const struct smmu_master *master,
				       const struct smmu_nested *nested)
{
	u64 stall = FIELD_GET(SMMU_IDR0_STALL_MODEL, smmu_of(master)->idr[0]);
	struct smmu_entry ste = smmu_ste_s2(master, &nested->viommu->s2);

	ste.word[0] = SMMU_STE0_V | nested->ste[0] |
		      FIELD_PREP(SMMU_STE0_CONFIG, SMMU_STE_CFG_NESTED);
	/* One fault after another of one kind must not drown other guests'. */
	ste.word[1] |= nested->ste[1] | SMMU_STE1_MEV;
	if (!nested->ats)
		ste.word[1] &= ~SMMU_STE1_EATS;
	ste.word[1] &= ~SMMU_STE1_S1STALLD;
	if (stall == SMMU_STALL_BOTH &&
	    (!master->stall || (nested->ste[1] & SMMU_STE1_S1STALLD)))
		ste.word[1] |= SMMU_STE1_S1STALLD;
	return ste;
}

struct smmu_entry smmu_ste_nested(const struct smmu_master *master,
				  const struct smmu_nested *nested)
{
	switch (nested->config) {
	case SMMU_STE_CFG_S1:
		return smmu_ste_both(master, nested);
	case SMMU_STE_CFG_BYPASS:
		return smmu_ste_s2(master, &nested->viommu->s2);
	}
	return smmu_ste_abort();
}

/* --------------------------------------------------------------- the table */

int smmu_strtab_init(struct smmu *smmu)
{
	const struct smmu_entry abort = smmu_ste_abort();
	bool two_level = FIELD_GET(SMMU_IDR0_ST_LEVEL, smmu->idr[0]) ==
			 SMMU_ST_2LEVEL;
	/* A leaf that is there is there as a whole. */
	u64 mark = FIELD_PREP(SMMU_L1STD_SPAN, SMMU_LEAF_BITS + 1);
	u64 sid_bits = FIELD_GET(SMMU_IDR1_SIDSIZE, smmu->idr[1]);

	smmu->sid_bits = min_t(u64, sid_bits,
			       two_level ? SMMU_STRTAB_BITS_MAX :
					   SMMU_STRTAB_LINEAR_BITS_MAX);
	return smmu_table_init(&smmu->strtab, smmu->sid_bits,
			       two_level ? mark : 0, &abort);
}

void smmu_strtab_destroy(struct smmu *smmu)
{
	smmu_table_destroy(&smmu->strtab);
}

void smmu_strtab_enable(struct smmu *smmu)
{
	const struct smmu_table *table = &smmu->strtab;
	u32 cfg = FIELD_PREP(SMMU_STRTAB_CFG_LOG2SIZE, table->bits);

	if (table->two_level)
		cfg |= FIELD_PREP(SMMU_STRTAB_CFG_FMT, SMMU_ST_2LEVEL) |
		       FIELD_PREP(SMMU_STRTAB_CFG_SPLIT, SMMU_LEAF_BITS);
	hw_write64(smmu_hw(smmu), SMMU_REG_STRTAB_BASE,
		   virt_to_phys(table->top) | SMMU_STRTAB_BASE_RA);
	hw_write32(smmu_hw(smmu), SMMU_REG_STRTAB_BASE_CFG, cfg);
}

int smmu_strtab_add(struct smmu *smmu, u32 sid)
{
	const struct smmu_entry abort = smmu_ste_abort();
	int rc;

	/* An STE's own sync makes hardware forget that there was no leaf. */
	mutex_lock(&smmu->config_lock);
	rc = smmu_table_grow(&smmu->strtab, sid, &abort);
	mutex_unlock(&smmu->config_lock);
	return rc;
}

/* --------------------------------------------------------------- replacing */

void smmu_retire(struct smmu *smmu, void *mem)
{
	lockdep_assert_held(&smmu->config_lock);

	list_add(&virt_to_page(mem)->lru, &smmu->limbo.tables);
}

int smmu_table_replace(struct smmu *smmu, struct smmu_table *table, u32 index,
		       const struct smmu_entry *target, struct ring_cmd forget)
{
	struct smmu_entry *old;
	int rc;

	lockdep_assert_held(&smmu->config_lock);

	old = smmu_table_swap(table, index, target);
	if (IS_ERR(old))
		return PTR_ERR(old);
	rc = smmu_run_one(smmu, forget);
	if (!rc) {
		smmu_table_free_leaf(table, old);
		return 0;
	}
	smmu_retire(smmu, smmu_table_put_leaf(table, index, old));
	smmu_run_one(smmu, forget);
	return rc;
}

int smmu_ste_write(struct smmu *smmu, u32 sid, const struct smmu_entry *ste,
		   unsigned int flags)
{
	struct smmu_entry_ctx ctx = { .smmu = smmu, .sid = sid };
	u64 *entry = smmu_table_entry(&smmu->strtab, sid)->word;
	int rc;

	lockdep_assert_held(&smmu->config_lock);

	if (smmu->strtab.two_level &&
	    !iommufdx_entry_hitless(&smmu_ste_ops, entry, ste->word))
		return smmu_table_replace(smmu, &smmu->strtab, sid, ste,
					  smmu_cmd_cfgi_leaf(sid));
	rc = iommufdx_entry_write(&smmu_ste_ops, entry, ste->word, &ctx, flags);
	return rc < 0 ? rc : 0;
}
