// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests with an AMD IOMMU: their device table entries on a host table, their
 * domain IDs, their commands. The guest's memory is the host table's IOVAs.
 */
#include <linux/array_size.h>
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/iommufd_guest.h>
#include <uapi/linux/iommufdx.h>
#include <amd/nested.h>
#include "rig.h"

#define IOVA	0x5000ULL
#define CAPS	(MODEL_CAP_PASID | MODEL_CAP_DIRTY | MODEL_CAP_NEST)
/* Guest physical addresses; host memory is elsewhere. */
#define GPA_GCR3	0x100000000ULL
#define GPA_TABLES	0x100010000ULL
#define GPA_DATA	0x100100000ULL
/* What the guest calls @dev. */
#define NAME		0x17

static struct machine m;
static struct iommufdx_master dev, dev2;
static struct iommufdx_domain *parent;
static struct iommufdx_viommu *viommu;
static struct rig_names names;
/* Commands that a test has hardware refuse. */
static u64 refused;
static unsigned int found_stale;	/* by checks that were to find it */
static u64 gcr3, tables[8], data[2], nr_tables;

/* -------------------------------------------------------------- the guest */

static void guest_map(u64 gpa, u64 pa)
{
	CHECK_EQ(domain_map(parent, gpa, pa, 1), 0);
}

/* A page table of 4 levels that maps IOVA to @gpa; its address in the guest. */
static u64 guest_table(u64 gpa)
{
	u64 first = GPA_TABLES + nr_tables * PAGE_SIZE;
	unsigned int level;

	if (nr_tables + 4 > ARRAY_SIZE(tables))
		abort();
	for (level = 0; level < 4; level++) {
		tables[nr_tables] = page_make();
		guest_map(first + level * PAGE_SIZE, tables[nr_tables]);
		page_at(tables[nr_tables])[level < 3 ? 0 : IOVA >> 12] = 7 |
			(level < 3 ? first + (level + 1) * PAGE_SIZE : gpa);
		nr_tables++;
	}
	return first;
}

static void start(void)
{
	const struct iommufdx_user_data type = {
		.type = IOMMUFDX_VIOMMU_TYPE_AMD,
	};

	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, CAPS) == 0);
	full_master_start(&m, &dev, 0x28);
	full_master_start(&m, &dev2, 0x30);
	CHECK(dev.caps & IOMMUFDX_CAP_NEST);
	parent = v1_make(&dev, IOMMUFDX_DOMAIN_NEST_PARENT |
			       IOMMUFDX_DOMAIN_DIRTY);
	memset(&names, 0, sizeof(names));
	pthread_mutex_init(&names.lock, NULL);
	viommu = amd_viommu_alloc(&dev, parent, &names, &type);
	REQUIRE(!IS_ERR(viommu));
	names.vdev[0] = (struct iommufdx_vdevice){
		.viommu = viommu, .master = &dev, .virt_id = NAME,
	};
	CHECK_EQ(viommu->ops->vdevice_init(&names.vdev[0]), 0);
	gcr3 = page_make();
	guest_map(GPA_GCR3, gcr3);
	data[0] = page_make();
	data[1] = page_make();
	guest_map(GPA_DATA, data[0]);
	guest_map(GPA_DATA + PAGE_SIZE, data[1]);
	nr_tables = 0;
}

