/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What the reader of queues and the three vendors' parts of it share. */
#ifndef IOMMUFDX_QUEUE_VENDOR_H
#define IOMMUFDX_QUEUE_VENDOR_H

#include "iommufdx_queue.h"

#include <endian.h>

enum queue_kind {
	QUEUE_ENTRY,	/* goes into a batch */
	QUEUE_SYNC,
	QUEUE_NOTHING,
	QUEUE_VMM,
	QUEUE_ILLEGAL,
};

/* A command, understood. @store_len is 0, 4 or 8. */
struct queue_command {
	enum queue_kind kind;
	uint32_t error;
	bool interrupt;
	uint32_t store_len;
	uint64_t store_addr;
	uint64_t store_value;
	/* With QUEUE_ENTRY: what goes into the batch, and for which tables. */
	union {
		uint64_t raw[4];
		struct iommu_hwpt_vtd_s1_invalidate s1;
	} entry;
	uint32_t scope;
	uint32_t did;
	uint32_t pasid;
};

/*
 * @tail_error: the producer is further ahead than the queue is long.
 * @index: index in a register: 0, or the code for a producer that is none.
 * @reg: register for an index.
 * @decode: @words are in the CPU's byte order; @out is zeroed.
 */
struct queue_vendor {
	uint32_t command_len;
	uint32_t entry_len;
	bool wrap_bit;
	uint32_t refused_error;
	uint32_t timeout_error;
	uint32_t fetch_error;
	uint32_t tail_error;
	uint32_t store_error;
	uint32_t (*index)(uint32_t reg, uint32_t entries, uint32_t *index);
	uint32_t (*reg)(uint32_t index, uint32_t error);
	void (*decode)(const uint64_t *words, struct queue_command *out);
};

extern const struct queue_vendor queue_smmuv3, queue_vtd, queue_vtd_raw,
				 queue_amd;

/* Bits @high..@low of a word. */
static inline uint64_t queue_bits(uint64_t word, unsigned int high,
				  unsigned int low)
{
	return word << (63 - high) >> (63 - high + low);
}

static inline void queue_illegal(struct queue_command *out, uint32_t error)
{
	out->kind = QUEUE_ILLEGAL;
	out->error = error;
}

#endif /* IOMMUFDX_QUEUE_VENDOR_H */
