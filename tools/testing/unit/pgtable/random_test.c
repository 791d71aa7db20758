// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on AMD v1 tables against the oracle.
 *
 * SEED chooses the sequence (it is printed), OPS how many operations.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <string.h>
#include <tap.h>

#include "decode.h"
#include "oracle.h"

#define MAX_WINDOWS	12
#define OPS_PER_TABLE	1500
#define MAX_RUNS	(64 * ORACLE_CELLS)
#define BITMAP_WORDS	(ORACLE_CELLS * 16 / 64 + 4)

static struct tap_rng rng;
static struct pgtable pt;
static struct window windows[MAX_WINDOWS];
static int nr_windows;
static u64 runs[MAX_RUNS];
static struct want want;
static u64 op_number;

static u64 below(u64 n)
{
	return tap_below(&rng, n);
}

#define FAIL(...) \
	do { \
		tap_fail(__FILE__, __LINE__, __VA_ARGS__); \
		printf("# at operation %llu\n", (unsigned long long)op_number); \
	} while (0)

static int levels(void)
{
	return pt.top_level + 1;
}

static void add_window(u64 base, unsigned int unit, unsigned int n)
{
	u64 last = base + ((u64)n << unit) - 1;
	struct window *w = &windows[nr_windows];

	if (last < base || last > U64_MAX >> (64 - pt.va_bits) ||
	    !(pt.page_sizes & BIT_ULL(unit)))
		return;
	memset(w, 0, sizeof(*w));
	w->base = base;
	w->unit = unit;
	w->n = n;
	nr_windows++;
}

static void new_table(void)
{
	static const u64 size_sets[] = {
		0, 0, SZ_4K, SZ_4K | SZ_2M | SZ_1G, SZ_4K | SZ_16K | SZ_64K,
		GENMASK_ULL(38, 12),
	};
	struct pgtable_cfg cfg = {
		.va_bits = 12 + 9 * (1 + below(6)),
		.oa_bits = 52,
		.page_sizes = size_sets[below(ARRAY_SIZE(size_sets))],
	};
	int rc;

	cfg.va_bits = min(cfg.va_bits, (u8)64) - below(9);
	memset(&pt, 0, sizeof(pt));
	rc = pgtable_create(&pt, PGTABLE_AMDV1, &cfg);
	if (rc || pt.va_bits < cfg.va_bits)
		FAIL("create: %d", rc);

	nr_windows = 0;
	add_window(0, 12, pt.va_bits < 22 ? 512 : 1024);
	add_window(SZ_2M * 15 - SZ_256K, 12, 1024);
	add_window(SZ_1G - SZ_2M, 12, 1024);
	add_window(4 * (u64)SZ_1G, 21, 1024);
	add_window(512 * (u64)SZ_1G - SZ_2M, 12, 1024);
	add_window(1024 * (u64)SZ_1G, 30, 1024);
	add_window(1ULL << 47, 38, 511);
	add_window((1ULL << 48) - SZ_2M, 12, 1024);
	add_window(1ULL << 52, 45, 64);
	if (pt.va_bits > 30)
		add_window((U64_MAX >> (64 - pt.va_bits)) - SZ_4M + 1, 12,
			   1024);
}

/* Physical pages for the request, contiguous here and there. */
static void choose_pa(const struct window *w)
{
	unsigned int chunk = 1 + below(below(4) ? 20 : 600);
	u64 unit = 1ULL << w->unit;
	u64 room = (1ULL << 52) - ((u64)w->n << w->unit);
	u64 pa = 0;

	if (below(8) == 0)
		chunk = 1;
	for (unsigned int i = 0; i < want.n; i++) {
		if (i == 0 || below(chunk) == 0) {
			pa = below(room >> w->unit) << w->unit;
			/* Often congruent to the IOVA, for large leaves. */
			if (below(3)) {
				u64 low = w->base + (want.first + i) * unit;
				int bits = w->unit + below(12);

				bits = min(bits, 50);
				pa &= ~((1ULL << bits) - 1);
				pa |= low & ((1ULL << bits) - 1);
			}
		}
		want.pa[i] = pa;
		pa += unit;
		if (pa + unit > 1ULL << 52)
			pa = 0;
	}
}

