// SPDX-License-Identifier: GPL-2.0-only
/* Holes of an interval tree against an array of flags. */
#include "tap.h"

#include <limits.h>
#include <linux/types.h>
#include "core/itree.h"

#define SPACE	200UL
#define NODES	8

static void random_holes_match_the_oracle(void)
{
	struct interval_tree_node nodes[NODES];
	u64 seed = tap_env("SEED", 1);
	u64 ops = tap_env("OPS", 20000);
	struct tap_rng rng = { .state = seed };
	/* At both ends of the number space, where things wrap. */
	unsigned long base;

	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	while (ops--) {
		struct rb_root_cached root = RB_ROOT_CACHED;
		bool used[SPACE] = {}, seen[SPACE] = {};
		unsigned long first, last, hole_last, i;
		unsigned long from, to;

		base = tap_below(&rng, 2) ? 0 : ULONG_MAX - SPACE + 1;
		for (int n = tap_below(&rng, NODES + 1); n--;) {
			unsigned long a = tap_below(&rng, SPACE);
			unsigned long b = a + tap_below(&rng, 60);

			if (b >= SPACE)
				b = SPACE - 1;
			nodes[n].start = base + a;
			nodes[n].last = base + b;
			interval_tree_insert(&nodes[n], &root);
			for (; a <= b; a++)
				used[a] = true;
		}
		from = tap_below(&rng, SPACE);
		to = from + tap_below(&rng, SPACE - from);
		first = base + from;
		last = base + to;
		fdx_for_each_hole(&root, first, last, hole_last) {
			CHECK(first <= hole_last && hole_last <= last);
			/* As long as it can be. */
			CHECK(first == base + from || used[first - base - 1]);
			CHECK(hole_last == last || used[hole_last - base + 1]);
			for (i = first - base; i <= hole_last - base; i++)
				seen[i] = true;
		}
		for (i = 0; i < SPACE; i++)
			CHECK_EQ(seen[i], i >= from && i <= to && !used[i]);
	}
}

int main(void)
{
	TAP_RUN(random_holes_match_the_oracle);
	return tap_done();
}
