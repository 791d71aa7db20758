/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_KTIME_H
#define __SHIM_LINUX_KTIME_H

#include <linux/types.h>
#include <time.h>

typedef s64 ktime_t;

static inline u64 ktime_get_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

#define ktime_get()		((ktime_t)ktime_get_ns())
#define ktime_add_us(t, us)	((t) + (s64)(us) * 1000)
#define ktime_us_delta(a, b)	(((a) - (b)) / 1000)
#define ktime_compare(a, b)	((a) < (b) ? -1 : (a) > (b))
#define ktime_after(a, b)	((a) > (b))

#endif /* __SHIM_LINUX_KTIME_H */
