// SPDX-License-Identifier: GPL-2.0-only
/*
 * What callers may rely on at the edges: errors, partial work, tables that come
 * and go, memory that runs out, and a validator that sees damage.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/iommufdx/pgtable.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#include "decode.h"

#define RW	(PGTABLE_READ | PGTABLE_WRITE)

static struct pgtable pt;
static u64 mapped;
static struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);

static int create(u8 va_bits, u8 oa_bits, u64 page_sizes)
{
	struct pgtable_cfg cfg = {
		.va_bits = va_bits,
		.oa_bits = oa_bits,
		.page_sizes = page_sizes,
	};

	memset(&pt, 0, sizeof(pt));
	return pgtable_create(&pt, PGTABLE_AMDV1, &cfg);
}

static void destroy(void)
{
	CHECK(pt.ops->validate(&pt) == 0);
	pgtable_gather_free(&gather);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

static int map_runs(u64 iova, u64 size, const u64 *runs, size_t nr)
{
	struct pgtable_map req = {
		.iova = iova, .last = iova + size - 1, .runs = runs,
		.nr_runs = nr, .prot = RW, .gfp = GFP_KERNEL,
	};

	mapped = ~0ULL;
	return pt.ops->map(&pt, &req, &gather, &mapped);
}

static int map(u64 iova, u64 pa, u64 size)
{
	u64 run = pfn_run(pa >> 12, size >> 12);

	return map_runs(iova, size, &run, 1);
}

static u64 unmap(u64 iova, u64 size)
{
	return pt.ops->unmap(&pt, iova, iova + size - 1, &gather);
}

static void create_refuses(void)
{
	struct pgtable_cfg cfg = { .va_bits = 48, .oa_bits = 52 };

	CHECK(create(0, 52, 0) == -EINVAL);
	CHECK(create(65, 52, 0) == -EINVAL);
	CHECK(create(48, 12, 0) == -EINVAL);
	CHECK(create(48, 52, SZ_2K) == -EINVAL);
	CHECK(create(21, 52, SZ_2M) == -EINVAL);
	CHECK(pgtable_create(&pt, PGTABLE_ANY, &cfg) == -EINVAL);
	CHECK(pgtable_create(&pt, 99, &cfg) == -EINVAL);
	shim_fail_nth(1);
	CHECK(create(48, 52, 0) == -ENOMEM);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

static void widths_are_rounded_up(void)
{
	CHECK(create(40, 60, 0) == 0);
	CHECK_EQ(pt.va_bits, 48);
	CHECK_EQ(pt.oa_bits, 52);
	CHECK_EQ(pgtable_top_level(&pt), 3);
	/* No leaf larger than a table can hold, none of 512 GiB. */
	CHECK_EQ(pt.page_sizes, GENMASK_ULL(47, 12) & ~BIT_ULL(39));
	destroy();
}

static void map_refuses(void)
{
	u64 runs[2] = { pfn_run(0x100, 4), pfn_run(0x200, 4) };
	struct pgtable_map req = {
		.last = 0xfff, .runs = runs, .nr_runs = 1, .gfp = GFP_KERNEL,
	};

	CHECK(create(48, 40, 0) == 0);
	CHECK(map_runs(0x800, 0x1000, runs, 1) == -EINVAL);
	CHECK(map_runs(0x1000, 0x800, runs, 1) == -EINVAL);
	CHECK(map_runs(0x1000, 0, runs, 1) == -EINVAL);
	CHECK(map_runs(0x1000, 0x1000, runs, 0) == -EINVAL);
	CHECK(map_runs(1ULL << 48, 0x1000, runs, 1) == -ERANGE);
	CHECK(map_runs((1ULL << 48) - 0x1000, 0x2000, runs, 1) == -ERANGE);
	CHECK_EQ(mapped, 0);
	req.offset = 0x4000;
	CHECK(pt.ops->map(&pt, &req, &gather, &mapped) == -EINVAL);
	req.offset = 0x10;
	CHECK(pt.ops->map(&pt, &req, &gather, &mapped) == -EINVAL);
	req.offset = 0;
	req.max_leaf = SZ_2K;
	CHECK(pt.ops->map(&pt, &req, &gather, &mapped) == -EINVAL);
	CHECK(map(0, 1ULL << 40, 0x1000) == -ERANGE);
	CHECK_EQ(decode_bytes(pgtable_top_phys(&pt), 4), 0);

	/* What was mapped before the error is told. */
	CHECK(map_runs(0x1000, 0x9000, runs, 2) == -EINVAL);
	CHECK_EQ(mapped, 0x8000);
	CHECK_EQ(unmap(0x1000, mapped), 0x8000);
	runs[1] = pfn_run((1ULL << 28) - 1, 4);
	CHECK(map_runs(0x1000, 0x8000, runs, 2) == -ERANGE);
	CHECK_EQ(mapped, 0x4000);
	CHECK_EQ(unmap(0x1000, mapped), 0x4000);
	/* Beyond the width too, but the request does not want that part. */
	CHECK(map_runs(0x1000, 0x5000, runs, 2) == 0);
	CHECK_EQ(unmap(0x1000, 0x5000), 0x5000);
	destroy();
}

