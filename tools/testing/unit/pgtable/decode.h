/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second opinion on AMD v1 tables: walks them as document 48882, section
 * 2.2.3 tells hardware to, one entry at a time. Shares nothing with the engine.
 * Levels are the specification's: 1 is the lowest.
 *
 * DECODE_GRANULE is for the variant with smaller pages, whose addresses are
 * stored so many bits further up.
 */
#ifndef __UNIT_PGTABLE_DECODE_H
#define __UNIT_PGTABLE_DECODE_H

#include "decoded.h"

#ifndef DECODE_GRANULE
#define DECODE_GRANULE	12
#endif

/* Bytes that one entry of a level maps, as log2. */
static inline int decode_item(int level)
{
	return DECODE_GRANULE + 9 * (level - 1);
}

static inline u64 decode_address(u64 entry)
{
	return (entry & 0x000ffffffffff000ULL) >> (12 - DECODE_GRANULE);
}

/* Leaf size as log2, by looking for the first 0 from bit 12 up. */
static inline int decode_size(u64 entry, int level)
{
	int bit = 12;

	if ((entry >> 9 & 7) == 0)
		return decode_item(level);
	while (entry >> bit & 1)
		bit++;
	return bit + 1 - (12 - DECODE_GRANULE);
}

/* False if @iova is not mapped. */
static inline bool decode(u64 root, int levels, u64 iova,
			  struct decoded *d)
{
	bool read = true, write = true;
	u64 table = root;
	int level = levels;

	for (;;) {
		int item = decode_item(level);
		int index = iova >> item & 511;
		u64 *base = phys_to_virt(table);
		u64 e = decode_load(&base[index]);
		int next = e >> 9 & 7;

		if (!(e & 1))
			return false;
		read = read && (e >> 61 & 1);
		write = write && (e >> 62 & 1);
		if (next != 0 && next != 7) {
			/* Address bits of levels passed over must be zero. */
			for (int l = next + 1; l < level; l++)
				if (iova >> decode_item(l) & 511)
					return false;
			table = decode_address(e);
			level = next;
			continue;
		}

		int size = decode_size(e, level);
		u64 mask = (1ULL << size) - 1;

		d->slots = 1 << (size - item);
		d->slot = &base[index / d->slots * d->slots];
		d->entry = e;
		d->size = mask + 1;
		d->start = iova & ~mask;
		d->pa = (decode_address(e) & ~mask) | (iova & mask);
		d->read = read;
		d->write = write;
		d->snoop = e >> 60 & 1;
		d->level = level;
		d->dirty = false;
		for (int i = 0; i < d->slots; i++)
			if (decode_load(&d->slot[i]) >> 6 & 1)
				d->dirty = true;
		return true;
	}
}

/* Bytes mapped by a table and all below it. */
static inline u64 decode_bytes(u64 table, int level)
{
	u64 *base = phys_to_virt(table);
	u64 bytes = 0;

	for (int i = 0; i < 512; i++) {
		u64 e = decode_load(&base[i]);
		int next = e >> 9 & 7;

		if (!(e & 1))
			continue;
		if (next == 0 || next == 7)
			bytes += 1ULL << decode_item(level);
		else
			bytes += decode_bytes(decode_address(e), next);
	}
	return bytes;
}

/*
 * What hardware does on a write: set A and D in one of the leaf's entries, if
 * that still is what the walk saw.
 */
static inline bool decode_mark(const struct decoded *d, int replica)
{
	const u64 ad = 1 << 6 | 1 << 5;

	return decode_store(&d->slot[replica], d->entry, ad, ad, 0);
}

#endif /* __UNIT_PGTABLE_DECODE_H */
