// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing leaf sizes, for every format: random splits and merges of random
 * mappings, against an array with a cell per smallest page.
 *
 * Hardware is in the middle of its walks when sizes change: some writes come
 * when the invalidation is under way, through entries that were found before.
 *
 * SEED chooses the sequence (it is printed), OPS how many operations.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#include "test_formats.h"

#define CELLS		4096
#define MAX_WALKS	64
#define RW		(PGTABLE_READ | PGTABLE_WRITE)

static const struct test_format *f;
static struct pgtable pt;
static struct tap_rng rng;
static u64 base;
static bool bbm;

static struct cell {
	bool mapped, dirty;
	u64 pa;
} cells[CELLS];

/* Walks under way. */
static struct walk {
	struct decoded d;
	int n;
	u64 entry;
} walks[MAX_WALKS];
static unsigned int nr_walks, syncs, late_writes, merges, splits;
static int sync_error;

static u64 below(u64 n)
{
	return tap_below(&rng, n);
}

static u64 iova_of(unsigned int cell)
{
	return base + ((u64)cell << f->granule);
}

static bool decode_cell(unsigned int i, struct decoded *d)
{
	return format_decode(f, &pt, iova_of(i), d);
}

static void create(u32 quirks, u64 sizes)
{
	struct pgtable_cfg cfg = {
		.va_bits = f->widths[0].bits,
		.oa_bits = f->oa_bits,
		.granule_shift = f->granule,
		.quirks = quirks,
		.page_sizes = sizes,
	};

	memset(&pt, 0, sizeof(pt));
	memset(cells, 0, sizeof(cells));
	if (pgtable_create(&pt, f->format, &cfg))
		abort();
	/* Not at the beginning of a table, and across the end of one. */
	base = (1ULL << (f->granule + 2 * f->index_bits)) - SZ_64K * 40ULL;
	base &= ~((1ULL << (f->granule + 5)) - 1);
	if (below(3) == 0)
		base = 0;
}

static void write_cells(const struct decoded *d)
{
	for (u64 at = d->start; at < d->start + d->size; at += 1ULL << f->granule)
		if (at >= base && at - base < (u64)CELLS << f->granule)
			cells[(at - base) >> f->granule].dirty = true;
}

static void begin_walks(void)
{
	nr_walks = 0;
	while (nr_walks < MAX_WALKS) {
		struct walk *w = &walks[nr_walks++];

		if (!decode_cell(below(CELLS), &w->d)) {
			nr_walks--;
			if (below(8) == 0)
				break;
			continue;
		}
		w->n = below(w->d.slots);
		w->entry = decode_load(&w->d.slot[w->n]);
		if (!f->stage)
			w->entry = w->d.entry;
	}
}

static void end_walks(void)
{
	const u64 arm_state = 1 << 7 | 1ULL << 55;
	bool dirty;

	while (nr_walks) {
		struct walk *w = &walks[--nr_walks];
		u64 now = decode_load(&w->d.slot[w->n]);

		if (f->stage && ((now ^ w->entry) & ~arm_state))
			continue;
		if (f->touch(&w->d, w->n, true, &dirty) && dirty) {
			write_cells(&w->d);
			late_writes++;
		}
	}
}

static int sync_walks(struct pgtable_resize *req, struct pgtable_gather *gather)
{
	CHECK(!pgtable_gather_empty(gather));
	CHECK(gather->iova >= base ||
	      base - gather->iova < 1ULL << (f->granule + 2 * f->index_bits));
	end_walks();
	syncs++;
	return sync_error;
}

/* Every translation is what it was, and dirty leaves are those written to. */
static void check_cells(void)
{
	struct decoded d;

	CHECK(pt.ops->validate(&pt) == 0);
	for (unsigned int i = 0; i < CELLS; ) {
		bool there = decode_cell(i, &d), dirty = false;
		unsigned int n = 1;

		if (there != cells[i].mapped) {
			tap_fail(__FILE__, __LINE__, "%s: %llx mapped %d", f->name,
				 iova_of(i), there);
			return;
		}
		if (there) {
			n = d.size >> f->granule;
			CHECK_EQ(d.pa, cells[i].pa);
			CHECK_EQ(d.start, iova_of(i));
			for (unsigned int k = 0; k < n && i + k < CELLS; k++)
				dirty |= cells[i + k].dirty;
			if (d.dirty != dirty)
				tap_fail(__FILE__, __LINE__,
					 "%s: %llx + %llx dirty %d, should be %d",
					 f->name, d.start, d.size, d.dirty, dirty);
			for (unsigned int k = 0; k < n && i + k < CELLS; k++) {
				CHECK_EQ(cells[i + k].pa,
					 d.pa + ((u64)k << f->granule));
				cells[i + k].dirty = dirty;
			}
		}
		i += n;
	}
}

