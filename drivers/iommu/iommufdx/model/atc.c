// SPDX-License-Identifier: GPL-2.0-only
/* A device's address translation cache; see atc.h. */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "atc.h"
#include "internal.h"

#define ATC_TAG_HAS_PASID	BIT_ULL(20)
#define ATC_TAG_PRIV		BIT_ULL(21)
#define ATC_TAG_PASID		GENMASK_ULL(19, 0)
/* model_tlb_entry::attr */
#define ATC_WALKED		0x1
#define ATC_SNOOP		0x2	/* requests must not have no_snoop */

/* Page lookups that a check spends on one large entry. */
#define ATC_CHECK_STEPS		(1U << 18)

static u64 atc_tag(const struct model_txn *txn)
{
	if (!txn->has_pasid)
		return 0;
	return txn->pasid | ATC_TAG_HAS_PASID | (txn->priv ? ATC_TAG_PRIV : 0);
}

/* The translation request of which @e is the answer. */
static struct model_txn atc_entry_txn(const struct model_atc *atc,
				      const struct model_tlb_entry *e)
{
	return (struct model_txn){
		.rid = atc->rid,
		.pasid = e->tag & ATC_TAG_PASID,
		.has_pasid = e->tag & ATC_TAG_HAS_PASID,
		.priv = e->tag & ATC_TAG_PRIV,
		.exec = e->prot & MODEL_PROT_EXEC,
		.no_write = !(e->prot & MODEL_PROT_WRITE),
		.op = MODEL_DMA_PROBE,
		.len = 1,
	};
}

/*
 * Does memory say something else of @iova than the entry? Also stale is one
 * that allows writes while memory has the dirty bit clear: they would go
 * unnoticed.
 */
static bool atc_differs(struct model_atc *atc, const struct model_tlb_entry *e,
			u64 iova, u8 *shift)
{
	struct model_txn txn = atc_entry_txn(atc, e);
	struct model *m = atc->model;
	struct model_xlat x = { .fault = 0 };

	if (m->ops->peek(m, &txn, iova, &x))
		return true;
	*shift = x.shift;
	if (e->prot & ~x.prot)
		return true;
	if ((e->prot & MODEL_PROT_WRITE) && x.clean)
		return true;
	return x.pa != (e->pa | (iova & (BIT_ULL(e->shift) - 1)));
}

static u8 atc_need(const struct model_txn *txn)
{
	switch (txn->op) {
	case MODEL_DMA_READ:
		return MODEL_PROT_READ | (txn->exec ? MODEL_PROT_EXEC : 0);
	case MODEL_DMA_WRITE:
		return MODEL_PROT_WRITE;
	case MODEL_DMA_FETCH_ADD:
		return MODEL_PROT_READ | MODEL_PROT_WRITE;
	case MODEL_DMA_PROBE:
		break;
	}
	return 0;
}

/* A translation of @iova that allows what @txn needs. */
static int atc_translate(struct model_atc *atc, struct model_txn *txn, u64 iova,
			 struct model_tlb_entry *e)
{
	s64 gen = atomic64_read_acquire(&atc->gen);
	struct model *m = atc->model;
	u8 need = atc_need(txn), shift;
	struct model_txn probe;
	int rc;

	if (model_tlb_lookup(&atc->tlb, atc_tag(txn), iova, e) &&
	    !(need & ~e->prot)) {
		if ((m->cfg.flags & MODEL_CHECK_HITS) &&
		    atc_differs(atc, e, iova, &shift) &&
		    !m->ops->pending(m))
			atomic64_inc(&m->stale);
		return 0;
	}

