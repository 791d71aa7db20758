/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMMUv3 machine. Everything it knows came through its registers or from
 * memory.
 *
 * Path of a piece:
 *	stream table entry (cached by SID) -> context descriptor (cached by SID
 *	and SSID) -> struct smmu_ctx
 *	-> TLB -> walk of stage 1, whose own accesses go through stage 2
 *	-> stage 2 -> access flags and dirty state -> fill
 *
 * What it caches, as strictly as the architecture allows, so that a driver that
 * forgets an invalidation sees old state:
 *	configuration	level 1 descriptors and entries of both kinds of tables,
 *			valid or not. CFGI_STE takes the SID's CDs along, a
 *			command with Leaf leaves level 1 descriptors alone
 *	TLB		VA to PA of VMID and ASID, stage 1 with stage 2 combined
 *			where both are on, and IPA to PA of a VMID, also for the
 *			tables of stage 1. TLBI by IPA does not touch the first
 *	walk cache	the last table of a walk; left alone by TLBI with Leaf
 *
 * Not built: Secure and Realm state, AArch32, EL2 and EL3 regimes, 52-bit
 * addresses, small tables, FWB, ATOS, VATOS, MPAM, DPT, prefetch (accepted, does
 * nothing). Memory attributes are accepted and have no effect.
 */
#ifndef __IOMMUFDX_MODEL_SMMUV3_MODEL_H
#define __IOMMUFDX_MODEL_SMMUV3_MODEL_H

#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/errno.h>
#include <linux/wait.h>

#include "internal.h"
#include "tlb.h"
#include "spec/armv8.h"
#include "spec/smmuv3.h"

#define SMMU_SID_BITS		16
#define SMMU_OAS_BITS		48
#define SMMU_QUEUE_LOG2		12	/* entries of each queue at most */
#define SMMU_STALLS		64
#define SMMU_REGIMES		256
#define SMMU_REGIME_TRIES	16	/* slots that a context can be in */

/* Tags of TLB entries. A global one has no ASID. */
#define SMMU_TAG_VMID		GENMASK_ULL(15, 0)
#define SMMU_TAG_ASID		GENMASK_ULL(31, 16)
#define SMMU_TAG_S2		BIT_ULL(32)	/* IPA to PA */
#define SMMU_TAG_GLOBAL		BIT_ULL(33)

/* Attributes of TLB entries: what TTL and TG of a command are compared with */
#define SMMU_ATTR_LEVEL		GENMASK(1, 0)
#define SMMU_ATTR_TG		GENMASK(3, 2)	/* SMMU_TLBI_TG_* */
#define SMMU_ATTR_S2_PROT	GENMASK(6, 4)	/* SMMU_PROT_* of stage 2 */

/* Permissions: MODEL_PROT_* of unprivileged accesses, then of privileged ones */
#define SMMU_PROT_PRIV_SHIFT	3
#define SMMU_PROT_BOTH(prot)	((prot) | (prot) << SMMU_PROT_PRIV_SHIFT)
#define SMMU_PROT_ALL	\
	(MODEL_PROT_READ | MODEL_PROT_WRITE | MODEL_PROT_EXEC)

/**
 * struct smmu_config_slot - a cached configuration structure
 * @key: whose, if @valid
 * @valid: slot in use
 * @w: its words as memory had them
 */
struct smmu_config_slot {
	u64 key;
	bool valid;
	u64 w[SMMU_STE_WORDS];
};

/**
 * enum smmu_config_kind - caches of configuration structures
 * @SMMU_CONFIG_L1STD: level 1 stream table descriptors; key: index
 * @SMMU_CONFIG_STE: stream table entries; key: SID
 * @SMMU_CONFIG_L1CD: level 1 CD descriptors; key: SID, index
 * @SMMU_CONFIG_CD: context descriptors; key: SID, SSID
 * @SMMU_CONFIGS: how many
 */
enum smmu_config_kind {
	SMMU_CONFIG_L1STD,
	SMMU_CONFIG_STE,
	SMMU_CONFIG_L1CD,
	SMMU_CONFIG_CD,
	SMMU_CONFIGS,
};

#define SMMU_CONFIG_SLOTS	1024	/* of each kind */
#define SMMU_CONFIG_SID_SHIFT	20	/* in the keys of L1CD and CD */

