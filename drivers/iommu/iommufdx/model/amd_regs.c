// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD registers (48882 section 3.4). Bits that belong to what the machine does
 * not have read as zero; so do registers.
 */
#include <linux/errno.h>

#include "amd_model.h"

#define AMD_CTRL_WRITABLE \
	(AMD_CTRL_IOMMU_EN | AMD_CTRL_EVT_LOG_EN | AMD_CTRL_EVT_INT_EN | \
	 AMD_CTRL_COMWAIT_INT_EN | AMD_CTRL_INV_TIMEOUT | AMD_CTRL_PASS_PW | \
	 AMD_CTRL_RES_PASS_PW | AMD_CTRL_COHERENT | AMD_CTRL_ISOC | \
	 AMD_CTRL_CMD_BUF_EN)
#define AMD_CTRL_PPR_WRITABLE \
	(AMD_CTRL_PPR_LOG_EN | AMD_CTRL_PPR_INT_EN | AMD_CTRL_PPR_EN | \
	 AMD_CTRL_PPR_AUTO_EN | AMD_CTRL_PPR_AUTO_ON)

static u64 amd_ctrl_writable(const struct model_amd *amd)
{
	u64 bits = AMD_CTRL_WRITABLE;

	if (amd->efr & AMD_EFR_GT)
		bits |= AMD_CTRL_GT_EN;
	if (amd->efr & AMD_EFR_PPR)
		bits |= AMD_CTRL_PPR_WRITABLE;
	if (amd->efr2 & AMD_EFR2_GCR3_TRP_MODE)
		bits |= AMD_CTRL_GCR3_TRP_MODE;
	return bits;
}

static bool amd_enabled(u64 control, u64 bit)
{
	return (control & AMD_CTRL_IOMMU_EN) && (control & bit);
}

static u64 amd_reg_get(struct model_amd *amd, u32 reg)
{
	switch (reg) {
	case AMD_REG_DEV_TABLE:
		return amd->dev_table;
	case AMD_REG_CMD_BASE:
		return amd->cmd_base;
	case AMD_REG_EVT_BASE:
		return amd->evt_base;
	case AMD_REG_PPR_BASE:
		return amd->ppr_base;
	case AMD_REG_CONTROL:
		return amd->control;
	case AMD_REG_EXCL_BASE:
		return amd->excl_base;
	case AMD_REG_EXCL_LIMIT:
		return amd->excl_limit;
	case AMD_REG_EFR:
		return amd->efr;
	case AMD_REG_EFR2:
		return amd->efr2;
	case AMD_REG_CMD_HEAD:
		return amd->cmd_head;
	case AMD_REG_CMD_TAIL:
		return amd->cmd_tail;
	case AMD_REG_EVT_HEAD:
		return amd->evt_head;
	case AMD_REG_EVT_TAIL:
		return amd->evt_tail;
	case AMD_REG_PPR_HEAD:
		return amd->ppr_head;
	case AMD_REG_PPR_TAIL:
		return amd->ppr_tail;
	case AMD_REG_STATUS:
		return amd->status;
	}
	return 0;
}

static u64 amd_read(struct model *m, u32 reg)
{
	struct model_amd *amd = to_amd(m);
	unsigned long flags;
	u64 val;

	spin_lock_irqsave(&m->lock, flags);
	val = amd_reg_get(amd, reg);
	spin_unlock_irqrestore(&m->lock, flags);
	return val;
}

