/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The backends' side of nesting: nested domains, virtual IOMMUs, the virtual
 * devices and hardware queues that belong to them, and how guests' invalidation
 * commands reach a backend.
 *
 * Core owns objects, locks, copying, counting and batching. A backend validates
 * and translates one thing at a time and never sees user memory: what a guest
 * wrote has been copied once before a backend looks at it.
 */
#ifndef __LINUX_IOMMUFDX_VIOMMU_H
#define __LINUX_IOMMUFDX_VIOMMU_H

#include <linux/types.h>
#include <linux/xarray.h>
#include <linux/iommufdx/driver.h>

struct iommufdx_viommu;

/**
 * struct iommufdx_user_data - a vendor's struct that came with an allocation
 * @type: what it is, a value of the uAPI enum of the ioctl at hand
 * @uptr: where it is
 * @len: its length in bytes; 0 for none
 */
struct iommufdx_user_data {
	u32 type;
	void __user *uptr;
	size_t len;
};

/**
 * iommufdx_copy_user_data() - fetch a vendor's struct
 * @dst: where to; @size bytes, zero-filled where user space has less
 * @size: the struct as this version knows it
 * @min_size: what its first version had
 * @src: from where
 * @type: what it must be
 *
 * Context: may sleep.
 * Return: 0; -EINVAL (another type, too short or too long); -EFAULT.
 */
int iommufdx_copy_user_data(void *dst, size_t size, size_t min_size,
			    const struct iommufdx_user_data *src, u32 type);

/**
 * iommufdx_return_user_data() - write a vendor's struct back
 * @dst: where to, as user space gave it
 * @src: the struct
 * @size: its size; no more than the user's length is written
 *
 * Context: may sleep.
 * Return: 0 or -EFAULT.
 */
int iommufdx_return_user_data(const struct iommufdx_user_data *dst,
			      const void *src, size_t size);

/**
 * struct iommufdx_inv_ops - how a target takes invalidation commands
 * @type: the uAPI's data type
 * @entry_size: a command as this version knows it, in bytes
 * @min_entry_size: what the first version had
 * @any_entry_len: an array of user space may have shorter commands, which are
 *	extended with zeroes, and longer ones, whose rest has to be zero, or core
 *	answers -E2BIG: what Linux does for types of its own. Rings are bounded
 *	by the two sizes always.
 * @batch_size: bytes that a batch needs of its own, at most 8192
 * @batch_head: how many of these, from the first on, are zeroed before the first
 *	command of each batch; 0 for all
 * @device: which device has to answer @entry, by its virtual ID and 1 more; 0 if
 *	the IOMMU alone carries it out. A device may be silent, so core syncs what
 *	goes to one apart from all else: then it is known what has failed. NULL
 *	if there are no such commands.
 * @queue: validate the command in @entry by allow-list, translate what it names
 *	and put it in @batch. Merging with what the batch holds is welcome. An
 *	errno refuses it with nothing of it queued. -ENOSPC: the batch is full;
 *	core syncs it and offers the command again. -ENXIO: it is legal, but
 *	names a device that is no vDEVICE: user space is told -EIO, a guest's
 *	own queue goes on.
 * @queue_like: @queue has taken @entry just now, and behind it come @num commands
 *	that lie side by side at @more: queue those of them, from the first one
 *	on, which differ from @entry so little that this is faster, and return
 *	how many. Somebody else may write to @more at any time: what is used of
 *	it is what was checked. NULL where there is no such way.
 * @sync: issue what is in the batch and wait until no cached translation that
 *	it names is left. 0, or -EIO / -ETIMEDOUT with nothing of the batch
 *	counted.
 *
 * @target is the nested struct iommufdx_domain or the struct iommufdx_viommu.
 * Core copies, counts, bounds and serialises: one batch at a time per target.
 * All functions may sleep.
 */
struct iommufdx_inv_ops {
	u32 type;
	size_t entry_size;
	size_t min_entry_size;
	bool any_entry_len;
	size_t batch_size;
	size_t batch_head;
	u64 (*device)(const void *entry);
	int (*queue)(void *target, const void *entry, void *batch);
	u32 (*queue_like)(void *target, const void *entry, const void *more,
			  u32 num, void *batch);
	int (*sync)(void *target, void *batch);
};

/**
 * enum iommufdx_guest_cmd_kind - what to do with a command of a guest's queue
 * @IOMMUFDX_GUEST_CMD_INVALIDATE: offer it to the vIOMMU's iommufdx_inv_ops
 * @IOMMUFDX_GUEST_CMD_SYNC: complete all before it, then answer
 * @IOMMUFDX_GUEST_CMD_NOTHING: it may be ignored
 * @IOMMUFDX_GUEST_CMD_VMM: stop before it, it is for the VMM to carry out
 * @IOMMUFDX_GUEST_CMD_ILLEGAL: stop before it, it is an error
 */
enum iommufdx_guest_cmd_kind {
	IOMMUFDX_GUEST_CMD_INVALIDATE,
	IOMMUFDX_GUEST_CMD_SYNC,
	IOMMUFDX_GUEST_CMD_NOTHING,
	IOMMUFDX_GUEST_CMD_VMM,
	IOMMUFDX_GUEST_CMD_ILLEGAL,
};

