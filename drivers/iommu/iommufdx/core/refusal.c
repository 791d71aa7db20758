// SPDX-License-Identifier: GPL-2.0-only
/* Why an attach answers EINVAL: a domain held against what the device is offered. */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include "hwpt.h"
#include "refusal.h"

/* The first thing that is wrong with @domain where @offer is what is wanted. */
static enum fdx_refusal fdx_compare(const struct iommufdx_domain_offer *offer,
				    const struct iommufdx_domain *domain)
{
	const struct pgtable *pt = &domain->pt;

	if (pt->ops->format != offer->format)
		return FDX_REFUSED_FORMAT;
	if (!(offer->page_sizes & -offer->page_sizes & pt->page_sizes))
		return FDX_REFUSED_GRANULE;
	if ((domain->flags & IOMMUFDX_DOMAIN_DIRTY) &&
	    !(offer->flags & IOMMUFDX_DOMAIN_DIRTY))
		return FDX_REFUSED_DIRTY;
	if (pt->page_sizes & ~offer->page_sizes)
		return FDX_REFUSED_PAGE_SIZES;
	if (fls64(domain->aperture_last) > offer->va_bits)
		return FDX_REFUSED_VA_BITS;
	if (pt->quirks & (PGTABLE_QUIRK_ENFORCE_SNOOP |
			  PGTABLE_QUIRK_NONCOHERENT | PGTABLE_QUIRK_BBM_FREE |
			  PGTABLE_QUIRK_NX) & ~offer->quirks)
		return FDX_REFUSED_QUIRKS;
	return FDX_REFUSED_HARDWARE;
}

enum fdx_refusal fdx_refusal_of(struct iommufdx_master *master, u32 pasid,
				const struct iommufdx_domain *domain)
{
	struct iommufdx_domain_offer offers[IOMMUFDX_MAX_OFFERS];
	enum fdx_refusal why = FDX_REFUSED_FORMAT;
	unsigned int i, nr;

	if (domain->sva && pasid == IOMMUFDX_NO_PASID)
		return FDX_REFUSED_SVA;
	if (domain->iommu->ops != master->iommu->ops)
		return FDX_REFUSED_IOMMU;
	/* The guest's table is the guest's affair. */
	if (!domain->pt.ops)
		return FDX_REFUSED_HARDWARE;
	nr = fdx_domain_offers(master, offers);
	/* They are in the order of the checks: the latest is the nearest. */
	for (i = 0; i < nr; i++)
		why = max(why, fdx_compare(&offers[i], domain));
	return why;
}
