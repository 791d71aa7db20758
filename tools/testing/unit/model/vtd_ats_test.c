// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d with devices that have an ATC and make page requests: what a translation
 * request grants, what device TLB invalidations evict, the page request queue
 * and its answers.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <string.h>

#include "model/atc.h"
#include "vtd_rig.h"

#define A	0x70000000ULL
#define B	0x78000000ULL

static struct model_atc *atc;

static void start(u32 flags)
{
	vrig_start(SCALABLE, flags, MODEL_CAP_ANY);
	atc = model_atc_create(rig.m, RID, 0);
	if (IS_ERR(atc))
		abort();
}

static void stop(void)
{
	model_atc_destroy(atc);
	rig_stop();
}

static int atc_dma(enum model_dma_op op, u32 pasid, u64 iova, void *buf,
		   size_t len, u32 *fault)
{
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = iova, .buf = buf, .len = len,
		.has_pasid = pasid != NO_PASID,
		.pasid = pasid == NO_PASID ? 0 : pasid,
	};
	int rc = model_atc_dma(atc, &txn);

	if (fault)
		*fault = txn.fault;
	return rc;
}

static bool atc_lands(u32 pasid, u64 iova, u64 pa)
{
	static u64 val = 0x4444;

	val += 0x1357913;
	return !atc_dma(MODEL_DMA_WRITE, pasid, iova, &val, 8, NULL) &&
	       *rig_mem(pa) == val;
}

static int atc_read(u32 pasid, u64 iova)
{
	u64 val;

	return atc_dma(MODEL_DMA_READ, pasid, iova, &val, 8, NULL);
}

/* ---- Translation requests ---- */

static struct model_txn probe(u32 pasid, u64 iova, bool no_write, int want)
{
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_PROBE, .iova = iova, .len = 1,
		.has_pasid = true, .pasid = pasid, .no_write = no_write,
	};

	CHECK(model_dma(rig.m, &txn) == want);
	return txn;
}

static void grants(void)
{
	u64 fs, e, ss;
	struct model_txn t;

	start(0);
	fs = vrig_first(1);
	e = vrig_fs_entry(fs, 4, 1, 0x1000);
	*rig_mem(e) = FS_ALL | A;
	/* Not meant to write: no dirty bit, no right to write. */
	t = probe(1, 0x1234, true, 0);
	CHECK_EQ(t.pa, A + 0x234);
	CHECK_EQ(t.shift, 12);
	CHECK_EQ(t.prot, MODEL_PROT_READ);
	CHECK_EQ(*rig_mem(e) & (FS_A | FS_D), FS_A);
	t = probe(1, 0x1234, false, 0);
	CHECK_EQ(t.prot, MODEL_PROT_READ | MODEL_PROT_WRITE);
	CHECK_EQ(*rig_mem(e) & (FS_A | FS_D), FS_A | FS_D);
	/* Dirty already: writing costs nothing. */
	t = probe(1, 0x1234, true, 0);
	CHECK_EQ(t.prot, MODEL_PROT_READ | MODEL_PROT_WRITE);
	*rig_mem(vrig_fs_entry(fs, 4, 2, 0x200000)) = P_BIT | FS_US | PS | A;
	t = probe(1, 0x234567, false, 0);
	CHECK_EQ(t.prot, MODEL_PROT_READ);
	CHECK_EQ(t.shift, 21);
	CHECK_EQ(t.pa, A + 0x34567);
	probe(1, 0x5000, false, -EFAULT);
	/* A second stage without dirty bits grants what it allows. */
	ss = vrig_second(2, 0);
	vrig_ss_map(ss, 0x1000, A);
	t = probe(2, 0x1000, true, 0);
	CHECK_EQ(t.prot, MODEL_PROT_READ | MODEL_PROT_WRITE);
	/* Pass-through */
	vrig_pe(3, PGTT(4) | P_BIT, 9, 0);
	t = probe(3, 0x123456, false, 0);
	CHECK_EQ(t.pa, 0x123456);
	CHECK_EQ(t.prot, MODEL_PROT_READ | MODEL_PROT_WRITE);
	CHECK(!t.walked);
	CHECK_NO_FAULT();
	/* With translation off there is no ATS. */
	vrig_gcmd(TE, false);
	probe(3, 0x123456, false, -EFAULT);
	stop();
}

