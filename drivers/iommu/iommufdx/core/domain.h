/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long domains and their IOMMUs live, and what hardware still owes them.
 */
#ifndef __IOMMUFDX_CORE_DOMAIN_H
#define __IOMMUFDX_CORE_DOMAIN_H

#include <linux/iommufdx/driver.h>

/* Ask @master's backend for a domain. An errno as domain_alloc_paging. */
struct iommufdx_domain *
fdx_domain_alloc(struct iommufdx_master *master,
		 const struct iommufdx_domain_req *req);
/* Free it, now or when hardware has let go of it. NULL is nothing to free. */
void fdx_domain_free(struct iommufdx_domain *domain);
/*
 * Have hardware forget what was detached from @domain. Not 0: it still may reach
 * all that was ever mapped there. Context: may sleep.
 */
int fdx_domain_settle(struct iommufdx_domain *domain);

/* Did a flush of @domain fail that none has made up for? Context: any. */
static inline bool fdx_domain_unflushed(const struct iommufdx_domain *domain)
{
	return atomic_read(&domain->flushes_failed) !=
	       atomic_read(&domain->flushes_made_up);
}

/*
 * Have the backend flush what @gather covers, or all where a flush has failed
 * before. Flushes may run at the same time: this one makes up for those that had
 * failed when it began. An errno as the backend's. Context: may sleep.
 */
int fdx_domain_flush_once(struct iommufdx_domain *domain,
			  const struct pgtable_gather *gather);

/*
 * Have hardware forget what @gather covers and what was detached. Not 0: it may
 * reach that still. Context: may sleep.
 */
int fdx_domain_flush(struct iommufdx_domain *domain,
		     const struct pgtable_gather *gather);

/*
 * Have hardware forget what flushes that failed were to cover; nothing to do if
 * there are none. Not 0: it may still translate by it, so nothing can be mapped.
 * Context: may sleep.
 */
int fdx_domain_catch_up(struct iommufdx_domain *domain);

/*
 * Have @iommu forget what it owes, if anything. Not 0: a device behind it may be
 * translated as it was before, or pass through. Context: may sleep.
 */
int fdx_iommu_settle(struct iommufdx_iommu *iommu);

/* A removed IOMMU reaches no memory any more. */
void fdx_iommu_owes_nothing(struct iommufdx_iommu *iommu);
/* Drop a use of @iommu; the last one frees it and lets its backend go. */
void fdx_iommu_put(struct iommufdx_iommu *iommu);

#endif /* __IOMMUFDX_CORE_DOMAIN_H */