static void conflict_changes_nothing_that_was_there(void)
{
	CHECK(create(48, 52, 0) == 0);
	CHECK(map(0x5000, 0xabc000, 0x1000) == 0);
	CHECK(map(0x1000, 0x700000, 0x8000) == -EADDRINUSE);
	CHECK_EQ(mapped, 0x4000);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 0x5000), 0xabc000);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 0x4000), 0x703000);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 0x6000), PHYS_ADDR_MAX);
	/* A large leaf over a small one, and a small one in a large one. */
	CHECK(map(0, 0x40000000, SZ_2M) == -EADDRINUSE);
	CHECK_EQ(mapped, 0);
	CHECK(map(SZ_1G, SZ_1G, SZ_1G) == 0);
	CHECK(map(SZ_1G + SZ_4K, 0, SZ_4K) == -EADDRINUSE);
	CHECK_EQ(mapped, 0);
	CHECK(map(SZ_1G - SZ_2M, SZ_2M, 2 * SZ_2M) == -EADDRINUSE);
	CHECK_EQ(mapped, SZ_2M);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, SZ_1G + 7), SZ_1G + 7);
	destroy();
}

static void page_sizes_are_kept_to(void)
{
	struct decoded d;

	CHECK(create(48, 52, SZ_2M | SZ_1G) == 0);
	CHECK(map(SZ_4K, SZ_4K, SZ_4K) == -EINVAL);
	CHECK(map(SZ_2M, SZ_4K, SZ_2M) == -EINVAL);
	CHECK(map(SZ_1G, SZ_1G, SZ_1G + SZ_2M) == 0);
	CHECK(decode(pgtable_top_phys(&pt), 4, SZ_1G, &d) && d.size == SZ_1G);
	CHECK(decode(pgtable_top_phys(&pt), 4, 2ULL * SZ_1G, &d) &&
	      d.size == SZ_2M);
	destroy();
}

static void adjacent_runs_make_one_leaf(void)
{
	u64 runs[512];
	struct decoded d;

	for (int i = 0; i < 512; i++)
		runs[i] = pfn_run(0x40000 + i, 1);
	CHECK(create(48, 52, 0) == 0);
	CHECK(map_runs(SZ_2M, SZ_2M, runs, 512) == 0);
	CHECK(decode(pgtable_top_phys(&pt), 4, SZ_2M, &d) && d.size == SZ_2M);
	destroy();
}

/* A table that holds nothing any more gives way to a large leaf. */
static void large_leaf_replaces_empty_tables(void)
{
	struct decoded d;

	CHECK(create(48, 52, 0) == 0);
	CHECK(map(SZ_1G, 0, SZ_4K) == 0);
	CHECK(map(SZ_1G + 5 * SZ_2M, 0, SZ_4K) == 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), 5 * SZ_4K);
	CHECK_EQ(unmap(SZ_1G, SZ_4K), SZ_4K);
	CHECK_EQ(pt.ops->table_bytes(&pt), 5 * SZ_4K);
	CHECK(map(SZ_1G, 0, SZ_1G) == -EADDRINUSE);
	CHECK_EQ(unmap(SZ_1G + 5 * SZ_2M, SZ_4K), SZ_4K);
	pgtable_gather_free(&gather);

	CHECK(map(SZ_1G, SZ_1G, 2ULL * SZ_1G) == 0);
	CHECK(gather.table_changed && !list_empty(&gather.tables));
	CHECK(gather.iova <= SZ_1G && gather.last >= 2ULL * SZ_1G - 1);
	CHECK_EQ(pt.ops->table_bytes(&pt), 2 * SZ_4K);
	CHECK_EQ(shim_pages_in_use(), 5);
	pgtable_gather_free(&gather);
	CHECK_EQ(shim_pages_in_use(), 2);
	CHECK(decode(pgtable_top_phys(&pt), 4, SZ_1G, &d) && d.size == SZ_1G);
	destroy();
}

