// SPDX-License-Identifier: GPL-2.0-only
/* Which demands of a domain hardware and needs agree on. */
#include <linux/minmax.h>
#include "plan_kind.h"

/* The offer that a request by name for this granule and width gets. */
static u32 plan_picked(const struct fdx_plan_hw *hw,
		       const struct iommufdx_domain_offer *like, u32 va_bits)
{
	const struct iommufdx_domain_offer *o;
	u32 i;

	for (i = 0; i < hw->nr; i++) {
		o = &hw->offer[i];
		if (o->format == like->format &&
		    o->granule_shift == like->granule_shift &&
		    (va_bits ? va_bits <= o->va_bits : o->usual_bits))
			break;
	}
	return i;
}

bool plan_request_width(const struct fdx_plan_hw *hw, u32 offer, u32 least,
			u32 most, u32 *width)
{
	const struct iommufdx_domain_offer *o = &hw->offer[offer];
	const bool usual_fits = o->usual_bits >= least && o->usual_bits <= most &&
				plan_picked(hw, o, 0) == offer;

	if (!least && usual_fits)
		*width = 0;
	else if (least && least <= most && plan_picked(hw, o, least) == offer)
		*width = least;
	else if (most >= least && plan_picked(hw, o, most) == offer)
		*width = most;
	else if (usual_fits)
		*width = 0;
	else
		return false;
	return true;
}

static bool plan_walks(const struct iommufdx_domain_offer *can,
		       const struct iommufdx_domain_offer *made,
		       const struct plan_kind *kind,
		       const struct fdx_plan_need *need, u32 by)
{
	if (can->format != made->format)
		return false;
	if ((by & PLAN_BY_FORMAT) && need->format != PGTABLE_ANY &&
	    need->format != made->format)
		return false;
	/* What others do with the domain is theirs, but for dirty bits. */
	if ((by & PLAN_BY_FLAGS) &&
	    (((need->flags & PLAN_NEEDS & kind->flags) |
	      (kind->flags & IOMMUFDX_DOMAIN_DIRTY)) & ~can->flags))
		return false;
	if ((by & PLAN_BY_SIZES) &&
	    (can->granule_shift != made->granule_shift ||
	     (need->page_sizes &&
	      !(need->page_sizes >> made->granule_shift & 1))))
		return false;
	if ((by & PLAN_BY_WIDTH) && (can->levels != made->levels ||
				     kind->va_bits > can->va_bits))
		return false;
	if ((by & PLAN_BY_QUIRKS) && (kind->quirks & ~can->quirks))
		return false;
	return !(by & PLAN_BY_HARDWARE) ||
	       (!(made->made_with & ~can->quirks) &&
		made->oa_bits <= can->oa_bits && made->va_bits <= can->va_bits);
}

const struct iommufdx_domain_offer *
plan_serves(const struct fdx_plan_hw *hws, const struct plan_kind *kind,
	    const struct plan_class *class, u32 by)
{
	const struct fdx_plan_hw *lender = &hws[kind->lender];
	const struct fdx_plan_hw *hw = &hws[class->hw];
	u32 i;

	if (hw->kind != lender->kind)
		return NULL;
	for (i = 0; i < hw->nr; i++)
		if (plan_walks(&hw->offer[i], &lender->offer[kind->offer], kind,
			       &class->need, by))
			return &hw->offer[i];
	return NULL;
}

bool plan_can_lend(const struct fdx_plan_hw *hws, const struct plan_kind *kind,
		   u32 least, u32 by)
{
	const struct fdx_plan_hw *hw = &hws[kind->lender];
	const struct iommufdx_domain_offer *o = &hw->offer[kind->offer];
	u32 width;

	if ((by & PLAN_BY_FLAGS) && (kind->flags & ~o->flags))
		return false;
	if ((by & PLAN_BY_SIZES) && o->granule_shift > PAGE_SHIFT)
		return false;
	if ((by & PLAN_BY_WIDTH) && kind->va_bits > o->va_bits)
		return false;
	if ((by & PLAN_BY_QUIRKS) && (kind->quirks & ~o->quirks))
		return false;
	return !(by & PLAN_BY_HARDWARE) ||
	       plan_request_width(hw, kind->offer, least, kind->va_bits, &width);
}

/* --------------------------------------------------------------------- reasons */

