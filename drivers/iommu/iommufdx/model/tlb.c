// SPDX-License-Identifier: GPL-2.0-only
/* A cache of translations; see tlb.h. */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "tlb.h"

#define TLB_NONE	(~0U)

struct model_tlb_slot {
	struct model_tlb_entry e;
	u32 next;		/* in its hash chain or the free chain */
	bool used;
};

int model_tlb_init(struct model_tlb *tlb, u32 cap, atomic64_t *gen)
{
	u32 i;

	spin_lock_init(&tlb->lock);
	tlb->gen = gen;
	tlb->cap = cap;
	tlb->hash_bits = order_base_2(cap) ?: 1;
	tlb->slots = kvcalloc(cap, sizeof(*tlb->slots), GFP_KERNEL_ACCOUNT);
	tlb->heads = kvcalloc(1UL << tlb->hash_bits, sizeof(*tlb->heads),
			      GFP_KERNEL_ACCOUNT);
	if (!tlb->slots || !tlb->heads) {
		model_tlb_exit(tlb);
		return -ENOMEM;
	}
	for (i = 0; i < 1U << tlb->hash_bits; i++)
		tlb->heads[i] = TLB_NONE;
	for (i = 0; i < cap; i++)
		tlb->slots[i].next = i + 1 < cap ? i + 1 : TLB_NONE;
	tlb->free = 0;
	return 0;
}

void model_tlb_exit(struct model_tlb *tlb)
{
	kvfree(tlb->slots);
	kvfree(tlb->heads);
}

static u32 *tlb_chain(struct model_tlb *tlb, u64 tag, u64 page, u32 shift)
{
	u64 key = page * 64 + shift;

	return &tlb->heads[hash_64(key ^ hash_64(tag, 64), tlb->hash_bits)];
}

/* The link that leads to the entry, or to the end of its chain. */
static u32 *tlb_find(struct model_tlb *tlb, u64 tag, u64 page, u32 shift)
{
	u32 *link = tlb_chain(tlb, tag, page, shift);

	while (*link != TLB_NONE) {
		struct model_tlb_slot *slot = &tlb->slots[*link];

		if (slot->e.tag == tag && slot->e.shift == shift &&
		    slot->e.iova >> shift == page)
			break;
		link = &slot->next;
	}
	return link;
}

static bool tlb_reaches(const struct model_tlb_entry *e)
{
	return e->reach > e->shift;
}

static void tlb_remove(struct model_tlb *tlb, u32 *link)
{
	u32 index = *link;
	struct model_tlb_slot *slot = &tlb->slots[index];

	*link = slot->next;
	slot->next = tlb->free;
	slot->used = false;
	tlb->free = index;
	tlb->used--;
	tlb->nr_reach -= tlb_reaches(&slot->e);
	if (!--tlb->nr_size[slot->e.shift])
		tlb->sizes &= ~BIT_ULL(slot->e.shift);
}

static void tlb_remove_slot(struct model_tlb *tlb, u32 index)
{
	const struct model_tlb_entry *e = &tlb->slots[index].e;

	tlb_remove(tlb, tlb_find(tlb, e->tag, e->iova >> e->shift, e->shift));
}

bool model_tlb_lookup(struct model_tlb *tlb, u64 tag, u64 iova,
		      struct model_tlb_entry *out)
{
	bool found = false;
	u64 sizes;

	spin_lock(&tlb->lock);
	for (sizes = tlb->sizes; sizes && !found; sizes &= sizes - 1) {
		u32 shift = __ffs64(sizes);
		u32 *link = tlb_find(tlb, tag, iova >> shift, shift);

		if (*link == TLB_NONE)
			continue;
		*out = tlb->slots[*link].e;
		found = true;
	}
	if (found)
		tlb->hits++;
	else
		tlb->misses++;
	spin_unlock(&tlb->lock);
	return found;
}

