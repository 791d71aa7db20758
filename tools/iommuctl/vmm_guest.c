// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with IOMMU tables of its own, for the demonstration of migrations: what
 * devices use are the guest's addresses, which its tables, in guest memory, lead to
 * guest-physical ones. Hardware follows the tables (nested), or the kernel does
 * (shadow).
 */
#include <string.h>

#include <linux/iommufdx_amd.h>
#include <linux/iommufdx_shadow.h>
#include <linux/iommufdx_vtd.h>

#include "vmm.h"

#define LEVELS		4
#define ENTRIES		512ull
#define VIEW		0x7f0000000000ull	/* the guest's addresses */
#define VSID		8			/* of the first device */
#define AMD_DOMAIN	5ull			/* the guest's domain ID */

/* Pages that the guest's tables take at most for @pages pages of memory. */
static uint64_t table_pages(uint64_t pages)
{
	uint64_t bottom = pages / ENTRIES + 2;

	/* The driver's pages, that of contexts, and the top table. */
	return bottom + bottom / ENTRIES + 2 + DRIVER_PAGES + 2;
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

/*
 * The driver's pages come first, then the page that says what PASIDs have (context
 * descriptors, a GCR3 table), then the top table.
 */
uint64_t driver_gpa(const struct vmm *vmm, enum driver_page page)
{
	return GUEST_IOVA + vmm->data + page * GUEST_PAGE;
}

static uint64_t contexts_gpa(const struct vmm *vmm)
{
	return driver_gpa(vmm, DRIVER_PAGES);
}

static uint64_t root_gpa(const struct vmm *vmm)
{
	return contexts_gpa(vmm) + GUEST_PAGE;
}

static uint64_t *table_at(struct vmm *vmm, uint64_t gpa)
{
	return (uint64_t *)(vmm->memory + (gpa - GUEST_IOVA));
}

/* The entry for what devices see at @va; tables on the way are made from *@next on. */
static uint64_t *entry_at(struct vmm *vmm, uint64_t va, uint64_t *next,
			  uint64_t bits)
{
	uint64_t table = root_gpa(vmm), *entry;

	for (unsigned int level = LEVELS - 1;; level--) {
		entry = table_at(vmm, table) + (va >> (12 + 9 * level)) % ENTRIES;
		if (!level)
			return entry;
		if (!*entry) {
			*entry = *next | bits;
			*next += GUEST_PAGE;
		}
		table = *entry & ~0xfffull;
	}
}

uint64_t *guest_flip_entry(struct vmm *vmm)
{
	return entry_at(vmm, VIEW + vmm->data, NULL, 0);
}

void guest_build(struct vmm *vmm, const struct vendor *vendor)
{
	const struct entries e = entries_of(vendor);
	uint64_t next = root_gpa(vmm) + GUEST_PAGE;

	memset(vmm->memory + vmm->data, 0, vmm->size - vmm->data);
	for (uint64_t page = 0; page < vmm->data / GUEST_PAGE; page++)
		*entry_at(vmm, VIEW + page * GUEST_PAGE, &next, e.table) =
			(GUEST_IOVA + guest_page_of(vmm, page) * GUEST_PAGE) |
			e.page;
	*entry_at(vmm, VIEW + vmm->data, &next, e.table) =
		driver_gpa(vmm, DRIVER_FLIP) | e.page;
}

/* Without a PASID, and with one: both lead to the same table. */
static void build_contexts(struct vmm *vmm, const struct vendor *vendor)
{
	uint64_t *context = table_at(vmm, contexts_gpa(vmm));

	for (unsigned int i = 0; i < 2; i++) {
		if (vendor->kind == IOMMUFDX_MOCK_KIND_AMD) {
			context[i] = root_gpa(vmm) | 1;
		} else if (vendor->kind == IOMMUFDX_MOCK_KIND_SMMUV3) {
			uint64_t *cd = context + 8 * i;

			cd[1] = root_gpa(vmm);
			cd[3] = 0xff;
			/* ASID, ASET, A, R, AA64, IPS 48, V, EPD1, T0SZ 16. */
			cd[0] = (uint64_t)(i + 1) << 48 | 7ull << 45 |
				1ull << 41 | 5ull << 32 | 3ull << 30 | 16;
		}
	}
}

/* -------------------------------------------------------------- the VMM's side */

static int nest_vtd(struct vmm *vmm, unsigned int n, uint32_t *hwpt)
{
	const struct iommufdx_hwpt_vtd table = {
		.s1 = {
			.pgtbl_addr = root_gpa(vmm),
			.addr_width = 48,
		},
	};

	return iommufdx_hwpt_nest(vmm->iommu, vmm->dev_id[n], vmm->viommu,
				  vmm->pasid ? IOMMU_HWPT_ALLOC_PASID : 0,
				  IOMMUFDX_HWPT_DATA_VTD, &table, sizeof(table),
				  hwpt);
}

static int nest_smmuv3(struct vmm *vmm, unsigned int n, uint32_t *hwpt)
{
	const struct iommu_hwpt_arm_smmuv3 ste = { {
		/* S1CDMAX, the CDs, stage 1, V. */
		(vmm->pasid ? 1ull << 59 : 0) | contexts_gpa(vmm) | 0xb,
		/* Shareable, write-back; what has no PASID uses the first CD. */
		3 << 6 | 1 << 4 | 1 << 2 | (vmm->pasid ? 2 : 0),
	} };

	return iommufdx_hwpt_nest(vmm->iommu, vmm->dev_id[n], vmm->viommu, 0,
				  IOMMU_HWPT_DATA_ARM_SMMUV3, &ste, sizeof(ste),
				  hwpt);
}

static int nest_amd(struct vmm *vmm, unsigned int n, uint32_t *hwpt)
{
	const uint64_t gcr3 = contexts_gpa(vmm);
	/* V, TV, GIoV, GV, IR, IW, the address in three parts; the domain ID. */
	const struct iommu_hwpt_amd_guest dte = { {
		3 | 3ull << 54 | 3ull << 61 | (gcr3 >> 12 & 7) << 58,
		AMD_DOMAIN | (gcr3 >> 15 & 0xffff) << 16 | gcr3 >> 31 << 43,
	} };

	return iommufdx_hwpt_nest(vmm->iommu, vmm->dev_id[n], vmm->viommu, 0,
				  IOMMU_HWPT_DATA_AMD_GUEST, &dte, sizeof(dte),
				  hwpt);
}

/* The guest's IOMMU, its name for the device, and what it says of that. */
static int nest(struct vmm *vmm, const struct vendor *vendor, unsigned int n,
		uint32_t *hwpt)
{
	static const uint32_t types[] = {
		[IOMMUFDX_MOCK_KIND_AMD] = IOMMUFDX_VIOMMU_TYPE_AMD,
		[IOMMUFDX_MOCK_KIND_VTD] = IOMMUFDX_VIOMMU_TYPE_VTD,
		[IOMMUFDX_MOCK_KIND_SMMUV3] = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
	};
	uint32_t vdev;
	int rc = 0;

	if (n == 0)
		rc = iommufdx_viommu_alloc(vmm->iommu, vmm->dev_id[0], vmm->hwpt,
					   types[vendor->kind], &vmm->viommu);
	if (!rc)
		rc = iommufdx_vdevice_alloc(vmm->iommu, vmm->viommu,
					    vmm->dev_id[n], VSID + n, &vdev);
	if (rc)
		return rc;
	if (n == 0)
		build_contexts(vmm, vendor);
	switch (vendor->kind) {
	case IOMMUFDX_MOCK_KIND_AMD:
		return nest_amd(vmm, n, hwpt);
	case IOMMUFDX_MOCK_KIND_VTD:
		return nest_vtd(vmm, n, hwpt);
	default:
		return nest_smmuv3(vmm, n, hwpt);
	}
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
	return vendor->format == IOMMUFDX_FORMAT_AMDV1 ||
	       vendor->format == IOMMUFDX_FORMAT_VTDSS ||
	       vendor->format == IOMMUFDX_FORMAT_ARMV8_S2;
}

int guest_table(struct vmm *vmm, const struct vendor *vendor, unsigned int n,
		uint32_t *hwpt)
{
	if (vmm->behind == BEHIND_NESTED)
		return nest(vmm, vendor, n, hwpt);
	/* One shadow serves all devices. */
	return n ? 0 : shadow(vmm, vendor, hwpt);
}
