// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the entry writer: every format against a piece of hardware that
 * fetches at every instant. It runs in user space as well, and longer there
 * (tools/testing/unit/entry).
 *
 * After each store, whatever hardware can put together from the granules as
 * they were at any time since the last sync is looked at: it must be the old
 * entry, the new one, or, in an update that may break, an absent one.
 *
 * Whether an update can be hitless is decided here by flipping bits and looking
 * at the view, without the format's used().
 */
#include <kunit/test.h>
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "../spec/amd.h"
#include "entry_kunit.h"

#define MAX_HISTORY	12

static unsigned long seed = 1;
module_param(seed, ulong, 0);
MODULE_PARM_DESC(seed, "start of the random updates");
static unsigned long updates = 2000;
module_param(updates, ulong, 0);
MODULE_PARM_DESC(updates, "how many of each kind");

static struct {
	struct kunit *test;
	const struct entry_format *fmt;
	struct entry_ops ops;
	u64 entry[ENTRY_MAX_WORDS] __aligned(32);
	struct entry_view old, new;
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

static void view_of(const struct entry_format *fmt, const u64 *entry,
		    struct entry_view *view)
{
	memset(view, 0, sizeof(*view));
	fmt->view(entry, view);
	if (view->absent) {
		memset(view, 0, sizeof(*view));
		view->absent = true;
	}
}

static bool same_view(const struct entry_view *a, const struct entry_view *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static unsigned int granules(void)
{
	return hw.ops.words / hw.ops.granule;
}

static size_t entry_bytes(const struct entry_format *fmt)
{
	return fmt->ops->words * sizeof(u64);
}

static void check_view(const u64 *entry)
{
	static struct entry_view view;

	view_of(hw.fmt, entry, &view);
	if (same_view(&view, &hw.old) || same_view(&view, &hw.new))
		return;
	KUNIT_EXPECT_TRUE(hw.test, view.absent);
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
	KUNIT_ASSERT_LT(hw.test, hw.nr_history[g], MAX_HISTORY);
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
	KUNIT_EXPECT_PTR_EQ(hw.test, ctx, (void *)&hw);
	if (++hw.syncs == hw.fail_sync || hw.fail_all)
		return -ETIMEDOUT;
	hw.unsynced = false;
	forget();
	return 0;
}

static int update(struct kunit *test, const struct entry_format *fmt,
		  const u64 *old, const u64 *new, unsigned int flags)
{
	hw.test = test;
	hw.fmt = fmt;
	hw.ops = *fmt->ops;
	hw.ops.store = watched_store;
	hw.ops.sync = watched_sync;
	memset(hw.entry, 0, sizeof(hw.entry));
	memcpy(hw.entry, old, entry_bytes(fmt));
	view_of(fmt, old, &hw.old);
	view_of(fmt, new, &hw.new);
	hw.saw_absent = false;
	hw.unsynced = false;
	hw.stores = 0;
	hw.syncs = 0;
	forget();
	return iommufdx_entry_write(&hw.ops, hw.entry, new, &hw, flags);
}

/* ---------------------------------------------------------- an obvious oracle */

static bool visible(const struct entry_format *fmt, const u64 *entry,
		    unsigned int bit)
{
	static struct entry_view a, b;
	u64 flipped[ENTRY_MAX_WORDS];

	memcpy(flipped, entry, entry_bytes(fmt));
	flipped[bit / 64] ^= BIT_ULL(bit % 64);
	view_of(fmt, entry, &a);
	view_of(fmt, flipped, &b);
	return !same_view(&a, &b);
}

/* Can all but granule @g be such that @g alone decides between old and new? */
static bool decides(const struct entry_format *fmt, const u64 *old,
		    const u64 *new, unsigned int g)
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

static bool can_be_hitless(const struct entry_format *fmt, const u64 *old,
			   const u64 *new)
{
	unsigned int g;

	for (g = 0; g < fmt->ops->words / fmt->ops->granule; g++)
		if (decides(fmt, old, new, g))
			return true;
	return false;
}

/* ---------------------------------------------------------------------- tests */

static void generate(const struct entry_format *fmt, u64 *random, u64 *entry)
{
	memset(entry, 0, entry_bytes(fmt));
	fmt->generate(random, entry);
}

/*
 * An entry's used bits are those that hardware acts upon, and flipping any
 * other changes neither the view nor the used bits.
 */
static void check_used(struct kunit *test, const struct entry_format *fmt,
		       const u64 *entry)
{
	u64 used[ENTRY_MAX_WORDS] = {}, again[ENTRY_MAX_WORDS];
	u64 flipped[ENTRY_MAX_WORDS];
	unsigned int bit;

	view_of(fmt, entry, &hw.old);
	fmt->ops->used(entry, used);
	for (bit = 0; bit < fmt->ops->words * 64; bit++) {
		if (!(used[bit / 64] & BIT_ULL(bit % 64))) {
			KUNIT_EXPECT_FALSE(test, visible(fmt, entry, bit));
			memcpy(flipped, entry, entry_bytes(fmt));
			flipped[bit / 64] ^= BIT_ULL(bit % 64);
			memset(again, 0, sizeof(again));
			fmt->ops->used(flipped, again);
			KUNIT_EXPECT_EQ(test, 0,
					memcmp(used, again, sizeof(used)));
		} else if (!hw.old.absent) {
			KUNIT_EXPECT_TRUE(test, visible(fmt, entry, bit));
		}
	}
}

static void test_used_bits(struct kunit *test)
{
	const struct entry_format *const *fmt = test->param_value;
	u64 entry[ENTRY_MAX_WORDS] = {}, random = seed;
	unsigned int i, w;

	for (i = 0; i < 300; i++) {
		cond_resched();
		generate(*fmt, &random, entry);
		/* Noise in all bits, those of interrupts included. */
		for (w = 0; i % 2 && w < (*fmt)->ops->words; w++)
			entry[w] ^= entry_random(&random) &
				    entry_random(&random) &
				    entry_random(&random);
		check_used(test, *fmt, entry);
	}
}

static void test_random_updates(struct kunit *test)
{
	const struct entry_format *const *param = test->param_value;
	const struct entry_format *fmt = *param;
	u64 old[ENTRY_MAX_WORDS] = {}, new[ENTRY_MAX_WORDS] = {};
	u64 used[ENTRY_MAX_WORDS];
	unsigned int i, w, hitless = 0, broken = 0;
	u64 random = seed;
	bool can;

	for (i = 0; i < updates; i++) {
		cond_resched();
		generate(fmt, &random, old);
		generate(fmt, &random, new);
		/* What an earlier owner left in bits that are not used. */
		if (i % 4 == 0) {
			memset(used, 0, sizeof(used));
			fmt->ops->used(old, used);
			for (w = 0; w < fmt->ops->words; w++)
				old[w] |= entry_random(&random) & ~used[w];
		}
		can = can_be_hitless(fmt, old, new);
		switch (update(test, fmt, old, new, 0)) {
		case ENTRY_SAME:
			KUNIT_EXPECT_EQ(test, 0,
					memcmp(old, new, entry_bytes(fmt)));
			KUNIT_EXPECT_EQ(test, 0, hw.stores + hw.syncs);
			break;
		case ENTRY_HITLESS:
			KUNIT_EXPECT_FALSE(test, hw.saw_absent);
			KUNIT_EXPECT_TRUE(test, can);
			hitless++;
			break;
		case ENTRY_BROKEN:
			KUNIT_EXPECT_TRUE(test, hw.saw_absent);
			KUNIT_EXPECT_FALSE(test, can);
			broken++;
			break;
		default:
			KUNIT_FAIL(test, "update %u failed", i);
		}
		KUNIT_EXPECT_EQ(test, 0, memcmp(hw.entry, new, entry_bytes(fmt)));
		KUNIT_EXPECT_FALSE(test, hw.unsynced);
	}
	kunit_info(test, "%s: seed %lu: %u hitless, %u broken\n", fmt->name,
		   seed, hitless, broken);
	KUNIT_EXPECT_GT(test, hitless, 0);
	KUNIT_EXPECT_GT(test, broken, 0);
}

/* Whichever sync fails, memory is as before, or the target if that was forced. */
static void test_failing_syncs(struct kunit *test)
{
	const struct entry_format *const *param = test->param_value;
	const struct entry_format *fmt = *param;
	u64 old[ENTRY_MAX_WORDS] = {}, new[ENTRY_MAX_WORDS] = {};
	const size_t bytes = entry_bytes(fmt);
	unsigned int i, failed = 0;
	u64 random = seed;
	int rc;

	for (i = 0; i < updates / 4; i++) {
		cond_resched();
		generate(fmt, &random, old);
		generate(fmt, &random, new);
		hw.fail_sync = i % 3 + 1;

		rc = update(test, fmt, old, new, 0);
		if (rc < 0) {
			failed++;
			KUNIT_EXPECT_EQ(test, -ETIMEDOUT, rc);
			KUNIT_EXPECT_EQ(test, 0, memcmp(hw.entry, old, bytes));
		} else {
			KUNIT_EXPECT_EQ(test, 0, memcmp(hw.entry, new, bytes));
		}

		hw.no_promise = true;
		rc = update(test, fmt, old, new, ENTRY_FORCE);
		KUNIT_EXPECT_TRUE(test, rc >= 0 || rc == -ETIMEDOUT);
		KUNIT_EXPECT_EQ(test, 0, memcmp(hw.entry, new, bytes));

		hw.fail_all = true;
		rc = update(test, fmt, old, new, 0);
		KUNIT_EXPECT_EQ(test, rc == ENTRY_SAME,
				!memcmp(old, new, bytes));
		KUNIT_EXPECT_EQ(test, 0, memcmp(hw.entry, old, bytes));
		hw.fail_all = false;
		hw.no_promise = false;
	}
	hw.fail_sync = 0;
	KUNIT_EXPECT_GT(test, failed, 0);
}

/* A device that had nothing gets its entry by one switch, and loses it by one. */
static void test_absent_and_back_is_hitless(struct kunit *test)
{
	const struct entry_format *const *param = test->param_value;
	const struct entry_format *fmt = *param;
	u64 entry[ENTRY_MAX_WORDS] = {}, absent[ENTRY_MAX_WORDS];
	u64 random = seed, used[ENTRY_MAX_WORDS];
	unsigned int i, w, done = 0;

	for (i = 0; i < 200; i++) {
		generate(fmt, &random, entry);
		if (!(entry[fmt->ops->valid_word] & fmt->ops->valid_mask))
			continue;
		memcpy(absent, entry, sizeof(absent));
		absent[fmt->ops->valid_word] &= ~fmt->ops->valid_mask;
		memset(used, 0, sizeof(used));
		fmt->ops->used(absent, used);
		for (w = 0; w < fmt->ops->words; w++)
			absent[w] &= used[w];
		KUNIT_EXPECT_EQ(test, ENTRY_HITLESS,
				update(test, fmt, absent, entry, 0));
		KUNIT_EXPECT_EQ(test, ENTRY_HITLESS,
				update(test, fmt, entry, absent, 0));
		done++;
	}
	KUNIT_EXPECT_GT(test, done, 0);
}

/*
 * A DTE is hitless from one host table to another, its root and its domain ID
 * being in two words, because the two are stored at once.
 */
static void test_dte_needs_128_bits(struct kunit *test)
{
	const u64 a[ENTRY_MAX_WORDS] = {
		AMD_DTE0_V | AMD_DTE0_TV | FIELD_PREP(AMD_DTE0_MODE, 4) |
		0x100000, 1,
	};
	const u64 b[ENTRY_MAX_WORDS] = {
		AMD_DTE0_V | AMD_DTE0_TV | FIELD_PREP(AMD_DTE0_MODE, 4) |
		0x200000, 2,
	};
	struct entry_ops narrow = amd_dte_ops;
	struct entry_format fmt = entry_format_dte;

	KUNIT_EXPECT_EQ(test, ENTRY_HITLESS, update(test, &fmt, a, b, 0));
	KUNIT_EXPECT_EQ(test, 1, hw.stores);
	narrow.granule = 1;
	narrow.store = iommufdx_entry_store64;
	fmt.ops = &narrow;
	KUNIT_EXPECT_EQ(test, ENTRY_BROKEN, update(test, &fmt, a, b, 0));
	KUNIT_EXPECT_TRUE(test, hw.saw_absent);
	KUNIT_EXPECT_EQ(test, 0, memcmp(hw.entry, b, entry_bytes(&fmt)));
}

/*
 * Nor does a DTE that gets another table of either kind, or both, take more than
 * one store: only the levels of guest page tables, interrupts and the attributes
 * of what is not translated are in the other granule.
 */
static void test_dte_moves_in_one_store(struct kunit *test)
{
	u64 old[ENTRY_MAX_WORDS] = {}, new[ENTRY_MAX_WORDS] = {};
	unsigned int i, done = 0;
	u64 random = seed;
	int how;

	for (i = 0; i < updates; i++) {
		cond_resched();
		generate(&entry_format_dte, &random, old);
		generate(&entry_format_dte, &random, new);
		if (old[2] != new[2] || old[3] != new[3])
			continue;
		how = update(test, &entry_format_dte, old, new, 0);
		KUNIT_EXPECT_TRUE(test, how == ENTRY_SAME ||
					how == ENTRY_HITLESS);
		KUNIT_EXPECT_EQ(test, how == ENTRY_HITLESS, hw.stores);
		done++;
	}
	KUNIT_EXPECT_GT(test, done, 0);
}

static const struct entry_format *const formats[] = {
	&entry_format_dte,
	&entry_format_pasid,
	&entry_format_ste,
	&entry_format_cd,
};

static void format_desc(const struct entry_format *const *fmt, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", (*fmt)->name);
}

KUNIT_ARRAY_PARAM(format, formats, format_desc);

static struct kunit_case entry_cases[] = {
	KUNIT_CASE_PARAM(test_used_bits, format_gen_params),
	KUNIT_CASE_PARAM(test_random_updates, format_gen_params),
	KUNIT_CASE_PARAM(test_failing_syncs, format_gen_params),
	KUNIT_CASE_PARAM(test_absent_and_back_is_hitless, format_gen_params),
	KUNIT_CASE(test_dte_needs_128_bits),
	KUNIT_CASE(test_dte_moves_in_one_store),
	{}
};

static struct kunit_suite entry_suite = {
	.name = "iommufdx_entry",
	.test_cases = entry_cases,
};

kunit_test_suite(entry_suite);