/**
 * struct smmu_stage - one stage of translation
 * @ttb: address of the first table
 * @granule: log2 of the granule
 * @ia_bits: size of the input address
 * @oa_bits: size of the output address
 * @level: of the first table
 * @s2: stage 2
 * @ha: set access flags
 * @hd: set dirty state
 * @affd: an access flag that is clear is no fault
 * @had: hierarchical attributes of tables are ignored
 * @wxn: what is writable is not executable
 * @ptw: the tables of stage 1 may not be in Device memory
 */
struct smmu_stage {
	u64 ttb;
	u8 granule;
	u8 ia_bits;
	u8 oa_bits;
	u8 level;
	bool s2;
	bool ha;
	bool hd;
	bool affd;
	bool had;
	bool wxn;
	bool ptw;
};

/**
 * struct smmu_ste - a stream table entry, decoded
 * @config: SMMU_STE_CFG_*
 * @s1: stage 1 translates
 * @s2: stage 2 translates
 * @s1fmt: SMMU_S1FMT_*
 * @cd_bits: log2 of the CDs
 * @s1dss: SMMU_S1DSS_*
 * @stalld: stage 1 may not stall
 * @eats: SMMU_EATS_*
 * @privcfg: SMMU_PRIVCFG_*
 * @ppar: automatic page responses have a PASID
 * @s2_stall: stage 2 faults stall
 * @s2_record: stage 2 faults are recorded
 * @vmid: tag
 * @cd_table: address, an IPA if @s2
 * @stage2: how @s2 translates
 */
struct smmu_ste {
	u8 config;
	bool s1;
	bool s2;
	u8 s1fmt;
	u8 cd_bits;
	u8 s1dss;
	bool stalld;
	u8 eats;
	u8 privcfg;
	bool ppar;
	bool s2_stall;
	bool s2_record;
	u16 vmid;
	u64 cd_table;
	struct smmu_stage stage2;
};

/**
 * struct smmu_cd - a context descriptor, decoded
 * @asid: tag
 * @stall: faults stall
 * @record: faults are recorded
 * @abort: faults abort, else they read as zero and ignore writes
 * @off: half of the address space is not translated (EPD)
 * @tbi: top byte is ignored
 * @half: how the lower (0) and upper (1) half are translated
 */
struct smmu_cd {
	u16 asid;
	bool stall;
	bool record;
	bool abort;
	bool off[2];
	bool tbi[2];
	struct smmu_stage half[2];
};

/**
 * struct smmu_ctx - all that a translation needs besides the address
 * @sid: stream
 * @ssid: substream whose CD it is
 * @ste: entry of the stream
 * @cd: if @ste.s1 and @s1
 * @s1: stage 1 is not bypassed
 */
struct smmu_ctx {
	u32 sid;
	u32 ssid;
	bool s1;
	struct smmu_ste ste;
	struct smmu_cd cd;
};

/**
 * struct smmu_regime - contexts of TLB entries, to find their tables again
 * @used: when an entry was last loaded by it: model_smmu.regimes_used; 0: never
 * @seq: changes when the slot is given to another
 * @ctx: the context
 */
struct smmu_regime {
	u64 used;
	u32 seq;
	struct smmu_ctx ctx;
};

/**
 * struct smmu_fault - why a piece was not translated
 * @code: SMMU_EVT_*, 0: an abort that is not recorded
 * @s2: at stage 2
 * @class: SMMU_EVT_CLASS_*
 * @tt_write: the access to a stage 1 table was an update
 * @ipa: input address of stage 2, if @s2
 * @fetch: where an external abort happened
 */
struct smmu_fault {
	u8 code;
	bool s2;
	u8 class;
	bool tt_write;
	u64 ipa;
	u64 fetch;
};

/**
 * struct smmu_leaf - what one or both stages say of an address
 * @pa: output address of the range's first byte
 * @shift: log2 of the range
 * @level: of the descriptor
 * @granule: log2
 * @prot: SMMU_PROT_*
 * @dirty: a write has nothing to mark
 * @global: of every ASID
 * @device: Device memory (stage 2)
 * @nt: no TLB holds it
 * @s2_prot: of these, what stage 2 allows: MODEL_PROT_*
 */
struct smmu_leaf {
	u64 pa;
	u8 shift;
	u8 level;
	u8 granule;
	u8 prot;
	bool dirty;
	bool global;
	bool device;
	bool nt;
	u8 s2_prot;
};

