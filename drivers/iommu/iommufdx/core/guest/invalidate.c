// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidation commands of guests in an array of user space. inv_exec.h tells
 * how they are executed.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include "core/hwpt.h"
#include "inv_exec.h"
#include "core/shadow/shadow.h"
#include "viommu.h"

/*
 * Commands of user space that are copied at once, into memory beside a batch, and
 * carried out together. No lock is held while they are: what waits for the locks of
 * a run, as the removal of the IOMMU does, does not wait for the user's memory.
 */
#define FDX_INV_COPY_BYTES	8192
/* A call must end some time. */
#define FDX_INV_MAX_ENTRIES	(1U << 19)

/**
 * struct fdx_inv_array - commands in user space
 * @uptr: the first
 * @entry_len: the user's stride in bytes
 * @entry_num: how many
 * @buf: some of them as this version knows them, zero-extended
 * @room: how many @buf has room for
 */
struct fdx_inv_array {
	void __user *uptr;
	u32 entry_len;
	u32 entry_num;
	void *buf;
	u32 room;
};

/* Copy @num commands of @size bytes from number @first on. */
static int fdx_inv_copy(const struct fdx_inv_array *array, size_t size,
			u32 first, u32 num)
{
	void __user *uptr = array->uptr + (size_t)first * array->entry_len;
	u32 i;
	int rc;

	if (array->entry_len == size)
		return copy_from_user(array->buf, uptr, num * size) ?
			       -EFAULT : 0;
	for (i = 0; i < num; i++) {
		rc = copy_struct_from_user(array->buf + i * size, size,
					   uptr + (size_t)i * array->entry_len,
					   array->entry_len);
		if (rc)
			return rc;
	}
	return 0;
}

static int fdx_inv_run(struct fdx_inv *inv, const struct fdx_inv_array *array,
		       u32 *done)
{
	size_t size = inv->to.ops->entry_size;
	u32 first, num;
	int rc = 0;

	for (first = 0; first < array->entry_num && !rc; first += num) {
		num = min(array->room, array->entry_num - first);
		rc = fdx_inv_copy(array, size, first, num);
		/* A bad entry must not spoil the good ones before it. */
		if (rc && num > 1) {
			num = 1;
			rc = fdx_inv_copy(array, size, first, num);
		}
		if (rc)
			break;
		fdx_inv_begin(inv);
		/* Its error is what the end tells. */
		fdx_inv_add_all(inv, array->buf, num);
		rc = fdx_inv_end(inv);
		*done += inv->done;
		if (!rc && fatal_signal_pending(current))
			rc = -EINTR;
		cond_resched();
	}
	return rc;
}

static int fdx_inv_execute(struct iommu_hwpt_invalidate *cmd,
			   const struct fdx_inv_target *to, u32 *done)
{
	struct fdx_inv_array array = {
		.uptr = u64_to_user_ptr(cmd->data_uptr),
		.entry_len = cmd->entry_len,
		.entry_num = cmd->entry_num,
	};
	struct fdx_inv inv;
	int rc;

	if (cmd->data_type != to->ops->type)
		return -EINVAL;
	/* No entries: the question whether the type is known. */
	if (!cmd->entry_num)
		return 0;
	if (!to->ops->any_entry_len &&
	    (cmd->entry_len < to->ops->min_entry_size ||
	     cmd->entry_len > to->ops->entry_size))
		return -EINVAL;

	array.room = min_t(u32, array.entry_num,
			   FDX_INV_COPY_BYTES / to->ops->entry_size);
	rc = fdx_inv_alloc(&inv, to, array.room * to->ops->entry_size);
	if (rc)
		return rc;
	array.buf = fdx_inv_extra(&inv);
	rc = fdx_inv_run(&inv, &array, done);
	fdx_inv_free(&inv);
	return rc;
}

int fdx_inv_target_of(struct fdx_object *obj, struct fdx_inv_target *to)
{
	struct fdx_hwpt_nested *nested;
	struct fdx_hwpt_shadow *shadow;
	struct fdx_viommu *viommu;

	switch (obj->type) {
	case FDX_OBJ_HWPT_NESTED:
		nested = container_of(obj, struct fdx_hwpt_nested, common.obj);
		to->ops = nested->common.domain->inv;
		to->target = nested->common.domain;
		to->iommu = nested->common.domain->iommu;
		to->lock = &nested->inv_lock;
		break;
	case FDX_OBJ_HWPT_SHADOW:
		shadow = container_of(obj, struct fdx_hwpt_shadow, common.obj);
		to->ops = &fdx_shadow_inv_ops;
		to->target = shadow;
		to->iommu = shadow->common.domain->iommu;
		to->lock = &shadow->inv_lock;
		break;
	case FDX_OBJ_VIOMMU:
		viommu = container_of(obj, struct fdx_viommu, obj);
		to->ops = viommu->viommu->ops->inv;
		to->target = viommu->viommu;
		to->iommu = viommu->viommu->iommu;
		to->lock = &viommu->inv_lock;
		break;
	default:
		return -EINVAL;
	}
	return to->ops ? 0 : -EOPNOTSUPP;
}

static int fdx_invalidate(struct fdx_ucmd *ucmd, u32 *done)
{
	struct iommu_hwpt_invalidate *cmd = ucmd->cmd;
	struct fdx_inv_target to;
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
	rc = fdx_inv_target_of(obj, &to);
	if (!rc)
		rc = fdx_inv_execute(cmd, &to, done);
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
