// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl model': what each mock IOMMU has done so far.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommuctl.h"

#define SLOTS	64

/* Opcodes by their place in out_commands_by_op, in the vendors' own words. */
static const char * const amd_ops[SLOTS] = {
	[0x01] = "COMPLETION_WAIT",
	[0x02] = "INVALIDATE_DEVTAB_ENTRY",
	[0x03] = "INVALIDATE_IOMMU_PAGES",
	[0x04] = "INVALIDATE_IOTLB_PAGES",
	[0x05] = "INVALIDATE_INTERRUPT_TABLE",
	[0x06] = "PREFETCH_IOMMU_PAGES",
	[0x07] = "COMPLETE_PPR_REQUEST",
	[0x08] = "INVALIDATE_IOMMU_ALL",
	[0x09] = "INSERT_GUEST_EVENT",
	[0x0a] = "RESET_VMMIO",
};

static const char * const vtd_ops[SLOTS] = {
	[0x01] = "context-cache-invalidate",
	[0x02] = "IOTLB-invalidate",
	[0x03] = "device-TLB-invalidate",
	[0x04] = "interrupt-entry-cache-invalidate",
	[0x05] = "invalidation-wait",
	[0x06] = "PASID-based-IOTLB-invalidate",
	[0x07] = "PASID-cache-invalidate",
	[0x08] = "PASID-based-device-TLB-invalidate",
	[0x09] = "page-group-response",
};

/* From 0x40 on they are at 0x38 and on. */
static const char * const smmuv3_ops[SLOTS] = {
	[0x01] = "CMD_PREFETCH_CONFIG",
	[0x02] = "CMD_PREFETCH_ADDR",
	[0x03] = "CMD_CFGI_STE",
	[0x04] = "CMD_CFGI_STE_RANGE",
	[0x05] = "CMD_CFGI_CD",
	[0x06] = "CMD_CFGI_CD_ALL",
	[0x07] = "CMD_CFGI_VMS_PIDM",
	[0x10] = "CMD_TLBI_NH_ALL",
	[0x11] = "CMD_TLBI_NH_ASID",
	[0x12] = "CMD_TLBI_NH_VA",
	[0x13] = "CMD_TLBI_NH_VAA",
	[0x18] = "CMD_TLBI_EL3_ALL",
	[0x1a] = "CMD_TLBI_EL3_VA",
	[0x20] = "CMD_TLBI_EL2_ALL",
	[0x21] = "CMD_TLBI_EL2_ASID",
	[0x22] = "CMD_TLBI_EL2_VA",
	[0x23] = "CMD_TLBI_EL2_VAA",
	[0x28] = "CMD_TLBI_S12_VMALL",
	[0x2a] = "CMD_TLBI_S2_IPA",
	[0x30] = "CMD_TLBI_NSNH_ALL",
	[0x38] = "CMD_ATC_INV",
	[0x39] = "CMD_PRI_RESP",
	[0x3c] = "CMD_RESUME",
	[0x3d] = "CMD_STALL_TERM",
	[0x3e] = "CMD_SYNC",
};

static const char *op_name(uint32_t kind, unsigned int slot, char *buf,
			   size_t len)
{
	const char * const *names = NULL;

	if (kind == IOMMUFDX_MOCK_KIND_AMD)
		names = amd_ops;
	else if (kind == IOMMUFDX_MOCK_KIND_VTD)
		names = vtd_ops;
	else if (kind == IOMMUFDX_MOCK_KIND_SMMUV3)
		names = smmuv3_ops;
	if (names && names[slot])
		return names[slot];
	snprintf(buf, len, "opcode %#x", slot);
	return buf;
}

static json_t *model_json(const struct iommufdx_mock_iommu_entry *iommu,
			  const struct iommufdx_mock_iommu_stats *s)
{
	json_t *commands = json_have(json_object());
	char buf[16];

	for (unsigned int i = 0; i < SLOTS; i++)
		if (s->out_commands_by_op[i])
			json_set(commands,
				 op_name(iommu->kind, i, buf, sizeof(buf)),
				 json_integer(s->out_commands_by_op[i]));
	return json_pack(
		"{s:i, s:s, s:o, s:i, s:I, s:I, s:I, s:I, s:I,"
		" s:{s:{s:I, s:I, s:I}, s:{s:I, s:I}, s:{s:I},"
		" s:{s:I, s:I, s:I, s:I}},"
		" s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I}, s:o}",
		"id", (int)iommu->iommu_id,
		"kind", kind_name(iommu->kind),
		"name", text_json((const char *)iommu->name),
		"devices", (int)iommu->devices,
		"transactions", (json_int_t)s->out_dma,
		"faults", (json_int_t)s->out_faults,
		"stale", (json_int_t)s->out_stale,
		"events_lost", (json_int_t)s->out_events_lost,
		"unsnooped", (json_int_t)s->out_unsnooped,
		"caches",
		"iotlb", "hits", (json_int_t)s->out_tlb_hits,
		"misses", (json_int_t)s->out_tlb_misses,
		"entries", (json_int_t)s->out_tlb_entries,
		"device_entries", "hits", (json_int_t)s->out_dev_hits,
		"misses", (json_int_t)s->out_dev_misses,
		"paging_structures", "entries", (json_int_t)s->out_walk_entries,
		"atc", "hits", (json_int_t)s->out_atc_hits,
		"misses", (json_int_t)s->out_atc_misses,
		"entries", (json_int_t)s->out_atc_entries,
		"invalidations", (json_int_t)s->out_atc_invalidations,
		"page_requests", "queued", (json_int_t)s->out_page_requests,
		"lost", (json_int_t)s->out_page_requests_lost,
		"groups_answered", (json_int_t)s->out_page_responses,
		"queue", "depth", (json_int_t)s->out_queue_depth,
		"commands", (json_int_t)s->out_commands,
		"completions", (json_int_t)s->out_syncs,
		"illegal", (json_int_t)s->out_illegal,
		"commands", commands);
}

