/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices bound to an iommufd, and the groups they come in.
 */
#ifndef __IOMMUFDX_CORE_DEVICE_H
#define __IOMMUFDX_CORE_DEVICE_H

#include <linux/mutex.h>
#include <linux/xarray.h>
#include <linux/iommufdx/device.h>
#include "object.h"

struct fdx_hwpt;
struct fdx_vdevice;

/**
 * struct iommufdx_group - masters that cannot be isolated from one another
 * @lock: guards all below
 * @masters: member masters, linked through iommufdx_master::group_node
 * @owner: the iommufd that its bound devices belong to, NULL if none is bound
 * @bound: how many devices are bound
 * @attached: PASID to struct fdx_attachment
 */
struct iommufdx_group {
	struct mutex lock;
	struct list_head masters;
	struct iommufdx_ctx *owner;
	unsigned int bound;
	struct xarray attached;
};

/**
 * struct fdx_attachment - what a group's PASID translates through
 * @hwpt: the HWPT; every device in @devices holds a use of it
 * @devices: object ID to struct iommufdx_device
 */
struct fdx_attachment {
	struct fdx_hwpt *hwpt;
	struct xarray devices;
};

/**
 * struct iommufdx_device - a master bound to an iommufd
 * @obj: its ID
 * @ictx: the iommufd; a reference on its file is held unless @owned
 * @master: the device
 * @group: the master's group
 * @vdev: its vDEVICE, or NULL (group lock)
 * @unbinding: no new vDEVICE may be made (group lock)
 * @owned: bound by an object of the iommufd itself
 */
struct iommufdx_device {
	struct fdx_object obj;
	struct iommufdx_ctx *ictx;
	struct iommufdx_master *master;
	struct iommufdx_group *group;
	struct fdx_vdevice *vdev;
	bool unbinding;
	bool owned;
};

static inline struct iommufdx_device *fdx_get_device(struct fdx_ucmd *ucmd,
						     u32 id)
{
	struct fdx_object *obj = fdx_get_object(ucmd->ictx, id, FDX_OBJ_DEVICE);

	return IS_ERR(obj) ? ERR_CAST(obj) :
			     container_of(obj, struct iommufdx_device, obj);
}

/*
 * iommufdx_device_bind() on behalf of an object of the iommufd, which unbinds
 * when it is destroyed. A reference would keep the file, and the object, forever.
 */
struct iommufdx_device *fdx_device_bind_owned(struct iommufdx_ctx *ictx,
					      struct iommufdx_master *master,
					      u32 *out_id);
/*
 * The backend's set_domain, NULL to block; what hardware refused to forget for it is
 * asked for once more. An errno as the backend's. lockdep: group->lock.
 */
int fdx_set_domain(struct iommufdx_master *master, u32 pasid,
		   struct iommufdx_domain *domain);
/*
 * Block all masters of a group, for whoever binds one. -EIO or -ETIMEDOUT: hardware
 * may not know it. And: have them do what they do while nobody has bound them.
 * lockdep: group->lock.
 */
int fdx_group_close(struct iommufdx_group *group);
void fdx_group_open(struct iommufdx_group *group);
/* The same of one that comes or goes. Opening fails as iommufdx_master_add(). */
void fdx_master_close(struct iommufdx_master *master);
int fdx_master_open(struct iommufdx_master *master);
void fdx_device_destroy(struct fdx_object *obj);
int fdx_get_hw_info(struct fdx_ucmd *ucmd);
int fdx_get_caps(struct fdx_ucmd *ucmd);
/* A master is going away: forget page requests whose last one never came. */
void fdx_partial_drop(struct iommufdx_master *master);
/* The same of what nobody takes any more now that @pasid is detached. */
void fdx_partial_detached(struct iommufdx_master *master, u32 pasid);

#endif /* __IOMMUFDX_CORE_DEVICE_H */
