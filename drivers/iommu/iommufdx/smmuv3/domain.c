// SPDX-License-Identifier: GPL-2.0-only
/* Domains: what a request asks for, and what hardware can do with one. */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "smmuv3.h"

#define SMMU_VA_BITS		48
/* 0 is the VMID of stage 1, and no ASID to make out in a dump. */
#define SMMU_TAG_FIRST		1

static DEFINE_IDA(smmu_asids);
static DEFINE_IDA(smmu_vmids);

static struct ida *smmu_tags(bool s2)
{
	return s2 ? &smmu_vmids : &smmu_asids;
}

/* The largest tag of @smmu. */
static u32 smmu_tag_last(const struct smmu *smmu, bool s2)
{
	return smmu->idr[0] & (s2 ? SMMU_IDR0_VMID16 : SMMU_IDR0_ASID16) ?
	       0xffff : 0xff;
}

int smmu_tag_alloc(const struct smmu *smmu, bool s2)
{
	return ida_alloc_range(smmu_tags(s2), SMMU_TAG_FIRST,
			       smmu_tag_last(smmu, s2), GFP_KERNEL);
}

void smmu_tag_free(const struct smmu_tag *tag)
{
	ida_free(smmu_tags(tag->s2), tag->id);
}

unsigned int smmu_tg0(unsigned int granule)
{
	return granule == ARMV8_SHIFT_4K ? SMMU_TG0_4K :
	       granule == ARMV8_SHIFT_16K ? SMMU_TG0_16K : SMMU_TG0_64K;
}

static bool smmu_has_granule(const struct smmu *smmu, unsigned int granule)
{
	switch (granule) {
	case ARMV8_SHIFT_4K:
		return smmu->idr[5] & SMMU_IDR5_GRAN4K;
	case ARMV8_SHIFT_16K:
		return smmu->idr[5] & SMMU_IDR5_GRAN16K;
	case ARMV8_SHIFT_64K:
		return smmu->idr[5] & SMMU_IDR5_GRAN64K;
	}
	return false;
}

static bool smmu_has_stage(const struct smmu *smmu, bool s2)
{
	return smmu->idr[0] & (s2 ? SMMU_IDR0_S2P : SMMU_IDR0_S1P);
}

bool smmu_stalls(const struct smmu_master *master,
		 const struct smmu_domain *domain)
{
	u64 model = FIELD_GET(SMMU_IDR0_STALL_MODEL, smmu_of(master)->idr[0]);

	return model == SMMU_STALL_FORCED ||
	       (master->stall && domain->base.page_requests);
}

int smmu_domain_fits(const struct smmu_master *master, u32 ssid,
		     const struct iommufdx_domain *base)
{
	const struct smmu *smmu = smmu_of(master);
	const struct smmu_domain *domain;

	if (base->ops != &smmu_domain_ops)
		return -EINVAL;
	domain = container_of(base, struct smmu_domain, base);
	if (!smmu_has_stage(smmu, domain->tag.s2) ||
	    !smmu_has_granule(smmu, domain->granule) ||
	    domain->tag.id > smmu_tag_last(smmu, domain->tag.s2) ||
	    base->pt.oa_bits > smmu->oa_bits)
		return -EINVAL;
	if (domain->tag.s2 && domain->va_bits > smmu->oa_bits)
		return -EINVAL;
	if ((base->pt.quirks & PGTABLE_QUIRK_HW_DIRTY) && !smmu_has_dirty(smmu))
		return -EINVAL;
	if ((base->pt.quirks & PGTABLE_QUIRK_BBM_FREE) && !smmu_has_bbm(smmu))
		return -EINVAL;
	if (ssid == IOMMUFDX_NO_PASID)
		return base->sva ? -EINVAL : 0;
	if (!(base->flags & IOMMUFDX_DOMAIN_PASID) ||
	    ssid >> master->base->pasid_bits)
		return -EINVAL;
	return 0;
}

/* -------------------------------------------------------------- operations */

static void smmu_domain_free(struct iommufdx_domain *base)
{
	struct smmu_domain *domain = to_smmu_domain(base);

	WARN_ON(!list_empty(&domain->attachments) ||
		!list_empty(&domain->viommus));
	pgtable_destroy(&base->pt);
	if (!domain->tainted)
		smmu_tag_free(&domain->tag);
	kfree(domain);
}

/* Leaves say by themselves that writes to them are noted: no switch. */
const struct iommufdx_domain_ops smmu_domain_ops = {
	.free = smmu_domain_free,
	.flush = smmu_domain_flush,
};

