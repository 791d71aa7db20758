// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 walks: both stages, nested, three granules, blocks, the contiguous
 * hint, every fault of translation with its record, and hardware update.
 */
#include <string.h>

#include "smmuv3_rig.h"

#define PA	0x70000000ULL

static void stage1_page(void)
{
	u64 val;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, PA | D_S1);
	CHECK(rig_lands(0x1000, PA));
	CHECK(rig_lands(0x1ff8, PA + 0xff8));
	*rig_mem(PA + 0x10) = 0x55;
	CHECK(rig_read(0x1010, &val) == 0);
	CHECK_EQ(val, 0x55);
	CHECK_NO_EVT();
	rig_stop();
}

/* A page, and a block of every level that may have one, of each granule. */
static void granules_and_blocks(void)
{
	static const struct {
		unsigned int tg, level, shift;
		bool legal;
	} t[] = {
		{ 0, 3, 12, true }, { 0, 2, 21, true }, { 0, 1, 30, true },
		{ 1, 3, 16, true }, { 1, 2, 29, true },
		{ 2, 3, 14, true }, { 2, 2, 25, true },
	};
	u64 base, off, pa;
	int i, s2;

	for (i = 0; i < 2 * ARRAY_SIZE(t); i++) {
		int n = i / 2;

		s2 = i & 1;
		smmu_start(0, CAPS);
		if (s2)
			smmu_s2(t[n].tg, STE_S2R);
		else
			smmu_s1(t[n].tg, CD_R | CD_A);
		base = 3ULL << t[n].shift;
		pa = 5ULL << t[n].shift;
		off = (1ULL << t[n].shift) - 0x1000 + 0x238;
		*rig_mem(s2 ? smmu_s2_desc(t[n].level, base) :
			 smmu_desc(t[n].level, base)) =
			pa | (s2 ? D_S2 : D_S1) |
			(t[n].level == 3 ? D_PAGE : D_BLOCK);
		CHECK(rig_lands(base + off, pa + off));
		CHECK(rig_lands(base, pa));
		CHECK_EQ(rig_stats().tlb_entries, 1);
		CHECK(rig_write(base + (1ULL << t[n].shift), 1) == -EFAULT);
		CHECK(rig_write(base - 8, 1) == -EFAULT);
		rig_stop();
	}
}

