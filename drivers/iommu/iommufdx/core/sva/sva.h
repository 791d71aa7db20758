/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SVA HWPTs: a process's address space, for PASIDs of devices.
 *
 * Hardware does not walk the process's own table: that is changed under spinlocks
 * of the mm, where nobody can wait for hardware. It walks a *mirror*, a domain of
 * the backend's that holds some of the process's pages, each at its own address.
 * A page comes in when a device asks for it, and goes before anything about it
 * changes.
 *
 * Coming in
 *   A page request is a fault of the process: the page is looked up as if the
 *   process had touched it (get_user_pages_remote(), with FOLL_WRITE for a write).
 *   It goes into the mirror, with the permissions that were asked for, only if
 *   the address range was not invalidated since the look-up began. The reference
 *   is dropped at once: nothing is pinned.
 *
 * Going
 *   An interval notifier of the mm calls before the process's table changes: for
 *   munmap, mprotect, mremap, fork, copy on write, reclaim, migration, the split
 *   of a huge page, and the end of the mm. The pages are unmapped from the mirror
 *   and hardware has forgotten them before the call returns. So a page can be
 *   freed, or be moved to another process, only when no device reaches it.
 *   Where the caller cannot wait (the OOM reaper), it is told so, and comes again,
 *   unless nothing of the range is in the mirror.
 *   Where hardware does not answer, nobody can stop the process's table from
 *   changing. Each page that hardware may still reach gets a reference that is
 *   never dropped: it is lost, but it is nobody else's. Requests are refused from
 *   then on.
 *
 * Dirty pages
 *   A page is writeable in the mirror only after a fault for writing, which marks
 *   it dirty for the process. Whoever makes it clean again (writeback, MADV_FREE,
 *   swap, soft-dirty tracking) invalidates first; the next write of a device is a
 *   fault again. So a write by DMA is never lost, though the hardware's own dirty
 *   bits are not looked at. What devices only read ages as if it were not used.
 *
 * No reclaim under locks
 *   The notifier is called in the middle of reclaim. So no memory is allocated,
 *   but by GFP_NOWAIT, under @lock or under any lock that a flush takes: waiting
 *   for memory could be waiting for a flush.
 *
 * Locks: iommufdx_group.lock -> .req_lock; mmap_lock -> .lock -> those of flush.
 * @req_lock is not held during a fault, so that a detach waits for none: it
 * answers in the fault's stead.
 */
#ifndef __IOMMUFDX_SVA_H
#define __IOMMUFDX_SVA_H

#include <linux/kconfig.h>
#include <linux/mmu_notifier.h>
#include <linux/workqueue.h>
#include "core/hwpt.h"

struct fdx_fault_group;
struct fdx_pages;

/* Can @master be given one? */
static inline bool fdx_sva_possible(const struct iommufdx_master *master)
{
	return IS_ENABLED(CONFIG_MMU_NOTIFIER) &&
	       (master->caps & IOMMUFDX_CAP_PASID) &&
	       (master->caps & (IOMMUFDX_CAP_PRI | IOMMUFDX_CAP_STALL));
}

#if IS_ENABLED(CONFIG_MMU_NOTIFIER)

/**
 * struct fdx_hwpt_sva - a HWPT that follows a process
 * @common: head
 * @notifier: tells of changes of the mm, which it holds; registered where
 *	@registered
 * @registered: see @notifier
 * @first: lowest address that process and hardware can have
 * @last: highest
 * @lock: guards what follows, and what the domain maps
 * @pages: page number to a value: PFN and permissions of what is in the mirror
 * @nr_pages: how many
 * @lost: hardware did not answer, see above
 * @payer: who is charged for the tables: memory of no pages
 * @req_lock: guards the two below
 * @waiting: groups of page requests, oldest first
 * @serving: the group that the work is at; what it was for is gone where its
 *	@idev is NULL
 * @closing: it is being destroyed
 * @work: serves requests
 * @wq: where, one at a time
 */
struct fdx_hwpt_sva {
	struct fdx_hwpt common;
	struct mmu_interval_notifier notifier;
	bool registered;
	unsigned long first;
	unsigned long last;

	struct mutex lock;
	struct xarray pages;
	unsigned long nr_pages;
	bool lost;
	struct fdx_pages *payer;

	struct mutex req_lock;
	struct list_head waiting;
	struct fdx_fault_group *serving;
	bool closing;
	struct work_struct work;
	struct workqueue_struct *wq;
};

static inline struct fdx_hwpt_sva *to_hwpt_sva(struct fdx_hwpt *hwpt)
{
	return container_of(hwpt, struct fdx_hwpt_sva, common);
}

/* sva.c */

int fdx_hwpt_alloc_sva_ioctl(struct fdx_ucmd *ucmd);
void fdx_sva_destroy(struct fdx_object *obj);
/*
 * Put @pfn, of a page that is held, at @addr; @prot: PGTABLE_READ and so on. @lock
 * is held, and nothing there was invalidated. -ENOMEM; -EIO, -ETIMEDOUT.
 */
int fdx_sva_map(struct fdx_hwpt_sva *sva, unsigned long addr, unsigned long pfn,
		u32 prot);
/* Take out what is in @first..@last, and make hardware forget it; @lock is held. */
void fdx_sva_unmap(struct fdx_hwpt_sva *sva, unsigned long first,
		   unsigned long last);

/* sva_fault.c */

/* Take a group of requests; its device's group is locked. */
void fdx_sva_take(struct fdx_hwpt_sva *sva, struct fdx_fault_group *group);
/* Refuse those of an attachment that is going away; the same. */
void fdx_sva_refuse(struct fdx_hwpt_sva *sva, struct iommufdx_device *idev,
		    u32 pasid);
void fdx_sva_serve(struct work_struct *work);

#else

static inline int fdx_hwpt_alloc_sva_ioctl(struct fdx_ucmd *ucmd)
{
	return -EOPNOTSUPP;
}

static inline void fdx_sva_destroy(struct fdx_object *obj)
{
}

static inline struct fdx_hwpt_sva *to_hwpt_sva(struct fdx_hwpt *hwpt)
{
	return NULL;
}

static inline void fdx_sva_take(struct fdx_hwpt_sva *sva,
				struct fdx_fault_group *group)
{
}

static inline void fdx_sva_refuse(struct fdx_hwpt_sva *sva,
				  struct iommufdx_device *idev, u32 pasid)
{
}

#endif

#endif /* __IOMMUFDX_SVA_H */
