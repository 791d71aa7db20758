/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two guests behind a VT-d IOMMU, each with first-stage tables of its own on a
 * nesting parent.
 *
 * The guest's memory is a few pages at GPA in the parent: pages 0 to 3 are a
 * table of 4 levels, the others data. Entries are literal values of section 9.7.
 */
#ifndef __UNIT_VTD_NESTED_RIG_H
#define __UNIT_VTD_NESTED_RIG_H

#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include "rig.h"

#define GPA		0x10000000ULL
#define PAGES		12
#define DATA		4		/* first page that is no table */
#define IOVA		0x7f1234567000ULL
#define S1		IOMMU_HWPT_DATA_VTD_S1

/* Present, writable, user. */
#define PTE		0x7

struct guest {
	struct iommufdx_domain *parent;
	u64 page[PAGES];
};

extern struct machine m;
extern struct iommufdx_master dev, dev2;
extern struct model_atc *atc, *atc2;
extern struct guest g, g2;

unsigned int index_of(u64 iova, unsigned int level);
/*
 * Have the table at page @table send @iova to data page @data; 0: nowhere. And
 * the same of the table at page 0.
 */
void guest_set_at(struct guest *guest, unsigned int table, u64 iova,
		  unsigned int data);
void guest_set(struct guest *guest, u64 iova, unsigned int data);
/* Devices and guests; and: nothing is left of them, and all was in order. */
void start(u32 flags);
void stop(void);
/* How many descriptors of a type the hardware has executed. */
u64 commands(unsigned int op);

#endif /* __UNIT_VTD_NESTED_RIG_H */
