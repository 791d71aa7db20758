// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of guests' devices, for their guests.
 *
 * The event log is read by whoever flushes, with locks held that must not wait
 * for memory. So what may be a guest's is kept aside, and a work looks whose it
 * is. What it finds no guest for is reported as the host's; so is what comes
 * while there is no room, which loses nothing but the guest's view of it.
 */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <uapi/linux/iommufdx.h>
#include "nested.h"

/* May a guest see it? Others have addresses of the host, or are of its tables. */
static bool amd_event_is_guests(u64 word0)
{
	switch (FIELD_GET(AMD_EVT0_CODE, word0)) {
	case AMD_EVT_IO_PAGE_FAULT:
	case AMD_EVT_INVALID_DEVICE_REQUEST:
		return true;
	}
	return false;
}

bool amd_vevent(struct amd_iommu *iommu, u64 word0, u64 word1)
{
	u64 *kept;

	lockdep_assert_held(&iommu->log_lock);

	if (!amd_event_is_guests(word0) || !READ_ONCE(iommu->nr_guests) ||
	    iommu->vevent_tail - iommu->vevent_head == AMD_VEVENTS)
		return false;
	kept = iommu->vevent[iommu->vevent_tail++ % AMD_VEVENTS];
	kept[0] = word0;
	kept[1] = word1;
	queue_work(iommu->vevent_wq, &iommu->vevent_work);
	return true;
}

static struct amd_attachment *amd_guest_of(struct amd_iommu *iommu, u16 devid)
{
	struct amd_attachment *att;

	lockdep_assert_held(&iommu->guests_lock);

	list_for_each_entry(att, &iommu->guests, guest_node)
		if (att->master->base->rid == devid)
			return att;
	return NULL;
}

static bool amd_vevent_to(const struct amd_attachment *att, const u64 *word)
{
	struct iommufdx_viommu *viommu = &att->nested->viommu->base;
	struct iommufdx_vevent_amd vevent = { { word[0], word[1] } };
	u64 name;

	if (iommufdx_viommu_virt_id(viommu, att->master->base, &name))
		return false;
	vevent.event[0] &= ~AMD_EVT0_DEVID;
	vevent.event[0] |= FIELD_PREP(AMD_EVT0_DEVID, name);
	/* With GN it is a part of the PASID. */
	if (!(word[0] & AMD_EVT0_GN)) {
		vevent.event[0] &= ~AMD_EVT0_DOMID;
		vevent.event[0] |= FIELD_PREP(AMD_EVT0_DOMID,
					      att->nested->id->guest);
	}
	return iommufdx_viommu_report_event(viommu, IOMMUFDX_VEVENTQ_TYPE_AMD,
					    &vevent, sizeof(vevent)) !=
	       -EOPNOTSUPP;
}

void amd_vevent_command(struct iommufdx_viommu *viommu, u32 error, u64 addr)
{
	struct iommufdx_vevent_amd vevent = {
		{ FIELD_PREP(AMD_EVT0_CODE, error), addr }
	};

	if (error == AMD_EVT_COMMAND_HW_ERROR)
		vevent.event[0] |= FIELD_PREP(AMD_EVT0_TYPE,
					      AMD_EVT_TYPE_MASTER_ABORT);
	iommufdx_viommu_report_event(viommu, IOMMUFDX_VEVENTQ_TYPE_AMD,
				     &vevent, sizeof(vevent));
}

/* Take the oldest event; false: there is none. */
static bool amd_vevent_take(struct amd_iommu *iommu, u64 *word)
{
	u64 *kept = iommu->vevent[iommu->vevent_head % AMD_VEVENTS];
	bool any;

	mutex_lock(&iommu->log_lock);
	any = iommu->vevent_head != iommu->vevent_tail;
	if (any) {
		word[0] = kept[0];
		word[1] = kept[1];
		iommu->vevent_head++;
	}
	mutex_unlock(&iommu->log_lock);
	return any;
}

static void amd_vevents_run(struct work_struct *work)
{
	struct amd_iommu *iommu = container_of(work, struct amd_iommu,
					       vevent_work);
	struct amd_attachment *att;
	u64 word[2] = {};
	bool told;

	while (amd_vevent_take(iommu, word)) {
		mutex_lock(&iommu->guests_lock);
		att = amd_guest_of(iommu, FIELD_GET(AMD_EVT0_DEVID, word[0]));
		told = att && amd_vevent_to(att, word);
		mutex_unlock(&iommu->guests_lock);
		if (!told)
			amd_report_fault(iommu, word[0], word[1]);
	}
}

void amd_vevents_begin(struct amd_attachment *att)
{
	struct amd_iommu *iommu = amd_master_iommu(att->master);

	mutex_lock(&iommu->guests_lock);
	list_add(&att->guest_node, &iommu->guests);
	WRITE_ONCE(iommu->nr_guests, iommu->nr_guests + 1);
	mutex_unlock(&iommu->guests_lock);
}

void amd_vevents_end(struct amd_attachment *att)
{
	struct amd_iommu *iommu = amd_master_iommu(att->master);

	mutex_lock(&iommu->guests_lock);
	list_del(&att->guest_node);
	WRITE_ONCE(iommu->nr_guests, iommu->nr_guests - 1);
	mutex_unlock(&iommu->guests_lock);
}

int amd_vevents_init(struct amd_iommu *iommu)
{
	mutex_init(&iommu->guests_lock);
	INIT_LIST_HEAD(&iommu->guests);
	INIT_WORK(&iommu->vevent_work, amd_vevents_run);
	iommu->vevent_wq = alloc_workqueue("iommufdx_amd_vevent", WQ_UNBOUND,
					   0);
	return iommu->vevent_wq ? 0 : -ENOMEM;
}

void amd_vevents_destroy(struct amd_iommu *iommu)
{
	if (iommu->vevent_wq)
		destroy_workqueue(iommu->vevent_wq);
}
