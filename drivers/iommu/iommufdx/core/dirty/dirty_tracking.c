// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls of a HWPT's dirty tracking: switch it, read it, its options. */
#include <linux/log2.h>
#include <uapi/linux/iommufdx.h>

#include "dirty.h"
#include "core/hwpt.h"
#include "core/ioas.h"
#include "page_size.h"
#include "core/shadow/shadow.h"

/*
 * From now on map no leaf larger than @size, 0 for no limit. What is being mapped
 * meanwhile is done, and ready, when this returns.
 */
static void limit_leaves(struct fdx_hwpt_paging *hwpt, u64 size)
{
	down_write(&hwpt->ioas->domains_rwsem);
	hwpt->common.domain->max_leaf = size;
	up_write(&hwpt->ioas->domains_rwsem);
}

/* Have no leaf larger than @size, 0 for as it comes. */
static int split_leaves(struct fdx_hwpt_paging *hwpt, u64 size)
{
	struct iommufdx_domain *domain = hwpt->common.domain;
	struct fdx_page_size split = {
		.iova = domain->aperture_first,
		.last = domain->aperture_last,
		.split = size,
		.whole = true,
		.debt = &hwpt->debt,
	};

	if (domain->max_leaf != size)
		limit_leaves(hwpt, size);
	return size ? fdx_ioas_set_page_size(hwpt->ioas, domain, &split) : 0;
}

static int switch_off(struct fdx_hwpt_paging *hwpt)
{
	struct iommufdx_domain *domain = hwpt->common.domain;
	int rc = 0;

	if (domain->ops->set_dirty_tracking)
		rc = domain->ops->set_dirty_tracking(domain, false);
	if (rc)
		return rc;
	/* One whose hardware goes on is no harm: the next start clears it. */
	fdx_shadows_switch_tracking(hwpt, false);
	if (domain->max_leaf)
		limit_leaves(hwpt, 0);
	return 0;
}

static int start_tracking(struct fdx_hwpt_paging *hwpt)
{
	struct iommufdx_domain *domain = hwpt->common.domain;
	int rc;

	rc = split_leaves(hwpt, READ_ONCE(hwpt->dirty_page_size));
	/* The flush makes up for what is stale; nobody reads meanwhile. */
	if (!rc)
		fdx_debt_clear(&hwpt->debt);
	if (!rc)
		rc = fdx_ioas_clear_dirty(hwpt->ioas, domain);
	if (!rc && domain->ops->set_dirty_tracking)
		rc = domain->ops->set_dirty_tracking(domain, true);
	if (!rc)
		rc = fdx_shadows_switch_tracking(hwpt, true);
	if (rc && !hwpt->tracking)
		switch_off(hwpt);
	else if (rc)
		/* What was dirty has become clean, or may be written unseen. */
		fdx_debt_stale(&hwpt->debt, 0, U64_MAX);
	return rc;
}

/*
 * Switching on starts clean: bits left from an earlier period are cleared and
 * flushed before hardware may set new ones. Switching off leaves the bits as
 * they are; nothing reads them until the next start.
 */
int fdx_hwpt_switch_tracking(struct fdx_hwpt_paging *hwpt, bool enable)
{
	int rc;

	lockdep_assert_held_write(&hwpt->ioas->dirty_rwsem);

	rc = enable ? start_tracking(hwpt) : switch_off(hwpt);
	if (!rc)
		hwpt->tracking = enable;
	return rc;
}

/* A HWPT that can track, held; -ENOENT, -EOPNOTSUPP. */
static struct fdx_hwpt_paging *get_dirty_capable(struct iommufdx_ctx *ictx,
						 u32 id)
{
	struct fdx_hwpt_paging *hwpt = fdx_get_hwpt_paging(ictx, id);

	if (IS_ERR(hwpt) || hwpt->dirty_capable)
		return hwpt;
	fdx_put_object(ictx, &hwpt->common.obj);
	return ERR_PTR(-EOPNOTSUPP);
}

