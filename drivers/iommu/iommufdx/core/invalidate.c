// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidation commands of guests: the one place where they are copied, batched
 * and counted, however they arrive.
 *
 * A command is copied once and handed to the backend, which validates and
 * translates it into a batch. A batch is counted when its sync has returned,
 * never before. An error ends the array: what came before it is done, synced
 * and counted, what comes after it is untouched.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include "hwpt.h"
#include "viommu.h"

/* Commands of user space that are copied at once. */
#define FDX_INV_COPY_BYTES	4096
/* A call must end some time. */
#define FDX_INV_MAX_ENTRIES	(1U << 19)

/**
 * struct fdx_inv - an array of commands under way
 * @ops: how the target takes them
 * @target: the backend's nested domain or vIOMMU
 * @uptr: the array
 * @entry_len: the user's stride in bytes
 * @entry_num: how many
 * @buf: commands as this version knows them, zero-extended
 * @batch: the backend's
 * @queued: in @batch, not counted
 * @done: synced, and counted
 */
struct fdx_inv {
	const struct iommufdx_inv_ops *ops;
	void *target;
	void __user *uptr;
	u32 entry_len;
	u32 entry_num;
	void *buf;
	void *batch;
	u32 queued;
	u32 done;
};

static int fdx_inv_sync(struct fdx_inv *inv)
{
	int rc = 0;

	if (inv->queued)
		rc = inv->ops->sync(inv->target, inv->batch);
	if (!rc)
		inv->done += inv->queued;
	inv->queued = 0;
	memset(inv->batch, 0, inv->ops->batch_size);
	return rc;
}

static int fdx_inv_queue(struct fdx_inv *inv, const void *entry)
{
	int rc;

	rc = inv->ops->queue(inv->target, entry, inv->batch);
	if (rc == -ENOSPC) {
		rc = fdx_inv_sync(inv);
		if (!rc)
			rc = inv->ops->queue(inv->target, entry, inv->batch);
	}
	if (!rc)
		inv->queued++;
	return rc;
}

/* Copy @num commands from number @first on. */
static int fdx_inv_copy(struct fdx_inv *inv, u32 first, u32 num)
{
	size_t size = inv->ops->entry_size;
	void __user *uptr = inv->uptr + (size_t)first * inv->entry_len;
	u32 i;
	int rc;

	if (inv->entry_len == size)
		return copy_from_user(inv->buf, uptr, num * size) ? -EFAULT : 0;
	for (i = 0; i < num; i++) {
		rc = copy_struct_from_user(inv->buf + i * size, size,
					   uptr + (size_t)i * inv->entry_len,
					   inv->entry_len);
		if (rc)
			return rc;
	}
	return 0;
}

static int fdx_inv_run(struct fdx_inv *inv)
{
	u32 chunk = FDX_INV_COPY_BYTES / inv->ops->entry_size;
	u32 first, num, i;
	int rc = 0;

	for (first = 0; first < inv->entry_num && !rc; first += num) {
		num = min(chunk, inv->entry_num - first);
		rc = fdx_inv_copy(inv, first, num);
		/* A bad entry must not spoil the good ones before it. */
		if (rc && num > 1) {
			num = 1;
			rc = fdx_inv_copy(inv, first, num);
		}
		for (i = 0; i < num && !rc; i++)
			rc = fdx_inv_queue(inv, inv->buf +
						i * inv->ops->entry_size);
		if (!rc && fatal_signal_pending(current))
			rc = -EINTR;
		cond_resched();
	}

	/* What was queued before an error is carried out all the same. */
	i = fdx_inv_sync(inv);
	return rc ? rc : (int)i;
}

static int fdx_inv_execute(struct iommu_hwpt_invalidate *cmd,
			   const struct iommufdx_inv_ops *ops, void *target,
			   struct mutex *lock, u32 *done)
{
	struct fdx_inv inv = {
		.ops = ops,
		.target = target,
		.uptr = u64_to_user_ptr(cmd->data_uptr),
		.entry_len = cmd->entry_len,
		.entry_num = cmd->entry_num,
	};
	int rc;

	if (!ops)
		return -EOPNOTSUPP;
	if (cmd->data_type != ops->type)
		return -EINVAL;
	/* No entries: the question whether the type is known. */
	if (!cmd->entry_num)
		return 0;
	if (cmd->entry_len < ops->min_entry_size ||
	    cmd->entry_len > ops->entry_size)
		return -EINVAL;

	inv.buf = kmalloc(FDX_INV_COPY_BYTES, GFP_KERNEL_ACCOUNT);
	inv.batch = kzalloc(max_t(size_t, ops->batch_size, 1),
			    GFP_KERNEL_ACCOUNT);
	if (!inv.buf || !inv.batch) {
		rc = -ENOMEM;
		goto out_free;
	}
	mutex_lock(lock);
	rc = fdx_inv_run(&inv);
	mutex_unlock(lock);
	*done = inv.done;
out_free:
	kfree(inv.batch);
	kfree(inv.buf);
	return rc;
}

static int fdx_invalidate(struct fdx_ucmd *ucmd, u32 *done)
{
	struct iommu_hwpt_invalidate *cmd = ucmd->cmd;
	struct fdx_hwpt_nested *nested;
	struct fdx_viommu *viommu;
	struct fdx_object *obj;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	if (cmd->entry_num &&
	    (!cmd->data_uptr || !cmd->entry_len || cmd->entry_len > PAGE_SIZE ||
	     cmd->entry_num > FDX_INV_MAX_ENTRIES))
		return -EINVAL;

	obj = fdx_get_object(ucmd->ictx, cmd->hwpt_id, FDX_OBJ_ANY);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	switch (obj->type) {
	case FDX_OBJ_HWPT_NESTED:
		nested = container_of(obj, struct fdx_hwpt_nested, common.obj);
		rc = fdx_inv_execute(cmd, nested->common.domain->inv,
				     nested->common.domain, &nested->inv_lock,
				     done);
		break;
	case FDX_OBJ_VIOMMU:
		viommu = container_of(obj, struct fdx_viommu, obj);
		rc = fdx_inv_execute(cmd, viommu->viommu->ops->inv,
				     viommu->viommu, &viommu->inv_lock, done);
		break;
	default:
		rc = -EINVAL;
	}
	fdx_put_object(ucmd->ictx, obj);
	return rc;
}

int fdx_hwpt_invalidate_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommu_hwpt_invalidate *cmd = ucmd->cmd;
	u32 done = 0;
	int rc;

	rc = fdx_invalidate(ucmd, &done);
	cmd->entry_num = done;
	if (fdx_ucmd_respond(ucmd, sizeof(*cmd)))
		return -EFAULT;
	return rc;
}
