// SPDX-License-Identifier: GPL-2.0-only
/* AMD device table entries, by 48882 section 2.2.2.1. */
#include <linux/bitfield.h>
#include <linux/types.h>
#include "../spec/amd.h"
#include "entry_kunit.h"

static void dte_interrupts(const u64 *dte, struct entry_view *view)
{
	if (!(dte[2] & AMD_DTE2_IV))
		return;
	view->field[20] = 1;
	view->field[21] = dte[2] & ~(AMD_DTE2_GPM | AMD_DTE2_RSVD);
}

static void dte_view(const u64 *dte, struct entry_view *view)
{
	u64 mode = FIELD_GET(AMD_DTE0_MODE, dte[0]);
	bool guest = dte[0] & AMD_DTE0_GV;

	dte_interrupts(dte, view);
	if (!(dte[0] & AMD_DTE0_V)) {
		view->field[0] = 'P';	/* all passes */
		return;
	}
	/* I to SATS: what goes with every request. */
	view->field[1] = dte[1] & GENMASK_ULL(42, 32);
	if (!(dte[0] & AMD_DTE0_TV)) {
		view->absent = true;
		return;
	}
	view->field[0] = 'T';
	view->field[2] = mode;
	view->field[3] = dte[1] & AMD_DTE1_DOMID;
	view->field[4] = dte[0] & (AMD_DTE0_IR | AMD_DTE0_IW);
	view->field[5] = dte[0] & AMD_DTE0_PPR;
	if (mode) {
		view->field[6] = dte[0] & AMD_DTE0_HPT_ROOT;
		view->field[7] = dte[0] & AMD_DTE0_HAD;
	} else if (dte[3] & AMD_DTE3_ATTRV) {
		view->field[8] = 1;
		view->field[9] = dte[3] & AMD_DTE3_MODE0_FC;
		view->field[10] = dte[3] & AMD_DTE3_SNOOP_ATTR;
	}
	if (guest) {
		view->field[11] = 1;
		view->field[12] = dte[0] & AMD_DTE0_GLX;
		view->field[13] = FIELD_GET(AMD_DTE0_GCR3_14_12, dte[0]) << 12 |
				  FIELD_GET(AMD_DTE1_GCR3_30_15, dte[1]) << 15 |
				  FIELD_GET(AMD_DTE1_GCR3_51_31, dte[1]) << 31;
		view->field[14] = dte[0] & (AMD_DTE0_GIOV | AMD_DTE0_GPRP);
		view->field[15] = dte[2] & AMD_DTE2_GPM;
	}
}

static void dte_host(u64 *random, u64 *dte)
{
	const u64 root = (u64)(entry_below(random, 3) + 1) << 20;

	dte[0] |= AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_IR | AMD_DTE0_IW | root |
		  FIELD_PREP(AMD_DTE0_MODE, entry_below(random, 3) + 3) |
		  FIELD_PREP(AMD_DTE0_HAD, entry_below(random, 2) ?
					   AMD_DTE_HAD_AD : AMD_DTE_HAD_NONE);
	dte[1] |= FIELD_PREP(AMD_DTE1_DOMID, entry_below(random, 3) + 1);
	if (!entry_below(random, 4))
		dte[1] |= AMD_DTE1_I;
}

static void dte_guest(u64 *random, u64 *dte)
{
	const u64 gcr3 = (entry_below(random, 3) + 1) * 0x123456789000ULL;

	dte[0] |= AMD_DTE0_GV |
		  FIELD_PREP(AMD_DTE0_GLX, entry_below(random, 3)) |
		  FIELD_PREP(AMD_DTE0_GCR3_14_12, gcr3 >> 12 & 0x7);
	dte[1] |= FIELD_PREP(AMD_DTE1_GCR3_30_15, gcr3 >> 15 & 0xffff) |
		  FIELD_PREP(AMD_DTE1_GCR3_51_31, gcr3 >> 31 & 0x1fffff);
	dte[2] |= FIELD_PREP(AMD_DTE2_GPM, entry_below(random, 2));
	if (entry_below(random, 2))
		dte[0] |= AMD_DTE0_GIOV;
	if (!entry_below(random, 4))
		dte[0] |= AMD_DTE0_PPR | AMD_DTE0_GPRP;
}

static void dte_generate(u64 *random, u64 *dte)
{
	switch (entry_below(random, 8)) {
	case 0:
		dte[0] = AMD_DTE0_V | AMD_DTE0_TV;
		return;
	case 1:
		dte[0] = AMD_DTE0_V;
		return;
	case 2:
		/* Not translated, with attributes of its own or without. */
		dte[0] = AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_IR | AMD_DTE0_IW;
		dte[1] = entry_below(random, 3);
		if (entry_below(random, 2))
			dte[3] = AMD_DTE3_ATTRV |
				 FIELD_PREP(AMD_DTE3_SNOOP_ATTR,
					    entry_below(random, 3));
		return;
	default:
		dte_host(random, dte);
		if (entry_below(random, 2))
			return;
		if (entry_below(random, 2))
			dte[0] &= ~(AMD_DTE0_MODE | AMD_DTE0_HPT_ROOT |
				    AMD_DTE0_HAD);
		dte_guest(random, dte);
	}
}

const struct entry_format entry_format_dte = {
	.name = "AMD DTE",
	.ops = &amd_dte_ops,
	.generate = dte_generate,
	.view = dte_view,
};
