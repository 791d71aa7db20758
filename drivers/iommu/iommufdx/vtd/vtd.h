/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Intel VT-d backend.
 *
 * Words
 *   legacy mode    one context entry per device, which points to a second-stage
 *                  page table. For hardware without scalable mode.
 *   scalable mode  a context entry per device, written once, points to a
 *                  directory of tables with one PASID entry per PASID, which
 *                  points to a first-stage or second-stage page table. Requests
 *                  without a PASID use entry 0, which is IOMMUFDX_NO_PASID.
 *   entry          what points to a page table: a PASID entry or, in legacy
 *                  mode, the context entry
 *   attachment     an entry (a master and a PASID) in a domain
 *   DID            domain ID: tags cached translations, together with the PASID
 *                  where they are of a first stage
 *   transit DID    one per IOMMU that belongs to no domain: see attach.c
 *   nested domain  a guest's first stage on top of a second stage, its *parent*
 *   family         a parent and the nested domains on it
 *   guest's DID    what a guest calls a domain; of a vIOMMU's nested domains
 *   device TLB     translations that a device caches (ATS); they have no tag
 *
 * A domain is one page table and one DID, the same on every IOMMU, so all
 * attachments of a domain share what is cached.
 *
 * A nested domain has a DID of its own, for two devices with one PASID may have
 * different guest tables on the same parent. Translations of the parent that
 * were cached on its behalf have that DID as well. So a change of the parent is
 * flushed for the parent's DID and for those of all its nested domains; which
 * nested translations went through it hardware cannot tell: all of them go.
 *
 * Invariants
 *   1. What nobody attached has no entry that is present, so its DMA faults.
 *   2. An IOMMU caches translations of a domain only while an attachment behind
 *      it is in the domain's list (first stage: one with the same PASID): it
 *      joins before the entry names the domain and leaves after the entry no
 *      longer does; the last to leave drops what is cached. A flush therefore
 *      needs to reach only what is in the list, and a DID is clean when its
 *      domain is freed.
 *   3. Whenever the lock of a family is free, the entries of exactly the attachments
 *      in the list name the domain.
 *   4. Where hardware did not carry out a drop, the domain is tainted: its DID is
 *      never given out again, and joining it drops caches first.
 *   5. Where it did not carry out a flush, the next one drops the whole domain.
 *
 * Lock order, outermost first
 *   core's locks, which serialise set_domain per group
 *   vtd_domain.lock of a family
 *                         two of them: the parent with the lower DID first
 *   vtd_iommu.table_lock
 *   ring.lock
 *
 * The handler of the fault interrupt must not wait for who waits for hardware. It
 * takes vtd_iommu.events_lock, and inside it vtd_iommu.slots_lock, a spinlock that
 * is the innermost of all.
 */
#ifndef __IOMMUFDX_VTD_H
#define __IOMMUFDX_VTD_H

#include <linux/bitfield.h>
#include <linux/container_of.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/iommufdx/driver.h>
#include <linux/iommufdx/fault.h>
#include <linux/iommufdx/viommu.h>
#include "../entry/entry.h"
#include "../ring/ring.h"
#include "../spec/vtd.h"

struct vtd_attachment;
struct vtd_iommu;
struct vtd_master;

/* ------------------------------------------------------------------ commands */

struct ring_cmd vtd_cmd_wait(u64 pa, u32 value);
/* Context cache: all, or one device of a domain (scalable mode: of any). */
struct ring_cmd vtd_cmd_context_all(void);
struct ring_cmd vtd_cmd_context(u16 did, u16 sid);
/* PASID cache: all, or one PASID of a domain. */
struct ring_cmd vtd_cmd_pasid_all(void);
struct ring_cmd vtd_cmd_pasid(u16 did, u32 pasid);
/* Translations and cached table pointers: all, or of a domain. */
struct ring_cmd vtd_cmd_iotlb_all(u64 drain);
struct ring_cmd vtd_cmd_iotlb_domain(u64 drain, u16 did);
/* A block of a domain's second stage; @ih: VTD_INV_TLB1_IH or 0. */
struct ring_cmd vtd_cmd_iotlb_block(u64 drain, u16 did, u64 iova,
				    unsigned int shift, u64 ih);
/* The first stage of a PASID of a domain: all of it, or a block. */
struct ring_cmd vtd_cmd_pasid_iotlb(u16 did, u32 pasid);
struct ring_cmd vtd_cmd_pasid_iotlb_block(u16 did, u32 pasid, u64 iova,
					  unsigned int shift, u64 ih);
