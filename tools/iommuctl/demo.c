// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl demo migrate': a live migration of a guest whose memory two devices are
 * writing to all the while, and proof that nothing was lost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arrival.h"
#include "content.h"
#include "nested.h"
#include "plot.h"
#include "precopy.h"

#define DEFAULT_MEM	(256ull << 20)
#define LEAST_MEM	(1ull << 20)
#define DEFAULT_ROUNDS	12
#define DEFAULT_RATE	4000

enum {
	OPT_VENDOR = 256,
	OPT_MEM,
	OPT_SOURCE,
	OPT_SEED,
	OPT_ROUNDS,
	OPT_RATE,
	OPT_SPLIT,
	OPT_PASID,
	OPT_PLOT,
	OPT_NESTED,
	OPT_SHADOW,
};

struct options {
	struct common_options common;
	const struct vendor *vendor;
	uint64_t mem;
	const char *source;
	uint64_t seed;
	uint64_t rounds;
	uint64_t rate;
	bool split;
	bool pasid;
	enum behind behind;
	const char *plot;
};

static const struct argp_option option_list[] = {
	{ "vendor", OPT_VENDOR, "NAME", 0, "whose IOMMU: amd-v1 (default), amd-v2, vtd-fs, vtd-ss, smmuv3-s1, smmuv3-s2", 0 },
	{ "mem", OPT_MEM, "SIZE", 0, "guest memory, such as 64M or 1G (default 256M); three times that is needed", 0 },
	{ "source", OPT_SOURCE, "FILE", 0, "what guest memory is filled with (default: a kernel image)", 0 },
	{ "seed", OPT_SEED, "N", 0, "repeat the device's random choices of an earlier run", 0 },
	{ "rounds", OPT_ROUNDS, "N", 0, "copy in at most N rounds, 2 to 1000 (default 12)", 0 },
	{ "rate", OPT_RATE, "N", 0, "pages that the devices write per second, 0 for no limit (default 4000)", 0 },
	{ "split", OPT_SPLIT, NULL, 0, "map with large leaves and split them, under DMA, when the migration begins", 0 },
	{ "pasid", OPT_PASID, NULL, 0, "let half of the DMA use a PASID", 0 },
	{ "nested", OPT_NESTED, NULL, 0, "the guest has IOMMU tables of its own, which hardware follows (amd-v1, vtd-ss, smmuv3-s2)", 0 },
	{ "shadow", OPT_SHADOW, NULL, 0, "the guest has IOMMU tables of its own, which the kernel follows", 0 },
	{ "plot", OPT_PLOT, "FILE", 0, "draw the dirty pages of each round into an SVG file", 0 },
	{ 0 },
};

