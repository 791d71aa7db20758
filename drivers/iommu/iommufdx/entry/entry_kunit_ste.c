// SPDX-License-Identifier: GPL-2.0-only
/* SMMUv3 stream table entries, by IHI 0070 section 5.2. */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "../spec/smmuv3.h"
#include "entry_kunit.h"

static void ste_view(const u64 *ste, struct entry_view *view)
{
	u64 config = ste[0] >> 1 & 7;

	if (!(ste[0] & 1)) {
		view->absent = true;
		return;
	}
	view->field[0] = config;
	if (config < 4)
		return;
	/* DRE to MEV, MemAttr, MTCFG, ALLOCCFG, SHCFG to INSTCFG */
	view->field[1] = ste[1] & (GENMASK_ULL(19, 12) | GENMASK_ULL(40, 32) |
				   GENMASK_ULL(51, 44));
	if (config & 1) {
		/* S1Fmt, S1ContextPtr, S1CDMax */
		view->field[2] = ste[0] & (GENMASK_ULL(55, 4) |
					   GENMASK_ULL(63, 59));
		/* S1DSS to S1CSH, S1MPAM, S1STALLD, EATS, STRW */
		view->field[3] = ste[1] & (GENMASK_ULL(7, 0) |
					   GENMASK_ULL(31, 26));
		view->field[4] = ste[2] & 0xffff;
	}
	if (config & 2) {
		/* S2HWU, S2FWB, EATS */
		view->field[5] = ste[1] & (GENMASK_ULL(11, 8) | BIT_ULL(25) |
					   GENMASK_ULL(29, 28));
		/* S2VMID, and S2T0SZ to S2R */
		view->field[6] = ste[2] & (0xffff | GENMASK_ULL(58, 32));
		view->field[7] = ste[3] & GENMASK_ULL(55, 4);
	}
}

static void ste_generate(u64 *random, u64 *ste)
{
	static const u8 configs[] = {
		SMMU_STE_CFG_ABORT, SMMU_STE_CFG_BYPASS, SMMU_STE_CFG_S1,
		SMMU_STE_CFG_S2, SMMU_STE_CFG_NESTED,
	};
	u8 config = configs[entry_below(random, ARRAY_SIZE(configs))];

	if (!entry_below(random, 6))
		return;
	ste[0] = SMMU_STE0_V | FIELD_PREP(SMMU_STE0_CONFIG, config);
	if (config == SMMU_STE_CFG_ABORT)
		return;
	ste[1] = FIELD_PREP(SMMU_STE1_SHCFG, entry_below(random, 4) ? 1 : 0);
	if (config == SMMU_STE_CFG_BYPASS)
		return;
	ste[2] = FIELD_PREP(SMMU_STE2_S2VMID, entry_below(random, 2) + 1);
	if (config & 1) {
		ste[0] |= (u64)(entry_below(random, 2) + 1) << 20 |
			  FIELD_PREP(SMMU_STE0_S1CDMAX, entry_below(random, 2));
		ste[1] |= FIELD_PREP(SMMU_STE1_S1DSS, entry_below(random, 3));
	}
	if (config & 2) {
		ste[2] |= FIELD_PREP(SMMU_STE2_S2T0SZ,
				     entry_below(random, 2) + 16);
		ste[3] = (u64)(entry_below(random, 2) + 1) << 20;
	}
}

const struct entry_format entry_format_ste = {
	.name = "SMMUv3 STE",
	.ops = &smmu_ste_ops,
	.generate = ste_generate,
	.view = ste_view,
};
