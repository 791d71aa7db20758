// SPDX-License-Identifier: GPL-2.0-only
/* The module. */
#include <linux/build_bug.h>
#include <linux/module.h>
#include "smmuv3.h"

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
