// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl devices': mock IOMMUs and the devices behind them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommuctl.h"

static const struct name cap_names[] = {
	{ IOMMUFDX_MOCK_CAP_DIRTY, "dirty" },
	{ IOMMUFDX_MOCK_CAP_PASID, "pasid" },
	{ IOMMUFDX_MOCK_CAP_NEST, "nest" },
	{ IOMMUFDX_MOCK_CAP_ATS, "ats" },
	{ IOMMUFDX_MOCK_CAP_PRI, "pri" },
	{ IOMMUFDX_MOCK_CAP_BBM, "bbm" },
	{ IOMMUFDX_MOCK_CAP_RANGE_INV, "range-inv" },
	{ IOMMUFDX_MOCK_CAP_BBM_NT, "bbm-nt" },
	{ 0 },
};

static const struct name feature_names[] = {
	{ IOMMUFDX_MOCK_DEV_ATS, "ats" },
	{ IOMMUFDX_MOCK_DEV_PRI, "pri" },
	{ IOMMUFDX_MOCK_DEV_PASS_THROUGH, "pass-through" },
	{ 0 },
};

static const struct name state_names[] = {
	{ IOMMUFDX_MOCK_DEV_OPEN, "open" },
	{ IOMMUFDX_MOCK_DEV_BOUND, "bound" },
	{ IOMMUFDX_MOCK_DEV_ATTACHED, "attached" },
	{ 0 },
};

static void put_lists_json(const struct iommufdx_mock_iommu_entry *iommus,
			   size_t nr_iommus,
			   const struct iommufdx_mock_dev_entry *devs,
			   size_t nr_devs)
{
	json_t *list = json_have(json_array());
	json_t *devices = json_have(json_array());
	char path[5 + sizeof(devs->name) + 1];

	for (size_t i = 0; i < nr_iommus; i++)
		json_add(list, json_pack(
			"{s:i, s:s, s:o, s:i, s:o}",
			"id", (int)iommus[i].iommu_id,
			"kind", kind_name(iommus[i].kind),
			"capabilities", names_json(cap_names, iommus[i].caps),
			"devices", (int)iommus[i].devices,
			"name", text_json((const char *)iommus[i].name)));
	for (size_t i = 0; i < nr_devs; i++) {
		snprintf(path, sizeof(path), "/dev/%s",
			 (const char *)devs[i].name);
		json_add(devices, json_pack(
			"{s:i, s:i, s:i, s:o, s:o, s:o, s:i, s:i, s:i, s:i, s:I}",
			"id", (int)devs[i].dev_id,
			"iommu", (int)devs[i].iommu_id,
			"rid", (int)devs[i].rid,
			"node", text_json(path),
			"features", names_json(feature_names, devs[i].flags),
			"state", names_json(state_names, devs[i].state),
			"pasid_bits", (int)devs[i].pasid_bits,
			"bound_id", (int)devs[i].bound_id,
			"hwpt_id", (int)devs[i].hwpt_id,
			"running_channels",
			__builtin_popcount(devs[i].running),
			"faults", (json_int_t)devs[i].faults));
	}
	put_json(json_pack("{s:o, s:o}", "iommus", list, "devices", devices));
}

static void put_lists(const struct iommufdx_mock_iommu_entry *iommus,
		      size_t nr_iommus,
		      const struct iommufdx_mock_dev_entry *devs,
		      size_t nr_devs)
{
	char names[64], features[32], path[5 + sizeof(devs->name) + 1];

	if (!nr_iommus) {
		puts(NO_IOMMUS);
		return;
	}
	printf("%-6s %-8s %-46s %s\n", "IOMMU", "KIND", "CAPABILITIES",
	       "DEVICES");
	for (size_t i = 0; i < nr_iommus; i++)
		printf("%-6u %-8s %-46s %u\n", iommus[i].iommu_id,
		       kind_name(iommus[i].kind),
		       names_of(cap_names, iommus[i].caps, names,
				sizeof(names)),
		       iommus[i].devices);
	if (!nr_devs)
		return;
	printf("\n%-6s %-6s %-8s %-22s %-20s %-20s %-6s %-8s %s\n", "DEVICE",
	       "IOMMU", "RID", "NODE", "FEATURES", "STATE", "HWPT", "RUNNING",
	       "FAULTS");
	for (size_t i = 0; i < nr_devs; i++) {
		const struct iommufdx_mock_dev_entry *d = &devs[i];

		snprintf(path, sizeof(path), "/dev/%s", (const char *)d->name);
		printf("%-6u %-6u %02x:%02x.%u  %-22s %-20s %-20s %-6u %-8d %llu\n",
		       d->dev_id, d->iommu_id, d->rid >> 8, d->rid >> 3 & 0x1f,
		       d->rid & 7, path,
		       names_of(feature_names, d->flags, features,
				sizeof(features)),
		       names_of(state_names, d->state, names, sizeof(names)),
		       d->hwpt_id, __builtin_popcount(d->running),
		       (unsigned long long)d->faults);
	}
}

struct devices_options {
	struct common_options common;
	uint64_t device;
};

static error_t parse_devices(int key, char *arg, struct argp_state *state)
{
	struct devices_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num || !parse_number(arg, &options->device) ||
		    !options->device || options->device > UINT32_MAX)
			argp_error(state, "'%s' is no ID of a device", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_devices(int argc, char **argv)
{
	struct devices_options options = { 0 };
	const struct argp_child children[] = {
		{ &common_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		.parser = parse_devices,
		.args_doc = "[ID]",
		.doc = "Mock IOMMUs and the devices behind them, or what page "
		       "tables the device ID can be given.",
		.children = children,
	};
	struct iommufdx_mock_iommu_entry *iommus = NULL;
	struct iommufdx_mock_dev_entry *devs = NULL;
	struct iommufdx_mock *mock;
	size_t nr_iommus, nr_devs;
	int rc;

	argv[0] = "iommuctl devices";
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	mock = open_mock();
	if (!mock)
		return EXIT_CANNOT;
	if (options.device) {
		rc = show_tables(mock, options.device, options.common.json);
		iommufdx_mock_close(mock);
		return rc;
	}
	rc = iommufdx_mock_iommus(mock, &iommus, &nr_iommus);
	if (!rc)
		rc = iommufdx_mock_devs(mock, &devs, &nr_devs);
	iommufdx_mock_close(mock);
	if (rc)
		cannot("cannot list mock devices: %s", strerror(-rc));
	else if (options.common.json)
		put_lists_json(iommus, nr_iommus, devs, nr_devs);
	else
		put_lists(iommus, nr_iommus, devs, nr_devs);
	free(iommus);
	free(devs);
	return rc ? EXIT_CANNOT : 0;
}
