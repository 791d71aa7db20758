/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arm SMMU architecture version 3: registers, tables, commands and records.
 *
 * Source: Arm IHI 0070, issue F and later; the section of that document stands
 * beside each group. Structures in memory are little-endian 64-bit words. A
 * name SMMU_<group><n>_<field> is a field of 64-bit word <n> of the group;
 * shapes are for FIELD_GET() and FIELD_PREP(). Only the Non-secure programming
 * interface. The tables that an SMMU walks are in armv8.h.
 *
 * Shared by the backend and the model, in the kernel and in user space: facts
 * only, no code of either.
 */
#ifndef __IOMMUFDX_SPEC_SMMUV3_H
#define __IOMMUFDX_SPEC_SMMUV3_H

#include <linux/bits.h>
#include <linux/types.h>

/* ---- Interrupt lines of struct iommufdx_hw ----------------------------- */

/* Section 3.18: the wired interrupts, used while no MSI address is set */
#define SMMU_IRQ_EVENTQ		0
#define SMMU_IRQ_PRIQ		1
#define SMMU_IRQ_CMD_SYNC	2
#define SMMU_IRQ_GERROR		3
#define SMMU_IRQS		4

/* ---- Registers: section 6.1, 6.3. 32 bits wide unless marked ----------- */

#define SMMU_REG_SIZE		0x20000		/* two pages of 64 KiB */

#define SMMU_REG_IDR0		0x0000
#define SMMU_REG_IDR1		0x0004
#define SMMU_REG_IDR2		0x0008
#define SMMU_REG_IDR3		0x000c
#define SMMU_REG_IDR4		0x0010
#define SMMU_REG_IDR5		0x0014
#define SMMU_REG_IIDR		0x0018
#define SMMU_REG_AIDR		0x001c
#define SMMU_REG_CR0		0x0020
#define SMMU_REG_CR0ACK		0x0024
#define SMMU_REG_CR1		0x0028
#define SMMU_REG_CR2		0x002c
#define SMMU_REG_STATUSR	0x0040
#define SMMU_REG_GBPA		0x0044
#define SMMU_REG_AGBPA		0x0048
#define SMMU_REG_IRQ_CTRL	0x0050
#define SMMU_REG_IRQ_CTRLACK	0x0054
#define SMMU_REG_GERROR		0x0060
#define SMMU_REG_GERRORN	0x0064
#define SMMU_REG_GERROR_IRQ_CFG0 0x0068		/* 64 bits */
#define SMMU_REG_GERROR_IRQ_CFG1 0x0070
#define SMMU_REG_GERROR_IRQ_CFG2 0x0074
#define SMMU_REG_STRTAB_BASE	0x0080		/* 64 bits */
#define SMMU_REG_STRTAB_BASE_CFG 0x0088
#define SMMU_REG_CMDQ_BASE	0x0090		/* 64 bits */
#define SMMU_REG_CMDQ_PROD	0x0098
#define SMMU_REG_CMDQ_CONS	0x009c
#define SMMU_REG_EVENTQ_BASE	0x00a0		/* 64 bits */
#define SMMU_REG_EVENTQ_IRQ_CFG0 0x00b0		/* 64 bits */
#define SMMU_REG_EVENTQ_IRQ_CFG1 0x00b8
#define SMMU_REG_EVENTQ_IRQ_CFG2 0x00bc
#define SMMU_REG_PRIQ_BASE	0x00c0		/* 64 bits */
#define SMMU_REG_PRIQ_IRQ_CFG0	0x00d0		/* 64 bits */
#define SMMU_REG_PRIQ_IRQ_CFG1	0x00d8
#define SMMU_REG_PRIQ_IRQ_CFG2	0x00dc
/* Page 1 */
#define SMMU_REG_EVENTQ_PROD	0x100a8
#define SMMU_REG_EVENTQ_CONS	0x100ac
#define SMMU_REG_PRIQ_PROD	0x100c8
#define SMMU_REG_PRIQ_CONS	0x100cc

/* Section 6.3.1 */
#define SMMU_IDR0_S2P		BIT(0)
#define SMMU_IDR0_S1P		BIT(1)
#define SMMU_IDR0_TTF		GENMASK(3, 2)	/* SMMU_TTF_* */
#define SMMU_IDR0_COHACC	BIT(4)
#define SMMU_IDR0_BTM		BIT(5)
#define SMMU_IDR0_HTTU		GENMASK(7, 6)	/* SMMU_HTTU_* */
#define SMMU_IDR0_DORMHINT	BIT(8)
#define SMMU_IDR0_HYP		BIT(9)
#define SMMU_IDR0_ATS		BIT(10)
#define SMMU_IDR0_NS1ATS	BIT(11)		/* no split-stage ATS */
#define SMMU_IDR0_ASID16	BIT(12)
#define SMMU_IDR0_MSI		BIT(13)
#define SMMU_IDR0_SEV		BIT(14)
#define SMMU_IDR0_ATOS		BIT(15)
#define SMMU_IDR0_PRI		BIT(16)
#define SMMU_IDR0_VMW		BIT(17)
#define SMMU_IDR0_VMID16	BIT(18)
#define SMMU_IDR0_CD2L		BIT(19)
#define SMMU_IDR0_VATOS		BIT(20)
#define SMMU_IDR0_TTENDIAN	GENMASK(22, 21)	/* SMMU_TTENDIAN_* */
#define SMMU_IDR0_ATSRECERR	BIT(23)
#define SMMU_IDR0_STALL_MODEL	GENMASK(25, 24)	/* SMMU_STALL_* */
#define SMMU_IDR0_TERM_MODEL	BIT(26)		/* only abort, not RAZ/WI */
#define SMMU_IDR0_ST_LEVEL	GENMASK(28, 27)	/* SMMU_ST_* */

