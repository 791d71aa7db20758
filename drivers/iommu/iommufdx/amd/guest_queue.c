// SPDX-License-Identifier: GPL-2.0-only
/*
 * How guests write a command buffer: AMD I/O Virtualization Technology (IOMMU)
 * Specification 48882, sections 2.4 and 2.5.
 *
 * Commands that invalidate translations are judged where they are translated;
 * here it is only said that they are such.
 */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/sizes.h>
#include <linux/iommufdx/viommu.h>
#include <uapi/linux/iommufdx.h>
#include "nested.h"

#define AMD_GUEST_CMD_BYTES	16
/* Bits 18:4 of the pointers. */
#define AMD_GUEST_CMD_PTR	GENMASK(18, 4)
/* The page of the pointers is the third of the register page's. */
#define AMD_GUEST_REG(reg)	((reg) & (SZ_4K - 1))

static u32 amd_guest_index(u32 reg, u32 entries, u32 *index)
{
	*index = FIELD_GET(AMD_GUEST_CMD_PTR, reg);
	return *index < entries ? 0 : AMD_EVT_COMMAND_HW_ERROR;
}

static u32 amd_guest_cons(u32 index, u32 error)
{
	return FIELD_PREP(AMD_GUEST_CMD_PTR, index);
}

static void amd_guest_illegal(struct iommufdx_guest_cmd *out)
{
	out->kind = IOMMUFDX_GUEST_CMD_ILLEGAL;
	out->error = AMD_EVT_ILLEGAL_COMMAND;
}

static void amd_guest_wait(u64 word0, u64 word1, struct iommufdx_guest_cmd *out)
{
	if (word0 & AMD_CMD_CW0_RSVD) {
		amd_guest_illegal(out);
		return;
	}
	/* Its fence is that a batch never goes past one. */
	out->kind = IOMMUFDX_GUEST_CMD_SYNC;
	out->interrupt = word0 & AMD_CMD_CW0_I;
	if (word0 & AMD_CMD_CW0_S) {
		out->store_bytes = sizeof(u64);
		out->store_addr = word0 & AMD_CMD_CW0_PA;
		out->store_value = word1;
	}
}

static void amd_guest_decode(const void *data, struct iommufdx_guest_cmd *out)
{
	const __le64 *cmd = data;
	u64 word0 = le64_to_cpu(cmd[0]);

	switch (FIELD_GET(AMD_CMD0_OP, word0)) {
	case AMD_CMD_INV_IOMMU_PAGES:
	case AMD_CMD_INV_IOTLB_PAGES:
	case AMD_CMD_INV_IOMMU_ALL:
		out->kind = IOMMUFDX_GUEST_CMD_INVALIDATE;
		break;
	case AMD_CMD_COMPLETION_WAIT:
		amd_guest_wait(word0, le64_to_cpu(cmd[1]), out);
		break;
	case AMD_CMD_PREFETCH:
		out->kind = IOMMUFDX_GUEST_CMD_NOTHING;
		break;
	/* Tables that the VMM follows, interrupts, and answers are the VMM's. */
	case AMD_CMD_INV_DEVTAB_ENTRY:
	case AMD_CMD_INV_INT_TABLE:
	case AMD_CMD_COMPLETE_PPR:
		out->kind = IOMMUFDX_GUEST_CMD_VMM;
		break;
	default:
		amd_guest_illegal(out);
	}
}

const struct iommufdx_guest_queue_ops amd_guest_queue_ops = {
	.type = IOMMUFDX_HW_QUEUE_TYPE_AMD_CMDBUF,
	.cmd_size = AMD_GUEST_CMD_BYTES,
	.min_entries = 1 << 8,
	.max_entries = 1 << 15,
	.align = SZ_4K,
	.prod_offset = AMD_GUEST_REG(AMD_REG_CMD_TAIL),
	.cons_offset = AMD_GUEST_REG(AMD_REG_CMD_HEAD),
	.illegal_error = AMD_EVT_ILLEGAL_COMMAND,
	.timeout_error = AMD_EVT_IOTLB_INV_TIMEOUT,
	.abort_error = AMD_EVT_COMMAND_HW_ERROR,
	.store_error = AMD_EVT_COMMAND_HW_ERROR,
	.index = amd_guest_index,
	.cons_reg = amd_guest_cons,
	.decode = amd_guest_decode,
	.log_error = amd_vevent_command,
};
