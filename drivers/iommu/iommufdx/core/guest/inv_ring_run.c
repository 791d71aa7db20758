// SPDX-License-Identifier: GPL-2.0-only
/* Taking commands out of a ring and executing them. See inv_ring.h. */
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <uapi/linux/iommufdx.h>
#include "inv_ring.h"

/* Commands that are taken before a signal is looked for. */
#define FDX_INV_RING_PORTION	128U

/* Take @num commands, which lie side by side, up to the first error. */
static int inv_ring_take(struct fdx_inv_ring *ring, const void *from, u32 num)
{
	struct fdx_inv *inv = &ring->inv;
	u32 len = ring->entry_len, taken;
	bool whole = len == inv->to.ops->entry_size;
	int rc;

	for (; num; num -= taken, from += (size_t)taken * len) {
		/* What is behind it in @copy stays zero. */
		fdx_copy_once(ring->copy, from, len);
		rc = fdx_inv_add(inv, ring->copy);
		if (rc)
			return rc;
		taken = 1;
		if (whole)
			taken += fdx_inv_add_like(inv, ring->copy, from + len,
						  num - 1);
	}
	return 0;
}

static void inv_ring_report(struct fdx_inv_ring *ring, u32 num, s32 status)
{
	u32 slot, n;

	for (; num; num -= n, ring->head += n) {
		slot = ring->head & ring->mask;
		n = min(num, ring->mask + 1 - slot);
		memset32((u32 *)ring->status + slot, status, n);
	}
}

int fdx_inv_ring_run(struct fdx_inv_ring *ring, u32 most, u32 *done)
{
	struct iommufdx_inv_ring *shared = ring->shared;
	struct fdx_inv *inv = &ring->inv;
	const u32 mask = ring->mask;
	u32 num, left, portion, slot;
	int rc = 0, end;

	fdx_inv_begin(inv);
	/* Pairs with the VMM's release: commands are there before the tail is. */
	num = smp_load_acquire(&shared->tail) - ring->head;
	if (num > mask + 1) {
		WRITE_ONCE(shared->state, IOMMUFDX_INV_RING_OVERFLOW);
		/* For a VMM that has lost count. */
		WRITE_ONCE(shared->head, ring->head);
		fdx_inv_end(inv);
		*done = 0;
		return -EINVAL;
	}
	WRITE_ONCE(shared->state, 0);

	slot = ring->head & mask;
	for (left = min(num, most); left && !rc; left -= portion) {
		portion = min3(left, FDX_INV_RING_PORTION, mask + 1 - slot);
		rc = inv_ring_take(ring, ring->commands +
					 (size_t)slot * ring->entry_len,
				   portion);
		slot = (slot + portion) & mask;
		if (!rc && fatal_signal_pending(current))
			rc = -EINTR;
		cond_resched();
	}
	/* Nothing is reported before it is synced. */
	fdx_inv_sync(inv);
	inv_ring_report(ring, inv->done, 0);
	inv_ring_report(ring, inv->lost, inv->sync_error);
	inv_ring_report(ring, inv->refused ? 1 : 0, inv->refused);
	/* Pairs with the VMM's acquire: statuses are there before the head is. */
	smp_store_release(&shared->head, ring->head);
	*done = inv->done;
	end = fdx_inv_end(inv);
	return end ? end : rc;
}
