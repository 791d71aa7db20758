// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scalable mode: a master's PASID directory and tables, and PASID entries: what
 * they say, and what hardware reads of them.
 *
 * The directory is as wide as the master's PASIDs. Tables are added when a PASID
 * of theirs is first attached, and stay until the master goes.
 */
#include <linux/bitfield.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "vtd.h"

/* Entries of the smallest directory, log2. */
#define VTD_DIR_BITS_MIN	(VTD_PDTS_BITS(0) - VTD_PASID_TABLE_BITS)

/* -------------------------------------------------------------------- format */

#define VTD_PE0_SECOND \
	(VTD_PE0_AW | VTD_PE0_SSEE | VTD_PE0_SSADE | VTD_PE0_SSPTPTR)
#define VTD_PE1_USED	(VTD_PE1_DID | VTD_PE1_PWSNP | VTD_PE1_PGSNP)

static void vtd_pe_used(const u64 *entry, u64 *used)
{
	used[0] = VTD_PE0_P | VTD_PE0_FPD;
	if (!(entry[0] & VTD_PE0_P))
		return;
	used[0] |= VTD_PE0_PGTT | VTD_PE0_RSVD;
	used[1] = VTD_PE1_USED;
	switch (FIELD_GET(VTD_PE0_PGTT, entry[0])) {
	case VTD_PGTT_SECOND:
		used[0] |= VTD_PE0_SECOND;
		break;
	case VTD_PGTT_FIRST:
		used[2] = ~0ULL;
		break;
	case VTD_PGTT_NESTED:
		used[0] |= VTD_PE0_SECOND;
		used[2] = ~0ULL;
		break;
	case VTD_PGTT_PASS_THROUGH:
		used[0] |= VTD_PE0_AW;
		break;
	}
}

static int vtd_pe_sync(void *data)
{
	struct vtd_entry_ctx *ctx = data;
	struct vtd_flush flush = { .iommu = ctx->iommu };

	vtd_flush_add(&flush, vtd_cmd_pasid(ctx->did[0], ctx->pasid));
	if (ctx->did[1] != ctx->did[0])
		vtd_flush_add(&flush, vtd_cmd_pasid(ctx->did[1], ctx->pasid));
	return vtd_flush_end(&flush);
}

const struct entry_ops vtd_pe_ops = {
	.words = VTD_PE_WORDS,
	.granule = 1,
	.valid_word = 0,
	.valid_mask = VTD_PE0_P,
	.used = vtd_pe_used,
	.store = iommufdx_entry_store64,
	.sync = vtd_pe_sync,
};
ENTRY_EXPORT_FOR_KUNIT(vtd_pe_ops);

/* Walks snoop always: hardware sets accessed bits only in that case. */
static u64 vtd_pe1(u16 did, bool snoop)
{
	return FIELD_PREP(VTD_PE1_DID, did) | VTD_PE1_PWSNP |
	       (snoop ? VTD_PE1_PGSNP : 0);
}

struct vtd_image vtd_pe_first(u16 did, u64 root, unsigned int levels,
			      bool snoop)
{
	return (struct vtd_image){
		.word[0] = VTD_PE0_P | FIELD_PREP(VTD_PE0_PGTT, VTD_PGTT_FIRST),
		.word[1] = vtd_pe1(did, snoop),
		.word[2] = (root & VTD_PE2_FSPTPTR) |
			   FIELD_PREP(VTD_PE2_FSPM,
				      levels == 5 ? VTD_FSPM_5LEVEL :
						    VTD_FSPM_4LEVEL),
	};
}

struct vtd_image vtd_pe_second(u16 did, u64 root, unsigned int levels,
			       bool snoop, bool dirty)
{
	return (struct vtd_image){
		.word[0] = VTD_PE0_P | (root & VTD_PE0_SSPTPTR) |
			   FIELD_PREP(VTD_PE0_PGTT, VTD_PGTT_SECOND) |
			   FIELD_PREP(VTD_PE0_AW, levels - 2) |
			   (dirty ? VTD_PE0_SSADE : 0),
		.word[1] = vtd_pe1(did, snoop),
	};
}

struct vtd_image vtd_pe_pass(u16 did, unsigned int levels)
{
	return (struct vtd_image){
		.word[0] = VTD_PE0_P |
			   FIELD_PREP(VTD_PE0_PGTT, VTD_PGTT_PASS_THROUGH) |
			   FIELD_PREP(VTD_PE0_AW, levels ? levels - 2 : 0),
		.word[1] = vtd_pe1(did, false),
	};
}

struct vtd_image vtd_pe_nested(const struct vtd_image *second, u64 first)
{
	struct vtd_image image = *second;

	image.word[0] &= ~VTD_PE0_PGTT;
	image.word[0] |= FIELD_PREP(VTD_PE0_PGTT, VTD_PGTT_NESTED);
	image.word[2] = first;
	return image;
}

/* -------------------------------------------------------------------- tables */

static struct vtd_pasid_table *vtd_pasid_table_make(struct vtd_master *master,
						    unsigned int index)
{
	struct vtd_pasid_table *table;

	lockdep_assert_held(&vtd_master_iommu(master)->table_lock);

	table = kzalloc(sizeof(*table), IOMMUFDX_GFP_LOCKED);
	if (!table)
		return NULL;
	table->word = (u64 *)get_zeroed_page(IOMMUFDX_GFP_LOCKED);
	if (!table->word) {
		kfree(table);
		return NULL;
	}
	spin_lock(&vtd_master_iommu(master)->slots_lock);
	master->tables[index] = table;
	spin_unlock(&vtd_master_iommu(master)->slots_lock);
	/* The table is zeroed before hardware finds it. */
	hw_wmb();
	WRITE_ONCE(master->dir[index], virt_to_phys(table->word) | VTD_PDE_P);
	return table;
}