/**
 * struct smmu_piece - a piece on its way
 * @smmu: the machine
 * @txn: its transaction
 * @iova: its address
 * @gen: count of invalidations from before
 * @need: MODEL_PROT_*
 * @priv: as privileged, after STE.PRIVCFG
 * @mark: leave dirty state behind
 * @quiet: only look: nothing is cached, marked or recorded
 * @s1_only: the answer is an IPA (split-stage ATS)
 * @class: of the stage 2 translation under way
 * @ctx: configuration
 * @fault: where it failed
 */
struct smmu_piece {
	struct model_smmu *smmu;
	const struct model_txn *txn;
	u64 iova;
	s64 gen;
	u8 need;
	bool priv;
	bool mark;
	bool quiet;
	bool s1_only;
	u8 class;
	struct smmu_ctx ctx;
	struct smmu_fault fault;
};

enum smmu_stall_state {
	SMMU_STALL_FREE,
	SMMU_STALL_WAITS,	/* for software */
	SMMU_STALL_RETRY,
	SMMU_STALL_ABORT,
	SMMU_STALL_RAZ,		/* terminate: reads zeroes, ignores writes */
};

/**
 * struct smmu_stall - a transaction that faulted and waits
 * @state: enum smmu_stall_state
 * @recorded: its event is in the queue
 * @seq: upper half of its tag, differs each time
 * @sid: stream
 * @evt: event record, written when there is room
 */
struct smmu_stall {
	enum smmu_stall_state state;
	bool recorded;
	u8 seq;
	u32 sid;
	u64 evt[SMMU_EVT_WORDS];
};

/**
 * struct smmu_queue - pointers of a queue
 * @base: register
 * @prod: register
 * @cons: register
 */
struct smmu_queue {
	u64 base;
	u32 prod;
	u32 cons;
};

/**
 * struct smmu_irq_cfg - *_IRQ_CFG0..2
 * @addr: of the message, 0: wired
 * @data: what is stored there
 * @attr: accepted
 */
struct smmu_irq_cfg {
	u64 addr;
	u32 data;
	u32 attr;
};

/*
 * struct model_smmu - the SMMUv3 machine
 * @m: what every machine has; first
 * @tlb: TLB; tag: SMMU_TAG_*
 * @walks: walk cache: tables of the last level; same tags
 * @config_lock: guards the next five
 * @config: caches of configuration structures
 * @regimes: contexts of TLB entries
 * @regimes_used: how often one was asked for
 * @dev_hits, @dev_misses: STE lookups
 * @stall_wait: transactions wait here; woken without a lock
 * @stalls: guarded by @m.lock
 *
 * The rest are registers, written under @m.lock. Those that transactions use
 * are read with READ_ONCE(). What CR0, IRQ_CTRL and GBPA say takes effect and is
 * acknowledged on the machine's own thread; @cr0_active is what is in effect,
 * @cr0ack what software is told.
 */
struct model_smmu {
	struct model m;
	struct model_tlb tlb;
	struct model_tlb walks;
	spinlock_t config_lock;
	struct smmu_config_slot *config[SMMU_CONFIGS];
	struct smmu_regime *regimes;
	u64 regimes_used;
	u64 dev_hits;
	u64 dev_misses;
	wait_queue_head_t stall_wait;
	struct smmu_stall stalls[SMMU_STALLS];

	u32 idr[6];
	u32 cr0;
	u32 cr0_active;
	u32 cr0ack;
	u32 cr1;
	u32 cr2;
	u32 gbpa;		/* UPDATE: to be done */
	u32 gbpa_next;
	u32 irq_ctrl;
	u32 irq_ctrlack;
	u32 gerror;
	u32 gerrorn;
	u64 strtab_base;
	u32 strtab_cfg;
	struct smmu_queue cmdq;
	struct smmu_queue evtq;
	struct smmu_queue priq;
	struct smmu_irq_cfg gerror_irq;
	struct smmu_irq_cfg evtq_irq;
	struct smmu_irq_cfg priq_irq;
	bool atc_failed;	/* since the last SYNC; the command thread's */
};

static inline struct model_smmu *to_smmu(struct model *m)
{
	return container_of(m, struct model_smmu, m);
}

static inline bool smmu_enabled(struct model_smmu *smmu, u32 cr0_bit)
{
	return READ_ONCE(smmu->cr0_active) & cr0_bit;
}

/* SMMU_TLBI_TG_* of a granule */
static inline u8 smmu_tg_code(u8 granule)
{
	return (granule - ARMV8_SHIFT_4K) / 2 + SMMU_TLBI_TG_4K;
}

