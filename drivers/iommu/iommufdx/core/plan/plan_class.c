// SPDX-License-Identifier: GPL-2.0-only
/* From uses to units and classes, and to the hardware there is. See plan.h. */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "plan_solve.h"

/* A page size that no hardware has: nothing serves a need that allows this only. */
#define PLAN_NO_SIZE	1

static int plan_cmp_ptr(const void *a, const void *b)
{
	return a < b ? -1 : a > b;
}

static int plan_cmp_u32(u32 a, u32 b)
{
	return a < b ? -1 : a > b;
}

static int plan_cmp_use(const void *a, const void *b)
{
	const struct fdx_plan_use *x = *(struct fdx_plan_use * const *)a;
	const struct fdx_plan_use *y = *(struct fdx_plan_use * const *)b;

	if (x->together != y->together)
		return plan_cmp_ptr(x->together, y->together);
	return plan_cmp_u32(x->hw_index, y->hw_index);
}

static int plan_cmp_hw(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct fdx_plan_hw));
}

static int plan_cmp_unit(const void *a, const void *b)
{
	const struct plan_class *x = &((const struct plan_unit *)a)->as;
	const struct plan_class *y = &((const struct plan_unit *)b)->as;

	return plan_cmp_u32(x->hw, y->hw) ?:
	       memcmp(&x->need, &y->need, sizeof(x->need)) ?:
	       plan_cmp_u32(x->knot, y->knot);
}

static int plan_cmp_knot(const void *a, const void *b)
{
	const struct plan_knot *x = a, *y = b;
	int rc = plan_cmp_u32(x->nr, y->nr);
	u32 i;

	for (i = 0; !rc && i < x->nr; i++)
		rc = plan_cmp_unit(&x->units[i], &y->units[i]);
	return rc;
}

void plan_merge_need(struct fdx_plan_need *all, const struct fdx_plan_need *need)
{
	const u32 free = all->flags & need->flags & IOMMUFDX_DOMAIN_NO_PASID;

	all->flags = ((all->flags | need->flags) & PLAN_NEEDS) | free;
	all->quirks |= need->quirks;
	all->va_bits = max(all->va_bits, need->va_bits);
	if (all->format == PGTABLE_ANY)
		all->format = need->format;
	else if (need->format != PGTABLE_ANY && need->format != all->format)
		all->format = U32_MAX;
	if (!all->page_sizes)
		all->page_sizes = need->page_sizes;
	else if (need->page_sizes)
		all->page_sizes = (all->page_sizes & need->page_sizes) ?:
				  PLAN_NO_SIZE;
}

static u32 plan_hw_index(const struct planner *p, const struct fdx_plan_hw *hw)
{
	u32 i;

	for (i = 0; i < p->nr_hws; i++)
		if (!plan_cmp_hw(&p->hws[i], hw))
			break;
	return i;
}

static int plan_add_hw(struct planner *p, const struct fdx_plan_hw *hw)
{
	struct fdx_plan_hw *hws;

	if (is_power_of_2(p->nr_hws)) {
		hws = kvmalloc_array(2 * p->nr_hws, sizeof(*hws),
				     GFP_KERNEL_ACCOUNT);
		if (!hws)
			return -ENOMEM;
		memcpy(hws, p->hws, p->nr_hws * sizeof(*hws));
		kvfree(p->hws);
		p->hws = hws;
	}
	p->hws[p->nr_hws++] = *hw;
	return 0;
}

/* Distinct hardware, of which there is little: it is large to be sorted by. */
static int plan_find_hws(struct planner *p)
{
	const struct fdx_plan_hw *before = NULL;
	u32 i, index = 0;
	int rc;

	for (i = 0; i < p->nr; i++) {
		if (p->uses[i]->hw == before)
			continue;
		before = p->uses[i]->hw;
		if (plan_hw_index(p, before) == p->nr_hws) {
			rc = plan_add_hw(p, before);
			if (rc)
				return rc;
		}
		cond_resched();
	}
	sort(p->hws, p->nr_hws, sizeof(*p->hws), plan_cmp_hw, NULL);
	for (i = 0, before = NULL; i < p->nr; i++) {
		if (p->uses[i]->hw != before)
			index = plan_hw_index(p, p->uses[i]->hw);
		before = p->uses[i]->hw;
		p->uses[i]->hw_index = index;
		cond_resched();
	}
	return 0;
}

