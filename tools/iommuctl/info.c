// SPDX-License-Identifier: GPL-2.0-only
/*
 * `iommuctl info': what /dev/iommu offers.
 *
 * A command is probed by calling it with a struct of size 0: the kernel answers
 * EINVAL before it does anything if it knows the command, and ENOTTY if not.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "iommuctl.h"

static const struct {
	unsigned int nr;
	const char *name;
} base_commands[] = {
	{ IOMMUFD_CMD_DESTROY, "DESTROY" },
	{ IOMMUFD_CMD_IOAS_ALLOC, "IOAS_ALLOC" },
	{ IOMMUFD_CMD_IOAS_ALLOW_IOVAS, "IOAS_ALLOW_IOVAS" },
	{ IOMMUFD_CMD_IOAS_COPY, "IOAS_COPY" },
	{ IOMMUFD_CMD_IOAS_IOVA_RANGES, "IOAS_IOVA_RANGES" },
	{ IOMMUFD_CMD_IOAS_MAP, "IOAS_MAP" },
	{ IOMMUFD_CMD_IOAS_UNMAP, "IOAS_UNMAP" },
	{ IOMMUFD_CMD_OPTION, "OPTION" },
	{ IOMMUFD_CMD_VFIO_IOAS, "VFIO_IOAS" },
	{ IOMMUFD_CMD_HWPT_ALLOC, "HWPT_ALLOC" },
	{ IOMMUFD_CMD_GET_HW_INFO, "GET_HW_INFO" },
	{ IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING, "HWPT_SET_DIRTY_TRACKING" },
	{ IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP, "HWPT_GET_DIRTY_BITMAP" },
	{ IOMMUFD_CMD_HWPT_INVALIDATE, "HWPT_INVALIDATE" },
	{ IOMMUFD_CMD_FAULT_QUEUE_ALLOC, "FAULT_QUEUE_ALLOC" },
	{ IOMMUFD_CMD_IOAS_MAP_FILE, "IOAS_MAP_FILE" },
	{ IOMMUFD_CMD_VIOMMU_ALLOC, "VIOMMU_ALLOC" },
	{ IOMMUFD_CMD_VDEVICE_ALLOC, "VDEVICE_ALLOC" },
	{ IOMMUFD_CMD_IOAS_CHANGE_PROCESS, "IOAS_CHANGE_PROCESS" },
	{ IOMMUFD_CMD_VEVENTQ_ALLOC, "VEVENTQ_ALLOC" },
	{ IOMMUFD_CMD_HW_QUEUE_ALLOC, "HW_QUEUE_ALLOC" },
	{ IOMMUFD_CMD_IOAS_NOIOMMU_GET_PA, "IOAS_NOIOMMU_GET_PA" },
};

#define NR_BASE	(sizeof(base_commands) / sizeof(base_commands[0]))

static const struct {
	uint64_t bit;
	const char *name;
} features[] = {
	{ IOMMUFDX_FEATURE_GET_CAPS, "get-caps" },
	{ IOMMUFDX_FEATURE_HWPT_ALLOC_PAGING, "hwpt-alloc-paging" },
	{ IOMMUFDX_FEATURE_PLAN_DOMAINS, "plan-domains" },
	{ IOMMUFDX_FEATURE_IOAS_UNMAP_DIRTY, "ioas-unmap-dirty" },
	{ IOMMUFDX_FEATURE_HWPT_SET_PAGE_SIZE, "hwpt-set-page-size" },
	{ IOMMUFDX_FEATURE_INV_RING, "inv-ring" },
	{ IOMMUFDX_FEATURE_GUEST_QUEUE, "guest-queue" },
	{ IOMMUFDX_FEATURE_SVA, "sva" },
	{ IOMMUFDX_FEATURE_SHADOW, "shadow" },
	{ IOMMUFDX_FEATURE_AMD_GUEST, "amd-guest" },
	{ IOMMUFDX_FEATURE_VTD_VIOMMU, "vtd-viommu" },
};

#define NR_FEATURES	(sizeof(features) / sizeof(features[0]))

enum support { ABSENT, PRESENT, KERNEL_LACKS };

static const char * const support_names[] = {
	[ABSENT] = "no",
	[PRESENT] = "yes",
	[KERNEL_LACKS] = "not on this kernel",
};

struct findings {
	bool ours;
	struct iommufdx_get_caps caps;
	enum support base[NR_BASE];
	bool vfio_container;
	bool mock;
	int mock_error;
	bool memlock_unlimited;
	uint64_t memlock;
	struct utsname kernel;
};

static enum support probe(int fd, unsigned int nr, uint64_t limits)
{
	uint32_t size = 0;

	if (ioctl(fd, _IO(IOMMUFD_TYPE, nr), &size) == 0 || errno != EINVAL)
		return ABSENT;
	return limits & 1ull << (nr - IOMMUFD_CMD_BASE) ? KERNEL_LACKS : PRESENT;
}

static void look(struct iommufdx *iommu, struct findings *f)
{
	int fd = iommufdx_fd(iommu);
	struct iommufdx_mock *mock;
	struct rlimit limit;

	f->ours = !iommufdx_caps(iommu, 0, &f->caps);
	for (size_t i = 0; i < NR_BASE; i++)
		f->base[i] = probe(fd, base_commands[i].nr,
				   f->ours ? f->caps.out_kernel_limits : 0);
	f->vfio_container = ioctl(fd, VFIO_GET_API_VERSION) == VFIO_API_VERSION;
	f->mock_error = -iommufdx_mock_open(NULL, &mock);
	f->mock = !f->mock_error;
	if (f->mock)
		iommufdx_mock_close(mock);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	f->memlock_unlimited = limit.rlim_cur == RLIM_INFINITY;
	f->memlock = limit.rlim_cur;
	uname(&f->kernel);
}

static void put_findings_json(const struct findings *f)
{
	json_t *base = json_have(json_object());
	json_t *names = json_have(json_array());
	json_t *all;

	for (size_t i = 0; i < NR_BASE; i++)
		json_set(base, base_commands[i].name,
			 json_string(support_names[f->base[i]]));
	for (size_t i = 0; i < NR_FEATURES; i++)
		if (f->ours && f->caps.out_features & features[i].bit)
			json_add(names, json_string(features[i].name));
	all = json_have(json_pack(
		"{s:s, s:o, s:s, s:o, s:o, s:b, s:b}",
		"node", "/dev/iommu",
		"kernel", text_json(f->kernel.release),
		"provider", f->ours ? "iommufdx" : "linux",
		"commands", base,
		"features", names,
		"vfio_container", f->vfio_container,
		"mock_control", f->mock));
	if (f->ours) {
		json_set(all, "abi_version",
			 json_integer(f->caps.out_abi_version));
		json_set(all, "errata", json_integer(f->caps.out_errata));
	}
	json_set(all, "memlock_limit",
		 f->memlock_unlimited ? json_null() : json_integer(f->memlock));
	put_json(all);
}

static void put_findings(const struct findings *f)
{
	char buf[32];

	printf("/dev/iommu   ");
	if (f->ours)
		printf("iommufdx, additions version %u\n",
		       f->caps.out_abi_version);
	else
		printf("Linux's own iommufd (without iommufdx's additions)\n");
	printf("kernel       %s\n", f->kernel.release);
	if (f->ours) {
		printf("additions   ");
		for (size_t i = 0; i < NR_FEATURES; i++)
			if (f->caps.out_features & features[i].bit)
				printf(" %s", features[i].name);
		putchar('\n');
		if (f->caps.out_errata)
			printf("errata       %#x\n", f->caps.out_errata);
	}
	printf("mock devices %s\n",
	       f->mock ? "yes, see `iommuctl devices'" :
	       f->mock_error == EACCES || f->mock_error == EPERM ?
			 "yes, but only root may make them" :
			 "no: modprobe iommufdx_model to have some");
	printf("container    VFIO type1 ioctls: %s\n",
	       f->vfio_container ? "yes" : "no");
	printf("memlock      %s (most memory you may map%s)\n",
	       f->memlock_unlimited ? "unlimited" :
				      show_size(f->memlock, buf, sizeof(buf)),
	       geteuid() ? "" : "; root is not bound by it");
	printf("\n%-26s %s\n", "COMMAND", "SUPPORTED");
	for (size_t i = 0; i < NR_BASE; i++)
		printf("%-26s %s\n", base_commands[i].name,
		       support_names[f->base[i]]);
}

int cmd_info(int argc, char **argv)
{
	struct common_options common = { 0 };
	const struct argp_child children[] = {
		{ &common_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		.doc = "What /dev/iommu offers on this machine.",
		.children = children,
	};
	struct findings found = { 0 };
	struct iommufdx *iommu;

	argv[0] = "iommuctl info";
	argp_parse(&argp, argc, argv, 0, NULL, &common);
	iommu = open_iommu();
	if (!iommu)
		return EXIT_CANNOT;
	look(iommu, &found);
	iommufdx_close(iommu);
	if (common.json)
		put_findings_json(&found);
	else
		put_findings(&found);
	return 0;
}
