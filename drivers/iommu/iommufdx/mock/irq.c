// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts of a mock device: VFIO's indexes, delivered as eventfds. */
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../compat.h"
#include "mock.h"

static const struct {
	unsigned int first;	/* in mock_dev::trigger */
	unsigned int count;
} mock_irqs[VFIO_PCI_NUM_IRQS] = {
	[VFIO_PCI_INTX_IRQ_INDEX] = { MOCK_TRIGGER_INTX, 1 },
	[VFIO_PCI_MSIX_IRQ_INDEX] = {
		MOCK_TRIGGER_MSIX, IOMMUFDX_MOCK_CHANNELS },
	[VFIO_PCI_REQ_IRQ_INDEX] = { MOCK_TRIGGER_REQ, 1 },
};

/**
 * mock_irq_get_info() - VFIO_DEVICE_GET_IRQ_INFO
 * @arg: struct vfio_irq_info
 */
long mock_irq_get_info(void __user *arg)
{
	struct vfio_irq_info info;
	const size_t minsz = offsetofend(struct vfio_irq_info, count);

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	info.count = mock_irqs[array_index_nospec(info.index,
						  VFIO_PCI_NUM_IRQS)].count;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/* Puts the eventfd @ctx (or none) behind a trigger. */
static void mock_irq_install(struct mock_dev *dev, unsigned int trigger,
			     struct eventfd_ctx *ctx)
{
	struct eventfd_ctx *old;

	spin_lock(&dev->irq_lock);
	old = dev->trigger[trigger];
	dev->trigger[trigger] = ctx;
	spin_unlock(&dev->irq_lock);
	if (old)
		eventfd_ctx_put(old);
}

/* Installs all or none of @count descriptors; -1 removes. */
static int mock_irq_install_fds(struct mock_dev *dev, unsigned int first,
				unsigned int count, const s32 *fds)
{
	struct eventfd_ctx *ctx[IOMMUFDX_MOCK_CHANNELS] = {};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < count; i++) {
		if (fds[i] == -1)
			continue;
		ctx[i] = eventfd_ctx_fdget(fds[i]);
		if (IS_ERR(ctx[i])) {
			ret = PTR_ERR(ctx[i]);
			goto err;
		}
	}
	for (i = 0; i < count; i++)
		mock_irq_install(dev, first + i, ctx[i]);
	return 0;

err:
	while (i--)
		if (ctx[i])
			eventfd_ctx_put(ctx[i]);
	return ret;
}

/**
 * mock_irq_set() - VFIO_DEVICE_SET_IRQS
 * @dev: the device
 * @arg: struct vfio_irq_set
 *
 * Triggers only: nothing here can be masked (ENOTTY).
 * Context: dev->lock held.
 */
long mock_irq_set(struct mock_dev *dev, void __user *arg)
{
	union {
		s32 fd[IOMMUFDX_MOCK_CHANNELS];
		u8 on[IOMMUFDX_MOCK_CHANNELS];
	} data;
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	unsigned int first, i, type;
	struct vfio_irq_set set;
	size_t bytes = 0;

	lockdep_assert_held(&dev->lock);

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	if (set.argsz < minsz || set.index >= VFIO_PCI_NUM_IRQS ||
	    set.flags & ~(VFIO_IRQ_SET_DATA_TYPE_MASK |
			  VFIO_IRQ_SET_ACTION_TYPE_MASK))
		return -EINVAL;
	set.index = array_index_nospec(set.index, VFIO_PCI_NUM_IRQS);
	first = mock_irqs[set.index].first;
	if (set.start >= mock_irqs[set.index].count ||
	    set.count > mock_irqs[set.index].count - set.start)
		return -EINVAL;

	type = set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
	if (type == VFIO_IRQ_SET_DATA_EVENTFD)
		bytes = set.count * sizeof(data.fd[0]);
	else if (type == VFIO_IRQ_SET_DATA_BOOL)
		bytes = set.count * sizeof(data.on[0]);
	else if (type != VFIO_IRQ_SET_DATA_NONE)
		return -EINVAL;
	if (set.argsz - minsz < bytes)
		return -EINVAL;
	if ((set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) !=
	    VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTTY;
	if (copy_from_user(&data, arg + minsz, bytes))
		return -EFAULT;

	if (type == VFIO_IRQ_SET_DATA_NONE && !set.count) {
		for (i = 0; i < mock_irqs[set.index].count; i++)
			mock_irq_install(dev, first + i, NULL);
		return 0;
	}
	first += array_index_nospec(set.start, mock_irqs[set.index].count);
	if (type == VFIO_IRQ_SET_DATA_EVENTFD)
		return mock_irq_install_fds(dev, first, set.count, data.fd);
	for (i = 0; i < set.count; i++)
		if (type == VFIO_IRQ_SET_DATA_NONE || data.on[i])
			mock_irq_signal(dev, first + i);
	return 0;
}

/**
 * mock_irq_signal() - raise one interrupt
 * @dev: the device
 * @trigger: of enum mock_trigger
 *
 * Context: process context.
 */
void mock_irq_signal(struct mock_dev *dev, unsigned int trigger)
{
	spin_lock(&dev->irq_lock);
	if (dev->trigger[trigger])
		compat_eventfd_signal(dev->trigger[trigger]);
	spin_unlock(&dev->irq_lock);
}

/**
 * mock_irq_channel() - a channel interrupts
 * @dev: the device
 * @channel: its number
 *
 * Context: process context.
 */
void mock_irq_channel(struct mock_dev *dev, unsigned int channel)
{
	atomic_or(BIT(channel), &dev->int_status);
	mock_irq_signal(dev, MOCK_TRIGGER_MSIX + channel);
	mock_irq_signal(dev, MOCK_TRIGGER_INTX);
}

/**
 * mock_irq_release() - drop all eventfds
 * @dev: the device
 */
void mock_irq_release(struct mock_dev *dev)
{
	unsigned int i;

	for (i = 0; i < MOCK_TRIGGERS; i++)
		mock_irq_install(dev, i, NULL);
}
