// SPDX-License-Identifier: GPL-2.0-only
/* Domains at work: who is in them, flushing them, dirty tracking. */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include "../ring/block.h"
#include "vtd.h"

static const struct vtd_range vtd_everything = { .last = U64_MAX };
/* With what was cached of the parent on behalf of a nested domain. */
static const struct vtd_range vtd_both_stages = {
	.last = U64_MAX,
	.parent = true,
};

/* ------------------------------------------------------------- invalidations */

/* Does hardware tag what the range speaks of with a PASID? */
static bool vtd_has_pasid(const struct vtd_domain *domain,
			  const struct vtd_range *range)
{
	return domain->parent ? !range->parent : vtd_is_first(domain);
}

typedef void (*vtd_block_fn)(struct vtd_flush *flush,
			     const struct vtd_attachment *att,
			     const struct vtd_range *range, u64 iova,
			     unsigned int shift);

static void vtd_flush_iotlb(struct vtd_flush *flush,
			    const struct vtd_attachment *att,
			    const struct vtd_range *range, u64 iova,
			    unsigned int shift)
{
	const struct vtd_domain *domain = att->domain;
	struct vtd_iommu *iommu = flush->iommu;
	unsigned int max = VTD_PAGE_SHIFT +
			   FIELD_GET(VTD_CAP_MAMV, iommu->cap);
	bool all = !(iommu->cap & VTD_CAP_PSI) || shift > max;

	if (!vtd_has_pasid(domain, range))
		vtd_flush_add(flush, all ?
			      vtd_cmd_iotlb_domain(iommu->drain, domain->id) :
			      vtd_cmd_iotlb_block(iommu->drain, domain->id,
						  iova, shift, range->ih));
	else
		vtd_flush_add(flush, all ?
			      vtd_cmd_pasid_iotlb(domain->id, att->pasid) :
			      vtd_cmd_pasid_iotlb_block(domain->id, att->pasid,
							iova, shift,
							range->ih));
}

static void vtd_flush_dev_tlb(struct vtd_flush *flush,
			      const struct vtd_attachment *att,
			      const struct vtd_range *range, u64 iova,
			      unsigned int shift)
{
	if (att->master->ats)
		vtd_flush_add(flush, vtd_cmd_dev_tlb(att->master->base->rid,
						     att->pasid, iova, shift));
}

static void vtd_flush_range(struct vtd_flush *flush,
			    const struct vtd_attachment *att,
			    const struct vtd_range *range, vtd_block_fn block)
{
	u64 iova = range->iova, middle;

	if (block_cut(iova, range->last, &middle)) {
		block(flush, att, range, iova, block_shift(iova, middle - 1));
		iova = middle;
	}
	block(flush, att, range, iova, block_shift(iova, range->last));
}

/* Do two attachments of one domain share what is cached of a range? */
static bool vtd_shares(const struct vtd_attachment *a,
		       const struct vtd_attachment *b,
		       const struct vtd_range *range)
{
	return a->master->base->iommu == b->master->base->iommu &&
	       (a->pasid == b->pasid || !vtd_has_pasid(a->domain, range));
}

static void vtd_flush_iotlbs(struct vtd_flush *flush,
			     struct vtd_domain *domain,
			     const struct vtd_range *range)
{
	struct vtd_attachment *att, *done = NULL;

	list_for_each_entry(att, &domain->attachments, node) {
		if (vtd_master_iommu(att->master) != flush->iommu ||
		    (done && vtd_shares(att, done, range)))
			continue;
		done = att;
		vtd_flush_range(flush, att, range, vtd_flush_iotlb);
	}
}

static void vtd_flush_dev_tlbs(struct vtd_flush *flush,
			       struct vtd_domain *domain,
			       const struct vtd_range *range)
{
	struct vtd_attachment *att;

	/* Where in a guest's table the parent's address is used nobody knows. */
	if (range->parent)
		range = &vtd_everything;
	list_for_each_entry(att, &domain->attachments, node)
		if (vtd_master_iommu(att->master) == flush->iommu)
			vtd_flush_range(flush, att, range, vtd_flush_dev_tlb);
}

/*
 * All that one IOMMU and the devices behind it have cached. Device TLBs come
 * last: until the IOTLB is clean they may be filled from there.
 */
