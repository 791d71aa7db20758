// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMUFDX_IOAS_UNMAP_DIRTY: exactly what was written, up to the end; and what
 * is refused leaves everything as it was.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <sys/ioctl.h>

#define IOVA	0x40000000ull
#define PAGES	256
#define LEN	(PAGES * PAGE)
#define WORDS	(PAGES / 64)

FIXTURE(unmap_dirty) {
	struct rig r;
	uint32_t hwpt;
	char *mem;
	uint64_t got[WORDS], want[WORDS];
};

FIXTURE_SETUP(unmap_dirty)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, rig_track(&self->r, self->mem, LEN, IOVA, &self->hwpt));
}

FIXTURE_TEARDOWN(unmap_dirty)
{
	uint64_t stale = 1;

	EXPECT_EQ(0, iommufdx_mock_check(self->r.mock, self->r.mock_iommu,
					 &stale));
	EXPECT_EQ(0, stale);
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int unmap_dirty(struct rig *r, uint32_t hwpt, uint64_t iova,
		       uint64_t len, uint64_t page_size, void *bitmap)
{
	const struct iommufdx_dirty_entry entry = {
		.hwpt_id = hwpt,
		.data = (uintptr_t)bitmap,
	};

	return iommufdx_ioas_unmap_dirty(r->iommu, r->ioas, iova, len,
					 page_size, &entry, 1, NULL);
}

static int write_page(struct rig *r, unsigned int page)
{
	return dma_write(r, IOVA + page * PAGE + page % 4000, "w", 1, NULL);
}

static void set(uint64_t *bitmap, unsigned int bit)
{
	bitmap[bit / 64] |= 1ull << bit % 64;
}

#define EXPECT_SAME() \
	EXPECT_EQ(0, memcmp(self->want, self->got, sizeof(self->got)))

/* Written, and still there to be reported: nothing was unmapped or lost. */
#define EXPECT_UNTOUCHED() do {						\
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));			\
	memset(self->got, 0, sizeof(self->got));			\
	EXPECT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt,	\
					IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR, \
					IOVA, LEN, PAGE, self->got));	\
	EXPECT_SAME();							\
} while (0)

TEST_F(unmap_dirty, exactly_what_was_written)
{
	uint64_t seed = rnd_seed(), state = seed;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	for (int round = 0; round < 20; round++) {
		memset(self->want, 0, sizeof(self->want));
		memset(self->got, 0, sizeof(self->got));
		for (int i = rnd(&state) % 40; i > 0; i--) {
			unsigned int page = rnd(&state) % PAGES;

			ASSERT_EQ(0, write_page(&self->r, page));
			set(self->want, page);
		}
		ASSERT_EQ(0, unmap_dirty(&self->r, self->hwpt, IOVA, LEN, PAGE,
					 self->got));
		EXPECT_SAME();
		EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
		ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	}
}

/* What a read has reported is not reported again; what it owes is. */
TEST_F(unmap_dirty, after_reads)
{
	ASSERT_EQ(0, write_page(&self->r, 3));
	ASSERT_EQ(0, write_page(&self->r, 200));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0, IOVA,
					128 * PAGE, PAGE, self->got));
	EXPECT_EQ(1ull << 3, self->got[0]);
	memset(self->got, 0, sizeof(self->got));
	set(self->want, 200);
	ASSERT_EQ(0, unmap_dirty(&self->r, self->hwpt, IOVA, LEN, PAGE,
				 self->got));
	EXPECT_SAME();
}

/* A leaf of 2 MiB, half of which was read: the other half is owed. */
TEST_F(unmap_dirty, owed_part_of_a_large_leaf)
{
	const size_t size = 2 * MB;
	const uint64_t at = 8ull << 30;
	uint64_t bits[8] = { 0 }, all = ~0ull;
	char *mem = mem_get_huge(size);

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, iommufdx_ioas_unmap(self->r.iommu, self->r.ioas, IOVA, LEN,
					 NULL));
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, 1));
	ASSERT_EQ(0, map_at(&self->r, mem, size, at, RW));
	ASSERT_EQ(0, dma_write(&self->r, at + 300 * PAGE, "w", 1, NULL));
	ASSERT_EQ(0, iommufdx_dirty_get(self->r.iommu, self->hwpt, 0, at,
					size / 2, PAGE, bits));
	if (!bits[0])
		SKIP(return, "no huge page to be had");
	memset(bits, 0, sizeof(bits));
	ASSERT_EQ(0, unmap_dirty(&self->r, self->hwpt, at, size, PAGE, bits));
	for (int w = 0; w < 8; w++)
		EXPECT_EQ(w < 4 ? 0 : all, bits[w]);
	mem_put(mem, size);
}

