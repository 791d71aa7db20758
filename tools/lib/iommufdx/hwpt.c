// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Page tables: making them, and what their hardware can do.
 */
#include "iommufdx.h"
#include "internal.h"

API int iommufdx_hwpt_alloc(struct iommufdx *iommu, uint32_t dev_id,
			    uint32_t pt_id, uint32_t flags, uint32_t *hwpt)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = dev_id,
		.pt_id = pt_id,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_HWPT_ALLOC, &cmd);

	if (!rc)
		*hwpt = cmd.out_hwpt_id;
	return rc;
}

API int iommufdx_hwpt_sva(struct iommufdx *iommu, uint32_t dev_id,
			  uint32_t *hwpt, uint32_t *va_bits)
{
	struct iommufdx_hwpt_alloc_sva cmd = {
		.size = sizeof(cmd),
		.dev_id = dev_id,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMUFDX_HWPT_ALLOC_SVA, &cmd);

	if (rc)
		return rc;
	*hwpt = cmd.out_hwpt_id;
	if (va_bits)
		*va_bits = cmd.out_va_bits;
	return 0;
}

API int iommufdx_hwpt_request(struct iommufdx *iommu, uint32_t dev_id,
			      uint32_t ioas,
			      const struct iommufdx_hwpt_request *want,
			      struct iommufdx_hwpt_choice *got)
{
	struct iommufdx_hwpt_alloc_paging cmd = {
		.size = sizeof(cmd),
		.flags = want->flags,
		.dev_id = dev_id,
		.ioas_id = ioas,
		.format = want->format,
		.va_bits = want->va_bits,
		.page_sizes = want->page_sizes,
		.quirks = want->quirks,
		.fault_id = want->fault_id,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMUFDX_HWPT_ALLOC_PAGING,
			   &cmd);

	if (rc)
		return rc;
	got->hwpt = cmd.out_hwpt_id;
	got->format = cmd.out_format;
	got->va_bits = cmd.out_va_bits;
	got->flags = cmd.out_flags;
	got->page_sizes = cmd.out_page_sizes;
	return 0;
}

API int iommufdx_plan_domains(struct iommufdx *iommu,
			      struct iommufdx_plan_device *devices,
			      uint32_t num, struct iommufdx_plan_group *groups,
			      uint32_t *num_groups, uint32_t *flags)
{
	return iommufdx_plan_separations(iommu, devices, num, groups,
					 num_groups, flags, NULL);
}

API int iommufdx_plan_separations(struct iommufdx *iommu,
				  struct iommufdx_plan_device *devices,
				  uint32_t num,
				  struct iommufdx_plan_group *groups,
				  uint32_t *num_groups, uint32_t *flags,
				  uint8_t *separations)
{
	struct iommufdx_plan_domains cmd = {
		.size = sizeof(cmd),
		.devices_uptr = (uintptr_t)devices,
		.device_len = sizeof(*devices),
		.device_num = num,
		.groups_uptr = (uintptr_t)groups,
		.group_len = sizeof(*groups),
		.group_num = *num_groups,
		.separations_uptr = (uintptr_t)separations,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMUFDX_PLAN_DOMAINS, &cmd);

	if (!rc || rc == -EMSGSIZE)
		*num_groups = cmd.group_num;
	if (!rc && flags)
		*flags = cmd.out_flags;
	return rc;
}

API int iommufdx_hw_info(struct iommufdx *iommu, uint32_t dev_id,
			 struct iommufdx_hw_info *info, void *data,
			 uint32_t data_len)
{
	struct iommu_hw_info cmd = {
		.size = sizeof(cmd),
		.dev_id = dev_id,
		.data_len = data ? data_len : 0,
		.data_uptr = (uintptr_t)data,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_GET_HW_INFO, &cmd);

	if (rc)
		return rc;
	info->type = cmd.out_data_type;
	info->data_len = cmd.data_len;
	info->max_pasid_log2 = cmd.out_max_pasid_log2;
	info->capabilities = cmd.out_capabilities;
	return 0;
}
