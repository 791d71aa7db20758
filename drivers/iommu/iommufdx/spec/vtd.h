/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel Virtualization Technology for Directed I/O: registers, tables,
 * descriptors and fault reasons.
 *
 * Source: Intel document D51397, revisions 4.1 and 5.0; the section of that
 * document stands beside each group. All structures are little-endian 64-bit
 * words. A name VTD_<group><n>_<field> is a field of 64-bit word <n> of the
 * group; shapes are for FIELD_GET() and FIELD_PREP(). A field marked "an
 * address" is used in place, without a shift.
 *
 * Shared by the backend and the model, in the kernel and in user space: facts
 * only, no code of either.
 */
#ifndef __IOMMUFDX_SPEC_VTD_H
#define __IOMMUFDX_SPEC_VTD_H

#include <linux/bits.h>
#include <linux/types.h>

#define VTD_PAGE_SHIFT		12
#define VTD_LEVEL_BITS		9
/* log2 of the bytes under one entry of a table of level @level, 1..5 */
#define VTD_LEVEL_SHIFT(level)	(VTD_PAGE_SHIFT + VTD_LEVEL_BITS * ((level) - 1))
/* Address bits that a table of level @level translates */
#define VTD_LEVEL_WIDTH(level)	(VTD_PAGE_SHIFT + VTD_LEVEL_BITS * (level))

/* Section 3.14: addresses that are interrupts, not memory */
#define VTD_INT_FIRST		0xfee00000ULL
#define VTD_INT_LAST		0xfeefffffULL

/* ---- Interrupt lines of struct iommufdx_hw ----------------------------- */

/* Section 5.1.6: each event has control, data and address registers */
#define VTD_IRQ_FAULT		0	/* FECTL: faults, queue errors */
#define VTD_IRQ_INV		1	/* IECTL: invalidation completion */
#define VTD_IRQ_PAGE_REQ	2	/* PECTL: page requests */
#define VTD_IRQS		3

/* ---- Registers: section 11.4 ------------------------------------------- */

#define VTD_REG_VER		0x000	/* 32 bits */
#define VTD_REG_CAP		0x008
#define VTD_REG_ECAP		0x010
#define VTD_REG_GCMD		0x018	/* 32 bits */
#define VTD_REG_GSTS		0x01c	/* 32 bits */
#define VTD_REG_RTADDR		0x020
#define VTD_REG_CCMD		0x028	/* register-based invalidation */
#define VTD_REG_FSTS		0x034	/* 32 bits */
#define VTD_REG_FECTL		0x038	/* 32 bits */
#define VTD_REG_FEDATA		0x03c	/* 32 bits */
#define VTD_REG_FEADDR		0x040	/* 32 bits */
#define VTD_REG_FEUADDR		0x044	/* 32 bits */
#define VTD_REG_PMEN		0x064	/* 32 bits */
#define VTD_REG_IQH		0x080
#define VTD_REG_IQT		0x088
#define VTD_REG_IQA		0x090
#define VTD_REG_ICS		0x09c	/* 32 bits */
#define VTD_REG_IECTL		0x0a0	/* 32 bits */
#define VTD_REG_IEDATA		0x0a4	/* 32 bits */
#define VTD_REG_IEADDR		0x0a8	/* 32 bits */
#define VTD_REG_IEUADDR		0x0ac	/* 32 bits */
#define VTD_REG_IQERCD		0x0b0
#define VTD_REG_IRTA		0x0b8
#define VTD_REG_PQH		0x0c0
#define VTD_REG_PQT		0x0c8
#define VTD_REG_PQA		0x0d0
#define VTD_REG_PRS		0x0dc	/* 32 bits */
#define VTD_REG_PECTL		0x0e0	/* 32 bits */
#define VTD_REG_PEDATA		0x0e4	/* 32 bits */
#define VTD_REG_PEADDR		0x0e8	/* 32 bits */
#define VTD_REG_PEUADDR		0x0ec	/* 32 bits */
/* Fault recording registers: 16 bytes each, from CAP.FRO * 16 */

/* Section 11.4.1: version */
#define VTD_VER_MINOR		GENMASK(3, 0)
#define VTD_VER_MAJOR		GENMASK(7, 4)
/* From this major version on there is no register-based invalidation */
#define VTD_VER_MAJOR_QI_ONLY	6

