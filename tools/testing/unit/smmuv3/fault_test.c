// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that refuses commands, is slow, is full or does not answer: the
 * caller hears of it, the queue goes on, and no invalidation is forgotten.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <unistd.h>
#include "rig.h"

#define IOVA	0x40000000ULL

static struct machine m;
static struct iommufdx_master dev;
static struct iommufdx_domain *a;
static u64 pa;

static void start(u32 flags, u32 caps, unsigned int stage)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS | flags, caps) == 0);
	memset(&dev, 0, sizeof(dev));
	dev.dev_ats = caps & MODEL_CAP_ATS;
	dev.max_pasid_bits = 16;
	REQUIRE(master_add(&m, &dev, 0x28) == 0);
	a = stage_make(&dev, stage, 0);
	pa = page_make();
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
}

#define PLAIN	(MODEL_CAP_ALL & ~(MODEL_CAP_ATS | MODEL_CAP_PRI))

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

static int move(struct iommufdx_domain *domain)
{
	return attach(&dev, NO_PASID, domain);
}

static int write_to(u64 iova, u64 val)
{
	return dma_write(&dev, NO_PASID, iova, val);
}

/* Whether it is the invalidation or the wait for it that is refused. */
static void refused_command(u32 flags, unsigned int stage)
{
	u64 n;

	start(flags, PLAIN, stage);
	CHECK_EQ(move(a), 0);
	for (n = 1; n <= 2; n++) {
		CHECK_EQ(write_to(IOVA, 1), 0);
		knob(MODEL_KNOB_ILLEGAL_AFTER, n);
		CHECK_EQ(domain_unmap(a, IOVA, 1), -EIO);
		/* Another address, but the first is made up for. */
		CHECK_EQ(domain_map(a, IOVA + 0x100000, pa, 1), 0);
		CHECK_EQ(domain_unmap(a, IOVA + 0x100000, 1), 0);
		CHECK_EQ(write_to(IOVA, 2), -EFAULT);
		CHECK_EQ(model_check(m.model), 0);
		CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	}
	CHECK_EQ(machine_stats(&m).illegal, 2);
	stop();
}

static void refused_command_fails_its_caller_only(void)
{
	refused_command(0, 1);
	refused_command(0, 2);
}

static void refused_command_inline(void)
{
	refused_command(MODEL_INLINE, 1);
}

/* One that would be refused for ever must not be met again. */
static void senseless_command_is_skipped(void)
{
	struct ring_cmd bad = { .word = { 0xff } };

	start(0, PLAIN, 1);
	CHECK_EQ(move(a), 0);
	CHECK_EQ(write_to(IOVA, 1), 0);
	CHECK_EQ(smmu_run_one(to_smmu(&m.iommu), bad), -EIO);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(machine_stats(&m).illegal, 1);
	stop();
}

/*
 * The command that drops a domain's cached translations on the last detach is
 * refused: its tag must not be given to another domain.
 */
static void tainted_tag_is_not_reused(void)
{
	struct iommufdx_domain *b;
	unsigned int stage, n;
	u16 id;

	for (stage = 1; stage <= 2; stage++) {
		start(0, PLAIN, stage);
		b = stage_make(&dev, stage, 0);
		id = to_smmu_domain(b)->tag.id;
		CHECK_EQ(domain_map(b, IOVA, pa, 1), 0);
		/* The configuration's invalidations pass, the last does not. */
		for (n = 1; n < 20 && !to_smmu_domain(b)->tainted; n++) {
			CHECK_EQ(move(b), 0);
			CHECK_EQ(write_to(IOVA, 1), 0);
			knob(MODEL_KNOB_ILLEGAL_AFTER, n);
			CHECK_EQ(move(NULL), 0);
			knob(MODEL_KNOB_ILLEGAL_AFTER, 0);
		}
		CHECK(to_smmu_domain(b)->tainted);
		CHECK_EQ(domain_unmap(b, IOVA, 1), 0);
		/* Coming back, it starts clean. */
		CHECK_EQ(move(b), 0);
		CHECK_EQ(write_to(IOVA, 1), -EFAULT);
		CHECK_EQ(move(NULL), 0);
		domain_drop(b);
		b = stage_make(&dev, stage, 0);
		CHECK(to_smmu_domain(b)->tag.id != id);
		domain_drop(b);
		stop();
	}
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

	start(0, PLAIN, 1);
	CHECK_EQ(move(a), 0);
	knob(MODEL_KNOB_STALL, 1);
	for (i = 0; i < FLUSHERS; i++)
		REQUIRE(!pthread_create(&thread[i], NULL, flush_once, NULL));
	usleep(100000);
	knob(MODEL_KNOB_STALL, 0);
	for (i = 0; i < FLUSHERS; i++) {
		pthread_join(thread[i], &rc);
		CHECK_EQ((long)rc, 0);
	}
	CHECK_EQ(machine_stats(&m).commands_by_op[SMMU_CMD_TLBI_NH_VA],
		 FLUSHERS);
	stop();
}

/* Nothing returns before hardware is done. */
static void slow_hardware_is_waited_for(void)
{
	start(0, PLAIN, 2);
	CHECK_EQ(move(a), 0);
	CHECK_EQ(write_to(IOVA, 1), 0);
	knob(MODEL_KNOB_SLOW_COMMANDS, 30000);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(write_to(IOVA, 2), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 1);
	knob(MODEL_KNOB_SLOW_COMMANDS, 0);
	stop();
}

