// SPDX-License-Identifier: GPL-2.0-only
/*
 * The paths of `iommuctl demo nested': an array of commands, a ring that both
 * sides map, and the guest's own queue, which the kernel reads.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "nested.h"

/* What a thread has under way, rounded up. */
#define RING_ENTRIES	128
#define PATIENCE	10	/* seconds */

static unsigned int command_bytes(const struct nested_guest *g)
{
	return g->vendor->words * sizeof(uint64_t);
}

/* --------------------------------------------------------------------- array */

static int array_open(struct nested_guest *g)
{
	return 0;
}

static int array_execute(struct nested_guest *g, unsigned int thread,
			 const uint64_t *commands, unsigned int num)
{
	uint32_t done;
	int rc = iommufdx_invalidate(g->iommu, g->viommu, g->vendor->inv_type,
				     commands, command_bytes(g), num, &done);

	return rc || done == num ? rc : -EIO;
}

/* ---------------------------------------------------------------------- ring */

static int ring_open(struct nested_guest *g)
{
	int rc = 0;

	for (unsigned int i = 0; i < NESTED_THREADS && !rc; i++)
		rc = iommufdx_inv_ring_open(g->iommu, g->viommu,
					    g->vendor->inv_type,
					    command_bytes(g), RING_ENTRIES, -1,
					    -1, &g->ring[i]);
	return rc;
}

static int ring_execute(struct nested_guest *g, unsigned int thread,
			const uint64_t *commands, unsigned int num)
{
	uint32_t done;
	void *entry;
	int rc;

	for (unsigned int i = 0; i < num; i++) {
		entry = iommufdx_inv_ring_get_entry(g->ring[thread]);
		if (!entry)
			return -ENOSPC;
		memcpy(entry, commands + i * g->vendor->words,
		       command_bytes(g));
	}
	rc = iommufdx_inv_ring_submit(g->ring[thread], &done);
	return rc || done == num ? rc : -EIO;
}

/* --------------------------------------------------------------------- queue */

static int queue_open(struct nested_guest *g)
{
	int rc;

	rc = iommufdx_guest_queue_open(g->iommu, g->viommu,
				       g->vendor->queue_type,
				       nested_pa(g->queue_page),
				       NESTED_QUEUE * command_bytes(g),
				       &g->queue);
	if (rc)
		return rc;
	g->kick = eventfd(0, 0);
	if (g->kick < 0)
		return -errno;
	rc = iommufdx_guest_queue_eventfds(g->queue, g->kick, -1, -1);
	return rc ? rc : iommufdx_guest_queue_start(g->queue, 0, 0, 0);
}

static void queue_put(struct nested_guest *g, const uint64_t *command)
{
	uint8_t *to = nested_page(g, g->queue_page) +
		      g->prod % NESTED_QUEUE * command_bytes(g);

	memcpy(to, command, command_bytes(g));
	g->prod = (g->prod + 1) % (NESTED_QUEUE << g->vendor->wrap_bit);
}

/* As the driver of a guest waits, which has nothing else to do. */
static int queue_wait(struct nested_guest *g, const uint32_t *answer)
{
	struct iommufdx_guest_queue_status status;
	struct timespec start, now;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!__atomic_load_n(answer, __ATOMIC_ACQUIRE)) {
		sched_yield();
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec < start.tv_sec + PATIENCE)
			continue;
		rc = iommufdx_guest_queue_get(g->queue, &status);
		if (!rc)
			rc = status.state == IOMMUFDX_GUEST_QUEUE_RUNNING ?
				     -ETIMEDOUT : -EIO;
		return rc;
	}
	return 0;
}

static int queue_execute(struct nested_guest *g, unsigned int thread,
			 const uint64_t *commands, unsigned int num)
{
	uint64_t sync[NESTED_WORDS] = { 0 };
	/* AMD stores 64 bits. */
	const unsigned int where = thread * sizeof(uint64_t);
	uint32_t *answer =
		(uint32_t *)(nested_page(g, g->answer_page) + where);
	eventfd_t one = 1;
	int rc = 0;

	*answer = 0;
	g->vendor->sync(nested_pa(g->answer_page) + where, 1, sync);
	/* There is room: whoever put something into it waits for it. */
	pthread_mutex_lock(&g->queue_lock);
	for (unsigned int i = 0; i < num; i++)
		queue_put(g, commands + i * g->vendor->words);
	queue_put(g, sync);
	iommufdx_guest_queue_set_prod(g->queue,
				      g->prod << g->vendor->index_shift);
	if (eventfd_write(g->kick, one))
		rc = -errno;
	pthread_mutex_unlock(&g->queue_lock);
	return rc ? rc : queue_wait(g, answer);
}

const struct nested_path nested_paths[] = {
	{
		.name = "array",
		.calls = "calls",
		.vmm = true,
		.open = array_open,
		.execute = array_execute,
	},
	{
		.name = "ring",
		.calls = "submits",
		.vmm = true,
		.open = ring_open,
		.execute = ring_execute,
	},
	{
		.name = "queue",
		.calls = "doorbells",
		.open = queue_open,
		.execute = queue_execute,
	},
	{ 0 },
};

void nested_path_close(struct nested_guest *g)
{
	for (unsigned int i = 0; i < NESTED_THREADS; i++)
		iommufdx_inv_ring_close(g->ring[i]);
	iommufdx_guest_queue_close(g->queue);
	if (g->kick >= 0)
		close(g->kick);
}
