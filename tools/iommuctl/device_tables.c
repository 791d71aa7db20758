// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl devices ID': what page tables a device can be given.
 *
 * Only an iommufd that the device is bound to can ask. So it is bound here for a
 * moment, which a device that somebody uses refuses.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "iommuctl.h"

#define MAX_TABLES	16

static const struct name flag_names[] = {
	{ IOMMUFDX_HWPT_NEST_PARENT, "nest-parent" },
	{ IOMMUFDX_HWPT_DIRTY_TRACKING, "dirty" },
	{ IOMMUFDX_HWPT_PASID, "pasid" },
	{ IOMMUFDX_HWPT_NO_PASID, "no-pasid" },
	{ 0 },
};

static const struct name quirk_names[] = {
	{ IOMMUFDX_HWPT_ENFORCE_SNOOP, "enforce-snoop" },
	{ IOMMUFDX_HWPT_NONCOHERENT_WALK, "noncoherent-walk" },
	{ 0 },
};

static const char *format_name(uint32_t format)
{
	static const char * const names[] = {
		[IOMMUFDX_FORMAT_ANY] = "unnamed",
		[IOMMUFDX_FORMAT_AMDV1] = "amdv1",
		[IOMMUFDX_FORMAT_X86_64] = "x86_64",
		[IOMMUFDX_FORMAT_VTDSS] = "vtdss",
		[IOMMUFDX_FORMAT_ARMV8_S1] = "armv8-s1",
		[IOMMUFDX_FORMAT_ARMV8_S2] = "armv8-s2",
	};

	return format < sizeof(names) / sizeof(names[0]) ? names[format] : "?";
}

static json_t *tables_json(const struct iommufdx_table_caps *t, uint32_t num)
{
	json_t *list = json_have(json_array()), *sizes;

	for (; num; num--, t++) {
		sizes = json_have(json_array());
		for (int bit = 0; bit < 63; bit++)
			if (t->page_sizes >> bit & 1)
				json_add(sizes, json_integer(1ll << bit));
		json_add(list, json_pack(
			"{s:s, s:o, s:o, s:i, s:i, s:i, s:o}",
			"format", format_name(t->format),
			"flags", names_json(flag_names, t->flags),
			"quirks", names_json(quirk_names, t->quirks),
			"va_bits", (int)t->va_bits,
			"usual_va_bits", (int)t->usual_va_bits,
			"pa_bits", (int)t->pa_bits,
			"page_sizes", sizes));
	}
	return list;
}

static void put_tables(const struct iommufdx_table_caps *t, uint32_t num)
{
	char flags[64], quirks[64], least[32], most[32];

	printf("%-10s %-5s %-5s %-24s %-32s %s\n", "FORMAT", "VA", "PA",
	       "PAGES", "FLAGS", "QUIRKS");
	for (; num; num--, t++) {
		uint64_t large = t->page_sizes;

		while (large & (large - 1))
			large &= large - 1;
		show_size(t->page_sizes & -t->page_sizes, least, sizeof(least));
		show_size(large, most, sizeof(most));
		printf("%-10s %-5u %-5u %-10s to %-10s %-32s %s\n",
		       format_name(t->format), t->va_bits, t->pa_bits, least,
		       most, names_of(flag_names, t->flags, flags, sizeof(flags)),
		       names_of(quirk_names, t->quirks, quirks, sizeof(quirks)));
	}
}

static int ask(struct iommufdx *iommu, struct iommufdx_device *dev,
	       struct iommufdx_get_caps *caps,
	       struct iommufdx_table_caps *tables, uint32_t *num)
{
	uint32_t id;
	int rc = iommufdx_device_bind(dev, iommu, &id);

	if (!rc)
		rc = iommufdx_caps(iommu, id, caps);
	if (!rc)
		rc = iommufdx_table_caps(iommu, id, tables, num);
	return rc;
}

int show_tables(struct iommufdx_mock *mock, uint32_t id, bool json)
{
	struct iommufdx_table_caps tables[MAX_TABLES];
	struct iommufdx *iommu = open_iommu();
	uint32_t num = MAX_TABLES;
	struct iommufdx_get_caps caps;
	struct iommufdx_device *dev;
	int rc;

	if (!iommu)
		return EXIT_CANNOT;
	rc = iommufdx_mock_dev_open(mock, id, &dev);
	if (!rc) {
		rc = ask(iommu, dev, &caps, tables, &num);
		iommufdx_device_close(dev);
	}
	iommufdx_close(iommu);
	if (rc == -ENOENT)
		return cannot("there is no mock device %u", id);
	if (rc)
		return cannot("cannot ask about device %u: %s", id,
			      strerror(-rc));
	if (num > MAX_TABLES)
		num = MAX_TABLES;
	if (json) {
		put_json(json_pack("{s:i, s:i, s:o}", "id", (int)id,
				   "pasid_bits", (int)caps.out_pasid_bits,
				   "tables", tables_json(tables, num)));
		return 0;
	}
	printf("device %u, PASIDs of %u bits\n\n", id, caps.out_pasid_bits);
	put_tables(tables, num);
	return 0;
}
