// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/iommufdx.h>
#include <linux/uaccess.h>
#include <string.h>
#include "core/access.h"
#include "core/area.h"
#include "core/ioas_map.h"
#include "core/itree.h"
#include "stamps_rig.h"

struct machine machine;
struct iommufdx_master dev[DEVICES];
struct fdx_hwpt_paging hwpt[DEVICES];
struct fdx_hwpt_shadow shadow[DEVICES];
struct guest guest[DEVICES];
struct fdx_ioas ioas;
bool behind_shadows;
unsigned long slot_pages = MAX_SLOT_PAGES;
u64 *bitmap[DEVICES];
u64 written[DEVICES], faulted[DEVICES];
unsigned int missing, kept;
bool loses;

static struct page *memory, *tables;
static u64 copy[SLOTS * MAX_SLOT_PAGES][DEVICES];
static u64 latest[SLOTS * MAX_SLOT_PAGES][DEVICES];
static unsigned int pinned, refusals;
static const struct iommufdx_domain_ops *real_ops;
static struct iommufdx_domain_ops rig_domain_ops;
static unsigned long in_use_before;

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

struct iommufdx_domain *own(unsigned int d)
{
	return hwpt[d].common.domain;
}

struct iommufdx_domain *seen(unsigned int d)
{
	return behind_shadows ? shadow[d].common.domain : own(d);
}

unsigned long guest_page(unsigned long page)
{
	return (behind_shadows ? GUEST_IOVA : IOVA) + page * PAGE_SIZE;
}

int guest_sync(unsigned int d, unsigned long page, unsigned long npages)
{
	return fdx_shadow_sync(&shadow[d], guest_page(page),
			       guest_page(page + npages) - 1);
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

/*
 * Refused by the first command of it. A backend knows its domains by their
 * functions, so they have these for as long as nothing else may happen.
 */
static int flush_maybe_refused(struct iommufdx_domain *domain,
			       const struct pgtable_gather *gather)
{
	int rc;

	domain->ops = real_ops;
	if (refusals)
		model_set_knob(machine.model, MODEL_KNOB_ILLEGAL_AFTER, 1);
	rc = domain->ops->flush(domain, gather);
	model_set_knob(machine.model, MODEL_KNOB_ILLEGAL_AFTER, 0);
	domain->ops = &rig_domain_ops;
	CHECK_EQ(rc, refusals ? -EIO : 0);
	refusals -= !!refusals;
	return rc;
}

void refuse_flushes(unsigned int num)
{
	unsigned int d;

	refusals = num;
	for (d = 0; d < DEVICES; d++) {
		if (own(d)->ops != &rig_domain_ops) {
			real_ops = own(d)->ops;
			rig_domain_ops = *real_ops;
			rig_domain_ops.flush = flush_maybe_refused;
		}
		own(d)->ops = num ? &rig_domain_ops : real_ops;
	}
}

unsigned long slot_iova(unsigned long slot)
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

void map_slot(unsigned long slot)
{
	map_pages(slot * slot_pages, slot_pages);
}

void copy_reported(unsigned long slot)
{
	unsigned long page, i;
	unsigned int d;

	for (d = 0; d < DEVICES; d++) {
		for (i = 0; i < slot_pages; i++) {
			page = slot * slot_pages + i;
			if (bitmap[d][i / 64] & BIT(i % 64))
				copy[page][d] = READ_ONCE(*stamp(page, d));
		}
		memset(bitmap[d], 0, DIV_ROUND_UP(slot_pages, 64) * sizeof(u64));
	}
}

int try_unmap(unsigned long slot)
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
	CHECK_EQ(unmapped, rc && rc != -EIO ? 0 : SLOT_BYTES);
	return rc;
}

void check_copied(unsigned long slot)
{
	unsigned long page;
	unsigned int d;

	copy_reported(slot);
	for (page = slot * slot_pages; page < (slot + 1) * slot_pages; page++)
		for (d = 0; d < DEVICES; d++)
			CHECK_EQ(copy[page][d], READ_ONCE(*stamp(page, d)));
}

/* ----------------------------------------------------------------- the rest */

void write_stamp(unsigned int d, struct tap_rng *mine)
{
	unsigned long page = tap_below(mine, PAGES / HOT) * HOT;
	u64 next = written[d] + faulted[d] + 1;
	int rc;

	rc = dma_write(&dev[d], NO_PASID, guest_page(page) + d * sizeof(u64),
		       next);
	CHECK(rc == 0 || rc == -EFAULT);
	if (rc) {
		faulted[d]++;
	} else {
		latest[page][d] = next;
		written[d]++;
	}
}

void check_latest(void)
{
	unsigned long page;
	unsigned int d;

	for (page = 0; page < PAGES; page++)
		for (d = 0; d < DEVICES; d++)
			CHECK_EQ(READ_ONCE(*stamp(page, d)), latest[page][d]);
}

bool start(enum pgtable_format format, u32 caps)
{
	const struct iommufdx_domain_req req = {
		.format = format,
		.flags = IOMMUFDX_DOMAIN_DIRTY,
	};
	unsigned long slot;
	unsigned int d;

	in_use_before = shim_pages_in_use() + shim_objects_in_use();
	if (machine_start(&machine, MODEL_INLINE, caps))
		abort();
	fdx_ioas_init(&ioas);
	memory = alloc_pages(GFP_KERNEL | __GFP_ZERO, ilog2(PAGES));
	tables = alloc_pages(GFP_KERNEL | __GFP_ZERO, ilog2(ALL_PAGES - PAGES));
	memset(copy, 0, sizeof(copy));
	memset(latest, 0, sizeof(latest));
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

void stop(void)
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
	CHECK_EQ(pinned, kept);
	pinned = kept = 0;
	CHECK_EQ(model_check(machine.model), 0);
	machine_stop(&machine);
	__free_pages(tables, ilog2(ALL_PAGES - PAGES));
	__free_pages(memory, ilog2(PAGES));
	if (!loses)
		CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(),
			 in_use_before);
}
