// SPDX-License-Identifier: GPL-2.0-only
/* Domains at work: who is in them, flushing them, dirty tracking. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include "gcr3.h"
#include "nested.h"

/* What one IOMMU has cached, also of guests that are on the domain. */
static void amd_domain_inv(struct amd_flush *flush,
			   const struct amd_domain *domain,
			   const struct amd_range *range)
{
	struct amd_viommu *viommu;
	struct amd_guest_id *id;

	amd_flush_range(flush, domain->id, 0, range);
	list_for_each_entry(viommu, &domain->viommus, node)
		if (viommu->base.iommu == flush->iommu->base)
			list_for_each_entry(id, &viommu->ids, node)
				amd_flush_range(flush, id->id, 0, range);
}

/* What one IOMMU and the devices behind it have cached; the latter at last. */
static int amd_domain_flush_iommu(struct amd_domain *domain,
				  struct amd_iommu *iommu,
				  const struct amd_range *range)
{
	struct amd_flush flush = { .iommu = iommu };
	struct amd_attachment *att;

	amd_domain_inv(&flush, domain, range);
	list_for_each_entry(att, &domain->attachments, node)
		if (amd_master_iommu(att->master) == iommu)
			amd_flush_device(&flush, att->master,
					 IOMMUFDX_NO_PASID, range);
	return amd_flush_end(&flush);
}

/* The same on every IOMMU that may cache something of the domain. */
static int amd_domain_run(struct amd_domain *domain,
			  const struct amd_range *range)
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
		rc = amd_domain_flush_iommu(domain, iommu, range);
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

int amd_domain_join(struct amd_attachment *att)
{
	struct amd_iommu *iommu = amd_master_iommu(att->master);
	struct amd_flush flush = { .iommu = iommu };
	struct amd_domain *domain = att->domain;
	struct amd_attachment *peer;
	int rc;

	lockdep_assert_held_write(&domain->lock);

	peer = amd_domain_peer(domain, iommu);
	if (!peer && domain->tainted) {
		amd_domain_inv(&flush, domain, &amd_all_v1);
		rc = amd_flush_end(&flush);
		if (rc)
			return rc;
	}
	list_add(&att->node, peer ? &peer->node : &domain->attachments);
	return 0;
}

/* Has nobody the guest's domain ID any more that @att has? */
static bool amd_guest_id_left(const struct amd_attachment *att)
{
	const struct amd_attachment *other;

	lockdep_assert_held(&att->domain->lock);

	if (!att->nested)
		return false;
	list_for_each_entry(other, &att->domain->attachments, node)
		if (other->nested && other->nested->id == att->nested->id)
			return false;
	return true;
}

void amd_domain_leave(struct amd_attachment *att)
{
	struct amd_iommu *iommu = amd_master_iommu(att->master);
	struct amd_flush flush = { .iommu = iommu };
	struct amd_domain *domain = att->domain;

	lockdep_assert_held_write(&domain->lock);

	list_del(&att->node);
	if (!amd_domain_peer(domain, iommu))
		amd_domain_inv(&flush, domain, &amd_all_v1);
	else if (amd_guest_id_left(att))
		amd_flush_range(&flush, att->nested->id->id, 0, &amd_all_v1);
	amd_flush_device(&flush, att->master, IOMMUFDX_NO_PASID, &amd_all_v1);
	if (amd_flush_end(&flush)) {
		domain->tainted = true;
		amd_owe(att);
	}
}

/* ---------------------------------------------------------------- operations */

static int amd_v1_flush(struct iommufdx_domain *base,
			const struct pgtable_gather *gather)
{
	struct amd_domain *domain = to_amd_domain(base);
	struct amd_range range = amd_flush_scope(gather, &amd_all_v1);
	int rc;

	if (pgtable_gather_empty(gather))
		return 0;
	down_read(&domain->lock);
	rc = amd_domain_run(domain, &range);
	up_read(&domain->lock);
	return rc;
}

