/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Armv8 page tables (VMSAv8-64) as an SMMUv3 walks them: Arm ARM, DDI 0487,
 * sections D8.2 (walks) and D8.3 (descriptors); SMMUv3, IHI 0070, section 3.4
 * (address sizes) and 3.13 (hardware update of flags).
 *
 * Who includes this defines ARMV8_STAGE (1 or 2) and ARMV8_GRANULE_SHIFT (12, 14
 * or 16). A table is one granule, so the granule decides everything: bits per
 * level, leaf sizes, how many levels. The engine counts levels from the bottom,
 * Arm from the top: engine level 0 is Arm level 3.
 *
 *	granule	entries	single leaves		contiguous leaves
 *	4K	512	4K, 2M, 1G		64K, 32M, 16G
 *	16K	2048	16K, 32M		2M, 1G
 *	64K	8192	64K, 512M		2M, 16G
 *
 * A contiguous leaf is a row of entries that carry the Contiguous bit and one
 * address each (D8.7.1). Blocks of 4T (64K granule) need an output width of 52
 * bits and are not used. Output addresses of 52 bits exist with the 64K granule
 * only, address bits 51:48 in bits 15:12; with 4K and 16K it takes LPA2, which
 * is another descriptor layout.
 *
 * Stage 2 may put up to 16 tables side by side where stage 1 has one top table
 * more, and must where the level above would be nearly empty (D8.2.9).
 *
 * Dirty state. Without PGTABLE_QUIRK_HW_DIRTY the permission bit (AP[2] at
 * stage 1, S2AP[1] at stage 2) is just that. With it, writable leaves get DBM
 * (D8.5.5), and the permission bit says whether the leaf was written to: they
 * begin clean, which hardware whose dirty update is off (CD.HD, STE.S2HD) reads
 * as read-only. A leaf that forbids writing can be dirty too, because its
 * permissions changed or somebody said so; a bit that belongs to software keeps
 * that. So that bit is used if and only if DBM is clear.
 *
 * The access flag is always set: nobody asks what was read, and hardware without
 * updates faults where it is clear. Nothing here is accessed, then.
 *
 * PGTABLE_CACHE is write-back memory, inner shareable; without it memory is not
 * cached; PGTABLE_MMIO is device-nGnRE. Stage 1 says so by index, see
 * PGTABLE_ARMV8_MAIR.
 */
#ifndef __IOMMUFDX_PGTABLE_FMT_ARMV8_H
#define __IOMMUFDX_PGTABLE_FMT_ARMV8_H

#include <linux/atomic.h>
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/sizes.h>

#include "fmt.h"

#if ARMV8_STAGE != 1 && ARMV8_STAGE != 2
#error "ARMV8_STAGE is 1 or 2"
#endif

#define ARMV8_VALID		BIT_ULL(0)
#define ARMV8_NOT_BLOCK		BIT_ULL(1)	/* table; a page at level 0 */
#define ARMV8_ATTRINDX		GENMASK_ULL(4, 2)	/* stage 1 */
#define ARMV8_MEMATTR		GENMASK_ULL(5, 2)	/* stage 2 */
#define ARMV8_AP_USER		BIT_ULL(6)	/* stage 1: AP[1] */
#define ARMV8_S2AP_READ		BIT_ULL(6)	/* stage 2: S2AP[0] */
#define ARMV8_AP_BIT		7
/* Stage 1: AP[2], forbids writing. Stage 2: S2AP[1], grants it. */
#define ARMV8_AP		BIT_ULL(ARMV8_AP_BIT)
#define ARMV8_SH		GENMASK_ULL(9, 8)
#define ARMV8_AF		BIT_ULL(10)
#define ARMV8_NG		BIT_ULL(11)	/* stage 1 */
#define ARMV8_DBM		BIT_ULL(51)
#define ARMV8_CONTIGUOUS	BIT_ULL(52)
#define ARMV8_PXN		BIT_ULL(53)	/* stage 1 */
#define ARMV8_XN		BIT_ULL(54)	/* stage 1: UXN */
/* Bits 58:55 are software's. Dirty, in a leaf without DBM. */
#define ARMV8_SW_DIRTY_BIT	55
#define ARMV8_SW_DIRTY		BIT_ULL(ARMV8_SW_DIRTY_BIT)

