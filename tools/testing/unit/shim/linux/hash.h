/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_HASH_H
#define __SHIM_LINUX_HASH_H

#include <linux/types.h>

#define hash_64(v, bits)	((u32)(((u64)(v) * 0x9e3779b97f4a7c15ULL) >> (64 - (bits))))
#define hash_32(v, bits)	(((u32)(v) * 0x9e3779b1U) >> (32 - (bits)))
#define hash_long(v, bits)	hash_64(v, bits)
#define hash_ptr(p, bits)	hash_64((uintptr_t)(p), bits)
#define hash_min(v, bits) \
	(sizeof(v) <= 4 ? hash_32(v, bits) : hash_long(v, bits))

#endif /* __SHIM_LINUX_HASH_H */
