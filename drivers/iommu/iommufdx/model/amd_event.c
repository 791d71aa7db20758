// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD event log, and interrupts (48882 sections 2.5, 3.4).
 *
 * A log that runs full sets EventOverflow and halts; software clears the bit
 * and switches logging off and on again. An interrupt is a message, sent when
 * its status bit goes from 0 to 1 while enabled: a handler that clears the bit
 * after reading the log, rather than before, loses events.
 */
#include "amd_model.h"

/**
 * model_amd_status() - set a status bit that can interrupt
 * @amd: the machine
 * @bit: one of AMD_STATUS_MAIN or AMD_STATUS_PPR
 *
 * Context: m.lock held. model_raise() only marks and kicks.
 */
void model_amd_status(struct model_amd *amd, u64 bit)
{
	bool ppr = bit & AMD_STATUS_PPR;
	u64 enable = AMD_CTRL_EVT_INT_EN;

	if (bit == AMD_STATUS_COMWAIT_INT)
		enable = AMD_CTRL_COMWAIT_INT_EN;
	else if (ppr)
		enable = AMD_CTRL_PPR_INT_EN;
	lockdep_assert_held(&amd->m.lock);
	if (amd->status & bit)
		return;
	amd->status |= bit;
	if (amd->control & enable)
		model_raise(&amd->m, ppr ? AMD_IRQ_PPR : AMD_IRQ_MAIN);
}

static bool amd_event_store(struct model_amd *amd, u64 w0, u64 w1)
{
	u32 size = amd_ring_size(amd->evt_base);
	u64 pa = (amd->evt_base & AMD_RING_PA) + amd->evt_tail;
	u32 next;

	if (!(amd->status & AMD_STATUS_EVT_RUN) || !size)
		return false;
	next = (amd->evt_tail + AMD_RING_ENTRY) & (size - 1);
	if (next == amd->evt_head ||
	    model_knob(&amd->m, MODEL_KNOB_EVENT_OVERFLOW)) {
		amd->status &= ~AMD_STATUS_EVT_RUN;
		model_amd_status(amd, AMD_STATUS_EVT_OVERFLOW);
		return false;
	}
	/* The word with the code last: a reader that sees it sees all. */
	if (model_bus_write64(&amd->m, pa + 8, w1) ||
	    model_bus_write64(&amd->m, pa, w0)) {
		amd->status &= ~AMD_STATUS_EVT_RUN;
		return false;
	}
	amd->evt_tail = next;
	model_amd_status(amd, AMD_STATUS_EVT_INT);
	return true;
}

/**
 * model_amd_event() - log an event
 * @amd: the machine
 * @w0: first word, with the code
 * @w1: second word, an address
 */
void model_amd_event(struct model_amd *amd, u64 w0, u64 w1)
{
	unsigned long flags;

	spin_lock_irqsave(&amd->m.lock, flags);
	if (!amd_event_store(amd, w0, w1))
		atomic64_inc(&amd->m.events_lost);
	spin_unlock_irqrestore(&amd->m.lock, flags);
}
