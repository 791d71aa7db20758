// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking while domains and mappings change: what is replaced keeps its
 * bits, PASIDs count as well, and nothing that goes on at the same time loses any.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "rig.h"

#define IOVA	0x40000000ull
#define PAGES	512
#define LEN	(PAGES * PAGE)
#define WORDS	(PAGES / 64)
#define PASID	5

FIXTURE(domains) {
	struct rig r;
	char *mem;
	uint64_t got[WORDS];
};

FIXTURE_SETUP(domains)
{
	ASSERT_EQ(0, rig_make(&self->r, &rig_for_storms));
	self->mem = mem_get(LEN);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, iommufdx_option_set(self->r.iommu, IOMMU_OPTION_HUGE_PAGES,
					 self->r.ioas, 0));
	ASSERT_EQ(0, map_at(&self->r, self->mem, LEN, IOVA, RW));
}

FIXTURE_TEARDOWN(domains)
{
	rig_break(&self->r);
	mem_put(self->mem, LEN);
}

static int get(struct rig *r, uint32_t hwpt, uint64_t *bitmap)
{
	memset(bitmap, 0, WORDS * 8);
	return iommufdx_dirty_get(r->iommu, hwpt, 0, IOVA, LEN, PAGE, bitmap);
}

static int write_page(struct rig *r, unsigned int page)
{
	return dma_write(r, IOVA + page * PAGE, "w", 1, NULL);
}

static unsigned int count(const uint64_t *bitmap)
{
	unsigned int n = 0;

	for (int w = 0; w < WORDS; w++)
		n += __builtin_popcountll(bitmap[w]);
	return n;
}

TEST_F(domains, replaced_while_tracked)
{
	uint32_t old, new, pt_id;

	ASSERT_EQ(0, rig_attach_dirty(&self->r, &old));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, old, true));
	ASSERT_EQ(0, iommufdx_hwpt_alloc(self->r.iommu, self->r.dev_id,
					 self->r.ioas,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &new));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, new, true));
	ASSERT_EQ(0, write_page(&self->r, 3));
	pt_id = new;
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &pt_id));
	ASSERT_EQ(0, write_page(&self->r, 5));
	ASSERT_EQ(0, get(&self->r, old, self->got));
	EXPECT_EQ(1ull << 3, self->got[0]);
	EXPECT_EQ(1, count(self->got));
	ASSERT_EQ(0, get(&self->r, new, self->got));
	EXPECT_EQ(1ull << 5, self->got[0]);
	EXPECT_EQ(1, count(self->got));
	/* And back, detached at the end: its bits stay until they are read. */
	pt_id = old;
	ASSERT_EQ(0, iommufdx_device_attach(self->r.dev, &pt_id));
	ASSERT_EQ(0, write_page(&self->r, 100));
	ASSERT_EQ(0, iommufdx_device_detach(self->r.dev));
	ASSERT_EQ(0, get(&self->r, old, self->got));
	EXPECT_EQ(1ull << 36, self->got[1]);
}

static int pasid_write(struct rig *r, uint32_t rid, uint32_t pasid,
		       unsigned int page)
{
	struct iommufdx_mock_dma txn = {
		.flags = IOMMUFDX_MOCK_DMA_PASID,
		.iommu_id = r->mock_iommu,
		.rid = rid,
		.pasid = pasid,
		.op = IOMMUFDX_MOCK_DMA_WRITE,
		.iova = IOVA + page * PAGE,
		.length = 1,
		.uptr = (uintptr_t)"p",
	};
	int rc = iommufdx_mock_dma(r->mock, &txn);

	return rc ? rc : txn.out_status == IOMMUFDX_MOCK_DMA_OK ? 0 : -EFAULT;
}

/* One domain behind a RID and two PASIDs, of a device that has them. */
TEST_F(domains, rid_and_pasids)
{
	struct iommufdx_mock_dev_config config = {
		.iommu = self->r.mock_iommu,
		.rid = RIG_RID + 8,
		.pasid_bits = 8,
	};
	const struct iommufdx_hwpt_request want = {
		.flags = IOMMUFDX_HWPT_DIRTY_TRACKING | IOMMUFDX_HWPT_PASID,
	};
	struct iommufdx_hwpt_choice got;
	struct iommufdx_device *dev;
	uint32_t id, dev_id, pt_id;
	int rc;

	ASSERT_EQ(0, iommufdx_mock_dev_add(self->r.mock, &config, &id));
	ASSERT_EQ(0, iommufdx_mock_dev_open(self->r.mock, id, &dev));
	ASSERT_EQ(0, iommufdx_device_bind(dev, self->r.iommu, &dev_id));
	rc = iommufdx_hwpt_request(self->r.iommu, dev_id, self->r.ioas, &want,
				   &got);
	if (rc == -EOPNOTSUPP) {
		iommufdx_device_close(dev);
		SKIP(return, "no table of this IOMMU tracks and goes to PASIDs");
	}
	ASSERT_EQ(0, rc);
	pt_id = got.hwpt;
	ASSERT_EQ(0, iommufdx_device_attach(dev, &pt_id));
	for (uint32_t pasid = PASID; pasid < PASID + 2; pasid++) {
		pt_id = got.hwpt;
		ASSERT_EQ(0, iommufdx_device_attach_pasid(dev, pasid, &pt_id));
	}
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, got.hwpt, true));
	for (int round = 0; round < 3; round++) {
		ASSERT_EQ(0, pasid_write(&self->r, config.rid, PASID, 1));
		ASSERT_EQ(0, pasid_write(&self->r, config.rid, PASID + 1, 2));
		ASSERT_EQ(0, get(&self->r, got.hwpt, self->got));
		EXPECT_EQ(1ull << 1 | 1ull << 2, self->got[0]);
	}
	/* Unmapped from all of them at once, with all that they wrote. */
	ASSERT_EQ(0, pasid_write(&self->r, config.rid, PASID + 1, 9));
	memset(self->got, 0, sizeof(self->got));
	{
		const struct iommufdx_dirty_entry entry = {
			.hwpt_id = got.hwpt,
			.data = (uintptr_t)self->got,
		};

		ASSERT_EQ(0, iommufdx_ioas_unmap_dirty(self->r.iommu,
						       self->r.ioas, IOVA, LEN,
						       PAGE, &entry, 1, NULL));
	}
	EXPECT_EQ(1ull << 9, self->got[0]);
	EXPECT_EQ(-EFAULT, pasid_write(&self->r, config.rid, PASID, 9));
	iommufdx_device_close(dev);
}

