// SPDX-License-Identifier: GPL-2.0-only
/* Encoding commands. Touches no hardware. */
#include <linux/bitfield.h>
#include "../ring/block.h"
#include "amd.h"

/* What hardware can name in one sized invalidation short of everything. */
#define AMD_INV_MAX_SHIFT	52

static struct ring_cmd amd_cmd(u8 op, u64 word0, u64 word1)
{
	return (struct ring_cmd){
		.word = { FIELD_PREP(AMD_CMD0_OP, op) | word0, word1 },
	};
}

struct ring_cmd amd_cmd_completion_wait(u64 pa, u64 value)
{
	return amd_cmd(AMD_CMD_COMPLETION_WAIT,
		       (pa & AMD_CMD_CW0_PA) | AMD_CMD_CW0_S, value);
}

struct ring_cmd amd_cmd_inv_devtab(u16 devid)
{
	return amd_cmd(AMD_CMD_INV_DEVTAB_ENTRY,
		       FIELD_PREP(AMD_CMD_DTE0_DEVID, devid), 0);
}

struct ring_cmd amd_cmd_inv_all(void)
{
	return amd_cmd(AMD_CMD_INV_IOMMU_ALL, 0, 0);
}

static u64 amd_inv_address(u64 iova, u64 last)
{
	unsigned int shift = block_shift(iova, last);

	if (shift > AMD_INV_MAX_SHIFT)
		shift = 64;
	return block_ats_address(iova, shift) |
	       (shift > AMD_PAGE_SHIFT ? AMD_CMD_PG1_S : 0);
}

struct ring_cmd amd_cmd_inv_pages(u16 domid, u32 pasid, u64 iova, u64 last,
				  unsigned int flags)
{
	u64 word1 = amd_inv_address(iova, last);

	if (flags & AMD_INV_PDE)
		word1 |= AMD_CMD_PG1_PDE;
	if (flags & AMD_INV_GUEST)
		word1 |= AMD_CMD_PG1_GN;
	return amd_cmd(AMD_CMD_INV_IOMMU_PAGES,
		       FIELD_PREP(AMD_CMD_PG0_PASID, pasid) |
		       FIELD_PREP(AMD_CMD_PG0_DOMID, domid), word1);
}

/* The device may be asked 32 times at once. */
struct ring_cmd amd_cmd_inv_iotlb(u16 devid, u32 pasid, u64 iova, u64 last)
{
	u64 word0 = FIELD_PREP(AMD_CMD_TLB0_DEVID, devid) |
		    FIELD_PREP(AMD_CMD_TLB0_MAXPEND, 32) |
		    FIELD_PREP(AMD_CMD_TLB0_QUEUEID, devid);
	u64 word1 = amd_inv_address(iova, last);

	if (pasid != IOMMUFDX_NO_PASID) {
		word0 |= FIELD_PREP(AMD_CMD_TLB0_PASID_7_0, pasid & 0xff) |
			 FIELD_PREP(AMD_CMD_TLB0_PASID_15_8, pasid >> 8 & 0xff) |
			 FIELD_PREP(AMD_CMD_TLB0_PASID_19_16, pasid >> 16);
		word1 |= AMD_CMD_TLB1_GN;
	}
	return amd_cmd(AMD_CMD_INV_IOTLB_PAGES, word0, word1);
}

struct ring_cmd amd_cmd_complete_ppr(u16 devid,
				     const struct iommufdx_page_request *last,
				     int code)
{
	u64 word0 = FIELD_PREP(AMD_CMD_PPR0_DEVID, devid);
	u64 word1 = FIELD_PREP(AMD_CMD_PPR1_TAG, last->grpid) |
		    FIELD_PREP(AMD_CMD_PPR1_STATUS, code);

	if (last->flags & IOMMUFDX_PAGE_PASID_VALID) {
		word0 |= FIELD_PREP(AMD_CMD_PPR0_PASID, last->pasid);
		word1 |= AMD_CMD_PPR1_GN;
	}
	return amd_cmd(AMD_CMD_COMPLETE_PPR, word0, word1);
}
