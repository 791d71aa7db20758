/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD I/O Virtualization Technology: registers, tables, commands and events.
 *
 * Source: AMD document 48882, revision 3.07 and later; the section of that
 * document stands beside each group. All structures are little-endian 64-bit
 * words. A name AMD_<group><n>_<field> is a field of 64-bit word <n> of the
 * group; shapes are for FIELD_GET() and FIELD_PREP().
 *
 * Shared by the backend and the model, in the kernel and in user space: facts
 * only, no code of either.
 */
#ifndef __IOMMUFDX_SPEC_AMD_H
#define __IOMMUFDX_SPEC_AMD_H

#include <linux/bits.h>
#include <linux/types.h>

/* ---- Interrupt lines of struct iommufdx_hw ----------------------------- */

/* Section 3.2 (MsiNum, MsiNumPPR, MsiNumGA): three messages */
#define AMD_IRQ_MAIN		0	/* event log, completion wait */
#define AMD_IRQ_PPR		1	/* peripheral page request log */
#define AMD_IRQ_GA		2	/* guest virtual-APIC log */
#define AMD_IRQS		3

/* ---- Capability header: section 3.2.1, struct iommufdx_hw::capability --- */

#define AMD_CAP_IOTLB		BIT(24)	/* devices may have IOTLBs (ATS) */

/* ---- Registers: section 3.4, MMIO control registers -------------------- */

#define AMD_REG_SIZE		0x4000	/* without performance counters */

#define AMD_REG_DEV_TABLE	0x0000	/* device table base address */
#define AMD_REG_CMD_BASE	0x0008	/* command buffer base address */
#define AMD_REG_EVT_BASE	0x0010	/* event log base address */
#define AMD_REG_CONTROL		0x0018
#define AMD_REG_EXCL_BASE	0x0020	/* exclusion range base */
#define AMD_REG_EXCL_LIMIT	0x0028	/* exclusion range limit */
#define AMD_REG_EFR		0x0030	/* extended feature */
#define AMD_REG_PPR_BASE	0x0038	/* PPR log base address */
#define AMD_REG_HW_EVT_HI	0x0040	/* hardware event upper */
#define AMD_REG_HW_EVT_LO	0x0048	/* hardware event lower */
#define AMD_REG_HW_EVT_STATUS	0x0050
#define AMD_REG_GA_BASE		0x00e0	/* guest virtual-APIC log base */
#define AMD_REG_GA_TAIL_ADDR	0x00e8
#define AMD_REG_PPR_B_BASE	0x00f0	/* second PPR log */
#define AMD_REG_EVT_B_BASE	0x00f8	/* second event log */
#define AMD_REG_DEV_TABLE_SEG(n) (0x0100 + 8 * ((n) - 1))	/* n: 1..7 */
#define AMD_REG_EFR2		0x01a0	/* extended feature 2 */
#define AMD_REG_CMD_HEAD	0x2000
#define AMD_REG_CMD_TAIL	0x2008
#define AMD_REG_EVT_HEAD	0x2010
#define AMD_REG_EVT_TAIL	0x2018
#define AMD_REG_STATUS		0x2020
#define AMD_REG_PPR_HEAD	0x2030
#define AMD_REG_PPR_TAIL	0x2038
#define AMD_REG_GA_HEAD		0x2040
#define AMD_REG_GA_TAIL		0x2048

/* Section 3.4.1: device table base; the table has (size + 1) * 4096 bytes */
#define AMD_DEV_TABLE_SIZE	GENMASK_ULL(8, 0)
#define AMD_DEV_TABLE_PA	GENMASK_ULL(51, 12)

/* Section 3.4.2, 3.4.3, 3.4.9: command buffer, event log, PPR log base */
#define AMD_RING_PA		GENMASK_ULL(51, 12)
#define AMD_RING_LEN		GENMASK_ULL(59, 56)	/* log2 of the entries */
#define AMD_RING_LEN_MIN	8			/* smaller is reserved */
#define AMD_RING_LEN_MAX	15
#define AMD_RING_ENTRY		16			/* bytes per entry */

