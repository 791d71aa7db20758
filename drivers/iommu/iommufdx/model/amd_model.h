/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD machine. Everything it knows came through its registers or from
 * memory.
 *
 * Path of a piece:
 *	device table entry (cached by RID) -> struct amd_ctx
 *	-> by the guest's tables, where GV is set and the request has a PASID or
 *	GIoV gives it PASID 0:
 *		IOTLB, tagged by domain ID and PASID
 *		-> GCR3 table (cached alike) -> walk of the guest page table
 *	-> by the host table, else; and, in nested translation, for every address
 *	that the guest's tables contain:
 *		IOTLB, tagged by domain ID -> walk of the host page table
 *	-> accessed and dirty bits -> fill
 *
 * Interrupt addresses (0xFEExxxxx) are translated as any other: the machine has
 * no interrupt remapping.
 */
#ifndef __IOMMUFDX_MODEL_AMD_MODEL_H
#define __IOMMUFDX_MODEL_AMD_MODEL_H

#include <linux/bitfield.h>

#include "internal.h"
#include "tlb.h"
#include "spec/amd.h"

#define AMD_DTE_SLOTS		1024

/**
 * struct amd_dte_slot - a cached device table entry
 * @rid: whose, if @valid
 * @valid: slot in use
 * @reported: a page fault was logged since the entry was loaded (SE)
 * @dte: the entry as memory had it
 */
struct amd_dte_slot {
	u32 rid;
	bool valid;
	bool reported;
	u64 dte[AMD_DTE_WORDS];
};

/*
 * struct model_amd - the AMD machine
 * @m: what every machine has; first
 * @tlb: IOTLB; the tag is amd_tag()
 * @dte_lock: guards @dtes, @dev_hits, @dev_misses
 * @dtes: device table cache, directly mapped by RID
 * @efr: extended feature register
 * @efr2: extended feature 2 register
 *
 * The rest are registers, written under @m.lock. Those that transactions use
 * are read with READ_ONCE().
 */
struct model_amd {
	struct model m;
	struct model_tlb tlb;
	spinlock_t dte_lock;
	struct amd_dte_slot *dtes;
	u64 dev_hits;
	u64 dev_misses;
	u64 efr;
	u64 efr2;

	u64 dev_table;
	u64 cmd_base;
	u64 evt_base;
	u64 ppr_base;
	u64 control;
	u64 excl_base;
	u64 excl_limit;
	u64 status;
	u32 cmd_head;
	u32 cmd_tail;
	u32 evt_head;
	u32 evt_tail;
	u32 ppr_head;
	u32 ppr_tail;
	u32 cmd_epoch;		/* restarts of the command buffer */
};

/* Status bits that can interrupt, by line. */
#define AMD_STATUS_MAIN \
	(AMD_STATUS_EVT_OVERFLOW | AMD_STATUS_EVT_INT | AMD_STATUS_COMWAIT_INT)
#define AMD_STATUS_PPR	(AMD_STATUS_PPR_OVERFLOW | AMD_STATUS_PPR_INT)

static inline struct model_amd *to_amd(struct model *m)
{
	return container_of(m, struct model_amd, m);
}

/* A queue's size in bytes from its base register; 0: reserved encoding. */
static inline u32 amd_ring_size(u64 base)
{
	u32 len = FIELD_GET(AMD_RING_LEN, base);

	return len < AMD_RING_LEN_MIN ? 0 : AMD_RING_ENTRY << len;
}

/**
 * enum amd_dte_kind - what a device table entry asks for
 * @AMD_DTE_PASS: forward, nothing is checked (V = 0)
 * @AMD_DTE_BLOCK: no translation information (V = 1, TV = 0)
 * @AMD_DTE_DIRECT: forward with the entry's permissions (mode 0)
 * @AMD_DTE_WALK: host page table
 * @AMD_DTE_ILLEGAL: an encoding this machine does not have
 * @AMD_DTE_RESERVED: a reserved bit is set
 */
enum amd_dte_kind {
	AMD_DTE_PASS,
	AMD_DTE_BLOCK,
	AMD_DTE_DIRECT,
	AMD_DTE_WALK,
	AMD_DTE_ILLEGAL,
	AMD_DTE_RESERVED,
};

