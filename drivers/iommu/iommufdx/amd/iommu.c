// SPDX-License-Identifier: GPL-2.0-only
/* One AMD IOMMU: bringing it up, its device table, its masters. */
#include <linux/bitfield.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <uapi/linux/iommufd.h>
#include "gcr3.h"
#include "nested.h"

/* Addresses that hardware never translates. */
#define AMD_MSI_START		0xfee00000ULL
#define AMD_MSI_LAST		0xfeefffffULL
#define AMD_HT_START		0xfd00000000ULL
#define AMD_HT_LAST		0xffffffffffULL

/* How long a device may take to answer an invalidation: one second. */
#define AMD_INV_TIMEOUT_1S	4

static DEFINE_IDA(amd_indices);

void amd_ctrl_update(struct amd_iommu *iommu, u64 clear, u64 set)
{
	spin_lock(&iommu->ctrl_lock);
	iommu->ctrl = (iommu->ctrl & ~clear) | set;
	hw_write64(amd_hw(iommu), AMD_REG_CONTROL, iommu->ctrl);
	spin_unlock(&iommu->ctrl_lock);
}

void amd_complain(struct amd_iommu *iommu, int error)
{
	if (xchg(&iommu->said_dead, true))
		return;
	pr_err("iommufdx: %s: a command was not carried out (%d)\n",
	       amd_hw(iommu)->name, error);
}

/* ------------------------------------------------------------- device table */

int amd_dte_sync(void *data)
{
	struct amd_dte_ctx *ctx = data;
	struct ring_batch batch = {};

	ring_batch_add(&batch, amd_cmd_inv_devtab(ctx->devid));
	return iommufdx_ring_run(&ctx->iommu->ring, &batch);
}

int amd_dte_write(struct amd_iommu *iommu, u16 devid, const struct amd_dte *dte,
		  unsigned int flags)
{
	struct amd_dte_ctx ctx = { .iommu = iommu, .devid = devid };

	lockdep_assert_held(&iommu->dte_lock);

	return iommufdx_entry_write(&amd_dte_ops, iommu->dev_table[devid].word,
				    dte->word, &ctx, flags);
}

static int amd_dev_table_init(struct amd_iommu *iommu)
{
	const struct amd_dte blocked = amd_dte_blocked();
	unsigned int i;

	BUILD_BUG_ON(AMD_DEVIDS * sizeof(struct amd_dte) !=
		     PAGE_SIZE << AMD_DEV_TABLE_ORDER);
	mutex_init(&iommu->dte_lock);
	/* Memory may be in pieces by now: go on making room. */
	iommu->dev_table = (struct amd_dte *)
		__get_free_pages(GFP_KERNEL | __GFP_RETRY_MAYFAIL,
				 AMD_DEV_TABLE_ORDER);
	if (!iommu->dev_table)
		return -ENOMEM;
	for (i = 0; i < AMD_DEVIDS; i++)
		iommu->dev_table[i] = blocked;
	return 0;
}

static void amd_dev_table_enable(struct amd_iommu *iommu)
{
	hw_write64(amd_hw(iommu), AMD_REG_DEV_TABLE,
		   virt_to_phys(iommu->dev_table) |
		   FIELD_PREP(AMD_DEV_TABLE_SIZE,
			      (1 << AMD_DEV_TABLE_ORDER) - 1));
}

/* ------------------------------------------------------------------ up, down */

static void amd_free(struct amd_iommu *iommu)
{
	amd_ppr_destroy(iommu);
	amd_vevents_destroy(iommu);
	amd_events_destroy(iommu);
	iommufdx_ring_destroy(&iommu->ring);
	free_pages((unsigned long)iommu->dev_table, AMD_DEV_TABLE_ORDER);
	if (iommu->index >= 0)
		ida_free(&amd_indices, iommu->index);
	kfree(iommu);
}

static int amd_alloc(struct amd_iommu *iommu)
{
	int rc;

	iommu->index = ida_alloc_range(&amd_indices, 0, U16_MAX, GFP_KERNEL);
	if (iommu->index < 0)
		return iommu->index;
	rc = amd_dev_table_init(iommu);
	if (!rc)
		rc = amd_queue_init(iommu);
	if (!rc)
		rc = amd_events_init(iommu);
	if (!rc)
		rc = amd_ppr_init(iommu);
	if (!rc)
		rc = amd_vevents_init(iommu);
	return rc;
}

