/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O page tables: what every format can do.
 *
 * A struct pgtable is one radix tree in one hardware format. It knows nothing
 * of devices, domains or caches. Every operation covers a range in one walk,
 * and what an invalidation must cover afterwards is gathered, not issued.
 *
 * Words: an *entry* is one 64-bit slot of a *table*; an entry is empty, a
 * *leaf* (maps memory) or points to a table of the next lower *level*. Level 0
 * is the lowest table. A large leaf may fill several adjacent entries
 * (a *replicated* or contiguous leaf). IOVAs are bytes; @last is inclusive.
 *
 * Concurrency contract
 *   1. Operations that change translations (map, the unmaps, protect, resize) may
 *      run at the same time on one table if their ranges, for resize rounded
 *      out to the largest leaf concerned, do not overlap. The caller guarantees
 *      this; core does it by owning the area that spans the range.
 *   2. iova_to_phys, read_dirty, set_dirty, untouch and dump may overlap
 *      one another and protect, but no map, unmap or resize of the same range
 *      (the tables they walk may be freed by it). Hardware's own accessed and
 *      dirty updates may happen at any time, whatever runs.
 *   3. A table is unlinked only by an operation whose range covers everything
 *      the table can hold, so nobody else can be inside it; its memory goes to
 *      the gather and is freed by pgtable_gather_free() after the invalidation.
 *   4. grow may overlap everything but grow and shrink. init, destroy and
 *      shrink are exclusive; validate lets those of rule 2 run, and no other.
 *   Nothing here takes a lock; all of it may run in process context only, and
 *   all but iova_to_phys and grow may give up the CPU between tables. In a
 *   kernel with lockdep (CONFIG_LOCKDEP) every operation checks the rules
 *   against those under way and warns.
 *
 * The same source is built into the kernel, into KUnit and into user-space
 * tests.
 */
#ifndef __LINUX_IOMMUFDX_PGTABLE_H
#define __LINUX_IOMMUFDX_PGTABLE_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/io.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/*
 * A run of physically contiguous pages, packed in one word so that a list of
 * scattered 4 KiB pages costs 8 bytes each: PFN in bits 63:24, number of
 * pages - 1 in bits 23:0. The unit is the CPU's PAGE_SIZE.
 */
#define PFN_RUN_COUNT_BITS	24
#define PFN_RUN_MAX_PAGES	(1UL << PFN_RUN_COUNT_BITS)

/**
 * pfn_run() - pack a run
 * @pfn: first page frame number, below 2^40
 * @npages: length in pages, 1 to PFN_RUN_MAX_PAGES
 *
 * Context: any.
 * Return: the packed word.
 */
static inline u64 pfn_run(unsigned long pfn, unsigned long npages)
{
	return ((u64)pfn << PFN_RUN_COUNT_BITS) | (npages - 1);
}

/**
 * pfn_run_pfn() - first page frame number of a run
 * @run: the packed word
 *
 * Context: any.
 * Return: the PFN.
 */
static inline unsigned long pfn_run_pfn(u64 run)
{
	return run >> PFN_RUN_COUNT_BITS;
}

/**
 * pfn_run_npages() - length of a run in pages
 * @run: the packed word
 *
 * Context: any.
 * Return: 1 to PFN_RUN_MAX_PAGES.
 */
static inline unsigned long pfn_run_npages(u64 run)
{
	return (run & (PFN_RUN_MAX_PAGES - 1)) + 1;
}

/**
 * enum pgtable_format - hardware layouts
 * @PGTABLE_ANY: in a request, let the backend choose
 * @PGTABLE_AMDV1: AMD host (v1) table, 48882 section 2.2.3
 * @PGTABLE_X86_64: x86 4/5-level table: AMD guest (v2), VT-d first stage
 * @PGTABLE_VTDSS: VT-d second stage
 * @PGTABLE_ARMV8_S1: Armv8 VMSAv8-64 stage 1
 * @PGTABLE_ARMV8_S2: Armv8 VMSAv8-64 stage 2
 * @PGTABLE_AMDV1_2K: AMD v1 with a 2 KiB granule, no hardware has it
 *
 * User ABI: IOMMUFDX_FORMAT_* have the same values.
 */
