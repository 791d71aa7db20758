/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD host (v1) page tables: AMD I/O Virtualization Technology specification,
 * document 48882, section 2.2.3.
 *
 * One to six levels of 512 entries. NextLevel says what an entry is: 0, a leaf
 * of the level's item size; 7, a leaf whose size stands in the address itself,
 * as a string of ones that a zero ends; else the level, counted from 1, of the
 * table it points to, and that may be any lower level. The engine counts
 * levels from 0.
 *
 * IR and IW of all entries on the way are ANDed; tables grant both, so a leaf
 * alone decides. The top entry of a six-level table holds address bits 63:57
 * only, and level 6 has no leaves.
 *
 * Who includes this may ask for a smaller granule by defining
 * AMDV1_GRANULE_SHIFT and the limits below it. Tables stay 4 KiB; addresses in
 * entries are scaled so that one granule is one unit of the address field.
 */
#ifndef __IOMMUFDX_PGTABLE_FMT_AMDV1_H
#define __IOMMUFDX_PGTABLE_FMT_AMDV1_H

#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/compiler.h>

#include "fmt.h"

#define AMDV1_PR		BIT_ULL(0)
#define AMDV1_A			BIT_ULL(5)
#define AMDV1_D_BIT		6
#define AMDV1_D			BIT_ULL(AMDV1_D_BIT)
#define AMDV1_NEXT_LEVEL	GENMASK_ULL(11, 9)
#define AMDV1_ADDRESS		GENMASK_ULL(51, 12)
#define AMDV1_FC		BIT_ULL(60)
#define AMDV1_IR		BIT_ULL(61)
#define AMDV1_IW		BIT_ULL(62)
#define AMDV1_DEFINED \
	(AMDV1_PR | AMDV1_A | AMDV1_D | AMDV1_NEXT_LEVEL | AMDV1_ADDRESS | \
	 AMDV1_FC | AMDV1_IR | AMDV1_IW)

/* NextLevel of leaves. */
#define AMDV1_NL_ITEM		0
#define AMDV1_NL_SIZE		7

#ifndef AMDV1_GRANULE_SHIFT
#define AMDV1_GRANULE_SHIFT	12
#define AMDV1_MAX_LEVELS	6
#define AMDV1_MAX_VA_BITS	64
#define AMDV1_MAX_OA_BITS	52
#define AMDV1_MAX_LEAF_SHIFT	51
#endif

#define AMDV1_INDEX_BITS	9
/* From an address to the address field, which begins at bit 12. */
#define AMDV1_SCALE		(12 - AMDV1_GRANULE_SHIFT)

/* Every power of two but 512 GiB: hardware has an erratum there. */
#define AMDV1_PAGE_SIZES \
	(GENMASK_ULL(AMDV1_MAX_LEAF_SHIFT, AMDV1_GRANULE_SHIFT) & ~BIT_ULL(39))

static __always_inline unsigned int amdv1_item_shift(unsigned int level)
{
	return AMDV1_GRANULE_SHIFT + AMDV1_INDEX_BITS * level;
}

static __always_inline unsigned int amdv1_next_level(u64 entry)
{
	return FIELD_GET(AMDV1_NEXT_LEVEL, entry);
}

static __always_inline u64 amdv1_field(phys_addr_t pa)
{
	return (u64)pa << AMDV1_SCALE;
}

static __always_inline u64 amdv1_address(u64 entry)
{
	return (entry & AMDV1_ADDRESS) >> AMDV1_SCALE;
}

static __always_inline enum pgt_kind amdv1_kind(u64 entry, unsigned int level)
{
	unsigned int nl = amdv1_next_level(entry);

	if (!(entry & AMDV1_PR))
		return PGT_EMPTY;
	if (level == 0 || nl == AMDV1_NL_ITEM || nl == AMDV1_NL_SIZE)
		return PGT_LEAF;
	return PGT_TABLE;
}

static __always_inline u64 amdv1_table_entry(phys_addr_t pa, unsigned int child)
{
	return AMDV1_PR | AMDV1_IR | AMDV1_IW | amdv1_field(pa) |
	       FIELD_PREP(AMDV1_NEXT_LEVEL, child + 1);
}

static __always_inline phys_addr_t amdv1_table_pa(u64 entry)
{
	return amdv1_address(entry);
}

static __always_inline unsigned int amdv1_table_level(u64 entry,
						      unsigned int level)
{
	return amdv1_next_level(entry) - 1;
}

static __always_inline u64 amdv1_attrs(u32 prot, u32 quirks)
{
	u64 attrs = AMDV1_PR;

	if (prot & PGTABLE_READ)
		attrs |= AMDV1_IR;
	if (prot & PGTABLE_WRITE)
		attrs |= AMDV1_IW;
	if (quirks & PGTABLE_QUIRK_ENFORCE_SNOOP)
		attrs |= AMDV1_FC;
	return attrs;
}

static __always_inline u64 amdv1_leaf(phys_addr_t pa, unsigned int shift,
				      unsigned int level, u64 attrs)
{
	if (shift == amdv1_item_shift(level))
		return attrs | amdv1_field(pa);
	/* Ones up to bit shift - 2, and bit shift - 1 of the address is 0. */
	return attrs | amdv1_field(pa) | AMDV1_NEXT_LEVEL |
	       (amdv1_field(BIT_ULL(shift - 1) - 1) & AMDV1_ADDRESS);
}

