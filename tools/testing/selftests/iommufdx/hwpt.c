// SPDX-License-Identifier: GPL-2.0-only
/*
 * HWPTs: those that attaching to an address space makes, those that HWPT_ALLOC
 * makes, how long they live, and GET_HW_INFO.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull

FIXTURE(hwpt) {
	struct rig r;
	char *mem;
};

FIXTURE_SETUP(hwpt)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(PAGE);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(hwpt)
{
	rig_break(&self->r);
	mem_put(self->mem, PAGE);
}

static int alloc(struct rig *r, uint32_t flags, uint32_t *hwpt)
{
	return iommufdx_hwpt_alloc(r->iommu, r->dev_id, r->ioas, flags, hwpt);
}

static int attach(struct iommufdx_device *dev, uint32_t pt_id)
{
	return iommufdx_device_attach(dev, &pt_id);
}

TEST_F(hwpt, automatic_one_is_shared_and_goes_with_its_last_device)
{
	uint32_t first = self->r.ioas, second = self->r.ioas, other, id;
	struct iommufdx_device *dev;

	ASSERT_EQ(0, rig_add_device(&self->r, RIG_RID + 8, &other, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &id));
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &first));
	ASSERT_EQ(0, iommufdx_device_attach(dev, &second));
	EXPECT_NE(self->r.ioas, first);
	EXPECT_EQ(first, second);
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->r.iommu, first));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->r.iommu, self->r.ioas));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->r.iommu, first));
	ASSERT_EQ(0, iommufdx_device_detach(dev));
	EXPECT_EQ(-ENOENT, iommufdx_destroy(self->r.iommu, first));
	EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, self->r.ioas));
	iommufdx_device_close(dev);
}

TEST_F(hwpt, made_one_stays_until_destroyed)
{
	uint32_t hwpt;

	ASSERT_EQ(0, alloc(&self->r, 0, &hwpt));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->r.iommu, self->r.ioas));
	ASSERT_EQ(0, attach(self->r.dev, hwpt));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(self->r.iommu, hwpt));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	ASSERT_EQ(0, attach(self->r.dev, hwpt));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, hwpt));
	EXPECT_EQ(-ENOENT, iommufdx_destroy(self->r.iommu, hwpt));
	EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, self->r.ioas));
}

/* Attaching to an address space never picks one that somebody made. */
TEST_F(hwpt, made_one_is_not_picked)
{
	uint32_t hwpt, picked = self->r.ioas;

	ASSERT_EQ(0, alloc(&self->r, 0, &hwpt));
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &picked));
	EXPECT_NE(hwpt, picked);
	EXPECT_EQ(0, iommufdx_destroy(self->r.iommu, hwpt));
}

TEST_F(hwpt, filled_from_the_address_space)
{
	uint32_t hwpt;

	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, alloc(&self->r, 0, &hwpt));
	ASSERT_EQ(0, attach(self->r.dev, hwpt));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
	/* Later changes reach it too. */
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA + MB, RW));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA + MB));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, PAGE));
	EXPECT_EQ(-EFAULT, dma_probe(&self->r, IOVA));
}

/* As long as one table needs it, memory is pinned, and once. */
TEST_F(hwpt, two_tables_pin_once)
{
	uint32_t a, b;

	ASSERT_EQ(0, alloc(&self->r, 0, &a));
	ASSERT_EQ(0, alloc(&self->r, 0, &b));
	EXPECT_NE(a, b);
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	EXPECT_EQ(PAGE / 1024, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, iommufdx_destroy(self->r.iommu, a));
	EXPECT_EQ(PAGE / 1024, status_kb(getpid(), "VmPin"));
	ASSERT_EQ(0, attach(self->r.dev, b));
	EXPECT_EQ(0, dma_probe(&self->r, IOVA));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	ASSERT_EQ(0, iommufdx_destroy(self->r.iommu, b));
	EXPECT_EQ(0, status_kb(getpid(), "VmPin"));
}

