/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VT-d machine. Everything it knows came through its registers or from
 * memory.
 *
 * Path of a piece:
 *	root and context entry (context cache, by SID)
 *	-> scalable mode: PASID directory and table entry (PASID cache, by SID
 *	   and PASID)
 *	-> struct vtd_ctx
 *	-> IOTLB -> walk, through the paging-structure cache
 *	-> accessed and dirty bits -> fill
 *
 * Words:
 *	stage		first (FS) or second (SS) table
 *	GPA		what a first stage of nested translation gives, and
 *			where its tables are: an input of the second stage
 *	tag		whose an entry of a cache is, VTD_TAG_*: the domain ID,
 *			and for first-stage and nested entries the PASID
 *	effective PASID	of the request, or else RID_PASID
 *
 * What an entry that is not there, or wrong, says is not cached, except with
 * MODEL_CACHE_ABSENT. Permissions are cached, so raising one needs an
 * invalidation, too.
 *
 * The machine has no interrupt remapping, no register-based invalidation, no
 * execute requests and no protected memory regions.
 */
#ifndef __IOMMUFDX_MODEL_VTD_MODEL_H
#define __IOMMUFDX_MODEL_VTD_MODEL_H

#include <linux/bitfield.h>

#include "internal.h"
#include "tlb.h"
#include "spec/vtd.h"

#define VTD_CTX_SLOTS		1024
#define VTD_PE_SLOTS		1024
#define VTD_PSC_ENTRIES		1024
#define VTD_FAULT_RECORDS	8
#define VTD_FAULT_RECORD_REG	0x400
#define VTD_REG_SIZE		0x1000
#define VTD_HAW			52	/* host address width */
#define VTD_MAMV		18	/* address mask of an invalidation: 1 GiB */
#define VTD_LEVELS_MAX		5

/* How often a walk starts again because tables change under it. */
#define VTD_WALK_TRIES		1000

/* Tags of the IOTLB and of the paging-structure cache */
#define VTD_TAG_DID		GENMASK_ULL(15, 0)
#define VTD_TAG_PASID		GENMASK_ULL(35, 16)
#define VTD_TAG_STAGE		GENMASK_ULL(37, 36)

enum {
	VTD_STAGE_SECOND,		/* no PASID in the tag */
	VTD_STAGE_FIRST,
	VTD_STAGE_NESTED,
};

/*
 * Bits of model_tlb_entry::prot beside MODEL_PROT_*, which are those of the
 * only or of the first stage.
 */
#define VTD_PROT_US		0x08	/* user requests are allowed */
#define VTD_PROT_SS_READ	0x10	/* of the second stage under it */
#define VTD_PROT_SS_WRITE	0x20
/* model_tlb_entry::attr: the second stage's leaf has SNP */
#define VTD_ATTR_SNP		0x1

/* Which table an entry came from: model_tlb_entry::aux (FS), aux2 (SS) */
#define VTD_AUX_ROOT		GENMASK_ULL(51, 12)
#define VTD_AUX_LEVELS		GENMASK_ULL(2, 0)
#define VTD_AUX_SSADE		BIT_ULL(3)

/**
 * struct vtd_dev_slot - a cached context or PASID table entry
 * @rid: whose, if @valid
 * @pasid: whose, of a PASID table entry
 * @valid: slot in use
 * @fpd: of the entries on the way to it
 * @fault: 0, or why the entry is of no use (MODEL_CACHE_ABSENT)
 * @w: the entry as memory had it
 */
struct vtd_dev_slot {
	u32 rid;
	u32 pasid;
	bool valid;
	bool fpd;
	u8 fault;
	u64 w[VTD_PE_WORDS];
};

/*
 * struct vtd_ectl - control, data and address registers of one event
 * @mask: IM
 * @pending: IP
 */
struct vtd_ectl {
	bool mask;
	bool pending;
	u32 data;
	u64 addr;
};

/*
 * struct model_vtd - the VT-d machine
 * @m: what every machine has; first
 * @tlb: IOTLB: leaves
 * @psc: paging-structure cache: an entry covers what a non-leaf entry covers,
 *	and its address is that of the next table
 * @dev_lock: guards @ctxs, @pes, @dev_hits, @dev_misses
 * @ctxs: context cache, directly mapped by SID
 * @pes: PASID cache, directly mapped by SID and PASID
 * @cap: capability register
 * @ecap: extended capability register
 * @root: RTADDR as the last SRTP took it
 *
 * The rest are registers, written under @m.lock. Those that transactions use
 * are read with READ_ONCE().
 */
struct model_vtd {
	struct model m;
	struct model_tlb tlb;
	struct model_tlb psc;
	spinlock_t dev_lock;
	struct vtd_dev_slot *ctxs;
	struct vtd_dev_slot *pes;
	u64 dev_hits;
	u64 dev_misses;
	u64 cap;
	u64 ecap;

	u64 root;
	u64 rtaddr;
	u32 gsts;
	u32 fsts;
	u32 ics;
	u32 prs;
	struct vtd_ectl ectl[VTD_IRQS];
	u64 frcd[VTD_FAULT_RECORDS][2];
	u32 frcd_next;

	u64 iqa;
	u64 iqercd;
	u32 iq_head;
	u32 iq_tail;
	u32 iq_epoch;		/* restarts of the queue */
	bool ite_due;		/* a device TLB has not answered */
	bool ice_due;		/* and then answers too late */
	u16 ite_sid;

	u64 pqa;
	u32 pq_head;
	u32 pq_tail;
};

