// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work for an instruction counter: `bench NAME` prepares a table and then calls
 * measured() once, which does NAME to PAGES pages. Run it by `make bench`. FORMAT
 * is the number of the format, see enum pgtable_format.
 */
#include <linux/errno.h>
#include <linux/iommufdx/pgtable.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#define PAGES	(SZ_1G / SZ_4K)
#define BASE	(4ULL * SZ_1G)
#define LAST	(BASE + SZ_1G - 1)

static struct pgtable pt;
static u64 runs[PAGES];
static u64 bitmap[PAGES / 64];
static struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	bitmap[index] |= bits;
}

static struct pgtable_dirty_sink sink = {
	.iova = BASE, .shift = 12, .word = sink_word,
};

static struct pgtable_map req = {
	.iova = BASE, .last = LAST, .runs = runs, .prot = 3, .gfp = GFP_KERNEL,
};

static void map(void)
{
	u64 mapped;

	if (pt.ops->map(&pt, &req, &gather, &mapped))
		abort();
}

static void unmap(void)
{
	if (pt.ops->unmap(&pt, BASE, LAST, &gather) != SZ_1G)
		abort();
}

static void read_dirty(void)
{
	pt.ops->read_dirty(&pt, BASE, LAST, 0, &sink, &gather);
}

static void iova_to_phys(void)
{
	for (u64 i = 0; i < PAGES; i++)
		if (pt.ops->iova_to_phys(&pt, BASE + i * SZ_4K) == PHYS_ADDR_MAX)
			abort();
}

static void one_page(void)
{
	req.last = BASE + SZ_4K - 1;
	map();
}

/* A neighbour, so that the tables are there. */
static void map_neighbour(void)
{
	struct pgtable_map one = req;
	u64 mapped;

	one.iova = BASE + SZ_8K;
	one.last = one.iova + SZ_4K - 1;
	if (pt.ops->map(&pt, &one, &gather, &mapped))
		abort();
}

static void unmap_one_page(void)
{
	pt.ops->unmap(&pt, BASE, BASE + SZ_4K - 1, &gather);
}

/* The counter is switched on in here. */
static noinline void measured(void (*fn)(void))
{
	fn();
	barrier();
}

/* Every @nth page is dirty. */
static void make_dirty(u64 nth)
{
	for (u64 i = 0; nth && i < PAGES; i += nth)
		pt.ops->set_dirty(&pt, BASE + i * SZ_4K, BASE + i * SZ_4K, true,
				  &gather);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*fn)(void);
		bool mapped;
		u64 run;	/* pages per run */
		u64 dirty;	/* every n-th page */
	} jobs[] = {
		{ "map-scattered", map, false, 1 },
		{ "map-adjacent", map, false, 0 },
		{ "map-one-run-4K", map, false, PAGES },
		{ "map-2M", map, false, 512 },
		{ "unmap-4K", unmap, true, 1 },
		{ "unmap-2M", unmap, true, 512 },
		{ "dirty-0%", read_dirty, true, 1, 0 },
		{ "dirty-1%", read_dirty, true, 1, 100 },
		{ "dirty-100%", read_dirty, true, 1, 1 },
		{ "iova-to-phys", iova_to_phys, true, 1 },
		{ "map-one-page", one_page, false, 1 },
		{ "unmap-one-page", unmap_one_page, true, 1 },
	};
	struct pgtable_cfg cfg = {
		.va_bits = 48, .oa_bits = 52, .quirks = PGTABLE_QUIRK_HW_DIRTY,
	};
	struct tap_rng rng = { 1 };

	for (int k = 0; k < ARRAY_SIZE(jobs); k++) {
		if (argc < 2) {
			puts(jobs[k].name);
			continue;
		}
		if (strcmp(argv[1], jobs[k].name))
			continue;

		u64 run = jobs[k].run ?: 1;

		/* PFNs in an order without two neighbours in sequence. */
		for (u64 i = 0; i < PAGES / run; i++)
			runs[i] = pfn_run(0x100000 + i * run, run);
		if (jobs[k].run == PAGES)
			runs[0] = pfn_run(0x100001, PAGES);
		for (u64 i = PAGES / run - 1; jobs[k].run && i; i--)
			swap(runs[i], runs[tap_below(&rng, i)]);
		req.nr_runs = PAGES / run;
		if (pgtable_create(&pt, tap_env("FORMAT", PGTABLE_AMDV1), &cfg))
			return 1;
		if (jobs[k].mapped)
			map();
		if (jobs[k].fn == one_page)
			map_neighbour();
		make_dirty(jobs[k].dirty);
		pgtable_gather_free(&gather);
		measured(jobs[k].fn);
		pgtable_gather_free(&gather);
		pgtable_destroy(&pt);
		return 0;
	}
	return argc >= 2;
}
