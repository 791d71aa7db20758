// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests of channels (PCI PRI), and the answers.
 *
 * A channel sends from its work. The last request of a group leaves it busy, and
 * the work ends. What comes next starts the work again, to look what it was: the
 * answer, which the model brings in any context, or the time-out, for which the
 * work was queued with a delay. While the work runs or the channel is paused an
 * answer only leaves its mark; after STOP and reset it finds nobody.
 */
#include <linux/ktime.h>

#include "mock.h"

static_assert((int)IOMMUFDX_MOCK_PAGE_SUCCESS == (int)MODEL_PAGE_SUCCESS);
static_assert((int)IOMMUFDX_MOCK_PAGE_INVALID == (int)MODEL_PAGE_INVALID);
static_assert((int)IOMMUFDX_MOCK_PAGE_FAILURE == (int)MODEL_PAGE_FAILURE);

static struct model_page_request mock_page_make(const struct mock_channel *ch)
{
	const struct mock_job *job = &ch->job;
	struct model_page_request req = {
		.rid = ch->dev->rid,
		.pasid = job->pasid,
		.has_pasid = job->has_pasid,
		.group = job->page & IOMMUFDX_MOCK_PAGE_GROUP,
		.priv = job->page & IOMMUFDX_MOCK_PAGE_PRIV,
		.last = job->page & IOMMUFDX_MOCK_PAGE_LAST,
		.addr = job->src & ~(IOMMUFDX_MOCK_AUTO_PAGE - 1),
	};

	if (job->page & IOMMUFDX_MOCK_PAGE_READ)
		req.prot |= MODEL_PROT_READ;
	if (job->page & IOMMUFDX_MOCK_PAGE_WRITE)
		req.prot |= MODEL_PROT_WRITE;
	if (job->page & IOMMUFDX_MOCK_PAGE_EXEC)
		req.prot |= MODEL_PROT_EXEC;
	return req;
}

static enum mock_step mock_page_send(struct mock_channel *ch)
{
	struct model_page_request req = mock_page_make(ch);
	struct mock_iommu *iommu = ch->dev->iommu;
	struct mock_page_wait *page = &ch->page;

	page->sent = true;
	if (ch->job.page_timeout)
		page->deadline = ktime_get_ns() +
				 ch->job.page_timeout * NSEC_PER_MSEC;
	/* The answer may come before this returns, and is kept then. */
	spin_lock_irq(&iommu->page_lock);
	page->waits = req.last;
	spin_unlock_irq(&iommu->page_lock);

	if (!model_page_request(iommu->model, &req))
		return req.last ? MOCK_STEP_WAITS : MOCK_STEP_OK;
	mock_page_forget(ch);
	mock_channel_fault(ch, ch->job.src, IOMMUFDX_MOCK_FAULT_ABORT);
	return MOCK_STEP_FAULT;
}

/**
 * mock_page_start() - a page request is going to be made
 * @ch: the channel, not running
 */
void mock_page_start(struct mock_channel *ch)
{
	memset(&ch->page, 0, sizeof(ch->page));
}

/**
 * mock_page_step() - send a page request, or see what became of it
 * @ch: the channel, from its work
 */
enum mock_step mock_page_step(struct mock_channel *ch)
{
	struct mock_iommu *iommu = ch->dev->iommu;
	struct mock_page_wait *page = &ch->page;
	bool answered, late;
	enum mock_step step;
	u64 now;

	if (!page->sent) {
		step = mock_page_send(ch);
		if (step != MOCK_STEP_WAITS)
			return step;
	}

	now = ktime_get_ns();
	spin_lock_irq(&iommu->page_lock);
	answered = page->answered;
	late = !answered && page->deadline && now >= page->deadline;
	if (late)
		page->waits = false;
	page->wake = !answered && !late;
	spin_unlock_irq(&iommu->page_lock);

	if (!answered && !late) {
		/* Does nothing where an answer has queued the work meanwhile. */
		if (page->deadline)
			mock_channel_wake(ch, page->deadline - now);
		return MOCK_STEP_WAITS;
	}
	mock_page_forget(ch);
	if (late) {
		mock_channel_fault(ch, ch->job.src,
				   IOMMUFDX_MOCK_FAULT_TIMEOUT);
		return MOCK_STEP_FAULT;
	}
	mock_channel_result(ch, page->code);
	return MOCK_STEP_OK;
}

/**
 * mock_page_keep() - an answer is kept, and does not wake the channel
 * @ch: the channel, whose work is not running
 */
void mock_page_keep(struct mock_channel *ch)
{
	struct mock_iommu *iommu = ch->dev->iommu;

	spin_lock_irq(&iommu->page_lock);
	ch->page.wake = false;
	spin_unlock_irq(&iommu->page_lock);
}

/**
 * mock_page_forget() - the channel waits no longer
 * @ch: the channel
 *
 * An answer that came while the work ran has queued it once more. It must not run
 * again: beside what the channel does next it would be a second one.
 */
void mock_page_forget(struct mock_channel *ch)
{
	struct mock_iommu *iommu = ch->dev->iommu;

	spin_lock_irq(&iommu->page_lock);
	ch->page.waits = false;
	ch->page.wake = false;
	spin_unlock_irq(&iommu->page_lock);
	cancel_delayed_work(&ch->work);
}

/* Who waits for @resp? NULL for nobody. */
static struct mock_channel *
mock_page_waiter(struct mock_dev *dev, const struct model_page_response *resp)
{
	struct mock_channel *ch, *found = NULL;
	const struct mock_job *job;
	unsigned int i;

	for (i = 0; i < IOMMUFDX_MOCK_CHANNELS; i++) {
		ch = &dev->ch[i];
		job = &ch->job;
		if (!ch->page.waits ||
		    (job->page & IOMMUFDX_MOCK_PAGE_GROUP) != resp->group)
			continue;
		if (job->has_pasid == resp->has_pasid &&
		    (!job->has_pasid || job->pasid == resp->pasid))
			return ch;
		/* An answer need not say which PASID. */
		if (!resp->has_pasid && !found)
			found = ch;
	}
	return found;
}

static void mock_page_deliver(struct mock_dev *dev,
			      const struct model_page_response *resp)
{
	struct mock_channel *ch = mock_page_waiter(dev, resp);

	if (!ch) {
		WRITE_ONCE(dev->page_unexpected, dev->page_unexpected + 1);
		return;
	}
	ch->page.waits = false;
	ch->page.answered = true;
	ch->page.code = resp->code;
	if (ch->page.wake)
		mock_channel_wake(ch, 0);
}

/**
 * mock_page_response() - struct model_env::page_response
 * @env: of a mock IOMMU
 * @resp: the answer
 */
void mock_page_response(struct model_env *env,
			const struct model_page_response *resp)
{
	struct mock_iommu *iommu = container_of(env, struct mock_iommu, env);
	struct mock_dev *dev;
	unsigned long flags;

	spin_lock_irqsave(&iommu->page_lock, flags);
	list_for_each_entry(dev, &iommu->requesters, page_node) {
		if (dev->rid == resp->rid) {
			mock_page_deliver(dev, resp);
			break;
		}
	}
	spin_unlock_irqrestore(&iommu->page_lock, flags);
}
