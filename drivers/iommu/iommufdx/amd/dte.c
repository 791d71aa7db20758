// SPDX-License-Identifier: GPL-2.0-only
/* Device table entries: what they say, and what hardware reads of them. */
#include <linux/bitfield.h>
#include "../entry/store128.h"
#include "amd.h"

/* Consulted in every valid entry. */
#define AMD_DTE1_ALWAYS \
	(AMD_DTE1_I | AMD_DTE1_SE | AMD_DTE1_SA | AMD_DTE1_IOCTL | \
	 AMD_DTE1_CACHE | AMD_DTE1_SD | AMD_DTE1_EX | AMD_DTE1_SYSMGT | \
	 AMD_DTE1_SATS)

/* Consulted where translation is valid. */
#define AMD_DTE0_TRANSLATION \
	(AMD_DTE0_MODE | AMD_DTE0_PPR | AMD_DTE0_GV | AMD_DTE0_IR | AMD_DTE0_IW)

/* Consulted where guest translation is valid. */
#define AMD_DTE0_GUEST \
	(AMD_DTE0_GPRP | AMD_DTE0_GIOV | AMD_DTE0_GLX | AMD_DTE0_GCR3_14_12)
#define AMD_DTE1_GUEST	(AMD_DTE1_GCR3_30_15 | AMD_DTE1_GCR3_51_31)

/* Consulted where interrupts are remapped, whatever the rest says. */
#define AMD_DTE2_INTERRUPT \
	(AMD_DTE2_INT_TAB_LEN | AMD_DTE2_IG | AMD_DTE2_INT_ROOT | \
	 AMD_DTE2_INIT_PASS | AMD_DTE2_EINT_PASS | AMD_DTE2_NMI_PASS | \
	 AMD_DTE2_INT_CTL | AMD_DTE2_LINT0_PASS | AMD_DTE2_LINT1_PASS)

static void amd_dte_used(const u64 *dte, u64 *used)
{
	used[2] = AMD_DTE2_IV;
	if (dte[2] & AMD_DTE2_IV)
		used[2] |= AMD_DTE2_INTERRUPT;

	used[0] = AMD_DTE0_V;
	if (!(dte[0] & AMD_DTE0_V))
		return;
	used[0] |= AMD_DTE0_TV;
	used[1] |= AMD_DTE1_ALWAYS;
	if (!(dte[0] & AMD_DTE0_TV))
		return;

	used[0] |= AMD_DTE0_TRANSLATION;
	used[1] |= AMD_DTE1_DOMID;
	if (dte[0] & AMD_DTE0_MODE) {
		used[0] |= AMD_DTE0_HPT_ROOT | AMD_DTE0_HAD;
	} else {
		/* Attributes of accesses that no table can give. */
		used[3] |= AMD_DTE3_ATTRV;
		if (dte[3] & AMD_DTE3_ATTRV)
			used[3] |= AMD_DTE3_MODE0_FC | AMD_DTE3_SNOOP_ATTR;
	}
	if (dte[0] & AMD_DTE0_GV) {
		used[0] |= AMD_DTE0_GUEST;
		used[1] |= AMD_DTE1_GUEST;
		used[2] |= AMD_DTE2_GPM;
	}
}

const struct entry_ops amd_dte_ops = {
	.words = AMD_DTE_WORDS,
	.granule = 2,
	.valid_word = 0,
	.valid_mask = AMD_DTE0_TV,
	.used = amd_dte_used,
	.store = entry_store128,
	.sync = amd_dte_sync,
};
ENTRY_EXPORT_FOR_KUNIT(amd_dte_ops);

struct amd_dte amd_dte_blocked(void)
{
	return (struct amd_dte){
		.word[0] = AMD_DTE0_V | AMD_DTE0_TV,
	};
}

struct amd_dte amd_dte_pass(void)
{
	return (struct amd_dte){
		.word[0] = AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_IR |
			   AMD_DTE0_IW | FIELD_PREP(AMD_DTE0_MODE, AMD_MODE_NONE),
		.word[1] = FIELD_PREP(AMD_DTE1_DOMID, AMD_DOMID_PASS),
	};
}

struct amd_dte amd_dte_v1(u16 domid, u64 root, unsigned int levels, bool dirty)
{
	return (struct amd_dte){
		.word[0] = AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_IR |
			   AMD_DTE0_IW | (root & AMD_DTE0_HPT_ROOT) |
			   FIELD_PREP(AMD_DTE0_MODE, levels) |
			   FIELD_PREP(AMD_DTE0_HAD, dirty ? AMD_DTE_HAD_AD :
							    AMD_DTE_HAD_NONE),
		.word[1] = FIELD_PREP(AMD_DTE1_DOMID, domid),
	};
}

struct amd_dte amd_dte_v2(u16 domid, u64 gcr3, unsigned int levels,
			  unsigned int pt_levels)
{
	const u64 gpm = pt_levels == 5 ? AMD_GPM_5LEVEL : AMD_GPM_4LEVEL;

	return (struct amd_dte){
		.word[0] = AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_IR |
			   AMD_DTE0_IW | AMD_DTE0_GV | AMD_DTE0_GIOV |
			   FIELD_PREP(AMD_DTE0_GLX, levels - 1) |
			   FIELD_PREP(AMD_DTE0_GCR3_14_12, gcr3 >> 12 & 0x7),
		.word[1] = FIELD_PREP(AMD_DTE1_DOMID, domid) |
			   FIELD_PREP(AMD_DTE1_GCR3_30_15,
				      gcr3 >> 15 & 0xffff) |
			   FIELD_PREP(AMD_DTE1_GCR3_51_31,
				      gcr3 >> 31 & 0x1fffff),
		.word[2] = FIELD_PREP(AMD_DTE2_GPM, gpm),
	};
}

void amd_dte_features(struct amd_dte *dte, const struct amd_master *master)
{
	if (master->ats)
		dte->word[1] |= AMD_DTE1_I;
	if (!master->pri)
		return;
	dte->word[0] |= AMD_DTE0_PPR;
	/* Answers carry the PASID that requests have. */
	if (dte->word[0] & AMD_DTE0_GV)
		dte->word[0] |= AMD_DTE0_GPRP;
}
