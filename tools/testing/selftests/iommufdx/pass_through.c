// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that nobody has bound: what its own driver in the host has it do arrives
 * where it was made to pass through, else never; and nobody who binds it has to
 * fear that.
 */
#include "kselftest_harness.h"
#include "rig.h"

/* Above all memory: no page of the host is there. */
#define IOVA		0x1000000000ull
#define PASS_RID	0x0208
#define PEER_RID	0x0209

FIXTURE(pass_through) {
	struct rig r;		/* its device is an ordinary one */
	uint32_t mock_dev;
	struct iommufdx_device *dev;
	char *mem;
};

static int add(struct rig *r, uint32_t rid, uint32_t flags, uint32_t group_with,
	       uint32_t *id)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = r->mock_iommu,
		.rid = rid,
		.flags = flags,
		.group_with = group_with,
	};

	return iommufdx_mock_dev_add(r->mock, &config, id);
}

FIXTURE_SETUP(pass_through)
{
	struct rig *r = &self->r;

	ASSERT_EQ(0, rig_make(r, NULL));
	ASSERT_EQ(0, add(r, PASS_RID, IOMMUFDX_MOCK_DEV_PASS_THROUGH |
			 IOMMUFDX_MOCK_DEV_ATS, 0, &self->mock_dev));
	ASSERT_EQ(0, iommufdx_mock_dev_open(r->mock, self->mock_dev,
					    &self->dev));
	self->mem = mem_get(PAGE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(r, self->mem, PAGE, IOVA, RW));
}

FIXTURE_TEARDOWN(pass_through)
{
	iommufdx_device_close(self->dev);
	rig_break(&self->r);
	mem_put(self->mem, PAGE);
}

/* 0: DMA of the host's driver arrived, both ways; -EFAULT: neither did. */
static int host_dma(struct rig *r, uint32_t dev)
{
	static const uint32_t ops[] = {
		IOMMUFDX_MOCK_DMA_READ, IOMMUFDX_MOCK_DMA_WRITE,
	};
	struct iommufdx_mock_host_dma result;
	int rc, arrived = 0, faulted = 0;

	for (int i = 0; i < 2; i++) {
		rc = iommufdx_mock_host_dma(r->mock, dev, ops[i], &result);
		if (rc)
			return rc;
		arrived += result.out_arrived &&
			   result.out_status == IOMMUFDX_MOCK_DMA_OK;
		faulted += !result.out_arrived &&
			   result.out_status == IOMMUFDX_MOCK_DMA_FAULT;
	}
	return arrived == 2 ? 0 : faulted == 2 ? -EFAULT : -EIO;
}

/* One byte written under the device's RID to where the address space maps. */
static int mapped_dma(struct rig *r)
{
	char byte = 1;
	struct iommufdx_mock_dma txn = {
		.iommu_id = r->mock_iommu,
		.rid = PASS_RID,
		.op = IOMMUFDX_MOCK_DMA_WRITE,
		.iova = IOVA,
		.length = 1,
		.uptr = (uintptr_t)&byte,
	};
	int rc = iommufdx_mock_dma(r->mock, &txn);

	if (rc)
		return rc;
	return txn.out_status == IOMMUFDX_MOCK_DMA_OK ? 0 : -EFAULT;
}

/* The vendor's page tables, for a device that the rig knows nothing of. */
static int attach(struct rig *r, struct iommufdx_device *dev, uint32_t dev_id)
{
	const struct iommufdx_hwpt_request want = {
		.format = rig_vendor()->format,
	};
	struct iommufdx_hwpt_choice got;
	int rc = iommufdx_hwpt_request(r->iommu, dev_id, r->ioas, &want, &got);

	return rc ? rc : iommufdx_device_attach(dev, &got.hwpt);
}

static bool is_clean(struct rig *r)
{
	uint64_t stale = ~0ull;

	return !iommufdx_mock_check(r->mock, r->mock_iommu, &stale) && !stale &&
	       !stale_seen(r);
}

TEST_F(pass_through, from_bind_to_unbind)
{
	struct rig *r = &self->r;
	uint32_t dev_id;

	for (int round = 0; round < 3; round++) {
		EXPECT_EQ(0, host_dma(r, self->mock_dev));
		ASSERT_EQ(0, iommufdx_device_bind(self->dev, r->iommu, &dev_id));
		EXPECT_EQ(-EFAULT, host_dma(r, self->mock_dev));
		EXPECT_EQ(-EFAULT, mapped_dma(r));

		ASSERT_EQ(0, attach(r, self->dev, dev_id));
		self->mem[0] = 0;
		EXPECT_EQ(0, mapped_dma(r));
		EXPECT_EQ(1, self->mem[0]);
		EXPECT_EQ(-EFAULT, host_dma(r, self->mock_dev));

		/* The other times the close detaches. */
		if (round % 2) {
			ASSERT_EQ(0, iommufdx_device_detach(self->dev));
			EXPECT_EQ(-EFAULT, host_dma(r, self->mock_dev));
		}
		iommufdx_device_close(self->dev);
		self->mem[0] = 0;
		EXPECT_EQ(0, host_dma(r, self->mock_dev));
		EXPECT_NE(0, mapped_dma(r));
		EXPECT_EQ(0, self->mem[0]);
		ASSERT_EQ(0, iommufdx_mock_dev_open(r->mock, self->mock_dev,
						    &self->dev));
	}
	EXPECT_TRUE(is_clean(r));
}

