// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's AMD IOMMU: its device table entry, GCR3 table and page tables on a
 * nesting parent, its commands by the array ioctl, its events.
 */
#include "kselftest_harness.h"
#include "nested_rig.h"

#include <sys/ioctl.h>

#define VA	0x7f0012345000ull
#define TABLE	1
#define TABLE2	5
#define DATA	16
#define DOMAIN	9ull
#define INV	IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD

typedef struct iommufdx_viommu_amd_invalidate cmd_t;

FIXTURE(amd) {
	struct rig r;
	struct guest_dev dev[2];
	struct guest g[2];
	uint32_t viommu[2];
};

FIXTURE_SETUP(amd)
{
	ASSERT_EQ(0, guests_make(&self->r, IOMMUFDX_MOCK_KIND_AMD,
				 IOMMUFDX_VIOMMU_TYPE_AMD, self->dev, self->g,
				 self->viommu));
}

FIXTURE_TEARDOWN(amd)
{
	EXPECT_TRUE(guests_break(&self->r, self->dev, self->g));
}

static int nest(struct rig *r, struct guest_dev *dev, uint32_t viommu,
		const struct iommu_hwpt_amd_guest *guest, uint32_t *hwpt)
{
	return iommufdx_hwpt_nest(r->iommu, dev->dev_id, viommu, 0,
				  IOMMU_HWPT_DATA_AMD_GUEST, guest,
				  sizeof(*guest), hwpt);
}

static int attach(struct rig *r, struct guest_dev *dev, uint32_t viommu,
		  uint32_t *hwpt)
{
	const struct iommu_hwpt_amd_guest guest = guest_dte_amd(DOMAIN);
	uint32_t pt;
	int rc;

	rc = nest(r, dev, viommu, &guest, hwpt);
	pt = *hwpt;
	return rc ? rc : iommufdx_device_attach(dev->dev, &pt);
}

static int inv(struct rig *r, uint32_t viommu, const cmd_t *cmds, uint32_t num,
	       uint32_t *done)
{
	return guest_inv(r, viommu, INV, cmds, sizeof(*cmds), num, done);
}

/* INVALIDATE_IOMMU_PAGES of a guest's page. */
static cmd_t inv_page(uint64_t domain, uint64_t pasid, uint64_t va)
{
	return (cmd_t){ { 3ull << 60 | domain << 32 | pasid, va | 1 << 2 } };
}

/* The same of all that a PASID has. */
static cmd_t inv_pasid(uint64_t domain, uint64_t pasid)
{
	return inv_page(domain, pasid, 0x7ffffffffffff003ull);
}

static const cmd_t inv_all = { { 8ull << 60 } };

TEST_F(amd, pasids_go_through_the_guests_tables)
{
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	uint32_t hwpt, done;
	uint64_t val;
	cmd_t cmd;

	guest_gcr3_amd(g, 0, TABLE);
	guest_gcr3_amd(g, 7, TABLE2);
	guest_map_x86(g, TABLE, VA, DATA);
	guest_map_x86(g, TABLE2, VA, DATA + 1);
	ASSERT_EQ(0, attach(r, &self->dev[0], self->viommu[0], &hwpt));
	ASSERT_EQ(0, guest_write(r, &self->dev[0], 0, VA, 0xa));
	ASSERT_EQ(0, guest_write(r, &self->dev[0], 7, VA, 0xb));
	EXPECT_EQ(0xa, guest_page(g, DATA)[0]);
	EXPECT_EQ(0xb, guest_page(g, DATA + 1)[0]);
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 6, VA, 1));
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 0, GPA, 1));

	/* Forgotten, seen, made up for. */
	guest_map_x86(g, TABLE2, VA, DATA + 2);
	EXPECT_EQ(1, guest_stale(r));
	cmd = inv_page(DOMAIN, 0, VA);
	ASSERT_EQ(0, inv(r, self->viommu[0], &cmd, 1, &done));
	cmd = inv_page(DOMAIN + 1, 7, VA);
	ASSERT_EQ(0, inv(r, self->viommu[0], &cmd, 1, &done));
	EXPECT_EQ(1, guest_stale(r));
	cmd = inv_page(DOMAIN, 7, VA);
	ASSERT_EQ(0, inv(r, self->viommu[0], &cmd, 1, &done));
	EXPECT_EQ(1, done);
	EXPECT_EQ(0, guest_stale(r));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 7, VA, &val));
	EXPECT_EQ(0, val);
	/* Another table for the PASID. */
	guest_gcr3_amd(g, 7, TABLE);
	EXPECT_LT(0, guest_stale(r));
	cmd = inv_pasid(DOMAIN, 7);
	ASSERT_EQ(0, inv(r, self->viommu[0], &cmd, 1, &done));
	EXPECT_EQ(0, guest_stale(r));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 7, VA, &val));
	EXPECT_EQ(0xa, val);
}

