// SPDX-License-Identifier: GPL-2.0-only
/* Making tables higher and lower, and looking at their entries. */
#include "small.h"

static void up_and_down(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	unsigned long old;
	u64 far;

	f = &test_formats[0];
	create(0, 0, 30);
	old = pgtable_root(&pt);
	map(SZ_2M, SZ_1G, SZ_4M, RW);
	CHECK(pt.ops->grow(&pt, 65, GFP_KERNEL) == -EINVAL);
	CHECK(pt.ops->grow(&pt, 20, GFP_KERNEL) == 0);
	CHECK_EQ(pgtable_root(&pt), old);
	shim_fail_nth(2);
	CHECK(pt.ops->grow(&pt, 45, GFP_KERNEL) == -ENOMEM);
	CHECK_EQ(pgtable_root(&pt), old);
	CHECK(pt.ops->grow(&pt, 45, GFP_KERNEL) == 0);
	CHECK_EQ(pt.va_bits, 48);
	CHECK_EQ(pgtable_top_level(&pt), 3);
	CHECK(pt.page_sizes & BIT_ULL(40));
	CHECK(pt.ops->validate(&pt) == 0);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, SZ_2M + 5), SZ_1G + 5);
	far = BIT_ULL(47) - SZ_2M;
	map(far, SZ_2M, SZ_2M, RW);
	CHECK(access_page(far, true));
	CHECK(access_page(SZ_2M, true));

	/* Something is above: only the levels over it can go. */
	pt.ops->shrink(&pt, 21, &g);
	CHECK_EQ(pt.va_bits, 48);
	CHECK_EQ(pt.ops->unmap(&pt, far, far + SZ_2M - 1, &g), SZ_2M);
	pgtable_gather_free(&g);
	CHECK_EQ(pt.ops->unmap(&pt, BIT_ULL(46), BIT_ULL(47) - 1, &g), 0);
	CHECK_EQ(pt.ops->unmap(&pt, SZ_1G, BIT_ULL(48) - 1, &g), 0);
	pt.ops->shrink(&pt, 31, &g);
	CHECK_EQ(pt.va_bits, 39);
	pt.ops->shrink(&pt, 21, &g);
	CHECK(g.table_changed);
	pgtable_gather_free(&g);
	CHECK_EQ(pt.va_bits, 30);
	CHECK(!(pt.page_sizes & SZ_1G));
	CHECK_EQ(pgtable_root(&pt), old);
	CHECK_EQ(pt.ops->iova_to_phys(&pt, SZ_2M + 5), SZ_1G + 5);
	destroy();
}

/* Tables side by side cannot grow; a single one of the same format can. */
static void side_by_side(void)
{
	for (unsigned int k = 0; k < nr_test_formats; k++) {
		unsigned int one;

		f = &test_formats[k];
		if (f->stage != 2)
			continue;
		one = format_item(f, 2);
		create(0, 0, one + 2);
		CHECK_EQ(pt.va_bits, one + 2);
		map(3ULL << one, SZ_1G, SZ_64K, RW);
		CHECK_EQ(pt.ops->iova_to_phys(&pt, (3ULL << one) + 5), SZ_1G + 5);
		CHECK(access_page(3ULL << one, true));
		CHECK(pt.ops->grow(&pt, one + 3, GFP_KERNEL) == -EINVAL);
		destroy();
	}
}

struct dumped {
	unsigned int leaves, tables, stop;
	u64 bytes;
	struct pgtable_dump_entry first;
};

static int count_entry(void *data, const struct pgtable_dump_entry *e)
{
	struct dumped *d = data;

	if (e->leaf) {
		if (!d->leaves++)
			d->first = *e;
		d->bytes += e->size;
	} else {
		d->tables++;
	}
	return d->stop && d->leaves == d->stop ? 7 : 0;
}

static void dump_shows_each_entry_once(void)
{
	struct dumped d = {};

	f = &test_formats[0];
	create(0, 0, 48);
	map(SZ_64K, SZ_1G, SZ_64K, PGTABLE_READ);
	map(SZ_4M, SZ_1G, SZ_8M, RW);
	CHECK(access_page(SZ_64K + SZ_8K, false));
	CHECK(access_page(SZ_4M, true));
	CHECK(pt.ops->dump(&pt, 0, U64_MAX, count_entry, &d) == 0);
	CHECK_EQ(d.leaves, 3);
	CHECK_EQ(d.tables, 3);
	CHECK_EQ(d.bytes, SZ_64K + SZ_8M);
	CHECK_EQ(d.first.iova, SZ_64K);
	CHECK_EQ(d.first.size, SZ_64K);
	CHECK_EQ(d.first.pa, SZ_1G);
	CHECK_EQ(d.first.level, 0);
	CHECK(d.first.accessed && !d.first.dirty);
	CHECK_EQ(d.first.prot & RW, PGTABLE_READ);

	d = (struct dumped){ .stop = 1 };
	CHECK(pt.ops->dump(&pt, SZ_4M + SZ_1M, U64_MAX, count_entry, &d) == 7);
	CHECK_EQ(d.first.iova, SZ_4M);
	CHECK(d.first.dirty);
	destroy();
}

/* Every changed entry is in memory when the operation returns. */
static int check_table(void *data, const struct pgtable_dump_entry *e)
{
	if (!e->leaf)
		CHECK(shim_written_back(phys_to_virt(e->pa), PAGE_SIZE));
	return 0;
}

static void check_memory(void)
{
	CHECK(shim_written_back(pgtable_root_top(pgtable_root(&pt)),
				8UL << f->index_bits));
	pt.ops->dump(&pt, 0, U64_MAX, check_table, NULL);
}

static int sync_and_check(struct pgtable_resize *req, struct pgtable_gather *g)
{
	check_memory();
	return 0;
}

static void caches_are_flushed(void)
{
	struct pgtable_dirty_sink sink = { .shift = 12 };
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_resize req = {
		.last = SZ_4M - 1, .gfp = GFP_KERNEL, .accept_faults = true,
		.sync = sync_and_check,
	};

	for (unsigned int k = 0; k < nr_test_formats; k++) {
		f = &test_formats[k];
		req.split = req.merge = 0;
		create(PGTABLE_QUIRK_NONCOHERENT, 0, 0);
		check_memory();
		map(0, SZ_1G, SZ_64M, RW);
		map(SZ_1G + SZ_64K, SZ_1G, SZ_2M, RW);
		check_memory();
		req.split = 1ULL << f->granule;
		CHECK(pt.ops->resize(&pt, &req) == 0);
		check_memory();
		pt.ops->protect(&pt, SZ_64K, SZ_1M - 1, PGTABLE_READ, &g);
		check_memory();
		pt.ops->protect(&pt, 0, SZ_4M - 1, RW, &g);
		pt.ops->set_dirty(&pt, 0, SZ_64K, true, &g);
		check_memory();
		pt.ops->set_dirty(&pt, 0, SZ_64K * 2 - 1, false, &g);
		check_memory();
		req.split = 0;
		req.merge = SZ_2M;
		CHECK(pt.ops->resize(&pt, &req) == 0);
		check_memory();
		pt.ops->unmap_dirty(&pt, SZ_1G, SZ_1G + SZ_1M - 1, &sink, &g);
		check_memory();
		pt.ops->unmap(&pt, 0, U64_MAX, &g);
		check_memory();
		pgtable_gather_free(&g);
		destroy();
	}
}

int main(void)
{
	TAP_RUN(up_and_down);
	TAP_RUN(side_by_side);
	TAP_RUN(dump_shows_each_entry_once);
	TAP_RUN(caches_are_flushed);
	return tap_done();
}
