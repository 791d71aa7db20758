/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HWPTs: the objects through which user space sees hardware page tables.
 */
#ifndef __IOMMUFDX_HWPT_H
#define __IOMMUFDX_HWPT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/iommufdx/driver.h>
#include <linux/iommufdx/viommu.h>
#include "core/dirty/dirty_debt.h"
#include "core/dirty/dirty_saved.h"
#include "object.h"
#include "table_file.h"

struct fdx_dirty_bitmap;
struct fdx_fault;
struct fdx_ioas;
struct fdx_viommu;
struct iommufdx_device;

/**
 * struct fdx_hwpt - a domain with an ID
 * @obj: its ID; devices attached to it and nested children are its users
 * @domain: the translation
 * @fault: who takes its page requests, or NULL; a use is held
 * @pasid_compat: may be attached to a PASID, or to a RID that has PASIDs
 */
struct fdx_hwpt {
	struct fdx_object obj;
	struct iommufdx_domain *domain;
	struct fdx_fault *fault;
	bool pasid_compat;
};

/**
 * struct fdx_hwpt_paging - a HWPT whose table core fills from an IOAS
 * @common: head
 * @ioas: where the mappings come from
 * @node: in fdx_ioas.hwpt_list, under fdx_ioas.hwpt_lock
 * @auto_domain: made by attaching to an IOAS; goes with its last device
 * @nest_parent: stage 1 domains may be put on top
 * @dirty_capable: allocated for dirty tracking
 * @debt: dirty state that reads have cleared and not reported
 * @saved: what was written through shadows
 * @tracking: hardware is setting dirty bits (fdx_ioas.dirty_rwsem)
 * @dirty_page_size: IOMMUFDX_OPTION_DIRTY_PAGE_SIZE
 * @dirty_skip: IOMMUFDX_OPTION_DIRTY_SKIP
 * @skip_lock: one read at a time that skips what was not touched
 * @table_file: shows the table to administrators
 */
struct fdx_hwpt_paging {
	struct fdx_hwpt common;
	struct fdx_ioas *ioas;
	struct list_head node;
	bool auto_domain;
	bool nest_parent;
	bool dirty_capable;
	struct fdx_dirty_debt debt;
	struct fdx_dirty_saved saved;
	bool tracking;
	u64 dirty_page_size;
	bool dirty_skip;
	struct mutex skip_lock;
	struct fdx_table_file table_file;
};

/**
 * struct fdx_hwpt_nested - a HWPT whose table is the guest's
 * @common: head
 * @parent: what guest physical addresses mean
 * @viommu: the vIOMMU it was made on, a use is held; or NULL, and a use of
 *	@parent is held
 * @inv_lock: one batch of invalidations at a time
 */
struct fdx_hwpt_nested {
	struct fdx_hwpt common;
	struct fdx_hwpt_paging *parent;
	struct fdx_viommu *viommu;
	struct mutex inv_lock;
};

/* Let @hwpt be used for @flags, IOMMUFDX_DOMAIN_*, which its domain has. */
void fdx_hwpt_paging_grant(struct fdx_hwpt_paging *hwpt, u32 flags);

/*
 * Make a HWPT for @idev's iommu, filled from @ioas and on its list. The caller
 * holds ioas->hwpt_lock until it has finalized or aborted the object.
 */
struct fdx_hwpt_paging *
fdx_hwpt_paging_alloc(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
		      struct iommufdx_device *idev,
		      const struct iommufdx_domain_req *req);
/* Undo that before the HWPT was finalized; ioas->hwpt_lock is held. */
void fdx_hwpt_paging_abort(struct iommufdx_ctx *ictx,
			   struct fdx_hwpt_paging *hwpt);
/* The whole of an ioctl that makes one: @answer fills in and copies the answer. */
int fdx_hwpt_paging_make(struct fdx_ucmd *ucmd, struct fdx_ioas *ioas,
			 struct iommufdx_device *idev,
			 const struct iommufdx_domain_req *req,
			 int (*answer)(struct fdx_ucmd *, struct fdx_hwpt *));
