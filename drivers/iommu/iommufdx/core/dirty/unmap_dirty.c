// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMUFDX_IOAS_UNMAP_DIRTY: unmap, and tell what was written.
 *
 * There is no window because three things follow one another in each table: a
 * leaf is taken out by an exchange, which also reads its dirty bit; caches are
 * flushed; memory is given back. What a device can still do in between:
 *
 *   - It has no cached translation: it finds no leaf, and faults.
 *   - It has one that was cached dirty: then the leaf has been dirty since it
 *     was last read and flushed, and the exchange has seen that.
 *   - It has one that was cached clean: a write must set the dirty bit first, by an
 *     atomic update of the leaf in memory that compares it with what the walk had
 *     read. AMD (HAD), VT-d (first-stage A/D, second-stage SSADE) and SMMUv3 (HTTU)
 *     all demand that. The leaf is not there any more: the write faults.
 *   - A device's own cache (ATC) got its permission to write from an IOMMU that set
 *     the dirty bit for it beforehand.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufdx.h>

#include "dirty_hwpts.h"
#include "core/hwpt.h"
#include "core/ioas.h"
#include "core/ioas_map.h"

/**
 * struct unmap_dirty - the ioctl under way
 * @cmd: what the user wants
 * @ioas: where
 * @targets: struct fdx_dirty_hwpt, of all entries taken so far
 */
struct unmap_dirty {
	struct iommufdx_ioas_unmap_dirty *cmd;
	struct fdx_ioas *ioas;
	struct list_head targets;
};

int fdx_dirty_hwpt_add(struct list_head *targets, struct fdx_hwpt_paging *hwpt,
		       u64 iova, u64 length, u64 page_size, u64 user)
{
	struct fdx_dirty_hwpt *entry;
	int rc;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	rc = fdx_dirty_target_init(&entry->target, iova, length, page_size,
				   user);
	if (rc) {
		kfree(entry);
		return rc;
	}
	entry->hwpt = hwpt;
	entry->target.domain = hwpt->common.domain;
	entry->target.debt = &hwpt->debt;
	entry->target.saved = &hwpt->saved;
	list_add_tail(&entry->target.link, targets);
	return 0;
}

void fdx_dirty_hwpts_put(struct iommufdx_ctx *ictx, struct list_head *targets)
{
	struct fdx_dirty_hwpt *entry, *next;

	list_for_each_entry_safe(entry, next, targets, target.link) {
		fdx_put_object(ictx, &entry->hwpt->common.obj);
		kfree(entry);
	}
}

static int take_entry(struct iommufdx_ctx *ictx, struct unmap_dirty *u, u32 i)
{
	const struct iommufdx_ioas_unmap_dirty *cmd = u->cmd;
	struct iommufdx_dirty_entry user;
	struct fdx_hwpt_paging *hwpt;
	int rc;

	rc = copy_struct_from_user(&user, sizeof(user),
				   u64_to_user_ptr(cmd->entries_uptr) +
				   (size_t)i * cmd->entry_len, cmd->entry_len);
	if (rc)
		return rc;
	if (user.__reserved)
		return -EOPNOTSUPP;

	hwpt = fdx_get_hwpt_paging(ictx, user.hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (hwpt->ioas != u->ioas ||
	    fdx_dirty_target_find(&u->targets, hwpt->common.domain))
		rc = -EINVAL;
	else if (!hwpt->dirty_capable)
		rc = -EOPNOTSUPP;
	else
		rc = fdx_dirty_hwpt_add(&u->targets, hwpt, cmd->iova,
					cmd->length, cmd->page_size, user.data);
	if (rc)
		fdx_put_object(ictx, &hwpt->common.obj);
	return rc;
}

/* All that are named track, and all that track are named. */
static int check_tracking(struct unmap_dirty *u)
{
	struct fdx_hwpt_paging *hwpt;
	struct fdx_dirty_hwpt *entry;
	int rc = 0;

	lockdep_assert_held(&u->ioas->dirty_rwsem);

	list_for_each_entry(entry, &u->targets, target.link)
		if (!entry->hwpt->tracking)
			return -EINVAL;
	mutex_lock(&u->ioas->hwpt_lock);
	list_for_each_entry(hwpt, &u->ioas->hwpt_list, node)
		if (hwpt->tracking &&
		    !fdx_dirty_target_find(&u->targets, hwpt->common.domain))
			rc = -EINVAL;
	mutex_unlock(&u->ioas->hwpt_lock);
	return rc;
}

static int unmap_and_answer(struct fdx_ucmd *ucmd, struct unmap_dirty *u)
{
	struct iommufdx_ioas_unmap_dirty *cmd = u->cmd;
	unsigned long unmapped;
	u32 i;
	int rc;

	for (i = 0; i < cmd->entry_num; i++) {
		rc = take_entry(ucmd->ictx, u, i);
		if (rc)
			return rc;
	}
	/* An answer that cannot be given is found out before it is too late. */
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		return rc;

	down_read(&u->ioas->dirty_rwsem);
	rc = check_tracking(u);
	if (!rc)
		rc = fdx_ioas_unmap_range_dirty(u->ioas, cmd->iova,
						cmd->iova + cmd->length - 1,
						&u->targets, false, &unmapped);
	up_read(&u->ioas->dirty_rwsem);
	if (rc && rc != -EIO)
		return rc;
	if (!unmapped)
		return -ENOENT;
	cmd->length = unmapped;
	return fdx_ucmd_respond(ucmd, sizeof(*cmd)) ?: rc;
}

int fdx_ioas_unmap_dirty(struct fdx_ucmd *ucmd)
{
	struct unmap_dirty u = {
		.cmd = ucmd->cmd,
		.targets = LIST_HEAD_INIT(u.targets),
	};
	int rc;

	if (u.cmd->flags || u.cmd->__reserved)
		return -EOPNOTSUPP;
	if (!u.cmd->entry_num ||
	    u.cmd->entry_len < sizeof(struct iommufdx_dirty_entry))
		return -EINVAL;
	if (u.cmd->entry_num > IOMMUFDX_UNMAP_DIRTY_MAX ||
	    u.cmd->entry_len > PAGE_SIZE)
		return -E2BIG;

	u.ioas = fdx_get_ioas(ucmd->ictx, u.cmd->ioas_id);
	if (IS_ERR(u.ioas))
		return PTR_ERR(u.ioas);
	rc = unmap_and_answer(ucmd, &u);
	fdx_dirty_hwpts_put(ucmd->ictx, &u.targets);
	fdx_put_object(ucmd->ictx, &u.ioas->obj);
	return rc;
}