TEST_F(hwpt, flags)
{
	uint32_t hwpt;

	EXPECT_EQ(0, alloc(&self->r, IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt));
	EXPECT_EQ(-EOPNOTSUPP, alloc(&self->r, 1u << 31, &hwpt));
	EXPECT_EQ(-EOPNOTSUPP, alloc(&self->r, IOMMU_HWPT_ALLOC_NEST_PARENT |
					       IOMMU_HWPT_FAULT_ID_VALID,
				     &hwpt));
}

TEST_F(hwpt, hardware_that_cannot_track)
{
	const struct iommufdx_mock_iommu_config plain = {
		.kind = RIG_ANY_KIND,
	};
	struct iommufdx_hw_info info;
	struct rig other;
	uint32_t hwpt;

	ASSERT_EQ(0, rig_make(&other, &plain));
	ASSERT_EQ(0, iommufdx_hw_info(other.iommu, other.dev_id, &info, NULL,
				      0));
	EXPECT_EQ(0, info.capabilities & IOMMU_HW_CAP_DIRTY_TRACKING);
	EXPECT_EQ(-EOPNOTSUPP, alloc(&other, IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
				     &hwpt));
	EXPECT_EQ(0, alloc(&other, 0, &hwpt));
	EXPECT_EQ(0, attach(other.dev, hwpt));
	rig_break(&other);
}

TEST_F(hwpt, hw_info)
{
	struct iommufdx_hw_info info;
	unsigned char buf[256];
	size_t size;

	ASSERT_EQ(0, iommufdx_hw_info(self->r.iommu, self->r.dev_id, &info,
				      NULL, 0));
	switch (rig_vendor()->kind) {
	case IOMMUFDX_MOCK_KIND_AMD:
		EXPECT_EQ(IOMMU_HW_INFO_TYPE_AMD, info.type);
		size = sizeof(struct iommu_hw_info_amd);
		break;
	case IOMMUFDX_MOCK_KIND_VTD:
		EXPECT_EQ(IOMMU_HW_INFO_TYPE_INTEL_VTD, info.type);
		size = sizeof(struct iommu_hw_info_vtd);
		break;
	default:
		EXPECT_EQ(IOMMU_HW_INFO_TYPE_ARM_SMMUV3, info.type);
		size = sizeof(struct iommu_hw_info_arm_smmuv3);
	}
	EXPECT_EQ(size, info.data_len);
	EXPECT_NE(0, info.capabilities & IOMMU_HW_CAP_DIRTY_TRACKING);

	memset(buf, 0xee, sizeof(buf));
	ASSERT_EQ(0, iommufdx_hw_info(self->r.iommu, self->r.dev_id, &info, buf,
				      sizeof(buf)));
	EXPECT_EQ(size, info.data_len);
	/* The rest is zeroed. */
	for (size_t i = size; i < sizeof(buf); i++)
		EXPECT_EQ(0, buf[i]);
	/* Less room gets less. */
	memset(buf, 0xee, sizeof(buf));
	ASSERT_EQ(0, iommufdx_hw_info(self->r.iommu, self->r.dev_id, &info, buf,
				      4));
	EXPECT_EQ(size, info.data_len);
	EXPECT_EQ(0xee, buf[4]);
}

TEST_F(hwpt, caps_of_a_device)
{
	struct iommufdx_get_caps caps;

	ASSERT_EQ(0, iommufdx_caps(self->r.iommu, 0, &caps));
	EXPECT_EQ(IOMMUFDX_ABI_VERSION, caps.out_abi_version);
	EXPECT_EQ(0, caps.out_dev_features);
	ASSERT_EQ(0, iommufdx_caps(self->r.iommu, self->r.dev_id, &caps));
	EXPECT_NE(0, caps.out_dev_features & IOMMUFDX_DEV_FEATURE_DIRTY);
	EXPECT_EQ(-ENOENT, iommufdx_caps(self->r.iommu, self->r.ioas, &caps));
}

TEST_HARNESS_MAIN