/* Tables go when an unmap covers all they can hold, and not before. */
static void unmap_frees_covered_tables(void)
{
	CHECK(create(48, 52, 0) == 0);
	CHECK(map(SZ_2M, 0x1000, SZ_2M) == 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), 4 * SZ_4K);
	CHECK_EQ(unmap(SZ_2M, SZ_2M - SZ_4K), SZ_2M - SZ_4K);
	CHECK(list_empty(&gather.tables) && !gather.table_changed);
	CHECK_EQ(gather.iova, SZ_2M);
	CHECK_EQ(gather.last, 2 * SZ_2M - SZ_4K - 1);
	CHECK_EQ(unmap(SZ_2M, SZ_2M), SZ_4K);
	CHECK(gather.table_changed);
	CHECK_EQ(pt.ops->table_bytes(&pt), 3 * SZ_4K);
	CHECK_EQ(unmap(0, SZ_1G), 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), 2 * SZ_4K);
	destroy();
}

static void unmap_stops_at_a_leaf_that_reaches_out(void)
{
	CHECK(create(48, 52, 0) == 0);
	CHECK(map(0, 0, SZ_64K) == 0);
	CHECK(map(SZ_64K, SZ_1M, SZ_4K) == 0);
	CHECK(map(SZ_2M, SZ_2M, SZ_2M) == 0);
	CHECK_EQ(unmap(SZ_4K, SZ_64K), 0);
	CHECK(pgtable_gather_empty(&gather));
	CHECK_EQ(unmap(0, SZ_32K), 0);
	CHECK_EQ(unmap(SZ_64K, SZ_2M), SZ_4K);
	CHECK_EQ(gather.iova, SZ_64K);
	CHECK(gather.last < SZ_2M);
	CHECK_EQ(unmap(SZ_2M + SZ_4K, SZ_2M), 0);
	CHECK_EQ(unmap(0, 2 * SZ_2M), SZ_64K + SZ_2M);
	CHECK_EQ(gather.pgsize, SZ_4K);
	destroy();
}

static u64 words, filled, last_index;

static void count_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	words++;
	last_index = index;
	CHECK_EQ(bits, ~0ULL);
}

static void count_fill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	filled += last - first + 1;
}

static void large_dirty_leaf_is_filled(void)
{
	struct pgtable_dirty_sink sink = {
		.iova = SZ_1G, .shift = 12, .word = count_word,
	};

	CHECK(create(48, 52, 0) == 0);
	CHECK(map(SZ_1G, 0, SZ_1G) == 0);
	pt.ops->set_dirty(&pt, SZ_1G, SZ_1G, true, &gather);
	pt.ops->read_dirty(&pt, SZ_1G, 2ULL * SZ_1G - 1,
			   PGTABLE_DIRTY_NO_CLEAR, &sink, &gather);
	CHECK_EQ(words, SZ_1G / SZ_4K / 64);
	CHECK_EQ(last_index, SZ_1G / SZ_4K / 64 - 1);
	sink.fill = count_fill;
	pt.ops->read_dirty(&pt, SZ_1G, 2ULL * SZ_1G - 1, 0, &sink, &gather);
	CHECK_EQ(words, SZ_1G / SZ_4K / 64);
	CHECK_EQ(filled, SZ_1G / SZ_4K);
	CHECK_EQ(gather.pgsize, SZ_1G);
	destroy();
}

/* Entries that point over levels: nothing makes them here, hardware allows. */
static void skipped_levels(void)
{
	u64 *top, *mid, *low, *table;

	CHECK(create(48, 52, 0) == 0);
	CHECK(map(0x3000, 0xabc000, 0x1000) == 0);
	top = pgtable_root_top(pt.root);
	mid = phys_to_virt(top[0] & 0x000ffffffffff000ULL);
	low = phys_to_virt(mid[0] & 0x000ffffffffff000ULL);
	table = phys_to_virt(low[0] & 0x000ffffffffff000ULL);
	top[0] = virt_to_phys(table) | 0x6000000000000001 | 1 << 9;
	__free_page(virt_to_page(mid));
	__free_page(virt_to_page(low));
	atomic64_sub(2 * PAGE_SIZE, &pt.table_bytes);

	CHECK(pt.ops->validate(&pt) == 0);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 0x3123), 0xabc123);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 0x203123), PHYS_ADDR_MAX);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, 0x40003123), PHYS_ADDR_MAX);
	CHECK(map(0x203000, 0x1000, 0x1000) == -EADDRINUSE);
	CHECK(map(0x5000, 0x1000, 0x1000) == 0);
	CHECK(map(1ULL << 39, 0x1000, 0x1000) == 0);
	CHECK_EQ(unmap(SZ_2M, (1ULL << 39) - SZ_2M), 0);
	CHECK_EQ(unmap(0, 1ULL << 40), 0x3000);
	CHECK_EQ(pt.ops->table_bytes(&pt), SZ_4K);
	destroy();
}

