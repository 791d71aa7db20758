/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_DELAY_H
#define __SHIM_LINUX_DELAY_H

#include <linux/processor.h>
#include <linux/types.h>
#include <time.h>

static inline void shim_sleep_ns(u64 ns)
{
	struct timespec ts = { ns / 1000000000ULL, ns % 1000000000ULL };

	nanosleep(&ts, NULL);
}

#define ndelay(n)		shim_sleep_ns(n)
#define udelay(n)		shim_sleep_ns((u64)(n) * 1000)
#define mdelay(n)		shim_sleep_ns((u64)(n) * 1000000)
#define msleep(n)		shim_sleep_ns((u64)(n) * 1000000)
#define usleep_range(lo, hi)	((void)(hi), shim_sleep_ns((u64)(lo) * 1000))
#define fsleep(n)		udelay(n)

#endif /* __SHIM_LINUX_DELAY_H */
