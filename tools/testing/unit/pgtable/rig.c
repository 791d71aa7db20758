// SPDX-License-Identifier: GPL-2.0-only
#include "rig.h"

#include <linux/kernel.h>
#include <linux/sizes.h>
#include <shim.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rig_fail(struct rig *r, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	/* A broken loop must not fill the disk. */
	if (++r->failures > 20)
		return;
	printf("# %s:%d: %s: operation %llu: ", file, line, r->f->name, r->op);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

static void add_window(struct rig *r, u64 base, unsigned int unit, u64 n)
{
	u64 end = U64_MAX >> (64 - r->pt.va_bits);
	u64 last = base + (n << unit) - 1;
	struct window *w = &r->windows[r->nr_windows];

	if (n < 2 || last < base || last > end || r->nr_windows == RIG_WINDOWS ||
	    !(r->pt.page_sizes & BIT_ULL(unit)))
		return;
	for (unsigned int i = 0; i < r->nr_windows; i++) {
		const struct window *o = &r->windows[i];

		if (base <= cell_iova(o, o->n) - 1 && last >= o->base)
			return;
	}
	memset(w, 0, sizeof(*w));
	w->base = base;
	w->unit = unit;
	w->n = n;
	r->nr_windows++;
}

static void choose_windows(struct rig *r)
{
	const u64 space = r->pt.va_bits < 64 ? BIT_ULL(r->pt.va_bits) : 0;
	const int g = r->f->granule;
	const u64 page = BIT_ULL(g);

	r->nr_windows = 0;
	add_window(r, 0, g, 512);
	/* The last pages there are. */
	add_window(r, space - 512 * page, g, 512);
	/* Across the ends of tables, not in their middle. */
	add_window(r, 15 * BIT_ULL(format_item(r->f, 1)) - 64 * page, g, 1024);
	for (int level = 2; format_item(r->f, level) < r->pt.va_bits; level++)
		add_window(r, BIT_ULL(format_item(r->f, level)) - 512 * page, g,
			   1024);
	/* Larger pages, as many as there is room for; few if they take many runs. */
	for (int shift = g + 1; shift < r->pt.va_bits && shift < 49; shift++) {
		u64 base = BIT_ULL(min(shift + 11, r->pt.va_bits - 1));

		if (!(r->f->sizes & BIT_ULL(shift)))
			continue;
		/* Of AMD's many sizes those at the ends of a level. */
		if (r->f->sizes & BIT_ULL(13) && shift % 9 != 3 && shift % 9 != 2)
			continue;
		add_window(r, base, shift,
			   min(base >> shift, 1024ULL >> max(shift - 40, 0)));
	}
}

void rig_new_table(struct rig *r)
{
	const struct test_format *f = r->f;
	struct pgtable_cfg cfg = {
		.oa_bits = f->oa_bits,
		.granule_shift = r->choose(2) || f->granule != 12 ?
				 f->granule : 0,
	};
	unsigned int n = 0;
	int rc;

	while (f->widths[n].bits)
		n++;
	cfg.va_bits = f->widths[r->choose(n)].bits;
	/* All sizes, the smallest alone, or that and any others. */
	switch (r->choose(3)) {
	case 1:
		cfg.page_sizes = BIT_ULL(f->granule);
		break;
	case 2:
		cfg.page_sizes = BIT_ULL(f->granule);
		for (u64 left = f->sizes; left; left &= left - 1)
			if (r->choose(2))
				cfg.page_sizes |= left & -left;
	}
	for (u32 left = f->quirks; left; left &= left - 1)
		if (r->choose(2))
			cfg.quirks |= left & -left;

	memset(&r->pt, 0, sizeof(r->pt));
	rc = pgtable_create(&r->pt, f->format, &cfg);
	if (rc || r->pt.va_bits < cfg.va_bits)
		RIG_FAIL(r, "create %u bits: %d", cfg.va_bits, rc);
	choose_windows(r);
}

void rig_choose_range(struct rig *r, const struct window *w,
		      unsigned int *first, unsigned int *n)
{
	unsigned int most = r->choose(4) ? 40 : w->n;

	*first = r->choose(w->n);
	*n = 1 + r->choose(min(most, w->n - *first));
	/* Natural alignment makes large leaves and whole tables likely. */
	if (r->choose(2)) {
		unsigned int align = 1U << r->choose(11);

		*first &= ~(align - 1);
		*n = min(max(*n, align), w->n - *first);
	}
}

u32 rig_choose_prot(struct rig *r)
{
	u32 prot = r->choose(8);

	if (r->f->refuses_none && !(prot & (PGTABLE_READ | PGTABLE_WRITE)))
		prot |= PGTABLE_READ;
	if (r->f->stage)
		prot |= r->choose(4) ? PGTABLE_CACHE :
			r->choose(2) ? PGTABLE_MMIO : 0;
	return prot;
}

