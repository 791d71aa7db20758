// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "dmabuf.h"
#include "ioas.h"
#include "itree.h"
#include "pages.h"

struct fdx_pages *fdx_pages_new(struct iommufdx_ctx *ictx, unsigned long offset,
				unsigned long length, bool writable)
{
	struct fdx_pages *pages;

	if (!length || length > ULONG_MAX - PAGE_SIZE)
		return ERR_PTR(-EINVAL);

	pages = kzalloc(sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return ERR_PTR(-ENOMEM);

	refcount_set(&pages->refs, 1);
	mutex_init(&pages->lock);
	pages->writable = writable;
	pages->npages = DIV_ROUND_UP(length + offset, PAGE_SIZE);
	pages->users = RB_ROOT_CACHED;
	pages->accesses = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&pages->link);
	fdx_pfn_store_init(&pages->store);

	pages->mm = current->mm;
	mmgrab(pages->mm);
	pages->task = current->group_leader;
	get_task_struct(pages->task);
	pages->user = get_uid(current_user());

	if (capable(CAP_IPC_LOCK))
		pages->account_mode = FDX_ACCOUNT_NONE;
	else if (ictx->account_mode == FDX_ACCOUNT_MM)
		pages->account_mode = FDX_ACCOUNT_MM;
	else
		pages->account_mode = FDX_ACCOUNT_USER;
	return pages;
}

struct fdx_pages *fdx_pages_alloc(struct iommufdx_ctx *ictx,
				  unsigned long uaddr, unsigned long length,
				  bool writable)
{
	struct fdx_pages *pages;
	unsigned long end;

	if (check_add_overflow(uaddr, length, &end))
		return ERR_PTR(-EOVERFLOW);
	pages = fdx_pages_new(ictx, offset_in_page(uaddr), length, writable);
	if (!IS_ERR(pages))
		pages->uaddr = uaddr & PAGE_MASK;
	return pages;
}

struct fdx_pages *fdx_pages_alloc_file(struct iommufdx_ctx *ictx,
				       struct file *file, u64 start,
				       unsigned long length, bool writable)
{
	struct fdx_pages *pages;
	u64 end;

	if (check_add_overflow(start, (u64)length, &end) || end > S64_MAX)
		return ERR_PTR(-EOVERFLOW);
	pages = fdx_pages_new(ictx, offset_in_page(start), length, writable);
	if (IS_ERR(pages))
		return pages;
	pages->file = get_file(file);
	pages->file_start = round_down(start, PAGE_SIZE);
	return pages;
}

void fdx_pages_put(struct fdx_pages *pages)
{
	if (!refcount_dec_and_test(&pages->refs))
		return;

	WARN_ON(!RB_EMPTY_ROOT(&pages->users.rb_root));
	WARN_ON(!RB_EMPTY_ROOT(&pages->store.segs.rb_root));
	if (pages->file)
		fput(pages->file);
	if (pages->dmabuf)
		fdx_dmabuf_release(pages);
	mmdrop(pages->mm);
	put_task_struct(pages->task);
	free_uid(pages->user);
	mutex_destroy(&pages->lock);
	kfree(pages);
}

/* Unpin the parts of @first..@last that no user covers. */
static void pages_trim(struct fdx_pages *pages, unsigned long first,
		       unsigned long last)
{
	unsigned long hole_last;

	fdx_for_each_hole(&pages->users, first, last, hole_last)
		fdx_unpin(pages, first, hole_last);
}

int fdx_pages_add_user(struct fdx_pages *pages,
		       struct interval_tree_node *user)
{
	int rc;

	lockdep_assert_held(&pages->lock);

	rc = fdx_pin(pages, user->start, user->last);
	if (rc)
		pages_trim(pages, user->start, user->last);
	else
		interval_tree_insert(user, &pages->users);
	return rc;
}

void fdx_pages_remove_user(struct fdx_pages *pages,
			   struct interval_tree_node *user)
{
	lockdep_assert_held(&pages->lock);

	interval_tree_remove(user, &pages->users);
	pages_trim(pages, user->start, user->last);
}