/* Section 11.4.2: capability */
#define VTD_CAP_ND		GENMASK_ULL(2, 0)	/* DID bits: 4 + 2 * ND */
#define VTD_CAP_AFL		BIT_ULL(3)	/* advanced fault logging */
#define VTD_CAP_RWBF		BIT_ULL(4)	/* write-buffer flush needed */
#define VTD_CAP_PLMR		BIT_ULL(5)
#define VTD_CAP_PHMR		BIT_ULL(6)
#define VTD_CAP_CM		BIT_ULL(7)	/* caching mode */
#define VTD_CAP_SAGAW		GENMASK_ULL(12, 8)	/* second-stage levels */
#define VTD_CAP_SAGAW_3LEVEL	BIT_ULL(9)	/* 39 bits */
#define VTD_CAP_SAGAW_4LEVEL	BIT_ULL(10)	/* 48 bits */
#define VTD_CAP_SAGAW_5LEVEL	BIT_ULL(11)	/* 57 bits */
#define VTD_CAP_MGAW		GENMASK_ULL(21, 16)	/* guest address bits - 1 */
#define VTD_CAP_ZLR		BIT_ULL(22)	/* zero-length reads */
#define VTD_CAP_FRO		GENMASK_ULL(33, 24)	/* fault records / 16 */
#define VTD_CAP_SSLPS		GENMASK_ULL(37, 34)	/* second-stage pages */
#define VTD_CAP_SSLPS_2M	BIT_ULL(34)
#define VTD_CAP_SSLPS_1G	BIT_ULL(35)
#define VTD_CAP_PSI		BIT_ULL(39)	/* page-selective invalidation */
#define VTD_CAP_NFR		GENMASK_ULL(47, 40)	/* fault records - 1 */
#define VTD_CAP_MAMV		GENMASK_ULL(53, 48)	/* max. address mask */
#define VTD_CAP_DWD		BIT_ULL(54)	/* drains writes */
#define VTD_CAP_DRD		BIT_ULL(55)	/* drains reads */
#define VTD_CAP_FS1GP		BIT_ULL(56)	/* first-stage 1 GiB pages */
#define VTD_CAP_PI		BIT_ULL(59)	/* posted interrupts */
#define VTD_CAP_FS5LP		BIT_ULL(60)	/* first-stage 5 levels */
#define VTD_CAP_ECMDS		BIT_ULL(61)	/* enhanced commands */
#define VTD_CAP_ESIRTPS		BIT_ULL(62)
/* Setting the root table pointer invalidates every cache */
#define VTD_CAP_ESRTPS		BIT_ULL(63)

/* Section 11.4.3: extended capability */
#define VTD_ECAP_C		BIT_ULL(0)	/* page walks are coherent */
#define VTD_ECAP_QI		BIT_ULL(1)	/* queued invalidation */
#define VTD_ECAP_DT		BIT_ULL(2)	/* device TLBs (ATS) */
#define VTD_ECAP_IR		BIT_ULL(3)	/* interrupt remapping */
#define VTD_ECAP_EIM		BIT_ULL(4)
#define VTD_ECAP_PT		BIT_ULL(6)	/* pass-through */
#define VTD_ECAP_SC		BIT_ULL(7)	/* snoop control */
#define VTD_ECAP_IRO		GENMASK_ULL(17, 8)	/* IOTLB registers / 16 */
#define VTD_ECAP_MHMV		GENMASK_ULL(23, 20)
#define VTD_ECAP_MTS		BIT_ULL(25)	/* memory types */
#define VTD_ECAP_NEST		BIT_ULL(26)	/* nested translation */
#define VTD_ECAP_PRS		BIT_ULL(29)	/* page requests */
#define VTD_ECAP_ERS		BIT_ULL(30)	/* execute requests */
#define VTD_ECAP_SRS		BIT_ULL(31)	/* supervisor requests */
#define VTD_ECAP_NWFS		BIT_ULL(33)	/* no-write flag */
#define VTD_ECAP_EAFS		BIT_ULL(34)	/* extended accessed flag */
#define VTD_ECAP_PSS		GENMASK_ULL(39, 35)	/* PASID bits - 1 */
#define VTD_ECAP_PASID		BIT_ULL(40)
#define VTD_ECAP_DIT		BIT_ULL(41)	/* device TLB inv. throttle */
#define VTD_ECAP_PDS		BIT_ULL(42)	/* page request drain */
#define VTD_ECAP_SMTS		BIT_ULL(43)	/* scalable mode */
#define VTD_ECAP_VCS		BIT_ULL(44)	/* virtual commands */
#define VTD_ECAP_SSADS		BIT_ULL(45)	/* second-stage A/D bits */
#define VTD_ECAP_SSTS		BIT_ULL(46)	/* second-stage in scalable mode */
#define VTD_ECAP_FSTS		BIT_ULL(47)	/* first stage */
#define VTD_ECAP_SMPWCS		BIT_ULL(48)	/* coherent walks, scalable mode */
#define VTD_ECAP_RPS		BIT_ULL(49)	/* RID_PASID other than 0 */
#define VTD_ECAP_PMS		BIT_ULL(51)	/* performance monitoring */
#define VTD_ECAP_ADMS		BIT_ULL(52)	/* abort-DMA mode */
#define VTD_ECAP_RPRIVS		BIT_ULL(53)	/* RID_PRIV */

/*
 * Section 11.4.4: global command (write) and status (read). A driver changes
 * one bit at a time: it writes the status without the one-shot bits and with
 * that bit changed, then waits until the status shows the change.
 */
#define VTD_GCMD_CFI		BIT(23)	/* compatibility format interrupts */
#define VTD_GCMD_SIRTP		BIT(24)	/* one-shot: take IRTA */
#define VTD_GCMD_IRE		BIT(25)	/* interrupt remapping enable */
#define VTD_GCMD_QIE		BIT(26)	/* queued invalidation enable */
#define VTD_GCMD_WBF		BIT(27)	/* one-shot: write-buffer flush */
#define VTD_GCMD_EAFL		BIT(28)
#define VTD_GCMD_SFL		BIT(29)
#define VTD_GCMD_SRTP		BIT(30)	/* one-shot: take RTADDR */
#define VTD_GCMD_TE		BIT(31)	/* translation enable */