static void translated_requests_are_not_translated(void)
{
	u64 val = 0x55;
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_WRITE, .iova = A, .buf = &val,
		.len = 8, .translated = true,
	};

	start(0);
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK_EQ(*rig_mem(A), 0x55);
	/* A device that must not is found out at its context entry. */
	vrig_ctx(vrig.pdir | P_BIT | PASIDE, 0);
	vrig_inv_ctx();
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_FAULT(A, FR(0x44) | F_AT(2));
	vrig_gcmd(TE, false);
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	stop();
}

/* ---- The ATC ---- */

static void one_device_has_one(void)
{
	start(0);
	CHECK(PTR_ERR(model_atc_create(rig.m, RID, 0)) == -EEXIST);
	stop();
	vrig_start(SCALABLE, 0, MODEL_CAP_PASID);
	CHECK(PTR_ERR(model_atc_create(rig.m, RID, 0)) == -EOPNOTSUPP);
	rig_stop();
}

static void keeps_translations(void)
{
	u64 fs, e;

	start(0);
	fs = vrig_first(1);
	e = vrig_fs_entry(fs, 4, 1, 0x1000);
	*rig_mem(e) = FS_ALL | A;
	CHECK(atc_read(1, 0x1000) == 0);
	CHECK_EQ(rig_stats().atc_misses, 1);
	/* A write needs another translation request. */
	CHECK(atc_lands(1, 0x1008, A + 8));
	CHECK(*rig_mem(e) & FS_D);
	CHECK(atc_lands(1, 0x1010, A + 0x10));
	CHECK_EQ(rig_stats().atc_entries, 1);
	CHECK_EQ(model_check(rig.m), 0);
	/* The IOMMU forgets; the device does not. */
	*rig_mem(e) = 0;
	vrig_inv_all();
	CHECK_EQ(model_check(rig.m), 1);
	CHECK(atc_lands(1, 0x1018, A + 0x18));
	model_atc_flush(atc);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(atc_read(1, 0x1000) == -EFAULT);
	CHECK_NO_FAULT();
	stop();
}

static void lacking_rights(void)
{
	u64 fs, val = 1;
	u32 fault = 9;

	start(0);
	fs = vrig_first(1);
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) = P_BIT | FS_US | A;
	CHECK(atc_read(1, 0x1000) == 0);
	CHECK(atc_dma(MODEL_DMA_WRITE, 1, 0x1000, &val, 8, &fault) == -EFAULT);
	CHECK_EQ(fault, 0);
	CHECK(atc_dma(MODEL_DMA_READ, 1, 0x2000, &val, 8, &fault) == -EFAULT);
	CHECK_EQ(fault, 0x71);
	CHECK(atc_dma(MODEL_DMA_FETCH_ADD, 1, 0x1000, &val, 8, &fault) ==
	      -EFAULT);
	stop();
}

static void transactions_cross_pages(void)
{
	u8 out[5000], in[5000];
	u32 i;
	u64 fs;

	start(0);
	fs = vrig_first(1);
	vrig_fs_map(fs, 0x1000, A + 0x3000);
	vrig_fs_map(fs, 0x2000, A);
	for (i = 0; i < sizeof(out); i++)
		out[i] = i * 11;
	CHECK(atc_dma(MODEL_DMA_WRITE, 1, 0x1800, out, 5000, NULL) == 0);
	CHECK(atc_dma(MODEL_DMA_READ, 1, 0x1800, in, 5000, NULL) == 0);
	CHECK(!memcmp(in, out, sizeof(in)));
	CHECK(!memcmp(rig_mem(A), out + 0x800, 64));
	CHECK_EQ(rig_stats().atc_entries, 2);
	stop();
}

static void a_cleared_dirty_bit_is_stale(void)
{
	u64 fs, e;

	start(0);
	fs = vrig_first(1);
	e = vrig_fs_entry(fs, 4, 1, 0x1000);
	*rig_mem(e) = FS_ALL | A;
	CHECK(atc_lands(1, 0x1000, A));
	*rig_mem(e) &= ~FS_D;
	vrig_inv_all();
	CHECK_EQ(model_check(rig.m), 1);
	/* A reader's entry is not concerned. */
	model_atc_flush(atc);
	CHECK(atc_read(1, 0x1000) == 0);
	CHECK_EQ(model_check(rig.m), 0);
	stop();
}