/* IDR0.TTF: translation table formats */
enum {
	SMMU_TTF_AARCH32 = 1,
	SMMU_TTF_AARCH64 = 2,
	SMMU_TTF_BOTH = 3,
};

/* IDR0.HTTU: hardware update of translation tables */
enum {
	SMMU_HTTU_NONE = 0,
	SMMU_HTTU_A = 1,		/* access flag */
	SMMU_HTTU_AD = 2,		/* access flag and dirty state */
	SMMU_HTTU_AD_TABLE = 3,		/* and access flag of tables */
};

enum {
	SMMU_TTENDIAN_MIXED = 0,
	SMMU_TTENDIAN_LE = 2,
	SMMU_TTENDIAN_BE = 3,
};

/* IDR0.STALL_MODEL */
enum {
	SMMU_STALL_BOTH = 0,		/* stall and terminate */
	SMMU_STALL_TERMINATE = 1,	/* terminate only */
	SMMU_STALL_FORCED = 2,		/* stall only */
};

/* IDR0.ST_LEVEL, STRTAB_BASE_CFG.FMT */
enum {
	SMMU_ST_LINEAR = 0,
	SMMU_ST_2LEVEL = 1,
};

/* Section 6.3.2 */
#define SMMU_IDR1_SIDSIZE	GENMASK(5, 0)
#define SMMU_IDR1_SSIDSIZE	GENMASK(10, 6)
#define SMMU_IDR1_PRIQS		GENMASK(15, 11)	/* log2 of the entries */
#define SMMU_IDR1_EVENTQS	GENMASK(20, 16)
#define SMMU_IDR1_CMDQS		GENMASK(25, 21)
#define SMMU_IDR1_ATTR_PERMS_OVR BIT(26)
#define SMMU_IDR1_ATTR_TYPES_OVR BIT(27)
#define SMMU_IDR1_REL		BIT(28)
#define SMMU_IDR1_QUEUES_PRESET	BIT(29)
#define SMMU_IDR1_TABLES_PRESET	BIT(30)
#define SMMU_IDR1_ECMDQ		BIT(31)
#define SMMU_QUEUE_LOG2_MAX	19		/* most of PRIQS, EVENTQS, CMDQS */
#define SMMU_SID_BITS_MAX	32
#define SMMU_SSID_BITS_MAX	20

/* Section 6.3.4 */
#define SMMU_IDR3_HAD		BIT(2)		/* hierarchical attributes off */
#define SMMU_IDR3_PBHA		BIT(3)
#define SMMU_IDR3_XNX		BIT(4)
#define SMMU_IDR3_PPS		BIT(5)		/* PPAR needs no STE bit */
#define SMMU_IDR3_MPAM		BIT(7)
#define SMMU_IDR3_FWB		BIT(8)
#define SMMU_IDR3_STT		BIT(9)		/* small tables */
#define SMMU_IDR3_RIL		BIT(10)		/* range invalidation, TTL */
#define SMMU_IDR3_BBML		GENMASK(12, 11)	/* level 0..2, DDI 0487 D8 */
#define SMMU_IDR3_E0PD		BIT(13)
#define SMMU_IDR3_PTWNNC	BIT(14)
#define SMMU_IDR3_DPT		BIT(15)

/* Section 6.3.6 */
#define SMMU_IDR5_OAS		GENMASK(2, 0)	/* SMMU_OAS_* */
#define SMMU_IDR5_GRAN4K	BIT(4)
#define SMMU_IDR5_GRAN16K	BIT(5)
#define SMMU_IDR5_GRAN64K	BIT(6)
#define SMMU_IDR5_DS		BIT(7)		/* 52 bits with 4K and 16K */
#define SMMU_IDR5_D128		BIT(8)
#define SMMU_IDR5_VAX		GENMASK(11, 10)	/* SMMU_VAX_* */
#define SMMU_IDR5_STALL_MAX	GENMASK(31, 16)

/* IDR5.OAS, CD.IPS, STE.S2PS */
enum {
	SMMU_OAS_32 = 0,
	SMMU_OAS_36 = 1,
	SMMU_OAS_40 = 2,
	SMMU_OAS_42 = 3,
	SMMU_OAS_44 = 4,
	SMMU_OAS_48 = 5,
	SMMU_OAS_52 = 6,
	SMMU_OAS_56 = 7,
};

