/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty state of leaves that are gone, or that are not the HWPT's own.
 *
 * What a device writes through a shadow of a HWPT (see shadow.h) leaves its dirty
 * bit in the shadow's table, by IOVA of the guest. Whoever clears such a bit, or
 * takes the leaf out, first *saves* it here, by the addresses of the IOAS. Dirty
 * reads and unmaps of the HWPT report what was saved, and forget it.
 *
 * It is a bitmap of PAGE_SIZE pages, in *chunks* that are there where a shadow has
 * ever led to. A chunk is made before the first leaf is mapped that needs it, so
 * that saving cannot fail; it goes with the HWPT.
 *
 * Hardware may write on through what it has cached of a leaf until it was flushed.
 * A bit that was reported before would miss that. So @clearing is held to read
 * from the first leaf that is cleared to the flush, and to write by who reports;
 * an unmap need not, as nothing leads to its range any more.
 */
#ifndef __IOMMUFDX_DIRTY_SAVED_H
#define __IOMMUFDX_DIRTY_SAVED_H

#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>

struct pgtable_dirty_sink;

/**
 * struct fdx_dirty_saved - what was written through shadows of one HWPT
 * @node: in fdx_ioas.saved once there was a shadow, under fdx_ioas.domains_rwsem
 * @clearing: see above
 * @chunks: pages of bits
 * @unsure: hardware did not let go of a shadow that is gone
 */
struct fdx_dirty_saved {
	struct list_head node;
	struct rw_semaphore clearing;
	struct xarray chunks;
	bool unsure;
};

void fdx_saved_init(struct fdx_dirty_saved *saved);
void fdx_saved_destroy(struct fdx_dirty_saved *saved);
/* Have chunks for @first..@last. -ENOMEM. */
int fdx_saved_reserve(struct fdx_dirty_saved *saved, unsigned long first,
		      unsigned long last);
/* Save that @first..@last, which is reserved, was written to. */
void fdx_saved_add(struct fdx_dirty_saved *saved, unsigned long first,
		   unsigned long last);
/* Forget the pages that lie in @first..@last as a whole. */
void fdx_saved_forget(struct fdx_dirty_saved *saved, unsigned long first,
		      unsigned long last);
/* Move *@first to the first place up to @last that is saved; false: none. */
bool fdx_saved_find(struct fdx_dirty_saved *saved, unsigned long *first,
		    unsigned long last);
/*
 * Report what is saved of @first..@last to @sink, and forget it unless @keep, as
 * fdx_saved_forget() does.
 */
void fdx_saved_pay(struct fdx_dirty_saved *saved, unsigned long first,
		   unsigned long last, struct pgtable_dirty_sink *sink,
		   bool keep);

#endif /* __IOMMUFDX_DIRTY_SAVED_H */
