// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations from two threads on one IOMMU, whatever its vendor, while the
 * model compares every cache hit with memory.
 *
 * Words: a *place* is a RID or a PASID of a device; it belongs to one thread, which
 * moves it between domains. A thread has an *area* of its own in every domain, in
 * which it maps and unmaps. So each thread knows, for each of its DMAs, whether it
 * gets through and to which page, although both threads change the same domains,
 * the same queue and the same caches: what it knows is the oracle. An area has
 * *slots* of one page, and one *block* of 2 MiB, which is split and merged.
 *
 * Rounds end with both threads at rest, when all that is cached is compared with
 * memory. In some rounds hardware is slow, does not fetch commands for a while, or
 * refuses some: then errors reach the caller, who tries again until hardware has
 * done it, and nothing may be forgotten.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <unistd.h>
#include "core/domain.h"
#include "rig.h"

#define THREADS		2
#define DOMAINS		5
#define MASTERS		2		/* of a thread; the second has an ATC */
#define PASIDS		2		/* of each that has any */
#define PLACES		(MASTERS * (1 + PASIDS))
#define SLOTS		32
#define POOL		48
#define BLOCK_PAGES	512ULL
#define BLOCK_BYTES	(BLOCK_PAGES * PAGE_SIZE)
#define ROUND_OPS	500
#define NO_PASID	IOMMUFDX_NO_PASID
#define NOWHERE		(-1)

/* Areas are far apart: they share no table that could go away. */
#define AREA(t)		(0x4000000000ULL + ((u64)(t) << 30))
#define SLOT(t, s)	(AREA(t) + (u64)(s) * PAGE_SIZE)
#define BLOCK(t)	(AREA(t) + (512ULL << 20))

enum mode {
	CALM,
	SLOW,		/* commands take their time */
	STUCK,		/* now and then none is fetched */
	REFUSING,	/* some are illegal */
};

struct area {
	u64 slot[SLOTS];	/* address of the page, 0 for none */
	bool dirty[SLOTS];
	bool block;		/* is mapped */
	bool large;		/* by one leaf */
	bool inexact;		/* was merged: more may be dirty than was written */
	bool block_dirty[BLOCK_PAGES];
};

struct place {
	struct iommufdx_master *master;
	struct model_atc *atc;
	u32 pasid;
	int domain;
};

struct worker {
	unsigned int t;
	pthread_t thread;
	struct tap_rng rng;
	struct iommufdx_master master[MASTERS];
	struct model_atc *atc;
	struct place place[PLACES];
	unsigned int nr_places;
	struct area area[DOMAINS];
	u64 pool[POOL];
	struct page *block;
	unsigned long dmas, hits, errors, refused, resized;
};

static struct machine m;
static struct iommufdx_domain *domain[DOMAINS];
static struct iommufdx_master spare;
static struct model_atc *spare_atc;
static struct worker worker[THREADS];
static enum mode mode;
static pthread_barrier_t gate;
static u64 seed, rounds;
static unsigned int nr_domains;

static bool tracks(unsigned int d)
{
	return domain[d]->flags & IOMMUFDX_DOMAIN_DIRTY;
}

/* ------------------------------------------------------------- until it is done */

#define TRIES		200

/* A flush that failed is made up for by the next one, whatever that is for. */
static void settle(struct worker *w, struct iommufdx_domain *d,
		   struct pgtable_gather *gather)
{
	int rc = -EIO, i;

	for (i = 0; rc && i < TRIES; i++) {
		rc = fdx_domain_flush_once(d, gather);
		if (!rc)
			break;
		w->errors++;
		CHECK_EQ(mode, REFUSING);
		CHECK(rc == -EIO || rc == -ETIMEDOUT);
	}
	CHECK_EQ(rc, 0);
	pgtable_gather_free(gather);
}

