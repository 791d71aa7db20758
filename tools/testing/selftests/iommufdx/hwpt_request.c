// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMUFDX_HWPT_ALLOC_PAGING: the answer says what was chosen, and what cannot be
 * had is refused before anything is made.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull

FIXTURE(hwpt_request) {
	struct rig r;
	struct iommufdx_hwpt_choice got;
	char *mem;
};

FIXTURE_SETUP(hwpt_request)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(4 * MB);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, 4 * MB, IOVA, RW));
}

FIXTURE_TEARDOWN(hwpt_request)
{
	rig_break(&self->r);
	mem_put(self->mem, 4 * MB);
}

static int make(struct rig *r, const struct iommufdx_hwpt_request *want,
		struct iommufdx_hwpt_choice *got)
{
	return iommufdx_hwpt_request(r->iommu, r->dev_id, r->ioas, want, got);
}

static uint64_t features_of(struct rig *r)
{
	struct iommufdx_get_caps caps;

	return iommufdx_caps(r->iommu, r->dev_id, &caps) ? 0 :
	       caps.out_dev_features;
}

TEST_F(hwpt_request, nothing_asked_for)
{
	const struct iommufdx_hwpt_request want = {};

	ASSERT_EQ(0, make(&self->r, &want, &self->got));
	EXPECT_NE(IOMMUFDX_FORMAT_ANY, self->got.format);
	EXPECT_LE(47, self->got.va_bits);
	EXPECT_TRUE(self->got.page_sizes & PAGE);
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &self->got.hwpt));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
}

/* All that the answer names, and nothing else, although it was not asked for. */
TEST_F(hwpt_request, it_can_do_what_the_answer_says)
{
	static const uint32_t types[] = {
		[IOMMUFDX_MOCK_KIND_AMD] = IOMMUFDX_VIOMMU_TYPE_AMD,
		[IOMMUFDX_MOCK_KIND_VTD] = IOMMUFDX_VIOMMU_TYPE_VTD,
		[IOMMUFDX_MOCK_KIND_SMMUV3] = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
	};
	static const uint32_t flags[] = {
		0, IOMMUFDX_HWPT_NO_PASID, IOMMUFDX_HWPT_NEST_PARENT,
		IOMMUFDX_HWPT_DIRTY_TRACKING, IOMMUFDX_HWPT_PASID,
	};
	uint64_t features = features_of(&self->r);
	struct rig *r = &self->r;
	uint32_t viommu;

	for (int i = 0; i < ARRAY_SIZE(flags); i++) {
		const struct iommufdx_hwpt_request want = { .flags = flags[i] };
		int rc;

		if (flags[i] == IOMMUFDX_HWPT_PASID &&
		    !(features & IOMMUFDX_DEV_FEATURE_PASID))
			continue;
		ASSERT_EQ(0, make(r, &want, &self->got));
		EXPECT_EQ(self->got.flags & IOMMUFDX_HWPT_DIRTY_TRACKING ?
			  0 : -EOPNOTSUPP,
			  iommufdx_dirty_set(r->iommu, self->got.hwpt, true));
		rc = iommufdx_viommu_alloc(r->iommu, r->dev_id, self->got.hwpt,
					   types[rig_vendor()->kind], &viommu);
		EXPECT_EQ(self->got.flags & IOMMUFDX_HWPT_NEST_PARENT ?
			  0 : -EINVAL, rc);
		if (!rc)
			EXPECT_EQ(0, iommufdx_destroy(r->iommu, viommu));
		rc = iommufdx_device_attach_pasid(r->dev, 1, &self->got.hwpt);
		EXPECT_EQ(self->got.flags & IOMMUFDX_HWPT_PASID &&
			  features & IOMMUFDX_DEV_FEATURE_PASID ? 0 : -EINVAL,
			  rc);
		if (!rc)
			EXPECT_EQ(0, iommufdx_device_detach_pasid(r->dev, 1));
		EXPECT_EQ(0, iommufdx_destroy(r->iommu, self->got.hwpt));
	}
}

