/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's address translation cache (PCI ATS), for every kind of model.
 *
 * It stands on the device's side: it fills itself with translation requests
 * (MODEL_DMA_PROBE) and then sends translated requests, which the IOMMU does not
 * translate again. An entry leaves by an invalidation request of the IOMMU, by
 * model_atc_flush(), or in turn when the cache is full; so a driver that changes
 * a table and forgets the device sees the device go on as before.
 *
 * Answering an invalidation promises that no request with an evicted
 * translation is under way: each piece holds @drain for read from the lookup to
 * the last byte, and the answer takes it once for write.
 *
 * Lock order: the list of a machine's ATCs, then an ATC's drain, then the
 * locks of internal.h.
 */
#ifndef __IOMMUFDX_MODEL_ATC_H
#define __IOMMUFDX_MODEL_ATC_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include "model.h"
#include "tlb.h"

#define MODEL_ATC_DEFAULT	64	/* entries */

/**
 * struct model_atc - one device's cache
 * @model: the IOMMU it is behind
 * @rid: the device
 * @node: in the machine's list
 * @drain: see above
 * @gen: counts invalidations: a translation that was asked for before one is
 *	not kept after it
 * @tlb: entries; the tag is model_atc_tag()
 */
struct model_atc {
	struct model *model;
	u32 rid;
	struct list_head node;
	rwlock_t drain;
	atomic64_t gen;
	struct model_tlb tlb;
};

/**
 * model_atc_create() - give a device a cache, and ATS with it
 * @model: its IOMMU
 * @rid: the device; it has none yet
 * @entries: capacity, 0 for the default
 *
 * Context: may sleep.
 * Return: the cache or ERR_PTR: -EOPNOTSUPP (the machine has no ATS), -EEXIST,
 * -ENOMEM.
 */
struct model_atc *model_atc_create(struct model *model, u32 rid, u32 entries);

/**
 * model_atc_destroy() - take it away
 * @atc: no transaction of it is under way
 *
 * Invalidations for the device are not answered from now on.
 */
void model_atc_destroy(struct model_atc *atc);

/**
 * model_atc_flush() - forget everything, as a device does at its reset
 * @atc: the cache
 */
void model_atc_flush(struct model_atc *atc);

/**
 * model_atc_dma() - one transaction of a device with ATS
 * @atc: its cache
 * @txn: as for model_dma(), of @atc's device and not translated; a probe is
 *	answered from the cache where that holds it
 *
 * Context: process context, any number at once.
 * Return: as model_dma(). -EFAULT with MODEL_DMA_PROBE's event code: the
 * translation request did not give what the access needs; a device with page
 * requests now makes one and tries again.
 */
int model_atc_dma(struct model_atc *atc, struct model_txn *txn);

/**
 * struct model_atc_inv - an invalidation request
 * @rid: to which device
 * @pasid: valid if @has_pasid
 * @has_pasid: entries of requests with that PASID; else of those without any
 * @global: entries of requests with whatever PASID
 * @iova: first address
 * @last: last address
 */
struct model_atc_inv {
	u32 rid;
	u32 pasid;
	bool has_pasid;
	bool global;
	u64 iova;
	u64 last;
};

/**
 * model_atc_invalidate() - send an invalidation request and wait for the answer
 * @model: the IOMMU
 * @inv: the request
 *
 * Context: the one that executes commands.
 * Return: 0; -ETIMEDOUT: no answer (MODEL_KNOB_ATC_TIMEOUT, or the device has
 * no ATS), so its cache may still hold what it did.
 */
int model_atc_invalidate(struct model *model, const struct model_atc_inv *inv);

/**
 * model_atc_range() - decode the address of an invalidation request
 * @word: address with ATS's encoding: n 1 bits from bit 12 upwards then a 0 bit
 *	stand for 2^(13 + n) bytes
 * @sized: the S bit; else one page
 * @iova: out: first address
 * @last: out: last address
 */
void model_atc_range(u64 word, bool sized, u64 *iova, u64 *last);

/* What model.c needs: at creation, for its counters and for its check. */
void model_atc_init(struct model *model);
void model_atc_stats(struct model *model, struct model_stats *stats);
u64 model_atc_check(struct model *model);

#endif /* __IOMMUFDX_MODEL_ATC_H */
