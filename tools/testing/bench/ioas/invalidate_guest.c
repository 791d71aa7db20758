// SPDX-License-Identifier: GPL-2.0-only
/* Guests of bench-invalidate. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "invalidate.h"

#define GUEST_BYTES	(QUEUE_ENTRIES * ENTRY_MAX)
/* Where nothing is: no table is walked here. */
#define GUEST_TABLE	IOVA
#define ASID		7ull
#define DID		7ull
#define VSID		0x10

/* A command of 16 bytes. */
static void put(void *entry, uint64_t word0, uint64_t word1)
{
	const uint64_t words[2] = { word0, word1 };

	memcpy(entry, words, sizeof(words));
}

/* ----------------------------------------------------------------- Arm SMMUv3 */

static int smmuv3_start(struct inv_guest *g)
{
	return iommufdx_viommu_alloc(g->t.iommu, g->t.dev_id, g->parent,
				     IOMMU_VIOMMU_TYPE_ARM_SMMUV3, &g->viommu);
}


/* TLBI_NH_VA of a leaf. */
static void smmuv3_page(void *entry, uint64_t va)
{
	put(entry, ASID << 48 | 0x12, va | 1);
}

/* CMD_SYNC with an interrupt. */
static void smmuv3_sync(void *entry)
{
	put(entry, 1 << 12 | 0x46, 0);
}

static uint32_t smmuv3_prod(uint32_t count)
{
	return count % (2 * QUEUE_ENTRIES);
}

/* ---------------------------------------------------------------- Intel VT-d */

static int vtd_start(struct inv_guest *g)
{
	const struct iommufdx_hwpt_vtd table = {
		.s1 = {
			.pgtbl_addr = GUEST_TABLE,
			.addr_width = 48,
		},
		.did = DID,
	};
	uint32_t vdev, pt;
	int rc = iommufdx_viommu_alloc(g->t.iommu, g->t.dev_id, g->parent,
				       IOMMUFDX_VIOMMU_TYPE_VTD, &g->viommu);

	if (!rc)
		rc = iommufdx_vdevice_alloc(g->t.iommu, g->viommu, g->t.dev_id,
					    VSID, &vdev);
	if (!rc)
		rc = iommufdx_hwpt_nest(g->t.iommu, g->t.dev_id, g->viommu, 0,
					IOMMUFDX_HWPT_DATA_VTD, &table,
					sizeof(table), &pt);
	return rc ? rc : iommufdx_device_attach(g->t.dev, &pt);
}

static void vtd_put(void *entry, uint64_t word0, uint64_t word1)
{
	const uint64_t words[4] = { word0, word1 };

	memcpy(entry, words, sizeof(words));
}

/* PASID-based IOTLB, of requests without one: a page, its leaf only. */
static void vtd_page(void *entry, uint64_t va)
{
	vtd_put(entry, DID << 16 | 3 << 4 | 0x6, va | 1 << 6);
}

/* Wait, with an interrupt. */
static void vtd_sync(void *entry)
{
	vtd_put(entry, 1 << 4 | 0x5, 0);
}

static uint32_t vtd_prod(uint32_t count)
{
	return count % QUEUE_ENTRIES << 5;
}

/* ----------------------------------------------------------------------- AMD */

static int amd_start(struct inv_guest *g)
{
	/* V, TV, GIoV, GV, IR and IW; the address of the GCR3 table in three parts. */
	const struct iommu_hwpt_amd_guest table = { {
		3 | 3ull << 54 | 3ull << 61 | (GUEST_TABLE >> 12 & 7) << 58,
		DID | (GUEST_TABLE >> 15 & 0xffff) << 16 | GUEST_TABLE >> 31 << 43,
	} };
	uint32_t vdev, pt;
	int rc = iommufdx_viommu_alloc(g->t.iommu, g->t.dev_id, g->parent,
				       IOMMUFDX_VIOMMU_TYPE_AMD, &g->viommu);

	if (!rc)
		rc = iommufdx_vdevice_alloc(g->t.iommu, g->viommu, g->t.dev_id,
					    VSID, &vdev);
	if (!rc)
		rc = iommufdx_hwpt_nest(g->t.iommu, g->t.dev_id, g->viommu, 0,
					IOMMU_HWPT_DATA_AMD_GUEST, &table,
					sizeof(table), &pt);
	return rc ? rc : iommufdx_device_attach(g->t.dev, &pt);
}

