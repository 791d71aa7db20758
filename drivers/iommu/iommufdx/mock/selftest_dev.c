// SPDX-License-Identifier: GPL-2.0-only
/* Test operations on mock devices. */
#include <linux/slab.h>
#include <linux/iommufdx/fault.h>

#include "core/device.h"
#include "core/hwpt.h"
#include "core/guest/viommu.h"
#include "selftest_mock.h"

/**
 * struct selftest_stdev - the object that a mock device comes with
 * @ext: head
 * @dev: the device
 * @idev: the device, bound
 * @lock: one change of attachments at a time
 * @pasids: PASIDs that are attached
 */
struct selftest_stdev {
	struct fdx_ext_object ext;
	struct selftest_dev *dev;
	struct iommufdx_device *idev;
	struct mutex lock;
	struct xarray pasids;
};

/* Also takes apart what was not made completely. */
static void selftest_stdev_destroy(struct fdx_ext_object *ext)
{
	struct selftest_stdev *stdev =
		container_of(ext, struct selftest_stdev, ext);
	unsigned long pasid;
	void *entry;

	if (stdev->idev) {
		xa_for_each(&stdev->pasids, pasid, entry)
			iommufdx_device_detach(stdev->idev, pasid);
		iommufdx_device_detach(stdev->idev, IOMMUFDX_NO_PASID);
		iommufdx_device_unbind(stdev->idev);
	}
	if (stdev->dev)
		selftest_dev_destroy(stdev->dev);
	xa_destroy(&stdev->pasids);
	mutex_destroy(&stdev->lock);
}

static struct selftest_stdev *selftest_stdev_get(struct fdx_ucmd *ucmd, u32 id)
{
	struct fdx_ext_object *ext;
	struct fdx_object *obj;

	obj = fdx_get_object(ucmd->ictx, id, FDX_OBJ_EXTENSION);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	ext = container_of(obj, struct fdx_ext_object, obj);
	if (ext->destroy != selftest_stdev_destroy) {
		fdx_put_object(ucmd->ictx, obj);
		return ERR_PTR(-ENOENT);
	}
	return container_of(ext, struct selftest_stdev, ext);
}

static void selftest_stdev_put(struct fdx_ucmd *ucmd,
			       struct selftest_stdev *stdev)
{
	fdx_put_object(ucmd->ictx, &stdev->ext.obj);
}

static int selftest_stdev_setup(struct fdx_ucmd *ucmd,
				struct selftest_stdev *stdev, u32 flags)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufdx_device *idev;
	struct selftest_dev *dev;
	u32 pt_id = cmd->id;
	u32 idev_id;
	int rc;

	dev = selftest_dev_create(flags);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	stdev->dev = dev;
	idev = fdx_device_bind_owned(ucmd->ictx, dev->master, &idev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	stdev->idev = idev;
	rc = iommufdx_device_attach(idev, IOMMUFDX_NO_PASID, &pt_id);
	if (rc)
		return rc;

	cmd->mock_domain_flags.out_stdev_id = stdev->ext.obj.id;
	cmd->mock_domain_flags.out_hwpt_id = pt_id;
	cmd->mock_domain_flags.out_idev_id = idev_id;
	return fdx_ucmd_respond(ucmd, sizeof(*cmd));
}

/* A device, bound, and attached to the IOAS or HWPT that the command names. */
static int selftest_stdev_create(struct fdx_ucmd *ucmd, u32 flags)
{
	struct selftest_stdev *stdev;
	struct fdx_ext_object *ext;
	int rc;

	ext = fdx_ext_object_alloc(ucmd->ictx, sizeof(*stdev), THIS_MODULE,
				   selftest_stdev_destroy);
	if (IS_ERR(ext))
		return PTR_ERR(ext);
	stdev = container_of(ext, struct selftest_stdev, ext);
	mutex_init(&stdev->lock);
	xa_init(&stdev->pasids);

	rc = selftest_stdev_setup(ucmd, stdev, flags);
	if (rc)
		fdx_object_abort(ucmd->ictx, &ext->obj);
	else
		fdx_object_finalize(ucmd->ictx, &ext->obj);
	return rc;
}

int selftest_mock_domain(struct fdx_ucmd *ucmd)
{
	return selftest_stdev_create(ucmd, 0);
}

int selftest_mock_domain_flags(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;

	return selftest_stdev_create(ucmd, cmd->mock_domain_flags.dev_flags);
}

int selftest_mock_domain_replace(struct fdx_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_stdev *stdev;
	int rc;

	stdev = selftest_stdev_get(ucmd, cmd->id);
	if (IS_ERR(stdev))
		return PTR_ERR(stdev);
	rc = iommufdx_device_replace(stdev->idev, IOMMUFDX_NO_PASID,
				     &cmd->mock_domain_replace.pt_id);
	if (!rc)
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	selftest_stdev_put(ucmd, stdev);
	return rc;
}

/* --------------------------------------------------------------------- PASIDs */

static int selftest_do_attach(struct selftest_stdev *stdev, u32 pasid,
			      u32 *pt_id)
{
	int rc;

	lockdep_assert_held(&stdev->lock);

	rc = xa_reserve(&stdev->pasids, pasid, GFP_KERNEL_ACCOUNT);
	if (rc)
		return rc;
	rc = iommufdx_device_attach(stdev->idev, pasid, pt_id);
	if (rc)
		xa_release(&stdev->pasids, pasid);
	else
		xa_store(&stdev->pasids, pasid, xa_mk_value(1), GFP_KERNEL);
	return rc;
}

static void selftest_do_detach(struct selftest_stdev *stdev, u32 pasid)
{
	lockdep_assert_held(&stdev->lock);

	iommufdx_device_detach(stdev->idev, pasid);
	xa_erase(&stdev->pasids, pasid);
}

