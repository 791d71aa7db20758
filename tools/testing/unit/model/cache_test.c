// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD caches: they keep what they hold until a command evicts it, and nothing
 * else does; exact ranges; finding what is stale.
 */
#include <linux/array_size.h>
#include <linux/errno.h>

#include "rig.h"

#define INV_ALL_OF(dom) rig_inv(dom, 0x7ffffffffffff001ULL)

static void translations_stay_until_invalidated(void)
{
	u64 root, e;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	e = rig_entry(root, 1, 1, 0x1000);
	*rig_mem(e) = PR | RW | 0x70000000;
	CHECK(rig_lands(0x1000, 0x70000000));
	*rig_mem(e) = PR | RW | 0x71000000;
	CHECK(rig_lands(0x1000, 0x70000000));
	*rig_mem(e) = 0;
	CHECK(rig_lands(0x1008, 0x70000008));
	CHECK_EQ(rig_stats().tlb_hits, 2);
	rig_inv(DOM, 0x1000);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	/* What is absent is not cached. */
	*rig_mem(e) = PR | RW | 0x72000000;
	CHECK(rig_lands(0x1000, 0x72000000));
	rig_stop();
}

static void device_entries_stay_until_invalidated(void)
{
	u64 root, other;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	rig_map(root, 1, 0x2000, 0x70001000);
	other = rig_page();
	rig_map(other, 1, 0x1000, 0x71000000);
	rig_map(other, 1, 0x2000, 0x71001000);
	CHECK(rig_lands(0x1000, 0x70000000));
	rig_dte(RID, V | TV | MODE(1) | RW | other, DOM + 1);
	CHECK(rig_lands(0x2000, 0x70001000));
	CHECK_EQ(rig_stats().dev_hits, 1);
	/* Another device's, and this one's translations, do not help. */
	rig_inv_dte(RID + 1);
	INV_ALL_OF(DOM);
	CHECK(rig_lands(0x2000, 0x70001000));
	rig_inv_dte(RID);
	CHECK(rig_lands(0x2000, 0x71001000));
	CHECK(rig_lands(0x1000, 0x71000000));
	/* An entry that was not valid is cached as well. */
	rig_dte(RID, 0, 0);
	rig_inv_dte(RID);
	CHECK(rig_lands(0x40000000, 0x40000000));
	rig_dte(RID, V, 0);
	CHECK(rig_lands(0x40000000, 0x40000000));
	rig_cmd(8ULL << 60, 0);
	CHECK(rig_write(0x40000000, 1) == -EFAULT);
	rig_stop();
}

static void no_cache_sees_memory(void)
{
	u64 root, e;

	rig_start(MODEL_NO_CACHE, 0, 0);
	root = rig_domain(1, 0);
	e = rig_entry(root, 1, 1, 0x1000);
	*rig_mem(e) = PR | RW | 0x70000000;
	CHECK(rig_lands(0x1000, 0x70000000));
	*rig_mem(e) = PR | RW | 0x71000000;
	CHECK(rig_lands(0x1000, 0x71000000));
	rig_dte(RID, V, 0);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	rig_stop();
}

/* Domains with one number share translations, others do not. */
static void tagged_by_domain(void)
{
	u64 a, b, val = 9;
	struct model_txn txn = {
		.rid = RID + 1, .op = MODEL_DMA_WRITE, .iova = 0x1000,
		.buf = &val, .len = 8,
	};

	rig_start(0, 0, 0);
	a = rig_domain(1, 0);
	rig_map(a, 1, 0x1000, 0x70000000);
	b = rig_page();
	rig_map(b, 1, 0x1000, 0x71000000);
	rig_dte(RID + 1, V | TV | MODE(1) | RW | b, DOM + 1);
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK_EQ(*rig_mem(0x71000000), 9);
	CHECK_EQ(rig_stats().tlb_entries, 2);
	/* Evicting one leaves the other. */
	*rig_mem(a + 8) = 0;
	*rig_mem(b + 8) = 0;
	rig_inv(DOM + 1, 0x1000);
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	/* The mistake of giving one number to two tables is visible. */
	rig_dte(RID + 1, V | TV | MODE(1) | RW | b, DOM);
	rig_inv_dte(RID + 1);
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK_EQ(*rig_mem(0x70000000), 9);
	rig_stop();
}

