// SPDX-License-Identifier: GPL-2.0-only
/* Taking commands out of a ring and executing them. See inv_ring.h. */
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <uapi/linux/iommufdx.h>
#include "inv_ring.h"

/* Copy @num commands from number @first on: up to the end of the array at most. */
static void inv_ring_copy(struct fdx_inv_ring *ring, u32 first, u32 num)
{
	size_t size = ring->inv.to.ops->entry_size;
	const void *from = ring->commands +
			   (size_t)(first & ring->mask) * ring->entry_len;
	u32 i;

	if (ring->entry_len == size) {
		fdx_copy_once(ring->copy, from, num * size);
	} else {
		/* What is behind each stays zero. */
		for (i = 0; i < num; i++)
			fdx_copy_once(ring->copy + i * size,
				      from + (size_t)i * ring->entry_len,
				      ring->entry_len);
	}
}

static void inv_ring_report(struct fdx_inv_ring *ring, u32 num, s32 status)
{
	u32 end = ring->head + num, i;

	for (i = ring->head; i != end; i++)
		WRITE_ONCE(ring->status[i & ring->mask], status);
	ring->head = end;
}

int fdx_inv_ring_run(struct fdx_inv_ring *ring, u32 most, u32 *done)
{
	struct iommufdx_inv_ring *shared = ring->shared;
	struct fdx_inv *inv = &ring->inv;
	u32 num, taken, portion;
	int rc = 0;

	fdx_inv_begin(inv);
	/* Pairs with the VMM's release: commands are there before the tail is. */
	num = smp_load_acquire(&shared->tail) - ring->head;
	if (num > ring->mask + 1) {
		WRITE_ONCE(shared->state, IOMMUFDX_INV_RING_OVERFLOW);
		/* For a VMM that has lost count. */
		WRITE_ONCE(shared->head, ring->head);
		fdx_inv_end(inv);
		*done = 0;
		return -EINVAL;
	}
	WRITE_ONCE(shared->state, 0);

	num = min(num, most);
	for (taken = 0; taken < num && !rc; taken += portion) {
		u32 first = ring->head + taken;

		portion = min3(num - taken, ring->chunk,
			       ring->mask + 1 - (first & ring->mask));
		inv_ring_copy(ring, first, portion);
		rc = fdx_inv_add_all(inv, ring->copy, portion);
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
	fdx_inv_end(inv);
	if (inv->sync_error)
		return inv->sync_error;
	return rc;
}
