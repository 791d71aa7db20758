/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_LINUX_ATOMIC_H
#define __SHIM_LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <linux/compiler.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }
#define ATOMIC_LONG_INIT(i)	{ (i) }

#define xchg(ptr, v) ({ \
	typeof(*(ptr)) __old = __atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST); \
	__shim_race(ptr); \
	__old; \
})
#define cmpxchg(ptr, old, new) ({ \
	typeof(*(ptr)) __old = (old); \
	__atomic_compare_exchange_n(ptr, &__old, new, false, \
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	__shim_race(ptr); \
	__old; \
})
#define try_cmpxchg(ptr, oldp, new) ({ \
	bool __done = __atomic_compare_exchange_n(ptr, oldp, new, false, \
						  __ATOMIC_SEQ_CST, \
						  __ATOMIC_SEQ_CST); \
	__shim_race(ptr); \
	__done; \
})
#define cmpxchg64		cmpxchg
#define try_cmpxchg64		try_cmpxchg
#define cmpxchg_relaxed		cmpxchg
#define cmpxchg64_relaxed	cmpxchg
#define cmpxchg_release		cmpxchg
#define try_cmpxchg_relaxed	try_cmpxchg
#define xchg_relaxed		xchg

#define __SHIM_ATOMIC(pfx, type, val) \
static inline val pfx##_read(const type *v) \
{ return __atomic_load_n(&v->counter, __ATOMIC_RELAXED); } \
static inline val pfx##_read_acquire(const type *v) \
{ return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE); } \
static inline void pfx##_set(type *v, val i) \
{ __atomic_store_n(&v->counter, i, __ATOMIC_RELAXED); } \
static inline void pfx##_set_release(type *v, val i) \
{ __atomic_store_n(&v->counter, i, __ATOMIC_RELEASE); } \
static inline val pfx##_add_return(val i, type *v) \
{ return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST); } \
static inline val pfx##_fetch_add(val i, type *v) \
{ return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST); } \
static inline val pfx##_fetch_or(val i, type *v) \
{ return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST); } \
static inline val pfx##_fetch_and(val i, type *v) \
{ return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST); } \
static inline val pfx##_xchg(type *v, val i) \
{ return xchg(&v->counter, i); } \
static inline val pfx##_cmpxchg(type *v, val o, val n) \
{ return cmpxchg(&v->counter, o, n); } \
static inline bool pfx##_try_cmpxchg(type *v, val *o, val n) \
{ return try_cmpxchg(&v->counter, o, n); } \
static inline void pfx##_add(val i, type *v) { pfx##_add_return(i, v); } \
static inline void pfx##_sub(val i, type *v) { pfx##_add_return(-i, v); } \
static inline void pfx##_or(val i, type *v) { pfx##_fetch_or(i, v); } \
static inline void pfx##_and(val i, type *v) { pfx##_fetch_and(i, v); } \
static inline void pfx##_inc(type *v) { pfx##_add_return(1, v); } \
static inline void pfx##_dec(type *v) { pfx##_add_return(-1, v); } \
static inline val pfx##_sub_return(val i, type *v) \
{ return pfx##_add_return(-i, v); } \
static inline val pfx##_inc_return(type *v) \
{ return pfx##_add_return(1, v); } \
static inline val pfx##_dec_return(type *v) \
{ return pfx##_add_return(-1, v); } \
static inline bool pfx##_dec_and_test(type *v) \
{ return !pfx##_add_return(-1, v); }

__SHIM_ATOMIC(atomic, atomic_t, int)
__SHIM_ATOMIC(atomic64, atomic64_t, s64)
__SHIM_ATOMIC(atomic_long, atomic_long_t, long)

#endif /* __SHIM_LINUX_ATOMIC_H */
