/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The part of <linux/iommufdx.h>, which includes it, that is about guests with an
 * AMD IOMMU. Not to be included by itself.
 *
 * A guest's device table entries become nested HWPTs
 * (IOMMU_HWPT_DATA_AMD_GUEST); what its command buffer says is handed over with
 * IOMMU_HWPT_INVALIDATE, by a ring, or by the kernel's reading of that buffer.
 */
#ifndef _UAPI_IOMMUFDX_AMD_H
#define _UAPI_IOMMUFDX_AMD_H

#include <linux/types.h>

/**
 * enum iommufdx_amd_viommu_type - more kinds of vIOMMU for IOMMU_VIOMMU_ALLOC
 * @IOMMUFDX_VIOMMU_TYPE_AMD: AMD IOMMU; without a struct. Its nested HWPTs take
 *	IOMMU_HWPT_DATA_AMD_GUEST. Names of vDEVICEs have 16 bits
 */
enum iommufdx_amd_viommu_type {
	IOMMUFDX_VIOMMU_TYPE_AMD = 0x1001,
};

/**
 * enum iommufdx_amd_invalidate_data_type - more for IOMMU_HWPT_INVALIDATE
 * @IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD: struct iommufdx_viommu_amd_invalidate, to
 *	a vIOMMU of IOMMUFDX_VIOMMU_TYPE_AMD
 */
enum iommufdx_amd_invalidate_data_type {
	IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD = 0x1000,
};

/**
 * struct iommufdx_viommu_amd_invalidate - a command of a guest
 * @cmd: its two 64-bit words as the guest wrote them
 *
 * Commands are INVALIDATE_IOMMU_PAGES, with the guest's domain ID, which need not
 * be in use; INVALIDATE_IOTLB_PAGES, with the guest's device ID, which is a
 * vDEVICE's; and INVALIDATE_IOMMU_ALL. COMPLETION_WAIT is the caller's to carry
 * out: the ioctl returns when all is done. INVALIDATE_DEVTAB_ENTRY is, too: a
 * device table entry that changed is another nested HWPT.
 *
 * Errors of IOMMU_HWPT_INVALIDATE: EIO (another command, a reserved bit, or no
 * such vDEVICE).
 */
struct iommufdx_viommu_amd_invalidate {
	__aligned_u64 cmd[2];
};

/**
 * enum iommufdx_amd_veventq_type - more for IOMMU_VEVENTQ_ALLOC
 * @IOMMUFDX_VEVENTQ_TYPE_AMD: struct iommufdx_vevent_amd, of a vIOMMU of
 *	IOMMUFDX_VIOMMU_TYPE_AMD
 */
enum iommufdx_amd_veventq_type {
	IOMMUFDX_VEVENTQ_TYPE_AMD = 0x1001,
};

/**
 * struct iommufdx_vevent_amd - an entry for a guest's event log
 * @event: its two 64-bit words, with the guest's device ID and domain ID in them
 *
 * Events are IO_PAGE_FAULT and INVALID_DEVICE_REQUEST, of devices that have a
 * nested HWPT of the vIOMMU and a vDEVICE. Hardware does not say whether it was
 * the guest's table or the nesting parent that had no page.
 */
struct iommufdx_vevent_amd {
	__aligned_u64 event[2];
};

#endif /* _UAPI_IOMMUFDX_AMD_H */
