// SPDX-License-Identifier: GPL-2.0-only
/* Charging: who pays for pinned pages, and how that passes to somebody else. */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>

#include "ioas.h"
#include "pages.h"

static int charge_user(struct fdx_pages *pages, unsigned long npages)
{
	unsigned long limit = task_rlimit(pages->task, RLIMIT_MEMLOCK) >>
			      PAGE_SHIFT;
	atomic_long_t *locked = &pages->user->locked_vm;
	long old = atomic_long_read(locked);

	do {
		if (old + npages > limit)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(locked, &old, old + npages));
	return 0;
}

/* Charge as mlock() does. A process that is gone has nothing to uncharge. */
static int charge_mm(struct fdx_pages *pages, unsigned long npages, bool inc)
{
	struct mm_struct *mm = pages->mm;
	int rc;

	if (!mmget_not_zero(mm))
		return -EFAULT;
	mmap_write_lock(mm);
	rc = __account_locked_vm(mm, npages, inc, pages->task, false);
	mmap_write_unlock(mm);
	mmput(mm);
	return rc;
}

int fdx_charge(struct fdx_pages *pages, unsigned long npages)
{
	int rc = 0;

	/* That memory is its exporter's, whoever shows it to devices. */
	if (pages->dmabuf)
		return 0;
	if (pages->account_mode == FDX_ACCOUNT_USER)
		rc = charge_user(pages, npages);
	else if (pages->account_mode == FDX_ACCOUNT_MM)
		rc = charge_mm(pages, npages, true);
	if (rc)
		return rc;
	atomic64_add(npages, &pages->mm->pinned_vm);
	pages->charged += npages;
	return 0;
}

void fdx_uncharge(struct fdx_pages *pages, unsigned long npages)
{
	if (pages->dmabuf)
		return;
	if (pages->account_mode == FDX_ACCOUNT_USER)
		atomic_long_sub(npages, &pages->user->locked_vm);
	else if (pages->account_mode == FDX_ACCOUNT_MM)
		charge_mm(pages, npages, false);
	atomic64_sub(npages, &pages->mm->pinned_vm);
	pages->charged -= npages;
}

bool fdx_pays_current(const struct fdx_pages *pages)
{
	switch (pages->account_mode) {
	/* pinned_vm of the process counts with all of them. */
	case FDX_ACCOUNT_NONE:
	case FDX_ACCOUNT_MM:
		return pages->mm == current->mm;
	default:
		return pages->mm == current->mm &&
		       pages->user == current_user();
	}
}

int fdx_charge_current(u8 account_mode, unsigned long npages)
{
	struct fdx_pages payer = {
		.account_mode = account_mode,
		.mm = current->mm,
		.task = current->group_leader,
		.user = current_user(),
	};

	return fdx_charge(&payer, npages);
}

void fdx_uncharge_current(u8 account_mode, unsigned long npages)
{
	struct fdx_pages payer = {
		.account_mode = account_mode,
		.mm = current->mm,
		.task = current->group_leader,
		.user = current_user(),
	};

	fdx_uncharge(&payer, npages);
}

void fdx_move_charge(struct fdx_pages *pages)
{
	unsigned long charged = pages->charged;

	if (!fdx_pays_current(pages))
		fdx_uncharge(pages, charged);
	pages->charged = charged;

	mmgrab(current->mm);
	mmdrop(pages->mm);
	pages->mm = current->mm;
	get_task_struct(current->group_leader);
	put_task_struct(pages->task);
	pages->task = current->group_leader;
	free_uid(pages->user);
	pages->user = get_uid(current_user());
}
