// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a fuzzer as a guest's table: its shape, words and where they stand,
 * and the range to be walked. What the walk reports is what the oracle translates,
 * and the walk ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <fuzz.h>
#include "core/shadow/shadow_walk.h"
#include "../oracle.h"

#define BUDGET	20000
/* Leaves that are compared; a walk may report many more. */
#define LEAVES	256

static struct oracle_table shape;
static u64 first, last, before;
static unsigned int nr;
static struct fdx_guest_walk walk;

static bool read_mem(struct fdx_guest_walk *w, u64 gpa, u64 *entries,
		     unsigned int num)
{
	if (gpa % 8 || num > FDX_GUEST_CHUNK ||
	    gpa / 4096 != (gpa + num * 8 - 1) / 4096)
		abort();
	if (gpa < MEM_GPA || gpa - MEM_GPA >= sizeof(mem))
		return false;
	memcpy(entries, &mem[(gpa - MEM_GPA) / 8], num * 8);
	return true;
}

static void compare(u64 iova, const struct fdx_guest_leaf *leaf)
{
	bool read, write;
	u64 gpa;

	if (!oracle_translate(&shape, iova, &gpa, &read, &write) ||
	    gpa != leaf->gpa + (iova - leaf->iova) ||
	    leaf->prot != ((read ? PGTABLE_READ : 0) |
			   (write ? PGTABLE_WRITE : 0)))
		abort();
}

/* Nothing is there from @from up to @to, which is not included. */
static void compare_hole(u64 from, u64 to)
{
	bool read, write;
	u64 gpa;

	if (from < to && (oracle_translate(&shape, from, &gpa, &read, &write) ||
			  oracle_translate(&shape, to - 1, &gpa, &read, &write)))
		abort();
}

static int report(struct fdx_guest_walk *w, const struct fdx_guest_leaf *leaf)
{
	u64 size = leaf->last - leaf->iova + 1;

	if ((size & (size - 1)) || (leaf->iova & (size - 1)) ||
	    leaf->iova > last || leaf->last < first ||
	    (nr && leaf->iova < before))
		abort();
	compare_hole(before, leaf->iova);
	compare(leaf->iova, leaf);
	compare(leaf->last, leaf);
	before = leaf->last + 1;
	return ++nr == LEAVES || !before;
}

static void choose_shape(void)
{
	memset(&shape, 0, sizeof(shape));
	shape.root = MEM_GPA;
	switch (fuzz_choose(4)) {
	case 0:
		shape.format = PGTABLE_AMDV1;
		shape.levels = 1 + fuzz_choose(6);
		break;
	case 1:
		shape.format = PGTABLE_X86_64;
		shape.levels = 4 + fuzz_choose(2);
		break;
	case 2:
		shape.format = PGTABLE_VTDSS;
		shape.levels = 3 + fuzz_choose(3);
		break;
	default:
		shape.format = PGTABLE_ARMV8_S1;
		shape.va_bits = 25 + fuzz_choose(24);
		shape.granule_shift = 12 + 2 * fuzz_choose(3);
	}
}

/* A word of a guest's, often an address of its memory. */
static u64 choose_word(void)
{
	u64 word = fuzz_choose(~0ull);

	if (!fuzz_choose(4))
		return word;
	return (word & ~0xffffffffff000ull) |
	       (MEM_GPA + fuzz_choose(MEM_PAGES) * 4096);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdx_guest_table table;
	int rc;

	fuzz_begin(data, size);
	choose_shape();
	if (fdx_guest_table_init(&table, shape.format, shape.root, shape.levels,
				 shape.va_bits, shape.granule_shift))
		return 0;
	first = fuzz_choose(~0ull) & fdx_guest_table_last(&table);
	last = first | fuzz_choose(~0ull) >> fuzz_choose(64);
	if (last > fdx_guest_table_last(&table))
		last = fdx_guest_table_last(&table);
	memset(mem, 0, sizeof(mem));
	while (fuzz_left) {
		u64 at = fuzz_choose(2) ? fuzz_choose(MEM_WORDS) :
					  fuzz_choose(MEM_PAGES) * 512;
		u64 word = choose_word();

		/* Runs of them, so that a random address meets some. */
		for (u64 i = 1 + fuzz_choose(600); i && at < MEM_WORDS; i--)
			mem[at++] = word;
	}
	walk.table = &table;
	walk.read = read_mem;
	walk.leaf = report;
	walk.budget = BUDGET;
	before = first;
	nr = 0;
	rc = fdx_guest_walk(&walk, first, last);
	if (walk.budget > BUDGET || (rc && rc != 1 && rc != -E2BIG))
		abort();
	if (!rc && before <= last && (before || !nr))
		compare_hole(before, last);
	return 0;
}
