// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOAS_COPY: what is mapped already, mapped again under another IOVA or in
 * another address space; one pin, one charge, independent lives.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define SRC	0x40000000ull
#define DST	0x80000000ull
#define PAGES	16
#define LEN	(PAGES * PAGE)

FIXTURE(copy) {
	struct rig r;
	uint32_t other;
	char *mem;
};

FIXTURE_SETUP(copy)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	ASSERT_EQ(0, rig_attach(&self->r));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &self->other));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	for (int i = 0; i < PAGES; i++)
		memset(self->mem + i * PAGE, 'a' + i, PAGE);
}

FIXTURE_TEARDOWN(copy)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int copy(struct rig *r, uint32_t from, uint64_t src, uint64_t len,
		uint64_t dst, uint32_t access)
{
	return iommufdx_ioas_copy(r->iommu, r->ioas, from, access | FIXED, src,
				  len, &dst);
}

static char byte_at(struct rig *r, uint64_t iova)
{
	char byte = 0;

	return dma_read(r, iova, &byte, 1, NULL) ? '!' : byte;
}

TEST_F(copy, from_another_address_space)
{
	uint64_t iova = SRC;

	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->other, RW | FIXED,
				       self->mem, LEN, &iova));
	/* That one has no table, so nothing is pinned until the copy. */
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, copy(&self->r, self->other, SRC, LEN, DST, RW));
	EXPECT_EQ(LEN / 1024, status_kb(getpid(), "VmPin"));
	EXPECT_EQ('a', byte_at(&self->r, DST));
	EXPECT_EQ('p', byte_at(&self->r, DST + LEN - 1));
	EXPECT_EQ('!', byte_at(&self->r, SRC));
	ASSERT_EQ(0, dma_write(&self->r, DST + PAGE, "Z", 1, NULL));
	EXPECT_EQ('Z', self->mem[PAGE]);
}

TEST_F(copy, pinned_once)
{
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, SRC, RW));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, copy(&self->r, self->r.ioas, SRC, LEN,
				  DST + i * LEN, RW));
	EXPECT_EQ(LEN / 1024, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, unmap_at(&self->r, SRC, LEN));
	EXPECT_EQ(LEN / 1024, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, unmap_at(&self->r, DST, 3 * LEN));
	EXPECT_EQ('a', byte_at(&self->r, DST + 3 * LEN));
	EXPECT_EQ('!', byte_at(&self->r, DST));
	ASSERT_EQ(0, unmap_at(&self->r, DST + 3 * LEN, LEN));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
}

TEST_F(copy, part_of_a_mapping)
{
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, SRC, RW));
	ASSERT_EQ(0, copy(&self->r, self->r.ioas, SRC + 3 * PAGE, 2 * PAGE, DST,
			  RW));
	EXPECT_EQ('d', byte_at(&self->r, DST));
	EXPECT_EQ('e', byte_at(&self->r, DST + PAGE));
	EXPECT_EQ('!', byte_at(&self->r, DST + 2 * PAGE));
	/* What only the copy needs stays pinned, the rest goes. */
	ASSERT_EQ(0, unmap_at(&self->r, SRC, LEN));
	EXPECT_EQ(2 * PAGE / 1024, status_kb(getpid(), "VmPin"));
	EXPECT_EQ('d', byte_at(&self->r, DST));
}

TEST_F(copy, several_mappings_at_once)
{
	ASSERT_EQ(0, map_at(&self->r, self->mem + 8 * PAGE, 8 * PAGE, SRC, RW));
	ASSERT_EQ(0, map_at(&self->r, self->mem, 8 * PAGE, SRC + 8 * PAGE, RW));
	ASSERT_EQ(0, copy(&self->r, self->r.ioas, SRC + 4 * PAGE, 8 * PAGE, DST,
			  RW));
	EXPECT_EQ('m', byte_at(&self->r, DST));
	EXPECT_EQ('a', byte_at(&self->r, DST + 4 * PAGE));
	EXPECT_EQ('d', byte_at(&self->r, DST + 7 * PAGE));
	/* It is two mappings there as well. */
	EXPECT_EQ(0, unmap_at(&self->r, DST, 4 * PAGE));
	EXPECT_EQ('a', byte_at(&self->r, DST + 4 * PAGE));
}

TEST_F(copy, refused)
{
	uint64_t iova = SRC;

	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->other, RO | FIXED,
				       self->mem, LEN, &iova));
	/* A hole in the source, or beyond its end. */
	EXPECT_EQ(-ENOENT, copy(&self->r, self->other, SRC + LEN, PAGE, DST, RO));
	EXPECT_EQ(-ENOENT, copy(&self->r, self->other, SRC, LEN + PAGE, DST, RO));
	EXPECT_EQ(-ENOENT, copy(&self->r, self->other, SRC - PAGE, LEN, DST,
				RO));
	EXPECT_EQ(-EINVAL, copy(&self->r, self->other, SRC, 0, DST, RO));
	EXPECT_EQ(-EINVAL, copy(&self->r, self->other, SRC, LEN, DST, 0));
	EXPECT_EQ(-EOVERFLOW, copy(&self->r, self->other, SRC, UINT64_MAX, DST,
				   RO));
	EXPECT_EQ(-EOVERFLOW, copy(&self->r, self->other, SRC, LEN,
				   0ull - PAGE, RO));
	EXPECT_EQ(-EINVAL, copy(&self->r, self->other, SRC, LEN, DST + 8, RO));
	/* More than the memory was mapped for. */
	EXPECT_EQ(-EPERM, copy(&self->r, self->other, SRC, LEN, DST, RW));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
	/* The place is taken. */
	ASSERT_EQ(0, copy(&self->r, self->other, SRC, LEN, DST, RO));
	EXPECT_EQ(-EEXIST, copy(&self->r, self->other, SRC, LEN, DST + PAGE,
				RO));
	EXPECT_EQ('b', byte_at(&self->r, DST + PAGE));
	EXPECT_EQ(-EFAULT, dma_write(&self->r, DST, "x", 1, NULL));
	EXPECT_EQ('a', self->mem[0]);
}

TEST_F(copy, outlives_its_source_address_space)
{
	uint64_t iova = SRC;

	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, self->other, RW | FIXED,
				       self->mem, LEN, &iova));
	ASSERT_EQ(0, copy(&self->r, self->other, SRC, LEN, DST, RW));
	ASSERT_EQ(0, iommufdx_destroy(self->r.iommu, self->other));
	EXPECT_EQ('c', byte_at(&self->r, DST + 2 * PAGE));
	EXPECT_EQ(LEN / 1024, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, unmap_at(&self->r, DST, LEN));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
}

TEST_F(copy, kernel_picks)
{
	uint64_t to = 0;

	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, SRC, RW));
	ASSERT_EQ(0, iommufdx_ioas_copy(self->r.iommu, self->r.ioas,
					self->r.ioas, RW, SRC, LEN, &to));
	EXPECT_NE(0, to);
	EXPECT_EQ('p', byte_at(&self->r, to + LEN - 1));
}

TEST_HARNESS_MAIN
