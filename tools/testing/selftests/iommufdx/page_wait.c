// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests that are not answered, or not read, or not even complete: nobody
 * else waits for that, and it has an end. And devices that are silent for a time.
 */
#include "kselftest_harness.h"
#include "park.h"
#include "requester.h"

#include <sys/ioctl.h>

FIXTURE(page_wait) {
	struct requester q;
};

/* By RID attached to a HWPT with the queue. */
FIXTURE_SETUP(page_wait)
{
	int rc = requester_make_attached(&self->q);

	if (rc == 1)
		SKIP(return, "no page requests behind this IOMMU");
	ASSERT_EQ(0, rc);
}

FIXTURE_TEARDOWN(page_wait)
{
	requester_break(&self->q);
}

/* A device may wait for many answers, but not for any number of them. */
TEST_F(page_wait, unanswered_requests_have_an_end)
{
	enum { NUM = 128, GROUPS = 4 };
	static struct iommu_hwpt_pgfault f[NUM];
	struct iommufdx_channel_status status;
	struct requester *q = &self->q;

	for (int g = 0; g < GROUPS; g++) {
		for (int i = 0; i < NUM - 1; i++) {
			ASSERT_EQ(0, ask(q, g, 0, IOVA, g | PAGE_RD, 0));
			ASSERT_EQ(IOMMUFDX_MOCK_STATE_DONE,
				  outcome(q, g, &status));
		}
		ASSERT_EQ(0, ask(q, g, 0, IOVA, g | PAGE_RD | LAST, 0));
		ASSERT_EQ(NUM, requests(q, f, NUM));
	}
	ASSERT_EQ(0, ask(q, GROUPS, 0, IOVA, GROUPS | PAGE_RD | LAST, 0));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, GROUPS, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
	EXPECT_TRUE(queue_is_empty(q));
	/* An answer makes room. */
	ASSERT_EQ(0, answer(q, f[0].cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	ASSERT_EQ(0, ask(q, GROUPS, 0, IOVA, GROUPS | PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, f, NUM));
	ASSERT_EQ(0, answer(q, f[0].cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, GROUPS, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_SUCCESS, status.result);
}

/* Whoever could read and answer has gone, and the HWPT stays. */
TEST_F(page_wait, nobody_waits_for_a_queue_that_was_closed)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;
	int copy;

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, ask(q, 1, 0, IOVA, 1 | PAGE_RD | LAST, 0));
	ASSERT_TRUE(queue_fills(q));
	/* Not yet: there is another descriptor. */
	copy = dup(q->fault_fd);
	ASSERT_LE(0, copy);
	ASSERT_EQ(0, close(copy));
	EXPECT_TRUE(queue_fills(q));
	ASSERT_EQ(0, close(q->fault_fd));
	q->fault_fd = -1;
	ASSERT_EQ(0, ask(q, 2, 0, IOVA, 2 | PAGE_RD | LAST, 0));
	for (int c = 0; c < 3; c++) {
		EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, c, &status));
		EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
	}
	EXPECT_EQ(-EBUSY, iommufdx_destroy(q->r.iommu, q->fault_id));
	EXPECT_EQ(0, iommufdx_device_detach(q->r.dev));
	EXPECT_EQ(0, iommufdx_destroy(q->r.iommu, q->hwpt));
	EXPECT_EQ(0, iommufdx_destroy(q->r.iommu, q->fault_id));
}

/* Part of a group, from a device that begins anew, and the group after it. */
TEST_F(page_wait, half_a_group_is_forgotten)
{
	struct iommufdx_channel_status status;
	struct iommu_hwpt_pgfault f[4];
	struct requester *q = &self->q;
	uint32_t pt_id = q->hwpt;

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, ask(q, 0, 0, IOVA, 3 | PAGE_RD, 0));
		EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
		if (i) {
			ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
			ASSERT_EQ(0, iommufdx_device_attach(q->r.dev, &pt_id));
		} else {
			ASSERT_EQ(0, iommufdx_device_reset(q->r.dev));
		}
		ASSERT_EQ(0, ask(q, 0, 0, IOVA + PAGE, 3 | PAGE_RD | LAST, 0));
		ASSERT_EQ(1, requests(q, f, 4));
		EXPECT_EQ(IOVA + PAGE, f[0].addr);
		ASSERT_EQ(0, answer(q, f[0].cookie,
				    IOMMUFD_PAGE_RESP_SUCCESS));
		EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	}
}

