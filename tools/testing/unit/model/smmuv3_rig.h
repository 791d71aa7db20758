/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An SMMUv3 for the tests, on top of rig.h: queues, a linear stream table, and
 * tables built by hand. Values are literal ones from the specification, not the
 * names of spec/smmuv3.h, so that a mistake there does not hide itself.
 */
#ifndef __UNIT_MODEL_SMMUV3_RIG_H
#define __UNIT_MODEL_SMMUV3_RIG_H

#include <linux/errno.h>
#include <linux/kernel.h>

#include "rig.h"

#define CAPS		MODEL_CAP_ANY
#define CAPS_BUT(cap)	(MODEL_CAP_ALL & ~(cap))

/* Opcodes and the common fields of commands. */
#define OP_CFGI_STE	0x03ULL
#define OP_CFGI_RANGE	0x04ULL
#define OP_CFGI_CD	0x05ULL
#define OP_CFGI_CD_ALL	0x06ULL
#define OP_NH_ALL	0x10ULL
#define OP_NH_ASID	0x11ULL
#define OP_NH_VA	0x12ULL
#define OP_NH_VAA	0x13ULL
#define OP_S12_VMALL	0x28ULL
#define OP_S2_IPA	0x2aULL
#define OP_NSNH_ALL	0x30ULL
#define OP_ATC_INV	0x40ULL
#define OP_PRI_RESP	0x41ULL
#define OP_RESUME	0x44ULL
#define OP_STALL_TERM	0x45ULL
#define OP_SYNC		0x46ULL
#define C_SID(sid)	((u64)(sid) << 32)
#define C_SSID(ssid)	((u64)(ssid) << 12 | 1 << 11)
#define C_VMID(vmid)	((u64)(vmid) << 32)
#define C_ASID(asid)	((u64)(asid) << 48)
#define C_RANGE(num, scale) ((u64)(num) << 12 | (u64)(scale) << 20)
#define C_TG(n)		((u64)(n) << 10)
#define C_TTL(n)	((u64)(n) << 8)
#define C_LEAF		1ULL

/* Descriptors. */
#define D_TABLE		3ULL
#define D_PAGE		3ULL
#define D_BLOCK		1ULL
#define D_AF		(1ULL << 10)
#define D_NG		(1ULL << 11)
#define D_DBM		(1ULL << 51)
#define D_CONT		(1ULL << 52)
#define D_AP_EL0	(1ULL << 6)
#define D_AP_RO		(1ULL << 7)
#define D_S2_R		(1ULL << 6)
#define D_S2_W		(1ULL << 7)
#define D_S1		(D_AF | D_NG | D_AP_EL0)	/* read and write */
#define D_S2		(D_AF | D_S2_R | D_S2_W | 0xfULL << 2)

/* Fields of STEs and CDs that tests vary. */
#define STE_S2S		(1ULL << 57)
#define STE_S2R		(1ULL << 58)
#define STE_S2HD	(1ULL << 55)
#define STE_S2HA	(1ULL << 56)
#define STE_EATS(n)	((u64)(n) << 28)
#define CD_HD		(1ULL << 42)
#define CD_HA		(1ULL << 43)
#define CD_S		(1ULL << 44)
#define CD_R		(1ULL << 45)
#define CD_A		(1ULL << 46)
#define CD_EPD1		(1ULL << 30)
#define CD_BASE(tg, tsz) (1ULL << 31 | 1ULL << 41 | 5ULL << 32 | CD_EPD1 | \
			  (u64)(tg) << 6 | (tsz))

/* Events: words of the records. */
#define E_RNW		(1ULL << 35)
#define E_S2		(1ULL << 39)
#define E_CLASS(n)	((u64)(n) << 40)
#define E_IN		E_CLASS(2)
#define E_STALL		(1ULL << 31)

#define SID		RID
#define ASID		0x123
#define VMID		0x77
/* In nested tests stage 2 maps IPA = PA + IPA_OFF. */
#define IPA_OFF		0x4000000000ULL

struct smmu_rig {
	u64 strtab;		/* linear, 256 entries */
	u64 cmdq;		/* 256 entries */
	u64 evtq;		/* 128 entries */
	u64 priq;		/* 256 entries */
	u64 sem;
	u32 sem_value;
	u32 cmd_prod;
	u32 evt_cons;
	u32 pri_cons;
	u64 cd;			/* of SID */
	u64 ttb;		/* stage 1 */
	u64 s2ttb;
	unsigned int granule;	/* log2, both stages */
	unsigned int level;	/* of the first table, both stages */
	u64 table_off;		/* addresses in stage 1 tables and STEs */
};

extern struct smmu_rig smmu;

/* Build a machine and enable it. */
void smmu_start(u32 flags, u32 caps);
void smmu_restart(u32 cr0);

u32 r32(u32 reg);
void w32(u32 reg, u32 val);
/* Fresh memory of 2^@pages_log2 pages, naturally aligned. */
u64 smmu_alloc(unsigned int pages_log2);

/* Queue a command; the same, run, and see that a SYNC after it completes. */
void smmu_queue(u64 w0, u64 w1);
void smmu_do(u64 w0, u64 w1);
void smmu_sync(void);

/* The next event, or zeroes. */
void smmu_event(u64 *evt);
#define CHECK_EVT(e0, e1, e2, e3) \
	do { \
		u64 __evt[4]; \
		smmu_event(__evt); \
		CHECK_EQ(__evt[0], (u64)(e0)); \
		CHECK_EQ(__evt[1], (u64)(e1)); \
		CHECK_EQ(__evt[2], (u64)(e2)); \
		CHECK_EQ(__evt[3], (u64)(e3)); \
	} while (0)
#define CHECK_NO_EVT() CHECK_EVT(0, 0, 0, 0)
#define EVT0(id) ((u64)SID << 32 | (id))

/* Words of SID's STE and CD; CFGI for them. */
u64 *smmu_ste(u32 sid, unsigned int word);
u64 *smmu_cd(unsigned int word);
void smmu_cfgi(void);

/* Tables of SID: nothing is mapped. @tg: 0 4K, 1 64K, 2 16K. */
void smmu_s1(unsigned int tg, u64 cd0);
void smmu_s2(unsigned int tg, u64 ste2);
void smmu_nested(u64 cd0, u64 ste2);

/* Address of a descriptor; tables above it are made. */
u64 smmu_desc(unsigned int level, u64 addr);
u64 smmu_s2_desc(unsigned int level, u64 addr);
/* Store a page descriptor of stage 1, or of stage 2. */
void smmu_map(u64 va, u64 desc);
void smmu_map2(u64 ipa, u64 desc);

#endif /* __UNIT_MODEL_SMMUV3_RIG_H */
