// SPDX-License-Identifier: GPL-2.0-only
/* Making, submitting and destroying rings of commands. See inv_ring.h. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/iommufdx/device.h>
#include <uapi/linux/iommufdx.h>
#include "compat.h"
#include "inv_ring.h"
#include "kick.h"
#include "core/object.h"
#include "viommu.h"

/* Commands that a kick executes before others have their turn. */
#define FDX_INV_RING_PORTION	256

/**
 * struct fdx_inv_ring_obj - a ring with an ID
 * @obj: its ID; a mapping of the memory is a user, an open file of it, too
 * @ictx: the iommufd
 * @target: what the commands go to; a use is held
 * @ring: how it is run
 * @bytes: of the memory
 * @mmap_offset: where user space finds it, 0 before it does
 * @kick: submits, if the user wants it
 * @done: signalled after each submit of @kick, or NULL
 */
struct fdx_inv_ring_obj {
	struct fdx_object obj;
	struct iommufdx_ctx *ictx;
	struct fdx_object *target;
	struct fdx_inv_ring ring;
	size_t bytes;
	u64 mmap_offset;
	struct fdx_kick kick;
	struct eventfd_ctx *done;
};

static struct fdx_inv_ring_obj *to_ring(struct fdx_object *obj)
{
	return container_of(obj, struct fdx_inv_ring_obj, obj);
}

void fdx_inv_ring_destroy(struct fdx_object *obj)
{
	struct fdx_inv_ring_obj *ring = to_ring(obj);

	fdx_kick_stop(&ring->kick);
	if (ring->done)
		eventfd_ctx_put(ring->done);
	if (ring->mmap_offset)
		fdx_mmap_remove(ring->ictx, obj, ring->mmap_offset);
	if (ring->ring.shared)
		free_pages_exact(ring->ring.shared, ring->bytes);
	fdx_inv_free(&ring->ring.inv);
	if (ring->target)
		refcount_dec(&ring->target->users);
}

static bool inv_ring_kicked(struct fdx_kick *kick)
{
	struct fdx_inv_ring_obj *ring =
		container_of(kick, struct fdx_inv_ring_obj, kick);
	u32 done;
	int rc;

	rc = fdx_inv_ring_run(&ring->ring, FDX_INV_RING_PORTION, &done);
	if (!rc && done == FDX_INV_RING_PORTION)
		return true;
	if (ring->done)
		compat_eventfd_signal(ring->done);
	return false;
}

/* The memory, and what is where in it. */
static int inv_ring_lay_out(struct fdx_inv_ring_obj *obj,
			    struct iommufdx_inv_ring_alloc *cmd)
{
	struct fdx_inv_ring *ring = &obj->ring;
	size_t commands, status;
	int rc;

	commands = sizeof(*ring->shared);
	status = ALIGN(commands + (size_t)cmd->entries * cmd->entry_len, 64);
	obj->bytes = PAGE_ALIGN(status + (size_t)cmd->entries * sizeof(s32));

	ring->mask = cmd->entries - 1;
	ring->entry_len = cmd->entry_len;
	ring->shared = alloc_pages_exact(obj->bytes, GFP_KERNEL_ACCOUNT |
						     __GFP_ZERO | __GFP_NOWARN);
	if (!ring->shared)
		return -ENOMEM;
	ring->commands = (void *)ring->shared + commands;
	ring->status = (void *)ring->shared + status;
	rc = fdx_mmap_add(obj->ictx, &obj->obj, virt_to_phys(ring->shared),
			  obj->bytes, &obj->mmap_offset);
	if (rc)
		return rc;

	cmd->out_entries_offset = commands;
	cmd->out_status_offset = status;
	cmd->out_mmap_offset = obj->mmap_offset;
	cmd->out_mmap_length = obj->bytes;
	return 0;
}

static int inv_ring_listen(struct fdx_inv_ring_obj *ring,
			   const struct iommufdx_inv_ring_alloc *cmd)
{
	int rc;

	if (cmd->flags & IOMMUFDX_INV_RING_DONE) {
		struct eventfd_ctx *done = eventfd_ctx_fdget(cmd->done_fd);

		if (IS_ERR(done))
			return PTR_ERR(done);
		ring->done = done;
	}
	if (!(cmd->flags & IOMMUFDX_INV_RING_KICK))
		return 0;
	rc = fdx_kick_start(&ring->kick, ring->ictx, cmd->kick_fd,
			    inv_ring_kicked);
	/* It would kick itself for ever. */
	if (!rc && ring->kick.eventfd == ring->done)
		rc = -EINVAL;
	return rc;
}

static long inv_ring_file_ioctl(struct file *file, unsigned int op,
				unsigned long arg)
{
	struct fdx_inv_ring_obj *ring = file->private_data;
	u32 done;
	int rc;

	if (op != IOMMUFDX_INV_RING_SUBMIT)
		return -ENOTTY;
	if (arg)
		return -EINVAL;
	rc = fdx_inv_ring_run(&ring->ring, U32_MAX, &done);
	return rc ? rc : done;
}

