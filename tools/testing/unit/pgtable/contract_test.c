// SPDX-License-Identifier: GPL-2.0-only
/*
 * The concurrency contract in a kernel with lockdep: while one operation is in
 * the middle of its work, another begins. What the contract allows goes by
 * without a word, what it forbids is warned about.
 */
#include <linux/iommufdx/pgtable.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <shim.h>
#include <string.h>
#include <tap.h>

#define RW	(PGTABLE_READ | PGTABLE_WRITE)

static struct pgtable pt;

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
}

static int sync_nothing(struct pgtable_resize *req, struct pgtable_gather *g)
{
	return 0;
}

static int show_nothing(void *data, const struct pgtable_dump_entry *e)
{
	return 0;
}

/* Operation @c on @size bytes at @iova. */
static void work(char c, u64 iova, u64 size)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_dirty_sink sink = {
		.iova = iova, .shift = 12, .word = sink_word,
	};
	u64 last = iova + size - 1, run = pfn_run(0x12345, 512), mapped;
	struct pgtable_map req = {
		.iova = iova, .last = last, .runs = &run, .nr_runs = 1,
		.prot = RW, .gfp = GFP_KERNEL,
	};
	struct pgtable_resize resize = {
		.iova = iova, .last = last, .split = SZ_4K, .gfp = GFP_KERNEL,
		.sync = sync_nothing,
	};

	switch (c) {
	case 'm':
		pt.ops->map(&pt, &req, &g, &mapped);
		break;
	case 'u':
		pt.ops->unmap(&pt, iova, last, &g);
		break;
	case 'c':
		pt.ops->discard(&pt, iova, last, &g);
		break;
	case 'd':
		pt.ops->unmap_dirty(&pt, iova, last, &sink, &g);
		break;
	case 'p':
		pt.ops->protect(&pt, iova, last, PGTABLE_READ, &g);
		break;
	case 's':
		pt.ops->resize(&pt, &resize);
		break;
	case 't':
		pt.ops->iova_to_phys(&pt, iova);
		break;
	case 'r':
		pt.ops->read_dirty(&pt, iova, last, 0, &sink, &g);
		break;
	case 'w':
		pt.ops->set_dirty(&pt, iova, last, true, &g);
		break;
	case 'i':
		pt.ops->untouch(&pt, iova, last, &g);
		break;
	case 'x':
		pt.ops->dump(&pt, iova, last, show_nothing, NULL);
		break;
	case 'v':
		pt.ops->validate(&pt);
		break;
	case 'g':
		pt.ops->grow(&pt, pt.va_bits, GFP_KERNEL);
		break;
	case 'k':
		pt.ops->shrink(&pt, 57, &g);
		break;
	}
	pgtable_gather_free(&g);
}

static char second;
static u64 second_iova;

/*
 * The first operation is at an entry. The second is about one page, so that it
 * frees no table, whatever it breaks.
 */
static void begin_second(const void *p)
{
	char c = second;

	if (p < (void *)shim_arena || p >= (void *)(shim_arena + SZ_1G) || !c)
		return;
	second = 0;
	work(c, second_iova, SZ_4K);
}

/* Is there a warning if @b begins within @a, at @distance bytes? */
static bool warns(char a, char b, u64 distance)
{
	struct pgtable_cfg cfg = { .va_bits = 48, .oa_bits = 52 };
	long before;

	memset(&pt, 0, sizeof(pt));
	if (pgtable_create(&pt, PGTABLE_VTDSS, &cfg))
		return false;
	work('m', SZ_1G + SZ_2M, SZ_2M);
	if (a != 'm')
		work('m', SZ_1G, SZ_2M);
	before = shim_warnings();
	second = b;
	second_iova = SZ_1G + SZ_1M + distance;
	shim_race_hook = begin_second;
	/* A lookup is of one page: that which the second one is about. */
	work(a, a == 't' ? SZ_1G + SZ_1M : SZ_1G, SZ_2M);
	shim_race_hook = NULL;
	if (second)
		tap_fail(__FILE__, __LINE__, "%c within %c: never began", b, a);
	pgtable_destroy(&pt);
	return shim_warnings() != before;
}

static const char all[] = "mucdpstrwixv";

/* By the rules, word for word. */
static bool forbidden(char a, char b)
{
	const char *rebuild = "mucds", *look = "trwix";

	if (strchr(rebuild, a) || strchr(rebuild, b))
		return true;
	return !strchr(look, a) && !strchr(look, b);
}

static void same_range(void)
{
	for (const char *a = all; *a; a++)
		for (const char *b = all; *b; b++)
			if (warns(*a, *b, 0) != forbidden(*a, *b))
				tap_fail(__FILE__, __LINE__, "%c within %c", *b,
					 *a);
}

static void other_ranges(void)
{
	/* A validation is of the whole table. */
	for (const char *a = all; *a != 'v'; a++)
		for (const char *b = all; *b != 'v'; b++)
			if (warns(*a, *b, SZ_2M))
				tap_fail(__FILE__, __LINE__, "%c within %c", *b,
					 *a);
}

static void top_level(void)
{
	for (const char *a = all; *a; a++) {
		CHECK(!warns(*a, 'g', 0));
		CHECK(warns(*a, 'k', SZ_2M));
	}
}

int main(void)
{
	shim_quiet(true);
	TAP_RUN(same_range);
	TAP_RUN(other_ranges);
	TAP_RUN(top_level);
	printf("1..%d\n", tap_number);
	return tap_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