TEST_F(amd, unmapping_the_guests_memory_reaches_its_translations)
{
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	uint32_t hwpt;
	uint64_t val;

	guest_gcr3_amd(g, 0, TABLE);
	guest_map_x86(g, TABLE, VA, DATA);
	ASSERT_EQ(0, attach(r, &self->dev[0], self->viommu[0], &hwpt));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 0, VA, &val));
	ASSERT_EQ(0, iommufdx_ioas_unmap(r->iommu, g->ioas, GPA,
					 GUEST_PAGES * PAGE, NULL));
	EXPECT_EQ(0, guest_stale(r));
	EXPECT_EQ(-EFAULT, guest_read(r, &self->dev[0], 0, VA, &val));
}

TEST_F(amd, guests_do_not_touch_each_other)
{
	const cmd_t all[] = { inv_all, inv_pasid(DOMAIN, 0),
			      inv_page(DOMAIN, 0, VA) };
	/* INVALIDATE_IOTLB_PAGES: the other guest's device, and the host's name. */
	const cmd_t foreign[] = { { { 4ull << 60 | VSID, VA } },
				  { { 4ull << 60 | 0x201, VA } } };
	struct rig *r = &self->r;
	uint32_t hwpt, pt, done;
	uint64_t val;

	for (int i = 0; i < 2; i++) {
		guest_gcr3_amd(&self->g[i], 0, TABLE);
		guest_map_x86(&self->g[i], TABLE, VA, DATA);
		guest_page(&self->g[i], DATA)[0] = 0xa + i;
		ASSERT_EQ(0, attach(r, &self->dev[i], self->viommu[i], &hwpt));
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, guest_read(r, &self->dev[i], 0, VA, &val));
		EXPECT_EQ(0xa + i, val);
	}
	guest_map_x86(&self->g[0], TABLE, VA, DATA + 1);
	ASSERT_EQ(0, inv(r, self->viommu[1], all, 3, &done));
	EXPECT_EQ(3, done);
	EXPECT_EQ(1, guest_stale(r));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(-EIO, inv(r, self->viommu[1], &foreign[i], 1, &done));
		EXPECT_EQ(0, done);
	}
	ASSERT_EQ(0, inv(r, self->viommu[0], all, 3, &done));
	/* A nested table of the other guest behind the same IOMMU, as it is. */
	pt = hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 0, VA, &val));
	EXPECT_EQ(0xb, val);
}

