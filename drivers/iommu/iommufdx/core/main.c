// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/iommu: the character device, its ioctl table, and the life of a file.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufdx.h>
#include "device.h"
#include "eventq.h"
#include "extension.h"
#include "core/guest/guest_queue.h"
#include "hwpt.h"
#include "core/guest/inv_ring.h"
#include "ioas.h"
#include "core/guest/kick.h"
#include "noiommu.h"
#include "object.h"
#include "core/plan/plan.h"
#include "core/sva/sva.h"
#include "table_file.h"
#include "core/vfio/vfio_compat.h"
#include "core/guest/viommu.h"

static char *node = "iommu";
module_param(node, charp, 0444);
MODULE_PARM_DESC(node, "name of the device node below /dev (default: iommu; not iommufdx or iommufdx-mock)");

static int fdx_destroy(struct fdx_ucmd *ucmd)
{
	struct iommu_destroy *cmd = ucmd->cmd;

	return fdx_object_try_destroy(ucmd->ictx, NULL, cmd->id);
}

static int fdx_option(struct fdx_ucmd *ucmd)
{
	struct iommu_option *cmd = ucmd->cmd;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	if (cmd->option_id == IOMMUFDX_OPTION_DIRTY_PAGE_SIZE ||
	    cmd->option_id == IOMMUFDX_OPTION_DIRTY_SKIP)
		rc = fdx_hwpt_option(ucmd);
	else
		rc = fdx_ioas_option(ucmd);
	return rc ? rc : fdx_ucmd_respond(ucmd, sizeof(*cmd));
}

#define FDX_IOCTL(_base, _cmd, _fn, _struct, _last)                        \
	[_IOC_NR(_cmd) - (_base)] = {                                      \
		.cmd = _cmd,                                               \
		.size = sizeof(_struct) +                                  \
			BUILD_BUG_ON_ZERO(sizeof(_struct) > FDX_CMD_MAX),  \
		.min_size = offsetofend(_struct, _last),                   \
		.execute = _fn,                                            \
	}
#define BASE(...)	FDX_IOCTL(IOMMUFD_CMD_BASE, __VA_ARGS__)
#define EXTENSION(...)	FDX_IOCTL(IOMMUFDX_CMD_BASE, __VA_ARGS__)

static const struct fdx_ioctl fdx_base_ioctls[] = {
	BASE(IOMMU_DESTROY, fdx_destroy, struct iommu_destroy, id),
	BASE(IOMMU_IOAS_ALLOC, fdx_ioas_alloc_ioctl, struct iommu_ioas_alloc,
	     out_ioas_id),
	BASE(IOMMU_IOAS_ALLOW_IOVAS, fdx_ioas_allow_iovas,
	     struct iommu_ioas_allow_iovas, allowed_iovas),
	BASE(IOMMU_IOAS_COPY, fdx_ioas_copy, struct iommu_ioas_copy, src_iova),
	BASE(IOMMU_IOAS_IOVA_RANGES, fdx_ioas_iova_ranges,
	     struct iommu_ioas_iova_ranges, out_iova_alignment),
	BASE(IOMMU_IOAS_MAP, fdx_ioas_map, struct iommu_ioas_map, iova),
	BASE(IOMMU_IOAS_MAP_FILE, fdx_ioas_map_file, struct iommu_ioas_map_file,
	     iova),
	BASE(IOMMU_IOAS_CHANGE_PROCESS, fdx_ioas_change_process,
	     struct iommu_ioas_change_process, __reserved),
	BASE(IOMMU_IOAS_UNMAP, fdx_ioas_unmap, struct iommu_ioas_unmap, length),
	BASE(IOMMU_OPTION, fdx_option, struct iommu_option, val64),
	BASE(IOMMU_VFIO_IOAS, fdx_vfio_ioas, struct iommu_vfio_ioas, __reserved),
	BASE(IOMMU_HWPT_ALLOC, fdx_hwpt_alloc_ioctl, struct iommu_hwpt_alloc,
	     __reserved),
	BASE(IOMMU_GET_HW_INFO, fdx_get_hw_info, struct iommu_hw_info,
	     __reserved),
	BASE(IOMMU_HWPT_SET_DIRTY_TRACKING, fdx_hwpt_set_dirty_tracking,
	     struct iommu_hwpt_set_dirty_tracking, __reserved),
	BASE(IOMMU_HWPT_GET_DIRTY_BITMAP, fdx_hwpt_get_dirty_bitmap,
	     struct iommu_hwpt_get_dirty_bitmap, data),
	BASE(IOMMU_HWPT_INVALIDATE, fdx_hwpt_invalidate_ioctl,
	     struct iommu_hwpt_invalidate, __reserved),
	BASE(IOMMU_FAULT_QUEUE_ALLOC, fdx_fault_alloc_ioctl,
	     struct iommu_fault_alloc, out_fault_fd),
	BASE(IOMMU_VIOMMU_ALLOC, fdx_viommu_alloc_ioctl,
	     struct iommu_viommu_alloc, out_viommu_id),
	BASE(IOMMU_VDEVICE_ALLOC, fdx_vdevice_alloc_ioctl,
	     struct iommu_vdevice_alloc, virt_id),
	BASE(IOMMU_HW_QUEUE_ALLOC, fdx_hw_queue_alloc_ioctl,
	     struct iommu_hw_queue_alloc, length),
	BASE(IOMMU_VEVENTQ_ALLOC, fdx_veventq_alloc_ioctl,
	     struct iommu_veventq_alloc, out_veventq_fd),
	BASE(IOMMU_IOAS_NOIOMMU_GET_PA, fdx_ioas_noiommu_get_pa,
	     struct iommu_ioas_noiommu_get_pa, out_phys),
};

