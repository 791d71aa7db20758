// SPDX-License-Identifier: GPL-2.0-only
/* Devices with an IOTLB: ATS, page requests, and the answers. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "rig.h"

#define IOVA	0x40000000ULL
#define CAPS	(MODEL_CAP_PASID | MODEL_CAP_DIRTY | MODEL_CAP_ATS | \
		 MODEL_CAP_PRI)

static struct machine m;
static struct iommufdx_master dev;
static struct model_atc *atc;
static struct iommufdx_domain *a;
static u64 pa;

static void start(enum pgtable_format format)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, CAPS) == 0);
	atc = model_atc_create(m.model, 0x1234, 0);
	REQUIRE(!IS_ERR(atc));
	full_master_start(&m, &dev, 0x1234);
	CHECK(dev.caps & IOMMUFDX_CAP_ATS);
	CHECK(dev.caps & IOMMUFDX_CAP_PRI);
	a = format_make(&dev, format, 0);
	pa = page_make();
}

static void stop(void)
{
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	CHECK_EQ(machine_stats(&m).atc_entries, 0);
	domain_drop(a);
	page_drop(pa);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(machine_stats(&m).stale, 0);
	CHECK_EQ(machine_stats(&m).illegal, 0);
	model_atc_destroy(atc);
	master_stop(&dev);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

/* A device that is in no domain may not even ask. */
static void blocked_devices_are_refused(void)
{
	start(PGTABLE_X86_64);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 1);
	CHECK_EQ(m.last_fault.reason, AMD_EVT_INVALID_DEVICE_REQUEST);
	stop();
}

static void iotlb_is_invalidated(enum pgtable_format format, u32 pasid)
{
	struct iommufdx_domain *b;
	u64 pb, iova;

	start(format);
	pb = page_make();
	b = format_make(&dev, format, 0);
	CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
	CHECK_EQ(attach(&dev, pasid, a), 0);
	/* At its own page, and at two around a large boundary. */
	for (iova = IOVA - 0x2000; iova < IOVA + 0x2000; iova += 0x1000) {
		CHECK_EQ(domain_map(a, iova, pa, 1), 0);
		CHECK_EQ(atc_write(atc, pasid, iova, iova), 0);
		CHECK_EQ(page_at(pa)[0], iova);
	}
	CHECK(machine_stats(&m).atc_entries >= 4);
	CHECK_EQ(domain_unmap(a, IOVA, 1), 0);
	CHECK_EQ(atc_write(atc, pasid, IOVA, 1), -EFAULT);
	CHECK_EQ(atc_write(atc, pasid, IOVA + 0x1000, 2), 0);
	CHECK_EQ(domain_unmap(a, IOVA - 0x1000, 3), 0);
	CHECK_EQ(atc_write(atc, pasid, IOVA - 0x1000, 3), -EFAULT);
	CHECK_EQ(atc_write(atc, pasid, IOVA + 0x1000, 4), -EFAULT);
	CHECK_EQ(atc_write(atc, pasid, IOVA - 0x2000, 5), 0);
	CHECK_EQ(page_at(pa)[0], 5);

	/* Replace and detach leave nothing of it in the device. */
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(atc_write(atc, pasid, IOVA, 6), 0);
	CHECK_EQ(attach(&dev, pasid, b), 0);
	CHECK_EQ(atc_write(atc, pasid, IOVA, 7), 0);
	CHECK_EQ(page_at(pa)[0], 6);
	CHECK_EQ(page_at(pb)[0], 7);
	CHECK_EQ(attach(&dev, pasid, NULL), 0);
	CHECK_EQ(atc_write(atc, pasid, IOVA, 8), -EFAULT);
	CHECK_EQ(page_at(pb)[0], 7);
	domain_drop(b);
	page_drop(pb);
	stop();
}

static void iotlbs_are_invalidated(void)
{
	iotlb_is_invalidated(PGTABLE_X86_64, NO_PASID);
	iotlb_is_invalidated(PGTABLE_X86_64, 5);
	iotlb_is_invalidated(PGTABLE_AMDV1, NO_PASID);
}

