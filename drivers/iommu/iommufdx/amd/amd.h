/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD backend.
 *
 * Each IOMMU has a device table with one entry (DTE) per RID, a command queue,
 * an event log and a log of page requests.
 *
 * Words
 *   v1          a host page table. The DTE points to it, so it is for requests
 *               without a PASID. A v1 domain has a 16-bit domain ID, the same on
 *               every IOMMU; hardware tags cached translations with it, so all
 *               masters of a domain share them.
 *   v2          a guest page table: x86's format. The DTE points to a GCR3
 *               table, that has a page table per PASID; what has no PASID uses
 *               entry 0, which is IOMMUFDX_NO_PASID. Cached translations are
 *               tagged with the DTE's domain ID and the PASID, so the ID is the
 *               GCR3 table's: domain_id.c says whose table is whose.
 *   attachment  a master in a v1 domain; moving from one to another it has two
 *               for a moment
 *   entry       a v2 domain in a GCR3 table
 *   IOTLB       translations that a device caches (ATS); they have no tag
 *
 * A DTE with both tables nests: the GCR3 table and all guest tables are then
 * behind the host table. That is for guests (nested.c); a master that is in a v1
 * domain otherwise has no PASIDs.
 *
 * Invariants; 2 to 5 of v1 domains, domain_id.c has those of v2
 *   1. A DTE that nobody attached is present and blocks: hardware passes the DMA
 *      of entries that are not valid untranslated.
 *   2. An IOMMU caches translations of a domain only while a master behind it is
 *      in the domain's list: joining comes before the DTE names the domain,
 *      leaving after it no longer does, and the last to leave on an IOMMU drops
 *      what that has cached. A flush therefore needs to reach only the IOMMUs
 *      of the list, and a domain ID is clean when its domain is freed.
 *   3. Where hardware did not carry out such a drop, the domain is tainted: its
 *      ID is never given out again, and joining it drops caches first.
 *   4. Where it did not carry out a flush, the next one drops the whole domain.
 *   5. A master in a nested domain has an ID of its guest's instead, and is in the
 *      list of the nesting parent, which is the domain of 2 to 4. A flush and the
 *      last drop on an IOMMU are also for all IDs of guests that the parent has.
 *
 * Lock order, outermost first
 *   core's locks, which serialise set_domain per group
 *   amd_gcr3_lock         see domain_id.c
 *   amd_flush_gate        held to read by a flush
 *   amd_domain.lock       to write: one at a time
 *   amd_gcr3.lock
 *   amd_iommu.dte_lock
 *   amd_iommu.iotlb_lock
 *   amd_iommu.log_lock
 *   ring.lock
 *   amd_iommu.ctrl_lock
 * amd_iommu.ppr_lock is held while core takes a page request, so whoever holds a
 * group's lock, or one of core's inside it, must not wait for it: no flush does.
 * A work takes amd_iommu.guests_lock, then core's of vIOMMUs.
 */
#ifndef __IOMMUFDX_AMD_H
#define __IOMMUFDX_AMD_H

#include <linux/bitfield.h>
#include <linux/container_of.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/iommufdx/driver.h>
#include <linux/iommufdx/fault.h>
#include "../entry/entry.h"
#include "../ring/ring.h"
#include "../spec/amd.h"

struct amd_attachment;
struct amd_gcr3;
struct amd_iommu;
struct amd_master;
struct amd_nested;

/* ------------------------------------------------------------------ commands */

/* What an INVALIDATE_IOMMU_PAGES covers. */
#define AMD_INV_PDE	BIT(0)	/* cached table pointers, too */
#define AMD_INV_GUEST	BIT(1)	/* of a PASID */

struct ring_cmd amd_cmd_completion_wait(u64 pa, u64 value);
struct ring_cmd amd_cmd_inv_devtab(u16 devid);
struct ring_cmd amd_cmd_inv_all(void);
/*
 * The smallest block hardware can name that holds @iova to @last; @pasid with
 * AMD_INV_GUEST, else 0.
 */
struct ring_cmd amd_cmd_inv_pages(u16 domid, u32 pasid, u64 iova, u64 last,
				  unsigned int flags);
