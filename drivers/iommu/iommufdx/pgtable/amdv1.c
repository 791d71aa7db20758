// SPDX-License-Identifier: GPL-2.0-only
/* The engine, compiled for AMD host (v1) page tables. */
#include "engine.h"
#include "fmt_amdv1.h"

static int amdv1_init(struct pgtable *pt, const struct pgtable_cfg *cfg)
{
	return pgt_init(&amdv1_fmt, pt, cfg);
}

static void amdv1_destroy(struct pgtable *pt)
{
	pgt_destroy(&amdv1_fmt, pt);
}

static int amdv1_map(struct pgtable *pt, const struct pgtable_map *req,
		     struct pgtable_gather *gather, u64 *mapped)
{
	return pgt_map(&amdv1_fmt, pt, req, gather, mapped);
}

static u64 amdv1_unmap(struct pgtable *pt, u64 iova, u64 last,
		       struct pgtable_gather *gather)
{
	return pgt_unmap(&amdv1_fmt, pt, iova, last, gather);
}

static phys_addr_t amdv1_iova_to_phys(struct pgtable *pt, u64 iova)
{
	return pgt_iova_to_phys(&amdv1_fmt, pt, iova);
}

static void amdv1_read_dirty(struct pgtable *pt, u64 iova, u64 last,
			     unsigned int flags,
			     struct pgtable_dirty_sink *sink,
			     struct pgtable_gather *gather)
{
	pgt_scan_dirty(&amdv1_fmt, pt, iova, last,
		       !(flags & PGTABLE_DIRTY_NO_CLEAR), sink, gather);
}

static void amdv1_set_dirty(struct pgtable *pt, u64 iova, u64 last, bool dirty,
			    struct pgtable_gather *gather)
{
	pgt_set_dirty(&amdv1_fmt, pt, iova, last, dirty, gather);
}

static int amdv1_validate(struct pgtable *pt)
{
	return pgt_validate(&amdv1_fmt, pt);
}

const struct pgtable_ops amdv1_pgtable_ops = {
	.name		= "amdv1",
	.format		= PGTABLE_AMDV1,
	.init		= amdv1_init,
	.destroy	= amdv1_destroy,
	.map		= amdv1_map,
	.unmap		= amdv1_unmap,
	.iova_to_phys	= amdv1_iova_to_phys,
	.read_dirty	= amdv1_read_dirty,
	.set_dirty	= amdv1_set_dirty,
	.validate	= amdv1_validate,
	.table_bytes	= pgt_table_bytes,
};
