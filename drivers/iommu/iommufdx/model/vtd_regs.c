// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d registers (section 11.4). Registers and bits that belong to what the
 * machine does not have read as zero.
 */
#include <linux/errno.h>

#include "vtd_model.h"

#define VTD_FSTS_CLEARABLE \
	(VTD_FSTS_PFO | VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE)
#define VTD_FSTS_PENDING	(VTD_FSTS_CLEARABLE | VTD_FSTS_PPF)
#define VTD_PRS_PENDING		(VTD_PRS_PPR | VTD_PRS_PRO)
#define VTD_FRCD_END		(VTD_FAULT_RECORD_REG + \
				 VTD_FAULT_RECORDS * VTD_FRCD_SIZE)

/* What a register write leaves to be done without the lock. */
struct vtd_after {
	bool take_root;
	bool drain;
	bool kick;
};

static u64 vtd_pair(u32 low, u32 high)
{
	return low | (u64)high << 32;
}

static u64 vtd_ectl_get(const struct vtd_ectl *ectl)
{
	return vtd_pair((ectl->mask ? VTD_ECTL_IM : 0) |
			(ectl->pending ? VTD_ECTL_IP : 0), ectl->data);
}

static u64 vtd_reg_get(struct model_vtd *vtd, u32 reg)
{
	switch (reg) {
	case VTD_REG_VER:
		return FIELD_PREP(VTD_VER_MAJOR, VTD_VER_MAJOR_QI_ONLY);
	case VTD_REG_CAP:
		return vtd->cap;
	case VTD_REG_ECAP:
		return vtd->ecap;
	case VTD_REG_GCMD:
		return vtd_pair(0, vtd->gsts);
	case VTD_REG_RTADDR:
		return vtd->rtaddr;
	case VTD_REG_FSTS & ~7:
		return vtd_pair(0, vtd->fsts);
	case VTD_REG_FECTL:
		return vtd_ectl_get(&vtd->ectl[VTD_IRQ_FAULT]);
	case VTD_REG_FEADDR:
		return vtd->ectl[VTD_IRQ_FAULT].addr;
	case VTD_REG_IQH:
		return vtd->iq_head;
	case VTD_REG_IQT:
		return vtd->iq_tail;
	case VTD_REG_IQA:
		return vtd->iqa;
	case VTD_REG_ICS & ~7:
		return vtd_pair(0, vtd->ics);
	case VTD_REG_IECTL:
		return vtd_ectl_get(&vtd->ectl[VTD_IRQ_INV]);
	case VTD_REG_IEADDR:
		return vtd->ectl[VTD_IRQ_INV].addr;
	case VTD_REG_IQERCD:
		return vtd->iqercd;
	case VTD_REG_PQH:
		return vtd->pq_head;
	case VTD_REG_PQT:
		return vtd->pq_tail;
	case VTD_REG_PQA:
		return vtd->pqa;
	case VTD_REG_PRS & ~7:
		return vtd_pair(0, vtd->prs);
	case VTD_REG_PECTL:
		return vtd_ectl_get(&vtd->ectl[VTD_IRQ_PAGE_REQ]);
	case VTD_REG_PEADDR:
		return vtd->ectl[VTD_IRQ_PAGE_REQ].addr;
	}
	if (reg >= VTD_FAULT_RECORD_REG && reg < VTD_FRCD_END) {
		reg -= VTD_FAULT_RECORD_REG;
		return vtd->frcd[reg / VTD_FRCD_SIZE][reg / 8 % 2];
	}
	return 0;
}

static u64 vtd_read(struct model *m, u32 reg)
{
	struct model_vtd *vtd = to_vtd(m);
	unsigned long flags;
	u64 val;

	spin_lock_irqsave(&m->lock, flags);
	val = vtd_reg_get(vtd, reg);
	spin_unlock_irqrestore(&m->lock, flags);
	return val;
}

