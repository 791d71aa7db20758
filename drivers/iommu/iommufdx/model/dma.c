// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions. Each piece translates and moves its bytes in one read section
 * of the drain lock, so that a completion command which takes that lock for
 * write returns only after every piece that may have used an evicted
 * translation is done with memory.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "internal.h"

static bool dma_writes(enum model_dma_op op)
{
	return op == MODEL_DMA_WRITE || op == MODEL_DMA_FETCH_ADD;
}

static int dma_access(struct model *m, enum model_dma_op op,
		      const struct model_xlat *x, void *buf, size_t len)
{
	struct model_env *env = m->env;

	if (x->discard) {
		if (op != MODEL_DMA_WRITE && buf)
			memset(buf, 0, len);
		return 0;
	}
	if (env->pinned && op != MODEL_DMA_PROBE && !env->pinned(env, x->pa)) {
		/* No driver promised anything where nothing is translated. */
		if (!x->walked)
			return -EIO;
		/*
		 * Memory that the driver gave back may be anyone's by now:
		 * count what would have been corrupted, and do not corrupt it.
		 */
		if (dma_writes(op)) {
			atomic64_inc(&m->stale);
			return -EIO;
		}
	}
	switch (op) {
	case MODEL_DMA_READ:
		return model_bus_copy(m, x->pa, buf, len, false);
	case MODEL_DMA_WRITE:
		return model_bus_copy(m, x->pa, buf, len, true);
	case MODEL_DMA_FETCH_ADD:
		return model_bus_fetch_add(m, x->pa, buf);
	case MODEL_DMA_PROBE:
		break;
	}
	return 0;
}

static int dma_piece(struct model *m, struct model_txn *txn, u64 iova,
		     void *buf, size_t len)
{
	struct model_xlat x;
	int rc;

	do {
		x = (struct model_xlat){ .fault = 0 };
		read_lock(&m->drain);
		rc = m->ops->translate(m, txn, iova, &x);
		if (!rc)
			rc = dma_access(m, txn->op, &x, buf, len);
		read_unlock(&m->drain);
		if (rc != -EINPROGRESS)
			break;
		rc = m->ops->stalled(m, txn, &x);
		if (!rc)
			rc = dma_access(m, txn->op, &x, buf, len);
	} while (rc == -EAGAIN);

	atomic64_inc(&m->dma);
	if (!rc && txn->no_snoop && !x.snoop && !x.discard &&
	    txn->op != MODEL_DMA_PROBE)
		atomic64_inc(&m->unsnooped);
	if (rc == -EFAULT) {
		atomic64_inc(&m->faults);
		txn->fault = x.fault;
	}
	if (txn->op == MODEL_DMA_PROBE) {
		txn->pa = x.pa;
		txn->prot = x.prot;
		txn->shift = x.shift;
		txn->walked = x.walked;
		txn->snoop = x.snoop;
	}
	return rc;
}

/**
 * model_txn_valid() - is a transaction well formed?
 * @m: the machine
 * @txn: the transaction
 */
bool model_txn_valid(struct model *m, const struct model_txn *txn)
{
	if (!txn->len || txn->iova + (txn->len - 1) < txn->iova)
		return false;
	if (txn->has_pasid && !(m->cfg.caps & MODEL_CAP_PASID))
		return false;
	if ((txn->priv || txn->exec) && !txn->has_pasid)
		return false;
	if (txn->exec && txn->op != MODEL_DMA_READ &&
	    txn->op != MODEL_DMA_PROBE)
		return false;
	switch (txn->op) {
	case MODEL_DMA_READ:
	case MODEL_DMA_WRITE:
		return txn->buf;
	case MODEL_DMA_FETCH_ADD:
		return txn->buf && txn->len == 8 && !(txn->iova & 7) &&
		       !((unsigned long)txn->buf & 7);
	case MODEL_DMA_PROBE:
		return true;
	}
	return false;
}

void model_wake(struct model *m)
{
	if (m->ops->wake)
		m->ops->wake(m);
}

int model_dma(struct model *m, struct model_txn *txn)
{
	u64 iova = txn->iova;
	size_t len;
	int rc;

	txn->done = 0;
	txn->fault = 0;
	if (!model_txn_valid(m, txn))
		return -EINVAL;

	while (txn->done < txn->len) {
		len = min_t(size_t, txn->len - txn->done,
			    SZ_4K - (iova & (SZ_4K - 1)));
		rc = dma_piece(m, txn, iova, txn->buf + txn->done, len);
		if (rc)
			return rc;
		txn->done += len;
		iova += len;
	}
	return 0;
}
