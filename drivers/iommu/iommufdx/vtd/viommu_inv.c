// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of a guest's invalidation queue: VT-d specification, section 6.5.2.
 *
 * Each is taken apart by an allow-list. What a guest says of a domain is carried
 * out for the nested domains that it calls so, by their own DIDs; what it says of
 * a device, for the one behind the source-id that the guest has for it. A batch is
 * executed when it is synced: first what concerns the IOTLB, then the device TLBs,
 * which until then may be filled from there.
 *
 * So the order in a batch does not matter, and what another one of the batch
 * covers is dropped: everything, then whole domains, then ranges. Pages that come
 * one after the other, all of one domain and PASID, have a list of their own.
 */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <uapi/linux/iommufdx.h>
#include "../ring/page_list.h"
#include "vtd.h"

static_assert(sizeof(struct iommufdx_viommu_vtd_invalidate) ==
	      VTD_IQ_DESC_256);

#define VTD_INV_DOMAINS		16
#define VTD_INV_RANGES		64
#define VTD_INV_DEVICES		32

/**
 * struct vtd_guest_batch - what a batch covers
 * @all: every domain of the guest
 * @nr_domains: in @domain
 * @nr_ranges: in @range
 * @nr_devices: in @device
 * @pages: pages of a first stage
 * @domain: the guest's DIDs
 * @range: ranges of first stages
 * @device: commands for devices, with their own names
 */
struct vtd_guest_batch {
	bool all;
	unsigned int nr_domains;
	unsigned int nr_ranges;
	unsigned int nr_devices;
	struct page_list pages;
	u16 domain[VTD_INV_DOMAINS];
	struct vtd_range range[VTD_INV_RANGES];
	struct ring_cmd device[VTD_INV_DEVICES];
};

/* -------------------------------------------------------------------- IOTLB */

static bool vtd_batch_has_domain(const struct vtd_guest_batch *batch, u16 did)
{
	unsigned int i;

	for (i = 0; i < batch->nr_domains; i++)
		if (batch->domain[i] == did)
			return true;
	return batch->all;
}

static void vtd_batch_add_all(struct vtd_guest_batch *batch)
{
	batch->all = true;
	batch->nr_domains = 0;
	batch->nr_ranges = 0;
	batch->pages.nr = 0;
}

/* The DID that a PASID-based descriptor names. */
static u16 vtd_desc_did(u64 word0)
{
	return FIELD_GET(VTD_INV_PTLB0_DID, word0);
}

static int vtd_batch_add_domain(struct vtd_guest_batch *batch, u16 did)
{
	unsigned int i, kept = 0;

	if (vtd_batch_has_domain(batch, did))
		return 0;
	if (batch->nr_domains == VTD_INV_DOMAINS)
		return -ENOSPC;
	batch->domain[batch->nr_domains++] = did;
	for (i = 0; i < batch->nr_ranges; i++)
		if (batch->range[i].guest_did != did)
			batch->range[kept++] = batch->range[i];
	batch->nr_ranges = kept;
	if (vtd_desc_did(batch->pages.word0) == did)
		batch->pages.nr = 0;
	return 0;
}

/* log2 of the bytes in word 1 of an IOTLB descriptor; 0: it is not legal. */
static unsigned int vtd_desc_shift(const struct vtd_iommu *iommu, u64 word1)
{
	unsigned int am = FIELD_GET(VTD_INV_TLB1_AM, word1);

	if ((word1 & VTD_INV_TLB1_RSVD) ||
	    am > min_t(unsigned int, FIELD_GET(VTD_CAP_MAMV, iommu->cap),
		       63 - VTD_PAGE_SHIFT))
		return 0;
	return VTD_PAGE_SHIFT + am;
}

static int vtd_guest_iotlb(const struct vtd_iommu *iommu,
			   struct vtd_guest_batch *batch, const u64 *desc)
{
	u16 did = FIELD_GET(VTD_INV_TLB0_DID, desc[0]);

