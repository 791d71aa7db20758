/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All formats that have a decoder, for programs that test each of them alike.
 *
 * FORMAT=name in the environment leaves one; format_chosen() says which to run.
 */
#ifndef __UNIT_PGTABLE_TEST_FORMATS_H
#define __UNIT_PGTABLE_TEST_FORMATS_H

#include <linux/iommufdx/pgtable.h>

#include "decoded.h"

#define RWX	(PGTABLE_READ | PGTABLE_WRITE | PGTABLE_EXEC)

/**
 * struct test_format - a format, and what the specification says of it
 * @name: for people, and for FORMAT=
 * @format: which one
 * @granule: log2 of the smallest page
 * @index_bits: log2 of the entries of a table
 * @stage: Arm's stage
 * @oa_bits: widest output address
 * @widths: input widths worth a test, each with the levels it makes; ends in 0
 * @sizes: all leaf sizes
 * @quirks: quirks that make a difference
 * @grants: what a leaf made with these permissions allows; 0 on the side that
 *	has no permission: the request is refused
 * @refuses_none: a request without READ and WRITE is refused
 * @bbm: sizes change under hardware with PGTABLE_QUIRK_BBM_FREE only
 * @marks: hardware leaves traces in entries that point to tables
 * @decode: what hardware finds at @iova
 * @touch: what hardware does to the entries when it reads or writes through
 *	replica @n of a leaf it has found. *@dirty: the leaf is dirty now.
 *	Returns false if the entry is no longer what was found.
 */
struct test_format {
	const char *name;
	enum pgtable_format format;
	u8 granule;
	u8 index_bits;
	u8 stage;
	u8 oa_bits;
	struct {
		u8 bits;
		u8 levels;
	} widths[8];
	u64 sizes;
	u32 quirks;
	bool refuses_none;
	bool bbm;
	bool marks;
	u32 (*grants)(u32 prot, u32 quirks);
	bool (*decode)(const struct decode_root *root, u64 iova,
		       struct decoded *d);
	bool (*touch)(const struct decoded *d, int n, bool write, bool *dirty);
};

extern const struct test_format test_formats[];
extern const unsigned int nr_test_formats;

bool format_chosen(const struct test_format *f);

/* Bytes that one entry of @level (from 0) maps, as log2. */
static inline int format_item(const struct test_format *f, int level)
{
	return f->granule + f->index_bits * level;
}

/* What hardware is told of a table. */
struct decode_root format_root(const struct test_format *f,
			       const struct pgtable *pt);
bool format_decode(const struct test_format *f, const struct pgtable *pt,
		   u64 iova, struct decoded *d);
/* What the decoder found, as PGTABLE_READ and so on. */
u32 decoded_prot(const struct decoded *d);
/* Bytes mapped by the whole table. */
u64 format_bytes(const struct test_format *f, const struct pgtable *pt);

#endif /* __UNIT_PGTABLE_TEST_FORMATS_H */
