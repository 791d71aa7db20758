/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_CACHE_H
#define __SHIM_LINUX_CACHE_H

#include <linux/compiler.h>

#define L1_CACHE_BYTES		64
#define SMP_CACHE_BYTES		64
#define ____cacheline_aligned	__attribute__((__aligned__(64)))
#define ____cacheline_aligned_in_smp ____cacheline_aligned

#endif /* __SHIM_LINUX_CACHE_H */
