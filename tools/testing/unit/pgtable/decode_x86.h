/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Second opinions on the two formats that index by 9 bits per level and mark
 * large pages by bit 7: x86_64 (AMD64 manual, volume 2, section 5.3.3, which
 * 48882 section 2.2.6 refers to; VT-d section 9.7) and VT-d's second stage
 * (section 9.8). Bits that either of them reserves are refused.
 */
#ifndef __UNIT_PGTABLE_DECODE_X86_H
#define __UNIT_PGTABLE_DECODE_X86_H

#include "decoded.h"

/* A leaf of @level; bits in @ignored may be set below its address. */
static inline bool decode_x86_leaf(struct decoded *d, u64 *slot, u64 e,
				   int level, u64 iova, u64 ignored)
{
	u64 mask = (1ULL << (12 + 9 * (level - 1))) - 1;

	if (level > 3 || (e & mask & ~0xfffULL & ~ignored))
		return false;
	d->slot = slot;
	d->slots = 1;
	d->entry = e;
	d->level = level;
	d->size = mask + 1;
	d->start = iova & ~mask;
	d->pa = (e & 0x000ffffffffff000ULL & ~mask) | (iova & mask);
	return true;
}

/* Bits that must be 0 in a pointer to a table of the level that has it. */
static inline u64 decode_x86_reserved(int level)
{
	/* G and, for VT-d, EA (10) are ignored; bit 8 is MBZ in a PML4E. */
	return level >= 4 ? 1 << 7 | 1 << 8 : 0;
}

static inline bool decode_x86_64(const struct decode_root *root, u64 iova,
				 struct decoded *d)
{
	u64 table = root->top;

	*d = (struct decoded){ .read = true, .write = true, .exec = true };
	if (root->va_bits < 64 && iova >> root->va_bits)
		return false;
	for (int level = root->levels; level; level--) {
		int shift = 12 + 9 * (level - 1);
		u64 *slot = (u64 *)phys_to_virt(table) + (iova >> shift & 511);
		u64 e = decode_load(slot);

		if (!(e & 1) || (e & decode_x86_reserved(level)))
			return false;
		/* A device's access is a user's. */
		if (!(e >> 2 & 1))
			return false;
		d->write = d->write && (e >> 1 & 1);
		d->exec = d->exec && !(e >> 63);
		if (level > 1 && !(e >> 7 & 1)) {
			d->path[d->depth++] = slot;
			table = e & 0x000ffffffffff000ULL;
			continue;
		}
		d->dirty = e >> 6 & 1;
		/* Bit 12 of a large page is PAT; the rest is reserved. */
		return decode_x86_leaf(d, slot, e, level, iova, 1 << 12);
	}
	return false;
}

static inline bool decode_vtdss(const struct decode_root *root, u64 iova,
				struct decoded *d)
{
	u64 table = root->top;

	*d = (struct decoded){ .read = true, .write = true };
	if (root->va_bits < 64 && iova >> root->va_bits)
		return false;
	for (int level = root->levels; level; level--) {
		int shift = 12 + 9 * (level - 1);
		u64 *slot = (u64 *)phys_to_virt(table) + (iova >> shift & 511);
		u64 e = decode_load(slot);

		if (!(e & 3))
			return false;
		d->read = d->read && (e & 1);
		d->write = d->write && (e >> 1 & 1);
		if (level > 1 && !(e >> 7 & 1)) {
			/* SNP is reserved in a pointer to a table. */
			if (e >> 11 & 1)
				return false;
			d->path[d->depth++] = slot;
			table = e & 0x000ffffffffff000ULL;
			continue;
		}
		d->snoop = e >> 11 & 1;
		d->dirty = e >> 9 & 1;
		return decode_x86_leaf(d, slot, e, level, iova, 0);
	}
	return false;
}

#endif /* __UNIT_PGTABLE_DECODE_X86_H */