enum pgtable_format {
	PGTABLE_ANY,
	PGTABLE_AMDV1,
	PGTABLE_X86_64,
	PGTABLE_VTDSS,
	PGTABLE_ARMV8_S1,
	PGTABLE_ARMV8_S2,
	PGTABLE_AMDV1_2K,
};

/* Permissions and attributes of a mapping. */
#define PGTABLE_READ		BIT(0)
#define PGTABLE_WRITE		BIT(1)
#define PGTABLE_EXEC		BIT(2)	/* only where the format can forbid it */
#define PGTABLE_CACHE		BIT(3)	/* DMA is coherent with CPU caches */
#define PGTABLE_MMIO		BIT(4)	/* device memory, not RAM */

/* struct pgtable_cfg::quirks: what the hardware that walks does or wants */
#define PGTABLE_QUIRK_ENFORCE_SNOOP	BIT(0)	/* every leaf forces coherence */
#define PGTABLE_QUIRK_NONCOHERENT	BIT(1)	/* walks do not snoop CPU caches */
#define PGTABLE_QUIRK_HW_DIRTY		BIT(2)	/* hardware keeps dirty state: Arm
						 * leaves get DBM; formats that
						 * always have it ignore this
						 */
#define PGTABLE_QUIRK_BBM_FREE		BIT(3)	/* leaf sizes may change without
						 * break-before-make (Arm BBML2);
						 * formats that always may ignore it
						 */
#define PGTABLE_QUIRK_NX	BIT(4)	/* x86_64: hardware checks XD (VT-d NXE,
					 * AMD NXSup): leaves without
					 * PGTABLE_EXEC get it. Others ignore it
					 */

/*
 * Memory types that Arm stage 1 leaves name by their index: what a context
 * descriptor's MAIR must hold. 0: normal, not cached; 1: normal, write-back;
 * 2: device-nGnRE.
 */
#define PGTABLE_ARMV8_MAIR	0x04ff44ULL

struct pgtable;

/**
 * struct pgtable_cfg - what a new table shall be
 * @va_bits: input address width; the format rounds up to what it can do
 * @oa_bits: output address width of the hardware
 * @granule_shift: log2 of the smallest page where the format has a choice (Arm:
 *	12, 14, 16), 0 for the smallest there is
 * @quirks: PGTABLE_QUIRK_*
 * @page_sizes: allowed leaf sizes as a mask of byte sizes, 0 for all that the
 *	format has
 */
struct pgtable_cfg {
	u8 va_bits;
	u8 oa_bits;
	u8 granule_shift;
	u32 quirks;
	u64 page_sizes;
};

/**
 * struct pgtable_gather - what one invalidation after a change must cover
 * @iova: first byte changed, meaningful if @last >= @iova
 * @last: last byte changed
 * @tables: table pages unlinked, threaded through page->lru, freed last
 * @pgsize: smallest leaf seen in bytes, 0 if none: the stride that hardware
 *	range commands want
 * @table_changed: entries that point to tables changed too, so caches of
 *	non-leaf entries must be dropped as well
 *
 * Start with PGTABLE_GATHER_INIT; operations widen it; the domain's owner
 * invalidates, then calls pgtable_gather_free().
 */
struct pgtable_gather {
	u64 iova;
	u64 last;
	struct list_head tables;
	u64 pgsize;
	bool table_changed;
};

#define PGTABLE_GATHER_INIT(name) \
	{ .iova = U64_MAX, .tables = LIST_HEAD_INIT((name).tables) }

/**
 * struct pgtable_map - one request to map a list of runs
 * @iova: first byte, a multiple of the smallest page size
 * @last: last byte; iova..last holds exactly what the runs hold from @offset on
 * @runs: packed runs in IOVA order
 * @nr_runs: how many
 * @offset: bytes into the first run where the mapping starts
 * @prot: PGTABLE_READ and so on
 * @max_leaf: largest leaf in bytes, 0 for no limit
 * @gfp: for table pages; add __GFP_ACCOUNT to charge them
 *
 * The last run may be longer than needed. Leaves are the largest that the
 * alignment of IOVA and physical address allows.
 */
