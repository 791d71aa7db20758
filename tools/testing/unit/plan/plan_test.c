// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan against brute force: for up to eight devices with random hardware and
 * needs, all partitions, and for each part all requests to all hardware. What a
 * request gets and where a domain can go is told here a second time, from the
 * contract of struct iommufdx_domain_offer.
 */
#include <core/plan/plan.h>
#include <linux/bits.h>
#include <linux/slab.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <stdlib.h>
#include <tap.h>
#include <time.h>

#define NEEDS	(IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY | \
		 IOMMUFDX_DOMAIN_PASID)
#define MAX_USES	8

static const u64 sizes[] = { SZ_2K, SZ_4K, SZ_2M, SZ_1G };
static const u32 widths[] = { 0, 30, 38, 39, 47, 48, 57 };

/* ----------------------------------------------------------- the second telling */

struct domain {
	u32 kind;
	const struct iommufdx_domain_offer *as;
	u64 page_sizes;
	u32 flags, quirks, va_bits;
};

static bool sim_alloc(const struct fdx_plan_hw *hw,
		      const struct fdx_plan_need *req, struct domain *d)
{
	const struct iommufdx_domain_offer *o;
	u32 i;

	for (i = 0; i < hw->nr; i++) {
		o = &hw->offer[i];
		if (o->format == req->format &&
		    1ULL << o->granule_shift ==
		    (req->page_sizes & -req->page_sizes) &&
		    (req->va_bits ? req->va_bits <= o->va_bits : o->usual_bits))
			break;
	}
	if (i == hw->nr || (req->flags & ~o->flags) ||
	    (req->quirks & ~o->quirks))
		return false;
	*d = (struct domain){
		.kind = hw->kind,
		.as = o,
		.page_sizes = req->page_sizes & o->page_sizes,
		.flags = req->flags,
		.quirks = req->quirks | o->made_with,
		.va_bits = !req->va_bits ? o->usual_bits :
			   o->levels ? o->va_bits : req->va_bits,
	};
	return true;
}

static bool sim_attach(const struct fdx_plan_use *use, const struct domain *d)
{
	const struct iommufdx_domain_offer *o;
	u32 i;

	if (use->hw->kind != d->kind)
		return false;
	for (i = 0; i < use->hw->nr; i++) {
		o = &use->hw->offer[i];
		if (o->format == d->as->format && o->levels == d->as->levels &&
		    o->granule_shift == d->as->granule_shift &&
		    !(d->page_sizes & ~o->page_sizes) &&
		    d->va_bits <= o->va_bits && d->as->va_bits <= o->va_bits &&
		    d->as->oa_bits <= o->oa_bits && !(d->quirks & ~o->quirks) &&
		    !(d->flags & IOMMUFDX_DOMAIN_DIRTY & ~o->flags) &&
		    !(use->need.flags & NEEDS & ~o->flags))
			return true;
	}
	return false;
}

static bool sim_meets(const struct fdx_plan_use *use, const struct domain *d)
{
	const struct fdx_plan_need *need = &use->need;

	return !(need->flags & NEEDS & ~d->flags) &&
	       !(need->quirks & ~d->quirks) &&
	       (need->format == PGTABLE_ANY || need->format == d->as->format) &&
	       need->va_bits <= d->va_bits && d->page_sizes &&
	       !(need->page_sizes && (d->page_sizes & ~need->page_sizes)) &&
	       __ffs64(d->page_sizes) <= PAGE_SHIFT;
}

/* ----------------------------------------------------------------- brute force */

struct world {
	struct fdx_plan_hw hw[4];
	struct fdx_plan_use use[MAX_USES];
	u32 nr;
	u32 unit[MAX_USES];	/* mask of the uses of each */
	u32 nr_units;
};

static bool part_takes(const struct world *w, u32 uses, const struct domain *d)
{
	u32 i;

	for (i = 0; i < w->nr; i++)
		if ((uses >> i & 1) && !(sim_attach(&w->use[i], d) &&
					 sim_meets(&w->use[i], d)))
			return false;
	return true;
}

