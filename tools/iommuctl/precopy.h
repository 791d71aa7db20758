/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pre-copy migration of a running guest's memory.
 */
#ifndef IOMMUCTL_PRECOPY_H
#define IOMMUCTL_PRECOPY_H

#include "screen.h"
#include "vmm.h"

#define MAX_ROUNDS	1000

/**
 * struct round - one pass over what had to be copied
 * @pages: pages that were dirty (all of them in the first round)
 * @ns: how long reading the bitmap and copying took
 */
struct round {
	uint64_t pages;
	uint64_t ns;
};

/**
 * struct migration - a migration, while and after it runs
 * @vmm: whose memory
 * @destination: memory of the same size
 * @max_rounds: stop the devices after this many, however much is dirty; 2 or more
 * @screen: for progress
 * @rounds: what happened; the last one was copied with the devices stopped
 * @nr_rounds: entries of @rounds
 * @split_ns: how long it took to split leaves, where that was asked for
 * @down_ns: how long the devices stood still
 * @work: what the devices had done by then
 * @state: what they would go on with
 */
struct migration {
	struct vmm *vmm;
	uint8_t *destination;
	unsigned int max_rounds;
	struct screen *screen;

	struct round rounds[MAX_ROUNDS];
	unsigned int nr_rounds;
	uint64_t split_ns;
	uint64_t down_ns;
	struct device_work work;
	struct device_state state;
};

/*
 * Run it: the devices are running before and are stopped afterwards. 0, or
 * EXIT_CANNOT when a message has been printed.
 */
int precopy(struct migration *m);

#endif /* IOMMUCTL_PRECOPY_H */
