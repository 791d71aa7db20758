// SPDX-License-Identifier: GPL-2.0-only
/* Devices that wait for pages: page requests and stalls, and the answers. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "rig.h"

#define IOVA	0x40000000ULL

static struct machine m;
static struct iommufdx_master dev;
static struct iommufdx_domain *a;
static struct model_atc *atc;
static u64 pa;

static void start_with(bool ats, bool pri)
{
	REQUIRE(machine_start(&m, MODEL_CHECK_HITS, MODEL_CAP_ALL) == 0);
	memset(&dev, 0, sizeof(dev));
	dev.max_pasid_bits = 16;
	dev.dev_ats = ats;
	dev.dev_pri = pri;
	REQUIRE(master_add(&m, &dev, 0x28) == 0);
	CHECK_EQ(!!(dev.caps & IOMMUFDX_CAP_PRI), ats && pri);
	CHECK_EQ(!!(dev.caps & IOMMUFDX_CAP_STALL), !ats);
	atc = ats ? model_atc_create(m.model, 0x28, 0) : NULL;
	pa = page_make();
}

static void start(bool pri)
{
	start_with(pri, pri);
}

static void stop(void)
{
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	domain_drop(a);
	page_drop(pa);
	master_stop(&dev);
	if (atc)
		model_atc_destroy(atc);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(machine_stats(&m).illegal, 0);
	machine_stop(&m);
	CHECK_EQ(shim_pages_in_use() + shim_objects_in_use(), 0);
}

/* ------------------------------------------------------------------ stalls */

struct stalled {
	pthread_t thread;
	u32 pasid;
	u64 iova;
	bool read;
	int rc;
};

static void *stalled_dma(void *arg)
{
	struct stalled *s = arg;
	u64 val;

	s->rc = s->read ? dma_read(&dev, s->pasid, s->iova, &val) :
			  dma_write(&dev, s->pasid, s->iova, 0x77);
	return NULL;
}

static void stall_is_asked_about(unsigned int stage, u32 pasid, int code)
{
	const struct iommufdx_page_request *req = &m.requests[0];
	struct stalled s = { .pasid = pasid, .iova = IOVA + 8 };

	start(false);
	a = stage_make(&dev, stage, 0);
	a->page_requests = true;
	CHECK_EQ(attach(&dev, pasid, a), 0);
	pthread_create(&s.thread, NULL, stalled_dma, &s);
	machine_wait(&m, m.nr_requests == 1);
	CHECK_EQ(req->addr, IOVA);
	CHECK_EQ(req->perm, IOMMUFDX_PAGE_WRITE);
	CHECK_EQ(req->flags, IOMMUFDX_PAGE_LAST |
			     (pasid ? IOMMUFDX_PAGE_PASID_VALID : 0));
	CHECK_EQ(req->pasid, pasid);
	CHECK(m.requesters[0] == &dev);
	if (code == IOMMUFDX_PAGE_SUCCESS)
		CHECK_EQ(domain_map(a, IOVA, pa, 1), 0);
	smmu_page_response(&dev, req, code);
	pthread_join(s.thread, NULL);
	CHECK_EQ(s.rc, code == IOMMUFDX_PAGE_SUCCESS ? 0 : -EFAULT);
	CHECK_EQ(page_at(pa)[1], code == IOMMUFDX_PAGE_SUCCESS ? 0x77 : 0);
	/* A stall is no fault that is reported. */
	CHECK_EQ(m.faults, 0);
	stop();
}

static void stalls_are_answered(void)
{
	stall_is_asked_about(1, NO_PASID, IOMMUFDX_PAGE_SUCCESS);
	stall_is_asked_about(1, 5, IOMMUFDX_PAGE_SUCCESS);
	stall_is_asked_about(2, NO_PASID, IOMMUFDX_PAGE_SUCCESS);
	stall_is_asked_about(1, NO_PASID, IOMMUFDX_PAGE_INVALID);
	stall_is_asked_about(1, 5, IOMMUFDX_PAGE_INVALID);
}

