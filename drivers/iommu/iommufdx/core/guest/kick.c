// SPDX-License-Identifier: GPL-2.0-only
/* Kicks: an eventfd whose signal makes the kernel work. See kick.h. */
#include <linux/cgroup.h>
#include <linux/file.h>
#include <linux/slab.h>
#include "compat.h"
#include "kick.h"
#include "core/object.h"

static struct kthread_worker *kick_worker(struct iommufdx_ctx *ictx)
{
	struct kthread_worker *worker, *other;
	int rc;

	/* Pairs with the cmpxchg() that publishes it. */
	worker = smp_load_acquire(&ictx->worker);
	if (worker)
		return worker;
	worker = compat_kthread_run_worker(0, "iommufdx-%d", current->tgid);
	if (IS_ERR(worker))
		return worker;
	rc = cgroup_attach_task_all(current, worker->task);
	if (rc) {
		kthread_destroy_worker(worker);
		return ERR_PTR(rc);
	}
	other = cmpxchg(&ictx->worker, NULL, worker);
	if (!other)
		return worker;
	kthread_destroy_worker(worker);
	return other;
}

void fdx_kick_release(struct iommufdx_ctx *ictx)
{
	if (ictx->worker)
		kthread_destroy_worker(ictx->worker);
}

static void kick_work(struct kthread_work *work)
{
	struct fdx_kick *kick = container_of(work, struct fdx_kick, work);

	/* Behind whoever is waiting: everybody has his turn. */
	if (kick->run(kick))
		kthread_queue_work(kick->worker, work);
}

/* Called with the eventfd's lock held and interrupts off. */
static int kick_wake(wait_queue_entry_t *wait, unsigned int mode, int sync,
		     void *key)
{
	struct fdx_kick *kick = container_of(wait, struct fdx_kick, wait);
	u64 count;

	/*
	 * Anything else is the last close: then no signal will come any more,
	 * and the reference that @kick holds keeps the wait queue there.
	 */
	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(kick->eventfd, &count);
		kthread_queue_work(kick->worker, &kick->work);
	}
	return 0;
}

static void kick_listen(struct file *file, wait_queue_head_t *head,
			poll_table *poll)
{
	struct fdx_kick *kick = container_of(poll, struct fdx_kick, poll);

	add_wait_queue(head, &kick->wait);
}

int fdx_kick_start(struct fdx_kick *kick, struct iommufdx_ctx *ictx, int fd,
		   bool (*run)(struct fdx_kick *kick))
{
	struct kthread_worker *worker;
	struct eventfd_ctx *eventfd;
	struct file *file;
	int rc = 0;

	file = fget(fd);
	if (!file)
		return -EBADF;
	eventfd = eventfd_ctx_fileget(file);
	if (IS_ERR(eventfd)) {
		rc = PTR_ERR(eventfd);
		goto out_fput;
	}
	worker = kick_worker(ictx);
	if (IS_ERR(worker)) {
		rc = PTR_ERR(worker);
		eventfd_ctx_put(eventfd);
		goto out_fput;
	}
	fdx_kick_stop(kick);
	kick->worker = worker;
	kick->run = run;
	kick->eventfd = eventfd;
	kthread_init_work(&kick->work, kick_work);
	init_waitqueue_func_entry(&kick->wait, kick_wake);
	init_poll_funcptr(&kick->poll, kick_listen);
	if (vfs_poll(file, &kick->poll) & EPOLLIN)
		fdx_kick_now(kick);
out_fput:
	fput(file);
	return rc;
}

void fdx_kick_now(struct fdx_kick *kick)
{
	kthread_queue_work(kick->worker, &kick->work);
}

void fdx_kick_stop(struct fdx_kick *kick)
{
	u64 count;

	if (!kick->eventfd)
		return;
	eventfd_ctx_remove_wait_queue(kick->eventfd, &kick->wait, &count);
	kthread_cancel_work_sync(&kick->work);
	eventfd_ctx_put(kick->eventfd);
	kick->eventfd = NULL;
}
