/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command queue in guest memory that the kernel reads: what the guest's driver
 * does with it, and what the VMM opened for it.
 */
#ifndef IOMMUCTL_DRIVER_QUEUE_H
#define IOMMUCTL_DRIVER_QUEUE_H

#include <stdint.h>

#include <iommufdx_guest.h>

struct nested_vendor;

/**
 * struct driver_queue - the queue
 * @vendor: whose commands
 * @commands: where the guest has them
 * @entries: how many
 * @prod: index of the next one
 * @queue: the kernel's side; NULL: closed
 * @kick: the doorbell
 *
 * All functions but the wait are for one thread at a time.
 */
struct driver_queue {
	const struct nested_vendor *vendor;
	uint8_t *commands;
	uint32_t entries;
	uint32_t prod;
	struct iommufdx_guest_queue *queue;
	int kick;
};

/* At @gpa of the vIOMMU's memory, with a doorbell; it does not run yet. */
int driver_queue_open(struct driver_queue *q, struct iommufdx *iommu,
		      uint32_t viommu, uint64_t gpa);
void driver_queue_close(struct driver_queue *q);
unsigned int driver_queue_bytes(const struct driver_queue *q);
/* There must be room. */
void driver_queue_put(struct driver_queue *q, const uint64_t *command);
/* Tell the hardware how far commands go; and have it look. */
void driver_queue_publish(struct driver_queue *q);
int driver_queue_kick(struct driver_queue *q);
/* Until a sync has stored something at @answer. -ETIMEDOUT, -EIO: it never will. */
int driver_queue_wait(struct driver_queue *q, const uint32_t *answer);

#endif /* IOMMUCTL_DRIVER_QUEUE_H */
