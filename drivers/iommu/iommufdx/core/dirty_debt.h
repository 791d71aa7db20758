/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty state that was cleared and not reported yet.
 *
 * A leaf has one dirty state, however large it is. A read that speaks of a part
 * of it only (a VMM that asks in portions, or a bitmap that is pinned a window
 * at a time) clears the whole leaf, and owes the rest to later reads: that is
 * the *debt*, a set of IOVA ranges, paid when they are read.
 *
 * A debt is recorded before the leaf is cleared, and looked up after a range
 * was scanned: whoever finds the leaf clean then finds the debt.
 */
#ifndef __IOMMUFDX_DIRTY_DEBT_H
#define __IOMMUFDX_DIRTY_DEBT_H

#include <linux/interval_tree.h>
#include <linux/mutex.h>

struct pgtable_dirty_sink;

/**
 * struct fdx_dirty_debt - what one HWPT owes
 * @lock: guards @ranges
 * @ranges: struct fdx_debt_range by IOVA, which do not overlap
 */
struct fdx_dirty_debt {
	struct mutex lock;
	struct rb_root_cached ranges;
};

void fdx_debt_init(struct fdx_dirty_debt *debt);
/* Forget all of it. */
void fdx_debt_clear(struct fdx_dirty_debt *debt);
/* Owe @first..@last. False: no memory; the leaf must stay dirty. */
bool fdx_debt_add(struct fdx_dirty_debt *debt, unsigned long first,
		  unsigned long last);
/* Report what is owed of @first..@last to @sink, and forget it unless @keep. */
void fdx_debt_pay(struct fdx_dirty_debt *debt, unsigned long first,
		  unsigned long last, struct pgtable_dirty_sink *sink,
		  bool keep);

#endif /* __IOMMUFDX_DIRTY_DEBT_H */
