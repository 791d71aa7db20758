/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty state of a range.
 *
 * Level 0 is read a cache line (a *line*, 8 entries) at a time: one OR says
 * that nothing in it is dirty. What is dirty becomes bits of 64-bit words that
 * go to the sink when the scan moves on to another word.
 *
 * Hardware may mark any entry of a replicated leaf, so such a leaf is dirty if
 * one of its entries is.
 *
 * A leaf that reaches out of the range is cleared only when the sink remembers the
 * part that this scan does not speak of.
 *
 * The state is cleared after it was read and before the word is handed over. A
 * write between the reading and the clearing is covered by the bit that is
 * reported; a later one either sets the bit again or hits a cached entry that
 * the invalidation, which the caller owes the gather, drops.
 */
#ifndef __IOMMUFDX_PGTABLE_DIRTY_H
#define __IOMMUFDX_PGTABLE_DIRTY_H

#include <linux/bitops.h>

#include "walk.h"

#define PGT_LINE	8

/**
 * struct pgt_dirty - a scan under way
 * @w: where it stands
 * @sink: where bits go, NULL: nowhere
 * @gather: what an invalidation must cover
 * @index: number of the word being assembled
 * @word: its bits
 * @clear: clear what is found
 */
struct pgt_dirty {
	struct pgt_walk w;
	struct pgtable_dirty_sink *sink;
	struct pgtable_gather *gather;
	u64 index;
	u64 word;
	bool clear;
};

static __always_inline void pgt_bits_flush(struct pgt_dirty *d)
{
	if (d->word)
		d->sink->word(d->sink, d->index, d->word);
	d->word = 0;
}

/* OR up to 64 @bits, the first of them bit number @first of the bitmap. */
static __always_inline void pgt_bits_or(struct pgt_dirty *d, u64 first,
					u64 bits)
{
	unsigned int offset = first % 64;

	if (first / 64 != d->index) {
		pgt_bits_flush(d);
		d->index = first / 64;
	}
	d->word |= bits << offset;
	if (offset && bits >> (64 - offset)) {
		pgt_bits_flush(d);
		d->index++;
		d->word = bits >> (64 - offset);
	}
}

static noinline void pgt_bits_fill(struct pgt_dirty *d, u64 first, u64 last)
{
	/* Whole words only; what is left over at the ends may be shared. */
	u64 word = (first + 63) / 64;
	u64 end = (last + 1) / 64;

	if (word >= end) {
		for (; first <= last; first++)
			pgt_bits_or(d, first, 1);
		return;
	}
	if (first % 64)
		pgt_bits_or(d, first, U64_MAX >> (first % 64));
	if (d->sink->fill) {
		pgt_bits_flush(d);
		d->sink->fill(d->sink, word * 64, end * 64 - 1);
	} else {
		for (; word < end; word++)
			pgt_bits_or(d, word * 64, U64_MAX);
	}
	if ((last + 1) % 64)
		pgt_bits_or(d, end * 64, U64_MAX >> (64 - (last + 1) % 64));
}

/* All of iova..last was written to. */
static __always_inline void pgt_dirty_report(struct pgt_dirty *d, u64 iova,
					     u64 last)
{
	u64 first;

	if (!d->sink)
		return;
	first = (iova - d->sink->iova) >> d->sink->shift;
	last = (last - d->sink->iova) >> d->sink->shift;
	if (first == last)
		pgt_bits_or(d, first, 1);
	else
		pgt_bits_fill(d, first, last);
}

static __always_inline void pgt_dirty_cleared(struct pgt_dirty *d, u64 iova,
					      u64 last, u64 pgsize)
{
	pgtable_gather_add(d->gather, iova, last);
	if (!d->gather->pgsize || pgsize < d->gather->pgsize)
		d->gather->pgsize = pgsize;
}

/*
 * The leaf @start..@last is to be cleared: have what lies outside of the range
 * remembered. False if it must stay dirty.
 */
static __always_inline bool pgt_dirty_spill(struct pgt_dirty *d, u64 start,
					    u64 last)
{
	struct pgtable_dirty_sink *sink = d->sink;

	/* Nobody wants to know. */
	if (!sink)
		return true;
	if (start < d->w.iova &&
	    (!sink->spill || !sink->spill(sink, start, d->w.iova - 1)))
		return false;
	return last <= d->w.last ||
	       (sink->spill && sink->spill(sink, d->w.last + 1, last));
}

