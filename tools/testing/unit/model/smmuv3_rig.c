// SPDX-License-Identifier: GPL-2.0-only
/* An SMMUv3 for the tests; see smmuv3_rig.h. */
#include <string.h>

#include "smmuv3_rig.h"

struct smmu_rig smmu;

u32 r32(u32 reg)
{
	return hw_read32(rig.hw, reg);
}

void w32(u32 reg, u32 val)
{
	hw_write32(rig.hw, reg, val);
}

u64 smmu_alloc(unsigned int pages_log2)
{
	u64 size = 0x1000ULL << pages_log2;

	rig.next_pa = (rig.next_pa + 0x1000 + size - 1) & ~(size - 1);
	rig.next_pa += size - 0x1000;
	return rig.next_pa + 0x1000 - size;
}

void smmu_restart(u32 cr0)
{
	w32(0x20, 0);
	rig_run();
	w32(0x98, 0);
	w32(0x9c, 0);
	w32(0x100a8, 0);
	w32(0x100ac, 0);
	w32(0x100c8, 0);
	w32(0x100cc, 0);
	smmu.cmd_prod = 0;
	smmu.evt_cons = 0;
	smmu.pri_cons = 0;
	w32(0x20, cr0);
	rig_run();
	if (r32(0x24) != cr0)
		shim_warn(__FILE__, __LINE__, "not acknowledged");
}

void smmu_start(u32 flags, u32 caps)
{
	rig_build(IOMMUFDX_HW_SMMUV3, flags, caps, 0);
	memset(&smmu, 0, sizeof(smmu));
	smmu.strtab = smmu_alloc(2);
	smmu.cmdq = smmu_alloc(0);
	smmu.evtq = smmu_alloc(0);
	smmu.priq = smmu_alloc(0);
	smmu.sem = smmu_alloc(0);
	wr(0x80, smmu.strtab);
	w32(0x88, 8);
	wr(0x90, smmu.cmdq | 8);
	wr(0xa0, smmu.evtq | 7);
	wr(0xc0, smmu.priq | 8);
	w32(0x2c, 2);
	w32(0x50, 7);
	smmu_restart(caps & MODEL_CAP_PRI ? 0xf : 0xd);
}

void smmu_queue(u64 w0, u64 w1)
{
	u64 pa = smmu.cmdq + (smmu.cmd_prod & 0xff) * 16;

	__atomic_store_n(rig_mem(pa), w0, __ATOMIC_RELAXED);
	__atomic_store_n(rig_mem(pa + 8), w1, __ATOMIC_RELAXED);
	smmu.cmd_prod = (smmu.cmd_prod + 1) & 0x1ff;
	w32(0x98, smmu.cmd_prod);
}

void smmu_sync(void)
{
	smmu.sem_value++;
	smmu_queue(OP_SYNC | 1 << 12 | (u64)smmu.sem_value << 32, smmu.sem);
	rig_run();
	if ((u32)*rig_mem(smmu.sem) != smmu.sem_value)
		shim_warn(__FILE__, __LINE__, "no completion");
}

void smmu_do(u64 w0, u64 w1)
{
	smmu_queue(w0, w1);
	smmu_sync();
}

void smmu_event(u64 *evt)
{
	u32 prod = r32(0x100a8);
	int i;

	memset(evt, 0, 32);
	if (((prod ^ smmu.evt_cons) & 0xff) == 0)
		return;
	for (i = 0; i < 4; i++)
		evt[i] = *rig_mem(smmu.evtq + (smmu.evt_cons & 0x7f) * 32 +
				  i * 8);
	smmu.evt_cons = ((smmu.evt_cons + 1) & 0xff) |
			(smmu.evt_cons & 1U << 31);
	w32(0x100ac, smmu.evt_cons);
}

u64 *smmu_ste(u32 sid, unsigned int word)
{
	return rig_mem(smmu.strtab + sid * 64 + word * 8);
}

u64 *smmu_cd(unsigned int word)
{
	return rig_mem(smmu.cd + word * 8);
}

void smmu_cfgi(void)
{
	smmu_do(OP_CFGI_STE | C_SID(SID), C_LEAF);
}

/* 4K: three levels and 39 bits; 16K: two and 36; 64K: two and 42. */
static const struct {
	unsigned int shift, level, tsz, sl0;
} geometry[] = {
	{ 12, 1, 25, 1 }, { 16, 2, 22, 1 }, { 14, 2, 28, 1 },
};

static u64 set_stage1(unsigned int tg, u64 cd0)
{
	smmu.granule = geometry[tg].shift;
	smmu.level = geometry[tg].level;
	smmu.cd = smmu_alloc(0);
	smmu.ttb = smmu_alloc(smmu.granule - 12);
	*smmu_cd(1) = smmu.ttb + smmu.table_off;
	*smmu_cd(0) = CD_BASE(tg, geometry[tg].tsz) | (u64)ASID << 48 | cd0;
	return smmu.cd + smmu.table_off;
}

static void set_stage2(unsigned int tg, u64 ste2)
{
	smmu.granule = geometry[tg].shift;
	smmu.level = geometry[tg].level;
	smmu.s2ttb = smmu_alloc(smmu.granule - 12);
	*smmu_ste(SID, 3) = smmu.s2ttb;
	*smmu_ste(SID, 2) = VMID | (u64)geometry[tg].tsz << 32 |
			    (u64)geometry[tg].sl0 << 38 | (u64)tg << 46 |
			    5ULL << 48 | 1ULL << 51 | ste2;
}

void smmu_s1(unsigned int tg, u64 cd0)
{
	*smmu_ste(SID, 0) = set_stage1(tg, cd0) | 5 << 1 | 1;
	smmu_cfgi();
}

void smmu_s2(unsigned int tg, u64 ste2)
{
	set_stage2(tg, ste2);
	*smmu_ste(SID, 0) = 6 << 1 | 1;
	smmu_cfgi();
}

void smmu_nested(u64 cd0, u64 ste2)
{
	u64 gb;

	smmu.table_off = IPA_OFF;
	set_stage2(0, ste2);
	for (gb = 0; gb < 8; gb++)
		*rig_mem(smmu_s2_desc(1, IPA_OFF + (gb << 30))) =
			D_BLOCK | D_S2 | gb << 30;
	*smmu_ste(SID, 0) = set_stage1(0, cd0) | 7 << 1 | 1;
	smmu_cfgi();
}

static u64 find_desc(u64 table, u64 off, unsigned int level, u64 addr)
{
	unsigned int bits = smmu.granule - 3, at, shift;
	u64 *desc;

	for (at = smmu.level;; at++) {
		shift = smmu.granule + (3 - at) * bits;
		table += (addr >> shift & ((1ULL << bits) - 1)) * 8;
		if (at == level)
			return table;
		desc = rig_mem(table);
		if (!(*desc & 1))
			*desc = (smmu_alloc(smmu.granule - 12) + off) | D_TABLE;
		table = (*desc & 0xfffffffff000) - off;
	}
}

u64 smmu_desc(unsigned int level, u64 addr)
{
	return find_desc(smmu.ttb, smmu.table_off, level, addr);
}

u64 smmu_s2_desc(unsigned int level, u64 addr)
{
	return find_desc(smmu.s2ttb, 0, level, addr);
}

void smmu_map(u64 va, u64 desc)
{
	*rig_mem(smmu_desc(3, va)) = desc | D_PAGE;
}

void smmu_map2(u64 ipa, u64 desc)
{
	*rig_mem(smmu_s2_desc(3, ipa)) = desc | D_PAGE;
}
