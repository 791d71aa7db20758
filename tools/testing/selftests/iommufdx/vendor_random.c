// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations from two threads, from user space to the DMA engines and back.
 *
 * A *place* is a RID or a PASID of a device; it belongs to one thread, which moves
 * it between HWPTs. Each thread has an *area* of its own in every address space, so
 * it knows what each of its DMAs does, although both threads change the same page
 * tables: what it knows is the oracle. The model compares every cache hit with
 * memory meanwhile. The unit tests of the backends do the same for longer, with
 * hardware that makes mistakes.
 *
 * IOMMUFDX_SEED repeats a run, IOMMUFDX_OPS makes it longer.
 */
#include "kselftest_harness.h"
#include "rig.h"

#include <pthread.h>

#define THREADS		2
#define HWPTS		3
#define PASIDS		2
#define PLACES		(1 + PASIDS)
#define SLOTS		32
#define POOL		48
#define AREA(t)		(0x4000000000ull + ((uint64_t)(t) << 30))
#define SLOT(t, s)	(AREA(t) + (uint64_t)(s) * PAGE)

struct area {
	char *slot[SLOTS];	/* the page, or NULL */
	bool dirty[SLOTS];
};

struct worker {
	struct rig *r;
	unsigned int t;
	pthread_t thread;
	uint64_t rnd;
	unsigned int ops;
	struct iommufdx_device *dev;
	uint32_t mock_dev;
	uint32_t rid;
	unsigned int places;
	bool atc;
	int at[PLACES];		/* index of the HWPT, or -1 */
	struct area area[HWPTS];
	char *pool;
	const char *failed;	/* what went wrong first */
	long detail;
	unsigned long dmas, hits, refused;
};

static struct {
	uint32_t ioas;
	uint32_t hwpt;
	bool dirty;
} tables[HWPTS];

#define EXPECT(w, cond, what) \
	do { \
		if (!(cond) && !(w)->failed) { \
			(w)->failed = #cond; \
			(w)->detail = what; \
		} \
	} while (0)

static unsigned int below(struct worker *w, unsigned int n)
{
	return rnd(&w->rnd) % n;
}

static void op_map(struct worker *w)
{
	unsigned int h = below(w, HWPTS), s = below(w, SLOTS);
	struct area *area = &w->area[h];
	uint64_t iova = SLOT(w->t, s);
	int rc;

	if (area->slot[s])
		return;
	area->slot[s] = w->pool + below(w, POOL) * PAGE;
	area->dirty[s] = false;
	rc = iommufdx_ioas_map(w->r->iommu, tables[h].ioas, RW | FIXED,
			       area->slot[s], PAGE, &iova);
	EXPECT(w, !rc, rc);
}

static void op_unmap(struct worker *w)
{
	unsigned int h = below(w, HWPTS), s = below(w, SLOTS);
	unsigned int n = 1 + below(w, 4), mapped = 0;
	int rc;

	if (n > SLOTS - s)
		n = SLOTS - s;
	for (unsigned int i = s; i < s + n; i++) {
		mapped += !!w->area[h].slot[i];
		w->area[h].slot[i] = NULL;
	}
	rc = iommufdx_ioas_unmap(w->r->iommu, tables[h].ioas, SLOT(w->t, s),
				 n * PAGE, NULL);
	EXPECT(w, rc == (mapped ? 0 : -ENOENT), rc);
}

static void op_attach(struct worker *w)
{
	unsigned int p = below(w, w->places), h = below(w, HWPTS + 1);
	uint32_t pt_id;
	int rc;

	if (h == HWPTS) {
		rc = p ? iommufdx_device_detach_pasid(w->dev, p) :
			 iommufdx_device_detach(w->dev);
		EXPECT(w, !rc, rc);
		w->at[p] = -1;
		return;
	}
	pt_id = tables[h].hwpt;
	rc = p ? iommufdx_device_attach_pasid(w->dev, p, &pt_id) :
		 iommufdx_device_attach(w->dev, &pt_id);
	/* Not every page table can go everywhere; then nothing changes. */
	EXPECT(w, !rc || rc == -EINVAL, rc);
	if (rc)
		w->refused++;
	else
		w->at[p] = h;
}

