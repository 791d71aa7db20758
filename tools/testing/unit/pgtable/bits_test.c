// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD v1 entries, bit for bit: document 48882, section 2.2.3. The values are
 * written out by hand from the layout of the I/O page entries and the table of
 * page size encodings there.
 */
#include <linux/errno.h>
#include <linux/iommufdx/pgtable.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#include "decode.h"

#define RW	(PGTABLE_READ | PGTABLE_WRITE)
#define MAX_RUNS 65536

static struct pgtable pt;
static u64 runs[MAX_RUNS];

static void create(u8 va_bits, u64 page_sizes, u32 quirks)
{
	struct pgtable_cfg cfg = {
		.va_bits = va_bits,
		.oa_bits = 52,
		.page_sizes = page_sizes,
		.quirks = quirks,
	};

	memset(&pt, 0, sizeof(pt));
	if (pgtable_create(&pt, PGTABLE_AMDV1, &cfg))
		abort();
}

static void destroy(void)
{
	CHECK(pt.ops->validate(&pt) == 0);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

static int map(u64 iova, u64 pa, u64 size, u32 prot, u64 *mapped)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_map req = {
		.iova = iova, .last = iova + size - 1, .runs = runs,
		.prot = prot, .gfp = GFP_KERNEL,
	};
	u64 pfn = pa >> 12, left = size >> 12;
	int rc;

	while (left) {
		u64 n = min(left, (u64)PFN_RUN_MAX_PAGES);

		runs[req.nr_runs++] = pfn_run(pfn, n);
		pfn += n;
		left -= n;
	}
	rc = pt.ops->map(&pt, &req, &g, mapped);
	pgtable_gather_free(&g);
	return rc;
}

static u64 unmap(u64 iova, u64 size)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 bytes = pt.ops->unmap(&pt, iova, iova + size - 1, &g);

	pgtable_gather_free(&g);
	return bytes;
}

/* The entry that hardware finds in the table of @level (1 is the lowest). */
static u64 entry_at(int level, u64 iova)
{
	u64 table = pgtable_top_phys(&pt);
	u64 e = 0;

	for (int l = pt.top_level + 1; l >= level; l--) {
		u64 *base = phys_to_virt(table);

		e = base[iova >> (12 + 9 * (l - 1)) & 511];
		table = e & 0x000ffffffffff000ULL;
		if (!table)
			break;
	}
	return e;
}

static void leaf_of_every_kind(void)
{
	static const struct {
		u64 size, pa;
		int level, entries;
		u64 entry;
	} cases[] = {
		{ 1ULL << 12, 0x123456789000, 1, 1, 0x6000123456789001 },
		{ 1ULL << 13, 0x12345678a000, 1, 2, 0x600012345678ae01 },
		{ 1ULL << 14, 0x123456788000, 1, 4, 0x6000123456789e01 },
		{ 1ULL << 15, 0x123456788000, 1, 8, 0x600012345678be01 },
		{ 1ULL << 16, 0x123456780000, 1, 16, 0x6000123456787e01 },
		{ 1ULL << 20, 0x123456700000, 1, 256, 0x600012345677fe01 },
		{ 1ULL << 21, 0x123456600000, 2, 1, 0x6000123456600001 },
		{ 1ULL << 22, 0x123456400000, 2, 2, 0x60001234565ffe01 },
		{ 1ULL << 29, 0x123460000000, 2, 256, 0x600012346ffffe01 },
		{ 1ULL << 30, 0x123440000000, 3, 1, 0x6000123440000001 },
		{ 1ULL << 31, 0x123480000000, 3, 2, 0x60001234bffffe01 },
		{ 1ULL << 38, 0x124000000000, 3, 256, 0x6000125ffffffe01 },
		{ 1ULL << 40, 0x150000000000, 4, 2, 0x6000157ffffffe01 },
		{ 1ULL << 47, 0x800000000000, 4, 256, 0x6000bffffffffe01 },
		{ 1ULL << 48, 0x3000000000000, 5, 1, 0x6003000000000001 },
		{ 1ULL << 51, 0x8000000000000, 5, 8, 0x600bfffffffffe01 },
	};
	u64 mapped;

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 iova = cases[i].size * 2, item;

		create(64, 0, 0);
		CHECK(map(iova, cases[i].pa, cases[i].size, RW, &mapped) == 0);
		CHECK_EQ(mapped, cases[i].size);
		item = cases[i].size / cases[i].entries;
		for (int k = 0; k < cases[i].entries; k++)
			CHECK_EQ(entry_at(cases[i].level, iova + k * item),
				 cases[i].entry);
		CHECK_EQ(entry_at(cases[i].level, iova + cases[i].size), 0);
		CHECK_EQ(entry_at(cases[i].level, iova - 1), 0);
		destroy();
	}
}

static void permissions_and_coherence(void)
{
	u64 mapped;

	create(48, 0, 0);
	CHECK(map(0x1000, 0x5000, SZ_4K, PGTABLE_READ, &mapped) == 0);
	CHECK(map(0x2000, 0x9000, SZ_4K, PGTABLE_WRITE, &mapped) == 0);
	CHECK(map(0x3000, 0x2000, SZ_4K, 0, &mapped) == 0);
	CHECK_EQ(entry_at(1, 0x1000), 0x2000000000005001);
	CHECK_EQ(entry_at(1, 0x2000), 0x4000000000009001);
	CHECK_EQ(entry_at(1, 0x3000), 0x0000000000002001);
	destroy();
	create(48, 0, PGTABLE_QUIRK_ENFORCE_SNOOP);
	CHECK(map(0x1000, 0x5000, SZ_4K, RW, &mapped) == 0);
	CHECK_EQ(entry_at(1, 0x1000), 0x7000000000005001);
	destroy();
}