TEST_F(amd, bits_that_guests_may_not_set)
{
	struct iommu_hwpt_amd_guest guest;
	struct rig *r = &self->r;
	uint32_t hwpt, done;

	/* Mode, the host table's root, GLX, GPM; the rest has no effect. */
	for (int bit = 9; bit < 52; bit++) {
		guest = guest_dte_amd(DOMAIN);
		guest.dte[0] |= 1ull << bit;
		EXPECT_EQ(-EINVAL, nest(r, &self->dev[0], self->viommu[0],
					&guest, &hwpt));
	}
	guest = guest_dte_amd(DOMAIN);
	guest.dte[0] |= 3ull << 56;
	EXPECT_EQ(-EINVAL, nest(r, &self->dev[0], self->viommu[0], &guest,
				&hwpt));
	guest = guest_dte_amd(DOMAIN);
	guest.dte[2] |= 2ull << 54;
	EXPECT_EQ(-EINVAL, nest(r, &self->dev[0], self->viommu[0], &guest,
				&hwpt));
	for (uint64_t op = 0; op < 0x10; op++) {
		const cmd_t three[3] = { inv_page(DOMAIN, 0, VA),
					 { { op << 60 | VSID } },
					 inv_page(DOMAIN, 0, VA) };
		const cmd_t all[3] = { three[0], inv_all, three[2] };
		bool ok = op == 3 || op == 4 || op == 8;

		EXPECT_EQ(ok ? 0 : -EIO,
			  inv(r, self->viommu[0], op == 8 ? all : three, 3,
			      &done));
		EXPECT_EQ(ok ? 3 : 1, done);
	}
	EXPECT_EQ(0, inv(r, self->viommu[0], NULL, 0, &done));
	EXPECT_EQ(-EINVAL, guest_inv(r, self->viommu[0], INV + 1, NULL, 0, 0,
				     &done));
}

TEST_F(amd, faults_arrive_with_the_guests_names)
{
	struct {
		struct iommufd_vevent_header header;
		struct iommufdx_vevent_amd evt;
	} event;
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	uint32_t hwpt, veventq;
	int fd;

	ASSERT_EQ(0, iommufdx_veventq_alloc(r->iommu, self->viommu[0],
					    IOMMUFDX_VEVENTQ_TYPE_AMD, 8,
					    &veventq, &fd));
	guest_gcr3_amd(g, 0, TABLE);
	guest_map_x86(g, TABLE, VA, DATA);
	ASSERT_EQ(0, attach(r, &self->dev[0], self->viommu[0], &hwpt));
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 0, VA + PAGE, 1));
	ASSERT_TRUE(guest_event(fd, &event, sizeof(event)));
	EXPECT_EQ(0, event.header.flags);
	/* IO_PAGE_FAULT */
	EXPECT_EQ(2, event.evt.event[0] >> 60);
	EXPECT_EQ(VSID, event.evt.event[0] & 0xffff);
	EXPECT_EQ(DOMAIN, event.evt.event[0] >> 32 & 0xffff);
	EXPECT_EQ(VA + PAGE, event.evt.event[1]);
	close(fd);
}

/* No device of a guest asks for pages, so no queue waits for that. */
TEST_F(amd, no_fault_queue)
{
	const struct iommu_hwpt_amd_guest guest = guest_dte_amd(DOMAIN);
	struct iommu_fault_alloc fault = { .size = sizeof(fault) };
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_HWPT_FAULT_ID_VALID,
		.dev_id = self->dev[0].dev_id,
		.pt_id = self->viommu[0],
		.data_type = IOMMU_HWPT_DATA_AMD_GUEST,
		.data_len = sizeof(guest),
		.data_uptr = (uintptr_t)&guest,
	};
	int fd = iommufdx_fd(self->r.iommu);

	ASSERT_EQ(0, ioctl(fd, IOMMU_FAULT_QUEUE_ALLOC, &fault));
	cmd.fault_id = fault.out_fault_id;
	EXPECT_EQ(-1, ioctl(fd, IOMMU_HWPT_ALLOC, &cmd));
	EXPECT_EQ(EOPNOTSUPP, errno);
	cmd.flags = cmd.fault_id = 0;
	EXPECT_EQ(0, ioctl(fd, IOMMU_HWPT_ALLOC, &cmd));
	close(fault.out_fault_fd);
}

TEST_HARNESS_MAIN