void model_tlb_fill(struct model_tlb *tlb, const struct model_tlb_entry *entry,
		    s64 gen)
{
	u64 page = entry->iova >> entry->shift;
	struct model_tlb_slot *slot;
	u32 *link, index;

	spin_lock(&tlb->lock);
	if (atomic64_read(tlb->gen) != gen)
		goto out;
	link = tlb_find(tlb, entry->tag, page, entry->shift);
	if (*link != TLB_NONE) {
		tlb->nr_reach += tlb_reaches(entry);
		tlb->nr_reach -= tlb_reaches(&tlb->slots[*link].e);
		tlb->slots[*link].e = *entry;
		goto out;
	}
	if (tlb->free == TLB_NONE) {
		/* All slots are in use, so the one at the hand is. */
		tlb_remove_slot(tlb, tlb->hand);
		tlb->hand = (tlb->hand + 1) % tlb->cap;
	}
	index = tlb->free;
	slot = &tlb->slots[index];
	tlb->free = slot->next;
	/* Looked up again: the eviction may have changed the chain's end. */
	link = tlb_chain(tlb, entry->tag, page, entry->shift);
	slot->e = *entry;
	slot->next = *link;
	slot->used = true;
	*link = index;
	tlb->used++;
	tlb->nr_reach += tlb_reaches(entry);
	tlb->nr_size[entry->shift]++;
	tlb->sizes |= BIT_ULL(entry->shift);
out:
	spin_unlock(&tlb->lock);
}

/* Lookups that cover the range page by page; saturates. */
static u64 tlb_probes(struct model_tlb *tlb, u64 iova, u64 last)
{
	u64 sizes, pages, sum = 0;

	for (sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		u32 shift = __ffs64(sizes);

		pages = (last >> shift) - (iova >> shift);
		if (pages >= tlb->cap)
			return ~0ULL;
		sum += pages + 1;
	}
	return sum;
}

static bool tlb_matches(const struct model_tlb_entry *e,
			const struct model_tlb_match *match)
{
	u64 size = BIT_ULL(tlb_reaches(e) ? e->reach : e->shift);
	u64 first = e->iova & ~(size - 1);

	return !((e->tag ^ match->tag) & match->mask) &&
	       !((e->attr ^ match->attr) & match->attr_mask) &&
	       first <= match->last && first + (size - 1) >= match->iova;
}

static u64 tlb_evict_probing(struct model_tlb *tlb,
			     const struct model_tlb_match *match)
{
	u64 sizes, page, evicted = 0;

	for (sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		u32 shift = __ffs64(sizes);

		for (page = match->iova >> shift; page <= match->last >> shift;
		     page++) {
			u32 *link = tlb_find(tlb, match->tag, page, shift);

			if (*link == TLB_NONE ||
			    !tlb_matches(&tlb->slots[*link].e, match))
				continue;
			tlb_remove(tlb, link);
			evicted++;
		}
	}
	return evicted;
}

u64 model_tlb_evict(struct model_tlb *tlb, const struct model_tlb_match *match)
{
	u64 evicted = 0;
	u32 i;

	spin_lock(&tlb->lock);
	if (match->mask == ~0ULL && !tlb->nr_reach &&
	    tlb_probes(tlb, match->iova, match->last) <= tlb->used) {
		evicted = tlb_evict_probing(tlb, match);
		goto out;
	}
	for (i = 0; i < tlb->cap && tlb->used; i++) {
		if (!tlb->slots[i].used ||
		    !tlb_matches(&tlb->slots[i].e, match))
			continue;
		tlb_remove_slot(tlb, i);
		evicted++;
	}
out:
	spin_unlock(&tlb->lock);
	return evicted;
}

u64 model_tlb_invalidate(struct model_tlb *tlb, u64 tag, u64 mask, u64 iova,
			 u64 last)
{
	const struct model_tlb_match match = {
		.tag = tag, .mask = mask, .iova = iova, .last = last,
	};

	return model_tlb_evict(tlb, &match);
}

u64 model_tlb_sizes(struct model_tlb *tlb, u64 tag, u64 iova)
{
	u64 sizes, found = 0;

	spin_lock(&tlb->lock);
	for (sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		u32 shift = __ffs64(sizes);

		if (*tlb_find(tlb, tag, iova >> shift, shift) != TLB_NONE)
			found |= BIT_ULL(shift);
	}
	spin_unlock(&tlb->lock);
	return found;
}

u64 model_tlb_for_each(struct model_tlb *tlb,
		       u64 (*fn)(const struct model_tlb_entry *entry, void *data),
		       void *data)
{
	struct model_tlb_entry e;
	u64 sum = 0;
	bool used;
	u32 i;

	for (i = 0; i < tlb->cap; i++) {
		spin_lock(&tlb->lock);
		used = tlb->slots[i].used;
		e = tlb->slots[i].e;
		spin_unlock(&tlb->lock);
		if (used)
			sum += fn(&e, data);
	}
	return sum;
}
