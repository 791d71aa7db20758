// SPDX-License-Identifier: GPL-2.0-only
/* IOMMUFDX_PLAN_DOMAINS: which devices can share a HWPT. */
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufdx.h>
#include "core/device.h"
#include "core/hwpt.h"
#include "plan.h"

static_assert((int)IOMMUFDX_PLAN_TOGETHER == (int)FDX_PLAN_TOGETHER);
static_assert((int)IOMMUFDX_PLAN_IOMMU == (int)FDX_PLAN_IOMMU);
static_assert((int)IOMMUFDX_PLAN_FORMAT == (int)FDX_PLAN_FORMAT);
static_assert((int)IOMMUFDX_PLAN_DIRTY == (int)FDX_PLAN_DIRTY);
static_assert((int)IOMMUFDX_PLAN_PASID_NEST == (int)FDX_PLAN_PASID_NEST);
static_assert((int)IOMMUFDX_PLAN_PASID == (int)FDX_PLAN_PASID);
static_assert((int)IOMMUFDX_PLAN_NEST == (int)FDX_PLAN_NEST);
static_assert((int)IOMMUFDX_PLAN_PAGE_SIZES == (int)FDX_PLAN_PAGE_SIZES);
static_assert((int)IOMMUFDX_PLAN_VA_BITS == (int)FDX_PLAN_VA_BITS);
static_assert((int)IOMMUFDX_PLAN_QUIRKS == (int)FDX_PLAN_QUIRKS);
static_assert((int)IOMMUFDX_PLAN_HARDWARE == (int)FDX_PLAN_HARDWARE);
static_assert(IOMMUFDX_PLAN_NO_GROUP == FDX_PLAN_NO_GROUP);

/**
 * struct plan_offers - what an IOMMU offers devices of some capabilities
 * @node: in plan_set::offers
 * @iommu: which
 * @caps: struct iommufdx_master::caps
 * @hw: the offers
 */
struct plan_offers {
	struct list_head node;
	const struct iommufdx_iommu *iommu;
	u32 caps;
	struct fdx_plan_hw hw;
};

/**
 * struct plan_set - the devices of one call
 * @idev: held, so that none of their groups is freed and another one takes its
 *	address
 * @use: what the planner wants to know of them
 * @nr: how many are in
 * @offers: of their IOMMUs, the one that was wanted last first
 */
struct plan_set {
	struct iommufdx_device **idev;
	struct fdx_plan_use *use;
	u32 nr;
	struct list_head offers;
};

static const struct fdx_plan_hw *plan_offers(struct plan_set *set,
					     struct iommufdx_master *master)
{
	struct plan_offers *offers;

	list_for_each_entry(offers, &set->offers, node) {
		if (offers->iommu == master->iommu &&
		    offers->caps == master->caps) {
			list_move(&offers->node, &set->offers);
			return &offers->hw;
		}
	}
	offers = kzalloc(sizeof(*offers), GFP_KERNEL_ACCOUNT);
	if (!offers)
		return NULL;
	offers->iommu = master->iommu;
	offers->caps = master->caps;
	offers->hw.kind = master->iommu->hw->kind;
	offers->hw.nr = fdx_domain_offers(master, offers->hw.offer);
	list_add(&offers->node, &set->offers);
	return &offers->hw;
}

/* Add the device of one entry. */
static int plan_add(struct fdx_ucmd *ucmd, struct plan_set *set,
		    const struct iommufdx_plan_device *entry)
{
	struct fdx_plan_use *use = &set->use[set->nr];
	struct iommufdx_domain_req req = {};
	struct iommufdx_device *idev;
	int rc;

	if (entry->__reserved)
		return -EOPNOTSUPP;
	rc = fdx_request_from_user(entry->flags, entry->format, entry->va_bits,
				   entry->quirks, &req);
	if (rc)
		return rc;
	idev = fdx_get_device(ucmd, entry->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);

	use->hw = plan_offers(set, idev->master);
	if (!use->hw) {
		fdx_put_object(ucmd->ictx, &idev->obj);
		return -ENOMEM;
	}
	set->idev[set->nr++] = idev;
	use->need.flags = req.flags;
	use->need.format = req.format;
	use->need.va_bits = req.va_bits;
	use->need.quirks = req.quirks;
	use->need.page_sizes = entry->page_sizes;
	use->together = idev->group;
	use->id = entry->dev_id;
	return 0;
}

