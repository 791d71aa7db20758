// SPDX-License-Identifier: GPL-2.0-only
/* Queueing commands and waiting for them: see ring.h. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/iommufdx/hw.h>
#include "ring.h"

/* Wait by spinning for this long, then by sleeping. */
#define RING_SPIN_US		20
#define RING_SLEEP_MAX_US	1000

/* Who could not look this often was stopped, and maybe hardware with him. */
#define RING_LOOK_MS		4

/* Where waits that nobody waits for store their number: behind ring.done. */
#define RING_NOWHERE		sizeof(u64)

/**
 * struct ring_waiter - a batch under way
 * @node: in ring.waiters
 * @seq: its number
 * @first: index of its first command
 * @wait: index of its wait
 * @error: it will never complete, or did not as it should
 *
 * All guarded by ring.lock.
 */
struct ring_waiter {
	struct list_head node;
	u32 seq;
	u32 first;
	u32 wait;
	int error;
};

/**
 * struct ring_pause - how long a caller has waited
 * @start: when it began
 * @silent: hardware was silent then
 * @sleep_us: next sleep
 * @looks: sleeps so far
 */
struct ring_pause {
	ktime_t start;
	bool silent;
	unsigned int sleep_us;
	unsigned int looks;
};

/* Has hardware completed nothing since somebody gave up? */
static bool ring_is_silent(const struct ring *ring)
{
	return READ_ONCE(ring->silent) &&
	       (u32)READ_ONCE(*ring->done) == READ_ONCE(ring->silent_at);
}

static void ring_give_up(struct ring *ring)
{
	WRITE_ONCE(ring->silent_at, (u32)READ_ONCE(*ring->done));
	WRITE_ONCE(ring->silent, true);
}

static void ring_pause_init(struct ring *ring, struct ring_pause *pause)
{
	pause->start = ktime_get();
	pause->silent = ring_is_silent(ring);
	pause->sleep_us = RING_SPIN_US;
}

static bool ring_waited(const struct ring *ring, const struct ring_pause *pause,
			s64 us)
{
	unsigned int ms = pause->silent && ring_is_silent(ring) ?
			  RING_SILENT_MS : RING_TIMEOUT_MS;

	return us > 1000LL * ms && pause->looks >= ms / RING_LOOK_MS;
}

/* Let time pass; @pause is zeroed at first. False when that was enough. */
static bool ring_pause(struct ring *ring, struct ring_pause *pause)
{
	s64 us;

	/* Not before: hardware that is fast enough needs no clock. */
	if (!pause->sleep_us)
		ring_pause_init(ring, pause);
	us = ktime_us_delta(ktime_get(), pause->start);
	if (us < RING_SPIN_US) {
		cpu_relax();
		return true;
	}
	if (ring_waited(ring, pause, us)) {
		ring_give_up(ring);
		return false;
	}
	iommufdx_ring_recover(ring);
	usleep_range(pause->sleep_us, 2 * pause->sleep_us);
	pause->sleep_us = min(2 * pause->sleep_us, RING_SLEEP_MAX_US);
	pause->looks++;
	return true;
}

static unsigned int ring_order(const struct ring *ring)
{
	return get_order((unsigned long)ring->entries * ring->words *
			 sizeof(u64));
}

int iommufdx_ring_init(struct ring *ring, const struct ring_ops *ops,
		       u32 entries, u32 words)
{
	ring->ops = ops;
	ring->entries = entries;
	ring->words = words;
	spin_lock_init(&ring->lock);
	INIT_LIST_HEAD(&ring->waiters);
	ring->done = (u64 *)get_zeroed_page(GFP_KERNEL);
	ring->mem = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					    ring_order(ring));
	return ring->done && ring->mem ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_GPL(iommufdx_ring_init);

void iommufdx_ring_destroy(struct ring *ring)
{
	free_page((unsigned long)ring->done);
	free_pages((unsigned long)ring->mem, ring->mem ? ring_order(ring) : 0);
}
EXPORT_SYMBOL_GPL(iommufdx_ring_destroy);

