// SPDX-License-Identifier: GPL-2.0-only
/* One VT-d remapping unit: bringing it up, its masters. */
#include <linux/bitfield.h>
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include "vtd.h"

/* A command that changes modes takes this long at most. */
#define VTD_COMMAND_US		1000000

void vtd_complain(struct vtd_iommu *iommu, int error)
{
	if (xchg(&iommu->said_dead, true))
		return;
	pr_err("iommufdx: %s: a command was not carried out (%d)\n",
	       vtd_hw(iommu)->name, error);
}

int vtd_command(struct vtd_iommu *iommu, u32 bit, bool on)
{
	struct iommufdx_hw *hw = vtd_hw(iommu);
	unsigned int us;
	u32 status;

	/* Bits of the status are where they are in the command. */
	status = hw_read32(hw, VTD_REG_GSTS) & ~VTD_GSTS_ONE_SHOT;
	hw_write32(hw, VTD_REG_GCMD, on ? status | bit : status & ~bit);
	for (us = 0; us < VTD_COMMAND_US; us += 10) {
		if (!(hw_read32(hw, VTD_REG_GSTS) & bit) == !on)
			return 0;
		usleep_range(10, 20);
	}
	return -ETIMEDOUT;
}

/* ------------------------------------------------------------------ up, down */

/*
 * Walks that do not snoop the CPU's caches would need every table to be flushed
 * from there; hardware that caches absent entries, or does not flush its write
 * buffer by itself, an invalidation after every map.
 */
static bool vtd_supported(const struct vtd_iommu *iommu)
{
	return (iommu->ecap & VTD_ECAP_C) && (iommu->ecap & VTD_ECAP_QI) &&
	       !(iommu->cap & (VTD_CAP_CM | VTD_CAP_RWBF)) &&
	       (vtd_first_levels(iommu) || vtd_second_levels(iommu));
}

static void vtd_free(struct vtd_iommu *iommu)
{
	vtd_prq_destroy(iommu);
	iommufdx_ring_destroy(&iommu->ring);
	vtd_root_destroy(iommu);
	if (iommu->pass)
		vtd_domid_free(iommu->pass);
	if (iommu->transit)
		vtd_domid_free(iommu->transit);
	kfree(iommu);
}

static int vtd_alloc(struct vtd_iommu *iommu)
{
	int rc;

	rc = vtd_domid_alloc(iommu);
	if (rc < 0)
		return rc;
	iommu->transit = rc;
	if (iommu->ecap & VTD_ECAP_PT) {
		rc = vtd_domid_alloc(iommu);
		if (rc < 0)
			return rc;
		iommu->pass = rc;
	}
	rc = vtd_root_init(iommu);
	if (!rc)
		rc = vtd_queue_init(iommu);
	if (!rc)
		rc = vtd_prq_init(iommu);
	return rc;
}

static int vtd_disable(struct vtd_iommu *iommu)
{
	int rc, first;

	first = vtd_command(iommu, VTD_GCMD_TE, false);
	rc = vtd_command(iommu, VTD_GCMD_QIE, false);
	return first ?: rc;
}

static int vtd_forget(struct vtd_iommu *iommu)
{
	struct vtd_flush flush = { .iommu = iommu };

	vtd_flush_add(&flush, vtd_cmd_context_all());
	if (iommu->scalable)
		vtd_flush_add(&flush, vtd_cmd_pasid_all());
	vtd_flush_add(&flush, vtd_cmd_iotlb_all(iommu->drain));
	return vtd_flush_end(&flush);
}

static int vtd_forget_all(struct iommufdx_iommu *base)
{
	struct vtd_flush flush = { .iommu = base->priv };
	unsigned long rid;
	int rc;

	rc = vtd_forget(base->priv);
	if (rc)
		return rc;
	/* Devices come last: until then they may be filled from the IOTLB. */
	for (rid = 0; iommufdx_next_ats(base, &rid); rid++) {
		vtd_flush_add(&flush, vtd_cmd_dev_tlb(rid, IOMMUFDX_NO_PASID, 0,
						      64));
		if (flush.iommu->scalable)
			vtd_flush_add(&flush, vtd_cmd_dev_tlb_pasids(rid));
	}
	return vtd_flush_end(&flush);
}