/* The same as runs, cut at random. Returns how many. */
static size_t choose_runs(const struct window *w, u64 *offset)
{
	u64 max_pages = below(2) ? PFN_RUN_MAX_PAGES : 1 + below(9);
	u64 unit_pages = 1ULL << (w->unit - 12);
	u64 pfn = 0, len = 0;
	size_t n = 0;

	if (unit_pages > 1)
		max_pages = PFN_RUN_MAX_PAGES;
	*offset = 0;
	for (unsigned int i = 0; i < want.n; i++) {
		u64 left = unit_pages;
		u64 next = want.pa[i] >> 12;

		while (left) {
			u64 part = min(left, (u64)PFN_RUN_MAX_PAGES);

			if (len && pfn + len == next && len + part <= max_pages) {
				len += part;
			} else {
				if (len)
					runs[n++] = pfn_run(pfn, len);
				pfn = next;
				len = part;
			}
			next += part;
			left -= part;
		}
	}
	/* The last run may hold more than is wanted, the first may begin early. */
	if (below(2) && len < PFN_RUN_MAX_PAGES / 2 && pfn + 2 * len < 1ULL << 40)
		len += below(len);
	runs[n++] = pfn_run(pfn, len);
	if (below(2)) {
		u64 extra = below(5);

		pfn = pfn_run_pfn(runs[0]);
		len = pfn_run_npages(runs[0]);
		if (pfn >= extra && len + extra <= PFN_RUN_MAX_PAGES) {
			runs[0] = pfn_run(pfn - extra, len + extra);
			*offset = extra << 12;
		}
	}
	return n;
}

static void check_gather(struct pgtable_gather *g, const struct touched *t,
			 const char *what)
{
	if (t->last >= t->iova &&
	    (g->last < g->iova || g->iova > t->iova || g->last < t->last))
		FAIL("%s: gather %llx-%llx, touched %llx-%llx", what, g->iova,
		     g->last, t->iova, t->last);
	if (t->last >= t->iova && g->pgsize != t->pgsize)
		FAIL("%s: stride %llx, should be %llx", what, g->pgsize,
		     t->pgsize);
	if (!list_empty(&g->tables) && !g->table_changed)
		FAIL("%s: tables freed and not said", what);
	pgtable_gather_free(g);
}

static void choose_range(const struct window *w, unsigned int *first,
			 unsigned int *n)
{
	unsigned int most = below(4) ? 40 : w->n;

	*first = below(w->n);
	*n = 1 + below(min(most, w->n - *first));
	/* Natural alignment makes large leaves and whole tables likely. */
	if (below(2)) {
		unsigned int align = 1U << below(10);

		*first &= ~(align - 1);
		*n = min(max(*n, align), w->n - *first);
	}
}

static void op_map(struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_map req = { .runs = runs, .gfp = GFP_KERNEL };
	bool inject = below(12) == 0;
	unsigned int done;
	u64 mapped = ~0ULL;
	struct touched t = { .iova = 1 };
	int rc;

	choose_range(w, &want.first, &want.n);
	choose_pa(w);
	want.prot = below(4);
	want.sizes = pt.page_sizes;
	if (below(4) == 0) {
		req.max_leaf = 1ULL << (w->unit + below(10));
		want.sizes &= 2 * req.max_leaf - 1;
	}
	req.nr_runs = choose_runs(w, &req.offset);
	req.iova = w->base + ((u64)want.first << w->unit);
	req.last = req.iova + ((u64)want.n << w->unit) - 1;
	req.prot = want.prot;

	if (inject)
		shim_fail_nth(1 + below(5));
	rc = pt.ops->map(&pt, &req, &g, &mapped);
	shim_fail_nth(0);
	pgtable_gather_free(&g);

	if (inject && rc == -ENOMEM) {
		done = oracle_map(w, &want, mapped >> w->unit);
		if ((u64)done << w->unit != mapped)
			FAIL("no memory: %llx mapped, should be %llx", mapped,
			     (u64)done << w->unit);
		/* As a caller would: take back what there is. */
		if (mapped) {
			u64 n = pt.ops->unmap(&pt, req.iova,
					      req.iova + mapped - 1, &g);

			if (n != oracle_unmap(w, want.first, done, &t))
				FAIL("taking back: %llx", n);
			check_gather(&g, &t, "taking back");
		}
		return;
	}
	done = oracle_map(w, &want, ~0U);
	if ((u64)done << w->unit != mapped)
		FAIL("map %llx-%llx: %llx mapped, should be %llx", req.iova,
		     req.last, mapped, (u64)done << w->unit);
	if (rc != (done < want.n ? -EADDRINUSE : 0))
		FAIL("map %llx-%llx: %d", req.iova, req.last, rc);
}