static void map_run(struct worker *w, unsigned int d, u64 iova, u64 pa,
		    u64 npages)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	u64 run = pfn_run(PHYS_PFN(pa), npages), mapped;
	struct pgtable_map req = {
		.iova = iova,
		.last = iova + npages * PAGE_SIZE - 1,
		.runs = &run,
		.nr_runs = 1,
		.prot = PGTABLE_READ | PGTABLE_WRITE | PGTABLE_CACHE,
		.gfp = GFP_KERNEL,
	};

	CHECK_EQ(domain[d]->pt.ops->map(&domain[d]->pt, &req, &gather, &mapped),
		 0);
	settle(w, domain[d], &gather);
}

static void unmap_range(struct worker *w, unsigned int d, u64 iova, u64 npages)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);

	domain[d]->pt.ops->unmap(&domain[d]->pt, iova,
				 iova + npages * PAGE_SIZE - 1, &gather);
	settle(w, domain[d], &gather);
}

struct bits {
	struct pgtable_dirty_sink sink;
	u64 word[BLOCK_PAGES / 64];
};

static void bits_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	container_of(sink, struct bits, sink)->word[index] |= bits;
}

/* Read and clear @npages bits. */
static void read_dirty(struct worker *w, unsigned int d, u64 iova, u64 npages,
		       struct bits *bits)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);

	*bits = (struct bits){
		.sink = { .iova = iova, .shift = PAGE_SHIFT,
			  .word = bits_word },
	};
	domain[d]->pt.ops->read_dirty(&domain[d]->pt, iova,
				      iova + npages * PAGE_SIZE - 1, 0,
				      &bits->sink, &gather);
	settle(w, domain[d], &gather);
}

/* ------------------------------------------------------------------- operations */

static void op_map(struct worker *w)
{
	unsigned int d = tap_below(&w->rng, nr_domains);
	unsigned int s = tap_below(&w->rng, SLOTS);
	unsigned int end = min(s + 1 + (unsigned int)tap_below(&w->rng, 6),
			       (unsigned int)SLOTS);
	struct area *area = &w->area[d];

	for (; s < end; s++) {
		if (area->slot[s])
			continue;
		area->slot[s] = w->pool[tap_below(&w->rng, POOL)];
		area->dirty[s] = false;
		map_run(w, d, SLOT(w->t, s), area->slot[s], 1);
	}
}

static void op_unmap(struct worker *w)
{
	unsigned int d = tap_below(&w->rng, nr_domains);
	unsigned int s = tap_below(&w->rng, SLOTS);
	unsigned int n = min(1 + (unsigned int)tap_below(&w->rng, 6), SLOTS - s);

	unmap_range(w, d, SLOT(w->t, s), n);
	memset(&w->area[d].slot[s], 0, n * sizeof(u64));
}

static int transfer(struct place *p, bool atc, bool write, u64 iova, u64 *val)
{
	if (atc)
		return write ? atc_write(p->atc, p->pasid, iova, *val) :
			       atc_read(p->atc, p->pasid, iova, val);
	return write ? dma_write(p->master, p->pasid, iova, *val) :
		       dma_read(p->master, p->pasid, iova, val);
}

/* One DMA of @p to what the oracle says is at @pa, or not there (0). */
static bool check_dma(struct worker *w, struct place *p, u64 iova, u64 pa)
{
	bool write = tap_below(&w->rng, 2), atc = p->atc && tap_below(&w->rng, 2);
	u64 off = 8 * tap_below(&w->rng, PAGE_SIZE / 8);
	u64 val = tap_rand(&w->rng), got = val;
	int rc = transfer(p, atc, write, iova + off, &got);

	w->dmas++;
	if (!pa) {
		CHECK_EQ(rc, -EFAULT);
		return false;
	}
	w->hits++;
	CHECK_EQ(rc, 0);
	CHECK_EQ(page_at(pa)[off / 8], write ? val : got);
	return write;
}

static void op_dma(struct worker *w)
{
	struct place *p = &w->place[tap_below(&w->rng, w->nr_places)];
	unsigned int s = tap_below(&w->rng, SLOTS);
	struct area *area = p->domain < 0 ? NULL : &w->area[p->domain];

	if (check_dma(w, p, SLOT(w->t, s), area ? area->slot[s] : 0))
		area->dirty[s] = true;
}

