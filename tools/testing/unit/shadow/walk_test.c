// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks of guests' tables against an oracle that translates one address at a
 * time. The tables are random: entries that lead to one of a few pages, so that
 * walks come by the same table again and again, leaves, and plain noise.
 */
#include "tap.h"

#include <errno.h>
#include <string.h>
#include "core/shadow/shadow_walk.h"
#include "oracle.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define MAX_LEAVES	4096
#define BUDGET		100000

static struct tap_rng rng;

static const struct oracle_table shapes[] = {
	{ .format = PGTABLE_AMDV1, .levels = 1 },
	{ .format = PGTABLE_AMDV1, .levels = 3 },
	{ .format = PGTABLE_AMDV1, .levels = 4 },
	{ .format = PGTABLE_AMDV1, .levels = 6 },
	{ .format = PGTABLE_X86_64, .levels = 4 },
	{ .format = PGTABLE_X86_64, .levels = 5 },
	{ .format = PGTABLE_VTDSS, .levels = 3 },
	{ .format = PGTABLE_VTDSS, .levels = 4 },
	{ .format = PGTABLE_VTDSS, .levels = 5 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 48, .granule_shift = 12 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 39, .granule_shift = 12 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 32, .granule_shift = 12 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 25, .granule_shift = 12 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 48, .granule_shift = 14 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 36, .granule_shift = 14 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 48, .granule_shift = 16 },
	{ .format = PGTABLE_ARMV8_S1, .va_bits = 42, .granule_shift = 16 },
};

struct test_walk {
	struct fdx_guest_walk walk;
	u64 first, last;
	unsigned int nr;
	struct fdx_guest_leaf leaves[MAX_LEAVES];
};

static bool test_read(struct fdx_guest_walk *walk, u64 gpa, u64 *entries,
		      unsigned int nr)
{
	CHECK(nr >= 1 && nr <= FDX_GUEST_CHUNK);
	CHECK_EQ(gpa / 4096, (gpa + nr * 8 - 1) / 4096);
	CHECK_EQ(gpa % 8, 0);
	if (gpa < MEM_GPA || gpa - MEM_GPA >= sizeof(mem))
		return false;
	memcpy(entries, &mem[(gpa - MEM_GPA) / 8], nr * 8);
	return true;
}

static int test_leaf(struct fdx_guest_walk *walk,
		     const struct fdx_guest_leaf *leaf)
{
	struct test_walk *w = container_of(walk, struct test_walk, walk);
	u64 size = leaf->last - leaf->iova + 1;

	CHECK(!(size & (size - 1)) && !(leaf->iova & (size - 1)));
	CHECK(leaf->iova <= w->last && leaf->last >= w->first);
	CHECK(leaf->prot && !(leaf->prot & ~(PGTABLE_READ | PGTABLE_WRITE)));
	if (w->nr)
		CHECK(leaf->iova > w->leaves[w->nr - 1].last);
	if (w->nr == MAX_LEAVES)
		return -ENOSPC;
	w->leaves[w->nr++] = *leaf;
	return 0;
}

static int run(struct test_walk *w, const struct fdx_guest_table *table,
	       u64 first, u64 last)
{
	w->walk.table = table;
	w->walk.read = test_read;
	w->walk.leaf = test_leaf;
	w->walk.budget = BUDGET;
	w->first = first;
	w->last = last;
	w->nr = 0;
	return fdx_guest_walk(&w->walk, first, last);
}

static int init(struct fdx_guest_table *table, const struct oracle_table *t)
{
	return fdx_guest_table_init(table, t->format, t->root, t->levels,
				    t->va_bits, t->granule_shift);
}

/* A page of guest memory, sometimes of none. */
static u64 random_page(void)
{
	return MEM_GPA + tap_below(&rng, MEM_PAGES + 1) * 4096;
}

