// SPDX-License-Identifier: GPL-2.0-only
/* VT-d scalable-mode PASID table entries, by section 9.6 of its specification. */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "../spec/vtd.h"
#include "entry_kunit.h"

static void pasid_view(const u64 *pe, struct entry_view *view)
{
	u64 type = pe[0] >> 6 & 7;

	if (!(pe[0] & 1)) {
		view->absent = true;
		return;
	}
	view->field[0] = type;
	view->field[1] = pe[0] & 0x2;		/* FPD */
	view->field[2] = pe[0] & 0xc00;		/* reserved, or it faults */
	view->field[3] = pe[1] & 0x180ffff;	/* DID, PWSNP, PGSNP */
	if (type == 1 || type == 3)
		view->field[4] = pe[2];
	if (type == 4)
		view->field[5] = pe[0] & 0x1c;	/* AW */
	/* AW, SSEE, SSADE, SSPTPTR */
	if (type == 2 || type == 3)
		view->field[5] = pe[0] & 0xfffffffffffff23cULL;
}

static void pasid_generate(u64 *random, u64 *pe)
{
	static const u8 types[] = {
		VTD_PGTT_FIRST, VTD_PGTT_SECOND, VTD_PGTT_NESTED,
		VTD_PGTT_PASS_THROUGH,
	};
	u8 type = types[entry_below(random, ARRAY_SIZE(types))];

	if (!entry_below(random, 6))
		return;
	pe[0] = VTD_PE0_P | FIELD_PREP(VTD_PE0_PGTT, type);
	pe[1] = VTD_PE1_PWSNP |
		FIELD_PREP(VTD_PE1_DID, entry_below(random, 2) + 1);
	if (!entry_below(random, 3))
		pe[1] |= VTD_PE1_PGSNP;
	if (type == VTD_PGTT_FIRST || type == VTD_PGTT_NESTED)
		pe[2] = (u64)(entry_below(random, 2) + 1) << 32 |
			FIELD_PREP(VTD_PE2_FSPM, entry_below(random, 2));
	if (type == VTD_PGTT_PASS_THROUGH)
		pe[0] |= FIELD_PREP(VTD_PE0_AW, entry_below(random, 2) + 1);
	if (type == VTD_PGTT_SECOND || type == VTD_PGTT_NESTED)
		pe[0] |= (u64)(entry_below(random, 2) + 1) << 40 |
			 FIELD_PREP(VTD_PE0_AW, entry_below(random, 2) + 1) |
			 FIELD_PREP(VTD_PE0_SSADE, entry_below(random, 2));
}

const struct entry_format entry_format_pasid = {
	.name = "VT-d PASID entry",
	.ops = &vtd_pe_ops,
	.generate = pasid_generate,
	.view = pasid_view,
};