/* What all of some classes need. */
static struct fdx_plan_need plan_all_needs(const struct plan_class *const *classes,
					   u32 nr)
{
	struct fdx_plan_need all = {};
	u32 i;

	for (i = 0; i < nr; i++) {
		all.flags |= classes[i]->need.flags & PLAN_NEEDS;
		all.quirks |= classes[i]->need.quirks;
		all.va_bits = max(all.va_bits, classes[i]->need.va_bits);
	}
	return all;
}

/* The widest domain that all of them can walk. */
static bool plan_widen(const struct fdx_plan_hw *hws, struct plan_kind *kind,
		       const struct plan_class *const *classes, u32 nr, u32 by)
{
	const struct iommufdx_domain_offer *o;
	u32 i, most = hws[kind->lender].offer[kind->offer].va_bits;

	for (i = 0; i < nr; i++) {
		o = plan_serves(hws, kind, classes[i], by);
		if (!o)
			return false;
		most = min_t(u32, most, o->va_bits);
	}
	kind->va_bits = max(kind->va_bits, most);
	return true;
}

static bool plan_possible(const struct fdx_plan_hw *hws, u32 nr_hws,
			  const struct plan_class *const *classes, u32 nr,
			  const struct fdx_plan_need *all, u32 flags, u32 by)
{
	/* What does not depend on how wide it becomes. */
	const u32 first = by & (PLAN_BY_FLAGS | PLAN_BY_SIZES | PLAN_BY_QUIRKS);
	struct plan_kind kind;
	u32 h, o;

	for (h = 0; h < nr_hws; h++) {
		for (o = 0; o < hws[h].nr; o++) {
			kind = (struct plan_kind){
				.lender = h,
				.offer = o,
				.flags = all->flags & flags,
				.quirks = all->quirks,
				.va_bits = all->va_bits,
			};
			if (plan_can_lend(hws, &kind, all->va_bits, first) &&
			    plan_widen(hws, &kind, classes, nr, by) &&
			    plan_can_lend(hws, &kind, all->va_bits, by))
				return true;
		}
	}
	return false;
}

static enum fdx_plan_reason
plan_flag_reason(const struct fdx_plan_hw *hws, u32 nr_hws,
		 const struct plan_class *const *classes, u32 nr,
		 const struct fdx_plan_need *all)
{
	const u32 both = IOMMUFDX_DOMAIN_PASID | IOMMUFDX_DOMAIN_NEST_PARENT;
	const u32 flags = all->flags;

	if ((flags & IOMMUFDX_DOMAIN_DIRTY) &&
	    plan_possible(hws, nr_hws, classes, nr, all,
			  ~(u32)IOMMUFDX_DOMAIN_DIRTY,
			  PLAN_BY_FORMAT | PLAN_BY_FLAGS))
		return FDX_PLAN_DIRTY;
	if ((flags & both) == both)
		return FDX_PLAN_PASID_NEST;
	if (flags & IOMMUFDX_DOMAIN_PASID)
		return FDX_PLAN_PASID;
	return flags & IOMMUFDX_DOMAIN_NEST_PARENT ? FDX_PLAN_NEST :
						     FDX_PLAN_DIRTY;
}

enum fdx_plan_reason plan_reason(const struct fdx_plan_hw *hws, u32 nr_hws,
				 const struct plan_class *const *classes,
				 u32 nr)
{
	static const struct {
		u32 by;
		enum fdx_plan_reason reason;
	} steps[] = {
		{ PLAN_BY_FORMAT, FDX_PLAN_FORMAT },
		{ PLAN_BY_FLAGS, FDX_PLAN_TOGETHER },
		{ PLAN_BY_SIZES, FDX_PLAN_PAGE_SIZES },
		{ PLAN_BY_WIDTH, FDX_PLAN_VA_BITS },
		{ PLAN_BY_QUIRKS, FDX_PLAN_QUIRKS },
		{ PLAN_BY_HARDWARE, FDX_PLAN_HARDWARE },
	};
	const struct fdx_plan_need all = plan_all_needs(classes, nr);
	u32 i, by = 0;

	for (i = 0; i < nr; i++)
		if (!hws[classes[i]->hw].nr ||
		    hws[classes[i]->hw].kind != hws[classes[0]->hw].kind)
			return FDX_PLAN_IOMMU;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		by |= steps[i].by;
		if (plan_possible(hws, nr_hws, classes, nr, &all, ~0U, by))
			continue;
		return steps[i].by == PLAN_BY_FLAGS ?
		       plan_flag_reason(hws, nr_hws, classes, nr, &all) :
		       steps[i].reason;
	}
	return FDX_PLAN_TOGETHER;
}
