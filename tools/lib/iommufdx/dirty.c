// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Dirty tracking: switching it, reading it, unmapping without losing it, and the
 * sizes of what is tracked.
 */
#include "iommufdx.h"
#include "internal.h"

API int iommufdx_dirty_set(struct iommufdx *iommu, uint32_t hwpt, bool enable)
{
	struct iommu_hwpt_set_dirty_tracking cmd = {
		.size = sizeof(cmd),
		.flags = enable ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
		.hwpt_id = hwpt,
	};

	return fdx_ioctl(iommufdx_fd(iommu), IOMMU_HWPT_SET_DIRTY_TRACKING,
			 &cmd);
}

API int iommufdx_dirty_get(struct iommufdx *iommu, uint32_t hwpt,
			   uint32_t flags, uint64_t iova, uint64_t length,
			   uint64_t page_size, uint64_t *bitmap)
{
	struct iommu_hwpt_get_dirty_bitmap cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt,
		.flags = flags,
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.data = (uintptr_t)bitmap,
	};

	return fdx_ioctl(iommufdx_fd(iommu), IOMMU_HWPT_GET_DIRTY_BITMAP, &cmd);
}

API int iommufdx_ioas_unmap_dirty(struct iommufdx *iommu, uint32_t ioas,
				  uint64_t iova, uint64_t length,
				  uint64_t page_size,
				  const struct iommufdx_dirty_entry *entries,
				  uint32_t num, uint64_t *unmapped)
{
	struct iommufdx_ioas_unmap_dirty cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.entry_num = num,
		.entry_len = sizeof(*entries),
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.entries_uptr = (uintptr_t)entries,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMUFDX_IOAS_UNMAP_DIRTY, &cmd);

	if ((!rc || rc == -EIO) && unmapped)
		*unmapped = cmd.length;
	return rc;
}

API int iommufdx_hwpt_page_size(struct iommufdx *iommu, uint32_t hwpt,
				uint32_t flags, uint64_t page_size,
				struct iommufdx_page_sizes *range)
{
	struct iommufdx_hwpt_set_page_size cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.hwpt_id = hwpt,
		.iova = range->iova,
		.length = range->length,
		.page_size = page_size,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMUFDX_HWPT_SET_PAGE_SIZE,
			   &cmd);

	range->iova = cmd.iova;
	range->length = cmd.length;
	range->smallest = cmd.out_smallest;
	range->largest = cmd.out_largest;
	range->live = cmd.out_flags & IOMMUFDX_PAGE_SIZE_LIVE;
	return rc;
}
