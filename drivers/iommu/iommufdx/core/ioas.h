/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IO address spaces: the map from IOVA to pinned memory, and its copies in
 * hardware page tables.
 *
 * Words
 *   IOAS    an address space that user space fills with MAP and COPY.
 *   pages   one piece of memory that can be pinned: a user range (later a memfd
 *           or a DMA-BUF). Pinned and charged once, however many areas show it.
 *   area    an IOVA range of an IOAS that shows a part of a pages.
 *   run     physically contiguous pinned pages; pages keep their PFNs as runs.
 *   domain  a hardware table of the IOAS; holds a copy of every area.
 *   fill    put an area's runs into a domain (pinning what is not pinned);
 *   unfill  the reverse (unpinning what nobody else needs).
 *   allowed IOVAs that automatic allocation should stay in, reserved IOVAs
 *           that nothing may be mapped at.
 *
 * Memory is pinned while a domain or an access needs it, and not before: an
 * IOAS without domains pins nothing.
 *
 * Lock order, outermost first
 *   fdx_ioas.dirty_rwsem    dirty reads against switching tracking
 *   fdx_hwpt_paging.skip_lock  one dirty read that skips at a time
 *   iommufdx_ctx.ioas_lock  CHANGE_PROCESS, against new IOASs
 *   iommufdx_access.lock    what an access is attached to
 *   fdx_ioas.hwpt_lock      the list of HWPTs of the IOAS
 *   iommufdx_group.lock     what devices of a group are attached to
 *   fdx_ioas.domains_rwsem  which domains copy the areas; held to read by MAP
 *                           and UNMAP, to write by adding or removing a domain
 *   fdx_hwpt_shadow.lock    what a shadow of a guest's table maps
 *   fdx_dirty_saved.clearing  dirty state that is cleared, until the flush
 *   fdx_ioas.iova_rwsem     the interval trees
 *   fdx_pages.lock          what of the pages is pinned
 *   a backend's locks
 * mmap_lock is taken by pinning, below fdx_pages.lock: nothing above may be
 * taken by code that holds it.
 */
#ifndef __IOMMUFDX_IOAS_H
#define __IOMMUFDX_IOAS_H

#include <linux/err.h>
#include <linux/interval_tree.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>
#include <linux/iommufdx/driver.h>
#include "core/dirty/dirty_debt.h"
#include "object.h"

struct fdx_dirty_bitmap;

/**
 * enum fdx_account_mode - who is charged for pinned pages
 * @FDX_ACCOUNT_NONE: nobody
 * @FDX_ACCOUNT_USER: the user, against RLIMIT_MEMLOCK over all processes
 * @FDX_ACCOUNT_MM: the process, as mlock() charges
 * @FDX_ACCOUNT_MODES: how many there are
 */
enum fdx_account_mode {
	FDX_ACCOUNT_NONE,
	FDX_ACCOUNT_USER,
	FDX_ACCOUNT_MM,
	FDX_ACCOUNT_MODES,
};

/**
 * struct fdx_ioas - an IO address space
 * @obj: its ID
 * @dirty_rwsem: guards fdx_hwpt_paging.tracking of all HWPTs: readers are dirty
 *	reads, the writer switches it; and @vfio_tracking
 * @vfio_type1: VFIO_SET_IOMMU said type1, not type1v2
 * @vfio_tracking: VFIO_IOMMU_DIRTY_PAGES has started tracking
 * @vfio_lost: a HWPT is gone that tracked, with what it knew, or that came after
 *	VFIO's start, and nobody knows
 * @vfio_debt: what was lost with the last HWPT, and no bitmap told yet
 * @hwpt_lock: guards @hwpt_list
 * @hwpt_list: HWPTs with paging domains of this IOAS
 * @domains_rwsem: guards @domains, @shadows, @saved and @debts
 * @domains: index to struct iommufdx_domain
 * @shadows: struct fdx_hwpt_shadow whose guests' memory this is
 * @saved: struct fdx_dirty_saved of HWPTs that had shadows
 * @debts: struct fdx_dirty_debt of the HWPTs, and @vfio_debt
 * @accesses: index to struct iommufdx_access; changed with both rwsems held
 * @iova_rwsem: guards the trees and all below
 * @areas: struct fdx_area by IOVA
 * @allowed: struct fdx_iova_range that ALLOW_IOVAS gave
 * @reserved: struct fdx_iova_range that devices and domains cannot map
 * @iova_alignment: what an IOVA must be a multiple of: the largest of the
 *	domains' smallest pages
 * @no_large_pages: IOMMU_OPTION_HUGE_PAGES is 0: every leaf and every IOVA unit
 *	is PAGE_SIZE
 */
