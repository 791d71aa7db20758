// SPDX-License-Identifier: GPL-2.0-only
/*
 * No write is lost, however the address space changes under it. Two devices,
 * each with a HWPT of its own on one IOAS, write stamps that only grow, while
 * ranges are unmapped with their dirty bits and mapped again, leaves are split and
 * merged, and dirty bits are read in between. The test plays the part of a
 * migration: whatever a bitmap reports is copied. When a range has been unmapped,
 * its copy is the memory.
 *
 * The same goes for devices behind shadows of these HWPTs, whose guests map and
 * unmap pages all the time.
 *
 * Everything is real here but the devices and their IOMMU, which are the model.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/iommufdx.h>
#include <linux/uaccess.h>
#include <string.h>
#include "../backend/rig.h"
#include "core/access.h"
#include "core/area.h"
#include "core/dirty.h"
#include "core/dirty_debt.h"
#include "core/dirty_target.h"
#include "core/ioas_map.h"
#include "core/itree.h"
#include "core/page_size.h"
#include "core/shadow.h"
#include "../../selftests/iommufdx/guest_table.h"

#define DEVICES		2
#define SLOTS		2UL
#define MAX_SLOT_PAGES	512UL	/* a large leaf */
#define PAGES		(SLOTS * slot_pages)
#define SLOT_BYTES	(slot_pages * PAGE_SIZE)
#define IOVA		0x40000000UL
#define NO_PASID	IOMMUFDX_NO_PASID
/* Devices write to every so manyth page, so that they meet what goes on. */
#define HOT		(slot_pages / 16 + 5)
/* Guests' tables, behind the slots; what guests map of the slots, and where. */
#define TABLE_PAGES	16UL
#define TABLES(d)	(PAGES + (d) * TABLE_PAGES)
#define ALL_PAGES	TABLES(DEVICES)
#define GUEST_IOVA	0x7000000000UL

static struct machine machine;
static struct iommufdx_master dev[DEVICES];
static struct fdx_hwpt_paging hwpt[DEVICES];
static struct fdx_hwpt_shadow shadow[DEVICES];
static struct guest guest[DEVICES];
static bool behind_shadows;
static struct fdx_ioas ioas;
static struct page *memory, *tables;
/* A power of two; few pages make unmapping cheap. */
static unsigned long slot_pages = MAX_SLOT_PAGES;
static u64 copy[SLOTS * MAX_SLOT_PAGES][DEVICES];
static u64 written_before;	/* by earlier runs */
static u64 written[DEVICES], faulted[DEVICES], resized, refused;
static u64 *bitmap[DEVICES];
static unsigned int pinned;
static unsigned int missing;	/* the how manyth page of a bitmap is not there */
static bool ended;
static struct tap_rng rng;
static u64 seed, ops;

/* ------------------------------------------------------- memory and its pins */

static u64 *stamp(unsigned long page, unsigned int d)
{
	return (u64 *)page_address(memory + page) + d;
}

/* The slots are one run, guests' tables another. */
static struct page *page_of(unsigned long page)
{
	return page < PAGES ? memory + page : tables + (page - PAGES);
}

/* User address PAGE_SIZE is page 0. */
int fdx_pin(struct fdx_pages *pages, unsigned long first, unsigned long last)
{
	unsigned long start = pages->uaddr / PAGE_SIZE - 1, hole_last, n;
	u64 run;

	fdx_for_each_hole(&pages->store.segs, first, last, hole_last) {
		n = hole_last - first + 1;
		run = pfn_run(page_to_pfn(page_of(start + first)), n);
		if (fdx_pfn_store_add(&pages->store, &first, &run, 1) != 1)
			return -ENOMEM;
		pinned += n;
	}
	return 0;
}

static void unpin_run(void *arg, u64 run)
{
	pinned -= pfn_run_npages(run);
}

void fdx_unpin(struct fdx_pages *pages, unsigned long first, unsigned long last)
{
	fdx_pfn_store_remove(&pages->store, first, last, unpin_run, pages);
}

void fdx_accesses_unmap(struct fdx_ioas *ioas, unsigned long iova,
			unsigned long last)
{
}

int fdx_charge(struct fdx_pages *pages, unsigned long npages)
{
	pages->charged += npages;
	return 0;
}

void fdx_uncharge(struct fdx_pages *pages, unsigned long npages)
{
	pages->charged -= npages;
}

bool access_ok(const void *p, unsigned long size)
{
	return true;
}

int pin_user_pages_fast(unsigned long start, int npages, unsigned int flags,
			struct page **pages)
{
	int n;

	if (missing && !--missing)
		return -EFAULT;
	for (n = 0; n < npages; n++)
		pages[n] = virt_to_page(start + n * PAGE_SIZE);
	return n;
}

void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
				 bool dirty)
{
}

/* -------------------------------------------------------------------- guests */

static struct iommufdx_domain *own(unsigned int d)
{
	return hwpt[d].common.domain;
}

