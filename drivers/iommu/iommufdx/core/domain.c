// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long domains live, and what hardware still owes them.
 *
 * A detach cannot fail. Where hardware does not acknowledge it, the IOMMU *owes*
 * an invalidation: it may go on translating through the domain. Until it has
 * forgotten everything, or has been removed, the domain's flushes fail, so that
 * what is unmapped stays pinned; and a domain that is destroyed meanwhile goes to
 * *quarantine* with its tables.
 *
 * Which domains an IOMMU owes is not kept: of one vendor's IOMMUs all have to
 * settle before any domain of that vendor is let go. Hardware that does not answer
 * is rare enough, and the tables are not many.
 *
 * A flush that hardware refuses is repeated at once, as it may have been refused
 * for a reason that has passed. What fails again is not forgotten: the next flush
 * drops everything, and nothing is mapped before one has succeeded. Else DMA would
 * go on to what was mapped there before, and be in no dirty bitmap.
 *
 * A domain holds its IOMMU, and with it the backend whose code frees it: HWPTs
 * outlive the devices they were made for.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include "domain.h"

/* Guards the lists below and iommufdx_domain.owed. Taken inside all others. */
static DEFINE_MUTEX(owed_lock);
static LIST_HEAD(owing);
static LIST_HEAD(quarantine);

struct iommufdx_domain *
fdx_domain_alloc(struct iommufdx_master *master,
		 const struct iommufdx_domain_req *req)
{
	struct iommufdx_domain *domain;

	domain = master->iommu->ops->domain_alloc_paging(master, req);
	if (!IS_ERR(domain))
		refcount_inc(&domain->iommu->users);
	return domain;
}

void fdx_iommu_put(struct iommufdx_iommu *iommu)
{
	struct module *owner = iommu->ops->owner;

	if (!refcount_dec_and_test(&iommu->users))
		return;
	kfree(iommu);
	module_put(owner);
}

static void domain_release(struct iommufdx_domain *domain)
{
	struct iommufdx_iommu *iommu = domain->iommu;

	domain->ops->free(domain);
	fdx_iommu_put(iommu);
}

void iommufdx_owe(struct iommufdx_domain *domain, struct iommufdx_iommu *iommu)
{
	mutex_lock(&owed_lock);
	if (domain)
		domain->owed = true;
	if (list_empty(&iommu->owing))
		list_add(&iommu->owing, &owing);
	mutex_unlock(&owed_lock);
}
EXPORT_SYMBOL_GPL(iommufdx_owe);

/* Does any IOMMU that @ops drive still owe something? */
static bool owes(const struct iommufdx_iommu_ops *ops)
{
	struct iommufdx_iommu *iommu;

	lockdep_assert_held(&owed_lock);

	list_for_each_entry(iommu, &owing, owing)
		if (iommu->ops == ops)
			return true;
	return false;
}

/* Move what @ops made and nobody reaches any more from quarantine to @free. */
static void quarantine_end(const struct iommufdx_iommu_ops *ops,
			   struct list_head *free)
{
	struct iommufdx_domain *domain, *next;

	lockdep_assert_held(&owed_lock);

	if (owes(ops))
		return;
	list_for_each_entry_safe(domain, next, &quarantine, quarantine)
		if (domain->iommu->ops == ops)
			list_move(&domain->quarantine, free);
}

static void release_list(struct list_head *free)
{
	struct iommufdx_domain *domain, *next;

	list_for_each_entry_safe(domain, next, free, quarantine)
		domain_release(domain);
}

/*
 * Ask @iommu once more. One that is being removed still owes until it is gone.
 * Not waiting for that: who calls may be what the removal waits for.
 */
static int forget_all(struct iommufdx_iommu *iommu)
{
	int rc;

	if (!down_read_trylock(&iommu->live))
		return -EIO;
	rc = iommu->gone ? -EIO : iommu->ops->forget_all(iommu);
	up_read(&iommu->live);
	return rc;
}

