// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table, all operations, every format: workers change regions that are their
 * own, while "hardware" walks all of them with a decoder of its own, caches what
 * it finds, and sets accessed and dirty state as its format's hardware does.
 *
 * Twice over. With threads: workers and hardware run at once, under ASan and under
 * TSan. In turns: one thread, and hardware gets in between any two accesses to
 * memory of the engine (shim_race_hook), mostly to use the very page whose entry
 * was accessed. That meets each narrow race on purpose, and the same ones again
 * with the same SEED. Every other operation in turns begins with all clean and
 * meets one single write, at an access drawn from those to entries in use: where
 * more is dirty, a leaf that becomes part of a larger one loses nothing that shows.
 *
 * Two promises are checked.
 *
 * No window. While a region is mapped, hardware finds each page of it where it
 * is, whatever happens to leaf sizes, permissions and dirty state. A worker says
 * by a sequence number when its region is mapped and to what.
 *
 * No write is lost. For each sample page hardware counts the writes it begins
 * (before D is set) and those it has done (after). What was done when a scan
 * begins, but had not begun when the last report ended, must be in that scan's
 * report. A report ends after the invalidation: until then hardware may write
 * through what it has cached and leave no trace. Of unmapped memory there is no
 * later report, so one of what was unmapped speaks of all writes.
 *
 * SEED, EPISODES and FORMAT in the environment.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <pthread.h>
#include <sched.h>
#include <shim.h>
#include <string.h>
#include <tap.h>

#include "test_formats.h"

#define WORKERS		3
#define SAMPLES		48	/* pages of a region that hardware uses */
#define ROUNDS		40	/* of each worker, in an episode */
#define MAX_PAGES	(2 * 8192)
#define TLB_ENTRIES	16
#define RW		(PGTABLE_READ | PGTABLE_WRITE)
#ifdef __SANITIZE_THREAD__
#define EPISODES	3	/* slow, and needs few rounds to see a race */
#define TURNS		1	/* nor is there one in turns */
#else
#define EPISODES	20
#define TURNS		5	/* each meets more races than many with threads */
#endif

static const struct test_format *f;
static struct pgtable pt;
static u64 seed;
static bool stop;
static bool in_turns;

static struct region {
	u64 base;
	/* Odd: changing. Else bit 1: mapped, bit 2: to which memory. */
	unsigned int state;
	unsigned int begun[SAMPLES], done[SAMPLES], covered[SAMPLES];
} regions[WORKERS];

static unsigned long wanted, flushed;	/* invalidations */
static struct tap_rng hw_rng;
static struct region *hw_target;	/* in turns: what is being changed */
static enum { WRITES_ANY, WRITES_NONE, WRITES_ONE } hw_writing = WRITES_ANY;
static unsigned long hw_access, hw_write_at;	/* to entries in use; WRITES_ONE */
static unsigned long hw_walks, hw_writes, hw_hits, reported;

#define LOAD(x)		__atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define STORE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_SEQ_CST)
#define INC(x)		__atomic_add_fetch(&(x), 1, __ATOMIC_SEQ_CST)

static u64 region_size(void)
{
	return 2ULL << (f->granule + f->index_bits);
}

static u64 sample_offset(unsigned int sample)
{
	u64 page = region_size() / SAMPLES * sample >> f->granule;

	return (page + sample % 7) << f->granule;
}

static u64 pa_of(u64 iova, unsigned int which)
{
	return iova + (0x10000000000ULL << which);
}

static struct tlb {
	bool valid, dirty;
	struct decoded d;
	u64 iova;
	u64 *slot;
} tlb[TLB_ENTRIES];

