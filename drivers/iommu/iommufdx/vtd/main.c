// SPDX-License-Identifier: GPL-2.0-only
/* The module. */
#include <linux/build_bug.h>
#include <linux/module.h>
#include "vtd.h"

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
