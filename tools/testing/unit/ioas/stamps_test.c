// SPDX-License-Identifier: GPL-2.0-only
/*
 * No write is lost, however the address space changes under it. Ranges are
 * unmapped with their dirty bits and mapped again, leaves are split and merged,
 * and dirty bits are read in between.
 *
 * The same goes for devices behind shadows of these HWPTs, whose guests map and
 * unmap pages all the time.
 */
#include <sanitizer/lsan_interface.h>
#include <linux/err.h>
#include <string.h>
#include "core/area.h"
#include "core/dirty/page_size.h"
#include "stamps_rig.h"

static u64 written_before;	/* by earlier runs */
static u64 resized, refused;
static struct tap_rng rng;
static u64 seed, ops;
static bool ended;

/* Whatever pages of the guest: some writable, some small, some nowhere. */
static void guest_change(unsigned int d, struct tap_rng *mine)
{
	static const int prots[] = { 0, GUEST_READ, 3, 3, 3, 3 };
	unsigned long page = tap_below(mine, PAGES / HOT) * HOT;
	unsigned long slot = page / slot_pages, to = tap_below(mine, PAGES);
	uint64_t *entry = guest_slot(&guest[d], guest_page(page), 1);
	uint64_t table = *entry;
	int prot = prots[tap_below(mine, ARRAY_SIZE(prots))];

	guest_map(&guest[d], guest_page(page), IOVA + to * PAGE_SIZE, 0, prot);
	if (slot_pages == MAX_SLOT_PAGES && !tap_below(mine, 4)) {
		/* All of it is one large page for a while. */
		*entry = guest_leaf_entry(&guest[d], IOVA + to / slot_pages *
					  SLOT_BYTES, 1, prot);
		CHECK_EQ(guest_sync(d, slot * slot_pages, slot_pages), 0);
		*entry = table;
		CHECK_EQ(guest_sync(d, page, 1), 0);
	} else if (tap_below(mine, 2)) {
		CHECK_EQ(guest_sync(d, page, 1), 0);
	} else {
		CHECK_EQ(guest_sync(d, 0, PAGES), 0);
	}
}

static void *do_guest(void *arg)
{
	unsigned int d = (struct iommufdx_master *)arg - dev;
	struct tap_rng mine = { seed + 200 + d };

	while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
		guest_change(d, &mine);
	return NULL;
}

static int read_one(unsigned int d, struct fdx_dirty_bitmap *bm)
{
	int rc;

	rc = fdx_shadows_read_dirty(&hwpt[d], bm->iova, bm->last);
	if (!rc)
		rc = fdx_ioas_read_dirty(&ioas, own(d), &hwpt[d].debt, 0, bm);
	if (!rc)
		rc = fdx_shadows_report(&hwpt[d], false, bm);
	return rc;
}

static void read_slot(unsigned long slot, bool trouble)
{
	struct fdx_dirty_bitmap bm;
	unsigned int d;
	int rc;

	for (d = 0; d < DEVICES; d++) {
		CHECK_EQ(fdx_dirty_bitmap_init(&bm, slot_iova(slot), SLOT_BYTES,
					       PAGE_SIZE,
					       (unsigned long)bitmap[d]), 0);
		/* Once is made up for at once. */
		refuse_flushes(trouble ? 1 + tap_below(&rng, 3) : 0);
		rc = read_one(d, &bm);
		CHECK(!rc || (trouble && rc == -EIO));
		refuse_flushes(0);
		refused += !!rc;
		fdx_dirty_bitmap_release(&bm);
	}
	copy_reported(slot);
}

static void unmap_slot(unsigned long slot)
{
	/* A call that fails half way to its bitmaps does nothing. */
	if (!tap_below(&rng, 8)) {
		missing = 1 + tap_below(&rng, DEVICES);
		CHECK_EQ(-try_unmap(slot), EFAULT);
	}
	CHECK_EQ(try_unmap(slot), 0);
	check_copied(slot);
}

