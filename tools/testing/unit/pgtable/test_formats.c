// SPDX-License-Identifier: GPL-2.0-only
#include "test_formats.h"

#include <linux/kernel.h>
#include <linux/sizes.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "decode_armv8.h"
#include "decode_x86.h"

static u32 read_write(u32 prot, u32 quirks)
{
	return prot & (PGTABLE_READ | PGTABLE_WRITE);
}

static u32 x86_grants(u32 prot, u32 quirks)
{
	u32 exec = quirks & PGTABLE_QUIRK_NX ? prot & PGTABLE_EXEC :
					       PGTABLE_EXEC;

	return PGTABLE_READ | (prot & PGTABLE_WRITE) | exec;
}

static u32 arm_memory(u32 prot)
{
	return prot & PGTABLE_MMIO ? PGTABLE_MMIO : prot & PGTABLE_CACHE;
}

static u32 arm_s1_grants(u32 prot, u32 quirks)
{
	return PGTABLE_READ | (prot & (PGTABLE_WRITE | PGTABLE_EXEC)) |
	       arm_memory(prot);
}

static u32 arm_s2_grants(u32 prot, u32 quirks)
{
	return (prot & RWX) | arm_memory(prot);
}

static bool amdv1_decode(const struct decode_root *root, u64 iova,
			 struct decoded *d)
{
	*d = (struct decoded){};
	return decode(root->top, root->levels, iova, d);
}

/* 48882, 2.2.7.4: A and D of the page entry alone. */
static bool amdv1_touch(const struct decoded *d, int n, bool write, bool *dirty)
{
	const u64 ad = 1 << 5 | 1 << 6;

	*dirty = write;
	return decode_store(&d->slot[n], d->entry, ad,
			    write ? ad : 1 << 5, 0);
}

/* A in every entry on the way. */
static bool accessed_path(const struct decoded *d, u64 accessed, u64 mark)
{
	for (int i = 0; i < d->depth; i++) {
		u64 e = decode_load(d->path[i]);

		if (!decode_store(d->path[i], e, accessed | mark, accessed, 0))
			return false;
	}
	return true;
}

static bool x86_touch(const struct decoded *d, int n, bool write, bool *dirty)
{
	const u64 ad = 1 << 5 | 1 << 6;

	*dirty = write;
	return accessed_path(d, 1 << 5, 1 << 9) &&
	       decode_store(d->slot, d->entry, ad, write ? ad : 1 << 5, 0);
}

static bool vtdss_touch(const struct decoded *d, int n, bool write, bool *dirty)
{
	const u64 ad = 1 << 8 | 1 << 9;

	*dirty = write;
	return accessed_path(d, 1 << 8, 1ULL << 52) &&
	       decode_store(d->slot, d->entry, ad, write ? ad : 1 << 8, 0);
}

/* Hardware changes the permission bit of leaves with DBM only. */
static bool arm_touch(const struct decoded *d, bool write, int n, bool *dirty,
		      bool grant)
{
	const u64 ap = 1 << 7;

	*dirty = write && (d->entry >> 51 & 1);
	if (!*dirty)
		return true;
	/* Entries of a row differ in their addresses. */
	return decode_store(&d->slot[n], decode_load(&d->slot[n]), ap,
			    grant ? ap : 0, grant ? 0 : ap);
}

static bool arm_s1_touch(const struct decoded *d, int n, bool write,
			 bool *dirty)
{
	return arm_touch(d, write, n, dirty, false);
}

static bool arm_s2_touch(const struct decoded *d, int n, bool write,
			 bool *dirty)
{
	return arm_touch(d, write, n, dirty, true);
}

#define ARM_QUIRKS	(PGTABLE_QUIRK_HW_DIRTY | PGTABLE_QUIRK_BBM_FREE)

