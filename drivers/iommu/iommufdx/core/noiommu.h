/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that no IOMMU stands before. See noiommu.c. */
#ifndef __IOMMUFDX_NOIOMMU_H
#define __IOMMUFDX_NOIOMMU_H

#include <linux/iommufdx/driver.h>

struct fdx_ucmd;

extern const struct iommufdx_iommu_ops fdx_noiommu_ops;

int fdx_ioas_noiommu_get_pa(struct fdx_ucmd *ucmd);

#endif /* __IOMMUFDX_NOIOMMU_H */