static int vtd_enable(struct vtd_iommu *iommu)
{
	u32 mode = iommu->scalable ? VTD_TTM_SCALABLE : VTD_TTM_LEGACY;
	int rc;

	rc = vtd_disable(iommu);
	if (rc)
		return rc;
	hw_write64(vtd_hw(iommu), VTD_REG_RTADDR,
		   virt_to_phys(iommu->root) |
		   FIELD_PREP(VTD_RTADDR_TTM, mode));
	rc = vtd_command(iommu, VTD_GCMD_SRTP, true);
	if (!rc)
		rc = vtd_queue_enable(iommu);
	if (rc)
		return rc;

	/* Whoever had the hardware before may have left something cached. */
	rc = vtd_forget(iommu);
	if (!rc)
		rc = vtd_command(iommu, VTD_GCMD_TE, true);
	if (rc)
		vtd_disable(iommu);
	return rc;
}

int vtd_probe(struct iommufdx_iommu *base)
{
	struct vtd_iommu *iommu;
	int rc;

	iommu = kzalloc(sizeof(*iommu), GFP_KERNEL);
	if (!iommu)
		return -ENOMEM;
	iommu->base = base;
	iommu->cap = hw_read64(base->hw, VTD_REG_CAP);
	iommu->ecap = hw_read64(base->hw, VTD_REG_ECAP);
	iommu->scalable = (iommu->ecap & VTD_ECAP_SMTS) &&
			  (iommu->ecap & VTD_ECAP_SMPWCS);
	iommu->drain = (iommu->cap & VTD_CAP_DWD ? VTD_INV_TLB0_DW : 0) |
		       (iommu->cap & VTD_CAP_DRD ? VTD_INV_TLB0_DR : 0);
	if (!vtd_supported(iommu)) {
		kfree(iommu);
		return -EOPNOTSUPP;
	}

	rc = vtd_alloc(iommu);
	if (rc)
		goto err_free;
	base->priv = iommu;
	rc = hw_set_irq(base->hw, VTD_IRQ_FAULT, vtd_fault_irq, iommu);
	if (rc)
		goto err_free;
	rc = vtd_enable(iommu);
	if (rc)
		goto err_irq;
	rc = vtd_prq_enable(iommu);
	if (rc)
		goto err_disable;
	vtd_fault_enable(iommu);
	return 0;

err_disable:
	vtd_disable(iommu);
err_irq:
	hw_set_irq(base->hw, VTD_IRQ_FAULT, NULL, NULL);
err_free:
	base->priv = NULL;
	vtd_free(iommu);
	return rc;
}

void vtd_remove(struct iommufdx_iommu *base)
{
	struct vtd_iommu *iommu = to_vtd_iommu(base);

	vtd_prq_disable(iommu);
	vtd_disable(iommu);
	hw_set_irq(base->hw, VTD_IRQ_FAULT, NULL, NULL);
	base->priv = NULL;
	vtd_free(iommu);
}

/* ------------------------------------------------------------------- masters */

