// SPDX-License-Identifier: GPL-2.0-only
/* The module. */
#include <linux/build_bug.h>
#include <linux/module.h>
#include "amd.h"

static int __init amd_init(void)
{
	return iommufdx_driver_register(&amd_iommu_ops);
}
module_init(amd_init);

static void __exit amd_exit(void)
{
	iommufdx_driver_unregister(&amd_iommu_ops);
}
module_exit(amd_exit);

/* Core asks for the backend of enum iommufdx_hw_kind by this name. */
static_assert(IOMMUFDX_HW_AMD == 1);
MODULE_ALIAS("iommufdx-hw-1");
MODULE_DESCRIPTION("AMD IOMMU backend of iommufdx");
MODULE_LICENSE("GPL");
