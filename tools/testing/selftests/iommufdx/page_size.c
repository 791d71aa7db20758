// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMUFDX_HWPT_SET_PAGE_SIZE and the options of tracking: leaves change under
 * DMA, and nobody notices but in what is dirty.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#define IOVA	0x40000000ull
#define LEN	(4 * MB)
#define PAGES	(LEN / PAGE)
#define WORDS	(PAGES / 64)
#define SPLIT	IOMMUFDX_PAGE_SIZE_SPLIT
#define MERGE	IOMMUFDX_PAGE_SIZE_MERGE

FIXTURE(page_size) {
	struct rig r;
	uint32_t hwpt;
	char *mem;
	uint64_t got[WORDS];
	bool huge;
};

static int resize(struct rig *r, uint32_t hwpt, uint32_t flags, uint64_t size,
		  struct iommufdx_page_sizes *range)
{
	range->iova = IOVA;
	range->length = LEN;
	return iommufdx_hwpt_page_size(r->iommu, hwpt, flags, size, range);
}

FIXTURE_SETUP(page_size)
{
	struct iommufdx_page_sizes range;

	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get_huge(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, rig_attach_dirty(&self->r, &self->hwpt));
	ASSERT_EQ(0, resize(&self->r, self->hwpt, 0, 0, &range));
	EXPECT_EQ(IOVA + LEN, range.iova);
	EXPECT_EQ(0, range.length);
	EXPECT_TRUE(range.live);
	self->huge = range.smallest >= 2 * MB;
}

FIXTURE_TEARDOWN(page_size)
{
	uint64_t stale = 1;

	EXPECT_EQ(0, iommufdx_mock_check(self->r.mock, self->r.mock_iommu,
					 &stale));
	EXPECT_EQ(0, stale);
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static unsigned int count(const uint64_t *bitmap)
{
	unsigned int n = 0;

	for (int w = 0; w < WORDS; w++)
		n += __builtin_popcountll(bitmap[w]);
	return n;
}

static unsigned int dirty_pages(struct rig *r, uint32_t hwpt, uint64_t *bitmap)
{
	memset(bitmap, 0, WORDS * 8);
	if (iommufdx_dirty_get(r->iommu, hwpt, 0, IOVA, LEN, PAGE, bitmap))
		return ~0u;
	return count(bitmap);
}

TEST_F(page_size, split_and_merge)
{
	struct iommufdx_page_sizes range;

	if (!self->huge)
		SKIP(return, "no huge pages to be had");
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 7 * PAGE, "w", 1, NULL));
	/* What was dirty is dirty in all its parts. */
	ASSERT_EQ(0, resize(&self->r, self->hwpt, SPLIT, PAGE, &range));
	EXPECT_EQ(PAGE, range.smallest);
	EXPECT_EQ(PAGE, range.largest);
	EXPECT_LE(512, dirty_pages(&self->r, self->hwpt, self->got));
	/* From now on, exactly what is written. */
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 9 * PAGE, "w", 1, NULL));
	EXPECT_EQ(1, dirty_pages(&self->r, self->hwpt, self->got));
	EXPECT_EQ(1ull << 9, self->got[0]);
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 9 * PAGE, "w", 1, NULL));
	ASSERT_EQ(0, resize(&self->r, self->hwpt, MERGE, 2 * MB, &range));
	EXPECT_EQ(2 * MB, range.smallest);
	EXPECT_EQ(512, dirty_pages(&self->r, self->hwpt, self->got));
	EXPECT_EQ('w', self->mem[9 * PAGE]);
}

TEST_F(page_size, every_size)
{
	static const uint64_t sizes[] = { 2 * MB, MB, 64 * 1024, 16 * 1024, PAGE };
	struct iommufdx_page_sizes range;

	for (int i = 0; i < 5; i++) {
		ASSERT_EQ(0, resize(&self->r, self->hwpt, SPLIT, sizes[i],
				    &range));
		EXPECT_LE(range.largest, sizes[i]);
		EXPECT_EQ(0, dma_probe(&self->r, IOVA + LEN - 1));
	}
	for (int i = 4; i >= 0; i--) {
		ASSERT_EQ(0, resize(&self->r, self->hwpt, MERGE, sizes[i],
				    &range));
		EXPECT_GE(sizes[i], range.largest);
		EXPECT_EQ(0, dma_probe(&self->r, IOVA + LEN - 1));
	}
	if (self->huge)
		EXPECT_EQ(2 * MB, range.smallest);
}