static void stop(void)
{
	viommu->ops->free(viommu);
	domain_drop(parent);
	while (nr_tables)
		page_drop(tables[--nr_tables]);
	page_drop(data[0]);
	page_drop(data[1]);
	page_drop(gcr3);
	master_stop(&dev);
	master_stop(&dev2);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(machine_stats(&m).stale, found_stale);
	CHECK_EQ(machine_stats(&m).illegal, refused);
	CHECK_EQ(machine_stats(&m).tlb_entries, 0);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

/* What a guest's driver writes: GCR3 table of one level. */
static struct iommu_hwpt_amd_guest guest_dte(u16 id)
{
	struct amd_dte dte = amd_dte_v2(id, GPA_GCR3, 1, 4);
	struct iommu_hwpt_amd_guest guest;

	memcpy(guest.dte, dte.word, sizeof(guest.dte));
	return guest;
}

static struct iommufdx_domain *nest(const struct iommu_hwpt_amd_guest *guest)
{
	const struct iommufdx_user_data data = {
		.type = IOMMU_HWPT_DATA_AMD_GUEST,
		.uptr = (void __user *)guest,
		.len = sizeof(*guest),
	};

	return viommu->ops->alloc_nested(viommu, 0, &data);
}

static struct iommufdx_domain *nest_id(u16 id)
{
	const struct iommu_hwpt_amd_guest guest = guest_dte(id);
	struct iommufdx_domain *nested = nest(&guest);

	if (IS_ERR(nested))
		abort();
	return nested;
}

typedef struct iommufdx_viommu_amd_invalidate cmd_t;

/* Commands of the guest; all of them have to be done. */
static int commands(const cmd_t *cmd, unsigned int nr)
{
	unsigned int done;
	int rc = invalidate(viommu->ops->inv, viommu, cmd, nr, &done);

	CHECK_EQ(done, rc ? 0 : nr);
	return rc;
}

static int command(u64 word0, u64 word1)
{
	const cmd_t cmd = { { word0, word1 } };

	return commands(&cmd, 1);
}

/* ------------------------------------------------------------------ tests */

static void dma_goes_through_both(void)
{
	struct iommufdx_domain *nested;

	start();
	page_at(gcr3)[0] = guest_table(GPA_DATA) | 1;
	page_at(gcr3)[5] = guest_table(GPA_DATA + PAGE_SIZE) | 1;
	nested = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, parent), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA_DATA, 1), 0);
	CHECK_EQ(page_at(data[0])[0], 1);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(dma_write(&dev, 5, IOVA, 3), 0);
	CHECK_EQ(page_at(data[0])[0], 2);
	CHECK_EQ(page_at(data[1])[0], 3);
	CHECK_EQ(dma_write(&dev, 4, IOVA, 4), -EFAULT);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA_DATA, 4), -EFAULT);
	/* The PASIDs are the guest's affair. */
	CHECK_EQ(attach(&dev, 5, nested), -EINVAL);

	/* What the host unmaps is gone, whatever the guest has cached. */
	CHECK_EQ(domain_unmap(parent, GPA_DATA, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 5), -EFAULT);
	CHECK_EQ(page_at(data[0])[0], 2);
	guest_map(GPA_DATA, data[1]);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 6), 0);
	CHECK_EQ(page_at(data[1])[0], 6);

	/* And back, and away. */
	CHECK_EQ(attach(&dev, NO_PASID, parent), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA_DATA + PAGE_SIZE, 7), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(nested);
	stop();
}

static void dirty_bits_are_of_the_host_table(void)
{
	struct iommufdx_domain *nested;

	start();
	page_at(gcr3)[0] = guest_table(GPA_DATA) | 1;
	nested = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK(!domain_dirty(parent, GPA_DATA));
	CHECK_EQ(parent->ops->set_dirty_tracking(parent, true), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK(domain_dirty(parent, GPA_DATA));
	CHECK(!domain_dirty(parent, GPA_DATA));
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), 0);
	CHECK(domain_dirty(parent, GPA_DATA));
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(nested);
	stop();
}

static u16 domain_id(const struct iommufdx_master *master)
{
	const struct amd_iommu *iommu = to_amd_iommu(master->iommu);

	return FIELD_GET(AMD_DTE1_DOMID,
			 iommu->dev_table[master->rid].word[1]);
}

