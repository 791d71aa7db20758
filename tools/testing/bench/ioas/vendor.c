// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a backend makes of an operation: instructions, which here are those of the
 * model too, as it executes commands at once; and the commands themselves.
 */
#include <errno.h>
#include <stdio.h>

#include "bench.h"

#define ROUNDS	101

enum op { ATTACH, REPLACE, DETACH, MAP_PAGE, UNMAP_PAGE, UNMAP_THP, NR_OPS };

static const char *const titles[NR_OPS] = {
	[ATTACH]	= "attach",
	[REPLACE]	= "replace",
	[DETACH]	= "detach",
	[MAP_PAGE]	= "map one page",
	[UNMAP_PAGE]	= "unmap one page",
	[UNMAP_THP]	= "unmap 2 MiB",
};

static int map(struct target *t, char *mem, size_t len)
{
	uint64_t iova = t->iova;

	return iommufdx_ioas_map(t->iommu, t->ioas, MAP_RW, mem, len, &iova);
}

static int unmap(struct target *t, size_t len)
{
	return iommufdx_ioas_unmap(t->iommu, t->ioas, t->iova, len, NULL);
}

/* Do @op once; the one before it in the enum was done before. */
static int once(struct target *t, enum op op, uint32_t other, char *mem)
{
	uint32_t id = op == REPLACE ? other : t->hwpt;

	switch (op) {
	case ATTACH:
	case REPLACE:
		return iommufdx_device_attach(t->dev, &id);
	case DETACH:
		return iommufdx_device_detach(t->dev);
	case MAP_PAGE:
		return map(t, mem, PAGE);
	case UNMAP_PAGE:
		return unmap(t, PAGE);
	default:
		return unmap(t, 2 * MB);
	}
}

static uint64_t commands(struct target *t)
{
	struct iommufdx_mock_iommu_stats stats;

	must(iommufdx_mock_stats(t->mock, t->mock_iommu, &stats), "counters");
	return stats.out_commands;
}

void vendor_rows(const char *group, const char *node, uint32_t kind, char *huge)
{
	double ticks[NR_OPS][ROUNDS], issued[NR_OPS] = {};
	struct target t;
	uint32_t other;
	int rc;

	rc = target_model(&t, node, kind);
	if (rc == -EOPNOTSUPP || rc == -ENODEV) {
		printf("skip\t%s\tthere is no model or no driver of it\n", group);
		return;
	}
	must(rc, "mock device");
	must(iommufdx_hwpt_alloc(t.iommu, t.dev_id, t.ioas,
				 IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &other),
	     "HWPT");
	must(iommufdx_device_detach(t.dev), "detach");

	for (int i = 0; i < ROUNDS; i++) {
		for (enum op op = 0; op < NR_OPS; op++) {
			/* What follows is done to a table in use. */
			if (op == MAP_PAGE)
				must(once(&t, ATTACH, 0, NULL), "attach");
			if (op == UNMAP_THP)
				must(map(&t, huge, 2 * MB), "map");
			issued[op] -= commands(&t);
			ticks[op][i] = ticks_of(rc = once(&t, op, other, huge));
			issued[op] += commands(&t);
			must(rc, titles[op]);
		}
		must(iommufdx_device_detach(t.dev), "detach");
	}
	target_close(&t);

	for (enum op op = 0; op < NR_OPS; op++) {
		printf("row\t%s\t%s\t%.1f\t-\t-\n", group, titles[op],
		       median(ticks[op], ROUNDS));
		printf("row\t%s\t%s: commands\t%.1f\t-\t-\n", group, titles[op],
		       issued[op] / ROUNDS);
	}
}