static __always_inline bool amdv1_leaf_single(u64 entry, unsigned int level)
{
	return !(entry & AMDV1_NEXT_LEVEL);
}

static __always_inline unsigned int amdv1_leaf_shift(u64 entry,
						     unsigned int level)
{
	if (amdv1_leaf_single(entry, level))
		return amdv1_item_shift(level);
	/* The size is twice the place value of the first zero. */
	return __ffs64(~entry & AMDV1_ADDRESS) + 1 - AMDV1_SCALE;
}

static __always_inline phys_addr_t amdv1_leaf_pa(u64 entry, unsigned int shift)
{
	return amdv1_address(entry) & ~(BIT_ULL(shift) - 1);
}

static __always_inline u64 amdv1_dirty(u64 entry)
{
	return entry & AMDV1_D;
}

static __always_inline void amdv1_make_clean(u64 *slot)
{
	clear_bit(AMDV1_D_BIT, (unsigned long *)slot);
}

static __always_inline void amdv1_make_dirty(u64 *slot)
{
	set_bit(AMDV1_D_BIT, (unsigned long *)slot);
}

static __always_inline u64 amdv1_leaf_attrs(u64 entry, unsigned int level)
{
	return entry & ~(AMDV1_NEXT_LEVEL | AMDV1_ADDRESS);
}

static __always_inline u64 amdv1_protect(u64 entry, u32 prot, u32 quirks)
{
	return (entry & ~(AMDV1_IR | AMDV1_IW)) | amdv1_attrs(prot, 0);
}

static __always_inline u32 amdv1_prot(u64 entry, unsigned int level)
{
	u32 prot = PGTABLE_EXEC;

	if (entry & AMDV1_IR)
		prot |= PGTABLE_READ;
	if (entry & AMDV1_IW)
		prot |= PGTABLE_WRITE;
	if (entry & AMDV1_FC)
		prot |= PGTABLE_CACHE;
	return prot;
}

static __always_inline u64 amdv1_accessed(u64 entry)
{
	return entry & AMDV1_A;
}

/* The specification asks for an invalidation afterwards, and for no more. */
static __always_inline bool amdv1_resizable(u32 quirks)
{
	return true;
}

static inline const char *amdv1_check(u64 entry, unsigned int level)
{
	unsigned int item = amdv1_item_shift(level);
	unsigned int nl = amdv1_next_level(entry);
	u64 zeros = ~entry & AMDV1_ADDRESS;
	unsigned int shift;

	if (entry & ~AMDV1_DEFINED)
		return "undefined bits";
	switch (nl) {
	case AMDV1_NL_ITEM:
		if (level == AMDV1_MAX_LEVELS - 1)
			return "leaf in the highest level";
		if (amdv1_address(entry) & (BIT_ULL(item) - 1))
			return "misaligned leaf";
		return NULL;
	case AMDV1_NL_SIZE:
		if (level == AMDV1_MAX_LEVELS - 1)
			return "leaf in the highest level";
		if (!zeros)
			return "endless size";
		shift = __ffs64(zeros) + 1 - AMDV1_SCALE;
		if (shift <= item || shift >= item + AMDV1_INDEX_BITS)
			return "leaf size of another level";
		return NULL;
	default:
		if (nl > level)
			return "table of no lower level";
		if ((entry & (AMDV1_IR | AMDV1_IW)) != (AMDV1_IR | AMDV1_IW))
			return "table that forbids";
		if (entry & (AMDV1_D | AMDV1_FC))
			return "table with bits of a leaf";
		return NULL;
	}
}

static const struct pgtable_fmt amdv1_fmt = {
	.granule_shift	= AMDV1_GRANULE_SHIFT,
	.index_bits	= AMDV1_INDEX_BITS,
	.min_levels	= 1,
	.max_levels	= AMDV1_MAX_LEVELS,
	.max_va_bits	= AMDV1_MAX_VA_BITS,
	.max_oa_bits	= AMDV1_MAX_OA_BITS,
	.page_sizes	= AMDV1_PAGE_SIZES,
	.volatile_bits	= AMDV1_A | AMDV1_D,
	.kind		= amdv1_kind,
	.table_entry	= amdv1_table_entry,
	.table_pa	= amdv1_table_pa,
	.table_level	= amdv1_table_level,
	.attrs		= amdv1_attrs,
	.leaf		= amdv1_leaf,
	.leaf_single	= amdv1_leaf_single,
	.leaf_shift	= amdv1_leaf_shift,
	.leaf_pa	= amdv1_leaf_pa,
	.dirty		= amdv1_dirty,
	.make_clean	= amdv1_make_clean,
	.make_dirty	= amdv1_make_dirty,
	.leaf_attrs	= amdv1_leaf_attrs,
	.protect	= amdv1_protect,
	.prot		= amdv1_prot,
	.accessed	= amdv1_accessed,
	.resizable	= amdv1_resizable,
	.check		= amdv1_check,
};

#endif /* __IOMMUFDX_PGTABLE_FMT_AMDV1_H */
