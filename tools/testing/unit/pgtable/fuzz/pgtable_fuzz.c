// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a fuzzer as choices: the first one says the format, the others
 * what operations on a table of that format do, compared with the oracle.
 */
#include <stdlib.h>
#include <fuzz.h>

#include "../rig.h"

static struct rig rig;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct test_format *f;

	fuzz_begin(data, size);
	f = &test_formats[fuzz_choose(nr_test_formats)];
	if (!format_chosen(f))
		return 0;
	rig = (struct rig){ .f = f, .choose = fuzz_choose };
	rig_new_table(&rig);
	while (fuzz_left && !rig.failures)
		rig_step(&rig);
	rig_end_table(&rig);
	if (rig.failures)
		abort();
	return 0;
}
