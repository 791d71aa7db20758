/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest virtual machine monitor that has something to migrate: guest
 * memory, an IOMMU, and a device that keeps writing to that memory by DMA.
 */
#ifndef IOMMUCTL_VMM_H
#define IOMMUCTL_VMM_H

#include "driver_queue.h"
#include "iommuctl.h"

#define GUEST_PAGE	4096ull
/* Where guest memory begins for the device. */
#define GUEST_IOVA	0x100000000ull
#define GUEST_DEVICES	2
#define GUEST_RID	0x0100	/* of the first: 01:00.0, then 02:00.0 and so on */
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
 * enum behind - what devices of the guest are behind
 * @BEHIND_NOTHING: the IOMMU that the VMM has set up
 * @BEHIND_NESTED: one that the guest sees, whose tables hardware follows
 * @BEHIND_SHADOW: one that the guest sees, whose tables the kernel follows
 */
enum behind {
	BEHIND_NOTHING,
	BEHIND_NESTED,
	BEHIND_SHADOW,
};

/**
 * struct vmm - a virtual machine
 * @memory: guest memory
 * @size: bytes of it, a multiple of GUEST_PAGE
 * @rate: pages per second that the devices write, 0 for as many as they can
 * @seed: what the devices' random choices grow from
 * @pasid: half of the channels use a PASID, to which the page table is attached, too
 * @large: map with leaves as large as memory allows
 * @behind: whose tables devices use
 * @data: bytes of memory that devices see: the guest's tables lie behind them
 * @view: where they see them
 * @dev_id: the devices, bound
 * @hwpt: the table that tracks: what is attached to, or its parent
 * @viommu: what the guest takes for its IOMMU, if hardware follows its tables
 * @queue: that one's command queue
 * @changes: how often the guest's driver changed its tables
 * @astray: how often DMA did not follow
 */
struct vmm {
	uint8_t *memory;
	uint64_t size;
	uint64_t rate;
	uint64_t seed;
	bool pasid;
	bool large;
	enum behind behind;
	uint64_t data;
	uint64_t view;

	struct iommufdx *iommu;
	struct iommufdx_mock *mock;
	struct iommufdx_device *dev[GUEST_DEVICES];
	uint32_t mock_iommu;
	uint32_t dev_id[GUEST_DEVICES];
	uint32_t ioas;
	uint32_t hwpt;
	uint32_t viommu;
	struct driver_queue queue;
	uint64_t changes;
	uint64_t astray;
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

/*
 * Memory for a guest: zero, shared with children or not, and given back with
 * munmap(). NULL on failure.
 */
uint8_t *memory_get(uint64_t size, bool shared);

/*
 * Make IOMMU and devices, bind, map all of @vmm->memory, attach to a page table
 * that can track. 0, or EXIT_CANNOT when a message has been printed.
 */
int vmm_start(struct vmm *vmm, const struct vendor *vendor);
/**
 * struct device_state - what goes along with memory
 * @job: what the devices are to do: copy from the upper half of memory to the lower
 * @prod: producer's register of the guest's queue
 * @cons: consumer's
 * @waiting: commands in between
 */
struct device_state {
	struct iommufdx_channel_job job[GUEST_DEVICES][GUEST_CHANNELS];
	uint32_t prod;
	uint32_t cons;
	uint32_t waiting;
};
void vmm_devices_new(const struct vmm *vmm, struct device_state *state);
/* Let the devices loose, and when they have stopped, see where they got to. */
int vmm_run_devices(struct vmm *vmm, const struct device_state *state);
int vmm_save_devices(struct vmm *vmm, struct device_state *state);
/* Read, into a bitmap of all of guest memory, which pages were written. */
int vmm_read_dirty(struct vmm *vmm, uint64_t *bitmap);
/* Split all leaves to pages while the devices run; says what there was. */
int vmm_split(struct vmm *vmm, uint64_t *largest);
/*
 * When this returns, no DMA is under way and none will follow, and the guest's queue
 * is not read; @state is told where it stands.
 */
int vmm_stop_devices(struct vmm *vmm, struct device_state *state);
int vmm_device_work(struct vmm *vmm, struct device_work *work);
/* Undo vmm_start(), as far as it came. */
void vmm_end(struct vmm *vmm);

/* vmm_guest.c: tables of the guest's own */

/* Fill in @vmm->data and @vmm->view. */
void guest_layout(struct vmm *vmm);
/*
 * Pages for the guest's driver, in guest memory: its command queue, what syncs
 * answer, and two that devices see in turns, behind all data.
 */
enum driver_page {
	DRIVER_QUEUE,
	DRIVER_ANSWER,
	DRIVER_FLIP,
	DRIVER_FLOP,
	DRIVER_PAGES,
};
uint64_t driver_gpa(const struct vmm *vmm, enum driver_page page);
/* The page of guest memory that devices see as their page @page. */
uint64_t guest_page_of(const struct vmm *vmm, uint64_t page);
/* Write the tables into guest memory. */
void guest_build(struct vmm *vmm, const struct vendor *vendor);
/* Is it known how this hardware nests? */
bool guest_can_nest(const struct vendor *vendor);
/* What device @n is to be attached to; *@hwpt is what the one before had. */
int guest_table(struct vmm *vmm, const struct vendor *vendor, unsigned int n,
		uint32_t *hwpt);

/* The entry of the guest's tables for what devices see behind all data. */
uint64_t *guest_flip_entry(struct vmm *vmm);

/* vmm_driver.c: the guest's driver, which changes tables and invalidates */

/* Have the kernel know the queue of the guest's IOMMU. */
int driver_open(struct vmm *vmm, const struct vendor *vendor);
void driver_close(struct vmm *vmm);
/* Let it run from where it was, and finish what was under way. */
int driver_run(struct vmm *vmm, const struct device_state *state);
/* Change the tables some times, and see that DMA follows each time. */
int driver_work(struct vmm *vmm);
/* Set bits for the pages that the guest's processors wrote, which are always those. */
#define DRIVER_DIRTY	3
void driver_dirty(struct vmm *vmm, uint64_t *bitmap);
/* Stop the queue, with a change under way that it has not seen. */
int driver_stop(struct vmm *vmm, struct device_state *state);

#endif /* IOMMUCTL_VMM_H */
