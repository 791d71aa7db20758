// SPDX-License-Identifier: GPL-2.0-only
/* Domains: making them, flushing them, dirty tracking. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include "amd.h"

#define AMD_DOMID_MAX		0xffff	/* 0 is what blocked devices have */

#define AMD_VA_BITS_DEFAULT	48
#define AMD_OA_BITS		52
/* All but 512 GiB, which some hardware gets wrong. */
#define AMD_PAGE_SIZES		(GENMASK_ULL(51, 12) & ~BIT_ULL(39))

static DEFINE_IDA(amd_domids);

/* Run @batch on every IOMMU that may cache something of the domain. */
static int amd_domain_run(struct amd_domain *domain,
			  const struct ring_batch *batch)
{
	struct amd_iommu *iommu, *done = NULL;
	struct amd_attachment *att;
	int rc, first = 0;

	lockdep_assert_held(&domain->lock);

	list_for_each_entry(att, &domain->attachments, node) {
		iommu = amd_master_iommu(att->master);
		if (iommu == done)
			continue;
		done = iommu;
		rc = iommufdx_ring_run(&iommu->ring, batch);
		if (rc)
			amd_complain(iommu, rc);
		if (!first)
			first = rc;
	}
	return first;
}

/* --------------------------------------------------------------- membership */

static struct amd_attachment *amd_domain_peer(struct amd_domain *domain,
					      struct amd_iommu *iommu)
{
	struct amd_attachment *att;

	lockdep_assert_held(&domain->lock);

	list_for_each_entry(att, &domain->attachments, node)
		if (amd_master_iommu(att->master) == iommu)
			return att;
	return NULL;
}

static int amd_domain_drop(struct amd_domain *domain, struct amd_iommu *iommu)
{
	struct ring_batch batch = {};
	int rc;

	amd_batch_domain(&batch, domain->id);
	rc = iommufdx_ring_run(&iommu->ring, &batch);
	if (rc)
		amd_complain(iommu, rc);
	return rc;
}

int amd_domain_join(struct amd_attachment *att)
{
	struct amd_iommu *iommu = amd_master_iommu(att->master);
	struct amd_domain *domain = att->domain;
	struct amd_attachment *peer;
	int rc;

	lockdep_assert_held_write(&domain->lock);

	peer = amd_domain_peer(domain, iommu);
	if (!peer && domain->tainted) {
		rc = amd_domain_drop(domain, iommu);
		if (rc)
			return rc;
	}
	list_add(&att->node, peer ? &peer->node : &domain->attachments);
	return 0;
}

void amd_domain_leave(struct amd_attachment *att)
{
	struct amd_iommu *iommu = amd_master_iommu(att->master);
	struct amd_domain *domain = att->domain;

	lockdep_assert_held_write(&domain->lock);

	list_del(&att->node);
	if (!amd_domain_peer(domain, iommu) && amd_domain_drop(domain, iommu)) {
		domain->tainted = true;
		iommufdx_owe(&domain->base, iommu->base);
	}
}

/* ---------------------------------------------------------------- operations */

static int amd_domain_flush(struct iommufdx_domain *base,
			    const struct pgtable_gather *gather)
{
	struct amd_domain *domain = to_amd_domain(base);
	struct ring_batch batch = {};
	int failed, rc;

	if (pgtable_gather_empty(gather))
		return 0;

	if (iommufdx_flush_begin(&domain->debt, gather, &failed))
		amd_batch_domain(&batch, domain->id);
	else
		amd_batch_range(&batch, domain->id, gather->iova, gather->last,
				gather->table_changed ? AMD_INV_PDE : 0);

	down_read(&domain->lock);
	rc = amd_domain_run(domain, &batch);
	up_read(&domain->lock);

	iommufdx_flush_end(&domain->debt, failed, rc);
	return rc;
}

/* Have all DTEs of the domain say @dirty. */
static int amd_domain_write_dtes(struct amd_domain *domain, bool dirty,
				 unsigned int flags)
{
	struct amd_dte dte = amd_domain_dte(domain, dirty);
	struct amd_attachment *att;
	struct amd_iommu *iommu;
	int rc, first = 0;

	lockdep_assert_held_write(&domain->lock);

	list_for_each_entry(att, &domain->attachments, node) {
		iommu = amd_master_iommu(att->master);
		mutex_lock(&iommu->dte_lock);
		/* One that is leaving has another domain's DTE already. */
		rc = 0;
		if (att->master->attachment == att)
			rc = amd_dte_write(iommu, att->master->base->rid, &dte,
					   flags);
		mutex_unlock(&iommu->dte_lock);
		if (rc >= 0)
			continue;
		amd_complain(iommu, rc);
		if (!first)
			first = rc;
		if (!(flags & ENTRY_FORCE))
			break;
	}
	return first;
}

