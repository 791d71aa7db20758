// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <linux/iommufdx/pgtable.h>

#include "oracle.h"

u64 mem[MEM_WORDS];

static bool load(u64 gpa, u64 *word)
{
	if (gpa < MEM_GPA || gpa - MEM_GPA >= sizeof(mem))
		return false;
	*word = mem[(gpa - MEM_GPA) / 8];
	return true;
}

static u64 low(u64 value, int bits)
{
	return bits >= 64 ? value : value % (1ull << bits);
}

/* 48882 section 2.2.3: levels are counted from 1. */
static bool amdv1(const struct oracle_table *t, u64 iova, u64 *gpa, bool *read,
		  bool *write)
{
	int level = t->levels, next, size;
	u64 table = t->root, e, addr;

	*read = *write = true;
	for (;;) {
		int shift = 12 + 9 * (level - 1);

		if (!load(table + (iova >> shift) % 512 * 8, &e) || !(e & 1))
			return false;
		*read &= e >> 61 & 1;
		*write &= e >> 62 & 1;
		if (!*read && !*write)
			return false;
		addr = e & 0xffffffffff000ull;
		next = e >> 9 & 7;
		if (next == 0 || next == 7) {
			if (level == 6 || (e >> 52 & 0x7f))
				return false;
			size = shift;
			if (next == 7) {
				/* The lowest zero of the address, plus one. */
				for (size = 12; addr >> size & 1;)
					size++;
				size++;
				if (size <= shift || size >= shift + 9)
					return false;
				addr = addr >> size << size;
			}
			if (low(addr, size))
				return false;
			*gpa = addr + low(iova, size);
			return true;
		}
		/* In an entry that leads to a table, FC and U are reserved. */
		if (next >= level || (e >> 52 & 0x1ff))
			return false;
		/* What a table that skips levels cannot see must be zero. */
		if (low(iova, shift) >> (12 + 9 * next))
			return false;
		level = next;
		table = addr;
	}
}

static bool x86(const struct oracle_table *t, u64 iova, u64 *gpa, bool *read,
		bool *write)
{
	u64 table = t->root, e, addr;

	*read = *write = true;
	for (int shift = 12 + 9 * (t->levels - 1);; shift -= 9) {
		if (!load(table + (iova >> shift) % 512 * 8, &e))
			return false;
		/* P and U/S */
		if ((e & 5) != 5)
			return false;
		*write &= e >> 1 & 1;
		addr = e & 0xffffffffff000ull;
		if (shift > 12 && !(e & 0x80)) {
			table = addr;
			continue;
		}
		if (shift > 30)
			return false;
		/* PAT of a large page */
		if (shift > 12)
			addr &= ~0x1000ull;
		if (low(addr, shift))
			return false;
		*gpa = addr + low(iova, shift);
		return true;
	}
}

static bool vtdss(const struct oracle_table *t, u64 iova, u64 *gpa, bool *read,
		  bool *write)
{
	u64 table = t->root, e, addr;

	*read = *write = true;
	for (int shift = 12 + 9 * (t->levels - 1);; shift -= 9) {
		if (!load(table + (iova >> shift) % 512 * 8, &e))
			return false;
		*read &= e & 1;
		*write &= e >> 1 & 1;
		if (!*read && !*write)
			return false;
		addr = e & 0xffffffffff000ull;
		if (shift > 12 && !(e & 0x80)) {
			/* SNP is for leaves. */
			if (e >> 11 & 1)
				return false;
			table = addr;
			continue;
		}
		if (shift > 30 || low(addr, shift))
			return false;
		*gpa = addr + low(iova, shift);
		return true;
	}
}

/* DDI 0487 section D8.2; Arm's levels are counted from the top, to 3. */
static bool armv8(const struct oracle_table *t, u64 iova, u64 *gpa, bool *read,
		  bool *write)
{
	int bits = t->granule_shift - 3, level = 3, shift = t->granule_shift;
	u64 table = t->root, e, addr;

	while (shift + bits < t->va_bits) {
		shift += bits;
		level--;
	}
	*read = *write = true;
	for (;; level++, shift -= bits) {
		if (!load(table + low(iova >> shift, bits) * 8, &e))
			return false;
		if (!(e & 1))
			return false;
		addr = low(e, 48) >> t->granule_shift << t->granule_shift;
		if (level < 3 && (e & 2)) {
			/* APTable */
			if (e >> 61 & 1)
				return false;
			*write &= !(e >> 62 & 1);
			table = addr;
			continue;
		}
		if (level == 3 ? !(e & 2) :
		    !(level == 2 || (level == 1 && t->granule_shift == 12)))
			return false;
		/* AF, AP[1], AP[2] */
		if (!(e >> 10 & 1) || !(e >> 6 & 1))
			return false;
		*write &= !(e >> 7 & 1);
		if (low(addr, shift))
			return false;
		*gpa = addr + low(iova, shift);
		return true;
	}
}

bool oracle_translate(const struct oracle_table *t, u64 iova, u64 *gpa,
		      bool *read, bool *write)
{
	switch (t->format) {
	case PGTABLE_AMDV1:
		return amdv1(t, iova, gpa, read, write);
	case PGTABLE_X86_64:
		return x86(t, iova, gpa, read, write);
	case PGTABLE_VTDSS:
		return vtdss(t, iova, gpa, read, write);
	default:
		return armv8(t, iova, gpa, read, write);
	}
}
