// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3: stalled transactions, and devices, the machine and a driver at the
 * same time. The machine runs on a thread of its own, as in the kernel.
 */
#include <linux/atomic.h>
#include <string.h>

#include "machine.h"
#include "smmuv3_rig.h"

#define PA	0x70000000ULL
#define PAGES	32
#define DEVICES	3

/* Queue a command and wait for it, as a driver does. */
static void command(u64 w0, u64 w1)
{
	smmu_queue(w0, w1);
	smmu.sem_value++;
	smmu_queue(OP_SYNC | 1 << 12 | (u64)smmu.sem_value << 32, smmu.sem);
	/* What the commands did is seen after their completion. */
	while ((u32)smp_load_acquire((u32 *)rig_mem(smmu.sem)) !=
	       smmu.sem_value)
		nap();
}

/* ---- Stalls ---- */

static struct access {
	struct model_txn txn;
	u64 val;
	int rc;
	bool ended;
	pthread_t thread;
} accesses[80];

static void *one_access(void *arg)
{
	struct access *a = arg;

	a->rc = model_dma(rig.m, &a->txn);
	__atomic_store_n(&a->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

static void prepare(int i, u32 sid, enum model_dma_op op, u64 iova, u64 val)
{
	struct access *a = &accesses[i];

	a->val = val;
	a->ended = false;
	a->txn = (struct model_txn){
		.rid = sid, .op = op, .iova = iova, .len = 8, .buf = &a->val,
	};
}

static void begin(int i, u32 sid, enum model_dma_op op, u64 iova, u64 val)
{
	prepare(i, sid, op, iova, val);
	pthread_create(&accesses[i].thread, NULL, one_access, &accesses[i]);
}

static int end(int i)
{
	pthread_join(accesses[i].thread, NULL);
	return accesses[i].rc;
}

/* Wait for the record of a stall; returns its tag. */
static u16 stalled(u64 e0, u64 e1, u64 iova, u64 ipa)
{
	u64 evt[4];

	do {
		nap();
		smmu_event(evt);
	} while (!evt[0]);
	CHECK_EQ(evt[0], e0);
	CHECK_EQ(evt[1] & ~0xffffULL, e1 | E_STALL);
	CHECK_EQ(evt[2], iova);
	CHECK_EQ(evt[3], ipa);
	return evt[1] & 0xffff;
}

static void resume(u32 sid, u16 stag, u32 how)
{
	command(OP_RESUME | C_SID(sid) | how << 12, stag);
}

static void retry_and_terminate(void)
{
	u16 stag;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_S);
	start_machine();
	/* Retry: the page is there now. */
	begin(0, SID, MODEL_DMA_WRITE, 0x1000, 0x77);
	stag = stalled(EVT0(0x10), E_IN, 0x1000, 0);
	smmu_map(0x1000, PA | D_S1);
	/* Another tag, another stream: not this one. */
	resume(SID, stag ^ 0x100, 1);
	resume(SID, stag ^ 1, 1);
	resume(SID + 1, stag, 1);
	usleep(20000);
	CHECK_EQ(__atomic_load_n(rig_mem(PA), __ATOMIC_RELAXED), 0);
	resume(SID, stag, 1);
	CHECK(end(0) == 0);
	CHECK_EQ(*rig_mem(PA), 0x77);
	/* Retry: it is not, and stalls again. */
	begin(0, SID, MODEL_DMA_WRITE, 0x2000, 1);
	stag = stalled(EVT0(0x10), E_IN, 0x2000, 0);
	resume(SID, stag, 1);
	CHECK(stalled(EVT0(0x10), E_IN, 0x2000, 0) != stag);
	/* The stream is terminated; another's is not. */
	command(OP_STALL_TERM | C_SID(SID + 1), 0);
	command(OP_STALL_TERM | C_SID(SID), 0);
	CHECK(end(0) == -EFAULT);
	CHECK_EQ(accesses[0].txn.fault, 0x10);
	/* Terminate with an abort, or with zeroes. */
	begin(0, SID, MODEL_DMA_READ, 0x2000, 5);
	stag = stalled(EVT0(0x10), E_IN | E_RNW, 0x2000, 0);
	resume(SID, stag, 2);
	CHECK(end(0) == -EFAULT);
	begin(0, SID, MODEL_DMA_READ, 0x2000, 5);
	stag = stalled(EVT0(0x10), E_IN | E_RNW, 0x2000, 0);
	resume(SID, stag, 0);
	CHECK(end(0) == 0);
	CHECK_EQ(accesses[0].val, 0);
	/* Switching off terminates all. */
	begin(0, SID, MODEL_DMA_READ, 0x2000, 5);
	stalled(EVT0(0x10), E_IN | E_RNW, 0x2000, 0);
	w32(0x20, 0xe);
	CHECK(end(0) == -EFAULT);
	end_machine();
	rig_stop();
}

/* The device gives up; the answer that comes later is nobody's. */
static void given_up(void)
{
	static bool cancel;
	u16 stag;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_S);
	start_machine();
	WRITE_ONCE(cancel, false);
	prepare(0, SID, MODEL_DMA_WRITE, 0x1000, 0x78);
	accesses[0].txn.cancel = &cancel;
	pthread_create(&accesses[0].thread, NULL, one_access, &accesses[0]);
	stag = stalled(EVT0(0x10), E_IN, 0x1000, 0);
	/* Waking alone is no reason. */
	model_wake(rig.m);
	usleep(20000);
	WRITE_ONCE(cancel, true);
	model_wake(rig.m);
	CHECK(end(0) == -ECANCELED);
	smmu_map(0x1000, PA | D_S1);
	resume(SID, stag, 1);
	CHECK_EQ(*rig_mem(PA), 0);
	/* What does not stall is not given up. */
	CHECK_EQ(model_dma(rig.m, &accesses[0].txn), 0);
	CHECK_EQ(*rig_mem(PA), 0x78);
	end_machine();
	rig_stop();
}

