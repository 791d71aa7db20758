// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control commands that need nothing but a model: counters, knobs, the check of
 * its caches, and transactions. They run without the registry lock.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "mock.h"

static_assert((int)IOMMUFDX_MOCK_DMA_READ == (int)MODEL_DMA_READ);
static_assert((int)IOMMUFDX_MOCK_DMA_WRITE == (int)MODEL_DMA_WRITE);
static_assert((int)IOMMUFDX_MOCK_DMA_FETCH_ADD == (int)MODEL_DMA_FETCH_ADD);
static_assert((int)IOMMUFDX_MOCK_DMA_PROBE == (int)MODEL_DMA_PROBE);
static_assert((int)IOMMUFDX_MOCK_KNOB_IGNORE_OP == (int)MODEL_KNOB_IGNORE_OP);
static_assert((int)IOMMUFDX_MOCK_KNOB_SLOW_COMMANDS ==
	      (int)MODEL_KNOB_SLOW_COMMANDS);
static_assert((int)IOMMUFDX_MOCK_KNOB_STALL == (int)MODEL_KNOB_STALL);
static_assert((int)IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER ==
	      (int)MODEL_KNOB_ILLEGAL_AFTER);
static_assert((int)IOMMUFDX_MOCK_KNOB_EVENT_OVERFLOW ==
	      (int)MODEL_KNOB_EVENT_OVERFLOW);
static_assert((int)IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT ==
	      (int)MODEL_KNOB_ATC_TIMEOUT);
static_assert((int)IOMMUFDX_MOCK_KNOB_PAGE_OVERFLOW ==
	      (int)MODEL_KNOB_PAGE_OVERFLOW);
static_assert((int)IOMMUFDX_MOCK_ATC_SILENT == (int)MODEL_ATC_SILENT);
static_assert((int)IOMMUFDX_MOCK_ATC_LATE == (int)MODEL_ATC_LATE);

int mock_cmd_iommu_stats(struct file *file, void *arg)
{
	struct iommufdx_mock_iommu_stats *cmd = arg;
	struct model_stats *stats;
	struct mock_iommu *iommu;

	static_assert(sizeof(stats->commands_by_op) ==
		      sizeof(cmd->out_commands_by_op));

	iommu = mock_iommu_get(cmd->iommu_id);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (!stats) {
		mock_iommu_put(iommu);
		return -ENOMEM;
	}
	model_stats(iommu->model, stats);
	mock_iommu_put(iommu);
	cmd->out_dma = stats->dma;
	cmd->out_faults = stats->faults;
	cmd->out_events_lost = stats->events_lost;
	cmd->out_tlb_hits = stats->tlb_hits;
	cmd->out_tlb_misses = stats->tlb_misses;
	cmd->out_tlb_entries = stats->tlb_entries;
	cmd->out_dev_hits = stats->dev_hits;
	cmd->out_dev_misses = stats->dev_misses;
	cmd->out_commands = stats->commands;
	cmd->out_illegal = stats->illegal;
	cmd->out_syncs = stats->syncs;
	cmd->out_stale = stats->stale;
	memcpy(cmd->out_commands_by_op, stats->commands_by_op,
	       sizeof(cmd->out_commands_by_op));
	cmd->out_queue_depth = stats->queue_depth;
	cmd->out_walk_entries = stats->walk_entries;
	cmd->out_page_requests = stats->page_requests;
	cmd->out_page_requests_lost = stats->page_requests_lost;
	cmd->out_page_responses = stats->page_responses;
	cmd->out_atc_hits = stats->atc_hits;
	cmd->out_atc_misses = stats->atc_misses;
	cmd->out_atc_entries = stats->atc_entries;
	cmd->out_atc_invalidations = stats->atc_invalidations;
	cmd->out_cycles = stats->cycles;
	cmd->out_unsnooped = stats->unsnooped;
	kfree(stats);
	return 0;
}

int mock_cmd_iommu_knob(struct file *file, void *arg)
{
	struct iommufdx_mock_iommu_knob *cmd = arg;
	struct mock_iommu *iommu;
	int ret;

	if (cmd->reserved || cmd->knob >= MODEL_KNOBS)
		return -EOPNOTSUPP;
	iommu = mock_iommu_get(cmd->iommu_id);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	ret = model_set_knob(iommu->model, cmd->knob, cmd->value);
	mock_iommu_put(iommu);
	return ret ? -EOPNOTSUPP : 0;
}

