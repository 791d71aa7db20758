// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a group's masters do while none of them is bound.
 *
 * They are blocked, or, where they were added so, *pass through*: what their own
 * driver in the host has them do is not translated. The first that is bound
 * *closes* the group, so that all of it is blocked before its iommufd has a say;
 * the last that is unbound *opens* it again. In doubt a group stays closed: an
 * IOMMU that still owes an invalidation, of a pass-through or of a domain, gets no
 * master bound, and lets none pass through.
 */
#include <linux/printk.h>
#include "device.h"
#include "domain.h"

int fdx_group_close(struct iommufdx_group *group)
{
	struct iommufdx_master *master;
	int rc, first = 0;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(master, &group->masters, group_node) {
		fdx_master_close(master);
		rc = fdx_iommu_settle(master->iommu);
		first = first ?: rc;
	}
	return first;
}

void fdx_group_open(struct iommufdx_group *group)
{
	struct iommufdx_master *master;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(master, &group->masters, group_node)
		if (fdx_master_open(master))
			pr_warn_ratelimited("iommufdx: %s: stays blocked\n",
					    master->name);
}

void fdx_master_close(struct iommufdx_master *master)
{
	if (master->pass_through &&
	    master->iommu->ops->pass_through(master, false))
		iommufdx_owe(NULL, master->iommu);
}

int fdx_master_open(struct iommufdx_master *master)
{
	int rc;

	if (!master->pass_through)
		return 0;
	rc = fdx_iommu_settle(master->iommu);
	if (rc)
		return rc;
	rc = master->iommu->ops->pass_through(master, true);
	/* It is blocked again, but hardware may have seen that it was not. */
	if (rc)
		iommufdx_owe(NULL, master->iommu);
	return rc;
}
