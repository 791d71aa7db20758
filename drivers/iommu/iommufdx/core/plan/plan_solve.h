/* SPDX-License-Identifier: GPL-2.0-only */
/* A plan in the making, between the files that make it. */
#ifndef __IOMMUFDX_CORE_PLAN_SOLVE_H
#define __IOMMUFDX_CORE_PLAN_SOLVE_H

#include "plan_kind.h"

/**
 * struct plan_unit - uses that share whatever happens
 * @first: of the sorted uses
 * @nr: how many
 * @class: theirs; while it is being filled, its index is not known
 * @as: what they need together
 */
struct plan_unit {
	u32 first;
	u32 nr;
	u32 class;
	struct plan_class as;
};

/**
 * struct plan_knot - units that share though their hardware differs
 * @units: they, one after another, sorted by hardware
 * @nr: how many
 */
struct plan_knot {
	struct plan_unit *units;
	u32 nr;
};

/**
 * struct planner - a plan in the making
 * @uses: sorted
 * @nr: how many
 * @units: sorted by class
 * @nr_units: how many
 * @knots: sorted by content; only until the units are sorted by class
 * @nr_knots: how many of different content
 * @torn: a bitmap over these: those of which a kind does not serve all
 * @hws: distinct hardware, sorted
 * @nr_hws: how much
 * @classes: sorted
 * @nr_classes: how many
 * @kinds: those that serve something that no other of them does
 * @sets: what each serves: bitmaps of @words words over the classes
 * @nr_kinds: how many
 * @room: for how many there is memory
 * @words: of a bitmap
 * @scratch: one bitmap
 * @runs: where classes of other hardware or flags begin, and the end
 * @nr_runs: how many
 * @run_of: hardware to its first run, and the end
 * @alike: lender and offer to the first of that table
 * @tried: by the same, BIT_ULL(width - 1) of the kinds that were looked at with the
 *	flags and quirks that are being tried
 * @group_of: class to group
 * @members: by group, those of group N from @begins[N] on
 * @begins: see @members
 * @pair: the members of two groups, or of a knot
 */
struct planner {
	struct fdx_plan_use **uses;
	u32 nr;
	struct plan_unit *units;
	u32 nr_units;
	struct plan_knot *knots;
	u32 nr_knots;
	unsigned long *torn;
	struct fdx_plan_hw *hws;
	u32 nr_hws;
	struct plan_class *classes;
	u32 nr_classes;
	struct plan_kind *kinds;
	unsigned long *sets;
	u32 nr_kinds;
	u32 room;
	u32 words;
	unsigned long *scratch;
	u32 *runs;
	u32 nr_runs;
	u32 *run_of;
	u32 *alike;
	u64 *tried;
	u32 *group_of;
	const struct plan_class **members;
	u32 *begins;
	const struct plan_class **pair;
};

/* Let @all need what @need does, too. */
void plan_merge_need(struct fdx_plan_need *all, const struct fdx_plan_need *need);
/*
 * Sort the uses into units and classes, and find what hardware there is: all that
 * is known before a kind is tried. -ENOMEM.
 */
int plan_classify(struct planner *p);
/* Which tables of @hws are the same to who is to walk them: fill in @alike. */
void plan_find_alike(struct planner *p);

#endif /* __IOMMUFDX_CORE_PLAN_SOLVE_H */
