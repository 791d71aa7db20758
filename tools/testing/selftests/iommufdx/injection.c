// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that makes mistakes, by the knobs of the control device: an error
 * reaches the caller, what was to be waited for is waited for, and afterwards all
 * works again. Memory whose invalidation is refused again and again is never
 * handed back, so what concerns that is left to the unit tests.
 */
#include "kselftest_harness.h"
#include "requester.h"

#include <pthread.h>

FIXTURE(injection) {
	struct rig r;
	char *mem;
};

FIXTURE_SETUP(injection)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(PAGE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
}

FIXTURE_TEARDOWN(injection)
{
	rig_break(&self->r);
	mem_put(self->mem, PAGE);
}

static int knob(struct rig *r, uint32_t knob, uint64_t value)
{
	return iommufdx_mock_knob(r->mock, r->mock_iommu, knob, value);
}

/* Nothing is cached that memory does not say. */
static bool is_clean(struct rig *r)
{
	uint64_t stale = ~0ull;

	return !iommufdx_mock_check(r->mock, r->mock_iommu, &stale) && !stale &&
	       !stale_seen(r);
}

TEST_F(injection, refused_attach)
{
	struct iommufdx_mock_iommu_stats stats;
	struct rig *r = &self->r;

	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 1));
	EXPECT_EQ(-EIO, rig_attach(r));
	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 0));
	EXPECT_EQ(-EFAULT, dma_probe(r, IOVA));
	ASSERT_EQ(0, iommufdx_mock_stats(r->mock, r->mock_iommu, &stats));
	EXPECT_LE(1, stats.out_illegal);
	/* The queue goes on. */
	ASSERT_EQ(0, rig_attach(r));
	EXPECT_EQ(0, dma_probe(r, IOVA));
	ASSERT_EQ(0, unmap_at(r, IOVA, PAGE));
	EXPECT_EQ(-EFAULT, dma_probe(r, IOVA));
	EXPECT_TRUE(is_clean(r));
}

/* An invalidation that is refused once is asked for again. */
TEST_F(injection, refused_unmap_is_repeated)
{
	struct iommufdx_mock_iommu_stats stats;
	struct rig *r = &self->r;

	ASSERT_EQ(0, rig_attach(r));
	for (uint64_t nth = 1; nth <= 3; nth++) {
		EXPECT_EQ(0, dma_probe(r, IOVA));
		ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, nth));
		EXPECT_EQ(0, unmap_at(r, IOVA, PAGE));
		ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 0));
		EXPECT_EQ(-EFAULT, dma_probe(r, IOVA));
		EXPECT_TRUE(is_clean(r));
		ASSERT_EQ(0, map_at(r, self->mem, PAGE, IOVA, RW));
	}
	EXPECT_EQ(0, dma_probe(r, IOVA));
	ASSERT_EQ(0, iommufdx_mock_stats(r->mock, r->mock_iommu, &stats));
	EXPECT_LE(1, stats.out_illegal);
}

/* Detaching cannot fail: what hardware refuses it is asked again. */
TEST_F(injection, refused_detach_is_repeated)
{
	struct rig *r = &self->r;
	uint32_t hwpt;

	/* One that stays: without a domain all is forgotten anyway. */
	ASSERT_EQ(0, rig_attach_dirty(r, &hwpt));
	for (uint64_t nth = 1; nth <= 6; nth++) {
		ASSERT_EQ(0, iommufdx_device_attach(r->dev, &hwpt));
		EXPECT_EQ(0, dma_probe(r, IOVA));
		ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, nth));
		EXPECT_EQ(0, iommufdx_device_detach(r->dev));
		ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 0));
		EXPECT_EQ(-EFAULT, dma_probe(r, IOVA));
		EXPECT_TRUE(is_clean(r));
	}
}

