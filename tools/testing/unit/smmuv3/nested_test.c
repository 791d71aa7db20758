// SPDX-License-Identifier: GPL-2.0-only
/* Guests' stage 1 on a nesting parent: what translates, and what is told of faults. */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <pthread.h>
#include "nested_rig.h"

/* ---- Translation ---- */

static void devices_go_through_both_stages(void)
{
	struct iommufdx_domain *n;
	u64 val;

	start(MODEL_CHECK_HITS);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g, 7, 2, TABLE_B);
	guest_set(&g, TABLE_A, IOVA, DATA);
	guest_set(&g, TABLE_B, IOVA, DATA + 1);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 0xa), 0);
	CHECK_EQ(dma_write(&dev, 7, IOVA, 0xb), 0);
	CHECK_EQ(page_at(g.page[DATA])[0], 0xa);
	CHECK_EQ(page_at(g.page[DATA + 1])[0], 0xb);
	CHECK_EQ(dma_read(&dev, 7, IOVA, &val), 0);
	CHECK_EQ(val, 0xb);
	CHECK_EQ(dma_write(&dev, NO_PASID, GPA, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev, 8, IOVA, 1), -EFAULT);
	CHECK_EQ(dma_write(&dev, 16, IOVA, 1), -EFAULT);
	/* The guest's pointer leads out of its memory. */
	page_at(g.page[TABLE_A + 3])[index_of(IOVA, 3) + 1] =
		(GPA + PAGES * PAGE_SIZE) | 0xf43;
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + PAGE_SIZE, 1), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(machine_stats(&m).stale, 0);
	domain_drop(n);
	stop();
}

static void bypass_and_abort(void)
{
	struct iommufdx_domain *bypass, *abort, *invalid;

	start(MODEL_CHECK_HITS);
	bypass = nest(&g, BYPASS, 0);
	abort = nest(&g, ABORT, 0);
	invalid = nest(&g, ~1ULL, ~0ULL);
	/* They need no name of the device. */
	CHECK_EQ(attach(&dev2, NO_PASID, bypass), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, GPA + DATA * PAGE_SIZE, 5), 0);
	CHECK_EQ(page_at(g.page[DATA])[0], 5);
	CHECK_EQ(attach(&dev2, NO_PASID, abort), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, GPA + DATA * PAGE_SIZE, 6), -EFAULT);
	CHECK_EQ(attach(&dev2, NO_PASID, invalid), 0);
	CHECK_EQ(dma_write(&dev2, NO_PASID, GPA + DATA * PAGE_SIZE, 7), -EFAULT);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(bypass);
	domain_drop(abort);
	domain_drop(invalid);
	stop();
}

static void attaching_has_rules(void)
{
	struct iommufdx_domain *n, *s1;

	start(0);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev2, NO_PASID, n), -ENOENT);
	CHECK_EQ(attach(&dev, 3, n), -EINVAL);
	s1 = stage_make(&dev, 1, 0);
	CHECK_EQ(attach(&dev, 3, s1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, n), -EINVAL);
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(attach(&dev, 3, s1), -EINVAL);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	domain_drop(s1);
	stop();
}

/* Two guests, one ASID, one address: neither sees the other, ever. */
static void guests_stay_apart(void)
{
	struct iommufdx_domain *a, *b;
	u64 val;

	start(MODEL_CHECK_HITS);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g2, 0, 1, TABLE_A);
	guest_set(&g, TABLE_A, IOVA, DATA);
	guest_set(&g2, TABLE_A, IOVA, DATA);
	page_at(g.page[DATA])[0] = 0xa;
	page_at(g2.page[DATA])[0] = 0xb;
	a = nest(&g, ste0(), WORD1);
	b = nest(&g2, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, b), 0);
	CHECK_EQ(attach(&dev, NO_PASID, b), -ENOENT);
	CHECK_EQ(dma_read(&dev, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 0xa);
	CHECK_EQ(dma_read(&dev2, NO_PASID, IOVA, &val), 0);
	CHECK_EQ(val, 0xb);
	/* What one forgets the other one's commands do not make up for. */
	guest_set(&g, TABLE_A, IOVA, DATA + 1);
	CHECK_EQ(model_check(m.model), 1);
	CHECK_EQ(inv_one(&g2, tlbi_va(1, IOVA)), 0);
	CHECK_EQ(inv_one(&g2, (cmd_t){ { 0x10 } }), 0);
	CHECK_EQ(inv_one(&g2, (cmd_t){ { 0x30 } }), 0);
	CHECK_EQ(inv_one(&g2, (cmd_t){ { 0x12 | 1ULL << 48 |
			(u64)to_smmu_viommu(g.viommu)->s2.tag.id << 32,
			IOVA } }), 0);
	CHECK_EQ(model_check(m.model), 1);
	CHECK_EQ(inv_one(&g, tlbi_va(1, IOVA)), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(b);
	stop();
}

/* What a page of the guest held, be it data, a table or CDs, goes at once. */
static void parent_unmap_reaches(unsigned int gone)
{
	struct iommufdx_domain *n;

	start(MODEL_CHECK_HITS);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g, 7, 2, TABLE_A);
	guest_set(&g, TABLE_A, IOVA, DATA);
	n = nest(&g, ste0(), WORD1 | EATS);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(atc_write(atc, 7, IOVA, 2), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), 0);
	CHECK_EQ(domain_unmap(g.parent, GPA + gone * PAGE_SIZE, 1), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 4), -EFAULT);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 5), -EFAULT);
	CHECK_EQ(atc_write(atc, 7, IOVA, 6), -EFAULT);
	CHECK_EQ(page_at(g.page[DATA])[0], 3);
	CHECK_EQ(machine_stats(&m).stale, 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	stop();
}