/**
 * struct amd_ctx - a device table entry, decoded
 * @kind: what to do
 * @rid: whose
 * @domid: domain ID
 * @root: address of the top table
 * @mode: its level
 * @had: AMD_DTE_HAD_*
 * @guest: guest translation is valid (GV)
 * @giov: requests without a PASID have PASID 0
 * @glx: levels of the GCR3 table, less one
 * @levels: of guest page tables
 * @gcr3: address of the GCR3 table
 * @iotlb: the device may have an IOTLB (I)
 * @ppr: it may ask for pages
 * @gprp: answers to page requests with a PASID carry it
 * @prot: MODEL_TLB_* of the device
 * @suppress: log no page fault
 * @once: log one page fault
 * @exclusion: may use the exclusion range
 * @mode0_fc: what no host table translates is coherent
 */
struct amd_ctx {
	enum amd_dte_kind kind;
	u32 rid;
	u16 domid;
	u64 root;
	u8 mode;
	u8 had;
	u8 prot;
	u8 glx;
	u8 levels;
	bool guest;
	bool giov;
	bool iotlb;
	bool ppr;
	bool gprp;
	u64 gcr3;
	bool suppress;
	bool once;
	bool exclusion;
	bool mode0_fc;
};

/* amd_dev.c */
int model_amd_dev_init(struct model_amd *amd);
void model_amd_dev_exit(struct model_amd *amd);
void model_amd_decode_dte(struct model_amd *amd, u32 rid, const u64 *dte,
			  struct amd_ctx *ctx);
int model_amd_read_dte(struct model_amd *amd, u32 rid, u64 *dte, u64 *pa);
bool model_amd_peek_ctx(struct model_amd *amd, u32 rid, struct amd_ctx *ctx);
int model_amd_dev_ctx(struct model_amd *amd, const struct model_txn *txn,
		      u64 iova, s64 gen, struct amd_ctx *ctx, u32 *fault);
bool model_amd_dev_report(struct model_amd *amd, const struct amd_ctx *ctx);
void model_amd_dev_invalidate(struct model_amd *amd, u32 rid);
void model_amd_dev_invalidate_all(struct model_amd *amd);
u64 model_amd_dev_check(struct model_amd *amd);

/**
 * enum amd_walk_fault - how a walk ended
 * @AMD_WALK_OK: at a page
 * @AMD_WALK_ABSENT: an entry is not present, or the address does not fit
 * @AMD_WALK_RESERVED: a reserved bit is set in an entry
 * @AMD_WALK_LEVEL: an entry's next level or page size cannot be
 * @AMD_WALK_DENIED: at a page that the access may not use so
 * @AMD_WALK_ABORT: no memory answers at @bad
 * @AMD_WALK_RACE: the entry at @bad changes again and again
 */
enum amd_walk_fault {
	AMD_WALK_OK,
	AMD_WALK_ABSENT,
	AMD_WALK_RESERVED,
	AMD_WALK_LEVEL,
	AMD_WALK_DENIED,
	AMD_WALK_ABORT,
	AMD_WALK_RACE,
};

#define AMD_WALK_TRIES	1000

/**
 * struct amd_walk - a walk of a host page table
 * @fault: how it ended
 * @bad: where memory failed (AMD_WALK_ABORT)
 * @pa: address of the page
 * @shift: log2 of its size
 * @prot: MODEL_TLB_*, of all levels together
 * @dirty: the page entry has its dirty bit set
 * @fc: and its FC bit
 * @depth: entries in @path
 * @path: addresses and values of the entries used, top first
 */
struct amd_walk {
	enum amd_walk_fault fault;
	u64 bad;
	u64 pa;
	u8 shift;
	u8 prot;
	bool dirty;
	bool fc;
	u8 depth;
	struct {
		u64 pa;
		u64 val;
	} path[AMD_MODE_MAX];
};

/* amd_walk.c */
void model_amd_walk(struct model *m, u64 root, unsigned int mode, u64 iova,
		    struct amd_walk *walk);
int model_amd_walk_mark(struct model *m, struct amd_walk *walk, bool dirty);

