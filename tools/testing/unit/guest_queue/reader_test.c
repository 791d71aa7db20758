// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a guest's queue, against a guest that remembers what it wrote. The
 * oracle knows nothing of batches and portions: it goes through the commands one
 * by one.
 */
#include <linux/errno.h>
#include <tap.h>
#include "queue_rig.h"

/* What the reader told the outside. */
static struct {
	unsigned int events, interrupts, stores;
	u64 addr, value;
	int fail;
	/* What was executed and settled when the answer came. */
	u32 len_at_store;
} seen;

static int on_store(struct fdx_guest_reader *reader, u64 addr, u64 value,
		    unsigned int bytes)
{
	struct queue_rig *rig = container_of(reader, struct queue_rig, reader);

	CHECK_EQ(bytes, 4);
	/* The guest may look at its register as soon as it has the answer. */
	CHECK_EQ(rig->registers[REG_CONS / 4], reader->cons);
	CHECK_EQ(rig->commands[(reader->cons - 1) % RIG_ENTRIES].kind, SYNC);
	seen.stores++;
	seen.addr = addr;
	seen.value = value;
	seen.len_at_store = rig->target.len;
	return seen.fail;
}

static void on_interrupt(struct fdx_guest_reader *reader)
{
	seen.interrupts++;
}

static void on_event(struct fdx_guest_reader *reader)
{
	seen.events++;
}

static struct queue_rig *make(bool wrap_bit)
{
	static struct queue_rig rig;

	if (rig.reader.inv.batch)
		fdx_inv_free(&rig.reader.inv);
	rig_make(&rig, wrap_bit);
	rig.reader.store = on_store;
	rig.reader.interrupt = on_interrupt;
	rig.reader.event = on_event;
	memset(&seen, 0, sizeof(seen));
	return &rig;
}

static void run(struct queue_rig *rig)
{
	while (fdx_guest_reader_run(&rig->reader, 7))
		;
}

static void put(struct queue_rig *rig, u32 kind, u32 number, u32 addr,
		u32 value)
{
	u32 mask = RIG_ENTRIES * (rig->ops.wrap_bit ? 2 : 1) - 1;
	u32 *prod = &rig->registers[REG_PROD / 4];

	rig->commands[*prod % RIG_ENTRIES] =
		(struct command){ kind, number, addr, value };
	*prod = (*prod + 1) & mask;
}

#define START(rig) \
	CHECK_EQ(fdx_guest_reader_start(&(rig)->reader, NULL, NULL, false), 0)
#define CONS(rig)	((rig)->registers[REG_CONS / 4])

static void nothing_before_start(void)
{
	struct queue_rig *rig = make(false);

	put(rig, FORGET, 1, 0, 0);
	run(rig);
	CHECK_EQ(rig->target.len, 0);
	START(rig);
	CHECK_EQ(fdx_guest_reader_start(&rig->reader, NULL, NULL, false),
		 -EBUSY);
	run(rig);
	CHECK_EQ(rig->target.len, 1);
	CHECK_EQ(CONS(rig), 1);
	fdx_guest_reader_stop(&rig->reader);
	put(rig, FORGET, 2, 0, 0);
	run(rig);
	CHECK_EQ(rig->target.len, 1);
}

static void a_full_queue(void)
{
	struct queue_rig *rig = make(true);
	u32 i;

	START(rig);
	for (i = 0; i < RIG_ENTRIES; i++)
		put(rig, FORGET, i, 0, 0);
	run(rig);
	CHECK_EQ(rig->target.len, RIG_ENTRIES);
	CHECK_EQ(CONS(rig), RIG_ENTRIES);
	/* One more than it holds. */
	rig->registers[REG_PROD / 4] = RIG_ENTRIES + RIG_ENTRIES + 1;
	rig->registers[REG_PROD / 4] &= 2 * RIG_ENTRIES - 1;
	run(rig);
	CHECK_EQ(rig->reader.state, IOMMUFDX_GUEST_QUEUE_ERROR);
	CHECK_EQ(CONS(rig), RIG_ENTRIES | ERR_TAIL << 24);
	CHECK_EQ(rig->target.len, RIG_ENTRIES);
	CHECK_EQ(seen.events, 1);
}

