/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The backends' side of iommufdx: how a vendor driver registers, and what core
 * asks of it.
 *
 * Words: an *iommu* is one piece of hardware with one register window. A
 * *master* is a device whose DMA goes through it, named by its RID. A *domain*
 * is one translation that masters (or one PASID of a master) can be attached
 * to; a *paging* domain owns a struct pgtable. Core maps and unmaps in that
 * table itself; the backend points hardware at it and invalidates.
 *
 * A master that is attached to nothing is *blocked*: all its DMA faults. One that
 * nobody has bound, and that was added so, *passes through* instead: what its own
 * driver in the host has it do reaches the addresses that it names.
 *
 * Locks: core serialises probe, remove, add and remove of masters (registry
 * lock) and set_domain per group. flush and set_dirty_tracking may run from
 * many threads at once, also against set_domain on the same domain; a backend
 * has its own lock for the list of what is attached to a domain.
 */
#ifndef __LINUX_IOMMUFDX_DRIVER_H
#define __LINUX_IOMMUFDX_DRIVER_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <linux/iommufdx/hw.h>
#include <linux/iommufdx/pgtable.h>

struct iommufdx_domain;
struct iommufdx_group;
struct iommufdx_iommu;
struct iommufdx_master;
struct iommufdx_page_request;
struct iommufdx_inv_ops;
struct iommufdx_user_data;
struct iommufdx_viommu;

/* The PASID value that means "requests without a PASID". */
#define IOMMUFDX_NO_PASID	0

/* What a domain must be able to do: struct iommufdx_domain_req::flags */
#define IOMMUFDX_DOMAIN_NEST_PARENT	BIT(0)
#define IOMMUFDX_DOMAIN_DIRTY		BIT(1)
#define IOMMUFDX_DOMAIN_PASID		BIT(2)	/* attachable to PASIDs */
#define IOMMUFDX_DOMAIN_NO_PASID	BIT(3)	/* will never go to a PASID */

/**
 * struct iommufdx_domain_req - what the caller of a new domain needs
 * @flags: IOMMUFDX_DOMAIN_*
 * @format: a format by name, or PGTABLE_ANY
 * @va_bits: least input width in bits, 0 for the backend's usual one
 * @page_sizes: leaf sizes the caller allows (mask of bytes), 0 for all
 * @quirks: PGTABLE_QUIRK_*
 * @data: a vendor's struct from user space, or NULL. A backend that knows no
 *	such struct refuses with -EOPNOTSUPP.
 */
struct iommufdx_domain_req {
	u32 flags;
	enum pgtable_format format;
	u8 va_bits;
	u64 page_sizes;
	u32 quirks;
	const struct iommufdx_user_data *data;
};

/*
 * For memory that a backend takes while it holds a lock that flush takes, too: not
 * by reclaim, in the middle of which a flush may be wanted.
 */
#define IOMMUFDX_GFP_LOCKED	(GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT)

#define IOMMUFDX_MAX_OFFERS	8

/**
 * struct iommufdx_domain_offer - a kind of table that a master can be given
 * @page_sizes: sizes of its leaves; a request that allows some only gets these
 * @format: layout
 * @flags: IOMMUFDX_DOMAIN_* that a request for it can have. A domain can be
 *	attached to a master that cannot do what the domain can, but for DIRTY.
 * @preferred: a request with one of these flags and no format gets it first
 * @quirks: PGTABLE_QUIRK_* that domains attached to the master can have
 * @made_with: PGTABLE_QUIRK_* that each domain made for the master has
 * @granule_shift: log2 of the smallest leaf. A request must allow it, and names
 *	the granule with it where the format has several.
 * @levels: of the table where hardware takes just so many, 0 where fewer do as
 *	well
 * @va_bits: widest IOVA
 * @usual_bits: width of what a request that names none gets, 0 where that is
 *	another offer
 * @oa_bits: width of physical addresses
 * @__reserved: 0
 *
 * Two masters can share a domain if offers of the same kind of hardware agree in
 * @format, @granule_shift and @levels; the page sizes, the width and the quirks of
 * the domain must be among those of both. A domain is as wide as the request says
 * or wider, up to @va_bits of the master it was made for; that and its @oa_bits
 * must not be above those of the others.
 *
 * Of several offers of one format and granule, a request gets the first that is
 * wide enough.
 */
