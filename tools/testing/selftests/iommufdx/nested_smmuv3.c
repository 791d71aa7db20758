// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's SMMUv3: its STE, CDs and stage 1 tables on a nesting parent, its
 * commands by the array ioctl, its events.
 */
#include "kselftest_harness.h"
#include "nested_rig.h"

#include <sys/mman.h>

#define VA	0x7f0012345000ull
#define CDS	0
#define TABLE	1
#define TABLE2	5
#define DATA	16
#define INV	IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3

typedef struct iommu_viommu_arm_smmuv3_invalidate cmd_t;

FIXTURE(smmuv3) {
	struct rig r;
	struct guest_dev dev[2];
	struct guest g[2];
	uint32_t viommu[2];
};

FIXTURE_SETUP(smmuv3)
{
	ASSERT_EQ(0, guests_make(&self->r, IOMMUFDX_MOCK_KIND_SMMUV3,
				 IOMMU_VIOMMU_TYPE_ARM_SMMUV3, self->dev,
				 self->g, self->viommu));
}

FIXTURE_TEARDOWN(smmuv3)
{
	EXPECT_TRUE(guests_break(&self->r, self->dev, self->g));
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
	uint32_t hwpt, done;
	uint64_t val;

	guest_cd_arm(g, CDS, 0, 1, TABLE);
	guest_cd_arm(g, CDS, 7, 2, TABLE2);
	guest_map_arm(g, TABLE, VA, DATA);
	guest_map_arm(g, TABLE2, VA, DATA + 1);
	ASSERT_EQ(0, guest_attach_arm(r, &self->dev[0], self->viommu[0],
				      ARM_STE1, &hwpt));
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
	guest_cd_arm(g, CDS, 7, 2, TABLE);
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
	uint32_t hwpt;
	uint64_t val;

	guest_cd_arm(g, CDS, 0, 1, TABLE);
	guest_map_arm(g, TABLE, VA, DATA);
	ASSERT_EQ(0, guest_attach_arm(r, &self->dev[0], self->viommu[0],
				      ARM_STE1 | ARM_EATS, &hwpt));
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
		guest_cd_arm(&self->g[i], CDS, 0, 1, TABLE);
		guest_map_arm(&self->g[i], TABLE, VA, DATA);
		guest_page(&self->g[i], DATA)[0] = 0xa + i;
		ASSERT_EQ(0, guest_attach_arm(r, &self->dev[i], self->viommu[i],
					      ARM_STE1, &hwpt));
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
			uint64_t ste[2] = { 0xb | GPA, ARM_STE1 };

			/* Config, and how many CDs: see the unit tests. */
			if (!w && (bit < 4 || bit >= 59))
				continue;
			ste[w] ^= 1ull << bit;
			EXPECT_EQ(may[w] >> bit & 1 ? 0 : -EIO,
				  guest_nest_arm(r, self->dev[0].dev_id,
						 self->viommu[0], ste[0],
						 ste[1], &hwpt)) {
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

/* As Linux does: what is missing is 0, and what is more has to be. */
TEST_F(smmuv3, commands_of_another_length_are_taken)
{
	struct { cmd_t cmd; uint64_t more; } longer[3] = {
		{ .cmd = tlbi_va(1, VA) }, { .cmd = tlbi_va(1, VA) },
		{ .cmd = tlbi_va(1, VA) },
	};
	const uint64_t shorter[] = { 0x10, 0x11 | 1ull << 48, 0x20 };
	struct rig *r = &self->r;
	uint32_t done;

	EXPECT_EQ(-EIO, guest_inv(r, self->viommu[0], INV, shorter, 8, 3, &done));
	EXPECT_EQ(2, done);
	EXPECT_EQ(0, guest_inv(r, self->viommu[0], INV, longer, 24, 3, &done));
	EXPECT_EQ(3, done);
	longer[2].more = 1;
	EXPECT_EQ(-E2BIG,
		  guest_inv(r, self->viommu[0], INV, longer, 24, 3, &done));
	EXPECT_EQ(2, done);
}

TEST_F(smmuv3, commands_before_one_that_cannot_be_read_are_done)
{
	char *mem = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cmd_t *cmds = (cmd_t *)(mem + PAGE) - 2;
	uint32_t done;

	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_EQ(0, munmap(mem + PAGE, PAGE));
	cmds[0] = tlbi_va(1, VA);
	cmds[1] = tlbi_va(1, VA);
	EXPECT_EQ(-EFAULT, inv(&self->r, self->viommu[0], cmds, 4, &done));
	EXPECT_EQ(2, done);
	munmap(mem, PAGE);
}

TEST_F(smmuv3, faults_arrive_with_the_guests_name)
{
	struct {
		struct iommufd_vevent_header header;
		struct iommu_vevent_arm_smmuv3 evt;
	} event;
	struct guest *g = &self->g[0];
	struct rig *r = &self->r;
	uint32_t hwpt, veventq;
	int fd;

	ASSERT_EQ(0, iommufdx_veventq_alloc(r->iommu, self->viommu[0],
					    IOMMU_VEVENTQ_TYPE_ARM_SMMUV3, 8,
					    &veventq, &fd));
	guest_cd_arm(g, CDS, 0, 1, TABLE);
	guest_map_arm(g, TABLE, VA, DATA);
	ASSERT_EQ(0, guest_attach_arm(r, &self->dev[0], self->viommu[0],
				      ARM_STE1, &hwpt));
	EXPECT_EQ(-EFAULT, guest_write(r, &self->dev[0], 0, VA + PAGE, 1));
	ASSERT_TRUE(guest_event(fd, &event, sizeof(event)));
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
	uint32_t hwpt;
	uint64_t val;

	guest_cd_arm(g, CDS, 0, 1, TABLE);
	guest_map_arm(g, TABLE, VA, DATA);
	ASSERT_EQ(0, guest_attach_arm(r, &self->dev[0], self->viommu[0],
				      ARM_STE1, &hwpt));
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