static void lost_events_do_not_end_reports(void)
{
	u64 i, lost;

	start(0, PLAIN, 1);
	CHECK_EQ(move(a), 0);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 1);
	CHECK_EQ(write_to(0x1000, 1), -EFAULT);
	knob(MODEL_KNOB_EVENT_OVERFLOW, 0);
	CHECK_EQ(machine_stats(&m).events_lost, 1);

	/* More than the queue holds, faster than it may be read. */
	for (i = 0; i < 2000; i++)
		CHECK_EQ(write_to(0x2000, 1), -EFAULT);
	machine_settle(&m);
	lost = machine_stats(&m).events_lost;
	machine_wait(&m, m.faults + lost == 2001);

	m.faults = 0;
	CHECK_EQ(write_to(0x3000, 1), -EFAULT);
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

	start(0, PLAIN, 1);
	b = stage_make(&dev, 2, 0);
	CHECK_EQ(move(a), 0);
	CHECK_EQ(write_to(IOVA, 1), 0);
	errors = shim_errors();
	shim_quiet(true);
	machine_stall(&m, true);
	CHECK_EQ(domain_unmap(a, IOVA, 1), -ETIMEDOUT);
	CHECK_EQ(move(b), -ETIMEDOUT);
	CHECK_EQ(move(NULL), 0);
	CHECK_EQ(shim_errors(), errors + 1);
	shim_quiet(false);
	machine_stall(&m, false);

	/* It comes back. */
	CHECK_EQ(move(b), 0);
	CHECK_EQ(move(a), 0);
	CHECK_EQ(write_to(IOVA, 1), -EFAULT);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(write_to(IOVA, 2), 0);
	CHECK_EQ(page_at(pa)[0], 2);
	CHECK_EQ(move(NULL), 0);
	domain_drop(b);
	stop();
}

/* --------------------------------------------------------------------- ATS */

static struct model_atc *atc;

static void start_ats(void)
{
	start(0, MODEL_CAP_ALL, 1);
	CHECK(dev.caps & IOMMUFDX_CAP_ATS);
	atc = model_atc_create(m.model, 0x28, 0);
	REQUIRE(!IS_ERR(atc));
}

static void stop_ats(void)
{
	CHECK_EQ(move(NULL), 0);
	model_atc_destroy(atc);
	/* Whom nobody answers loses ATS, and there is nobody any more. */
	stop();
}

static void devices_forget_what_is_unmapped(void)
{
	struct iommufdx_domain *b;
	u64 pb;

	start_ats();
	b = stage_make(&dev, 2, 0);
	pb = page_make();
	CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(move(a), 0);
	CHECK_EQ(attach(&dev, 3, a), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(atc_write(atc, 3, IOVA, 2), 0);
	CHECK_EQ(atc_write(atc, 3, IOVA, 3), 0);
	CHECK_EQ(machine_stats(&m).atc_entries, 2);
	CHECK(machine_stats(&m).atc_hits >= 1);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(machine_stats(&m).atc_entries, 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 4), -EFAULT);
	CHECK_EQ(atc_write(atc, 3, IOVA, 4), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 3);

	/* And what it is taken out of. */
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(atc_write(atc, 3, IOVA, 5), 0);
	CHECK_EQ(attach(&dev, 3, NULL), 0);
	CHECK_EQ(atc_write(atc, 3, IOVA, 6), -EFAULT);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 7), 0);
	CHECK_EQ(move(b), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 8), 0);
	CHECK_EQ(page_at(pa)[0], 7);
	CHECK_EQ(page_at(pb)[0], 8);
	CHECK_EQ(move(NULL), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 9), -EFAULT);
	domain_drop(b);
	page_drop(pb);
	model_atc_destroy(atc);
	stop();
}

static void silent_device(u64 how)
{
	u64 pb = page_make();

	start_ats();
	CHECK_EQ(move(a), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), 0);
	shim_quiet(true);
	knob(MODEL_KNOB_ATC_TIMEOUT, how);
	CHECK_EQ(domain_unmap(a, IOVA, 1), -ETIMEDOUT);
	knob(MODEL_KNOB_ATC_TIMEOUT, 0);
	/* The queue goes on, and the next flush makes up for it. */
	CHECK_EQ(domain_map(a, IOVA + 0x1000, pa, 1), 0);
	CHECK_EQ(domain_unmap(a, IOVA + 0x1000, 1), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 2), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 1);

	/* Silent when it leaves: what it keeps is of no use to it. */
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 3), 0);
	knob(MODEL_KNOB_ATC_TIMEOUT, how);
	CHECK_EQ(move(NULL), 0);
	CHECK_EQ(move(a), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 4), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 3);
	/* It still has DMA without. */
	CHECK_EQ(write_to(IOVA, 5), 0);
	CHECK_EQ(page_at(pa)[0], 5);

	/* Once it answers it may translate again, but not by what it kept. */
	CHECK_EQ(move(NULL), 0);
	knob(MODEL_KNOB_ATC_TIMEOUT, 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(domain_map(a, IOVA, pb, 1), 0);
	CHECK_EQ(move(a), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 6), 0);
	CHECK_EQ(page_at(pa)[0], 5);
	CHECK_EQ(page_at(pb)[0], 6);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	page_drop(pb);
	shim_quiet(false);
	stop_ats();
}

static void silent_devices(void)
{
	silent_device(MODEL_ATC_SILENT);
	silent_device(MODEL_ATC_LATE);
}

int main(void)
{
	shim_quiet(true);
	TAP_RUN(refused_command_fails_its_caller_only);
	TAP_RUN(refused_command_inline);
	TAP_RUN(senseless_command_is_skipped);
	TAP_RUN(tainted_tag_is_not_reused);
	TAP_RUN(full_queue_is_waited_for);
	TAP_RUN(slow_hardware_is_waited_for);
	TAP_RUN(lost_events_do_not_end_reports);
	TAP_RUN(silent_hardware_is_given_up);
	TAP_RUN(devices_forget_what_is_unmapped);
	TAP_RUN(silent_devices);
	return tap_done();
}