/* A block in the device TLB; @shift 64: everything. */
struct ring_cmd vtd_cmd_dev_tlb(u16 sid, u32 pasid, u64 iova,
				unsigned int shift);
/* Everything of all PASIDs. */
struct ring_cmd vtd_cmd_dev_tlb_pasids(u16 sid);
struct ring_cmd vtd_cmd_page_response(u16 sid,
				      const struct iommufdx_page_request *last,
				      int code);

/* --------------------------------------------------------------------- queue */

#define VTD_QUEUE_ENTRIES	512

int vtd_queue_init(struct vtd_iommu *iommu);
/* Tell hardware where it is and switch it on. */
int vtd_queue_enable(struct vtd_iommu *iommu);

/**
 * struct vtd_flush - commands for one IOMMU, in as many batches as they need
 * @iommu: where
 * @batch: those not run yet
 * @error: first errno of a batch that was run
 */
struct vtd_flush {
	struct vtd_iommu *iommu;
	struct ring_batch batch;
	int error;
};

void vtd_flush_add(struct vtd_flush *flush, struct ring_cmd cmd);
/* The same of @cmd for each of @nr pages, by its word 1; these are run now. */
void vtd_flush_pages(struct vtd_flush *flush, struct ring_cmd cmd,
		     const u64 *page, unsigned int nr);
/* Run the rest and say once if hardware is dead: 0, or the first errno. */
int vtd_flush_end(struct vtd_flush *flush);

/* ------------------------------------------------------------ faults, requests */

/* Interrupt handler: report what was recorded, see to the queue. */
void vtd_fault_irq(void *data);
void vtd_fault_enable(struct vtd_iommu *iommu);

#define VTD_PRQ_ORDER		2

int vtd_prq_init(struct vtd_iommu *iommu);
void vtd_prq_destroy(struct vtd_iommu *iommu);
int vtd_prq_enable(struct vtd_iommu *iommu);
void vtd_prq_disable(struct vtd_iommu *iommu);
/* From and until when requests of a master reach core. */
void vtd_prq_add(struct vtd_master *master);
void vtd_prq_remove(struct vtd_master *master);
void vtd_page_drain(struct iommufdx_iommu *base);
int vtd_page_response(struct iommufdx_master *master,
		      const struct iommufdx_page_request *last, int code);

/* -------------------------------------------------------------------- entries */

/**
 * struct vtd_image - the value of an entry
 * @word: as hardware reads it; a context entry has two words
 */
struct vtd_image {
	u64 word[VTD_PE_WORDS];
};

/* Formats for iommufdx_entry_write(); the context is a struct vtd_entry_ctx. */
extern const struct entry_ops vtd_pe_ops;
extern const struct entry_ops vtd_legacy_ops;
extern const struct entry_ops vtd_sctx_ops;

/**
 * struct vtd_entry_ctx - what the sync of an entry needs
 * @iommu: whose
 * @sid: device
 * @pasid: of a PASID entry
 * @did: DIDs that hardware may have cached it with: the old and the new one
 */
struct vtd_entry_ctx {
	struct vtd_iommu *iommu;
	u16 sid;
	u32 pasid;
	u16 did[2];
};

/**
 * struct vtd_slot - where an entry is
 * @word: in memory
 * @attachment: what it says, NULL when it is absent; changed by set_domain only
 */
struct vtd_slot {
	u64 *word;
	struct vtd_attachment **attachment;
};

/* The context entry of a device; @make: its table, if there is none. */
u64 *vtd_context(struct vtd_iommu *iommu, u16 rid, bool make);
int vtd_root_init(struct vtd_iommu *iommu);
void vtd_root_destroy(struct vtd_iommu *iommu);

struct vtd_image vtd_legacy_image(u16 did, u64 root, unsigned int levels,
				  bool ats);
/* Not translated; @levels: the most of a second stage that hardware walks, or 0. */
struct vtd_image vtd_legacy_pass(u16 did, unsigned int levels);
struct vtd_image vtd_pe_pass(u16 did, unsigned int levels);
struct vtd_image vtd_pe_first(u16 did, u64 root, unsigned int levels,
			      bool snoop);
struct vtd_image vtd_pe_second(u16 did, u64 root, unsigned int levels,
			       bool snoop, bool dirty);
