// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices, the machine and a driver at the same time: completions wait for
 * transactions, unmapped memory stays as it was, no dirty bit is lost.
 *
 * The machine runs on a thread of its own, as in the kernel. Under
 * ThreadSanitizer these tests also show that what a completion promises is
 * ordered: the driver reads memory that devices wrote without any lock.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <sched.h>
#include <string.h>

#include "machine.h"

#define PAGES	32
#define DEVICES	3

static u64 root;

static u64 *pte(u64 page)
{
	return rig_mem(root + (page + 1) * 8);
}

static bool completed(u64 value)
{
	/* What the commands did is seen after their completion. */
	return smp_load_acquire(rig_mem(rig.sem)) == value;
}

/* Invalidate a page and wait, as a driver does. */
static void invalidate(u64 page)
{
	rig_queue(3ULL << 60 | (u64)DOM << 32, (page + 1) << 12);
	rig_queue(1ULL << 60 | rig.sem | 1, ++rig.sem_value);
	while (!completed(rig.sem_value))
		nap();
}

/* ---- A completion waits for a transaction that is under way ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static bool at_gate;

static void stop_at_gate(u64 pa)
{
	if ((pa & ~0xfffULL) != 0x70000000)
		return;
	__atomic_store_n(&at_gate, true, __ATOMIC_RELEASE);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void *one_write(void *arg)
{
	u64 val = 0x77;
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_WRITE, .iova = 0x1000, .len = 8,
		.buf = &val,
	};

	model_dma(rig.m, &txn);
	return NULL;
}

static void completion_drains(void)
{
	pthread_t dt;
	int i;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	*pte(0) = PR | RW | 0x70000000;
	at_gate = false;
	rig.hook = stop_at_gate;
	pthread_mutex_lock(&gate);
	start_machine();
	pthread_create(&dt, NULL, one_write, NULL);
	while (!__atomic_load_n(&at_gate, __ATOMIC_ACQUIRE))
		nap();

	/* The device has its translation and has not stored yet. */
	__atomic_store_n(pte(0), 0, __ATOMIC_RELEASE);
	rig_queue(3ULL << 60 | (u64)DOM << 32, 0x1000);
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	for (i = 0; i < 300000 && rd(R_CMDHEAD) < 16; i++)
		nap();
	CHECK_EQ(rd(R_CMDHEAD), 16);
	usleep(30000);
	CHECK(!completed(1));
	CHECK_EQ(*rig_mem(0x70000000), 0);
	pthread_mutex_unlock(&gate);
	while (!completed(1))
		nap();
	/* No join before: the completion alone orders this read. */
	CHECK_EQ(*rig_mem(0x70000000), 0x77);
	pthread_join(dt, NULL);
	end_machine();
	rig_stop();
}

/* ---- Unmapped memory is left alone ---- */

