/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest virtual machine monitor that has something to migrate: guest
 * memory, an IOMMU, and a device that keeps writing to that memory by DMA.
 */
#ifndef IOMMUCTL_VMM_H
#define IOMMUCTL_VMM_H

#include "iommuctl.h"

#define GUEST_PAGE	4096ull
/* Where guest memory begins for the device. */
#define GUEST_IOVA	0x100000000ull
#define GUEST_CHANNELS	4

/**
 * struct vendor - an IOMMU the demonstration can be run on
 * @name: as given to --vendor
 * @kind: of enum iommufdx_mock_kind
 * @module: its backend
 * @format: of enum iommufdx_format: its page table
 * @about: for --help
 */
struct vendor {
	const char *name;
	uint32_t kind;
	const char *module;
	uint32_t format;
	const char *about;
};

extern const struct vendor vendors[];

/**
 * struct vmm - a virtual machine
 * @memory: guest memory
 * @size: bytes of it, a multiple of GUEST_PAGE
 * @rate: pages per second that the device writes, 0 for as many as it can
 * @seed: what the device's random choices grow from
 */
struct vmm {
	uint8_t *memory;
	uint64_t size;
	uint64_t rate;
	uint64_t seed;

	struct iommufdx *iommu;
	struct iommufdx_mock *mock;
	struct iommufdx_device *dev;
	uint32_t mock_iommu;
	uint32_t mock_dev;
	uint32_t dev_id;
	uint32_t ioas;
	uint32_t hwpt;
};

/**
 * struct device_work - what the device has done
 * @blocks: blocks of one page that it wrote
 * @bytes: bytes that it wrote
 * @faults: DMA that its IOMMU refused
 * @stale: writes that its IOMMU sent to memory which was not mapped any more
 */
struct device_work {
	uint64_t blocks;
	uint64_t bytes;
	uint64_t faults;
	uint64_t stale;
};

/* Memory for a guest: zero, and given back with munmap(). NULL on failure. */
uint8_t *memory_get(uint64_t size);

/*
 * Make IOMMU and device, bind, map all of @vmm->memory, attach to a page table
 * that can track. 0, or EXIT_CANNOT when a message has been printed.
 */
int vmm_start(struct vmm *vmm, const struct vendor *vendor);
/* Let the device loose. */
int vmm_run_device(struct vmm *vmm);
/* When this returns, no DMA is under way and none will follow. */
int vmm_stop_device(struct vmm *vmm);
int vmm_device_work(struct vmm *vmm, struct device_work *work);
/* Undo vmm_start(), as far as it came. */
void vmm_end(struct vmm *vmm);

#endif /* IOMMUCTL_VMM_H */
