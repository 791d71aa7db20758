// SPDX-License-Identifier: GPL-2.0-only
/* Dirty state of leaves that are gone: see dirty_saved.h. */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/iommufdx/pgtable.h>

#include "dirty_saved.h"

#define CHUNK_PAGES	(PAGE_SIZE * BITS_PER_BYTE)

void fdx_saved_init(struct fdx_dirty_saved *saved)
{
	INIT_LIST_HEAD(&saved->node);
	init_rwsem(&saved->clearing);
	xa_init(&saved->chunks);
}

void fdx_saved_destroy(struct fdx_dirty_saved *saved)
{
	unsigned long index;
	void *chunk;

	xa_for_each(&saved->chunks, index, chunk)
		free_page((unsigned long)chunk);
	xa_destroy(&saved->chunks);
}

static int make_chunk(struct fdx_dirty_saved *saved, unsigned long index)
{
	void *chunk = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	int rc;

	if (!chunk)
		return -ENOMEM;
	rc = xa_insert(&saved->chunks, index, chunk, GFP_KERNEL_ACCOUNT);
	if (rc)
		free_page((unsigned long)chunk);
	/* Another shadow may have been faster. */
	return rc == -EBUSY ? 0 : rc;
}

int fdx_saved_reserve(struct fdx_dirty_saved *saved, unsigned long first,
		      unsigned long last)
{
	unsigned long index = first / PAGE_SIZE / CHUNK_PAGES;
	unsigned long end = last / PAGE_SIZE / CHUNK_PAGES;
	int rc;

	for (; index <= end; index++) {
		if (xa_load(&saved->chunks, index))
			continue;
		rc = make_chunk(saved, index);
		if (rc)
			return rc;
		cond_resched();
	}
	return 0;
}

/**
 * struct saved_walk - a walk over bits
 * @word: does something with those bits of a word that @mask has; bit 0 is of
 *	page number @page
 * @first: first byte of the range
 * @last: last byte
 * @sink: where to report to
 * @keep: report only
 */
struct saved_walk {
	void (*word)(struct saved_walk *walk, atomic_long_t *word,
		     unsigned long mask, unsigned long page);
	unsigned long first;
	unsigned long last;
	struct pgtable_dirty_sink *sink;
	bool keep;
};

static void walk_chunk(struct saved_walk *walk, unsigned long *chunk,
		       unsigned long page, unsigned long last)
{
	unsigned long *word = chunk + page % CHUNK_PAGES / BITS_PER_LONG;
	unsigned long end;

	for (; page <= last; page = end + 1, word++) {
		end = min(last, page | (BITS_PER_LONG - 1));
		walk->word(walk, (atomic_long_t *)word,
			   GENMASK(end % BITS_PER_LONG, page % BITS_PER_LONG),
			   round_down(page, BITS_PER_LONG));
	}
}

/* Every word of every chunk that is there. */
static void walk_saved(struct fdx_dirty_saved *saved, struct saved_walk *walk)
{
	unsigned long first = walk->first / PAGE_SIZE;
	unsigned long last = walk->last / PAGE_SIZE;
	unsigned long index, base;
	void *chunk;

	xa_for_each_range(&saved->chunks, index, chunk, first / CHUNK_PAGES,
			  last / CHUNK_PAGES) {
		base = index * CHUNK_PAGES;
		walk_chunk(walk, chunk, max(first, base),
			   min(last, base + CHUNK_PAGES - 1));
		cond_resched();
	}
}

static void add_word(struct saved_walk *walk, atomic_long_t *word,
		     unsigned long mask, unsigned long page)
{
	/* Several shadows may save at the same time. */
	atomic_long_or(mask, word);
}

void fdx_saved_add(struct fdx_dirty_saved *saved, unsigned long first,
		   unsigned long last)
{
	struct saved_walk walk = {
		.word = add_word,
		.first = first,
		.last = last,
	};

	walk_saved(saved, &walk);
}

/* Which of the pages in @mask lie in the range as a whole? */
static unsigned long whole_pages(const struct saved_walk *walk,
				 unsigned long mask, unsigned long page)
{
	unsigned long first = walk->first / PAGE_SIZE;
	unsigned long last = walk->last / PAGE_SIZE;

	if (walk->first % PAGE_SIZE && first >= page)
		mask &= ~BIT(first - page);
	if ((walk->last + 1) % PAGE_SIZE && last < page + BITS_PER_LONG)
		mask &= ~BIT(last - page);
	return mask;
}

static void forget_word(struct saved_walk *walk, atomic_long_t *word,
			unsigned long mask, unsigned long page)
{
	if (atomic_long_read(word) & mask)
		atomic_long_and(~whole_pages(walk, mask, page), word);
}

void fdx_saved_forget(struct fdx_dirty_saved *saved, unsigned long first,
		      unsigned long last)
{
	struct saved_walk walk = {
		.word = forget_word,
		.first = first,
		.last = last,
	};

	walk_saved(saved, &walk);
}

bool fdx_saved_find(struct fdx_dirty_saved *saved, unsigned long *first,
		    unsigned long last)
{
	unsigned long page = *first / PAGE_SIZE, index, bit;
	unsigned long *chunk;

	xa_for_each_range(&saved->chunks, index, chunk, page / CHUNK_PAGES,
			  last / PAGE_SIZE / CHUNK_PAGES) {
		bit = index == page / CHUNK_PAGES ? page % CHUNK_PAGES : 0;
		bit = find_next_bit(chunk, CHUNK_PAGES, bit);
		if (bit == CHUNK_PAGES)
			continue;
		page = (index * CHUNK_PAGES + bit) * PAGE_SIZE;
		*first = max(*first, page);
		return page <= last;
	}
	return false;
}

static void pay_word(struct saved_walk *walk, atomic_long_t *word,
		     unsigned long mask, unsigned long page)
{
	struct pgtable_dirty_sink *sink = walk->sink;
	unsigned long bits = atomic_long_read(word) & mask;
	unsigned long start, end;
	u64 from, to;

	if (!bits)
		return;
	if (!walk->keep)
		atomic_long_and(~whole_pages(walk, bits, page), word);
	for (start = __ffs(bits); start < BITS_PER_LONG;
	     start = find_next_bit(&bits, BITS_PER_LONG, end)) {
		end = find_next_zero_bit(&bits, BITS_PER_LONG, start);
		from = max(walk->first, (page + start) * PAGE_SIZE);
		to = min(walk->last, (page + end) * PAGE_SIZE - 1);
		sink->fill(sink, (from - sink->iova) >> sink->shift,
			   (to - sink->iova) >> sink->shift);
	}
}

void fdx_saved_pay(struct fdx_dirty_saved *saved, unsigned long first,
		   unsigned long last, struct pgtable_dirty_sink *sink,
		   bool keep)
{
	struct saved_walk walk = {
		.word = pay_word,
		.first = first,
		.last = last,
		.sink = sink,
		.keep = keep,
	};

	walk_saved(saved, &walk);
}
