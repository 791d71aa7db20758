// SPDX-License-Identifier: GPL-2.0-only
/* Objects of an iommufd: IDs, holds, publication and destruction. See object.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "access.h"
#include "hwpt.h"
#include "device.h"
#include "eventq.h"
#include "extension.h"
#include "core/guest/inv_ring.h"
#include "ioas.h"
#include "object.h"
#include "core/shadow/shadow.h"
#include "core/sva/sva.h"
#include "core/guest/viommu.h"

/* How often whoever waits for ioctls that hold an object says so. */
#define FDX_STILL_HELD		msecs_to_jiffies(60 * 1000)

static void (*const fdx_object_destroy[FDX_OBJ_TYPES])(struct fdx_object *) = {
	[FDX_OBJ_DEVICE] = fdx_device_destroy,
	[FDX_OBJ_IOAS] = fdx_ioas_destroy,
	[FDX_OBJ_HWPT_PAGING] = fdx_hwpt_paging_destroy,
	[FDX_OBJ_HWPT_NESTED] = fdx_hwpt_nested_destroy,
	[FDX_OBJ_HWPT_SHADOW] = fdx_shadow_destroy,
	[FDX_OBJ_HWPT_SVA] = fdx_sva_destroy,
	[FDX_OBJ_FAULT] = fdx_fault_destroy,
	[FDX_OBJ_VIOMMU] = fdx_viommu_destroy,
	[FDX_OBJ_VDEVICE] = fdx_vdevice_destroy,
	[FDX_OBJ_VEVENTQ] = fdx_veventq_destroy,
	[FDX_OBJ_HW_QUEUE] = fdx_hw_queue_destroy,
	[FDX_OBJ_INV_RING] = fdx_inv_ring_destroy,
	[FDX_OBJ_ACCESS] = fdx_access_destroy,
	[FDX_OBJ_EXTENSION] = fdx_ext_object_destroy,
};

int fdx_ucmd_respond(struct fdx_ucmd *ucmd, size_t cmd_len)
{
	size_t len = min_t(size_t, ucmd->user_size, cmd_len);

	return copy_to_user(ucmd->ubuffer, ucmd->cmd, len) ? -EFAULT : 0;
}
EXPORT_SYMBOL_GPL(fdx_ucmd_respond);

int fdx_entry_to_user(void __user *to, size_t user_len, const void *entry,
		      size_t len)
{
	return copy_to_user(to, entry, len) ||
	       clear_user(to + len, user_len - len) ? -EFAULT : 0;
}

struct fdx_object *fdx_object_alloc(struct iommufdx_ctx *ictx, size_t size,
				    enum fdx_object_type type)
{
	struct fdx_object *obj;
	int rc;

	obj = kzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!obj)
		return ERR_PTR(-ENOMEM);
	obj->type = type;
	refcount_set(&obj->users, 1);
	refcount_set(&obj->busy, 1);

	/* NULL reserves: lookups of the ID fail until finalize stores @obj. */
	rc = xa_alloc(&ictx->objects, &obj->id, NULL, xa_limit_31b,
		      GFP_KERNEL);
	if (rc) {
		kfree(obj);
		return ERR_PTR(rc);
	}
	return obj;
}

struct fdx_object *fdx_object_alloc_ucmd(struct fdx_ucmd *ucmd, size_t size,
					 enum fdx_object_type type)
{
	struct fdx_object *obj;

	if (WARN_ON(ucmd->new_obj))
		return ERR_PTR(-EBUSY);
	obj = fdx_object_alloc(ucmd->ictx, size, type);
	if (!IS_ERR(obj))
		ucmd->new_obj = obj;
	return obj;
}

void fdx_object_finalize(struct iommufdx_ctx *ictx, struct fdx_object *obj)
{
	/* The slot was reserved, so this store allocates nothing. */
	void *old = xa_store(&ictx->objects, obj->id, obj, GFP_KERNEL);

	WARN_ON(old);
}
EXPORT_SYMBOL_GPL(fdx_object_finalize);

void fdx_object_discard(struct iommufdx_ctx *ictx, struct fdx_object *obj)
{
	xa_erase(&ictx->objects, obj->id);
	kfree(obj);
}

void fdx_object_abort(struct iommufdx_ctx *ictx, struct fdx_object *obj)
{
	fdx_object_destroy[obj->type](obj);
	fdx_object_discard(ictx, obj);
}
EXPORT_SYMBOL_GPL(fdx_object_abort);

bool fdx_object_use(struct iommufdx_ctx *ictx, struct fdx_object *obj)
{
	bool there;

	xa_lock(&ictx->objects);
	there = xa_load(&ictx->objects, obj->id) == obj;
	if (there)
		refcount_inc(&obj->users);
	xa_unlock(&ictx->objects);
	return there;
}

struct fdx_object *fdx_get_object(struct iommufdx_ctx *ictx, u32 id,
				  enum fdx_object_type type)
{
	XA_STATE(xas, &ictx->objects, id);
	struct fdx_object *obj;