	probe = *txn;
	probe.op = MODEL_DMA_PROBE;
	probe.iova = iova;
	probe.len = 1;
	if (txn->op != MODEL_DMA_PROBE)
		probe.no_write = !(need & MODEL_PROT_WRITE);
	rc = model_dma(m, &probe);
	if (rc) {
		txn->fault = probe.fault;
		return rc;
	}
	*e = (struct model_tlb_entry){
		.tag = atc_tag(txn),
		.iova = iova & ~(BIT_ULL(probe.shift) - 1),
		.pa = probe.pa & ~(BIT_ULL(probe.shift) - 1),
		.shift = probe.shift,
		.prot = probe.prot,
		.attr = (probe.walked ? ATC_WALKED : 0) |
			(probe.snoop ? ATC_SNOOP : 0),
	};
	if (need & ~e->prot)
		return -EFAULT;
	if (!(m->cfg.flags & MODEL_NO_CACHE))
		model_tlb_fill(&atc->tlb, e, gen);
	return 0;
}

static int atc_piece(struct model_atc *atc, struct model_txn *txn, u64 iova,
		     void *buf, size_t len)
{
	struct model_tlb_entry e;
	struct model_txn piece;
	int rc;

	read_lock(&atc->drain);
	rc = atc_translate(atc, txn, iova, &e);
	if (rc)
		goto out;
	txn->pa = e.pa | (iova & (BIT_ULL(e.shift) - 1));
	txn->prot = e.prot;
	txn->shift = e.shift;
	if (txn->op == MODEL_DMA_PROBE)
		goto out;
	piece = (struct model_txn){
		.rid = txn->rid,
		.translated = true,
		.walked = e.attr & ATC_WALKED,
		.no_snoop = txn->no_snoop && !(e.attr & ATC_SNOOP),
		.op = txn->op,
		.iova = txn->pa,
		.len = len,
		.buf = buf,
	};
	rc = model_dma(atc->model, &piece);
	txn->fault = piece.fault;
out:
	read_unlock(&atc->drain);
	return rc;
}

int model_atc_dma(struct model_atc *atc, struct model_txn *txn)
{
	u64 iova = txn->iova;
	size_t len;
	int rc;

	txn->done = 0;
	txn->fault = 0;
	if (txn->rid != atc->rid || txn->translated ||
	    !model_txn_valid(atc->model, txn))
		return -EINVAL;

	while (txn->done < txn->len) {
		len = min_t(size_t, txn->len - txn->done,
			    SZ_4K - (iova & (SZ_4K - 1)));
		rc = atc_piece(atc, txn, iova, txn->buf + txn->done, len);
		if (rc)
			return rc;
		txn->done += len;
		iova += len;
	}
	return 0;
}

/* ---- Invalidation ---- */

static void atc_evict(struct model_atc *atc, u64 tag, u64 mask, u64 iova,
		      u64 last)
{
	/* Counted before it evicts: see internal.h. */
	atomic64_inc_return(&atc->gen);
	model_tlb_invalidate(&atc->tlb, tag, mask, iova, last);
	write_lock(&atc->drain);
	write_unlock(&atc->drain);
}

void model_atc_flush(struct model_atc *atc)
{
	atc_evict(atc, 0, 0, 0, ~0ULL);
}

static struct model_atc *atc_find(struct model *m, u32 rid)
{
	struct model_atc *atc;

	list_for_each_entry(atc, &m->atcs, node)
		if (atc->rid == rid)
			return atc;
	return NULL;
}

int model_atc_invalidate(struct model *m, const struct model_atc_inv *inv)
{
	/* Privileged and other requests of a PASID are invalidated together. */
	u64 tag = 0, mask = ATC_TAG_HAS_PASID | ATC_TAG_PASID;
	u64 knob = model_knob(m, MODEL_KNOB_ATC_TIMEOUT);
	struct model_atc *atc;

	if (knob == MODEL_ATC_SILENT)
		return -ETIMEDOUT;
	if (inv->has_pasid || inv->global)
		tag = ATC_TAG_HAS_PASID | inv->pasid;
	if (inv->global)
		mask = ATC_TAG_HAS_PASID;

	read_lock(&m->atc_lock);
	atc = atc_find(m, inv->rid);
	if (atc)
		atc_evict(atc, tag, mask, inv->iova, inv->last);
	read_unlock(&m->atc_lock);
	if (!atc || knob == MODEL_ATC_LATE)
		return -ETIMEDOUT;
	atomic64_inc(&m->atc_invalidations);
	return 0;
}