/* A permission is cached with the translation; the device's own is not. */
static void permissions_stay_too(void)
{
	u64 root, e, val;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	e = rig_entry(root, 1, 1, 0x1000);
	*rig_mem(e) = PR | IR | 0x70000000;
	CHECK(rig_read(0x1000, &val) == 0);
	*rig_mem(e) |= IW;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | EVT_PR | EVT_PE | RID,
		    0x1000);
	rig_inv(DOM, 0x1000);
	CHECK(rig_write(0x1000, 1) == 0);
	rig_dte(RID, V | TV | MODE(1) | IR | root, DOM);
	rig_inv_dte(RID);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK(rig_read(0x1000, &val) == 0);
	rig_stop();
}

/* ---- Ranges ---- */

/* Load pages, invalidate one range, and see which went: @first..@last only. */
static void check_range(u64 root, const u64 *pages, int n, u64 word, u64 first,
			u64 last)
{
	u64 misses;
	int i;

	for (i = 0; i < n; i++) {
		u64 val;

		if (rig_read(pages[i], &val))
			shim_warn(__FILE__, __LINE__, "page not mapped");
	}
	rig_inv(DOM, word);
	for (i = 0; i < n; i++) {
		bool inside = pages[i] >= first && pages[i] <= last;
		u64 val;

		misses = rig_stats().tlb_misses;
		rig_read(pages[i], &val);
		if (rig_stats().tlb_misses - misses != inside)
			tap_fail(__FILE__, __LINE__,
				 "%#llx is %sin %#llx (%#llx..%#llx)",
				 (long long)pages[i], inside ? "" : "not ",
				 (long long)word, (long long)first,
				 (long long)last);
	}
}

/* Examples computed by hand from table 14. */
static void ranges_by_hand(void)
{
	static const u64 pages[] = {
		0, 0x1000, 0x2000, 0x3000, 0x4000, 0x7000, 0x8000, 0xf000,
		0x10000, 0x1ff000, 0x200000, 0x3ff000, 0x400000, 0x7fffffff000,
		0x80000000000, 0x7ffffffffffff000, 0x8000000000000000,
		0xfffffffffffff000,
	};
	static const struct {
		u64 word, first, last;
	} t[] = {
		{ 0x1000, 0x1000, 0x1fff },
		{ 0x3000, 0x3000, 0x3fff },
		{ 0x2001, 0x2000, 0x3fff },		/* 8 KiB */
		{ 0x1, 0, 0x1fff },
		{ 0x1001, 0, 0x3fff },			/* 16 KiB */
		{ 0x5001, 0x4000, 0x7fff },
		{ 0x3001, 0, 0x7fff },			/* 32 KiB */
		{ 0x2ff001, 0x200000, 0x3fffff },	/* 2 MiB */
		{ 0xfffff001, 0, 0x1ffffffff },		/* 8 GiB */
		{ 0x7fffffff001, 0, 0xfffffffffff },
		{ 0x7ffffffffffff001, 0, ~0ULL },	/* everything */
		{ 0xfffffffffffff001, 0, ~0ULL },
		{ 0xbffffffffffff001, 0x8000000000000000, ~0ULL },
		{ 0x3ffffffffffff003, 0, 0x7fffffffffffffff },	/* PDE too */
	};
	u64 root;
	int i;

	rig_start(0, 0, 0);
	root = rig_domain(6, 0);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		rig_map(root, 6, pages[i], 0x70000000 + i * 0x1000);
	for (i = 0; i < ARRAY_SIZE(t); i++)
		check_range(root, pages, ARRAY_SIZE(pages), t[i].word,
			    t[i].first, t[i].last);
	rig_stop();
}

/* What a range must be, bit by bit: the run of ones and the zero above it. */
static void slow_range(u64 word, u64 *first, u64 *last)
{
	unsigned int bit = 12;

	*first = word & ~0xfffULL;
	*last = *first | 0xfff;
	if (!(word & 1))
		return;
	for (;;) {
		bool one = word >> bit & 1;

		*first &= ~(1ULL << bit);
		*last |= 1ULL << bit;
		if (!one || bit == 63)
			return;
		bit++;
	}
}