static void op_block_dma(struct worker *w)
{
	struct place *p = &w->place[tap_below(&w->rng, w->nr_places)];
	struct area *area = p->domain < 0 ? NULL : &w->area[p->domain];
	u64 page = tap_below(&w->rng, BLOCK_PAGES);
	bool there = area && area->block;

	if (!check_dma(w, p, BLOCK(w->t) + page * PAGE_SIZE,
		       there ? page_to_phys(w->block) + page * PAGE_SIZE : 0))
		return;
	if (area->large)
		memset(area->block_dirty, true, sizeof(area->block_dirty));
	area->block_dirty[page] = true;
}

static void op_attach(struct worker *w)
{
	struct place *p = &w->place[tap_below(&w->rng, w->nr_places)];
	int to = tap_below(&w->rng, nr_domains + 1), rc, i;

	if (to == nr_domains)
		to = NOWHERE;
	/*
	 * A detach takes place whatever hardware says, and a device whose ATC
	 * cannot be invalidated then may lose ATS.
	 */
	if (mode == REFUSING && (to == NOWHERE || p->atc))
		return;
	for (i = 0; i < TRIES; i++) {
		rc = attach(p->master, p->pasid,
			    to == NOWHERE ? NULL : domain[to]);
		if (!rc) {
			p->domain = to;
			return;
		}
		/* This table cannot go to this place; the old one stays. */
		if (rc == -EINVAL) {
			CHECK(to != NOWHERE);
			w->refused++;
			return;
		}
		w->errors++;
		CHECK_EQ(mode, REFUSING);
		CHECK(rc == -EIO || rc == -ETIMEDOUT);
	}
	CHECK(!"it was never attached");
}

static void op_dirty(struct worker *w)
{
	unsigned int d = tap_below(&w->rng, nr_domains), s;
	struct area *area = &w->area[d];
	struct bits bits;

	if (!tracks(d))
		return;
	read_dirty(w, d, SLOT(w->t, 0), SLOTS, &bits);
	for (s = 0; s < SLOTS; s++) {
		CHECK_EQ(!!(bits.word[0] & BIT_ULL(s)),
			 area->slot[s] && area->dirty[s]);
		area->dirty[s] = false;
	}
}

static void block_dirty(struct worker *w, unsigned int d)
{
	struct area *area = &w->area[d];
	struct bits bits;
	unsigned int i;

	read_dirty(w, d, BLOCK(w->t), BLOCK_PAGES, &bits);
	for (i = 0; i < BLOCK_PAGES; i++) {
		bool got = bits.word[i / 64] & BIT_ULL(i % 64);

		CHECK(got || !area->block_dirty[i]);
		if (!area->inexact)
			CHECK_EQ(got, area->block_dirty[i]);
	}
	memset(area->block_dirty, 0, sizeof(area->block_dirty));
	area->inexact = false;
}

struct resize {
	struct pgtable_resize req;
	struct iommufdx_domain *domain;
};

static int sync_resize(struct pgtable_resize *req, struct pgtable_gather *gather)
{
	struct iommufdx_domain *d = container_of(req, struct resize, req)->domain;

	return fdx_domain_flush_once(d, gather);
}

static void block_resize(struct worker *w, unsigned int d)
{
	struct area *area = &w->area[d];
	struct resize r = {
		.req = {
			.iova = BLOCK(w->t),
			.last = BLOCK(w->t) + BLOCK_BYTES - 1,
			.split = area->large ? PAGE_SIZE : 0,
			.merge = area->large ? 0 : BLOCK_BYTES,
			.gfp = GFP_KERNEL,
			.sync = sync_resize,
		},
		.domain = domain[d],
	};

	CHECK_EQ(domain[d]->pt.ops->resize(&domain[d]->pt, &r.req), 0);
	CHECK_EQ(r.req.largest, area->large ? PAGE_SIZE : BLOCK_BYTES);
	area->inexact |= !area->large;
	area->large = !area->large;
	w->resized++;
}

