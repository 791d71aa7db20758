/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow HWPTs: a guest's page table, followed by the kernel.
 *
 * For hardware that cannot nest. The guest keeps a table in its own memory that
 * leads from IOVAs to guest-physical addresses; an IOAS leads from those to
 * memory. A *shadow* is a domain that holds the two put together: each leaf of
 * the guest is looked up in the IOAS, and what is found goes into the domain,
 * with the permissions that both grant.
 *
 * A shadow is *in step* with the guest's table as of the last time that the place
 * was invalidated. Hardware that caches entries which are not present behaves so
 * (caching mode): each change needs an invalidation, a new mapping too.
 *
 * What memory a shadow leads to
 *   The shadow holds its parent, a paging HWPT of the IOAS. So the IOAS has a
 *   domain for as long as the shadow lives, and a ready area of an IOAS that has
 *   a domain is pinned. A shadow pins nothing itself: it maps parts of ready
 *   areas only, looked up and mapped with iova_rwsem held to read, and keeps a
 *   *range* for each run that it mapped, sorted by IOVA and by guest-physical
 *   address. Unmapping from the IOAS first makes areas busy, with iova_rwsem held
 *   to write: from then on no shadow finds them. Then it takes their ranges out
 *   of each shadow, waits for the hardware, and only then unpins.
 *   Where hardware did not answer, it may still hold anything that the shadow
 *   ever mapped. Until a flush of everything succeeds, no area that is unmapped
 *   from the IOAS is unpinned: it is lost, as with any other domain.
 *
 * Memory that is mapped into the IOAS later does not show up by itself. DMA-BUFs
 * are not shadowed: their exporter may take them away at any time.
 *
 * Dirty tracking follows the parent's: a shadow of one that can track is made so
 * that it can, too. What is written through it is its parent's dirty state. Its
 * leaves are no larger than the parent's for the same memory, and change with them.
 *
 * Locks: fdx_hwpt_shadow.inv_lock -> fdx_ioas.domains_rwsem -> .lock ->
 * fdx_dirty_saved.clearing of the parent -> fdx_ioas.iova_rwsem -> fdx_pages.lock.
 */
#ifndef __IOMMUFDX_SHADOW_H
#define __IOMMUFDX_SHADOW_H

#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include "core/hwpt.h"
#include "shadow_walk.h"

struct fdx_dirty_bitmap;
struct fdx_page_size;

/**
 * struct fdx_shadow_range - a run of leaves that a shadow holds
 * @iova: where; in fdx_hwpt_shadow.by_iova
 * @gpa: what they lead to, just as long; in fdx_hwpt_shadow.by_gpa
 * @prot: what the guest grants
 * @shift: log2 of each of the guest's leaves; none of the shadow's is larger
 *
 * All of it is mapped. Its ends are those of leaves, or of areas of the IOAS.
 */
struct fdx_shadow_range {
	struct interval_tree_node iova;
	struct interval_tree_node gpa;
	u32 prot;
	u8 shift;
};

/**
 * struct fdx_hwpt_shadow - a HWPT that follows a guest's table
 * @common: head
 * @parent: its IOAS is guest-physical memory; a use is held
 * @node: in fdx_ioas.shadows, under fdx_ioas.domains_rwsem
 * @inv_lock: one batch of invalidations at a time
 * @table: the guest's table
 * @first: lowest IOVA that guest and hardware can have
 * @last: highest
 * @lock: guards all below, and what the domain maps
 * @by_iova: struct fdx_shadow_range, which do not overlap
 * @by_gpa: the same, which may
 * @nr_ranges: how many
 * @payer: who is charged for tables and ranges: memory of no pages
 */
struct fdx_hwpt_shadow {
	struct fdx_hwpt common;
	struct fdx_hwpt_paging *parent;
	struct list_head node;
	struct mutex inv_lock;
	struct fdx_guest_table table;
	unsigned long first;
	unsigned long last;

	struct mutex lock;
	struct rb_root_cached by_iova;
	struct rb_root_cached by_gpa;
	unsigned long nr_ranges;
	struct fdx_pages *payer;
};

/* shadow.c */

/* On any paging HWPT that user space made; the caller finalizes or aborts. */
struct fdx_hwpt *fdx_shadow_alloc(struct iommufdx_ctx *ictx,
				  struct fdx_hwpt_paging *parent,
				  struct iommufdx_device *idev, u32 flags,
				  const struct iommufdx_user_data *data);
void fdx_shadow_destroy(struct fdx_object *obj);
/* How invalidations of a shadow are taken; the target is the shadow. */
extern const struct iommufdx_inv_ops fdx_shadow_inv_ops;

/* shadow_sync.c */

/*
 * Bring @first..@last in step with the guest's table. 0, or with part of it in
 * step: -E2BIG (the guest's tables are too many entries for one call); -ENOMEM;
 * -EINTR (a fatal signal); -EIO, -ETIMEDOUT (hardware).
 */
