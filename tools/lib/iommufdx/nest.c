// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Nesting: tables of a guest's, and a guest's share of an IOMMU.
 */
#include "iommufdx.h"
#include "internal.h"

API int iommufdx_hwpt_nest(struct iommufdx *iommu, uint32_t dev_id, uint32_t on,
			   uint32_t flags, uint32_t type, const void *data,
			   uint32_t data_len, uint32_t *hwpt)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = dev_id,
		.pt_id = on,
		.data_type = type,
		.data_len = data_len,
		.data_uptr = (uintptr_t)data,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_HWPT_ALLOC, &cmd);

	if (!rc)
		*hwpt = cmd.out_hwpt_id;
	return rc;
}

API int iommufdx_viommu_alloc(struct iommufdx *iommu, uint32_t dev_id,
			      uint32_t parent, uint32_t type, uint32_t *viommu)
{
	struct iommu_viommu_alloc cmd = {
		.size = sizeof(cmd),
		.type = type,
		.dev_id = dev_id,
		.hwpt_id = parent,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_VIOMMU_ALLOC, &cmd);

	if (!rc)
		*viommu = cmd.out_viommu_id;
	return rc;
}

API int iommufdx_vdevice_alloc(struct iommufdx *iommu, uint32_t viommu,
			       uint32_t dev_id, uint64_t virt_id,
			       uint32_t *vdevice)
{
	struct iommu_vdevice_alloc cmd = {
		.size = sizeof(cmd),
		.viommu_id = viommu,
		.dev_id = dev_id,
		.virt_id = virt_id,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_VDEVICE_ALLOC, &cmd);

	if (!rc)
		*vdevice = cmd.out_vdevice_id;
	return rc;
}

API int iommufdx_veventq_alloc(struct iommufdx *iommu, uint32_t viommu,
			       uint32_t type, uint32_t depth, uint32_t *veventq,
			       int *fd)
{
	struct iommu_veventq_alloc cmd = {
		.size = sizeof(cmd),
		.viommu_id = viommu,
		.type = type,
		.veventq_depth = depth,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_VEVENTQ_ALLOC, &cmd);

	if (rc)
		return rc;
	*veventq = cmd.out_veventq_id;
	*fd = cmd.out_veventq_fd;
	return 0;
}
