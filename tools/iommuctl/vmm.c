// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual machine monitor's use of /dev/iommu, from the first open to the
 * last close, in the order in which real ones do it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "vmm.h"

#define DEVICE_RID	0x0100	/* 01:00.0 */

const struct vendor vendors[] = {
	{ "amd-v1", IOMMUFDX_MOCK_KIND_AMD, "iommufdx_amd",
	  IOMMUFDX_FORMAT_AMDV1, "AMD, version 1 (host) page tables" },
	{ "vtd-fs", IOMMUFDX_MOCK_KIND_VTD, "iommufdx_vtd",
	  IOMMUFDX_FORMAT_X86_64, "Intel VT-d, first stage" },
	{ "vtd-ss", IOMMUFDX_MOCK_KIND_VTD, "iommufdx_vtd",
	  IOMMUFDX_FORMAT_VTDSS, "Intel VT-d, second stage" },
	{ "smmuv3-s1", IOMMUFDX_MOCK_KIND_SMMUV3, "iommufdx_smmuv3",
	  IOMMUFDX_FORMAT_ARMV8_S1, "Arm SMMUv3, stage 1" },
	{ "smmuv3-s2", IOMMUFDX_MOCK_KIND_SMMUV3, "iommufdx_smmuv3",
	  IOMMUFDX_FORMAT_ARMV8_S2, "Arm SMMUv3, stage 2" },
	{ 0 },
};

