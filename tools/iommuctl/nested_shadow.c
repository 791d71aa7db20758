// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest of `iommuctl demo nested --shadow': its IOMMU is one that cannot nest.
 * The kernel follows its tables, and the VMM takes its commands apart to say what
 * changed.
 */
#include <errno.h>

#include "nested.h"

static int shadow_open(struct nested_guest *g)
{
	for (unsigned int i = 0; i < NESTED_SPACES; i++) {
		struct nested_space *space = &g->space[i];
		struct iommufdx_hwpt_shadow table = g->vendor->shadow;
		uint32_t pt;
		int rc;

		table.root = nested_pa(space->root);
		rc = iommufdx_hwpt_nest(g->iommu, g->dev_id, g->parent,
					IOMMU_HWPT_ALLOC_PASID,
					IOMMUFDX_HWPT_DATA_SHADOW, &table,
					sizeof(table), &space->shadow);
		pt = space->shadow;
		if (!rc)
			rc = iommufdx_device_attach_pasid(g->dev, space->pasid,
							  &pt);
		if (rc)
			return rc;
	}
	return 0;
}

/* Commands for one space, as the guest sends them. */
static int shadow_execute(struct nested_guest *g, unsigned int thread,
			  const uint64_t *commands, unsigned int num)
{
	struct iommufdx_hwpt_shadow_invalidate entry[NESTED_BATCH + 1];
	unsigned int changed = 0;
	uint32_t pasid = 0, done;
	uint64_t va;
	int rc;

	for (unsigned int i = 0; i < num; i++) {
		/* What devices have cached goes with what the kernel takes out. */
		if (!g->vendor->page_of(commands + i * g->vendor->words, &pasid,
					&va))
			continue;
		entry[changed++] = (struct iommufdx_hwpt_shadow_invalidate){
			.granularity = IOMMUFDX_SHADOW_INV_RANGE,
			.iova = va,
			.length = NESTED_PAGE,
		};
	}
	if (!changed)
		return 0;
	rc = iommufdx_invalidate(g->iommu, g->space[pasid - 1].shadow,
				 IOMMUFDX_HWPT_INVALIDATE_DATA_SHADOW, entry,
				 sizeof(entry[0]), changed, &done);
	return rc ? rc : done == changed ? 0 : -EIO;
}

const struct nested_path nested_shadow_path = {
	.name = "shadowing",
	.calls = "calls",
	.vmm = true,
	.shadow = true,
	.open = shadow_open,
	.execute = shadow_execute,
};
