/* SPDX-License-Identifier: GPL-2.0-only */
/* A ring in plain memory, laid out as the ioctl does it. */
#ifndef __UNIT_GUEST_QUEUE_RING_RIG_H
#define __UNIT_GUEST_QUEUE_RING_RIG_H

#include <linux/string.h>
#include <uapi/linux/iommufdx.h>
#include "core/guest/inv_ring.h"
#include "target.h"

#define RING_ENTRIES	16u

struct ring_rig {
	struct fdx_inv_ring ring;
	struct target target;
	struct iommufdx_inv_ring shared;
	u32 words[RING_ENTRIES * 4];
	s32 status[RING_ENTRIES];
	struct command copy;
};

static inline void ring_make(struct ring_rig *rig,
			     const struct iommufdx_inv_ops *ops, u32 entry_len,
			     u32 head)
{
	struct fdx_inv_target to;

	memset(rig, 0, sizeof(*rig));
	target_init(&rig->target, &to, ops);
	fdx_inv_alloc(&rig->ring.inv, &to, 0);
	rig->ring.shared = &rig->shared;
	rig->ring.commands = rig->words;
	rig->ring.status = rig->status;
	rig->ring.mask = RING_ENTRIES - 1;
	rig->ring.entry_len = entry_len;
	rig->ring.copy = &rig->copy;
	rig->ring.head = rig->shared.head = rig->shared.tail = head;
}

#endif /* __UNIT_GUEST_QUEUE_RING_RIG_H */
