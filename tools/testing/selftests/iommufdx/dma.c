// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA: real bytes move through the translation and nowhere else; what has none
 * faults, is recorded, and leaves memory as it was.
 */
#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define PAGES	32
#define LEN	(PAGES * PAGE)

FIXTURE(dma) {
	struct rig r;
	char *mem;
	char *buf;
};

FIXTURE_SETUP(dma)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	ASSERT_EQ(0, rig_attach(&self->r));
	self->mem = mem_get(LEN);
	self->buf = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_NE(NULL, self->buf);
}

FIXTURE_TEARDOWN(dma)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
	mem_put(self->buf, LEN);
}

static void scramble(char *mem, size_t len, uint64_t seed)
{
	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word = rnd(&seed);

		memcpy(mem + i, &word, 8);
	}
}

TEST_F(dma, write_and_read)
{
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	scramble(self->buf, LEN, 1);
	ASSERT_EQ(0, dma_write(&self->r, IOVA, self->buf, LEN, NULL));
	EXPECT_EQ(0, memcmp(self->mem, self->buf, LEN));
	scramble(self->mem, LEN, 2);
	ASSERT_EQ(0, dma_read(&self->r, IOVA, self->buf, LEN, NULL));
	EXPECT_EQ(0, memcmp(self->mem, self->buf, LEN));
}

TEST_F(dma, any_offset_and_length)
{
	uint64_t seed = rnd_seed(), state = seed;
	char *shadow = mem_get(LEN);

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	ASSERT_NE(NULL, shadow);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	for (int i = 0; i < 300; i++) {
		size_t at = rnd(&state) % LEN;
		size_t len = 1 + rnd(&state) % (LEN - at);

		if (i & 1)
			len = 1 + len % 64;
		if (len > LEN - at)
			len = LEN - at;
		scramble(self->buf, LEN, rnd(&state));
		ASSERT_EQ(0, dma_write(&self->r, IOVA + at, self->buf, len,
				       NULL));
		memcpy(shadow + at, self->buf, len);
		ASSERT_EQ(0, memcmp(self->mem, shadow, LEN)) {
			TH_LOG("%zu bytes at %#zx", len, at);
		}
	}
	mem_put(shadow, LEN);
}

/* IOVAs in another order than the memory. */
TEST_F(dma, scattered_pages)
{
	for (int i = 0; i < PAGES; i++)
		ASSERT_EQ(0, map_at(&self->r, self->mem + i * 7 % PAGES * PAGE,
				    PAGE, IOVA + i * PAGE, RW));
	scramble(self->buf, LEN, 3);
	ASSERT_EQ(0, dma_write(&self->r, IOVA, self->buf, LEN, NULL));
	for (int i = 0; i < PAGES; i++)
		EXPECT_EQ(0, memcmp(self->mem + i * 7 % PAGES * PAGE,
				    self->buf + i * PAGE, PAGE));
}

TEST_F(dma, unmapped)
{
	size_t done = 99;

	memset(self->mem, 'm', LEN);
	ASSERT_EQ(0, map_at(&self->r, self->mem, 2 * PAGE, IOVA, RW));
	EXPECT_EQ(-EFAULT, dma_write(&self->r, IOVA - 1, "x", 1, NULL));
	EXPECT_EQ(-EFAULT, dma_write(&self->r, IOVA + 2 * PAGE, "x", 1, NULL));
	EXPECT_EQ(-EFAULT, dma_read(&self->r, 0, self->buf, 8, NULL));
	EXPECT_EQ(-EFAULT, dma_read(&self->r, 1ull << 62, self->buf, 8, NULL));
	/* Over the edge: what was mapped is done, then it ends. */
	EXPECT_EQ(-EFAULT, dma_write(&self->r, IOVA + 2 * PAGE - 8,
				     "0123456789abcdef", 16, &done));
	EXPECT_EQ(8, done);
	EXPECT_EQ(0, memcmp(self->mem + 2 * PAGE - 8, "01234567m", 9));
	EXPECT_TRUE(faults_reach(&self->r, 5));
	EXPECT_EQ(5, faults_reported(&self->r));
}