/* The same in a device's IOTLB, of a PASID or IOMMUFDX_NO_PASID. */
struct ring_cmd amd_cmd_inv_iotlb(u16 devid, u32 pasid, u64 iova, u64 last);
struct ring_cmd amd_cmd_complete_ppr(u16 devid,
				     const struct iommufdx_page_request *last,
				     int code);

/* --------------------------------------------------------------------- queue */

/* Power of two, 256 to 32768. */
#define AMD_QUEUE_ENTRIES	512

int amd_queue_init(struct amd_iommu *iommu);
/* Tell hardware where it is; the IOMMU is off. */
void amd_queue_enable(struct amd_iommu *iommu);

/* ------------------------------------------------------------------- flushes */

/**
 * struct amd_range - what an invalidation covers
 * @iova: first byte
 * @last: last byte
 * @flags: AMD_INV_*
 */
struct amd_range {
	u64 iova;
	u64 last;
	unsigned int flags;
};

/* All of a v1 domain, all of a PASID. */
extern const struct amd_range amd_all_v1;
extern const struct amd_range amd_all_v2;

/**
 * struct amd_flush - commands for one IOMMU, in as many batches as they need
 * @iommu: where
 * @batch: those not run yet
 * @error: first errno of a batch that was run
 * @devices: some of those not run are for IOTLBs of devices
 */
struct amd_flush {
	struct amd_iommu *iommu;
	struct ring_batch batch;
	int error;
	bool devices;
};

void amd_flush_add(struct amd_flush *flush, struct ring_cmd cmd);
/* The same of @cmd for each of @nr pages, by its word 1; these are run now. */
void amd_flush_pages(struct amd_flush *flush, struct ring_cmd cmd,
		     const u64 *page, unsigned int nr);
/* Commands that invalidate the range, and less than as much again. */
void amd_flush_range(struct amd_flush *flush, u16 domid, u32 pasid,
		     const struct amd_range *range);
/* The same of a device's own IOTLB. */
void amd_flush_iotlb(struct amd_flush *flush, u16 devid, u32 pasid,
		     const struct amd_range *range);
/* The same, if it has one. */
void amd_flush_device(struct amd_flush *flush, struct amd_master *master,
		      u32 pasid, const struct amd_range *range);
/*
 * Run the rest and say once if hardware is dead: 0, or the first errno; -ETIMEDOUT
 * also where one of its devices did not answer.
 */
int amd_flush_end(struct amd_flush *flush);

/* What a flush that core asks for must cover. */
struct amd_range amd_flush_scope(const struct pgtable_gather *gather,
				 const struct amd_range *all);

/*
 * Flushes of v2 domains hold it to read, so an IOMMU without masters may go
 * when it has been held to write.
 */
extern struct rw_semaphore amd_flush_gate;

/* ---------------------------------------------------------- IOTLBs of devices */

/* A PASID is going to be attached; -ENOMEM. */
int amd_iotlb_note(struct amd_master *master, u32 pasid, gfp_t gfp);
/* It is attached no more; @forgotten: the device has said that it forgot it. */
void amd_iotlb_left(struct amd_master *master, u32 pasid, bool forgotten);
/*
 * Have all devices forget everything, after the IOMMU, from which they may be
 * filled until then. As amd_flush_end().
 */
int amd_iotlb_forget_all(struct amd_iommu *iommu);
/* The device goes away. */
void amd_iotlb_end(struct amd_master *master);

/* -------------------------------------------------------------------- events */

#define AMD_LOG_ENTRIES		512
#define AMD_LOG_ORDER		1
/* How many devices that did not answer are remembered. */
#define AMD_TIMEOUTS		64
/* How many events that may be guests' are kept until a work looks at them. */
#define AMD_VEVENTS		64

int amd_events_init(struct amd_iommu *iommu);
void amd_events_destroy(struct amd_iommu *iommu);
void amd_events_enable(struct amd_iommu *iommu);
/* Interrupt handler: report what the log holds. */
void amd_events_irq(void *data);
/* Switch a log off and on that overflowed; its control and status bits. */
void amd_log_restart(struct amd_iommu *iommu, u64 enable, u64 run,
		     u64 overflow);
