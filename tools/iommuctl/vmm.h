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
#define GUEST_DEVICES	2
#define GUEST_CHANNELS	4	/* of each device */
/* What the upper half of a device's channels uses, where PASIDs are asked for. */
#define GUEST_PASID	1

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
 * @rate: pages per second that the devices write, 0 for as many as they can
 * @seed: what the devices' random choices grow from
 * @pasid: half of the channels use a PASID, to which the page table is attached, too
 * @large: map with leaves as large as memory allows
 */
struct vmm {
	uint8_t *memory;
	uint64_t size;
	uint64_t rate;
	uint64_t seed;
	bool pasid;
	bool large;

	struct iommufdx *iommu;
	struct iommufdx_mock *mock;
	struct iommufdx_device *dev[GUEST_DEVICES];
	uint32_t mock_iommu;
	uint32_t dev_id;
	uint32_t ioas;
	uint32_t hwpt;
};

/**
 * struct device_work - what the devices have done
 * @blocks: blocks of one page that they wrote
 * @bytes: bytes that they wrote
 * @faults: DMA that their IOMMU refused
 * @stale: writes that their IOMMU sent to memory which was not mapped any more
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
 * Make IOMMU and devices, bind, map all of @vmm->memory, attach to a page table
 * that can track. 0, or EXIT_CANNOT when a message has been printed.
 */
int vmm_start(struct vmm *vmm, const struct vendor *vendor);
/* Let the devices loose. */
int vmm_run_devices(struct vmm *vmm);
/* Split all leaves to pages while the devices run; says what there was. */
int vmm_split(struct vmm *vmm, uint64_t *largest);
/* When this returns, no DMA is under way and none will follow. */
int vmm_stop_devices(struct vmm *vmm);
int vmm_device_work(struct vmm *vmm, struct device_work *work);
/* Undo vmm_start(), as far as it came. */
void vmm_end(struct vmm *vmm);

#endif /* IOMMUCTL_VMM_H */