/* Section 3.4.13: head and tail pointers, byte offsets from the base */
#define AMD_RING_PTR		GENMASK_ULL(18, 4)

/* Section 3.4.4: control */
#define AMD_CTRL_IOMMU_EN	BIT_ULL(0)
#define AMD_CTRL_HT_TUN_EN	BIT_ULL(1)
#define AMD_CTRL_EVT_LOG_EN	BIT_ULL(2)
#define AMD_CTRL_EVT_INT_EN	BIT_ULL(3)
#define AMD_CTRL_COMWAIT_INT_EN	BIT_ULL(4)
#define AMD_CTRL_INV_TIMEOUT	GENMASK_ULL(7, 5)
#define AMD_CTRL_PASS_PW	BIT_ULL(8)
#define AMD_CTRL_RES_PASS_PW	BIT_ULL(9)
#define AMD_CTRL_COHERENT	BIT_ULL(10)
#define AMD_CTRL_ISOC		BIT_ULL(11)
#define AMD_CTRL_CMD_BUF_EN	BIT_ULL(12)
#define AMD_CTRL_PPR_LOG_EN	BIT_ULL(13)
#define AMD_CTRL_PPR_INT_EN	BIT_ULL(14)
#define AMD_CTRL_PPR_EN		BIT_ULL(15)
#define AMD_CTRL_GT_EN		BIT_ULL(16)	/* guest translation */
#define AMD_CTRL_GA_EN		BIT_ULL(17)	/* guest virtual APIC */
#define AMD_CTRL_GAM_EN		GENMASK_ULL(27, 25)
#define AMD_CTRL_GA_LOG_EN	BIT_ULL(28)
#define AMD_CTRL_GA_INT_EN	BIT_ULL(29)
#define AMD_CTRL_DUAL_PPR_EN	GENMASK_ULL(31, 30)
#define AMD_CTRL_DUAL_EVT_EN	GENMASK_ULL(33, 32)
#define AMD_CTRL_DEV_TABLE_SEG	GENMASK_ULL(36, 34)
#define AMD_CTRL_PRIV_ABORT_EN	GENMASK_ULL(38, 37)
#define AMD_CTRL_PPR_AUTO_EN	BIT_ULL(39)
#define AMD_CTRL_MARC_EN	BIT_ULL(40)
#define AMD_CTRL_BLOCK_STOP_EN	BIT_ULL(41)
#define AMD_CTRL_PPR_AUTO_ON	BIT_ULL(42)
#define AMD_CTRL_EPH_EN		BIT_ULL(45)	/* enhanced PPR handling */
#define AMD_CTRL_HAD_UPDATE	GENMASK_ULL(47, 46)
#define AMD_CTRL_GD_UPDATE_DIS	BIT_ULL(48)
#define AMD_CTRL_XT_EN		BIT_ULL(50)
#define AMD_CTRL_INT_CAP_XT_EN	BIT_ULL(51)
#define AMD_CTRL_GA_UPDATE_DIS	BIT_ULL(54)
#define AMD_CTRL_GCR3_TRP_MODE	BIT_ULL(58)
#define AMD_CTRL_IRT_CACHE_DIS	BIT_ULL(59)

/* Section 3.4.5: exclusion range */
#define AMD_EXCL_EN		BIT_ULL(0)
#define AMD_EXCL_ALLOW		BIT_ULL(1)	/* for every device */
#define AMD_EXCL_PA		GENMASK_ULL(51, 12)

