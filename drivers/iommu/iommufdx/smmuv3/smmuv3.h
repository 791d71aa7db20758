/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Arm SMMUv3 backend.
 *
 * Each SMMU has a stream table with one entry (STE) per stream ID, which is the
 * RID, a command queue, an event queue and a queue of page requests. An STE
 * either aborts, or names a stage 2 table, or names the stream's table of
 * context descriptors (CDs); each CD names a stage 1 table for one substream
 * (SSID), which is the PASID. CD 0 serves transactions without one.
 *
 * A domain is one page table and one tag, the same on every SMMU; hardware tags
 * cached translations with it, so all masters of a domain share them. The tag of
 * stage 1 is an ASID under VMID 0, the tag of stage 2 is a VMID from 1 on.
 *
 * A virtual IOMMU is one guest's SMMU: a nesting parent's table under a VMID of
 * its own, for a guest's ASIDs mean something within its SMMU only. Its nested
 * domains are STEs as the guest wrote them; with all of them the guest's devices
 * are in one domain, that of the VMID.
 *
 * Words: a master's *attachment* says which domain one of its SSIDs is in;
 * moving from one domain to another it has two for a moment.
 *
 * Invariants
 *   1. An STE that nobody attached is valid and aborts.
 *   2. An SMMU caches translations of a domain only while a master behind it is
 *      in the domain's list: joining comes before an STE or CD names the
 *      domain, leaving after none does any more, and the last to leave on an
 *      SMMU drops what that has cached. A flush therefore needs to reach only
 *      the SMMUs of the list, and a tag is clean when its domain is freed.
 *   3. Where hardware did not carry out such a drop, the domain is tainted: its
 *      tag is never given out again, and joining it drops caches first.
 *   4. Where it did not carry out a flush, the next one drops the whole domain.
 *   5. A device's own cache (ATC) holds nothing of a domain after leaving it. A
 *      device that does not answer to that loses ATS: the SMMU then refuses
 *      what such a cache makes of its requests.
 *   6. A change of a nesting parent is flushed for the VMIDs of all virtual IOMMUs
 *      on it, too. Which translations of a guest's stage 1 went through it
 *      hardware cannot tell: all of them go.
 *   7. A CD is valid only while its STE names the table it is in, or while the
 *      STE is on its way there.
 *
 * Replacing. A CD or an STE is written by entry/ where 64-bit stores can do that
 * without a fault. Where they cannot, as between two domains (tag and table
 * stand in different words), the leaf table around the entry is copied, the
 * entry is changed in the copy, and one 64-bit store to the level 1 descriptor
 * switches over. So DMA sees the old or the new translation at every instant,
 * unless hardware has linear stream tables only.
 *
 * Lock order, outermost first
 *   core's registry lock, which serialises adding and removing masters
 *   smmu.masters_lock
 *   core's locks of a group, which serialise its set_domain, and of its faults
 *   smmu_domain.lock	to write: one at a time; to read: that of a nesting
 *			parent, then those of its virtual IOMMUs
 *   smmu.config_lock
 *   ring.lock
 *   smmu.gerror_lock
 *
 * smmu.events_lock is taken with core's locks of a group held, and is outside
 * those of event queues.
 */
#ifndef __IOMMUFDX_SMMUV3_H
#define __IOMMUFDX_SMMUV3_H

#include <linux/bitfield.h>
#include <linux/build_bug.h>
#include <linux/container_of.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/iommufdx/driver.h>
#include <linux/iommufdx/viommu.h>
#include "../entry/entry.h"
#include "../ring/ring.h"
#include "../spec/armv8.h"
#include "../spec/smmuv3.h"

struct smmu;
struct smmu_domain;
struct smmu_master;
struct smmu_nested;
struct iommufdx_page_request;

/* ---------------------------------------------------------------- commands */

