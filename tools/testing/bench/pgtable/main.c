// SPDX-License-Identifier: GPL-2.0-only
/*
 * pgtable_bench: measures while it is loaded, and leaves the results in debugfs
 * until it is unloaded: a line "row FORMAT WORK OURS LINUX LIMIT" for each work
 * of each format, or "skip FORMAT REASON", with tabs between. OURS and LINUX are
 * clock ticks, which are instructions where the machine counts them; "-" where a
 * side has no such operation. LIMIT is the ratio to reach, "-" for none.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/tsc.h>

#include "bench.h"

#define BASE		(64ULL * SZ_1G)
#define SMALL		SZ_1G
#define LARGE		(16ULL * SZ_1G)
#define LARGE_PAGES	(LARGE / SZ_4K)
#define SMALL_PAGES	(SMALL / SZ_4K)
#define SINGLES		511	/* a neighbour keeps their table */
#define ROUNDS		101	/* of what takes a few hundred ticks */
#define FIRST_PFN	(SZ_1G / SZ_4K * 4)
#define BITMAP_BYTES	(LARGE_PAGES / 8)
#define NONE		U64_MAX
#define RESULTS_SIZE	SZ_16K

enum work {
	MAP_PAGE, UNMAP_PAGE,
	MAP_4K, UNMAP_4K,
	MAP_2M, UNMAP_2M,
	MAP_1G, UNMAP_1G,
	IOVA_TO_PHYS,
	DIRTY_0, DIRTY_1, DIRTY_100,
	TABLES,
	NR_WORKS,
};

static const struct {
	const char *title;
	const char *limit;
} works[NR_WORKS] = {
	[MAP_PAGE]	= { "map one 4 KiB page", "0.8" },
	[UNMAP_PAGE]	= { "unmap one 4 KiB page", "0.8" },
	[MAP_4K]	= { "map 1 GiB, scattered 4 KiB", "0.4" },
	[UNMAP_4K]	= { "unmap 1 GiB, scattered 4 KiB", "0.5" },
	[MAP_2M]	= { "map 1 GiB, 2 MiB leaves", "-" },
	[UNMAP_2M]	= { "unmap 1 GiB, 2 MiB leaves", "-" },
	[MAP_1G]	= { "map 1 GiB, one leaf", "-" },
	[UNMAP_1G]	= { "unmap 1 GiB, one leaf", "-" },
	[IOVA_TO_PHYS]	= { "iova_to_phys", "1.0" },
	[DIRTY_0]	= { "dirty read of 16 GiB, 0 %", "0.15" },
	[DIRTY_1]	= { "dirty read of 16 GiB, 1 %", "0.15" },
	[DIRTY_100]	= { "dirty read of 16 GiB, 100 %", "0.3" },
	[TABLES]	= { "tables of 16 GiB in 4 KiB, bytes", "1.0" },
};

static const struct {
	enum pgtable_format format;
	const char *name;
} formats[] = {
	{ PGTABLE_AMDV1, "amdv1" },
	{ PGTABLE_X86_64, "x86_64" },
	{ PGTABLE_VTDSS, "vtdss" },
	{ PGTABLE_ARMV8_S1, "armv8-s1" },
	{ PGTABLE_ARMV8_S2, "armv8-s2" },
};

/**
 * struct bench_run - one side's run over one format
 * @side: whose
 * @t: its table
 * @result: tenths of ticks (bytes) for each work, NONE where it cannot
 */
struct bench_run {
	const struct bench_side *side;
	struct bench_table t;
	u64 result[NR_WORKS];
};

static u64 *scattered;		/* LARGE_PAGES runs of one page */
static u64 *huge;		/* SMALL / SZ_2M runs of 2 MiB */
static u64 __user *bitmap;
static u64 clock_cost;
static u64 samples[SINGLES];

static struct dentry *results_file;
static struct debugfs_blob_wrapper results;

#define ticks_of(work) ({ \
	u64 __start = rdtsc_ordered(); \
	\
	work; \
	rdtsc_ordered() - __start - clock_cost; \
})

