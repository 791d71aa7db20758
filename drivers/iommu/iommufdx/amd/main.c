// SPDX-License-Identifier: GPL-2.0-only
/* The module. */
#include <linux/build_bug.h>
#include <linux/module.h>
#include "amd.h"

static const struct iommufdx_iommu_ops amd_iommu_ops = {
	.owner = THIS_MODULE,
	.name = "amd",
	.kind = IOMMUFDX_HW_AMD,
	.probe = amd_probe,
	.remove = amd_remove,
	.master_add = amd_master_add,
	.master_remove = amd_master_remove,
	.domain_alloc_paging = amd_domain_alloc_paging,
	.set_domain = amd_set_domain,
	.hw_info = amd_hw_info,
};

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
