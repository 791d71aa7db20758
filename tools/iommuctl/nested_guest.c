// SPDX-License-Identifier: GPL-2.0-only
/* The guest of `iommuctl demo nested', and its VMM. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "nested.h"

#define NESTED_RID	0x0100
#define LEVELS		4

uint8_t *nested_page(struct nested_guest *g, unsigned int page)
{
	return g->memory + page * NESTED_PAGE;
}

uint64_t nested_pa(unsigned int page)
{
	return NESTED_GPA + page * NESTED_PAGE;
}

unsigned int nested_take(struct nested_guest *g, unsigned int pages)
{
	g->used += pages;
	return g->used - pages;
}

/* ------------------------------------------------------------ guest's tables */

static uint64_t *entry_of(struct nested_guest *g, unsigned int table,
			  uint64_t va, unsigned int level)
{
	return (uint64_t *)nested_page(g, table) +
	       (va >> (12 + 9 * level) & 0x1ff);
}

void nested_map(struct nested_guest *g, struct nested_space *space,
		unsigned int slot, unsigned int where)
{
	uint64_t va = NESTED_VA + slot * NESTED_PAGE, *entry, leaf = 0;
	unsigned int table = space->root, level;

	for (level = LEVELS - 1; level; level--) {
		entry = entry_of(g, table, va, level);
		if (!*entry)
			*entry = nested_pa(nested_take(g, 1)) |
				 g->vendor->dir;
		table = ((*entry & 0xfffffffff000ull) - NESTED_GPA) /
			NESTED_PAGE;
	}
	if (where)
		leaf = nested_pa(space->data + where - 1) | g->vendor->leaf;
	__atomic_store_n(entry_of(g, table, va, 0), leaf, __ATOMIC_RELEASE);
	space->where[slot] = where;
}

/* All tables before any device walks them, so that threads need take none. */
static void spaces_init(struct nested_guest *g)
{
	for (unsigned int i = 0; i < NESTED_SPACES; i++) {
		struct nested_space *space = &g->space[i];

		space->pasid = i + 1;
		space->root = nested_take(g, 1);
		space->data = nested_take(g, NESTED_DATA);
		for (unsigned int slot = 0; slot < NESTED_SLOTS; slot++)
			nested_map(g, space, slot, 0);
	}
}

int nested_invalidate(struct nested_guest *g, unsigned int thread,
		      const struct nested_space *space,
		      const unsigned int *slots, unsigned int num)
{
	uint64_t commands[(NESTED_BATCH + 1) * NESTED_WORDS] = { 0 };
	unsigned int i;
	int rc;

	for (i = 0; i < num; i++)
		g->vendor->page(space, NESTED_VA + slots[i] * NESTED_PAGE,
				commands + i * g->vendor->words);
	g->vendor->device(space, commands + i++ * g->vendor->words);
	rc = g->path->execute(g, thread, commands, i);
	return rc ? rc : (int)i;
}

/* ---------------------------------------------------------------- Intel VT-d */

/* The guest has a domain ID for each space: its PASID. */
static int vtd_start(struct nested_guest *g)
{
	for (unsigned int i = 0; i < NESTED_SPACES; i++) {
		const struct nested_space *space = &g->space[i];
		const struct iommufdx_hwpt_vtd arg = {
			.s1 = {
				.pgtbl_addr = nested_pa(space->root),
				.addr_width = 48,
			},
			.did = space->pasid,
		};
		uint32_t pt;
		int rc;

		rc = iommufdx_hwpt_nest(g->iommu, g->dev_id, g->viommu,
					IOMMU_HWPT_ALLOC_PASID,
					IOMMUFDX_HWPT_DATA_VTD, &arg,
					sizeof(arg), &pt);
		if (!rc)
			rc = iommufdx_device_attach_pasid(g->dev, space->pasid,
							  &pt);
		if (rc)
			return rc;
	}
	return 0;
}

/* PASID-based IOTLB: one page, of which only the last level changed. */
static void vtd_page(const struct nested_space *space, uint64_t va,
		     uint64_t *cmd)
{
	cmd[0] = 0x6 | 3 << 4 | space->pasid << 16 |
		 (uint64_t)space->pasid << 32;
	cmd[1] = va | 1 << 6;
}