/* A leaf may have several entries, of which hardware marks one. */
TEST_F(page_size, written_in_the_middle_of_a_leaf)
{
	static const uint64_t sizes[] = { 64 * 1024, 16 * 1024 };
	struct iommufdx_page_sizes range, leaf;
	uint64_t stale = 1;

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, resize(&self->r, self->hwpt, SPLIT, sizes[i],
				    &range));
		ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt,
						true));
		ASSERT_EQ(0, dma_write(&self->r, IOVA + 3 * PAGE, "w", 1, NULL));
		EXPECT_EQ(0, iommufdx_mock_check(self->r.mock,
						 self->r.mock_iommu, &stale));
		EXPECT_EQ(0, stale);
		/* Others are larger where only they are of huge pages. */
		leaf = (struct iommufdx_page_sizes){ IOVA + 3 * PAGE, PAGE };
		ASSERT_EQ(0, iommufdx_hwpt_page_size(self->r.iommu, self->hwpt,
						     0, 0, &leaf));
		EXPECT_EQ(leaf.largest / PAGE,
			  dirty_pages(&self->r, self->hwpt, self->got));
	}
}

TEST_F(page_size, part_of_a_range)
{
	struct iommufdx_page_sizes range;

	if (!self->huge)
		SKIP(return, "no huge pages to be had");
	ASSERT_EQ(0, resize(&self->r, self->hwpt, SPLIT, 2 * MB, &range));
	range.iova = IOVA + 2 * MB;
	range.length = PAGE;
	ASSERT_EQ(0, iommufdx_hwpt_page_size(self->r.iommu, self->hwpt, SPLIT,
					     PAGE, &range));
	EXPECT_EQ(IOVA + 2 * MB + PAGE, range.iova);
	ASSERT_EQ(0, resize(&self->r, self->hwpt, 0, 0, &range));
	EXPECT_EQ(PAGE, range.smallest);
	EXPECT_EQ(2 * MB, range.largest);
	/* Where nothing is mapped, there is nothing. */
	range.iova = 2 * IOVA;
	range.length = 1ull << 44;
	ASSERT_EQ(0, iommufdx_hwpt_page_size(self->r.iommu, self->hwpt, SPLIT,
					     PAGE, &range));
	EXPECT_EQ(0, range.length);
	EXPECT_EQ(0, range.smallest);
	EXPECT_EQ(0, range.largest);
}

TEST_F(page_size, leaves_stay_in_their_mapping)
{
	struct iommufdx_page_sizes range = { 2 * IOVA, 2 * MB };

	/* One huge page, mapped in two halves. */
	ASSERT_EQ(0, map_at(&self->r, self->mem, MB, 2 * IOVA, RW));
	ASSERT_EQ(0, map_at(&self->r, self->mem + MB, MB, 2 * IOVA + MB, RW));
	ASSERT_EQ(0, iommufdx_hwpt_page_size(self->r.iommu, self->hwpt, MERGE,
					     2 * MB, &range));
	EXPECT_GE(MB, range.largest);
	ASSERT_EQ(0, unmap_at(&self->r, 2 * IOVA, MB));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, 2 * IOVA));
	EXPECT_EQ(0, dma_probe(&self->r, 2 * IOVA + MB));
}