/* @second: of the parent, with the nested domain's DID; @first: word 2. */
struct vtd_image vtd_pe_nested(const struct vtd_image *second, u64 first);

#define VTD_LEAF_PASIDS		BIT(VTD_PASID_TABLE_BITS)

/**
 * struct vtd_pasid_table - entries of some PASIDs
 * @word: VTD_LEAF_PASIDS entries, read by hardware
 * @attachment: what they say
 */
struct vtd_pasid_table {
	u64 *word;
	struct vtd_attachment *attachment[VTD_LEAF_PASIDS];
};

/*
 * Give a master of scalable mode a PASID directory and a context entry, and
 * take both away. All its PASID entries are absent.
 */
int vtd_pasid_init(struct vtd_master *master);
void vtd_pasid_destroy(struct vtd_master *master);

/* Its entry; NULL word: there is none. @make: make room for it. */
int vtd_slot_find(struct vtd_master *master, u32 pasid, bool make,
		  struct vtd_slot *slot);
/* What it says, or NULL. lockdep: slots_lock. Of scalable mode. */
struct vtd_attachment *vtd_slot_says(struct vtd_master *master, u32 pasid);

/* -------------------------------------------------------------------- objects */

/**
 * struct vtd_iommu - one VT-d remapping unit
 * @base: core's side of it
 * @cap: capability register
 * @ecap: extended capability register
 * @drain: VTD_INV_TLB0_* bits that an IOTLB invalidation can have
 * @scalable: which mode it is in
 * @table_lock: guards all tables of entries, and @transit_tainted
 * @root: root table, read by hardware
 * @contexts: context tables; legacy mode has one per bus, at its even index
 * @transit: DID for entries that are between two domains
 * @transit_tainted: translations may be cached with it
 * @pass: DID of entries that pass through, 0 where hardware knows none
 * @ring: commands
 * @prq: page requests, written by hardware; NULL where there are none
 * @prq_head: next one to read, in bytes; work only
 * @prq_wq: where
 * @prq_work: they are read
 * @prq_lock: guards @masters; held while one's request is reported
 * @events_lock: guards vtd_master.viommu; held beside @prq_lock to change @masters
 * @slots_lock: held beside @table_lock to change what entries say
 * @masters: vtd_master.node
 * @said_dead: a missing answer was complained of already
 */
struct vtd_iommu {
	struct iommufdx_iommu *base;
	u64 cap;
	u64 ecap;
	u64 drain;
	bool scalable;

	struct mutex table_lock;
	u64 *root;
	u64 *contexts[2 * VTD_ROOT_ENTRIES];
	u16 transit;
	bool transit_tainted;
	u16 pass;

	struct ring ring;

	u64 *prq;
	u32 prq_head;
	struct workqueue_struct *prq_wq;
	struct work_struct prq_work;
	struct mutex prq_lock;
	struct mutex events_lock;
	spinlock_t slots_lock;
	struct list_head masters;

	bool said_dead;
};

/**
 * struct vtd_domain - a page table that entries point to
 * @base: core's side of it
 * @id: DID
 * @parent: of a nested domain, else NULL
 * @first: of a nested domain: word 2 of its entries
 * @viommu: the vIOMMU that a nested domain is on, or NULL
 * @guest_did: what its guest calls it
 * @lock: guards all below, of the whole family, and is that of the parent: see
 *	vtd_domain_lock(). Held to read by a flush
 * @children: nested domains on it, vtd_domain.child_node
 * @child_node: in @parent's @children
 * @guest_node: in vtd_guest_domains() of @viommu
 * @attachments: vtd_attachment.node, those of one IOMMU beside one another, and
 *	of these, those of one PASID
 * @dirty: hardware sets dirty bits in the second stage; the parent's says it
 * @tainted: an IOMMU outside the list may still cache translations
 */
struct vtd_domain {
	struct iommufdx_domain base;
	u16 id;
	struct vtd_domain *parent;
	u64 first;
	struct vtd_viommu *viommu;
	u16 guest_did;

	struct rw_semaphore lock;
	struct list_head children;
	struct list_head child_node;
	struct hlist_node guest_node;
	struct list_head attachments;
	bool dirty;
	bool tainted;
};

/**
 * struct vtd_attachment - an entry in a domain
 * @master: whose
 * @pasid: which
 * @domain: where
 * @node: in vtd_domain.attachments (lock of the family)
 */
struct vtd_attachment {
	struct vtd_master *master;
	u32 pasid;
	struct vtd_domain *domain;
	struct list_head node;
};