static void amd_disable(struct amd_iommu *iommu)
{
	amd_ctrl_update(iommu, ~0ULL, 0);
}

static int amd_forget(struct amd_iommu *iommu)
{
	struct amd_flush flush = { .iommu = iommu };

	amd_flush_add(&flush, amd_cmd_inv_all());
	return amd_flush_end(&flush);
}

static int amd_forget_all(struct iommufdx_iommu *base)
{
	struct amd_iommu *iommu = base->priv;
	LIST_HEAD(graves);
	int rc;

	mutex_lock(&iommu->grave_lock);
	list_splice_init(&iommu->graves, &graves);
	mutex_unlock(&iommu->grave_lock);
	rc = amd_forget(iommu);
	if (rc)
		goto err_bury;
	amd_gcr3_unearth(&graves);
	return amd_iotlb_forget_all(iommu);

err_bury:
	mutex_lock(&iommu->grave_lock);
	list_splice(&graves, &iommu->graves);
	mutex_unlock(&iommu->grave_lock);
	return rc;
}

static int amd_enable(struct amd_iommu *iommu)
{
	int rc;

	amd_disable(iommu);
	hw_write64(amd_hw(iommu), AMD_REG_STATUS,
		   AMD_STATUS_EVT_OVERFLOW | AMD_STATUS_EVT_INT);
	amd_dev_table_enable(iommu);
	amd_events_enable(iommu);
	amd_queue_enable(iommu);
	amd_ctrl_update(iommu, 0, AMD_CTRL_COHERENT | AMD_CTRL_IOMMU_EN |
				  FIELD_PREP(AMD_CTRL_INV_TIMEOUT,
					     AMD_INV_TIMEOUT_1S) |
				  (amd_has_v2(iommu) ? AMD_CTRL_GT_EN : 0) |
				  (amd_can_nest(iommu) ?
				   AMD_CTRL_GCR3_TRP_MODE : 0));

	/* Whoever had the hardware before may have left something cached. */
	rc = amd_forget(iommu);
	if (rc)
		amd_disable(iommu);
	return rc;
}

int amd_probe(struct iommufdx_iommu *base)
{
	struct amd_iommu *iommu;
	int rc;

	/* Device table entries are stored 128 bits at a time. */
	if (!boot_cpu_has(X86_FEATURE_CX16))
		return -EOPNOTSUPP;

	iommu = kzalloc(sizeof(*iommu), GFP_KERNEL);
	if (!iommu)
		return -ENOMEM;
	iommu->base = base;
	iommu->index = -1;
	mutex_init(&iommu->grave_lock);
	INIT_LIST_HEAD(&iommu->graves);
	mutex_init(&iommu->iotlb_lock);
	hash_init(iommu->iotlb_notes);
	spin_lock_init(&iommu->ctrl_lock);
	iommu->efr = hw_read64(base->hw, AMD_REG_EFR);
	iommu->efr2 = hw_read64(base->hw, AMD_REG_EFR2);
	if (FIELD_GET(AMD_EFR_HATS, iommu->efr) == AMD_EFR_HATS_NONE ||
	    !(iommu->efr & AMD_EFR_IA)) {
		rc = -EOPNOTSUPP;
		goto err_free;
	}

	rc = amd_alloc(iommu);
	if (rc)
		goto err_free;
	base->priv = iommu;
	rc = hw_set_irq(base->hw, AMD_IRQ_MAIN, amd_events_irq, iommu);
	if (rc)
		goto err_free;
	rc = amd_enable(iommu);
	if (rc)
		goto err_irq;
	rc = amd_ppr_enable(iommu);
	if (rc)
		goto err_disable;
	return 0;

err_disable:
	amd_disable(iommu);
err_irq:
	hw_set_irq(base->hw, AMD_IRQ_MAIN, NULL, NULL);
err_free:
	base->priv = NULL;
	amd_free(iommu);
	return rc;
}

void amd_remove(struct iommufdx_iommu *base)
{
	struct amd_iommu *iommu = to_amd_iommu(base);

	/* No flush begins to use it any more; those that do end. */
	down_write(&amd_flush_gate);
	up_write(&amd_flush_gate);
	amd_ppr_disable(iommu);
	amd_disable(iommu);
	hw_set_irq(base->hw, AMD_IRQ_MAIN, NULL, NULL);
	amd_gcr3_iommu_gone(iommu);
	base->priv = NULL;
	amd_free(iommu);
}

