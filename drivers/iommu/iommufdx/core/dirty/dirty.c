// SPDX-License-Identifier: GPL-2.0-only
/* The user's dirty bitmap, a pinned window at a time. */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "dirty.h"
#include "dirty_debt.h"

#define BITS_PER_WORD	64ULL

static struct fdx_dirty_bitmap *to_bitmap(struct pgtable_dirty_sink *sink)
{
	return container_of(sink, struct fdx_dirty_bitmap, sink);
}

/*
 * OR one byte of the window; @pos counts bytes from the first pinned page. Bytes
 * beside it may be another read's.
 */
static void or_byte(struct fdx_dirty_bitmap *bm, u64 pos, u8 bits)
{
	void *base = kmap_local_page(bm->pages[pos >> PAGE_SHIFT]);
	unsigned int shift = pos % sizeof(u32) * BITS_PER_BYTE;

	atomic_or((u32)bits << shift,
		  base + round_down(offset_in_page(pos), sizeof(u32)));
	kunmap_local(base);
}

static void dirty_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	struct fdx_dirty_bitmap *bm = to_bitmap(sink);
	u64 pos = bm->offset + index * sizeof(u64);
	void *base;

	if (IS_ALIGNED(pos, sizeof(u64))) {
		base = kmap_local_page(bm->pages[pos >> PAGE_SHIFT]);
		/* Two HWPTs may be read into one bitmap at the same time. */
		atomic64_or(bits, base + offset_in_page(pos));
		kunmap_local(base);
		return;
	}
	/* A word may cross into the next page, and end before its last byte. */
	for (; bits; bits >>= BITS_PER_BYTE, pos++)
		if (bits & 0xff)
			or_byte(bm, pos, bits & 0xff);
}

/* Set @len bytes of the window to all ones. */
static void set_bytes(struct fdx_dirty_bitmap *bm, u64 pos, u64 len)
{
	while (len) {
		size_t n = min_t(u64, len, PAGE_SIZE - offset_in_page(pos));
		u8 *base = kmap_local_page(bm->pages[pos >> PAGE_SHIFT]);

		memset(base + offset_in_page(pos), 0xff, n);
		kunmap_local(base);
		pos += n;
		len -= n;
	}
}

static void dirty_fill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	struct fdx_dirty_bitmap *bm = to_bitmap(sink);
	u64 end;

	while (first <= last) {
		end = min(last, first | (BITS_PER_WORD - 1)) + 1;
		if (end - first < BITS_PER_WORD) {
			dirty_word(sink, first / BITS_PER_WORD,
				   GENMASK_ULL((end - 1) % BITS_PER_WORD,
					       first % BITS_PER_WORD));
		} else {
			end = round_down(last + 1, BITS_PER_WORD);
			set_bytes(bm, bm->offset + first / BITS_PER_BYTE,
				  (end - first) / BITS_PER_BYTE);
		}
		first = end;
	}
}

static bool dirty_spill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	return fdx_debt_add(to_bitmap(sink)->debt, first, last);
}

/* Bits of the whole bitmap; the range is shorter than the address space. */
static u64 bitmap_bits(const struct fdx_dirty_bitmap *bm)
{
	return ((bm->last - bm->iova) >> bm->shift) + 1;
}

/* Bytes from word number @word to the end: not all of the last word need exist. */
static u64 bitmap_bytes(const struct fdx_dirty_bitmap *bm, u64 word)
{
	return (bitmap_bits(bm) - word * BITS_PER_WORD - 1) / BITS_PER_BYTE + 1;
}

/* Pages that @bytes from @addr on lie in. */
static u64 bitmap_pages(u64 addr, u64 bytes)
{
	return (offset_in_page(addr) + bytes - 1) / PAGE_SIZE + 1;
}

/* The 64-bit word of the bitmap that has the bit of @iova. */
static u64 bitmap_word(const struct fdx_dirty_bitmap *bm, u64 iova)
{
	return ((iova - bm->iova) >> bm->shift) / BITS_PER_WORD;
}

int fdx_dirty_bitmap_check(struct fdx_dirty_bitmap *bm, u64 iova, u64 length,
			   u64 page_size, u64 user)
{
	u64 last;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	if (!is_power_of_2(page_size) || ((iova | (last + 1)) & (page_size - 1)))
		return -EINVAL;

	*bm = (struct fdx_dirty_bitmap) {
		.sink = {
			.shift = ilog2(page_size),
			.word = dirty_word,
			.fill = dirty_fill,
			.spill = dirty_spill,
		},
		.iova = iova,
		.last = last,
		.user = user,
		.shift = ilog2(page_size),
	};
	return access_ok(u64_to_user_ptr(user), bitmap_bytes(bm, 0)) ? 0 :
								       -EFAULT;
}

