/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second opinion on Armv8 tables: Arm ARM, DDI 0487, D8.2 (walks), D8.3
 * (descriptors), D8.5 (dirty state), D8.7 (contiguous). Levels are Arm's here:
 * 3 is the lowest. Stage 2 may start in up to 16 concatenated tables.
 */
#ifndef __UNIT_PGTABLE_DECODE_ARMV8_H
#define __UNIT_PGTABLE_DECODE_ARMV8_H

#include "decoded.h"

/* Bits 51:48 of an address stand in bits 15:12 with the 64K granule. */
static inline u64 decode_armv8_address(u64 e, int granule)
{
	u64 pa = e & 0x0000fffffffff000ULL;

	if (granule == 16)
		pa = (pa & ~0xf000ULL) | (pa & 0xf000) << 36;
	return pa;
}

/* Entries of a contiguous row, D8.7. */
static inline int decode_armv8_row(int granule, int level)
{
	switch (granule) {
	case 12:
		return 16;
	case 14:
		return level == 3 ? 128 : 32;
	default:
		return 32;
	}
}

static inline bool decode_armv8_dirty(u64 e, int stage)
{
	bool granted = stage == 1 ? !(e >> 7 & 1) : e >> 7 & 1;

	/* Bit 55 is software's: dirty, and not by hardware. */
	return ((e >> 51 & 1) && granted) || (e >> 55 & 1);
}

static inline bool decode_armv8(const struct decode_root *root, u64 iova,
				struct decoded *d)
{
	const int stride = root->granule - 3;
	const int start = 4 - root->levels;
	u64 table = root->top;

	*d = (struct decoded){};
	if (iova >> root->va_bits)
		return false;
	for (int level = start; level <= 3; level++) {
		int shift = root->granule + stride * (3 - level);
		int bits = level == start ? root->va_bits - shift : stride;
		u64 mask = (1ULL << shift) - 1;
		u64 *base = phys_to_virt(table);
		u64 index, e;
		int row = 1;

		/* A start table of one entry or more, or up to 16 tables. */
		if (bits < 1 || bits > stride + (root->stage == 2 ? 4 : 0))
			return false;
		index = iova >> shift & ((1ULL << bits) - 1);
		e = decode_load(&base[index]);
		if (!(e & 1))
			return false;
		if (level < 3 && (e & 2)) {
			d->path[d->depth++] = &base[index];
			table = decode_armv8_address(e, root->granule);
			continue;
		}
		/* No blocks at the lowest level, nor above the granule's first. */
		if (level == 3 ? !(e & 2) : level < (root->granule == 12 ? 1 : 2))
			return false;
		/* Access flag fault, and address bits that must be 0. */
		if (!(e >> 10 & 1) ||
		    (decode_armv8_address(e, root->granule) & mask))
			return false;
		if (e >> 52 & 1)
			row = decode_armv8_row(root->granule, level);
		d->slots = row;
		d->slot = &base[index & ~(u64)(row - 1)];
		d->entry = e;
		d->level = 4 - level;
		d->size = (mask + 1) * row;
		d->start = iova & ~(d->size - 1);
		d->pa = decode_armv8_address(e, root->granule) | (iova & mask);
		/* One cached entry may stand for the whole row. */
		if ((d->pa ^ iova) & (d->size - 1))
			return false;
		for (int i = 0; i < row; i++)
			if (decode_armv8_dirty(decode_load(&d->slot[i]),
					       root->stage))
				d->dirty = true;
		d->exec = !(e >> 54 & 1);
		if (root->stage == 1) {
			/* AP[1]: unprivileged; AP[2]: read-only, or clean. */
			d->read = e >> 6 & 1;
			d->write = d->read && (!(e >> 7 & 1) || (e >> 51 & 1));
			/* By MAIR 0x04ff44. */
			d->cached = (e >> 2 & 7) == 1;
			d->device = (e >> 2 & 7) == 2;
		} else {
			d->read = e >> 6 & 1;
			d->write = (e >> 7 & 1) || (e >> 51 & 1);
			d->cached = (e >> 2 & 15) == 15;
			d->device = (e >> 2 & 15) == 1;
		}
		return true;
	}
	return false;
}

#endif /* __UNIT_PGTABLE_DECODE_ARMV8_H */
