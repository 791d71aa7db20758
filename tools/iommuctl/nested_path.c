// SPDX-License-Identifier: GPL-2.0-only
/*
 * The paths of `iommuctl demo nested': an array of commands, a ring that both
 * sides map, and the guest's own queue, which the kernel reads.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nested.h"

/* What a thread has under way, rounded up. */
#define RING_ENTRIES	128

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

	g->queue = (struct driver_queue) {
		.vendor = g->vendor,
		.commands = nested_page(g, g->queue_page),
		.entries = NESTED_QUEUE,
	};
	rc = driver_queue_open(&g->queue, g->iommu, g->viommu,
			       nested_pa(g->queue_page));
	return rc ? rc : iommufdx_guest_queue_start(g->queue.queue, 0, 0, 0);
}

static int queue_execute(struct nested_guest *g, unsigned int thread,
			 const uint64_t *commands, unsigned int num)
{
	uint64_t sync[NESTED_WORDS] = { 0 };
	/* AMD stores 64 bits. */
	const unsigned int where = thread * sizeof(uint64_t);
	uint32_t *answer =
		(uint32_t *)(nested_page(g, g->answer_page) + where);
	int rc;

	*answer = 0;
	g->vendor->sync(nested_pa(g->answer_page) + where, 1, sync);
	/* There is room: whoever put something into it waits for it. */
	pthread_mutex_lock(&g->queue_lock);
	for (unsigned int i = 0; i < num; i++)
		driver_queue_put(&g->queue, commands + i * g->vendor->words);
	driver_queue_put(&g->queue, sync);
	driver_queue_publish(&g->queue);
	rc = driver_queue_kick(&g->queue);
	pthread_mutex_unlock(&g->queue_lock);
	return rc ? rc : driver_queue_wait(&g->queue, answer);
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
	driver_queue_close(&g->queue);
}