TEST_F(page_size, refused)
{
	struct iommufdx_hwpt_set_page_size good = {
		.size = sizeof(good),
		.flags = SPLIT,
		.hwpt_id = self->hwpt,
		.iova = IOVA,
		.length = LEN,
		.page_size = PAGE,
	}, cmd;

#define EXPECT_REFUSED(want, ...) do {					\
	cmd = good;							\
	__VA_ARGS__;							\
	EXPECT_EQ(-1, ioctl(iommufdx_fd(self->r.iommu),			\
			    IOMMUFDX_HWPT_SET_PAGE_SIZE, &cmd)) {	\
		TH_LOG(#__VA_ARGS__);					\
	}								\
	EXPECT_EQ(want, errno) {					\
		TH_LOG(#__VA_ARGS__);					\
	}								\
} while (0)

	EXPECT_REFUSED(EOPNOTSUPP, cmd.flags |= 8);
	EXPECT_REFUSED(EINVAL, cmd.flags = SPLIT | MERGE);
	EXPECT_REFUSED(EINVAL, cmd.flags = IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS);
	EXPECT_REFUSED(EINVAL, cmd.flags = 0);
	EXPECT_REFUSED(EINVAL, cmd.page_size = 0);
	EXPECT_REFUSED(EINVAL, cmd.page_size = 3 * PAGE);
	EXPECT_REFUSED(EINVAL, cmd.page_size = PAGE / 2);
	EXPECT_REFUSED(EINVAL, cmd.length = 0);
	EXPECT_REFUSED(EINVAL, cmd.length = PAGE / 2);
	EXPECT_REFUSED(EINVAL, cmd.iova += 8);
	EXPECT_REFUSED(EOVERFLOW, cmd.iova = -PAGE; cmd.length = 2 * PAGE);
	EXPECT_REFUSED(ENOENT, cmd.hwpt_id = self->r.ioas);
}

/* Hardware that needs break-before-make says so, and is not made to fault. */
TEST_F(page_size, only_where_faults_are_accepted)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = RIG_ANY_KIND,
		.caps = IOMMUFDX_MOCK_CAP_DIRTY | IOMMUFDX_MOCK_CAP_NEST |
			IOMMUFDX_MOCK_CAP_RANGE_INV,
	};
	struct iommufdx_page_sizes range;
	uint32_t hwpt;
	struct rig r;

	if (rig_vendor()->kind != IOMMUFDX_MOCK_KIND_SMMUV3)
		SKIP(return, "this vendor's hardware never needs it");
	if (!self->huge)
		SKIP(return, "no huge pages to be had");
	ASSERT_EQ(0, rig_make(&r, &config));
	ASSERT_EQ(0, map_at(&r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, rig_attach_dirty(&r, &hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(r.iommu, hwpt, true));
	ASSERT_EQ(0, dma_write(&r, IOVA + 7 * PAGE, "w", 1, NULL));
	EXPECT_EQ(-EOPNOTSUPP, resize(&r, hwpt, SPLIT, PAGE, &range));
	EXPECT_FALSE(range.live);
	EXPECT_EQ(IOVA, range.iova);
	EXPECT_EQ(LEN, range.length);
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_option_set(r.iommu,
					IOMMUFDX_OPTION_DIRTY_PAGE_SIZE, hwpt,
					PAGE));
	ASSERT_EQ(0, resize(&r, hwpt, SPLIT | IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS,
			    PAGE, &range));
	EXPECT_EQ(PAGE, range.largest);
	EXPECT_LE(512, dirty_pages(&r, hwpt, self->got));
	ASSERT_EQ(0, dma_write(&r, IOVA + 9 * PAGE, "w", 1, NULL));
	EXPECT_EQ(-EOPNOTSUPP, resize(&r, hwpt, MERGE, 2 * MB, &range));
	EXPECT_EQ(1, dirty_pages(&r, hwpt, self->got));
	ASSERT_EQ(0, resize(&r, hwpt, MERGE | IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS,
			    2 * MB, &range));
	EXPECT_EQ(2 * MB, range.smallest);
	rig_break(&r);
}

