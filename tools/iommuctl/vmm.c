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

#define NEXT_RID	0x0100
#define PASID_BITS	8

const struct vendor vendors[] = {
	{ "amd-v1", IOMMUFDX_MOCK_KIND_AMD, "iommufdx_amd",
	  IOMMUFDX_FORMAT_AMDV1, "AMD, version 1 (host) page tables" },
	{ "amd-v2", IOMMUFDX_MOCK_KIND_AMD, "iommufdx_amd",
	  IOMMUFDX_FORMAT_X86_64, "AMD, version 2 (guest) page tables" },
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

uint8_t *memory_get(uint64_t size, bool shared)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    (shared ? MAP_SHARED : MAP_PRIVATE) |
				    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

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

static int make_device(struct vmm *vmm, unsigned int n)
{
	const struct iommufdx_mock_dev_config config = {
		.iommu = vmm->mock_iommu,
		.rid = GUEST_RID + n * NEXT_RID,
		.pasid_bits = vmm->pasid ? PASID_BITS : 0,
	};
	uint32_t id;
	int rc;

	rc = iommufdx_mock_dev_add(vmm->mock, &config, &id);
	if (rc)
		return cannot("cannot make a mock device: %s", strerror(-rc));
	rc = iommufdx_mock_dev_open(vmm->mock, id, &vmm->dev[n]);
	if (rc)
		return cannot("cannot open mock device %u: %s", id,
			      strerror(-rc));
	rc = iommufdx_device_bind(vmm->dev[n], vmm->iommu, &vmm->dev_id[n]);
	if (rc)
		return cannot("cannot bind the device: %s", strerror(-rc));
	return 0;
}

static int make_devices(struct vmm *vmm, const struct vendor *vendor)
{
	const struct iommufdx_mock_iommu_config iommu = {
		.kind = vendor->kind,
		.caps = ~0u,
	};
	int rc;

	rc = iommufdx_mock_iommu_add(vmm->mock, &iommu, &vmm->mock_iommu);
	if (rc == -ENODEV)
		return cannot("no backend drives this IOMMU: is its module loaded? (%s)",
			      vendor->module);
	if (rc)
		return cannot("cannot make a mock IOMMU: %s", strerror(-rc));
	for (unsigned int n = 0; n < GUEST_DEVICES; n++) {
		rc = make_device(vmm, n);
		if (rc)
			return rc;
	}
	return 0;
}

/*
 * Large leaves would make one write dirty 512 pages and more, so a VMM that is
 * going to track keeps to small ones, or splits them when the time comes.
 */
static int map_guest(struct vmm *vmm, const struct vendor *vendor)
{
	const struct iommufdx_hwpt_request want = {
		.flags = IOMMUFDX_HWPT_DIRTY_TRACKING |
			 (vmm->behind == BEHIND_NESTED ?
				  IOMMUFDX_HWPT_NEST_PARENT : 0) |
			 (vmm->pasid && vmm->behind == BEHIND_NOTHING ?
				  IOMMUFDX_HWPT_PASID : 0),
		.format = vendor->format,
	};
	struct iommufdx_hwpt_choice got;
	uint64_t iova = GUEST_IOVA;
	int rc;

	rc = iommufdx_ioas_alloc(vmm->iommu, &vmm->ioas);
	if (!rc && !vmm->large)
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
	rc = iommufdx_hwpt_request(vmm->iommu, vmm->dev_id[0], vmm->ioas, &want,
				   &got);
	if (rc == -ENOMEM)
		return cannot("cannot pin guest memory: %s. More than RLIMIT_MEMLOCK (ulimit -l) or\n"
			      "  than this machine has? Try a smaller --mem.",
			      strerror(-rc));
	if (rc == -EOPNOTSUPP && vmm->pasid)
		return cannot("%s has no page table that tracks and goes to PASIDs; try another --vendor",
			      vendor->name);
	if (rc)
		return cannot("cannot make a page table that tracks: %s",
			      strerror(-rc));
	vmm->hwpt = got.hwpt;
	return 0;
}

static int attach(struct vmm *vmm, const struct vendor *vendor, unsigned int n,
		  uint32_t hwpt)
{
	uint32_t pt_id = hwpt;
	int rc;

	rc = iommufdx_device_attach(vmm->dev[n], &pt_id);
	if (rc)
		return cannot("cannot attach the device: %s", strerror(-rc));
	/* Nested, PASIDs are the guest's, but for VT-d. */
	if (!vmm->pasid || (vmm->behind == BEHIND_NESTED &&
			    vendor->kind != IOMMUFDX_MOCK_KIND_VTD))
		return 0;
	pt_id = hwpt;
	rc = iommufdx_device_attach_pasid(vmm->dev[n], GUEST_PASID, &pt_id);
	return rc ? cannot("cannot attach a PASID of the device: %s",
			   strerror(-rc)) : 0;
}

static int attach_all(struct vmm *vmm, const struct vendor *vendor)
{
	uint32_t hwpt = vmm->hwpt;
	int rc = 0;

	for (unsigned int n = 0; !rc && n < GUEST_DEVICES; n++) {
		if (vmm->behind != BEHIND_NOTHING)
			rc = guest_table(vmm, vendor, n, &hwpt);
		if (rc == -EOPNOTSUPP && vmm->pasid)
			return cannot("%s cannot do that with PASIDs; try it without --pasid",
				      vendor->name);
		if (rc)
			return cannot("cannot use the guest's tables: %s",
				      strerror(-rc));
		rc = attach(vmm, vendor, n, hwpt);
	}
	return rc;
}

int vmm_start(struct vmm *vmm, const struct vendor *vendor)
{
	int rc;

	rc = open_nodes(vmm);
	if (!rc)
		rc = make_devices(vmm, vendor);
	if (!rc)
		rc = map_guest(vmm, vendor);
	if (!rc)
		rc = attach_all(vmm, vendor);
	if (!rc && vmm->behind == BEHIND_NESTED)
		rc = driver_open(vmm, vendor);
	return rc;
}

/*
 * Each channel copies from anywhere in the upper half of what it sees to any page
 * of its own part of the lower, and stamps what it writes, so that each write
 * changes memory. Nobody else writes there, so who knows what a channel did knows
 * every byte.
 */
void vmm_devices_new(const struct vmm *vmm, struct device_state *state)
{
	const unsigned int all = GUEST_DEVICES * GUEST_CHANNELS;
	uint64_t half = vmm->data / 2 & ~(GUEST_PAGE - 1);
	uint64_t part = half / all & ~(GUEST_PAGE - 1);
	uint64_t rate = vmm->rate / all;

	memset(state, 0, sizeof(*state));

	for (unsigned int which = 0; which < all; which++) {
		unsigned int n = which / GUEST_CHANNELS;
		unsigned int c = which % GUEST_CHANNELS;

		state->job[n][c] = (struct iommufdx_channel_job) {
			.cmd = IOMMUFDX_MOCK_CMD_AUTO,
			.ctrl = IOMMUFDX_MOCK_CTRL_STAMP,
			.pasid = vmm->pasid && c >= GUEST_CHANNELS / 2 ?
					 GUEST_PASID : 0,
			.src = vmm->view + half,
			.src_size = vmm->data - half,
			.dst = vmm->view + which * part,
			.dst_size = part,
			.len = GUEST_PAGE,
			.rate = vmm->rate && !rate ? 1 : rate,
			.seed = vmm->seed + which,
			.stamp = (which + 1ull) << 56,
		};
	}
}

int vmm_run_devices(struct vmm *vmm, const struct device_state *state)
{
	if (vmm->behind == BEHIND_NESTED && driver_run(vmm, state))
		return EXIT_CANNOT;
	for (unsigned int i = 0; i < GUEST_DEVICES * GUEST_CHANNELS; i++) {
		unsigned int n = i / GUEST_CHANNELS, c = i % GUEST_CHANNELS;
		int rc = iommufdx_channel_start(vmm->dev[n], c,
						&state->job[n][c]);

		if (rc)
			return cannot("cannot start channel %u of device %u: %s",
				      c, n, strerror(-rc));
	}
	return 0;
}

int vmm_save_devices(struct vmm *vmm, struct device_state *state)
{
	for (unsigned int i = 0; i < GUEST_DEVICES * GUEST_CHANNELS; i++) {
		unsigned int n = i / GUEST_CHANNELS, c = i % GUEST_CHANNELS;
		int rc = iommufdx_channel_save(vmm->dev[n], c,
					       &state->job[n][c]);

		if (rc)
			return cannot("cannot save channel %u of device %u: %s",
				      c, n, strerror(-rc));
	}
	return 0;
}

int vmm_read_dirty(struct vmm *vmm, uint64_t *bitmap)
{
	const struct iommufdx_dirty_memory memory = {
		.gpa = GUEST_IOVA,
		.length = vmm->size,
		.iova = GUEST_IOVA,
	};
	int rc = iommufdx_dirty_guest(vmm->iommu, &vmm->hwpt, 1, &memory, 1,
				      GUEST_PAGE, GUEST_IOVA, bitmap);

	if (rc)
		return cannot("cannot read the dirty bitmap: %s", strerror(-rc));
	if (vmm->behind == BEHIND_NESTED)
		driver_dirty(vmm, bitmap);
	return 0;
}

int vmm_split(struct vmm *vmm, uint64_t *largest)
{
	struct iommufdx_page_sizes range = {
		.iova = GUEST_IOVA,
		.length = vmm->size,
	};
	int rc;

	rc = iommufdx_hwpt_page_size(vmm->iommu, vmm->hwpt, 0, 0, &range);
	*largest = range.largest;
	range.iova = GUEST_IOVA;
	range.length = vmm->size;
	if (!rc)
		rc = iommufdx_hwpt_page_size(vmm->iommu, vmm->hwpt,
					     IOMMUFDX_PAGE_SIZE_SPLIT,
					     GUEST_PAGE, &range);
	return rc ? cannot("cannot split the page table's leaves: %s",
			   strerror(-rc)) : 0;
}

int vmm_stop_devices(struct vmm *vmm, struct device_state *state)
{
	for (unsigned int i = 0; i < GUEST_DEVICES * GUEST_CHANNELS; i++) {
		unsigned int n = i / GUEST_CHANNELS, c = i % GUEST_CHANNELS;
		int rc = iommufdx_channel_command(vmm->dev[n], c,
						  IOMMUFDX_MOCK_CMD_STOP);

		if (rc)
			return cannot("cannot stop channel %u of device %u: %s",
				      c, n, strerror(-rc));
	}
	return vmm->behind == BEHIND_NESTED ? driver_stop(vmm, state) : 0;
}

int vmm_device_work(struct vmm *vmm, struct device_work *work)
{
	struct iommufdx_mock_iommu_stats stats;
	int rc;

	*work = (struct device_work){ 0 };
	for (unsigned int i = 0; i < GUEST_DEVICES * GUEST_CHANNELS; i++) {
		unsigned int n = i / GUEST_CHANNELS, c = i % GUEST_CHANNELS;
		struct iommufdx_channel_status status;

		rc = iommufdx_channel_status(vmm->dev[n], c, &status);
		if (rc)
			return cannot("cannot ask channel %u of device %u: %s",
				      c, n, strerror(-rc));
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
	driver_close(vmm);
	for (unsigned int n = 0; n < GUEST_DEVICES; n++) {
		iommufdx_device_close(vmm->dev[n]);
		vmm->dev[n] = NULL;
	}
	iommufdx_mock_close(vmm->mock);
	iommufdx_close(vmm->iommu);
	vmm->mock = NULL;
	vmm->iommu = NULL;
}
