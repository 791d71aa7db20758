// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD command buffer (48882 section 2.4).
 *
 * Commands are fetched one by one, each read once, and executed in order. A
 * command that is illegal or cannot be read is logged and stops the machine
 * with the head at that command, until software switches CmdBufEn off and on.
 */
#include <linux/bitops.h>
#include <linux/errno.h>

#include "amd_model.h"

#define AMD_CMD_BATCH	64

struct amd_cmd {
	u64 w[2];
	u64 pa;
	u32 head;
	u32 epoch;
};

/**
 * model_amd_inv_range() - decode the range of an invalidation
 * @word: second word of the command: address and S
 * @iova: out: first address
 * @last: out: last address
 */
void model_amd_inv_range(u64 word, u64 *iova, u64 *last)
{
	u64 page = word >> AMD_PAGE_SHIFT, size;
	unsigned int ones;

	if (!(word & AMD_CMD_PG1_S)) {
		*iova = page << AMD_PAGE_SHIFT;
		*last = *iova | 0xfff;
		return;
	}
	ones = __ffs64(~page);
	if (AMD_PAGE_SHIFT + 1 + ones >= 64) {
		*iova = 0;
		*last = ~0ULL;
		return;
	}
	size = BIT_ULL(AMD_PAGE_SHIFT + 1 + ones);
	*iova = (page << AMD_PAGE_SHIFT) & ~(size - 1);
	*last = *iova | (size - 1);
}

static bool amd_cmd_legal(const struct amd_cmd *cmd)
{
	u64 w0 = cmd->w[0], w1 = cmd->w[1];

	switch (FIELD_GET(AMD_CMD0_OP, w0)) {
	case AMD_CMD_COMPLETION_WAIT:
		return !(w0 & AMD_CMD_CW0_RSVD);
	case AMD_CMD_INV_DEVTAB_ENTRY:
		return !(w0 & AMD_CMD_DTE0_RSVD) && !w1;
	case AMD_CMD_INV_IOMMU_PAGES:
		/* No guest translation, so no GN. */
		return !(w0 & AMD_CMD_PG0_RSVD) &&
		       !(w1 & (AMD_CMD_PG1_RSVD | AMD_CMD_PG1_GN));
	case AMD_CMD_INV_INT_TABLE:
		return !(w0 & AMD_CMD_INT0_RSVD) && !w1;
	case AMD_CMD_INV_IOMMU_ALL:
		return !(w0 & AMD_CMD_ALL0_RSVD) && !w1;
	}
	/* No prefetch, no device IOTLBs, no page requests. */
	return false;
}

static int amd_cmd_wait(struct model_amd *amd, const struct amd_cmd *cmd)
{
	struct model *m = &amd->m;
	unsigned long flags;

	model_complete(m);
	if ((cmd->w[0] & AMD_CMD_CW0_S) &&
	    model_bus_write64(m, cmd->w[0] & AMD_CMD_CW0_PA, cmd->w[1]))
		return -EIO;
	if (cmd->w[0] & AMD_CMD_CW0_I) {
		spin_lock_irqsave(&m->lock, flags);
		model_amd_status(amd, AMD_STATUS_COMWAIT_INT);
		spin_unlock_irqrestore(&m->lock, flags);
	}
	return 0;
}

static void amd_cmd_invalidate(struct model_amd *amd, const struct amd_cmd *cmd)
{
	u64 iova, last;

	model_evict_begin(&amd->m);
	switch (FIELD_GET(AMD_CMD0_OP, cmd->w[0])) {
	case AMD_CMD_INV_DEVTAB_ENTRY:
		model_amd_dev_invalidate(amd, FIELD_GET(AMD_CMD_DTE0_DEVID,
							cmd->w[0]));
		break;
	case AMD_CMD_INV_IOMMU_PAGES:
		/* No directories are cached, so PDE has nothing to add. */
		model_amd_inv_range(cmd->w[1], &iova, &last);
		model_tlb_invalidate(&amd->tlb,
				     FIELD_GET(AMD_CMD_PG0_DOMID, cmd->w[0]),
				     ~0ULL, iova, last);
		break;
	case AMD_CMD_INV_IOMMU_ALL:
		model_amd_dev_invalidate_all(amd);
		model_tlb_invalidate(&amd->tlb, 0, 0, 0, ~0ULL);
		break;
	}
	model_evict_end(&amd->m);
}

