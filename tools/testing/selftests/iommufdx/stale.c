// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stale translations: none, ever; and when an invalidation is left out on
 * purpose (by the model's command decoder, not by the driver), it is seen.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define SLOTS	64
#define LEN	(SLOTS * PAGE)

FIXTURE(stale) {
	struct rig r;
	char *mem;
};

FIXTURE_SETUP(stale)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	ASSERT_EQ(0, rig_attach(&self->r));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(stale)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int ignore(struct rig *r, uint64_t ops)
{
	return iommufdx_mock_knob(r->mock, r->mock_iommu,
				  IOMMUFDX_MOCK_KNOB_IGNORE_OP, ops);
}

static uint64_t check(struct rig *r)
{
	uint64_t stale = ~0ull;

	iommufdx_mock_check(r->mock, r->mock_iommu, &stale);
	return stale;
}

TEST_F(stale, an_ignored_page_invalidation_is_seen)
{
	uint64_t start = milliseconds();
	char byte;

	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, dma_read(&self->r, IOVA, &byte, 1, NULL));
	EXPECT_EQ(0, check(&self->r));
	ASSERT_EQ(0, ignore(&self->r, rig_vendor()->drops_pages));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, PAGE));
	ASSERT_EQ(0, ignore(&self->r, 0));
	EXPECT_EQ(1, check(&self->r));
	/*
	 * The device does get through, which is what the check is about. A hit counts
	 * when the machine has its last command behind it, which may be a moment
	 * after the driver knows.
	 */
	do {
		ASSERT_EQ(0, dma_read(&self->r, IOVA, &byte, 1, NULL));
	} while (stale_seen(&self->r) < 2 && milliseconds() - start < PATIENCE_MS);
	EXPECT_LE(2, stale_seen(&self->r));
	/* A proper invalidation of the place repairs it. */
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, PAGE));
	EXPECT_EQ(0, check(&self->r));
	EXPECT_EQ(-EFAULT, dma_read(&self->r, IOVA, &byte, 1, NULL));
}

TEST_F(stale, an_ignored_device_invalidation_is_seen)
{
	char byte;

	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, dma_read(&self->r, IOVA, &byte, 1, NULL));
	ASSERT_EQ(0, ignore(&self->r, rig_vendor()->drops_entries));
	ASSERT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, ignore(&self->r, 0));
	EXPECT_LE(1, check(&self->r));
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, rig_detach(&self->r));
	EXPECT_EQ(0, check(&self->r));
}

/* Without the flush, a page that was reported clean is written unnoticed. */
TEST_F(stale, an_ignored_invalidation_loses_dirty_bits)
{
	uint64_t bit = 0;
	uint32_t hwpt;

	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, rig_attach_dirty(&self->r, &hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "1", 1, NULL));
	ASSERT_EQ(0, ignore(&self->r, rig_vendor()->drops_pages));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, hwpt, 0, IOVA, PAGE,
					PAGE, &bit));
	EXPECT_EQ(1, bit);
	ASSERT_EQ(0, ignore(&self->r, 0));
	bit = 0;
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "2", 1, NULL));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, hwpt, 0, IOVA, PAGE,
					PAGE, &bit));
	EXPECT_EQ(0, bit);
	EXPECT_EQ('2', self->mem[0]);
}

/*
 * Thousands of maps, unmaps and transactions, against a list of what is mapped:
 * all DMA succeeds exactly where something is mapped, and hits what is mapped.
 */
TEST_F(stale, none_after_thousands_of_changes)
{
	uint64_t seed = rnd_seed(), state = seed;
	uint32_t len[SLOTS] = { 0 }, where[SLOTS];
	uint64_t value, got;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	for (int i = 0; i < 6000; i++) {
		uint32_t slot = rnd(&state) % SLOTS;
		/* 16 pages of IOVA each, so that no two meet. */
		uint64_t iova = IOVA + slot * 16 * PAGE;

		switch (rnd(&state) % 4) {
		case 0:
			if (len[slot])
				break;
			where[slot] = rnd(&state) % SLOTS;
			len[slot] = 1 + rnd(&state) % 16;
			if (len[slot] > SLOTS - where[slot])
				len[slot] = SLOTS - where[slot];
			ASSERT_EQ(0, map_at(&self->r,
					    self->mem + where[slot] * PAGE,
					    len[slot] * PAGE, iova, RW));
			break;
		case 1:
			ASSERT_EQ(len[slot] ? 0 : -ENOENT,
				  unmap_at(&self->r, iova, 16 * PAGE));
			len[slot] = 0;
			break;
		default:
			value = rnd(&state);
			iova += rnd(&state) % 16 * PAGE;
			got = (iova - IOVA) / PAGE % 16;
			if (got >= len[slot]) {
				ASSERT_EQ(-EFAULT, dma_write(&self->r, iova,
							     &value, 8, NULL));
				break;
			}
			ASSERT_EQ(0, dma_write(&self->r, iova, &value, 8,
					       NULL));
			memcpy(&got, self->mem + (where[slot] + got) * PAGE, 8);
			ASSERT_EQ(value, got);
		}
		if (i % 500 == 0)
			ASSERT_EQ(0, check(&self->r));
	}
	EXPECT_EQ(0, check(&self->r));
	EXPECT_EQ(0, stale_seen(&self->r));
}

/*
 * Channels hammer on memory that comes and goes. Once an unmap has returned, the
 * page is the program's own again: what it writes there stays.
 */
TEST_F(stale, none_while_dma_runs)
{
	struct iommufdx_mock_iommu_stats stats;
	uint64_t seed = rnd_seed(), state = seed;
	bool mapped[SLOTS] = { false };
	char mine[PAGE];
	struct rig *r = &self->r;

	rig_break(r);
	ASSERT_EQ(0, rig_make(r, &rig_for_storms));
	ASSERT_EQ(0, rig_attach(r));
	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	memset(mine, 'm', PAGE);
	memset(self->mem, 'm', LEN);
	for (int c = 0; c < 3; c++) {
		ASSERT_EQ(0, dma_storm(r, c, IOVA, LEN,
				       IOMMUFDX_MOCK_CTRL_SKIP_FAULTS));
	}
	for (int i = 0; i < 3000; i++) {
		uint32_t slot = rnd(&state) % SLOTS;
		uint64_t iova = IOVA + slot * PAGE;
		char *page = self->mem + slot * PAGE;

		if (mapped[slot]) {
			ASSERT_EQ(0, unmap_at(r, iova, PAGE));
			memset(page, 'm', PAGE);
		} else {
			ASSERT_EQ(0, memcmp(page, mine, PAGE));
			ASSERT_EQ(0, map_at(r, page, PAGE, iova, RW));
		}
		mapped[slot] = !mapped[slot];
	}
	for (int c = 0; c < 3; c++) {
		ASSERT_EQ(0, iommufdx_channel_command(r->dev, c,
						IOMMUFDX_MOCK_CMD_STOP));
	}
	EXPECT_EQ(0, check(r));
	ASSERT_EQ(0, iommufdx_mock_stats(r->mock, r->mock_iommu, &stats));
	EXPECT_EQ(0, stats.out_stale);
	EXPECT_LT(0, stats.out_faults);
	EXPECT_LT(stats.out_faults, stats.out_dma);
	EXPECT_EQ(0, stats.out_illegal);
}

TEST_HARNESS_MAIN
