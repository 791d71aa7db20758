// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's commands on their whole way: it has written them, rings the doorbell,
 * and waits for the answer. By array and ring a VMM's thread is woken, takes them
 * out of the guest's queue, hands them over and answers; the kernel can do the same
 * without it.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "invalidate.h"

#define ROUNDS	51

/**
 * struct vmm - the VMM of one guest
 * @g: the guest
 * @path: how it hands commands over
 * @batch: how many come at once
 * @doorbell: an eventfd that the guest writes to
 * @answer: an eventfd that the guest waits for
 * @trouble: an eventfd that is signalled when there is something for the VMM to
 *	do where the kernel reads the queue
 * @stop: come to an end
 * @error: what went wrong
 * @calls: system calls
 * @wakeups: of its thread
 * @ring: BY_RING
 * @queue: BY_QUEUE
 */
struct vmm {
	struct inv_guest *g;
	enum inv_path path;
	unsigned int batch;
	int doorbell;
	int answer;
	int trouble;
	bool stop;
	int error;
	unsigned long calls;
	unsigned long wakeups;
	struct iommufdx_ring *ring;
	struct iommufdx_guest_queue *queue;
};

static int hand_over_array(struct vmm *v)
{
	uint32_t len = v->g->vendor->entry_len, done;
	char entries[BATCH * ENTRY_MAX];

	memcpy(entries, v->g->memory, v->batch * len);
	return iommufdx_invalidate(v->g->t.iommu, v->g->viommu,
				   v->g->vendor->type, entries, len, v->batch,
				   &done);
}

static int hand_over_ring(struct vmm *v)
{
	uint32_t len = v->g->vendor->entry_len, done;

	for (unsigned int i = 0; i < v->batch; i++)
		memcpy(iommufdx_inv_ring_get_entry(v->ring),
		       v->g->memory + i * len, len);
	return iommufdx_inv_ring_submit(v->ring, &done);
}

static void *vmm_thread(void *arg)
{
	struct vmm *v = arg;
	int fd = v->path == BY_QUEUE ? v->trouble : v->doorbell;
	eventfd_t count;

	while (!eventfd_read(fd, &count) && !v->stop) {
		v->wakeups++;
		v->error = v->path == BY_ARRAY ? hand_over_array(v) :
			   v->path == BY_RING ? hand_over_ring(v) : -EIO;
		eventfd_write(v->answer, 1);
		/* It waited, handed over, and answered. */
		v->calls += 3;
	}
	return NULL;
}

static int vmm_open(struct vmm *v)
{
	const struct inv_vendor *vendor = v->g->vendor;
	int rc;

	v->doorbell = eventfd(0, 0);
	v->answer = eventfd(0, 0);
	v->trouble = eventfd(0, 0);
	if (v->path == BY_RING)
		return iommufdx_inv_ring_open(v->g->t.iommu, v->g->viommu,
					      vendor->type, vendor->entry_len,
					      BATCH, -1, -1, &v->ring);
	if (v->path == BY_ARRAY)
		return 0;
	rc = iommufdx_guest_queue_open(v->g->t.iommu, v->g->viommu,
				       vendor->queue_type, IOVA,
				       QUEUE_ENTRIES * vendor->entry_len,
				       &v->queue);
	if (!rc)
		rc = iommufdx_guest_queue_eventfds(v->queue, v->doorbell,
						   v->trouble, v->answer);
	return rc ? rc : iommufdx_guest_queue_start(v->queue, 0, 0, 0);
}

static void vmm_close(struct vmm *v)
{
	iommufdx_inv_ring_close(v->ring);
	iommufdx_guest_queue_close(v->queue);
	close(v->doorbell);
	close(v->answer);
	close(v->trouble);
}

/* The guest writes its commands; @count entries are in its queue so far. */
static uint32_t guest_write(struct vmm *v, uint32_t count)
{
	const struct inv_vendor *vendor = v->g->vendor;

	/* A VMM finds them where it looks, at the beginning. */
	if (v->path != BY_QUEUE)
		count = 0;
	for (unsigned int i = 0; i < v->batch; i++, count++)
		vendor->page(v->g->memory + count % QUEUE_ENTRIES *
			     vendor->entry_len, 3 * i * PAGE);
	if (v->path != BY_QUEUE)
		return 0;
	vendor->queue_sync(v->g->memory +
			   count++ % QUEUE_ENTRIES * vendor->entry_len);
	return count;
}

static void guest_wait(struct vmm *v)
{
	eventfd_t count;

	eventfd_write(v->doorbell, 1);
	eventfd_read(v->answer, &count);
}

static void guest_rounds(struct vmm *v, struct vmm_cost *cost)
{
	double ticks[ROUNDS];
	uint32_t count = 0;

	for (int i = 0; i < ROUNDS; i++) {
		count = guest_write(v, count);
		if (v->path == BY_QUEUE)
			iommufdx_guest_queue_set_prod(v->queue,
					v->g->vendor->queue_prod(count));
		ticks[i] = own_ticks_of(v->g, guest_wait(v));
	}
	cost->ticks = median(ticks, ROUNDS);
}

int vmm_measure(struct inv_guest *g, enum inv_path path, unsigned int batch,
		struct vmm_cost *cost)
{
	struct vmm v = { .g = g, .path = path, .batch = batch };
	pthread_t thread;
	int rc = vmm_open(&v);

	if (rc)
		goto out_close;
	must(-pthread_create(&thread, NULL, vmm_thread, &v), "thread");
	guest_rounds(&v, cost);
	v.stop = true;
	eventfd_write(path == BY_QUEUE ? v.trouble : v.doorbell, 1);
	pthread_join(thread, NULL);
	must(v.error, "a VMM's commands");
	cost->calls = (double)v.calls / ROUNDS;
	cost->wakeups = (double)v.wakeups / ROUNDS;
out_close:
	vmm_close(&v);
	return rc;
}
