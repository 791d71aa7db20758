// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root table, context tables, and the two formats of context entries: what they
 * say, and what hardware reads of them.
 */
#include <linux/bitfield.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include "vtd.h"

/* Context tables have a page each; hardware passes no request without one. */
#define VTD_SCTX_PER_TABLE	128

/* -------------------------------------------------------------------- tables */

int vtd_root_init(struct vtd_iommu *iommu)
{
	mutex_init(&iommu->table_lock);
	iommu->root = (u64 *)get_zeroed_page(GFP_KERNEL);
	return iommu->root ? 0 : -ENOMEM;
}

void vtd_root_destroy(struct vtd_iommu *iommu)
{
	unsigned int i;

	for (i = 0; i < 2 * VTD_ROOT_ENTRIES; i++)
		free_page((unsigned long)iommu->contexts[i]);
	free_page((unsigned long)iommu->root);
}

u64 *vtd_context(struct vtd_iommu *iommu, u16 rid, bool make)
{
	unsigned int index = rid >> 8 << 1, devfn = rid & 0xff;
	u64 *table;

	lockdep_assert_held(&iommu->table_lock);

	/* The upper devices of a bus have a table of their own. */
	if (iommu->scalable && devfn >= VTD_SCTX_PER_TABLE)
		index++;
	table = iommu->contexts[index];
	if (!table && make) {
		table = (u64 *)get_zeroed_page(IOMMUFDX_GFP_LOCKED);
		if (!table)
			return NULL;
		iommu->contexts[index] = table;
		/* The table is zeroed before hardware finds it. */
		hw_wmb();
		WRITE_ONCE(iommu->root[index],
			   virt_to_phys(table) | VTD_ROOT_P);
	}
	if (!table)
		return NULL;
	if (iommu->scalable)
		return table + devfn % VTD_SCTX_PER_TABLE * VTD_SCTX_WORDS;
	return table + devfn * VTD_CTX_WORDS;
}

/* ------------------------------------------------------- legacy mode's format */

static void vtd_legacy_used(const u64 *entry, u64 *used)
{
	used[0] = VTD_CTX0_P | VTD_CTX0_FPD;
	if (!(entry[0] & VTD_CTX0_P))
		return;
	used[0] |= VTD_CTX0_TT | VTD_CTX0_RSVD;
	if (FIELD_GET(VTD_CTX0_TT, entry[0]) != VTD_TT_PASS_THROUGH)
		used[0] |= VTD_CTX0_SSPTPTR;
	used[1] = VTD_CTX1_AW | VTD_CTX1_DID | VTD_CTX1_RSVD;
}

static int vtd_legacy_sync(void *data)
{
	struct vtd_entry_ctx *ctx = data;
	struct vtd_flush flush = { .iommu = ctx->iommu };

	vtd_flush_add(&flush, vtd_cmd_context(ctx->did[0], ctx->sid));
	if (ctx->did[1] != ctx->did[0])
		vtd_flush_add(&flush, vtd_cmd_context(ctx->did[1], ctx->sid));
	return vtd_flush_end(&flush);
}

const struct entry_ops vtd_legacy_ops = {
	.words = VTD_CTX_WORDS,
	.granule = 1,
	.valid_word = 0,
	.valid_mask = VTD_CTX0_P,
	.used = vtd_legacy_used,
	.store = iommufdx_entry_store64,
	.sync = vtd_legacy_sync,
};

struct vtd_image vtd_legacy_image(u16 did, u64 root, unsigned int levels,
				  bool ats)
{
	return (struct vtd_image){
		.word[0] = VTD_CTX0_P | (root & VTD_CTX0_SSPTPTR) |
			   FIELD_PREP(VTD_CTX0_TT, ats ? VTD_TT_DEV_TLB :
							 VTD_TT_TRANSLATE),
		.word[1] = FIELD_PREP(VTD_CTX1_AW, levels - 2) |
			   FIELD_PREP(VTD_CTX1_DID, did),
	};
}

struct vtd_image vtd_legacy_pass(u16 did, unsigned int levels)
{
	struct vtd_image image = vtd_legacy_image(did, 0, levels, false);

	image.word[0] &= ~VTD_CTX0_TT;
	image.word[0] |= FIELD_PREP(VTD_CTX0_TT, VTD_TT_PASS_THROUGH);
	return image;
}

/* ----------------------------------------------------- scalable mode's format */

static void vtd_sctx_used(const u64 *entry, u64 *used)
{
	used[0] = VTD_SCTX0_P | VTD_SCTX0_FPD;
	if (!(entry[0] & VTD_SCTX0_P))
		return;
	used[0] = ~0ULL;
	used[1] = ~0ULL;
}

/* All PASID entries behind it are absent: hardware caches none of them. */
static int vtd_sctx_sync(void *data)
{
	struct vtd_entry_ctx *ctx = data;
	struct vtd_flush flush = { .iommu = ctx->iommu };

	vtd_flush_add(&flush, vtd_cmd_context(0, ctx->sid));
	return vtd_flush_end(&flush);
}

const struct entry_ops vtd_sctx_ops = {
	.words = VTD_SCTX_WORDS,
	.granule = 1,
	.valid_word = 0,
	.valid_mask = VTD_SCTX0_P,
	.used = vtd_sctx_used,
	.store = iommufdx_entry_store64,
	.sync = vtd_sctx_sync,
};
