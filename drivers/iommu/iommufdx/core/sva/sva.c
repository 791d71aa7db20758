// SPDX-License-Identifier: GPL-2.0-only
/* SVA HWPTs: making and destroying them, and their mirror. See sva.h. */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <uapi/linux/iommufdx.h>

#include "compat.h"
#include "core/area.h"
#include "core/device.h"
#include "core/domain.h"
#include "core/pages.h"
#include "sva.h"

/* ------------------------------------------------------------------- the mirror */

/* Under a lock that reclaim may want: see sva.h. */
#define SVA_GFP		(GFP_NOWAIT | __GFP_NOWARN)

#define SVA_VALUE_PROT	(PGTABLE_READ | PGTABLE_WRITE | PGTABLE_EXEC)
#define SVA_VALUE_SHIFT	3

static void *sva_value(unsigned long pfn, u32 prot)
{
	BUILD_BUG_ON(SVA_VALUE_PROT >> SVA_VALUE_SHIFT);

	return xa_mk_value(pfn << SVA_VALUE_SHIFT | prot);
}

static unsigned long sva_value_pfn(void *value)
{
	return xa_to_value(value) >> SVA_VALUE_SHIFT;
}

static u32 sva_value_prot(void *value)
{
	return xa_to_value(value) & SVA_VALUE_PROT;
}

/* Hardware may still reach the page: it must never become somebody else's. */
static void sva_keep_page(void *value)
{
	/* The process has it mapped until the notifier's caller goes on. */
	get_page(pfn_to_page(sva_value_pfn(value)));
}

void fdx_sva_unmap(struct fdx_hwpt_sva *sva, unsigned long first,
		   unsigned long last)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	unsigned long index, from = ULONG_MAX, to = 0;
	struct pgtable *pt;
	void *value;

	lockdep_assert_held(&sva->lock);

	first >>= PAGE_SHIFT;
	last >>= PAGE_SHIFT;
	xa_for_each_range(&sva->pages, index, value, first, last) {
		from = min(from, index);
		to = index;
	}
	if (from > to)
		return;
	pt = &sva->common.domain->pt;
	/* In one go, so that tables which become empty fall. */
	pt->ops->unmap(pt, from << PAGE_SHIFT,
		       (to << PAGE_SHIFT) + PAGE_SIZE - 1, &gather);
	if (fdx_gather_finish(sva->common.domain, &gather))
		sva->lost = true;
	xa_for_each_range(&sva->pages, index, value, from, to) {
		if (sva->lost)
			sva_keep_page(value);
		xa_erase(&sva->pages, index);
		sva->nr_pages--;
		cond_resched();
	}
}

int fdx_sva_map(struct fdx_hwpt_sva *sva, unsigned long addr, unsigned long pfn,
		u32 prot)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct pgtable *pt = &sva->common.domain->pt;
	void *value = sva_value(pfn, prot), *held;
	const u64 run = pfn_run(pfn, 1);
	const struct pgtable_map req = {
		.iova = addr,
		.last = addr + PAGE_SIZE - 1,
		.runs = &run,
		.nr_runs = 1,
		.prot = prot | PGTABLE_CACHE,
		.gfp = SVA_GFP,
	};
	u64 mapped = 0;
	int rc;

	lockdep_assert_held(&sva->lock);

	held = xa_load(&sva->pages, addr >> PAGE_SHIFT);
	/* Others may have asked for it, and for more. */
	if (held && sva_value_pfn(held) == pfn && !(prot & ~sva_value_prot(held)))
		return 0;
	/* Old and new never meet. */
	if (held)
		fdx_sva_unmap(sva, addr, addr);
	if (sva->lost)
		return -EIO;

	rc = xa_err(xa_store(&sva->pages, addr >> PAGE_SHIFT, value, SVA_GFP));
	if (rc)
		return rc;
	sva->nr_pages++;
	rc = pt->ops->map(pt, &req, &gather, &mapped);
	if (!rc)
		return fdx_gather_finish(sva->common.domain, &gather);
	xa_erase(&sva->pages, addr >> PAGE_SHIFT);
	sva->nr_pages--;
	return rc;
}

static bool sva_holds(struct fdx_hwpt_sva *sva, unsigned long first,
		      unsigned long last)
{
	unsigned long index = first >> PAGE_SHIFT;

	return xa_find(&sva->pages, &index, last >> PAGE_SHIFT, XA_PRESENT);
}

static bool sva_invalidate(struct mmu_interval_notifier *notifier,
			   const struct mmu_notifier_range *range,
			   unsigned long seq)
{
	struct fdx_hwpt_sva *sva =
		container_of(notifier, struct fdx_hwpt_sva, notifier);
	bool may_wait = mmu_notifier_range_blockable(range);
	bool done;

	if (may_wait)
		mutex_lock(&sva->lock);
	else if (!mutex_trylock(&sva->lock))
		return false;
	done = may_wait || !sva_holds(sva, range->start, range->end - 1);
	if (done) {
		mmu_interval_set_seq(notifier, seq);
		fdx_sva_unmap(sva, range->start, range->end - 1);
	}
	mutex_unlock(&sva->lock);
	return done;
}

