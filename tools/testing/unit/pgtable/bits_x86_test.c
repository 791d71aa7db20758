// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86_64 and VT-d second-stage entries, bit for bit. The values are written out
 * by hand.
 *
 * x86_64: AMD64 manual, volume 2, section 5.3.3, which 48882 section 2.2.6
 * refers to; VT-d specification, section 9.7. P 0, R/W 1, U/S 2, A 5, D 6, PS 7,
 * XD 63, bit 9 for software.
 *
 * Second stage: VT-d specification, section 9.8. R 0, W 1, PS 7, A 8, D 9,
 * SNP 11, bit 52 for software.
 */
#include "bits.h"

static const int four_levels[] = { 39, 30, 21, 12 };
static const int five_levels[] = { 48, 39, 30, 21, 12 };
static const int three_levels[] = { 30, 21, 12 };

/* One leaf alone in a new table of 48 bits. */
static void leaf(enum pgtable_format format, u32 quirks, u64 size, int steps,
		 u64 pa, u32 prot, u64 want)
{
	u64 iova = 0x7f0000000000 + size;

	bits_create(format, 48, 0, quirks);
	CHECK_EQ(bits_map(iova, pa, size, prot), 0);
	CHECK_EQ(*bits_slot(four_levels, steps, iova), want);
	/* Nothing beside it. */
	if (iova >> four_levels[steps] & 511)
		CHECK_EQ(bits_slot(four_levels, steps, iova)[-1], 0);
	bits_destroy();
}

static void x86_64_leaves(void)
{
	const enum pgtable_format f = PGTABLE_X86_64;
	const u32 nx = PGTABLE_QUIRK_NX;

	leaf(f, 0, SZ_4K, 3, 0x123456789000, RW, 0x0000123456789007);
	leaf(f, 0, SZ_4K, 3, 0xfedcba9876000, RW, 0x000fedcba9876007);
	leaf(f, 0, SZ_2M, 2, 0x123456600000, RW, 0x0000123456600087);
	leaf(f, 0, SZ_1G, 1, 0x123440000000, RW, 0x0000123440000087);
	leaf(f, 0, SZ_4K, 3, 0x123456789000, RO, 0x0000123456789005);
	leaf(f, 0, SZ_2M, 2, 0x123456600000, RO, 0x0000123456600085);
	leaf(f, 0, SZ_1G, 1, 0x123440000000, RO, 0x0000123440000085);
	/* Writing without reading cannot be said. */
	leaf(f, 0, SZ_4K, 3, 0x123456789000, WO, 0x0000123456789007);
	/* Memory types and snooping are not in these entries. */
	leaf(f, PGTABLE_QUIRK_ENFORCE_SNOOP, SZ_4K, 3, 0x123456789000,
	     RW | PGTABLE_MMIO, 0x0000123456789007);
	/* XD where hardware knows it. */
	leaf(f, nx, SZ_4K, 3, 0x123456789000, RW, 0x8000123456789007);
	leaf(f, nx, SZ_2M, 2, 0x123456600000, RO, 0x8000123456600085);
	leaf(f, nx, SZ_4K, 3, 0x123456789000, RX, 0x0000123456789005);
}

static void vtdss_leaves(void)
{
	const enum pgtable_format f = PGTABLE_VTDSS;
	const u32 snoop = PGTABLE_QUIRK_ENFORCE_SNOOP;

	leaf(f, 0, SZ_4K, 3, 0x123456789000, RW, 0x0000123456789003);
	leaf(f, 0, SZ_4K, 3, 0xfedcba9876000, RW, 0x000fedcba9876003);
	leaf(f, 0, SZ_2M, 2, 0x123456600000, RW, 0x0000123456600083);
	leaf(f, 0, SZ_1G, 1, 0x123440000000, RW, 0x0000123440000083);
	leaf(f, 0, SZ_4K, 3, 0x123456789000, RO, 0x0000123456789001);
	leaf(f, 0, SZ_4K, 3, 0x123456789000, WO, 0x0000123456789002);
	leaf(f, 0, SZ_1G, 1, 0x123440000000, WO, 0x0000123440000082);
	leaf(f, 0, SZ_4K, 3, 0x123456789000, RX, 0x0000123456789001);
	leaf(f, snoop, SZ_4K, 3, 0x123456789000, RW, 0x0000123456789803);
	leaf(f, snoop, SZ_2M, 2, 0x123456600000, RO, 0x0000123456600881);
	leaf(f, snoop, SZ_1G, 1, 0x123440000000, RW, 0x0000123440000883);
}

