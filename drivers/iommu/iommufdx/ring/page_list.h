/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that guests invalidate one after the other.
 *
 * What most guests send is the same command for one page after the other, in
 * rising order. Each command is two words, of which only the second one differs,
 * in the page's address; behind them a command may have words that are 0.
 *
 * Such pages are kept in a list, always rising, as the hardware's word 1. A page
 * that is the neighbour of the one before it is not for the list: it is better
 * made one with that. So the latest page stays outside until the next one comes.
 *
 * Hardware reads them out of a ring_piece with a stride of one word.
 */
#ifndef __IOMMUFDX_RING_PAGE_LIST_H
#define __IOMMUFDX_RING_PAGE_LIST_H

#include <asm/byteorder.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "block.h"

/* Half of a ring of 512 commands: of those a batch must leave some for others. */
#define PAGE_LIST_MAX	256

/**
 * struct page_list - pages of one kind
 * @word0: of the guest's command that they all came with
 * @nr: how many
 * @page: word 1 of each, that is, its address and what else the word says
 */
struct page_list {
	u64 word0;
	unsigned int nr;
	u64 page[PAGE_LIST_MAX];
};

/**
 * pages_apart() - how far apart two words are that name pages
 * @page: one
 * @next: the other
 *
 * How many pages @next is above the second one above @page. Where they differ by no
 * multiple of a page, it is the greatest numbers; the next below are -1, 0 and 1
 * pages, and in the lower half of the rest @next is the greater one.
 */
static inline u64 pages_apart(u64 page, u64 next)
{
	return ror64(next - page - 2 * BIT_ULL(BLOCK_SHIFT_MIN),
		     BLOCK_SHIFT_MIN);
}

/* Below this: @next is above @page and no neighbour; and: it is no neighbour. */
#define PAGES_RISING	BIT_ULL(63 - BLOCK_SHIFT_MIN)
#define PAGES_APART	(BIT_ULL(64 - BLOCK_SHIFT_MIN) - 3)

/* Is there room for the latest page only? */
static inline bool page_list_full(const struct page_list *list)
{
	return list->nr == PAGE_LIST_MAX - 1;
}

/**
 * page_list_holds() - is a page in a list?
 * @list: the list
 * @page: its word 1
 */
static inline bool page_list_holds(const struct page_list *list, u64 page)
{
	unsigned int low = 0, high = list->nr, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (list->page[middle] == page)
			return true;
		if (list->page[middle] < page)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/**
 * page_list_goes_on() - may a page be the next one of a list?
 * @list: the list
 * @word0: of the page's command, as the guest wrote it
 * @page: word 1
 */
static inline bool page_list_goes_on(const struct page_list *list, u64 word0,
				     u64 page)
{
	return !list->nr ||
	       (list->word0 == word0 &&
		pages_apart(list->page[list->nr - 1], page) < PAGES_RISING);
}

/**
 * page_list_add_like() - take commands for pages, as long as they are alike
 * @list: where to; not full
 * @word0: of a guest's command for a page, which page_list_goes_on()
 * @page: its word 1; the latest page when it returns, which is not in @list
 * @more: commands behind it, little-endian; others may write to them
 * @num: how many
 * @words: of a command, 2 or 4; a constant
 *
 * Return: how many of them are in @list now, or are the latest page.
 */
static __always_inline u32 page_list_add_like(struct page_list *list, u64 word0,
					      u64 *page, const void *more,
					      u32 num, unsigned int words)
{
	const __le64 op0 = cpu_to_le64(word0), *cmd = more;
	const __le64 *end = cmd + (size_t)num * words;
	u64 *to = list->page + list->nr;
	const u64 *full = list->page + PAGE_LIST_MAX - 1;
	u64 latest = *page, next;

	list->word0 = word0;
	for (; cmd < end && READ_ONCE(cmd[0]) == op0; cmd += words) {
		if (words == 4 && (READ_ONCE(cmd[2]) | READ_ONCE(cmd[3])))
			break;
		next = le64_to_cpu(READ_ONCE(cmd[1]));
		if (pages_apart(latest, next) < PAGES_RISING) {
			if (to == full)
				break;
			*to++ = latest;
			latest = next;
			continue;
		}
		list->nr = to - list->page;
		if (next != latest && !page_list_holds(list, next))
			break;
	}
	list->nr = to - list->page;
	*page = latest;
	return (cmd - (const __le64 *)more) / words;
}

#endif /* __IOMMUFDX_RING_PAGE_LIST_H */
