// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking: exactly the pages that were written, each reported once.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define PAGES	512
#define LEN	(PAGES * PAGE)
#define WORDS	(PAGES / 64)
#define NO_CLEAR IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR

FIXTURE(dirty) {
	struct rig r;
	uint32_t hwpt;
	char *mem;
	uint64_t got[WORDS], want[WORDS];
};

FIXTURE_SETUP(dirty)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, rig_track(&self->r, self->mem, LEN, IOVA, &self->hwpt));
}

FIXTURE_TEARDOWN(dirty)
{
	uint64_t stale = 1;

	/* Whatever was done, no translation may have gone stale. */
	EXPECT_EQ(0, iommufdx_mock_check(self->r.mock, self->r.mock_iommu,
					 &stale));
	EXPECT_EQ(0, stale);
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int get(struct rig *r, uint32_t hwpt, uint32_t flags, uint64_t *bitmap)
{
	memset(bitmap, 0, WORDS * 8);
	return iommufdx_dirty_get(r->iommu, hwpt, flags, IOVA, LEN, PAGE,
				  bitmap);
}

static void set(uint64_t *bitmap, unsigned int bit)
{
	bitmap[bit / 64] |= 1ull << bit % 64;
}

static int write_page(struct rig *r, unsigned int page)
{
	return dma_write(r, IOVA + page * PAGE + page % 4000, "w", 1, NULL);
}

#define EXPECT_SAME() do {						\
	for (int w = 0; w < WORDS; w++) {				\
		EXPECT_EQ(self->want[w], self->got[w]) {		\
			TH_LOG("word %d", w);				\
		}							\
	}								\
} while (0)

TEST_F(dirty, nothing_written)
{
	char buf[PAGE];

	/* Reads do not count. */
	ASSERT_EQ(0, dma_read(&self->r, IOVA, buf, PAGE, NULL));
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
}

TEST_F(dirty, exactly_what_was_written)
{
	uint64_t seed = rnd_seed(), state = seed;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	for (int round = 0; round < 20; round++) {
		memset(self->want, 0, sizeof(self->want));
		for (int i = rnd(&state) % 40; i > 0; i--) {
			unsigned int page = rnd(&state) % PAGES;

			ASSERT_EQ(0, write_page(&self->r, page));
			set(self->want, page);
		}
		ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
		EXPECT_SAME();
	}
}

/* Edges of words, tables and the range; a write that covers several pages. */
TEST_F(dirty, edges)
{
	static const unsigned int pages[] = { 0, 1, 63, 64, 127, 128, 255, 256,
					      510, 511 };
	char buf[3 * PAGE] = { 0 };

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		memset(self->want, 0, sizeof(self->want));
		set(self->want, pages[i]);
		ASSERT_EQ(0, write_page(&self->r, pages[i]));
		ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
		EXPECT_SAME();
	}
	memset(self->want, 0, sizeof(self->want));
	for (int i = 62; i <= 65; i++)
		set(self->want, i);
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 62 * PAGE + 100, buf, 3 * PAGE,
			       NULL));
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
}

TEST_F(dirty, reported_once)
{
	ASSERT_EQ(0, write_page(&self->r, 5));
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_EQ(1ull << 5, self->got[0]);
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
	/* Written again, reported again: no cache hides the second write. */
	ASSERT_EQ(0, write_page(&self->r, 5));
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_EQ(1ull << 5, self->got[0]);
}

TEST_F(dirty, no_clear_leaves_them)
{
	set(self->want, 300);
	ASSERT_EQ(0, write_page(&self->r, 300));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, get(&self->r, self->hwpt, NO_CLEAR, self->got));
		EXPECT_SAME();
	}
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
	memset(self->want, 0, sizeof(self->want));
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
}

/* Bits are only set: what the caller had there stays. */
TEST_F(dirty, caller_bits_stay)
{
	ASSERT_EQ(0, write_page(&self->r, 64));
	memset(self->got, 0, sizeof(self->got));
	self->got[1] = 1ull << 63;
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0, IOVA, LEN,
					PAGE, self->got));
	EXPECT_EQ(1ull << 63 | 1, self->got[1]);
}

TEST_F(dirty, part_of_the_range)
{
	for (unsigned int page = 60; page < 70; page++)
		ASSERT_EQ(0, write_page(&self->r, page));
	memset(self->got, 0, sizeof(self->got));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0,
					IOVA + 62 * PAGE, 4 * PAGE, PAGE,
					self->got));
	EXPECT_EQ(0xf, self->got[0]);
	/* The others are still there. */
	for (unsigned int page = 60; page < 70; page++)
		if (page < 62 || page > 65)
			set(self->want, page);
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
}