static void amd_set_control(struct model_amd *amd, u64 val)
{
	u64 old = amd->control, rising;

	val &= amd_ctrl_writable(amd);
	WRITE_ONCE(amd->control, val);

	if (!amd_enabled(val, AMD_CTRL_CMD_BUF_EN)) {
		amd->status &= ~AMD_STATUS_CMD_RUN;
	} else if (!amd_enabled(old, AMD_CTRL_CMD_BUF_EN)) {
		amd->status |= AMD_STATUS_CMD_RUN;
		amd->cmd_epoch++;
	}

	/* An overflow has to be acknowledged before logging starts again. */
	if (!amd_enabled(val, AMD_CTRL_EVT_LOG_EN))
		amd->status &= ~AMD_STATUS_EVT_RUN;
	else if (!amd_enabled(old, AMD_CTRL_EVT_LOG_EN) &&
		 !(amd->status & AMD_STATUS_EVT_OVERFLOW))
		amd->status |= AMD_STATUS_EVT_RUN;

	if (!amd_enabled(val, AMD_CTRL_PPR_LOG_EN))
		amd->status &= ~AMD_STATUS_PPR_RUN;
	else if (!amd_enabled(old, AMD_CTRL_PPR_LOG_EN) &&
		 !(amd->status & AMD_STATUS_PPR_OVERFLOW))
		amd->status |= AMD_STATUS_PPR_RUN;

	rising = val & ~old;
	if ((rising & AMD_CTRL_PPR_INT_EN) && (amd->status & AMD_STATUS_PPR))
		model_raise(&amd->m, AMD_IRQ_PPR);
	if (((rising & AMD_CTRL_EVT_INT_EN) &&
	     (amd->status & (AMD_STATUS_EVT_INT | AMD_STATUS_EVT_OVERFLOW))) ||
	    ((rising & AMD_CTRL_COMWAIT_INT_EN) &&
	     (amd->status & AMD_STATUS_COMWAIT_INT)))
		model_raise(&amd->m, AMD_IRQ_MAIN);
}

/* Returns whether there may be commands to execute now. */
static bool amd_reg_set(struct model_amd *amd, u32 reg, u64 val, u64 mask)
{
	val = (amd_reg_get(amd, reg) & ~mask) | (val & mask);

	switch (reg) {
	case AMD_REG_DEV_TABLE:
		WRITE_ONCE(amd->dev_table,
			   val & (AMD_DEV_TABLE_SIZE | AMD_DEV_TABLE_PA));
		break;
	case AMD_REG_CMD_BASE:
		amd->cmd_base = val & (AMD_RING_PA | AMD_RING_LEN);
		amd->cmd_head = 0;
		amd->cmd_tail = 0;
		amd->cmd_epoch++;
		break;
	case AMD_REG_EVT_BASE:
		amd->evt_base = val & (AMD_RING_PA | AMD_RING_LEN);
		amd->evt_head = 0;
		amd->evt_tail = 0;
		break;
	case AMD_REG_PPR_BASE:
		if (!(amd->efr & AMD_EFR_PPR))
			break;
		amd->ppr_base = val & (AMD_RING_PA | AMD_RING_LEN);
		amd->ppr_head = 0;
		amd->ppr_tail = 0;
		break;
	case AMD_REG_CONTROL:
		amd_set_control(amd, val);
		return true;
	case AMD_REG_EXCL_BASE:
		WRITE_ONCE(amd->excl_base,
			   val & (AMD_EXCL_EN | AMD_EXCL_ALLOW | AMD_EXCL_PA));
		break;
	case AMD_REG_EXCL_LIMIT:
		WRITE_ONCE(amd->excl_limit, val & AMD_EXCL_PA);
		break;
	/* The side that is the machine's own is writable while it is halted. */
	case AMD_REG_CMD_HEAD:
		if (amd->status & AMD_STATUS_CMD_RUN)
			break;
		amd->cmd_head = val & AMD_RING_PTR;
		break;
	case AMD_REG_CMD_TAIL:
		amd->cmd_tail = val & AMD_RING_PTR;
		return true;
	case AMD_REG_EVT_HEAD:
		amd->evt_head = val & AMD_RING_PTR;
		break;
	case AMD_REG_EVT_TAIL:
		if (amd->status & AMD_STATUS_EVT_RUN)
			break;
		amd->evt_tail = val & AMD_RING_PTR;
		break;
	case AMD_REG_PPR_HEAD:
		amd->ppr_head = val & AMD_RING_PTR;
		break;
	case AMD_REG_PPR_TAIL:
		if (amd->status & AMD_STATUS_PPR_RUN)
			break;
		amd->ppr_tail = val & AMD_RING_PTR;
		break;
	case AMD_REG_STATUS:
		amd->status &= ~(val & mask & (AMD_STATUS_MAIN | AMD_STATUS_PPR));
		break;
	}
	return false;
}

static void amd_write(struct model *m, u32 reg, u64 val, u64 mask)
{
	struct model_amd *amd = to_amd(m);
	unsigned long flags;
	bool kick;

	spin_lock_irqsave(&m->lock, flags);
	kick = amd_reg_set(amd, reg, val, mask) &&
	       (amd->status & AMD_STATUS_CMD_RUN);
	spin_unlock_irqrestore(&m->lock, flags);
	if (kick)
		model_kick(m);
}

