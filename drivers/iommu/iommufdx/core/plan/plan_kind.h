/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one domain demands of hardware, and which demands two uses disagree on.
 * Nothing here knows a vendor: it follows from struct iommufdx_domain_offer.
 */
#ifndef __IOMMUFDX_CORE_PLAN_KIND_H
#define __IOMMUFDX_CORE_PLAN_KIND_H

#include "plan.h"

/* Needs of the hardware; NO_PASID is none. */
#define PLAN_NEEDS (IOMMUFDX_DOMAIN_NEST_PARENT | IOMMUFDX_DOMAIN_DIRTY | \
		    IOMMUFDX_DOMAIN_PASID)

/* In no knot: struct plan_class::knot */
#define PLAN_NO_KNOT	U32_MAX

/**
 * struct plan_class - uses of which each can stand for all
 * @hw: index of the hardware
 * @knot: number of the knots that they are in, or PLAN_NO_KNOT
 * @need: what they need
 */
struct plan_class {
	u32 hw;
	u32 knot;
	struct fdx_plan_need need;
};

/**
 * struct plan_kind - a domain as seen from outside
 * @lender: hardware that it is made for
 * @offer: which of its offers
 * @flags: what it can do, of PLAN_NEEDS
 * @quirks: what was asked for
 * @va_bits: IOVAs that it must not exceed
 */
struct plan_kind {
	u32 lender;
	u32 offer;
	u32 flags;
	u32 quirks;
	u32 va_bits;
};

/* Demands, in the order in which they are blamed. */
#define PLAN_BY_FORMAT		BIT(0)
#define PLAN_BY_FLAGS		BIT(1)
#define PLAN_BY_SIZES		BIT(2)
#define PLAN_BY_WIDTH		BIT(3)
#define PLAN_BY_QUIRKS		BIT(4)
#define PLAN_BY_HARDWARE	BIT(5)
#define PLAN_BY_ALL		GENMASK(5, 0)

/**
 * plan_request_width() - the width to ask for, so that it is this offer one gets
 * @hw: who is asked
 * @offer: which of its offers
 * @least: that the request must have
 * @most: that the domain may have
 * @width: the width, 0 for the usual one
 *
 * Return: whether there is one.
 */
bool plan_request_width(const struct fdx_plan_hw *hw, u32 offer, u32 least,
			u32 most, u32 *width);

/* Does @class's hardware take the domain, and the domain meet its need? */
const struct iommufdx_domain_offer *
plan_serves(const struct fdx_plan_hw *hws, const struct plan_kind *kind,
	    const struct plan_class *class, u32 by);
/* Can the lender make it at all? */
bool plan_can_lend(const struct fdx_plan_hw *hws, const struct plan_kind *kind,
		   u32 least, u32 by);

/**
 * plan_reason() - why no domain serves all these classes
 * @hws: all hardware
 * @nr_hws: how much
 * @classes: which
 * @nr: how many
 *
 * Return: the first demand that nothing meets together with those before it, or
 * FDX_PLAN_TOGETHER.
 */
enum fdx_plan_reason plan_reason(const struct fdx_plan_hw *hws, u32 nr_hws,
				 const struct plan_class *const *classes,
				 u32 nr);

#endif /* __IOMMUFDX_CORE_PLAN_KIND_H */
