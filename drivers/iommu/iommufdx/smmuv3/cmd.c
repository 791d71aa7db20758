// SPDX-License-Identifier: GPL-2.0-only
/* Encoding commands: IHI 0070 chapter 4. Touches no hardware. */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/iommufdx/fault.h>
#include "smmuv3.h"

static struct ring_cmd smmu_cmd(u8 op, u64 word0, u64 word1)
{
	return (struct ring_cmd){
		.word = { FIELD_PREP(SMMU_CMD0_OP, op) | word0, word1 },
	};
}

static u64 smmu_cmd_stream(u32 sid, u32 ssid)
{
	return FIELD_PREP(SMMU_CMD0_SID, sid) |
	       FIELD_PREP(SMMU_CMD0_SSID, ssid);
}

/* The message goes to memory that CPUs cache. */
struct ring_cmd smmu_cmd_sync(u64 pa, u32 value)
{
	return smmu_cmd(SMMU_CMD_SYNC,
			FIELD_PREP(SMMU_CMD_SYNC0_CS, SMMU_SYNC_CS_IRQ) |
			FIELD_PREP(SMMU_CMD_SYNC0_MSH, SMMU_SH_INNER) |
			FIELD_PREP(SMMU_CMD_SYNC0_MSIATTR,
				   ARMV8_S2_ATTR_NORMAL_WB) |
			FIELD_PREP(SMMU_CMD_SYNC0_MSIDATA, value),
			pa & SMMU_CMD_SYNC1_MSIADDR);
}

struct ring_cmd smmu_cmd_barrier(void)
{
	return smmu_cmd(SMMU_CMD_SYNC,
			FIELD_PREP(SMMU_CMD_SYNC0_CS, SMMU_SYNC_CS_NONE), 0);
}

/* ----------------------------------------------------------- configuration */

struct ring_cmd smmu_cmd_cfgi_ste(u32 sid)
{
	return smmu_cmd(SMMU_CMD_CFGI_STE, smmu_cmd_stream(sid, 0), 0);
}

static struct ring_cmd smmu_cmd_cfgi_range(u32 sid, u64 range)
{
	return smmu_cmd(SMMU_CMD_CFGI_STE_RANGE, smmu_cmd_stream(sid, 0),
			FIELD_PREP(SMMU_CMD_CFGI1_RANGE, range));
}

struct ring_cmd smmu_cmd_cfgi_leaf(u32 sid)
{
	return smmu_cmd_cfgi_range(sid & ~(BIT(SMMU_LEAF_BITS) - 1),
				   SMMU_LEAF_BITS - 1);
}

struct ring_cmd smmu_cmd_cfgi_all(void)
{
	return smmu_cmd_cfgi_range(0, SMMU_CFGI_RANGE_ALL);
}

/* Without Leaf: the level 1 descriptor may be new. */
struct ring_cmd smmu_cmd_cfgi_cd(u32 sid, u32 ssid)
{
	return smmu_cmd(SMMU_CMD_CFGI_CD, smmu_cmd_stream(sid, ssid), 0);
}

struct ring_cmd smmu_cmd_cfgi_cds(u32 sid)
{
	return smmu_cmd(SMMU_CMD_CFGI_CD_ALL, smmu_cmd_stream(sid, 0), 0);
}

/* --------------------------------------------------------------------- TLB */

struct ring_cmd smmu_cmd_tlbi_all(void)
{
	return smmu_cmd(SMMU_CMD_TLBI_NSNH_ALL, 0, 0);
}

struct ring_cmd smmu_cmd_tlbi_el2_all(void)
{
	return smmu_cmd(SMMU_CMD_TLBI_EL2_ALL, 0, 0);
}

struct ring_cmd smmu_cmd_tlbi_s1(u16 vmid)
{
	return smmu_cmd(SMMU_CMD_TLBI_NH_ALL,
			FIELD_PREP(SMMU_CMD_TLBI0_VMID, vmid), 0);
}