static void set_vendor(struct options *o, const char *arg,
		       struct argp_state *state)
{
	for (o->vendor = vendors; o->vendor->name; o->vendor++)
		if (!strcmp(arg, o->vendor->name))
			return;
	fprintf(stderr, "%s: there is no vendor '%s'; there is:\n",
		state->name, arg);
	for (const struct vendor *v = vendors; v->name; v++)
		fprintf(stderr, "  %-10s %s\n", v->name, v->about);
	exit(EXIT_CANNOT);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case OPT_VENDOR:
		set_vendor(o, arg, state);
		return 0;
	case OPT_MEM:
		if (!parse_size(arg, &o->mem) || o->mem < LEAST_MEM ||
		    o->mem % GUEST_PAGE || o->mem > 1ull << 40)
			argp_error(state, "--mem %s: want 1M to 1T, in whole pages",
				   arg);
		return 0;
	case OPT_SOURCE:
		o->source = arg;
		return 0;
	case OPT_SEED:
		if (!parse_seed(arg, &o->seed))
			argp_error(state, "--seed %s: want a number below 2^63",
				   arg);
		return 0;
	case OPT_ROUNDS:
		if (!parse_number(arg, &o->rounds) || o->rounds < 2 ||
		    o->rounds > MAX_ROUNDS)
			argp_error(state, "--rounds %s: want 2 to %d", arg,
				   MAX_ROUNDS);
		return 0;
	case OPT_RATE:
		if (!parse_number(arg, &o->rate) || o->rate > 100000000)
			argp_error(state, "--rate %s: want 0 to 100000000", arg);
		return 0;
	case OPT_SPLIT:
		o->split = true;
		return 0;
	case OPT_PASID:
		o->pasid = true;
		return 0;
	case OPT_NESTED:
	case OPT_SHADOW:
		if (o->behind != BEHIND_NOTHING)
			argp_error(state, "--nested or --shadow, once");
		o->behind = key == OPT_NESTED ? BEHIND_NESTED : BEHIND_SHADOW;
		return 0;
	case ARGP_KEY_END:
		if (o->behind == BEHIND_NESTED && !guest_can_nest(o->vendor))
			argp_error(state, "--nested: want --vendor amd-v1, vtd-ss or smmuv3-s2");
		return 0;
	case OPT_PLOT:
		o->plot = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Why the run says nothing even though all is identical; NULL if it does. */
static const char *nothing_proven(const struct migration *m,
				  const struct went_on *w)
{
	uint64_t dirty = 0;

	for (unsigned int i = 1; i < m->nr_rounds; i++)
		dirty += m->rounds[i].pages;
	if (!m->work.blocks)
		return "the devices wrote nothing";
	if (!dirty)
		return "no page was ever reported dirty";
	if (m->work.faults)
		return "DMA of a device faulted";
	if (m->work.stale)
		return "DMA went where nothing was mapped any more";
	if (!w->blocks)
		return "the devices did not go on there";
	if (m->vmm->behind == BEHIND_NESTED &&
	    (!m->vmm->changes || !m->state.waiting || !w->changes))
		return "the guest's queue was empty";
	return NULL;
}

static const char *const behind_names[] = {
	[BEHIND_NOTHING] = "plain",
	[BEHIND_NESTED] = "nested",
	[BEHIND_SHADOW] = "shadow",
};

static void put_result_json(const struct migration *m, const struct options *o,
			    const struct digests *d, const struct went_on *w,
			    const char *result)
{
	json_t *rounds = json_have(json_array());

	for (unsigned int i = 0; i < m->nr_rounds; i++)
		json_add(rounds, json_pack(
			"{s:i, s:I, s:I, s:f, s:b}", "round", (int)i,
			"dirty_pages", (json_int_t)m->rounds[i].pages,
			"bytes", (json_int_t)(m->rounds[i].pages * GUEST_PAGE),
			"ms", m->rounds[i].ns / 1e6,
			"device_running", i + 1 < m->nr_rounds));
	put_json(json_pack(
		"{s:s, s:s, s:I, s:o, s:I, s:I, s:b, s:f, s:o, s:f, s:{s:I, s:I, s:I, s:I}, s:{s:s, s:s}, s:I, s:{s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I}, s:s}",
		"vendor", o->vendor->name, "tables", behind_names[o->behind],
		"memory", (json_int_t)o->mem,
		"source", text_json(o->source), "seed", (json_int_t)o->seed,
		"rate", (json_int_t)o->rate, "pasid", (int)o->pasid,
		"split_ms", m->split_ns / 1e6, "rounds", rounds,
		"down_ms", m->down_ns / 1e6,
		"device", "devices", (json_int_t)GUEST_DEVICES, "blocks", (json_int_t)m->work.blocks,
		"bytes", (json_int_t)m->work.bytes,
		"faults", (json_int_t)m->work.faults,
		"sha256", "source", d->source, "destination", d->destination,
		"differing_pages", (json_int_t)d->differing,
		"went_on", "blocks", (json_int_t)w->blocks,
		"wrong_pages", (json_int_t)w->wrong,
		"unseen_pages", (json_int_t)w->unseen,
		"faults", (json_int_t)w->faults,
		"guest", "changes", (json_int_t)m->vmm->changes,
		"changes_there", (json_int_t)w->changes,
		"commands_waiting", (json_int_t)m->state.waiting,
		"astray", (json_int_t)(m->vmm->astray + w->astray),
		"result", result));
}

static int judge(const struct migration *m, const struct options *o,
		 const struct digests *d, const struct went_on *w)
{
	struct screen *s = m->screen;
	const char *why = nothing_proven(m, w), *result;
	uint64_t astray = m->vmm->astray + w->astray;
	char size[32];

	result = d->differing || w->wrong || w->unseen || w->faults || astray ?
			 "DIFFERENT" : why ? "NOT PROVEN" : "identical";
	if (o->common.json) {
		put_result_json(m, o, d, w, result);
		return strcmp(result, "identical") ? EXIT_NO : 0;
	}
	screen_line(s, "\nThe %d devices wrote %llu pages (%s) by DMA, %llu faulted; they stood still for %.1f ms.",
		    GUEST_DEVICES, (unsigned long long)m->work.blocks,
		    show_size(m->work.bytes, size, sizeof(size)),
		    (unsigned long long)m->work.faults, m->down_ns / 1e6);
	screen_line(s, "SHA-256 of the source       %s", d->source);
	screen_line(s, "SHA-256 of the destination  %s", d->destination);
	if (d->differing)
		screen_line(s, "%llu pages differ, the first at byte %#llx of guest memory.",
			    (unsigned long long)d->differing,
			    (unsigned long long)d->first);
	screen_line(s, "There, in another process, the devices went on and wrote %llu pages: %llu pages are wrong, %llu were not reported, %llu faulted.",
		    (unsigned long long)w->blocks, (unsigned long long)w->wrong,
		    (unsigned long long)w->unseen,
		    (unsigned long long)w->faults);
	if (m->vmm->behind == BEHIND_NESTED)
		screen_line(s, "The guest changed its tables %llu times here and %llu times there; %u commands were waiting in its queue when it moved. DMA went astray %llu times.",
			    (unsigned long long)m->vmm->changes,
			    (unsigned long long)w->changes, m->state.waiting,
			    (unsigned long long)astray);
	if (!d->differing && why)
		screen_line(s, "All is identical, but %s.", why);
	screen_line(s, "migrated: %s", result);
	return strcmp(result, "identical") ? EXIT_NO : 0;
}

static int run(struct vmm *vmm, struct migration *m, struct options *o,
	       struct arrival *there)
{
	struct device_state state;
	struct digests digests;
	struct went_on went_on;
	int rc, plot_rc = 0;
	char size[32];

