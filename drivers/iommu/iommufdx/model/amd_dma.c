// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD translation of one piece of a transaction (48882 sections 2.2, 2.5).
 *
 * What the caches hold is used without a look at memory. A write through an
 * entry whose page was clean when it was loaded walks again, to set the dirty
 * bit; one through an entry that knows the bit to be set does not, so a driver
 * that clears the bit and does not invalidate misses later writes.
 *
 * Translation requests (MODEL_DMA_PROBE) report only what is wrong with the
 * tables themselves: a page that is absent is an answer, not an error.
 */
#include <linux/errno.h>

#include "amd_model.h"

#define AMD_WALK_TRIES	1000
/* Page lookups that model_check() spends on one large entry. */
#define AMD_CHECK_STEPS	(1U << 18)

/* A cached translation remembers where its table was: root and mode. */
#define AMD_AUX_MODE	GENMASK_ULL(2, 0)

struct amd_piece {
	struct model_amd *amd;
	const struct model_txn *txn;
	u64 iova;
	s64 gen;
	u8 need;		/* MODEL_TLB_* */
	struct amd_ctx ctx;
};

static u64 amd_event0(const struct amd_piece *p, u32 code)
{
	u64 w0 = FIELD_PREP(AMD_EVT0_CODE, code) |
		 FIELD_PREP(AMD_EVT0_DEVID, p->txn->rid) |
		 FIELD_PREP(AMD_EVT0_DOMID, p->ctx.domid);

	if (p->need & MODEL_TLB_WRITE)
		w0 |= AMD_EVT0_RW;
	if (p->txn->op == MODEL_DMA_PROBE)
		w0 |= AMD_EVT0_TR;
	return w0;
}

static int amd_page_fault(struct amd_piece *p, u64 flags,
			  struct model_xlat *out)
{
	bool answer = p->txn->op == MODEL_DMA_PROBE &&
		      (!(flags & AMD_EVT0_PR) || (flags & AMD_EVT0_PE));

	out->fault = AMD_EVT_IO_PAGE_FAULT;
	if (!answer && model_amd_dev_report(p->amd, &p->ctx))
		model_amd_event(p->amd, amd_event0(p, out->fault) | flags,
				p->iova);
	return -EFAULT;
}

static int amd_table_error(struct amd_piece *p, u64 pa, u32 type,
			   struct model_xlat *out)
{
	out->fault = AMD_EVT_PAGE_TAB_HW_ERROR;
	model_amd_event(p->amd, amd_event0(p, out->fault) |
			FIELD_PREP(AMD_EVT0_TYPE, type), pa);
	return -EFAULT;
}

/* Is the access more than tables (@prot) and device entry together allow? */
static bool amd_denied(const struct amd_piece *p, u8 prot)
{
	prot &= p->ctx.prot;
	/* A translation request asks what is allowed: anything will do. */
	return p->need ? p->need & ~prot : !prot;
}

static bool amd_excluded(const struct amd_piece *p)
{
	u64 base = READ_ONCE(p->amd->excl_base);
	u64 page = p->iova & ~0xfffULL;

	if (!(base & AMD_EXCL_EN))
		return false;
	if (!(base & AMD_EXCL_ALLOW) && !p->ctx.exclusion)
		return false;
	return page >= (base & AMD_EXCL_PA) &&
	       page <= READ_ONCE(p->amd->excl_limit);
}