/* Give a part of a slot other leaves, which nobody may notice. */
static void resize_slot(unsigned long slot)
{
	static const u64 sizes[] = { 0x1000, 0x4000, 0x10000, 0x200000 };
	u64 first = tap_below(&rng, slot_pages);
	u64 last = first + tap_below(&rng, slot_pages - first);
	u64 wanted = sizes[tap_below(&rng, ARRAY_SIZE(sizes))];
	bool split = tap_below(&rng, 2), whole = tap_below(&rng, 2);
	unsigned int d = tap_below(&rng, DEVICES);
	struct fdx_page_size size = {
		.iova = slot_iova(slot) + (whole ? 0 : first * PAGE_SIZE),
		.last = slot_iova(slot) + (whole ? slot_pages : last + 1) *
			PAGE_SIZE - 1,
		.split = split ? wanted : 0,
		.merge = split ? 0 : wanted,
		.accept_faults = !fdx_page_size_live(&own(d)->pt),
		.debt = &hwpt[d].debt,
		.parent = &hwpt[d],
	};

	CHECK_EQ(fdx_ioas_set_page_size(&ioas, own(d), &size), 0);
	CHECK_EQ(size.done, size.last - size.iova + 1);
	CHECK(size.smallest && size.smallest <= size.largest);
	if (split)
		CHECK(size.largest <= wanted);
	else if (whole && wanted <= SLOT_BYTES &&
		 (own(d)->pt.page_sizes & wanted))
		CHECK(size.smallest >= wanted);
	resized++;
}

static void *do_dma(void *arg)
{
	unsigned int d = (struct iommufdx_master *)arg - dev;
	struct tap_rng mine = { seed + 100 + d };

	while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
		write_stamp(d, &mine);
	return NULL;
}

/* Writes that reached memory, of all runs so far. */
static u64 all_written(void)
{
	u64 sum = written_before;

	for (unsigned int d = 0; d < DEVICES; d++)
		sum += __atomic_load_n(&written[d], __ATOMIC_RELAXED);
	return sum;
}

/* As many operations as were asked for, and more until there are @writes. */
static void no_stamp_is_lost(enum pgtable_format format, u32 caps, u64 writes)
{
	pthread_t thread[DEVICES], guests[DEVICES];
	unsigned int d;
	u64 i;

	if (!start(format, caps)) {
		CHECK(!"the hardware has no such format");
		return;
	}
	rng.state = seed;
	refused = 0;
	ended = false;
	for (d = 0; d < DEVICES; d++)
		pthread_create(&thread[d], NULL, do_dma, &dev[d]);
	for (d = 0; behind_shadows && d < DEVICES; d++)
		pthread_create(&guests[d], NULL, do_guest, &dev[d]);
	for (i = 0; i < ops || all_written() < writes; i++) {
		unsigned long slot = tap_below(&rng, SLOTS);

		switch (tap_below(&rng, 4)) {
		case 0:
			/* Not where another thread would get the error. */
			read_slot(slot, !behind_shadows && tap_below(&rng, 2));
			break;
		case 1:
			resize_slot(slot);
			break;
		default:
			unmap_slot(slot);
			map_slot(slot);
		}
	}
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	for (d = 0; d < DEVICES; d++)
		pthread_join(thread[d], NULL);
	for (d = 0; behind_shadows && d < DEVICES; d++)
		pthread_join(guests[d], NULL);
	for (d = 0; d < DEVICES; d++)
		CHECK_EQ(seen(d)->pt.ops->validate(&seen(d)->pt), 0);
	for (i = 0; i < SLOTS; i++)
		unmap_slot(i);
	for (d = 0; d < DEVICES; d++) {
		printf("# device %u: %llu writes, %llu faults\n", d,
		       (unsigned long long)written[d],
		       (unsigned long long)faulted[d]);
		CHECK(written[d]);
	}
	printf("# %llu reads in vain\n", (unsigned long long)refused);
	CHECK(refused || behind_shadows);
	written_before = all_written();
	memset(written, 0, sizeof(written));
	stop();
}

