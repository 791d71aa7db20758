// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of a guest: which are taken, and what becomes of them. 48882 section
 * 2.4.
 *
 * A batch has ranges of addresses, by the guest's domain IDs; those that touch
 * become one. Pages that come one after the other, all of one ID and PASID, have a
 * list of their own. Which ID of hardware stands for a guest's is looked up when
 * the batch is executed. An ID that no nested domain has is cached nowhere, and
 * needs no command.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <uapi/linux/iommufdx.h>
#include "../ring/block.h"
#include "../ring/page_list.h"
#include "nested.h"

#define AMD_INV_RANGES	32

/**
 * struct amd_inv_range - what one or more commands cover
 * @domain: the guest's domain ID
 * @pasid: with AMD_INV_GUEST, else 0
 * @range: addresses
 */
struct amd_inv_range {
	u16 domain;
	u32 pasid;
	struct amd_range range;
};

/**
 * struct amd_inv_batch - what a batch covers
 * @everything: whatever the guest has cached
 * @nr: how many ranges
 * @pages: pages of a guest's table
 * @range: those of one kind do not touch one another
 */
struct amd_inv_batch {
	bool everything;
	unsigned int nr;
	struct page_list pages;
	struct amd_inv_range range[AMD_INV_RANGES];
};

/* --------------------------------------------------------------------- pages */

/* The addresses that word 1 of a command names. */
static void amd_inv_addresses(u64 word1, struct amd_range *range)
{
	u64 bytes = BIT_ULL(AMD_PAGE_SHIFT);

	if (word1 & AMD_CMD_PG1_S) {
		if (!(~word1 & AMD_CMD_PG1_ADDR_ALL)) {
			*range = (struct amd_range){ .last = U64_MAX };
			return;
		}
		/* The lowest bit that is 0 is the upper half's, in a block. */
		bytes = BIT_ULL(__ffs64(~word1 & AMD_CMD_PG1_ADDR)) * 2;
	}
	range->iova = word1 & AMD_CMD_PG1_ADDR & ~(bytes - 1);
	range->last = range->iova + bytes - 1;
}

/* One that @new can become one with. */
static struct amd_inv_range *amd_inv_find(struct amd_inv_batch *batch,
					  const struct amd_inv_range *new)
{
	struct amd_inv_range *old;

	/* Backwards: what it touches came lately. */
	for (old = batch->range + batch->nr; old-- > batch->range;)
		if (old->domain == new->domain && old->pasid == new->pasid &&
		    old->range.flags == new->range.flags &&
		    block_touch(old->range.iova, old->range.last,
				new->range.iova, new->range.last))
			return old;
	return NULL;
}

static int amd_inv_pages(u64 word0, u64 word1, struct amd_inv_batch *batch)
{
	struct amd_inv_range new = {
		.domain = FIELD_GET(AMD_CMD_PG0_DOMID, word0),
		/* A guest has no host table: all of the ID is meant. */
		.range = amd_all_v1,
	};
	struct amd_inv_range *old;

	if ((word0 & AMD_CMD_PG0_RSVD) || (word1 & AMD_CMD_PG1_RSVD))
		return -EIO;
	if (batch->everything)
		return 0;
	if (word1 & AMD_CMD_PG1_GN) {
		new.pasid = FIELD_GET(AMD_CMD_PG0_PASID, word0);
		amd_inv_addresses(word1, &new.range);
		new.range.flags = AMD_INV_GUEST |
				  (word1 & AMD_CMD_PG1_PDE ? AMD_INV_PDE : 0);
	}
	/* Before a range is taken out that it is to be one with. */
	if (page_list_full(&batch->pages))
		return -ENOSPC;
	/* Grown by one, it may touch another. */
	while ((old = amd_inv_find(batch, &new))) {
		new.range.iova = min(new.range.iova, old->range.iova);
		new.range.last = max(new.range.last, old->range.last);
		*old = batch->range[--batch->nr];
	}
	if (batch->nr == AMD_INV_RANGES)
		return -ENOSPC;
	batch->range[batch->nr++] = new;
	return 0;
}

/* Word 1 of the command for a range that is a page. */
static u64 amd_inv_word1(const struct amd_inv_range *r)
{
	return r->range.iova | AMD_CMD_PG1_GN |
	       (r->range.flags & AMD_INV_PDE ? AMD_CMD_PG1_PDE : 0);
}

/* The latest range, if it is a page, and the next one in the list; or NULL. */
static struct amd_inv_range *amd_inv_page(struct amd_inv_batch *batch,
					  u64 word0, u64 word1)
{
	struct amd_inv_range *r = batch->range + batch->nr - 1;

	if (!batch->nr || batch->everything ||
	    FIELD_GET(AMD_CMD0_OP, word0) != AMD_CMD_INV_IOMMU_PAGES ||
	    r->domain != FIELD_GET(AMD_CMD_PG0_DOMID, word0) ||
	    r->pasid != FIELD_GET(AMD_CMD_PG0_PASID, word0) ||
	    !(r->range.flags & AMD_INV_GUEST) || amd_inv_word1(r) != word1 ||
	    r->range.last - r->range.iova >= BIT_ULL(AMD_PAGE_SHIFT) ||
	    !page_list_goes_on(&batch->pages, word0, word1))
		return NULL;
	return r;
}

