// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channels of a mock device's DMA engine.
 *
 * A command runs as work in slices of about SLICE_NS: after a slice the work
 * queues itself again, so any number of channels share the workers fairly, and
 * a rate limit is a delay between slices. STOP, PAUSE and reset cancel the work
 * and wait for it; as a slice always ends between iterations (one-shot
 * commands: between pieces of CHUNK bytes, @pos remembers where), nothing is
 * left half done that RESUME could not go on with.
 *
 * One iteration of AUTO commits its results (SEED, STAMP, counters) after its
 * last byte has been written, so whoever reads DONE finds the data in memory.
 */
#include <linux/bitfield.h>
#include <linux/crc32.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "mock.h"

#define CHUNK		SZ_16K
#define SLICE_NS	(2 * NSEC_PER_MSEC)
/* A channel that fell behind its rate by more than this does not catch up. */
#define LAG_NS		(100 * NSEC_PER_MSEC)

#define REG(ch, r)	((ch)->regs[MOCK_CH_REG(IOMMUFDX_MOCK_CH_##r)])

static struct workqueue_struct *mock_engine_wq;

static void mock_reg_set(u64 *reg, u64 val)
{
	WRITE_ONCE(*reg, val);
}

static void mock_reg_add(u64 *reg, u64 val)
{
	WRITE_ONCE(*reg, *reg + val);
}

static u64 mock_ctrl(const struct mock_channel *ch)
{
	return READ_ONCE(REG(ch, CTRL));
}

/**
 * mock_channel_fault() - set the fault registers
 * @ch: the channel, from its work
 * @iova: where
 * @code: register FAULT_CODE
 */
void mock_channel_fault(struct mock_channel *ch, u64 iova, u64 code)
{
	mock_reg_set(&REG(ch, FAULT_ADDR), iova);
	mock_reg_set(&REG(ch, FAULT_CODE), code);
}

/**
 * mock_channel_result() - set register RESULT
 * @ch: the channel, from its work
 * @result: the value
 */
void mock_channel_result(struct mock_channel *ch, u64 result)
{
	mock_reg_set(&REG(ch, RESULT), result);
}

static bool mock_uses_atc(const struct mock_channel *ch)
{
	return ch->job.cmd == IOMMUFDX_MOCK_CMD_TRANSLATE ||
	       mock_ctrl(ch) & IOMMUFDX_MOCK_CTRL_ATS;
}

/* One transaction from or to ch->buf. */
static enum mock_step mock_channel_dma(struct mock_channel *ch,
				       enum model_dma_op op, u64 iova,
				       size_t len)
{
	struct model_atc *atc = ch->dev->atc;
	struct model_txn txn = {
		.rid = ch->dev->rid,
		.pasid = ch->job.pasid,
		.has_pasid = ch->job.has_pasid,
		.op = op,
		.iova = iova,
		.len = len,
		.buf = ch->buf,
		.cancel = &ch->cancel,
		.no_write = !(ch->job.page & IOMMUFDX_MOCK_PAGE_WRITE),
		.no_snoop = mock_ctrl(ch) & IOMMUFDX_MOCK_CTRL_NO_SNOOP,
	};
	u64 code;
	int ret;

	if (atc && mock_uses_atc(ch))
		ret = model_atc_dma(atc, &txn);
	else
		ret = model_dma(ch->dev->iommu->model, &txn);
	/* The piece is done again when the channel goes on. */
	if (ret == -ECANCELED)
		return MOCK_STEP_CANCELED;
	if (op == MODEL_DMA_WRITE || ch->job.cmd == IOMMUFDX_MOCK_CMD_READ)
		mock_reg_add(&REG(ch, BYTES), txn.done);
	if (op == MODEL_DMA_PROBE)
		mock_channel_result(ch, txn.prot |
				    FIELD_PREP(IOMMUFDX_MOCK_XLAT_SHIFT,
					       txn.shift));
	if (!ret)
		return MOCK_STEP_OK;

	code = txn.fault;
	if (op == MODEL_DMA_WRITE || op == MODEL_DMA_FETCH_ADD ||
	    (op == MODEL_DMA_PROBE && !txn.no_write))
		code |= IOMMUFDX_MOCK_FAULT_WRITE;
	if (ret != -EFAULT)
		code |= IOMMUFDX_MOCK_FAULT_ABORT;
	mock_channel_fault(ch, iova + txn.done, code);
	return MOCK_STEP_FAULT;
}

