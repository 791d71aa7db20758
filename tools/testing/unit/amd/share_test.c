// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domain IDs of GCR3 tables: masters with equal tables share one, and whatever
 * they do next, no translation is used that another one left behind.
 *
 * The oracle is a plain array of what each PASID of each device should be.
 */
#include <linux/array_size.h>
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <sanitizer/lsan_interface.h>
#include "rig.h"

#define IOVA	0x40000000ULL
#define CAPS	(MODEL_CAP_PASID | MODEL_CAP_ATS)
#define MANY	256

static struct machine machine[2];
static struct iommufdx_master master[MANY];
static unsigned int nr_masters;
static uint64_t seed, ops;

static void start(unsigned int machines, unsigned int masters, bool ats)
{
	unsigned int i;

	for (i = 0; i < machines; i++)
		REQUIRE(machine_start(&machine[i], MODEL_CHECK_HITS,
				      CAPS) == 0);
	nr_masters = masters;
	for (i = 0; i < masters; i++) {
		memset(&master[i], 0, sizeof(master[i]));
		master[i].max_pasid_bits = 20;
		master[i].dev_ats = ats;
		REQUIRE(master_add(&machine[i % machines], &master[i],
				   0x100 + i) == 0);
	}
}

static void stop(unsigned int machines)
{
	unsigned int i;

	for (i = 0; i < nr_masters; i++)
		master_stop(&master[i]);
	for (i = 0; i < machines; i++) {
		CHECK_EQ(model_check(machine[i].model), 0);
		CHECK_EQ(machine_stats(&machine[i]).stale, 0);
		CHECK_EQ(machine_stats(&machine[i]).illegal, 0);
		CHECK_EQ(machine_stats(&machine[i]).tlb_entries, 0);
		CHECK_EQ(machine_stats(&machine[i]).atc_entries, 0);
		machine_stop(&machine[i]);
	}
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

/* What hardware reads. */
static u16 domain_id(const struct iommufdx_master *m)
{
	const struct amd_iommu *iommu = to_amd_iommu(m->iommu);

	return FIELD_GET(AMD_DTE1_DOMID, iommu->dev_table[m->rid].word[1]);
}

static unsigned int ids_used(void)
{
	static bool seen[0x10000];
	unsigned int i, nr = 0;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < nr_masters; i++) {
		nr += domain_id(&master[i]) && !seen[domain_id(&master[i])];
		seen[domain_id(&master[i])] = true;
	}
	return nr;
}

static void equal_tables_share_an_id(void)
{
	struct iommufdx_domain *a, *b;
	u64 pa, pb;

	start(2, 4, false);
	pa = page_make();
	pb = page_make();
	a = v2_make(&master[0]);
	b = v2_make(&master[0]);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
	CHECK_EQ(attach(&master[0], NO_PASID, a), 0);
	CHECK_EQ(attach(&master[2], NO_PASID, a), 0);
	CHECK_EQ(attach(&master[1], NO_PASID, a), 0);
	CHECK_EQ(ids_used(), 1);
	CHECK_EQ(dma_write(&master[0], NO_PASID, IOVA, 1), 0);

	/* One gets a PASID: it leaves; the other follows: it joins. */
	CHECK_EQ(attach(&master[0], 1000, b), 0);
	CHECK_EQ(ids_used(), 2);
	CHECK_EQ(domain_id(&master[1]), domain_id(&master[2]));
	CHECK_EQ(dma_write(&master[0], NO_PASID, IOVA, 2), 0);
	CHECK_EQ(dma_write(&master[0], 1000, IOVA, 3), 0);
	CHECK_EQ(dma_write(&master[2], 1000, IOVA, 4), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 2);
	CHECK_EQ(page_at(pb)[0], 3);
	CHECK_EQ(attach(&master[2], 1000, b), 0);
	CHECK_EQ(domain_id(&master[0]), domain_id(&master[2]));
	CHECK_EQ(dma_write(&master[2], 1000, IOVA, 5), 0);

	/* The same PASID to another domain, while the other keeps it. */
	CHECK_EQ(attach(&master[2], 1000, a), 0);
	CHECK_EQ(dma_write(&master[2], 1000, IOVA, 6), 0);
	CHECK_EQ(dma_write(&master[0], 1000, IOVA, 7), 0);
	CHECK_EQ(page_at(pa)[0], 6);
	CHECK_EQ(page_at(pb)[0], 7);
	CHECK(domain_id(&master[0]) != domain_id(&master[2]));

	/* Away again: all are equal, in whatever order. */
	CHECK_EQ(attach(&master[2], 1000, NULL), 0);
	CHECK_EQ(dma_write(&master[2], 1000, IOVA, 8), -EFAULT);
	CHECK_EQ(attach(&master[0], 1000, NULL), 0);
	CHECK_EQ(ids_used(), 1);
	CHECK_EQ(attach(&master[0], NO_PASID, NULL), 0);
	CHECK_EQ(attach(&master[1], NO_PASID, NULL), 0);
	CHECK_EQ(attach(&master[2], NO_PASID, NULL), 0);
	CHECK_EQ(ids_used(), 0);
	domain_drop(a);
	domain_drop(b);
	page_drop(pa);
	page_drop(pb);
	stop(2);
}

