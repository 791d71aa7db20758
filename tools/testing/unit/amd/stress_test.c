// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once: RIDs and PASIDs of devices behind two IOMMUs move between
 * domains, mappings come and go, dirty tracking is switched, while all of them do
 * DMA. Devices without PASIDs move between v1 and v2 tables, too. Each page of a
 * domain has a pattern of the domain's own at a place that every mapping has, so a
 * read tells whose translation it went through.
 *
 * What is being moved gives the old domain's pattern or the new one's
 * and never faults; in the end, all that the hardware has cached is what memory
 * says.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <unistd.h>
#include "rig.h"

#define ENTRIES		6
#define DOMAINS		4
#define STABLE		0x40000000ULL		/* always mapped */
#define VOLATILE	0x50000000ULL		/* comes and goes */
#define VOLATILE_PAGES	16
#define CAPS		(MODEL_CAP_PASID | MODEL_CAP_DIRTY)

static struct machine machine[2];
static struct iommufdx_master master[4];
static struct iommufdx_domain *domain[DOMAINS];
static u64 stable[DOMAINS], pool[DOMAINS];
static uint64_t seed, ops;
static bool ended;

/* Masters 0 and 2 are behind the first IOMMU, 1 and 3 behind the second. */
static struct place {
	unsigned int master;
	u32 pasid;
	bool v1;		/* goes to domains of both versions */
	/* Bits of domains that its DMA may meet now. */
	unsigned long may_meet;
} place[ENTRIES] = {
	{ 0, NO_PASID }, { 0, 1 }, { 0, 700 }, { 1, NO_PASID, true }, { 2, 1 },
	{ 3, NO_PASID, true },
};

static u64 pattern(unsigned int d)
{
	return 0x1111111111111111ULL * (d + 1);
}

static int place_attach(struct place *p, struct iommufdx_domain *to)
{
	return attach(&master[p->master], p->pasid, to);
}

static int place_read(struct place *p, u64 iova, u64 *val)
{
	return dma_read(&master[p->master], p->pasid, iova, val);
}

static int place_write(struct place *p, u64 iova, u64 val)
{
	return dma_write(&master[p->master], p->pasid, iova, val);
}

static void start(u32 flags)
{
	unsigned int i;

	ended = false;
	for (i = 0; i < 2; i++)
		REQUIRE(machine_start(&machine[i], flags, CAPS) == 0);
	for (i = 0; i < 4; i++)
		full_master_start(&machine[i % 2], &master[i], 0x100 + i);
	for (i = 0; i < DOMAINS; i++) {
		domain[i] = format_make(&master[0], i % 2 ? PGTABLE_AMDV1 :
							    PGTABLE_X86_64,
					IOMMUFDX_DOMAIN_DIRTY);
		stable[i] = page_make();
		pool[i] = page_make();
		page_at(stable[i])[0] = pattern(i);
		CHECK_EQ(domain_map(domain[i], STABLE, stable[i], 1), 0);
	}
}

static void stop(void)
{
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		CHECK_EQ(place_attach(&place[i], NULL), 0);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(model_check(machine[i].model), 0);
		CHECK_EQ(machine_stats(&machine[i]).stale, 0);
		CHECK_EQ(machine_stats(&machine[i]).illegal, 0);
		/* The last to leave has dropped all. */
		CHECK_EQ(machine_stats(&machine[i]).tlb_entries, 0);
	}
	for (i = 0; i < DOMAINS; i++) {
		domain_drop(domain[i]);
		page_drop(stable[i]);
		page_drop(pool[i]);
	}
	for (i = 0; i < 4; i++)
		master_stop(&master[i]);
	for (i = 0; i < 2; i++)
		machine_stop(&machine[i]);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

static bool going(void)
{
	return !__atomic_load_n(&ended, __ATOMIC_RELAXED);
}

static void *do_dma(void *arg)
{
	struct place *p = arg;
	unsigned int n = p - place;
	struct tap_rng rng = { seed + 100 + n };
	unsigned long before, after;
	u64 val, iova;
	int rc;

	while (going()) {
		before = __atomic_load_n(&p->may_meet, __ATOMIC_ACQUIRE);
		rc = place_read(p, STABLE, &val);
		after = __atomic_load_n(&p->may_meet, __ATOMIC_ACQUIRE);
		CHECK_EQ(rc, 0);
		val = val / pattern(0) - 1;
		CHECK(val < DOMAINS && (before | after) & BIT(val));

		iova = VOLATILE + tap_below(&rng, VOLATILE_PAGES) * PAGE_SIZE;
		rc = place_write(p, iova + 8 * n, val);
		CHECK(rc == 0 || rc == -EFAULT);
		/* Let others have the processor, and the hardware. */
		usleep(20);
	}
	return NULL;
}

