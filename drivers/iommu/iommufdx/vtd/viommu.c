// SPDX-License-Identifier: GPL-2.0-only
/* Virtual IOMMUs: a guest's names for its devices and for its domains. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <uapi/linux/iommufdx.h>
#include "vtd.h"

static void vtd_viommu_free(struct iommufdx_viommu *base)
{
	kfree(to_vtd_viommu(base));
}

static void vtd_vdevice_say(struct iommufdx_vdevice *vdev,
			    struct vtd_viommu *viommu)
{
	struct vtd_iommu *iommu = to_vtd_iommu(vdev->viommu->iommu);
	struct vtd_master *master = vdev->master->priv;

	mutex_lock(&iommu->events_lock);
	master->viommu = viommu;
	mutex_unlock(&iommu->events_lock);
}

static int vtd_vdevice_init(struct iommufdx_vdevice *vdev)
{
	/* In descriptors and fault records a name has 16 bits. */
	if (vdev->virt_id > U16_MAX)
		return -EINVAL;
	vtd_vdevice_say(vdev, to_vtd_viommu(vdev->viommu));
	return 0;
}

static void vtd_vdevice_destroy(struct iommufdx_vdevice *vdev)
{
	vtd_vdevice_say(vdev, NULL);
}

static const struct iommufdx_viommu_ops vtd_viommu_ops = {
	.free = vtd_viommu_free,
	.alloc_nested = vtd_viommu_alloc_nested,
	.vdevice_init = vtd_vdevice_init,
	.vdevice_destroy = vtd_vdevice_destroy,
	.inv = &vtd_viommu_inv,
	.guest_queue = &vtd_guest_queue_ops,
};

struct iommufdx_viommu *
vtd_viommu_alloc(struct iommufdx_master *master, struct iommufdx_domain *parent,
		 void *core, const struct iommufdx_user_data *data)
{
	struct vtd_iommu *iommu = to_vtd_iommu(master->iommu);
	struct vtd_viommu *viommu;

	if (data->type != IOMMUFDX_VIOMMU_TYPE_VTD || !vtd_can_nest(iommu))
		return ERR_PTR(-EOPNOTSUPP);
	if (data->len || parent->ops != &vtd_second_ops)
		return ERR_PTR(-EINVAL);
	viommu = kzalloc(sizeof(*viommu), GFP_KERNEL_ACCOUNT);
	if (!viommu)
		return ERR_PTR(-ENOMEM);
	iommufdx_viommu_init(&viommu->base, core, &vtd_viommu_ops, iommu->base,
			     parent, IOMMUFDX_VIOMMU_TYPE_VTD);
	return &viommu->base;
}
