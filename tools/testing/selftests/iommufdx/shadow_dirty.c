// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking behind a shadow: what a device writes through the guest's table
 * is dirty in the parent, by guest-physical address, whatever the guest does to its
 * table meanwhile.
 */
#include "kselftest_harness.h"
#include "guest_shadow.h"

/* Guest-physical memory: tables, then data. */
#define GPA		0x40000000ull
#define TABLES		(2 * MB)
#define LEN		(4 * MB)
#define DATA		(GPA + TABLES)
#define PAGES		((LEN - TABLES) / PAGE)
#define WORDS		(PAGES / 64)
/* Where the guest's devices find it. */
#define IOVA		0x2000000000ull

FIXTURE(shadow_dirty) {
	struct rig r;
	struct guest g;
	char *mem;
	uint32_t parent;
	uint32_t hwpt;
};

FIXTURE_VARIANT(shadow_dirty) {
	uint32_t kind;
	uint32_t format;
};

FIXTURE_VARIANT_ADD(shadow_dirty, amd) {
	.kind = IOMMUFDX_MOCK_KIND_AMD,
	.format = IOMMUFDX_FORMAT_X86_64,
};

FIXTURE_VARIANT_ADD(shadow_dirty, vtd) {
	.kind = IOMMUFDX_MOCK_KIND_VTD,
	.format = IOMMUFDX_FORMAT_VTDSS,
};

FIXTURE_VARIANT_ADD(shadow_dirty, smmuv3) {
	.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
	.format = IOMMUFDX_FORMAT_ARMV8_S1,
};

FIXTURE_SETUP(shadow_dirty)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = variant->kind,
		.caps = ~0u,
	};

	ASSERT_EQ(0, rig_make(&self->r, &config));
	self->mem = mem_get_huge(LEN);
	ASSERT_NE(NULL, self->mem);
	memset(self->mem, 0, LEN);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN / 2, GPA, RW));
	ASSERT_EQ(0, map_at(&self->r, self->mem + TABLES, LEN / 2, DATA, RW));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &self->parent));
	guest_init(&self->g, variant->format, self->mem, GPA, TABLES);
}

FIXTURE_TEARDOWN(shadow_dirty)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

/* The guest's page of each data page: not in the same order. */
static uint64_t iova_of(unsigned int page)
{
	return IOVA + (page ^ 5) * PAGE;
}

#define ALL	(GUEST_READ | GUEST_WRITE)

static void map_page(struct guest *g, unsigned int page, int prot)
{
	guest_map(g, iova_of(page), DATA + page * PAGE, 0, prot);
}

/* All of the data in small pages, a device behind it, and tracking. */
static int start(struct rig *r, struct guest *g, uint32_t parent, uint32_t *hwpt)
{
	int rc;

	for (unsigned int page = 0; page < PAGES; page++)
		map_page(g, page, ALL);
	rc = shadow_make(r, g, parent, 0, hwpt);
	return rc ? rc : iommufdx_dirty_set(r->iommu, parent, true);
}

static int write_page(struct rig *r, unsigned int page)
{
	return dma_write(r, iova_of(page) + 8, "x", 1, NULL);
}

/* The only dirty page, -1 for none, -2 for several; all become clean. */
static int dirty_page(struct rig *r, uint32_t parent, uint32_t flags)
{
	uint64_t bitmap[WORDS] = {};
	int page = -1;
	int rc = iommufdx_dirty_get(r->iommu, parent, flags, DATA, LEN - TABLES,
				    PAGE, bitmap);

	if (rc)
		return rc - 1000;
	for (unsigned int i = 0; i < PAGES; i++)
		if (bitmap[i / 64] >> i % 64 & 1)
			page = page == -1 ? (int)i : -2;
	return page;
}

