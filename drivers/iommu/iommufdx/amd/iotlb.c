// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of which PASIDs devices may have translations in their own IOTLBs.
 *
 * No command invalidates all PASIDs of a device, so whoever wants an IOMMU to forget
 * everything has to name each. A PASID of a device is noted before it is attached,
 * until the device has acknowledged that it forgot it: when it is detached or, where
 * that failed, when all is forgotten the next time. Requests without a PASID are
 * noted nowhere; each device has those.
 *
 * Nothing is allocated under the lock, because reclaim flushes, and a flush can end
 * here.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include "amd.h"

/**
 * struct amd_iotlb_note - a PASID of a device
 * @node: in amd_iommu.iotlb_notes, by both
 * @devid: device ID
 * @pasid: PASID
 * @attached: it is, or will be in a moment
 */
struct amd_iotlb_note {
	struct hlist_node node;
	u16 devid;
	u32 pasid;
	bool attached;
};

static u32 amd_iotlb_key(u16 devid, u32 pasid)
{
	return pasid ^ (u32)devid << 16;
}

static struct amd_iotlb_note *amd_iotlb_find(struct amd_master *master,
					     u32 pasid)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	u16 devid = master->base->rid;
	struct amd_iotlb_note *note;

	lockdep_assert_held(&iommu->iotlb_lock);

	hash_for_each_possible(iommu->iotlb_notes, note, node,
			       amd_iotlb_key(devid, pasid))
		if (note->devid == devid && note->pasid == pasid)
			return note;
	return NULL;
}

static void amd_iotlb_drop(struct amd_iotlb_note *note)
{
	hash_del(&note->node);
	kfree(note);
}

int amd_iotlb_note(struct amd_master *master, u32 pasid, gfp_t gfp)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	struct amd_iotlb_note *note, *fresh;

	if (!master->ats || pasid == IOMMUFDX_NO_PASID)
		return 0;
	fresh = kzalloc(sizeof(*fresh), gfp);
	if (!fresh)
		return -ENOMEM;
	fresh->devid = master->base->rid;
	fresh->pasid = pasid;

	mutex_lock(&iommu->iotlb_lock);
	note = amd_iotlb_find(master, pasid);
	if (!note) {
		note = fresh;
		fresh = NULL;
		hash_add(iommu->iotlb_notes, &note->node,
			 amd_iotlb_key(note->devid, pasid));
	}
	note->attached = true;
	mutex_unlock(&iommu->iotlb_lock);
	kfree(fresh);
	return 0;
}

void amd_iotlb_left(struct amd_master *master, u32 pasid, bool forgotten)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	struct amd_iotlb_note *note;

	mutex_lock(&iommu->iotlb_lock);
	note = amd_iotlb_find(master, pasid);
	if (note && forgotten)
		amd_iotlb_drop(note);
	else if (note)
		note->attached = false;
	mutex_unlock(&iommu->iotlb_lock);
}

int amd_iotlb_forget_all(struct amd_iommu *iommu)
{
	struct amd_flush flush = { .iommu = iommu };
	struct amd_iotlb_note *note;
	struct hlist_node *next;
	unsigned long rid;
	unsigned int i;
	int rc;

	for (rid = 0; iommufdx_next_ats(iommu->base, &rid); rid++)
		amd_flush_iotlb(&flush, rid, IOMMUFDX_NO_PASID, &amd_all_v2);

	mutex_lock(&iommu->iotlb_lock);
	hash_for_each(iommu->iotlb_notes, i, note, node)
		if (!flush.error)
			amd_flush_iotlb(&flush, note->devid, note->pasid,
					&amd_all_v2);
	rc = amd_flush_end(&flush);
	if (!rc)
		hash_for_each_safe(iommu->iotlb_notes, i, next, note, node)
			if (!note->attached)
				amd_iotlb_drop(note);
	mutex_unlock(&iommu->iotlb_lock);
	return rc;
}

void amd_iotlb_end(struct amd_master *master)
{
	struct amd_iommu *iommu = amd_master_iommu(master);
	struct amd_iotlb_note *note;
	struct hlist_node *next;
	unsigned int i;

	mutex_lock(&iommu->iotlb_lock);
	hash_for_each_safe(iommu->iotlb_notes, i, next, note, node)
		if (note->devid == master->base->rid)
			amd_iotlb_drop(note);
	mutex_unlock(&iommu->iotlb_lock);
}
