// SPDX-License-Identifier: GPL-2.0-only
/* The guest's side of a queue that the kernel reads. */
#include "queue_rig.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static const struct timespec a_moment = { .tv_nsec = 100000 };

bool word_becomes(volatile uint32_t *word, uint32_t value)
{
	const uint64_t start = milliseconds();

	while (*word != value && milliseconds() - start < PATIENCE_MS)
		nanosleep(&a_moment, NULL);
	return __atomic_load_n(word, __ATOMIC_ACQUIRE) == value;
}

bool cons_becomes(const struct iommufdx_guest_queue *queue, uint32_t value)
{
	const uint64_t start = milliseconds();

	while (iommufdx_guest_queue_cons(queue) != value &&
	       milliseconds() - start < PATIENCE_MS)
		nanosleep(&a_moment, NULL);
	return iommufdx_guest_queue_cons(queue) == value;
}

bool signalled(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	eventfd_t count;

	return poll(&pollfd, 1, PATIENCE_MS) == 1 && !eventfd_read(fd, &count);
}

void ring_doorbell(struct iommufdx_guest_queue *queue, int kick, uint32_t prod)
{
	iommufdx_guest_queue_set_prod(queue, prod);
	eventfd_write(kick, 1);
}

int queue_make(struct guest *g, uint32_t viommu, const struct queue_vendor *v,
	       struct queue *q)
{
	int rc;

	memset(q, 0, sizeof(*q));
	q->v = v;
	q->commands = guest_page(g, QUEUE);
	q->kick = eventfd(0, EFD_NONBLOCK);
	q->event = eventfd(0, EFD_NONBLOCK);
	q->irq = eventfd(0, EFD_NONBLOCK);
	rc = iommufdx_guest_queue_open(g->r->iommu, viommu, v->type,
				       guest_pa(QUEUE),
				       v->entries * v->words * sizeof(uint64_t),
				       &q->queue);
	return rc ? rc : iommufdx_guest_queue_eventfds(q->queue, q->kick,
						       q->event, q->irq);
}

void queue_break(struct queue *q)
{
	if (!q->v)
		return;
	iommufdx_guest_queue_close(q->queue);
	close(q->kick);
	close(q->event);
	close(q->irq);
	q->v = NULL;
}

uint64_t *queue_place(const struct queue *q, uint32_t index)
{
	return q->commands + index % q->v->entries * q->v->words;
}

uint64_t queue_pa(const struct queue *q, uint32_t index)
{
	return guest_pa(QUEUE) + (queue_place(q, index) - q->commands) *
				 sizeof(uint64_t);
}

void queue_put(struct queue *q, command_t command)
{
	memcpy(queue_place(q, q->prod), command.word,
	       q->v->words * sizeof(uint64_t));
	q->prod = (q->prod + 1) % (q->v->entries << q->v->wrap_bit);
}

uint32_t queue_reg(const struct queue *q, uint32_t index)
{
	return index << q->v->shift;
}

void queue_doorbell(const struct queue *q)
{
	ring_doorbell(q->queue, q->kick, queue_reg(q, q->prod));
}

bool queue_drains(const struct queue *q)
{
	return cons_becomes(q->queue, queue_reg(q, q->prod));
}
