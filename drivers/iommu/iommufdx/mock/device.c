// SPDX-License-Identifier: GPL-2.0-only
/*
 * The character device of a mock device, in the shape of a VFIO device cdev.
 *
 * VFIO's rules: a file that has not bound the device gets EINVAL for all but
 * BIND; one file at a time binds; closing it puts the device back to rest.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../compat.h"
#include "mock.h"

/* Where a region lies in the file is VFIO's affair; users ask. */
#define REGION_SHIFT	40

static char *mock_devnode(compat_devnode_device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0600;
	return kasprintf(GFP_KERNEL, "iommufdx/%s", dev_name(dev));
}

static struct class mock_class = {
	.name = "iommufdx-mock",
	.devnode = mock_devnode,
};

static dev_t mock_devt;

/* As after power on; no DMA is under way any more. */
static void mock_dev_reset(struct mock_dev *dev)
{
	unsigned int i;

	lockdep_assert_held(&dev->lock);

	for (i = 0; i < IOMMUFDX_MOCK_CHANNELS; i++)
		mock_channel_reset(&dev->ch[i]);
	if (dev->atc)
		model_atc_flush(dev->atc);
	atomic_set(&dev->int_status, 0);
	memset(dev->msix, 0, sizeof(dev->msix));
	mock_config_reset(dev);
}

/* Nobody's: at rest, detached, unbound. */
static void mock_dev_quiesce(struct mock_dev *dev)
{
	mock_dev_reset(dev);
	mock_binding_release(dev);
	mock_irq_release(dev);
}

static int mock_dev_open(struct inode *inode, struct file *file)
{
	struct mock_dev *dev = container_of(inode->i_cdev, struct mock_dev,
					    cdev);
	int ret = 0;

	mutex_lock(&dev->lock);
	if (dev->gone)
		ret = -ENODEV;
	else
		dev->opens++;
	mutex_unlock(&dev->lock);
	file->private_data = dev;
	return ret;
}

static int mock_dev_release(struct inode *inode, struct file *file)
{
	struct mock_dev *dev = file->private_data;

	mutex_lock(&dev->lock);
	dev->opens--;
	if (dev->user == file)
		mock_dev_quiesce(dev);
	mutex_unlock(&dev->lock);
	return 0;
}

static u64 mock_region_size(u64 index)
{
	switch (index) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		return IOMMUFDX_MOCK_BAR0_SIZE;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return MOCK_CONFIG_SIZE;
	default:
		return 0;
	}
}

static u64 mock_region_read(struct mock_dev *dev, u64 index, u32 reg)
{
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return mock_config_read(dev, reg);
	return mock_bar_read(dev, reg);
}

static int mock_region_write(struct mock_dev *dev, u64 index, u32 reg, u64 val,
			     u64 mask)
{
	if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		mock_config_write(dev, reg, val, mask);
		return 0;
	}
	return mock_bar_write(dev, reg, val, mask);
}

/* One naturally aligned access of 1, 2, 4 or 8 bytes. */
static int mock_region_access(struct mock_dev *dev, u64 index, u32 off,
			      char __user *buf, unsigned int size, bool write)
{
	unsigned int shift = off % 8 * 8;
	u64 mask = GENMASK_ULL(size * 8 - 1, 0) << shift;
	u32 reg = off - off % 8;
	u64 val = 0;

	if (write) {
		if (copy_from_user(&val, buf, size))
			return -EFAULT;
		return mock_region_write(dev, index, reg, val << shift, mask);
	}
	val = mock_region_read(dev, index, reg) >> shift;
	return copy_to_user(buf, &val, size) ? -EFAULT : 0;
}

static ssize_t mock_dev_rw(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos, bool write)
{
	struct mock_dev *dev = file->private_data;
	u64 index = (u64)*ppos >> REGION_SHIFT;
	u64 off = *ppos & (BIT_ULL(REGION_SHIFT) - 1);
	u64 region = mock_region_size(index);
	size_t done = 0;
	unsigned int n;
	int ret = 0;

	mutex_lock(&dev->lock);
	if (dev->gone) {
		ret = -ENODEV;
		goto out;
	}
	if (dev->user != file || off >= region) {
		ret = -EINVAL;
		goto out;
	}
	count = min_t(u64, count, region - off);
	while (done < count) {
		n = 8;
		while (n > count - done || off % n)
			n /= 2;
		ret = mock_region_access(dev, index, off, buf + done, n,
					 write);
		if (ret)
			break;
		done += n;
		off += n;
	}
	*ppos += done;
out:
	mutex_unlock(&dev->lock);
	return done ?: ret;
}

static ssize_t mock_dev_read(struct file *file, char __user *buf, size_t count,
			     loff_t *ppos)
{
	return mock_dev_rw(file, buf, count, ppos, false);
}

