// SPDX-License-Identifier: GPL-2.0-only
/* Our side: pgtable, as core calls it. */
#include <linux/errno.h>
#include <linux/minmax.h>

#include "bench.h"
#include "core/dirty/dirty.h"
#include "core/dirty/dirty_debt.h"

/* Where core asks hardware to forget, there is nobody to ask. */
static void finish(struct pgtable_gather *gather)
{
	if (!pgtable_gather_empty(gather))
		pgtable_gather_free(gather);
}

static int ours_create(struct bench_table *t)
{
	const struct pgtable_cfg cfg = {
		.va_bits = BENCH_VA_BITS,
		.oa_bits = t->format == PGTABLE_ARMV8_S1 ||
			   t->format == PGTABLE_ARMV8_S2 ? 48 : 52,
		.granule_shift = PAGE_SHIFT,
		.quirks = t->format == PGTABLE_AMDV1 ?
			  PGTABLE_QUIRK_ENFORCE_SNOOP : PGTABLE_QUIRK_HW_DIRTY,
	};
	int rc = pgtable_create(&t->ours, t->format, &cfg);

	if (rc)
		return rc;
	t->root = pgtable_top_phys(&t->ours);
	return 0;
}

static void ours_destroy(struct bench_table *t)
{
	pgtable_destroy(&t->ours);
}

static int ours_map(struct bench_table *t, u64 iova, const u64 *runs, size_t nr,
		    unsigned long pages)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct pgtable_map req = {
		.prot = PGTABLE_READ | PGTABLE_WRITE | PGTABLE_CACHE,
		.gfp = GFP_KERNEL_ACCOUNT,
	};
	u64 mapped;
	size_t n;
	int rc;

	for (; nr; nr -= n, runs += n) {
		n = min_t(size_t, nr, BENCH_PORTION);
		req.iova = iova;
		req.last = iova + n * pages * PAGE_SIZE - 1;
		req.runs = runs;
		req.nr_runs = n;
		rc = t->ours.ops->map(&t->ours, &req, &gather, &mapped);
		if (rc)
			return rc;
		iova += mapped;
	}
	finish(&gather);
	return 0;
}

static u64 ours_unmap(struct bench_table *t, u64 iova, u64 length)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	u64 done;

	done = t->ours.ops->discard(&t->ours, iova, iova + length - 1, &gather);
	finish(&gather);
	return done;
}

static phys_addr_t ours_iova_to_phys(struct bench_table *t, u64 iova)
{
	return t->ours.ops->iova_to_phys(&t->ours, iova);
}

/* What an ioctl does for an IOAS with one area, with core's own bitmap. */
static int ours_read_dirty(struct bench_table *t, u64 iova, u64 length,
			   u64 __user *bitmap)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	u64 last, end = iova + length - 1;
	struct fdx_dirty_bitmap bm;
	struct fdx_dirty_debt debt;
	int rc;

	rc = fdx_dirty_bitmap_init(&bm, iova, length, PAGE_SIZE,
				   (uintptr_t)bitmap);
	if (rc)
		return rc;
	fdx_debt_init(&debt);
	bm.debt = &debt;
	for (; iova <= end; iova = last + 1) {
		last = end;
		rc = fdx_dirty_bitmap_window(&bm, iova, &last);
		if (rc)
			break;
		t->ours.ops->read_dirty(&t->ours, iova, last, 0, &bm.sink,
					&gather);
		fdx_debt_pay(&debt, iova, last, &bm.sink, false);
	}
	finish(&gather);
	fdx_dirty_bitmap_release(&bm);
	return rc;
}

const struct bench_side bench_ours = {
	.name = "ours",
	.create = ours_create,
	.destroy = ours_destroy,
	.map = ours_map,
	.unmap = ours_unmap,
	.iova_to_phys = ours_iova_to_phys,
	.read_dirty = ours_read_dirty,
};