/* One ID of the guest is one of hardware, as long as anything has it. */
static void domain_ids_are_translated(void)
{
	struct iommufdx_domain *a, *b, *c;

	start();
	page_at(gcr3)[0] = guest_table(GPA_DATA) | 1;
	a = nest_id(9);
	b = nest_id(9);
	c = nest_id(10);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, b), 0);
	CHECK_EQ(domain_id(&dev), domain_id(&dev2));
	CHECK(domain_id(&dev) != to_amd_domain(parent)->id);
	CHECK_EQ(attach(&dev2, NO_PASID, c), 0);
	CHECK(domain_id(&dev) != domain_id(&dev2));
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(b);
	domain_drop(c);
	stop();
}

/* The guest changes its tables: its command, and not before, makes it seen. */
static void guest_commands_reach_hardware(void)
{
	struct iommufdx_domain *nested;
	unsigned int way;
	u64 *pte;

	start();
	page_at(gcr3)[5] = guest_table(GPA_DATA) | 1;
	pte = page_at(tables[3]) + (IOVA >> 12);
	nested = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	for (way = 0; way < 5; way++) {
		*pte = GPA_DATA | 7;
		CHECK_EQ(command(8ULL << 60, 0), 0);
		CHECK_EQ(dma_write(&dev, 5, IOVA, way), 0);
		CHECK_EQ(page_at(data[0])[0], way);
		*pte = 0;
		/* Of another ID, PASID, page. */
		CHECK_EQ(command(3ULL << 60 | 8ULL << 32 | 5, IOVA | 4), 0);
		CHECK_EQ(command(3ULL << 60 | 9ULL << 32 | 4, IOVA | 4), 0);
		CHECK_EQ(command(3ULL << 60 | 9ULL << 32 | 5, 4), 0);
		switch (way) {
		case 0:
			CHECK_EQ(command(3ULL << 60 | 9ULL << 32 | 5,
					 IOVA | 4), 0);
			break;
		case 1:
			CHECK_EQ(command(3ULL << 60 | 9ULL << 32 | 5,
					 0x7ffffffffffff007), 0);
			break;
		case 2:
			CHECK_EQ(command(3ULL << 60 | 9ULL << 32,
					 0x7ffffffffffff003), 0);
			break;
		case 3:
			CHECK_EQ(command(3ULL << 60 | 9ULL << 32 | 5,
					 0x3000 | 1 | 4), 0);
			break;
		case 4:
			CHECK_EQ(command(8ULL << 60, 0), 0);
			break;
		}
		CHECK_EQ(dma_write(&dev, 5, IOVA, 77), -EFAULT);
		CHECK_EQ(page_at(data[0])[0], way);
	}
	CHECK_EQ(command(4ULL << 60 | (u64)NAME << 32 | NAME, IOVA), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(nested);
	stop();
}

static void other_commands_are_refused(void)
{
	static const u64 bad[][2] = {
		{ 0, 0 },
		{ 1ULL << 60 | 1, 5 },		/* COMPLETION_WAIT */
		{ 2ULL << 60 | 0x17, 0 },	/* INVALIDATE_DEVTAB_ENTRY */
		{ 5ULL << 60 | 0x17, 0 },
		{ 6ULL << 60 | 0x17, 0 },
		{ 7ULL << 60 | 0x17, 0 },
		{ 0xfULL << 60, 0 },
		{ 3ULL << 60 | 1 << 20, 0 },
		{ 3ULL << 60 | 1ULL << 48, 0 },
		{ 3ULL << 60, 8 },
		{ 4ULL << 60 | 0x17, 2 },
		{ 8ULL << 60 | 1, 0 },
		{ 8ULL << 60, 1 },
	};
	u64 before;
	unsigned int i;

	start();
	before = machine_stats(&m).commands;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(command(bad[i][0], bad[i][1]), -EIO);
	/* No such vDEVICE. */
	CHECK_EQ(command(4ULL << 60 | 0x18, 0), -ENXIO);
	CHECK_EQ(machine_stats(&m).commands, before);
	stop();
}

/* Pages that are neighbours need fewer commands, and miss nothing. */
static void neighbours_are_merged(void)
{
	const u64 op = AMD_CMD_INV_IOMMU_PAGES;
	struct iommufdx_domain *nested;
	u64 before, *pt;
	cmd_t cmd[64];
	unsigned int i;

	start();
	page_at(gcr3)[5] = guest_table(GPA_DATA) | 1;
	nested = nest_id(9);
	pt = page_at(tables[3]);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	for (i = 0; i < 64; i++)
		pt[64 + i] = GPA_DATA | 7;
	for (i = 0; i < 64; i++)
		CHECK_EQ(dma_write(&dev, 5, (64 + i) * PAGE_SIZE, i), 0);
	for (i = 0; i < 64; i++) {
		pt[64 + i] = 0;
		/* From both ends to the middle. */
		cmd[i].cmd[0] = op << 60 | 9ULL << 32 | 5;
		cmd[i].cmd[1] = (64 + (i % 2 ? 63 - i / 2 : i / 2)) *
				PAGE_SIZE | 4;
	}
	before = machine_stats(&m).commands_by_op[op];
	CHECK_EQ(commands(cmd, 64), 0);
	/* The first one may have been put aside before its neighbour came. */
	CHECK(machine_stats(&m).commands_by_op[op] - before <= 2);
	CHECK_EQ(model_check(m.model), 0);
	for (i = 0; i < 64; i++)
		CHECK_EQ(dma_write(&dev, 5, (64 + i) * PAGE_SIZE, i), -EFAULT);

	/* Far apart they are more than a batch holds. */
	for (i = 0; i < 64; i++)
		cmd[i].cmd[1] = 2 * i * PAGE_SIZE | 4;
	before = machine_stats(&m).commands_by_op[op];
	CHECK_EQ(commands(cmd, 64), 0);
	CHECK_EQ(machine_stats(&m).commands_by_op[op] - before, 64);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(nested);
	stop();
}

/*
 * Pages that come one after the other, and one among them that has a bit changed:
 * it is judged as it is by itself, and those behind it are left when it is bad.
 */
static void odd_one_among_pages_is_found(void)
{
	const u64 op = AMD_CMD_INV_IOMMU_PAGES;
	struct iommufdx_domain *nested;
	unsigned int i, w, bit, done;
	cmd_t cmd[64], odd;
	u64 before;
	int rc;

	start();
	nested = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	for (i = 0; i < ARRAY_SIZE(cmd); i++)
		cmd[i] = (cmd_t){ { op << 60 | 9ULL << 32 | 5,
				    (3ULL * i + 1) * PAGE_SIZE | 4 } };
	for (w = 0; w < 2; w++) {
		for (bit = 0; bit < 64; bit++) {
			odd = cmd[40];
			odd.cmd[w] ^= BIT_ULL(bit);
			rc = commands(&odd, 1);
			swap(cmd[40], odd);
			before = machine_stats(&m).commands_by_op[op];
			CHECK_EQ(invalidate(viommu->ops->inv, viommu, cmd,
					    ARRAY_SIZE(cmd), &done), rc);
			CHECK_EQ(done, rc ? 40 : ARRAY_SIZE(cmd));
			if (rc)
				CHECK_EQ(machine_stats(&m).commands_by_op[op],
					 before + 40);
			swap(cmd[40], odd);
		}
	}
	/* Sixteen of them, over and over. */
	for (i = 0; i < ARRAY_SIZE(cmd); i++)
		cmd[i].cmd[1] = i % 16 * 2 * PAGE_SIZE | 4;
	before = machine_stats(&m).commands_by_op[op];
	CHECK_EQ(commands(cmd, ARRAY_SIZE(cmd)), 0);
	CHECK_EQ(machine_stats(&m).commands_by_op[op], before + 16);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(nested);
	stop();
}

/* What each command evicts by itself is evicted by a batch of them. */
static void random_batches_leave_nothing_stale(void)
{
	struct tap_rng rng = { tap_env("SEED", 0x5eed) };
	struct iommufdx_domain *nested;
	unsigned int i, j, page = 0, nr;
	bool changed[512];
	cmd_t cmd[600];
	u64 *pt, val;

	printf("# SEED=%llu\n", (unsigned long long)rng.state);
	start();
	page_at(gcr3)[5] = guest_table(GPA_DATA) | 1;
	pt = page_at(tables[3]);
	nested = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	for (i = 0; i < 90; i++) {
		memset(changed, 0, sizeof(changed));
		for (j = 0; j < 512; j++) {
			pt[j] = GPA_DATA | 7;
			dma_read(&dev, 5, j * PAGE_SIZE, &val);
		}
		nr = i ? 1 + tap_below(&rng, ARRAY_SIZE(cmd)) : 257;
		for (j = 0; j < nr; j++) {
			/* Rising mostly, or in a row mostly, or anyhow. */
			page = (page + 1 + (i % 3 ? 0 : tap_below(&rng, 3))) % 512;
			if (i % 3 == 2 || !tap_below(&rng, 30))
				page = tap_below(&rng, 512);
			/* First, as many as a list holds, and a neighbour. */
			if (!i)
				page = j < 256 ? 2 * j : 511;
			changed[page] = true;
			cmd[j].cmd[0] = 3ULL << 60 | 9ULL << 32 | 5;
			cmd[j].cmd[1] = page * PAGE_SIZE | 4;
			if (!i)
				continue;
			if (tap_below(&rng, 30) == 0)
				cmd[j].cmd[1] |= 2;
			if (tap_below(&rng, 30) == 0)
				cmd[j].cmd[1] |= 1;
			if (tap_below(&rng, 400) == 0)
				cmd[j] = (cmd_t){ { 8ULL << 60 } };
		}
		for (j = 0; j < 512; j++)
			if (changed[j])
				pt[j] = (GPA_DATA + PAGE_SIZE) | 7;
		CHECK_EQ(commands(cmd, nr), 0);
		CHECK_EQ(model_check(m.model), 0);
		CHECK_EQ(command(8ULL << 60, 0), 0);
	}
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(nested);
	stop();
}

/* A guest with an address space of its own and the same IDs and addresses. */
static void guests_stay_apart(void)
{
	const struct iommufdx_user_data type = {
		.type = IOMMUFDX_VIOMMU_TYPE_AMD,
	};
	struct iommufdx_domain *mine, *theirs, *parent1;
	struct iommufdx_viommu *viommu1;
	struct rig_names names2 = {};
	unsigned int i;
	u64 *pte;

	start();
	page_at(gcr3)[0] = guest_table(GPA_DATA) | 1;
	pte = page_at(tables[3]) + (IOVA >> 12);
	mine = nest_id(9);
	parent1 = parent;
	viommu1 = viommu;
	pthread_mutex_init(&names2.lock, NULL);
	parent = v1_make(&dev2, IOMMUFDX_DOMAIN_NEST_PARENT);
	viommu = amd_viommu_alloc(&dev2, parent, &names2, &type);
	REQUIRE(!IS_ERR(viommu));
	guest_map(GPA_GCR3, gcr3);
	for (i = 0; i < 4; i++)
		guest_map(GPA_TABLES + i * PAGE_SIZE, tables[i]);
	guest_map(GPA_DATA, data[1]);
	theirs = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, mine), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, theirs), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(page_at(data[0])[0], 1);
	CHECK_EQ(page_at(data[1])[0], 2);
	/* What one forgets the other one's commands do not make up for. */
	*pte = 0;
	CHECK_EQ(model_check(m.model), 2);
	CHECK_EQ(command(8ULL << 60, 0), 0);
	CHECK_EQ(model_check(m.model), 1);
	CHECK_EQ(command(3ULL << 60 | 9ULL << 32, IOVA | 4), 0);
	CHECK_EQ(model_check(m.model), 1);
	/* A device of the other one's has no name here. */
	CHECK_EQ(command(4ULL << 60 | (u64)NAME << 32 | NAME, IOVA), -ENXIO);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(theirs);
	viommu->ops->free(viommu);
	domain_drop(parent);
	viommu = viommu1;
	parent = parent1;
	CHECK_EQ(command(3ULL << 60 | 9ULL << 32, IOVA | 4), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(mine);
	found_stale = 2 + 1 + 1;
	stop();
	found_stale = 0;
}