static inline struct model_vtd *to_vtd(struct model *m)
{
	return container_of(m, struct model_vtd, m);
}

static inline u32 vtd_mode(u64 root)
{
	return FIELD_GET(VTD_RTADDR_TTM, root);
}

/**
 * struct vtd_ctx - how to translate a request
 * @rid: whose
 * @pasid: effective PASID
 * @did: domain ID
 * @stage: VTD_STAGE_*, if @translate
 * @translate: else addresses pass through
 * @scalable: scalable mode: which fault reasons
 * @fpd: log no qualified fault
 * @ats: device TLB allowed
 * @priv: the request is the supervisor's
 * @sre: supervisor requests are allowed
 * @wpe: a supervisor obeys read-only
 * @eafe: extended accessed flag
 * @ssade: accessed and dirty bits in the second stage
 * @snoop: page walks snoop, so they can set bits
 * @page_snoop: accesses to pages snoop, whatever the request says
 * @fs_levels: levels of the first stage
 * @ss_levels: of the second
 * @fs_root: address of the first stage's top table; nested: a GPA
 * @ss_root: of the second's
 */
struct vtd_ctx {
	u32 rid;
	u32 pasid;
	u16 did;
	u8 stage;
	bool translate;
	bool scalable;
	bool fpd;
	bool ats;
	bool priv;
	bool sre;
	bool wpe;
	bool eafe;
	bool ssade;
	bool snoop;
	bool page_snoop;
	u8 fs_levels;
	u8 ss_levels;
	u64 fs_root;
	u64 ss_root;
};

static inline u64 vtd_tag(u32 stage, u16 did, u32 pasid)
{
	return FIELD_PREP(VTD_TAG_STAGE, stage) | did |
	       FIELD_PREP(VTD_TAG_PASID, stage == VTD_STAGE_SECOND ? 0 : pasid);
}

/**
 * struct vtd_walk - a look at tables
 * @vtd: the machine
 * @ctx: which tables
 * @gen: count of invalidations from before anything was read
 * @quiet: use and fill no cache, set no bit
 */
struct vtd_walk {
	struct model_vtd *vtd;
	const struct vtd_ctx *ctx;
	s64 gen;
	bool quiet;
};

/* vtd_tables.c: entries as memory has them; they return a fault reason or 0 */
u8 model_vtd_read_ctx(struct model_vtd *vtd, u64 root, u32 rid, u64 *w);
u8 model_vtd_check_ctx(struct model_vtd *vtd, u64 root, const u64 *w);
u8 model_vtd_read_pe(struct model_vtd *vtd, const u64 *ctx, u32 pasid, u64 *w,
		     bool *fpd);
u8 model_vtd_check_pe(struct model_vtd *vtd, const u64 *w);
bool model_vtd_qualified(u8 fault);

/* vtd_dev.c: the caches of them */
int model_vtd_dev_init(struct model_vtd *vtd);
void model_vtd_dev_exit(struct model_vtd *vtd);
u8 model_vtd_dev_ctx(struct model_vtd *vtd, const struct model_txn *txn,
		     bool page_request, s64 gen, bool quiet,
		     struct vtd_ctx *ctx);
u8 model_vtd_peek_ctx(struct model_vtd *vtd, u32 rid, u32 pasid,
		      struct vtd_ctx *ctx);
void model_vtd_inv_ctx(struct model_vtd *vtd, u32 g, u32 did, u32 sid, u32 fm);
void model_vtd_inv_pe(struct model_vtd *vtd, u32 g, u32 did, u32 pasid);
void model_vtd_inv_dev_all(struct model_vtd *vtd);
u64 model_vtd_dev_check(struct model_vtd *vtd);

/* vtd_walk.c: fill @e with the leaf; they return a fault reason or 0 */
u8 model_vtd_walk_ss(struct vtd_walk *w, u64 gpa, u8 need, bool dirty,
		     struct model_tlb_entry *e);
u8 model_vtd_walk_fs(struct vtd_walk *w, u64 iova, u8 need, bool dirty,
		     struct model_tlb_entry *e);
u8 model_vtd_allowed(const struct vtd_ctx *ctx, u8 prot);
bool model_vtd_psc_matches(struct vtd_walk *w, const struct model_tlb_entry *e);

/* vtd_dma.c */
int model_vtd_translate(struct model *m, const struct model_txn *txn, u64 iova,
			struct model_xlat *out);
int model_vtd_peek(struct model *m, const struct model_txn *txn, u64 iova,
		   struct model_xlat *out);

/* vtd_check.c */
u64 model_vtd_check(struct model *m);
void model_vtd_check_hit(struct model_vtd *vtd,
			 const struct model_tlb_entry *e, u64 iova);
void model_vtd_check_psc(struct model_vtd *vtd,
			 const struct model_tlb_entry *e);

/* vtd_queue.c */
bool model_vtd_run(struct model *m);
bool model_vtd_pending(struct model *m);
u32 model_vtd_queue_depth(struct model_vtd *vtd);

/* vtd_event.c; those with _locked: m.lock held */
void model_vtd_event_locked(struct model_vtd *vtd, unsigned int line);
void model_vtd_fsts_locked(struct model_vtd *vtd, u32 bits);
void model_vtd_fault(struct model_vtd *vtd, u64 addr, u64 info);
void model_vtd_fault_clear_locked(struct model_vtd *vtd, unsigned int index);

/* vtd_page.c */
void model_vtd_page_request(struct model *m,
			    const struct model_page_request *req);

#endif /* __IOMMUFDX_MODEL_VTD_MODEL_H */
