// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* AMD command buffers: AMD 48882, sections 2.4 and 2.5. */
#include "queue.h"

/* Event codes, which is what the event log has of an error. */
enum { ILLEGAL_COMMAND_ERROR = 5, COMMAND_HARDWARE_ERROR = 6,
       IOTLB_INV_TIMEOUT = 7 };

static uint32_t amd_index(uint32_t reg, uint32_t entries, uint32_t *index)
{
	*index = queue_bits(reg, 18, 4);
	return *index < entries ? 0 : COMMAND_HARDWARE_ERROR;
}

static uint32_t amd_reg(uint32_t index, uint32_t error)
{
	(void)error;
	return index << 4;
}

static void amd_wait(const uint64_t *words, struct queue_command *out)
{
	if (queue_bits(words[0], 59, 52)) {
		queue_illegal(out, ILLEGAL_COMMAND_ERROR);
		return;
	}
	out->kind = QUEUE_SYNC;
	out->interrupt = queue_bits(words[0], 1, 1);
	out->store_len = queue_bits(words[0], 0, 0) ? 8 : 0;
	out->store_addr = queue_bits(words[0], 51, 3) << 3;
	out->store_value = words[1];
}

static void amd_decode(const uint64_t *words, struct queue_command *out)
{
	switch (queue_bits(words[0], 63, 60)) {
	case 0x3: /* INVALIDATE_IOMMU_PAGES */
	case 0x4: /* INVALIDATE_IOTLB_PAGES */
	case 0x8: /* INVALIDATE_IOMMU_ALL */
		out->kind = QUEUE_ENTRY;
		out->entry.raw[0] = htole64(words[0]);
		out->entry.raw[1] = htole64(words[1]);
		break;
	case 0x1: /* COMPLETION_WAIT */
		amd_wait(words, out);
		break;
	case 0x6: /* PREFETCH_IOMMU_PAGES */
		out->kind = QUEUE_NOTHING;
		break;
	case 0x2: /* INVALIDATE_DEVTAB_ENTRY */
	case 0x5: /* INVALIDATE_INTERRUPT_TABLE */
	case 0x7: /* COMPLETE_PPR_REQUEST */
		out->kind = QUEUE_VMM;
		break;
	default:
		queue_illegal(out, ILLEGAL_COMMAND_ERROR);
	}
}

const struct queue_vendor queue_amd = {
	.command_len = 16,
	.entry_len = 16,
	.refused_error = ILLEGAL_COMMAND_ERROR,
	.timeout_error = IOTLB_INV_TIMEOUT,
	.fetch_error = COMMAND_HARDWARE_ERROR,
	.store_error = COMMAND_HARDWARE_ERROR,
	.index = amd_index,
	.reg = amd_reg,
	.decode = amd_decode,
};