TEST_F(dma, read_only)
{
	memset(self->mem, 'm', LEN);
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RO));
	EXPECT_EQ(0, dma_read(&self->r, IOVA, self->buf, PAGE, NULL));
	EXPECT_EQ('m', self->buf[PAGE - 1]);
	EXPECT_EQ(-EFAULT, dma_write(&self->r, IOVA, "x", 1, NULL));
	EXPECT_EQ('m', self->mem[0]);
	EXPECT_TRUE(faults_reach(&self->r, 1));
}

TEST_F(dma, write_only)
{
	memset(self->mem, 'm', LEN);
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA,
			    IOMMU_IOAS_MAP_WRITEABLE));
	EXPECT_EQ(0, dma_write(&self->r, IOVA, "x", 1, NULL));
	EXPECT_EQ('x', self->mem[0]);
	/* These cannot say that a page is not to be read. */
	if (rig_vendor()->format == IOMMUFDX_FORMAT_X86_64 ||
	    rig_vendor()->format == IOMMUFDX_FORMAT_ARMV8_S1)
		SKIP(return, "no write-only pages in this format");
	EXPECT_EQ(-EFAULT, dma_read(&self->r, IOVA, self->buf, 1, NULL));
	EXPECT_TRUE(faults_reach(&self->r, 1));
}

TEST_F(dma, after_unmap)
{
	memset(self->mem, 'm', LEN);
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, dma_read(&self->r, IOVA, self->buf, LEN, NULL));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, LEN));
	for (int i = 0; i < PAGES; i++)
		EXPECT_EQ(-EFAULT, dma_write(&self->r, IOVA + i * PAGE, "x", 1,
					     NULL));
	for (size_t i = 0; i < LEN; i++)
		if (self->mem[i] != 'm')
			ASSERT_EQ('m', self->mem[i]);
	EXPECT_EQ(0, stale_seen(&self->r));
}

/* The same IOVA, first to one memory, then to another. */
TEST_F(dma, mapped_elsewhere)
{
	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "1", 1, NULL));
	ASSERT_EQ(0, unmap_at(&self->r, IOVA, PAGE));
	ASSERT_EQ(0, map_at(&self->r, self->mem + PAGE, PAGE, IOVA, RW));
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "2", 1, NULL));
	EXPECT_EQ('1', self->mem[0]);
	EXPECT_EQ('2', self->mem[PAGE]);
}

/* Two devices with address spaces of their own do not see each other's. */
TEST_F(dma, isolated_from_another_device)
{
	struct iommufdx_mock_dma txn = {
		.iommu_id = self->r.mock_iommu,
		.rid = RIG_RID + 8,
		.op = IOMMUFDX_MOCK_DMA_WRITE,
		.iova = IOVA,
		.length = 1,
		.uptr = (uintptr_t)"2",
	};
	uint32_t mock_dev, id, ioas, pt_id;
	struct iommufdx_device *dev;
	uint64_t iova = IOVA;

	ASSERT_EQ(0, map_at(&self->r, self->mem, PAGE, IOVA, RW));
	ASSERT_EQ(0, rig_add_device(&self->r, RIG_RID + 8, &mock_dev, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &id));
	ASSERT_EQ(0, iommufdx_ioas_alloc(self->r.iommu, &ioas));
	pt_id = ioas;
	ASSERT_EQ(0, iommufdx_device_attach(dev, &pt_id));
	/* It has nothing there yet. */
	ASSERT_EQ(0, iommufdx_mock_dma(self->r.mock, &txn));
	EXPECT_EQ(IOMMUFDX_MOCK_DMA_FAULT, txn.out_status);
	ASSERT_EQ(0, iommufdx_ioas_map(self->r.iommu, ioas, RW | FIXED,
				       self->mem + PAGE, PAGE, &iova));
	ASSERT_EQ(0, iommufdx_mock_dma(self->r.mock, &txn));
	EXPECT_EQ(IOMMUFDX_MOCK_DMA_OK, txn.out_status);
	ASSERT_EQ(0, dma_write(&self->r, IOVA, "1", 1, NULL));
	EXPECT_EQ('1', self->mem[0]);
	EXPECT_EQ('2', self->mem[PAGE]);
	/* A RID that nobody has. */
	txn.rid = 0xfff8;
	ASSERT_EQ(0, iommufdx_mock_dma(self->r.mock, &txn));
	EXPECT_EQ(IOMMUFDX_MOCK_DMA_FAULT, txn.out_status);
	EXPECT_TRUE(faults_reach(&self->r, 0));
	iommufdx_device_close(dev);
}

