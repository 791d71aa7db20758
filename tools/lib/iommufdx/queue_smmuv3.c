// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* SMMUv3 command queues: Arm IHI 0070, chapters 3.5, 4 and 7.1. */
#include "queue.h"

enum { CERROR_ILL = 1, CERROR_ABT = 2, CERROR_ATC_INV_SYNC = 3 };
enum { CS_NONE, CS_IRQ, CS_SEV };

static uint32_t smmuv3_index(uint32_t reg, uint32_t entries, uint32_t *index)
{
	*index = reg & (2 * entries - 1);
	return 0;
}

static uint32_t smmuv3_reg(uint32_t index, uint32_t error)
{
	return index | error << 24;
}

static void smmuv3_sync(const uint64_t *words, struct queue_command *out)
{
	uint64_t cs = queue_bits(words[0], 13, 12);

	/* CS, MSH, MSIAttr and MSIData; MSIAddress. */
	if (queue_bits(words[0], 11, 8) || queue_bits(words[0], 21, 14) ||
	    queue_bits(words[0], 31, 28) || queue_bits(words[1], 63, 56) ||
	    queue_bits(words[1], 1, 0) || cs > CS_SEV) {
		queue_illegal(out, CERROR_ILL);
		return;
	}
	out->kind = QUEUE_SYNC;
	if (cs != CS_IRQ)
		return;
	out->interrupt = !words[1];
	out->store_len = words[1] ? 4 : 0;
	out->store_addr = words[1];
	out->store_value = queue_bits(words[0], 63, 32);
}

static void smmuv3_decode(const uint64_t *words, struct queue_command *out)
{
	/* SSec: of no command that is not Secure */
	if (queue_bits(words[0], 10, 10)) {
		queue_illegal(out, CERROR_ILL);
		return;
	}
	switch (queue_bits(words[0], 7, 0)) {
	case 0x05: /* CFGI_CD */
	case 0x06: /* CFGI_CD_ALL */
	case 0x10: /* TLBI_NH_ALL */
	case 0x11: /* TLBI_NH_ASID */
	case 0x12: /* TLBI_NH_VA */
	case 0x13: /* TLBI_NH_VAA */
	case 0x30: /* TLBI_NSNH_ALL */
	case 0x40: /* ATC_INV */
		out->kind = QUEUE_ENTRY;
		out->entry.raw[0] = htole64(words[0]);
		out->entry.raw[1] = htole64(words[1]);
		break;
	case 0x46: /* SYNC */
		smmuv3_sync(words, out);
		break;
	case 0x01: /* PREFETCH_CONFIG */
	case 0x02: /* PREFETCH_ADDR */
		out->kind = QUEUE_NOTHING;
		break;
	case 0x03: /* CFGI_STE */
	case 0x04: /* CFGI_STE_RANGE, CFGI_ALL */
	case 0x41: /* PRI_RESP */
	case 0x44: /* RESUME */
	case 0x45: /* STALL_TERM */
		out->kind = QUEUE_VMM;
		break;
	default:
		queue_illegal(out, CERROR_ILL);
	}
}

const struct queue_vendor queue_smmuv3 = {
	.command_len = 16,
	.entry_len = 16,
	.wrap_bit = true,
	.refused_error = CERROR_ILL,
	.timeout_error = CERROR_ATC_INV_SYNC,
	.fetch_error = CERROR_ABT,
	.tail_error = CERROR_ABT,
	.index = smmuv3_index,
	.reg = smmuv3_reg,
	.decode = smmuv3_decode,
};