/* Stage 2's own, and stage 1's where only stage 2 stalls. */
static void stage2_stalls(void)
{
	u16 stag;

	smmu_start(0, CAPS);
	smmu_nested(CD_R | CD_A, STE_S2S);
	start_machine();
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_IN, 0x1000, 0);
	smmu_map(0x1000, 0x2345000 | D_S1);
	begin(0, SID, MODEL_DMA_WRITE, 0x1008, 0x99);
	stag = stalled(EVT0(0x10), E_S2 | E_IN, 0x1008, 0x2345000);
	smmu_map2(0x2345000, PA | D_S2);
	resume(SID, stag, 1);
	CHECK(end(0) == 0);
	CHECK_EQ(*rig_mem(PA + 8), 0x99);
	end_machine();
	rig_stop();
}

/* The record of a stall waits for room, others are lost. */
static void stall_records_are_kept(void)
{
	u64 i, evt[4];
	u16 stag;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_S);
	start_machine();
	/* Without an STE, each leaves a record. */
	for (i = 0; i < 130; i++) {
		u64 val = 1;
		struct model_txn txn = {
			.rid = SID + 1, .op = MODEL_DMA_WRITE, .len = 8,
			.buf = &val,
		};

		CHECK(model_dma(rig.m, &txn) == -EFAULT);
	}
	CHECK_EQ(rig_stats().events_lost, 2);
	begin(0, SID, MODEL_DMA_WRITE, 0x1000, 1);
	usleep(20000);
	CHECK_EQ(rig_stats().events_lost, 2);
	for (i = 0; i < 128; i++) {
		smmu_event(evt);
		CHECK_EQ(evt[0] & 0xff, 0x04);
	}
	stag = stalled(EVT0(0x10), E_IN, 0x1000, 0);
	resume(SID, stag, 2);
	CHECK(end(0) == -EFAULT);
	end_machine();
	rig_stop();
}

