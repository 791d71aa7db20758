// SPDX-License-Identifier: GPL-2.0-only
/* Page tables of any format: making, destroying, and the memory of tables. */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kernel.h>

#include "fmt.h"

static const struct pgtable_ops *const pgtable_formats[] = {
	&amdv1_pgtable_ops,
	&amdv1_2k_pgtable_ops,
};

int pgtable_create(struct pgtable *pt, enum pgtable_format format,
		   const struct pgtable_cfg *cfg)
{
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(pgtable_formats); i++) {
		if (pgtable_formats[i]->format != format)
			continue;
		pt->ops = pgtable_formats[i];
		rc = pt->ops->init(pt, cfg);
		if (rc)
			pt->ops = NULL;
		return rc;
	}
	return -EINVAL;
}
EXPORT_SYMBOL_GPL(pgtable_create);

void pgtable_destroy(struct pgtable *pt)
{
	if (!pt->ops)
		return;
	pt->ops->destroy(pt);
	pt->ops = NULL;
}
EXPORT_SYMBOL_GPL(pgtable_destroy);

phys_addr_t pgtable_top_phys(const struct pgtable *pt)
{
	return virt_to_phys(pt->top);
}
EXPORT_SYMBOL_GPL(pgtable_top_phys);

void pgtable_gather_free(struct pgtable_gather *gather)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &gather->tables, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	*gather = (struct pgtable_gather){
		.iova = U64_MAX,
		.tables = LIST_HEAD_INIT(gather->tables),
	};
}
EXPORT_SYMBOL_GPL(pgtable_gather_free);

u64 *pgt_table_alloc(struct pgtable *pt, gfp_t gfp)
{
	struct page *page = alloc_page(gfp | __GFP_ZERO);

	if (!page)
		return NULL;
	atomic64_add(PAGE_SIZE, &pt->table_bytes);
	return page_address(page);
}

void pgt_table_free(struct pgtable *pt, u64 *table)
{
	atomic64_sub(PAGE_SIZE, &pt->table_bytes);
	__free_page(virt_to_page(table));
}

void pgt_table_unlink(struct pgtable *pt, u64 *slot, u64 *table,
		      struct pgtable_gather *gather)
{
	WRITE_ONCE(*slot, 0);
	atomic64_sub(PAGE_SIZE, &pt->table_bytes);
	list_add_tail(&virt_to_page(table)->lru, &gather->tables);
	gather->table_changed = true;
}
