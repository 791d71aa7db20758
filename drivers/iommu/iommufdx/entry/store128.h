/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A 128-bit store that hardware cannot see half of. x86-64 only; the CPU must
 * have CMPXCHG16B (X86_FEATURE_CX16).
 */
#ifndef __IOMMUFDX_ENTRY_STORE128_H
#define __IOMMUFDX_ENTRY_STORE128_H

#include <linux/compiler.h>
#include <linux/types.h>

struct entry_pair {
	u64 lo;
	u64 hi;
} __aligned(16);

/**
 * entry_store128() - entry_ops::store for a granule of two words
 * @dst: where, 16-byte aligned
 * @val: the two words
 *
 * The instruction compares with the value it loaded, so a store by someone else
 * in between only costs another turn. It is a full barrier.
 */
static inline void entry_store128(u64 *dst, const u64 *val)
{
	struct entry_pair *pair = (struct entry_pair *)dst;
	u64 lo = READ_ONCE(dst[0]), hi = READ_ONCE(dst[1]);
	bool done;

	do {
		asm volatile("lock cmpxchg16b %[pair]"
			     : "=@ccz" (done), [pair] "+m" (*pair),
			       "+a" (lo), "+d" (hi)
			     : "b" (val[0]), "c" (val[1])
			     : "memory");
	} while (!done);
}

#endif /* __IOMMUFDX_ENTRY_STORE128_H */