static void *writer(void *arg)
{
	struct tap_rng rng = { (uintptr_t)arg };
	u64 part = (uintptr_t)arg % DEVICES * 0x500;
	u64 buf[64];
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_WRITE, .len = sizeof(buf),
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
	u64 rounds = tap_env("OPS", 300), seed = tap_env("SEED", 0x7d), i;
	struct tap_rng rng = { seed };
	pthread_t dt[DEVICES];
	static u8 before[4096];

	printf("# SEED=%#llx OPS=%llu\n", (long long)seed, (long long)rounds);
	rig_start(0, MODEL_CAP_DIRTY, 16);
	root = rig_domain(1, HAD(3));
	for (i = 0; i < PAGES; i++)
		*pte(i) = PR | RW | (0x70000000 + (i << 12));
	start_machine();
	for (i = 0; i < DEVICES; i++)
		pthread_create(&dt[i], NULL, writer, (void *)(seed + i + 1));

	for (i = 0; i < rounds || (i < 1000 * rounds &&
				   !rig_was_busy(rounds)); i++) {
		u64 page = tap_below(&rng, PAGES);
		u64 pa = 0x70000000 + (page << 12);

		__atomic_exchange_n(pte(page), 0, __ATOMIC_SEQ_CST);
		invalidate(page);
		__atomic_store_n(&rig.unpinned, pa, __ATOMIC_RELEASE);
		memcpy(before, rig_mem(pa), 4096);
		nap();
		CHECK(!memcmp(before, rig_mem(pa), 4096));
		__atomic_store_n(&rig.unpinned, ~0ULL, __ATOMIC_RELEASE);
		__atomic_store_n(pte(page), PR | RW | pa, __ATOMIC_RELEASE);
		/* The log fills with faults; make room. */
		wr(R_EVTHEAD, rd(R_EVTTAIL));
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

/* ---- A migration ---- */

static atomic64_t added;

static void *counter(void *arg)
{
	struct tap_rng rng = { (uintptr_t)arg };
	u64 one;
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_FETCH_ADD, .len = 8, .buf = &one,
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

/* One round: what is dirty is cleared, invalidated and then copied. */
static u64 migrate_round(u64 *dest)
{
	bool dirty[PAGES];
	u64 i, sum = 0;

	for (i = 0; i < PAGES; i++)
		dirty[i] = __atomic_fetch_and(pte(i), ~D_BIT,
					      __ATOMIC_SEQ_CST) & D_BIT;
	rig_queue(3ULL << 60 | (u64)DOM << 32, 0x7ffffffffffff001ULL);
	rig_queue(1ULL << 60 | rig.sem | 1, ++rig.sem_value);
	while (!completed(rig.sem_value))
		nap();
	for (i = 0; i < PAGES; i++) {
		if (!dirty[i])
			continue;
		dest[i] = __atomic_load_n(rig_mem(0x70000000 + (i << 12)),
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

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(1, HAD(3));
	atomic64_set(&added, 0);
	for (i = 0; i < PAGES; i++)
		*pte(i) = PR | RW | (0x70000000 + (i << 12));
	start_machine();
	for (i = 0; i < DEVICES; i++)
		pthread_create(&dt[i], NULL, counter, (void *)(seed + i));
	/* However late devices get a processor. */
	for (i = 0; i < rounds || (i < 1000 * rounds && dirty <= PAGES); i++)
		dirty += migrate_round(dest);
	WRITE_ONCE(stop_devices, true);
	for (i = 0; i < DEVICES; i++)
		pthread_join(dt[i], NULL);
	dirty += migrate_round(dest);
	CHECK(dirty > PAGES);
	for (i = 0; i < PAGES; i++) {
		CHECK_EQ(dest[i], *rig_mem(0x70000000 + (i << 12)));
		sum += dest[i];
	}
	CHECK_EQ(sum, atomic64_read(&added));
	CHECK_EQ(migrate_round(dest), 0);
	CHECK_EQ(model_check(rig.m), 0);
	end_machine();
	rig_stop();
}

/* ---- Removing a handler waits for it ---- */

static int handler_state;

static void slow_handler(void *data)
{
	WRITE_ONCE(handler_state, 1);
	usleep(20000);
	WRITE_ONCE(handler_state, 2);
}

static void removing_a_handler_waits(void)
{

	rig_start(0, 0, 0);
	handler_state = 0;
	hw_set_irq(rig.hw, 0, slow_handler, NULL);
	start_machine();
	rig_queue(1ULL << 60 | 2, 0);
	while (!READ_ONCE(handler_state))
		nap();
	CHECK(hw_set_irq(rig.hw, 0, NULL, NULL) == 0);
	CHECK_EQ(READ_ONCE(handler_state), 2);
	end_machine();
	rig_stop();
}

int main(void)
{
	TAP_RUN(completion_drains);
	TAP_RUN(unmapped_memory_stays);
	TAP_RUN(no_dirty_bit_is_lost);
	TAP_RUN(removing_a_handler_waits);
	return tap_done();
}
