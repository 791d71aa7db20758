// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's VT-d first-stage tables on a nesting parent, with invalidations by
 * the array ioctl.
 */
#include "kselftest_harness.h"
#include "nested_rig.h"

#define VA	0x7f0012345000ull
#define TABLE	0
#define TABLE2	4
#define DATA	8
#define S1	IOMMU_HWPT_DATA_VTD_S1
#define INV	IOMMU_HWPT_INVALIDATE_DATA_VTD_S1

typedef struct iommu_hwpt_vtd_s1_invalidate inv_t;

FIXTURE(vtd) {
	struct rig r;
	struct guest_dev dev[2];
	struct guest g;
	struct guest g2;
};

FIXTURE_SETUP(vtd)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = IOMMUFDX_MOCK_KIND_VTD,
		.caps = ~0u,
	};

	ASSERT_EQ(0, rig_make(&self->r, &config));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, guest_dev_make(&self->r, 0x200 + i, &self->dev[i]));
	ASSERT_EQ(0, guest_make(&self->r, self->dev[0].dev_id, &self->g));
	ASSERT_EQ(0, guest_make(&self->r, self->dev[0].dev_id, &self->g2));
}

FIXTURE_TEARDOWN(vtd)
{
	struct iommufdx_mock_iommu_stats stats;

	EXPECT_EQ(0, iommufdx_mock_stats(self->r.mock, self->r.mock_iommu,
					 &stats));
	EXPECT_EQ(0, stats.out_illegal);
	EXPECT_EQ(0, guest_stale(&self->r));
	for (int i = 0; i < 2; i++)
		guest_dev_break(&self->dev[i]);
	rig_break(&self->r);
	guest_break(&self->g);
	guest_break(&self->g2);
}

static int nest(struct rig *r, struct guest_dev *dev, struct guest *g,
		unsigned int table, uint32_t *hwpt)
{
	const struct iommu_hwpt_vtd_s1 s1 = {
		.pgtbl_addr = guest_pa(table),
		.addr_width = 48,
	};

	return iommufdx_hwpt_nest(r->iommu, dev->dev_id, g->parent,
				  IOMMU_HWPT_ALLOC_PASID, S1, &s1, sizeof(s1),
				  hwpt);
}

static int inv(struct rig *r, uint32_t hwpt, const inv_t *entries, uint32_t num,
	       uint32_t *done)
{
	return guest_inv(r, hwpt, INV, entries, sizeof(*entries), num, done);
}

TEST_F(vtd, hardware_says_what_it_can)
{
	struct iommu_hw_info_vtd vtd;
	struct iommufdx_hw_info info;

	ASSERT_EQ(0, iommufdx_hw_info(self->r.iommu, self->dev[0].dev_id, &info,
				      &vtd, sizeof(vtd)));
	EXPECT_EQ(IOMMU_HW_INFO_TYPE_INTEL_VTD, info.type);
	EXPECT_EQ(sizeof(vtd), info.data_len);
	/* NEST, and first-stage translation. */
	EXPECT_NE(0, vtd.ecap_reg & (1ull << 26));
	EXPECT_NE(0, vtd.ecap_reg & (1ull << 47));
	EXPECT_EQ(0, vtd.flags);
}

