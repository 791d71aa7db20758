// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking behind a vIOMMU: what a device writes through the guest's tables
 * is dirty in the nesting parent, by guest-physical address.
 */
#include "kselftest_harness.h"
#include "nested_rig.h"

#include <iommufdx_guest.h>

/* Pages of the guest: what PASIDs have, tables, data. */
#define CONTEXTS	0
#define TABLE		1
#define DATA		16
#define VA		0x7f0012345000ull
#define LEN		(GUEST_PAGES * PAGE)
/* More of its memory, mapped when tracking has begun. */
#define LATE		GUEST_PAGES
#define DOMAIN		9
#define DATA_BITS	(~0ull << DATA)

FIXTURE(dirty_nested) {
	struct rig r;
	struct guest_dev dev;
	struct guest g;
	uint32_t parent;
	uint32_t viommu;
	uint32_t hwpt;
};

FIXTURE_VARIANT(dirty_nested) {
	uint32_t kind;
	uint32_t viommu_type;
};

FIXTURE_VARIANT_ADD(dirty_nested, amd) {
	.kind = IOMMUFDX_MOCK_KIND_AMD,
	.viommu_type = IOMMUFDX_VIOMMU_TYPE_AMD,
};

FIXTURE_VARIANT_ADD(dirty_nested, vtd) {
	.kind = IOMMUFDX_MOCK_KIND_VTD,
	.viommu_type = IOMMUFDX_VIOMMU_TYPE_VTD,
};

FIXTURE_VARIANT_ADD(dirty_nested, smmuv3) {
	.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
	.viommu_type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
};

/* The guest's table, as each vendor's device finds it. */
static int nest(struct rig *r, uint32_t kind, struct guest *g, uint32_t viommu,
		uint32_t *hwpt)
{
	const struct iommu_hwpt_amd_guest amd = guest_dte_amd(DOMAIN);
	const struct iommufdx_hwpt_vtd vtd = {
		.s1 = { .pgtbl_addr = guest_pa(TABLE), .addr_width = 48 },
		.did = DOMAIN,
	};

	switch (kind) {
	case IOMMUFDX_MOCK_KIND_AMD:
		guest_gcr3_amd(g, 0, TABLE);
		return iommufdx_hwpt_nest(r->iommu, r->dev_id, viommu, 0,
					  IOMMU_HWPT_DATA_AMD_GUEST, &amd,
					  sizeof(amd), hwpt);
	case IOMMUFDX_MOCK_KIND_VTD:
		return iommufdx_hwpt_nest(r->iommu, r->dev_id, viommu, 0,
					  IOMMUFDX_HWPT_DATA_VTD, &vtd,
					  sizeof(vtd), hwpt);
	default:
		guest_cd_arm(g, CONTEXTS, 0, DOMAIN, TABLE);
		return guest_nest_arm(r, r->dev_id, viommu, ARM_STE0, ARM_STE1,
				      hwpt);
	}
}

FIXTURE_SETUP(dirty_nested)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = variant->kind,
		.caps = ~0u,
	};
	struct iommufdx_page_sizes all = { GPA, LEN };
	struct rig *r = &self->r;
	uint32_t vdev, pt_id;

	ASSERT_EQ(0, rig_make(r, &config));
	self->dev = (struct guest_dev){
		.rid = RIG_RID, .dev_id = r->dev_id, .dev = r->dev,
	};
	ASSERT_EQ(0, guest_make(r, r->dev_id, &self->g));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(r->iommu, r->dev_id, self->g.ioas,
					 IOMMU_HWPT_ALLOC_NEST_PARENT |
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &self->parent));
	/* Memory may be contiguous. */
	ASSERT_EQ(0, iommufdx_hwpt_page_size(r->iommu, self->parent,
					     IOMMUFDX_PAGE_SIZE_SPLIT, PAGE,
					     &all));
	ASSERT_EQ(0, iommufdx_viommu_alloc(r->iommu, r->dev_id, self->parent,
					   variant->viommu_type,
					   &self->viommu));
	ASSERT_EQ(0, iommufdx_vdevice_alloc(r->iommu, self->viommu, r->dev_id,
					    VSID, &vdev));
	ASSERT_EQ(0, nest(r, variant->kind, &self->g, self->viommu,
			  &self->hwpt));
	pt_id = self->hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(r->dev, &pt_id));
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, true));
}

FIXTURE_TEARDOWN(dirty_nested)
{
	EXPECT_EQ(0, guest_stale(&self->r));
	rig_break(&self->r);
	guest_break(&self->g);
}

/* The guest's address leads to a page now, and the guest says so. */
static int lead_to(struct rig *r, uint32_t kind, struct guest *g,
		   uint32_t viommu, unsigned int page)
{
	/* INVALIDATE_IOMMU_ALL; IOTLB, global; TLBI_NH_ALL. */
	const struct iommufdx_viommu_amd_invalidate amd = { { 8ull << 60 } };
	const struct iommufdx_viommu_vtd_invalidate vtd = { { 2 | 1 << 4 } };
	const struct iommu_viommu_arm_smmuv3_invalidate arm = { { 0x10 } };
	uint32_t done;

	switch (kind) {
	case IOMMUFDX_MOCK_KIND_AMD:
		guest_map_x86(g, TABLE, VA, page);
		return guest_inv(r, viommu, IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD,
				 &amd, sizeof(amd), 1, &done);
	case IOMMUFDX_MOCK_KIND_VTD:
		guest_map_x86(g, TABLE, VA, page);
		return guest_inv(r, viommu, IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD,
				 &vtd, sizeof(vtd), 1, &done);
	default:
		guest_map_arm(g, TABLE, VA, page);
		return guest_inv(r, viommu,
				 IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3, &arm,
				 sizeof(arm), 1, &done);
	}
}

