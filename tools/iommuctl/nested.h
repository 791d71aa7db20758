/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that runs its own IOMMU: real code that builds stage 1 tables in guest
 * memory, changes them, and says so by invalidation commands. Its VMM, which is
 * the same process, only passes on what a guest cannot do itself.
 */
#ifndef IOMMUCTL_NESTED_H
#define IOMMUCTL_NESTED_H

#include "iommuctl.h"

#define NESTED_PAGE	4096ull
#define NESTED_GPA	0x100000000ull
#define NESTED_PAGES	4096
/* Virtual addresses of each address space: pages from here on. */
#define NESTED_VA	0x7f0000000000ull
#define NESTED_SLOTS	256
#define NESTED_SPACES	4
/* Guest pages that an address space's DMA can go to. */
#define NESTED_DATA	256
#define NESTED_BATCH	64

struct nested_guest;

/**
 * struct nested_space - an address space of the guest, which one PASID has
 * @pasid: it
 * @root: guest page of its top table
 * @data: first guest page of its data
 * @where: per slot, the data page it is mapped to, counted from 1; 0: none
 * @hwpt: VT-d: the nested HWPT
 */
struct nested_space {
	uint32_t pasid;
	unsigned int root;
	unsigned int data;
	uint16_t where[NESTED_SLOTS];
	uint32_t hwpt;
};

/**
 * struct nested_vendor - whose IOMMU the guest believes to have
 * @name: as given to --vendor
 * @kind: of enum iommufdx_mock_kind
 * @dir: bits of an entry that leads to a table
 * @leaf: bits of an entry that maps a page
 * @start: hand the guest's tables to the device
 * @invalidate: @num slots of a space changed; returns how many commands that
 *	took, or a negative errno
 */
struct nested_vendor {
	const char *name;
	uint32_t kind;
	uint64_t dir;
	uint64_t leaf;
	int (*start)(struct nested_guest *g);
	int (*invalidate)(struct nested_guest *g, struct nested_space *space,
			  const unsigned int *slots, unsigned int num);
};

extern const struct nested_vendor nested_vendors[];

/**
 * struct nested_guest - the guest and what its VMM has of it
 * @vendor: whose IOMMU
 * @memory: NESTED_PAGES pages
 * @used: how many of these are taken
 * @space: its address spaces
 */
struct nested_guest {
	const struct nested_vendor *vendor;
	uint8_t *memory;
	unsigned int used;
	struct nested_space space[NESTED_SPACES];

	struct iommufdx *iommu;
	struct iommufdx_mock *mock;
	struct iommufdx_device *dev;
	uint32_t mock_iommu;
	uint32_t dev_id;
	uint32_t parent;
	uint32_t viommu;
};

/* A guest page, and where the guest believes it to be. */
uint8_t *nested_page(struct nested_guest *g, unsigned int page);
uint64_t nested_pa(unsigned int page);
/* The next free one. */
unsigned int nested_take(struct nested_guest *g, unsigned int pages);

/* Have a slot lead to data page @where, or nowhere. */
void nested_map(struct nested_guest *g, struct nested_space *space,
		unsigned int slot, unsigned int where);

/* Switch it on: 0 or an exit status; nested_stop() in any case. */
int nested_start(struct nested_guest *g);
void nested_stop(struct nested_guest *g);

/* `iommuctl demo nested' */
int demo_nested(int argc, char **argv);

#endif /* IOMMUCTL_NESTED_H */
