/* SPDX-License-Identifier: GPL-2.0-only */
/* WARN prints, counts (shim_warnings()) and goes on; BUG aborts. */
#ifndef __SHIM_LINUX_BUG_H
#define __SHIM_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/printk.h>
#include <shim.h>
#include <stdlib.h>

#define BUG() \
	do { \
		shim_warn(__FILE__, __LINE__, "BUG"); \
		abort(); \
	} while (0)
#define BUG_ON(cond) \
	do { \
		if (unlikely(cond)) \
			BUG(); \
	} while (0)
#define WARN_ON(cond) ({ \
	bool __c = !!(cond); \
	if (unlikely(__c)) \
		shim_warn(__FILE__, __LINE__, #cond); \
	unlikely(__c); \
})
#define WARN_ON_ONCE(cond)	WARN_ON(cond)
#define WARN(cond, fmt, ...) ({ \
	bool __w = WARN_ON(cond); \
	if (__w) \
		pr_err(fmt, ##__VA_ARGS__); \
	__w; \
})
#define WARN_ONCE(cond, fmt, ...) WARN(cond, fmt, ##__VA_ARGS__)

#endif /* __SHIM_LINUX_BUG_H */
