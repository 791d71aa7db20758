/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine, compiled for one format. A format's .c file defines
 *
 *	PGT_FMT		the format: a static const struct pgtable_fmt
 *	PGT_FORMAT	its enum pgtable_format
 *	PGT_NAME	the name in messages
 *	PGT_OPS		the struct pgtable_ops to define; declared in formats.h
 *	PGT_UNTOUCH	defined if the format has table_accessed
 *
 * and includes this file, once. The functions here pass &PGT_FMT to inline
 * functions, so the compiler knows the format in all of them.
 */
#include "contract.h"
#include "engine.h"
#include "formats.h"

static int fmt_shape(struct pgtable *pt, const struct pgtable_cfg *cfg)
{
	int level = pgt_shape(&PGT_FMT, pt, cfg);

	return level < 0 ? level : 0;
}

static int fmt_init(struct pgtable *pt, const struct pgtable_cfg *cfg)
{
	return pgt_init(&PGT_FMT, pt, cfg);
}

static void fmt_destroy(struct pgtable *pt)
{
	struct pgt_use use;

	pgt_begin(&use, pt, 0, U64_MAX, PGT_ALONE);
	pgt_destroy(&PGT_FMT, pt);
	pgt_end(&use, pt);
}

static int fmt_map(struct pgtable *pt, const struct pgtable_map *req,
		   struct pgtable_gather *gather, u64 *mapped)
{
	struct pgt_use use;
	int rc;

	pgt_begin(&use, pt, req->iova, req->last, PGT_REBUILDS);
	rc = pgt_map(&PGT_FMT, pt, req, gather, mapped);
	pgt_end(&use, pt);
	return rc;
}

static u64 fmt_unmap(struct pgtable *pt, u64 iova, u64 last,
		     struct pgtable_gather *gather)
{
	struct pgt_use use;
	u64 bytes;

	pgt_begin(&use, pt, iova, last, PGT_REBUILDS);
	bytes = pgt_unmap(&PGT_FMT, pt, iova, last, NULL, false, true, gather);
	pgt_end(&use, pt);
	return bytes;
}

static u64 fmt_discard(struct pgtable *pt, u64 iova, u64 last,
		       struct pgtable_gather *gather)
{
	struct pgt_use use;
	u64 bytes;

	pgt_begin(&use, pt, iova, last, PGT_REBUILDS);
	bytes = pgt_unmap(&PGT_FMT, pt, iova, last, NULL, false, false, gather);
	pgt_end(&use, pt);
	return bytes;
}

static u64 fmt_unmap_dirty(struct pgtable *pt, u64 iova, u64 last,
			   struct pgtable_dirty_sink *sink,
			   struct pgtable_gather *gather)
{
	struct pgt_use use;
	u64 bytes;

	pgt_begin(&use, pt, iova, last, PGT_REBUILDS);
	bytes = pgt_unmap(&PGT_FMT, pt, iova, last, sink, true, true, gather);
	pgt_end(&use, pt);
	return bytes;
}

static u64 fmt_protect(struct pgtable *pt, u64 iova, u64 last, u32 prot,
		       struct pgtable_gather *gather)
{
	struct pgt_use use;
	u64 bytes;

	pgt_begin(&use, pt, iova, last, PGT_EDITS);
	bytes = pgt_protect(&PGT_FMT, pt, iova, last, prot, gather);
	pgt_end(&use, pt);
	return bytes;
}

static int fmt_resize(struct pgtable *pt, struct pgtable_resize *req)
{
	struct pgt_use use;
	int rc;

	pgt_begin(&use, pt, req->iova, req->last, PGT_REBUILDS);
	rc = pgt_resize(&PGT_FMT, pt, req);
	pgt_end(&use, pt);
	return rc;
}

static phys_addr_t fmt_iova_to_phys(struct pgtable *pt, u64 iova)
{
	struct pgt_use use;
	phys_addr_t pa;

	pgt_begin(&use, pt, iova, iova, PGT_LOOKS);
	pa = pgt_iova_to_phys(&PGT_FMT, pt, iova);
	pgt_end(&use, pt);
	return pa;
}

