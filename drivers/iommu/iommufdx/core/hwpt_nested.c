// SPDX-License-Identifier: GPL-2.0-only
/* Nested HWPTs: a guest's own table on top of a nesting parent. */
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>
#include "device.h"
#include "domain.h"
#include "hwpt.h"
#include "core/guest/viommu.h"

void fdx_hwpt_nested_destroy(struct fdx_object *obj)
{
	struct fdx_hwpt_nested *nested =
		container_of(obj, struct fdx_hwpt_nested, common.obj);

	fdx_domain_free(nested->common.domain);
	fdx_hwpt_drop_fault(&nested->common);
	mutex_destroy(&nested->inv_lock);
	if (nested->viommu)
		refcount_dec(&nested->viommu->obj.users);
	else
		refcount_dec(&nested->parent->common.obj.users);
}

static struct fdx_hwpt_nested *fdx_hwpt_nested_new(struct iommufdx_ctx *ictx,
						   struct fdx_hwpt_paging *parent,
						   struct fdx_viommu *viommu,
						   u32 flags)
{
	struct fdx_hwpt_nested *nested;
	struct fdx_object *obj;

	obj = fdx_object_alloc(ictx, sizeof(*nested), FDX_OBJ_HWPT_NESTED);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	nested = container_of(obj, struct fdx_hwpt_nested, common.obj);
	nested->parent = parent;
	nested->viommu = viommu;
	nested->common.pasid_compat = flags & IOMMU_HWPT_ALLOC_PASID;
	mutex_init(&nested->inv_lock);
	/* A vIOMMU holds the parent for its children. */
	refcount_inc(viommu ? &viommu->obj.users : &parent->common.obj.users);
	return nested;
}

static bool fdx_nested_flags_ok(u32 flags, const struct iommufdx_user_data *data)
{
	return data->len && !(flags & ~(IOMMU_HWPT_FAULT_ID_VALID |
					IOMMU_HWPT_ALLOC_PASID));
}

struct fdx_hwpt *fdx_hwpt_nested_alloc(struct iommufdx_ctx *ictx,
				       struct fdx_hwpt_paging *parent,
				       struct iommufdx_device *idev, u32 flags,
				       const struct iommufdx_user_data *data)
{
	const struct iommufdx_iommu_ops *ops = idev->master->iommu->ops;
	struct iommufdx_domain *domain;
	struct fdx_hwpt_nested *nested;

	if (!fdx_nested_flags_ok(flags, data) || !ops->domain_alloc_nested)
		return ERR_PTR(-EOPNOTSUPP);
	if (parent->auto_domain || !parent->nest_parent ||
	    parent->common.domain->iommu->ops != ops)
		return ERR_PTR(-EINVAL);

	nested = fdx_hwpt_nested_new(ictx, parent, NULL, flags);
	if (IS_ERR(nested))
		return ERR_CAST(nested);
	domain = ops->domain_alloc_nested(idev->master, parent->common.domain,
					  flags & ~IOMMU_HWPT_FAULT_ID_VALID,
					  data);
	if (IS_ERR(domain)) {
		fdx_object_abort(ictx, &nested->common.obj);
		return ERR_CAST(domain);
	}
	refcount_inc(&domain->iommu->users);
	nested->common.domain = domain;
	return &nested->common;
}

struct fdx_hwpt *fdx_viommu_nested_alloc(struct fdx_viommu *viommu,
					 struct iommufdx_device *idev, u32 flags,
					 const struct iommufdx_user_data *data)
{
	const struct iommufdx_viommu_ops *ops = viommu->viommu->ops;
	struct iommufdx_domain *domain;
	struct fdx_hwpt_nested *nested;

	if (viommu->viommu->iommu != idev->master->iommu)
		return ERR_PTR(-EINVAL);
	if (!fdx_nested_flags_ok(flags, data) || !ops->alloc_nested)
		return ERR_PTR(-EOPNOTSUPP);

	nested = fdx_hwpt_nested_new(viommu->ictx, viommu->hwpt, viommu, flags);
	if (IS_ERR(nested))
		return ERR_CAST(nested);
	domain = ops->alloc_nested(viommu->viommu, flags, data);
	if (IS_ERR(domain)) {
		fdx_object_abort(viommu->ictx, &nested->common.obj);
		return ERR_CAST(domain);
	}
	refcount_inc(&domain->iommu->users);
	nested->common.domain = domain;
	return &nested->common;
}
