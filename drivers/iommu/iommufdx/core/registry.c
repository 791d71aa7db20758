// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: which backends there are, which IOMMUs they drive, and which
 * masters are behind them.
 */
#include <linux/kmod.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "device.h"
#include "domain.h"
#include "noiommu.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Guards the two tables below, and serialises probe, add and remove. */
static DEFINE_MUTEX(registry_lock);
static const struct iommufdx_iommu_ops *backends[IOMMUFDX_HW_KINDS] = {
	[IOMMUFDX_HW_NONE] = &fdx_noiommu_ops,
};
static LIST_HEAD(iommus);

int iommufdx_driver_register(const struct iommufdx_iommu_ops *ops)
{
	int rc = 0;

	if (ops->kind <= IOMMUFDX_HW_NONE || ops->kind >= IOMMUFDX_HW_KINDS)
		return -EINVAL;
	mutex_lock(&registry_lock);
	if (backends[ops->kind])
		rc = -EBUSY;
	else
		backends[ops->kind] = ops;
	mutex_unlock(&registry_lock);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_driver_register);

void iommufdx_driver_unregister(const struct iommufdx_iommu_ops *ops)
{
	mutex_lock(&registry_lock);
	if (backends[ops->kind] == ops)
		backends[ops->kind] = NULL;
	mutex_unlock(&registry_lock);
}
EXPORT_SYMBOL_GPL(iommufdx_driver_unregister);

static const struct iommufdx_iommu_ops *backend_get(enum iommufdx_hw_kind kind)
{
	const struct iommufdx_iommu_ops *ops;

	mutex_lock(&registry_lock);
	ops = backends[kind];
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	mutex_unlock(&registry_lock);
	return ops;
}

struct iommufdx_iommu *iommufdx_iommu_add(struct iommufdx_hw *hw)
{
	const struct iommufdx_iommu_ops *ops;
	struct iommufdx_iommu *iommu;
	int rc;

	if (hw->kind >= IOMMUFDX_HW_KINDS)
		return ERR_PTR(-EINVAL);
	ops = backend_get(hw->kind);
	if (!ops) {
		request_module("iommufdx-hw-%d", hw->kind);
		ops = backend_get(hw->kind);
	}
	if (!ops)
		return ERR_PTR(-ENODEV);

	iommu = kzalloc(sizeof(*iommu), GFP_KERNEL_ACCOUNT);
	if (!iommu) {
		rc = -ENOMEM;
		goto err_module;
	}
	iommu->hw = hw;
	iommu->ops = ops;
	xa_init(&iommu->masters);
	refcount_set(&iommu->users, 1);
	init_rwsem(&iommu->live);
	INIT_LIST_HEAD(&iommu->owing);

	mutex_lock(&registry_lock);
	rc = ops->probe(iommu);
	if (!rc)
		list_add_tail(&iommu->node, &iommus);
	mutex_unlock(&registry_lock);
	if (rc)
		goto err_free;
	return iommu;

err_free:
	kfree(iommu);
err_module:
	module_put(ops->owner);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(iommufdx_iommu_add);

void iommufdx_iommu_remove(struct iommufdx_iommu *iommu)
{
	WARN_ON(!xa_empty(&iommu->masters));
	mutex_lock(&registry_lock);
	list_del(&iommu->node);
	down_write(&iommu->live);
	iommu->ops->remove(iommu);
	iommu->gone = true;
	up_write(&iommu->live);
	mutex_unlock(&registry_lock);
	fdx_iommu_owes_nothing(iommu);
	fdx_iommu_put(iommu);
}
EXPORT_SYMBOL_GPL(iommufdx_iommu_remove);

/* Join @master to the group of @with, or to a new one. */
static int group_join(struct iommufdx_master *master,
		      struct iommufdx_master *with)
{
	struct iommufdx_group *group;
	int rc = 0;

	lockdep_assert_held(&registry_lock);

	if (with) {
		group = with->group;
	} else {
		group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
		if (!group)
			return -ENOMEM;
		mutex_init(&group->lock);
		INIT_LIST_HEAD(&group->masters);
		xa_init(&group->attached);
	}

