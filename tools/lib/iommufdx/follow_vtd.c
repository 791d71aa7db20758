// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * VT-d's part of a follower: Intel VT-d specification, section 9 (tables) and
 * 6.5.2 (descriptors).
 *
 * Requests without a PASID translate through the entry of the PASID that the
 * scalable context entry names; that PASID has no key of its own. A guest in
 * legacy mode has a context entry and nothing else.
 */
#include "follow_internal.h"

/* RTADDR_REG.TTM: bits 11:10 */
#define TTM_LEGACY	0
#define TTM_SCALABLE	1

/* Context entry, legacy: TT, bits 3:2 of word 0 */
#define TT_PASS_THROUGH	2
#define TT_RSVD		3

/* PASID table entry: PGTT, bits 8:6 of word 0 */
#define PGTT_FIRST	1
#define PGTT_PASS	4

#define PASID_MAX	0xfffffu
#define DIR_CHUNK	64	/* directory entries read at once */
#define TABLE_ENTRIES	64

/* The context entry of the device; false: it has none. */
static bool read_context(struct follow_scan *scan, bool scalable,
			 uint64_t config[4])
{
	uint64_t root = follow_addr(scan->regs.base, 63, 12);
	uint32_t bus = scan->device >> 8, devfn = scan->device & 0xff;
	uint64_t entry[2], half;
	bool there;

	if (scan->device > 0xffff || !follow_read(scan, root + bus * 16, entry, 2))
		return false;
	/* Scalable: the second word is for the upper half of the functions. */
	half = entry[scalable && devfn >= 128];
	if (!(half & 1))
		return false;
	half = follow_addr(half, 63, 12);
	if (scalable)
		there = follow_read(scan, half + devfn % 128 * 32, config, 4);
	else
		there = follow_read(scan, half + devfn * 16, config, 2);
	return there && (config[0] & 1);
}

static void scan_legacy(struct follow_scan *scan)
{
	struct iommufdx_follow_desc desc = {
		.device = scan->device,
		.pasid = IOMMUFDX_FOLLOW_RID,
		.index = IOMMUFDX_FOLLOW_RID,
	};
	unsigned int tt;

	if (!read_context(scan, false, desc.config))
		return;
	tt = follow_bits(desc.config[0], 3, 2);
	if (tt == TT_RSVD)
		return;
	desc.kind = tt == TT_PASS_THROUGH ? IOMMUFDX_FOLLOW_BYPASS :
					    IOMMUFDX_FOLLOW_TRANSLATE;
	desc.domain = follow_bits(desc.config[1], 23, 8);
	follow_emit(scan, &desc);
}

/* Fill in what @entry says; false: it is not present, or none that exists. */
static bool describe(struct iommufdx_follow_desc *desc, const uint64_t *entry)
{
	unsigned int pgtt = follow_bits(entry[0], 8, 6);

	if (!(entry[0] & 1) || pgtt < PGTT_FIRST || pgtt > PGTT_PASS)
		return false;
	desc->kind = pgtt == PGTT_PASS ? IOMMUFDX_FOLLOW_BYPASS :
					 IOMMUFDX_FOLLOW_TRANSLATE;
	desc->domain = follow_bits(entry[1], 15, 0);
	for (int i = 0; i < IOMMUFDX_FOLLOW_WORDS; i++)
		desc->entry[i] = entry[i];
	return true;
}

/* The PASIDs of one table that are wanted. */
static bool scan_table(struct follow_scan *scan, uint64_t table, uint32_t base,
		       uint32_t rid_pasid, struct iommufdx_follow_desc *desc)
{
	uint64_t entries[TABLE_ENTRIES][IOMMUFDX_FOLLOW_WORDS];
	uint32_t first = 0, last = TABLE_ENTRIES - 1;

	if (scan->first > base)
		first = scan->first - base;
	if (scan->last - base < last)
		last = scan->last - base;
	if (!follow_read(scan, table + first * sizeof(entries[0]), entries[first],
			 (last - first + 1) * IOMMUFDX_FOLLOW_WORDS))
		return true;
	for (uint32_t i = first; i <= last; i++) {
		desc->pasid = desc->index = base + i;
		if (desc->pasid != rid_pasid && describe(desc, entries[i]) &&
		    !follow_emit(scan, desc))
			return false;
	}
	return true;
}

