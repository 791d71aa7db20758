// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening nodes with advice, numbers from text and back.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>

#include "iommuctl.h"
#include "screen.h"

int cannot(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("iommuctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_CANNOT;
}

static void advise(const char *node, const char *module, int rc)
{
	struct utsname u;

	uname(&u);
	switch (-rc) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		cannot("there is no %s: the module is not loaded.\n"
		       "  Load it:   modprobe %s    (or insmod %s.ko where it was built)\n"
		       "  Build it:  make modules   (this kernel is %s)",
		       node, module, module, u.release);
		break;
	case EACCES:
	case EPERM:
		cannot("%s: %s. Run this as root, or give yourself access to the node.",
		       node, strerror(-rc));
		break;
	default:
		cannot("%s: %s", node, strerror(-rc));
	}
}

struct iommufdx *open_iommu(void)
{
	struct iommufdx *iommu;
	int rc = iommufdx_open(NULL, &iommu);

	if (!rc)
		return iommu;
	advise("/dev/iommu", "iommufdx", rc);
	return NULL;
}

struct iommufdx_mock *open_mock(void)
{
	struct iommufdx_mock *mock;
	int rc = iommufdx_mock_open(NULL, &mock);

	if (!rc)
		return mock;
	advise(IOMMUFDX_MOCK_CONTROL_PATH, "iommufdx_model", rc);
	return NULL;
}

const char *kind_name(uint32_t kind)
{
	switch (kind) {
	case IOMMUFDX_MOCK_KIND_NONE:
		return "none";
	case IOMMUFDX_MOCK_KIND_AMD:
		return "amd";
	case IOMMUFDX_MOCK_KIND_VTD:
		return "vtd";
	case IOMMUFDX_MOCK_KIND_SMMUV3:
		return "smmuv3";
	}
	return "?";
}

const char *names_of(const struct name *names, uint32_t bits, char *buf,
			    size_t len)
{
	size_t at = 0;

	snprintf(buf, len, "-");
	for (; names->text && at < len; names++)
		if (bits & names->bit)
			at += snprintf(buf + at, len - at, "%s%s",
				       at ? "," : "", names->text);
	return buf;
}

json_t *names_json(const struct name *names, uint32_t bits)
{
	json_t *list = json_have(json_array());

	for (; names->text; names++)
		if (bits & names->bit)
			json_add(list, json_string(names->text));
	return list;
}

uint64_t new_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = now_ns();
	return seed >> 32;
}

bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return !errno && !*end;
}

bool parse_seed(const char *text, uint64_t *seed)
{
	return parse_number(text, seed) && *seed <= INT64_MAX;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	uint64_t number;
	unsigned int shift = 0;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno)
		return false;
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!unit || end[1])
			return false;
		shift = 10 * (unit - units + 1);
	}
	if (number > UINT64_MAX >> shift)
		return false;
	*bytes = number << shift;
	return true;
}

const char *show_size(uint64_t bytes, char *buf, size_t len)
{
	static const char * const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double amount = bytes;
	unsigned int unit = 0;

	while (amount >= 1024 && unit < 4) {
		amount /= 1024;
		unit++;
	}
	snprintf(buf, len, unit ? "%.1f %s" : "%.0f %s", amount, units[unit]);
	return buf;
}