/* Every allocation of a map fails once; nothing leaks, nothing is left over. */
static void out_of_memory(void)
{
	u64 size = 8 * SZ_2M;
	int rc = -ENOMEM;
	int n;

	for (n = 1; rc == -ENOMEM; n++) {
		CHECK(create(48, 52, SZ_4K) == 0);
		shim_fail_nth(n);
		rc = map(SZ_1G - size / 2, SZ_4K, size);
		shim_fail_nth(0);
		CHECK(rc == 0 || rc == -ENOMEM);
		CHECK_EQ(mapped % SZ_2M, 0);
		CHECK((rc == 0) == (mapped == size));
		CHECK_EQ(decode_bytes(pgtable_top_phys(&pt), 4), mapped);
		CHECK(pt.ops->validate(&pt) == 0);
		if (mapped)
			CHECK_EQ(unmap(SZ_1G - size / 2, mapped), mapped);
		destroy();
	}
	/* Two tables above, two of level 1, eight of level 0. */
	CHECK_EQ(n - 1, 1 + 2 + 8 + 1);
}

static void damage(u64 *slot, u64 value, const char *what)
{
	u64 old = *slot;
	long errors = shim_errors();

	*slot = value;
	if (pt.ops->validate(&pt) != -EUCLEAN)
		tap_fail(__FILE__, __LINE__, "not noticed: %s", what);
	CHECK_EQ(shim_errors(), errors + 1);
	*slot = old;
	CHECK(pt.ops->validate(&pt) == 0);
}

static void validator_sees_damage(void)
{
	u64 *top, *mid, *low;
	long bytes;

	shim_quiet(true);
	CHECK(create(39, 40, GENMASK_ULL(29, 12)) == 0);
	CHECK(map(0x3000, 0xabc000, 0x1000) == 0);
	CHECK(map(0x10000, 0x40000, 0x10000) == 0);
	CHECK(map(SZ_2M, SZ_2M, SZ_2M) == 0);
	top = pgtable_root_top(pt.root);
	mid = phys_to_virt(top[0] & 0x000ffffffffff000ULL);
	low = phys_to_virt(mid[0] & 0x000ffffffffff000ULL);
	CHECK(pt.ops->validate(&pt) == 0);

	damage(&low[3], low[3] & ~1ULL, "not present, with bits");
	damage(&low[3], low[3] | BIT_ULL(55), "reserved bit");
	damage(&low[3], low[3] | 2 << 9, "table pointer in the lowest table");
	damage(&low[3], low[3] | BIT_ULL(41), "address beyond the width");
	damage(&low[3], low[0x10], "part of a large leaf alone");
	damage(&low[0x13], low[0x13] ^ BIT_ULL(62), "permissions differ");
	damage(&low[0x1f], 0, "large leaf with a hole");
	damage(&low[0x10], low[0x10] | 0xff000, "size of another level");
	damage(&low[0x10], low[0x10] | 0x000ffffffffff000, "endless size");
	damage(&mid[1], mid[1] | 0x1000, "misaligned leaf");
	damage(&mid[0], mid[0] | 7 << 9, "table pointer became a leaf");
	damage(&mid[0], mid[0] + (1 << 9), "points to its own level");
	damage(&mid[0], mid[0] & ~BIT_ULL(61), "table forbids reading");
	damage(&mid[0], mid[0] | 0x40, "dirty table");
	damage(&top[1], SZ_1G | 0x6000000000000001, "size that is not allowed");
	bytes = atomic64_read(&pt.table_bytes);
	atomic64_add(PAGE_SIZE, &pt.table_bytes);
	CHECK(pt.ops->validate(&pt) == -EUCLEAN);
	atomic64_set(&pt.table_bytes, bytes);
	/* Hardware's bits are not damage. */
	low[0x15] |= 0x60;
	destroy();

	CHECK(create(64, 52, 0) == 0);
	damage(&pgtable_root_top(pt.root)[200], SZ_4K | 0x6000000000000a01,
	       "entry beyond 64 bits");
	damage(&pgtable_root_top(pt.root)[1], 0x6000000000000001, "leaf in the sixth level");
	destroy();
	shim_quiet(false);
}

int main(void)
{
	TAP_RUN(create_refuses);
	TAP_RUN(widths_are_rounded_up);
	TAP_RUN(map_refuses);
	TAP_RUN(conflict_changes_nothing_that_was_there);
	TAP_RUN(page_sizes_are_kept_to);
	TAP_RUN(adjacent_runs_make_one_leaf);
	TAP_RUN(large_leaf_replaces_empty_tables);
	TAP_RUN(unmap_frees_covered_tables);
	TAP_RUN(unmap_stops_at_a_leaf_that_reaches_out);
	TAP_RUN(large_dirty_leaf_is_filled);
	TAP_RUN(skipped_levels);
	TAP_RUN(out_of_memory);
	TAP_RUN(validator_sees_damage);
	return tap_done();
}
