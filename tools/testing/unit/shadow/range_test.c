// SPDX-License-Identifier: GPL-2.0-only
/* What a shadow remembers against an array with one entry for each page. */
#include "tap.h"

#include "core/shadow/shadow.h"

#define PAGES	400UL
#define GPAS	60UL
#define SHIFT	12

static struct fdx_hwpt_shadow shadow;
/* Guest page of each, ~0 for none; and permissions, which split ranges too. */
static unsigned long oracle[PAGES];
static u32 prots[PAGES];

/* Every page is what it should be, in both trees; ranges are as few as can be. */
static void validate(void)
{
	unsigned long page, nr = 0, pages = 0, i;
	struct fdx_shadow_range *range;

	for (page = 0; page < PAGES; page++) {
		range = fdx_shadow_range_first(&shadow, page << SHIFT,
					       page << SHIFT);
		if (oracle[page] == ~0UL) {
			CHECK(!range);
			continue;
		}
		REQUIRE(range);
		pages++;
		CHECK_EQ(range->gpa.start + (page << SHIFT) - range->iova.start,
			 oracle[page] << SHIFT);
		CHECK_EQ(range->prot, prots[page]);
		CHECK_EQ(range->iova.last - range->iova.start,
			 range->gpa.last - range->gpa.start);
		if (!page || oracle[page - 1] == ~0UL ||
		    oracle[page - 1] + 1 != oracle[page] ||
		    prots[page - 1] != prots[page])
			nr++;
	}
	CHECK_EQ(nr, shadow.nr_ranges);
	nr = 0;
	for (struct interval_tree_node *node =
		     interval_tree_iter_first(&shadow.by_gpa, 0, ~0UL);
	     node; node = interval_tree_iter_next(node, 0, ~0UL)) {
		range = container_of(node, struct fdx_shadow_range, gpa);
		for (i = range->iova.start; i < range->iova.last; i += 1 << SHIFT)
			pages--;
		nr++;
	}
	CHECK_EQ(nr, shadow.nr_ranges);
	CHECK_EQ(pages, 0);
}

static void cut(unsigned long first, unsigned long last)
{
	struct fdx_shadow_range *range;
	unsigned long a, b;

	while ((range = fdx_shadow_range_first(&shadow, first << SHIFT,
					       ((last + 1) << SHIFT) - 1))) {
		a = range->iova.start > first << SHIFT ? range->iova.start :
							 first << SHIFT;
		b = range->iova.last < ((last + 1) << SHIFT) - 1 ?
			    range->iova.last : ((last + 1) << SHIFT) - 1;
		fdx_shadow_range_cut(&shadow, range, a, b);
	}
	for (; first <= last; first++)
		oracle[first] = ~0UL;
}

static void random_ranges_match_the_oracle(void)
{
	u64 seed = tap_env("SEED", 1), ops = tap_env("OPS", 4000);
	struct tap_rng rng = { .state = seed };
	unsigned long first, last, gpa, i;
	struct fdx_shadow_range *range;

	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	mutex_init(&shadow.lock);
	mutex_lock(&shadow.lock);
	for (i = 0; i < PAGES; i++)
		oracle[i] = ~0UL;
	while (ops--) {
		u32 prot = 1 + tap_below(&rng, 2);

		first = tap_below(&rng, PAGES);
		last = first + tap_below(&rng, 8);
		if (last >= PAGES)
			last = PAGES - 1;
		/* Often what goes on from the left or to the right. */
		gpa = tap_below(&rng, 3) ? first % GPAS : tap_below(&rng, GPAS);
		if (tap_below(&rng, 3)) {
			cut(first, last);
			CHECK(!fdx_shadow_range_add(&shadow, first << SHIFT,
						    ((last + 1) << SHIFT) - 1,
						    gpa << SHIFT, prot, SHIFT));
			for (i = first; i <= last; i++) {
				oracle[i] = gpa + (i - first);
				prots[i] = prot;
			}
		} else {
			cut(first, last);
		}
		if (ops % 8 == 0)
			validate();
		/* By where it leads. */
		range = fdx_shadow_range_gpa(&shadow, gpa << SHIFT, gpa << SHIFT);
		for (i = 0; i < PAGES; i++)
			if (oracle[i] == gpa)
				break;
		CHECK_EQ(!!range, i < PAGES);
	}
	cut(0, PAGES - 1);
	CHECK_EQ(shadow.nr_ranges, 0);
	mutex_unlock(&shadow.lock);
}

int main(void)
{
	TAP_RUN(random_ranges_match_the_oracle);
	return tap_done();
}