/* ARMV8_ATTRINDX: indexes into PGTABLE_ARMV8_MAIR. */
#define ARMV8_INDX_NC		0
#define ARMV8_INDX_WB		1
#define ARMV8_INDX_DEVICE	2
/* ARMV8_MEMATTR, without forced write-back (D8.6.5). */
#define ARMV8_MEMATTR_DEVICE	0x1
#define ARMV8_MEMATTR_NC	0x5
#define ARMV8_MEMATTR_WB	0xf
/* ARMV8_SH */
#define ARMV8_SH_OUTER		2
#define ARMV8_SH_INNER		3

#define ARMV8_INDEX_BITS	(ARMV8_GRANULE_SHIFT - 3)
/* *_ROW_BITS: log2 of the entries of a contiguous leaf, of pages or of blocks. */
#if ARMV8_GRANULE_SHIFT == 12
#define ARMV8_MAX_LEVELS	4
#define ARMV8_MIN_LEVELS	2
#define ARMV8_WIDTH		48
#define ARMV8_LEAF_LEVEL	2
#define ARMV8_PAGE_ROW_BITS	4
#define ARMV8_BLOCK_ROW_BITS	4
#define ARMV8_PAGE_SIZES \
	(SZ_4K | SZ_64K | SZ_2M | SZ_32M | SZ_1G | BIT_ULL(34))
#elif ARMV8_GRANULE_SHIFT == 14
/* Stage 2 has no level 0 without LPA2; two tables of level 1 do as well. */
#define ARMV8_MAX_LEVELS	(ARMV8_STAGE == 1 ? 4 : 3)
#define ARMV8_MIN_LEVELS	1
#define ARMV8_WIDTH		48
#define ARMV8_LEAF_LEVEL	1
#define ARMV8_PAGE_ROW_BITS	7
#define ARMV8_BLOCK_ROW_BITS	5
#define ARMV8_PAGE_SIZES	(SZ_16K | SZ_2M | SZ_32M | SZ_1G)
#elif ARMV8_GRANULE_SHIFT == 16
#define ARMV8_MAX_LEVELS	3
#define ARMV8_MIN_LEVELS	1
#define ARMV8_WIDTH		52
#define ARMV8_LEAF_LEVEL	1
#define ARMV8_PAGE_ROW_BITS	5
#define ARMV8_BLOCK_ROW_BITS	5
#define ARMV8_PAGE_SIZES	(SZ_64K | SZ_2M | SZ_512M | BIT_ULL(34))
#else
#error "ARMV8_GRANULE_SHIFT is 12, 14 or 16"
#endif

/* Address bits in their place, and bits 51:48 where the granule has them. */
#define ARMV8_ADDRESS_LOW	GENMASK_ULL(47, ARMV8_GRANULE_SHIFT)
#define ARMV8_ADDRESS_HIGH \
	(ARMV8_GRANULE_SHIFT == 16 ? GENMASK_ULL(15, 12) : 0)
#define ARMV8_HIGH_SHIFT	(48 - 12)
#define ARMV8_ADDRESS		(ARMV8_ADDRESS_LOW | ARMV8_ADDRESS_HIGH)

#define ARMV8_TYPE		(ARMV8_VALID | ARMV8_NOT_BLOCK)
#define ARMV8_LEAF_DEFINED \
	(ARMV8_TYPE | ARMV8_ADDRESS | ARMV8_AP | ARMV8_SH | ARMV8_AF | \
	 ARMV8_DBM | ARMV8_CONTIGUOUS | ARMV8_XN | ARMV8_SW_DIRTY | \
	 (ARMV8_STAGE == 1 ? ARMV8_ATTRINDX | ARMV8_AP_USER | ARMV8_NG | \
			     ARMV8_PXN : \
			     ARMV8_MEMATTR | ARMV8_S2AP_READ))