/* Tell core of a fault that an event is about. */
void amd_report_fault(struct amd_iommu *iommu, u64 word0, u64 word1);
/* Have what was logged until now dealt with. */
void amd_events_sync(struct amd_iommu *iommu);

/* ------------------------------------------------------------- page requests */

int amd_ppr_init(struct amd_iommu *iommu);
void amd_ppr_destroy(struct amd_iommu *iommu);
int amd_ppr_enable(struct amd_iommu *iommu);
void amd_ppr_disable(struct amd_iommu *iommu);
/* From and until when requests of a master reach core. */
void amd_ppr_add(struct amd_master *master);
void amd_ppr_remove(struct amd_master *master);
void amd_page_drain(struct iommufdx_iommu *base);
int amd_page_response(struct iommufdx_master *master,
		      const struct iommufdx_page_request *last, int code);

/* -------------------------------------------------------------- device table */

#define AMD_DEVIDS		0x10000
#define AMD_DEV_TABLE_ORDER	9
#define AMD_IOTLB_HASH_BITS	8

/**
 * struct amd_dte - one device table entry
 * @word: as hardware reads it
 */
struct amd_dte {
	u64 word[AMD_DTE_WORDS];
} __aligned(AMD_DTE_SIZE);

/*
 * The format for iommufdx_entry_write(). Absent is TV clear under V, which aborts
 * what would need a translation.
 */
extern const struct entry_ops amd_dte_ops;

/**
 * struct amd_dte_ctx - what the sync of an entry needs
 * @iommu: whose
 * @devid: which
 */
struct amd_dte_ctx {
	struct amd_iommu *iommu;
	u16 devid;
};

/* Have hardware fetch the DTE anew; @ctx is a struct amd_dte_ctx. */
int amd_dte_sync(void *ctx);

/* No DMA, faults are logged. */
struct amd_dte amd_dte_blocked(void);
/* DMA without a PASID is not translated; no ATS. */
struct amd_dte amd_dte_pass(void);
/* A host table of @levels levels at @root, tagged @domid. */
struct amd_dte amd_dte_v1(u16 domid, u64 root, unsigned int levels, bool dirty);
/* A GCR3 table of @levels levels; page tables have @pt_levels. */
struct amd_dte amd_dte_v2(u16 domid, u64 gcr3, unsigned int levels,
			  unsigned int pt_levels);
/* What a DTE that translates says of the device besides. */
void amd_dte_features(struct amd_dte *dte, const struct amd_master *master);

/* Replace the DTE of @devid. lockdep: dte_lock. As iommufdx_entry_write(). */
int amd_dte_write(struct amd_iommu *iommu, u16 devid, const struct amd_dte *dte,
		  unsigned int flags);

/* -------------------------------------------------------------------- objects */

/**
 * struct amd_iommu - one AMD IOMMU
 * @base: core's side of it
 * @efr: extended feature register
 * @efr2: extended feature 2 register
 * @index: unique
 * @dte_lock: guards @dev_table and amd_master.attachment of its masters
 * @dev_table: AMD_DEVIDS entries, read by hardware
 * @ring: commands
 * @grave_lock: guards @graves; innermost
 * @graves: amd_gcr3.grave: tables that are gone, but hardware may not know it
 * @iotlb_lock: guards @iotlb_notes
 * @iotlb_notes: of which PASIDs devices may have translations (iotlb.c)
 * @log_lock: guards @log_head, @timeouts, @timeout, @vevent and its head and tail
 * @log: AMD_LOG_ENTRIES events of two words, written by hardware
 * @log_head: next event to read
 * @timeouts: how often a device did not answer an invalidation so far
 * @timeout: its device ID; number N is at N modulo AMD_TIMEOUTS
 * @overflows: of the log
 * @vevent: events of two words that may be guests', from @vevent_head up to, not
 *	including, @vevent_tail, modulo AMD_VEVENTS
 * @vevent_wq: where
 * @vevent_work: they are looked at
 * @guests_lock: guards @guests; held while a guest is told; none is taken inside
 * @guests: amd_attachment.guest_node
 * @nr_guests: how many
 * @ppr: AMD_LOG_ENTRIES page requests of two words, written by hardware; NULL
 *	where there are none
 * @ppr_head: next one to read; work only
 * @ppr_wq: where
 * @ppr_work: they are read
 * @ppr_lock: guards @masters; held while a request is reported
 * @masters: amd_master.node
 * @ctrl_lock: guards @ctrl
 * @ctrl: the control register
 * @said_dead: a missing answer was complained of already
 */
