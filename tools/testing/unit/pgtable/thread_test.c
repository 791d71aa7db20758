// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table, many threads: workers map, unmap and read dirty state of ranges
 * that are their own but share tables, while a "hardware" thread walks all of
 * it and sets dirty bits. Built with ASan and with TSan.
 *
 * Hardware must never see a translation that nobody made, and every dirty bit
 * it has set must be reported.
 *
 * How a lost bit is noticed: for each page hardware counts the writes it begins
 * (before it sets D) and those it has done (after). What was done by the time a
 * scan begins, but had not begun when the last report ended, must be reported
 * by this scan.
 */
#include <linux/errno.h>
#include <linux/iommufdx/pgtable.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <tap.h>

#include "decode.h"

#define WORKERS		3
#define BASE		SZ_1G
/* Part one: 64 KiB stripes of the workers alternate, so tables are shared. */
#define STRIPE		SZ_64K
#define PART_ONE	(4 * SZ_2M)
#define STRIPES		(PART_ONE / STRIPE)
/* Part two: 2 MiB blocks, whose tables come and go. */
#define BLOCKS		(2 * WORKERS)
#define BLOCKS_BASE	(BASE + PART_ONE)
#define PAGES		((4 + BLOCKS) * 512)
/* Part three: one GiB each, a few pages mapped, all of it unmapped at once. */
#define GIANT(worker)	((4ULL + (worker)) * SZ_1G)
#define VERSIONS	2
#define ROUNDS		60	/* of each worker, in an episode */
#ifdef __SANITIZE_THREAD__
#define EPISODES	20	/* slow, and needs few rounds to see a race */
#else
#define EPISODES	100
#endif

static struct pgtable pt;
static u64 seed;
static pthread_barrier_t start;
static bool stop;
static unsigned int begun[PAGES], done[PAGES], covered[PAGES];
static unsigned long hw_epoch, hw_walks, hw_marks, scans_with_bits;

static unsigned int load(unsigned int *p)
{
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

static u64 pa_of(u64 iova, unsigned int version)
{
	return iova + 0x10000000000ULL * (1 + version);
}

static void *hardware(void *arg)
{
	struct tap_rng rng = { seed ^ 0xd1d1 };
	struct decoded d;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		unsigned int page = tap_below(&rng, PAGES + 48);
		u64 iova = BASE + (u64)page * PAGE_SIZE;
		unsigned int v;

		if (page >= PAGES)
			iova = GIANT((page - PAGES) / 16) +
			       (page - PAGES) % 16 * PAGE_SIZE;
		__atomic_add_fetch(&hw_epoch, 1, __ATOMIC_SEQ_CST);
		hw_walks++;
		if (decode(pgtable_top_phys(&pt), pgtable_top_level(&pt) + 1, iova, &d)) {
			for (v = 0; v < VERSIONS; v++)
				if (d.pa == pa_of(iova, v))
					break;
			if (v == VERSIONS || !d.read || !d.write)
				tap_fail(__FILE__, __LINE__,
					 "hardware sees %llx -> %llx", iova,
					 d.pa);
			if (page < PAGES) {
				__atomic_add_fetch(&begun[page], 1,
						   __ATOMIC_SEQ_CST);
				if (decode_mark(&d, tap_below(&rng, d.slots))) {
					__atomic_add_fetch(&done[page], 1,
							   __ATOMIC_SEQ_CST);
					hw_marks++;
				}
			}
		}
		__atomic_add_fetch(&hw_epoch, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* An invalidation: wait until hardware is out of what it may be walking. */
static void invalidate(struct pgtable_gather *g)
{
	unsigned long epoch = __atomic_load_n(&hw_epoch, __ATOMIC_SEQ_CST);

	if (!pgtable_gather_empty(g) && epoch % 2)
		while (__atomic_load_n(&hw_epoch, __ATOMIC_SEQ_CST) == epoch)
			sched_yield();
	pgtable_gather_free(g);
}

static void map(u64 iova, u64 size, unsigned int version, u64 max_leaf)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 run = pfn_run(pa_of(iova, version) >> PAGE_SHIFT,
			  size >> PAGE_SHIFT);
	struct pgtable_map req = {
		.iova = iova,
		.last = iova + size - 1,
		.runs = &run,
		.nr_runs = 1,
		.prot = PGTABLE_READ | PGTABLE_WRITE,
		.max_leaf = max_leaf,
		.gfp = GFP_KERNEL,
	};
	u64 mapped;
	int rc = pt.ops->map(&pt, &req, &g, &mapped);

	if (rc || mapped != size)
		tap_fail(__FILE__, __LINE__, "map %llx: %d", iova, rc);
	if (pt.ops->iova_to_phys(&pt, iova + 5) != pa_of(iova, version) + 5)
		tap_fail(__FILE__, __LINE__, "wrong translation");
	invalidate(&g);
}

static void unmap(u64 iova, u64 size, u64 should)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 bytes = pt.ops->unmap(&pt, iova, iova + size - 1, &g);

	if (bytes != should)
		tap_fail(__FILE__, __LINE__, "unmap %llx: %llx", iova, bytes);
	invalidate(&g);
	/* Bits that an unmap discards are not missed. */
	if (iova < BASE + (u64)PAGES * PAGE_SIZE)
		for (u64 p = 0; p < size >> PAGE_SHIFT; p++) {
			u64 page = ((iova - BASE) >> PAGE_SHIFT) + p;

			covered[page] = load(&begun[page]);
		}
}

struct bitmap_sink {
	struct pgtable_dirty_sink sink;
	u64 bits[512 / 64];
};

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	container_of(sink, struct bitmap_sink, sink)->bits[index] |= bits;
}

