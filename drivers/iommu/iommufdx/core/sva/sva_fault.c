// SPDX-License-Identifier: GPL-2.0-only
/* Page requests that are faults of a process: see sva.h. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "core/device.h"
#include "core/eventq.h"
#include "core/pages.h"
#include "sva.h"

/* How often to ask for memory that can only be had without waiting. */
#define SVA_MEMORY_TRIES	16

/* ---------------------------------------------------------------------- faults */

/* Charge for tables and for what is known of the pages. */
static int sva_charge(struct fdx_hwpt_sva *sva)
{
	struct pgtable *pt = &sva->common.domain->pt;
	unsigned long charged = sva->payer->charged;
	unsigned long pages;

	/* A value of @pages takes two words, nodes included. */
	pages = DIV_ROUND_UP(pt->ops->table_bytes(pt) +
			     READ_ONCE(sva->nr_pages) * 2 * sizeof(void *),
			     PAGE_SIZE);
	if (pages < charged)
		fdx_uncharge(sva->payer, charged - pages);
	return pages > charged ? fdx_charge(sva->payer, pages - charged) : 0;
}

/* The page at @addr, held, as the process would find it for such an access. */
static int sva_look_up(struct mm_struct *mm, unsigned long addr, u32 prot,
		       struct page **page)
{
	unsigned int flags = prot & PGTABLE_WRITE ? FOLL_WRITE : 0;
	struct vm_area_struct *vma;
	long rc = -EFAULT;

	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && (!(prot & PGTABLE_EXEC) || (vma->vm_flags & VM_EXEC)))
		rc = compat_get_user_page_remote(mm, addr, flags, page);
	mmap_read_unlock(mm);
	return rc == 1 ? 0 : rc < 0 ? rc : -EFAULT;
}

/* -EAGAIN: the process's table changed meanwhile. */
static int sva_fault_once(struct fdx_hwpt_sva *sva, unsigned long addr,
			  u32 prot)
{
	unsigned long seq = mmu_interval_read_begin(&sva->notifier);
	struct page *page;
	int rc;

	rc = sva_look_up(sva->notifier.mm, addr, prot, &page);
	if (rc)
		return rc;
	mutex_lock(&sva->lock);
	if (mmu_interval_read_retry(&sva->notifier, seq))
		rc = -EAGAIN;
	else
		rc = fdx_sva_map(sva, addr, page_to_pfn(page), prot);
	mutex_unlock(&sva->lock);
	put_page(page);
	return rc;
}

static int sva_fault(struct fdx_hwpt_sva *sva, unsigned long addr, u32 prot)
{
	unsigned int tries = SVA_MEMORY_TRIES;
	int rc;

	do {
		if (READ_ONCE(sva->closing))
			return -ENODEV;
		rc = sva_fault_once(sva, addr, prot);
		/* Here it is possible to wait for memory; the next try finds some. */
		if (rc == -ENOMEM && tries--)
			free_page(__get_free_page(GFP_KERNEL));
		cond_resched();
	} while (rc == -EAGAIN || (rc == -ENOMEM && tries));
	if (rc)
		return rc;
	rc = sva_charge(sva);
	if (rc) {
		mutex_lock(&sva->lock);
		fdx_sva_unmap(sva, addr, addr);
		mutex_unlock(&sva->lock);
	}
	return rc;
}

static int sva_serve_request(struct fdx_hwpt_sva *sva,
			     const struct iommufdx_page_request *req)
{
	unsigned long addr = req->addr & PAGE_MASK;
	u32 prot = PGTABLE_READ;
	int rc;

	if ((req->perm & IOMMUFDX_PAGE_PRIV) || addr < sva->first ||
	    addr > sva->last)
		return -EFAULT;
	if (req->perm & IOMMUFDX_PAGE_WRITE)
		prot |= PGTABLE_WRITE;
	if (req->perm & IOMMUFDX_PAGE_EXEC)
		prot |= PGTABLE_EXEC;
	if (!mmget_not_zero(sva->notifier.mm))
		return -ESRCH;
	rc = sva_fault(sva, addr, prot);
	mmput(sva->notifier.mm);
	return rc;
}

/* ---------------------------------------------------------------------- groups */

static struct fdx_fault_group *sva_next(struct fdx_hwpt_sva *sva)
{
	mutex_lock(&sva->req_lock);
	sva->serving = list_first_entry_or_null(&sva->waiting,
						struct fdx_fault_group, node);
	if (sva->serving)
		list_del(&sva->serving->node);
	mutex_unlock(&sva->req_lock);
	return sva->serving;
}

void fdx_sva_serve(struct work_struct *work)
{
	struct fdx_hwpt_sva *sva = container_of(work, struct fdx_hwpt_sva,
						work);
	struct fdx_fault_group *group;
	unsigned int i;
	int rc;

	while ((group = sva_next(sva))) {
		rc = 0;
		for (i = 0; i < group->count && !rc; i++)
			rc = sva_serve_request(sva, &group->reqs[i]);
		mutex_lock(&sva->req_lock);
		sva->serving = NULL;
		if (group->idev)
			fdx_fault_group_answer(group, rc ? IOMMUFDX_PAGE_INVALID :
							   IOMMUFDX_PAGE_SUCCESS);
		else
			kfree(group);
		mutex_unlock(&sva->req_lock);
	}
}

void fdx_sva_take(struct fdx_hwpt_sva *sva, struct fdx_fault_group *group)
{
	mutex_lock(&sva->req_lock);
	list_add_tail(&group->node, &sva->waiting);
	mutex_unlock(&sva->req_lock);
	queue_work(sva->wq, &sva->work);
}

void fdx_sva_refuse(struct fdx_hwpt_sva *sva, struct iommufdx_device *idev,
		    u32 pasid)
{
	struct fdx_fault_group *group, *next;

	lockdep_assert_held(&idev->group->lock);

	mutex_lock(&sva->req_lock);
	list_for_each_entry_safe(group, next, &sva->waiting, node) {
		if (group->idev != idev || group->pasid != pasid)
			continue;
		list_del(&group->node);
		fdx_fault_group_answer(group, IOMMUFDX_PAGE_INVALID);
	}
	group = sva->serving;
	if (group && group->idev == idev && group->pasid == pasid) {
		fdx_fault_group_respond(group, IOMMUFDX_PAGE_INVALID);
		group->idev = NULL;
	}
	mutex_unlock(&sva->req_lock);
}