static bool part_possible(const struct world *w, u32 uses)
{
	struct fdx_plan_need req = {};
	struct domain d;
	u32 i, s, v, bit;

	for (i = 0; i < w->nr; i++) {
		if (uses >> i & 1) {
			req.flags |= w->use[i].need.flags & NEEDS;
			req.quirks |= w->use[i].need.quirks;
		}
	}
	for (i = 0; i < w->nr; i++) {
		for (req.format = 1; req.format <= 3; req.format++) {
			for (s = 1; s < 1U << ARRAY_SIZE(sizes); s++) {
				req.page_sizes = 0;
				for (bit = 0; bit < ARRAY_SIZE(sizes); bit++)
					if (s >> bit & 1)
						req.page_sizes |= sizes[bit];
				for (v = 0; v < ARRAY_SIZE(widths); v++) {
					req.va_bits = widths[v];
					if (sim_alloc(w->use[i].hw, &req, &d) &&
					    part_takes(w, uses, &d))
						return true;
				}
			}
		}
	}
	return false;
}

static u32 mask_uses(const struct world *w, u32 units)
{
	u32 i, uses = 0;

	for (i = 0; i < w->nr_units; i++)
		if (units >> i & 1)
			uses |= w->unit[i];
	return uses;
}

/* The fewest parts of all units that can be served; *@served are their uses. */
static u32 brute_force(const struct world *w, u32 *served)
{
	static u32 best[1 << MAX_USES];
	static bool ok[1 << MAX_USES];
	u32 mask, part, can = 0;

	for (mask = 1; mask < 1U << w->nr_units; mask++) {
		ok[mask] = part_possible(w, mask_uses(w, mask));
		if (ok[mask] && !(mask & (mask - 1)))
			can |= mask;
	}
	best[0] = 0;
	for (mask = 1; mask < 1U << w->nr_units; mask++) {
		best[mask] = MAX_USES + 1;
		for (part = mask; part; part = (part - 1) & mask)
			if (ok[part])
				best[mask] = min(best[mask],
						 best[mask ^ part] + 1);
	}
	*served = mask_uses(w, can);
	return best[can];
}

/* --------------------------------------------------------------------- worlds */

static u32 pick(struct tap_rng *rng, u32 mask)
{
	return tap_rand(rng) & mask;
}

static bool shape_is_there(const struct fdx_plan_hw *hw,
			   const struct iommufdx_domain_offer *o)
{
	u32 i;

	for (i = 0; i < hw->nr; i++)
		if (hw->offer[i].format == o->format &&
		    hw->offer[i].levels == o->levels &&
		    hw->offer[i].granule_shift == o->granule_shift)
			return true;
	return false;
}

static void make_hw(struct tap_rng *rng, struct fdx_plan_hw *hw)
{
	static const u8 wide[] = { 38, 39, 48, 57 };
	u32 nr = 1 + tap_below(rng, 4), i;

	memset(hw, 0, sizeof(*hw));
	hw->kind = 1 + !tap_below(rng, 4);
	for (i = 0; i < nr; i++) {
		struct iommufdx_domain_offer o = {
			.format = 1 + tap_below(rng, 3),
			.flags = pick(rng, NEEDS) | pick(rng, NEEDS) |
				 IOMMUFDX_DOMAIN_NO_PASID,
			.preferred = pick(rng, NEEDS),
			.granule_shift = 12 - !tap_below(rng, 4),
			.levels = tap_below(rng, 2) ? 3 + tap_below(rng, 2) : 0,
			.va_bits = wide[tap_below(rng, ARRAY_SIZE(wide))],
			.oa_bits = 40 + 8 * tap_below(rng, 2),
			.quirks = pick(rng, 0xf) | pick(rng, 0x3),
			.page_sizes = SZ_4K,
		};

		if (shape_is_there(hw, &o))
			continue;
		o.made_with = o.quirks & (tap_below(rng, 3) ? 0 : 0xc);
		o.page_sizes |= 1ULL << o.granule_shift;
		o.page_sizes |= tap_below(rng, 4) ? SZ_2M : 0;
		o.page_sizes |= tap_below(rng, 2) ? SZ_1G : 0;
		if (tap_below(rng, 3))
			o.usual_bits = o.levels ? o.va_bits :
						  min(o.va_bits, (u8)39);
		hw->offer[hw->nr++] = o;
	}
}

