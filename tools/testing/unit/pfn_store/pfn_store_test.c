// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store of PFNs against an array with one PFN per page. After each step
 * the whole structure is validated and read back.
 */
#include "tap.h"

#include <errno.h>
#include <limits.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include "core/pfn_store.h"

#define NPAGES	6000UL
#define NO_PFN	0UL

static struct fdx_pfn_store store;
static unsigned long oracle[NPAGES];
static struct tap_rng rng;

/* Segments are sorted, disjoint, as long as their runs, and as dense as can be. */
static void validate(void)
{
	struct interval_tree_node *node;
	unsigned long next = 0;

	for (node = interval_tree_iter_first(&store.segs, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		struct fdx_pfn_seg *seg =
			container_of(node, struct fdx_pfn_seg, node);
		unsigned long npages = 0;

		CHECK(node->start >= next);
		CHECK(seg->nr >= 1 && seg->nr <= seg->cap);
		CHECK(struct_size(seg, runs, seg->cap) <= PAGE_SIZE);
		for (u32 i = 0; i < seg->nr; i++) {
			u64 run = seg->runs[i];

			npages += pfn_run_npages(run);
			if (!i)
				continue;
			CHECK(pfn_run_pfn(seg->runs[i - 1]) +
			      pfn_run_npages(seg->runs[i - 1]) !=
			      pfn_run_pfn(run));
		}
		CHECK_EQ(npages, node->last - node->start + 1);
		next = node->last + 1;
	}
}

/* Read @first..@last through chunks and compare. */
static void compare(unsigned long first, unsigned long last)
{
	struct fdx_pfn_chunk chunk;

	while (first <= last) {
		unsigned long left;

		if (!fdx_pfn_store_chunk(&store, first, last, &chunk)) {
			CHECK_EQ(oracle[first], NO_PFN);
			first++;
			continue;
		}
		REQUIRE(chunk.npages && chunk.npages <= last - first + 1);
		left = chunk.npages;
		for (size_t i = 0; i < chunk.nr; i++) {
			unsigned long skip = i ? 0 : chunk.skip;
			unsigned long n = pfn_run_npages(chunk.runs[i]);

			REQUIRE(skip < n);
			for (; skip < n && left; skip++, left--, first++)
				CHECK_EQ(pfn_run_pfn(chunk.runs[i]) + skip,
					 oracle[first]);
		}
		CHECK_EQ(left, 0);
	}
}

static void check_all(void)
{
	unsigned long a = tap_below(&rng, NPAGES), b = tap_below(&rng, NPAGES);

	validate();
	compare(0, NPAGES - 1);
	compare(min(a, b), max(a, b));
}

/* Add runs until @index is @end or memory is short; returns where it came to. */
static unsigned long add_runs(unsigned long index, const u64 *runs, size_t nr)
{
	while (nr) {
		unsigned long before = index, npages = 0;
		ssize_t taken = fdx_pfn_store_add(&store, &index, runs, nr);

		if (taken < 0) {
			CHECK_EQ(-taken, ENOMEM);
			CHECK_EQ(index, before);
			break;
		}
		CHECK(taken >= 1 && taken <= nr);
		for (; taken; taken--, runs++, nr--)
			npages += pfn_run_npages(*runs);
		CHECK_EQ(index - before, npages);
	}
	return index;
}

static void random_add(void)
{
	unsigned long index = tap_below(&rng, NPAGES), end, i;
	static u64 runs[NPAGES];
	unsigned int scatter = tap_below(&rng, 4);
	unsigned long pfn;
	size_t nr = 0;

	if (oracle[index] != NO_PFN)
		return;
	/* Often start where the neighbour ends, so that runs meet. */
	while (index && oracle[index - 1] == NO_PFN && tap_below(&rng, 50))
		index--;
	end = index + 1 + tap_below(&rng, 1UL << tap_below(&rng, 13));
	end = min(end, NPAGES);
	pfn = 1 + tap_below(&rng, 1000000);
	if (index && oracle[index - 1] != NO_PFN && tap_below(&rng, 2))
		pfn = oracle[index - 1] + 1;

	for (i = index; i < end && oracle[i] == NO_PFN; i++) {
		if (nr && pfn == oracle[i - 1] + 1 && tap_below(&rng, 100))
			runs[nr - 1] = pfn_run(pfn_run_pfn(runs[nr - 1]),
					       pfn_run_npages(runs[nr - 1]) + 1);
		else
			runs[nr++] = pfn_run(pfn, 1);
		oracle[i] = pfn++;
		if (scatter && !tap_below(&rng, scatter == 1 ? 1 : 30))
			pfn = 1 + tap_below(&rng, 1000000);
	}
	if (!tap_below(&rng, 4))
		shim_fail_nth(1 + tap_below(&rng, 3));
	index = add_runs(index, runs, nr);
	shim_fail_nth(0);
	while (index < i)
		oracle[index++] = NO_PFN;
}

struct removal {
	unsigned long next;
	unsigned long last;
};

static void removed(void *arg, u64 run)
{
	struct removal *r = arg;

	for (unsigned long i = 0; i < pfn_run_npages(run); i++) {
		while (r->next <= r->last && oracle[r->next] == NO_PFN)
			r->next++;
		REQUIRE(r->next <= r->last);
		CHECK_EQ(oracle[r->next], pfn_run_pfn(run) + i);
		oracle[r->next++] = NO_PFN;
	}
}

static void remove_range(unsigned long first, unsigned long last)
{
	struct removal r = { .next = first, .last = last };

	shim_fail_every(1);
	fdx_pfn_store_remove(&store, first, last, removed, &r);
	shim_fail_every(0);
	for (; first <= last; first++)
		CHECK_EQ(oracle[first], NO_PFN);
}

static void random_remove(void)
{
	unsigned long first = tap_below(&rng, NPAGES);
	unsigned long last = first + tap_below(&rng, 1UL << tap_below(&rng, 13));

	remove_range(first, min(last, NPAGES - 1));
}

static void random_sequences_match_the_oracle(void)
{
	u64 seed = tap_env("SEED", 1);
	u64 ops = tap_env("OPS", 4000);

	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	rng.state = seed;
	fdx_pfn_store_init(&store);
	while (ops--) {
		if (tap_below(&rng, 5) < 3)
			random_add();
		else
			random_remove();
		check_all();
	}
	remove_range(0, NPAGES - 1);
	check_all();
	CHECK_EQ(shim_objects_in_use(), 0);
}

static void count_runs(void *arg, u64 run)
{
	++*(unsigned long *)arg;
}

static unsigned long remove_all(void)
{
	unsigned long nr = 0;

	fdx_pfn_store_remove(&store, 0, ULONG_MAX, count_runs, &nr);
	CHECK_EQ(shim_objects_in_use(), 0);
	return nr;
}

/* However small the batches in which it was pinned. */
static void contiguous_gigabyte_is_one_word(void)
{
	unsigned long index = 0, gib = 1UL << 18;

	fdx_pfn_store_init(&store);
	while (index < gib) {
		u64 run = pfn_run(0x100000 + index, 512);

		CHECK_EQ(fdx_pfn_store_add(&store, &index, &run, 1), 1);
	}
	CHECK_EQ(shim_objects_in_use(), 1);
	CHECK_EQ(remove_all(), 1);
}

static void runs_do_not_grow_beyond_their_field(void)
{
	u64 run = pfn_run(1, PFN_RUN_MAX_PAGES);
	u64 next = pfn_run(1 + PFN_RUN_MAX_PAGES, 1);
	struct fdx_pfn_chunk chunk;
	unsigned long index = 7;

	fdx_pfn_store_init(&store);
	CHECK_EQ(fdx_pfn_store_add(&store, &index, &run, 1), 1);
	CHECK_EQ(fdx_pfn_store_add(&store, &index, &next, 1), 1);
	CHECK_EQ(index, 7 + PFN_RUN_MAX_PAGES + 1);
	CHECK(fdx_pfn_store_chunk(&store, 7, index - 1, &chunk));
	CHECK_EQ(chunk.nr, 2);
	CHECK_EQ(chunk.npages, PFN_RUN_MAX_PAGES + 1);
	CHECK_EQ(remove_all(), 2);
}

/* 512 scattered pages a batch, as GUP gives them: 8 bytes each, nearly. */
static void scattered_pages_fill_whole_segments(void)
{
	unsigned long index = 0, npages = 64 * 512;
	u64 runs[512];

	fdx_pfn_store_init(&store);
	while (index < npages) {
		for (int i = 0; i < 512; i++)
			runs[i] = pfn_run(2 * (index + i) + 1, 1);
		CHECK_EQ(add_runs(index, runs, 512), index + 512);
		index += 512;
	}
	CHECK(shim_objects_in_use() <= npages / 500 + 2);
	CHECK_EQ(remove_all(), npages);
}

int main(void)
{
	TAP_RUN(contiguous_gigabyte_is_one_word);
	TAP_RUN(runs_do_not_grow_beyond_their_field);
	TAP_RUN(scattered_pages_fill_whole_segments);
	TAP_RUN(random_sequences_match_the_oracle);
	return tap_done();
}
