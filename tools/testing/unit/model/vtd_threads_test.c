// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d devices, the machine and a driver at the same time: completions wait for
 * transactions, unmapped memory stays as it was, no dirty bit is lost. One
 * device has an ATC. Under ThreadSanitizer these tests also show that what a
 * completion promises is ordered.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <string.h>

#include "machine.h"
#include "model/atc.h"
#include "vtd_rig.h"

#define A	0x70000000ULL
#define PAGES	32
#define DEVICES	4

/* How a device reaches the pages. */
enum way {
	SECOND,
	FIRST,
	NESTED,
	ATC,			/* by the first stage */
};

static u64 ss, fs;
static struct model_atc *atc;

static u64 iova_of(u64 page)
{
	return (page + 1) << 12;
}

static u64 *ss_pte(u64 page)
{
	return rig_mem(vrig_ss_entry(ss, 4, 1, A + (page << 12)));
}

static u64 *fs_pte(u64 page)
{
	return rig_mem(vrig_fs_entry(fs, 4, 1, iova_of(page)));
}

/*
 * Second stage: pages at A are where they are; first stage and nested: at
 * iova_of(). PASIDs are enum way; ATC uses FIRST's.
 */
static void start(u32 flags)
{
	u64 i;

	vrig_start(SCALABLE, flags, MODEL_CAP_ANY);
	ss = rig_page();
	fs = rig_page();
	vrig_pe(SECOND, ss | PGTT(2) | AW(2) | P_BIT | SSADE, 5 | PWSNP, 0);
	vrig_pe(FIRST, PGTT(1) | P_BIT, 6 | PWSNP, fs);
	vrig_pe(NESTED, ss | PGTT(3) | AW(2) | P_BIT | SSADE, 5 | PWSNP, fs);
	for (i = 0; i < PAGES; i++) {
		*ss_pte(i) = SS_RW | (A + (i << 12));
		*fs_pte(i) = FS_ALL | (A + (i << 12));
	}
	vrig_ss_identity(ss, 0x10000000, 0x40);
	atc = model_atc_create(rig.m, RID + 1, 16);
	if (IS_ERR(atc))
		abort();
	/* The device with the ATC has the same tables. */
	*rig_mem(vrig.ctx + (RID + 1) * 32) =
		vrig.pdir | P_BIT | PASIDE | DTE;
	start_machine();
}

static void stop(void)
{
	end_machine();
	model_atc_destroy(atc);
	rig_stop();
}

static int reach(enum way way, enum model_dma_op op, u64 page, u64 off,
		 void *buf, size_t len)
{
	struct model_txn txn = {
		.rid = way == ATC ? RID + 1 : RID, .op = op, .buf = buf,
		.len = len, .has_pasid = true,
		.pasid = way == ATC ? FIRST : way,
		.iova = (way == SECOND ? A + (page << 12) : iova_of(page)) + off,
	};

	return way == ATC ? model_atc_dma(atc, &txn) : model_dma(rig.m, &txn);
}

/* Wait for what was queued, as a driver does. */
static void wait_for_queue(void)
{
	vrig_queue(++rig.sem_value << 32 | 0x25, rig.sem);
	while ((u32)smp_load_acquire(rig_mem(rig.sem)) != (u32)rig.sem_value)
		nap();
}

/* Everything that may hold a translation of @page; ~0: of all pages. */
static void invalidate(u64 page)
{
	if (page == ~0ULL) {
		vrig_queue(0xe2 | 5 << 16, 0);
		vrig_queue(0x26 | 6 << 16 | (u64)FIRST << 32, 0);
		vrig_queue(0x8 | (RID + 1) << 16 | (u64)FIRST << 32,
			   0x7ffffffffffff800);
	} else {
		vrig_queue(0xf2 | 5 << 16, (A + (page << 12)) | 0x40);
		vrig_queue(0x36 | 6 << 16 | (u64)FIRST << 32,
			   iova_of(page) | 0x40);
		vrig_queue(0x8 | (RID + 1) << 16 | (u64)FIRST << 32,
			   iova_of(page));
	}
	wait_for_queue();
}

/* ---- Unmapped memory is left alone ---- */

static void *writer(void *arg)
{
	enum way way = (uintptr_t)arg % DEVICES;
	struct tap_rng rng = { (uintptr_t)arg };
	u64 buf[64];

	while (!READ_ONCE(stop_devices)) {
		u64 page = tap_below(&rng, PAGES);

		memset(buf, tap_rand(&rng), sizeof(buf));
		/* Each device has its own part of every page. */
		reach(way, MODEL_DMA_WRITE, page,
		       way * 0x400 + tap_below(&rng, 0x200), buf, sizeof(buf));
	}
	return NULL;
}

static void run_devices(pthread_t *dt, void *(*fn)(void *), u64 seed)
{
	u64 i;

	for (i = 0; i < DEVICES; i++)
		pthread_create(&dt[i], NULL, fn,
			       (void *)((seed & ~3ULL) + i));
}

static void end_devices(pthread_t *dt)
{
	int i;

	WRITE_ONCE(stop_devices, true);
	for (i = 0; i < DEVICES; i++)
		pthread_join(dt[i], NULL);
}

static bool devices_were_busy(u64 rounds)
{
	return rig_was_busy(rounds) && rig_stats().atc_hits;
}

