/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The concurrency contract of <linux/iommufdx/pgtable.h>, checked.
 *
 * No lock in a table keeps operations apart: callers do, by locks that cover
 * ranges of IOVAs in ways that lockdep cannot know. So in a kernel with lockdep
 * each operation notes, while it runs, what it does to which range, and warns
 * when it meets one that the contract does not let run beside it. Without
 * lockdep there is nothing here.
 */
#ifndef __IOMMUFDX_PGTABLE_CONTRACT_H
#define __IOMMUFDX_PGTABLE_CONTRACT_H

#include <linux/bug.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include <linux/iommufdx/pgtable.h>

/**
 * enum pgt_work - what an operation does
 * @PGT_LOOKS: reads entries, changes state that hardware changes too
 * @PGT_EDITS: changes leaves that stay where they are
 * @PGT_REBUILDS: makes and removes leaves and tables
 * @PGT_GROWS: puts tables on top
 * @PGT_ALONE: needs the table for itself
 */
enum pgt_work {
	PGT_LOOKS,
	PGT_EDITS,
	PGT_REBUILDS,
	PGT_GROWS,
	PGT_ALONE,
};

#ifdef CONFIG_LOCKDEP

/**
 * struct pgt_use - an operation under way
 * @node: in pgtable.users
 * @iova: first byte
 * @last: last byte
 * @work: what it does
 */
struct pgt_use {
	struct list_head node;
	u64 iova;
	u64 last;
	enum pgt_work work;
};

static inline bool pgt_may_meet(const struct pgt_use *a,
				const struct pgt_use *b)
{
	if (a->work == PGT_ALONE || b->work == PGT_ALONE)
		return false;
	if (a->work == PGT_GROWS || b->work == PGT_GROWS)
		return a->work != b->work;
	if (a->last < b->iova || b->last < a->iova)
		return true;
	/* Looking goes with looking and editing, and nothing else goes. */
	return a->work + b->work <= PGT_EDITS;
}

static inline void pgt_begin(struct pgt_use *use, struct pgtable *pt, u64 iova,
			     u64 last, enum pgt_work work)
{
	struct pgt_use *other, *met = NULL;

	*use = (struct pgt_use){ .iova = iova, .last = last, .work = work };
	spin_lock(&pt->users_lock);
	list_for_each_entry(other, &pt->users, node)
		if (!pgt_may_meet(use, other))
			met = other;
	WARN(met, "%s table: work %d on %#llx..%#llx meets work %d on %#llx..%#llx\n",
	     pt->ops->name, use->work, use->iova, use->last,
	     met ? met->work : 0, met ? met->iova : 0, met ? met->last : 0);
	list_add(&use->node, &pt->users);
	spin_unlock(&pt->users_lock);
}

static inline void pgt_end(struct pgt_use *use, struct pgtable *pt)
{
	spin_lock(&pt->users_lock);
	list_del(&use->node);
	spin_unlock(&pt->users_lock);
}

static inline void pgt_contract_init(struct pgtable *pt)
{
	INIT_LIST_HEAD(&pt->users);
	spin_lock_init(&pt->users_lock);
}

#else /* CONFIG_LOCKDEP */

struct pgt_use {
};

static inline void pgt_begin(struct pgt_use *use, struct pgtable *pt, u64 iova,
			     u64 last, enum pgt_work work)
{
}

static inline void pgt_end(struct pgt_use *use, struct pgtable *pt)
{
}

static inline void pgt_contract_init(struct pgtable *pt)
{
}

#endif /* CONFIG_LOCKDEP */

#endif /* __IOMMUFDX_PGTABLE_CONTRACT_H */
