// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD accessed and dirty bits, and what happens when tables change in the middle
 * of a walk.
 */
#include <linux/errno.h>

#include "rig.h"

static void had_decides_what_is_set(void)
{
	static const u64 had[] = { 0, 1, 3 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		u64 a = had[i] ? A_BIT : 0, d = had[i] == 3 ? D_BIT : 0;
		u64 root, table, page, val;

		rig_start(0, MODEL_CAP_DIRTY, 0);
		root = rig_domain(2, HAD(had[i]));
		rig_map(root, 2, 0x1000, 0x70000000);
		table = rig_entry(root, 2, 2, 0x1000);
		page = rig_entry(root, 2, 1, 0x1000);
		CHECK(rig_read(0x1000, &val) == 0);
		CHECK_EQ(*rig_mem(table) & (A_BIT | D_BIT), a);
		CHECK_EQ(*rig_mem(page) & (A_BIT | D_BIT), a);
		CHECK(rig_write(0x1000, 1) == 0);
		CHECK_EQ(*rig_mem(table) & (A_BIT | D_BIT), a);
		CHECK_EQ(*rig_mem(page), PR | RW | 0x70000000 | a | d);
		/* The same for a first access that writes. */
		*rig_mem(page) = PR | RW | 0x70000000;
		rig_inv(DOM, 0x1000);
		CHECK(rig_write(0x1000, 1) == 0);
		CHECK_EQ(*rig_mem(page), PR | RW | 0x70000000 | a | d);
		rig_stop();
	}
}

static void faults_set_nothing(void)
{
	u64 root, page;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(2, HAD(3));
	page = rig_entry(root, 2, 1, 0x1000);
	*rig_mem(page) = PR | IR | 0x70000000;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EQ(*rig_mem(page), PR | IR | 0x70000000);
	CHECK_EQ(*rig_mem(root) & A_BIT, 0);
	rig_stop();
}

static void translation_requests_do_not_dirty(void)
{
	u64 root;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(1, HAD(3));
	rig_map(root, 1, 0x1000, 0x70000000);
	CHECK(rig_dma(MODEL_DMA_PROBE, 0x1000, NULL, 1) == 0);
	CHECK_EQ(*rig_mem(root + 8), PR | RW | A_BIT | 0x70000000);
	rig_stop();
}

static void clean_translation_dirties_on_write(void)
{
	u64 root, val;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(1, HAD(3));
	rig_map(root, 1, 0x1000, 0x70000000);
	CHECK(rig_read(0x1000, &val) == 0);
	CHECK_EQ(*rig_mem(root + 8) & D_BIT, 0);
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK(*rig_mem(root + 8) & D_BIT);
	CHECK_EQ(rig_stats().tlb_entries, 1);
	rig_stop();
}

/* Hardware that knows the bit is set does not look: clear, then invalidate. */
static void dirt_is_lost_without_invalidation(void)
{
	u64 root;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(1, HAD(3));
	rig_map(root, 1, 0x1000, 0x70000000);
	CHECK(rig_write(0x1000, 1) == 0);
	*rig_mem(root + 8) &= ~D_BIT;
	CHECK(rig_write(0x1000, 2) == 0);
	CHECK_EQ(*rig_mem(root + 8) & D_BIT, 0);
	CHECK_EQ(model_check(rig.m), 1);
	rig_inv(DOM, 0x1000);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(rig_write(0x1000, 3) == 0);
	CHECK(*rig_mem(root + 8) & D_BIT);
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* Tracking that starts later finds the translations clean. */
static void tracking_can_start_under_cached_translations(void)
{
	u64 root;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(root + 8) & (A_BIT | D_BIT), 0);
	rig_dte(RID, V | TV | MODE(1) | RW | HAD(3) | root, DOM);
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(root + 8) & D_BIT, 0);
	rig_inv_dte(RID);
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK(*rig_mem(root + 8) & D_BIT);
	rig_stop();
}

/* The bit goes into the repeated entry that was walked, and only once. */
static void large_page_dirties_one_entry(void)
{
	u64 root;
	int i;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(1, HAD(3));
	for (i = 8; i < 16; i++)	/* 32 KiB */
		*rig_mem(root + i * 8) = PR | RW | NL(7) | 0x70003000;
	CHECK(rig_lands(0xa000, 0x70002000));
	CHECK(rig_lands(0xf000, 0x70007000));
	for (i = 8; i < 16; i++)
		CHECK_EQ(*rig_mem(root + i * 8) & D_BIT, i == 10 ? D_BIT : 0);
	rig_stop();
}

