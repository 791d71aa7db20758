/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests that compare entries with literal values: a table, one map, and the
 * entries that hardware finds on the way down.
 */
#ifndef __UNIT_PGTABLE_BITS_H
#define __UNIT_PGTABLE_BITS_H

#include <linux/errno.h>
#include <linux/iommufdx/pgtable.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#define RO	PGTABLE_READ
#define WO	PGTABLE_WRITE
#define RW	(PGTABLE_READ | PGTABLE_WRITE)
#define RX	(PGTABLE_READ | PGTABLE_EXEC)
#define RWC	(RW | PGTABLE_CACHE)

static struct pgtable pt;
static struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);

static void bits_create(enum pgtable_format format, u8 va_bits, u8 granule,
			u32 quirks)
{
	struct pgtable_cfg cfg = {
		.va_bits = va_bits, .oa_bits = 52, .granule_shift = granule,
		.quirks = quirks,
	};

	memset(&pt, 0, sizeof(pt));
	if (pgtable_create(&pt, format, &cfg))
		abort();
}

static void bits_destroy(void)
{
	CHECK(pt.ops->validate(&pt) == 0);
	pgtable_gather_free(&gather);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

static int bits_map(u64 iova, u64 pa, u64 size, u32 prot)
{
	static u64 runs[1 << 15];
	struct pgtable_map req = {
		.iova = iova, .last = iova + size - 1, .runs = runs,
		.prot = prot, .gfp = GFP_KERNEL,
	};
	u64 pfn = pa >> 12, left = size >> 12, mapped;

	while (left) {
		u64 n = min(left, (u64)PFN_RUN_MAX_PAGES);

		runs[req.nr_runs++] = pfn_run(pfn, n);
		pfn += n;
		left -= n;
	}
	return pt.ops->map(&pt, &req, &gather, &mapped);
}

static u64 bits_seen;

static void bits_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	bits_seen |= bits;
}

/* Read and clear the dirty bits of at most 64 pages from @iova on. */
__attribute__((__unused__))
static u64 bits_read_dirty(u64 iova, unsigned int granule, int pages)
{
	struct pgtable_dirty_sink sink = {
		.iova = iova, .shift = granule, .word = bits_word,
	};

	bits_seen = 0;
	pt.ops->read_dirty(&pt, iova, iova + ((u64)pages << granule) - 1, 0,
			   &sink, &gather);
	return bits_seen;
}

/*
 * The entry for @iova in the table @steps below the top one, of tables whose
 * entries map @item[0], @item[1] ... bits, the top one first. Addresses below
 * 2^48 only.
 */
__attribute__((__unused__))
static u64 *bits_slot(const int *item, int steps, u64 iova)
{
	u64 table = pgtable_top_phys(&pt);
	u64 reach = pt.va_bits < 64 ? 1ULL << pt.va_bits : 0;
	u64 *slot;

	for (;; item++) {
		slot = (u64 *)phys_to_virt(table) +
		       ((iova & (reach - 1)) >> *item);
		if (!steps--)
			return slot;
		table = *slot & 0x0000fffffffff000ULL;
		reach = 1ULL << *item;
		if (!table)
			abort();
	}
}

#endif /* __UNIT_PGTABLE_BITS_H */
