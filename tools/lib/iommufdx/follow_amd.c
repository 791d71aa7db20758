// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * AMD's part of a follower: AMD I/O Virtualization Technology, document 48882,
 * section 2.2.2 (device table, GCR3 tables) and 2.4 (commands).
 *
 * Where it is hardware that reads GCR3 tables, a device's entry is all there is to
 * follow.
 */
#include "follow_internal.h"

#define DTE_BYTES	32
#define DTE_V		(1ull << 0)
#define DTE_TV		(1ull << 1)
#define DTE_GIOV	(1ull << 54)
#define DTE_GV		(1ull << 55)
#define MODE_MAX	6

#define PASID_BITS	20
#define GCR3_INDEX_BITS	9
#define GCR3_ENTRIES	512
#define GCR3_V		1ull

#define OP_INV_DEVTAB_ENTRY	0x2
#define OP_INV_IOMMU_PAGES	0x3
#define OP_INV_IOMMU_ALL	0x8
#define PAGES_S			(1ull << 0)
#define PAGES_GN		(1ull << 2)

static uint64_t gcr3_root(const uint64_t *dte)
{
	return follow_bits(dte[0], 60, 58) << 12 |
	       follow_bits(dte[1], 31, 16) << 15 |
	       follow_bits(dte[1], 63, 43) << 31;
}

static bool emit_gcr3(struct follow_scan *scan, uint32_t pasid, uint64_t entry,
		      const struct iommufdx_follow_desc *desc)
{
	struct iommufdx_follow_desc found = *desc;

	found.index = pasid;
	if (desc->pasid != IOMMUFDX_FOLLOW_RID)
		found.pasid = pasid;
	found.entry[0] = entry;
	return follow_emit(scan, &found);
}

/*
 * Emit the PASIDs @first to @last below a table of @level, the lowest being 0,
 * whose first PASID is @base. False: the scan ends.
 */
static bool scan_gcr3(struct follow_scan *scan, uint64_t table, int level,
		      uint32_t base, uint32_t first, uint32_t last,
		      const struct iommufdx_follow_desc *desc)
{
	unsigned int shift = level * GCR3_INDEX_BITS;
	uint64_t entries[GCR3_ENTRIES];
	uint32_t from, to, i;

	if (!follow_read(scan, table, entries, GCR3_ENTRIES))
		return true;
	for (i = (first - base) >> shift; i <= (last - base) >> shift; i++) {
		if (i == GCR3_ENTRIES)
			break;
		if (!(entries[i] & GCR3_V))
			continue;
		from = base + (i << shift);
		if (!level) {
			if (!emit_gcr3(scan, from, entries[i], desc))
				return false;
			continue;
		}
		to = from + (1u << shift) - 1;
		if (!scan_gcr3(scan, follow_addr(entries[i], 51, 12), level - 1,
			       from, first > from ? first : from,
			       last < to ? last : to, desc))
			return false;
	}
	return true;
}

static void scan_guest(struct follow_scan *scan,
		       struct iommufdx_follow_desc *desc, bool rid_is_pasid0)
{
	int levels = follow_bits(desc->config[0], 57, 56) + 1;
	struct iommufdx_follow_desc pasids = *desc;
	uint32_t first = rid_is_pasid0, last, bits;
	uint64_t root = gcr3_root(desc->config);

	if (levels > 3)
		return;
	bits = levels * GCR3_INDEX_BITS;
	last = (1u << (bits < PASID_BITS ? bits : PASID_BITS)) - 1;
	if (first < scan->first)
		first = scan->first;
	if (last > scan->last)
		last = scan->last;
	pasids.pasid = 0;
	pasids.kind = IOMMUFDX_FOLLOW_TRANSLATE;
	if (first <= last)
		scan_gcr3(scan, root, levels - 1, 0, first, last, &pasids);
	if (!scan->error && rid_is_pasid0)
		scan_gcr3(scan, root, levels - 1, 0, 0, 0, desc);
}

static void amd_scan(struct follow_scan *scan)
{
	uint64_t bytes = (follow_bits(scan->regs.base, 8, 0) + 1) * 4096;
	struct iommufdx_follow_desc desc = {
		.device = scan->device,
		.pasid = IOMMUFDX_FOLLOW_RID,
		.index = IOMMUFDX_FOLLOW_RID,
		.kind = IOMMUFDX_FOLLOW_TRANSLATE,
	};
	uint64_t at = (uint64_t)scan->device * DTE_BYTES, *dte = desc.config;
	unsigned int mode;
	bool giov;

	if (at >= bytes ||
	    !follow_read(scan, follow_addr(scan->regs.base, 51, 12) + at, dte, 4))
		return;
	/* An entry that is not valid lets everything through. */
	if (!(dte[0] & DTE_V)) {
		desc.kind = IOMMUFDX_FOLLOW_BYPASS;
		follow_emit(scan, &desc);
		return;
	}
	mode = follow_bits(dte[0], 11, 9);
	if (!(dte[0] & DTE_TV) || mode > MODE_MAX)
		return;
	desc.domain = follow_bits(dte[1], 15, 0);
	if (!(dte[0] & DTE_GV)) {
		if (!mode)
			desc.kind = IOMMUFDX_FOLLOW_BYPASS;
		follow_emit(scan, &desc);
		return;
	}
	if (!scan->pasids) {
		follow_emit(scan, &desc);
		return;
	}
	giov = dte[0] & DTE_GIOV;
	scan_guest(scan, &desc, giov);
	if (scan->error || giov)
		return;
	if (!mode)
		desc.kind = IOMMUFDX_FOLLOW_BYPASS;
	follow_emit(scan, &desc);
}

/* Pages of a PASID: only the whole of it is about which table it has. */
static bool pages_scope(const uint64_t cmd[2], struct follow_scope *scope)
{
	if (!(cmd[1] & PAGES_GN) || !(cmd[1] & PAGES_S) ||
	    follow_bits(~cmd[1], 62, 12))
		return false;
	scope->first = follow_bits(cmd[0], 19, 0);
	scope->last = scope->first;
	scope->by_domain = true;
	scope->domain = follow_bits(cmd[0], 47, 32);
	return true;
}

static bool amd_scope(const uint64_t cmd[2], bool pasids,
		      struct follow_scope *scope)
{
	switch (follow_bits(cmd[0], 63, 60)) {
	case OP_INV_DEVTAB_ENTRY:
		scope->device_mask = ~0u;
		scope->device = follow_bits(cmd[0], 15, 0);
		return true;
	case OP_INV_IOMMU_PAGES:
		return pasids && pages_scope(cmd, scope);
	case OP_INV_IOMMU_ALL:
		return true;
	default:
		return false;
	}
}

const struct follow_vendor follow_amd = {
	.scan = amd_scan,
	.scope = amd_scope,
};