static void upper_half(void)
{
	u64 ttb1, *e;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	ttb1 = smmu_alloc(0);
	*smmu_cd(2) = ttb1;
	/* 4 KiB is 2 there; 34 bits: level 1 has 16 entries. */
	*smmu_cd(0) = (*smmu_cd(0) & ~CD_EPD1) | 2ULL << 22 | 30ULL << 16;
	smmu_cfgi();
	e = rig_mem(ttb1 + 15 * 8);
	*e = PA | D_S1 | D_BLOCK;
	*e &= ~0x30000000ULL;
	CHECK(rig_lands(0xffffffffc0001000, 0x40001000));
	CHECK(rig_write(0xfffffffbffff0000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_IN, 0xfffffffbffff0000, 0);
	/* In the hole between the halves, and where no table is. */
	CHECK(rig_write(0x8000000000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_IN, 0x8000000000, 0);
	*smmu_cd(0) |= CD_EPD1;
	smmu_cfgi();
	smmu_do(OP_NSNH_ALL, 0);
	CHECK(rig_write(0xffffffffc0001000, 1) == -EFAULT);
	/* The top byte can be ignored. */
	smmu_map(0x1000, PA | D_S1);
	CHECK(rig_write(0xab00000000001000, 1) == -EFAULT);
	*smmu_cd(0) |= 1ULL << 38;
	smmu_cfgi();
	CHECK(rig_lands(0xab00000000001000, PA));
	rig_stop();
}

/* Concatenated tables: 40 bits from level 1 are two, and so on to 16. */
static void stage2_concatenated(void)
{
	unsigned int bits;
	u64 ttb;

	for (bits = 39; bits <= 43; bits++) {
		smmu_start(0, CAPS);
		smmu_s2(0, STE_S2R);
		ttb = smmu_alloc(4);
		*smmu_ste(SID, 3) = ttb;
		*smmu_ste(SID, 2) = (*smmu_ste(SID, 2) & ~(0x3fULL << 32)) |
				    (u64)(64 - bits) << 32;
		smmu_cfgi();
		*rig_mem(ttb + ((1ULL << (bits - 30)) - 1) * 8) =
			0x40000000 | D_S2 | D_BLOCK;
		CHECK(rig_lands((1ULL << bits) - 0x1000, 0x7ffff000));
		CHECK(rig_write(1ULL << bits, 1) == -EFAULT);
		CHECK_EVT(EVT0(0x10), E_S2 | E_IN, 1ULL << bits, 1ULL << bits);
		rig_stop();
	}
	/* 44 bits would be 32 tables. */
	smmu_start(0, CAPS);
	smmu_s2(0, STE_S2R);
	*smmu_ste(SID, 2) = (*smmu_ste(SID, 2) & ~(0x3fULL << 32)) |
			    20ULL << 32;
	smmu_cfgi();
	CHECK(rig_write(0, 1) == -EFAULT);
	CHECK_EVT(EVT0(4), 0, 0, 0);
	rig_stop();
}

static void stage1_faults(void)
{
	u64 val, e;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	e = smmu_desc(3, 0x1000);
	/* Translation: at each level, and a reserved type at level 3. */
	CHECK(rig_write(0x1238, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 0x10);
	CHECK_EVT(EVT0(0x10), E_IN, 0x1238, 0);
	CHECK(rig_read(0x40001238, &val) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_IN | E_RNW, 0x40001238, 0);
	*rig_mem(e) = PA | D_S1 | D_BLOCK;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_IN, 0x1000, 0);
	/* Address size: the page, then a table, beyond IPS. */
	*smmu_cd(0) = (*smmu_cd(0) & ~(7ULL << 32)) | 1ULL << 32;
	smmu_cfgi();
	*rig_mem(e) = 0x1000000000ULL | D_S1 | D_PAGE;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x11), E_IN, 0x1000, 0);
	*rig_mem(smmu_desc(2, 0x400000)) = 0x1000000000ULL | D_TABLE;
	CHECK(rig_write(0x400000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x11), E_IN, 0x400000, 0);
	/* Access flag comes before permission. */
	*rig_mem(e) = PA | D_PAGE | D_AP_RO;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x12), E_IN, 0x1000, 0);
	*rig_mem(e) = PA | D_PAGE | D_AF | D_AP_EL0 | D_AP_RO;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x13), E_IN, 0x1000, 0);
	CHECK(rig_read(0x1000, &val) == 0);
	/* Privileged only. */
	smmu_do(OP_NSNH_ALL, 0);
	*rig_mem(e) = PA | D_PAGE | D_AF;
	CHECK(rig_read(0x1000, &val) == -EFAULT);
	CHECK_EVT(EVT0(0x13), E_IN | E_RNW, 0x1000, 0);
	*smmu_ste(SID, 1) = 3ULL << 48;
	smmu_cfgi();
	CHECK(rig_read(0x1000, &val) == 0);
	/* No access flag fault where the CD says so. */
	smmu_do(OP_NSNH_ALL, 0);
	*rig_mem(e) = PA | D_PAGE;
	*smmu_cd(0) |= 1ULL << 35;
	smmu_cfgi();
	CHECK(rig_read(0x1000, &val) == 0);
	CHECK_EQ(*rig_mem(e), PA | D_PAGE);
	/* No memory behind a table. */
	*rig_mem(smmu_desc(2, 0x600000)) = 0xf00000000000 | D_TABLE;
	*smmu_cd(0) |= 5ULL << 32;
	smmu_cfgi();
	rig.hole = 0xf00000000000;
	CHECK(rig_write(0x600008, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x0b), E_CLASS(1) | 1ULL << 33, 0x600008,
		  0xf00000000000);
	CHECK_NO_EVT();
	rig_stop();
}

/* Attributes of tables take permissions away, unless they are switched off. */
static void hierarchical_permissions(void)
{
	u64 val, table;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_A);
	smmu_map(0x1000, PA | D_S1);
	table = smmu_desc(2, 0x1000);
	*rig_mem(table) |= 1ULL << 62;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK(rig_read(0x1000, &val) == 0);
	*rig_mem(table) |= 1ULL << 61;
	smmu_do(OP_NSNH_ALL, 0);
	CHECK(rig_read(0x1000, &val) == -EFAULT);
	/* R is clear: nothing is recorded. */
	CHECK_NO_EVT();
	*smmu_cd(1) |= 2;
	smmu_cfgi();
	smmu_do(OP_NSNH_ALL, 0);
	CHECK(rig_write(0x1000, 1) == 0);
	rig_stop();
}

