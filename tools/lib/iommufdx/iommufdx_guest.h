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
 * @done_fd: another eventfd, signalled after such a submit, or -1
 * @out: the ring; free it with iommufdx_inv_ring_close()
 *
 * The descriptors stay the caller's, who may close them. Only one thread at a
 * time may use a ring.
 *
 * Return: 0; -EINVAL (the target has no such commands, @entries, or a descriptor
 * is no eventfd, or both the same one); -EOPNOTSUPP (the target takes no
 * commands); -EBADF; -ENOENT; -EMFILE.
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

/* ------------------------------------------ guests' queues, read by the kernel */

struct iommufdx_guest_queue;

/**
 * struct iommufdx_guest_queue_status - what such a queue is doing
 * @state: enum iommufdx_guest_queue_state
 * @error: the vendor's code, in IOMMUFDX_GUEST_QUEUE_ERROR
 * @events: enum iommufdx_guest_queue_events
 * @prod: producer's register
 * @cons: consumer's register
 */
struct iommufdx_guest_queue_status {
	uint32_t state;
	uint32_t error;
	uint32_t events;
	uint32_t prod;
	uint32_t cons;
};

/**
 * iommufdx_guest_queue_open() - have the kernel read a guest's queue
 * @iommu: the iommufd, which outlives the queue
 * @viommu: the vIOMMU
 * @type: enum iommufdx_hw_queue_type
 * @iova: guest physical address of its first byte
 * @length: bytes, a power of two
 * @out: the queue, stopped; free it with iommufdx_guest_queue_close()
 *
 * The memory cannot be unmapped while the queue is there.
 *
 * Return: 0; -EOPNOTSUPP (the vIOMMU has no such queue); -EINVAL (address or
 * length); -EEXIST (it has one already); -ENOENT (the memory is not mapped).
 */
int iommufdx_guest_queue_open(struct iommufdx *iommu, uint32_t viommu,
			      uint32_t type, uint64_t iova, uint64_t length,
			      struct iommufdx_guest_queue **out);

/**
 * iommufdx_guest_queue_close() - stop and destroy it
 * @queue: the queue, or NULL
 */
void iommufdx_guest_queue_close(struct iommufdx_guest_queue *queue);

/**
 * iommufdx_guest_queue_id() - the object ID of a queue
 * @queue: the queue
 *
 * Return: the ID.
 */
uint32_t iommufdx_guest_queue_id(const struct iommufdx_guest_queue *queue);

/**
 * iommufdx_guest_queue_eventfds() - say what signals whom
 * @queue: the queue, not running
 * @kick_fd: an eventfd: read the queue
 * @event_fd: an eventfd: the queue has stopped by itself; or -1
 * @irq_fd: an eventfd: the guest's interrupt; or -1
 *
 * The descriptors stay the caller's, who may close them.
 *
 * Return: 0; -EBUSY (it runs); -EBADF or -EINVAL (no eventfd).
 */
int iommufdx_guest_queue_eventfds(struct iommufdx_guest_queue *queue,
				  int kick_fd, int event_fd, int irq_fd);

/**
 * iommufdx_guest_queue_start() - read the queue from now on
 * @queue: the queue, with eventfds
 * @flags: enum iommufdx_guest_queue_flags
 * @prod: producer's register, with IOMMUFDX_GUEST_QUEUE_SET_INDEX
 * @cons: consumer's register, with IOMMUFDX_GUEST_QUEUE_SET_INDEX
 *
 * What is in it already is read at once.
 *
 * Return: 0, also where the guest's own register is out of range, which stops the
 * queue with an error; -EBUSY (it runs); -EINVAL (no eventfds, @prod and @cons
 * that are not of this queue, nothing to skip).
 */
int iommufdx_guest_queue_start(struct iommufdx_guest_queue *queue,
			       uint32_t flags, uint32_t prod, uint32_t cons);

/**
 * iommufdx_guest_queue_stop() - stop between two commands
 * @queue: the queue
 * @state: what it is doing after that; may be NULL
 *
 * Return: 0 or a negative errno.
 */
int iommufdx_guest_queue_stop(struct iommufdx_guest_queue *queue,
			      struct iommufdx_guest_queue_status *state);

/**
 * iommufdx_guest_queue_restore() - stand as a queue elsewhere did
 * @queue: the queue, not running
 * @state: what iommufdx_guest_queue_stop() told of the other one
 *
 * It is not started: that is for the caller to do if the other one ran.
 *
 * Return: 0; -EBUSY (it runs); -EINVAL (not of a queue of this length and type
 * that stands still).
 */
int iommufdx_guest_queue_restore(struct iommufdx_guest_queue *queue,
				 const struct iommufdx_guest_queue_status *state);

/**
 * iommufdx_guest_queue_get() - ask what it is doing
 * @queue: the queue
 * @state: the answer
 *
 * Return: 0 or a negative errno.
 */
int iommufdx_guest_queue_get(struct iommufdx_guest_queue *queue,
			     struct iommufdx_guest_queue_status *state);

/**
 * iommufdx_guest_queue_set_prod() - write the producer's register
 * @queue: the queue
 * @prod: its value
 *
 * No system call; the caller signals the kick afterwards.
 */
void iommufdx_guest_queue_set_prod(struct iommufdx_guest_queue *queue,
				   uint32_t prod);

/**
 * iommufdx_guest_queue_cons() - read the consumer's register
 * @queue: the queue
 *
 * Return: its value. No system call.
 */
uint32_t iommufdx_guest_queue_cons(const struct iommufdx_guest_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* IOMMUFDX_GUEST_H */
