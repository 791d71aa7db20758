/* SPDX-License-Identifier: GPL-2.0-only */
/* Some hash; its values differ from the kernel's. */
#ifndef __SHIM_LINUX_JHASH_H
#define __SHIM_LINUX_JHASH_H

#include <linux/hash.h>

static inline u32 jhash(const void *key, u32 length, u32 initval)
{
	const u8 *p = key;
	u64 h = initval + 0xcbf29ce484222325ULL;

	while (length--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h ^ (h >> 32);
}

static inline u32 jhash_3words(u32 a, u32 b, u32 c, u32 initval)
{
	u32 w[3] = { a, b, c };

	return jhash(w, sizeof(w), initval);
}

#define jhash_2words(a, b, i)	jhash_3words(a, b, 0, i)
#define jhash_1word(a, i)	jhash_3words(a, 0, 0, i)

#endif /* __SHIM_LINUX_JHASH_H */
