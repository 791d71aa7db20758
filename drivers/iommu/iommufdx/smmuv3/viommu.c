// SPDX-License-Identifier: GPL-2.0-only
/* Virtual IOMMUs: a nesting parent's table under a VMID of its own. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>
#include "smmuv3.h"

static void smmu_viommu_free(struct iommufdx_viommu *base)
{
	struct smmu_viommu *viommu = to_smmu_viommu(base);
	struct smmu_domain *parent = viommu->s2.parent;

	WARN_ON(!list_empty(&viommu->s2.attachments));
	down_write(&parent->lock);
	list_del(&viommu->node);
	up_write(&parent->lock);
	if (!viommu->s2.tainted)
		smmu_tag_free(&viommu->s2.tag);
	kfree(viommu);
}

/* In commands and events a name has the 32 bits of a stream ID. */
static int smmu_vdevice_init(struct iommufdx_vdevice *vdev)
{
	return vdev->virt_id > U32_MAX ? -EINVAL : 0;
}

static const struct iommufdx_viommu_ops smmu_viommu_ops = {
	.free = smmu_viommu_free,
	.alloc_nested = smmu_nested_alloc,
	.vdevice_init = smmu_vdevice_init,
	.inv = &smmu_viommu_inv,
	.guest_queue = &smmu_guest_queue_ops,
};

static int smmu_viommu_check(const struct smmu_master *master,
			     const struct iommufdx_domain *parent,
			     const struct iommufdx_user_data *data)
{
	int rc;

	if (data->type != IOMMU_VIOMMU_TYPE_ARM_SMMUV3 ||
	    !smmu_can_nest(smmu_of(master)))
		return -EOPNOTSUPP;
	if (data->len)
		return -EINVAL;
	rc = smmu_domain_fits(master, IOMMUFDX_NO_PASID, parent);
	if (rc)
		return rc;
	return container_of(parent, struct smmu_domain, base)->tag.s2 ? 0 :
								       -EINVAL;
}

struct iommufdx_viommu *
smmu_viommu_alloc(struct iommufdx_master *master,
		  struct iommufdx_domain *base, void *core,
		  const struct iommufdx_user_data *data)
{
	struct smmu *smmu = to_smmu(master->iommu);
	struct smmu_domain *parent, *s2;
	struct smmu_viommu *viommu;
	int rc;

	rc = smmu_viommu_check(master->priv, base, data);
	if (rc)
		return ERR_PTR(rc);
	parent = to_smmu_domain(base);

	viommu = kzalloc(sizeof(*viommu), GFP_KERNEL_ACCOUNT);
	if (!viommu)
		return ERR_PTR(-ENOMEM);
	rc = smmu_tag_alloc(smmu, true);
	if (rc < 0) {
		kfree(viommu);
		return ERR_PTR(rc);
	}
	s2 = &viommu->s2;
	s2->parent = parent;
	s2->tag = (struct smmu_tag){ .s2 = true, .id = rc };
	s2->granule = parent->granule;
	s2->va_bits = parent->va_bits;
	init_rwsem(&s2->lock);
	INIT_LIST_HEAD(&s2->viommus);
	INIT_LIST_HEAD(&s2->attachments);
	smmu_viommu_init_inv(viommu, smmu);
	iommufdx_viommu_init(&viommu->base, core, &smmu_viommu_ops, smmu->base,
			     base, IOMMU_VIOMMU_TYPE_ARM_SMMUV3);

	down_write(&parent->lock);
	list_add_tail(&viommu->node, &parent->viommus);
	up_write(&parent->lock);
	return &viommu->base;
}
