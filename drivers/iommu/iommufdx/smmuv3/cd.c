// SPDX-License-Identifier: GPL-2.0-only
/*
 * Context descriptors: what they say, what hardware reads of them, and the
 * tables they are in. IHI 0070 sections 3.3.3, 5.3 and 5.4.
 */
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "smmuv3.h"

/* Without two-level tables, one of 64 KiB. */
#define SMMU_CD_LINEAR_BITS_MAX	10

/* Consulted for one half of the address space, unless that is off. */
#define SMMU_CD0_HALF0 \
	(SMMU_CD0_T0SZ | SMMU_CD0_TG0 | SMMU_CD0_IR0 | SMMU_CD0_OR0 | \
	 SMMU_CD0_SH0 | SMMU_CD0_TBI0)
#define SMMU_CD0_HALF1 \
	(SMMU_CD0_T1SZ | SMMU_CD0_TG1 | SMMU_CD0_IR1 | SMMU_CD0_OR1 | \
	 SMMU_CD0_SH1 | SMMU_CD0_TBI1)

static void smmu_cd_used(const u64 *cd, u64 *used)
{
	used[0] = SMMU_CD0_V;
	if (!(cd[0] & SMMU_CD0_V))
		return;
	used[0] = ~(SMMU_CD0_HALF0 | SMMU_CD0_HALF1);
	/* Attributes by index, of both halves. */
	used[3] = ~0ULL;
	if (!(cd[0] & SMMU_CD0_EPD0)) {
		used[0] |= SMMU_CD0_HALF0;
		used[1] = ~0ULL;
	}
	if (!(cd[0] & SMMU_CD0_EPD1)) {
		used[0] |= SMMU_CD0_HALF1;
		used[2] = ~0ULL;
	}
}

static int smmu_cd_sync(void *data)
{
	struct smmu_entry_ctx *ctx = data;

	return smmu_run_one(ctx->smmu, smmu_cmd_cfgi_cd(ctx->sid, ctx->ssid));
}

const struct entry_ops smmu_cd_ops = {
	.words = SMMU_CD_WORDS,
	.granule = 1,
	.valid_word = 0,
	.valid_mask = SMMU_CD0_V,
	.used = smmu_cd_used,
	.store = iommufdx_entry_store64,
	.sync = smmu_cd_sync,
};
ENTRY_EXPORT_FOR_KUNIT(smmu_cd_ops);

struct smmu_entry smmu_cd_none(void)
{
	return (struct smmu_entry){ };
}

struct smmu_entry smmu_cd_s1(const struct smmu_master *master,
			     const struct smmu_domain *domain)
{
	const struct pgtable *pt = &domain->base.pt;
	unsigned int oas = smmu_oas_encode(smmu_of(master)->oa_bits);
	u64 word0 = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A |
		    SMMU_CD0_ASET | SMMU_CD0_EPD1 |
		    FIELD_PREP(SMMU_CD0_T0SZ, 64 - domain->va_bits) |
		    FIELD_PREP(SMMU_CD0_TG0, smmu_tg0(domain->granule)) |
		    FIELD_PREP(SMMU_CD0_IR0, SMMU_CACHE_WB) |
		    FIELD_PREP(SMMU_CD0_OR0, SMMU_CACHE_WB) |
		    FIELD_PREP(SMMU_CD0_SH0, SMMU_SH_INNER) |
		    FIELD_PREP(SMMU_CD0_IPS, oas) |
		    FIELD_PREP(SMMU_CD0_ASID, domain->tag.id);

	if (pt->quirks & PGTABLE_QUIRK_HW_DIRTY)
		word0 |= SMMU_CD0_HA | SMMU_CD0_HD;
	if (smmu_stalls(master, domain))
		word0 |= SMMU_CD0_S;
	return (struct smmu_entry){
		.word[0] = word0,
		.word[1] = pgtable_top_phys(pt) & SMMU_CD1_TTB0,
		.word[3] = PGTABLE_ARMV8_MAIR,
	};
}

/* --------------------------------------------------------------- the table */

unsigned int smmu_ssid_bits(const struct smmu *smmu)
{
	unsigned int bits = FIELD_GET(SMMU_IDR1_SSIDSIZE, smmu->idr[1]);

	if (!(smmu->idr[0] & SMMU_IDR0_S1P))
		return 0;
	if (!(smmu->idr[0] & SMMU_IDR0_CD2L))
		return min_t(unsigned int, bits, SMMU_CD_LINEAR_BITS_MAX);
	return min_t(unsigned int, bits, SMMU_SSID_BITS_MAX);
}

int smmu_cd_add(struct smmu_master *master, u32 ssid)
{
	const struct smmu_entry none = smmu_cd_none();
	struct smmu *smmu = smmu_of(master);
	u64 mark = smmu->idr[0] & SMMU_IDR0_CD2L ? SMMU_L1CD_V : 0;
	int rc = 0;

	lockdep_assert_held(&smmu->config_lock);

	/* A CD's own sync makes hardware forget that there was no leaf. */
	if (!master->cds.top)
		rc = smmu_table_init(&master->cds, master->base->pasid_bits,
				     mark, &none);
	return rc ?: smmu_table_grow(&master->cds, ssid, &none);
}

void smmu_cd_destroy(struct smmu_master *master)
{
	smmu_table_destroy(&master->cds);
}

/* The STE names a copy of the linear table from now on. */
static int smmu_cd_replace_linear(struct smmu_master *master, u32 ssid,
				  const struct smmu_entry *cd)
{
	struct smmu *smmu = smmu_of(master);
	struct smmu_table *cds = &master->cds;
	struct smmu_entry *old, ste;
	int rc;

	old = smmu_table_swap(cds, ssid, cd);
	if (IS_ERR(old))
		return PTR_ERR(old);
	ste = *smmu_table_entry(&smmu->strtab, master->base->rid);
	ste.word[0] &= ~SMMU_STE0_S1CTXPTR;
	ste.word[0] |= virt_to_phys(cds->top) & SMMU_STE0_S1CTXPTR;
	rc = smmu_ste_write(smmu, master->base->rid, &ste, 0);
	if (!rc)
		smmu_table_free_leaf(cds, old);
	else
		smmu_retire(smmu, smmu_table_put_leaf(cds, 0, old));
	return rc;
}

int smmu_cd_write(struct smmu_master *master, u32 ssid,
		  const struct smmu_entry *cd, unsigned int flags)
{
	struct smmu *smmu = smmu_of(master);
	struct smmu_entry_ctx ctx = {
		.smmu = smmu,
		.sid = master->base->rid,
		.ssid = ssid,
	};
	u64 *entry = smmu_table_entry(&master->cds, ssid)->word;
	int rc;

	lockdep_assert_held(&smmu->config_lock);

	if (!iommufdx_entry_hitless(&smmu_cd_ops, entry, cd->word)) {
		if (!master->cds.two_level)
			return smmu_cd_replace_linear(master, ssid, cd);
		return smmu_table_replace(smmu, &master->cds, ssid, cd,
					  smmu_cmd_cfgi_cds(master->base->rid));
	}
	rc = iommufdx_entry_write(&smmu_cd_ops, entry, cd->word, &ctx, flags);
	return rc < 0 ? rc : 0;
}
