// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOAS_MAP and IOAS_UNMAP: what is refused and with which errno, and that a
 * refusal leaves nothing behind. Each test runs on an empty address space and
 * on one that fills a page table, because memory is pinned only in the latter.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define PAGES	16
#define LEN	(PAGES * PAGE)

FIXTURE(map) {
	struct rig r;
	char *mem;
	long pinned;
};

FIXTURE_VARIANT(map) {
	bool table;
};

FIXTURE_VARIANT_ADD(map, no_table) { .table = false };
FIXTURE_VARIANT_ADD(map, table) { .table = true };

FIXTURE_SETUP(map)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	if (variant->table)
		ASSERT_EQ(0, rig_attach(&self->r));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	self->pinned = status_kb(getpid(), "VmPin");
}

FIXTURE_TEARDOWN(map)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

/* After a refusal: nothing charged, nothing mapped, and the place still free. */
#define EXPECT_NOTHING_LEFT() do {					\
	EXPECT_EQ(self->pinned, status_kb(getpid(), "VmPin"));		\
	EXPECT_EQ(-ENOENT, unmap_at(&self->r, IOVA, LEN));		\
	EXPECT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));	\
	EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));			\
	EXPECT_EQ(self->pinned, status_kb(getpid(), "VmPin"));		\
} while (0)

TEST_F(map, charged_and_given_back)
{
	long want = self->pinned + (variant->table ? LEN / 1024 : 0);

	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	EXPECT_EQ(want, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, zero_length)
{
	EXPECT_EQ(-EINVAL, map_at(&self->r, self->mem, 0, IOVA, RW));
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, no_access)
{
	EXPECT_EQ(-EINVAL, map_at(&self->r, self->mem, LEN, IOVA, 0));
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, wrapping)
{
	EXPECT_EQ(-EOVERFLOW, map_at(&self->r, self->mem, LEN,
				     0ull - 2 * PAGE, RW));
	EXPECT_EQ(-EOVERFLOW, map_at(&self->r, self->mem, UINT64_MAX, IOVA, RW));
	EXPECT_EQ(-EOVERFLOW, map_at(&self->r, self->mem, 0ull - PAGE, IOVA,
				     RW));
	EXPECT_EQ(-EOVERFLOW, map_at(&self->r, self->mem, LEN, UINT64_MAX, RW));
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, overlapping)
{
	ASSERT_EQ(0, map_at(&self->r, self->mem, 4 * PAGE, IOVA + 4 * PAGE, RW));
	/* Over its head, its tail, inside it, around it. */
	EXPECT_EQ(-EEXIST, map_at(&self->r, self->mem, 5 * PAGE, IOVA, RW));
	EXPECT_EQ(-EEXIST, map_at(&self->r, self->mem, 2 * PAGE,
				  IOVA + 7 * PAGE, RW));
	EXPECT_EQ(-EEXIST, map_at(&self->r, self->mem, PAGE, IOVA + 5 * PAGE,
				  RW));
	EXPECT_EQ(-EEXIST, map_at(&self->r, self->mem, LEN, IOVA, RW));
	/* Beside it, on both sides. */
	EXPECT_EQ(0, map_at(&self->r, self->mem, 4 * PAGE, IOVA, RW));
	EXPECT_EQ(0, map_at(&self->r, self->mem, 4 * PAGE, IOVA + 8 * PAGE, RW));
	EXPECT_EQ(0, unmap_at(&self->r, IOVA, 12 * PAGE));
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, misaligned)
{
	/* Without a table there is no page size yet that could be violated. */
	int want = variant->table ? -EINVAL : 0;

	EXPECT_EQ(want, map_at(&self->r, self->mem, PAGE, IOVA + 8, RW));
	unmap_at(&self->r, IOVA, 2 * PAGE);
	EXPECT_EQ(want, map_at(&self->r, self->mem, PAGE + 8, IOVA, RW));
	unmap_at(&self->r, IOVA, 2 * PAGE);
	EXPECT_EQ(want, map_at(&self->r, self->mem + 8, PAGE, IOVA, RW));
	unmap_at(&self->r, IOVA, 2 * PAGE);
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, memory_is_not_there)
{
	int want = variant->table ? -EFAULT : 0;
	char *hole = mem_get(LEN);

	ASSERT_NE(NULL, hole);
	ASSERT_EQ(0, mprotect(hole + LEN - PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(want, map_at(&self->r, hole, LEN, IOVA, RW));
	if (variant->table)
		EXPECT_NOTHING_LEFT();
	else
		EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	ASSERT_EQ(0, munmap(hole + LEN - PAGE, PAGE));
	EXPECT_EQ(want, map_at(&self->r, hole, LEN, IOVA, RW));
	if (!variant->table)
		EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_NOTHING_LEFT();
	mem_put(hole, LEN - PAGE);
}

TEST_F(map, read_only_memory)
{
	int want = variant->table ? -EFAULT : 0;

	ASSERT_EQ(0, mprotect(self->mem + LEN / 2, LEN / 2, PROT_READ));
	EXPECT_EQ(want, map_at(&self->r, self->mem, LEN, IOVA, RW));
	if (!variant->table)
		EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	/* For reading it is good enough. */
	EXPECT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RO));
	EXPECT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	ASSERT_EQ(0, mprotect(self->mem, LEN, PROT_READ | PROT_WRITE));
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, outside_what_can_be_mapped)
{
	struct iommu_iova_range ranges[16];
	uint32_t num = 16;

	ASSERT_EQ(0, iommufdx_ioas_ranges(self->r.iommu, self->r.ioas, ranges,
					  &num, NULL));
	if (!variant->table) {
		/* No device, no limit. */
		EXPECT_EQ(1, num);
		EXPECT_EQ(UINT64_MAX, ranges[0].last);
		return;
	}
	for (uint32_t i = 0; i < num; i++) {
		uint64_t end = ranges[i].last + 1;

		if (!end)
			continue;
		EXPECT_EQ(-EINVAL, map_at(&self->r, self->mem, LEN, end, RW));
		EXPECT_EQ(-EINVAL, map_at(&self->r, self->mem, LEN,
					  end - LEN / 2, RW));
		EXPECT_EQ(0, map_at(&self->r, self->mem, LEN, end - LEN, RW));
		EXPECT_EQ(0, unmap_at(&self->r, end - LEN, LEN));
	}
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, kernel_picks)
{
	uint64_t first = 0, second = 0;

	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->r.ioas, RW,
				       self->mem, LEN, &first));
	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->r.ioas, RW,
				       self->mem, LEN, &second));
	EXPECT_NE(0, first);
	EXPECT_NE(0, second);
	EXPECT_TRUE(first + LEN <= second || second + LEN <= first);
	EXPECT_EQ(-EOVERFLOW, iommufdx_ioas_map(self->r.iommu, self->r.ioas, RW,
						self->mem, 1ull << 63, &first));
}

