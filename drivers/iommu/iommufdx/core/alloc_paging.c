// SPDX-License-Identifier: GPL-2.0-only
/* IOMMUFDX_HWPT_ALLOC_PAGING: a HWPT by what it must be able to do. */
#include <uapi/linux/iommufdx.h>

#include "device.h"
#include "hwpt.h"
#include "ioas.h"

static_assert((int)IOMMUFDX_FORMAT_ANY == (int)PGTABLE_ANY);
static_assert((int)IOMMUFDX_FORMAT_AMDV1 == (int)PGTABLE_AMDV1);
static_assert((int)IOMMUFDX_FORMAT_X86_64 == (int)PGTABLE_X86_64);
static_assert((int)IOMMUFDX_FORMAT_VTDSS == (int)PGTABLE_VTDSS);
static_assert((int)IOMMUFDX_FORMAT_ARMV8_S1 == (int)PGTABLE_ARMV8_S1);
static_assert((int)IOMMUFDX_FORMAT_ARMV8_S2 == (int)PGTABLE_ARMV8_S2);

static_assert(IOMMUFDX_HWPT_NEST_PARENT == IOMMUFDX_DOMAIN_NEST_PARENT);
static_assert(IOMMUFDX_HWPT_DIRTY_TRACKING == IOMMUFDX_DOMAIN_DIRTY);
static_assert(IOMMUFDX_HWPT_PASID == IOMMUFDX_DOMAIN_PASID);
static_assert(IOMMUFDX_HWPT_NO_PASID == IOMMUFDX_DOMAIN_NO_PASID);

#define DOMAIN_FLAGS (IOMMUFDX_HWPT_NEST_PARENT | IOMMUFDX_HWPT_DIRTY_TRACKING | \
		      IOMMUFDX_HWPT_PASID | IOMMUFDX_HWPT_NO_PASID)

static const struct {
	u32 user;
	u32 quirk;
} paging_quirks[] = {
	{ IOMMUFDX_HWPT_ENFORCE_SNOOP, PGTABLE_QUIRK_ENFORCE_SNOOP },
	{ IOMMUFDX_HWPT_NONCOHERENT_WALK, PGTABLE_QUIRK_NONCOHERENT },
};

u32 fdx_quirks_to_user(u32 quirks)
{
	u32 user = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(paging_quirks); i++)
		if (quirks & paging_quirks[i].quirk)
			user |= paging_quirks[i].user;
	return user;
}

u32 fdx_format_to_user(enum pgtable_format format)
{
	return format > PGTABLE_ARMV8_S2 ? IOMMUFDX_FORMAT_ANY : format;
}

int fdx_request_from_user(u32 flags, u32 format, u32 va_bits, u32 quirks,
			  struct iommufdx_domain_req *req)
{
	int i;

	if ((flags & ~DOMAIN_FLAGS) || format > IOMMUFDX_FORMAT_ARMV8_S2)
		return -EOPNOTSUPP;
	for (i = 0; i < ARRAY_SIZE(paging_quirks); i++) {
		if (quirks & paging_quirks[i].user)
			req->quirks |= paging_quirks[i].quirk;
		quirks &= ~paging_quirks[i].user;
	}
	if (quirks)
		return -EOPNOTSUPP;
	if (va_bits > 64 || ((flags & IOMMUFDX_HWPT_PASID) &&
			     (flags & IOMMUFDX_HWPT_NO_PASID)))
		return -EINVAL;
	req->flags = flags;
	req->format = format;
	req->va_bits = va_bits;
	return 0;
}

static int paging_request(const struct iommufdx_hwpt_alloc_paging *cmd,
			  struct iommufdx_domain_req *req)
{
	/* Requests of a nested child go to the child's queue. */
	if ((cmd->flags & IOMMUFDX_HWPT_FAULT_ID_VALID) &&
	    (cmd->flags & IOMMUFDX_HWPT_NEST_PARENT))
		return -EOPNOTSUPP;
	req->page_sizes = cmd->page_sizes;
	return fdx_request_from_user(cmd->flags & ~IOMMUFDX_HWPT_FAULT_ID_VALID,
				     cmd->format, cmd->va_bits, cmd->quirks,
				     req);
}

static int paging_answer(struct fdx_ucmd *ucmd, struct fdx_hwpt *hwpt)
{
	struct iommufdx_hwpt_alloc_paging *cmd = ucmd->cmd;
	const struct iommufdx_domain *domain = hwpt->domain;
	u32 flags = domain->flags;
	int rc;

	if (cmd->flags & IOMMUFDX_HWPT_FAULT_ID_VALID) {
		rc = fdx_hwpt_take_fault(ucmd->ictx, hwpt, cmd->fault_id);
		if (rc)
			return rc;
		flags &= ~IOMMUFDX_HWPT_NEST_PARENT;
	}
	fdx_hwpt_paging_grant(fdx_hwpt_base(hwpt), flags);
	cmd->out_hwpt_id = hwpt->obj.id;
	cmd->out_format = domain->pt.ops->format;
	cmd->out_va_bits = fls64(domain->aperture_last);
	cmd->out_flags = flags;
	cmd->out_page_sizes = domain->pt.page_sizes;
	return fdx_ucmd_respond(ucmd, sizeof(*cmd));
}

int fdx_hwpt_alloc_paging_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommufdx_hwpt_alloc_paging *cmd = ucmd->cmd;
	struct iommufdx_domain_req req = {};
	struct iommufdx_device *idev;
	struct fdx_ioas *ioas;
	int rc;

	rc = paging_request(cmd, &req);
	if (rc)
		return rc;
	idev = fdx_get_device(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas)) {
		rc = PTR_ERR(ioas);
		goto out_put;
	}
	rc = fdx_hwpt_paging_make(ucmd, ioas, idev, &req, paging_answer);
	fdx_put_object(ucmd->ictx, &ioas->obj);
out_put:
	fdx_put_object(ucmd->ictx, &idev->obj);
	return rc;
}
