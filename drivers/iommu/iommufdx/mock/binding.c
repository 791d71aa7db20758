// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding a mock device to an iommufd and attaching it: the VFIO cdev ioctls.
 *
 * Who binds first owns the device until its file is closed.
 */
#include <linux/uaccess.h>

#include "mock.h"

static_assert(sizeof(struct iommufdx_vfio_bind) == 24);
static_assert(sizeof(struct iommufdx_vfio_attach) == 16);
static_assert(sizeof(struct iommufdx_vfio_detach) == 12);

/* VFIO numbers a PASID of up to 20 bits, and 0 means requests without one. */
#define MOCK_PASID_MAX	GENMASK(19, 0)

/**
 * mock_binding_bind() - VFIO_DEVICE_BIND_IOMMUFD
 * @dev: the device
 * @file: whose device it becomes
 * @arg: struct iommufdx_vfio_bind
 *
 * Context: dev->lock held.
 */
long mock_binding_bind(struct mock_dev *dev, struct file *file,
		       void __user *arg)
{
	struct iommufdx_vfio_bind __user *uarg = arg;
	struct iommufdx_device *idev;
	struct iommufdx_vfio_bind bind;
	struct iommufdx_ctx *ictx;
	u32 argsz, id;
	int ret;

	lockdep_assert_held(&dev->lock);

	if (get_user(argsz, &uarg->argsz))
		return -EFAULT;
	if (argsz < offsetofend(struct iommufdx_vfio_bind, out_devid))
		return -EINVAL;
	ret = copy_struct_from_user(&bind, sizeof(bind), uarg, argsz);
	if (ret)
		return ret;
	if (bind.iommufd < 0 || bind.flags || dev->user)
		return -EINVAL;

	ictx = iommufdx_ctx_from_fd(bind.iommufd);
	if (IS_ERR(ictx))
		return PTR_ERR(ictx);
	idev = iommufdx_device_bind(ictx, dev->master, &id);
	iommufdx_ctx_put(ictx);
	if (IS_ERR(idev))
		return PTR_ERR(idev);

	if (put_user(id, &uarg->out_devid)) {
		iommufdx_device_unbind(idev);
		return -EFAULT;
	}
	dev->idev = idev;
	dev->bound_id = id;
	dev->user = file;
	return 0;
}

static int mock_binding_attach_rid(struct mock_dev *dev, u32 *pt_id)
{
	int ret;

	if (dev->hwpt_id)
		ret = iommufdx_device_replace(dev->idev, IOMMUFDX_NO_PASID,
					      pt_id);
	else
		ret = iommufdx_device_attach(dev->idev, IOMMUFDX_NO_PASID,
					     pt_id);
	if (!ret)
		dev->hwpt_id = *pt_id;
	return ret;
}

static int mock_binding_attach_pasid(struct mock_dev *dev, u32 pasid,
				     u32 *pt_id)
{
	bool replace = xa_load(&dev->pasids, pasid);
	int ret;

	if (!pasid || pasid > MOCK_PASID_MAX)
		return -EINVAL;

	/* Afterwards storing the ID cannot fail. */
	ret = xa_reserve(&dev->pasids, pasid, GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;
	if (replace)
		ret = iommufdx_device_replace(dev->idev, pasid, pt_id);
	else
		ret = iommufdx_device_attach(dev->idev, pasid, pt_id);
	if (ret) {
		xa_release(&dev->pasids, pasid);
		return ret;
	}
	xa_store(&dev->pasids, pasid, xa_mk_value(*pt_id), GFP_KERNEL_ACCOUNT);
	if (!replace)
		dev->nr_pasids++;
	return 0;
}

static void mock_binding_detach_one(struct mock_dev *dev, u32 pasid)
{
	if (pasid == IOMMUFDX_NO_PASID) {
		if (!dev->hwpt_id)
			return;
		dev->hwpt_id = 0;
	} else {
		if (!xa_erase(&dev->pasids, pasid))
			return;
		dev->nr_pasids--;
	}
	iommufdx_device_detach(dev->idev, pasid);
}

/**
 * mock_binding_attach() - VFIO_DEVICE_ATTACH_IOMMUFD_PT
 * @dev: bound
 * @arg: struct iommufdx_vfio_attach
 *
 * Context: dev->lock held.
 */
long mock_binding_attach(struct mock_dev *dev, void __user *arg)
{
	struct iommufdx_vfio_attach __user *uarg = arg;
	struct iommufdx_vfio_attach attach = {};
	const size_t minsz = offsetofend(struct iommufdx_vfio_attach, pt_id);
	bool by_pasid;
	int ret;

	lockdep_assert_held(&dev->lock);

	if (copy_from_user(&attach, uarg, minsz))
		return -EFAULT;
	if (attach.argsz < minsz || attach.flags & ~VFIO_DEVICE_ATTACH_PASID)
		return -EINVAL;
	by_pasid = attach.flags & VFIO_DEVICE_ATTACH_PASID;
	if (by_pasid) {
		if (attach.argsz < sizeof(attach))
			return -EINVAL;
		if (get_user(attach.pasid, &uarg->pasid))
			return -EFAULT;
	}
	/* A replaced translation cannot be brought back: fail before. */
	if (put_user(attach.pt_id, &uarg->pt_id))
		return -EFAULT;

	if (by_pasid)
		ret = mock_binding_attach_pasid(dev, attach.pasid,
						&attach.pt_id);
	else
		ret = mock_binding_attach_rid(dev, &attach.pt_id);
	if (ret)
		return ret;

	if (put_user(attach.pt_id, &uarg->pt_id)) {
		mock_binding_detach_one(dev, by_pasid ? attach.pasid :
						       IOMMUFDX_NO_PASID);
		return -EFAULT;
	}
	return 0;
}

/**
 * mock_binding_detach() - VFIO_DEVICE_DETACH_IOMMUFD_PT
 * @dev: bound
 * @arg: struct iommufdx_vfio_detach
 *
 * Context: dev->lock held.
 */
long mock_binding_detach(struct mock_dev *dev, void __user *arg)
{
	struct iommufdx_vfio_detach __user *uarg = arg;
	struct iommufdx_vfio_detach detach = {};
	const size_t minsz = offsetofend(struct iommufdx_vfio_detach, flags);

	lockdep_assert_held(&dev->lock);

	if (copy_from_user(&detach, uarg, minsz))
		return -EFAULT;
	if (detach.argsz < minsz || detach.flags & ~VFIO_DEVICE_DETACH_PASID)
		return -EINVAL;
	if (detach.flags & VFIO_DEVICE_DETACH_PASID) {
		if (detach.argsz < sizeof(detach))
			return -EINVAL;
		if (get_user(detach.pasid, &uarg->pasid))
			return -EFAULT;
		if (!detach.pasid || detach.pasid > MOCK_PASID_MAX)
			return -EINVAL;
	}
	mock_binding_detach_one(dev, detach.pasid);
	return 0;
}

/**
 * mock_binding_release() - detach everything and unbind
 * @dev: bound or not
 *
 * Context: dev->lock held.
 */
void mock_binding_release(struct mock_dev *dev)
{
	unsigned long pasid;
	void *entry;

	lockdep_assert_held(&dev->lock);

	if (!dev->user)
		return;
	xa_for_each(&dev->pasids, pasid, entry)
		mock_binding_detach_one(dev, pasid);
	mock_binding_detach_one(dev, IOMMUFDX_NO_PASID);
	iommufdx_device_unbind(dev->idev);
	dev->idev = NULL;
	dev->bound_id = 0;
	dev->user = NULL;
}
