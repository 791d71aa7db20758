// SPDX-License-Identifier: GPL-2.0-only
/* A guest's own command queue: see driver_queue.h. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "nested.h"

#define PATIENCE	60	/* seconds */

unsigned int driver_queue_bytes(const struct driver_queue *q)
{
	return q->entries * q->vendor->words * sizeof(uint64_t);
}

int driver_queue_open(struct driver_queue *q, struct iommufdx *iommu,
		      uint32_t viommu, uint64_t gpa)
{
	int rc;

	q->kick = eventfd(0, EFD_CLOEXEC);
	if (q->kick < 0)
		return -errno;
	rc = iommufdx_guest_queue_open(iommu, viommu, q->vendor->queue_type, gpa,
				       driver_queue_bytes(q), &q->queue);
	if (!rc)
		rc = iommufdx_guest_queue_eventfds(q->queue, q->kick, -1, -1);
	if (rc)
		driver_queue_close(q);
	return rc;
}

void driver_queue_close(struct driver_queue *q)
{
	iommufdx_guest_queue_close(q->queue);
	q->queue = NULL;
	if (q->kick > 0)
		close(q->kick);
	q->kick = 0;
}

void driver_queue_put(struct driver_queue *q, const uint64_t *command)
{
	const unsigned int bytes = q->vendor->words * sizeof(uint64_t);

	memcpy(q->commands + q->prod % q->entries * bytes, command, bytes);
	q->prod = (q->prod + 1) % (q->entries << q->vendor->wrap_bit);
}

void driver_queue_publish(struct driver_queue *q)
{
	iommufdx_guest_queue_set_prod(q->queue,
				      q->prod << q->vendor->index_shift);
}

int driver_queue_kick(struct driver_queue *q)
{
	return eventfd_write(q->kick, 1) ? -errno : 0;
}

/* As the driver of a guest waits, which has nothing else to do. */
int driver_queue_wait(struct driver_queue *q, const uint32_t *answer)
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
		rc = iommufdx_guest_queue_get(q->queue, &status);
		if (!rc)
			rc = status.state == IOMMUFDX_GUEST_QUEUE_RUNNING ?
				     -ETIMEDOUT : -EIO;
		return rc;
	}
	return 0;
}