TEST_F(dma, channel_copies)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_COPY,
		.src = IOVA + 3,
		.dst = IOVA + LEN / 2 + 5,
		.len = LEN / 4,
	};
	struct iommufdx_channel_status status;

	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	scramble(self->mem, LEN / 2, 4);
	ASSERT_EQ(0, iommufdx_channel_start(self->r.dev, 0, &job));
	ASSERT_EQ(0, iommufdx_channel_wait(self->r.dev, 0, PATIENCE_MS, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_DONE, status.state);
	EXPECT_EQ(LEN / 4, status.bytes);
	EXPECT_EQ(1, status.done);
	EXPECT_EQ(0, memcmp(self->mem + 3, self->mem + LEN / 2 + 5, LEN / 4));
	EXPECT_EQ(0, self->mem[LEN / 2 + 4]);
	EXPECT_EQ(0, self->mem[LEN / 2 + 5 + LEN / 4]);
}

TEST_F(dma, channel_adds_atomically)
{
	struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_FETCH_ADD,
		.dst = IOVA + 64,
		.len = 8,
		.pattern = 5,
	};
	struct iommufdx_channel_status status;
	uint64_t *word = (uint64_t *)(self->mem + 64);

	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	*word = 37;
	ASSERT_EQ(0, iommufdx_channel_start(self->r.dev, 7, &job));
	ASSERT_EQ(0, iommufdx_channel_wait(self->r.dev, 7, PATIENCE_MS, &status));
	EXPECT_EQ(37, status.result);
	EXPECT_EQ(42, *word);
	job.dst++;
	EXPECT_EQ(-EINVAL, iommufdx_channel_start(self->r.dev, 7, &job));
	EXPECT_EQ(-EINVAL, iommufdx_channel_start(self->r.dev,
						  IOMMUFDX_MOCK_CHANNELS, &job));
}

TEST_F(dma, channel_stops_at_a_fault)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_FILL,
		.dst = IOVA,
		.len = LEN,
		.pattern = ~0ull,
	};
	struct iommufdx_channel_status status;

	ASSERT_EQ(0, map_at(&self->r, self->mem, 3 * PAGE, IOVA, RW));
	ASSERT_EQ(0, iommufdx_channel_start(self->r.dev, 1, &job));
	ASSERT_EQ(0, iommufdx_channel_wait(self->r.dev, 1, PATIENCE_MS, &status));
	EXPECT_EQ(IOMMUFDX_MOCK_STATE_FAULTED, status.state);
	EXPECT_EQ(1, status.faults);
	EXPECT_EQ(IOVA + 3 * PAGE, status.fault_iova);
	EXPECT_NE(0, status.fault_code & IOMMUFDX_MOCK_FAULT_WRITE);
	EXPECT_EQ((char)0xff, self->mem[3 * PAGE - 1]);
	EXPECT_EQ(0, self->mem[3 * PAGE]);
}

/* The engine's random walk is the one the header describes. */
TEST_F(dma, autonomous_channel_is_predictable)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_AUTO,
		.ctrl = IOMMUFDX_MOCK_CTRL_STAMP,
		.dst = IOVA,
		.dst_size = LEN,
		.len = PAGE,
		.count = 200,
		.seed = 1234567,
		.stamp = 1000,
	};
	struct iommufdx_channel_status status;
	uint64_t last[PAGES] = { 0 };
	__u64 state = job.seed, src, dst;

	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
	ASSERT_EQ(0, iommufdx_channel_start(self->r.dev, 2, &job));
	ASSERT_EQ(0, iommufdx_channel_wait(self->r.dev, 2, PATIENCE_MS, &status));
	EXPECT_EQ(200, status.done);
	for (int i = 0; i < 200; i++) {
		iommufdx_mock_auto_next(&state, 0, LEN, PAGE, &src, &dst);
		last[dst / PAGE] = 1000 + i;
	}
	for (int i = 0; i < PAGES; i++)
		EXPECT_EQ(last[i], *(uint64_t *)(self->mem + i * PAGE));
}

TEST_HARNESS_MAIN
