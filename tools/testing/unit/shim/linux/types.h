/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's integer types on top of the C library's. */
#ifndef __SHIM_LINUX_TYPES_H
#define __SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef __u64 u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef __s64 s64;
typedef u64 phys_addr_t;
typedef u64 dma_addr_t;
typedef u64 resource_size_t;
typedef unsigned int gfp_t;
typedef unsigned int fmode_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	long counter;
} atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define PHYS_ADDR_MAX	(~(phys_addr_t)0)
#define BITS_PER_LONG	64
#define BITS_PER_LONG_LONG 64

#define __user
#define __iomem
#define __force
#define __percpu
#define __rcu
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#ifndef __always_unused
#define __always_unused	__attribute__((unused))
#endif
#define __maybe_unused	__attribute__((unused))

#endif /* __SHIM_LINUX_TYPES_H */