/* Whatever a side answers wrongly, its figure would mean nothing. */
static int differs(const struct bench_run *run, const char *what, u64 is,
		   u64 should)
{
	if (is == should)
		return 0;
	pr_err("pgtable_bench: %s: %s: %llu instead of %llu\n",
	       run->side->name, what, is, should);
	return -EBADMSG;
}

static int compare_ticks(const void *a, const void *b)
{
	return *(const u64 *)a < *(const u64 *)b ? -1 : 1;
}

/* In tenths. The median, as an interrupt now and then belongs to no work. */
static u64 median(u64 *ticks, size_t nr)
{
	sort(ticks, nr, sizeof(*ticks), compare_ticks, NULL);
	return ticks[nr / 2] * 10;
}

static int start_table(struct bench_run *run)
{
	enum pgtable_format format = run->t.format;

	memset(&run->t, 0, sizeof(run->t));
	run->t.format = format;
	return run->side->create(&run->t);
}

static int one_page_works(struct bench_run *run)
{
	const struct bench_side *side = run->side;
	struct bench_table *t = &run->t;
	u64 iova = BASE, done = 0;
	int rc, i;

	rc = start_table(run);
	if (rc)
		return rc;
	rc = side->map(t, BASE + SINGLES * SZ_4K, scattered + SINGLES, 1, 1);
	for (i = 0; !rc && i < SINGLES; i++, iova += SZ_4K)
		samples[i] = ticks_of(rc = side->map(t, iova, scattered + i, 1,
						     1));
	run->result[MAP_PAGE] = median(samples, SINGLES);
	if (!rc)
		rc = differs(run, "pages", bench_walk(t, 0).leaves, SINGLES + 1);
	for (i = 0, iova = BASE; !rc && i < SINGLES; i++, iova += SZ_4K)
		samples[i] = ticks_of(done += side->unmap(t, iova, SZ_4K));
	run->result[UNMAP_PAGE] = median(samples, SINGLES);
	if (!rc)
		rc = differs(run, "unmapped", done, SINGLES * SZ_4K);
	side->destroy(t);
	return rc;
}

/* Map and unmap SMALL bytes, @rounds times, in runs of @pages pages. */
static int bulk_works(struct bench_run *run, enum work map_work, const u64 *runs,
		      unsigned long pages, int rounds)
{
	u64 *map = samples, *unmap = samples + rounds, done = 0;
	const struct bench_side *side = run->side;
	size_t nr = SMALL_PAGES / pages;
	struct bench_table *t = &run->t;
	int rc, i;

	rc = start_table(run);
	if (rc)
		return rc;
	for (i = 0; !rc && i < rounds; i++) {
		map[i] = ticks_of(rc = side->map(t, BASE, runs, nr, pages));
		if (!rc && !i)
			rc = differs(run, "leaves", bench_walk(t, 0).leaves, nr);
		if (!rc)
			unmap[i] = ticks_of(done = side->unmap(t, BASE, SMALL));
		if (!rc)
			rc = differs(run, "unmapped", done, SMALL);
	}
	side->destroy(t);
	run->result[map_work] = median(map, rounds);
	run->result[map_work + 1] = median(unmap, rounds);
	return rc;
}

/* The sum of what all pages of SMALL bytes translate to. */
static u64 translate_all(struct bench_run *run)
{
	u64 i, sum = 0, iova = BASE;

	for (i = 0; i < SMALL_PAGES; i++, iova += SZ_4K)
		sum += run->side->iova_to_phys(&run->t, iova + i % SZ_4K);
	return sum;
}

static int translate_work(struct bench_run *run)
{
	u64 i, sum, ticks, expected = 0;

	for (i = 0; i < SMALL_PAGES; i++)
		expected += PFN_PHYS(pfn_run_pfn(scattered[i])) + i % SZ_4K;
	ticks = ticks_of(sum = translate_all(run));
	run->result[IOVA_TO_PHYS] = ticks * 10 / SMALL_PAGES;
	return differs(run, "addresses", sum, expected);
}

