// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 registers: identification, acknowledgement, what is frozen when, and
 * the bypass of a machine that is off.
 */
#include <string.h>

#include "smmuv3_rig.h"

static void identification(void)
{
	smmu_start(0, CAPS);
	CHECK_EQ(hw_read32(rig.hw, 0x20000), ~0U);
	/* S2P S1P AArch64 COHACC HTTU=2 ATS ASID16 MSI PRI VMID16 CD2L LE */
	CHECK_EQ(r32(0x00), 0x3 | 2 << 2 | 1 << 4 | 2 << 6 | 1 << 10 | 1 << 12 |
		 1 << 13 | 1 << 16 | 1 << 18 | 1 << 19 | 2 << 21 | 1 << 23 |
		 1 << 27);
	/* SIDs of 16 bits, SSIDs of 20, queues of 4096, attribute overrides */
	CHECK_EQ(r32(0x04), 16 | 20 << 6 | 12 << 11 | 12 << 16 | 12 << 21 |
		 3 << 26);
	CHECK_EQ(r32(0x08), 0);
	CHECK_EQ(r32(0x0c), 1 << 2 | 1 << 10 | 2 << 11);
	/* 48 bits, three granules, 64 stalls */
	CHECK_EQ(r32(0x14), 5 | 7 << 4 | 64 << 16);
	CHECK_EQ(rd(0x10) >> 32, r32(0x14));
	rig_stop();

	rig_build(IOMMUFDX_HW_SMMUV3, 0, 0, 0);
	CHECK_EQ(r32(0x00) & (1 | 3 << 6 | 1 << 10 | 1 << 16), 0);
	CHECK_EQ(r32(0x04) >> 6 & 0x1f, 0);
	CHECK_EQ(r32(0x0c), 1 << 2);
	rig_stop();
	/* No page requests. */
	rig_build(IOMMUFDX_HW_SMMUV3, 0, MODEL_CAP_ATS, 0);
	CHECK_EQ(r32(0x00) & 1 << 16, 0);
	w32(0x20, 0x1f);
	CHECK_EQ(r32(0x20), 0x1d);
	rig_stop();
}

static void acknowledgement(void)
{
	rig_build(IOMMUFDX_HW_SMMUV3, 0, CAPS, 0);
	w32(0x20, 0x8);
	CHECK_EQ(r32(0x20), 0x8);
	CHECK_EQ(r32(0x24), 0);
	rig_run();
	CHECK_EQ(r32(0x24), 0x8);
	w32(0x20, 0xffffffff);
	rig_run();
	CHECK_EQ(r32(0x24), 0x1f);
	w32(0x50, 0xff);
	CHECK_EQ(r32(0x54), 0);
	rig_run();
	CHECK_EQ(r32(0x54), 7);
	/* Read-only. */
	w32(0x24, 0);
	w32(0x54, 0);
	w32(0x00, 0);
	w32(0x60, 1);
	CHECK_EQ(r32(0x24), 0x1f);
	CHECK_EQ(r32(0x54), 7);
	CHECK(r32(0x00));
	CHECK_EQ(r32(0x60), 0);
	rig_stop();
	/* At once, inside the write. */
	rig_build(IOMMUFDX_HW_SMMUV3, MODEL_INLINE, CAPS, 0);
	w32(0x20, 0x8);
	CHECK_EQ(r32(0x24), 0x8);
	rig_stop();
}

static void global_bypass(void)
{
	u64 val = 1;

	rig_build(IOMMUFDX_HW_SMMUV3, 0, CAPS, 0);
	CHECK(rig_write(0x70000000, 5) == 0);
	CHECK_EQ(*rig_mem(0x70000000), 5);
	/* Not without UPDATE. */
	w32(0x44, 1 << 20);
	rig_run();
	CHECK(rig_write(0x70000000, 5) == 0);
	w32(0x44, 1U << 31 | 1 << 20);
	CHECK(r32(0x44) & 1U << 31);
	CHECK(rig_write(0x70000000, 5) == 0);
	/* A second one has to wait for the first. */
	w32(0x44, 1U << 31);
	rig_run();
	CHECK_EQ(r32(0x44), 1 << 20);
	CHECK(rig_write(0x70000000, 5) == -EFAULT);
	CHECK(rig_dma(MODEL_DMA_FETCH_ADD, 0x70000000, &val, 8) == -EFAULT);
	w32(0x44, 1U << 31);
	rig_run();
	CHECK_EQ(r32(0x44), 0);
	CHECK(rig_write(0x70000000, 6) == 0);
	rig_stop();
}

