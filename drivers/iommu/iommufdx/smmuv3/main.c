// SPDX-License-Identifier: GPL-2.0-only
/* The module. */
#include <linux/build_bug.h>
#include <linux/module.h>
#include "smmuv3.h"

static const struct iommufdx_iommu_ops smmu_iommu_ops = {
	.owner = THIS_MODULE,
	.name = "smmuv3",
	.kind = IOMMUFDX_HW_SMMUV3,
	.probe = smmu_probe,
	.remove = smmu_remove,
	.master_add = smmu_master_add,
	.master_remove = smmu_master_remove,
	.domain_alloc_paging = smmu_domain_alloc_paging,
	.set_domain = smmu_set_domain,
	.hw_info = smmu_hw_info,
	.page_response = smmu_page_response,
};

static int __init smmu_init(void)
{
	return iommufdx_driver_register(&smmu_iommu_ops);
}
module_init(smmu_init);

static void __exit smmu_exit(void)
{
	iommufdx_driver_unregister(&smmu_iommu_ops);
}
module_exit(smmu_exit);

/* Core asks for the backend of enum iommufdx_hw_kind by this name. */
static_assert(IOMMUFDX_HW_SMMUV3 == 3);
MODULE_ALIAS("iommufdx-hw-3");
MODULE_DESCRIPTION("Arm SMMUv3 backend of iommufdx");
MODULE_LICENSE("GPL");
