// SPDX-License-Identifier: GPL-2.0-only
/* One SMMU: bringing it up, shutting it down, its masters. */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>
#include "smmuv3.h"

#define SMMU_IDRS		6
/* Of 100 to 200 us: as long as commands may take. */
#define SMMU_ACK_TRIES		50000

/* Formats of page tables with these granules have no more. */
#define SMMU_OA_BITS_MAX	48

unsigned int smmu_oas_decode(unsigned int oas)
{
	static const u8 bits[] = {
		[SMMU_OAS_32] = 32, [SMMU_OAS_36] = 36, [SMMU_OAS_40] = 40,
		[SMMU_OAS_42] = 42, [SMMU_OAS_44] = 44, [SMMU_OAS_48] = 48,
	};

	return oas < ARRAY_SIZE(bits) ? bits[oas] : SMMU_OA_BITS_MAX;
}

unsigned int smmu_oas_encode(unsigned int bits)
{
	unsigned int oas;

	for (oas = SMMU_OAS_32; oas < SMMU_OAS_48; oas++)
		if (smmu_oas_decode(oas) >= bits)
			break;
	return oas;
}

/* --------------------------------------------------------------- registers */

/* Wait until @mask of @reg is @val. */
static int smmu_poll(struct smmu *smmu, u32 reg, u32 mask, u32 val)
{
	unsigned int tries;

	for (tries = 0; tries < SMMU_ACK_TRIES; tries++) {
		if ((hw_read32(smmu_hw(smmu), reg) & mask) == val)
			return 0;
		usleep_range(100, 200);
	}
	pr_err("iommufdx: %s: register %#x is not %#x\n", smmu_hw(smmu)->name,
	       reg, val);
	return -ETIMEDOUT;
}

/* CR0 and IRQ_CTRL take effect when the register behind them agrees. */
static int smmu_write_acked(struct smmu *smmu, u32 reg, u32 val)
{
	hw_write32(smmu_hw(smmu), reg, val);
	return smmu_poll(smmu, reg + 4, ~0U, val);
}

static_assert(SMMU_REG_CR0ACK == SMMU_REG_CR0 + 4);
static_assert(SMMU_REG_IRQ_CTRLACK == SMMU_REG_IRQ_CTRL + 4);

/* Off, and then no DMA. */
static int smmu_disable(struct smmu *smmu)
{
	struct iommufdx_hw *hw = smmu_hw(smmu);
	u32 gbpa = hw_read32(hw, SMMU_REG_GBPA);
	int rc;

	hw_write32(hw, SMMU_REG_GBPA,
		   gbpa | SMMU_GBPA_ABORT | SMMU_GBPA_UPDATE);
	rc = smmu_poll(smmu, SMMU_REG_GBPA, SMMU_GBPA_UPDATE | SMMU_GBPA_ABORT,
		       SMMU_GBPA_ABORT);
	return smmu_write_acked(smmu, SMMU_REG_IRQ_CTRL, 0) ?:
	       smmu_write_acked(smmu, SMMU_REG_CR0, 0) ?: rc;
}

/* Tables and queues are in memory that CPUs cache. */
static void smmu_init_regs(struct smmu *smmu)
{
	struct iommufdx_hw *hw = smmu_hw(smmu);

	hw_write32(hw, SMMU_REG_CR1,
		   FIELD_PREP(SMMU_CR1_QUEUE_IC, SMMU_CACHE_WB) |
		   FIELD_PREP(SMMU_CR1_QUEUE_OC, SMMU_CACHE_WB) |
		   FIELD_PREP(SMMU_CR1_QUEUE_SH, SMMU_SH_INNER) |
		   FIELD_PREP(SMMU_CR1_TABLE_IC, SMMU_CACHE_WB) |
		   FIELD_PREP(SMMU_CR1_TABLE_OC, SMMU_CACHE_WB) |
		   FIELD_PREP(SMMU_CR1_TABLE_SH, SMMU_SH_INNER));
	hw_write32(hw, SMMU_REG_CR2, SMMU_CR2_PTM | SMMU_CR2_RECINVSID);
	smmu->gerrorn = hw_read32(hw, SMMU_REG_GERROR);
	hw_write32(hw, SMMU_REG_GERRORN, smmu->gerrorn);
	hw_write64(hw, SMMU_REG_GERROR_IRQ_CFG0, 0);
	hw_write64(hw, SMMU_REG_EVENTQ_IRQ_CFG0, 0);
	smmu_strtab_enable(smmu);
	smmu_cmdq_enable(smmu);
	smmu_queue_enable(smmu, &smmu->evtq);
	if (smmu->priq.mem) {
		hw_write64(hw, SMMU_REG_PRIQ_IRQ_CFG0, 0);
		hw_write32(hw, SMMU_REG_PRIQ_IRQ_CFG2, 0);
		smmu_queue_enable(smmu, &smmu->priq);
	}
}

