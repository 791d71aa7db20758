/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VT-d second-stage page tables of three, four and five levels: Intel VT-d
 * specification, section 3.7 (translation) and 9.8 (entries).
 *
 * There is no present bit: an entry that grants neither reading nor writing is
 * not there. So a request without any permission is refused. Reading and
 * writing are granted apart from each other, and ANDed on the way down; tables
 * grant both. Execution is not told from reading: the X bit stays 0, which
 * hardware that was not told to look at it ignores.
 *
 * A and D are hardware's only if the PASID entry sets SSADE; elsewhere they are
 * ignored, and a table that hardware does not mark says nothing of what was
 * touched or written. D is defined for leaves. Bit 52 is ignored in entries of
 * all levels.
 *
 * SNP (bit 11) exists in leaves only, and is reserved unless ECAP.SC is set: who
 * asks for PGTABLE_QUIRK_ENFORCE_SNOOP has checked that.
 */
#ifndef __IOMMUFDX_PGTABLE_FMT_VTDSS_H
#define __IOMMUFDX_PGTABLE_FMT_VTDSS_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/sizes.h>

#include "fmt.h"

#define VTDSS_R			BIT_ULL(0)
#define VTDSS_W			BIT_ULL(1)
#define VTDSS_PS		BIT_ULL(7)	/* of a leaf above level 0 */
#define VTDSS_A			BIT_ULL(8)
#define VTDSS_D_BIT		9
#define VTDSS_D			BIT_ULL(VTDSS_D_BIT)
#define VTDSS_SNP		BIT_ULL(11)
#define VTDSS_ADDRESS		GENMASK_ULL(51, 12)
#define VTDSS_MARK		BIT_ULL(52)	/* software's, of a table */

#define VTDSS_TABLE_DEFINED \
	(VTDSS_R | VTDSS_W | VTDSS_A | VTDSS_ADDRESS | VTDSS_MARK)
#define VTDSS_LEAF_DEFINED \
	(VTDSS_R | VTDSS_W | VTDSS_A | VTDSS_D | VTDSS_SNP | VTDSS_ADDRESS)

#define VTDSS_GRANULE_SHIFT	12
#define VTDSS_INDEX_BITS	9
/* The highest level that has leaves. */
#define VTDSS_LEAF_LEVEL	2

static __always_inline unsigned int vtdss_item_shift(unsigned int level)
{
	return VTDSS_GRANULE_SHIFT + VTDSS_INDEX_BITS * level;
}

static __always_inline enum pgt_kind vtdss_kind(u64 entry, unsigned int level)
{
	if (!(entry & (VTDSS_R | VTDSS_W)))
		return PGT_EMPTY;
	return level == 0 || (entry & VTDSS_PS) ? PGT_LEAF : PGT_TABLE;
}

static __always_inline u64 vtdss_table_entry(phys_addr_t pa, unsigned int child)
{
	return VTDSS_R | VTDSS_W | pa;
}

static __always_inline phys_addr_t vtdss_table_pa(u64 entry)
{
	return entry & VTDSS_ADDRESS;
}

static __always_inline unsigned int vtdss_table_level(u64 entry,
						      unsigned int level)
{
	return level - 1;
}

static __always_inline u64 vtdss_attrs(u32 prot, u32 quirks)
{
	u64 attrs = 0;

	if (prot & PGTABLE_READ)
		attrs |= VTDSS_R;
	if (prot & PGTABLE_WRITE)
		attrs |= VTDSS_W;
	if (attrs && (quirks & PGTABLE_QUIRK_ENFORCE_SNOOP))
		attrs |= VTDSS_SNP;
	return attrs;
}

static __always_inline u64 vtdss_leaf(phys_addr_t pa, unsigned int shift,
				      unsigned int level, u64 attrs)
{
	return attrs | pa | (level ? VTDSS_PS : 0);
}

static __always_inline bool vtdss_leaf_single(u64 entry, unsigned int level)
{
	return true;
}