static bool vtd_page_of(const uint64_t *cmd, uint32_t *pasid, uint64_t *va)
{
	if ((cmd[0] & 0xf) != 0x6)
		return false;
	*pasid = cmd[0] >> 32;
	*va = cmd[1] & ~0xfffull;
	return true;
}

/* PASID-based device TLB: everything. */
static void vtd_device(const struct nested_space *space, uint64_t *cmd)
{
	cmd[0] = 0x8 | NESTED_VSID << 16 | (uint64_t)space->pasid << 32;
	cmd[1] = 0x7ffffffffffff800;
}

/* Wait, with a status write and a fence. */
static void vtd_sync(uint64_t addr, uint32_t value, uint64_t *cmd)
{
	cmd[0] = 0x5 | 1 << 5 | 1 << 6 | (uint64_t)value << 32;
	cmd[1] = addr;
}

/* ----------------------------------------------------------------- Arm SMMUv3 */

/* One CD per SSID, in one page. */
static unsigned int smmuv3_cds(struct nested_guest *g)
{
	unsigned int page = nested_take(g, 1);

	for (unsigned int i = 0; i < NESTED_SPACES; i++) {
		const struct nested_space *space = &g->space[i];
		uint64_t *cd = (uint64_t *)nested_page(g, page) +
			       8 * space->pasid;

		cd[1] = nested_pa(space->root);
		cd[3] = 0xff;
		/* ASID, ASET, A, R, AA64, IPS 48, V, EPD1, T0SZ 16. */
		cd[0] = (uint64_t)space->pasid << 48 | 7ull << 45 |
			1ull << 41 | 5ull << 32 | 3ull << 30 | 16;
	}
	return page;
}

static int smmuv3_start(struct nested_guest *g)
{
	const struct iommu_hwpt_arm_smmuv3 ste = { {
		/* S1CDMAX 4, the CDs, stage 1, V; EATS, shareable, write-back. */
		4ull << 59 | nested_pa(smmuv3_cds(g)) | 0xb,
		1ull << 28 | 3 << 6 | 1 << 4 | 1 << 2,
	} };
	uint32_t pt;
	int rc;

	rc = iommufdx_hwpt_nest(g->iommu, g->dev_id, g->viommu, 0,
				IOMMU_HWPT_DATA_ARM_SMMUV3, &ste, sizeof(ste),
				&pt);
	return rc ? rc : iommufdx_device_attach(g->dev, &pt);
}

/* TLBI_NH_VA of a leaf. */
static void smmuv3_page(const struct nested_space *space, uint64_t va,
			uint64_t *cmd)
{
	cmd[0] = (uint64_t)space->pasid << 48 | 0x12;
	cmd[1] = va | 1;
}

static bool smmuv3_page_of(const uint64_t *cmd, uint32_t *pasid, uint64_t *va)
{
	if ((cmd[0] & 0xff) != 0x12)
		return false;
	*pasid = cmd[0] >> 48;
	*va = cmd[1] & ~0xfffull;
	return true;
}

/* ATC_INV of everything that the PASID has. */
static void smmuv3_device(const struct nested_space *space, uint64_t *cmd)
{
	cmd[0] = (uint64_t)NESTED_VSID << 32 | space->pasid << 12 | 1 << 11 |
		 0x40;
	cmd[1] = 52;
}

/* CMD_SYNC with a message. */
static void smmuv3_sync(uint64_t addr, uint32_t value, uint64_t *cmd)
{
	cmd[0] = (uint64_t)value << 32 | 1 << 12 | 0x46;
	cmd[1] = addr;
}

/* ------------------------------------------------------------------------ AMD */

/* The domain ID that the guest gives its device. */
#define AMD_DOMAIN	5ull