/* What was not asked for and is in the answer could have been asked for. */
TEST_F(hwpt_request, answer_is_what_a_request_can_have)
{
	static const uint32_t caps[] = { ~0u, 0, IOMMUFDX_MOCK_CAP_PASID };
	const struct iommufdx_hwpt_request want = {};

	for (int i = 0; i < ARRAY_SIZE(caps); i++) {
		const struct iommufdx_mock_iommu_config config = {
			.kind = RIG_ANY_KIND,
			.caps = caps[i],
		};
		struct iommufdx_table_caps tables[16];
		uint32_t num = ARRAY_SIZE(tables), flags = 0;
		struct rig r;

		ASSERT_EQ(0, rig_make(&r, &config));
		ASSERT_EQ(0, make(&r, &want, &self->got));
		ASSERT_EQ(0, iommufdx_table_caps(r.iommu, r.dev_id, tables,
						 &num));
		for (int k = 0; k < num; k++)
			if (tables[k].format == self->got.format)
				flags |= tables[k].flags;
		EXPECT_EQ(0, self->got.flags & ~flags) {
			TH_LOG("caps %#x: %#x of %#x", caps[i],
			       self->got.flags, flags);
		}
		rig_break(&r);
	}
}

/* Two stages are refused at once where hardware has only one. */
TEST_F(hwpt_request, no_nesting_parent_without_nesting)
{
	const struct iommufdx_hwpt_request want = {
		.flags = IOMMUFDX_HWPT_NEST_PARENT,
	};
	const struct iommufdx_mock_iommu_config config = {
		.kind = RIG_ANY_KIND,
		.caps = IOMMUFDX_MOCK_CAP_DIRTY | IOMMUFDX_MOCK_CAP_PASID,
	};
	struct rig r;

	ASSERT_EQ(0, rig_make(&r, &config));
	EXPECT_EQ(-EOPNOTSUPP, make(&r, &want, &self->got));
	EXPECT_FALSE(features_of(&r) & IOMMUFDX_DEV_FEATURE_NEST);
	rig_break(&r);
}

/* Of the three vendors' IOMMUs only Arm's must empty an entry to change its size. */
TEST_F(hwpt_request, whether_page_sizes_change_under_dma)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = RIG_ANY_KIND,
		.caps = IOMMUFDX_MOCK_CAP_DIRTY | IOMMUFDX_MOCK_CAP_PASID,
	};
	bool arm = rig_vendor()->kind == IOMMUFDX_MOCK_KIND_SMMUV3;
	struct rig r;

	EXPECT_TRUE(features_of(&self->r) & IOMMUFDX_DEV_FEATURE_PAGE_SIZE_LIVE);
	ASSERT_EQ(0, rig_make(&r, &config));
	EXPECT_EQ(!arm, !!(features_of(&r) & IOMMUFDX_DEV_FEATURE_PAGE_SIZE_LIVE));
	rig_break(&r);
}

TEST_F(hwpt_request, answer_holds_what_was_asked_for)
{
	static const uint32_t flags[] = {
		IOMMUFDX_HWPT_NEST_PARENT,
		IOMMUFDX_HWPT_DIRTY_TRACKING,
		IOMMUFDX_HWPT_NO_PASID,
		IOMMUFDX_HWPT_NEST_PARENT | IOMMUFDX_HWPT_DIRTY_TRACKING,
	};

	for (int i = 0; i < ARRAY_SIZE(flags); i++) {
		const struct iommufdx_hwpt_request want = { .flags = flags[i] };

		ASSERT_EQ(0, make(&self->r, &want, &self->got));
		EXPECT_EQ(flags[i], self->got.flags & flags[i]);
		/* What it can be a nesting parent with. */
		if (!(flags[i] & IOMMUFDX_HWPT_NEST_PARENT))
			continue;
		switch (rig_vendor()->kind) {
		case IOMMUFDX_MOCK_KIND_AMD:
			EXPECT_EQ(IOMMUFDX_FORMAT_AMDV1, self->got.format);
			break;
		case IOMMUFDX_MOCK_KIND_VTD:
			EXPECT_EQ(IOMMUFDX_FORMAT_VTDSS, self->got.format);
			break;
		default:
			EXPECT_EQ(IOMMUFDX_FORMAT_ARMV8_S2, self->got.format);
		}
	}
}

