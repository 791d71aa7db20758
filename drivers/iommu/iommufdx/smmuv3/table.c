// SPDX-License-Identifier: GPL-2.0-only
/* Tables of STEs and CDs: memory only, nothing of what stands in them. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "smmuv3.h"

/* Entries of a leaf. */
static u32 smmu_table_leaf_size(const struct smmu_table *table)
{
	return 1U << (table->two_level ? SMMU_LEAF_BITS : table->bits);
}

static unsigned int smmu_leaf_order(const struct smmu_table *table)
{
	return get_order((unsigned long)smmu_table_leaf_size(table) *
			 SMMU_ENTRY_SIZE);
}

static unsigned int smmu_top_order(const struct smmu_table *table)
{
	return table->two_level ? get_order(sizeof(u64) << (table->bits -
							    SMMU_LEAF_BITS)) :
				  smmu_leaf_order(table);
}

/* Compound, so that a leaf can wait in a list of pages to be freed. */
static void *smmu_pages(unsigned int order)
{
	return (void *)__get_free_pages(IOMMUFDX_GFP_LOCKED | __GFP_ZERO |
					(order ? __GFP_COMP : 0), order);
}

static struct smmu_entry *smmu_leaf_alloc(const struct smmu_table *table,
					  const struct smmu_entry *blank)
{
	struct smmu_entry *leaf = smmu_pages(smmu_leaf_order(table));
	u32 i;

	if (leaf)
		for (i = 0; i < smmu_table_leaf_size(table); i++)
			leaf[i] = *blank;
	return leaf;
}

int smmu_table_init(struct smmu_table *table, unsigned int bits, u64 mark,
		    const struct smmu_entry *blank)
{
	table->bits = bits;
	table->two_level = mark && bits > SMMU_LEAF_BITS;
	table->mark = mark;
	table->top = table->two_level ? smmu_pages(smmu_top_order(table)) :
					smmu_leaf_alloc(table, blank);
	return table->top ? 0 : -ENOMEM;
}

static u64 *smmu_table_desc(const struct smmu_table *table, u32 index)
{
	return (u64 *)table->top + (index >> SMMU_LEAF_BITS);
}

/* Both kinds of descriptors have the address there, leaves being 4 KiB. */
static struct smmu_entry *smmu_desc_leaf(u64 desc)
{
	return desc ? phys_to_virt(desc & SMMU_L1CD_L2PTR) : NULL;
}

static struct smmu_entry *smmu_table_leaf(const struct smmu_table *table,
					  u32 index)
{
	if (!table->two_level)
		return table->top;
	return smmu_desc_leaf(*smmu_table_desc(table, index));
}

void smmu_table_free_leaf(struct smmu_table *table, struct smmu_entry *leaf)
{
	free_pages((unsigned long)leaf, smmu_leaf_order(table));
}

void smmu_table_destroy(struct smmu_table *table)
{
	struct smmu_entry *leaf;
	u32 i;

	if (!table->top)
		return;
	for (i = 0; table->two_level && i >> table->bits == 0;
	     i += 1 << SMMU_LEAF_BITS) {
		leaf = smmu_table_leaf(table, i);
		if (leaf)
			smmu_table_free_leaf(table, leaf);
	}
	free_pages((unsigned long)table->top, smmu_top_order(table));
	table->top = NULL;
}

struct smmu_entry *smmu_table_entry(const struct smmu_table *table, u32 index)
{
	struct smmu_entry *leaf = smmu_table_leaf(table, index);

	return leaf ? leaf + (index & (smmu_table_leaf_size(table) - 1)) : NULL;
}

struct smmu_entry *smmu_table_put_leaf(struct smmu_table *table, u32 index,
				       struct smmu_entry *leaf)
{
	struct smmu_entry *old = smmu_table_leaf(table, index);
	u64 desc = virt_to_phys(leaf) | table->mark;

	if (table->two_level)
		iommufdx_entry_store64(smmu_table_desc(table, index), &desc);
	else
		table->top = leaf;
	return old;
}

int smmu_table_grow(struct smmu_table *table, u32 index,
		    const struct smmu_entry *blank)
{
	struct smmu_entry *leaf;

	if (smmu_table_leaf(table, index))
		return 0;
	leaf = smmu_leaf_alloc(table, blank);
	if (!leaf)
		return -ENOMEM;
	smmu_table_put_leaf(table, index, leaf);
	return 0;
}

struct smmu_entry *smmu_table_swap(struct smmu_table *table, u32 index,
				   const struct smmu_entry *target)
{
	struct smmu_entry *leaf = smmu_pages(smmu_leaf_order(table));
	const u32 size = smmu_table_leaf_size(table);

	if (!leaf)
		return ERR_PTR(-ENOMEM);
	memcpy(leaf, smmu_table_leaf(table, index), size * sizeof(*leaf));
	leaf[index & (size - 1)] = *target;
	return smmu_table_put_leaf(table, index, leaf);
}