/* IR and IW are granted by tables; NextLevel is the level pointed to. */
static void table_entries(void)
{
	u64 mapped;

	create(64, 0, 0);
	CHECK_EQ(pt.top_level, 5);
	CHECK(map(0, 0x5000, SZ_4K, PGTABLE_READ, &mapped) == 0);
	for (int level = 2; level <= 6; level++)
		CHECK_EQ(entry_at(level, 0) & ~0x000ffffffffff000ULL,
			 0x6000000000000001 | (u64)(level - 1) << 9);
	CHECK_EQ(pt.ops->table_bytes(&pt), 6 * SZ_4K);
	destroy();
}

/* Dirty is bit 6 and accessed bit 5; the scan clears dirty only. */
static u64 seen;

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	seen |= bits << (index * 8);
}

static void dirty_bit(void)
{
	struct pgtable_dirty_sink sink = { .shift = 12, .word = sink_word };
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 mapped, *e;

	create(21, 0, 0);
	CHECK(map(0x3000, 0x5000, SZ_4K, RW, &mapped) == 0);
	e = (u64 *)phys_to_virt(pgtable_top_phys(&pt)) + 3;
	pt.ops->set_dirty(&pt, 0x3000, 0x3fff, true, &g);
	CHECK_EQ(*e, 0x6000000000005041);
	*e |= 0x20;
	seen = 0;
	pt.ops->read_dirty(&pt, 0, 0xffff, PGTABLE_DIRTY_NO_CLEAR, &sink, &g);
	CHECK_EQ(seen, 8);
	CHECK_EQ(*e, 0x6000000000005061);
	CHECK(pgtable_gather_empty(&g));
	seen = 0;
	pt.ops->read_dirty(&pt, 0, 0xffff, 0, &sink, &g);
	CHECK_EQ(seen, 8);
	CHECK_EQ(*e, 0x6000000000005021);
	CHECK_EQ(g.iova, 0x3000);
	CHECK_EQ(g.last, 0x3fff);
	destroy();
}

/* The largest leaf at @iova for memory at @pa with @left bytes to go. */
static u64 greedy(u64 iova, u64 pa, u64 left)
{
	for (int shift = 51; shift >= 12; shift--) {
		u64 size = 1ULL << shift;

		if (shift != 39 && iova % size == 0 && pa % size == 0 &&
		    size <= left && (pt.page_sizes & size))
			return size;
	}
	return 0;
}

/* Map, compare leaf by leaf what hardware finds, unmap. */
static void map_and_compare(u64 iova, u64 pa, u64 size)
{
	u64 mapped, at = 0;
	struct decoded d;

	CHECK(map(iova, pa, size, RW, &mapped) == 0);
	CHECK_EQ(mapped, size);
	while (at < size) {
		u64 leaf = greedy(iova + at, pa + at, size - at);

		REQUIRE(decode(pgtable_top_phys(&pt), pt.top_level + 1,
			       iova + at, &d));
		CHECK_EQ(d.pa, pa + at);
		REQUIRE(d.size == leaf);
		CHECK_EQ(pt.ops->iova_to_phys(&pt, iova + at + leaf - 1),
			 pa + at + leaf - 1);
		at += leaf;
	}
	CHECK_EQ(decode_bytes(pgtable_top_phys(&pt), pt.top_level + 1), size);
	CHECK_EQ(unmap(iova, size), size);
	CHECK_EQ(decode_bytes(pgtable_top_phys(&pt), pt.top_level + 1), 0);
}

/* Every page size at every alignment of IOVA and address, at 1 to 6 levels. */
static void every_size_and_alignment(void)
{
	for (int levels = 1; levels <= 6; levels++) {
		int va = min(12 + 9 * levels, 64);

		create(va, 0, 0);
		CHECK_EQ(pt.top_level, levels - 1);
		CHECK_EQ(pt.va_bits, va);
		for (int shift = 12; shift <= 51 && shift < va; shift++) {
			u64 size = 1ULL << shift;

			map_and_compare(0, 0, size);
			if (shift < 51)
				map_and_compare(size, size, size);
			for (int a = 12; a < shift && shift < 51; a++) {
				/* Both as bad: leaves grow, then shrink. */
				if (shift + 1 < va)
					map_and_compare(1ULL << a, 1ULL << a,
							size);
				/* One bad: all leaves are small. */
				if (shift - a > 10)
					continue;
				map_and_compare(size, 1ULL << a, size);
				if (shift + 1 < va)
					map_and_compare(1ULL << a, size, size);
			}
		}
		/* The last page there is. */
		map_and_compare((~0ULL >> (64 - va)) - 4095, 0xabc000, 4096);
		destroy();
	}
}

int main(void)
{
	TAP_RUN(leaf_of_every_kind);
	TAP_RUN(permissions_and_coherence);
	TAP_RUN(table_entries);
	TAP_RUN(dirty_bit);
	TAP_RUN(every_size_and_alignment);
	return tap_done();
}