static void mock_fill(u8 *buf, size_t len, u64 pattern)
{
	size_t i;

	for (i = 0; i < len; i += sizeof(pattern))
		memcpy(buf + i, &pattern, min(sizeof(pattern), len - i));
}

/* The next piece of a one-shot command. */
static enum mock_step mock_step_once(struct mock_channel *ch)
{
	const struct mock_job *job = &ch->job;
	size_t n = min_t(u64, job->len - ch->pos, CHUNK);
	enum mock_step step = MOCK_STEP_OK;
	u64 old;

	switch (job->cmd) {
	case IOMMUFDX_MOCK_CMD_COPY:
		step = mock_channel_dma(ch, MODEL_DMA_READ, job->src + ch->pos,
					n);
		if (step == MOCK_STEP_OK)
			step = mock_channel_dma(ch, MODEL_DMA_WRITE,
						job->dst + ch->pos, n);
		break;
	case IOMMUFDX_MOCK_CMD_FILL:
		mock_fill(ch->buf, n, job->pattern);
		step = mock_channel_dma(ch, MODEL_DMA_WRITE,
					job->dst + ch->pos, n);
		break;
	case IOMMUFDX_MOCK_CMD_READ:
		step = mock_channel_dma(ch, MODEL_DMA_READ, job->src + ch->pos,
					n);
		if (step != MOCK_STEP_OK)
			break;
		/* zlib's CRC: complemented before and after. */
		mock_reg_set(&REG(ch, RESULT),
			     ~crc32_le(~(u32)REG(ch, RESULT), ch->buf, n) &
			     U32_MAX);
		break;
	case IOMMUFDX_MOCK_CMD_FETCH_ADD:
		memcpy(ch->buf, &job->pattern, sizeof(u64));
		step = mock_channel_dma(ch, MODEL_DMA_FETCH_ADD, job->dst,
					sizeof(u64));
		if (step != MOCK_STEP_OK)
			break;
		memcpy(&old, ch->buf, sizeof(u64));
		mock_reg_set(&REG(ch, RESULT), old);
		mock_reg_add(&REG(ch, BYTES), sizeof(u64));
		break;
	case IOMMUFDX_MOCK_CMD_TRANSLATE:
		step = mock_channel_dma(ch, MODEL_DMA_PROBE, job->src, n);
		break;
	case IOMMUFDX_MOCK_CMD_PAGE_REQUEST:
		step = mock_page_step(ch);
		break;
	}
	if (step == MOCK_STEP_OK)
		ch->pos += n;
	return step;
}

/* One whole iteration of AUTO. */
static enum mock_step mock_step_auto(struct mock_channel *ch)
{
	const struct mock_job *job = &ch->job;
	bool stamp = mock_ctrl(ch) & IOMMUFDX_MOCK_CTRL_STAMP &&
		     job->len >= sizeof(u64);
	u64 src, dst, pos, stamped = REG(ch, STAMP);
	u64 seed = REG(ch, SEED);
	enum mock_step step = MOCK_STEP_OK;
	size_t n;

	iommufdx_mock_auto_next(&seed, job->src_size, job->dst_size, job->len,
				&src, &dst);
	for (pos = 0; step == MOCK_STEP_OK && pos < job->len; pos += n) {
		n = min_t(u64, job->len - pos, CHUNK);
		if (job->src_size)
			step = mock_channel_dma(ch, MODEL_DMA_READ,
						job->src + src + pos, n);
		else
			mock_fill(ch->buf, n, job->pattern);
		if (step == MOCK_STEP_OK && stamp && !pos)
			memcpy(ch->buf, &stamped, sizeof(stamped));
		if (step == MOCK_STEP_OK)
			step = mock_channel_dma(ch, MODEL_DMA_WRITE,
						job->dst + dst + pos, n);
	}
	if (step == MOCK_STEP_CANCELED)
		return step;
	mock_reg_set(&REG(ch, SEED), seed);
	if (stamp)
		mock_reg_add(&REG(ch, STAMP), 1);
	return step;
}

static void mock_channel_end(struct mock_channel *ch, u32 state)
{
	smp_store_release(&ch->state, state);
	if (mock_ctrl(ch) & IOMMUFDX_MOCK_CTRL_INT_END)
		mock_irq_channel(ch->dev, ch->index);
}