/* Section 3.4.6: extended feature register */
#define AMD_EFR_PREFETCH	BIT_ULL(0)
#define AMD_EFR_PPR		BIT_ULL(1)
#define AMD_EFR_XT		BIT_ULL(2)
#define AMD_EFR_NX		BIT_ULL(3)
#define AMD_EFR_GT		BIT_ULL(4)	/* guest translation */
#define AMD_EFR_IA		BIT_ULL(6)	/* INVALIDATE_IOMMU_ALL */
#define AMD_EFR_GA		BIT_ULL(7)
#define AMD_EFR_HE		BIT_ULL(8)	/* hardware error registers */
#define AMD_EFR_PC		BIT_ULL(9)	/* performance counters */
#define AMD_EFR_HATS		GENMASK_ULL(11, 10)	/* host levels */
#define AMD_EFR_GATS		GENMASK_ULL(13, 12)	/* guest levels */
#define AMD_EFR_GLX		GENMASK_ULL(15, 14)	/* GCR3 levels - 1 */
#define AMD_EFR_GAM		GENMASK_ULL(23, 21)
#define AMD_EFR_DUAL_PPR	GENMASK_ULL(25, 24)
#define AMD_EFR_DUAL_EVT	GENMASK_ULL(29, 28)
#define AMD_EFR_PASMAX		GENMASK_ULL(36, 32)	/* PASID bits - 1 */
#define AMD_EFR_US		BIT_ULL(37)	/* user/supervisor protection */
#define AMD_EFR_DEV_TABLE_SEG	GENMASK_ULL(39, 38)
#define AMD_EFR_PPR_EARLY	BIT_ULL(40)
#define AMD_EFR_PPR_AUTO	BIT_ULL(41)
#define AMD_EFR_MARC		GENMASK_ULL(43, 42)
#define AMD_EFR_BLOCK_STOP	BIT_ULL(44)
#define AMD_EFR_PERF_OPT	BIT_ULL(45)
#define AMD_EFR_MSI_CAP_MMIO	BIT_ULL(46)
#define AMD_EFR_GIO		BIT_ULL(48)	/* guest I/O protection (GIoV) */
#define AMD_EFR_HA		BIT_ULL(49)	/* host accessed bit */
#define AMD_EFR_EPH		BIT_ULL(50)
#define AMD_EFR_ATTR_FW		BIT_ULL(51)
#define AMD_EFR_HD		BIT_ULL(52)	/* host dirty bit */
#define AMD_EFR_INV_IOTLB_TYPE	BIT_ULL(54)
#define AMD_EFR_GA_UPDATE_DIS	BIT_ULL(61)
#define AMD_EFR_FORCE_PHYS_DST	BIT_ULL(62)
#define AMD_EFR_SNP		BIT_ULL(63)

enum {
	AMD_EFR_HATS_4LEVEL = 0,
	AMD_EFR_HATS_5LEVEL = 1,
	AMD_EFR_HATS_6LEVEL = 2,
	AMD_EFR_HATS_NONE = 3,		/* no host translation */
};

enum {
	AMD_EFR_GATS_4LEVEL = 0,
	AMD_EFR_GATS_5LEVEL = 1,
};

/* Section 3.4.21: extended feature 2 register */
#define AMD_EFR2_GCR3_TRP_MODE	BIT_ULL(3)
#define AMD_EFR2_NUM_INT_REMAP	GENMASK_ULL(9, 8)
#define AMD_EFR2_HT_RANGE_IGN	BIT_ULL(11)

/* Section 3.4.14: status. RW1C unless marked RO. */
#define AMD_STATUS_EVT_OVERFLOW	BIT_ULL(0)
#define AMD_STATUS_EVT_INT	BIT_ULL(1)
#define AMD_STATUS_COMWAIT_INT	BIT_ULL(2)
#define AMD_STATUS_EVT_RUN	BIT_ULL(3)	/* RO */
#define AMD_STATUS_CMD_RUN	BIT_ULL(4)	/* RO */
#define AMD_STATUS_PPR_OVERFLOW	BIT_ULL(5)
#define AMD_STATUS_PPR_INT	BIT_ULL(6)
#define AMD_STATUS_PPR_RUN	BIT_ULL(7)	/* RO */
#define AMD_STATUS_GA_RUN	BIT_ULL(8)	/* RO */
#define AMD_STATUS_GA_OVERFLOW	BIT_ULL(9)
#define AMD_STATUS_GA_INT	BIT_ULL(10)

/* ---- Device table entry: section 2.2.2.1, figure 7, table 7 ------------ */

