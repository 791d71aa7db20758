// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests of devices: from the device to the fault queue, and the answer
 * back, whatever goes away in between.
 *
 * A device asks with PCI page requests or, behind an SMMUv3 and without an ATC, by
 * stalling. Where the vendor's backend has no page requests all is skipped.
 */
#include "kselftest_harness.h"
#include "requester.h"

#define PASID	5

static int fill(struct requester *q, unsigned int channel)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_FILL,
		.dst = IOVA,
		.len = 64,
		.pattern = 0x6161616161616161ull,
	};

	return iommufdx_channel_start(q->r.dev, channel, &job);
}

static bool is_busy(struct requester *q, unsigned int channel)
{
	struct iommufdx_channel_status status;

	return !iommufdx_channel_status(q->r.dev, channel, &status) &&
	       status.state == IOMMUFDX_MOCK_STATE_BUSY;
}

static int64_t reg(struct requester *q, uint32_t offset)
{
	uint64_t value;

	return iommufdx_region_read(q->r.dev, VFIO_PCI_BAR0_REGION_INDEX,
				    offset, &value, sizeof(value)) ? -1 : value;
}

static bool unexpected_become(struct requester *q, int64_t num)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
		if (reg(q, IOMMUFDX_MOCK_REG_UNEXPECTED) == num)
			return true;
		usleep(5000);
	}
	return false;
}

FIXTURE(page_request) {
	struct requester q;
};

/* By RID attached to a HWPT with the queue. */
FIXTURE_SETUP(page_request)
{
	int rc = requester_make_attached(&self->q);

	if (rc == 1)
		SKIP(return, "no page requests behind this IOMMU");
	ASSERT_EQ(0, rc);
}

FIXTURE_TEARDOWN(page_request)
{
	requester_break(&self->q);
}

TEST_F(page_request, features)
{
	EXPECT_EQ(IOMMUFDX_MOCK_FEATURE_ATS | IOMMUFDX_MOCK_FEATURE_PRI,
		  reg(&self->q, IOMMUFDX_MOCK_REG_FEATURES));
	EXPECT_EQ(0, reg(&self->q, IOMMUFDX_MOCK_REG_UNEXPECTED));
}

TEST_F(page_request, one_request)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 2, 0, IOVA + 8, 7 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	EXPECT_EQ(IOMMU_PGFAULT_FLAGS_LAST_PAGE, f.flags);
	EXPECT_EQ(q->r.dev_id, f.dev_id);
	EXPECT_EQ(7, f.grpid);
	EXPECT_EQ(IOMMU_PGFAULT_PERM_READ, f.perm);
	EXPECT_EQ(IOVA, f.addr);
	EXPECT_TRUE(is_busy(q, 2));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 2, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
	EXPECT_EQ(1, status.done);
	/* Each group has one answer. */
	EXPECT_EQ(-EINVAL, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
}

TEST_F(page_request, refused)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | PAGE_WR | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	EXPECT_EQ(IOMMU_PGFAULT_PERM_READ | IOMMU_PGFAULT_PERM_WRITE, f.perm);
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
}

/* Delivered together, when the last one has come, and answered once. */
TEST_F(page_request, a_group_of_three)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f[4];
	struct requester *q = &self->q;

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, ask(q, 1, 0, IOVA + i * PAGE, 3 | PAGE_RD, 0));
		EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 1, &status));
	}
	EXPECT_TRUE(queue_is_empty(q));
	ASSERT_EQ(0, ask(q, 1, 0, IOVA + 2 * PAGE, 3 | PAGE_WR | LAST, 0));
	ASSERT_EQ(3, requests(q, f, 4));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(IOVA + i * PAGE, f[i].addr);
		EXPECT_EQ(3, f[i].grpid);
		EXPECT_EQ(f[0].cookie, f[i].cookie);
		EXPECT_EQ(i == 2 ? IOMMU_PGFAULT_FLAGS_LAST_PAGE : 0,
			  f[i].flags);
	}
	ASSERT_EQ(0, answer(q, f[0].cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 1, &status));
	EXPECT_EQ(0, reg(q, IOMMUFDX_MOCK_REG_UNEXPECTED));
}

