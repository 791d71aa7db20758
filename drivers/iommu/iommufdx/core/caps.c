// SPDX-License-Identifier: GPL-2.0-only
/* GET_CAPS: what this iommufd and the kernel below it can do. */
#include <linux/uaccess.h>
#include <uapi/linux/iommufdx.h>
#include "compat.h"
#include "device.h"
#include "hwpt.h"
#include "core/sva/sva.h"

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
		{ IOMMUFDX_CAP_PAGE_SIZE_LIVE,
		  IOMMUFDX_DEV_FEATURE_PAGE_SIZE_LIVE },
	};
	u64 features = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (master->caps & map[i].cap)
			features |= map[i].feature;
	if (fdx_sva_possible(master))
		features |= IOMMUFDX_DEV_FEATURE_SVA;
	return features;
}

/* An IOAS fills no table whose leaves are all larger than a page of the CPU's. */
static unsigned int fdx_usable_offers(struct iommufdx_master *master,
				      struct iommufdx_domain_offer *offers)
{
	unsigned int i, nr = 0, all = fdx_domain_offers(master, offers);

	for (i = 0; i < all; i++)
		if (offers[i].granule_shift <= PAGE_SHIFT)
			offers[nr++] = offers[i];
	return nr;
}

/* What HWPTs can be made for the device, as far as there is room. */
static int fdx_tables_answer(struct iommufdx_get_caps *cmd,
			     const struct iommufdx_domain_offer *offers,
			     unsigned int num)
{
	void __user *to = u64_to_user_ptr(cmd->tables_uptr);
	const u32 room = cmd->table_num;
	struct iommufdx_table_caps entry;
	u32 i;

	cmd->table_num = num;
	for (i = 0; i < min(room, num); i++, to += cmd->table_len) {
		entry = (struct iommufdx_table_caps){
			.format = fdx_format_to_user(offers[i].format),
			.flags = offers[i].flags,
			.quirks = fdx_quirks_to_user(offers[i].quirks),
			.va_bits = offers[i].va_bits,
			.usual_va_bits = offers[i].usual_bits,
			.pa_bits = offers[i].oa_bits,
			.page_sizes = offers[i].page_sizes,
		};
		if (fdx_entry_to_user(to, cmd->table_len, &entry,
				      sizeof(entry)))
			return -EFAULT;
	}
	return 0;
}

static int fdx_device_caps(struct fdx_ucmd *ucmd)
{
	struct iommufdx_domain_offer offers[IOMMUFDX_MAX_OFFERS];
	struct iommufdx_get_caps *cmd = ucmd->cmd;
	struct iommufdx_device *idev;
	unsigned int num;

	cmd->out_dev_features = 0;
	cmd->out_pasid_bits = 0;
	if (!cmd->dev_id) {
		cmd->table_num = 0;
		return 0;
	}
	idev = fdx_get_device(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	cmd->out_dev_features = fdx_device_features(idev->master);
	cmd->out_pasid_bits = idev->master->pasid_bits;
	num = fdx_usable_offers(idev->master, offers);
	/* Let go first: its unbinding does not wait for the user's memory. */
	fdx_put_object(ucmd->ictx, &idev->obj);
	return fdx_tables_answer(cmd, offers, num);
}

int fdx_get_caps(struct fdx_ucmd *ucmd)
{
	struct iommufdx_get_caps *cmd = ucmd->cmd;
	int rc;

	if (cmd->flags || cmd->__reserved || cmd->__reserved2)
		return -EOPNOTSUPP;
	if (cmd->table_num &&
	    (cmd->table_len < sizeof(struct iommufdx_table_caps) ||
	     cmd->table_len > PAGE_SIZE))
		return -EINVAL;

	rc = fdx_device_caps(ucmd);
	if (rc)
		return rc;
	cmd->out_abi_version = IOMMUFDX_ABI_VERSION;
	cmd->out_features = IOMMUFDX_FEATURE_GET_CAPS |
			    IOMMUFDX_FEATURE_HWPT_ALLOC_PAGING |
			    IOMMUFDX_FEATURE_PLAN_DOMAINS |
			    IOMMUFDX_FEATURE_IOAS_UNMAP_DIRTY |
			    IOMMUFDX_FEATURE_HWPT_SET_PAGE_SIZE |
			    IOMMUFDX_FEATURE_INV_RING |
			    IOMMUFDX_FEATURE_GUEST_QUEUE |
			    IOMMUFDX_FEATURE_SHADOW |
			    IOMMUFDX_FEATURE_AMD_GUEST |
			    IOMMUFDX_FEATURE_VTD_VIOMMU;
	if (IS_ENABLED(CONFIG_MMU_NOTIFIER))
		cmd->out_features |= IOMMUFDX_FEATURE_SVA;
	cmd->out_errata = 0;
	cmd->out_kernel_limits = COMPAT_HAS_MEMFD_PIN ? 0 :
		BIT_ULL(IOMMUFD_CMD_IOAS_MAP_FILE - IOMMUFD_CMD_BASE);
	return fdx_ucmd_respond(ucmd, sizeof(*cmd));
}