/* What of the machine a cached entry is of; see amd_tag() */
enum amd_stage {
	AMD_STAGE_HOST,		/* GPA, or IOVA without guest tables */
	AMD_STAGE_GUEST,	/* GVA; of nested translation, all the way */
	AMD_STAGE_GCR3,		/* a PASID's page table; at address 0 */
};

#define AMD_TAG_DOMID	GENMASK_ULL(15, 0)
#define AMD_TAG_STAGE	GENMASK_ULL(17, 16)
#define AMD_TAG_PASID	GENMASK_ULL(51, 32)

static inline u64 amd_tag(enum amd_stage stage, u16 domid, u32 pasid)
{
	return FIELD_PREP(AMD_TAG_DOMID, domid) |
	       FIELD_PREP(AMD_TAG_STAGE, stage) |
	       FIELD_PREP(AMD_TAG_PASID, pasid);
}

/* model_tlb_entry::prot of the guest stage, besides MODEL_PROT_* */
#define AMD_PROT_US	0x8
/* model_tlb_entry::attr: the host table had a say in it */
#define AMD_ATTR_NESTED	0x1
/* And: the page is coherent, whatever the device says (FC) */
#define AMD_ATTR_FC	0x2

/*
 * A cached entry remembers where its tables were: aux the GCR3 table, aux2 the
 * host table.
 */
#define AMD_AUX_ROOT	GENMASK_ULL(51, 12)
#define AMD_AUX_GLX	GENMASK_ULL(1, 0)
#define AMD_AUX_LEVELS	GENMASK_ULL(4, 2)
#define AMD_AUX_MODE	GENMASK_ULL(2, 0)
#define AMD_AUX_HAD	GENMASK_ULL(4, 3)

/**
 * struct amd_look - a look at the tables
 * @amd: the machine
 * @ctx: by whose tables
 * @gen: model_gen() from before
 * @quiet: leave no trace, and ask memory instead of the caches
 * @bad: out: see enum amd_walk_fault
 */
struct amd_look {
	struct model_amd *amd;
	const struct amd_ctx *ctx;
	s64 gen;
	bool quiet;
	u64 bad;
};

/**
 * struct amd_access - what an access needs
 * @iova: address
 * @pasid: of guest translation
 * @priv: supervisor access
 * @need: MODEL_PROT_*; 0: anything
 * @mask: MODEL_PROT_* that the device may have at most
 */
struct amd_access {
	u64 iova;
	u32 pasid;
	bool priv;
	u8 need;
	u8 mask;
};

static inline bool amd_look_cached(const struct amd_look *l)
{
	return !l->quiet && !(l->amd->m.cfg.flags & MODEL_NO_CACHE);
}

/* amd_host.c */
enum amd_walk_fault model_amd_host(struct amd_look *l,
				   const struct amd_access *acc,
				   struct model_tlb_entry *e);

/* amd_guest.c */
u8 model_amd_allowed(const struct amd_access *acc, u8 prot);
enum amd_walk_fault model_amd_gcr3(struct amd_look *l, u32 pasid, u64 *table);
enum amd_walk_fault model_amd_guest(struct amd_look *l,
				    const struct amd_access *acc,
				    struct model_tlb_entry *e);

/* amd_check.c */
void model_amd_check_hit(struct amd_look *l, const struct model_tlb_entry *e,
			 u64 iova);
bool model_amd_pending(struct model *m);
u64 model_amd_check(struct model *m);

/* amd_dma.c */
int model_amd_translate(struct model *m, const struct model_txn *txn, u64 iova,
			struct model_xlat *out);
int model_amd_peek(struct model *m, const struct model_txn *txn, u64 iova,
		   struct model_xlat *out);

/* amd_cmd.c */
bool model_amd_run(struct model *m);

/* amd_event.c */
void model_amd_event(struct model_amd *amd, u64 w0, u64 w1);
void model_amd_status(struct model_amd *amd, u64 bit);

/* amd_ppr.c */
void model_amd_page_request(struct model *m,
			    const struct model_page_request *req);
void model_amd_page_complete(struct model_amd *amd, u64 w0, u64 w1);

#endif /* __IOMMUFDX_MODEL_AMD_MODEL_H */