/* Devices that do not forget are given up at once: smmu_ats_give_up(). */
static int smmu_forget_all(struct iommufdx_iommu *base)
{
	struct smmu *smmu = base->priv;
	struct ring_batch batch = {};

	ring_batch_add(&batch, smmu_cmd_cfgi_all());
	if (smmu->idr[0] & SMMU_IDR0_HYP)
		ring_batch_add(&batch, smmu_cmd_tlbi_el2_all());
	ring_batch_add(&batch, smmu_cmd_tlbi_all());
	return smmu_run(smmu, &batch);
}

static int smmu_enable(struct smmu *smmu)
{
	u32 irqs = SMMU_IRQ_CTRL_GERROR | SMMU_IRQ_CTRL_EVENTQ;
	u32 cr0 = SMMU_CR0_CMDQEN;
	int rc;

	rc = smmu_disable(smmu);
	if (rc)
		return rc;
	smmu_init_regs(smmu);
	rc = smmu_write_acked(smmu, SMMU_REG_CR0, cr0);
	/* Whoever had the hardware before may have left something cached. */
	if (!rc)
		rc = smmu_forget_all(smmu->base);
	if (rc)
		return rc;

	cr0 |= SMMU_CR0_EVENTQEN | SMMU_CR0_SMMUEN;
	if (smmu->priq.mem) {
		cr0 |= SMMU_CR0_PRIQEN;
		irqs |= SMMU_IRQ_CTRL_PRIQ;
	}
	/* Translated requests of streams that may make none are refused. */
	if (smmu->idr[0] & SMMU_IDR0_ATS)
		cr0 |= SMMU_CR0_ATSCHK;
	return smmu_write_acked(smmu, SMMU_REG_IRQ_CTRL, irqs) ?:
	       smmu_write_acked(smmu, SMMU_REG_CR0, cr0);
}

/* ---------------------------------------------------------------- up, down */

static void smmu_free(struct smmu *smmu)
{
	if (smmu->wq)
		destroy_workqueue(smmu->wq);
	pgtable_gather_free(&smmu->limbo);
	smmu_queues_destroy(smmu);
	iommufdx_ring_destroy(&smmu->ring);
	smmu_strtab_destroy(smmu);
	kfree(smmu);
}

static void smmu_release_irqs(struct smmu *smmu)
{
	struct iommufdx_hw *hw = smmu_hw(smmu);

	hw_set_irq(hw, SMMU_IRQ_GERROR, NULL, NULL);
	hw_set_irq(hw, SMMU_IRQ_EVENTQ, NULL, NULL);
	if (smmu->priq.mem)
		hw_set_irq(hw, SMMU_IRQ_PRIQ, NULL, NULL);
}

static int smmu_request_irqs(struct smmu *smmu)
{
	struct iommufdx_hw *hw = smmu_hw(smmu);
	int rc;

	rc = hw_set_irq(hw, SMMU_IRQ_GERROR, smmu_gerror_irq, smmu);
	if (rc)
		return rc;
	rc = hw_set_irq(hw, SMMU_IRQ_EVENTQ, smmu_evtq_irq, smmu);
	if (rc)
		goto err_gerror;
	if (smmu->priq.mem)
		rc = hw_set_irq(hw, SMMU_IRQ_PRIQ, smmu_priq_irq, smmu);
	if (rc)
		goto err_eventq;
	return 0;

err_eventq:
	hw_set_irq(hw, SMMU_IRQ_EVENTQ, NULL, NULL);
err_gerror:
	hw_set_irq(hw, SMMU_IRQ_GERROR, NULL, NULL);
	return rc;
}

