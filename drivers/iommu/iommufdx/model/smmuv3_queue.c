// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 queues towards software, global errors and interrupts (IHI 0070
 * sections 3.5, 3.18, 7.2, 7.5, 8).
 *
 * An interrupt is sent when a queue goes from empty to not empty, and not for
 * what is added to one that is not empty: a handler that stops reading before
 * it has seen the queue empty, after it has moved CONS, is not called again.
 */
#include "smmuv3_model.h"

/* ---- Pointers ---- */

static u32 smmu_queue_bits(const struct smmu_queue *q)
{
	u32 bits = FIELD_GET(SMMU_Q_BASE_LOG2SIZE, q->base);

	return bits > SMMU_QUEUE_LOG2 ? SMMU_QUEUE_LOG2 : bits;
}

/* Index and wrap bit. */
static u32 smmu_queue_ptr(const struct smmu_queue *q, u32 ptr)
{
	return ptr & (BIT(smmu_queue_bits(q) + 1) - 1);
}

/**
 * model_smmu_queue_next() - a pointer moved by one, flags kept
 * @q: the queue
 * @ptr: PROD or CONS
 */
u32 model_smmu_queue_next(const struct smmu_queue *q, u32 ptr)
{
	return (ptr & ~SMMU_Q_PTR) | smmu_queue_ptr(q, ptr + 1);
}

/**
 * model_smmu_queue_depth() - entries that wait
 * @q: the queue
 */
u32 model_smmu_queue_depth(const struct smmu_queue *q)
{
	return smmu_queue_ptr(q, q->prod - q->cons);
}

static bool smmu_queue_full(const struct smmu_queue *q)
{
	return model_smmu_queue_depth(q) >= BIT(smmu_queue_bits(q));
}

/* An overflow that software has not acknowledged. */
static bool smmu_queue_overflowed(const struct smmu_queue *q)
{
	return (q->prod ^ q->cons) & SMMU_Q_OVFLG;
}

static u64 smmu_queue_entry(const struct smmu_queue *q, u32 ptr, u32 size)
{
	u64 table = (u64)size << smmu_queue_bits(q);
	u64 base = q->base & SMMU_Q_BASE_ADDR & ~(table - 1);

	return base + (u64)(ptr & (BIT(smmu_queue_bits(q)) - 1)) * size;
}

/**
 * model_smmu_queue_cmd() - address of the next command
 * @q: the command queue
 */
u64 model_smmu_queue_cmd(const struct smmu_queue *q)
{
	return smmu_queue_entry(q, q->cons, SMMU_CMD_SIZE);
}

/* ---- Interrupts ---- */

/**
 * model_smmu_irq() - send an interrupt, as a message where an address is set
 * @smmu: the machine
 * @line: SMMU_IRQ_*
 *
 * Context: m.lock held.
 */
void model_smmu_irq(struct model_smmu *smmu, unsigned int line)
{
	static const u32 enable[] = {
		[SMMU_IRQ_EVENTQ] = SMMU_IRQ_CTRL_EVENTQ,
		[SMMU_IRQ_PRIQ] = SMMU_IRQ_CTRL_PRIQ,
		[SMMU_IRQ_GERROR] = SMMU_IRQ_CTRL_GERROR,
	};
	static const u32 error[] = {
		[SMMU_IRQ_EVENTQ] = SMMU_GERROR_MSI_EVENTQ_ABT_ERR,
		[SMMU_IRQ_PRIQ] = SMMU_GERROR_MSI_PRIQ_ABT_ERR,
		[SMMU_IRQ_GERROR] = SMMU_GERROR_MSI_GERROR_ABT_ERR,
	};
	struct smmu_irq_cfg *cfg = line == SMMU_IRQ_EVENTQ ? &smmu->evtq_irq :
				   line == SMMU_IRQ_PRIQ ? &smmu->priq_irq :
							   &smmu->gerror_irq;

	lockdep_assert_held(&smmu->m.lock);
	if (!(smmu->irq_ctrlack & enable[line]))
		return;
	if (!cfg->addr) {
		model_raise(&smmu->m, line);
		return;
	}
	if (model_bus_write32(&smmu->m, cfg->addr, cfg->data))
		model_smmu_gerror(smmu, error[line]);
}

/**
 * model_smmu_gerror() - make a global error active
 * @smmu: the machine
 * @bit: SMMU_GERROR_*
 *
 * Context: m.lock held.
 */
void model_smmu_gerror(struct model_smmu *smmu, u32 bit)
{
	lockdep_assert_held(&smmu->m.lock);
	if ((smmu->gerror ^ smmu->gerrorn) & bit)
		return;
	smmu->gerror ^= bit;
	/* That its own message failed is not told by another. */
	if (bit != SMMU_GERROR_MSI_GERROR_ABT_ERR)
		model_smmu_irq(smmu, SMMU_IRQ_GERROR);
}

/* ---- Output ---- */

/* Store an entry, the word that says what it is last. */
static bool smmu_queue_store(struct model_smmu *smmu, struct smmu_queue *q,
			     const u64 *w, u32 size, u32 gerror)
{
	u64 pa = smmu_queue_entry(q, q->prod, size);
	u32 i;

	for (i = size / 8; i-- > 0;) {
		if (model_bus_write64(&smmu->m, pa + 8 * i, w[i])) {
			model_smmu_gerror(smmu, gerror);
			return false;
		}
	}
	WRITE_ONCE(q->prod, model_smmu_queue_next(q, q->prod));
	return true;
}

static void smmu_queue_overflow(struct smmu_queue *q)
{
	if (!smmu_queue_overflowed(q))
		q->prod ^= SMMU_Q_OVFLG;
}

