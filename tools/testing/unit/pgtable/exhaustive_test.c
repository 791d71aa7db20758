// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every page size at every alignment of IOVA and memory, in tables of every
 * height, of every format: map, translate, be written to, read the dirty bits,
 * unmap, and hold nothing afterwards. FORMAT leaves one format.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#include "test_formats.h"

#define MAX_RUNS	(1 << 14)
/* A map of more leaves than this is left to the random test. */
#define MAX_LEAVES	2048

static const struct test_format *f;
static struct pgtable pt;
static u64 runs[MAX_RUNS];

static void create(u8 va_bits)
{
	struct pgtable_cfg cfg = {
		.va_bits = va_bits,
		.oa_bits = f->oa_bits,
		.granule_shift = f->granule,
		.quirks = f->quirks,
	};

	memset(&pt, 0, sizeof(pt));
	if (pgtable_create(&pt, f->format, &cfg)) {
		CHECK(!"created");
		abort();
	}
}

static size_t make_runs(u64 pa, u64 size)
{
	u64 pfn = pa >> PAGE_SHIFT, left = size >> PAGE_SHIFT;
	size_t n = 0;

	while (left) {
		u64 part = min(left, (u64)PFN_RUN_MAX_PAGES);

		runs[n++] = pfn_run(pfn, part);
		pfn += part;
		left -= part;
	}
	return n;
}

/* The largest leaf at @iova for memory at @pa with @left bytes to go. */
static u64 greedy(u64 iova, u64 pa, u64 left)
{
	int levels = pgtable_top_level(&pt) + 1;
	u64 best = 0;

	for (u64 sizes = f->sizes; sizes; sizes &= sizes - 1) {
		u64 size = sizes & -sizes;

		/* There is no level for it, or it is all of a top table. */
		if (__builtin_ctzll(size) >= min(pt.va_bits, levels * f->index_bits +
					  f->granule))
			continue;
		if (iova % size == 0 && pa % size == 0 && size <= left)
			best = size;
	}
	return best;
}

static bool too_many_leaves(u64 iova, u64 pa, u64 size)
{
	u64 at = 0;

	for (int n = 0; at < size && n < MAX_LEAVES; n++)
		at += greedy(iova + at, pa + at, size - at);
	return at < size;
}

/* Bytes reported, in units of the smallest page. */
static u64 reported;

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	reported += __builtin_popcountll(bits);
}

static void sink_fill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	reported += last - first + 1;
}

static void read_dirty(u64 iova, u64 size, u64 dirty_bytes)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_dirty_sink sink = {
		.iova = iova, .shift = f->granule,
		.word = sink_word, .fill = sink_fill,
	};

	reported = 0;
	pt.ops->read_dirty(&pt, iova, iova + size - 1, 0, &sink, &g);
	CHECK_EQ(reported << f->granule, dirty_bytes);
	CHECK_EQ(!pgtable_gather_empty(&g), !!dirty_bytes);
	pgtable_gather_free(&g);
}

/* Leaf by leaf what hardware finds, and what a write leaves behind. */
static void compare(u64 iova, u64 pa, u64 size, u64 which)
{
	u64 leaf, dirty_bytes = 0, n = 0;
	struct decoded d;
	bool dirty;

	for (u64 at = 0; at < size; at += leaf, n++) {
		leaf = greedy(iova + at, pa + at, size - at);
		REQUIRE(format_decode(f, &pt, iova + at, &d));
		CHECK_EQ(d.pa, pa + at);
		CHECK_EQ(d.start, iova + at);
		REQUIRE(d.size == leaf);
		CHECK(!d.dirty);
		CHECK_EQ(pt.ops->iova_to_phys(&pt, iova + at + leaf - 1),
			 pa + at + leaf - 1);
		if (n % which)
			continue;
		CHECK(f->touch(&d, n % d.slots, true, &dirty) && dirty);
		dirty_bytes += leaf;
	}
	read_dirty(iova, size, dirty_bytes);
	read_dirty(iova, size, 0);
}

static void map_and_compare(u64 iova, u64 pa, u64 size)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_map req = {
		.iova = iova, .last = iova + size - 1, .runs = runs,
		.prot = PGTABLE_READ | PGTABLE_WRITE, .gfp = GFP_KERNEL,
	};
	u64 mapped;

	if (size >> PAGE_SHIFT >= (u64)MAX_RUNS * PFN_RUN_MAX_PAGES ||
	    too_many_leaves(iova, pa, size) ||
	    (pa + size - 1) >> pt.oa_bits)
		return;
	req.nr_runs = make_runs(pa, size);
	CHECK_EQ(pt.ops->map(&pt, &req, &g, &mapped), 0);
	CHECK_EQ(mapped, size);
	compare(iova, pa, size, 1 + (iova ^ pa) / (1ULL << f->granule) % 3);
	CHECK_EQ(format_bytes(f, &pt), size);
	CHECK_EQ(pt.ops->unmap(&pt, iova, iova + size - 1, &g), size);
	pgtable_gather_free(&g);
	CHECK_EQ(format_bytes(f, &pt), 0);
}

/* One size at all alignments, in a table of this width. */
static void one_size(int shift)
{
	const int low = f->granule, high = pt.va_bits;
	u64 size = 1ULL << shift;

	map_and_compare(0, 0, size);
	if (shift == high)
		return;
	map_and_compare(size, size, size);
	map_and_compare((U64_MAX >> (64 - high)) - size + 1, size, size);
	for (int a = low; a < shift; a++) {
		/* Both as bad: leaves grow, then shrink. */
		if (shift + 1 < high)
			map_and_compare(1ULL << a, 1ULL << a, size);
		/* One bad: leaves are as small as that. */
		map_and_compare(size, 1ULL << a, size);
		if (shift + 1 < high)
			map_and_compare(1ULL << a, size, size);
	}
}

static void exhaust(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 empty;

	for (int i = 0; f->widths[i].bits; i++) {
		create(f->widths[i].bits);
		empty = pt.ops->table_bytes(&pt);
		CHECK_EQ(pgtable_top_level(&pt) + 1, f->widths[i].levels);
		CHECK(pt.va_bits >= f->widths[i].bits);
		for (int shift = f->granule; shift <= pt.va_bits; shift++)
			if (shift < 64 && shift <= pt.oa_bits)
				one_size(shift);
		CHECK(pt.ops->validate(&pt) == 0);
		/* Tables that a map left behind go when all is unmapped. */
		CHECK_EQ(pt.ops->unmap(&pt, 0, U64_MAX, &g), 0);
		pgtable_gather_free(&g);
		CHECK_EQ(pt.ops->table_bytes(&pt), empty);
		CHECK_EQ(shim_pages_in_use() * PAGE_SIZE, empty);
		pgtable_destroy(&pt);
		CHECK_EQ(shim_pages_in_use(), 0);
	}
}

int main(void)
{
	for (unsigned int i = 0; i < nr_test_formats; i++) {
		f = &test_formats[i];
		if (!format_chosen(f))
			continue;
		exhaust();
		tap_result(f->name);
	}
	return tap_done();
}
