/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_MATH64_H
#define __SHIM_LINUX_MATH64_H

#include <linux/math.h>

static inline u64 div_u64(u64 n, u32 d)
{
	return n / d;
}

static inline u64 div64_u64(u64 n, u64 d)
{
	return n / d;
}

#endif /* __SHIM_LINUX_MATH64_H */
