// SPDX-License-Identifier: GPL-2.0-only
/*
 * No write is lost, however the address space changes under it. Two devices,
 * each with a HWPT of its own on one IOAS, write stamps that only grow, while
 * ranges are unmapped with their dirty bits and mapped again, leaves are split and
 * merged, and dirty bits are read in between. The test plays the part of a migration: whatever a bitmap
 * reports is copied. When a range has been unmapped, its copy is the memory.
 *
 * Everything is real here but the devices and their IOMMU, which are the model.
 */
#include <linux/err.h>
#include <linux/mm.h>
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

#define DEVICES		2
#define SLOTS		2UL
#define SLOT_PAGES	512UL
#define PAGES		(SLOTS * SLOT_PAGES)
#define SLOT_BYTES	(SLOT_PAGES * PAGE_SIZE)
#define IOVA		0x40000000UL
#define NO_PASID	IOMMUFDX_NO_PASID
/* Devices write to every HOT-th page, so that they meet what goes on. */
#define HOT		37

static struct machine machine;
static struct iommufdx_master dev[DEVICES];
static struct iommufdx_domain *domain[DEVICES];
static struct fdx_dirty_debt debt[DEVICES];
static struct fdx_ioas ioas;
static struct page *memory;
static u64 copy[PAGES][DEVICES];
static u64 written[DEVICES], faulted[DEVICES], resized;
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