/* ------------------------------------------------------------------- at random */

#define DEVICES	6
#define DOMAINS	3

static const u32 pasids[] = { NO_PASID, 1, 2, 600, 300000 };
static struct iommufdx_domain *domain[DOMAINS];
static struct model_atc *atc[DEVICES];
static u64 page[DOMAINS];
static bool mapped[DOMAINS];
/* What is where: a domain and 1, or 0. */
static unsigned int should[DEVICES][ARRAY_SIZE(pasids)];

static void check_one(unsigned int d, unsigned int p)
{
	static u64 value = 1;
	unsigned int n = should[d][p];
	bool works = n && mapped[n - 1];
	int rc;

	value++;
	rc = value % 3 ? dma_write(&master[d], pasids[p], IOVA, value) :
			 atc_write(atc[d], pasids[p], IOVA, value);
	if (rc != (works ? 0 : -EFAULT) ||
	    (works && page_at(page[n - 1])[0] != value))
		tap_fail(__FILE__, __LINE__,
			 "device %u, PASID %u, domain %u: %d", d, pasids[p], n,
			 rc);
}

/* As many IDs as there are different tables. */
static void check_ids(void)
{
	unsigned int i, j, tables = 0;

	for (i = 0; i < DEVICES; i++) {
		static const unsigned int none[ARRAY_SIZE(pasids)];

		if (!memcmp(should[i], none, sizeof(none)))
			continue;
		for (j = 0; j < i; j++)
			if (!memcmp(should[i], should[j], sizeof(should[i])))
				break;
		if (j < i)
			CHECK_EQ(domain_id(&master[i]), domain_id(&master[j]));
		else
			tables++;
	}
	CHECK_EQ(ids_used(), tables);
}

static void random_step(struct tap_rng *rng)
{
	unsigned int d = tap_below(rng, DEVICES);
	unsigned int p = tap_below(rng, ARRAY_SIZE(pasids));
	unsigned int n = tap_below(rng, DOMAINS + 1), like;

	switch (tap_below(rng, 8)) {
	case 0:
		n %= DOMAINS;
		if (mapped[n])
			CHECK_EQ(domain_unmap(domain[n], IOVA, 1), 0);
		else
			CHECK_EQ(domain_map(domain[n], IOVA, page[n], 1), 0);
		mapped[n] = !mapped[n];
		break;
	case 1:
	case 2:
		CHECK_EQ(attach(&master[d], pasids[p],
				n ? domain[n - 1] : NULL), 0);
		should[d][p] = n;
		check_ids();
		break;
	case 3:
		/* Become like another one, so that tables are equal often. */
		like = tap_below(rng, DEVICES);
		for (p = 0; p < ARRAY_SIZE(pasids); p++) {
			n = should[like][p];
			CHECK_EQ(attach(&master[d], pasids[p],
					n ? domain[n - 1] : NULL), 0);
			should[d][p] = n;
		}
		check_ids();
		break;
	default:
		check_one(d, p);
	}
}

static void nothing_stale_at_random(void)
{
	struct tap_rng rng = { seed };
	unsigned int i, d, p;

	start(2, DEVICES, true);
	for (i = 0; i < DOMAINS; i++) {
		domain[i] = v2_make(&master[0]);
		page[i] = page_make();
	}
	for (d = 0; d < DEVICES; d++) {
		atc[d] = model_atc_create(machine[d % 2].model, master[d].rid,
					  0);
		REQUIRE(!IS_ERR(atc[d]));
	}
	for (i = 0; i < ops; i++) {
		random_step(&rng);
		if (i % 64)
			continue;
		CHECK_EQ(model_check(machine[0].model), 0);
		CHECK_EQ(model_check(machine[1].model), 0);
	}
	for (d = 0; d < DEVICES; d++)
		for (p = 0; p < ARRAY_SIZE(pasids); p++) {
			check_one(d, p);
			CHECK_EQ(attach(&master[d], pasids[p], NULL), 0);
		}
	CHECK_EQ(ids_used(), 0);
	for (d = 0; d < DEVICES; d++)
		CHECK_EQ(machine_stats(&machine[d % 2]).atc_entries, 0);
	for (d = 0; d < DEVICES; d++)
		model_atc_destroy(atc[d]);
	for (i = 0; i < DOMAINS; i++) {
		domain_drop(domain[i]);
		page_drop(page[i]);
		mapped[i] = false;
	}
	stop(2);
}