/* Areas far apart in one call: only what speaks of them need be there. */
TEST_F(unmap_dirty, sparse)
{
	const uint64_t span = 16ull << 40, far = 0x500000000000ull;
	const uint64_t bytes = span / PAGE / 8;
	uint8_t *bitmap = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			       -1, 0);
	const uint64_t step = 1ull << 40;

	ASSERT_NE(MAP_FAILED, (void *)bitmap);
	for (int i = 0; i < 16; i++) {
		ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, far + i * step,
				    RW));
		if (i % 3)
			ASSERT_EQ(0, dma_write(&self->r, far + i * step, "w", 1,
					       NULL));
	}
	ASSERT_EQ(0, unmap_dirty(&self->r, self->hwpt, far, span, PAGE, bitmap));
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(!!(i % 3), bitmap[i * step / PAGE / 8]);
	munmap(bitmap, bytes);
}

TEST_F(unmap_dirty, bits_of_other_sizes)
{
	uint64_t large = 0, small[16] = { 0 };

	ASSERT_EQ(0, write_page(&self->r, 17));
	ASSERT_EQ(0, unmap_dirty(&self->r, self->hwpt, IOVA, LEN, 16 * PAGE,
				 &large));
	EXPECT_EQ(1ull << 1, large);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, write_page(&self->r, 1));
	ASSERT_EQ(0, unmap_dirty(&self->r, self->hwpt, IOVA, LEN, PAGE / 4,
				 small));
	EXPECT_EQ(0xf0, small[0]);
}

TEST_F(unmap_dirty, bitmap_at_any_address)
{
	uint8_t room[LEN / PAGE / 8 + 9];

	for (int at = 0; at < 9; at++) {
		memset(room, 0, sizeof(room));
		ASSERT_EQ(0, write_page(&self->r, 63));
		ASSERT_EQ(0, write_page(&self->r, 255));
		ASSERT_EQ(0, unmap_dirty(&self->r, self->hwpt, IOVA, LEN, PAGE,
					 room + at));
		EXPECT_EQ(0x80, room[at + 7]);
		EXPECT_EQ(0x80, room[at + 31]);
		for (int i = 0; i < sizeof(room); i++)
			if (i != at + 7 && i != at + 31)
				EXPECT_EQ(0, room[i]);
		ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	}
}

TEST_F(unmap_dirty, refused_without_a_trace)
{
	const int size = sizeof(struct iommufdx_dirty_entry);
	struct iommufdx_dirty_entry entry[2] = {
		{ .hwpt_id = self->hwpt, .data = (uintptr_t)self->got },
	};
	struct iommufdx_ioas_unmap_dirty good = {
		.size = sizeof(good),
		.ioas_id = self->r.ioas,
		.entry_num = 1,
		.entry_len = size,
		.iova = IOVA,
		.length = LEN,
		.page_size = PAGE,
		.entries_uptr = (uintptr_t)entry,
	}, cmd;
	char *hole = mem_get(2 * PAGE);

#define EXPECT_REFUSED(want, ...) do {					\
	cmd = good;							\
	__VA_ARGS__;							\
	EXPECT_EQ(-1, ioctl(iommufdx_fd(self->r.iommu),			\
			    IOMMUFDX_IOAS_UNMAP_DIRTY, &cmd)) {		\
		TH_LOG(#__VA_ARGS__);					\
	}								\
	EXPECT_EQ(want, errno) {					\
		TH_LOG(#__VA_ARGS__);					\
	}								\
	EXPECT_UNTOUCHED();						\
} while (0)

	ASSERT_NE(NULL, hole);
	set(self->want, 100);
	ASSERT_EQ(0, write_page(&self->r, 100));
	EXPECT_REFUSED(EOPNOTSUPP, cmd.flags = 1);
	EXPECT_REFUSED(EOPNOTSUPP, cmd.__reserved = 1);
	EXPECT_REFUSED(EINVAL, cmd.entry_num = 0);
	EXPECT_REFUSED(E2BIG, cmd.entry_num = IOMMUFDX_UNMAP_DIRTY_MAX + 1);
	EXPECT_REFUSED(EINVAL, cmd.entry_len = size - 1);
	EXPECT_REFUSED(ENOENT, cmd.ioas_id = self->hwpt);
	EXPECT_REFUSED(EINVAL, cmd.length = 0);
	EXPECT_REFUSED(EINVAL, cmd.page_size = 3 * PAGE);
	EXPECT_REFUSED(EINVAL, cmd.iova += 8);
	EXPECT_REFUSED(EOVERFLOW, cmd.iova = -PAGE; cmd.length = 2 * PAGE);
	EXPECT_REFUSED(ENOENT, cmd.length -= PAGE);
	EXPECT_REFUSED(ENOENT, cmd.iova += LEN);
	EXPECT_REFUSED(EFAULT, cmd.entries_uptr = 1);
	/* Named twice; another that does not exist; reserved bytes. */
	entry[1] = entry[0];
	EXPECT_REFUSED(EINVAL, cmd.entry_num = 2);
	entry[1].hwpt_id = self->r.dev_id;
	EXPECT_REFUSED(ENOENT, cmd.entry_num = 2);
	EXPECT_REFUSED(E2BIG, cmd.entry_len = 2 * size);
	entry[0].__reserved = 1;
	EXPECT_REFUSED(EOPNOTSUPP);
	entry[0].__reserved = 0;
	/* Bitmaps that are not there, or end too early. */
	entry[0].data = 1ull << 63;
	EXPECT_REFUSED(EFAULT);
	ASSERT_EQ(0, mprotect(hole, PAGE, PROT_READ));
	entry[0].data = (uintptr_t)hole;
	EXPECT_REFUSED(EFAULT);
	ASSERT_EQ(0, mprotect(hole, PAGE, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, mprotect(hole + PAGE, PAGE, PROT_READ));
	entry[0].data = (uintptr_t)hole + PAGE - 8;
	EXPECT_REFUSED(EFAULT);
	mem_put(hole, 2 * PAGE);
}

TEST_F(unmap_dirty, only_while_tracking)
{
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, self->hwpt, false));
	EXPECT_EQ(-EINVAL, unmap_dirty(&self->r, self->hwpt, IOVA, LEN, PAGE,
				       self->got));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
}

