// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA of the host's own drivers: to a page of the kernel's, by its physical address.
 *
 * What a driver of a device does that nobody has bound, and that knows nothing of
 * an IOMMU. The page is the IOMMU's, so user space neither names nor learns an
 * address.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "mock.h"

static int mock_host_dma(struct mock_iommu *iommu, u32 rid, u8 *buf,
			 struct iommufdx_mock_host_dma *cmd)
{
	bool write = cmd->op == IOMMUFDX_MOCK_DMA_WRITE;
	u8 *page = page_address(iommu->host_page);
	struct model_txn txn = {
		.rid = rid,
		.op = cmd->op,
		.iova = page_to_phys(iommu->host_page),
		.len = PAGE_SIZE,
		.buf = buf,
	};
	int ret;

	lockdep_assert_held(&iommu->host_lock);

	get_random_bytes(write ? buf : page, PAGE_SIZE);
	memset(write ? page : buf, 0, PAGE_SIZE);
	ret = mock_dma_status(model_dma(iommu->model, &txn), &cmd->out_status);
	cmd->out_fault = txn.fault;
	cmd->out_arrived = !memcmp(buf, page, PAGE_SIZE);
	return ret;
}

/**
 * mock_cmd_host_dma() - IOMMUFDX_MOCK_HOST_DMA
 * @file: not looked at
 * @arg: struct iommufdx_mock_host_dma
 */
int mock_cmd_host_dma(struct file *file, void *arg)
{
	struct iommufdx_mock_host_dma *cmd = arg;
	struct mock_iommu *iommu;
	void *buf;
	u32 rid;
	int ret;

	if (cmd->flags || cmd->reserved || (cmd->op != IOMMUFDX_MOCK_DMA_READ &&
					    cmd->op != IOMMUFDX_MOCK_DMA_WRITE))
		return -EOPNOTSUPP;
	iommu = mock_iommu_of_dev(cmd->dev_id, &rid);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);

	buf = kmalloc(PAGE_SIZE, GFP_KERNEL_ACCOUNT);
	ret = buf ? mutex_lock_killable(&iommu->host_lock) : -ENOMEM;
	if (!ret) {
		ret = mock_host_dma(iommu, rid, buf, cmd);
		mutex_unlock(&iommu->host_lock);
	}
	kfree(buf);
	mock_iommu_put(iommu);
	return ret;
}