struct iommufdx_domain_offer {
	u64 page_sizes;
	enum pgtable_format format;
	u32 flags;
	u32 preferred;
	u32 quirks;
	u32 made_with;
	u8 granule_shift;
	u8 levels;
	u8 va_bits;
	u8 usual_bits;
	u8 oa_bits;
	u8 __reserved[7];
};

/**
 * struct iommufdx_domain_ops - what a backend does with its domain
 * @free: free it; attached nowhere, hardware walks its table no more. Its iommu
 *	may have been removed before, so that @priv is gone. May sleep.
 * @flush: make hardware forget what @gather covers, on every master and PASID
 *	the domain is attached to, and wait until it has: on return no
 *	transaction uses an old translation any more. A gather without a range
 *	whose tables changed covers the whole domain. The backend does not free
 *	the gather. Returns 0, or -EIO / -ETIMEDOUT when hardware did not answer;
 *	core then keeps the memory pinned rather than hand it back, maps nothing
 *	and asks for the whole domain next: a backend need not remember it. May
 *	sleep, but not for memory: it may be called in the middle of reclaim, and
 *	so the locks that it takes are not held by who waits for memory (see
 *	IOMMUFDX_GFP_LOCKED).
 * @set_dirty_tracking: switch the setting of dirty bits by hardware on or off
 *	for everything attached, now and later. NULL where the format's bits are
 *	always live or cannot be set. Returns 0 or an errno with nothing changed.
 *	May sleep.
 */
struct iommufdx_domain_ops {
	void (*free)(struct iommufdx_domain *domain);
	int (*flush)(struct iommufdx_domain *domain,
		     const struct pgtable_gather *gather);
	int (*set_dirty_tracking)(struct iommufdx_domain *domain, bool enable);
};

/**
 * struct iommufdx_domain - a translation
 * @ops: the backend's functions
 * @iommu: the hardware it was made for; it may be attached to masters of every
 *	iommu for which the backend's set_domain agrees
 * @pt: the page table. @pt.page_sizes and @pt.va_bits say what was chosen.
 * @aperture_first: first IOVA that can be mapped
 * @aperture_last: last IOVA that can be mapped
 * @flags: IOMMUFDX_DOMAIN_*: what it can do, a superset of what was asked
 * @inv: how invalidation commands of its guest are taken; nested domains only
 * @page_requests: somebody takes page requests of what is attached; set by core
 *	before the first attach
 * @sva: it follows a process: a backend refuses it for a RID with -EINVAL, whose
 *	DMA nobody restricts to what a process does; set by core before the first
 *	attach
 * @owed: hardware may still translate through it though it was detached; core's
 *	own, see iommufdx_owe()
 * @quarantine: core's list of those that were freed in that state
 * @flushes_failed: how many; core's own
 * @flushes_made_up: the value of @flushes_failed that a later flush of the whole
 *	domain made up for; may lag, which costs another one; core's own
 * @max_leaf: largest leaf that core maps, 0 for no limit; core's own
 *
 * The backend embeds this, zeroed, fills what is not core's own in
 * domain_alloc_paging, and leaves it constant afterwards; core only writes
 * through @pt.
 */
struct iommufdx_domain {
	const struct iommufdx_domain_ops *ops;
	struct iommufdx_iommu *iommu;
	struct pgtable pt;
	u64 aperture_first;
	u64 aperture_last;
	u32 flags;
	const struct iommufdx_inv_ops *inv;
	bool page_requests;
	bool sva;
	bool owed;
	struct list_head quarantine;
	atomic_t flushes_failed;
	atomic_t flushes_made_up;
	u64 max_leaf;
};

