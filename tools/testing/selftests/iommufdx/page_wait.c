// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests that are not answered, or not read, or not even complete: nobody
 * else waits for that, and it has an end. And devices that are silent for a time.
 */
#include "kselftest_harness.h"
#include "requester.h"

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

TEST_HARNESS_MAIN
