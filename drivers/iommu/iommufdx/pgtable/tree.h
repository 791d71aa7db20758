/* SPDX-License-Identifier: GPL-2.0-only */
/* Freeing tables that nobody uses. */
#ifndef __IOMMUFDX_PGTABLE_TREE_H
#define __IOMMUFDX_PGTABLE_TREE_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "fmt.h"

/*
 * Free @table of @level and all below it, without recursion: a queue of tables
 * yet to be looked at.
 */
static __always_inline void pgt_free_tree(const struct pgtable_fmt *fmt,
					  struct pgtable *pt, u64 *table,
					  unsigned int level)
{
	struct page *page = virt_to_page(table);
	unsigned int i, n;
	LIST_HEAD(queue);

	set_page_private(page, level);
	list_add(&page->lru, &queue);
	while (!list_empty(&queue)) {
		page = list_first_entry(&queue, struct page, lru);
		list_del(&page->lru);
		level = page_private(page);
		table = page_address(page);
		n = level ? pgt_table_size(table) / sizeof(u64) : 0;
		for (i = 0; i < n; i++) {
			if (fmt->kind(table[i], level) != PGT_TABLE)
				continue;
			page = virt_to_page(phys_to_virt(fmt->table_pa(table[i])));
			set_page_private(page, fmt->table_level(table[i], level));
			list_add(&page->lru, &queue);
		}
		set_page_private(virt_to_page(table), 0);
		pgt_table_free(pt, table);
		cond_resched();
	}
}

#endif /* __IOMMUFDX_PGTABLE_TREE_H */
