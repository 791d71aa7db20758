// SPDX-License-Identifier: GPL-2.0-only
/*
 * Armv8 descriptors, bit for bit: Arm ARM, DDI 0487, sections D8.3 (layouts),
 * D8.4 (permissions), D8.5 (dirty state), D8.6 (memory types), D8.7
 * (contiguous). The values are written out by hand.
 *
 * Both stages: valid 0, not a block 1, SH 9:8, AF 10, DBM 51, contiguous 52,
 * XN 54, 55 for software. Stage 1: AttrIndx 4:2, AP[1] 6, AP[2] 7, nG 11, PXN 53.
 * Stage 2: MemAttr 5:2, S2AP[0] 6, S2AP[1] 7.
 */
#include "bits.h"

#define S1	PGTABLE_ARMV8_S1
#define S2	PGTABLE_ARMV8_S2
#define HD	PGTABLE_QUIRK_HW_DIRTY

static const int k4_48[] = { 39, 30, 21, 12 };
static const int k4_40[] = { 30, 21, 12 };	/* stage 2, concatenated */
static const int k16_47[] = { 36, 25, 14 };
static const int k64_48[] = { 42, 29, 16 };

/* One leaf alone at the same IOVA, modulo 2^30, in a new table. */
static void leaf(enum pgtable_format format, int granule, u32 quirks,
		 const int *items, int bits, u64 size, int steps, u64 pa,
		 u32 prot, u64 want, int entries)
{
	u64 iova = size > SZ_1G ? size : 4 * (u64)SZ_1G + size;
	u64 *slot;

	bits_create(format, bits, granule, quirks);
	CHECK_EQ(bits_map(iova, pa, size, prot), 0);
	slot = bits_slot(items, steps, iova);
	for (int i = 0; i < entries; i++)
		CHECK_EQ(slot[i], want + i * (size / entries));
	CHECK_EQ(slot[entries], 0);
	CHECK_EQ(slot[-1], 0);
	bits_destroy();
}

static void stage1_4k(void)
{
#define LEAF(...) leaf(S1, 12, 0, k4_48, 48, __VA_ARGS__)
	/* XN and PXN, nG, AF, inner shareable, AP[1], index 1. */
	LEAF(SZ_4K, 3, 0x123456789000, RWC, 0x0060123456789f47, 1);
	LEAF(SZ_2M, 2, 0x123456600000, RWC, 0x0060123456600f45, 1);
	LEAF(SZ_1G, 1, 0x123440000000, RWC, 0x0060123440000f45, 1);
	LEAF(SZ_64K, 3, 0x123456780000, RWC, 0x0070123456780f47, 16);
	LEAF(SZ_32M, 2, 0x123456000000, RWC, 0x0070123456000f45, 16);
	LEAF(1ULL << 34, 1, 0x123400000000, RWC, 0x0070123400000f45, 16);
	/* Read-only; executable; not cached; a device. */
	LEAF(SZ_4K, 3, 0x1000, RO | PGTABLE_CACHE, 0x0060000000001fc7, 1);
	LEAF(SZ_4K, 3, 0x1000, RX | PGTABLE_CACHE, 0x0000000000001fc7, 1);
	LEAF(SZ_4K, 3, 0x1000, RW, 0x0060000000001e43, 1);
	LEAF(SZ_4K, 3, 0x1000, RW | PGTABLE_MMIO, 0x0060000000001e4b, 1);
	LEAF(SZ_4K, 3, 0x1000, WO | PGTABLE_CACHE, 0x0060000000001f47, 1);
#undef LEAF
}