/* A = 0: a fault reads as zero and ignores writes. */
static void terminate_quietly(void)
{
	u64 val = 7;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R);
	CHECK(rig_read(0x1000, &val) == 0);
	CHECK_EQ(val, 0);
	CHECK_EVT(EVT0(0x10), E_IN | E_RNW, 0x1000, 0);
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EVT(EVT0(0x10), E_IN, 0x1000, 0);
	rig_stop();
}

static void stage2_faults(void)
{
	u64 val, e;

	smmu_start(0, CAPS);
	smmu_s2(0, STE_S2R);
	e = smmu_s2_desc(3, 0x1000);
	CHECK(rig_write(0x1238, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_S2 | E_IN, 0x1238, 0x1000);
	*rig_mem(e) = PA | D_PAGE | D_S2_R | D_S2_W;
	CHECK(rig_read(0x1238, &val) == -EFAULT);
	CHECK_EVT(EVT0(0x12), E_S2 | E_IN | E_RNW, 0x1238, 0x1000);
	*rig_mem(e) = PA | D_PAGE | D_AF | D_S2_R;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x13), E_S2 | E_IN, 0x1000, 0x1000);
	CHECK(rig_read(0x1000, &val) == 0);
	smmu_do(OP_S12_VMALL | C_VMID(VMID), 0);
	*rig_mem(e) = PA | D_PAGE | D_AF | D_S2_W;
	CHECK(rig_read(0x1000, &val) == -EFAULT);
	CHECK_EVT(EVT0(0x13), E_S2 | E_IN | E_RNW, 0x1000, 0x1000);
	CHECK(rig_write(0x1000, 1) == 0);
	/* Without S2R nothing is recorded. */
	*smmu_ste(SID, 2) &= ~STE_S2R;
	smmu_cfgi();
	CHECK(rig_write(0x2000, 1) == -EFAULT);
	CHECK_NO_EVT();
	rig_stop();
}

/* ---- Nested ---- */

static void nested_page(void)
{
	smmu_start(0, CAPS);
	smmu_nested(CD_R | CD_A, STE_S2R);
	smmu_map(0x1000, (IPA_OFF + PA) | D_S1);
	CHECK(rig_lands(0x1000, PA));
	CHECK(rig_lands(0x1018, PA + 0x18));
	CHECK_NO_EVT();
	/* The combined entry has the smaller size. */
	*rig_mem(smmu_desc(2, 0x200000)) = (IPA_OFF + 0x60000000) | D_S1 |
					   D_BLOCK;
	CHECK(rig_lands(0x3ff000, 0x601ff000));
	rig_stop();
}