phys_addr_t iommufdx_ring_phys(const struct ring *ring)
{
	return virt_to_phys(ring->mem);
}
EXPORT_SYMBOL_GPL(iommufdx_ring_phys);

/* Index of the command that hardware reads next. */
static u32 ring_head(struct ring *ring)
{
	u32 head;

	lockdep_assert_held(&ring->lock);

	head = ring->ops->read_head(ring);
	return ring->tail - (ring->tail - head) % ring->entries;
}

/* Where a command stands. Hardware does not look there before it is told to. */
static u64 *ring_slot(const struct ring *ring, u32 index)
{
	lockdep_assert_held(&ring->lock);

	return ring->mem + (size_t)(index & (ring->entries - 1)) * ring->words;
}

/* Commands as they lie side by side. */
static void ring_store_run(struct ring *ring, u32 index, const u64 *word,
			   const u64 *end)
{
	memcpy(ring_slot(ring, index), word, (end - word) * sizeof(u64));
}

/* Commands that differ in word 1 only. */
static void ring_store_like(struct ring *ring, u32 index, u64 word0,
			    const u64 *word, const u64 *end)
{
	const u32 words = ring->words;
	u64 *slot = ring_slot(ring, index);

	for (; word < end; word++, slot += words) {
		slot[0] = word0;
		slot[1] = *word;
		if (words == RING_CMD_WORDS_MAX) {
			slot[2] = 0;
			slot[3] = 0;
		}
	}
}

static void ring_store_piece(struct ring *ring, const struct ring_piece *piece)
{
	const unsigned int stride = piece->stride;
	const u64 *word = piece->word;
	u32 nr = piece->nr, n;

	for (; nr; nr -= n, ring->tail += n, word += n * stride) {
		/* As far as the end of the ring. */
		n = min(nr, ring->entries - (ring->tail & (ring->entries - 1)));
		if (stride == 1) {
			ring_store_like(ring, ring->tail, piece->word0, word,
					word + n);
			continue;
		}
		if (stride != ring->words)
			n = 1;
		ring_store_run(ring, ring->tail, word, word + n * ring->words);
	}
}

static void ring_store_wait(struct ring *ring, u32 index, u64 pa, u32 value)
{
	struct ring_cmd cmd = {};

	ring->ops->encode_wait(&cmd, pa, value);
	ring_store_run(ring, index, cmd.word, cmd.word + ring->words);
}

/* Queue all of it as a whole; false when there is no room for it now. */
static bool ring_insert(struct ring *ring, const struct ring_piece *pieces,
			unsigned int nr_pieces, struct ring_waiter *waiter)
{
	const struct ring_piece *piece, *end = pieces + nr_pieces;
	u32 room, nr = 0;

	for (piece = pieces; piece < end; piece++)
		nr += piece->nr;

	spin_lock(&ring->lock);
	/* A full ring would look empty: one slot stays free. */
	room = ring->entries - 1 - (ring->tail - ring_head(ring));
	if (room < nr + 1) {
		spin_unlock(&ring->lock);
		return false;
	}
	waiter->seq = ++ring->seq;
	waiter->first = ring->tail;
	waiter->wait = ring->tail + nr;
	waiter->error = 0;
	list_add_tail(&waiter->node, &ring->waiters);
	for (piece = pieces; piece < end; piece++)
		ring_store_piece(ring, piece);
	ring_store_wait(ring, ring->tail++, virt_to_phys(ring->done),
			waiter->seq);
	/* Commands, and the tables they speak of, before the doorbell. */
	hw_wmb();
	ring->ops->write_tail(ring, ring->tail);
	spin_unlock(&ring->lock);
	return true;
}

static bool ring_complete(const struct ring *ring,
			  const struct ring_waiter *waiter)
{
	return (s32)((u32)READ_ONCE(*ring->done) - waiter->seq) >= 0;
}

static bool ring_settled(const struct ring *ring,
			 const struct ring_waiter *waiter)
{
	return ring_complete(ring, waiter) || READ_ONCE(waiter->error);
}

