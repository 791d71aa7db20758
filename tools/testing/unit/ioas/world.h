/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A world for an IOAS to live in: a process with a little memory, pinned page
 * by page, and domains that are arrays with a cache which keeps what it holds
 * until it is flushed. To unpin a page that a table or a cache still shows is
 * an error.
 */
#ifndef __WORLD_H
#define __WORLD_H

#include <linux/sched/signal.h>
#include <string.h>
#include "core/area.h"
#include "core/ioas_map.h"

#define MEM_PAGES	64UL
#define MEM_UADDR	0x7f0000200000UL

/* Tables map units of 2 KiB, smaller than a page. */
#define UNIT		2048UL
#define IOVA_UNITS	1024UL
#define APERTURE_LAST	(IOVA_UNITS * UNIT - 1)

/* What a table holds for a unit: physical address | prot; 0 is nothing. */
struct world_domain {
	struct iommufdx_domain domain;
	u64 table[IOVA_UNITS];
	u64 cache[IOVA_UNITS];
	unsigned long flushes;
};

/* Faults to come; 0 is never. Counts down, fails once. */
struct world_faults {
	long map;	/* units mapped */
	long pin;	/* pages pinned */
	long flush;	/* flushes */
	long kill;	/* pages pinned: then the task is killed */
};
extern struct world_faults world_faults;

/* What accesses do that are asked to unpin a range. NULL: there are none. */
extern void (*world_access_unmap)(struct fdx_ioas *ioas, unsigned long iova,
				  unsigned long last);

/* How often each page of the process's memory is pinned. */
extern unsigned int world_pins[MEM_PAGES];

/* @scatter: 1 of how many pages starts a new run. */
void world_init(struct tap_rng *rng, unsigned int scatter);
void world_domain_init(struct world_domain *wd, u64 page_sizes);
/* Physical address of a byte of the process's memory. */
u64 world_phys(unsigned long uaddr);

#endif /* __WORLD_H */