static void tables(enum pgtable_format format, u8 va_bits, const int *items,
		   int levels, u64 want)
{
	const u64 iova = 0x123456789000 & ((1ULL << va_bits) - 1);

	bits_create(format, va_bits, 0, PGTABLE_QUIRK_ENFORCE_SNOOP);
	CHECK_EQ(pgtable_top_level(&pt), levels - 1);
	CHECK_EQ(pt.va_bits, va_bits);
	CHECK_EQ(bits_map(iova, 0x5000, SZ_4K, RO), 0);
	for (int i = 0; i < levels - 1; i++)
		CHECK_EQ(*bits_slot(items, i, iova) & 0xfff0000000000fff, want);
	CHECK_EQ(pt.ops->table_bytes(&pt), levels * SZ_4K);
	bits_destroy();
}

/* Pointers to tables grant all. */
static void table_entries(void)
{
	tables(PGTABLE_X86_64, 48, four_levels, 4, 0x007);
	tables(PGTABLE_X86_64, 57, five_levels, 5, 0x007);
	tables(PGTABLE_VTDSS, 39, three_levels, 3, 0x003);
	tables(PGTABLE_VTDSS, 48, four_levels, 4, 0x003);
	tables(PGTABLE_VTDSS, 57, five_levels, 5, 0x003);
}

/* D is set by software, read and cleared; A stays as hardware left it. */
static void dirty_state(enum pgtable_format format, u64 clean, u64 dirty,
			u64 accessed)
{
	u64 *slot;

	bits_create(format, 48, 0, 0);
	CHECK_EQ(bits_map(0x3000, 0x5000, SZ_4K, RW), 0);
	slot = bits_slot(four_levels, 3, 0x3000);
	pt.ops->set_dirty(&pt, 0x3000, 0x3fff, true, &gather);
	CHECK_EQ(*slot, dirty);
	*slot |= accessed;
	CHECK_EQ(bits_read_dirty(0, 12, 16), 1 << 3);
	CHECK_EQ(*slot, clean | accessed);
	CHECK_EQ(bits_read_dirty(0, 12, 16), 0);
	/* Permissions change, dirty and accessed state does not. */
	*slot = dirty | accessed;
	CHECK_EQ(pt.ops->protect(&pt, 0x3000, 0x3fff, RO, &gather), SZ_4K);
	CHECK_EQ(*slot, (dirty & ~2ULL) | accessed);
	CHECK_EQ(pt.ops->protect(&pt, 0x3000, 0x3fff, RW, &gather), SZ_4K);
	CHECK_EQ(*slot, dirty | accessed);
	/* Nothing to say "no permission" with. */
	CHECK_EQ(pt.ops->protect(&pt, 0x3000, 0x3fff, 0, &gather), 0);
	CHECK_EQ(*slot, dirty | accessed);
	CHECK_EQ(bits_map(0x4000, 0x5000, SZ_4K, 0), -EINVAL);
	bits_destroy();
}

static void x86_64_dirty(void)
{
	dirty_state(PGTABLE_X86_64, 0x5007, 0x5047, 0x20);
}

static void vtdss_dirty(void)
{
	dirty_state(PGTABLE_VTDSS, 0x5003, 0x5203, 0x100);
}

/*
 * untouch() turns A of pointers into software's bit, a scan of what was touched
 * takes that away, and what is not marked is not looked at.
 */