int mock_cmd_iommu_check(struct file *file, void *arg)
{
	struct iommufdx_mock_iommu_check *cmd = arg;
	struct mock_iommu *iommu = mock_iommu_get(cmd->iommu_id);

	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	cmd->out_stale = model_check(iommu->model);
	mock_iommu_put(iommu);
	return 0;
}

/**
 * mock_dma_status() - how a transaction ended, as user space is told
 * @ret: what model_dma() returned
 * @status: of enum iommufdx_mock_dma_status
 *
 * Return: 0, or @ret where it did not end.
 */
int mock_dma_status(int ret, u32 *status)
{
	switch (ret) {
	case 0:
		*status = IOMMUFDX_MOCK_DMA_OK;
		return 0;
	case -EFAULT:
		*status = IOMMUFDX_MOCK_DMA_FAULT;
		return 0;
	case -EIO:
		*status = IOMMUFDX_MOCK_DMA_ABORT;
		return 0;
	}
	return ret;
}

/* Carries out @cmd with the device's side of the data in @buf. */
static int mock_dma_carry_out(struct mock_iommu *iommu,
			      struct iommufdx_mock_dma *cmd, void *buf)
{
	void __user *uptr = u64_to_user_ptr(cmd->uptr);
	struct model_txn txn = {
		.rid = cmd->rid,
		.pasid = cmd->pasid,
		.has_pasid = cmd->flags & IOMMUFDX_MOCK_DMA_PASID,
		.translated = cmd->flags & IOMMUFDX_MOCK_DMA_TRANSLATED,
		.no_snoop = cmd->flags & IOMMUFDX_MOCK_DMA_NO_SNOOP,
		.op = cmd->op,
		.iova = cmd->iova,
		.len = cmd->length,
		.buf = buf,
	};
	int ret;

	if ((cmd->op == IOMMUFDX_MOCK_DMA_WRITE ||
	     cmd->op == IOMMUFDX_MOCK_DMA_FETCH_ADD) &&
	    copy_from_user(buf, uptr, cmd->length))
		return -EFAULT;

	ret = mock_dma_status(model_dma(iommu->model, &txn), &cmd->out_status);
	if (ret)
		return ret;
	cmd->out_done = txn.done;
	cmd->out_fault = txn.fault;

	if ((cmd->op == IOMMUFDX_MOCK_DMA_READ ||
	     cmd->op == IOMMUFDX_MOCK_DMA_FETCH_ADD) &&
	    copy_to_user(uptr, buf, txn.done))
		return -EFAULT;
	return 0;
}

int mock_cmd_dma(struct file *file, void *arg)
{
	struct iommufdx_mock_dma *cmd = arg;
	struct mock_iommu *iommu;
	u64 end;
	void *buf;
	int ret;

	if (cmd->flags & ~(IOMMUFDX_MOCK_DMA_PASID |
			   IOMMUFDX_MOCK_DMA_TRANSLATED |
			   IOMMUFDX_MOCK_DMA_NO_SNOOP) ||
	    cmd->op > IOMMUFDX_MOCK_DMA_PROBE)
		return -EOPNOTSUPP;
	if (!cmd->length || cmd->length > IOMMUFDX_MOCK_DMA_MAX ||
	    check_add_overflow(cmd->iova, cmd->length - 1, &end) ||
	    cmd->pasid > GENMASK(19, 0) ||
	    (cmd->pasid && !(cmd->flags & IOMMUFDX_MOCK_DMA_PASID)) ||
	    (cmd->op == IOMMUFDX_MOCK_DMA_PROBE && cmd->uptr) ||
	    (cmd->op == IOMMUFDX_MOCK_DMA_FETCH_ADD &&
	     (cmd->length != sizeof(u64) || cmd->iova % sizeof(u64))))
		return -EINVAL;

	iommu = mock_iommu_get(cmd->iommu_id);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);

	buf = kvzalloc(cmd->length, GFP_KERNEL_ACCOUNT);
	ret = buf ? mock_dma_carry_out(iommu, cmd, buf) : -ENOMEM;
	kvfree(buf);
	mock_iommu_put(iommu);
	return ret;
}