/* MODEL_PROT_* for a piece out of SMMU_PROT_* */
static inline u8 smmu_prot(u8 prot, bool priv)
{
	return (priv ? prot >> SMMU_PROT_PRIV_SHIFT : prot) & SMMU_PROT_ALL;
}

static inline int smmu_fail(struct smmu_piece *p, u8 code)
{
	p->fault.code = code;
	return -EFAULT;
}

/* smmuv3_config.c */
int model_smmu_config_init(struct model_smmu *smmu);
void model_smmu_config_exit(struct model_smmu *smmu);
int model_smmu_load_ste(struct smmu_piece *p, u64 *ste);
int model_smmu_load_context(struct smmu_piece *p);
void model_smmu_config_evict(struct model_smmu *smmu,
			     enum smmu_config_kind kind, u64 key, u64 mask);
u64 model_smmu_config_check(struct model_smmu *smmu);
u64 model_smmu_regime_put(struct model_smmu *smmu, const struct smmu_ctx *ctx);
bool model_smmu_regime_get(struct model_smmu *smmu, u64 cookie,
			   struct smmu_ctx *ctx);

/* smmuv3_decode.c */
bool model_smmu_decode_ste(struct model_smmu *smmu, const u64 *w,
			   struct smmu_ste *ste);
bool model_smmu_decode_cd(struct model_smmu *smmu, const struct smmu_ste *ste,
			  const u64 *w, struct smmu_cd *cd);

/* smmuv3_walk.c */
int model_smmu_walk(struct smmu_piece *p, const struct smmu_stage *stage,
		    u64 addr, u8 need, bool priv, bool mark,
		    struct smmu_leaf *leaf);

/* smmuv3_xlat.c */
int model_smmu_stage2(struct smmu_piece *p, u64 ipa, u8 need, bool mark,
		      struct smmu_leaf *leaf);
int model_smmu_stage1(struct smmu_piece *p, u64 va, struct smmu_leaf *leaf);
int model_smmu_resolve(struct smmu_piece *p, struct smmu_leaf *leaf);
u64 model_smmu_tag(const struct smmu_ctx *ctx, bool s2);

/* smmuv3_dma.c */
int model_smmu_translate(struct model *m, const struct model_txn *txn, u64 iova,
			 struct model_xlat *out);
int model_smmu_peek(struct model *m, const struct model_txn *txn, u64 iova,
		    struct model_xlat *out);

/* smmuv3_check.c */
void model_smmu_check_hit(struct smmu_piece *p, const struct model_tlb_entry *e,
			  u64 addr);
u64 model_smmu_check(struct model *m);

/* smmuv3_stall.c */
void model_smmu_stall_begin(struct model_smmu *smmu, u64 *evt,
			    struct model_xlat *out);
int model_smmu_stalled(struct model *m, const struct model_txn *txn,
		       struct model_xlat *x);
void model_smmu_stall_wake(struct model *m);
void model_smmu_stall_flush(struct model_smmu *smmu);
void model_smmu_resume(struct model_smmu *smmu, u32 sid, u16 stag,
		       enum smmu_stall_state state);
void model_smmu_stall_term(struct model_smmu *smmu, u32 sid, u32 mask);

/* smmuv3_queue.c */
u32 model_smmu_queue_next(const struct smmu_queue *q, u32 ptr);
u32 model_smmu_queue_depth(const struct smmu_queue *q);
u64 model_smmu_queue_cmd(const struct smmu_queue *q);
void model_smmu_irq(struct model_smmu *smmu, unsigned int line);
void model_smmu_gerror(struct model_smmu *smmu, u32 bit);
void model_smmu_event(struct model_smmu *smmu, const u64 *evt);
bool model_smmu_event_store(struct model_smmu *smmu, const u64 *evt);
void model_smmu_page_request(struct model *m,
			     const struct model_page_request *req);

/* smmuv3_cmd.c */
bool model_smmu_run(struct model *m);
bool model_smmu_pending(struct model *m);

/* smmuv3_regs.c */
void model_smmu_acknowledge(struct model_smmu *smmu);

/* smmuv3_tlbi.c */
bool model_smmu_is_tlbi(u8 op);
bool model_smmu_tlbi_legal(struct model_smmu *smmu, const u64 *cmd);
void model_smmu_tlbi(struct model_smmu *smmu, const u64 *cmd);

#endif /* __IOMMUFDX_MODEL_SMMUV3_MODEL_H */
