// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry writer against a piece of hardware that fetches at every instant.
 *
 * After each store, whatever hardware can put together from the granules as
 * they were at any time since the last sync is looked at: it must be the old
 * entry, the new one, or, in an update that may break, an absent one.
 *
 * Whether an update can be hitless is decided here by flipping bits and looking
 * at the view, without the format's used().
 */
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <amd/amd.h>
#include "format.h"

#define MAX_HISTORY	12

static struct {
	const struct format *fmt;
	struct entry_ops ops;
	u64 entry[ENTRY_MAX_WORDS] __aligned(32);
	struct view old, new;
	u64 history[ENTRY_MAX_WORDS][MAX_HISTORY][2];
	unsigned int nr_history[ENTRY_MAX_WORDS];
	bool saw_absent;
	bool unsynced;
	unsigned int stores;
	unsigned int syncs;
	unsigned int fail_sync;		/* the N-th fails, 0: none */
	bool fail_all;
	bool no_promise;		/* hardware may see anything */
} hw;

static struct view view_of(const struct format *fmt, const u64 *entry)
{
	struct view view;

	memset(&view, 0, sizeof(view));
	fmt->view(entry, &view);
	if (view.absent) {
		memset(&view, 0, sizeof(view));
		view.absent = true;
	}
	return view;
}

