/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD backend.
 *
 * Each IOMMU has a device table with one entry (DTE) per RID, a command queue
 * and an event log. A domain is one host (v1) page table and one 16-bit domain
 * ID, the same on every IOMMU; hardware tags cached translations with it, so
 * all masters of a domain share them.
 *
 * Words: a master's *attachment* says which domain it is in; moving from one
 * domain to another it has two for a moment.
 *
 * Invariants
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
 *
 * Lock order, outermost first
 *   core's locks, which serialise set_domain per group
 *   amd_domain.lock       to write: one at a time
 *   amd_iommu.dte_lock
 *   ring.lock
 *   amd_iommu.ctrl_lock
 */
#ifndef __IOMMUFDX_AMD_H
#define __IOMMUFDX_AMD_H

#include <linux/bitfield.h>
#include <linux/container_of.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/iommufdx/driver.h>
#include "../entry/entry.h"
#include "../ring/ring.h"
#include "../spec/amd.h"

struct amd_iommu;

/* ------------------------------------------------------------------ commands */

/* What of a domain's translations an INVALIDATE_IOMMU_PAGES covers. */
#define AMD_INV_PDE	BIT(0)	/* cached table pointers, too */

struct ring_cmd amd_cmd_completion_wait(u64 pa, u64 value);
struct ring_cmd amd_cmd_inv_devtab(u16 devid);
struct ring_cmd amd_cmd_inv_all(void);
/* The smallest block hardware can name that holds @iova to @last. */
struct ring_cmd amd_cmd_inv_pages(u16 domid, u64 iova, u64 last,
				  unsigned int flags);

/* Commands that invalidate @iova to @last, and less than as much again. */
void amd_batch_range(struct ring_batch *batch, u16 domid, u64 iova, u64 last,
		     unsigned int flags);
void amd_batch_domain(struct ring_batch *batch, u16 domid);

/* --------------------------------------------------------------------- queue */

/* Power of two, 256 to 32768. */
#define AMD_QUEUE_ENTRIES	512

int amd_queue_init(struct amd_iommu *iommu);
/* Tell hardware where it is; the IOMMU is off. */
void amd_queue_enable(struct amd_iommu *iommu);

/* -------------------------------------------------------------------- events */

#define AMD_LOG_ENTRIES		512
#define AMD_LOG_ORDER		1

int amd_events_init(struct amd_iommu *iommu);
void amd_events_destroy(struct amd_iommu *iommu);
void amd_events_enable(struct amd_iommu *iommu);
/* Interrupt handler: report what the log holds. */
void amd_events_irq(void *data);

/* -------------------------------------------------------------- device table */

#define AMD_DEVIDS		0x10000
#define AMD_DEV_TABLE_ORDER	9

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
/* A host table of @levels levels at @root, tagged @domid. */
struct amd_dte amd_dte_v1(u16 domid, u64 root, unsigned int levels, bool dirty);

/* Replace the DTE of @devid. lockdep: dte_lock. As iommufdx_entry_write(). */
int amd_dte_write(struct amd_iommu *iommu, u16 devid, const struct amd_dte *dte,
		  unsigned int flags);

/* -------------------------------------------------------------------- objects */

/**
 * struct amd_iommu - one AMD IOMMU
 * @base: core's side of it
 * @efr: extended feature register
 * @efr2: extended feature 2 register
 * @dte_lock: guards @dev_table and amd_master.attachment of its masters
 * @dev_table: AMD_DEVIDS entries, read by hardware
 * @ring: commands
 * @log: AMD_LOG_ENTRIES events of two words, written by hardware
 * @log_head: next event to read; interrupt handler only
 * @ctrl_lock: guards @ctrl
 * @ctrl: the control register
 * @said_dead: a missing answer was complained of already
 */
struct amd_iommu {
	struct iommufdx_iommu *base;
	u64 efr;
	u64 efr2;

	struct mutex dte_lock;
	struct amd_dte *dev_table;

	struct ring ring;

	u64 *log;
	u32 log_head;

	spinlock_t ctrl_lock;
	u64 ctrl;

	bool said_dead;
};

/**
 * struct amd_domain - a host page table that DTEs point to
 * @base: core's side of it
 * @id: domain ID, from 1
 * @debt: flushes that hardware did not carry out
 * @lock: guards all below; held to read by a flush
 * @attachments: amd_attachment.node, those of one IOMMU beside one another
 * @dirty: hardware sets dirty bits
 * @tainted: an IOMMU outside the list may still cache translations
 */
struct amd_domain {
	struct iommufdx_domain base;
	u16 id;
	struct iommufdx_flush_debt debt;

	struct rw_semaphore lock;
	struct list_head attachments;
	bool dirty;
	bool tainted;
};

/**
 * struct amd_attachment - a master in a domain
 * @master: who
 * @domain: where
 * @node: in amd_domain.attachments (amd_domain.lock)
 */
struct amd_attachment {
	struct amd_master *master;
	struct amd_domain *domain;
	struct list_head node;
};

/**
 * struct amd_master - one device
 * @base: core's side of it
 * @attachment: what its DTE says, NULL when blocked; changed with the DTE under
 *	amd_iommu.dte_lock, and by set_domain only
 */
struct amd_master {
	struct iommufdx_master *base;
	struct amd_attachment *attachment;
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

/* The DTE of a master in the domain. */
struct amd_dte amd_domain_dte(const struct amd_domain *domain, bool dirty);
/*
 * Enter and leave the list: see the invariants. lockdep: domain->lock, to write.
 * Joining fails as iommufdx_ring_run() where the domain is tainted.
 */
int amd_domain_join(struct amd_attachment *att);
void amd_domain_leave(struct amd_attachment *att);

unsigned int amd_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers);
struct iommufdx_domain *
amd_domain_alloc_paging(struct iommufdx_master *master,
			const struct iommufdx_domain_req *req);
int amd_set_domain(struct iommufdx_master *master, u32 pasid,
		   struct iommufdx_domain *domain);

#endif /* __IOMMUFDX_AMD_H */
