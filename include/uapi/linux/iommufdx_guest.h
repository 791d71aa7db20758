/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The part of <linux/iommufdx.h>, which includes it, that is about guests: ways
 * for their invalidation commands to reach the IOMMU. Not to be included by
 * itself.
 *
 * IOMMU_HWPT_INVALIDATE takes an array. A ring (IOMMUFDX_INV_RING_ALLOC) is
 * memory that a VMM and the kernel share: writing commands takes no system call,
 * executing any number of them takes one, or the signal of an eventfd.
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
 */
enum iommufdx_inv_ring_flags {
	IOMMUFDX_INV_RING_KICK = 1 << 0,
	IOMMUFDX_INV_RING_DONE = 1 << 1,
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
 * @done_fd: an eventfd; signalled after each submit that @kick_fd caused
 * @out_ring_id: the ring; IOMMU_DESTROY destroys it
 * @out_entries_offset: the commands, bytes from the start of the memory
 * @out_status_offset: their statuses, bytes from the start of the memory
 * @__reserved: must be 0
 * @out_mmap_offset: offset for mmap() of this file
 * @out_mmap_length: bytes to map, all of them
 *
 * The memory begins with struct iommufdx_inv_ring and is zero at first. A
 * mapping keeps the ring from being destroyed, the ring its target.
 *
 * Return: 0; EOPNOTSUPP (an unknown flag, @__reserved is not 0, or the target
 * takes no commands); EINVAL (the target has no commands of this type or length,
 * @entries is out of bounds, or a descriptor is no eventfd); EBADF (a descriptor
 * is not open); ENOENT (no such target); ENOMEM.
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
	__u32 __reserved;
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

#endif /* _UAPI_IOMMUFDX_GUEST_H */
