/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that can be pinned.
 *
 * A struct fdx_pages is one piece of memory, of a process, of a file or of a
 * DMA-BUF, cut into pages 0, 1, 2, ... of PAGE_SIZE. Areas that show a filled part of it put an interval into its
 * tree of *users*. What is pinned is exactly what the users cover together,
 * however often they cover it; the PFNs of that are in the store, and that many
 * pages are charged.
 *
 * Where hardware did not confirm that it forgot a translation, the interval
 * stays in the tree for good, and with it the pin and the charge.
 */
#ifndef __IOMMUFDX_PAGES_H
#define __IOMMUFDX_PAGES_H

#include <linux/mutex.h>
#include <linux/refcount.h>

#include "pfn_store.h"

struct fdx_dmabuf;
struct file;
struct iommufdx_ctx;
struct mm_struct;
struct task_struct;
struct user_struct;

/**
 * struct fdx_pages - a piece of memory
 * @refs: areas that show it
 * @account_mode: enum fdx_account_mode
 * @writable: may be shown to devices for writing, and is pinned for that
 * @lock: guards @users, @accesses and @store; below everything of the IOAS, above mmap_lock
 * @npages: how long it is
 * @file: the memfd it is in, NULL for memory of a process
 * @file_start: where it starts in @file, a multiple of PAGE_SIZE
 * @dmabuf: the DMA-BUF it is in, or NULL; see dmabuf.h
 * @uaddr: where it starts in @mm, a multiple of PAGE_SIZE; 0 with @file
 * @mm: whose memory, or who mapped the file; only the struct is held, the
 *	address space may be gone
 * @task: whose RLIMIT_MEMLOCK counts
 * @user: who is charged by FDX_ACCOUNT_USER
 * @charged: pages charged (@lock)
 * @link: list of CHANGE_PROCESS (all iova_rwsem of the iommufd held to write)
 * @users: intervals of page indices that have to stay pinned
 * @accesses: struct page_access by page indices (@lock)
 * @store: what is pinned
 */
struct fdx_pages {
	refcount_t refs;
	u8 account_mode;
	bool writable;
	struct mutex lock;
	unsigned long npages;
	struct file *file;
	loff_t file_start;
	struct fdx_dmabuf *dmabuf;
	unsigned long uaddr;
	struct mm_struct *mm;
	struct task_struct *task;
	struct user_struct *user;
	unsigned long charged;
	struct list_head link;
	struct rb_root_cached users;
	struct rb_root_cached accesses;
	struct fdx_pfn_store store;
};

/*
 * Describe @length bytes at @uaddr of the caller's memory. Pins nothing.
 * -EOVERFLOW, -EINVAL (no bytes), -ENOMEM.
 */
struct fdx_pages *fdx_pages_alloc(struct iommufdx_ctx *ictx,
				  unsigned long uaddr, unsigned long length,
				  bool writable);
/* The same for @length bytes of @file from byte @start on. Takes a reference. */
struct fdx_pages *fdx_pages_alloc_file(struct iommufdx_ctx *ictx,
				       struct file *file, u64 start,
				       unsigned long length, bool writable);
/*
 * The part that all kinds of memory share: @length bytes that start @offset
 * bytes into page 0. -EINVAL (no bytes), -ENOMEM.
 */
struct fdx_pages *fdx_pages_new(struct iommufdx_ctx *ictx, unsigned long offset,
				unsigned long length, bool writable);
void fdx_pages_put(struct fdx_pages *pages);

static inline struct fdx_pages *fdx_pages_get(struct fdx_pages *pages)
{
	refcount_inc(&pages->refs);
	return pages;
}

/*
 * Pin what is not pinned of @user's interval and put it into the tree. On
 * failure nothing is left pinned or charged that was not before. -EFAULT (no
 * such memory, or not writable), -ENOMEM (memory, or RLIMIT_MEMLOCK), -EINTR
 * (a fatal signal).
 */
int fdx_pages_add_user(struct fdx_pages *pages,
		       struct interval_tree_node *user);
/* Take @user out of the tree and unpin what no other covers. */
void fdx_pages_remove_user(struct fdx_pages *pages,
			   struct interval_tree_node *user);

/* charge.c */

/* -ENOMEM (over the limit), -EFAULT (the process is gone). */
int fdx_charge(struct fdx_pages *pages, unsigned long npages);
void fdx_uncharge(struct fdx_pages *pages, unsigned long npages);
/* Would it make no difference to have the caller pay? */
bool fdx_pays_current(const struct fdx_pages *pages);
/* Have the caller pay for @npages pages in advance, and the reverse. */
int fdx_charge_current(u8 account_mode, unsigned long npages);
void fdx_uncharge_current(u8 account_mode, unsigned long npages);
/* The caller, who has paid in advance, takes the pages over. */
void fdx_move_charge(struct fdx_pages *pages);

/* pin.c: pin and charge, unpin and uncharge. pages->lock is held. */

/*
 * Pin all holes of @first..@last. On failure, part of them is: the caller
 * unpins what nobody uses.
 */
int fdx_pin(struct fdx_pages *pages, unsigned long first, unsigned long last);
/* Unpin what is pinned of @first..@last. */
void fdx_unpin(struct fdx_pages *pages, unsigned long first,
	       unsigned long last);

#endif /* __IOMMUFDX_PAGES_H */
