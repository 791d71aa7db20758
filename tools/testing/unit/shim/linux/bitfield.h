/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_BITFIELD_H
#define __SHIM_LINUX_BITFIELD_H

#include <linux/bits.h>
#include <linux/build_bug.h>

#define __bf_shf(mask)	__builtin_ctzll(mask)
#define FIELD_MAX(mask)	((typeof(mask))((mask) >> __bf_shf(mask)))
#define FIELD_FIT(mask, val) \
	(!((((typeof(mask))(val)) << __bf_shf(mask)) & ~(mask)))
#define FIELD_PREP(mask, val) \
	((((typeof(mask))(val)) << __bf_shf(mask)) & (mask))
#define FIELD_PREP_CONST(mask, val) FIELD_PREP(mask, val)
#define FIELD_GET(mask, reg) \
	((typeof(mask))(((reg) & (mask)) >> __bf_shf(mask)))
#define u64_get_bits(v, mask)	((u64)FIELD_GET((u64)(mask), (u64)(v)))
#define u64_encode_bits(v, mask) ((u64)FIELD_PREP((u64)(mask), (v)))
#define u32_get_bits(v, mask)	((u32)FIELD_GET((u32)(mask), (u32)(v)))
#define u32_encode_bits(v, mask) ((u32)FIELD_PREP((u32)(mask), (v)))

#endif /* __SHIM_LINUX_BITFIELD_H */