static void op_block(struct worker *w)
{
	unsigned int d = tap_below(&w->rng, nr_domains);
	struct area *area = &w->area[d];

	if (!area->block) {
		map_run(w, d, BLOCK(w->t), page_to_phys(w->block), BLOCK_PAGES);
		memset(area->block_dirty, 0, sizeof(area->block_dirty));
		area->block = true;
		area->large = true;
		area->inexact = false;
		return;
	}
	switch (tap_below(&w->rng, 8)) {
	case 0:
		unmap_range(w, d, BLOCK(w->t), BLOCK_PAGES);
		area->block = false;
		break;
	case 1 ... 3:
		if (tracks(d))
			block_dirty(w, d);
		break;
	default:
		/* Stopped half way it would have to be taken up again. */
		if (mode != REFUSING)
			block_resize(w, d);
	}
}

static void one_op(struct worker *w)
{
	switch (tap_below(&w->rng, 32)) {
	case 0 ... 5:
		op_map(w);
		break;
	case 6 ... 9:
		op_unmap(w);
		break;
	case 10 ... 12:
		op_attach(w);
		break;
	case 13 ... 14:
		op_dirty(w);
		break;
	case 15:
		op_block(w);
		break;
	case 16 ... 18:
		op_block_dma(w);
		break;
	default:
		op_dma(w);
	}
}

/* ------------------------------------------------------------------- both at rest */

static void knob(enum model_knob knob, u64 val)
{
	CHECK_EQ(model_set_knob(m.model, knob, val), 0);
}

/* A device that does not answer: an error, and the next flush makes up for it. */
static void silent_device(struct worker *w)
{
	u64 how = 1 + tap_below(&w->rng, 2), pa = w->pool[0];
	const u64 iova = 0x1000000;
	struct iommufdx_domain *d;

	if (!spare_atc)
		return;
	d = domain_make(&spare, &(struct iommufdx_domain_req){});
	CHECK_EQ(attach(&spare, NO_PASID, d), 0);
	CHECK_EQ(domain_map(d, iova, pa, 1), 0);
	CHECK_EQ(atc_write(spare_atc, NO_PASID, iova, 1), 0);
	knob(MODEL_KNOB_ATC_TIMEOUT, how);
	CHECK_EQ(domain_unmap(d, iova, 1), -ETIMEDOUT);
	knob(MODEL_KNOB_ATC_TIMEOUT, 0);
	CHECK_EQ(domain_map(d, iova + PAGE_SIZE, pa, 1), 0);
	CHECK_EQ(domain_unmap(d, iova + PAGE_SIZE, 1), 0);
	CHECK_EQ(atc_write(spare_atc, NO_PASID, iova, 2), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 1);
	CHECK_EQ(attach(&spare, NO_PASID, NULL), 0);
	domain_drop(d);
}

#define FLUSHERS	300

static void *flush_one_page(void *arg)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	long rc;

	pgtable_gather_add(&gather, AREA(0), AREA(0) + PAGE_SIZE - 1);
	rc = fdx_domain_flush_once(domain[0], &gather);
	pgtable_gather_free(&gather);
	return (void *)rc;
}

/* More than the queue holds, while nothing is fetched. */
static void full_queue(void)
{
	pthread_t thread[FLUSHERS];
	void *rc;
	int i;

	CHECK_EQ(attach(&spare, NO_PASID, domain[0]), 0);
	knob(MODEL_KNOB_STALL, 1);
	for (i = 0; i < FLUSHERS; i++)
		REQUIRE(!pthread_create(&thread[i], NULL, flush_one_page,
					NULL));
	/* Shorter than what a flush waits for hardware. */
	for (i = 0; i < 4000 && machine_stats(&m).queue_depth < 200; i++)
		rig_sleep();
	CHECK(machine_stats(&m).queue_depth >= 200);
	knob(MODEL_KNOB_STALL, 0);
	for (i = 0; i < FLUSHERS; i++) {
		pthread_join(thread[i], &rc);
		CHECK_EQ((long)rc, 0);
	}
	CHECK_EQ(attach(&spare, NO_PASID, NULL), 0);
}

