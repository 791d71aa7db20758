/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel API for what lies on both sides of core: bus code that brings
 * IOMMUs and masters to life, and VFIO-like drivers that bind a device to an
 * iommufd and attach it to what user space chose.
 */
#ifndef __LINUX_IOMMUFDX_DEVICE_H
#define __LINUX_IOMMUFDX_DEVICE_H

#include <linux/types.h>
#include <linux/iommufdx/driver.h>

struct file;
struct iommufdx_ctx;
struct iommufdx_device;

/**
 * iommufdx_iommu_add() - bring an IOMMU to life
 * @hw: its register window, owned by the caller
 *
 * Loads the backend's module if need be (alias iommufdx-hw-N) and has it probe.
 * Context: may sleep.
 * Return: the iommu, or ERR_PTR: -ENODEV (no backend for this kind), or what
 * the backend's probe returned.
 */
struct iommufdx_iommu *iommufdx_iommu_add(struct iommufdx_hw *hw);

/**
 * iommufdx_iommu_remove() - take an IOMMU away
 * @iommu: from iommufdx_iommu_add(); has no masters left
 *
 * Context: may sleep.
 */
void iommufdx_iommu_remove(struct iommufdx_iommu *iommu);

/**
 * struct iommufdx_master_desc - a device to be put behind an IOMMU
 * @rid: requester or stream ID
 * @name: copied
 * @max_pasid_bits: the device's PASID width, 0 for none, at most 20
 * @ats: it has an ATC
 * @pri: it can send page requests
 * @pass_through: its DMA is not translated while nobody has bound it; else it is
 *	blocked then
 * @group_with: a master whose group it shares, NULL for a group of its own
 */
struct iommufdx_master_desc {
	u32 rid;
	const char *name;
	u8 max_pasid_bits;
	bool ats;
	bool pri;
	bool pass_through;
	struct iommufdx_master *group_with;
};

/**
 * iommufdx_master_add() - put a device behind an IOMMU
 * @iommu: the IOMMU
 * @desc: the device
 *
 * The device starts blocked, or as @desc says where nobody owns its group.
 * Context: may sleep.
 * Of PASIDs beyond the hardware's width the device has none.
 * Return: the master, or ERR_PTR: -EEXIST (RID taken), -EINVAL (RID beyond the
 * hardware, PASID width above 20), -EOPNOTSUPP (hardware cannot let it pass
 * through), -EIO or -ETIMEDOUT (hardware does not answer), -ENOMEM.
 */
struct iommufdx_master *
iommufdx_master_add(struct iommufdx_iommu *iommu,
		    const struct iommufdx_master_desc *desc);

/**
 * iommufdx_master_remove() - take a device away
 * @master: bound to nothing (see iommufdx_device_unbind())
 *
 * Its later DMA faults.
 * Context: may sleep.
 */
void iommufdx_master_remove(struct iommufdx_master *master);

/**
 * iommufdx_ctx_from_fd() - the iommufd behind a descriptor
 * @fd: descriptor of /dev/iommu in the calling process
 *
 * Context: process context of the caller.
 * Return: the context, with a reference, or ERR_PTR: -EBADF (not open),
 * -EBADFD (something else).
 */
struct iommufdx_ctx *iommufdx_ctx_from_fd(int fd);

/**
 * iommufdx_ctx_put() - drop a reference
 * @ictx: from iommufdx_ctx_from_fd()
 *
 * Context: may sleep.
 */
void iommufdx_ctx_put(struct iommufdx_ctx *ictx);

/**
 * iommufdx_device_bind() - give a device to an iommufd
 * @ictx: the iommufd; bound devices hold a reference of their own
 * @master: the device
 * @out_id: object ID of the device
 *
 * While bound, the group's DMA belongs to this iommufd and is blocked until
 * attached.
 * Context: may sleep.
 * Return: the bound device, or ERR_PTR: -EBUSY (bound already), -EPERM (another
 * iommufd owns the group), -EIO or -ETIMEDOUT (hardware does not acknowledge that
 * what the group did before has ended; it is left blocked), -ENOMEM.
 */
struct iommufdx_device *iommufdx_device_bind(struct iommufdx_ctx *ictx,
					     struct iommufdx_master *master,
					     u32 *out_id);

/**
 * iommufdx_device_unbind() - take a device back
 * @idev: bound and detached. Waits for ioctls that are using its ID.
 *
 * With the last one, the masters of the group that were added to pass through do
 * so again, unless hardware does not answer: then they stay blocked.
 * Context: may sleep.
 */
void iommufdx_device_unbind(struct iommufdx_device *idev);

/**
 * iommufdx_device_was_reset() - a device has forgotten what it was about
 * @idev: at rest: it asks for nothing
 *
 * Page requests are forgotten whose group it did not complete. Those of complete
 * groups get their answer, which nobody may be waiting for.
 * Context: may sleep; no lock that page_response or the device's own path to it
 * takes.
 */
void iommufdx_device_was_reset(struct iommufdx_device *idev);

/**
 * iommufdx_device_attach() - translate a device's DMA
 * @idev: the device
 * @pasid: IOMMUFDX_NO_PASID, or one PASID
 * @pt_id: object ID of an IOAS (a fitting HWPT is found or made) or an HWPT;
 *	on return the ID of the HWPT used
 *
 * Context: may sleep.
 * Return: 0; -EINVAL (the HWPT cannot work for this device or PASID; try
 * another); -EBUSY (attached already, use replace); -ENOENT (no such ID);
 * -EADDRINUSE (a mapping lies in the device's reserved IOVAs); -ENODEV (the HWPT
 * has a fault queue, of which this hardware makes no use for a device that cannot
 * ask for pages); -ENOMEM.
 */
int iommufdx_device_attach(struct iommufdx_device *idev, u32 pasid,
			   u32 *pt_id);

/**
 * iommufdx_device_replace() - move a device to another translation
 * @idev: the device, attached
 * @pasid: IOMMUFDX_NO_PASID or the PASID
 * @pt_id: as for iommufdx_device_attach()
 *
 * DMA meets the old or the new translation at every instant.
 * Context: may sleep.
 * Return: as iommufdx_device_attach(); -EINVAL also when not attached. On
 * failure the old translation stands.
 */
int iommufdx_device_replace(struct iommufdx_device *idev, u32 pasid,
			    u32 *pt_id);

/**
 * iommufdx_device_detach() - block a device's DMA
 * @idev: the device
 * @pasid: IOMMUFDX_NO_PASID or the PASID; nothing happens if not attached
 *
 * On return no DMA through the old translation is under way.
 * Context: may sleep.
 */
void iommufdx_device_detach(struct iommufdx_device *idev, u32 pasid);

#endif /* __LINUX_IOMMUFDX_DEVICE_H */
