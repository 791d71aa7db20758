// SPDX-License-Identifier: GPL-2.0-only
/* The fewest sets that cover everything, against all choices of sets. */
#include <core/plan/plan.h>
#include <linux/bitops.h>
#include <tap.h>

#define MAX_SETS	10

static u32 brute_force(const unsigned long *sets, u32 nr, unsigned long all)
{
	u32 mask, i, n, best = nr + 1;
	unsigned long got;

	for (mask = 0; mask < 1U << nr; mask++) {
		got = 0;
		n = 0;
		for (i = 0; i < nr; i++) {
			if (mask >> i & 1) {
				got |= sets[i];
				n++;
			}
		}
		if ((got & all) == all && n < best)
			best = n;
	}
	return best;
}

static void one_case(struct tap_rng *rng)
{
	unsigned long sets[MAX_SETS], all, got = 0;
	u32 chosen[MAX_SETS], nr = 1 + tap_below(rng, MAX_SETS), i;
	u32 nbits = 1 + tap_below(rng, 12);
	bool minimal;
	int n;

	all = (1UL << nbits) - 1;
	for (i = 0; i < nr; i++)
		sets[i] = tap_rand(rng) & tap_rand(rng) & all;
	for (i = 0; i < nbits; i++)
		sets[tap_below(rng, nr)] |= 1UL << i;
	n = fdx_cover(sets, nr, nbits, chosen, &minimal);
	CHECK(n > 0);
	CHECK(minimal);
	for (i = 0; i < n; i++) {
		got |= sets[chosen[i]];
		CHECK(!i || chosen[i] > chosen[i - 1]);
	}
	CHECK_EQ(got, all);
	CHECK_EQ(n, brute_force(sets, nr, all));
}

static void as_few_as_any_choice(void)
{
	struct tap_rng rng = { tap_env("SEED", 1) };
	u64 i, ops = tap_env("OPS", 20000);

	printf("# seed %llu\n", (unsigned long long)rng.state);
	for (i = 0; i < ops; i++)
		one_case(&rng);
}

/* The largest set first would take three. */
static void greed_is_not_enough(void)
{
	const unsigned long sets[] = { 0x3c, 0x15, 0x2a };
	u32 chosen[3];
	bool minimal;

	CHECK_EQ(fdx_cover(sets, 3, 6, chosen, &minimal), 2);
	CHECK_EQ(chosen[0], 1);
	CHECK_EQ(chosen[1], 2);
	CHECK(minimal);
}

/* Pairs out of 40 elements: far too many covers to look at. */
static void hopeless_search_ends(void)
{
	static unsigned long sets[40 * 39 / 2];
	static u32 chosen[40 * 39 / 2];
	unsigned long got = 0;
	u32 i, j, nr = 0;
	bool minimal;
	int n;

	/* Of an odd cycle of 39, each pair of neighbours, and one alone. */
	for (i = 0; i < 39; i++)
		sets[nr++] = 1UL << i | 1UL << (i + 1) % 39;
	for (j = 0; j < 39; j++)
		for (i = 3; i < 20; i += 4)
			sets[nr++] = 1UL << j | 1UL << (j + i) % 39;
	n = fdx_cover(sets, nr, 39, chosen, &minimal);
	CHECK(n >= 20);
	for (i = 0; i < n; i++)
		got |= sets[chosen[i]];
	CHECK_EQ(got, (1UL << 39) - 1);
}

static void memory_runs_out(void)
{
	const unsigned long sets[] = { 0x15, 0x2a };
	u32 chosen[2];
	bool minimal;
	int n, rc;

	for (n = 1;; n++) {
		shim_fail_nth(n);
		rc = fdx_cover(sets, 2, 6, chosen, &minimal);
		shim_fail_nth(0);
		if (rc != -ENOMEM)
			break;
		CHECK_EQ(shim_objects_in_use(), 0);
	}
	CHECK_EQ(rc, 2);
	CHECK(n > 3);
}

int main(void)
{
	TAP_RUN(as_few_as_any_choice);
	TAP_RUN(greed_is_not_enough);
	TAP_RUN(hopeless_search_ends);
	TAP_RUN(memory_runs_out);
	return tap_done();
}
