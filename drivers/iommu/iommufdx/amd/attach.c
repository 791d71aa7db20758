// SPDX-License-Identifier: GPL-2.0-only
/* Moving masters between domains. */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include "amd.h"

struct amd_dte amd_domain_dte(const struct amd_domain *domain, bool dirty)
{
	unsigned long root = pgtable_root(&domain->base.pt);

	return amd_dte_v1(domain->id, pgtable_root_phys(root),
			  pgtable_root_level(root) + 1, dirty);
}

/* Can masters of this IOMMU translate through the domain? */
static int amd_domain_fits(struct amd_iommu *iommu,
			   const struct iommufdx_domain *domain)
{
	if (domain->ops != &amd_v1_domain_ops)
		return -EINVAL;
	if (pgtable_top_level(&domain->pt) + 1 > amd_max_levels(iommu))
		return -EINVAL;
	if ((domain->flags & IOMMUFDX_DOMAIN_DIRTY) && !amd_has_dirty(iommu))
		return -EINVAL;
	return 0;
}

/* The DTE no longer names @att's domain, and hardware knows it. */
static void amd_attachment_end(struct amd_attachment *att)
{
	down_write(&att->domain->lock);
	amd_domain_leave(att);
	up_write(&att->domain->lock);
	kfree(att);
}

/* Point the DTE at @att's domain. */
static int amd_attachment_begin(struct amd_attachment *att)
{
	struct amd_iommu *iommu = amd_master_iommu(att->master);
	struct amd_domain *domain = att->domain;
	struct amd_dte dte;
	int rc;

	down_write(&domain->lock);
	rc = amd_domain_join(att);
	if (rc)
		goto out_unlock;

	dte = amd_domain_dte(domain, domain->dirty);
	mutex_lock(&iommu->dte_lock);
	rc = amd_dte_write(iommu, att->master->base->rid, &dte, 0);
	if (rc >= 0)
		att->master->attachment = att;
	mutex_unlock(&iommu->dte_lock);
	if (rc < 0) {
		amd_complain(iommu, rc);
		amd_domain_leave(att);
	}
out_unlock:
	up_write(&domain->lock);
	return rc < 0 ? rc : 0;
}

static void amd_block(struct amd_master *master)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	struct amd_attachment *old = master->attachment;
	const struct amd_dte dte = amd_dte_blocked();
	int rc;

	if (!old)
		return;
	mutex_lock(&iommu->dte_lock);
	rc = amd_dte_write(iommu, master->base->rid, &dte, ENTRY_FORCE);
	master->attachment = NULL;
	mutex_unlock(&iommu->dte_lock);
	if (rc < 0) {
		amd_complain(iommu, rc);
		iommufdx_owe(&old->domain->base, iommu->base);
	}
	amd_attachment_end(old);
}

int amd_set_domain(struct iommufdx_master *base, u32 pasid,
		   struct iommufdx_domain *domain)
{
	struct amd_master *master = base->priv;
	struct amd_attachment *att, *old = master->attachment;
	int rc;

	if (pasid != IOMMUFDX_NO_PASID)
		return domain ? -EINVAL : 0;
	if (!domain) {
		amd_block(master);
		return 0;
	}
	rc = amd_domain_fits(amd_master_iommu(master), domain);
	if (rc)
		return rc;
	if (old && old->domain == to_amd_domain(domain))
		return 0;

	att = kzalloc(sizeof(*att), GFP_KERNEL_ACCOUNT);
	if (!att)
		return -ENOMEM;
	att->master = master;
	att->domain = to_amd_domain(domain);
	rc = amd_attachment_begin(att);
	if (rc) {
		kfree(att);
		return rc;
	}
	if (old)
		amd_attachment_end(old);
	return 0;
}
