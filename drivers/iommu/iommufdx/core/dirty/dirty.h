/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user's side of a dirty read: a bitmap in user memory, pinned a window at
 * a time so that a bit which was cleared in a table always has a place to go.
 */
#ifndef __IOMMUFDX_DIRTY_H
#define __IOMMUFDX_DIRTY_H

#include <linux/iommufdx/pgtable.h>

struct fdx_dirty_debt;
struct page;

/* Bytes of user bitmap that are pinned at once: at 4 KiB a bit, 32 GiB of IOVA. */
#define FDX_DIRTY_WINDOW_PAGES	256

/**
 * struct fdx_dirty_bitmap - a user bitmap being filled
 * @sink: what pgtable writes to; its IOVA is that of the window's first word
 * @iova: IOVA of the whole bitmap's bit 0
 * @last: last byte the bitmap speaks of
 * @user: address of the bitmap, not aligned to anything
 * @shift: log2 of bytes per bit
 * @pages: the pinned window
 * @nr_pages: how many
 * @debt: where a leaf's state goes that the window does not speak of
 * @offset: byte offset of the window's first word in @pages[0]
 * @reach_first: what fdx_dirty_bitmap_at() has pinned speaks of this,
 * @reach_last: up to this; 0 for nothing yet
 */
struct fdx_dirty_bitmap {
	struct pgtable_dirty_sink sink;
	u64 iova;
	u64 last;
	u64 user;
	unsigned int shift;
	struct page **pages;
	unsigned int nr_pages;
	struct fdx_dirty_debt *debt;
	unsigned int offset;
	u64 reach_first;
	u64 reach_last;
};

/*
 * Check and fill in: -EINVAL for a page size that is no power of two, a range
 * that is empty or is not aligned to the page size; -EOVERFLOW for one that
 * wraps; -EFAULT when the bitmap's memory is no user memory.
 */
int fdx_dirty_bitmap_check(struct fdx_dirty_bitmap *bm, u64 iova, u64 length,
			   u64 page_size, u64 user);
/* That, and prepare for fdx_dirty_bitmap_window(): -ENOMEM. */
int fdx_dirty_bitmap_init(struct fdx_dirty_bitmap *bm, u64 iova, u64 length,
			  u64 page_size, u64 user);
void fdx_dirty_bitmap_release(struct fdx_dirty_bitmap *bm);

/*
 * Pin the part of the bitmap that speaks of @iova up to *@last, or as much of it
 * as a window has room for, and say how far it reaches: *@last becomes the last
 * IOVA (at most the bitmap's own) that the window covers. -EFAULT when the user's
 * memory is not writable. Unpins the window before.
 */
int fdx_dirty_bitmap_window(struct fdx_dirty_bitmap *bm, u64 iova, u64 *last);

/*
 * Have a window that speaks of @iova, the one there is if it does. *@end: how much
 * of @iova..@last it speaks of. -EFAULT.
 */
int fdx_dirty_bitmap_at(struct fdx_dirty_bitmap *bm, u64 iova, u64 last,
			u64 *end);

/*
 * Instead of windows: pin all that speaks of @first..@last, once. -EFAULT,
 * -ENOMEM, -EINTR; fdx_dirty_bitmap_release() is called in any case.
 */
int fdx_dirty_bitmap_pin(struct fdx_dirty_bitmap *bm, u64 first, u64 last);

#endif /* __IOMMUFDX_DIRTY_H */
