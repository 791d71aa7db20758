// SPDX-License-Identifier: GPL-2.0-only
/* No IOMMU: every address is physical. It has no registers and no state. */
#include "internal.h"

static int none_init(struct model *m)
{
	return 0;
}

static void none_exit(struct model *m)
{
}

static u64 none_read(struct model *m, u32 reg)
{
	return ~0ULL;
}

static void none_write(struct model *m, u32 reg, u64 val, u64 mask)
{
}

static bool none_run(struct model *m)
{
	return false;
}

static int none_translate(struct model *m, const struct model_txn *txn,
			  u64 iova, struct model_xlat *out)
{
	out->pa = iova;
	return 0;
}

static u64 none_check(struct model *m)
{
	return 0;
}

static void none_stats(struct model *m, struct model_stats *stats)
{
}

const struct model_kind_ops model_none_ops = {
	.kind = IOMMUFDX_HW_NONE,
	.size = sizeof(struct model),
	.init = none_init,
	.exit = none_exit,
	.read = none_read,
	.write = none_write,
	.run = none_run,
	.translate = none_translate,
	.check = none_check,
	.stats = none_stats,
};