static int vtd_domain_flush_iommu(struct vtd_domain *domain,
				  struct vtd_iommu *iommu,
				  const struct vtd_range *range,
				  unsigned int nr)
{
	struct vtd_flush flush = { .iommu = iommu };
	unsigned int i;

	for (i = 0; i < nr; i++)
		vtd_flush_iotlbs(&flush, domain, &range[i]);
	for (i = 0; i < nr; i++)
		vtd_flush_dev_tlbs(&flush, domain, &range[i]);
	return vtd_flush_end(&flush);
}

/* One with this PASID, or NULL. */
static struct vtd_attachment *vtd_domain_find(struct vtd_domain *domain,
					      u32 pasid)
{
	struct vtd_attachment *att;

	lockdep_assert_held(vtd_domain_lock(domain));

	list_for_each_entry(att, &domain->attachments, node)
		if (att->pasid == pasid)
			return att;
	return NULL;
}

void vtd_domain_drop_range(struct vtd_flush *flush, struct vtd_domain *domain,
			   const struct vtd_range *range)
{
	struct vtd_attachment *att = vtd_domain_find(domain, range->pasid);

	if (att)
		vtd_flush_range(flush, att, range, vtd_flush_iotlb);
}

void vtd_domain_drop_pages(struct vtd_flush *flush, struct vtd_domain *domain,
			   u32 pasid, const u64 *page, unsigned int nr)
{
	if (!vtd_domain_find(domain, pasid))
		return;
	if (flush->iommu->cap & VTD_CAP_PSI)
		vtd_flush_pages(flush, vtd_cmd_pasid_iotlb_block(domain->id,
				pasid, 0, VTD_PAGE_SHIFT, 0), page, nr);
	else
		vtd_flush_add(flush, vtd_cmd_pasid_iotlb(domain->id, pasid));
}

void vtd_domain_drop(struct vtd_flush *flush, const struct vtd_domain *domain)
{
	if (!list_empty(&domain->attachments))
		vtd_flush_add(flush, vtd_cmd_iotlb_domain(flush->iommu->drain,
							  domain->id));
}

int vtd_domain_run(struct vtd_domain *domain, const struct vtd_range *range,
		   unsigned int nr)
{
	struct vtd_iommu *iommu, *done = NULL;
	struct vtd_attachment *att;
	int rc, first = 0;

	lockdep_assert_held(vtd_domain_lock(domain));

	list_for_each_entry(att, &domain->attachments, node) {
		iommu = vtd_master_iommu(att->master);
		if (iommu == done)
			continue;
		done = iommu;
		rc = vtd_domain_flush_iommu(domain, iommu, range, nr);
		if (!first)
			first = rc;
	}
	return first;
}

/* A range of a parent, or of a domain that has no nested ones. */
static int vtd_family_run(struct vtd_domain *domain,
			  const struct vtd_range *range)
{
	struct vtd_range nested = *range;
	struct vtd_domain *child;
	int rc, first;

	first = vtd_domain_run(domain, range, 1);
	nested.parent = true;
	list_for_each_entry(child, &domain->children, child_node) {
		rc = vtd_domain_run(child, &nested, 1);
		if (!first)
			first = rc;
	}
	return first;
}

/* --------------------------------------------------------------- membership */

/* Another attachment behind the same IOMMU; @sharing: that shares its cache. */
static struct vtd_attachment *vtd_domain_peer(const struct vtd_attachment *att,
					      bool sharing)
{
	struct vtd_attachment *peer;

	lockdep_assert_held(vtd_domain_lock(att->domain));

	list_for_each_entry(peer, &att->domain->attachments, node)
		if (sharing ? vtd_shares(peer, att, &vtd_everything) :
			      peer->master->base->iommu ==
			      att->master->base->iommu)
			return peer;
	return NULL;
}

int vtd_domain_join(struct vtd_attachment *att)
{
	struct vtd_iommu *iommu = vtd_master_iommu(att->master);
	struct vtd_flush flush = { .iommu = iommu };
	struct vtd_domain *domain = att->domain;
	struct vtd_attachment *peer;
	int rc;

	lockdep_assert_held_write(vtd_domain_lock(domain));

	peer = vtd_domain_peer(att, true);
	if (peer) {
		list_add(&att->node, &peer->node);
		return 0;
	}
	if (domain->tainted) {
		vtd_flush_range(&flush, att, &vtd_both_stages, vtd_flush_iotlb);
		rc = vtd_flush_end(&flush);
		if (rc)
			return rc;
	}
	/* Before the first one of the IOMMU: those of a PASID stay together. */
	peer = vtd_domain_peer(att, false);
	list_add_tail(&att->node, peer ? &peer->node : &domain->attachments);
	return 0;
}