/* How many bits of the user's bitmap are set; it is zero afterwards. */
static int take_bitmap(u64 *bits)
{
	u64 *words = kmalloc(SZ_4K, GFP_KERNEL);
	size_t pos, i;
	int rc = 0;

	if (!words)
		return -ENOMEM;
	*bits = 0;
	for (pos = 0; !rc && pos < BITMAP_BYTES; pos += SZ_4K) {
		if (copy_from_user(words, (void __user *)bitmap + pos, SZ_4K))
			rc = -EFAULT;
		for (i = 0; i < SZ_4K / sizeof(u64); i++)
			*bits += hweight64(words[i]);
	}
	if (!rc && clear_user(bitmap, BITMAP_BYTES))
		rc = -EFAULT;
	kfree(words);
	return rc;
}

static int dirty_work(struct bench_run *run, enum work work, u64 nth)
{
	u64 ticks, bits, expected = nth ? DIV_ROUND_UP(LARGE_PAGES, nth) : 0;
	int rc;

	bench_walk(&run->t, nth);
	ticks = ticks_of(rc = run->side->read_dirty(&run->t, BASE, LARGE,
						    bitmap));
	if (rc)
		return rc;
	run->result[work] = ticks * 10;
	rc = take_bitmap(&bits);
	return rc ?: differs(run, "dirty pages", bits, expected);
}

static int large_works(struct bench_run *run)
{
	const struct bench_side *side = run->side;
	struct bench_table *t = &run->t;
	u64 bits;
	int rc;

	rc = start_table(run);
	if (rc)
		return rc;
	rc = side->map(t, BASE, scattered, LARGE_PAGES, 1);
	if (rc)
		goto out_destroy;
	run->result[TABLES] = bench_walk(t, 0).tables * SZ_4K * 10;
	rc = translate_work(run);
	if (rc)
		goto out_destroy;

	/* Some formats start dirty; and the bitmap's pages come into being. */
	rc = clear_user(bitmap, BITMAP_BYTES) ? -EFAULT : 0;
	if (!rc)
		rc = side->read_dirty(t, BASE, LARGE, bitmap);
	if (rc == -EOPNOTSUPP || rc == -EINVAL) {
		rc = 0;
		goto out_destroy;
	}
	if (!rc)
		rc = take_bitmap(&bits);
	if (!rc)
		rc = dirty_work(run, DIRTY_0, 0);
	if (!rc)
		rc = dirty_work(run, DIRTY_1, 100);
	if (!rc)
		rc = dirty_work(run, DIRTY_100, 1);
out_destroy:
	side->destroy(t);
	return rc;
}

static int run_side(struct bench_run *run)
{
	u64 whole = pfn_run(FIRST_PFN, SMALL_PAGES);
	int rc, i;

	for (i = 0; i < NR_WORKS; i++)
		run->result[i] = NONE;
	rc = one_page_works(run);
	if (!rc)
		rc = bulk_works(run, MAP_4K, scattered, 1, 1);
	if (!rc)
		rc = bulk_works(run, MAP_2M, huge, SZ_2M / SZ_4K, 1);
	if (!rc)
		rc = bulk_works(run, MAP_1G, &whole, SMALL_PAGES, ROUNDS);
	if (!rc)
		rc = large_works(run);
	return rc;
}

static void put_result(struct seq_buf *out, u64 tenths)
{
	if (tenths == NONE)
		seq_buf_puts(out, "\t-");
	else
		seq_buf_printf(out, "\t%llu.%llu", tenths / 10, tenths % 10);
}

