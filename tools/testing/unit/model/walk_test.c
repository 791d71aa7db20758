// SPDX-License-Identifier: GPL-2.0-only
/* Walks of AMD host page tables: sizes, levels, permissions, faults. */
#include <linux/errno.h>
#include <string.h>

#include "rig.h"

static void check_fault(u64 iova, u64 flags)
{
	u64 val;

	CHECK(rig_write(iova, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 2);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | flags | RID, iova);
	CHECK(rig_read(iova, &val) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | flags | RID, iova);
	CHECK_NO_EVENT();
}

static void flush(void)
{
	rig_cmd(8ULL << 60, 0);
}

/* The default page of each level, in a table of each depth. */
static void default_page_sizes(void)
{
	unsigned int mode, level;

	for (mode = 1; mode <= 6; mode++) {
		for (level = 1; level <= mode && level <= 5; level++) {
			u64 size = 0x1000ULL << (9 * (level - 1));
			/* Somewhere inside the mode's reach. */
			u64 top = mode == 6 ? ~0ULL : (0x1000ULL << 9 * mode) - 1;
			u64 iova = 0x9abcdef123456ULL & top & ~(size - 1);
			u64 pa = 0x5a5a5a5a5a5a5ULL << 3 & (HOLE - 1) & ~(size - 1);
			u64 root;

			rig_start(0, 0, 0);
			root = rig_domain(mode, 0);
			*rig_mem(rig_entry(root, mode, level, iova)) =
				PR | RW | pa | NL(0);
			CHECK(rig_lands(iova, pa));
			CHECK(rig_lands(iova + size - 8, pa + size - 8));
			CHECK_EQ(rig_stats().tlb_entries, 1);
			CHECK_NO_EVENT();
			rig_stop();
		}
	}
}

/* NextLevel 7: the low ones of the address give the size. */
static void every_power_of_two_size(void)
{
	unsigned int lg;

	for (lg = 13; lg <= 50; lg++) {
		unsigned int level = (lg - 12) / 9 + 1, i;
		u64 size = 1ULL << lg, iova = 0x123ULL << 51 | 3ULL << lg;
		u64 pa = lg < 48 ? 1ULL << lg : 0;
		u64 entry = PR | RW | NL(7) | pa | ((size >> 1) - 0x1000);
		u64 root;

		/* Where the default encoding is the only one. */
		if ((lg - 12) % 9 == 0)
			continue;
		rig_start(0, 0, 0);
		root = rig_domain(6, 0);
		for (i = 0; i < 1U << (lg - 12) % 9; i++)
			*rig_mem(rig_entry(root, 6, level, iova +
				 ((u64)i << (3 + 9 * level)))) = entry;
		CHECK(rig_lands(iova, pa));
		if (size <= HOLE)
			CHECK(rig_lands(iova + size - 8, pa + size - 8));
		CHECK(rig_lands(iova + size / 2, pa + size / 2));
		CHECK_EQ(rig_stats().tlb_entries, 1);
		flush();
		CHECK(rig_lands(iova + size - 0xff8, pa + size - 0xff8));
		rig_stop();
	}
}

/* 0x...000 with NextLevel 7 is 8 KiB: no ones, then a zero. */
static void eight_kib_by_hand(void)
{
	u64 root;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	*rig_mem(root + 4 * 8) = 0x60000000f0004e01ULL;
	*rig_mem(root + 5 * 8) = 0x60000000f0004e01ULL;
	CHECK(rig_lands(0x4000, 0xf0004000));
	CHECK(rig_lands(0x5ff8, 0xf0005ff8));
	/* And 0x...3000 is 32 KiB, whatever entry is walked. */
	*rig_mem(root + 0x1b * 8) = 0x60000000f000be01ULL | 0x3000;
	CHECK(rig_lands(0x1b010, 0xf000b010));
	CHECK(rig_lands(0x18010, 0xf0008010));
	CHECK(rig_lands(0x1fff8, 0xf000fff8));
	rig_stop();
}

static void sizes_that_cannot_be(void)
{
	u64 root, e;

	rig_start(0, 0, 0);
	root = rig_domain(6, 0);
	/* 2 MiB at level 1 is the next level's default. */
	*rig_mem(rig_entry(root, 6, 1, 0)) = PR | RW | NL(7) | 0xff000;
	check_fault(0, EVT_PR);
	/* 8 KiB and 2 MiB at level 2 are too small. */
	e = rig_entry(root, 6, 2, 0x40000000);
	*rig_mem(e) = PR | RW | NL(7);
	check_fault(0x40000000, EVT_PR);
	*rig_mem(e) = PR | RW | NL(7) | 0xff000;
	check_fault(0x40000000, EVT_PR);
	/* All ones. */
	e = rig_entry(root, 6, 5, 1ULL << 60);
	*rig_mem(e) = PR | RW | NL(7) | 0xffffffffff000;
	check_fault(1ULL << 60, EVT_PR);
	/* Level 6 has no pages. */
	*rig_mem(root + 8) = PR | RW | NL(0);
	check_fault(1ULL << 57, EVT_PR);
	*rig_mem(root + 8) = PR | RW | NL(7);
	check_fault(1ULL << 57, EVT_PR);
	rig_stop();
}

