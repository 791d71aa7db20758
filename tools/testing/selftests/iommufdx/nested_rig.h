/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest for the tests of nesting: pages of this process that a nesting parent
 * maps at GPA, with tables of stage 1 that the test writes like a guest's driver.
 */
#ifndef SELFTESTS_IOMMUFDX_NESTED_RIG_H
#define SELFTESTS_IOMMUFDX_NESTED_RIG_H

#include "rig.h"

#define GPA		0x100000000ull
#define GUEST_PAGES	64

/* A device of the guest: PASIDs of 10 bits, and a device TLB. */
struct guest_dev {
	uint32_t rid;
	uint32_t mock_dev;
	uint32_t dev_id;
	struct iommufdx_device *dev;
};

/**
 * struct guest - its memory
 * @r: where its devices are
 * @ioas: what its physical addresses mean
 * @parent: the same as a page table
 * @mem: GUEST_PAGES pages, mapped at GPA
 */
struct guest {
	struct rig *r;
	uint32_t ioas;
	uint32_t parent;
	uint8_t *mem;
};

int guest_dev_make(struct rig *r, uint32_t rid, struct guest_dev *dev);
void guest_dev_break(struct guest_dev *dev);

/* @dev_id: a bound device, for whose IOMMU the parent is made. */
int guest_make(struct rig *r, uint32_t dev_id, struct guest *g);
/* Its memory; the rest goes with the iommufd. */
void guest_break(struct guest *g);

/* What the guests of guests_make() call their devices. */
#define VSID	0x1234
#define VSID2	0x4321

/*
 * Two guests, arrays of two: each has a device behind the one IOMMU, which is of
 * @kind, and a vIOMMU of @type that knows the device by its name.
 */
int guests_make(struct rig *r, uint32_t kind, uint32_t type,
		struct guest_dev *dev, struct guest *g, uint32_t *viommu);
/* Also: was all in order, nothing stale, no command that the IOMMU refused? */
bool guests_break(struct rig *r, struct guest_dev *dev, struct guest *g);

static inline uint64_t *guest_page(struct guest *g, unsigned int page)
{
	return (uint64_t *)(g->mem + page * PAGE);
}

static inline uint64_t guest_pa(unsigned int page)
{
	return GPA + page * PAGE;
}

/*
 * Write a table of four levels that begins at page @table and has its lower
 * levels behind it: @va goes to page @data. Two addresses with other upper levels
 * would need more pages. @data 0: nowhere.
 */
void guest_map_x86(struct guest *g, unsigned int table, uint64_t va,
		   unsigned int data);
void guest_map_arm(struct guest *g, unsigned int table, uint64_t va,
		   unsigned int data);

/*
 * SMMUv3. A context descriptor of the table at page @cds, 16 of which fit in an
 * STE that has these words: V, stage 1, 16 CDs from GPA on; SSID 0 for what has no
 * SSID, write-back, inner shareable.
 */
#define ARM_STE0	(0xbull | GPA | 4ull << 59)
#define ARM_STE1	(2ull | 1 << 2 | 1 << 4 | 3 << 6)
#define ARM_EATS	(1ull << 28)
void guest_cd_arm(struct guest *g, unsigned int cds, unsigned int ssid,
		  uint64_t asid, unsigned int table);
/* A nested HWPT of an STE; and: of ARM_STE0, with the device attached to it. */
int guest_nest_arm(struct rig *r, uint32_t dev_id, uint32_t viommu, uint64_t w0,
		   uint64_t w1, uint32_t *hwpt);
int guest_attach_arm(struct rig *r, struct guest_dev *dev, uint32_t viommu,
		     uint64_t w1, uint32_t *hwpt);

/*
 * AMD. A PASID's table at page @table, 0 for what has no PASID, in the GCR3 table
 * of one level at page 0; and a device table entry with that.
 */
void guest_gcr3_amd(struct guest *g, unsigned int pasid, unsigned int table);
struct iommu_hwpt_amd_guest guest_dte_amd(uint64_t domain);

/* DMA of 8 bytes with @pasid, or 0 for none. As dma_read(). */
int guest_read(struct rig *r, const struct guest_dev *dev, uint32_t pasid,
	       uint64_t iova, uint64_t *val);
int guest_write(struct rig *r, const struct guest_dev *dev, uint32_t pasid,
		uint64_t iova, uint64_t val);

/* An array of commands; *@done is how many took effect. */
int guest_inv(struct rig *r, uint32_t target, uint32_t type,
	      const void *entries, uint32_t entry_len, uint32_t num,
	      uint32_t *done);

/* The next of a vevent queue's events: false if none of @bytes comes in time. */
bool guest_event(int fd, void *event, size_t bytes);

/* Cached translations that memory does not give. */
uint64_t guest_stale(struct rig *r);

#endif /* SELFTESTS_IOMMUFDX_NESTED_RIG_H */