static void vtd_master_caps(struct vtd_master *master)
{
	struct iommufdx_master *base = master->base;
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	unsigned int pss = FIELD_GET(VTD_ECAP_PSS, iommu->ecap) + 1;

	base->caps = IOMMUFDX_CAP_CACHE_COHERENCY |
		     IOMMUFDX_CAP_PAGE_SIZE_LIVE;
	if (iommu->ecap & VTD_ECAP_SC)
		base->caps |= IOMMUFDX_CAP_ENFORCE_CACHE_COHERENCY;
	if (iommu->pass)
		base->caps |= IOMMUFDX_CAP_PASS_THROUGH;
	if (vtd_first_levels(iommu) ||
	    (iommu->scalable && (iommu->ecap & VTD_ECAP_SSADS)))
		base->caps |= IOMMUFDX_CAP_DIRTY;
	base->pasid_bits = 0;
	if (iommu->scalable && (iommu->ecap & VTD_ECAP_PASID))
		base->pasid_bits = min_t(unsigned int, base->max_pasid_bits,
					 pss);
	if (base->pasid_bits)
		base->caps |= IOMMUFDX_CAP_PASID;
	if (vtd_can_nest(iommu))
		base->caps |= IOMMUFDX_CAP_NEST;
	master->ats = base->dev_ats && (iommu->ecap & VTD_ECAP_DT);
	if (master->ats)
		base->caps |= IOMMUFDX_CAP_ATS;
	/* Who asks for pages has a device TLB to put the answer in. */
	if (master->ats && base->dev_pri && iommu->prq)
		base->caps |= IOMMUFDX_CAP_PRI;

	base->nr_resv = 1;
	base->resv[0] = (struct iommufdx_resv_region){
		.start = VTD_INT_FIRST,
		.last = VTD_INT_LAST,
	};
}

int vtd_master_add(struct iommufdx_master *base)
{
	struct vtd_iommu *iommu = to_vtd_iommu(base->iommu);
	struct vtd_master *master;
	int rc;

	if (base->rid > U16_MAX)
		return -EINVAL;

	master = kzalloc(sizeof(*master), GFP_KERNEL);
	if (!master)
		return -ENOMEM;
	master->base = base;
	vtd_master_caps(master);
	if (iommu->scalable) {
		rc = vtd_pasid_init(master);
		if (rc) {
			kfree(master);
			return rc;
		}
	}
	base->priv = master;
	vtd_prq_add(master);
	return 0;
}

void vtd_master_remove(struct iommufdx_master *base)
{
	struct vtd_master *master = base->priv;

	vtd_prq_remove(master);
	/* Attached to nothing, its context entry is absent in legacy mode. */
	if (vtd_master_iommu(master)->scalable)
		vtd_pasid_destroy(master);
	kfree(master);
	base->priv = NULL;
}

int vtd_hw_info(struct iommufdx_master *master, u32 *type, void *data,
		size_t len)
{
	struct vtd_iommu *iommu = to_vtd_iommu(master->iommu);
	struct iommu_hw_info_vtd *info = data;

	if (*type != IOMMU_HW_INFO_TYPE_DEFAULT &&
	    *type != IOMMU_HW_INFO_TYPE_INTEL_VTD)
		return -EOPNOTSUPP;
	if (WARN_ON(len < sizeof(*info)))
		return -EOPNOTSUPP;

	*type = IOMMU_HW_INFO_TYPE_INTEL_VTD;
	info->cap_reg = iommu->cap;
	info->ecap_reg = iommu->ecap;
	return sizeof(*info);
}

const struct iommufdx_iommu_ops vtd_iommu_ops = {
	.owner = THIS_MODULE,
	.name = "vtd",
	.kind = IOMMUFDX_HW_VTD,
	.waits_for_no_memory = true,
	.probe = vtd_probe,
	.remove = vtd_remove,
	.master_add = vtd_master_add,
	.master_remove = vtd_master_remove,
	.forget_all = vtd_forget_all,
	.domain_alloc_paging = vtd_domain_alloc_paging,
	.domain_offers = vtd_domain_offers,
	.domain_alloc_nested = vtd_domain_alloc_nested,
	.viommu_alloc = vtd_viommu_alloc,
	.set_domain = vtd_set_domain,
	.pass_through = vtd_pass_through,
	.hw_info = vtd_hw_info,
	.page_response = vtd_page_response,
	.page_drain = vtd_page_drain,
};