/*
 * Fill in all of a request but its page sizes: -EOPNOTSUPP (what is unknown),
 * -EINVAL (what contradicts itself). And: IOMMUFDX_HWPT_* quirks from a domain's.
 */
int fdx_request_from_user(u32 flags, u32 format, u32 va_bits, u32 quirks,
			  struct iommufdx_domain_req *req);
u32 fdx_quirks_to_user(u32 quirks);
/* A format that user space has no name for is the only one its hardware has. */
u32 fdx_format_to_user(enum pgtable_format format);
/*
 * What HWPTs can be made for @master: as the backend says, with what core adds.
 * @offers is zeroed first; returns how many.
 */
unsigned int fdx_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers);
void fdx_hwpt_paging_destroy(struct fdx_object *obj);
/*
 * Quirks of every domain of @master: user space cannot flush caches, so where DMA
 * can be made coherent, it is.
 */
u32 fdx_domain_quirks(const struct iommufdx_master *master);
/*
 * A domain that follows a table other than an IOAS's: as wide as that is if the
 * hardware can, else as wide as usual. @flags: IOMMUFDX_DOMAIN_*; @quirks:
 * PGTABLE_QUIRK_*. An errno as domain_alloc_paging.
 */
struct iommufdx_domain *
fdx_domain_alloc_as_wide(struct iommufdx_master *master, unsigned int va_bits,
			 u32 flags, u32 quirks);
/* Page requests of what is attached go to a fault queue. -ENOENT. */
int fdx_hwpt_take_fault(struct iommufdx_ctx *ictx, struct fdx_hwpt *hwpt,
			u32 fault_id);
void fdx_hwpt_drop_fault(struct fdx_hwpt *hwpt);
struct fdx_hwpt_paging *fdx_get_hwpt_paging(struct iommufdx_ctx *ictx, u32 id);

/* Nested HWPTs on a parent, or on a vIOMMU; the caller finalizes or aborts. */
struct fdx_hwpt *fdx_hwpt_nested_alloc(struct iommufdx_ctx *ictx,
				       struct fdx_hwpt_paging *parent,
				       struct iommufdx_device *idev, u32 flags,
				       const struct iommufdx_user_data *data);
struct fdx_hwpt *fdx_viommu_nested_alloc(struct fdx_viommu *viommu,
					 struct iommufdx_device *idev, u32 flags,
					 const struct iommufdx_user_data *data);
void fdx_hwpt_nested_destroy(struct fdx_object *obj);

/* A user is gone: drop its count, and an automatic HWPT with its last one. */
void fdx_hwpt_put(struct iommufdx_ctx *ictx, struct fdx_hwpt *hwpt);

/* The paging HWPT that a HWPT is, or is nested on. */
struct fdx_hwpt_paging *fdx_hwpt_base(struct fdx_hwpt *hwpt);

static inline struct fdx_hwpt_paging *to_hwpt_paging(struct fdx_hwpt *hwpt)
{
	return container_of(hwpt, struct fdx_hwpt_paging, common);
}

int fdx_hwpt_alloc_ioctl(struct fdx_ucmd *ucmd);
int fdx_hwpt_alloc_paging_ioctl(struct fdx_ucmd *ucmd);
int fdx_hwpt_set_dirty_tracking(struct fdx_ucmd *ucmd);
/* Start or stop; fdx_ioas.dirty_rwsem is held to write. Errno of the hardware. */
int fdx_hwpt_switch_tracking(struct fdx_hwpt_paging *hwpt, bool enable);
int fdx_hwpt_get_dirty_bitmap(struct fdx_ucmd *ucmd);
/*
 * Read (and clear) dirty state of @hwpt and its shadows, as fdx_ioas_read_dirty();
 * @flags are PGTABLE_DIRTY_*. Also -EIO: see fdx_shadows_report().
 */
int fdx_hwpt_read_dirty(struct fdx_hwpt_paging *hwpt, unsigned int flags,
			struct fdx_dirty_bitmap *bm);
int fdx_hwpt_set_page_size(struct fdx_ucmd *ucmd);
/* The options whose object is a HWPT. */
int fdx_hwpt_option(struct fdx_ucmd *ucmd);

#endif /* __IOMMUFDX_HWPT_H */
