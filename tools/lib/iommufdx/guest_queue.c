// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A guest's own command queue, read by the kernel.
 */
#include "iommufdx_guest.h"
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>

struct iommufdx_guest_queue {
	struct iommufdx *iommu;
	uint32_t id;
	char *registers;
	size_t length;
	uint32_t *prod;
	const uint32_t *cons;
};

static int guest_queue_ctrl(const struct iommufdx_guest_queue *queue,
			    struct iommufdx_guest_queue_ctrl *cmd)
{
	cmd->size = sizeof(*cmd);
	cmd->queue_id = queue->id;
	return fdx_ioctl(iommufdx_fd(queue->iommu), IOMMUFDX_GUEST_QUEUE_CTRL,
			 cmd);
}

/* Map the page of registers. */
static int guest_queue_map(struct iommufdx_guest_queue *queue)
{
	struct iommufdx_guest_queue_ctrl cmd = {
		.op = IOMMUFDX_GUEST_QUEUE_GET,
	};
	int rc = guest_queue_ctrl(queue, &cmd);

	if (rc)
		return rc;
	queue->length = cmd.out_mmap_length;
	queue->registers = mmap(NULL, queue->length, PROT_READ | PROT_WRITE,
				MAP_SHARED, iommufdx_fd(queue->iommu),
				cmd.out_mmap_offset);
	if (queue->registers == MAP_FAILED)
		return -errno;
	queue->prod = (uint32_t *)(queue->registers + cmd.out_prod_offset);
	queue->cons = (uint32_t *)(queue->registers + cmd.out_cons_offset);
	return 0;
}

API int iommufdx_guest_queue_open(struct iommufdx *iommu, uint32_t viommu,
				  uint32_t type, uint64_t iova, uint64_t length,
				  struct iommufdx_guest_queue **out)
{
	struct iommu_hw_queue_alloc cmd = {
		.size = sizeof(cmd),
		.viommu_id = viommu,
		.type = type,
		.nesting_parent_iova = iova,
		.length = length,
	};
	struct iommufdx_guest_queue *queue = calloc(1, sizeof(*queue));
	int rc;

	if (!queue)
		return -ENOMEM;
	rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_HW_QUEUE_ALLOC, &cmd);
	if (rc)
		goto err_free;
	queue->iommu = iommu;
	queue->id = cmd.out_hw_queue_id;
	rc = guest_queue_map(queue);
	if (rc)
		goto err_destroy;
	*out = queue;
	return 0;

err_destroy:
	iommufdx_destroy(iommu, queue->id);
err_free:
	free(queue);
	return rc;
}

API void iommufdx_guest_queue_close(struct iommufdx_guest_queue *queue)
{
	if (!queue)
		return;
	munmap(queue->registers, queue->length);
	iommufdx_destroy(queue->iommu, queue->id);
	free(queue);
}

API uint32_t iommufdx_guest_queue_id(const struct iommufdx_guest_queue *queue)
{
	return queue->id;
}

API int iommufdx_guest_queue_eventfds(struct iommufdx_guest_queue *queue,
				      int kick_fd, int event_fd, int irq_fd)
{
	struct iommufdx_guest_queue_ctrl cmd = {
		.op = IOMMUFDX_GUEST_QUEUE_EVENTFDS,
		.kick_fd = kick_fd,
		.event_fd = event_fd,
		.irq_fd = irq_fd,
	};

	return guest_queue_ctrl(queue, &cmd);
}

API int iommufdx_guest_queue_start(struct iommufdx_guest_queue *queue,
				   uint32_t flags, uint32_t prod, uint32_t cons)
{
	struct iommufdx_guest_queue_ctrl cmd = {
		.op = IOMMUFDX_GUEST_QUEUE_START,
		.flags = flags,
		.prod = prod,
		.cons = cons,
	};

	return guest_queue_ctrl(queue, &cmd);
}

static int guest_queue_state(struct iommufdx_guest_queue *queue, uint32_t op,
			     struct iommufdx_guest_queue_status *state)
{
	struct iommufdx_guest_queue_ctrl cmd = { .op = op };
	int rc = guest_queue_ctrl(queue, &cmd);

	if (!rc && state) {
		state->state = cmd.out_state;
		state->error = cmd.out_error;
		state->events = cmd.out_events;
		state->prod = cmd.prod;
		state->cons = cmd.cons;
	}
	return rc;
}

API int iommufdx_guest_queue_stop(struct iommufdx_guest_queue *queue,
				  struct iommufdx_guest_queue_status *state)
{
	return guest_queue_state(queue, IOMMUFDX_GUEST_QUEUE_STOP, state);
}

API int
iommufdx_guest_queue_restore(struct iommufdx_guest_queue *queue,
			     const struct iommufdx_guest_queue_status *state)
{
	struct iommufdx_guest_queue_ctrl cmd = {
		.op = IOMMUFDX_GUEST_QUEUE_RESTORE,
		.prod = state->prod,
		.cons = state->cons,
		.out_state = state->state,
		.out_error = state->error,
		.out_events = state->events,
	};

	return guest_queue_ctrl(queue, &cmd);
}

API int iommufdx_guest_queue_get(struct iommufdx_guest_queue *queue,
				 struct iommufdx_guest_queue_status *state)
{
	return guest_queue_state(queue, IOMMUFDX_GUEST_QUEUE_GET, state);
}

API void iommufdx_guest_queue_set_prod(struct iommufdx_guest_queue *queue,
				       uint32_t prod)
{
	/* The commands before the count of them. */
	__atomic_store_n(queue->prod, prod, __ATOMIC_RELEASE);
}

API uint32_t
iommufdx_guest_queue_cons(const struct iommufdx_guest_queue *queue)
{
	return __atomic_load_n(queue->cons, __ATOMIC_ACQUIRE);
}
