/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devices can share a domain, and the fewest domains that serve all.
 *
 * Words: a *use* is a device and what it needs of its domain. Uses that must
 * share, because they are of one isolation group, are one *unit* if their hardware
 * offers the same; else the units are tied in one *knot*. Units whose hardware
 * offers the same, that need the same and are in knots that are alike, or in none,
 * are a *class*: all of it goes where one of it goes. A *kind* is a domain as seen
 * from outside: one of the tables that one hardware makes, and the flags, quirks
 * and width it has. A kind *serves* a class if it can do what the class needs and
 * the class's hardware can walk it, and the same is true of all that the class is
 * tied to.
 *
 * The plan is the fewest kinds that serve all classes. There are few classes, as
 * a thousand devices are of a few makes and needs, so the answer can be exact.
 * Everything is sorted by content before anything is chosen: the answer is the
 * same for every order of the uses.
 */
#ifndef __IOMMUFDX_CORE_PLAN_H
#define __IOMMUFDX_CORE_PLAN_H

#include <linux/iommufdx/driver.h>

struct fdx_ucmd;

/* Why uses cannot share a domain, or one cannot have one: IOMMUFDX_PLAN_*. */
enum fdx_plan_reason {
	FDX_PLAN_TOGETHER,
	FDX_PLAN_IOMMU,
	FDX_PLAN_FORMAT,
	FDX_PLAN_DIRTY,
	FDX_PLAN_PASID_NEST,
	FDX_PLAN_PASID,
	FDX_PLAN_NEST,
	FDX_PLAN_PAGE_SIZES,
	FDX_PLAN_VA_BITS,
	FDX_PLAN_QUIRKS,
	FDX_PLAN_HARDWARE,
};

#define FDX_PLAN_NO_GROUP	U32_MAX

/**
 * struct fdx_plan_hw - what a device's IOMMU offers it
 * @kind: enum iommufdx_hw_kind
 * @nr: entries in @offer
 * @offer: the kinds of table, in the backend's order; the rest is zero
 *
 * Compared as bytes: there is no padding. Uses whose devices are behind the same
 * IOMMU share one; that they do, is for speed only.
 */
struct fdx_plan_hw {
	u32 kind;
	u32 nr;
	struct iommufdx_domain_offer offer[IOMMUFDX_MAX_OFFERS];
};

/**
 * struct fdx_plan_need - what is wanted of a domain
 * @flags: IOMMUFDX_DOMAIN_*; NO_PASID frees from something and is no need
 * @format: by name, or PGTABLE_ANY
 * @va_bits: least width, 0 for any
 * @quirks: PGTABLE_QUIRK_*
 * @page_sizes: leaf sizes allowed, 0 for all
 */
struct fdx_plan_need {
	u32 flags;
	u32 format;
	u32 va_bits;
	u32 quirks;
	u64 page_sizes;
};

/**
 * struct fdx_plan_use - a device and what it needs
 * @hw: what can be had
 * @need: what is wanted
 * @together: uses with the same one, not NULL, get the same domain
 * @id: which device
 * @hw_index: the planner's own
 * @group: out: index of its group, or FDX_PLAN_NO_GROUP
 * @reason: out: why it has none
 */
struct fdx_plan_use {
	const struct fdx_plan_hw *hw;
	struct fdx_plan_need need;
	const void *together;
	u32 id;
	u32 hw_index;
	u32 group;
	enum fdx_plan_reason reason;
};

/**
 * struct fdx_plan_group - uses that share a domain
 * @request: what to ask for
 * @id: the device to ask for it: the one with the lowest number that will do, of
 *	the group if one of it does
 * @nr_uses: how many there are
 * @reasons: BIT(enum fdx_plan_reason): why it is not one with each other group
 */
struct fdx_plan_group {
	struct fdx_plan_need request;
	u32 id;
	u32 nr_uses;
	u32 reasons;
};

/**
 * struct fdx_plan - the answer
 * @groups: who shares
 * @nr_groups: how many
 * @separations: enum fdx_plan_reason: why a group is not one with another; a square
 *	of bytes, a row for each group
 * @minimal: there is no plan with fewer. False only if proving it took too long.
 */
struct fdx_plan {
	struct fdx_plan_group *groups;
	u32 nr_groups;
	u8 *separations;
	bool minimal;
};

/* Fill in all uses' answers and @plan, which has to be freed. -ENOMEM. */
int fdx_plan_solve(struct fdx_plan_use *uses, u32 nr, struct fdx_plan *plan);
/* Free what @plan has. */
void fdx_plan_free(struct fdx_plan *plan);

/**
 * fdx_cover() - the fewest sets that cover everything
 * @sets: @nr_sets bitmaps one after another, @nbits bits and whole words each
 * @nr_sets: how many
 * @nbits: elements; each is in some set
 * @chosen: room for @nr_sets indices; the answer in rising order
 * @minimal: out: there is no smaller cover
 *
 * Return: how many were chosen, or -ENOMEM.
 */
int fdx_cover(const unsigned long *sets, u32 nr_sets, u32 nbits, u32 *chosen,
	      bool *minimal);

int fdx_plan_domains(struct fdx_ucmd *ucmd);

#endif /* __IOMMUFDX_CORE_PLAN_H */