/*
 * Does one step. Returns true while there is more to do now; otherwise the channel
 * has left BUSY, or somebody is about to stop it, or will start the work again.
 */
static bool mock_channel_step(struct mock_channel *ch)
{
	const struct mock_job *job = &ch->job;
	bool is_auto = job->cmd == IOMMUFDX_MOCK_CMD_AUTO;
	enum mock_step step = is_auto ? mock_step_auto(ch) : mock_step_once(ch);
	u64 ctrl;

	if (step == MOCK_STEP_CANCELED || step == MOCK_STEP_WAITS)
		return false;
	if (step == MOCK_STEP_OK && !is_auto && ch->pos < job->len)
		return true;

	if (step == MOCK_STEP_OK) {
		smp_store_release(&REG(ch, DONE), REG(ch, DONE) + 1);
	} else {
		smp_store_release(&REG(ch, FAULTS), REG(ch, FAULTS) + 1);
		ctrl = mock_ctrl(ch);
		if (!(ctrl & IOMMUFDX_MOCK_CTRL_SKIP_FAULTS)) {
			mock_channel_end(ch, IOMMUFDX_MOCK_STATE_FAULTED);
			return false;
		}
		if (ctrl & IOMMUFDX_MOCK_CTRL_INT_FAULT)
			mock_irq_channel(ch->dev, ch->index);
	}
	if (is_auto &&
	    (!job->count || REG(ch, DONE) + REG(ch, FAULTS) < job->count))
		return true;
	mock_channel_end(ch, IOMMUFDX_MOCK_STATE_DONE);
	return false;
}

/* How long AUTO's rate makes the next iteration wait, in ns; 0: it is due. */
static u64 mock_channel_wait(struct mock_channel *ch, u64 now)
{
	u64 rate = READ_ONCE(REG(ch, RATE));

	if (ch->job.cmd != IOMMUFDX_MOCK_CMD_AUTO || !rate)
		return 0;
	if (now < ch->due)
		return ch->due - now;
	if (now - ch->due > LAG_NS)
		ch->due = now - LAG_NS;
	ch->due += div64_u64(NSEC_PER_SEC, rate);
	return 0;
}

static void mock_channel_work(struct work_struct *work)
{
	struct mock_channel *ch = container_of(to_delayed_work(work),
					       struct mock_channel, work);
	u64 now = ktime_get_ns(), end = now + SLICE_NS;
	unsigned long delay = 0;
	u64 wait;

	do {
		wait = mock_channel_wait(ch, now);
		if (wait) {
			delay = max(nsecs_to_jiffies(wait), 1UL);
			break;
		}
		if (!mock_channel_step(ch))
			return;
		cond_resched();
		now = ktime_get_ns();
	} while (now < end);
	queue_delayed_work(mock_engine_wq, &ch->work, delay);
}

/**
 * mock_channel_wake() - start the work of a busy channel again
 * @ch: the channel
 * @ns: how long from now; 0 also brings forward what was to come later
 *
 * Context: any.
 */
void mock_channel_wake(struct mock_channel *ch, u64 ns)
{
	if (ns)
		queue_delayed_work(mock_engine_wq, &ch->work,
				   nsecs_to_jiffies(ns) + 1);
	else
		mod_delayed_work(mock_engine_wq, &ch->work, 0);
}

static bool mock_range_wraps(u64 start, u64 size)
{
	return size && start + size - 1 < start;
}

/* Where the request says what is wanted of a page. */
static bool mock_page_valid(const struct mock_job *job)
{
	const u64 need_pasid = IOMMUFDX_MOCK_PAGE_EXEC |
			       IOMMUFDX_MOCK_PAGE_PRIV;

	return job->page & (IOMMUFDX_MOCK_PAGE_READ |
			    IOMMUFDX_MOCK_PAGE_WRITE |
			    IOMMUFDX_MOCK_PAGE_EXEC) &&
	       (job->has_pasid || !(job->page & need_pasid));
}