static void make_need(struct tap_rng *rng, struct fdx_plan_need *need)
{
	u32 i;

	memset(need, 0, sizeof(*need));
	if (tap_below(rng, 2))
		need->flags = pick(rng, NEEDS) & pick(rng, NEEDS);
	if (!(need->flags & IOMMUFDX_DOMAIN_PASID) && !tap_below(rng, 3))
		need->flags |= IOMMUFDX_DOMAIN_NO_PASID;
	if (!tap_below(rng, 4))
		need->format = 1 + tap_below(rng, 3);
	if (!tap_below(rng, 3))
		need->va_bits = widths[tap_below(rng, ARRAY_SIZE(widths))];
	if (!tap_below(rng, 4))
		need->quirks = pick(rng, 3);
	if (!tap_below(rng, 3))
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			need->page_sizes |= tap_below(rng, 3) ? sizes[i] : 0;
}

static void make_world(struct tap_rng *rng, struct world *w)
{
	struct fdx_plan_hw *hw = w->hw;
	u32 i, nr_hw = 1 + tap_below(rng, 4), from;

	memset(w, 0, sizeof(*w));
	w->nr = 1 + tap_below(rng, MAX_USES);
	for (i = 0; i < nr_hw; i++) {
		make_hw(rng, &hw[i]);
		/* Much the same as another, as hardware of one make is. */
		if (i && tap_below(rng, 2)) {
			hw[i] = hw[i - 1];
			hw[i].offer[0].oa_bits = 40 + 8 * tap_below(rng, 2);
			hw[i].offer[0].quirks = hw[i].offer[0].made_with |
						pick(rng, 0xf);
		}
	}
	for (i = 0; i < w->nr; i++) {
		from = tap_below(rng, nr_hw);
		w->use[i].hw = &hw[from];
		make_need(rng, &w->use[i].need);
		w->use[i].id = 100 + i;
		if (i && !tap_below(rng, 6)) {
			/* Of one isolation group with the one before. */
			if (tap_below(rng, 2))
				w->use[i].hw = w->use[i - 1].hw;
			if (!w->use[i - 1].together)
				w->use[i - 1].together = &w->use[i - 1];
			w->use[i].together = w->use[i - 1].together;
			w->unit[w->nr_units - 1] |= 1U << i;
		} else {
			w->unit[w->nr_units++] = 1U << i;
		}
	}
}

/* --------------------------------------------------------------------- checks */

static const struct fdx_plan_use *find_id(const struct fdx_plan_use *uses,
					  u32 nr, u32 id)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (uses[i].id == id)
			return &uses[i];
	return NULL;
}

static enum fdx_plan_reason separation(const struct fdx_plan *plan, u32 one,
				       u32 other)
{
	u8 why = plan->separations[one * plan->nr_groups + other];

	CHECK_EQ(why, plan->separations[other * plan->nr_groups + one]);
	return why;
}

