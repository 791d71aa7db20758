// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Devices that speak the ioctls of a VFIO device file.
 *
 * Where a region starts in the file is asked of the kernel once per region and
 * kept in the handle. It is the same for every caller, so threads that race to
 * ask store the same value.
 *
 * The layouts of BIND, ATTACH and DETACH come from <linux/iommufdx_mock.h>,
 * because many a <linux/vfio.h> has them not, or with fewer fields.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/iommufdx_mock.h>

#include "iommufdx.h"
#include "internal.h"

#define KEPT_REGIONS	VFIO_PCI_NUM_REGIONS

struct iommufdx_device {
	int fd;
	/* offset + 1, so that 0 means "not asked yet" */
	uint64_t region_offset[KEPT_REGIONS];
};

API int iommufdx_device_open(const char *path, struct iommufdx_device **out)
{
	struct iommufdx_device *dev;
	int fd;

	fd = fdx_open_node(path);
	if (fd < 0)
		return fd;
	dev = calloc(1, sizeof(*dev));
	if (!dev) {
		close(fd);
		return -ENOMEM;
	}
	dev->fd = fd;
	*out = dev;
	return 0;
}

API void iommufdx_device_close(struct iommufdx_device *dev)
{
	if (!dev)
		return;
	close(dev->fd);
	free(dev);
}

API int iommufdx_device_fd(const struct iommufdx_device *dev)
{
	return dev->fd;
}

API int iommufdx_device_bind(struct iommufdx_device *dev,
			     struct iommufdx *iommu, uint32_t *dev_id)
{
	struct iommufdx_vfio_bind cmd = {
		.argsz = offsetof(struct iommufdx_vfio_bind, token_uuid_ptr),
		.iommufd = iommufdx_fd(iommu),
	};
	int rc = fdx_ioctl(dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &cmd);

	if (!rc)
		*dev_id = cmd.out_devid;
	return rc;
}

static int attach(struct iommufdx_device *dev, struct iommufdx_vfio_attach *cmd,
		  uint32_t *pt_id)
{
	int rc;

	cmd->pt_id = *pt_id;
	rc = fdx_ioctl(dev->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, cmd);
	if (!rc)
		*pt_id = cmd->pt_id;
	return rc;
}

API int iommufdx_device_attach(struct iommufdx_device *dev, uint32_t *pt_id)
{
	struct iommufdx_vfio_attach cmd = {
		.argsz = offsetof(struct iommufdx_vfio_attach, pasid),
	};

	return attach(dev, &cmd, pt_id);
}

API int iommufdx_device_attach_pasid(struct iommufdx_device *dev,
				     uint32_t pasid, uint32_t *pt_id)
{
	struct iommufdx_vfio_attach cmd = {
		.argsz = sizeof(cmd),
		.flags = VFIO_DEVICE_ATTACH_PASID,
		.pasid = pasid,
	};

	return attach(dev, &cmd, pt_id);
}

API int iommufdx_device_detach(struct iommufdx_device *dev)
{
	struct iommufdx_vfio_detach cmd = {
		.argsz = offsetof(struct iommufdx_vfio_detach, pasid),
	};

	return fdx_ioctl(dev->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &cmd);
}

API int iommufdx_device_detach_pasid(struct iommufdx_device *dev,
				     uint32_t pasid)
{
	struct iommufdx_vfio_detach cmd = {
		.argsz = sizeof(cmd),
		.flags = VFIO_DEVICE_DETACH_PASID,
		.pasid = pasid,
	};

	return fdx_ioctl(dev->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &cmd);
}

API int iommufdx_device_info(struct iommufdx_device *dev,
			     struct iommufdx_device_info *info)
{
	struct vfio_device_info cmd = {
		.argsz = offsetof(struct vfio_device_info, cap_offset),
	};
	int rc = fdx_ioctl(dev->fd, VFIO_DEVICE_GET_INFO, &cmd);

	if (rc)
		return rc;
	info->flags = cmd.flags;
	info->num_regions = cmd.num_regions;
	info->num_irqs = cmd.num_irqs;
	return 0;
}

API int iommufdx_region_info(struct iommufdx_device *dev, uint32_t index,
			     struct iommufdx_region_info *info)
{
	struct vfio_region_info cmd = {
		.argsz = sizeof(cmd),
		.index = index,
	};
	int rc = fdx_ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &cmd);

	if (rc)
		return rc;
	info->flags = cmd.flags;
	info->size = cmd.size;
	info->offset = cmd.offset;
	return 0;
}

static int region_offset(struct iommufdx_device *dev, uint32_t index,
			 uint64_t *offset)
{
	struct iommufdx_region_info info;
	uint64_t kept;
	int rc;

	if (index >= KEPT_REGIONS)
		return -EINVAL;
	kept = __atomic_load_n(&dev->region_offset[index], __ATOMIC_RELAXED);
	if (!kept) {
		rc = iommufdx_region_info(dev, index, &info);
		if (rc)
			return rc;
		if (!info.size)
			return -EINVAL;
		kept = info.offset + 1;
		__atomic_store_n(&dev->region_offset[index], kept,
				 __ATOMIC_RELAXED);
	}
	*offset = kept - 1;
	return 0;
}

static int transferred(ssize_t done, size_t len)
{
	if (done < 0)
		return -errno;
	return (size_t)done == len ? 0 : -EIO;
}

API int iommufdx_region_read(struct iommufdx_device *dev, uint32_t index,
			     uint64_t offset, void *buf, size_t len)
{
	uint64_t base;
	int rc = region_offset(dev, index, &base);

	return rc ? rc : transferred(pread(dev->fd, buf, len, base + offset),
				     len);
}

API int iommufdx_region_write(struct iommufdx_device *dev, uint32_t index,
			      uint64_t offset, const void *buf, size_t len)
{
	uint64_t base;
	int rc = region_offset(dev, index, &base);

	return rc ? rc : transferred(pwrite(dev->fd, buf, len, base + offset),
				     len);
}

API int iommufdx_irq_info(struct iommufdx_device *dev, uint32_t index,
			  struct iommufdx_irq_info *info)
{
	struct vfio_irq_info cmd = { .argsz = sizeof(cmd), .index = index };
	int rc = fdx_ioctl(dev->fd, VFIO_DEVICE_GET_IRQ_INFO, &cmd);

	if (rc)
		return rc;
	info->flags = cmd.flags;
	info->count = cmd.count;
	return 0;
}

API int iommufdx_irq_set(struct iommufdx_device *dev, uint32_t index,
			 uint32_t start, uint32_t count, const int *eventfds)
{
	size_t data = count * sizeof(int32_t);
	struct vfio_irq_set *cmd;
	int rc;

	cmd = calloc(1, sizeof(*cmd) + data);
	if (!cmd)
		return -ENOMEM;
	cmd->argsz = sizeof(*cmd) + data;
	cmd->flags = VFIO_IRQ_SET_ACTION_TRIGGER |
		     (count ? VFIO_IRQ_SET_DATA_EVENTFD :
			      VFIO_IRQ_SET_DATA_NONE);
	cmd->index = index;
	cmd->start = start;
	cmd->count = count;
	if (count)
		memcpy(cmd->data, eventfds, data);
	rc = fdx_ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, cmd);
	free(cmd);
	return rc;
}

API int iommufdx_device_reset(struct iommufdx_device *dev)
{
	return fdx_ioctl(dev->fd, VFIO_DEVICE_RESET, NULL);
}