/* Answered in the other order, each channel gets its own. */
TEST_F(page_request, two_groups_at_once)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f[2];
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f[0], 1));
	ASSERT_EQ(0, ask(q, 1, 0, IOVA, 2 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f[1], 1));
	ASSERT_EQ(0, answer(q, f[1].cookie, IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 1, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
	EXPECT_TRUE(is_busy(q, 0));
	ASSERT_EQ(0, answer(q, f[0].cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
}

/* What the answer is for: the page is mapped, and the device gets through. */
TEST_F(page_request, mapped_on_demand)
{
	const struct iommufdx_channel_job fill = {
		.cmd = IOMMUFDX_MOCK_CMD_FILL,
		.ctrl = IOMMUFDX_MOCK_CTRL_ATS,
		.dst = IOVA,
		.len = 64,
		.pattern = 0x6161616161616161ull,
	};
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, iommufdx_channel_start(q->r.dev, 0, &fill));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_FAULTED, outcome(q, 0, &status));
	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_WR | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, map_at(&q->r, q->mem, PAGE, f.addr, RW));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	ASSERT_EQ(0, iommufdx_channel_start(q->r.dev, 0, &fill));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ('a', q->mem[63]);
	EXPECT_EQ(0, q->mem[64]);
	/* And the ATC lets go of it. */
	ASSERT_EQ(0, unmap_at(&q->r, IOVA, PAGE));
	ASSERT_EQ(0, iommufdx_channel_start(q->r.dev, 0, &fill));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_FAULTED, outcome(q, 0, &status));
	EXPECT_EQ(0, stale_seen(&q->r));
}

TEST_F(page_request, translation_request)
{
	const struct iommufdx_channel_job translate = {
		.cmd = IOMMUFDX_MOCK_CMD_TRANSLATE,
		.src = IOVA + 5,
		.page = PAGE_RD,
	};
	struct iommufdx_mock_iommu_stats stats;
	struct iommufdx_channel_status status;
	struct requester *q = &self->q;

	ASSERT_EQ(0, map_at(&q->r, q->mem, PAGE, IOVA, RO));
	ASSERT_EQ(0, iommufdx_channel_start(q->r.dev, 0, &translate));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_NE(0, status.result & IOMMUFDX_MOCK_XLAT_READ);
	EXPECT_EQ(0, status.result & IOMMUFDX_MOCK_XLAT_WRITE);
	EXPECT_EQ(12, (status.result & IOMMUFDX_MOCK_XLAT_SHIFT) >> 8);
	ASSERT_EQ(0, iommufdx_mock_stats(q->r.mock, q->r.mock_iommu, &stats));
	EXPECT_EQ(1, stats.out_atc_entries);
	EXPECT_EQ(1, stats.out_atc_misses);
	/* The next one finds it there. */
	ASSERT_EQ(0, iommufdx_channel_start(q->r.dev, 0, &translate));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	ASSERT_EQ(0, iommufdx_mock_stats(q->r.mock, q->r.mock_iommu, &stats));
	EXPECT_EQ(1, stats.out_atc_hits);
	ASSERT_EQ(0, iommufdx_device_reset(q->r.dev));
	ASSERT_EQ(0, iommufdx_mock_stats(q->r.mock, q->r.mock_iommu, &stats));
	EXPECT_EQ(0, stats.out_atc_entries);
}

TEST_F(page_request, time_out)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 9 | PAGE_RD | LAST, 20));
	ASSERT_EQ(1, requests(q, &f, 1));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_FAULTED, outcome(q, 0, &status));
	EXPECT_NE(0, status.fault_code & IOMMUFDX_MOCK_FAULT_TIMEOUT);
	EXPECT_EQ(IOVA, status.fault_iova);
	/* Too late: it disturbs nobody, nor the next request. */
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_TRUE(unexpected_become(q, 1));
	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 9 | PAGE_RD | LAST, 60000));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
}

TEST_F(page_request, paused_meanwhile)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_channel_command(q->r.dev, 0,
					      IOMMUFDX_MOCK_CMD_PAUSE));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	usleep(20000);
	ASSERT_EQ(0, iommufdx_channel_status(q->r.dev, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_PAUSED, status.state);
	ASSERT_EQ(0, iommufdx_channel_command(q->r.dev, 0,
					      IOMMUFDX_MOCK_CMD_RESUME));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(0, reg(q, IOMMUFDX_MOCK_REG_UNEXPECTED));
}

