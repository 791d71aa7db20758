/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cache of translations, for every kind of model.
 *
 * An entry maps a naturally aligned power-of-two range of addresses under a
 * tag. What a tag is made of (domain, ASID, PASID, ...) is the kind's business:
 * here it is 64 bits to compare, all of them in a lookup and those of a mask in
 * an invalidation. Entries leave by invalidation, or in turn when the
 * cache is full; never because memory changed.
 *
 * Ranges of several sizes may overlap, as in hardware when a driver changes a
 * page size without an invalidation: the smallest is found.
 *
 * Context: any number of callers at once; see the lock order in internal.h.
 */
#ifndef __IOMMUFDX_MODEL_TLB_H
#define __IOMMUFDX_MODEL_TLB_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "model.h"

#define MODEL_TLB_READ		MODEL_PROT_READ
#define MODEL_TLB_WRITE		MODEL_PROT_WRITE

/**
 * struct model_tlb_entry - a cached translation
 * @tag: whose
 * @iova: first address, a multiple of its size
 * @pa: where @iova goes
 * @aux: the kind's own: how to find the translation in memory again
 * @aux2: more of it
 * @rid: device whose access loaded it
 * @pasid: its address space
 * @shift: log2 of the size
 * @prot: MODEL_PROT_*, and bits of the kind's own
 * @attr: the kind's own: what an invalidation may ask for besides the tag
 * @reach: log2 of the naturally aligned range around the entry in which an
 *	invalidation finds it, where that is more than its size: it is a part of
 *	a larger translation
 * @dirty: memory is known to have the dirty bit set, so a write through this
 *	entry need not look
 */
struct model_tlb_entry {
	u64 tag;
	u64 iova;
	u64 pa;
	u64 aux;
	u64 aux2;
	u32 rid;
	u32 pasid;
	u8 shift;
	u8 prot;
	u8 attr;
	u8 reach;
	bool dirty;
};

struct model_tlb_slot;

/**
 * struct model_tlb - the cache
 * @lock: guards all but @gen
 * @gen: the machine's count of invalidations
 * @slots: @cap entries
 * @heads: hash chains of slot numbers
 * @cap: capacity
 * @hash_bits: log2 of the chains
 * @free: chain of unused slots
 * @hand: next slot to evict
 * @used: entries held
 * @sizes: bit n set while entries of 2^n bytes are held
 * @nr_size: how many of each
 * @nr_reach: entries whose @reach is more than their size
 * @hits: lookups that found
 * @misses: lookups that did not
 */
struct model_tlb {
	spinlock_t lock;
	atomic64_t *gen;
	struct model_tlb_slot *slots;
	u32 *heads;
	u32 cap;
	u32 hash_bits;
	u32 free;
	u32 hand;
	u32 used;
	u64 sizes;
	u32 nr_size[64];
	u32 nr_reach;
	u64 hits;
	u64 misses;
};

int model_tlb_init(struct model_tlb *tlb, u32 cap, atomic64_t *gen);
void model_tlb_exit(struct model_tlb *tlb);

/**
 * model_tlb_lookup() - find the entry that covers an address
 * @tlb: the cache
 * @tag: whose
 * @iova: address
 * @out: copy of the entry
 */
bool model_tlb_lookup(struct model_tlb *tlb, u64 tag, u64 iova,
		      struct model_tlb_entry *out);

/**
 * model_tlb_fill() - keep a translation, replacing one of the same range
 * @tlb: the cache
 * @entry: what to keep; @shift below 64
 * @gen: the machine's count of invalidations from before memory was read; if
 *	it has moved on, nothing is kept
 */
void model_tlb_fill(struct model_tlb *tlb, const struct model_tlb_entry *entry,
		    s64 gen);

/**
 * model_tlb_invalidate() - evict every entry that overlaps a range
 * @tlb: the cache
 * @tag: whose
 * @mask: bits of @tag that count
 * @iova: first address
 * @last: last address
 *
 * Return: entries evicted.
 */
u64 model_tlb_invalidate(struct model_tlb *tlb, u64 tag, u64 mask, u64 iova,
			 u64 last);

/**
 * struct model_tlb_match - which entries to evict
 * @tag: whose
 * @mask: bits of @tag that count
 * @iova: first address
 * @last: last address
 * @attr: the kind's own
 * @attr_mask: bits of @attr that count
 */
struct model_tlb_match {
	u64 tag;
	u64 mask;
	u64 iova;
	u64 last;
	u8 attr;
	u8 attr_mask;
};

/**
 * model_tlb_evict() - evict every entry that overlaps a range and is as asked
 * @tlb: the cache
 * @match: as what
 *
 * Return: entries evicted.
 */
u64 model_tlb_evict(struct model_tlb *tlb, const struct model_tlb_match *match);

/**
 * model_tlb_sizes() - sizes of all entries that cover an address
 * @tlb: the cache
 * @tag: whose
 * @iova: address
 *
 * Return: bit n set if one of 2^n bytes does. Counts as no lookup.
 */
u64 model_tlb_sizes(struct model_tlb *tlb, u64 tag, u64 iova);

/**
 * model_tlb_for_each() - call back with a copy of each entry
 * @tlb: the cache
 * @fn: returns a number to sum up; may use the cache
 * @data: for @fn
 *
 * Return: the sum.
 */
u64 model_tlb_for_each(struct model_tlb *tlb,
		       u64 (*fn)(const struct model_tlb_entry *entry, void *data),
		       void *data);

#endif /* __IOMMUFDX_MODEL_TLB_H */
