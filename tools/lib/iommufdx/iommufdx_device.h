/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libiommufdx for devices that speak the VFIO device ioctls: binding, attaching,
 * regions and interrupts. <iommufdx.h>, which includes this, has the rules that
 * hold here too.
 */
#ifndef IOMMUFDX_DEVICE_H
#define IOMMUFDX_DEVICE_H

#include <iommufdx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iommufdx_device;

/**
 * iommufdx_device_open() - open a device with VFIO device ioctls
 * @path: its character device
 * @out: the handle; free it with iommufdx_device_close()
 *
 * Return: 0; -ENOENT (no such device); -EACCES; -EBUSY; -ENOMEM.
 */
int iommufdx_device_open(const char *path, struct iommufdx_device **out);

/**
 * iommufdx_device_close() - close a device
 * @dev: the handle, or NULL
 *
 * Closing the last descriptor stops its DMA, detaches and unbinds it.
 */
void iommufdx_device_close(struct iommufdx_device *dev);

/**
 * iommufdx_device_fd() - the descriptor of a device
 * @dev: the handle, which keeps owning it
 *
 * Return: the descriptor.
 */
int iommufdx_device_fd(const struct iommufdx_device *dev);

/**
 * iommufdx_device_bind() - give a device to an iommufd
 * @dev: the device
 * @iommu: the iommufd
 * @dev_id: object ID of the device in it
 *
 * All DMA of the device is blocked until it is attached.
 *
 * Return: 0; -EINVAL (bound already); -EPERM (its group belongs to another
 * iommufd); -ENODEV (the device is gone).
 */
int iommufdx_device_bind(struct iommufdx_device *dev, struct iommufdx *iommu,
			 uint32_t *dev_id);

/**
 * iommufdx_device_attach() - translate a device's DMA
 * @dev: a bound device
 * @pt_id: in: an address space (a fitting table is found or made) or a HWPT;
 *	out: the HWPT in use
 *
 * A device that is attached already is moved, with no instant in which neither
 * the old nor the new translation holds.
 *
 * Return: 0; -EINVAL (not bound, or the table cannot work for this device);
 * -ENOENT (no such object); -EADDRINUSE (a mapping lies in its reserved IOVAs);
 * -ENOMEM; -ENODEV (the device is gone).
 */
int iommufdx_device_attach(struct iommufdx_device *dev, uint32_t *pt_id);

/**
 * iommufdx_device_attach_pasid() - translate one PASID of a device
 * @dev: a bound device
 * @pasid: which, not 0
 * @pt_id: as for iommufdx_device_attach()
 *
 * Return: as iommufdx_device_attach(); -EOPNOTSUPP (no PASIDs).
 */
int iommufdx_device_attach_pasid(struct iommufdx_device *dev, uint32_t pasid,
				 uint32_t *pt_id);

/**
 * iommufdx_device_detach() - block a device's DMA
 * @dev: a bound device; nothing happens if it is not attached
 *
 * Return: 0; -EINVAL (not bound); -ENODEV (the device is gone).
 */
int iommufdx_device_detach(struct iommufdx_device *dev);

/**
 * iommufdx_device_detach_pasid() - block one PASID of a device
 * @dev: a bound device
 * @pasid: which, not 0
 *
 * Return: as iommufdx_device_detach(); -EOPNOTSUPP (no PASIDs).
 */
int iommufdx_device_detach_pasid(struct iommufdx_device *dev, uint32_t pasid);

/**
 * struct iommufdx_device_info - the shape of a device
 * @flags: VFIO_DEVICE_FLAGS_*
 * @num_regions: highest region index + 1
 * @num_irqs: highest interrupt index + 1
 */
struct iommufdx_device_info {
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
};

/**
 * iommufdx_device_info() - ask for the shape of a device
 * @dev: a bound device
 * @info: the answer
 *
 * Return: 0; -EINVAL (not bound); -ENODEV (the device is gone).
 */
int iommufdx_device_info(struct iommufdx_device *dev,
			 struct iommufdx_device_info *info);

/**
 * struct iommufdx_region_info - one region of a device
 * @flags: VFIO_REGION_INFO_FLAG_*
 * @size: bytes, 0 for a region that is not there
 * @offset: where it starts in the device's file
 */
struct iommufdx_region_info {
	uint32_t flags;
	uint64_t size;
	uint64_t offset;
};

/**
 * iommufdx_region_info() - ask for one region
 * @dev: a bound device
 * @index: VFIO_PCI_BAR0_REGION_INDEX and so on
 * @info: the answer
 *
 * Return: 0; -EINVAL (no such index, or not bound); -ENODEV.
 */
int iommufdx_region_info(struct iommufdx_device *dev, uint32_t index,
			 struct iommufdx_region_info *info);

/**
 * iommufdx_region_read() - read from a region
 * @dev: a bound device
 * @index: region
 * @offset: byte in the region
 * @buf: destination
 * @len: bytes; registers take naturally aligned 1, 2, 4 or 8
 *
 * Return: 0 when all was read; -EINVAL (no such region or offset); -EIO (less
 * was read); -ENODEV (the device is gone).
 */
int iommufdx_region_read(struct iommufdx_device *dev, uint32_t index,
			 uint64_t offset, void *buf, size_t len);

/**
 * iommufdx_region_write() - write to a region
 * @dev: a bound device
 * @index: region
 * @offset: byte in the region
 * @buf: source
 * @len: bytes, as for iommufdx_region_read()
 *
 * Return: 0 when all was written; else as iommufdx_region_read().
 */
int iommufdx_region_write(struct iommufdx_device *dev, uint32_t index,
			  uint64_t offset, const void *buf, size_t len);

/**
 * struct iommufdx_irq_info - one kind of interrupt of a device
 * @flags: VFIO_IRQ_INFO_*
 * @count: how many vectors
 */
struct iommufdx_irq_info {
	uint32_t flags;
	uint32_t count;
};

/**
 * iommufdx_irq_info() - ask for one kind of interrupt
 * @dev: a bound device
 * @index: VFIO_PCI_MSIX_IRQ_INDEX and so on
 * @info: the answer
 *
 * Return: 0; -EINVAL (no such index, or not bound); -ENODEV.
 */
int iommufdx_irq_info(struct iommufdx_device *dev, uint32_t index,
		      struct iommufdx_irq_info *info);

/**
 * iommufdx_irq_set() - have interrupts signal eventfds
 * @dev: a bound device
 * @index: kind of interrupt
 * @start: first vector
 * @count: how many vectors; 0 with @start 0 switches the whole kind off
 * @eventfds: @count descriptors, -1 for none
 *
 * Return: 0; -EINVAL (no such vectors, or not bound); -EBADF; -ENODEV.
 */
int iommufdx_irq_set(struct iommufdx_device *dev, uint32_t index,
		     uint32_t start, uint32_t count, const int *eventfds);

/**
 * iommufdx_device_reset() - stop DMA and reset all registers
 * @dev: a bound device; stays bound and attached
 *
 * Return: 0; -EINVAL (not bound); -ENODEV (the device is gone).
 */
int iommufdx_device_reset(struct iommufdx_device *dev);

#ifdef __cplusplus
}
#endif

#endif /* IOMMUFDX_DEVICE_H */
