// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * VT-d invalidation queues in scalable mode: VT-d specification, section 6.5.2.
 *
 * For a vIOMMU, descriptors stay as they are. For single HWPTs, invalidations of
 * translations become ranges of first-stage tables. Those of device TLBs are
 * dropped then: the kernel invalidates device TLBs along with every range, and a
 * guest changes its table before it asks for either.
 */
#include "queue.h"

enum { IQEI_TAIL = 1, IQEI_FETCH = 2, IQEI_TYPE = 3, IQEI_RSVD = 4,
       IQEI_TAIL_ALIGN = 6 };
/* FSTS.ITE is not one of those codes. */
#define ITE	0x100

static uint32_t vtd_index(uint32_t reg, uint32_t entries, uint32_t *index)
{
	*index = queue_bits(reg, 18, 5);
	if (*index >= entries)
		return IQEI_TAIL;
	/* Half a descriptor. */
	return queue_bits(reg, 4, 4) ? IQEI_TAIL_ALIGN : 0;
}

static uint32_t vtd_reg(uint32_t index, uint32_t error)
{
	(void)error;
	return index << 5;
}

static void vtd_wait(const uint64_t *words, struct queue_command *out)
{
	if (queue_bits(words[0], 8, 8) || queue_bits(words[0], 31, 12) ||
	    queue_bits(words[1], 1, 0)) {
		queue_illegal(out, IQEI_RSVD);
		return;
	}
	/* For page requests too: they pass through the VMM, which has to tell. */
	if (queue_bits(words[0], 7, 7)) {
		out->kind = QUEUE_VMM;
		return;
	}
	out->kind = QUEUE_SYNC;
	out->interrupt = queue_bits(words[0], 4, 4);
	out->store_len = queue_bits(words[0], 5, 5) ? 4 : 0;
	out->store_addr = words[1];
	out->store_value = queue_bits(words[0], 63, 32);
}

static void vtd_whole(struct queue_command *out)
{
	out->entry.s1.addr = 0;
	out->entry.s1.npages = UINT64_MAX;
}

/* Pages of @word: 2^AM of them, aligned so. */
static void vtd_pages(uint64_t word, struct queue_command *out)
{
	uint64_t am = queue_bits(word, 5, 0);

	if (am > 51) {
		vtd_whole(out);
		return;
	}
	out->entry.s1.npages = 1ull << am;
	out->entry.s1.addr = word >> (12 + am) << (12 + am);
	if (queue_bits(word, 6, 6))
		out->entry.s1.flags = IOMMU_VTD_INV_FLAGS_LEAF;
}

static void vtd_pasid_iotlb(const uint64_t *words, struct queue_command *out)
{
	if (queue_bits(words[0], 8, 6) || queue_bits(words[0], 15, 12) ||
	    queue_bits(words[0], 63, 52) || queue_bits(words[1], 11, 7)) {
		queue_illegal(out, IQEI_RSVD);
		return;
	}
	out->kind = QUEUE_ENTRY;
	out->scope = IOMMUFDX_SCOPE_PASID;
	out->did = queue_bits(words[0], 31, 16);
	out->pasid = queue_bits(words[0], 51, 32);
	switch (queue_bits(words[0], 5, 4)) {
	case 2:
		vtd_whole(out);
		break;
	case 3:
		vtd_pages(words[1], out);
		break;
	default:
		queue_illegal(out, IQEI_RSVD);
	}
}

/* Of a second stage, which a nesting guest has none of, and what is cached of it. */
static void vtd_iotlb(const uint64_t *words, struct queue_command *out)
{
	uint64_t granularity = queue_bits(words[0], 5, 4);

	if (queue_bits(words[0], 8, 8) || queue_bits(words[0], 15, 12) ||
	    queue_bits(words[0], 63, 32) || queue_bits(words[1], 11, 7)) {
		queue_illegal(out, IQEI_RSVD);
		return;
	}
	if (!granularity) {
		queue_illegal(out, IQEI_RSVD);
		return;
	}
	out->kind = QUEUE_ENTRY;
	vtd_whole(out);
	if (granularity == 1)
		return;
	out->scope = IOMMUFDX_SCOPE_DID;
	out->did = queue_bits(words[0], 31, 16);
}

static void vtd_decode(const uint64_t *words, struct queue_command *out)
{
	if (words[2] || words[3]) {
		queue_illegal(out, IQEI_RSVD);
		return;
	}
	switch (queue_bits(words[0], 11, 9) << 4 | queue_bits(words[0], 3, 0)) {
	case 0x2:
		vtd_iotlb(words, out);
		break;
	case 0x5:
		vtd_wait(words, out);
		break;
	case 0x6:
		vtd_pasid_iotlb(words, out);
		break;
	case 0x3: /* device TLB */
	case 0x8: /* PASID-based device TLB */
		out->kind = QUEUE_NOTHING;
		break;
	case 0x1: /* context cache */
	case 0x4: /* interrupt entry cache */
	case 0x7: /* PASID cache */
	case 0x9: /* page group response */
		out->kind = QUEUE_VMM;
		break;
	default:
		queue_illegal(out, IQEI_TYPE);
	}
}

/* What the others are is the same for both. */
static void vtd_raw_decode(const uint64_t *words, struct queue_command *out)
{
	unsigned int i;

	vtd_decode(words, out);
	if (out->kind != QUEUE_ENTRY && out->kind != QUEUE_NOTHING)
		return;
	*out = (struct queue_command){ .kind = QUEUE_ENTRY };
	for (i = 0; i < 4; i++)
		out->entry.raw[i] = htole64(words[i]);
}

const struct queue_vendor queue_vtd = {
	.command_len = 32,
	.entry_len = sizeof(struct iommu_hwpt_vtd_s1_invalidate),
	.refused_error = IQEI_RSVD,
	.timeout_error = ITE,
	.fetch_error = IQEI_FETCH,
	.index = vtd_index,
	.reg = vtd_reg,
	.decode = vtd_decode,
};

const struct queue_vendor queue_vtd_raw = {
	.command_len = 32,
	.entry_len = sizeof(struct iommufdx_viommu_vtd_invalidate),
	.refused_error = IQEI_RSVD,
	.timeout_error = ITE,
	.fetch_error = IQEI_FETCH,
	.index = vtd_index,
	.reg = vtd_reg,
	.decode = vtd_raw_decode,
};
