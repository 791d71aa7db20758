// SPDX-License-Identifier: GPL-2.0-only
/* Devices: binding to an iommufd, and what user space can learn of them. */
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include "device.h"

/* The largest struct any backend returns from hw_info. */
#define FDX_HW_INFO_MAX	256

void fdx_device_destroy(struct fdx_object *obj)
{
	struct iommufdx_device *idev =
		container_of(obj, struct iommufdx_device, obj);
	struct iommufdx_group *group = idev->group;

	/* Binding failed before the group was claimed. */
	if (!group)
		return;

	mutex_lock(&group->lock);
	if (!--group->bound) {
		group->owner = NULL;
		fdx_group_open(group);
	}
	mutex_unlock(&group->lock);
	if (!idev->owned)
		iommufdx_ctx_put(idev->ictx);
}

static int fdx_group_claim(struct iommufdx_group *group,
			   struct iommufdx_ctx *ictx)
{
	int rc = 0;

	mutex_lock(&group->lock);
	if (group->owner && group->owner != ictx)
		rc = -EPERM;
	else if (!group->bound)
		rc = fdx_group_close(group);
	if (!rc) {
		group->owner = ictx;
		group->bound++;
	}
	mutex_unlock(&group->lock);
	return rc;
}

static struct iommufdx_device *fdx_device_bind(struct iommufdx_ctx *ictx,
					       struct iommufdx_master *master,
					       bool owned, u32 *out_id)
{
	struct iommufdx_device *idev;
	struct fdx_object *obj;
	int rc;

	/* There is no way for user space to flush CPU caches for DMA. */
	if (!(master->caps & IOMMUFDX_CAP_CACHE_COHERENCY))
		return ERR_PTR(-EINVAL);

	obj = fdx_object_alloc(ictx, sizeof(*idev), FDX_OBJ_DEVICE);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	idev = container_of(obj, struct iommufdx_device, obj);
	idev->ictx = ictx;
	idev->master = master;
	idev->owned = owned;

	rc = fdx_group_claim(master->group, ictx);
	if (rc) {
		fdx_object_abort(ictx, obj);
		return ERR_PTR(rc);
	}
	idev->group = master->group;
	if (!owned)
		get_file(ictx->file);

	/* The driver is a user until it unbinds: DESTROY gets EBUSY. */
	refcount_inc(&obj->users);
	*out_id = obj->id;
	fdx_object_finalize(ictx, obj);
	return idev;
}

struct iommufdx_device *iommufdx_device_bind(struct iommufdx_ctx *ictx,
					     struct iommufdx_master *master,
					     u32 *out_id)
{
	return fdx_device_bind(ictx, master, false, out_id);
}
EXPORT_SYMBOL_GPL(iommufdx_device_bind);

struct iommufdx_device *fdx_device_bind_owned(struct iommufdx_ctx *ictx,
					      struct iommufdx_master *master,
					      u32 *out_id)
{
	return fdx_device_bind(ictx, master, true, out_id);
}
EXPORT_SYMBOL_GPL(fdx_device_bind_owned);

void iommufdx_device_unbind(struct iommufdx_device *idev)
{
	fdx_object_destroy_wait(idev->ictx, &idev->obj);
}
EXPORT_SYMBOL_GPL(iommufdx_device_unbind);

static u64 fdx_hw_capabilities(const struct iommufdx_master *master)
{
	u64 caps = 0;

	if (master->caps & IOMMUFDX_CAP_DIRTY)
		caps |= IOMMU_HW_CAP_DIRTY_TRACKING;
	if (!(master->caps & IOMMUFDX_CAP_ATS))
		caps |= IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED;
	return caps;
}

/* What the backend says of the device: how many bytes of @data, or an errno. */
static int fdx_hw_info(struct fdx_ucmd *ucmd, void *data)
{
	struct iommu_hw_info *cmd = ucmd->cmd;
	struct iommufdx_master *master;
	struct iommufdx_device *idev;
	u32 type;
	int len;

	type = cmd->flags & IOMMU_HW_INFO_FLAG_INPUT_TYPE ?
		       cmd->in_data_type : IOMMU_HW_INFO_TYPE_DEFAULT;
	idev = fdx_get_device(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	master = idev->master;
	len = master->iommu->ops->hw_info(master, &type, data, FDX_HW_INFO_MAX);
	if (len >= 0) {
		cmd->out_data_type = type;
		cmd->out_capabilities = fdx_hw_capabilities(master);
		cmd->out_max_pasid_log2 = master->pasid_bits;
	}
	fdx_put_object(ucmd->ictx, &idev->obj);
	return len;
}

int fdx_get_hw_info(struct fdx_ucmd *ucmd)
{
	struct iommu_hw_info *cmd = ucmd->cmd;
	void __user *uptr = u64_to_user_ptr(cmd->data_uptr);
	size_t copied;
	void *data;
	int rc;

	if ((cmd->flags & ~IOMMU_HW_INFO_FLAG_INPUT_TYPE) ||
	    memchr_inv(cmd->__reserved, 0, sizeof(cmd->__reserved)))
		return -EOPNOTSUPP;

	data = kzalloc(FDX_HW_INFO_MAX, GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;
	rc = fdx_hw_info(ucmd, data);
	if (rc < 0)
		goto out_free;

	/* The device is let go: its unbinding does not wait for the user. */
	copied = min_t(size_t, cmd->data_len, rc);
	if (copy_to_user(uptr, data, copied) ||
	    clear_user(uptr + copied, cmd->data_len - copied)) {
		rc = -EFAULT;
		goto out_free;
	}

	/* A longer answer than the buffer is no error: the length says so. */
	cmd->data_len = rc;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
out_free:
	kfree(data);
	return rc;
}