/* What a master can do: struct iommufdx_master::caps */
#define IOMMUFDX_CAP_CACHE_COHERENCY		BIT(0)
#define IOMMUFDX_CAP_ENFORCE_CACHE_COHERENCY	BIT(1)	/* in every domain */
#define IOMMUFDX_CAP_DIRTY			BIT(2)
#define IOMMUFDX_CAP_PASID			BIT(3)
#define IOMMUFDX_CAP_NEST			BIT(4)
#define IOMMUFDX_CAP_ATS			BIT(5)
#define IOMMUFDX_CAP_PRI			BIT(6)	/* only with CAP_ATS */
#define IOMMUFDX_CAP_STALL			BIT(7)	/* faults can wait for a page */
#define IOMMUFDX_CAP_PAGE_SIZE_LIVE		BIT(8)	/* leaves change under DMA */
#define IOMMUFDX_CAP_PASS_THROUGH		BIT(9)

/**
 * struct iommufdx_resv_region - IOVAs that a master's DMA cannot use freely
 * @start: first byte
 * @last: last byte
 */
struct iommufdx_resv_region {
	u64 start;
	u64 last;
};

/**
 * struct iommufdx_iommu_ops - a backend's functions
 * @owner: its module; held while any iommu is bound to it
 * @name: short name, "amd"
 * @kind: the hardware it drives
 * @waits_for_no_memory: @set_domain takes memory by IOMMUFDX_GFP_LOCKED; after
 *	-ENOMEM core waits until there may be some, and asks again
 * @probe: bring @iommu->hw up: allocate tables and queues, block every device,
 *	enable. @iommu->priv is the backend's. May sleep.
 * @remove: shut down; no masters are left. May sleep.
 * @master_add: a device appeared. Fill caps, pasid_bits (from what the device
 *	and the iommu both can), reserved regions and dma limits; the device is
 *	blocked. @master->priv is the backend's. May sleep.
 * @master_remove: the device is gone; its entries become invalid and its later
 *	DMA faults. Attached to nothing. May sleep.
 * @domain_alloc_paging: a domain for @master that meets @req. Returns the
 *	domain or ERR_PTR: -EOPNOTSUPP where hardware cannot meet the request,
 *	-EINVAL where it contradicts itself, -ENOMEM.
 * @forget_all: have hardware forget whatever it has cached, in itself and in the
 *	devices behind it, and wait until it has. 0, or -EIO / -ETIMEDOUT. May
 *	sleep.
 * @domain_offers: what domain_alloc_paging could make for @master, without
 *	making it: fill @offers (room for IOMMUFDX_MAX_OFFERS), return how many.
 *	The same for masters of one iommu with the same caps. NULL where there
 *	are no page tables. Does not sleep.
 * @set_domain: point (@master, @pasid) at @domain, from whatever it had, with
 *	no instant in which neither the old nor the new translation holds, and
 *	wait for the caches. @domain NULL blocks, and must not fail; where
 *	hardware does not acknowledge that, iommufdx_owe() says so. On failure
 *	the old translation stands. -EINVAL where this domain can never work for
 *	this master or PASID (core then tries another or says so). -ENODEV where
 *	somebody takes page requests and the vendor's rule is that @master must be
 *	able to send some. May sleep.
 * @pass_through: with @on, let DMA of @master that has no PASID go to the addresses
 *	that it names, else block it again and wait until hardware has forgotten
 *	it. Neither the RID nor a PASID of @master is in a domain. An error of
 *	switching it on leaves @master blocked. Switching it off blocks in any
 *	case what is in memory; -EIO or -ETIMEDOUT where hardware does not
 *	acknowledge it. May sleep. NULL where no master has
 *	IOMMUFDX_CAP_PASS_THROUGH.
 * @hw_info: fill @data (@len bytes, zeroed) with the uAPI struct that
 *	IOMMU_GET_HW_INFO returns. *@type is IOMMU_HW_INFO_TYPE_DEFAULT or the
 *	type the user asks for on the way in, the struct's type on the way out.
 *	Returns the size of the struct, or -EOPNOTSUPP for another type.
 * @domain_alloc_nested: a nested domain on @parent whose stage 1 @data
 *	describes; @flags: IOMMU_HWPT_ALLOC_PASID or 0. NULL where hardware cannot
 *	nest or nests through vIOMMUs only.
 * @viommu_alloc: a vIOMMU of the type that @data names, on @parent. The backend
 *	calls iommufdx_viommu_init() with @core. NULL where there are none.
 * @page_response: answer the group of which @last is the last request. -EIO
 *	where hardware refused the command: core gives it once more. May sleep.
 *	NULL where devices cannot ask for pages.
 * @page_drain: return when all that devices have asked for until now was reported.
 *	May sleep; no lock is held that a report takes. NULL as @page_response.
 */