/* 8 bytes to @iova by the DMA engine and its ATC; as iommufdx_mock_dma(). */
static int write_by_engine(struct worker *w, uint32_t pasid, uint64_t iova,
			   uint64_t value)
{
	const struct iommufdx_channel_job job = {
		.cmd = IOMMUFDX_MOCK_CMD_FILL,
		.ctrl = IOMMUFDX_MOCK_CTRL_ATS,
		.pasid = pasid,
		.dst = iova,
		.len = 8,
		.pattern = value,
	};
	struct iommufdx_channel_status status;
	int rc;

	rc = iommufdx_channel_start(w->dev, 0, &job);
	if (!rc)
		rc = iommufdx_channel_wait(w->dev, 0, PATIENCE_MS, &status);
	if (rc)
		return rc;
	return status.state == IOMMUFDX_MOCK_STATE_DONE ? 0 : -EFAULT;
}

static int transfer(struct worker *w, uint32_t pasid, uint32_t op,
		    uint64_t iova, uint64_t *value)
{
	struct iommufdx_mock_dma txn = {
		.iommu_id = w->r->mock_iommu,
		.flags = pasid ? IOMMUFDX_MOCK_DMA_PASID : 0,
		.rid = w->rid,
		.pasid = pasid,
		.op = op,
		.iova = iova,
		.length = 8,
		.uptr = (uintptr_t)value,
	};
	int rc = iommufdx_mock_dma(w->r->mock, &txn);

	if (rc)
		return rc;
	return txn.out_status == IOMMUFDX_MOCK_DMA_OK ? 0 :
	       txn.out_status == IOMMUFDX_MOCK_DMA_FAULT ? -EFAULT : -EIO;
}

static void op_dma(struct worker *w)
{
	unsigned int p = below(w, w->places), s = below(w, SLOTS);
	uint64_t off = below(w, PAGE / 8) * 8, value = rnd(&w->rnd), was = value;
	bool write = below(w, 2);
	struct area *area = w->at[p] < 0 ? NULL : &w->area[w->at[p]];
	char *page = area ? area->slot[s] : NULL;
	int rc;

	if (write && w->atc && !below(w, 4))
		rc = write_by_engine(w, p, SLOT(w->t, s) + off, value);
	else
		rc = transfer(w, p, write ? IOMMUFDX_MOCK_DMA_WRITE :
					    IOMMUFDX_MOCK_DMA_READ,
			      SLOT(w->t, s) + off, &value);
	w->dmas++;
	EXPECT(w, rc == (page ? 0 : -EFAULT), rc);
	if (!page)
		return;
	w->hits++;
	EXPECT(w, !memcmp(page + off, write ? &was : &value, 8), s);
	area->dirty[s] |= write;
}

static void op_dirty(struct worker *w)
{
	unsigned int h = below(w, HWPTS);
	struct area *area = &w->area[h];
	uint64_t bits = 0;
	int rc;

	if (!tables[h].dirty)
		return;
	rc = iommufdx_dirty_get(w->r->iommu, tables[h].hwpt, 0, AREA(w->t),
				SLOTS * PAGE, PAGE, &bits);
	EXPECT(w, !rc, rc);
	for (unsigned int s = 0; s < SLOTS; s++) {
		if (area->slot[s])
			EXPECT(w, !!(bits >> s & 1) == area->dirty[s], s);
		area->dirty[s] = false;
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (unsigned int i = 0; i < w->ops && !w->failed; i++) {
		switch (below(w, 16)) {
		case 0 ... 3:
			op_map(w);
			break;
		case 4 ... 5:
			op_unmap(w);
			break;
		case 6:
			op_attach(w);
			break;
		case 7:
			op_dirty(w);
			break;
		default:
			op_dma(w);
		}
	}
	return NULL;
}

FIXTURE(vendor_random) {
	struct rig r;
	struct worker worker[THREADS];
};

/* A device with all that the IOMMU has for it. */
static int worker_make(struct rig *r, struct worker *w, unsigned int t)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = r->mock_iommu,
		.rid = RIG_RID + 8 * (t + 1),
		.flags = IOMMUFDX_MOCK_DEV_ATS,
		.pasid_bits = 8,
	};
	struct iommufdx_get_caps caps;
	uint32_t id;
	int rc;

	memset(w, 0, sizeof(*w));
	w->r = r;
	w->t = t;
	w->rid = config.rid;
	rc = iommufdx_mock_dev_add(r->mock, &config, &w->mock_dev);
	if (!rc)
		rc = iommufdx_mock_dev_open(r->mock, w->mock_dev, &w->dev);
	if (!rc)
		rc = iommufdx_device_bind(w->dev, r->iommu, &id);
	if (!rc)
		rc = iommufdx_caps(r->iommu, id, &caps);
	if (rc)
		return rc;
	w->atc = caps.out_dev_features & IOMMUFDX_DEV_FEATURE_ATS;
	w->places = caps.out_dev_features & IOMMUFDX_DEV_FEATURE_PASID ?
			    PLACES : 1;
	for (int p = 0; p < PLACES; p++)
		w->at[p] = -1;
	w->pool = mem_get(POOL * PAGE);
	return w->pool ? 0 : -ENOMEM;
}

