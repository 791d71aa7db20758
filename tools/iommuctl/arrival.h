/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest arrives: another process, which has the copy of its memory, makes
 * an IOMMU and devices of its own, and lets these go on where the first ones were
 * stopped.
 */
#ifndef IOMMUCTL_ARRIVAL_H
#define IOMMUCTL_ARRIVAL_H

#include <sys/types.h>

#include "vmm.h"

/**
 * struct arrival - the other process
 * @pid: it
 * @fd: to talk to it
 */
struct arrival {
	pid_t pid;
	int fd;
};

/**
 * struct went_on - what became of the guest there
 * @status: 0, or EXIT_CANNOT when a message has been printed
 * @blocks: pages that the devices wrote
 * @wrong: pages that are not, byte by byte, what these writes make of the copy
 * @unseen: pages that were written and not reported dirty
 * @faults: DMA that the IOMMU refused
 * @changes: changes of the guest's tables that its queue told of
 * @astray: those that DMA did not follow
 */
struct went_on {
	int status;
	uint64_t blocks;
	uint64_t wrong;
	uint64_t unseen;
	uint64_t faults;
	uint64_t changes;
	uint64_t astray;
};

/*
 * Make the process, before anything is opened. It is going to have a guest like
 * @vmm, with @memory, which is shared.
 */
int arrival_prepare(struct arrival *a, const struct vmm *vmm,
		    const struct vendor *vendor, uint8_t *memory);
/* The memory is there: have the devices go on from @state for a while. */
int arrival_go_on(struct arrival *a, const struct device_state *state,
		  struct went_on *result);
/* The process ends, whatever it does. */
void arrival_end(struct arrival *a);

#endif /* IOMMUCTL_ARRIVAL_H */