TEST_F(shadow_dirty, writes_are_the_parents)
{
	struct rig *r = &self->r;
	char byte;

	ASSERT_EQ(0, start(r, &self->g, self->parent, &self->hwpt));
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	for (unsigned int page = 0; page < PAGES; page += 77) {
		ASSERT_EQ(0, dma_read(r, iova_of(page + 1), &byte, 1, NULL));
		ASSERT_EQ(0, write_page(r, page));
		EXPECT_EQ(page, dirty_page(r, self->parent,
					   IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
		EXPECT_EQ(page, dirty_page(r, self->parent, 0));
		EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	}
	/* The shadow has no bitmap of its own. */
	EXPECT_GT(-1000, dirty_page(r, self->hwpt, 0));
	EXPECT_EQ(0, stale_seen(r));
}

/* Each way that an entry goes, with a write before it. */
TEST_F(shadow_dirty, what_goes_is_remembered)
{
	struct rig *r = &self->r;
	uint32_t other, pt_id;

	/* The parent's own leaves, too, shall be small. */
	ASSERT_EQ(0, iommufdx_option_set(r->iommu, IOMMUFDX_OPTION_DIRTY_PAGE_SIZE,
					 self->parent, PAGE));
	ASSERT_EQ(0, start(r, &self->g, self->parent, &self->hwpt));
	/* The guest takes it away. */
	ASSERT_EQ(0, write_page(r, 10));
	map_page(&self->g, 10, 0);
	ASSERT_EQ(0, inv_range(r, self->hwpt, iova_of(10), PAGE));
	EXPECT_EQ(-EFAULT, write_page(r, 10));
	EXPECT_EQ(10, dirty_page(r, self->parent,
				 IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR));
	EXPECT_EQ(10, dirty_page(r, self->parent, 0));
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	/* It forbids writing; it shows another page there. */
	ASSERT_EQ(0, write_page(r, 11));
	map_page(&self->g, 11, GUEST_READ);
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	EXPECT_EQ(11, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, write_page(r, 12));
	guest_map(&self->g, iova_of(12), DATA + 13 * PAGE, 0, ALL);
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	EXPECT_EQ(12, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, write_page(r, 12));
	EXPECT_EQ(13, dirty_page(r, self->parent, 0));
	/* Another table replaces it, and it is destroyed. */
	ASSERT_EQ(0, write_page(r, 14));
	ASSERT_EQ(0, shadow_make(r, &self->g, self->parent, 0, &other));
	ASSERT_EQ(0, iommufdx_destroy(r->iommu, self->hwpt));
	EXPECT_EQ(14, dirty_page(r, self->parent, 0));
	/* The new one tracks from the beginning. */
	ASSERT_EQ(0, write_page(r, 15));
	EXPECT_EQ(15, dirty_page(r, self->parent, 0));
	/* The device leaves for the parent itself. */
	ASSERT_EQ(0, write_page(r, 16));
	pt_id = self->parent;
	ASSERT_EQ(0, iommufdx_device_attach(r->dev, &pt_id));
	EXPECT_EQ(16, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, dma_write(r, DATA + 17 * PAGE, "x", 1, NULL));
	EXPECT_EQ(17, dirty_page(r, self->parent, 0));
}

static int unmap_data(struct rig *r, uint32_t parent, uint64_t *bitmap)
{
	const struct iommufdx_dirty_entry entry = {
		.hwpt_id = parent,
		.data = (uintptr_t)bitmap,
	};

	return iommufdx_ioas_unmap_dirty(r->iommu, r->ioas, DATA, LEN - TABLES,
					 PAGE, &entry, 1, NULL);
}

TEST_F(shadow_dirty, unmapping_the_memory)
{
	uint64_t bitmap[WORDS] = {};
	struct rig *r = &self->r;

	ASSERT_EQ(0, start(r, &self->g, self->parent, &self->hwpt));
	/* One is still in the shadow, one has gone from it. */
	ASSERT_EQ(0, write_page(r, 3));
	ASSERT_EQ(0, write_page(r, 200));
	map_page(&self->g, 200, 0);
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	ASSERT_EQ(0, unmap_data(r, self->parent, bitmap));
	for (unsigned int i = 0; i < WORDS; i++)
		EXPECT_EQ(i == 0 ? 1 << 3 : i == 3 ? 1 << 8 : 0, bitmap[i]);
	EXPECT_EQ(-EFAULT, write_page(r, 3));
	/* Nothing is left over for what is mapped there later. */
	ASSERT_EQ(0, map_at(r, self->mem + TABLES, LEN - TABLES, DATA, RW));
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	ASSERT_EQ(0, write_page(r, 4));
	/* Unmapped without a question, it is forgotten. */
	map_page(&self->g, 4, 0);
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	ASSERT_EQ(0, unmap_at(r, DATA, LEN - TABLES));
	ASSERT_EQ(0, map_at(r, self->mem + TABLES, LEN - TABLES, DATA, RW));
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
}

TEST_F(shadow_dirty, tracking_starts_clean)
{
	struct rig *r = &self->r;

	ASSERT_EQ(0, start(r, &self->g, self->parent, &self->hwpt));
	ASSERT_EQ(0, write_page(r, 20));
	ASSERT_EQ(0, write_page(r, 21));
	map_page(&self->g, 21, 0);
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, true));
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, write_page(r, 22));
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, false));
	EXPECT_EQ(-EINVAL - 1000, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, write_page(r, 23));
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, true));
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, write_page(r, 24));
	EXPECT_EQ(24, dirty_page(r, self->parent, 0));
}