static void vtd_command(struct model_vtd *vtd, u32 val, struct vtd_after *after)
{
	u32 changed = (val ^ vtd->gsts) & (VTD_GCMD_TE | VTD_GCMD_QIE);

	WRITE_ONCE(vtd->gsts, vtd->gsts ^ changed);
	if (val & VTD_GCMD_SRTP) {
		WRITE_ONCE(vtd->root, vtd->rtaddr);
		WRITE_ONCE(vtd->gsts, vtd->gsts & ~VTD_GSTS_RTPS);
		after->take_root = true;
	}
	if (changed & VTD_GCMD_TE)
		after->drain = true;
	if (changed & VTD_GCMD_QIE) {
		vtd->iq_head = 0;
		vtd->iq_epoch++;
		vtd->ite_due = false;
		vtd->ice_due = false;
		after->kick = true;
	}
}

static void vtd_ectl_set(struct model_vtd *vtd, unsigned int line, u64 val)
{
	struct vtd_ectl *ectl = &vtd->ectl[line];

	ectl->data = val >> 32;
	ectl->mask = val & VTD_ECTL_IM;
	if (ectl->mask || !ectl->pending)
		return;
	ectl->pending = false;
	model_raise(&vtd->m, line);
}

static void vtd_fsts_settle(struct model_vtd *vtd)
{
	if (!(vtd->fsts & VTD_FSTS_PENDING))
		vtd->ectl[VTD_IRQ_FAULT].pending = false;
}

static void vtd_page_reg_set(struct model_vtd *vtd, u32 reg, u64 val, u64 ones)
{
	if (!(vtd->ecap & VTD_ECAP_PRS))
		return;
	switch (reg) {
	case VTD_REG_PQH:
		vtd->pq_head = val & VTD_PQ_PTR;
		break;
	case VTD_REG_PQT:
		vtd->pq_tail = val & VTD_PQ_PTR;
		break;
	case VTD_REG_PQA:
		vtd->pqa = val & (VTD_PQA_PQS | VTD_PQA_PA);
		break;
	case VTD_REG_PRS & ~7:
		vtd->prs &= ~(ones >> 32);
		if (!(vtd->prs & VTD_PRS_PENDING))
			vtd->ectl[VTD_IRQ_PAGE_REQ].pending = false;
		break;
	case VTD_REG_PECTL:
		vtd_ectl_set(vtd, VTD_IRQ_PAGE_REQ, val);
		break;
	case VTD_REG_PEADDR:
		vtd->ectl[VTD_IRQ_PAGE_REQ].addr = val & ~3ULL;
		break;
	}
}

static void vtd_reg_set(struct model_vtd *vtd, u32 reg, u64 val, u64 mask,
			struct vtd_after *after)
{
	u64 ones = val & mask;		/* for bits that writing a 1 clears */

	val = (vtd_reg_get(vtd, reg) & ~mask) | ones;

	switch (reg) {
	case VTD_REG_GCMD:
		if ((u32)mask)
			vtd_command(vtd, val, after);
		break;
	case VTD_REG_RTADDR:
		vtd->rtaddr = val & (VTD_RTADDR_TTM | VTD_RTADDR_PA);
		break;
	case VTD_REG_FSTS & ~7:
		vtd->fsts &= ~((ones >> 32) & VTD_FSTS_CLEARABLE);
		vtd_fsts_settle(vtd);
		after->kick = true;
		break;
	case VTD_REG_FECTL:
		vtd_ectl_set(vtd, VTD_IRQ_FAULT, val);
		break;
	case VTD_REG_FEADDR:
		vtd->ectl[VTD_IRQ_FAULT].addr = val & ~3ULL;
		break;
	case VTD_REG_IQT:
		vtd->iq_tail = val & VTD_IQ_PTR;
		after->kick = true;
		break;
	case VTD_REG_IQA:
		/* Software does not move the queue while it is in use. */
		if (!(vtd->gsts & VTD_GSTS_QIES))
			vtd->iqa = val & (VTD_IQA_QS | VTD_IQA_DW | VTD_IQA_PA);
		break;
	case VTD_REG_ICS & ~7:
		vtd->ics &= ~(ones >> 32);
		if (!vtd->ics)
			vtd->ectl[VTD_IRQ_INV].pending = false;
		break;
	case VTD_REG_IECTL:
		vtd_ectl_set(vtd, VTD_IRQ_INV, val);
		break;
	case VTD_REG_IEADDR:
		vtd->ectl[VTD_IRQ_INV].addr = val & ~3ULL;
		break;
	default:
		vtd_page_reg_set(vtd, reg, val, ones);
	}
	if (reg >= VTD_FAULT_RECORD_REG && reg < VTD_FRCD_END && reg % 16 &&
	    (ones & VTD_FRCD1_F)) {
		model_vtd_fault_clear_locked(vtd, (reg - VTD_FAULT_RECORD_REG) /
					     VTD_FRCD_SIZE);
		vtd_fsts_settle(vtd);
	}
}

