// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan: from uses to units and classes (plan_class.c), to kinds, to the fewest of
 * them that serve all (plan_cover.c), to groups and their requests. See plan.h for
 * the words.
 *
 * That kinds are enough to look at: a domain that serves some classes has as
 * flags and quirks what they need together, so only such masks matter; and a
 * width which some hardware sets, so only those matter.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "plan_solve.h"

/* ------------------------------------------------------------------------ kinds */

static unsigned long *plan_set(const struct planner *p, u32 kind)
{
	return p->sets + (size_t)kind * p->words;
}

/* Does @kind serve @class, whose hardware can do it with what @class is for? */
static bool plan_suits(const struct plan_kind *kind, const struct plan_class *class,
		       const struct iommufdx_domain_offer *made)
{
	const struct fdx_plan_need *need = &class->need;

	return !(need->quirks & ~kind->quirks) &&
	       need->va_bits <= kind->va_bits &&
	       (need->format == PGTABLE_ANY || need->format == made->format) &&
	       (!need->page_sizes ||
		need->page_sizes >> made->granule_shift & 1);
}

/* Who serves not all of a knot serves none of it. */
static void plan_untie(struct planner *p)
{
	u32 i;

	bitmap_zero(p->torn, p->nr_knots);
	for (i = 0; i < p->nr_classes; i++)
		if (p->classes[i].knot != PLAN_NO_KNOT &&
		    !test_bit(i, p->scratch))
			__set_bit(p->classes[i].knot, p->torn);
	for (i = 0; i < p->nr_classes; i++)
		if (p->classes[i].knot != PLAN_NO_KNOT &&
		    test_bit(p->classes[i].knot, p->torn))
			__clear_bit(i, p->scratch);
}

/*
 * All that @kind serves, in the scratch bitmap: what plan_serves() says, but asked
 * once for all classes of the same hardware and flags.
 */
static void plan_fill_set(struct planner *p, const struct plan_kind *kind)
{
	const struct iommufdx_domain_offer *made =
		&p->hws[kind->lender].offer[kind->offer];
	struct plan_class as = {};
	u32 run, i;

	bitmap_zero(p->scratch, p->nr_classes);
	for (as.hw = 0; as.hw < p->nr_hws; as.hw++) {
		if (p->hws[as.hw].kind != p->hws[kind->lender].kind)
			continue;
		for (run = p->run_of[as.hw]; run < p->run_of[as.hw + 1]; run++) {
			as.need.flags = p->classes[p->runs[run]].need.flags;
			if ((as.need.flags & PLAN_NEEDS & ~kind->flags) ||
			    !plan_serves(p->hws, kind, &as, PLAN_BY_ALL))
				continue;
			for (i = p->runs[run]; i < p->runs[run + 1]; i++)
				if (plan_suits(kind, &p->classes[i], made))
					__set_bit(i, p->scratch);
		}
	}
	if (p->nr_knots)
		plan_untie(p);
}

static int plan_grow_kinds(struct planner *p)
{
	const u32 room = max(2 * p->room, 16U);
	struct plan_kind *kinds;
	unsigned long *sets;

	kinds = kvcalloc(room, sizeof(*kinds), GFP_KERNEL_ACCOUNT);
	sets = kvcalloc((size_t)room * p->words, sizeof(*sets),
			GFP_KERNEL_ACCOUNT);
	if (!kinds || !sets) {
		kvfree(kinds);
		kvfree(sets);
		return -ENOMEM;
	}
	if (p->nr_kinds) {
		memcpy(kinds, p->kinds, p->nr_kinds * sizeof(*kinds));
		memcpy(sets, p->sets,
		       (size_t)p->nr_kinds * p->words * sizeof(*sets));
	}
	kvfree(p->kinds);
	kvfree(p->sets);
	p->kinds = kinds;
	p->sets = sets;
	p->room = room;
	return 0;
}

/* Keep @kind if it serves what no other does; it may make others superfluous. */
static int plan_keep_kind(struct planner *p, const struct plan_kind *kind)
{
	const size_t size = p->words * sizeof(*p->sets);
	u32 i, to = 0;

	plan_fill_set(p, kind);
	for (i = 0; i < p->nr_kinds; i++)
		if (bitmap_subset(p->scratch, plan_set(p, i), p->nr_classes))
			return 0;
	for (i = 0; i < p->nr_kinds; i++) {
		if (bitmap_subset(plan_set(p, i), p->scratch, p->nr_classes))
			continue;
		if (to != i) {
			p->kinds[to] = p->kinds[i];
			memcpy(plan_set(p, to), plan_set(p, i), size);
		}
		to++;
	}
	p->nr_kinds = to;
	if (to == p->room && plan_grow_kinds(p))
		return -ENOMEM;
	p->kinds[to] = *kind;
	memcpy(plan_set(p, to), p->scratch, size);
	p->nr_kinds++;
	return 0;
}