uint8_t *memory_get(uint64_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

static int open_nodes(struct vmm *vmm)
{
	vmm->iommu = open_iommu();
	if (!vmm->iommu)
		return EXIT_CANNOT;
	vmm->mock = open_mock();
	return vmm->mock ? 0 : EXIT_CANNOT;
}

static int make_device(struct vmm *vmm, const struct vendor *vendor)
{
	const struct iommufdx_mock_iommu_config iommu = {
		.kind = vendor->kind,
		.caps = ~0u,
	};
	struct iommufdx_mock_dev_config dev = { .rid = DEVICE_RID };
	int rc;

	rc = iommufdx_mock_iommu_add(vmm->mock, &iommu, &vmm->mock_iommu);
	if (rc == -ENODEV)
		return cannot("no backend drives this IOMMU: is its module loaded? (%s)",
			      vendor->module);
	if (rc)
		return cannot("cannot make a mock IOMMU: %s", strerror(-rc));
	dev.iommu = vmm->mock_iommu;
	rc = iommufdx_mock_dev_add(vmm->mock, &dev, &vmm->mock_dev);
	if (rc)
		return cannot("cannot make a mock device: %s", strerror(-rc));
	rc = iommufdx_mock_dev_open(vmm->mock, vmm->mock_dev, &vmm->dev);
	if (rc)
		return cannot("cannot open mock device %u: %s", vmm->mock_dev,
			      strerror(-rc));
	rc = iommufdx_device_bind(vmm->dev, vmm->iommu, &vmm->dev_id);
	if (rc)
		return cannot("cannot bind the device: %s", strerror(-rc));
	return 0;
}

/*
 * Large leaves would make one write dirty 512 pages and more, so a VMM that is
 * going to track keeps to small ones.
 */
static int map_guest(struct vmm *vmm, const struct vendor *vendor)
{
	const struct iommufdx_hwpt_request want = {
		.flags = IOMMUFDX_HWPT_DIRTY_TRACKING,
		.format = vendor->format,
	};
	struct iommufdx_hwpt_choice got;
	uint64_t iova = GUEST_IOVA;
	int rc;

	rc = iommufdx_ioas_alloc(vmm->iommu, &vmm->ioas);
	if (!rc)
		rc = iommufdx_option_set(vmm->iommu, IOMMU_OPTION_HUGE_PAGES,
					 vmm->ioas, 0);
	if (rc)
		return cannot("cannot make an address space: %s", strerror(-rc));
	rc = iommufdx_ioas_map(vmm->iommu, vmm->ioas,
			       IOMMU_IOAS_MAP_READABLE |
				       IOMMU_IOAS_MAP_WRITEABLE |
				       IOMMU_IOAS_MAP_FIXED_IOVA,
			       vmm->memory, vmm->size, &iova);
	if (rc)
		return cannot("cannot map guest memory: %s", strerror(-rc));
	rc = iommufdx_hwpt_request(vmm->iommu, vmm->dev_id, vmm->ioas, &want,
				   &got);
	if (rc == -ENOMEM)
		return cannot("cannot pin guest memory: %s. More than RLIMIT_MEMLOCK (ulimit -l) or\n"
			      "  than this machine has? Try a smaller --mem.",
			      strerror(-rc));
	if (rc)
		return cannot("cannot make a page table that tracks: %s",
			      strerror(-rc));
	vmm->hwpt = got.hwpt;
	return 0;
}

int vmm_start(struct vmm *vmm, const struct vendor *vendor)
{
	uint32_t pt_id;
	int rc;

	rc = open_nodes(vmm);
	if (!rc)
		rc = make_device(vmm, vendor);
	if (!rc)
		rc = map_guest(vmm, vendor);
	if (rc)
		return rc;
	pt_id = vmm->hwpt;
	rc = iommufdx_device_attach(vmm->dev, &pt_id);
	if (rc)
		return cannot("cannot attach the device: %s", strerror(-rc));
	return 0;
}

/*
 * Each channel copies from anywhere in guest memory to any page of its own part
 * of it, and stamps what it writes, so that each write changes memory.
 */
int vmm_run_device(struct vmm *vmm)
{
	uint64_t part = vmm->size / GUEST_CHANNELS & ~(GUEST_PAGE - 1);
	uint64_t rate = vmm->rate / GUEST_CHANNELS;

	for (unsigned int c = 0; c < GUEST_CHANNELS; c++) {
		const struct iommufdx_channel_job job = {
			.cmd = IOMMUFDX_MOCK_CMD_AUTO,
			.ctrl = IOMMUFDX_MOCK_CTRL_STAMP,
			.src = GUEST_IOVA,
			.src_size = vmm->size,
			.dst = GUEST_IOVA + c * part,
			.dst_size = part,
			.len = GUEST_PAGE,
			.rate = vmm->rate && !rate ? 1 : rate,
			.seed = vmm->seed + c,
			.stamp = (c + 1ull) << 56,
		};
		int rc = iommufdx_channel_start(vmm->dev, c, &job);

		if (rc)
			return cannot("cannot start channel %u of the device: %s",
				      c, strerror(-rc));
	}
	return 0;
}

int vmm_stop_device(struct vmm *vmm)
{
	for (unsigned int c = 0; c < GUEST_CHANNELS; c++) {
		int rc = iommufdx_channel_command(vmm->dev, c,
						  IOMMUFDX_MOCK_CMD_STOP);

		if (rc)
			return cannot("cannot stop channel %u of the device: %s",
				      c, strerror(-rc));
	}
	return 0;
}

int vmm_device_work(struct vmm *vmm, struct device_work *work)
{
	struct iommufdx_mock_iommu_stats stats;
	int rc;

	*work = (struct device_work){ 0 };
	for (unsigned int c = 0; c < GUEST_CHANNELS; c++) {
		struct iommufdx_channel_status status;

		rc = iommufdx_channel_status(vmm->dev, c, &status);
		if (rc)
			return cannot("cannot ask channel %u of the device: %s",
				      c, strerror(-rc));
		work->blocks += status.done;
		work->bytes += status.bytes;
		work->faults += status.faults;
	}
	rc = iommufdx_mock_stats(vmm->mock, vmm->mock_iommu, &stats);
	if (rc)
		return cannot("cannot ask the IOMMU: %s", strerror(-rc));
	if (stats.out_faults > work->faults)
		work->faults = stats.out_faults;
	work->stale = stats.out_stale;
	return 0;
}

void vmm_end(struct vmm *vmm)
{
	iommufdx_device_close(vmm->dev);
	iommufdx_mock_close(vmm->mock);
	iommufdx_close(vmm->iommu);
	vmm->dev = NULL;
	vmm->mock = NULL;
	vmm->iommu = NULL;
}
