// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command queue.
 *
 * A batch is queued as a whole, followed by a COMPLETION_WAIT that makes
 * hardware store the batch's number in memory when all before it has taken
 * effect. Numbers rise in queue order, so a batch is complete as soon as
 * a number not below its own stands there. Nothing but the insertion is under
 * the lock.
 *
 * Hardware that meets a command it cannot execute stops there, with its head
 * pointer at the command. Whoever notices first (the event log's handler, or a
 * waiter) marks the batch as failed before it lets hardware go on: its number
 * may well be stored afterwards.
 */
#include <linux/bitfield.h>
#include <linux/build_bug.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include "amd.h"

/* Wait by spinning for this long, then by sleeping. */
#define AMD_SPIN_US	20
#define AMD_SLEEP_MAX_US 1000

/**
 * struct amd_waiter - a batch under way
 * @node: in amd_queue.waiters
 * @seq: its number
 * @error: hardware refused one of its commands
 *
 * All guarded by amd_queue.lock.
 */
struct amd_waiter {
	struct list_head node;
	u64 seq;
	int error;
};

/**
 * struct amd_pause - how long a wait has lasted
 * @start: when it began
 * @limit_us: how long it may last
 * @sleep_us: next sleep
 */
struct amd_pause {
	ktime_t start;
	s64 limit_us;
	unsigned int sleep_us;
};

static void amd_pause_init(struct amd_iommu *iommu, struct amd_pause *pause)
{
	pause->start = ktime_get();
	pause->limit_us = 1000LL * (READ_ONCE(iommu->queue.silent) ?
					    AMD_SILENT_MS : AMD_TIMEOUT_MS);
	pause->sleep_us = AMD_SPIN_US;
}

/* Let time pass. False when that was enough. */
static bool amd_pause(struct amd_iommu *iommu, struct amd_pause *pause)
{
	s64 us = ktime_us_delta(ktime_get(), pause->start);

	if (us < AMD_SPIN_US) {
		cpu_relax();
		return true;
	}
	if (us > pause->limit_us) {
		WRITE_ONCE(iommu->queue.silent, true);
		return false;
	}
	amd_queue_recover(iommu);
	usleep_range(pause->sleep_us, 2 * pause->sleep_us);
	pause->sleep_us = min(2 * pause->sleep_us, AMD_SLEEP_MAX_US);
	return true;
}

int amd_queue_init(struct amd_iommu *iommu)
{
	struct amd_queue *queue = &iommu->queue;

	queue->iommu = iommu;
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->waiters);
	queue->done = (u64 *)get_zeroed_page(GFP_KERNEL);
	queue->ring = (struct amd_cmd *)
		__get_free_pages(GFP_KERNEL | __GFP_ZERO, AMD_QUEUE_ORDER);
	return queue->done && queue->ring ? 0 : -ENOMEM;
}

void amd_queue_destroy(struct amd_iommu *iommu)
{
	struct amd_queue *queue = &iommu->queue;

	free_page((unsigned long)queue->done);
	free_pages((unsigned long)queue->ring, AMD_QUEUE_ORDER);
}

void amd_queue_enable(struct amd_iommu *iommu)
{
	struct iommufdx_hw *hw = amd_hw(iommu);

	BUILD_BUG_ON(AMD_QUEUE_ENTRIES * sizeof(struct amd_cmd) !=
		     PAGE_SIZE << AMD_QUEUE_ORDER);
	hw_write64(hw, AMD_REG_CMD_BASE,
		   virt_to_phys(iommu->queue.ring) |
		   FIELD_PREP(AMD_RING_LEN, ilog2(AMD_QUEUE_ENTRIES)));
	hw_write64(hw, AMD_REG_CMD_HEAD, 0);
	hw_write64(hw, AMD_REG_CMD_TAIL, 0);
	amd_ctrl_update(iommu, 0, AMD_CTRL_CMD_BUF_EN);
}

static u32 amd_queue_head(struct amd_queue *queue)
{
	u64 head = hw_read64(amd_hw(queue->iommu), AMD_REG_CMD_HEAD);

	return (head & AMD_RING_PTR) / AMD_RING_ENTRY % AMD_QUEUE_ENTRIES;
}

static void amd_queue_ring_doorbell(struct amd_queue *queue)
{
	/* Commands, and the tables they speak of, before the doorbell. */
	hw_wmb();
	hw_write64(amd_hw(queue->iommu), AMD_REG_CMD_TAIL,
		   queue->tail * AMD_RING_ENTRY);
}

