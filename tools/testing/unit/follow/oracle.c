// SPDX-License-Identifier: GPL-2.0-only
#include "oracle.h"

#include <string.h>

#define RID	IOMMUFDX_FOLLOW_RID

uint64_t mem[MEM_WORDS];

static bool load(uint64_t gpa, uint64_t *to, int words)
{
	if (gpa < MEM_GPA || gpa - MEM_GPA + words * 8 > sizeof(mem))
		return false;
	memcpy(to, &mem[(gpa - MEM_GPA) / 8], words * 8);
	return true;
}

static uint64_t page_of(uint64_t word)
{
	return word & ~0xfffull;
}

/* --------------------------------------------------------------------- VT-d */

static bool vtd(const struct oracle *o, uint32_t pasid,
		struct iommufdx_follow_desc *d)
{
	uint64_t base = page_of(o->regs.base), root[2], ctp, pde;
	uint32_t bus = d->device / 256, fn = d->device % 256, rid, type;
	int ttm = o->regs.base >> 10 & 3;

	if (ttm > 1 || !load(base + bus * 16, root, 2))
		return false;
	ctp = ttm == 1 && fn >= 128 ? root[1] : root[0];
	if (!(ctp & 1))
		return false;
	if (ttm == 0) {
		if (pasid != RID ||
		    !load(page_of(ctp) + fn * 16, d->config, 2) ||
		    !(d->config[0] & 1))
			return false;
		type = d->config[0] >> 2 & 3;
		d->index = RID;
		d->kind = type == 2 ? IOMMUFDX_FOLLOW_BYPASS :
				      IOMMUFDX_FOLLOW_TRANSLATE;
		d->domain = d->config[1] >> 8 & 0xffff;
		return type != 3;
	}
	if (!load(page_of(ctp) + fn % 128 * 32, d->config, 4) ||
	    !(d->config[0] & 1))
		return false;
	rid = d->config[1] & 0xfffff;
	if (pasid == RID)
		pasid = rid;
	else if (pasid == rid || !(d->config[0] & 8))
		return false;
	if (pasid / 64 >= 128u << (d->config[0] >> 9 & 7))
		return false;
	if (!load(page_of(d->config[0]) + pasid / 64 * 8, &pde, 1) || !(pde & 1))
		return false;
	if (!load(page_of(pde) + pasid % 64 * 64, d->entry, 8) ||
	    !(d->entry[0] & 1))
		return false;
	type = d->entry[0] >> 6 & 7;
	d->index = pasid;
	d->kind = type == 4 ? IOMMUFDX_FOLLOW_BYPASS : IOMMUFDX_FOLLOW_TRANSLATE;
	d->domain = d->entry[1] & 0xffff;
	return type >= 1 && type <= 4;
}

static bool vtd_covers(const uint64_t *cmd, const struct iommufdx_follow_desc *d)
{
	uint32_t type = (cmd[0] & 0xf) | (cmd[0] >> 9 & 7) << 4;
	uint32_t did = cmd[0] >> 16 & 0xffff, g = cmd[0] >> 4 & 3;
	uint32_t fm = cmd[0] >> 48 & 3, off;

	if (type == 1 && g == 3) {
		off = fm == 0 ? 0 : fm == 1 ? 4 : fm == 2 ? 6 : 7;
		return (d->device | off) ==
		       ((uint32_t)(cmd[0] >> 32 & 0xffff) | off);
	}
	if (type == 1)
		return g;
	if (type != 7 || g == 2)
		return false;
	if (g == 3)
		return true;
	return d->domain == did &&
	       (g == 0 || d->index == (cmd[0] >> 32 & 0xfffff));
}

/* ------------------------------------------------------------------- SMMUv3 */

static bool smmuv3(const struct oracle *o, uint32_t pasid,
		   struct iommufdx_follow_desc *d)
{
	uint64_t table = o->regs.base & 0xffffffffffffc0ull, l1;
	uint32_t log2 = o->regs.base_cfg & 63, split = o->regs.base_cfg >> 6 & 31;
	uint32_t fmt = o->regs.base_cfg >> 16 & 3, at = d->device, cdmax, dss;
	uint32_t ssid = pasid, leaf;

	if (log2 > 32)
		log2 = 32;
	if (at >= 1ull << log2 || fmt > 1)
		return false;
	/* A table is where its length says, or every 64 bytes. */
	if (!fmt)
		table -= table % (64ull << log2);
	if (fmt == 1) {
		if (log2 > split)
			table -= table % (8ull << (log2 - split));
		if (split != 6 && split != 8 && split != 10)
			return false;
		if (!load(table + (at >> split) * 8, &l1, 1))
			return false;
		at %= 1u << split;
		if (!(l1 & 31) || (l1 & 31) > split + 1 ||
		    at >= 1u << ((l1 & 31) - 1))
			return false;
		table = l1 & 0xffffffffffffc0ull;
		table -= table % (64ull << ((l1 & 31) - 1));
	}
	if (!load(table + at * 64, d->config, 8) || !(d->config[0] & 1))
		return false;
	d->index = RID;
	if ((d->config[0] >> 1 & 7) == 4) {
		d->kind = IOMMUFDX_FOLLOW_BYPASS;
		return pasid == RID;
	}
	d->kind = IOMMUFDX_FOLLOW_TRANSLATE;
	if ((d->config[0] >> 1 & 7) != 5)
		return false;
	if (!o->pasids)
		return pasid == RID;
	cdmax = d->config[0] >> 59;
	dss = d->config[1] & 3;
	fmt = d->config[0] >> 4 & 3;
	table = d->config[0] & 0xffffffffffffc0ull;
	if (!cdmax) {
		if (pasid != RID)
			return false;
		ssid = 0;
		fmt = 0;
	} else {
		if (cdmax > 20 || dss == 3 || fmt == 3)
			return false;
		if (pasid == RID && dss == 1) {
			d->kind = IOMMUFDX_FOLLOW_BYPASS;
			return true;
		}
		if (pasid == RID && dss == 0)
			return false;
		if (pasid == RID)
			ssid = 0;
		else if (pasid == 0 && dss == 2)
			return false;
		if (ssid >= 1u << cdmax)
			return false;
	}
	d->index = ssid;
	if (!fmt)
		table -= table % (64ull << cdmax);
	if (fmt) {
		leaf = fmt == 1 ? 64 : 1024;
		if (1u << cdmax > leaf)
			table -= table % (8ull * (1u << cdmax) / leaf);
		if (!load(table + ssid / leaf * 8, &l1, 1) || !(l1 & 1))
			return false;
		table = l1 & 0xfffffffffff000ull;
		table -= table % (leaf * 64ull);
		ssid %= leaf;
	}
	if (!load(table + (uint64_t)ssid * 64, d->entry, 8))
		return false;
	d->domain = d->entry[0] >> 48;
	return d->entry[0] >> 31 & 1;
}

