// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every model has: construction, the register window, interrupts, knobs
 * and counters.
 */
#include <linux/bitops.h>
#include <linux/container_of.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "atc.h"
#include "internal.h"

static const struct model_kind_ops *const model_kinds[IOMMUFDX_HW_KINDS] = {
	[IOMMUFDX_HW_NONE] = &model_none_ops,
	[IOMMUFDX_HW_AMD] = &model_amd_ops,
	[IOMMUFDX_HW_VTD] = &model_vtd_ops,
	[IOMMUFDX_HW_SMMUV3] = &model_smmuv3_ops,
};

static struct model *to_model(struct iommufdx_hw *hw)
{
	return container_of(hw, struct model, hw);
}

/* ---- Register window ---- */

static u64 model_read(struct model *m, u32 reg)
{
	cycles_t start = get_cycles();
	u64 val = m->ops->read(m, reg);

	atomic64_add(get_cycles() - start, &m->cycles);
	return val;
}

/* With MODEL_INLINE the commands that it makes the machine execute are included. */
static void model_write(struct model *m, u32 reg, u64 val, u64 mask)
{
	cycles_t start = get_cycles();

	m->ops->write(m, reg, val, mask);
	atomic64_add(get_cycles() - start, &m->cycles);
}

static u32 model_read32(struct iommufdx_hw *hw, u32 reg)
{
	struct model *m = to_model(hw);
	u64 val;

	if (reg % 4 || reg >= hw->reg_size)
		return ~0U;
	val = model_read(m, reg & ~7U);
	return reg & 4 ? val >> 32 : val;
}

static u64 model_read64(struct iommufdx_hw *hw, u32 reg)
{
	struct model *m = to_model(hw);

	if (reg % 8 || reg >= hw->reg_size)
		return ~0ULL;
	return model_read(m, reg);
}

static void model_write32(struct iommufdx_hw *hw, u32 reg, u32 val)
{
	struct model *m = to_model(hw);
	unsigned int shift = reg & 4 ? 32 : 0;

	if (reg % 4 || reg >= hw->reg_size)
		return;
	model_write(m, reg & ~7U, (u64)val << shift, 0xffffffffULL << shift);
}

static void model_write64(struct iommufdx_hw *hw, u32 reg, u64 val)
{
	struct model *m = to_model(hw);

	if (reg % 8 || reg >= hw->reg_size)
		return;
	model_write(m, reg, val, ~0ULL);
}

static int model_set_irq(struct iommufdx_hw *hw, unsigned int line,
			 iommufdx_hw_irq_fn fn, void *data)
{
	struct model *m = to_model(hw);
	struct model_irq *irq;
	int rc = 0;

	if (line >= m->ops->irqs)
		return -EINVAL;
	irq = &m->irqs[line];
	mutex_lock(&irq->lock);
	if (fn && irq->fn) {
		rc = -EBUSY;
	} else {
		irq->fn = fn;
		irq->data = data;
	}
	mutex_unlock(&irq->lock);
	return rc;
}

static const struct iommufdx_hw_ops model_hw_ops = {
	.read32 = model_read32,
	.read64 = model_read64,
	.write32 = model_write32,
	.write64 = model_write64,
	.set_irq = model_set_irq,
};

struct iommufdx_hw *model_hw(struct model *m)
{
	return &m->hw;
}

/* ---- Execution ---- */

static void model_deliver(struct model *m)
{
	unsigned int line;

	for (line = 0; line < m->ops->irqs; line++) {
		struct model_irq *irq = &m->irqs[line];

		/* Cleared first: raised again meanwhile, it runs again. */
		if (!test_and_clear_bit(line, &m->irq_pending))
			continue;
		mutex_lock(&irq->lock);
		if (irq->fn)
			irq->fn(irq->data);
		mutex_unlock(&irq->lock);
	}
}

void model_run(struct model *m)
{
	bool more;

	do {
		more = !(m->cfg.flags & MODEL_INLINE) && m->ops->run(m);
		model_deliver(m);
		more |= !!READ_ONCE(m->irq_pending);
		/* A storm of faults may go on for long. */
		cond_resched();
	} while (more);
}

/**
 * model_raise() - signal an interrupt
 * @m: the machine
 * @line: which
 *
 * Context: any.
 */
void model_raise(struct model *m, unsigned int line)
{
	set_bit(line, &m->irq_pending);
	m->env->kick(m->env);
}

/**
 * model_kick() - there may be commands to execute
 * @m: the machine
 *
 * Context: that of a register write, none of the model's locks held.
 */
void model_kick(struct model *m)
{
	unsigned long flags;

	if (!(m->cfg.flags & MODEL_INLINE)) {
		m->env->kick(m->env);
		return;
	}
	spin_lock_irqsave(&m->run_lock, flags);
	while (m->ops->run(m))
		;
	spin_unlock_irqrestore(&m->run_lock, flags);
}

/**
 * model_next_illegal() - is the next command to be refused?
 * @m: the machine
 *
 * Counts MODEL_KNOB_ILLEGAL_AFTER down.
 * Context: the one that executes commands.
 */
bool model_next_illegal(struct model *m)
{
	u64 *knob = &m->knobs[MODEL_KNOB_ILLEGAL_AFTER];
	u64 left = READ_ONCE(*knob);

	return left && cmpxchg(knob, left, left - 1) == left && left == 1;
}

/**
 * model_complete() - wait until nothing uses what was evicted so far
 * @m: the machine
 *
 * Context: the one that executes commands.
 */