	if ((desc[0] & VTD_INV_TLB0_RSVD) || !vtd_desc_shift(iommu, desc[1]))
		return -EIO;
	switch (FIELD_GET(VTD_INV_TLB0_G, desc[0])) {
	case VTD_TLB_G_GLOBAL:
		vtd_batch_add_all(batch);
		return 0;
	/* Pages are those of a second stage, of which a guest nests none. */
	case VTD_TLB_G_PAGE:
	case VTD_TLB_G_DOMAIN:
		return vtd_batch_add_domain(batch, did);
	}
	return -EIO;
}

static int vtd_guest_pasid_iotlb(const struct vtd_iommu *iommu,
				 struct vtd_guest_batch *batch, const u64 *desc)
{
	unsigned int shift = vtd_desc_shift(iommu, desc[1]);
	struct vtd_range range = {
		.last = U64_MAX,
		.guest_did = vtd_desc_did(desc[0]),
		.pasid = FIELD_GET(VTD_INV_PTLB0_PASID, desc[0]),
	};

	if ((desc[0] & VTD_INV_PTLB0_RSVD) || !shift)
		return -EIO;
	switch (FIELD_GET(VTD_INV_PTLB0_G, desc[0])) {
	case VTD_PTLB_G_PASID:
		break;
	case VTD_PTLB_G_PAGE:
		range.iova = desc[1] & GENMASK_ULL(63, shift);
		range.last = range.iova | (BIT_ULL(shift) - 1);
		range.ih = desc[1] & VTD_INV_TLB1_IH;
		break;
	default:
		return -EIO;
	}
	if (vtd_batch_has_domain(batch, range.guest_did))
		return 0;
	return !page_list_full(&batch->pages) &&
	       vtd_range_add(batch->range, &batch->nr_ranges, VTD_INV_RANGES,
			     range) ? 0 : -ENOSPC;
}

/* The latest range, if it is a page, and the next one in the list; or NULL. */
static struct vtd_range *vtd_batch_page(struct vtd_guest_batch *batch,
					u64 word0, u64 word1)
{
	struct vtd_range *range = batch->range + batch->nr_ranges - 1;
	const u64 kind = FIELD_PREP(VTD_INV0_TYPE_3_0, VTD_INV_PASID_IOTLB) |
			 FIELD_PREP(VTD_INV_PTLB0_G, VTD_PTLB_G_PAGE);

	if (!batch->nr_ranges || range->guest_did != vtd_desc_did(word0) ||
	    range->pasid != FIELD_GET(VTD_INV_PTLB0_PASID, word0) ||
	    (word0 & (VTD_INV0_TYPE_3_0 | VTD_INV_PTLB0_G)) != kind ||
	    (range->iova | range->ih) != word1 ||
	    range->last - range->iova >= BIT_ULL(VTD_PAGE_SHIFT) ||
	    !page_list_goes_on(&batch->pages, word0, word1))
		return NULL;
	return range;
}

/* ------------------------------------------------------------------ devices */

/* The device that a guest calls @vsid, and whether it has a cache; 0 or -ENXIO. */
static int vtd_guest_device(struct vtd_viommu *viommu, u16 vsid, u16 *sid,
			    bool *ats)
{
	struct iommufdx_vdevice *vdev;
	struct vtd_master *master;
	int rc = -ENXIO;

	iommufdx_viommu_lock(&viommu->base);
	vdev = iommufdx_viommu_find_vdev(&viommu->base, vsid);
	if (vdev) {
		master = vdev->master->priv;
		*sid = vdev->master->rid;
		*ats = master->ats;
		rc = 0;
	}
	iommufdx_viommu_unlock(&viommu->base);
	return rc;
}

static int vtd_batch_add_device(struct vtd_guest_batch *batch,
				struct ring_cmd cmd)
{
	unsigned int i;

	for (i = 0; i < batch->nr_devices; i++)
		if (batch->device[i].word[0] == cmd.word[0] &&
		    batch->device[i].word[1] == cmd.word[1])
			return 0;
	if (batch->nr_devices == VTD_INV_DEVICES)
		return -ENOSPC;
	batch->device[batch->nr_devices++] = cmd;
	return 0;
}