static void parent_unmap_reaches_data_and_tables(void)
{
	unsigned int i;

	parent_unmap_reaches(DATA);
	parent_unmap_reaches(0);
	for (i = TABLE_A; i < TABLE_A + 4; i++)
		parent_unmap_reaches(i);
}

static bool dma_stop;

static void *dma_loop(void *arg)
{
	u64 val, *bad = arg;

	while (!__atomic_load_n(&dma_stop, __ATOMIC_RELAXED)) {
		if (dma_read(&dev, NO_PASID, IOVA, &val) ||
		    (val != 0xa && val != 0xb))
			(*bad)++;
	}
	return NULL;
}

static void replacing_a_guests_ste_is_hitless(void)
{
	struct iommufdx_domain *n[3];
	pthread_t thread;
	u64 bad = 0, i;

	start(0);
	page_at(g.page[DATA])[0] = 0xa;
	page_at(g.page[DATA + 1])[0] = 0xb;
	CHECK_EQ(domain_map(g.parent, IOVA, g.page[DATA], 1), 0);
	/* One CD each, in the first page, with ASIDs of their own. */
	guest_cd(&g, 0, 1, TABLE_A);
	guest_cd(&g, 1, 2, TABLE_B);
	guest_set(&g, TABLE_A, IOVA, DATA);
	guest_set(&g, TABLE_B, IOVA, DATA + 1);
	n[0] = nest(&g, STAGE1 | GPA, WORD1);
	n[1] = nest(&g, STAGE1 | (GPA + 64), WORD1);
	n[2] = nest(&g, BYPASS, 0);
	CHECK_EQ(attach(&dev, NO_PASID, n[0]), 0);
	dma_stop = false;
	pthread_create(&thread, NULL, dma_loop, &bad);
	for (i = 1; i < 300; i++)
		CHECK_EQ(attach(&dev, NO_PASID, n[i % 3]), 0);
	__atomic_store_n(&dma_stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK_EQ(bad, 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	for (i = 0; i < 3; i++)
		domain_drop(n[i]);
	stop();
}

/* ---- What the guest is told ---- */

static void faults_go_to_the_guest(void)
{
	struct iommufdx_domain *n;

	start(0);
	guest_cd(&g, 0, 1, TABLE_A);
	guest_set(&g, TABLE_A, IOVA, DATA);
	n = nest(&g, ste0(), WORD1);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + PAGE_SIZE, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 1);
	CHECK_EQ(g.names.event_type, IOMMU_VEVENTQ_TYPE_ARM_SMMUV3);
	CHECK_EQ(g.names.event[0] & 0xff, 0x10);
	CHECK_EQ(g.names.event[0] >> 32, VSID);
	CHECK_EQ(g.names.event[2], IOVA + PAGE_SIZE);
	CHECK_EQ(m.faults, 0);
	/* An invalid CD is the guest's, stage 2 is not. */
	CHECK_EQ(dma_write(&dev, 9, IOVA, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 2);
	CHECK_EQ(g.names.event[0] & 0xff, 0x0a);
	page_at(g.page[TABLE_A + 3])[index_of(IOVA, 3) + 2] =
		(GPA + PAGES * PAGE_SIZE) | 0xf43;
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + 2 * PAGE_SIZE, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 2);
	CHECK_EQ(m.faults, 1);
	/* Nobody listens. */
	g.names.deaf = true;
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA + PAGE_SIZE, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(m.faults, 2);
	g.names.deaf = false;
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(g.names.events, 2);
	domain_drop(n);
	stop();
}

static void device_time_out_is_told(void)
{
	const cmd_t three[] = { tlbi_va(1, IOVA), atc_inv(VSID, 0),
				tlbi_va(1, IOVA + PAGE_SIZE) };
	unsigned int done = 0;
	u64 tlbi;

	start(0);
	shim_quiet(true);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, MODEL_ATC_SILENT);
	tlbi = commands(SMMU_CMD_TLBI_NH_VA);
	CHECK_EQ(inv(&g, three, 3, &done), -ETIMEDOUT);
	/* It is known which; the one before was carried out, not the one behind. */
	CHECK_EQ(done, 1);
	CHECK_EQ(commands(SMMU_CMD_TLBI_NH_VA), tlbi + 1);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, 0);
	shim_quiet(false);
	CHECK_EQ(inv(&g, three, 3, &done), 0);
	CHECK_EQ(done, 3);
	stop();
}

int main(void)
{
	TAP_RUN(devices_go_through_both_stages);
	TAP_RUN(bypass_and_abort);
	TAP_RUN(attaching_has_rules);
	TAP_RUN(guests_stay_apart);
	TAP_RUN(parent_unmap_reaches_data_and_tables);
	TAP_RUN(replacing_a_guests_ste_is_hitless);
	TAP_RUN(faults_go_to_the_guest);
	TAP_RUN(device_time_out_is_told);
	return tap_done();
}