/* Have all DTEs of the domain say @dirty. */
static int amd_domain_write_dtes(struct amd_domain *domain, bool dirty,
				 unsigned int flags)
{
	struct amd_attachment *att;
	struct amd_iommu *iommu;
	struct amd_dte dte;
	int rc, first = 0;

	lockdep_assert_held_write(&domain->lock);

	list_for_each_entry(att, &domain->attachments, node) {
		iommu = amd_master_iommu(att->master);
		dte = amd_v1_dte(att, dirty);
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
	int rc = 0;

	if (!(base->flags & IOMMUFDX_DOMAIN_DIRTY))
		return -EOPNOTSUPP;

	down_write(&domain->lock);
	if (domain->dirty == enable)
		goto out_unlock;
	rc = amd_domain_write_dtes(domain, enable, 0);
	/* What is cached does not know that a write must be noted now. */
	if (!rc)
		rc = amd_domain_run(domain, &amd_all_v1);
	if (rc)
		amd_domain_write_dtes(domain, !enable, ENTRY_FORCE);
	else
		domain->dirty = enable;
out_unlock:
	up_write(&domain->lock);
	return rc;
}

/* ----------------------------------------------------------------- v2 domains */

/* The IOMMU with the lowest index above @after that may cache something. */
static struct amd_iommu *amd_v2_next(const struct amd_domain *domain, int after)
{
	struct amd_gcr3_entry *entry;
	struct amd_iommu *next = NULL;
	struct amd_reach *reach;

	list_for_each_entry(entry, &domain->entries, node) {
		down_read(&entry->gcr3->lock);
		list_for_each_entry(reach, &entry->gcr3->reach, node)
			if (reach->iommu->index > after &&
			    (!next || reach->iommu->index < next->index))
				next = reach->iommu;
		up_read(&entry->gcr3->lock);
	}
	return next;
}

static void amd_entry_flush(struct amd_flush *flush,
			    const struct amd_gcr3_entry *entry,
			    const struct amd_range *range, bool devices)
{
	struct amd_gcr3_user *user;
	struct amd_reach *reach;

	down_read(&entry->gcr3->lock);
	list_for_each_entry(reach, &entry->gcr3->reach, node) {
		if (reach->iommu != flush->iommu)
			continue;
		if (!devices)
			amd_flush_range(flush, entry->gcr3->id, entry->pasid,
					range);
		else if (reach->nr_ats)
			list_for_each_entry(user, &reach->users, node)
				amd_flush_device(flush, user->master,
						 entry->pasid, range);
	}
	up_read(&entry->gcr3->lock);
}

static int amd_v2_run(struct amd_domain *domain, const struct amd_range *range)
{
	struct amd_gcr3_entry *entry;
	struct amd_flush flush;
	int first = 0, rc;

	lockdep_assert_held(&domain->lock);

	flush.iommu = amd_v2_next(domain, -1);
	while (flush.iommu) {
		flush = (struct amd_flush){ .iommu = flush.iommu };
		list_for_each_entry(entry, &domain->entries, node)
			amd_entry_flush(&flush, entry, range, false);
		/* They may be filled from what the IOMMU had until now. */
		list_for_each_entry(entry, &domain->entries, node)
			amd_entry_flush(&flush, entry, range, true);
		rc = amd_flush_end(&flush);
		if (!first)
			first = rc;
		flush.iommu = amd_v2_next(domain, flush.iommu->index);
	}
	return first;
}

static int amd_v2_flush(struct iommufdx_domain *base,
			const struct pgtable_gather *gather)
{
	struct amd_domain *domain = to_amd_domain(base);
	struct amd_range range = amd_flush_scope(gather, &amd_all_v2);
	int rc;

	if (pgtable_gather_empty(gather))
		return 0;
	down_read(&amd_flush_gate);
	down_read(&domain->lock);
	rc = amd_v2_run(domain, &range);
	up_read(&domain->lock);
	up_read(&amd_flush_gate);
	return rc;
}

/* --------------------------------------------------------------------- either */

static void amd_domain_free(struct iommufdx_domain *base)
{
	struct amd_domain *domain = to_amd_domain(base);

	WARN_ON(!list_empty(&domain->attachments) ||
		!list_empty(&domain->entries) ||
		!list_empty(&domain->viommus));
	pgtable_destroy(&base->pt);
	if (domain->id && !domain->tainted)
		amd_domid_free(domain->id);
	kfree(domain);
}

const struct iommufdx_domain_ops amd_v1_domain_ops = {
	.free = amd_domain_free,
	.flush = amd_v1_flush,
	.set_dirty_tracking = amd_domain_set_dirty_tracking,
};

/* Accessed and dirty bits of guest tables are always live. */
const struct iommufdx_domain_ops amd_v2_domain_ops = {
	.free = amd_domain_free,
	.flush = amd_v2_flush,
};