/* A in each entry on the way, D or its like in the leaf, if all is as it was. */
static bool hw_mark(struct tlb *t)
{
	u64 accessed = 0, set = 0, clear = 0;

	if (f->format == PGTABLE_VTDSS) {
		accessed = 1 << 8;
		set = 1 << 8 | 1 << 9;
	} else if (!f->stage) {
		accessed = 1 << 5;
		set = 1 << 5 | 1 << 6;
	} else if (!(t->d.entry >> 51 & 1)) {
		return false;
	} else if (f->stage == 1) {
		clear = 1 << 7;
	} else {
		set = 1 << 7;
	}
	for (int i = 0; f->marks && i < t->d.depth; i++) {
		u64 e = decode_load(t->d.path[i]);

		if (!(e & 3) || !decode_store(t->d.path[i], e, 0, accessed, 0))
			return false;
	}
	return decode_store(t->slot, t->d.entry, set | clear, set, clear);
}

static bool hw_walk(const struct region *r, u64 iova, struct tlb *t)
{
	unsigned int before, after;
	bool found;

	before = LOAD(r->state);
	found = format_decode(f, &pt, iova, &t->d);
	after = LOAD(r->state);
	hw_walks++;
	t->iova = iova;
	if (found)
		t->slot = t->d.slot + (iova - t->d.start) /
			  (t->d.size / t->d.slots);
	t->valid = found;
	t->dirty = false;
	if (before == after && !(before & 1)) {
		if (found != (before >> 1 & 1))
			tap_fail(__FILE__, __LINE__, "%s: %llx found %d",
				 f->name, iova, found);
		else if (found && t->d.pa != pa_of(iova, before >> 2 & 1))
			tap_fail(__FILE__, __LINE__, "%s: %llx -> %llx",
				 f->name, iova, t->d.pa);
	} else if (found && t->d.pa != pa_of(iova, 0) &&
		   t->d.pa != pa_of(iova, 1)) {
		tap_fail(__FILE__, __LINE__, "%s: %llx -> %llx", f->name, iova,
			 t->d.pa);
	}
	return found;
}

/* Read or write a sample page. */
static void hw_use(struct region *r, unsigned int sample, bool write)
{
	u64 iova = r->base + sample_offset(sample);
	struct tlb *t = &tlb[(iova >> f->granule) % TLB_ENTRIES];

	if (!t->valid || t->iova != iova) {
		if (!hw_walk(r, iova, t))
			return;
	} else {
		hw_hits++;
	}
	if (!write || !t->d.write)
		return;
	INC(r->begun[sample]);
	if (!t->dirty) {
		if (!hw_mark(t)) {
			t->valid = false;
			return;
		}
		t->dirty = true;
	}
	INC(r->done[sample]);
	hw_writes++;
}

static void hw_use_any(void)
{
	/* Few writes: most must come to leaves that are clean. */
	hw_use(&regions[tap_below(&hw_rng, WORKERS)],
	       tap_below(&hw_rng, SAMPLES),
	       hw_writing == WRITES_ANY && tap_below(&hw_rng, 64) == 0);
}

static void hw_forget(void)
{
	for (int i = 0; i < TLB_ENTRIES; i++)
		tlb[i].valid = false;
}

static void *hardware(void *arg)
{
	unsigned long want;

	while (!LOAD(stop)) {
		want = LOAD(wanted);
		if (want != flushed) {
			hw_forget();
			STORE(flushed, want);
		}
		hw_use_any();
	}
	STORE(flushed, ~0UL);
	return NULL;
}

/* Would a sample page's entry of @level be where @p is in its table? */
static bool hw_is_at(unsigned int sample, const void *p, unsigned int level)
{
	const u64 entries = 1ULL << f->index_bits;
	u64 index = (uintptr_t)p / sizeof(u64) % entries;
	u64 iova = hw_target->base + sample_offset(sample);

	return (iova >> format_item(f, level)) % entries == index;
}

/* The sample page that hardware translates by the entry at @p, or -1. */
static int hw_sample_by(const void *p)
{
	struct decoded d;

	for (int i = 0; i < SAMPLES; i++)
		if ((hw_is_at(i, p, 0) || hw_is_at(i, p, 1)) &&
		    format_decode(f, &pt, hw_target->base + sample_offset(i),
				  &d) &&
		    (const u64 *)p >= d.slot && (const u64 *)p < d.slot + d.slots)
			return i;
	return -1;
}