/* -------------------------------------------------------------------- others */

/* Its devices have no IOTLB that is switched on. */
static int amd_inv_iotlb(struct amd_viommu *viommu, u64 word0, u64 word1)
{
	u64 reserved = AMD_CMD_TLB1_RSVD;
	struct iommufdx_vdevice *vdev;

	if (!(to_amd_iommu(viommu->base.iommu)->efr & AMD_EFR_INV_IOTLB_TYPE))
		reserved |= AMD_CMD_TLB1_TYPE;
	if (word1 & reserved)
		return -EIO;
	iommufdx_viommu_lock(&viommu->base);
	vdev = iommufdx_viommu_find_vdev(&viommu->base,
					 FIELD_GET(AMD_CMD_TLB0_DEVID, word0));
	iommufdx_viommu_unlock(&viommu->base);
	return vdev ? 0 : -ENXIO;
}

static int amd_inv_all(u64 word0, u64 word1, struct amd_inv_batch *batch)
{
	if ((word0 & AMD_CMD_ALL0_RSVD) || word1)
		return -EIO;
	batch->everything = true;
	return 0;
}

static int amd_inv_queue(void *target, const void *entry, void *data)
{
	const struct iommufdx_viommu_amd_invalidate *inv = entry;
	u64 word0 = inv->cmd[0], word1 = inv->cmd[1];

	switch (FIELD_GET(AMD_CMD0_OP, word0)) {
	case AMD_CMD_INV_IOMMU_PAGES:
		return amd_inv_pages(word0, word1, data);
	case AMD_CMD_INV_IOTLB_PAGES:
		return amd_inv_iotlb(to_amd_viommu(target), word0, word1);
	case AMD_CMD_INV_IOMMU_ALL:
		return amd_inv_all(word0, word1, data);
	}
	return -EIO;
}

/* What most guests send: the same command for one page after the other. */
static u32 amd_inv_queue_like(void *target, const void *entry, const void *more,
			      u32 num, void *data)
{
	const struct iommufdx_viommu_amd_invalidate *inv = entry;
	struct amd_inv_batch *batch = data;
	u64 word0 = inv->cmd[0], page = inv->cmd[1];
	struct amd_inv_range *r = amd_inv_page(batch, word0, page);
	u32 taken;

	if (!r)
		return 0;
	taken = page_list_add_like(&batch->pages, word0, &page, more, num,
				   ARRAY_SIZE(inv->cmd));
	r->range.iova = page & AMD_CMD_PG1_ADDR;
	r->range.last = r->range.iova | ~AMD_CMD_PG1_ADDR;
	return taken;
}

static void amd_flush_guest_pages(struct amd_flush *flush,
				  struct amd_viommu *viommu,
				  struct amd_inv_batch *batch)
{
	const struct amd_inv_range *r = batch->range + batch->nr - 1;
	struct page_list *pages = &batch->pages;
	struct amd_guest_id *id;

	if (!pages->nr)
		return;
	/* With the latest one, if that is not part of something larger now. */
	if (batch->nr && amd_inv_page(batch, pages->word0, amd_inv_word1(r))) {
		pages->page[pages->nr++] = amd_inv_word1(r);
		batch->nr--;
	}
	id = amd_guest_id_find(viommu,
			       FIELD_GET(AMD_CMD_PG0_DOMID, pages->word0));
	if (id)
		amd_flush_pages(flush, amd_cmd_inv_pages(id->id,
				FIELD_GET(AMD_CMD_PG0_PASID, pages->word0),
				0, 0, 0), pages->page, pages->nr);
}

static int amd_inv_sync(void *target, void *data)
{
	struct amd_viommu *viommu = to_amd_viommu(target);
	struct amd_flush flush = {
		.iommu = to_amd_iommu(viommu->base.iommu),
	};
	struct amd_inv_batch *batch = data;
	const struct amd_inv_range *r;
	struct amd_guest_id *id;
	int rc;

	down_read(&viommu->parent->lock);
	if (batch->everything) {
		list_for_each_entry(id, &viommu->ids, node)
			amd_flush_range(&flush, id->id, 0, &amd_all_v1);
		goto out_end;
	}
	amd_flush_guest_pages(&flush, viommu, batch);
	for (r = batch->range; r < batch->range + batch->nr; r++) {
		id = amd_guest_id_find(viommu, r->domain);
		if (id)
			amd_flush_range(&flush, id->id, r->pasid, &r->range);
	}
out_end:
	rc = amd_flush_end(&flush);
	up_read(&viommu->parent->lock);
	return rc;
}

const struct iommufdx_inv_ops amd_viommu_inv = {
	.type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD,
	.entry_size = sizeof(struct iommufdx_viommu_amd_invalidate),
	.min_entry_size = sizeof(struct iommufdx_viommu_amd_invalidate),
	.batch_size = sizeof(struct amd_inv_batch),
	.batch_head = offsetof(struct amd_inv_batch, pages.page),
	.queue = amd_inv_queue,
	.queue_like = amd_inv_queue_like,
	.sync = amd_inv_sync,
};
