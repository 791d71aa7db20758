// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD with devices that have an IOTLB and make page requests: what a translation
 * request grants, what INVALIDATE_IOTLB_PAGES evicts, the PPR log and answers.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <string.h>

#include "model/atc.h"
#include "amd_rig.h"

#define A	0x70000000ULL
#define B	0x78000000ULL

static struct model_atc *atc;
static u64 gcr3, pprs;
static struct model_page_response response;
static unsigned int responses;

static void respond(struct model_env *env,
		    const struct model_page_response *resp)
{
	response = *resp;
	responses++;
}

/* PASIDs 0 and 1 have page tables; the log of page requests has 256 entries. */
static void start(u64 w0, u64 control)
{
	grig_start(0, MODEL_CAP_ANY, 0);
	rig.env.page_response = respond;
	responses = 0;
	gcr3 = grig_dte(0, 4, GIOV | w0, DTE_I);
	pprs = rig_page();
	wr(R_PPRBASE, pprs | 8ULL << 56);
	wr(R_CONTROL, C_ALL | C_GT | control);
	atc = model_atc_create(rig.m, RID, 0);
	if (IS_ERR(atc))
		abort();
}

static void stop(void)
{
	model_atc_destroy(atc);
	rig_stop();
}

static int atc_dma(enum model_dma_op op, u32 pasid, u64 iova, void *buf)
{
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = iova, .buf = buf, .len = 8,
		.has_pasid = pasid != NO_PASID,
		.pasid = pasid == NO_PASID ? 0 : pasid,
	};

	return model_atc_dma(atc, &txn);
}

static bool atc_lands(u32 pasid, u64 iova, u64 pa)
{
	static u64 val = 0x4444;

	val += 0x1357913;
	return !atc_dma(MODEL_DMA_WRITE, pasid, iova, &val) &&
	       *rig_mem(pa) == val;
}

/* INVALIDATE_IOTLB_PAGES for RID; @word: address and S. */
static void inv_iotlb(u32 pasid, u64 word)
{
	u64 w0 = 4ULL << 60 | (u64)RID << 32 | 32 << 24 | RID;

	if (pasid == NO_PASID) {
		rig_cmd(w0, word);
		return;
	}
	w0 |= (u64)(pasid & 0xff) << 48 | (pasid >> 8 & 0xff) << 16 |
	      (u64)(pasid >> 16) << 56;
	rig_cmd(w0, word | 4);
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
	u64 table, e;
	struct model_txn t;

	start(0, 0);
	table = grig_table(gcr3, 0, 1);
	grig_map(table, 0x1000, A);
	e = grig_entry(table, 4, 1, 0x1000);
	/* Not meant to write: no dirty bit, no right to write. */
	t = probe(1, 0x1234, true, 0);
	CHECK_EQ(t.pa, A + 0x234);
	CHECK_EQ(t.shift, 12);
	CHECK_EQ(t.prot & 3, MODEL_PROT_READ);
	CHECK_EQ(*rig_mem(e) & (GA | GD), GA);
	t = probe(1, 0x1234, false, 0);
	CHECK_EQ(t.prot & 3, MODEL_PROT_READ | MODEL_PROT_WRITE);
	CHECK_EQ(*rig_mem(e) & (GA | GD), GA | GD);
	/* Dirty already: writing costs nothing. */
	t = probe(1, 0x1234, true, 0);
	CHECK_EQ(t.prot & 3, MODEL_PROT_READ | MODEL_PROT_WRITE);
	/* What is not there, or not for users, is an answer and no event. */
	probe(1, 0x5000, false, -EFAULT);
	*rig_mem(e) &= ~GUS;
	grig_inv(1, 0x1000);
	probe(1, 0x1000, false, -EFAULT);
	CHECK_NO_EVENT();
	/* A broken table is an event. */
	*rig_mem(e) = GALL | HOLE;
	*rig_mem(grig_entry(table, 4, 2, 0x1000)) = GALL | HOLE;
	grig_inv(1, 0x1000);
	probe(1, 0x1000, false, -EFAULT);
	CHECK_EVENT(EVT(4) | EVT_GN(1) | EVT_TR | 1ULL << 57 | RID, HOLE + 8);
	stop();
}

static void without_i_nothing_is_answered(void)
{
	u64 val = 1;
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_WRITE, .iova = A, .len = 8,
		.buf = &val, .translated = true,
	};

	start(0, 0);
	CHECK(model_dma(rig.m, &txn) == 0);
	grig_dte(0, 4, GIOV, 0);
	rig_inv_dte(RID);
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_EVENT(EVT(8) | 1ULL << 57 | RID, A);
	probe(1, 0x1000, false, -EFAULT);
	CHECK_EVENT(EVT(8) | EVT_GN(1) | EVT_TR | RID, 0x1000);
	/* Nor while nothing is translated. */
	rig_dte(RID, V, DTE_I);
	rig_inv_dte(RID);
	probe(1, 0x1000, false, -EFAULT);
	CHECK_EVENT(EVT(8) | EVT_GN(1) | EVT_TR | RID, 0x1000);
	stop();
}