enum {
	SMMU_VAX_48 = 0,
	SMMU_VAX_52 = 1,
	SMMU_VAX_56 = 2,
};

/* Section 6.3.7, 6.3.8 */
#define SMMU_IIDR_IMPLEMENTER	GENMASK(11, 0)
#define SMMU_IIDR_REVISION	GENMASK(15, 12)
#define SMMU_IIDR_VARIANT	GENMASK(19, 16)
#define SMMU_IIDR_PRODUCTID	GENMASK(31, 20)
#define SMMU_AIDR_MINOR		GENMASK(3, 0)
#define SMMU_AIDR_MAJOR		GENMASK(7, 4)	/* 0: version 3 */

/* Section 6.3.9, 6.3.10: CR0, CR0ACK */
#define SMMU_CR0_SMMUEN		BIT(0)
#define SMMU_CR0_PRIQEN		BIT(1)
#define SMMU_CR0_EVENTQEN	BIT(2)
#define SMMU_CR0_CMDQEN		BIT(3)
#define SMMU_CR0_ATSCHK		BIT(4)		/* look at translated requests */
#define SMMU_CR0_VMW		GENMASK(8, 6)

/* Section 6.3.11 */
#define SMMU_CR1_QUEUE_IC	GENMASK(1, 0)	/* SMMU_CACHE_* */
#define SMMU_CR1_QUEUE_OC	GENMASK(3, 2)
#define SMMU_CR1_QUEUE_SH	GENMASK(5, 4)	/* SMMU_SH_* */
#define SMMU_CR1_TABLE_IC	GENMASK(7, 6)
#define SMMU_CR1_TABLE_OC	GENMASK(9, 8)
#define SMMU_CR1_TABLE_SH	GENMASK(11, 10)

/* Cacheability: CR1, CD.IR and OR, STE.S1CIR and S1COR */
enum {
	SMMU_CACHE_NC = 0,
	SMMU_CACHE_WB = 1,		/* CD, STE: with read-allocate */
	SMMU_CACHE_WT = 2,
	SMMU_CACHE_WB_NO_RA = 3,	/* CD, STE only */
};

/* Shareability */
enum {
	SMMU_SH_NONE = 0,
	SMMU_SH_OUTER = 2,
	SMMU_SH_INNER = 3,
};

/* Section 6.3.12 */
#define SMMU_CR2_E2H		BIT(0)
#define SMMU_CR2_RECINVSID	BIT(1)		/* record C_BAD_STREAMID */
#define SMMU_CR2_PTM		BIT(2)		/* no broadcast TLB maintenance */
#define SMMU_CR2_REC_CFG_ATS	BIT(3)

/* Section 6.3.14: global bypass attributes */
#define SMMU_GBPA_MEMATTR	GENMASK(3, 0)
#define SMMU_GBPA_MTCFG		BIT(4)
#define SMMU_GBPA_ALLOCCFG	GENMASK(11, 8)
#define SMMU_GBPA_SHCFG		GENMASK(13, 12)
#define SMMU_GBPA_PRIVCFG	GENMASK(17, 16)
#define SMMU_GBPA_INSTCFG	GENMASK(19, 18)
#define SMMU_GBPA_ABORT		BIT(20)
#define SMMU_GBPA_UPDATE	BIT(31)

/* Section 6.3.16, 6.3.17: IRQ_CTRL, IRQ_CTRLACK */
#define SMMU_IRQ_CTRL_GERROR	BIT(0)
#define SMMU_IRQ_CTRL_PRIQ	BIT(1)
#define SMMU_IRQ_CTRL_EVENTQ	BIT(2)

/* Section 6.3.18, 6.3.19: a bit differs between the two while active */
#define SMMU_GERROR_CMDQ_ERR		BIT(0)
#define SMMU_GERROR_EVENTQ_ABT_ERR	BIT(2)
#define SMMU_GERROR_PRIQ_ABT_ERR	BIT(3)
#define SMMU_GERROR_MSI_CMDQ_ABT_ERR	BIT(4)
#define SMMU_GERROR_MSI_EVENTQ_ABT_ERR	BIT(5)
#define SMMU_GERROR_MSI_PRIQ_ABT_ERR	BIT(6)
#define SMMU_GERROR_MSI_GERROR_ABT_ERR	BIT(7)
#define SMMU_GERROR_SFM_ERR		BIT(8)

/* Section 6.3.20-22: *_IRQ_CFG0..2. Address 0: no MSI, the wire */
#define SMMU_IRQ_CFG0_ADDR	GENMASK_ULL(55, 2)
#define SMMU_IRQ_CFG2_MEMATTR	GENMASK(3, 0)
#define SMMU_IRQ_CFG2_SH	GENMASK(5, 4)
#define SMMU_PRIQ_IRQ_CFG2_LO	BIT(31)		/* on "last" only */

