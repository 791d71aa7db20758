/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_ALIGN_H
#define __SHIM_LINUX_ALIGN_H

#include <linux/types.h>

#define __ALIGN_MASK(x, m)	(((x) + (m)) & ~(m))
#define ALIGN(x, a)		__ALIGN_MASK(x, (typeof(x))(a) - 1)
#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define PTR_ALIGN(p, a)		((typeof(p))ALIGN((unsigned long)(p), (a)))

#endif /* __SHIM_LINUX_ALIGN_H */