static void check_groups(const struct world *w, const struct fdx_plan *plan)
{
	const struct fdx_plan_use *lender;
	struct domain d;
	u32 g, i, uses, reasons;

	for (g = 0; g < plan->nr_groups; g++) {
		lender = find_id(w->use, w->nr, plan->groups[g].id);
		REQUIRE(lender);
		REQUIRE(sim_alloc(lender->hw, &plan->groups[g].request, &d));
		uses = 0;
		for (i = 0; i < w->nr; i++)
			if (w->use[i].group == g)
				uses |= 1U << i;
		CHECK(part_takes(w, uses, &d));
		CHECK_EQ(plan->groups[g].nr_uses, __builtin_popcount(uses));
		CHECK(uses);
		CHECK(!(plan->groups[g].reasons & BIT(FDX_PLAN_TOGETHER)));
		CHECK_EQ(!plan->groups[g].reasons, plan->nr_groups == 1);
		for (i = reasons = 0; i < plan->nr_groups; i++)
			if (i != g)
				reasons |= BIT(separation(plan, g, i));
		CHECK_EQ(plan->groups[g].reasons, reasons);
		CHECK_EQ(separation(plan, g, g), FDX_PLAN_TOGETHER);
		if (lender->group == g)
			continue;
		/* None of its own would have done. */
		for (i = 0; i < w->nr; i++)
			CHECK(!(uses >> i & 1) ||
			      !(sim_alloc(w->use[i].hw,
					  &plan->groups[g].request, &d) &&
				part_takes(w, uses, &d)));
	}
}

static void check_order(struct tap_rng *rng, const struct world *w,
			const struct fdx_plan *plan)
{
	struct fdx_plan_use shuffled[MAX_USES], swap;
	struct fdx_plan other;
	u32 i, j;

	memcpy(shuffled, w->use, sizeof(shuffled));
	for (i = w->nr - 1; i; i--) {
		j = tap_below(rng, i + 1);
		swap = shuffled[i];
		shuffled[i] = shuffled[j];
		shuffled[j] = swap;
	}
	CHECK_EQ(fdx_plan_solve(shuffled, w->nr, &other), 0);
	CHECK_EQ(other.nr_groups, plan->nr_groups);
	CHECK(!memcmp(other.groups, plan->groups,
		      plan->nr_groups * sizeof(*plan->groups)));
	CHECK(!memcmp(other.separations, plan->separations,
		      plan->nr_groups * plan->nr_groups));
	for (i = 0; i < w->nr; i++) {
		const struct fdx_plan_use *use =
			find_id(shuffled, w->nr, w->use[i].id);

		CHECK_EQ(use->group, w->use[i].group);
		CHECK_EQ(use->reason, w->use[i].reason);
	}
	fdx_plan_free(&other);
}

static u64 groups_seen[MAX_USES + 1], refused, reasons_seen;

static void one_world(struct tap_rng *rng)
{
	struct fdx_plan plan;
	u32 i, served, best;
	struct world w;

	make_world(rng, &w);
	best = brute_force(&w, &served);
	REQUIRE(fdx_plan_solve(w.use, w.nr, &plan) == 0);
	CHECK(plan.minimal);
	CHECK_EQ(plan.nr_groups, best);
	for (i = 0; i < w.nr; i++) {
		CHECK_EQ(w.use[i].group != FDX_PLAN_NO_GROUP, served >> i & 1);
		CHECK_EQ(w.use[i].reason == FDX_PLAN_TOGETHER, served >> i & 1);
		refused += !(served >> i & 1);
		reasons_seen |= BIT(w.use[i].reason);
	}
	check_groups(&w, &plan);
	for (i = 0; i < plan.nr_groups; i++)
		reasons_seen |= plan.groups[i].reasons;
	for (i = 0; i < 4; i++)
		check_order(rng, &w, &plan);
	groups_seen[plan.nr_groups]++;
	fdx_plan_free(&plan);
}

static void fewest_and_the_same_in_every_order(void)
{
	struct tap_rng rng = { tap_env("SEED", 1) };
	u64 i, ops = tap_env("OPS", 1500);
	u32 n;

	printf("# seed %llu\n", (unsigned long long)rng.state);
	for (i = 0; i < ops && tap_checks_failed < 5; i++)
		one_world(&rng);
	printf("# groups:");
	for (n = 0; n <= MAX_USES; n++)
		printf(" %u:%llu", n, (unsigned long long)groups_seen[n]);
	printf(", not served: %llu, reasons %#llx\n",
	       (unsigned long long)refused, (unsigned long long)reasons_seen);
	/* The test sees what it is about. */
	if (ops >= 1500) {
		CHECK(groups_seen[1] && groups_seen[2] && groups_seen[3]);
		CHECK(refused);
		CHECK_EQ(reasons_seen, GENMASK(FDX_PLAN_HARDWARE, 0));
	}
}