#define VTD_GSTS_CFIS		BIT(23)
#define VTD_GSTS_IRTPS		BIT(24)
#define VTD_GSTS_IRES		BIT(25)
#define VTD_GSTS_QIES		BIT(26)
#define VTD_GSTS_WBFS		BIT(27)	/* 1 while a flush is under way */
#define VTD_GSTS_AFLS		BIT(28)
#define VTD_GSTS_FLS		BIT(29)
#define VTD_GSTS_RTPS		BIT(30)	/* 0 while a pointer is taken */
#define VTD_GSTS_TES		BIT(31)
/* Status bits that a command must not repeat */
#define VTD_GSTS_ONE_SHOT	(VTD_GSTS_IRTPS | VTD_GSTS_WBFS | \
				 VTD_GSTS_FLS | VTD_GSTS_RTPS)

/* Section 11.4.5: root table address */
#define VTD_RTADDR_TTM		GENMASK_ULL(11, 10)	/* VTD_TTM_* */
#define VTD_RTADDR_PA		GENMASK_ULL(63, 12)	/* an address */

enum {
	VTD_TTM_LEGACY = 0,
	VTD_TTM_SCALABLE = 1,
	VTD_TTM_RSVD = 2,
	VTD_TTM_ABORT = 3,		/* block every DMA (ECAP.ADMS) */
};

/* Section 11.4.8.1: fault status; RW1C unless marked RO */
#define VTD_FSTS_PFO		BIT(0)	/* fault records overflowed */
#define VTD_FSTS_PPF		BIT(1)	/* RO: a record has F set */
#define VTD_FSTS_AFO		BIT(2)
#define VTD_FSTS_APF		BIT(3)
#define VTD_FSTS_IQE		BIT(4)	/* invalidation queue error */
#define VTD_FSTS_ICE		BIT(5)	/* unexpected device TLB completion */
#define VTD_FSTS_ITE		BIT(6)	/* device TLB invalidation timed out */
#define VTD_FSTS_FRI		GENMASK(15, 8)	/* RO: first pending record */

/* Sections 11.4.8.2, 11.4.9.7, 11.4.11.6: FECTL, IECTL and PECTL */
#define VTD_ECTL_IP		BIT(30)	/* RO: pending while masked */
#define VTD_ECTL_IM		BIT(31)	/* masked; 1 at reset */

/* Section 11.4.9.1, .2: queue head and tail, byte offsets */
#define VTD_IQ_PTR		GENMASK_ULL(18, 4)	/* 128-bit descriptors */
#define VTD_IQ_PTR_256		GENMASK_ULL(18, 5)	/* 256-bit descriptors */

/*
 * Section 11.4.9.3: queue address. The queue has 2^QS pages of 4 KiB. 256-bit
 * descriptors are mandatory in scalable mode and not allowed in legacy mode
 * without ECAP.SMTS.
 */
#define VTD_IQA_QS		GENMASK_ULL(2, 0)
#define VTD_IQA_DW		BIT_ULL(11)	/* 256-bit descriptors */
#define VTD_IQA_PA		GENMASK_ULL(63, 12)	/* an address */
#define VTD_IQ_DESC_128		16		/* bytes */
#define VTD_IQ_DESC_256		32

/* Section 11.4.9.4: invalidation completion status; RW1C */
#define VTD_ICS_IWC		BIT(0)	/* a wait descriptor with IF completed */

/* Section 11.4.9.9: invalidation queue error record; RO */
#define VTD_IQERCD_IQEI		GENMASK_ULL(3, 0)	/* VTD_IQEI_* */
#define VTD_IQERCD_ITESID	GENMASK_ULL(47, 32)	/* of FSTS.ITE */
#define VTD_IQERCD_ICESID	GENMASK_ULL(63, 48)	/* of FSTS.ICE */

enum {
	VTD_IQEI_NONE = 0,		/* no information */
	VTD_IQEI_TAIL = 1,		/* tail is beyond the queue */
	VTD_IQEI_FETCH = 2,		/* no memory answers */
	VTD_IQEI_TYPE = 3,		/* descriptor type not supported */
	VTD_IQEI_RSVD = 4,		/* reserved field is not zero */
	VTD_IQEI_WIDTH = 5,		/* IQA.DW does not fit RTADDR.TTM */
	VTD_IQEI_TAIL_ALIGN = 6,	/* odd tail with 256-bit descriptors */
	VTD_IQEI_TTM = 7,		/* RTADDR.TTM is invalid */
};

/* Section 11.4.11.1, .2: page request queue head and tail, byte offsets */
#define VTD_PQ_PTR		GENMASK_ULL(18, 5)

/* Section 11.4.11.3: page request queue; 2^PQS pages of 4 KiB */
#define VTD_PQA_PQS		GENMASK_ULL(2, 0)
#define VTD_PQA_PA		GENMASK_ULL(63, 12)	/* an address */

/* Section 11.4.11.4: page request status; RW1C */
#define VTD_PRS_PPR		BIT(0)	/* a request is pending */
#define VTD_PRS_PRO		BIT(1)	/* the queue overflowed */