int selftest_pasid_attach(struct fdx_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_stdev *stdev;
	int rc;

	stdev = selftest_stdev_get(ucmd, cmd->id);
	if (IS_ERR(stdev))
		return PTR_ERR(stdev);
	mutex_lock(&stdev->lock);
	rc = selftest_do_attach(stdev, cmd->pasid_attach.pasid,
				&cmd->pasid_attach.pt_id);
	if (!rc) {
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
		if (rc)
			selftest_do_detach(stdev, cmd->pasid_attach.pasid);
	}
	mutex_unlock(&stdev->lock);
	selftest_stdev_put(ucmd, stdev);
	return rc;
}

int selftest_pasid_replace(struct fdx_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_stdev *stdev;
	int rc;

	stdev = selftest_stdev_get(ucmd, cmd->id);
	if (IS_ERR(stdev))
		return PTR_ERR(stdev);
	mutex_lock(&stdev->lock);
	rc = iommufdx_device_replace(stdev->idev, cmd->pasid_replace.pasid,
				     &cmd->pasid_replace.pt_id);
	mutex_unlock(&stdev->lock);
	if (!rc)
		rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	selftest_stdev_put(ucmd, stdev);
	return rc;
}

int selftest_pasid_detach(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_stdev *stdev;

	stdev = selftest_stdev_get(ucmd, cmd->id);
	if (IS_ERR(stdev))
		return PTR_ERR(stdev);
	mutex_lock(&stdev->lock);
	selftest_do_detach(stdev, cmd->pasid_detach.pasid);
	mutex_unlock(&stdev->lock);
	selftest_stdev_put(ucmd, stdev);
	return 0;
}

/* Is @pasid attached to the HWPT, or to none for 0? */
static int selftest_check_pasid(struct fdx_ucmd *ucmd,
				struct iommufdx_group *group, u32 pasid,
				u32 hwpt_id)
{
	struct fdx_attachment *att;
	struct fdx_object *obj;
	struct fdx_hwpt *hwpt;

	mutex_lock(&group->lock);
	att = xa_load(&group->attached, pasid);
	hwpt = att ? att->hwpt : NULL;
	mutex_unlock(&group->lock);
	if (!hwpt_id)
		return hwpt ? -EINVAL : 0;

	obj = fdx_get_object(ucmd->ictx, hwpt_id, FDX_OBJ_ANY);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	fdx_put_object(ucmd->ictx, obj);
	return hwpt && obj == &hwpt->obj ? 0 : -EINVAL;
}

int selftest_pasid_check_hwpt(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct selftest_stdev *stdev;
	int rc;

	stdev = selftest_stdev_get(ucmd, cmd->id);
	if (IS_ERR(stdev))
		return PTR_ERR(stdev);
	rc = selftest_check_pasid(ucmd, stdev->idev->group,
				  cmd->pasid_check.pasid,
				  cmd->pasid_check.hwpt_id);
	selftest_stdev_put(ucmd, stdev);
	return rc;
}

/* ---------------------------------------------------- what a device's idev does */

/* A mock device's idev, held. -EINVAL for another backend's. */
static struct iommufdx_device *selftest_idev_get(struct fdx_ucmd *ucmd, u32 id)
{
	struct iommufdx_device *idev = fdx_get_device(ucmd, id);

	if (IS_ERR(idev) || selftest_dev(idev->master))
		return idev;
	fdx_put_object(ucmd->ictx, &idev->obj);
	return ERR_PTR(-EINVAL);
}

int selftest_trigger_iopf(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufdx_page_request req = {
		.flags = IOMMUFDX_PAGE_LAST,
		.pasid = cmd->trigger_iopf.pasid,
		.grpid = cmd->trigger_iopf.grpid,
		.perm = cmd->trigger_iopf.perm,
		.addr = cmd->trigger_iopf.addr,
	};
	struct iommufdx_device *idev;

	idev = selftest_idev_get(ucmd, cmd->trigger_iopf.dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	if (req.pasid != IOMMUFDX_NO_PASID)
		req.flags |= IOMMUFDX_PAGE_PASID_VALID;
	/* A device learns of failure by the answer to its request. */
	iommufdx_report_page_request(idev->master, &req);
	fdx_put_object(ucmd->ictx, &idev->obj);
	return 0;
}

int selftest_trigger_vevent(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommu_viommu_event_selftest event = {};
	struct iommufdx_device *idev;
	struct selftest_dev *dev;
	int rc = -ENOENT;

	idev = selftest_idev_get(ucmd, cmd->trigger_vevent.dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	dev = selftest_dev(idev->master);

	/* The lock keeps the device in its nested domain, which holds the vIOMMU. */
	down_read(&dev->lock);
	if (dev->viommu && dev->virt_id) {
		event.virt_id = dev->virt_id;
		rc = iommufdx_viommu_report_event(dev->viommu,
						  IOMMU_VEVENTQ_TYPE_SELFTEST,
						  &event, sizeof(event));
	}
	up_read(&dev->lock);
	fdx_put_object(ucmd->ictx, &idev->obj);
	return rc;
}

int selftest_dev_check_cache(struct fdx_ucmd *ucmd)
{
	const struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufdx_device *idev;
	struct selftest_dev *dev;
	int rc = 0;

	idev = selftest_idev_get(ucmd, cmd->id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	dev = selftest_dev(idev->master);
	if (cmd->check_dev_cache.id >= MOCK_DEV_CACHE_NUM ||
	    dev->cache[cmd->check_dev_cache.id] != cmd->check_dev_cache.cache)
		rc = -EINVAL;
	fdx_put_object(ucmd->ictx, &idev->obj);
	return rc;
}
