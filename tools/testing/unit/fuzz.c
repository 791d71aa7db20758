// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzz target without a fuzzer: files that are named, or else random inputs.
 * Their number is INPUTS, SEED chooses them.
 */
#include <string.h>
#include <fuzz.h>
#include <tap.h>

#define MAX_INPUT	4096

static uint8_t input[MAX_INPUT];

static int run_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	size_t size;

	if (!file) {
		perror(name);
		return EXIT_FAILURE;
	}
	size = fread(input, 1, sizeof(input), file);
	fclose(file);
	return LLVMFuzzerTestOneInput(input, size);
}

/* The target aborts when something is wrong. */
static void random_inputs(void)
{
	struct tap_rng rng = { .state = tap_env("SEED", 1) };
	u64 n = tap_env("INPUTS", 2000);

	printf("# SEED=%llu INPUTS=%llu\n", rng.state, n);
	fflush(stdout);
	while (n--) {
		size_t size = 1 + tap_below(&rng, sizeof(input));

		/* Small numbers and zeros are what a fuzzer would try. */
		for (size_t i = 0; i < size; i++)
			input[i] = tap_below(&rng, 3) ? tap_rand(&rng) :
							tap_below(&rng, 4);
		LLVMFuzzerTestOneInput(input, size);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (run_file(argv[i]))
			return EXIT_FAILURE;
	if (argc == 1)
		TAP_RUN(random_inputs);
	return tap_done();
}
