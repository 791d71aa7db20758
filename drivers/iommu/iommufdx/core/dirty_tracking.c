// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls of a HWPT's dirty tracking: switch it, read it. */
#include <uapi/linux/iommufd.h>

#include "dirty.h"
#include "hwpt.h"
#include "ioas.h"

/*
 * Switching on starts clean: bits left from an earlier period are cleared and
 * flushed before hardware may set new ones. Switching off leaves the bits as
 * they are; nothing reads them until the next start.
 */
static int fdx_hwpt_switch_tracking(struct fdx_hwpt_paging *hwpt, bool enable)
{
	struct iommufdx_domain *domain = hwpt->common.domain;
	int rc;

	lockdep_assert_held_write(&hwpt->ioas->dirty_rwsem);

	if (enable) {
		rc = fdx_ioas_clear_dirty(hwpt->ioas, domain);
		if (rc)
			return rc;
		fdx_debt_clear(&hwpt->debt);
	}
	if (domain->ops->set_dirty_tracking) {
		rc = domain->ops->set_dirty_tracking(domain, enable);
		if (rc)
			return rc;
	}
	hwpt->tracking = enable;
	return 0;
}

int fdx_hwpt_set_dirty_tracking(struct fdx_ucmd *ucmd)
{
	struct iommu_hwpt_set_dirty_tracking *cmd = ucmd->cmd;
	struct fdx_hwpt_paging *hwpt;
	int rc;

	if (cmd->flags & ~IOMMU_HWPT_DIRTY_TRACKING_ENABLE)
		return -EOPNOTSUPP;

	hwpt = fdx_get_hwpt_paging(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (!hwpt->dirty_capable) {
		rc = -EOPNOTSUPP;
		goto out_put;
	}

	down_write(&hwpt->ioas->dirty_rwsem);
	rc = fdx_hwpt_switch_tracking(hwpt, cmd->flags &
				      IOMMU_HWPT_DIRTY_TRACKING_ENABLE);
	up_write(&hwpt->ioas->dirty_rwsem);
out_put:
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}

int fdx_hwpt_get_dirty_bitmap(struct fdx_ucmd *ucmd)
{
	struct iommu_hwpt_get_dirty_bitmap *cmd = ucmd->cmd;
	struct fdx_dirty_bitmap bm;
	struct fdx_hwpt_paging *hwpt;
	unsigned int flags = 0;
	int rc;

	if ((cmd->flags & ~IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR) ||
	    cmd->__reserved)
		return -EOPNOTSUPP;
	if (cmd->flags & IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)
		flags |= PGTABLE_DIRTY_NO_CLEAR;

	hwpt = fdx_get_hwpt_paging(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (!hwpt->dirty_capable) {
		rc = -EOPNOTSUPP;
		goto out_put;
	}

	rc = fdx_dirty_bitmap_init(&bm, cmd->iova, cmd->length, cmd->page_size,
				   cmd->data);
	if (rc)
		goto out_put;
	down_read(&hwpt->ioas->dirty_rwsem);
	if (hwpt->tracking)
		rc = fdx_ioas_read_dirty(hwpt->ioas, hwpt->common.domain,
					 &hwpt->debt, flags, &bm);
	else
		rc = -EINVAL;
	up_read(&hwpt->ioas->dirty_rwsem);
	fdx_dirty_bitmap_release(&bm);
out_put:
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}
