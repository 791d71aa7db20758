/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_KERNEL_H
#define __SHIM_LINUX_KERNEL_H

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <stdio.h>

/* For caches that can be flushed; whatever else depends on it is not here. */
#define CONFIG_X86		1

#define lower_32_bits(n)	((u32)((n) & 0xffffffff))
#define upper_32_bits(n)	((u32)(((u64)(n)) >> 32))
#define scnprintf		snprintf
#define u64_to_user_ptr(x)	((void *)(uintptr_t)(x))

#endif /* __SHIM_LINUX_KERNEL_H */
