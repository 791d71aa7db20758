/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's own command queue that the kernel reads, from the guest's side: it
 * writes commands into its memory, rings the doorbell and sees what comes back.
 */
#ifndef SELFTESTS_IOMMUFDX_QUEUE_RIG_H
#define SELFTESTS_IOMMUFDX_QUEUE_RIG_H

#include "nested_rig.h"

#include <iommufdx_guest.h>

/* PATIENCE_MS at most, each of them. */
bool word_becomes(volatile uint32_t *word, uint32_t value);
bool cons_becomes(const struct iommufdx_guest_queue *queue, uint32_t value);
bool signalled(int fd);

void ring_doorbell(struct iommufdx_guest_queue *queue, int kick, uint32_t prod);

/* Where things are in the guest's memory, in pages. */
#define CDS		0
#define TABLE		1
#define DATA		16
#define QUEUE		32
#define WORDS		40	/* what syncs store */

/* A command, of which a vendor may use less. */
typedef struct {
	uint64_t word[4];
} command_t;

struct queue_illegal {
	command_t command;
	uint32_t error;
};

/**
 * struct queue_vendor - how a vendor's guest writes its queue
 * @name: of the vendor
 * @kind: enum iommufdx_mock_kind
 * @viommu_type: of the vIOMMU
 * @inv_type: of the vIOMMU's commands, by array or ring
 * @type: enum iommufdx_hw_queue_type
 * @other_type: that of another vendor
 * @words: 64-bit words of a command
 * @shift: where an index is in the registers
 * @error_shift: where an error is in the consumer's, 0 for nowhere
 * @wrap_bit: an index has one bit more than the queue's length needs
 * @entries: the tests' queues have
 * @least: shortest queue, in bytes
 * @most: longest
 * @map: guest_map_x86() or guest_map_arm()
 * @attach: attach the device to the guest's table at page TABLE
 * @page: forget a page of it
 * @device: all that the device with a name has cached
 * @sync: store @value at @addr when all is done
 * @all: commands that forget as much as can be named
 * @nr_all: how many
 * @silent: a sync that stores nothing
 * @irq: a sync that interrupts
 * @for_vmm: a table of the VMM's affairs changed
 * @illegal: commands that no guest may write
 * @nr_illegal: how many
 * @strangers: commands for devices of the host, of the other guest, and of nobody
 * @nr_strangers: how many
 * @timeout_error: the device does not answer; 0: it has nothing cached
 * @store_error: a sync cannot be answered; 0: the queue goes on
 * @log_type: of the vevent queue that has what stopped a queue; 0: a guest reads
 *	of it in registers
 */
struct queue_vendor {
	const char *name;
	uint32_t kind;
	uint32_t viommu_type;
	uint32_t inv_type;
	uint32_t type;
	uint32_t other_type;
	unsigned int words;
	unsigned int shift;
	unsigned int error_shift;
	bool wrap_bit;
	uint32_t entries;
	uint64_t least;
	uint64_t most;
	void (*map)(struct guest *g, unsigned int table, uint64_t va,
		    unsigned int data);
	int (*attach)(struct guest *g, struct guest_dev *dev, uint32_t viommu);
	command_t (*page)(uint64_t va);
	command_t (*device)(uint64_t vsid);
	command_t (*sync)(uint64_t addr, uint32_t value);
	const command_t *all;
	unsigned int nr_all;
	command_t silent;
	command_t irq;
	command_t for_vmm;
	const struct queue_illegal *illegal;
	unsigned int nr_illegal;
	const command_t *strangers;
	unsigned int nr_strangers;
	uint32_t timeout_error;
	uint32_t store_error;
	uint32_t log_type;
};

extern const struct queue_vendor queue_smmuv3, queue_vtd, queue_amd;

/**
 * struct queue - a guest's queue
 * @v: whose
 * @queue: what the VMM has of it
 * @commands: in the guest's memory
 * @prod: index of the next one
 * @kick: the doorbell
 * @event: tells that it stopped
 * @irq: the guest's interrupt
 */
struct queue {
	const struct queue_vendor *v;
	struct iommufdx_guest_queue *queue;
	uint64_t *commands;
	uint32_t prod;
	int kick;
	int event;
	int irq;
};

/* Stopped, with all eventfds, in the guest's memory from page QUEUE on. */
int queue_make(struct guest *g, uint32_t viommu, const struct queue_vendor *v,
	       struct queue *q);
/* Also where it was not made. */
void queue_break(struct queue *q);

/* The place of command number @index. */
uint64_t *queue_place(const struct queue *q, uint32_t index);
/* The guest's address of it. */
uint64_t queue_pa(const struct queue *q, uint32_t index);
/* Write a command; the doorbell is the caller's. */
void queue_put(struct queue *q, command_t command);
/* A register that shows index @index. */
uint32_t queue_reg(const struct queue *q, uint32_t index);
void queue_doorbell(const struct queue *q);
/* Has the kernel taken all? */
bool queue_drains(const struct queue *q);

#endif /* SELFTESTS_IOMMUFDX_QUEUE_RIG_H */
