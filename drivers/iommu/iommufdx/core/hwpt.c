// SPDX-License-Identifier: GPL-2.0-only
/* HWPTs: making and destroying hardware page tables. */
#include <linux/overflow.h>
#include <linux/slab.h>
#include <uapi/linux/iommufdx.h>
#include "device.h"
#include "domain.h"
#include "eventq.h"
#include "hwpt.h"
#include "ioas.h"
#include "core/shadow/shadow.h"
#include "core/guest/viommu.h"

void fdx_hwpt_paging_destroy(struct fdx_object *obj)
{
	struct fdx_hwpt_paging *hwpt =
		container_of(obj, struct fdx_hwpt_paging, common.obj);
	struct fdx_ioas *ioas = hwpt->ioas;

	fdx_table_file_remove(hwpt);
	/* One that came after VFIO's start may have been written through, too. */
	if (hwpt->tracking ||
	    (!list_empty(&hwpt->node) && READ_ONCE(ioas->vfio_tracking)))
		WRITE_ONCE(ioas->vfio_lost, true);
	if (!list_empty(&hwpt->node)) {
		mutex_lock(&ioas->hwpt_lock);
		list_del(&hwpt->node);
		mutex_unlock(&ioas->hwpt_lock);
		fdx_ioas_remove_domain(ioas, hwpt->common.domain);
	}
	fdx_domain_free(hwpt->common.domain);
	down_write(&ioas->domains_rwsem);
	list_del(&hwpt->debt.node);
	list_del(&hwpt->saved.node);
	up_write(&ioas->domains_rwsem);
	fdx_debt_clear(&hwpt->debt);
	fdx_saved_destroy(&hwpt->saved);
	fdx_hwpt_drop_fault(&hwpt->common);
	refcount_dec(&ioas->obj.users);
}

void fdx_hwpt_paging_abort(struct iommufdx_ctx *ictx,
			   struct fdx_hwpt_paging *hwpt)
{
	lockdep_assert_held(&hwpt->ioas->hwpt_lock);

	if (!list_empty(&hwpt->node)) {
		list_del_init(&hwpt->node);
		fdx_ioas_remove_domain(hwpt->ioas, hwpt->common.domain);
	}
	fdx_object_abort(ictx, &hwpt->common.obj);
}

void fdx_hwpt_put(struct iommufdx_ctx *ictx, struct fdx_hwpt *hwpt)
{
	if (hwpt->obj.type == FDX_OBJ_HWPT_PAGING &&
	    to_hwpt_paging(hwpt)->auto_domain) {
		lockdep_assert_not_held(&to_hwpt_paging(hwpt)->ioas->hwpt_lock);
		fdx_object_try_destroy(ictx, &hwpt->obj, hwpt->obj.id);
	} else {
		refcount_dec(&hwpt->obj.users);
	}
}

u32 fdx_domain_quirks(const struct iommufdx_master *master)
{
	return master->caps & IOMMUFDX_CAP_ENFORCE_CACHE_COHERENCY ?
	       PGTABLE_QUIRK_ENFORCE_SNOOP : 0;
}

struct iommufdx_domain *
fdx_domain_alloc_as_wide(struct iommufdx_master *master, unsigned int va_bits,
			 u32 flags, u32 quirks)
{
	struct iommufdx_domain_req req = {
		.flags = flags,
		.va_bits = va_bits,
		.quirks = fdx_domain_quirks(master) | quirks,
	};
	struct iommufdx_domain *domain;

	domain = fdx_domain_alloc(master, &req);
	if (domain != ERR_PTR(-EOPNOTSUPP))
		return domain;
	req.va_bits = 0;
	return fdx_domain_alloc(master, &req);
}

unsigned int fdx_domain_offers(struct iommufdx_master *master,
			       struct iommufdx_domain_offer *offers)
{
	const struct iommufdx_iommu_ops *ops = master->iommu->ops;
	unsigned int i, nr;

	memset(offers, 0, IOMMUFDX_MAX_OFFERS * sizeof(*offers));
	nr = ops->domain_offers ? ops->domain_offers(master, offers) : 0;
	for (i = 0; i < nr; i++) {
		offers[i].made_with |= fdx_domain_quirks(master);
		if (!(master->caps & IOMMUFDX_CAP_DIRTY))
			offers[i].flags &= ~IOMMUFDX_DOMAIN_DIRTY;
	}
	return nr;
}

void fdx_hwpt_paging_grant(struct fdx_hwpt_paging *hwpt, u32 flags)
{
	hwpt->nest_parent = flags & IOMMUFDX_DOMAIN_NEST_PARENT;
	hwpt->dirty_capable = flags & IOMMUFDX_DOMAIN_DIRTY;
	hwpt->common.pasid_compat = flags & IOMMUFDX_DOMAIN_PASID;
}