struct ring_cmd smmu_cmd_sync(u64 pa, u32 value);
/* Wait for what is before, and tell nobody. */
struct ring_cmd smmu_cmd_barrier(void);
struct ring_cmd smmu_cmd_cfgi_ste(u32 sid);
/* The STEs of the level 2 table that @sid is in, and its descriptor. */
struct ring_cmd smmu_cmd_cfgi_leaf(u32 sid);
struct ring_cmd smmu_cmd_cfgi_all(void);
struct ring_cmd smmu_cmd_cfgi_cd(u32 sid, u32 ssid);
struct ring_cmd smmu_cmd_cfgi_cds(u32 sid);
struct ring_cmd smmu_cmd_tlbi_all(void);
struct ring_cmd smmu_cmd_tlbi_el2_all(void);
/* Stage 1, and what it makes together with stage 2, of a VMID. */
struct ring_cmd smmu_cmd_tlbi_s1(u16 vmid);
/* The device's cache of @iova to @last, or of a little more. */
struct ring_cmd smmu_cmd_atc_inv(u32 sid, u32 ssid, u64 iova, u64 last);
/* The same of everything that has an SSID. */
struct ring_cmd smmu_cmd_atc_inv_ssids(u32 sid);
struct ring_cmd smmu_cmd_pri_resp(u32 sid,
				  const struct iommufdx_page_request *last,
				  int code);
struct ring_cmd smmu_cmd_resume(u32 sid, u16 stag, int code);

/**
 * struct smmu_tag - what translations of a domain are tagged with
 * @s2: stage 2
 * @id: VMID of stage 2, ASID of stage 1
 */
struct smmu_tag {
	bool s2;
	u16 id;
};

/**
 * struct smmu_tlbi - translations that changed
 * @tag: of which domain
 * @granule: log2 of its granule
 * @iova: first byte
 * @last: last byte
 * @pgsize: smallest leaf, 0 if unknown
 * @leaf: no pointers to tables are concerned
 */
struct smmu_tlbi {
	struct smmu_tag tag;
	u8 granule;
	u64 iova;
	u64 last;
	u64 pgsize;
	bool leaf;
};

/* Commands that smmu_batch_tlbi() adds at most. */
#define SMMU_TLBI_CMDS		8

/*
 * Add commands that invalidate exactly @inv, by ranges if hardware has these
 * (@ranges). False: it takes too many; nothing is added.
 */
bool smmu_batch_tlbi(struct ring_batch *batch, const struct smmu_tlbi *inv,
		     bool ranges);
/* All translations of a domain. */
struct ring_cmd smmu_cmd_tlbi_tag(const struct smmu_tag *tag);

/* ------------------------------------------------------------------ tables */

/* STEs and CDs are alike: eight words, in tables of one or two levels. */
#define SMMU_ENTRY_WORDS	8
#define SMMU_ENTRY_SIZE		64

/**
 * struct smmu_entry - an STE or a CD
 * @word: as hardware reads it
 */
struct smmu_entry {
	u64 word[SMMU_ENTRY_WORDS];
} __aligned(SMMU_ENTRY_SIZE);

/* log2 of the entries of a leaf table in two levels: 4 KiB of them. */
#define SMMU_LEAF_BITS		6

static_assert(SMMU_LEAF_BITS == SMMU_ST_SPLIT_4K);
static_assert(SMMU_LEAF_BITS == SMMU_CD_L2_4K_BITS);
static_assert(SMMU_ENTRY_SIZE == SMMU_STE_SIZE);
static_assert(SMMU_ENTRY_SIZE == SMMU_CD_SIZE);

/**
 * struct smmu_table - a stream table or a table of CDs
 * @top: level 1 descriptors, or the only table; NULL before init
 * @bits: log2 of the entries
 * @two_level: @top holds descriptors
 * @mark: what makes a descriptor valid, besides its address
 */
struct smmu_table {
	void *top;
	u8 bits;
	bool two_level;
	u64 mark;
};

/* Two levels if @bits are worth it and @mark is not 0. */
int smmu_table_init(struct smmu_table *table, unsigned int bits, u64 mark,
		    const struct smmu_entry *blank);
/* Hardware reads it no more. */
void smmu_table_destroy(struct smmu_table *table);
/* NULL: no leaf is there. */
struct smmu_entry *smmu_table_entry(const struct smmu_table *table, u32 index);
/* Have a leaf there, filled with @blank if it is new. 0 or -ENOMEM. */
int smmu_table_grow(struct smmu_table *table, u32 index,
		    const struct smmu_entry *blank);
