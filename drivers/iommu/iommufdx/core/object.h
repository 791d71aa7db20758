/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of an iommufd: what an ID names, how long it lives, how an ioctl gets
 * hold of it.
 *
 * Every object has two counts. @users keeps it from being destroyed: the table
 * of IDs holds one, every object that refers to it holds one. @busy keeps it
 * from being freed while an ioctl works on it: the table holds one, every
 * fdx_get_object() holds one of each. DESTROY takes an object away only when
 * the table's is the last user (else EBUSY); a driver that unbinds a device
 * waits until ioctls are done with it.
 *
 * An ioctl that makes an object reserves the ID first, publishes last: the
 * dispatcher finalizes the object when the handler returned 0 and the response
 * was copied out, and aborts it otherwise.
 */
#ifndef __IOMMUFDX_OBJECT_H
#define __IOMMUFDX_OBJECT_H

#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/wait.h>
#include <linux/xarray.h>

struct device;
struct file;
struct fdx_ioas;
struct kthread_worker;

enum fdx_object_type {
	FDX_OBJ_NONE,
	FDX_OBJ_ANY = FDX_OBJ_NONE,
	FDX_OBJ_DEVICE,
	FDX_OBJ_IOAS,
	FDX_OBJ_HWPT_PAGING,
	FDX_OBJ_HWPT_NESTED,
	FDX_OBJ_HWPT_SHADOW,
	FDX_OBJ_HWPT_SVA,
	FDX_OBJ_FAULT,
	FDX_OBJ_VIOMMU,
	FDX_OBJ_VDEVICE,
	FDX_OBJ_VEVENTQ,
	FDX_OBJ_HW_QUEUE,
	FDX_OBJ_INV_RING,
	FDX_OBJ_ACCESS,
	FDX_OBJ_EXTENSION,
	FDX_OBJ_TYPES,
};

struct iommufdx_ctx;

/**
 * struct fdx_object - the head of everything that has an ID
 * @users: who refers to it, see above
 * @busy: who is looking at it, see above
 * @type: enum fdx_object_type
 * @id: number in iommufdx_ctx::objects
 */
struct fdx_object {
	refcount_t users;
	refcount_t busy;
	enum fdx_object_type type;
	u32 id;
};

/**
 * struct iommufdx_ctx - one open /dev/iommu
 * @file: the file; a bound device holds a reference on it
 * @objects: ID to object; a zero entry is reserved, not yet published
 * @mmaps: struct fdx_mmap by where it is in the file (mmap.c)
 * @destroy_wait: woken when an object's @busy falls to zero
 * @ioas_lock: held to read by who publishes an IOAS, to write by who takes the
 *	locks of all of them
 * @vfio_ioas: the IOAS the type1 compatibility ioctls use, or NULL
 * @account_mode: enum fdx_account_mode for pages pinned from now on
 * @worker: runs what eventfds start (kick.h), NULL before the first
 */
struct iommufdx_ctx {
	struct file *file;
	struct xarray objects;
	struct xarray mmaps;
	wait_queue_head_t destroy_wait;
	struct rw_semaphore ioas_lock;
	struct fdx_ioas *vfio_ioas;
	u8 account_mode;
	struct kthread_worker *worker;
};

/**
 * struct fdx_ucmd - an ioctl under way
 * @ictx: the iommufd
 * @ubuffer: the user's struct
 * @user_size: its size by its own @size field
 * @cmd: the kernel's copy, zero-extended to the size this kernel knows
 * @new_obj: an object made by the handler; finalized or aborted by the
 *	dispatcher
 */
struct fdx_ucmd {
	struct iommufdx_ctx *ictx;
	void __user *ubuffer;
	u32 user_size;
	void *cmd;
	struct fdx_object *new_obj;
};

/* The device of the node that user space opens. */
struct device *fdx_misc_device(void);

/* Copy the first @cmd_len bytes of the answer back, as far as the user's struct goes. */
int fdx_ucmd_respond(struct fdx_ucmd *ucmd, size_t cmd_len);
/* One entry of a user's array, whose entries may be longer than ours: -EFAULT. */
int fdx_entry_to_user(void __user *to, size_t user_len, const void *entry,
		      size_t len);

/* Allocate @size bytes whose head is the object, and reserve an ID for it. */
struct fdx_object *fdx_object_alloc(struct iommufdx_ctx *ictx, size_t size,
				    enum fdx_object_type type);
/* The same, owned by the dispatcher from now on (see fdx_ucmd::new_obj). */
struct fdx_object *fdx_object_alloc_ucmd(struct fdx_ucmd *ucmd, size_t size,
					 enum fdx_object_type type);
/* Make the ID visible. */
void fdx_object_finalize(struct iommufdx_ctx *ictx, struct fdx_object *obj);
/* Give back an object that was never finalized, after its type's own teardown. */
void fdx_object_abort(struct iommufdx_ctx *ictx, struct fdx_object *obj);

/* The same for one whose teardown the caller has done itself. */
void fdx_object_discard(struct iommufdx_ctx *ictx, struct fdx_object *obj);

/* Find and hold. ERR_PTR(-ENOENT) for an unknown ID or another type. */
struct fdx_object *fdx_get_object(struct iommufdx_ctx *ictx, u32 id,
				  enum fdx_object_type type);
void fdx_put_object(struct iommufdx_ctx *ictx, struct fdx_object *obj);

/* Hold an object known to be alive; false when it is being destroyed. */
bool fdx_hold_object(struct fdx_object *obj);

/* Become a user of @obj if its ID still names it; false: it is being destroyed. */
bool fdx_object_use(struct iommufdx_ctx *ictx, struct fdx_object *obj);

/*
 * Destroy what @id names if nobody but the table uses it. @obj, where given, is
 * what it names, and a use of it that the caller gives up, whatever the answer:
 * 0, -ENOENT, or -EBUSY for an object that lives on.
 */
int fdx_object_try_destroy(struct iommufdx_ctx *ictx, struct fdx_object *obj,
			   u32 id);
/*
 * Destroy an object that its maker (a driver) holds a use of, which is what
 * keeps DESTROY away from it; waits for ioctls that hold it.
 */
void fdx_object_destroy_wait(struct iommufdx_ctx *ictx, struct fdx_object *obj);
/* The same, but the ID stays taken until the file is closed. */
void fdx_object_tombstone_wait(struct iommufdx_ctx *ictx,
			       struct fdx_object *obj);
/* Destroy all that is left, when the file goes away. */
void fdx_object_destroy_all(struct iommufdx_ctx *ictx);

#endif /* __IOMMUFDX_OBJECT_H */