/* Section 6.3.23, 6.3.24: stream table */
#define SMMU_STRTAB_BASE_ADDR	GENMASK_ULL(55, 6)
#define SMMU_STRTAB_BASE_RA	BIT_ULL(62)
#define SMMU_STRTAB_CFG_LOG2SIZE GENMASK(5, 0)	/* of the STEs, both levels */
#define SMMU_STRTAB_CFG_SPLIT	GENMASK(10, 6)	/* SID bits of level 2 */
#define SMMU_STRTAB_CFG_FMT	GENMASK(17, 16)	/* SMMU_ST_* */

/* Section 6.3.25, 6.3.28, 6.3.34: CMDQ_BASE, EVENTQ_BASE, PRIQ_BASE */
#define SMMU_Q_BASE_LOG2SIZE	GENMASK_ULL(4, 0)
#define SMMU_Q_BASE_ADDR	GENMASK_ULL(55, 5)
#define SMMU_Q_BASE_RA		BIT_ULL(62)	/* WA for the output queues */

/*
 * Section 3.5.1, 6.3.26 and on: PROD and CONS. Index in the low LOG2SIZE bits,
 * the wrap bit right above it. Empty: index and wrap agree; full: the index
 * agrees and the wrap does not.
 */
#define SMMU_Q_PTR		GENMASK(19, 0)
#define SMMU_Q_OVFLG		BIT(31)		/* PROD: differs while ... */
#define SMMU_Q_OVACKFLG		BIT(31)		/* CONS: ... not acknowledged */
#define SMMU_CMDQ_CONS_ERR	GENMASK(30, 24)	/* SMMU_CERROR_* */

#define SMMU_CMD_SIZE		16
#define SMMU_CMD_WORDS		2
#define SMMU_EVT_SIZE		32
#define SMMU_EVT_WORDS		4
#define SMMU_PRI_SIZE		16
#define SMMU_PRI_WORDS		2

/* Section 7.1: command errors */
enum {
	SMMU_CERROR_NONE = 0,
	SMMU_CERROR_ILL = 1,		/* illegal command */
	SMMU_CERROR_ABT = 2,		/* abort on fetching it */
	SMMU_CERROR_ATC_INV_SYNC = 3,	/* ATC_INV before the SYNC failed */
};

/* ---- Stream table: sections 3.3.1, 5.1, 5.2 ---------------------------- */

/* Section 5.1: level 1 descriptor. Span n: 2^(n - 1) STEs; 0: invalid */
#define SMMU_L1STD_SIZE		8
#define SMMU_L1STD_SPAN		GENMASK_ULL(4, 0)
#define SMMU_L1STD_SPAN_RSVD	12	/* this and more */
#define SMMU_L1STD_L2PTR	GENMASK_ULL(55, 6)
/* STRTAB_BASE_CFG.SPLIT of a two-level table */
#define SMMU_ST_SPLIT_4K	6
#define SMMU_ST_SPLIT_16K	8
#define SMMU_ST_SPLIT_64K	10

/* Section 5.2 */
#define SMMU_STE_SIZE		64
#define SMMU_STE_WORDS		8

#define SMMU_STE0_V		BIT_ULL(0)
#define SMMU_STE0_CONFIG	GENMASK_ULL(3, 1)	/* SMMU_STE_CFG_* */
#define SMMU_STE0_S1FMT		GENMASK_ULL(5, 4)	/* SMMU_S1FMT_* */
#define SMMU_STE0_S1CTXPTR	GENMASK_ULL(55, 6)	/* an address, IPA if nested */
#define SMMU_STE0_S1CDMAX	GENMASK_ULL(63, 59)	/* log2 of the CDs */

#define SMMU_STE1_S1DSS		GENMASK_ULL(1, 0)	/* SMMU_S1DSS_* */
#define SMMU_STE1_S1CIR		GENMASK_ULL(3, 2)	/* SMMU_CACHE_* */
#define SMMU_STE1_S1COR		GENMASK_ULL(5, 4)
#define SMMU_STE1_S1CSH		GENMASK_ULL(7, 6)	/* SMMU_SH_* */
#define SMMU_STE1_S2HWU		GENMASK_ULL(11, 8)
#define SMMU_STE1_DRE		BIT_ULL(12)	/* destructive reads */
#define SMMU_STE1_CONT		GENMASK_ULL(16, 13)	/* run of equal STEs */
#define SMMU_STE1_DCP		BIT_ULL(17)
#define SMMU_STE1_PPAR		BIT_ULL(18)	/* PRI auto-response with PASID */
#define SMMU_STE1_MEV		BIT_ULL(19)	/* may merge events */
#define SMMU_STE1_SW		GENMASK_ULL(23, 20)	/* for software */
#define SMMU_STE1_S2FWB		BIT_ULL(25)
#define SMMU_STE1_S1MPAM	BIT_ULL(26)
#define SMMU_STE1_S1STALLD	BIT_ULL(27)	/* stage 1 may not stall */
#define SMMU_STE1_EATS		GENMASK_ULL(29, 28)	/* SMMU_EATS_* */
#define SMMU_STE1_STRW		GENMASK_ULL(31, 30)	/* SMMU_STRW_* */
#define SMMU_STE1_MEMATTR	GENMASK_ULL(35, 32)
#define SMMU_STE1_MTCFG		BIT_ULL(36)
#define SMMU_STE1_ALLOCCFG	GENMASK_ULL(40, 37)
#define SMMU_STE1_SHCFG		GENMASK_ULL(45, 44)	/* SMMU_SHCFG_* */
#define SMMU_STE1_NSCFG		GENMASK_ULL(47, 46)
#define SMMU_STE1_PRIVCFG	GENMASK_ULL(49, 48)	/* SMMU_PRIVCFG_* */
#define SMMU_STE1_INSTCFG	GENMASK_ULL(51, 50)

