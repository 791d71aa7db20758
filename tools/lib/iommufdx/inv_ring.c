// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Handing invalidation commands over: arrays, and rings shared with the kernel.
 */
#include "iommufdx_guest.h"
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Counts of entries, ever: @filled by the caller, @seen: their status was told.
 * The kernel's count of those it took is between them.
 */
struct iommufdx_ring {
	struct iommufdx *iommu;
	uint32_t id;
	int fd;
	uint32_t mask;
	uint32_t entry_len;
	struct iommufdx_inv_ring *shared;
	size_t length;
	char *entries;
	const int32_t *status;
	uint32_t filled;
	uint32_t seen;
};

API int iommufdx_invalidate(struct iommufdx *iommu, uint32_t target,
			    uint32_t type, const void *entries,
			    uint32_t entry_len, uint32_t num, uint32_t *done)
{
	struct iommu_hwpt_invalidate cmd = {
		.size = sizeof(cmd),
		.hwpt_id = target,
		.data_uptr = (uintptr_t)entries,
		.data_type = type,
		.entry_len = entry_len,
		.entry_num = num,
	};
	int rc = fdx_ioctl(iommufdx_fd(iommu), IOMMU_HWPT_INVALIDATE, &cmd);

	if (done)
		*done = rc == -ENOTTY ? 0 : cmd.entry_num;
	return rc;
}

API int iommufdx_inv_ring_open(struct iommufdx *iommu, uint32_t target,
			       uint32_t type, uint32_t entry_len,
			       uint32_t entries, int kick_fd, int done_fd,
			       struct iommufdx_ring **out)
{
	struct iommufdx_inv_ring_alloc cmd = {
		.size = sizeof(cmd),
		.flags = (kick_fd >= 0 ? IOMMUFDX_INV_RING_KICK : 0) |
			 (done_fd >= 0 ? IOMMUFDX_INV_RING_DONE : 0) |
			 IOMMUFDX_INV_RING_FD,
		.target_id = target,
		.data_type = type,
		.entry_len = entry_len,
		.entries = entries,
		.kick_fd = kick_fd,
		.done_fd = done_fd,
	};
	struct iommufdx_ring *ring = calloc(1, sizeof(*ring));
	int rc;

	if (!ring)
		return -ENOMEM;
	rc = fdx_ioctl(iommufdx_fd(iommu), IOMMUFDX_INV_RING_ALLOC, &cmd);
	if (rc)
		goto err_free;
	ring->iommu = iommu;
	ring->id = cmd.out_ring_id;
	ring->fd = cmd.out_fd;
	ring->mask = entries - 1;
	ring->entry_len = entry_len;
	ring->length = cmd.out_mmap_length;
	ring->shared = mmap(NULL, ring->length, PROT_READ | PROT_WRITE,
			    MAP_SHARED, iommufdx_fd(iommu),
			    cmd.out_mmap_offset);
	if (ring->shared == MAP_FAILED) {
		rc = -errno;
		close(ring->fd);
		iommufdx_destroy(iommu, ring->id);
		goto err_free;
	}
	ring->entries = (char *)ring->shared + cmd.out_entries_offset;
	ring->status = (const int32_t *)((const char *)ring->shared +
					 cmd.out_status_offset);
	*out = ring;
	return 0;

err_free:
	free(ring);
	return rc;
}

API void iommufdx_inv_ring_close(struct iommufdx_ring *ring)
{
	if (!ring)
		return;
	munmap(ring->shared, ring->length);
	close(ring->fd);
	iommufdx_destroy(ring->iommu, ring->id);
	free(ring);
}

API uint32_t iommufdx_inv_ring_id(const struct iommufdx_ring *ring)
{
	return ring->id;
}

API void *iommufdx_inv_ring_get_entry(struct iommufdx_ring *ring)
{
	if (ring->filled - ring->seen > ring->mask)
		return NULL;
	return ring->entries +
	       (size_t)(ring->filled++ & ring->mask) * ring->entry_len;
}

API void iommufdx_inv_ring_publish(struct iommufdx_ring *ring)
{
	/* The commands before the count of them. */
	__atomic_store_n(&ring->shared->tail, ring->filled, __ATOMIC_RELEASE);
}

static uint32_t ring_taken(const struct iommufdx_ring *ring)
{
	/* The count before the statuses. */
	return __atomic_load_n(&ring->shared->head, __ATOMIC_ACQUIRE);
}

/* Of those that were taken from number @first on, how many have no error. */
static uint32_t ring_executed(const struct iommufdx_ring *ring, uint32_t first)
{
	uint32_t n = 0;

	for (; first != ring->seen; first++)
		n += !ring->status[first & ring->mask];
	return n;
}

API int iommufdx_inv_ring_submit(struct iommufdx_ring *ring, uint32_t *done)
{
	uint32_t first = ring_taken(ring);
	int rc;

	iommufdx_inv_ring_publish(ring);
	rc = fdx_ioctl(ring->fd, IOMMUFDX_INV_RING_SUBMIT, NULL);
	ring->seen = ring_taken(ring);
	if (done && rc >= 0)
		*done = rc;
	else if (done)
		*done = ring_executed(ring, first);
	return rc < 0 ? rc : 0;
}

API bool iommufdx_inv_ring_next_status(struct iommufdx_ring *ring, int *status)
{
	if (ring->seen == ring_taken(ring))
		return false;
	*status = ring->status[ring->seen++ & ring->mask];
	return true;
}

API uint32_t iommufdx_inv_ring_discard(struct iommufdx_ring *ring)
{
	uint32_t taken = ring_taken(ring);
	uint32_t dropped = ring->filled - taken;

	ring->filled = taken;
	iommufdx_inv_ring_publish(ring);
	return dropped;
}