TEST_F(dirty, bits_for_larger_pages)
{
	uint64_t bit = 0;

	ASSERT_EQ(0, write_page(&self->r, 17));
	ASSERT_EQ(0, write_page(&self->r, 300));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, NO_CLEAR,
					IOVA, LEN, 16 * PAGE, &bit));
	EXPECT_EQ(1ull << 1 | 1ull << 18, bit);
	bit = 0;
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0, IOVA, LEN,
					LEN, &bit));
	EXPECT_EQ(1, bit);
}

TEST_F(dirty, bits_for_smaller_pages)
{
	uint64_t bits[2] = { 0 };

	/* Hardware knows pages only: all their parts are reported. */
	ASSERT_EQ(0, write_page(&self->r, 1));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0, IOVA,
					4 * PAGE, PAGE / 4, bits));
	EXPECT_EQ(0xf0, bits[0]);
	EXPECT_EQ(0, bits[1]);
}

TEST_F(dirty, off_and_on)
{
	ASSERT_EQ(0, write_page(&self->r, 9));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, false));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, false));
	ASSERT_EQ(0, write_page(&self->r, 10));
	/* A start begins clean. */
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
	ASSERT_EQ(0, write_page(&self->r, 11));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, write_page(&self->r, 12));
	set(self->want, 12);
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
}

/* A device that is attached while tracking is on is tracked too. */
TEST_F(dirty, device_attached_later)
{
	uint32_t pt_id = self->hwpt;

	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &pt_id));
	ASSERT_EQ(0, write_page(&self->r, 77));
	set(self->want, 77);
	ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
	EXPECT_SAME();
}

/* So is memory that is mapped while tracking is on. */
TEST_F(dirty, memory_mapped_later)
{
	uint64_t bit = 0;

	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA + LEN, RW));
	ASSERT_EQ(0, dma_write(&self->r, IOVA + LEN, "w", 1, NULL));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0,
					IOVA + LEN, PAGE, PAGE, &bit));
	EXPECT_EQ(1, bit);
}

/*
 * While the device writes without a pause, every page it wrote is reported at
 * least once, and the last read after its stop leaves nothing out.
 */
TEST_F(dirty, nothing_lost_under_load)
{
	struct iommufdx_channel_status status;
	uint64_t seen[WORDS] = { 0 };
	__u64 state, src, dst;
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_AUTO,
		.ctrl = IOMMUFDX_MOCK_CTRL_STAMP,
		.dst = IOVA,
		.dst_size = LEN,
		.len = PAGE,
		.seed = 99,
	};
	char *copy = mem_get(LEN);

	ASSERT_NE(NULL, copy);
	memcpy(copy, self->mem, LEN);
	ASSERT_EQ(0, iommufdx_channel_start(self->r.dev, 0, &job));
	for (int round = 0; round < 100; round++) {
		/* The engine is a thread like any other: let it have its turn. */
		do {
			ASSERT_EQ(0, iommufdx_channel_status(self->r.dev, 0,
							     &status));
		} while (status.done <= (uint64_t)round && !usleep(100));
		if (round == 99)
			ASSERT_EQ(0, iommufdx_channel_command(self->r.dev, 0,
						IOMMUFDX_MOCK_CMD_STOP));
		ASSERT_EQ(0, get(&self->r, self->hwpt, 0, self->got));
		for (unsigned int page = 0; page < PAGES; page++)
			if (self->got[page / 64] >> page % 64 & 1)
				memcpy(copy + page * PAGE,
				       self->mem + page * PAGE, PAGE);
		for (int w = 0; w < WORDS; w++)
			seen[w] |= self->got[w];
	}
	ASSERT_EQ(0, iommufdx_channel_status(self->r.dev, 0, &status));
	EXPECT_LT(0, status.done);
	EXPECT_EQ(0, status.faults);
	state = job.seed;
	for (uint64_t i = 0; i < status.done; i++) {
		iommufdx_mock_auto_next(&state, 0, LEN, PAGE, &src, &dst);
		set(self->want, dst / PAGE);
	}
	memcpy(self->got, seen, sizeof(seen));
	EXPECT_SAME();
	EXPECT_EQ(0, memcmp(copy, self->mem, LEN));
	mem_put(copy, LEN);
}

TEST_HARNESS_MAIN