/**
 * struct iommufdx_guest_cmd - a command of a guest's queue, understood
 * @kind: what to do with it
 * @error: what is wrong with an illegal one: the vendor's code
 * @interrupt: a sync asks for an interrupt
 * @store_bytes: how much a sync asks to have stored: 0, 4 or 8
 * @store_addr: where, in the nesting parent
 * @store_value: what
 */
struct iommufdx_guest_cmd {
	enum iommufdx_guest_cmd_kind kind;
	u32 error;
	bool interrupt;
	u8 store_bytes;
	u64 store_addr;
	u64 store_value;
};

/**
 * struct iommufdx_guest_queue_ops - how a vendor's guests write their queues
 * @type: the uAPI's hw queue type
 * @cmd_size: bytes of a command; the vIOMMU's commands (iommufdx_inv_ops) are
 *	no longer than that
 * @min_entries: least length of a queue in commands, a power of two
 * @max_entries: greatest length, a power of two
 * @align: what the queue's base is a multiple of; 0: of its length
 * @wrap_bit: indexes have one bit more than the queue's length needs
 * @prod_offset: where the producer's register is in the page of registers
 * @cons_offset: where the consumer's is
 * @illegal_error: the vendor's code for what iommufdx_inv_ops refused
 * @timeout_error: the same for a device that does not answer
 * @abort_error: the same for a host that cannot execute commands
 * @tail_error: the same for a producer that is further ahead than the queue is
 *	long
 * @store_error: the same for an answer that cannot be stored; 0: it goes on
 * @index: the index in a register of a queue of @entries: 0, or the vendor's code
 *	for a producer that is none
 * @cons_reg: the consumer's register for an index and an error, 0 for none
 * @decode: understand a command, by allow-list; @out is zeroed
 *
 * @log_error: put an error that stopped a queue into the guest's event log, with
 *	the guest's address of the command, or of its answer; NULL where a guest
 *	reads of it in registers. Context: may sleep, under the lock of the
 *	vIOMMU's invalidations
 *
 * The other functions are without effect and without state. Context: any.
 */
struct iommufdx_guest_queue_ops {
	u32 type;
	u32 cmd_size;
	u32 min_entries;
	u32 max_entries;
	u32 align;
	bool wrap_bit;
	u16 prod_offset;
	u16 cons_offset;
	u32 illegal_error;
	u32 timeout_error;
	u32 abort_error;
	u32 tail_error;
	u32 store_error;
	u32 (*index)(u32 reg, u32 entries, u32 *index);
	u32 (*cons_reg)(u32 index, u32 error);
	void (*decode)(const void *cmd, struct iommufdx_guest_cmd *out);
	void (*log_error)(struct iommufdx_viommu *viommu, u32 error, u64 addr);
};

/**
 * struct iommufdx_vdevice - a device by the name a guest has for it
 * @viommu: the virtual IOMMU it is behind
 * @master: the device
 * @virt_id: the guest's RID or stream ID
 * @priv: the backend's own
 */
struct iommufdx_vdevice {
	struct iommufdx_viommu *viommu;
	struct iommufdx_master *master;
	u64 virt_id;
	void *priv;
};

/**
 * struct iommufdx_hw_queue - a guest's queue handed to the backend
 * @viommu: whose
 * @type: uAPI type
 * @index: which of several of one type
 * @iova: its base in the nesting parent's IOAS
 * @length: bytes
 * @phys: its physical base; pinned and contiguous while the queue lives
 * @priv: the backend's own
 */
struct iommufdx_hw_queue {
	struct iommufdx_viommu *viommu;
	u32 type;
	u32 index;
	u64 iova;
	u64 length;
	phys_addr_t phys;
	void *priv;
};

/**
 * struct iommufdx_viommu_ops - a backend's virtual IOMMU
 * @free: undo iommufdx_iommu_ops.viommu_alloc. Nothing refers to it any more.
 * @alloc_nested: a nested domain whose stage 1 @data describes; @flags:
 *	IOMMU_HWPT_ALLOC_PASID, and IOMMU_HWPT_FAULT_ID_VALID where devices'
 *	page requests are to be had. May be NULL.
 * @vdevice_init: a device got its guest name. May be NULL.
 * @vdevice_destroy: it lost it. May be NULL.
 * @inv: how its commands are taken, NULL for none
 * @has_hw_queue: can a queue of this type be handed over? NULL for none.
 * @hw_queue_init: start reading one; -EEXIST where @index is taken, -EINVAL
 *	for an index out of range
 * @hw_queue_destroy: stop
 * @guest_queue: how core reads a guest's own queue, NULL if it cannot; needs
 *	@inv
 *
 * All may sleep.
 */
