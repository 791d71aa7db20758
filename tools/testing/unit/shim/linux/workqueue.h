/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue is a thread; a work is in its list once, and may be queued again while
 * it runs.
 */
#ifndef __SHIM_LINUX_WORKQUEUE_H
#define __SHIM_LINUX_WORKQUEUE_H

#include <linux/list.h>
#include <linux/slab.h>
#include <pthread.h>

#define WQ_UNBOUND	0x2u

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	struct list_head entry;
	work_func_t func;
	struct workqueue_struct *wq;
};

struct workqueue_struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct list_head works;
	struct work_struct *running;
	pthread_cond_t done;
	bool stop;
};

#define INIT_WORK(work, fn) \
	do { \
		INIT_LIST_HEAD(&(work)->entry); \
		(work)->func = (fn); \
		(work)->wq = NULL; \
	} while (0)

static inline void *shim_wq_thread(void *arg)
{
	struct workqueue_struct *wq = arg;
	struct work_struct *work;

	pthread_mutex_lock(&wq->lock);
	for (;;) {
		if (!list_empty(&wq->works)) {
			work = list_first_entry(&wq->works, struct work_struct,
						entry);
			list_del_init(&work->entry);
			wq->running = work;
			pthread_mutex_unlock(&wq->lock);
			work->func(work);
			pthread_mutex_lock(&wq->lock);
			wq->running = NULL;
			pthread_cond_broadcast(&wq->done);
		} else if (wq->stop) {
			break;
		} else {
			pthread_cond_wait(&wq->wake, &wq->lock);
		}
	}
	pthread_mutex_unlock(&wq->lock);
	return NULL;
}

#define alloc_workqueue(fmt, flags, max, ...)	shim_wq_alloc()

static inline struct workqueue_struct *shim_wq_alloc(void)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);

	if (!wq)
		return NULL;
	pthread_mutex_init(&wq->lock, NULL);
	pthread_cond_init(&wq->wake, NULL);
	pthread_cond_init(&wq->done, NULL);
	INIT_LIST_HEAD(&wq->works);
	pthread_create(&wq->thread, NULL, shim_wq_thread, wq);
	return wq;
}

static inline bool queue_work(struct workqueue_struct *wq,
			      struct work_struct *work)
{
	bool idle;

	pthread_mutex_lock(&wq->lock);
	idle = list_empty(&work->entry);
	if (idle)
		list_add_tail(&work->entry, &wq->works);
	work->wq = wq;
	pthread_cond_signal(&wq->wake);
	pthread_mutex_unlock(&wq->lock);
	return idle;
}

/* Wait until it is neither queued nor running. */
static inline void flush_work(struct work_struct *work)
{
	struct workqueue_struct *wq = work->wq;

	if (!wq)
		return;
	pthread_mutex_lock(&wq->lock);
	while (!list_empty(&work->entry) || wq->running == work)
		pthread_cond_wait(&wq->done, &wq->lock);
	pthread_mutex_unlock(&wq->lock);
}

/* What is queued is done before it ends. */
static inline void destroy_workqueue(struct workqueue_struct *wq)
{
	pthread_mutex_lock(&wq->lock);
	wq->stop = true;
	pthread_cond_signal(&wq->wake);
	pthread_mutex_unlock(&wq->lock);
	pthread_join(wq->thread, NULL);
	kfree(wq);
}

#endif /* __SHIM_LINUX_WORKQUEUE_H */