TEST_F(pass_through, others_are_blocked_always)
{
	struct rig *r = &self->r;
	uint32_t id;

	ASSERT_EQ(0, add(r, PEER_RID, 0, 0, &id));
	EXPECT_EQ(-EFAULT, host_dma(r, id));
	EXPECT_EQ(-EFAULT, host_dma(r, r->mock_dev));
	ASSERT_EQ(0, rig_attach(r));
	EXPECT_EQ(-EFAULT, host_dma(r, r->mock_dev));
	ASSERT_EQ(0, rig_detach(r));
	iommufdx_device_close(r->dev);
	r->dev = NULL;
	EXPECT_EQ(-EFAULT, host_dma(r, r->mock_dev));
}

/* Whoever binds one of a group blocks all of it. */
TEST_F(pass_through, group)
{
	struct rig *r = &self->r;
	uint32_t id, late, peer, dev_id;

	ASSERT_EQ(0, add(r, PEER_RID, IOMMUFDX_MOCK_DEV_PASS_THROUGH,
			 self->mock_dev, &peer));
	EXPECT_EQ(0, host_dma(r, peer));
	ASSERT_EQ(0, iommufdx_device_bind(self->dev, r->iommu, &dev_id));
	EXPECT_EQ(-EFAULT, host_dma(r, peer));
	/* A newcomer waits for the end of that, too. */
	ASSERT_EQ(0, add(r, PEER_RID + 1, IOMMUFDX_MOCK_DEV_PASS_THROUGH,
			 self->mock_dev, &late));
	ASSERT_EQ(0, add(r, PEER_RID + 2, 0, self->mock_dev, &id));
	EXPECT_EQ(-EFAULT, host_dma(r, late));
	iommufdx_device_close(self->dev);
	self->dev = NULL;
	EXPECT_EQ(0, host_dma(r, self->mock_dev));
	EXPECT_EQ(0, host_dma(r, peer));
	EXPECT_EQ(0, host_dma(r, late));
	EXPECT_EQ(-EFAULT, host_dma(r, id));
}

/* A device is pulled out, and another one comes under its RID. */
TEST_F(pass_through, removal)
{
	struct rig *r = &self->r;
	uint32_t id;

	EXPECT_EQ(0, host_dma(r, self->mock_dev));
	ASSERT_EQ(0, iommufdx_mock_dev_remove(r->mock, self->mock_dev));
	EXPECT_EQ(-ENOENT, host_dma(r, self->mock_dev));
	ASSERT_EQ(0, add(r, PASS_RID, 0, 0, &id));
	EXPECT_EQ(-EFAULT, host_dma(r, id));
}

/* Hardware that does not acknowledge: in doubt it is blocked, and not bound. */
TEST_F(pass_through, refused_command)
{
	struct rig *r = &self->r;
	uint32_t id, dev_id;

	EXPECT_EQ(0, host_dma(r, self->mock_dev));
	ASSERT_EQ(0, iommufdx_mock_knob(r->mock, r->mock_iommu,
					IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 1));
	/* What was not acknowledged is settled in the same breath. */
	EXPECT_EQ(0, iommufdx_device_bind(self->dev, r->iommu, &dev_id));
	EXPECT_EQ(-EFAULT, host_dma(r, self->mock_dev));
	iommufdx_device_close(self->dev);
	self->dev = NULL;
	EXPECT_EQ(0, host_dma(r, self->mock_dev));

	ASSERT_EQ(0, iommufdx_mock_knob(r->mock, r->mock_iommu,
					IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER, 1));
	EXPECT_EQ(-EIO, add(r, PEER_RID, IOMMUFDX_MOCK_DEV_PASS_THROUGH, 0,
			    &id));
	ASSERT_EQ(0, add(r, PEER_RID, IOMMUFDX_MOCK_DEV_PASS_THROUGH, 0, &id));
	EXPECT_EQ(0, host_dma(r, id));
}

TEST_F(pass_through, no_such_iommu)
{
	const struct iommufdx_mock_iommu_config none = {
		.kind = IOMMUFDX_MOCK_KIND_NONE,
		.caps = IOMMUFDX_MOCK_CAPS_ANY,
	};
	struct iommufdx_mock_host_dma result;
	struct rig *r = &self->r;
	struct rig other = *r;
	uint32_t id;

	ASSERT_EQ(0, iommufdx_mock_iommu_add(r->mock, &none,
					     &other.mock_iommu));
	EXPECT_EQ(-EOPNOTSUPP, add(&other, PASS_RID,
				   IOMMUFDX_MOCK_DEV_PASS_THROUGH, 0, &id));
	EXPECT_EQ(-EOPNOTSUPP,
		  iommufdx_mock_host_dma(r->mock, self->mock_dev,
					 IOMMUFDX_MOCK_DMA_PROBE, &result));
	EXPECT_EQ(-ENOENT, iommufdx_mock_host_dma(r->mock, 12345,
						  IOMMUFDX_MOCK_DMA_READ,
						  &result));
}

TEST_HARNESS_MAIN
