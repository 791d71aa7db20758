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

/*
 * Have hardware forget what @gather covers and what was detached. Not 0: it may
 * reach that still. Context: may sleep.
 */
int fdx_domain_flush(struct iommufdx_domain *domain,
		     const struct pgtable_gather *gather);

/* A removed IOMMU reaches no memory any more. */
void fdx_iommu_owes_nothing(struct iommufdx_iommu *iommu);
/* Drop a use of @iommu; the last one frees it and lets its backend go. */
void fdx_iommu_put(struct iommufdx_iommu *iommu);

#endif /* __IOMMUFDX_CORE_DOMAIN_H */
