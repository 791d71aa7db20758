// SPDX-License-Identifier: GPL-2.0-only
/* How the generic mock IOMMU's guests write their command queue. */
#include <linux/bitfield.h>

#include "selftest_mock.h"

#define SELFTEST_REG_PROD	0
#define SELFTEST_REG_CONS	4
#define SELFTEST_CONS_ERROR	GENMASK(31, 24)

static u32 selftest_guest_index(u32 reg, u32 entries, u32 *index)
{
	*index = reg & ~SELFTEST_CONS_ERROR;
	return *index < entries ? 0 : IOMMU_TEST_GUEST_TAIL;
}

static u32 selftest_guest_cons(u32 index, u32 error)
{
	return index | FIELD_PREP(SELFTEST_CONS_ERROR, error);
}

static void selftest_guest_decode(const void *data,
				  struct iommufdx_guest_cmd *out)
{
	const struct iommu_test_guest_cmd *cmd = data;
	u64 addr;

	switch (cmd->op) {
	case IOMMU_TEST_GUEST_INVALIDATE:
		out->kind = IOMMUFDX_GUEST_CMD_INVALIDATE;
		break;
	case IOMMU_TEST_GUEST_SYNC:
		out->kind = IOMMUFDX_GUEST_CMD_SYNC;
		addr = (u64)cmd->sync.addr_hi << 32 | cmd->sync.addr;
		out->interrupt = addr & 1;
		out->store_addr = addr & ~1ULL;
		out->store_bytes = out->store_addr ? sizeof(u32) : 0;
		out->store_value = cmd->sync.value;
		break;
	case IOMMU_TEST_GUEST_NOTHING:
		out->kind = IOMMUFDX_GUEST_CMD_NOTHING;
		break;
	case IOMMU_TEST_GUEST_VMM:
		out->kind = IOMMUFDX_GUEST_CMD_VMM;
		break;
	default:
		out->kind = IOMMUFDX_GUEST_CMD_ILLEGAL;
		out->error = IOMMU_TEST_GUEST_ILLEGAL;
	}
}

const struct iommufdx_guest_queue_ops selftest_guest_queue_ops = {
	.type = IOMMU_HW_QUEUE_TYPE_SELFTEST_GUEST,
	.cmd_size = sizeof(struct iommu_test_guest_cmd),
	.min_entries = 4,
	.max_entries = 4096,
	.align = sizeof(struct iommu_test_guest_cmd),
	.prod_offset = SELFTEST_REG_PROD,
	.cons_offset = SELFTEST_REG_CONS,
	.illegal_error = IOMMU_TEST_GUEST_REFUSED,
	.timeout_error = IOMMU_TEST_GUEST_TIMEOUT,
	.abort_error = IOMMU_TEST_GUEST_ABORT,
	.index = selftest_guest_index,
	.cons_reg = selftest_guest_cons,
	.decode = selftest_guest_decode,
};
