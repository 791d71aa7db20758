// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD v1 tables with a granule of 2 KiB: pages smaller than those of the runs.
 * Random operations in one window, against an array with a cell per granule.
 *
 * SEED chooses the sequence (it is printed), OPS how many operations: a million
 * without a sanitizer, fewer under ASan.
 */
#include <linux/errno.h>
#include <linux/iommufdx/pgtable.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#define DECODE_GRANULE	11
#include "decode.h"

#ifdef __SANITIZE_ADDRESS__
#define OPS		20000
#else
#define OPS		1000000
#endif
#define CELL		SZ_2K
#define CELLS		2048
#define MAX_MAPS	64
#define MAX_RUNS	(CELLS / 2 + 1)
/* Across the end of a level-0 table, and not at its middle. */
#define BASE		(5ULL * SZ_1G + SZ_1M - 37 * (u64)CELL)

static struct tap_rng rng;
static struct pgtable pt;

/* What the table should hold; maps are unmapped as they were mapped. */
static struct {
	bool mapped, dirty;
	u64 pa;
} cells[CELLS];

static struct {
	unsigned int first, n;
} maps[MAX_MAPS];
static unsigned int nr_maps;

static u64 iova_of(unsigned int cell)
{
	return BASE + (u64)cell * CELL;
}

static int create(u8 va_bits, u8 oa_bits, u64 page_sizes)
{
	struct pgtable_cfg cfg = {
		.va_bits = va_bits,
		.oa_bits = oa_bits,
		.page_sizes = page_sizes,
	};

	memset(&pt, 0, sizeof(pt));
	return pgtable_create(&pt, PGTABLE_AMDV1_2K, &cfg);
}

