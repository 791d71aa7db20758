/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests' own command queues, read by the kernel.
 *
 * The queue is memory of the guest, which may write there at any time. The
 * kernel decides by its own consumer index, reads the producer's register once
 * per portion, and copies each command once: what is checked is what is used.
 * It writes to the guest's memory only what a sync asks for, and only through
 * the nesting parent's address space.
 *
 * Vocabulary: *taken* commands have been offered to the backend; *settled* ones
 * are complete in the hardware, and the consumer's register is behind them. A
 * sync settles all before it, then is answered. A queue that meets an error
 * settles what comes before it and stands still there, as the hardware would,
 * until it is started again.
 */
#ifndef __IOMMUFDX_CORE_GUEST_QUEUE_H
#define __IOMMUFDX_CORE_GUEST_QUEUE_H

#include <linux/types.h>
#include <uapi/linux/iommufdx.h>
#include "inv_exec.h"

struct fdx_hw_queue;
struct fdx_ucmd;
struct page;

/**
 * struct fdx_guest_reader - what reading a guest's queue takes
 * @ops: the vendor's
 * @inv: where its commands go; @inv.to.lock guards all below
 * @base: where the queue is in the nesting parent
 * @commands: the queue
 * @registers: the page with the two registers
 * @copy: one command
 * @entries: length of the queue in commands
 * @cons: index of the first command that is not settled
 * @state: enum iommufdx_guest_queue_state
 * @error: why it stands still
 * @error_addr: what @error is about, in the nesting parent: the command, or where
 *	its answer goes
 * @events: enum iommufdx_guest_queue_events
 * @store: store @bytes (4 or 8, naturally aligned) at a guest's address; 0 or
 *	an errno
 * @interrupt: a sync wants an interrupt
 * @event: @state or @events has changed by itself
 */
struct fdx_guest_reader {
	const struct iommufdx_guest_queue_ops *ops;
	struct fdx_inv inv;
	u64 base;
	const void *commands;
	void *registers;
	void *copy;
	u32 entries;
	u32 cons;
	u32 state;
	u32 error;
	u64 error_addr;
	u32 events;
	int (*store)(struct fdx_guest_reader *reader, u64 addr, u64 value,
		     unsigned int bytes);
	void (*interrupt)(struct fdx_guest_reader *reader);
	void (*event)(struct fdx_guest_reader *reader);
};

/* Execute what is in the queue, @most commands at most. True: there is more. */
bool fdx_guest_reader_run(struct fdx_guest_reader *reader, u32 most);
/*
 * Begin at @prod and @cons where they are given, behind one command with @skip.
 * -EBUSY (it runs); -EINVAL (they are not of this queue; nothing to skip). A guest
 * that has put its own register out of range is started, and halts.
 */
int fdx_guest_reader_start(struct fdx_guest_reader *reader, const u32 *prod,
			   const u32 *cons, bool skip);
/*
 * Stand as @was says, of which @prod, @cons and the three behind them count. The
 * producer's register can have any value, as its guest can write it at any time.
 * -EBUSY (it runs); -EINVAL (no queue stands still like that).
 */
int fdx_guest_reader_restore(struct fdx_guest_reader *reader,
			     const struct iommufdx_guest_queue_ctrl *was);
/* Stop between two commands. */
void fdx_guest_reader_stop(struct fdx_guest_reader *reader);
u32 fdx_guest_reader_prod(const struct fdx_guest_reader *reader);
u32 fdx_guest_reader_cons(const struct fdx_guest_reader *reader);

/* Can the kernel read queues of this type? */
bool fdx_guest_queue_has(const struct iommufdx_viommu *viommu, u32 type);
/*
 * The part of IOMMU_HW_QUEUE_ALLOC that is special to them: -EINVAL (length,
 * base or index), -EEXIST, -ENOMEM. Undone by destroy, which takes NULL.
 */
int fdx_guest_queue_create(struct fdx_hw_queue *hwq);
/* Reach the queue, whose memory was pinned. */
int fdx_guest_queue_map(struct fdx_hw_queue *hwq, struct page **pages,
			unsigned long npages);
void fdx_guest_queue_destroy(struct fdx_hw_queue *hwq);

int fdx_guest_queue_ctrl_ioctl(struct fdx_ucmd *ucmd);

#endif /* __IOMMUFDX_CORE_GUEST_QUEUE_H */
