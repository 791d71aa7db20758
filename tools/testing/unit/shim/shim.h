/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests may ask of the shim under the kernel sources: counters that show
 * a leak or a warning, and allocations that fail on demand.
 *
 * The allocation ordinal counts pages and kmalloc() alike, over all threads.
 */
#ifndef __SHIM_H
#define __SHIM_H

#include <stdbool.h>

/* Pages and kmalloc() objects that are allocated now. */
long shim_pages_in_use(void);
long shim_objects_in_use(void);

/* Fail allocation number @n from now (1 is the next), once. 0: none. */
void shim_fail_nth(long n);
/* Fail every @n-th allocation from now on. 0: none. */
void shim_fail_every(long n);
/* Allocations that were failed since the start. */
long shim_failures(void);

/*
 * Memory below the CPU's caches, as hardware sees it that does not snoop: holds
 * what clflush_cache_range() last wrote there. True if @bytes at @p, which are
 * in pages, are the same in both.
 */
bool shim_written_back(const void *p, unsigned long bytes);

/* WARNs and BUGs since the start; a test that ends with any has failed. */
long shim_warnings(void);
/* Messages by pr_err() since the start; @quiet: count, WARNs too, not print. */
long shim_errors(void);
void shim_quiet(bool quiet);

/*
 * What is called at each READ_ONCE(), WRITE_ONCE() and atomic operation with
 * -DSHIM_RACE: gives up the CPU now and then. If there is a hook, calls that
 * instead: another agent that gets in between any two accesses to memory.
 */
void shim_race(const void *p);
extern void (*shim_race_hook)(const void *p);

void shim_warn(const char *file, int line, const char *what);
void shim_print(const char *level, const char *fmt, ...)
	__attribute__((__format__(printf, 2, 3)));

#endif /* __SHIM_H */
