// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_OPTION.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <sys/ioctl.h>

#define IOVA	0x40000000ull

FIXTURE(option) {
	struct rig r;
	struct iommufdx *fresh;
	char *mem;
};

FIXTURE_SETUP(option)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	ASSERT_EQ(0, iommufdx_open(NULL, &self->fresh));
	self->mem = mem_get(4 * MB);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(option)
{
	iommufdx_close(self->fresh);
	rig_break(&self->r);
	mem_put(self->mem, 4 * MB);
}

TEST_F(option, whom_to_charge)
{
	uint64_t value = 7;

	ASSERT_EQ(0, iommufdx_option_get(self->fresh, IOMMU_OPTION_RLIMIT_MODE,
					 0, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(-EINVAL, iommufdx_option_set(self->fresh,
					       IOMMU_OPTION_RLIMIT_MODE, 0, 2));
	EXPECT_EQ(0, iommufdx_option_set(self->fresh, IOMMU_OPTION_RLIMIT_MODE,
					 0, 1));
	ASSERT_EQ(0, iommufdx_option_get(self->fresh, IOMMU_OPTION_RLIMIT_MODE,
					 0, &value));
	EXPECT_EQ(1, value);
	EXPECT_EQ(0, iommufdx_option_set(self->fresh, IOMMU_OPTION_RLIMIT_MODE,
					 0, 0));
}

TEST_F(option, whom_to_charge_needs_an_empty_iommufd)
{
	uint64_t value = 7;

	EXPECT_EQ(-EBUSY, iommufdx_option_set(self->r.iommu,
					      IOMMU_OPTION_RLIMIT_MODE, 0, 1));
	ASSERT_EQ(0, iommufdx_option_get(self->r.iommu,
					 IOMMU_OPTION_RLIMIT_MODE, 0, &value));
	EXPECT_EQ(0, value);
}

TEST_F(option, whom_to_charge_needs_privilege)
{
	uint64_t value = 7;

	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(-EPERM, iommufdx_option_set(self->fresh,
					      IOMMU_OPTION_RLIMIT_MODE, 0, 1));
	EXPECT_EQ(0, iommufdx_option_get(self->fresh, IOMMU_OPTION_RLIMIT_MODE,
					 0, &value));
	EXPECT_EQ(0, value);
}

TEST_F(option, whom_to_charge_belongs_to_no_object)
{
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_option_set(self->r.iommu,
						   IOMMU_OPTION_RLIMIT_MODE,
						   self->r.ioas, 0));
}

TEST_F(option, unknown_operation)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = IOMMU_OPTION_RLIMIT_MODE,
		.op = 2,
	};

	EXPECT_EQ(-1, ioctl(iommufdx_fd(self->fresh), IOMMU_OPTION, &cmd));
	EXPECT_EQ(EOPNOTSUPP, errno);
	cmd.option_id = IOMMU_OPTION_HUGE_PAGES;
	cmd.object_id = self->r.ioas;
	EXPECT_EQ(-1, ioctl(iommufdx_fd(self->r.iommu), IOMMU_OPTION, &cmd));
	EXPECT_EQ(EOPNOTSUPP, errno);
}

static int huge(struct rig *r, uint64_t value)
{
	return iommufdx_option_set(r->iommu, IOMMU_OPTION_HUGE_PAGES, r->ioas,
				   value);
}

TEST_F(option, huge_pages)
{
	uint64_t value = 7;

	ASSERT_EQ(0, iommufdx_option_get(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, &value));
	EXPECT_EQ(1, value);
	EXPECT_EQ(-EINVAL, huge(&self->r, 2));
	EXPECT_EQ(0, huge(&self->r, 0));
	ASSERT_EQ(0, iommufdx_option_get(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, huge(&self->r, 1));
}

TEST_F(option, small_pages_make_the_alignment_that_of_the_cpu)
{
	uint64_t alignment;
	uint32_t num = 0;

	ASSERT_EQ(0, huge(&self->r, 0));
	EXPECT_EQ(-EMSGSIZE, iommufdx_ioas_ranges(self->r.iommu, self->r.ioas,
						  NULL, &num, &alignment));
	EXPECT_EQ(PAGE, alignment);
}

TEST_F(option, huge_pages_while_mapped)
{
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	EXPECT_EQ(-EINVAL, huge(&self->r, 0));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, PAGE));
	EXPECT_EQ(0, huge(&self->r, 0));
	/* Back on is possible at any time. */
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	EXPECT_EQ(0, huge(&self->r, 1));
}

/* What the option is for: one write dirties one page, not the whole leaf. */
TEST_F(option, small_pages_keep_dirty_tracking_exact)
{
	char *aligned = (char *)(((uintptr_t)self->mem + 2 * MB - 1) &
				 ~(2 * MB - 1));
	uint64_t bitmap[8] = { 0 }, pages = 0;
	uint32_t hwpt;

	madvise(aligned, 2 * MB, MADV_HUGEPAGE);
	memset(aligned, 1, 2 * MB);
	ASSERT_EQ(0, huge(&self->r, 0));
	ASSERT_EQ(0, map_at(&self->r, aligned, 2 * MB, IOVA, RW));
	ASSERT_EQ(0, rig_attach_dirty(&self->r, &hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 100 * PAGE, "x", 1, NULL));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, hwpt, 0, IOVA, 2 * MB,
					PAGE, bitmap));
	for (int i = 0; i < 8; i++)
		pages += __builtin_popcountll(bitmap[i]);
	EXPECT_EQ(1, pages);
	EXPECT_EQ(1ull << 100 % 64, bitmap[100 / 64]);
}

TEST_HARNESS_MAIN