struct amd_iommu {
	struct iommufdx_iommu *base;
	u64 efr;
	u64 efr2;
	int index;

	struct mutex dte_lock;
	struct amd_dte *dev_table;

	struct ring ring;

	struct mutex grave_lock;
	struct list_head graves;

	struct mutex iotlb_lock;
	DECLARE_HASHTABLE(iotlb_notes, AMD_IOTLB_HASH_BITS);

	struct mutex log_lock;
	u64 *log;
	u32 log_head;
	unsigned int timeouts;
	u16 timeout[AMD_TIMEOUTS];
	atomic_t overflows;

	u64 vevent[AMD_VEVENTS][2];
	unsigned int vevent_head;
	unsigned int vevent_tail;
	struct workqueue_struct *vevent_wq;
	struct work_struct vevent_work;
	struct mutex guests_lock;
	struct list_head guests;
	unsigned int nr_guests;

	u64 *ppr;
	u32 ppr_head;
	struct workqueue_struct *ppr_wq;
	struct work_struct ppr_work;
	struct mutex ppr_lock;
	struct list_head masters;

	spinlock_t ctrl_lock;
	u64 ctrl;

	bool said_dead;
};

/**
 * struct amd_domain - a page table that DTEs or GCR3 tables point to
 * @base: core's side of it
 * @id: domain ID, from 1; v1 only
 * @lock: guards all below; held to read by a flush
 * @attachments: v1: amd_attachment.node, those of one IOMMU beside one another
 * @entries: v2: amd_gcr3_entry.node
 * @viommus: v1: amd_viommu.node
 * @dirty: v1: hardware sets dirty bits
 * @tainted: v1: an IOMMU outside the list may still cache translations
 */
struct amd_domain {
	struct iommufdx_domain base;
	u16 id;

	struct rw_semaphore lock;
	struct list_head attachments;
	struct list_head entries;
	struct list_head viommus;
	bool dirty;
	bool tainted;
};

/**
 * struct amd_attachment - a master in a v1 domain
 * @master: who
 * @domain: where
 * @nested: what a guest has on it for this master, or NULL
 * @node: in amd_domain.attachments (amd_domain.lock)
 * @guest_node: with @nested, in amd_iommu.guests
 */
struct amd_attachment {
	struct amd_master *master;
	struct amd_domain *domain;
	struct amd_nested *nested;
	struct list_head node;
	struct list_head guest_node;
};

/**
 * struct amd_gcr3_user - a master of a GCR3 table
 * @master: who
 * @node: in amd_reach.users (amd_gcr3.lock)
 */
struct amd_gcr3_user {
	struct amd_master *master;
	struct list_head node;
};

/**
 * struct amd_master - one device
 * @base: core's side of it
 * @attachment: a v1 domain that its DTE names, or NULL; changed with the DTE
 *	under amd_iommu.dte_lock, and by set_domain only
 * @gcr3: a GCR3 table that its DTE names, or NULL (amd_gcr3_lock)
 * @user: its places in @gcr3 and, while it moves, in another one
 * @user_now: which of them is that in @gcr3
 * @ats: it has an IOTLB that is switched on
 * @pri: it can ask for pages
 * @node: in amd_iommu.masters
 */
struct amd_master {
	struct iommufdx_master *base;
	struct amd_attachment *attachment;
	struct amd_gcr3 *gcr3;
	struct amd_gcr3_user user[2];
	unsigned int user_now;
	bool ats;
	bool pri;
	struct list_head node;
};

static inline struct amd_iommu *to_amd_iommu(struct iommufdx_iommu *iommu)
{
	return iommu->priv;
}