/* A large page of the guest is tracked in small ones where that was asked for. */
TEST_F(shadow_dirty, in_small_pages)
{
	struct rig *r = &self->r;
	char byte = 'x';

	*guest_slot(&self->g, IOVA, 1) =
		guest_leaf_entry(&self->g, DATA, 1, ALL);
	ASSERT_EQ(0, shadow_make(r, &self->g, self->parent, 0, &self->hwpt));
	ASSERT_EQ(0, iommufdx_option_set(r->iommu, IOMMUFDX_OPTION_DIRTY_PAGE_SIZE,
					 self->parent, PAGE));
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, true));
	for (unsigned int page = 7; page < PAGES; page += 101) {
		ASSERT_EQ(0, dma_write(r, IOVA + page * PAGE, &byte, 1, NULL));
		EXPECT_EQ(page, dirty_page(r, self->parent, 0));
	}
	/* What is mapped later, too. */
	*guest_slot(&self->g, IOVA, 1) = 0;
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	*guest_slot(&self->g, IOVA, 1) =
		guest_leaf_entry(&self->g, DATA, 1, ALL);
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	ASSERT_EQ(0, dma_write(r, IOVA + 30 * PAGE, &byte, 1, NULL));
	EXPECT_EQ(30, dirty_page(r, self->parent, 0));
}

/* Give the parent's leaves of the data another size; says what they have then. */
static int resize(struct rig *r, uint32_t parent, uint32_t flags, uint64_t size,
		  struct iommufdx_page_sizes *range)
{
	range->iova = DATA;
	range->length = LEN - TABLES;
	return iommufdx_hwpt_page_size(r->iommu, parent, flags, size, range);
}

/* Splitting and merging the parent's leaves goes for those of the shadow. */
TEST_F(shadow_dirty, follows_page_sizes)
{
	uint64_t *slot = guest_slot(&self->g, IOVA, 1);
	struct iommufdx_page_sizes range;
	struct rig *r = &self->r;

	ASSERT_EQ(0, resize(r, self->parent, 0, 0, &range));
	if (range.smallest < 2 * MB)
		SKIP(return, "no huge pages to be had");
	*slot = guest_leaf_entry(&self->g, DATA, 1, ALL);
	ASSERT_EQ(0, shadow_make(r, &self->g, self->parent, 0, &self->hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, true));
	ASSERT_EQ(0, dma_write(r, IOVA + 7 * PAGE, "x", 1, NULL));
	EXPECT_EQ(-2, dirty_page(r, self->parent, 0));

	ASSERT_EQ(0, resize(r, self->parent, IOMMUFDX_PAGE_SIZE_SPLIT, PAGE,
			    &range));
	EXPECT_TRUE(range.live);
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, dma_write(r, IOVA + 9 * PAGE, "x", 1, NULL));
	EXPECT_EQ(9, dirty_page(r, self->parent, 0));
	/* What the guest maps later is as small. */
	*slot = 0;
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	*slot = guest_leaf_entry(&self->g, DATA, 1, ALL);
	ASSERT_EQ(0, inv_all(r, self->hwpt));
	ASSERT_EQ(0, dma_write(r, IOVA + 30 * PAGE, "x", 1, NULL));
	EXPECT_EQ(30, dirty_page(r, self->parent, 0));

	ASSERT_EQ(0, dma_write(r, IOVA + 31 * PAGE, "x", 1, NULL));
	ASSERT_EQ(0, resize(r, self->parent, IOMMUFDX_PAGE_SIZE_MERGE, 2 * MB,
			    &range));
	/* One is dirty, so all of the large one is. */
	EXPECT_EQ(-2, dirty_page(r, self->parent, 0));
	EXPECT_EQ(-1, dirty_page(r, self->parent, 0));
	ASSERT_EQ(0, dma_write(r, IOVA + 7 * PAGE, "x", 1, NULL));
	EXPECT_EQ(-2, dirty_page(r, self->parent, 0));
	EXPECT_EQ(0, stale_seen(r));
}

