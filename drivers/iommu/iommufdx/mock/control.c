// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/iommufdx-mock, and the registry of what was made there.
 *
 * Both registries map IDs to objects and change under mock_registry_lock only.
 * Commands that just need a model (model_cmds.c) find it under the xarray's own
 * lock and keep a reference: they must work, knobs above all, while the registry
 * lock is held by a removal that waits for a stalled model.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "mock.h"

DEFINE_MUTEX(mock_registry_lock);
static DEFINE_XARRAY_ALLOC1(mock_iommus);
static DEFINE_XARRAY_ALLOC1(mock_devs);

/* --- Registry ----------------------------------------------------------------- */

static struct mock_iommu *mock_iommu_find(u32 id)
{
	struct mock_iommu *iommu;

	lockdep_assert_held(&mock_registry_lock);

	iommu = xa_load(&mock_iommus, id);
	return iommu ?: ERR_PTR(-ENOENT);
}

/**
 * mock_iommu_get() - find an IOMMU without the registry lock
 * @id: its ID
 *
 * Return: the IOMMU with a reference, or ERR_PTR(-ENOENT).
 */
struct mock_iommu *mock_iommu_get(u32 id)
{
	struct mock_iommu *iommu;

	xa_lock(&mock_iommus);
	iommu = xa_load(&mock_iommus, id);
	if (iommu)
		kref_get(&iommu->ref);
	xa_unlock(&mock_iommus);
	return iommu ?: ERR_PTR(-ENOENT);
}

/**
 * mock_iommu_of_dev() - find what a device is behind without the registry lock
 * @dev_id: the device's ID
 * @rid: the device's RID
 *
 * Return: the IOMMU with a reference, or ERR_PTR(-ENOENT).
 */
struct mock_iommu *mock_iommu_of_dev(u32 dev_id, u32 *rid)
{
	struct mock_iommu *iommu = NULL;
	struct mock_dev *dev;

	xa_lock(&mock_devs);
	dev = xa_load(&mock_devs, dev_id);
	if (dev) {
		iommu = dev->iommu;
		kref_get(&iommu->ref);
		*rid = dev->rid;
	}
	xa_unlock(&mock_devs);
	return iommu ?: ERR_PTR(-ENOENT);
}

static struct mock_dev *mock_dev_find(u32 id)
{
	struct mock_dev *dev;

	lockdep_assert_held(&mock_registry_lock);

	dev = xa_load(&mock_devs, id);
	return dev ?: ERR_PTR(-ENOENT);
}

static void mock_drop_dev(struct mock_dev *dev)
{
	xa_erase(&mock_devs, dev->id);
	mock_dev_remove(dev);
}

/* Devices that others put behind it go with it. */
static void mock_drop_iommu(struct mock_iommu *iommu)
{
	struct mock_dev *dev, *tmp;

	list_for_each_entry_safe(dev, tmp, &iommu->devs, iommu_node)
		mock_drop_dev(dev);
	xa_erase(&mock_iommus, iommu->id);
	mock_iommu_remove(iommu);
}

/* What @owner made goes; NULL: what is persistent goes. */
static void mock_drop_owned(struct file *owner)
{
	struct mock_iommu *iommu;
	struct mock_dev *dev;
	unsigned long id;

	mutex_lock(&mock_registry_lock);
	xa_for_each(&mock_devs, id, dev)
		if (dev->owner == owner)
			mock_drop_dev(dev);
	xa_for_each(&mock_iommus, id, iommu)
		if (iommu->owner == owner)
			mock_drop_iommu(iommu);
	mutex_unlock(&mock_registry_lock);
}

/* --- Commands under the registry lock ------------------------------------------- */

