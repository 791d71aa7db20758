/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks: the ranges that an invalidation command can name, 2^n bytes that are
 * naturally aligned, of 4 KiB at least.
 */
#ifndef __IOMMUFDX_RING_BLOCK_H
#define __IOMMUFDX_RING_BLOCK_H

#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define BLOCK_SHIFT_MIN		12

/**
 * block_shift() - log2 of the smallest block that holds two addresses
 * @iova: one
 * @last: the other, not below
 */
static inline unsigned int block_shift(u64 iova, u64 last)
{
	unsigned int shift = fls64(iova ^ last);

	return shift < BLOCK_SHIFT_MIN ? BLOCK_SHIFT_MIN : shift;
}

/**
 * block_cut() - are two blocks better than one?
 * @iova: first byte
 * @last: last byte
 * @middle: where the second one starts, if so
 *
 * A short range may straddle the middle of a large block. Cut there, each part
 * touches the middle, and the smallest block that holds it is less than twice
 * as long.
 */
static inline bool block_cut(u64 iova, u64 last, u64 *middle)
{
	unsigned int shift = block_shift(iova, last);

	iova &= GENMASK_ULL(63, BLOCK_SHIFT_MIN);
	last |= GENMASK_ULL(BLOCK_SHIFT_MIN - 1, 0);
	if (shift == BLOCK_SHIFT_MIN || last - iova >= 1ULL << (shift - 1))
		return false;
	*middle = last & GENMASK_ULL(63, shift - 1);
	return true;
}

/**
 * block_ats_address() - name a block as PCIe ATS does
 * @iova: an address in it
 * @shift: log2 of its size, 64 for everything
 *
 * Bits 12 to @shift - 2 are set, bit @shift - 1 is clear. Whether there are such
 * bits, that is, whether @shift exceeds 12, a flag beside the address tells.
 */
static inline u64 block_ats_address(u64 iova, unsigned int shift)
{
	if (shift == 64)
		iova = 0;
	else
		iova &= GENMASK_ULL(63, shift);
	if (shift > BLOCK_SHIFT_MIN + 1)
		iova |= GENMASK_ULL(shift - 2, BLOCK_SHIFT_MIN);
	return iova;
}

/**
 * block_touch() - are two ranges neighbours, or do they overlap?
 * @iova: first byte of one
 * @last: its last byte
 * @other_iova: first byte of the other one
 * @other_last: its last byte
 *
 * If so, one range holds what both do and nothing else.
 */
static inline bool block_touch(u64 iova, u64 last, u64 other_iova,
			       u64 other_last)
{
	/* A last byte of all ones has nothing behind it. */
	return iova <= max(other_last, other_last + 1) &&
	       other_iova <= max(last, last + 1);
}

#endif /* __IOMMUFDX_RING_BLOCK_H */
