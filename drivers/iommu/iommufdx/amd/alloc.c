// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making domains: which page table can meet a request.
 *
 * A guest (v2) table is needed for PASIDs; a host (v1) table for nesting, and is
 * taken for dirty tracking, which it can switch off. What needs neither gets v2
 * where the device has PASIDs, as RID and PASIDs of a device are v1 or v2
 * together. Where that one cannot meet a request that names no format, the other
 * is asked.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "nested.h"

#define AMD_VA_BITS_DEFAULT	48
#define AMD_OA_BITS		52
/* All but 512 GiB, which some hardware gets wrong. */
#define AMD_V1_PAGE_SIZES	(GENMASK_ULL(51, 12) & ~BIT_ULL(39))
#define AMD_V2_PAGE_SIZES	(SZ_4K | SZ_2M | SZ_1G)

#define AMD_DOMAIN_FLAGS \
	(IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY | \
	 IOMMUFDX_DOMAIN_PASID | IOMMUFDX_DOMAIN_NO_PASID)

/* Speaks for v1, unless PASIDs are wanted. */
#define AMD_FOR_V1 \
	(IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY | \
	 IOMMUFDX_DOMAIN_NO_PASID)

/* ----------------------------------------------------------------- domain IDs */

/* 0 is what blocked devices have, AMD_DOMID_PASS what those have that pass. */
#define AMD_DOMID_MAX		(AMD_DOMID_PASS - 1)

static DEFINE_IDA(amd_domids);

int amd_domid_alloc(gfp_t gfp)
{
	return ida_alloc_range(&amd_domids, 1, AMD_DOMID_MAX, gfp);
}

void amd_domid_free(u16 id)
{
	ida_free(&amd_domids, id);
}

/* ------------------------------------------------------------------- requests */

/**
 * struct amd_choice - how a request is met
 * @format: page table
 * @va_bits: of it
 * @page_sizes: of its leaves
 * @aperture_bits: IOVAs that can be used
 * @flags: IOMMUFDX_DOMAIN_*
 * @quirks: PGTABLE_QUIRK_*
 */
struct amd_choice {
	enum pgtable_format format;
	unsigned int va_bits;
	u64 page_sizes;
	unsigned int aperture_bits;
	u32 flags;
	u32 quirks;
};

static void amd_choose_v1(struct amd_iommu *iommu,
			  const struct iommufdx_domain_req *req,
			  struct amd_choice *choice)
{
	choice->format = PGTABLE_AMDV1;
	choice->va_bits = req->va_bits ?: AMD_VA_BITS_DEFAULT;
	choice->aperture_bits = choice->va_bits;
	choice->page_sizes = AMD_V1_PAGE_SIZES;
	choice->flags = IOMMUFDX_DOMAIN_NO_PASID;
	/* Costs nothing, so whoever asks for it shares a domain with all others. */
	choice->quirks = PGTABLE_QUIRK_ENFORCE_SNOOP;
	if (amd_can_nest(iommu))
		choice->flags |= IOMMUFDX_DOMAIN_NEST_PARENT;
	/* Not every IOMMU can: only where asked for. */
	if (amd_has_dirty(iommu))
		choice->flags |= req->flags & IOMMUFDX_DOMAIN_DIRTY;
}

/* Hardware wants canonical addresses: half of a table cannot be used. */
static int amd_choose_v2(struct amd_iommu *iommu,
			 const struct iommufdx_domain_req *req,
			 struct amd_choice *choice)
{
	unsigned int levels = req->va_bits < AMD_LEVEL_SHIFT(5) ? 4 : 5;

	choice->format = PGTABLE_X86_64;
	choice->va_bits = AMD_LEVEL_SHIFT(levels + 1);
	choice->aperture_bits = choice->va_bits - 1;
	choice->page_sizes = AMD_V2_PAGE_SIZES;
	choice->flags = IOMMUFDX_DOMAIN_DIRTY | IOMMUFDX_DOMAIN_PASID;
	/* A guest table's entries cannot make a device's requests coherent. */
	choice->quirks = amd_has_nx(iommu) ? req->quirks & PGTABLE_QUIRK_NX : 0;
	/* A promise of the caller that no hardware needs. */
	if (req->flags & IOMMUFDX_DOMAIN_NO_PASID)
		choice->flags = IOMMUFDX_DOMAIN_DIRTY |
				IOMMUFDX_DOMAIN_NO_PASID;
	if (!amd_has_v2(iommu) || levels > amd_max_pt_levels(iommu) ||
	    req->va_bits > choice->aperture_bits)
		return -EOPNOTSUPP;
	return 0;
}

static int amd_choose_version(struct amd_iommu *iommu,
			      const struct iommufdx_domain_req *req,
			      struct amd_choice *choice, bool v2)
{
	int rc = 0;

	if (v2)
		rc = amd_choose_v2(iommu, req, choice);
	else
		amd_choose_v1(iommu, req, choice);
	if (rc)
		return rc;
	if (req->page_sizes)
		choice->page_sizes &= req->page_sizes;
	if ((req->flags & ~choice->flags) || !choice->page_sizes ||
	    (req->quirks & ~choice->quirks))
		return -EOPNOTSUPP;
	return 0;
}

static int amd_choose(struct iommufdx_master *master,
		      const struct iommufdx_domain_req *req,
		      struct amd_choice *choice)
{
	struct amd_iommu *iommu = to_amd_iommu(master->iommu);
	bool v2 = (req->flags & IOMMUFDX_DOMAIN_PASID) ||
		  ((master->caps & IOMMUFDX_CAP_PASID) &&
		   !(req->flags & AMD_FOR_V1));
	int rc;