/* -------------------------------------------------------------- allocation */

#define SMMU_DOMAIN_FLAGS \
	(IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY | \
	 IOMMUFDX_DOMAIN_PASID | IOMMUFDX_DOMAIN_NO_PASID)

/* The stage that a request is for: 1, 2, or an errno. */
static int smmu_req_stage(const struct smmu *smmu,
			  const struct iommufdx_domain_req *req)
{
	const u32 pasid = req->flags & IOMMUFDX_DOMAIN_PASID;
	const u32 parent = req->flags & IOMMUFDX_DOMAIN_NEST_PARENT;
	bool s2;

	if (pasid && (req->flags & IOMMUFDX_DOMAIN_NO_PASID))
		return -EINVAL;
	switch (req->format) {
	case PGTABLE_ANY:
		s2 = parent || (!pasid && !smmu_has_stage(smmu, false));
		break;
	case PGTABLE_ARMV8_S1:
		s2 = false;
		break;
	case PGTABLE_ARMV8_S2:
		s2 = true;
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (!smmu_has_stage(smmu, s2) || (s2 && pasid) || (!s2 && parent))
		return -EOPNOTSUPP;
	return s2 ? 2 : 1;
}

static int smmu_req_check(const struct smmu *smmu,
			  const struct iommufdx_domain_req *req)
{
	if (req->va_bits > 64)
		return -EINVAL;
	if (req->data || req->quirks || (req->flags & ~SMMU_DOMAIN_FLAGS))
		return -EOPNOTSUPP;
	if ((req->flags & IOMMUFDX_DOMAIN_DIRTY) && !smmu_has_dirty(smmu))
		return -EOPNOTSUPP;
	if ((req->flags & IOMMUFDX_DOMAIN_PASID) && !smmu_ssid_bits(smmu))
		return -EOPNOTSUPP;
	return 0;
}

/* Width of input addresses; those of stage 2 are physical ones of a guest. */
static unsigned int smmu_va_bits(const struct smmu *smmu, bool s2)
{
	return s2 ? smmu->oa_bits : SMMU_VA_BITS;
}

/* May pages of this granule be what the request allows? */
static bool smmu_req_granule(const struct smmu *smmu,
			     const struct iommufdx_domain_req *req,
			     unsigned int granule)
{
	if (!smmu_has_granule(smmu, granule))
		return false;
	/* If any will do, one that can map a page of the CPU's. */
	return req->page_sizes || granule <= PAGE_SHIFT;
}

static enum pgtable_format smmu_format(bool s2)
{
	return s2 ? PGTABLE_ARMV8_S2 : PGTABLE_ARMV8_S1;
}

/* The table that a request asks for, in any granule. */
static struct pgtable_cfg smmu_table_cfg(const struct smmu *smmu, bool s2,
					 const struct iommufdx_domain_req *req)
{
	struct pgtable_cfg cfg = {
		.va_bits = req->va_bits ?: smmu_va_bits(smmu, s2),
		.oa_bits = smmu->oa_bits,
		.page_sizes = req->page_sizes,
	};

	if (req->flags & IOMMUFDX_DOMAIN_DIRTY)
		cfg.quirks |= PGTABLE_QUIRK_HW_DIRTY;
	if (smmu_has_bbm(smmu))
		cfg.quirks |= PGTABLE_QUIRK_BBM_FREE;
	return cfg;
}

/*
 * The smallest size allowed, if that is a granule; else the smallest granule
 * that has pages of a size allowed.
 */
static int smmu_domain_table(struct smmu_domain *domain,
			     const struct smmu *smmu,
			     const struct iommufdx_domain_req *req)
{
	enum pgtable_format format = smmu_format(domain->tag.s2);
	const u8 granules[] = {
		req->page_sizes ? __ffs64(req->page_sizes) : 0,
		ARMV8_SHIFT_4K, ARMV8_SHIFT_16K, ARMV8_SHIFT_64K,
	};
	struct pgtable_cfg cfg = smmu_table_cfg(smmu, domain->tag.s2, req);
	unsigned int i;
	int rc;

	if (cfg.va_bits > smmu_va_bits(smmu, domain->tag.s2))
		return -EOPNOTSUPP;
	for (i = 0; i < ARRAY_SIZE(granules); i++) {
		if (!smmu_req_granule(smmu, req, granules[i]))
			continue;
		cfg.granule_shift = granules[i];
		rc = pgtable_create(&domain->base.pt, format, &cfg);
		if (rc == -EINVAL)
			continue;
		domain->granule = granules[i];
		return rc;
	}
	return -EOPNOTSUPP;
}

static bool smmu_offer(const struct smmu *smmu, bool s2, unsigned int granule,
		       struct iommufdx_domain_offer *offer)
{
	const struct iommufdx_domain_req req = {};
	struct pgtable_cfg cfg = smmu_table_cfg(smmu, s2, &req);
	struct pgtable pt = {};

	cfg.granule_shift = granule;
	if (!smmu_has_stage(smmu, s2) || !smmu_has_granule(smmu, granule) ||
	    pgtable_shape(&pt, smmu_format(s2), &cfg))
		return false;
	*offer = (struct iommufdx_domain_offer){
		.format = smmu_format(s2),
		.flags = IOMMUFDX_DOMAIN_NO_PASID,
		.preferred = s2 ? IOMMUFDX_DOMAIN_NEST_PARENT : 0,
		.quirks = cfg.quirks,
		.made_with = cfg.quirks,
		.page_sizes = pt.page_sizes,
		.granule_shift = granule,
		.va_bits = min_t(unsigned int, pt.va_bits,
				 smmu_va_bits(smmu, s2)),
		.usual_bits = smmu_va_bits(smmu, s2),
		.oa_bits = pt.oa_bits,
	};
	if (smmu_has_dirty(smmu))
		offer->flags |= IOMMUFDX_DOMAIN_DIRTY;
	if (s2)
		offer->flags |= IOMMUFDX_DOMAIN_NEST_PARENT;
	else if (smmu_ssid_bits(smmu))
		offer->flags |= IOMMUFDX_DOMAIN_PASID;
	return true;
}

unsigned int smmu_domain_offers(struct iommufdx_master *master,
				struct iommufdx_domain_offer *offers)
{
	const u8 granules[] = {
		ARMV8_SHIFT_4K, ARMV8_SHIFT_16K, ARMV8_SHIFT_64K,
	};
	struct smmu *smmu = to_smmu(master->iommu);
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(granules); i++)
		nr += smmu_offer(smmu, false, granules[i], &offers[nr]);
	for (i = 0; i < ARRAY_SIZE(granules); i++)
		nr += smmu_offer(smmu, true, granules[i], &offers[nr]);
	return nr;
}

