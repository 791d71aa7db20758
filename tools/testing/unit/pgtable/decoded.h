/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a decoder finds: second opinions on tables, each written from its
 * specification as hardware walks, one entry at a time. They share nothing with
 * the engine.
 */
#ifndef __UNIT_PGTABLE_DECODED_H
#define __UNIT_PGTABLE_DECODED_H

#include <linux/mm.h>
#include <stdbool.h>
#include <linux/types.h>

#define DECODE_MAX_LEVELS	6

/* What hardware's registers or device table say of a table. */
struct decode_root {
	u64 top;
	int levels;
	int va_bits;
	int granule;	/* log2; Arm */
	int stage;	/* Arm: 1 or 2 */
};

struct decoded {
	u64 pa;		/* of the byte asked for */
	u64 start;		/* IOVA where the leaf begins */
	u64 size;		/* of the leaf */
	bool read, write, exec, snoop;
	bool cached, device;	/* Arm */
	bool dirty;		/* in any of its entries */
	int level;		/* 1 is the lowest */
	u64 entry;		/* as it was read */
	u64 *slot;		/* first entry of the leaf */
	int slots;
	u64 *path[DECODE_MAX_LEVELS];	/* entries on the way, top first */
	int depth;
};

static inline u64 decode_load(u64 *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/*
 * Hardware sets and clears bits of @slot, which was @old; false if something but
 * the bits in @ignore changed meanwhile.
 */
static inline bool decode_store(u64 *slot, u64 old, u64 ignore, u64 set,
				u64 clear)
{
	u64 e = decode_load(slot);

	while ((e & ~ignore) == (old & ~ignore))
		if (__atomic_compare_exchange_n(slot, &e, (e | set) & ~clear,
						false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return true;
	return false;
}

#endif /* __UNIT_PGTABLE_DECODED_H */
