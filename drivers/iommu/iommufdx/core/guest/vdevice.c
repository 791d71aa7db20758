// SPDX-License-Identifier: GPL-2.0-only
/*
 * vDEVICEs: devices by the names their guest has for them.
 *
 * A vDEVICE goes when user space destroys it or when its device is unbound. In
 * the second case its ID stays taken (a tombstone), so that user space, which
 * still believes in it, cannot destroy somebody else by it.
 *
 * Locks: fdx_viommu.inv_lock -> iommufdx_group.lock, which guards
 * iommufdx_device.vdev and .unbinding. A batch of invalidations reads user memory
 * under the first. The second is waited for by the page requests of everybody
 * behind the IOMMU, so no user memory is touched under it.
 */
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>
#include "core/device.h"
#include "viommu.h"

static void fdx_vdevice_teardown(struct fdx_vdevice *vdev)
{
	struct fdx_viommu *viommu = vdev->viommu;
	const struct iommufdx_viommu_ops *ops = viommu->viommu->ops;
	struct iommufdx_group *group = vdev->idev->group;

	/* A batch under way may have found the device by its name. */
	mutex_lock(&viommu->inv_lock);
	mutex_lock(&group->lock);
	xa_cmpxchg(&viommu->vdevs, vdev->vdev.virt_id, vdev, NULL, GFP_KERNEL);
	if (ops->vdevice_destroy)
		ops->vdevice_destroy(&vdev->vdev);
	vdev->idev->vdev = NULL;
	mutex_unlock(&group->lock);
	mutex_unlock(&viommu->inv_lock);
	refcount_dec(&viommu->obj.users);
}

void fdx_vdevice_destroy(struct fdx_object *obj)
{
	struct fdx_vdevice *vdev = container_of(obj, struct fdx_vdevice, obj);
	struct iommufdx_device *idev = vdev->idev;

	fdx_vdevice_teardown(vdev);
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

/* With an ID that nobody can look up yet. */
static struct fdx_vdevice *fdx_vdevice_create(struct iommufdx_ctx *ictx,
					      struct fdx_viommu *viommu,
					      struct iommufdx_device *idev,
					      u64 virt_id)
{
	const struct iommufdx_viommu_ops *ops = viommu->viommu->ops;
	struct fdx_vdevice *vdev;
	struct fdx_object *obj;
	int rc;

	lockdep_assert_held(&idev->group->lock);

	if (idev->unbinding)
		return ERR_PTR(-ENOENT);
	if (idev->vdev)
		return ERR_PTR(-EEXIST);

	obj = fdx_object_alloc(ictx, sizeof(*vdev), FDX_OBJ_VDEVICE);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	vdev = container_of(obj, struct fdx_vdevice, obj);
	vdev->viommu = viommu;
	vdev->idev = idev;
	vdev->vdev.viommu = viommu->viommu;
	vdev->vdev.master = idev->master;
	vdev->vdev.virt_id = virt_id;

	/* Reserved until the backend agrees: lookups do not see it. */
	rc = xa_insert(&viommu->vdevs, virt_id, NULL, GFP_KERNEL_ACCOUNT);
	if (rc) {
		rc = rc == -EBUSY ? -EEXIST : rc;
		goto err_discard;
	}
	if (ops->vdevice_init) {
		rc = ops->vdevice_init(&vdev->vdev);
		if (rc)
			goto err_release;
	}
	xa_store(&viommu->vdevs, virt_id, vdev, GFP_KERNEL);
	idev->vdev = vdev;
	refcount_inc(&viommu->obj.users);
	return vdev;

err_release:
	xa_release(&viommu->vdevs, virt_id);
err_discard:
	fdx_object_discard(ictx, obj);
	return ERR_PTR(rc);
}

/* Tell user space its ID, and make that visible. */
static int fdx_vdevice_publish(struct fdx_ucmd *ucmd, struct fdx_vdevice *vdev)
{
	struct iommu_vdevice_alloc *cmd = ucmd->cmd;
	struct iommufdx_device *idev = vdev->idev;
	int rc;

	cmd->out_vdevice_id = vdev->obj.id;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));

	mutex_lock(&idev->group->lock);
	/* Whoever unbinds has not found it. */
	if (!rc && idev->unbinding)
		rc = -ENOENT;
	if (!rc)
		fdx_object_finalize(ucmd->ictx, &vdev->obj);
	mutex_unlock(&idev->group->lock);
	if (rc) {
		fdx_vdevice_teardown(vdev);
		fdx_object_discard(ucmd->ictx, &vdev->obj);
	}
	return rc;
}

int fdx_vdevice_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_vdevice_alloc *cmd = ucmd->cmd;
	struct fdx_viommu *viommu;
	struct iommufdx_device *idev;
	struct fdx_vdevice *vdev;
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
	vdev = fdx_vdevice_create(ucmd->ictx, viommu, idev, cmd->virt_id);
	mutex_unlock(&idev->group->lock);
	rc = IS_ERR(vdev) ? PTR_ERR(vdev) : fdx_vdevice_publish(ucmd, vdev);

out_put_idev:
	/* A vDEVICE keeps the hold, for fdx_vdevice_destroy() to drop. */
	if (rc)
		fdx_put_object(ucmd->ictx, &idev->obj);
out_put_viommu:
	fdx_put_object(ucmd->ictx, &viommu->obj);
	return rc;
}