static int smmu_domain_init(struct smmu_domain *domain, struct smmu *smmu,
			    const struct iommufdx_domain_req *req)
{
	struct iommufdx_domain *base = &domain->base;
	bool s2 = domain->tag.s2;
	int rc;

	rc = smmu_domain_table(domain, smmu, req);
	if (rc)
		return rc;
	/* A table may have been rounded up to more than hardware can have. */
	domain->va_bits = min_t(unsigned int, base->pt.va_bits,
				smmu_va_bits(smmu, s2));
	base->ops = &smmu_domain_ops;
	base->iommu = smmu->base;
	base->aperture_last = GENMASK_ULL(domain->va_bits - 1, 0);
	base->flags = req->flags;
	if (s2)
		base->flags |= IOMMUFDX_DOMAIN_NEST_PARENT;
	else if (!(req->flags & IOMMUFDX_DOMAIN_NO_PASID) &&
		 smmu_ssid_bits(smmu))
		base->flags |= IOMMUFDX_DOMAIN_PASID;
	if (!(base->flags & IOMMUFDX_DOMAIN_PASID))
		base->flags |= IOMMUFDX_DOMAIN_NO_PASID;
	return 0;
}

struct iommufdx_domain *
smmu_domain_alloc_paging(struct iommufdx_master *master,
			 const struct iommufdx_domain_req *req)
{
	struct smmu *smmu = to_smmu(master->iommu);
	struct smmu_domain *domain;
	int stage, id, rc;

	stage = smmu_req_stage(smmu, req);
	if (stage < 0)
		return ERR_PTR(stage);
	rc = smmu_req_check(smmu, req);
	if (rc)
		return ERR_PTR(rc);

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&domain->lock);
	INIT_LIST_HEAD(&domain->viommus);
	INIT_LIST_HEAD(&domain->attachments);
	domain->tag.s2 = stage == 2;

	id = smmu_tag_alloc(smmu, domain->tag.s2);
	if (id < 0) {
		rc = id;
		goto err_free;
	}
	domain->tag.id = id;

	rc = smmu_domain_init(domain, smmu, req);
	if (rc)
		goto err_tag;
	return &domain->base;

err_tag:
	smmu_tag_free(&domain->tag);
err_free:
	kfree(domain);
	return ERR_PTR(rc);
}
