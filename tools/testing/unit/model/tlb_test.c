// SPDX-License-Identifier: GPL-2.0-only
/* The cache by itself, against a list that is searched from end to end. */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <string.h>

#include <tap.h>
#include "model/tlb.h"

#define MOST 256

static struct {
	struct model_tlb_entry e[MOST];
	int n;
} list;

static u64 last_of(const struct model_tlb_entry *e)
{
	return e->iova + ((1ULL << e->shift) - 1);
}

static void list_fill(const struct model_tlb_entry *e)
{
	int i;

	for (i = 0; i < list.n; i++)
		if (list.e[i].tag == e->tag && list.e[i].shift == e->shift &&
		    list.e[i].iova == e->iova)
			break;
	list.e[i] = *e;
	if (i == list.n)
		list.n++;
}

static u64 list_invalidate(u64 tag, u64 mask, u64 iova, u64 last)
{
	u64 gone = 0;
	int i = 0;

	while (i < list.n) {
		struct model_tlb_entry *e = &list.e[i];

		if (((e->tag ^ tag) & mask) || e->iova > last ||
		    last_of(e) < iova) {
			i++;
			continue;
		}
		*e = list.e[--list.n];
		gone++;
	}
	return gone;
}

/* The smallest that covers the address. */
static const struct model_tlb_entry *list_lookup(u64 tag, u64 iova)
{
	const struct model_tlb_entry *best = NULL;
	int i;

	for (i = 0; i < list.n; i++) {
		const struct model_tlb_entry *e = &list.e[i];

		if (e->tag == tag && iova >= e->iova && iova <= last_of(e) &&
		    (!best || e->shift < best->shift))
			best = e;
	}
	return best;
}

static u64 count_found(const struct model_tlb_entry *e, void *data)
{
	int i;

	for (i = 0; i < list.n; i++)
		if (list.e[i].tag == e->tag && list.e[i].iova == e->iova &&
		    list.e[i].shift == e->shift && list.e[i].pa == e->pa)
			return 1;
	return 1000000;
}

static u64 near(struct tap_rng *rng, u64 base)
{
	return base ^ (tap_rand(rng) >> (12 + tap_below(rng, 50)));
}

static void agrees_with_a_list(void)
{
	struct tap_rng rng = { tap_env("SEED", 0x71b) };
	u64 ops = tap_env("OPS", 20000), i;
	struct model_tlb tlb = { 0 };
	atomic64_t gen = ATOMIC64_INIT(0);

	printf("# SEED=%#llx OPS=%llu\n", (long long)rng.state,
	       (long long)ops);
	list.n = 0;
	REQUIRE(model_tlb_init(&tlb, MOST, &gen) == 0);
	for (i = 0; i < ops; i++) {
		u64 base = 0x7f0012345000ULL, tag = tap_below(&rng, 3) |
			tap_below(&rng, 2) << 40;
		u64 a = near(&rng, base), b = near(&rng, base), mask = ~0ULL;
		struct model_tlb_entry e = {
			.tag = tag, .shift = 12 + tap_below(&rng, 40),
			.pa = tap_rand(&rng),
		}, got;
		const struct model_tlb_entry *want;

		switch (tap_below(&rng, 8)) {
		case 0:
		case 1:
		case 2:
			e.iova = a & ~((1ULL << e.shift) - 1);
			if (list.n == MOST)
				break;
			model_tlb_fill(&tlb, &e, 0);
			list_fill(&e);
			break;
		case 3:
			if (tap_below(&rng, 4))
				break;
			if (tap_below(&rng, 2))
				mask = 0xff;
			if (a > b)
				swap(a, b);
			if (tap_below(&rng, 2))
				b = a | 0xfff;
			/* One byte, often the first of an entry. */
			if (tap_below(&rng, 4) == 0 && list.n)
				a = b = list.e[tap_below(&rng, list.n)].iova;
			CHECK_EQ(model_tlb_invalidate(&tlb, tag, mask, a, b),
				 list_invalidate(tag, mask, a, b));
			break;
		default:
			want = list_lookup(tag, a);
			CHECK_EQ(model_tlb_lookup(&tlb, tag, a, &got), !!want);
			if (want)
				CHECK_EQ(got.pa, want->pa);
		}
		CHECK_EQ(tlb.used, list.n);
	}
	CHECK_EQ(model_tlb_for_each(&tlb, count_found, NULL), list.n);
	CHECK_EQ(model_tlb_invalidate(&tlb, 0, 0, 0, ~0ULL), list.n);
	CHECK_EQ(tlb.sizes, 0);
	model_tlb_exit(&tlb);
}

/* Full: takes a new one, gives up an old one, keeps all the others. */
static void evicts_one_at_a_time(void)
{
	struct model_tlb tlb = { 0 };
	struct model_tlb_entry e = { .shift = 12 }, got;
	atomic64_t gen = ATOMIC64_INIT(0);
	u64 i, j, held;

	REQUIRE(model_tlb_init(&tlb, 7, &gen) == 0);
	for (i = 0; i < 50; i++) {
		e.iova = i << 12;
		model_tlb_fill(&tlb, &e, 0);
		CHECK(model_tlb_lookup(&tlb, 0, e.iova, &got));
		for (held = 0, j = 0; j <= i; j++)
			held += model_tlb_lookup(&tlb, 0, j << 12, &got);
		CHECK_EQ(held, i < 7 ? i + 1 : 7);
		/* In turn: the last seven are there. */
		for (j = i < 7 ? 0 : i - 6; j <= i; j++)
			CHECK(model_tlb_lookup(&tlb, 0, j << 12, &got));
	}
	model_tlb_exit(&tlb);
}

static void late_fill_is_dropped(void)
{
	struct model_tlb tlb = { 0 };
	struct model_tlb_entry e = { .shift = 12 };
	atomic64_t gen = ATOMIC64_INIT(5);

	REQUIRE(model_tlb_init(&tlb, 1, &gen) == 0);
	model_tlb_fill(&tlb, &e, 4);
	CHECK_EQ(tlb.used, 0);
	model_tlb_fill(&tlb, &e, 5);
	CHECK_EQ(tlb.used, 1);
	model_tlb_exit(&tlb);
}

int main(void)
{
	TAP_RUN(agrees_with_a_list);
	TAP_RUN(evicts_one_at_a_time);
	TAP_RUN(late_fill_is_dropped);
	return tap_done();
}
