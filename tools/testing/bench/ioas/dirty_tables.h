/* SPDX-License-Identifier: GPL-2.0-only */
/* Large tables over little memory, for bench-dirty. */
#ifndef BENCH_DIRTY_TABLES_H
#define BENCH_DIRTY_TABLES_H

#include "bench.h"

/* Map @len bytes, again and again the same @piece of memory. */
void map_again(struct target *t, char *mem, size_t piece, size_t len);
void unmap_all(struct target *t, size_t len);

/* Have leaves of @t be at most @size bytes, or merge them up to that. */
void split_to(struct target *t, size_t len, size_t size);
void merge_to(struct target *t, size_t len, size_t size);

/* Instructions of one read of @len bytes, with @bits of the bitmap set after it. */
double read_dirty(struct target *t, uint64_t iova, size_t len, size_t bits);

#endif /* BENCH_DIRTY_TABLES_H */
