// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that refuses descriptors, is slow, is full or does not answer: the
 * caller hears of it, the queue goes on, and no invalidation is forgotten.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <unistd.h>
#include "rig.h"

#define IOVA	0x40000000ULL
#define CAPS	(MODEL_CAP_PASID | MODEL_CAP_DIRTY)

static struct machine m;
static struct iommufdx_master dev;
static struct iommufdx_domain *a;
static u64 pa;

static void start(u32 flags, enum pgtable_format format)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS | flags, CAPS) == 0);
	full_master_start(&m, &dev, 0x28);
	a = format_make(&dev, format, IOMMUFDX_DOMAIN_DIRTY);
	pa = page_make();
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
}

static void stop(void)
{
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(a);
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

/* Whether it is the invalidation or the wait for it that is refused. */
static void refused_command(u32 flags, enum pgtable_format format)
{
	u64 n;

	start(flags, format);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
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
	refused_command(0, PGTABLE_X86_64);
	refused_command(0, PGTABLE_VTDSS);
}

static void refused_command_inline(void)
{
	refused_command(MODEL_INLINE, PGTABLE_X86_64);
}

/* One that would be refused for ever must not be met again. */
static void senseless_command_is_replaced(void)
{
	struct ring_batch batch = {};

	start(0, PGTABLE_X86_64);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	ring_batch_add(&batch, (struct ring_cmd){ { 0xf } });
	CHECK_EQ(iommufdx_ring_run(&to_vtd_iommu(&m.iommu)->ring, &batch),
		 -EIO);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(machine_stats(&m).illegal, 1);
	stop();
}

/* Every command of an attach is refused once; the device stays where it was. */
static void refused_attach_changes_nothing(void)
{
	static const enum pgtable_format format[] = {
		PGTABLE_X86_64, PGTABLE_VTDSS,
	};
	struct iommufdx_domain *b;
	unsigned int i;
	u64 n, pb;
	int rc;

	for (i = 0; i < 4; i++) {
		start(0, format[i / 2]);
		pb = page_make();
		b = format_make(&dev, format[i % 2], 0);
		CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
		for (n = 1; n <= 2; n++) {
			knob(MODEL_KNOB_ILLEGAL_AFTER, n);
			CHECK_EQ(attach(&dev, NO_PASID, a), -EIO);
			CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
		}
		CHECK_EQ(attach(&dev, NO_PASID, a), 0);
		for (n = 1; n < 100; n++) {
			CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1000 + n), 0);
			CHECK_EQ(page_at(pa)[0], 1000 + n);
			knob(MODEL_KNOB_ILLEGAL_AFTER, n);
			rc = attach(&dev, NO_PASID, b);
			if (!rc)
				break;
			CHECK_EQ(rc, -EIO);
			CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, n), 0);
			CHECK_EQ(page_at(pa)[0], n);
			CHECK_EQ(model_check(m.model), 0);
		}
		CHECK(n > 6);
		knob(MODEL_KNOB_ILLEGAL_AFTER, 0);
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 7), 0);
		CHECK_EQ(page_at(pb)[0], 7);
		/* What was refused last was a drop: joining makes up for it. */
		CHECK_EQ(attach(&dev, NO_PASID, a), 0);
		CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
		domain_drop(b);
		page_drop(pb);
		stop();
	}
}