static int mock_cmd_iommu_add(struct file *file, void *arg)
{
	struct iommufdx_mock_iommu_add *cmd = arg;
	struct mock_iommu *iommu;
	u32 id;
	int ret;

	if (cmd->flags & ~(IOMMUFDX_MOCK_IOMMU_INLINE |
			   IOMMUFDX_MOCK_IOMMU_NO_CACHE |
			   IOMMUFDX_MOCK_IOMMU_CHECK_HITS |
			   IOMMUFDX_MOCK_IOMMU_PERSIST) ||
	    (cmd->caps != IOMMUFDX_MOCK_CAPS_ANY && cmd->caps & ~(u32)MODEL_CAP_ALL) ||
	    cmd->kind > IOMMUFDX_MOCK_KIND_SMMUV3)
		return -EOPNOTSUPP;
	/* It would reach everybody's pinned memory. */
	if (cmd->kind == IOMMUFDX_MOCK_KIND_NONE && !capable(CAP_SYS_RAWIO))
		return -EPERM;

	ret = xa_alloc(&mock_iommus, &id, NULL, xa_limit_31b,
		       GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;
	iommu = mock_iommu_create(id, cmd);
	if (IS_ERR(iommu)) {
		xa_erase(&mock_iommus, id);
		return PTR_ERR(iommu);
	}
	if (!(cmd->flags & IOMMUFDX_MOCK_IOMMU_PERSIST))
		iommu->owner = file;
	xa_store(&mock_iommus, id, iommu, GFP_KERNEL_ACCOUNT);
	cmd->out_iommu_id = id;
	return 0;
}

static void mock_undo_iommu_add(void *arg)
{
	struct iommufdx_mock_iommu_add *cmd = arg;

	mock_drop_iommu(mock_iommu_find(cmd->out_iommu_id));
}

static int mock_cmd_iommu_remove(struct file *file, void *arg)
{
	struct iommufdx_mock_iommu_remove *cmd = arg;
	struct mock_iommu *iommu = mock_iommu_find(cmd->iommu_id);

	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	if (iommu->nr_devs)
		return -EBUSY;
	mock_drop_iommu(iommu);
	return 0;
}

static int mock_cmd_dev_add(struct file *file, void *arg)
{
	struct iommufdx_mock_dev_add *cmd = arg;
	struct mock_dev *dev, *peer = NULL;
	struct mock_iommu *iommu;
	u32 id;
	int ret;

	if (cmd->reserved || cmd->flags & ~(IOMMUFDX_MOCK_DEV_ATS |
					    IOMMUFDX_MOCK_DEV_PRI |
					    IOMMUFDX_MOCK_DEV_PERSIST |
					    IOMMUFDX_MOCK_DEV_PASS_THROUGH))
		return -EOPNOTSUPP;
	/* Under its RID everybody's pinned memory could be reached. */
	if (cmd->flags & IOMMUFDX_MOCK_DEV_PASS_THROUGH && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (cmd->pasid_bits > 20)
		return -EINVAL;
	iommu = mock_iommu_find(cmd->iommu_id);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	if (cmd->flags & IOMMUFDX_MOCK_DEV_PERSIST && iommu->owner)
		return -EINVAL;
	if (cmd->group_with) {
		peer = mock_dev_find(cmd->group_with);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
		if (peer->iommu != iommu)
			return -EINVAL;
	}

	ret = xa_alloc(&mock_devs, &id, NULL, XA_LIMIT(1, MOCK_MAX_DEVS),
		       GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret == -EBUSY ? -ENOSPC : ret;
	dev = mock_dev_create(id, iommu, peer, cmd);
	if (IS_ERR(dev)) {
		xa_erase(&mock_devs, id);
		return PTR_ERR(dev);
	}
	if (!(cmd->flags & IOMMUFDX_MOCK_DEV_PERSIST))
		dev->owner = file;
	xa_store(&mock_devs, id, dev, GFP_KERNEL_ACCOUNT);

	cmd->out_dev_id = id;
	cmd->out_major = MAJOR(dev->dev.devt);
	cmd->out_minor = MINOR(dev->dev.devt);
	memset(cmd->out_name, 0, sizeof(cmd->out_name));
	mock_dev_node(dev, cmd->out_name);
	return 0;
}

static void mock_undo_dev_add(void *arg)
{
	struct iommufdx_mock_dev_add *cmd = arg;

	mock_drop_dev(mock_dev_find(cmd->out_dev_id));
}

static int mock_cmd_dev_remove(struct file *file, void *arg)
{
	struct iommufdx_mock_dev_remove *cmd = arg;
	struct mock_dev *dev = mock_dev_find(cmd->dev_id);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	mock_drop_dev(dev);
	return 0;
}

/* Puts one entry into the user's array, cut or padded to its stride. */
static int mock_list_put(struct iommufdx_mock_list *cmd, u32 index,
			 const void *entry, size_t size)
{
	void __user *to = u64_to_user_ptr(cmd->entries_uptr) +
			  (size_t)index * cmd->entry_len;
	size_t known = min_t(size_t, size, cmd->entry_len);

	if (copy_to_user(to, entry, known) ||
	    clear_user(to + known, cmd->entry_len - known))
		return -EFAULT;
	return 0;
}

static int mock_list_iommus(struct iommufdx_mock_list *cmd)
{
	struct mock_iommu *iommu;
	unsigned long id;
	u32 filled = 0;
	int ret;

	xa_for_each_start(&mock_iommus, id, iommu, cmd->after_id + 1UL) {
		struct iommufdx_mock_iommu_entry entry = {
			.iommu_id = iommu->id,
			.kind = iommu->kind,
			.flags = iommu->flags,
			.caps = iommu->caps,
			.devices = iommu->nr_devs,
		};

		if (cmd->out_total++ >= cmd->entry_num)
			continue;
		memcpy(entry.name, iommu->name, sizeof(entry.name));
		ret = mock_list_put(cmd, filled++, &entry, sizeof(entry));
		if (ret)
			return ret;
	}
	cmd->entry_num = filled;
	return 0;
}

static int mock_list_devs(struct iommufdx_mock_list *cmd)
{
	struct mock_dev *dev;
	unsigned long id;
	u32 filled = 0;
	int ret;

	xa_for_each_start(&mock_devs, id, dev, cmd->after_id + 1UL) {
		struct iommufdx_mock_dev_entry entry = {};

		if (cmd->out_total++ >= cmd->entry_num)
			continue;
		mock_dev_describe(dev, &entry);
		ret = mock_list_put(cmd, filled++, &entry, sizeof(entry));
		if (ret)
			return ret;
	}
	cmd->entry_num = filled;
	return 0;
}

static int mock_cmd_list(struct file *file, void *arg)
{
	struct iommufdx_mock_list *cmd = arg;

	cmd->out_total = 0;
	switch (cmd->what) {
	case IOMMUFDX_MOCK_LIST_IOMMUS:
		if (cmd->entry_len < sizeof(struct iommufdx_mock_iommu_entry))
			return -EINVAL;
		return mock_list_iommus(cmd);
	case IOMMUFDX_MOCK_LIST_DEVS:
		if (cmd->entry_len < sizeof(struct iommufdx_mock_dev_entry))
			return -EINVAL;
		return mock_list_devs(cmd);
	default:
		return -EOPNOTSUPP;
	}
}

/* --- Dispatch ----------------------------------------------------------------- */

union mock_cmd_buffer {
	struct iommufdx_mock_iommu_add iommu_add;
	struct iommufdx_mock_iommu_remove iommu_remove;
	struct iommufdx_mock_dev_add dev_add;
	struct iommufdx_mock_dev_remove dev_remove;
	struct iommufdx_mock_iommu_stats stats;
	struct iommufdx_mock_iommu_knob knob;
	struct iommufdx_mock_iommu_check check;
	struct iommufdx_mock_dma dma;
	struct iommufdx_mock_list list;
	struct iommufdx_mock_host_dma host_dma;
};

static_assert(sizeof(struct iommufdx_mock_iommu_add) == 24);
static_assert(sizeof(struct iommufdx_mock_iommu_remove) == 8);
static_assert(sizeof(struct iommufdx_mock_dev_add) == 72);
static_assert(sizeof(struct iommufdx_mock_dev_remove) == 8);
static_assert(sizeof(struct iommufdx_mock_iommu_stats) == 704);
static_assert(sizeof(struct iommufdx_mock_iommu_knob) == 24);
static_assert(sizeof(struct iommufdx_mock_iommu_check) == 16);
static_assert(sizeof(struct iommufdx_mock_dma) == 64);
static_assert(sizeof(struct iommufdx_mock_list) == 32);
static_assert(sizeof(struct iommufdx_mock_host_dma) == 32);
static_assert(sizeof(struct iommufdx_mock_iommu_entry) == 56);
static_assert(sizeof(struct iommufdx_mock_dev_entry) == 88);

#define MOCK_CMD(nr, type, last, ...) \
	[_IOC_NR(nr)] = { \
		.size = sizeof(struct type), \
		.min_size = offsetofend(struct type, last), \
		__VA_ARGS__ \
	}

static const struct mock_cmd {
	u32 size;
	u32 min_size;
	bool unlocked;	/* runs without the registry lock */
	int (*run)(struct file *file, void *arg);
	/* Its outputs could not be delivered: as if it had never run. */
	void (*undo)(void *arg);
} mock_cmds[] = {
	MOCK_CMD(IOMMUFDX_MOCK_IOMMU_ADD, iommufdx_mock_iommu_add,
		 out_iommu_id, .run = mock_cmd_iommu_add,
		 .undo = mock_undo_iommu_add),
	MOCK_CMD(IOMMUFDX_MOCK_IOMMU_REMOVE, iommufdx_mock_iommu_remove,
		 iommu_id, .run = mock_cmd_iommu_remove),
	MOCK_CMD(IOMMUFDX_MOCK_DEV_ADD, iommufdx_mock_dev_add, out_name,
		 .run = mock_cmd_dev_add, .undo = mock_undo_dev_add),
	MOCK_CMD(IOMMUFDX_MOCK_DEV_REMOVE, iommufdx_mock_dev_remove, dev_id,
		 .run = mock_cmd_dev_remove),
	MOCK_CMD(IOMMUFDX_MOCK_IOMMU_STATS, iommufdx_mock_iommu_stats,
		 out_commands_by_op, .run = mock_cmd_iommu_stats, .unlocked = true),
	MOCK_CMD(IOMMUFDX_MOCK_IOMMU_KNOB, iommufdx_mock_iommu_knob, value,
		 .run = mock_cmd_iommu_knob, .unlocked = true),
	MOCK_CMD(IOMMUFDX_MOCK_IOMMU_CHECK, iommufdx_mock_iommu_check,
		 out_stale, .run = mock_cmd_iommu_check, .unlocked = true),
	MOCK_CMD(IOMMUFDX_MOCK_DMA, iommufdx_mock_dma, out_status,
		 .run = mock_cmd_dma, .unlocked = true),
	MOCK_CMD(IOMMUFDX_MOCK_LIST, iommufdx_mock_list, out_total,
		 .run = mock_cmd_list),
	MOCK_CMD(IOMMUFDX_MOCK_HOST_DMA, iommufdx_mock_host_dma, reserved,
		 .run = mock_cmd_host_dma, .unlocked = true),
};

static long mock_control_ioctl(struct file *file, unsigned int nr,
			       unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	unsigned int idx = _IOC_NR(nr);
	union mock_cmd_buffer cmd = {};
	const struct mock_cmd *op;
	u32 size;
	int ret;

	if (idx >= ARRAY_SIZE(mock_cmds) || nr != _IO(IOMMUFDX_MOCK_TYPE, idx))
		return -ENOTTY;
	op = &mock_cmds[array_index_nospec(idx, ARRAY_SIZE(mock_cmds))];

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < op->min_size)
		return -EINVAL;
	ret = copy_struct_from_user(&cmd, op->size, uarg, size);
	if (ret)
		return ret;

	if (!op->unlocked)
		mutex_lock(&mock_registry_lock);
	ret = op->run(file, &cmd);
	if (!ret && copy_to_user(uarg, &cmd, min(size, op->size))) {
		ret = -EFAULT;
		if (op->undo)
			op->undo(&cmd);
	}
	if (!op->unlocked)
		mutex_unlock(&mock_registry_lock);
	return ret;
}

static int mock_control_release(struct inode *inode, struct file *file)
{
	mock_drop_owned(file);
	return 0;
}

static const struct file_operations mock_control_fops = {
	.owner = THIS_MODULE,
	.release = mock_control_release,
	.unlocked_ioctl = mock_control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice mock_control_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "iommufdx-mock",
	.fops = &mock_control_fops,
	.mode = 0600,
};

int mock_control_init(void)
{
	return misc_register(&mock_control_misc);
}

void mock_control_exit(void)
{
	misc_deregister(&mock_control_misc);
	mock_drop_owned(NULL);
}