static u64 random_entry(const struct oracle_table *t)
{
	u64 e = random_page();

	switch (tap_below(&rng, 8)) {
	case 0:
		return 0;
	case 1:
		return tap_rand(&rng);
	case 2:
		return ~0ull;
	case 3:
		/* Leaves need alignment. */
		e &= ~0x1fffffull;
		break;
	}
	/* A bit that may be reserved, here or there. */
	if (!tap_below(&rng, 16))
		e |= 1ull << (tap_below(&rng, 4) ? 52 + tap_below(&rng, 9) : 11);
	switch (t->format) {
	case PGTABLE_AMDV1:
		return e | 1 | tap_below(&rng, 8) << 9 | tap_below(&rng, 4) << 61;
	case PGTABLE_X86_64:
		return e | tap_below(&rng, 8) | tap_below(&rng, 4) / 3 << 7 |
		       (tap_below(&rng, 4) ? 5 : 0);
	case PGTABLE_VTDSS:
		return e | tap_below(&rng, 4) | tap_below(&rng, 4) / 3 << 7;
	default:
		return e | 1 | (tap_below(&rng, 4) ? 2 : 0) |
		       (tap_below(&rng, 4) ? 0x440 : 0) |
		       tap_below(&rng, 2) << 7 | tap_below(&rng, 8) / 7 << 62;
	}
}

static void fill(const struct oracle_table *t, unsigned int holes)
{
	for (unsigned int i = 0; i < MEM_WORDS; i++)
		mem[i] = tap_below(&rng, holes) ? 0 : random_entry(t);
}

/* Is what the walk said of @iova what the oracle says? */
static void compare_at(const struct test_walk *w, const struct oracle_table *t,
		       u64 iova)
{
	const struct fdx_guest_leaf *leaf = NULL;
	bool read, write, there;
	u64 gpa;

	for (unsigned int i = 0; i < w->nr; i++)
		if (w->leaves[i].iova <= iova && iova <= w->leaves[i].last)
			leaf = &w->leaves[i];
	there = oracle_translate(t, iova, &gpa, &read, &write);
	CHECK_EQ(!!leaf, there);
	if (!leaf || !there)
		return;
	CHECK_EQ(leaf->gpa + (iova - leaf->iova), gpa);
	CHECK_EQ(leaf->prot, (read ? PGTABLE_READ : 0) |
			     (write ? PGTABLE_WRITE : 0));
}

static void compare(const struct test_walk *w, const struct oracle_table *t)
{
	u64 span = w->last - w->first;

	compare_at(w, t, w->first);
	compare_at(w, t, w->last);
	for (int i = 0; i < 64; i++) {
		compare_at(w, t, w->first + (span == ~0ull ? tap_rand(&rng) :
					     tap_below(&rng, span + 1)));
		if (!w->nr)
			continue;
		/* Around the edges of what there is. */
		const struct fdx_guest_leaf *leaf =
			&w->leaves[tap_below(&rng, w->nr)];
		u64 at = tap_below(&rng, 2) ? leaf->iova - 1 + tap_below(&rng, 2) :
					      leaf->last + tap_below(&rng, 2);

		if (at >= w->first && at <= w->last)
			compare_at(w, t, at);
	}
}

static u64 table_last(const struct oracle_table *t)
{
	int bits = t->va_bits ? t->va_bits : 12 + 9 * t->levels;

	return bits >= 64 ? ~0ull : (1ull << bits) - 1;
}

static void random_tables_match_the_oracle(void)
{
	u64 seed = tap_env("SEED", 1), ops = tap_env("OPS", 6000), full = 0;
	static struct test_walk w;

	rng.state = seed;
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	while (ops--) {
		struct oracle_table t = shapes[tap_below(&rng, ARRAY_LEN(shapes))];
		struct fdx_guest_table table;
		u64 first, last;
		int rc;

		t.root = MEM_GPA;
		fill(&t, 1 + tap_below(&rng, 40));
		REQUIRE(!init(&table, &t));
		CHECK_EQ(fdx_guest_table_last(&table), table_last(&t));
		/* Narrow and wide, with ends anywhere. */
		first = tap_rand(&rng) & table_last(&t);
		last = first + (tap_rand(&rng) >> (1 + tap_below(&rng, 60)));
		if (last < first || last > table_last(&t))
			last = table_last(&t);
		rc = run(&w, &table, first, last);
		if (rc == -E2BIG || rc == -ENOSPC) {
			full++;
			if (w.nr) {
				w.last = w.leaves[w.nr - 1].last < last ?
						 w.leaves[w.nr - 1].last : last;
				compare(&w, &t);
			}
			continue;
		}
		CHECK_EQ(rc, 0);
		compare(&w, &t);
	}
	printf("# %llu walks were cut short\n", (unsigned long long)full);
}