static ssize_t mock_dev_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	return mock_dev_rw(file, (char __user *)buf, count, ppos, true);
}

static long mock_dev_get_info(void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info = {};
	size_t size;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	size = min_t(size_t, info.argsz, sizeof(info));
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(arg, &info, size) ? -EFAULT : 0;
}

static long mock_dev_get_region_info(void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info = {};

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	info.cap_offset = 0;
	info.offset = (u64)info.index << REGION_SHIFT;
	info.size = mock_region_size(info.index);
	info.flags = info.size ? VFIO_REGION_INFO_FLAG_READ |
				 VFIO_REGION_INFO_FLAG_WRITE : 0;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long mock_dev_ioctl_locked(struct mock_dev *dev, struct file *file,
				  unsigned int cmd, void __user *arg)
{
	if (dev->gone)
		return -ENODEV;
	if (cmd == VFIO_DEVICE_BIND_IOMMUFD)
		return mock_binding_bind(dev, file, arg);
	if (dev->user != file)
		return -EINVAL;

	switch (cmd) {
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		return mock_binding_attach(dev, arg);
	case VFIO_DEVICE_DETACH_IOMMUFD_PT:
		return mock_binding_detach(dev, arg);
	case VFIO_DEVICE_GET_INFO:
		return mock_dev_get_info(arg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return mock_dev_get_region_info(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return mock_irq_get_info(arg);
	case VFIO_DEVICE_SET_IRQS:
		return mock_irq_set(dev, arg);
	case VFIO_DEVICE_RESET:
		mock_dev_reset(dev);
		iommufdx_device_was_reset(dev->idev);
		return 0;
	default:
		return -ENOTTY;
	}
}

static long mock_dev_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	struct mock_dev *dev = file->private_data;
	long ret;

	mutex_lock(&dev->lock);
	ret = mock_dev_ioctl_locked(dev, file, cmd, (void __user *)arg);
	mutex_unlock(&dev->lock);
	return ret;
}

static const struct file_operations mock_dev_fops = {
	.owner = THIS_MODULE,
	.open = mock_dev_open,
	.release = mock_dev_release,
	.read = mock_dev_read,
	.write = mock_dev_write,
	.unlocked_ioctl = mock_dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static void mock_dev_free(struct device *device)
{
	struct mock_dev *dev = container_of(device, struct mock_dev, dev);

	xa_destroy(&dev->pasids);
	mock_iommu_put(dev->iommu);
	kfree(dev);
}

/* A device whose IOMMU knows no ATS has no use for its cache. */
static int mock_dev_add_atc(struct mock_dev *dev)
{
	struct model_atc *atc;

	if (!(dev->flags & IOMMUFDX_MOCK_DEV_ATS))
		return 0;
	atc = model_atc_create(dev->iommu->model, dev->rid, 0);
	if (IS_ERR(atc))
		return PTR_ERR(atc) == -EOPNOTSUPP ? 0 : PTR_ERR(atc);
	dev->atc = atc;
	return 0;
}

/* Answers to its page requests can come, or not any more. */
static void mock_dev_requests(struct mock_dev *dev, bool on)
{
	struct mock_iommu *iommu = dev->iommu;

	if (!(dev->flags & IOMMUFDX_MOCK_DEV_PRI))
		return;
	spin_lock_irq(&iommu->page_lock);
	if (on)
		list_add(&dev->page_node, &iommu->requesters);
	else
		list_del(&dev->page_node);
	spin_unlock_irq(&iommu->page_lock);
}

/**
 * mock_dev_create() - make a device and its node
 * @id: its number in the registry
 * @iommu: what it is behind
 * @group_with: a device behind @iommu whose group it joins, or NULL
 * @cmd: what it is like; already checked
 *
 * Return: the device, which the registry owns, or ERR_PTR as
 * IOMMUFDX_MOCK_DEV_ADD states.
 */
struct mock_dev *mock_dev_create(u32 id, struct mock_iommu *iommu,
				 struct mock_dev *group_with,
				 const struct iommufdx_mock_dev_add *cmd)
{
	struct iommufdx_master_desc desc = {
		.rid = cmd->rid,
		/* AMD's registers cannot say that a guest table is for no PASID. */
		.max_pasid_bits = iommu->caps & IOMMUFDX_MOCK_CAP_PASID ?
				  cmd->pasid_bits : 0,
		.ats = cmd->flags & IOMMUFDX_MOCK_DEV_ATS,
		.pri = cmd->flags & IOMMUFDX_MOCK_DEV_PRI,
		.pass_through = cmd->flags & IOMMUFDX_MOCK_DEV_PASS_THROUGH,
		.group_with = group_with ? group_with->master : NULL,
	};
	struct mock_dev *dev;
	unsigned int i;
	int ret;

	lockdep_assert_held(&mock_registry_lock);

	dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	kref_get(&iommu->ref);
	dev->iommu = iommu;
	dev->id = id;
	dev->rid = cmd->rid;
	dev->flags = cmd->flags;
	mutex_init(&dev->lock);
	spin_lock_init(&dev->irq_lock);
	xa_init(&dev->pasids);
	for (i = 0; i < IOMMUFDX_MOCK_CHANNELS; i++)
		mock_channel_init(&dev->ch[i], dev, i);
	mock_config_reset(dev);

	device_initialize(&dev->dev);
	dev->dev.class = &mock_class;
	dev->dev.devt = mock_devt + id;
	dev->dev.release = mock_dev_free;
	ret = dev_set_name(&dev->dev, "mock%u", id);
	if (ret)
		goto err_put;

	desc.name = dev_name(&dev->dev);
	dev->master = iommufdx_master_add(iommu->iommu, &desc);
	if (IS_ERR(dev->master)) {
		ret = PTR_ERR(dev->master);
		goto err_put;
	}
	ret = mock_dev_add_atc(dev);
	if (ret)
		goto err_master;

	cdev_init(&dev->cdev, &mock_dev_fops);
	dev->cdev.owner = THIS_MODULE;
	ret = cdev_device_add(&dev->cdev, &dev->dev);
	if (ret)
		goto err_atc;
	list_add_tail(&dev->iommu_node, &iommu->devs);
	iommu->nr_devs++;
	mock_dev_requests(dev, true);
	return dev;

err_atc:
	if (dev->atc)
		model_atc_destroy(dev->atc);
err_master:
	iommufdx_master_remove(dev->master);
err_put:
	put_device(&dev->dev);
	return ERR_PTR(ret);
}

/**
 * mock_dev_remove() - surprise removal
 * @dev: the device, whatever it is doing
 *
 * Drops the registry's reference.
 */
void mock_dev_remove(struct mock_dev *dev)
{
	lockdep_assert_held(&mock_registry_lock);

	cdev_device_del(&dev->cdev, &dev->dev);

	mutex_lock(&dev->lock);
	dev->gone = true;
	mock_irq_signal(dev, MOCK_TRIGGER_REQ);
	mock_dev_quiesce(dev);
	iommufdx_master_remove(dev->master);
	dev->master = NULL;
	/* Only now does nobody invalidate it any more. */
	if (dev->atc)
		model_atc_destroy(dev->atc);
	dev->atc = NULL;
	mutex_unlock(&dev->lock);
	mock_dev_requests(dev, false);

	list_del(&dev->iommu_node);
	dev->iommu->nr_devs--;
	put_device(&dev->dev);
}

/**
 * mock_dev_node() - the path of its node
 * @dev: the device
 * @name: IOMMUFDX_MOCK_NAME_LEN bytes, zeroed
 */
void mock_dev_node(const struct mock_dev *dev, u8 *name)
{
	snprintf(name, IOMMUFDX_MOCK_NAME_LEN, "iommufdx/%s",
		 dev_name(&dev->dev));
}

/**
 * mock_dev_describe() - what IOMMUFDX_MOCK_LIST says of it
 * @dev: in the registry
 * @entry: zeroed; filled
 */
void mock_dev_describe(struct mock_dev *dev,
		       struct iommufdx_mock_dev_entry *entry)
{
	lockdep_assert_held(&mock_registry_lock);

	mutex_lock(&dev->lock);
	entry->dev_id = dev->id;
	entry->iommu_id = dev->iommu->id;
	entry->flags = dev->flags;
	if (dev->opens)
		entry->state |= IOMMUFDX_MOCK_DEV_OPEN;
	if (dev->user)
		entry->state |= IOMMUFDX_MOCK_DEV_BOUND;
	if (dev->hwpt_id)
		entry->state |= IOMMUFDX_MOCK_DEV_ATTACHED;
	entry->rid = dev->rid;
	entry->pasid_bits = dev->master->pasid_bits;
	entry->bound_id = dev->bound_id;
	entry->hwpt_id = dev->hwpt_id;
	entry->pasids = dev->nr_pasids;
	entry->running = mock_bar_running(dev);
	entry->faults = atomic64_read(&dev->master->faults);
	entry->major = MAJOR(dev->dev.devt);
	entry->minor = MINOR(dev->dev.devt);
	mock_dev_node(dev, entry->name);
	mutex_unlock(&dev->lock);
}

int mock_device_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&mock_devt, 0, MOCK_MAX_DEVS + 1,
				  "iommufdx-mock-dev");
	if (ret)
		return ret;
	ret = class_register(&mock_class);
	if (ret)
		unregister_chrdev_region(mock_devt, MOCK_MAX_DEVS + 1);
	return ret;
}

void mock_device_exit(void)
{
	class_unregister(&mock_class);
	unregister_chrdev_region(mock_devt, MOCK_MAX_DEVS + 1);
}
