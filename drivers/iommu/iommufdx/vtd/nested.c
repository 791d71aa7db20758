// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested domains: a guest's first stage on top of a second stage, made on the
 * parent or on a vIOMMU of it.
 *
 * Of what a guest says, an entry gets the address of the top table, which is one
 * of the parent's input addresses, how many levels it has, and three flags.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/stddef.h>
#include <uapi/linux/iommufdx.h>
#include "vtd.h"

static_assert(sizeof(struct iommufdx_hwpt_vtd) == 32);

#define VTD_S1_FLAGS \
	(IOMMU_VTD_S1_SRE | IOMMU_VTD_S1_EAFE | IOMMU_VTD_S1_WPE)

static int vtd_s1_levels(u32 addr_width)
{
	switch (addr_width) {
	case VTD_LEVEL_WIDTH(4):
		return 4;
	case VTD_LEVEL_WIDTH(5):
		return 5;
	}
	return -EINVAL;
}

static int vtd_s1_check(const struct iommu_hwpt_vtd_s1 *s1,
			const struct iommufdx_domain *parent)
{
	if ((s1->flags & ~(u64)VTD_S1_FLAGS) || s1->__reserved)
		return -EOPNOTSUPP;
	if (vtd_s1_levels(s1->addr_width) < 0 ||
	    (s1->pgtbl_addr & ~VTD_PE2_FSPTPTR) ||
	    s1->pgtbl_addr > parent->aperture_last)
		return -EINVAL;
	return 0;
}

/* Word 2 of an entry. */
static u64 vtd_s1_word(const struct iommu_hwpt_vtd_s1 *s1)
{
	u64 word = s1->pgtbl_addr |
		   FIELD_PREP(VTD_PE2_FSPM,
			      vtd_s1_levels(s1->addr_width) == 5 ?
			      VTD_FSPM_5LEVEL : VTD_FSPM_4LEVEL);

	if (s1->flags & IOMMU_VTD_S1_EAFE)
		word |= VTD_PE2_EAFE;
	if (!(s1->flags & IOMMU_VTD_S1_SRE))
		return word;
	/* Whether a supervisor obeys read-only matters where there is one. */
	return word | VTD_PE2_SRE |
	       (s1->flags & IOMMU_VTD_S1_WPE ? VTD_PE2_WPE : 0);
}

int vtd_nested_fits(const struct vtd_iommu *iommu,
		    const struct vtd_domain *domain)
{
	bool five = FIELD_GET(VTD_PE2_FSPM, domain->first) == VTD_FSPM_5LEVEL;

	if (domain->viommu && domain->viommu->base.iommu != iommu->base)
		return -EINVAL;
	if (!vtd_can_nest(iommu) ||
	    !(vtd_first_levels(iommu) & BIT(five ? 5 : 4)))
		return -EINVAL;
	if ((domain->first & VTD_PE2_SRE) && !(iommu->ecap & VTD_ECAP_SRS))
		return -EINVAL;
	if ((domain->first & VTD_PE2_EAFE) && !(iommu->ecap & VTD_ECAP_EAFS))
		return -EINVAL;
	return 0;
}

static void vtd_nested_free(struct iommufdx_domain *base)
{
	struct vtd_domain *domain = to_vtd_domain(base);

	WARN_ON(!list_empty(&domain->attachments));
	down_write(&domain->parent->lock);
	list_del(&domain->child_node);
	if (domain->viommu)
		hlist_del(&domain->guest_node);
	up_write(&domain->parent->lock);
	vtd_domain_release(domain);
}

const struct iommufdx_domain_ops vtd_nested_ops = {
	.free = vtd_nested_free,
};

/* @viommu: NULL for a domain on the parent alone. */
static struct iommufdx_domain *
vtd_nested_make(struct vtd_iommu *iommu, struct iommufdx_domain *parent,
		struct vtd_viommu *viommu, u16 guest_did, u32 flags,
		const struct iommu_hwpt_vtd_s1 *s1)
{
	struct vtd_domain *domain;
	int rc;

	rc = vtd_s1_check(s1, parent);
	if (rc)
		return ERR_PTR(rc);
	domain = vtd_domain_new(iommu);
	if (IS_ERR(domain))
		return ERR_CAST(domain);
	domain->base.ops = &vtd_nested_ops;
	domain->base.inv = &vtd_nested_inv;
	domain->base.flags = flags & IOMMU_HWPT_ALLOC_PASID ?
			     IOMMUFDX_DOMAIN_PASID : IOMMUFDX_DOMAIN_NO_PASID;
	domain->parent = to_vtd_domain(parent);
	domain->first = vtd_s1_word(s1);
	domain->viommu = viommu;
	domain->guest_did = guest_did;
	rc = vtd_nested_fits(iommu, domain);
	if (rc) {
		vtd_domain_release(domain);
		return ERR_PTR(rc);
	}
	down_write(&domain->parent->lock);
	list_add_tail(&domain->child_node, &domain->parent->children);
	if (viommu)
		hlist_add_head(&domain->guest_node,
			       vtd_guest_domains(viommu, guest_did));
	up_write(&domain->parent->lock);
	return &domain->base;
}

struct iommufdx_domain *
vtd_domain_alloc_nested(struct iommufdx_master *master,
			struct iommufdx_domain *parent, u32 flags,
			const struct iommufdx_user_data *data)
{
	struct vtd_iommu *iommu = to_vtd_iommu(master->iommu);
	struct iommu_hwpt_vtd_s1 s1;
	int rc;

	if (!vtd_can_nest(iommu) || (flags & ~IOMMU_HWPT_ALLOC_PASID) ||
	    data->type != IOMMU_HWPT_DATA_VTD_S1)
		return ERR_PTR(-EOPNOTSUPP);
	if (parent->ops != &vtd_second_ops)
		return ERR_PTR(-EINVAL);
	rc = iommufdx_copy_user_data(&s1, sizeof(s1),
				     offsetofend(struct iommu_hwpt_vtd_s1,
						 __reserved),
				     data, IOMMU_HWPT_DATA_VTD_S1);
	if (rc)
		return ERR_PTR(rc);
	return vtd_nested_make(iommu, parent, NULL, 0, flags, &s1);
}

struct iommufdx_domain *
vtd_viommu_alloc_nested(struct iommufdx_viommu *viommu, u32 flags,
			const struct iommufdx_user_data *data)
{
	struct iommufdx_hwpt_vtd arg;
	int rc;

	if (flags & ~(IOMMU_HWPT_ALLOC_PASID | IOMMU_HWPT_FAULT_ID_VALID))
		return ERR_PTR(-EOPNOTSUPP);
	rc = iommufdx_copy_user_data(&arg, sizeof(arg),
				     offsetofend(struct iommufdx_hwpt_vtd,
						 __reserved),
				     data, IOMMUFDX_HWPT_DATA_VTD);
	if (rc)
		return ERR_PTR(rc);
	if (arg.__reserved)
		return ERR_PTR(-EOPNOTSUPP);
	if (arg.did > U16_MAX)
		return ERR_PTR(-EINVAL);
	return vtd_nested_make(to_vtd_iommu(viommu->iommu), viommu->parent,
			       to_vtd_viommu(viommu), arg.did, flags, &arg.s1);
}