static __always_inline unsigned int armv8_item_shift(unsigned int level)
{
	return ARMV8_GRANULE_SHIFT + ARMV8_INDEX_BITS * level;
}

static __always_inline u64 armv8_field(phys_addr_t pa)
{
	return (pa & ARMV8_ADDRESS_LOW) |
	       ((pa >> ARMV8_HIGH_SHIFT) & ARMV8_ADDRESS_HIGH);
}

static __always_inline u64 armv8_address(u64 entry)
{
	return (entry & ARMV8_ADDRESS_LOW) |
	       ((entry & ARMV8_ADDRESS_HIGH) << ARMV8_HIGH_SHIFT);
}

static __always_inline enum pgt_kind armv8_kind(u64 entry, unsigned int level)
{
	if (!(entry & ARMV8_VALID))
		return PGT_EMPTY;
	return level && (entry & ARMV8_NOT_BLOCK) ? PGT_TABLE : PGT_LEAF;
}

static __always_inline u64 armv8_table_entry(phys_addr_t pa, unsigned int child)
{
	return ARMV8_TYPE | armv8_field(pa);
}

static __always_inline phys_addr_t armv8_table_pa(u64 entry)
{
	return armv8_address(entry);
}

static __always_inline unsigned int armv8_table_level(u64 entry,
						      unsigned int level)
{
	return level - 1;
}

/*
 * Permission bits. Stage 1 cannot forbid reading alone: WRITE grants it, and
 * 0 stands for no permission at all, which is refused.
 */
static __always_inline u64 armv8_permissions(u32 prot, u32 quirks)
{
	u64 bits = 0;

	if (!(prot & PGTABLE_EXEC))
		bits |= ARMV8_XN | (ARMV8_STAGE == 1 ? ARMV8_PXN : 0);
	if (ARMV8_STAGE == 1) {
		bits |= ARMV8_AP_USER;
		if (!(prot & PGTABLE_WRITE))
			bits |= ARMV8_AP;
		else if (quirks & PGTABLE_QUIRK_HW_DIRTY)
			bits |= ARMV8_AP | ARMV8_DBM;
	} else {
		if (prot & PGTABLE_READ)
			bits |= ARMV8_S2AP_READ;
		if (prot & PGTABLE_WRITE)
			bits |= quirks & PGTABLE_QUIRK_HW_DIRTY ? ARMV8_DBM :
								  ARMV8_AP;
	}
	return bits;
}

static __always_inline u64 armv8_attrs(u32 prot, u32 quirks)
{
	u64 bits = ARMV8_VALID | ARMV8_AF;
	bool cached = prot & PGTABLE_CACHE;
	bool device = prot & PGTABLE_MMIO;

	bits |= armv8_permissions(prot, quirks);
	bits |= FIELD_PREP(ARMV8_SH, cached && !device ? ARMV8_SH_INNER :
							 ARMV8_SH_OUTER);
	if (ARMV8_STAGE == 1) {
		if (!(prot & (PGTABLE_READ | PGTABLE_WRITE)))
			return 0;
		bits |= ARMV8_NG;
		bits |= FIELD_PREP(ARMV8_ATTRINDX,
				   device ? ARMV8_INDX_DEVICE :
				   cached ? ARMV8_INDX_WB : ARMV8_INDX_NC);
	} else {
		bits |= FIELD_PREP(ARMV8_MEMATTR,
				   device ? ARMV8_MEMATTR_DEVICE :
				   cached ? ARMV8_MEMATTR_WB :
					    ARMV8_MEMATTR_NC);
	}
	return bits;
}

static __always_inline u64 armv8_leaf(phys_addr_t pa, unsigned int shift,
				      unsigned int level, u64 attrs)
{
	u64 entry = attrs | armv8_field(pa);

	if (level == 0)
		entry |= ARMV8_NOT_BLOCK;
	if (shift != armv8_item_shift(level))
		entry |= ARMV8_CONTIGUOUS;
	return entry;
}

