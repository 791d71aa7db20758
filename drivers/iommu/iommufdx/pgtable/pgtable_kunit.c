// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the page tables: the same sources as everywhere else, with the
 * kernel's own memory below them. The long tests against an oracle are in user
 * space (tools/testing/unit/pgtable); this one finds what only a kernel shows.
 */
#include <kunit/test.h>
#include <linux/iommufdx/pgtable.h>
#include <linux/module.h>
#include <linux/sizes.h>

#define TEST_IOVA	SZ_1G
#define TEST_PFN	0x100000UL

static const enum pgtable_format formats[] = {
	PGTABLE_AMDV1,
	PGTABLE_AMDV1_2K,
	PGTABLE_X86_64,
	PGTABLE_VTDSS,
	PGTABLE_ARMV8_S1,
	PGTABLE_ARMV8_S2,
};

struct pgtable_test {
	struct pgtable pt;
	struct pgtable_gather gather;
};

static void format_desc(const enum pgtable_format *format, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "format %d", *format);
}

KUNIT_ARRAY_PARAM(format, formats, format_desc);

static int pgtable_test_init(struct kunit *test)
{
	const enum pgtable_format *format = test->param_value;
	const struct pgtable_cfg cfg = {
		.va_bits = 48,
		.oa_bits = 48,
		.quirks = PGTABLE_QUIRK_HW_DIRTY | PGTABLE_QUIRK_BBM_FREE,
	};
	struct pgtable_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	t->gather = (struct pgtable_gather)PGTABLE_GATHER_INIT(t->gather);
	KUNIT_ASSERT_EQ(test, 0, pgtable_create(&t->pt, *format, &cfg));
	test->priv = t;
	return 0;
}

static void pgtable_test_exit(struct kunit *test)
{
	struct pgtable_test *t = test->priv;

	if (!t)
		return;
	pgtable_gather_free(&t->gather);
	pgtable_destroy(&t->pt);
}

static int map_run(struct pgtable_test *t, u64 iova, unsigned long pfn,
		   unsigned long npages, u64 max_leaf)
{
	const u64 run = pfn_run(pfn, npages);
	const struct pgtable_map req = {
		.iova = iova,
		.last = iova + npages * PAGE_SIZE - 1,
		.runs = &run,
		.nr_runs = 1,
		.prot = PGTABLE_READ | PGTABLE_WRITE,
		.max_leaf = max_leaf,
		.gfp = GFP_KERNEL,
	};
	u64 mapped;

	return t->pt.ops->map(&t->pt, &req, &t->gather, &mapped);
}

static void test_map_translates(struct kunit *test)
{
	struct pgtable_test *t = test->priv;
	u64 at;

	KUNIT_ASSERT_EQ(test, 0, map_run(t, TEST_IOVA, TEST_PFN, 1024, 0));
	KUNIT_EXPECT_EQ(test, 0, t->pt.ops->validate(&t->pt));
	for (at = 0; at < SZ_4M; at += SZ_4K + 8)
		KUNIT_EXPECT_EQ(test, (TEST_PFN << PAGE_SHIFT) + at,
				t->pt.ops->iova_to_phys(&t->pt, TEST_IOVA + at));
	KUNIT_EXPECT_EQ(test, PHYS_ADDR_MAX,
			t->pt.ops->iova_to_phys(&t->pt, TEST_IOVA + SZ_4M));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			map_run(t, TEST_IOVA + SZ_2M, TEST_PFN, 1, 0));
}

static void test_unmap_gives_tables_back(struct kunit *test)
{
	struct pgtable_test *t = test->priv;
	u64 empty = t->pt.ops->table_bytes(&t->pt);

	KUNIT_ASSERT_EQ(test, 0,
			map_run(t, TEST_IOVA, TEST_PFN, 1024, PAGE_SIZE));
	KUNIT_EXPECT_GT(test, t->pt.ops->table_bytes(&t->pt), empty);
	KUNIT_EXPECT_EQ(test, SZ_4M,
			t->pt.ops->unmap(&t->pt, TEST_IOVA,
					 TEST_IOVA + SZ_4M - 1, &t->gather));
	KUNIT_EXPECT_FALSE(test, pgtable_gather_empty(&t->gather));
	KUNIT_EXPECT_EQ(test, PHYS_ADDR_MAX,
			t->pt.ops->iova_to_phys(&t->pt, TEST_IOVA));
	KUNIT_EXPECT_EQ(test, 0, t->pt.ops->validate(&t->pt));
}

struct count_sink {
	struct pgtable_dirty_sink sink;
	unsigned int bits;
};

static void count_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	container_of(sink, struct count_sink, sink)->bits += hweight64(bits);
}

static unsigned int read_dirty(struct pgtable_test *t, u64 last)
{
	struct count_sink count = {
		.sink = {
			.iova = TEST_IOVA,
			.shift = PAGE_SHIFT,
			.word = count_word,
		},
	};

	t->pt.ops->read_dirty(&t->pt, TEST_IOVA, last, 0, &count.sink,
			      &t->gather);
	return count.bits;
}

