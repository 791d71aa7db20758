// SPDX-License-Identifier: GPL-2.0-only
/* Reads a table as hardware would: 4 levels, 4 KiB tables of 512 entries. */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/sched.h>

#include "bench.h"

#define ENTRIES		(PAGE_SIZE / sizeof(u64))
#define ADDRESS		GENMASK_ULL(51, 12)
#define ARM_ADDRESS	GENMASK_ULL(47, 12)

/* AMD 48882, tables 14 and 15 of section 2.2.3 */
#define AMDV1_PRESENT	BIT_ULL(0)
#define AMDV1_DIRTY	BIT_ULL(6)
#define AMDV1_NEXT	GENMASK_ULL(11, 9)
#define AMDV1_NEXT_SIZE	7
/* Intel SDM volume 3, 4.5; VT-d 9.8 */
#define X86_PRESENT	BIT_ULL(0)
#define X86_DIRTY	BIT_ULL(6)
#define X86_LEAF	BIT_ULL(7)
#define VTDSS_ACCESS	GENMASK_ULL(1, 0)
#define VTDSS_DIRTY	BIT_ULL(9)
/* Arm DDI 0487, D8.3 */
#define ARM_VALID	BIT_ULL(0)
#define ARM_TABLE	BIT_ULL(1)
#define ARM_READ_ONLY	BIT_ULL(7)	/* AP[2] of stage 1 */
#define ARM_WRITE	BIT_ULL(7)	/* S2AP[1] of stage 2 */

struct walk {
	enum pgtable_format format;
	u64 nth;
	struct bench_count count;
};

static bool present(const struct walk *w, u64 entry)
{
	switch (w->format) {
	case PGTABLE_AMDV1:
		return entry & AMDV1_PRESENT;
	case PGTABLE_X86_64:
		return entry & X86_PRESENT;
	case PGTABLE_VTDSS:
		return entry & VTDSS_ACCESS;
	default:
		return entry & ARM_VALID;
	}
}

static bool leaf(const struct walk *w, u64 entry, unsigned int level)
{
	u64 next = FIELD_GET(AMDV1_NEXT, entry);

	switch (w->format) {
	case PGTABLE_AMDV1:
		return !next || next == AMDV1_NEXT_SIZE;
	case PGTABLE_X86_64:
	case PGTABLE_VTDSS:
		return !level || (entry & X86_LEAF);
	default:
		return !level || !(entry & ARM_TABLE);
	}
}

static u64 dirtied(const struct walk *w, u64 entry)
{
	switch (w->format) {
	case PGTABLE_AMDV1:
		return entry | AMDV1_DIRTY;
	case PGTABLE_X86_64:
		return entry | X86_DIRTY;
	case PGTABLE_VTDSS:
		return entry | VTDSS_DIRTY;
	case PGTABLE_ARMV8_S1:
		return entry & ~ARM_READ_ONLY;
	default:
		return entry | ARM_WRITE;
	}
}

static void walk_table(struct walk *w, phys_addr_t pa, unsigned int level)
{
	u64 *table = phys_to_virt(pa);
	u64 mask = w->format == PGTABLE_ARMV8_S1 ||
		   w->format == PGTABLE_ARMV8_S2 ? ARM_ADDRESS : ADDRESS;
	unsigned int i;

	w->count.tables++;
	for (i = 0; i < ENTRIES; i++) {
		u64 entry = table[i];

		if (!present(w, entry))
			continue;
		if (!leaf(w, entry, level)) {
			walk_table(w, entry & mask, level - 1);
			continue;
		}
		if (w->nth && w->count.leaves % w->nth == 0)
			table[i] = dirtied(w, entry);
		w->count.leaves++;
	}
	cond_resched();
}

struct bench_count bench_walk(const struct bench_table *t, u64 nth)
{
	struct walk w = { .format = t->format, .nth = nth };

	walk_table(&w, t->root, BENCH_LEVELS - 1);
	return w.count;
}
