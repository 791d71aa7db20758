// SPDX-License-Identifier: GPL-2.0-only
/* Ranges to be invalidated, merged where they touch. Touches no hardware. */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include "../ring/block.h"
#include "vtd.h"

/* What a range touches came lately: how many of a list are looked at. */
#define VTD_RANGE_LOOK	16U

static bool vtd_range_holds(const struct vtd_range *a,
			    const struct vtd_range *b)
{
	return a->iova <= b->iova && a->last >= b->last && (!a->ih || b->ih);
}

/* A late one that @range can become one with, or that holds it. */
static struct vtd_range *vtd_range_find(struct vtd_range *ranges,
					unsigned int nr,
					const struct vtd_range *range)
{
	struct vtd_range *old;

	for (old = ranges + nr; old-- > ranges + nr - min(nr, VTD_RANGE_LOOK);)
		if (old->guest_did == range->guest_did &&
		    old->pasid == range->pasid &&
		    (vtd_range_holds(old, range) ||
		     (old->ih == range->ih &&
		      block_touch(old->iova, old->last, range->iova,
				  range->last))))
			return old;
	return NULL;
}

bool vtd_range_add(struct vtd_range *ranges, unsigned int *nr, unsigned int max,
		   struct vtd_range range)
{
	struct vtd_range *old;

	/* Grown by one, it may touch another. */
	while ((old = vtd_range_find(ranges, *nr, &range))) {
		range.iova = min(range.iova, old->iova);
		range.last = max(range.last, old->last);
		range.ih &= old->ih;
		*old = ranges[--*nr];
	}
	if (*nr == max)
		return false;
	ranges[(*nr)++] = range;
	return true;
}