struct iommufdx_iommu_ops {
	struct module *owner;
	const char *name;
	enum iommufdx_hw_kind kind;
	bool waits_for_no_memory;

	int (*probe)(struct iommufdx_iommu *iommu);
	void (*remove)(struct iommufdx_iommu *iommu);
	int (*master_add)(struct iommufdx_master *master);
	void (*master_remove)(struct iommufdx_master *master);
	struct iommufdx_domain *
	(*domain_alloc_paging)(struct iommufdx_master *master,
			       const struct iommufdx_domain_req *req);
	int (*forget_all)(struct iommufdx_iommu *iommu);
	unsigned int (*domain_offers)(struct iommufdx_master *master,
				      struct iommufdx_domain_offer *offers);
	int (*set_domain)(struct iommufdx_master *master, u32 pasid,
			  struct iommufdx_domain *domain);
	int (*pass_through)(struct iommufdx_master *master, bool on);
	int (*hw_info)(struct iommufdx_master *master, u32 *type, void *data,
		       size_t len);
	struct iommufdx_domain *
	(*domain_alloc_nested)(struct iommufdx_master *master,
			       struct iommufdx_domain *parent, u32 flags,
			       const struct iommufdx_user_data *data);
	struct iommufdx_viommu *
	(*viommu_alloc)(struct iommufdx_master *master,
			struct iommufdx_domain *parent, void *core,
			const struct iommufdx_user_data *data);
	int (*page_response)(struct iommufdx_master *master,
			     const struct iommufdx_page_request *last,
			     int code);
	void (*page_drain)(struct iommufdx_iommu *iommu);
};

/**
 * struct iommufdx_iommu - one IOMMU that a backend drives
 * @hw: register window
 * @ops: the backend
 * @priv: the backend's own
 * @node: core's list of iommus (registry lock)
 * @masters: masters behind it, by RID (registry lock for changes, RCU to read)
 * @users: itself, until it is removed, and each domain made for it
 * @live: held for reading while commands of a guest go to the hardware
 * @gone: the hardware has been taken away, and @priv with it (@live)
 * @owing: in core's list of those that owe an invalidation, see iommufdx_owe()
 */
struct iommufdx_iommu {
	struct iommufdx_hw *hw;
	const struct iommufdx_iommu_ops *ops;
	void *priv;
	struct list_head node;
	struct xarray masters;
	refcount_t users;
	struct rw_semaphore live;
	bool gone;
	struct list_head owing;
};

#define IOMMUFDX_MAX_RESV	4