static void stage2_4k(void)
{
#define LEAF(...) leaf(S2, 12, 0, k4_48, 48, __VA_ARGS__)
	/* XN, AF, inner shareable, S2AP 3, MemAttr 15. */
	LEAF(SZ_4K, 3, 0x123456789000, RWC, 0x00401234567897ff, 1);
	LEAF(SZ_2M, 2, 0x123456600000, RWC, 0x00401234566007fd, 1);
	LEAF(SZ_1G, 1, 0x123440000000, RWC, 0x00401234400007fd, 1);
	LEAF(SZ_64K, 3, 0x123456780000, RWC, 0x00501234567807ff, 16);
	LEAF(SZ_32M, 2, 0x123456000000, RWC, 0x00501234560007fd, 16);
	LEAF(1ULL << 34, 1, 0x123400000000, RWC, 0x00501234000007fd, 16);
	LEAF(SZ_4K, 3, 0x1000, RO | PGTABLE_CACHE, 0x004000000000177f, 1);
	LEAF(SZ_4K, 3, 0x1000, WO | PGTABLE_CACHE, 0x00400000000017bf, 1);
	LEAF(SZ_4K, 3, 0x1000, PGTABLE_CACHE, 0x004000000000173f, 1);
	LEAF(SZ_4K, 3, 0x1000, RX | PGTABLE_CACHE, 0x000000000000177f, 1);
	LEAF(SZ_4K, 3, 0x1000, RW, 0x00400000000016d7, 1);
	LEAF(SZ_4K, 3, 0x1000, RW | PGTABLE_MMIO, 0x00400000000016c7, 1);
#undef LEAF
}

static void granule_16k(void)
{
#define LEAF(s, ...) leaf(s, 14, 0, k16_47, 47, __VA_ARGS__)
	LEAF(S1, SZ_16K, 2, 0x123456788000, RWC, 0x0060123456788f47, 1);
	LEAF(S1, SZ_2M, 2, 0x123456600000, RWC, 0x0070123456600f47, 128);
	LEAF(S1, SZ_32M, 1, 0x123456000000, RWC, 0x0060123456000f45, 1);
	LEAF(S1, SZ_1G, 1, 0x123440000000, RWC, 0x0070123440000f45, 32);
	LEAF(S2, SZ_16K, 2, 0x123456788000, RWC, 0x00401234567887ff, 1);
	LEAF(S2, SZ_2M, 2, 0x123456600000, RWC, 0x00501234566007ff, 128);
	LEAF(S2, SZ_32M, 1, 0x123456000000, RWC, 0x00401234560007fd, 1);
	LEAF(S2, SZ_1G, 1, 0x123440000000, RWC, 0x00501234400007fd, 32);
#undef LEAF
}

/* Address bits 51:48 stand in bits 15:12. */
static void granule_64k(void)
{
#define LEAF(s, ...) leaf(s, 16, 0, k64_48, 48, __VA_ARGS__)
	LEAF(S1, SZ_64K, 2, 0x123456780000, RWC, 0x0060123456780f47, 1);
	LEAF(S1, SZ_64K, 2, 0xf123456780000, RWC, 0x006012345678ff47, 1);
	LEAF(S1, SZ_2M, 2, 0xa123456600000, RWC, 0x007012345660af47, 32);
	LEAF(S1, SZ_512M, 1, 0xf123440000000, RWC, 0x006012344000ff45, 1);
	LEAF(S1, 1ULL << 34, 1, 0x5123400000000, RWC, 0x0070123400005f45, 32);
	LEAF(S2, SZ_64K, 2, 0xf123456780000, RWC, 0x004012345678f7ff, 1);
	LEAF(S2, SZ_2M, 2, 0xa123456600000, RWC, 0x005012345660a7ff, 32);
	LEAF(S2, SZ_512M, 1, 0xf123440000000, RWC, 0x004012344000f7fd, 1);
	LEAF(S2, 1ULL << 34, 1, 0x5123400000000, RWC, 0x00501234000057fd, 32);
#undef LEAF
}