#define SMMU_STE2_S2VMID	GENMASK_ULL(15, 0)
#define SMMU_STE2_VTCR		GENMASK_ULL(50, 32)	/* S2T0SZ .. S2PS */
#define SMMU_STE2_S2T0SZ	GENMASK_ULL(37, 32)
#define SMMU_STE2_S2SL0		GENMASK_ULL(39, 38)
#define SMMU_STE2_S2IR0		GENMASK_ULL(41, 40)
#define SMMU_STE2_S2OR0		GENMASK_ULL(43, 42)
#define SMMU_STE2_S2SH0		GENMASK_ULL(45, 44)
#define SMMU_STE2_S2TG		GENMASK_ULL(47, 46)	/* SMMU_TG0_* */
#define SMMU_STE2_S2PS		GENMASK_ULL(50, 48)	/* SMMU_OAS_* */
#define SMMU_STE2_S2AA64	BIT_ULL(51)
#define SMMU_STE2_S2ENDI	BIT_ULL(52)
#define SMMU_STE2_S2AFFD	BIT_ULL(53)	/* no access flag faults */
#define SMMU_STE2_S2PTW		BIT_ULL(54)	/* no walk through Device memory */
#define SMMU_STE2_S2HD		BIT_ULL(55)
#define SMMU_STE2_S2HA		BIT_ULL(56)
#define SMMU_STE2_S2S		BIT_ULL(57)	/* stall */
#define SMMU_STE2_S2R		BIT_ULL(58)	/* record */

#define SMMU_STE3_S2TTB		GENMASK_ULL(55, 4)

/* STE0_CONFIG: bit 2 of it: let through; bit 0: stage 1; bit 1: stage 2 */
enum {
	SMMU_STE_CFG_ABORT = 0,		/* and 1..3 */
	SMMU_STE_CFG_BYPASS = 4,
	SMMU_STE_CFG_S1 = 5,
	SMMU_STE_CFG_S2 = 6,
	SMMU_STE_CFG_NESTED = 7,
};

/* STE0_S1FMT: context descriptor table */
enum {
	SMMU_S1FMT_LINEAR = 0,
	SMMU_S1FMT_4K_L2 = 1,		/* level 2 of 64 CDs */
	SMMU_S1FMT_64K_L2 = 2,		/* level 2 of 1024 CDs */
};

/* STE1_S1DSS: a transaction without a substream, while S1CDMAX > 0 */
enum {
	SMMU_S1DSS_TERMINATE = 0,
	SMMU_S1DSS_BYPASS = 1,		/* stage 1 */
	SMMU_S1DSS_SSID0 = 2,
};

/* STE1_EATS: ATS */
enum {
	SMMU_EATS_ABORT = 0,
	SMMU_EATS_FULL = 1,
	SMMU_EATS_SPLIT = 2,		/* stage 1 only, stage 2 at use */
	SMMU_EATS_DPT = 3,
};

/* STE1_STRW: whose translation regime, for stage 1 */
enum {
	SMMU_STRW_NSEL1 = 0,
	SMMU_STRW_EL2 = 2,		/* EL2-E2H with CR2.E2H */
};

enum {
	SMMU_SHCFG_NSH = 0,
	SMMU_SHCFG_INCOMING = 1,
	SMMU_SHCFG_OSH = 2,
	SMMU_SHCFG_ISH = 3,
};

enum {
	SMMU_PRIVCFG_INCOMING = 0,
	SMMU_PRIVCFG_UNPRIV = 2,
	SMMU_PRIVCFG_PRIV = 3,
};

/* ---- Context descriptors: sections 3.3.3, 5.3, 5.4 --------------------- */

/* Section 5.3: level 1 descriptor */
#define SMMU_L1CD_SIZE		8
#define SMMU_L1CD_V		BIT_ULL(0)
#define SMMU_L1CD_L2PTR		GENMASK_ULL(55, 12)
#define SMMU_CD_L2_4K_BITS	6	/* log2 of the CDs in a level 2 table */
#define SMMU_CD_L2_64K_BITS	10