/* What this driver cannot do without. */
static bool smmu_usable(const struct smmu *smmu)
{
	const u32 idr0 = smmu->idr[0], idr1 = smmu->idr[1];
	const u32 need = SMMU_IDR0_COHACC | SMMU_IDR0_MSI;

	return (idr0 & need) == need &&
	       (FIELD_GET(SMMU_IDR0_TTF, idr0) & SMMU_TTF_AARCH64) &&
	       FIELD_GET(SMMU_IDR0_TTENDIAN, idr0) != SMMU_TTENDIAN_BE &&
	       (idr0 & (SMMU_IDR0_S1P | SMMU_IDR0_S2P)) &&
	       !(idr1 & (SMMU_IDR1_QUEUES_PRESET | SMMU_IDR1_TABLES_PRESET)) &&
	       FIELD_GET(SMMU_IDR1_CMDQS, idr1) >= SMMU_CMDQ_LOG2_MIN;
}

static int smmu_alloc(struct smmu *smmu)
{
	int rc;

	rc = smmu_strtab_init(smmu) ?: smmu_cmdq_init(smmu) ?:
	     smmu_queues_init(smmu);
	if (rc)
		return rc;
	smmu->wq = alloc_workqueue("iommufdx_%s", WQ_UNBOUND, 0,
				   smmu_hw(smmu)->name);
	return smmu->wq ? 0 : -ENOMEM;
}

int smmu_probe(struct iommufdx_iommu *base)
{
	struct smmu *smmu;
	unsigned int i;
	int rc;

	smmu = kzalloc(sizeof(*smmu), GFP_KERNEL);
	if (!smmu)
		return -ENOMEM;
	smmu->base = base;
	mutex_init(&smmu->config_lock);
	mutex_init(&smmu->masters_lock);
	mutex_init(&smmu->events_lock);
	spin_lock_init(&smmu->gerror_lock);
	INIT_LIST_HEAD(&smmu->masters);
	INIT_LIST_HEAD(&smmu->limbo.tables);
	INIT_WORK(&smmu->evtq_work, smmu_evtq_work);
	INIT_WORK(&smmu->priq_work, smmu_priq_work);
	for (i = 0; i < SMMU_IDRS; i++)
		smmu->idr[i] = hw_read32(base->hw, SMMU_REG_IDR0 + 4 * i);
	smmu->oa_bits = smmu_oas_decode(FIELD_GET(SMMU_IDR5_OAS, smmu->idr[5]));
	rc = smmu_usable(smmu) ? smmu_alloc(smmu) : -EOPNOTSUPP;
	if (rc)
		goto err_free;

	base->priv = smmu;
	rc = smmu_request_irqs(smmu);
	if (rc)
		goto err_priv;
	rc = smmu_enable(smmu);
	if (rc)
		goto err_irqs;
	return 0;

err_irqs:
	smmu_disable(smmu);
	smmu_release_irqs(smmu);
err_priv:
	base->priv = NULL;
err_free:
	smmu_free(smmu);
	return rc;
}

void smmu_remove(struct iommufdx_iommu *base)
{
	struct smmu *smmu = to_smmu(base);

	smmu_disable(smmu);
	smmu_release_irqs(smmu);
	smmu_free(smmu);
	base->priv = NULL;
}

/* ----------------------------------------------------------------- masters */

static u32 smmu_master_caps(const struct smmu *smmu,
			    const struct iommufdx_master *base)
{
	u32 caps = IOMMUFDX_CAP_CACHE_COHERENCY | IOMMUFDX_CAP_PASS_THROUGH;

	if (smmu_has_dirty(smmu))
		caps |= IOMMUFDX_CAP_DIRTY;
	if (base->pasid_bits)
		caps |= IOMMUFDX_CAP_PASID;
	if (smmu_can_nest(smmu))
		caps |= IOMMUFDX_CAP_NEST;
	if (base->dev_ats && (smmu->idr[0] & SMMU_IDR0_ATS))
		caps |= IOMMUFDX_CAP_ATS;
	/* Who asks for pages has an ATC to put the answer in. */
	if ((caps & IOMMUFDX_CAP_ATS) && base->dev_pri &&
	    (smmu->idr[0] & SMMU_IDR0_PRI))
		caps |= IOMMUFDX_CAP_PRI;
	if (smmu_has_bbm(smmu))
		caps |= IOMMUFDX_CAP_PAGE_SIZE_LIVE;
	return caps;
}

