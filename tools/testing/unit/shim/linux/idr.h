/* SPDX-License-Identifier: GPL-2.0-only */
/* IDAs of up to 65536 IDs. */
#ifndef __SHIM_LINUX_IDR_H
#define __SHIM_LINUX_IDR_H

#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/types.h>

#define SHIM_IDA_IDS	65536

struct ida {
	struct mutex lock;
	bool used[SHIM_IDA_IDS];
};

#define DEFINE_IDA(x)	struct ida x = { .lock = SHIM_LOCK_INIT }

static inline int ida_alloc_range(struct ida *ida, unsigned int min,
				  unsigned int max, gfp_t gfp)
{
	int id = -ENOSPC;

	mutex_lock(&ida->lock);
	for (unsigned int i = min; i <= max && i < SHIM_IDA_IDS; i++) {
		if (!ida->used[i]) {
			ida->used[i] = true;
			id = i;
			break;
		}
	}
	mutex_unlock(&ida->lock);
	return id;
}

static inline void ida_free(struct ida *ida, unsigned int id)
{
	mutex_lock(&ida->lock);
	assert(ida->used[id]);
	ida->used[id] = false;
	mutex_unlock(&ida->lock);
}

#endif /* __SHIM_LINUX_IDR_H */