/* ------------------------------------------------------------- named situations */

static struct fdx_plan_hw amd(void)
{
	return (struct fdx_plan_hw){
		.kind = 1,
		.nr = 2,
		.offer = {
			{
				.format = PGTABLE_AMDV1,
				.flags = IOMMUFDX_DOMAIN_NEST_PARENT |
					 IOMMUFDX_DOMAIN_DIRTY |
					 IOMMUFDX_DOMAIN_NO_PASID,
				.page_sizes = SZ_4K | SZ_2M | SZ_1G,
				.granule_shift = 12,
				.va_bits = 57,
				.usual_bits = 48,
				.oa_bits = 52,
			}, {
				.format = PGTABLE_X86_64,
				.flags = IOMMUFDX_DOMAIN_PASID |
					 IOMMUFDX_DOMAIN_DIRTY,
				.page_sizes = SZ_4K | SZ_2M | SZ_1G,
				.granule_shift = 12,
				.levels = 4,
				.va_bits = 47,
				.usual_bits = 47,
				.oa_bits = 52,
			},
		},
	};
}

static enum fdx_plan_reason reason_of_two(const struct fdx_plan_hw *a,
					  struct fdx_plan_need need_a,
					  const struct fdx_plan_hw *b,
					  struct fdx_plan_need need_b)
{
	struct fdx_plan_use uses[] = {
		{ .hw = a, .need = need_a, .id = 1 },
		{ .hw = b, .need = need_b, .id = 2 },
	};
	struct fdx_plan plan;
	u32 reasons;

	CHECK_EQ(fdx_plan_solve(uses, 2, &plan), 0);
	CHECK_EQ(plan.nr_groups, 2);
	reasons = plan.groups[0].reasons;
	CHECK_EQ(reasons, plan.groups[1].reasons);
	CHECK_EQ(hweight32(reasons), 1);
	fdx_plan_free(&plan);
	return __builtin_ctz(reasons);
}

static void separations_have_their_reason(void)
{
	const struct fdx_plan_need none = {};
	struct fdx_plan_hw a = amd(), b = amd();

	b.kind = 2;
	CHECK_EQ(reason_of_two(&a, none, &b, none), FDX_PLAN_IOMMU);
	b = amd();
	CHECK_EQ(reason_of_two(&a, (struct fdx_plan_need){
			.flags = IOMMUFDX_DOMAIN_PASID,
		 }, &b, (struct fdx_plan_need){
			.flags = IOMMUFDX_DOMAIN_NEST_PARENT,
		 }), FDX_PLAN_PASID_NEST);
	CHECK_EQ(reason_of_two(&a, (struct fdx_plan_need){
			.format = PGTABLE_AMDV1,
		 }, &b, (struct fdx_plan_need){
			.format = PGTABLE_X86_64,
		 }), FDX_PLAN_FORMAT);
	CHECK_EQ(reason_of_two(&a, (struct fdx_plan_need){
			.va_bits = 50,
		 }, &b, (struct fdx_plan_need){
			.format = PGTABLE_X86_64,
		 }), FDX_PLAN_VA_BITS);
	b.offer[0].flags &= ~IOMMUFDX_DOMAIN_DIRTY;
	b.nr = 1;
	memset(&b.offer[1], 0, sizeof(b.offer[1]));
	CHECK_EQ(reason_of_two(&a, (struct fdx_plan_need){
			.flags = IOMMUFDX_DOMAIN_DIRTY,
		 }, &b, none), FDX_PLAN_DIRTY);
	b.offer[0].quirks = BIT(0);
	CHECK_EQ(reason_of_two(&a, none, &b, (struct fdx_plan_need){
			.quirks = BIT(0),
		 }), FDX_PLAN_QUIRKS);
	b.offer[0].granule_shift = 11;
	b.offer[0].page_sizes = SZ_2K | SZ_2M;
	CHECK_EQ(reason_of_two(&a, none, &b, none), FDX_PLAN_PAGE_SIZES);
	b = amd();
	b.nr = a.nr = 1;
	memset(&a.offer[1], 0, sizeof(a.offer[1]));
	memset(&b.offer[1], 0, sizeof(b.offer[1]));
	a.offer[0].made_with = a.offer[0].quirks = BIT(3);
	b.offer[0].oa_bits = 40;
	b.offer[0].made_with = b.offer[0].quirks = BIT(2);
	CHECK_EQ(reason_of_two(&a, none, &b, none), FDX_PLAN_HARDWARE);
}

