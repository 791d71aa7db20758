/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_BITMAP_H
#define __SHIM_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/string.h>

static inline void bitmap_zero(unsigned long *dst, unsigned int nbits)
{
	memset(dst, 0, BITS_TO_LONGS(nbits) * sizeof(*dst));
}

static inline void bitmap_fill(unsigned long *dst, unsigned int nbits)
{
	unsigned int i;

	bitmap_zero(dst, nbits);
	for (i = 0; i < nbits; i++)
		dst[i / BITS_PER_LONG] |= 1UL << (i % BITS_PER_LONG);
}

static inline bool bitmap_subset(const unsigned long *a, const unsigned long *b,
				 unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (a[i] & ~b[i])
			return false;
	return true;
}

static inline bool bitmap_andnot(unsigned long *dst, const unsigned long *a,
				 const unsigned long *b, unsigned int nbits)
{
	unsigned long any = 0;
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = a[i] & ~b[i];
	return any;
}

#endif /* __SHIM_LINUX_BITMAP_H */