/* ------------------------------------------------------------------- masters */

static void amd_reserve(struct iommufdx_master *master, u64 start, u64 last)
{
	master->resv[master->nr_resv++] = (struct iommufdx_resv_region){
		.start = start,
		.last = last,
	};
}

static void amd_master_caps(struct amd_master *master)
{
	struct iommufdx_master *base = master->base;
	struct amd_iommu *iommu = amd_master_iommu(master);
	unsigned int levels = amd_max_gcr3_levels(iommu);
	unsigned int bits = FIELD_GET(AMD_EFR_PASMAX, iommu->efr) + 1;

	bits = min3(bits, AMD_GCR3_LEVEL_BITS * levels,
		    (unsigned int)base->max_pasid_bits);
	base->pasid_bits = amd_has_v2(iommu) ? bits : 0;
	master->ats = base->dev_ats &&
		      (amd_hw(iommu)->capability & AMD_CAP_IOTLB);
	/* Who asks for pages has an IOTLB to put the answer in. */
	master->pri = master->ats && base->dev_pri && iommu->ppr;

	base->caps = IOMMUFDX_CAP_CACHE_COHERENCY |
		     IOMMUFDX_CAP_PAGE_SIZE_LIVE |
		     IOMMUFDX_CAP_PASS_THROUGH;
	if (amd_has_dirty(iommu) || amd_has_v2(iommu))
		base->caps |= IOMMUFDX_CAP_DIRTY;
	if (base->pasid_bits)
		base->caps |= IOMMUFDX_CAP_PASID;
	if (amd_can_nest(iommu))
		base->caps |= IOMMUFDX_CAP_NEST;
	if (master->ats)
		base->caps |= IOMMUFDX_CAP_ATS;
	if (master->pri)
		base->caps |= IOMMUFDX_CAP_PRI;
}

int amd_master_add(struct iommufdx_master *base)
{
	struct amd_iommu *iommu = to_amd_iommu(base->iommu);
	struct amd_master *master;

	if (base->rid >= AMD_DEVIDS)
		return -EINVAL;

	master = kzalloc(sizeof(*master), GFP_KERNEL);
	if (!master)
		return -ENOMEM;
	master->base = base;
	base->priv = master;
	amd_master_caps(master);
	amd_ppr_add(master);

	base->nr_resv = 0;
	amd_reserve(base, AMD_MSI_START, AMD_MSI_LAST);
	if (!(iommu->efr2 & AMD_EFR2_HT_RANGE_IGN))
		amd_reserve(base, AMD_HT_START, AMD_HT_LAST);
	return 0;
}

void amd_master_remove(struct iommufdx_master *base)
{
	/* Attached to nothing, its DTE blocks. */
	amd_ppr_remove(base->priv);
	amd_iotlb_end(base->priv);
	kfree(base->priv);
	base->priv = NULL;
}

int amd_hw_info(struct iommufdx_master *master, u32 *type, void *data,
		size_t len)
{
	struct amd_iommu *iommu = to_amd_iommu(master->iommu);
	struct iommu_hw_info_amd *info = data;

	if (*type != IOMMU_HW_INFO_TYPE_DEFAULT &&
	    *type != IOMMU_HW_INFO_TYPE_AMD)
		return -EOPNOTSUPP;
	if (WARN_ON(len < sizeof(*info)))
		return -EOPNOTSUPP;

	*type = IOMMU_HW_INFO_TYPE_AMD;
	info->efr = iommu->efr;
	info->efr2 = iommu->efr2;
	return sizeof(*info);
}

const struct iommufdx_iommu_ops amd_iommu_ops = {
	.owner = THIS_MODULE,
	.name = "amd",
	.kind = IOMMUFDX_HW_AMD,
	.probe = amd_probe,
	.remove = amd_remove,
	.master_add = amd_master_add,
	.master_remove = amd_master_remove,
	.forget_all = amd_forget_all,
	.domain_alloc_paging = amd_domain_alloc_paging,
	.domain_offers = amd_domain_offers,
	.set_domain = amd_set_domain,
	.pass_through = amd_pass_through,
	.hw_info = amd_hw_info,
	.viommu_alloc = amd_viommu_alloc,
	.page_response = amd_page_response,
	.page_drain = amd_page_drain,
};