static int vtd_guest_dev_tlb(struct vtd_viommu *viommu,
			     struct vtd_guest_batch *batch, const u64 *desc)
{
	struct ring_cmd cmd;
	bool ats;
	u16 sid;
	int rc;

	if ((desc[0] & VTD_INV_DTLB0_RSVD) || (desc[1] & VTD_INV_DTLB1_RSVD))
		return -EIO;
	rc = vtd_guest_device(viommu, FIELD_GET(VTD_INV_DTLB0_SID, desc[0]),
			      &sid, &ats);
	if (rc)
		return rc;
	/* A device without a cache would not answer. */
	if (!ats)
		return 0;
	cmd = vtd_cmd_dev_tlb(sid, IOMMUFDX_NO_PASID, 0, VTD_PAGE_SHIFT);
	cmd.word[1] = desc[1];
	return vtd_batch_add_device(batch, cmd);
}

static int vtd_guest_pasid_dev_tlb(struct vtd_viommu *viommu,
				   struct vtd_guest_batch *batch,
				   const u64 *desc)
{
	struct ring_cmd cmd;
	bool ats;
	u16 sid;
	int rc;

	if (desc[1] & VTD_INV_PDTLB1_RSVD)
		return -EIO;
	rc = vtd_guest_device(viommu, FIELD_GET(VTD_INV_PDTLB0_SID, desc[0]),
			      &sid, &ats);
	if (rc)
		return rc;
	if (!ats)
		return 0;
	cmd = vtd_cmd_dev_tlb_pasids(sid);
	cmd.word[0] |= desc[0] & VTD_INV_PDTLB0_PASID;
	cmd.word[1] = desc[1];
	return vtd_batch_add_device(batch, cmd);
}

/* ------------------------------------------------------------------ batches */

static u64 vtd_guest_inv_device(const void *entry)
{
	const struct iommufdx_viommu_vtd_invalidate *inv = entry;
	u64 desc = le64_to_cpu(inv->desc[0]);

	switch (FIELD_GET(VTD_INV0_TYPE_3_0, desc)) {
	case VTD_INV_DEV_TLB:
		return FIELD_GET(VTD_INV_DTLB0_SID, desc) + 1;
	case VTD_INV_PASID_DEV_TLB:
		return FIELD_GET(VTD_INV_PDTLB0_SID, desc) + 1;
	}
	return 0;
}

static int vtd_guest_inv_queue(void *target, const void *entry, void *data)
{
	const struct iommufdx_viommu_vtd_invalidate *inv = entry;
	struct vtd_viommu *viommu = to_vtd_viommu(target);
	struct vtd_iommu *iommu = to_vtd_iommu(viommu->base.iommu);
	const u64 desc[] = {
		le64_to_cpu(inv->desc[0]), le64_to_cpu(inv->desc[1]),
	};

	if ((desc[0] & VTD_INV0_TYPE_6_4) || inv->desc[2] || inv->desc[3])
		return -EIO;
	switch (FIELD_GET(VTD_INV0_TYPE_3_0, desc[0])) {
	case VTD_INV_IOTLB:
		return vtd_guest_iotlb(iommu, data, desc);
	case VTD_INV_PASID_IOTLB:
		return vtd_guest_pasid_iotlb(iommu, data, desc);
	case VTD_INV_DEV_TLB:
		return vtd_guest_dev_tlb(viommu, data, desc);
	case VTD_INV_PASID_DEV_TLB:
		return vtd_guest_pasid_dev_tlb(viommu, data, desc);
	}
	return -EIO;
}

/* What most guests send: the same descriptor for one page after the other. */
static u32 vtd_guest_inv_queue_like(void *target, const void *entry,
				    const void *more, u32 num, void *data)
{
	const struct iommufdx_viommu_vtd_invalidate *inv = entry;
	u64 word0 = le64_to_cpu(inv->desc[0]), page = le64_to_cpu(inv->desc[1]);
	struct vtd_guest_batch *batch = data;
	struct vtd_range *range = vtd_batch_page(batch, word0, page);
	u32 taken;

	if (!range)
		return 0;
	taken = page_list_add_like(&batch->pages, word0, &page, more, num,
				   ARRAY_SIZE(inv->desc));
	range->iova = page & VTD_INV_TLB1_ADDR;
	range->last = range->iova | ~VTD_INV_TLB1_ADDR;
	return taken;
}

