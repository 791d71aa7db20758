// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 registers (IHI 0070 section 6.3) and the machine as a whole.
 *
 * Registers that software must not change in the state they are in keep their
 * value. On page 0 there are no aliases of what is on page 1. Bits of what the
 * machine does not have read as zero.
 */
#include "smmuv3_model.h"

#define SMMU_IRQ_CTRL_ALL \
	(SMMU_IRQ_CTRL_GERROR | SMMU_IRQ_CTRL_PRIQ | SMMU_IRQ_CTRL_EVENTQ)
#define SMMU_GERROR_ALL		0x1fdU
#define SMMU_CR1_ALL		GENMASK(11, 0)
#define SMMU_CR2_ALL		\
	(SMMU_CR2_RECINVSID | SMMU_CR2_PTM | SMMU_CR2_REC_CFG_ATS)
#define SMMU_GBPA_ALL \
	(SMMU_GBPA_MEMATTR | SMMU_GBPA_MTCFG | SMMU_GBPA_ALLOCCFG | \
	 SMMU_GBPA_SHCFG | SMMU_GBPA_PRIVCFG | SMMU_GBPA_INSTCFG | \
	 SMMU_GBPA_ABORT)
#define SMMU_Q_BASE_ALL \
	(SMMU_Q_BASE_LOG2SIZE | SMMU_Q_BASE_ADDR | SMMU_Q_BASE_RA)

/* ---- Reading ---- */

static u32 smmu_get32(struct model_smmu *smmu, u32 reg)
{
	switch (reg) {
	case SMMU_REG_IDR0 ... SMMU_REG_IDR5:
		return smmu->idr[reg / 4];
	case SMMU_REG_CR0:
		return smmu->cr0;
	case SMMU_REG_CR0ACK:
		return smmu->cr0ack;
	case SMMU_REG_CR1:
		return smmu->cr1;
	case SMMU_REG_CR2:
		return smmu->cr2;
	case SMMU_REG_GBPA:
		return smmu->gbpa;
	case SMMU_REG_IRQ_CTRL:
		return smmu->irq_ctrl;
	case SMMU_REG_IRQ_CTRLACK:
		return smmu->irq_ctrlack;
	case SMMU_REG_GERROR:
		return smmu->gerror;
	case SMMU_REG_GERRORN:
		return smmu->gerrorn;
	case SMMU_REG_GERROR_IRQ_CFG1:
		return smmu->gerror_irq.data;
	case SMMU_REG_GERROR_IRQ_CFG2:
		return smmu->gerror_irq.attr;
	case SMMU_REG_STRTAB_BASE_CFG:
		return smmu->strtab_cfg;
	case SMMU_REG_CMDQ_PROD:
		return smmu->cmdq.prod;
	case SMMU_REG_CMDQ_CONS:
		return smmu->cmdq.cons;
	case SMMU_REG_EVENTQ_PROD:
		return smmu->evtq.prod;
	case SMMU_REG_EVENTQ_CONS:
		return smmu->evtq.cons;
	case SMMU_REG_EVENTQ_IRQ_CFG1:
		return smmu->evtq_irq.data;
	case SMMU_REG_EVENTQ_IRQ_CFG2:
		return smmu->evtq_irq.attr;
	case SMMU_REG_PRIQ_PROD:
		return smmu->priq.prod;
	case SMMU_REG_PRIQ_CONS:
		return smmu->priq.cons;
	case SMMU_REG_PRIQ_IRQ_CFG1:
		return smmu->priq_irq.data;
	case SMMU_REG_PRIQ_IRQ_CFG2:
		return smmu->priq_irq.attr;
	}
	return 0;
}

/* A 64-bit register and which of its bits can be written; NULL: two of 32. */
static u64 *smmu_reg64(struct model_smmu *smmu, u32 reg, u64 *writable)
{
	*writable = SMMU_Q_BASE_ALL;
	switch (reg) {
	case SMMU_REG_STRTAB_BASE:
		*writable = SMMU_STRTAB_BASE_ADDR | SMMU_STRTAB_BASE_RA;
		return &smmu->strtab_base;
	case SMMU_REG_CMDQ_BASE:
		return &smmu->cmdq.base;
	case SMMU_REG_EVENTQ_BASE:
		return &smmu->evtq.base;
	case SMMU_REG_PRIQ_BASE:
		return &smmu->priq.base;
	}
	*writable = SMMU_IRQ_CFG0_ADDR;
	switch (reg) {
	case SMMU_REG_GERROR_IRQ_CFG0:
		return &smmu->gerror_irq.addr;
	case SMMU_REG_EVENTQ_IRQ_CFG0:
		return &smmu->evtq_irq.addr;
	case SMMU_REG_PRIQ_IRQ_CFG0:
		return &smmu->priq_irq.addr;
	}
	return NULL;
}

