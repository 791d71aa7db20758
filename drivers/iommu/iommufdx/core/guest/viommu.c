// SPDX-License-Identifier: GPL-2.0-only
/* Virtual IOMMUs: making and destroying them, and what backends ask of them. */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include "core/device.h"
#include "core/domain.h"
#include "core/hwpt.h"
#include "viommu.h"

int iommufdx_copy_user_data(void *dst, size_t size, size_t min_size,
			    const struct iommufdx_user_data *src, u32 type)
{
	if (src->type != type || src->len < min_size || src->len > size)
		return -EINVAL;
	return copy_struct_from_user(dst, size, src->uptr, src->len);
}
EXPORT_SYMBOL_GPL(iommufdx_copy_user_data);

int iommufdx_return_user_data(const struct iommufdx_user_data *dst,
			      const void *src, size_t size)
{
	return copy_to_user(dst->uptr, src, min(size, dst->len)) ? -EFAULT : 0;
}
EXPORT_SYMBOL_GPL(iommufdx_return_user_data);

struct fdx_viommu *fdx_get_viommu(struct iommufdx_ctx *ictx, u32 id)
{
	struct fdx_object *obj = fdx_get_object(ictx, id, FDX_OBJ_VIOMMU);

	return IS_ERR(obj) ? ERR_CAST(obj) :
			     container_of(obj, struct fdx_viommu, obj);
}

void fdx_viommu_destroy(struct fdx_object *obj)
{
	struct fdx_viommu *viommu = container_of(obj, struct fdx_viommu, obj);
	struct iommufdx_iommu *iommu;

	if (viommu->viommu) {
		iommu = viommu->viommu->iommu;
		viommu->viommu->ops->free(viommu->viommu);
		fdx_iommu_put(iommu);
	}
	refcount_dec(&viommu->hwpt->common.obj.users);
	xa_destroy(&viommu->vdevs);
	mutex_destroy(&viommu->inv_lock);
}

static int fdx_viommu_create(struct fdx_ucmd *ucmd, struct iommufdx_device *idev,
			     struct fdx_hwpt_paging *hwpt)
{
	struct iommu_viommu_alloc *cmd = ucmd->cmd;
	const struct iommufdx_user_data data = {
		.type = cmd->type,
		.uptr = u64_to_user_ptr(cmd->data_uptr),
		.len = cmd->data_len,
	};
	struct iommufdx_iommu *iommu = idev->master->iommu;
	struct iommufdx_viommu *backend;
	struct fdx_viommu *viommu;
	struct fdx_object *obj;

	obj = fdx_object_alloc_ucmd(ucmd, sizeof(*viommu), FDX_OBJ_VIOMMU);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	viommu = container_of(obj, struct fdx_viommu, obj);
	viommu->ictx = ucmd->ictx;
	xa_init(&viommu->vdevs);
	init_rwsem(&viommu->veventqs_rwsem);
	INIT_LIST_HEAD(&viommu->veventqs);
	mutex_init(&viommu->inv_lock);
	refcount_inc(&hwpt->common.obj.users);
	viommu->hwpt = hwpt;

	backend = iommu->ops->viommu_alloc(idev->master, hwpt->common.domain,
					   viommu, &data);
	if (IS_ERR(backend))
		return PTR_ERR(backend);
	refcount_inc(&backend->iommu->users);
	viommu->viommu = backend;

	cmd->out_viommu_id = obj->id;
	return fdx_ucmd_respond(ucmd, sizeof(*cmd));
}

int fdx_viommu_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_viommu_alloc *cmd = ucmd->cmd;
	struct fdx_hwpt_paging *hwpt;
	struct iommufdx_device *idev;
	int rc;

	if (cmd->flags || cmd->type == IOMMU_VIOMMU_TYPE_DEFAULT)
		return -EOPNOTSUPP;

	idev = fdx_get_device(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	if (!idev->master->iommu->ops->viommu_alloc) {
		rc = -EOPNOTSUPP;
		goto out_put_idev;
	}
	hwpt = fdx_get_hwpt_paging(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(hwpt)) {
		rc = PTR_ERR(hwpt);
		goto out_put_idev;
	}
	if (!hwpt->nest_parent)
		rc = -EINVAL;
	else
		rc = fdx_viommu_create(ucmd, idev, hwpt);
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
out_put_idev:
	fdx_put_object(ucmd->ictx, &idev->obj);
	return rc;
}

void iommufdx_viommu_init(struct iommufdx_viommu *viommu, void *core,
			  const struct iommufdx_viommu_ops *ops,
			  struct iommufdx_iommu *iommu,
			  struct iommufdx_domain *parent, u32 type)
{
	viommu->core = core;
	viommu->ops = ops;
	viommu->iommu = iommu;
	viommu->parent = parent;
	viommu->type = type;
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_init);

void iommufdx_viommu_lock(struct iommufdx_viommu *viommu)
	__acquires(&((struct fdx_viommu *)viommu->core)->vdevs.xa_lock)
{
	struct fdx_viommu *core = viommu->core;

	xa_lock(&core->vdevs);
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_lock);

void iommufdx_viommu_unlock(struct iommufdx_viommu *viommu)
	__releases(&((struct fdx_viommu *)viommu->core)->vdevs.xa_lock)
{
	struct fdx_viommu *core = viommu->core;

	xa_unlock(&core->vdevs);
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_unlock);

struct iommufdx_vdevice *
iommufdx_viommu_find_vdev(struct iommufdx_viommu *viommu, u64 virt_id)
{
	struct fdx_viommu *core = viommu->core;
	struct fdx_vdevice *vdev;

	lockdep_assert_held(&core->vdevs.xa_lock);

	/* xa_load() takes a long, which the ID may not fit on 32 bits. */
	if (virt_id > ULONG_MAX)
		return NULL;
	vdev = xa_load(&core->vdevs, virt_id);
	return vdev ? &vdev->vdev : NULL;
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_find_vdev);

int iommufdx_viommu_virt_id(struct iommufdx_viommu *viommu,
			    struct iommufdx_master *master, u64 *virt_id)
{
	struct fdx_viommu *core = viommu->core;
	struct fdx_vdevice *vdev;
	unsigned long index;
	int rc = -ENOENT;

	xa_lock(&core->vdevs);
	xa_for_each(&core->vdevs, index, vdev) {
		if (vdev->vdev.master != master)
			continue;
		*virt_id = vdev->vdev.virt_id;
		rc = 0;
		break;
	}
	xa_unlock(&core->vdevs);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_virt_id);