#define AMD_DTE_SIZE		32
#define AMD_DTE_WORDS		4

#define AMD_DTE0_V		BIT_ULL(0)	/* valid */
#define AMD_DTE0_TV		BIT_ULL(1)	/* translation valid */
#define AMD_DTE0_HAD		GENMASK_ULL(8, 7)	/* AMD_DTE_HAD_* */
#define AMD_DTE0_MODE		GENMASK_ULL(11, 9)	/* levels, 0: none */
#define AMD_DTE0_HPT_ROOT	GENMASK_ULL(51, 12)	/* an address */
#define AMD_DTE0_PPR		BIT_ULL(52)
#define AMD_DTE0_GPRP		BIT_ULL(53)	/* PPR response with PASID */
#define AMD_DTE0_GIOV		BIT_ULL(54)	/* no PASID means PASID 0 */
#define AMD_DTE0_GV		BIT_ULL(55)	/* guest translation valid */
#define AMD_DTE0_GLX		GENMASK_ULL(57, 56)	/* GCR3 levels - 1 */
#define AMD_DTE0_GCR3_14_12	GENMASK_ULL(60, 58)
#define AMD_DTE0_IR		BIT_ULL(61)	/* read permission */
#define AMD_DTE0_IW		BIT_ULL(62)	/* write permission */
/* bits 6:2 and 63 are reserved */
#define AMD_DTE0_RSVD		(GENMASK_ULL(6, 2) | BIT_ULL(63))

#define AMD_DTE1_DOMID		GENMASK_ULL(15, 0)
#define AMD_DTE1_GCR3_30_15	GENMASK_ULL(31, 16)
#define AMD_DTE1_I		BIT_ULL(32)	/* IOTLB (ATS) enable */
#define AMD_DTE1_SE		BIT_ULL(33)	/* one page fault event, no more */
#define AMD_DTE1_SA		BIT_ULL(34)	/* no page fault event */
#define AMD_DTE1_IOCTL		GENMASK_ULL(36, 35)	/* port I/O */
#define AMD_DTE1_CACHE		BIT_ULL(37)
#define AMD_DTE1_SD		BIT_ULL(38)	/* snoop disable */
#define AMD_DTE1_EX		BIT_ULL(39)	/* allow exclusion range */
#define AMD_DTE1_SYSMGT		GENMASK_ULL(41, 40)
#define AMD_DTE1_SATS		BIT_ULL(42)	/* secure ATS */
#define AMD_DTE1_GCR3_51_31	GENMASK_ULL(63, 43)

#define AMD_DTE2_IV		BIT_ULL(0)	/* interrupt map valid */
#define AMD_DTE2_INT_TAB_LEN	GENMASK_ULL(4, 1)	/* log2 of entries */
#define AMD_DTE2_IG		BIT_ULL(5)	/* ignore unmapped */
#define AMD_DTE2_INT_ROOT	GENMASK_ULL(51, 6)	/* an address */
#define AMD_DTE2_GPM		GENMASK_ULL(55, 54)	/* guest paging mode */
#define AMD_DTE2_INIT_PASS	BIT_ULL(56)
#define AMD_DTE2_EINT_PASS	BIT_ULL(57)
#define AMD_DTE2_NMI_PASS	BIT_ULL(58)
#define AMD_DTE2_INT_CTL	GENMASK_ULL(61, 60)	/* AMD_DTE_INTCTL_* */
#define AMD_DTE2_LINT0_PASS	BIT_ULL(62)
#define AMD_DTE2_LINT1_PASS	BIT_ULL(63)
#define AMD_DTE2_RSVD		(GENMASK_ULL(53, 52) | BIT_ULL(59))

#define AMD_DTE3_ATTRV		BIT_ULL(54)	/* attribute override */
#define AMD_DTE3_MODE0_FC	BIT_ULL(55)
#define AMD_DTE3_SNOOP_ATTR	GENMASK_ULL(63, 56)