static u64 smmu_read(struct model *m, u32 reg)
{
	struct model_smmu *smmu = to_smmu(m);
	unsigned long flags;
	u64 val, writable, *reg64;

	spin_lock_irqsave(&m->lock, flags);
	reg64 = smmu_reg64(smmu, reg, &writable);
	if (reg64)
		val = *reg64;
	else
		val = smmu_get32(smmu, reg) |
		      (u64)smmu_get32(smmu, reg + 4) << 32;
	spin_unlock_irqrestore(&m->lock, flags);
	return val;
}

/* ---- Writing ---- */

/* Is the register frozen, by what is on or on its way to be? */
static bool smmu_frozen(struct model_smmu *smmu, u32 reg)
{
	u32 cr0 = smmu->cr0 | smmu->cr0_active | smmu->cr0ack;
	u32 irq = smmu->irq_ctrl | smmu->irq_ctrlack;

	switch (reg) {
	case SMMU_REG_CR1:
		return cr0 & (SMMU_CR0_SMMUEN | SMMU_CR0_CMDQEN |
			      SMMU_CR0_EVENTQEN | SMMU_CR0_PRIQEN);
	case SMMU_REG_CR2:
	case SMMU_REG_STRTAB_BASE:
	case SMMU_REG_STRTAB_BASE_CFG:
		return cr0 & SMMU_CR0_SMMUEN;
	case SMMU_REG_CMDQ_BASE:
	case SMMU_REG_CMDQ_CONS:
		return cr0 & SMMU_CR0_CMDQEN;
	case SMMU_REG_EVENTQ_BASE:
	case SMMU_REG_EVENTQ_PROD:
		return cr0 & SMMU_CR0_EVENTQEN;
	case SMMU_REG_PRIQ_BASE:
	case SMMU_REG_PRIQ_PROD:
		return cr0 & SMMU_CR0_PRIQEN;
	case SMMU_REG_GERROR_IRQ_CFG0 ... SMMU_REG_GERROR_IRQ_CFG2:
		return irq & SMMU_IRQ_CTRL_GERROR;
	case SMMU_REG_EVENTQ_IRQ_CFG0 ... SMMU_REG_EVENTQ_IRQ_CFG2:
		return irq & SMMU_IRQ_CTRL_EVENTQ;
	case SMMU_REG_PRIQ_IRQ_CFG0 ... SMMU_REG_PRIQ_IRQ_CFG2:
		return irq & SMMU_IRQ_CTRL_PRIQ;
	}
	return false;
}

static u32 smmu_cr0_writable(struct model_smmu *smmu)
{
	u32 bits = SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN;

	if (smmu->idr[0] & SMMU_IDR0_PRI)
		bits |= SMMU_CR0_PRIQEN;
	if (smmu->idr[0] & SMMU_IDR0_ATS)
		bits |= SMMU_CR0_ATSCHK;
	return bits;
}

/* Returns whether the machine may have something to do. */
static bool smmu_set32(struct model_smmu *smmu, u32 reg, u32 val)
{
	if (smmu_frozen(smmu, reg))
		return false;
	switch (reg) {
	case SMMU_REG_CR0:
		smmu->cr0 = val & smmu_cr0_writable(smmu);
		return true;
	case SMMU_REG_CR1:
		smmu->cr1 = val & SMMU_CR1_ALL;
		break;
	case SMMU_REG_CR2:
		WRITE_ONCE(smmu->cr2, val & SMMU_CR2_ALL);
		break;
	case SMMU_REG_GBPA:
		/* Only with UPDATE, and one after the other. */
		if (!(val & SMMU_GBPA_UPDATE) ||
		    (smmu->gbpa & SMMU_GBPA_UPDATE))
			break;
		smmu->gbpa_next = val & SMMU_GBPA_ALL;
		WRITE_ONCE(smmu->gbpa, smmu->gbpa | SMMU_GBPA_UPDATE);
		return true;
	case SMMU_REG_IRQ_CTRL:
		smmu->irq_ctrl = val & SMMU_IRQ_CTRL_ALL;
		return true;
	case SMMU_REG_GERRORN:
		smmu->gerrorn = val & SMMU_GERROR_ALL;
		return true;
	case SMMU_REG_GERROR_IRQ_CFG1:
		smmu->gerror_irq.data = val;
		break;
	case SMMU_REG_GERROR_IRQ_CFG2:
		smmu->gerror_irq.attr = val;
		break;
	case SMMU_REG_STRTAB_BASE_CFG:
		WRITE_ONCE(smmu->strtab_cfg, val & (SMMU_STRTAB_CFG_LOG2SIZE |
						    SMMU_STRTAB_CFG_SPLIT |
						    SMMU_STRTAB_CFG_FMT));
		break;
	case SMMU_REG_CMDQ_PROD:
		smmu->cmdq.prod = val & SMMU_Q_PTR;
		return true;
	case SMMU_REG_CMDQ_CONS:
		smmu->cmdq.cons = val & (SMMU_Q_PTR | SMMU_CMDQ_CONS_ERR);
		break;
	case SMMU_REG_EVENTQ_PROD:
		smmu->evtq.prod = val & (SMMU_Q_PTR | SMMU_Q_OVFLG);
		break;
	case SMMU_REG_EVENTQ_CONS:
		smmu->evtq.cons = val & (SMMU_Q_PTR | SMMU_Q_OVACKFLG);
		model_smmu_stall_flush(smmu);
		break;
	case SMMU_REG_EVENTQ_IRQ_CFG1:
		smmu->evtq_irq.data = val;
		break;
	case SMMU_REG_EVENTQ_IRQ_CFG2:
		smmu->evtq_irq.attr = val;
		break;
	case SMMU_REG_PRIQ_PROD:
		smmu->priq.prod = val & (SMMU_Q_PTR | SMMU_Q_OVFLG);
		break;
	case SMMU_REG_PRIQ_CONS:
		smmu->priq.cons = val & (SMMU_Q_PTR | SMMU_Q_OVACKFLG);
		break;
	case SMMU_REG_PRIQ_IRQ_CFG1:
		smmu->priq_irq.data = val;
		break;
	case SMMU_REG_PRIQ_IRQ_CFG2:
		smmu->priq_irq.attr = val;
		break;
	}
	return false;
}