TEST_F(map, unmap_refused)
{
	uint64_t gone = 0;

	ASSERT_EQ(0, map_at(&self->r, self->mem, 4 * PAGE, IOVA, RW));
	EXPECT_EQ(-EINVAL, unmap_at(&self->r, IOVA, 0));
	EXPECT_EQ(-EOVERFLOW, unmap_at(&self->r, IOVA, UINT64_MAX));
	EXPECT_EQ(-EOVERFLOW, unmap_at(&self->r, IOVA, UINT64_MAX - PAGE));
	EXPECT_EQ(-ENOENT, unmap_at(&self->r, IOVA + 8 * PAGE, PAGE));
	/* Never part of a mapping. */
	EXPECT_EQ(-ENOENT, unmap_at(&self->r, IOVA, PAGE));
	EXPECT_EQ(-ENOENT, unmap_at(&self->r, IOVA + PAGE, 3 * PAGE));
	EXPECT_EQ(-ENOENT, unmap_at(&self->r, IOVA - PAGE, 3 * PAGE));
	/* Around it, with holes on both sides. */
	EXPECT_EQ(0, iommufdx_ioas_unmap(self->r.iommu, self->r.ioas,
					 IOVA - PAGE, 8 * PAGE, &gone));
	EXPECT_EQ(4 * PAGE, gone);
	EXPECT_NOTHING_LEFT();
}

TEST_F(map, unmap_everything)
{
	uint64_t gone = 1;

	EXPECT_EQ(0, iommufdx_ioas_unmap(self->r.iommu, self->r.ioas, 0,
					 UINT64_MAX, &gone));
	EXPECT_EQ(0, gone);
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE,
				    IOVA + 3 * i * PAGE, RW));
	EXPECT_EQ(0, iommufdx_ioas_unmap(self->r.iommu, self->r.ioas, 0,
					 UINT64_MAX, &gone));
	EXPECT_EQ(8 * PAGE, gone);
	EXPECT_NOTHING_LEFT();
}

/* Mapped before there was a table, and while there is one, is the same thing. */
TEST_F(map, attach_pins_and_detach_unpins)
{
	long after = self->pinned + LEN / 1024;

	if (variant->table)
		ASSERT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	EXPECT_EQ(self->pinned, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_EQ(after, status_kb(getpid(), "VmPin"));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA + LEN - 1));
	ASSERT_EQ(0, rig_detach(&self->r));
	EXPECT_EQ(self->pinned, status_kb(getpid(), "VmPin"));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	EXPECT_NOTHING_LEFT();
}

/* What was mapped on credit and cannot be pinned makes the attach fail. */
TEST_F(map, attach_finds_memory_gone)
{
	char *gone = mem_get(LEN);

	ASSERT_NE(NULL, gone);
	if (variant->table)
		ASSERT_EQ(0, rig_detach(&self->r));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA + LEN, RW));
	ASSERT_EQ(0, map_at(&self->r, gone, LEN, IOVA, RW));
	mem_put(gone, LEN);
	EXPECT_EQ(-EFAULT, rig_attach(&self->r));
	EXPECT_EQ(self->pinned, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, 2 * LEN));
	ASSERT_EQ(0, rig_attach(&self->r));
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