int fdx_hwpt_set_dirty_tracking(struct fdx_ucmd *ucmd)
{
	struct iommu_hwpt_set_dirty_tracking *cmd = ucmd->cmd;
	struct fdx_hwpt_paging *hwpt;
	int rc;

	if (cmd->flags & ~IOMMU_HWPT_DIRTY_TRACKING_ENABLE)
		return -EOPNOTSUPP;

	hwpt = get_dirty_capable(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	down_write(&hwpt->ioas->dirty_rwsem);
	rc = fdx_hwpt_switch_tracking(hwpt, cmd->flags &
				      IOMMU_HWPT_DIRTY_TRACKING_ENABLE);
	up_write(&hwpt->ioas->dirty_rwsem);
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}

static int read_own_dirty(struct fdx_hwpt_paging *hwpt, unsigned int flags,
			  struct fdx_dirty_bitmap *bm)
{
	struct iommufdx_domain *domain = hwpt->common.domain;
	int rc;

	if (!READ_ONCE(hwpt->dirty_skip))
		return fdx_ioas_read_dirty(hwpt->ioas, domain, &hwpt->debt,
					   flags, bm);
	/* One read's marks are no business of another's. */
	mutex_lock(&hwpt->skip_lock);
	rc = fdx_ioas_read_dirty(hwpt->ioas, domain, &hwpt->debt,
				 flags | PGTABLE_DIRTY_TOUCHED, bm);
	mutex_unlock(&hwpt->skip_lock);
	return rc;
}

int fdx_hwpt_read_dirty(struct fdx_hwpt_paging *hwpt, unsigned int flags,
			struct fdx_dirty_bitmap *bm)
{
	bool keep = flags & PGTABLE_DIRTY_NO_CLEAR;
	int rc;

	rc = fdx_shadows_read_dirty(hwpt, bm->iova, bm->last);
	if (!rc)
		rc = read_own_dirty(hwpt, flags, bm);
	if (rc)
		return rc;
	rc = fdx_shadows_report(hwpt, keep, bm);
	/* What was cleared was reported to somebody who is told that it failed. */
	if (rc && !keep)
		fdx_debt_written(&hwpt->debt, bm->iova, bm->last);
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

	hwpt = get_dirty_capable(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	rc = fdx_dirty_bitmap_init(&bm, cmd->iova, cmd->length, cmd->page_size,
				   cmd->data);
	if (rc)
		goto out_put;
	down_read(&hwpt->ioas->dirty_rwsem);
	rc = hwpt->tracking ? fdx_hwpt_read_dirty(hwpt, flags, &bm) : -EINVAL;
	up_read(&hwpt->ioas->dirty_rwsem);
	fdx_dirty_bitmap_release(&bm);
out_put:
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}

/* ------------------------------------------------------------------- options */

static int option_page_size(struct fdx_hwpt_paging *hwpt,
			    struct iommu_option *cmd)
{
	const struct pgtable *pt = &hwpt->common.domain->pt;

	if (cmd->op == IOMMU_OPTION_OP_GET) {
		cmd->val64 = READ_ONCE(hwpt->dirty_page_size);
		return 0;
	}
	if (cmd->val64 && !fdx_page_size_live(pt))
		return -EOPNOTSUPP;
	if (cmd->val64 && (!is_power_of_2(cmd->val64) ||
			   cmd->val64 < 1ULL << __ffs64(pt->page_sizes)))
		return -EINVAL;
	WRITE_ONCE(hwpt->dirty_page_size, cmd->val64);
	return 0;
}

static int option_skip(struct fdx_hwpt_paging *hwpt, struct iommu_option *cmd)
{
	if (cmd->op == IOMMU_OPTION_OP_GET) {
		cmd->val64 = READ_ONCE(hwpt->dirty_skip);
		return 0;
	}
	if (cmd->val64 > 1)
		return -EINVAL;
	if (cmd->val64 && !hwpt->common.domain->pt.ops->untouch)
		return -EOPNOTSUPP;
	WRITE_ONCE(hwpt->dirty_skip, cmd->val64);
	return 0;
}

int fdx_hwpt_option(struct fdx_ucmd *ucmd)
{
	struct iommu_option *cmd = ucmd->cmd;
	struct fdx_hwpt_paging *hwpt;
	int rc;

	if (cmd->op != IOMMU_OPTION_OP_GET && cmd->op != IOMMU_OPTION_OP_SET)
		return -EOPNOTSUPP;
	hwpt = get_dirty_capable(ucmd->ictx, cmd->object_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (cmd->option_id == IOMMUFDX_OPTION_DIRTY_PAGE_SIZE)
		rc = option_page_size(hwpt, cmd);
	else
		rc = option_skip(hwpt, cmd);
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}