static void amd_queue_put(struct amd_queue *queue, struct amd_cmd cmd)
{
	struct amd_cmd *slot = &queue->ring[queue->tail];

	lockdep_assert_held(&queue->lock);

	WRITE_ONCE(slot->word[0], cmd.word[0]);
	WRITE_ONCE(slot->word[1], cmd.word[1]);
	queue->tail = (queue->tail + 1) % AMD_QUEUE_ENTRIES;
}

/* Queue the batch as a whole; false when there is no room for it now. */
static bool amd_queue_insert(struct amd_queue *queue,
			     const struct amd_batch *batch,
			     struct amd_waiter *waiter)
{
	unsigned int i;
	u32 room;

	spin_lock(&queue->lock);
	/* A full ring would look empty: one slot stays free. */
	room = (amd_queue_head(queue) - queue->tail - 1) % AMD_QUEUE_ENTRIES;
	if (room < batch->nr + 1) {
		spin_unlock(&queue->lock);
		return false;
	}
	waiter->seq = ++queue->seq;
	waiter->error = 0;
	list_add_tail(&waiter->node, &queue->waiters);
	for (i = 0; i < batch->nr; i++)
		amd_queue_put(queue, batch->cmd[i]);
	amd_queue_put(queue, amd_cmd_completion_wait(virt_to_phys(queue->done),
						     waiter->seq));
	amd_queue_ring_doorbell(queue);
	spin_unlock(&queue->lock);
	return true;
}

static bool amd_queue_settled(struct amd_queue *queue,
			      struct amd_waiter *waiter)
{
	return READ_ONCE(*queue->done) >= waiter->seq ||
	       READ_ONCE(waiter->error);
}

int amd_queue_run(struct amd_iommu *iommu, const struct amd_batch *batch)
{
	struct amd_queue *queue = &iommu->queue;
	struct amd_waiter waiter;
	struct amd_pause pause;
	bool settled;
	int rc;

	might_sleep();

	amd_pause_init(iommu, &pause);
	while (!amd_queue_insert(queue, batch, &waiter))
		if (!amd_pause(iommu, &pause))
			return -ETIMEDOUT;

	amd_pause_init(iommu, &pause);
	while (!amd_queue_settled(queue, &waiter) && amd_pause(iommu, &pause))
		;
	settled = amd_queue_settled(queue, &waiter);
	/* What the commands caused is seen after the number. */
	hw_rmb();

	spin_lock(&queue->lock);
	list_del(&waiter.node);
	rc = waiter.error;
	spin_unlock(&queue->lock);
	if (!settled)
		return -ETIMEDOUT;
	WRITE_ONCE(queue->silent, false);
	return rc;
}

/* The number of the batch that the command in @slot belongs to. */
static u64 amd_queue_batch_of(struct amd_queue *queue, u32 slot)
{
	lockdep_assert_held(&queue->lock);

	for (; slot != queue->tail; slot = (slot + 1) % AMD_QUEUE_ENTRIES)
		if (FIELD_GET(AMD_CMD0_OP, queue->ring[slot].word[0]) ==
		    AMD_CMD_COMPLETION_WAIT)
			return queue->ring[slot].word[1];
	return 0;
}

void amd_queue_recover(struct amd_iommu *iommu)
{
	struct amd_queue *queue = &iommu->queue;
	struct iommufdx_hw *hw = amd_hw(iommu);
	struct amd_waiter *waiter;
	u32 slot;
	u64 seq;

	spin_lock(&queue->lock);
	if (hw_read64(hw, AMD_REG_STATUS) & AMD_STATUS_CMD_RUN)
		goto out_unlock;

	amd_ctrl_update(iommu, AMD_CTRL_CMD_BUF_EN, 0);
	slot = amd_queue_head(queue);
	if (slot != queue->tail) {
		seq = amd_queue_batch_of(queue, slot);
		list_for_each_entry(waiter, &queue->waiters, node)
			if (waiter->seq == seq)
				WRITE_ONCE(waiter->error, -EIO);
		slot = (slot + 1) % AMD_QUEUE_ENTRIES;
	}
	hw_write64(hw, AMD_REG_CMD_HEAD, slot * AMD_RING_ENTRY);
	amd_ctrl_update(iommu, 0, AMD_CTRL_CMD_BUF_EN);
	amd_queue_ring_doorbell(queue);
out_unlock:
	spin_unlock(&queue->lock);
}
