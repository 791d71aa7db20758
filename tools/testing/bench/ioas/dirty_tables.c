// SPDX-License-Identifier: GPL-2.0-only
/* Large tables over little memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "dirty_tables.h"

void map_again(struct target *t, char *mem, size_t piece, size_t len)
{
	uint64_t iova = t->iova, at;

	must(iommufdx_ioas_map(t->iommu, t->ioas, MAP_RW, mem, piece, &iova),
	     "map");
	/* Copies share what is pinned, and its record. */
	for (size_t done = piece; done < len; done += piece) {
		at = t->iova + done;
		must(iommufdx_ioas_copy(t->iommu, t->ioas, t->ioas, MAP_RW, t->iova,
					piece, &at), "copy");
	}
}

void unmap_all(struct target *t, size_t len)
{
	must(iommufdx_ioas_unmap(t->iommu, t->ioas, t->iova, len, NULL), "unmap");
}

static void resize(struct target *t, size_t len, size_t size, uint32_t flags)
{
	struct iommufdx_page_sizes range = { .iova = t->iova, .length = len };

	must(iommufdx_hwpt_page_size(t->iommu, t->hwpt, flags, size, &range),
	     "page size");
}

void split_to(struct target *t, size_t len, size_t size)
{
	resize(t, len, size, IOMMUFDX_PAGE_SIZE_SPLIT);
}

void merge_to(struct target *t, size_t len, size_t size)
{
	resize(t, len, size, IOMMUFDX_PAGE_SIZE_MERGE);
}

double read_dirty(struct target *t, uint64_t iova, size_t len, size_t bits)
{
	size_t bytes = len / PAGE / 8, got;
	/* Its pages are there before, whatever the figure. */
	uint64_t *bitmap = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
				0);
	double ticks;
	int rc;

	must(bitmap == MAP_FAILED ? -ENOMEM : 0, "bitmap");
	ticks = ticks_of(rc = iommufdx_dirty_get(t->iommu, t->hwpt, 0, iova, len,
						 PAGE, bitmap));
	must(rc, "dirty read");
	got = bits_in(bitmap, bytes / 8);
	if (got != bits) {
		fprintf(stderr, "bench-dirty: %zu pages are dirty, not %zu\n", got,
			bits);
		exit(1);
	}
	munmap(bitmap, bytes);
	return ticks;
}