static int settle_one(struct iommufdx_iommu *iommu)
{
	int rc;

	lockdep_assert_held(&owed_lock);

	rc = forget_all(iommu);
	if (!rc)
		list_del_init(&iommu->owing);
	return rc;
}

/* Ask those which owe once more. 0, or the errno of one that still does. */
static int settle(const struct iommufdx_iommu_ops *ops)
{
	struct iommufdx_iommu *iommu, *next;
	int rc, first = 0;

	lockdep_assert_held(&owed_lock);

	list_for_each_entry_safe(iommu, next, &owing, owing) {
		if (iommu->ops != ops)
			continue;
		rc = settle_one(iommu);
		first = first ?: rc;
	}
	return first;
}

int fdx_domain_settle(struct iommufdx_domain *domain)
{
	const struct iommufdx_iommu_ops *ops;
	LIST_HEAD(free);
	int rc = 0;

	if (!READ_ONCE(domain->owed))
		return 0;
	ops = domain->iommu->ops;
	mutex_lock(&owed_lock);
	if (domain->owed)
		rc = settle(ops);
	if (!rc) {
		domain->owed = false;
		quarantine_end(ops, &free);
	}
	mutex_unlock(&owed_lock);
	release_list(&free);
	return rc;
}

int fdx_domain_flush_once(struct iommufdx_domain *domain,
			  const struct pgtable_gather *gather)
{
	struct pgtable_gather all = PGTABLE_GATHER_INIT(all);
	int failed = atomic_read(&domain->flushes_failed);
	int rc;

	all.table_changed = true;
	if (failed != atomic_read(&domain->flushes_made_up))
		gather = &all;
	rc = domain->ops->flush(domain, gather);
	if (rc)
		atomic_inc(&domain->flushes_failed);
	else if (gather == &all)
		atomic_set(&domain->flushes_made_up, failed);
	return rc;
}

int fdx_domain_flush(struct iommufdx_domain *domain,
		     const struct pgtable_gather *gather)
{
	int rc = fdx_domain_flush_once(domain, gather);

	/* One command was refused, or the queue stood still: it goes on now. */
	if (rc == -EIO)
		rc = fdx_domain_flush_once(domain, gather);
	/* Not before: what is detached meanwhile, the flush does not reach. */
	return rc ? rc : fdx_domain_settle(domain);
}

int fdx_domain_catch_up(struct iommufdx_domain *domain)
{
	struct pgtable_gather no_more = PGTABLE_GATHER_INIT(no_more);

	if (likely(!fdx_domain_unflushed(domain)))
		return 0;
	return fdx_domain_flush(domain, &no_more);
}

void fdx_domain_free(struct iommufdx_domain *domain)
{
	if (!domain)
		return;
	if (fdx_domain_settle(domain)) {
		mutex_lock(&owed_lock);
		/* It may have been settled for another domain just now. */
		if (owes(domain->iommu->ops)) {
			list_add(&domain->quarantine, &quarantine);
			domain = NULL;
		}
		mutex_unlock(&owed_lock);
	}
	if (domain)
		domain_release(domain);
}

int fdx_iommu_settle(struct iommufdx_iommu *iommu)
{
	LIST_HEAD(free);
	int rc = 0;

	/* What the caller wants to be forgotten is in the list already. */
	if (list_empty(&iommu->owing))
		return 0;
	mutex_lock(&owed_lock);
	if (!list_empty(&iommu->owing))
		rc = settle_one(iommu);
	quarantine_end(iommu->ops, &free);
	mutex_unlock(&owed_lock);
	release_list(&free);
	return rc;
}

void fdx_iommu_owes_nothing(struct iommufdx_iommu *iommu)
{
	LIST_HEAD(free);

	mutex_lock(&owed_lock);
	list_del_init(&iommu->owing);
	quarantine_end(iommu->ops, &free);
	mutex_unlock(&owed_lock);
	release_list(&free);
}
