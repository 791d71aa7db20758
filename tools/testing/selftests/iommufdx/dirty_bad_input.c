// SPDX-License-Identifier: GPL-2.0-only
/*
 * HWPT_SET_DIRTY_TRACKING and HWPT_GET_DIRTY_BITMAP: what is refused; and what
 * large leaves make of a write.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define LEN	(2 * MB)
#define PAGES	(LEN / PAGE)
#define WORDS	(PAGES / 64)

FIXTURE(input) {
	struct rig r;
	uint32_t hwpt;
	char *mem;
	uint64_t bitmap[WORDS];
};

FIXTURE_SETUP(input)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get_huge(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, rig_attach_dirty(&self->r, &self->hwpt));
}

FIXTURE_TEARDOWN(input)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int get(struct rig *r, uint32_t hwpt, uint64_t iova, uint64_t len,
	       uint64_t page_size, uint64_t *bitmap)
{
	return iommufdx_dirty_get(r->iommu, hwpt, 0, iova, len, page_size,
				  bitmap);
}

#define EXPECT_GET(want, iova, len, page_size) \
	EXPECT_EQ(want, get(&self->r, self->hwpt, iova, len, page_size, \
			    self->bitmap))

TEST_F(input, ranges)
{
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	EXPECT_GET(0, IOVA, LEN, PAGE);
	EXPECT_GET(-EINVAL, IOVA, 0, PAGE);
	EXPECT_GET(-EOVERFLOW, 0ull - PAGE, 2 * PAGE, PAGE);
	EXPECT_GET(-EINVAL, IOVA + 8, PAGE, PAGE);
	EXPECT_GET(-EINVAL, IOVA, PAGE + 8, PAGE);
	/* In whole pages of the size that the bits stand for. */
	EXPECT_GET(-EINVAL, IOVA + PAGE, 2 * PAGE, 2 * PAGE);
	EXPECT_GET(-EINVAL, IOVA, 3 * PAGE, 2 * PAGE);
	EXPECT_GET(-EINVAL, IOVA, LEN, 0);
}

TEST_F(input, page_size_is_a_power_of_two)
{
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	EXPECT_GET(-EINVAL, 0, 6 * PAGE, 3 * PAGE);
}

TEST_F(input, bitmap_is_not_writable)
{
	char *hole = mem_get(PAGE);

	ASSERT_NE(NULL, hole);
	ASSERT_EQ(0, mprotect(hole, PAGE, PROT_READ));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "w", 1, NULL));
	get(&self->r, self->hwpt, IOVA, LEN, PAGE, (uint64_t *)hole);
	/* Whatever it answered: the bit is not lost. */
	ASSERT_EQ(0, get(&self->r, self->hwpt, IOVA, LEN, PAGE, self->bitmap));
	EXPECT_EQ(1, self->bitmap[0] & 1);
	mem_put(hole, PAGE);
}

/* Its end is not there: what its beginning could say is not lost with it. */
TEST_F(input, bitmap_ends_too_early)
{
	const uint64_t far = IOVA + 128 * MB;
	char *mem = mem_get(PAGE), *bits = mem_get(2 * PAGE);

	ASSERT_NE(NULL, mem);
	ASSERT_NE(NULL, bits);
	ASSERT_EQ(0, munmap(bits + PAGE, PAGE));
	ASSERT_EQ(0, map_at(&self->r, mem, PAGE, far, RW));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "w", 1, NULL));
	ASSERT_EQ(0, dma_write(&self->r, far, "w", 1, NULL));
	/* In the middle of a mapping, and between two. */
	EXPECT_EQ(-EFAULT, get(&self->r, self->hwpt, IOVA, LEN, 32,
			       (uint64_t *)bits));
	EXPECT_EQ(-EFAULT, get(&self->r, self->hwpt, IOVA, far + PAGE - IOVA,
			       PAGE, (uint64_t *)bits));
	for (int i = 0; i < PAGE; i++)
		ASSERT_EQ(0, bits[i]);
	EXPECT_GET(0, IOVA, LEN, PAGE);
	EXPECT_EQ(1, self->bitmap[0] & 1);
	self->bitmap[0] = 0;
	EXPECT_GET(0, far, PAGE, PAGE);
	EXPECT_EQ(1, self->bitmap[0] & 1);
	ASSERT_EQ(0, unmap_at(&self->r, far, PAGE));
	mem_put(mem, PAGE);
	mem_put(bits, PAGE);
}

/* One write makes its whole leaf dirty, as hardware has one bit for it. */
TEST_F(input, large_leaf)
{
	uint64_t dirty = 0;

	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 77 * PAGE, "w", 1, NULL));
	EXPECT_GET(0, IOVA, LEN, PAGE);
	for (int w = 0; w < WORDS; w++)
		dirty += __builtin_popcountll(self->bitmap[w]);
	EXPECT_NE(0, self->bitmap[1] & 1ull << 13);
	EXPECT_LE(1, dirty);
	EXPECT_EQ(0, dirty & (dirty - 1));
	memset(self->bitmap, 0, sizeof(self->bitmap));
	EXPECT_GET(0, IOVA, LEN, PAGE);
	for (int w = 0; w < WORDS; w++)
		EXPECT_EQ(0, self->bitmap[w]);
}

/* Reading half of a leaf reports that half. */
TEST_F(input, part_of_a_large_leaf)
{
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 70 * PAGE, "w", 1, NULL));
	EXPECT_GET(0, IOVA + 64 * PAGE, 64 * PAGE, PAGE);
	EXPECT_NE(0, self->bitmap[0] & 1ull << 6);
	for (int w = 1; w < WORDS; w++)
		EXPECT_EQ(0, self->bitmap[w]);
}

TEST_F(input, table_that_does_not_track)
{
	uint32_t plain;

	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas, 0, &plain));
	EXPECT_EQ(-EOPNOTSUPP, iommufdx_dirty_set(self->r.iommu, plain, true));
	EXPECT_EQ(-EOPNOTSUPP, get(&self->r, plain, IOVA, LEN, PAGE,
				   self->bitmap));
}

/* Two tables of one address space track each for itself. */
TEST_F(input, two_tables)
{
	uint32_t other;

	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &other));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, other, true));
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "w", 1, NULL));
	ASSERT_EQ(0, get(&self->r, other, IOVA, LEN, PAGE, self->bitmap));
	EXPECT_EQ(0, self->bitmap[0]);
	ASSERT_EQ(0, get(&self->r, self->hwpt, IOVA, LEN, PAGE, self->bitmap));
	EXPECT_EQ(1, self->bitmap[0] & 1);
}

TEST_HARNESS_MAIN
