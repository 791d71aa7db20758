// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3: what a stream table entry and a context descriptor ask for, and
 * whether they may (IHI 0070 sections 5.2 and 5.4).
 *
 * Fields that the configuration does not use are not looked at.
 */
#include <linux/string.h>

#include "smmuv3_model.h"

static u8 smmu_oas(u64 code)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };

	/* Reserved codes and sizes we do not have stand for what we have. */
	return code < sizeof(bits) ? bits[code] : SMMU_OAS_BITS;
}

static bool smmu_beyond(u64 addr, u8 bits)
{
	return addr >> bits;
}

/* log2 of a granule, 0: reserved or not built. */
static u8 smmu_tg0(struct model_smmu *smmu, u64 tg)
{
	u32 idr5 = smmu->idr[5];

	switch (tg) {
	case SMMU_TG0_4K:
		return idr5 & SMMU_IDR5_GRAN4K ? ARMV8_SHIFT_4K : 0;
	case SMMU_TG0_16K:
		return idr5 & SMMU_IDR5_GRAN16K ? ARMV8_SHIFT_16K : 0;
	case SMMU_TG0_64K:
		return idr5 & SMMU_IDR5_GRAN64K ? ARMV8_SHIFT_64K : 0;
	}
	return 0;
}

static u8 smmu_tg1(struct model_smmu *smmu, u64 tg)
{
	switch (tg) {
	case SMMU_TG1_4K:
		return smmu_tg0(smmu, SMMU_TG0_4K);
	case SMMU_TG1_16K:
		return smmu_tg0(smmu, SMMU_TG0_16K);
	case SMMU_TG1_64K:
		return smmu_tg0(smmu, SMMU_TG0_64K);
	}
	return 0;
}

static bool smmu_tsz_legal(u64 tsz)
{
	return tsz >= ARMV8_TSZ_MIN_48 && tsz <= ARMV8_TSZ_MAX;
}

/* Is hardware update asked for that we do not have? */
static bool smmu_httu_illegal(struct model_smmu *smmu, bool ha, bool hd)
{
	u32 httu = FIELD_GET(SMMU_IDR0_HTTU, smmu->idr[0]);

	return (ha && httu < SMMU_HTTU_A) || (hd && httu < SMMU_HTTU_AD);
}

/* The level of the first table and its address; false: cannot be. */
static bool smmu_stage2_start(struct smmu_stage *st, u64 sl0, u64 ttb)
{
	unsigned int bits = ARMV8_LEVEL_BITS(st->granule), shift, size;

	if (sl0 == 3)
		return false;
	st->level = st->granule == ARMV8_SHIFT_4K ? ARMV8_S2_START_4K(sl0) :
						    ARMV8_S2_START_64K(sl0);
	shift = ARMV8_LEVEL_SHIFT(st->granule, st->level);
	if (st->ia_bits <= shift ||
	    st->ia_bits - shift > bits + ARMV8_S2_CONCAT_BITS)
		return false;
	size = st->ia_bits - shift + 3;
	if (smmu_beyond(ttb, st->oa_bits))
		return false;
	st->ttb = ttb & ~(BIT_ULL(size) - 1);
	return true;
}

static bool smmu_decode_stage2(struct model_smmu *smmu, const u64 *w,
			       struct smmu_ste *ste)
{
	struct smmu_stage *st = &ste->stage2;
	u64 tsz = FIELD_GET(SMMU_STE2_S2T0SZ, w[2]);

	st->s2 = true;
	st->ha = w[2] & SMMU_STE2_S2HA;
	st->hd = st->ha && (w[2] & SMMU_STE2_S2HD);
	st->affd = w[2] & SMMU_STE2_S2AFFD;
	st->ptw = w[2] & SMMU_STE2_S2PTW;
	st->had = true;
	st->granule = smmu_tg0(smmu, FIELD_GET(SMMU_STE2_S2TG, w[2]));
	st->ia_bits = ARMV8_INPUT_BITS(tsz);
	st->oa_bits = smmu_oas(FIELD_GET(SMMU_STE2_S2PS, w[2]));
	ste->s2_stall = w[2] & SMMU_STE2_S2S;
	ste->s2_record = w[2] & SMMU_STE2_S2R;

