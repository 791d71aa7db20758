// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hardware would see of stream table entries and context descriptors after
 * every single 64-bit store of an attach, a replace and a detach.
 *
 * Hardware may have fetched each word at any time since the last sync. So after
 * each store, every mixture of the values that words had since then is walked
 * from the registers down, for the stream and substream that moves and for some
 * that do not. One that moves is translated as before or as after; nothing else
 * if it is translated on both sides. The others stay as they are.
 *
 * The walk is written down here a second time.
 */
#include <linux/array_size.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "rig.h"

#define IOVA		0x40000000ULL
#define MAX_STORES	16

/* --------------------------------------------------- hardware's look at it */

/* Words that translate; all zero: no translation. */
struct view {
	u64 word[5];
};

static struct {
	bool on;
	struct machine *m;
	/* Stores since the last sync: where, and what was there before. */
	unsigned int nr;
	u64 *at[MAX_STORES];
	u64 before[MAX_STORES];
	/* In the mixture under test: store n has not been seen yet. */
	unsigned int unseen;
	unsigned int stores;
	unsigned int absent;
	unsigned int wrong;
} hw;

static struct {
	struct iommufdx_master *master;
	u32 ssid;
	struct view old, new;
} watch[4];
static unsigned int nr_watched;

static u64 load(u64 pa)
{
	u64 *at = phys_to_virt(pa);
	unsigned int i;

	/* The first of the unseen stores to a word hides all after it. */
	for (i = 0; i < hw.nr; i++)
		if (hw.at[i] == at && (hw.unseen & (1u << i)))
			return hw.before[i];
	return *at;
}

static bool look_cd(u64 ste0, u64 ste1, u32 ssid, struct view *view)
{
	u64 table = ste0 & 0xffffffffffffc0ULL, bits = ste0 >> 59;
	u64 desc, cd;

	if (ssid >> bits)
		return false;
	if (!ssid && bits && (ste1 & 3) != 2)
		return false;
	if (bits && (ste0 >> 4 & 3) == 1) {
		desc = load(table + (ssid >> 6) * 8);
		if (!(desc & 1))
			return false;
		table = desc & 0xfffffffffff000ULL;
		ssid &= 63;
	} else if (bits) {
		CHECK_EQ(ste0 >> 4 & 3, 0);
	}
	cd = table + ssid * 64;
	if (!(load(cd) & BIT_ULL(31)))
		return false;
	view->word[0] = load(cd);
	view->word[1] = load(cd + 8);
	view->word[2] = load(cd + 24);
	return true;
}

static struct view look(struct iommufdx_master *master, u32 ssid)
{
	u64 base = hw_read64(hw.m->iommu.hw, SMMU_REG_STRTAB_BASE);
	u32 sid = master->rid;
	struct view view = {};
	u64 desc, ste, w0, w1;

	desc = load((base & 0xffffffffffffc0ULL) + (sid >> 6) * 8);
	if (!(desc & 0x1f))
		return view;
	CHECK_EQ(desc & 0x1f, 7);
	ste = (desc & 0xfffffffffff000ULL) + (sid & 63) * 64;
	w0 = load(ste);
	w1 = load(ste + 8);
	if (!(w0 & 1))
		return view;
	switch (w0 >> 1 & 7) {
	case 5:
		if (!look_cd(w0, w1, ssid, &view))
			return (struct view){};
		/* The tag's other half, and ATS. */
		view.word[3] = load(ste + 16) & 0xffff;
		view.word[4] = w1 & (3ULL << 28);
		return view;
	case 6:
		if (ssid)
			return view;
		view.word[0] = load(ste + 16);
		view.word[1] = load(ste + 24);
		view.word[2] = ~0ULL;
		view.word[4] = w1 & (3ULL << 28);
		return view;
	}
	return view;
}

