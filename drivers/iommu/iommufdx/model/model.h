/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software IOMMUs: what the mock devices (and the unit tests) see of a model.
 *
 * A model is a machine. From the driver's side it has a register window
 * (struct iommufdx_hw) and reads and writes memory at physical addresses it was
 * told; from the device's side it takes transactions. It knows nothing of a
 * backend, of core or of pgtable, and walks tables with its own code.
 *
 * Commands run asynchronously on the model's own thread of execution, so that a
 * driver which does not wait for them is caught; with MODEL_INLINE they run
 * inside the register write, for benchmarks and single-stepped tests.
 *
 * Everything outside the machine is reached through struct model_env, so the
 * same source runs in the kernel and in user-space tests.
 */
#ifndef __IOMMUFDX_MODEL_H
#define __IOMMUFDX_MODEL_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/iommufdx/hw.h>

struct model;
struct model_page_response;

/**
 * struct model_env - the machine around a model
 * @mem: pointer to @len bytes of memory at physical address @pa, which do not
 *	cross a 4 KiB boundary; NULL where no memory answers (bus abort). Any
 *	context; the pointer stays good until the current call into the model
 *	returns.
 * @pinned: is the memory at @pa still held for DMA? A translated write that
 *	reaches memory which is not is not carried out and counts as a stale
 *	hit; an access that the machine forwards untranslated is not carried out
 *	either. NULL: do not check.
 * @kick: there is work: arrange for model_run() to be called soon from process
 *	context. Any context. Unused with MODEL_INLINE.
 * @page_response: a device's group of page requests is answered. Any context.
 *	NULL: answers are dropped.
 */
struct model_env {
	void *(*mem)(struct model_env *env, u64 pa, size_t len);
	bool (*pinned)(struct model_env *env, u64 pa);
	void (*kick)(struct model_env *env);
	void (*page_response)(struct model_env *env,
			      const struct model_page_response *resp);
};

/* struct model_config::flags */
#define MODEL_INLINE		BIT(0)	/* run commands inside the doorbell write */
#define MODEL_NO_CACHE		BIT(1)	/* caches hold nothing, for comparison */
#define MODEL_CHECK_HITS	BIT(2)	/* re-walk memory at every hit while no
					 * command is queued: exact unless the
					 * driver is between a change and its
					 * invalidation
					 */
#define MODEL_CACHE_ABSENT	BIT(3)	/* caches also hold that nothing is
					 * there, as shadowing hypervisors do
					 * (VT-d: caching mode)
					 */

/* struct model_config::caps: what the hardware can do */
#define MODEL_CAP_DIRTY		BIT(0)	/* hardware sets accessed and dirty bits */
#define MODEL_CAP_PASID		BIT(1)
#define MODEL_CAP_NEST		BIT(2)
#define MODEL_CAP_ATS		BIT(3)
#define MODEL_CAP_PRI		BIT(4)
#define MODEL_CAP_BBM		BIT(5)	/* page sizes may change in place */
#define MODEL_CAP_RANGE_INV	BIT(6)	/* range invalidation commands */
#define MODEL_CAP_BBM_NT	BIT(7)	/* or only by way of entries with nT */
#define MODEL_CAP_ALL		GENMASK(7, 0)
#define MODEL_CAP_ANY		(~0U)	/* all that the model of this kind has */

/**
 * struct model_config - what machine to build
 * @kind: whose programming model
 * @flags: MODEL_*
 * @caps: MODEL_CAP_*, or MODEL_CAP_ANY
 * @tlb_entries: capacity of the IOTLB, 0 for the default
 * @name: for messages, stays valid
 */
struct model_config {
	enum iommufdx_hw_kind kind;
	u32 flags;
	u32 caps;
	u32 tlb_entries;
	const char *name;
};

/**
 * enum model_dma_op - what a transaction does
 * @MODEL_DMA_READ: memory to @buf
 * @MODEL_DMA_WRITE: @buf to memory
 * @MODEL_DMA_FETCH_ADD: 8 bytes, naturally aligned: add @buf[0..7] to memory
 *	atomically, old value to @buf; needs read and write permission
 * @MODEL_DMA_PROBE: translate only: an ATS translation request, whose answer
 *	is for the caller to keep (see atc.h) or to look at
 */
enum model_dma_op {
	MODEL_DMA_READ,
	MODEL_DMA_WRITE,
	MODEL_DMA_FETCH_ADD,
	MODEL_DMA_PROBE,
};

