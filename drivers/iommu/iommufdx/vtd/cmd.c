// SPDX-License-Identifier: GPL-2.0-only
/* Encoding invalidation descriptors. Touches no hardware. */
#include <linux/bitfield.h>
#include "../ring/block.h"
#include "vtd.h"

static struct ring_cmd vtd_cmd(u8 type, u64 word0, u64 word1)
{
	return (struct ring_cmd){
		.word = { FIELD_PREP(VTD_INV0_TYPE_3_0, type) | word0, word1 },
	};
}

struct ring_cmd vtd_cmd_wait(u64 pa, u32 value)
{
	return vtd_cmd(VTD_INV_WAIT,
		       VTD_INV_WAIT0_SW | FIELD_PREP(VTD_INV_WAIT0_DATA, value),
		       pa & VTD_INV_WAIT1_ADDR);
}

struct ring_cmd vtd_cmd_context_all(void)
{
	return vtd_cmd(VTD_INV_CONTEXT,
		       FIELD_PREP(VTD_INV_CC0_G, VTD_CC_G_GLOBAL), 0);
}

struct ring_cmd vtd_cmd_context(u16 did, u16 sid)
{
	return vtd_cmd(VTD_INV_CONTEXT,
		       FIELD_PREP(VTD_INV_CC0_G, VTD_CC_G_DEVICE) |
		       FIELD_PREP(VTD_INV_CC0_DID, did) |
		       FIELD_PREP(VTD_INV_CC0_SID, sid), 0);
}

struct ring_cmd vtd_cmd_pasid_all(void)
{
	return vtd_cmd(VTD_INV_PASID_CACHE,
		       FIELD_PREP(VTD_INV_PC0_G, VTD_PC_G_GLOBAL), 0);
}

struct ring_cmd vtd_cmd_pasid(u16 did, u32 pasid)
{
	return vtd_cmd(VTD_INV_PASID_CACHE,
		       FIELD_PREP(VTD_INV_PC0_G, VTD_PC_G_PASID) |
		       FIELD_PREP(VTD_INV_PC0_DID, did) |
		       FIELD_PREP(VTD_INV_PC0_PASID, pasid), 0);
}

struct ring_cmd vtd_cmd_iotlb_all(u64 drain)
{
	return vtd_cmd(VTD_INV_IOTLB,
		       FIELD_PREP(VTD_INV_TLB0_G, VTD_TLB_G_GLOBAL) | drain, 0);
}

struct ring_cmd vtd_cmd_iotlb_domain(u64 drain, u16 did)
{
	return vtd_cmd(VTD_INV_IOTLB,
		       FIELD_PREP(VTD_INV_TLB0_G, VTD_TLB_G_DOMAIN) |
		       FIELD_PREP(VTD_INV_TLB0_DID, did) | drain, 0);
}

/* Word 1 of both kinds of IOTLB invalidation. */
static u64 vtd_block(u64 iova, unsigned int shift, u64 ih)
{
	return FIELD_PREP(VTD_INV_TLB1_AM, shift - VTD_PAGE_SHIFT) |
	       (iova & GENMASK_ULL(63, shift)) | ih;
}

struct ring_cmd vtd_cmd_iotlb_block(u64 drain, u16 did, u64 iova,
				    unsigned int shift, u64 ih)
{
	return vtd_cmd(VTD_INV_IOTLB,
		       FIELD_PREP(VTD_INV_TLB0_G, VTD_TLB_G_PAGE) |
		       FIELD_PREP(VTD_INV_TLB0_DID, did) | drain,
		       vtd_block(iova, shift, ih));
}

static struct ring_cmd vtd_cmd_ptlb(u32 granularity, u16 did, u32 pasid,
				    u64 word1)
{
	return vtd_cmd(VTD_INV_PASID_IOTLB,
		       FIELD_PREP(VTD_INV_PTLB0_G, granularity) |
		       FIELD_PREP(VTD_INV_PTLB0_DID, did) |
		       FIELD_PREP(VTD_INV_PTLB0_PASID, pasid), word1);
}

struct ring_cmd vtd_cmd_pasid_iotlb(u16 did, u32 pasid)
{
	return vtd_cmd_ptlb(VTD_PTLB_G_PASID, did, pasid, 0);
}

struct ring_cmd vtd_cmd_pasid_iotlb_block(u16 did, u32 pasid, u64 iova,
					  unsigned int shift, u64 ih)
{
	return vtd_cmd_ptlb(VTD_PTLB_G_PAGE, did, pasid,
			    vtd_block(iova, shift, ih));
}

/* The device is its own physical function; it may be asked 32 times at once. */
struct ring_cmd vtd_cmd_dev_tlb(u16 sid, u32 pasid, u64 iova,
				unsigned int shift)
{
	u64 address = block_ats_address(iova, shift);
	bool sized = shift > VTD_PAGE_SHIFT;

	if (pasid == IOMMUFDX_NO_PASID)
		return vtd_cmd(VTD_INV_DEV_TLB,
			       FIELD_PREP(VTD_INV_DTLB0_SID, sid) |
			       FIELD_PREP(VTD_INV_DTLB0_PFSID_3_0, sid & 0xf) |
			       FIELD_PREP(VTD_INV_DTLB0_PFSID_15_4, sid >> 4),
			       address | (sized ? VTD_INV_DTLB1_S : 0));
	return vtd_cmd(VTD_INV_PASID_DEV_TLB,
		       FIELD_PREP(VTD_INV_PDTLB0_SID, sid) |
		       FIELD_PREP(VTD_INV_PDTLB0_PASID, pasid) |
		       FIELD_PREP(VTD_INV_PDTLB0_PFSID_3_0, sid & 0xf) |
		       FIELD_PREP(VTD_INV_PDTLB0_PFSID_15_4, sid >> 4),
		       (address & VTD_INV_PDTLB1_ADDR) |
		       (sized ? VTD_INV_PDTLB1_S : 0));
}

struct ring_cmd vtd_cmd_dev_tlb_pasids(u16 sid)
{
	struct ring_cmd cmd = vtd_cmd_dev_tlb(sid, 1, 0, 64);

	cmd.word[0] &= ~VTD_INV_PDTLB0_PASID;
	cmd.word[1] |= VTD_INV_PDTLB1_G;
	return cmd;
}

struct ring_cmd vtd_cmd_page_response(u16 sid,
				      const struct iommufdx_page_request *last,
				      int code)
{
	u64 word0 = FIELD_PREP(VTD_PGRP0_RID, sid) |
		    FIELD_PREP(VTD_PGRP0_RC, code);

	if (last->flags & IOMMUFDX_PAGE_PASID_VALID)
		word0 |= VTD_PGRP0_PP |
			 FIELD_PREP(VTD_PGRP0_PASID, last->pasid);
	return vtd_cmd(VTD_INV_PAGE_GRP_RESP, word0,
		       FIELD_PREP(VTD_PGRP1_PRGI, last->grpid));
}
