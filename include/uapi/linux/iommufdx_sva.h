/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The part of <linux/iommufdx.h>, which includes it, that is about shared virtual
 * addresses: devices that use the pointers of a process. Not to be included by
 * itself.
 */
#ifndef _UAPI_IOMMUFDX_SVA_H
#define _UAPI_IOMMUFDX_SVA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct iommufdx_hwpt_alloc_sva - ioctl(IOMMUFDX_HWPT_ALLOC_SVA)
 * @size: sizeof(struct iommufdx_hwpt_alloc_sva)
 * @flags: must be 0
 * @dev_id: the device it is for
 * @__reserved: must be 0
 * @out_hwpt_id: the HWPT
 * @out_va_bits: addresses that devices reach are below 1 << @out_va_bits: at least
 *	all that mmap() gives without a hint, if the hardware can
 *
 * Makes a HWPT that follows the address space of the calling process. A PASID
 * that is attached to it has the process's own addresses and permissions, without
 * IOMMU_IOAS_MAP and without pinned memory: a device asks for a page with a page
 * request or by stalling, and the kernel answers after a fault in the process's
 * stead. What the process unmaps, protects or shares with a child is gone from
 * the device when its system call returns.
 *
 * It stays with that process, whoever uses the iommufd later. When the address
 * space ends, so does what devices can reach; their requests are refused from
 * then on. Requests are refused also for addresses at which the process itself
 * could not do the access, for memory of userfaultfd that is not there yet, and
 * for privileged accesses.
 *
 * It has no IOAS, no dirty bits of its own (pages written by devices are dirty as
 * those written by the process), and cannot be attached without a PASID: EINVAL.
 *
 * Return: 0; EOPNOTSUPP (a flag, @__reserved is not 0, the kernel has no MMU
 * notifiers, or the device has not IOMMUFDX_DEV_FEATURE_SVA); ENOENT (no such
 * device); ENOMEM.
 */
struct iommufdx_hwpt_alloc_sva {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 __reserved;
	__u32 out_hwpt_id;
	__u32 out_va_bits;
};
#define IOMMUFDX_HWPT_ALLOC_SVA _IO(IOMMUFD_TYPE, IOMMUFDX_CMD_HWPT_ALLOC_SVA)

#endif /* _UAPI_IOMMUFDX_SVA_H */
