// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * I/O address spaces.
 */
#include "iommufdx.h"
#include "internal.h"

API int iommufdx_ioas_alloc(struct iommufdx *iommu, uint32_t *ioas)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_IOAS_ALLOC, &cmd);

	if (!rc)
		*ioas = cmd.out_ioas_id;
	return rc;
}

API int iommufdx_ioas_map(struct iommufdx *iommu, uint32_t ioas, uint32_t flags,
			  const void *va, uint64_t length, uint64_t *iova)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.ioas_id = ioas,
		.user_va = (uintptr_t)va,
		.length = length,
	};
	int rc;

	if (flags & IOMMU_IOAS_MAP_FIXED_IOVA)
		cmd.iova = *iova;
	rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_IOAS_MAP, &cmd);
	if (!rc)
		*iova = cmd.iova;
	return rc;
}

API int iommufdx_ioas_unmap(struct iommufdx *iommu, uint32_t ioas,
			    uint64_t iova, uint64_t length, uint64_t *unmapped)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.iova = iova,
		.length = length,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_IOAS_UNMAP, &cmd);

	if (!rc && unmapped)
		*unmapped = cmd.length;
	return rc;
}

API int iommufdx_ioas_copy(struct iommufdx *iommu, uint32_t dst, uint32_t src,
			   uint32_t flags, uint64_t src_iova, uint64_t length,
			   uint64_t *dst_iova)
{
	struct iommu_ioas_copy cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dst_ioas_id = dst,
		.src_ioas_id = src,
		.length = length,
		.src_iova = src_iova,
	};
	int rc;

	if (flags & IOMMU_IOAS_MAP_FIXED_IOVA)
		cmd.dst_iova = *dst_iova;
	rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_IOAS_COPY, &cmd);
	if (!rc)
		*dst_iova = cmd.dst_iova;
	return rc;
}

API int iommufdx_ioas_ranges(struct iommufdx *iommu, uint32_t ioas,
			     struct iommu_iova_range *ranges, uint32_t *num,
			     uint64_t *alignment)
{
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.num_iovas = *num,
		.allowed_iovas = (uintptr_t)ranges,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_IOAS_IOVA_RANGES, &cmd);

	if (!rc || rc == -EMSGSIZE) {
		*num = cmd.num_iovas;
		if (alignment)
			*alignment = cmd.out_iova_alignment;
	}
	return rc;
}

API int iommufdx_ioas_allow(struct iommufdx *iommu, uint32_t ioas,
			    const struct iommu_iova_range *ranges, uint32_t num)
{
	struct iommu_ioas_allow_iovas cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.num_iovas = num,
		.allowed_iovas = (uintptr_t)ranges,
	};

	return fdx_ioctl(iommufdx_fd(iommu), IOMMU_IOAS_ALLOW_IOVAS, &cmd);
}
