/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of a model: what all kinds share, and what each kind provides.
 *
 * Words:
 *	machine		one struct model with its kind's struct around it
 *	piece		the part of a transaction inside one 4 KiB page
 *	kind		a programming model (AMD, VT-d, SMMUv3)
 *
 * Locks, outer to inner:
 *	run_lock	commands executed inside a register write (MODEL_INLINE)
 *	drain		read: one piece, from translation to the last byte moved;
 *			write: taken once, empty, by a completion command, which
 *			so waits for every piece that may use what was evicted
 *	caches' locks	the lookup structures; see their headers
 *	lock		registers, queues' pointers, logs; irq-safe
 *	irq lock	per line, held while its handler runs; taken with none
 *			of the others held
 *
 * A walk that started before the end of an invalidation must not fill a cache
 * after it: what it read through one cache may be what the invalidation drops
 * from another. @gen counts invalidations, as they begin and as they end; a piece
 * asks model_gen() before anything else, and a fill is dropped where the count
 * has moved on since, or an invalidation was under way then.
 */
#ifndef __IOMMUFDX_MODEL_INTERNAL_H
#define __IOMMUFDX_MODEL_INTERNAL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "model.h"

#define MODEL_IRQS		4	/* most lines of any kind */
#define MODEL_TLB_DEFAULT	4096	/* entries */
#define MODEL_TLB_MAX		(1 << 20)

/**
 * struct model_xlat - where one piece goes
 * @pa: physical address
 * @fault: the vendor's event code where translation failed
 * @walked: page tables gave @pa, so the driver holds that memory for DMA
 * @clean: hardware would have to set a dirty bit before a write (@peek)
 * @prot: MODEL_PROT_* that the answer to a probe grants
 * @shift: log2 of the range it is good for
 * @discard: reads give zeroes and writes nothing
 * @snoop: CPUs' caches are snooped whatever the request says
 * @stall: of a piece that stalled, for @stalled
 */
struct model_xlat {
	u64 pa;
	u32 fault;
	bool walked;
	bool clean;
	u8 prot;
	u8 shift;
	bool discard;
	bool snoop;
	u16 stall;
};

/**
 * struct model_kind_ops - a kind
 * @kind: which
 * @size: of the kind's struct, which starts with struct model
 * @reg_size: bytes of the register window
 * @caps: MODEL_CAP_* it can be built with
 * @pasid_caps: of these, what comes with MODEL_CAP_PASID only
 * @irqs: interrupt lines
 * @init: build; the struct is zeroed and the common part is ready
 * @exit: the reverse
 * @read: 64-bit register at an offset that is inside and a multiple of 8
 * @write: the same for the bits of @mask; no lock held, does not sleep
 * @run: execute some commands; true: there may be more
 * @translate: one piece; 0, -EFAULT (@out->fault says which, logged if it is
 *	to be) or -EIO; -EINPROGRESS: it stalls. @drain is held for read.
 * @stalled: wait until software has decided, with no lock held: -EAGAIN
 *	(translate again), -EFAULT, -ECANCELED, or 0 with @out->discard. NULL:
 *	nothing stalls
 * @wake: have what stalls look at model_txn.cancel. NULL as @stalled
 * @peek: what @translate would say of a probe now if it had nothing cached;
 *	leaves no trace. NULL: the kind has no ATS.
 * @pending: are commands queued, so that what was evicted may still be in use
 *	and what is stale may be about to be evicted? NULL as @peek.
 * @page_request: put a page request into the queue, or answer it with
 *	model_page_respond(). NULL: the kind has none.
 * @check: model_check()
 * @stats: add the kind's own counters
 */
struct model_kind_ops {
	enum iommufdx_hw_kind kind;
	size_t size;
	u32 reg_size;
	u32 caps;
	u32 pasid_caps;
	unsigned int irqs;
	int (*init)(struct model *m);
	void (*exit)(struct model *m);
	u64 (*read)(struct model *m, u32 reg);
	void (*write)(struct model *m, u32 reg, u64 val, u64 mask);
	bool (*run)(struct model *m);
	int (*translate)(struct model *m, const struct model_txn *txn,
			 u64 iova, struct model_xlat *out);
	int (*stalled)(struct model *m, const struct model_txn *txn,
		       struct model_xlat *out);
	void (*wake)(struct model *m);
	int (*peek)(struct model *m, const struct model_txn *txn, u64 iova,
		    struct model_xlat *out);
	bool (*pending)(struct model *m);
	void (*page_request)(struct model *m,
			     const struct model_page_request *req);
	u64 (*check)(struct model *m);
	void (*stats)(struct model *m, struct model_stats *stats);
};

struct model_irq {
	struct mutex lock;	/* guards the rest, held over @fn */
	iommufdx_hw_irq_fn fn;
	void *data;
};

struct model {
	struct iommufdx_hw hw;
	const struct model_kind_ops *ops;
	struct model_config cfg;
	struct model_env *env;

	spinlock_t lock;
	spinlock_t run_lock;
	rwlock_t drain;
	atomic64_t gen;
	atomic_t evicting;		/* invalidations under way */

	unsigned long irq_pending;	/* bit per line, atomic */
	struct model_irq irqs[MODEL_IRQS];

	u64 knobs[MODEL_KNOBS];		/* READ_ONCE(), WRITE_ONCE() */

	rwlock_t atc_lock;		/* guards atcs; see atc.h */
	struct list_head atcs;

	atomic64_t dma, faults, events_lost, commands, illegal, syncs, stale;
	atomic64_t cycles, unsnooped;
	atomic64_t page_requests, page_requests_lost, page_responses;
	atomic64_t atc_invalidations;
	atomic64_t by_op[64];
};

extern const struct model_kind_ops model_none_ops;
extern const struct model_kind_ops model_amd_ops;
extern const struct model_kind_ops model_vtd_ops;
extern const struct model_kind_ops model_smmuv3_ops;

/* model.c */
void model_raise(struct model *m, unsigned int line);
void model_kick(struct model *m);
bool model_next_illegal(struct model *m);
void model_complete(struct model *m);
void model_page_respond(struct model *m,
			const struct model_page_response *resp);
void model_page_answer(struct model *m, const struct model_page_request *req,
		       enum model_page_code code);

static inline void model_evict_begin(struct model *m)
{
	atomic_inc(&m->evicting);
	atomic64_inc_return(&m->gen);
}

static inline void model_evict_end(struct model *m)
{
	atomic64_inc_return(&m->gen);
	atomic_dec_return(&m->evicting);
}

/* For a piece that begins; -1, which is never the count: it may fill nothing. */
static inline s64 model_gen(struct model *m)
{
	s64 gen = atomic64_read_acquire(&m->gen);

	return atomic_read_acquire(&m->evicting) ? -1 : gen;
}

static inline u64 model_knob(struct model *m, enum model_knob knob)
{
	return READ_ONCE(m->knobs[knob]);
}

/* dma.c */
bool model_txn_valid(struct model *m, const struct model_txn *txn);

/* bus.c: memory by physical address; -EIO where none answers */
int model_bus_read64(struct model *m, u64 pa, u64 *val);
int model_bus_write64(struct model *m, u64 pa, u64 val);
int model_bus_write32(struct model *m, u64 pa, u32 val);
int model_bus_cmpxchg64(struct model *m, u64 pa, u64 *old, u64 val);
int model_bus_copy(struct model *m, u64 pa, void *buf, size_t len, bool write);
int model_bus_fetch_add(struct model *m, u64 pa, u64 *val);

#endif /* __IOMMUFDX_MODEL_INTERNAL_H */
