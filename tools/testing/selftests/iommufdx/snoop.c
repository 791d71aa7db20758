// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that ask for their DMA not to be snooped: what GET_CAPS says of
 * IOMMUFDX_HWPT_ENFORCE_SNOOP is what becomes of it.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull

FIXTURE(snoop) {
	struct rig r;
	char *mem;
};

FIXTURE_SETUP(snoop)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	self->mem = mem_get(PAGE);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
}

FIXTURE_TEARDOWN(snoop)
{
	rig_break(&self->r);
	mem_put(self->mem, PAGE);
}

/* A HWPT of a format with these quirks, attached. */
static int attach(struct rig *r, uint32_t format, uint32_t quirks)
{
	const struct iommufdx_hwpt_request want = {
		.format = format,
		.quirks = quirks,
	};
	struct iommufdx_hwpt_choice got;
	int rc = iommufdx_hwpt_request(r->iommu, r->dev_id, r->ioas, &want, &got);

	return rc ? rc : iommufdx_device_attach(r->dev, &got.hwpt);
}

static int64_t unsnooped(struct rig *r)
{
	struct iommufdx_mock_iommu_stats stats;

	return iommufdx_mock_stats(r->mock, r->mock_iommu, &stats) ? -1 :
	       stats.out_unsnooped;
}

/* How many of four accesses of the device went unsnooped, -1 on error. */
static int64_t storm(struct rig *r, uint32_t ctrl)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_AUTO,
		.ctrl = ctrl,
		.src = IOVA,
		.src_size = PAGE,
		.dst = IOVA,
		.dst_size = PAGE,
		.len = 64,
		.count = 2,
	};
	struct iommufdx_channel_status status;
	int64_t before = unsnooped(r);

	if (iommufdx_channel_start(r->dev, 0, &job) ||
	    iommufdx_channel_wait(r->dev, 0, PATIENCE_MS, &status) ||
	    status.done != 2)
		return -1;
	return unsnooped(r) - before;
}

TEST_F(snoop, quirk_is_what_is_enforced)
{
	struct iommufdx_table_caps table[16];
	uint32_t num = 16, quirk = IOMMUFDX_HWPT_ENFORCE_SNOOP;
	struct rig *r = &self->r;
	bool enforced;

	ASSERT_EQ(0, iommufdx_table_caps(r->iommu, r->dev_id, table, &num));
	ASSERT_LT(0, num);
	for (uint32_t i = 0; i < num; i++) {
		enforced = table[i].quirks & quirk;
		TH_LOG("format %u: %s", table[i].format,
		       enforced ? "enforced" : "not enforced");
		EXPECT_EQ(enforced ? 0 : -EOPNOTSUPP,
			  attach(r, table[i].format, quirk));
		if (enforced)
			EXPECT_EQ(0, storm(r, IOMMUFDX_MOCK_CTRL_NO_SNOOP));
		/* Whoever can do it does it always. */
		ASSERT_EQ(0, attach(r, table[i].format, 0));
		EXPECT_EQ(enforced ? 0 : 4,
			  storm(r, IOMMUFDX_MOCK_CTRL_NO_SNOOP));
		EXPECT_EQ(0, storm(r, 0));
	}
}

TEST_F(snoop, one_transaction)
{
	struct rig *r = &self->r;
	char byte = 1;
	struct iommufdx_mock_dma txn = {
		.flags = IOMMUFDX_MOCK_DMA_NO_SNOOP,
		.iommu_id = r->mock_iommu,
		.rid = RIG_RID,
		.op = IOMMUFDX_MOCK_DMA_WRITE,
		.iova = IOVA,
		.length = 1,
		.uptr = (uintptr_t)&byte,
	};
	int64_t before = unsnooped(r);

	ASSERT_EQ(0, iommufdx_mock_dma(r->mock, &txn));
	EXPECT_EQ(IOMMUFDX_MOCK_DMA_FAULT, txn.out_status);
	EXPECT_EQ(before, unsnooped(r));
	ASSERT_EQ(0, rig_attach(r));
	ASSERT_EQ(0, iommufdx_mock_dma(r->mock, &txn));
	EXPECT_EQ(IOMMUFDX_MOCK_DMA_OK, txn.out_status);
	EXPECT_LE(before, unsnooped(r));
	EXPECT_GE(before + 1, unsnooped(r));
}

TEST_HARNESS_MAIN