/* The walk with everything it leaves behind: bits in memory, cache entry. */
static int amd_walk_and_fill(struct amd_piece *p, struct model_xlat *out)
{
	struct model *m = &p->amd->m;
	struct model_tlb_entry e;
	struct amd_walk w;
	int tries, rc;

	for (tries = 0; tries < AMD_WALK_TRIES; tries++) {
		model_amd_walk(m, p->ctx.root, p->ctx.mode, p->iova, &w);
		switch (w.fault) {
		case AMD_WALK_OK:
			break;
		case AMD_WALK_ABSENT:
			return amd_page_fault(p, 0, out);
		case AMD_WALK_RESERVED:
			return amd_page_fault(p, AMD_EVT0_PR | AMD_EVT0_RZ,
					      out);
		case AMD_WALK_LEVEL:
			return amd_page_fault(p, AMD_EVT0_PR, out);
		case AMD_WALK_ABORT:
			return amd_table_error(p, w.bad,
					       AMD_EVT_TYPE_MASTER_ABORT, out);
		}
		if (amd_denied(p, w.prot))
			return amd_page_fault(p, AMD_EVT0_PR | AMD_EVT0_PE,
					      out);
		if (p->ctx.had == AMD_DTE_HAD_NONE)
			break;
		rc = model_amd_walk_mark(m, &w, p->ctx.had == AMD_DTE_HAD_AD &&
					 (p->need & MODEL_TLB_WRITE));
		if (!rc)
			break;
		if (rc == -EIO)
			return amd_table_error(p, w.bad,
					       AMD_EVT_TYPE_MASTER_ABORT, out);
	}
	if (tries == AMD_WALK_TRIES)
		return amd_table_error(p, w.path[w.depth - 1].pa,
				       AMD_EVT_TYPE_DATA_ERROR, out);

	out->pa = w.pa | (p->iova & (BIT_ULL(w.shift) - 1));
	if (m->cfg.flags & MODEL_NO_CACHE)
		return 0;
	e = (struct model_tlb_entry){
		.tag = p->ctx.domid,
		.iova = p->iova & ~(BIT_ULL(w.shift) - 1),
		.pa = w.pa,
		.aux = p->ctx.root | FIELD_PREP(AMD_AUX_MODE, p->ctx.mode),
		.rid = p->ctx.rid,
		.shift = w.shift,
		.prot = w.prot,
		.dirty = w.dirty,
	};
	model_tlb_fill(&p->amd->tlb, &e, p->gen);
	return 0;
}

/*
 * Where memory would translate an entry from now: the table that its device is
 * pointed at if that still is the entry's domain, else the table it came from.
 */
static void amd_entry_root(struct model_amd *amd,
			   const struct model_tlb_entry *e, u64 *root,
			   unsigned int *mode)
{
	u64 dte[AMD_DTE_WORDS], pa;
	struct amd_ctx ctx;

	*root = e->aux & ~AMD_AUX_MODE;
	*mode = FIELD_GET(AMD_AUX_MODE, e->aux);
	if (model_amd_read_dte(amd, e->rid, dte, &pa))
		return;
	model_amd_decode_dte(amd, e->rid, dte, &ctx);
	if (ctx.kind != AMD_DTE_WALK || ctx.domid != e->tag)
		return;
	*root = ctx.root;
	*mode = ctx.mode;
}

/* Does memory give something else for @iova than the entry? */
static bool amd_differs(struct model *m, const struct model_tlb_entry *e,
			u64 root, unsigned int mode, u64 iova,
			struct amd_walk *w)
{
	model_amd_walk(m, root, mode, iova, w);
	if (w->fault != AMD_WALK_OK || w->prot != e->prot)
		return true;
	return (w->pa | (iova & (BIT_ULL(w->shift) - 1))) !=
	       (e->pa | (iova & (BIT_ULL(e->shift) - 1)));
}

static bool amd_commands_pending(struct model_amd *amd)
{
	unsigned long flags;
	bool pending;

	spin_lock_irqsave(&amd->m.lock, flags);
	pending = amd->cmd_head != amd->cmd_tail;
	spin_unlock_irqrestore(&amd->m.lock, flags);
	return pending;
}

/*
 * With commands in the queue an invalidation may be on its way, and a stale
 * translation is what the driver expects.
 */
static void amd_check_hit(struct amd_piece *p, const struct model_tlb_entry *e)
{
	struct model *m = &p->amd->m;
	struct amd_walk w;
	unsigned int mode;
	u64 root;

	amd_entry_root(p->amd, e, &root, &mode);
	if (amd_differs(m, e, root, mode, p->iova, &w) &&
	    !amd_commands_pending(p->amd))
		atomic64_inc(&m->stale);
}