void vtd_domain_leave(struct vtd_attachment *att)
{
	struct vtd_iommu *iommu = vtd_master_iommu(att->master);
	struct vtd_flush flush = { .iommu = iommu };
	struct vtd_domain *domain = att->domain;

	lockdep_assert_held_write(vtd_domain_lock(domain));

	list_del(&att->node);
	if (!vtd_domain_peer(att, false))
		vtd_flush_range(&flush, att, &vtd_both_stages, vtd_flush_iotlb);
	else if (!vtd_domain_peer(att, true))
		vtd_flush_range(&flush, att, &vtd_everything, vtd_flush_iotlb);
	vtd_flush_range(&flush, att, &vtd_everything, vtd_flush_dev_tlb);
	if (vtd_flush_end(&flush)) {
		domain->tainted = true;
		iommufdx_owe(&vtd_domain_base(domain)->base, iommu->base);
	}
}

/* ---------------------------------------------------------------- operations */

static int vtd_domain_flush(struct iommufdx_domain *base,
			    const struct pgtable_gather *gather)
{
	struct vtd_domain *domain = to_vtd_domain(base);
	struct vtd_range range = vtd_everything;
	int rc;

	if (pgtable_gather_empty(gather))
		return 0;

	if (gather->last >= gather->iova)
		range = (struct vtd_range){
			.iova = gather->iova,
			.last = gather->last,
			.ih = gather->table_changed ? 0 : VTD_INV_TLB1_IH,
		};

	down_read(&domain->lock);
	rc = vtd_family_run(domain, &range);
	up_read(&domain->lock);
	return rc;
}

/* Have all entries of the domain say @dirty. */
static int vtd_domain_write_images(struct vtd_domain *domain, bool dirty,
				   unsigned int flags)
{
	struct vtd_attachment *att;
	struct vtd_iommu *iommu;
	struct vtd_image image;
	int rc, first = 0;

	lockdep_assert_held_write(vtd_domain_lock(domain));

	list_for_each_entry(att, &domain->attachments, node) {
		iommu = vtd_master_iommu(att->master);
		image = vtd_domain_image(att, dirty);
		mutex_lock(&iommu->table_lock);
		rc = vtd_image_write(iommu, att->master, att->pasid, &image,
				     flags);
		mutex_unlock(&iommu->table_lock);
		if (rc >= 0)
			continue;
		if (!first)
			first = rc;
		if (!(flags & ENTRY_FORCE))
			break;
	}
	return first;
}

/* The same of all nested ones on it. */
static int vtd_family_write_images(struct vtd_domain *domain, bool dirty,
				   unsigned int flags)
{
	struct vtd_domain *child;
	int rc, first;

	first = vtd_domain_write_images(domain, dirty, flags);
	list_for_each_entry(child, &domain->children, child_node) {
		if (first && !(flags & ENTRY_FORCE))
			break;
		rc = vtd_domain_write_images(child, dirty, flags);
		if (!first)
			first = rc;
	}
	return first;
}

static int vtd_second_set_dirty(struct iommufdx_domain *base, bool enable)
{
	struct vtd_domain *domain = to_vtd_domain(base);
	int rc = 0;

	if (!(base->flags & IOMMUFDX_DOMAIN_DIRTY))
		return -EOPNOTSUPP;

	down_write(&domain->lock);
	if (domain->dirty == enable)
		goto out_unlock;
	rc = vtd_family_write_images(domain, enable, 0);
	/* What is cached does not know that a write must be noted now. */
	if (!rc)
		rc = vtd_family_run(domain, &vtd_everything);
	if (rc)
		vtd_family_write_images(domain, !enable, ENTRY_FORCE);
	else
		domain->dirty = enable;
out_unlock:
	up_write(&domain->lock);
	return rc;
}

static void vtd_domain_free(struct iommufdx_domain *base)
{
	struct vtd_domain *domain = to_vtd_domain(base);

	WARN_ON(!list_empty(&domain->attachments) ||
		!list_empty(&domain->children));
	pgtable_destroy(&base->pt);
	vtd_domain_release(domain);
}

/* Accessed and dirty bits of a first stage are always live. */
const struct iommufdx_domain_ops vtd_first_ops = {
	.free = vtd_domain_free,
	.flush = vtd_domain_flush,
};

const struct iommufdx_domain_ops vtd_second_ops = {
	.free = vtd_domain_free,
	.flush = vtd_domain_flush,
	.set_dirty_tracking = vtd_second_set_dirty,
};