/* Words that bits of a guest's entry may change in the host's. */
static void other_bits_of_entries_have_no_effect(void)
{
	static const u64 may[AMD_DTE_WORDS] = {
		AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_GIOV | AMD_DTE0_GV |
		AMD_DTE0_GLX | AMD_DTE0_GCR3_14_12 | AMD_DTE0_IR | AMD_DTE0_IW,
		AMD_DTE1_DOMID | AMD_DTE1_GCR3_30_15 | AMD_DTE1_GCR3_51_31,
		AMD_DTE2_GPM,
	};
	const struct amd_iommu *iommu;
	struct iommu_hwpt_amd_guest guest;
	struct iommufdx_domain *nested;
	unsigned int w, bit;
	struct amd_dte usual;

	start();
	iommu = to_amd_iommu(dev.iommu);
	nested = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	usual = iommu->dev_table[dev.rid];
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(nested);
	for (w = 0; w < AMD_DTE_WORDS; w++) {
		for (bit = 0; bit < 64; bit++) {
			if (may[w] & BIT_ULL(bit))
				continue;
			guest = guest_dte(9);
			guest.dte[w] ^= BIT_ULL(bit);
			nested = nest(&guest);
			if (!w && BIT_ULL(bit) &
				  (AMD_DTE0_MODE | AMD_DTE0_HPT_ROOT)) {
				CHECK_EQ(PTR_ERR(nested), -EINVAL);
				continue;
			}
			REQUIRE(!IS_ERR(nested));
			CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
			CHECK(!memcmp(&usual, &iommu->dev_table[dev.rid],
				      sizeof(usual)));
			CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
			domain_drop(nested);
		}
	}
	stop();
}