static void levels_can_be_skipped(void)
{
	unsigned int from, to;

	for (from = 2; from <= 6; from++) {
		for (to = 1; to < from; to++) {
			u64 root, table;

			rig_start(0, 0, 0);
			root = rig_domain(from, 0);
			table = rig_page();
			*rig_mem(root) = PR | RW | NL(to) | table;
			*rig_mem(table + 8 * 7) = PR | RW | (to < 5 ?
				0x1000000000000ULL : 0);
			CHECK(rig_lands(0x7ULL << (3 + 9 * to),
				    to < 5 ? 0x1000000000000ULL : 0));
			/* A bit of a skipped level is an absent page. */
			if (to + 1 < from) {
				check_fault(0x7ULL << (3 + 9 * to) |
					    1ULL << (12 + 9 * to), 0);
				check_fault(0x7ULL << (3 + 9 * to) |
					    1ULL << (2 + 9 * from), 0);
			}
			rig_stop();
		}
	}
}

static void level_must_fall(void)
{
	unsigned int mode, next;

	for (mode = 1; mode <= 6; mode++) {
		rig_start(0, 0, 0);
		for (next = mode; next <= 6; next++) {
			*rig_mem(rig_domain(mode, 0)) =
				PR | RW | NL(next) | rig_page();
			rig_inv_dte(RID);
			check_fault(0, EVT_PR);
		}
		rig_stop();
	}
}

static void address_must_fit_the_mode(void)
{
	unsigned int mode, bit;

	for (mode = 1; mode <= 6; mode++) {
		u64 root;

		rig_start(0, 0, 0);
		root = rig_domain(mode, 0);
		rig_map(root, mode, 0, 0x70000000);
		CHECK(rig_lands(0x10, 0x70000010));
		flush();
		for (bit = 12 + 9 * mode; bit < 64; bit++) {
			check_fault(1ULL << bit, 0);
			check_fault(~0ULL << bit, 0);
		}
		rig_stop();
	}
}

static void absent_entries(void)
{
	u64 root, e;
	unsigned int level;

	rig_start(0, 0, 0);
	root = rig_domain(4, 0);
	for (level = 4; level >= 1; level--) {
		e = rig_entry(root, 4, level, 0x123456789000);
		/* Everything else of an absent entry is software's. */
		*rig_mem(e) = ~PR;
		check_fault(0x123456789abc, 0);
		*rig_mem(e) = 0;
	}
	rig_stop();
}

static void reserved_bits(void)
{
	unsigned int bit;
	u64 root, table, page;

	rig_start(0, 0, 0);
	root = rig_domain(2, 0);
	table = rig_entry(root, 2, 2, 0);
	page = rig_entry(root, 2, 1, 0);
	*rig_mem(page) = PR | RW | 0x70000000;
	for (bit = 52; bit <= 58; bit++) {
		*rig_mem(page) ^= 1ULL << bit;
		check_fault(0, EVT_PR | EVT_RZ);
		*rig_mem(page) ^= 1ULL << bit;
	}
	for (bit = 52; bit <= 60; bit++) {
		*rig_mem(table) ^= 1ULL << bit;
		check_fault(0, EVT_PR | EVT_RZ);
		*rig_mem(table) ^= 1ULL << bit;
	}
	/* Ignored ones, and U and FC of a page. */
	*rig_mem(table) |= 0x1fe | 1ULL << 63;
	*rig_mem(page) |= 0x1fe | 3ULL << 59 | 1ULL << 63;
	CHECK(rig_lands(0, 0x70000000));
	rig_stop();
}

/* Permission is what DTE, every level and the page agree on. */
static void permissions_are_anded(void)
{
	u64 root, e[3], val;
	unsigned int i, mask;

	for (mask = 0; mask < 256; mask++) {
		bool read = true, write = true;

		rig_start(0, 0, 0);
		root = rig_domain(3, 0);
		rig_map(root, 3, 0x200000, 0x70000000);
		for (i = 0; i < 3; i++) {
			e[i] = rig_entry(root, 3, i + 1, 0x200000);
			*rig_mem(e[i]) &= ~RW;
			*rig_mem(e[i]) |= (u64)(mask >> 2 * i & 3) << 61;
		}
		rig_dte(RID, V | TV | MODE(3) | root |
			(u64)(mask >> 6 & 3) << 61, DOM);
		for (i = 0; i < 8; i += 2) {
			read &= mask >> i & 1;
			write &= mask >> i >> 1 & 1;
		}
		/* Loaded into the cache by one, then asked by the other. */
		CHECK_EQ(rig_write(0x200000, 1), write ? 0 : -EFAULT);
		CHECK_EQ(*rig_mem(0x70000000), write);
		if (!write)
			CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | EVT_PR |
				    EVT_PE | RID, 0x200000);
		CHECK_EQ(rig_read(0x200000, &val), read ? 0 : -EFAULT);
		if (!read)
			CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_PR | EVT_PE |
				    RID, 0x200000);
		CHECK_NO_EVENT();
		CHECK_EQ(rig_dma(MODEL_DMA_FETCH_ADD, 0x200000, &val, 8),
			 read && write ? 0 : -EFAULT);
		rig_stop();
	}
}