/* DTE0_HAD: what hardware writes into host page tables */
enum {
	AMD_DTE_HAD_NONE = 0,
	AMD_DTE_HAD_A = 1,		/* accessed bits */
	AMD_DTE_HAD_RSVD = 2,
	AMD_DTE_HAD_AD = 3,		/* accessed and dirty bits */
};

/* DTE0_MODE */
enum {
	AMD_MODE_NONE = 0,		/* addresses are not translated */
	AMD_MODE_MAX = 6,
	AMD_MODE_RSVD = 7,
};

/* DTE2_GPM: levels of a guest page table */
enum {
	AMD_GPM_4LEVEL = 0,
	AMD_GPM_5LEVEL = 1,
};

/* DTE2_INT_CTL */
enum {
	AMD_DTE_INTCTL_ABORT = 0,
	AMD_DTE_INTCTL_PASS = 1,
	AMD_DTE_INTCTL_REMAP = 2,
};

/* ---- Host (v1) page tables: section 2.2.3, figures 9-11, table 15 ------ */

#define AMD_PTE_PR		BIT_ULL(0)	/* present */
#define AMD_PTE_A		BIT_ULL(5)	/* accessed */
#define AMD_PTE_D		BIT_ULL(6)	/* dirty, in a page entry only */
#define AMD_PTE_NEXT_LEVEL	GENMASK_ULL(11, 9)
#define AMD_PTE_PA		GENMASK_ULL(51, 12)	/* an address */
#define AMD_PTE_U		BIT_ULL(59)	/* untranslated accesses only */
#define AMD_PTE_FC		BIT_ULL(60)	/* force coherent */
#define AMD_PTE_IR		BIT_ULL(61)
#define AMD_PTE_IW		BIT_ULL(62)
#define AMD_PTE_RSVD		GENMASK_ULL(58, 52)	/* in a page entry */
#define AMD_PDE_RSVD		GENMASK_ULL(60, 52)	/* in a table pointer */

/*
 * AMD_PTE_NEXT_LEVEL: 1..6 points to a table of that level, which is lower than
 * the level of the entry and may skip some; the address bits of skipped levels
 * must be zero. A page entry says 0 (the page size of its level) or 7 (a larger
 * one: as many 1 bits from bit 12 of the address upwards as log2 of the size
 * exceeds 13, then a 0 bit; the entry is repeated to fill its level's table).
 * Level 6 has no page entries.
 */
enum {
	AMD_NL_PAGE = 0,
	AMD_NL_PAGE_SIZED = 7,
};

#define AMD_PAGE_SHIFT		12
#define AMD_LEVEL_BITS		9
/* log2 of the bytes under one entry of a table of level @level, 1..6 */
#define AMD_LEVEL_SHIFT(level)	(AMD_PAGE_SHIFT + AMD_LEVEL_BITS * ((level) - 1))

/* ---- Guest CR3 table: section 2.2.6.3 ---------------------------------- */

#define AMD_GCR3_V		BIT_ULL(0)
#define AMD_GCR3_PA		GENMASK_ULL(51, 12)
#define AMD_GCR3_RSVD		(GENMASK_ULL(11, 1) | GENMASK_ULL(63, 52))
#define AMD_GCR3_LEVEL_BITS	9	/* of the PASID, per level */
#define AMD_GLX_MAX		2	/* 3 is reserved */

/* ---- Guest (v2) page tables: section 2.2.6, AMD64 manual volume 2, 5.3 -- */

#define AMD_GPTE_P		BIT_ULL(0)	/* present */
#define AMD_GPTE_RW		BIT_ULL(1)
#define AMD_GPTE_US		BIT_ULL(2)	/* user accesses allowed */
#define AMD_GPTE_A		BIT_ULL(5)
#define AMD_GPTE_D		BIT_ULL(6)
#define AMD_GPTE_PS		BIT_ULL(7)	/* a page, above level 1 */
#define AMD_GPTE_PA		GENMASK_ULL(51, 12)
#define AMD_GPTE_NX		BIT_ULL(63)
#define AMD_GPT_LEVELS_MAX	5
#define AMD_GPT_LEAF_MAX	3		/* the highest level with pages */