static void a_failed_sync(void)
{
	struct queue_rig *rig = make(false);
	u32 i;

	/* The second batch of five fails: what it had is not behind us. */
	START(rig);
	rig->target.fail_sync = 2;
	rig->target.fail_with = -EIO;
	for (i = 0; i < 20; i++)
		put(rig, FORGET, i, 0, 0);
	put(rig, SYNC, 0, 0x1000, 1);
	CHECK_EQ(fdx_guest_reader_run(&rig->reader, 100), 0);
	CHECK_EQ(rig->reader.state, IOMMUFDX_GUEST_QUEUE_ERROR);
	CHECK_EQ(rig->reader.error, ERR_ABORT);
	CHECK(rig->reader.cons <= rig->target.len);
	CHECK_EQ(seen.stores, 0);
	/* It can all be done again. */
	rig->target.len = rig->reader.cons;
	START(rig);
	run(rig);
	CHECK_EQ(seen.stores, 1);
	CHECK_EQ(seen.len_at_store, 20);
	for (i = 0; i < 20; i++)
		CHECK_EQ(rig->target.log[i], i);

	/* A device that does not answer: behind it. */
	rig = make(false);
	START(rig);
	rig->target.fail_sync = 1;
	rig->target.fail_with = -ETIMEDOUT;
	put(rig, FORGET, 1, 0, 0);
	put(rig, SYNC, 0, 0x1000, 1);
	run(rig);
	CHECK_EQ(rig->reader.error, ERR_TIMEOUT);
	CHECK_EQ(rig->reader.cons, 1);
	START(rig);
	run(rig);
	CHECK_EQ(seen.stores, 1);
	CHECK_EQ(CONS(rig), 2);
}

static void a_failed_store(void)
{
	struct queue_rig *rig = make(false);

	START(rig);
	seen.fail = -ENOENT;
	put(rig, SYNC, 0, 0x1000, 1);
	run(rig);
	CHECK_EQ(rig->reader.state, IOMMUFDX_GUEST_QUEUE_RUNNING);
	CHECK_EQ(rig->reader.events, IOMMUFDX_GUEST_QUEUE_STORE_FAILED);
	CHECK_EQ(CONS(rig), 1);
	CHECK_EQ(seen.events, 1);

	rig->ops.store_error = ERR_STORE;
	put(rig, SYNC, 0, 0x1000, 1);
	run(rig);
	CHECK_EQ(rig->reader.state, IOMMUFDX_GUEST_QUEUE_ERROR);
	CHECK_EQ(CONS(rig), 1 | ERR_STORE << 24);
}

static void skip_and_set(void)
{
	struct queue_rig *rig = make(false);
	u32 prod = 9, cons = 5, bad = RIG_ENTRIES;
	struct fdx_guest_reader *reader = &rig->reader;

	CHECK_EQ(fdx_guest_reader_start(reader, NULL, NULL, true), -EINVAL);
	CHECK_EQ(fdx_guest_reader_start(reader, &bad, &cons, false), -EINVAL);
	CHECK_EQ(fdx_guest_reader_start(reader, &prod, &bad, false), -EINVAL);
	CHECK_EQ(fdx_guest_reader_start(reader, &prod, &cons, true), 0);
	CHECK_EQ(rig->registers[REG_PROD / 4], 9);
	CHECK_EQ(CONS(rig), 6);
	run(rig);
	CHECK_EQ(rig->target.len, 3);
	CHECK_EQ(CONS(rig), 9);
}

