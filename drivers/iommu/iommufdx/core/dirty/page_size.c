// SPDX-License-Identifier: GPL-2.0-only
/* IOMMUFDX_HWPT_SET_PAGE_SIZE: what the user said, and what is answered. */
#include <linux/log2.h>
#include <linux/overflow.h>
#include <uapi/linux/iommufdx.h>

#include "core/hwpt.h"
#include "core/ioas.h"
#include "page_size.h"
#include "core/shadow/shadow.h"

#define CHANGES	(IOMMUFDX_PAGE_SIZE_SPLIT | IOMMUFDX_PAGE_SIZE_MERGE)

static int check_page_size(const struct iommufdx_hwpt_set_page_size *cmd,
			   struct fdx_page_size *size)
{
	if (cmd->flags & ~(CHANGES | IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS))
		return -EOPNOTSUPP;
	if (!cmd->length || (cmd->flags & CHANGES) == CHANGES)
		return -EINVAL;
	if (cmd->flags & CHANGES ? !is_power_of_2(cmd->page_size) :
				   cmd->flags || cmd->page_size)
		return -EINVAL;
	if (check_add_overflow(cmd->iova, cmd->length - 1, &size->last))
		return -EOVERFLOW;
	size->iova = cmd->iova;
	if (cmd->flags & IOMMUFDX_PAGE_SIZE_SPLIT)
		size->split = cmd->page_size;
	if (cmd->flags & IOMMUFDX_PAGE_SIZE_MERGE)
		size->merge = cmd->page_size;
	size->accept_faults = cmd->flags & IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS;
	return 0;
}

int fdx_hwpt_set_page_size(struct fdx_ucmd *ucmd)
{
	struct iommufdx_hwpt_set_page_size *cmd = ucmd->cmd;
	struct fdx_page_size size = {};
	struct fdx_hwpt_paging *hwpt;
	struct pgtable *pt;
	u64 smallest;
	bool live;
	int rc;

	rc = check_page_size(cmd, &size);
	if (rc)
		return rc;
	hwpt = fdx_get_hwpt_paging(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	pt = &hwpt->common.domain->pt;
	smallest = 1ULL << __ffs64(pt->page_sizes);
	if (((size.iova | (size.last + 1)) & (smallest - 1)) ||
	    (size.split && size.split < smallest)) {
		rc = -EINVAL;
		goto out_put;
	}

	size.debt = &hwpt->debt;
	size.parent = hwpt;
	live = fdx_page_size_live(pt) && fdx_shadows_live(hwpt);
	rc = fdx_ioas_set_page_size(hwpt->ioas, hwpt->common.domain, &size);
	cmd->iova += size.done;
	cmd->length -= size.done;
	cmd->out_flags = live ? IOMMUFDX_PAGE_SIZE_LIVE : 0;
	cmd->out_smallest = size.smallest;
	cmd->out_largest = size.largest;
	if (fdx_ucmd_respond(ucmd, sizeof(*cmd)))
		rc = -EFAULT;
out_put:
	fdx_put_object(ucmd->ictx, &hwpt->common.obj);
	return rc;
}
