// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * SMMUv3's part of a follower: Arm IHI 0070, chapters 3.3 and 5 (stream table,
 * context descriptors) and 4.3 (commands).
 *
 * A guest has stage 1 only. Where it is hardware that reads context descriptors,
 * a stream's entry is all there is to follow.
 */
#include "follow_internal.h"

#include <string.h>

/* STE.Config, bits 3:1 of word 0 */
#define CONFIG_BYPASS	4
#define CONFIG_S1	5

/* STE.S1DSS, bits 1:0 of word 1 */
#define S1DSS_TERMINATE	0
#define S1DSS_BYPASS	1
#define S1DSS_SSID0	2

#define SSID_BITS	20
/* log2 of the bytes of what tables hold */
#define STE_SHIFT	6
#define CD_SHIFT	6
#define L1_SHIFT	3

#define CD_BYTES	(1 << CD_SHIFT)
#define CD_WORDS	8
#define CHUNK_CDS	64

#define OP_CFGI_STE		0x03
#define OP_CFGI_STE_RANGE	0x04
#define OP_CFGI_CD		0x05
#define OP_CFGI_CD_ALL		0x06

/* Bits of a table's address below its length are not looked at. */
static uint64_t align_to(uint64_t addr, unsigned int log2_bytes)
{
	return addr >> log2_bytes << log2_bytes;
}

static bool read_ste(struct follow_scan *scan, uint64_t ste[8])
{
	uint64_t table = follow_addr(scan->regs.base, 55, 6);
	unsigned int log2size = follow_bits(scan->regs.base_cfg, 5, 0);
	unsigned int split = follow_bits(scan->regs.base_cfg, 10, 6);
	uint64_t index = scan->device, l1;
	unsigned int span;

	/* Stream IDs have 32 bits. */
	if (log2size > 32)
		log2size = 32;
	if (index >> log2size)
		return false;
	switch (follow_bits(scan->regs.base_cfg, 17, 16)) {
	case 0:
		table = align_to(table, STE_SHIFT + log2size);
		break;
	case 1:
		if (split != 6 && split != 8 && split != 10)
			return false;
		if (log2size > split)
			table = align_to(table, L1_SHIFT + log2size - split);
		if (!follow_read(scan, table + (index >> split) * 8, &l1, 1))
			return false;
		/* Span n: 2^(n - 1) entries, of what SPLIT allows. */
		span = follow_bits(l1, 4, 0);
		index &= (1u << split) - 1;
		if (!span || span > split + 1 || index >> (span - 1))
			return false;
		table = align_to(follow_addr(l1, 55, 6), STE_SHIFT + span - 1);
		break;
	default:
		return false;
	}
	return follow_read(scan, table + index * 64, ste, 8);
}

/*
 * Emit the context descriptors @first to @last that lie side by side at @table,
 * which holds number 0 of them. False: the scan ends.
 */
static bool scan_cds(struct follow_scan *scan, uint64_t table, uint32_t base,
		     uint32_t first, uint32_t last,
		     struct iommufdx_follow_desc *desc)
{
	uint64_t cds[CHUNK_CDS][CD_WORDS];
	uint32_t rid = desc->pasid, nr, i;
	uint64_t at;

	for (; first <= last; first += nr) {
		at = table + (uint64_t)first * CD_BYTES;
		nr = CHUNK_CDS - at / CD_BYTES % CHUNK_CDS;
		if (nr > last - first + 1)
			nr = last - first + 1;
		if (!follow_read(scan, at, cds[0], nr * CD_WORDS))
			continue;
		for (i = 0; i < nr; i++) {
			if (!(cds[i][0] >> 31 & 1))
				continue;
			desc->index = base + first + i;
			desc->pasid = rid == IOMMUFDX_FOLLOW_RID ? rid :
								   desc->index;
			desc->domain = follow_bits(cds[i][0], 63, 48);
			memcpy(desc->entry, cds[i], sizeof(desc->entry));
			if (!follow_emit(scan, desc))
				return false;
		}
	}
	return true;
}

/* The same, by number, wherever the stream's entry has them. */
static void scan_ssids(struct follow_scan *scan, uint32_t first, uint32_t last,
		       struct iommufdx_follow_desc *desc)
{
	uint64_t table = follow_addr(desc->config[0], 55, 6), l1;
	unsigned int fmt = follow_bits(desc->config[0], 5, 4);
	unsigned int cdmax = follow_bits(desc->config[0], 63, 59);
	/* CDs of a level 2 table: 4 or 64 KiB. */
	unsigned int bits = fmt == 1 ? 6 : 10;
	uint32_t end, base;

