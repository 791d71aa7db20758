// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-dirty OURS LINUX: what dirty tracking costs on two iommufds, named by their
 * device nodes. Prints lines for tools/testing/bench/report.awk.
 *
 * Linux's mock domain ends at 2 GiB, so only 1 GiB can be compared with it here;
 * what its page tables need for 16 GiB, bench-pgtable says. Larger tables are ours
 * behind a model. All pages of a table become dirty by one write to each of its
 * 2 MiB leaves, which are then split.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dirty_tables.h"

#define PIECE	(512 * MB)
#define PAGES	(GB / PAGE)

static const size_t nths[] = { 0, 100, 10, 1 };
static const char *const percent[] = { "0 %", "1 %", "10 %", "100 %" };

static void row(const char *group, const char *work, double ours, double theirs,
		const char *limit)
{
	printf("row\t%s\t%s\t%.1f\t", group, work, ours);
	if (theirs)
		printf("%.1f\t%s\n", theirs, limit);
	else
		printf("-\t-\n");
	fflush(stdout);
}

static size_t dirty_of(size_t pages, size_t nth)
{
	return nth ? (pages + nth - 1) / nth : 0;
}

/* A read for each share of dirty pages. */
static void reads(struct target *t, char *mem, double *ticks)
{
	map_again(t, mem, PIECE, GB);
	must(iommufdx_dirty_set(t->iommu, t->hwpt, true), "tracking");
	for (int i = 0; i < 4; i++) {
		if (nths[i])
			target_make_dirty(t, GB, nths[i]);
		ticks[i] = read_dirty(t, t->iova, GB, dirty_of(PAGES, nths[i]));
	}
	unmap_all(t, GB);
}

static void compare_reads(const char *ours_node, const char *linux_node,
			  char *small)
{
	static const char *const limits[] = { "0.15", "0.15", "-", "0.3" };
	double ours[4], theirs[4];
	struct target t;
	char work[64];

	target_mock(&t, linux_node);
	reads(&t, small, theirs);
	target_close(&t);
	target_mock(&t, ours_node);
	reads(&t, small, ours);
	target_close(&t);
	for (int i = 0; i < 4; i++) {
		snprintf(work, sizeof(work), "1 GiB, %s", percent[i]);
		row("GET_DIRTY_BITMAP, mock domain", work, ours[i], theirs[i],
		    limits[i]);
	}
}

static void large_reads(struct target *t, const char *group, char *huge,
			size_t gb)
{
	size_t len = gb * GB, pages = len / PAGE;
	char work[64];

	map_again(t, huge, PIECE, len);
	must(iommufdx_dirty_set(t->iommu, t->hwpt, true), "tracking");
	target_write_blocks(t, len, 2 * MB, 1);
	split_to(t, len, PAGE);
	snprintf(work, sizeof(work), "%zu GiB, 100 %%", gb);
	row(group, work, read_dirty(t, t->iova, len, pages), 0, "-");
	snprintf(work, sizeof(work), "%zu GiB, 0 %%", gb);
	row(group, work, read_dirty(t, t->iova, len, 0), 0, "-");
	target_write_blocks(t, len, PAGE, 100);
	snprintf(work, sizeof(work), "%zu GiB, 1 %%", gb);
	row(group, work, read_dirty(t, t->iova, len, dirty_of(pages, 100)), 0, "-");
	if (gb < 256) {
		target_write_blocks(t, len, PAGE, 10);
		snprintf(work, sizeof(work), "%zu GiB, 10 %%", gb);
		row(group, work, read_dirty(t, t->iova, len, dirty_of(pages, 10)),
		    0, "-");
	}
	unmap_all(t, len);
}

static double unmap_ticks(struct target *t, uint64_t *bitmap)
{
	const struct iommufdx_dirty_entry entry = {
		.hwpt_id = t->hwpt,
		.data = (uintptr_t)bitmap,
	};
	double ticks;
	int rc;

	if (bitmap)
		ticks = ticks_of(rc = iommufdx_ioas_unmap_dirty(t->iommu, t->ioas,
						t->iova, PIECE, PAGE, &entry, 1,
						NULL));
	else
		ticks = ticks_of(rc = iommufdx_ioas_unmap(t->iommu, t->ioas, t->iova,
							  PIECE, NULL));
	must(rc, "unmap");
	return ticks;
}

static void unmaps(struct target *t, const char *group, char *small)
{
	const size_t words = PIECE / PAGE / 64;
	uint64_t *bitmap = malloc(words * sizeof(*bitmap));
	double ticks[2];
	char work[64];

	must(bitmap ? 0 : -ENOMEM, "bitmap");
	/* Its pages are there before, whatever the figure. */
	memset(bitmap, 1, words * sizeof(*bitmap));
	must(iommufdx_dirty_set(t->iommu, t->hwpt, true), "tracking");
	for (int i = 0; i < 4; i++) {
		for (int dirty = 0; dirty < 2; dirty++) {
			map_again(t, small, PIECE, PIECE);
			if (nths[i])
				target_make_dirty(t, PIECE, nths[i]);
			ticks[dirty] = unmap_ticks(t, dirty ? bitmap : NULL);
		}
		snprintf(work, sizeof(work), "512 MiB, 4 KiB leaves, %s dirty",
			 percent[i]);
		row(group, work, ticks[1], ticks[0], "1.3");
	}
	free(bitmap);
}

