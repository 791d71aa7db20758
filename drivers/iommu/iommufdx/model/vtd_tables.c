// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d root, context, PASID directory and PASID table entries, as memory has
 * them (sections 3.4, 9.1 to 9.6). Functions that decide return a fault reason,
 * or 0.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "vtd_model.h"

/* Address bits above those of the host. */
#define VTD_PA_RSVD		GENMASK_ULL(63, VTD_HAW)

/**
 * model_vtd_qualified() - may FPD suppress the report?
 * @fault: reason
 */
bool model_vtd_qualified(u8 fault)
{
	switch (fault) {
	case VTD_FR_ROOT_P:
	case VTD_FR_ROOT_ACCESS:
	case VTD_FR_ROOT_RSVD:
	case VTD_FR_CTX_ACCESS:
	case VTD_FR_RTADDR_INVALID:
	case VTD_FR_RTADDR_PASID:
	case VTD_FR_RTADDR_PAGE_REQ:
	case VTD_FR_RTADDR_ABORT:
	case VTD_FR_SROOT_ACCESS:
	case VTD_FR_SROOT_P:
	case VTD_FR_SROOT_RSVD:
	case VTD_FR_SCTX_ACCESS:
	case VTD_FR_PDE_ACCESS:
	case VTD_FR_PE_ACCESS:
		return false;
	}
	return true;
}

/* Hardware loads an entry at once: take what two readings agree on. */
static int vtd_load(struct model *m, u64 pa, u64 *w, unsigned int words)
{
	u64 again[VTD_PE_WORDS];
	unsigned int i, tries = 100;

	for (i = 0; i < words; i++)
		if (model_bus_read64(m, pa + 8 * i, &again[i]))
			return -EIO;
	do {
		memcpy(w, again, words * sizeof(*w));
		for (i = 0; i < words; i++)
			if (model_bus_read64(m, pa + 8 * i, &again[i]))
				return -EIO;
	} while (memcmp(w, again, words * sizeof(*w)) && --tries);
	return 0;
}

static u8 vtd_read_legacy(struct model *m, u64 root, u32 rid, u64 *w)
{
	u64 re[2];

	if (vtd_load(m, (root & VTD_RTADDR_PA) + (rid >> 8) * VTD_ROOT_SIZE,
		     re, 2))
		return VTD_FR_ROOT_ACCESS;
	if (!(re[0] & VTD_ROOT_P))
		return VTD_FR_ROOT_P;
	if ((re[0] & (VTD_ROOT_RSVD | VTD_PA_RSVD)) || re[1])
		return VTD_FR_ROOT_RSVD;
	if (vtd_load(m, (re[0] & VTD_ROOT_CTP) + (rid & 0xff) * VTD_CTX_SIZE,
		     w, VTD_CTX_WORDS))
		return VTD_FR_CTX_ACCESS;
	return 0;
}

static u8 vtd_read_scalable(struct model *m, u64 root, u32 rid, u64 *w)
{
	u64 re;

	/* The entry's halves are for the lower and the upper devices. */
	if (vtd_load(m, (root & VTD_RTADDR_PA) + (rid >> 7) * 8, &re, 1))
		return VTD_FR_SROOT_ACCESS;
	if (!(re & VTD_ROOT_P))
		return VTD_FR_SROOT_P;
	if (re & (VTD_ROOT_RSVD | VTD_PA_RSVD))
		return VTD_FR_SROOT_RSVD;
	if (vtd_load(m, (re & VTD_ROOT_CTP) + (rid & 0x7f) * VTD_SCTX_SIZE,
		     w, VTD_SCTX_WORDS))
		return VTD_FR_SCTX_ACCESS;
	return 0;
}

/**
 * model_vtd_read_ctx() - load a context entry
 * @vtd: the machine
 * @root: root table pointer with its mode
 * @rid: whose
 * @w: out: its words, VTD_SCTX_WORDS or VTD_CTX_WORDS and zeroes
 */