TEST_F(page_request, stopped_and_reset_meanwhile)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_channel_command(q->r.dev, 0,
					      IOMMUFDX_MOCK_CMD_STOP));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_STOPPED, outcome(q, 0, &status));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_TRUE(unexpected_become(q, 1));

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_device_reset(q->r.dev));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_TRUE(unexpected_become(q, 2));
}

/* Detaching answers for the reader, of what was read and of what was not. */
TEST_F(page_request, detached_with_requests_outstanding)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, ask(q, 1, 0, IOVA, 2 | PAGE_RD | LAST, 0));
	/* It is on its way to the queue. */
	ASSERT_TRUE(queue_fills(q));
	ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
	for (int c = 0; c < 2; c++) {
		EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, c, &status));
		EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
	}
	EXPECT_TRUE(queue_is_empty(q));
	EXPECT_EQ(-EINVAL, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(0, reg(q, IOMMUFDX_MOCK_REG_UNEXPECTED));
	/* Nobody takes requests now, and the device is told. */
	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 0));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_NE(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
}

TEST_F(page_request, device_removed_with_requests_outstanding)
{
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, ask(q, 1, 0, IOVA, 2 | PAGE_RD | LAST, 0));
	ASSERT_EQ(0, iommufdx_mock_dev_remove(q->r.mock, q->r.mock_dev));
	EXPECT_TRUE(queue_is_empty(q));
	EXPECT_EQ(-EINVAL, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(0, iommufdx_destroy(q->r.iommu, q->hwpt));
	EXPECT_EQ(0, stale_seen(&q->r));
}

TEST_F(page_request, replaced_with_requests_outstanding)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;
	uint32_t other = q->r.ioas;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_device_attach(q->r.dev, &other));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
	EXPECT_EQ(-EINVAL, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
}

TEST_F(page_request, with_a_pasid)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;
	uint32_t hwpt;
	int rc;

	/* A RID and PASIDs may not go together with every page table. */
	ASSERT_EQ(0, queued_hwpt(q, IOMMUFDX_HWPT_PASID, &hwpt));
	rc = iommufdx_device_attach_pasid(q->r.dev, PASID, &hwpt);
	if (rc == -EINVAL) {
		ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
		rc = iommufdx_device_attach_pasid(q->r.dev, PASID, &hwpt);
	}
	ASSERT_EQ(0, rc);
	ASSERT_EQ(0, ask(q, 0, PASID, IOVA, 4 | PAGE_RD | PAGE_WR | LAST |
			 IOMMUFDX_MOCK_PAGE_PRIV, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	EXPECT_EQ(IOMMU_PGFAULT_FLAGS_PASID_VALID |
		  IOMMU_PGFAULT_FLAGS_LAST_PAGE, f.flags);
	EXPECT_EQ(PASID, f.pasid);
	EXPECT_EQ(4, f.grpid);
	EXPECT_EQ(IOMMU_PGFAULT_PERM_READ | IOMMU_PGFAULT_PERM_WRITE |
		  IOMMU_PGFAULT_PERM_PRIV, f.perm);
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);

	/* Its detaching answers its own requests. */
	ASSERT_EQ(0, ask(q, 0, PASID, IOVA, 4 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_device_detach_pasid(q->r.dev, PASID));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
}

/* The answer to the one is not the answer to the other. */
TEST_F(page_request, rid_and_pasid_with_groups_of_the_same_number)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f[2];
	struct requester *q = &self->q;
	uint32_t hwpt;

	ASSERT_EQ(0, queued_hwpt(q, IOMMUFDX_HWPT_PASID, &hwpt));
	ASSERT_EQ(0, iommufdx_device_attach(q->r.dev, &hwpt));
	ASSERT_EQ(0, iommufdx_device_attach_pasid(q->r.dev, PASID, &hwpt));
	ASSERT_EQ(0, ask(q, 0, PASID, IOVA, 4 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f[0], 1));
	ASSERT_EQ(0, ask(q, 1, 0, IOVA, 4 | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f[1], 1));
	ASSERT_EQ(0, answer(q, f[1].cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 1, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
	EXPECT_TRUE(is_busy(q, 0));
	ASSERT_EQ(0, answer(q, f[0].cookie, IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
}

TEST_F(page_request, queue_of_the_iommu_overflows)
{
	struct iommufdx_mock_iommu_stats stats;
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;
	uint64_t start;

	ASSERT_EQ(0, iommufdx_mock_knob(q->r.mock, q->r.mock_iommu,
					IOMMUFDX_MOCK_KNOB_PAGE_OVERFLOW, 1));
	/* Hardware says: try again. */
	ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 60000));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
	ASSERT_EQ(0, iommufdx_mock_knob(q->r.mock, q->r.mock_iommu,
					IOMMUFDX_MOCK_KNOB_PAGE_OVERFLOW, 0));
	ASSERT_EQ(0, iommufdx_mock_stats(q->r.mock, q->r.mock_iommu, &stats));
	EXPECT_EQ(1, stats.out_page_requests_lost);
	/* The backend has it work again: the device tries until it gets through. */
	start = milliseconds();
	do {
		ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 0));
		/* It has its answer at once, or is on its way to the queue. */
		while (is_busy(q, 0) && queue_is_empty(q))
			;
	} while (!is_busy(q, 0) && milliseconds() - start < PATIENCE_MS);
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
}

