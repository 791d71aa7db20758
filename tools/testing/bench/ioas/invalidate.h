/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench-invalidate: a guest with an IOMMU of its own, behind a model, and the ways
 * its commands can take.
 */
#ifndef BENCH_IOAS_INVALIDATE_H
#define BENCH_IOAS_INVALIDATE_H

#include "bench.h"

/* Where the guest's memory is, to itself. */
#define IOVA		0x40000000ull

#define BATCH		256
/* What a command of any vendor fits in. */
#define ENTRY_MAX	32
/* The guest's queue, at IOVA: room for a batch and what ends it. */
#define QUEUE_ENTRIES	512u

struct inv_guest;

/**
 * struct inv_vendor - whose IOMMU the guest has
 * @name: for the table
 * @command: its invalidation of a page, for the table
 * @kind: the model
 * @type: of the commands, for IOMMU_HWPT_INVALIDATE
 * @entry_len: bytes of one
 * @limit: instructions per command that an array of BATCH may take, or "-"
 * @start: make the vIOMMU, and what its commands are about
 * @page: make a command: forget the page at @va
 * @queue_type: of the guest's own queue, whose entries are those commands
 * @queue_sync: make the one that waits for all before it and interrupts
 * @queue_prod: the producer's register after so many entries
 */
struct inv_vendor {
	const char *name;
	const char *command;
	uint32_t kind;
	uint32_t type;
	uint32_t entry_len;
	const char *limit;
	int (*start)(struct inv_guest *g);
	void (*page)(void *entry, uint64_t va);
	uint32_t queue_type;
	void (*queue_sync)(void *entry);
	uint32_t (*queue_prod)(uint32_t count);
};

extern const struct inv_vendor inv_vendors[];
extern const unsigned int nr_inv_vendors;

/**
 * struct inv_guest - a guest
 * @t: its device and its memory
 * @vendor: whose IOMMU
 * @parent: its physical addresses
 * @viommu: what takes its commands
 * @memory: QUEUE_ENTRIES of ENTRY_MAX bytes, at IOVA
 */
struct inv_guest {
	struct target t;
	const struct inv_vendor *vendor;
	uint32_t parent;
	uint32_t viommu;
	char *memory;
};

/* -EOPNOTSUPP, -ENODEV: there is no such model, or no driver of it. */
int inv_guest_make(struct inv_guest *g, const struct inv_vendor *vendor,
		   const char *node);
void inv_guest_break(struct inv_guest *g);

/* What the model has executed, and how long that took it. */
struct inv_model {
	uint64_t commands;
	uint64_t cycles;
};
struct inv_model inv_model(struct inv_guest *g);

/* ticks_of() @work, without the model's. */
#define own_ticks_of(g, work) ({ \
	uint64_t __model = inv_model(g).cycles; \
	double __ticks = ticks_of(work); \
	\
	__ticks - (inv_model(g).cycles - __model); \
})

/* How commands reach the kernel. */
enum inv_path { BY_ARRAY, BY_RING, BY_QUEUE };

/**
 * struct vmm_cost - what a batch takes from the guest's doorbell to its answer
 * @ticks: instructions of all who take part, the model apart
 * @calls: system calls of the VMM
 * @wakeups: how often its thread had to run
 */
struct vmm_cost {
	double ticks;
	double calls;
	double wakeups;
};

/* A guest that rings a doorbell, and a VMM that answers it. -EOPNOTSUPP */
int vmm_measure(struct inv_guest *g, enum inv_path path, unsigned int batch,
		struct vmm_cost *cost);

#endif /* BENCH_IOAS_INVALIDATE_H */
