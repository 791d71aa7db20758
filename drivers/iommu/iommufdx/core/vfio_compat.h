/* SPDX-License-Identifier: GPL-2.0-only */
/* The ioctls of a VFIO type1 container, on an iommufd. */
#ifndef __IOMMUFDX_VFIO_COMPAT_H
#define __IOMMUFDX_VFIO_COMPAT_H

#include "object.h"

/* IOMMU_VFIO_IOAS: which IOAS they work on. */
int fdx_vfio_ioas(struct fdx_ucmd *ucmd);
/* -ENOTTY for what is none of them. */
long fdx_vfio_ioctl(struct iommufdx_ctx *ictx, unsigned int cmd,
		    unsigned long arg);

#endif /* __IOMMUFDX_VFIO_COMPAT_H */