static int run_format(struct seq_buf *out, enum pgtable_format format,
		      const char *name)
{
	struct bench_run *ours, *theirs;
	int rc = -ENOMEM, i;

	ours = kzalloc_obj(*ours);
	theirs = kzalloc_obj(*theirs);
	if (!ours || !theirs)
		goto out_free;
	ours->side = &bench_ours;
	theirs->side = &bench_linux;
	ours->t.format = format;
	theirs->t.format = format;

	rc = start_table(ours);
	if (rc == -EINVAL) {
		seq_buf_printf(out, "skip\t%s\tpgtable_create() knows no such format\n",
			       name);
		rc = 0;
		goto out_free;
	}
	if (rc)
		goto out_free;
	ours->side->destroy(&ours->t);

	rc = run_side(ours);
	if (!rc)
		rc = run_side(theirs);
	for (i = 0; !rc && i < NR_WORKS; i++) {
		seq_buf_printf(out, "row\t%s\t%s", name, works[i].title);
		put_result(out, ours->result[i]);
		put_result(out, theirs->result[i]);
		seq_buf_printf(out, "\t%s\n", works[i].limit);
	}
	if (rc)
		pr_err("pgtable_bench: %s: error %d\n", name, rc);
out_free:
	kfree(ours);
	kfree(theirs);
	return rc;
}

/* The same numbers in the same order every time. */
static u32 next_random(u32 below)
{
	static u64 state = 1;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 32) * below >> 32;
}

static u64 *shuffled_runs(size_t nr, unsigned long pages)
{
	u64 *runs = vmalloc_array(nr, sizeof(*runs));
	size_t i;

	if (!runs)
		return NULL;
	for (i = 0; i < nr; i++)
		runs[i] = pfn_run(FIRST_PFN + i * pages, pages);
	for (i = nr - 1; i; i--)
		swap(runs[i], runs[next_random(i)]);
	return runs;
}

/* What the kernel asks for the tables of SMALL alone, given back in one go. */
static int freeing_tables(struct seq_buf *out)
{
	const int nr = SMALL / SZ_2M;
	struct page **pages = kcalloc(nr, sizeof(*pages), GFP_KERNEL);
	int rc = -ENOMEM, i;
	u64 ticks;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page(GFP_KERNEL_ACCOUNT);
		if (!pages[i])
			goto out_free;
	}
	ticks = ticks_of(release_pages(pages, nr));
	i = 0;
	rc = 0;
	seq_buf_printf(out, "note\tGiving %d pages back with one release_pages(): %llu instructions\n",
		       nr, ticks);
out_free:
	while (i)
		__free_page(pages[--i]);
	kfree(pages);
	return rc;
}

static int run_all(struct seq_buf *out)
{
	int rc = 0, i;

	clock_cost = 0;
	clock_cost = ticks_of(barrier());
	rc = freeing_tables(out);
	for (i = 0; !rc && i < ARRAY_SIZE(formats); i++)
		rc = run_format(out, formats[i].format, formats[i].name);
	if (!rc && seq_buf_has_overflowed(out))
		rc = -EOVERFLOW;
	return rc;
}

static int __init bench_init(void)
{
	struct seq_buf out;
	unsigned long addr;
	int rc = -ENOMEM;

	results.data = kvzalloc(RESULTS_SIZE, GFP_KERNEL);
	scattered = shuffled_runs(LARGE_PAGES, 1);
	huge = shuffled_runs(SMALL / SZ_2M, SZ_2M / SZ_4K);
	if (!results.data || !scattered || !huge)
		goto out_free;
	/* The bitmap is the user's in both APIs: here, of who loads the module. */
	addr = vm_mmap(NULL, 0, BITMAP_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(addr)) {
		rc = addr;
		goto out_free;
	}
	bitmap = (u64 __user *)addr;
	seq_buf_init(&out, results.data, RESULTS_SIZE);
	rc = run_all(&out);
	vm_munmap(addr, BITMAP_BYTES);
	if (rc)
		goto out_free;
	results.size = seq_buf_used(&out);
	results_file = debugfs_create_blob("pgtable_bench", 0400, NULL, &results);
out_free:
	vfree(scattered);
	vfree(huge);
	if (rc)
		kvfree(results.data);
	return rc;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	debugfs_remove(results_file);
	kvfree(results.data);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("iommufdx: page tables compared with Linux's");
MODULE_LICENSE("GPL");
