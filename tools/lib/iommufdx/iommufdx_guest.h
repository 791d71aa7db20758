/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libiommufdx for guests that run their own IOMMU tables: handing over their
 * invalidation commands. <iommufdx.h> has the rules that hold here too.
 */
#ifndef IOMMUFDX_GUEST_H
#define IOMMUFDX_GUEST_H

#include <iommufdx.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * iommufdx_invalidate() - execute an array of commands
 * @iommu: the iommufd
 * @target: a nested HWPT or a vIOMMU
 * @type: what the commands are, as for IOMMU_HWPT_INVALIDATE
 * @entries: the commands
 * @entry_len: bytes from one to the next
 * @num: how many; 0 only asks whether @type is known
 * @done: how many took effect, also after an error; may be NULL
 *
 * Return: 0; -EIO, -EINVAL or -EOPNOTSUPP (command *@done is refused); -EIO or
 * -ETIMEDOUT (hardware failed); -ENOENT (no such target).
 */
int iommufdx_invalidate(struct iommufdx *iommu, uint32_t target, uint32_t type,
			const void *entries, uint32_t entry_len, uint32_t num,
			uint32_t *done);

/* ----------------------------------------------------------------- rings */

struct iommufdx_ring;

/**
 * iommufdx_inv_ring_open() - make a ring of invalidation commands
 * @iommu: the iommufd, which outlives the ring
 * @target: a nested HWPT or a vIOMMU
 * @type: what the commands are, as for IOMMU_HWPT_INVALIDATE
 * @entry_len: bytes of a command
 * @entries: how many it holds, a power of two up to IOMMUFDX_INV_RING_MAX
 * @kick_fd: an eventfd that submits when it is signalled, or -1
 * @done_fd: an eventfd that is signalled after such a submit, or -1
 * @out: the ring; free it with iommufdx_inv_ring_close()
 *
 * The descriptors stay the caller's, who may close them. Only one thread at a
 * time may use a ring.
 *
 * Return: 0; -EINVAL (the target has no such commands, @entries, or a descriptor
 * is no eventfd); -EOPNOTSUPP (the target takes no commands); -EBADF; -ENOENT.
 */
int iommufdx_inv_ring_open(struct iommufdx *iommu, uint32_t target,
			   uint32_t type, uint32_t entry_len, uint32_t entries,
			   int kick_fd, int done_fd, struct iommufdx_ring **out);

/**
 * iommufdx_inv_ring_close() - destroy a ring
 * @ring: the ring, or NULL
 *
 * Commands that were not executed are dropped.
 */
void iommufdx_inv_ring_close(struct iommufdx_ring *ring);

/**
 * iommufdx_inv_ring_id() - the object ID of a ring
 * @ring: the ring
 *
 * Return: the ID.
 */
uint32_t iommufdx_inv_ring_id(const struct iommufdx_ring *ring);

/**
 * iommufdx_inv_ring_get_entry() - room for the next command
 * @ring: the ring
 *
 * The caller fills all bytes of it. It becomes visible to the kernel with the
 * next publish or submit.
 *
 * Return: the entry, or NULL: the ring is full of commands whose status was not
 * seen yet.
 */
void *iommufdx_inv_ring_get_entry(struct iommufdx_ring *ring);

/**
 * iommufdx_inv_ring_publish() - show the kernel what was filled
 * @ring: the ring
 *
 * No system call. For rings with an eventfd, which the caller then signals.
 */
void iommufdx_inv_ring_publish(struct iommufdx_ring *ring);

/**
 * iommufdx_inv_ring_submit() - publish, execute, and see every status
 * @ring: the ring
 * @done: how many commands this call executed, also after an error; may be NULL
 *
 * Not for a ring whose eventfd was signalled and has not been answered.
 *
 * Return: 0 (the ring is empty); -EIO, -EINVAL, -EOPNOTSUPP or -ETIMEDOUT (the
 * status of the last command taken; those behind it wait for the next submit);
 * -EINTR.
 */
int iommufdx_inv_ring_submit(struct iommufdx_ring *ring, uint32_t *done);

/**
 * iommufdx_inv_ring_next_status() - see what became of the next command
 * @ring: the ring
 * @status: 0 or a negative errno; commands are answered in their order
 *
 * Return: true, or false: the kernel has not taken another one.
 */
bool iommufdx_inv_ring_next_status(struct iommufdx_ring *ring, int *status);

/**
 * iommufdx_inv_ring_discard() - take back what the kernel has not taken
 * @ring: the ring, with no submit under way
 *
 * Return: how many commands were dropped.
 */
uint32_t iommufdx_inv_ring_discard(struct iommufdx_ring *ring);

#ifdef __cplusplus
}
#endif

#endif /* IOMMUFDX_GUEST_H */