static void op_unmap(struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct touched t = { .iova = 1 };
	unsigned int first, n;
	u64 iova, bytes, should;

	choose_range(w, &first, &n);
	iova = w->base + ((u64)first << w->unit);
	bytes = pt.ops->unmap(&pt, iova, iova + ((u64)n << w->unit) - 1, &g);
	should = oracle_unmap(w, first, n, &t);
	if (bytes != should)
		FAIL("unmap %llx + %x: %llx, should be %llx", iova, n, bytes,
		     should);
	check_gather(&g, &t, "unmap");
}

/* Hardware writes to some pages. */
static void op_write(struct window *w)
{
	unsigned int n = 1 + below(below(4) ? 8 : 300);
	struct decoded d;

	while (n--) {
		unsigned int i = below(w->n);
		bool hit = decode(pgtable_top_phys(&pt), levels(),
				  w->base + ((u64)i << w->unit), &d);

		if (hit != w->cell[i].mapped) {
			FAIL("cell %u: hardware sees %d", i, hit);
			return;
		}
		if (!hit)
			continue;
		if (!decode_mark(&d, below(d.slots)))
			FAIL("cell %u: entry changed", i);
		oracle_mark(w, i, true);
	}
}

static u64 got[BITMAP_WORDS], should[BITMAP_WORDS];
static u64 next_word;

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	if (index < next_word || !bits || index >= BITMAP_WORDS) {
		FAIL("word %llu (%llx) after %llu", index, bits, next_word);
		return;
	}
	next_word = index + 1;
	got[index] |= bits;
}

static void sink_fill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	if (first / 64 < next_word || last < first || last / 64 >= BITMAP_WORDS) {
		FAIL("fill %llu-%llu after word %llu", first, last, next_word);
		return;
	}
	for (; first <= last; first++)
		got[first / 64] |= 1ULL << (first % 64);
	next_word = last / 64;
}

static struct window *spill_window;
static bool owed[ORACLE_CELLS], should_owe[ORACLE_CELLS];

static bool sink_spill(struct pgtable_dirty_sink *sink, u64 first, u64 last)
{
	struct window *w = spill_window;

	for (u64 i = first - w->base; i <= last - w->base; i += 1ULL << w->unit)
		owed[i >> w->unit] = true;
	return true;
}

static void op_read_dirty(struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_dirty_sink sink = {
		.word = sink_word,
		.fill = below(2) ? sink_fill : NULL,
		.spill = below(2) ? sink_spill : NULL,
	};
	struct touched t = { .iova = 1 };
	bool clear = below(4);
	unsigned int first, n;
	u64 iova;

	choose_range(w, &first, &n);
	iova = w->base + ((u64)first << w->unit);
	sink.shift = w->unit;
	if (below(2))
		sink.shift += (int)below(9) - 3;
	sink.iova = iova & ~((1ULL << sink.shift) - 1);
	if (below(2)) {
		u64 back = below(100) << sink.shift;

		if (back <= sink.iova)
			sink.iova -= back;
	}
	memset(got, 0, sizeof(got));
	memset(should, 0, sizeof(should));
	next_word = 0;
	spill_window = w;
	memset(owed, 0, sizeof(owed));
	memset(should_owe, 0, sizeof(should_owe));
	pt.ops->read_dirty(&pt, iova, iova + ((u64)n << w->unit) - 1,
			   clear ? 0 : PGTABLE_DIRTY_NO_CLEAR, &sink, &g);
	oracle_dirty(w, first, n, sink.iova, sink.shift, should, clear,
		     sink.spill ? should_owe : NULL, &t);
	if (memcmp(owed, should_owe, sizeof(owed)))
		FAIL("dirty %llx + %x: owed", iova, n);
	if (memcmp(got, should, sizeof(got)))
		FAIL("dirty %llx + %x, bit %u", iova, n, sink.shift);
	if (!clear && !pgtable_gather_empty(&g))
		FAIL("dirty: nothing cleared, but gathered");
	check_gather(&g, &t, "dirty");
}