static __always_inline unsigned int vtdss_leaf_shift(u64 entry,
						     unsigned int level)
{
	return vtdss_item_shift(level);
}

static __always_inline phys_addr_t vtdss_leaf_pa(u64 entry, unsigned int shift)
{
	return entry & VTDSS_ADDRESS;
}

static __always_inline u64 vtdss_dirty(u64 entry)
{
	return entry & VTDSS_D;
}

static __always_inline void vtdss_make_clean(u64 *slot)
{
	clear_bit(VTDSS_D_BIT, (unsigned long *)slot);
}

static __always_inline void vtdss_make_dirty(u64 *slot)
{
	set_bit(VTDSS_D_BIT, (unsigned long *)slot);
}

static __always_inline u64 vtdss_leaf_attrs(u64 entry, unsigned int level)
{
	return entry & ~(VTDSS_ADDRESS | VTDSS_PS);
}

static __always_inline u64 vtdss_protect(u64 entry, u32 prot, u32 quirks)
{
	return (entry & ~(VTDSS_R | VTDSS_W)) | vtdss_attrs(prot, quirks);
}

static __always_inline u32 vtdss_prot(u64 entry, unsigned int level)
{
	u32 prot = PGTABLE_EXEC;

	if (entry & VTDSS_R)
		prot |= PGTABLE_READ;
	if (entry & VTDSS_W)
		prot |= PGTABLE_WRITE;
	if (entry & VTDSS_SNP)
		prot |= PGTABLE_CACHE;
	return prot;
}

static __always_inline u64 vtdss_accessed(u64 entry)
{
	return entry & VTDSS_A;
}

static __always_inline bool vtdss_resizable(u32 quirks)
{
	return true;
}

static inline const char *vtdss_check(u64 entry, unsigned int level)
{
	if (vtdss_kind(entry, level) == PGT_TABLE) {
		if (entry & ~VTDSS_TABLE_DEFINED)
			return "undefined bits";
		if ((entry & (VTDSS_R | VTDSS_W)) != (VTDSS_R | VTDSS_W))
			return "table that forbids";
		return NULL;
	}
	if (level > VTDSS_LEAF_LEVEL)
		return "leaf in a level that has none";
	if (level)
		entry &= ~VTDSS_PS;
	if (entry & ~VTDSS_LEAF_DEFINED)
		return "undefined bits";
	if (entry & VTDSS_ADDRESS & (BIT_ULL(vtdss_item_shift(level)) - 1))
		return "misaligned leaf";
	return NULL;
}

static const struct pgtable_fmt vtdss_fmt = {
	.granule_shift	= VTDSS_GRANULE_SHIFT,
	.index_bits	= VTDSS_INDEX_BITS,
	.min_levels	= 3,
	.max_levels	= 5,
	.max_va_bits	= 57,
	.max_oa_bits	= 52,
	.page_sizes	= SZ_4K | SZ_2M | SZ_1G,
	.volatile_bits	= VTDSS_A | VTDSS_D,
	.kind		= vtdss_kind,
	.table_entry	= vtdss_table_entry,
	.table_pa	= vtdss_table_pa,
	.table_level	= vtdss_table_level,
	.attrs		= vtdss_attrs,
	.leaf		= vtdss_leaf,
	.leaf_single	= vtdss_leaf_single,
	.leaf_shift	= vtdss_leaf_shift,
	.leaf_pa	= vtdss_leaf_pa,
	.dirty		= vtdss_dirty,
	.make_clean	= vtdss_make_clean,
	.make_dirty	= vtdss_make_dirty,
	.leaf_attrs	= vtdss_leaf_attrs,
	.protect	= vtdss_protect,
	.prot		= vtdss_prot,
	.accessed	= vtdss_accessed,
	.table_accessed	= VTDSS_A,
	.table_marked	= VTDSS_MARK,
	.resizable	= vtdss_resizable,
	.check		= vtdss_check,
};

#endif /* __IOMMUFDX_PGTABLE_FMT_VTDSS_H */
