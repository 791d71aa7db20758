// SPDX-License-Identifier: GPL-2.0-only
/* Rings of commands: every status, wherever in the ring, whatever fails. */
#include <linux/errno.h>
#include <tap.h>
#include "ring_rig.h"

static struct ring_rig rig;

static u32 *put(u32 kind, u32 number)
{
	u32 *words = rig.words + (rig.shared.tail++ & (RING_ENTRIES - 1)) *
				 (rig.ring.entry_len / 4);

	words[0] = kind;
	words[1] = number;
	rig.status[(rig.shared.tail - 1) & (RING_ENTRIES - 1)] = 77;
	return words;
}

static void make(const struct iommufdx_inv_ops *ops, u32 entry_len, u32 head)
{
	if (rig.ring.inv.batch)
		fdx_inv_free(&rig.ring.inv);
	ring_make(&rig, ops, entry_len, head);
}

static void overflow(void)
{
	u32 ahead, done = 99;

	make(&target_ops, 16, ~0u - 3);
	for (ahead = RING_ENTRIES + 1; ahead; ahead += 0x01234567) {
		if (ahead <= RING_ENTRIES)
			break;
		rig.shared.tail = rig.ring.head + ahead;
		rig.shared.head = 0;
		CHECK_EQ(fdx_inv_ring_run(&rig.ring, ~0u, &done), -EINVAL);
		CHECK_EQ(done, 0);
		CHECK_EQ(rig.shared.state, IOMMUFDX_INV_RING_OVERFLOW);
		CHECK_EQ(rig.shared.head, ~0u - 3);
	}
	CHECK_EQ(rig.target.len, 0);
	rig.shared.tail = rig.ring.head + RING_ENTRIES;
	CHECK_EQ(fdx_inv_ring_run(&rig.ring, ~0u, &done), 0);
	CHECK_EQ(done, RING_ENTRIES);
	CHECK_EQ(rig.shared.state, 0);
	CHECK_EQ(rig.shared.head, RING_ENTRIES - 4);
}

static void failed_sync(void)
{
	u32 i, done;

	/* 5 done, 5 lost, the rest untouched. */
	make(&target_ops, 16, 0);
	rig.target.fail_sync = 2;
	rig.target.fail_with = -ETIMEDOUT;
	for (i = 0; i < 14; i++)
		put(FORGET, i);
	CHECK_EQ(fdx_inv_ring_run(&rig.ring, ~0u, &done), -ETIMEDOUT);
	CHECK_EQ(done, 5);
	CHECK_EQ(rig.shared.head, 10);
	for (i = 0; i < 14; i++)
		CHECK_EQ(rig.status[i], i < 5 ? 0 : i < 10 ? -ETIMEDOUT : 77);
	CHECK_EQ(fdx_inv_ring_run(&rig.ring, ~0u, &done), 0);
	CHECK_EQ(done, 4);
	CHECK_EQ(rig.target.len, 9);
	CHECK_EQ(rig.target.log[5], 10);

	/* One is refused, and the sync of those before it fails. */
	make(&target_ops, 16, 0);
	rig.target.fail_sync = 1;
	rig.target.fail_with = -ETIMEDOUT;
	put(FORGET, 0);
	put(REFUSED, 1);
	put(FORGET, 2);
	CHECK_EQ(fdx_inv_ring_run(&rig.ring, ~0u, &done), -ETIMEDOUT);
	CHECK_EQ(done, 0);
	CHECK_EQ(rig.status[0], -ETIMEDOUT);
	CHECK_EQ(rig.status[1], -EIO);
	CHECK_EQ(rig.status[2], 77);
	CHECK_EQ(rig.shared.head, 2);
}

/* An entry that is shorter than the kernel's ends in zeroes, not in the last one. */
static void short_entries(void)
{
	u32 i, done;

	make(&target_short_ops, 8, 0);
	for (i = 0; i < RING_ENTRIES; i++)
		put(FORGET, i);
	CHECK_EQ(fdx_inv_ring_run(&rig.ring, ~0u, &done), 0);
	CHECK_EQ(done, RING_ENTRIES);
	for (i = 0; i < RING_ENTRIES; i++)
		CHECK_EQ(rig.target.log[i], i);
	CHECK(!rig.copy.addr && !rig.copy.value);
}

static void random_batches(struct tap_rng *rng)
{
	u32 round, i, n, bad, done, want, most, number = 0, len = 0;
	int rc;

	make(&target_ops, 16, ~0u - 1000);
	for (round = 0; round < 3000; round++) {
		u32 first = rig.ring.head;

		n = tap_below(rng, RING_ENTRIES + 1);
		bad = tap_below(rng, 3 * RING_ENTRIES);
		most = 1 + tap_below(rng, 2 * RING_ENTRIES);
		for (i = 0; i < n; i++)
			put(i != bad ? FORGET : number % 2 ? ILLEGAL : STRANGER,
			    number + i);
		rc = fdx_inv_ring_run(&rig.ring, most, &done);
		want = n < most ? n : most;
		if (bad < want) {
			want = bad;
			REQUIRE(rc == -EIO);
			REQUIRE(rig.status[(first + bad) % RING_ENTRIES] == -EIO);
			REQUIRE(rig.shared.head == first + bad + 1);
		} else {
			REQUIRE(rc == 0);
			REQUIRE(rig.shared.head == first + want);
		}
		REQUIRE(done == want);
		for (i = 0; i < want; i++) {
			REQUIRE(!rig.status[(first + i) % RING_ENTRIES]);
			REQUIRE(rig.target.log[len++ % TARGET_LOG] == number + i);
		}
		for (i = rig.shared.head - first; i < n; i++)
			REQUIRE(rig.status[(first + i) % RING_ENTRIES] == 77);
		number += n;
		rig.shared.tail = rig.shared.head;
		REQUIRE(rig.target.len == len);
	}
}

int main(void)
{
	u64 seed = tap_env("SEED", 1);
	struct tap_rng rng = { seed };

	printf("# SEED=%llu\n", (unsigned long long)seed);
	TAP_RUN(overflow);
	TAP_RUN(failed_sync);
	TAP_RUN(short_entries);
	random_batches(&rng);
	tap_result("random_batches");
	fdx_inv_free(&rig.ring.inv);
	return tap_done();
}