/* What the device is attached to. */
static struct iommufdx_domain *seen(unsigned int d)
{
	return behind_shadows ? shadow[d].common.domain : own(d);
}

static unsigned long guest_page(unsigned long page)
{
	return (behind_shadows ? GUEST_IOVA : IOVA) + page * PAGE_SIZE;
}

static int guest_sync(unsigned int d, unsigned long page, unsigned long npages)
{
	return fdx_shadow_sync(&shadow[d], guest_page(page),
			       guest_page(page + npages) - 1);
}

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

static void shadow_start(unsigned int d)
{
	const struct iommufdx_domain_req req = { .flags = IOMMUFDX_DOMAIN_DIRTY };
	struct iommufdx_ctx ictx = {};
	unsigned long page;

	shadow[d] = (struct fdx_hwpt_shadow) {
		.common.domain = domain_make(&dev[d], &req),
		.parent = &hwpt[d],
		.by_iova = RB_ROOT_CACHED,
		.by_gpa = RB_ROOT_CACHED,
		.payer = fdx_pages_new(&ictx, 0, PAGE_SIZE, false),
	};
	shadow[d].first = shadow[d].common.domain->aperture_first;
	shadow[d].last = shadow[d].common.domain->aperture_last;
	mutex_init(&shadow[d].lock);
	guest_init(&guest[d], IOMMUFDX_FORMAT_X86_64,
		   page_address(page_of(TABLES(d))), IOVA + TABLES(d) * PAGE_SIZE,
		   TABLE_PAGES * PAGE_SIZE);
	CHECK_EQ(fdx_guest_table_init(&shadow[d].table, PGTABLE_X86_64,
				      guest[d].root, GUEST_LEVELS, 0, 0), 0);
	for (page = 0; page < PAGES; page += HOT)
		guest_map(&guest[d], guest_page(page), IOVA + page * PAGE_SIZE, 0,
			  GUEST_READ | GUEST_WRITE);
	list_add(&shadow[d].node, &ioas.shadows);
	list_add(&hwpt[d].saved.node, &ioas.saved);
	CHECK_EQ(guest_sync(d, 0, PAGES), 0);
}

static void shadow_stop(unsigned int d)
{
	CHECK(fdx_shadow_clear(&shadow[d]));
	list_del(&shadow[d].node);
	list_del(&hwpt[d].saved.node);
	domain_drop(shadow[d].common.domain);
	CHECK_EQ(shadow[d].nr_ranges, 0);
	mutex_destroy(&shadow[d].lock);
	fdx_pages_put(shadow[d].payer);
}

/* ------------------------------------------------------------ the migration */

static unsigned long slot_iova(unsigned long slot)
{
	return IOVA + slot * SLOT_BYTES;
}

static void map_pages(unsigned long page, unsigned long npages)
{
	unsigned long iova = IOVA + page * PAGE_SIZE, bytes = npages * PAGE_SIZE;
	struct iommufdx_ctx ictx = {};
	struct fdx_pages *pages;
	LIST_HEAD(list);

	pages = fdx_pages_alloc(&ictx, PAGE_SIZE + page * PAGE_SIZE, bytes, true);
	list_add(&fdx_area_alloc(pages, 0, bytes, PGTABLE_READ |
				 PGTABLE_WRITE)->link, &list);
	CHECK_EQ(fdx_ioas_map_areas(&ioas, &list, false, &iova), 0);
}

static void map_slot(unsigned long slot)
{
	map_pages(slot * slot_pages, slot_pages);
}

/* Copy what the bitmaps report of a slot, and begin new ones. */
static void copy_reported(unsigned long slot)
{
	unsigned long page, i;
	unsigned int d;

	for (d = 0; d < DEVICES; d++) {
		for (i = 0; i < slot_pages; i++) {
			page = slot * slot_pages + i;
			if (bitmap[d][i / 64] & BIT(i % 64))
				copy[page][d] = READ_ONCE(*stamp(page, d));
		}
		memset(bitmap[d], 0, slot_pages / 8);
	}
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
		/* The hardware refuses one of its next commands. */
		if (trouble)
			model_set_knob(machine.model, MODEL_KNOB_ILLEGAL_AFTER,
				       1 + tap_below(&rng, 3));
		rc = read_one(d, &bm);
		model_set_knob(machine.model, MODEL_KNOB_ILLEGAL_AFTER, 0);
		CHECK(!rc || (trouble && rc == -EIO));
		refused += !!rc;
		fdx_dirty_bitmap_release(&bm);
	}
	copy_reported(slot);
}

