// SPDX-License-Identifier: GPL-2.0-only
/* GET_CAPS: what this iommufd and the kernel below it can do. */
#include <uapi/linux/iommufdx.h>
#include "compat.h"
#include "device.h"

static u64 fdx_device_features(const struct iommufdx_master *master)
{
	static const struct {
		u32 cap;
		u64 feature;
	} map[] = {
		{ IOMMUFDX_CAP_DIRTY, IOMMUFDX_DEV_FEATURE_DIRTY },
		{ IOMMUFDX_CAP_PASID, IOMMUFDX_DEV_FEATURE_PASID },
		{ IOMMUFDX_CAP_NEST, IOMMUFDX_DEV_FEATURE_NEST },
		{ IOMMUFDX_CAP_ATS, IOMMUFDX_DEV_FEATURE_ATS },
		{ IOMMUFDX_CAP_PRI, IOMMUFDX_DEV_FEATURE_PRI },
	};
	u64 features = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (master->caps & map[i].cap)
			features |= map[i].feature;
	return features;
}

int fdx_get_caps(struct fdx_ucmd *ucmd)
{
	struct iommufdx_get_caps *cmd = ucmd->cmd;
	struct iommufdx_device *idev;

	if (cmd->flags || cmd->__reserved)
		return -EOPNOTSUPP;

	cmd->out_dev_features = 0;
	if (cmd->dev_id) {
		idev = fdx_get_device(ucmd, cmd->dev_id);
		if (IS_ERR(idev))
			return PTR_ERR(idev);
		cmd->out_dev_features = fdx_device_features(idev->master);
		fdx_put_object(ucmd->ictx, &idev->obj);
	}
	cmd->out_abi_version = IOMMUFDX_ABI_VERSION;
	cmd->out_features = IOMMUFDX_FEATURE_GET_CAPS |
			    IOMMUFDX_FEATURE_HWPT_ALLOC_PAGING |
			    IOMMUFDX_FEATURE_PLAN_DOMAINS |
			    IOMMUFDX_FEATURE_IOAS_UNMAP_DIRTY;
	cmd->out_errata = 0;
	cmd->out_kernel_limits = COMPAT_HAS_MEMFD_PIN ? 0 :
		BIT_ULL(IOMMUFD_CMD_IOAS_MAP_FILE - IOMMUFD_CMD_BASE);
	return fdx_ucmd_respond(ucmd, sizeof(*cmd));
}