static void unpinned_memory_is_found(void)
{
	u64 fs;

	start(0);
	fs = vrig_first(1);
	vrig_fs_map(fs, 0x1000, A);
	vrig_pe(3, PGTT(4) | P_BIT, 9, 0);
	CHECK(atc_lands(1, 0x1000, A));
	CHECK(atc_lands(3, A, A));
	rig.unpinned = A;
	CHECK(!atc_lands(1, 0x1000, A));
	CHECK_EQ(rig_stats().stale, 1);
	/* No tables, no promise */
	CHECK(!atc_lands(3, A, A));
	CHECK_EQ(rig_stats().stale, 1);
	stop();
}

static void hits_are_checked(void)
{
	u64 fs, e;

	start(MODEL_CHECK_HITS);
	fs = vrig_first(1);
	e = vrig_fs_entry(fs, 4, 1, 0x1000);
	*rig_mem(e) = FS_ALL | A;
	CHECK(atc_lands(1, 0x1000, A));
	CHECK(atc_lands(1, 0x1000, A));
	CHECK_EQ(rig_stats().stale, 0);
	*rig_mem(e) = FS_ALL | FS_D | B;
	vrig_inv_all();
	CHECK(atc_lands(1, 0x1000, A));
	CHECK_EQ(rig_stats().stale, 1);
	stop();
}

/* ---- Device TLB invalidation ---- */

/*
 * Pages 0x1000 (bit 0) and 0x3000 (bit 1) without PASID, the same of PASID 1
 * (bits 2, 3), 0x1000 of PASID 2 (bit 4) are in the ATC; who is left?
 */
static u32 cached_by_device(u64 w0, u64 w1)
{
	static const u32 pasids[] = { NO_PASID, NO_PASID, 1, 1, 2 };
	static const u64 iovas[] = { 0x1000, 0x3000, 0x1000, 0x3000, 0x1000 };
	u32 i, held = 0;
	u64 fs;

	start(0);
	fs = vrig_first(0);
	vrig_pe(1, PGTT(1) | P_BIT, DOM | PWSNP, fs);
	vrig_pe(2, PGTT(1) | P_BIT, DOM | PWSNP, fs);
	vrig_fs_map(fs, 0x1000, A);
	vrig_fs_map(fs, 0x3000, A);
	for (i = 0; i < 5; i++)
		CHECK(atc_lands(pasids[i], iovas[i], A));
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) = 0;
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x3000)) = 0;
	vrig_inv_all();
	CHECK_EQ(model_check(rig.m), 5);
	vrig_cmd(w0, w1);
	CHECK_EQ(rig_stats().atc_invalidations, 1);
	for (i = 0; i < 5; i++)
		held |= atc_lands(pasids[i], iovas[i], A) << i;
	stop();
	return held;
}

#define DTLB		(0x3ULL | (u64)RID << 32 | 31 << 16)
#define PDTLB(p)	(0x8ULL | RID << 16 | (u64)(p) << 32)
#define SIZED		0x800

static void device_tlb_invalidation(void)
{
	CHECK_EQ(cached_by_device(DTLB, 0x1000), 0x1e);
	CHECK_EQ(cached_by_device(DTLB, 0x3000), 0x1d);
	CHECK_EQ(cached_by_device(DTLB, 0x2000 | 1), 0x1d);	/* 8 KiB */
	CHECK_EQ(cached_by_device(DTLB, 0x1000 | 1), 0x1c);	/* 16 KiB */
	CHECK_EQ(cached_by_device(DTLB, 0x7ffffffffffff001), 0x1c);
	CHECK_EQ(cached_by_device(DTLB, 0x4000), 0x1f);
}