static bool mock_job_valid(const struct mock_channel *ch,
			   const struct mock_job *job)
{
	bool reads = job->cmd == IOMMUFDX_MOCK_CMD_COPY ||
		     job->cmd == IOMMUFDX_MOCK_CMD_READ;
	bool writes = job->cmd != IOMMUFDX_MOCK_CMD_READ;

	switch (job->cmd) {
	case IOMMUFDX_MOCK_CMD_AUTO:
		return job->len && job->len <= IOMMUFDX_MOCK_AUTO_LEN_MAX &&
		       job->dst_size >= job->len &&
		       (!job->src_size || job->src_size >= job->len) &&
		       !mock_range_wraps(job->src, job->src_size) &&
		       !mock_range_wraps(job->dst, job->dst_size);
	case IOMMUFDX_MOCK_CMD_FETCH_ADD:
		return IS_ALIGNED(job->dst, sizeof(u64));
	case IOMMUFDX_MOCK_CMD_TRANSLATE:
		return ch->dev->atc;
	case IOMMUFDX_MOCK_CMD_PAGE_REQUEST:
		return ch->dev->flags & IOMMUFDX_MOCK_DEV_PRI &&
		       mock_page_valid(job);
	default:
		return job->len && job->len <= IOMMUFDX_MOCK_LEN_MAX &&
		       !(reads && mock_range_wraps(job->src, job->len)) &&
		       !(writes && mock_range_wraps(job->dst, job->len));
	}
}

/* Returns 0, -ENOMEM, or -EINVAL for a command that is not accepted. */
static int mock_channel_start(struct mock_channel *ch, u32 cmd)
{
	u64 pasid = REG(ch, PASID);
	struct mock_job job = {
		.cmd = cmd,
		.pasid = pasid & GENMASK(19, 0),
		.has_pasid = pasid & IOMMUFDX_MOCK_PASID_VALID,
		.src = REG(ch, SRC),
		.src_size = REG(ch, SRC_SIZE),
		.dst = REG(ch, DST),
		.dst_size = REG(ch, DST_SIZE),
		.len = REG(ch, LEN),
		.pattern = REG(ch, PATTERN),
		.count = REG(ch, COUNT),
		.page = REG(ch, PAGE),
		.page_timeout = REG(ch, PAGE_TIMEOUT),
	};

	if (mock_channel_running(ch))
		return -EINVAL;
	if (cmd == IOMMUFDX_MOCK_CMD_FETCH_ADD)
		job.len = sizeof(u64);
	if (cmd == IOMMUFDX_MOCK_CMD_TRANSLATE ||
	    cmd == IOMMUFDX_MOCK_CMD_PAGE_REQUEST)
		job.len = 1;
	if (!job.has_pasid)
		job.pasid = 0;
	if (!mock_job_valid(ch, &job) ||
	    (mock_ctrl(ch) & IOMMUFDX_MOCK_CTRL_ATS && !ch->dev->atc) ||
	    (cmd == IOMMUFDX_MOCK_CMD_AUTO && job.len < sizeof(u64) &&
	     mock_ctrl(ch) & IOMMUFDX_MOCK_CTRL_STAMP))
		return -EINVAL;
	if (!ch->buf) {
		ch->buf = kmalloc(CHUNK, GFP_KERNEL_ACCOUNT);
		if (!ch->buf)
			return -ENOMEM;
	}

	ch->job = job;
	ch->pos = 0;
	mock_page_start(ch);
	if (!REG(ch, SEED))
		mock_reg_set(&REG(ch, SEED), IOMMUFDX_MOCK_SEED_DEFAULT);
	ch->due = ktime_get_ns();
	mock_reg_set(&REG(ch, RESULT), 0);
	mock_reg_set(&REG(ch, DONE), 0);
	mock_reg_set(&REG(ch, FAULTS), 0);
	mock_reg_set(&REG(ch, BYTES), 0);
	mock_reg_set(&REG(ch, FAULT_ADDR), 0);
	mock_reg_set(&REG(ch, FAULT_CODE), 0);
	WRITE_ONCE(ch->state, IOMMUFDX_MOCK_STATE_BUSY);
	queue_delayed_work(mock_engine_wq, &ch->work, 0);
	return 0;
}

/* On return the work neither runs nor is queued, and nothing will queue it. */
static void mock_channel_quiet(struct mock_channel *ch)
{
	WRITE_ONCE(ch->cancel, true);
	model_wake(ch->dev->iommu->model);
	cancel_delayed_work_sync(&ch->work);
	/* An answer to a page request may just have queued it again. */
	mock_page_keep(ch);
	cancel_delayed_work_sync(&ch->work);
	WRITE_ONCE(ch->cancel, false);
}

/* From BUSY to PAUSED, unless it ended by itself in the meantime. */
static void mock_channel_hold(struct mock_channel *ch)
{
	mock_channel_quiet(ch);
	if (ch->state == IOMMUFDX_MOCK_STATE_BUSY)
		WRITE_ONCE(ch->state, IOMMUFDX_MOCK_STATE_PAUSED);
}