static bool same(const struct view *a, const struct view *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool blank(const struct view *view)
{
	const struct view none = {};

	return same(view, &none);
}

static void check_mixture(void)
{
	unsigned int i;

	for (i = 0; i < nr_watched; i++) {
		struct view view = look(watch[i].master, watch[i].ssid);

		if (same(&view, &watch[i].old) || same(&view, &watch[i].new))
			continue;
		if (blank(&view))
			hw.absent++;
		else
			hw.wrong++;
	}
}

void __real_iommufdx_entry_store64(u64 *dst, const u64 *val);
void __wrap_iommufdx_entry_store64(u64 *dst, const u64 *val);
void __wrap_iommufdx_entry_store64(u64 *dst, const u64 *val)
{
	if (!hw.on) {
		__real_iommufdx_entry_store64(dst, val);
		return;
	}
	CHECK(hw.nr < MAX_STORES);
	hw.at[hw.nr] = dst;
	hw.before[hw.nr++] = *dst;
	hw.stores++;
	__real_iommufdx_entry_store64(dst, val);
	for (hw.unseen = 0; hw.unseen < 1u << hw.nr; hw.unseen++)
		check_mixture();
	hw.unseen = 0;
}

int __real_iommufdx_ring_run(struct ring *ring, const struct ring_batch *batch);
int __wrap_iommufdx_ring_run(struct ring *ring, const struct ring_batch *batch);
int __wrap_iommufdx_ring_run(struct ring *ring, const struct ring_batch *batch)
{
	u64 op = batch->cmd[0].word[0] & 0xff;
	int rc = __real_iommufdx_ring_run(ring, batch);

	/* Of the configuration commands any will do: the model checks which. */
	if (op >= SMMU_CMD_CFGI_STE && op <= SMMU_CMD_CFGI_CD_ALL)
		hw.nr = 0;
	return rc;
}

/* ------------------------------------------------------------------- tests */

static struct machine m;
static struct iommufdx_domain *domain[6];
static struct iommufdx_master dev, other;
static u64 pa[6];

/* None, two of stage 1, two of stage 2 (the last of another width). */
#define NR_DOMAINS	5

static void start(u8 pasid_bits)
{
	const struct iommufdx_domain_req wide = {
		.format = PGTABLE_ARMV8_S2,
		.va_bits = 40,
	};
	unsigned int i;

	REQUIRE(machine_start(&m, MODEL_CHECK_HITS,
			      MODEL_CAP_ALL & ~MODEL_CAP_PRI) == 0);
	hw.m = &m;
	memset(&dev, 0, sizeof(dev));
	memset(&other, 0, sizeof(other));
	dev.max_pasid_bits = pasid_bits;
	other.max_pasid_bits = 16;
	REQUIRE(master_add(&m, &dev, 0x41) == 0);
	REQUIRE(master_add(&m, &other, 0x42) == 0);
	domain[1] = stage_make(&dev, 1, 0);
	domain[2] = stage_make(&dev, 1, IOMMUFDX_DOMAIN_DIRTY);
	domain[3] = stage_make(&dev, 2, IOMMUFDX_DOMAIN_DIRTY);
	domain[4] = domain_make(&dev, &wide);
	domain[5] = stage_make(&dev, 1, 0);
	for (i = 1; i < 6; i++) {
		pa[i] = page_make();
		CHECK_EQ(domain_map(domain[i], IOVA, pa[i], 1), 0);
	}
	/* Neighbours that must notice nothing. */
	CHECK_EQ(attach(&other, NO_PASID, domain[5]), 0);
	CHECK_EQ(attach(&other, 9, domain[5]), 0);
}

static void stop(void)
{
	unsigned int i;

	CHECK_EQ(attach(&other, 9, NULL), 0);
	CHECK_EQ(attach(&other, NO_PASID, NULL), 0);
	CHECK_EQ(model_check(m.model), 0);
	for (i = 1; i < 6; i++) {
		domain_drop(domain[i]);
		page_drop(pa[i]);
	}
	master_stop(&dev);
	master_stop(&other);
	CHECK_EQ(machine_stats(&m).stale + machine_stats(&m).illegal, 0);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

static void watch_one(struct iommufdx_master *master, u32 ssid,
		      const struct view *new)
{
	watch[nr_watched].master = master;
	watch[nr_watched].ssid = ssid;
	watch[nr_watched].old = look(master, ssid);
	watch[nr_watched].new = new ? *new : watch[nr_watched].old;
	nr_watched++;
}

static struct view view_after(u32 pasid, struct iommufdx_domain *from,
			      struct iommufdx_domain *to)
{
	struct view view;

	CHECK_EQ(attach(&dev, pasid, to), 0);
	view = look(&dev, pasid);
	CHECK_EQ(blank(&view), !to);
	CHECK_EQ(attach(&dev, pasid, from), 0);
	return view;
}

/* Move (@dev, @pasid) under hardware's eyes, while @stays must not move. */
static void move(u32 pasid, u32 stays, struct iommufdx_domain *from,
		 struct iommufdx_domain *to)
{
	struct view new;

	CHECK_EQ(attach(&dev, pasid, from), 0);
	new = view_after(pasid, from, to);
	nr_watched = 0;
	watch_one(&dev, pasid, &new);
	watch_one(&dev, stays, NULL);
	watch_one(&other, NO_PASID, NULL);
	watch_one(&other, 9, NULL);
	hw.nr = hw.absent = hw.wrong = hw.stores = 0;
	hw.on = true;
	CHECK_EQ(attach(&dev, pasid, to), 0);
	hw.on = false;
	CHECK_EQ(hw.absent, 0);
	CHECK_EQ(hw.wrong, 0);
	CHECK_EQ(hw.nr, 0);
	CHECK_EQ(!hw.stores, from == to);
	CHECK_EQ(dma_write(&dev, pasid, IOVA, 1), to ? 0 : -EFAULT);
	CHECK_EQ(model_check(m.model), 0);
}

static void rid_moves(u8 pasid_bits)
{
	unsigned int from, to;

	start(pasid_bits);
	for (from = 0; from < NR_DOMAINS; from++)
		for (to = 0; to < NR_DOMAINS; to++)
			move(NO_PASID, 1, domain[from], domain[to]);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	stop();
}

static void rid_without_pasids(void)
{
	rid_moves(0);
}

static void rid_with_a_linear_table(void)
{
	rid_moves(5);
}

static void rid_with_two_levels(void)
{
	rid_moves(16);
}

/* Alone, and with a neighbour in the same leaf. */
static void pasid_moves(void)
{
	unsigned int from, to;

	for (from = 0; from <= 2; from++)
		for (to = 0; to <= 2; to++)
			move(7, NO_PASID, domain[from], domain[to]);
	CHECK_EQ(attach(&dev, 8, domain[5]), 0);
	for (from = 0; from <= 2; from++)
		for (to = 0; to <= 2; to++)
			move(7, 8, domain[from], domain[to]);
	CHECK_EQ(attach(&dev, 7, NULL), 0);
	CHECK_EQ(attach(&dev, 8, NULL), 0);
}

static void pasids_of(u8 pasid_bits)
{
	unsigned int from, to;

	start(pasid_bits);
	pasid_moves();
	CHECK_EQ(attach(&dev, NO_PASID, domain[5]), 0);
	pasid_moves();
	/* And the RID while there are PASIDs. */
	CHECK_EQ(attach(&dev, 7, domain[5]), 0);
	for (from = 0; from <= 2; from++)
		for (to = 0; to <= 2; to++)
			move(NO_PASID, 7, domain[from], domain[to]);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 7, NULL), 0);
	stop();
}