/**
 * struct iommufdx_master - a device as its IOMMU sees it
 * @iommu: the IOMMU its DMA goes through
 * @rid: segment-less requester ID (bus << 8 | devfn) or stream ID
 * @name: for messages
 * @max_pasid_bits: width of the device's own PASID capability, 0 for none
 * @dev_ats: the device has an address translation cache
 * @dev_pri: the device can ask for pages
 * @pass_through: its DMA is not translated while nobody has bound it (group lock)
 * @caps: IOMMUFDX_CAP_*, by the backend
 * @pasid_bits: usable PASID width, by the backend
 * @nr_resv: entries in @resv, by the backend
 * @resv: IOVAs that cannot be mapped
 * @group: masters that cannot be isolated from one another
 * @group_node: in the group's list (group lock)
 * @priv: the backend's own
 * @faults: translation faults reported for it so far
 * @partial_lock: guards the two below
 * @partial: page requests whose group is not complete, core's own
 * @nr_partial: how many
 * @unanswered: page requests that were delivered and wait for an answer
 */
struct iommufdx_master {
	struct iommufdx_iommu *iommu;
	u32 rid;
	const char *name;
	u8 max_pasid_bits;
	bool dev_ats;
	bool dev_pri;
	bool pass_through;

	u32 caps;
	u8 pasid_bits;
	u8 nr_resv;
	struct iommufdx_resv_region resv[IOMMUFDX_MAX_RESV];
	struct iommufdx_group *group;
	struct list_head group_node;
	void *priv;
	atomic64_t faults;
	struct mutex partial_lock;
	struct list_head partial;
	unsigned int nr_partial;
	atomic_t unanswered;
};

/**
 * struct iommufdx_fault - a DMA that could not be translated
 * @rid: who
 * @pasid: IOMMUFDX_NO_PASID or the PASID it carried
 * @iova: address
 * @write: it was a write
 * @reason: the vendor's event code, for the trace
 */
struct iommufdx_fault {
	u32 rid;
	u32 pasid;
	u64 iova;
	bool write;
	u32 reason;
};

/**
 * iommufdx_driver_register() - offer a backend
 * @ops: its functions; must stay until iommufdx_driver_unregister()
 *
 * Context: module initialisation, may sleep.
 * Return: 0, or -EBUSY if this kind of hardware has a backend already.
 */
int iommufdx_driver_register(const struct iommufdx_iommu_ops *ops);

/**
 * iommufdx_driver_unregister() - withdraw a backend
 * @ops: as registered; no iommu is bound to it any more, as each holds a
 *	reference on the module
 *
 * Context: module exit, may sleep.
 */
void iommufdx_driver_unregister(const struct iommufdx_iommu_ops *ops);

/**
 * iommufdx_owe() - a detach took place, but hardware has not acknowledged it
 * @domain: what was detached; of a nested domain, its parent, through which the
 *	tables of guests are reached; NULL: a master that passed through was blocked
 * @iommu: whose caches may still hold entries that name @domain, or translations
 *	through it
 *
 * Until @iommu's forget_all has succeeded, no memory that was mapped in @domain is
 * handed back, its tables are not freed, and no master behind @iommu is bound.
 * Context: process context, may sleep; locks that flush takes may be held.
 */
void iommufdx_owe(struct iommufdx_domain *domain, struct iommufdx_iommu *iommu);

/**
 * iommufdx_next_ats() - find a master whose device caches translations
 * @iommu: behind which
 * @rid: in: the first RID to look at; out: that master's
 *
 * For forget_all: masters may come and go meanwhile. Context: any, no sleep.
 * Return: true, or false when there is none from *@rid on.
 */
bool iommufdx_next_ats(struct iommufdx_iommu *iommu, unsigned long *rid);

/**
 * iommufdx_report_fault() - a backend's event log saw a translation fault
 * @iommu: whose log
 * @fault: what happened
 *
 * Counts it for the master and emits the tracepoint.
 * Context: process context.
 */
void iommufdx_report_fault(struct iommufdx_iommu *iommu,
			   const struct iommufdx_fault *fault);

#endif /* __LINUX_IOMMUFDX_DRIVER_H */
