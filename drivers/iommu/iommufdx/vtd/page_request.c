// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page request queue.
 *
 * A work reads it, not the interrupt handler: what nobody can take is answered at
 * once, and the answer waits for hardware.
 */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include "vtd.h"

#define VTD_PRQ_BYTES	(PAGE_SIZE << VTD_PRQ_ORDER)

static_assert(IOMMUFDX_PAGE_SUCCESS == (int)VTD_PGRP_RC_SUCCESS);
static_assert(IOMMUFDX_PAGE_INVALID == (int)VTD_PGRP_RC_INVALID);

static int vtd_prq_answer(struct vtd_iommu *iommu, u16 sid,
			  const struct iommufdx_page_request *last, int code)
{
	struct vtd_flush flush = { .iommu = iommu };

	vtd_flush_add(&flush, vtd_cmd_page_response(sid, last, code));
	return vtd_flush_end(&flush);
}

int vtd_page_response(struct iommufdx_master *master,
		      const struct iommufdx_page_request *last, int code)
{
	return vtd_prq_answer(to_vtd_iommu(master->iommu), master->rid, last,
			      code);
}

static struct iommufdx_page_request vtd_prq_decode(u64 word0, u64 word1)
{
	struct iommufdx_page_request req = {
		.pasid = FIELD_GET(VTD_PRQ0_PASID, word0),
		.grpid = FIELD_GET(VTD_PRQ1_PRGI, word1),
		.addr = word1 & VTD_PRQ1_ADDR,
	};

	if (word0 & VTD_PRQ0_PP)
		req.flags |= IOMMUFDX_PAGE_PASID_VALID;
	if (word1 & VTD_PRQ1_LPIG)
		req.flags |= IOMMUFDX_PAGE_LAST;
	if (word1 & VTD_PRQ1_RD)
		req.perm |= IOMMUFDX_PAGE_READ;
	if (word1 & VTD_PRQ1_WR)
		req.perm |= IOMMUFDX_PAGE_WRITE;
	if (word0 & VTD_PRQ0_EXE)
		req.perm |= IOMMUFDX_PAGE_EXEC;
	if (word0 & VTD_PRQ0_PRIV)
		req.perm |= IOMMUFDX_PAGE_PRIV;
	return req;
}

static void vtd_prq_report(struct vtd_iommu *iommu, u64 word0, u64 word1)
{
	struct iommufdx_page_request req = vtd_prq_decode(word0, word1);
	u16 sid = FIELD_GET(VTD_PRQ0_RID, word0);
	struct vtd_master *master;

	mutex_lock(&iommu->prq_lock);
	list_for_each_entry(master, &iommu->masters, node) {
		if (master->base->rid != sid)
			continue;
		/* Where it could not be taken, core has answered it. */
		iommufdx_report_page_request(master->base, &req);
		mutex_unlock(&iommu->prq_lock);
		return;
	}
	mutex_unlock(&iommu->prq_lock);
	if (req.flags & IOMMUFDX_PAGE_LAST)
		vtd_prq_answer(iommu, sid, &req, IOMMUFDX_PAGE_INVALID);
}

static void vtd_prq_read(struct vtd_iommu *iommu)
{
	struct iommufdx_hw *hw = vtd_hw(iommu);
	u64 *entry;
	u32 tail;

	tail = (hw_read64(hw, VTD_REG_PQT) & VTD_PQ_PTR) % VTD_PRQ_BYTES;
	/* The requests that the tail lets us see are read after it. */
	hw_rmb();
	while (iommu->prq_head != tail) {
		entry = iommu->prq + iommu->prq_head / sizeof(u64);
		if (FIELD_GET(VTD_PRQ0_TYPE, READ_ONCE(entry[0])) ==
		    VTD_PRQ_TYPE_PAGE)
			vtd_prq_report(iommu, READ_ONCE(entry[0]),
				       READ_ONCE(entry[1]));
		iommu->prq_head = (iommu->prq_head + VTD_PRQ_SIZE) %
				  VTD_PRQ_BYTES;
	}
	hw_write64(hw, VTD_REG_PQH, iommu->prq_head);
}

