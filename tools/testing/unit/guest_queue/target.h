/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands for a backend: a target of commands of 16 bytes, of which the first
 * word says what they are and the second is their number.
 */
#ifndef __UNIT_GUEST_QUEUE_TARGET_H
#define __UNIT_GUEST_QUEUE_TARGET_H

#include <linux/mutex.h>
#include "core/guest/inv_exec.h"

/* What commands are. The vendor's part of a queue knows all, the target three. */
enum { FORGET, REFUSED, STRANGER, SYNC, NOTHING, FOR_VMM, ILLEGAL, KINDS };

/* A SYNC stores @value at @addr unless that is 0; an odd @value interrupts. */
struct command {
	u32 kind;
	u32 number;
	u32 addr;
	u32 value;
};

#define TARGET_BATCH	5
#define TARGET_LOG	4096

/**
 * struct target - a backend that remembers
 * @lock: as core has one
 * @iommu: the hardware it is on
 * @log: numbers of what was executed
 * @len: how many
 * @syncs: how often it was synced
 * @fail_sync: the sync after that many fails ...
 * @fail_with: ... so
 */
struct target {
	struct mutex lock;
	struct iommufdx_iommu iommu;
	u32 log[TARGET_LOG];
	u32 len;
	u32 syncs;
	u32 fail_sync;
	int fail_with;
};

extern const struct iommufdx_inv_ops target_ops;
/* The same with commands that may end after the second word. */
extern const struct iommufdx_inv_ops target_short_ops;

void target_init(struct target *target, struct fdx_inv_target *to,
		 const struct iommufdx_inv_ops *ops);

#endif /* __UNIT_GUEST_QUEUE_TARGET_H */
