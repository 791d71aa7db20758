// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 TLB invalidation (IHI 0070 sections 3.17, 4.4).
 *
 * Exactly what a command names is evicted, and nothing else: with a granule
 * (TG) only entries of that granule, with a level (TTL) only leaves of that
 * level, with Leaf no tables of the walk cache. Part of a larger translation
 * counts as all of it.
 */
#include <linux/minmax.h>

#include "smmuv3_model.h"

/* What VMID, ASID, address and so on of a command amount to. */
struct smmu_tlbi {
	struct model_tlb_match match;
	bool leaf;
};

/**
 * model_smmu_is_tlbi() - is this a command of chapter 4.4?
 * @op: opcode
 */
bool model_smmu_is_tlbi(u8 op)
{
	return op >= SMMU_CMD_TLBI_NH_ALL && op <= SMMU_CMD_TLBI_NSNH_ALL;
}

static u64 smmu_tlbi_tg(struct model_smmu *smmu, const u64 *cmd)
{
	if (!(smmu->idr[3] & SMMU_IDR3_RIL))
		return SMMU_TLBI_TG_NONE;
	return FIELD_GET(SMMU_CMD_TLBI1_TG, cmd[1]);
}

static bool smmu_tlbi_range_legal(struct model_smmu *smmu, const u64 *cmd)
{
	return smmu_tlbi_tg(smmu, cmd) == SMMU_TLBI_TG_NONE ||
	       FIELD_GET(SMMU_CMD_TLBI0_NUM, cmd[0]) ||
	       FIELD_GET(SMMU_CMD_TLBI0_SCALE, cmd[0]) ||
	       FIELD_GET(SMMU_CMD_TLBI1_TTL, cmd[1]);
}

/**
 * model_smmu_tlbi_legal() - may this TLBI be executed?
 * @smmu: the machine
 * @cmd: the command
 */
bool model_smmu_tlbi_legal(struct model_smmu *smmu, const u64 *cmd)
{
	u32 idr0 = smmu->idr[0];

	switch (FIELD_GET(SMMU_CMD0_OP, cmd[0])) {
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_NH_ASID:
		return idr0 & SMMU_IDR0_S1P;
	case SMMU_CMD_TLBI_NH_VA:
	case SMMU_CMD_TLBI_NH_VAA:
		return (idr0 & SMMU_IDR0_S1P) &&
		       smmu_tlbi_range_legal(smmu, cmd);
	case SMMU_CMD_TLBI_S12_VMALL:
		return idr0 & SMMU_IDR0_S2P;
	case SMMU_CMD_TLBI_S2_IPA:
		return (idr0 & SMMU_IDR0_S2P) &&
		       smmu_tlbi_range_legal(smmu, cmd);
	case SMMU_CMD_TLBI_NSNH_ALL:
		return true;
	}
	/* No EL2 and no EL3. */
	return false;
}

static void smmu_tlbi_range(struct model_smmu *smmu, const u64 *cmd, u64 addr,
			    struct smmu_tlbi *inv)
{
	u64 tg = smmu_tlbi_tg(smmu, cmd), ttl, granules;
	unsigned int shift, scale;

	inv->leaf = cmd[1] & SMMU_CMD_TLBI1_LEAF;
	if (tg == SMMU_TLBI_TG_NONE) {
		inv->match.iova = addr;
		inv->match.last = addr | 0xfff;
		return;
	}
	shift = ARMV8_SHIFT_4K + 2 * (tg - SMMU_TLBI_TG_4K);
	scale = min_t(u32, FIELD_GET(SMMU_CMD_TLBI0_SCALE, cmd[0]),
		      SMMU_TLBI_SCALE_MAX);
	granules = (FIELD_GET(SMMU_CMD_TLBI0_NUM, cmd[0]) + 1) << scale;
	inv->match.iova = addr & ~(BIT_ULL(shift) - 1);
	inv->match.last = inv->match.iova + (granules << shift) - 1;
	if (inv->match.last < inv->match.iova)
		inv->match.last = ~0ULL;
	inv->match.attr = FIELD_PREP(SMMU_ATTR_TG, tg);
	inv->match.attr_mask = SMMU_ATTR_TG;

	/* Level 1 has no blocks of 16 KiB granules: no hint. */
	ttl = FIELD_GET(SMMU_CMD_TLBI1_TTL, cmd[1]);
	if (!ttl || (tg == SMMU_TLBI_TG_16K && ttl == 1))
		return;
	inv->match.attr |= FIELD_PREP(SMMU_ATTR_LEVEL, ttl);
	inv->match.attr_mask |= SMMU_ATTR_LEVEL;
}

static void smmu_tlbi_evict(struct model_smmu *smmu, struct smmu_tlbi *inv)
{
	model_tlb_evict(&smmu->tlb, &inv->match);
	if (inv->leaf)
		return;
	/* Tables have a granule and no level of their own. */
	inv->match.attr_mask &= SMMU_ATTR_TG;
	model_tlb_evict(&smmu->walks, &inv->match);
}

/**
 * model_smmu_tlbi() - execute a legal TLBI; m.gen has been counted
 * @smmu: the machine
 * @cmd: the command
 */
void model_smmu_tlbi(struct model_smmu *smmu, const u64 *cmd)
{
	const u64 s1 = SMMU_TAG_VMID | SMMU_TAG_S2;
	u64 vmid = 0, asid = FIELD_GET(SMMU_CMD_TLBI0_ASID, cmd[0]);
	struct smmu_tlbi inv = { .match.last = ~0ULL };

	if (smmu->idr[0] & SMMU_IDR0_S2P)
		vmid = FIELD_GET(SMMU_CMD_TLBI0_VMID, cmd[0]);
	inv.match.tag = FIELD_PREP(SMMU_TAG_VMID, vmid);
	inv.match.mask = ~0ULL;

	switch (FIELD_GET(SMMU_CMD0_OP, cmd[0])) {
	case SMMU_CMD_TLBI_NH_ALL:
		inv.match.mask = s1;
		break;
	case SMMU_CMD_TLBI_NH_ASID:
		inv.match.tag |= FIELD_PREP(SMMU_TAG_ASID, asid);
		break;
	case SMMU_CMD_TLBI_NH_VA:
		smmu_tlbi_range(smmu, cmd, cmd[1] & SMMU_CMD_TLBI1_VA, &inv);
		/* Global ones first: they are of every ASID. */
		inv.match.tag |= SMMU_TAG_GLOBAL;
		model_tlb_evict(&smmu->tlb, &inv.match);
		inv.match.tag &= ~SMMU_TAG_GLOBAL;
		inv.match.tag |= FIELD_PREP(SMMU_TAG_ASID, asid);
		break;
	case SMMU_CMD_TLBI_NH_VAA:
		smmu_tlbi_range(smmu, cmd, cmd[1] & SMMU_CMD_TLBI1_VA, &inv);
		inv.match.mask = s1;
		break;
	case SMMU_CMD_TLBI_S12_VMALL:
		inv.match.mask = SMMU_TAG_VMID;
		break;
	case SMMU_CMD_TLBI_S2_IPA:
		smmu_tlbi_range(smmu, cmd, cmd[1] & SMMU_CMD_TLBI1_IPA, &inv);
		inv.match.tag |= SMMU_TAG_S2;
		break;
	case SMMU_CMD_TLBI_NSNH_ALL:
		inv.match.mask = 0;
		break;
	}
	smmu_tlbi_evict(smmu, &inv);
}