static bool smmuv3_covers(const struct oracle *o, const uint64_t *cmd,
			  const struct iommufdx_follow_desc *d)
{
	uint32_t sid = cmd[0] >> 32, range = cmd[1] & 31;

	switch (cmd[0] & 0xff) {
	case 3:
		return d->device == sid;
	case 4:
		return range == 31 || d->device >> (range + 1) ==
				      (uint64_t)sid >> (range + 1);
	case 5:
		return o->pasids && d->device == sid &&
		       d->index == (cmd[0] >> 12 & 0xfffff);
	case 6:
		return o->pasids && d->device == sid;
	default:
		return false;
	}
}

/* ---------------------------------------------------------------------- AMD */

static bool amd(const struct oracle *o, uint32_t pasid,
		struct iommufdx_follow_desc *d)
{
	uint64_t bytes = ((o->regs.base & 0x1ff) + 1) * 4096, table, e;
	uint32_t mode, levels, want = pasid;
	bool giov;

	if (d->device * 32ull >= bytes ||
	    !load((o->regs.base & 0xffffffffff000ull) + d->device * 32,
		  d->config, 4))
		return false;
	d->index = RID;
	if (!(d->config[0] & 1)) {
		d->kind = IOMMUFDX_FOLLOW_BYPASS;
		return pasid == RID;
	}
	mode = d->config[0] >> 9 & 7;
	if (!(d->config[0] & 2) || mode == 7)
		return false;
	d->domain = d->config[1] & 0xffff;
	giov = d->config[0] >> 54 & 1;
	if (!(d->config[0] >> 55 & 1)) {
		d->kind = mode ? IOMMUFDX_FOLLOW_TRANSLATE :
				 IOMMUFDX_FOLLOW_BYPASS;
		return pasid == RID;
	}
	d->kind = IOMMUFDX_FOLLOW_TRANSLATE;
	if (!o->pasids)
		return pasid == RID;
	if (pasid == RID && !giov) {
		if (!mode)
			d->kind = IOMMUFDX_FOLLOW_BYPASS;
		return true;
	}
	if (pasid == 0 && giov)
		return false;
	if (pasid == RID)
		want = 0;
	levels = (d->config[0] >> 56 & 3) + 1;
	if (levels == 4 || (uint64_t)want >> (9 * levels))
		return false;
	table = (d->config[0] >> 58 & 7) << 12 |
		(d->config[1] >> 16 & 0xffff) << 15 | (d->config[1] >> 43) << 31;
	while (levels--) {
		if (!load(table + (want >> (9 * levels)) % 512 * 8, &e, 1) ||
		    !(e & 1))
			return false;
		table = e & 0xffffffffff000ull;
	}
	d->index = want;
	d->entry[0] = e;
	return true;
}

static bool amd_covers(const struct oracle *o, const uint64_t *cmd,
		       const struct iommufdx_follow_desc *d)
{
	switch (cmd[0] >> 60) {
	case 2:
		return d->device == (cmd[0] & 0xffff);
	case 3:
		return o->pasids && (cmd[1] & 5) == 5 &&
		       (cmd[1] | 1ull << 63) >> 12 == ~0ull >> 12 &&
		       d->domain == (cmd[0] >> 32 & 0xffff) &&
		       d->index == (cmd[0] & 0xfffff);
	case 8:
		return true;
	default:
		return false;
	}
}

bool oracle_lookup(const struct oracle *o, uint32_t device, uint32_t pasid,
		   struct iommufdx_follow_desc *d)
{
	bool there;

	memset(d, 0, sizeof(*d));
	d->device = device;
	d->pasid = pasid;
	if (!o->regs.enabled) {
		d->index = RID;
		d->kind = IOMMUFDX_FOLLOW_BYPASS;
		return pasid == RID;
	}
	there = o->vendor == IOMMUFDX_FOLLOW_VTD ? vtd(o, pasid, d) :
		o->vendor == IOMMUFDX_FOLLOW_AMD ? amd(o, pasid, d) :
						   smmuv3(o, pasid, d);
	d->pasid = pasid;
	return there;
}

bool oracle_covers(const struct oracle *o, const uint64_t cmd[2],
		   const struct iommufdx_follow_desc *desc)
{
	return o->vendor == IOMMUFDX_FOLLOW_VTD ? vtd_covers(cmd, desc) :
	       o->vendor == IOMMUFDX_FOLLOW_AMD ? amd_covers(o, cmd, desc) :
						  smmuv3_covers(o, cmd, desc);
}