/* With the guest's names in them. */
static void faults_are_the_guests(void)
{
	struct iommufdx_domain *nested;

	start();
	page_at(gcr3)[0] = guest_table(GPA_DATA) | 1;
	nested = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, nested), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, nested), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, 8 * IOVA, 1), -EFAULT);
	machine_wait(&m, READ_ONCE(names.events) == 1);
	CHECK_EQ(names.event_type, IOMMUFDX_VEVENTQ_TYPE_AMD);
	CHECK_EQ(FIELD_GET(AMD_EVT0_CODE, names.event[0]),
		 AMD_EVT_IO_PAGE_FAULT);
	CHECK_EQ(FIELD_GET(AMD_EVT0_DEVID, names.event[0]), NAME);
	CHECK_EQ(FIELD_GET(AMD_EVT0_DOMID, names.event[0]), 9);
	CHECK_EQ(names.event[1], 8 * IOVA);
	CHECK_EQ(dma_write(&dev, 0x71234, IOVA, 1), -EFAULT);
	machine_wait(&m, READ_ONCE(names.events) == 2);
	CHECK_EQ(FIELD_GET(AMD_EVT0_DEVID, names.event[0]), NAME);
	CHECK_EQ(FIELD_GET(AMD_EVT0_DOMID, names.event[0]), 0x1234);
	CHECK_EQ(FIELD_GET(AMD_EVT0_PASID_19_16, names.event[0]), 7);
	CHECK_EQ(m.faults, 0);
	/* No name, no queue, not in the guest: the host's. */
	CHECK_EQ(dma_write(&dev2, NO_PASID, 8 * IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 1);
	CHECK_EQ(m.last_fault.rid, dev2.rid);
	names.deaf = true;
	CHECK_EQ(dma_write(&dev, NO_PASID, 8 * IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 2);
	names.deaf = false;
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, 8 * IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 3);
	CHECK_EQ(names.events, 2);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(nested);
	stop();
}

