/* SPDX-License-Identifier: GPL-2.0-only */
/* One table of one format, for tests of single operations. */
#ifndef __UNIT_PGTABLE_SMALL_H
#define __UNIT_PGTABLE_SMALL_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#include "test_formats.h"

#define RW	(PGTABLE_READ | PGTABLE_WRITE)

static const struct test_format *f;
static struct pgtable pt;

static inline void create(u32 quirks, u64 page_sizes, u8 va_bits)
{
	struct pgtable_cfg cfg = {
		.va_bits = va_bits ?: f->widths[0].bits,
		.oa_bits = f->oa_bits,
		.granule_shift = f->granule,
		.quirks = quirks | PGTABLE_QUIRK_HW_DIRTY,
		.page_sizes = page_sizes,
	};

	memset(&pt, 0, sizeof(pt));
	if (pgtable_create(&pt, f->format, &cfg))
		abort();
}

static inline void destroy(void)
{
	CHECK(pt.ops->validate(&pt) == 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), shim_pages_in_use() * PAGE_SIZE);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

static inline void map(u64 iova, u64 pa, u64 size, u32 prot)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 run = pfn_run(pa >> PAGE_SHIFT, size >> PAGE_SHIFT), mapped;
	struct pgtable_map req = {
		.iova = iova, .last = iova + size - 1, .runs = &run,
		.nr_runs = 1, .prot = prot, .gfp = GFP_KERNEL,
	};

	CHECK(pt.ops->map(&pt, &req, &g, &mapped) == 0);
	pgtable_gather_free(&g);
}

/* A device reads or writes. False if it cannot. */
static inline bool access_page(u64 iova, bool write)
{
	struct decoded d;
	bool dirty;

	return format_decode(f, &pt, iova, &d) && (d.write || !write) &&
	       f->touch(&d, 0, write, &dirty);
}

#endif /* __UNIT_PGTABLE_SMALL_H */
