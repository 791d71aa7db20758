/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD machine. Everything it knows came through its registers or from
 * memory.
 *
 * Path of a piece:
 *	device table entry (cached by RID) -> struct amd_ctx
 *	-> IOTLB, tagged by domain ID -> walk of the host page table
 *	-> accessed and dirty bits -> fill
 *
 * A context is all that a walk needs, so that guest tables (GCR3, nesting)
 * become other contexts and not another path.
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
 * @tlb: IOTLB; tag: domain ID
 * @dte_lock: guards @dtes, @dev_hits, @dev_misses
 * @dtes: device table cache, directly mapped by RID
 * @efr: extended feature register
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

	u64 dev_table;
	u64 cmd_base;
	u64 evt_base;
	u64 control;
	u64 excl_base;
	u64 excl_limit;
	u64 status;
	u32 cmd_head;
	u32 cmd_tail;
	u32 evt_head;
	u32 evt_tail;
	u32 cmd_epoch;		/* restarts of the command buffer */
};

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
 * @prot: MODEL_TLB_* of the device
 * @suppress: log no page fault
 * @once: log one page fault
 * @exclusion: may use the exclusion range
 */
struct amd_ctx {
	enum amd_dte_kind kind;
	u32 rid;
	u16 domid;
	u64 root;
	u8 mode;
	u8 had;
	u8 prot;
	bool suppress;
	bool once;
	bool exclusion;
};

/* amd_dev.c */
int model_amd_dev_init(struct model_amd *amd);
void model_amd_dev_exit(struct model_amd *amd);
void model_amd_decode_dte(struct model_amd *amd, u32 rid, const u64 *dte,
			  struct amd_ctx *ctx);
int model_amd_read_dte(struct model_amd *amd, u32 rid, u64 *dte, u64 *pa);
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
 * @AMD_WALK_ABORT: no memory answers at @bad
 */
enum amd_walk_fault {
	AMD_WALK_OK,
	AMD_WALK_ABSENT,
	AMD_WALK_RESERVED,
	AMD_WALK_LEVEL,
	AMD_WALK_ABORT,
};

/**
 * struct amd_walk - a walk of a host page table
 * @fault: how it ended
 * @bad: where memory failed (AMD_WALK_ABORT)
 * @pa: address of the page
 * @shift: log2 of its size
 * @prot: MODEL_TLB_*, of all levels together
 * @dirty: the page entry has its dirty bit set
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

/* amd_dma.c */
int model_amd_translate(struct model *m, const struct model_txn *txn, u64 iova,
			struct model_xlat *out);
u64 model_amd_check(struct model *m);

/* amd_cmd.c */
bool model_amd_run(struct model *m);
void model_amd_inv_range(u64 word, u64 *iova, u64 *last);

/* amd_event.c */
void model_amd_event(struct model_amd *amd, u64 w0, u64 w1);
void model_amd_status(struct model_amd *amd, u64 bit);

#endif /* __IOMMUFDX_MODEL_AMD_MODEL_H */
