/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks of a page table that a guest keeps in its own memory.
 *
 * Words: a *guest table* is a radix tree in a hardware format whose tables lie
 * at guest-physical addresses (GPAs), anywhere and in any order. A walk reads
 * entries through a callback and reports each *leaf* that meets a range, in
 * rising order of IOVA. Levels are counted from the bottom: level 0 holds the
 * smallest pages.
 *
 * Nothing in a guest table can be trusted. An entry is read once, then decoded.
 * What hardware would fault on (reserved bits, leaves where none can be, a table
 * that is not in memory) is a hole. A table entry leads strictly downwards, so a
 * walk ends even in a table that points to itself; but such a table shows more
 * leaves than a machine has time for, so each walk has a budget of entries.
 *
 * Nothing is written to the guest's memory, accessed and dirty bits included.
 *
 * This knows nothing of IOASs and domains, and compiles in user space too.
 */
#ifndef __IOMMUFDX_SHADOW_WALK_H
#define __IOMMUFDX_SHADOW_WALK_H

#include <linux/iommufdx/pgtable.h>

/* AMD's host tables have six levels. */
#define FDX_GUEST_MAX_LEVELS	6
/* Entries that are read at once; a piece of a page, aligned to itself. */
#define FDX_GUEST_CHUNK		64

struct fdx_guest_format;

/**
 * struct fdx_guest_table - where a guest's table is, and how to read it
 * @format: its entries
 * @root: GPA of the top table
 * @granule_shift: log2 of the smallest page, which is what each level but the
 *	top fills with entries
 * @va_bits: width of an IOVA
 * @top: level of the top table
 */
struct fdx_guest_table {
	const struct fdx_guest_format *format;
	u64 root;
	u8 granule_shift;
	u8 va_bits;
	u8 top;
};

/**
 * struct fdx_guest_leaf - a piece of IOVA that the guest maps
 * @iova: first byte
 * @last: last byte; the piece is aligned to its power-of-two size
 * @gpa: what @iova leads to
 * @prot: PGTABLE_READ and PGTABLE_WRITE, of all levels together; never 0
 */
struct fdx_guest_leaf {
	u64 iova;
	u64 last;
	u64 gpa;
	u32 prot;
};

enum fdx_guest_kind {
	FDX_GUEST_HOLE,
	FDX_GUEST_TABLE,
	FDX_GUEST_LEAF,
};

/**
 * struct fdx_guest_entry - an entry, decoded
 * @kind: what it is
 * @gpa: the table, or the memory that the first byte of the entry's span leads to
 * @level: of the table
 * @prot: what it grants
 */
struct fdx_guest_entry {
	enum fdx_guest_kind kind;
	u64 gpa;
	u8 level;
	u32 prot;
};

/**
 * struct fdx_guest_format - one hardware format
 * @decode: say what @raw, read from a table of @level, is. @iova is the first
 *	byte of its span.
 */
struct fdx_guest_format {
	void (*decode)(const struct fdx_guest_table *table, u64 raw,
		       unsigned int level, u64 iova,
		       struct fdx_guest_entry *entry);
};

/**
 * struct fdx_guest_walk - a walk
 * @table: what is walked
 * @read: copy @nr entries at @gpa, each with one load; they do not cross a 4 KiB
 *	boundary. False: no memory is there.
 * @leaf: a leaf that meets the range; anything but 0 ends the walk
 * @budget: entries that may still be looked at
 * @chunk: entries of each level, as they were read
 */
struct fdx_guest_walk {
	const struct fdx_guest_table *table;
	bool (*read)(struct fdx_guest_walk *walk, u64 gpa, u64 *entries,
		     unsigned int nr);
	int (*leaf)(struct fdx_guest_walk *walk,
		    const struct fdx_guest_leaf *leaf);
	u64 budget;
	u64 chunk[FDX_GUEST_MAX_LEVELS][FDX_GUEST_CHUNK];
};

/*
 * Describe a table. @levels counts tables on the way (AMD v1 1-6, x86 4-5, VT-d
 * second stage 3-5); Arm has @va_bits and @granule_shift instead. What a format
 * does not ask for is 0. -EOPNOTSUPP: no such format; -EINVAL: no such shape, or
 * @root is not where a top table can be.
 */
int fdx_guest_table_init(struct fdx_guest_table *table,
			 enum pgtable_format format, u64 root,
			 unsigned int levels, unsigned int va_bits,
			 unsigned int granule_shift);

/* The highest IOVA that the table can map. */
static inline u64 fdx_guest_table_last(const struct fdx_guest_table *table)
{
	return U64_MAX >> (64 - table->va_bits);
}

/*
 * Report the leaves that meet @first..@last, which lies within the width. 0;
 * -E2BIG: the budget is used up; -EINTR: a fatal signal; what @leaf returned.
 */
int fdx_guest_walk(struct fdx_guest_walk *walk, u64 first, u64 last);

/* shadow_formats.c; NULL for formats that no guest has a stage 1 in. */
const struct fdx_guest_format *fdx_guest_format(enum pgtable_format format);

#endif /* __IOMMUFDX_SHADOW_WALK_H */