/* Each table that tracks is asked, and each answers for itself. */
TEST_F(unmap_dirty, several_tables)
{
	uint64_t other_bits[WORDS] = { 0 };
	struct iommufdx_dirty_entry entry[2] = {
		{ .hwpt_id = self->hwpt, .data = (uintptr_t)self->got },
		{ .data = (uintptr_t)other_bits },
	};
	struct iommufdx_device *dev;
	uint32_t mock_dev, dev_id, pt_id;
	uint64_t unmapped;

	ASSERT_EQ(0, rig_add_device(&self->r, RIG_RID + 1, &mock_dev, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &dev_id));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, dev_id, self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &entry[1].hwpt_id));
	pt_id = entry[1].hwpt_id;
	ASSERT_EQ(0, iommufdx_device_attach(dev, &pt_id));
	/* A table that does not track need not be named. */
	EXPECT_EQ(-EINVAL, iommufdx_ioas_unmap_dirty(self->r.iommu,
						     self->r.ioas, IOVA, LEN,
						     PAGE, entry, 2, NULL));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, entry[1].hwpt_id, true));
	EXPECT_EQ(-EINVAL, unmap_dirty(&self->r, self->hwpt, IOVA, LEN, PAGE,
				       self->got));
	ASSERT_EQ(0, write_page(&self->r, 7));
	set(self->want, 7);
	ASSERT_EQ(0, iommufdx_ioas_unmap_dirty(self->r.iommu, self->r.ioas,
					       IOVA, LEN, PAGE, entry, 2,
					       &unmapped));
	EXPECT_EQ(LEN, unmapped);
	EXPECT_SAME();
	for (int w = 0; w < WORDS; w++)
		EXPECT_EQ(0, other_bits[w]);
	iommufdx_device_close(dev);
}

/*
 * Two channels write all over the range while it goes and comes back. The test
 * copies what is reported: when the range is unmapped, the copy is the memory.
 */
TEST_F(unmap_dirty, nothing_lost_in_a_storm)
{
	const uint32_t ctrl = IOMMUFDX_MOCK_CTRL_SKIP_FAULTS;
	uint64_t reported = 0, start = milliseconds();
	bool unmapped = false;
	uint32_t hwpt;
	struct rig r;
	char *copy = mem_get(LEN), *mem = mem_get(LEN);

	ASSERT_EQ(0, rig_make(&r, &rig_for_storms));
	ASSERT_EQ(0, iommufdx_option_set(r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 r.ioas, 0));
	ASSERT_EQ(0, map_at(&r, mem, LEN, IOVA, RW));
	ASSERT_EQ(0, rig_attach_dirty(&r, &hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(r.iommu, hwpt, true));
	ASSERT_EQ(0, dma_storm(&r, 0, IOVA, LEN, ctrl));
	ASSERT_EQ(0, dma_storm(&r, 1, IOVA, LEN, ctrl));
	for (int round = 0; !unmapped || !last_round(round, 80, 1000, start);
	     round++) {
		unmapped = round % 2;
		memset(self->got, 0, sizeof(self->got));
		ASSERT_EQ(0, unmapped ? unmap_dirty(&r, hwpt, IOVA, LEN, PAGE,
						self->got) :
				    iommufdx_dirty_get(r.iommu, hwpt, 0, IOVA,
						       LEN, PAGE, self->got));
		for (int i = 0; i < PAGES; i++) {
			if (!(self->got[i / 64] & 1ull << i % 64))
				continue;
			memcpy(copy + i * PAGE, mem + i * PAGE, PAGE);
			reported++;
		}
		if (!unmapped)
			continue;
		ASSERT_EQ(0, memcmp(copy, mem, LEN)) {
			TH_LOG("lost in round %d", round);
		}
		ASSERT_EQ(0, map_at(&r, mem, LEN, IOVA, RW));
	}
	EXPECT_NE(0, reported);
	rig_break(&r);
	mem_put(mem, LEN);
	mem_put(copy, LEN);
}

TEST_HARNESS_MAIN
