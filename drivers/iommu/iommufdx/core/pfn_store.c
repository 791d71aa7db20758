// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pfn_store.h"

/* What a first segment has room for, and one that fills a page. */
#define SEG_MIN_RUNS	4
#define SEG_MAX_RUNS \
	((PAGE_SIZE - sizeof(struct fdx_pfn_seg)) / sizeof(u64))

static struct fdx_pfn_seg *seg_alloc(size_t cap, gfp_t gfp)
{
	struct fdx_pfn_seg *seg;

	seg = kmalloc(struct_size(seg, runs, cap), gfp);
	if (!seg)
		return NULL;
	seg->nr = 0;
	seg->cap = cap;
	return seg;
}

static struct fdx_pfn_seg *seg_first(struct fdx_pfn_store *store,
				     unsigned long first, unsigned long last)
{
	struct interval_tree_node *node;

	node = interval_tree_iter_first(&store->segs, first, last);
	return node ? container_of(node, struct fdx_pfn_seg, node) : NULL;
}

/* The word that holds page @index, and how many pages into its run that is. */
static size_t seg_locate(const struct fdx_pfn_seg *seg, unsigned long index,
			 unsigned long *skip)
{
	unsigned long left = index - seg->node.start;
	size_t i = 0;

	while (left >= pfn_run_npages(seg->runs[i]))
		left -= pfn_run_npages(seg->runs[i++]);
	*skip = left;
	return i;
}

/* Does @run continue the last run of @seg, and may the two be one? */
static bool seg_can_extend(const struct fdx_pfn_seg *seg, u64 run)
{
	u64 end = seg->runs[seg->nr - 1];
	unsigned long npages = pfn_run_npages(end);

	return pfn_run_pfn(end) + npages == pfn_run_pfn(run) &&
	       npages + pfn_run_npages(run) <= PFN_RUN_MAX_PAGES;
}

static void seg_extend(struct fdx_pfn_seg *seg, u64 run)
{
	u64 *end = &seg->runs[seg->nr - 1];

	*end = pfn_run(pfn_run_pfn(*end),
		       pfn_run_npages(*end) + pfn_run_npages(run));
}

void fdx_pfn_store_init(struct fdx_pfn_store *store)
{
	store->segs = RB_ROOT_CACHED;
}

ssize_t fdx_pfn_store_add(struct fdx_pfn_store *store, unsigned long *index,
			  const u64 *runs, size_t nr)
{
	struct fdx_pfn_seg *seg = NULL;
	unsigned long npages = 0;
	size_t taken = 0;
	size_t cap;

	if (*index)
		seg = seg_first(store, *index - 1, *index - 1);

	if (seg && (seg->nr < seg->cap || seg_can_extend(seg, runs[0]))) {
		interval_tree_remove(&seg->node, &store->segs);
	} else {
		/* Grow by doubling: most pieces of memory need few words. */
		cap = max_t(size_t, nr, seg ? 2 * seg->cap : SEG_MIN_RUNS);
		seg = seg_alloc(min(cap, SEG_MAX_RUNS), GFP_KERNEL_ACCOUNT);
		if (!seg)
			return -ENOMEM;
		seg->node.start = *index;
		seg->runs[seg->nr++] = runs[0];
		npages = pfn_run_npages(runs[0]);
		taken = 1;
	}

	for (; taken < nr; taken++) {
		if (seg_can_extend(seg, runs[taken]))
			seg_extend(seg, runs[taken]);
		else if (seg->nr < seg->cap)
			seg->runs[seg->nr++] = runs[taken];
		else
			break;
		npages += pfn_run_npages(runs[taken]);
	}

	*index += npages;
	seg->node.last = *index - 1;
	interval_tree_insert(&seg->node, &store->segs);
	return taken;
}

/*
 * Take the pages @first..@last, which meet @seg, out of it. What is left is a
 * part before, a part behind, both or none; both needs a second segment.
 */
static void seg_cut(struct fdx_pfn_store *store, struct fdx_pfn_seg *seg,
		    unsigned long first, unsigned long last,
		    void (*fn)(void *arg, u64 run), void *arg)
{
	unsigned long seg_last = seg->node.last;
	struct fdx_pfn_seg *tail = seg;
	unsigned long skip, used, rest;
	size_t i, from, to, nr_head, nr_tail;
	u64 rest_run = 0;
	u64 run;

	first = max(first, seg->node.start);
	last = min(last, seg_last);
	from = seg_locate(seg, first, &skip);
	to = seg_locate(seg, last, &used);
	used++;
	interval_tree_remove(&seg->node, &store->segs);

	for (i = from; i <= to; i++) {
		unsigned long lo = i == from ? skip : 0;
		unsigned long hi = i == to ? used : pfn_run_npages(seg->runs[i]);

		fn(arg, pfn_run(pfn_run_pfn(seg->runs[i]) + lo, hi - lo));
	}

	run = seg->runs[to];
	rest = pfn_run_npages(run) - used;
	if (rest)
		rest_run = pfn_run(pfn_run_pfn(run) + used, rest);
	nr_head = from + !!skip;
	nr_tail = seg->nr - (to + 1) + !!rest;

	if (!nr_head && !nr_tail) {
		kfree(seg);
		return;
	}
	if (nr_tail) {
		if (nr_head)
			tail = seg_alloc(nr_tail,
					 GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
		memmove(tail->runs + !!rest, seg->runs + to + 1,
			(seg->nr - (to + 1)) * sizeof(u64));
		if (rest)
			tail->runs[0] = rest_run;
		tail->nr = nr_tail;
		tail->node.start = last + 1;
		tail->node.last = seg_last;
		interval_tree_insert(&tail->node, &store->segs);
	}
	if (nr_head) {
		if (skip)
			seg->runs[from] =
				pfn_run(pfn_run_pfn(seg->runs[from]), skip);
		seg->nr = nr_head;
		seg->node.last = first - 1;
		interval_tree_insert(&seg->node, &store->segs);
	}
}

void fdx_pfn_store_remove(struct fdx_pfn_store *store, unsigned long first,
			  unsigned long last, void (*fn)(void *arg, u64 run),
			  void *arg)
{
	struct fdx_pfn_seg *seg;

	while ((seg = seg_first(store, first, last)))
		seg_cut(store, seg, first, last, fn, arg);
}

bool fdx_pfn_store_chunk(struct fdx_pfn_store *store, unsigned long first,
			 unsigned long last, struct fdx_pfn_chunk *chunk)
{
	struct fdx_pfn_seg *seg = seg_first(store, first, first);
	unsigned long unused;
	size_t from, to;

	if (!seg)
		return false;
	from = seg_locate(seg, first, &chunk->skip);
	if (last < seg->node.last)
		to = seg_locate(seg, last, &unused);
	else
		to = seg->nr - 1;
	chunk->runs = seg->runs + from;
	chunk->nr = to - from + 1;
	chunk->npages = min(last, seg->node.last) - first + 1;
	return true;
}