static void table_without_memory(void)
{
	u64 root;

	rig_start(0, 0, 0);
	root = rig_domain(3, 0);
	*rig_mem(rig_entry(root, 3, 2, 0x3000)) = PR | RW | NL(1) | HOLE;
	CHECK(rig_write(0x3123, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 4);
	/* Master abort; the address is that of the entry. */
	CHECK_EVENT(EVT(4) | EVT_DOM(DOM) | EVT_RW | 1ULL << 57 | RID,
		    HOLE + 0x18);
	/* A page without memory is the bus's matter, not the machine's. */
	*rig_mem(rig_entry(root, 3, 2, 0x3000)) = 0;
	rig_map(root, 3, 0x3000, HOLE);
	CHECK(rig_write(0x3000, 1) == -EIO);
	CHECK_EQ(rig_fault(), 0);
	CHECK_NO_EVENT();
	rig_stop();
}

static void transactions_cross_pages(void)
{
	unsigned char buf[0x3000], back[0x3000];
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_WRITE, .iova = 0x10800, .buf = buf,
		.len = 0x2000,
	};
	u64 root;
	int i;

	rig_start(0, 0, 0);
	root = rig_domain(2, 0);
	rig_map(root, 2, 0x10000, 0x70000000);
	rig_map(root, 2, 0x11000, 0x50000000);
	rig_map(root, 2, 0x12000, 0x60000000);
	for (i = 0; i < 0x3000; i++)
		buf[i] = i * 7 + (i >> 8);
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK_EQ(txn.done, 0x2000);
	CHECK_EQ(rig_stats().dma, 3);
	CHECK(!memcmp((char *)rig_mem(0x70000800), buf, 0x800));
	CHECK(!memcmp(rig_mem(0x50000000), buf + 0x800, 0x1000));
	CHECK(!memcmp(rig_mem(0x60000000), buf + 0x1800, 0x800));
	txn.op = MODEL_DMA_READ;
	txn.buf = back;
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK(!memcmp(buf, back, 0x2000));
	/* Up to the first fault. */
	txn.len = 0x3000;
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_EQ(txn.done, 0x2800);
	CHECK_EQ(txn.fault, 2);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | RID, 0x13000);
	CHECK_EQ(rig_stats().faults, 1);
	rig_stop();
}

static void fetch_add(void)
{
	u64 root, val = 5;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	*rig_mem(0x70000ff8) = 37;
	CHECK(rig_dma(MODEL_DMA_FETCH_ADD, 0x1ff8, &val, 8) == 0);
	CHECK_EQ(val, 37);
	CHECK_EQ(*rig_mem(0x70000ff8), 42);
	rig_stop();
}

/* An absent page is the answer to a translation request, not an event. */
static void translation_requests(void)
{
	u64 root, e;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	e = rig_entry(root, 1, 1, 0x1000);
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 2);
	CHECK_NO_EVENT();
	*rig_mem(e) = PR | 1ULL << 55;
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_TR | EVT_PR | EVT_RZ | RID,
		    0x1000);
	*rig_mem(e) = PR | IR;
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 0x1000) == 0);
	CHECK_EQ(rig_stats().tlb_entries, 1);
	/* No permission at all is no translation, cached or not. */
	rig_dte(RID, V | TV | MODE(1) | IW | root, DOM);
	rig_inv_dte(RID);
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 1) == -EFAULT);
	flush();
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 1) == -EFAULT);
	rig_dte(RID, V | TV | IW, DOM);
	rig_inv_dte(RID);
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 1) == 0);
	rig_dte(RID, V | TV, DOM);
	rig_inv_dte(RID);
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 2);
	CHECK_NO_EVENT();
	rig_stop();
}

int main(void)
{
	TAP_RUN(default_page_sizes);
	TAP_RUN(every_power_of_two_size);
	TAP_RUN(eight_kib_by_hand);
	TAP_RUN(sizes_that_cannot_be);
	TAP_RUN(levels_can_be_skipped);
	TAP_RUN(level_must_fall);
	TAP_RUN(address_must_fit_the_mode);
	TAP_RUN(absent_entries);
	TAP_RUN(reserved_bits);
	TAP_RUN(permissions_are_anded);
	TAP_RUN(table_without_memory);
	TAP_RUN(transactions_cross_pages);
	TAP_RUN(fetch_add);
	TAP_RUN(translation_requests);
	return tap_done();
}