/* Stage 1 is tagged with VMID 0 as well. */
static u64 smmu_cmd_tag(const struct smmu_tag *tag)
{
	return tag->s2 ? FIELD_PREP(SMMU_CMD_TLBI0_VMID, tag->id) :
			 FIELD_PREP(SMMU_CMD_TLBI0_ASID, tag->id);
}

struct ring_cmd smmu_cmd_tlbi_tag(const struct smmu_tag *tag)
{
	return smmu_cmd(tag->s2 ? SMMU_CMD_TLBI_S12_VMALL :
				  SMMU_CMD_TLBI_NH_ASID,
			smmu_cmd_tag(tag), 0);
}

/* Of the page at @iova; @word0 and @word1 may make it a range. */
static struct ring_cmd smmu_cmd_tlbi_va(const struct smmu_tlbi *inv, u64 iova,
					u64 word0, u64 word1)
{
	word0 |= smmu_cmd_tag(&inv->tag);
	word1 |= inv->leaf ? SMMU_CMD_TLBI1_LEAF : 0;
	if (inv->tag.s2)
		return smmu_cmd(SMMU_CMD_TLBI_S2_IPA, word0,
				word1 | (iova & SMMU_CMD_TLBI1_IPA));
	return smmu_cmd(SMMU_CMD_TLBI_NH_VA, word0,
			word1 | (iova & SMMU_CMD_TLBI1_VA));
}

/* Level of leaves of @size bytes; a contiguous run is of its entries' level. */
static unsigned int smmu_leaf_level(unsigned int granule, u64 size)
{
	return ARMV8_LEVEL_MAX -
	       (ilog2(size) - granule) / ARMV8_LEVEL_BITS(granule);
}

/*
 * The level hint: only where the range is one leaf. Of several it is not known
 * that they are of one size.
 */
static u64 smmu_tlbi_ttl(const struct smmu_tlbi *inv)
{
	if (!inv->leaf || !inv->pgsize ||
	    (inv->iova & (inv->pgsize - 1)) ||
	    inv->last - inv->iova != inv->pgsize - 1)
		return 0;
	return FIELD_PREP(SMMU_CMD_TLBI1_TTL,
			  smmu_leaf_level(inv->granule, inv->pgsize));
}

/*
 * Range commands reach (NUM + 1) << SCALE granules, NUM having five bits: the
 * count in digits of base 32 from the lowest on, trailing zeroes left out. One
 * granule without a hint is a reserved encoding; the command for a single
 * address does that.
 */
static void smmu_tlbi_ranges(struct ring_batch *batch,
			     const struct smmu_tlbi *inv, u64 iova, u64 granules)
{
	const u64 tg = (inv->granule - ARMV8_SHIFT_4K) / 2 + SMMU_TLBI_TG_4K;
	const u64 ttl = smmu_tlbi_ttl(inv);
	unsigned int scale;
	u64 num;

	while (granules) {
		scale = min_t(unsigned int, __ffs64(granules),
			      SMMU_TLBI_SCALE_MAX);
		num = granules >> scale;
		if (num > SMMU_TLBI_NUM_MAX + 1)
			num &= SMMU_TLBI_NUM_MAX;
		if (num << scale == 1 && !ttl)
			ring_batch_add(batch, smmu_cmd_tlbi_va(inv, iova, 0, 0));
		else
			ring_batch_add(batch, smmu_cmd_tlbi_va(inv, iova,
				FIELD_PREP(SMMU_CMD_TLBI0_NUM, num - 1) |
				FIELD_PREP(SMMU_CMD_TLBI0_SCALE, scale),
				FIELD_PREP(SMMU_CMD_TLBI1_TG, tg) | ttl));
		granules -= num << scale;
		iova += num << scale << inv->granule;
	}
}

/*
 * Bytes that one command for a single address is good for: part of a leaf counts
 * as all of it, but of a contiguous run as one entry only. A table that is gone
 * maps as much as its parent's entry.
 */