const struct test_format test_formats[] = {
	{
		.name = "amdv1", .format = PGTABLE_AMDV1,
		.granule = 12, .index_bits = 9, .oa_bits = 52,
		.widths = { { 64, 6 }, { 57, 5 }, { 48, 4 }, { 39, 3 },
			    { 30, 2 }, { 21, 1 } },
		.sizes = GENMASK_ULL(51, 12) & ~BIT_ULL(39),
		.quirks = PGTABLE_QUIRK_ENFORCE_SNOOP,
		.grants = read_write,
		.decode = amdv1_decode,
		.touch = amdv1_touch,
	}, {
		.name = "x86_64", .format = PGTABLE_X86_64,
		.granule = 12, .index_bits = 9, .oa_bits = 52,
		.widths = { { 57, 5 }, { 48, 4 } },
		.sizes = SZ_4K | SZ_2M | SZ_1G,
		.quirks = PGTABLE_QUIRK_NX,
		.refuses_none = true, .marks = true,
		.grants = x86_grants,
		.decode = decode_x86_64,
		.touch = x86_touch,
	}, {
		.name = "vtdss", .format = PGTABLE_VTDSS,
		.granule = 12, .index_bits = 9, .oa_bits = 52,
		.widths = { { 57, 5 }, { 48, 4 }, { 39, 3 } },
		.sizes = SZ_4K | SZ_2M | SZ_1G,
		.quirks = PGTABLE_QUIRK_ENFORCE_SNOOP,
		.refuses_none = true, .marks = true,
		.grants = read_write,
		.decode = decode_vtdss,
		.touch = vtdss_touch,
	}, {
		.name = "armv8-s1-4k", .format = PGTABLE_ARMV8_S1,
		.granule = 12, .index_bits = 9, .stage = 1, .oa_bits = 48,
		.widths = { { 48, 4 }, { 40, 4 }, { 39, 3 }, { 32, 3 },
			    { 30, 2 } },
		.sizes = SZ_4K | SZ_64K | SZ_2M | SZ_32M | SZ_1G | SZ_16G,
		.quirks = ARM_QUIRKS,
		.refuses_none = true, .bbm = true,
		.grants = arm_s1_grants,
		.decode = decode_armv8,
		.touch = arm_s1_touch,
	}, {
		.name = "armv8-s1-16k", .format = PGTABLE_ARMV8_S1,
		.granule = 14, .index_bits = 11, .stage = 1, .oa_bits = 48,
		.widths = { { 48, 4 }, { 47, 3 }, { 40, 3 }, { 36, 2 },
			    { 25, 1 } },
		.sizes = SZ_16K | SZ_2M | SZ_32M | SZ_1G,
		.quirks = ARM_QUIRKS,
		.refuses_none = true, .bbm = true,
		.grants = arm_s1_grants,
		.decode = decode_armv8,
		.touch = arm_s1_touch,
	}, {
		.name = "armv8-s1-64k", .format = PGTABLE_ARMV8_S1,
		.granule = 16, .index_bits = 13, .stage = 1, .oa_bits = 52,
		.widths = { { 52, 3 }, { 48, 3 }, { 42, 2 }, { 39, 2 },
			    { 29, 1 } },
		.sizes = SZ_64K | SZ_2M | SZ_512M | SZ_16G,
		.quirks = ARM_QUIRKS,
		.refuses_none = true, .bbm = true,
		.grants = arm_s1_grants,
		.decode = decode_armv8,
		.touch = arm_s1_touch,
	}, {
		/* Levels as concatenation leaves them: up to 4 bits more. */
		.name = "armv8-s2-4k", .format = PGTABLE_ARMV8_S2,
		.granule = 12, .index_bits = 9, .stage = 2, .oa_bits = 48,
		.widths = { { 48, 4 }, { 44, 4 }, { 42, 3 }, { 40, 3 },
			    { 39, 3 }, { 32, 2 } },
		.sizes = SZ_4K | SZ_64K | SZ_2M | SZ_32M | SZ_1G | SZ_16G,
		.quirks = ARM_QUIRKS,
		.bbm = true,
		.grants = arm_s2_grants,
		.decode = decode_armv8,
		.touch = arm_s2_touch,
	}, {
		.name = "armv8-s2-16k", .format = PGTABLE_ARMV8_S2,
		.granule = 14, .index_bits = 11, .stage = 2, .oa_bits = 48,
		.widths = { { 48, 3 }, { 44, 3 }, { 40, 2 }, { 36, 2 } },
		.sizes = SZ_16K | SZ_2M | SZ_32M | SZ_1G,
		.quirks = ARM_QUIRKS,
		.bbm = true,
		.grants = arm_s2_grants,
		.decode = decode_armv8,
		.touch = arm_s2_touch,
	}, {
		.name = "armv8-s2-64k", .format = PGTABLE_ARMV8_S2,
		.granule = 16, .index_bits = 13, .stage = 2, .oa_bits = 52,
		.widths = { { 52, 3 }, { 48, 3 }, { 44, 2 }, { 42, 2 },
			    { 36, 2 } },
		.sizes = SZ_64K | SZ_2M | SZ_512M | SZ_16G,
		.quirks = ARM_QUIRKS,
		.bbm = true,
		.grants = arm_s2_grants,
		.decode = decode_armv8,
		.touch = arm_s2_touch,
	},
};

