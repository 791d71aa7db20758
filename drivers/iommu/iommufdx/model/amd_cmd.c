// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD command buffer (48882 section 2.4).
 *
 * Commands are fetched one by one, each read once, and executed in order. A
 * command that is illegal or cannot be read is logged and stops the machine
 * with the head at that command, until software switches CmdBufEn off and on.
 */
#include <linux/errno.h>

#include "amd_model.h"
#include "atc.h"

#define AMD_CMD_BATCH	64

struct amd_cmd {
	u64 w[2];
	u64 pa;
	u32 head;
	u32 epoch;
};

static bool amd_cmd_legal(const struct model_amd *amd,
			  const struct amd_cmd *cmd)
{
	bool guest = amd->efr & AMD_EFR_GT;
	u64 w0 = cmd->w[0], w1 = cmd->w[1];

	switch (FIELD_GET(AMD_CMD0_OP, w0)) {
	case AMD_CMD_COMPLETION_WAIT:
		return !(w0 & AMD_CMD_CW0_RSVD);
	case AMD_CMD_INV_DEVTAB_ENTRY:
		return !(w0 & AMD_CMD_DTE0_RSVD) && !w1;
	case AMD_CMD_INV_IOMMU_PAGES:
		return !(w0 & AMD_CMD_PG0_RSVD) && !(w1 & AMD_CMD_PG1_RSVD) &&
		       (guest || !(w1 & AMD_CMD_PG1_GN));
	case AMD_CMD_INV_IOTLB_PAGES:
		return (amd->m.hw.capability & AMD_CAP_IOTLB) &&
		       !(w1 & AMD_CMD_TLB1_RSVD) &&
		       (guest || !(w1 & AMD_CMD_TLB1_GN));
	case AMD_CMD_INV_INT_TABLE:
		return !(w0 & AMD_CMD_INT0_RSVD) && !w1;
	case AMD_CMD_INV_IOMMU_ALL:
		return !(w0 & AMD_CMD_ALL0_RSVD) && !w1;
	case AMD_CMD_PREFETCH:
		return (amd->efr & AMD_EFR_PREFETCH) &&
		       !(w0 & AMD_CMD_PF0_RSVD) && !(w1 & AMD_CMD_PF1_RSVD);
	case AMD_CMD_COMPLETE_PPR:
		return (amd->efr & AMD_EFR_PPR) && !(w0 & AMD_CMD_PPR0_RSVD) &&
		       !(w1 & AMD_CMD_PPR1_RSVD) &&
		       (guest || !(w1 & AMD_CMD_PPR1_GN));
	}
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

static void amd_evict(struct model_amd *amd, u64 tag, u64 mask, u64 iova,
		      u64 last, u8 attr)
{
	const struct model_tlb_match match = {
		.tag = tag,
		.mask = mask,
		.iova = iova,
		.last = last,
		.attr = attr,
		.attr_mask = attr,
	};

	model_tlb_evict(&amd->tlb, &match);
}

/*
 * INVALIDATE_IOMMU_PAGES. Of a GPA no one can say which nested translations went
 * through it: all of the domain go. A PASID's page table is a directory.
 */
static void amd_cmd_pages(struct model_amd *amd, const struct amd_cmd *cmd)
{
	u16 domid = FIELD_GET(AMD_CMD_PG0_DOMID, cmd->w[0]);
	u32 pasid = FIELD_GET(AMD_CMD_PG0_PASID, cmd->w[0]);
	u64 iova, last;

	model_atc_range(cmd->w[1], cmd->w[1] & AMD_CMD_PG1_S, &iova, &last);
	if (!(cmd->w[1] & AMD_CMD_PG1_GN)) {
		amd_evict(amd, amd_tag(AMD_STAGE_HOST, domid, 0), ~0ULL, iova,
			  last, 0);
		amd_evict(amd, amd_tag(AMD_STAGE_HOST, domid, 0),
			  AMD_TAG_DOMID, 0, ~0ULL, AMD_ATTR_NESTED);
		return;
	}
	amd_evict(amd, amd_tag(AMD_STAGE_GUEST, domid, pasid), ~0ULL, iova,
		  last, 0);
	if (cmd->w[1] & AMD_CMD_PG1_PDE)
		amd_evict(amd, amd_tag(AMD_STAGE_GCR3, domid, pasid), ~0ULL, 0,
			  ~0ULL, 0);
}

static void amd_cmd_invalidate(struct model_amd *amd, const struct amd_cmd *cmd)
{
	model_evict_begin(&amd->m);
	switch (FIELD_GET(AMD_CMD0_OP, cmd->w[0])) {
	case AMD_CMD_INV_DEVTAB_ENTRY:
		model_amd_dev_invalidate(amd, FIELD_GET(AMD_CMD_DTE0_DEVID,
							cmd->w[0]));
		break;
	case AMD_CMD_INV_IOMMU_PAGES:
		amd_cmd_pages(amd, cmd);
		break;
	case AMD_CMD_INV_IOMMU_ALL:
		model_amd_dev_invalidate_all(amd);
		model_tlb_invalidate(&amd->tlb, 0, 0, 0, ~0ULL);
		break;
	}
	model_evict_end(&amd->m);
}

/* A device that does not answer in time is logged, and nobody waits for it. */
static void amd_cmd_iotlb(struct model_amd *amd, const struct amd_cmd *cmd)
{
	u64 w0 = cmd->w[0], w1 = cmd->w[1];
	struct model_atc_inv inv = {
		.rid = FIELD_GET(AMD_CMD_TLB0_DEVID, w0),
		.has_pasid = w1 & AMD_CMD_TLB1_GN,
	};

	if (inv.has_pasid)
		inv.pasid = FIELD_GET(AMD_CMD_TLB0_PASID_7_0, w0) |
			    FIELD_GET(AMD_CMD_TLB0_PASID_15_8, w0) << 8 |
			    FIELD_GET(AMD_CMD_TLB0_PASID_19_16, w0) << 16;
	model_atc_range(w1, w1 & AMD_CMD_TLB1_S, &inv.iova, &inv.last);
	if (model_atc_invalidate(&amd->m, &inv))
		model_amd_event(amd, FIELD_PREP(AMD_EVT0_CODE,
						AMD_EVT_IOTLB_INV_TIMEOUT) |
				FIELD_PREP(AMD_EVT0_DEVID, inv.rid), cmd->pa);
}

/* A hint, but for what is to be forgotten first; pages are loaded one by one. */
static void amd_cmd_prefetch(struct model_amd *amd, const struct amd_cmd *cmd)
{
	struct model_txn txn = {
		.rid = FIELD_GET(AMD_CMD_PF0_DEVID, cmd->w[0]),
		.has_pasid = cmd->w[1] & AMD_CMD_PF1_GN,
		.op = MODEL_DMA_READ,
	};
	struct model_xlat x = { .fault = 0 };
	struct amd_ctx ctx;
	u64 iova, last;

	if (txn.has_pasid)
		txn.pasid = FIELD_GET(AMD_CMD_PF0_PASID, cmd->w[0]);
	if (!model_amd_peek_ctx(amd, txn.rid, &ctx))
		return;
	model_atc_range(cmd->w[1], cmd->w[1] & AMD_CMD_PF1_S, &iova, &last);
	if (cmd->w[1] & AMD_CMD_PF1_INVAL) {
		model_evict_begin(&amd->m);
		amd_evict(amd, amd_tag(txn.has_pasid ? AMD_STAGE_GUEST :
						       AMD_STAGE_HOST,
				       ctx.domid, txn.pasid), ~0ULL, iova, last,
			  0);
		model_evict_end(&amd->m);
	}
	/* Only what is there: a prefetch causes no event. */
	if (!model_amd_peek(&amd->m, &txn, iova, &x))
		model_amd_translate(&amd->m, &txn, iova, &x);
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
	if (model_next_illegal(m) || !amd_cmd_legal(amd, cmd)) {
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
	if (model_knob(m, MODEL_KNOB_IGNORE_OP) & BIT_ULL(op))
		return true;
	switch (op) {
	case AMD_CMD_INV_IOTLB_PAGES:
		amd_cmd_iotlb(amd, cmd);
		break;
	case AMD_CMD_PREFETCH:
		amd_cmd_prefetch(amd, cmd);
		break;
	case AMD_CMD_COMPLETE_PPR:
		model_amd_page_complete(amd, cmd->w[0], cmd->w[1]);
		break;
	default:
		amd_cmd_invalidate(amd, cmd);
	}
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