TEST_F(vtd, rid_and_pasid_go_through_the_guests_tables)
{
	struct guest *g = &self->g;
	struct rig *r = &self->r;
	uint32_t a, b, pt, done;
	uint64_t val;
	inv_t one = { .addr = VA, .npages = 1 };

	ASSERT_EQ(0, nest(r, &self->dev[0], g, TABLE, &a));
	ASSERT_EQ(0, nest(r, &self->dev[0], g, TABLE2, &b));
	guest_map_x86(g, TABLE, VA, DATA);
	guest_map_x86(g, TABLE2, VA, DATA + 1);
	pt = a;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	pt = b;
	ASSERT_EQ(0, iommufdx_device_attach_pasid(self->dev[0].dev, 5, &pt));
	ASSERT_EQ(0, guest_write(r, &self->dev[0], 0, VA, 0xa));
	ASSERT_EQ(0, guest_write(r, &self->dev[0], 5, VA, 0xb));
	EXPECT_EQ(0xa, guest_page(g, DATA)[0]);
	EXPECT_EQ(0xb, guest_page(g, DATA + 1)[0]);
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 6, VA, 1));
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 0, GPA, 1));

	/* Forgotten, seen, made up for. */
	guest_map_x86(g, TABLE2, VA, DATA + 2);
	EXPECT_EQ(1, guest_stale(r));
	ASSERT_EQ(0, inv(r, a, &one, 1, &done));
	EXPECT_EQ(1, guest_stale(r));
	ASSERT_EQ(0, inv(r, b, &one, 1, &done));
	EXPECT_EQ(1, done);
	EXPECT_EQ(0, guest_stale(r));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 5, VA, &val));
	EXPECT_EQ(0, val);
}

TEST_F(vtd, unmapping_the_guests_memory_reaches_its_translations)
{
	struct guest *g = &self->g;
	struct rig *r = &self->r;
	uint32_t a, pt;
	uint64_t val;

	ASSERT_EQ(0, nest(r, &self->dev[0], g, TABLE, &a));
	guest_map_x86(g, TABLE, VA, DATA);
	pt = a;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 0, VA, &val));
	ASSERT_EQ(0, iommufdx_ioas_unmap(r->iommu, g->ioas, GPA,
					 GUEST_PAGES * PAGE, NULL));
	EXPECT_EQ(0, guest_stale(r));
	EXPECT_EQ(-EFAULT, guest_read(r, &self->dev[0], 0, VA, &val));
}

TEST_F(vtd, guests_do_not_touch_each_other)
{
	inv_t all = { .npages = UINT64_MAX };
	struct rig *r = &self->r;
	uint32_t a, b, pt, done;
	uint64_t val;

	ASSERT_EQ(0, nest(r, &self->dev[0], &self->g, TABLE, &a));
	ASSERT_EQ(0, nest(r, &self->dev[1], &self->g2, TABLE, &b));
	guest_map_x86(&self->g, TABLE, VA, DATA);
	guest_map_x86(&self->g2, TABLE, VA, DATA);
	guest_page(&self->g, DATA)[0] = 0xa;
	guest_page(&self->g2, DATA)[0] = 0xb;
	pt = a;
	ASSERT_EQ(0, iommufdx_device_attach_pasid(self->dev[0].dev, 3, &pt));
	pt = b;
	ASSERT_EQ(0, iommufdx_device_attach_pasid(self->dev[1].dev, 3, &pt));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 3, VA, &val));
	EXPECT_EQ(0xa, val);
	ASSERT_EQ(0, guest_read(r, &self->dev[1], 3, VA, &val));
	EXPECT_EQ(0xb, val);
	guest_map_x86(&self->g, TABLE, VA, DATA + 1);
	ASSERT_EQ(0, inv(r, b, &all, 1, &done));
	EXPECT_EQ(1, guest_stale(r));
	ASSERT_EQ(0, inv(r, a, &all, 1, &done));
}

