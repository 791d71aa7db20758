// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMUFDX_HWPT_ALLOC_PAGING: the answer says what was chosen, and what cannot be had is refused before anything is made.
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