static void scan_pasids(struct follow_scan *scan, uint32_t nr_dirs,
			uint32_t rid_pasid, struct iommufdx_follow_desc *desc)
{
	uint64_t dir = follow_addr(desc->config[0], 63, 12);
	uint32_t last = scan->last > PASID_MAX ? PASID_MAX : scan->last;
	uint32_t end = last / TABLE_ENTRIES + 1, from, nr;
	uint64_t chunk[DIR_CHUNK];

	if (scan->first > last)
		return;
	if (end > nr_dirs)
		end = nr_dirs;
	for (from = scan->first / TABLE_ENTRIES; from < end; from += nr) {
		nr = DIR_CHUNK - from % DIR_CHUNK;
		if (nr > end - from)
			nr = end - from;
		if (!follow_read(scan, dir + from * 8, chunk, nr))
			continue;
		for (uint32_t i = 0; i < nr; i++) {
			if (!(chunk[i] & 1))
				continue;
			if (!scan_table(scan, follow_addr(chunk[i], 63, 12),
					(from + i) * TABLE_ENTRIES, rid_pasid,
					desc))
				return;
		}
	}
}

static void scan_rid(struct follow_scan *scan, uint32_t nr_dirs,
		     uint32_t rid_pasid, struct iommufdx_follow_desc *desc)
{
	uint64_t dir = follow_addr(desc->config[0], 63, 12);
	uint64_t entry[IOMMUFDX_FOLLOW_WORDS], table;
	uint32_t index = rid_pasid / TABLE_ENTRIES;

	if (index >= nr_dirs || !follow_read(scan, dir + index * 8, &table, 1) ||
	    !(table & 1))
		return;
	table = follow_addr(table, 63, 12);
	if (!follow_read(scan, table + rid_pasid % TABLE_ENTRIES * sizeof(entry),
			 entry, IOMMUFDX_FOLLOW_WORDS))
		return;
	desc->pasid = IOMMUFDX_FOLLOW_RID;
	desc->index = rid_pasid;
	if (describe(desc, entry))
		follow_emit(scan, desc);
}

static void vtd_scan(struct follow_scan *scan)
{
	unsigned int ttm = follow_bits(scan->regs.base, 11, 10);
	struct iommufdx_follow_desc desc = { .device = scan->device };
	uint32_t nr_dirs, rid_pasid;

	if (ttm == TTM_LEGACY) {
		scan_legacy(scan);
		return;
	}
	if (ttm != TTM_SCALABLE || !read_context(scan, true, desc.config))
		return;
	/* PDTS: 2^(n + 7) directory entries. PASIDE: may others have PASIDs? */
	nr_dirs = 1u << (follow_bits(desc.config[0], 11, 9) + 7);
	rid_pasid = follow_bits(desc.config[1], 19, 0);
	if (desc.config[0] & 1 << 3)
		scan_pasids(scan, nr_dirs, rid_pasid, &desc);
	if (!scan->error)
		scan_rid(scan, nr_dirs, rid_pasid, &desc);
}

/* Context cache: section 6.5.2.1. Domains do not count in scalable mode. */
static bool context_scope(uint64_t word, struct follow_scope *scope)
{
	static const uint32_t masks[] = { 0xffff, 0xfffb, 0xfff9, 0xfff8 };

	switch (follow_bits(word, 5, 4)) {
	case 1:
	case 2:
		return true;
	case 3:
		scope->device_mask = masks[follow_bits(word, 49, 48)];
		scope->device = follow_bits(word, 47, 32) & scope->device_mask;
		return true;
	default:
		return false;
	}
}

/* PASID cache: section 6.5.2.2 */
static bool pasid_scope(uint64_t word, struct follow_scope *scope)
{
	scope->by_domain = true;
	scope->domain = follow_bits(word, 31, 16);
	switch (follow_bits(word, 5, 4)) {
	case 0:
		return true;
	case 1:
		scope->first = follow_bits(word, 51, 32);
		scope->last = scope->first;
		return true;
	case 3:
		scope->by_domain = false;
		return true;
	default:
		return false;
	}
}

static bool vtd_scope(const uint64_t cmd[2], bool pasids,
		      struct follow_scope *scope)
{
	/* Tables of PASIDs are never left to hardware. */
	(void)pasids;
	/* Bits 11:9 are the upper part of the type. */
	switch (follow_bits(cmd[0], 11, 9) << 4 | follow_bits(cmd[0], 3, 0)) {
	case 1:
		return context_scope(cmd[0], scope);
	case 7:
		return pasid_scope(cmd[0], scope);
	default:
		return false;
	}
}

const struct follow_vendor follow_vtd = {
	.scan = vtd_scan,
	.scope = vtd_scope,
};
