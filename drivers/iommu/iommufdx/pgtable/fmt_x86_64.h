/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 page tables of four and five levels, as two IOMMUs walk them: AMD's guest
 * (v2) tables, 48882 section 2.2.6, whose entries are those of the AMD64 manual,
 * volume 2, section 5.3.3; and VT-d's first stage, specification section 9.7.
 *
 * The two agree in all that is used here. An entry is present or not; there is
 * no way to map memory and forbid reading it, so a request without any
 * permission is refused, and WRITE alone grants reading too. Every access of a
 * device is a user access unless a PASID says otherwise, so U/S is set on all
 * the way. Global (G) stays 0: a translation belongs to one PASID. PWT, PCD and
 * PAT stay 0: VT-d reads them only where the PASID entry says so, AMD never, and
 * 0 means write-back.
 *
 * Hardware sets A in every entry it uses and D in a leaf it writes through;
 * neither can be switched off. Bit 9 is free for software in tables: AVL for
 * AMD, ignored by VT-d. (Bit 10 is not: VT-d has its extended accessed bit
 * there.)
 *
 * XD needs hardware that checks it (VT-d: NXE in the PASID entry; AMD: NXSup);
 * elsewhere the bit is reserved. So it is set only for PGTABLE_QUIRK_NX.
 *
 * Both IOMMUs may demand canonical addresses, where bit 47 (or 56) is copied
 * into all bits above. A table knows only its 48 (or 57) bits. A backend whose
 * hardware checks must not hand out the upper half: it announces an aperture of
 * 47 (or 56) bits, and everything below that is the same in both views.
 */
#ifndef __IOMMUFDX_PGTABLE_FMT_X86_64_H
#define __IOMMUFDX_PGTABLE_FMT_X86_64_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/sizes.h>

#include "fmt.h"

#define X86_64_P		BIT_ULL(0)
#define X86_64_RW		BIT_ULL(1)
#define X86_64_US		BIT_ULL(2)
#define X86_64_A		BIT_ULL(5)
#define X86_64_D_BIT		6
#define X86_64_D		BIT_ULL(X86_64_D_BIT)
#define X86_64_PS		BIT_ULL(7)	/* of a leaf above level 0 */
#define X86_64_MARK		BIT_ULL(9)	/* software's, of a table */
#define X86_64_ADDRESS		GENMASK_ULL(51, 12)
#define X86_64_XD		BIT_ULL(63)

#define X86_64_TABLE		(X86_64_P | X86_64_RW | X86_64_US)
#define X86_64_TABLE_DEFINED \
	(X86_64_TABLE | X86_64_A | X86_64_MARK | X86_64_ADDRESS)
#define X86_64_LEAF_DEFINED \
	(X86_64_P | X86_64_RW | X86_64_US | X86_64_A | X86_64_D | \
	 X86_64_ADDRESS | X86_64_XD)

#define X86_64_GRANULE_SHIFT	12
#define X86_64_INDEX_BITS	9
/* The highest level that has leaves. */
#define X86_64_LEAF_LEVEL	2

static __always_inline unsigned int x86_64_item_shift(unsigned int level)
{
	return X86_64_GRANULE_SHIFT + X86_64_INDEX_BITS * level;
}

static __always_inline enum pgt_kind x86_64_kind(u64 entry, unsigned int level)
{
	if (!(entry & X86_64_P))
		return PGT_EMPTY;
	return level == 0 || (entry & X86_64_PS) ? PGT_LEAF : PGT_TABLE;
}

static __always_inline u64 x86_64_table_entry(phys_addr_t pa,
					      unsigned int child)
{
	return X86_64_TABLE | pa;
}

static __always_inline phys_addr_t x86_64_table_pa(u64 entry)
{
	return entry & X86_64_ADDRESS;
}

static __always_inline unsigned int x86_64_table_level(u64 entry,
						       unsigned int level)
{
	return level - 1;
}

static __always_inline u64 x86_64_attrs(u32 prot, u32 quirks)
{
	u64 attrs = X86_64_P | X86_64_US;

	if (!(prot & (PGTABLE_READ | PGTABLE_WRITE)))
		return 0;
	if (prot & PGTABLE_WRITE)
		attrs |= X86_64_RW;
	if ((quirks & PGTABLE_QUIRK_NX) && !(prot & PGTABLE_EXEC))
		attrs |= X86_64_XD;
	return attrs;
}

