// SPDX-License-Identifier: GPL-2.0-only
/* How the guests of the tests write the queues of their IOMMUs. */
#include "queue_rig.h"

#define NUM(array)	(sizeof(array) / sizeof((array)[0]))
#define KIB		1024ull

/* ------------------------------------------------------------- SMMUv3: IHI 0070 */

#define ASID		1ull
#define CERROR_ILL	1
#define CERROR_ATC	3

static int smmuv3_attach(struct guest *g, struct guest_dev *dev,
			 uint32_t viommu)
{
	uint32_t hwpt;

	guest_cd_arm(g, CDS, 0, ASID, TABLE);
	return guest_attach_arm(g->r, dev, viommu, ARM_STE1 | ARM_EATS, &hwpt);
}

/* TLBI_NH_VA of a leaf. */
static command_t smmuv3_page(uint64_t va)
{
	return (command_t){ { 0x12 | ASID << 48, va | 1 } };
}

static command_t smmuv3_device(uint64_t vsid)
{
	return (command_t){ { 0x40 | vsid << 32, 52 } };
}

/* CMD_SYNC with a message. */
static command_t smmuv3_sync(uint64_t addr, uint32_t value)
{
	return (command_t){ { 0x46 | 1 << 12 | (uint64_t)value << 32, addr } };
}

static const command_t smmuv3_all[] = {
	{ { 0x30 } }, { { 0x10 } }, { { 0x11 | ASID << 48 } },
};

static const struct queue_illegal smmuv3_illegal[] = {
	{ { { 0x00 } }, CERROR_ILL },
	{ { { 0xff } }, CERROR_ILL },
	/* EL3, EL2, stage 2, Secure */
	{ { { 0x18 } }, CERROR_ILL },
	{ { { 0x1a } }, CERROR_ILL },
	{ { { 0x20 } }, CERROR_ILL },
	{ { { 0x21 } }, CERROR_ILL },
	{ { { 0x22 } }, CERROR_ILL },
	{ { { 0x28 } }, CERROR_ILL },
	{ { { 0x2a, GPA } }, CERROR_ILL },
	{ { { 0x60 } }, CERROR_ILL },
	/* Reserved bits */
	{ { { 0x12 | 1 << 8 } }, CERROR_ILL },
	{ { { 0x11 | ASID << 48, 1 } }, CERROR_ILL },
	{ { { 0x12 | ASID << 48, 1 << 1 } }, CERROR_ILL },
	{ { { 0x46 | 1 << 14 } }, CERROR_ILL },
	{ { { 0x46 | 3 << 12 } }, CERROR_ILL },
};

static const command_t smmuv3_strangers[] = {
	{ { 0x06 | 0x200ull << 32 } },
	{ { 0x06 | (uint64_t)VSID2 << 32 } },
	{ { 0x40 | (uint64_t)VSID2 << 32, 52 } },
	{ { 0x05 | 0x7ull << 32 } },
};

const struct queue_vendor queue_smmuv3 = {
	.name = "smmuv3",
	.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
	.viommu_type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
	.inv_type = IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
	.type = IOMMUFDX_HW_QUEUE_TYPE_SMMUV3_CMDQ,
	.other_type = IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ,
	.words = 2,
	.error_shift = 24,
	.wrap_bit = true,
	.entries = 64,
	.least = 32,
	.most = 8 * KIB * KIB,
	.map = guest_map_arm,
	.attach = smmuv3_attach,
	.page = smmuv3_page,
	.device = smmuv3_device,
	.sync = smmuv3_sync,
	.all = smmuv3_all,
	.nr_all = NUM(smmuv3_all),
	/* SEV, and IRQ without a message */
	.silent = { { 0x46 | 2 << 12 } },
	.irq = { { 0x46 | 1 << 12 } },
	/* CFGI_STE */
	.for_vmm = { { 0x03 | (uint64_t)VSID << 32, 1 } },
	.illegal = smmuv3_illegal,
	.nr_illegal = NUM(smmuv3_illegal),
	.strangers = smmuv3_strangers,
	.nr_strangers = NUM(smmuv3_strangers),
	.timeout_error = CERROR_ATC,
};

/* ------------------------------------------- Intel VT-d: section 6.5.2 of its own */

