// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include "nested_rig.h"

#define CAPS	(MODEL_CAP_PASID | MODEL_CAP_DIRTY | MODEL_CAP_NEST | \
		 MODEL_CAP_ATS)

struct machine m;
struct iommufdx_master dev, dev2;
struct model_atc *atc, *atc2;
struct guest g, g2;

unsigned int index_of(u64 iova, unsigned int level)
{
	return iova >> (12 + 9 * (level - 1)) & 0x1ff;
}

/* Have the guest's table send @iova to its data page @data; 0: nowhere. */
void guest_set_at(struct guest *guest, unsigned int table, u64 iova,
		  unsigned int data)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		page_at(guest->page[table + i])[index_of(iova, 4 - i)] =
			(GPA + (table + i + 1) * PAGE_SIZE) | PTE;
	page_at(guest->page[table + 3])[index_of(iova, 1)] =
		data ? (GPA + data * PAGE_SIZE) | PTE : 0;
}

void guest_set(struct guest *guest, u64 iova, unsigned int data)
{
	guest_set_at(guest, 0, iova, data);
}

static void guest_start(struct guest *guest, u32 flags)
{
	unsigned int i;

	guest->parent = format_make(&dev, PGTABLE_ANY,
				    IOMMUFDX_DOMAIN_NEST_PARENT | flags);
	for (i = 0; i < PAGES; i++) {
		guest->page[i] = page_make();
		CHECK_EQ(domain_map(guest->parent, GPA + i * PAGE_SIZE,
				    guest->page[i], 1), 0);
	}
}

static void guest_stop(struct guest *guest)
{
	unsigned int i;

	domain_drop(guest->parent);
	for (i = 0; i < PAGES; i++)
		page_drop(guest->page[i]);
}

void start(u32 flags)
{
	REQUIRE(machine_start(&m, flags, CAPS) == 0);
	full_master_start(&m, &dev, 0x28);
	full_master_start(&m, &dev2, 0x30);
	atc = model_atc_create(m.model, dev.rid, 0);
	atc2 = model_atc_create(m.model, dev2.rid, 0);
	guest_start(&g, IOMMUFDX_DOMAIN_DIRTY);
	guest_start(&g2, 0);
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
	return machine_stats(&m).commands_by_op[op];
}
