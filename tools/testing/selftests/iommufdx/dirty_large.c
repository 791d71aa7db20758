// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking of large leaves: one dirty state stands for many pages, and a
 * reader may ask for them in portions, or over holes. Nothing may get lost.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define LEAF	(2 * MB)
#define WORDS	(LEAF / PAGE / 64)
#define NO_CLEAR IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR

FIXTURE(large) {
	struct rig r;
	uint32_t hwpt;
	char *mem;
	uint64_t bits[WORDS];
};

static void put(const char *file, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", file);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

/*
 * Contiguous memory for sure: the kernel is asked for more huge pages, and where all
 * that is free lies in pieces, to put it together.
 */
static void *huge_page(void)
{
	void *mem = MAP_FAILED;

	for (int again = 0; again < 2 && mem == MAP_FAILED; again++) {
		if (again) {
			put("drop_caches", "3");
			put("compact_memory", "1");
		}
		put("nr_hugepages", "4");
		mem = mmap(NULL, LEAF, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			   MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	}
	return mem == MAP_FAILED ? NULL : mem;
}

FIXTURE_SETUP(large)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = huge_page();
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEAF, IOVA, RW));
	ASSERT_EQ(0, rig_attach_dirty(&self->r, &self->hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
}

FIXTURE_TEARDOWN(large)
{
	rig_break(&self->r);
	munmap(self->mem, LEAF);
}

/* How many pages of a part of the leaf are reported. -1 on error. */
static int count(struct rig *r, uint32_t hwpt, uint64_t *bits, uint64_t from,
		 uint64_t len, uint32_t flags)
{
	int n = 0;

	memset(bits, 0, WORDS * 8);
	if (iommufdx_dirty_get(r->iommu, hwpt, flags, IOVA + from, len, PAGE,
			       bits))
		return -1;
	for (size_t w = 0; w < WORDS; w++)
		n += __builtin_popcountll(bits[w]);
	return n;
}

#define COUNT(from, len, flags) \
	count(&self->r, self->hwpt, self->bits, from, len, flags)

TEST_F(large, portions_report_the_whole_leaf_once)
{
	ASSERT_EQ(0, dma_write(&self->r, IOVA + 5 * PAGE, "x", 1, NULL));
	for (uint64_t at = 0; at < LEAF; at += LEAF / 4)
		EXPECT_EQ(LEAF / 4 / PAGE, COUNT(at, LEAF / 4, 0));
	for (uint64_t at = 0; at < LEAF; at += LEAF / 4)
		EXPECT_EQ(0, COUNT(at, LEAF / 4, 0));
}

TEST_F(large, written_again_between_portions)
{
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "x", 1, NULL));
	EXPECT_EQ(LEAF / 2 / PAGE, COUNT(0, LEAF / 2, 0));
	/* Into the half that was read: it must be reported again. */
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "y", 1, NULL));
	EXPECT_EQ(LEAF / 2 / PAGE, COUNT(LEAF / 2, LEAF / 2, 0));
	EXPECT_EQ(LEAF / 2 / PAGE, COUNT(0, LEAF / 2, 0));
	EXPECT_EQ(0, COUNT(0, LEAF, 0));
}

TEST_F(large, looking_does_not_clear_what_is_owed)
{
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "x", 1, NULL));
	EXPECT_EQ(1, COUNT(0, PAGE, 0));
	EXPECT_EQ(LEAF / PAGE - 1, COUNT(0, LEAF, NO_CLEAR));
	EXPECT_EQ(LEAF / PAGE - 1, COUNT(0, LEAF, 0));
	EXPECT_EQ(0, COUNT(0, LEAF, 0));
}

TEST_F(large, a_new_start_owes_nothing)
{
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "x", 1, NULL));
	EXPECT_EQ(1, COUNT(0, PAGE, 0));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, false));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, true));
	EXPECT_EQ(0, COUNT(0, LEAF, 0));
}

/* 16 TiB of IOVA with two pages in it: the holes cost nothing and are clean. */
TEST_F(large, holes_read_as_clean)
{
	const uint64_t span = 16ull << 40, far = span - PAGE;
	const size_t bytes = span / PAGE / 8;
	uint8_t *bitmap;
	char *page = mem_get(PAGE);

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, map_at(&self->r, page, PAGE, far, RW));
	bitmap = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		      MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)bitmap);
	ASSERT_EQ(0, dma_write(&self->r, far, "x", 1, NULL));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0, 0, span,
					PAGE, (uint64_t *)bitmap));
	EXPECT_EQ(0x80, bitmap[bytes - 1]);
	EXPECT_EQ(0, bitmap[IOVA / PAGE / 8]);
	ASSERT_EQ(0, unmap_at(&self->r, far, PAGE));
	munmap(bitmap, bytes);
	mem_put(page, PAGE);
}

TEST_HARNESS_MAIN