/* Section 11.4.14: fault recording registers; F is RW1C, the rest RO */
#define VTD_FRCD_SIZE		16
#define VTD_FRCD0_FI		GENMASK_ULL(63, 12)	/* page address */
#define VTD_FRCD1_SID		GENMASK_ULL(15, 0)
#define VTD_FRCD1_T2		BIT_ULL(28)
#define VTD_FRCD1_PRIV		BIT_ULL(29)	/* supervisor request */
#define VTD_FRCD1_EXE		BIT_ULL(30)	/* execute request */
#define VTD_FRCD1_PP		BIT_ULL(31)	/* PASID is valid */
#define VTD_FRCD1_FR		GENMASK_ULL(39, 32)	/* VTD_FR_* */
#define VTD_FRCD1_PASID		GENMASK_ULL(59, 40)
#define VTD_FRCD1_AT		GENMASK_ULL(61, 60)	/* VTD_AT_* */
#define VTD_FRCD1_T1		BIT_ULL(62)
#define VTD_FRCD1_F		BIT_ULL(63)
/* T1, T2: 0 0 write, 0 1 page request, 1 0 read, 1 1 atomic */

enum {
	VTD_AT_UNTRANSLATED = 0,
	VTD_AT_TRANSLATION_REQ = 1,
	VTD_AT_TRANSLATED = 2,
};

/* ---- Root table: section 9.1 (legacy), 9.2 (scalable) ------------------ */

#define VTD_ROOT_SIZE		16
#define VTD_ROOT_ENTRIES	256	/* one per bus */
/* Legacy: word 0; word 1 is zero. Scalable: 0: devfn < 128, 1: the others */
#define VTD_ROOT_P		BIT_ULL(0)
#define VTD_ROOT_CTP		GENMASK_ULL(63, 12)	/* an address */
#define VTD_ROOT_RSVD		GENMASK_ULL(11, 1)

/* ---- Legacy context entry: section 9.3; 256 per table ------------------ */

#define VTD_CTX_SIZE		16
#define VTD_CTX_WORDS		2
#define VTD_CTX0_P		BIT_ULL(0)
#define VTD_CTX0_FPD		BIT_ULL(1)	/* fault processing disable */
#define VTD_CTX0_TT		GENMASK_ULL(3, 2)	/* VTD_TT_* */
#define VTD_CTX0_SSPTPTR	GENMASK_ULL(63, 12)	/* an address */
#define VTD_CTX0_RSVD		GENMASK_ULL(11, 4)
#define VTD_CTX1_AW		GENMASK_ULL(2, 0)	/* VTD_AW_* */
#define VTD_CTX1_DID		GENMASK_ULL(23, 8)
#define VTD_CTX1_RSVD		(BIT_ULL(7) | GENMASK_ULL(63, 24))

enum {
	VTD_TT_TRANSLATE = 0,		/* untranslated requests only */
	VTD_TT_DEV_TLB = 1,		/* ATS as well */
	VTD_TT_PASS_THROUGH = 2,
	VTD_TT_RSVD = 3,
};

/* Levels of a second-stage table, less 2; CAP.SAGAW says which exist */
enum {
	VTD_AW_3LEVEL = 1,
	VTD_AW_4LEVEL = 2,
	VTD_AW_5LEVEL = 3,
};

/* ---- Scalable-mode context entry: section 9.4; 128 per table ----------- */

#define VTD_SCTX_SIZE		32
#define VTD_SCTX_WORDS		4
#define VTD_SCTX0_P		BIT_ULL(0)
#define VTD_SCTX0_FPD		BIT_ULL(1)
#define VTD_SCTX0_DTE		BIT_ULL(2)	/* device TLB (ATS) enable */
#define VTD_SCTX0_PASIDE	BIT_ULL(3)	/* requests with PASID enable */
#define VTD_SCTX0_PRE		BIT_ULL(4)	/* page request enable */
#define VTD_SCTX0_PDTS		GENMASK_ULL(11, 9)	/* 2^(n + 7) entries */
#define VTD_SCTX0_PASIDDIRPTR	GENMASK_ULL(63, 12)	/* an address */
#define VTD_SCTX0_RSVD		GENMASK_ULL(8, 5)
#define VTD_SCTX1_RID_PASID	GENMASK_ULL(19, 0)	/* of requests without */
#define VTD_SCTX1_RID_PRIV	BIT_ULL(20)	/* which are supervisor's */
#define VTD_SCTX1_RSVD		GENMASK_ULL(63, 21)
/* words 2 and 3 are reserved */

/* ---- PASID directory entry: section 9.5 -------------------------------- */

#define VTD_PASID_BITS		20
#define VTD_PASID_TABLE_BITS	6	/* entries of a PASID table, log2 */
/* PASIDs under a directory of size field @pdts: this many bits */
#define VTD_PDTS_BITS(pdts)	((pdts) + 7 + VTD_PASID_TABLE_BITS)

#define VTD_PDE_P		BIT_ULL(0)
#define VTD_PDE_FPD		BIT_ULL(1)
#define VTD_PDE_SMPTBLPTR	GENMASK_ULL(63, 12)	/* an address */
#define VTD_PDE_RSVD		GENMASK_ULL(11, 2)

/* ---- PASID table entry: section 9.6 ------------------------------------ */

