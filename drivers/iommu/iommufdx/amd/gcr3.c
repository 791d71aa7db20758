// SPDX-License-Identifier: GPL-2.0-only
/*
 * GCR3 tables as hardware reads them.
 *
 * A table has as many levels as its highest PASID needs, and gets more above
 * when one comes that is higher; what was the table is then its first part.
 */
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "gcr3.h"

static struct amd_gcr3_page *amd_gcr3_page_make(gfp_t gfp)
{
	struct amd_gcr3_page *page;

	BUILD_BUG_ON(AMD_GCR3_SLOTS * sizeof(u64) != PAGE_SIZE);
	page = kzalloc(sizeof(*page), gfp);
	if (!page)
		return NULL;
	page->word = (u64 *)get_zeroed_page(gfp);
	if (!page->word) {
		kfree(page);
		return NULL;
	}
	return page;
}

static void amd_gcr3_page_free(struct amd_gcr3_page *page, unsigned int levels)
{
	unsigned int i;

	if (!page)
		return;
	for (i = 0; levels > 1 && i < AMD_GCR3_SLOTS; i++)
		amd_gcr3_page_free(page->page[i], levels - 1);
	free_page((unsigned long)page->word);
	kfree(page);
}

static void amd_gcr3_page_link(struct amd_gcr3_page *above, unsigned int i,
			       struct amd_gcr3_page *page)
{
	above->page[i] = page;
	/* The page is zeroed, or filled, before hardware finds it. */
	hw_wmb();
	WRITE_ONCE(above->word[i], virt_to_phys(page->word) | AMD_GCR3_V);
}

static unsigned int amd_gcr3_index(u32 pasid, unsigned int level)
{
	return pasid >> (AMD_GCR3_LEVEL_BITS * level) & (AMD_GCR3_SLOTS - 1);
}

int amd_gcr3_pages_init(struct amd_gcr3 *gcr3, u32 pasid, gfp_t gfp)
{
	gcr3->root = amd_gcr3_page_make(gfp);
	gcr3->levels = amd_gcr3_levels(pasid);
	return gcr3->root ? 0 : -ENOMEM;
}

void amd_gcr3_pages_free(struct amd_gcr3 *gcr3)
{
	amd_gcr3_page_free(gcr3->root, gcr3->levels);
}

int amd_gcr3_grow(struct amd_gcr3 *gcr3, u32 pasid, gfp_t gfp)
{
	struct amd_gcr3_page *root;

	while (gcr3->levels < amd_gcr3_levels(pasid)) {
		root = amd_gcr3_page_make(gfp);
		if (!root)
			return -ENOMEM;
		amd_gcr3_page_link(root, 0, gcr3->root);
		gcr3->root = root;
		gcr3->levels++;
	}
	return 0;
}

static void amd_gcr3_slot_at(struct amd_gcr3_page *page, u32 pasid,
			     struct amd_gcr3_slot *slot)
{
	unsigned int i = amd_gcr3_index(pasid, 0);

	slot->word = &page->word[i];
	slot->entry = &page->entry[i];
}

int amd_gcr3_slot_make(struct amd_gcr3 *gcr3, u32 pasid, gfp_t gfp,
		       struct amd_gcr3_slot *slot)
{
	struct amd_gcr3_page *page = gcr3->root, *next;
	unsigned int level, i;

	for (level = gcr3->levels - 1; level; level--) {
		i = amd_gcr3_index(pasid, level);
		next = page->page[i];
		if (!next) {
			next = amd_gcr3_page_make(gfp);
			if (!next)
				return -ENOMEM;
			amd_gcr3_page_link(page, i, next);
		}
		page = next;
	}
	amd_gcr3_slot_at(page, pasid, slot);
	return 0;
}

bool amd_gcr3_slot_find(const struct amd_gcr3 *gcr3, u32 pasid,
			struct amd_gcr3_slot *slot)
{
	struct amd_gcr3_page *page = gcr3->root;
	unsigned int level;

	if (amd_gcr3_levels(pasid) > gcr3->levels)
		return false;
	for (level = gcr3->levels - 1; level && page; level--)
		page = page->page[amd_gcr3_index(pasid, level)];
	if (page)
		amd_gcr3_slot_at(page, pasid, slot);
	return page;
}

void amd_gcr3_slot_set(const struct amd_gcr3_slot *slot,
		       struct amd_gcr3_entry *entry)
{
	u64 word = 0;

	*slot->entry = entry;
	if (entry)
		word = pgtable_root_phys(pgtable_root(&entry->domain->base.pt)) |
		       AMD_GCR3_V;
	hw_wmb();
	WRITE_ONCE(*slot->word, word);
}