static void unmapped_memory_stays(void)
{
	u64 rounds = tap_env("OPS", 200), seed = tap_env("SEED", 0x7d), i;
	struct tap_rng rng = { seed };
	static u8 before[4096];
	pthread_t dt[DEVICES];

	printf("# SEED=%#llx OPS=%llu\n", (long long)seed, (long long)rounds);
	start(0);
	run_devices(dt, writer, seed);
	for (i = 0; i < rounds || (i < 1000 * rounds &&
				   !devices_were_busy(rounds)); i++) {
		u64 page = tap_below(&rng, PAGES);
		u64 pa = A + (page << 12);

		__atomic_exchange_n(ss_pte(page), 0, __ATOMIC_SEQ_CST);
		__atomic_exchange_n(fs_pte(page), 0, __ATOMIC_SEQ_CST);
		invalidate(page);
		__atomic_store_n(&rig.unpinned, pa, __ATOMIC_RELEASE);
		memcpy(before, rig_mem(pa), 4096);
		nap();
		CHECK(!memcmp(before, rig_mem(pa), 4096));
		__atomic_store_n(&rig.unpinned, ~0ULL, __ATOMIC_RELEASE);
		__atomic_store_n(ss_pte(page), SS_RW | pa, __ATOMIC_RELEASE);
		__atomic_store_n(fs_pte(page), FS_ALL | pa, __ATOMIC_RELEASE);
		/* The records fill with faults; make room. */
		wr32(R_FSTS, PFO);
	}
	end_devices(dt);
	CHECK_EQ(rig_stats().stale, 0);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(rig_stats().tlb_hits > 0);
	CHECK(rig_stats().atc_hits > 0);
	CHECK(rig_stats().dma > rounds);
	stop();
}

/* ---- A migration ---- */

static atomic64_t added;

static void *counter(void *arg)
{
	enum way way = (uintptr_t)arg % DEVICES;
	struct tap_rng rng = { (uintptr_t)arg };
	u64 one;

	while (!READ_ONCE(stop_devices)) {
		one = 1;
		if (reach(way, MODEL_DMA_FETCH_ADD, tap_below(&rng, PAGES), 0,
			   &one, sizeof(one)))
			shim_warn(__FILE__, __LINE__, "fault");
		atomic64_inc(&added);
	}
	return NULL;
}

/* One round: what is dirty is cleared, invalidated and then copied. */
static u64 migrate_round(u64 *dest)
{
	bool dirty[PAGES];
	u64 i, sum = 0;

	for (i = 0; i < PAGES; i++) {
		dirty[i] = __atomic_fetch_and(ss_pte(i), ~SS_D,
					      __ATOMIC_SEQ_CST) & SS_D;
		dirty[i] |= !!(__atomic_fetch_and(fs_pte(i), ~FS_D,
						  __ATOMIC_SEQ_CST) & FS_D);
	}
	invalidate(~0ULL);
	for (i = 0; i < PAGES; i++) {
		if (!dirty[i])
			continue;
		dest[i] = __atomic_load_n(rig_mem(A + (i << 12)),
					  __ATOMIC_RELAXED);
		sum++;
	}
	return sum;
}

static void no_dirty_bit_is_lost(void)
{
	u64 rounds = tap_env("OPS", 200), seed = tap_env("SEED", 0xd1), i;
	u64 dest[PAGES] = { 0 }, dirty = 0, sum = 0;
	pthread_t dt[DEVICES];

	start(0);
	atomic64_set(&added, 0);
	run_devices(dt, counter, seed);
	/* However late devices get a processor. */
	for (i = 0; i < rounds || (i < 1000 * rounds && dirty <= PAGES); i++)
		dirty += migrate_round(dest);
	end_devices(dt);
	dirty += migrate_round(dest);
	CHECK(dirty > PAGES);
	for (i = 0; i < PAGES; i++) {
		CHECK_EQ(dest[i], *rig_mem(A + (i << 12)));
		sum += dest[i];
	}
	CHECK_EQ(sum, atomic64_read(&added));
	CHECK_EQ(migrate_round(dest), 0);
	CHECK_EQ(model_check(rig.m), 0);
	stop();
}

/* ---- A new entry, a new root, while devices are at work ---- */

static void changes_under_load(void)
{
	u64 rounds = tap_env("OPS", 100), i;
	pthread_t dt[DEVICES];

	start(0);
	run_devices(dt, writer, 0x55);
	for (i = 0; i < rounds; i++) {
		/* PASID FIRST goes away and comes back. */
		__atomic_store_n(rig_mem(vrig_pe_addr(FIRST)), 0,
				 __ATOMIC_RELEASE);
		vrig_queue(0x17 | 6 << 16 | (u64)FIRST << 32, 0);
		invalidate(~0ULL);
		__atomic_store_n(rig_mem(vrig_pe_addr(FIRST)),
				 PGTT(1) | P_BIT, __ATOMIC_RELEASE);
		if (i % 16 == 0)
			vrig_gcmd(SRTP, true);
		wr32(R_FSTS, PFO);
	}
	end_devices(dt);
	CHECK_EQ(rig_stats().stale, 0);
	CHECK_EQ(model_check(rig.m), 0);
	stop();
}

int main(void)
{
	TAP_RUN(unmapped_memory_stays);
	TAP_RUN(no_dirty_bit_is_lost);
	TAP_RUN(changes_under_load);
	return tap_done();
}
