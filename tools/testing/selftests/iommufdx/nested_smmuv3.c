// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's SMMUv3: its STE, CDs and stage 1 tables on a nesting parent, its
 * commands by the array ioctl, its events.
 */
#include "kselftest_harness.h"
#include "nested_rig.h"

#include <poll.h>

#define VA	0x7f0012345000ull
#define CDS	0
#define TABLE	1
#define TABLE2	5
#define DATA	16
#define VSID	0x1234
#define VSID2	0x4321
#define ARM	IOMMU_HWPT_DATA_ARM_SMMUV3
#define INV	IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3

typedef struct iommu_viommu_arm_smmuv3_invalidate cmd_t;

/* IHI 0070: V, Config stage 1, 16 CDs; S1DSS SSID0, write-back, inner. */
#define STE0	(0xbull | GPA | 4ull << 59)
#define STE1	(2ull | 1 << 2 | 1 << 4 | 3 << 6)
#define EATS	(1ull << 28)

FIXTURE(smmuv3) {
	struct rig r;
	struct guest_dev dev[2];
	struct guest g[2];
	uint32_t viommu[2];
};

FIXTURE_SETUP(smmuv3)
{
	const struct iommufdx_mock_iommu_config config = {
		.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
		.caps = ~0u,
	};
	struct rig *r = &self->r;
	uint32_t vdev;

	ASSERT_EQ(0, rig_make(r, &config));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, guest_dev_make(r, 0x200 + i, &self->dev[i]));
		ASSERT_EQ(0, guest_make(r, self->dev[i].dev_id, &self->g[i]));
		ASSERT_EQ(0, iommufdx_viommu_alloc(r->iommu, self->dev[i].dev_id,
						   self->g[i].parent,
						   IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
						   &self->viommu[i]));
		ASSERT_EQ(0, iommufdx_vdevice_alloc(r->iommu, self->viommu[i],
						    self->dev[i].dev_id,
						    i ? VSID2 : VSID, &vdev));
	}
}

FIXTURE_TEARDOWN(smmuv3)
{
	struct iommufdx_mock_iommu_stats stats;

	EXPECT_EQ(0, iommufdx_mock_stats(self->r.mock, self->r.mock_iommu,
					 &stats));
	EXPECT_EQ(0, stats.out_illegal);
	EXPECT_EQ(0, guest_stale(&self->r));
	for (int i = 0; i < 2; i++)
		guest_dev_break(&self->dev[i]);
	rig_break(&self->r);
	for (int i = 0; i < 2; i++)
		guest_break(&self->g[i]);
}

static void cd_set(struct guest *g, unsigned int ssid, uint64_t asid,
		   unsigned int table)
{
	uint64_t *cd = guest_page(g, CDS) + 8 * ssid;

	cd[1] = guest_pa(table);
	cd[3] = 0xff;
	/* ASID, ASET, A, R, AA64, IPS 48, V, EPD1, T0SZ 16. */
	__atomic_store_n(cd, asid << 48 | 7ull << 45 | 1ull << 41 | 5ull << 32 |
			 3ull << 30 | 16, __ATOMIC_RELEASE);
}

static int nest(struct rig *r, uint32_t dev_id, uint32_t viommu, uint64_t w0,
		uint64_t w1, uint32_t *hwpt)
{
	const struct iommu_hwpt_arm_smmuv3 ste = { { w0, w1 } };

	return iommufdx_hwpt_nest(r->iommu, dev_id, viommu, 0, ARM, &ste,
				  sizeof(ste), hwpt);
}

static int inv(struct rig *r, uint32_t viommu, const cmd_t *cmds, uint32_t num,
	       uint32_t *done)
{
	return guest_inv(r, viommu, INV, cmds, sizeof(*cmds), num, done);
}

static cmd_t tlbi_va(uint64_t asid, uint64_t va)
{
	return (cmd_t){ { 0x12 | asid << 48, va | 1 } };
}