struct fdx_ioas {
	struct fdx_object obj;

	struct rw_semaphore dirty_rwsem;
	bool vfio_type1;
	bool vfio_tracking;
	bool vfio_lost;
	struct fdx_dirty_debt vfio_debt;

	struct mutex hwpt_lock;
	struct list_head hwpt_list;

	struct rw_semaphore domains_rwsem;
	struct xarray domains;
	struct list_head shadows;
	struct list_head saved;
	struct list_head debts;
	struct xarray accesses;

	struct rw_semaphore iova_rwsem;
	struct rb_root_cached areas;
	struct rb_root_cached allowed;
	struct rb_root_cached reserved;
	unsigned long iova_alignment;
	bool no_large_pages;
};

/* ------------------------------------------------ what HWPTs and devices use */

void fdx_ioas_init(struct fdx_ioas *ioas);
/* Undo everything. No domain is left; nothing can fail. */
void fdx_ioas_teardown(struct fdx_ioas *ioas);

/*
 * Copy all areas into a new domain, and reserve what lies outside its
 * aperture. -EADDRINUSE when an area lies there; nothing is left on failure.
 */
int fdx_ioas_add_domain(struct fdx_ioas *ioas, struct iommufdx_domain *domain);
/* Unmap everything from a domain and unpin what only it needed. */
void fdx_ioas_remove_domain(struct fdx_ioas *ioas,
			    struct iommufdx_domain *domain);

/*
 * Reserve a master's reserved regions in @owner's name. -EADDRINUSE when an
 * area or an allowed range lies there.
 */
int fdx_ioas_reserve_master(struct fdx_ioas *ioas,
			    struct iommufdx_master *master, void *owner);
void fdx_ioas_unreserve(struct fdx_ioas *ioas, void *owner);

/*
 * Read (and clear) dirty bits of @domain over a bitmap's range. Holes between
 * areas are skipped and read as clean: Linux answers 0 there too, and a VMM
 * asks for sparse ranges. -EFAULT when the bitmap is not writable; what was
 * cleared by then has been reported. @debt is the HWPT's.
 */
int fdx_ioas_read_dirty(struct fdx_ioas *ioas, struct iommufdx_domain *domain,
			struct fdx_dirty_debt *debt, unsigned int flags,
			struct fdx_dirty_bitmap *bitmap);
/* Mark everything clean, then flush: used when tracking is switched on. */
int fdx_ioas_clear_dirty(struct fdx_ioas *ioas, struct iommufdx_domain *domain);

static inline struct fdx_ioas *fdx_get_ioas(struct iommufdx_ctx *ictx, u32 id)
{
	struct fdx_object *obj = fdx_get_object(ictx, id, FDX_OBJ_IOAS);

	return IS_ERR(obj) ? ERR_CAST(obj) :
			     container_of(obj, struct fdx_ioas, obj);
}

/* --------------------------------------------------------------------- ioctls */

int fdx_ioas_alloc_ioctl(struct fdx_ucmd *ucmd);
int fdx_ioas_allow_iovas(struct fdx_ucmd *ucmd);
int fdx_ioas_iova_ranges(struct fdx_ucmd *ucmd);
int fdx_ioas_map(struct fdx_ucmd *ucmd);
int fdx_ioas_map_file(struct fdx_ucmd *ucmd);
int fdx_ioas_copy(struct fdx_ucmd *ucmd);
int fdx_ioas_unmap(struct fdx_ucmd *ucmd);
int fdx_ioas_unmap_dirty(struct fdx_ucmd *ucmd);
int fdx_ioas_option(struct fdx_ucmd *ucmd);
int fdx_ioas_change_process(struct fdx_ucmd *ucmd);
void fdx_ioas_destroy(struct fdx_object *obj);

#endif /* __IOMMUFDX_IOAS_H */