static void smmu_write(struct model *m, u32 reg, u64 val, u64 mask)
{
	struct model_smmu *smmu = to_smmu(m);
	unsigned long flags;
	u64 writable, *reg64;
	bool kick = false;

	spin_lock_irqsave(&m->lock, flags);
	reg64 = smmu_reg64(smmu, reg, &writable);
	if (reg64) {
		if (!smmu_frozen(smmu, reg)) {
			val = (*reg64 & ~mask) | (val & mask & writable);
			WRITE_ONCE(*reg64, val);
		}
	} else {
		if ((u32)mask)
			kick = smmu_set32(smmu, reg, val);
		if (mask >> 32)
			kick |= smmu_set32(smmu, reg + 4, val >> 32);
	}
	spin_unlock_irqrestore(&m->lock, flags);
	if (kick)
		model_kick(m);
}

/* ---- Acknowledgement ---- */

/**
 * model_smmu_acknowledge() - put into effect what software asked for
 * @smmu: the machine
 *
 * Context: the one that executes commands.
 */
void model_smmu_acknowledge(struct model_smmu *smmu)
{
	struct model *m = &smmu->m;
	unsigned long flags;
	u32 off, cr0;

	spin_lock_irqsave(&m->lock, flags);
	cr0 = smmu->cr0;
	off = smmu->cr0_active & ~cr0;
	WRITE_ONCE(smmu->cr0_active, cr0);
	smmu->irq_ctrlack = smmu->irq_ctrl;
	if (smmu->gbpa & SMMU_GBPA_UPDATE)
		WRITE_ONCE(smmu->gbpa, smmu->gbpa_next);
	if (cr0 & SMMU_CR0_EVENTQEN)
		model_smmu_stall_flush(smmu);
	spin_unlock_irqrestore(&m->lock, flags);

	if (off & SMMU_CR0_SMMUEN) {
		model_smmu_stall_term(smmu, 0, 0);
		/* Until nothing is under way that was translated. */
		write_lock(&m->drain);
		write_unlock(&m->drain);
	}
	spin_lock_irqsave(&m->lock, flags);
	smmu->cr0ack = cr0;
	spin_unlock_irqrestore(&m->lock, flags);
}

/* ---- The machine ---- */

static void smmu_stats(struct model *m, struct model_stats *stats)
{
	struct model_smmu *smmu = to_smmu(m);
	unsigned long flags;

	spin_lock(&smmu->tlb.lock);
	stats->tlb_hits = smmu->tlb.hits;
	stats->tlb_misses = smmu->tlb.misses;
	stats->tlb_entries = smmu->tlb.used;
	spin_unlock(&smmu->tlb.lock);
	spin_lock(&smmu->walks.lock);
	stats->walk_entries = smmu->walks.used;
	spin_unlock(&smmu->walks.lock);
	spin_lock(&smmu->config_lock);
	stats->dev_hits = smmu->dev_hits;
	stats->dev_misses = smmu->dev_misses;
	spin_unlock(&smmu->config_lock);
	spin_lock_irqsave(&m->lock, flags);
	stats->queue_depth = model_smmu_queue_depth(&smmu->cmdq);
	spin_unlock_irqrestore(&m->lock, flags);
}

