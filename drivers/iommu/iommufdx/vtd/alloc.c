// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making domains: which stage can meet a request.
 *
 * The first stage is the usual one. The second is taken for nesting parents and
 * for dirty tracking, which it can switch off. Where one cannot meet a request
 * that names no format, the other is asked.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "vtd.h"

#define VTD_VA_BITS_DEFAULT	48
#define VTD_OA_BITS		52

#define VTD_DOMAIN_FLAGS \
	(IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY | \
	 IOMMUFDX_DOMAIN_PASID | IOMMUFDX_DOMAIN_NO_PASID)

/* What the second stage is taken for where both would do. */
#define VTD_FOR_SECOND	(IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY)

/* ----------------------------------------------------------------- domain IDs */

/* 0 is what hardware in caching mode tags entries with that are absent. */
static DEFINE_IDA(vtd_domids);

int vtd_domid_alloc(struct vtd_iommu *iommu)
{
	unsigned int bits = 4 + 2 * FIELD_GET(VTD_CAP_ND, iommu->cap);

	return ida_alloc_range(&vtd_domids, 1,
			       min_t(u32, BIT(bits), SZ_64K) - 1, GFP_KERNEL);
}

void vtd_domid_free(u16 id)
{
	ida_free(&vtd_domids, id);
}

/* -------------------------------------------------------------------- widths */

u64 vtd_first_sizes(const struct vtd_iommu *iommu)
{
	return SZ_4K | SZ_2M | (iommu->cap & VTD_CAP_FS1GP ? SZ_1G : 0);
}

u64 vtd_second_sizes(const struct vtd_iommu *iommu)
{
	return SZ_4K | (iommu->cap & VTD_CAP_SSLPS_2M ? SZ_2M : 0) |
	       (iommu->cap & VTD_CAP_SSLPS_1G ? SZ_1G : 0);
}

/* The fewest levels of @mask that translate @bits; 0: there are none. */
static unsigned int vtd_fewest_levels(unsigned int mask, unsigned int bits)
{
	unsigned int levels;

	for (levels = 3; levels <= 5; levels++)
		if ((mask & BIT(levels)) && VTD_LEVEL_WIDTH(levels) >= bits)
			return levels;
	return 0;
}

/* Of the usual width, or else the widest there is. */
static unsigned int vtd_usual_levels(unsigned int mask)
{
	unsigned int levels = vtd_fewest_levels(mask, VTD_VA_BITS_DEFAULT);

	if (levels)
		return levels;
	return mask ? fls(mask) - 1 : 0;
}

/* -------------------------------------------------------------------- requests */

/**
 * struct vtd_choice - how a request is met
 * @format: page table
 * @levels: of it
 * @page_sizes: of its leaves
 * @aperture_bits: IOVAs that can be used
 * @flags: IOMMUFDX_DOMAIN_*
 */
struct vtd_choice {
	enum pgtable_format format;
	unsigned int levels;
	u64 page_sizes;
	unsigned int aperture_bits;
	u32 flags;
};

/* Hardware wants canonical addresses: half of a table cannot be used. */
static int vtd_choose_first(struct vtd_iommu *iommu,
			    const struct iommufdx_domain_req *req,
			    struct vtd_choice *choice)
{
	unsigned int mask = vtd_first_levels(iommu);

	choice->format = PGTABLE_X86_64;
	choice->page_sizes = vtd_first_sizes(iommu);
	choice->levels = req->va_bits ?
			 vtd_fewest_levels(mask, req->va_bits + 1) :
			 vtd_usual_levels(mask);
	choice->aperture_bits = VTD_LEVEL_WIDTH(choice->levels) - 1;
	choice->flags = IOMMUFDX_DOMAIN_DIRTY | IOMMUFDX_DOMAIN_PASID;
	return choice->levels ? 0 : -EOPNOTSUPP;
}

static int vtd_choose_second(struct vtd_iommu *iommu,
			     const struct iommufdx_domain_req *req,
			     struct vtd_choice *choice)
{
	unsigned int guest = FIELD_GET(VTD_CAP_MGAW, iommu->cap) + 1;
	unsigned int mask = vtd_second_levels(iommu);