/* Whatever allocation fails, the range stays mapped and its bits stay. */
static void no_memory_loses_nothing(enum pgtable_format format)
{
	unsigned int nth = 0, d;
	int rc;

	if (!start(format, MODEL_CAP_ANY))
		return;
	do {
		for (d = 0; d < DEVICES; d++)
			CHECK_EQ(dma_write(&dev[d], NO_PASID,
					   guest_page(0) + d * 8, ++nth), 0);
		shim_fail_nth(nth / DEVICES);
		rc = try_unmap(0);
		shim_fail_nth(0);
		CHECK(rc == 0 || rc == -ENOMEM);
	} while (rc);
	CHECK(nth > 2 * DEVICES);
	check_copied(0);
	map_slot(0);
	stop();
}

static void write_all(unsigned long page, u64 value)
{
	unsigned int d;

	for (d = 0; d < DEVICES; d++)
		CHECK_EQ(dma_write(&dev[d], NO_PASID,
				   guest_page(page) + d * sizeof(u64), value),
			 0);
}

/*
 * Hardware refuses the invalidation: the range is gone, with all its bits, and its
 * memory is nobody else's.
 */
static void refused_unmap_reports_all(enum pgtable_format format)
{
	if (!start(format, MODEL_CAP_ANY))
		return;
	write_all(0, 7);
	/* Refused once it is asked for again, and forgotten. */
	refuse_flushes(1);
	CHECK_EQ(try_unmap(0), 0);
	refuse_flushes(0);
	check_copied(0);
	CHECK_EQ(dma_write(&dev[0], NO_PASID, guest_page(0), 8), -EFAULT);
	map_slot(0);
	write_all(0, 8);
	/* Refused twice the memory is lost. */
	refuse_flushes(2);
	CHECK_EQ(try_unmap(0), -EIO);
	refuse_flushes(0);
	check_copied(0);
	kept = slot_pages;
	/* What is mapped there next is what devices reach. */
	map_slot(0);
	write_all(0, 9);
	CHECK_EQ(try_unmap(0), 0);
	check_copied(0);
	stop();
}

static int resize_refused(u64 split, u64 merge, unsigned int times)
{
	struct fdx_page_size size = {
		.iova = IOVA,
		.last = IOVA + SLOT_BYTES - 1,
		.split = split,
		.merge = merge,
		.accept_faults = true,
	};
	unsigned int d;
	int rc = 0;

	for (d = 0; d < DEVICES; d++) {
		refuse_flushes(times);
		size.debt = &hwpt[d].debt;
		rc = fdx_ioas_set_page_size(&ioas, own(d), &size) ?: rc;
		refuse_flushes(0);
	}
	return rc;
}

/*
 * A call fails for a flush that is refused, and is made again. Hardware may have
 * gone on by what it has cached: what it wrote meanwhile is reported.
 */
static void refused_calls_lose_nothing(enum pgtable_format format)
{
	unsigned int d;
	int rc;

	if (!start(format, MODEL_CAP_ANY))
		return;
	/* Tracking starts: leaves are made clean. */
	write_all(0, 1);
	for (d = 0; d < DEVICES; d++) {
		refuse_flushes(2);
		CHECK_EQ(fdx_ioas_clear_dirty(&ioas, own(d)), -EIO);
		refuse_flushes(0);
		CHECK_EQ(fdx_ioas_clear_dirty(&ioas, own(d)), 0);
	}
	write_all(0, 2);
	read_slot(0, false);
	/* Pages are split and merged. */
	write_all(1, 3);
	rc = resize_refused(PAGE_SIZE, 0, 2);
	CHECK(!rc || rc == -EIO);
	write_all(2, 4);
	CHECK_EQ(resize_refused(PAGE_SIZE, 0, 0), 0);
	write_all(3, 5);
	read_slot(0, false);
	rc = resize_refused(0, SLOT_BYTES, 2);
	CHECK(!rc || rc == -EIO);
	write_all(4, 6);
	CHECK_EQ(resize_refused(0, SLOT_BYTES, 0), 0);
	write_all(5, 7);
	read_slot(0, false);
	write_all(4, 8);
	CHECK_EQ(try_unmap(0), 0);
	check_copied(0);
	map_slot(0);
	stop();
}