/* Section 5.4 */
#define SMMU_CD_SIZE		64
#define SMMU_CD_WORDS		8

#define SMMU_CD0_T0SZ		GENMASK_ULL(5, 0)
#define SMMU_CD0_TG0		GENMASK_ULL(7, 6)	/* SMMU_TG0_* */
#define SMMU_CD0_IR0		GENMASK_ULL(9, 8)
#define SMMU_CD0_OR0		GENMASK_ULL(11, 10)
#define SMMU_CD0_SH0		GENMASK_ULL(13, 12)
#define SMMU_CD0_EPD0		BIT_ULL(14)	/* no TTB0 */
#define SMMU_CD0_ENDI		BIT_ULL(15)
#define SMMU_CD0_T1SZ		GENMASK_ULL(21, 16)
#define SMMU_CD0_TG1		GENMASK_ULL(23, 22)	/* SMMU_TG1_* */
#define SMMU_CD0_IR1		GENMASK_ULL(25, 24)
#define SMMU_CD0_OR1		GENMASK_ULL(27, 26)
#define SMMU_CD0_SH1		GENMASK_ULL(29, 28)
#define SMMU_CD0_EPD1		BIT_ULL(30)	/* no TTB1 */
#define SMMU_CD0_V		BIT_ULL(31)
#define SMMU_CD0_IPS		GENMASK_ULL(34, 32)	/* SMMU_OAS_* */
#define SMMU_CD0_AFFD		BIT_ULL(35)	/* no access flag faults */
#define SMMU_CD0_WXN		BIT_ULL(36)
#define SMMU_CD0_UWXN		BIT_ULL(37)
#define SMMU_CD0_TBI0		BIT_ULL(38)	/* top byte ignored */
#define SMMU_CD0_TBI1		BIT_ULL(39)
#define SMMU_CD0_PAN		BIT_ULL(40)
#define SMMU_CD0_AA64		BIT_ULL(41)
#define SMMU_CD0_HD		BIT_ULL(42)
#define SMMU_CD0_HA		BIT_ULL(43)
#define SMMU_CD0_S		BIT_ULL(44)	/* stall */
#define SMMU_CD0_R		BIT_ULL(45)	/* record */
#define SMMU_CD0_A		BIT_ULL(46)	/* abort, not RAZ/WI */
#define SMMU_CD0_ASET		BIT_ULL(47)	/* ASID not shared with CPUs */
#define SMMU_CD0_ASID		GENMASK_ULL(63, 48)

#define SMMU_CD1_NSCFG0		BIT_ULL(0)
#define SMMU_CD1_HAD0		BIT_ULL(1)
#define SMMU_CD1_E0PD0		BIT_ULL(2)
#define SMMU_CD1_HAFT		BIT_ULL(3)
#define SMMU_CD1_TTB0		GENMASK_ULL(55, 4)
#define SMMU_CD1_HWU0		GENMASK_ULL(63, 60)

#define SMMU_CD2_NSCFG1		BIT_ULL(0)
#define SMMU_CD2_HAD1		BIT_ULL(1)
#define SMMU_CD2_E0PD1		BIT_ULL(2)
#define SMMU_CD2_TTB1		GENMASK_ULL(55, 4)
#define SMMU_CD2_HWU1		GENMASK_ULL(63, 60)

#define SMMU_CD3_MAIR0		GENMASK_ULL(31, 0)
#define SMMU_CD3_MAIR1		GENMASK_ULL(63, 32)

/* CD0_TG0, STE2_S2TG: granule */
enum {
	SMMU_TG0_4K = 0,
	SMMU_TG0_64K = 1,
	SMMU_TG0_16K = 2,
};

/* CD0_TG1 */
enum {
	SMMU_TG1_16K = 1,
	SMMU_TG1_4K = 2,
	SMMU_TG1_64K = 3,
};

/* ---- Commands: chapter 4 ----------------------------------------------- */

#define SMMU_CMD0_OP		GENMASK_ULL(7, 0)
#define SMMU_CMD0_SSEC		BIT_ULL(10)	/* Secure; must be 0 */
#define SMMU_CMD0_SSV		BIT_ULL(11)	/* SSID is valid */
#define SMMU_CMD0_SSID		GENMASK_ULL(31, 12)
#define SMMU_CMD0_SID		GENMASK_ULL(63, 32)