TEST_F(vtd, bad_input_is_refused)
{
	struct iommu_hwpt_vtd_s1 s1;
	struct rig *r = &self->r;
	uint32_t a, done, hwpt;
	inv_t three[3];

	for (int bit = 3; bit < 64; bit++) {
		s1 = (struct iommu_hwpt_vtd_s1){
			.flags = 1ull << bit, .pgtbl_addr = GPA,
			.addr_width = 48,
		};
		EXPECT_EQ(-EOPNOTSUPP,
			  iommufdx_hwpt_nest(r->iommu, self->dev[0].dev_id,
					     self->g.parent, 0, S1, &s1,
					     sizeof(s1), &hwpt));
	}
	for (int bit = 0; bit < 64; bit++) {
		s1 = (struct iommu_hwpt_vtd_s1){
			.pgtbl_addr = 1ull << bit, .addr_width = 48,
		};
		EXPECT_EQ(bit < 12 || bit >= 48 ? -EINVAL : 0,
			  iommufdx_hwpt_nest(r->iommu, self->dev[0].dev_id,
					     self->g.parent, 0, S1, &s1,
					     sizeof(s1), &hwpt));
	}
	s1 = (struct iommu_hwpt_vtd_s1){ .pgtbl_addr = GPA, .addr_width = 39 };
	EXPECT_EQ(-EINVAL, iommufdx_hwpt_nest(r->iommu, self->dev[0].dev_id,
					      self->g.parent, 0, S1, &s1,
					      sizeof(s1), &hwpt));

	ASSERT_EQ(0, nest(r, &self->dev[0], &self->g, TABLE, &a));
	/* Nothing nests on what is nested, or invalidates what is not. */
	EXPECT_EQ(-EINVAL, iommufdx_hwpt_nest(r->iommu, self->dev[0].dev_id, a,
					      0, S1, &s1, sizeof(s1), &hwpt));
	for (int i = 0; i < 3; i++)
		three[i] = (inv_t){ .addr = VA, .npages = 1 };
	EXPECT_EQ(-EINVAL, inv(r, self->g.parent, three, 1, &done));
	EXPECT_EQ(0, inv(r, a, NULL, 0, &done));
	EXPECT_EQ(-EINVAL, guest_inv(r, a, INV + 1, NULL, 0, 0, &done));
	three[1].flags = 2;
	EXPECT_EQ(-EOPNOTSUPP, inv(r, a, three, 3, &done));
	EXPECT_EQ(1, done);
	three[1] = (inv_t){ .addr = VA + 1, .npages = 1 };
	EXPECT_EQ(-EINVAL, inv(r, a, three, 3, &done));
	EXPECT_EQ(1, done);
	three[1] = (inv_t){ .addr = ~0xfffull, .npages = 2 };
	EXPECT_EQ(-EINVAL, inv(r, a, three, 3, &done));
	EXPECT_EQ(1, done);
}