/* Whatever allocation an invalidation fails at, what goes is in the bitmap. */
static void no_memory_for_a_guest(void)
{
	const unsigned long far = GUEST_IOVA + (1UL << 30);
	unsigned int nth = 0, d;
	int rc;

	if (!start(PGTABLE_ANY, MODEL_CAP_ANY))
		return;
	do {
		for (d = 0; d < DEVICES; d++) {
			CHECK_EQ(dma_write(&dev[d], NO_PASID,
					   guest_page(0) + d * 8, ++nth), 0);
			/* It goes elsewhere; and far away, where no table is. */
			guest_map(&guest[d], guest_page(0), IOVA + PAGE_SIZE *
				  (nth % slot_pages), 0, 3);
			guest_map(&guest[d], far, IOVA, 0, 3);
			shim_fail_nth(nth / DEVICES);
			rc = fdx_shadow_sync(&shadow[d], 0, ULONG_MAX);
			shim_fail_nth(0);
			CHECK(rc == 0 || rc == -ENOMEM);
			guest_map(&guest[d], far, IOVA, 0, 0);
			CHECK_EQ(fdx_shadow_sync(&shadow[d], 0, ULONG_MAX), 0);
		}
	} while (rc);
	/* The sync itself, a range, and two tables of the shadow at least. */
	CHECK(nth > 4 * DEVICES);
	read_slot(0, false);
	check_copied(0);
	stop();
}

static u64 leaf_at(struct iommufdx_domain *domain, u64 iova)
{
	struct pgtable_resize look = {
		.iova = iova,
		.last = iova + PAGE_SIZE - 1,
		.gfp = GFP_KERNEL,
	};

	CHECK_EQ(domain->pt.ops->resize(&domain->pt, &look), 0);
	return look.largest;
}

static void check_leaves(u64 expected)
{
	unsigned long page;

	for (page = 0; page < slot_pages; page++) {
		CHECK_EQ(leaf_at(own(0), IOVA + page * PAGE_SIZE), expected);
		CHECK_EQ(leaf_at(seen(0), guest_page(page)), expected);
	}
}

/* Of the first slot, whatever allocation fails meanwhile. */
static void set_size(u64 split, u64 merge)
{
	struct fdx_page_size size = {
		.iova = IOVA,
		.last = IOVA + SLOT_BYTES - 1,
		.split = split,
		.merge = merge,
		.debt = &hwpt[0].debt,
		.parent = &hwpt[0],
	};
	unsigned int nth = 0;
	int rc;

	do {
		shim_fail_nth(++nth);
		rc = fdx_ioas_set_page_size(&ioas, own(0), &size);
		shim_fail_nth(0);
		CHECK(rc == 0 || rc == -ENOMEM);
	} while (rc);
	CHECK(nth > 2);
	CHECK_EQ(size.done, SLOT_BYTES);
}

/* What is reported of one write to @page. */
static unsigned int pages_reported(unsigned long page)
{
	struct fdx_dirty_bitmap bm;
	unsigned int i, sum = 0;

	read_slot(0, false);
	CHECK_EQ(dma_write(&dev[0], NO_PASID, guest_page(page), ++written[0]), 0);
	CHECK_EQ(fdx_dirty_bitmap_init(&bm, IOVA, SLOT_BYTES, PAGE_SIZE,
				       (unsigned long)bitmap[0]), 0);
	CHECK_EQ(read_one(0, &bm), 0);
	fdx_dirty_bitmap_release(&bm);
	CHECK(bitmap[0][page / 64] & BIT_ULL(page % 64));
	for (i = 0; i < slot_pages / 64; i++)
		sum += hweight64(bitmap[0][i]);
	copy_reported(0);
	return sum;
}