TEST_F(smmuv3, substreams_go_through_the_guests_tables)
{
	cmd_t cmds[2] = { tlbi_va(2, VA),
			  { { 0x05 | 7 << 12 | (uint64_t)VSID << 32, 1 } } };
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	uint32_t hwpt, pt, done;
	uint64_t val;

	cd_set(g, 0, 1, TABLE);
	cd_set(g, 7, 2, TABLE2);
	guest_map_arm(g, TABLE, VA, DATA);
	guest_map_arm(g, TABLE2, VA, DATA + 1);
	ASSERT_EQ(0, nest(r, self->dev[0].dev_id, self->viommu[0], STE0, STE1,
			  &hwpt));
	pt = hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	ASSERT_EQ(0, guest_write(r, &self->dev[0], 0, VA, 0xa));
	ASSERT_EQ(0, guest_write(r, &self->dev[0], 7, VA, 0xb));
	EXPECT_EQ(0xa, guest_page(g, DATA)[0]);
	EXPECT_EQ(0xb, guest_page(g, DATA + 1)[0]);
	guest_map_arm(g, TABLE2, VA, DATA + 2);
	EXPECT_EQ(1, guest_stale(r));
	ASSERT_EQ(0, inv(r, self->viommu[0], cmds, 1, &done));
	EXPECT_EQ(0, guest_stale(r));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 7, VA, &val));
	EXPECT_EQ(0, val);
	/* Another table for the SSID. */
	cd_set(g, 7, 2, TABLE);
	EXPECT_LT(0, guest_stale(r));
	/* Its upper levels are others, too. */
	cmds[0] = (cmd_t){ { 0x11 | 2ull << 48 } };
	ASSERT_EQ(0, inv(r, self->viommu[0], cmds, 2, &done));
	EXPECT_EQ(2, done);
	EXPECT_EQ(0, guest_stale(r));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 7, VA, &val));
	EXPECT_EQ(0xa, val);
}

TEST_F(smmuv3, unmapping_the_guests_memory_reaches_its_translations)
{
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	uint32_t hwpt, pt;
	uint64_t val;

	cd_set(g, 0, 1, TABLE);
	guest_map_arm(g, TABLE, VA, DATA);
	ASSERT_EQ(0, nest(r, self->dev[0].dev_id, self->viommu[0], STE0,
			  STE1 | EATS, &hwpt));
	pt = hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 0, VA, &val));
	ASSERT_EQ(0, iommufdx_ioas_unmap(r->iommu, g->ioas, GPA,
					 GUEST_PAGES * PAGE, NULL));
	EXPECT_EQ(-EFAULT, guest_read(r, &self->dev[0], 0, VA, &val));
}

TEST_F(smmuv3, guests_do_not_touch_each_other)
{
	cmd_t all[] = { { { 0x30 } }, { { 0x10 } }, { { 0x11 | 1ull << 48 } },
			tlbi_va(1, VA) };
	cmd_t foreign[] = { { { 0x40 | (uint64_t)VSID << 32, 52 } },
			    { { 0x06 | (uint64_t)VSID << 32 } },
			    { { 0x06 | 0x200ull << 32 } } };
	struct rig *r = &self->r;
	uint32_t hwpt, pt, done;
	uint64_t val;

	for (int i = 0; i < 2; i++) {
		cd_set(&self->g[i], 0, 1, TABLE);
		guest_map_arm(&self->g[i], TABLE, VA, DATA);
		guest_page(&self->g[i], DATA)[0] = 0xa + i;
		ASSERT_EQ(0, nest(r, self->dev[i].dev_id, self->viommu[i], STE0,
				  STE1, &hwpt));
		pt = hwpt;
		ASSERT_EQ(0, iommufdx_device_attach(self->dev[i].dev, &pt));
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, guest_read(r, &self->dev[i], 0, VA, &val));
		EXPECT_EQ(0xa + i, val);
	}
	guest_map_arm(&self->g[0], TABLE, VA, DATA + 1);
	ASSERT_EQ(0, inv(r, self->viommu[1], all, 4, &done));
	EXPECT_EQ(4, done);
	EXPECT_EQ(1, guest_stale(r));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(-EIO, inv(r, self->viommu[1], &foreign[i], 1, &done));
		EXPECT_EQ(0, done);
	}
	ASSERT_EQ(0, inv(r, self->viommu[0], all, 4, &done));
	/* By the last one, a nested table of the other guest. */
	pt = hwpt;
	EXPECT_EQ(-ENOENT, iommufdx_device_attach(self->dev[0].dev, &pt));
}

