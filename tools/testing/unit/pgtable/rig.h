/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of any format beside its oracle, and operations that go to both and
 * compare. What an operation does in detail is chosen by r->choose(): a random
 * generator, or the bytes of a fuzzer.
 */
#ifndef __UNIT_PGTABLE_RIG_H
#define __UNIT_PGTABLE_RIG_H

#include "test_formats.h"
#include "oracle.h"

#define RIG_WINDOWS	16

/**
 * struct rig - one table and what it should hold
 * @f: its format
 * @pt: the table
 * @windows: the parts of its address space that are used
 * @choose: a number below @n, which is not 0
 * @op: number of the operation, for messages
 * @failures: how many there were
 */
struct rig {
	const struct test_format *f;
	struct pgtable pt;
	struct window windows[RIG_WINDOWS];
	unsigned int nr_windows;
	u64 (*choose)(u64 n);
	u64 op;
	int failures;
};

__attribute__((__format__(printf, 4, 5)))
void rig_fail(struct rig *r, const char *file, int line, const char *fmt, ...);
#define RIG_FAIL(r, ...) rig_fail(r, __FILE__, __LINE__, __VA_ARGS__)

/* Make an empty table of any width, page sizes and quirks. */
void rig_new_table(struct rig *r);
/* One operation. */
void rig_step(struct rig *r);
/* Compare everything. */
void rig_check(struct rig *r);
/* Compare everything, then take the table down and look for leaks. */
void rig_end_table(struct rig *r);

/* For the operations, in rig_*.c. */
void rig_check_cell(struct rig *r, struct window *w, unsigned int i);
void rig_choose_range(struct rig *r, const struct window *w,
		      unsigned int *first, unsigned int *n);
u32 rig_choose_prot(struct rig *r);
/* Does the gather cover what was touched? Frees its tables. */
void rig_check_gather(struct rig *r, struct pgtable_gather *g,
		      const struct touched *t, const char *what);

void rig_map(struct rig *r, struct window *w);
void rig_unmap(struct rig *r, struct window *w);
void rig_hardware(struct rig *r, struct window *w);
void rig_read_dirty(struct rig *r, struct window *w);
void rig_set_dirty(struct rig *r, struct window *w);
void rig_unmap_dirty(struct rig *r, struct window *w);
void rig_protect(struct rig *r, struct window *w);
void rig_resize(struct rig *r, struct window *w);
void rig_grow(struct rig *r);
void rig_shrink(struct rig *r);
void rig_dump(struct rig *r, struct window *w);

#endif /* __UNIT_PGTABLE_RIG_H */