const unsigned int nr_test_formats = ARRAY_SIZE(test_formats);

bool format_chosen(const struct test_format *f)
{
	const char *want = getenv("FORMAT");

	return !want || !*want || !strcmp(want, f->name);
}

struct decode_root format_root(const struct test_format *f,
			       const struct pgtable *pt)
{
	return (struct decode_root){
		.top = pgtable_top_phys(pt),
		.levels = pgtable_top_level(pt) + 1,
		.va_bits = pt->va_bits,
		.granule = f->granule,
		.stage = f->stage,
	};
}

bool format_decode(const struct test_format *f, const struct pgtable *pt,
		   u64 iova, struct decoded *d)
{
	struct decode_root root = format_root(f, pt);

	return f->decode(&root, iova, d);
}

u32 decoded_prot(const struct decoded *d)
{
	return (d->read ? PGTABLE_READ : 0) | (d->write ? PGTABLE_WRITE : 0) |
	       (d->exec ? PGTABLE_EXEC : 0) | (d->cached ? PGTABLE_CACHE : 0) |
	       (d->device ? PGTABLE_MMIO : 0);
}

/* A table of @level (from 0) and all below it, in the ways that differ least. */
static u64 count(const struct test_format *f, u64 table, int level, u64 n)
{
	u64 *base = phys_to_virt(table);
	u64 bytes = 0;

	for (u64 i = 0; i < n; i++) {
		u64 e = decode_load(&base[i]);
		u64 below = e & 0x000ffffffffff000ULL;
		bool leaf;

		if (!(e & (f->format == PGTABLE_VTDSS ? 3 : 1)))
			continue;
		if (f->stage) {
			leaf = level == 0 || !(e & 2);
			below = decode_armv8_address(e, f->granule);
		} else {
			leaf = level == 0 || (e & 1 << 7);
		}
		bytes += leaf ? 1ULL << format_item(f, level) :
			 count(f, below, level - 1, 1ULL << f->index_bits);
	}
	return bytes;
}

u64 format_bytes(const struct test_format *f, const struct pgtable *pt)
{
	u64 top = pgtable_top_phys(pt);
	int item = format_item(f, pgtable_top_level(pt));

	/* Its entries do not say the level by their place. */
	if (f->format == PGTABLE_AMDV1)
		return decode_bytes(top, pgtable_top_level(pt) + 1);
	return count(f, top, pgtable_top_level(pt),
		     max(1ULL << f->index_bits, 1ULL << (pt->va_bits - item)));
}
