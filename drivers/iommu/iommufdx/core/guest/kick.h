/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kicks: an eventfd whose signal makes the kernel work for a user.
 *
 * One thread per iommufd does the work of all its kicks. It is in the cgroups
 * of the process that needed it first, so its time is that process's. Work is
 * done in portions: a function that has more to do asks to be called again, and
 * the others have their turn in between.
 */
#ifndef __IOMMUFDX_CORE_KICK_H
#define __IOMMUFDX_CORE_KICK_H

#include <linux/eventfd.h>
#include <linux/kthread.h>
#include <linux/poll.h>
#include <linux/wait.h>

struct iommufdx_ctx;

/**
 * struct fdx_kick - an eventfd that somebody listens to
 * @run: what a signal calls; may sleep. True: call me again.
 * @eventfd: the eventfd; NULL: stopped
 * @wait: in its wait queue
 * @poll: how it gets there
 * @worker: the thread
 * @work: on its list while there is something to do
 */
struct fdx_kick {
	bool (*run)(struct fdx_kick *kick);
	struct eventfd_ctx *eventfd;
	wait_queue_entry_t wait;
	poll_table poll;
	struct kthread_worker *worker;
	struct kthread_work work;
};

/*
 * Listen to eventfd @fd, instead of the one before if there is one; a signal that
 * is pending already counts. @kick was zeroed once. -EBADF (not open), -EINVAL
 * (no eventfd), -ENOMEM, -EINTR: nothing has changed.
 */
int fdx_kick_start(struct fdx_kick *kick, struct iommufdx_ctx *ictx, int fd,
		   bool (*run)(struct fdx_kick *kick));
/* As if the eventfd had been signalled. @kick is started. */
void fdx_kick_now(struct fdx_kick *kick);
/* No call of @run is or will be under way. Nothing happens if it is stopped. */
void fdx_kick_stop(struct fdx_kick *kick);

/* The file goes away: end the thread. */
void fdx_kick_release(struct iommufdx_ctx *ictx);

#endif /* __IOMMUFDX_CORE_KICK_H */