	xa_lock(&ictx->objects);
	obj = xas_load(&xas);
	if (!obj || xa_is_zero(obj) || (type != FDX_OBJ_ANY && obj->type != type) ||
	    !fdx_hold_object(obj))
		obj = ERR_PTR(-ENOENT);
	xa_unlock(&ictx->objects);
	return obj;
}
EXPORT_SYMBOL_GPL(fdx_get_object);

bool fdx_hold_object(struct fdx_object *obj)
{
	if (!refcount_inc_not_zero(&obj->users))
		return false;
	if (!refcount_inc_not_zero(&obj->busy)) {
		refcount_dec(&obj->users);
		return false;
	}
	return true;
}

void fdx_put_object(struct iommufdx_ctx *ictx, struct fdx_object *obj)
{
	/*
	 * @users first: whoever waits for @busy to reach zero must then find
	 * no stray user.
	 */
	refcount_dec(&obj->users);
	if (refcount_dec_and_test(&obj->busy))
		wake_up_all(&ictx->destroy_wait);
}
EXPORT_SYMBOL_GPL(fdx_put_object);

/*
 * Wait until no ioctl works on it. That has no end: what the object stands for
 * is freed next, so giving up would leave the ioctl with freed memory.
 */
static void fdx_object_wait_idle(struct iommufdx_ctx *ictx,
				 struct fdx_object *obj)
{
	if (refcount_dec_and_test(&obj->busy))
		return;
	/* A vDEVICE holds its device until it is told to let go. */
	if (obj->type == FDX_OBJ_DEVICE)
		fdx_vdevice_revoke(container_of(obj, struct iommufdx_device,
						obj));
	while (!wait_event_timeout(ictx->destroy_wait,
				   !refcount_read(&obj->busy), FDX_STILL_HELD))
		pr_warn("an ioctl still holds object %u, which is to go\n",
			obj->id);
}

int fdx_object_try_destroy(struct iommufdx_ctx *ictx, struct fdx_object *obj,
			   u32 id)
{
	XA_STATE(xas, &ictx->objects, id);
	struct fdx_object *cur;

	xa_lock(&ictx->objects);
	cur = xas_load(&xas);
	if (obj)
		refcount_dec(&obj->users);
	if (!cur || xa_is_zero(cur) || WARN_ON(obj && cur != obj)) {
		xa_unlock(&ictx->objects);
		return -ENOENT;
	}
	if (!refcount_dec_if_one(&cur->users)) {
		xa_unlock(&ictx->objects);
		return -EBUSY;
	}
	xas_store(&xas, NULL);
	if (cur->type == FDX_OBJ_IOAS &&
	    ictx->vfio_ioas == container_of(cur, struct fdx_ioas, obj))
		ictx->vfio_ioas = NULL;
	xa_unlock(&ictx->objects);

	/* With no users left, a hold can only be on its way out. */
	fdx_object_wait_idle(ictx, cur);
	fdx_object_destroy[cur->type](cur);
	kfree(cur);
	return 0;
}

static void fdx_object_remove(struct iommufdx_ctx *ictx, struct fdx_object *obj,
			      void *leave)
{
	bool last;

	/* No new hold can be had from here on, and those there are run out. */
	fdx_object_wait_idle(ictx, obj);

	/* Failing holds bump @users for a moment, under the lock. */
	xa_lock(&ictx->objects);
	refcount_dec(&obj->users);
	last = refcount_dec_if_one(&obj->users);
	if (last)
		__xa_store(&ictx->objects, obj->id, leave, GFP_ATOMIC);
	xa_unlock(&ictx->objects);
	if (WARN_ON(!last))
		return;
	fdx_object_destroy[obj->type](obj);
	kfree(obj);
}

void fdx_object_destroy_wait(struct iommufdx_ctx *ictx, struct fdx_object *obj)
{
	fdx_object_remove(ictx, obj, NULL);
}

void fdx_object_tombstone_wait(struct iommufdx_ctx *ictx,
			       struct fdx_object *obj)
{
	fdx_object_remove(ictx, obj, XA_ZERO_ENTRY);
}

void fdx_object_destroy_all(struct iommufdx_ctx *ictx)
{
	struct fdx_object *obj;
	unsigned long index;
	bool progress;

	/* Objects use one another without cycles: take the unused, repeat. */
	do {
		progress = false;
		xa_for_each(&ictx->objects, index, obj) {
			if (!refcount_dec_if_one(&obj->users))
				continue;
			xa_erase(&ictx->objects, index);
			fdx_object_destroy[obj->type](obj);
			kfree(obj);
			progress = true;
		}
	} while (progress);
	/* Tombstones may be left, nothing else. */
	xa_for_each(&ictx->objects, index, obj)
		WARN_ON(1);
	xa_destroy(&ictx->objects);
}