/* Tracking off and on again: what is dirty now is forgotten. */
static void restart_tracking(struct worker *w)
{
	unsigned int d = tap_below(&w->rng, nr_domains), t;
	struct bits bits;

	if (!tracks(d) || !domain[d]->ops->set_dirty_tracking)
		return;
	CHECK_EQ(domain[d]->ops->set_dirty_tracking(domain[d], false), 0);
	CHECK_EQ(domain[d]->ops->set_dirty_tracking(domain[d], true), 0);
	for (t = 0; t < THREADS; t++) {
		struct area *area = &worker[t].area[d];

		read_dirty(w, d, SLOT(t, 0), SLOTS, &bits);
		read_dirty(w, d, BLOCK(t), BLOCK_PAGES, &bits);
		memset(area->dirty, 0, sizeof(area->dirty));
		memset(area->block_dirty, 0, sizeof(area->block_dirty));
		area->inexact = false;
	}
}

static void at_rest(u64 round, struct worker *w)
{
	/* What was refused when a domain's last place left is still owed. */
	if (mode == REFUSING)
		CHECK_EQ(rig_ops->forget_all(&m.iommu), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(machine_stats(&m).stale, 0);
	mode = CALM;
	if (round % 4 == 1)
		restart_tracking(w);
	if (round % 8 == 2)
		silent_device(w);
	if (round % 64 == 3)
		full_queue();
	switch ((round + 1) % 16) {
	case 5:
		mode = SLOW;
		break;
	case 10:
		mode = STUCK;
		break;
	case 7:
	case 15:
		mode = REFUSING;
	}
	knob(MODEL_KNOB_SLOW_COMMANDS, mode == SLOW ? 50 : 0);
}

/* Hardware's moods that come and go while the threads work. */
static void moods(struct worker *w, unsigned int i)
{
	if (mode == STUCK && i % 25 == 0) {
		knob(MODEL_KNOB_STALL, 1);
		usleep(500);
		knob(MODEL_KNOB_STALL, 0);
	}
	if (mode == REFUSING && i % 5 == 0)
		knob(MODEL_KNOB_ILLEGAL_AFTER, 1 + tap_below(&w->rng, 20));
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int i;
	u64 round;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < ROUND_OPS; i++) {
			/* The second thread, so that the first may meet it. */
			if (w->t)
				moods(w, i);
			one_op(w);
		}
		if (w->t && mode == REFUSING)
			knob(MODEL_KNOB_ILLEGAL_AFTER, 0);
		pthread_barrier_wait(&gate);
		if (!w->t)
			at_rest(round, w);
		pthread_barrier_wait(&gate);
	}
	return NULL;
}

/* --------------------------------------------------------------------- up and down */

static void full_master_start(struct iommufdx_master *master, u32 rid, bool ats)
{
	memset(master, 0, sizeof(*master));
	master->max_pasid_bits = 8;
	master->dev_ats = ats;
	CHECK_EQ(master_add(&m, master, rid), 0);
}

static struct model_atc *atc_of(struct iommufdx_master *master)
{
	struct model_atc *atc;

	if (!(master->caps & IOMMUFDX_CAP_ATS))
		return NULL;
	atc = model_atc_create(m.model, master->rid, 0);
	CHECK(!IS_ERR(atc));
	return IS_ERR(atc) ? NULL : atc;
}

static void worker_start(struct worker *w, unsigned int t)
{
	unsigned int i, p;

	memset(w, 0, sizeof(*w));
	w->t = t;
	w->rng.state = seed + t;
	for (i = 0; i < MASTERS; i++) {
		struct iommufdx_master *master = &w->master[i];

		full_master_start(master, 8 * t + i + 1, i);
		if (i)
			w->atc = atc_of(master);
		for (p = 0; p <= (master->pasid_bits ? PASIDS : 0); p++)
			w->place[w->nr_places++] = (struct place){
				.master = master,
				.atc = i ? w->atc : NULL,
				.pasid = p ? 10 * p + i : NO_PASID,
				.domain = NOWHERE,
			};
	}
	for (i = 0; i < POOL; i++)
		w->pool[i] = page_make();
	w->block = alloc_pages(GFP_KERNEL | __GFP_ZERO, 9);
	REQUIRE(w->block);
}

