// SPDX-License-Identifier: GPL-2.0-only
/* What the programs share. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

double clock_cost;

void must(int rc, const char *what)
{
	if (!rc)
		return;
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(-rc));
	exit(1);
}

static int compare(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

double median(double *samples, size_t nr)
{
	qsort(samples, nr, sizeof(*samples), compare);
	return samples[nr / 2];
}

size_t bits_in(const uint64_t *words, size_t n)
{
	size_t bits = 0;

	while (n--)
		bits += __builtin_popcountll(words[n]);
	return bits;
}