void model_complete(struct model *m)
{
	u64 us = min_t(u64, model_knob(m, MODEL_KNOB_SLOW_COMMANDS), 1000000);

	if (m->cfg.flags & MODEL_INLINE) {
		for (; us; us--)
			udelay(1);
	} else if (us) {
		usleep_range(us, us + us / 8 + 1);
	}
	write_lock(&m->drain);
	write_unlock(&m->drain);
	atomic64_inc(&m->syncs);
}

/* ---- Page requests ---- */

int model_page_request(struct model *m, const struct model_page_request *req)
{
	if (!m->ops->page_request || !(m->cfg.caps & MODEL_CAP_PRI))
		return -EOPNOTSUPP;
	if (req->group > 0x1ff || !req->prot || req->pasid > 0xfffff ||
	    (req->priv && !req->has_pasid) ||
	    (req->has_pasid && !(m->cfg.caps & MODEL_CAP_PASID)))
		return -EINVAL;
	m->ops->page_request(m, req);
	return 0;
}

/**
 * model_page_respond() - send a device the answer to its page requests
 * @m: the machine
 * @resp: the answer
 *
 * Context: any, with none of the model's locks held but run_lock.
 */
void model_page_respond(struct model *m, const struct model_page_response *resp)
{
	if (m->env->page_response)
		m->env->page_response(m->env, resp);
}

/**
 * model_page_answer() - the machine's own answer to a page request
 * @m: the machine
 * @req: the request; only the last of a group has an answer
 * @code: what it says
 */
void model_page_answer(struct model *m, const struct model_page_request *req,
		       enum model_page_code code)
{
	const struct model_page_response resp = {
		.rid = req->rid,
		.pasid = req->pasid,
		.group = req->group,
		.has_pasid = req->has_pasid,
		.code = code,
	};

	if (req->last)
		model_page_respond(m, &resp);
}

u64 model_check(struct model *m)
{
	u64 stale = m->ops->check(m) + model_atc_check(m);

	atomic64_add(stale, &m->stale);
	return stale;
}

/* ---- Counters and knobs ---- */

void model_stats(struct model *m, struct model_stats *stats)
{
	unsigned int i;

	memset(stats, 0, sizeof(*stats));
	stats->dma = atomic64_read(&m->dma);
	stats->faults = atomic64_read(&m->faults);
	stats->events_lost = atomic64_read(&m->events_lost);
	stats->commands = atomic64_read(&m->commands);
	for (i = 0; i < ARRAY_SIZE(m->by_op); i++)
		stats->commands_by_op[i] = atomic64_read(&m->by_op[i]);
	stats->illegal = atomic64_read(&m->illegal);
	stats->syncs = atomic64_read(&m->syncs);
	stats->stale = atomic64_read(&m->stale);
	stats->page_requests = atomic64_read(&m->page_requests);
	stats->page_requests_lost = atomic64_read(&m->page_requests_lost);
	stats->page_responses = atomic64_read(&m->page_responses);
	stats->cycles = atomic64_read(&m->cycles);
	stats->unsnooped = atomic64_read(&m->unsnooped);
	model_atc_stats(m, stats);
	m->ops->stats(m, stats);
}

int model_set_knob(struct model *m, enum model_knob knob, u64 val)
{
	if ((unsigned int)knob >= MODEL_KNOBS)
		return -EINVAL;
	WRITE_ONCE(m->knobs[knob], val);
	/* A queue that was stalled may have filled meanwhile. */
	model_kick(m);
	return 0;
}

/* ---- Construction ---- */

static bool model_caps_fit(const struct model_kind_ops *ops, u32 caps)
{
	/* Who asks for pages has an ATC to put the answer in. */
	if ((caps & MODEL_CAP_PRI) && !(caps & MODEL_CAP_ATS))
		return false;
	return (caps & MODEL_CAP_PASID) || !(caps & ops->pasid_caps);
}

struct model *model_create(const struct model_config *config,
			   struct model_env *env)
{
	const struct model_kind_ops *ops;
	struct model *m;
	unsigned int i;
	int rc;

	if ((unsigned int)config->kind >= IOMMUFDX_HW_KINDS)
		return ERR_PTR(-EOPNOTSUPP);
	ops = model_kinds[config->kind];
	if (!ops || (config->caps != MODEL_CAP_ANY &&
		     config->caps & ~ops->caps))
		return ERR_PTR(-EOPNOTSUPP);
	if (!model_caps_fit(ops, config->caps & ops->caps))
		return ERR_PTR(-EINVAL);

	m = kvzalloc(ops->size, GFP_KERNEL_ACCOUNT);
	if (!m)
		return ERR_PTR(-ENOMEM);
	m->ops = ops;
	m->env = env;
	m->cfg = *config;
	m->cfg.caps &= ops->caps;
	m->cfg.tlb_entries = min_t(u32, config->tlb_entries ?: MODEL_TLB_DEFAULT,
				   MODEL_TLB_MAX);
	m->hw.ops = &model_hw_ops;
	m->hw.kind = ops->kind;
	m->hw.reg_size = ops->reg_size;
	m->hw.name = config->name;
	spin_lock_init(&m->lock);
	spin_lock_init(&m->run_lock);
	rwlock_init(&m->drain);
	model_atc_init(m);
	for (i = 0; i < MODEL_IRQS; i++)
		mutex_init(&m->irqs[i].lock);

	rc = ops->init(m);
	if (rc) {
		kvfree(m);
		return ERR_PTR(rc);
	}
	return m;
}

void model_destroy(struct model *m)
{
	unsigned int i;

	m->ops->exit(m);
	for (i = 0; i < MODEL_IRQS; i++)
		mutex_destroy(&m->irqs[i].lock);
	kvfree(m);
}