static void table_entries(void)
{
	/* Four levels, all attributes 0. */
	bits_create(S1, 48, 12, 0);
	CHECK_EQ(bits_map(0x123456789000, 0x1000, SZ_4K, RO), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(*bits_slot(k4_48, i, 0x123456789000) &
			 ~0x0000fffffffff000ULL, 3);
	CHECK_EQ(pt.ops->table_bytes(&pt), 4 * SZ_4K);
	bits_destroy();

	/* Tables of other granules are as large as that. */
	bits_create(S1, 47, 14, 0);
	CHECK_EQ(bits_map(0, 0x4000, SZ_16K, RO), 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), 3 * SZ_16K);
	CHECK_EQ(*bits_slot(k16_47, 0, 0) & 0x3fff, 3);
	bits_destroy();
	bits_create(S2, 48, 16, 0);
	CHECK_EQ(bits_map(0, 0x10000, SZ_64K, RO), 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), 3 * SZ_64K);
	CHECK_EQ(*bits_slot(k64_48, 0, 0) & 0xffff, 3);
	bits_destroy();
}

/* Stage 2 of 40 bits begins at Arm's level 1, in two tables side by side. */
static void concatenated_tables(void)
{
	const u64 last = (1ULL << 40) - SZ_4K;
	u64 *top;

	bits_create(S2, 40, 12, 0);
	CHECK_EQ(pt.va_bits, 40);
	CHECK_EQ(pgtable_top_level(&pt), 2);
	CHECK_EQ(pt.ops->table_bytes(&pt), 2 * SZ_4K);
	CHECK_EQ(pgtable_top_phys(&pt) % (2 * SZ_4K), 0);
	CHECK_EQ(bits_map(last, 0x1000, SZ_4K, RWC), 0);
	CHECK_EQ(bits_map(1ULL << 39, SZ_1G, SZ_1G, RWC), 0);
	top = phys_to_virt(pgtable_top_phys(&pt));
	CHECK_EQ(top[1023] & 0xfff, 3);
	CHECK_EQ(top[512], 0x00400000400007fd);
	CHECK_EQ(*bits_slot(k4_40, 2, last), 0x00400000000017ff);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, last + 5), 0x1005);
	CHECK_EQ(bits_map(1ULL << 40, 0x1000, SZ_4K, RWC), -ERANGE);
	bits_destroy();

	/* 16 tables are the most: 43 bits, or 44 with one more level. */
	bits_create(S2, 43, 12, 0);
	CHECK_EQ(pgtable_top_level(&pt), 2);
	CHECK_EQ(pt.ops->table_bytes(&pt), 16 * SZ_4K);
	bits_destroy();
	bits_create(S2, 44, 12, 0);
	CHECK_EQ(pgtable_top_level(&pt), 3);
	CHECK_EQ(pt.ops->table_bytes(&pt), SZ_4K);
	bits_destroy();
	/* Without LPA2 there is no level 0 with 16K granules. */
	bits_create(S2, 48, 14, 0);
	CHECK_EQ(pgtable_top_level(&pt), 2);
	CHECK_EQ(pt.ops->table_bytes(&pt), 2 * SZ_16K);
	bits_destroy();
}

/* A writable leaf with DBM begins clean: AP[2] set, or S2AP[1] clear. */
static void hardware_dirty_state(void)
{
	leaf(S1, 12, HD, k4_48, 48, SZ_4K, 3, 0x1000, RWC,
	     0x0068000000001fc7, 1);
	leaf(S1, 12, HD, k4_48, 48, SZ_4K, 3, 0x1000, RO | PGTABLE_CACHE,
	     0x0060000000001fc7, 1);
	leaf(S1, 16, HD, k64_48, 48, SZ_2M, 2, 0x200000, RWC,
	     0x0078000000200fc7, 32);
	leaf(S2, 12, HD, k4_48, 48, SZ_4K, 3, 0x1000, RWC,
	     0x004800000000177f, 1);
	leaf(S2, 12, HD, k4_48, 48, SZ_4K, 3, 0x1000, RO | PGTABLE_CACHE,
	     0x004000000000177f, 1);
	leaf(S2, 14, HD, k16_47, 47, SZ_2M, 2, 0x200000, RWC,
	     0x005800000020077f, 128);
}

