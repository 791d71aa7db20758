// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that refuses commands or does not answer while GCR3 tables change: the
 * old translation stands, or is gone for good, and no ID is given out that it may
 * still have something under.
 */
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/mm.h>
#include "rig.h"

#define IOVA	0x40000000ULL

static struct machine m;
static struct iommufdx_master dev, dev2;
static struct iommufdx_domain *a, *b;
static u64 pa, pb;

static void start(void)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, MODEL_CAP_PASID) == 0);
	full_master_start(&m, &dev, 0x28);
	full_master_start(&m, &dev2, 0x30);
	a = v2_make(&dev);
	b = v2_make(&dev);
	pa = page_make();
	pb = page_make();
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
}

static void stop(void)
{
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 7, NULL), 0);
	CHECK_EQ(attach(&dev2, NO_PASID, NULL), 0);
	domain_drop(a);
	domain_drop(b);
	page_drop(pa);
	page_drop(pb);
	master_stop(&dev);
	master_stop(&dev2);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(machine_stats(&m).stale, 0);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use(), 0);
	CHECK_EQ(shim_objects_in_use(), 0);
}

static void knob(enum model_knob k, u64 val)
{
	CHECK_EQ(model_set_knob(m.model, k, val), 0);
}

static u16 domain_id(const struct iommufdx_master *master)
{
	const struct amd_iommu *iommu = to_amd_iommu(master->iommu);

	return FIELD_GET(AMD_DTE1_DOMID,
			 iommu->dev_table[master->rid].word[1]);
}

/* Whether it is the invalidation or the wait for it that is refused. */
static void refused_flush_is_made_up_for(void)
{
	u64 n;

	start();
	CHECK_EQ(attach(&dev, 7, a), 0);
	for (n = 1; n <= 2; n++) {
		CHECK_EQ(dma_write(&dev, 7, IOVA, 1), 0);
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(domain_unmap(a, IOVA, 1), -EIO);
		/* Another address, but the first is made up for. */
		CHECK_EQ(domain_map(a, IOVA + 0x100000, pa, 1), 0);
		CHECK_EQ(domain_unmap(a, IOVA + 0x100000, 1), 0);
		CHECK_EQ(dma_write(&dev, 7, IOVA, 2), -EFAULT);
		CHECK_EQ(model_check(m.model), 0);
		CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	}
	stop();
}

/* From nothing, in place, and away from a table that is shared. */
static void refused_attach_changes_nothing(void)
{
	u64 n;

	start();
	for (n = 1; n <= 2; n++) {
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(attach(&dev, NO_PASID, a), -EIO);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	}
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	for (n = 1; n <= 2; n++) {
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, n), 0);
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(attach(&dev, NO_PASID, b), -EIO);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 10 + n), 0);
		CHECK_EQ(page_at(pa)[0], 10 + n);
	}
	CHECK_EQ(attach(&dev2, NO_PASID, a), 0);
	CHECK_EQ(domain_id(&dev), domain_id(&dev2));
	for (n = 1; n <= 2; n++) {
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(attach(&dev, NO_PASID, b), -EIO);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 20 + n), 0);
		CHECK_EQ(page_at(pa)[0], 20 + n);
		CHECK_EQ(domain_id(&dev), domain_id(&dev2));
	}
	/* A new PASID needs no invalidation where the table has room. */
	CHECK_EQ(attach(&dev, NO_PASID, b), 0);
	knob(MODEL_KNOB_ILLEGAL_AFTER, 1);
	CHECK_EQ(attach(&dev, 7, a), 0);
	CHECK_EQ(dma_write(&dev, 7, IOVA, 30), 0);
	knob(MODEL_KNOB_ILLEGAL_AFTER, 0);
	CHECK_EQ(page_at(pa)[0], 30);
	stop();
}

/*
 * The command that drops a PASID on its detach is refused: the domain is owed,
 * and the next change takes the device to another ID.
 */