/*
 * The leaf that holds @iova in a table of @level, whatever its size. Returns
 * its last byte.
 */
static __always_inline u64 pgt_dirty_leaf(const struct pgtable_fmt *fmt,
					  struct pgt_dirty *d,
					  unsigned int level, u64 iova,
					  u64 entry)
{
	unsigned int shift = fmt->leaf_shift(entry, level);
	unsigned int i, n = 1U << (shift - pgt_item_shift(fmt, level));
	u64 start = iova & ~(BIT_ULL(shift) - 1);
	u64 last = start + (BIT_ULL(shift) - 1);
	u64 *slot = d->w.path[level] + pgt_index(fmt, level, start);
	u64 dirty = 0;

	for (i = 0; i < n && !dirty; i++)
		dirty = fmt->dirty(READ_ONCE(slot[i]));
	if (!dirty)
		return last;
	if (d->clear && pgt_dirty_spill(d, start, last)) {
		for (i = 0; i < n; i++)
			if (fmt->dirty(READ_ONCE(slot[i])))
				fmt->make_clean(&slot[i]);
		pgt_dirty_cleared(d, start, last, BIT_ULL(shift));
	}
	pgt_dirty_report(d, max(start, d->w.iova), min(last, d->w.last));
	return last;
}

/*
 * Single leaves of a line were dirty: bit n of @bits is that at
 * @iova + n granules.
 */
static __always_inline void pgt_dirty_singles(const struct pgtable_fmt *fmt,
					      struct pgt_dirty *d, u64 iova,
					      unsigned long bits)
{
	const unsigned int granule = fmt->granule_shift;

	if (!bits)
		return;
	/* The line may begin before the sink does, in a leaf that is clean. */
	iova += (u64)__ffs(bits) << granule;
	bits >>= __ffs(bits);
	if (d->clear)
		pgt_dirty_cleared(d, iova,
				  iova + ((u64)(__fls(bits) + 1) << granule) - 1,
				  BIT_ULL(granule));
	if (!d->sink)
		return;
	if (d->sink->shift == granule) {
		pgt_bits_or(d, (iova - d->sink->iova) >> granule, bits);
		return;
	}
	for (; bits; bits &= bits - 1) {
		u64 first = iova + ((u64)__ffs(bits) << granule);

		pgt_dirty_report(d, first, pgt_item_last(fmt, 0, first));
	}
}

/*
 * Entries @i to @end - 1 of the level-0 table at IOVA @base: a line, or part of
 * one. Returns the entry to go on with: @end, or what follows a large leaf.
 */
static __always_inline unsigned int
pgt_dirty_line(const struct pgtable_fmt *fmt, struct pgt_dirty *d, u64 base,
	       unsigned int i, unsigned int end)
{
	const unsigned int granule = fmt->granule_shift;
	const bool clear = d->clear;
	u64 *table = d->w.path[0];
	unsigned long bits = 0;
	unsigned int k;
	u64 entry = 0;

	for (k = i; k < end; k++) {
		entry = READ_ONCE(table[k]);
		if (!fmt->dirty(entry))
			continue;
		if (unlikely(!fmt->leaf_single(entry, 0)))
			break;
		if (clear)
			fmt->make_clean(&table[k]);
		bits |= BIT(k - i);
	}
	pgt_dirty_singles(fmt, d, base + ((u64)i << granule), bits);
	if (likely(k == end))
		return end;
	return pgt_index(fmt, 0, pgt_dirty_leaf(fmt, d, 0, base +
						((u64)k << granule), entry)) + 1;
}

/* The first line from entry @i on, up to @end, with something dirty in it. */
static __always_inline unsigned int
pgt_skip_clean(const struct pgtable_fmt *fmt, const u64 *table, unsigned int i,
	       unsigned int end)
{
	const u64 *line = table + i;
	const u64 *stop = table + (end & ~(PGT_LINE - 1));

	for (; line < stop; line += PGT_LINE)
		if (fmt->dirty(READ_ONCE(line[0])) |
		    fmt->dirty(READ_ONCE(line[1])) |
		    fmt->dirty(READ_ONCE(line[2])) |
		    fmt->dirty(READ_ONCE(line[3])) |
		    fmt->dirty(READ_ONCE(line[4])) |
		    fmt->dirty(READ_ONCE(line[5])) |
		    fmt->dirty(READ_ONCE(line[6])) |
		    fmt->dirty(READ_ONCE(line[7])))
			break;
	return line - table;
}

