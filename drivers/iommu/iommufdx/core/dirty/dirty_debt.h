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
 *
 * Where leaves were cleared and hardware did not answer the flush, it may write on
 * unseen, through what it has cached as dirty. That range is *stale*: all of it is
 * owed, and nothing is forgotten until it was flushed, which each read tries first.
 */
#ifndef __IOMMUFDX_DIRTY_DEBT_H
#define __IOMMUFDX_DIRTY_DEBT_H

#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/mutex.h>

struct pgtable_dirty_sink;

/**
 * struct fdx_dirty_debt - what one HWPT owes
 * @node: in fdx_ioas.debts, under fdx_ioas.domains_rwsem
 * @lock: guards @ranges
 * @ranges: interval_tree_node by IOVA, which do not overlap
 * @stale_first: what hardware may still write unseen
 * @stale_last: up to this, below @stale_first for nothing
 */
struct fdx_dirty_debt {
	struct list_head node;
	struct mutex lock;
	struct rb_root_cached ranges;
	u64 stale_first;
	u64 stale_last;
};

void fdx_debt_init(struct fdx_dirty_debt *debt);
/* Forget all of it: at the end, and before tracking starts with a flush. */
void fdx_debt_clear(struct fdx_dirty_debt *debt);
/* Forget what is owed of @first..@last, which is unmapped, unless it is stale. */
void fdx_debt_forget(struct fdx_dirty_debt *debt, unsigned long first,
		     unsigned long last);
/* The flush of @first..@last was not answered: it is stale, and owed. */
void fdx_debt_stale(struct fdx_dirty_debt *debt, u64 first, u64 last);

/* Is anything stale? @lock is held. */
static inline bool fdx_debt_is_stale(const struct fdx_dirty_debt *debt)
{
	return debt->stale_first <= debt->stale_last;
}

/* Owe @first..@last. False: no memory; the leaf must stay dirty. */
bool fdx_debt_add(struct fdx_dirty_debt *debt, unsigned long first,
		  unsigned long last);
/* The same of what has been written already; it cannot fail. */
void fdx_debt_written(struct fdx_dirty_debt *debt, unsigned long first,
		      unsigned long last);
/* Report what is owed of @first..@last to @sink, and forget it unless @keep. */
void fdx_debt_pay(struct fdx_dirty_debt *debt, unsigned long first,
		  unsigned long last, struct pgtable_dirty_sink *sink,
		  bool keep);

#endif /* __IOMMUFDX_DIRTY_DEBT_H */
