// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-ioas OURS LINUX: what ioctls cost on two iommufds, named by their device
 * nodes. Prints lines for tools/testing/bench/report.awk.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define LENGTH	(512 * MB)
#define ROUNDS	201

enum work {
	MAP_4K, UNMAP_4K,
	MAP_THP, UNMAP_THP,
	MAP_PAGE, UNMAP_PAGE,
	DIRTY_0, DIRTY_1, DIRTY_100,
	INV_1, INV_16, INV_256,
	NR_WORKS,
};

static const struct {
	const char *title;
	const char *limit;
} works[NR_WORKS] = {
	[MAP_4K]	= { "IOAS_MAP, scattered 4 KiB, per MiB", "0.4" },
	[UNMAP_4K]	= { "IOAS_UNMAP, scattered 4 KiB, per MiB", "0.6" },
	[MAP_THP]	= { "IOAS_MAP, THP, per MiB", "0.5" },
	[UNMAP_THP]	= { "IOAS_UNMAP, THP, per MiB", "0.15" },
	[MAP_PAGE]	= { "IOAS_MAP of one page", "1.0" },
	[UNMAP_PAGE]	= { "IOAS_UNMAP of one page", "1.0" },
	[DIRTY_0]	= { "GET_DIRTY_BITMAP, 0 %, per GiB", "0.15" },
	[DIRTY_1]	= { "GET_DIRTY_BITMAP, 1 %, per GiB", "0.15" },
	[DIRTY_100]	= { "GET_DIRTY_BITMAP, 100 %, per GiB", "-" },
	[INV_1]		= { "HWPT_INVALIDATE of 1, per command", "-" },
	[INV_16]	= { "HWPT_INVALIDATE of 16, per command", "-" },
	[INV_256]	= { "HWPT_INVALIDATE of 256, per command", "-" },
};

struct memory {
	char *small;	/* LENGTH in scattered pages */
	char *huge;	/* LENGTH in transparent huge pages */
};

static int map(struct target *t, char *mem, size_t len)
{
	uint64_t iova = t->iova;

	return iommufdx_ioas_map(t->iommu, t->ioas, MAP_RW, mem, len, &iova);
}

static int unmap(struct target *t, size_t len)
{
	return iommufdx_ioas_unmap(t->iommu, t->ioas, t->iova, len, NULL);
}

static void bulk(struct target *t, char *mem, double *result)
{
	int rc;

	result[0] = ticks_of(rc = map(t, mem, LENGTH)) / (LENGTH / MB);
	must(rc, "map");
	result[1] = ticks_of(rc = unmap(t, LENGTH)) / (LENGTH / MB);
	must(rc, "unmap");
}

static void one_page(struct target *t, char *mem, double *result)
{
	double map_ticks[ROUNDS], unmap_ticks[ROUNDS];
	uint64_t beside = t->iova + 2 * PAGE;
	int rc;

	/* A neighbour keeps the tables. */
	must(iommufdx_ioas_map(t->iommu, t->ioas, MAP_RW, mem + 2 * PAGE, PAGE,
			       &beside), "map");
	for (int i = 0; i < ROUNDS; i++) {
		map_ticks[i] = ticks_of(rc = map(t, mem, PAGE));
		must(rc, "map");
		unmap_ticks[i] = ticks_of(rc = unmap(t, PAGE));
		must(rc, "unmap");
	}
	result[0] = median(map_ticks, ROUNDS);
	result[1] = median(unmap_ticks, ROUNDS);
	must(iommufdx_ioas_unmap(t->iommu, t->ioas, beside, PAGE, NULL), "unmap");
}

static double dirty_read(struct target *t, uint64_t *bitmap, size_t nth)
{
	size_t words = LENGTH / PAGE / 64, bits;
	double ticks;
	int rc;

	if (nth)
		target_make_dirty(t, LENGTH, nth);
	/* Its pages are there before, whatever the figure. */
	memset(bitmap, 0, words * 8);
	ticks = ticks_of(rc = iommufdx_dirty_get(t->iommu, t->hwpt, 0, t->iova,
						 LENGTH, PAGE, bitmap));
	must(rc, "dirty read");
	bits = bits_in(bitmap, words);
	if (bits != (nth ? (LENGTH / PAGE + nth - 1) / nth : 0)) {
		fprintf(stderr, "bench-ioas: %zu pages are dirty\n", bits);
		exit(1);
	}
	return ticks * GB / LENGTH;
}

static void dirty(struct target *t, char *mem, double *result)
{
	uint64_t *bitmap = malloc(LENGTH / PAGE / 8);

	must(bitmap ? 0 : -ENOMEM, "bitmap");
	must(map(t, mem, LENGTH), "map");
	must(iommufdx_dirty_set(t->iommu, t->hwpt, true), "tracking");
	result[0] = dirty_read(t, bitmap, 0);
	result[1] = dirty_read(t, bitmap, 100);
	result[2] = dirty_read(t, bitmap, 1);
	must(unmap(t, LENGTH), "unmap");
	free(bitmap);
}

static void run(struct target *t, const struct memory *mem, double *result)
{
	double *inv = result + INV_1;

	bulk(t, mem->small, result + MAP_4K);
	bulk(t, mem->huge, result + MAP_THP);
	one_page(t, mem->small, result + MAP_PAGE);
	dirty(t, mem->small, result + DIRTY_0);
	if (!t->mock)
		for (unsigned int n = 1; n <= 256; n *= 16, inv++)
			*inv = target_invalidate(t, n);
	target_close(t);
}

static void print(const char *group, const double *ours, const double *theirs,
		  int nr)
{
	for (int i = 0; i < nr; i++)
		printf("row\t%s\t%s\t%.1f\t%.1f\t%s\n", group, works[i].title,
		       ours[i], theirs[i], works[i].limit);
}

static void note(const char *what, const char *mem)
{
	printf("note\t%s: %zu MiB in %zu runs\n", what, LENGTH / MB,
	       memory_runs(mem, LENGTH));
}

int main(int argc, char **argv)
{
	double ours[NR_WORKS] = {}, amd[NR_WORKS] = {}, theirs[NR_WORKS] = {};
	struct memory mem;
	struct target t;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-ioas OURS LINUX\n");
		return 2;
	}
	clock_cost = ticks_of();
	mem.huge = memory_huge(LENGTH);
	mem.small = memory_scattered(LENGTH);
	note("scattered 4 KiB", mem.small);
	note("THP", mem.huge);

	target_mock(&t, argv[2]);
	run(&t, &mem, theirs);
	target_mock(&t, argv[1]);
	run(&t, &mem, ours);
	must(target_model(&t, argv[1], IOMMUFDX_MOCK_KIND_AMD), "AMD's IOMMU");
	run(&t, &mem, amd);

	print("mock domain", ours, theirs, NR_WORKS);
	print("AMD v1 / mock domain", amd, theirs, INV_1);
	vendor_rows("AMD", argv[1], IOMMUFDX_MOCK_KIND_AMD, mem.huge);
	vendor_rows("VT-d", argv[1], IOMMUFDX_MOCK_KIND_VTD, mem.huge);
	vendor_rows("SMMUv3", argv[1], IOMMUFDX_MOCK_KIND_SMMUV3, mem.huge);
	return 0;
}
