// SPDX-License-Identifier: GPL-2.0-only
/* Devices with a device TLB: ATS, page requests, and the answers. */
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

static void start(u32 caps)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, caps) == 0);
	atc = model_atc_create(m.model, 0x1234, 0);
	REQUIRE(!IS_ERR(atc));
	full_master_start(&m, &dev, 0x1234);
	CHECK(dev.caps & IOMMUFDX_CAP_ATS);
	a = format_make(&dev, PGTABLE_ANY, 0);
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
	model_atc_destroy(atc);
	master_stop(&dev);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

static void device_tlb_is_invalidated(u32 caps, u32 pasid)
{
	struct iommufdx_domain *b;
	u64 pb, iova;

	start(caps);
	pb = page_make();
	b = format_make(&dev, PGTABLE_ANY, 0);
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
	CHECK_EQ(machine_stats(&m).illegal, 0);
	stop();
}

static void device_tlbs_are_invalidated(void)
{
	device_tlb_is_invalidated(CAPS, NO_PASID);
	device_tlb_is_invalidated(CAPS, 5);
	device_tlb_is_invalidated(MODEL_CAP_ATS, NO_PASID);
}

/* A device that does not answer: an error, made up for when it does again. */
static void silent_device_is_reported(void)
{
	start(CAPS);
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
	struct model_page_request req = request(5, 0x1fe, false);

	start(CAPS);
	CHECK(dev.caps & IOMMUFDX_CAP_PRI);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 1);
	CHECK_EQ(m.requests[0].flags, IOMMUFDX_PAGE_PASID_VALID);
	CHECK_EQ(m.requests[0].pasid, 5);
	CHECK_EQ(m.requests[0].grpid, 0x1fe);
	CHECK_EQ(m.requests[0].perm, IOMMUFDX_PAGE_READ | IOMMUFDX_PAGE_WRITE);
	CHECK_EQ(m.requests[0].addr, IOVA);
	CHECK(m.requesters[0] == &dev);
	CHECK_EQ(m.nr_responses, 0);

	req = request(5, 0x1fe, true);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 2);
	CHECK_EQ(m.requests[1].flags,
		 IOMMUFDX_PAGE_PASID_VALID | IOMMUFDX_PAGE_LAST);
	vtd_page_response(&dev, &m.requests[1], IOMMUFDX_PAGE_SUCCESS);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.rid, 0x1234);
	CHECK_EQ(m.response.pasid, 5);
	CHECK(m.response.has_pasid);
	CHECK_EQ(m.response.group, 0x1fe);
	CHECK_EQ(m.response.code, MODEL_PAGE_SUCCESS);

	req = request(NO_PASID, 1, true);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 3);
	CHECK_EQ(m.requests[2].flags, IOMMUFDX_PAGE_LAST);
	vtd_page_response(&dev, &m.requests[2], IOMMUFDX_PAGE_INVALID);
	machine_wait(&m, m.nr_responses == 2);
	CHECK(!m.response.has_pasid);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);
	stop();
}

/* By core from the thread that reads the queue, or for want of a device. */
static void refused_requests_are_answered(void)
{
	struct model_page_request req = request(5, 7, true);

	start(CAPS);
	m.refuse = true;
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);

	vtd_prq_remove(dev.priv);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_responses == 2);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);
	CHECK_EQ(m.nr_requests, 1);
	vtd_prq_add(dev.priv);
	stop();
}

/* Hardware answers what it has no room for; afterwards the queue goes on. */
static void overflow_is_survived(void)
{
	struct model_page_request req = request(5, 7, true);

	start(CAPS);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_PAGE_OVERFLOW, 1), 0);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.code, MODEL_PAGE_SUCCESS);
	CHECK_EQ(model_set_knob(m.model, MODEL_KNOB_PAGE_OVERFLOW, 0), 0);
	machine_wait(&m, !(hw_read32(m.iommu.hw, VTD_REG_PRS) & VTD_PRS_PRO));
	CHECK_EQ(m.nr_requests, 0);
	CHECK_EQ(model_page_request(m.model, &req), 0);
	machine_wait(&m, m.nr_requests == 1);
	vtd_page_response(&dev, &m.requests[0], IOMMUFDX_PAGE_SUCCESS);
	machine_wait(&m, m.nr_responses == 2);
	stop();
}

/* More than the queue holds, with the queue's end in the middle. */
static void queue_goes_round(void)
{
	struct model_page_request req;
	unsigned int i;

	start(CAPS);
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
	TAP_RUN(device_tlbs_are_invalidated);
	TAP_RUN(silent_device_is_reported);
	TAP_RUN(page_requests_are_reported_and_answered);
	TAP_RUN(refused_requests_are_answered);
	TAP_RUN(overflow_is_survived);
	TAP_RUN(queue_goes_round);
	return tap_done();
}