/* Hardware writes; a scan clears; permissions change under it. */
static void dirty_leaf(enum pgtable_format format, u64 clean, u64 dirty,
		       u64 read_only, u64 read_only_dirty)
{
	u64 *slot;

	bits_create(format, 48, 12, HD);
	CHECK_EQ(bits_map(0x3000, 0x1000, SZ_4K, RWC), 0);
	slot = bits_slot(k4_48, 3, 0x3000);
	CHECK_EQ(*slot, clean);
	CHECK_EQ(bits_read_dirty(0, 12, 16), 0);
	*slot = dirty;
	CHECK_EQ(bits_read_dirty(0, 12, 16), 1 << 3);
	CHECK_EQ(*slot, clean);
	pt.ops->set_dirty(&pt, 0x3000, 0x3fff, true, &gather);
	CHECK_EQ(*slot, dirty);
	CHECK_EQ(pt.ops->protect(&pt, 0x3000, 0x3fff, RO, &gather), SZ_4K);
	CHECK_EQ(*slot, read_only_dirty);
	CHECK_EQ(pt.ops->protect(&pt, 0x3000, 0x3fff, RW, &gather), SZ_4K);
	CHECK_EQ(*slot, dirty);
	CHECK_EQ(pt.ops->protect(&pt, 0x3000, 0x3fff, RO, &gather), SZ_4K);
	CHECK_EQ(bits_read_dirty(0, 12, 16), 1 << 3);
	CHECK_EQ(*slot, read_only);
	CHECK_EQ(pt.ops->protect(&pt, 0x3000, 0x3fff, RW, &gather), SZ_4K);
	CHECK_EQ(*slot, clean);
	bits_destroy();
}

static void stage1_dirty(void)
{
	dirty_leaf(S1, 0x0068000000001fc7, 0x0068000000001f47,
		   0x0060000000001fc7, 0x00e0000000001fc7);
}

static void stage2_dirty(void)
{
	dirty_leaf(S2, 0x004800000000177f, 0x00480000000017ff,
		   0x004000000000177f, 0x00c000000000177f);
}

/* Without HW_DIRTY a writable leaf is just that, unless somebody says dirty. */
static void no_hardware_dirty_state(void)
{
	u64 *slot;

	bits_create(S2, 48, 12, 0);
	CHECK_EQ(bits_map(0x3000, 0x1000, SZ_4K, RWC), 0);
	slot = bits_slot(k4_48, 3, 0x3000);
	CHECK_EQ(*slot, 0x00400000000017ff);
	CHECK_EQ(bits_read_dirty(0, 12, 16), 0);
	pt.ops->set_dirty(&pt, 0x3000, 0x3fff, true, &gather);
	CHECK_EQ(*slot, 0x00c00000000017ff);
	CHECK_EQ(bits_read_dirty(0, 12, 16), 1 << 3);
	CHECK_EQ(*slot, 0x00400000000017ff);
	bits_destroy();
}

/* One entry of a contiguous leaf that was written to stands for all. */
static void contiguous_dirty(void)
{
	u64 *slot;

	bits_create(S1, 48, 12, HD);
	CHECK_EQ(bits_map(0, 0, SZ_64K, RWC), 0);
	slot = bits_slot(k4_48, 3, 0);
	CHECK_EQ(slot[7], 0x0078000000007fc7);
	slot[7] = 0x0078000000007f47;
	CHECK_EQ(bits_read_dirty(0, 12, 16), 0xffff);
	CHECK_EQ(slot[7], 0x0078000000007fc7);
	CHECK_EQ(bits_read_dirty(0, 12, 16), 0);
	bits_destroy();
}

int main(void)
{
	TAP_RUN(stage1_4k);
	TAP_RUN(stage2_4k);
	TAP_RUN(granule_16k);
	TAP_RUN(granule_64k);
	TAP_RUN(table_entries);
	TAP_RUN(concatenated_tables);
	TAP_RUN(hardware_dirty_state);
	TAP_RUN(stage1_dirty);
	TAP_RUN(stage2_dirty);
	TAP_RUN(no_hardware_dirty_state);
	TAP_RUN(contiguous_dirty);
	return tap_done();
}