/* Of a full queue the answer is there before the request is sent. */
TEST_F(page_request, an_answer_at_once_ends_it_once)
{
	struct iommufdx_channel_status status;
	struct requester *q = &self->q;

	ASSERT_EQ(0, iommufdx_mock_knob(q->r.mock, q->r.mock_iommu,
					IOMMUFDX_MOCK_KNOB_PAGE_OVERFLOW, 1));
	for (int i = 0; i < 50; i++) {
		ASSERT_EQ(0, ask(q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 0));
		ASSERT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
		EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
		usleep(2000);
		ASSERT_EQ(0, iommufdx_channel_status(q->r.dev, 0, &status));
		ASSERT_EQ(1, status.done);
		/* Nor does it disturb what comes next. */
		ASSERT_EQ(0, fill(q, 0));
		ASSERT_EQ(IOMMUFDX_MOCK_STATE_FAULTED, outcome(q, 0, &status));
		EXPECT_EQ(1, status.faults);
	}
}

TEST_F(page_request, what_makes_no_sense)
{
	struct requester *q = &self->q;

	EXPECT_EQ(-EINVAL, ask(q, 0, 0, IOVA, LAST, 0));
	EXPECT_EQ(-EINVAL, ask(q, 0, 0, IOVA, LAST | PAGE_RD |
			       IOMMUFDX_MOCK_PAGE_PRIV, 0));
	EXPECT_EQ(-EINVAL, ask(q, 0, 0, IOVA, LAST | PAGE_RD |
			       IOMMUFDX_MOCK_PAGE_EXEC, 0));
	EXPECT_TRUE(queue_is_empty(q));
}

/* Its requests have an answer all the same. */
TEST(page_requests_without_an_atc)
{
	struct iommufdx_channel_status status;
	struct iommufdx_get_caps caps;
	struct requester q;

	/* Not all features that were asked for. */
	EXPECT_EQ(1, requester_make(&q, IOMMUFDX_MOCK_DEV_PRI));
	ASSERT_EQ(0, iommufdx_caps(q.r.iommu, q.r.dev_id, &caps));
	EXPECT_EQ(0, caps.out_dev_features & IOMMUFDX_DEV_FEATURE_PRI);
	ASSERT_EQ(0, rig_attach(&q.r));
	ASSERT_EQ(0, ask(&q, 0, 0, IOVA, 1 | PAGE_RD | LAST, 60000));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(&q, 0, &status));
	EXPECT_NE(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
	requester_break(&q);
}

/* VT-d has no use for a queue then, as Linux's driver sees it; the others do not mind. */
TEST(queue_for_a_device_that_cannot_ask)
{
	int want = rig_vendor()->kind == IOMMUFDX_MOCK_KIND_VTD ? -ENODEV : 0;
	struct requester q;
	uint32_t pt_id;

	ASSERT_EQ(0, requester_make(&q, 0));
	ASSERT_EQ(0, queued_hwpt(&q, 0, &q.hwpt));
	pt_id = q.hwpt;
	EXPECT_EQ(want, iommufdx_device_attach(q.r.dev, &pt_id));
	if (want) {
		EXPECT_EQ(-EFAULT, dma_probe(&q.r, 0));
		pt_id = q.r.ioas;
		EXPECT_EQ(0, iommufdx_device_attach(q.r.dev, &pt_id));
		pt_id = q.hwpt;
		EXPECT_EQ(want, iommufdx_device_attach(q.r.dev, &pt_id));
	}
	requester_break(&q);
}