static void pasids_in_a_linear_table(void)
{
	pasids_of(5);
}

static void pasids_in_two_levels(void)
{
	pasids_of(16);
}

/* An error leaves the old translation; nobody sees anything else meanwhile. */
static void refused_moves(void)
{
	unsigned int from, to, n;
	u8 bits;

	for (bits = 0; bits <= 16; bits += 8) {
		start(bits);
		for (from = 0; from < NR_DOMAINS; from++) {
			for (to = 1; to < NR_DOMAINS; to++) {
				CHECK_EQ(attach(&dev, NO_PASID, domain[from]), 0);
				for (n = 1; n <= 4; n++) {
					struct view old = look(&dev, NO_PASID);
					struct view now;
					int rc;

					model_set_knob(m.model,
						MODEL_KNOB_ILLEGAL_AFTER, n);
					rc = attach(&dev, NO_PASID, domain[to]);
					model_set_knob(m.model,
						MODEL_KNOB_ILLEGAL_AFTER, 0);
					if (!rc)
						break;
					now = look(&dev, NO_PASID);
					CHECK(same(&old, &now));
					CHECK_EQ(dma_write(&dev, NO_PASID, IOVA,
							   n),
						 from ? 0 : -EFAULT);
				}
				CHECK_EQ(model_check(m.model), 0);
			}
		}
		CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
		/* Refused commands are counted as such. */
		CHECK_EQ(attach(&other, NO_PASID, NULL), 0);
		CHECK_EQ(attach(&other, 9, NULL), 0);
		CHECK(machine_stats(&m).illegal > 0);
		for (n = 1; n < 6; n++) {
			domain_drop(domain[n]);
			page_drop(pa[n]);
		}
		master_stop(&dev);
		master_stop(&other);
		machine_stop(&m);
		CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
	}
}

int main(void)
{
	TAP_RUN(rid_without_pasids);
	TAP_RUN(rid_with_a_linear_table);
	TAP_RUN(rid_with_two_levels);
	TAP_RUN(pasids_in_a_linear_table);
	TAP_RUN(pasids_in_two_levels);
	shim_quiet(true);
	TAP_RUN(refused_moves);
	return tap_done();
}
