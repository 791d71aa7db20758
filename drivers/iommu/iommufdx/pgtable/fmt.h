/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the engine must know of a format.
 *
 * A format is one header that ends in a `static const struct pgtable_fmt`, and
 * one small .c file that hands its address to every function of engine.h. All
 * of those are forced inline, so the compiler sees the numbers and the small
 * functions below as constants: a loop over entries holds no indirect call.
 * The engine itself knows no format.
 *
 * A *slot* is the memory of an entry. Slots are 64 bits wide; 0 is empty in
 * every format. *Item* size is the memory that one entry of a level maps.
 * A leaf of the item size is *single*; a larger one is *replicated* over
 * adjacent slots of one table, aligned to their number.
 *
 * Hardware may set the accessed and dirty state of a leaf at any instant. So
 * that state is changed with one atomic instruction on the slot and never
 * stored back from a copy, and a comparison of entries masks @volatile_bits.
 */
#ifndef __IOMMUFDX_PGTABLE_FMT_H
#define __IOMMUFDX_PGTABLE_FMT_H

#include <linux/io.h>
#include <linux/iommufdx/pgtable.h>

/* The most levels of any format. */
#define PGT_MAX_LEVELS	6

enum pgt_kind {
	PGT_EMPTY,
	PGT_LEAF,
	PGT_TABLE,
};

/**
 * struct pgtable_fmt - one hardware format
 * @granule_shift: log2 of the item size of level 0
 * @index_bits: log2 of the entries of a table
 * @max_levels: most levels, at most PGT_MAX_LEVELS
 * @max_va_bits: widest input address
 * @max_oa_bits: widest output address
 * @page_sizes: all leaf sizes, a mask of bytes
 * @volatile_bits: entry bits that hardware may change
 * @kind: what an entry of a table of @level is
 * @table_entry: an entry that points to the table at @pa of level @child
 * @table_pa: where an entry points to
 * @table_level: level of the table an entry of level @level points to; less
 *	than @level - 1 where the format can skip levels, whose address bits are
 *	then zero
 * @attrs: permission and attribute bits of a leaf, worked out once per map
 * @leaf: a leaf of 1 << @shift bytes at @pa in a table of level @level
 * @leaf_single: is this leaf of @level of the item size?
 * @leaf_shift: log2 of the size of a leaf of @level
 * @leaf_pa: where a leaf of 1 << @shift bytes begins
 * @dirty: nonzero if a leaf has been written to; 0 for an empty entry. Cheap
 *	to OR over many entries.
 * @make_clean: atomically clear the dirty state of a slot
 * @make_dirty: atomically set it, also of a leaf that forbids writing
 * @check: why a nonempty entry of @level is malformed, NULL if it is not
 */
struct pgtable_fmt {
	u8 granule_shift;
	u8 index_bits;
	u8 max_levels;
	u8 max_va_bits;
	u8 max_oa_bits;
	u64 page_sizes;
	u64 volatile_bits;

	enum pgt_kind (*kind)(u64 entry, unsigned int level);
	u64 (*table_entry)(phys_addr_t pa, unsigned int child);
	phys_addr_t (*table_pa)(u64 entry);
	unsigned int (*table_level)(u64 entry, unsigned int level);
	u64 (*attrs)(u32 prot, u32 quirks);
	u64 (*leaf)(phys_addr_t pa, unsigned int shift, unsigned int level,
		    u64 attrs);
	bool (*leaf_single)(u64 entry, unsigned int level);
	unsigned int (*leaf_shift)(u64 entry, unsigned int level);
	phys_addr_t (*leaf_pa)(u64 entry, unsigned int shift);
	u64 (*dirty)(u64 entry);
	void (*make_clean)(u64 *slot);
	void (*make_dirty)(u64 *slot);
	const char *(*check)(u64 entry, unsigned int level);
};

/* The formats, for the table in pgtable.c. */
extern const struct pgtable_ops amdv1_pgtable_ops;
extern const struct pgtable_ops amdv1_2k_pgtable_ops;

/* Table memory: pgtable.c. Each counts in pt->table_bytes. */
u64 *pgt_table_alloc(struct pgtable *pt, gfp_t gfp);
void pgt_table_free(struct pgtable *pt, u64 *table);
/* Clear @slot, which points to @table, and leave @table to the gather. */
void pgt_table_unlink(struct pgtable *pt, u64 *slot, u64 *table,
		      struct pgtable_gather *gather);

#endif /* __IOMMUFDX_PGTABLE_FMT_H */