static void random_ranges(void)
{
	struct tap_rng rng = { tap_env("SEED", 0x5eed) };
	unsigned int ops = tap_env("OPS", 300), i, n, round;
	u64 pages[64], first, last, word, root;

	printf("# SEED=%#llx OPS=%u\n", (long long)rng.state, ops);
	for (round = 0; round < ops / 30 + 1; round++) {
		/* Around one place, at all distances from it. */
		u64 base = tap_rand(&rng);

		/* Small caches search by address, large ones by entry. */
		rig_start(0, 0, round & 1 ? 64 : 4096);
		root = rig_domain(6, 0);
		for (n = 0; n < 64;) {
			pages[n] = (base ^ (tap_rand(&rng) >>
				    tap_below(&rng, 52))) & ~0xfffULL;
			for (i = 0; pages[i] != pages[n]; i++)
				;
			if (i < n)
				continue;
			rig_map(root, 6, pages[n++], 0x70000000);
		}
		for (i = 0; i < 30; i++) {
			word = (base ^ (tap_rand(&rng) >>
				tap_below(&rng, 52))) & ~0xfffULL;
			if (tap_below(&rng, 4))
				word |= (0xffffffffffffffffULL >>
					 tap_below(&rng, 52)) & ~0xfffULL;
			word |= tap_below(&rng, 4) != 0;
			slow_range(word, &first, &last);
			check_range(root, pages, 64, word, first, last);
		}
		rig_stop();
	}
}

/* A large page goes when any part of it is named. */
static void part_of_a_large_page_evicts_it(void)
{
	u64 root;

	rig_start(0, 0, 0);
	root = rig_domain(3, 0);
	*rig_mem(rig_entry(root, 3, 2, 0x400000)) = PR | RW | 0x70000000;
	CHECK(rig_lands(0x400000, 0x70000000));
	rig_inv(DOM, 0x600000);
	CHECK_EQ(rig_stats().tlb_entries, 1);
	rig_inv(DOM, 0x3ff000);
	CHECK_EQ(rig_stats().tlb_entries, 1);
	rig_inv(DOM, 0x5ff000);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	rig_stop();
}

/* ---- Staleness ---- */

static void check_finds_each_kind_of_mistake(void)
{
	u64 root, e, table;

	rig_start(0, 0, 0);
	root = rig_domain(3, 0);
	rig_map(root, 3, 0x1000, 0x70000000);
	rig_map(root, 3, 0x2000, 0x70001000);
	e = rig_entry(root, 3, 1, 0x1000);
	table = rig_entry(root, 3, 2, 0x1000);
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK(rig_lands(0x2000, 0x70001000));
	CHECK_EQ(model_check(rig.m), 0);
#define MISTAKE(pa, val, n) \
	do { \
		u64 __old = *rig_mem(pa); \
		*rig_mem(pa) = (val); \
		CHECK_EQ(model_check(rig.m), n); \
		*rig_mem(pa) = __old; \
		CHECK_EQ(model_check(rig.m), 0); \
	} while (0)
	MISTAKE(e, 0, 1);
	MISTAKE(e, PR | IR | 0x70000000, 1);
	MISTAKE(e, PR | RW | 0x71000000, 1);
	MISTAKE(table, 0, 2);
	MISTAKE(table, *rig_mem(table) & ~IW, 2);
	/* The entry, and the table it points to. */
	MISTAKE(rig.devtab + RID * 32, V | TV | MODE(3) | RW | rig_page(), 3);
	MISTAKE(rig.devtab + RID * 32 + 8, DOM + 1, 1);
	MISTAKE(rig.devtab + RID * 32 + 16, 1, 1);
#undef MISTAKE
	CHECK_EQ(rig_stats().stale, 1 + 1 + 1 + 2 + 2 + 3 + 1 + 1);
	rig_stop();
}