#define DID		0x77ull
#define IQEI_TYPE	3
#define IQEI_RSVD	4
#define ITE		0x100

static int vtd_attach(struct guest *g, struct guest_dev *dev, uint32_t viommu)
{
	const struct iommufdx_hwpt_vtd arg = {
		.s1 = { .pgtbl_addr = guest_pa(TABLE), .addr_width = 48 },
		.did = DID,
	};
	uint32_t pt;
	int rc;

	rc = iommufdx_hwpt_nest(g->r->iommu, dev->dev_id, viommu,
				IOMMU_HWPT_ALLOC_PASID, IOMMUFDX_HWPT_DATA_VTD,
				&arg, sizeof(arg), &pt);
	return rc ? rc : iommufdx_device_attach(dev->dev, &pt);
}

/* PASID-based IOTLB, one page, no other level changed. */
static command_t vtd_page(uint64_t va)
{
	return (command_t){ { 0x6 | 3 << 4 | DID << 16, va | 1 << 6 } };
}

static command_t vtd_device(uint64_t vsid)
{
	return (command_t){ { 0x3 | vsid << 32, 0x7ffffffffffff001ull } };
}

/* Wait, with a status write and a fence. */
static command_t vtd_sync(uint64_t addr, uint32_t value)
{
	return (command_t){ { 0x5 | 1 << 5 | 1 << 6 | (uint64_t)value << 32,
			      addr } };
}

static const command_t vtd_all[] = {
	{ { 0x2 | 1 << 4 } }, { { 0x2 | 2 << 4 | DID << 16 } },
	{ { 0x6 | 2 << 4 | DID << 16 } },
};

static const struct queue_illegal vtd_illegal[] = {
	{ { { 0x0 } }, IQEI_TYPE },
	{ { { 0xa } }, IQEI_TYPE },
	{ { { 0xf } }, IQEI_TYPE },
	{ { { 0x6 | 1 << 9 } }, IQEI_TYPE },
	/* Reserved granularities, bits and words */
	{ { { 0x2 } }, IQEI_RSVD },
	{ { { 0x6 | 1 << 4 } }, IQEI_RSVD },
	{ { { 0x2 | 1 << 4 | 1 << 12 } }, IQEI_RSVD },
	{ { { 0x6 | 2 << 4, 1 << 7 } }, IQEI_RSVD },
	{ { { 0x6 | 3 << 4, 63 } }, IQEI_RSVD },
	{ { { 0x6 | 2 << 4, 0, 1 } }, IQEI_RSVD },
	{ { { 0x2 | 1 << 4, 0, 0, 1 } }, IQEI_RSVD },
	{ { { 0x5 | 1 << 12 } }, IQEI_RSVD },
	{ { { 0x5, 1 } }, IQEI_RSVD },
};

static const command_t vtd_strangers[] = {
	{ { 0x3 | 0x200ull << 32, 1 } },
	{ { 0x3 | (uint64_t)VSID2 << 32, 1 } },
	{ { 0x8 | 0x7 << 16, 1 } },
};

const struct queue_vendor queue_vtd = {
	.name = "vtd",
	.kind = IOMMUFDX_MOCK_KIND_VTD,
	.viommu_type = IOMMUFDX_VIOMMU_TYPE_VTD,
	.inv_type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD,
	.type = IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ,
	.other_type = IOMMUFDX_HW_QUEUE_TYPE_AMD_CMDBUF,
	.words = 4,
	.shift = 5,
	.entries = 128,
	.least = 4 * KIB,
	.most = 512 * KIB,
	.map = guest_map_x86,
	.attach = vtd_attach,
	.page = vtd_page,
	.device = vtd_device,
	.sync = vtd_sync,
	.all = vtd_all,
	.nr_all = NUM(vtd_all),
	.silent = { { 0x5 | 1 << 6 } },
	.irq = { { 0x5 | 1 << 4 } },
	/* PASID cache, everything */
	.for_vmm = { { 0x7 | 3 << 4 } },
	.illegal = vtd_illegal,
	.nr_illegal = NUM(vtd_illegal),
	.strangers = vtd_strangers,
	.nr_strangers = NUM(vtd_strangers),
	.timeout_error = ITE,
};