/* Two channels write all over while leaves change: no fault, nothing lost. */
TEST_F_TIMEOUT(page_size, under_dma, 120)
{
	static const uint64_t sizes[] = { PAGE, 16 * 1024, 64 * 1024, 2 * MB };
	uint64_t seed = rnd_seed(), state = seed, start = milliseconds();
	struct iommufdx_page_sizes range;
	char *copy = mem_get(LEN), *mem;
	bool last = false;
	uint32_t hwpt;
	struct rig r;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	mem = self->mem;
	ASSERT_EQ(0, rig_make(&r, &rig_for_storms));
	ASSERT_EQ(0, map_at(&r, mem, LEN, IOVA, RW));
	ASSERT_EQ(0, rig_attach_dirty(&r, &hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(r.iommu, hwpt, true));
	memcpy(copy, mem, LEN);
	ASSERT_EQ(0, dma_storm(&r, 0, IOVA, LEN, 0));
	ASSERT_EQ(0, dma_storm(&r, 1, IOVA, LEN, 0));
	for (int round = 0; !last; round++) {
		uint32_t flags = rnd(&state) % 2 ? SPLIT : MERGE;

		ASSERT_EQ(0, resize(&r, hwpt, flags, sizes[rnd(&state) % 4],
				    &range));
		last = last_round(round, 40, 500, start);
		if (last)
			ASSERT_EQ(0, iommufdx_device_reset(r.dev));
		memset(self->got, 0, sizeof(self->got));
		ASSERT_EQ(0, iommufdx_dirty_get(r.iommu, hwpt, 0, IOVA, LEN,
						PAGE, self->got));
		for (int i = 0; i < PAGES; i++)
			if (self->got[i / 64] & 1ull << i % 64)
				memcpy(copy + i * PAGE, mem + i * PAGE, PAGE);
	}
	EXPECT_EQ(0, memcmp(copy, mem, LEN));
	EXPECT_EQ(0, faults_reported(&r));
	rig_break(&r);
	mem_put(copy, LEN);
}

/* A signal ends the call; the same struct goes on. */
static void nothing(int sig)
{
}

TEST_F(page_size, goes_on_after_signals)
{
	struct iommufdx_page_sizes range = { 0, 1ull << 46 };
	const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { };
	struct sigaction act = { .sa_handler = nothing };
	unsigned int stops = 0;
	int rc;

	/* Above what some hardware reserves. */
	for (uint64_t i = 0; i < 2000; i++)
		ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE,
				    (1ull << 43) + (i << 31), RW));
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	do {
		uint64_t before = range.iova;

		rc = iommufdx_hwpt_page_size(self->r.iommu, self->hwpt, SPLIT,
					     PAGE, &range);
		EXPECT_LE(before, range.iova);
		EXPECT_EQ(1ull << 46, range.iova + range.length);
		stops += rc == -EINTR;
	} while (rc == -EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	EXPECT_EQ(0, rc);
	EXPECT_EQ(0, range.length);
	EXPECT_LT(0, stops);
}

TEST_F(page_size, split_when_tracking_starts)
{
	struct iommufdx_page_sizes range;
	uint64_t val = 1;

	EXPECT_EQ(-EINVAL, iommufdx_option_set(self->r.iommu,
					       IOMMUFDX_OPTION_DIRTY_PAGE_SIZE,
					       self->hwpt, 3 * PAGE));
	EXPECT_EQ(-ENOENT, iommufdx_option_set(self->r.iommu,
					       IOMMUFDX_OPTION_DIRTY_PAGE_SIZE,
					       self->r.ioas, PAGE));
	ASSERT_EQ(0, iommufdx_option_get(self->r.iommu,
					 IOMMUFDX_OPTION_DIRTY_PAGE_SIZE,
					 self->hwpt, &val));
	EXPECT_EQ(0, val);
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu,
					 IOMMUFDX_OPTION_DIRTY_PAGE_SIZE,
					 self->hwpt, PAGE));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, resize(&self->r, self->hwpt, 0, 0, &range));
	EXPECT_EQ(PAGE, range.largest);
	/* What is mapped meanwhile is as small; what comes after is not. */
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, resize(&self->r, self->hwpt, 0, 0, &range));
	EXPECT_EQ(PAGE, range.largest);
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, false));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, resize(&self->r, self->hwpt, 0, 0, &range));
	/* Huge pages that lie side by side may make larger leaves. */
	if (self->huge)
		EXPECT_LE(2 * MB, range.smallest);
}

/* Reads that skip what was not touched report the same. */
TEST_F(page_size, skip_what_was_not_touched)
{
	uint64_t seed = rnd_seed(), state = seed, want[WORDS];
	struct iommufdx_page_sizes range;
	int rc;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	rc = iommufdx_option_set(self->r.iommu, IOMMUFDX_OPTION_DIRTY_SKIP,
				 self->hwpt, 1);
	if (rc == -EOPNOTSUPP)
		SKIP(return, "hardware does not say what was touched");
	ASSERT_EQ(0, rc);
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, resize(&self->r, self->hwpt, SPLIT, PAGE, &range));
	for (int round = 0; round < 50; round++) {
		memset(want, 0, sizeof(want));
		for (int i = rnd(&state) % 10; i > 0; i--) {
			unsigned int page = rnd(&state) % PAGES;

			ASSERT_EQ(0, dma_write(&self->r, IOVA + page * PAGE,
					       "w", 1, NULL));
			want[page / 64] |= 1ull << page % 64;
		}
		EXPECT_EQ(count(want), dirty_pages(&self->r, self->hwpt,
						   self->got));
		EXPECT_EQ(0, memcmp(want, self->got, sizeof(want)));
	}
}

TEST_HARNESS_MAIN