static int amd_translate_walk(struct amd_piece *p, struct model_xlat *out)
{
	struct model *m = &p->amd->m;
	struct model_tlb_entry e;

	out->walked = true;
	if ((m->cfg.flags & MODEL_NO_CACHE) ||
	    !model_tlb_lookup(&p->amd->tlb, p->ctx.domid, p->iova, &e))
		return amd_walk_and_fill(p, out);

	if (m->cfg.flags & MODEL_CHECK_HITS)
		amd_check_hit(p, &e);
	if (amd_denied(p, e.prot))
		return amd_page_fault(p, AMD_EVT0_PR | AMD_EVT0_PE, out);
	if ((p->need & MODEL_TLB_WRITE) && !e.dirty &&
	    p->ctx.had == AMD_DTE_HAD_AD)
		return amd_walk_and_fill(p, out);
	out->pa = e.pa | (p->iova & (BIT_ULL(e.shift) - 1));
	return 0;
}

/**
 * model_amd_translate() - struct model_kind_ops::translate
 * @m: the machine
 * @txn: transaction
 * @iova: address of the piece
 * @out: where it goes
 *
 * Return: 0 or -EFAULT.
 */
int model_amd_translate(struct model *m, const struct model_txn *txn, u64 iova,
			struct model_xlat *out)
{
	struct amd_piece p = { .amd = to_amd(m), .txn = txn, .iova = iova };
	int rc;

	p.gen = model_gen(m);
	if (txn->op == MODEL_DMA_READ || txn->op == MODEL_DMA_FETCH_ADD)
		p.need |= MODEL_TLB_READ;
	if (txn->op == MODEL_DMA_WRITE || txn->op == MODEL_DMA_FETCH_ADD)
		p.need |= MODEL_TLB_WRITE;

	out->pa = iova;
	if (!(READ_ONCE(p.amd->control) & AMD_CTRL_IOMMU_EN))
		return 0;
	rc = model_amd_dev_ctx(p.amd, txn, iova, p.gen, &p.ctx, &out->fault);
	if (rc)
		return rc;
	if (txn->translated) {
		/* No device may: the machine has no ATS. */
		out->fault = AMD_EVT_INVALID_DEVICE_REQUEST;
		p.ctx.domid = 0;
		p.need = 0;
		model_amd_event(p.amd, amd_event0(&p, out->fault) |
				FIELD_PREP(AMD_EVT0_REQ,
					   AMD_EVT_REQ_TRANSLATED), iova);
		return -EFAULT;
	}
	if (amd_excluded(&p))
		return 0;

	switch (p.ctx.kind) {
	case AMD_DTE_BLOCK:
		return amd_page_fault(&p, 0, out);
	case AMD_DTE_DIRECT:
		/* No permission at all: a translation request fails, too. */
		if ((p.need & ~p.ctx.prot) || !p.ctx.prot)
			return amd_page_fault(&p, AMD_EVT0_PR | AMD_EVT0_PE,
					      out);
		return 0;
	case AMD_DTE_WALK:
		return amd_translate_walk(&p, out);
	default:
		return 0;
	}
}

static u64 amd_check_entry(const struct model_tlb_entry *e, void *data)
{
	struct model_amd *amd = data;
	unsigned int mode, step;
	struct amd_walk w;
	u64 root, off = 0;

	amd_entry_root(amd, e, &root, &mode);
	/* Memory may have smaller pages by now: look at each. */
	for (step = 0; step < AMD_CHECK_STEPS && !(off >> e->shift); step++) {
		if (amd_differs(&amd->m, e, root, mode, e->iova + off, &w))
			return 1;
		if (w.shift >= e->shift)
			return e->dirty && !w.dirty;
		off += BIT_ULL(w.shift);
	}
	return 0;
}

/**
 * model_amd_check() - struct model_kind_ops::check
 * @m: the machine
 *
 * An entry that takes the dirty bit for set while memory has it clear is stale
 * too: writes through it would go unnoticed.
 */
u64 model_amd_check(struct model *m)
{
	struct model_amd *amd = to_amd(m);

	return model_amd_dev_check(amd) +
	       model_tlb_for_each(&amd->tlb, amd_check_entry, amd);
}