/* ---- Commands: section 2.4, 16 bytes ----------------------------------- */

#define AMD_CMD0_OP		GENMASK_ULL(63, 60)	/* AMD_CMD_* */

enum {
	AMD_CMD_COMPLETION_WAIT = 0x1,
	AMD_CMD_INV_DEVTAB_ENTRY = 0x2,
	AMD_CMD_INV_IOMMU_PAGES = 0x3,
	AMD_CMD_INV_IOTLB_PAGES = 0x4,
	AMD_CMD_INV_INT_TABLE = 0x5,
	AMD_CMD_PREFETCH = 0x6,
	AMD_CMD_COMPLETE_PPR = 0x7,
	AMD_CMD_INV_IOMMU_ALL = 0x8,
};

/* Section 2.4.1: COMPLETION_WAIT; word 1 is the 64-bit value to store */
#define AMD_CMD_CW0_S		BIT_ULL(0)	/* store */
#define AMD_CMD_CW0_I		BIT_ULL(1)	/* interrupt */
#define AMD_CMD_CW0_F		BIT_ULL(2)	/* do not start later ones first */
#define AMD_CMD_CW0_PA		GENMASK_ULL(51, 3)	/* an address */
#define AMD_CMD_CW0_RSVD	GENMASK_ULL(59, 52)

/* Section 2.4.2: INVALIDATE_DEVTAB_ENTRY; word 1 is zero */
#define AMD_CMD_DTE0_DEVID	GENMASK_ULL(15, 0)
#define AMD_CMD_DTE0_RSVD	GENMASK_ULL(59, 16)

/*
 * Section 2.4.3: INVALIDATE_IOMMU_PAGES. With S, word 1's address encodes a
 * naturally aligned range as AMD_NL_PAGE_SIZED does: n 1 bits from bit 12
 * upwards then a 0 bit make 2^(13 + n) bytes. Bits 62:12 all ones with bit 63
 * clear mean every address (table 14).
 */
#define AMD_CMD_PG0_PASID	GENMASK_ULL(19, 0)
#define AMD_CMD_PG0_DOMID	GENMASK_ULL(47, 32)
#define AMD_CMD_PG0_RSVD	(GENMASK_ULL(31, 20) | GENMASK_ULL(59, 48))
#define AMD_CMD_PG1_S		BIT_ULL(0)	/* sized */
#define AMD_CMD_PG1_PDE		BIT_ULL(1)	/* cached directories too */
#define AMD_CMD_PG1_GN		BIT_ULL(2)	/* guest: PASID is valid */
#define AMD_CMD_PG1_ADDR	GENMASK_ULL(63, 12)	/* an address */
#define AMD_CMD_PG1_RSVD	GENMASK_ULL(11, 3)
#define AMD_CMD_PG1_ADDR_ALL	GENMASK_ULL(62, 12)	/* with S */

/* Section 2.4.4: INVALIDATE_IOTLB_PAGES; address and S as above */
#define AMD_CMD_TLB0_DEVID	GENMASK_ULL(15, 0)
#define AMD_CMD_TLB0_PASID_15_8	GENMASK_ULL(23, 16)
#define AMD_CMD_TLB0_MAXPEND	GENMASK_ULL(31, 24)
#define AMD_CMD_TLB0_QUEUEID	GENMASK_ULL(47, 32)
#define AMD_CMD_TLB0_PASID_7_0	GENMASK_ULL(55, 48)
#define AMD_CMD_TLB0_PASID_19_16 GENMASK_ULL(59, 56)
#define AMD_CMD_TLB1_S		BIT_ULL(0)
#define AMD_CMD_TLB1_GN		BIT_ULL(2)
#define AMD_CMD_TLB1_TYPE	GENMASK_ULL(5, 4)
#define AMD_CMD_TLB1_ADDR	GENMASK_ULL(63, 12)	/* an address */
#define AMD_CMD_TLB1_RSVD	(BIT_ULL(1) | BIT_ULL(3) | GENMASK_ULL(11, 6))