static __always_inline bool armv8_leaf_single(u64 entry, unsigned int level)
{
	return !(entry & ARMV8_CONTIGUOUS);
}

static __always_inline unsigned int armv8_leaf_shift(u64 entry,
						     unsigned int level)
{
	unsigned int shift = armv8_item_shift(level);

	if (entry & ARMV8_CONTIGUOUS)
		shift += level ? ARMV8_BLOCK_ROW_BITS : ARMV8_PAGE_ROW_BITS;
	return shift;
}

static __always_inline phys_addr_t armv8_leaf_pa(u64 entry, unsigned int shift)
{
	return armv8_address(entry) & ~(BIT_ULL(shift) - 1);
}

/*
 * DBM of a leaf whose permission bit says "written", or software's bit of one
 * without DBM. The shift brings the permission bit under DBM; what it brings
 * under software's bit is masked away.
 */
static __always_inline u64 armv8_dirty(u64 entry)
{
	u64 ap = entry << (51 - ARMV8_AP_BIT);

	if (ARMV8_STAGE == 1)
		ap = ~ap;
	return entry & ((ap & ARMV8_DBM) | ARMV8_SW_DIRTY);
}

/* A line in which some leaves have DBM and others say "written" looks dirty. */
static __always_inline u64 armv8_dirty_among(u64 any, u64 all)
{
	u64 written = ARMV8_STAGE == 1 ? ~all : any;

	return (any & ARMV8_SW_DIRTY) |
	       (any & ARMV8_DBM ? written & ARMV8_AP : 0);
}

/*
 * Whether DBM is set is what protect() may change meanwhile, but only together
 * with the bit that is changed here: the bit of a leaf that is of the other kind
 * by then is changed to what it already is.
 */
static __always_inline void armv8_make_clean(u64 *slot)
{
	unsigned long *word = (unsigned long *)slot;

	if (!(READ_ONCE(*slot) & ARMV8_DBM))
		clear_bit(ARMV8_SW_DIRTY_BIT, word);
	else if (ARMV8_STAGE == 1)
		set_bit(ARMV8_AP_BIT, word);
	else
		clear_bit(ARMV8_AP_BIT, word);
}

static __always_inline u64 armv8_dirtied(u64 entry)
{
	if (!(entry & ARMV8_DBM))
		return entry | ARMV8_SW_DIRTY;
	return ARMV8_STAGE == 1 ? entry & ~ARMV8_AP : entry | ARMV8_AP;
}

/* Not one bit at a time: that could grant what protect() just took away. */
static __always_inline void armv8_make_dirty(u64 *slot)
{
	u64 old = READ_ONCE(*slot);

	while (!try_cmpxchg64(slot, &old, armv8_dirtied(old)))
		;
}

static __always_inline u64 armv8_leaf_attrs(u64 entry, unsigned int level)
{
	return entry & ~(ARMV8_ADDRESS | ARMV8_NOT_BLOCK | ARMV8_CONTIGUOUS);
}

static __always_inline u64 armv8_protect(u64 entry, u32 prot, u32 quirks)
{
	const u64 bits = ARMV8_AP | ARMV8_XN | ARMV8_DBM | ARMV8_SW_DIRTY |
			 (ARMV8_STAGE == 1 ? ARMV8_PXN : ARMV8_S2AP_READ);
	u64 new = (entry & ~bits) | armv8_permissions(prot, quirks);

	return armv8_dirty(entry) ? armv8_dirtied(new) : new;
}

