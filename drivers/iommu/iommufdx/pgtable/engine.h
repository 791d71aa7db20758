/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The radix engine: everything a format's .c file instantiates. See fmt.h for
 * how, walk.h for what the operations are built on.
 */
#ifndef __IOMMUFDX_PGTABLE_ENGINE_H
#define __IOMMUFDX_PGTABLE_ENGINE_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>

#include "dirty.h"
#include "map.h"
#include "unmap.h"
#include "validate.h"
#include "walk.h"

static __always_inline int pgt_init(const struct pgtable_fmt *fmt,
				    struct pgtable *pt,
				    const struct pgtable_cfg *cfg)
{
	unsigned int shift = fmt->granule_shift + fmt->index_bits;
	u64 sizes = fmt->page_sizes;

	if (!cfg->va_bits || cfg->va_bits > fmt->max_va_bits ||
	    cfg->oa_bits <= fmt->granule_shift)
		return -EINVAL;

	pt->top_level = 0;
	for (; shift < cfg->va_bits; shift += fmt->index_bits)
		pt->top_level++;
	if (pt->top_level >= fmt->max_levels)
		return -EINVAL;
	pt->va_bits = min_t(unsigned int, shift, fmt->max_va_bits);
	pt->oa_bits = min(cfg->oa_bits, fmt->max_oa_bits);
	pt->quirks = cfg->quirks;

	if (cfg->page_sizes)
		sizes &= cfg->page_sizes;
	/* A leaf fits into one table and into the output width. */
	if (pt->va_bits < 64)
		sizes &= BIT_ULL(pt->va_bits) - 1;
	if (pt->oa_bits < 63)
		sizes &= BIT_ULL(pt->oa_bits + 1) - 1;
	if (!sizes)
		return -EINVAL;
	pt->page_sizes = sizes;

	atomic64_set(&pt->table_bytes, 0);
	pt->top = pgt_table_alloc(pt, GFP_KERNEL_ACCOUNT);
	return pt->top ? 0 : -ENOMEM;
}

/* Free all tables, without recursion: a queue of tables yet to be looked at. */
static __always_inline void pgt_destroy(const struct pgtable_fmt *fmt,
					struct pgtable *pt)
{
	struct page *page = virt_to_page(pt->top);
	unsigned int i, level;
	LIST_HEAD(queue);
	u64 *table;

	set_page_private(page, pt->top_level);
	list_add(&page->lru, &queue);
	while (!list_empty(&queue)) {
		page = list_first_entry(&queue, struct page, lru);
		list_del(&page->lru);
		level = page_private(page);
		table = page_address(page);
		for (i = 0; level && i < 1U << fmt->index_bits; i++) {
			if (fmt->kind(table[i], level) != PGT_TABLE)
				continue;
			page = virt_to_page(phys_to_virt(fmt->table_pa(table[i])));
			set_page_private(page, fmt->table_level(table[i], level));
			list_add(&page->lru, &queue);
		}
		set_page_private(virt_to_page(table), 0);
		pgt_table_free(pt, table);
	}
	pt->top = NULL;
}

static inline u64 pgt_table_bytes(struct pgtable *pt)
{
	return atomic64_read(&pt->table_bytes);
}

#endif /* __IOMMUFDX_PGTABLE_ENGINE_H */