static void op_set_dirty(struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct touched t = { .iova = 1 };
	bool dirty = below(2);
	unsigned int first, n;
	u64 iova;

	choose_range(w, &first, &n);
	iova = w->base + ((u64)first << w->unit);
	pt.ops->set_dirty(&pt, iova, iova + ((u64)n << w->unit) - 1, dirty, &g);
	if (dirty) {
		for (unsigned int i = first; i < first + n; i++)
			if (w->cell[i].mapped)
				oracle_mark(w, i, true);
	} else {
		oracle_dirty(w, first, n, iova, w->unit, should, true,
			     should_owe, &t);
	}
	check_gather(&g, &t, "set_dirty");
}

static void check_cell(struct window *w, unsigned int i)
{
	struct cell *c = &w->cell[i];
	u64 at = below(1ULL << w->unit);
	u64 iova = w->base + ((u64)i << w->unit) + at;
	phys_addr_t pa = pt.ops->iova_to_phys(&pt, iova);
	struct decoded d;

	if (pa != (c->mapped ? c->pa + at : PHYS_ADDR_MAX))
		FAIL("iova_to_phys(%llx) is %llx, mapped %d to %llx", iova, pa,
		     c->mapped, c->pa + at);
	if (decode(pgtable_top_phys(&pt), levels(), iova, &d) != c->mapped) {
		FAIL("%llx: hardware disagrees, mapped %d", iova, c->mapped);
		return;
	}
	if (!c->mapped)
		return;
	if (d.pa != c->pa + at || d.size != c->leaf || d.dirty != c->dirty ||
	    d.read != !!(c->prot & PGTABLE_READ) ||
	    d.write != !!(c->prot & PGTABLE_WRITE))
		FAIL("%llx: pa %llx/%llx size %llx/%llx dirty %d/%d", iova, d.pa,
		     c->pa + at, d.size, c->leaf, d.dirty, c->dirty);
}

static void check_table(void)
{
	u64 bytes = 0;

	if (pt.ops->validate(&pt))
		FAIL("validate");
	for (int k = 0; k < nr_windows; k++) {
		for (unsigned int i = 0; i < windows[k].n; i++) {
			check_cell(&windows[k], i);
			if (windows[k].cell[i].mapped)
				bytes += 1ULL << windows[k].unit;
		}
	}
	/* Nothing beside the windows. */
	if (decode_bytes(pgtable_top_phys(&pt), levels()) != bytes)
		FAIL("bytes mapped are not %llx", bytes);
}

static void end_table(void)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);

	check_table();
	if (below(2)) {
		pt.ops->unmap(&pt, 0, U64_MAX, &g);
		pgtable_gather_free(&g);
		if (pt.ops->table_bytes(&pt) != PAGE_SIZE)
			FAIL("tables left: %llx", pt.ops->table_bytes(&pt));
		if (pt.ops->validate(&pt))
			FAIL("validate");
	}
	if (pt.ops->table_bytes(&pt) != shim_pages_in_use() * PAGE_SIZE)
		FAIL("table_bytes %llx, pages %lx", pt.ops->table_bytes(&pt),
		     shim_pages_in_use());
	pgtable_destroy(&pt);
	if (shim_pages_in_use())
		FAIL("%ld pages leaked", shim_pages_in_use());
}

static void random_operations(void)
{
	u64 seed = tap_env("SEED", 1), ops = tap_env("OPS", 200000);

	printf("# SEED=%llu OPS=%llu\n", seed, ops);
	rng.state = seed;
	for (op_number = 0; op_number < ops && tap_checks_failed < 10;
	     op_number++) {
		struct window *w;
		unsigned int dice = below(100);

		if (op_number % OPS_PER_TABLE == 0) {
			if (op_number)
				end_table();
			new_table();
		}
		w = &windows[below(nr_windows)];
		if (dice < 35)
			op_map(w);
		else if (dice < 55)
			op_unmap(w);
		else if (dice < 70)
			op_write(w);
		else if (dice < 85)
			op_read_dirty(w);
		else if (dice < 90)
			op_set_dirty(w);
		else
			for (int i = 0; i < 10; i++)
				check_cell(w, below(w->n));
		if (op_number % 500 == 250)
			check_table();
	}
	end_table();
}

int main(void)
{
	TAP_RUN(random_operations);
	return tap_done();
}
