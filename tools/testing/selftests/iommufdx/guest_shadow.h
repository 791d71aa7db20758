/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow HWPTs of the tables that guest_table.h makes. Functions return 0 or a
 * negative errno.
 */
#ifndef SELFTESTS_IOMMUFDX_GUEST_SHADOW_H
#define SELFTESTS_IOMMUFDX_GUEST_SHADOW_H

#include "guest_table.h"
#include "rig.h"

/* The guest's table, as a shadow wants to know of it. */
struct iommufdx_hwpt_shadow describe(const struct guest *g);
/* Make a shadow on @pt; @arg is @len bytes. */
int shadow_alloc_len(struct rig *r, uint32_t pt, uint32_t flags,
		     struct iommufdx_hwpt_shadow *arg, uint32_t len,
		     uint32_t *hwpt);
int shadow_alloc(struct rig *r, uint32_t pt, uint32_t flags,
		 struct iommufdx_hwpt_shadow *arg, uint32_t *hwpt);
/* Make one and attach the device to it. */
int shadow_make(struct rig *r, const struct guest *g, uint32_t parent,
		uint32_t flags, uint32_t *hwpt);

/* Invalidate: any array; a range; everything. */
int invalidate(struct rig *r, uint32_t hwpt,
	       const struct iommufdx_hwpt_shadow_invalidate *inv, uint32_t *num);
int inv_range(struct rig *r, uint32_t hwpt, uint64_t iova, uint64_t len);
int inv_all(struct rig *r, uint32_t hwpt);

#endif /* SELFTESTS_IOMMUFDX_GUEST_SHADOW_H */