static bool smmu_event_room(struct model_smmu *smmu)
{
	return !smmu_queue_full(&smmu->evtq) &&
	       !model_knob(&smmu->m, MODEL_KNOB_EVENT_OVERFLOW);
}

/**
 * model_smmu_event_store() - put a record into the event queue if there is room
 * @smmu: the machine
 * @evt: the record
 *
 * Context: m.lock held.
 * Return: whether it has been dealt with.
 */
bool model_smmu_event_store(struct model_smmu *smmu, const u64 *evt)
{
	bool empty = !model_smmu_queue_depth(&smmu->evtq);

	lockdep_assert_held(&smmu->m.lock);
	if (!(smmu->cr0_active & SMMU_CR0_EVENTQEN) || !smmu_event_room(smmu))
		return false;
	if (!smmu_queue_store(smmu, &smmu->evtq, evt, SMMU_EVT_SIZE,
			      SMMU_GERROR_EVENTQ_ABT_ERR))
		atomic64_inc(&smmu->m.events_lost);
	else if (empty)
		model_smmu_irq(smmu, SMMU_IRQ_EVENTQ);
	return true;
}

/**
 * model_smmu_event() - record an event, or lose it
 * @smmu: the machine
 * @evt: the record
 */
void model_smmu_event(struct model_smmu *smmu, const u64 *evt)
{
	unsigned long flags;

	spin_lock_irqsave(&smmu->m.lock, flags);
	if (!model_smmu_event_store(smmu, evt)) {
		if (smmu->cr0_active & SMMU_CR0_EVENTQEN)
			smmu_queue_overflow(&smmu->evtq);
		atomic64_inc(&smmu->m.events_lost);
	}
	spin_unlock_irqrestore(&smmu->m.lock, flags);
}

/* ---- Page requests ---- */

/*
 * The machine's own answer, to the last of a group only: try again where the
 * queue overflowed, give up where there is none.
 */
static void smmu_page_auto(struct model_smmu *smmu,
			   const struct model_page_request *req,
			   enum model_page_code code)
{
	struct model_page_request as = *req;
	struct model_txn txn = { .rid = req->rid, .op = MODEL_DMA_PROBE };
	struct smmu_piece p = {
		.smmu = smmu, .txn = &txn, .ctx.sid = req->rid,
		.gen = model_gen(&smmu->m),
	};
	u64 ste[SMMU_STE_WORDS];

	if (!req->last)
		return;
	/* With the PASID only where the STE says so. */
	if (req->has_pasid &&
	    (model_smmu_load_ste(&p, ste) || !p.ctx.ste.ppar))
		as.has_pasid = false;
	if (!as.has_pasid)
		as.pasid = 0;
	model_page_answer(&smmu->m, &as, code);
}

static void smmu_page_build(const struct model_page_request *req, u64 *w)
{
	w[0] = FIELD_PREP(SMMU_PRI0_SID, req->rid);
	if (req->has_pasid)
		w[0] |= SMMU_PRI0_SSV | FIELD_PREP(SMMU_PRI0_SSID, req->pasid);
	if (req->priv)
		w[0] |= SMMU_PRI0_PRIV;
	if (req->prot & MODEL_PROT_EXEC)
		w[0] |= SMMU_PRI0_EXEC;
	if (req->prot & MODEL_PROT_READ)
		w[0] |= SMMU_PRI0_READ;
	if (req->prot & MODEL_PROT_WRITE)
		w[0] |= SMMU_PRI0_WRITE;
	if (req->last)
		w[0] |= SMMU_PRI0_LAST;
	w[1] = FIELD_PREP(SMMU_PRI1_PRGI, req->group) |
	       (req->addr & SMMU_PRI1_ADDR);
}

/* After an overflow nothing is queued until software has acknowledged it. */
static bool smmu_page_store(struct model_smmu *smmu,
			    const struct model_page_request *req)
{
	bool empty = !model_smmu_queue_depth(&smmu->priq);
	u64 w[SMMU_PRI_WORDS];

	if (smmu_queue_full(&smmu->priq)) {
		smmu_queue_overflow(&smmu->priq);
		return false;
	}
	if (model_knob(&smmu->m, MODEL_KNOB_PAGE_OVERFLOW)) {
		smmu_queue_overflow(&smmu->priq);
		/* What fills a queue has interrupted before. */
		model_smmu_irq(smmu, SMMU_IRQ_PRIQ);
		return false;
	}
	if (smmu_queue_overflowed(&smmu->priq))
		return false;
	smmu_page_build(req, w);
	if (!smmu_queue_store(smmu, &smmu->priq, w, SMMU_PRI_SIZE,
			      SMMU_GERROR_PRIQ_ABT_ERR))
		return false;
	if (smmu->priq_irq.attr & SMMU_PRIQ_IRQ_CFG2_LO ? req->last : empty)
		model_smmu_irq(smmu, SMMU_IRQ_PRIQ);
	return true;
}

/**
 * model_smmu_page_request() - struct model_kind_ops::page_request
 * @m: the machine
 * @req: the request
 */
void model_smmu_page_request(struct model *m,
			     const struct model_page_request *req)
{
	struct model_smmu *smmu = to_smmu(m);
	const u32 both = SMMU_CR0_SMMUEN | SMMU_CR0_PRIQEN;
	bool enabled, stored = false;
	unsigned long flags;

	spin_lock_irqsave(&m->lock, flags);
	enabled = (smmu->cr0_active & both) == both;
	if (enabled)
		stored = smmu_page_store(smmu, req);
	spin_unlock_irqrestore(&m->lock, flags);
	if (stored) {
		atomic64_inc(&m->page_requests);
		return;
	}
	atomic64_inc(&m->page_requests_lost);
	smmu_page_auto(smmu, req, enabled ? MODEL_PAGE_SUCCESS :
					    MODEL_PAGE_FAILURE);
}
