/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the vendors' parts of a follower share with its engine.
 *
 * A vendor *scans* a device: it reads the guest's tables and emits a description
 * for each key that has one, by rising PASID, IOMMUFDX_FOLLOW_RID last. And it
 * turns a command into a *scope*: which keys the command covers.
 */
#ifndef IOMMUFDX_FOLLOW_INTERNAL_H
#define IOMMUFDX_FOLLOW_INTERNAL_H

#include "follow.h"

/**
 * struct follow_scope - what a command covers
 * @device_mask: bits of a device's number that count
 * @device: what they must be
 * @first: first PASID whose entry is covered
 * @last: last such PASID; IOMMUFDX_FOLLOW_RID: what has no PASID's entry, too
 * @by_domain: only descriptions of domain @domain
 * @domain: see there
 */
struct follow_scope {
	uint32_t device_mask;
	uint32_t device;
	uint32_t first;
	uint32_t last;
	bool by_domain;
	uint32_t domain;
};

/**
 * struct follow_scan - a scan under way
 * @ops: to read with
 * @ctx: for them
 * @regs: where the tables are
 * @pasids: read tables of PASIDs
 * @device: whose
 * @first: first PASID that is wanted; requests without one always are
 * @last: last PASID
 * @max: most descriptions
 * @found: descriptions
 * @nr: how many
 * @room: how many there is memory for
 * @error: -ENOMEM, or 0
 */
struct follow_scan {
	const struct iommufdx_follow_ops *ops;
	void *ctx;
	struct iommufdx_follow_regs regs;
	bool pasids;
	uint32_t device;
	uint32_t first;
	uint32_t last;
	uint32_t max;
	struct iommufdx_follow_desc *found;
	size_t nr;
	size_t room;
	int error;
};

/**
 * struct follow_vendor - a vendor's part
 * @scan: emit what the tables say of scan->device; translation is enabled
 * @scope: what @cmd covers; false: nothing that is followed
 */
struct follow_vendor {
	void (*scan)(struct follow_scan *scan);
	bool (*scope)(const uint64_t cmd[2], bool pasids,
		      struct follow_scope *scope);
};

extern const struct follow_vendor follow_vtd;
extern const struct follow_vendor follow_smmuv3;
extern const struct follow_vendor follow_amd;

/* Copy @nr little-endian words at @gpa. False: no memory is there. */
bool follow_read(const struct follow_scan *scan, uint64_t gpa, uint64_t *words,
		 size_t nr);
/* Add a description; false: the scan is full, or failed, and ends. */
bool follow_emit(struct follow_scan *scan,
		 const struct iommufdx_follow_desc *desc);

/* Bits @high to @low of @word. */
static inline uint64_t follow_bits(uint64_t word, int high, int low)
{
	return word << (63 - high) >> (63 - high + low);
}

/* Bits @high to @low of @word, where they stand. */
static inline uint64_t follow_addr(uint64_t word, int high, int low)
{
	return follow_bits(word, high, low) << low;
}

/* Everything. */
static inline struct follow_scope follow_scope_all(void)
{
	return (struct follow_scope){ .last = IOMMUFDX_FOLLOW_RID };
}

#endif /* IOMMUFDX_FOLLOW_INTERNAL_H */
