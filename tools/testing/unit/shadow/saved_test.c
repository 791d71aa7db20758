// SPDX-License-Identifier: GPL-2.0-only
/* What was saved of dirty state, against an array with one entry for each page. */
#include "tap.h"

#include <limits.h>
#include <string.h>
#include <linux/iommufdx/pgtable.h>

#include "core/dirty/dirty_saved.h"

/* Pages around the border of two chunks, with some beside that have none. */
#define BASE	(3UL * 8 * PAGE_SIZE - 150)
#define PAGES	300UL
/* Half pages: what reads and unmaps may begin and end with. */
#define UNIT	(PAGE_SIZE / 2)
#define UNITS	(2 * PAGES)

static struct fdx_dirty_saved saved;
static bool oracle[PAGES];
static bool reported[UNITS];
static struct tap_rng rng;

static unsigned long unit_addr(unsigned long unit)
{
	return BASE * PAGE_SIZE + unit * UNIT;
}

static void sink_fill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	CHECK(first <= last);
	REQUIRE(last < UNITS);
	for (; first <= last; first++)
		reported[first] = true;
}

static struct pgtable_dirty_sink sink = {
	.iova = BASE * PAGE_SIZE,
	.shift = 11,
	.fill = sink_fill,
};

/* The pages that lie in the range are gone from the array, those in part are not. */
static void oracle_forget(unsigned long first, unsigned long last)
{
	for (unsigned long page = 0; page < PAGES; page++)
		if (first <= 2 * page && last >= 2 * page + 1)
			oracle[page] = false;
}

static void check_find(unsigned long first, unsigned long last)
{
	unsigned long at = unit_addr(first), unit;
	bool found = fdx_saved_find(&saved, &at, unit_addr(last + 1) - 1);

	for (unit = first; unit <= last; unit++)
		if (oracle[unit / 2])
			break;
	CHECK_EQ(found, unit <= last);
	if (found)
		CHECK_EQ(at, unit_addr(unit));
}

static void check_pay(unsigned long first, unsigned long last, bool keep)
{
	memset(reported, 0, sizeof(reported));
	fdx_saved_pay(&saved, unit_addr(first), unit_addr(last + 1) - 1, &sink,
		      keep);
	for (unsigned long unit = 0; unit < UNITS; unit++)
		CHECK_EQ(reported[unit], unit >= first && unit <= last &&
					 oracle[unit / 2]);
	if (!keep)
		oracle_forget(first, last);
}

static void step(void)
{
	unsigned long first = tap_below(&rng, UNITS);
	unsigned long last = first + tap_below(&rng, tap_below(&rng, 4) ? 9 : 150);
	unsigned long page;

	if (last >= UNITS)
		last = UNITS - 1;
	switch (tap_below(&rng, 6)) {
	case 0:
		fdx_saved_forget(&saved, unit_addr(first),
				 unit_addr(last + 1) - 1);
		oracle_forget(first, last);
		break;
	case 1:
		check_pay(first, last, tap_below(&rng, 2));
		break;
	case 2:
		check_find(first, last);
		break;
	default:
		fdx_saved_add(&saved, unit_addr(first), unit_addr(last + 1) - 1);
		for (page = first / 2; page <= last / 2; page++)
			oracle[page] = true;
	}
}

static void random_pages_match_the_oracle(void)
{
	u64 seed = tap_env("SEED", 1), ops = tap_env("OPS", 20000);

	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	rng.state = seed;
	fdx_saved_init(&saved);
	/* Nothing is there, and nothing is found. */
	check_find(0, UNITS - 1);
	check_pay(0, UNITS - 1, false);
	CHECK_EQ(fdx_saved_reserve(&saved, unit_addr(0), unit_addr(UNITS) - 1), 0);
	CHECK_EQ(fdx_saved_reserve(&saved, unit_addr(0), unit_addr(UNITS) - 1), 0);
	while (ops--)
		step();
	check_pay(0, UNITS - 1, true);
	check_pay(0, UNITS - 1, false);
	check_find(0, UNITS - 1);
	fdx_saved_destroy(&saved);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

/* What is reserved half is no harm, and nothing that was saved goes. */
static void no_memory_for_a_chunk(void)
{
	unsigned int nth = 1;
	int rc;

	fdx_saved_init(&saved);
	CHECK_EQ(fdx_saved_reserve(&saved, unit_addr(0), unit_addr(0)), 0);
	fdx_saved_add(&saved, unit_addr(0), unit_addr(0));
	memset(oracle, 0, sizeof(oracle));
	oracle[0] = true;
	do {
		shim_fail_nth(nth++);
		rc = fdx_saved_reserve(&saved, unit_addr(0),
				       unit_addr(UNITS) - 1);
		shim_fail_nth(0);
		CHECK(!rc || rc == -ENOMEM);
		check_pay(0, UNITS - 1, true);
	} while (rc);
	CHECK(nth > 2);
	fdx_saved_destroy(&saved);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

static void the_end_of_all_addresses(void)
{
	unsigned long at = 0;

	fdx_saved_init(&saved);
	CHECK_EQ(fdx_saved_reserve(&saved, ULONG_MAX - 10, ULONG_MAX), 0);
	fdx_saved_add(&saved, ULONG_MAX, ULONG_MAX);
	CHECK(fdx_saved_find(&saved, &at, ULONG_MAX));
	CHECK_EQ(at, ULONG_MAX - PAGE_SIZE + 1);
	fdx_saved_forget(&saved, 0, ULONG_MAX);
	CHECK(!fdx_saved_find(&saved, &at, ULONG_MAX));
	fdx_saved_destroy(&saved);
}

int main(void)
{
	TAP_RUN(random_pages_match_the_oracle);
	TAP_RUN(no_memory_for_a_chunk);
	TAP_RUN(the_end_of_all_addresses);
	return tap_done();
}