int vtd_slot_find(struct vtd_master *master, u32 pasid, bool make,
		  struct vtd_slot *slot)
{
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	unsigned int index = pasid >> VTD_PASID_TABLE_BITS;
	struct vtd_pasid_table *table;

	lockdep_assert_held(&iommu->table_lock);

	*slot = (struct vtd_slot){};
	if (!iommu->scalable) {
		if (pasid != IOMMUFDX_NO_PASID)
			return -EINVAL;
		slot->word = vtd_context(iommu, master->base->rid, make);
		slot->attachment = &master->attachment;
		return make && !slot->word ? -ENOMEM : 0;
	}
	if (index >> master->dir_bits)
		return -EINVAL;
	table = master->tables[index];
	if (!table && make) {
		table = vtd_pasid_table_make(master, index);
		if (!table)
			return -ENOMEM;
	}
	if (!table)
		return 0;
	pasid %= VTD_LEAF_PASIDS;
	slot->word = table->word + pasid * VTD_PE_WORDS;
	slot->attachment = &table->attachment[pasid];
	return 0;
}

struct vtd_attachment *vtd_slot_says(struct vtd_master *master, u32 pasid)
{
	unsigned int index = pasid >> VTD_PASID_TABLE_BITS;
	struct vtd_pasid_table *table;

	lockdep_assert_held(&vtd_master_iommu(master)->slots_lock);

	if (index >> master->dir_bits)
		return NULL;
	table = master->tables[index];
	return table ? table->attachment[pasid % VTD_LEAF_PASIDS] : NULL;
}

/* ----------------------------------------------------------------- directory */

static unsigned int vtd_dir_order(const struct vtd_master *master)
{
	return get_order(sizeof(u64) << master->dir_bits);
}

static struct vtd_image vtd_sctx_image(const struct vtd_master *master)
{
	const struct iommufdx_master *base = master->base;
	u64 word0 = VTD_SCTX0_P | virt_to_phys(master->dir) |
		    FIELD_PREP(VTD_SCTX0_PDTS,
			       master->dir_bits - VTD_DIR_BITS_MIN);

	if (master->ats)
		word0 |= VTD_SCTX0_DTE;
	if (base->caps & IOMMUFDX_CAP_PRI)
		word0 |= VTD_SCTX0_PRE;
	if (base->caps & IOMMUFDX_CAP_PASID)
		word0 |= VTD_SCTX0_PASIDE;
	return (struct vtd_image){
		.word = { word0, FIELD_PREP(VTD_SCTX1_RID_PASID,
					    IOMMUFDX_NO_PASID) },
	};
}

static int vtd_sctx_write(struct vtd_master *master,
			  const struct vtd_image *image, unsigned int flags)
{
	struct vtd_iommu *iommu = vtd_master_iommu(master);
	struct vtd_entry_ctx ctx = { .iommu = iommu, .sid = master->base->rid };
	u64 *entry;
	int rc;

	mutex_lock(&iommu->table_lock);
	entry = vtd_context(iommu, ctx.sid, true);
	rc = entry ? iommufdx_entry_write(&vtd_sctx_ops, entry, image->word,
					  &ctx, flags) : -ENOMEM;
	mutex_unlock(&iommu->table_lock);
	return rc < 0 ? rc : 0;
}

/* @keep: hardware may still read the tables, so their memory is lost. */
static void vtd_pasid_free(struct vtd_master *master, bool keep)
{
	unsigned int i;

	for (i = 0; master->tables && i < BIT(master->dir_bits); i++) {
		if (!master->tables[i])
			continue;
		if (!keep)
			free_page((unsigned long)master->tables[i]->word);
		kfree(master->tables[i]);
	}
	kvfree(master->tables);
	if (master->dir && !keep)
		free_pages((unsigned long)master->dir, vtd_dir_order(master));
}

int vtd_pasid_init(struct vtd_master *master)
{
	struct vtd_image image;
	int rc = -ENOMEM;

	BUILD_BUG_ON(VTD_LEAF_PASIDS * VTD_PE_SIZE != PAGE_SIZE);
	master->dir_bits = VTD_DIR_BITS_MIN;
	if (master->base->pasid_bits > VTD_PDTS_BITS(0))
		master->dir_bits = master->base->pasid_bits -
				   VTD_PASID_TABLE_BITS;
	master->tables = kvcalloc(BIT(master->dir_bits),
				  sizeof(*master->tables), GFP_KERNEL_ACCOUNT);
	if (!master->tables)
		goto err_free;
	master->dir = (u64 *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					      vtd_dir_order(master));
	if (!master->dir)
		goto err_free;
	image = vtd_sctx_image(master);
	rc = vtd_sctx_write(master, &image, 0);
	if (rc)
		goto err_free;
	return 0;

err_free:
	vtd_pasid_free(master, rc != -ENOMEM);
	return rc;
}

void vtd_pasid_destroy(struct vtd_master *master)
{
	const struct vtd_image absent = {};

	vtd_pasid_free(master, vtd_sctx_write(master, &absent, ENTRY_FORCE));
}