/**
 * struct model_txn - one DMA transaction
 * @rid: requester or stream ID
 * @pasid: valid if @has_pasid
 * @has_pasid: the request carries a PASID
 * @translated: @iova is a physical address from the device's ATC
 * @priv: privileged (supervisor) access; needs @has_pasid
 * @exec: instruction fetch, of a read; needs @has_pasid
 * @no_write: of a probe: writing is not intended, so mark nothing dirty
 * @no_snoop: CPUs' caches may be left out, unless @snoop or the machine demands it
 * @op: enum model_dma_op
 * @iova: address
 * @len: bytes; may cross pages
 * @buf: the device's side of the data
 * @done: out: bytes transferred before a fault
 * @fault: out: the vendor's event code if it faulted, else 0
 * @cancel: becomes true when the device gives the request up, as at its reset;
 *	then model_wake() has to follow. Matters to what stalls. NULL: never
 * @walked: of a probe, out: page tables gave @pa, rather than none being there;
 *	of a translated request, in: what the probe said
 * @snoop: of a probe, out: requests to @pa must not have @no_snoop
 * @pa: out, of a probe: where its last byte goes
 * @shift: out, of a probe: log2 of the naturally aligned range around the last
 *	byte that goes to consecutive addresses; at least 12
 * @prot: out, of a probe: MODEL_PROT_*, what the translation allows
 */
struct model_txn {
	u32 rid;
	u32 pasid;
	bool has_pasid;
	bool translated;
	bool priv;
	bool exec;
	bool no_write;
	bool no_snoop;
	enum model_dma_op op;
	u64 iova;
	size_t len;
	void *buf;
	size_t done;
	u32 fault;
	const bool *cancel;
	bool walked;
	bool snoop;
	u64 pa;
	u8 shift;
	u8 prot;
};

#define MODEL_PROT_READ		0x1
#define MODEL_PROT_WRITE	0x2
#define MODEL_PROT_EXEC		0x4

/**
 * struct model_page_request - a device asks for a page (PCI PRI)
 * @rid: requester or stream ID
 * @pasid: valid if @has_pasid
 * @group: index of the page request group, 9 bits
 * @prot: MODEL_PROT_*, what the device wants to do
 * @has_pasid: the request carries a PASID
 * @priv: privileged access; needs @has_pasid
 * @last: the last of its group: the group is answered after it
 * @addr: page address
 */
struct model_page_request {
	u32 rid;
	u32 pasid;
	u16 group;
	u8 prot;
	bool has_pasid;
	bool priv;
	bool last;
	u64 addr;
};

/**
 * enum model_page_code - the answer to a page request group
 * @MODEL_PAGE_SUCCESS: translate again
 * @MODEL_PAGE_INVALID: at least one page is not there, or not so
 * @MODEL_PAGE_FAILURE: a catastrophe: the device shall send no more requests
 *
 * The values are those of PCI.
 */
enum model_page_code {
	MODEL_PAGE_SUCCESS = 0x0,
	MODEL_PAGE_INVALID = 0x1,
	MODEL_PAGE_FAILURE = 0xf,
};

/**
 * struct model_page_response - answer to a page request group
 * @rid: device
 * @pasid: valid if @has_pasid
 * @group: index of the group
 * @has_pasid: the response carries a PASID
 * @code: what to do
 */
struct model_page_response {
	u32 rid;
	u32 pasid;
	u16 group;
	bool has_pasid;
	enum model_page_code code;
};

/**
 * struct model_stats - counters since the model was made
 * @dma: page-sized pieces of transactions
 * @faults: pieces that faulted
 * @events_lost: events dropped because the log was full or off
 * @tlb_hits: IOTLB hits
 * @tlb_misses: IOTLB misses
 * @tlb_entries: translations held now
 * @dev_hits: device-entry cache hits
 * @dev_misses: device-entry cache misses
 * @commands: commands executed
 * @commands_by_op: the same by the vendor's opcode, low 6 bits; SMMUv3's 0x40
 *	and on are at 0x38 and on
 * @illegal: commands refused
 * @syncs: completion commands executed
 * @stale: hits whose translation memory no longer gave (MODEL_CHECK_HITS, and
 *	model_check()), and writes that reached memory not held for DMA
 * @queue_depth: commands queued and not yet fetched, now
 * @walk_entries: paging-structure entries (not leaves) cached now
 * @page_requests: page requests put into the queue
 * @page_requests_lost: page requests that found the queue full or off
 * @page_responses: page request groups answered by the driver
 * @atc_hits: accesses that devices made through their ATCs
 * @atc_misses: translation requests of ATCs
 * @atc_entries: translations that ATCs hold now
 * @atc_invalidations: invalidation requests that devices answered
 * @cycles: cycles of the processor (get_cycles()) that accesses to registers took,
 *	with MODEL_INLINE also the commands that they caused
 * @unsnooped: pieces that left CPUs' caches out, as the device asked and nothing
 *	forbade
 */
struct model_stats {
	u64 dma;
	u64 faults;
	u64 events_lost;
	u64 tlb_hits;
	u64 tlb_misses;
	u64 tlb_entries;
	u64 dev_hits;
	u64 dev_misses;
	u64 commands;
	u64 commands_by_op[64];
	u64 illegal;
	u64 syncs;
	u64 stale;
	u64 queue_depth;
	u64 walk_entries;
	u64 page_requests;
	u64 page_requests_lost;
	u64 page_responses;
	u64 atc_hits;
	u64 atc_misses;
	u64 atc_entries;
	u64 atc_invalidations;
	u64 cycles;
	u64 unsnooped;
};