static void pasid_device_tlb_invalidation(void)
{
	CHECK_EQ(cached_by_device(PDTLB(1), 0x1000), 0x1b);
	CHECK_EQ(cached_by_device(PDTLB(1), 0x2000 | SIZED), 0x17);
	CHECK_EQ(cached_by_device(PDTLB(1), 0x7ffffffffffff000 | SIZED), 0x13);
	CHECK_EQ(cached_by_device(PDTLB(2), 0x7ffffffffffff000 | SIZED), 0x0f);
	CHECK_EQ(cached_by_device(PDTLB(3), 0x7ffffffffffff000 | SIZED), 0x1f);
	/* G: whatever PASID, but not requests without */
	CHECK_EQ(cached_by_device(PDTLB(0), 0x1001), 0x0b);
}

static void silent_device(void)
{
	u64 fs;

	start(0);
	fs = vrig_first(1);
	vrig_fs_map(fs, 0x1000, A);
	CHECK(atc_lands(1, 0x1000, A));
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) = 0;
	vrig_inv_all();
	model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT, MODEL_ATC_SILENT);
	vrig_queue(PDTLB(1), 0x1000);
	vrig_queue(0x7777ULL << 32 | 0x25, rig.sem);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), ITE);
	CHECK(*rig_mem(rig.sem) != 0x7777);
	CHECK_EQ(rd(R_IQERCD), (u64)RID << 32);
	CHECK_EQ(model_check(rig.m), 1);
	/* It comes back to its senses. */
	model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT, 0);
	wr32(R_FSTS, ITE);
	vrig_cmd(PDTLB(1), 0x1000);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(atc_read(1, 0x1000) == -EFAULT);
	stop();
}

/* ---- Page requests ---- */

static const struct model_page_request request = {
	.rid = RID, .pasid = 5, .has_pasid = true, .group = 0x123, .last = true,
	.prot = MODEL_PROT_READ | MODEL_PROT_WRITE, .addr = 0x7654321000,
};

static void page_request_and_response(void)
{
	struct model_page_request req = request;

	start(0);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rd(R_PQT), 32);
	CHECK_EQ(rd32(R_PRS), 1);
	CHECK_EQ(*rig_mem(vrig.pq), 1 | 1 << 8 | RID << 16 | 5ULL << 32);
	CHECK_EQ(*rig_mem(vrig.pq + 8), 0x7654321000 | 0x123 << 3 | 7);
	CHECK_EQ(*rig_mem(vrig.pq + 16), 0);
	CHECK_EQ(vrig.responses, 0);
	/* Without PASID, privileged, execute, not the last */
	req = (struct model_page_request){
		.rid = RID, .prot = MODEL_PROT_EXEC, .addr = 0x5000,
		.has_pasid = true, .pasid = 0xfff, .priv = true,
	};
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(*rig_mem(vrig.pq + 32), 1 | 1 << 8 | RID << 16 |
		 0xfffULL << 32 | 3ULL << 52);
	CHECK_EQ(*rig_mem(vrig.pq + 40), 0x5000);
	req.has_pasid = false;
	req.priv = false;
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(*rig_mem(vrig.pq + 64), 1 | RID << 16 | 1ULL << 52);
	CHECK_EQ(rig_stats().page_requests, 3);

	/* The driver answers. */
	vrig_cmd(0x9 | 1 << 4 | 1 << 12 | RID << 16 | 5ULL << 32, 0x123 << 3);
	CHECK_EQ(vrig.responses, 1);
	CHECK_EQ(vrig.resp.rid, RID);
	CHECK_EQ(vrig.resp.pasid, 5);
	CHECK(vrig.resp.has_pasid);
	CHECK_EQ(vrig.resp.group, 0x123);
	CHECK(vrig.resp.code == MODEL_PAGE_INVALID);
	vrig_cmd(0x9 | RID << 16, 0x1ff << 3);
	CHECK_EQ(vrig.responses, 2);
	CHECK(!vrig.resp.has_pasid);
	CHECK_EQ(vrig.resp.group, 0x1ff);
	CHECK(vrig.resp.code == MODEL_PAGE_SUCCESS);
	CHECK_EQ(rig_stats().page_responses, 2);
	stop();
}