static const struct fdx_ioctl fdx_extension_ioctls[] = {
	EXTENSION(IOMMUFDX_GET_CAPS, fdx_get_caps, struct iommufdx_get_caps,
		  out_kernel_limits),
	EXTENSION(IOMMUFDX_HWPT_ALLOC_PAGING, fdx_hwpt_alloc_paging_ioctl,
		  struct iommufdx_hwpt_alloc_paging, out_page_sizes),
	EXTENSION(IOMMUFDX_PLAN_DOMAINS, fdx_plan_domains,
		  struct iommufdx_plan_domains, __reserved),
	EXTENSION(IOMMUFDX_IOAS_UNMAP_DIRTY, fdx_ioas_unmap_dirty,
		  struct iommufdx_ioas_unmap_dirty, entries_uptr),
	EXTENSION(IOMMUFDX_HWPT_SET_PAGE_SIZE, fdx_hwpt_set_page_size,
		  struct iommufdx_hwpt_set_page_size, out_largest),
	EXTENSION(IOMMUFDX_INV_RING_ALLOC, fdx_inv_ring_alloc_ioctl,
		  struct iommufdx_inv_ring_alloc, out_mmap_length),
	EXTENSION(IOMMUFDX_INV_RING_SUBMIT, fdx_inv_ring_submit_ioctl,
		  struct iommufdx_inv_ring_submit, out_done),
	EXTENSION(IOMMUFDX_GUEST_QUEUE_CTRL, fdx_guest_queue_ctrl_ioctl,
		  struct iommufdx_guest_queue_ctrl, out_mmap_length),
	EXTENSION(IOMMUFDX_HWPT_ALLOC_SVA, fdx_hwpt_alloc_sva_ioctl,
		  struct iommufdx_hwpt_alloc_sva, out_va_bits),
};

static const struct fdx_ioctl *fdx_find_ioctl(unsigned int cmd)
{
	const struct fdx_ioctl *table = fdx_base_ioctls;
	unsigned int len = ARRAY_SIZE(fdx_base_ioctls);
	unsigned int nr = _IOC_NR(cmd) - IOMMUFD_CMD_BASE;

	if (_IOC_NR(cmd) >= IOMMUFDX_CMD_BASE) {
		table = fdx_extension_ioctls;
		len = ARRAY_SIZE(fdx_extension_ioctls);
		nr = _IOC_NR(cmd) - IOMMUFDX_CMD_BASE;
	}
	if (nr >= len)
		return NULL;
	table += array_index_nospec(nr, len);
	return table->execute && table->cmd == cmd ? table : NULL;
}

static long fdx_execute(struct file *filp, const struct fdx_ioctl *op,
			unsigned long arg)
{
	u64 buf[FDX_CMD_MAX / sizeof(u64)];
	struct fdx_ucmd ucmd = {
		.ictx = filp->private_data,
		.ubuffer = (void __user *)arg,
		.cmd = buf,
	};
	int rc;

	if (get_user(ucmd.user_size, (u32 __user *)ucmd.ubuffer))
		return -EFAULT;
	if (ucmd.user_size < op->min_size)
		return -EINVAL;
	rc = copy_struct_from_user(buf, op->size, ucmd.ubuffer, ucmd.user_size);
	if (rc)
		return rc;

	rc = op->execute(&ucmd);
	if (ucmd.new_obj) {
		if (rc)
			fdx_object_abort(ucmd.ictx, ucmd.new_obj);
		else
			fdx_object_finalize(ucmd.ictx, ucmd.new_obj);
	}
	return rc;
}