static void check_frozen(u32 reg, bool wide, bool frozen)
{
	u64 old = wide ? rd(reg) : r32(reg), val;

	if (wide)
		wr(reg, old ^ 0x100000);
	else
		w32(reg, old ^ 1);
	val = wide ? rd(reg) : r32(reg);
	if ((val == old) != frozen)
		tap_fail(__FILE__, __LINE__, "%#x is %sfrozen", reg,
			 frozen ? "not " : "");
	if (wide)
		wr(reg, old);
	else
		w32(reg, old);
}

static void frozen_while_in_use(void)
{
	static const struct {
		u32 reg;
		bool wide;
		u32 cr0, irq;
	} t[] = {
		{ 0x28, false, 0x1, 0 }, { 0x28, false, 0x8, 0 },
		{ 0x80, true, 0x1, 0 }, { 0x88, false, 0x1, 0 },
		{ 0x90, true, 0x8, 0 }, { 0x9c, false, 0x8, 0 },
		{ 0xa0, true, 0x4, 0 }, { 0x100a8, false, 0x4, 0 },
		{ 0xc0, true, 0x2, 0 }, { 0x100c8, false, 0x2, 0 },
		{ 0x68, true, 0, 1 }, { 0x70, false, 0, 1 },
		{ 0x74, false, 0, 1 }, { 0xb0, true, 0, 4 },
		{ 0xb8, false, 0, 4 }, { 0xd0, true, 0, 2 },
		{ 0xdc, false, 0, 2 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		rig_build(IOMMUFDX_HW_SMMUV3, 0, CAPS, 0);
		check_frozen(t[i].reg, t[i].wide, false);
		w32(0x20, t[i].cr0);
		w32(0x50, t[i].irq);
		rig_run();
		check_frozen(t[i].reg, t[i].wide, true);
		/* Until that is acknowledged to be off. */
		w32(0x20, 0);
		w32(0x50, 0);
		check_frozen(t[i].reg, t[i].wide, true);
		rig_run();
		check_frozen(t[i].reg, t[i].wide, false);
		rig_stop();
	}
}

/* Page 0 has nothing where page 1 has the pointers of the output queues. */
static void no_aliases(void)
{
	rig_build(IOMMUFDX_HW_SMMUV3, 0, CAPS, 0);
	w32(0x100ac, 5);
	w32(0x100cc, 6);
	CHECK_EQ(r32(0x100ac), 5);
	CHECK_EQ(r32(0xac), 0);
	CHECK_EQ(r32(0xcc), 0);
	w32(0xac, 9);
	CHECK_EQ(r32(0x100ac), 5);
	rig_stop();
}

/* Switching off takes effect at once, and keeps what is cached. */
static void off_and_on(void)
{
	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, 0x70000000 | D_S1);
	CHECK(rig_lands(0x1000, 0x70000000));
	smmu_restart(0);
	CHECK(rig_lands(0x1000, 0x1000));
	*rig_mem(smmu_desc(3, 0x1000)) = 0;
	*smmu_ste(SID, 0) = 0;
	smmu_restart(0xf);
	CHECK(rig_lands(0x1000, 0x70000000));
	rig_stop();
}

int main(void)
{
	TAP_RUN(identification);
	TAP_RUN(acknowledgement);
	TAP_RUN(global_bypass);
	TAP_RUN(frozen_while_in_use);
	TAP_RUN(no_aliases);
	TAP_RUN(off_and_on);
	return tap_done();
}
