// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 512-bit format in 64-bit granules that no hardware has, with two stages of
 * translation that fill different words, as stream table entries have.
 *
 *	word 0	bit 0 valid, bits 2:1 stages, bits 63:12 context of stage 1
 *	word 1	attributes of stage 1
 *	word 2	stage 2: tag
 *	word 3	stage 2: root
 *	word 7	attributes of bypass, where there is no stage
 */
#include <linux/bits.h>
#include <linux/string.h>
#include "format.h"

#define V		BIT_ULL(0)
#define S1		BIT_ULL(1)
#define S2		BIT_ULL(2)
#define CONTEXT		GENMASK_ULL(63, 12)

static void stage_used(const u64 *entry, u64 *used)
{
	used[0] = V;
	if (!(entry[0] & V))
		return;
	used[0] |= S1 | S2;
	if (entry[0] & S1) {
		used[0] |= CONTEXT;
		used[1] = ~0ULL;
	}
	if (entry[0] & S2) {
		used[2] = ~0ULL;
		used[3] = ~0ULL;
	}
	if (!(entry[0] & (S1 | S2)))
		used[7] = ~0ULL;
}

static void stage_view(const u64 *entry, struct view *view)
{
	unsigned int stages = entry[0] >> 1 & 3;

	if (!(entry[0] & 1)) {
		view->absent = true;
		return;
	}
	view->field[0] = stages;
	switch (stages) {
	case 0:
		view->field[1] = entry[7];
		return;
	case 2:
		break;
	default:
		view->field[2] = entry[0] >> 12;
		view->field[3] = entry[1];
	}
	if (stages & 2) {
		view->field[4] = entry[2];
		view->field[5] = entry[3];
	}
}

static void stage_generate(struct tap_rng *rng, u64 *entry)
{
	memset(entry, 0, 64);
	if (!tap_below(rng, 6))
		return;
	entry[0] = V | tap_below(rng, 4) << 1;
	if (entry[0] & S1) {
		entry[0] |= (tap_below(rng, 2) + 1) << 12;
		entry[1] = tap_below(rng, 2) + 1;
	}
	if (entry[0] & S2) {
		entry[2] = tap_below(rng, 2) + 1;
		entry[3] = tap_below(rng, 2) + 1;
	}
	if (!(entry[0] & (S1 | S2)))
		entry[7] = tap_below(rng, 2) + 1;
}

static const struct entry_ops stage_ops = {
	.words = 8,
	.granule = 1,
	.valid_word = 0,
	.valid_mask = V,
	.used = stage_used,
	.store = iommufdx_entry_store64,
};

const struct format format_stage = {
	.name = "two stages",
	.ops = &stage_ops,
	.generate = stage_generate,
	.view = stage_view,
};