/*
 * Put a copy of the leaf of @index in its place in which that entry is @target.
 * Returns the leaf that was there, or ERR_PTR(-ENOMEM). smmu_table_put_leaf()
 * undoes it. A linear table is all one leaf.
 */
struct smmu_entry *smmu_table_swap(struct smmu_table *table, u32 index,
				   const struct smmu_entry *target);
struct smmu_entry *smmu_table_put_leaf(struct smmu_table *table, u32 index,
				       struct smmu_entry *leaf);
void smmu_table_free_leaf(struct smmu_table *table, struct smmu_entry *leaf);

/* ------------------------------------------------------------ stream table */

/*
 * The formats for iommufdx_entry_write(). Absent is V clear, which aborts; the
 * context of their sync is a struct smmu_entry_ctx.
 */
extern const struct entry_ops smmu_ste_ops;
extern const struct entry_ops smmu_cd_ops;

/**
 * struct smmu_entry_ctx - what the sync of an entry needs
 * @smmu: whose
 * @sid: which
 * @ssid: which, of a CD
 */
struct smmu_entry_ctx {
	struct smmu *smmu;
	u32 sid;
	u32 ssid;
};

struct smmu_entry smmu_ste_abort(void);
/* Not translated. */
struct smmu_entry smmu_ste_bypass(void);
/* Translated by the CDs of @master; @rid: also without an SSID. */
struct smmu_entry smmu_ste_s1(const struct smmu_master *master, bool rid);
struct smmu_entry smmu_ste_s2(const struct smmu_master *master,
			      struct smmu_domain *domain);
struct smmu_entry smmu_ste_nested(const struct smmu_master *master,
				  const struct smmu_nested *nested);

int smmu_strtab_init(struct smmu *smmu);
void smmu_strtab_destroy(struct smmu *smmu);
void smmu_strtab_enable(struct smmu *smmu);
/* Have an STE for @sid, which aborts if it is new. 0 or -ENOMEM. */
int smmu_strtab_add(struct smmu *smmu, u32 sid);

/*
 * Replace an STE, or the CD of @ssid. The old value stands after an error, unless
 * @flags say ENTRY_FORCE, with which it takes no memory. lockdep: config_lock.
 * Return 0, -ENOMEM, or as smmu_run().
 */
int smmu_ste_write(struct smmu *smmu, u32 sid, const struct smmu_entry *ste,
		   unsigned int flags);
int smmu_cd_write(struct smmu_master *master, u32 ssid,
		  const struct smmu_entry *cd, unsigned int flags);

/*
 * Replace an entry by way of a copy of its leaf in @table, which has two levels;
 * @forget makes hardware forget all of the old one. As smmu_ste_write().
 */
int smmu_table_replace(struct smmu *smmu, struct smmu_table *table, u32 index,
		       const struct smmu_entry *target, struct ring_cmd forget);
/* Free the pages at @mem when hardware is off. lockdep: config_lock. */
void smmu_retire(struct smmu *smmu, void *mem);

/* ----------------------------------------------------- context descriptors */

/* A CD that nobody has: V clear. */
struct smmu_entry smmu_cd_none(void);
struct smmu_entry smmu_cd_s1(const struct smmu_master *master,
			     const struct smmu_domain *domain);
/* Have a CD for @ssid, and the master a table. 0 or -ENOMEM. */
int smmu_cd_add(struct smmu_master *master, u32 ssid);
/* The table goes; the STE aborts. */
void smmu_cd_destroy(struct smmu_master *master);
/* Most bits of an SSID that a table of @smmu can have. */
unsigned int smmu_ssid_bits(const struct smmu *smmu);

/* ------------------------------------------------------------------ queues */

/**
 * struct smmu_queue - a queue that hardware writes to
 * @mem: the entries
 * @log2: log2 of how many
 * @words: 64-bit words of an entry
 * @cons: next entry to read, with the wrap bit, as in its register
 * @reg_base: its registers
 * @reg_prod: "
 * @reg_cons: "
 *
 * Read by one thread at a time: its work.
 */
struct smmu_queue {
	u64 *mem;
	u8 log2;
	u8 words;
	u32 cons;
	u32 reg_base;
	u32 reg_prod;
	u32 reg_cons;
};