static void smmu_init_idr(struct model_smmu *smmu)
{
	u32 caps = smmu->m.cfg.caps;
	u32 idr0 = SMMU_IDR0_S1P | FIELD_PREP(SMMU_IDR0_TTF, SMMU_TTF_AARCH64) |
		   SMMU_IDR0_COHACC | SMMU_IDR0_ASID16 | SMMU_IDR0_MSI |
		   SMMU_IDR0_VMID16 | SMMU_IDR0_CD2L | SMMU_IDR0_ATSRECERR |
		   FIELD_PREP(SMMU_IDR0_TTENDIAN, SMMU_TTENDIAN_LE) |
		   FIELD_PREP(SMMU_IDR0_STALL_MODEL, SMMU_STALL_BOTH) |
		   FIELD_PREP(SMMU_IDR0_ST_LEVEL, SMMU_ST_2LEVEL);

	if (caps & MODEL_CAP_NEST)
		idr0 |= SMMU_IDR0_S2P;
	if (caps & MODEL_CAP_DIRTY)
		idr0 |= FIELD_PREP(SMMU_IDR0_HTTU, SMMU_HTTU_AD);
	if (caps & MODEL_CAP_ATS)
		idr0 |= SMMU_IDR0_ATS;
	if (caps & MODEL_CAP_PRI)
		idr0 |= SMMU_IDR0_PRI;
	smmu->idr[0] = idr0;
	smmu->idr[1] = FIELD_PREP(SMMU_IDR1_SIDSIZE, SMMU_SID_BITS) |
		       FIELD_PREP(SMMU_IDR1_PRIQS, SMMU_QUEUE_LOG2) |
		       FIELD_PREP(SMMU_IDR1_EVENTQS, SMMU_QUEUE_LOG2) |
		       FIELD_PREP(SMMU_IDR1_CMDQS, SMMU_QUEUE_LOG2) |
		       SMMU_IDR1_ATTR_PERMS_OVR | SMMU_IDR1_ATTR_TYPES_OVR;
	if (caps & MODEL_CAP_PASID)
		smmu->idr[1] |= FIELD_PREP(SMMU_IDR1_SSIDSIZE,
					   SMMU_SSID_BITS_MAX);
	smmu->idr[3] = SMMU_IDR3_HAD;
	if (caps & MODEL_CAP_RANGE_INV)
		smmu->idr[3] |= SMMU_IDR3_RIL;
	if (caps & (MODEL_CAP_BBM | MODEL_CAP_BBM_NT))
		smmu->idr[3] |= FIELD_PREP(SMMU_IDR3_BBML,
					   caps & MODEL_CAP_BBM ? 2 : 1);
	smmu->idr[5] = FIELD_PREP(SMMU_IDR5_OAS, SMMU_OAS_48) |
		       SMMU_IDR5_GRAN4K | SMMU_IDR5_GRAN16K |
		       SMMU_IDR5_GRAN64K |
		       FIELD_PREP(SMMU_IDR5_STALL_MAX, SMMU_STALLS);
}

static int smmu_init(struct model *m)
{
	struct model_smmu *smmu = to_smmu(m);
	int rc;

	smmu_init_idr(smmu);
	init_waitqueue_head(&smmu->stall_wait);
	rc = model_smmu_config_init(smmu);
	if (rc)
		return rc;
	rc = model_tlb_init(&smmu->tlb, m->cfg.tlb_entries, &m->gen);
	if (rc)
		goto err_config;
	rc = model_tlb_init(&smmu->walks, m->cfg.tlb_entries, &m->gen);
	if (rc)
		goto err_tlb;
	return 0;

err_tlb:
	model_tlb_exit(&smmu->tlb);
err_config:
	model_smmu_config_exit(smmu);
	return rc;
}

static void smmu_exit(struct model *m)
{
	struct model_smmu *smmu = to_smmu(m);

	model_tlb_exit(&smmu->walks);
	model_tlb_exit(&smmu->tlb);
	model_smmu_config_exit(smmu);
}

const struct model_kind_ops model_smmuv3_ops = {
	.kind = IOMMUFDX_HW_SMMUV3,
	.size = sizeof(struct model_smmu),
	.reg_size = SMMU_REG_SIZE,
	.caps = MODEL_CAP_ALL,
	.irqs = SMMU_IRQS,
	.init = smmu_init,
	.exit = smmu_exit,
	.read = smmu_read,
	.write = smmu_write,
	.run = model_smmu_run,
	.translate = model_smmu_translate,
	.stalled = model_smmu_stalled,
	.wake = model_smmu_stall_wake,
	.peek = model_smmu_peek,
	.pending = model_smmu_pending,
	.page_request = model_smmu_page_request,
	.check = model_smmu_check,
	.stats = smmu_stats,
};