struct pgtable_map {
	u64 iova;
	u64 last;
	const u64 *runs;
	size_t nr_runs;
	u64 offset;
	u32 prot;
	u64 max_leaf;
	gfp_t gfp;
};

/**
 * struct pgtable_dirty_sink - where a dirty scan puts its bits
 * @iova: IOVA of bit 0, a multiple of 1 << @shift
 * @shift: log2 of the bytes that one bit stands for
 * @word: OR @bits into 64-bit word number @index of the bitmap. Words come in
 *	rising order, each at most once per scan, never zero.
 * @fill: set bits @first to @last (inclusive): a leaf larger than a word's
 *	worth. NULL: the engine uses @word.
 * @spill: a dirty leaf is about to be cleared that reaches out of the scan's
 *	range: keep in mind that @first to @last (IOVAs, outside the range) were
 *	written to. False, or no such function: the leaf stays dirty.
 *
 * @word and @fill are called between the clearing of the bits in the table and
 * the return of the scan, and must not fail. None may sleep if the caller's
 * context forbids it.
 */
struct pgtable_dirty_sink {
	u64 iova;
	unsigned int shift;
	void (*word)(struct pgtable_dirty_sink *sink, u64 index, u64 bits);
	void (*fill)(struct pgtable_dirty_sink *sink, u64 first, u64 last);
	bool (*spill)(struct pgtable_dirty_sink *sink, u64 first, u64 last);
};

/* Flags of pgtable_ops::read_dirty */
#define PGTABLE_DIRTY_NO_CLEAR	BIT(0)
/*
 * Look only below entries that were touched: marked by untouch() or accessed
 * since. See pgtable_ops::untouch for what the caller owes.
 */
#define PGTABLE_DIRTY_TOUCHED	BIT(1)

/**
 * struct pgtable_resize - one request to change leaf sizes
 * @iova: first byte
 * @last: last byte
 * @split: leaves larger than this many bytes become leaves of the largest
 *	allowed size up to it; 0: split nothing
 * @merge: neighbours that make a larger allowed leaf, up to this many bytes,
 *	become one; 0: merge nothing. Not together with @split.
 * @accept_faults: break before make where the hardware needs it: DMA to the
 *	range may fault for a moment
 * @gfp: for table pages
 * @sync: issue and complete the invalidation that @gather describes. Called any
 *	number of times between steps, with no table lock held; the operation
 *	frees the gather's tables itself. Returns 0, or a negative errno when
 *	hardware did not answer: the operation stops there. Tables that hardware
 *	may still walk are then never freed.
 * @done: out: bytes from @iova on that now are as asked, or cannot be (no
 *	neighbour to merge with); on an error, where to go on from
 * @smallest: out: smallest leaf met, as it is now; 0 if nothing is mapped
 * @largest: out: largest
 */
struct pgtable_resize {
	u64 iova;
	u64 last;
	u64 split;
	u64 merge;
	bool accept_faults;
	gfp_t gfp;
	int (*sync)(struct pgtable_resize *req, struct pgtable_gather *gather);
	u64 done;
	u64 smallest;
	u64 largest;
};

/**
 * struct pgtable_dump_entry - one entry, for people to read
 * @iova: first byte it stands for
 * @entry: the raw word
 * @pa: where it points, a table or memory
 * @size: bytes of the leaf; of what a table entry spans
 * @level: level of the table it stands in
 * @prot: PGTABLE_READ and so on, of a leaf
 * @leaf: a leaf; else a pointer to a table
 * @accessed: hardware has used it, where the format says so
 * @dirty: a leaf that was written to
 */
struct pgtable_dump_entry {
	u64 iova;
	u64 entry;
	phys_addr_t pa;
	u64 size;
	u8 level;
	u32 prot;
	bool leaf;
	bool accessed;
	bool dirty;
};

/**
 * typedef pgtable_dump_fn - called for every entry that is not empty
 * @data: as given to pgtable_ops::dump
 * @entry: what stands there; a replicated leaf comes once
 *
 * Return: 0 to go on, anything else ends the dump.
 */
typedef int (*pgtable_dump_fn)(void *data, const struct pgtable_dump_entry *entry);