	if (!(w[2] & SMMU_STE2_S2AA64) || (w[2] & SMMU_STE2_S2ENDI) ||
	    !st->granule || !smmu_tsz_legal(tsz) ||
	    smmu_httu_illegal(smmu, st->ha, w[2] & SMMU_STE2_S2HD))
		return false;
	return smmu_stage2_start(st, FIELD_GET(SMMU_STE2_S2SL0, w[2]),
				 w[3] & SMMU_STE3_S2TTB);
}

static bool smmu_decode_stage1(struct model_smmu *smmu, const u64 *w,
			       struct smmu_ste *ste)
{
	ste->s1fmt = FIELD_GET(SMMU_STE0_S1FMT, w[0]);
	ste->cd_bits = FIELD_GET(SMMU_STE0_S1CDMAX, w[0]);
	ste->s1dss = FIELD_GET(SMMU_STE1_S1DSS, w[1]);
	ste->stalld = w[1] & SMMU_STE1_S1STALLD;
	ste->cd_table = w[0] & SMMU_STE0_S1CTXPTR;

	/* No EL2, so no choice of a regime. */
	if (FIELD_GET(SMMU_STE1_STRW, w[1]) != SMMU_STRW_NSEL1 ||
	    ste->cd_bits > FIELD_GET(SMMU_IDR1_SSIDSIZE, smmu->idr[1]))
		return false;
	/* One CD needs no table, and has no choice. */
	if (ste->cd_bits && (ste->s1fmt > SMMU_S1FMT_64K_L2 ||
			     ste->s1dss > SMMU_S1DSS_SSID0))
		return false;
	if (!ste->cd_bits)
		ste->s1fmt = SMMU_S1FMT_LINEAR;
	return ste->s2 || !smmu_beyond(ste->cd_table, SMMU_OAS_BITS);
}

static bool smmu_decode_eats(struct model_smmu *smmu, const u64 *w,
			     struct smmu_ste *ste)
{
	if (!(smmu->idr[0] & SMMU_IDR0_ATS))
		return true;
	ste->eats = FIELD_GET(SMMU_STE1_EATS, w[1]);
	switch (ste->eats) {
	case SMMU_EATS_SPLIT:
		return ste->s1 && ste->s2 && !ste->s2_stall;
	case SMMU_EATS_DPT:
		return false;
	}
	return true;
}

/**
 * model_smmu_decode_ste() - what a stream table entry asks for
 * @smmu: the machine
 * @w: its words
 * @ste: out
 *
 * Return: false: it is illegal.
 */
bool model_smmu_decode_ste(struct model_smmu *smmu, const u64 *w,
			   struct smmu_ste *ste)
{
	u32 idr0 = smmu->idr[0];

	memset(ste, 0, sizeof(*ste));
	if (!(w[0] & SMMU_STE0_V))
		return false;
	ste->config = FIELD_GET(SMMU_STE0_CONFIG, w[0]);
	ste->privcfg = FIELD_GET(SMMU_STE1_PRIVCFG, w[1]);
	ste->ppar = w[1] & SMMU_STE1_PPAR;
	if (ste->config < SMMU_STE_CFG_BYPASS) {
		ste->config = SMMU_STE_CFG_ABORT;
		return true;
	}
	ste->s1 = ste->config & (SMMU_STE_CFG_S1 ^ SMMU_STE_CFG_BYPASS);
	ste->s2 = ste->config & (SMMU_STE_CFG_S2 ^ SMMU_STE_CFG_BYPASS);
	if ((ste->s1 && !(idr0 & SMMU_IDR0_S1P)) ||
	    (ste->s2 && !(idr0 & SMMU_IDR0_S2P)))
		return false;
	/* A tag of stage 1 as well. */
	if (idr0 & SMMU_IDR0_S2P)
		ste->vmid = FIELD_GET(SMMU_STE2_S2VMID, w[2]);
	if (ste->s2 && !smmu_decode_stage2(smmu, w, ste))
		return false;
	if (ste->s1 && !smmu_decode_stage1(smmu, w, ste))
		return false;
	return (!ste->s1 && !ste->s2) || smmu_decode_eats(smmu, w, ste);
}