/* On failure @set->nr says how many entries are good. */
static int plan_take_devices(struct fdx_ucmd *ucmd, struct plan_set *set)
{
	const struct iommufdx_plan_domains *cmd = ucmd->cmd;
	struct iommufdx_plan_device entry;
	int rc;

	while (set->nr < cmd->device_num) {
		rc = copy_struct_from_user(&entry, sizeof(entry),
					   u64_to_user_ptr(cmd->devices_uptr) +
					   (size_t)set->nr * cmd->device_len,
					   cmd->device_len);
		if (!rc)
			rc = plan_add(ucmd, set, &entry);
		if (rc)
			return rc;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int plan_put_groups(const struct iommufdx_plan_domains *cmd,
			   const struct fdx_plan *plan)
{
	void __user *to = u64_to_user_ptr(cmd->groups_uptr);
	const struct fdx_plan_group *group;
	struct iommufdx_plan_group entry;
	u32 i;

	for (i = 0; i < plan->nr_groups; i++, to += cmd->group_len) {
		group = &plan->groups[i];
		entry = (struct iommufdx_plan_group){
			.dev_id = group->id,
			.flags = group->request.flags,
			.format = fdx_format_to_user(group->request.format),
			.va_bits = group->request.va_bits,
			.page_sizes = group->request.page_sizes,
			.quirks = fdx_quirks_to_user(group->request.quirks),
			.reasons = group->reasons,
			.num_devices = group->nr_uses,
		};
		if (fdx_entry_to_user(to, cmd->group_len, &entry,
				      sizeof(entry)))
			return -EFAULT;
	}
	return 0;
}

static int plan_put_devices(const struct iommufdx_plan_domains *cmd,
			    const struct plan_set *set)
{
	struct iommufdx_plan_device __user *to;
	u32 i;

	for (i = 0; i < set->nr; i++) {
		to = u64_to_user_ptr(cmd->devices_uptr) +
		     (size_t)i * cmd->device_len;
		if (put_user(set->use[i].group, &to->out_group) ||
		    put_user((u32)set->use[i].reason, &to->out_reason))
			return -EFAULT;
	}
	return 0;
}

static int plan_answer(struct iommufdx_plan_domains *cmd,
		       const struct plan_set *set, const struct fdx_plan *plan)
{
	const u32 room = cmd->group_num;

	cmd->group_num = plan->nr_groups;
	if (room < plan->nr_groups)
		return -EMSGSIZE;
	cmd->out_flags = plan->minimal ? IOMMUFDX_PLAN_MINIMAL : 0;
	if (cmd->separations_uptr &&
	    copy_to_user(u64_to_user_ptr(cmd->separations_uptr),
			 plan->separations,
			 (size_t)plan->nr_groups * plan->nr_groups))
		return -EFAULT;
	return plan_put_groups(cmd, plan) ?: plan_put_devices(cmd, set);
}

static int plan_run(struct fdx_ucmd *ucmd, struct plan_set *set)
{
	struct iommufdx_plan_domains *cmd = ucmd->cmd;
	struct fdx_plan plan;
	int rc;

	rc = plan_take_devices(ucmd, set);
	if (rc) {
		cmd->device_num = set->nr;
		return rc;
	}
	rc = fdx_plan_solve(set->use, set->nr, &plan);
	if (rc)
		return rc;
	rc = plan_answer(cmd, set, &plan);
	fdx_plan_free(&plan);
	return rc;
}

int fdx_plan_domains(struct fdx_ucmd *ucmd)
{
	struct iommufdx_plan_domains *cmd = ucmd->cmd;
	struct plan_set set = { .offers = LIST_HEAD_INIT(set.offers) };
	struct plan_offers *offers, *next;
	int rc = -ENOMEM, rc2;

	if (cmd->flags || cmd->__reserved)
		return -EOPNOTSUPP;
	if (!cmd->device_num ||
	    cmd->device_len < sizeof(struct iommufdx_plan_device) ||
	    cmd->group_len < sizeof(struct iommufdx_plan_group))
		return -EINVAL;
	if (cmd->device_num > IOMMUFDX_PLAN_MAX_DEVICES ||
	    cmd->device_len > PAGE_SIZE || cmd->group_len > PAGE_SIZE)
		return -E2BIG;

	set.idev = kvcalloc(cmd->device_num, sizeof(*set.idev),
			    GFP_KERNEL_ACCOUNT);
	set.use = kvcalloc(cmd->device_num, sizeof(*set.use),
			   GFP_KERNEL_ACCOUNT);
	if (set.idev && set.use)
		rc = plan_run(ucmd, &set);
	while (set.nr)
		fdx_put_object(ucmd->ictx, &set.idev[--set.nr]->obj);
	list_for_each_entry_safe(offers, next, &set.offers, node)
		kfree(offers);
	kvfree(set.use);
	kvfree(set.idev);
	rc2 = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	return rc ?: rc2;
}