TEST_F(injection, slow_commands_are_waited_for)
{
	struct rig *r = &self->r;
	uint64_t start;

	ASSERT_EQ(0, rig_attach(r));
	EXPECT_EQ(0, dma_probe(r, IOVA));
	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_SLOW_COMMANDS, 50000));
	start = milliseconds();
	ASSERT_EQ(0, unmap_at(r, IOVA, PAGE));
	EXPECT_LE(50, milliseconds() - start);
	EXPECT_EQ(-EFAULT, dma_probe(r, IOVA));
	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_SLOW_COMMANDS, 0));
	EXPECT_TRUE(is_clean(r));
}

static void *unmap_it(void *arg)
{
	return (void *)(long)unmap_at(arg, IOVA, PAGE);
}

/* Wait until there are commands in the queue, or none; returns how many. */
static uint64_t queue_holds(struct rig *r, bool some)
{
	struct iommufdx_mock_iommu_stats stats;

	for (int ms = 0;; ms += 5) {
		if (iommufdx_mock_stats(r->mock, r->mock_iommu, &stats))
			return ~0ull;
		if (!!stats.out_queue_depth == some || ms >= PATIENCE_MS)
			return stats.out_queue_depth;
		usleep(5000);
	}
}

/* Commands stay in the queue, and whoever gave them waits. */
TEST_F(injection, stuck_queue_is_waited_for)
{
	struct iommufdx_mock_iommu_stats stats;
	struct rig *r = &self->r;
	pthread_t thread;
	void *rc;

	ASSERT_EQ(0, rig_attach(r));
	EXPECT_EQ(0, dma_probe(r, IOVA));
	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_STALL, 1));
	ASSERT_EQ(0, pthread_create(&thread, NULL, unmap_it, r));
	EXPECT_LT(0, queue_holds(r, true));
	ASSERT_EQ(0, iommufdx_mock_stats(r->mock, r->mock_iommu, &stats));
	EXPECT_LT(0, stats.out_tlb_entries);
	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_STALL, 0));
	pthread_join(thread, &rc);
	EXPECT_EQ(0, (long)rc);
	EXPECT_EQ(-EFAULT, dma_probe(r, IOVA));
	/* Hardware moves its pointer after the command has completed. */
	EXPECT_EQ(0, queue_holds(r, false));
	EXPECT_TRUE(is_clean(r));
}

/* The device that asked for a page has its answer all the same. */
TEST_F(injection, refused_answer_is_repeated)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester q;
	int rc = requester_make_attached(&q);

	if (rc == 1)
		SKIP(return, "no page requests behind this IOMMU");
	ASSERT_EQ(0, rc);
	ASSERT_EQ(0, ask(&q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(&q, &f, 1));
	ASSERT_EQ(0, knob(&q.r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 1));
	EXPECT_EQ(0, answer(&q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	ASSERT_EQ(0, knob(&q.r, IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 0));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(&q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
	requester_break(&q);
}

TEST_F(injection, lost_events)
{
	struct iommufdx_mock_iommu_stats stats;
	struct rig *r = &self->r;
	int64_t before;

	ASSERT_EQ(0, rig_attach(r));
	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_EVENT_OVERFLOW, 1));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(-EFAULT, dma_probe(r, IOVA + MB));
	ASSERT_EQ(0, iommufdx_mock_stats(r->mock, r->mock_iommu, &stats));
	EXPECT_LT(0, stats.out_events_lost);
	ASSERT_EQ(0, knob(r, IOMMUFDX_MOCK_KNOB_EVENT_OVERFLOW, 0));
	/* The log works again, when the backend has seen to it. */
	before = faults_reported(r);
	for (int ms = 0; ms < PATIENCE_MS && faults_reported(r) <= before;
	     ms += 10) {
		EXPECT_EQ(-EFAULT, dma_probe(r, IOVA + MB));
		usleep(10000);
	}
	EXPECT_LT(before, faults_reported(r));
}

TEST_F(injection, unknown_knob)
{
	EXPECT_EQ(-EOPNOTSUPP, knob(&self->r, 7, 0));
	EXPECT_EQ(-EOPNOTSUPP, knob(&self->r, ~0u, 0));
	EXPECT_EQ(-ENOENT, iommufdx_mock_knob(self->r.mock, 12345, 0, 0));
}

TEST_HARNESS_MAIN