/* Section 2.4.5: INVALIDATE_INTERRUPT_TABLE; word 1 is zero */
#define AMD_CMD_INT0_DEVID	GENMASK_ULL(15, 0)
#define AMD_CMD_INT0_RSVD	GENMASK_ULL(59, 16)

/* Section 2.4.6: PREFETCH_IOMMU_PAGES; address and S as above */
#define AMD_CMD_PF0_DEVID	GENMASK_ULL(15, 0)
#define AMD_CMD_PF0_COUNT	GENMASK_ULL(31, 24)
#define AMD_CMD_PF0_PASID	GENMASK_ULL(51, 32)
#define AMD_CMD_PF0_RSVD	(GENMASK_ULL(23, 16) | GENMASK_ULL(59, 52))
#define AMD_CMD_PF1_S		BIT_ULL(0)
#define AMD_CMD_PF1_GN		BIT_ULL(2)
#define AMD_CMD_PF1_INVAL	BIT_ULL(4)	/* forget it first */
#define AMD_CMD_PF1_ADDR	GENMASK_ULL(63, 12)	/* an address */
#define AMD_CMD_PF1_RSVD	(BIT_ULL(1) | BIT_ULL(3) | GENMASK_ULL(11, 5))

/* Section 2.4.7: COMPLETE_PPR_REQUEST */
#define AMD_CMD_PPR0_DEVID	GENMASK_ULL(15, 0)
#define AMD_CMD_PPR0_PASID	GENMASK_ULL(51, 32)
#define AMD_CMD_PPR0_RSVD	(GENMASK_ULL(31, 16) | GENMASK_ULL(59, 52))
#define AMD_CMD_PPR1_GN		BIT_ULL(2)
#define AMD_CMD_PPR1_TAG	GENMASK_ULL(40, 32)
#define AMD_CMD_PPR1_STATUS	GENMASK_ULL(47, 44)
#define AMD_CMD_PPR1_RSVD \
	(GENMASK_ULL(1, 0) | GENMASK_ULL(31, 3) | GENMASK_ULL(43, 41) | \
	 GENMASK_ULL(63, 48))

/* Section 2.4.8: INVALIDATE_IOMMU_ALL; word 1 is zero */
#define AMD_CMD_ALL0_RSVD	GENMASK_ULL(59, 0)

/* ---- Event log: section 2.5, 16 bytes ---------------------------------- */

#define AMD_EVT0_CODE		GENMASK_ULL(63, 60)	/* AMD_EVT_* */

enum {
	AMD_EVT_ILLEGAL_DEV_TABLE_ENTRY = 0x1,
	AMD_EVT_IO_PAGE_FAULT = 0x2,
	AMD_EVT_DEV_TAB_HW_ERROR = 0x3,
	AMD_EVT_PAGE_TAB_HW_ERROR = 0x4,
	AMD_EVT_ILLEGAL_COMMAND = 0x5,
	AMD_EVT_COMMAND_HW_ERROR = 0x6,
	AMD_EVT_IOTLB_INV_TIMEOUT = 0x7,
	AMD_EVT_INVALID_DEVICE_REQUEST = 0x8,
	AMD_EVT_INVALID_PPR_REQUEST = 0x9,
	AMD_EVT_COUNTER_ZERO = 0xa,
	AMD_EVT_RMP_PAGE_FAULT = 0xd,
	AMD_EVT_RMP_HW_ERROR = 0xe,
};

/*
 * Word 0, where the event has the field:
 *	ILLEGAL_DEV_TABLE_ENTRY	DEVID PASID GN I RW RZ TR
 *	IO_PAGE_FAULT		DEVID DOMID (GN: PASID) GN NX US I PR RW PE RZ TR
 *	DEV_TAB_HW_ERROR	DEVID I RW TR TYPE
 *	PAGE_TAB_HW_ERROR	DEVID DOMID (GN: PASID) GN I RW TR TYPE
 *	COMMAND_HW_ERROR	TYPE
 *	IOTLB_INV_TIMEOUT	DEVID
 *	INVALID_DEVICE_REQUEST	DEVID PASID GN TR REQ
 * Word 1 is an address: of the access (ILLEGAL_DEV_TABLE_ENTRY, IO_PAGE_FAULT,
 * INVALID_DEVICE_REQUEST), of the entry or command that could not be read
 * (..._HW_ERROR), or of the command (ILLEGAL_COMMAND, IOTLB_INV_TIMEOUT).
 */
