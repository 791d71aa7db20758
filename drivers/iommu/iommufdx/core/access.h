/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses: the CPU's way to an IOAS's memory. See <linux/iommufdx/access.h>. */
#ifndef __IOMMUFDX_CORE_ACCESS_H
#define __IOMMUFDX_CORE_ACCESS_H

#include <linux/mutex.h>
#include <linux/iommufdx/access.h>
#include "object.h"

struct fdx_ioas;

/**
 * struct iommufdx_access - an access
 * @obj: its ID; whoever made it is a user until he destroys it
 * @ictx: the iommufd; a reference is held unless @internal
 * @ops: the driver's functions, NULL if @internal
 * @data: for them
 * @internal: core's own, for memory that hardware reads: what it pins cannot be
 *	unmapped, instead of being asked back
 * @iova_alignment: PAGE_SIZE if it pins, else 1
 * @lock: guards all below
 * @ioas: what it is attached to; NULL while that changes
 * @ioas_unpin: the same, but not NULL before everything was unpinned
 * @index: in fdx_ioas.accesses
 */
struct iommufdx_access {
	struct fdx_object obj;
	struct iommufdx_ctx *ictx;
	const struct iommufdx_access_ops *ops;
	void *data;
	bool internal;
	unsigned long iova_alignment;

	struct mutex lock;
	struct fdx_ioas *ioas;
	struct fdx_ioas *ioas_unpin;
	u32 index;
};

/* Core's own, attached to @ioas; ERR_PTR. End it with iommufdx_access_destroy(). */
struct iommufdx_access *fdx_access_internal(struct iommufdx_ctx *ictx,
					    struct fdx_ioas *ioas);
void fdx_access_destroy(struct fdx_object *obj);

/* Ask everybody who pinned something in @iova..@last to let go. No locks held. */
void fdx_accesses_unmap(struct fdx_ioas *ioas, unsigned long iova,
			unsigned long last);

#endif /* __IOMMUFDX_CORE_ACCESS_H */
