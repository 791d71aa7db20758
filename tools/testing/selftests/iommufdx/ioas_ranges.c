// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOAS_IOVA_RANGES and IOAS_ALLOW_IOVAS: which IOVAs can be used, and promises
 * about them.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define ROOM	32

FIXTURE(ranges) {
	struct rig r;
	char *mem;
	struct iommu_iova_range got[ROOM];
	uint32_t num;
	uint64_t alignment;
};

FIXTURE_SETUP(ranges)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(PAGE);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(ranges)
{
	rig_break(&self->r);
	mem_put(self->mem, PAGE);
}

#define GET_RANGES() do {						\
	self->num = ROOM;						\
	ASSERT_EQ(0, iommufdx_ioas_ranges(self->r.iommu, self->r.ioas,	\
					  self->got, &self->num,	\
					  &self->alignment));		\
	ASSERT_LT(0, self->num);					\
} while (0)

static int allow(struct rig *r, uint64_t start, uint64_t last)
{
	const struct iommu_iova_range range = { start, last };

	return iommufdx_ioas_allow(r->iommu, r->ioas, &range, 1);
}

/* A range that the device keeps to itself: after it attached, ranges have ends. */
#define FIND_HOLE(hole) do {						\
	ASSERT_EQ(0, rig_attach(&self->r));				\
	GET_RANGES();							\
	ASSERT_NE(UINT64_MAX, self->got[self->num - 1].last);		\
	(hole).start = self->got[0].last + 1;				\
	(hole).last = (self->num > 1 ? self->got[1].start : 0) - 1;	\
	ASSERT_EQ(0, rig_detach(&self->r));		\
} while (0)

TEST_F(ranges, everything_without_a_device)
{
	GET_RANGES();
	EXPECT_EQ(1, self->num);
	EXPECT_EQ(0, self->got[0].start);
	EXPECT_EQ(UINT64_MAX, self->got[0].last);
	EXPECT_EQ(1, self->alignment);
}

TEST_F(ranges, a_device_takes_some_and_gives_them_back)
{
	ASSERT_EQ(0, rig_attach(&self->r));
	GET_RANGES();
	EXPECT_EQ(PAGE, self->alignment);
	EXPECT_NE(UINT64_MAX, self->got[self->num - 1].last);
	for (uint32_t i = 0; i < self->num; i++) {
		EXPECT_LT(self->got[i].start, self->got[i].last);
		if (i)
			EXPECT_LT(self->got[i - 1].last + 1,
				  self->got[i].start);
	}
	ASSERT_EQ(0, rig_detach(&self->r));
	GET_RANGES();
	EXPECT_EQ(1, self->num);
	EXPECT_EQ(UINT64_MAX, self->got[0].last);
	EXPECT_EQ(1, self->alignment);
}

TEST_F(ranges, not_enough_room)
{
	struct iommu_iova_range some[ROOM];
	uint32_t all, num = 0;

	ASSERT_EQ(0, rig_attach(&self->r));
	GET_RANGES();
	all = self->num;
	EXPECT_EQ(-EMSGSIZE, iommufdx_ioas_ranges(self->r.iommu, self->r.ioas,
						  NULL, &num, NULL));
	EXPECT_EQ(all, num);
	memset(some, 0xee, sizeof(some));
	num = all - 1;
	EXPECT_EQ(-EMSGSIZE, iommufdx_ioas_ranges(self->r.iommu, self->r.ioas,
						  some, &num, NULL));
	EXPECT_EQ(all, num);
	EXPECT_EQ(0, memcmp(some, self->got, (all - 1) * sizeof(some[0])));
	EXPECT_EQ(0xeeeeeeeeeeeeeeeeull, some[all - 1].start);
}

TEST_F(ranges, bad_promises)
{
	const struct iommu_iova_range overlap[] = {
		{ 0, 4 * PAGE - 1 }, { 3 * PAGE, 8 * PAGE - 1 },
	};
	const struct iommu_iova_range beside[] = {
		{ 4 * PAGE, 8 * PAGE - 1 }, { 0, 4 * PAGE - 1 },
	};

	EXPECT_EQ(-EINVAL, allow(&self->r, PAGE, PAGE));
	EXPECT_EQ(-EINVAL, allow(&self->r, 2 * PAGE, PAGE));
	EXPECT_EQ(-EINVAL, iommufdx_ioas_allow(self->r.iommu, self->r.ioas,
					       overlap, 2));
	EXPECT_EQ(0, iommufdx_ioas_allow(self->r.iommu, self->r.ioas, beside,
					 2));
	EXPECT_EQ(-EFAULT, iommufdx_ioas_allow(self->r.iommu, self->r.ioas,
					       NULL, 1));
}

TEST_F(ranges, the_kernel_picks_inside_a_promise)
{
	uint64_t iova = 0;

	ASSERT_EQ(0, allow(&self->r, 64 * MB, 64 * MB + 2 * PAGE - 1));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->r.ioas, RW,
					       self->mem, PAGE, &iova));
		EXPECT_LE(64 * MB, iova);
		EXPECT_GT(64 * MB + 2 * PAGE, iova);
	}
	EXPECT_EQ(-ENOSPC, iommufdx_ioas_map(self->r.iommu, self->r.ioas, RW,
					     self->mem, PAGE, &iova));
	/* A fixed one may be elsewhere; and the promise can be withdrawn. */
	EXPECT_EQ(0, map_at(&self->r, self->mem, PAGE, 1024 * MB, RW));
	ASSERT_EQ(0, iommufdx_ioas_allow(self->r.iommu, self->r.ioas, NULL, 0));
	EXPECT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->r.ioas, RW,
				       self->mem, PAGE, &iova));
}

TEST_F(ranges, a_promise_keeps_a_device_out)
{
	struct iommu_iova_range hole;

	FIND_HOLE(hole);
	ASSERT_EQ(0, allow(&self->r, hole.start, hole.last));
	EXPECT_EQ(-EADDRINUSE, rig_attach(&self->r));
	/* Nothing of the failed attach is left. */
	GET_RANGES();
	EXPECT_EQ(1, self->num);
	ASSERT_EQ(0, iommufdx_ioas_allow(self->r.iommu, self->r.ioas, NULL, 0));
	EXPECT_EQ(0, rig_attach(&self->r));
}

TEST_F(ranges, a_device_forbids_a_promise)
{
	struct iommu_iova_range hole;
	uint64_t iova = 0;

	FIND_HOLE(hole);
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, allow(&self->r, 64 * MB, 65 * MB - 1));
	EXPECT_EQ(-EADDRINUSE, allow(&self->r, hole.start, hole.last));
	/* The former list is still in force. */
	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->r.ioas, RW,
				       self->mem, PAGE, &iova));
	EXPECT_LE(64 * MB, iova);
	EXPECT_GT(65 * MB, iova);
}

TEST_F(ranges, a_mapping_keeps_a_device_out)
{
	struct iommu_iova_range hole;

	FIND_HOLE(hole);
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, hole.start, RW));
	EXPECT_EQ(-EADDRINUSE, rig_attach(&self->r));
	ASSERT_EQ(0, unmap_at(&self->r, hole.start, PAGE));
	EXPECT_EQ(0, rig_attach(&self->r));
}

TEST_HARNESS_MAIN