/* First or last entry of the leaf that @index belongs to, if it is large. */
static __always_inline unsigned int
pgt_leaf_edge(const struct pgtable_fmt *fmt, const u64 *table,
	      unsigned int index, bool last)
{
	u64 entry = READ_ONCE(table[index]);
	unsigned int n;

	if (fmt->kind(entry, 0) != PGT_LEAF || fmt->leaf_single(entry, 0))
		return index;
	n = 1U << (fmt->leaf_shift(entry, 0) - fmt->granule_shift);
	return last ? index | (n - 1) : index & ~(n - 1);
}

/* The rest of the range in the level-0 table. Returns its last byte. */
static __always_inline u64 pgt_dirty_bottom(const struct pgtable_fmt *fmt,
					    struct pgt_dirty *d)
{
	u64 done = pgt_walk_end(fmt, &d->w, 0);
	u64 base = d->w.iova & ~pgt_item_last(fmt, 1, 0);
	u64 *table = d->w.path[0];
	unsigned int i, end;

	i = pgt_leaf_edge(fmt, table, pgt_index(fmt, 0, d->w.iova), false);
	end = pgt_leaf_edge(fmt, table, pgt_index(fmt, 0, done), true) + 1;
	while (i < end) {
		if (i % PGT_LINE == 0) {
			i = pgt_skip_clean(fmt, table, i, end);
			if (i == end)
				break;
		}
		i = pgt_dirty_line(fmt, d, base, i,
				   min((i | (PGT_LINE - 1)) + 1, end));
	}
	return done;
}

static __always_inline void pgt_scan_dirty(const struct pgtable_fmt *fmt,
					   struct pgtable *pt, u64 iova,
					   u64 last, bool clear,
					   struct pgtable_dirty_sink *sink,
					   struct pgtable_gather *gather)
{
	struct pgt_dirty d = {
		.sink = sink,
		.gather = gather,
		.clear = clear,
	};
	u64 entry, done;

	last = min(last, pgt_max_iova(pt));
	if (iova > last)
		return;
	pgt_walk_start(&d.w, pt, iova, last);
	do {
		entry = pgt_walk_descend(fmt, &d.w);
		if (d.w.level == 0)
			done = pgt_dirty_bottom(fmt, &d);
		else if (fmt->kind(entry, d.w.level) == PGT_LEAF)
			done = pgt_dirty_leaf(fmt, &d, d.w.level, d.w.iova,
					      entry);
		else
			done = pgt_item_last(fmt, d.w.level, d.w.iova);
	} while (pgt_walk_step(fmt, &d.w, done));
	pgt_bits_flush(&d);
}

static __always_inline void pgt_set_dirty(const struct pgtable_fmt *fmt,
					  struct pgtable *pt, u64 iova,
					  u64 last, bool dirty,
					  struct pgtable_gather *gather)
{
	struct pgt_walk w;
	u64 entry, done, *slot;

	if (!dirty) {
		pgt_scan_dirty(fmt, pt, iova, last, true, NULL, gather);
		return;
	}
	last = min(last, pgt_max_iova(pt));
	if (iova > last)
		return;
	pgt_walk_start(&w, pt, iova, last);
	do {
		pgt_walk_descend(fmt, &w);
		slot = pgt_walk_slot(fmt, &w);
		entry = READ_ONCE(*slot);
		done = pgt_item_last(fmt, w.level, w.iova);
		if (fmt->kind(entry, w.level) == PGT_LEAF) {
			/* One entry of a large leaf is enough. */
			fmt->make_dirty(slot);
			done |= BIT_ULL(fmt->leaf_shift(entry, w.level)) - 1;
		}
	} while (pgt_walk_step(fmt, &w, done));
}

#endif /* __IOMMUFDX_PGTABLE_DIRTY_H */