int fdx_dirty_bitmap_init(struct fdx_dirty_bitmap *bm, u64 iova, u64 length,
			  u64 page_size, u64 user)
{
	u64 max_pages;
	int rc;

	rc = fdx_dirty_bitmap_check(bm, iova, length, page_size, user);
	if (rc)
		return rc;
	max_pages = min_t(u64, FDX_DIRTY_WINDOW_PAGES,
			  bitmap_pages(bm->user, bitmap_bytes(bm, 0)));
	bm->pages = kvmalloc_array(max_pages, sizeof(*bm->pages),
				   GFP_KERNEL_ACCOUNT);
	return bm->pages ? 0 : -ENOMEM;
}

static void unpin_window(struct fdx_dirty_bitmap *bm)
{
	if (bm->nr_pages)
		unpin_user_pages_dirty_lock(bm->pages, bm->nr_pages, true);
	bm->nr_pages = 0;
}

void fdx_dirty_bitmap_release(struct fdx_dirty_bitmap *bm)
{
	unpin_window(bm);
	kvfree(bm->pages);
}

/* What is pinned begins with word number @word. */
static void place_window(struct fdx_dirty_bitmap *bm, u64 word)
{
	bm->offset = offset_in_page(bm->user + word * sizeof(u64));
	bm->sink.iova = bm->iova + ((word * BITS_PER_WORD) << bm->shift);
}

int fdx_dirty_bitmap_pin(struct fdx_dirty_bitmap *bm, u64 first, u64 last)
{
	u64 word = bitmap_word(bm, first);
	u64 addr = bm->user + word * sizeof(u64);
	u64 words = bitmap_word(bm, last) - word + 1;
	u64 npages = bitmap_pages(addr, min(bitmap_bytes(bm, word),
					    words * sizeof(u64)));
	int n;

	if (npages > INT_MAX)
		return -ENOMEM;
	bm->pages = kvmalloc_array(npages, sizeof(*bm->pages),
				   GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!bm->pages)
		return -ENOMEM;
	place_window(bm, word);
	while (bm->nr_pages < npages) {
		if (fatal_signal_pending(current))
			return -EINTR;
		n = min_t(u64, FDX_DIRTY_WINDOW_PAGES, npages - bm->nr_pages);
		n = pin_user_pages_fast((addr & PAGE_MASK) +
					bm->nr_pages * PAGE_SIZE, n, FOLL_WRITE,
					bm->pages + bm->nr_pages);
		if (n <= 0)
			return -EFAULT;
		bm->nr_pages += n;
		cond_resched();
	}
	return 0;
}

int fdx_dirty_bitmap_window(struct fdx_dirty_bitmap *bm, u64 iova, u64 *last)
{
	u64 word = bitmap_word(bm, iova);
	u64 addr = bm->user + word * sizeof(u64);
	u64 bytes = bitmap_bytes(bm, word);
	u64 words = bitmap_word(bm, *last) - word + 1;
	int npages;

	unpin_window(bm);
	npages = min_t(u64, FDX_DIRTY_WINDOW_PAGES,
		       bitmap_pages(addr, min(bytes, words * sizeof(u64))));
	npages = pin_user_pages_fast(addr & PAGE_MASK, npages, FOLL_WRITE,
				     bm->pages);
	if (npages <= 0)
		return -EFAULT;
	bm->nr_pages = npages;
	place_window(bm, word);

	if (npages * PAGE_SIZE - bm->offset >= bytes) {
		*last = bm->last;
		return 0;
	}
	/* Only whole words: each has one window to be written in. */
	words = (npages * PAGE_SIZE - bm->offset) / sizeof(u64);
	if (!words)
		return -EFAULT;
	*last = bm->sink.iova + ((words * BITS_PER_WORD) << bm->shift) - 1;
	return 0;
}

int fdx_dirty_bitmap_at(struct fdx_dirty_bitmap *bm, u64 iova, u64 last,
			u64 *end)
{
	int rc;

	if (!bm->reach_last || iova < bm->reach_first || iova > bm->reach_last) {
		/* Holes may be large: their bits need not be there. */
		bm->reach_last = last;
		rc = fdx_dirty_bitmap_window(bm, iova, &bm->reach_last);
		if (rc)
			return rc;
		bm->reach_first = iova;
	}
	*end = min(last, bm->reach_last);
	return 0;
}