TEST_F(smmuv3, bits_that_guests_may_not_set_are_refused)
{
	static const uint64_t may[] = { 0xf9ffffffffffffffull &
					0x00ffffffffffffffull, 0x180000ffull };
	struct rig *r = &self->r;
	uint32_t hwpt, done;

	for (int w = 0; w < 2; w++) {
		for (int bit = 0; bit < 64; bit++) {
			uint64_t ste[2] = { 0xb | GPA, STE1 };

			/* Config, and how many CDs: see the unit tests. */
			if (!w && (bit < 4 || bit >= 59))
				continue;
			ste[w] ^= 1ull << bit;
			EXPECT_EQ(may[w] >> bit & 1 ? 0 : -EIO,
				  nest(r, self->dev[0].dev_id, self->viommu[0],
				       ste[0], ste[1], &hwpt)) {
				TH_LOG("word %d bit %d", w, bit);
			}
		}
	}
	for (int op = 0; op < 0x100; op++) {
		cmd_t three[3] = { tlbi_va(1, VA), { { op } }, tlbi_va(1, VA) };
		bool ok = op == 0x10 || op == 0x11 || op == 0x12 ||
			  op == 0x13 || op == 0x30;

		EXPECT_EQ(ok ? 0 : -EIO,
			  inv(r, self->viommu[0], three, 3, &done));
		EXPECT_EQ(ok ? 3 : 1, done);
	}
	EXPECT_EQ(0, inv(r, self->viommu[0], NULL, 0, &done));
	EXPECT_EQ(-EINVAL, guest_inv(r, self->viommu[0], INV + 1, NULL, 0, 0,
				     &done));
}

TEST_F(smmuv3, faults_arrive_with_the_guests_name)
{
	struct {
		struct iommufd_vevent_header header;
		struct iommu_vevent_arm_smmuv3 evt;
	} event;
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	struct pollfd poll_fd;
	uint32_t hwpt, pt, veventq;
	int fd;

	ASSERT_EQ(0, iommufdx_veventq_alloc(r->iommu, self->viommu[0],
					    IOMMU_VEVENTQ_TYPE_ARM_SMMUV3, 8,
					    &veventq, &fd));
	cd_set(g, 0, 1, TABLE);
	guest_map_arm(g, TABLE, VA, DATA);
	ASSERT_EQ(0, nest(r, self->dev[0].dev_id, self->viommu[0], STE0, STE1,
			  &hwpt));
	pt = hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 0, VA + PAGE, 1));
	poll_fd = (struct pollfd){ .fd = fd, .events = POLLIN };
	ASSERT_EQ(1, poll(&poll_fd, 1, 2000));
	ASSERT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	EXPECT_EQ(0, event.header.flags);
	EXPECT_EQ(0x10, event.evt.evt[0] & 0xff);
	EXPECT_EQ(VSID, event.evt.evt[0] >> 32);
	EXPECT_EQ(VA + PAGE, event.evt.evt[2]);
	close(fd);
}

/* Everything in use, the VMM takes the guest apart in an order of its own. */
TEST_F(smmuv3, a_viommu_in_use_stays)
{
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	uint32_t hwpt, pt;
	uint64_t val;

	cd_set(g, 0, 1, TABLE);
	guest_map_arm(g, TABLE, VA, DATA);
	ASSERT_EQ(0, nest(r, self->dev[0].dev_id, self->viommu[0], STE0, STE1,
			  &hwpt));
	pt = hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(self->dev[0].dev, &pt));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, self->viommu[0]));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, g->parent));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, hwpt));
	ASSERT_EQ(0, guest_read(r, &self->dev[0], 0, VA, &val));
	ASSERT_EQ(0, iommufdx_device_detach(self->dev[0].dev));
	EXPECT_EQ(-EFAULT, guest_read(r, &self->dev[0], 0, VA, &val));
	ASSERT_EQ(0, iommufdx_destroy(r->iommu, hwpt));
	EXPECT_EQ(-EBUSY, iommufdx_destroy(r->iommu, self->viommu[0]));
}

TEST_HARNESS_MAIN