static __always_inline u32 armv8_prot(u64 entry, unsigned int level)
{
	u64 forbids = ARMV8_STAGE == 1 ? entry : ~entry;
	u32 prot = 0;

	if (!(entry & ARMV8_XN))
		prot |= PGTABLE_EXEC;
	if ((entry & ARMV8_DBM) || !(forbids & ARMV8_AP))
		prot |= PGTABLE_WRITE;
	if (ARMV8_STAGE == 1 || (entry & ARMV8_S2AP_READ))
		prot |= PGTABLE_READ;
	if (ARMV8_STAGE == 1) {
		if (FIELD_GET(ARMV8_ATTRINDX, entry) == ARMV8_INDX_WB)
			prot |= PGTABLE_CACHE;
		if (FIELD_GET(ARMV8_ATTRINDX, entry) == ARMV8_INDX_DEVICE)
			prot |= PGTABLE_MMIO;
	} else {
		if (FIELD_GET(ARMV8_MEMATTR, entry) == ARMV8_MEMATTR_WB)
			prot |= PGTABLE_CACHE;
		if (FIELD_GET(ARMV8_MEMATTR, entry) == ARMV8_MEMATTR_DEVICE)
			prot |= PGTABLE_MMIO;
	}
	return prot;
}

static __always_inline u64 armv8_accessed(u64 entry)
{
	return 0;
}

static __always_inline bool armv8_resizable(u32 quirks)
{
	return quirks & PGTABLE_QUIRK_BBM_FREE;
}

static inline const char *armv8_check(u64 entry, unsigned int level)
{
	u64 item = BIT_ULL(armv8_item_shift(level));

	if (armv8_kind(entry, level) == PGT_TABLE)
		return entry & ~(ARMV8_TYPE | ARMV8_ADDRESS) ?
		       "undefined bits" : NULL;
	if (level > ARMV8_LEAF_LEVEL)
		return "leaf in a level that has none";
	if (!level && !(entry & ARMV8_NOT_BLOCK))
		return "block in the lowest level";
	if (entry & ~ARMV8_LEAF_DEFINED)
		return "undefined bits";
	if (!(entry & ARMV8_AF))
		return "leaf without access flag";
	if ((entry & ARMV8_DBM) && (entry & ARMV8_SW_DIRTY))
		return "leaf that is dirty in two ways";
	if (ARMV8_STAGE == 1 && !(entry & ARMV8_AP_USER))
		return "leaf that forbids user accesses";
	if (ARMV8_STAGE == 1 && !(entry & ARMV8_NG))
		return "global leaf";
	if (armv8_address(entry) & (item - 1))
		return "misaligned leaf";
	return NULL;
}

static const struct pgtable_fmt armv8_fmt = {
	.granule_shift	= ARMV8_GRANULE_SHIFT,
	.index_bits	= ARMV8_INDEX_BITS,
	.concat_bits	= ARMV8_STAGE == 1 ? 0 : 4,
	.min_levels	= ARMV8_MIN_LEVELS,
	.max_levels	= ARMV8_MAX_LEVELS,
	.max_va_bits	= ARMV8_WIDTH,
	.max_oa_bits	= ARMV8_WIDTH,
	.page_sizes	= ARMV8_PAGE_SIZES,
	/* Software's bit too: one entry of a contiguous leaf may have it. */
	.volatile_bits	= ARMV8_AP | ARMV8_SW_DIRTY,
	.leaf_parts	= true,
	.kind		= armv8_kind,
	.table_entry	= armv8_table_entry,
	.table_pa	= armv8_table_pa,
	.table_level	= armv8_table_level,
	.attrs		= armv8_attrs,
	.leaf		= armv8_leaf,
	.leaf_single	= armv8_leaf_single,
	.leaf_shift	= armv8_leaf_shift,
	.leaf_pa	= armv8_leaf_pa,
	.dirty		= armv8_dirty,
	.dirty_among	= armv8_dirty_among,
	.make_clean	= armv8_make_clean,
	.make_dirty	= armv8_make_dirty,
	.leaf_attrs	= armv8_leaf_attrs,
	.protect	= armv8_protect,
	.prot		= armv8_prot,
	.accessed	= armv8_accessed,
	.resizable	= armv8_resizable,
	.check		= armv8_check,
};

#endif /* __IOMMUFDX_PGTABLE_FMT_ARMV8_H */