#define VTD_PE_SIZE		64
#define VTD_PE_WORDS		8
#define VTD_PE0_P		BIT_ULL(0)
#define VTD_PE0_FPD		BIT_ULL(1)
#define VTD_PE0_AW		GENMASK_ULL(4, 2)	/* VTD_AW_* */
#define VTD_PE0_SSEE		BIT_ULL(5)	/* second-stage execute */
#define VTD_PE0_PGTT		GENMASK_ULL(8, 6)	/* VTD_PGTT_* */
#define VTD_PE0_SSADE		BIT_ULL(9)	/* second-stage A/D bits */
#define VTD_PE0_SSPTPTR		GENMASK_ULL(63, 12)	/* an address */
#define VTD_PE0_RSVD		GENMASK_ULL(11, 10)
#define VTD_PE1_DID		GENMASK_ULL(15, 0)
#define VTD_PE1_PWSNP		BIT_ULL(23)	/* walks snoop; for A/D bits */
#define VTD_PE1_PGSNP		BIT_ULL(24)	/* pages snoop */
#define VTD_PE1_CD		BIT_ULL(25)
#define VTD_PE1_EMTE		BIT_ULL(26)
#define VTD_PE1_EMT		GENMASK_ULL(29, 27)
#define VTD_PE1_PWT		BIT_ULL(30)
#define VTD_PE1_PCD		BIT_ULL(31)
#define VTD_PE1_PAT		GENMASK_ULL(63, 32)
#define VTD_PE1_RSVD		GENMASK_ULL(22, 16)
#define VTD_PE2_SRE		BIT_ULL(0)	/* supervisor request enable */
#define VTD_PE2_ERE		BIT_ULL(1)	/* execute request enable */
#define VTD_PE2_FSPM		GENMASK_ULL(3, 2)	/* VTD_FSPM_* */
#define VTD_PE2_WPE		BIT_ULL(4)	/* supervisor obeys R/W = 0 */
#define VTD_PE2_NXE		BIT_ULL(5)
#define VTD_PE2_SMEP		BIT_ULL(6)
#define VTD_PE2_EAFE		BIT_ULL(7)	/* extended accessed flag */
#define VTD_PE2_FSPTPTR		GENMASK_ULL(63, 12)	/* an address */
#define VTD_PE2_RSVD		GENMASK_ULL(11, 8)
/* words 3 to 7 are reserved */

enum {
	VTD_PGTT_FIRST = 1,		/* first stage only */
	VTD_PGTT_SECOND = 2,		/* second stage only */
	VTD_PGTT_NESTED = 3,
	VTD_PGTT_PASS_THROUGH = 4,
};

enum {
	VTD_FSPM_4LEVEL = 0,
	VTD_FSPM_5LEVEL = 1,
};

/* ---- First-stage paging entries: section 9.8 --------------------------- */

#define VTD_FS_P		BIT_ULL(0)
#define VTD_FS_RW		BIT_ULL(1)
#define VTD_FS_US		BIT_ULL(2)
#define VTD_FS_PWT		BIT_ULL(3)
#define VTD_FS_PCD		BIT_ULL(4)
#define VTD_FS_A		BIT_ULL(5)
#define VTD_FS_D		BIT_ULL(6)	/* in a leaf */
#define VTD_FS_PS		BIT_ULL(7)	/* leaf, at level 2 or 3 */
#define VTD_FS_PAT		BIT_ULL(7)	/* at level 1 */
#define VTD_FS_G		BIT_ULL(8)	/* ignored by hardware */
#define VTD_FS_EA		BIT_ULL(10)	/* with PE2_EAFE */
#define VTD_FS_PAT_LARGE	BIT_ULL(12)	/* in a large page */
#define VTD_FS_PA		GENMASK_ULL(51, 12)	/* an address */
#define VTD_FS_XD		BIT_ULL(63)	/* execute disable */

/* ---- Second-stage paging entries: section 9.9 -------------------------- */

/* An entry with R and W both clear is not present. */
#define VTD_SS_R		BIT_ULL(0)
#define VTD_SS_W		BIT_ULL(1)
#define VTD_SS_X		BIT_ULL(2)	/* with PE0_SSEE */
#define VTD_SS_EMT		GENMASK_ULL(5, 3)	/* in a leaf, ECAP.MTS */
#define VTD_SS_IPAT		BIT_ULL(6)	/* in a leaf, ECAP.MTS */
#define VTD_SS_PS		BIT_ULL(7)	/* leaf, at level 2 or 3 */
#define VTD_SS_A		BIT_ULL(8)	/* with PE0_SSADE */
#define VTD_SS_D		BIT_ULL(9)	/* in a leaf, with PE0_SSADE */
#define VTD_SS_SNP		BIT_ULL(11)	/* in a leaf, with ECAP.SC */
#define VTD_SS_PA		GENMASK_ULL(51, 12)	/* an address */

/* ---- Invalidation descriptors: section 6.5.2 --------------------------- */

/* 256-bit descriptors have zeroes in words 2 and 3 */
#define VTD_INV0_TYPE_3_0	GENMASK_ULL(3, 0)	/* VTD_INV_* */
#define VTD_INV0_TYPE_6_4	GENMASK_ULL(11, 9)	/* zero in all below */

enum {
	VTD_INV_CONTEXT = 0x1,
	VTD_INV_IOTLB = 0x2,
	VTD_INV_DEV_TLB = 0x3,
	VTD_INV_INT_ENTRY = 0x4,
	VTD_INV_WAIT = 0x5,
	VTD_INV_PASID_IOTLB = 0x6,
	VTD_INV_PASID_CACHE = 0x7,
	VTD_INV_PASID_DEV_TLB = 0x8,
	VTD_INV_PAGE_GRP_RESP = 0x9,	/* section 7.7.1 */
};