/* ---- Races, one step at a time ---- */

static struct {
	u64 pa;			/* at the @nth access of this address */
	int nth;
	u64 store_at, store;	/* the driver stores, */
	u64 w0, w1;		/* and invalidates */
} race;

static void race_hook(u64 pa)
{
	if (pa != race.pa || --race.nth)
		return;
	*rig_mem(race.store_at) = race.store;
	if (race.w0) {
		rig_queue(race.w0, race.w1);
		rig_run();
	}
}

/* A walk that began before an invalidation leaves nothing behind after it. */
static void walk_under_invalidation_is_not_kept(void)
{
	u64 root, old, new;

	rig_start(0, 0, 0);
	root = rig_domain(2, 0);
	rig_map(root, 2, 0x1000, 0x70000000);
	old = *rig_mem(root) & 0xffffffffff000;
	new = rig_page();
	*rig_mem(new + 8) = PR | RW | 0x71000000;
	race.pa = old + 8;
	race.nth = 1;
	race.store_at = root;
	race.store = PR | RW | NL(1) | new;
	race.w0 = 3ULL << 60 | (u64)DOM << 32;
	race.w1 = 0x1000;
	rig.hook = race_hook;
	CHECK(rig_lands(0x1000, 0x70000000));
	CHECK_EQ(rig_stats().tlb_entries, 0);
	CHECK(rig_lands(0x1000, 0x71000000));
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

static void device_entry_under_invalidation_is_not_kept(void)
{
	u64 root, other;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	other = rig_page();
	rig_map(other, 1, 0x1000, 0x71000000);
	/* The last word of the second reading. */
	race.pa = rig.devtab + RID * 32 + 24;
	race.nth = 2;
	race.store_at = rig.devtab + RID * 32;
	race.store = V | TV | MODE(1) | RW | other;
	race.w0 = 2ULL << 60 | RID;
	race.w1 = 0;
	rig.hook = race_hook;
	CHECK(rig_lands(0x1000, 0x70000000));
	/* Neither is what was walked with it. */
	CHECK(rig_lands(0x1000, 0x71000000));
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* A device entry is read as one: not half old, half new. */
static void device_entry_is_read_whole(void)
{
	u64 root, other;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	other = rig_page();
	rig_map(other, 1, 0x1000, 0x71000000);
	race.pa = rig.devtab + RID * 32 + 8;
	race.nth = 1;
	race.store_at = rig.devtab + RID * 32;
	race.store = V | TV | MODE(1) | RW | other;
	race.w0 = 0;
	rig.hook = race_hook;
	CHECK(rig_lands(0x1000, 0x71000000));
	rig_stop();
}

/* An entry that changes before its bits are set is walked again. */
static void marking_sees_a_change(void)
{
	u64 root;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	root = rig_domain(1, HAD(3));
	rig_map(root, 1, 0x1000, 0x70000000);
	race.pa = root + 8;
	race.nth = 2;
	race.store_at = root + 8;
	race.store = PR | RW | 0x71000000;
	race.w0 = 0;
	rig.hook = race_hook;
	CHECK(rig_lands(0x1000, 0x71000000));
	CHECK_EQ(*rig_mem(root + 8), PR | RW | A_BIT | D_BIT | 0x71000000);

	/* Gone: faults, and nothing is set. */
	rig_inv(DOM, 0x1000);
	*rig_mem(root + 8) = PR | RW | 0x71000000;
	race.nth = 2;
	race.store = 0;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EQ(*rig_mem(root + 8), 0);

	/* Only the dirty bit was cleared: set again in the same walk. */
	*rig_mem(root + 8) = PR | RW | D_BIT | 0x71000000;
	race.nth = 2;
	race.store = PR | RW | 0x71000000;
	CHECK(rig_write(0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(root + 8), PR | RW | A_BIT | D_BIT | 0x71000000);
	rig_stop();
}

int main(void)
{
	TAP_RUN(had_decides_what_is_set);
	TAP_RUN(faults_set_nothing);
	TAP_RUN(translation_requests_do_not_dirty);
	TAP_RUN(clean_translation_dirties_on_write);
	TAP_RUN(dirt_is_lost_without_invalidation);
	TAP_RUN(tracking_can_start_under_cached_translations);
	TAP_RUN(large_page_dirties_one_entry);
	TAP_RUN(walk_under_invalidation_is_not_kept);
	TAP_RUN(device_entry_under_invalidation_is_not_kept);
	TAP_RUN(device_entry_is_read_whole);
	TAP_RUN(marking_sees_a_change);
	return tap_done();
}
