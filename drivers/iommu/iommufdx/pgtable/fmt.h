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
 * @concat_bits: log2 of how many tables may stand side by side as one top table
 *	above level 0 (Arm stage 2), 0 where that does not exist
 * @min_levels: fewest levels
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
 * @leaf_parts: the entries of a replicated leaf hold the address of their own
 *	part each (Arm): entry n is leaf() plus n item sizes. Else they are equal.
 * @attrs: permission and attribute bits of a leaf, worked out once per map; 0:
 *	the format cannot say that (-EINVAL)
 * @leaf: a leaf of 1 << @shift bytes at @pa in a table of level @level
 * @leaf_single: is this leaf of @level of the item size?
 * @leaf_shift: log2 of the size of a leaf of @level
 * @leaf_pa: where a leaf of 1 << @shift bytes begins
 * @dirty: nonzero if a leaf has been written to; 0 for an empty entry
 * @dirty_among: nonzero if one of several entries of level 0 may be dirty, by
 *	their OR (@any) and AND (@all); 0 only if none is. NULL: dirty() of the OR
 *	tells.
 * @make_clean: atomically clear the dirty state of a slot
 * @make_dirty: atomically set it, also of a leaf that forbids writing
 * @leaf_attrs: the bits that a leaf of another size must have to be the same in
 *	all but size: permissions, attributes, accessed and dirty state
 * @protect: the leaf with other permissions; accessed and dirty state stay
 * @prot: permissions and attributes of a leaf, as PGTABLE_READ and so on
 * @accessed: nonzero if hardware has used the leaf or the pointer to a table;
 *	0 where the format does not say
 * @table_accessed: accessed bit of an entry that points to a table, 0 where the
 *	format has none
 * @table_marked: a bit of such an entry that hardware ignores; see untouch()
 * @resizable: may a leaf be replaced by smaller ones, or these by it, while
 *	hardware walks? See PGTABLE_QUIRK_BBM_FREE.
 * @check: why a nonempty entry of @level is malformed, NULL if it is not
 */
struct pgtable_fmt {
	u8 granule_shift;
	u8 index_bits;
	u8 concat_bits;
	u8 min_levels;
	u8 max_levels;
	u8 max_va_bits;
	u8 max_oa_bits;
	u64 page_sizes;
	u64 volatile_bits;

	enum pgt_kind (*kind)(u64 entry, unsigned int level);
	u64 (*table_entry)(phys_addr_t pa, unsigned int child);
	phys_addr_t (*table_pa)(u64 entry);
	unsigned int (*table_level)(u64 entry, unsigned int level);
	bool leaf_parts;
	u64 (*attrs)(u32 prot, u32 quirks);
	u64 (*leaf)(phys_addr_t pa, unsigned int shift, unsigned int level,
		    u64 attrs);
	bool (*leaf_single)(u64 entry, unsigned int level);
	unsigned int (*leaf_shift)(u64 entry, unsigned int level);
	phys_addr_t (*leaf_pa)(u64 entry, unsigned int shift);
	u64 (*dirty)(u64 entry);
	u64 (*dirty_among)(u64 any, u64 all);
	void (*make_clean)(u64 *slot);
	void (*make_dirty)(u64 *slot);
	u64 (*leaf_attrs)(u64 entry, unsigned int level);
	u64 (*protect)(u64 entry, u32 prot, u32 quirks);
	u32 (*prot)(u64 entry, unsigned int level);
	u64 (*accessed)(u64 entry);
	u64 table_accessed;
	u64 table_marked;
	bool (*resizable)(u32 quirks);
	const char *(*check)(u64 entry, unsigned int level);
};

/* Table memory and caches: pgtable.c. */

/*
 * A zeroed table of 1 << @shift bytes, or more: whole pages. It counts in
 * pt->table_bytes. Hardware sees the zeros even if it does not snoop.
 */
u64 *pgt_table_alloc(struct pgtable *pt, unsigned int shift, gfp_t gfp);
/* Free a table that hardware has never seen, or sees no more. */
void pgt_table_free(struct pgtable *pt, u64 *table);
/* Leave @table, to which nothing points any more, to the gather. */
void pgt_table_retire(struct pgtable *pt, u64 *table,
		      struct pgtable_gather *gather);
/* Bytes of a table. */
u64 pgt_table_size(const u64 *table);
/* Write @n entries at @slot back to memory: PGTABLE_QUIRK_NONCOHERENT. */
void pgt_flush_slots(const u64 *slot, size_t n);

#endif /* __IOMMUFDX_PGTABLE_FMT_H */
