// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching devices: which HWPT a group's RID or PASID translates through.
 *
 * All masters of a group translate alike. The first bound device that attaches
 * moves the whole group, the others join it (and must name the same HWPT), the
 * last that detaches blocks it. Each device brings its own reserved IOVAs.
 */
#include <linux/gfp.h>
#include <linux/slab.h>
#include "device.h"
#include "domain.h"
#include "eventq.h"
#include "hwpt.h"
#include "ioas.h"
#include "refusal.h"
#include "trace.h"
#include "core/vfio/vfio_compat.h"

/* An operation that points a device at a HWPT; returns one to put, or NULL. */
typedef struct fdx_hwpt *(*fdx_attach_fn)(struct iommufdx_device *idev,
					  u32 pasid, struct fdx_hwpt *hwpt);

static struct iommufdx_domain *fdx_hwpt_domain(struct fdx_hwpt *hwpt)
{
	return hwpt ? hwpt->domain : NULL;
}

int fdx_set_domain(struct iommufdx_master *master, u32 pasid,
		   struct iommufdx_domain *domain)
{
	const struct iommufdx_iommu_ops *ops = master->iommu->ops;
	unsigned int tries = ops->waits_for_no_memory ? 4 : 0;
	bool owing = !list_empty(&master->iommu->owing);
	int rc;

	/* Where the backend cannot wait for memory, it is waited for here. */
	for (;;) {
		rc = ops->set_domain(master, pasid, domain);
		if (rc != -ENOMEM || !tries--)
			break;
		free_page(__get_free_page(GFP_KERNEL_ACCOUNT));
	}
	/* Hardware may have refused to forget for a reason that has passed. */
	if (!owing)
		fdx_iommu_settle(master->iommu);
	return rc;
}

/* Point every master of a group from @old to @new, or none. */
static int fdx_group_set_domain(struct iommufdx_group *group, u32 pasid,
				struct fdx_hwpt *new, struct fdx_hwpt *old)
{
	struct iommufdx_master *master, *failed;
	int rc;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(master, &group->masters, group_node) {
		rc = fdx_set_domain(master, pasid, fdx_hwpt_domain(new));
		if (rc == -EINVAL)
			trace_iommufdx_attach_refused(master, pasid,
						      new->obj.id,
						      fdx_refusal_of(master, pasid,
								     new->domain));
		if (rc)
			goto err_restore;
	}
	return 0;

err_restore:
	failed = master;
	list_for_each_entry(master, &group->masters, group_node) {
		if (master == failed)
			break;
		/* It was there a moment ago; blocking is the safe way out. */
		if (fdx_set_domain(master, pasid, fdx_hwpt_domain(old)))
			fdx_set_domain(master, pasid, NULL);
	}
	return rc;
}

static enum fdx_refusal fdx_find_refusal(struct iommufdx_group *group,
					 u32 pasid, const struct fdx_hwpt *hwpt)
{
	unsigned long index = IOMMUFDX_NO_PASID;
	struct iommufdx_master *master;
	struct fdx_attachment *att;

	lockdep_assert_held(&group->lock);

	if (pasid == IOMMUFDX_NO_PASID)
		return !hwpt->pasid_compat &&
		       xa_find_after(&group->attached, &index, U32_MAX,
				     XA_PRESENT) ?
		       FDX_REFUSED_RID_HAS_PASIDS : FDX_REFUSED_NOT;
	if (!hwpt->pasid_compat)
		return FDX_REFUSED_NOT_FOR_PASID;
	list_for_each_entry(master, &group->masters, group_node)
		if (!master->pasid_bits || pasid >> master->pasid_bits)
			return FDX_REFUSED_PASID_WIDTH;
	att = xa_load(&group->attached, IOMMUFDX_NO_PASID);
	return att && !att->hwpt->pasid_compat ? FDX_REFUSED_RID_NOT_FOR_PASID :
						 FDX_REFUSED_NOT;
}