/* A shadow's leaves are as small as its parent's: those it has, and new ones. */
static void shadows_follow_page_sizes(void)
{
	uint64_t *entry;

	if (slot_pages != MAX_SLOT_PAGES || !start(PGTABLE_ANY, MODEL_CAP_ANY))
		return;
	entry = guest_slot(&guest[0], guest_page(0), 1);
	*entry = guest_leaf_entry(&guest[0], IOVA, 1, GUEST_READ | GUEST_WRITE);
	CHECK_EQ(guest_sync(0, 0, slot_pages), 0);
	check_leaves(SLOT_BYTES);
	CHECK_EQ(pages_reported(7), slot_pages);

	set_size(0x1000, 0);
	check_leaves(0x1000);
	CHECK_EQ(pages_reported(7), 1);
	*entry = 0;
	CHECK_EQ(guest_sync(0, 0, slot_pages), 0);
	*entry = guest_leaf_entry(&guest[0], IOVA, 1, GUEST_READ | GUEST_WRITE);
	CHECK_EQ(guest_sync(0, 0, slot_pages), 0);
	check_leaves(0x1000);
	CHECK_EQ(pages_reported(9), 1);

	set_size(0, SLOT_BYTES);
	check_leaves(SLOT_BYTES);
	CHECK_EQ(pages_reported(7), slot_pages);
	stop();
}

int main(void)
{
	static const struct {
		enum iommufdx_hw_kind kind;
		enum pgtable_format format;
		u32 caps;
		const char *name;
	} formats[] = {
		{ IOMMUFDX_HW_AMD, PGTABLE_AMDV1, ~0, "amdv1" },
		{ IOMMUFDX_HW_VTD, PGTABLE_VTDSS, ~0, "vtdss" },
		{ IOMMUFDX_HW_VTD, PGTABLE_X86_64, ~0, "x86_64" },
		{ IOMMUFDX_HW_SMMUV3, PGTABLE_ARMV8_S1, ~0, "armv8_s1" },
		{ IOMMUFDX_HW_SMMUV3, PGTABLE_ARMV8_S2, ~0, "armv8_s2" },
		{ IOMMUFDX_HW_SMMUV3, PGTABLE_ARMV8_S1, MODEL_CAP_ALL & ~MODEL_CAP_BBM,
		  "armv8_s1, break before make" },
		{ IOMMUFDX_HW_SMMUV3, PGTABLE_ARMV8_S2, MODEL_CAP_ALL & ~MODEL_CAP_BBM,
		  "armv8_s2, break before make" },
	};
	size_t i;

	seed = tap_env("SEED", 1);
	ops = tap_env("OPS", 3000);
	slot_pages = tap_env("PAGES", slot_pages);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].kind != rig_ops->kind)
			continue;
		no_memory_loses_nothing(formats[i].format);
		/* Memory and tables are lost on purpose. */
		loses = true;
		__lsan_disable();
		refused_unmap_reports_all(formats[i].format);
		refused_calls_lose_nothing(formats[i].format);
		__lsan_enable();
		loses = false;
		no_stamp_is_lost(formats[i].format, formats[i].caps, 0);
		tap_result(formats[i].name);
	}
	behind_shadows = true;
	no_memory_loses_nothing(PGTABLE_ANY);
	no_memory_for_a_guest();
	shadows_follow_page_sizes();
	/* The more writes, the better: so many that none may be lost of them. */
	no_stamp_is_lost(PGTABLE_ANY, MODEL_CAP_ANY, tap_env("WRITES", 1000000));
	printf("# %llu tracked writes\n", (unsigned long long)written_before);
	tap_result("behind shadows");
	return tap_done();
}
