// SPDX-License-Identifier: GPL-2.0-only
/* SMMUv3 context descriptors, by IHI 0070 section 5.4. */
#include <linux/bitfield.h>
#include <linux/types.h>
#include "../spec/smmuv3.h"
#include "entry_kunit.h"

/* T0SZ to SH0 and TBI0; T1SZ to SH1 and TBI1 */
#define HALF0	(GENMASK_ULL(13, 0) | BIT_ULL(38))
#define HALF1	(GENMASK_ULL(29, 16) | BIT_ULL(39))

static void cd_view(const u64 *cd, struct entry_view *view)
{
	if (!(cd[0] & BIT_ULL(31))) {
		view->absent = true;
		return;
	}
	view->field[0] = cd[0] & ~(HALF0 | HALF1);
	view->field[1] = cd[3];
	if (!(cd[0] & BIT_ULL(14))) {
		view->field[2] = cd[0] & HALF0;
		view->field[3] = cd[1];
	}
	if (!(cd[0] & BIT_ULL(30))) {
		view->field[4] = cd[0] & HALF1;
		view->field[5] = cd[2];
	}
}

static void cd_generate(u64 *random, u64 *cd)
{
	if (!entry_below(random, 6))
		return;
	cd[0] = SMMU_CD0_V | SMMU_CD0_AA64 |
		FIELD_PREP(SMMU_CD0_ASID, entry_below(random, 2) + 1) |
		FIELD_PREP(SMMU_CD0_S, entry_below(random, 2));
	cd[3] = entry_below(random, 4) ? 0xff440c04 : 0xff;
	if (entry_below(random, 8)) {
		cd[0] |= FIELD_PREP(SMMU_CD0_T0SZ, entry_below(random, 2) + 16);
		cd[1] = (u64)(entry_below(random, 2) + 1) << 20;
	} else {
		cd[0] |= SMMU_CD0_EPD0;
	}
	if (!entry_below(random, 4)) {
		cd[0] |= FIELD_PREP(SMMU_CD0_T1SZ, entry_below(random, 2) + 16);
		cd[2] = (u64)(entry_below(random, 2) + 1) << 20;
	} else {
		cd[0] |= SMMU_CD0_EPD1;
	}
}

const struct entry_format entry_format_cd = {
	.name = "SMMUv3 CD",
	.ops = &smmu_cd_ops,
	.generate = cd_generate,
	.view = cd_view,
};
