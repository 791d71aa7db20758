// SPDX-License-Identifier: GPL-2.0-only
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "nested_rig.h"

struct machine m;
struct iommufdx_master dev, dev2;
struct model_atc *atc, *atc2;
struct guest g, g2;

/* ---- The guest's side ---- */

unsigned int index_of(u64 va, unsigned int level)
{
	return va >> (39 - 9 * level) & 0x1ff;
}

void guest_set(struct guest *guest, unsigned int table, u64 va,
	       unsigned int data)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		page_at(guest->page[table + i])[index_of(va, i)] =
			(GPA + (table + i + 1) * PAGE_SIZE) | 3;
	/* Page, unprivileged, inner shareable, accessed, of one ASID. */
	page_at(guest->page[table + 3])[index_of(va, 3)] =
		data ? (GPA + data * PAGE_SIZE) | 0xf43 : 0;
}

void guest_set_global(struct guest *guest, unsigned int table, u64 va,
		      unsigned int data)
{
	guest_set(guest, table, va, data);
	page_at(guest->page[table + 3])[index_of(va, 3)] &= ~ARMV8_S1_NG;
}

void guest_cd(struct guest *guest, unsigned int ssid, u16 asid,
	      unsigned int table)
{
	u64 *cd = page_at(guest->page[0]) + ssid * SMMU_CD_WORDS;

	cd[1] = GPA + table * PAGE_SIZE;
	cd[3] = 0xff;
	cd[0] = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A |
		SMMU_CD0_ASET | SMMU_CD0_EPD1 | FIELD_PREP(SMMU_CD0_T0SZ, 16) |
		FIELD_PREP(SMMU_CD0_IPS, SMMU_OAS_48) |
		FIELD_PREP(SMMU_CD0_ASID, asid);
}

u64 ste0(void)
{
	return STAGE1 | GPA | (u64)CD_BITS << 59;
}

cmd_t tlbi_va(u16 asid, u64 va)
{
	return (cmd_t){ { 0x12 | (u64)asid << 48, va | 1 } };
}

cmd_t tlbi_asid(u16 asid)
{
	return (cmd_t){ { 0x11 | (u64)asid << 48 } };
}

cmd_t atc_inv(u32 vsid, u32 ssid)
{
	return (cmd_t){ { 0x40 | (u64)vsid << 32 |
			  (ssid ? ssid << 12 | 1 << 11 : 0), 52 } };
}

/* ---- The VMM's side ---- */

struct iommufdx_domain *alloc(struct guest *guest, u64 w0, u64 w1)
{
	struct iommu_hwpt_arm_smmuv3 ste = { { w0, w1 } };
	const struct iommufdx_user_data data = {
		.type = ARM,
		.uptr = &ste,
		.len = sizeof(ste),
	};

	return guest->viommu->ops->alloc_nested(guest->viommu, 0, &data);
}

struct iommufdx_domain *nest(struct guest *guest, u64 w0, u64 w1)
{
	struct iommufdx_domain *domain = alloc(guest, w0, w1);

	if (IS_ERR(domain))
		abort();
	return domain;
}

int inv(struct guest *guest, const cmd_t *cmds, unsigned int nr,
	unsigned int *done)
{
	return invalidate(guest->viommu->ops->inv, guest->viommu, cmds, nr,
			  done);
}

int inv_one(struct guest *guest, cmd_t cmd)
{
	unsigned int done;
	int rc = inv(guest, &cmd, 1, &done);

	CHECK_EQ(done, !rc);
	return rc;
}

void guest_start(struct guest *guest)
{
	const struct iommufdx_user_data data = {
		.type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
	};
	unsigned int i;

	memset(&guest->names, 0, sizeof(guest->names));
	pthread_mutex_init(&guest->names.lock, NULL);
	guest->parent = stage_make(&dev, 2, IOMMUFDX_DOMAIN_NEST_PARENT);
	for (i = 0; i < PAGES; i++) {
		guest->page[i] = page_make();
		CHECK_EQ(domain_map(guest->parent, GPA + i * PAGE_SIZE,
				    guest->page[i], 1), 0);
	}
	guest->viommu = rig_ops->viommu_alloc(&dev, guest->parent,
					      &guest->names, &data);
	if (IS_ERR(guest->viommu))
		abort();
}

void guest_name(struct guest *guest, struct iommufdx_master *master,
		u32 vsid)
{
	guest->names.vdev[0] = (struct iommufdx_vdevice){
		.viommu = guest->viommu,
		.master = master,
		.virt_id = vsid,
	};
	CHECK_EQ(guest->viommu->ops->vdevice_init(&guest->names.vdev[0]), 0);
}

void guest_stop(struct guest *guest)
{
	unsigned int i;

	guest->viommu->ops->free(guest->viommu);
	domain_drop(guest->parent);
	for (i = 0; i < PAGES; i++)
		page_drop(guest->page[i]);
}

void start_caps(u32 flags, u32 caps)
{
	REQUIRE(machine_start(&m, flags, caps) == 0);
	memset(&dev, 0, sizeof(dev));
	memset(&dev2, 0, sizeof(dev2));
	dev.max_pasid_bits = 16;
	dev.dev_ats = true;
	dev2.dev_ats = true;
	REQUIRE(master_add(&m, &dev, 0x28) == 0);
	REQUIRE(master_add(&m, &dev2, 0x30) == 0);
	atc = model_atc_create(m.model, dev.rid, 0);
	atc2 = model_atc_create(m.model, dev2.rid, 0);
	guest_start(&g);
	guest_start(&g2);
	guest_name(&g, &dev, VSID);
	guest_name(&g2, &dev2, VSID);
}

void start(u32 flags)
{
	start_caps(flags, MODEL_CAP_ALL);
}

void stop(void)
{
	guest_stop(&g);
	guest_stop(&g2);
	master_stop(&dev);
	master_stop(&dev2);
	CHECK_EQ(machine_stats(&m).illegal, 0);
	CHECK_EQ(model_check(m.model), 0);
	model_atc_destroy(atc);
	model_atc_destroy(atc2);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use(), 0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

u64 commands(unsigned int op)
{
	return machine_stats(&m).commands_by_op[op < 0x40 ? op : 0x38 | (op & 7)];
}

u64 all_tlbi(void)
{
	return commands(0x10) + commands(0x11) + commands(0x12) + commands(0x13);
}
