// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of guests' page tables, decoded as hardware would. A leaf larger than
 * an entry's span (AMD) or a row of leaves that go together (Arm's contiguous
 * hint) comes out as one leaf for each entry.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/nospec.h>

#include "shadow_walk.h"
#include "spec/amd.h"
#include "spec/armv8.h"
#include "spec/vtd.h"

/* log2 of what an entry of @level of a table with 4 KiB pages stands for. */
static unsigned int radix9_shift(unsigned int level)
{
	return 12 + 9 * level;
}

static bool aligned(u64 gpa, unsigned int shift)
{
	return !(gpa & (BIT_ULL(shift) - 1));
}

static void make_table(struct fdx_guest_entry *entry, u64 gpa,
		       unsigned int level, u32 prot)
{
	entry->kind = FDX_GUEST_TABLE;
	entry->gpa = gpa;
	entry->level = level;
	entry->prot = prot;
}

static void make_leaf(struct fdx_guest_entry *entry, u64 gpa, u32 prot)
{
	entry->kind = FDX_GUEST_LEAF;
	entry->gpa = gpa;
	entry->prot = prot;
}

/*
 * AMD host table, 48882 section 2.2.3. NextLevel 0 is a leaf of the usual size,
 * 7 one whose size is a string of ones in the address, else the level, counted
 * from 1, of the next table.
 */
#define AMD_NL_ITEM	0
#define AMD_NL_SIZE	7

static void decode_amdv1(const struct fdx_guest_table *table, u64 raw,
			 unsigned int level, u64 iova,
			 struct fdx_guest_entry *entry)
{
	unsigned int next = FIELD_GET(AMD_PTE_NEXT_LEVEL, raw);
	unsigned int shift = radix9_shift(level);
	u64 address = raw & AMD_PTE_PA;
	unsigned int size;
	u32 prot = 0;

	if (!(raw & AMD_PTE_PR))
		return;
	if (raw & AMD_PTE_IR)
		prot |= PGTABLE_READ;
	if (raw & AMD_PTE_IW)
		prot |= PGTABLE_WRITE;
	if (next != AMD_NL_ITEM && next != AMD_NL_SIZE) {
		if (next <= level && !(raw & AMD_PDE_RSVD))
			make_table(entry, address, next - 1, prot);
		return;
	}
	/* The top level of six has no leaves. */
	if ((raw & AMD_PTE_RSVD) || level == FDX_GUEST_MAX_LEVELS - 1)
		return;
	if (next == AMD_NL_ITEM) {
		if (aligned(address, shift))
			make_leaf(entry, address, prot);
		return;
	}
	/* One more bit than the first zero, counted from bit 12. */
	size = ffz(address >> 12) + 13;
	if (size <= shift || size >= shift + 9)
		return;
	make_leaf(entry, (address & ~(BIT_ULL(size) - 1)) |
		  (iova & (BIT_ULL(size) - 1)), prot);
}

/*
 * x86 table: VT-d's first stage, section 9.7, and AMD's guest tables. Requests
 * are a user's, so all entries on the way must allow users.
 */
static void decode_x86_64(const struct fdx_guest_table *table, u64 raw,
			  unsigned int level, u64 iova,
			  struct fdx_guest_entry *entry)
{
	u64 address = raw & VTD_FS_PA;
	u32 prot = PGTABLE_READ;

	if (!(raw & VTD_FS_P) || !(raw & VTD_FS_US))
		return;
	if (raw & VTD_FS_RW)
		prot |= PGTABLE_WRITE;
	if (!level) {
		make_leaf(entry, address, prot);
	} else if (!(raw & VTD_FS_PS)) {
		make_table(entry, address, level - 1, prot);
	} else if (level <= 2) {
		address &= ~VTD_FS_PAT_LARGE;
		if (aligned(address, radix9_shift(level)))
			make_leaf(entry, address, prot);
	}
}

/* VT-d second stage, section 9.8. No permission at all is not present. */
static void decode_vtdss(const struct fdx_guest_table *table, u64 raw,
			 unsigned int level, u64 iova,
			 struct fdx_guest_entry *entry)
{
	u64 address = raw & VTD_SS_PA;
	u32 prot = 0;

	if (raw & VTD_SS_R)
		prot |= PGTABLE_READ;
	if (raw & VTD_SS_W)
		prot |= PGTABLE_WRITE;
	if (!level)
		make_leaf(entry, address, prot);
	else if (!(raw & (VTD_SS_PS | VTD_SS_SNP)))
		make_table(entry, address, level - 1, prot);
	else if ((raw & VTD_SS_PS) && level <= 2 && aligned(address, radix9_shift(level)))
		make_leaf(entry, address, prot);
}

/* Levels, counted from the bottom, that may hold blocks: DDI 0487, D8.3.1. */
static bool armv8_block_level(unsigned int granule_shift, unsigned int level)
{
	return level == 1 || (level == 2 && granule_shift == ARMV8_SHIFT_4K);
}

/*
 * Armv8 stage 1, DDI 0487 section D8.3, of unprivileged requests. An access flag
 * that is clear faults: nobody would set it.
 */
static void decode_armv8_s1(const struct fdx_guest_table *table, u64 raw,
			    unsigned int level, u64 iova,
			    struct fdx_guest_entry *entry)
{
	unsigned int granule = table->granule_shift;
	unsigned int type = FIELD_GET(ARMV8_DESC_TYPE, raw);
	u64 address = raw & ARMV8_DESC_ADDR & ~(BIT_ULL(granule) - 1);
	u32 prot = PGTABLE_READ | PGTABLE_WRITE;

	if (level && type == ARMV8_TYPE_TABLE) {
		if (raw & ARMV8_TABLE_AP0)
			return;
		if (raw & ARMV8_TABLE_AP1)
			prot &= ~PGTABLE_WRITE;
		make_table(entry, address, level - 1, prot);
		return;
	}
	if (type != (level ? ARMV8_TYPE_BLOCK : ARMV8_TYPE_PAGE))
		return;
	if (level && !armv8_block_level(granule, level))
		return;
	if (!(raw & ARMV8_DESC_AF) || !(raw & ARMV8_S1_AP1))
		return;
	if (raw & ARMV8_S1_AP2)
		prot &= ~PGTABLE_WRITE;
	if (aligned(address, granule + level * ARMV8_LEVEL_BITS(granule)))
		make_leaf(entry, address, prot);
}

static const struct fdx_guest_format guest_formats[] = {
	[PGTABLE_AMDV1] = { .decode = decode_amdv1 },
	[PGTABLE_X86_64] = { .decode = decode_x86_64 },
	[PGTABLE_VTDSS] = { .decode = decode_vtdss },
	[PGTABLE_ARMV8_S1] = { .decode = decode_armv8_s1 },
};

const struct fdx_guest_format *fdx_guest_format(enum pgtable_format format)
{
	const struct fdx_guest_format *found;

	if ((unsigned int)format >= ARRAY_SIZE(guest_formats))
		return NULL;
	found = &guest_formats[array_index_nospec(format,
						  ARRAY_SIZE(guest_formats))];
	return found->decode ? found : NULL;
}
