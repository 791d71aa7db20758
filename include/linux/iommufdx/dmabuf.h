/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel API for exporters of DMA-BUFs whose memory user space may map with
 * IOMMU_IOAS_MAP_FILE.
 *
 * The DMA-BUF framework hands out DMA addresses for one device. An IOAS needs
 * physical addresses, for many, so an exporter has to say where its memory is.
 * One that moves or revokes it calls dma_buf_move_notify() (since 7.1:
 * dma_buf_invalidate_mappings()) with the reservation locked, as for every
 * importer: when that returns, no device reaches the memory through an IOAS any
 * more, and none will until user space maps the DMA-BUF anew.
 */
#ifndef __LINUX_IOMMUFDX_DMABUF_H
#define __LINUX_IOMMUFDX_DMABUF_H

#include <linux/list.h>
#include <linux/module.h>
#include <linux/types.h>

struct dma_buf_attachment;
struct dma_buf_ops;

/**
 * struct iommufdx_dmabuf_range - where a DMA-BUF is
 * @paddr: physical address of its first byte, a multiple of PAGE_SIZE
 * @length: bytes, a multiple of PAGE_SIZE
 * @mmio: it is a device's memory, not RAM
 */
struct iommufdx_dmabuf_range {
	phys_addr_t paddr;
	u64 length;
	bool mmio;
};

/**
 * struct iommufdx_dmabuf_exporter - who exports DMA-BUFs of one kind
 * @owner: its module
 * @ops: the ops of its DMA-BUFs, by which they are known
 * @locate: say where the memory of a pinned attachment is. Called with the
 *	reservation locked; may sleep. 0; -ENODEV where it is revoked.
 * @node: core's list
 */
struct iommufdx_dmabuf_exporter {
	struct module *owner;
	const struct dma_buf_ops *ops;
	int (*locate)(struct dma_buf_attachment *attach,
		      struct iommufdx_dmabuf_range *range);
	struct list_head node;
};

/**
 * iommufdx_dmabuf_register() - make an exporter known
 * @exporter: it; stays valid until unregistered
 *
 * Context: may sleep.
 */
void iommufdx_dmabuf_register(struct iommufdx_dmabuf_exporter *exporter);

/**
 * iommufdx_dmabuf_unregister() - the reverse
 * @exporter: from iommufdx_dmabuf_register(). What is mapped stays mapped; it
 *	holds the DMA-BUF, and that its exporter's module.
 *
 * Context: may sleep.
 */
void iommufdx_dmabuf_unregister(struct iommufdx_dmabuf_exporter *exporter);

#endif /* __LINUX_IOMMUFDX_DMABUF_H */