#define MANY	40

/* Several at once, answered in another order. */
static void many_stalls(void)
{
	struct stalled s[MANY] = {};
	unsigned int i;

	start(false);
	a = stage_make(&dev, 1, 0);
	a->page_requests = true;
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(attach(&dev, 5, a), 0);
	for (i = 0; i < MANY; i++) {
		s[i].iova = IOVA + i * 0x1000;
		s[i].pasid = i % 2 ? 5 : NO_PASID;
		s[i].read = i % 3;
		pthread_create(&s[i].thread, NULL, stalled_dma, &s[i]);
	}
	machine_wait(&m, m.nr_requests == MANY);
	for (i = 0; i < MANY; i++)
		CHECK_EQ(domain_map(a, IOVA + i * 0x1000, pa, 1), 0);
	for (i = MANY; i-- > 0;)
		smmu_page_response(&dev, &m.requests[i], IOMMUFDX_PAGE_SUCCESS);
	for (i = 0; i < MANY; i++) {
		pthread_join(s[i].thread, NULL);
		CHECK_EQ(s[i].rc, 0);
	}
	stop();
}

/* Nobody takes requests: faults do not wait for an answer. */
static void domains_without_a_queue_do_not_stall(void)
{
	start(false);
	a = stage_make(&dev, 1, 0);
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	machine_wait(&m, m.faults == 1);
	CHECK_EQ(m.nr_requests, 0);
	stop();
}

/* Refused from the thread that reads the queue, or when the device is gone. */
static void refused_stalls_end(void)
{
	struct smmu_master *master;
	struct stalled s = { .iova = IOVA };
	int i;

	start(false);
	a = stage_make(&dev, 1, 0);
	a->page_requests = true;
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	m.refuse = true;
	for (i = 0; i < 20; i++)
		CHECK_EQ(dma_write(&dev, NO_PASID, IOVA, 1), -EFAULT);
	CHECK_EQ(m.nr_requests, 20);

	/* As if it had been removed before its event was read. */
	master = dev.priv;
	mutex_lock(&to_smmu(&m.iommu)->masters_lock);
	list_del_init(&master->node);
	mutex_unlock(&to_smmu(&m.iommu)->masters_lock);
	pthread_create(&s.thread, NULL, stalled_dma, &s);
	pthread_join(s.thread, NULL);
	CHECK_EQ(s.rc, -EFAULT);
	CHECK_EQ(m.nr_requests, 20);
	stop();
}

/* ----------------------------------------------------------- page requests */

static void ask(u32 pasid, u16 group, u64 addr, u8 prot, bool last)
{
	const struct model_page_request req = {
		.rid = 0x28,
		.pasid = pasid,
		.has_pasid = pasid != NO_PASID,
		.group = group,
		.prot = prot,
		.last = last,
		.addr = addr,
	};

	CHECK_EQ(model_page_request(m.model, &req), 0);
}