/* Section 6.5.2.1: context cache */
#define VTD_INV_CC0_G		GENMASK_ULL(5, 4)	/* VTD_CC_G_* */
#define VTD_INV_CC0_DID		GENMASK_ULL(31, 16)
#define VTD_INV_CC0_SID		GENMASK_ULL(47, 32)
#define VTD_INV_CC0_FM		GENMASK_ULL(49, 48)	/* function mask */
#define VTD_INV_CC0_RSVD	(GENMASK_ULL(8, 6) | GENMASK_ULL(15, 12) | \
				 GENMASK_ULL(63, 50))

enum {
	VTD_CC_G_GLOBAL = 1,
	VTD_CC_G_DOMAIN = 2,		/* global in scalable mode */
	VTD_CC_G_DEVICE = 3,
};

/*
 * VTD_INV_CC0_FM: bits of the SID that do not count: 0 none, 1: bit 2, 2: bits
 * 2:1, 3: bits 2:0
 */

/* Section 6.5.2.2: PASID cache */
#define VTD_INV_PC0_G		GENMASK_ULL(5, 4)	/* VTD_PC_G_* */
#define VTD_INV_PC0_DID		GENMASK_ULL(31, 16)
#define VTD_INV_PC0_PASID	GENMASK_ULL(51, 32)
#define VTD_INV_PC0_RSVD	(GENMASK_ULL(8, 6) | GENMASK_ULL(15, 12) | \
				 GENMASK_ULL(63, 52))

enum {
	VTD_PC_G_DOMAIN = 0,		/* every PASID of the domain */
	VTD_PC_G_PASID = 1,		/* one PASID of the domain */
	VTD_PC_G_GLOBAL = 3,
};

/* Section 6.5.2.3: IOTLB */
#define VTD_INV_TLB0_G		GENMASK_ULL(5, 4)	/* VTD_TLB_G_* */
#define VTD_INV_TLB0_DW		BIT_ULL(6)	/* drain writes */
#define VTD_INV_TLB0_DR		BIT_ULL(7)	/* drain reads */
#define VTD_INV_TLB0_DID	GENMASK_ULL(31, 16)
#define VTD_INV_TLB0_RSVD	(BIT_ULL(8) | GENMASK_ULL(15, 12) | \
				 GENMASK_ULL(63, 32))
/* Word 1, also of the PASID-based one: 2^AM pages at ADDR, aligned */
#define VTD_INV_TLB1_AM		GENMASK_ULL(5, 0)
#define VTD_INV_TLB1_IH		BIT_ULL(6)	/* no non-leaf entry changed */
#define VTD_INV_TLB1_ADDR	GENMASK_ULL(63, 12)	/* an address */
#define VTD_INV_TLB1_RSVD	GENMASK_ULL(11, 7)

enum {
	VTD_TLB_G_GLOBAL = 1,
	VTD_TLB_G_DOMAIN = 2,
	VTD_TLB_G_PAGE = 3,		/* of a domain's second stage */
};

/* Section 6.5.2.4: PASID-based IOTLB (first stage and nested) */
#define VTD_INV_PTLB0_G		GENMASK_ULL(5, 4)	/* VTD_PTLB_G_* */
#define VTD_INV_PTLB0_DID	GENMASK_ULL(31, 16)
#define VTD_INV_PTLB0_PASID	GENMASK_ULL(51, 32)
#define VTD_INV_PTLB0_RSVD	(GENMASK_ULL(8, 6) | GENMASK_ULL(15, 12) | \
				 GENMASK_ULL(63, 52))

enum {
	VTD_PTLB_G_PASID = 2,		/* all of a PASID */
	VTD_PTLB_G_PAGE = 3,
};

/*
 * Section 6.5.2.5: device TLB. With S, as in an ATS invalidation request: n 1
 * bits of the address from bit 12 upwards, then a 0 bit, make 2^(13 + n) bytes;
 * bits 62:12 all ones with bit 63 clear mean everything.
 */
#define VTD_INV_DTLB0_PFSID_3_0	GENMASK_ULL(15, 12)
#define VTD_INV_DTLB0_MIP	GENMASK_ULL(20, 16)	/* max. pending */
#define VTD_INV_DTLB0_SID	GENMASK_ULL(47, 32)
#define VTD_INV_DTLB0_PFSID_15_4 GENMASK_ULL(63, 52)
#define VTD_INV_DTLB0_RSVD	(GENMASK_ULL(8, 4) | GENMASK_ULL(31, 21) | \
				 GENMASK_ULL(51, 48))
#define VTD_INV_DTLB1_S		BIT_ULL(0)
#define VTD_INV_DTLB1_ADDR	GENMASK_ULL(63, 12)	/* an address */
#define VTD_INV_DTLB1_RSVD	GENMASK_ULL(11, 1)