/* -------------------------------------------------- AMD: 48882 section 2.4, 2.5 */

#define DOMAIN		9ull
#define ILLEGAL_COMMAND	5
#define HARDWARE_ERROR	6

static int amd_attach(struct guest *g, struct guest_dev *dev, uint32_t viommu)
{
	const struct iommu_hwpt_amd_guest guest = guest_dte_amd(DOMAIN);
	uint32_t pt;
	int rc;

	guest_gcr3_amd(g, 0, TABLE);
	rc = iommufdx_hwpt_nest(g->r->iommu, dev->dev_id, viommu, 0,
				IOMMU_HWPT_DATA_AMD_GUEST, &guest,
				sizeof(guest), &pt);
	return rc ? rc : iommufdx_device_attach(dev->dev, &pt);
}

/* INVALIDATE_IOMMU_PAGES, one page of PASID 0. */
static command_t amd_page(uint64_t va)
{
	return (command_t){ { 3ull << 60 | DOMAIN << 32, va | 1 << 2 } };
}

/* INVALIDATE_IOTLB_PAGES, everything. */
static command_t amd_device(uint64_t vsid)
{
	return (command_t){ { 4ull << 60 | vsid, 0x7ffffffffffff001ull } };
}

/* COMPLETION_WAIT with a store. */
static command_t amd_sync(uint64_t addr, uint32_t value)
{
	return (command_t){ { 1ull << 60 | addr | 1, value } };
}

static const command_t amd_all[] = {
	{ { 8ull << 60 } },
	{ { 3ull << 60 | DOMAIN << 32, 0x7ffffffffffff003ull } },
	{ { 3ull << 60 | DOMAIN << 32, 0x7ffffffffffff007ull } },
};

static const struct queue_illegal amd_illegal[] = {
	{ { { 0 } }, ILLEGAL_COMMAND },
	{ { { 9ull << 60 } }, ILLEGAL_COMMAND },
	{ { { 0xfull << 60 } }, ILLEGAL_COMMAND },
	/* Reserved bits */
	{ { { 1ull << 60 | 1ull << 52 } }, ILLEGAL_COMMAND },
	{ { { 3ull << 60 | 1 << 20 } }, ILLEGAL_COMMAND },
	{ { { 3ull << 60 | 1ull << 48 } }, ILLEGAL_COMMAND },
	{ { { 3ull << 60, 1 << 3 } }, ILLEGAL_COMMAND },
	{ { { 4ull << 60 | VSID, 1 << 1 } }, ILLEGAL_COMMAND },
	{ { { 8ull << 60 | 1 } }, ILLEGAL_COMMAND },
	{ { { 8ull << 60, 1 } }, ILLEGAL_COMMAND },
};

static const command_t amd_strangers[] = {
	{ { 4ull << 60 | 0x200 } },
	{ { 4ull << 60 | VSID2 } },
	{ { 4ull << 60 | 7 } },
};

const struct queue_vendor queue_amd = {
	.name = "amd",
	.kind = IOMMUFDX_MOCK_KIND_AMD,
	.viommu_type = IOMMUFDX_VIOMMU_TYPE_AMD,
	.inv_type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD,
	.type = IOMMUFDX_HW_QUEUE_TYPE_AMD_CMDBUF,
	.other_type = IOMMUFDX_HW_QUEUE_TYPE_SMMUV3_CMDQ,
	.words = 2,
	.shift = 4,
	.entries = 256,
	.least = 4 * KIB,
	.most = 512 * KIB,
	.map = guest_map_x86,
	.attach = amd_attach,
	.page = amd_page,
	.device = amd_device,
	.sync = amd_sync,
	.all = amd_all,
	.nr_all = NUM(amd_all),
	.silent = { { 1ull << 60 } },
	.irq = { { 1ull << 60 | 1 << 1 } },
	/* INVALIDATE_DEVTAB_ENTRY */
	.for_vmm = { { 2ull << 60 | VSID } },
	.illegal = amd_illegal,
	.nr_illegal = NUM(amd_illegal),
	.strangers = amd_strangers,
	.nr_strangers = NUM(amd_strangers),
	.store_error = HARDWARE_ERROR,
	.log_type = IOMMUFDX_VEVENTQ_TYPE_AMD,
};