/**
 * struct pgtable_ops - what a format offers
 * @name: for messages and dumps, "amdv1"
 * @format: which one
 * @shape: fill in @pt's widths, quirks and sizes as init would; makes no table.
 *	-EINVAL: no such width.
 * @init: make an empty table. -EINVAL: no such width; -ENOMEM.
 * @destroy: free all table pages. Hardware must no longer walk them.
 * @map: fill leaves. Returns 0; -ENOMEM; -ERANGE (IOVA or physical address
 *	beyond the widths); -EADDRINUSE (something is mapped there; nothing of it
 *	is changed); -EINVAL (misaligned). *@mapped says how many bytes from
 *	req->iova on are mapped, on errors too: the caller unmaps them. @gather
 *	may receive empty tables that a large leaf replaced.
 * @unmap: clear all leaves that lie wholly in iova..last. A leaf that
 *	reaches out of the range is left alone and ends the count. Returns
 *	bytes unmapped. Needs no memory.
 * @discard: unmap, for who knows what is mapped in iova..last or need not know:
 *	tables that the range covers go unread. Returns the bytes from @iova on
 *	in which nothing is mapped any more, all unless a leaf reaches out. The
 *	gather's stride may be smaller than the smallest leaf.
 * @unmap_dirty: as @unmap, and report to @sink each leaf that was dirty when it
 *	became unmapped: clearing and reading are one atomic step. No leaf is
 *	reported beyond the range; @sink->spill is not used.
 * @protect: give all leaves in iova..last the permissions @prot (READ, WRITE,
 *	EXEC); memory attributes, accessed and dirty state stay. A leaf that
 *	reaches out of the range ends the count. Returns bytes changed or already
 *	so. Needs no memory.
 * @resize: split or merge leaves. No access sees anything but the same
 *	translation before, while and after, except as @accept_faults says. Dirty
 *	and accessed state is kept: each part of a dirty leaf is dirty. 0;
 *	-EOPNOTSUPP (break-before-make needed and not accepted); -ENOMEM;
 *	-EINVAL; what @sync returned. May be called again to go on.
 * @iova_to_phys: translate one byte, PHYS_ADDR_MAX if not mapped.
 * @read_dirty: report leaves in iova..last whose dirty bit is set, and clear
 *	the bit unless told not to; cleared leaves are added to @gather. A leaf
 *	that only partly lies in the range is reported for that part, and cleared
 *	only if @sink->spill takes the rest.
 * @untouch: first half of a scan that skips what was not touched; NULL where
 *	the format has no accessed bits in entries that point to tables. Turns the
 *	accessed bits of such entries in iova..last into marks that only
 *	read_dirty(PGTABLE_DIRTY_TOUCHED) without NO_CLEAR takes away. The caller
 *	completes the invalidation of @gather, entries of all levels included,
 *	before that read: from then on each new write leaves a trace on its way
 *	down. Cost follows what was touched.
 * @set_dirty: mark all leaves in iova..last dirty (@dirty true) or clean.
 * @validate: check every invariant of the table: entries well-formed, levels
 *	consistent, replicated leaves uniform, no leaf outside the width.
 *	Returns 0 or -EUCLEAN after one pr_err() that names the place. Nothing
 *	may change translations meanwhile; hardware's own updates may go on.
 * @dump: call @fn for every entry on the way to, and in, iova..last.
 * @grow: add levels on top until the input width is at least @va_bits. The old
 *	top table stays valid for hardware until the caller has pointed it to the
 *	new one; no unmap of all of the old width may begin before that. -EINVAL:
 *	no such width, or tables stand side by side at the top; -ENOMEM. For
 *	hardware that takes a new top and number of levels in one store, as an AMD
 *	device table entry does: a table can then begin low and follow its
 *	mappings. A backend need not: one that makes tables as wide as was asked
 *	for calls neither this nor @shrink.
 * @shrink: drop top levels that hold nothing but their first entry, as long as
 *	the input width stays at least @va_bits. The caller points hardware to the
 *	new top, invalidates, and frees @gather.
 * @table_bytes: memory held by tables, in bytes.
 *
 * All operations follow the concurrency contract at the head of this file.
 */
struct pgtable_ops {
	const char *name;
	enum pgtable_format format;

