// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on tables of every format against the oracle.
 *
 * SEED chooses the sequence (it is printed), OPS how many operations on each
 * format, FORMAT the one format to test. A million of each without a sanitizer,
 * fewer under ASan.
 */
#include <tap.h>

#include "rig.h"

#define OPS_PER_TABLE	1500
#ifdef __SANITIZE_ADDRESS__
#define OPS		30000
#else
#define OPS		1000000
#endif

static struct tap_rng rng;
static struct rig rig;

static u64 choose(u64 n)
{
	return tap_below(&rng, n);
}

static void random_operations(const struct test_format *f)
{
	u64 ops = tap_env("OPS", OPS);

	rng.state = tap_env("SEED", 1);
	rig = (struct rig){ .f = f, .choose = choose };
	for (u64 i = 0; i < ops && rig.failures < 10; i++) {
		if (i % OPS_PER_TABLE == 0) {
			if (i)
				rig_end_table(&rig);
			rig_new_table(&rig);
		}
		rig_step(&rig);
		if (i % 500 == 250)
			rig_check(&rig);
	}
	rig_end_table(&rig);
	CHECK_EQ(rig.failures, 0);
}

int main(void)
{
	printf("# SEED=%llu OPS=%llu\n", tap_env("SEED", 1),
	       tap_env("OPS", OPS));
	for (unsigned int i = 0; i < nr_test_formats; i++) {
		const struct test_format *f = &test_formats[i];

		if (!format_chosen(f))
			continue;
		random_operations(f);
		tap_result(f->name);
	}
	return tap_done();
}
