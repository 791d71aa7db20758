// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl demo nested': a guest that changes its own IOMMU tables from two
 * threads while a device does DMA through them, and proof that every byte went
 * where the tables said at that time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "nested.h"
#include "screen.h"

#define DEFAULT_CHANGES	2000

enum { OPT_VENDOR = 256, OPT_PATH, OPT_SHADOW, OPT_CHANGES, OPT_SEED };

/**
 * struct options - what to do
 * @path: NULL: each of nested_paths
 * @changes: of each thread, by all paths together
 */
struct options {
	struct common_options common;
	const struct nested_vendor *vendor;
	const struct nested_path *path;
	bool shadow;
	uint64_t changes;
	uint64_t seed;
};

static const struct argp_option option_list[] = {
	{ "vendor", OPT_VENDOR, "NAME", 0, "whose IOMMU: vtd (default), smmuv3 or amd", 0 },
	{ "path", OPT_PATH, "NAME", 0, "how commands reach the IOMMU: array, ring, or queue: the guest's own, read by the kernel (default: one after the other)", 0 },
	{ "shadow", OPT_SHADOW, NULL, 0, "behind an IOMMU that cannot nest: the kernel follows the guest's tables (no --path)", 0 },
	{ "changes", OPT_CHANGES, "N", 0, "how often each thread changes its tables, by all paths together (default 2000)", 0 },
	{ "seed", OPT_SEED, "N", 0, "repeat the random choices of an earlier run", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case OPT_VENDOR:
		for (o->vendor = nested_vendors; o->vendor->name; o->vendor++)
			if (!strcmp(arg, o->vendor->name))
				return 0;
		argp_error(state, "--vendor %s: want vtd, smmuv3 or amd", arg);
		return 0;
	case OPT_PATH:
		for (o->path = nested_paths; o->path->name; o->path++)
			if (!strcmp(arg, o->path->name))
				return 0;
		argp_error(state, "--path %s: want array, ring or queue", arg);
		return 0;
	case OPT_SHADOW:
		o->shadow = true;
		return 0;
	case OPT_CHANGES:
		if (!parse_number(arg, &o->changes) || !o->changes ||
		    o->changes > 100000000)
			argp_error(state, "--changes %s: want 1 to 100000000",
				   arg);
		return 0;
	case OPT_SEED:
		if (!parse_seed(arg, &o->seed))
			argp_error(state, "--seed %s: want a number below 2^63",
				   arg);
		return 0;
	case ARGP_KEY_END:
		if (o->shadow && o->path)
			argp_error(state, "--path is not for --shadow, which has one of its own");
		if (o->shadow)
			o->path = &nested_shadow_path;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* How it went, the worst last. */
enum verdict { VERIFIED, NOT_PROVEN, WRONG };

static const char *const verdicts[] = {
	[VERIFIED] = "verified",
	[NOT_PROVEN] = "NOT PROVEN",
	[WRONG] = "WRONG",
};

/**
 * struct worker - a thread of the guest, which owns two address spaces
 * @bytes: that DMA moved and that were compared
 * @refused: transactions that faulted, as they had to
 * @commands: invalidations
 * @calls: how often they were handed over
 * @wrong: transactions that went where they should not have
 * @error: negative errno of a call that failed
 */
struct worker {
	pthread_t thread;
	struct nested_guest *guest;
	unsigned int first;
	uint64_t changes;
	uint64_t random;

	uint64_t bytes;
	uint64_t refused;
	uint64_t commands;
	uint64_t calls;
	uint64_t wrong;
	int error;
};

/* splitmix64 */
static uint64_t random_next(struct worker *w)
{
	uint64_t x = w->random += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* One page by DMA: 0, -EFAULT where it was not translated, or another errno. */
static int dma(struct worker *w, const struct nested_space *space,
	       uint32_t op, unsigned int slot, void *buf)
{
	struct iommufdx_mock_dma txn = {
		.flags = IOMMUFDX_MOCK_DMA_PASID,
		.iommu_id = w->guest->mock_iommu,
		.rid = 0x0100,
		.pasid = space->pasid,
		.op = op,
		.iova = NESTED_VA + slot * NESTED_PAGE,
		.length = NESTED_PAGE,
		.uptr = (uintptr_t)buf,
	};
	int rc = iommufdx_mock_dma(w->guest->mock, &txn);

	if (rc)
		return rc;
	if (txn.out_status == IOMMUFDX_MOCK_DMA_FAULT)
		return -EFAULT;
	return txn.out_status == IOMMUFDX_MOCK_DMA_OK ? 0 : -EIO;
}

/* DMA of a pattern to a slot and back, against the guest's own view. */
static int verify(struct worker *w, const struct nested_space *space,
		  unsigned int slot)
{
	uint64_t out[NESTED_PAGE / 8], in[NESTED_PAGE / 8];
	unsigned int where = space->where[slot];
	int rc;

	for (unsigned int i = 0; i < NESTED_PAGE / 8; i++)
		out[i] = random_next(w);
	rc = dma(w, space, IOMMUFDX_MOCK_DMA_WRITE, slot, out);
	if (!where) {
		w->refused += rc == -EFAULT;
		w->wrong += !rc;
		return rc == -EFAULT ? 0 : rc;
	}
	if (!rc)
		rc = dma(w, space, IOMMUFDX_MOCK_DMA_READ, slot, in);
	if (rc)
		return rc;
	if (memcmp(nested_page(w->guest, space->data + where - 1), out,
		   sizeof(out)) || memcmp(in, out, sizeof(out)))
		w->wrong++;
	w->bytes += 2 * sizeof(out);
	return 0;
}

static int change(struct worker *w)
{
	struct nested_space *space =
		&w->guest->space[w->first + random_next(w) % 2];
	unsigned int num = 1 + random_next(w) % NESTED_BATCH;
	unsigned int slot = random_next(w) % NESTED_SLOTS;
	unsigned int slots[NESTED_BATCH];
	int rc;

	for (unsigned int i = 0; i < num; i++) {
		slots[i] = slot;
		/* So often nothing that even a short run meets faults. */
		nested_map(w->guest, space, slot, random_next(w) % 8 ?
			   1 + random_next(w) % NESTED_DATA : 0);
		/* Neighbours mostly, as guests unmap. */
		slot = (random_next(w) % 8 ? slot + 1 : random_next(w)) %
		       NESTED_SLOTS;
	}
	rc = nested_invalidate(w->guest, w->first / (NESTED_SPACES /
						     NESTED_THREADS),
			       space, slots, num);
	if (rc < 0)
		return rc;
	w->commands += rc;
	w->calls++;
	for (unsigned int i = 0; i < num; i += 8) {
		rc = verify(w, space, slots[i]);
		if (rc)
			return rc;
	}
	return 0;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (uint64_t i = 0; i < w->changes && !w->error; i++)
		w->error = change(w);
	return NULL;
}

static void add_up(struct worker *sum, const struct worker *w)
{
	sum->bytes += w->bytes;
	sum->refused += w->refused;
	sum->commands += w->commands;
	sum->calls += w->calls;
	sum->wrong += w->wrong;
	if (!sum->error)
		sum->error = w->error;
}

static json_t *to_json(const struct options *o, const struct nested_guest *g,
		       const struct worker *sum, uint64_t stale,
		       uint64_t hardware_commands, enum verdict verdict)
{
	return json_pack(
		"{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}",
		"vendor", o->vendor->name, "path", g->path->name,
		"seed", (json_int_t)o->seed, "bytes", (json_int_t)sum->bytes,
		"faults", (json_int_t)sum->refused,
		"wrong", (json_int_t)sum->wrong, "stale", (json_int_t)stale,
		"guest_commands", (json_int_t)sum->commands,
		"changes", (json_int_t)sum->calls,
		"system_calls", (json_int_t)(g->path->vmm ? sum->calls : 0),
		"hardware_commands", (json_int_t)hardware_commands,
		"result", verdicts[verdict]);
}

/* What one path came to: goes into @all, and makes @worst no better than it. */
static int judge(const struct options *o, struct nested_guest *g,
		 const struct worker *sum, struct screen *screen, json_t *all,
		 enum verdict *worst)
{
	struct iommufdx_mock_iommu_stats stats;
	enum verdict verdict;
	uint64_t stale = 0;
	char size[32];
	int rc;

	rc = iommufdx_mock_check(g->mock, g->mock_iommu, &stale);
	if (!rc)
		rc = iommufdx_mock_stats(g->mock, g->mock_iommu, &stats);
	if (rc)
		return cannot("the mock IOMMU: %s", strerror(-rc));
	verdict = sum->wrong || stale || stats.out_illegal ? WRONG :
		  sum->bytes && sum->refused ? VERIFIED : NOT_PROVEN;
	if (verdict > *worst)
		*worst = verdict;
	json_add(all, to_json(o, g, sum, stale, stats.out_commands, verdict));
	screen_line(screen, "The guest changed its tables %llu times; %llu commands in %llu %s became %llu of the hardware's.",
		    (unsigned long long)sum->calls,
		    (unsigned long long)sum->commands,
		    (unsigned long long)sum->calls, g->path->calls,
		    (unsigned long long)stats.out_commands);
	screen_line(screen, "DMA moved %s, all compared; %llu transactions faulted where nothing was mapped.",
		    show_size(sum->bytes, size, sizeof(size)),
		    (unsigned long long)sum->refused);
	screen_line(screen, "Transactions that went astray: %llu; stale translations left: %llu.",
		    (unsigned long long)sum->wrong, (unsigned long long)stale);
	if (!o->path)
		screen_line(screen, "By %s: %s\n", g->path->name,
			    verdicts[verdict]);
	return 0;
}

static int run(const struct options *o, struct nested_guest *g,
	       uint64_t changes, struct screen *screen, json_t *all,
	       enum verdict *worst)
{
	struct worker worker[NESTED_THREADS] = { 0 }, sum = { 0 };
	unsigned int started;
	int rc = 0;

	for (started = 0; started < NESTED_THREADS && !rc; started++) {
		struct worker *w = &worker[started];

		w->guest = g;
		w->first = started * (NESTED_SPACES / NESTED_THREADS);
		w->changes = changes;
		w->random = o->seed + started;
		rc = pthread_create(&w->thread, NULL, work, w);
	}
	started -= !!rc;
	while (started--) {
		pthread_join(worker[started].thread, NULL);
		add_up(&sum, &worker[started]);
	}
	if (rc)
		return cannot("a thread: %s", strerror(rc));
	if (sum.error)
		return cannot("the guest met an error: %s",
			      strerror(-sum.error));
	return judge(o, g, &sum, screen, all, worst);
}

/* A guest of its own for one path. */
static int run_path(const struct options *o, const struct nested_path *path,
		    uint64_t changes, struct screen *screen, json_t *all,
		    enum verdict *worst)
{
	struct nested_guest guest = {
		.vendor = o->vendor,
		.path = path,
	};
	int rc;

	screen_line(screen, "A guest of %u address spaces behind a mock IOMMU (%s), from %u threads, by %s; seed %llu",
		    NESTED_SPACES, o->vendor->name, NESTED_THREADS, path->name,
		    (unsigned long long)o->seed);
	rc = nested_start(&guest);
	if (!rc)
		rc = run(o, &guest, changes, screen, all, worst);
	nested_stop(&guest);
	return rc;
}

static int run_all(const struct options *o, struct screen *screen, json_t *all,
		   enum verdict *worst)
{
	const struct nested_path *path;
	uint64_t paths = 0;
	int rc = 0;

	if (o->path)
		return run_path(o, o->path, o->changes, screen, all, worst);
	for (path = nested_paths; path->name; path++)
		paths++;
	for (path = nested_paths; path->name && !rc; path++)
		rc = run_path(o, path, (o->changes + paths - 1) / paths, screen,
			      all, worst);
	return rc;
}

int demo_nested(int argc, char **argv)
{
	struct options o = {
		.vendor = nested_vendors,
		.changes = DEFAULT_CHANGES,
	};
	const struct argp_child children[] = {
		{ &common_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.doc = "Run a guest that has its own IOMMU tables and invalidates what it changes, and prove that DMA follows them.\v"
		       "Ends with `nested: verified' and status 0, or `nested: WRONG' and status 1.",
		.children = children,
	};
	enum verdict worst = VERIFIED;
	struct screen screen;
	json_t *all;
	int rc;

	o.seed = new_seed();
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	screen_init(&screen, o.common.json);
	all = json_have(json_array());
	rc = run_all(&o, &screen, all, &worst);
	if (!rc && o.common.json)
		put_json(json_incref(o.path ? json_array_get(all, 0) : all));
	json_decref(all);
	if (rc)
		return rc;
	screen_line(&screen, "nested: %s", verdicts[worst]);
	return worst ? EXIT_NO : 0;
}