/* More than there are tags: the others wait for one and then begin again. */
static void more_stalls_than_tags(void)
{
	bool seen[1 << 16] = { false };
	u64 evt[4];
	int i, n = 0;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_S);
	start_machine();
	for (i = 0; i < ARRAY_SIZE(accesses); i++)
		begin(i, SID, MODEL_DMA_WRITE, 0x1000 + 8 * i, i + 1);
	while (n < 64) {
		smmu_event(evt);
		if (!evt[0]) {
			nap();
			continue;
		}
		CHECK(!seen[evt[1] & 0xffff]);
		seen[evt[1] & 0xffff] = true;
		n++;
	}
	usleep(20000);
	CHECK_NO_EVT();
	smmu_map(0x1000, PA | D_S1);
	for (i = 0; i < 1 << 16; i++)
		if (seen[i])
			resume(SID, i, 1);
	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		/* One that faulted early may be late to take its tag. */
		while (!__atomic_load_n(&accesses[i].ended, __ATOMIC_ACQUIRE)) {
			nap();
			smmu_event(evt);
			if (evt[0])
				resume(SID, evt[1] & 0xffff, 1);
		}
		CHECK(end(i) == 0);
		CHECK_EQ(*rig_mem(PA + 8 * i), i + 1);
	}
	end_machine();
	rig_stop();
}

/* ---- Unmapped memory is left alone, no dirty state is lost ---- */

static u64 *pte(u64 page)
{
	return rig_mem(smmu_desc(3, (page + 1) << 12));
}

static void *writer(void *arg)
{
	struct tap_rng rng = { (uintptr_t)arg };
	u64 part = (uintptr_t)arg % DEVICES * 0x500;
	u64 buf[64];
	struct model_txn txn = {
		.rid = SID, .op = MODEL_DMA_WRITE, .len = sizeof(buf),
		.buf = buf,
	};

	while (!READ_ONCE(stop_devices)) {
		u64 page = tap_below(&rng, PAGES);

		memset(buf, tap_rand(&rng), sizeof(buf));
		/* Each device has its own part of every page. */
		txn.iova = ((page + 1) << 12) + part + tap_below(&rng, 0x300);
		model_dma(rig.m, &txn);
	}
	return NULL;
}

static void unmapped_memory_stays(void)
{
	u64 rounds = tap_env("OPS", 200), seed = tap_env("SEED", 0x7d), i;
	struct tap_rng rng = { seed };
	static u8 before[4096];
	pthread_t dt[DEVICES];
	u64 *ptes[PAGES];

	printf("# SEED=%#llx OPS=%llu\n", (long long)seed, (long long)rounds);
	smmu_start(0, CAPS);
	smmu_nested(CD_A | CD_HA | CD_HD, 0);
	for (i = 0; i < PAGES; i++) {
		ptes[i] = pte(i);
		*ptes[i] = (PA + IPA_OFF + (i << 12)) | D_S1 | D_PAGE;
	}
	start_machine();
	for (i = 0; i < DEVICES; i++)
		pthread_create(&dt[i], NULL, writer, (void *)(seed + i + 1));

	for (i = 0; i < rounds || (i < 1000 * rounds &&
				   !rig_was_busy(rounds)); i++) {
		u64 page = tap_below(&rng, PAGES);
		u64 pa = PA + (page << 12);

		__atomic_exchange_n(ptes[page], 0, __ATOMIC_SEQ_CST);
		command(OP_NH_VA | C_VMID(VMID) | C_ASID(ASID),
			(page + 1) << 12 | C_LEAF);
		__atomic_store_n(&rig.unpinned, pa, __ATOMIC_RELEASE);
		memcpy(before, rig_mem(pa), 4096);
		nap();
		CHECK(!memcmp(before, rig_mem(pa), 4096));
		__atomic_store_n(&rig.unpinned, ~0ULL, __ATOMIC_RELEASE);
		__atomic_store_n(ptes[page], (pa + IPA_OFF) | D_S1 | D_PAGE,
				 __ATOMIC_RELEASE);
	}
	WRITE_ONCE(stop_devices, true);
	for (i = 0; i < DEVICES; i++)
		pthread_join(dt[i], NULL);
	end_machine();
	CHECK_EQ(rig_stats().stale, 0);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(rig_stats().tlb_hits > 0);
	CHECK(rig_stats().dma > rounds);
	rig_stop();
}

