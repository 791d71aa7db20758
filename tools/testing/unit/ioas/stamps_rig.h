/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two devices, each with a HWPT of its own on one IOAS, write stamps that only
 * grow, while the address space changes under them. The test plays the part of a
 * migration: whatever a bitmap reports is copied. When a range has been unmapped,
 * its copy is the memory.
 *
 * Everything is real here but the devices and their IOMMU, which are the model.
 */
#ifndef __STAMPS_RIG_H
#define __STAMPS_RIG_H

#include "../backend/rig.h"
#include "core/dirty/dirty.h"
#include "core/dirty/dirty_debt.h"
#include "core/dirty/dirty_target.h"
#include "core/shadow/shadow.h"
#include "../../selftests/iommufdx/guest_table.h"

#define DEVICES		2
/* Memory is two slots, each mapped and unmapped as a whole. */
#define SLOTS		2UL
#define MAX_SLOT_PAGES	512UL	/* a large leaf */
#define PAGES		(SLOTS * slot_pages)
#define SLOT_BYTES	(slot_pages * PAGE_SIZE)
#define IOVA		0x40000000UL
#define NO_PASID	IOMMUFDX_NO_PASID
/* Devices write to every so manyth page, so that they meet what goes on. */
#define HOT		(slot_pages / 16 + 1)
/* Guests' tables, behind the slots; what guests map of the slots, and where. */
#define TABLE_PAGES	16UL
#define TABLES(d)	(PAGES + (d) * TABLE_PAGES)
#define ALL_PAGES	TABLES(DEVICES)
#define GUEST_IOVA	0x7000000000UL

extern struct machine machine;
extern struct iommufdx_master dev[DEVICES];
extern struct fdx_hwpt_paging hwpt[DEVICES];
extern struct fdx_hwpt_shadow shadow[DEVICES];
extern struct guest guest[DEVICES];
extern struct fdx_ioas ioas;
/* Devices are behind shadows of their HWPTs. */
extern bool behind_shadows;
/* A power of two; few pages make unmapping cheap. */
extern unsigned long slot_pages;
/* What is reported of a slot. */
extern u64 *bitmap[DEVICES];
/* Stamps that reached memory, and that did not. */
extern u64 written[DEVICES], faulted[DEVICES];
/* The how manyth page of a bitmap is not there. */
extern unsigned int missing;
/* Pages that stay pinned for ever, since hardware did not forget them. */
extern unsigned int kept;
/* Tables and objects, too. */
extern bool loses;

/* All slots are mapped, and tracked; false: the hardware has no such format. */
bool start(enum pgtable_format format, u32 caps);
void stop(void);
/* A write to some page, by the thread that is device @d. */
void write_stamp(unsigned int d, struct tap_rng *mine);

struct iommufdx_domain *own(unsigned int d);
/* Hardware refuses that many flushes of the devices' own domains; 0 at the end. */
void refuse_flushes(unsigned int num);
/* What the device is attached to. */
struct iommufdx_domain *seen(unsigned int d);
/* The address of a page of the slots, as devices see it. */
unsigned long guest_page(unsigned long page);
int guest_sync(unsigned int d, unsigned long page, unsigned long npages);

unsigned long slot_iova(unsigned long slot);
void map_slot(unsigned long slot);
/* Unmap with the dirty bits of all devices, to bitmap. */
int try_unmap(unsigned long slot);
/* Copy what the bitmaps report of a slot, and begin new ones. */
void copy_reported(unsigned long slot);
/* The same of an unmapped slot: now the copy is the memory. */
void check_copied(unsigned long slot);
/* With the devices stopped: memory has the latest stamp that reached it. */
void check_latest(void);

#endif /* __STAMPS_RIG_H */
