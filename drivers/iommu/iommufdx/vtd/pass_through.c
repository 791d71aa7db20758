// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries that translate nothing, for requests without a PASID.
 *
 * They share a DID of their own, so that what hardware keeps of them is never found
 * under a domain's. In scalable mode translation requests are answered, too: the
 * context entry allows them, whatever the PASID entry says. So a device TLB may hold
 * addresses that were handed back as they were, and is emptied when that ends.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include "vtd.h"

static struct vtd_image vtd_pass_image(const struct vtd_iommu *iommu)
{
	/* What is not translated may use the widest addresses there are. */
	unsigned int mask = vtd_second_levels(iommu);
	unsigned int levels = mask ? fls(mask) - 1 : 0;

	return iommu->scalable ? vtd_pe_pass(iommu->pass, levels) :
				 vtd_legacy_pass(iommu->pass, levels);
}

static int vtd_pass(struct vtd_iommu *iommu, struct vtd_master *master)
{
	const struct vtd_image image = vtd_pass_image(iommu);
	int rc;

	lockdep_assert_held(&iommu->table_lock);

	rc = vtd_image_write(iommu, master, IOMMUFDX_NO_PASID, &image, 0);
	return rc < 0 ? rc : 0;
}

static int vtd_pass_no_more(struct vtd_iommu *iommu, struct vtd_master *master)
{
	struct vtd_flush flush = { .iommu = iommu };
	const struct vtd_image absent = {};
	struct vtd_slot slot;
	int rc, dropped;

	lockdep_assert_held(&iommu->table_lock);

	rc = vtd_slot_find(master, IOMMUFDX_NO_PASID, false, &slot);
	if (rc || !slot.word)
		return rc;
	rc = vtd_image_write(iommu, master, IOMMUFDX_NO_PASID, &absent,
			     ENTRY_FORCE);
	if (rc == ENTRY_SAME)
		return 0;
	vtd_flush_add(&flush, iommu->scalable ?
		      vtd_cmd_pasid_iotlb(iommu->pass, IOMMUFDX_NO_PASID) :
		      vtd_cmd_iotlb_domain(iommu->drain, iommu->pass));
	if (master->ats)
		vtd_flush_add(&flush, vtd_cmd_dev_tlb(master->base->rid,
						      IOMMUFDX_NO_PASID, 0,
						      64));
	dropped = vtd_flush_end(&flush);
	return rc < 0 ? rc : dropped;
}

int vtd_pass_through(struct iommufdx_master *base, bool on)
{
	struct vtd_master *master = base->priv;
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	int rc;

	mutex_lock(&iommu->table_lock);
	rc = on ? vtd_pass(iommu, master) : vtd_pass_no_more(iommu, master);
	mutex_unlock(&iommu->table_lock);
	return rc;
}