static atomic64_t added;

static void *counter(void *arg)
{
	struct tap_rng rng = { (uintptr_t)arg };
	u64 one;
	struct model_txn txn = {
		.rid = SID, .op = MODEL_DMA_FETCH_ADD, .len = 8, .buf = &one,
	};

	while (!READ_ONCE(stop_devices)) {
		one = 1;
		txn.iova = (tap_below(&rng, PAGES) + 1) << 12;
		if (model_dma(rig.m, &txn))
			shim_warn(__FILE__, __LINE__, "fault");
		atomic64_inc(&added);
	}
	return NULL;
}

/* One round: what is dirty is made clean, invalidated and then copied. */
static u64 migrate_round(u64 **ptes, u64 *dest)
{
	bool dirty[PAGES];
	u64 i, sum = 0;

	for (i = 0; i < PAGES; i++)
		dirty[i] = !(__atomic_fetch_or(ptes[i], D_AP_RO,
					       __ATOMIC_SEQ_CST) & D_AP_RO);
	command(OP_NH_ASID | C_ASID(ASID), 0);
	for (i = 0; i < PAGES; i++) {
		if (!dirty[i])
			continue;
		dest[i] = __atomic_load_n(rig_mem(PA + (i << 12)),
					  __ATOMIC_RELAXED);
		sum++;
	}
	return sum;
}

static void no_dirty_state_is_lost(void)
{
	u64 rounds = tap_env("OPS", 150), seed = tap_env("SEED", 0xd1), i;
	u64 dest[PAGES] = { 0 }, dirty = 0, sum = 0;
	pthread_t dt[DEVICES];
	u64 *ptes[PAGES];

	smmu_start(0, CAPS);
	smmu_s1(0, CD_A | CD_HA | CD_HD);
	atomic64_set(&added, 0);
	for (i = 0; i < PAGES; i++) {
		ptes[i] = pte(i);
		*ptes[i] = (PA + (i << 12)) | D_S1 | D_PAGE | D_DBM | D_AP_RO;
	}
	start_machine();
	for (i = 0; i < DEVICES; i++)
		pthread_create(&dt[i], NULL, counter, (void *)(seed + i));
	/* However late devices get a processor. */
	for (i = 0; i < rounds || (i < 1000 * rounds && dirty <= PAGES); i++)
		dirty += migrate_round(ptes, dest);
	WRITE_ONCE(stop_devices, true);
	for (i = 0; i < DEVICES; i++)
		pthread_join(dt[i], NULL);
	dirty += migrate_round(ptes, dest);
	CHECK(dirty > PAGES);
	for (i = 0; i < PAGES; i++) {
		CHECK_EQ(dest[i], *rig_mem(PA + (i << 12)));
		sum += dest[i];
	}
	CHECK_EQ(sum, atomic64_read(&added));
	CHECK_EQ(migrate_round(ptes, dest), 0);
	CHECK_EQ(model_check(rig.m), 0);
	end_machine();
	rig_stop();
}

int main(void)
{
	TAP_RUN(retry_and_terminate);
	TAP_RUN(given_up);
	TAP_RUN(stage2_stalls);
	TAP_RUN(stall_records_are_kept);
	TAP_RUN(more_stalls_than_tags);
	TAP_RUN(unmapped_memory_stays);
	TAP_RUN(no_dirty_state_is_lost);
	return tap_done();
}