static void amd_stats(struct model *m, struct model_stats *stats)
{
	struct model_amd *amd = to_amd(m);
	unsigned long flags;
	u32 size;

	spin_lock_irqsave(&m->lock, flags);
	size = amd_ring_size(amd->cmd_base);
	if (size)
		stats->queue_depth = ((amd->cmd_tail - amd->cmd_head) &
				      (size - 1)) / AMD_RING_ENTRY;
	spin_unlock_irqrestore(&m->lock, flags);
	spin_lock(&amd->tlb.lock);
	stats->tlb_hits = amd->tlb.hits;
	stats->tlb_misses = amd->tlb.misses;
	stats->tlb_entries = amd->tlb.used;
	spin_unlock(&amd->tlb.lock);
	spin_lock(&amd->dte_lock);
	stats->dev_hits = amd->dev_hits;
	stats->dev_misses = amd->dev_misses;
	spin_unlock(&amd->dte_lock);
}

static void amd_features(struct model_amd *amd)
{
	u32 caps = amd->m.cfg.caps;

	amd->efr = AMD_EFR_IA | FIELD_PREP(AMD_EFR_HATS, AMD_EFR_HATS_6LEVEL);
	if (caps & MODEL_CAP_DIRTY)
		amd->efr |= AMD_EFR_HA | AMD_EFR_HD;
	if (caps & (MODEL_CAP_PASID | MODEL_CAP_NEST))
		amd->efr |= AMD_EFR_PREFETCH | AMD_EFR_NX | AMD_EFR_GT |
			    AMD_EFR_US | AMD_EFR_GIO |
			    FIELD_PREP(AMD_EFR_GATS, AMD_EFR_GATS_5LEVEL) |
			    FIELD_PREP(AMD_EFR_GLX, AMD_GLX_MAX);
	if (caps & MODEL_CAP_PASID)
		amd->efr |= FIELD_PREP(AMD_EFR_PASMAX, 19);
	if (caps & MODEL_CAP_NEST)
		amd->efr2 |= AMD_EFR2_GCR3_TRP_MODE;
	if (caps & MODEL_CAP_ATS)
		amd->m.hw.capability |= AMD_CAP_IOTLB;
	if (caps & MODEL_CAP_PRI) {
		amd->efr |= AMD_EFR_PPR | AMD_EFR_PPR_AUTO;
		amd->ppr_base = FIELD_PREP(AMD_RING_LEN, AMD_RING_LEN_MIN);
	}
}

static int amd_init(struct model *m)
{
	struct model_amd *amd = to_amd(m);
	int rc;

	amd_features(amd);
	/* The reset value of the length fields is 256 entries. */
	amd->cmd_base = FIELD_PREP(AMD_RING_LEN, AMD_RING_LEN_MIN);
	amd->evt_base = FIELD_PREP(AMD_RING_LEN, AMD_RING_LEN_MIN);

	rc = model_amd_dev_init(amd);
	if (rc)
		return rc;
	rc = model_tlb_init(&amd->tlb, m->cfg.tlb_entries, &m->gen);
	if (rc)
		model_amd_dev_exit(amd);
	return rc;
}

static void amd_exit(struct model *m)
{
	model_tlb_exit(&to_amd(m)->tlb);
	model_amd_dev_exit(to_amd(m));
}

const struct model_kind_ops model_amd_ops = {
	.kind = IOMMUFDX_HW_AMD,
	.size = sizeof(struct model_amd),
	.reg_size = AMD_REG_SIZE,
	.caps = MODEL_CAP_DIRTY | MODEL_CAP_PASID | MODEL_CAP_NEST |
		MODEL_CAP_ATS | MODEL_CAP_PRI,
	.irqs = AMD_IRQS,
	.init = amd_init,
	.exit = amd_exit,
	.read = amd_read,
	.write = amd_write,
	.run = model_amd_run,
	.translate = model_amd_translate,
	.peek = model_amd_peek,
	.pending = model_amd_pending,
	.page_request = model_amd_page_request,
	.check = model_amd_check,
	.stats = amd_stats,
};
