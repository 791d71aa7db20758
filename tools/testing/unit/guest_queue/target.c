// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>
#include <shim.h>
#include "target.h"

struct batch {
	u32 nr;
	u32 number[TARGET_BATCH];
};

static int target_queue(void *data, const void *entry, void *batch_data)
{
	const struct command *cmd = entry;
	struct batch *batch = batch_data;

	if (cmd->kind != FORGET)
		return cmd->kind == STRANGER ? -ENXIO : -EIO;
	if (batch->nr == TARGET_BATCH)
		return -ENOSPC;
	batch->number[batch->nr++] = cmd->number;
	return 0;
}

static int target_sync(void *data, void *batch_data)
{
	struct target *target = data;
	struct batch *batch = batch_data;
	u32 i;

	if (!batch->nr)
		shim_warn(__FILE__, __LINE__, "nothing to sync");
	if (target->fail_sync && !--target->fail_sync)
		return target->fail_with;
	for (i = 0; i < batch->nr; i++)
		target->log[target->len++ % TARGET_LOG] = batch->number[i];
	target->syncs++;
	return 0;
}

/* Some of them, up to what target_queue() does not take. */
static u32 target_queue_like(void *arg, const void *entry, const void *more,
			     u32 num, void *data)
{
	const struct command *from = more;
	struct command cmd;
	u32 i;

	for (i = 0; i < num && i < 4; i++) {
		fdx_copy_once(&cmd, &from[i], sizeof(cmd));
		if (target_queue(arg, &cmd, data))
			break;
	}
	return i;
}

/* Of a batch only the count has to be clear: the numbers keep their garbage. */
const struct iommufdx_inv_ops target_ops = {
	.type = 1,
	.entry_size = sizeof(struct command),
	.min_entry_size = sizeof(struct command),
	.batch_size = sizeof(struct batch),
	.batch_head = sizeof(u32),
	.queue = target_queue,
	.queue_like = target_queue_like,
	.sync = target_sync,
};

const struct iommufdx_inv_ops target_short_ops = {
	.type = 1,
	.entry_size = sizeof(struct command),
	.min_entry_size = 2 * sizeof(u32),
	.batch_size = sizeof(struct batch),
	.queue = target_queue,
	.sync = target_sync,
};

void target_init(struct target *target, struct fdx_inv_target *to,
		 const struct iommufdx_inv_ops *ops)
{
	memset(target, 0, sizeof(*target));
	mutex_init(&target->lock);
	init_rwsem(&target->iommu.live);
	to->ops = ops;
	to->target = target;
	to->iommu = &target->iommu;
	to->lock = &target->lock;
}
