/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command ring: how a driver gives commands to an IOMMU.
 *
 * Every IOMMU reads commands from a ring in memory, moves a head pointer behind
 * what it has read, and has one command that reports when all before it has
 * taken effect. This is the driver's side of such a ring; what differs between
 * vendors is in struct ring_ops.
 *
 * Words
 *   slot     where a command stands, 0 to entries - 1
 *   index    the same without wrapping round: it counts the commands since the
 *            beginning, modulo 2^32; its low bits are the slot
 *   batch    commands that are queued as a whole and complete together
 *   number   of a batch; they rise by one in queue order, modulo 2^32
 *   wait     the command that ends a batch: hardware stores the batch's number
 *            in memory when all before it has taken effect
 *
 * Invariants
 *   1. A batch is complete as soon as a number not below its own is stored:
 *      there is one place for all of them, and nobody else writes to it.
 *   2. Hardware that stops at a command goes on only after the batch which that
 *      command belongs to is marked as failed, for a later number may be stored
 *      right afterwards. No other batch is.
 *   3. What hardware refused is replaced by a wait for nothing, so the same
 *      command is not met again.
 *   4. A caller that gives up leaves its commands in the ring: they will be
 *      executed when hardware comes back.
 */
#ifndef __IOMMUFDX_RING_H
#define __IOMMUFDX_RING_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct ring;

#define RING_CMD_WORDS_MAX	4
#define RING_BATCH_MAX		16

/* Commands take microseconds on hardware; models on a busy machine do not. */
#define RING_TIMEOUT_MS		5000
/* While hardware is silent, nobody else should wait as long. */
#define RING_SILENT_MS		100

/**
 * struct ring_cmd - one command
 * @word: as hardware reads it; the ring uses as many as its commands have
 */
struct ring_cmd {
	u64 word[RING_CMD_WORDS_MAX];
};

/**
 * struct ring_batch - commands that complete together
 * @nr: how many
 * @cmd: the commands, without the wait
 */
struct ring_batch {
	unsigned int nr;
	struct ring_cmd cmd[RING_BATCH_MAX];
};

/**
 * struct ring_piece - commands that lie side by side
 * @word: the first one
 * @stride: words from one to the next; 1: there is only word 1 of each, word 0 is
 *	@word0, and those behind are 0
 * @nr: how many
 * @word0: see @stride
 */
struct ring_piece {
	const u64 *word;
	unsigned int stride;
	unsigned int nr;
	u64 word0;
};

/**
 * enum ring_stop - why hardware reads no more commands
 * @RING_RUNNING: it does
 * @RING_REFUSED: it cannot execute the command at the head
 * @RING_UNANSWERED: the command at the head is a wait, and something before it
 *	got no answer from a device
 * @RING_DROPPED: the same, but hardware has passed that wait without storing its
 *	number: every batch before the head that is not complete will never be
 */
enum ring_stop {
	RING_RUNNING,
	RING_REFUSED,
	RING_UNANSWERED,
	RING_DROPPED,
};

/**
 * struct ring_ops - what differs between IOMMUs
 * @encode_wait: make @cmd a wait that stores @value, which has 32 bits, at the
 *	physical address @pa, which is a multiple of 8; it may store 64 bits.
 *	Words beyond the format's are zero already.
 * @write_tail: tell hardware that commands stand up to, not including, index
 *	@tail
 * @read_head: the slot that hardware reads next
 * @stopped: has it stopped? Called often; one register read, or two
 * @resume: have hardware, which stopped for @stop, go on with the command in
 *	slot @head. Tell it the tail anew if it forgets that.
 *
 * All are called under ring.lock and must not sleep.
 */
struct ring_ops {
	void (*encode_wait)(struct ring_cmd *cmd, u64 pa, u32 value);
	void (*write_tail)(struct ring *ring, u32 tail);
	u32 (*read_head)(struct ring *ring);
	enum ring_stop (*stopped)(struct ring *ring);
	void (*resume)(struct ring *ring, enum ring_stop stop, u32 head);
};