/* A new root table: nothing that came from the old one is used any more. */
static void vtd_take_root(struct model_vtd *vtd)
{
	struct model *m = &vtd->m;
	unsigned long flags;

	model_evict_begin(m);
	model_vtd_inv_dev_all(vtd);
	model_tlb_invalidate(&vtd->tlb, 0, 0, 0, ~0ULL);
	model_tlb_invalidate(&vtd->psc, 0, 0, 0, ~0ULL);
	model_evict_end(m);
	spin_lock_irqsave(&m->lock, flags);
	WRITE_ONCE(vtd->gsts, vtd->gsts | VTD_GSTS_RTPS);
	spin_unlock_irqrestore(&m->lock, flags);
}

static void vtd_write(struct model *m, u32 reg, u64 val, u64 mask)
{
	struct model_vtd *vtd = to_vtd(m);
	struct vtd_after after = { .kick = false };
	unsigned long flags;

	spin_lock_irqsave(&m->lock, flags);
	vtd_reg_set(vtd, reg, val, mask, &after);
	after.kick &= !!(vtd->gsts & VTD_GSTS_QIES);
	spin_unlock_irqrestore(&m->lock, flags);
	if (after.take_root)
		vtd_take_root(vtd);
	if (after.drain || after.take_root) {
		write_lock(&m->drain);
		write_unlock(&m->drain);
	}
	if (after.kick)
		model_kick(m);
}

static void vtd_stats(struct model *m, struct model_stats *stats)
{
	struct model_vtd *vtd = to_vtd(m);

	spin_lock(&vtd->tlb.lock);
	stats->tlb_hits = vtd->tlb.hits;
	stats->tlb_misses = vtd->tlb.misses;
	stats->tlb_entries = vtd->tlb.used;
	spin_unlock(&vtd->tlb.lock);
	spin_lock(&vtd->psc.lock);
	stats->walk_entries = vtd->psc.used;
	spin_unlock(&vtd->psc.lock);
	spin_lock(&vtd->dev_lock);
	stats->dev_hits = vtd->dev_hits;
	stats->dev_misses = vtd->dev_misses;
	spin_unlock(&vtd->dev_lock);
	stats->queue_depth = model_vtd_queue_depth(vtd);
}