struct fdx_hwpt_paging *
fdx_hwpt_paging_alloc(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
		      struct iommufdx_device *idev,
		      const struct iommufdx_domain_req *req)
{
	struct iommufdx_domain_req full = *req;
	struct iommufdx_master *master = idev->master;
	struct iommufdx_domain *domain;
	struct fdx_hwpt_paging *hwpt;
	struct fdx_object *obj;
	int rc;

	lockdep_assert_held(&ioas->hwpt_lock);

	full.quirks |= fdx_domain_quirks(master);
	if ((req->flags & IOMMUFDX_DOMAIN_DIRTY) &&
	    !(master->caps & IOMMUFDX_CAP_DIRTY))
		return ERR_PTR(-EOPNOTSUPP);

	obj = fdx_object_alloc(ictx, sizeof(*hwpt), FDX_OBJ_HWPT_PAGING);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	hwpt = container_of(obj, struct fdx_hwpt_paging, common.obj);
	INIT_LIST_HEAD(&hwpt->node);
	fdx_debt_init(&hwpt->debt);
	fdx_saved_init(&hwpt->saved);
	mutex_init(&hwpt->skip_lock);
	refcount_inc(&ioas->obj.users);
	hwpt->ioas = ioas;
	fdx_hwpt_paging_grant(hwpt, req->flags);

	domain = fdx_domain_alloc(master, &full);
	if (IS_ERR(domain)) {
		rc = PTR_ERR(domain);
		goto err_abort;
	}
	hwpt->common.domain = domain;

	/* Of the sizes allowed none is small enough to map a page. */
	if (req->page_sizes && __ffs64(domain->pt.page_sizes) > PAGE_SHIFT) {
		rc = -EOPNOTSUPP;
		goto err_abort;
	}
	rc = fdx_ioas_add_domain(ioas, domain);
	if (rc)
		goto err_abort;
	list_add_tail(&hwpt->node, &ioas->hwpt_list);
	down_write(&ioas->domains_rwsem);
	list_add(&hwpt->debt.node, &ioas->debts);
	up_write(&ioas->domains_rwsem);
	fdx_table_file_add(hwpt);
	return hwpt;

err_abort:
	fdx_hwpt_paging_abort(ictx, hwpt);
	return ERR_PTR(rc);
}

int fdx_hwpt_paging_make(struct fdx_ucmd *ucmd, struct fdx_ioas *ioas,
			 struct iommufdx_device *idev,
			 const struct iommufdx_domain_req *req,
			 int (*answer)(struct fdx_ucmd *, struct fdx_hwpt *))
{
	struct fdx_hwpt_paging *hwpt;
	int rc;

	mutex_lock(&ioas->hwpt_lock);
	hwpt = fdx_hwpt_paging_alloc(ucmd->ictx, ioas, idev, req);
	if (IS_ERR(hwpt)) {
		rc = PTR_ERR(hwpt);
		goto out_unlock;
	}
	rc = answer(ucmd, &hwpt->common);
	if (rc)
		fdx_hwpt_paging_abort(ucmd->ictx, hwpt);
	else
		fdx_object_finalize(ucmd->ictx, &hwpt->common.obj);
out_unlock:
	mutex_unlock(&ioas->hwpt_lock);
	return rc;
}

struct fdx_hwpt_paging *fdx_get_hwpt_paging(struct iommufdx_ctx *ictx, u32 id)
{
	struct fdx_object *obj = fdx_get_object(ictx, id, FDX_OBJ_HWPT_PAGING);

	return IS_ERR(obj) ? ERR_CAST(obj) :
			     container_of(obj, struct fdx_hwpt_paging,
					  common.obj);
}

struct fdx_hwpt_paging *fdx_hwpt_base(struct fdx_hwpt *hwpt)
{
	if (hwpt->obj.type == FDX_OBJ_HWPT_NESTED)
		return container_of(hwpt, struct fdx_hwpt_nested,
				    common)->parent;
	return to_hwpt_paging(hwpt);
}

void fdx_hwpt_drop_fault(struct fdx_hwpt *hwpt)
{
	if (hwpt->fault)
		refcount_dec(&hwpt->fault->common.obj.users);
}

int fdx_hwpt_take_fault(struct iommufdx_ctx *ictx, struct fdx_hwpt *hwpt,
			u32 fault_id)
{
	struct fdx_fault *fault;

	fault = fdx_get_fault(ictx, fault_id);
	if (IS_ERR(fault))
		return PTR_ERR(fault);
	refcount_inc(&fault->common.obj.users);
	hwpt->fault = fault;
	hwpt->domain->page_requests = true;
	fdx_put_object(ictx, &fault->common.obj);
	return 0;
}