static void refused_drop_taints(void)
{
	u16 id;

	start();
	CHECK_EQ(attach(&dev, NO_PASID, b), 0);
	CHECK_EQ(attach(&dev, 7, a), 0);
	CHECK_EQ(dma_write(&dev, 7, IOVA, 1), 0);
	id = domain_id(&dev);
	knob(MODEL_KNOB_ILLEGAL_AFTER, 1);
	CHECK_EQ(attach(&dev, 7, NULL), 0);
	CHECK(a->owed);
	CHECK(!b->owed);
	CHECK_EQ(domain_id(&dev), id);
	/* Nobody joins it, and it does not change. */
	CHECK_EQ(attach(&dev2, NO_PASID, b), 0);
	CHECK(domain_id(&dev2) != id);
	CHECK_EQ(attach(&dev, 7, a), 0);
	CHECK(domain_id(&dev) != id && domain_id(&dev) != domain_id(&dev2));
	CHECK_EQ(dma_write(&dev, 7, IOVA, 2), 0);
	CHECK_EQ(page_at(pa)[0], 2);
	CHECK_EQ(rig_ops->forget_all(&m.iommu), 0);
	stop();
}

/* Dead hardware: errors in bounded time, detaches that end, all is owed. */
static void silent_hardware_is_given_up(void)
{
	start();
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	shim_quiet(true);
	machine_stall(&m, true);
	CHECK_EQ(domain_unmap(a, IOVA, 1), -ETIMEDOUT);
	CHECK_EQ(attach(&dev, NO_PASID, b), -ETIMEDOUT);
	CHECK(b->owed);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK(a->owed);
	shim_quiet(false);
	machine_stall(&m, false);

	/* It comes back. */
	CHECK_EQ(attach(&dev, NO_PASID, b), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(page_at(pb)[0], 2);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 3), -EFAULT);
	CHECK_EQ(rig_ops->forget_all(&m.iommu), 0);
	stop();
}

/* How many invalidations of IOTLBs it takes to forget everything. */
static long iotlbs_forgotten(int rc)
{
	long before = machine_stats(&m).commands_by_op[AMD_CMD_INV_IOTLB_PAGES];

	CHECK_EQ(rig_ops->forget_all(&m.iommu), rc);
	return machine_stats(&m).commands_by_op[AMD_CMD_INV_IOTLB_PAGES] - before;
}

/*
 * Two devices without a PASID, and each PASID that is attached or whose detach the
 * device did not answer: not all that there were, and not all below them.
 */
static void forgetting_names_the_pasids_there_are(void)
{
	struct model_atc *atc, *atc2;
	const u32 high = 0xfffff;

	REQUIRE(machine_start(&m, MODEL_CHECK_HITS,
			      MODEL_CAP_PASID | MODEL_CAP_ATS) == 0);
	full_master_start(&m, &dev, 0x28);
	full_master_start(&m, &dev2, 0x30);
	atc = model_atc_create(m.model, 0x28, 0);
	atc2 = model_atc_create(m.model, 0x30, 0);
	a = v2_make(&dev);
	b = v2_make(&dev);
	pa = page_make();
	pb = page_make();

	CHECK_EQ(attach(&dev, high, a), 0);
	CHECK_EQ(attach(&dev, 7, b), 0);
	CHECK_EQ(iotlbs_forgotten(0), 4);
	CHECK_EQ(iotlbs_forgotten(0), 4);
	CHECK_EQ(attach(&dev, high, NULL), 0);
	CHECK_EQ(iotlbs_forgotten(0), 3);

	CHECK_EQ(attach(&dev, high, a), 0);
	shim_quiet(true);
	knob(MODEL_KNOB_ATC_TIMEOUT, MODEL_ATC_SILENT);
	CHECK_EQ(attach(&dev, high, NULL), 0);
	CHECK(a->owed);
	CHECK(iotlbs_forgotten(-ETIMEDOUT) >= 4);
	knob(MODEL_KNOB_ATC_TIMEOUT, 0);
	shim_quiet(false);
	CHECK_EQ(iotlbs_forgotten(0), 4);
	CHECK_EQ(iotlbs_forgotten(0), 3);
	CHECK_EQ(attach(&dev, 7, NULL), 0);
	model_atc_destroy(atc);
	model_atc_destroy(atc2);
	stop();
}

int main(void)
{
	TAP_RUN(refused_flush_is_made_up_for);
	TAP_RUN(refused_attach_changes_nothing);
	TAP_RUN(refused_drop_taints);
	TAP_RUN(silent_hardware_is_given_up);
	TAP_RUN(forgetting_names_the_pasids_there_are);
	return tap_done();
}