/**
 * struct vtd_master - one device
 * @base: core's side of it
 * @ats: it has a device TLB that is switched on
 * @node: in vtd_iommu.masters
 * @viommu: where it has a vDEVICE, or NULL (vtd_iommu.events_lock)
 * @attachment: what its context entry says; legacy mode
 * @dir: PASID directory, read by hardware; scalable mode
 * @dir_bits: log2 of its entries
 * @tables: the same as pointers, NULL where there is no table
 */
struct vtd_master {
	struct iommufdx_master *base;
	bool ats;
	struct list_head node;
	struct vtd_viommu *viommu;

	struct vtd_attachment *attachment;

	u64 *dir;
	unsigned int dir_bits;
	struct vtd_pasid_table **tables;
};

static inline struct vtd_iommu *to_vtd_iommu(struct iommufdx_iommu *iommu)
{
	return iommu->priv;
}

static inline struct vtd_iommu *vtd_master_iommu(struct vtd_master *master)
{
	return to_vtd_iommu(master->base->iommu);
}

static inline struct iommufdx_hw *vtd_hw(struct vtd_iommu *iommu)
{
	return iommu->base->hw;
}

static inline struct vtd_domain *to_vtd_domain(struct iommufdx_domain *domain)
{
	return container_of(domain, struct vtd_domain, base);
}

#define VTD_GUEST_DIDS		64

/**
 * struct vtd_viommu - a guest's remapping unit
 * @base: core's side of it
 * @domains: its nested domains (lock of the family): see vtd_guest_domains()
 */
struct vtd_viommu {
	struct iommufdx_viommu base;
	struct hlist_head domains[VTD_GUEST_DIDS];
};

static inline struct vtd_viommu *to_vtd_viommu(struct iommufdx_viommu *viommu)
{
	return container_of(viommu, struct vtd_viommu, base);
}

/* Where domains are that the guest calls @did. */
static inline struct hlist_head *vtd_guest_domains(struct vtd_viommu *viommu,
						   u16 did)
{
	return &viommu->domains[did % VTD_GUEST_DIDS];
}

extern const struct iommufdx_domain_ops vtd_first_ops;
extern const struct iommufdx_domain_ops vtd_second_ops;
extern const struct iommufdx_domain_ops vtd_nested_ops;

static inline bool vtd_is_first(const struct vtd_domain *domain)
{
	return domain->base.ops == &vtd_first_ops;
}

/* Whose second stage it is. */
static inline struct vtd_domain *vtd_domain_base(struct vtd_domain *domain)
{
	return domain->parent ?: domain;
}

static inline struct rw_semaphore *vtd_domain_lock(struct vtd_domain *domain)
{
	return &vtd_domain_base(domain)->lock;
}

/* Levels of second-stage tables that hardware walks: a mask, bits 3 to 5. */
static inline unsigned int vtd_second_levels(const struct vtd_iommu *iommu)
{
	unsigned int sagaw = FIELD_GET(VTD_CAP_SAGAW, iommu->cap);

	if (iommu->scalable && !(iommu->ecap & VTD_ECAP_SSTS))
		return 0;
	/* Bit 1 of the field says three levels. */
	return sagaw << 2 & GENMASK(5, 3);
}

/* The same of first-stage tables. */
static inline unsigned int vtd_first_levels(const struct vtd_iommu *iommu)
{
	if (!iommu->scalable || !(iommu->ecap & VTD_ECAP_FSTS))
		return 0;
	return BIT(4) | (iommu->cap & VTD_CAP_FS5LP ? BIT(5) : 0);
}

/* Can it translate by a guest's first stage and a second one under it? */
static inline bool vtd_can_nest(const struct vtd_iommu *iommu)
{
	return vtd_first_levels(iommu) && vtd_second_levels(iommu) &&
	       (iommu->ecap & VTD_ECAP_NEST);
}

/* Leaf sizes, a mask of bytes. */
u64 vtd_first_sizes(const struct vtd_iommu *iommu);
u64 vtd_second_sizes(const struct vtd_iommu *iommu);

/* Say once that hardware does not answer. */
void vtd_complain(struct vtd_iommu *iommu, int error);
/* Change a bit of the global command register, wait for it in the status. */
int vtd_command(struct vtd_iommu *iommu, u32 bit, bool on);

int vtd_domid_alloc(struct vtd_iommu *iommu);
void vtd_domid_free(u16 id);