/* In turns: the engine has just accessed @p, or is about to. */
static void hw_turn(const void *p)
{
	int sample;

	if (hw_writing == WRITES_ONE) {
		sample = hw_sample_by(p);
		if (sample >= 0 && hw_access++ == hw_write_at)
			hw_use(hw_target, sample, true);
	}
	if (tap_below(&hw_rng, 8) == 0)
		hw_use_any();
	if (tap_below(&hw_rng, 4))
		return;
	/* One of a table of pages, or any below an entry of the next level. */
	for (unsigned int i = 0; i < SAMPLES; i++)
		if (hw_is_at(i, p, 0) ||
		    (hw_is_at(i, p, 1) && tap_below(&hw_rng, SAMPLES / 2) == 0))
			hw_use(hw_target, i, hw_writing == WRITES_ANY &&
					     tap_below(&hw_rng, 4) == 0);
}

/* Let hardware work a while. */
static void pause_worker(void)
{
	if (!in_turns)
		sched_yield();
	for (int i = 0; in_turns && hw_writing == WRITES_ANY && i < 400; i++)
		hw_use_any();
}

/* Wait until hardware has forgotten what it has cached. */
static void invalidate(const struct pgtable_gather *g)
{
	unsigned long mine;

	if (pgtable_gather_empty(g))
		return;
	if (in_turns) {
		hw_forget();
		return;
	}
	mine = INC(wanted);
	while (LOAD(flushed) < mine)
		sched_yield();
}

static int sync_hardware(struct pgtable_resize *req, struct pgtable_gather *g)
{
	invalidate(g);
	return 0;
}

struct report {
	struct pgtable_dirty_sink sink;
	u64 bits[MAX_PAGES / 64];
	unsigned int before[SAMPLES];
};

static void sink_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	container_of(sink, struct report, sink)->bits[index] |= bits;
}

static void report_begin(struct report *rep, struct region *r)
{
	memset(rep, 0, sizeof(*rep));
	rep->sink.iova = r->base;
	rep->sink.shift = f->granule;
	rep->sink.word = sink_word;
	for (int i = 0; i < SAMPLES; i++)
		rep->before[i] = LOAD(r->done[i]);
}

/* After the invalidation. */
static void report_end(struct report *rep, struct region *r, u64 iova, u64 last)
{
	for (int i = 0; i < SAMPLES; i++) {
		u64 page = sample_offset(i) >> f->granule;
		u64 at = r->base + sample_offset(i);

		if (at < iova || at > last)
			continue;
		if (rep->bits[page / 64] >> (page % 64) & 1) {
			r->covered[i] = LOAD(r->begun[i]);
			__atomic_add_fetch(&reported, 1, __ATOMIC_RELAXED);
		} else if ((int)(rep->before[i] - r->covered[i]) > 0) {
			tap_fail(__FILE__, __LINE__, "%s: write to %llx lost",
				 f->name, at);
		}
	}
}

static void map(struct region *r, u64 max_leaf, unsigned int which)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 run = pfn_run(pa_of(r->base, which) >> PAGE_SHIFT,
			  region_size() >> PAGE_SHIFT);
	struct pgtable_map req = {
		.iova = r->base, .last = r->base + region_size() - 1,
		.runs = &run, .nr_runs = 1, .max_leaf = max_leaf,
		.prot = RW, .gfp = GFP_KERNEL,
	};
	u64 mapped;

	CHECK(pt.ops->map(&pt, &req, &g, &mapped) == 0);
	invalidate(&g);
	pgtable_gather_free(&g);
}

static void unmap(struct region *r, bool dirty, struct report *rep)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);
	u64 last = r->base + region_size() - 1, n;

	report_begin(rep, r);
	if (dirty)
		n = pt.ops->unmap_dirty(&pt, r->base, last, &rep->sink, &g);
	else
		n = pt.ops->unmap(&pt, r->base, last, &g);
	CHECK_EQ(n, region_size());
	invalidate(&g);
	pgtable_gather_free(&g);
	for (int i = 0; i < SAMPLES; i++)
		rep->before[i] = LOAD(r->done[i]);
	if (dirty)
		report_end(rep, r, r->base, last);
	/* Unmapped memory has no dirty state to be lost. */
	for (int i = 0; i < SAMPLES; i++)
		r->covered[i] = LOAD(r->begun[i]);
}