	choice->format = PGTABLE_VTDSS;
	choice->page_sizes = vtd_second_sizes(iommu);
	choice->levels = req->va_bits ? vtd_fewest_levels(mask, req->va_bits) :
					vtd_usual_levels(mask);
	choice->aperture_bits = min(VTD_LEVEL_WIDTH(choice->levels), guest);
	choice->flags = 0;
	if (iommu->scalable)
		choice->flags |= IOMMUFDX_DOMAIN_PASID;
	if (vtd_can_nest(iommu))
		choice->flags |= IOMMUFDX_DOMAIN_NEST_PARENT;
	/* It costs a little, and not every IOMMU can: only where asked for. */
	if (iommu->scalable && (iommu->ecap & VTD_ECAP_SSADS))
		choice->flags |= req->flags & IOMMUFDX_DOMAIN_DIRTY;
	return choice->levels && req->va_bits <= guest ? 0 : -EOPNOTSUPP;
}

static int vtd_choose_stage(struct vtd_iommu *iommu,
			    const struct iommufdx_domain_req *req,
			    struct vtd_choice *choice, bool second)
{
	int rc;

	rc = second ? vtd_choose_second(iommu, req, choice) :
		      vtd_choose_first(iommu, req, choice);
	if (rc)
		return rc;
	/* A promise of the caller that no hardware needs. */
	if (req->flags & IOMMUFDX_DOMAIN_NO_PASID)
		choice->flags &= ~IOMMUFDX_DOMAIN_PASID;
	if (!(choice->flags & IOMMUFDX_DOMAIN_PASID))
		choice->flags |= IOMMUFDX_DOMAIN_NO_PASID;
	if (req->page_sizes)
		choice->page_sizes &= req->page_sizes;
	if ((req->flags & ~choice->flags) || !choice->page_sizes)
		return -EOPNOTSUPP;
	return 0;
}

static int vtd_choose(struct vtd_iommu *iommu,
		      const struct iommufdx_domain_req *req,
		      struct vtd_choice *choice)
{
	bool second = req->flags & VTD_FOR_SECOND;
	int rc;

	if ((req->flags & IOMMUFDX_DOMAIN_PASID) &&
	    (req->flags & IOMMUFDX_DOMAIN_NO_PASID))
		return -EINVAL;
	if (req->va_bits > 64)
		return -EINVAL;
	if (req->data || (req->flags & ~VTD_DOMAIN_FLAGS) ||
	    (req->quirks & ~(PGTABLE_QUIRK_ENFORCE_SNOOP |
			     PGTABLE_QUIRK_NONCOHERENT)))
		return -EOPNOTSUPP;
	if ((req->quirks & PGTABLE_QUIRK_ENFORCE_SNOOP) &&
	    !(iommu->ecap & VTD_ECAP_SC))
		return -EOPNOTSUPP;

	switch (req->format) {
	case PGTABLE_ANY:
		rc = vtd_choose_stage(iommu, req, choice, second);
		if (rc)
			rc = vtd_choose_stage(iommu, req, choice, !second);
		return rc;
	case PGTABLE_X86_64:
	case PGTABLE_VTDSS:
		return vtd_choose_stage(iommu, req, choice,
					req->format == PGTABLE_VTDSS);
	default:
		return -EOPNOTSUPP;
	}
}

/* What requests get that a table of @levels is just wide enough for. */
static bool vtd_offer_levels(struct vtd_iommu *iommu, bool second,
			     unsigned int levels,
			     struct iommufdx_domain_offer *offer)
{
	const unsigned int mask = second ? vtd_second_levels(iommu) :
					   vtd_first_levels(iommu);
	const unsigned int guest = FIELD_GET(VTD_CAP_MGAW, iommu->cap) + 1;
	struct iommufdx_domain_req req = { .flags = IOMMUFDX_DOMAIN_DIRTY };
	const struct pgtable_cfg flushed = {
		.va_bits = VTD_LEVEL_WIDTH(levels),
		.oa_bits = VTD_OA_BITS,
		.quirks = PGTABLE_QUIRK_NONCOHERENT,
	};
	struct vtd_choice choice;
	struct pgtable pt = {};