static void plan_find_units(struct planner *p)
{
	const struct fdx_plan_use *use, *before = NULL;
	struct plan_unit *unit = p->units;
	u32 i;

	for (i = 0; i < p->nr; i++, before = use) {
		use = p->uses[i];
		if (before && use->hw_index == before->hw_index &&
		    use->together && use->together == before->together) {
			plan_merge_need(&unit->as.need, &use->need);
			unit->nr++;
			continue;
		}
		unit = &p->units[p->nr_units++];
		unit->first = i;
		unit->nr = 1;
		unit->as.hw = use->hw_index;
		unit->as.knot = PLAN_NO_KNOT;
		unit->as.need = use->need;
	}
}

/* Knots of the same content have the same number. */
static void plan_number_knots(struct planner *p, u32 nr)
{
	const struct plan_knot *knot;
	bool last;
	u32 i, j;

	sort(p->knots, nr, sizeof(*p->knots), plan_cmp_knot, NULL);
	for (i = 0; i < nr; i++) {
		knot = &p->knots[i];
		last = i + 1 == nr || plan_cmp_knot(knot, knot + 1);
		for (j = 0; j < knot->nr; j++)
			knot->units[j].as.knot = p->nr_knots;
		p->nr_knots += last;
	}
}

/* Units of one isolation group follow one another. */
static void plan_find_knots(struct planner *p)
{
	struct plan_knot *knot;
	const void *together;
	u32 i, nr = 0, end;

	for (i = 0; i < p->nr_units; i = end) {
		together = p->uses[p->units[i].first]->together;
		end = i + 1;
		while (together && end < p->nr_units &&
		       p->uses[p->units[end].first]->together == together)
			end++;
		if (end == i + 1)
			continue;
		knot = &p->knots[nr++];
		knot->units = &p->units[i];
		knot->nr = end - i;
	}
	plan_number_knots(p, nr);
}

static void plan_find_classes(struct planner *p)
{
	const struct plan_class *class;
	struct plan_unit *unit;
	u32 i, h = 0;

	for (i = 0; i < p->nr_units; i++) {
		unit = &p->units[i];
		if (!i || plan_cmp_unit(unit - 1, unit))
			p->classes[p->nr_classes++] = unit->as;
		unit->class = p->nr_classes - 1;
	}
	for (i = 0; i < p->nr_classes; i++) {
		class = &p->classes[i];
		if (i && class->hw == class[-1].hw &&
		    class->need.flags == class[-1].need.flags)
			continue;
		while (h <= class->hw)
			p->run_of[h++] = p->nr_runs;
		p->runs[p->nr_runs++] = i;
	}
	while (h <= p->nr_hws)
		p->run_of[h++] = p->nr_runs;
	p->runs[p->nr_runs] = p->nr_classes;
}

int plan_classify(struct planner *p)
{
	int rc = plan_find_hws(p);

	if (rc)
		return rc;
	sort(p->uses, p->nr, sizeof(*p->uses), plan_cmp_use, NULL);
	plan_find_units(p);
	plan_find_knots(p);
	sort(p->units, p->nr_units, sizeof(*p->units), plan_cmp_unit, NULL);
	plan_find_classes(p);
	return 0;
}

/* As seen by who is to walk it; see plan_walks(). */
static bool plan_same_table(const struct fdx_plan_hw *x, u32 x_offer,
			    const struct fdx_plan_hw *y, u32 y_offer)
{
	const struct iommufdx_domain_offer *a = &x->offer[x_offer];
	const struct iommufdx_domain_offer *b = &y->offer[y_offer];

	return x->kind == y->kind && a->format == b->format &&
	       a->granule_shift == b->granule_shift && a->levels == b->levels &&
	       a->made_with == b->made_with && a->oa_bits == b->oa_bits &&
	       a->va_bits == b->va_bits;
}

/* Of much hardware most is not alike, or it would not be so much. */
#define PLAN_ALIKE_HWS	64

void plan_find_alike(struct planner *p)
{
	const u32 nr = min(p->nr_hws, (u32)PLAN_ALIKE_HWS) * IOMMUFDX_MAX_OFFERS;
	u32 i, j;

	for (i = 0; i < p->nr_hws * IOMMUFDX_MAX_OFFERS; i++) {
		for (j = 0; j < min(i, nr); j++)
			if (j % IOMMUFDX_MAX_OFFERS <
				    p->hws[j / IOMMUFDX_MAX_OFFERS].nr &&
			    plan_same_table(&p->hws[j / IOMMUFDX_MAX_OFFERS],
					    j % IOMMUFDX_MAX_OFFERS,
					    &p->hws[i / IOMMUFDX_MAX_OFFERS],
					    i % IOMMUFDX_MAX_OFFERS))
				break;
		p->alike[i] = j < min(i, nr) ? j : i;
		if (!(i % 1024))
			cond_resched();
	}
}
