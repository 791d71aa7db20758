// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of page requests, and answers to them.
 *
 * The log is read by a work, as an answer is a command that has to be waited
 * for, and core may give it while it takes a request. What hardware finds no
 * room for it answers by itself, so that the device asks again.
 */
#include <linux/bitfield.h>
#include <linux/build_bug.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include "amd.h"

static int amd_ppr_answer(struct amd_iommu *iommu, u16 devid,
			  const struct iommufdx_page_request *last, int code)
{
	struct amd_flush flush = { .iommu = iommu };

	amd_flush_add(&flush, amd_cmd_complete_ppr(devid, last, code));
	return amd_flush_end(&flush);
}

int amd_page_response(struct iommufdx_master *master,
		      const struct iommufdx_page_request *last, int code)
{
	return amd_ppr_answer(to_amd_iommu(master->iommu), master->rid, last,
			      code);
}

static struct iommufdx_page_request amd_ppr_decode(u64 word0, u64 word1)
{
	struct iommufdx_page_request req = {
		.grpid = FIELD_GET(AMD_PPR0_TAG, word0),
		.addr = word1 & GENMASK_ULL(63, AMD_PAGE_SHIFT),
	};

	if (word0 & AMD_PPR0_LAST)
		req.flags |= IOMMUFDX_PAGE_LAST;
	if (word0 & AMD_PPR0_READ)
		req.perm |= IOMMUFDX_PAGE_READ;
	if (word0 & AMD_PPR0_WRITE)
		req.perm |= IOMMUFDX_PAGE_WRITE;
	if (word0 & AMD_PPR0_EXEC)
		req.perm |= IOMMUFDX_PAGE_EXEC;
	if (!(word0 & AMD_PPR0_GN))
		return req;
	req.flags |= IOMMUFDX_PAGE_PASID_VALID;
	req.pasid = FIELD_GET(AMD_PPR0_PASID_15_0, word0) |
		    FIELD_GET(AMD_PPR0_PASID_19_16, word0) << 16;
	if (!(word0 & AMD_PPR0_US))
		req.perm |= IOMMUFDX_PAGE_PRIV;
	return req;
}

static struct amd_master *amd_ppr_master(struct amd_iommu *iommu, u16 devid)
{
	struct amd_master *master;

	lockdep_assert_held(&iommu->ppr_lock);

	list_for_each_entry(master, &iommu->masters, node)
		if (master->base->rid == devid)
			return master;
	return NULL;
}

static void amd_ppr_report(struct amd_iommu *iommu, u64 word0, u64 word1)
{
	struct iommufdx_page_request req = amd_ppr_decode(word0, word1);
	u16 devid = FIELD_GET(AMD_PPR0_DEVID, word0);
	struct amd_master *master;

	mutex_lock(&iommu->ppr_lock);
	master = amd_ppr_master(iommu, devid);
	/* Where it could not be taken, core has answered it. */
	if (master)
		iommufdx_report_page_request(master->base, &req);
	mutex_unlock(&iommu->ppr_lock);
	if (!master && (req.flags & IOMMUFDX_PAGE_LAST))
		amd_ppr_answer(iommu, devid, &req, IOMMUFDX_PAGE_INVALID);
}

static void amd_ppr_read(struct amd_iommu *iommu)
{
	struct iommufdx_hw *hw = amd_hw(iommu);
	u32 tail;
	u64 *req;

	tail = FIELD_GET(AMD_RING_PTR, hw_read64(hw, AMD_REG_PPR_TAIL)) %
	       AMD_LOG_ENTRIES;
	/* The requests that the tail lets us see are read after it. */
	hw_rmb();
	while (iommu->ppr_head != tail) {
		req = iommu->ppr + 2 * iommu->ppr_head;
		if (FIELD_GET(AMD_PPR0_CODE, READ_ONCE(req[0])) ==
		    AMD_PPR_FAULT)
			amd_ppr_report(iommu, READ_ONCE(req[0]),
				       READ_ONCE(req[1]));
		iommu->ppr_head = (iommu->ppr_head + 1) % AMD_LOG_ENTRIES;
	}
	hw_write64(hw, AMD_REG_PPR_HEAD, iommu->ppr_head * AMD_RING_ENTRY);
}

