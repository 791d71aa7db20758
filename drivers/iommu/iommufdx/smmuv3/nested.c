// SPDX-License-Identifier: GPL-2.0-only
/* Nested domains: a guest's STEs, and which of their fields a guest may set. */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <uapi/linux/iommufd.h>
#include "smmuv3.h"

#define SMMU_STE0_GUEST_S1 \
	(SMMU_STE0_S1FMT | SMMU_STE0_S1CTXPTR | SMMU_STE0_S1CDMAX)
#define SMMU_STE0_GUEST \
	(SMMU_STE0_V | SMMU_STE0_CONFIG | SMMU_STE0_GUEST_S1)
#define SMMU_STE1_GUEST_S1 \
	(SMMU_STE1_S1DSS | SMMU_STE1_S1CIR | SMMU_STE1_S1COR | \
	 SMMU_STE1_S1CSH | SMMU_STE1_S1STALLD)
#define SMMU_STE1_GUEST		(SMMU_STE1_GUEST_S1 | SMMU_STE1_EATS)

/* A table of CDs that hardware could read? */
static bool smmu_guest_cds_legal(const struct smmu *smmu, const u64 *ste)
{
	u64 bits = FIELD_GET(SMMU_STE0_S1CDMAX, ste[0]);

	if (bits > FIELD_GET(SMMU_IDR1_SSIDSIZE, smmu->idr[1]))
		return false;
	/* One CD needs no table, and has no choice. */
	if (!bits)
		return true;
	if (FIELD_GET(SMMU_STE0_S1FMT, ste[0]) > SMMU_S1FMT_64K_L2 ||
	    FIELD_GET(SMMU_STE1_S1DSS, ste[1]) > SMMU_S1DSS_SSID0)
		return false;
	return FIELD_GET(SMMU_STE0_S1FMT, ste[0]) == SMMU_S1FMT_LINEAR ||
	       (smmu->idr[0] & SMMU_IDR0_CD2L);
}

/* What an invalid STE says beside that hardware does not look at. */
static int smmu_nested_decode(const struct smmu *smmu, const u64 *ste,
			      struct smmu_nested *nested)
{
	u64 eats = FIELD_GET(SMMU_STE1_EATS, ste[1]);

	nested->config = SMMU_STE_CFG_ABORT;
	if (!(ste[0] & SMMU_STE0_V))
		return 0;
	if ((ste[0] & ~SMMU_STE0_GUEST) || (ste[1] & ~SMMU_STE1_GUEST) ||
	    (eats != SMMU_EATS_ABORT && eats != SMMU_EATS_FULL))
		return -EIO;
	nested->config = FIELD_GET(SMMU_STE0_CONFIG, ste[0]);
	switch (nested->config) {
	case SMMU_STE_CFG_ABORT:
	case SMMU_STE_CFG_BYPASS:
		return 0;
	case SMMU_STE_CFG_S1:
		break;
	default:
		return -EIO;
	}
	if (!smmu_guest_cds_legal(smmu, ste))
		return -EIO;
	nested->ste[0] = ste[0] & SMMU_STE0_GUEST_S1;
	nested->ste[1] = ste[1] & SMMU_STE1_GUEST_S1;
	nested->ats = eats == SMMU_EATS_FULL;
	return 0;
}

int smmu_nested_fits(const struct smmu_master *master, u32 ssid,
		     const struct smmu_nested *nested)
{
	struct smmu_viommu *viommu = nested->viommu;
	u64 vsid;

	if (viommu->base.iommu != master->base->iommu ||
	    ssid != IOMMUFDX_NO_PASID)
		return -EINVAL;
	if (nested->config != SMMU_STE_CFG_S1)
		return 0;
	/* Without a name, a guest could not invalidate its CDs. */
	return iommufdx_viommu_virt_id(&viommu->base, master->base, &vsid);
}

static void smmu_nested_free(struct iommufdx_domain *base)
{
	kfree(to_smmu_nested(base));
}

const struct iommufdx_domain_ops smmu_nested_ops = {
	.free = smmu_nested_free,
};

struct iommufdx_domain *
smmu_nested_alloc(struct iommufdx_viommu *viommu, u32 flags,
		  const struct iommufdx_user_data *data)
{
	struct iommu_hwpt_arm_smmuv3 arg;
	struct smmu_nested *nested;
	u64 ste[2];
	int rc;

	/* PASIDs are in the guest's CDs. */
	if (flags & ~IOMMU_HWPT_FAULT_ID_VALID)
		return ERR_PTR(-EOPNOTSUPP);
	rc = iommufdx_copy_user_data(&arg, sizeof(arg),
				     offsetofend(struct iommu_hwpt_arm_smmuv3,
						 ste),
				     data, IOMMU_HWPT_DATA_ARM_SMMUV3);
	if (rc)
		return ERR_PTR(rc);

	nested = kzalloc(sizeof(*nested), GFP_KERNEL_ACCOUNT);
	if (!nested)
		return ERR_PTR(-ENOMEM);
	ste[0] = le64_to_cpu(arg.ste[0]);
	ste[1] = le64_to_cpu(arg.ste[1]);
	rc = smmu_nested_decode(to_smmu(viommu->iommu), ste, nested);
	if (rc) {
		kfree(nested);
		return ERR_PTR(rc);
	}
	nested->viommu = to_smmu_viommu(viommu);
	nested->base.ops = &smmu_nested_ops;
	nested->base.iommu = viommu->iommu;
	nested->base.flags = IOMMUFDX_DOMAIN_NO_PASID;
	return &nested->base;
}