/* ---- Invalidation ---- */

static void iotlb_keeps_until_invalidated(void)
{
	u64 t0, t1, far;

	start(0, 0);
	t0 = grig_table(gcr3, 0, 0);
	t1 = grig_table(gcr3, 0, 1);
	far = 0x40000000;
	grig_map(t0, 0x1000, A);
	grig_map(t1, 0x1000, A + 0x1000);
	grig_map(t1, far, A + 0x2000);
	CHECK(atc_lands(NO_PASID, 0x1000, A));
	CHECK(atc_lands(1, 0x1000, A + 0x1000));
	CHECK(atc_lands(1, far, A + 0x2000));
	grig_map(t0, 0x1000, B);
	grig_map(t1, 0x1000, B + 0x1000);
	grig_map(t1, far, B + 0x2000);
	rig_cmd(8ULL << 60, 0);
	CHECK(atc_lands(NO_PASID, 0x1000, A));
	CHECK(atc_lands(1, 0x1000, A + 0x1000));
	CHECK_EQ(model_check(rig.m), 3);
	/* Not those of another PASID, nor of other pages. */
	inv_iotlb(2, 0x7ffffffffffff001);
	inv_iotlb(1, 0x2000);
	CHECK_EQ(model_check(rig.m), 3);
	inv_iotlb(1, 0x0fff001);
	CHECK(atc_lands(1, 0x1000, B + 0x1000));
	CHECK(atc_lands(1, far, A + 0x2000));
	inv_iotlb(NO_PASID, 0x7ffffffffffff001);
	CHECK(atc_lands(NO_PASID, 0x1000, B));
	CHECK(atc_lands(1, far, A + 0x2000));
	inv_iotlb(1, 0x7ffffffffffff001);
	CHECK(atc_lands(1, far, B + 0x2000));
	CHECK_EQ(model_check(rig.m), 0);
	CHECK_EQ(rig_stats().atc_invalidations, 5);
	CHECK_NO_EVENT();
	stop();
}

/* The PASID's bits are in three places. */
static void every_pasid_bit(void)
{
	unsigned int bit;
	u64 table;

	for (bit = 0; bit < 20; bit++) {
		start(0, 0);
		gcr3 = grig_dte(2, 4, GIOV, DTE_I);
		table = grig_table(gcr3, 2, 1U << bit);
		grig_map(table, 0x1000, A);
		CHECK(atc_lands(1U << bit, 0x1000, A));
		grig_map(table, 0x1000, B);
		grig_inv(1U << bit, 0x1000);
		inv_iotlb(1U << bit, 0x1000);
		CHECK(atc_lands(1U << bit, 0x1000, B));
		stop();
	}
}

/* Who does not answer is logged, with the command; what waits goes on. */
static void silent_devices(void)
{
	u64 at;

	start(0, 0);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT,
			     MODEL_ATC_SILENT) == 0);
	at = rig.cmds + rig.cmd_tail;
	inv_iotlb(NO_PASID, 0x1000);
	CHECK_EVENT(EVT(7) | RID, at);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT, 0) == 0);
	inv_iotlb(NO_PASID, 0x1000);
	CHECK_NO_EVENT();
	/* A device that has no IOTLB does not answer either. */
	at = rig.cmds + rig.cmd_tail;
	rig_cmd(4ULL << 60 | 0x77ULL << 32 | 0x77, 0x1000);
	CHECK_EVENT(EVT(7) | 0x77, at);
	stop();
}

/* ---- Page requests ---- */

static struct model_page_request request(u32 pasid, u16 group, bool last)
{
	return (struct model_page_request){
		.rid = RID,
		.pasid = pasid == NO_PASID ? 0 : pasid,
		.has_pasid = pasid != NO_PASID,
		.group = group,
		.prot = MODEL_PROT_READ | MODEL_PROT_WRITE,
		.last = last,
		.addr = 0x123456789abc,
	};
}

static void ask(u32 pasid, u16 group, bool last)
{
	struct model_page_request req = request(pasid, group, last);

	CHECK(model_page_request(rig.m, &req) == 0);
}

static void requests_are_logged(void)
{
	struct model_page_request req = request(0xabcde, 0x1fe, false);

	start(DTE_PPR, C_PPR);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rd(R_PPRTAIL), 16);
	/* Code, GN, US, write, read; PASID in two places, tag. */
	CHECK_EQ(rig_mem(pprs)[0], 1ULL << 60 | 1ULL << 56 | 1ULL << 54 |
		 1ULL << 53 | 1ULL << 50 | 0xaULL << 42 | 0x1feULL << 32 |
		 0xbcdeULL << 16 | RID);
	CHECK_EQ(rig_mem(pprs)[1], 0x123456789000);
	/* Log runs, interrupt. */
	CHECK_EQ(rd(R_STATUS) & 0xe0, 0xc0);
	wr(R_STATUS, 0x40);
	req = request(1, 0, true);
	req.priv = true;
	req.prot = MODEL_PROT_EXEC;
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(rig_mem(pprs)[2], 1ULL << 60 | 1ULL << 56 | 1ULL << 49 |
		 1ULL << 41 | 1 << 16 | RID);
	CHECK_EQ(rd(R_STATUS) & 0xe0, 0xc0);
	ask(NO_PASID, 3, true);
	CHECK_EQ(rig_mem(pprs)[4], 1ULL << 60 | 1ULL << 54 | 1ULL << 53 |
		 1ULL << 50 | 1ULL << 41 | 3ULL << 32 | RID);
	CHECK_EQ(rig_stats().page_requests, 3);
	CHECK_EQ(responses, 0);
	stop();
}