void rig_check_gather(struct rig *r, struct pgtable_gather *g,
		      const struct touched *t, const char *what)
{
	bool any = t->last >= t->iova;

	if (any && (g->last < g->iova || g->iova > t->iova || g->last < t->last))
		RIG_FAIL(r, "%s: gather %llx-%llx, touched %llx-%llx", what,
			 g->iova, g->last, t->iova, t->last);
	if (any && g->pgsize != t->pgsize)
		RIG_FAIL(r, "%s: stride %llx, should be %llx", what, g->pgsize,
			 t->pgsize);
	if (!list_empty(&g->tables) && !g->table_changed)
		RIG_FAIL(r, "%s: tables freed and not said", what);
	pgtable_gather_free(g);
}

void rig_check_cell(struct rig *r, struct window *w, unsigned int i)
{
	struct cell *c = &w->cell[i];
	u64 at = r->choose(1ULL << w->unit);
	u64 iova = cell_iova(w, i) + at;
	phys_addr_t pa = r->pt.ops->iova_to_phys(&r->pt, iova);
	struct decoded d;

	if (pa != (c->mapped ? c->pa + at : PHYS_ADDR_MAX))
		RIG_FAIL(r, "iova_to_phys(%llx) is %llx, mapped %d to %llx",
			 iova, pa, c->mapped, c->pa + at);
	if (format_decode(r->f, &r->pt, iova, &d) != c->mapped) {
		RIG_FAIL(r, "%llx: hardware disagrees, mapped %d", iova,
			 c->mapped);
		return;
	}
	if (!c->mapped)
		return;
	if (d.pa != c->pa + at || d.size != c->leaf || d.dirty != c->dirty)
		RIG_FAIL(r, "%llx: pa %llx/%llx size %llx/%llx dirty %d/%d",
			 iova, d.pa, c->pa + at, d.size, c->leaf, d.dirty,
			 c->dirty);
	if (decoded_prot(&d) != c->grants)
		RIG_FAIL(r, "%llx: permissions %x/%x", iova, decoded_prot(&d),
			 c->grants);
	if (d.snoop != !!(r->pt.quirks & PGTABLE_QUIRK_ENFORCE_SNOOP))
		RIG_FAIL(r, "%llx: snoop %d", iova, d.snoop);
}

void rig_check(struct rig *r)
{
	u64 bytes = 0, found;

	if (r->pt.ops->validate(&r->pt))
		RIG_FAIL(r, "validate");
	for (unsigned int k = 0; k < r->nr_windows; k++) {
		struct window *w = &r->windows[k];

		for (unsigned int i = 0; i < w->n; i++) {
			rig_check_cell(r, w, i);
			if (w->cell[i].mapped)
				bytes += 1ULL << w->unit;
		}
	}
	/* Nothing beside the windows. */
	found = format_bytes(r->f, &r->pt);
	if (found != bytes)
		RIG_FAIL(r, "%llx bytes mapped, should be %llx", found, bytes);
}

void rig_end_table(struct rig *r)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	struct pgtable *pt = &r->pt;

	rig_check(r);
	if (r->choose(2)) {
		pt->ops->unmap(pt, 0, U64_MAX, &g);
		pgtable_gather_free(&g);
		if (format_bytes(r->f, pt))
			RIG_FAIL(r, "mapped after all was unmapped");
		if (pt->ops->validate(pt))
			RIG_FAIL(r, "validate");
	}
	if (pt->ops->table_bytes(pt) != shim_pages_in_use() * PAGE_SIZE)
		RIG_FAIL(r, "table_bytes %llx, pages %lx",
			 pt->ops->table_bytes(pt), shim_pages_in_use());
	pgtable_destroy(pt);
	if (shim_pages_in_use())
		RIG_FAIL(r, "%ld pages leaked", shim_pages_in_use());
}

void rig_step(struct rig *r)
{
	struct window *w = &r->windows[r->choose(r->nr_windows)];
	unsigned int dice = r->choose(100);

	r->op++;
	if (dice < 30)
		rig_map(r, w);
	else if (dice < 42)
		rig_unmap(r, w);
	else if (dice < 55)
		rig_hardware(r, w);
	else if (dice < 67)
		rig_read_dirty(r, w);
	else if (dice < 71)
		rig_set_dirty(r, w);
	else if (dice < 76)
		rig_unmap_dirty(r, w);
	else if (dice < 81)
		rig_protect(r, w);
	else if (dice < 88)
		rig_resize(r, w);
	else if (dice < 89)
		rig_grow(r);
	else if (dice < 90)
		rig_shrink(r);
	else if (dice < 91)
		rig_dump(r, w);
	else
		for (int i = 0; i < 10; i++)
			rig_check_cell(r, w, r->choose(w->n));
}