/* Copy what is dirty of the data. */
static int copy_dirty(struct rig *r, uint32_t parent, char *copy,
		      const char *data)
{
	uint64_t bitmap[WORDS] = {};
	int rc = iommufdx_dirty_get(r->iommu, parent, 0, DATA, LEN - TABLES, PAGE,
				    bitmap);

	for (unsigned int i = 0; i < PAGES; i++)
		if (bitmap[i / 64] >> i % 64 & 1)
			memcpy(copy + i * PAGE, data + i * PAGE, PAGE);
	return rc;
}

/* All of the guest's table is one large page while leaves change. */
static int resize_large(struct rig *r, struct guest *g, uint32_t parent,
			uint32_t hwpt, bool split)
{
	uint64_t *slot = guest_slot(g, IOVA, 1), table = *slot;
	struct iommufdx_page_sizes range;
	int rc;

	*slot = guest_leaf_entry(g, DATA, 1, ALL);
	rc = inv_range(r, hwpt, IOVA, 2 * MB);
	if (!rc)
		rc = resize(r, parent, split ? IOMMUFDX_PAGE_SIZE_SPLIT :
			    IOMMUFDX_PAGE_SIZE_MERGE, split ? 16 * PAGE : 2 * MB,
			    &range);
	*slot = table;
	return rc ? rc : inv_range(r, hwpt, IOVA, 2 * MB);
}

/* Wait until the storm's channel has written more than @least times. */
static bool written(struct rig *r, unsigned int channel, uint64_t least)
{
	const uint64_t end = milliseconds() + PATIENCE_MS;
	struct iommufdx_channel_status status;

	do {
		if (iommufdx_channel_status(r->dev, channel, &status))
			return false;
		if (status.done > least)
			return true;
		usleep(1000);
	} while (milliseconds() < end);
	return false;
}

/*
 * A guest that maps and unmaps under a storm of writes is migrated, whatever the
 * sizes of leaves.
 */
TEST_F(shadow_dirty, nothing_is_lost_in_a_storm)
{
	uint64_t seed = rnd_seed(), state = seed, begun = milliseconds();
	char *copy = mem_get(LEN - TABLES), *data = self->mem + TABLES;
	struct iommufdx_channel_status status;
	struct rig *r = &self->r;
	unsigned int page;

	ASSERT_NE(NULL, copy);
	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	ASSERT_EQ(0, start(r, &self->g, self->parent, &self->hwpt));
	memset(copy, 0, LEN - TABLES);
	for (int c = 0; c < 2; c++)
		ASSERT_EQ(0, dma_storm(r, c, IOVA, 64 * PAGE,
				       IOMMUFDX_MOCK_CTRL_SKIP_FAULTS));
	for (int i = 0; !last_round(i, 80, 400, begun); i++) {
		page = rnd(&state) % 64;
		/* Some other page, in place of this one. */
		guest_map(&self->g, IOVA + page * PAGE,
			  DATA + rnd(&state) % PAGES * PAGE, 0,
			  rnd(&state) % 4 ? ALL : 0);
		ASSERT_EQ(0, inv_range(r, self->hwpt, IOVA + page * PAGE, PAGE));
		if (i % 16 == 4)
			ASSERT_EQ(0, resize_large(r, &self->g, self->parent,
						  self->hwpt, i % 32 == 4));
		if (i % 8 == 0)
			ASSERT_EQ(0, copy_dirty(r, self->parent, copy, data));
	}
	for (int c = 0; c < 2; c++)
		EXPECT_TRUE(written(r, c, 100));
	for (int c = 0; c < 2; c++)
		ASSERT_EQ(0, iommufdx_channel_command(r->dev, c,
						      IOMMUFDX_MOCK_CMD_STOP));
	ASSERT_EQ(0, copy_dirty(r, self->parent, copy, data));
	EXPECT_EQ(0, memcmp(copy, data, LEN - TABLES));
	for (int c = 0; c < 2; c++) {
		ASSERT_EQ(0, iommufdx_channel_status(r->dev, c, &status));
		EXPECT_LT(100, status.done);
	}
	EXPECT_EQ(0, stale_seen(r));
	mem_put(copy, LEN - TABLES);
}

TEST_HARNESS_MAIN
