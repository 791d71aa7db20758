/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_BITOPS_H
#define __SHIM_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/compiler.h>

#define __ffs(x)	((unsigned long)__builtin_ctzl(x))
#define __ffs64(x)	((unsigned long)__builtin_ctzll(x))
#define __fls(x)	((unsigned long)(63 - __builtin_clzl(x)))
#define ffz(x)		__ffs(~(x))
#define hweight32(x)	((unsigned int)__builtin_popcount(x))
#define hweight64(x)	((unsigned long)__builtin_popcountll(x))
#define hweight_long(x)	hweight64(x)
#undef ffs
#define ffs(x)		__builtin_ffs(x)

static inline u64 ror64(u64 word, unsigned int shift)
{
	return word >> (shift & 63) | word << (-shift & 63);
}

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline int fls_long(unsigned long x)
{
	return fls64(x);
}

static inline bool test_bit(unsigned long nr, const volatile unsigned long *p)
{
	return __atomic_load_n(&p[BIT_WORD(nr)], __ATOMIC_RELAXED) & BIT_MASK(nr);
}

static inline bool test_and_set_bit(unsigned long nr, volatile unsigned long *p)
{
	return __atomic_fetch_or(&p[BIT_WORD(nr)], BIT_MASK(nr),
				 __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline bool test_and_clear_bit(unsigned long nr,
				      volatile unsigned long *p)
{
	return __atomic_fetch_and(&p[BIT_WORD(nr)], ~BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline void set_bit(unsigned long nr, volatile unsigned long *p)
{
	__atomic_fetch_or(&p[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_RELAXED);
	__shim_race(&p[BIT_WORD(nr)]);
}

static inline void clear_bit(unsigned long nr, volatile unsigned long *p)
{
	__atomic_fetch_and(&p[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_RELAXED);
	__shim_race(&p[BIT_WORD(nr)]);
}

static inline void __set_bit(unsigned long nr, volatile unsigned long *p)
{
	p[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, volatile unsigned long *p)
{
	p[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline unsigned long find_next_bit(const unsigned long *p,
					  unsigned long size,
					  unsigned long from)
{
	for (; from < size; from++)
		if (test_bit(from, p))
			return from;
	return size;
}

static inline unsigned long find_next_zero_bit(const unsigned long *p,
					       unsigned long size,
					       unsigned long from)
{
	for (; from < size; from++)
		if (!test_bit(from, p))
			return from;
	return size;
}

#define find_first_bit(p, size)		find_next_bit(p, size, 0)
#define find_first_zero_bit(p, size)	find_next_zero_bit(p, size, 0)
#define for_each_set_bit(bit, p, size) \
	for ((bit) = find_first_bit(p, size); (bit) < (size); \
	     (bit) = find_next_bit(p, size, (bit) + 1))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, n) unsigned long name[BITS_TO_LONGS(n)]

#endif /* __SHIM_LINUX_BITOPS_H */
