// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that refuses commands, is slow, is full or does not answer: the
 * caller hears of it, the queue goes on, and no invalidation is forgotten.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <unistd.h>
#include "rig.h"

#define IOVA	0x40000000ULL

static struct machine m;
static struct iommufdx_master dev;
static struct iommufdx_domain *a;
static u64 pa;

static void start(u32 flags)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS | flags, MODEL_CAP_DIRTY) == 0);
	master_start(&m, &dev, 0x28);
	a = v1_make(&dev, IOMMUFDX_DOMAIN_DIRTY);
	pa = page_make();
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
}

static void stop(void)
{
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	a->ops->free(a);
	page_drop(pa);
	master_stop(&dev);
	CHECK_EQ(model_check(m.model), 0);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

static void knob(enum model_knob k, u64 val)
{
	CHECK_EQ(model_set_knob(m.model, k, val), 0);
}

static int enter(struct iommufdx_domain *domain)
{
	return attach(&dev, NO_PASID, domain);
}

/* Whether it is the invalidation or the wait for it that is refused. */
static void refused_command(u32 flags)
{
	u64 n;

	start(flags);
	CHECK_EQ(enter(a), 0);
	for (n = 1; n <= 2; n++) {
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(domain_unmap(a, IOVA, 1), -EIO);
		/* Another address, but the first is made up for. */
		CHECK_EQ(domain_map(a, IOVA + 0x100000, pa, 1), 0);
		CHECK_EQ(domain_unmap(a, IOVA + 0x100000, 1), 0);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), -EFAULT);
		CHECK_EQ(model_check(m.model), 0);
		CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	}
	CHECK_EQ(machine_stats(&m).illegal, 2);
	stop();
}

static void refused_command_fails_its_caller_only(void)
{
	refused_command(0);
}

static void refused_command_inline(void)
{
	refused_command(MODEL_INLINE);
}

/* One that would be refused for ever must not be met again. */
static void senseless_command_is_skipped(void)
{
	struct amd_iommu *iommu;
	struct ring_batch batch = {};

	start(0);
	iommu = to_amd_iommu(&m.iommu);
	CHECK_EQ(enter(a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	ring_batch_add(&batch, (struct ring_cmd){ { 0xfULL << 60 } });
	CHECK_EQ(iommufdx_ring_run(&iommu->ring, &batch), -EIO);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(machine_stats(&m).illegal, 1);
	stop();
}

/* An attach that fails leaves the device where it was. */
static void refused_attach_changes_nothing(void)
{
	struct iommufdx_domain *b;
	u64 n, pb;

	start(0);
	pb = page_make();
	b = v1_make(&dev, 0);
	CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
	for (n = 1; n <= 2; n++) {
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(enter(a), -EIO);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	}
	CHECK_EQ(enter(a), 0);
	for (n = 1; n <= 2; n++) {
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(enter(b), -EIO);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, n), 0);
		CHECK_EQ(*(u64 *)phys_to_virt(pa), n);
	}
	CHECK_EQ(enter(b), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 7), 0);
	CHECK_EQ(*(u64 *)phys_to_virt(pb), 7);
	CHECK_EQ(enter(NULL), 0);
	b->ops->free(b);
	page_drop(pb);
	stop();
}