int smmu_queues_init(struct smmu *smmu);
void smmu_queues_destroy(struct smmu *smmu);
void smmu_queue_enable(struct smmu *smmu, const struct smmu_queue *queue);
/* Take out all there is until the queue is empty; acknowledge overflows. */
void smmu_queue_drain(struct smmu *smmu, struct smmu_queue *queue,
		      void (*fn)(struct smmu *smmu, const u64 *entry));

void smmu_evtq_work(struct work_struct *work);
void smmu_priq_work(struct work_struct *work);
/* Interrupt handlers */
void smmu_evtq_irq(void *data);
void smmu_priq_irq(void *data);
void smmu_gerror_irq(void *data);

/* A stalled transaction, as event record @evt has it. */
void smmu_stall(struct smmu *smmu, const u64 *evt);

/* 512 of each; fewer if hardware has fewer. */
#define SMMU_QUEUE_LOG2		9
/* The command ring needs as many. */
#define SMMU_CMDQ_LOG2_MIN	6

int smmu_cmdq_init(struct smmu *smmu);
void smmu_cmdq_enable(struct smmu *smmu);
/* Acknowledge global errors. */
void smmu_gerror_ack(struct smmu *smmu, u32 bits);

/* ----------------------------------------------------------------- objects */

/**
 * struct smmu - one SMMU
 * @base: core's side of it
 * @idr: identification registers 0 to 5
 * @oa_bits: width of physical addresses
 * @sid_bits: width of stream IDs
 * @config_lock: guards @strtab and the CD tables of its masters, and @limbo
 * @strtab: STEs, read by hardware
 * @limbo: tables that hardware may still read, as it did not answer
 * @ring: commands
 * @gerror_lock: guards @gerrorn
 * @gerrorn: what GERRORN holds
 * @evtq: events
 * @priq: page requests; no memory where there are none
 * @wq: reads the queues: what it does may need commands, which must not be
 *	waited for in an interrupt handler
 * @evtq_work: for @evtq
 * @priq_work: for @priq
 * @masters_lock: guards @masters, and holds them while they are told of requests
 * @masters: smmu_master.node
 * @events_lock: guards smmu_master.viommu, which lives while it is held
 * @said_dead: a missing answer was complained of already
 */
struct smmu {
	struct iommufdx_iommu *base;
	u32 idr[6];
	u8 oa_bits;
	u8 sid_bits;

	struct mutex config_lock;
	struct smmu_table strtab;
	struct pgtable_gather limbo;

	struct ring ring;
	spinlock_t gerror_lock;
	u32 gerrorn;

	struct smmu_queue evtq;
	struct smmu_queue priq;
	struct workqueue_struct *wq;
	struct work_struct evtq_work;
	struct work_struct priq_work;

	struct mutex masters_lock;
	struct list_head masters;
	struct mutex events_lock;

	bool said_dead;
};

/**
 * struct smmu_domain - a page table that CDs or STEs point to
 * @base: core's side of it; unused in a virtual IOMMU
 * @parent: of a virtual IOMMU: whose table it is, else NULL
 * @tag: of its translations
 * @granule: log2 of the table's granule
 * @va_bits: of the table's input width, what hardware is told of
 * @lock: guards all below; held to read by a flush
 * @viommus: virtual IOMMUs on it, smmu_viommu.node
 * @attachments: smmu_attachment.node, those of one SMMU beside one another
 * @tainted: an SMMU outside the list may still cache translations
 */
struct smmu_domain {
	struct iommufdx_domain base;
	struct smmu_domain *parent;
	struct smmu_tag tag;
	u8 granule;
	u8 va_bits;

	struct rw_semaphore lock;
	struct list_head viommus;
	struct list_head attachments;
	bool tainted;
};

/* Pages that are looked for among those that a batch holds: a power of two. */
#define SMMU_VIOMMU_SEEN_BITS	8

/**
 * struct smmu_viommu - one guest's SMMU
 * @base: core's side of it
 * @s2: the parent's table under the guest's VMID
 * @node: in smmu_domain.viommus of the parent
 * @va_bits: what a guest's TLBI by address may have set, in both words
 * @asid_bits: the same in word 0 of a TLBI by ASID
 * @ssids: commands may name SSIDs
 * @ranges: there are range commands
 * @max_scale: largest SCALE of a range
 * @max_tlbi: TLB commands to be given to hardware at once
 * @seen_gen: generation of what is valid in @seen
 * @seen: see viommu_inv.c; both guarded by core, that takes one command at a time
 */