	int (*shape)(struct pgtable *pt, const struct pgtable_cfg *cfg);
	int (*init)(struct pgtable *pt, const struct pgtable_cfg *cfg);
	void (*destroy)(struct pgtable *pt);
	int (*map)(struct pgtable *pt, const struct pgtable_map *req,
		   struct pgtable_gather *gather, u64 *mapped);
	u64 (*unmap)(struct pgtable *pt, u64 iova, u64 last,
		     struct pgtable_gather *gather);
	u64 (*discard)(struct pgtable *pt, u64 iova, u64 last,
		       struct pgtable_gather *gather);
	u64 (*unmap_dirty)(struct pgtable *pt, u64 iova, u64 last,
			   struct pgtable_dirty_sink *sink,
			   struct pgtable_gather *gather);
	u64 (*protect)(struct pgtable *pt, u64 iova, u64 last, u32 prot,
		       struct pgtable_gather *gather);
	int (*resize)(struct pgtable *pt, struct pgtable_resize *req);
	phys_addr_t (*iova_to_phys)(struct pgtable *pt, u64 iova);
	void (*untouch)(struct pgtable *pt, u64 iova, u64 last,
			struct pgtable_gather *gather);
	void (*read_dirty)(struct pgtable *pt, u64 iova, u64 last,
			   unsigned int flags, struct pgtable_dirty_sink *sink,
			   struct pgtable_gather *gather);
	void (*set_dirty)(struct pgtable *pt, u64 iova, u64 last, bool dirty,
			  struct pgtable_gather *gather);
	int (*validate)(struct pgtable *pt);
	int (*dump)(struct pgtable *pt, u64 iova, u64 last, pgtable_dump_fn fn,
		    void *data);
	int (*grow)(struct pgtable *pt, unsigned int va_bits, gfp_t gfp);
	void (*shrink)(struct pgtable *pt, unsigned int va_bits,
		       struct pgtable_gather *gather);
	u64 (*table_bytes)(struct pgtable *pt);
};

/**
 * struct pgtable - one I/O page table
 * @ops: its format's functions
 * @root: top table, its level and the input width in one word, because grow
 *	changes them under walks: read with pgtable_root() and pgtable_root_*()
 * @va_bits: input width in bits; IOVAs are 0 .. 2^va_bits - 1. What @root says,
 *	for those who need not have it from the same instant as the top table.
 * @oa_bits: output width in bits
 * @quirks: PGTABLE_QUIRK_*
 * @page_sizes: leaf sizes in use, mask of byte sizes
 * @all_sizes: the same if the input width were unlimited
 * @table_bytes: memory held by tables: ask ops->table_bytes()
 * @users: operations under way, where the contract is checked
 * @users_lock: guards @users
 *
 * Embedded in a backend's domain. Read-only outside pgtable/.
 */
struct pgtable {
	const struct pgtable_ops *ops;
	unsigned long root;
	u8 va_bits;
	u8 oa_bits;
	u32 quirks;
	u64 page_sizes;
	u64 all_sizes;
	atomic64_t table_bytes;
#ifdef CONFIG_LOCKDEP
	struct list_head users;
	spinlock_t users_lock;
#endif
};

/*
 * The root word: tables are pages, so the low bits of the pointer to the top one
 * are free. They hold 64 - input width (5:0) and the top table's level (8:6).
 */
#define PGTABLE_ROOT_UNUSED_BITS	GENMASK(5, 0)
#define PGTABLE_ROOT_LEVEL_SHIFT	6
#define PGTABLE_ROOT_LEVEL		GENMASK(8, 6)

/**
 * pgtable_root() - take a consistent look at the top of a table
 * @pt: the table
 *
 * Context: any.
 * Return: a word for pgtable_root_top(), _level(), _last() and _phys().
 */
static inline unsigned long pgtable_root(const struct pgtable *pt)
{
	return READ_ONCE(pt->root);
}

/**
 * pgtable_root_top() - the top table
 * @root: what pgtable_root() returned
 *
 * Context: any.
 * Return: its first entry.
 */
static inline u64 *pgtable_root_top(unsigned long root)
{
	return (u64 *)(root & ~(PGTABLE_ROOT_LEVEL | PGTABLE_ROOT_UNUSED_BITS));
}

