/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual IOMMUs and what belongs to them: vDEVICEs, vevent queues, hardware
 * queues, nested HWPTs.
 */
#ifndef __IOMMUFDX_CORE_VIOMMU_H
#define __IOMMUFDX_CORE_VIOMMU_H

#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/iommufdx/viommu.h>
#include "core/eventq.h"
#include "core/object.h"

struct iommufdx_access;
struct fdx_guest_queue;
struct fdx_hwpt_paging;

/**
 * struct fdx_viommu - core's side of a virtual IOMMU
 * @obj: its ID
 * @ictx: the iommufd
 * @viommu: the backend's side
 * @hwpt: the nesting parent; a use is held
 * @vdevs: virt_id to struct fdx_vdevice; zero entries are reserved
 * @veventqs_rwsem: guards @veventqs
 * @veventqs: struct fdx_veventq, one of a type
 * @inv_lock: one batch of invalidations at a time
 * @guest_queue: the guest's own command queue, NULL for none
 */
struct fdx_viommu {
	struct fdx_object obj;
	struct iommufdx_ctx *ictx;
	struct iommufdx_viommu *viommu;
	struct fdx_hwpt_paging *hwpt;
	struct xarray vdevs;
	struct rw_semaphore veventqs_rwsem;
	struct list_head veventqs;
	struct mutex inv_lock;
	struct fdx_guest_queue *guest_queue;
};

/**
 * struct fdx_vdevice - a vDEVICE with an ID
 * @obj: its ID
 * @vdev: what the backend sees
 * @viommu: a use is held
 * @idev: the device; held busy, so that unbinding waits for the vDEVICE
 */
struct fdx_vdevice {
	struct fdx_object obj;
	struct iommufdx_vdevice vdev;
	struct fdx_viommu *viommu;
	struct iommufdx_device *idev;
};

/**
 * struct fdx_hw_queue - a hardware queue with an ID
 * @obj: its ID
 * @queue: what the backend sees
 * @viommu: a use is held
 * @access: keeps the queue's memory pinned
 * @pinned: that has been done
 * @running: the backend was told of it
 * @guest: core reads it itself, NULL where hardware does
 */
struct fdx_hw_queue {
	struct fdx_object obj;
	struct iommufdx_hw_queue queue;
	struct fdx_viommu *viommu;
	struct iommufdx_access *access;
	bool pinned;
	bool running;
	struct fdx_guest_queue *guest;
};

/**
 * struct fdx_mmap - pages that user space may map
 * @owner: lives as long as a mapping does
 * @phys: first byte
 * @length: bytes
 * @pgoff: page offset of the range in the file
 */
struct fdx_mmap {
	struct fdx_object *owner;
	phys_addr_t phys;
	size_t length;
	unsigned long pgoff;
};

struct fdx_viommu *fdx_get_viommu(struct iommufdx_ctx *ictx, u32 id);

int fdx_viommu_alloc_ioctl(struct fdx_ucmd *ucmd);
void fdx_viommu_destroy(struct fdx_object *obj);
int fdx_vdevice_alloc_ioctl(struct fdx_ucmd *ucmd);
void fdx_vdevice_destroy(struct fdx_object *obj);
/* A device is being unbound: make its vDEVICE go, leaving its ID unusable. */
void fdx_vdevice_revoke(struct iommufdx_device *idev);
int fdx_hw_queue_alloc_ioctl(struct fdx_ucmd *ucmd);
void fdx_hw_queue_destroy(struct fdx_object *obj);
int fdx_hwpt_invalidate_ioctl(struct fdx_ucmd *ucmd);

int fdx_mmap_file(struct file *file, struct vm_area_struct *vma);
/*
 * Let user space map whole pages of @owner's. Nobody may be able to map them
 * any more when they are removed: @owner is being destroyed. 0 or -ENOMEM.
 */
int fdx_mmap_add(struct iommufdx_ctx *ictx, struct fdx_object *owner,
		 phys_addr_t phys, size_t length, u64 *offset);
void fdx_mmap_remove(struct iommufdx_ctx *ictx, struct fdx_object *owner,
		     u64 offset);

#endif /* __IOMMUFDX_CORE_VIOMMU_H */
