// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d event interrupts and fault recording (sections 5.1.6, 7.2, 7.3).
 *
 * An event is a message, sent when a status bit goes from 0 to 1; while the
 * event is masked it is remembered instead (IP) and sent at the unmasking,
 * unless software has cleared the status by then. So a handler that clears a
 * status after looking at what it announces, rather than before, loses events.
 *
 * Faults go round a ring of recording registers; one that finds its register
 * still in use sets PFO, and nothing is recorded until software clears that.
 */
#include "vtd_model.h"

/**
 * model_vtd_event_locked() - an interrupt condition has come up
 * @vtd: the machine
 * @line: VTD_IRQ_*
 *
 * Context: m.lock held. model_raise() only marks and kicks.
 */
void model_vtd_event_locked(struct model_vtd *vtd, unsigned int line)
{
	lockdep_assert_held(&vtd->m.lock);
	if (vtd->ectl[line].mask)
		vtd->ectl[line].pending = true;
	else
		model_raise(&vtd->m, line);
}

/**
 * model_vtd_fsts_locked() - set bits of the fault status
 * @vtd: the machine
 * @bits: VTD_FSTS_*
 *
 * Context: m.lock held.
 */
void model_vtd_fsts_locked(struct model_vtd *vtd, u32 bits)
{
	u32 rising = bits & ~vtd->fsts;

	lockdep_assert_held(&vtd->m.lock);
	vtd->fsts |= bits;
	if (rising)
		model_vtd_event_locked(vtd, VTD_IRQ_FAULT);
}

static bool vtd_fault_record(struct model_vtd *vtd, u64 addr, u64 info)
{
	u64 *frcd = vtd->frcd[vtd->frcd_next];

	if (vtd->fsts & VTD_FSTS_PFO)
		return false;
	if ((frcd[1] & VTD_FRCD1_F) ||
	    model_knob(&vtd->m, MODEL_KNOB_EVENT_OVERFLOW)) {
		model_vtd_fsts_locked(vtd, VTD_FSTS_PFO);
		return false;
	}
	frcd[0] = addr & VTD_FRCD0_FI;
	frcd[1] = info | VTD_FRCD1_F;
	if (!(vtd->fsts & VTD_FSTS_PPF)) {
		vtd->fsts &= ~VTD_FSTS_FRI;
		vtd->fsts |= FIELD_PREP(VTD_FSTS_FRI, vtd->frcd_next);
	}
	vtd->frcd_next = (vtd->frcd_next + 1) % VTD_FAULT_RECORDS;
	model_vtd_fsts_locked(vtd, VTD_FSTS_PPF);
	return true;
}

/**
 * model_vtd_fault() - record a fault
 * @vtd: the machine
 * @addr: address of the request
 * @info: second word of the record, without F
 */
void model_vtd_fault(struct model_vtd *vtd, u64 addr, u64 info)
{
	unsigned long flags;

	spin_lock_irqsave(&vtd->m.lock, flags);
	if (!vtd_fault_record(vtd, addr, info))
		atomic64_inc(&vtd->m.events_lost);
	spin_unlock_irqrestore(&vtd->m.lock, flags);
}

/**
 * model_vtd_fault_clear_locked() - software is done with a record
 * @vtd: the machine
 * @index: which
 *
 * Context: m.lock held.
 */
void model_vtd_fault_clear_locked(struct model_vtd *vtd, unsigned int index)
{
	unsigned int i;

	lockdep_assert_held(&vtd->m.lock);
	vtd->frcd[index][1] &= ~VTD_FRCD1_F;
	for (i = 0; i < VTD_FAULT_RECORDS; i++)
		if (vtd->frcd[i][1] & VTD_FRCD1_F)
			return;
	vtd->fsts &= ~VTD_FSTS_PPF;
}