static void nested_faults(void)
{
	u64 e, gb1, val;

	smmu_start(0, CAPS);
	smmu_nested(CD_R | CD_A, STE_S2R);
	e = smmu_desc(3, 0x1000);
	gb1 = smmu_s2_desc(1, IPA_OFF);
	/* Stage 1's own. */
	CHECK(rig_write(0x1008, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_IN, 0x1008, 0);
	/* The page's IPA is not mapped, or not writable. */
	*rig_mem(e) = 0x2345000 | D_S1 | D_PAGE;
	CHECK(rig_write(0x1008, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_S2 | E_IN, 0x1008, 0x2345000);
	smmu_map2(0x2345000, PA | D_AF | D_S2_R);
	CHECK(rig_write(0x1008, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x13), E_S2 | E_IN, 0x1008, 0x2345000);
	CHECK(rig_read(0x1008, &val) == 0);
	/* A stage 1 table's IPA is not mapped: class TT, the descriptor's IPA. */
	smmu_do(OP_NSNH_ALL, 0);
	*rig_mem(smmu_desc(2, 0x1000)) = 0x9876000 | D_TABLE;
	CHECK(rig_read(0x1008, &val) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_S2 | E_CLASS(1) | E_RNW, 0x1008, 0x9876000);
	/* It may not be read. */
	smmu_map2(0x9876000, PA | D_AF | D_S2_W);
	CHECK(rig_read(0x1008, &val) == -EFAULT);
	CHECK_EVT(EVT0(0x13), E_S2 | E_CLASS(1) | E_RNW | 1ULL << 44, 0x1008,
		  0x9876000);
	/* The CD's IPA is not mapped: class CD. */
	*rig_mem(gb1) = 0;
	smmu_do(OP_NSNH_ALL, 0);
	smmu_cfgi();
	CHECK(rig_read(0x1008, &val) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_S2 | E_RNW, 0x1008,
		  (smmu.cd + IPA_OFF) & ~0xfffULL);
	CHECK_NO_EVT();
	rig_stop();
}

/* ---- Contiguous hint ---- */

static void contiguous_runs(void)
{
	static const struct {
		unsigned int tg, level, shift;
	} t[] = {
		{ 0, 3, 16 }, { 0, 2, 25 }, { 0, 1, 34 },
		{ 1, 3, 21 }, { 1, 2, 34 },
		{ 2, 3, 21 }, { 2, 2, 30 },
	};
	u64 base, step, i;
	int n;

	for (n = 0; n < ARRAY_SIZE(t); n++) {
		smmu_start(0, CAPS);
		smmu_s1(t[n].tg, CD_R | CD_A);
		step = 1ULL << (smmu.granule +
				(3 - t[n].level) * (smmu.granule - 3));
		base = 1ULL << t[n].shift;
		for (i = 0; i < base; i += step)
			*rig_mem(smmu_desc(t[n].level, base + i)) =
				(2 * base + i) | D_S1 | D_CONT |
				(t[n].level == 3 ? D_PAGE : D_BLOCK);
		CHECK(rig_lands(base + base / 2 + 0x108,
				2 * base + base / 2 + 0x108));
		/* One entry for the whole run, evicted by any part of it. */
		CHECK(rig_lands(base + base - 8, 2 * base + base - 8));
		CHECK_EQ(rig_stats().tlb_entries, 1);
		smmu_do(OP_NH_VA | C_ASID(ASID), base);
		CHECK_EQ(rig_stats().tlb_entries, 0);
		rig_stop();
	}
}

/* One descriptor of a run is changed alone: what is cached is the run. */
static void contiguous_mixture_is_visible(void)
{
	u64 i;

	smmu_start(0, CAPS_BUT(MODEL_CAP_BBM));
	smmu_s1(0, CD_R | CD_A);
	for (i = 0; i < 16; i++)
		smmu_map(0x10000 + i * 0x1000, (PA + i * 0x1000) | D_S1);
	CHECK(rig_lands(0x12000, PA + 0x2000));
	for (i = 0; i < 16; i++)
		*rig_mem(smmu_desc(3, 0x10000 + i * 0x1000)) |= D_CONT;
	CHECK(rig_lands(0x13000, PA + 0x3000));
	/* Two entries for one address. */
	CHECK(rig_write(0x12008, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x20), 0, 0x12008, 0);
	smmu_do(OP_NH_ASID | C_ASID(ASID), 0);
	CHECK(rig_lands(0x12000, PA + 0x2000));
	rig_stop();
	/* With BBM level 2 there is no conflict. */
	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x10000, PA | D_S1);
	CHECK(rig_lands(0x10000, PA));
	for (i = 0; i < 16; i++)
		smmu_map(0x10000 + i * 0x1000,
			 (PA + i * 0x1000) | D_S1 | D_CONT);
	CHECK(rig_lands(0x11000, PA + 0x1000));
	CHECK(rig_lands(0x10000, PA));
	CHECK_EQ(rig_stats().tlb_entries, 2);
	rig_stop();
}

/* ---- Hardware update ---- */

static void access_flag(void)
{
	u64 e, val;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A | CD_HA);
	e = smmu_desc(3, 0x1000);
	*rig_mem(e) = PA | D_PAGE | D_NG | D_AP_EL0 | D_AP_RO | D_DBM;
	/* Not for what is denied. */
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK(!(*rig_mem(e) & D_AF));
	CHECK(rig_read(0x1000, &val) == 0);
	CHECK_EQ(*rig_mem(e),
		 PA | D_PAGE | D_NG | D_AP_EL0 | D_AP_RO | D_DBM | D_AF);
	rig_stop();
}