/* Memory is one run and starts at user address PAGE_SIZE. */
int fdx_pin(struct fdx_pages *pages, unsigned long first, unsigned long last)
{
	unsigned long start = pages->uaddr / PAGE_SIZE - 1, hole_last, n;
	u64 run;

	fdx_for_each_hole(&pages->store.segs, first, last, hole_last) {
		n = hole_last - first + 1;
		run = pfn_run(page_to_pfn(memory) + start + first, n);
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

bool fdx_shadow_unmap(struct fdx_hwpt_shadow *shadow, unsigned long first,
		      unsigned long last)
{
	return true;
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

/* ------------------------------------------------------------ the migration */

static unsigned long slot_iova(unsigned long slot)
{
	return IOVA + slot * SLOT_BYTES;
}

static void map_slot(unsigned long slot)
{
	struct iommufdx_ctx ictx = {};
	unsigned long iova = slot_iova(slot);
	struct fdx_pages *pages;
	LIST_HEAD(list);

	pages = fdx_pages_alloc(&ictx, PAGE_SIZE + slot * SLOT_BYTES,
				SLOT_BYTES, true);
	list_add(&fdx_area_alloc(pages, 0, SLOT_BYTES, PGTABLE_READ |
				 PGTABLE_WRITE)->link, &list);
	CHECK_EQ(fdx_ioas_map_areas(&ioas, &list, false, &iova), 0);
}

/* Copy what the bitmaps report of a slot, and begin new ones. */
static void copy_reported(unsigned long slot)
{
	unsigned long page, i;
	unsigned int d;

	for (d = 0; d < DEVICES; d++) {
		for (i = 0; i < SLOT_PAGES; i++) {
			page = slot * SLOT_PAGES + i;
			if (bitmap[d][i / 64] & BIT(i % 64))
				copy[page][d] = READ_ONCE(*stamp(page, d));
		}
		memset(bitmap[d], 0, SLOT_PAGES / 8);
	}
}

static void read_slot(unsigned long slot)
{
	struct fdx_dirty_bitmap bm;
	unsigned int d;

	for (d = 0; d < DEVICES; d++) {
		CHECK_EQ(fdx_dirty_bitmap_init(&bm, slot_iova(slot), SLOT_BYTES,
					       PAGE_SIZE,
					       (unsigned long)bitmap[d]), 0);
		CHECK_EQ(fdx_ioas_read_dirty(&ioas, domain[d], &debt[d], 0,
					     &bm), 0);
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
		target[d].domain = domain[d];
		target[d].debt = &debt[d];
		list_add_tail(&target[d].link, &targets);
	}
	rc = fdx_ioas_unmap_range_dirty(&ioas, first, first + SLOT_BYTES - 1,
					&targets, &unmapped);
	CHECK_EQ(unmapped, rc ? 0 : SLOT_BYTES);
	return rc;
}

static void check_copied(unsigned long slot)
{
	unsigned long page;
	unsigned int d;

	copy_reported(slot);
	for (page = slot * SLOT_PAGES; page < (slot + 1) * SLOT_PAGES; page++)
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
	u64 first = tap_below(&rng, SLOT_PAGES);
	u64 last = first + tap_below(&rng, SLOT_PAGES - first);
	u64 wanted = sizes[tap_below(&rng, ARRAY_SIZE(sizes))];
	bool split = tap_below(&rng, 2), whole = tap_below(&rng, 2);
	unsigned int d = tap_below(&rng, DEVICES);
	struct fdx_page_size size = {
		.iova = slot_iova(slot) + (whole ? 0 : first * PAGE_SIZE),
		.last = slot_iova(slot) + (whole ? SLOT_PAGES : last + 1) *
			PAGE_SIZE - 1,
		.split = split ? wanted : 0,
		.merge = split ? 0 : wanted,
		.accept_faults = !fdx_page_size_live(&domain[d]->pt),
	};

	CHECK_EQ(fdx_ioas_set_page_size(&ioas, domain[d], &size), 0);
	CHECK_EQ(size.done, size.last - size.iova + 1);
	CHECK(size.smallest && size.smallest <= size.largest);
	if (split)
		CHECK(size.largest <= wanted);
	else if (whole && (domain[d]->pt.page_sizes & wanted))
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

		rc = dma_write(&dev[d], NO_PASID, IOVA + page * PAGE_SIZE +
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
	memset(copy, 0, sizeof(copy));
	ended = false;
	for (d = 0; d < DEVICES; d++) {
		master_start(&machine, &dev[d], 0x100 + d);
		domain[d] = rig_ops->domain_alloc_paging(&dev[d], &req);
		if (IS_ERR(domain[d]))
			return false;
		fdx_debt_init(&debt[d]);
		bitmap[d] = page_at(page_make());
		written[d] = faulted[d] = 0;
		CHECK_EQ(fdx_ioas_add_domain(&ioas, domain[d]), 0);
		CHECK_EQ(attach(&dev[d], NO_PASID, domain[d]), 0);
	}
	for (slot = 0; slot < SLOTS; slot++)
		map_slot(slot);
	for (d = 0; d < DEVICES; d++) {
		CHECK_EQ(fdx_ioas_clear_dirty(&ioas, domain[d]), 0);
		if (domain[d]->ops->set_dirty_tracking)
			CHECK_EQ(domain[d]->ops->set_dirty_tracking(domain[d],
								    true), 0);
	}
	return true;
}

static void stop(void)
{
	unsigned int d;

	for (d = 0; d < DEVICES; d++) {
		CHECK_EQ(attach(&dev[d], NO_PASID, NULL), 0);
		fdx_ioas_remove_domain(&ioas, domain[d]);
		domain[d]->ops->free(domain[d]);
		fdx_debt_clear(&debt[d]);
		page_drop(virt_to_phys(bitmap[d]));
		master_stop(&dev[d]);
	}
	fdx_ioas_teardown(&ioas);
	CHECK_EQ(pinned, 0);
	CHECK_EQ(model_check(machine.model), 0);
	machine_stop(&machine);
	__free_pages(memory, ilog2(PAGES));
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

static void no_stamp_is_lost(enum pgtable_format format, u32 caps)
{
	pthread_t thread[DEVICES];
	unsigned int d;
	u64 i;

	if (!start(format, caps)) {
		CHECK(!"the hardware has no such format");
		return;
	}
	rng.state = seed;
	for (d = 0; d < DEVICES; d++)
		pthread_create(&thread[d], NULL, do_dma, &dev[d]);
	for (i = 0; i < ops; i++) {
		unsigned long slot = tap_below(&rng, SLOTS);

		switch (tap_below(&rng, 4)) {
		case 0:
			read_slot(slot);
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
	for (d = 0; d < DEVICES; d++)
		CHECK_EQ(domain[d]->pt.ops->validate(&domain[d]->pt), 0);
	for (i = 0; i < SLOTS; i++)
		unmap_slot(i);
	for (d = 0; d < DEVICES; d++) {
		printf("# device %u: %llu writes, %llu faults\n", d,
		       (unsigned long long)written[d],
		       (unsigned long long)faulted[d]);
		CHECK(written[d]);
	}
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
			CHECK_EQ(dma_write(&dev[d], NO_PASID, IOVA + d * 8,
					   ++nth), 0);
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
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].kind != rig_ops->kind)
			continue;
		no_memory_loses_nothing(formats[i].format);
		no_stamp_is_lost(formats[i].format, formats[i].caps);
		tap_result(formats[i].name);
	}
	return tap_done();
}
