// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested domains: what a guest writes into its device table, on the host table
 * that is the guest's memory.
 *
 * Of a guest's DTE, the host's gets all that is of guest translation, and the
 * permissions. The GCR3 table's address is one of the guest, as everything that
 * hardware finds from there (GCR3TRPMode).
 *
 * Domain IDs are translated: hardware tags what it caches with them and PASIDs,
 * and a guest relies on it that devices to which it gives one ID share what is
 * cached, and that devices of two IDs do not. So each vIOMMU maps each ID of its
 * guest that is in use to one of hardware. What is cached under it is the guest's
 * affair, but for the host table: a flush of the nesting parent reaches every ID
 * of every vIOMMU on it. With the last master that has an ID all that is cached
 * under it goes; where hardware did not do that, the ID is never given out again.
 *
 * Devices' IOTLBs stay switched off: no command tells one to forget what went
 * through a page of the host table.
 */
#include <linux/bitfield.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include <uapi/linux/iommufdx.h>
#include "nested.h"

#define AMD_GUEST_WORD0 \
	(AMD_DTE0_GV | AMD_DTE0_GIOV | AMD_DTE0_GLX | AMD_DTE0_GCR3_14_12)
#define AMD_GUEST_WORD1	(AMD_DTE1_GCR3_30_15 | AMD_DTE1_GCR3_51_31)

bool amd_can_nest(struct amd_iommu *iommu)
{
	return amd_has_v2(iommu) && (iommu->efr2 & AMD_EFR2_GCR3_TRP_MODE);
}

/* --------------------------------------------------------------- what it says */

static int amd_guest_check(struct amd_iommu *iommu, const struct amd_dte *dte)
{
	u64 levels = FIELD_GET(AMD_DTE2_GPM, dte->word[2]) + 4;

	if (dte->word[0] & (AMD_DTE0_MODE | AMD_DTE0_HPT_ROOT))
		return -EINVAL;
	if (FIELD_GET(AMD_DTE0_GLX, dte->word[0]) > AMD_GLX_MAX ||
	    levels > AMD_GPT_LEVELS_MAX)
		return -EINVAL;
	if ((dte->word[0] & AMD_DTE0_V) && (dte->word[0] & AMD_DTE0_GV) &&
	    !(dte->word[0] & AMD_DTE0_GCR3_14_12) &&
	    !(dte->word[1] & AMD_GUEST_WORD1))
		return -EINVAL;
	if (levels > amd_max_pt_levels(iommu) ||
	    FIELD_GET(AMD_DTE0_GLX, dte->word[0]) + 1 >
	    amd_max_gcr3_levels(iommu))
		return -EOPNOTSUPP;
	return 0;
}

void amd_nested_dte(const struct amd_nested *nested, struct amd_dte *dte)
{
	const struct amd_dte *guest = &nested->dte;

	dte->word[1] &= ~AMD_DTE1_DOMID;
	dte->word[1] |= FIELD_PREP(AMD_DTE1_DOMID, nested->id->id);
	/* Not valid: in the guest, all passes. */
	if (!(guest->word[0] & AMD_DTE0_V))
		return;
	if (!(guest->word[0] & AMD_DTE0_TV)) {
		*dte = amd_dte_blocked();
		return;
	}
	dte->word[0] &= ~(AMD_DTE0_IR | AMD_DTE0_IW);
	dte->word[0] |= guest->word[0] & (AMD_DTE0_IR | AMD_DTE0_IW);
	if (!(guest->word[0] & AMD_DTE0_GV))
		return;
	dte->word[0] |= guest->word[0] & AMD_GUEST_WORD0;
	dte->word[1] |= guest->word[1] & AMD_GUEST_WORD1;
	dte->word[2] |= guest->word[2] & AMD_DTE2_GPM;
}

bool amd_nested_fits(struct amd_master *master, struct amd_nested *nested)
{
	return master->base->iommu == nested->viommu->base.iommu;
}

/* ----------------------------------------------------------------- domain IDs */

static struct amd_guest_id *amd_guest_id_make(u16 guest)
{
	struct amd_guest_id *id;
	int rc;

	id = kzalloc(sizeof(*id), GFP_KERNEL_ACCOUNT);
	if (!id)
		return ERR_PTR(-ENOMEM);
	rc = amd_domid_alloc(GFP_KERNEL);
	if (rc < 0) {
		kfree(id);
		return ERR_PTR(rc);
	}
	id->guest = guest;
	id->id = rc;
	return id;
}

static void amd_guest_id_free(struct amd_guest_id *id)
{
	if (!id->tainted)
		amd_domid_free(id->id);
	kfree(id);
}

struct amd_guest_id *amd_guest_id_find(struct amd_viommu *viommu, u16 guest)
{
	struct amd_guest_id *id;

	lockdep_assert_held(&viommu->parent->lock);

	list_for_each_entry(id, &viommu->ids, node)
		if (id->guest == guest)
			return id;
	return NULL;
}

/* The one there is for @guest, else @fresh, which may be NULL; with a user. */
static struct amd_guest_id *amd_guest_id_use(struct amd_viommu *viommu,
					     u16 guest,
					     struct amd_guest_id *fresh)
{
	struct amd_guest_id *id;

	down_write(&viommu->parent->lock);
	id = amd_guest_id_find(viommu, guest);
	if (!id && fresh) {
		id = fresh;
		list_add(&id->node, &viommu->ids);
	}
	if (id)
		id->users++;
	up_write(&viommu->parent->lock);
	return id;
}