static long fdx_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const struct fdx_ioctl *op = fdx_find_ioctl(cmd);
	long rc;

	if (op)
		return fdx_execute(filp, op, arg);
	op = fdx_ext_ioctl_get(cmd);
	if (!op)
		return fdx_vfio_ioctl(filp->private_data, cmd, arg);
	rc = fdx_execute(filp, op, arg);
	module_put(op->owner);
	return rc;
}

static int fdx_open(struct inode *inode, struct file *filp)
{
	struct iommufdx_ctx *ictx;

	ictx = kzalloc(sizeof(*ictx), GFP_KERNEL_ACCOUNT);
	if (!ictx)
		return -ENOMEM;
	xa_init_flags(&ictx->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	xa_init_flags(&ictx->mmaps, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_waitqueue_head(&ictx->destroy_wait);
	init_rwsem(&ictx->ioas_lock);
	ictx->account_mode = FDX_ACCOUNT_USER;
	ictx->file = filp;
	filp->private_data = ictx;
	return 0;
}

static int fdx_release(struct inode *inode, struct file *filp)
{
	struct iommufdx_ctx *ictx = filp->private_data;

	fdx_object_destroy_all(ictx);
	fdx_kick_release(ictx);
	WARN_ON(!xa_empty(&ictx->mmaps));
	kfree(ictx);
	return 0;
}

static const struct file_operations fdx_fops = {
	.owner = THIS_MODULE,
	.open = fdx_open,
	.release = fdx_release,
	.unlocked_ioctl = fdx_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = fdx_mmap_file,
};

struct iommufdx_ctx *iommufdx_ctx_from_fd(int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op != &fdx_fops) {
		fput(file);
		return ERR_PTR(-EBADFD);
	}
	return file->private_data;
}
EXPORT_SYMBOL_GPL(iommufdx_ctx_from_fd);

void iommufdx_ctx_put(struct iommufdx_ctx *ictx)
{
	fput(ictx->file);
}
EXPORT_SYMBOL_GPL(iommufdx_ctx_put);

static struct miscdevice fdx_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &fdx_fops,
	.mode = 0660,
};

struct device *fdx_misc_device(void)
{
	return fdx_misc.this_device;
}

/* Another iommufd's misc device of this name would make ours a sysfs splat. */
static bool __init fdx_node_taken(void)
{
	struct path path;
	char *name;
	int rc;

	name = kasprintf(GFP_KERNEL, "/sys/class/misc/%s", node);
	if (!name)
		return false;
	rc = kern_path(name, 0, &path);
	kfree(name);
	if (rc)
		return false;
	path_put(&path);
	return true;
}

/* What the mock devices have below /dev: a directory and a node. */
static bool __init fdx_node_is_mocks(void)
{
	return !strcmp(node, "iommufdx") || !strcmp(node, "iommufdx-mock");
}

static int __init fdx_init(void)
{
	int rc;

	if (!*node || *node == '.' || strchr(node, '/')) {
		pr_err("node=%s is no name for a device node\n", node);
		return -EINVAL;
	}
	if (fdx_node_is_mocks()) {
		pr_err("/dev/%s belongs to the mock devices of iommufdx_model; choose another node=NAME\n",
		       node);
		return -EINVAL;
	}
	if (fdx_node_taken()) {
		pr_err("/dev/%s belongs to this kernel's own iommufd; load with node=NAME to have another node\n",
		       node);
		return -EBUSY;
	}
	fdx_misc.name = node;
	fdx_misc.nodename = node;
	fdx_table_files_init();
	rc = misc_register(&fdx_misc);
	if (rc)
		fdx_table_files_exit();
	return rc;
}

static void __exit fdx_exit(void)
{
	misc_deregister(&fdx_misc);
	fdx_table_files_exit();
}

module_init(fdx_init);
module_exit(fdx_exit);

MODULE_DESCRIPTION("I/O address space management for user space (/dev/iommu)");
MODULE_LICENSE("GPL");
MODULE_ALIAS("devname:iommu");