struct worker {
	struct rig *r;
	uint32_t hwpt;
	bool *ended;
	unsigned int errors;
};

static bool going(struct worker *w)
{
	return !__atomic_load_n(w->ended, __ATOMIC_RELAXED);
}

static void *do_map(void *arg)
{
	struct worker *w = arg;
	char *mem = mem_get(64 * PAGE);

	while (going(w)) {
		w->errors += !!map_at(w->r, mem, 64 * PAGE, 2 * IOVA, RW);
		w->errors += !!unmap_at(w->r, 2 * IOVA, 64 * PAGE);
	}
	mem_put(mem, 64 * PAGE);
	return NULL;
}

static void *do_look(void *arg)
{
	struct worker *w = arg;
	uint64_t bits[WORDS];

	while (going(w)) {
		w->errors += !!iommufdx_dirty_get(w->r->iommu, w->hwpt,
					IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR,
					IOVA, LEN, PAGE, bits);
		w->errors += !!iommufdx_dirty_get(w->r->iommu, w->hwpt, 0,
						  2 * IOVA, LEN, PAGE, bits);
	}
	return NULL;
}

static void *do_resize(void *arg)
{
	struct worker *w = arg;

	for (unsigned int i = 0; going(w); i++) {
		struct iommufdx_page_sizes range = { IOVA, LEN };
		int rc = iommufdx_hwpt_page_size(w->r->iommu, w->hwpt,
						 IOMMUFDX_PAGE_SIZE_SPLIT,
						 PAGE, &range);

		w->errors += rc && rc != -EINTR;
	}
	return NULL;
}

/* Reads that clear, with three threads about them that map, look and split. */
TEST_F(domains, all_at_once)
{
	void *(*const jobs[])(void *) = { do_map, do_look, do_resize };
	uint64_t start = milliseconds();
	struct worker workers[3];
	pthread_t threads[3];
	bool ended = false;
	uint32_t hwpt;

	ASSERT_EQ(0, rig_attach_dirty(&self->r, &hwpt));
	ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, hwpt, true));
	for (int i = 0; i < 3; i++) {
		workers[i] = (struct worker){ &self->r, hwpt, &ended };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, jobs[i],
					    &workers[i]));
	}
	for (int round = 0; !last_round(round, 40, 500, start); round++) {
		unsigned int page = round * 7 % PAGES;

		EXPECT_EQ(0, write_page(&self->r, page));
		EXPECT_EQ(0, get(&self->r, hwpt, self->got));
		EXPECT_EQ(1ull << page % 64, self->got[page / 64]);
		EXPECT_EQ(1, count(self->got));
	}
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, workers[i].errors);
	}
}

/* Switched off and on while channels write: each period is complete in itself. */
TEST_F(domains, toggled_under_dma)
{
	uint64_t start = milliseconds();
	char *copy = mem_get(LEN);
	bool end = false;
	uint32_t hwpt;

	ASSERT_EQ(0, rig_attach_dirty(&self->r, &hwpt));
	ASSERT_EQ(0, dma_storm(&self->r, 0, IOVA, LEN, 0));
	ASSERT_EQ(0, dma_storm(&self->r, 1, IOVA, LEN, 0));
	for (int period = 0; !end; period++) {
		end = last_round(period, 8, 50, start);
		ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, hwpt, true));
		memcpy(copy, self->mem, LEN);
		for (int round = 0; round < 4; round++) {
			if (end && round == 3)
				ASSERT_EQ(0, iommufdx_device_reset(self->r.dev));
			ASSERT_EQ(0, get(&self->r, hwpt, self->got));
			for (int i = 0; i < PAGES; i++)
				if (self->got[i / 64] >> i % 64 & 1)
					memcpy(copy + i * PAGE,
					       self->mem + i * PAGE, PAGE);
		}
		if (!end)
			ASSERT_EQ(0, iommufdx_dirty_set(self->r.iommu, hwpt,
							false));
	}
	EXPECT_EQ(0, memcmp(copy, self->mem, LEN));
	EXPECT_EQ(0, faults_reported(&self->r));
	mem_put(copy, LEN);
}

TEST_HARNESS_MAIN