struct iommufdx_viommu_ops {
	void (*free)(struct iommufdx_viommu *viommu);
	struct iommufdx_domain *
	(*alloc_nested)(struct iommufdx_viommu *viommu, u32 flags,
			const struct iommufdx_user_data *data);
	int (*vdevice_init)(struct iommufdx_vdevice *vdev);
	void (*vdevice_destroy)(struct iommufdx_vdevice *vdev);
	const struct iommufdx_inv_ops *inv;
	bool (*has_hw_queue)(struct iommufdx_viommu *viommu, u32 type);
	int (*hw_queue_init)(struct iommufdx_hw_queue *queue);
	void (*hw_queue_destroy)(struct iommufdx_hw_queue *queue);
	const struct iommufdx_guest_queue_ops *guest_queue;
};

/**
 * struct iommufdx_viommu - a slice of an IOMMU that a guest sees as its own
 * @ops: the backend's functions
 * @iommu: the hardware it is a slice of
 * @parent: the nesting parent: what guest physical addresses mean
 * @type: uAPI type
 * @core: core's object, for the helpers below
 *
 * The backend embeds this and has iommufdx_viommu_init() fill it.
 */
struct iommufdx_viommu {
	const struct iommufdx_viommu_ops *ops;
	struct iommufdx_iommu *iommu;
	struct iommufdx_domain *parent;
	u32 type;
	void *core;
};

/**
 * iommufdx_viommu_init() - fill a new virtual IOMMU
 * @viommu: zeroed
 * @core: as viommu_alloc got it
 * @ops: the backend's functions
 * @iommu: the hardware
 * @parent: the nesting parent
 * @type: uAPI type
 *
 * From here on the helpers below may be used. Context: any.
 */
void iommufdx_viommu_init(struct iommufdx_viommu *viommu, void *core,
			  const struct iommufdx_viommu_ops *ops,
			  struct iommufdx_iommu *iommu,
			  struct iommufdx_domain *parent, u32 type);

/**
 * iommufdx_viommu_lock() - keep vDEVICEs from coming and going
 * @viommu: the virtual IOMMU
 *
 * For lookups from invalidation commands. Context: does not sleep; a spinlock
 * is held until iommufdx_viommu_unlock().
 */
void iommufdx_viommu_lock(struct iommufdx_viommu *viommu);

/** iommufdx_viommu_unlock() - undo iommufdx_viommu_lock() */
void iommufdx_viommu_unlock(struct iommufdx_viommu *viommu);

/**
 * iommufdx_viommu_find_vdev() - a vDEVICE by its guest name
 * @viommu: the virtual IOMMU, locked
 * @virt_id: the guest's RID or stream ID
 *
 * Return: the vDEVICE, good until iommufdx_viommu_unlock(), or NULL.
 */
struct iommufdx_vdevice *
iommufdx_viommu_find_vdev(struct iommufdx_viommu *viommu, u64 virt_id);

/**
 * iommufdx_viommu_virt_id() - the guest's name of a device
 * @viommu: the virtual IOMMU
 * @master: the device
 * @virt_id: result
 *
 * Context: does not sleep.
 * Return: 0 or -ENOENT (not behind this vIOMMU).
 */
int iommufdx_viommu_virt_id(struct iommufdx_viommu *viommu,
			    struct iommufdx_master *master, u64 *virt_id);

/**
 * iommufdx_viommu_report_event() - put an event in a guest's event queue
 * @viommu: the virtual IOMMU
 * @type: uAPI type of the event queue
 * @data: the vendor's record, with guest names in it
 * @len: its length in bytes, not 0
 *
 * Context: may sleep, but not for memory: an interrupt handler of the IOMMU may
 * call it.
 * Return: 0 (also when the queue is full: the loss is recorded in it);
 * -EOPNOTSUPP (no queue of that type); -ENOMEM (lost, and recorded).
 */
int iommufdx_viommu_report_event(struct iommufdx_viommu *viommu, u32 type,
				 const void *data, size_t len);

/**
 * iommufdx_viommu_mmap_add() - let user space map pages of a vIOMMU
 * @viommu: whose; lives as long as any mapping
 * @phys: physical address, page aligned
 * @length: bytes, a multiple of PAGE_SIZE
 * @offset: result: the offset to give to mmap(), never 0
 *
 * Context: may sleep.
 * Return: 0, -EINVAL (misaligned) or -ENOMEM.
 */
int iommufdx_viommu_mmap_add(struct iommufdx_viommu *viommu, phys_addr_t phys,
			     size_t length, u64 *offset);

/**
 * iommufdx_viommu_mmap_remove() - take that back
 * @viommu: whose
 * @offset: from iommufdx_viommu_mmap_add()
 */
void iommufdx_viommu_mmap_remove(struct iommufdx_viommu *viommu, u64 offset);

/**
 * iommufdx_hw_queue_depend() - keep a queue while another one lives
 * @dependent: the other one
 * @queue: the queue that cannot be destroyed before it
 */
void iommufdx_hw_queue_depend(struct iommufdx_hw_queue *dependent,
			      struct iommufdx_hw_queue *queue);

/** iommufdx_hw_queue_undepend() - undo iommufdx_hw_queue_depend() */
void iommufdx_hw_queue_undepend(struct iommufdx_hw_queue *dependent,
				struct iommufdx_hw_queue *queue);

#endif /* __LINUX_IOMMUFDX_VIOMMU_H */