/**
 * pgtable_root_level() - level of the top table
 * @root: what pgtable_root() returned
 *
 * Context: any.
 * Return: the level; hardware calls it level + 1 levels.
 */
static inline unsigned int pgtable_root_level(unsigned long root)
{
	return (root & PGTABLE_ROOT_LEVEL) >> PGTABLE_ROOT_LEVEL_SHIFT;
}

/**
 * pgtable_root_last() - the last IOVA
 * @root: what pgtable_root() returned
 *
 * Context: any.
 * Return: the highest byte of the input width.
 */
static inline u64 pgtable_root_last(unsigned long root)
{
	return U64_MAX >> (root & PGTABLE_ROOT_UNUSED_BITS);
}

/**
 * pgtable_root_phys() - physical address of the top table
 * @root: what pgtable_root() returned
 *
 * Context: any.
 * Return: the address to write into the device's table entry.
 */
static inline phys_addr_t pgtable_root_phys(unsigned long root)
{
	return virt_to_phys(pgtable_root_top(root));
}

/**
 * pgtable_top_level() - level of the top table
 * @pt: the table
 *
 * Context: any; while the table may grow, prefer pgtable_root().
 * Return: the level; hardware calls it level + 1 levels.
 */
static inline unsigned int pgtable_top_level(const struct pgtable *pt)
{
	return pgtable_root_level(pgtable_root(pt));
}

/**
 * pgtable_top_phys() - physical address of the top table
 * @pt: the table
 *
 * Context: any; while the table may grow, prefer pgtable_root().
 * Return: the address to write into the device's table entry.
 */
static inline phys_addr_t pgtable_top_phys(const struct pgtable *pt)
{
	return pgtable_root_phys(pgtable_root(pt));
}

/**
 * pgtable_create() - make an empty table
 * @pt: zeroed by the caller
 * @format: which layout; not PGTABLE_ANY
 * @cfg: widths, page sizes and quirks
 *
 * Context: may sleep.
 * Return: 0, -EINVAL (no such width, granule, page size or format), -EOPNOTSUPP
 *	(PGTABLE_QUIRK_NONCOHERENT on a CPU whose caches cannot be flushed) or
 *	-ENOMEM.
 */
int pgtable_create(struct pgtable *pt, enum pgtable_format format,
		   const struct pgtable_cfg *cfg);

/**
 * pgtable_shape() - what would pgtable_create() make?
 * @pt: zeroed by the caller; gets the widths, quirks and page sizes. It is no
 *	table, nothing needs to be destroyed.
 * @format: which layout; not PGTABLE_ANY
 * @cfg: widths, page sizes and quirks
 *
 * Context: any; does not sleep.
 * Return: as pgtable_create(), but never -ENOMEM.
 */
int pgtable_shape(struct pgtable *pt, enum pgtable_format format,
		  const struct pgtable_cfg *cfg);

/**
 * pgtable_destroy() - free a table and all its pages
 * @pt: the table; hardware must have stopped walking it
 *
 * Context: may sleep. Does nothing on a table that was never initialised.
 */
void pgtable_destroy(struct pgtable *pt);

/**
 * pgtable_gather_add() - widen a gather by one range
 * @gather: the gather
 * @iova: first byte
 * @last: last byte
 *
 * Context: any.
 */
static inline void pgtable_gather_add(struct pgtable_gather *gather, u64 iova,
				      u64 last)
{
	if (gather->last < gather->iova) {
		gather->iova = iova;
		gather->last = last;
		return;
	}
	if (iova < gather->iova)
		gather->iova = iova;
	if (last > gather->last)
		gather->last = last;
}

/**
 * pgtable_gather_empty() - does nothing need an invalidation?
 * @gather: the gather
 *
 * Context: any.
 * Return: true if no entry changed.
 */
static inline bool pgtable_gather_empty(const struct pgtable_gather *gather)
{
	return gather->last < gather->iova && !gather->table_changed;
}

/**
 * pgtable_gather_free() - free the table pages of a gather
 * @gather: the gather; ready for use again afterwards
 *
 * Call it only when the invalidation that covers the gather has completed.
 * Context: may sleep.
 */
void pgtable_gather_free(struct pgtable_gather *gather);

#endif /* __LINUX_IOMMUFDX_PGTABLE_H */
