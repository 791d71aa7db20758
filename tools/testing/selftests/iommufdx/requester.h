/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rig whose device asks for pages, and its fault queue.
 */
#ifndef SELFTESTS_IOMMUFDX_REQUESTER_H
#define SELFTESTS_IOMMUFDX_REQUESTER_H

#include "rig.h"

#define IOVA	0x40000000ull
#define PAGE_RD	IOMMUFDX_MOCK_PAGE_READ
#define PAGE_WR	IOMMUFDX_MOCK_PAGE_WRITE
#define LAST	IOMMUFDX_MOCK_PAGE_LAST

struct requester {
	struct rig r;
	uint32_t fault_id;
	int fault_fd;
	uint32_t hwpt;
	char *mem;
};

/* A device with @flags, bound, and a fault queue. 1: there are no such devices. */
int requester_make(struct requester *q, uint32_t flags);
void requester_break(struct requester *q);
/*
 * A device with an ATC and page requests, attached to a HWPT with the queue. 1:
 * there are none behind this IOMMU.
 */
int requester_make_attached(struct requester *q);
/* A HWPT whose page requests go to the queue; of any format PASIDs can have. */
int queued_hwpt(struct requester *q, uint32_t flags, uint32_t *hwpt);

/* Send one request on @channel; @page is IOMMUFDX_MOCK_PAGE_*. */
int ask(struct requester *q, unsigned int channel, uint32_t pasid, uint64_t iova,
	uint64_t page, uint64_t timeout);
/* The state of @channel when it is at rest, or what went wrong. */
int outcome(struct requester *q, unsigned int channel,
	    struct iommufdx_channel_status *status);

/* How many requests the queue gave: it gives a group at once. */
int requests(struct requester *q, struct iommu_hwpt_pgfault *faults, size_t num);
/* Does nothing come for a moment? */
bool queue_is_empty(struct requester *q);
/* Has something come? Waits for it, PATIENCE_MS at most. */
bool queue_fills(struct requester *q);
int answer(struct requester *q, uint32_t cookie, uint32_t code);

#endif /* SELFTESTS_IOMMUFDX_REQUESTER_H */