/* INVALIDATE_IOMMU_PAGES of requests without a PASID: a page, its leaf only. */
static void amd_page(void *entry, uint64_t va)
{
	put(entry, 3ull << 60 | DID << 32, va | 1 << 2);
}

/* COMPLETION_WAIT, with an interrupt. */
static void amd_sync(void *entry)
{
	put(entry, 1ull << 60 | 1 << 1, 0);
}

static uint32_t amd_prod(uint32_t count)
{
	return count % QUEUE_ENTRIES << 4;
}

const struct inv_vendor inv_vendors[] = {
	{
		.name = "SMMUv3",
		.command = "TLBI_NH_VA",
		.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
		.type = IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
		.entry_len = 16,
		.limit = "=60",
		.start = smmuv3_start,
		.page = smmuv3_page,
		.queue_type = IOMMUFDX_HW_QUEUE_TYPE_SMMUV3_CMDQ,
		.queue_sync = smmuv3_sync,
		.queue_prod = smmuv3_prod,
	},
	{
		.name = "VT-d",
		.command = "PASID-IOTLB",
		.kind = IOMMUFDX_MOCK_KIND_VTD,
		.type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD,
		.entry_len = 32,
		.limit = "-",
		.start = vtd_start,
		.page = vtd_page,
		.queue_type = IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ,
		.queue_sync = vtd_sync,
		.queue_prod = vtd_prod,
	},
	{
		.name = "AMD",
		.command = "INVALIDATE_PAGES",
		.kind = IOMMUFDX_MOCK_KIND_AMD,
		.type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD,
		.entry_len = 16,
		.limit = "-",
		.start = amd_start,
		.page = amd_page,
		.queue_type = IOMMUFDX_HW_QUEUE_TYPE_AMD_CMDBUF,
		.queue_sync = amd_sync,
		.queue_prod = amd_prod,
	},
};

const unsigned int nr_inv_vendors = sizeof(inv_vendors) / sizeof(inv_vendors[0]);

/* ------------------------------------------------------------------------ all */

int inv_guest_make(struct inv_guest *g, const struct inv_vendor *vendor,
		   const char *node)
{
	uint64_t iova = IOVA;
	int rc;

	memset(g, 0, sizeof(*g));
	g->vendor = vendor;
	rc = target_model(&g->t, node, vendor->kind);
	if (rc)
		return rc;
	g->memory = aligned_alloc(GUEST_BYTES, GUEST_BYTES);
	must(g->memory ? 0 : -ENOMEM, "the guest's memory");
	memset(g->memory, 0, GUEST_BYTES);
	must(iommufdx_ioas_map(g->t.iommu, g->t.ioas, MAP_RW, g->memory,
			       GUEST_BYTES, &iova), "map");
	must(iommufdx_hwpt_alloc(g->t.iommu, g->t.dev_id, g->t.ioas,
				 IOMMU_HWPT_ALLOC_NEST_PARENT, &g->parent),
	     "parent HWPT");
	must(vendor->start(g), vendor->name);
	return 0;
}

void inv_guest_break(struct inv_guest *g)
{
	target_close(&g->t);
	free(g->memory);
}

struct inv_model inv_model(struct inv_guest *g)
{
	struct iommufdx_mock_iommu_stats stats;

	must(iommufdx_mock_stats(g->t.mock, g->t.mock_iommu, &stats),
	     "counters");
	return (struct inv_model){ stats.out_commands, stats.out_cycles };
}