enum {
	SMMU_CMD_PREFETCH_CONFIG = 0x01,
	SMMU_CMD_PREFETCH_ADDR = 0x02,
	SMMU_CMD_CFGI_STE = 0x03,
	SMMU_CMD_CFGI_STE_RANGE = 0x04,		/* range 31: CFGI_ALL */
	SMMU_CMD_CFGI_CD = 0x05,
	SMMU_CMD_CFGI_CD_ALL = 0x06,
	SMMU_CMD_CFGI_VMS_PIDM = 0x07,
	SMMU_CMD_TLBI_NH_ALL = 0x10,
	SMMU_CMD_TLBI_NH_ASID = 0x11,
	SMMU_CMD_TLBI_NH_VA = 0x12,
	SMMU_CMD_TLBI_NH_VAA = 0x13,
	SMMU_CMD_TLBI_EL3_ALL = 0x18,
	SMMU_CMD_TLBI_EL3_VA = 0x1a,
	SMMU_CMD_TLBI_EL2_ALL = 0x20,
	SMMU_CMD_TLBI_EL2_ASID = 0x21,
	SMMU_CMD_TLBI_EL2_VA = 0x22,
	SMMU_CMD_TLBI_EL2_VAA = 0x23,
	SMMU_CMD_TLBI_S12_VMALL = 0x28,
	SMMU_CMD_TLBI_S2_IPA = 0x2a,
	SMMU_CMD_TLBI_NSNH_ALL = 0x30,
	SMMU_CMD_ATC_INV = 0x40,
	SMMU_CMD_PRI_RESP = 0x41,
	SMMU_CMD_RESUME = 0x44,
	SMMU_CMD_STALL_TERM = 0x45,
	SMMU_CMD_SYNC = 0x46,
};

/* Section 4.2: prefetch */
#define SMMU_CMD_PREFETCH1_SIZE	GENMASK_ULL(4, 0)	/* log2 of 4 KiB pages */
#define SMMU_CMD_PREFETCH1_ADDR	GENMASK_ULL(63, 12)

/* Section 4.3: configuration */
#define SMMU_CMD_CFGI1_LEAF	BIT_ULL(0)
#define SMMU_CMD_CFGI1_RANGE	GENMASK_ULL(4, 0)	/* 2^(n + 1) STEs */
#define SMMU_CFGI_RANGE_ALL	31

/*
 * Section 4.4: TLB. With IDR3.RIL and TG not 0 the command is for a range of
 * ((NUM + 1) << SCALE) granules of TG, and for leaf entries of level TTL only
 * where that is not 0; TG not 0 with NUM, SCALE and TTL all 0 is reserved.
 */
#define SMMU_CMD_TLBI0_NUM	GENMASK_ULL(16, 12)
#define SMMU_CMD_TLBI0_SCALE	GENMASK_ULL(25, 20)
#define SMMU_CMD_TLBI0_VMID	GENMASK_ULL(47, 32)
#define SMMU_CMD_TLBI0_ASID	GENMASK_ULL(63, 48)
#define SMMU_CMD_TLBI1_LEAF	BIT_ULL(0)
#define SMMU_CMD_TLBI1_TTL	GENMASK_ULL(9, 8)	/* 1..3; 0: any level */
#define SMMU_CMD_TLBI1_TG	GENMASK_ULL(11, 10)	/* SMMU_TLBI_TG_* */
#define SMMU_CMD_TLBI1_VA	GENMASK_ULL(63, 12)
#define SMMU_CMD_TLBI1_IPA	GENMASK_ULL(55, 12)
#define SMMU_TLBI_NUM_MAX	31
#define SMMU_TLBI_SCALE_MAX	39	/* more means that */

enum {
	SMMU_TLBI_TG_NONE = 0,		/* one address, any granule */
	SMMU_TLBI_TG_4K = 1,
	SMMU_TLBI_TG_16K = 2,
	SMMU_TLBI_TG_64K = 3,
};

/* Section 4.5.1: ATC_INV of 2^SIZE pages of 4 KiB */
#define SMMU_CMD_ATC0_GLOBAL	BIT_ULL(9)	/* of all PASIDs */
#define SMMU_CMD_ATC1_SIZE	GENMASK_ULL(5, 0)
#define SMMU_CMD_ATC1_ADDR	GENMASK_ULL(63, 12)
#define SMMU_ATC_SIZE_ALL	52

/* Section 4.5.2: PRI_RESP */
#define SMMU_CMD_PRI1_PRGI	GENMASK_ULL(8, 0)
#define SMMU_CMD_PRI1_RESP	GENMASK_ULL(13, 12)	/* SMMU_PRI_RESP_* */

enum {
	SMMU_PRI_RESP_DENY = 0,		/* PCIe: Response Failure */
	SMMU_PRI_RESP_FAIL = 1,		/* PCIe: Invalid Request */
	SMMU_PRI_RESP_SUCCESS = 2,
};

/* Section 4.6: stalled transactions */
#define SMMU_CMD_RESUME0_AC	BIT_ULL(12)	/* retry, else terminate ... */
#define SMMU_CMD_RESUME0_AB	BIT_ULL(13)	/* ... with abort */
#define SMMU_CMD_RESUME1_STAG	GENMASK_ULL(15, 0)

/* Section 4.7.3: SYNC */
#define SMMU_CMD_SYNC0_CS	GENMASK_ULL(13, 12)	/* SMMU_SYNC_CS_* */
#define SMMU_CMD_SYNC0_MSH	GENMASK_ULL(23, 22)
#define SMMU_CMD_SYNC0_MSIATTR	GENMASK_ULL(27, 24)
#define SMMU_CMD_SYNC0_MSIDATA	GENMASK_ULL(63, 32)
#define SMMU_CMD_SYNC1_MSIADDR	GENMASK_ULL(55, 2)	/* 0: the wire */