u8 model_vtd_read_ctx(struct model_vtd *vtd, u64 root, u32 rid, u64 *w)
{
	memset(w, 0, VTD_SCTX_WORDS * sizeof(*w));
	switch (vtd_mode(root)) {
	case VTD_TTM_LEGACY:
		if (root & VTD_PA_RSVD)
			return VTD_FR_RTADDR_INVALID;
		return vtd_read_legacy(&vtd->m, root, rid, w);
	case VTD_TTM_SCALABLE:
		if (!(vtd->ecap & VTD_ECAP_SMTS) || (root & VTD_PA_RSVD))
			return VTD_FR_RTADDR_INVALID;
		return vtd_read_scalable(&vtd->m, root, rid, w);
	case VTD_TTM_ABORT:
		return VTD_FR_RTADDR_ABORT;
	default:
		return VTD_FR_RTADDR_INVALID;
	}
}

/* Does CAP.SAGAW have the levels that an AW field asks for? */
static bool vtd_aw_supported(struct model_vtd *vtd, u64 aw)
{
	return FIELD_GET(VTD_CAP_SAGAW, vtd->cap) & BIT(aw);
}

static u8 vtd_check_legacy(struct model_vtd *vtd, const u64 *w)
{
	u64 tt = FIELD_GET(VTD_CTX0_TT, w[0]);

	if (!(w[0] & VTD_CTX0_P))
		return VTD_FR_CTX_P;
	if ((w[0] & VTD_CTX0_RSVD) || (w[1] & VTD_CTX1_RSVD))
		return VTD_FR_CTX_RSVD;
	/* A pass-through entry's pointer is ignored. */
	if (tt != VTD_TT_PASS_THROUGH && (w[0] & VTD_PA_RSVD))
		return VTD_FR_CTX_RSVD;
	if (tt == VTD_TT_RSVD ||
	    (tt == VTD_TT_DEV_TLB && !(vtd->ecap & VTD_ECAP_DT)) ||
	    !vtd_aw_supported(vtd, FIELD_GET(VTD_CTX1_AW, w[1])))
		return VTD_FR_CTX_INVALID;
	return 0;
}

static u8 vtd_check_scalable(struct model_vtd *vtd, const u64 *w)
{
	unsigned int bits = VTD_PDTS_BITS(FIELD_GET(VTD_SCTX0_PDTS, w[0]));

	if (!(w[0] & VTD_SCTX0_P))
		return VTD_FR_SCTX_P;
	if ((w[0] & (VTD_SCTX0_RSVD | VTD_PA_RSVD)) ||
	    (w[1] & VTD_SCTX1_RSVD) || w[2] || w[3])
		return VTD_FR_SCTX_RSVD;
	if (((w[0] & VTD_SCTX0_DTE) && !(vtd->ecap & VTD_ECAP_DT)) ||
	    ((w[0] & VTD_SCTX0_PRE) && !(vtd->ecap & VTD_ECAP_PRS)) ||
	    ((w[0] & VTD_SCTX0_PASIDE) && !(vtd->ecap & VTD_ECAP_PASID)) ||
	    bits > VTD_PASID_BITS)
		return VTD_FR_SCTX_INVALID;
	return 0;
}

/**
 * model_vtd_check_ctx() - is a context entry good?
 * @vtd: the machine
 * @root: root table pointer with its mode
 * @w: the entry's words
 */
u8 model_vtd_check_ctx(struct model_vtd *vtd, u64 root, const u64 *w)
{
	if (vtd_mode(root) == VTD_TTM_SCALABLE)
		return vtd_check_scalable(vtd, w);
	return vtd_check_legacy(vtd, w);
}

/**
 * model_vtd_read_pe() - load a PASID table entry
 * @vtd: the machine
 * @ctx: scalable-mode context entry
 * @pasid: whose; inside the directory
 * @w: out: its words
 * @fpd: out: the directory entry's FPD
 */
