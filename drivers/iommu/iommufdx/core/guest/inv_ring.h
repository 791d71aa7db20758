/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings of invalidation commands that a VMM writes and the kernel takes. Their
 * layout is in <linux/iommufdx_guest.h>.
 *
 * The memory is the VMM's to scribble over at any time. The kernel reads @tail
 * once per run and each command once, decides by its own @head, and uses nothing
 * else of what is in there. A run allocates nothing.
 */
#ifndef __IOMMUFDX_CORE_INV_RING_H
#define __IOMMUFDX_CORE_INV_RING_H

#include <linux/types.h>
#include "inv_exec.h"
#include "core/object.h"

struct fdx_ucmd;
struct iommufdx_inv_ring;

/**
 * struct fdx_inv_ring - a ring as the kernel sees it
 * @inv: where its commands go; @inv.to.lock guards @head
 * @shared: the memory that user space maps
 * @commands: in it
 * @status: in it
 * @mask: entries - 1
 * @entry_len: bytes of a command in the ring
 * @head: commands taken so far
 * @copy: a command as the backend knows it, zero-extended
 */
struct fdx_inv_ring {
	struct fdx_inv inv;
	struct iommufdx_inv_ring *shared;
	void *commands;
	s32 *status;
	u32 mask;
	u32 entry_len;
	u32 head;
	void *copy;
};

/*
 * Execute what is between head and tail, but no more than @most; @done is how
 * many commands were. 0 or, of the last one taken, why it failed; -EINVAL: the
 * ring overflowed; -EINTR: a fatal signal.
 */
int fdx_inv_ring_run(struct fdx_inv_ring *ring, u32 most, u32 *done);

int fdx_inv_ring_alloc_ioctl(struct fdx_ucmd *ucmd);
int fdx_inv_ring_submit_ioctl(struct fdx_ucmd *ucmd);
void fdx_inv_ring_destroy(struct fdx_object *obj);

#endif /* __IOMMUFDX_CORE_INV_RING_H */
