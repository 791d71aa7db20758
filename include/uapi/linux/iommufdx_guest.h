/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The part of <linux/iommufdx.h>, which includes it, that is about guests: ways
 * for their invalidation commands to reach the IOMMU. Not to be included by
 * itself.
 *
 * IOMMU_HWPT_INVALIDATE takes an array. A ring (IOMMUFDX_INV_RING_ALLOC) is
 * memory that a VMM and the kernel share: writing commands takes no system call,
 * executing any number of them takes one, or the signal of an eventfd. A guest
 * queue (IOMMUFDX_GUEST_QUEUE_CTRL) is the guest's own queue in its own memory,
 * which the kernel reads without the VMM.
 */
#ifndef _UAPI_IOMMUFDX_GUEST_H
#define _UAPI_IOMMUFDX_GUEST_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* ---- Rings of invalidation commands ---- */

/**
 * enum iommufdx_inv_ring_flags - flags of struct iommufdx_inv_ring_alloc
 * @IOMMUFDX_INV_RING_KICK: @kick_fd is given
 * @IOMMUFDX_INV_RING_DONE: @done_fd is given; needs IOMMUFDX_INV_RING_KICK
 * @IOMMUFDX_INV_RING_FD: @out_fd is wanted
 */
enum iommufdx_inv_ring_flags {
	IOMMUFDX_INV_RING_KICK = 1 << 0,
	IOMMUFDX_INV_RING_DONE = 1 << 1,
	IOMMUFDX_INV_RING_FD = 1 << 2,
};

/**
 * enum iommufdx_inv_ring_state - bits of struct iommufdx_inv_ring::state
 * @IOMMUFDX_INV_RING_OVERFLOW: @tail was more than all entries ahead of @head:
 *	the last submit or kick executed nothing
 */
enum iommufdx_inv_ring_state {
	IOMMUFDX_INV_RING_OVERFLOW = 1 << 0,
};

/* Most entries of a ring. */
#define IOMMUFDX_INV_RING_MAX	8192

/**
 * struct iommufdx_inv_ring - what begins the memory of a ring
 * @tail: how many entries the VMM has written, ever; it stores the entries
 *	first, then this, with release semantics
 * @__reserved0: keeps the two sides' words in different cache lines
 * @head: how many entries the kernel has taken, ever; it stores their status
 *	first, then this, with release semantics
 * @state: enum iommufdx_inv_ring_state
 * @__reserved1: 0
 *
 * Both counts wrap at 2^32; entry number N is at N modulo the number of entries
 * in both arrays. The kernel keeps its own @head and never reads this one back.
 *
 * The status of an entry is an __s32: 0 (executed, no stale translation is
 * left), or a negative errno. EIO, EOPNOTSUPP and EINVAL as for
 * IOMMU_HWPT_INVALIDATE: the command was refused. EIO and ETIMEDOUT also for
 * all commands that the hardware had when it failed. An entry with an error is
 * taken (@head goes past it) and is the last one that a submit takes: those
 * behind it are untouched, and the next submit begins with them. A VMM that
 * does not want them executed sets @tail back to @head first.
 */
struct iommufdx_inv_ring {
	__u32 tail;
	__u32 __reserved0[15];
	__u32 head;
	__u32 state;
	__u32 __reserved1[14];
};

/**
 * struct iommufdx_inv_ring_alloc - ioctl(IOMMUFDX_INV_RING_ALLOC)
 * @size: sizeof(struct iommufdx_inv_ring_alloc)
 * @flags: enum iommufdx_inv_ring_flags
 * @target_id: a nested HWPT or a vIOMMU, as for IOMMU_HWPT_INVALIDATE
 * @data_type: what the commands are, as for IOMMU_HWPT_INVALIDATE
 * @entry_len: bytes of a command, and from one to the next
 * @entries: how many the ring holds: a power of two up to IOMMUFDX_INV_RING_MAX
 * @kick_fd: an eventfd; a signal of it submits
 * @done_fd: another eventfd; signalled after each submit that @kick_fd caused
 * @out_ring_id: the ring; IOMMU_DESTROY destroys it
 * @out_entries_offset: the commands, bytes from the start of the memory
 * @out_status_offset: their statuses, bytes from the start of the memory
 * @out_fd: must be 0; with IOMMUFDX_INV_RING_FD a descriptor of the ring, see
 *	struct iommufdx_inv_ring_submit
 * @out_mmap_offset: offset for mmap() of this file
 * @out_mmap_length: bytes to map, all of them
 *
 * The memory begins with struct iommufdx_inv_ring and is zero at first. A
 * mapping, and @out_fd, keep the ring from being destroyed, the ring its target.
 *
 * Return: 0; EOPNOTSUPP (an unknown flag, @out_fd is not 0, or the target
 * takes no commands); EINVAL (the target has no commands of this type or length,
 * @entries is out of bounds, a descriptor is no eventfd, or both are the same
 * eventfd); EBADF (a descriptor is not open); ENOENT (no such target); EMFILE,
 * ENFILE; ENOMEM.
 */
