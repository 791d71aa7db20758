/* SPDX-License-Identifier: GPL-2.0-only */
/* The ioctls of a VFIO type1 container, on an iommufd. */
#ifndef __IOMMUFDX_VFIO_COMPAT_H
#define __IOMMUFDX_VFIO_COMPAT_H

#include "core/object.h"

struct fdx_ioas;
struct vfio_bitmap;

/* IOMMU_VFIO_IOAS: which IOAS they work on. */
int fdx_vfio_ioas(struct fdx_ucmd *ucmd);
/* -ENOTTY for what is none of them. */
long fdx_vfio_ioctl(struct iommufdx_ctx *ictx, unsigned int cmd,
		    unsigned long arg);

/* The IOAS they work on, held; -ENODEV. And: is it @ioas? */
struct fdx_ioas *fdx_vfio_ioas_get(struct iommufdx_ctx *ictx);
bool fdx_vfio_ioas_is(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas);
/* Page sizes that all tables have, at least those of the CPU. */
u64 fdx_vfio_page_sizes(struct fdx_ioas *ioas);

/* ------------------------------------------------------------ vfio_dirty.c */

/* The largest bitmap that VFIO takes, in bytes. */
#define FDX_VFIO_BITMAP_MAX	(1ULL << 28)

long fdx_vfio_dirty_pages(struct iommufdx_ctx *ictx, void __user *arg);
/* Can all tables track? */
bool fdx_vfio_can_track(struct fdx_ioas *ioas);
/* As fdx_ioas_unmap_range_dirty(), all tables into one bitmap. */
int fdx_vfio_unmap_dirty(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
			 unsigned long first, unsigned long last,
			 const struct vfio_bitmap *bitmap,
			 unsigned long *unmapped);

#endif /* __IOMMUFDX_VFIO_COMPAT_H */