extern const struct iommufdx_iommu_ops vtd_iommu_ops;

int vtd_probe(struct iommufdx_iommu *iommu);
void vtd_remove(struct iommufdx_iommu *iommu);
int vtd_hw_info(struct iommufdx_master *master, u32 *type, void *data,
		size_t len);
int vtd_master_add(struct iommufdx_master *master);
void vtd_master_remove(struct iommufdx_master *master);

/* The entry of an attachment. */
struct vtd_image vtd_domain_image(const struct vtd_attachment *att, bool dirty);
/* Replace it. lockdep: table_lock. As iommufdx_entry_write(). */
int vtd_image_write(struct vtd_iommu *iommu, struct vtd_master *master,
		    u32 pasid, const struct vtd_image *image,
		    unsigned int flags);
/*
 * Enter and leave the list: see the invariants. lockdep: the lock, to write.
 * Joining fails as iommufdx_ring_run() where the domain is tainted.
 */
int vtd_domain_join(struct vtd_attachment *att);
void vtd_domain_leave(struct vtd_attachment *att);

/**
 * struct vtd_range - what an invalidation covers
 * @iova: first byte
 * @last: last byte
 * @ih: VTD_INV_TLB1_IH where no table changed
 * @parent: of a nested domain's parent, not of its own table
 * @guest_did: whose, in ranges that a guest names by DID and PASID
 * @pasid: the same
 */
struct vtd_range {
	u64 iova;
	u64 last;
	u64 ih;
	bool parent;
	u16 guest_did;
	u32 pasid;
};

/*
 * Put @range into a list of at most @max, as one with those that it touches, or
 * not at all where another holds it. False: there is no room.
 */
bool vtd_range_add(struct vtd_range *ranges, unsigned int *nr, unsigned int max,
		   struct vtd_range range);

/*
 * Invalidate ranges, on every IOMMU that may cache something of the domain.
 * lockdep: the lock. As iommufdx_ring_run().
 */
int vtd_domain_run(struct vtd_domain *domain, const struct vtd_range *range,
		   unsigned int nr);
/*
 * Drop a range of a nested domain's first stage from the IOTLB of the one IOMMU
 * that it is on, for the PASID in the range; and: all of it. lockdep: the lock.
 */
void vtd_domain_drop_range(struct vtd_flush *flush, struct vtd_domain *domain,
			   const struct vtd_range *range);
/* The same of @nr pages, by word 1 of their commands. */
void vtd_domain_drop_pages(struct vtd_flush *flush, struct vtd_domain *domain,
			   u32 pasid, const u64 *page, unsigned int nr);
void vtd_domain_drop(struct vtd_flush *flush, const struct vtd_domain *domain);
/* Free it; its table, if it had one, is gone. */
void vtd_domain_release(struct vtd_domain *domain);
/* A domain without a table, or ERR_PTR. */
struct vtd_domain *vtd_domain_new(struct vtd_iommu *iommu);

/* Can a nested domain work behind this IOMMU? 0 or -EINVAL. */
int vtd_nested_fits(const struct vtd_iommu *iommu,
		    const struct vtd_domain *domain);
struct iommufdx_domain *
vtd_domain_alloc_nested(struct iommufdx_master *master,
			struct iommufdx_domain *parent, u32 flags,
			const struct iommufdx_user_data *data);
struct iommufdx_domain *
vtd_viommu_alloc_nested(struct iommufdx_viommu *viommu, u32 flags,
			const struct iommufdx_user_data *data);
extern const struct iommufdx_inv_ops vtd_nested_inv;

struct iommufdx_viommu *
vtd_viommu_alloc(struct iommufdx_master *master, struct iommufdx_domain *parent,
		 void *core, const struct iommufdx_user_data *data);
extern const struct iommufdx_inv_ops vtd_viommu_inv;
/* How a guest writes its invalidation queue (guest_queue.c). */
extern const struct iommufdx_guest_queue_ops vtd_guest_queue_ops;

unsigned int vtd_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers);
struct iommufdx_domain *
vtd_domain_alloc_paging(struct iommufdx_master *master,
			const struct iommufdx_domain_req *req);
int vtd_set_domain(struct iommufdx_master *master, u32 pasid,
		   struct iommufdx_domain *domain);
int vtd_pass_through(struct iommufdx_master *master, bool on);

#endif /* __IOMMUFDX_VTD_H */