	if ((req->flags & IOMMUFDX_DOMAIN_PASID) &&
	    (req->flags & IOMMUFDX_DOMAIN_NO_PASID))
		return -EINVAL;
	if (req->va_bits > 64)
		return -EINVAL;
	if (req->data || (req->flags & ~AMD_DOMAIN_FLAGS) ||
	    (req->quirks & ~(PGTABLE_QUIRK_ENFORCE_SNOOP | PGTABLE_QUIRK_NX)))
		return -EOPNOTSUPP;

	switch (req->format) {
	case PGTABLE_ANY:
		rc = amd_choose_version(iommu, req, choice, v2);
		if (rc)
			rc = amd_choose_version(iommu, req, choice, !v2);
		return rc;
	case PGTABLE_AMDV1:
	case PGTABLE_X86_64:
		return amd_choose_version(iommu, req, choice,
					  req->format == PGTABLE_X86_64);
	default:
		return -EOPNOTSUPP;
	}
}

/* -------------------------------------------------------------------- offers */

static bool amd_offer_v2(struct amd_iommu *iommu, unsigned int levels,
			 struct iommufdx_domain_offer *offer)
{
	const struct iommufdx_domain_req req = {
		.va_bits = AMD_LEVEL_SHIFT(levels + 1) - 1,
	};
	struct amd_choice choice;

	if (amd_choose_v2(iommu, &req, &choice))
		return false;
	*offer = (struct iommufdx_domain_offer){
		.format = choice.format,
		.flags = choice.flags | IOMMUFDX_DOMAIN_NO_PASID,
		.preferred = IOMMUFDX_DOMAIN_PASID,
		.page_sizes = choice.page_sizes,
		.levels = levels,
		.va_bits = choice.aperture_bits,
		.usual_bits = levels == 4 ? choice.aperture_bits : 0,
		.quirks = amd_has_nx(iommu) ? PGTABLE_QUIRK_NX : 0,
	};
	return true;
}

static void amd_offer_v1(struct amd_iommu *iommu,
			 struct iommufdx_domain_offer *offer)
{
	const struct iommufdx_domain_req req = {
		.flags = IOMMUFDX_DOMAIN_DIRTY,
	};
	struct amd_choice choice;

	amd_choose_v1(iommu, &req, &choice);
	*offer = (struct iommufdx_domain_offer){
		.format = choice.format,
		.flags = choice.flags,
		.preferred = AMD_FOR_V1,
		.page_sizes = choice.page_sizes,
		.va_bits = min(AMD_LEVEL_SHIFT(amd_max_levels(iommu) + 1), 64U),
		.usual_bits = AMD_VA_BITS_DEFAULT,
		.quirks = choice.quirks,
		.made_with = choice.quirks,
	};
}

/* What is taken where nothing speaks for one of them comes first. */
unsigned int amd_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers)
{
	struct amd_iommu *iommu = to_amd_iommu(master->iommu);
	unsigned int nr = 0, levels, i;

	if (!(master->caps & IOMMUFDX_CAP_PASID))
		amd_offer_v1(iommu, &offers[nr++]);
	for (levels = 4; levels <= 5; levels++)
		nr += amd_offer_v2(iommu, levels, &offers[nr]);
	if (master->caps & IOMMUFDX_CAP_PASID)
		amd_offer_v1(iommu, &offers[nr++]);
	for (i = 0; i < nr; i++) {
		offers[i].granule_shift = PAGE_SHIFT;
		offers[i].oa_bits = AMD_OA_BITS;
	}
	return nr;
}

/* ---------------------------------------------------------------- allocation */

static int amd_domain_init(struct amd_domain *domain, struct amd_iommu *iommu,
			   const struct amd_choice *choice)
{
	bool v1 = choice->format == PGTABLE_AMDV1;
	struct iommufdx_domain *base = &domain->base;
	const struct pgtable_cfg cfg = {
		.va_bits = choice->va_bits,
		.oa_bits = AMD_OA_BITS,
		.quirks = choice->quirks,
		.page_sizes = choice->page_sizes,
	};
	int rc;

	rc = pgtable_create(&base->pt, choice->format, &cfg);
	/* None of the sizes allowed can be used at this width. */
	if (rc)
		return rc == -EINVAL ? -EOPNOTSUPP : rc;
	if (v1 && pgtable_top_level(&base->pt) + 1 > amd_max_levels(iommu)) {
		pgtable_destroy(&base->pt);
		return -EOPNOTSUPP;
	}
	base->ops = v1 ? &amd_v1_domain_ops : &amd_v2_domain_ops;
	base->iommu = iommu->base;
	base->aperture_last = GENMASK_ULL(v1 ? base->pt.va_bits - 1 :
					       choice->aperture_bits - 1, 0);
	base->flags = choice->flags;
	return 0;
}

struct iommufdx_domain *
amd_domain_alloc_paging(struct iommufdx_master *master,
			const struct iommufdx_domain_req *req)
{
	struct amd_iommu *iommu = to_amd_iommu(master->iommu);
	struct amd_choice choice;
	struct amd_domain *domain;
	int rc;

	rc = amd_choose(master, req, &choice);
	if (rc)
		return ERR_PTR(rc);

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&domain->lock);
	INIT_LIST_HEAD(&domain->attachments);
	INIT_LIST_HEAD(&domain->entries);
	INIT_LIST_HEAD(&domain->viommus);
	if (choice.format == PGTABLE_AMDV1) {
		rc = amd_domid_alloc(GFP_KERNEL);
		if (rc < 0)
			goto err_free;
		domain->id = rc;
	}
	rc = amd_domain_init(domain, iommu, &choice);
	if (rc)
		goto err_id;
	return &domain->base;

err_id:
	if (domain->id)
		amd_domid_free(domain->id);
err_free:
	kfree(domain);
	return ERR_PTR(rc);
}