/* Stops the machine and logs why. */
static void amd_cmd_stop(struct model_amd *amd, const struct amd_cmd *cmd,
			 u32 code, u64 flags, u64 pa)
{
	unsigned long irqflags;

	spin_lock_irqsave(&amd->m.lock, irqflags);
	if (amd->cmd_epoch == cmd->epoch)
		amd->status &= ~AMD_STATUS_CMD_RUN;
	spin_unlock_irqrestore(&amd->m.lock, irqflags);
	model_amd_event(amd, FIELD_PREP(AMD_EVT0_CODE, code) | flags, pa);
}

/* Returns whether the machine is still running. */
static bool amd_cmd_execute(struct model_amd *amd, struct amd_cmd *cmd)
{
	struct model *m = &amd->m;
	const u64 aborted = FIELD_PREP(AMD_EVT0_TYPE,
				       AMD_EVT_TYPE_MASTER_ABORT);
	unsigned int op;

	if (model_bus_read64(m, cmd->pa, &cmd->w[0]) ||
	    model_bus_read64(m, cmd->pa + 8, &cmd->w[1])) {
		amd_cmd_stop(amd, cmd, AMD_EVT_COMMAND_HW_ERROR, aborted,
			     cmd->pa);
		return false;
	}
	if (model_next_illegal(m) || !amd_cmd_legal(cmd)) {
		atomic64_inc(&m->illegal);
		amd_cmd_stop(amd, cmd, AMD_EVT_ILLEGAL_COMMAND, 0, cmd->pa);
		return false;
	}
	op = FIELD_GET(AMD_CMD0_OP, cmd->w[0]);
	atomic64_inc(&m->commands);
	atomic64_inc(&m->by_op[op]);
	if (op == AMD_CMD_COMPLETION_WAIT) {
		if (!amd_cmd_wait(amd, cmd))
			return true;
		amd_cmd_stop(amd, cmd, AMD_EVT_COMMAND_HW_ERROR, aborted,
			     cmd->w[0] & AMD_CMD_CW0_PA);
		return false;
	}
	if (!(model_knob(m, MODEL_KNOB_IGNORE_OP) & BIT_ULL(op)))
		amd_cmd_invalidate(amd, cmd);
	return true;
}

static bool amd_cmd_next(struct model_amd *amd, struct amd_cmd *cmd)
{
	unsigned long flags;
	bool found;
	u32 size;

	spin_lock_irqsave(&amd->m.lock, flags);
	size = amd_ring_size(amd->cmd_base);
	found = (amd->status & AMD_STATUS_CMD_RUN) && size &&
		!model_knob(&amd->m, MODEL_KNOB_STALL);
	if (found) {
		amd->cmd_head &= size - 1;
		amd->cmd_tail &= size - 1;
		found = amd->cmd_head != amd->cmd_tail;
	}
	cmd->head = amd->cmd_head;
	cmd->epoch = amd->cmd_epoch;
	cmd->pa = (amd->cmd_base & AMD_RING_PA) + cmd->head;
	spin_unlock_irqrestore(&amd->m.lock, flags);
	return found;
}

static void amd_cmd_advance(struct model_amd *amd, const struct amd_cmd *cmd)
{
	unsigned long flags;

	spin_lock_irqsave(&amd->m.lock, flags);
	/* Not if software gave us another buffer meanwhile. */
	if (amd->cmd_epoch == cmd->epoch)
		amd->cmd_head = (cmd->head + AMD_RING_ENTRY) &
				(amd_ring_size(amd->cmd_base) - 1);
	spin_unlock_irqrestore(&amd->m.lock, flags);
}

/**
 * model_amd_run() - struct model_kind_ops::run
 * @m: the machine
 *
 * Return: whether there may be more to execute.
 */
bool model_amd_run(struct model *m)
{
	struct model_amd *amd = to_amd(m);
	struct amd_cmd cmd;
	unsigned int i;

	for (i = 0; i < AMD_CMD_BATCH; i++) {
		if (!amd_cmd_next(amd, &cmd) || !amd_cmd_execute(amd, &cmd))
			return false;
		amd_cmd_advance(amd, &cmd);
	}
	return true;
}