static void *do_move(void *arg)
{
	struct tap_rng rng = { seed + 1 };
	unsigned int n, d, i;
	struct place *p;

	for (i = 0; i < ops; i++) {
		n = tap_below(&rng, ENTRIES);
		p = &place[n];
		d = tap_below(&rng, DOMAINS) & (p->v1 ? ~0U : ~1U);
		__atomic_or_fetch(&p->may_meet, BIT(d), __ATOMIC_RELEASE);
		CHECK_EQ(place_attach(p, domain[d]), 0);
		__atomic_store_n(&p->may_meet, BIT(d), __ATOMIC_RELEASE);
	}
	return NULL;
}

static void *do_map(void *arg)
{
	struct iommufdx_domain *const *mine = arg;
	unsigned int d = mine - domain;
	struct tap_rng rng = { seed + 200 + d };
	u64 iova, npages, i;

	while (going()) {
		npages = tap_below(&rng, VOLATILE_PAGES) + 1;
		iova = VOLATILE + PAGE_SIZE *
		       tap_below(&rng, VOLATILE_PAGES - npages + 1);
		for (i = 0; i < npages; i++)
			CHECK_EQ(domain_map(*mine, iova + i * PAGE_SIZE,
					    pool[d], 1), 0);
		CHECK_EQ(domain_unmap(*mine, iova, npages), 0);
	}
	return NULL;
}

static void *do_track(void *arg)
{
	struct tap_rng rng = { seed + 3 };
	unsigned int d;

	while (going()) {
		d = tap_below(&rng, DOMAINS);
		if (domain[d]->ops->set_dirty_tracking)
			CHECK_EQ(domain[d]->ops->set_dirty_tracking(domain[d],
						tap_below(&rng, 2)), 0);
		domain_dirty(domain[d], STABLE);
	}
	return NULL;
}

static void moving_mapping_tracking_under_dma(void)
{
	pthread_t thread[ENTRIES + DOMAINS + 1], mover;
	unsigned int i, n = 0;

	/* Hits between a change and its invalidation are no mistake here. */
	start(0);
	for (i = 0; i < ENTRIES; i++) {
		place[i].may_meet = BIT(0);
		CHECK_EQ(place_attach(&place[i], domain[0]), 0);
	}
	for (i = 0; i < ENTRIES; i++)
		pthread_create(&thread[n++], NULL, do_dma, &place[i]);
	for (i = 0; i < DOMAINS; i++)
		pthread_create(&thread[n++], NULL, do_map, &domain[i]);
	pthread_create(&thread[n++], NULL, do_track, NULL);
	pthread_create(&mover, NULL, do_move, NULL);
	pthread_join(mover, NULL);
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	while (n)
		pthread_join(thread[--n], NULL);
	printf("# %llu and %llu DMAs, %llu and %llu commands\n",
	       (unsigned long long)machine_stats(&machine[0]).dma,
	       (unsigned long long)machine_stats(&machine[1]).dma,
	       (unsigned long long)machine_stats(&machine[0]).commands,
	       (unsigned long long)machine_stats(&machine[1]).commands);
	stop();
}

/* After a flush returned, no DMA reaches the page, whatever else goes on. */
static void *do_own_page(void *arg)
{
	struct place *p = arg;
	u64 iova = VOLATILE + (p - place) * 0x200000, pa = page_make();
	unsigned int i;

	for (i = 0; i < ops; i++) {
		CHECK_EQ(domain_map(domain[0], iova, pa, 1), 0);
		CHECK_EQ(place_write(p, iova, i), 0);
		CHECK_EQ(page_at(pa)[0], i);
		CHECK_EQ(domain_unmap(domain[0], iova, 1), 0);
		CHECK_EQ(place_write(p, iova, ~0ULL), -EFAULT);
		CHECK_EQ(page_at(pa)[0], i);
	}
	page_drop(pa);
	return NULL;
}

static void concurrent_flushes(void)
{
	pthread_t thread[ENTRIES];
	unsigned int i;

	start(MODEL_CHECK_HITS);
	for (i = 0; i < ENTRIES; i++)
		CHECK_EQ(place_attach(&place[i], domain[0]), 0);
	for (i = 0; i < ENTRIES; i++)
		pthread_create(&thread[i], NULL, do_own_page, &place[i]);
	for (i = 0; i < ENTRIES; i++)
		pthread_join(thread[i], NULL);
	stop();
}

int main(void)
{
	seed = tap_env("SEED", 1);
	ops = tap_env("OPS", 2000);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	TAP_RUN(concurrent_flushes);
	TAP_RUN(moving_mapping_tracking_under_dma);
	return tap_done();
}