struct iommufdx_inv_ring_alloc {
	__u32 size;
	__u32 flags;
	__u32 target_id;
	__u32 data_type;
	__u32 entry_len;
	__u32 entries;
	__s32 kick_fd;
	__s32 done_fd;
	__u32 out_ring_id;
	__u32 out_entries_offset;
	__u32 out_status_offset;
	__s32 out_fd;
	__aligned_u64 out_mmap_offset;
	__aligned_u64 out_mmap_length;
};
#define IOMMUFDX_INV_RING_ALLOC _IO(IOMMUFD_TYPE, IOMMUFDX_CMD_INV_RING_ALLOC)

/**
 * struct iommufdx_inv_ring_submit - ioctl(IOMMUFDX_INV_RING_SUBMIT)
 * @size: sizeof(struct iommufdx_inv_ring_submit)
 * @flags: must be 0
 * @ring_id: the ring
 * @out_done: entries executed by this call, also after an error
 *
 * Executes what is between head and tail.
 *
 * A descriptor of the ring takes the same ioctl with the number 0 in the place of
 * this struct, which saves looking for the ring. It returns how many entries it has
 * executed, or an errno; then their statuses tell how many. Who has it can submit,
 * and do nothing else with the iommufd.
 *
 * Return: 0 (all of it is done); EINVAL (the ring overflowed: nothing was done;
 * or the command was wrong); EIO, EOPNOTSUPP or ETIMEDOUT (the status of the
 * last entry taken); EINTR (a fatal signal); ENOENT (no such ring).
 */
struct iommufdx_inv_ring_submit {
	__u32 size;
	__u32 flags;
	__u32 ring_id;
	__u32 out_done;
};
#define IOMMUFDX_INV_RING_SUBMIT _IO(IOMMUFD_TYPE, IOMMUFDX_CMD_INV_RING_SUBMIT)

/* ---- Guests' own queues, read by the kernel ---- */

/**
 * enum iommufdx_hw_queue_type - more kinds of queue for IOMMU_HW_QUEUE_ALLOC
 * @IOMMUFDX_HW_QUEUE_TYPE_SMMUV3_CMDQ: command queue of an SMMUv3: 2^1 to 2^19
 *	commands of 16 bytes, aligned to its length
 * @IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ: invalidation queue of a VT-d IOMMU: 2^7 to
 *	2^14 descriptors of 32 bytes, aligned to 4096
 * @IOMMUFDX_HW_QUEUE_TYPE_AMD_CMDBUF: command buffer of an AMD IOMMU: 2^8 to
 *	2^15 commands of 16 bytes, aligned to 4096
 *
 * The kernel reads such a queue itself, so its memory need not be contiguous.
 * index is 0: a vIOMMU has one. It is made in IOMMUFDX_GUEST_QUEUE_STOPPED.
 * Commands for devices that are no vDEVICEs of the vIOMMU, such as the guest's
 * emulated ones, have no effect and do not stop it.
 */
enum iommufdx_hw_queue_type {
	IOMMUFDX_HW_QUEUE_TYPE_SMMUV3_CMDQ = 0x1000,
	IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ = 0x1001,
	IOMMUFDX_HW_QUEUE_TYPE_AMD_CMDBUF = 0x1002,
};

/**
 * enum iommufdx_guest_queue_op - what IOMMUFDX_GUEST_QUEUE_CTRL does
 * @IOMMUFDX_GUEST_QUEUE_GET: tell the state, nothing else
 * @IOMMUFDX_GUEST_QUEUE_EVENTFDS: take new eventfds; not while it runs
 * @IOMMUFDX_GUEST_QUEUE_START: read the queue; not while it runs
 * @IOMMUFDX_GUEST_QUEUE_STOP: stop between two commands; when the call returns
 *	no memory of the guest is read or written any more
 * @IOMMUFDX_GUEST_QUEUE_RESTORE: stand as a queue elsewhere did, by what it told
 *	after it was stopped; not while it runs
 */
enum iommufdx_guest_queue_op {
	IOMMUFDX_GUEST_QUEUE_GET = 0,
	IOMMUFDX_GUEST_QUEUE_EVENTFDS = 1,
	IOMMUFDX_GUEST_QUEUE_START = 2,
	IOMMUFDX_GUEST_QUEUE_STOP = 3,
	IOMMUFDX_GUEST_QUEUE_RESTORE = 4,
};

/**
 * enum iommufdx_guest_queue_flags - how to start
 * @IOMMUFDX_GUEST_QUEUE_SET_INDEX: from @prod and @cons, instead of where it
 *	stands
 * @IOMMUFDX_GUEST_QUEUE_SKIP: behind the command at which it stands, which the
 *	VMM has carried out
 */