/* Page sizes of both, the width of the narrower, the promise of neither. */
static void request_is_what_all_can_have(void)
{
	struct fdx_plan_hw a = amd(), b = amd();
	struct fdx_plan_use uses[] = {
		{ .hw = &a, .id = 7, .need = {
			.flags = IOMMUFDX_DOMAIN_NO_PASID,
			.page_sizes = SZ_4K | SZ_2M,
		} },
		{ .hw = &b, .id = 5, .need = {
			.flags = IOMMUFDX_DOMAIN_DIRTY,
			.va_bits = 40,
		} },
	};
	struct fdx_plan plan;

	b.offer[0].page_sizes = SZ_4K | SZ_1G | SZ_2M;
	b.offer[0].va_bits = 48;
	CHECK_EQ(fdx_plan_solve(uses, 2, &plan), 0);
	REQUIRE(plan.nr_groups == 1);
	CHECK_EQ(plan.groups[0].request.format, PGTABLE_AMDV1);
	CHECK_EQ(plan.groups[0].request.flags, IOMMUFDX_DOMAIN_DIRTY);
	CHECK_EQ(plan.groups[0].request.page_sizes, SZ_4K | SZ_2M);
	CHECK_EQ(plan.groups[0].request.va_bits, 40);
	CHECK_EQ(plan.groups[0].id, 5);
	CHECK_EQ(plan.groups[0].nr_uses, 2);
	fdx_plan_free(&plan);
}

/* One that has no group leaves the others alone. */
static void who_cannot_be_served_is_told(void)
{
	const struct fdx_plan_hw a = amd(), nothing = {};
	struct fdx_plan_use uses[] = {
		{ .hw = &a, .id = 1, .need = { .format = PGTABLE_VTDSS } },
		{ .hw = &a, .id = 2 },
		{ .hw = &nothing, .id = 3 },
		{ .hw = &a, .id = 4, .together = uses,
		  .need = { .format = PGTABLE_AMDV1 } },
		{ .hw = &a, .id = 5, .together = uses,
		  .need = { .format = PGTABLE_X86_64 } },
	};
	struct fdx_plan plan;

	CHECK_EQ(fdx_plan_solve(uses, 5, &plan), 0);
	CHECK_EQ(plan.nr_groups, 1);
	CHECK_EQ(uses[0].group, FDX_PLAN_NO_GROUP);
	CHECK_EQ(uses[0].reason, FDX_PLAN_FORMAT);
	CHECK_EQ(uses[1].group, 0);
	CHECK_EQ(uses[2].group, FDX_PLAN_NO_GROUP);
	CHECK_EQ(uses[2].reason, FDX_PLAN_IOMMU);
	CHECK_EQ(uses[3].reason, FDX_PLAN_FORMAT);
	CHECK_EQ(uses[4].reason, FDX_PLAN_FORMAT);
	fdx_plan_free(&plan);
	CHECK_EQ(fdx_plan_solve(uses, 0, &plan), 0);
	CHECK_EQ(plan.nr_groups, 0);
}