static __always_inline u64 x86_64_leaf(phys_addr_t pa, unsigned int shift,
				       unsigned int level, u64 attrs)
{
	return attrs | pa | (level ? X86_64_PS : 0);
}

static __always_inline bool x86_64_leaf_single(u64 entry, unsigned int level)
{
	return true;
}

static __always_inline unsigned int x86_64_leaf_shift(u64 entry,
						      unsigned int level)
{
	return x86_64_item_shift(level);
}

static __always_inline phys_addr_t x86_64_leaf_pa(u64 entry, unsigned int shift)
{
	return entry & X86_64_ADDRESS;
}

static __always_inline u64 x86_64_dirty(u64 entry)
{
	return entry & X86_64_D;
}

static __always_inline void x86_64_make_clean(u64 *slot)
{
	clear_bit(X86_64_D_BIT, (unsigned long *)slot);
}

static __always_inline void x86_64_make_dirty(u64 *slot)
{
	set_bit(X86_64_D_BIT, (unsigned long *)slot);
}

static __always_inline u64 x86_64_leaf_attrs(u64 entry, unsigned int level)
{
	return entry & ~(X86_64_ADDRESS | X86_64_PS);
}

static __always_inline u64 x86_64_protect(u64 entry, u32 prot, u32 quirks)
{
	return (entry & ~(X86_64_RW | X86_64_XD)) | x86_64_attrs(prot, quirks);
}

static __always_inline u32 x86_64_prot(u64 entry, unsigned int level)
{
	u32 prot = PGTABLE_READ;

	if (entry & X86_64_RW)
		prot |= PGTABLE_WRITE;
	if (!(entry & X86_64_XD))
		prot |= PGTABLE_EXEC;
	return prot;
}

static __always_inline u64 x86_64_accessed(u64 entry)
{
	return entry & X86_64_A;
}

static __always_inline bool x86_64_resizable(u32 quirks)
{
	return true;
}

static inline const char *x86_64_check(u64 entry, unsigned int level)
{
	if (x86_64_kind(entry, level) == PGT_TABLE) {
		if (entry & ~X86_64_TABLE_DEFINED)
			return "undefined bits";
		if ((entry & X86_64_TABLE) != X86_64_TABLE)
			return "table that forbids";
		return NULL;
	}
	if (level > X86_64_LEAF_LEVEL)
		return "leaf in a level that has none";
	if (level)
		entry &= ~X86_64_PS;
	if (entry & ~X86_64_LEAF_DEFINED)
		return "undefined bits";
	if (!(entry & X86_64_US))
		return "leaf that forbids user accesses";
	if (entry & X86_64_ADDRESS & (BIT_ULL(x86_64_item_shift(level)) - 1))
		return "misaligned leaf";
	return NULL;
}

static const struct pgtable_fmt x86_64_fmt = {
	.granule_shift	= X86_64_GRANULE_SHIFT,
	.index_bits	= X86_64_INDEX_BITS,
	.min_levels	= 4,
	.max_levels	= 5,
	.max_va_bits	= 57,
	.max_oa_bits	= 52,
	.page_sizes	= SZ_4K | SZ_2M | SZ_1G,
	.volatile_bits	= X86_64_A | X86_64_D,
	.kind		= x86_64_kind,
	.table_entry	= x86_64_table_entry,
	.table_pa	= x86_64_table_pa,
	.table_level	= x86_64_table_level,
	.attrs		= x86_64_attrs,
	.leaf		= x86_64_leaf,
	.leaf_single	= x86_64_leaf_single,
	.leaf_shift	= x86_64_leaf_shift,
	.leaf_pa	= x86_64_leaf_pa,
	.dirty		= x86_64_dirty,
	.make_clean	= x86_64_make_clean,
	.make_dirty	= x86_64_make_dirty,
	.leaf_attrs	= x86_64_leaf_attrs,
	.protect	= x86_64_protect,
	.prot		= x86_64_prot,
	.accessed	= x86_64_accessed,
	.table_accessed	= X86_64_A,
	.table_marked	= X86_64_MARK,
	.resizable	= x86_64_resizable,
	.check		= x86_64_check,
};

#endif /* __IOMMUFDX_PGTABLE_FMT_X86_64_H */
