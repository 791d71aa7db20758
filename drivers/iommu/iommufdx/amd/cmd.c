// SPDX-License-Identifier: GPL-2.0-only
/* Encoding commands. Touches no hardware. */
#include <linux/bitfield.h>
#include <linux/limits.h>
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

struct ring_cmd amd_cmd_inv_pages(u16 domid, u64 iova, u64 last,
				  unsigned int flags)
{
	u64 word1 = amd_inv_address(iova, last);

	if (flags & AMD_INV_PDE)
		word1 |= AMD_CMD_PG1_PDE;
	return amd_cmd(AMD_CMD_INV_IOMMU_PAGES,
		       FIELD_PREP(AMD_CMD_PG0_DOMID, domid), word1);
}

void amd_batch_range(struct ring_batch *batch, u16 domid, u64 iova, u64 last,
		     unsigned int flags)
{
	u64 middle;

	if (block_cut(iova, last, &middle)) {
		ring_batch_add(batch, amd_cmd_inv_pages(domid, iova, middle - 1,
							flags));
		iova = middle;
	}
	ring_batch_add(batch, amd_cmd_inv_pages(domid, iova, last, flags));
}

void amd_batch_domain(struct ring_batch *batch, u16 domid)
{
	ring_batch_add(batch,
		       amd_cmd_inv_pages(domid, 0, U64_MAX, AMD_INV_PDE));
}