TEST_F(hwpt_request, format_by_name)
{
	struct iommufdx_hwpt_request want = { .format = rig_vendor()->format };

	ASSERT_EQ(0, make(&self->r, &want, &self->got));
	EXPECT_EQ(rig_vendor()->format, self->got.format);
	/* Somebody else's. */
	want.format = rig_vendor()->kind == IOMMUFDX_MOCK_KIND_AMD ?
			      IOMMUFDX_FORMAT_VTDSS : IOMMUFDX_FORMAT_AMDV1;
	EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
	want.format = IOMMUFDX_FORMAT_ARMV8_S2 + 1;
	EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
}

TEST_F(hwpt_request, width)
{
	struct iommufdx_hwpt_request want = {
		.format = rig_vendor()->format,
		.va_bits = 39,
	};
	int rc;

	/* AMD's host tables have any width, the others come in steps. */
	ASSERT_EQ(0, make(&self->r, &want, &self->got));
	EXPECT_LE(39, self->got.va_bits);
	if (want.format == IOMMUFDX_FORMAT_AMDV1) {
		EXPECT_EQ(39, self->got.va_bits);
	}
	want.va_bits = 49;
	rc = make(&self->r, &want, &self->got);
	if (want.format == IOMMUFDX_FORMAT_AMDV1 || rc != -EOPNOTSUPP) {
		ASSERT_EQ(0, rc);
		EXPECT_LE(49, self->got.va_bits);
	}
	want.va_bits = 65;
	EXPECT_EQ(-EINVAL, make(&self->r, &want, &self->got));
	/* What is mapped does not fit. */
	want.va_bits = 21;
	rc = make(&self->r, &want, &self->got);
	if (rc || want.format == IOMMUFDX_FORMAT_AMDV1) {
		EXPECT_EQ(-EADDRINUSE, rc);
	} else {
		EXPECT_LE(31, self->got.va_bits);
	}
}

TEST_F(hwpt_request, page_sizes)
{
	struct iommufdx_hwpt_request want = {
		.format = rig_vendor()->format,
		.page_sizes = PAGE | 2 * MB,
	};

	ASSERT_EQ(0, make(&self->r, &want, &self->got));
	EXPECT_EQ(PAGE | 2 * MB, self->got.page_sizes);
	want.page_sizes = 2048;
	EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
}

/* Sizes that the hardware may have, but none of them maps a page. */
TEST_F(hwpt_request, page_sizes_that_are_all_too_large)
{
	static const uint64_t sizes[] = {
		16 * 1024, 64 * 1024, 2 * MB, 1024 * MB, 1ull << 40, 1ull << 51,
	};
	struct iommufdx_hwpt_request want = {};
	struct iommufdx_table_caps tables[16];
	uint32_t num = ARRAY_SIZE(tables);

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		want.page_sizes = sizes[i];
		want.format = IOMMUFDX_FORMAT_ANY;
		EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
		want.format = rig_vendor()->format;
		EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
	}
	ASSERT_EQ(0, iommufdx_table_caps(self->r.iommu, self->r.dev_id, tables,
					 &num));
	for (int i = 0; i < num; i++)
		EXPECT_NE(0, tables[i].page_sizes & (2 * PAGE - 1));
}

TEST_F(hwpt_request, contradictions_and_unknown_bits)
{
	struct iommufdx_hwpt_request want = {
		.flags = IOMMUFDX_HWPT_PASID | IOMMUFDX_HWPT_NO_PASID,
	};

	EXPECT_EQ(-EINVAL, make(&self->r, &want, &self->got));
	want.flags = IOMMUFDX_HWPT_NEST_PARENT | IOMMUFDX_HWPT_FAULT_ID_VALID;
	EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
	want.flags = 1u << 31;
	EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
	want.flags = 0;
	want.quirks = 1u << 31;
	EXPECT_EQ(-EOPNOTSUPP, make(&self->r, &want, &self->got));
	want.quirks = 0;
	want.flags = IOMMUFDX_HWPT_FAULT_ID_VALID;
	want.fault_id = self->r.ioas;
	EXPECT_EQ(-ENOENT, make(&self->r, &want, &self->got));
}

TEST_HARNESS_MAIN
