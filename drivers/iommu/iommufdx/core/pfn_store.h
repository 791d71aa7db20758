/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store of PFNs: which page frames stand behind the pages 0, 1, 2, ... of a
 * piece of memory, kept as runs.
 *
 * The runs are packed words (see pgtable.h) in *segments*. A segment holds the
 * runs of consecutive pages without a hole, in one allocation of at most a
 * page, so that its words can be handed to a page table as they are. Segments
 * do not overlap; what lies in none of them is not held.
 *
 * Two neighbouring runs of a segment that continue each other are one run
 * (unless it would get too long), so memory that is contiguous costs one word
 * however it was added.
 *
 * Not locked: the owner serialises. This file knows nothing of pinning and
 * compiles in user space too.
 */
#ifndef __IOMMUFDX_PFN_STORE_H
#define __IOMMUFDX_PFN_STORE_H

#include <linux/interval_tree.h>
#include <linux/iommufdx/pgtable.h>

/**
 * struct fdx_pfn_store - the store
 * @segs: struct fdx_pfn_seg by page index
 */
struct fdx_pfn_store {
	struct rb_root_cached segs;
};

/**
 * struct fdx_pfn_seg - runs of consecutive pages; private to the store
 * @node: first and last page index
 * @nr: words in use, at least 1
 * @cap: words there is room for
 * @runs: the words
 */
struct fdx_pfn_seg {
	struct interval_tree_node node;
	u32 nr;
	u32 cap;
	u64 runs[];
};

/**
 * struct fdx_pfn_chunk - words of one segment that speak of a range
 * @runs: the words
 * @nr: how many
 * @skip: pages of the first run that come before the range
 * @npages: pages of the range that the words hold; the last run may hold more
 */
struct fdx_pfn_chunk {
	const u64 *runs;
	size_t nr;
	unsigned long skip;
	unsigned long npages;
};

void fdx_pfn_store_init(struct fdx_pfn_store *store);

/*
 * Add @nr runs for the pages from *@index on, none of which is held. Takes as
 * many as fit into one segment, moves *@index behind them and returns how many
 * that were; -ENOMEM: none. Call again for the rest.
 */
ssize_t fdx_pfn_store_add(struct fdx_pfn_store *store, unsigned long *index,
			  const u64 *runs, size_t nr);

/*
 * Forget the pages @first..@last as far as they are held, after showing them to
 * @fn run by run. Cannot fail.
 */
void fdx_pfn_store_remove(struct fdx_pfn_store *store, unsigned long first,
			  unsigned long last, void (*fn)(void *arg, u64 run),
			  void *arg);

/*
 * Words for the pages from @first to at most @last: as many as lie in one
 * segment. False: @first is not held. Valid until the store changes.
 */
bool fdx_pfn_store_chunk(struct fdx_pfn_store *store, unsigned long first,
			 unsigned long last, struct fdx_pfn_chunk *chunk);

#endif /* __IOMMUFDX_PFN_STORE_H */