static void read_dirty(struct region *r, u64 iova, u64 last, bool touched,
		       struct report *rep)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);

	if (touched && pt.ops->untouch) {
		pt.ops->untouch(&pt, iova, last, &g);
		invalidate(&g);
		pgtable_gather_free(&g);
	}
	report_begin(rep, r);
	pt.ops->read_dirty(&pt, iova, last,
			   touched && pt.ops->untouch ? PGTABLE_DIRTY_TOUCHED : 0,
			   &rep->sink, &g);
	invalidate(&g);
	pgtable_gather_free(&g);
	report_end(rep, r, iova, last);
}

static void read_all_dirty(struct region *r, struct tap_rng *rng,
			   struct report *rep)
{
	read_dirty(r, r->base, r->base + region_size() - 1, tap_below(rng, 2),
		   rep);
}

/* What follows makes about @accesses to entries that translate samples. */
static void one_write_begin(struct region *r, struct tap_rng *rng,
			    struct report *rep, unsigned long accesses)
{
	hw_writing = WRITES_NONE;
	read_all_dirty(r, rng, rep);
	hw_writing = WRITES_ONE;
	hw_access = 0;
	hw_write_at = tap_below(rng, accesses + 1);
}

/* Returns how many it made. */
static unsigned long one_write_end(struct region *r, struct tap_rng *rng,
				   struct report *rep)
{
	unsigned long accesses = hw_access;

	hw_writing = WRITES_NONE;
	read_all_dirty(r, rng, rep);
	hw_writing = WRITES_ANY;
	return accesses;
}

static void resize(u64 iova, u64 last, bool split, u64 size)
{
	struct pgtable_resize req = {
		.iova = iova, .last = last, .gfp = GFP_KERNEL,
		.sync = sync_hardware,
	};

	*(split ? &req.split : &req.merge) = size;
	CHECK(pt.ops->resize(&pt, &req) == 0);
	CHECK_EQ(req.done, last - iova + 1);
}

static void protect(u64 iova, u64 last, u32 prot)
{
	struct pgtable_gather g = PGTABLE_GATHER_INIT(g);

	pt.ops->protect(&pt, iova, last, prot, &g);
	invalidate(&g);
	pgtable_gather_free(&g);
}

static void *worker(void *arg)
{
	unsigned int self = (uintptr_t)arg, state = 0;
	struct region *r = &regions[self];
	struct tap_rng rng = { seed + self };
	struct report *rep = malloc(sizeof(*rep));
	unsigned long accesses[6] = {};	/* at most, of changes of each kind */
	u64 page = 1ULL << f->granule;
	unsigned int change;
	bool single;

	for (int i = 0; i < ROUNDS; i++) {
		u64 first = tap_below(&rng, region_size() / page) * page;
		u64 n = page + tap_below(&rng, region_size() - first);
		u64 iova = r->base + first, last;
		u64 size = page << (tap_below(&rng, 2) ?
					    tap_below(&rng, f->index_bits) :
					    f->index_bits + tap_below(&rng, 2));

		last = iova + min(n & ~(page - 1), region_size() - first) - 1;
		if (tap_below(&rng, 2)) {
			iova = r->base;
			last = iova + region_size() - 1;
		}
		if (!(state & 2) || tap_below(&rng, 8) == 0) {
			STORE(r->state, state | 1);
			if (state & 2) {
				unmap(r, tap_below(&rng, 4), rep);
				state &= ~2;
			} else {
				state = (state ^ 4) | 2;
				map(r, tap_below(&rng, 2) ? page : 0,
				    state >> 2 & 1);
			}
			state += 8;
			STORE(r->state, state);
			continue;
		}
		single = in_turns && tap_below(&rng, 2);
		change = tap_below(&rng, 6);
		if (single)
			one_write_begin(r, &rng, rep, accesses[change]);
		else if (tap_below(&rng, 2))
			read_all_dirty(r, &rng, rep);
		switch (change) {
		case 0 ... 1:
			resize(iova, last, true, size);
			break;
		case 2:
			resize(iova, last, false, size);
			break;
		case 3:
			protect(r->base, r->base + region_size() - 1,
				PGTABLE_READ);
			pause_worker();
			protect(r->base, r->base + region_size() - 1, RW);
			break;
		default:
			/* Leaves that reach out stay dirty; ask for all. */
			read_all_dirty(r, &rng, rep);
		}
		if (single)
			accesses[change] = max(accesses[change],
					       one_write_end(r, &rng, rep));
		pause_worker();
	}
	free(rep);
	return NULL;
}