static void read_dirty(u64 iova, u64 size)
{
	struct bitmap_sink s = {
		.sink = { .iova = iova, .shift = 12, .word = sink_word },
	};
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	unsigned int first = (iova - BASE) >> PAGE_SHIFT;
	unsigned int before[512];
	unsigned int n = size >> PAGE_SHIFT;
	bool any = false;

	for (unsigned int i = 0; i < n; i++)
		before[i] = load(&done[first + i]);
	pt.ops->read_dirty(&pt, iova, iova + size - 1, 0, &s.sink, &g);
	for (unsigned int i = 0; i < n; i++) {
		if (s.bits[i / 64] >> (i % 64) & 1) {
			covered[first + i] = load(&begun[first + i]);
			any = true;
		} else if ((int)(before[i] - covered[first + i]) > 0) {
			tap_fail(__FILE__, __LINE__, "dirty bit lost: page %u",
				 first + i);
		}
	}
	if (any)
		__atomic_add_fetch(&scans_with_bits, 1, __ATOMIC_RELAXED);
	invalidate(&g);
}

static void *worker(void *arg)
{
	unsigned int self = (uintptr_t)arg;
	struct tap_rng rng = { seed + self };
	bool striped[STRIPES] = {}, blocked[BLOCKS] = {};

	pthread_barrier_wait(&start);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned int n = tap_below(&rng, STRIPES / WORKERS) * WORKERS +
				 self;
		unsigned int b = tap_below(&rng, 2) * WORKERS + self;
		u64 stripe = BASE + (u64)n * STRIPE;
		u64 block = BLOCKS_BASE + (u64)b * SZ_2M;
		u64 leaf = tap_below(&rng, 2) ? SZ_4K : 0;

		switch (tap_below(&rng, 8)) {
		case 0 ... 2:
			if (striped[n])
				unmap(stripe, STRIPE, STRIPE);
			else
				map(stripe, STRIPE, tap_below(&rng, VERSIONS),
				    leaf);
			striped[n] = !striped[n];
			break;
		case 3:
			if (blocked[b])
				unmap(block, SZ_2M, SZ_2M);
			else
				map(block, SZ_2M, tap_below(&rng, VERSIONS),
				    leaf);
			blocked[b] = !blocked[b];
			break;
		case 4:
			map(GIANT(self), SZ_16K, 0, leaf);
			map(GIANT(self) + SZ_32K, SZ_8K, 1, leaf);
			unmap(GIANT(self), SZ_1G, SZ_16K + SZ_8K);
			break;
		case 5:
			read_dirty(block, SZ_2M);
			break;
		default:
			read_dirty(stripe, STRIPE);
		}
	}
	for (unsigned int n = self; n < STRIPES; n += WORKERS)
		if (striped[n])
			unmap(BASE + (u64)n * STRIPE, STRIPE, STRIPE);
	return NULL;
}

/* A fresh table: installing the first tables is a race of its own. */
static void episode(void)
{
	struct pgtable_cfg cfg = { .va_bits = 48, .oa_bits = 52 };
	pthread_t hw, workers[WORKERS];

	memset(begun, 0, sizeof(begun));
	memset(done, 0, sizeof(done));
	memset(covered, 0, sizeof(covered));
	stop = false;
	memset(&pt, 0, sizeof(pt));
	REQUIRE(!pgtable_create(&pt, PGTABLE_AMDV1, &cfg));
	pthread_barrier_init(&start, NULL, WORKERS);
	pthread_create(&hw, NULL, hardware, NULL);
	for (uintptr_t i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, worker, (void *)i);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(hw, NULL);
	pthread_barrier_destroy(&start);

	CHECK(pt.ops->validate(&pt) == 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), shim_pages_in_use() * PAGE_SIZE);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

/* The test has tested something. */
static bool tested(u64 episodes)
{
	return hw_marks > episodes && scans_with_bits > episodes;
}

static void disjoint_ranges_at_once(void)
{
	u64 episodes = tap_env("EPISODES", EPISODES);

	seed = tap_env("SEED", 1);
	printf("# SEED=%llu EPISODES=%llu\n", seed, episodes);
	/* However late hardware gets a processor. */
	for (u64 i = 0; !tap_checks_failed &&
	     (i < episodes || (i < 100 * episodes && !tested(episodes))); i++) {
		episode();
		seed += WORKERS;
	}
	printf("# %lu walks, %lu marks, %lu scans that found bits\n", hw_walks,
	       hw_marks, scans_with_bits);
	CHECK(tested(episodes));
}

int main(void)
{
	TAP_RUN(disjoint_ranges_at_once);
	return tap_done();
}
