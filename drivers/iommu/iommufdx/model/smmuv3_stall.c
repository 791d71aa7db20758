// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 stalled transactions (IHI 0070 section 3.12.2).
 *
 * A transaction that stalls waits, with nothing of the machine held, until
 * software names its tag in a RESUME or its stream in a STALL_TERM, or switches
 * the machine off. Its record is never lost: while the event queue is full or
 * off it waits as well. One that finds all tags in use waits for one and then
 * starts again.
 */
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "smmuv3_model.h"

#define SMMU_STALL_NONE		SMMU_STALLS	/* no tag: all in use */
#define SMMU_STAG_SEQ_SHIFT	8

static u16 smmu_stag(const struct model_smmu *smmu, u32 index)
{
	return index | smmu->stalls[index].seq << SMMU_STAG_SEQ_SHIFT;
}

/**
 * model_smmu_stall_begin() - give a faulting transaction a tag
 * @smmu: the machine
 * @evt: its record
 * @out: gets the tag, for model_smmu_stalled()
 */
void model_smmu_stall_begin(struct model_smmu *smmu, u64 *evt,
			    struct model_xlat *out)
{
	struct smmu_stall *s;
	unsigned long flags;
	u32 i;

	spin_lock_irqsave(&smmu->m.lock, flags);
	for (i = 0; i < SMMU_STALLS; i++)
		if (smmu->stalls[i].state == SMMU_STALL_FREE)
			break;
	out->stall = i;
	if (i == SMMU_STALL_NONE)
		goto out;
	s = &smmu->stalls[i];
	s->state = SMMU_STALL_WAITS;
	s->seq++;
	s->sid = FIELD_GET(SMMU_EVT0_SID, evt[0]);
	memcpy(s->evt, evt, sizeof(s->evt));
	s->evt[1] |= SMMU_EVT1_STALL |
		     FIELD_PREP(SMMU_EVT1_STAG, smmu_stag(smmu, i));
	s->recorded = model_smmu_event_store(smmu, s->evt);
out:
	spin_unlock_irqrestore(&smmu->m.lock, flags);
}

/**
 * model_smmu_stall_flush() - record what had to wait
 * @smmu: the machine
 *
 * Context: m.lock held.
 */
void model_smmu_stall_flush(struct model_smmu *smmu)
{
	u32 i;

	lockdep_assert_held(&smmu->m.lock);
	for (i = 0; i < SMMU_STALLS; i++) {
		struct smmu_stall *s = &smmu->stalls[i];

		if (s->state == SMMU_STALL_WAITS && !s->recorded)
			s->recorded = model_smmu_event_store(smmu, s->evt);
	}
}

static bool smmu_stall_free(struct model_smmu *smmu)
{
	unsigned long flags;
	bool found = false;
	u32 i;

	spin_lock_irqsave(&smmu->m.lock, flags);
	for (i = 0; i < SMMU_STALLS; i++)
		found |= smmu->stalls[i].state == SMMU_STALL_FREE;
	spin_unlock_irqrestore(&smmu->m.lock, flags);
	return found;
}

static bool smmu_stall_decided(struct model_smmu *smmu, u32 i)
{
	unsigned long flags;
	bool decided;

	spin_lock_irqsave(&smmu->m.lock, flags);
	decided = smmu->stalls[i].state != SMMU_STALL_WAITS;
	spin_unlock_irqrestore(&smmu->m.lock, flags);
	return decided;
}

static bool smmu_stall_given_up(const struct model_txn *txn)
{
	return txn->cancel && READ_ONCE(*txn->cancel);
}

/* The end of a stall; one that nobody answered is aborted. */
static enum smmu_stall_state smmu_stall_end(struct model_smmu *smmu, u32 i)
{
	enum smmu_stall_state state;
	unsigned long flags;

	spin_lock_irqsave(&smmu->m.lock, flags);
	state = smmu->stalls[i].state;
	smmu->stalls[i].state = SMMU_STALL_FREE;
	spin_unlock_irqrestore(&smmu->m.lock, flags);
	/* Somebody may wait for the tag. */
	wake_up_all(&smmu->stall_wait);
	return state;
}

/**
 * model_smmu_stalled() - struct model_kind_ops::stalled
 * @m: the machine
 * @txn: the transaction
 * @x: what model_smmu_translate() said
 *
 * Return: -EAGAIN: try again; -EFAULT: terminated, also when the process is
 * killed; -ECANCELED: given up; 0: terminated without an abort, @x->discard.
 */
int model_smmu_stalled(struct model *m, const struct model_txn *txn,
		       struct model_xlat *x)
{
	struct model_smmu *smmu = to_smmu(m);

	if (x->stall == SMMU_STALL_NONE) {
		if (wait_event_killable(smmu->stall_wait,
					smmu_stall_free(smmu) ||
					smmu_stall_given_up(txn)))
			return -EFAULT;
		return smmu_stall_given_up(txn) ? -ECANCELED : -EAGAIN;
	}
	/* Killed, given up or answered: the state tells. */
	(void)wait_event_killable(smmu->stall_wait,
				  smmu_stall_decided(smmu, x->stall) ||
				  smmu_stall_given_up(txn));
	switch (smmu_stall_end(smmu, x->stall)) {
	case SMMU_STALL_RETRY:
		return -EAGAIN;
	case SMMU_STALL_RAZ:
		x->discard = true;
		return 0;
	case SMMU_STALL_WAITS:
		return smmu_stall_given_up(txn) ? -ECANCELED : -EFAULT;
	default:
		return -EFAULT;
	}
}

/**
 * model_smmu_stall_wake() - struct model_kind_ops::wake
 * @m: the machine
 */
void model_smmu_stall_wake(struct model *m)
{
	wake_up_all(&to_smmu(m)->stall_wait);
}

/**
 * model_smmu_resume() - answer a stalled transaction
 * @smmu: the machine
 * @sid: its stream
 * @stag: its tag; one that is not of a stalled transaction is ignored
 * @state: the answer
 */
void model_smmu_resume(struct model_smmu *smmu, u32 sid, u16 stag,
		       enum smmu_stall_state state)
{
	u32 i = stag & (BIT(SMMU_STAG_SEQ_SHIFT) - 1);
	struct smmu_stall *s;
	unsigned long flags;

	if (i >= SMMU_STALLS)
		return;
	s = &smmu->stalls[i];
	spin_lock_irqsave(&smmu->m.lock, flags);
	if (s->state == SMMU_STALL_WAITS && s->sid == sid &&
	    smmu_stag(smmu, i) == stag)
		s->state = state;
	spin_unlock_irqrestore(&smmu->m.lock, flags);
	wake_up_all(&smmu->stall_wait);
}

/**
 * model_smmu_stall_term() - abort stalled transactions
 * @smmu: the machine
 * @sid: stream
 * @mask: bits of @sid that count
 */
void model_smmu_stall_term(struct model_smmu *smmu, u32 sid, u32 mask)
{
	unsigned long flags;
	u32 i;

	spin_lock_irqsave(&smmu->m.lock, flags);
	for (i = 0; i < SMMU_STALLS; i++)
		if (smmu->stalls[i].state == SMMU_STALL_WAITS &&
		    !((smmu->stalls[i].sid ^ sid) & mask))
			smmu->stalls[i].state = SMMU_STALL_ABORT;
	spin_unlock_irqrestore(&smmu->m.lock, flags);
	wake_up_all(&smmu->stall_wait);
}