/* Section 6.5.2.6: PASID-based device TLB */
#define VTD_INV_PDTLB0_MIP	GENMASK_ULL(8, 4)
#define VTD_INV_PDTLB0_PFSID_3_0 GENMASK_ULL(15, 12)
#define VTD_INV_PDTLB0_SID	GENMASK_ULL(31, 16)
#define VTD_INV_PDTLB0_PASID	GENMASK_ULL(51, 32)
#define VTD_INV_PDTLB0_PFSID_15_4 GENMASK_ULL(63, 52)
#define VTD_INV_PDTLB1_G	BIT_ULL(0)	/* every PASID */
#define VTD_INV_PDTLB1_S	BIT_ULL(11)
#define VTD_INV_PDTLB1_ADDR	GENMASK_ULL(63, 12)	/* an address */
#define VTD_INV_PDTLB1_RSVD	GENMASK_ULL(10, 1)

/* Section 6.5.2.7: interrupt entry cache; word 1 is zero */
#define VTD_INV_IEC0_G		BIT_ULL(4)	/* index-selective */
#define VTD_INV_IEC0_IM		GENMASK_ULL(31, 27)
#define VTD_INV_IEC0_IIDX	GENMASK_ULL(47, 32)
#define VTD_INV_IEC0_RSVD	(GENMASK_ULL(8, 5) | GENMASK_ULL(26, 12) | \
				 GENMASK_ULL(63, 48))

/* Section 6.5.2.8: invalidation wait */
#define VTD_INV_WAIT0_IF	BIT_ULL(4)	/* interrupt */
#define VTD_INV_WAIT0_SW	BIT_ULL(5)	/* status write */
#define VTD_INV_WAIT0_FN	BIT_ULL(6)	/* fence */
#define VTD_INV_WAIT0_PD	BIT_ULL(7)	/* page request drain */
#define VTD_INV_WAIT0_DATA	GENMASK_ULL(63, 32)	/* 32 bits to store */
#define VTD_INV_WAIT0_RSVD	(BIT_ULL(8) | GENMASK_ULL(31, 12))
#define VTD_INV_WAIT1_ADDR	GENMASK_ULL(63, 2)	/* an address */
#define VTD_INV_WAIT1_RSVD	GENMASK_ULL(1, 0)

/* ---- Page requests: section 7.4 (queue), 7.7 (response) ---------------- */

#define VTD_PRQ_SIZE		32		/* bytes per entry */
#define VTD_PRQ0_TYPE		GENMASK_ULL(7, 0)
#define VTD_PRQ_TYPE_PAGE	0x01
#define VTD_PRQ0_PP		BIT_ULL(8)	/* PASID is valid */
#define VTD_PRQ0_RID		GENMASK_ULL(31, 16)
#define VTD_PRQ0_PASID		GENMASK_ULL(51, 32)
#define VTD_PRQ0_EXE		BIT_ULL(52)
#define VTD_PRQ0_PRIV		BIT_ULL(53)
#define VTD_PRQ1_RD		BIT_ULL(0)
#define VTD_PRQ1_WR		BIT_ULL(1)
#define VTD_PRQ1_LPIG		BIT_ULL(2)	/* last of its group */
#define VTD_PRQ1_PRGI		GENMASK_ULL(11, 3)	/* group index */
#define VTD_PRQ1_ADDR		GENMASK_ULL(63, 12)	/* an address */
/* words 2 and 3 are reserved */

/* VTD_INV_PAGE_GRP_RESP; 256-bit only, words 2 and 3 are reserved */
#define VTD_PGRP0_PP		BIT_ULL(4)
#define VTD_PGRP0_RC		GENMASK_ULL(15, 12)	/* VTD_PGRP_RC_* */
#define VTD_PGRP0_RID		GENMASK_ULL(31, 16)
#define VTD_PGRP0_PASID		GENMASK_ULL(51, 32)
#define VTD_PGRP0_RSVD		(GENMASK_ULL(8, 5) | GENMASK_ULL(63, 52))
#define VTD_PGRP1_PRGI		GENMASK_ULL(11, 3)
#define VTD_PGRP1_RSVD		(GENMASK_ULL(2, 0) | GENMASK_ULL(63, 12))

enum {
	VTD_PGRP_RC_SUCCESS = 0x0,
	VTD_PGRP_RC_INVALID = 0x1,	/* no such page, or not so */
	VTD_PGRP_RC_FAILURE = 0xf,	/* send no more requests */
};

/* ---- Fault reasons: section 7.1.3, tables 28 and 29 -------------------- */

/*
 * The condition's name in the specification stands beside each. All are
 * qualified, that is not reported where FPD is set, but those of RTADDR and of
 * root entries and those where a context, PASID directory or PASID table entry
 * cannot be read.
 */
enum {
	/* Legacy mode */
	VTD_FR_ROOT_P = 0x01,		/* LRT.2: root entry not present */
	VTD_FR_CTX_P = 0x02,		/* LCT.2: context entry not present */
	VTD_FR_CTX_INVALID = 0x03,	/* LCT.4: AW or TT not supported */
	VTD_FR_ADDR_WIDTH = 0x04,	/* LGN.1: address is too wide */
	VTD_FR_WRITE = 0x05,		/* LGN.2: no write permission */
	VTD_FR_READ = 0x06,		/* LGN.3: no read permission */
	VTD_FR_SS_ACCESS = 0x07,	/* LSS.1: cannot read paging entry */
	VTD_FR_ROOT_ACCESS = 0x08,	/* LRT.1: cannot read root entry */
	VTD_FR_CTX_ACCESS = 0x09,	/* LCT.1: cannot read context entry */
	VTD_FR_ROOT_RSVD = 0x0a,	/* LRT.3 */
	VTD_FR_CTX_RSVD = 0x0b,		/* LCT.3 */
	VTD_FR_SS_RSVD = 0x0c,		/* LSS.2 */
	VTD_FR_CTX_TT = 0x0d,		/* LCT.5: TT does not allow ATS */
	VTD_FR_INT_ADDR = 0x0e,		/* LGN.4: output is an interrupt */