static void test_dirty_is_read_once(struct kunit *test)
{
	struct pgtable_test *t = test->priv;
	const u64 last = TEST_IOVA + SZ_4M - 1;

	KUNIT_ASSERT_EQ(test, 0,
			map_run(t, TEST_IOVA, TEST_PFN, 1024, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, read_dirty(t, last));
	t->pt.ops->set_dirty(&t->pt, TEST_IOVA + 5 * SZ_4K,
			     TEST_IOVA + 8 * SZ_4K - 1, true, &t->gather);
	KUNIT_EXPECT_EQ(test, 3, read_dirty(t, last));
	KUNIT_EXPECT_EQ(test, 0, read_dirty(t, last));
}

/* Nobody remembers the rest of a large leaf here, so it must stay dirty. */
static void test_part_of_a_leaf_stays_dirty(struct kunit *test)
{
	struct pgtable_test *t = test->priv;
	const u64 last = TEST_IOVA + SZ_2M - 1;

	KUNIT_ASSERT_EQ(test, 0, map_run(t, TEST_IOVA, TEST_PFN, 512, 0));
	t->pt.ops->set_dirty(&t->pt, TEST_IOVA, last, true, &t->gather);
	KUNIT_EXPECT_EQ(test, 1, read_dirty(t, TEST_IOVA + SZ_4K - 1));
	KUNIT_EXPECT_EQ(test, 512, read_dirty(t, last));
	KUNIT_EXPECT_EQ(test, 0, read_dirty(t, last));
}

static void test_unmap_reports_dirty(struct kunit *test)
{
	struct count_sink count = {
		.sink = {
			.iova = TEST_IOVA,
			.shift = PAGE_SHIFT,
			.word = count_word,
		},
	};
	struct pgtable_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, 0,
			map_run(t, TEST_IOVA, TEST_PFN, 1024, PAGE_SIZE));
	t->pt.ops->set_dirty(&t->pt, TEST_IOVA + SZ_2M - SZ_8K,
			     TEST_IOVA + SZ_2M + SZ_4K - 1, true, &t->gather);
	KUNIT_EXPECT_EQ(test, SZ_4M,
			t->pt.ops->unmap_dirty(&t->pt, TEST_IOVA,
					       TEST_IOVA + SZ_4M - 1,
					       &count.sink, &t->gather));
	KUNIT_EXPECT_EQ(test, 3, count.bits);
	KUNIT_EXPECT_EQ(test, 0, t->pt.ops->validate(&t->pt));
}

static int sync_nothing(struct pgtable_resize *req,
			struct pgtable_gather *gather)
{
	return 0;
}

/* Dirty state survives both ways; so does the translation. */
static void test_split_and_merge(struct kunit *test)
{
	struct pgtable_resize req = {
		.iova = TEST_IOVA,
		.last = TEST_IOVA + SZ_4M - 1,
		.split = PAGE_SIZE,
		.gfp = GFP_KERNEL,
		.sync = sync_nothing,
	};
	struct pgtable_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, 0, map_run(t, TEST_IOVA, TEST_PFN, 1024, SZ_2M));
	t->pt.ops->set_dirty(&t->pt, TEST_IOVA, TEST_IOVA, true, &t->gather);
	KUNIT_ASSERT_EQ(test, 0, t->pt.ops->resize(&t->pt, &req));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, req.largest);
	KUNIT_EXPECT_EQ(test, SZ_4M, req.done);
	KUNIT_EXPECT_EQ(test, 0, t->pt.ops->validate(&t->pt));
	KUNIT_EXPECT_EQ(test, 512, read_dirty(t, req.last));
	t->pt.ops->set_dirty(&t->pt, TEST_IOVA, TEST_IOVA, true, &t->gather);
	req.split = 0;
	req.merge = SZ_2M;
	KUNIT_ASSERT_EQ(test, 0, t->pt.ops->resize(&t->pt, &req));
	KUNIT_EXPECT_EQ(test, SZ_2M, req.smallest);
	KUNIT_EXPECT_EQ(test, 0, t->pt.ops->validate(&t->pt));
	KUNIT_EXPECT_EQ(test, 512, read_dirty(t, req.last));
	KUNIT_EXPECT_EQ(test, (TEST_PFN << PAGE_SHIFT) + SZ_2M + 5,
			t->pt.ops->iova_to_phys(&t->pt,
						TEST_IOVA + SZ_2M + 5));
}

static void test_protect_keeps_dirty(struct kunit *test)
{
	struct pgtable_test *t = test->priv;
	const u64 last = TEST_IOVA + SZ_4M - 1;

	KUNIT_ASSERT_EQ(test, 0,
			map_run(t, TEST_IOVA, TEST_PFN, 1024, PAGE_SIZE));
	t->pt.ops->set_dirty(&t->pt, TEST_IOVA, TEST_IOVA, true, &t->gather);
	KUNIT_EXPECT_EQ(test, SZ_4M,
			t->pt.ops->protect(&t->pt, TEST_IOVA, last,
					   PGTABLE_READ, &t->gather));
	KUNIT_EXPECT_EQ(test, 0, t->pt.ops->validate(&t->pt));
	KUNIT_EXPECT_EQ(test, 1, read_dirty(t, last));
}

static struct kunit_case pgtable_cases[] = {
	KUNIT_CASE_PARAM(test_map_translates, format_gen_params),
	KUNIT_CASE_PARAM(test_unmap_gives_tables_back, format_gen_params),
	KUNIT_CASE_PARAM(test_dirty_is_read_once, format_gen_params),
	KUNIT_CASE_PARAM(test_part_of_a_leaf_stays_dirty, format_gen_params),
	KUNIT_CASE_PARAM(test_unmap_reports_dirty, format_gen_params),
	KUNIT_CASE_PARAM(test_split_and_merge, format_gen_params),
	KUNIT_CASE_PARAM(test_protect_keeps_dirty, format_gen_params),
	{}
};

static struct kunit_suite pgtable_suite = {
	.name = "iommufdx_pgtable",
	.init = pgtable_test_init,
	.exit = pgtable_test_exit,
	.test_cases = pgtable_cases,
};

kunit_test_suite(pgtable_suite);

MODULE_DESCRIPTION("KUnit suite of iommufdx's page tables");
MODULE_LICENSE("GPL");
