// SPDX-License-Identifier: GPL-2.0-only
/*
 * How guests write a command queue: IHI 0070 sections 3.5, 4 and 7.1.
 *
 * Commands that invalidate are judged where they are translated
 * (viommu_inv.c); here it is only said that they are such.
 */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/iommufdx/viommu.h>
#include <uapi/linux/iommufdx.h>
#include "smmuv3.h"

#define SMMU_SYNC0_BITS \
	(SMMU_CMD0_OP | SMMU_CMD_SYNC0_CS | SMMU_CMD_SYNC0_MSH | \
	 SMMU_CMD_SYNC0_MSIATTR | SMMU_CMD_SYNC0_MSIDATA)

static u32 smmu_guest_index(u32 reg, u32 entries, u32 *index)
{
	/* One bit more than the length needs; those above are ignored. */
	*index = reg & (2 * entries - 1);
	return 0;
}

static u32 smmu_guest_cons(u32 index, u32 error)
{
	return index | FIELD_PREP(SMMU_CMDQ_CONS_ERR, error);
}

static void smmu_guest_illegal(struct iommufdx_guest_cmd *out)
{
	out->kind = IOMMUFDX_GUEST_CMD_ILLEGAL;
	out->error = SMMU_CERROR_ILL;
}

static void smmu_guest_sync(u64 word0, u64 word1, struct iommufdx_guest_cmd *out)
{
	if ((word0 & ~SMMU_SYNC0_BITS) || (word1 & ~SMMU_CMD_SYNC1_MSIADDR)) {
		smmu_guest_illegal(out);
		return;
	}
	out->kind = IOMMUFDX_GUEST_CMD_SYNC;
	switch (FIELD_GET(SMMU_CMD_SYNC0_CS, word0)) {
	case SMMU_SYNC_CS_NONE:
	/* An event for CPUs that wait for one; a guest's wake up by themselves. */
	case SMMU_SYNC_CS_SEV:
		break;
	case SMMU_SYNC_CS_IRQ:
		if (word1) {
			out->store_bytes = sizeof(u32);
			out->store_addr = word1;
			out->store_value = FIELD_GET(SMMU_CMD_SYNC0_MSIDATA,
						     word0);
		} else {
			out->interrupt = true;
		}
		break;
	default:
		smmu_guest_illegal(out);
	}
}

static void smmu_guest_decode(const void *data, struct iommufdx_guest_cmd *out)
{
	const __le64 *cmd = data;
	u64 word0 = le64_to_cpu(cmd[0]);

	if (word0 & SMMU_CMD0_SSEC) {
		smmu_guest_illegal(out);
		return;
	}
	switch (FIELD_GET(SMMU_CMD0_OP, word0)) {
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_NH_ASID:
	case SMMU_CMD_TLBI_NH_VA:
	case SMMU_CMD_TLBI_NH_VAA:
	case SMMU_CMD_TLBI_NSNH_ALL:
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
	case SMMU_CMD_ATC_INV:
		out->kind = IOMMUFDX_GUEST_CMD_INVALIDATE;
		break;
	case SMMU_CMD_SYNC:
		smmu_guest_sync(word0, le64_to_cpu(cmd[1]), out);
		break;
	case SMMU_CMD_PREFETCH_CONFIG:
	case SMMU_CMD_PREFETCH_ADDR:
		out->kind = IOMMUFDX_GUEST_CMD_NOTHING;
		break;
	/* Stream table entries, and answers to requests, are the VMM's. */
	case SMMU_CMD_CFGI_STE:
	case SMMU_CMD_CFGI_STE_RANGE:
	case SMMU_CMD_PRI_RESP:
	case SMMU_CMD_RESUME:
	case SMMU_CMD_STALL_TERM:
		out->kind = IOMMUFDX_GUEST_CMD_VMM;
		break;
	default:
		smmu_guest_illegal(out);
	}
}

const struct iommufdx_guest_queue_ops smmu_guest_queue_ops = {
	.type = IOMMUFDX_HW_QUEUE_TYPE_SMMUV3_CMDQ,
	.cmd_size = SMMU_CMD_SIZE,
	.min_entries = 2,
	.max_entries = 1 << SMMU_QUEUE_LOG2_MAX,
	.wrap_bit = true,
	.prod_offset = SMMU_REG_CMDQ_PROD,
	.cons_offset = SMMU_REG_CMDQ_CONS,
	.illegal_error = SMMU_CERROR_ILL,
	.timeout_error = SMMU_CERROR_ATC_INV_SYNC,
	.abort_error = SMMU_CERROR_ABT,
	.tail_error = SMMU_CERROR_ABT,
	.index = smmu_guest_index,
	.cons_reg = smmu_guest_cons,
	.decode = smmu_guest_decode,
};