/**
 * struct ring - a command ring
 * @ops: the vendor's side
 * @mem: @entries commands of @words words, read by hardware
 * @done: number of the last batch completed, written by hardware; what is behind
 *	it is for waits that nobody waits for
 * @entries: how many commands there is room for, a power of two
 * @words: 64-bit words per command, 2 or 4
 * @silent: the last wait got no answer; any thread, no lock
 * @silent_at: what @done was then; since it changed hardware is not silent
 * @lock: guards all below, and the tail of the ring
 * @tail: index of the next command
 * @seq: number of the last batch queued
 * @waiters: callers of iommufdx_ring_run(), in queue order
 */
struct ring {
	const struct ring_ops *ops;
	u64 *mem;
	u64 *done;
	u32 entries;
	u32 words;
	bool silent;
	u32 silent_at;

	spinlock_t lock;
	u32 tail;
	u32 seq;
	struct list_head waiters;
};

/**
 * iommufdx_ring_init() - allocate a ring
 * @ring: zeroed; may be embedded in the vendor's own
 * @ops: the vendor's side
 * @entries: room, a power of two from 64 on
 * @words: 64-bit words per command, 2 or 4
 *
 * The memory is naturally aligned, and zeroed. Hardware starts with head and
 * tail at slot 0.
 * Context: may sleep.
 * Return: 0 or -ENOMEM. iommufdx_ring_destroy() frees what a failure leaves.
 */
int iommufdx_ring_init(struct ring *ring, const struct ring_ops *ops,
		       u32 entries, u32 words);

/**
 * iommufdx_ring_destroy() - free a ring
 * @ring: hardware no longer reads it
 *
 * Context: any. Does nothing on a ring that is zeroed.
 */
void iommufdx_ring_destroy(struct ring *ring);

/**
 * iommufdx_ring_phys() - where a ring is
 * @ring: initialised
 *
 * Context: any.
 * Return: its physical address.
 */
phys_addr_t iommufdx_ring_phys(const struct ring *ring);

/**
 * iommufdx_ring_run() - execute a batch and wait until hardware has
 * @ring: where
 * @batch: what; none is allowed: then all that was queued before is waited for
 *
 * Context: may sleep; any number of callers at once. Not from an interrupt
 * handler of the IOMMU, whose model executes nothing meanwhile.
 * Return: 0; -EIO: hardware refused a command of the batch; -ETIMEDOUT: a device
 * did not answer one of them, or hardware did not get through within
 * RING_TIMEOUT_MS.
 */
int iommufdx_ring_run(struct ring *ring, const struct ring_batch *batch);

/**
 * iommufdx_ring_run_pieces() - the same with more commands than a batch has
 * @ring: where
 * @pieces: what, in this order
 * @nr_pieces: how many of them; fewer commands than @ring has entries, less two
 *
 * Context, Return: as iommufdx_ring_run().
 */
int iommufdx_ring_run_pieces(struct ring *ring, const struct ring_piece *pieces,
			     unsigned int nr_pieces);

/**
 * iommufdx_ring_run_like() - the same with commands that differ in word 1 only
 * @ring: where
 * @word0: of all of them; words behind word 1 are 0
 * @word1: of each
 * @nr: how many; fewer than @ring has entries, less two
 *
 * Context, Return: as iommufdx_ring_run().
 */
int iommufdx_ring_run_like(struct ring *ring, u64 word0, const u64 *word1,
			   unsigned int nr);

/**
 * iommufdx_ring_recover() - look whether hardware has stopped, and help it
 * @ring: where
 *
 * Waiting callers do it, too; an interrupt that tells makes it faster.
 * Context: process context; does not sleep.
 */
void iommufdx_ring_recover(struct ring *ring);

/**
 * ring_batch_add() - append a command
 * @batch: a batch with room
 * @cmd: the command
 */
static inline void ring_batch_add(struct ring_batch *batch, struct ring_cmd cmd)
{
	batch->cmd[batch->nr++] = cmd;
}

#endif /* __IOMMUFDX_RING_H */