/* May @hwpt be what (@idev, @pasid) translates through? */
static int fdx_check_pasid(struct iommufdx_device *idev, u32 pasid,
			   struct fdx_hwpt *hwpt)
{
	enum fdx_refusal why = fdx_find_refusal(idev->group, pasid, hwpt);

	if (why == FDX_REFUSED_NOT)
		return 0;
	trace_iommufdx_attach_refused(idev->master, pasid, hwpt->obj.id, why);
	return -EINVAL;
}

static struct fdx_attachment *fdx_attachment_get(struct iommufdx_group *group,
						 u32 pasid)
{
	struct fdx_attachment *att = xa_load(&group->attached, pasid);
	int rc;

	if (att)
		return att;
	att = kzalloc(sizeof(*att), GFP_KERNEL_ACCOUNT);
	if (!att)
		return ERR_PTR(-ENOMEM);
	xa_init(&att->devices);
	rc = xa_insert(&group->attached, pasid, att, GFP_KERNEL_ACCOUNT);
	if (rc) {
		kfree(att);
		return ERR_PTR(rc);
	}
	return att;
}

static void fdx_attachment_put(struct iommufdx_group *group, u32 pasid,
			       struct fdx_attachment *att)
{
	if (!xa_empty(&att->devices))
		return;
	xa_erase(&group->attached, pasid);
	kfree(att);
}

static struct fdx_ioas *fdx_resv_ioas(struct fdx_hwpt *hwpt, u32 pasid)
{
	/*
	 * Interrupts and the like come without a PASID. A shadow's IOVAs are the
	 * guest's, who knows them from its own devices; its IOAS holds others. A
	 * process has no IOAS.
	 */
	if (pasid != IOMMUFDX_NO_PASID ||
	    hwpt->obj.type == FDX_OBJ_HWPT_SHADOW ||
	    hwpt->obj.type == FDX_OBJ_HWPT_SVA)
		return NULL;
	return fdx_hwpt_base(hwpt)->ioas;
}

static struct fdx_hwpt *fdx_do_attach(struct iommufdx_device *idev, u32 pasid,
				      struct fdx_hwpt *hwpt)
{
	struct fdx_ioas *resv = fdx_resv_ioas(hwpt, pasid);
	struct iommufdx_group *group = idev->group;
	struct fdx_attachment *att;
	int rc;

	mutex_lock(&group->lock);
	rc = fdx_check_pasid(idev, pasid, hwpt);
	if (rc)
		goto err_unlock;
	att = fdx_attachment_get(group, pasid);
	if (IS_ERR(att)) {
		rc = PTR_ERR(att);
		goto err_unlock;
	}
	rc = xa_insert(&att->devices, idev->obj.id, idev, GFP_KERNEL_ACCOUNT);
	if (rc)
		goto err_put;
	if (att->hwpt && att->hwpt != hwpt) {
		trace_iommufdx_attach_refused(idev->master, pasid, hwpt->obj.id,
					      FDX_REFUSED_GROUP);
		rc = -EINVAL;
		goto err_erase;
	}
	if (resv) {
		rc = fdx_ioas_reserve_master(resv, idev->master, idev->master);
		if (rc)
			goto err_erase;
	}
	if (!att->hwpt) {
		rc = fdx_group_set_domain(group, pasid, hwpt, NULL);
		if (rc)
			goto err_unreserve;
		att->hwpt = hwpt;
	}
	refcount_inc(&hwpt->obj.users);
	mutex_unlock(&group->lock);
	return NULL;

err_unreserve:
	if (resv)
		fdx_ioas_unreserve(resv, idev->master);
err_erase:
	xa_erase(&att->devices, idev->obj.id);
err_put:
	fdx_attachment_put(group, pasid, att);
err_unlock:
	mutex_unlock(&group->lock);
	return ERR_PTR(rc);
}

