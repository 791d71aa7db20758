// SPDX-License-Identifier: GPL-2.0-only
/* Shadow HWPTs: see guest_shadow.h. */
#include "guest_shadow.h"

#include <errno.h>
#include <sys/ioctl.h>

struct iommufdx_hwpt_shadow describe(const struct guest *g)
{
	struct iommufdx_hwpt_shadow arg = {
		.format = g->format,
		.root = g->root,
		.levels = GUEST_LEVELS,
	};

	if (g->format == IOMMUFDX_FORMAT_ARMV8_S1) {
		arg.levels = 0;
		arg.va_bits = 48;
		arg.granule_shift = 12;
	}
	return arg;
}

int shadow_alloc_len(struct rig *r, uint32_t pt, uint32_t flags,
		     struct iommufdx_hwpt_shadow *arg, uint32_t len,
		     uint32_t *hwpt)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = r->dev_id,
		.pt_id = pt,
		.data_type = IOMMUFDX_HWPT_DATA_SHADOW,
		.data_len = len,
		.data_uptr = (uintptr_t)arg,
	};

	if (ioctl(iommufdx_fd(r->iommu), IOMMU_HWPT_ALLOC, &cmd))
		return -errno;
	*hwpt = cmd.out_hwpt_id;
	return 0;
}

int shadow_alloc(struct rig *r, uint32_t pt, uint32_t flags,
		 struct iommufdx_hwpt_shadow *arg, uint32_t *hwpt)
{
	return shadow_alloc_len(r, pt, flags, arg, sizeof(*arg), hwpt);
}

int invalidate(struct rig *r, uint32_t hwpt,
	       const struct iommufdx_hwpt_shadow_invalidate *inv, uint32_t *num)
{
	struct iommu_hwpt_invalidate cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt,
		.data_uptr = (uintptr_t)inv,
		.data_type = IOMMUFDX_HWPT_INVALIDATE_DATA_SHADOW,
		.entry_len = sizeof(*inv),
		.entry_num = *num,
	};
	int rc = ioctl(iommufdx_fd(r->iommu), IOMMU_HWPT_INVALIDATE, &cmd);

	*num = cmd.entry_num;
	return rc ? -errno : 0;
}

int inv_range(struct rig *r, uint32_t hwpt, uint64_t iova, uint64_t len)
{
	const struct iommufdx_hwpt_shadow_invalidate inv = {
		.granularity = IOMMUFDX_SHADOW_INV_RANGE,
		.iova = iova,
		.length = len,
	};
	uint32_t num = 1;

	return invalidate(r, hwpt, &inv, &num);
}

int inv_all(struct rig *r, uint32_t hwpt)
{
	const struct iommufdx_hwpt_shadow_invalidate inv = {
		.granularity = IOMMUFDX_SHADOW_INV_GLOBAL,
	};
	uint32_t num = 1;

	return invalidate(r, hwpt, &inv, &num);
}

int shadow_make(struct rig *r, const struct guest *g, uint32_t parent,
		uint32_t flags, uint32_t *hwpt)
{
	struct iommufdx_hwpt_shadow arg = describe(g);
	uint32_t pt_id;
	int rc = shadow_alloc(r, parent, flags, &arg, hwpt);

	pt_id = *hwpt;
	return rc ? rc : iommufdx_device_attach(r->dev, &pt_id);
}
