// SPDX-License-Identifier: GPL-2.0-only
/* Encoding commands. Touches no hardware. */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/limits.h>
#include "amd.h"

/* What hardware can name in one sized invalidation short of everything. */
#define AMD_INV_MAX_SHIFT	52

static struct amd_cmd amd_cmd(u8 op, u64 word0, u64 word1)
{
	return (struct amd_cmd){
		.word = { FIELD_PREP(AMD_CMD0_OP, op) | word0, word1 },
	};
}

struct amd_cmd amd_cmd_completion_wait(u64 pa, u64 value)
{
	return amd_cmd(AMD_CMD_COMPLETION_WAIT,
		       (pa & AMD_CMD_CW0_PA) | AMD_CMD_CW0_S, value);
}

struct amd_cmd amd_cmd_inv_devtab(u16 devid)
{
	return amd_cmd(AMD_CMD_INV_DEVTAB_ENTRY,
		       FIELD_PREP(AMD_CMD_DTE0_DEVID, devid), 0);
}

struct amd_cmd amd_cmd_inv_all(void)
{
	return amd_cmd(AMD_CMD_INV_IOMMU_ALL, 0, 0);
}

/* log2 of the smallest naturally aligned block that holds both addresses. */
static unsigned int amd_block_shift(u64 iova, u64 last)
{
	unsigned int shift = fls64(iova ^ last);

	return shift < AMD_PAGE_SHIFT ? AMD_PAGE_SHIFT : shift;
}

/*
 * A block of 2^n bytes, n > 12, is named by its address with bits n-2 to 12 set
 * and bit n-1 clear.
 */
static u64 amd_inv_address(u64 iova, u64 last)
{
	unsigned int shift = amd_block_shift(iova, last);

	if (shift == AMD_PAGE_SHIFT)
		return iova & AMD_CMD_PG1_ADDR;
	if (shift > AMD_INV_MAX_SHIFT)
		return AMD_CMD_PG1_ADDR_ALL | AMD_CMD_PG1_S;
	iova &= GENMASK_ULL(63, shift);
	if (shift > AMD_PAGE_SHIFT + 1)
		iova |= GENMASK_ULL(shift - 2, AMD_PAGE_SHIFT);
	return iova | AMD_CMD_PG1_S;
}

struct amd_cmd amd_cmd_inv_pages(u16 domid, u64 iova, u64 last,
				 unsigned int flags)
{
	u64 word1 = amd_inv_address(iova, last);

	if (flags & AMD_INV_PDE)
		word1 |= AMD_CMD_PG1_PDE;
	return amd_cmd(AMD_CMD_INV_IOMMU_PAGES,
		       FIELD_PREP(AMD_CMD_PG0_DOMID, domid), word1);
}

/*
 * A short range may straddle the middle of a large block. Cut there, each part
 * touches the middle, and the smallest block that holds it is less than twice
 * as long.
 */
void amd_batch_range(struct amd_batch *batch, u16 domid, u64 iova, u64 last,
		     unsigned int flags)
{
	unsigned int shift;
	u64 middle;

	iova = round_down(iova, 1ULL << AMD_PAGE_SHIFT);
	last |= GENMASK_ULL(AMD_PAGE_SHIFT - 1, 0);
	shift = amd_block_shift(iova, last);
	if (shift == AMD_PAGE_SHIFT || last - iova >= 1ULL << (shift - 1)) {
		amd_batch_add(batch, amd_cmd_inv_pages(domid, iova, last, flags));
		return;
	}
	middle = last & GENMASK_ULL(63, shift - 1);
	amd_batch_add(batch, amd_cmd_inv_pages(domid, iova, middle - 1, flags));
	amd_batch_add(batch, amd_cmd_inv_pages(domid, middle, last, flags));
}

void amd_batch_domain(struct amd_batch *batch, u16 domid)
{
	amd_batch_add(batch,
		      amd_cmd_inv_pages(domid, 0, U64_MAX, AMD_INV_PDE));
}