/* Whoever starts it does not hear of what the guest wrote to its register. */
static void a_producer_out_of_range_fails_the_queue_not_its_start(void)
{
	struct queue_rig *rig = make(false);
	struct fdx_guest_reader *reader = &rig->reader;
	bool skip;

	for (skip = false; ; skip = true) {
		rig->registers[REG_PROD / 4] = 4 * RIG_ENTRIES - 1;
		CHECK_EQ(fdx_guest_reader_start(reader, NULL, NULL, skip), 0);
		CHECK_EQ(reader->state, IOMMUFDX_GUEST_QUEUE_RUNNING);
		run(rig);
		CHECK_EQ(reader->state, IOMMUFDX_GUEST_QUEUE_ERROR);
		CHECK_EQ(reader->error, ERR_TAIL);
		CHECK_EQ(reader->cons, skip);
		CHECK_EQ(rig->target.len, 0);
		if (skip)
			break;
	}
}

/*
 * Random commands, random portions. At each answer, and when it stands still, what
 * was executed is exactly what was written before.
 */
static void random_programs(bool wrap_bit, struct tap_rng *rng)
{
	struct queue_rig *rig = make(wrap_bit);
	u32 done = 0, number = 0, round, i, n, at, kind, stores = 0;
	u32 want_state, want_error, mask = RIG_ENTRIES * (1 + wrap_bit) - 1;

	START(rig);
	for (round = 0; round < 2000; round++) {
		u32 kinds[RIG_ENTRIES], from = rig->reader.cons;

		n = tap_rand(rng) % (RIG_ENTRIES - 1);
		for (i = 0; i < n; i++) {
			kind = tap_rand(rng) % 40;
			kinds[i] = kind < 25 ? FORGET : kind < KINDS + 25 ?
							kind - 25 : NOTHING;
			put(rig, kinds[i],
			    kinds[i] == FORGET ? number + i : 0, 0x100 * i, i);
		}
		while (fdx_guest_reader_run(&rig->reader,
					    1 + tap_rand(rng) % 40))
			;

		/* The oracle. */
		want_state = IOMMUFDX_GUEST_QUEUE_RUNNING;
		want_error = 0;
		for (at = 0; at < n; at++) {
			if (kinds[at] == FORGET)
				REQUIRE(rig->target.log[done++ % TARGET_LOG] ==
					number + at);
			if (kinds[at] == SYNC && at)
				stores++;
			if (kinds[at] == REFUSED || kinds[at] == ILLEGAL) {
				want_state = IOMMUFDX_GUEST_QUEUE_ERROR;
				want_error = kinds[at] == REFUSED ?
						     ERR_REFUSED : ERR_ILLEGAL;
				break;
			}
			if (kinds[at] == FOR_VMM) {
				want_state = IOMMUFDX_GUEST_QUEUE_FOR_VMM;
				break;
			}
		}
		number += n;
		REQUIRE(rig->target.len == done);
		REQUIRE(seen.stores == stores);
		REQUIRE(rig->reader.state == want_state);
		REQUIRE(CONS(rig) == (((from + at) & mask) | want_error << 24));
		if (want_state == IOMMUFDX_GUEST_QUEUE_RUNNING)
			continue;
		/* The guest takes the rest back. */
		rig->registers[REG_PROD / 4] = rig->reader.cons;
		START(rig);
	}
}

int main(void)
{
	u64 seed = tap_env("SEED", 1);
	struct tap_rng rng = { seed };

	printf("# SEED=%llu\n", (unsigned long long)seed);
	TAP_RUN(nothing_before_start);
	TAP_RUN(a_full_queue);
	TAP_RUN(a_failed_sync);
	TAP_RUN(a_failed_store);
	TAP_RUN(skip_and_set);
	TAP_RUN(a_producer_out_of_range_fails_the_queue_not_its_start);
	random_programs(false, &rng);
	tap_result("random_programs");
	random_programs(true, &rng);
	tap_result("random_programs_with_wrap_bit");
	return tap_done();
}