/* A table that is its own every entry: no walk takes more than its budget. */
static void circles_end(void)
{
	static struct test_walk w;

	for (unsigned int i = 0; i < ARRAY_LEN(shapes); i++) {
		struct oracle_table t = shapes[i];
		u64 e = MEM_GPA | 7 | 3ull << 61;
		struct fdx_guest_table table;
		int rc;

		t.root = MEM_GPA;
		REQUIRE(!init(&table, &t));
		for (int level = 1; level < 7; level++) {
			for (int n = 0; n < MEM_WORDS; n++)
				mem[n] = t.format == PGTABLE_AMDV1 ?
						 e | (u64)level << 9 : e | 0x440;
			rc = run(&w, &table, 0, table_last(&t));
			CHECK(rc == 0 || rc == -E2BIG || rc == -ENOSPC);
			CHECK(w.walk.budget <= BUDGET);
		}
	}
}

static void nothing_but_ones(void)
{
	static struct test_walk w;

	memset(mem, 0xff, sizeof(mem));
	for (unsigned int i = 0; i < ARRAY_LEN(shapes); i++) {
		struct oracle_table t = shapes[i];
		struct fdx_guest_table table;

		t.root = MEM_GPA;
		REQUIRE(!init(&table, &t));
		w.nr = 0;
		run(&w, &table, 0, table_last(&t));
		if (t.va_bits != 25 && t.levels != 1)
			CHECK_EQ(w.nr, 0);
	}
}

static void memory_that_is_not_there(void)
{
	static struct test_walk w;

	for (unsigned int i = 0; i < ARRAY_LEN(shapes); i++) {
		struct oracle_table t = shapes[i];
		struct fdx_guest_table table;

		t.root = 0;
		REQUIRE(!init(&table, &t));
		CHECK_EQ(run(&w, &table, 0, table_last(&t)), 0);
		CHECK_EQ(w.nr, 0);
	}
}

static void shapes_that_cannot_be(void)
{
	static const struct oracle_table bad[] = {
		{ .format = PGTABLE_AMDV1, .levels = 0 },
		{ .format = PGTABLE_AMDV1, .levels = 7 },
		{ .format = PGTABLE_AMDV1, .levels = 4, .va_bits = 48 },
		{ .format = PGTABLE_AMDV1, .levels = 4, .root = 8 },
		{ .format = PGTABLE_X86_64, .levels = 3 },
		{ .format = PGTABLE_X86_64, .levels = 6 },
		{ .format = PGTABLE_X86_64, .levels = 4, .granule_shift = 12 },
		{ .format = PGTABLE_X86_64, .levels = 4, .root = 1ull << 52 },
		{ .format = PGTABLE_VTDSS, .levels = 2 },
		{ .format = PGTABLE_VTDSS, .levels = 6 },
		{ .format = PGTABLE_ARMV8_S1, .levels = 4 },
		{ .format = PGTABLE_ARMV8_S1, .va_bits = 24, .granule_shift = 12 },
		{ .format = PGTABLE_ARMV8_S1, .va_bits = 49, .granule_shift = 16 },
		{ .format = PGTABLE_ARMV8_S1, .va_bits = 48, .granule_shift = 13 },
		{ .format = PGTABLE_ARMV8_S1, .va_bits = 48, .granule_shift = 12,
		  .root = 2048 },
		/* Two entries: 64 bytes all the same. */
		{ .format = PGTABLE_ARMV8_S1, .va_bits = 31, .granule_shift = 12,
		  .root = 32 },
	};
	static const int formats[] = { PGTABLE_ANY, PGTABLE_ARMV8_S2,
				       PGTABLE_AMDV1_2K, 99, -1 };
	struct fdx_guest_table table;
	struct oracle_table t = {
		.format = PGTABLE_ARMV8_S1, .va_bits = 31, .granule_shift = 12,
		.root = 64,
	};

	for (unsigned int i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_EQ(init(&table, &bad[i]), -EINVAL);
	for (unsigned int i = 0; i < ARRAY_LEN(formats); i++)
		CHECK_EQ(fdx_guest_table_init(&table, formats[i], 0, 4, 0, 0),
			 -EOPNOTSUPP);
	CHECK_EQ(init(&table, &t), 0);
}

int main(void)
{
	TAP_RUN(random_tables_match_the_oracle);
	TAP_RUN(circles_end);
	TAP_RUN(nothing_but_ones);
	TAP_RUN(memory_that_is_not_there);
	TAP_RUN(shapes_that_cannot_be);
	return tap_done();
}
