/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Executing invalidation commands of guests, however they arrive: by the array
 * ioctl (invalidate.c), from a ring that a VMM writes (inv_ring.c), or out of a
 * guest's own queue (guest_queue.c).
 *
 * Each command, copied once by its reader, is offered to the backend, which
 * validates and translates it into a batch. A batch is counted when its sync
 * has returned, never before. The first error ends the run: what came before it
 * is synced and counted, what comes after it is never offered. So that this holds
 * for devices that do not answer, what goes to a device is a batch of its own.
 */
#ifndef __IOMMUFDX_CORE_INV_EXEC_H
#define __IOMMUFDX_CORE_INV_EXEC_H

#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/iommufdx/viommu.h>

struct fdx_object;

/*
 * Copy a command out of memory that somebody else writes to: every word of it is
 * read once. @bytes is a multiple of 4, both sides are aligned to 4.
 */
static inline void fdx_copy_once(void *dst, const void *src, size_t bytes)
{
	u32 *to = dst;
	const u32 *from = src, *end = src + bytes;

	if (!(((uintptr_t)src | bytes) % sizeof(u64))) {
		u64 *to64 = dst;
		const u64 *from64 = src;

		while ((const u32 *)from64 < end)
			*to64++ = READ_ONCE(*from64++);
		return;
	}
	while (from < end)
		*to++ = READ_ONCE(*from++);
}

/**
 * struct fdx_inv_target - who takes commands
 * @ops: how it takes them
 * @target: the backend's nested domain or vIOMMU
 * @iommu: the hardware behind it
 * @lock: its lock: one batch at a time
 */
struct fdx_inv_target {
	const struct iommufdx_inv_ops *ops;
	void *target;
	struct iommufdx_iommu *iommu;
	struct mutex *lock;
};

/**
 * struct fdx_inv - commands on their way to a target
 * @to: the target
 * @batch: the backend's, its head all zero between runs
 * @queued: commands in @batch
 * @device: whose they are: what the backend's device() said of all of them
 * @done: commands of this run that are done and synced
 * @lost: commands behind those whose sync failed; what became of them is not
 *	known
 * @sync_error: why their sync failed
 * @refused: why the backend refused the command behind those, 0 if it did not
 *
 * All but @to and @batch are guarded by @to.lock.
 */
struct fdx_inv {
	struct fdx_inv_target to;
	void *batch;
	u32 queued;
	u32 done;
	u32 lost;
	u64 device;
	int sync_error;
	int refused;
};

/* What an object is as a target. -EINVAL (none); -EOPNOTSUPP (takes nothing). */
int fdx_inv_target_of(struct fdx_object *obj, struct fdx_inv_target *to);

/*
 * 0, -ENODEV (the hardware has gone) or -ENOMEM; undone by fdx_inv_free(). With
 * @extra bytes for the caller, at fdx_inv_extra().
 */
int fdx_inv_alloc(struct fdx_inv *inv, const struct fdx_inv_target *to,
		  size_t extra);
void *fdx_inv_extra(const struct fdx_inv *inv);
void fdx_inv_free(struct fdx_inv *inv);

/*
 * A run: the lock is held from begin to end, and the hardware stays. Where it has
 * gone before, every command is refused with -ENODEV.
 */
void fdx_inv_begin(struct fdx_inv *inv);
/* Offer a command. After an error no more may be offered in this run. */
int fdx_inv_add(struct fdx_inv *inv, const void *entry);
/* Go on all the same: the backend's -ENXIO, for a device that is not there. */
static inline void fdx_inv_pass_over(struct fdx_inv *inv)
{
	inv->refused = 0;
}

/*
 * Behind @entry, which was added just now, @num commands lie side by side at
 * @more, each as long as the backend's. Add those that are like it, from the first
 * one on; how many. Others may write to @more meanwhile.
 */
u32 fdx_inv_add_like(struct fdx_inv *inv, const void *entry, const void *more,
		     u32 num);
/* Offer @num commands side by side, which nobody writes to, up to the first error. */
int fdx_inv_add_all(struct fdx_inv *inv, const void *entry, u32 num);
/* Carry out what is queued. May be called in the middle of a run. */
int fdx_inv_sync(struct fdx_inv *inv);
/* Carry out what is queued, even after an error, and answer for the whole run. */
int fdx_inv_end(struct fdx_inv *inv);

#endif /* __IOMMUFDX_CORE_INV_EXEC_H */