struct smmu_viommu {
	struct iommufdx_viommu base;
	struct smmu_domain s2;
	struct list_head node;
	u64 va_bits[2];
	u64 asid_bits;
	bool ssids;
	bool ranges;
	u8 max_scale;
	u16 max_tlbi;
	u64 seen_gen;
	u64 seen[1 << SMMU_VIOMMU_SEEN_BITS];
};

/**
 * struct smmu_nested - an STE as a guest wrote it
 * @base: core's side of it
 * @viommu: whose
 * @config: SMMU_STE_CFG_ABORT, _BYPASS or _S1
 * @ste: words 0 and 1, of stage 1: what the guest may say
 * @ats: the guest invalidates the device's cache
 */
struct smmu_nested {
	struct iommufdx_domain base;
	struct smmu_viommu *viommu;
	u8 config;
	u64 ste[2];
	bool ats;
};

/**
 * struct smmu_attachment - one SSID of a master in a domain
 * @master: who
 * @ssid: IOMMUFDX_NO_PASID or the PASID
 * @domain: where
 * @nested: by which of the guest's STEs, in the domain of a virtual IOMMU
 * @node: in smmu_domain.attachments (smmu_domain.lock)
 * @master_node: in smmu_master.attachments
 */
struct smmu_attachment {
	struct smmu_master *master;
	u32 ssid;
	struct smmu_domain *domain;
	const struct smmu_nested *nested;
	struct list_head node;
	struct list_head master_node;
};

/**
 * struct smmu_master - one device
 * @base: core's side of it
 * @node: in smmu.masters
 * @cds: its CDs (smmu.config_lock)
 * @attachments: smmu_attachment.master_node, what its STE and CDs say;
 *	set_domain only
 * @ats: its cache must be invalidated; read without a lock
 * @eats: its STE lets it use ATS (smmu.config_lock)
 * @stall: its faults stall where somebody takes page requests
 * @passes: what its STE says while it is in no domain: not aborts, but bypass
 *	(smmu.config_lock)
 * @viommu: the guest that is told of its faults, or NULL (smmu.events_lock)
 */
struct smmu_master {
	struct iommufdx_master *base;
	struct list_head node;
	struct smmu_table cds;
	struct list_head attachments;
	bool ats;
	bool eats;
	bool stall;
	bool passes;
	struct smmu_viommu *viommu;
};

static inline struct smmu *to_smmu(struct iommufdx_iommu *iommu)
{
	return iommu->priv;
}

static inline struct smmu *smmu_of(const struct smmu_master *master)
{
	return to_smmu(master->base->iommu);
}

static inline struct iommufdx_hw *smmu_hw(struct smmu *smmu)
{
	return smmu->base->hw;
}

static inline struct smmu_domain *to_smmu_domain(struct iommufdx_domain *domain)
{
	return container_of(domain, struct smmu_domain, base);
}

/* Does hardware set the dirty state of leaves? */
static inline bool smmu_has_dirty(const struct smmu *smmu)
{
	return FIELD_GET(SMMU_IDR0_HTTU, smmu->idr[0]) >= SMMU_HTTU_AD;
}

/* Can it translate by a guest's stage 1 and a stage 2 under it? */
static inline bool smmu_can_nest(const struct smmu *smmu)
{
	return (smmu->idr[0] & SMMU_IDR0_S1P) && (smmu->idr[0] & SMMU_IDR0_S2P);
}

/*
 * May leaf sizes change in place (DDI 0487 section D8.16.1, level 2)? Level 1 asks
 * for nT in blocks, and has no such bit for pages and contiguous runs.
 */
static inline bool smmu_has_bbm(const struct smmu *smmu)
{
	return FIELD_GET(SMMU_IDR3_BBML, smmu->idr[3]) == 2;
}

/*
 * Execute @batch and wait until hardware has: 0, -EIO, -ETIMEDOUT; see
 * iommufdx_ring_run(). Says once that hardware does not answer.
 */