/* Between a host table and a guest table, too. */
static void iotlb_is_invalidated_between_versions(void)
{
	struct iommufdx_domain *b;
	u64 pb, i;

	start(PGTABLE_X86_64);
	pb = page_make();
	b = v1_make(&dev, 0);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_map(b, IOVA, pb, 1), 0);
	for (i = 1; i < 6; i++) {
		CHECK_EQ(attach(&dev, NO_PASID, i % 2 ? a : b), 0);
		CHECK_EQ(atc_write(atc, NO_PASID, IOVA, i), 0);
		CHECK_EQ(page_at(i % 2 ? pa : pb)[0], i);
	}
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(b);
	page_drop(pb);
	stop();
}

/* A write that a device makes by itself is noted when it is allowed. */
static void device_writes_are_noted(void)
{
	start(PGTABLE_X86_64);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, 5, a), 0);
	CHECK_EQ(atc_write(atc, 5, IOVA, 1), 0);
	CHECK(domain_dirty(a, IOVA));
	CHECK(!domain_dirty(a, IOVA));
	CHECK_EQ(atc_write(atc, 5, IOVA, 2), 0);
	CHECK(domain_dirty(a, IOVA));
	stop();
}

/* A device that does not answer: an error, made up for when it does again. */
static void silent_device_is_reported(enum pgtable_format format)
{
	start(format);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), 0);
	shim_quiet(true);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT,
				MODEL_ATC_SILENT), 0);
	CHECK_EQ(domain_unmap(a, IOVA, 1), -ETIMEDOUT);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT,
				MODEL_ATC_LATE), 0);
	/* It is asked for everything, and it does not answer that either. */
	CHECK_EQ(domain_map(a, IOVA + 0x1000, pa, 1), -ETIMEDOUT);
	CHECK_EQ(domain_unmap(a, IOVA + 0x1000, 1), -ETIMEDOUT);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, 0), 0);
	shim_quiet(false);
	CHECK_EQ(domain_map(a, IOVA + 0x1000, pa, 1), 0);
	CHECK_EQ(domain_unmap(a, IOVA + 0x1000, 1), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 2), -EFAULT);
	CHECK_EQ(page_at(pa)[0], 1);
	stop();
}

static void silent_devices_are_reported(void)
{
	silent_device_is_reported(PGTABLE_X86_64);
	silent_device_is_reported(PGTABLE_AMDV1);
}

static void *unmap_one_page(void *domain)
{
	return (void *)(long)domain_unmap(domain, IOVA, 1);
}

/* Of two flushes at a time, that of the device which answers succeeds. */
static void others_are_not_blamed_for_a_silent_device(void)
{
	struct model_atc *atc_of_mute;
	struct iommufdx_master mute;
	struct iommufdx_domain *b;
	pthread_t thread[2];
	void *rc[2];
	int i;

	start(PGTABLE_X86_64);
	full_master_start(&m, &mute, 0x1235);
	b = v2_make(&mute);
	CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	CHECK_EQ(domain_map(b, IOVA, pa, 1), 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	shim_quiet(true);
	CHECK_EQ(attach(&mute, NO_PASID, b), 0);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_STALL, 1), 0);
	for (i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&thread[i], NULL, unmap_one_page,
					i ? b : a));
	for (i = 0; i < 5000 && machine_stats(&m).queue_depth < 6; i++)
		rig_sleep();
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_STALL, 0), 0);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], &rc[i]);
	CHECK_EQ((long)rc[0], 0);
	CHECK_EQ((long)rc[1], -ETIMEDOUT);

	/* It speaks again. */
	atc_of_mute = model_atc_create(m.model, 0x1235, 0);
	REQUIRE(!IS_ERR(atc_of_mute));
	CHECK_EQ(attach(&mute, NO_PASID, NULL), 0);
	shim_quiet(false);
	CHECK(!b->owed);
	domain_drop(b);
	model_atc_destroy(atc_of_mute);
	master_stop(&mute);
	stop();
}

static struct model_page_request request(u32 pasid, u16 group, bool last)
{
	return (struct model_page_request){
		.rid = 0x1234,
		.pasid = pasid,
		.has_pasid = pasid != NO_PASID,
		.group = group,
		.prot = MODEL_PROT_READ | MODEL_PROT_WRITE,
		.last = last,
		.addr = IOVA,
	};
}