static void limits(void)
{
	CHECK(create(57, 52, 0) == -EINVAL);
	CHECK(create(38, 11, 0) == -EINVAL);
	REQUIRE(create(38, 52, 0) == 0);
	CHECK_EQ(pgtable_top_level(&pt), 2);
	CHECK_EQ(pt.va_bits, 38);
	CHECK_EQ(pt.oa_bits, 51);
	CHECK_EQ(pt.page_sizes, GENMASK_ULL(37, 11));
	pgtable_destroy(&pt);
	REQUIRE(create(56, 51, 0) == 0);
	CHECK_EQ(pt.va_bits, 56);
	CHECK_EQ(pt.page_sizes, GENMASK_ULL(46, 11) & ~BIT_ULL(39));
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

/* The largest leaves are those that IOVA and address allow, down to 2 KiB. */
static void leaf_sizes(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 run = pfn_run(SZ_4M >> 12, SZ_2M >> 12);
	struct pgtable_map req = {
		.iova = SZ_1M + CELL, .last = SZ_1M + CELL + SZ_64K - 1,
		.runs = &run, .nr_runs = 1, .prot = PGTABLE_READ,
		.gfp = GFP_KERNEL,
	};
	struct decoded d;
	u64 mapped;

	REQUIRE(create(38, 51, 0) == 0);
	/* Half a page apart: nothing but single granules. */
	CHECK(pt.ops->map(&pt, &req, &g, &mapped) == 0);
	CHECK(decode(pgtable_top_phys(&pt), 3, req.iova + 5 * CELL, &d));
	CHECK_EQ(d.size, CELL);
	CHECK_EQ(d.pa, SZ_4M + 5 * CELL);
	CHECK_EQ(pt.ops->unmap(&pt, req.iova, req.last, &g), SZ_64K);

	/* In step, with an offset of half a page into the run. */
	req.offset = CELL;
	req.last = SZ_2M - 1;
	CHECK(pt.ops->map(&pt, &req, &g, &mapped) == 0);
	CHECK(decode(pgtable_top_phys(&pt), 3, SZ_1M + CELL, &d));
	CHECK_EQ(d.size, CELL);
	CHECK(decode(pgtable_top_phys(&pt), 3, SZ_1M + SZ_4K, &d));
	CHECK_EQ(d.size, SZ_4K);
	CHECK_EQ(d.pa, SZ_4M + SZ_4K);
	CHECK(decode(pgtable_top_phys(&pt), 3, SZ_1M + SZ_512K, &d));
	CHECK_EQ(d.size, SZ_512K);
	CHECK_EQ(pt.ops->unmap(&pt, req.iova, req.last, &g), SZ_1M - CELL);

	pgtable_gather_free(&g);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

static void check_cells(void)
{
	struct decoded d;
	u64 bytes = 0;

	for (unsigned int i = 0; i < CELLS; i++) {
		u64 iova = iova_of(i);
		bool there = decode(pgtable_top_phys(&pt), 3, iova, &d);

		CHECK_EQ(there, cells[i].mapped);
		if (!there || !cells[i].mapped)
			continue;
		bytes += CELL;
		CHECK_EQ(d.pa, cells[i].pa);
		CHECK_EQ(pt.ops->iova_to_phys(&pt, iova + 5), cells[i].pa + 5);
		CHECK_EQ(d.dirty, cells[i].dirty);
	}
	CHECK_EQ(decode_bytes(pgtable_top_phys(&pt), 3), bytes);
	CHECK(pt.ops->validate(&pt) == 0);
}

/* Scattered pages, often contiguous and in step with the IOVA. */
static size_t choose_runs(u64 *runs, unsigned int pages, u64 iova)
{
	u64 pfn = 0;
	size_t nr = 0;

	while (pages) {
		unsigned int n = 1 + tap_below(&rng, tap_below(&rng, 2) ? pages :
					       min(pages, 3U));

		pfn = tap_below(&rng, 1ULL << 30);
		if (tap_below(&rng, 2))
			pfn = (pfn & ~1023ULL) | (iova >> 12 & 1023);
		runs[nr++] = pfn_run(pfn, n);
		iova += (u64)n << 12;
		pages -= n;
	}
	return nr;
}

static void op_map(void)
{
	static u64 runs[MAX_RUNS];
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	unsigned int first = tap_below(&rng, CELLS);
	unsigned int room = 0, n, i, page = 0;
	struct pgtable_map req = {
		.runs = runs, .prot = PGTABLE_READ | PGTABLE_WRITE,
		.gfp = GFP_KERNEL,
	};
	u64 mapped, pa;
	size_t run = 0;

	while (first + room < CELLS && !cells[first + room].mapped)
		room++;
	if (!room || nr_maps == MAX_MAPS)
		return;
	n = 1 + tap_below(&rng, room);
	req.iova = iova_of(first);
	req.last = req.iova + (u64)n * CELL - 1;
	req.offset = tap_below(&rng, 2) * CELL;
	req.nr_runs = choose_runs(runs, (n * CELL + req.offset + 4095) >> 12,
				  req.iova - req.offset);
	CHECK(pt.ops->map(&pt, &req, &g, &mapped) == 0);
	CHECK_EQ(mapped, (u64)n * CELL);
	pgtable_gather_free(&g);

	pa = (pfn_run_pfn(runs[0]) << 12) + req.offset;
	for (i = 0; i < n; i++) {
		cells[first + i].mapped = true;
		cells[first + i].dirty = false;
		cells[first + i].pa = pa;
		pa += CELL;
		if (pa & 4095)
			continue;
		if (++page == pfn_run_npages(runs[run])) {
			page = 0;
			if (++run < req.nr_runs)
				pa = pfn_run_pfn(runs[run]) << 12;
		}
	}
	maps[nr_maps].first = first;
	maps[nr_maps++].n = n;
}

static void op_unmap(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	unsigned int k, first, n;

	if (!nr_maps)
		return;
	k = tap_below(&rng, nr_maps);
	first = maps[k].first;
	n = maps[k].n;
	maps[k] = maps[--nr_maps];
	CHECK_EQ(pt.ops->unmap(&pt, iova_of(first), iova_of(first + n) - 1, &g),
		 (u64)n * CELL);
	pgtable_gather_free(&g);
	while (n--)
		cells[first + n].mapped = false;
}

/* A write: the whole leaf is dirty, however large it is. */
static void op_write(void)
{
	unsigned int cell = tap_below(&rng, CELLS);
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct decoded d;

	if (!cells[cell].mapped)
		return;
	pt.ops->set_dirty(&pt, iova_of(cell), iova_of(cell), true, &g);
	REQUIRE(decode(pgtable_top_phys(&pt), 3, iova_of(cell), &d));
	for (u64 iova = d.start; iova < d.start + d.size; iova += CELL)
		cells[(iova - BASE) / CELL].dirty = true;
}

static u64 bitmap[CELLS / 64 + 1];

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	REQUIRE(index < ARRAY_SIZE(bitmap));
	bitmap[index] |= bits;
}

static void op_read_dirty(void)
{
	struct pgtable_dirty_sink sink = {
		.iova = BASE & ~4095ULL, .word = sink_word,
	};
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	bool clear = tap_below(&rng, 2);
	unsigned int i, bit, want;
	u64 expect[ARRAY_SIZE(bitmap)] = {};

	sink.shift = 11 + tap_below(&rng, 3);
	sink.iova &= ~((1ULL << sink.shift) - 1);
	memset(bitmap, 0, sizeof(bitmap));
	pt.ops->read_dirty(&pt, BASE, iova_of(CELLS) - 1,
			   clear ? 0 : PGTABLE_DIRTY_NO_CLEAR, &sink, &g);
	for (i = 0; i < CELLS; i++) {
		want = cells[i].mapped && cells[i].dirty;
		bit = (iova_of(i) - sink.iova) >> sink.shift;
		expect[bit / 64] |= (u64)want << bit % 64;
		if (clear)
			cells[i].dirty = false;
	}
	CHECK(!memcmp(bitmap, expect, sizeof(bitmap)));
	pgtable_gather_free(&g);
}

static void random_operations(void)
{
	u64 seed = tap_env("SEED", 1), ops = tap_env("OPS", OPS);

	printf("# SEED=%llu OPS=%llu\n", seed, ops);
	rng.state = seed;
	REQUIRE(create(38, 51, 0) == 0);
	for (u64 op = 0; op < ops && tap_checks_failed < 10; op++) {
		switch (tap_below(&rng, 5)) {
		case 0:
		case 1:
			op_map();
			break;
		case 2:
			op_unmap();
			break;
		case 3:
			op_write();
			break;
		case 4:
			op_read_dirty();
			break;
		}
		if (op % 200 == 0)
			check_cells();
	}
	check_cells();
	while (nr_maps)
		op_unmap();
	CHECK_EQ(pt.ops->table_bytes(&pt), shim_pages_in_use() * PAGE_SIZE);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

int main(void)
{
	TAP_RUN(limits);
	TAP_RUN(leaf_sizes);
	TAP_RUN(random_operations);
	return tap_done();
}
