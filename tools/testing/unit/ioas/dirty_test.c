// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's dirty bitmap: any address, any page size, any number of windows,
 * and never a byte beside it.
 */
#include <errno.h>
#include "tap.h"
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <string.h>
#include "core/dirty/dirty.h"

#define USER_PAGES	16UL
#define USER_BYTES	(USER_PAGES * PAGE_SIZE)
#define MARGIN		64

static u8 *user;		/* the process's memory */
static u8 want[USER_BYTES];
static unsigned long pinned, dirtied;
static int pin_max;		/* pages that one call pins */
static unsigned long gone;	/* offset from which on there is no memory */
static struct tap_rng rng;

bool access_ok(const void *p, unsigned long size)
{
	return (const u8 *)p >= user && size <= USER_BYTES + PAGE_SIZE;
}

int pin_user_pages_fast(unsigned long start, int npages, unsigned int flags,
			struct page **pages)
{
	unsigned long off = start - (unsigned long)user;
	int n;

	CHECK(flags & FOLL_WRITE);
	CHECK_EQ(off % PAGE_SIZE, 0);
	for (n = 0; n < npages && n < pin_max && off < gone;
	     n++, off += PAGE_SIZE)
		pages[n] = virt_to_page(user + off);
	pinned += n;
	return n ? n : -EFAULT;
}

void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
				 bool dirty)
{
	pinned -= npages;
	dirtied += dirty ? npages : 0;
}

static void set_want(unsigned long offset, u64 bit)
{
	want[offset + bit / 8] |= 1 << bit % 8;
}

/* Report some bits of a window, word by word or as a range. */
static void report(struct fdx_dirty_bitmap *bm, unsigned long offset, u64 iova,
		   u64 last)
{
	u64 base = (bm->sink.iova - bm->iova) >> bm->shift;
	u64 first = (iova - bm->sink.iova) >> bm->shift;
	u64 end = ((last - bm->sink.iova) >> bm->shift) + 1;
	u64 a, b;

	CHECK_EQ((bm->sink.iova - bm->iova) & (63ULL << bm->shift), 0);
	for (int n = tap_below(&rng, 6); n--;) {
		a = first + tap_below(&rng, end - first);
		b = a + tap_below(&rng, tap_below(&rng, 2) ? end - a : 1);
		if (a / 64 == b / 64)
			bm->sink.word(&bm->sink, a / 64,
				      GENMASK_ULL(b % 64, a % 64));
		else
			bm->sink.fill(&bm->sink, a, b);
		for (; a <= b; a++)
			set_want(offset, base + a);
	}
}

static void one_bitmap(void)
{
	unsigned int shift = 11 + tap_below(&rng, 20);
	u64 bits = 1 + tap_below(&rng, (USER_BYTES / 2) * 8);
	unsigned long offset = MARGIN + tap_below(&rng, 3 * PAGE_SIZE);
	u64 iova = tap_below(&rng, 1 << 20) << shift;
	struct fdx_dirty_bitmap bm;
	u64 at, last, end;

	bits >>= tap_below(&rng, 16);
	bits += !bits;
	end = iova + (bits << shift) - 1;
	pin_max = 1 + tap_below(&rng, 3);
	pin_max += pin_max == 1 && offset % 8;
	memset(user, 0, USER_BYTES);
	memset(want, 0, USER_BYTES);

	CHECK_EQ(fdx_dirty_bitmap_init(&bm, iova, bits << shift, 1ULL << shift,
				       (unsigned long)user + offset), 0);
	for (at = iova;; at = last + 1) {
		/* Near or far: the window says how far it came. */
		last = at + tap_below(&rng, end - at + 1);
		REQUIRE(!fdx_dirty_bitmap_window(&bm, at, &last));
		REQUIRE(last >= at && last <= end);
		report(&bm, offset, at, last);
		if (last == end)
			break;
	}
	fdx_dirty_bitmap_release(&bm);
	CHECK_EQ(pinned, 0);
	CHECK(!memcmp(user, want, USER_BYTES));
}

static void bits_land_where_they_belong(void)
{
	u64 seed = tap_env("SEED", 1);
	u64 ops = tap_env("OPS", 3000);

	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	rng.state = seed;
	gone = USER_BYTES;
	while (ops--)
		one_bitmap();
	CHECK(dirtied);
	CHECK_EQ(shim_objects_in_use(), 0);
}

static int init(u64 iova, u64 length, u64 page_size, void *p)
{
	struct fdx_dirty_bitmap bm;
	int rc = fdx_dirty_bitmap_init(&bm, iova, length, page_size,
				       (unsigned long)p);

	if (!rc)
		fdx_dirty_bitmap_release(&bm);
	return -rc;
}

static void bad_requests_are_named(void)
{
	CHECK_EQ(init(0, 0, 4096, user), EINVAL);
	CHECK_EQ(init(0, 4096, 0, user), EINVAL);
	CHECK_EQ(init(0, 3 * 4096, 3 * 4096, user), EINVAL);
	CHECK_EQ(init(2048, 4096, 4096, user), EINVAL);
	CHECK_EQ(init(0, 4096 + 2048, 4096, user), EINVAL);
	CHECK_EQ(init(U64_MAX - 4095, 8192, 4096, user), EOVERFLOW);
	CHECK_EQ(init(U64_MAX - 4095, 4096, 4096, user), 0);
	CHECK_EQ(init(0, 4096, 4096, user - 1), EFAULT);
	CHECK_EQ(init(0, U64_MAX, 1, user), EFAULT);
	CHECK_EQ(init(0, 1ULL << 63, 1ULL << 63, user), 0);
	shim_fail_nth(1);
	CHECK_EQ(init(0, 4096, 4096, user), ENOMEM);
	CHECK_EQ(shim_objects_in_use(), 0);
}

/* A bitmap that ends in nowhere: its good part can be used, then EFAULT. */
static void missing_memory_is_noticed(void)
{
	struct fdx_dirty_bitmap bm;
	u64 last, next, length = 3 * PAGE_SIZE * 8 << 12;

	pin_max = 2;
	gone = 2 * PAGE_SIZE;
	for (unsigned int off = 0; off < 16; off++) {
		u64 words = (2 * PAGE_SIZE - off) / 8;

		CHECK_EQ(fdx_dirty_bitmap_init(&bm, 0, length, 4096,
					       (unsigned long)user + off), 0);
		last = length - 1;
		CHECK_EQ(fdx_dirty_bitmap_window(&bm, 0, &last), 0);
		CHECK_EQ(last, (words * 64 << 12) - 1);
		next = last + 1;
		last = length - 1;
		CHECK_EQ(-fdx_dirty_bitmap_window(&bm, next, &last), EFAULT);
		fdx_dirty_bitmap_release(&bm);
		CHECK_EQ(pinned, 0);
	}
	gone = USER_BYTES;
}

int main(void)
{
	user = page_address(alloc_pages(GFP_KERNEL, 4));
	TAP_RUN(bits_land_where_they_belong);
	TAP_RUN(bad_requests_are_named);
	TAP_RUN(missing_memory_is_noticed);
	return tap_done();
}
