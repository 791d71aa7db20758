/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_BUILD_BUG_H
#define __SHIM_LINUX_BUILD_BUG_H

#include <linux/compiler.h>

#undef static_assert
#define static_assert(expr, ...) __shim_sa(expr, ##__VA_ARGS__, #expr)
#define __shim_sa(expr, msg, ...) _Static_assert(expr, msg)
#define BUILD_BUG_ON(cond) \
	((void)sizeof(struct { int size_is_negative : (cond) ? -1 : 1; }))
#define BUILD_BUG_ON_ZERO(cond) \
	((int)sizeof(struct { int size_is_negative : (cond) ? -1 : 1; }) * 0)
#define BUILD_BUG_ON_MSG(cond, msg) BUILD_BUG_ON(cond)

#endif /* __SHIM_LINUX_BUILD_BUG_H */
