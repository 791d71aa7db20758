// SPDX-License-Identifier: GPL-2.0-only
/*
 * vDEVICEs: devices by the names their guest has for them.
 *
 * A vDEVICE goes when user space destroys it or when its device is unbound. In
 * the second case its ID stays taken (a tombstone), so that user space, which
 * still believes in it, cannot destroy somebody else by it.
 *
 * Lock: iommufdx_group.lock guards iommufdx_device.vdev and .unbinding.
 */
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>
#include "device.h"
#include "viommu.h"

static void fdx_vdevice_teardown(struct fdx_vdevice *vdev)
{
	const struct iommufdx_viommu_ops *ops = vdev->viommu->viommu->ops;

	lockdep_assert_held(&vdev->idev->group->lock);

	/* A batch under way may have found the device by its name. */
	mutex_lock(&vdev->viommu->inv_lock);
	xa_cmpxchg(&vdev->viommu->vdevs, vdev->vdev.virt_id, vdev, NULL,
		   GFP_KERNEL);
	mutex_unlock(&vdev->viommu->inv_lock);
	if (ops->vdevice_destroy)
		ops->vdevice_destroy(&vdev->vdev);
	vdev->idev->vdev = NULL;
	refcount_dec(&vdev->viommu->obj.users);
}

void fdx_vdevice_destroy(struct fdx_object *obj)
{
	struct fdx_vdevice *vdev = container_of(obj, struct fdx_vdevice, obj);
	struct iommufdx_device *idev = vdev->idev;

	mutex_lock(&idev->group->lock);
	fdx_vdevice_teardown(vdev);
	mutex_unlock(&idev->group->lock);
	/* The hold that alloc took: unbinding may go on. */
	fdx_put_object(idev->ictx, &idev->obj);
}

void fdx_vdevice_revoke(struct iommufdx_device *idev)
{
	struct fdx_vdevice *vdev;

	mutex_lock(&idev->group->lock);
	idev->unbinding = true;
	vdev = idev->vdev;
	/* Where DESTROY is already taking it away, waiting is enough. */
	if (vdev && !fdx_object_use(idev->ictx, &vdev->obj))
		vdev = NULL;
	mutex_unlock(&idev->group->lock);
	if (vdev)
		fdx_object_tombstone_wait(idev->ictx, &vdev->obj);
}

static int fdx_vdevice_create(struct fdx_ucmd *ucmd, struct fdx_viommu *viommu,
			      struct iommufdx_device *idev)
{
	const struct iommufdx_viommu_ops *ops = viommu->viommu->ops;
	struct iommu_vdevice_alloc *cmd = ucmd->cmd;
	struct fdx_vdevice *vdev;
	struct fdx_object *obj;
	int rc;

	lockdep_assert_held(&idev->group->lock);

	if (idev->unbinding)
		return -ENOENT;
	if (idev->vdev)
		return -EEXIST;

	obj = fdx_object_alloc(ucmd->ictx, sizeof(*vdev), FDX_OBJ_VDEVICE);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	vdev = container_of(obj, struct fdx_vdevice, obj);
	vdev->viommu = viommu;
	vdev->idev = idev;
	vdev->vdev.viommu = viommu->viommu;
	vdev->vdev.master = idev->master;
	vdev->vdev.virt_id = cmd->virt_id;

	/* Reserved until the backend agrees: lookups do not see it. */
	rc = xa_insert(&viommu->vdevs, cmd->virt_id, NULL, GFP_KERNEL_ACCOUNT);
	if (rc) {
		rc = rc == -EBUSY ? -EEXIST : rc;
		goto err_discard;
	}
	if (ops->vdevice_init) {
		rc = ops->vdevice_init(&vdev->vdev);
		if (rc)
			goto err_release;
	}
	xa_store(&viommu->vdevs, cmd->virt_id, vdev, GFP_KERNEL);
	idev->vdev = vdev;
	refcount_inc(&viommu->obj.users);

	cmd->out_vdevice_id = obj->id;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc) {
		fdx_vdevice_teardown(vdev);
		goto err_discard;
	}
	fdx_object_finalize(ucmd->ictx, obj);
	return 0;

err_release:
	xa_release(&viommu->vdevs, cmd->virt_id);
err_discard:
	fdx_object_discard(ucmd->ictx, obj);
	return rc;
}

int fdx_vdevice_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_vdevice_alloc *cmd = ucmd->cmd;
	struct fdx_viommu *viommu;
	struct iommufdx_device *idev;
	int rc;

	if (cmd->virt_id > ULONG_MAX)
		return -EINVAL;

	viommu = fdx_get_viommu(ucmd->ictx, cmd->viommu_id);
	if (IS_ERR(viommu))
		return PTR_ERR(viommu);
	idev = fdx_get_device(ucmd, cmd->dev_id);
	if (IS_ERR(idev)) {
		rc = PTR_ERR(idev);
		goto out_put_viommu;
	}
	if (viommu->viommu->iommu != idev->master->iommu) {
		rc = -EINVAL;
		goto out_put_idev;
	}

	mutex_lock(&idev->group->lock);
	rc = fdx_vdevice_create(ucmd, viommu, idev);
	mutex_unlock(&idev->group->lock);

out_put_idev:
	/* A vDEVICE keeps the hold, for fdx_vdevice_destroy() to drop. */
	if (rc)
		fdx_put_object(ucmd->ictx, &idev->obj);
out_put_viommu:
	fdx_put_object(ucmd->ictx, &viommu->obj);
	return rc;
}