int smmu_run(struct smmu *smmu, const struct ring_batch *batch);
int smmu_run_one(struct smmu *smmu, struct ring_cmd cmd);
/* The same of iommufdx_ring_run_pieces(). */
int smmu_run_pieces(struct smmu *smmu, const struct ring_piece *pieces,
		    unsigned int nr_pieces);

extern const struct iommufdx_iommu_ops smmu_iommu_ops;

int smmu_probe(struct iommufdx_iommu *iommu);
void smmu_remove(struct iommufdx_iommu *iommu);
int smmu_hw_info(struct iommufdx_master *master, u32 *type, void *data,
		 size_t len);
int smmu_master_add(struct iommufdx_master *master);
void smmu_master_remove(struct iommufdx_master *master);
void smmu_page_drain(struct iommufdx_iommu *base);
int smmu_page_response(struct iommufdx_master *master,
		       const struct iommufdx_page_request *last, int code);

static inline struct smmu_nested *to_smmu_nested(struct iommufdx_domain *domain)
{
	return container_of(domain, struct smmu_nested, base);
}

static inline struct smmu_viommu *to_smmu_viommu(struct iommufdx_viommu *viommu)
{
	return container_of(viommu, struct smmu_viommu, base);
}

/* Whose table it is. */
static inline struct smmu_domain *smmu_domain_base(struct smmu_domain *domain)
{
	return domain->parent ?: domain;
}

extern const struct iommufdx_domain_ops smmu_domain_ops;
extern const struct iommufdx_domain_ops smmu_nested_ops;

/* Do faults of @master in @domain stall? */
bool smmu_stalls(const struct smmu_master *master,
		 const struct smmu_domain *domain);
/* Width of addresses for CD.IPS and STE.S2PS, and back; reserved: 48. */
unsigned int smmu_oas_encode(unsigned int bits);
unsigned int smmu_oas_decode(unsigned int oas);
/* CD.TG0 and STE.S2TG of a granule. */
unsigned int smmu_tg0(unsigned int granule);

unsigned int smmu_domain_offers(struct iommufdx_master *master,
				struct iommufdx_domain_offer *offers);
struct iommufdx_domain *
smmu_domain_alloc_paging(struct iommufdx_master *master,
			 const struct iommufdx_domain_req *req);
/* A tag that is free, or an errno; and give one back. */
int smmu_tag_alloc(const struct smmu *smmu, bool s2);
void smmu_tag_free(const struct smmu_tag *tag);
/* 0, or -EINVAL: it can never serve this SSID of @master. */
int smmu_domain_fits(const struct smmu_master *master, u32 ssid,
		     const struct iommufdx_domain *domain);
int smmu_domain_flush(struct iommufdx_domain *domain,
		      const struct pgtable_gather *gather);
/*
 * Enter and leave the list: see the invariants. lockdep: domain->lock, to write.
 * Joining fails as smmu_run() where the domain is tainted.
 */
int smmu_domain_join(struct smmu_attachment *att);
void smmu_domain_leave(struct smmu_attachment *att);

int smmu_set_domain(struct iommufdx_master *master, u32 pasid,
		    struct iommufdx_domain *domain);
int smmu_pass_through(struct iommufdx_master *master, bool on);

struct iommufdx_viommu *
smmu_viommu_alloc(struct iommufdx_master *master,
		  struct iommufdx_domain *parent, void *core,
		  const struct iommufdx_user_data *data);
struct iommufdx_domain *
smmu_nested_alloc(struct iommufdx_viommu *viommu, u32 flags,
		  const struct iommufdx_user_data *data);
/* 0; -EINVAL as smmu_domain_fits(); -ENOENT: the guest has no name for it. */
int smmu_nested_fits(const struct smmu_master *master, u32 ssid,
		     const struct smmu_nested *nested);
/* Which bits guests may set in commands. */
void smmu_viommu_init_inv(struct smmu_viommu *viommu, const struct smmu *smmu);
extern const struct iommufdx_inv_ops smmu_viommu_inv;
/* How a guest writes its command queue (guest_queue.c). */
extern const struct iommufdx_guest_queue_ops smmu_guest_queue_ops;

/* The device does not answer: let it use ATS no more. */
void smmu_ats_give_up(struct smmu_master *master);

#endif /* __IOMMUFDX_SMMUV3_H */
