/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VT-d machine for the tests, over the memory of rig.h. Values are literal
 * ones from the specification, not the names of spec/vtd.h, so that a mistake
 * there does not hide itself.
 */
#ifndef __UNIT_MODEL_VTD_RIG_H
#define __UNIT_MODEL_VTD_RIG_H

#include "rig.h"

/* Register offsets, and bits of them. */
#define R_CAP		0x08
#define R_ECAP		0x10
#define R_GCMD		0x18
#define R_GSTS		0x1c
#define R_RTADDR	0x20
#define R_FSTS		0x34
#define R_FECTL		0x38
#define R_IQH		0x80
#define R_IQT		0x88
#define R_IQA		0x90
#define R_ICS		0x9c
#define R_IECTL		0xa0
#define R_IQERCD	0xb0
#define R_PQH		0xc0
#define R_PQT		0xc8
#define R_PQA		0xd0
#define R_PRS		0xdc
#define R_PECTL		0xe0
#define R_FRCD(n)	(0x400 + 16 * (n))
#define TE		(1U << 31)
#define SRTP		(1U << 30)
#define QIE		(1U << 26)
#define PFO		0x01
#define PPF		0x02
#define IQE		0x10
#define ICE		0x20
#define ITE		0x40
#define LEGACY		0ULL
#define SCALABLE	(1ULL << 10)

/* Context entries (legacy, scalable) and PASID table entries. */
#define P_BIT		1ULL
#define FPD		2ULL
#define TT(n)		((u64)(n) << 2)
#define AW_DID(aw, did)	((u64)(aw) | (u64)(did) << 8)
#define DTE		4ULL
#define PASIDE		8ULL
#define PRE		0x10ULL
#define AW(n)		((u64)(n) << 2)
#define PGTT(n)		((u64)(n) << 6)
#define SSADE		(1ULL << 9)
#define PWSNP		(1ULL << 23)
#define SRE		1ULL
#define WPE		0x10ULL
#define EAFE		0x80ULL
#define FS5		4ULL

/* Paging entries. */
#define FS_RW		2ULL
#define FS_US		4ULL
#define FS_A		0x20ULL
#define FS_D		0x40ULL
#define PS		0x80ULL
#define FS_EA		0x400ULL
#define FS_ALL		(P_BIT | FS_RW | FS_US)
#define SS_R		1ULL
#define SS_W		2ULL
#define SS_RW		3ULL
#define SS_A		0x100ULL
#define SS_D		0x200ULL

/* The second word of a fault record. */
#define F_BIT		(1ULL << 63)
#define F_READ		(1ULL << 62)	/* T1 */
#define F_ATOMIC	(1ULL << 62 | 1ULL << 28)
#define F_PAGE		(1ULL << 28)	/* T2 */
#define F_AT(n)		((u64)(n) << 60)
#define F_PASID(p)	(1ULL << 31 | (u64)(p) << 40)
#define F_PRIV		(1ULL << 29)
#define F_EXE		(1ULL << 30)
#define FR(n)		(F_BIT | (u64)(n) << 32 | RID)

#define NO_PASID	(~0U)

struct vrig {
	u64 root;		/* root table */
	u64 ctx;		/* context table of bus 0, lower devices */
	u64 pdir;		/* PASID directory */
	u64 ptab;		/* of PASIDs 0..63 */
	u64 iq;
	u64 pq;
	u32 iq_tail;
	bool wide;		/* 256-bit descriptors */
	u64 mode;		/* LEGACY or SCALABLE */
	struct model_page_response resp;	/* the last one */
	unsigned int responses;
};

extern struct vrig vrig;

/*
 * Build a machine, with an invalidation queue and translation on. Scalable: RID
 * has the PASID directory, with everything enabled that the machine has; no
 * PASID is present. Legacy: RID's context entry is not present.
 */
void vrig_start(u64 mode, u32 flags, u32 caps);

u32 rd32(u32 reg);
void wr32(u32 reg, u32 val);
/* One bit of the global command: set or clear, and see the status follow. */
void vrig_gcmd(u32 bit, bool on);

/* Context entry of RID (any words), PASID table entry of a PASID below 64. */
void vrig_ctx(u64 w0, u64 w1);
void vrig_pe(u32 pasid, u64 w0, u64 w1, u64 w2);
u64 vrig_pe_addr(u32 pasid);
/* Domain DOM for @pasid: first stage of 4 levels, second of 4, or nested. */
u64 vrig_first(u32 pasid);
u64 vrig_second(u32 pasid, u64 flags0);
void vrig_nested(u32 pasid, u64 flags0, u64 *fs, u64 *ss);
/* Legacy domain DOM of 4 levels for RID. */
u64 vrig_legacy(u64 tt);

/* Address of the entry for @iova at @level; tables between are made. */
u64 vrig_fs_entry(u64 root, unsigned int levels, unsigned int level, u64 iova);
u64 vrig_ss_entry(u64 root, unsigned int levels, unsigned int level, u64 iova);
void vrig_fs_map(u64 root, u64 iova, u64 pa);
void vrig_ss_map(u64 root, u64 iova, u64 pa);
/* Make @pages pages at @pa appear where they are: for tables of a first stage. */
void vrig_ss_identity(u64 root, u64 pa, u64 pages);

/* Descriptors. vrig_cmd() waits for completion and checks that it comes. */
void vrig_queue(u64 w0, u64 w1);
void vrig_sync(void);
void vrig_cmd(u64 w0, u64 w1);
void vrig_inv_ctx(void);		/* all of the context cache */
void vrig_inv_pasid(void);		/* all of the PASID cache */
void vrig_inv_dom(u32 did);		/* IOTLB, domain-selective */
void vrig_inv_all(void);		/* IOTLB, global */

/* Transactions of RID. */
int vrig_dma(enum model_dma_op op, u32 pasid, u64 iova, void *buf, size_t len);
int vrig_write(u32 pasid, u64 iova, u64 val);
int vrig_read(u32 pasid, u64 iova);
bool vrig_lands(u32 pasid, u64 iova, u64 pa);
u32 vrig_fault(void);

/* Take the next fault record, or zeroes. */
void vrig_record(u64 *w0, u64 *w1);
#define CHECK_FAULT(e0, e1) \
	do { \
		u64 __w0, __w1; \
		vrig_record(&__w0, &__w1); \
		CHECK_EQ(__w1, (u64)(e1)); \
		CHECK_EQ(__w0, (u64)(e0)); \
	} while (0)
#define CHECK_NO_FAULT() CHECK_FAULT(0, 0)

#endif /* __UNIT_MODEL_VTD_RIG_H */
