/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU's use of a piece of memory: pinning pages of it, copying. */
#ifndef __IOMMUFDX_PAGE_ACCESS_H
#define __IOMMUFDX_PAGE_ACCESS_H

struct fdx_pages;
struct page;

/*
 * Pin pages @first..@last and store a pointer to each. Ranges may overlap, and
 * one may be pinned many times. pages->lock is held. -EFAULT, -ENOMEM, -EINTR
 * as fdx_pages_add_user().
 */
int fdx_pages_pin_access(struct fdx_pages *pages, unsigned long first,
			 unsigned long last, struct page **out);
/* Undo one such call, for the same range. pages->lock is held. */
void fdx_pages_unpin_access(struct fdx_pages *pages, unsigned long first,
			    unsigned long last);

/*
 * Copy between @data and the bytes from @start on; @flags are
 * IOMMUFDX_ACCESS_*. -EPERM (read-only memory), or as above.
 */
int fdx_pages_rw(struct fdx_pages *pages, unsigned long start, void *data,
		 unsigned long length, unsigned int flags);

#endif /* __IOMMUFDX_PAGE_ACCESS_H */