/* Is every block that could be one leaf of @size in cells first..last one? */
static void check_merged(unsigned int first, unsigned int last, u64 most)
{
	unsigned int n, i, k;
	struct decoded d;

	for (u64 size = 1ULL << f->granule; size && size <= most; size *= 2) {
		if (!(pt.page_sizes & size) || size >> f->granule > CELLS)
			continue;
		n = size >> f->granule;
		for (i = 0; i + n - 1 <= last && i + n <= CELLS; i++) {
			if (i < first || (iova_of(i) | cells[i].pa) & (size - 1))
				continue;
			for (k = 0; k < n && cells[i + k].mapped; k++)
				if (cells[i + k].pa != cells[i].pa +
				    ((u64)k << f->granule))
					break;
			if (k == n && decode_cell(i, &d) && d.size < size)
				tap_fail(__FILE__, __LINE__,
					 "%s: %llx is %llx, could be %llx",
					 f->name, d.start, d.size, size);
		}
	}
}

static void op_map(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	unsigned int first = below(CELLS), n = 0, most;
	u64 run, mapped, pa, align, table, at;
	struct pgtable_map req = {
		.runs = &run, .nr_runs = 1, .prot = RW, .gfp = GFP_KERNEL,
	};

	if (below(2))
		first &= ~((1U << below(12)) - 1);
	most = 1U << (1 + below(12));
	while (n < most && first + n < CELLS && !cells[first + n].mapped)
		n++;
	if (!n)
		return;
	align = 1ULL << (f->granule + below(15));
	/* Tables that can become a leaf would be rare. */
	table = 1ULL << (f->granule + f->index_bits);
	at = round_up(iova_of(first), table);
	if (below(2) && at + table <= iova_of(first + n)) {
		first = (at - base) >> f->granule;
		n = 1U << f->index_bits;
		align = table;
	}
	req.iova = iova_of(first);
	req.last = req.iova + ((u64)n << f->granule) - 1;
	pa = (below(1ULL << 44) & ~(align - 1)) | (req.iova & (align - 1));
	run = pfn_run(pa >> 12, ((u64)n << f->granule) >> 12);
	if (below(2))
		req.max_leaf = 1ULL << (f->granule + below(12));
	CHECK(pt.ops->map(&pt, &req, &g, &mapped) == 0);
	pgtable_gather_free(&g);
	for (unsigned int i = 0; i < n; i++)
		cells[first + i] = (struct cell){
			.mapped = true, .pa = pa + ((u64)i << f->granule) };
}

static void op_unmap(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	unsigned int first = below(CELLS), end;
	struct decoded d;

	/* Room for whole tables again. */
	if (below(3) == 0) {
		pt.ops->unmap(&pt, base, iova_of(CELLS) - 1, &g);
		pgtable_gather_free(&g);
		memset(cells, 0, sizeof(cells));
		return;
	}
	if (!decode_cell(first, &d) || d.start < base)
		return;
	first = (d.start - base) >> f->granule;
	end = first + (d.size >> f->granule);
	while (end < CELLS && below(4) && decode_cell(end, &d))
		end += d.size >> f->granule;
	CHECK_EQ(pt.ops->unmap(&pt, iova_of(first), iova_of(end) - 1, &g),
		 (u64)(end - first) << f->granule);
	pgtable_gather_free(&g);
	while (first < end && first < CELLS)
		cells[first++] = (struct cell){};
}

static void op_write(void)
{
	struct decoded d;
	bool dirty;

	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);

	if (below(2)) {
		pt.ops->set_dirty(&pt, base, iova_of(CELLS) - 1, false, &g);
		for (unsigned int i = 0; i < CELLS; i++)
			cells[i].dirty = false;
	}
	for (u64 n = below(8); n; n--)
		if (decode_cell(below(CELLS), &d) &&
		    f->touch(&d, below(d.slots), true, &dirty) && dirty)
			write_cells(&d);
}