static void fdx_unreserve_all(struct fdx_attachment *att, struct fdx_ioas *ioas)
{
	struct iommufdx_device *idev;
	unsigned long index;

	xa_for_each(&att->devices, index, idev)
		fdx_ioas_unreserve(ioas, idev->master);
}

static int fdx_reserve_all(struct fdx_attachment *att, struct fdx_ioas *ioas)
{
	struct iommufdx_device *idev;
	unsigned long index;
	int rc;

	xa_for_each(&att->devices, index, idev) {
		rc = fdx_ioas_reserve_master(ioas, idev->master, idev->master);
		if (rc) {
			fdx_unreserve_all(att, ioas);
			return rc;
		}
	}
	return 0;
}

static struct fdx_hwpt *fdx_do_replace(struct iommufdx_device *idev, u32 pasid,
				       struct fdx_hwpt *hwpt)
{
	struct fdx_ioas *resv = fdx_resv_ioas(hwpt, pasid);
	struct iommufdx_group *group = idev->group;
	struct iommufdx_device *cur;
	struct fdx_attachment *att;
	struct fdx_ioas *old_resv;
	struct fdx_hwpt *old;
	unsigned long index;
	int moved = 0;
	int rc;

	mutex_lock(&group->lock);
	att = xa_load(&group->attached, pasid);
	if (!att || !xa_load(&att->devices, idev->obj.id)) {
		rc = -EINVAL;
		goto err_unlock;
	}
	old = att->hwpt;
	if (old == hwpt) {
		mutex_unlock(&group->lock);
		return NULL;
	}
	rc = fdx_check_pasid(idev, pasid, hwpt);
	if (rc)
		goto err_unlock;

	/* Within one IOAS the reservations stay as they are. */
	old_resv = fdx_resv_ioas(old, pasid);
	if (resv == old_resv)
		resv = old_resv = NULL;
	if (resv) {
		rc = fdx_reserve_all(att, resv);
		if (rc)
			goto err_unlock;
	}
	rc = fdx_group_set_domain(group, pasid, hwpt, old);
	if (rc)
		goto err_unreserve;
	if (old_resv)
		fdx_unreserve_all(att, old_resv);
	att->hwpt = hwpt;
	xa_for_each(&att->devices, index, cur)
		fdx_fault_refuse(old, cur, pasid);

	/* Every device's use moves; ours of @old goes to the caller. */
	xa_for_each(&att->devices, index, cur)
		moved++;
	refcount_add(moved, &hwpt->obj.users);
	if (moved > 1)
		WARN_ON(refcount_sub_and_test(moved - 1, &old->obj.users));
	mutex_unlock(&group->lock);
	return old;

err_unreserve:
	if (resv)
		fdx_unreserve_all(att, resv);
err_unlock:
	mutex_unlock(&group->lock);
	return ERR_PTR(rc);
}

/*
 * Attach to an IOAS: take the first automatic HWPT that the device accepts, or
 * make one. HWPTs that user space made are never picked.
 */
static struct fdx_hwpt *fdx_attach_ioas(struct iommufdx_device *idev, u32 pasid,
					struct fdx_ioas *ioas, u32 *pt_id,
					fdx_attach_fn attach)
{
	struct iommufdx_domain_req req = {};
	struct fdx_hwpt_paging *paging;
	struct fdx_hwpt *old;

	mutex_lock(&ioas->hwpt_lock);
	list_for_each_entry(paging, &ioas->hwpt_list, node) {
		struct fdx_hwpt *hwpt = &paging->common;

		if (!paging->auto_domain || !fdx_hold_object(&hwpt->obj))
			continue;
		old = attach(idev, pasid, hwpt);
		*pt_id = hwpt->obj.id;
		fdx_put_object(idev->ictx, &hwpt->obj);
		/* EINVAL: this domain will not do, another may. */
		if (old != ERR_PTR(-EINVAL))
			goto out_unlock;
	}

	/* Only there can user space ask for the dirty bits of such a HWPT. */
	if (fdx_vfio_ioas_is(idev->ictx, ioas) &&
	    (idev->master->caps & IOMMUFDX_CAP_DIRTY))
		req.flags |= IOMMUFDX_DOMAIN_DIRTY;
	paging = fdx_hwpt_paging_alloc(idev->ictx, ioas, idev, &req);
	if (IS_ERR(paging)) {
		old = ERR_CAST(paging);
		goto out_unlock;
	}
	old = attach(idev, pasid, &paging->common);
	if (IS_ERR(old)) {
		fdx_hwpt_paging_abort(idev->ictx, paging);
		goto out_unlock;
	}
	paging->auto_domain = true;
	*pt_id = paging->common.obj.id;
	fdx_object_finalize(idev->ictx, &paging->common.obj);
out_unlock:
	mutex_unlock(&ioas->hwpt_lock);
	return old;
}