/* One that tracks, a plain one, and one that PASIDs can have. */
static int table_make(struct rig *r, unsigned int h)
{
	struct iommufdx_hwpt_request want = { .format = rig_vendor()->format };
	struct iommufdx_hwpt_choice got;
	int rc = iommufdx_ioas_alloc(r->iommu, &tables[h].ioas);

	if (rc)
		return rc;
	if (h == 0)
		want.flags = IOMMUFDX_HWPT_DIRTY_TRACKING;
	if (h == 2) {
		want.flags = IOMMUFDX_HWPT_PASID;
		want.format = IOMMUFDX_FORMAT_ANY;
	}
	rc = iommufdx_hwpt_request(r->iommu, r->dev_id, tables[h].ioas, &want,
				   &got);
	if (rc == -EOPNOTSUPP && h == 2) {
		want.flags = 0;
		rc = iommufdx_hwpt_request(r->iommu, r->dev_id, tables[h].ioas,
					   &want, &got);
	}
	if (rc)
		return rc;
	tables[h].hwpt = got.hwpt;
	tables[h].dirty = h == 0;
	return h ? 0 : iommufdx_dirty_set(r->iommu, got.hwpt, true);
}

FIXTURE_SETUP(vendor_random)
{
	ASSERT_EQ(0, rig_make(&self->r, NULL));
	for (int h = 0; h < HWPTS; h++)
		ASSERT_EQ(0, table_make(&self->r, h));
	for (int t = 0; t < THREADS; t++)
		ASSERT_EQ(0, worker_make(&self->r, &self->worker[t], t));
}

FIXTURE_TEARDOWN(vendor_random)
{
	for (int t = 0; t < THREADS; t++) {
		iommufdx_device_close(self->worker[t].dev);
		mem_put(self->worker[t].pool, POOL * PAGE);
	}
	rig_break(&self->r);
}

TEST_F(vendor_random, two_threads)
{
	const char *ops = getenv("IOMMUFDX_OPS");
	uint64_t seed = rnd_seed(), stale = ~0ull;

	TH_LOG("IOMMUFDX_SEED=%llu", (unsigned long long)seed);
	for (int t = 0; t < THREADS; t++) {
		self->worker[t].rnd = seed + t;
		self->worker[t].ops = ops ? strtoul(ops, NULL, 0) / THREADS :
					    2000;
		ASSERT_EQ(0, pthread_create(&self->worker[t].thread, NULL, work,
					    &self->worker[t]));
	}
	for (int t = 0; t < THREADS; t++) {
		struct worker *w = &self->worker[t];

		pthread_join(w->thread, NULL);
		EXPECT_EQ(NULL, w->failed) {
			TH_LOG("thread %d: %s: %ld", t, w->failed, w->detail);
		}
		TH_LOG("thread %d: %lu DMAs, %lu got through, %lu tables refused",
		       t, w->dmas, w->hits, w->refused);
		EXPECT_LT(0, w->hits);
		EXPECT_LT(w->hits, w->dmas);
	}
	EXPECT_EQ(0, iommufdx_mock_check(self->r.mock, self->r.mock_iommu,
					 &stale));
	EXPECT_EQ(0, stale);
	EXPECT_EQ(0, stale_seen(&self->r));
}

TEST_HARNESS_MAIN