/**
 * mock_channel_command() - a write to CMD
 * @ch: the channel
 * @cmd: enum iommufdx_mock_cmd
 *
 * Context: dev->lock held; may sleep.
 * Return: 0 (also when the command was not accepted, which STATUS shows) or
 * -ENOMEM.
 */
int mock_channel_command(struct mock_channel *ch, u32 cmd)
{
	int ret = 0;

	lockdep_assert_held(&ch->dev->lock);

	switch (cmd) {
	case IOMMUFDX_MOCK_CMD_NONE:
		return 0;
	case IOMMUFDX_MOCK_CMD_COPY:
	case IOMMUFDX_MOCK_CMD_FILL:
	case IOMMUFDX_MOCK_CMD_READ:
	case IOMMUFDX_MOCK_CMD_FETCH_ADD:
	case IOMMUFDX_MOCK_CMD_AUTO:
	case IOMMUFDX_MOCK_CMD_TRANSLATE:
	case IOMMUFDX_MOCK_CMD_PAGE_REQUEST:
		ret = mock_channel_start(ch, cmd);
		break;
	case IOMMUFDX_MOCK_CMD_STOP:
		mock_channel_hold(ch);
		mock_page_forget(ch);
		if (ch->state == IOMMUFDX_MOCK_STATE_PAUSED)
			mock_channel_end(ch, IOMMUFDX_MOCK_STATE_STOPPED);
		break;
	case IOMMUFDX_MOCK_CMD_PAUSE:
		mock_channel_hold(ch);
		break;
	case IOMMUFDX_MOCK_CMD_RESUME:
		if (ch->state != IOMMUFDX_MOCK_STATE_PAUSED) {
			ret = -EINVAL;
			break;
		}
		ch->due = ktime_get_ns();
		WRITE_ONCE(ch->state, IOMMUFDX_MOCK_STATE_BUSY);
		mock_channel_wake(ch, 0);
		break;
	default:
		ret = -EINVAL;
	}
	if (ret == -ENOMEM)
		return ret;
	ch->rejected = ret;
	if (!ret)
		mock_reg_set(&REG(ch, CMD), cmd);
	return 0;
}

/**
 * mock_channel_status() - register STATUS
 * @ch: the channel
 *
 * Context: dev->lock held.
 */
u64 mock_channel_status(const struct mock_channel *ch)
{
	u64 state = smp_load_acquire(&ch->state);

	return state | (ch->rejected ? IOMMUFDX_MOCK_STATUS_REJECTED : 0);
}

/**
 * mock_channel_running() - is it busy or paused?
 * @ch: the channel
 */
bool mock_channel_running(const struct mock_channel *ch)
{
	u32 state = READ_ONCE(ch->state);

	return state == IOMMUFDX_MOCK_STATE_BUSY ||
	       state == IOMMUFDX_MOCK_STATE_PAUSED;
}

void mock_channel_init(struct mock_channel *ch, struct mock_dev *dev,
		       unsigned int index)
{
	ch->dev = dev;
	ch->index = index;
	INIT_DELAYED_WORK(&ch->work, mock_channel_work);
	REG(ch, SEED) = IOMMUFDX_MOCK_SEED_DEFAULT;
}

/**
 * mock_channel_reset() - stop it and forget everything
 * @ch: the channel
 *
 * On return no DMA is under way.
 * Context: dev->lock held; may sleep.
 */
void mock_channel_reset(struct mock_channel *ch)
{
	lockdep_assert_held(&ch->dev->lock);

	mock_channel_quiet(ch);
	mock_page_forget(ch);
	WRITE_ONCE(ch->state, IOMMUFDX_MOCK_STATE_IDLE);
	ch->rejected = false;
	memset(ch->regs, 0, sizeof(ch->regs));
	REG(ch, SEED) = IOMMUFDX_MOCK_SEED_DEFAULT;
	kfree(ch->buf);
	ch->buf = NULL;
}

int mock_engine_init(void)
{
	mock_engine_wq = alloc_workqueue("iommufdx_mock", WQ_UNBOUND, 0);
	return mock_engine_wq ? 0 : -ENOMEM;
}

void mock_engine_exit(void)
{
	destroy_workqueue(mock_engine_wq);
}
