// SPDX-License-Identifier: GPL-2.0-only
/* The module. */
#include <linux/build_bug.h>
#include <linux/module.h>
#include "vtd.h"

static const struct iommufdx_iommu_ops vtd_iommu_ops = {
	.owner = THIS_MODULE,
	.name = "vtd",
	.kind = IOMMUFDX_HW_VTD,
	.probe = vtd_probe,
	.remove = vtd_remove,
	.master_add = vtd_master_add,
	.master_remove = vtd_master_remove,
	.domain_alloc_paging = vtd_domain_alloc_paging,
	.set_domain = vtd_set_domain,
	.hw_info = vtd_hw_info,
	.page_response = vtd_page_response,
};

static int __init vtd_init(void)
{
	return iommufdx_driver_register(&vtd_iommu_ops);
}
module_init(vtd_init);

static void __exit vtd_exit(void)
{
	iommufdx_driver_unregister(&vtd_iommu_ops);
}
module_exit(vtd_exit);

/* Core asks for the backend of enum iommufdx_hw_kind by this name. */
static_assert(IOMMUFDX_HW_VTD == 2);
MODULE_ALIAS("iommufdx-hw-2");
MODULE_DESCRIPTION("Intel VT-d backend of iommufdx");
MODULE_LICENSE("GPL");