static bool same_view(const struct view *a, const struct view *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static unsigned int granules(void)
{
	return hw.ops.words / hw.ops.granule;
}

static void check_view(const u64 *entry)
{
	struct view view = view_of(hw.fmt, entry);

	if (same_view(&view, &hw.old) || same_view(&view, &hw.new))
		return;
	CHECK(view.absent);
	hw.saw_absent = true;
}

/* Look at every mixture of what granules @g and up have been. */
static void check_mixtures(u64 *entry, unsigned int g)
{
	unsigned int i;

	if (g == granules()) {
		check_view(entry);
		return;
	}
	for (i = 0; i < hw.nr_history[g]; i++) {
		memcpy(entry + g * hw.ops.granule, hw.history[g][i],
		       hw.ops.granule * sizeof(u64));
		check_mixtures(entry, g + 1);
	}
}

static void remember(unsigned int g)
{
	CHECK(hw.nr_history[g] < MAX_HISTORY);
	memcpy(hw.history[g][hw.nr_history[g]++],
	       hw.entry + g * hw.ops.granule, hw.ops.granule * sizeof(u64));
}

static void forget(void)
{
	unsigned int g;

	memset(hw.nr_history, 0, sizeof(hw.nr_history));
	for (g = 0; g < granules(); g++)
		remember(g);
}

static void watched_store(u64 *dst, const u64 *val)
{
	u64 mixed[ENTRY_MAX_WORDS] = {};

	hw.fmt->ops->store(dst, val);
	hw.stores++;
	hw.unsynced = true;
	if (hw.no_promise)
		return;
	remember((dst - hw.entry) / hw.ops.granule);
	check_mixtures(mixed, 0);
}

static int watched_sync(void *ctx)
{
	CHECK(ctx == &hw);
	if (++hw.syncs == hw.fail_sync || hw.fail_all)
		return -ETIMEDOUT;
	hw.unsynced = false;
	forget();
	return 0;
}

static int update(const struct format *fmt, const u64 *old, const u64 *new,
		  unsigned int flags)
{
	hw.fmt = fmt;
	hw.ops = *fmt->ops;
	hw.ops.store = watched_store;
	hw.ops.sync = watched_sync;
	memset(hw.entry, 0, sizeof(hw.entry));
	memcpy(hw.entry, old, hw.ops.words * sizeof(u64));
	hw.old = view_of(fmt, old);
	hw.new = view_of(fmt, new);
	hw.saw_absent = false;
	hw.unsynced = false;
	hw.stores = 0;
	hw.syncs = 0;
	forget();
	return iommufdx_entry_write(&hw.ops, hw.entry, new, &hw, flags);
}

/* ---------------------------------------------------------- an obvious oracle */

static bool visible(const struct format *fmt, const u64 *entry, unsigned int bit)
{
	u64 flipped[ENTRY_MAX_WORDS];
	struct view a, b;

	memcpy(flipped, entry, fmt->ops->words * sizeof(u64));
	flipped[bit / 64] ^= BIT_ULL(bit % 64);
	a = view_of(fmt, entry);
	b = view_of(fmt, flipped);
	return !same_view(&a, &b);
}

/* Can all but granule @g be such that @g alone decides between old and new? */
static bool decides(const struct format *fmt, const u64 *old, const u64 *new,
		    unsigned int g)
{
	unsigned int bit;

	for (bit = 0; bit < fmt->ops->words * 64; bit++) {
		if (bit / 64 / fmt->ops->granule == g ||
		    !((old[bit / 64] ^ new[bit / 64]) & BIT_ULL(bit % 64)))
			continue;
		if (visible(fmt, old, bit) && visible(fmt, new, bit))
			return false;
	}
	return true;
}

static bool can_be_hitless(const struct format *fmt, const u64 *old,
			   const u64 *new)
{
	unsigned int g;

	for (g = 0; g < fmt->ops->words / fmt->ops->granule; g++)
		if (decides(fmt, old, new, g))
			return true;
	return false;
}

/* ---------------------------------------------------------------------- tests */

static uint64_t seed;
static unsigned int updates;

/*
 * An entry's used bits are those that hardware acts upon, and flipping any
 * other changes neither the view nor the used bits.
 */
static void check_used(const struct format *fmt, const u64 *entry)
{
	u64 used[ENTRY_MAX_WORDS] = {}, again[ENTRY_MAX_WORDS];
	u64 flipped[ENTRY_MAX_WORDS];
	bool absent = view_of(fmt, entry).absent;
	unsigned int bit;

	fmt->ops->used(entry, used);
	for (bit = 0; bit < fmt->ops->words * 64; bit++) {
		if (!(used[bit / 64] & BIT_ULL(bit % 64))) {
			CHECK(!visible(fmt, entry, bit));
			memcpy(flipped, entry, sizeof(flipped));
			flipped[bit / 64] ^= BIT_ULL(bit % 64);
			memset(again, 0, sizeof(again));
			fmt->ops->used(flipped, again);
			CHECK(!memcmp(used, again, sizeof(used)));
		} else if (!absent) {
			CHECK(visible(fmt, entry, bit));
		}
	}
}

static void used_bits(const struct format *fmt)
{
	struct tap_rng rng = { seed };
	u64 entry[ENTRY_MAX_WORDS] = {};
	unsigned int i, w;

	for (i = 0; i < 300; i++) {
		fmt->generate(&rng, entry);
		/* Noise in all bits, interrupts included. */
		for (w = 0; w < fmt->ops->words; w++)
			if (i % 2)
				entry[w] ^= tap_rand(&rng) & tap_rand(&rng) &
					    tap_rand(&rng);
		check_used(fmt, entry);
	}
}

static void dte_used_bits(void)
{
	used_bits(&format_dte);
}

static void stage_used_bits(void)
{
	used_bits(&format_stage);
}

static void random_updates(const struct format *fmt)
{
	struct tap_rng rng = { seed };
	u64 old[ENTRY_MAX_WORDS] = {}, new[ENTRY_MAX_WORDS] = {};
	unsigned int i, w, hitless = 0, broken = 0;
	bool can;
	int how;

	for (i = 0; i < updates; i++) {
		fmt->generate(&rng, old);
		fmt->generate(&rng, new);
		/* What an earlier owner left in bits that are not used. */
		if (i % 4 == 0) {
			u64 used[ENTRY_MAX_WORDS] = {};

			fmt->ops->used(old, used);
			for (w = 0; w < fmt->ops->words; w++)
				old[w] |= tap_rand(&rng) & ~used[w];
		}
		can = can_be_hitless(fmt, old, new);
		how = update(fmt, old, new, 0);
		CHECK(!memcmp(hw.entry, new, fmt->ops->words * sizeof(u64)));
		CHECK(!hw.unsynced);
		switch (how) {
		case ENTRY_SAME:
			CHECK(!memcmp(old, new, fmt->ops->words * sizeof(u64)));
			CHECK_EQ(hw.stores + hw.syncs, 0);
			break;
		case ENTRY_HITLESS:
			CHECK(!hw.saw_absent);
			CHECK(can);
			hitless++;
			break;
		case ENTRY_BROKEN:
			CHECK(hw.saw_absent);
			CHECK(!can);
			broken++;
			break;
		default:
			CHECK(how >= 0);
		}
	}
	printf("# %s: %u hitless, %u broken\n", fmt->name, hitless, broken);
	CHECK(hitless);
	CHECK(broken);
}

static void dte_random_updates(void)
{
	random_updates(&format_dte);
}

static void stage_random_updates(void)
{
	random_updates(&format_stage);
}

/* Whichever sync fails, memory is as before, or the target if that was forced. */
static void failing_syncs(const struct format *fmt)
{
	struct tap_rng rng = { seed };
	u64 old[ENTRY_MAX_WORDS] = {}, new[ENTRY_MAX_WORDS] = {};
	size_t bytes = fmt->ops->words * sizeof(u64);
	unsigned int i, failed = 0;
	int rc;

	for (i = 0; i < updates / 4; i++) {
		fmt->generate(&rng, old);
		fmt->generate(&rng, new);
		hw.fail_sync = i % 3 + 1;

		rc = update(fmt, old, new, 0);
		if (rc < 0) {
			failed++;
			CHECK_EQ(rc, -ETIMEDOUT);
			CHECK(!memcmp(hw.entry, old, bytes));
		} else {
			CHECK(!memcmp(hw.entry, new, bytes));
		}

		hw.no_promise = true;
		rc = update(fmt, old, new, ENTRY_FORCE);
		CHECK(rc >= 0 || rc == -ETIMEDOUT);
		CHECK(!memcmp(hw.entry, new, bytes));

		hw.fail_all = true;
		rc = update(fmt, old, new, 0);
		CHECK_EQ(rc == ENTRY_SAME, !memcmp(old, new, bytes));
		CHECK(!memcmp(hw.entry, old, bytes));
		hw.fail_all = false;
		hw.no_promise = false;
	}
	CHECK(failed);
	hw.fail_sync = 0;
}

static void dte_failing_syncs(void)
{
	failing_syncs(&format_dte);
}

static void stage_failing_syncs(void)
{
	failing_syncs(&format_stage);
}

/* Whatever a v1 device can be moved to or from, it is moved hitlessly. */
static void v1_is_always_hitless(void)
{
	struct amd_dte dte[] = {
		amd_dte_blocked(),
		amd_dte_v1(1, 0x100000, 4, false),
		amd_dte_v1(1, 0x100000, 4, true),
		amd_dte_v1(2, 0x200000, 4, false),
		amd_dte_v1(2, 0x200000, 4, true),
		amd_dte_v1(3, 0xfffffffff000, 6, false),
		/* Pass-through, and an entry that is not valid. */
		{ .word = { AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_IR |
			    AMD_DTE0_IW, 4 } },
		{ .word = { 0 } },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(dte); i++) {
		for (j = 0; j < ARRAY_SIZE(dte); j++) {
			CHECK_EQ(update(&format_dte, dte[i].word, dte[j].word, 0),
				 i == j ? ENTRY_SAME : ENTRY_HITLESS);
			CHECK_EQ(hw.stores, i != j);
			CHECK_EQ(hw.syncs, i != j);
			CHECK(!hw.saw_absent);
		}
	}
}

/* A format whose granule is one word must break between two tables. */
static void split_dte_breaks(void)
{
	struct amd_dte a = amd_dte_v1(1, 0x100000, 4, false);
	struct amd_dte b = amd_dte_v1(2, 0x200000, 4, false);
	struct entry_ops ops = amd_dte_ops;
	struct format fmt = format_dte;

	ops.granule = 1;
	ops.store = iommufdx_entry_store64;
	fmt.ops = &ops;
	CHECK_EQ(update(&fmt, a.word, b.word, 0), ENTRY_BROKEN);
	CHECK(hw.saw_absent);
	CHECK(!memcmp(hw.entry, b.word, AMD_DTE_SIZE));
}

int main(void)
{
	seed = tap_env("SEED", 1);
	updates = tap_env("OPS", 20000);
	printf("# SEED=%llu OPS=%u\n", (unsigned long long)seed, updates);

	TAP_RUN(dte_used_bits);
	TAP_RUN(stage_used_bits);
	TAP_RUN(dte_random_updates);
	TAP_RUN(stage_random_updates);
	TAP_RUN(dte_failing_syncs);
	TAP_RUN(stage_failing_syncs);
	TAP_RUN(v1_is_always_hitless);
	TAP_RUN(split_dte_breaks);
	return tap_done();
}