/* -------------------------------------------------------------- measurements */

static u64 commands_per_unmap(struct iommufdx_domain *a, u64 pa)
{
	const u64 op = AMD_CMD_INV_IOMMU_PAGES;
	u64 before;

	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	before = machine_stats(&machine[0]).commands_by_op[op];
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	return machine_stats(&machine[0]).commands_by_op[op] - before;
}

/*
 * @nr devices with one domain behind one IOMMU: with tables that are equal; and
 * with an ID each, which comes of giving each device a PASID of its own.
 */
static void measure(unsigned int nr)
{
	struct iommufdx_domain *a, *b;
	u64 equal, each, pa = 0;
	unsigned int i, ids;

	start(1, nr, false);
	pa = page_make();
	a = v2_make(&master[0]);
	b = v2_make(&master[0]);
	for (i = 0; i < nr; i++)
		CHECK_EQ(attach(&master[i], NO_PASID, a), 0);
	ids = ids_used();
	equal = commands_per_unmap(a, pa);
	CHECK_EQ(ids, 1);
	CHECK_EQ(equal, 1);
	for (i = 0; i < nr; i++)
		CHECK_EQ(attach(&master[i], 1 + i, b), 0);
	CHECK_EQ(ids_used(), nr);
	each = commands_per_unmap(a, pa);
	CHECK_EQ(each, nr);
	printf("# %u devices: %u ID, %llu invalidations per unmap; with an ID each %u, %llu\n",
	       nr, ids, (unsigned long long)equal, ids_used(),
	       (unsigned long long)each);
	for (i = 0; i < nr; i++) {
		CHECK_EQ(attach(&master[i], NO_PASID, NULL), 0);
		CHECK_EQ(attach(&master[i], 1 + i, NULL), 0);
	}
	domain_drop(a);
	domain_drop(b);
	page_drop(pa);
	stop(1);
}

static void ids_and_commands_for_1_16_256_devices(void)
{
	measure(1);
	measure(16);
	measure(256);
}

/*
 * Two IOMMUs may still walk a table; the one that is known by name goes. The table
 * is lost on purpose when the last device leaves it.
 */
static void table_that_two_may_walk_is_not_freed(void)
{
	struct iommufdx_domain *a;
	unsigned int i;
	long pages;

	start(2, 3, false);
	a = v2_make(&master[0]);
	for (i = 0; i < 3; i++)
		CHECK_EQ(attach(&master[i], NO_PASID, a), 0);
	CHECK_EQ(ids_used(), 1);
	shim_quiet(true);
	for (i = 0; i < 2; i++) {
		model_set_knob(machine[i].model, MODEL_KNOB_ILLEGAL_AFTER, 1);
		CHECK_EQ(attach(&master[i], NO_PASID, NULL), 0);
		model_set_knob(machine[i].model, MODEL_KNOB_ILLEGAL_AFTER, 0);
	}
	shim_quiet(false);
	CHECK(a->owed);
	master_stop(&master[1]);
	machine_stop(&machine[1]);

	pages = shim_pages_in_use();
	CHECK_EQ(attach(&master[2], NO_PASID, NULL), 0);
	CHECK_EQ(shim_pages_in_use(), pages);
	domain_drop(a);
	master_stop(&master[0]);
	master_stop(&master[2]);
	machine_stop(&machine[0]);
}

int main(void)
{
	seed = tap_env("SEED", 1);
	ops = tap_env("OPS", 20000);
	printf("# SEED=%llu OPS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)ops);
	TAP_RUN(equal_tables_share_an_id);
	TAP_RUN(ids_and_commands_for_1_16_256_devices);
	TAP_RUN(nothing_stale_at_random);
	/* From here on objects are lost on purpose. */
	__lsan_disable();
	TAP_RUN(table_that_two_may_walk_is_not_freed);
	return tap_done();
}
