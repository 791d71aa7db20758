// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scans that skip what was not touched: each dirty page is found, marks survive
 * what does not look at all of their range, and what was not touched is not
 * looked at. SEED chooses the sequence of the random test.
 */
#include "small.h"

#define BASE	(3ULL * SZ_1G - SZ_16M)
#define PAGES	(16 * 512)
#define END	(BASE + (u64)PAGES * SZ_4K)

static u64 bits[PAGES / 64];

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 word)
{
	bits[index] |= word;
}

static void scan(u64 iova, u64 last)
{
	struct pgtable_dirty_sink sink = {
		.iova = BASE, .shift = 12, .word = sink_word,
	};
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);

	pt.ops->untouch(&pt, iova, last, &g);
	pgtable_gather_free(&g);
	memset(bits, 0, sizeof(bits));
	pt.ops->read_dirty(&pt, iova, last, PGTABLE_DIRTY_TOUCHED, &sink, &g);
	pgtable_gather_free(&g);
}

static bool seen(u64 iova)
{
	unsigned int page = (iova - BASE) / SZ_4K;

	return bits[page / 64] >> page % 64 & 1;
}

static unsigned int count(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(bits); i++)
		n += hweight64(bits[i]);
	return n;
}

/* Both halves of BASE.. are in different tables of the third level. */
static void written_pages_are_found(void)
{
	create(0, SZ_4K, 0);
	map(BASE, SZ_1G, END - BASE, RW);
	scan(BASE, END - 1);
	CHECK_EQ(count(), 0);
	CHECK(access_page(BASE + SZ_2M, true));
	CHECK(access_page(BASE + SZ_16M, true));
	CHECK(access_page(BASE + SZ_4M, false));
	scan(BASE, END - 1);
	CHECK_EQ(count(), 2);
	CHECK(seen(BASE + SZ_2M) && seen(BASE + SZ_16M));
	scan(BASE, END - 1);
	CHECK_EQ(count(), 0);
	destroy();
}

/* Dirty through a pointer that hardware has cached: no A, but the mark. */
static void write_before_the_invalidation(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct decoded d;
	bool dirty;

	create(0, SZ_4K, 0);
	map(BASE, SZ_1G, SZ_4M, RW);
	CHECK(access_page(BASE + SZ_4K, false));
	REQUIRE(format_decode(f, &pt, BASE + SZ_4K, &d));
	pt.ops->untouch(&pt, BASE, END - 1, &g);
	CHECK(!pgtable_gather_empty(&g));
	CHECK(g.table_changed);
	/* Through what is cached, so nothing above is marked. */
	d.depth = 0;
	CHECK(f->touch(&d, 0, true, &dirty) && dirty);
	pgtable_gather_free(&g);
	scan(BASE, END - 1);
	CHECK(seen(BASE + SZ_4K));
	destroy();
}

/* A scan of a part must not make the rest invisible. */
static void part_of_a_pointer(void)
{
	create(0, SZ_4K, 0);
	map(BASE, SZ_1G, SZ_4M, RW);
	CHECK(access_page(BASE + SZ_4K, true));
	CHECK(access_page(BASE + SZ_1M, true));
	scan(BASE, BASE + SZ_8K - 1);
	CHECK_EQ(count(), 1);
	CHECK(seen(BASE + SZ_4K));
	scan(BASE, BASE + SZ_2M - 1);
	CHECK_EQ(count(), 1);
	CHECK(seen(BASE + SZ_1M));
	destroy();
}

static int sync_nothing(struct pgtable_resize *req, struct pgtable_gather *g)
{
	return 0;
}

/* Software makes leaves dirty too: set_dirty, and tables made by a split. */
static void dirty_without_hardware(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_resize req = {
		.iova = BASE, .last = BASE + SZ_2M - 1, .split = SZ_4K,
		.gfp = GFP_KERNEL, .sync = sync_nothing,
	};

	create(0, SZ_4K | SZ_2M, 0);
	map(BASE, SZ_1G, SZ_4M, RW);
	pt.ops->set_dirty(&pt, BASE, BASE, true, &g);
	CHECK(pt.ops->resize(&pt, &req) == 0);
	scan(BASE, END - 1);
	CHECK_EQ(count(), 512);
	pt.ops->set_dirty(&pt, BASE + SZ_4K, BASE + SZ_4K, true, &g);
	scan(BASE, END - 1);
	CHECK_EQ(count(), 1);
	pt.ops->set_dirty(&pt, BASE + SZ_4K, BASE + SZ_4K, true, &g);
	if (f->widths[1].bits && pt.ops->grow(&pt, 57, GFP_KERNEL) == 0) {
		scan(BASE, END - 1);
		CHECK_EQ(count(), 1);
	}
	destroy();
}

/* A dirty leaf below a pointer without A is what hardware never makes. */
static void untouched_is_not_looked_at(void)
{
	struct decoded d;
	bool dirty;

	create(0, SZ_4K, 0);
	map(BASE, SZ_1G, SZ_4M, RW);
	REQUIRE(format_decode(f, &pt, BASE, &d));
	d.depth = 0;
	CHECK(f->touch(&d, 0, true, &dirty) && dirty);
	scan(BASE, END - 1);
	CHECK_EQ(count(), 0);
	destroy();
}

static void random_writes(void)
{
	u64 seed = tap_env("SEED", 1);
	struct tap_rng rng = { seed };
	static bool dirty[PAGES];

	printf("# SEED=%llu\n", seed);
	memset(dirty, 0, sizeof(dirty));
	create(0, SZ_4K, 0);
	map(BASE, SZ_1G, END - BASE, RW);
	for (int i = 0; i < 400 && !tap_checks_failed; i++) {
		unsigned int first = 0, last = PAGES - 1;

		for (u64 n = tap_below(&rng, 6); n; n--) {
			unsigned int page = tap_below(&rng, PAGES);
			bool write = tap_below(&rng, 2);

			CHECK(access_page(BASE + (u64)page * SZ_4K, write));
			dirty[page] |= write;
		}
		if (tap_below(&rng, 2)) {
			first = tap_below(&rng, PAGES);
			last = first + tap_below(&rng, PAGES - first);
		}
		scan(BASE + (u64)first * SZ_4K, BASE + (u64)last * SZ_4K + 4095);
		for (unsigned int p = 0; p < PAGES; p++) {
			bool in = p >= first && p <= last;

			CHECK_EQ(seen(BASE + (u64)p * SZ_4K), in && dirty[p]);
			dirty[p] &= !in;
		}
	}
	destroy();
}

int main(void)
{
	for (unsigned int k = 0; k < nr_test_formats; k++) {
		f = &test_formats[k];
		if (!f->marks)
			continue;
		printf("# %s\n", f->name);
		TAP_RUN(written_pages_are_found);
		TAP_RUN(write_before_the_invalidation);
		TAP_RUN(part_of_a_pointer);
		TAP_RUN(dirty_without_hardware);
		TAP_RUN(untouched_is_not_looked_at);
		TAP_RUN(random_writes);
	}
	return tap_done();
}