static void run_threads(void)
{
	pthread_t hw, workers[WORKERS];

	pthread_create(&hw, NULL, hardware, NULL);
	for (uintptr_t i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, worker, (void *)i);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	STORE(stop, true);
	pthread_join(hw, NULL);
}

static void run_in_turns(void)
{
	for (uintptr_t i = 0; i < WORKERS; i++) {
		hw_target = &regions[i];
		shim_race_hook = hw_turn;
		worker((void *)i);
		shim_race_hook = NULL;
	}
}

static void episode(void)
{
	struct pgtable_cfg cfg = {
		.va_bits = f->widths[0].bits, .oa_bits = f->oa_bits,
		.granule_shift = f->granule,
		.quirks = PGTABLE_QUIRK_HW_DIRTY | PGTABLE_QUIRK_BBM_FREE,
	};
	static struct report rep;

	memset(&pt, 0, sizeof(pt));
	memset(regions, 0, sizeof(regions));
	memset(tlb, 0, sizeof(tlb));
	stop = false;
	wanted = flushed = 0;
	hw_rng.state = seed ^ 0xd1d1;
	for (int i = 0; i < WORKERS; i++)
		regions[i].base = region_size() * (WORKERS + i);
	REQUIRE(!pgtable_create(&pt, f->format, &cfg));
	if (in_turns)
		run_in_turns();
	else
		run_threads();
	/* Hardware is off. */
	STORE(flushed, ~0UL);
	for (int i = 0; i < WORKERS; i++)
		if (regions[i].state & 2)
			read_dirty(&regions[i], regions[i].base,
				   regions[i].base + region_size() - 1, false,
				   &rep);
	CHECK(pt.ops->validate(&pt) == 0);
	CHECK_EQ(pt.ops->table_bytes(&pt), shim_pages_in_use() * PAGE_SIZE);
	pgtable_destroy(&pt);
	CHECK_EQ(shim_pages_in_use(), 0);
}

/* The test has tested something. */
static bool tested(u64 episodes)
{
	return hw_writes > episodes && reported > episodes;
}

static void run_all(u64 episodes)
{
	u64 first = tap_env("SEED", 1);

	episodes = tap_env("EPISODES", episodes);
	printf("# SEED=%llu EPISODES=%llu\n", first, episodes);
	for (unsigned int k = 0; k < nr_test_formats; k++) {
		f = &test_formats[k];
		if (!format_chosen(f) || f->widths[0].bits < 32)
			continue;
		hw_walks = hw_writes = hw_hits = reported = 0;
		seed = first;
		/* However late hardware gets a processor. */
		for (u64 i = 0; !tap_checks_failed &&
		     (i < episodes || (i < 100 * episodes &&
				       !tested(episodes))); i++) {
			episode();
			seed += WORKERS;
		}
		printf("# %s: %lu walks, %lu writes, %lu hits, %lu reported\n",
		       f->name, hw_walks, hw_writes, hw_hits, reported);
		CHECK(tested(episodes));
	}
}

static void hardware_never_sees_a_window(void)
{
	run_all(EPISODES);
}

static void nor_between_any_two_accesses(void)
{
	in_turns = true;
	run_all(TURNS);
}

int main(void)
{
	TAP_RUN(hardware_never_sees_a_window);
	TAP_RUN(nor_between_any_two_accesses);
	return tap_done();
}