static void touched(enum pgtable_format format, u64 accessed, u64 mark,
		    u64 table, u64 dirty)
{
	struct pgtable_dirty_sink sink = { .shift = 12, .word = bits_word };
	u64 *top, *mid, *low, *slot;

	bits_create(format, 48, 0, 0);
	CHECK_EQ(bits_map(0x3000, 0x5000, SZ_4K, RW), 0);
	top = bits_slot(four_levels, 0, 0x3000);
	mid = bits_slot(four_levels, 1, 0x3000);
	low = bits_slot(four_levels, 2, 0x3000);
	slot = bits_slot(four_levels, 3, 0x3000);
	*top |= accessed;
	*mid |= accessed;
	*low |= accessed;
	*slot |= dirty;
	pt.ops->untouch(&pt, 0, (1ULL << 48) - 1, &gather);
	CHECK(!pgtable_gather_empty(&gather));
	CHECK_EQ(*top & 0xfff0000000000fff, table | mark);
	CHECK_EQ(*low & 0xfff0000000000fff, table | mark);
	bits_seen = 0;
	pt.ops->read_dirty(&pt, 0, (1ULL << 48) - 1, PGTABLE_DIRTY_TOUCHED,
			   &sink, &gather);
	CHECK_EQ(bits_seen, 1 << 3);
	CHECK_EQ(*top & 0xfff0000000000fff, table);
	CHECK_EQ(*mid & 0xfff0000000000fff, table);
	CHECK_EQ(*low & 0xfff0000000000fff, table);
	/* Written to behind the scan's back: it does not look there. */
	*slot |= dirty;
	bits_seen = 0;
	pt.ops->read_dirty(&pt, 0, (1ULL << 48) - 1, PGTABLE_DIRTY_TOUCHED,
			   &sink, &gather);
	CHECK_EQ(bits_seen, 0);
	bits_destroy();
}

static void x86_64_touched(void)
{
	touched(PGTABLE_X86_64, 0x20, 0x200, 0x007, 0x40);
}

static void vtdss_touched(void)
{
	touched(PGTABLE_VTDSS, 0x100, 0x0010000000000000, 0x003, 0x200);
}

/* A split leaf of 1 GiB and its parts. */
static int sync_nothing(struct pgtable_resize *req, struct pgtable_gather *g)
{
	return 0;
}

static void split_keeps_bits(enum pgtable_format format, u64 large, u64 small)
{
	struct pgtable_resize req = {
		.iova = SZ_1G, .last = 2ULL * SZ_1G - 1, .split = SZ_2M,
		.gfp = GFP_KERNEL, .sync = sync_nothing,
	};
	u64 *slot;

	bits_create(format, 48, 0, 0);
	CHECK_EQ(bits_map(SZ_1G, 0x123440000000, SZ_1G, RW), 0);
	slot = bits_slot(four_levels, 1, SZ_1G);
	*slot = large;
	CHECK_EQ(pt.ops->resize(&pt, &req), 0);
	slot = bits_slot(four_levels, 2, SZ_1G);
	CHECK_EQ(slot[0], small);
	CHECK_EQ(slot[511], small + 511ULL * SZ_2M);
	req.split = 0;
	req.merge = SZ_1G;
	CHECK_EQ(pt.ops->resize(&pt, &req), 0);
	CHECK_EQ(*bits_slot(four_levels, 1, SZ_1G), large);
	bits_destroy();
}

static void split_and_merge(void)
{
	split_keeps_bits(PGTABLE_X86_64, 0x00001234400000e7,
			 0x00001234400000e7);
	split_keeps_bits(PGTABLE_VTDSS, 0x0000123440000383,
			 0x0000123440000383);
}

int main(void)
{
	TAP_RUN(x86_64_leaves);
	TAP_RUN(vtdss_leaves);
	TAP_RUN(table_entries);
	TAP_RUN(x86_64_dirty);
	TAP_RUN(vtdss_dirty);
	TAP_RUN(x86_64_touched);
	TAP_RUN(vtdss_touched);
	TAP_RUN(split_and_merge);
	return tap_done();
}
