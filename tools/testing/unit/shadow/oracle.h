/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's table says of one address: a walk by hand, with the bits of the
 * specifications written out, which shares nothing with the code under test.
 */
#ifndef __UNIT_SHADOW_ORACLE_H
#define __UNIT_SHADOW_ORACLE_H

#include <linux/types.h>

/* Guest memory is an array at this address. */
#define MEM_GPA		0x7654000000ull
#define MEM_PAGES	32
#define MEM_WORDS	(MEM_PAGES * 512)

extern u64 mem[MEM_WORDS];

struct oracle_table {
	int format;		/* enum pgtable_format */
	u64 root;
	int levels;		/* 0: Arm */
	int va_bits;		/* Arm */
	int granule_shift;	/* Arm */
};

/* Where @iova leads, and *@write; false: nowhere. */
bool oracle_translate(const struct oracle_table *t, u64 iova, u64 *gpa,
		      bool *read, bool *write);

#endif /* __UNIT_SHADOW_ORACLE_H */
