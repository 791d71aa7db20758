/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_OVERFLOW_H
#define __SHIM_LINUX_OVERFLOW_H

#include <linux/limits.h>

#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)
#define struct_size(p, member, n) \
	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))

#endif /* __SHIM_LINUX_OVERFLOW_H */