static unsigned int smmu_tlbi_stride(const struct smmu_tlbi *inv)
{
	unsigned int level = ARMV8_LEVEL_MAX, shift;

	if (inv->pgsize)
		level = smmu_leaf_level(inv->granule, inv->pgsize);
	shift = ARMV8_LEVEL_SHIFT(inv->granule, level);
	if (!inv->leaf)
		shift = min_t(unsigned int, shift,
			      ARMV8_LEVEL_SHIFT(inv->granule,
						ARMV8_LEVEL_MAX - 1));
	return shift;
}

bool smmu_batch_tlbi(struct ring_batch *batch, const struct smmu_tlbi *inv,
		     bool ranges)
{
	unsigned int shift = ranges ? inv->granule : smmu_tlbi_stride(inv);
	u64 first = inv->iova >> shift, n = (inv->last >> shift) - first + 1;
	u64 i;

	if (ranges) {
		if (n > (SMMU_TLBI_NUM_MAX + 1ULL) << SMMU_TLBI_SCALE_MAX)
			return false;
		smmu_tlbi_ranges(batch, inv, first << shift, n);
		return true;
	}
	if (n > SMMU_TLBI_CMDS)
		return false;
	for (i = 0; i < n; i++)
		ring_batch_add(batch, smmu_cmd_tlbi_va(inv, (first + i) << shift,
						       0, 0));
	return true;
}

/* ----------------------------------------------------------------- devices */

/* One naturally aligned block, which may be larger where it straddles. */
struct ring_cmd smmu_cmd_atc_inv(u32 sid, u32 ssid, u64 iova, u64 last)
{
	unsigned int size = fls64((iova ^ last) >> ARMV8_SHIFT_4K);
	u64 word0 = smmu_cmd_stream(sid, ssid);

	if (ssid != IOMMUFDX_NO_PASID)
		word0 |= SMMU_CMD0_SSV;
	iova = size < SMMU_ATC_SIZE_ALL ?
		iova & ~((1ULL << (size + ARMV8_SHIFT_4K)) - 1) : 0;
	return smmu_cmd(SMMU_CMD_ATC_INV, word0,
			FIELD_PREP(SMMU_CMD_ATC1_SIZE, size) | iova);
}

struct ring_cmd smmu_cmd_atc_inv_ssids(u32 sid)
{
	return smmu_cmd(SMMU_CMD_ATC_INV,
			smmu_cmd_stream(sid, 0) | SMMU_CMD0_SSV |
			SMMU_CMD_ATC0_GLOBAL,
			FIELD_PREP(SMMU_CMD_ATC1_SIZE, SMMU_ATC_SIZE_ALL));
}

struct ring_cmd smmu_cmd_pri_resp(u32 sid,
				  const struct iommufdx_page_request *last,
				  int code)
{
	u64 resp = code == IOMMUFDX_PAGE_SUCCESS ? SMMU_PRI_RESP_SUCCESS :
						   SMMU_PRI_RESP_FAIL;
	u64 word0 = smmu_cmd_stream(sid, 0);

	if (last->flags & IOMMUFDX_PAGE_PASID_VALID)
		word0 = smmu_cmd_stream(sid, last->pasid) | SMMU_CMD0_SSV;
	return smmu_cmd(SMMU_CMD_PRI_RESP, word0,
			FIELD_PREP(SMMU_CMD_PRI1_PRGI, last->grpid) |
			FIELD_PREP(SMMU_CMD_PRI1_RESP, resp));
}

struct ring_cmd smmu_cmd_resume(u32 sid, u16 stag, int code)
{
	return smmu_cmd(SMMU_CMD_RESUME,
			FIELD_PREP(SMMU_CMD0_SID, sid) |
			(code == IOMMUFDX_PAGE_SUCCESS ? SMMU_CMD_RESUME0_AC :
							 SMMU_CMD_RESUME0_AB),
			FIELD_PREP(SMMU_CMD_RESUME1_STAG, stag));
}