static void requests_are_passed_on(void)
{
	struct iommufdx_page_request *req = m.requests;

	start(true);
	a = stage_make(&dev, 1, 0);
	a->page_requests = true;
	CHECK_EQ(attach(&dev, NO_PASID, a), 0);
	ask(NO_PASID, 0x1ff, IOVA, MODEL_PROT_READ, false);
	ask(NO_PASID, 0x1ff, IOVA + 0x1000, MODEL_PROT_WRITE, true);
	ask(5, 0, IOVA, MODEL_PROT_READ | MODEL_PROT_WRITE, true);
	machine_wait(&m, m.nr_requests == 3);
	CHECK_EQ(req[0].flags, 0);
	CHECK_EQ(req[0].grpid, 0x1ff);
	CHECK_EQ(req[0].perm, IOMMUFDX_PAGE_READ);
	CHECK_EQ(req[0].addr, IOVA);
	CHECK_EQ(req[1].flags, IOMMUFDX_PAGE_LAST);
	CHECK_EQ(req[1].perm, IOMMUFDX_PAGE_WRITE);
	CHECK_EQ(req[1].addr, IOVA + 0x1000);
	CHECK_EQ(req[2].flags, IOMMUFDX_PAGE_LAST | IOMMUFDX_PAGE_PASID_VALID);
	CHECK_EQ(req[2].pasid, 5);
	CHECK_EQ(m.nr_responses, 0);

	smmu_page_response(&dev, &req[1], IOMMUFDX_PAGE_SUCCESS);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.rid, 0x28);
	CHECK_EQ(m.response.group, 0x1ff);
	CHECK_EQ(m.response.code, MODEL_PAGE_SUCCESS);
	CHECK(!m.response.has_pasid);
	smmu_page_response(&dev, &req[2], IOMMUFDX_PAGE_INVALID);
	machine_wait(&m, m.nr_responses == 2);
	CHECK_EQ(m.response.group, 0);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);
	CHECK(m.response.has_pasid);
	CHECK_EQ(m.response.pasid, 5);
	stop();
}

/* Without an ATC there is no PRI: such a device stalls, and asking is refused. */
static void who_stalls_is_refused_what_it_asks_for(void)
{
	start_with(false, true);
	a = stage_make(&dev, 1, 0);
	ask(NO_PASID, 3, IOVA, MODEL_PROT_READ, true);
	machine_wait(&m, m.nr_responses == 1);
	CHECK_EQ(m.response.group, 3);
	CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);
	CHECK_EQ(m.nr_requests, 0);
	stop();
}

/* It wants an answer, unlike the marker that a PASID's requests have ended. */
static void execution_alone_is_asked_for(void)
{
	start(true);
	a = stage_make(&dev, 1, 0);
	ask(5, 3, IOVA, MODEL_PROT_EXEC, true);
	machine_wait(&m, m.nr_requests == 1);
	CHECK_EQ(m.requests[0].perm, IOMMUFDX_PAGE_EXEC);
	CHECK_EQ(m.requests[0].grpid, 3);
	stop();
}

/* A queue that overflowed goes on, and each group gets an answer. */
static void lost_requests_do_not_end_requests(void)
{
	struct smmu *smmu;
	unsigned int i, round, groups = 0;
	u64 lost = 0;

	start(true);
	smmu = to_smmu(&m.iommu);
	a = stage_make(&dev, 1, 0);
	m.refuse = true;
	for (round = 0; round < 3; round++) {
		/* More than there is room for, while nobody reads. */
		mutex_lock(&smmu->masters_lock);
		for (i = 0; i < 600; i++, groups++)
			ask(NO_PASID, i % 0x200, IOVA, MODEL_PROT_READ, true);
		mutex_unlock(&smmu->masters_lock);
		machine_wait(&m, m.nr_responses == groups);
		CHECK(machine_stats(&m).page_requests_lost > lost);
		lost = machine_stats(&m).page_requests_lost;
		machine_settle(&m);
		for (i = 0; i < 10; i++, groups++) {
			ask(NO_PASID, i, IOVA, MODEL_PROT_READ, true);
			machine_wait(&m, m.nr_responses == groups + 1);
			CHECK_EQ(m.response.code, MODEL_PAGE_INVALID);
		}
		CHECK_EQ(machine_stats(&m).page_requests_lost, lost);
	}
	stop();
}

int main(void)
{
	TAP_RUN(stalls_are_answered);
	TAP_RUN(many_stalls);
	TAP_RUN(domains_without_a_queue_do_not_stall);
	TAP_RUN(refused_stalls_end);
	TAP_RUN(requests_are_passed_on);
	TAP_RUN(who_stalls_is_refused_what_it_asks_for);
	TAP_RUN(execution_alone_is_asked_for);
	TAP_RUN(lost_requests_do_not_end_requests);
	return tap_done();
}