/* A device that has neither an ATC nor page requests. */
FIXTURE(stall) {
	struct requester q;
};

FIXTURE_SETUP(stall)
{
	struct requester *q = &self->q;
	uint32_t pt_id;

	if (rig_vendor()->kind != IOMMUFDX_MOCK_KIND_SMMUV3)
		SKIP(return, "nothing stalls behind this IOMMU");
	ASSERT_EQ(0, requester_make(q, 0));
	ASSERT_EQ(0, queued_hwpt(q, 0, &q->hwpt));
	pt_id = q->hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(q->r.dev, &pt_id));
}

FIXTURE_TEARDOWN(stall)
{
	requester_break(&self->q);
}

TEST_F(stall, no_such_commands)
{
	const struct iommufdx_channel_job jobs[] = {
		{ .cmd = IOMMUFDX_MOCK_CMD_TRANSLATE, .page = PAGE_RD },
		{ .cmd = IOMMUFDX_MOCK_CMD_PAGE_REQUEST,
		  .page = PAGE_RD | LAST },
		{ .cmd = IOMMUFDX_MOCK_CMD_FILL, .len = 8,
		  .ctrl = IOMMUFDX_MOCK_CTRL_ATS },
	};

	for (int i = 0; i < 3; i++)
		EXPECT_EQ(-EINVAL, iommufdx_channel_start(self->q.r.dev, 0,
							  &jobs[i]));
}

TEST_F(stall, mapped_on_demand)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, fill(q, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	EXPECT_EQ(IOVA, f.addr);
	EXPECT_EQ(IOMMU_PGFAULT_PERM_WRITE, f.perm);
	EXPECT_TRUE(is_busy(q, 0));
	ASSERT_EQ(0, map_at(&q->r, q->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ('a', q->mem[63]);
}

TEST_F(stall, refused)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, fill(q, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_INVALID));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_FAULTED, outcome(q, 0, &status));
}

/* A stalled channel can be paused, and begins with the same piece again. */
TEST_F(stall, paused_and_stopped)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, fill(q, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_channel_command(q->r.dev, 0,
					      IOMMUFDX_MOCK_CMD_PAUSE));
	ASSERT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	ASSERT_EQ(0, map_at(&q->r, q->mem, PAGE, IOVA, RW));
	EXPECT_EQ(0, q->mem[0]);
	ASSERT_EQ(0, iommufdx_channel_command(q->r.dev, 0,
					      IOMMUFDX_MOCK_CMD_RESUME));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ('a', q->mem[63]);
	EXPECT_EQ(64, status.bytes);

	ASSERT_EQ(0, unmap_at(&q->r, IOVA, PAGE));
	ASSERT_EQ(0, fill(q, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_channel_command(q->r.dev, 0,
					      IOMMUFDX_MOCK_CMD_STOP));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_STOPPED, outcome(q, 0, &status));
}

TEST_F(stall, detached)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	for (int c = 0; c < 4; c++)
		ASSERT_EQ(0, fill(q, c));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
	for (int c = 0; c < 4; c++)
		EXPECT_EQ(IOMMUFDX_MOCK_STATE_FAULTED, outcome(q, c, &status));
}

/* Whoever stalls does not keep the device from going, or its user from dying. */
TEST_F(stall, removed_and_reset)
{
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;

	ASSERT_EQ(0, fill(q, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_device_reset(q->r.dev));
	ASSERT_EQ(0, fill(q, 1));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, iommufdx_mock_dev_remove(q->r.mock, q->r.mock_dev));
	EXPECT_EQ(0, iommufdx_destroy(q->r.iommu, q->hwpt));
}

TEST_F(stall, closed_without_an_answer)
{
	struct requester *q = &self->q;

	for (int c = 0; c < IOMMUFDX_MOCK_CHANNELS; c++)
		ASSERT_EQ(0, fill(q, c));
}

TEST_HARNESS_MAIN