	/* Root table address register */
	VTD_FR_RTADDR_INVALID = 0x30,	/* RTA.1: bad address or mode */
	VTD_FR_RTADDR_PASID = 0x31,	/* RTA.2: PASID in legacy mode */
	VTD_FR_RTADDR_PAGE_REQ = 0x32,	/* RTA.3: request in legacy mode */
	VTD_FR_RTADDR_ABORT = 0x33,	/* RTA.4: abort-DMA mode */

	/* Scalable mode */
	VTD_FR_SROOT_ACCESS = 0x38,	/* SRT.1 */
	VTD_FR_SROOT_P = 0x39,		/* SRT.2 */
	VTD_FR_SROOT_RSVD = 0x3a,	/* SRT.3 */
	VTD_FR_SCTX_ACCESS = 0x40,	/* SCT.1 */
	VTD_FR_SCTX_P = 0x41,		/* SCT.2 */
	VTD_FR_SCTX_RSVD = 0x42,	/* SCT.3 */
	VTD_FR_SCTX_INVALID = 0x43,	/* SCT.4: needs what ECAP lacks */
	VTD_FR_SCTX_DTE = 0x44,		/* SCT.5: ATS, but DTE is 0 */
	VTD_FR_SCTX_PASIDE = 0x45,	/* SCT.6: PASID, but PASIDE is 0 */
	VTD_FR_SCTX_PASID_MAX = 0x46,	/* SCT.7: PASID beyond directory */
	VTD_FR_SCTX_PRE = 0x47,		/* SCT.8: page request, PRE is 0 */
	VTD_FR_SCTX_RID_PASID = 0x48,	/* SCT.9: RID_PASID beyond directory */
	VTD_FR_PDE_ACCESS = 0x50,	/* SPD.1 */
	VTD_FR_PDE_P = 0x51,		/* SPD.2 */
	VTD_FR_PDE_RSVD = 0x52,		/* SPD.3 */
	VTD_FR_PE_ACCESS = 0x58,	/* SPT.1 */
	VTD_FR_PE_P = 0x59,		/* SPT.2 */
	VTD_FR_PE_RSVD = 0x5a,		/* SPT.3 */
	VTD_FR_PE_INVALID = 0x5b,	/* SPT.4: needs what CAP, ECAP lack */
	VTD_FR_PE_ERE = 0x5c,		/* SPT.5: execute, but ERE is 0 */
	VTD_FR_PE_SRE = 0x5d,		/* SPT.6: supervisor, but SRE is 0 */
	VTD_FR_FS_ACCESS = 0x70,	/* SFS.1: cannot read paging entry */
	VTD_FR_FS_P = 0x71,		/* SFS.2 */
	VTD_FR_FS_RSVD = 0x72,		/* SFS.3 */
	VTD_FR_FS_PTR_ACCESS = 0x73,	/* SFS.4: cannot read the top entry */
	VTD_FR_NEST_FS_WIDTH = 0x74,	/* SFS.5: table too high for stage 2 */
	VTD_FR_NEST_FS_PTR_READ = 0x75,	/* SFS.6: top table not readable */
	VTD_FR_NEST_FS_READ = 0x76,	/* SFS.7: a table not readable */
	VTD_FR_NEST_FS_WRITE = 0x77,	/* SFS.8: A/D bit not writable */
	VTD_FR_SM_SS_ACCESS = 0x78,	/* SSS.1: cannot read paging entry */
	VTD_FR_SM_SS_PERM = 0x79,	/* SSS.2: not present in second stage */
	VTD_FR_SM_SS_RSVD = 0x7a,	/* SSS.3 */
	VTD_FR_SM_SS_PTR_ACCESS = 0x7b,	/* SSS.4: cannot read the top entry */
	VTD_FR_SM_SS_AD_NO_SNOOP = 0x7c, /* SSS.5 */
	VTD_FR_SM_SS_AD_FAILED = 0x7d,	/* SSS.6: atomic update failed */
	VTD_FR_FS_CANONICAL = 0x80,	/* SGN.1 */
	VTD_FR_FS_US = 0x81,		/* SGN.2: user request, U/S is 0 */
	VTD_FR_FS_EXEC = 0x82,		/* SGN.3 */
	VTD_FR_SM_ADDR_WIDTH = 0x83,	/* SGN.4: address is too wide */
	VTD_FR_NEST_ADDR_WIDTH = 0x84,	/* SGN.5: stage 1 output too wide */
	VTD_FR_SM_WRITE = 0x85,		/* SGN.6: no write permission */
	VTD_FR_SM_READ = 0x86,		/* SGN.7: no read permission */
	VTD_FR_SM_INT_ADDR = 0x87,	/* SGN.8: output is an interrupt */
	VTD_FR_FS_AD_NO_SNOOP = 0x90,	/* SFS.9 */
	VTD_FR_FS_AD_FAILED = 0x91,	/* SFS.10: atomic update failed */
};

#endif /* __IOMMUFDX_SPEC_VTD_H */