	if (!fmt) {
		scan_cds(scan, align_to(table, CD_SHIFT + cdmax), 0, first,
			 last, desc);
		return;
	}
	if (cdmax > bits)
		table = align_to(table, L1_SHIFT + cdmax - bits);
	for (; first <= last; first = end + 1) {
		base = first >> bits << bits;
		end = base + (1u << bits) - 1;
		if (end > last)
			end = last;
		if (!follow_read(scan, table + (first >> bits) * 8, &l1, 1) ||
		    !(l1 & 1))
			continue;
		if (!scan_cds(scan, align_to(follow_addr(l1, 55, 12),
					     CD_SHIFT + bits),
			      base, first - base, end - base, desc))
			return;
	}
}

static void scan_stage1(struct follow_scan *scan,
			struct iommufdx_follow_desc *desc)
{
	unsigned int cdmax = follow_bits(desc->config[0], 63, 59);
	unsigned int dss = cdmax ? follow_bits(desc->config[1], 1, 0) :
				   S1DSS_SSID0;
	struct iommufdx_follow_desc rid = *desc;
	uint32_t first, last;

	/* Formats, and where requests without a PASID go, that do not exist. */
	if (cdmax > SSID_BITS || dss > S1DSS_SSID0 ||
	    (cdmax && follow_bits(desc->config[0], 5, 4) == 3))
		return;
	if (!cdmax) {
		/* One descriptor, whatever the format says. */
		scan_cds(scan, follow_addr(desc->config[0], 55, 6), 0, 0, 0,
			 &rid);
		return;
	}
	/* Where those have the first one, nobody else does. */
	first = dss == S1DSS_SSID0;
	if (first < scan->first)
		first = scan->first;
	last = (1u << cdmax) - 1;
	if (last > scan->last)
		last = scan->last;
	desc->pasid = 0;
	if (first <= last)
		scan_ssids(scan, first, last, desc);
	if (scan->error)
		return;
	if (dss == S1DSS_BYPASS) {
		rid.kind = IOMMUFDX_FOLLOW_BYPASS;
		follow_emit(scan, &rid);
	} else if (dss == S1DSS_SSID0) {
		scan_ssids(scan, 0, 0, &rid);
	}
}

static void smmuv3_scan(struct follow_scan *scan)
{
	struct iommufdx_follow_desc desc = {
		.device = scan->device,
		.pasid = IOMMUFDX_FOLLOW_RID,
		.index = IOMMUFDX_FOLLOW_RID,
		.kind = IOMMUFDX_FOLLOW_TRANSLATE,
	};

	if (!read_ste(scan, desc.config) || !(desc.config[0] & 1))
		return;
	switch (follow_bits(desc.config[0], 3, 1)) {
	case CONFIG_BYPASS:
		desc.kind = IOMMUFDX_FOLLOW_BYPASS;
		follow_emit(scan, &desc);
		break;
	case CONFIG_S1:
		if (scan->pasids)
			scan_stage1(scan, &desc);
		else
			follow_emit(scan, &desc);
		break;
	}
}

static bool smmuv3_scope(const uint64_t cmd[2], bool pasids,
			 struct follow_scope *scope)
{
	unsigned int op = follow_bits(cmd[0], 7, 0);
	unsigned int range = follow_bits(cmd[1], 4, 0);

	scope->device_mask = ~0u;
	switch (op) {
	case OP_CFGI_STE:
		break;
	case OP_CFGI_STE_RANGE:
		/* 2^(n + 1) streams; 31: all */
		scope->device_mask = range == 31 ? 0 : -2u << range;
		break;
	case OP_CFGI_CD:
		scope->first = follow_bits(cmd[0], 31, 12);
		scope->last = scope->first;
		if (!pasids)
			return false;
		break;
	case OP_CFGI_CD_ALL:
		if (!pasids)
			return false;
		break;
	default:
		return false;
	}
	scope->device = follow_bits(cmd[0], 63, 32) & scope->device_mask;
	return true;
}

const struct follow_vendor follow_smmuv3 = {
	.scan = smmuv3_scan,
	.scope = smmuv3_scope,
};