static void op_resize(void)
{
	unsigned int first = below(CELLS), n = 1 + below(CELLS - first);
	struct pgtable_resize req = {
		.gfp = GFP_KERNEL, .sync = sync_walks,
		.accept_faults = bbm,
	};
	bool inject = below(6) == 0;
	u64 most = 1ULL << (f->granule + below(14));
	u64 want;
	int rc;

	if (below(3) == 0) {
		first = 0;
		n = CELLS;
	}
	req.iova = iova_of(first);
	req.last = iova_of(first + n) - 1;
	*(below(2) ? &req.split : &req.merge) = most;
	begin_walks();
	want = (u64)n << f->granule;
	if (inject)
		shim_fail_nth(1 + below(6));
	do {
		rc = pt.ops->resize(&pt, &req);
		shim_fail_nth(0);
		CHECK(rc == 0 || (inject && rc == -ENOMEM));
		check_cells();
		if (rc) {
			CHECK(req.done < want);
			want -= req.done;
			req.iova += req.done;
		}
	} while (rc == -ENOMEM);
	if (rc)
		return;
	CHECK_EQ(req.done, want);
	if (req.split) {
		splits++;
		CHECK(req.largest <= most);
	} else {
		merges++;
		if (!inject)
			check_merged(first, first + n - 1, most);
	}
	end_walks();
}

static void run(u32 quirks, u64 ops)
{
	u64 sizes[] = { 0, 0, f->sizes & ~(f->sizes - 1), f->sizes, 0 };

	/* No size between the smallest and the third level's. */
	sizes[4] = (f->sizes & ~(f->sizes - 1)) |
		   (f->sizes & (1ULL << (f->granule + 2 * f->index_bits)));
	for (u64 op = 0; op < ops && tap_checks_failed < 5; op++) {
		if (op % 300 == 0) {
			if (op)
				pgtable_destroy(&pt);
			CHECK_EQ(shim_pages_in_use(), 0);
			create(quirks, sizes[below(ARRAY_SIZE(sizes))]);
		}
		switch (below(8)) {
		case 0 ... 2:
			op_map();
			break;
		case 3:
			op_unmap();
			break;
		case 4 ... 5:
			op_write();
			break;
		default:
			op_resize();
		}
	}
	check_cells();
	CHECK_EQ(pt.ops->table_bytes(&pt), shim_pages_in_use() * PAGE_SIZE);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

static void random_sizes(void)
{
	u64 seed = tap_env("SEED", 1), ops = tap_env("OPS", 2000);

	printf("# SEED=%llu OPS=%llu\n", seed, ops);
	for (unsigned int k = 0; k < nr_test_formats; k++) {
		f = &test_formats[k];
		if (!format_chosen(f))
			continue;
		rng.state = seed;
		syncs = late_writes = splits = merges = 0;
		bbm = false;
		run(PGTABLE_QUIRK_HW_DIRTY | PGTABLE_QUIRK_BBM_FREE, ops);
		if (f->bbm) {
			bbm = true;
			run(PGTABLE_QUIRK_HW_DIRTY, ops);
		}
		printf("# %s: %u splits, %u merges, %u syncs, %u late writes\n",
		       f->name, splits, merges, syncs, late_writes);
		CHECK(splits && merges && syncs > ops / 500 && late_writes);
	}
}

static int map_at(u64 iova, u64 pa, u64 size, u64 max_leaf)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 run = pfn_run(pa >> 12, size >> 12), mapped;
	struct pgtable_map req = {
		.iova = iova, .last = iova + size - 1, .runs = &run,
		.nr_runs = 1, .prot = RW, .max_leaf = max_leaf,
		.gfp = GFP_KERNEL,
	};
	int rc = pt.ops->map(&pt, &req, &g, &mapped);

	pgtable_gather_free(&g);
	return rc;
}

