/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A format under test: what the writer is told of it, and what hardware does
 * with an entry, written down a second time.
 */
#ifndef __IOMMUFDX_ENTRY_KUNIT_H
#define __IOMMUFDX_ENTRY_KUNIT_H

#include "entry.h"

/**
 * struct entry_view - what hardware makes of an entry
 * @absent: nothing; then the rest is zero
 * @field: all that it acts upon, in an order of the format's own
 */
struct entry_view {
	bool absent;
	u64 field[24];
};

/**
 * struct entry_format - one format
 * @name: for messages
 * @ops: the format as the writer sees it
 * @generate: a random entry, of few enough values that fields often agree.
 *	@entry is zeroed
 * @view: what hardware makes of @entry; @view is zeroed
 */
struct entry_format {
	const char *name;
	const struct entry_ops *ops;
	void (*generate)(u64 *random, u64 *entry);
	void (*view)(const u64 *entry, struct entry_view *view);
};

extern const struct entry_format entry_format_dte;
extern const struct entry_format entry_format_pasid;
extern const struct entry_format entry_format_ste;
extern const struct entry_format entry_format_cd;

/* The formats themselves, which drivers export where there are tests. */
extern const struct entry_ops amd_dte_ops;
extern const struct entry_ops vtd_pe_ops;
extern const struct entry_ops smmu_ste_ops;
extern const struct entry_ops smmu_cd_ops;

/**
 * entry_random() - the next number of a sequence (splitmix64)
 * @random: where the sequence stands; any value starts one
 */
static inline u64 entry_random(u64 *random)
{
	u64 z = *random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/**
 * entry_below() - the same, below a bound
 * @random: where the sequence stands
 * @n: the bound, which is not 0; far below 2^32
 */
static inline u32 entry_below(u64 *random, u32 n)
{
	return (u32)(entry_random(random) >> 32) % n;
}

#endif /* __IOMMUFDX_ENTRY_KUNIT_H */