/* What a leaf costs: split in place, or unmapped and mapped in small leaves. */
static void splits(struct target *t, const char *group, char *huge)
{
	double split, merge, again;

	map_again(t, huge, PIECE, GB);
	split = ticks_of(split_to(t, GB, PAGE));
	merge = ticks_of(merge_to(t, GB, 2 * MB));
	again = ticks_of(unmap_all(t, GB));
	must(iommufdx_option_set(t->iommu, IOMMU_OPTION_HUGE_PAGES, t->ioas, 0),
	     "HUGE_PAGES");
	again += ticks_of(map_again(t, huge, PIECE, GB));
	row(group, "2 MiB to 4 KiB, per leaf", split / PAGES, again / PAGES, "-");
	row(group, "4 KiB to 2 MiB, per leaf", merge / PAGES, 0, "-");
	unmap_all(t, GB);
	must(iommufdx_option_set(t->iommu, IOMMU_OPTION_HUGE_PAGES, t->ioas, 1),
	     "HUGE_PAGES");
}

/* One hundredth of the pages, all in one place. */
static void skips(struct target *t, const char *group, char *huge)
{
	const size_t len = 16 * GB, part = 164 * MB;
	double all, alone, skip;
	int rc;

	rc = iommufdx_option_set(t->iommu, IOMMUFDX_OPTION_DIRTY_SKIP, t->hwpt, 0);
	must(rc, "DIRTY_SKIP");
	map_again(t, huge, PIECE, len);
	must(iommufdx_dirty_set(t->iommu, t->hwpt, true), "tracking");
	split_to(t, len, PAGE);
	target_write_blocks(t, part, PAGE, 1);
	all = read_dirty(t, t->iova, len, part / PAGE);
	target_write_blocks(t, part, PAGE, 1);
	alone = read_dirty(t, t->iova, part, part / PAGE);
	rc = iommufdx_option_set(t->iommu, IOMMUFDX_OPTION_DIRTY_SKIP, t->hwpt, 1);
	if (!rc) {
		/* The first read finds the traces of splitting everywhere. */
		read_dirty(t, t->iova, len, 0);
		target_write_blocks(t, part, PAGE, 1);
		skip = read_dirty(t, t->iova, len, part / PAGE);
		row(group, "16 GiB, skipping / that part alone", skip, alone,
		    "3.0");
	}
	row(group, "16 GiB, all of it / that part alone", all, alone, "-");
	unmap_all(t, len);
}

static void model(const char *name, const char *node, uint32_t kind,
		  const char *what, char *small, char *huge)
{
	struct target t;
	char group[64];

	if (target_model(&t, node, kind)) {
		printf("skip\t%s\tthere is no model or no driver of it\n", name);
		return;
	}
	if (strchr(what, 'r')) {
		snprintf(group, sizeof(group), "GET_DIRTY_BITMAP, %s", name);
		large_reads(&t, group, huge, 16);
		large_reads(&t, group, huge, 256);
	}
	if (strchr(what, 'u')) {
		snprintf(group, sizeof(group), "UNMAP_DIRTY / UNMAP, %s", name);
		unmaps(&t, group, small);
	}
	if (strchr(what, 's')) {
		snprintf(group, sizeof(group), "split / unmap and map, %s", name);
		splits(&t, group, huge);
	}
	if (strchr(what, 'k')) {
		snprintf(group, sizeof(group), "1 %% in one place, %s", name);
		skips(&t, group, huge);
	}
	target_close(&t);
}

int main(int argc, char **argv)
{
	char *small, *huge;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-dirty OURS LINUX\n");
		return 2;
	}
	clock_cost = ticks_of();
	huge = memory_huge(PIECE);
	small = memory_scattered(PIECE);
	printf("note\tscattered 4 KiB: %zu runs; THP: %zu runs; 512 MiB each, mapped again and again\n",
	       memory_runs(small, PIECE), memory_runs(huge, PIECE));
	compare_reads(argv[1], argv[2], small);
	model("AMD v1", argv[1], IOMMUFDX_MOCK_KIND_AMD, "rus", small, huge);
	model("VT-d", argv[1], IOMMUFDX_MOCK_KIND_VTD, "rusk", small, huge);
	model("SMMUv3", argv[1], IOMMUFDX_MOCK_KIND_SMMUV3, "us", small, huge);
	return 0;
}