/* Accessed bits, splitting a page and a taller table change no translation. */
static void check_knows_what_is_the_same(void)
{
	u64 root, e, table, top;
	int i;

	rig_start(0, 0, 0);
	root = rig_domain(3, 0);
	e = rig_entry(root, 3, 2, 0x400000);
	*rig_mem(e) = PR | RW | 0x70000000;
	CHECK(rig_lands(0x400000, 0x70000000));
	*rig_mem(e) |= A_BIT;
	CHECK_EQ(model_check(rig.m), 0);
	table = rig_page();
	for (i = 0; i < 512; i++)
		*rig_mem(table + i * 8) = PR | RW | (0x70000000 + i * 0x1000);
	*rig_mem(e) = PR | RW | NL(1) | table;
	CHECK_EQ(model_check(rig.m), 0);
	/* One of the small pages is another: only a full look finds it. */
	*rig_mem(table + 511 * 8) ^= 0x1000000;
	CHECK_EQ(model_check(rig.m), 1);
	*rig_mem(table + 511 * 8) ^= 0x1000000;

	top = rig_page();
	*rig_mem(top) = PR | RW | NL(3) | root;
	rig_dte(RID, V | TV | MODE(4) | RW | top, DOM);
	rig_inv_dte(RID);
	CHECK_EQ(model_check(rig.m), 0);
	/* The device leaves; the domain's table is still what it was. */
	rig_dte(RID, V, 0);
	rig_inv_dte(RID);
	CHECK_EQ(model_check(rig.m), 0);
	*rig_mem(root) = 0;
	CHECK_EQ(model_check(rig.m), 1);
	rig_stop();
}

static void stale_hits_are_counted(void)
{
	u64 root, e;

	rig_start(MODEL_CHECK_HITS, 0, 0);
	root = rig_domain(1, 0);
	e = rig_entry(root, 1, 1, 0x1000);
	*rig_mem(e) = PR | RW | 0x70000000;
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK_EQ(rig_stats().stale, 0);
	*rig_mem(e) = 0;
	/* An invalidation is queued: the driver knows. */
	rig_queue(3ULL << 60 | (u64)DOM << 32, 0x1000);
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK_EQ(rig_stats().stale, 0);
	/* Something else was invalidated. */
	rig_run();
	*rig_mem(e) = PR | RW | 0x70000000;
	CHECK(rig_lands(0x1000, 0x70000000));
	*rig_mem(e) = 0;
	rig_inv(DOM, 0x2000);
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK_EQ(rig_stats().stale, 1);
	rig_stop();
}

/* Memory that the driver gave back is not written, and the attempt counted. */
static void memory_that_is_not_held(void)
{
	u64 root, val;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	rig.unpinned = 0x70000000;
	CHECK(rig_read(0x1000, &val) == 0);
	CHECK_EQ(rig_stats().stale, 0);
	CHECK(rig_write(0x1000, 1) == -EIO);
	CHECK_EQ(*rig_mem(0x70000000), 0);
	CHECK_EQ(rig_stats().stale, 1);
	/* Without a translation nobody promised to hold anything. */
	rig_dte(RID, 0, 0);
	rig_inv_dte(RID);
	CHECK(rig_write(0x70000000, 1) == -EIO);
	CHECK(rig_read(0x70000000, &val) == -EIO);
	CHECK(rig_write(0x70001000, 1) == 0);
	CHECK_EQ(rig_stats().stale, 1);
	rig_stop();
}

static void capacity_evicts(void)
{
	u64 root, i, val;

	rig_start(0, 0, 16);
	root = rig_domain(2, 0);
	for (i = 0; i < 40; i++) {
		rig_map(root, 2, i << 12, 0x70000000);
		CHECK(rig_read(i << 12, &val) == 0);
	}
	CHECK_EQ(rig_stats().tlb_entries, 16);
	CHECK(rig_read(39 << 12, &val) == 0);
	CHECK_EQ(rig_stats().tlb_hits, 1);
	rig_stop();
}

int main(void)
{
	TAP_RUN(translations_stay_until_invalidated);
	TAP_RUN(device_entries_stay_until_invalidated);
	TAP_RUN(no_cache_sees_memory);
	TAP_RUN(tagged_by_domain);
	TAP_RUN(permissions_stay_too);
	TAP_RUN(ranges_by_hand);
	TAP_RUN(random_ranges);
	TAP_RUN(part_of_a_large_page_evicts_it);
	TAP_RUN(check_finds_each_kind_of_mistake);
	TAP_RUN(check_knows_what_is_the_same);
	TAP_RUN(stale_hits_are_counted);
	TAP_RUN(memory_that_is_not_held);
	TAP_RUN(capacity_evicts);
	return tap_done();
}