static int fdx_device_change_pt(struct iommufdx_device *idev, u32 pasid,
				u32 *pt_id, fdx_attach_fn attach)
{
	struct fdx_object *pt_obj;
	struct fdx_hwpt *old;
	u32 id = *pt_id;

	pt_obj = fdx_get_object(idev->ictx, id, FDX_OBJ_ANY);
	if (IS_ERR(pt_obj))
		return PTR_ERR(pt_obj);

	switch (pt_obj->type) {
	case FDX_OBJ_HWPT_PAGING:
	case FDX_OBJ_HWPT_NESTED:
	case FDX_OBJ_HWPT_SHADOW:
	case FDX_OBJ_HWPT_SVA:
		old = attach(idev, pasid,
			     container_of(pt_obj, struct fdx_hwpt, obj));
		break;
	case FDX_OBJ_IOAS:
		old = fdx_attach_ioas(idev, pasid,
				      container_of(pt_obj, struct fdx_ioas, obj),
				      &id, attach);
		break;
	default:
		old = ERR_PTR(-EINVAL);
	}
	fdx_put_object(idev->ictx, pt_obj);
	if (IS_ERR(old))
		return PTR_ERR(old);

	/* Destroying an automatic HWPT needs all locks dropped. */
	if (old)
		fdx_hwpt_put(idev->ictx, old);
	*pt_id = id;
	return 0;
}

int iommufdx_device_attach(struct iommufdx_device *idev, u32 pasid, u32 *pt_id)
{
	int rc;

	rc = fdx_device_change_pt(idev, pasid, pt_id, fdx_do_attach);
	if (!rc)
		refcount_inc(&idev->obj.users);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_device_attach);

int iommufdx_device_replace(struct iommufdx_device *idev, u32 pasid, u32 *pt_id)
{
	return fdx_device_change_pt(idev, pasid, pt_id, fdx_do_replace);
}
EXPORT_SYMBOL_GPL(iommufdx_device_replace);

void iommufdx_device_detach(struct iommufdx_device *idev, u32 pasid)
{
	struct iommufdx_group *group = idev->group;
	struct fdx_attachment *att;
	struct fdx_hwpt *hwpt;
	struct fdx_ioas *resv;

	mutex_lock(&group->lock);
	att = xa_load(&group->attached, pasid);
	if (!att || !xa_load(&att->devices, idev->obj.id)) {
		mutex_unlock(&group->lock);
		return;
	}
	hwpt = att->hwpt;
	xa_erase(&att->devices, idev->obj.id);
	if (xa_empty(&att->devices))
		fdx_group_set_domain(group, pasid, NULL, hwpt);
	fdx_fault_refuse(hwpt, idev, pasid);
	fdx_attachment_put(group, pasid, att);
	resv = fdx_resv_ioas(hwpt, pasid);
	if (resv)
		fdx_ioas_unreserve(resv, idev->master);
	mutex_unlock(&group->lock);

	fdx_partial_detached(idev->master, pasid);
	fdx_hwpt_put(idev->ictx, hwpt);
	refcount_dec(&idev->obj.users);
}
EXPORT_SYMBOL_GPL(iommufdx_device_detach);
