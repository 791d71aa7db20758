// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-invalidate OURS LINUX: what invalidation commands of guests cost on two
 * iommufds, named by their device nodes. Prints lines for
 * tools/testing/bench/report.awk.
 *
 * Linux's figures are of its mock device, whose commands reach no queue. Ours are
 * of a backend: checked, translated, merged, put into the queue of the hardware and
 * waited for; only what the model of that hardware does with them is left out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invalidate.h"

#define ROUNDS	201

static const unsigned int batches[] = { 1, 16, BATCH };
#define NR_BATCHES	3

/* Which pages a guest forgets. */
enum pattern { SCATTERED, ADJACENT, REPEATED, NR_PATTERNS };

static const char *const pattern_names[NR_PATTERNS] = {
	[SCATTERED]	= "pages apart",
	[ADJACENT]	= "pages in a row",
	[REPEATED]	= "16 pages, over and over",
};

static uint64_t page_of(enum pattern pattern, unsigned int i)
{
	switch (pattern) {
	case SCATTERED:
		return 3 * i * PAGE;
	case ADJACENT:
		return i * PAGE;
	default:
		return 3 * (i % 16) * PAGE;
	}
}

static int by_array(struct inv_guest *g, const char *entries, unsigned int n)
{
	uint32_t done;

	return iommufdx_invalidate(g->t.iommu, g->viommu, g->vendor->type,
				   entries, g->vendor->entry_len, n, &done);
}

/*
 * Per command, for a batch of @n: ours, and in *@model the model's; in *@issued
 * what the hardware got.
 */
static double array(struct inv_guest *g, enum pattern pattern, unsigned int n,
		    double *model, double *issued)
{
	char entries[BATCH * ENTRY_MAX];
	struct inv_model before;
	double ticks[ROUNDS];
	int rc;

	for (unsigned int i = 0; i < n; i++)
		g->vendor->page(entries + i * g->vendor->entry_len,
				page_of(pattern, i));
	before = inv_model(g);
	for (int i = 0; i < ROUNDS; i++) {
		ticks[i] = own_ticks_of(g, rc = by_array(g, entries, n));
		must(rc, "invalidate");
	}
	*model = (double)(inv_model(g).cycles - before.cycles) / ROUNDS / n;
	*issued = (double)(inv_model(g).commands - before.commands) / ROUNDS / n;
	return median(ticks, ROUNDS) / n;
}

static double ring(struct inv_guest *g, unsigned int n)
{
	struct iommufdx_ring *ring;
	double ticks[ROUNDS];
	uint32_t done;
	int rc;

	must(iommufdx_inv_ring_open(g->t.iommu, g->viommu, g->vendor->type,
				    g->vendor->entry_len, BATCH, -1, -1, &ring),
	     "ring");
	for (int i = 0; i < ROUNDS; i++) {
		for (unsigned int j = 0; j < n; j++)
			g->vendor->page(iommufdx_inv_ring_get_entry(ring),
					page_of(SCATTERED, j));
		ticks[i] = own_ticks_of(g, rc = iommufdx_inv_ring_submit(ring,
									 &done));
		must(rc ? rc : done == n ? 0 : -EIO, "submit");
	}
	iommufdx_inv_ring_close(ring);
	return median(ticks, ROUNDS) / n;
}

static void paths(struct inv_guest *g, const double *theirs)
{
	double by_array[NR_BATCHES], model[NR_BATCHES], issued;
	const struct inv_vendor *vendor = g->vendor;

	for (int i = 0; i < NR_BATCHES; i++) {
		by_array[i] = array(g, SCATTERED, batches[i], &model[i],
				    &issued);
		printf("row\t%s, %s by array / Linux's mock\tbatch of %u, per command\t%.1f\t%.1f\t%s\n",
		       vendor->name, vendor->command, batches[i], by_array[i],
		       theirs[i], batches[i] == BATCH ? vendor->limit : "-");
	}
	for (int i = 0; i < NR_BATCHES; i++)
		printf("row\t%s, %s by array / Linux's mock\tbatch of %u: the model apart\t%.1f\t-\t-\n",
		       vendor->name, vendor->command, batches[i], model[i]);
	for (int i = 0; i < NR_BATCHES; i++)
		printf("row\t%s, by ring / by array\tbatch of %u, per command\t%.1f\t%.1f\t%s\n",
		       vendor->name, batches[i], ring(g, batches[i]),
		       by_array[i], batches[i] == 16 ? "0.7" : "-");
}

static void merging(struct inv_guest *g)
{
	double model, issued;

	for (enum pattern p = 0; p < NR_PATTERNS; p++) {
		array(g, p, BATCH, &model, &issued);
		printf("row\t%s, hardware commands for 1,000\t%s\t%.1f\t-\t-\n",
		       g->vendor->name, pattern_names[p], 1000 * issued);
	}
}

static void ways(struct inv_guest *g, unsigned int batch)
{
	static const char *const names[] = {
		[BY_ARRAY] = "array", [BY_RING] = "ring", [BY_QUEUE] = "queue",
	};
	const double per_command = 1.0 / batch, per_1000 = 1000.0 / batch;
	struct vmm_cost cost;
	char group[64];

	snprintf(group, sizeof(group), "%s, through a VMM, %u at a time",
		 g->vendor->name, batch);
	for (enum inv_path path = BY_ARRAY; path <= BY_QUEUE; path++) {
		if (vmm_measure(g, path, batch, &cost)) {
			printf("skip\t%s, by queue\tits vIOMMU has no queue that the kernel reads\n",
			       g->vendor->name);
			continue;
		}
		printf("row\t%s\tby %s, per command\t%.1f\t-\t-\n", group,
		       names[path], cost.ticks * per_command);
		printf("row\t%s\tby %s, calls for 1,000\t%.1f\t-\t%s\n", group,
		       names[path], cost.calls * per_1000,
		       path == BY_QUEUE ? "=0" : "-");
		printf("row\t%s\tby %s, wake-ups for 1,000\t%.1f\t-\t%s\n",
		       group, names[path], cost.wakeups * per_1000,
		       path == BY_QUEUE ? "=0" : "-");
	}
}

int main(int argc, char **argv)
{
	double theirs[NR_BATCHES];
	struct inv_guest guest;
	struct target t;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-invalidate OURS LINUX\n");
		return 2;
	}
	clock_cost = ticks_of();
	target_mock(&t, argv[2]);
	for (int i = 0; i < NR_BATCHES; i++)
		theirs[i] = target_invalidate(&t, batches[i]);
	target_close(&t);

	for (unsigned int i = 0; i < nr_inv_vendors; i++) {
		const struct inv_vendor *vendor = &inv_vendors[i];

		if (inv_guest_make(&guest, vendor, argv[1])) {
			printf("skip\t%s\tthere is no model or no driver of it\n",
			       vendor->name);
			continue;
		}
		paths(&guest, theirs);
		merging(&guest);
		for (int j = 0; j < NR_BATCHES; j++)
			ways(&guest, batches[j]);
		inv_guest_break(&guest);
	}
	return 0;
}