/* A GCR3 table of one page, and a device table entry that has it. */
static int amd_start(struct nested_guest *g)
{
	const unsigned int page = nested_take(g, 1);
	const uint64_t gcr3 = nested_pa(page);
	/* V, TV, GV, IR, IW, the address in three parts. */
	const struct iommu_hwpt_amd_guest guest = { {
		3 | 1ull << 55 | 3ull << 61 | (gcr3 >> 12 & 7) << 58,
		AMD_DOMAIN | (gcr3 >> 15 & 0xffff) << 16 | gcr3 >> 31 << 43,
	} };
	uint32_t pt;
	int rc;

	for (unsigned int i = 0; i < NESTED_SPACES; i++)
		((uint64_t *)nested_page(g, page))[g->space[i].pasid] =
			nested_pa(g->space[i].root) | 1;
	rc = iommufdx_hwpt_nest(g->iommu, g->dev_id, g->viommu, 0,
				IOMMU_HWPT_DATA_AMD_GUEST, &guest,
				sizeof(guest), &pt);
	return rc ? rc : iommufdx_device_attach(g->dev, &pt);
}

/* INVALIDATE_IOMMU_PAGES of a PASID's page. */
static void amd_page(const struct nested_space *space, uint64_t va,
		     uint64_t *cmd)
{
	cmd[0] = 3ull << 60 | AMD_DOMAIN << 32 | space->pasid;
	cmd[1] = va | 1 << 2;
}

static bool amd_page_of(const uint64_t *cmd, uint32_t *pasid, uint64_t *va)
{
	if (cmd[0] >> 60 != 3)
		return false;
	*pasid = cmd[0] & 0xfffff;
	*va = cmd[1] & ~0xfffull;
	return true;
}

/* INVALIDATE_IOTLB_PAGES of everything that the PASID has. */
static void amd_device(const struct nested_space *space, uint64_t *cmd)
{
	cmd[0] = 4ull << 60 | (uint64_t)space->pasid << 48 | NESTED_VSID;
	cmd[1] = 0x7ffffffffffff000 | 1 << 2 | 1;
}

/* COMPLETION_WAIT with a store. */
static void amd_sync(uint64_t addr, uint32_t value, uint64_t *cmd)
{
	cmd[0] = 1ull << 60 | addr | 1;
	cmd[1] = value;
}

const struct nested_vendor nested_vendors[] = {
	{
		.name = "vtd",
		.kind = IOMMUFDX_MOCK_KIND_VTD,
		.dir = 0x7,
		.leaf = 0x7,
		.viommu_type = IOMMUFDX_VIOMMU_TYPE_VTD,
		.inv_type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_VTD,
		.queue_type = IOMMUFDX_HW_QUEUE_TYPE_VTD_IQ,
		.words = 4,
		.index_shift = 5,
		.start = vtd_start,
		.page = vtd_page,
		.device = vtd_device,
		.sync = vtd_sync,
		.shadow = { .format = IOMMUFDX_FORMAT_X86_64, .levels = LEVELS },
		.page_of = vtd_page_of,
	},
	{
		.name = "smmuv3",
		.kind = IOMMUFDX_MOCK_KIND_SMMUV3,
		.dir = 0x3,
		.leaf = 0xf43,
		.viommu_type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
		.inv_type = IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
		.queue_type = IOMMUFDX_HW_QUEUE_TYPE_SMMUV3_CMDQ,
		.words = 2,
		.wrap_bit = true,
		.start = smmuv3_start,
		.page = smmuv3_page,
		.device = smmuv3_device,
		.sync = smmuv3_sync,
		.shadow = {
			.format = IOMMUFDX_FORMAT_ARMV8_S1,
			.va_bits = 48,
			.granule_shift = 12,
		},
		.page_of = smmuv3_page_of,
	},
	{
		.name = "amd",
		.kind = IOMMUFDX_MOCK_KIND_AMD,
		.dir = 0x7,
		.leaf = 0x7,
		.viommu_type = IOMMUFDX_VIOMMU_TYPE_AMD,
		.inv_type = IOMMUFDX_VIOMMU_INVALIDATE_DATA_AMD,
		.queue_type = IOMMUFDX_HW_QUEUE_TYPE_AMD_CMDBUF,
		.words = 2,
		.index_shift = 4,
		.start = amd_start,
		.page = amd_page,
		.device = amd_device,
		.sync = amd_sync,
		.shadow = { .format = IOMMUFDX_FORMAT_X86_64, .levels = LEVELS },
		.page_of = amd_page_of,
	},
	{ 0 },
};

