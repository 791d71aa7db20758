// SPDX-License-Identifier: GPL-2.0-only
/* Changing what is mapped: permissions, leaf sizes, the height of the table. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <shim.h>

#include "rig.h"

void rig_protect(struct rig *r, struct window *w)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u32 prot = rig_choose_prot(r) & RWX, old;
	struct touched t = { .iova = 1 };
	unsigned int first, n, whole;
	u64 bytes, want = 0;

	/* What the format refuses changes nothing. */
	if (r->choose(20) == 0)
		prot = 0;
	rig_choose_range(r, w, &first, &n);
	bytes = r->pt.ops->protect(&r->pt, cell_iova(w, first),
				   cell_iova(w, first + n) - 1, prot, &g);
	whole = oracle_whole(w, first, n);
	if (r->f->refuses_none && !(prot & (PGTABLE_READ | PGTABLE_WRITE)))
		whole = 0;
	for (unsigned int i = first; i < first + whole; i++) {
		struct cell *c = &w->cell[i];

		if (!c->mapped)
			continue;
		old = c->grants;
		c->prot = prot | (c->prot & ~RWX);
		c->grants = r->f->grants(c->prot, r->pt.quirks);
		if (old != c->grants)
			oracle_touch(&t, cell_iova(w, i) / c->leaf * c->leaf,
				     c->leaf);
		want += 1ULL << w->unit;
	}
	if (bytes != want)
		RIG_FAIL(r, "protect %llx + %x: %llx, should be %llx",
			 cell_iova(w, first), n, bytes, want);
	rig_check_gather(r, &g, &t, "protect");
}

static int sync_resize(struct pgtable_resize *req, struct pgtable_gather *gather)
{
	return 0;
}

/* Go on after each failed allocation. */
static int resize(struct rig *r, struct pgtable_resize *req)
{
	u64 end = req->last + 1;
	int rc;

	for (;;) {
		rc = r->pt.ops->resize(&r->pt, req);
		shim_fail_nth(0);
		if (rc != -ENOMEM)
			return rc;
		if (req->done > end - req->iova) {
			RIG_FAIL(r, "resize: %llx bytes done", req->done);
			return rc;
		}
		req->iova += req->done;
		if (req->iova == end)
			return 0;
	}
}

void rig_resize(struct rig *r, struct window *w)
{
	struct pgtable_resize req = {
		.gfp = GFP_KERNEL, .sync = sync_resize,
		.accept_faults = r->choose(2),
	};
	struct resize z = {
		.sizes = r->pt.page_sizes, .granule = r->f->granule,
		.index_bits = r->f->index_bits,
	};
	bool bbm = r->f->bbm && !(r->pt.quirks & PGTABLE_QUIRK_BBM_FREE);
	u64 size = 1ULL << (w->unit + r->choose(14));
	struct window before = *w;
	unsigned int first, n;
	bool changes;
	int rc;

	rig_choose_range(r, w, &first, &n);
	req.iova = cell_iova(w, first);
	req.last = cell_iova(w, first + n) - 1;
	if (r->choose(2))
		req.split = z.split = size;
	else
		req.merge = z.merge = size;
	if (r->choose(8) == 0)
		shim_fail_nth(1 + r->choose(3));
	rc = resize(r, &req);
	changes = oracle_resize(w, first, n, &z);
	if (changes && bbm && !req.accept_faults) {
		*w = before;
		if (rc != -EOPNOTSUPP)
			RIG_FAIL(r, "resize: %d, needs break-before-make", rc);
		return;
	}
	if (rc || req.done != req.last - req.iova + 1)
		RIG_FAIL(r, "resize %llx + %x, split %llx merge %llx: %d, done %llx",
			 req.iova, n, req.split, req.merge, rc, req.done);
}

void rig_grow(struct rig *r)
{
	unsigned int bits = r->pt.va_bits;
	int rc;

	for (unsigned int i = 0; r->f->widths[i].bits; i++)
		if (r->choose(2))
			bits = r->f->widths[i].bits;
	rc = r->pt.ops->grow(&r->pt, bits, GFP_KERNEL);
	/* Concatenated tables cannot go below another one. */
	if (rc == -EINVAL && r->f->stage == 2)
		return;
	if (rc || r->pt.va_bits < bits)
		RIG_FAIL(r, "grow to %u bits: %d, %u bits", bits, rc,
			 r->pt.va_bits);
}

void rig_shrink(struct rig *r)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 last = 0;

	/* As far as all windows stay reachable. */
	for (unsigned int i = 0; i < r->nr_windows; i++)
		last = max(last, cell_iova(&r->windows[i],
					   r->windows[i].n) - 1);
	r->pt.ops->shrink(&r->pt, 64 - __builtin_clzll(last), &g);
	if (U64_MAX >> (64 - r->pt.va_bits) < last)
		RIG_FAIL(r, "shrunk below %llx", last);
	pgtable_gather_free(&g);
}

/* What a dump says of the cells of a range. */
struct dumped {
	struct rig *r;
	struct window *w;
	bool seen[ORACLE_CELLS];
};

static int dump_entry(void *data, const struct pgtable_dump_entry *e)
{
	struct dumped *d = data;
	struct window *w = d->w;
	const struct cell *c;
	u64 i;

	if (!e->leaf)
		return 0;
	i = (e->iova - w->base) >> w->unit;
	if (e->iova < w->base || i >= w->n || !w->cell[i].mapped) {
		RIG_FAIL(d->r, "dump: %llx is not mapped", e->iova);
		return 0;
	}
	c = &w->cell[i];
	if (e->pa != c->pa || e->size != c->leaf || e->dirty != c->dirty)
		RIG_FAIL(d->r, "dump: %llx: pa %llx/%llx size %llx/%llx dirty %d/%d",
			 e->iova, (u64)e->pa, c->pa, e->size, c->leaf, e->dirty,
			 c->dirty);
	for (; i < w->n && e->iova + (e->size - 1) >= cell_iova(w, i); i++)
		d->seen[i] = true;
	return 0;
}

void rig_dump(struct rig *r, struct window *w)
{
	struct dumped d = { .r = r, .w = w };
	unsigned int first, n;

	rig_choose_range(r, w, &first, &n);
	r->pt.ops->dump(&r->pt, cell_iova(w, first),
			cell_iova(w, first + n) - 1, dump_entry, &d);
	for (unsigned int i = first; i < first + n; i++)
		if (w->cell[i].mapped != d.seen[i])
			RIG_FAIL(r, "dump %llx + %x: cell %u, leaf %llx: %d",
				 cell_iova(w, first), n, i, w->cell[i].leaf,
				 d.seen[i]);
}