/* An ID that hardware may have something under is not given out again. */
static void tainted_id_is_not_reused(void)
{
	struct iommufdx_domain *a, *b;
	u16 id;

	start();
	page_at(gcr3)[0] = guest_table(GPA_DATA) | 1;
	a = nest_id(9);
	b = nest_id(10);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	id = domain_id(&dev);
	/* The DTE and its wait, then the drop of the ID. */
	shim_quiet(true);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_ILLEGAL_AFTER, 3), 0);
	CHECK_EQ(attach(&dev, NO_PASID, b), 0);
	shim_quiet(false);
	CHECK(parent->owed);
	domain_drop(a);
	a = nest_id(9);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK(domain_id(&dev) != id);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(b);
	CHECK_EQ(rig_ops->forget_all(&m.iommu), 0);
	refused = 1;
	stop();
	refused = 0;
}

static void bad_entries_are_refused(void)
{
	struct iommu_hwpt_amd_guest guest;

	start();
#define REFUSED(rc, change) \
	do { \
		guest = guest_dte(9); \
		change; \
		CHECK_EQ(PTR_ERR(nest(&guest)), rc); \
	} while (0)
	REFUSED(-EINVAL, guest.dte[0] |= 1ULL << 9);		/* mode */
	REFUSED(-EINVAL, guest.dte[0] |= 1ULL << 12);		/* root */
	REFUSED(-EINVAL, guest.dte[0] |= 3ULL << 56);		/* GLX */
	REFUSED(-EINVAL, guest.dte[2] |= 2ULL << 54);		/* GPM */
	REFUSED(-EINVAL, guest.dte[0] &= ~(7ULL << 58);
		guest.dte[1] = 9);				/* no GCR3 */
#undef REFUSED
	stop();
}