static void page_requests_are_reported_and_answered(void)
{
	struct model_page_request req = request(0xabcde, 0x1fe, false);

	start(PGTABLE_X86_64);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 1);
	CHECK_EQ(m.requests[0].flags, IOMMUFDX_PAGE_PASID_VALID);
	CHECK_EQ(m.requests[0].pasid, 0xabcde);
	CHECK_EQ(m.requests[0].grpid, 0x1fe);
	CHECK_EQ(m.requests[0].perm, IOMMUFDX_PAGE_READ | IOMMUFDX_PAGE_WRITE);
	CHECK_EQ(m.requests[0].addr, IOVA);
	CHECK(m.requesters[0] == &dev);
	CHECK_EQ(m.nr_responses, 0);

	req = request(0xabcde, 0x1fe, true);
	req.priv = true;
	req.prot = MODEL_PROT_READ | MODEL_PROT_EXEC;
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 2);
	CHECK_EQ(m.requests[1].flags,
		 IOMMUFDX_PAGE_PASID_VALID | IOMMUFDX_PAGE_LAST);
	CHECK_EQ(m.requests[1].perm, IOMMUFDX_PAGE_READ | IOMMUFDX_PAGE_EXEC |
				     IOMMUFDX_PAGE_PRIV);
	amd_page_response(&dev, &m.requests[1], IOMMUFDX_PAGE_SUCCESS);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.rid, 0x1234);
	CHECK_EQ(m.response.pasid, 0xabcde);
	CHECK(m.response.has_pasid);
	CHECK_EQ(m.response.group, 0x1fe);
	CHECK_EQ(m.response.code, MODEL_PAGE_SUCCESS);

	req = request(NO_PASID, 1, true);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 3);
	CHECK_EQ(m.requests[2].flags, IOMMUFDX_PAGE_LAST);
	amd_page_response(&dev, &m.requests[2], IOMMUFDX_PAGE_INVALID);
	machine_wait(&m, m.nr_responses == 2);
	CHECK(!m.response.has_pasid);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);
	stop();
}

/* By core from the thread that reads the log, or for want of a device. */
static void refused_requests_are_answered(void)
{
	struct model_page_request req = request(5, 7, true);

	start(PGTABLE_X86_64);
	/* By hardware while the device is in no domain. */
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.code, MODEL_PAGE_FAILURE);
	CHECK_EQ(m.nr_requests, 0);

	CHECK_EQ(attach(&dev, 5, a), 0);
	m.refuse = true;
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_responses == 2);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);

	amd_ppr_remove(dev.priv);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_responses == 3);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);
	CHECK_EQ(m.nr_requests, 1);
	amd_ppr_add(dev.priv);
	stop();
}

/* Hardware answers what it has no room for; afterwards the log goes on. */
static void overflow_is_survived(void)
{
	struct model_page_request req = request(5, 7, true);

	start(PGTABLE_X86_64);
	CHECK_EQ(attach(&dev, 5, a), 0);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_PAGE_OVERFLOW, 1), 0);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.code, MODEL_PAGE_SUCCESS);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_PAGE_OVERFLOW, 0), 0);
	machine_wait(&m, hw_read64(m.iommu.hw, AMD_REG_STATUS) &
			 AMD_STATUS_PPR_RUN);
	CHECK_EQ(m.nr_requests, 0);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 1);
	amd_page_response(&dev, &m.requests[0], IOMMUFDX_PAGE_SUCCESS);
	machine_wait(&m, m.nr_responses == 2);
	stop();
}

/* More than the log holds, with its end in the middle. */
static void log_goes_round(void)
{
	struct model_page_request req;
	unsigned int i;

	start(PGTABLE_X86_64);
	CHECK_EQ(attach(&dev, 5, a), 0);
	m.refuse = true;
	for (i = 0; i < 1200; i++) {
		req = request(i % 2 ? 5 : NO_PASID, i % 512, true);
		CHECK_EQ(model_page_request(m.model, &req), 0);
		machine_wait(&m, m.nr_responses == i + 1);
		REQUIRE(m.response.group == i % 512);
	}
	CHECK_EQ(machine_stats(&m).page_requests_lost, 0);
	stop();
}

int main(void)
{
	TAP_RUN(blocked_devices_are_refused);
	TAP_RUN(iotlbs_are_invalidated);
	TAP_RUN(iotlb_is_invalidated_between_versions);
	TAP_RUN(device_writes_are_noted);
	TAP_RUN(silent_devices_are_reported);
	TAP_RUN(others_are_not_blamed_for_a_silent_device);
	TAP_RUN(page_requests_are_reported_and_answered);
	TAP_RUN(refused_requests_are_answered);
	TAP_RUN(overflow_is_survived);
	TAP_RUN(log_goes_round);
	return tap_done();
}