static noinline bool ring_insert_later(struct ring *ring,
				       const struct ring_piece *pieces,
				       unsigned int nr_pieces,
				       struct ring_waiter *waiter)
{
	struct ring_pause pause = {};

	while (ring_pause(ring, &pause))
		if (ring_insert(ring, pieces, nr_pieces, waiter))
			return true;
	/* It may have been the caller who was late. */
	return ring_insert(ring, pieces, nr_pieces, waiter);
}

/* False: it was for nothing. */
static noinline bool ring_wait(struct ring *ring,
			       const struct ring_waiter *waiter)
{
	struct ring_pause pause = {};

	while (ring_pause(ring, &pause))
		if (ring_settled(ring, waiter))
			return true;
	return ring_settled(ring, waiter);
}

int iommufdx_ring_run_pieces(struct ring *ring, const struct ring_piece *pieces,
			     unsigned int nr_pieces)
{
	struct ring_waiter waiter;
	bool settled;
	int rc;

	might_sleep();

	if (!ring_insert(ring, pieces, nr_pieces, &waiter) &&
	    !ring_insert_later(ring, pieces, nr_pieces, &waiter))
		return -ETIMEDOUT;
	settled = ring_settled(ring, &waiter) || ring_wait(ring, &waiter);
	/* What the commands caused is seen after the number. */
	hw_rmb();

	spin_lock(&ring->lock);
	list_del(&waiter.node);
	rc = waiter.error;
	spin_unlock(&ring->lock);
	if (!settled)
		return -ETIMEDOUT;
	WRITE_ONCE(ring->silent, false);
	return rc;
}
EXPORT_SYMBOL_GPL(iommufdx_ring_run_pieces);

int iommufdx_ring_run(struct ring *ring, const struct ring_batch *batch)
{
	const struct ring_piece piece = {
		.word = batch->cmd[0].word,
		.stride = RING_CMD_WORDS_MAX,
		.nr = batch->nr,
	};

	return iommufdx_ring_run_pieces(ring, &piece, 1);
}
EXPORT_SYMBOL_GPL(iommufdx_ring_run);

int iommufdx_ring_run_like(struct ring *ring, u64 word0, const u64 *word1,
			   unsigned int nr)
{
	const struct ring_piece piece = {
		.word = word1,
		.stride = 1,
		.nr = nr,
		.word0 = word0,
	};

	return iommufdx_ring_run_pieces(ring, &piece, 1);
}
EXPORT_SYMBOL_GPL(iommufdx_ring_run_like);

/* What hardware that stopped at index @head means for a batch. */
static int ring_verdict(const struct ring *ring,
			const struct ring_waiter *waiter, enum ring_stop stop,
			u32 head)
{
	/* It would be in the caller's hands already. */
	if (waiter->error)
		return waiter->error;
	if (stop == RING_DROPPED)
		return (s32)(head - waiter->wait) > 0 &&
		       !ring_complete(ring, waiter) ? -ETIMEDOUT : 0;
	if (head - waiter->first > waiter->wait - waiter->first)
		return 0;
	return stop == RING_REFUSED ? -EIO : -ETIMEDOUT;
}

void iommufdx_ring_recover(struct ring *ring)
{
	struct ring_waiter *waiter;
	enum ring_stop stop;
	u32 head;

	spin_lock(&ring->lock);
	stop = ring->ops->stopped(ring);
	if (stop == RING_RUNNING)
		goto out_unlock;

	head = ring_head(ring);
	list_for_each_entry(waiter, &ring->waiters, node)
		WRITE_ONCE(waiter->error,
			   ring_verdict(ring, waiter, stop, head));
	if (stop != RING_DROPPED && head != ring->tail)
		ring_store_wait(ring, head,
				virt_to_phys(ring->done) + RING_NOWHERE, 0);
	hw_wmb();
	ring->ops->resume(ring, stop, head % ring->entries);
out_unlock:
	spin_unlock(&ring->lock);
}
EXPORT_SYMBOL_GPL(iommufdx_ring_recover);
