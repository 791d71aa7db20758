// SPDX-License-Identifier: GPL-2.0-only
/* Page tables of any format: making, destroying, and the memory of tables. */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#ifdef CONFIG_X86
#include <asm/cacheflush.h>
#define PGT_CAN_FLUSH	1
#else
#define PGT_CAN_FLUSH	0
#endif

#include "contract.h"
#include "formats.h"

/* The smallest granule of each format stands first: it is the default. */
static const struct {
	enum pgtable_format format;
	u8 granule_shift;
	const struct pgtable_ops *ops;
} pgtable_formats[] = {
	{ PGTABLE_AMDV1, 12, &amdv1_pgtable_ops },
	{ PGTABLE_AMDV1_2K, 11, &amdv1_2k_pgtable_ops },
	{ PGTABLE_X86_64, 12, &x86_64_pgtable_ops },
	{ PGTABLE_VTDSS, 12, &vtdss_pgtable_ops },
	{ PGTABLE_ARMV8_S1, 12, &armv8_s1_4k_pgtable_ops },
	{ PGTABLE_ARMV8_S1, 14, &armv8_s1_16k_pgtable_ops },
	{ PGTABLE_ARMV8_S1, 16, &armv8_s1_64k_pgtable_ops },
	{ PGTABLE_ARMV8_S2, 12, &armv8_s2_4k_pgtable_ops },
	{ PGTABLE_ARMV8_S2, 14, &armv8_s2_16k_pgtable_ops },
	{ PGTABLE_ARMV8_S2, 16, &armv8_s2_64k_pgtable_ops },
};

static const struct pgtable_ops *pgtable_find(enum pgtable_format format,
					      const struct pgtable_cfg *cfg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pgtable_formats); i++)
		if (pgtable_formats[i].format == format &&
		    (!cfg->granule_shift ||
		     cfg->granule_shift == pgtable_formats[i].granule_shift))
			return pgtable_formats[i].ops;
	return NULL;
}

int pgtable_shape(struct pgtable *pt, enum pgtable_format format,
		  const struct pgtable_cfg *cfg)
{
	const struct pgtable_ops *ops = pgtable_find(format, cfg);

	if ((cfg->quirks & PGTABLE_QUIRK_NONCOHERENT) && !PGT_CAN_FLUSH)
		return -EOPNOTSUPP;
	return ops ? ops->shape(pt, cfg) : -EINVAL;
}
EXPORT_SYMBOL_GPL(pgtable_shape);

int pgtable_create(struct pgtable *pt, enum pgtable_format format,
		   const struct pgtable_cfg *cfg)
{
	int rc;

	if ((cfg->quirks & PGTABLE_QUIRK_NONCOHERENT) && !PGT_CAN_FLUSH)
		return -EOPNOTSUPP;
	pt->ops = pgtable_find(format, cfg);
	if (!pt->ops)
		return -EINVAL;
	pgt_contract_init(pt);
	rc = pt->ops->init(pt, cfg);
	if (rc)
		pt->ops = NULL;
	return rc;
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

void pgtable_gather_free(struct pgtable_gather *gather)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &gather->tables, lru) {
		list_del(&page->lru);
		__free_pages(page, compound_order(page));
		cond_resched();
	}
	*gather = (struct pgtable_gather){
		.iova = U64_MAX,
		.tables = LIST_HEAD_INIT(gather->tables),
	};
}
EXPORT_SYMBOL_GPL(pgtable_gather_free);

u64 pgt_table_size(const u64 *table)
{
	return PAGE_SIZE << compound_order(virt_to_page(table));
}

u64 *pgt_table_alloc(struct pgtable *pt, unsigned int shift, gfp_t gfp)
{
	unsigned int order = shift > PAGE_SHIFT ? shift - PAGE_SHIFT : 0;
	struct page *page;
	u64 *table;

	gfp |= __GFP_ZERO | (order ? __GFP_COMP : 0);
	page = alloc_pages(gfp, order);
	if (!page)
		return NULL;
	table = page_address(page);
	atomic64_add(PAGE_SIZE << order, &pt->table_bytes);
	if (pt->quirks & PGTABLE_QUIRK_NONCOHERENT)
		pgt_flush_slots(table, (PAGE_SIZE << order) / sizeof(*table));
	return table;
}

void pgt_table_free(struct pgtable *pt, u64 *table)
{
	struct page *page = virt_to_page(table);

	atomic64_sub(pgt_table_size(table), &pt->table_bytes);
	__free_pages(page, compound_order(page));
}

void pgt_table_retire(struct pgtable *pt, u64 *table,
		      struct pgtable_gather *gather)
{
	atomic64_sub(pgt_table_size(table), &pt->table_bytes);
	list_add_tail(&virt_to_page(table)->lru, &gather->tables);
	gather->table_changed = true;
}

void pgt_flush_slots(const u64 *slot, size_t n)
{
#if PGT_CAN_FLUSH
	clflush_cache_range((void *)slot, n * sizeof(*slot));
#endif
}