static void put_cache(const char *name, uint64_t hits, uint64_t misses,
		      const char *entries)
{
	char rate[16] = "-";

	if (hits + misses)
		snprintf(rate, sizeof(rate), "%.1f %%",
			 100.0 * hits / (hits + misses));
	printf("  %-24s %12llu %12llu %9s %9s\n", name,
	       (unsigned long long)hits, (unsigned long long)misses, rate,
	       entries);
}

static void put_count(const char *name, uint64_t count)
{
	printf("  %-34s %12llu\n", name, (unsigned long long)count);
}

static void put_model(const struct iommufdx_mock_iommu_entry *iommu,
		      const struct iommufdx_mock_iommu_stats *s)
{
	char buf[24];

	printf("IOMMU %u, %s, %u device%s\n", iommu->iommu_id,
	       kind_name(iommu->kind), iommu->devices,
	       iommu->devices == 1 ? "" : "s");
	printf("  %-24s %12s %12s %9s %9s\n", "CACHE", "HITS", "MISSES", "RATE",
	       "ENTRIES");
	snprintf(buf, sizeof(buf), "%llu",
		 (unsigned long long)s->out_tlb_entries);
	put_cache("IOTLB", s->out_tlb_hits, s->out_tlb_misses, buf);
	put_cache("device entries", s->out_dev_hits, s->out_dev_misses, "-");
	snprintf(buf, sizeof(buf), "%llu",
		 (unsigned long long)s->out_atc_entries);
	put_cache("devices' ATCs", s->out_atc_hits, s->out_atc_misses, buf);
	printf("  %-24s %12s %12s %9s %9llu\n", "paging structures", "-", "-", "-",
	       (unsigned long long)s->out_walk_entries);

	printf("  %-34s %12s\n", "COMMAND", "EXECUTED");
	for (unsigned int i = 0; i < SLOTS; i++)
		if (s->out_commands_by_op[i])
			put_count(op_name(iommu->kind, i, buf, sizeof(buf)),
				  s->out_commands_by_op[i]);
	put_count("all", s->out_commands);
	put_count("refused as illegal", s->out_illegal);
	put_count("waiting in the queue", s->out_queue_depth);

	printf("  %-34s %12s\n", "EVENT", "COUNT");
	put_count("transactions, by page", s->out_dma);
	put_count("faults", s->out_faults);
	put_count("events lost", s->out_events_lost);
	put_count("unsnooped", s->out_unsnooped);
	put_count("stale translations used", s->out_stale);
	put_count("page requests", s->out_page_requests);
	put_count("page requests lost", s->out_page_requests_lost);
	put_count("groups of page requests answered", s->out_page_responses);
	put_count("ATC invalidations answered", s->out_atc_invalidations);
}

struct model_options {
	struct common_options common;
	uint64_t iommu;		/* 0: all */
};

static error_t parse_model(int key, char *arg, struct argp_state *state)
{
	struct model_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num || !parse_number(arg, &options->iommu) ||
		    !options->iommu)
			argp_error(state, "'%s' is no ID of an IOMMU", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* How many were shown, or EXIT_CANNOT as a negative number. */
static int show(struct iommufdx_mock *mock, const struct model_options *options,
		const struct iommufdx_mock_iommu_entry *iommus, size_t num,
		json_t *list)
{
	struct iommufdx_mock_iommu_stats stats;
	int shown = 0, rc;

	for (size_t i = 0; i < num; i++) {
		if (options->iommu && options->iommu != iommus[i].iommu_id)
			continue;
		rc = iommufdx_mock_stats(mock, iommus[i].iommu_id, &stats);
		/* It may have gone since it was listed. */
		if (rc == -ENOENT)
			continue;
		if (rc)
			return -cannot("cannot ask IOMMU %u: %s",
				       iommus[i].iommu_id, strerror(-rc));
		if (options->common.json) {
			json_add(list, model_json(&iommus[i], &stats));
		} else {
			if (shown)
				putchar('\n');
			put_model(&iommus[i], &stats);
		}
		shown++;
	}
	return shown;
}

int cmd_model(int argc, char **argv)
{
	struct model_options options = { 0 };
	const struct argp_child children[] = {
		{ &common_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		.parser = parse_model,
		.args_doc = "[ID]",
		.doc = "What each mock IOMMU, or that with this ID, has done so far: hits and misses of its caches, commands, faults, page requests.",
		.children = children,
	};
	struct iommufdx_mock_iommu_entry *iommus = NULL;
	struct iommufdx_mock *mock;
	json_t *list;
	size_t num;
	int rc;

	argv[0] = "iommuctl model";
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	mock = open_mock();
	if (!mock)
		return EXIT_CANNOT;
	rc = iommufdx_mock_iommus(mock, &iommus, &num);
	if (rc) {
		iommufdx_mock_close(mock);
		return cannot("cannot list mock IOMMUs: %s", strerror(-rc));
	}
	list = json_have(json_array());
	rc = show(mock, &options, iommus, num, list);
	iommufdx_mock_close(mock);
	free(iommus);
	if (rc >= 0 && options.common.json)
		put_json(json_pack("{s:O}", "iommus", list));
	json_decref(list);
	if (rc < 0)
		return -rc;
	if (!rc && options.iommu)
		return cannot("there is no mock IOMMU %llu",
			      (unsigned long long)options.iommu);
	if (!rc && !options.common.json)
		puts(NO_IOMMUS);
	return 0;
}
