// SPDX-License-Identifier: GPL-2.0-only
/* Hardware's accesses, and all ways to read, set and clear what they leave. */
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>

#include "rig.h"

#define BITMAP_WORDS	(ORACLE_CELLS * 16 / 64 + 8)

static u64 got[BITMAP_WORDS], should[BITMAP_WORDS];
static u64 next_word;
static bool owed[ORACLE_CELLS], should_owe[ORACLE_CELLS];
static struct window *sink_window;
static struct rig *sink_rig;

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	if (index < next_word || !bits || index >= BITMAP_WORDS) {
		RIG_FAIL(sink_rig, "word %llu (%llx) after %llu", index, bits,
			 next_word);
		return;
	}
	next_word = index + 1;
	got[index] |= bits;
}

static void sink_fill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	if (first / 64 < next_word || last < first ||
	    last / 64 >= BITMAP_WORDS) {
		RIG_FAIL(sink_rig, "fill %llu-%llu after word %llu", first, last,
			 next_word);
		return;
	}
	for (; first <= last; first++)
		got[first / 64] |= 1ULL << (first % 64);
	next_word = last / 64;
}

static bool sink_spill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	struct window *w = sink_window;

	for (u64 i = first - w->base; i <= last - w->base; i += 1ULL << w->unit)
		owed[i >> w->unit] = true;
	return true;
}

static void compare_bits(struct rig *r, u64 iova,
			 const struct pgtable_dirty_sink *sink, const char *what)
{
	for (unsigned int i = 0; i < BITMAP_WORDS; i++)
		if (got[i] != should[i]) {
			RIG_FAIL(r, "%s %llx, shift %u: word %u is %llx, not %llx",
				 what, iova, sink->shift, i, got[i], should[i]);
			return;
		}
	if (memcmp(owed, should_owe, sizeof(owed)))
		RIG_FAIL(r, "%s from %llx: not what was spilt", what, iova);
}

/* A sink for a bitmap that begins at @iova or before, of any granularity. */
static struct pgtable_dirty_sink choose_sink(struct rig *r, struct window *w,
					     u64 iova)
{
	struct pgtable_dirty_sink sink = {
		.word = sink_word,
		.fill = r->choose(2) ? sink_fill : NULL,
		.spill = r->choose(2) ? sink_spill : NULL,
		.shift = w->unit,
	};

	if (r->choose(2))
		sink.shift += (int)r->choose(9) - 3;
	sink.iova = iova & ~((1ULL << sink.shift) - 1);
	if (r->choose(2)) {
		u64 back = r->choose(100) << sink.shift;

		if (back <= sink.iova)
			sink.iova -= back;
	}
	memset(got, 0, sizeof(got));
	memset(should, 0, sizeof(should));
	memset(owed, 0, sizeof(owed));
	memset(should_owe, 0, sizeof(should_owe));
	next_word = 0;
	sink_window = w;
	sink_rig = r;
	return sink;
}

/* Hardware reads and writes some pages, as far as it may. */
void rig_hardware(struct rig *r, struct window *w)
{
	unsigned int n = 1 + r->choose(r->choose(4) ? 8 : 300);
	struct decoded d;
	bool dirty;

	while (n--) {
		unsigned int i = r->choose(w->n);
		bool hit = format_decode(r->f, &r->pt, cell_iova(w, i), &d);

		if (hit != w->cell[i].mapped) {
			RIG_FAIL(r, "cell %u: hardware sees %d", i, hit);
			return;
		}
		if (!hit)
			continue;
		if (!r->f->touch(&d, r->choose(d.slots),
				 d.write && r->choose(4), &dirty))
			RIG_FAIL(r, "cell %u: entry changed", i);
		if (dirty)
			oracle_mark(w, i, true);
	}
}

/*
 * The first half of a scan that skips what was not touched, of a range that is
 * not always the one of the second half.
 */
static void untouch(struct rig *r, struct window *w, u64 iova, u64 last)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);

	if (r->choose(4) == 0) {
		iova = 0;
		last = U64_MAX;
	}
	r->pt.ops->untouch(&r->pt, iova, last, &g);
	pgtable_gather_free(&g);
	/* Writes may come between. */
	if (r->choose(2))
		rig_hardware(r, w);
}

void rig_read_dirty(struct rig *r, struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct touched t = { .iova = 1 };
	unsigned int flags = r->choose(4) ? 0 : PGTABLE_DIRTY_NO_CLEAR;
	struct pgtable_dirty_sink sink;
	unsigned int first, n;
	u64 iova, last;

	rig_choose_range(r, w, &first, &n);
	iova = cell_iova(w, first);
	last = cell_iova(w, first + n) - 1;
	if (r->f->marks && r->choose(2)) {
		flags |= PGTABLE_DIRTY_TOUCHED;
		if (r->choose(4))
			untouch(r, w, iova, last);
	}
	sink = choose_sink(r, w, iova);
	r->pt.ops->read_dirty(&r->pt, iova, last, flags, &sink, &g);
	oracle_dirty(w, first, n, sink.iova, sink.shift, should,
		     !(flags & PGTABLE_DIRTY_NO_CLEAR),
		     sink.spill ? should_owe : NULL, &t);
	compare_bits(r, iova, &sink, "dirty");
	if ((flags & PGTABLE_DIRTY_NO_CLEAR) && !pgtable_gather_empty(&g))
		RIG_FAIL(r, "dirty: nothing cleared, but gathered");
	rig_check_gather(r, &g, &t, "dirty");
}

void rig_set_dirty(struct rig *r, struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct touched t = { .iova = 1 };
	bool dirty = r->choose(2);
	unsigned int first, n;
	u64 iova;

	rig_choose_range(r, w, &first, &n);
	iova = cell_iova(w, first);
	r->pt.ops->set_dirty(&r->pt, iova, cell_iova(w, first + n) - 1, dirty,
			     &g);
	if (dirty) {
		for (unsigned int i = first; i < first + n; i++)
			if (w->cell[i].mapped)
				oracle_mark(w, i, true);
	} else {
		oracle_dirty(w, first, n, iova, w->unit, should, true,
			     should_owe, &t);
	}
	rig_check_gather(r, &g, &t, "set_dirty");
}

void rig_unmap_dirty(struct rig *r, struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct touched t = { .iova = 1 }, ignored = { .iova = 1 };
	struct pgtable_dirty_sink sink;
	unsigned int first, n, whole;
	u64 iova, bytes, want;

	rig_choose_range(r, w, &first, &n);
	iova = cell_iova(w, first);
	sink = choose_sink(r, w, iova);
	/* Only what is unmapped is reported. */
	whole = oracle_whole(w, first, n);
	oracle_dirty(w, first, whole, sink.iova, sink.shift, should, false,
		     NULL, &ignored);
	want = oracle_unmap(w, first, n, &t);
	bytes = r->pt.ops->unmap_dirty(&r->pt, iova,
				       cell_iova(w, first + n) - 1, &sink, &g);
	if (bytes != want)
		RIG_FAIL(r, "unmap_dirty %llx + %x: %llx, should be %llx", iova,
			 n, bytes, want);
	compare_bits(r, iova, &sink, "unmap_dirty");
	rig_check_gather(r, &g, &t, "unmap_dirty");
}
