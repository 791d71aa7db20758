// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fewest sets that cover everything, exactly.
 *
 * A greedy cover says how many are enough. Then ever larger numbers below that
 * are tried: a depth-first search takes the element that is in the fewest sets
 * and tries each set that has it. It ends early where the sets that may still be
 * taken cannot be large enough together. Small covers of few elements take no
 * time; what takes longer than SEARCH_STEPS is answered by the greedy cover.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "plan.h"

#define SEARCH_STEPS	100000

/**
 * struct cover - a search
 * @sets: bitmaps; the elements in the order of @order
 * @nr_sets: how many
 * @nbits: elements
 * @words: of a bitmap
 * @largest: elements of the largest set
 * @left: what is not covered, one bitmap per depth
 * @path: the set taken at each depth
 * @steps: that may still be done
 */
struct cover {
	unsigned long *sets;
	u32 nr_sets;
	u32 nbits;
	u32 words;
	u32 largest;
	unsigned long *left;
	u32 *path;
	u32 steps;
};

static const unsigned long *cover_set(const struct cover *c, u32 set)
{
	return c->sets + (size_t)set * c->words;
}

static unsigned long *cover_left(const struct cover *c, u32 depth)
{
	return c->left + (size_t)depth * c->words;
}

static bool set_has(const unsigned long *set, u32 bit)
{
	return set[bit / BITS_PER_LONG] >> (bit % BITS_PER_LONG) & 1;
}

static u32 set_weight(const struct cover *c, const unsigned long *set,
		      const unsigned long *within)
{
	u32 i, n = 0;

	for (i = 0; i < c->words; i++)
		n += hweight_long(set[i] & within[i]);
	return n;
}

/* What is left at @depth + 1 if @set is taken at @depth. */
static void cover_take(struct cover *c, u32 depth, u32 set)
{
	unsigned long *next = cover_left(c, depth + 1);
	const unsigned long *now = cover_left(c, depth);
	u32 i;

	c->path[depth] = set;
	for (i = 0; i < c->words; i++)
		next[i] = now[i] & ~cover_set(c, set)[i];
}

/* The largest first. Ends, as each element is in a set. */
static u32 cover_greedily(struct cover *c)
{
	u32 set, n, best, most, depth;

	for (depth = 0;; depth++) {
		most = best = 0;
		for (set = 0; set < c->nr_sets; set++) {
			n = set_weight(c, cover_set(c, set),
				       cover_left(c, depth));
			if (n > most) {
				most = n;
				best = set;
			}
		}
		if (!depth)
			c->largest = most;
		if (!most)
			return depth;
		cover_take(c, depth, best);
		cond_resched();
	}
}

/* The element left that the fewest sets have; @nbits if there is none. */
static u32 cover_rarest(const struct cover *c, u32 depth)
{
	return find_first_bit(cover_left(c, depth), c->nbits);
}

/* Is there a cover of @limit sets? It is in the path then. */
static bool cover_search(struct cover *c, u32 limit)
{
	u32 depth = 0, set = 0, bit;

	for (;;) {
		bit = cover_rarest(c, depth);
		if (bit == c->nbits)
			return true;
		if (depth < limit &&
		    set_weight(c, cover_left(c, depth), cover_left(c, depth)) <=
		    (limit - depth) * c->largest)
			while (set < c->nr_sets &&
			       !set_has(cover_set(c, set), bit))
				set++;
		else
			set = c->nr_sets;
		if (!c->steps || !--c->steps)
			return false;
		if (!(c->steps % 1024))
			cond_resched();
		if (set < c->nr_sets) {
			cover_take(c, depth++, set);
			set = 0;
		} else if (!depth) {
			return false;
		} else {
			set = c->path[--depth] + 1;
		}
	}
}

/*
 * Copy @from with its elements sorted by the number of sets that have them: a
 * counting sort, in which @count becomes the place of each.
 */
static int cover_sort(struct cover *c, const unsigned long *from)
{
	u32 *count, *begin, i, set;
	int rc = -ENOMEM;

	count = kvcalloc(c->nbits, sizeof(*count), GFP_KERNEL_ACCOUNT);
	begin = kvcalloc(c->nr_sets + 2, sizeof(*begin), GFP_KERNEL_ACCOUNT);
	if (!count || !begin)
		goto out;
	for (set = 0; set < c->nr_sets; set++) {
		for_each_set_bit(i, from + (size_t)set * c->words, c->nbits)
			count[i]++;
		cond_resched();
	}
	for (i = 0; i < c->nbits; i++)
		begin[count[i] + 1]++;
	for (i = 0; i <= c->nr_sets; i++)
		begin[i + 1] += begin[i];
	for (i = 0; i < c->nbits; i++)
		count[i] = begin[count[i]]++;
	for (set = 0; set < c->nr_sets; set++) {
		for_each_set_bit(i, from + (size_t)set * c->words, c->nbits)
			__set_bit(count[i], c->sets + (size_t)set * c->words);
		cond_resched();
	}
	rc = 0;
out:
	kvfree(begin);
	kvfree(count);
	return rc;
}

static u32 cover_answer(const struct cover *c, u32 n, u32 *chosen)
{
	u32 i, j;

	for (i = 0; i < n; i++) {
		for (j = i; j && chosen[j - 1] > c->path[i]; j--)
			chosen[j] = chosen[j - 1];
		chosen[j] = c->path[i];
	}
	return n;
}

static int cover_run(struct cover *c, const unsigned long *sets, u32 *chosen,
		     bool *minimal)
{
	u32 i, limit, enough;
	int rc;

	rc = cover_sort(c, sets);
	if (rc)
		return rc;
	for (i = 0; i < c->nbits; i++)
		c->left[i / BITS_PER_LONG] |= 1UL << (i % BITS_PER_LONG);
	c->steps = SEARCH_STEPS;
	*minimal = true;

	enough = cover_greedily(c);
	cover_answer(c, enough, chosen);
	for (limit = 1; limit < enough && c->steps; limit++)
		if (cover_search(c, limit))
			return cover_answer(c, limit, chosen);
	*minimal = c->steps;
	return enough;
}

int fdx_cover(const unsigned long *sets, u32 nr_sets, u32 nbits, u32 *chosen,
	      bool *minimal)
{
	/* No cover needs more sets than there are elements. */
	const u32 depths = min(nr_sets, nbits) + 1;
	struct cover c = {
		.nr_sets = nr_sets,
		.nbits = nbits,
		.words = BITS_TO_LONGS(nbits),
	};
	int rc = -ENOMEM;

	c.sets = kvcalloc((size_t)nr_sets * c.words, sizeof(*c.sets),
			  GFP_KERNEL_ACCOUNT);
	c.path = kvcalloc(depths, sizeof(*c.path), GFP_KERNEL_ACCOUNT);
	c.left = kvcalloc((size_t)depths * c.words, sizeof(*c.left),
			  GFP_KERNEL_ACCOUNT);
	if (c.sets && c.path && c.left)
		rc = cover_run(&c, sets, chosen, minimal);
	kvfree(c.left);
	kvfree(c.path);
	kvfree(c.sets);
	return rc;
}