static void answers(void)
{
	start(DTE_PPR, C_PPR);
	rig_cmd(7ULL << 60 | 0xabcdeULL << 32 | RID, 0x1feULL << 32 | 4);
	CHECK_EQ(responses, 1);
	CHECK_EQ(response.rid, RID);
	CHECK(response.has_pasid);
	CHECK_EQ(response.pasid, 0xabcde);
	CHECK_EQ(response.group, 0x1fe);
	CHECK_EQ(response.code, MODEL_PAGE_SUCCESS);
	rig_cmd(7ULL << 60 | RID, 0xf001ULL << 32);
	CHECK(!response.has_pasid);
	CHECK_EQ(response.group, 1);
	CHECK_EQ(response.code, MODEL_PAGE_FAILURE);
	CHECK_EQ(rig_stats().page_responses, 2);
	stop();
}

/* Against the device's entry: an event, and the group fails. */
static void invalid_requests(void)
{
	start(0, C_PPR);
	ask(5, 0x1fe, false);
	CHECK_EVENT(EVT(9) | 1ULL << 57 | 0x1feULL << 32 | 5 << 16 | RID,
		    0x123456789000);
	CHECK_EQ(responses, 0);
	ask(NO_PASID, 2, true);
	CHECK_EVENT(EVT(9) | 1ULL << 41 | 2ULL << 32 | RID, 0x123456789000);
	CHECK_EQ(responses, 1);
	CHECK_EQ(response.code, MODEL_PAGE_FAILURE);
	CHECK_EQ(rd(R_PPRTAIL), 0);
	/* Switched off. */
	wr(R_CONTROL, C_ALL | C_GT);
	ask(5, 2, true);
	CHECK_EQ(responses, 2);
	CHECK_EQ(response.code, MODEL_PAGE_FAILURE);
	CHECK_NO_EVENT();
	stop();
}

static void overflow(u64 control, unsigned int answered)
{
	unsigned int i;

	start(DTE_PPR, C_PPR | control);
	for (i = 0; i < 255; i++)
		ask(1, i, true);
	CHECK_EQ(rd(R_PPRTAIL), 255 * 16);
	CHECK_EQ(responses, 0);
	ask(1, 0x100, false);
	CHECK_EQ(responses, 0);
	ask(1, 0x100, true);
	CHECK_EQ(responses, answered);
	if (answered)
		CHECK_EQ(response.code, MODEL_PAGE_SUCCESS);
	CHECK_EQ(rig_stats().page_requests_lost, 2);
	/* Overflow, and the log has stopped; the room alone does not help. */
	CHECK_EQ(rd(R_STATUS) & 0xa0, 0x20);
	wr(R_PPRHEAD, 255 * 16);
	ask(1, 0x101, true);
	CHECK_EQ(rig_stats().page_requests_lost, 3);
	wr(R_STATUS, 0x20);
	wr(R_CONTROL, C_ALL | C_GT | ((C_PPR | control) & ~(1ULL << 13)));
	wr(R_CONTROL, C_ALL | C_GT | C_PPR | control);
	CHECK_EQ(rd(R_STATUS) & 0xa0, 0x80);
	ask(1, 0x102, true);
	CHECK_EQ(rd(R_PPRTAIL), 0);
	CHECK_EQ(rig_stats().page_requests, 256);
	stop();
}

static void overflow_stops_the_log(void)
{
	overflow(0, 0);
	overflow(C_AUTO, 1);
}

static void automatic_answers_always(void)
{
	start(DTE_PPR, C_PPR | 1ULL << 42);
	ask(1, 1, true);
	CHECK_EQ(responses, 1);
	CHECK_EQ(response.code, MODEL_PAGE_SUCCESS);
	CHECK_EQ(rd(R_PPRTAIL), 0);
	stop();
}

int main(void)
{
	TAP_RUN(grants);
	TAP_RUN(without_i_nothing_is_answered);
	TAP_RUN(iotlb_keeps_until_invalidated);
	TAP_RUN(every_pasid_bit);
	TAP_RUN(silent_devices);
	TAP_RUN(requests_are_logged);
	TAP_RUN(answers);
	TAP_RUN(invalid_requests);
	TAP_RUN(overflow_stops_the_log);
	TAP_RUN(automatic_answers_always);
	return tap_done();
}