int fdx_shadow_sync(struct fdx_hwpt_shadow *shadow, unsigned long first,
		    unsigned long last);
/*
 * The guest-physical @first..@last, of busy areas, goes away: take it out.
 * False: hardware may still hold it. domains_rwsem is held.
 */
bool fdx_shadow_unmap(struct fdx_hwpt_shadow *shadow, unsigned long first,
		      unsigned long last);
/* Take everything out. False: hardware may still hold it. */
bool fdx_shadow_clear(struct fdx_hwpt_shadow *shadow);
/* Be charged for what tables and ranges take, or for less. -ENOMEM. */
int fdx_shadow_charge(struct fdx_hwpt_shadow *shadow);
void fdx_shadow_uncharge(struct fdx_hwpt_shadow *shadow);
/* Have hardware forget what was unmapped, now and where it did not before. */
int fdx_shadow_flush(struct fdx_hwpt_shadow *shadow,
		     struct pgtable_gather *gather);

/* shadow_dirty.c */

/* Whoever changes the table holds these from the first change to the flush. */
void fdx_shadow_lock(struct fdx_hwpt_shadow *shadow);
void fdx_shadow_unlock(struct fdx_hwpt_shadow *shadow);
/* As pgtable_ops::unmap, before the ranges are cut: dirty state is saved. */
u64 fdx_shadow_unmap_leaves(struct fdx_hwpt_shadow *shadow, unsigned long first,
			    unsigned long last, struct pgtable_gather *gather);
/* Start, with nothing dirty, or stop; fdx_ioas.dirty_rwsem is held. */
int fdx_shadow_switch_tracking(struct fdx_hwpt_shadow *shadow, bool enable);
/*
 * The same of all shadows of @parent. On failure some may have been switched on,
 * and nothing that was saved is forgotten.
 */
int fdx_shadows_switch_tracking(struct fdx_hwpt_paging *parent, bool enable);
/*
 * Save what was written through shadows of @parent to @first..@last of its IOAS.
 * -EINTR, the errno of a flush; nothing is lost then.
 */
int fdx_shadows_read_dirty(struct fdx_hwpt_paging *parent, unsigned long first,
			   unsigned long last);
/*
 * Report what was saved to the bitmap, and forget it unless @keep. -EFAULT, -EINTR;
 * -EIO: hardware did not let go of what it had of a shadow, and nothing was said.
 */
int fdx_shadows_report(struct fdx_hwpt_paging *parent, bool keep,
		       struct fdx_dirty_bitmap *bitmap);

/* shadow_leaf.c */

/*
 * The largest leaf that may show @gpa..*@last, all of one usable area, to a guest
 * with leaves of 1 << @shift: no larger than the parent's, or the hardware's
 * smallest. *@last becomes the end of what this goes for. iova_rwsem is held.
 */
u64 fdx_shadow_leaf_limit(struct fdx_hwpt_shadow *shadow, unsigned long gpa,
			  unsigned long *last, u8 shift);
/*
 * Have no leaf that leads to @first..@last of the IOAS larger than that; or, for a
 * @size that merges, no smaller if both go. The shadow is locked. -EINTR (a fatal
 * signal), -ENOMEM, -EOPNOTSUPP (break-before-make needed), the errno of a flush.
 */
int fdx_shadow_resize(struct fdx_hwpt_shadow *shadow, unsigned long first,
		      unsigned long last, const struct fdx_page_size *size);
/* The same of all shadows of @parent. */
int fdx_shadows_resize(struct fdx_hwpt_paging *parent, unsigned long first,
		       unsigned long last, const struct fdx_page_size *size);
/* May sizes of all shadows of @parent change without a fault? */
bool fdx_shadows_live(struct fdx_hwpt_paging *parent);

/* shadow_range.c; the shadow's lock is held */

/* The first range that meets @first..@last of IOVA, or NULL. */
struct fdx_shadow_range *fdx_shadow_range_first(struct fdx_hwpt_shadow *shadow,
						unsigned long first,
						unsigned long last);
/* The same of guest-physical addresses. */
struct fdx_shadow_range *fdx_shadow_range_gpa(struct fdx_hwpt_shadow *shadow,
					      unsigned long first,
					      unsigned long last);
/* Where nothing is. Neighbours that go on become one range. -ENOMEM. */
int fdx_shadow_range_add(struct fdx_hwpt_shadow *shadow, unsigned long iova,
			 unsigned long last, unsigned long gpa, u32 prot,
			 u8 shift);
/* Take @first..@last, a part of @range, out of it. @range may be freed. */
void fdx_shadow_range_cut(struct fdx_hwpt_shadow *shadow,
			  struct fdx_shadow_range *range, unsigned long first,
			  unsigned long last);

#endif /* __IOMMUFDX_SHADOW_H */