#define AMD_EVT0_DEVID		GENMASK_ULL(15, 0)
#define AMD_EVT0_PASID_19_16	GENMASK_ULL(19, 16)
#define AMD_EVT0_DOMID		GENMASK_ULL(47, 32)	/* or PASID 15:0 */
#define AMD_EVT0_GN		BIT_ULL(48)
#define AMD_EVT0_NX		BIT_ULL(49)
#define AMD_EVT0_US		BIT_ULL(50)
#define AMD_EVT0_I		BIT_ULL(51)	/* interrupt, not memory */
#define AMD_EVT0_PR		BIT_ULL(52)	/* entry was present */
#define AMD_EVT0_RW		BIT_ULL(53)	/* write */
#define AMD_EVT0_PE		BIT_ULL(54)	/* permission missing */
#define AMD_EVT0_RZ		BIT_ULL(55)	/* reserved bit set */
#define AMD_EVT0_TR		BIT_ULL(56)	/* translation request */
#define AMD_EVT0_TYPE		GENMASK_ULL(58, 57)	/* AMD_EVT_TYPE_* */
#define AMD_EVT0_REQ		GENMASK_ULL(59, 57)	/* AMD_EVT_REQ_* */

/* AMD_EVT0_TYPE: how memory failed */
enum {
	AMD_EVT_TYPE_MASTER_ABORT = 1,
	AMD_EVT_TYPE_TARGET_ABORT = 2,
	AMD_EVT_TYPE_DATA_ERROR = 3,
};

/* Word 0 of INVALID_PPR_REQUEST has PASID, TAG and GN where the PPR log has them */
#define AMD_EVT0_PPR_GN		BIT_ULL(57)

/* AMD_EVT0_REQ, of a translation request (TR = 1) */
#define AMD_EVT_REQ_NO_IOTLB	0	/* without I, V or TV */

/* AMD_EVT0_REQ: what a device must not do, of a transaction (TR = 0) */
enum {
	AMD_EVT_REQ_INT_READ = 0,	/* read in the interrupt range */
	AMD_EVT_REQ_TRANSLATED = 1,	/* pretranslated, but no IOTLB (I) */
	AMD_EVT_REQ_IO = 2,		/* port I/O against IoCtl */
	AMD_EVT_REQ_SYSMGT = 3,		/* system management against SysMgt */
	AMD_EVT_REQ_SYSMGT_READ = 4,
	AMD_EVT_REQ_INT = 5,		/* interrupt against IntCtl */
};

/* ---- PPR log: section 2.6, 16 bytes; word 1 is the address -------------- */

#define AMD_PPR0_DEVID		GENMASK_ULL(15, 0)
#define AMD_PPR0_PASID_15_0	GENMASK_ULL(31, 16)
#define AMD_PPR0_TAG		GENMASK_ULL(40, 32)
#define AMD_PPR0_LAST		BIT_ULL(41)	/* last of its group */
#define AMD_PPR0_PASID_19_16	GENMASK_ULL(45, 42)
#define AMD_PPR0_EXEC		BIT_ULL(49)
#define AMD_PPR0_READ		BIT_ULL(50)
#define AMD_PPR0_WRITE		BIT_ULL(53)
#define AMD_PPR0_US		BIT_ULL(54)
#define AMD_PPR0_RZ		BIT_ULL(55)
#define AMD_PPR0_GN		BIT_ULL(56)
#define AMD_PPR0_CODE		GENMASK_ULL(63, 60)
#define AMD_PPR_FAULT		1

#endif /* __IOMMUFDX_SPEC_AMD_H */
