/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMSAv8-64 translation tables as an SMMU walks them.
 *
 * Source: Arm DDI 0487, chapter D8, and the STE and CD fields of IHI 0070 that
 * stand for TCR_ELx and VTCR_EL2. 64-bit little-endian descriptors, without
 * FEAT_LPA2 (DS) and FEAT_D128. S1 is stage 1, S2 is stage 2.
 *
 * A level 3 table maps pages of one granule. Each level above resolves as many
 * bits as a granule holds descriptors: 9 (4 KiB), 11 (16 KiB), 13 (64 KiB).
 */
#ifndef __IOMMUFDX_SPEC_ARMV8_H
#define __IOMMUFDX_SPEC_ARMV8_H

#include <linux/bits.h>
#include <linux/types.h>

#define ARMV8_SHIFT_4K		12
#define ARMV8_SHIFT_16K		14
#define ARMV8_SHIFT_64K		16

#define ARMV8_LEVEL_MAX		3
/* Bits per level, and log2 of what one descriptor of a level maps */
#define ARMV8_LEVEL_BITS(granule_shift)	((granule_shift) - 3)
#define ARMV8_LEVEL_SHIFT(granule_shift, level) \
	((granule_shift) + \
	 (ARMV8_LEVEL_MAX - (level)) * ARMV8_LEVEL_BITS(granule_shift))

/* Section D8.3.1: type */
#define ARMV8_DESC_VALID	BIT_ULL(0)
#define ARMV8_DESC_TYPE		GENMASK_ULL(1, 0)

enum {
	ARMV8_TYPE_BLOCK = 1,		/* above level 3 */
	ARMV8_TYPE_TABLE = 3,		/* above level 3 */
	ARMV8_TYPE_PAGE = 3,		/* level 3 */
};

/*
 * Output and next-level address. 52-bit addresses exist with 64 KiB granules
 * only: bits 51:48 of the address are bits 15:12 of the descriptor.
 */
#define ARMV8_DESC_ADDR		GENMASK_ULL(47, 12)
#define ARMV8_DESC_ADDR_64K	GENMASK_ULL(47, 16)
#define ARMV8_DESC_ADDR_51_48	GENMASK_ULL(15, 12)	/* 64 KiB granule */
/* TTB of a 52-bit address: bits 5:2 of the register's address field */
#define ARMV8_TTB_51_48		GENMASK_ULL(5, 2)

/* Section D8.3.2: block and page descriptors of both stages */
#define ARMV8_DESC_SH		GENMASK_ULL(9, 8)	/* ARMV8_SH_* */
#define ARMV8_DESC_AF		BIT_ULL(10)	/* access flag */
#define ARMV8_DESC_NT		BIT_ULL(16)	/* block; BBM level 1 */
#define ARMV8_DESC_DBM		BIT_ULL(51)	/* dirty bit modifier */
#define ARMV8_DESC_CONT		BIT_ULL(52)	/* contiguous */
#define ARMV8_DESC_SW		GENMASK_ULL(58, 55)	/* for software */

/* Stage 1 */
#define ARMV8_S1_ATTRINDX	GENMASK_ULL(4, 2)	/* byte of MAIR */
#define ARMV8_S1_NS		BIT_ULL(5)
#define ARMV8_S1_AP1		BIT_ULL(6)	/* unprivileged too */
#define ARMV8_S1_AP2		BIT_ULL(7)	/* read-only; with DBM: clean */
#define ARMV8_S1_NG		BIT_ULL(11)	/* of one ASID */
#define ARMV8_S1_PXN		BIT_ULL(53)
#define ARMV8_S1_UXN		BIT_ULL(54)

/* Stage 2; with DBM, no S2AP_W means clean */
#define ARMV8_S2_MEMATTR	GENMASK_ULL(5, 2)	/* ARMV8_S2_ATTR_* */
#define ARMV8_S2_S2AP_R		BIT_ULL(6)
#define ARMV8_S2_S2AP_W		BIT_ULL(7)
#define ARMV8_S2_FNXS		BIT_ULL(11)
#define ARMV8_S2_XN		GENMASK_ULL(54, 53)

/* Table descriptors: stage 1 hierarchical attributes */
#define ARMV8_TABLE_AF		BIT_ULL(10)	/* with HAFT */
#define ARMV8_TABLE_PXN		BIT_ULL(59)
#define ARMV8_TABLE_UXN		BIT_ULL(60)
#define ARMV8_TABLE_AP0		BIT_ULL(61)	/* not unprivileged */
#define ARMV8_TABLE_AP1		BIT_ULL(62)	/* not writable */
#define ARMV8_TABLE_NS		BIT_ULL(63)

/* Shareability */
enum {
	ARMV8_SH_NONE = 0,
	ARMV8_SH_OUTER = 2,
	ARMV8_SH_INNER = 3,
};

/* S2_MEMATTR without FWB */
enum {
	ARMV8_S2_ATTR_DEVICE_NGNRE = 0x1,
	ARMV8_S2_ATTR_NORMAL_NC = 0x5,
	ARMV8_S2_ATTR_NORMAL_WB = 0xf,
};

/* MAIR bytes */
#define ARMV8_MAIR_DEVICE_NGNRNE	0x00
#define ARMV8_MAIR_DEVICE_NGNRE		0x04
#define ARMV8_MAIR_NORMAL_NC		0x44
#define ARMV8_MAIR_NORMAL_WB		0xff
#define ARMV8_MAIR_SHIFT(index)		(8 * (index))

/*
 * Section D8.7.1: contiguous hint, log2 of the run of descriptors by granule
 * and level. All of a run agree in everything but the address, which is in
 * sequence; AF and dirty state may be of any one of them with HTTU.
 */
#define ARMV8_CONT_4K_BITS	4		/* levels 1, 2 and 3 */
#define ARMV8_CONT_16K_L2_BITS	5
#define ARMV8_CONT_16K_L3_BITS	7
#define ARMV8_CONT_64K_BITS	5		/* levels 2 and 3 */

/*
 * Levels that may hold blocks: 4 KiB: 1, 2; 16 KiB: 2; 64 KiB: 2, and 1 with
 * 52-bit addresses.
 *
 * Section D8.2.2: input size. T0SZ: an input address has 64 - T0SZ bits.
 */
#define ARMV8_TSZ_MIN_48	16
#define ARMV8_TSZ_MIN_52	12		/* 64 KiB granule with VAX */
#define ARMV8_TSZ_MAX		39		/* without small tables (STT) */
#define ARMV8_INPUT_BITS(tsz)	(64 - (tsz))

/*
 * Section D8.2.9: level at which a stage 2 walk starts, by SL0. A walk may
 * start one level lower in up to 2^ARMV8_S2_CONCAT_BITS tables side by side.
 *	SL0	4 KiB	16 KiB	64 KiB
 *	0	2	3	3
 *	1	1	2	2
 *	2	0	1	1
 *	3	3 (STT)	-	-
 */
#define ARMV8_S2_CONCAT_BITS	4
#define ARMV8_S2_START_4K(sl0)	(2 - (sl0))
#define ARMV8_S2_START_16K(sl0)	(3 - (sl0))
#define ARMV8_S2_START_64K(sl0)	(3 - (sl0))

#endif /* __IOMMUFDX_SPEC_ARMV8_H */