void model_atc_range(u64 word, bool sized, u64 *iova, u64 *last)
{
	u64 page = word >> 12, size;
	unsigned int ones;

	*iova = page << 12;
	*last = *iova | 0xfff;
	if (!sized)
		return;
	ones = __ffs64(~page);
	if (13 + ones >= 64) {
		*iova = 0;
		*last = ~0ULL;
		return;
	}
	size = BIT_ULL(13 + ones);
	*iova &= ~(size - 1);
	*last = *iova | (size - 1);
}

/* ---- The machine's side ---- */

void model_atc_init(struct model *m)
{
	rwlock_init(&m->atc_lock);
	INIT_LIST_HEAD(&m->atcs);
}

void model_atc_stats(struct model *m, struct model_stats *stats)
{
	struct model_atc *atc;

	read_lock(&m->atc_lock);
	list_for_each_entry(atc, &m->atcs, node) {
		spin_lock(&atc->tlb.lock);
		stats->atc_hits += atc->tlb.hits;
		stats->atc_misses += atc->tlb.misses;
		stats->atc_entries += atc->tlb.used;
		spin_unlock(&atc->tlb.lock);
	}
	read_unlock(&m->atc_lock);
	stats->atc_invalidations = atomic64_read(&m->atc_invalidations);
}

static u64 atc_check_entry(const struct model_tlb_entry *e, void *data)
{
	unsigned int step;
	u64 off = 0;
	u8 shift;

	/* Memory may have smaller pages by now: look at each. */
	for (step = 0; step < ATC_CHECK_STEPS && !(off >> e->shift); step++) {
		if (atc_differs(data, e, e->iova + off, &shift))
			return 1;
		if (shift >= e->shift)
			break;
		off += BIT_ULL(shift);
	}
	return 0;
}

u64 model_atc_check(struct model *m)
{
	struct model_atc *atc;
	u64 stale = 0;

	read_lock(&m->atc_lock);
	list_for_each_entry(atc, &m->atcs, node)
		stale += model_tlb_for_each(&atc->tlb, atc_check_entry, atc);
	read_unlock(&m->atc_lock);
	return stale;
}

struct model_atc *model_atc_create(struct model *m, u32 rid, u32 entries)
{
	struct model_atc *atc;
	int rc;

	if (!m->ops->peek || !(m->cfg.caps & MODEL_CAP_ATS))
		return ERR_PTR(-EOPNOTSUPP);
	atc = kzalloc(sizeof(*atc), GFP_KERNEL_ACCOUNT);
	if (!atc)
		return ERR_PTR(-ENOMEM);
	atc->model = m;
	atc->rid = rid;
	rwlock_init(&atc->drain);
	rc = model_tlb_init(&atc->tlb,
			    min_t(u32, entries ?: MODEL_ATC_DEFAULT,
				  MODEL_TLB_MAX), &atc->gen);
	if (rc)
		goto err_free;

	write_lock(&m->atc_lock);
	rc = atc_find(m, rid) ? -EEXIST : 0;
	if (!rc)
		list_add(&atc->node, &m->atcs);
	write_unlock(&m->atc_lock);
	if (rc)
		goto err_tlb;
	return atc;

err_tlb:
	model_tlb_exit(&atc->tlb);
err_free:
	kfree(atc);
	return ERR_PTR(rc);
}

void model_atc_destroy(struct model_atc *atc)
{
	struct model *m = atc->model;

	write_lock(&m->atc_lock);
	list_del(&atc->node);
	write_unlock(&m->atc_lock);
	model_tlb_exit(&atc->tlb);
	kfree(atc);
}
