// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walk of an AMD host page table (48882 section 2.2.3).
 *
 * A table of level n maps 2^(12 + 9n) bytes with 512 entries. An entry names
 * the level of the table it points to, any lower one, or says that it is a
 * page. Levels that are skipped stand for zero address bits.
 *
 * Accessed and dirty bits are set once the access is known to be allowed, with
 * compare and exchange: an entry that changed since it was read sends the walk
 * back to the start. A page larger than its level's size is repeated over
 * several entries; the bits go into the one that was walked, and whoever reads
 * them must look at all.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "amd_model.h"

#define AMD_PTE_HW	(AMD_PTE_A | AMD_PTE_D)	/* bits that we set */

static enum amd_walk_fault amd_walk_page(struct amd_walk *walk, u64 entry,
					 unsigned int level)
{
	unsigned int low = AMD_LEVEL_SHIFT(level);
	u64 pa = entry & AMD_PTE_PA;

	if (entry & AMD_PTE_RSVD)
		return AMD_WALK_RESERVED;
	if (level == AMD_MODE_MAX)
		return AMD_WALK_LEVEL;
	walk->shift = low;
	if (FIELD_GET(AMD_PTE_NEXT_LEVEL, entry) == AMD_NL_PAGE_SIZED) {
		walk->shift = AMD_PAGE_SHIFT + 1 +
			      __ffs64(~(pa >> AMD_PAGE_SHIFT));
		if (walk->shift <= low ||
		    walk->shift >= low + AMD_LEVEL_BITS || walk->shift > 52)
			return AMD_WALK_LEVEL;
	}
	walk->pa = pa & ~(BIT_ULL(walk->shift) - 1);
	walk->dirty = entry & AMD_PTE_D;
	walk->fc = entry & AMD_PTE_FC;
	return AMD_WALK_OK;
}

static enum amd_walk_fault amd_walk(struct model *m, u64 table,
				    unsigned int level, u64 iova,
				    struct amd_walk *walk)
{
	unsigned int top = AMD_LEVEL_SHIFT(level) + AMD_LEVEL_BITS;
	unsigned int next;
	u64 entry, pa;

	/* Address bits above the table, first of the mode, then of a skip. */
	if (top < 64 && iova >> top)
		return AMD_WALK_ABSENT;

	for (;;) {
		pa = table + ((iova >> AMD_LEVEL_SHIFT(level)) & 0x1ff) * 8;
		if (model_bus_read64(m, pa, &entry)) {
			walk->bad = pa;
			return AMD_WALK_ABORT;
		}
		walk->path[walk->depth].pa = pa;
		walk->path[walk->depth].val = entry;
		walk->depth++;

		if (!(entry & AMD_PTE_PR))
			return AMD_WALK_ABSENT;
		if (!(entry & AMD_PTE_IR))
			walk->prot &= ~MODEL_TLB_READ;
		if (!(entry & AMD_PTE_IW))
			walk->prot &= ~MODEL_TLB_WRITE;

		next = FIELD_GET(AMD_PTE_NEXT_LEVEL, entry);
		if (next == AMD_NL_PAGE || next == AMD_NL_PAGE_SIZED)
			return amd_walk_page(walk, entry, level);
		if (entry & AMD_PDE_RSVD)
			return AMD_WALK_RESERVED;
		if (next >= level)
			return AMD_WALK_LEVEL;
		top = AMD_LEVEL_SHIFT(next) + AMD_LEVEL_BITS;
		if ((iova & (BIT_ULL(AMD_LEVEL_SHIFT(level)) - 1)) >> top)
			return AMD_WALK_ABSENT;
		table = entry & AMD_PTE_PA;
		level = next;
	}
}

/**
 * model_amd_walk() - look an address up, changing nothing
 * @m: the machine
 * @root: address of the top table
 * @mode: its level, 1..6
 * @iova: address
 * @walk: out
 */
void model_amd_walk(struct model *m, u64 root, unsigned int mode, u64 iova,
		    struct amd_walk *walk)
{
	memset(walk, 0, sizeof(*walk));
	walk->prot = MODEL_TLB_READ | MODEL_TLB_WRITE;
	walk->fault = amd_walk(m, root, mode, iova, walk);
}

/**
 * model_amd_walk_mark() - set accessed bits, and the page's dirty bit
 * @m: the machine
 * @walk: a walk that ended at a page; @walk->dirty is kept up to date
 * @dirty: the access writes
 *
 * Return: 0; -EAGAIN: the tables changed, walk again; -EIO.
 */
int model_amd_walk_mark(struct model *m, struct amd_walk *walk, bool dirty)
{
	unsigned int i;

	for (i = 0; i < walk->depth; i++) {
		bool leaf = i == walk->depth - 1;
		u64 want = leaf && dirty ? AMD_PTE_HW : AMD_PTE_A;
		u64 val = walk->path[i].val, old;

		while ((val & want) != want) {
			old = val;
			if (model_bus_cmpxchg64(m, walk->path[i].pa, &old,
						val | want)) {
				walk->bad = walk->path[i].pa;
				return -EIO;
			}
			if ((old ^ walk->path[i].val) & ~AMD_PTE_HW)
				return -EAGAIN;
			if (old == val)
				break;
			val = old;
		}
	}
	if (dirty)
		walk->dirty = true;
	return 0;
}
