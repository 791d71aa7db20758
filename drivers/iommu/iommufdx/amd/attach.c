// SPDX-License-Identifier: GPL-2.0-only
/* Moving masters between domains. */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include "gcr3.h"
#include "nested.h"

struct amd_dte amd_v1_dte(const struct amd_attachment *att, bool dirty)
{
	const struct amd_domain *domain = att->domain;
	unsigned long root = pgtable_root(&domain->base.pt);
	struct amd_dte dte = amd_dte_v1(domain->id, pgtable_root_phys(root),
					pgtable_root_level(root) + 1, dirty);

	if (att->nested)
		amd_nested_dte(att->nested, &dte);
	else
		amd_dte_features(&dte, att->master);
	return dte;
}

int amd_master_write(struct amd_master *master, const struct amd_dte *dte,
		     struct amd_attachment *att, unsigned int flags)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	int rc;

	mutex_lock(&iommu->dte_lock);
	rc = amd_dte_write(iommu, master->base->rid, dte, flags);
	if (rc >= 0 || (flags & ENTRY_FORCE))
		master->attachment = att;
	mutex_unlock(&iommu->dte_lock);
	if (rc >= 0)
		return 0;
	amd_complain(iommu, rc);
	return rc;
}

/* ----------------------------------------------------------------- v1 domains */

void amd_owe(const struct amd_attachment *att)
{
	iommufdx_owe(&att->domain->base, att->master->base->iommu);
	if (att->nested)
		WRITE_ONCE(att->nested->id->tainted, true);
}

static bool amd_v1_fits(struct amd_iommu *iommu,
			const struct iommufdx_domain *domain)
{
	return pgtable_top_level(&domain->pt) + 1 <= amd_max_levels(iommu) &&
	       (!(domain->flags & IOMMUFDX_DOMAIN_DIRTY) ||
		amd_has_dirty(iommu));
}

/* The DTE no longer names @att's domain, and hardware knows it. */
static void amd_attachment_end(struct amd_attachment *att)
{
	if (att->nested)
		amd_vevents_end(att);
	down_write(&att->domain->lock);
	amd_domain_leave(att);
	up_write(&att->domain->lock);
	kfree(att);
}

/* Point the DTE at @att's domain. */
static int amd_attachment_begin(struct amd_attachment *att)
{
	struct amd_domain *domain = att->domain;
	struct amd_dte dte;
	int rc;

	down_write(&domain->lock);
	rc = amd_domain_join(att);
	if (rc)
		goto out_unlock;
	dte = amd_v1_dte(att, domain->dirty);
	rc = amd_master_write(att->master, &dte, att, 0);
	if (rc)
		amd_domain_leave(att);
out_unlock:
	up_write(&domain->lock);
	return rc;
}

/* With what a guest has on it, or NULL. */
static int amd_set_v1(struct amd_master *master, struct amd_domain *domain,
		      struct amd_nested *nested)
{
	struct amd_attachment *att, *old = master->attachment;
	int rc;

	if (old && old->domain == domain && old->nested == nested)
		return 0;
	att = kzalloc(sizeof(*att), GFP_KERNEL_ACCOUNT);
	if (!att)
		return -ENOMEM;
	att->master = master;
	att->domain = domain;
	att->nested = nested;
	rc = amd_attachment_begin(att);
	if (rc) {
		kfree(att);
		return rc;
	}
	if (nested)
		amd_vevents_begin(att);
	if (old)
		amd_attachment_end(old);
	amd_gcr3_end(master);
	return 0;
}

/* ----------------------------------------------------------------- v2 domains */

static bool amd_v2_fits(struct amd_iommu *iommu,
			const struct iommufdx_domain *domain)
{
	return amd_has_v2(iommu) &&
	       (amd_has_nx(iommu) ||
		!(domain->pt.quirks & PGTABLE_QUIRK_NX)) &&
	       pgtable_top_level(&domain->pt) + 1 <= amd_max_pt_levels(iommu);
}

static int amd_set_v2(struct amd_master *master, u32 pasid,
		      struct amd_domain *domain)
{
	struct amd_attachment *old = master->attachment;
	int rc;

	rc = amd_gcr3_set(master, pasid, domain);
	if (!rc && old)
		amd_attachment_end(old);
	return rc;
}

/* ----------------------------------------------------------------- set_domain */

static void amd_block(struct amd_master *master, u32 pasid)
{
	struct amd_attachment *old = master->attachment;
	const struct amd_dte dte = amd_dte_blocked();

	if (!old) {
		amd_gcr3_set(master, pasid, NULL);
	} else if (pasid == IOMMUFDX_NO_PASID) {
		if (amd_master_write(master, &dte, NULL, ENTRY_FORCE))
			amd_owe(old);
		amd_attachment_end(old);
	}
}

int amd_set_domain(struct iommufdx_master *base, u32 pasid,
		   struct iommufdx_domain *domain)
{
	struct amd_master *master = base->priv;
	struct amd_iommu *iommu = amd_master_iommu(master);
	bool rid = pasid == IOMMUFDX_NO_PASID;
	struct amd_nested *nested = NULL;

	if (!domain) {
		amd_block(master, pasid);
		return 0;
	}
	if (domain->ops == &amd_nested_ops) {
		nested = to_amd_nested(domain);
		domain = &nested->viommu->parent->base;
		if (!amd_nested_fits(master, nested))
			return -EINVAL;
	}
	if (domain->ops == &amd_v1_domain_ops) {
		/* They would be behind the host table, too. */
		if (!rid || amd_gcr3_has_pasids(master) ||
		    !amd_v1_fits(iommu, domain))
			return -EINVAL;
		return amd_set_v1(master, to_amd_domain(domain), nested);
	}
	if (domain->ops != &amd_v2_domain_ops || !amd_v2_fits(iommu, domain) ||
	    (rid && domain->sva))
		return -EINVAL;
	if (!rid && (master->attachment || pasid >> base->pasid_bits ||
		     !(domain->flags & IOMMUFDX_DOMAIN_PASID)))
		return -EINVAL;
	return amd_set_v2(master, pasid, to_amd_domain(domain));
}

/* Without a table, blocked and passing differ in what the DTE permits. */
int amd_pass_through(struct iommufdx_master *base, bool on)
{
	const struct amd_dte dte = on ? amd_dte_pass() : amd_dte_blocked();

	return amd_master_write(base->priv, &dte, NULL, on ? 0 : ENTRY_FORCE);
}
