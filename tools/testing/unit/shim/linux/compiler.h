/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_COMPILER_H
#define __SHIM_LINUX_COMPILER_H

#include <linux/types.h>

#undef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#define noinline	__attribute__((__noinline__))
#define __cold		__attribute__((__cold__))
#define __packed	__attribute__((__packed__))
#define __aligned(x)	__attribute__((__aligned__(x)))
#define __must_check	__attribute__((__warn_unused_result__))
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#ifndef fallthrough
#define fallthrough	__attribute__((__fallthrough__))
#endif
#define __init
#define __exit
#define __ro_after_init
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define barrier()	__asm__ __volatile__("" ::: "memory")

/*
 * Atomics rather than volatile, so that ThreadSanitizer knows. The kernel's
 * READ_ONCE() orders loads that depend on it; acquire is what C has for that.
 */
#ifdef SHIM_RACE
#include <shim.h>
#define __shim_race(p)	shim_race((const void *)(p))
#else
#define __shim_race(p)	((void)0)
#endif
/* Whoever races gets in between a load and what is done with it. */
#define READ_ONCE(x) ({ \
	__auto_type __at = &(x); \
	__auto_type __once = __atomic_load_n(__at, __ATOMIC_ACQUIRE); \
	__shim_race(__at); \
	__once; \
})
#define WRITE_ONCE(x, v) ({ \
	__auto_type __at = &(x); \
	__shim_race(__at); \
	__atomic_store_n(__at, (v), __ATOMIC_RELAXED); \
	__shim_race(__at); \
})
#ifdef __SANITIZE_THREAD__
#define data_race(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)
#else
#define data_race(x)	(x)
#endif

#endif /* __SHIM_LINUX_COMPILER_H */