static int try_unmap(unsigned long slot)
{
	struct fdx_dirty_target target[DEVICES] = {};
	unsigned long first = slot_iova(slot), unmapped;
	LIST_HEAD(targets);
	unsigned int d;
	int rc;

	for (d = 0; d < DEVICES; d++) {
		CHECK_EQ(fdx_dirty_target_init(&target[d], first, SLOT_BYTES,
					       PAGE_SIZE,
					       (unsigned long)bitmap[d]), 0);
		target[d].domain = own(d);
		target[d].debt = &hwpt[d].debt;
		target[d].saved = &hwpt[d].saved;
		list_add_tail(&target[d].link, &targets);
	}
	rc = fdx_ioas_unmap_range_dirty(&ioas, first, first + SLOT_BYTES - 1,
					&targets, true, &unmapped);
	CHECK_EQ(unmapped, rc ? 0 : SLOT_BYTES);
	return rc;
}

static void check_copied(unsigned long slot)
{
	unsigned long page;
	unsigned int d;

	copy_reported(slot);
	for (page = slot * slot_pages; page < (slot + 1) * slot_pages; page++)
		for (d = 0; d < DEVICES; d++)
			CHECK_EQ(copy[page][d], READ_ONCE(*stamp(page, d)));
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
	int rc;

	while (!__atomic_load_n(&ended, __ATOMIC_RELAXED)) {
		unsigned long page = tap_below(&mine, PAGES / HOT) * HOT;

		rc = dma_write(&dev[d], NO_PASID, guest_page(page) +
			       d * sizeof(u64), written[d] + 1);
		CHECK(rc == 0 || rc == -EFAULT);
		if (rc)
			faulted[d]++;
		else
			written[d]++;
	}
	return NULL;
}

static bool start(enum pgtable_format format, u32 caps)
{
	const struct iommufdx_domain_req req = {
		.format = format,
		.flags = IOMMUFDX_DOMAIN_DIRTY,
	};
	unsigned long slot;
	unsigned int d;

	if (machine_start(&machine, MODEL_INLINE, caps))
		abort();
	fdx_ioas_init(&ioas);
	memory = alloc_pages(GFP_KERNEL | __GFP_ZERO, ilog2(PAGES));
	tables = alloc_pages(GFP_KERNEL | __GFP_ZERO, ilog2(ALL_PAGES - PAGES));
	memset(copy, 0, sizeof(copy));
	ended = false;
	refused = 0;
	for (d = 0; d < DEVICES; d++) {
		master_start(&machine, &dev[d], 0x100 + d);
		hwpt[d] = (struct fdx_hwpt_paging) {
			.common.domain = rig_ops->domain_alloc_paging(&dev[d],
								      &req),
			.ioas = &ioas,
			.dirty_capable = true,
		};
		if (IS_ERR(own(d)))
			return false;
		fdx_debt_init(&hwpt[d].debt);
		fdx_saved_init(&hwpt[d].saved);
		bitmap[d] = page_at(page_make());
		written[d] = faulted[d] = 0;
		CHECK_EQ(fdx_ioas_add_domain(&ioas, own(d)), 0);
	}
	for (slot = 0; slot < SLOTS; slot++)
		map_slot(slot);
	map_pages(PAGES, ALL_PAGES - PAGES);
	down_write(&ioas.dirty_rwsem);
	for (d = 0; d < DEVICES; d++) {
		if (behind_shadows)
			shadow_start(d);
		CHECK_EQ(attach(&dev[d], NO_PASID, seen(d)), 0);
		CHECK_EQ(fdx_ioas_clear_dirty(&ioas, own(d)), 0);
		if (own(d)->ops->set_dirty_tracking)
			CHECK_EQ(own(d)->ops->set_dirty_tracking(own(d),
								 true), 0);
		CHECK_EQ(fdx_shadows_switch_tracking(&hwpt[d], true), 0);
	}
	up_write(&ioas.dirty_rwsem);
	return true;
}

static void stop(void)
{
	unsigned int d;

	for (d = 0; d < DEVICES; d++) {
		CHECK_EQ(attach(&dev[d], NO_PASID, NULL), 0);
		if (behind_shadows)
			shadow_stop(d);
		fdx_ioas_remove_domain(&ioas, own(d));
		own(d)->ops->free(own(d));
		fdx_debt_clear(&hwpt[d].debt);
		fdx_saved_destroy(&hwpt[d].saved);
		page_drop(virt_to_phys(bitmap[d]));
		master_stop(&dev[d]);
	}
	fdx_ioas_teardown(&ioas);
	CHECK_EQ(pinned, 0);
	CHECK_EQ(model_check(machine.model), 0);
	machine_stop(&machine);
	__free_pages(tables, ilog2(ALL_PAGES - PAGES));
	__free_pages(memory, ilog2(PAGES));
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
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
		no_stamp_is_lost(formats[i].format, formats[i].caps, 0);
		tap_result(formats[i].name);
	}
	behind_shadows = true;
	no_memory_loses_nothing(PGTABLE_ANY);
	no_memory_for_a_guest();
	/* The more writes, the better: so many that none may be lost of them. */
	no_stamp_is_lost(PGTABLE_ANY, MODEL_CAP_ANY, tap_env("WRITES", 1000000));
	printf("# %llu tracked writes\n", (unsigned long long)written_before);
	tap_result("behind shadows");
	return tap_done();
}