/* Not valid, it passes; without translation information, nothing passes. */
static void entries_that_do_not_translate(void)
{
	struct iommu_hwpt_amd_guest guest = guest_dte(9);
	struct iommufdx_domain *pass, *block, *readable;
	u64 val;

	start();
	guest.dte[0] &= ~AMD_DTE0_V;
	pass = nest(&guest);
	guest.dte[0] = AMD_DTE0_V;
	block = nest(&guest);
	guest.dte[0] = AMD_DTE0_V | AMD_DTE0_TV | AMD_DTE0_IR;
	readable = nest(&guest);
	CHECK_EQ(attach(&dev, NO_PASID, pass), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA_DATA, 1), 0);
	CHECK_EQ(page_at(data[0])[0], 1);
	CHECK_EQ(attach(&dev, NO_PASID, block), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA_DATA, 2), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, readable), 0);
	CHECK_EQ(dma_read(&dev, NO_PASID, GPA_DATA, &val), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA_DATA, 2), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(pass);
	domain_drop(block);
	domain_drop(readable);
	stop();
}

int main(void)
{
	TAP_RUN(dma_goes_through_both);
	TAP_RUN(dirty_bits_are_of_the_host_table);
	TAP_RUN(domain_ids_are_translated);
	TAP_RUN(guest_commands_reach_hardware);
	TAP_RUN(other_commands_are_refused);
	TAP_RUN(neighbours_are_merged);
	TAP_RUN(odd_one_among_pages_is_found);
	TAP_RUN(random_batches_leave_nothing_stale);
	TAP_RUN(guests_stay_apart);
	TAP_RUN(other_bits_of_entries_have_no_effect);
	TAP_RUN(faults_are_the_guests);
	TAP_RUN(tainted_id_is_not_reused);
	TAP_RUN(bad_entries_are_refused);
	TAP_RUN(entries_that_do_not_translate);
	return tap_done();
}
