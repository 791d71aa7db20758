/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing the sizes of a domain's leaves while devices use them. */
#ifndef __IOMMUFDX_PAGE_SIZE_H
#define __IOMMUFDX_PAGE_SIZE_H

#include <linux/iommufdx/pgtable.h>

struct fdx_dirty_debt;
struct fdx_hwpt_paging;
struct fdx_ioas;
struct iommufdx_domain;

/**
 * struct fdx_page_size - a change of sizes
 * @iova: first byte
 * @last: last byte
 * @split: as in struct pgtable_resize; both 0 only looks
 * @merge: the same
 * @accept_faults: the same
 * @whole: only a fatal signal ends it, as nobody could say where to go on
 * @debt: of the HWPT whose table it is
 * @parent: its shadows follow, NULL: none
 * @done: out: bytes from @iova on that were dealt with
 * @smallest: out: smallest leaf in them, 0 if there is none
 * @largest: out: largest leaf
 */
struct fdx_page_size {
	u64 iova;
	u64 last;
	u64 split;
	u64 merge;
	bool accept_faults;
	bool whole;
	struct fdx_dirty_debt *debt;
	struct fdx_hwpt_paging *parent;
	u64 done;
	u64 smallest;
	u64 largest;
};

/*
 * Change the leaves of all areas in the range, portion by portion. No lock of the
 * IOAS is held if there is a parent. The out fields are good on errors, too: -EINTR
 * (a signal), -ENOMEM, -EINVAL (merging is switched off), -EOPNOTSUPP
 * (break-before-make needed), the errno of a flush.
 */
int fdx_ioas_set_page_size(struct fdx_ioas *ioas,
			   struct iommufdx_domain *domain,
			   struct fdx_page_size *size);

/**
 * struct fdx_resize - what a page table is asked for
 * @req: sync is fdx_resize_sync
 * @domain: whose table
 * @failed: out: hardware did not answer a flush: what it writes by what it has
 *	cached, such as a table that is gone, is seen nowhere
 */
struct fdx_resize {
	struct pgtable_resize req;
	struct iommufdx_domain *domain;
	bool failed;
};

int fdx_resize_sync(struct pgtable_resize *req, struct pgtable_gather *gather);

/* May sizes change without a fault? */
bool fdx_page_size_live(const struct pgtable *pt);

#endif /* __IOMMUFDX_PAGE_SIZE_H */