static int fdx_hwpt_req_flags(u32 user, u32 *flags)
{
	*flags = 0;
	if (user & ~(IOMMU_HWPT_ALLOC_NEST_PARENT |
		     IOMMU_HWPT_ALLOC_DIRTY_TRACKING |
		     IOMMU_HWPT_FAULT_ID_VALID | IOMMU_HWPT_ALLOC_PASID))
		return -EOPNOTSUPP;
	/* Requests of a nested child go to the child's queue. */
	if ((user & IOMMU_HWPT_FAULT_ID_VALID) &&
	    (user & IOMMU_HWPT_ALLOC_NEST_PARENT))
		return -EOPNOTSUPP;
	if (user & IOMMU_HWPT_ALLOC_NEST_PARENT)
		*flags |= IOMMUFDX_DOMAIN_NEST_PARENT;
	if (user & IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
		*flags |= IOMMUFDX_DOMAIN_DIRTY;
	if (user & IOMMU_HWPT_ALLOC_PASID)
		*flags |= IOMMUFDX_DOMAIN_PASID;
	return 0;
}

static int fdx_hwpt_answer(struct fdx_ucmd *ucmd, struct fdx_hwpt *hwpt)
{
	struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	int rc = 0;

	if (cmd->flags & IOMMU_HWPT_FAULT_ID_VALID)
		rc = fdx_hwpt_take_fault(ucmd->ictx, hwpt, cmd->fault_id);
	if (rc)
		return rc;
	cmd->out_hwpt_id = hwpt->obj.id;
	return fdx_ucmd_respond(ucmd, sizeof(*cmd));
}

static int fdx_hwpt_alloc_paging(struct fdx_ucmd *ucmd, struct fdx_ioas *ioas,
				 struct iommufdx_device *idev,
				 const struct iommufdx_user_data *data)
{
	struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	struct iommufdx_domain_req req = {
		.data = data->len ? data : NULL,
	};
	int rc;

	rc = fdx_hwpt_req_flags(cmd->flags, &req.flags);
	if (rc)
		return rc;
	return fdx_hwpt_paging_make(ucmd, ioas, idev, &req, fdx_hwpt_answer);
}

static int fdx_hwpt_alloc_nested(struct fdx_ucmd *ucmd, struct fdx_hwpt *hwpt)
{
	int rc;

	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	rc = fdx_hwpt_answer(ucmd, hwpt);
	if (rc)
		fdx_object_abort(ucmd->ictx, &hwpt->obj);
	else
		fdx_object_finalize(ucmd->ictx, &hwpt->obj);
	return rc;
}

/* A guest's table on a paging HWPT: hardware follows it, or the kernel does. */
static struct fdx_hwpt *fdx_hwpt_on_paging(struct iommufdx_ctx *ictx,
					   struct fdx_hwpt_paging *parent,
					   struct iommufdx_device *idev,
					   u32 flags,
					   const struct iommufdx_user_data *data)
{
	if (data->type == IOMMUFDX_HWPT_DATA_SHADOW)
		return fdx_shadow_alloc(ictx, parent, idev, flags, data);
	return fdx_hwpt_nested_alloc(ictx, parent, idev, flags, data);
}

int fdx_hwpt_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	const struct iommufdx_user_data data = {
		.type = cmd->data_type,
		.uptr = u64_to_user_ptr(cmd->data_uptr),
		.len = cmd->data_len,
	};
	struct iommufdx_device *idev;
	struct fdx_object *on;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	/* The type says whether there is data, and the length must agree. */
	if ((cmd->data_type == IOMMU_HWPT_DATA_NONE) != !cmd->data_len)
		return -EINVAL;

	idev = fdx_get_device(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	on = fdx_get_object(ucmd->ictx, cmd->pt_id, FDX_OBJ_ANY);
	if (IS_ERR(on)) {
		rc = -EINVAL;
		goto out_put_idev;
	}
	switch (on->type) {
	case FDX_OBJ_IOAS:
		rc = fdx_hwpt_alloc_paging(ucmd, container_of(on, struct fdx_ioas,
							      obj),
					   idev, &data);
		break;
	case FDX_OBJ_HWPT_PAGING:
		rc = fdx_hwpt_alloc_nested(ucmd, fdx_hwpt_on_paging(
			ucmd->ictx, container_of(on, struct fdx_hwpt_paging,
						 common.obj),
			idev, cmd->flags, &data));
		break;
	case FDX_OBJ_VIOMMU:
		rc = fdx_hwpt_alloc_nested(ucmd, fdx_viommu_nested_alloc(
			container_of(on, struct fdx_viommu, obj), idev,
			cmd->flags, &data));
		break;
	default:
		rc = -EINVAL;
	}
	fdx_put_object(ucmd->ictx, on);
out_put_idev:
	fdx_put_object(ucmd->ictx, &idev->obj);
	return rc;
}
