// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with IOMMU tables of its own, for the demonstration of migrations: what
 * devices use are the guest's addresses, which its tables, in guest memory, lead to
 * guest-physical ones. Hardware follows the tables (nested), or the kernel does
 * (shadow).
 */
#include <string.h>

#include <linux/iommufdx_shadow.h>

#include "vmm.h"

#define LEVELS		4
#define ENTRIES		512ull
#define VIEW		0x7f0000000000ull	/* the guest's addresses */
#define VSID		8			/* of the first device */

/* Pages that the guest's tables take at most for @pages pages of memory. */
static uint64_t table_pages(uint64_t pages)
{
	uint64_t bottom = pages / ENTRIES + 2;

	/* The page of context descriptors, and the top table. */
	return bottom + bottom / ENTRIES + 2 + 2;
}

void guest_layout(struct vmm *vmm)
{
	uint64_t pages = vmm->size / GUEST_PAGE;

	vmm->data = vmm->size;
	vmm->view = GUEST_IOVA;
	if (vmm->behind == BEHIND_NOTHING)
		return;
	vmm->data = (pages - table_pages(pages)) * GUEST_PAGE;
	vmm->view = VIEW;
}

/* The other way round, so that nothing is right by chance. */
uint64_t guest_page_of(const struct vmm *vmm, uint64_t page)
{
	return vmm->behind == BEHIND_NOTHING ? page :
					       vmm->data / GUEST_PAGE - 1 - page;
}

/* ----------------------------------------------------------- the guest's tables */

/* Entries of each kind of hardware: one that leads to a table, one to a page. */
struct entries {
	uint64_t table;
	uint64_t page;
};

static struct entries entries_of(const struct vendor *vendor)
{
	/* Arm: access flag, inner shareable, unprivileged access too. */
	if (vendor->kind == IOMMUFDX_MOCK_KIND_SMMUV3)
		return (struct entries){ 0x3, 0x743 };
	/* x86: present, writable, user. */
	return (struct entries){ 0x7, 0x7 };
}

/* The page of context descriptors comes first, then the top table. */
static uint64_t cds_gpa(const struct vmm *vmm)
{
	return GUEST_IOVA + vmm->data;
}

static uint64_t root_gpa(const struct vmm *vmm)
{
	return cds_gpa(vmm) + GUEST_PAGE;
}

static uint64_t *table_at(struct vmm *vmm, uint64_t gpa)
{
	return (uint64_t *)(vmm->memory + (gpa - GUEST_IOVA));
}

void guest_build(struct vmm *vmm, const struct vendor *vendor)
{
	const struct entries e = entries_of(vendor);
	uint64_t next = root_gpa(vmm) + GUEST_PAGE;

	memset(vmm->memory + vmm->data, 0, vmm->size - vmm->data);
	for (uint64_t page = 0; page < vmm->data / GUEST_PAGE; page++) {
		uint64_t va = VIEW + page * GUEST_PAGE, table = root_gpa(vmm);
		uint64_t *entry;

		for (unsigned int level = LEVELS - 1;; level--) {
			entry = table_at(vmm, table) +
				(va >> (12 + 9 * level)) % ENTRIES;
			if (!level)
				break;
			if (!*entry) {
				*entry = next | e.table;
				next += GUEST_PAGE;
			}
			table = *entry & ~0xfffull;
		}
		*entry = (GUEST_IOVA + guest_page_of(vmm, page) * GUEST_PAGE) |
			 e.page;
	}
}

/* Without a PASID, and with one: both lead to the same table. */
static void build_cds(struct vmm *vmm)
{
	uint64_t *cd = table_at(vmm, cds_gpa(vmm));

	for (unsigned int i = 0; i < 2; i++, cd += 8) {
		cd[1] = root_gpa(vmm);
		cd[3] = 0xff;
		/* ASID, ASET, A, R, AA64, IPS 48, V, EPD1, T0SZ 16. */
		cd[0] = (uint64_t)(i + 1) << 48 | 7ull << 45 | 1ull << 41 |
			5ull << 32 | 3ull << 30 | 16;
	}
}

/* -------------------------------------------------------------- the VMM's side */

static int nest_vtd(struct vmm *vmm, uint32_t *hwpt)
{
	const struct iommu_hwpt_vtd_s1 s1 = {
		.pgtbl_addr = root_gpa(vmm),
		.addr_width = 48,
	};

	return iommufdx_hwpt_nest(vmm->iommu, vmm->dev_id[0], vmm->hwpt,
				  vmm->pasid ? IOMMU_HWPT_ALLOC_PASID : 0,
				  IOMMU_HWPT_DATA_VTD_S1, &s1, sizeof(s1), hwpt);
}

static int nest_smmuv3(struct vmm *vmm, unsigned int n, uint32_t *hwpt)
{
	const struct iommu_hwpt_arm_smmuv3 ste = { {
		/* S1CDMAX, the CDs, stage 1, V. */
		(vmm->pasid ? 1ull << 59 : 0) | cds_gpa(vmm) | 0xb,
		/* Shareable, write-back; what has no PASID uses the first CD. */
		3 << 6 | 1 << 4 | 1 << 2 | (vmm->pasid ? 2 : 0),
	} };
	uint32_t vdev;
	int rc = 0;

	if (n == 0)
		rc = iommufdx_viommu_alloc(vmm->iommu, vmm->dev_id[0], vmm->hwpt,
					   IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
					   &vmm->viommu);
	if (!rc)
		rc = iommufdx_vdevice_alloc(vmm->iommu, vmm->viommu,
					    vmm->dev_id[n], VSID + n, &vdev);
	return rc ? rc : iommufdx_hwpt_nest(vmm->iommu, vmm->dev_id[n],
					    vmm->viommu, 0,
					    IOMMU_HWPT_DATA_ARM_SMMUV3, &ste,
					    sizeof(ste), hwpt);
}

static int shadow(struct vmm *vmm, const struct vendor *vendor, uint32_t *hwpt)
{
	bool arm = vendor->kind == IOMMUFDX_MOCK_KIND_SMMUV3;
	struct iommufdx_hwpt_shadow table = {
		.format = arm ? IOMMUFDX_FORMAT_ARMV8_S1 : IOMMUFDX_FORMAT_X86_64,
		.root = root_gpa(vmm),
		.levels = arm ? 0 : LEVELS,
		.va_bits = arm ? 48 : 0,
		.granule_shift = arm ? 12 : 0,
	};

	return iommufdx_hwpt_nest(vmm->iommu, vmm->dev_id[0], vmm->hwpt,
				  vmm->pasid ? IOMMU_HWPT_ALLOC_PASID : 0,
				  IOMMUFDX_HWPT_DATA_SHADOW, &table,
				  sizeof(table), hwpt);
}

bool guest_can_nest(const struct vendor *vendor)
{
	return vendor->format == IOMMUFDX_FORMAT_VTDSS ||
	       vendor->format == IOMMUFDX_FORMAT_ARMV8_S2;
}

int guest_table(struct vmm *vmm, const struct vendor *vendor, unsigned int n,
		uint32_t *hwpt)
{
	bool arm = vendor->kind == IOMMUFDX_MOCK_KIND_SMMUV3;

	if (vmm->behind == BEHIND_NESTED && arm) {
		if (n == 0)
			build_cds(vmm);
		return nest_smmuv3(vmm, n, hwpt);
	}
	/* One table serves all devices. */
	if (n)
		return 0;
	if (vmm->behind == BEHIND_NESTED)
		return nest_vtd(vmm, hwpt);
	return shadow(vmm, vendor, hwpt);
}