static int amd_domain_set_dirty_tracking(struct iommufdx_domain *base,
					 bool enable)
{
	struct amd_domain *domain = to_amd_domain(base);
	struct ring_batch batch = {};
	int rc = 0;

	if (!(base->flags & IOMMUFDX_DOMAIN_DIRTY))
		return -EOPNOTSUPP;

	amd_batch_domain(&batch, domain->id);
	down_write(&domain->lock);
	if (domain->dirty == enable)
		goto out_unlock;
	rc = amd_domain_write_dtes(domain, enable, 0);
	/* What is cached does not know that a write must be noted now. */
	if (!rc)
		rc = amd_domain_run(domain, &batch);
	if (rc)
		amd_domain_write_dtes(domain, !enable, ENTRY_FORCE);
	else
		domain->dirty = enable;
out_unlock:
	up_write(&domain->lock);
	return rc;
}

static void amd_domain_free(struct iommufdx_domain *base)
{
	struct amd_domain *domain = to_amd_domain(base);

	WARN_ON(!list_empty(&domain->attachments));
	pgtable_destroy(&base->pt);
	if (!domain->tainted)
		ida_free(&amd_domids, domain->id);
	kfree(domain);
}

const struct iommufdx_domain_ops amd_v1_domain_ops = {
	.free = amd_domain_free,
	.flush = amd_domain_flush,
	.set_dirty_tracking = amd_domain_set_dirty_tracking,
};

/* ---------------------------------------------------------------- allocation */

#define AMD_V1_FLAGS \
	(IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY | \
	 IOMMUFDX_DOMAIN_NO_PASID)

/* Can a host table on @iommu meet the request? */
static int amd_v1_check(struct amd_iommu *iommu,
			const struct iommufdx_domain_req *req)
{
	if ((req->flags & IOMMUFDX_DOMAIN_PASID) &&
	    (req->flags & IOMMUFDX_DOMAIN_NO_PASID))
		return -EINVAL;
	if (req->data || (req->flags & ~AMD_V1_FLAGS) ||
	    (req->quirks & ~PGTABLE_QUIRK_ENFORCE_SNOOP))
		return -EOPNOTSUPP;
	if (req->format != PGTABLE_ANY && req->format != PGTABLE_AMDV1)
		return -EOPNOTSUPP;
	if ((req->flags & IOMMUFDX_DOMAIN_DIRTY) && !amd_has_dirty(iommu))
		return -EOPNOTSUPP;
	if (req->va_bits > 64)
		return -EINVAL;
	if (req->page_sizes && !(req->page_sizes & AMD_PAGE_SIZES))
		return -EOPNOTSUPP;
	return 0;
}

unsigned int amd_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers)
{
	struct amd_iommu *iommu = to_amd_iommu(master->iommu);

	offers[0] = (struct iommufdx_domain_offer){
		.format = PGTABLE_AMDV1,
		.flags = AMD_V1_FLAGS,
		.preferred = AMD_V1_FLAGS,
		.quirks = PGTABLE_QUIRK_ENFORCE_SNOOP,
		.page_sizes = AMD_PAGE_SIZES,
		.granule_shift = PAGE_SHIFT,
		.va_bits = min(12 + 9 * amd_max_levels(iommu), 64U),
		.usual_bits = AMD_VA_BITS_DEFAULT,
		.oa_bits = AMD_OA_BITS,
	};
	if (!amd_has_dirty(iommu))
		offers[0].flags &= ~IOMMUFDX_DOMAIN_DIRTY;
	return 1;
}

static int amd_v1_init(struct amd_domain *domain, struct amd_iommu *iommu,
		       const struct iommufdx_domain_req *req)
{
	struct iommufdx_domain *base = &domain->base;
	const struct pgtable_cfg cfg = {
		.va_bits = req->va_bits ?: AMD_VA_BITS_DEFAULT,
		.oa_bits = AMD_OA_BITS,
		.quirks = req->quirks,
		.page_sizes = AMD_PAGE_SIZES &
			      (req->page_sizes ?: AMD_PAGE_SIZES),
	};
	int rc;

	rc = pgtable_create(&base->pt, PGTABLE_AMDV1, &cfg);
	if (rc)
		return rc;
	if (pgtable_top_level(&base->pt) + 1 > amd_max_levels(iommu)) {
		pgtable_destroy(&base->pt);
		return -EOPNOTSUPP;
	}
	base->ops = &amd_v1_domain_ops;
	base->iommu = iommu->base;
	base->aperture_last = GENMASK_ULL(base->pt.va_bits - 1, 0);
	base->flags = req->flags | IOMMUFDX_DOMAIN_NEST_PARENT |
		      IOMMUFDX_DOMAIN_NO_PASID;
	return 0;
}

struct iommufdx_domain *
amd_domain_alloc_paging(struct iommufdx_master *master,
			const struct iommufdx_domain_req *req)
{
	struct amd_iommu *iommu = to_amd_iommu(master->iommu);
	struct amd_domain *domain;
	int id, rc;

	rc = amd_v1_check(iommu, req);
	if (rc)
		return ERR_PTR(rc);

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&domain->lock);
	INIT_LIST_HEAD(&domain->attachments);

	id = ida_alloc_range(&amd_domids, 1, AMD_DOMID_MAX, GFP_KERNEL);
	if (id < 0) {
		rc = id;
		goto err_free;
	}
	domain->id = id;

	rc = amd_v1_init(domain, iommu, req);
	if (rc)
		goto err_id;
	return &domain->base;

err_id:
	ida_free(&amd_domids, domain->id);
err_free:
	kfree(domain);
	return ERR_PTR(rc);
}
