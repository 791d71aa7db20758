/* SPDX-License-Identifier: GPL-2.0-only */
/* Why an attach answers EINVAL, for the tracepoint. */
#ifndef __IOMMUFDX_CORE_REFUSAL_H
#define __IOMMUFDX_CORE_REFUSAL_H

#include <linux/iommufdx/driver.h>

/**
 * enum fdx_refusal - why a domain cannot be what a device or PASID uses
 * @FDX_REFUSED_NOT: it can
 * @FDX_REFUSED_RID_HAS_PASIDS: not made for PASIDs, and the device has some
 * @FDX_REFUSED_NOT_FOR_PASID: not made for PASIDs
 * @FDX_REFUSED_PASID_WIDTH: the device has no such PASID
 * @FDX_REFUSED_RID_NOT_FOR_PASID: what the RID has was not made for PASIDs
 * @FDX_REFUSED_GROUP: others of the group are attached to something else
 * @FDX_REFUSED_SVA: a process's addresses are for PASIDs
 * @FDX_REFUSED_IOMMU: made for another kind of IOMMU
 * @FDX_REFUSED_FORMAT: format that the device's IOMMU has not
 * @FDX_REFUSED_GRANULE: granule that it has not
 * @FDX_REFUSED_DIRTY: it records no writes
 * @FDX_REFUSED_PAGE_SIZES: leaves that it has not
 * @FDX_REFUSED_VA_BITS: wider than it can translate
 * @FDX_REFUSED_QUIRKS: quirks that it has not
 * @FDX_REFUSED_HARDWARE: nothing that can be told from outside the backend
 */
enum fdx_refusal {
	FDX_REFUSED_NOT,
	FDX_REFUSED_RID_HAS_PASIDS,
	FDX_REFUSED_NOT_FOR_PASID,
	FDX_REFUSED_PASID_WIDTH,
	FDX_REFUSED_RID_NOT_FOR_PASID,
	FDX_REFUSED_GROUP,
	FDX_REFUSED_SVA,
	FDX_REFUSED_IOMMU,
	FDX_REFUSED_FORMAT,
	FDX_REFUSED_GRANULE,
	FDX_REFUSED_DIRTY,
	FDX_REFUSED_PAGE_SIZES,
	FDX_REFUSED_VA_BITS,
	FDX_REFUSED_QUIRKS,
	FDX_REFUSED_HARDWARE,
};

/* Why the backend does not attach (@master, @pasid), after it has said so. */
enum fdx_refusal fdx_refusal_of(struct iommufdx_master *master, u32 pasid,
				const struct iommufdx_domain *domain);

#endif /* __IOMMUFDX_CORE_REFUSAL_H */