	mutex_lock(&group->lock);
	/* A newcomer is blocked, so what it joins must be as well. */
	if (!xa_empty(&group->attached)) {
		rc = -EBUSY;
	} else {
		master->group = group;
		list_add_tail(&master->group_node, &group->masters);
	}
	mutex_unlock(&group->lock);
	return rc;
}

/* Do what the group does: while it is bound, nothing passes through. */
static int group_follow(struct iommufdx_master *master)
{
	struct iommufdx_group *group = master->group;
	int rc;

	lockdep_assert_held(&registry_lock);

	mutex_lock(&group->lock);
	rc = group->bound ? 0 : fdx_master_open(master);
	if (rc)
		master->pass_through = false;
	mutex_unlock(&group->lock);
	return rc;
}

/* Be blocked, whatever the group does from now on. */
static void group_follow_no_more(struct iommufdx_master *master)
{
	struct iommufdx_group *group = master->group;
	struct fdx_attachment *att;
	unsigned long pasid;

	lockdep_assert_held(&registry_lock);

	mutex_lock(&group->lock);
	/* Others of the group may stay attached. */
	xa_for_each(&group->attached, pasid, att)
		fdx_set_domain(master, pasid, NULL);
	fdx_master_close(master);
	master->pass_through = false;
	mutex_unlock(&group->lock);
}

static void group_leave(struct iommufdx_master *master)
{
	struct iommufdx_group *group = master->group;
	bool empty;

	lockdep_assert_held(&registry_lock);

	mutex_lock(&group->lock);
	list_del(&master->group_node);
	empty = list_empty(&group->masters);
	mutex_unlock(&group->lock);
	if (!empty)
		return;
	WARN_ON(group->bound || !xa_empty(&group->attached));
	mutex_destroy(&group->lock);
	kfree(group);
}

struct iommufdx_master *
iommufdx_master_add(struct iommufdx_iommu *iommu,
		    const struct iommufdx_master_desc *desc)
{
	struct iommufdx_master *master;
	int rc;

	if (desc->max_pasid_bits > 20)
		return ERR_PTR(-EINVAL);
	master = kzalloc(sizeof(*master), GFP_KERNEL_ACCOUNT);
	if (!master)
		return ERR_PTR(-ENOMEM);
	master->iommu = iommu;
	master->rid = desc->rid;
	master->max_pasid_bits = desc->max_pasid_bits;
	master->dev_ats = desc->ats;
	master->dev_pri = desc->pri;
	master->pass_through = desc->pass_through;
	mutex_init(&master->partial_lock);
	INIT_LIST_HEAD(&master->partial);
	master->name = kstrdup(desc->name, GFP_KERNEL_ACCOUNT);
	if (!master->name) {
		rc = -ENOMEM;
		goto err_free;
	}

	mutex_lock(&registry_lock);
	rc = xa_insert(&iommu->masters, desc->rid, master, GFP_KERNEL_ACCOUNT);
	if (rc) {
		rc = rc == -EBUSY ? -EEXIST : rc;
		goto err_unlock;
	}
	rc = iommu->ops->master_add(master);
	if (rc)
		goto err_erase;
	if (master->pass_through && !(master->caps & IOMMUFDX_CAP_PASS_THROUGH)) {
		rc = -EOPNOTSUPP;
		goto err_remove;
	}
	rc = group_join(master, desc->group_with);
	if (rc)
		goto err_remove;
	rc = group_follow(master);
	if (rc)
		goto err_leave;
	mutex_unlock(&registry_lock);
	return master;

err_leave:
	group_leave(master);
err_remove:
	iommu->ops->master_remove(master);
err_erase:
	xa_erase(&iommu->masters, desc->rid);
err_unlock:
	mutex_unlock(&registry_lock);
	kfree(master->name);
err_free:
	kfree(master);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(iommufdx_master_add);

void iommufdx_master_remove(struct iommufdx_master *master)
{
	struct iommufdx_iommu *iommu = master->iommu;

	mutex_lock(&registry_lock);
	group_follow_no_more(master);
	/* First the backend, whose page requests may still want the group. */
	iommu->ops->master_remove(master);
	group_leave(master);
	xa_erase(&iommu->masters, master->rid);
	mutex_unlock(&registry_lock);
	fdx_partial_drop(master);
	kfree(master->name);
	kfree(master);
}
EXPORT_SYMBOL_GPL(iommufdx_master_remove);

bool iommufdx_next_ats(struct iommufdx_iommu *iommu, unsigned long *rid)
{
	struct iommufdx_master *master;

	/* The lock keeps the master: removal erases it under the same one. */
	xa_lock(&iommu->masters);
	master = xa_find(&iommu->masters, rid, ULONG_MAX, XA_PRESENT);
	while (master && !(master->caps & IOMMUFDX_CAP_ATS))
		master = xa_find_after(&iommu->masters, rid, ULONG_MAX,
				       XA_PRESENT);
	xa_unlock(&iommu->masters);
	return master;
}
EXPORT_SYMBOL_GPL(iommufdx_next_ats);

void iommufdx_report_fault(struct iommufdx_iommu *iommu,
			   const struct iommufdx_fault *fault)
{
	struct iommufdx_master *master;

	trace_iommufdx_fault(iommu->hw->kind, fault);

	/* The lock keeps the master: removal erases it under the same one. */
	xa_lock(&iommu->masters);
	master = xa_load(&iommu->masters, fault->rid);
	if (master)
		atomic64_inc(&master->faults);
	xa_unlock(&iommu->masters);
}
EXPORT_SYMBOL_GPL(iommufdx_report_fault);