static int inv_ring_file_release(struct inode *inode, struct file *file)
{
	struct fdx_inv_ring_obj *ring = file->private_data;
	struct iommufdx_ctx *ictx = ring->ictx;

	/* The ring may be gone with its last user. */
	refcount_dec(&ring->obj.users);
	iommufdx_ctx_put(ictx);
	return 0;
}

static const struct file_operations inv_ring_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = inv_ring_file_ioctl,
	.compat_ioctl = inv_ring_file_ioctl,
	.release = inv_ring_file_release,
};

/* Last step: a file that failed later would give its use back too late. */
static int inv_ring_open(struct fdx_inv_ring_obj *ring, int fd)
{
	struct file *file;

	file = anon_inode_getfile("[iommufdx-inv-ring]", &inv_ring_fops, ring,
				  O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	get_file(ring->ictx->file);
	refcount_inc(&ring->obj.users);
	fd_install(fd, file);
	return 0;
}

/* Tell user space where the ring is, listen for kicks, and have a file at @fd. */
static int inv_ring_publish(struct fdx_ucmd *ucmd,
			    struct fdx_inv_ring_obj *ring, int fd)
{
	struct iommufdx_inv_ring_alloc *cmd = ucmd->cmd;
	int rc;

	cmd->out_ring_id = ring->obj.id;
	cmd->out_fd = fd;
	rc = fdx_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		return rc;
	rc = inv_ring_listen(ring, cmd);
	if (rc || !(cmd->flags & IOMMUFDX_INV_RING_FD))
		return rc;
	return inv_ring_open(ring, fd);
}

static int inv_ring_create(struct fdx_ucmd *ucmd, struct fdx_object *target)
{
	struct iommufdx_inv_ring_alloc *cmd = ucmd->cmd;
	struct fdx_inv_ring_obj *ring;
	struct fdx_inv_target to;
	struct fdx_object *obj;
	int rc, fd = 0;

	rc = fdx_inv_target_of(target, &to);
	if (rc)
		return rc;
	/* Entries are copied by words. */
	if (cmd->data_type != to.ops->type || cmd->entry_len % sizeof(u32) ||
	    cmd->entry_len < to.ops->min_entry_size ||
	    cmd->entry_len > to.ops->entry_size)
		return -EINVAL;

	obj = fdx_object_alloc_ucmd(ucmd, sizeof(*ring), FDX_OBJ_INV_RING);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	ring = to_ring(obj);
	ring->ictx = ucmd->ictx;
	refcount_inc(&target->users);
	ring->target = target;
	rc = fdx_inv_alloc(&ring->ring.inv, &to, to.ops->entry_size);
	if (rc)
		return rc;
	ring->ring.copy = fdx_inv_extra(&ring->ring.inv);
	memset(ring->ring.copy, 0, to.ops->entry_size);
	rc = inv_ring_lay_out(ring, cmd);
	if (rc)
		return rc;
	if (cmd->flags & IOMMUFDX_INV_RING_FD) {
		fd = get_unused_fd_flags(O_CLOEXEC);
		if (fd < 0)
			return fd;
	}
	rc = inv_ring_publish(ucmd, ring, fd);
	if (rc && (cmd->flags & IOMMUFDX_INV_RING_FD))
		put_unused_fd(fd);
	return rc;
}

int fdx_inv_ring_alloc_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommufdx_inv_ring_alloc *cmd = ucmd->cmd;
	struct fdx_object *target;
	int rc;

	if (cmd->flags & ~(IOMMUFDX_INV_RING_KICK | IOMMUFDX_INV_RING_DONE |
			   IOMMUFDX_INV_RING_FD) ||
	    cmd->out_fd)
		return -EOPNOTSUPP;
	if ((cmd->flags & IOMMUFDX_INV_RING_DONE) &&
	    !(cmd->flags & IOMMUFDX_INV_RING_KICK))
		return -EINVAL;
	if (!is_power_of_2(cmd->entries) ||
	    cmd->entries > IOMMUFDX_INV_RING_MAX)
		return -EINVAL;

	target = fdx_get_object(ucmd->ictx, cmd->target_id, FDX_OBJ_ANY);
	if (IS_ERR(target))
		return PTR_ERR(target);
	rc = inv_ring_create(ucmd, target);
	fdx_put_object(ucmd->ictx, target);
	return rc;
}

int fdx_inv_ring_submit_ioctl(struct fdx_ucmd *ucmd)
{
	struct iommufdx_inv_ring_submit __user *user = ucmd->ubuffer;
	struct iommufdx_inv_ring_submit *cmd = ucmd->cmd;
	struct fdx_object *obj;
	u32 done;
	int rc;

	if (cmd->flags)
		return -EOPNOTSUPP;
	obj = fdx_get_object(ucmd->ictx, cmd->ring_id, FDX_OBJ_INV_RING);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	rc = fdx_inv_ring_run(&to_ring(obj)->ring, U32_MAX, &done);
	fdx_put_object(ucmd->ictx, obj);
	/* Nothing else has changed. */
	return put_user(done, &user->out_done) ? -EFAULT : rc;
}