static void vtd_flush_guest_domains(struct vtd_flush *flush,
				    struct vtd_viommu *viommu,
				    const struct vtd_guest_batch *batch)
{
	struct vtd_domain *domain;
	unsigned int i;

	for (i = 0; i < VTD_GUEST_DIDS && batch->all; i++)
		hlist_for_each_entry(domain, &viommu->domains[i], guest_node)
			vtd_domain_drop(flush, domain);
	for (i = 0; i < batch->nr_domains; i++)
		hlist_for_each_entry(domain, vtd_guest_domains(viommu,
							batch->domain[i]),
				     guest_node)
			if (domain->guest_did == batch->domain[i])
				vtd_domain_drop(flush, domain);
}

static void vtd_flush_guest_range(struct vtd_flush *flush,
				  struct vtd_viommu *viommu,
				  const struct vtd_range *range)
{
	struct vtd_domain *domain;

	hlist_for_each_entry(domain,
			     vtd_guest_domains(viommu, range->guest_did),
			     guest_node)
		if (domain->guest_did == range->guest_did)
			vtd_domain_drop_range(flush, domain, range);
}

static void vtd_flush_guest_pages(struct vtd_flush *flush,
				  struct vtd_viommu *viommu,
				  struct vtd_guest_batch *batch)
{
	struct page_list *pages = &batch->pages;
	u16 did = vtd_desc_did(pages->word0);
	const struct vtd_range *range;
	struct vtd_domain *domain;

	if (!pages->nr)
		return;
	/* With the latest one, if that is not part of something larger now. */
	range = batch->range + batch->nr_ranges - 1;
	if (batch->nr_ranges &&
	    vtd_batch_page(batch, pages->word0, range->iova | range->ih)) {
		pages->page[pages->nr++] = range->iova | range->ih;
		batch->nr_ranges--;
	}
	hlist_for_each_entry(domain, vtd_guest_domains(viommu, did), guest_node)
		if (domain->guest_did == did)
			vtd_domain_drop_pages(flush, domain,
					      FIELD_GET(VTD_INV_PTLB0_PASID,
							pages->word0),
					      pages->page, pages->nr);
}

static int vtd_guest_inv_sync(void *target, void *data)
{
	struct vtd_viommu *viommu = to_vtd_viommu(target);
	struct vtd_domain *parent = to_vtd_domain(viommu->base.parent);
	struct vtd_flush flush = {
		.iommu = to_vtd_iommu(viommu->base.iommu),
	};
	struct vtd_guest_batch *batch = data;
	unsigned int i;
	int rc;

	down_read(&parent->lock);
	vtd_flush_guest_domains(&flush, viommu, batch);
	vtd_flush_guest_pages(&flush, viommu, batch);
	for (i = 0; i < batch->nr_ranges; i++)
		vtd_flush_guest_range(&flush, viommu, &batch->range[i]);
	for (i = 0; i < batch->nr_devices; i++)
		vtd_flush_add(&flush, batch->device[i]);
	rc = vtd_flush_end(&flush);
	up_read(&parent->lock);
	return rc;
}

const struct iommufdx_inv_ops vtd_viommu_inv = {
	.type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD,
	.entry_size = sizeof(struct iommufdx_viommu_vtd_invalidate),
	.min_entry_size = VTD_IQ_DESC_128,
	.batch_size = sizeof(struct vtd_guest_batch),
	.batch_head = offsetof(struct vtd_guest_batch, pages.page),
	.device = vtd_guest_inv_device,
	.queue = vtd_guest_inv_queue,
	.queue_like = vtd_guest_inv_queue_like,
	.sync = vtd_guest_inv_sync,
};
