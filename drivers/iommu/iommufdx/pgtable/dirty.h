/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty state of a range.
 *
 * Level 0 is read a cache line (a *line*, 8 entries) at a time: their OR, and
 * for some formats their AND, say that nothing in it is dirty.
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
 *
 * touch.h says what PGTABLE_DIRTY_TOUCHED leaves out, and why it may.
 */
#ifndef __IOMMUFDX_PGTABLE_DIRTY_H
#define __IOMMUFDX_PGTABLE_DIRTY_H

#include "dirty_bits.h"
#include "touch.h"
#include "walk.h"

#define PGT_LINE	8

/**
 * struct pgt_dirty - a scan under way
 * @pt: the table
 * @w: where it stands
 * @bits: what it has found
 * @start: first byte of the scan
 * @report: somebody wants to know
 * @clear: clear what is found
 * @touched: look only below entries that were touched
 * @first: IOVA of the first leaf cleared
 * @last: last byte of the last one
 * @pgsize: smallest leaf cleared; U64_MAX: none was
 */
struct pgt_dirty {
	struct pgtable *pt;
	struct pgt_walk w;
	struct pgt_bits bits;
	u64 start;
	bool report;
	bool clear;
	bool touched;
	u64 first;
	u64 last;
	u64 pgsize;
};

/* Leaves are cleared in IOVA order. */
static __always_inline void pgt_dirty_cleared(struct pgt_dirty *d, u64 iova,
					      u64 last, u64 pgsize)
{
	d->first = min(d->first, iova);
	d->last = last;
	d->pgsize = min(d->pgsize, pgsize);
}

/*
 * The leaf @start..@last is to be cleared: have what lies outside of the range
 * remembered. False if it must stay dirty.
 */
static __always_inline bool pgt_dirty_spill(struct pgt_dirty *d, u64 start,
					    u64 last)
{
	struct pgtable_dirty_sink *sink = d->bits.sink;

	if (!d->report)
		return true;
	if (start < d->start &&
	    (!sink->spill || !sink->spill(sink, start, d->start - 1)))
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
	u64 *slot = pgt_walk_slot_of(fmt, &d->w, level, start);
	u64 dirty = 0;

	for (i = 0; i < n && !dirty; i++)
		dirty = fmt->dirty(READ_ONCE(slot[i]));
	if (!dirty)
		return last;
	if (d->clear && pgt_dirty_spill(d, start, last)) {
		for (i = 0; i < n; i++)
			if (fmt->dirty(READ_ONCE(slot[i])))
				fmt->make_clean(&slot[i]);
		pgt_changed(d->pt, slot, n);
		pgt_dirty_cleared(d, start, last, BIT_ULL(shift));
	}
	if (d->report)
		pgt_bits_report(&d->bits, max(start, d->start),
				min(last, d->w.last));
	return last;
}

/* Entries @first up to @end of the level-0 table were leaves of @size, all dirty. */
static __always_inline void pgt_dirty_run(const struct pgtable_fmt *fmt,
					  struct pgt_dirty *d, u64 base,
					  unsigned int first, unsigned int end,
					  u64 size)
{
	u64 start = base + ((u64)first << fmt->granule_shift);
	u64 last = base + ((u64)end << fmt->granule_shift) - 1;

	if (first == end)
		return;
	if (d->clear) {
		pgt_changed(d->pt, d->w.path[0] + first, end - first);
		pgt_dirty_cleared(d, start, last, size);
	}
	if (d->report)
		pgt_bits_report(&d->bits, start, last);
}

/*
 * Leaves of level 0 larger than an entry and all of one size, from the one that
 * entry @i belongs to on, up to a line that may be clean. Returns the entry to go
 * on with; @i itself if that leaf does not lie in the range as a whole.
 */