/* 1 GiB to 4 KiB and back: one invalidation for many leaves. */
static void whole_gigabyte(void)
{
	struct pgtable_resize req = {
		.iova = SZ_1G, .last = 2ULL * SZ_1G - 1, .split = SZ_4K,
		.gfp = GFP_KERNEL, .sync = sync_walks,
	};
	u64 empty;

	f = &test_formats[0];
	create(0, 0);
	base = SZ_1G;
	empty = pt.ops->table_bytes(&pt);
	REQUIRE(map_at(SZ_1G, 4ULL * SZ_1G, SZ_1G, 0) == 0);
	syncs = 0;
	CHECK(pt.ops->resize(&pt, &req) == 0);
	CHECK_EQ(req.done, SZ_1G);
	CHECK_EQ(req.smallest, SZ_4K);
	CHECK_EQ(req.largest, SZ_4K);
	CHECK_EQ(syncs, 1);
	CHECK(pt.ops->validate(&pt) == 0);
	req.split = 0;
	req.merge = SZ_1G;
	CHECK(pt.ops->resize(&pt, &req) == 0);
	CHECK_EQ(req.smallest, SZ_1G);
	CHECK_EQ(req.largest, SZ_1G);
	CHECK(syncs < 20);
	CHECK(pt.ops->validate(&pt) == 0);
	CHECK(pt.ops->table_bytes(&pt) <= empty + 3 * PAGE_SIZE);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

/* A question about sizes changes nothing; a wrong one is refused. */
static void questions(void)
{
	struct pgtable_resize req = {
		.last = SZ_4M - 1, .gfp = GFP_KERNEL, .sync = sync_walks,
	};

	f = &test_formats[0];
	create(0, SZ_4K | SZ_2M);
	base = 0;
	REQUIRE(map_at(0, SZ_2M, SZ_2M, 0) == 0);
	REQUIRE(map_at(SZ_2M, SZ_8M, SZ_4K, 0) == 0);
	syncs = 0;
	CHECK(pt.ops->resize(&pt, &req) == 0);
	CHECK_EQ(req.smallest, SZ_4K);
	CHECK_EQ(req.largest, SZ_2M);
	CHECK_EQ(req.done, SZ_4M);
	CHECK_EQ(syncs, 0);
	req.split = SZ_2K;
	CHECK(pt.ops->resize(&pt, &req) == -EINVAL);
	req.split = SZ_4K;
	req.merge = SZ_2M;
	CHECK(pt.ops->resize(&pt, &req) == -EINVAL);
	req.merge = 0;
	req.iova = 12;
	CHECK(pt.ops->resize(&pt, &req) == -EINVAL);
	req.iova = SZ_8M;
	CHECK(pt.ops->resize(&pt, &req) == -EINVAL);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

/* Without permission to fault, Arm without BBML2 changes nothing. */
static void break_before_make_is_asked_for(void)
{
	struct pgtable_resize req = {
		.last = SZ_64M - 1, .gfp = GFP_KERNEL, .sync = sync_walks,
	};
	struct decoded d;

	for (unsigned int k = 0; k < nr_test_formats; k++) {
		f = &test_formats[k];
		if (!f->bbm)
			continue;
		create(0, 0);
		base = 0;
		REQUIRE(map_at(0, SZ_64M, SZ_64M, 0) == 0);
		req.split = 1ULL << f->granule;
		req.accept_faults = false;
		CHECK(pt.ops->resize(&pt, &req) == -EOPNOTSUPP);
		CHECK_EQ(req.done, 0);
		CHECK(decode_cell(0, &d) && d.size > 1ULL << f->granule);
		req.accept_faults = true;
		CHECK(pt.ops->resize(&pt, &req) == 0);
		CHECK(decode_cell(0, &d) && d.size == 1ULL << f->granule);
		CHECK(pt.ops->validate(&pt) == 0);
		pgtable_destroy(&pt);
	}
	CHECK_EQ(shim_pages_in_use(), 0);
}

/* Hardware that does not answer: mappings stay, tables are not freed. */
static void sync_fails(void)
{
	struct pgtable_resize req = {
		.last = SZ_2M - 1, .merge = SZ_2M, .gfp = GFP_KERNEL,
		.sync = sync_walks,
	};
	struct decoded d;

	f = &test_formats[0];
	create(0, 0);
	base = 0;
	REQUIRE(map_at(0, SZ_2M, SZ_2M, SZ_4K) == 0);
	sync_error = -EIO;
	CHECK(pt.ops->resize(&pt, &req) == -EIO);
	sync_error = 0;
	CHECK_EQ(req.done, 0);
	CHECK(decode_cell(0, &d) && d.size == SZ_2M && d.pa == SZ_2M);
	CHECK(pt.ops->validate(&pt) == 0);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 1);
}

int main(void)
{
	TAP_RUN(whole_gigabyte);
	TAP_RUN(questions);
	TAP_RUN(break_before_make_is_asked_for);
	TAP_RUN(random_sizes);
	TAP_RUN(sync_fails);
	return tap_done();
}