static struct amd_guest_id *amd_guest_id_get(struct amd_viommu *viommu,
					     u16 guest)
{
	struct amd_guest_id *id, *fresh;

	id = amd_guest_id_use(viommu, guest, NULL);
	if (id)
		return id;
	fresh = amd_guest_id_make(guest);
	if (IS_ERR(fresh))
		return fresh;
	id = amd_guest_id_use(viommu, guest, fresh);
	if (id != fresh)
		amd_guest_id_free(fresh);
	return id;
}

static void amd_guest_id_put(struct amd_viommu *viommu, struct amd_guest_id *id)
{
	bool last;

	down_write(&viommu->parent->lock);
	last = !--id->users;
	if (last)
		list_del(&id->node);
	up_write(&viommu->parent->lock);
	if (last)
		amd_guest_id_free(id);
}

/* -------------------------------------------------------------------- domains */

static void amd_nested_free(struct iommufdx_domain *base)
{
	struct amd_nested *nested = to_amd_nested(base);

	amd_guest_id_put(nested->viommu, nested->id);
	kfree(nested);
}

const struct iommufdx_domain_ops amd_nested_ops = {
	.free = amd_nested_free,
};

static struct iommufdx_domain *
amd_nested_alloc(struct iommufdx_viommu *base, u32 flags,
		 const struct iommufdx_user_data *data)
{
	struct amd_viommu *viommu = to_amd_viommu(base);
	struct iommu_hwpt_amd_guest guest;
	struct amd_nested *nested;
	int rc;

	/*
	 * A guest's PASIDs are in its GCR3 table. What devices would ask for pages
	 * with is switched off, see amd_dte_features().
	 */
	if (flags || data->type != IOMMU_HWPT_DATA_AMD_GUEST)
		return ERR_PTR(-EOPNOTSUPP);
	rc = iommufdx_copy_user_data(&guest, sizeof(guest),
				     offsetofend(struct iommu_hwpt_amd_guest,
						 dte),
				     data, IOMMU_HWPT_DATA_AMD_GUEST);
	if (rc)
		return ERR_PTR(rc);

	nested = kzalloc(sizeof(*nested), GFP_KERNEL_ACCOUNT);
	if (!nested)
		return ERR_PTR(-ENOMEM);
	BUILD_BUG_ON(sizeof(guest.dte) != sizeof(nested->dte.word));
	memcpy(nested->dte.word, guest.dte, sizeof(guest.dte));
	rc = amd_guest_check(to_amd_iommu(base->iommu), &nested->dte);
	if (rc)
		goto err_free;
	nested->viommu = viommu;
	nested->id = amd_guest_id_get(viommu, FIELD_GET(AMD_DTE1_DOMID,
							nested->dte.word[1]));
	if (IS_ERR(nested->id)) {
		rc = PTR_ERR(nested->id);
		goto err_free;
	}
	nested->base.ops = &amd_nested_ops;
	nested->base.iommu = base->iommu;
	nested->base.flags = IOMMUFDX_DOMAIN_NO_PASID;
	return &nested->base;

err_free:
	kfree(nested);
	return ERR_PTR(rc);
}

/* -------------------------------------------------------------------- vIOMMUs */

static void amd_viommu_free(struct iommufdx_viommu *base)
{
	struct amd_viommu *viommu = to_amd_viommu(base);

	WARN_ON(!list_empty(&viommu->ids));
	down_write(&viommu->parent->lock);
	list_del(&viommu->node);
	up_write(&viommu->parent->lock);
	kfree(viommu);
}

/* In commands and events a name has the 16 bits of a device ID. */
static int amd_vdevice_init(struct iommufdx_vdevice *vdev)
{
	return vdev->virt_id < AMD_DEVIDS ? 0 : -EINVAL;
}

static const struct iommufdx_viommu_ops amd_viommu_ops = {
	.free = amd_viommu_free,
	.alloc_nested = amd_nested_alloc,
	.vdevice_init = amd_vdevice_init,
	.inv = &amd_viommu_inv,
	.guest_queue = &amd_guest_queue_ops,
};

struct iommufdx_viommu *
amd_viommu_alloc(struct iommufdx_master *master, struct iommufdx_domain *parent,
		 void *core, const struct iommufdx_user_data *data)
{
	struct amd_viommu *viommu;

	if (data->type != IOMMUFDX_VIOMMU_TYPE_AMD ||
	    !amd_can_nest(to_amd_iommu(master->iommu)))
		return ERR_PTR(-EOPNOTSUPP);
	if (data->len || parent->ops != &amd_v1_domain_ops)
		return ERR_PTR(-EINVAL);

	viommu = kzalloc(sizeof(*viommu), GFP_KERNEL_ACCOUNT);
	if (!viommu)
		return ERR_PTR(-ENOMEM);
	viommu->parent = to_amd_domain(parent);
	INIT_LIST_HEAD(&viommu->ids);
	iommufdx_viommu_init(&viommu->base, core, &amd_viommu_ops,
			     master->iommu, parent, IOMMUFDX_VIOMMU_TYPE_AMD);
	down_write(&viommu->parent->lock);
	list_add(&viommu->node, &viommu->parent->viommus);
	up_write(&viommu->parent->lock);
	return &viommu->base;
}