	req.va_bits = VTD_LEVEL_WIDTH(levels);
	if (second)
		req.va_bits = min(req.va_bits, guest);
	else
		req.va_bits--;
	if (!(mask & BIT(levels)) ||
	    (second ? vtd_choose_second(iommu, &req, &choice) :
		      vtd_choose_first(iommu, &req, &choice)))
		return false;
	/* Fewer do for all that hardware translates; it may be the usual one. */
	if (choice.levels != levels && levels != vtd_usual_levels(mask))
		return false;
	*offer = (struct iommufdx_domain_offer){
		.format = choice.format,
		.flags = choice.flags | IOMMUFDX_DOMAIN_NO_PASID,
		.preferred = second ? VTD_FOR_SECOND : 0,
		.page_sizes = choice.page_sizes,
		.granule_shift = VTD_PAGE_SHIFT,
		.levels = levels,
		.va_bits = req.va_bits,
		.oa_bits = VTD_OA_BITS,
	};
	if (levels == vtd_usual_levels(mask))
		offer->usual_bits = offer->va_bits;
	if (iommu->ecap & VTD_ECAP_SC)
		offer->quirks |= PGTABLE_QUIRK_ENFORCE_SNOOP;
	if (!pgtable_shape(&pt, choice.format, &flushed))
		offer->quirks |= PGTABLE_QUIRK_NONCOHERENT;
	return true;
}

unsigned int vtd_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers)
{
	struct vtd_iommu *iommu = to_vtd_iommu(master->iommu);
	unsigned int levels, nr = 0;

	for (levels = 3; levels <= 5; levels++)
		nr += vtd_offer_levels(iommu, false, levels, &offers[nr]);
	for (levels = 3; levels <= 5; levels++)
		nr += vtd_offer_levels(iommu, true, levels, &offers[nr]);
	return nr;
}

/* ---------------------------------------------------------------- allocation */

static int vtd_domain_init(struct vtd_domain *domain,
			   const struct vtd_choice *choice, u32 quirks)
{
	struct iommufdx_domain *base = &domain->base;
	const struct pgtable_cfg cfg = {
		.va_bits = VTD_LEVEL_WIDTH(choice->levels),
		.oa_bits = VTD_OA_BITS,
		.quirks = quirks,
		.page_sizes = choice->page_sizes,
	};
	int rc;

	rc = pgtable_create(&base->pt, choice->format, &cfg);
	if (rc)
		return rc;
	base->ops = choice->format == PGTABLE_VTDSS ? &vtd_second_ops :
						      &vtd_first_ops;
	base->aperture_last = GENMASK_ULL(choice->aperture_bits - 1, 0);
	base->flags = choice->flags;
	return 0;
}

struct vtd_domain *vtd_domain_new(struct vtd_iommu *iommu)
{
	struct vtd_domain *domain;
	int id;

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	id = vtd_domid_alloc(iommu);
	if (id < 0) {
		kfree(domain);
		return ERR_PTR(id);
	}
	domain->id = id;
	domain->base.iommu = iommu->base;
	init_rwsem(&domain->lock);
	INIT_LIST_HEAD(&domain->children);
	INIT_LIST_HEAD(&domain->attachments);
	return domain;
}

void vtd_domain_release(struct vtd_domain *domain)
{
	if (!domain->tainted)
		vtd_domid_free(domain->id);
	kfree(domain);
}

struct iommufdx_domain *
vtd_domain_alloc_paging(struct iommufdx_master *master,
			const struct iommufdx_domain_req *req)
{
	struct vtd_iommu *iommu = to_vtd_iommu(master->iommu);
	struct vtd_choice choice;
	struct vtd_domain *domain;
	int rc;

	rc = vtd_choose(iommu, req, &choice);
	if (rc)
		return ERR_PTR(rc);
	domain = vtd_domain_new(iommu);
	if (IS_ERR(domain))
		return ERR_CAST(domain);
	rc = vtd_domain_init(domain, &choice, req->quirks);
	if (rc) {
		vtd_domain_release(domain);
		return ERR_PTR(rc);
	}
	return &domain->base;
}