static void fmt_read_dirty(struct pgtable *pt, u64 iova, u64 last,
			   unsigned int flags, struct pgtable_dirty_sink *sink,
			   struct pgtable_gather *gather)
{
	bool touched = flags & PGTABLE_DIRTY_TOUCHED;
	struct pgt_use use;

	pgt_begin(&use, pt, iova, last, PGT_LOOKS);
	if (flags & PGTABLE_DIRTY_NO_CLEAR)
		pgt_scan_dirty(&PGT_FMT, pt, iova, last, false, touched, sink,
			       gather);
	else
		pgt_scan_dirty(&PGT_FMT, pt, iova, last, true, touched, sink,
			       gather);
	pgt_end(&use, pt);
}

#ifdef PGT_UNTOUCH
static void fmt_untouch(struct pgtable *pt, u64 iova, u64 last,
			struct pgtable_gather *gather)
{
	struct pgt_use use;

	pgt_begin(&use, pt, iova, last, PGT_LOOKS);
	pgt_untouch(&PGT_FMT, pt, iova, last, gather);
	pgt_end(&use, pt);
}
#endif

static void fmt_set_dirty(struct pgtable *pt, u64 iova, u64 last, bool dirty,
			  struct pgtable_gather *gather)
{
	struct pgt_use use;

	pgt_begin(&use, pt, iova, last, PGT_LOOKS);
	pgt_set_dirty(&PGT_FMT, pt, iova, last, dirty, gather);
	pgt_end(&use, pt);
}

static int fmt_validate(struct pgtable *pt)
{
	struct pgt_use use;
	int rc;

	/* No leaf may change, as in an edit. */
	pgt_begin(&use, pt, 0, U64_MAX, PGT_EDITS);
	rc = pgt_validate(&PGT_FMT, pt);
	pgt_end(&use, pt);
	return rc;
}

static int fmt_dump(struct pgtable *pt, u64 iova, u64 last, pgtable_dump_fn fn,
		    void *data)
{
	struct pgt_use use;
	int rc;

	pgt_begin(&use, pt, iova, last, PGT_LOOKS);
	rc = pgt_dump(&PGT_FMT, pt, iova, last, fn, data);
	pgt_end(&use, pt);
	return rc;
}

static int fmt_grow(struct pgtable *pt, unsigned int va_bits, gfp_t gfp)
{
	struct pgt_use use;
	int rc;

	pgt_begin(&use, pt, 0, U64_MAX, PGT_GROWS);
	rc = pgt_grow(&PGT_FMT, pt, va_bits, gfp);
	pgt_end(&use, pt);
	return rc;
}

static void fmt_shrink(struct pgtable *pt, unsigned int va_bits,
		       struct pgtable_gather *gather)
{
	struct pgt_use use;

	pgt_begin(&use, pt, 0, U64_MAX, PGT_ALONE);
	pgt_shrink(&PGT_FMT, pt, va_bits, gather);
	pgt_end(&use, pt);
}

const struct pgtable_ops PGT_OPS = {
	.name		= PGT_NAME,
	.format		= PGT_FORMAT,
	.shape		= fmt_shape,
	.init		= fmt_init,
	.destroy	= fmt_destroy,
	.map		= fmt_map,
	.unmap		= fmt_unmap,
	.discard	= fmt_discard,
	.unmap_dirty	= fmt_unmap_dirty,
	.protect	= fmt_protect,
	.resize		= fmt_resize,
	.iova_to_phys	= fmt_iova_to_phys,
#ifdef PGT_UNTOUCH
	.untouch	= fmt_untouch,
#endif
	.read_dirty	= fmt_read_dirty,
	.set_dirty	= fmt_set_dirty,
	.validate	= fmt_validate,
	.dump		= fmt_dump,
	.grow		= fmt_grow,
	.shrink		= fmt_shrink,
	.table_bytes	= pgt_table_bytes,
};