static void amd_ppr_run(struct work_struct *work)
{
	struct amd_iommu *iommu = container_of(work, struct amd_iommu,
					       ppr_work);
	struct iommufdx_hw *hw = amd_hw(iommu);

	/* Cleared before the log is read: what comes later interrupts anew. */
	hw_write64(hw, AMD_REG_STATUS, AMD_STATUS_PPR_INT);
	amd_ppr_read(iommu);
	if (!(hw_read64(hw, AMD_REG_STATUS) & AMD_STATUS_PPR_OVERFLOW))
		return;
	/* A log that overflowed stays off until it is switched on anew. */
	amd_log_restart(iommu, AMD_CTRL_PPR_LOG_EN, AMD_STATUS_PPR_RUN,
			AMD_STATUS_PPR_OVERFLOW);
	/* What came between the reading and the restart. */
	amd_ppr_read(iommu);
}

static void amd_ppr_irq(void *data)
{
	struct amd_iommu *iommu = data;

	queue_work(iommu->ppr_wq, &iommu->ppr_work);
}

void amd_page_drain(struct iommufdx_iommu *base)
{
	struct amd_iommu *iommu = to_amd_iommu(base);

	if (!iommu->ppr)
		return;
	queue_work(iommu->ppr_wq, &iommu->ppr_work);
	flush_work(&iommu->ppr_work);
}

void amd_ppr_add(struct amd_master *master)
{
	struct amd_iommu *iommu = amd_master_iommu(master);

	mutex_lock(&iommu->ppr_lock);
	list_add(&master->node, &iommu->masters);
	mutex_unlock(&iommu->ppr_lock);
}

void amd_ppr_remove(struct amd_master *master)
{
	struct amd_iommu *iommu = amd_master_iommu(master);

	mutex_lock(&iommu->ppr_lock);
	list_del(&master->node);
	mutex_unlock(&iommu->ppr_lock);
}

/* ------------------------------------------------------------------ up, down */

int amd_ppr_init(struct amd_iommu *iommu)
{
	mutex_init(&iommu->ppr_lock);
	INIT_LIST_HEAD(&iommu->masters);
	INIT_WORK(&iommu->ppr_work, amd_ppr_run);
	/* Without answers of hardware's own, a device may wait for ever. */
	if (!(iommu->efr & AMD_EFR_PPR) || !(iommu->efr & AMD_EFR_PPR_AUTO))
		return 0;
	iommu->ppr_wq = alloc_workqueue("iommufdx_amd_ppr", WQ_UNBOUND, 0);
	if (!iommu->ppr_wq)
		return -ENOMEM;
	iommu->ppr = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					     AMD_LOG_ORDER);
	return iommu->ppr ? 0 : -ENOMEM;
}

void amd_ppr_destroy(struct amd_iommu *iommu)
{
	if (iommu->ppr_wq)
		destroy_workqueue(iommu->ppr_wq);
	free_pages((unsigned long)iommu->ppr, iommu->ppr ? AMD_LOG_ORDER : 0);
}

int amd_ppr_enable(struct amd_iommu *iommu)
{
	struct iommufdx_hw *hw = amd_hw(iommu);
	int rc;

	BUILD_BUG_ON(AMD_LOG_ENTRIES * AMD_RING_ENTRY !=
		     PAGE_SIZE << AMD_LOG_ORDER);
	if (!iommu->ppr)
		return 0;
	rc = hw_set_irq(hw, AMD_IRQ_PPR, amd_ppr_irq, iommu);
	if (rc)
		return rc;
	hw_write64(hw, AMD_REG_PPR_BASE,
		   virt_to_phys(iommu->ppr) |
		   FIELD_PREP(AMD_RING_LEN, ilog2(AMD_LOG_ENTRIES)));
	hw_write64(hw, AMD_REG_PPR_HEAD, 0);
	hw_write64(hw, AMD_REG_PPR_TAIL, 0);
	hw_write64(hw, AMD_REG_STATUS,
		   AMD_STATUS_PPR_OVERFLOW | AMD_STATUS_PPR_INT);
	amd_ctrl_update(iommu, 0, AMD_CTRL_PPR_LOG_EN | AMD_CTRL_PPR_INT_EN |
				  AMD_CTRL_PPR_EN | AMD_CTRL_PPR_AUTO_EN);
	return 0;
}

void amd_ppr_disable(struct amd_iommu *iommu)
{
	if (!iommu->ppr)
		return;
	amd_ctrl_update(iommu, AMD_CTRL_PPR_INT_EN, 0);
	hw_set_irq(amd_hw(iommu), AMD_IRQ_PPR, NULL, NULL);
	/* While hardware still takes answers. */
	destroy_workqueue(iommu->ppr_wq);
	iommu->ppr_wq = NULL;
}
