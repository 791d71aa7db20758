/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The part of <linux/iommufdx.h>, which includes it, that is about guests with an
 * Intel VT-d IOMMU of their own. Not to be included by itself.
 *
 * Linux nests first-stage tables behind VT-d (IOMMU_HWPT_DATA_VTD_S1), one HWPT
 * each, and the VMM takes a guest's descriptors apart to find out which HWPT
 * they mean. Here a vIOMMU, made by IOMMU_VIOMMU_ALLOC on a nesting parent,
 * stands for the guest's remapping unit: HWPTs on it carry the guest's domain
 * ID, vDEVICEs the guest's source-id, so that the guest's own descriptors can be
 * handed over as they are, by IOMMU_HWPT_INVALIDATE, by a ring, or by a queue
 * that the kernel reads (IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ).
 *
 * The guest sees scalable mode with first-stage tables, and its requests without
 * PASID are those of PASID 0: ECAP.RPS is clear. It never sees a domain ID or a
 * source-id of the host.
 */
#ifndef _UAPI_IOMMUFDX_VTD_H
#define _UAPI_IOMMUFDX_VTD_H

#include <linux/types.h>
#include <linux/iommufd.h>

/**
 * enum iommufdx_vtd_types - types of the base API's ioctls
 * @IOMMUFDX_VIOMMU_TYPE_VTD: of IOMMU_VIOMMU_ALLOC, without data. A virt_id of
 *	IOMMU_VDEVICE_ALLOC on it is a source-id, 16 bits
 * @IOMMUFDX_VEVENTQ_TYPE_VTD: of IOMMU_VEVENTQ_ALLOC: struct iommufdx_vevent_vtd
 * @IOMMUFDX_HWPT_DATA_VTD: of IOMMU_HWPT_ALLOC on the vIOMMU: struct
 *	iommufdx_hwpt_vtd
 * @IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD: of IOMMU_HWPT_INVALIDATE and
 *	IOMMUFDX_INV_RING_ALLOC on the vIOMMU: struct
 *	iommufdx_viommu_vtd_invalidate
 */
enum iommufdx_vtd_types {
	IOMMUFDX_VIOMMU_TYPE_VTD = 0x1000,
	IOMMUFDX_VEVENTQ_TYPE_VTD = 0x1000,
	IOMMUFDX_HWPT_DATA_VTD = 0x1001,
	IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD = 0x1002,
};

/**
 * struct iommufdx_hwpt_vtd - a first-stage table of a guest
 * @s1: the table, as for IOMMU_HWPT_DATA_VTD_S1
 * @did: domain ID in the guest's PASID entry, 16 bits. Any number of HWPTs may
 *	have the same
 * @__reserved: must be 0
 *
 * A device can be attached to the HWPT only while it has a vDEVICE of the vIOMMU.
 * IOMMU_HWPT_ALLOC_PASID is allowed.
 */
struct iommufdx_hwpt_vtd {
	struct iommu_hwpt_vtd_s1 s1;
	__u32 did;
	__u32 __reserved;
};

/**
 * struct iommufdx_viommu_vtd_invalidate - an invalidation descriptor of a guest
 * @desc: little-endian, as the guest wrote it; entries of 16 bytes are those of
 *	a queue with descriptors of 128 bits
 *
 * Taken are, with every reserved bit 0: IOTLB (a page-selective one drops its
 * whole domain, for the guest has no second stage of its own), PASID-based IOTLB,
 * device TLB and PASID-based device TLB of devices that have a vDEVICE. Domain
 * IDs that no HWPT has are not cached anywhere, so nothing is done. Anything else
 * gives EIO.
 */
struct iommufdx_viommu_vtd_invalidate {
	__aligned_le64 desc[4];
};

/**
 * struct iommufdx_vevent_vtd - a fault of a nested device
 * @frcd: little-endian, a fault recording register, the source-id the guest's
 *
 * What the second stage or a table of the host did is not reported.
 */
struct iommufdx_vevent_vtd {
	__aligned_le64 frcd[2];
};

#endif /* _UAPI_IOMMUFDX_VTD_H */