/**
 * enum model_knob - faults that can be injected
 * @MODEL_KNOB_IGNORE_OP: bitmap of opcodes (as in commands_by_op) that the decoder
 *	accepts, counts and does not execute; completion waits always execute
 * @MODEL_KNOB_SLOW_COMMANDS: microseconds of delay before each completion
 * @MODEL_KNOB_STALL: nonzero: fetch no commands (the queue fills up)
 * @MODEL_KNOB_ILLEGAL_AFTER: report the N-th next command as illegal, 0 off
 * @MODEL_KNOB_EVENT_OVERFLOW: nonzero: behave as if the event log were full
 * @MODEL_KNOB_ATC_TIMEOUT: MODEL_ATC_SILENT: devices neither execute nor answer
 *	ATC invalidations; MODEL_ATC_LATE: they do, but too late
 * @MODEL_KNOB_PAGE_OVERFLOW: nonzero: behave as if the queue of page requests
 *	were full
 * @MODEL_KNOBS: number of knobs
 */
enum model_knob {
	MODEL_KNOB_IGNORE_OP,
	MODEL_KNOB_SLOW_COMMANDS,
	MODEL_KNOB_STALL,
	MODEL_KNOB_ILLEGAL_AFTER,
	MODEL_KNOB_EVENT_OVERFLOW,
	MODEL_KNOB_ATC_TIMEOUT,
	MODEL_KNOB_PAGE_OVERFLOW,
	MODEL_KNOBS,
};

#define MODEL_ATC_SILENT	1
#define MODEL_ATC_LATE		2

/**
 * model_create() - build a machine
 * @config: which
 * @env: its surroundings, must outlive it
 *
 * Context: may sleep.
 * Return: the model, powered on and disabled, or ERR_PTR: -EOPNOTSUPP (no such
 * kind, or not with these capabilities), -EINVAL (capabilities that go together in
 * no hardware), -ENOMEM.
 */
struct model *model_create(const struct model_config *config,
			   struct model_env *env);

/**
 * model_destroy() - scrap it
 * @model: no transaction, model_run() or register access is under way
 */
void model_destroy(struct model *model);

/**
 * model_hw() - the driver's side of a model
 * @model: the model
 *
 * Return: its register window, valid until model_destroy().
 */
struct iommufdx_hw *model_hw(struct model *model);

/**
 * model_run() - execute what is queued and deliver interrupts
 * @model: the model
 *
 * Interrupt handlers are called from here, so one that waits for a command to
 * complete waits for ever.
 *
 * Context: process context, may sleep; calls must not overlap. Never called
 * with MODEL_INLINE except to deliver interrupts.
 */
void model_run(struct model *model);

/**
 * model_dma() - carry out one transaction
 * @model: the model
 * @txn: the request; @done and @fault are filled
 *
 * A transaction that crosses pages is done page by page, up to the first fault.
 * The completion of an invalidation waits for transactions under way that may
 * use what it evicts. Where the IOMMU stalls faults, this waits for the driver's
 * decision, until the device gives up, or until the process is killed.
 * Context: process context, any number at once, may sleep.
 * Return: 0; -EFAULT (see txn->fault; an event was logged where the
 * specification says so); -EIO (bus abort); -ECANCELED (given up while it
 * stalled); -EINVAL (malformed @txn).
 */
int model_dma(struct model *model, struct model_txn *txn);

/**
 * model_wake() - have transactions that stall look at model_txn.cancel
 * @model: the model
 *
 * What is given up so ends with -ECANCELED, and software's answer to it finds
 * nothing any more.
 * Context: any.
 */
void model_wake(struct model *model);

/**
 * model_page_request() - a device asks for a page
 * @model: the model
 * @req: the request
 *
 * The answer comes through model_env.page_response: from the driver, or from
 * the machine itself, before this returns, where it cannot pass the request on.
 * Context: process context, any number at once.
 * Return: 0; -EOPNOTSUPP: the machine takes no page requests; -EINVAL
 * (malformed @req).
 */
int model_page_request(struct model *model,
		       const struct model_page_request *req);

/**
 * model_check() - compare every cached translation with memory
 * @model: the model
 *
 * That includes what devices hold in their ATCs.
 * Exact only while the driver has nothing under way: every mismatch is then an
 * invalidation that was forgotten.
 * Context: process context.
 * Return: number of stale entries found now (also added to stats.stale).
 */
u64 model_check(struct model *model);

/** model_stats() - read the counters */
void model_stats(struct model *model, struct model_stats *stats);

/**
 * model_set_knob() - inject a fault
 * @model: the model
 * @knob: which
 * @val: its meaning depends on @knob; 0 is off
 *
 * Return: 0 or -EINVAL.
 */
int model_set_knob(struct model *model, enum model_knob knob, u64 val);

#endif /* __IOMMUFDX_MODEL_H */