static inline struct amd_iommu *amd_master_iommu(struct amd_master *master)
{
	return to_amd_iommu(master->base->iommu);
}

static inline struct iommufdx_hw *amd_hw(struct amd_iommu *iommu)
{
	return iommu->base->hw;
}

/* Clear, then set bits of the control register. */
void amd_ctrl_update(struct amd_iommu *iommu, u64 clear, u64 set);
/* Say once that hardware does not answer. */
void amd_complain(struct amd_iommu *iommu, int error);

/* Levels of a host page table that hardware walks. */
static inline unsigned int amd_max_levels(struct amd_iommu *iommu)
{
	return FIELD_GET(AMD_EFR_HATS, iommu->efr) + 4;
}

/* Does hardware set accessed and dirty bits in host page tables? */
static inline bool amd_has_dirty(struct amd_iommu *iommu)
{
	const u64 need = AMD_EFR_HA | AMD_EFR_HD;

	return (iommu->efr & need) == need;
}

/* Does hardware walk guest page tables, also for requests without a PASID? */
static inline bool amd_has_v2(struct amd_iommu *iommu)
{
	const u64 need = AMD_EFR_GT | AMD_EFR_GIO;

	return (iommu->efr & need) == need;
}

/* Can a guest page table forbid execution? */
static inline bool amd_has_nx(struct amd_iommu *iommu)
{
	return iommu->efr & AMD_EFR_NX;
}

/* Levels of a guest page table that hardware walks. */
static inline unsigned int amd_max_pt_levels(struct amd_iommu *iommu)
{
	return FIELD_GET(AMD_EFR_GATS, iommu->efr) + 4;
}

/* Levels of a GCR3 table that hardware walks. */
static inline unsigned int amd_max_gcr3_levels(struct amd_iommu *iommu)
{
	return FIELD_GET(AMD_EFR_GLX, iommu->efr) + 1;
}

static inline struct amd_domain *to_amd_domain(struct iommufdx_domain *domain)
{
	return container_of(domain, struct amd_domain, base);
}

extern const struct iommufdx_iommu_ops amd_iommu_ops;

int amd_probe(struct iommufdx_iommu *iommu);
void amd_remove(struct iommufdx_iommu *iommu);
int amd_hw_info(struct iommufdx_master *master, u32 *type, void *data,
		size_t len);
int amd_master_add(struct iommufdx_master *master);
void amd_master_remove(struct iommufdx_master *master);

extern const struct iommufdx_domain_ops amd_v1_domain_ops;
extern const struct iommufdx_domain_ops amd_v2_domain_ops;

/* The DTE of a master in the v1 domain. */
struct amd_dte amd_v1_dte(const struct amd_attachment *att, bool dirty);
/* Hardware may go on using what the attachment was. */
void amd_owe(const struct amd_attachment *att);
/*
 * Enter and leave the list: see the invariants. lockdep: domain->lock, to write.
 * Joining fails as iommufdx_ring_run() where the domain is tainted.
 */
int amd_domain_join(struct amd_attachment *att);
void amd_domain_leave(struct amd_attachment *att);

/*
 * Replace the master's DTE, and say that it names @att's domain, or with NULL no
 * v1 domain; 0, or as iommufdx_entry_write() with amd_complain().
 */
int amd_master_write(struct amd_master *master, const struct amd_dte *dte,
		     struct amd_attachment *att, unsigned int flags);

/* Tags what hardware may keep of devices that pass through: of any of them. */
#define AMD_DOMID_PASS		0xffff

/* Domain IDs, of v1 domains and of GCR3 tables; a negative errno. */
int amd_domid_alloc(gfp_t gfp);
void amd_domid_free(u16 id);

unsigned int amd_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers);
struct iommufdx_domain *
amd_domain_alloc_paging(struct iommufdx_master *master,
			const struct iommufdx_domain_req *req);
int amd_set_domain(struct iommufdx_master *master, u32 pasid,
		   struct iommufdx_domain *domain);
int amd_pass_through(struct iommufdx_master *master, bool on);

#endif /* __IOMMUFDX_AMD_H */