int smmu_master_add(struct iommufdx_master *base)
{
	struct smmu *smmu = to_smmu(base->iommu);
	u64 stall = FIELD_GET(SMMU_IDR0_STALL_MODEL, smmu->idr[0]);
	struct smmu_master *master;
	int rc;

	if (base->rid >> smmu->sid_bits)
		return -EINVAL;
	master = kzalloc(sizeof(*master), GFP_KERNEL);
	if (!master)
		return -ENOMEM;
	rc = smmu_strtab_add(smmu, base->rid);
	if (rc) {
		kfree(master);
		return rc;
	}
	base->pasid_bits = min_t(unsigned int, base->max_pasid_bits,
				 smmu_ssid_bits(smmu));
	base->caps = smmu_master_caps(smmu, base);
	base->nr_resv = 0;

	master->base = base;
	INIT_LIST_HEAD(&master->attachments);
	master->ats = base->caps & IOMMUFDX_CAP_ATS;
	master->eats = master->ats;
	/* What can ask for pages must not block the way of what answers. */
	master->stall = !master->ats && stall != SMMU_STALL_TERMINATE;
	if (master->stall)
		base->caps |= IOMMUFDX_CAP_STALL;
	base->priv = master;

	mutex_lock(&smmu->masters_lock);
	list_add_tail(&master->node, &smmu->masters);
	mutex_unlock(&smmu->masters_lock);
	return 0;
}

void smmu_master_remove(struct iommufdx_master *base)
{
	struct smmu *smmu = to_smmu(base->iommu);
	struct smmu_master *master = base->priv;

	mutex_lock(&smmu->masters_lock);
	list_del(&master->node);
	mutex_unlock(&smmu->masters_lock);
	/* Attached to nothing, its STE aborts. */
	smmu_cd_destroy(master);
	kfree(master);
	base->priv = NULL;
}

int smmu_hw_info(struct iommufdx_master *master, u32 *type, void *data,
		 size_t len)
{
	struct smmu *smmu = to_smmu(master->iommu);
	struct iommu_hw_info_arm_smmuv3 *info = data;
	unsigned int i;

	if (*type != IOMMU_HW_INFO_TYPE_DEFAULT &&
	    *type != IOMMU_HW_INFO_TYPE_ARM_SMMUV3)
		return -EOPNOTSUPP;
	if (WARN_ON(len < sizeof(*info)))
		return -EOPNOTSUPP;

	*type = IOMMU_HW_INFO_TYPE_ARM_SMMUV3;
	for (i = 0; i < SMMU_IDRS; i++)
		info->idr[i] = smmu->idr[i];
	info->iidr = hw_read32(smmu_hw(smmu), SMMU_REG_IIDR);
	info->aidr = hw_read32(smmu_hw(smmu), SMMU_REG_AIDR);
	return sizeof(*info);
}

const struct iommufdx_iommu_ops smmu_iommu_ops = {
	.owner = THIS_MODULE,
	.name = "smmuv3",
	.kind = IOMMUFDX_HW_SMMUV3,
	.waits_for_no_memory = true,
	.probe = smmu_probe,
	.remove = smmu_remove,
	.master_add = smmu_master_add,
	.master_remove = smmu_master_remove,
	.forget_all = smmu_forget_all,
	.domain_alloc_paging = smmu_domain_alloc_paging,
	.domain_offers = smmu_domain_offers,
	.set_domain = smmu_set_domain,
	.pass_through = smmu_pass_through,
	.hw_info = smmu_hw_info,
	.viommu_alloc = smmu_viommu_alloc,
	.page_response = smmu_page_response,
	.page_drain = smmu_page_drain,
};
