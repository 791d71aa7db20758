/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_STRING_H
#define __SHIM_LINUX_STRING_H

#include_next <linux/string.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <string.h>

static inline void *memset32(u32 *p, u32 v, size_t n)
{
	/* Others may write there. */
	for (size_t i = 0; i < n; i++)
		WRITE_ONCE(p[i], v);
	return p;
}

static inline void *memset64(u64 *p, u64 v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = v;
	return p;
}

static inline void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; b++, n--)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

#endif /* __SHIM_LINUX_STRING_H */
