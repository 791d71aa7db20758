// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a fuzzer as choices: the first one says the format, the others
 * what operations on a table of that format do, compared with the oracle.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../rig.h"

static const uint8_t *bytes;
static size_t left;
static struct rig rig;

/* As many bytes as @n needs. Zeros when there are no more. */
static u64 choose(u64 n)
{
	u64 value = 0;

	for (u64 range = n - 1; range; range >>= 8) {
		value <<= 8;
		if (left) {
			value |= *bytes++;
			left--;
		}
	}
	return value % n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct test_format *f;

	bytes = data;
	left = size;
	f = &test_formats[choose(nr_test_formats)];
	if (!format_chosen(f))
		return 0;
	rig = (struct rig){ .f = f, .choose = choose };
	rig_new_table(&rig);
	while (left && !rig.failures)
		rig_step(&rig);
	rig_end_table(&rig);
	if (rig.failures)
		abort();
	return 0;
}