static void refused_dirty_switch_changes_nothing(void)
{
	u64 n;

	start(0, PGTABLE_VTDSS);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	/* The entry's invalidation, its wait, the domain's, its wait. */
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

	start(0, PGTABLE_X86_64);
	b = format_make(&dev, PGTABLE_X86_64, 0);
	id = to_vtd_domain(b)->id;
	CHECK_EQ(domain_map(b, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, b), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	/* Two invalidations of the entry, cleared and cleaned up, pass. */
	knob(MODEL_KNOB_ILLEGAL_AFTER, 5);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK(to_vtd_domain(b)->tainted);
	CHECK_EQ(domain_unmap(b, IOVA, 1), 0);
	/* Coming back, it starts clean. */
	CHECK_EQ(attach(&dev, NO_PASID, b), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(b);
	b = format_make(&dev, PGTABLE_X86_64, 0);
	CHECK(to_vtd_domain(b)->id != id);
	domain_drop(b);
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
	u64 before;
	void *rc;
	int i;

	start(0, PGTABLE_X86_64);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	before = machine_stats(&m).commands_by_op[VTD_INV_PASID_IOTLB];
	knob(MODEL_KNOB_STALL, 1);
	for (i = 0; i < FLUSHERS; i++)
		REQUIRE(!pthread_create(&thread[i], NULL, flush_once, NULL));
	usleep(100000);
	knob(MODEL_KNOB_STALL, 0);
	for (i = 0; i < FLUSHERS; i++) {
		pthread_join(thread[i], &rc);
		CHECK_EQ((long)rc, 0);
	}
	CHECK_EQ(machine_stats(&m).commands_by_op[VTD_INV_PASID_IOTLB],
		 before + FLUSHERS);
	stop();
}

/* Nothing returns before hardware is done. */
static void slow_hardware_is_waited_for(void)
{
	start(0, PGTABLE_X86_64);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	knob(MODEL_KNOB_SLOW_COMMANDS, 30000);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 1);
	knob(MODEL_KNOB_SLOW_COMMANDS, 0);
	stop();
}

static void lost_faults_do_not_end_recording(void)
{
	int i;

	start(0, PGTABLE_X86_64);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 1);
	CHECK_EQ(dma_write(&dev, NO_PASID, 0x1000, 1), -EFAULT);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 0);
	machine_settle(&m);
	CHECK_EQ(m.faults, 0);

	/* More than there are records, faster than they are read. */
	for (i = 0; i < 2000; i++)
		CHECK_EQ(dma_write(&dev, NO_PASID, 0x2000, 1), -EFAULT);
	machine_settle(&m);
	machine_wait(&m, m.faults + machine_stats(&m).events_lost == 2001);
	CHECK(m.faults >= 8);

	m.faults = 0;
	CHECK_EQ(dma_write(&dev, NO_PASID, 0x3000, 1), -EFAULT);
	machine_settle(&m);
	machine_wait(&m, m.faults == 1);
	CHECK_EQ(m.last_fault.iova, 0x3000);
	stop();
}

/* Dead hardware: errors in bounded time, a detach that ends, one message. */
static void silent_hardware_is_given_up(void)
{
	struct iommufdx_domain *b;
	long errors;

	start(0, PGTABLE_VTDSS);
	b = format_make(&dev, PGTABLE_X86_64, 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), 0);
	errors = shim_errors();
	shim_quiet(true);
	machine_stall(&m, true);
	CHECK_EQ(domain_unmap(a, IOVA, 1), -ETIMEDOUT);
	CHECK_EQ(attach(&dev, NO_PASID, b), -ETIMEDOUT);
	CHECK_EQ(a->ops->set_dirty_tracking(a, true), -ETIMEDOUT);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(shim_errors(), errors + 1);
	shim_quiet(false);
	machine_stall(&m, false);

	/* It comes back. */
	CHECK_EQ(attach(&dev, NO_PASID, b), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 2), 0);
	CHECK_EQ(page_at(pa)[0], 2);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(b);
	stop();
}

/* What hardware may still read is not given back. */
static void tables_of_silent_hardware_are_kept(void)
{
	long before;

	REQUIRE(machine_start(&m, 0, CAPS) == 0);
	full_master_start(&m, &dev, 0x28);
	before = shim_pages_in_use();
	shim_quiet(true);
	knob(MODEL_KNOB_STALL, 1);
	master_stop(&dev);
	CHECK_EQ(shim_pages_in_use(), before);
	shim_quiet(false);
	knob(MODEL_KNOB_STALL, 0);
	machine_stop(&m);
}

int main(void)
{
	TAP_RUN(refused_command_fails_its_caller_only);
	TAP_RUN(refused_command_inline);
	TAP_RUN(senseless_command_is_replaced);
	TAP_RUN(refused_attach_changes_nothing);
	TAP_RUN(refused_dirty_switch_changes_nothing);
	TAP_RUN(tainted_domain_id_is_not_reused);
	TAP_RUN(full_queue_is_waited_for);
	TAP_RUN(slow_hardware_is_waited_for);
	TAP_RUN(lost_faults_do_not_end_recording);
	TAP_RUN(silent_hardware_is_given_up);
	TAP_RUN(tables_of_silent_hardware_are_kept);
	return tap_done();
}