TEST_F(page_wait, read_that_fails_loses_nothing)
{
	struct iommu_hwpt_pgfault f;
	struct requester *q = &self->q;
	void *nowhere = mmap(NULL, PAGE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_TRUE(queue_fills(q));
	EXPECT_EQ(-1, read(q->fault_fd, nowhere, sizeof(f)));
	EXPECT_EQ(EFAULT, errno);
	munmap(nowhere, PAGE);
	ASSERT_EQ(1, requests(q, &f, 1));
	EXPECT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
}

static void *read_parked(void *arg)
{
	struct parked *p = arg;

	p->rc = read(p->fd, p->park.mem, sizeof(struct iommu_hwpt_pgfault));
	return NULL;
}

static void *write_parked(void *arg)
{
	struct parked *p = arg;

	p->rc = write(p->fd, p->park.mem,
		      sizeof(struct iommu_hwpt_page_response));
	return NULL;
}

/* What a reader of the queue waits for is his own affair. */
TEST_F(page_wait, detached_while_it_is_read)
{
	struct parked p = { .fd = self->q.fault_fd };
	struct iommufdx_channel_status status;
	const struct iommu_hwpt_pgfault *f;
	struct requester *q = &self->q;
	int rc = park_make(&p.park);

	if (rc == -EOPNOTSUPP)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, rc);
	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_TRUE(queue_fills(q));
	ASSERT_EQ(0, pthread_create(&p.thread, NULL, read_parked, &p));
	EXPECT_TRUE(park_is_taken(&p.park));
	ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
	parked_end(&p);
	f = p.park.mem;
	EXPECT_EQ(sizeof(*f), p.rc);
	EXPECT_EQ(q->r.dev_id, f->dev_id);
	EXPECT_EQ(-EINVAL, answer(q, f->cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	park_put(&p.park);
}

TEST_F(page_wait, detached_while_an_answer_is_written)
{
	struct parked p = { .fd = self->q.fault_fd };
	struct iommufdx_channel_status status;
	struct requester *q = &self->q;
	struct iommu_hwpt_pgfault f;
	int rc = park_make(&p.park);

	if (rc == -EOPNOTSUPP)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, rc);
	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	ASSERT_EQ(0, pthread_create(&p.thread, NULL, write_parked, &p));
	EXPECT_TRUE(park_is_taken(&p.park));
	ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_PAGE_INVALID, status.result);
	parked_end(&p);
	EXPECT_EQ(-1, p.rc);
	park_put(&p.park);
}

/* Page requests do not wait for who learns the name of a vDEVICE. */
TEST_F(page_wait, delivered_while_a_vdevice_is_made)
{
	struct iommu_hwpt_alloc parent = {
		.size = sizeof(parent),
		.flags = IOMMU_HWPT_ALLOC_NEST_PARENT,
	};
	struct iommu_viommu_alloc viommu = {
		.size = sizeof(viommu),
		.type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
	};
	struct iommu_vdevice_alloc vdevice = {
		.size = sizeof(vdevice),
		.virt_id = 1,
	};
	struct parked p = { .request = IOMMU_VDEVICE_ALLOC };
	struct requester *q = &self->q;
	struct iommu_hwpt_pgfault f;
	int rc;

	if (rig_vendor()->kind != IOMMUFDX_MOCK_KIND_SMMUV3)
		SKIP(return, "what is common is tested on one vendor's");
	p.fd = iommufdx_fd(q->r.iommu);
	parent.dev_id = viommu.dev_id = vdevice.dev_id = q->r.dev_id;
	parent.pt_id = q->r.ioas;
	ASSERT_EQ(0, ioctl(p.fd, IOMMU_HWPT_ALLOC, &parent));
	viommu.hwpt_id = parent.out_hwpt_id;
	ASSERT_EQ(0, ioctl(p.fd, IOMMU_VIOMMU_ALLOC, &viommu));
	vdevice.viommu_id = viommu.out_viommu_id;

	rc = park_make_readable(&p.park, &vdevice, sizeof(vdevice));
	if (rc == -EOPNOTSUPP)
		SKIP(return, "no userfaultfd with write protection");
	ASSERT_EQ(0, rc);
	p.cmd = p.park.mem;
	ASSERT_EQ(0, pthread_create(&p.thread, NULL, parked_ioctl, &p));
	EXPECT_TRUE(park_is_taken(&p.park));
	ASSERT_EQ(0, ask(q, 0, 0, IOVA, PAGE_RD | LAST, 0));
	ASSERT_EQ(1, requests(q, &f, 1));
	EXPECT_EQ(0, answer(q, f.cookie, IOMMUFD_PAGE_RESP_SUCCESS));
	parked_end(&p);
	EXPECT_EQ(0, p.rc);
	memcpy(&vdevice, p.park.mem, sizeof(vdevice));
	EXPECT_EQ(0, iommufdx_destroy(q->r.iommu, vdevice.out_vdevice_id));
	park_put(&p.park);
}

/* A device that was silent when it was detached, and answers again. */
TEST_F(page_wait, translates_again_after_it_was_silent)
{
	const struct iommufdx_channel_job translate = {
		.cmd = IOMMUFDX_MOCK_CMD_TRANSLATE,
		.src = IOVA,
		.page = PAGE_RD,
	};
	struct iommufdx_channel_status status;
	struct requester *q = &self->q;
	uint32_t pt_id = q->hwpt;

	if (rig_vendor()->kind != IOMMUFDX_MOCK_KIND_SMMUV3)
		SKIP(return, "other IOMMUs leave its ATS on");
	ASSERT_EQ(0, map_at(&q->r, q->mem, PAGE, IOVA, RO));
	ASSERT_EQ(0, iommufdx_channel_start(q->r.dev, 0, &translate));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	ASSERT_EQ(0, iommufdx_mock_knob(q->r.mock, q->r.mock_iommu,
					IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT,
					IOMMUFDX_MOCK_ATC_SILENT));
	ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
	/* Still silent: it is attached all the same. */
	ASSERT_EQ(0, iommufdx_device_attach(q->r.dev, &pt_id));
	ASSERT_EQ(0, iommufdx_device_detach(q->r.dev));
	ASSERT_EQ(0, iommufdx_mock_knob(q->r.mock, q->r.mock_iommu,
					IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT,
					IOMMUFDX_MOCK_ATC_ANSWERS));
	ASSERT_EQ(0, iommufdx_device_attach(q->r.dev, &pt_id));
	ASSERT_EQ(0, iommufdx_channel_start(q->r.dev, 0, &translate));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, outcome(q, 0, &status));
	EXPECT_NE(0, status.result & IOMMUFDX_MOCK_XLAT_READ);
	EXPECT_EQ(0, stale_seen(&q->r));
}

TEST_HARNESS_MAIN