static void refused_dirty_switch_changes_nothing(void)
{
	u64 n;

	start(0);
	CHECK_EQ(enter(a), 0);
	/* The DTE's invalidation, its wait, the domain's, its wait. */
	for (n = 1; n <= 4; n++) {
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(a->ops->set_dirty_tracking(a, true), -EIO);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
		CHECK(!domain_dirty(a, IOVA));
	}
	CHECK_EQ(a->ops->set_dirty_tracking(a, true), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	stop();
}

/*
 * The command that drops a domain's cached translations on the last detach is
 * refused: its ID must not be given to another domain.
 */
static void tainted_domain_id_is_not_reused(void)
{
	struct iommufdx_domain *b;
	u16 id;

	start(0);
	b = v1_make(&dev, 0);
	id = to_amd_domain(b)->id;
	CHECK_EQ(domain_map(b, IOVA, pa, 1), 0);
	CHECK_EQ(enter(b), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	/* The DTE's invalidation and its wait pass. */
	knob(MODEL_KNOB_ILLEGAL_AFTER, 3);
	CHECK_EQ(enter(NULL), 0);
	CHECK_EQ(domain_unmap(b, IOVA, 1), 0);
	/* Coming back, it starts clean. */
	CHECK_EQ(enter(b), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(enter(NULL), 0);
	b->ops->free(b);
	b = v1_make(&dev, 0);
	CHECK(to_amd_domain(b)->id != id);
	b->ops->free(b);
	stop();
}

static void *flush_once(void *arg)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);

	pgtable_gather_add(&gather, IOVA, IOVA + 0xfff);
	return (void *)(long)a->ops->flush(a, &gather);
}

#define FLUSHERS	300

/* More than the queue holds, while hardware does nothing for a while. */
static void full_queue_is_waited_for(void)
{
	pthread_t thread[FLUSHERS];
	void *rc;
	int i;

	start(0);
	CHECK_EQ(enter(a), 0);
	knob(MODEL_KNOB_STALL, 1);
	for (i = 0; i < FLUSHERS; i++)
		REQUIRE(!pthread_create(&thread[i], NULL, flush_once, NULL));
	usleep(100000);
	knob(MODEL_KNOB_STALL, 0);
	for (i = 0; i < FLUSHERS; i++) {
		pthread_join(thread[i], &rc);
		CHECK_EQ((long)rc, 0);
	}
	CHECK_EQ(machine_stats(&m).commands_by_op[AMD_CMD_INV_IOMMU_PAGES],
		 FLUSHERS);
	stop();
}

/* Nothing returns before hardware is done. */
static void slow_hardware_is_waited_for(void)
{
	start(0);
	CHECK_EQ(enter(a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	knob(MODEL_KNOB_SLOW_COMMANDS, 30000);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), -EFAULT);
	CHECK_EQ(*(u64 *)phys_to_virt(pa), 1);
	knob(MODEL_KNOB_SLOW_COMMANDS, 0);
	stop();
}

static void lost_events_do_not_end_logging(void)
{
	int i;

	start(0);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 1);
	CHECK_EQ(dma_write(&dev, NO_PASID, 0x1000, 1), -EFAULT);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 0);
	machine_settle(&m);
	CHECK_EQ(m.faults, 0);

	/* More than the log holds, faster than it is read. */
	for (i = 0; i < 2000; i++)
		CHECK_EQ(dma_write(&dev, NO_PASID, 0x2000, 1), -EFAULT);
	machine_settle(&m);
	CHECK(m.faults >= AMD_LOG_ENTRIES - 1);
	CHECK_EQ(m.faults + machine_stats(&m).events_lost, 2001);

	m.faults = 0;
	CHECK_EQ(dma_write(&dev, NO_PASID, 0x3000, 1), -EFAULT);
	machine_settle(&m);
	CHECK_EQ(m.faults, 1);
	CHECK_EQ(m.last_fault.iova, 0x3000);
	stop();
}

/* An event that says why the queue stopped may be lost, too. */
static void refused_command_without_event(void)
{
	start(0);
	CHECK_EQ(enter(a), 0);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 1);
	knob(MODEL_KNOB_ILLEGAL_AFTER, 1);
	CHECK_EQ(domain_unmap(a, IOVA, 1), -EIO);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	stop();
}

/* Dead hardware: errors in bounded time, a detach that ends, one message. */
static void silent_hardware_is_given_up(void)
{
	struct iommufdx_domain *b;
	long errors;

	start(0);
	b = v1_make(&dev, 0);
	CHECK_EQ(enter(a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	errors = shim_errors();
	shim_quiet(true);
	machine_stall(&m, true);
	CHECK_EQ(domain_unmap(a, IOVA, 1), -ETIMEDOUT);
	CHECK_EQ(enter(b), -ETIMEDOUT);
	CHECK_EQ(a->ops->set_dirty_tracking(a, true), -ETIMEDOUT);
	CHECK_EQ(enter(NULL), 0);
	CHECK_EQ(shim_errors(), errors + 1);
	shim_quiet(false);
	machine_stall(&m, false);

	/* It comes back. */
	CHECK_EQ(enter(b), 0);
	CHECK_EQ(enter(a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(*(u64 *)phys_to_virt(pa), 2);
	CHECK_EQ(enter(NULL), 0);
	b->ops->free(b);
	stop();
}

int main(void)
{
	TAP_RUN(refused_command_fails_its_caller_only);
	TAP_RUN(refused_command_inline);
	TAP_RUN(senseless_command_is_skipped);
	TAP_RUN(refused_attach_changes_nothing);
	TAP_RUN(refused_dirty_switch_changes_nothing);
	TAP_RUN(tainted_domain_id_is_not_reused);
	TAP_RUN(full_queue_is_waited_for);
	TAP_RUN(slow_hardware_is_waited_for);
	TAP_RUN(lost_events_do_not_end_logging);
	TAP_RUN(refused_command_without_event);
	TAP_RUN(silent_hardware_is_given_up);
	return tap_done();
}
