/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_MINMAX_H
#define __SHIM_LINUX_MINMAX_H

#include <linux/types.h>

#define min(a, b) ({ \
	__auto_type __min_a = (a); \
	__auto_type __min_b = (b); \
	__min_a < __min_b ? __min_a : __min_b; \
})
#define max(a, b) ({ \
	__auto_type __max_a = (a); \
	__auto_type __max_b = (b); \
	__max_a > __max_b ? __max_a : __max_b; \
})
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define min3(a, b, c)	min(min(a, b), c)
#define max3(a, b, c)	max(max(a, b), c)
#define min_not_zero(a, b) ({ \
	typeof(a) __mnz_a = (a); \
	typeof(b) __mnz_b = (b); \
	!__mnz_a ? __mnz_b : !__mnz_b ? __mnz_a : min(__mnz_a, __mnz_b); \
})
#define clamp(v, lo, hi) min((typeof(v))max(v, lo), hi)
#define clamp_t(t, v, lo, hi) clamp((t)(v), (t)(lo), (t)(hi))
#define swap(a, b) \
	do { \
		__auto_type __swap = (a); \
		(a) = (b); \
		(b) = __swap; \
	} while (0)

#endif /* __SHIM_LINUX_MINMAX_H */