/* The level of the first table follows from the size. */
static bool smmu_stage1_start(struct smmu_stage *st, u64 tsz, u64 ttb)
{
	unsigned int size;

	if (!st->granule || !smmu_tsz_legal(tsz))
		return false;
	st->ia_bits = ARMV8_INPUT_BITS(tsz);
	for (st->level = ARMV8_LEVEL_MAX; st->level; st->level--)
		if (st->ia_bits <=
		    ARMV8_LEVEL_SHIFT(st->granule, st->level - 1))
			break;
	if (smmu_beyond(ttb, st->oa_bits))
		return false;
	size = st->ia_bits - ARMV8_LEVEL_SHIFT(st->granule, st->level) + 3;
	st->ttb = ttb & ~(BIT_ULL(size) - 1);
	return true;
}

/**
 * model_smmu_decode_cd() - what a context descriptor asks for
 * @smmu: the machine
 * @ste: the stream it belongs to
 * @w: its words
 * @cd: out
 *
 * Return: false: it is illegal.
 */
bool model_smmu_decode_cd(struct model_smmu *smmu, const struct smmu_ste *ste,
			  const u64 *w, struct smmu_cd *cd)
{
	bool ha = w[0] & SMMU_CD0_HA, hd = w[0] & SMMU_CD0_HD;
	int i;

	memset(cd, 0, sizeof(*cd));
	if (!(w[0] & SMMU_CD0_V) || !(w[0] & SMMU_CD0_AA64) ||
	    (w[0] & SMMU_CD0_ENDI) || smmu_httu_illegal(smmu, ha, hd))
		return false;
	cd->asid = FIELD_GET(SMMU_CD0_ASID, w[0]);
	cd->stall = w[0] & SMMU_CD0_S;
	cd->record = w[0] & SMMU_CD0_R;
	cd->abort = w[0] & SMMU_CD0_A;
	if (cd->stall && ste->stalld)
		return false;
	cd->off[0] = w[0] & SMMU_CD0_EPD0;
	cd->off[1] = w[0] & SMMU_CD0_EPD1;
	cd->tbi[0] = w[0] & SMMU_CD0_TBI0;
	cd->tbi[1] = w[0] & SMMU_CD0_TBI1;
	for (i = 0; i < 2; i++) {
		cd->half[i].oa_bits = smmu_oas(FIELD_GET(SMMU_CD0_IPS, w[0]));
		cd->half[i].ha = ha;
		cd->half[i].hd = ha && hd;
		cd->half[i].affd = w[0] & SMMU_CD0_AFFD;
		cd->half[i].wxn = w[0] & SMMU_CD0_WXN;
	}
	cd->half[0].had = w[1] & SMMU_CD1_HAD0;
	cd->half[1].had = w[2] & SMMU_CD2_HAD1;
	cd->half[0].granule = smmu_tg0(smmu, FIELD_GET(SMMU_CD0_TG0, w[0]));
	cd->half[1].granule = smmu_tg1(smmu, FIELD_GET(SMMU_CD0_TG1, w[0]));
	return (cd->off[0] ||
		smmu_stage1_start(&cd->half[0], FIELD_GET(SMMU_CD0_T0SZ, w[0]),
				  w[1] & SMMU_CD1_TTB0)) &&
	       (cd->off[1] ||
		smmu_stage1_start(&cd->half[1], FIELD_GET(SMMU_CD0_T1SZ, w[0]),
				  w[2] & SMMU_CD2_TTB1));
}