#define LEAD_TO(page) \
	ASSERT_EQ(0, lead_to(&self->r, variant->kind, &self->g, self->viommu, \
			     page))
#define WRITE(val) \
	ASSERT_EQ(0, guest_write(&self->r, &self->dev, 0, VA, val))

/* Data pages that are dirty; hardware may write to the guest's tables, too. */
static uint64_t dirty_data(struct rig *r, uint32_t parent)
{
	uint64_t bits = 0;

	if (iommufdx_dirty_get(r->iommu, parent, 0, GPA, LEN, PAGE, &bits))
		return ~0ull;
	return bits & DATA_BITS;
}

TEST_F(dirty_nested, writes_are_the_parents)
{
	const uint64_t late = GPA + LATE * PAGE;
	struct rig *r = &self->r;
	uint64_t bit = 0, iova = late;
	char *more = mem_get(PAGE);

	ASSERT_NE(NULL, more);
	/* Nothing that the guest maps was mapped when tracking began. */
	for (unsigned int i = 0; i < 40; i += 3) {
		LEAD_TO(DATA + i);
		EXPECT_EQ(0, dirty_data(r, self->parent));
		WRITE(i);
		EXPECT_EQ(1ull << (DATA + i), dirty_data(r, self->parent));
		/* Cached as dirty it must not be, now. */
		WRITE(i + 1);
		EXPECT_EQ(1ull << (DATA + i), dirty_data(r, self->parent));
	}
	/* Nor was this page the guest's. */
	ASSERT_EQ(0, iommufdx_ioas_map(r->iommu, self->g.ioas, RW | FIXED, more,
				       PAGE, &iova));
	LEAD_TO(LATE);
	WRITE(5);
	EXPECT_EQ(5, *(uint64_t *)more);
	ASSERT_EQ(0, iommufdx_dirty_get(r->iommu, self->parent, 0, late, PAGE,
					PAGE, &bit));
	EXPECT_EQ(1, bit);
	EXPECT_EQ(0, dirty_data(r, self->parent));
	LEAD_TO(DATA);
	ASSERT_EQ(0, iommufdx_ioas_unmap(r->iommu, self->g.ioas, late, PAGE,
					 NULL));
	mem_put(more, PAGE);
}

/* What the guest's table led to is dirty when the table has gone. */
TEST_F(dirty_nested, bits_stay_when_the_table_goes)
{
	struct rig *r = &self->r;
	uint32_t pt_id = self->parent;

	LEAD_TO(DATA + 3);
	WRITE(1);
	LEAD_TO(DATA + 4);
	WRITE(2);
	/* Another table in its place, which is the parent itself; and none. */
	ASSERT_EQ(0, iommufdx_device_attach(r->dev, &pt_id));
	ASSERT_EQ(0, iommufdx_destroy(r->iommu, self->hwpt));
	ASSERT_EQ(0, guest_write(r, &self->dev, 0, guest_pa(DATA + 5), 3));
	ASSERT_EQ(0, iommufdx_device_detach(r->dev));
	EXPECT_EQ(7ull << (DATA + 3), dirty_data(r, self->parent));
	EXPECT_EQ(0, dirty_data(r, self->parent));
}

TEST_F(dirty_nested, unmapped_with_what_was_written)
{
	uint64_t bits = 0, iova = GPA;
	struct iommufdx_dirty_entry entry = {
		.hwpt_id = self->parent,
		.data = (uintptr_t)&bits,
	};
	struct rig *r = &self->r;

	LEAD_TO(DATA + 7);
	WRITE(1);
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, false));
	EXPECT_EQ(-EINVAL, iommufdx_ioas_unmap_dirty(r->iommu, self->g.ioas, GPA,
						     LEN, PAGE, &entry, 1,
						     NULL));
	ASSERT_EQ(0, iommufdx_dirty_set(r->iommu, self->parent, true));
	EXPECT_EQ(0, bits);
	WRITE(2);
	LEAD_TO(DATA + 9);
	WRITE(3);
	ASSERT_EQ(0, iommufdx_ioas_unmap_dirty(r->iommu, self->g.ioas, GPA, LEN,
					       PAGE, &entry, 1, NULL));
	EXPECT_EQ(5ull << (DATA + 7), bits & DATA_BITS);
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev, 0, VA, 4));
	EXPECT_EQ(3, *guest_page(&self->g, DATA + 9));
	/* Back again: clean, and the guest's tables are where they were. */
	ASSERT_EQ(0, iommufdx_ioas_map(r->iommu, self->g.ioas, RW | FIXED,
				       self->g.mem, LEN, &iova));
	EXPECT_EQ(0, dirty_data(r, self->parent));
	WRITE(5);
	EXPECT_EQ(5, *guest_page(&self->g, DATA + 9));
	EXPECT_NE(0, dirty_data(r, self->parent) & 1ull << (DATA + 9));
}

TEST_HARNESS_MAIN