static void page_request_queue_overflows(void)
{
	struct model_page_request req = request;
	u32 i;

	start(0);
	for (i = 0; i < 127; i++)
		CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rd(R_PQT), 127 * 32);
	CHECK_EQ(rd32(R_PRS), 1);
	CHECK_EQ(vrig.responses, 0);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rd32(R_PRS), 3);
	CHECK_EQ(rd(R_PQT), 127 * 32);
	CHECK_EQ(vrig.responses, 1);
	CHECK(vrig.resp.code == MODEL_PAGE_SUCCESS);
	/* Only the last of a group is answered. */
	req.last = false;
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(vrig.responses, 1);
	CHECK_EQ(rig_stats().page_requests_lost, 2);
	/* Room alone does not help: PRO has to be cleared. */
	wr(R_PQH, 126 * 32);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rd(R_PQT), 127 * 32);
	wr32(R_PRS, 2);
	CHECK_EQ(rd32(R_PRS), 1);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rd(R_PQT), 0);
	stop();

	start(0);
	model_set_knob(rig.m, MODEL_KNOB_PAGE_OVERFLOW, 1);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rd32(R_PRS), 2);
	stop();
}

static int events;

static void count(void *data)
{
	events++;
}

static void page_request_event(void)
{
	start(0);
	events = 0;
	hw_set_irq(rig.hw, 2, count, NULL);
	model_page_request(rig.m, &request);
	rig_run();
	CHECK_EQ(events, 1);
	model_page_request(rig.m, &request);
	rig_run();
	CHECK_EQ(events, 1);
	wr32(R_PRS, 1);
	model_page_request(rig.m, &request);
	rig_run();
	CHECK_EQ(events, 2);
	wr32(R_PRS, 1);
	wr32(R_PECTL, 1U << 31);
	model_page_request(rig.m, &request);
	CHECK_EQ(rd32(R_PECTL), 3U << 30);
	wr32(R_PECTL, 0);
	rig_run();
	CHECK_EQ(events, 3);
	stop();
}

static void page_requests_that_cannot_be(void)
{
	struct model_page_request req = request;

	start(0);
	req.group = 0x200;
	CHECK(model_page_request(rig.m, &req) == -EINVAL);
	req = request;
	req.prot = 0;
	CHECK(model_page_request(rig.m, &req) == -EINVAL);
	req = request;
	req.has_pasid = false;
	req.priv = true;
	CHECK(model_page_request(rig.m, &req) == -EINVAL);
	/* Off: the device is told to stop asking. */
	vrig_gcmd(TE, false);
	CHECK(model_page_request(rig.m, &request) == 0);
	CHECK(vrig.resp.code == MODEL_PAGE_FAILURE);
	stop();
	vrig_start(SCALABLE, 0, MODEL_CAP_PASID);
	CHECK(model_page_request(rig.m, &request) == -EOPNOTSUPP);
	rig_stop();
}

/* All of it: a device faults, asks, is answered and succeeds. */
static void demand_paging(void)
{
	u64 fs;

	start(0);
	fs = vrig_first(5);
	CHECK(atc_read(5, 0x7654321000) == -EFAULT);
	CHECK(model_page_request(rig.m, &request) == 0);
	vrig_fs_map(fs, *rig_mem(vrig.pq + 8) & ~0xfffULL, A);
	vrig_cmd(0x9 | 1 << 4 | RID << 16 | 5ULL << 32, 0x123 << 3);
	CHECK(vrig.resp.code == MODEL_PAGE_SUCCESS);
	CHECK(atc_lands(5, 0x7654321008, A + 8));
	CHECK_NO_FAULT();
	stop();
}

int main(void)
{
	TAP_RUN(grants);
	TAP_RUN(translated_requests_are_not_translated);
	TAP_RUN(one_device_has_one);
	TAP_RUN(keeps_translations);
	TAP_RUN(lacking_rights);
	TAP_RUN(transactions_cross_pages);
	TAP_RUN(a_cleared_dirty_bit_is_stale);
	TAP_RUN(unpinned_memory_is_found);
	TAP_RUN(hits_are_checked);
	TAP_RUN(device_tlb_invalidation);
	TAP_RUN(pasid_device_tlb_invalidation);
	TAP_RUN(silent_device);
	TAP_RUN(page_request_and_response);
	TAP_RUN(page_request_queue_overflows);
	TAP_RUN(page_request_event);
	TAP_RUN(page_requests_that_cannot_be);
	TAP_RUN(demand_paging);
	return tap_done();
}
