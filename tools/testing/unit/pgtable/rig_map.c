// SPDX-License-Identifier: GPL-2.0-only
/* Mapping and unmapping, and lists of runs of every shape. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <shim.h>

#include "rig.h"

#define MAX_RUNS	(64 * ORACLE_CELLS)

static u64 runs[MAX_RUNS];
static struct want want;

/* Physical pages for the request, contiguous here and there. */
static void choose_pa(struct rig *r, const struct window *w)
{
	unsigned int chunk = 1 + r->choose(r->choose(4) ? 20 : 600);
	u64 unit = 1ULL << w->unit;
	u64 space = 1ULL << r->pt.oa_bits;
	u64 room = space - ((u64)w->n << w->unit);
	u64 pa = 0;

	if (r->choose(8) == 0)
		chunk = 1;
	for (unsigned int i = 0; i < want.n; i++) {
		if (i == 0 || r->choose(chunk) == 0) {
			pa = r->choose(room >> w->unit) << w->unit;
			/* Often congruent to the IOVA, for large leaves. */
			if (r->choose(3)) {
				u64 low = cell_iova(w, want.first + i);
				int bits = w->unit + r->choose(14);

				bits = min(bits, r->pt.oa_bits - 2);
				pa &= ~((1ULL << bits) - 1);
				pa |= low & ((1ULL << bits) - 1);
			}
		}
		want.pa[i] = pa;
		pa += unit;
		if (pa + unit > space)
			pa = 0;
	}
}

/* The same as runs, cut at random. Returns how many. */
static size_t choose_runs(struct rig *r, const struct window *w, u64 *offset)
{
	u64 max_pages = r->choose(2) ? PFN_RUN_MAX_PAGES : 1 + r->choose(9);
	u64 unit_pages = 1ULL << (w->unit - PAGE_SHIFT);
	u64 pfn = 0, len = 0;
	size_t n = 0;

	if (unit_pages > 16)
		max_pages = PFN_RUN_MAX_PAGES;
	*offset = 0;
	for (unsigned int i = 0; i < want.n; i++) {
		u64 left = unit_pages;
		u64 next = want.pa[i] >> PAGE_SHIFT;

		while (left) {
			u64 part = min(left, max_pages);

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
	/* The last run may hold more than is wanted, the first begin early. */
	if (r->choose(2) && len < PFN_RUN_MAX_PAGES / 2 &&
	    pfn + 2 * len < 1ULL << 40)
		len += r->choose(len);
	runs[n++] = pfn_run(pfn, len);
	if (r->choose(2)) {
		u64 extra = r->choose(5);

		pfn = pfn_run_pfn(runs[0]);
		len = pfn_run_npages(runs[0]);
		if (pfn >= extra && len + extra <= PFN_RUN_MAX_PAGES) {
			runs[0] = pfn_run(pfn - extra, len + extra);
			*offset = extra << PAGE_SHIFT;
		}
	}
	return n;
}

/* A map that ran out of memory: as a caller would, take back what there is. */
static void take_back(struct rig *r, struct window *w, u64 iova, u64 mapped)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct touched t = { .iova = 1 };
	unsigned int done;
	u64 bytes;

	done = oracle_map(w, &want, mapped >> w->unit);
	if ((u64)done << w->unit != mapped)
		RIG_FAIL(r, "no memory: %llx mapped, should be %llx", mapped,
			 (u64)done << w->unit);
	if (!mapped)
		return;
	bytes = r->pt.ops->unmap(&r->pt, iova, iova + mapped - 1, &g);
	if (bytes != oracle_unmap(w, want.first, done, &t))
		RIG_FAIL(r, "taking back: %llx", bytes);
	rig_check_gather(r, &g, &t, "taking back");
}

void rig_map(struct rig *r, struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable_map req = { .runs = runs, .gfp = GFP_KERNEL };
	bool inject = r->choose(12) == 0;
	unsigned int done;
	u64 mapped = ~0ULL;
	int rc;

	rig_choose_range(r, w, &want.first, &want.n);
	choose_pa(r, w);
	want.prot = rig_choose_prot(r);
	want.grants = r->f->grants(want.prot, r->pt.quirks);
	want.sizes = r->pt.page_sizes;
	if (r->choose(4) == 0) {
		req.max_leaf = 1ULL << (w->unit + r->choose(10));
		want.sizes &= 2 * req.max_leaf - 1;
	}
	req.nr_runs = choose_runs(r, w, &req.offset);
	req.iova = cell_iova(w, want.first);
	req.last = req.iova + ((u64)want.n << w->unit) - 1;
	req.prot = want.prot;

	if (inject)
		shim_fail_nth(1 + r->choose(5));
	rc = r->pt.ops->map(&r->pt, &req, &g, &mapped);
	shim_fail_nth(0);
	pgtable_gather_free(&g);
	if (inject && rc == -ENOMEM) {
		take_back(r, w, req.iova, mapped);
		return;
	}
	done = oracle_map(w, &want, ~0U);
	if ((u64)done << w->unit != mapped)
		RIG_FAIL(r, "map %llx-%llx: %llx mapped, should be %llx",
			 req.iova, req.last, mapped, (u64)done << w->unit);
	if (rc != (done < want.n ? -EADDRINUSE : 0))
		RIG_FAIL(r, "map %llx-%llx: %d", req.iova, req.last, rc);
}

void rig_unmap(struct rig *r, struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct touched t = { .iova = 1 };
	unsigned int first, n;
	u64 iova, last, bytes, should;

	rig_choose_range(r, w, &first, &n);
	iova = cell_iova(w, first);
	last = cell_iova(w, first + n) - 1;
	if (r->choose(2)) {
		should = (u64)oracle_whole(w, first, n) << w->unit;
		oracle_unmap(w, first, n, &t);
		bytes = r->pt.ops->discard(&r->pt, iova, last, &g);
		/* The stride of what was not read is a guess, never too large. */
		if (t.last >= t.iova && g.pgsize < t.pgsize)
			g.pgsize = t.pgsize;
	} else {
		should = oracle_unmap(w, first, n, &t);
		bytes = r->pt.ops->unmap(&r->pt, iova, last, &g);
	}
	if (bytes != should)
		RIG_FAIL(r, "unmap %llx + %x: %llx, should be %llx", iova, n,
			 bytes, should);
	rig_check_gather(r, &g, &t, "unmap");
}