static void vtd_prq_run(struct work_struct *work)
{
	struct vtd_iommu *iommu = container_of(work, struct vtd_iommu,
					       prq_work);
	struct iommufdx_hw *hw = vtd_hw(iommu);

	/* Cleared before the queue is read: what comes later interrupts anew. */
	hw_write32(hw, VTD_REG_PRS, VTD_PRS_PPR);
	vtd_prq_read(iommu);
	/* Hardware answers by itself what it had no room for. */
	if (hw_read32(hw, VTD_REG_PRS) & VTD_PRS_PRO)
		hw_write32(hw, VTD_REG_PRS, VTD_PRS_PRO);
}

static void vtd_prq_irq(void *data)
{
	struct vtd_iommu *iommu = data;

	queue_work(iommu->prq_wq, &iommu->prq_work);
}

void vtd_page_drain(struct iommufdx_iommu *base)
{
	struct vtd_iommu *iommu = to_vtd_iommu(base);

	if (!iommu->prq)
		return;
	queue_work(iommu->prq_wq, &iommu->prq_work);
	flush_work(&iommu->prq_work);
}

void vtd_prq_add(struct vtd_master *master)
{
	struct vtd_iommu *iommu = vtd_master_iommu(master);

	mutex_lock(&iommu->prq_lock);
	mutex_lock(&iommu->events_lock);
	list_add(&master->node, &iommu->masters);
	mutex_unlock(&iommu->events_lock);
	mutex_unlock(&iommu->prq_lock);
}

void vtd_prq_remove(struct vtd_master *master)
{
	struct vtd_iommu *iommu = vtd_master_iommu(master);

	mutex_lock(&iommu->prq_lock);
	mutex_lock(&iommu->events_lock);
	list_del(&master->node);
	mutex_unlock(&iommu->events_lock);
	mutex_unlock(&iommu->prq_lock);
}

/* ------------------------------------------------------------------ up, down */

int vtd_prq_init(struct vtd_iommu *iommu)
{
	mutex_init(&iommu->prq_lock);
	mutex_init(&iommu->events_lock);
	spin_lock_init(&iommu->slots_lock);
	INIT_LIST_HEAD(&iommu->masters);
	INIT_WORK(&iommu->prq_work, vtd_prq_run);
	if (!iommu->scalable || !(iommu->ecap & VTD_ECAP_PRS))
		return 0;
	iommu->prq_wq = alloc_workqueue("iommufdx_vtd_prq", WQ_UNBOUND, 0);
	if (!iommu->prq_wq)
		return -ENOMEM;
	iommu->prq = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					     VTD_PRQ_ORDER);
	return iommu->prq ? 0 : -ENOMEM;
}

void vtd_prq_destroy(struct vtd_iommu *iommu)
{
	if (iommu->prq_wq)
		destroy_workqueue(iommu->prq_wq);
	free_pages((unsigned long)iommu->prq, iommu->prq ? VTD_PRQ_ORDER : 0);
}

int vtd_prq_enable(struct vtd_iommu *iommu)
{
	struct iommufdx_hw *hw = vtd_hw(iommu);
	int rc;

	if (!iommu->prq)
		return 0;
	rc = hw_set_irq(hw, VTD_IRQ_PAGE_REQ, vtd_prq_irq, iommu);
	if (rc)
		return rc;
	hw_write64(hw, VTD_REG_PQA, virt_to_phys(iommu->prq) |
				    FIELD_PREP(VTD_PQA_PQS, VTD_PRQ_ORDER));
	hw_write64(hw, VTD_REG_PQH, 0);
	hw_write64(hw, VTD_REG_PQT, 0);
	hw_write32(hw, VTD_REG_PRS, VTD_PRS_PPR | VTD_PRS_PRO);
	hw_write32(hw, VTD_REG_PECTL, 0);
	return 0;
}

void vtd_prq_disable(struct vtd_iommu *iommu)
{
	if (!iommu->prq)
		return;
	hw_write32(vtd_hw(iommu), VTD_REG_PECTL, VTD_ECTL_IM);
	hw_set_irq(vtd_hw(iommu), VTD_IRQ_PAGE_REQ, NULL, NULL);
	/* While hardware still takes answers. */
	destroy_workqueue(iommu->prq_wq);
	iommu->prq_wq = NULL;
}