	vmm->memory = memory_get(vmm->size, false);
	m->destination = memory_get(vmm->size, true);
	if (!vmm->memory || !m->destination)
		return cannot("no memory for twice %s; try a smaller --mem",
			      show_size(vmm->size, size, sizeof(size)));
	guest_layout(vmm);
	rc = arrival_prepare(there, vmm, o->vendor, m->destination);
	if (!rc)
		rc = content_fill(vmm->memory, vmm->size, o->source, m->screen);
	if (!rc && vmm->behind != BEHIND_NOTHING)
		guest_build(vmm, o->vendor);
	if (!rc)
		rc = vmm_start(vmm, o->vendor);
	vmm_devices_new(vmm, &state);
	if (!rc)
		rc = vmm_run_devices(vmm, &state);
	if (!rc)
		rc = precopy(m);
	if (rc)
		return rc;
	/* The answer is worth having also without a picture. */
	if (o->plot)
		plot_rc = plot_rounds(m, o->plot, o->vendor->name);
	content_compare(vmm->memory, m->destination, vmm->size, &digests,
			m->screen);
	/* Nothing of the guest is left here when it goes on there. */
	vmm_end(vmm);
	rc = arrival_go_on(there, &m->state, &went_on);
	if (!rc)
		rc = judge(m, o, &digests, &went_on);
	return rc ? rc : plot_rc;
}

static int migrate(struct options *o)
{
	struct vmm vmm = {
		.size = o->mem,
		.rate = o->rate,
		.seed = o->seed,
		.pasid = o->pasid,
		.large = o->split,
		.behind = o->behind,
	};
	struct arrival there = { 0 };
	struct screen screen;
	struct migration *m;
	char found[64], size[32];
	int rc;

	if (!o->source)
		o->source = content_default(found, sizeof(found));
	if (!content_room(3 * o->mem))
		return cannot("this machine has not three times %s of memory to spare; try a smaller --mem",
			      show_size(o->mem, size, sizeof(size)));
	m = calloc(1, sizeof(*m));
	if (!m)
		return cannot("%s", strerror(ENOMEM));
	screen_init(&screen, o->common.json);
	m->vmm = &vmm;
	m->screen = &screen;
	m->max_rounds = o->rounds;
	screen_line(&screen, "Guest memory: %s of %s, behind a mock IOMMU (%s, %s tables); seed %llu",
		    show_size(o->mem, size, sizeof(size)), o->source,
		    o->vendor->name, behind_names[o->behind],
		    (unsigned long long)o->seed);
	rc = run(&vmm, m, o, &there);
	vmm_end(&vmm);
	arrival_end(&there);
	if (vmm.memory)
		munmap(vmm.memory, vmm.size);
	if (m->destination)
		munmap(m->destination, vmm.size);
	free(m);
	return rc;
}

int cmd_demo(int argc, char **argv)
{
	struct options o = {
		.vendor = vendors,
		.mem = DEFAULT_MEM,
		.rounds = DEFAULT_ROUNDS,
		.rate = DEFAULT_RATE,
	};
	const struct argp_child children[] = {
		{ &common_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.doc = "Migrate a guest's memory while two devices write to it, have these go on in another process, and prove that nothing was lost.\v"
		       "Ends with `migrated: identical' and status 0, or `migrated: DIFFERENT' and status 1.",
		.children = children,
	};

	if (argc > 1 && !strcmp(argv[1], "nested")) {
		argv[1] = "iommuctl demo nested";
		return demo_nested(argc - 1, argv + 1);
	}
	if (argc < 2 || strcmp(argv[1], "migrate")) {
		bool help = argc > 1 && (!strcmp(argv[1], "--help") ||
					 !strcmp(argv[1], "-?"));

		if (argc > 1 && !help)
			cannot("there is no demonstration '%s'", argv[1]);
		fprintf(help ? stdout : stderr,
			"Usage: iommuctl demo migrate|nested [OPTION...]\n\n"
			"  migrate    a live migration: `iommuctl demo migrate --help'\n"
			"  nested     a guest with IOMMU tables of its own: `iommuctl demo nested --help'\n");
		return help ? 0 : EXIT_CANNOT;
	}
	o.seed = new_seed();
	argv[1] = "iommuctl demo migrate";
	argp_parse(&argp, argc - 1, argv + 1, 0, NULL, &o);
	return migrate(&o);
}