static __always_inline unsigned int
pgt_dirty_larges(const struct pgtable_fmt *fmt, struct pgt_dirty *d, u64 base,
		 unsigned int i, unsigned int end)
{
	const unsigned int granule = fmt->granule_shift;
	u64 *table = d->w.path[0];
	unsigned int shift = fmt->leaf_shift(READ_ONCE(table[i]), 0);
	unsigned int n = 1U << (shift - granule), at = i & ~(n - 1);
	unsigned int run = at, k;
	u64 start = base + ((u64)at << granule);
	u64 left = d->w.last - start + 1;
	u64 entry, dirty;

	if (start < d->start || left < BIT_ULL(shift))
		return i;
	for (; at + n <= end && left >= BIT_ULL(shift); at += n) {
		entry = READ_ONCE(table[at]);
		if (fmt->leaf_single(entry, 0) ||
		    fmt->leaf_shift(entry, 0) != shift)
			break;
		left -= BIT_ULL(shift);
		dirty = 0;
		for (k = at; k < at + n; k++) {
			entry = fmt->dirty(READ_ONCE(table[k]));
			if (entry && d->clear)
				fmt->make_clean(&table[k]);
			dirty |= entry;
		}
		if (dirty)
			continue;
		pgt_dirty_run(fmt, d, base, run, at, BIT_ULL(shift));
		run = at + n;
		if (run % PGT_LINE == 0)
			return run;
	}
	pgt_dirty_run(fmt, d, base, run, at, BIT_ULL(shift));
	return at;
}

/* Single leaves of a line were dirty: bit n of @bits is that at @iova + n. */
static __always_inline void pgt_dirty_singles(const struct pgtable_fmt *fmt,
					      struct pgt_dirty *d, u64 iova,
					      unsigned long bits)
{
	const unsigned int granule = fmt->granule_shift;

	if (!bits)
		return;
	if (d->clear)
		pgt_dirty_cleared(d, iova + ((u64)__ffs(bits) << granule),
				  iova + ((u64)(__fls(bits) + 1) << granule) - 1,
				  BIT_ULL(granule));
	if (d->report)
		pgt_bits_singles(fmt, &d->bits, iova, bits);
}

/*
 * @n entries of a level-0 table: clear those that are dirty, and return a bit
 * for each. Ends before a large leaf that is dirty; *@done says where.
 */
static __always_inline u64 pgt_dirty_entries(const struct pgtable_fmt *fmt,
					     const struct pgt_dirty *d,
					     u64 *slot, unsigned int n,
					     unsigned int *done)
{
	unsigned int i;
	u64 bits = 0;

#pragma GCC unroll 8
	for (i = 0; i < n; i++) {
		u64 entry = READ_ONCE(slot[i]);

		if (!fmt->dirty(entry))
			continue;
		if (unlikely(!fmt->leaf_single(entry, 0)))
			break;
		if (d->clear)
			fmt->make_clean(&slot[i]);
		bits |= BIT_ULL(i);
	}
	*done = i;
	return bits;
}

/*
 * Nonzero if a line may hold something dirty. A bit that comes too late for this
 * is for the next scan, and one that is seen is looked at again; so the loads may
 * be plain, which lets them be operands.
 */
static __always_inline u64 pgt_line_dirty(const struct pgtable_fmt *fmt,
					  const u64 *line)
{
	u64 any = 0, all = U64_MAX;
	unsigned int i;

#pragma GCC unroll 8
	for (i = 0; i < PGT_LINE; i++) {
		u64 entry = data_race(line[i]);

		any |= entry;
		all &= entry;
	}
	return fmt->dirty_among ? fmt->dirty_among(any, all) : fmt->dirty(any);
}

/* The first line from entry @i on, up to @end, with something dirty in it. */
static __always_inline unsigned int
pgt_skip_clean(const struct pgtable_fmt *fmt, const u64 *table, unsigned int i,
	       unsigned int end)
{
	const u64 *line = table + i;
	const u64 *stop = table + (end & ~(PGT_LINE - 1));

	while (line < stop && !pgt_line_dirty(fmt, line))
		line += PGT_LINE;
	return line - table;
}

/*
 * Up to 64 entries from @i on of the level-0 table at IOVA @base: the rest of a
 * line, and the lines after it up to one that is clean. Returns the entry to go
 * on with: beyond @end, if a large leaf reaches there.
 */
