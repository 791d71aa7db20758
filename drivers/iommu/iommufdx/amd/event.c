// SPDX-License-Identifier: GPL-2.0-only
/* The event log: what hardware has to report. */
#include <linux/bitfield.h>
#include <linux/build_bug.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include "nested.h"

int amd_events_init(struct amd_iommu *iommu)
{
	mutex_init(&iommu->log_lock);
	iommu->log = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					     AMD_LOG_ORDER);
	return iommu->log ? 0 : -ENOMEM;
}

void amd_events_destroy(struct amd_iommu *iommu)
{
	free_pages((unsigned long)iommu->log, AMD_LOG_ORDER);
}

void amd_events_enable(struct amd_iommu *iommu)
{
	struct iommufdx_hw *hw = amd_hw(iommu);

	BUILD_BUG_ON(AMD_LOG_ENTRIES * AMD_RING_ENTRY !=
		     PAGE_SIZE << AMD_LOG_ORDER);
	hw_write64(hw, AMD_REG_EVT_BASE,
		   virt_to_phys(iommu->log) |
		   FIELD_PREP(AMD_RING_LEN, ilog2(AMD_LOG_ENTRIES)));
	hw_write64(hw, AMD_REG_EVT_HEAD, 0);
	hw_write64(hw, AMD_REG_EVT_TAIL, 0);
	amd_ctrl_update(iommu, 0, AMD_CTRL_EVT_LOG_EN | AMD_CTRL_EVT_INT_EN);
}

void amd_report_fault(struct amd_iommu *iommu, u64 word0, u64 word1)
{
	struct iommufdx_fault fault = {
		.rid = FIELD_GET(AMD_EVT0_DEVID, word0),
		.pasid = IOMMUFDX_NO_PASID,
		.iova = word1,
		.write = word0 & AMD_EVT0_RW,
		.reason = FIELD_GET(AMD_EVT0_CODE, word0),
	};

	if (word0 & AMD_EVT0_GN)
		fault.pasid = FIELD_GET(AMD_EVT0_DOMID, word0) |
			      FIELD_GET(AMD_EVT0_PASID_19_16, word0) << 16;
	iommufdx_report_fault(iommu->base, &fault);
}

static void amd_event(struct amd_iommu *iommu, u64 word0, u64 word1)
{
	lockdep_assert_held(&iommu->log_lock);

	switch (FIELD_GET(AMD_EVT0_CODE, word0)) {
	case AMD_EVT_ILLEGAL_DEV_TABLE_ENTRY:
	case AMD_EVT_IO_PAGE_FAULT:
	case AMD_EVT_DEV_TAB_HW_ERROR:
	case AMD_EVT_PAGE_TAB_HW_ERROR:
	case AMD_EVT_INVALID_DEVICE_REQUEST:
		if (!amd_vevent(iommu, word0, word1))
			amd_report_fault(iommu, word0, word1);
		break;
	case AMD_EVT_IOTLB_INV_TIMEOUT:
		iommu->timeout[iommu->timeouts++ % AMD_TIMEOUTS] =
			FIELD_GET(AMD_EVT0_DEVID, word0);
		break;
	case AMD_EVT_ILLEGAL_COMMAND:
	case AMD_EVT_COMMAND_HW_ERROR:
		iommufdx_ring_recover(&iommu->ring);
		break;
	default:
		pr_debug("%s: event %016llx %016llx\n", amd_hw(iommu)->name,
			 word0, word1);
	}
}

static void amd_events_read(struct amd_iommu *iommu)
{
	struct iommufdx_hw *hw = amd_hw(iommu);
	u64 tail;
	u64 *event;

	lockdep_assert_held(&iommu->log_lock);

	tail = FIELD_GET(AMD_RING_PTR, hw_read64(hw, AMD_REG_EVT_TAIL));
	/* The events that the tail lets us see are read after it. */
	hw_rmb();
	while (iommu->log_head != tail % AMD_LOG_ENTRIES) {
		event = iommu->log + 2 * iommu->log_head;
		amd_event(iommu, READ_ONCE(event[0]), READ_ONCE(event[1]));
		iommu->log_head = (iommu->log_head + 1) % AMD_LOG_ENTRIES;
	}
	hw_write64(hw, AMD_REG_EVT_HEAD, iommu->log_head * AMD_RING_ENTRY);
}

void amd_log_restart(struct amd_iommu *iommu, u64 enable, u64 run,
		     u64 overflow)
{
	struct iommufdx_hw *hw = amd_hw(iommu);
	unsigned int tries = 1000;

	amd_ctrl_update(iommu, enable, 0);
	while ((hw_read64(hw, AMD_REG_STATUS) & run) && --tries)
		usleep_range(10, 20);
	hw_write64(hw, AMD_REG_STATUS, overflow);
	amd_ctrl_update(iommu, 0, enable);
}

/* A log that overflowed stays off until it is enabled anew. */
static void amd_events_restart(struct amd_iommu *iommu)
{
	atomic_inc(&iommu->overflows);
	amd_log_restart(iommu, AMD_CTRL_EVT_LOG_EN, AMD_STATUS_EVT_RUN,
			AMD_STATUS_EVT_OVERFLOW);
	amd_events_read(iommu);
}

void amd_events_sync(struct amd_iommu *iommu)
{
	mutex_lock(&iommu->log_lock);
	amd_events_read(iommu);
	if (hw_read64(amd_hw(iommu), AMD_REG_STATUS) & AMD_STATUS_EVT_OVERFLOW)
		amd_events_restart(iommu);
	mutex_unlock(&iommu->log_lock);
}

void amd_events_irq(void *data)
{
	struct amd_iommu *iommu = data;

	/* Acknowledged before the log is read: what comes later interrupts anew. */
	hw_write64(amd_hw(iommu), AMD_REG_STATUS, AMD_STATUS_EVT_INT);
	amd_events_sync(iommu);
	/* In case the event that says so was lost. */
	iommufdx_ring_recover(&iommu->ring);
}