static void vtd_set_caps(struct model_vtd *vtd)
{
	u32 caps = vtd->m.cfg.caps;

	vtd->cap = FIELD_PREP(VTD_CAP_ND, 6) | VTD_CAP_SAGAW_3LEVEL |
		   VTD_CAP_SAGAW_4LEVEL | VTD_CAP_SAGAW_5LEVEL |
		   FIELD_PREP(VTD_CAP_MGAW,
			      VTD_LEVEL_WIDTH(VTD_LEVELS_MAX) - 1) |
		   VTD_CAP_ZLR | VTD_CAP_SSLPS_2M | VTD_CAP_SSLPS_1G |
		   FIELD_PREP(VTD_CAP_FRO, VTD_FAULT_RECORD_REG / 16) |
		   FIELD_PREP(VTD_CAP_NFR, VTD_FAULT_RECORDS - 1) |
		   VTD_CAP_PSI | FIELD_PREP(VTD_CAP_MAMV, VTD_MAMV) |
		   VTD_CAP_DWD | VTD_CAP_DRD | VTD_CAP_ESRTPS;
	if (vtd->m.cfg.flags & MODEL_CACHE_ABSENT)
		vtd->cap |= VTD_CAP_CM;

	vtd->ecap = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_PT | VTD_ECAP_SC |
		    VTD_ECAP_ADMS;
	if (caps & MODEL_CAP_PASID) {
		vtd->cap |= VTD_CAP_FS1GP | VTD_CAP_FS5LP;
		vtd->ecap |= VTD_ECAP_SMTS | VTD_ECAP_PASID |
			     FIELD_PREP(VTD_ECAP_PSS, VTD_PASID_BITS - 1) |
			     VTD_ECAP_FSTS | VTD_ECAP_SSTS | VTD_ECAP_SMPWCS |
			     VTD_ECAP_RPS | VTD_ECAP_RPRIVS | VTD_ECAP_SRS |
			     VTD_ECAP_EAFS;
	}
	if (caps & MODEL_CAP_DIRTY)
		vtd->ecap |= VTD_ECAP_SSADS;
	if (caps & MODEL_CAP_NEST)
		vtd->ecap |= VTD_ECAP_NEST;
	if (caps & MODEL_CAP_ATS)
		vtd->ecap |= VTD_ECAP_DT | VTD_ECAP_NWFS;
	if (caps & MODEL_CAP_PRI)
		vtd->ecap |= VTD_ECAP_PRS | VTD_ECAP_PDS;
}

static int vtd_init(struct model *m)
{
	struct model_vtd *vtd = to_vtd(m);
	unsigned int i;
	int rc;

	vtd_set_caps(vtd);
	for (i = 0; i < VTD_IRQS; i++)
		vtd->ectl[i].mask = true;

	rc = model_vtd_dev_init(vtd);
	if (rc)
		return rc;
	rc = model_tlb_init(&vtd->tlb, m->cfg.tlb_entries, &m->gen);
	if (rc)
		goto err_dev;
	rc = model_tlb_init(&vtd->psc, VTD_PSC_ENTRIES, &m->gen);
	if (rc)
		goto err_tlb;
	return 0;

err_tlb:
	model_tlb_exit(&vtd->tlb);
err_dev:
	model_vtd_dev_exit(vtd);
	return rc;
}

static void vtd_exit(struct model *m)
{
	struct model_vtd *vtd = to_vtd(m);

	model_tlb_exit(&vtd->psc);
	model_tlb_exit(&vtd->tlb);
	model_vtd_dev_exit(vtd);
}

const struct model_kind_ops model_vtd_ops = {
	.kind = IOMMUFDX_HW_VTD,
	.size = sizeof(struct model_vtd),
	.reg_size = VTD_REG_SIZE,
	.caps = MODEL_CAP_DIRTY | MODEL_CAP_PASID | MODEL_CAP_NEST |
		MODEL_CAP_ATS | MODEL_CAP_PRI,
	/* Those of scalable mode. */
	.pasid_caps = MODEL_CAP_DIRTY | MODEL_CAP_NEST | MODEL_CAP_PRI,
	.irqs = VTD_IRQS,
	.init = vtd_init,
	.exit = vtd_exit,
	.read = vtd_read,
	.write = vtd_write,
	.run = model_vtd_run,
	.translate = model_vtd_translate,
	.peek = model_vtd_peek,
	.pending = model_vtd_pending,
	.page_request = model_vtd_page_request,
	.check = model_vtd_check,
	.stats = vtd_stats,
};
