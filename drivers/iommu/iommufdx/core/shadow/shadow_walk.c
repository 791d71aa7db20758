// SPDX-License-Identifier: GPL-2.0-only
/* Walks of a guest's page table: see shadow_walk.h. */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "shadow_walk.h"

#define GUEST_ENTRY_SHIFT	3

static unsigned int level_bits(const struct fdx_guest_table *table)
{
	return table->granule_shift - GUEST_ENTRY_SHIFT;
}

/* log2 of what an entry of @level stands for. */
static unsigned int level_shift(const struct fdx_guest_table *table,
				unsigned int level)
{
	return table->granule_shift + level * level_bits(table);
}

static u64 span_last(u64 iova, unsigned int shift)
{
	return shift < 64 ? iova | (BIT_ULL(shift) - 1) : U64_MAX;
}

/* Levels of nine bits, named by their number. */
static int init_radix9(struct fdx_guest_table *table, unsigned int levels,
		       unsigned int min, unsigned int max)
{
	if (levels < min || levels > max)
		return -EINVAL;
	table->granule_shift = 12;
	table->top = levels - 1;
	table->va_bits = min(64U, 12 + 9 * levels);
	return 0;
}

static int init_armv8(struct fdx_guest_table *table, unsigned int va_bits,
		      unsigned int granule_shift)
{
	if (granule_shift != 12 && granule_shift != 14 && granule_shift != 16)
		return -EINVAL;
	/* T0SZ is 16 to 39; 52 bits would be another descriptor layout. */
	if (va_bits < 25 || va_bits > 48)
		return -EINVAL;
	table->granule_shift = granule_shift;
	table->va_bits = va_bits;
	table->top = (va_bits - granule_shift - 1) / level_bits(table);
	return 0;
}

int fdx_guest_table_init(struct fdx_guest_table *table,
			 enum pgtable_format format, u64 root,
			 unsigned int levels, unsigned int va_bits,
			 unsigned int granule_shift)
{
	bool armv8 = format == PGTABLE_ARMV8_S1;
	unsigned int top_bits;
	int rc;

	*table = (struct fdx_guest_table) {
		.format = fdx_guest_format(format),
		.root = root,
	};
	if (!table->format)
		return -EOPNOTSUPP;
	if (armv8 ? levels : va_bits || granule_shift)
		return -EINVAL;
	switch (format) {
	case PGTABLE_AMDV1:
		rc = init_radix9(table, levels, 1, 6);
		break;
	case PGTABLE_X86_64:
		rc = init_radix9(table, levels, 4, 5);
		break;
	case PGTABLE_VTDSS:
		rc = init_radix9(table, levels, 3, 5);
		break;
	default:
		rc = init_armv8(table, va_bits, granule_shift);
	}
	if (rc)
		return rc;
	/* Arm's top table may be small, and is aligned to its size, or to 64. */
	top_bits = 12;
	if (armv8)
		top_bits = max(6U, va_bits - level_shift(table, table->top) +
				   GUEST_ENTRY_SHIFT);
	return root & (BIT_ULL(top_bits) - 1) || root >> 52 ? -EINVAL : 0;
}

/* Entries from @index on of the table at @gpa: how many were put in the chunk. */
static unsigned int read_chunk(struct fdx_guest_walk *walk, unsigned int level,
			       u64 gpa, u64 index, u64 end, bool *there)
{
	unsigned int nr = min_t(u64, end,
				(index | (FDX_GUEST_CHUNK - 1)) + 1) - index;

	*there = walk->read(walk, gpa + (index << GUEST_ENTRY_SHIFT),
			    walk->chunk[level], nr);
	return nr;
}

static int walk_table(struct fdx_guest_walk *walk, unsigned int level, u64 gpa,
		      u32 prot, u64 first, u64 last);

static int walk_entry(struct fdx_guest_walk *walk, unsigned int level, u64 raw,
		      u32 prot, u64 first, u64 last)
{
	unsigned int shift = level_shift(walk->table, level);
	u64 base = first & ~(BIT_ULL(shift) - 1);
	struct fdx_guest_entry entry = {};
	struct fdx_guest_leaf leaf;
	u64 reach;

	walk->table->format->decode(walk->table, raw, level, base, &entry);
	prot &= entry.prot;
	if (entry.kind == FDX_GUEST_HOLE || !prot)
		return 0;
	if (entry.kind == FDX_GUEST_LEAF) {
		leaf = (struct fdx_guest_leaf) {
			.iova = base,
			.last = span_last(base, shift),
			.gpa = entry.gpa,
			.prot = prot,
		};
		return walk->leaf(walk, &leaf);
	}
	/* A table that skips levels maps the beginning of the span only. */
	reach = span_last(base, level_shift(walk->table, entry.level + 1));
	if (first > reach)
		return 0;
	return walk_table(walk, entry.level, entry.gpa, prot, first,
			  min(last, reach));
}

static int walk_table(struct fdx_guest_walk *walk, unsigned int level, u64 gpa,
		      u32 prot, u64 first, u64 last)
{
	unsigned int shift = level_shift(walk->table, level);
	u64 mask = BIT_ULL(level_bits(walk->table)) - 1;
	u64 index, end, start;
	unsigned int nr, i;
	bool there;
	int rc;

	if (level == walk->table->top)
		mask = fdx_guest_table_last(walk->table) >> shift;
	index = (first >> shift) & mask;
	end = ((last >> shift) & mask) + 1;
	start = ((first >> shift) << shift) - (index << shift);
	while (index < end) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		nr = read_chunk(walk, level, gpa, index, end, &there);
		if (walk->budget < nr)
			return -E2BIG;
		walk->budget -= nr;
		for (i = 0; there && i < nr; i++) {
			u64 from = start + ((index + i) << shift);

			rc = walk_entry(walk, level, walk->chunk[level][i],
					prot, max(first, from),
					min(last, span_last(from, shift)));
			if (rc)
				return rc;
		}
		index += nr;
	}
	return 0;
}

int fdx_guest_walk(struct fdx_guest_walk *walk, u64 first, u64 last)
{
	return walk_table(walk, walk->table->top, walk->table->root,
			  PGTABLE_READ | PGTABLE_WRITE, first, last);
}