static __always_inline unsigned int
pgt_dirty_block(const struct pgtable_fmt *fmt, struct pgt_dirty *d, u64 base,
		unsigned int i, unsigned int end)
{
	const unsigned int granule = fmt->granule_shift;
	const unsigned int range_end = end;
	u64 *table = d->w.path[0];
	unsigned int first = i, n, done;
	u64 line, bits = 0;

	end = min(end, i + 64);
	for (;;) {
		n = min((i | (PGT_LINE - 1)) + 1, end) - i;
		/* The loop over a line is unrolled. */
		if (likely(n == PGT_LINE))
			line = pgt_dirty_entries(fmt, d, table + i, PGT_LINE,
						 &done);
		else
			line = pgt_dirty_entries(fmt, d, table + i, n, &done);
		bits |= line << (i - first);
		i += done;
		if (done < n || i + PGT_LINE > end)
			break;
		if (!pgt_line_dirty(fmt, table + i)) {
			i += PGT_LINE;
			break;
		}
	}

	if (bits && d->clear)
		pgt_changed(d->pt, table + first, i - first);
	pgt_dirty_singles(fmt, d, base + ((u64)first << granule), bits);
	if (likely(done == n))
		return i;
	n = pgt_dirty_larges(fmt, d, base, i, range_end);
	if (n > i)
		return n;
	return pgt_index(fmt, 0,
			 pgt_dirty_leaf(fmt, d, 0, base + ((u64)i << granule),
					READ_ONCE(table[i]))) + 1;
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
		i = pgt_dirty_block(fmt, d, base, i, end);
	}
	return done;
}

/* pgt_walk_descend(), but not below what was not touched. */
static __always_inline u64 pgt_dirty_descend(const struct pgtable_fmt *fmt,
					     struct pgt_dirty *d)
{
	while (d->w.level) {
		u64 *slot = pgt_walk_slot(fmt, &d->w);
		u64 entry = READ_ONCE(*slot);

		if (fmt->kind(entry, d->w.level) != PGT_TABLE)
			return entry;
		if (fmt->table_accessed && d->touched &&
		    !pgt_touched(fmt, d->pt, &d->w, d->start, d->clear, slot,
				 entry))
			return 0;
		if (!pgt_walk_down(fmt, &d->w, entry))
			return 0;
	}
	return 0;
}

/* @sink may be NULL and @clear is constant where this is inlined. */
static __always_inline void pgt_scan_dirty(const struct pgtable_fmt *fmt,
					   struct pgtable *pt, u64 iova,
					   u64 last, bool clear, bool touched,
					   struct pgtable_dirty_sink *sink,
					   struct pgtable_gather *gather)
{
	struct pgt_dirty d = {
		.pt = pt,
		.bits.sink = sink,
		.start = iova,
		.report = sink,
		.clear = clear,
		.touched = touched,
		.first = U64_MAX,
		.pgsize = U64_MAX,
	};
	u64 entry, done;

	if (!pgt_walk_start(&d.w, pt, iova, last))
		return;
	do {
		entry = pgt_dirty_descend(fmt, &d);
		if (d.w.level == 0)
			done = pgt_dirty_bottom(fmt, &d);
		else if (fmt->kind(entry, d.w.level) == PGT_LEAF)
			done = pgt_dirty_leaf(fmt, &d, d.w.level, d.w.iova,
					      entry);
		else
			done = pgt_item_last(fmt, d.w.level, d.w.iova);
	} while (pgt_walk_step(fmt, &d.w, done));
	if (d.report)
		pgt_bits_flush(&d.bits);
	if (d.clear && d.pgsize != U64_MAX)
		pgt_gather_leaves(gather, d.first, d.last, d.pgsize);
}

static __always_inline void pgt_set_dirty(const struct pgtable_fmt *fmt,
					  struct pgtable *pt, u64 iova,
					  u64 last, bool dirty,
					  struct pgtable_gather *gather)
{
	struct pgt_walk w;
	u64 entry, done, *slot;

	if (!dirty) {
		pgt_scan_dirty(fmt, pt, iova, last, true, false, NULL, gather);
		return;
	}
	if (!pgt_walk_start(&w, pt, iova, last))
		return;
	do {
		pgt_walk_descend(fmt, &w);
		slot = pgt_walk_slot(fmt, &w);
		entry = READ_ONCE(*slot);
		done = pgt_item_last(fmt, w.level, w.iova);
		if (fmt->kind(entry, w.level) == PGT_LEAF) {
			/* One entry of a large leaf is enough. */
			fmt->make_dirty(slot);
			pgt_changed(pt, slot, 1);
			pgt_mark_path(fmt, pt, &w);
			done |= BIT_ULL(fmt->leaf_shift(entry, w.level)) - 1;
		}
	} while (pgt_walk_step(fmt, &w, done));
}

#endif /* __IOMMUFDX_PGTABLE_DIRTY_H */