u8 model_vtd_read_pe(struct model_vtd *vtd, const u64 *ctx, u32 pasid, u64 *w,
		     bool *fpd)
{
	u64 dir = ctx[0] & VTD_SCTX0_PASIDDIRPTR, table, pde;
	u32 index = pasid & (BIT(VTD_PASID_TABLE_BITS) - 1);

	*fpd = false;
	if (vtd_load(&vtd->m, dir + (pasid >> VTD_PASID_TABLE_BITS) * 8,
		     &pde, 1))
		return VTD_FR_PDE_ACCESS;
	*fpd = pde & VTD_PDE_FPD;
	if (!(pde & VTD_PDE_P))
		return VTD_FR_PDE_P;
	if (pde & (VTD_PDE_RSVD | VTD_PA_RSVD))
		return VTD_FR_PDE_RSVD;
	table = pde & VTD_PDE_SMPTBLPTR;
	if (vtd_load(&vtd->m, table + index * VTD_PE_SIZE, w, VTD_PE_WORDS))
		return VTD_FR_PE_ACCESS;
	return 0;
}

static bool vtd_pe_reserved(const u64 *w)
{
	u32 pgtt = FIELD_GET(VTD_PE0_PGTT, w[0]);
	bool first = pgtt == VTD_PGTT_FIRST || pgtt == VTD_PGTT_NESTED;
	bool second = pgtt == VTD_PGTT_SECOND || pgtt == VTD_PGTT_NESTED;
	u64 rsvd2 = VTD_PE2_RSVD | VTD_PE2_ERE | VTD_PE2_NXE | VTD_PE2_SMEP;
	unsigned int i;

	/* No memory types, no execute requests: their fields are reserved. */
	if ((w[0] & (VTD_PE0_RSVD | VTD_PE0_SSEE)) ||
	    (w[1] & (VTD_PE1_RSVD | VTD_PE1_CD | VTD_PE1_EMTE | VTD_PE1_EMT)) ||
	    (w[2] & rsvd2))
		return true;
	if (second && (w[0] & VTD_PA_RSVD))
		return true;
	/* Of a nested first stage, a GPA: how wide is for the walk to say. */
	if (first && pgtt != VTD_PGTT_NESTED && (w[2] & VTD_PA_RSVD))
		return true;
	for (i = 3; i < VTD_PE_WORDS; i++)
		if (w[i])
			return true;
	return false;
}

/**
 * model_vtd_check_pe() - is a PASID table entry good?
 * @vtd: the machine
 * @w: its words
 */
u8 model_vtd_check_pe(struct model_vtd *vtd, const u64 *w)
{
	u32 pgtt = FIELD_GET(VTD_PE0_PGTT, w[0]);
	u32 fspm = FIELD_GET(VTD_PE2_FSPM, w[2]);
	bool first = pgtt == VTD_PGTT_FIRST || pgtt == VTD_PGTT_NESTED;
	bool second = pgtt == VTD_PGTT_SECOND || pgtt == VTD_PGTT_NESTED;

	if (!(w[0] & VTD_PE0_P))
		return VTD_FR_PE_P;
	if (vtd_pe_reserved(w))
		return VTD_FR_PE_RSVD;
	if (!first && !second && pgtt != VTD_PGTT_PASS_THROUGH)
		return VTD_FR_PE_INVALID;
	if (pgtt == VTD_PGTT_NESTED && !(vtd->ecap & VTD_ECAP_NEST))
		return VTD_FR_PE_INVALID;
	if (second && !vtd_aw_supported(vtd, FIELD_GET(VTD_PE0_AW, w[0])))
		return VTD_FR_PE_INVALID;
	if (second && (w[0] & VTD_PE0_SSADE) && !(vtd->ecap & VTD_ECAP_SSADS))
		return VTD_FR_PE_INVALID;
	if (first && fspm != VTD_FSPM_4LEVEL &&
	    !(fspm == VTD_FSPM_5LEVEL && (vtd->cap & VTD_CAP_FS5LP)))
		return VTD_FR_PE_INVALID;
	return 0;
}