/* By vIOMMU: faults of the first stage are told to the guest, by its names. */
TEST_F(vtd, faults_arrive_with_the_guests_name)
{
	struct {
		struct iommufd_vevent_header header;
		struct iommufdx_vevent_vtd fault;
	} event;
	struct iommufdx_hwpt_vtd arg = {
		.s1 = { .pgtbl_addr = guest_pa(TABLE), .addr_width = 48 },
		.did = 7,
	};
	uint32_t viommu, vdev, veventq, hwpt, pt;
	struct guest *g = &self->g;
	struct rig *r = &self->r;
	int fd;

	EXPECT_EQ(-ENOENT,
		  iommufdx_viommu_alloc(r->iommu, self->dev[0].dev_id, g->ioas,
					IOMMUFDX_VIOMMU_TYPE_VTD, &viommu));
	EXPECT_EQ(-EOPNOTSUPP,
		  iommufdx_viommu_alloc(r->iommu, self->dev[0].dev_id,
					g->parent, IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
					&viommu));
	ASSERT_EQ(0, iommufdx_viommu_alloc(r->iommu, self->dev[0].dev_id,
					   g->parent, IOMMUFDX_VIOMMU_TYPE_VTD,
					   &viommu));
	ASSERT_EQ(0, iommufdx_veventq_alloc(r->iommu, viommu,
					    IOMMUFDX_VEVENTQ_TYPE_VTD, 8,
					    &veventq, &fd));
	ASSERT_EQ(0, iommufdx_hwpt_nest(r->iommu, self->dev[0].dev_id, viommu,
					IOMMU_HWPT_ALLOC_PASID,
					IOMMUFDX_HWPT_DATA_VTD, &arg,
					sizeof(arg), &hwpt));
	guest_map_x86(g, TABLE, VA, DATA);
	/* A device without a name belongs to no guest. */
	pt = hwpt;
	EXPECT_EQ(-ENOENT, iommufdx_device_attach(self->dev[0].dev, &pt));
	EXPECT_EQ(-EINVAL, iommufdx_vdevice_alloc(r->iommu, viommu,
						  self->dev[0].dev_id, 0x10000,
						  &vdev));
	ASSERT_EQ(0, iommufdx_vdevice_alloc(r->iommu, viommu,
					    self->dev[0].dev_id, VSID, &vdev));
	pt = hwpt;
	ASSERT_EQ(0, iommufdx_device_attach_pasid(self->dev[0].dev, 5, &pt));
	EXPECT_EQ(0, guest_write(r, &self->dev[0], 5, VA, 1));
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 5, VA + PAGE, 1));
	ASSERT_TRUE(guest_event(fd, &event, sizeof(event)));
	EXPECT_EQ(0, event.header.flags);
	/* First-stage entry not present: section 7.1.3, SFS.2. */
	EXPECT_EQ(VA + PAGE, event.fault.frcd[0]);
	EXPECT_EQ(VSID, event.fault.frcd[1] & 0xffff);
	EXPECT_EQ(0x71, event.fault.frcd[1] >> 32 & 0xff);
	EXPECT_EQ(5, event.fault.frcd[1] >> 40 & 0xfffff);
	/* Its PASID table says nothing of this one: SPT.2. */
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 6, VA, 1));
	ASSERT_TRUE(guest_event(fd, &event, sizeof(event)));
	EXPECT_EQ(0x59, event.fault.frcd[1] >> 32 & 0xff);
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, viommu));
	close(fd);
}

/* The guest changes pages at random, invalidates, and DMA follows at once. */
TEST_F_TIMEOUT(vtd, nothing_stale_after_random_changes, 120)
{
	uint64_t seed = rnd_seed(), state = seed, val;
	unsigned int where[32] = { 0 };
	struct guest *g = &self->g;
	struct rig *r = &self->r;
	uint32_t a, pt, done;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	for (int i = 0; i < 16; i++)
		guest_page(g, DATA + i)[0] = i;
	ASSERT_EQ(0, nest(r, &self->dev[0], g, TABLE, &a));
	pt = a;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	pt = a;
	ASSERT_EQ(0, iommufdx_device_attach_pasid(self->dev[0].dev, 9, &pt));
	for (int i = 0; i < 1500; i++) {
		unsigned int first = rnd(&state) % 32, n = rnd(&state) % 8 + 1;
		inv_t change[8];

		for (unsigned int j = 0; j < n; j++) {
			unsigned int slot = (first + j) % 32;

			where[slot] = rnd(&state) % 17;
			guest_map_x86(g, TABLE, VA + slot * PAGE,
				      where[slot] ? DATA - 1 + where[slot] : 0);
			change[j] = (inv_t){ .addr = VA + slot * PAGE,
					     .npages = 1, .flags = i & 1 };
		}
		ASSERT_EQ(0, inv(r, a, change, n, &done));
		ASSERT_EQ(n, done);
		/* What has changed, which now is cached again, and its neighbours. */
		for (unsigned int j = first + 31; j <= first + 32 + n; j++) {
			unsigned int slot = j % 32;
			int rc = guest_read(r, &self->dev[0], slot & 1 ? 9 : 0,
					    VA + slot * PAGE, &val);

			ASSERT_EQ(where[slot] ? 0 : -EFAULT, rc);
			if (where[slot])
				ASSERT_EQ(where[slot] - 1, val);
		}
		if (i % 250 == 0)
			ASSERT_EQ(0, guest_stale(r));
	}
}

TEST_HARNESS_MAIN
