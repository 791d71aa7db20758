// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest and a VMM that write to their queue and ring while the kernel reads
 * them. What the vendor's part has judged must be what the backend is given.
 */
#include <linux/errno.h>
#include <pthread.h>
#include <sched.h>
#include <tap.h>
#include "queue_rig.h"
#include "ring_rig.h"

static struct queue_rig queue;
static struct ring_rig ring;
static struct command judged;
static bool stop;
static bool begun;
static u64 seed;

static void judge(const void *data, struct iommufdx_guest_cmd *out)
{
	memcpy(&judged, data, sizeof(judged));
	rig_decode(data, out);
}

static int given(void *target, const void *entry, void *batch)
{
	CHECK(!memcmp(&judged, entry, sizeof(judged)));
	return target_ops.queue(target, entry, batch);
}

static int on_store(struct fdx_guest_reader *reader, u64 addr, u64 value,
		    unsigned int bytes)
{
	CHECK_EQ(addr, judged.addr);
	CHECK_EQ(value, judged.value);
	return 0;
}

static void on_event(struct fdx_guest_reader *reader)
{
}

/* Words at random, all over the queue, the ring and both sides' registers. */
static void *scribble(void *arg)
{
	struct tap_rng rng = { seed + 1 };
	u32 *words[] = { (u32 *)queue.commands, queue.registers, ring.words,
			 (u32 *)&ring.shared, (u32 *)ring.status };
	u32 len[] = { RIG_ENTRIES * 4, 4, RING_ENTRIES * 4, 32, RING_ENTRIES };
	u64 i;
	u32 which;

	for (i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		/* There is something to read all over. */
		if (i == 10000)
			__atomic_store_n(&begun, true, __ATOMIC_RELAXED);
		which = tap_below(&rng, 5);
		__atomic_store_n(&words[which][tap_below(&rng, len[which])],
				 (u32)tap_below(&rng, KINDS), __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *read_queue(void *arg)
{
	struct tap_rng rng = { seed + 2 };
	u64 i, ops = tap_env("OPS", 20000);
	u32 zero = 0;

	/* With one processor, what lies at the start may stop it for long. */
	for (i = 0; i < ops || (!queue.target.len && i < 100 * ops); i++) {
		if (i >= ops)
			sched_yield();
		fdx_guest_reader_run(&queue.reader, 1 + tap_below(&rng, 40));
		CHECK(queue.reader.cons < RIG_ENTRIES);
		if (queue.reader.state != IOMMUFDX_GUEST_QUEUE_RUNNING)
			fdx_guest_reader_start(&queue.reader, &zero, &zero,
					       false);
		__atomic_store_n(&queue.registers[REG_PROD / 4],
				 (u32)tap_below(&rng, RIG_ENTRIES),
				 __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *submit_ring(void *arg)
{
	struct tap_rng rng = { seed + 3 };
	u64 i, ops = tap_env("OPS", 20000);
	u32 head, done;
	int rc;

	/* As above: there may be nothing good in the ring for long. */
	for (i = 0; i < ops || (!ring.target.len && i < 100 * ops); i++) {
		if (i >= ops)
			sched_yield();
		head = ring.ring.head;
		__atomic_store_n(&ring.shared.tail,
				 head + (u32)tap_below(&rng, RING_ENTRIES + 2),
				 __ATOMIC_RELAXED);
		rc = fdx_inv_ring_run(&ring.ring, ~0u, &done);
		CHECK(!rc || rc == -EINVAL || rc == -EIO);
		CHECK(ring.ring.head - head <= RING_ENTRIES);
		CHECK_EQ(ring.ring.head - head, done + (rc == -EIO));
	}
	return NULL;
}

static void hostile_memory(void)
{
	static struct iommufdx_inv_ops checked;
	pthread_t thread[3];

	rig_make(&queue, false);
	queue.ops.decode = judge;
	checked = target_ops;
	checked.queue = given;
	queue.reader.inv.to.ops = &checked;
	queue.reader.store = on_store;
	queue.reader.interrupt = on_event;
	queue.reader.event = on_event;
	CHECK_EQ(fdx_guest_reader_start(&queue.reader, NULL, NULL, false), 0);
	ring_make(&ring, &target_ops, 16, 0);

	pthread_create(&thread[0], NULL, scribble, NULL);
	while (!__atomic_load_n(&begun, __ATOMIC_RELAXED))
		sched_yield();
	pthread_create(&thread[1], NULL, read_queue, NULL);
	pthread_create(&thread[2], NULL, submit_ring, NULL);
	pthread_join(thread[1], NULL);
	pthread_join(thread[2], NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread[0], NULL);
	CHECK(queue.target.len);
	CHECK(ring.target.len);
	fdx_inv_free(&queue.reader.inv);
	fdx_inv_free(&ring.ring.inv);
}

int main(void)
{
	seed = tap_env("SEED", 1);
	printf("# SEED=%llu\n", (unsigned long long)seed);
	TAP_RUN(hostile_memory);
	return tap_done();
}