static void stage1_dirty(void)
{
	u64 e, clean = PA | D_PAGE | D_AF | D_NG | D_AP_EL0 | D_AP_RO | D_DBM;
	u64 val;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A | CD_HA | CD_HD);
	e = smmu_desc(3, 0x1000);
	*rig_mem(e) = clean;
	CHECK(rig_read(0x1000, &val) == 0);
	CHECK_EQ(*rig_mem(e), clean);
	/* Cached as clean, so this looks again. */
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(e), clean & ~D_AP_RO);
	/* Cached as dirty: cleared without an invalidation, a write is missed. */
	*rig_mem(e) = clean;
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(e), clean);
	CHECK_EQ(model_check(rig.m), 1);
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1000);
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(e), clean & ~D_AP_RO);
	/* HD without HA does nothing; DBM alone is read-only. */
	*smmu_cd(0) &= ~CD_HA;
	smmu_cfgi();
	smmu_do(OP_NSNH_ALL, 0);
	*rig_mem(e) = clean;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	rig_stop();
}

static void stage2_dirty(void)
{
	u64 e, clean = PA | D_PAGE | D_AF | D_S2_R | D_DBM;

	smmu_start(0, CAPS);
	smmu_s2(0, STE_S2R | STE_S2HA | STE_S2HD);
	e = smmu_s2_desc(3, 0x1000);
	*rig_mem(e) = clean & ~D_AF;
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(e), clean | D_S2_W);
	rig_stop();
}

/* A stage 1 update writes its table: that page of stage 2 gets dirty too. */
static void nested_dirty(void)
{
	u64 e, clean = D_PAGE | D_AF | D_NG | D_AP_EL0 | D_AP_RO | D_DBM;
	u64 table, val;

	smmu_start(0, CAPS);
	smmu_nested(CD_R | CD_A | CD_HA | CD_HD,
		    STE_S2R | STE_S2HA | STE_S2HD);
	e = smmu_desc(3, 0x1000);
	table = smmu_desc(2, 0x1000);
	/* The last table at an IPA of its own, and the page too. */
	*rig_mem(table) = 0x5555000 | D_TABLE;
	smmu_map2(0x5555000, (e & ~0xfffULL) | D_AF | D_S2_R | D_DBM);
	smmu_map2(0x6666000, PA | D_AF | D_S2_R | D_DBM);
	*rig_mem(e) = 0x6666000 | clean;
	CHECK(rig_read(0x1000, &val) == 0);
	CHECK(!(*rig_mem(smmu_s2_desc(3, 0x5555000)) & D_S2_W));
	CHECK(!(*rig_mem(smmu_s2_desc(3, 0x6666000)) & D_S2_W));
	CHECK(rig_lands(0x1000, PA));
	CHECK_EQ(*rig_mem(e), (0x6666000 | clean) & ~D_AP_RO);
	CHECK(*rig_mem(smmu_s2_desc(3, 0x5555000)) & D_S2_W);
	CHECK(*rig_mem(smmu_s2_desc(3, 0x6666000)) & D_S2_W);
	/* Where the table may not be written, that is a permission fault. */
	smmu_map2(0x5555000, (e & ~0xfffULL) | D_AF | D_S2_R);
	*rig_mem(e) = 0x6666000 | clean;
	smmu_do(OP_NSNH_ALL, 0);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x13), E_S2 | E_CLASS(1), 0x1000, 0x5555000);
	rig_stop();
}

/* Without the capability, asking for it is illegal. */
static void no_hardware_update(void)
{
	smmu_start(0, CAPS_BUT(MODEL_CAP_DIRTY));
	smmu_s1(0, CD_R | CD_A | CD_HA);
	CHECK(rig_write(0, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x0a), 0, 0, 0);
	rig_stop();
	smmu_start(0, CAPS_BUT(MODEL_CAP_DIRTY));
	smmu_s2(0, STE_S2R | STE_S2HD);
	CHECK(rig_write(0, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x04), 0, 0, 0);
	rig_stop();
}

int main(void)
{
	TAP_RUN(stage1_page);
	TAP_RUN(granules_and_blocks);
	TAP_RUN(upper_half);
	TAP_RUN(stage2_concatenated);
	TAP_RUN(stage1_faults);
	TAP_RUN(hierarchical_permissions);
	TAP_RUN(terminate_quietly);
	TAP_RUN(stage2_faults);
	TAP_RUN(nested_page);
	TAP_RUN(nested_faults);
	TAP_RUN(contiguous_runs);
	TAP_RUN(contiguous_mixture_is_visible);
	TAP_RUN(access_flag);
	TAP_RUN(stage1_dirty);
	TAP_RUN(stage2_dirty);
	TAP_RUN(nested_dirty);
	TAP_RUN(no_hardware_update);
	return tap_done();
}