enum {
	SMMU_SYNC_CS_NONE = 0,
	SMMU_SYNC_CS_IRQ = 1,		/* MSI or wire */
	SMMU_SYNC_CS_SEV = 2,
};

/* ---- Event records: section 7.3 ---------------------------------------- */

#define SMMU_EVT0_ID		GENMASK_ULL(7, 0)
#define SMMU_EVT0_SSV		BIT_ULL(11)
#define SMMU_EVT0_SSID		GENMASK_ULL(31, 12)
#define SMMU_EVT0_SID		GENMASK_ULL(63, 32)
/* F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION */
#define SMMU_EVT1_STAG		GENMASK_ULL(15, 0)
#define SMMU_EVT1_STALL		BIT_ULL(31)	/* STAG is valid */
/* F_UUT, F_STE_FETCH, F_CD_FETCH, F_WALK_EABT, F_TLB_CONFLICT, ... */
#define SMMU_EVT1_REASON	GENMASK_ULL(15, 0)	/* implementation defined */
/* All with an input address */
#define SMMU_EVT1_PNU		BIT_ULL(33)	/* privileged */
#define SMMU_EVT1_IND		BIT_ULL(34)	/* instruction fetch */
#define SMMU_EVT1_RNW		BIT_ULL(35)	/* read */
#define SMMU_EVT1_NSIPA		BIT_ULL(36)
#define SMMU_EVT1_S2		BIT_ULL(39)	/* stage 2 fault */
#define SMMU_EVT1_CLASS		GENMASK_ULL(41, 40)	/* SMMU_EVT_CLASS_* */
#define SMMU_EVT1_TTRNW		BIT_ULL(44)	/* F_PERMISSION, class TT: a read */
#define SMMU_EVT2_ADDR		GENMASK_ULL(63, 0)	/* input address */
#define SMMU_EVT3_IPA		GENMASK_ULL(55, 12)	/* while S2 */
#define SMMU_EVT3_FETCH_ADDR	GENMASK_ULL(55, 3)	/* fetch and walk aborts */
/* E_PAGE_REQUEST */
#define SMMU_EVT1_PR_SPAN	GENMASK_ULL(7, 0)

enum {
	SMMU_EVT_F_UUT = 0x01,			/* unsupported transaction */
	SMMU_EVT_C_BAD_STREAMID = 0x02,
	SMMU_EVT_F_STE_FETCH = 0x03,
	SMMU_EVT_C_BAD_STE = 0x04,
	SMMU_EVT_F_BAD_ATS_TREQ = 0x05,
	SMMU_EVT_F_STREAM_DISABLED = 0x06,
	SMMU_EVT_F_TRANSL_FORBIDDEN = 0x07,
	SMMU_EVT_C_BAD_SUBSTREAMID = 0x08,
	SMMU_EVT_F_CD_FETCH = 0x09,
	SMMU_EVT_C_BAD_CD = 0x0a,
	SMMU_EVT_F_WALK_EABT = 0x0b,
	SMMU_EVT_F_TRANSLATION = 0x10,
	SMMU_EVT_F_ADDR_SIZE = 0x11,
	SMMU_EVT_F_ACCESS = 0x12,
	SMMU_EVT_F_PERMISSION = 0x13,
	SMMU_EVT_F_TLB_CONFLICT = 0x20,
	SMMU_EVT_F_CFG_CONFLICT = 0x21,
	SMMU_EVT_E_PAGE_REQUEST = 0x24,
	SMMU_EVT_F_VMS_FETCH = 0x25,
};

/* EVT1_CLASS: what was being translated */
enum {
	SMMU_EVT_CLASS_CD = 0,		/* the address of a CD */
	SMMU_EVT_CLASS_TT = 1,		/* of a stage 1 table */
	SMMU_EVT_CLASS_IN = 2,		/* the input address */
};

/* ---- Page request queue: section 8.1 ------------------------------------ */

#define SMMU_PRI0_SID		GENMASK_ULL(31, 0)
#define SMMU_PRI0_SSID		GENMASK_ULL(51, 32)
#define SMMU_PRI0_PRIV		BIT_ULL(58)
#define SMMU_PRI0_EXEC		BIT_ULL(59)
#define SMMU_PRI0_READ		BIT_ULL(60)
#define SMMU_PRI0_WRITE		BIT_ULL(61)
#define SMMU_PRI0_LAST		BIT_ULL(62)	/* of its group */
#define SMMU_PRI0_SSV		BIT_ULL(63)
#define SMMU_PRI1_PRGI		GENMASK_ULL(8, 0)
#define SMMU_PRI1_ADDR		GENMASK_ULL(63, 12)

#endif /* __IOMMUFDX_SPEC_SMMUV3_H */