/* ------------------------------------------------------------------- the VMM */

static int device_make(struct nested_guest *g)
{
	const struct iommufdx_mock_iommu_config iommu = {
		.kind = g->vendor->kind,
		.caps = g->path->shadow ? IOMMUFDX_MOCK_CAP_PASID |
					  IOMMUFDX_MOCK_CAP_ATS :
					  IOMMUFDX_MOCK_CAPS_ANY,
	};
	struct iommufdx_mock_dev_config dev = {
		.rid = NESTED_RID,
		.flags = IOMMUFDX_MOCK_DEV_ATS,
		.pasid_bits = 10,
	};
	uint32_t id;
	int rc;

	rc = iommufdx_mock_iommu_add(g->mock, &iommu, &g->mock_iommu);
	dev.iommu = g->mock_iommu;
	if (!rc)
		rc = iommufdx_mock_dev_add(g->mock, &dev, &id);
	if (!rc)
		rc = iommufdx_mock_dev_open(g->mock, id, &g->dev);
	return rc ? rc : iommufdx_device_bind(g->dev, g->iommu, &g->dev_id);
}

static int memory_make(struct nested_guest *g)
{
	uint64_t iova = NESTED_GPA;
	uint32_t ioas;
	int rc;

	rc = iommufdx_ioas_alloc(g->iommu, &ioas);
	if (!rc)
		rc = iommufdx_ioas_map(g->iommu, ioas,
				       IOMMU_IOAS_MAP_FIXED_IOVA |
				       IOMMU_IOAS_MAP_READABLE |
				       IOMMU_IOAS_MAP_WRITEABLE, g->memory,
				       NESTED_PAGES * NESTED_PAGE, &iova);
	return rc ? rc : iommufdx_hwpt_alloc(g->iommu, g->dev_id, ioas,
					     g->path->shadow ? 0 :
					     IOMMU_HWPT_ALLOC_NEST_PARENT,
					     &g->parent);
}

/* The guest's IOMMU, its device's name there, and the way to it. */
static int viommu_make(struct nested_guest *g)
{
	uint32_t vdev;
	int rc;

	if (g->path->shadow)
		return g->path->open(g);
	rc = iommufdx_viommu_alloc(g->iommu, g->dev_id, g->parent,
				   g->vendor->viommu_type, &g->viommu);
	if (!rc)
		rc = iommufdx_vdevice_alloc(g->iommu, g->viommu, g->dev_id,
					    NESTED_VSID, &vdev);
	if (!rc)
		rc = g->path->open(g);
	return rc ? rc : g->vendor->start(g);
}

int nested_start(struct nested_guest *g)
{
	int rc;

	pthread_mutex_init(&g->queue_lock, NULL);

	g->memory = mmap(NULL, NESTED_PAGES * NESTED_PAGE,
			 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	if (g->memory == MAP_FAILED) {
		g->memory = NULL;
		return cannot("%s", strerror(errno));
	}
	g->iommu = open_iommu();
	g->mock = g->iommu ? open_mock() : NULL;
	if (!g->mock)
		return EXIT_CANNOT;
	rc = device_make(g);
	if (rc)
		return cannot("a mock device behind %s: %s", g->vendor->name,
			      strerror(-rc));
	/* The first, because it has to be aligned to its length. */
	g->queue_page = nested_take(g, NESTED_QUEUE * NESTED_WORDS * 8 /
				       NESTED_PAGE);
	g->answer_page = nested_take(g, 1);
	spaces_init(g);
	rc = memory_make(g);
	if (!rc)
		rc = viommu_make(g);
	return rc ? cannot("nesting: %s", strerror(-rc)) : 0;
}

void nested_stop(struct nested_guest *g)
{
	nested_path_close(g);
	iommufdx_device_close(g->dev);
	iommufdx_mock_close(g->mock);
	iommufdx_close(g->iommu);
	if (g->memory)
		munmap(g->memory, NESTED_PAGES * NESTED_PAGE);
}