/* The widths that matter for domains of one kind of table. */
static int plan_try_widths(struct planner *p, struct plan_kind *kind)
{
	const struct iommufdx_domain_offer *o =
		&p->hws[kind->lender].offer[kind->offer], *other;
	u64 *done = &p->tried[p->alike[kind->lender * IOMMUFDX_MAX_OFFERS +
				       kind->offer]];
	u64 tried = 0;
	u32 h, i, width;
	int rc;

	for (h = 0; h < p->nr_hws; h++) {
		for (i = 0; i < 2 * p->hws[h].nr; i++) {
			other = &p->hws[h].offer[i / 2];
			width = i % 2 ? other->usual_bits : other->va_bits;
			if (other->format != o->format || !width ||
			    (tried & BIT_ULL(width - 1)))
				continue;
			tried |= BIT_ULL(width - 1);
			kind->va_bits = width;
			/* A need of the usual width will get this one. */
			if ((*done & BIT_ULL(width - 1)) ||
			    !plan_can_lend(p->hws, kind, width, PLAN_BY_ALL))
				continue;
			*done |= BIT_ULL(width - 1);
			rc = plan_keep_kind(p, kind);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* Is @mask what some needs come to, of those that need nothing else? */
static bool plan_needed(const struct planner *p, u32 flags, u32 quirks)
{
	const struct fdx_plan_need *need;
	u32 i, all_flags = 0, all_quirks = 0;

	for (i = 0; i < p->nr_classes; i++) {
		need = &p->classes[i].need;
		if ((need->flags & PLAN_NEEDS & ~flags) ||
		    (need->quirks & ~quirks))
			continue;
		all_flags |= need->flags & PLAN_NEEDS;
		all_quirks |= need->quirks;
	}
	return all_flags == flags && all_quirks == quirks;
}

/* Domains with these flags and quirks, those first that backends like best. */
static int plan_try_offers(struct planner *p, u32 flags, u32 quirks)
{
	/* What does not depend on how wide it is. */
	const u32 first = PLAN_BY_FLAGS | PLAN_BY_SIZES | PLAN_BY_QUIRKS;
	struct plan_kind kind = { .flags = flags, .quirks = quirks };
	const struct iommufdx_domain_offer *o;
	int rc, later;

	memset(p->tried, 0,
	       p->nr_hws * IOMMUFDX_MAX_OFFERS * sizeof(*p->tried));
	for (later = 0; later < 2; later++) {
		for (kind.lender = 0; kind.lender < p->nr_hws; kind.lender++) {
			for (kind.offer = 0;
			     kind.offer < p->hws[kind.lender].nr; kind.offer++) {
				o = &p->hws[kind.lender].offer[kind.offer];
				if ((o->preferred & flags ? 0 : 1) != later ||
				    !plan_can_lend(p->hws, &kind, 0, first))
					continue;
				rc = plan_try_widths(p, &kind);
				if (rc)
					return rc;
			}
			cond_resched();
		}
	}
	return 0;
}

static int plan_find_kinds(struct planner *p)
{
	u32 flags, quirks, known = 0, i;
	int rc;

	for (i = 0; i < p->nr_classes; i++)
		known |= p->classes[i].need.quirks;
	for (flags = 0; flags <= PLAN_NEEDS; flags++) {
		if (flags & ~PLAN_NEEDS)
			continue;
		/* All masks of known quirks, in rising order. */
		quirks = 0;
		do {
			rc = plan_needed(p, flags, quirks) ?
			     plan_try_offers(p, flags, quirks) : 0;
			if (rc)
				return rc;
			quirks = (quirks - known) & known;
		} while (quirks);
	}
	return 0;
}

/* ----------------------------------------------------------------------- groups */

/* Sort the classes by group; FDX_PLAN_NO_GROUP has none. */
static void plan_sort_members(struct planner *p, u32 nr_groups)
{
	u32 i, g, at = 0;

	for (i = 0; i < p->nr_classes; i++)
		if (p->group_of[i] != FDX_PLAN_NO_GROUP)
			p->begins[p->group_of[i] + 1]++;
	for (g = 0; g < nr_groups; g++) {
		at += p->begins[g + 1];
		p->begins[g + 1] = at;
	}
	/* From the last one on, so that ends become begins. */
	for (i = p->nr_classes; i--;) {
		g = p->group_of[i];
		if (g != FDX_PLAN_NO_GROUP)
			p->members[--p->begins[g + 1]] = &p->classes[i];
	}
	for (g = 0; g < nr_groups; g++)
		p->begins[g] = p->begins[g + 1];
	p->begins[nr_groups] = at;
}

static u32 plan_nr_members(const struct planner *p, u32 group)
{
	return p->begins[group + 1] - p->begins[group];
}

/* What to ask @kind's lender for; false: it would not suit all members. */
static bool plan_request(const struct planner *p, struct plan_kind *kind,
			 u32 group, struct fdx_plan_need *req)
{
	const struct plan_class **members = p->members + p->begins[group];
	const u32 nr = plan_nr_members(p, group);
	const struct iommufdx_domain_offer *o, *made;
	u32 i, most;

	made = &p->hws[kind->lender].offer[kind->offer];
	most = made->va_bits;
	*req = members[0]->need;
	req->page_sizes = made->page_sizes;
	for (i = 0; i < nr; i++)
		plan_merge_need(req, &members[i]->need);
	req->format = made->format;
	kind->flags = req->flags & PLAN_NEEDS;
	kind->quirks = req->quirks;
	kind->va_bits = req->va_bits;
	for (i = 0; i < nr; i++) {
		o = plan_serves(p->hws, kind, members[i], PLAN_BY_ALL);
		if (!o)
			return false;
		most = min_t(u32, most, o->va_bits);
		req->page_sizes &= o->page_sizes;
	}
	kind->va_bits = most;
	return plan_can_lend(p->hws, kind, req->va_bits, PLAN_BY_ALL) &&
	       plan_request_width(&p->hws[kind->lender], kind->offer,
				  req->va_bits, most, &req->va_bits);
}

/* The same table, made for other hardware; false: that has none such. */
static bool plan_lend_from(const struct planner *p, u32 hw,
			   const struct plan_kind *like, struct plan_kind *kind)
{
	const struct iommufdx_domain_offer *made, *o;
	u32 i;

	made = &p->hws[like->lender].offer[like->offer];
	for (i = 0; i < p->hws[hw].nr; i++) {
		o = &p->hws[hw].offer[i];
		if (p->hws[hw].kind == p->hws[like->lender].kind &&
		    o->format == made->format && o->levels == made->levels &&
		    o->granule_shift == made->granule_shift) {
			*kind = *like;
			kind->lender = hw;
			kind->offer = i;
			return true;
		}
	}
	return false;
}

/* The request of a group, to one of its own devices if one of these will do. */
static void plan_fill_group(struct planner *p, u32 group, struct plan_kind *kind,
			    struct fdx_plan_group *out)
{
	const struct plan_class **members = p->members + p->begins[group];
	const u32 nr = plan_nr_members(p, group);
	struct plan_kind own;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (i && members[i]->hw == members[i - 1]->hw)
			continue;
		if (plan_lend_from(p, members[i]->hw, kind, &own) &&
		    plan_request(p, &own, group, &out->request)) {
			*kind = own;
			return;
		}
	}
	WARN_ON(!plan_request(p, kind, group, &out->request));
}

/* Tell all uses where they are, and each group whom to ask. */
static void plan_tell_uses(struct planner *p, const struct plan_kind *kinds,
			   struct fdx_plan *plan)
{
	struct fdx_plan_group *group;
	struct fdx_plan_use *use;
	u32 i, j, g, own, pass;

	for (i = 0; i < plan->nr_groups; i++)
		plan->groups[i].id = U32_MAX;
	for (i = 0; i < p->nr_units; i++) {
		for (j = 0; j < p->units[i].nr; j++) {
			use = p->uses[p->units[i].first + j];
			use->group = p->group_of[p->units[i].class];
			use->reason = FDX_PLAN_TOGETHER;
			if (use->group != FDX_PLAN_NO_GROUP)
				plan->groups[use->group].nr_uses++;
		}
	}
	/* First one's own devices, then, where none of them will do, others. */
	for (pass = 0; pass < 2; pass++) {
		for (g = 0; g < plan->nr_groups; g++) {
			group = &plan->groups[g];
			own = group->id;
			for (i = 0; own == U32_MAX && i < p->nr_units; i++) {
				if (p->units[i].as.hw != kinds[g].lender ||
				    (!pass && p->group_of[p->units[i].class] != g))
					continue;
				for (j = 0; j < p->units[i].nr; j++) {
					use = p->uses[p->units[i].first + j];
					group->id = min(group->id, use->id);
				}
			}
		}
	}
}

/* @class and what it is tied to, in the planner's pair; how many they are. */
static u32 plan_tied(struct planner *p, u32 class)
{
	const u32 knot = p->classes[class].knot;
	u32 i, nr = 0;

	if (knot == PLAN_NO_KNOT)
		p->pair[nr++] = &p->classes[class];
	for (i = 0; knot != PLAN_NO_KNOT && i < p->nr_classes; i++)
		if (p->classes[i].knot == knot)
			p->pair[nr++] = &p->classes[i];
	return nr;
}

static void plan_fill_reasons(struct planner *p, struct fdx_plan *plan)
{
	enum fdx_plan_reason reason;
	u32 i, j, nr, other;

	for (i = 0; i < plan->nr_groups; i++) {
		nr = plan_nr_members(p, i);
		memcpy(p->pair, p->members + p->begins[i],
		       nr * sizeof(*p->pair));
		for (j = 0; j < i; j++) {
			other = plan_nr_members(p, j);
			memcpy(p->pair + nr, p->members + p->begins[j],
			       other * sizeof(*p->pair));
			reason = plan_reason(p->hws, p->nr_hws, p->pair,
					     nr + other);
			plan->separations[(size_t)i * plan->nr_groups + j] =
				reason;
			plan->separations[(size_t)j * plan->nr_groups + i] =
				reason;
			plan->groups[i].reasons |= BIT(reason);
			plan->groups[j].reasons |= BIT(reason);
		}
		cond_resched();
	}
	for (i = 0; i < p->nr_units; i++) {
		if (p->group_of[p->units[i].class] != FDX_PLAN_NO_GROUP)
			continue;
		nr = plan_tied(p, p->units[i].class);
		reason = plan_reason(p->hws, p->nr_hws, p->pair, nr);
		for (j = 0; j < p->units[i].nr; j++)
			p->uses[p->units[i].first + j]->reason = reason;
		cond_resched();
	}
}

/* Classes go to the first chosen kind that serves them. */
static int plan_make_groups(struct planner *p, const u32 *chosen, u32 nr_chosen,
			    struct fdx_plan *plan)
{
	struct plan_kind *kinds;
	bool used;
	u32 i, g;

	kinds = kvcalloc(nr_chosen, sizeof(*kinds), GFP_KERNEL_ACCOUNT);
	plan->groups = kvcalloc(nr_chosen, sizeof(*plan->groups),
				GFP_KERNEL_ACCOUNT);
	if (!kinds || !plan->groups) {
		kvfree(kinds);
		return -ENOMEM;
	}
	for (i = 0; i < nr_chosen; i++) {
		used = false;
		for (g = 0; g < p->nr_classes; g++) {
			if (p->group_of[g] != FDX_PLAN_NO_GROUP ||
			    !test_bit(g, plan_set(p, chosen[i])))
				continue;
			p->group_of[g] = plan->nr_groups;
			used = true;
		}
		if (used)
			kinds[plan->nr_groups++] = p->kinds[chosen[i]];
	}
	plan->separations = kvcalloc(plan->nr_groups, plan->nr_groups,
				     GFP_KERNEL_ACCOUNT);
	if (!plan->separations) {
		kvfree(kinds);
		return -ENOMEM;
	}
	plan_sort_members(p, plan->nr_groups);
	for (g = 0; g < plan->nr_groups; g++)
		plan_fill_group(p, g, &kinds[g], &plan->groups[g]);
	plan_tell_uses(p, kinds, plan);
	plan_fill_reasons(p, plan);
	kvfree(kinds);
	return 0;
}

/* ------------------------------------------------------------------------- plan */

/*
 * Elements of the cover are the classes that are served at all. The others are
 * served by one more set, which is not chosen from.
 */
static int plan_choose(struct planner *p, struct fdx_plan *plan)
{
	u32 i, j, *chosen = NULL, last = p->nr_kinds;
	int rc = -ENOMEM;

	if (p->nr_kinds == p->room && plan_grow_kinds(p))
		return -ENOMEM;
	bitmap_fill(plan_set(p, last), p->nr_classes);
	for (i = 0; i < p->nr_kinds; i++)
		bitmap_andnot(plan_set(p, last), plan_set(p, last),
			      plan_set(p, i), p->nr_classes);
	for (i = 0; i < p->nr_classes; i++)
		p->group_of[i] = FDX_PLAN_NO_GROUP;

	chosen = kvcalloc(p->nr_kinds + 1, sizeof(*chosen), GFP_KERNEL_ACCOUNT);
	if (!chosen)
		return -ENOMEM;
	rc = fdx_cover(p->sets, p->nr_kinds + 1, p->nr_classes, chosen,
		       &plan->minimal);
	if (rc >= 0) {
		for (i = j = 0; i < rc; i++)
			if (chosen[i] != last)
				chosen[j++] = chosen[i];
		rc = plan_make_groups(p, chosen, j, plan);
	}
	kvfree(chosen);
	return rc;
}

static void planner_free(struct planner *p)
{
	kvfree(p->pair);
	kvfree(p->begins);
	kvfree(p->members);
	kvfree(p->group_of);
	kvfree(p->tried);
	kvfree(p->alike);
	kvfree(p->run_of);
	kvfree(p->runs);
	kvfree(p->scratch);
	kvfree(p->sets);
	kvfree(p->kinds);
	kvfree(p->classes);
	kvfree(p->hws);
	kvfree(p->torn);
	kvfree(p->knots);
	kvfree(p->units);
	kvfree(p->uses);
}

static int planner_init(struct planner *p, struct fdx_plan_use *uses, u32 nr)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT;
	u32 i;

	p->nr = nr;
	p->words = BITS_TO_LONGS(nr);
	p->uses = kvmalloc_array(nr, sizeof(*p->uses), gfp);
	p->units = kvmalloc_array(nr, sizeof(*p->units), gfp);
	p->knots = kvmalloc_array(nr, sizeof(*p->knots), gfp);
	p->torn = kvcalloc(p->words, sizeof(*p->torn), gfp);
	p->hws = kvmalloc_array(1, sizeof(*p->hws), gfp);
	p->classes = kvmalloc_array(nr, sizeof(*p->classes), gfp);
	p->scratch = kvcalloc(p->words, sizeof(*p->scratch), gfp);
	p->group_of = kvmalloc_array(nr, sizeof(*p->group_of), gfp);
	p->runs = kvcalloc(nr + 1, sizeof(*p->runs), gfp);
	p->run_of = kvcalloc(nr + 1, sizeof(*p->run_of), gfp);
	p->members = kvmalloc_array(nr, sizeof(*p->members), gfp);
	p->begins = kvcalloc(nr + 1, sizeof(*p->begins), gfp);
	p->pair = kvmalloc_array(nr, sizeof(*p->pair), gfp);
	if (!p->uses || !p->units || !p->knots || !p->torn || !p->hws ||
	    !p->classes || !p->scratch || !p->group_of || !p->runs ||
	    !p->run_of || !p->members || !p->begins || !p->pair)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		p->uses[i] = &uses[i];
	return 0;
}

/* What there is to be known of the hardware, when it is known how much it is. */
static int planner_init_hws(struct planner *p)
{
	const u32 nr = p->nr_hws * IOMMUFDX_MAX_OFFERS;

	p->alike = kvcalloc(nr, sizeof(*p->alike), GFP_KERNEL_ACCOUNT);
	p->tried = kvcalloc(nr, sizeof(*p->tried), GFP_KERNEL_ACCOUNT);
	if (!p->alike || !p->tried)
		return -ENOMEM;
	plan_find_alike(p);
	return 0;
}

int fdx_plan_solve(struct fdx_plan_use *uses, u32 nr, struct fdx_plan *plan)
{
	struct planner p = {};
	int rc;

	*plan = (struct fdx_plan){ .minimal = true };
	if (!nr)
		return 0;
	rc = planner_init(&p, uses, nr);
	if (rc)
		goto out;
	rc = plan_classify(&p);
	if (rc)
		goto out;
	p.words = BITS_TO_LONGS(p.nr_classes);
	rc = planner_init_hws(&p) ?: plan_find_kinds(&p) ?:
	     plan_choose(&p, plan);
out:
	planner_free(&p);
	if (rc)
		fdx_plan_free(plan);
	return rc;
}

void fdx_plan_free(struct fdx_plan *plan)
{
	kvfree(plan->separations);
	kvfree(plan->groups);
}