enum iommufdx_guest_queue_flags {
	IOMMUFDX_GUEST_QUEUE_SET_INDEX = 1 << 0,
	IOMMUFDX_GUEST_QUEUE_SKIP = 1 << 1,
};

/**
 * enum iommufdx_guest_queue_state - what a queue is doing
 * @IOMMUFDX_GUEST_QUEUE_STOPPED: nothing: not started, or stopped
 * @IOMMUFDX_GUEST_QUEUE_RUNNING: it is read after each kick
 * @IOMMUFDX_GUEST_QUEUE_FOR_VMM: it has stopped before a command that the VMM
 *	has to carry out, such as one that makes it look at a table of the guest
 * @IOMMUFDX_GUEST_QUEUE_ERROR: it has stopped as the hardware would, for what
 *	@out_error says
 */
enum iommufdx_guest_queue_state {
	IOMMUFDX_GUEST_QUEUE_STOPPED = 0,
	IOMMUFDX_GUEST_QUEUE_RUNNING = 1,
	IOMMUFDX_GUEST_QUEUE_FOR_VMM = 2,
	IOMMUFDX_GUEST_QUEUE_ERROR = 3,
};

/**
 * enum iommufdx_guest_queue_events - what happened since the last start
 * @IOMMUFDX_GUEST_QUEUE_STORE_FAILED: the answer to a sync could not be stored,
 *	because nothing writeable is mapped there; it is lost
 */
enum iommufdx_guest_queue_events {
	IOMMUFDX_GUEST_QUEUE_STORE_FAILED = 1 << 0,
};

/**
 * struct iommufdx_guest_queue_ctrl - ioctl(IOMMUFDX_GUEST_QUEUE_CTRL)
 * @size: sizeof(struct iommufdx_guest_queue_ctrl)
 * @flags: enum iommufdx_guest_queue_flags, with START
 * @queue_id: from IOMMU_HW_QUEUE_ALLOC
 * @op: enum iommufdx_guest_queue_op
 * @kick_fd: with EVENTFDS: its signal has the queue read: the guest's doorbell
 * @event_fd: with EVENTFDS: signalled when the queue stops by itself, and when
 *	@out_events gets a new bit; -1 for none
 * @irq_fd: with EVENTFDS: signalled for each sync that asks for an interrupt; -1
 *	for none
 * @prod: producer's register, in with SET_INDEX and RESTORE, out always
 * @cons: consumer's register, in with SET_INDEX and RESTORE, out always
 * @out_state: enum iommufdx_guest_queue_state; it and the next two are in with
 *	RESTORE, too
 * @out_error: the vendor's code: CERROR of SMMUv3's CMDQ_CONS; IQEI of VT-d's
 *	IQERCD_REG, bit 8 for a device that did not answer (FSTS_REG.ITE); the
 *	event code of AMD's event log
 * @out_events: enum iommufdx_guest_queue_events
 * @out_prod_offset: where the producer's register is in the page of registers
 * @out_cons_offset: where the consumer's is
 * @out_mmap_offset: offset for mmap() of this file: the page of registers
 * @out_mmap_length: bytes to map
 *
 * The page has two 32-bit registers, where the vendor's page of registers has
 * them, and zeroes. Whoever has the guest's doorbell, the VMM or the guest to
 * which the page is mapped, writes the producer's and signals @kick_fd. The
 * kernel writes the consumer's, and never reads it back.
 *
 * To migrate, stop it and take @prod, @cons, @out_state, @out_error and
 * @out_events along; on the other side restore them, and start it if it has run
 * here. What stood still for an error stands still there, with the guest's
 * register as it was.
 *
 * Return: 0; EOPNOTSUPP (an unknown flag or operation); EINVAL (flags without
 * START, no eventfds when it starts, a descriptor is no eventfd, @prod and @cons
 * of SET_INDEX are not of this queue, nothing is there to skip, or no queue stands
 * still in the state, error and events to restore); EBADF (a descriptor is not open); EBUSY
 * (it runs); ENOENT (no queue that the kernel reads); ENOMEM; EINTR (a fatal
 * signal).
 */
struct iommufdx_guest_queue_ctrl {
	__u32 size;
	__u32 flags;
	__u32 queue_id;
	__u32 op;
	__s32 kick_fd;
	__s32 event_fd;
	__s32 irq_fd;
	__u32 prod;
	__u32 cons;
	__u32 out_state;
	__u32 out_error;
	__u32 out_events;
	__u32 out_prod_offset;
	__u32 out_cons_offset;
	__aligned_u64 out_mmap_offset;
	__aligned_u64 out_mmap_length;
};
#define IOMMUFDX_GUEST_QUEUE_CTRL \
	_IO(IOMMUFD_TYPE, IOMMUFDX_CMD_GUEST_QUEUE_CTRL)

#endif /* _UAPI_IOMMUFDX_GUEST_H */