/* What cannot be isolated shares, whatever the hardware of each is offered. */
static void hardware_of_one_group_may_differ(void)
{
	struct fdx_plan_hw a = amd(), b = amd();
	struct fdx_plan_use uses[] = {
		{ .hw = &a, .id = 1, .together = uses,
		  .need = { .flags = IOMMUFDX_DOMAIN_PASID } },
		{ .hw = &b, .id = 2, .together = uses },
		{ .hw = &b, .id = 3 },
	};
	struct fdx_plan plan;

	b.offer[0] = amd().offer[1];
	b.offer[1] = amd().offer[0];
	b.offer[0].flags &= ~IOMMUFDX_DOMAIN_DIRTY;
	CHECK_EQ(fdx_plan_solve(uses, 2, &plan), 0);
	CHECK_EQ(plan.nr_groups, 1);
	CHECK_EQ(plan.groups[0].request.format, PGTABLE_X86_64);
	CHECK_EQ(uses[0].group, 0);
	CHECK_EQ(uses[1].group, 0);
	fdx_plan_free(&plan);
	/* One that cannot takes the other along, but not who is apart. */
	b = amd();
	b.nr = 1;
	memset(&b.offer[1], 0, sizeof(b.offer[1]));
	CHECK_EQ(fdx_plan_solve(uses, 3, &plan), 0);
	CHECK_EQ(plan.nr_groups, 1);
	CHECK_EQ(uses[0].group, FDX_PLAN_NO_GROUP);
	CHECK_EQ(uses[0].reason, FDX_PLAN_PASID);
	CHECK_EQ(uses[1].group, FDX_PLAN_NO_GROUP);
	CHECK_EQ(uses[1].reason, FDX_PLAN_PASID);
	CHECK_EQ(uses[2].group, 0);
	fdx_plan_free(&plan);
}

static void memory_runs_out(void)
{
	const struct fdx_plan_hw a = amd();
	struct fdx_plan_use uses[] = {
		{ .hw = &a, .id = 1 },
		{ .hw = &a, .id = 2,
		  .need = { .flags = IOMMUFDX_DOMAIN_PASID } },
	};
	struct fdx_plan plan;
	int n, rc;

	for (n = 1;; n++) {
		shim_fail_nth(n);
		rc = fdx_plan_solve(uses, 2, &plan);
		shim_fail_nth(0);
		if (rc != -ENOMEM)
			break;
		CHECK_EQ(shim_objects_in_use(), 0);
	}
	CHECK_EQ(rc, 0);
	CHECK(n > 8);
	fdx_plan_free(&plan);
	CHECK_EQ(shim_objects_in_use(), 0);
}

/* No limit here: it says how long it took, and that it ends. */
static void thousands_of_devices(void)
{
	enum { NR = 4096 };
	struct tap_rng rng = { tap_env("SEED", 1) };
	struct fdx_plan_use *uses = calloc(NR, sizeof(*uses));
	struct fdx_plan_hw hw[12];
	struct timespec from, to;
	struct fdx_plan plan;
	u32 i;

	REQUIRE(uses);
	for (i = 0; i < ARRAY_SIZE(hw); i++)
		make_hw(&rng, &hw[i]);
	for (i = 0; i < NR; i++) {
		uses[i].hw = &hw[tap_below(&rng, ARRAY_SIZE(hw))];
		uses[i].id = i + 1;
		make_need(&rng, &uses[i].need);
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	CHECK_EQ(fdx_plan_solve(uses, NR, &plan), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("# %u devices of 12 makes: %u groups%s in %lld us\n", NR,
	       plan.nr_groups, plan.minimal ? "" : " (not proven minimal)",
	       ((to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec -
		from.tv_nsec) / 1000);
	CHECK(plan.nr_groups);
	fdx_plan_free(&plan);
	free(uses);
}

int main(void)
{
	TAP_RUN(fewest_and_the_same_in_every_order);
	TAP_RUN(separations_have_their_reason);
	TAP_RUN(request_is_what_all_can_have);
	TAP_RUN(who_cannot_be_served_is_told);
	TAP_RUN(hardware_of_one_group_may_differ);
	TAP_RUN(memory_runs_out);
	TAP_RUN(thousands_of_devices);
	return tap_done();
}