static void worker_stop(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_places; i++)
		CHECK_EQ(attach(w->place[i].master, w->place[i].pasid, NULL), 0);
	for (i = 0; i < MASTERS; i++)
		master_stop(&w->master[i]);
	if (w->atc)
		model_atc_destroy(w->atc);
	for (i = 0; i < POOL; i++)
		page_drop(w->pool[i]);
	__free_pages(w->block, 9);
}

/* As many domains as there are kinds of page tables, and the usual ones again. */
static void domains_make(void)
{
	static const enum pgtable_format formats[] = {
		PGTABLE_AMDV1, PGTABLE_X86_64, PGTABLE_VTDSS, PGTABLE_ARMV8_S1,
		PGTABLE_ARMV8_S2,
	};
	unsigned int i;

	nr_domains = 0;
	for (i = 0; nr_domains < DOMAINS - 1; i++) {
		struct iommufdx_domain_req req = {
			.flags = IOMMUFDX_DOMAIN_DIRTY,
			.format = formats[i % ARRAY_SIZE(formats)],
		};
		struct iommufdx_domain *d;

		REQUIRE(i < 100);
		d = rig_ops->domain_alloc_paging(&spare, &req);
		if (IS_ERR(d))
			continue;
		if (d->ops->set_dirty_tracking)
			CHECK_EQ(d->ops->set_dirty_tracking(d, true), 0);
		domain[nr_domains++] = d;
	}
	domain[nr_domains++] = domain_make(&spare,
					   &(struct iommufdx_domain_req){});
}

static void random_operations_from_two_threads(void)
{
	struct model_stats stats;
	unsigned int t, d;

	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, MODEL_CAP_ANY) == 0);
	mode = CALM;
	full_master_start(&spare, 0x30, true);
	spare_atc = atc_of(&spare);
	domains_make();
	pthread_barrier_init(&gate, NULL, THREADS);
	for (t = 0; t < THREADS; t++)
		worker_start(&worker[t], t);
	for (t = 0; t < THREADS; t++)
		REQUIRE(!pthread_create(&worker[t].thread, NULL, work,
					&worker[t]));
	for (t = 0; t < THREADS; t++)
		pthread_join(worker[t].thread, NULL);

	stats = machine_stats(&m);
	for (t = 0; t < THREADS; t++) {
		struct worker *w = &worker[t];

		printf("# thread %u: %lu DMAs, %lu got through; %lu errors, %lu tables refused, %lu resized\n",
		       t, w->dmas, w->hits, w->errors, w->refused, w->resized);
		CHECK(w->hits && w->hits < w->dmas);
	}
	printf("# %llu hits, %llu misses, %llu commands, %llu illegal, %llu stale\n",
	       (unsigned long long)stats.tlb_hits,
	       (unsigned long long)stats.tlb_misses,
	       (unsigned long long)stats.commands,
	       (unsigned long long)stats.illegal,
	       (unsigned long long)stats.stale);
	if (rounds >= 16) {
		CHECK(stats.illegal);
		CHECK(worker[0].errors + worker[1].errors);
	}

	for (t = 0; t < THREADS; t++)
		worker_stop(&worker[t]);
	CHECK_EQ(model_check(m.model), 0);
	for (d = 0; d < nr_domains; d++)
		domain_drop(domain[d]);
	master_stop(&spare);
	if (spare_atc)
		model_atc_destroy(spare_atc);
	CHECK_EQ(machine_stats(&m).stale, 0);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

int main(void)
{
	u64 ops = tap_env("OPS", 200000);

	seed = tap_env("SEED", 1);
	rounds = (ops + THREADS * ROUND_OPS - 1) / (THREADS * ROUND_OPS);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	/* Hardware's refusals are reported; there are many. */
	shim_quiet(true);
	TAP_RUN(random_operations_from_two_threads);
	return tap_done();
}
