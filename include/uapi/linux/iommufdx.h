/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What iommufdx adds to the iommufd user API.
 *
 * Shape of every struct: @size first, reserved fields zero, unknown flags
 * refused with EOPNOTSUPP, outputs named out_*. A struct may grow at its end;
 * the rules for sizes are those of iommufd.h. A program finds out what is there
 * with IOMMUFDX_GET_CAPS; on Linux's own iommufd that answers ENOTTY.
 */
#ifndef _UAPI_IOMMUFDX_H
#define _UAPI_IOMMUFDX_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/iommufd.h>

/* Raised when a bit or field of this header changes its meaning. */
#define IOMMUFDX_ABI_VERSION	1

enum {
	IOMMUFDX_CMD_BASE = 0xc0,
	IOMMUFDX_CMD_GET_CAPS = IOMMUFDX_CMD_BASE,
};

/**
 * enum iommufdx_features - what this iommufdx offers above Linux's iommufd
 * @IOMMUFDX_FEATURE_GET_CAPS: this ioctl
 */
enum iommufdx_features {
	IOMMUFDX_FEATURE_GET_CAPS = 1 << 0,
};

/**
 * enum iommufdx_dev_features - what a device and its IOMMU can do together
 * @IOMMUFDX_DEV_FEATURE_DIRTY: hardware records writes in the page table
 * @IOMMUFDX_DEV_FEATURE_PASID: PASIDs can be attached
 * @IOMMUFDX_DEV_FEATURE_NEST: nesting parents can be allocated
 * @IOMMUFDX_DEV_FEATURE_ATS: translations may be cached in the device
 * @IOMMUFDX_DEV_FEATURE_PRI: the device can ask for pages
 */
enum iommufdx_dev_features {
	IOMMUFDX_DEV_FEATURE_DIRTY = 1 << 0,
	IOMMUFDX_DEV_FEATURE_PASID = 1 << 1,
	IOMMUFDX_DEV_FEATURE_NEST = 1 << 2,
	IOMMUFDX_DEV_FEATURE_ATS = 1 << 3,
	IOMMUFDX_DEV_FEATURE_PRI = 1 << 4,
};

/**
 * struct iommufdx_get_caps - ioctl(IOMMUFDX_GET_CAPS)
 * @size: sizeof(struct iommufdx_get_caps)
 * @flags: must be 0
 * @dev_id: a bound device to ask about, or 0
 * @__reserved: must be 0
 * @out_abi_version: IOMMUFDX_ABI_VERSION of the module
 * @out_errata: one bit for each known defect of this version, 0 for none
 * @out_features: enum iommufdx_features
 * @out_dev_features: enum iommufdx_dev_features of @dev_id, 0 without one
 * @out_kernel_limits: bit N: ioctl IOMMUFD_CMD_BASE + N answers EOPNOTSUPP for
 *	want of a primitive in the running kernel, IOAS_MAP_FILE for all files but
 *	DMA-BUFs
 *
 * Return: 0; EOPNOTSUPP (@flags or @__reserved not 0); ENOENT (@dev_id names no
 * device).
 */
struct iommufdx_get_caps {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 __reserved;
	__u32 out_abi_version;
	__u32 out_errata;
	__aligned_u64 out_features;
	__aligned_u64 out_dev_features;
	__aligned_u64 out_kernel_limits;
};
#define IOMMUFDX_GET_CAPS _IO(IOMMUFD_TYPE, IOMMUFDX_CMD_GET_CAPS)

#endif /* _UAPI_IOMMUFDX_H */
