// SPDX-License-Identifier: GPL-2.0-only
/*
 * How guests write an invalidation queue: VT-d specification, sections 6.5.2 and
 * 11.4.9. Nesting is scalable mode, in which descriptors have 256 bits.
 *
 * Descriptors that invalidate translations are judged where they are carried
 * out; here it is only said that they are such.
 */
#include <asm/byteorder.h>
#include <linux/bitfield.h>
#include <linux/sizes.h>
#include <linux/iommufdx/viommu.h>
#include <uapi/linux/iommufdx.h>
#include "vtd.h"

/* A queue of 4 KiB << IQA.QS, which has three bits. */
#define VTD_GUEST_MIN_ENTRIES	(SZ_4K / VTD_IQ_DESC_256)
#define VTD_GUEST_MAX_ENTRIES	(VTD_GUEST_MIN_ENTRIES << 7)
/* FSTS.ITE, which is not one of IQERCD's codes. */
#define VTD_GUEST_ITE		0x100

static u32 vtd_guest_index(u32 reg, u32 entries, u32 *index)
{
	*index = FIELD_GET(VTD_IQ_PTR_256, (u64)reg);
	if (*index >= entries)
		return VTD_IQEI_TAIL;
	/* Half a descriptor. */
	return reg & VTD_IQ_PTR & ~VTD_IQ_PTR_256 ? VTD_IQEI_TAIL_ALIGN : 0;
}

static u32 vtd_guest_cons(u32 index, u32 error)
{
	return FIELD_PREP(VTD_IQ_PTR_256, (u64)index);
}

static void vtd_guest_illegal(struct iommufdx_guest_cmd *out, u32 error)
{
	out->kind = IOMMUFDX_GUEST_CMD_ILLEGAL;
	out->error = error;
}

static void vtd_guest_wait(u64 word0, u64 word1, struct iommufdx_guest_cmd *out)
{
	if ((word0 & VTD_INV_WAIT0_RSVD) || (word1 & VTD_INV_WAIT1_RSVD)) {
		vtd_guest_illegal(out, VTD_IQEI_RSVD);
		return;
	}
	/* For page requests too: they pass through the VMM, which has to tell. */
	if (word0 & VTD_INV_WAIT0_PD) {
		out->kind = IOMMUFDX_GUEST_CMD_VMM;
		return;
	}
	/* Its fence is that a batch never goes past one. */
	out->kind = IOMMUFDX_GUEST_CMD_SYNC;
	out->interrupt = word0 & VTD_INV_WAIT0_IF;
	if (word0 & VTD_INV_WAIT0_SW) {
		out->store_bytes = sizeof(u32);
		out->store_addr = word1;
		out->store_value = FIELD_GET(VTD_INV_WAIT0_DATA, word0);
	}
}

static void vtd_guest_decode(const void *data, struct iommufdx_guest_cmd *out)
{
	const __le64 *desc = data;
	u64 word0 = le64_to_cpu(desc[0]);

	if (desc[2] || desc[3]) {
		vtd_guest_illegal(out, VTD_IQEI_RSVD);
		return;
	}
	if (word0 & VTD_INV0_TYPE_6_4) {
		vtd_guest_illegal(out, VTD_IQEI_TYPE);
		return;
	}
	switch (FIELD_GET(VTD_INV0_TYPE_3_0, word0)) {
	case VTD_INV_IOTLB:
	case VTD_INV_DEV_TLB:
	case VTD_INV_PASID_IOTLB:
	case VTD_INV_PASID_DEV_TLB:
		out->kind = IOMMUFDX_GUEST_CMD_INVALIDATE;
		break;
	case VTD_INV_WAIT:
		vtd_guest_wait(word0, le64_to_cpu(desc[1]), out);
		break;
	/* Tables that the VMM follows, interrupts, and answers are the VMM's. */
	case VTD_INV_CONTEXT:
	case VTD_INV_INT_ENTRY:
	case VTD_INV_PASID_CACHE:
	case VTD_INV_PAGE_GRP_RESP:
		out->kind = IOMMUFDX_GUEST_CMD_VMM;
		break;
	default:
		vtd_guest_illegal(out, VTD_IQEI_TYPE);
	}
}

const struct iommufdx_guest_queue_ops vtd_guest_queue_ops = {
	.type = IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ,
	.cmd_size = VTD_IQ_DESC_256,
	.min_entries = VTD_GUEST_MIN_ENTRIES,
	.max_entries = VTD_GUEST_MAX_ENTRIES,
	.align = SZ_4K,
	.prod_offset = VTD_REG_IQT,
	.cons_offset = VTD_REG_IQH,
	.illegal_error = VTD_IQEI_RSVD,
	.timeout_error = VTD_GUEST_ITE,
	.abort_error = VTD_IQEI_FETCH,
	.index = vtd_guest_index,
	.cons_reg = vtd_guest_cons,
	.decode = vtd_guest_decode,
};