static const struct mmu_interval_notifier_ops sva_notifier_ops = {
	.invalidate = sva_invalidate,
};

/* ------------------------------------------------------------------------- life */

void fdx_sva_destroy(struct fdx_object *obj)
{
	struct fdx_hwpt_sva *sva =
		container_of(obj, struct fdx_hwpt_sva, common.obj);

	WRITE_ONCE(sva->closing, true);
	if (sva->wq)
		destroy_workqueue(sva->wq);
	/* While the pages still are what the mirror says. */
	mutex_lock(&sva->lock);
	fdx_sva_unmap(sva, 0, ULONG_MAX);
	mutex_unlock(&sva->lock);
	if (sva->registered)
		mmu_interval_notifier_remove(&sva->notifier);
	fdx_domain_free(sva->common.domain);
	if (sva->payer) {
		fdx_uncharge(sva->payer, sva->payer->charged);
		fdx_pages_put(sva->payer);
	}
	xa_destroy(&sva->pages);
	mutex_destroy(&sva->lock);
	mutex_destroy(&sva->req_lock);
}

/*
 * As wide as what a process gets without asking for more, if the hardware can, else
 * as wide as it is. More could take a table with a level more, which AMD has for all
 * PASIDs of a device or for none.
 */
static int sva_make_domain(struct fdx_hwpt_sva *sva,
			   struct iommufdx_master *master)
{
	const unsigned long task_last = current->mm->task_size - 1;
	const unsigned long usual = min(task_last, COMPAT_MAP_WINDOW - 1);
	struct iommufdx_domain *domain;

	domain = fdx_domain_alloc_as_wide(master, fls64(usual),
					  IOMMUFDX_DOMAIN_PASID,
					  PGTABLE_QUIRK_NX);
	/* VT-d refuses to execute anything, and SMMUv3's tables always say. */
	if (domain == ERR_PTR(-EOPNOTSUPP))
		domain = fdx_domain_alloc_as_wide(master, fls64(usual),
						  IOMMUFDX_DOMAIN_PASID, 0);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	sva->common.domain = domain;
	if (!(domain->pt.page_sizes & PAGE_SIZE))
		return -EOPNOTSUPP;
	domain->page_requests = true;
	domain->sva = true;
	WRITE_ONCE(domain->iommu->hw->sva, true);
	sva->first = PAGE_ALIGN(domain->aperture_first);
	sva->last = min_t(u64, task_last, domain->aperture_last);
	return 0;
}

static int sva_init(struct fdx_hwpt_sva *sva, struct iommufdx_ctx *ictx,
		    struct iommufdx_master *master)
{
	int rc;

	mutex_init(&sva->lock);
	xa_init_flags(&sva->pages, XA_FLAGS_ACCOUNT);
	mutex_init(&sva->req_lock);
	INIT_LIST_HEAD(&sva->waiting);
	INIT_WORK(&sva->work, fdx_sva_serve);
	sva->common.pasid_compat = true;

	sva->payer = fdx_pages_new(ictx, 0, PAGE_SIZE, false);
	if (IS_ERR(sva->payer)) {
		rc = PTR_ERR(sva->payer);
		sva->payer = NULL;
		return rc;
	}
	sva->wq = alloc_ordered_workqueue("iommufdx_sva", 0);
	if (!sva->wq)
		return -ENOMEM;
	rc = sva_make_domain(sva, master);
	if (rc)
		return rc;
	rc = mmu_interval_notifier_insert(&sva->notifier, current->mm,
					  sva->first,
					  sva->last - sva->first + 1,
					  &sva_notifier_ops);
	sva->registered = !rc;
	return rc;
}

int fdx_hwpt_alloc_sva_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommufdx_hwpt_alloc_sva *cmd = ucmd->cmd;
	struct iommufdx_device *idev;
	struct fdx_hwpt_sva *sva;
	struct fdx_object *obj;
	int rc = -EOPNOTSUPP;

	if (cmd->flags || cmd->__reserved)
		return -EOPNOTSUPP;
	idev = fdx_get_device(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	if (!fdx_sva_possible(idev->master))
		goto out_put;
	obj = fdx_object_alloc(ucmd->ictx, sizeof(*sva), FDX_OBJ_HWPT_SVA);
	if (IS_ERR(obj)) {
		rc = PTR_ERR(obj);
		goto out_put;
	}
	sva = container_of(obj, struct fdx_hwpt_sva, common.obj);
	ucmd->new_obj = obj;
	rc = sva_init(sva, ucmd->ictx, idev->master);
	if (rc)
		goto out_put;
	cmd->out_hwpt_id = obj->id;
	cmd->out_va_bits = fls64(sva->last);
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
out_put:
	fdx_put_object(ucmd->ictx, &idev->obj);
	return rc;
}
