// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 and devices with a translation cache: translation requests, translated
 * requests, invalidation; page requests, their queue and the answers.
 */
#include <linux/err.h>
#include <string.h>

#include "model/atc.h"
#include "smmuv3_rig.h"

#define PA	0x70000000ULL

static struct model_atc *atc;

static void start_ats(u64 ste1)
{
	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A | CD_HA | CD_HD);
	*smmu_ste(SID, 1) = ste1;
	smmu_cfgi();
	smmu_restart(0x1f);
	atc = model_atc_create(rig.m, SID, 0);
	if (IS_ERR(atc))
		abort();
}

static void stop_ats(void)
{
	model_atc_destroy(atc);
	rig_stop();
}

static int atc_write(u64 iova, u64 val)
{
	struct model_txn txn = {
		.rid = SID, .op = MODEL_DMA_WRITE, .iova = iova, .len = 8,
		.buf = &val,
	};

	return model_atc_dma(atc, &txn);
}

static bool atc_lands(u64 iova, u64 pa)
{
	static u64 val = 0x5000;

	val++;
	return !atc_write(iova, val) && *rig_mem(pa) == val;
}

static int translated(u64 pa)
{
	u64 val = 3;
	struct model_txn txn = {
		.rid = SID, .op = MODEL_DMA_WRITE, .iova = pa, .len = 8,
		.buf = &val, .translated = true,
	};

	return model_dma(rig.m, &txn);
}

static void kept_until_invalidated(void)
{
	start_ats(STE_EATS(1));
	smmu_map(0x1000, PA | D_S1);
	smmu_map(0x2000, (PA + 0x1000) | D_S1);
	CHECK(atc_lands(0x1000, PA));
	CHECK(atc_lands(0x2000, PA + 0x1000));
	*rig_mem(smmu_desc(3, 0x1000)) = 0;
	*rig_mem(smmu_desc(3, 0x2000)) = 0;
	smmu_do(OP_NH_ASID | C_ASID(ASID), 0);
	CHECK(atc_lands(0x1000, PA));
	CHECK_EQ(model_check(rig.m), 2);
	/* Another page, another stream's, a PASID's: none of them. */
	smmu_do(OP_ATC_INV | C_SID(SID), 0x5000);
	smmu_do(OP_ATC_INV | C_SID(SID) | C_SSID(0), 52);
	CHECK(atc_lands(0x1000, PA));
	smmu_do(OP_ATC_INV | C_SID(SID), 0x1000);
	CHECK(atc_write(0x1000, 1) == -EFAULT);
	CHECK(atc_lands(0x2000, PA + 0x1000));
	/* Two pages by size; everything. */
	smmu_do(OP_ATC_INV | C_SID(SID), 0x3000 | 1);
	CHECK(atc_write(0x2000, 1) == -EFAULT);
	CHECK_EQ(rig_stats().atc_entries, 0);
	smmu_map(0x1000, PA | D_S1);
	CHECK(atc_lands(0x1000, PA));
	smmu_do(OP_ATC_INV | C_SID(SID), 52);
	CHECK_EQ(rig_stats().atc_entries, 0);
	/* A request that is not granted is no event. */
	CHECK_NO_EVT();
	stop_ats();
}

static void invalidation_by_pasid(void)
{
	u64 table, val = 1;
	struct model_txn txn = {
		.rid = SID, .op = MODEL_DMA_WRITE, .iova = 0x1000, .len = 8,
		.buf = &val, .has_pasid = true,
	};
	u32 i;

	start_ats(STE_EATS(1) | 1);
	table = smmu_alloc(0);
	for (i = 0; i < 4; i++) {
		*rig_mem(table + i * 64) = *smmu_cd(0) & ~(0xffffULL << 48);
		*rig_mem(table + i * 64) |= (u64)(i + 1) << 48;
		*rig_mem(table + i * 64 + 8) = smmu.ttb;
	}
	*smmu_ste(SID, 0) = table | 2ULL << 59 | 5 << 1 | 1;
	smmu_cfgi();
	smmu_map(0x1000, PA | D_S1);
	for (txn.pasid = 1; txn.pasid < 4; txn.pasid++)
		CHECK(model_atc_dma(atc, &txn) == 0);
	CHECK_EQ(rig_stats().atc_entries, 3);
	smmu_do(OP_ATC_INV | C_SID(SID) | C_SSID(2), 52);
	CHECK_EQ(rig_stats().atc_entries, 2);
	/* No PASID: none of these. G: all of them. */
	smmu_do(OP_ATC_INV | C_SID(SID), 52);
	CHECK_EQ(rig_stats().atc_entries, 2);
	smmu_do(OP_ATC_INV | C_SID(SID) | C_SSID(0) | 1 << 9, 52);
	CHECK_EQ(rig_stats().atc_entries, 0);
	stop_ats();
}

/* STE.EATS: who may ask, and who may send translated requests. */
static void not_allowed(void)
{
	start_ats(0);
	smmu_map(0x1000, PA | D_S1);
	CHECK(atc_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x05), E_RNW, 0x1000, 0);
	CHECK(translated(PA) == -EFAULT);
	CHECK_EVT(EVT0(0x07), 0, PA, 0);
	*smmu_ste(SID, 1) = STE_EATS(1);
	smmu_cfgi();
	CHECK(translated(PA) == 0);
	CHECK_EQ(*rig_mem(PA), 3);
	/* A stream without translation has nothing to answer. */
	*smmu_ste(SID, 0) = 4 << 1 | 1;
	smmu_cfgi();
	CHECK(atc_write(PA, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x05), E_RNW, PA, 0);
	CHECK(translated(PA) == -EFAULT);
	CHECK_EVT(EVT0(0x07), 0, PA, 0);
	/* Configuration errors of requests: only where that is asked for. */
	*smmu_ste(SID, 0) = 0;
	smmu_cfgi();
	CHECK(atc_write(PA, 1) == -EFAULT);
	CHECK_NO_EVT();
	smmu_restart(0);
	w32(0x2c, 8);
	smmu_restart(0x1f);
	CHECK(atc_write(PA, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x04), 0, 0, 0);
	/* Without ATSCHK nobody looks. */
	smmu_restart(0xf);
	CHECK(translated(PA) == 0);
	stop_ats();
}

static void requests_mark_dirty(void)
{
	u64 e, val, clean = PA | (D_S1 & ~D_AF) | D_PAGE | D_AP_RO | D_DBM;
	struct model_txn txn = {
		.rid = SID, .op = MODEL_DMA_READ, .iova = 0x1000, .len = 8,
		.buf = &val,
	};

	start_ats(STE_EATS(1));
	e = smmu_desc(3, 0x1000);
	*rig_mem(e) = clean;
	/* A request of a read does not want to write. */
	CHECK(model_atc_dma(atc, &txn) == 0);
	CHECK_EQ(*rig_mem(e), clean | D_AF);
	CHECK(atc_lands(0x1000, PA));
	CHECK_EQ(*rig_mem(e), (clean | D_AF) & ~D_AP_RO);
	CHECK_EQ(model_check(rig.m), 0);
	/* Clean again, without the device being told. */
	*rig_mem(e) = clean | D_AF;
	smmu_do(OP_NH_ASID | C_ASID(ASID), 0);
	CHECK(atc_lands(0x1000, PA));
	CHECK_EQ(*rig_mem(e), clean | D_AF);
	CHECK_EQ(model_check(rig.m), 1);
	stop_ats();
}

/* Split stage: the device holds IPAs, stage 2 is at every access. */
static void split_stage(void)
{
	start_ats(0);
	smmu_nested(CD_R | CD_A, STE_S2R);
	*smmu_ste(SID, 1) = STE_EATS(2);
	smmu_cfgi();
	smmu_map(0x1000, 0x2345000 | D_S1);
	smmu_map2(0x2345000, PA | D_S2);
	CHECK(atc_lands(0x1000, PA));
	smmu_map2(0x2345000, (PA + 0x1000) | D_S2);
	smmu_do(OP_S2_IPA | C_VMID(VMID), 0x2345000);
	CHECK(atc_lands(0x1000, PA + 0x1000));
	*rig_mem(smmu_s2_desc(3, 0x2345000)) = 0;
	smmu_do(OP_S2_IPA | C_VMID(VMID), 0x2345000);
	CHECK(atc_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_S2 | E_IN, 0x2345000, 0x2345000);
	stop_ats();
}

/* An invalidation that is not answered fails the next SYNC. */
static void time_out(void)
{
	start_ats(STE_EATS(1));
	smmu_map(0x1000, PA | D_S1);
	CHECK(atc_lands(0x1000, PA));
	smmu_restart(0xf);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT, 1) == 0);
	smmu_queue(OP_ATC_INV | C_SID(SID), 52);
	smmu_queue(OP_NH_ALL, 0);
	smmu_queue(OP_SYNC, 0);
	rig_run();
	CHECK_EQ(r32(0x9c), 2 | 3 << 24);
	CHECK_EQ(r32(0x60), 1);
	CHECK_EQ(rig_stats().atc_entries, 1);
	/* Acknowledged, the SYNC is done; the driver has to send it again. */
	w32(0x64, 1);
	rig_run();
	CHECK_EQ(r32(0x9c) & 0xfffff, 3);
	CHECK_EQ(rig_stats().atc_entries, 1);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT, 0) == 0);
	smmu_queue(OP_ATC_INV | C_SID(SID), 52);
	smmu_sync();
	CHECK_EQ(rig_stats().atc_entries, 0);
	/* A device without ATS does not answer either. */
	smmu_restart(0xf);
	smmu_queue(OP_ATC_INV | C_SID(SID + 1), 52);
	smmu_queue(OP_SYNC, 0);
	rig_run();
	CHECK_EQ(r32(0x9c), 1 | 3 << 24);
	stop_ats();
}

/* ---- Page requests ---- */

static struct model_page_response answer;
static int answers;

static void got_answer(struct model_env *env,
		       const struct model_page_response *resp)
{
	answer = *resp;
	answers++;
}

static void start_pri(void)
{
	answers = 0;
	smmu_start(0, CAPS);
	rig.env.page_response = got_answer;
}

static void check_request(u64 w0, u64 w1)
{
	u64 pa = smmu.priq + (smmu.pri_cons & 0xff) * 16;

	CHECK(((r32(0x100c8) ^ smmu.pri_cons) & 0x1ff) != 0);
	CHECK_EQ(*rig_mem(pa), w0);
	CHECK_EQ(*rig_mem(pa + 8), w1);
	smmu.pri_cons = ((smmu.pri_cons + 1) & 0x1ff) |
			(smmu.pri_cons & 1U << 31);
	w32(0x100cc, smmu.pri_cons);
}

static void page_requests(void)
{
	struct model_page_request req = {
		.rid = SID, .group = 0x1a5, .prot = MODEL_PROT_READ,
		.addr = 0x123456000,
	};

	start_pri();
	CHECK(model_page_request(rig.m, &req) == 0);
	check_request(1ULL << 60 | SID, 0x123456000 | 0x1a5);
	req.has_pasid = true;
	req.pasid = 0xabcde;
	req.priv = true;
	req.last = true;
	req.prot = MODEL_PROT_WRITE | MODEL_PROT_EXEC;
	CHECK(model_page_request(rig.m, &req) == 0);
	check_request(0xeULL << 60 | 3ULL << 58 | 0xabcdeULL << 32 | SID,
		      0x123456000 | 0x1a5);
	CHECK_EQ(answers, 0);
	/* The driver's answers. */
	smmu_do(OP_PRI_RESP | C_SID(SID) | C_SSID(0xabcde), 2 << 12 | 0x1a5);
	CHECK_EQ(answers, 1);
	CHECK(answer.rid == SID && answer.has_pasid &&
	      answer.pasid == 0xabcde && answer.group == 0x1a5 &&
	      answer.code == MODEL_PAGE_SUCCESS);
	smmu_do(OP_PRI_RESP | C_SID(SID), 1 << 12 | 7);
	CHECK(!answer.has_pasid && answer.group == 7 &&
	      answer.code == MODEL_PAGE_INVALID);
	smmu_do(OP_PRI_RESP | C_SID(SID), 8);
	CHECK_EQ(answer.code, MODEL_PAGE_FAILURE);
	CHECK_EQ(rig_stats().page_requests, 2);
	CHECK_EQ(rig_stats().page_responses, 3);
	rig_stop();
}

static void page_request_overflow(void)
{
	struct model_page_request req = {
		.rid = SID, .prot = MODEL_PROT_READ, .has_pasid = true,
		.pasid = 5,
	};
	int i;

	start_pri();
	for (i = 0; i < 256; i++) {
		req.group = i;
		CHECK(model_page_request(rig.m, &req) == 0);
	}
	/* Full: only the last of a group is answered, "try again". */
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(r32(0x100c8), 1U << 31 | 256);
	CHECK_EQ(answers, 0);
	req.last = true;
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(answers, 1);
	CHECK_EQ(answer.code, MODEL_PAGE_SUCCESS);
	CHECK(!answer.has_pasid);
	CHECK_EQ(r32(0x100c8), 1U << 31 | 256);
	/* With a PASID where the STE says so. */
	*smmu_ste(SID, 0) = 4 << 1 | 1;
	*smmu_ste(SID, 1) = 1 << 18;
	smmu_cfgi();
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK(answer.has_pasid && answer.pasid == 5);
	/* Room alone is not enough: the overflow has to be acknowledged. */
	smmu.pri_cons = 256;
	w32(0x100cc, smmu.pri_cons);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(answers, 3);
	smmu.pri_cons |= 1U << 31;
	w32(0x100cc, smmu.pri_cons);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(answers, 3);
	CHECK_EQ(r32(0x100c8), 1U << 31 | 257);
	CHECK_EQ(rig_stats().page_requests_lost, 4);
	/* As if it were full. */
	CHECK(model_set_knob(rig.m, MODEL_KNOB_PAGE_OVERFLOW, 1) == 0);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(r32(0x100c8), 257);
	rig_stop();
}

static void no_page_requests(void)
{
	struct model_page_request req = {
		.rid = SID, .prot = MODEL_PROT_READ, .last = true,
	};

	start_pri();
	smmu_restart(0xd);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(answers, 1);
	CHECK_EQ(answer.code, MODEL_PAGE_FAILURE);
	smmu_restart(0xe);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_EQ(answers, 2);
	CHECK_EQ(answer.code, MODEL_PAGE_FAILURE);
	rig_stop();
	smmu_start(0, CAPS_BUT(MODEL_CAP_PRI));
	CHECK(model_page_request(rig.m, &req) == -EOPNOTSUPP);
	rig_stop();
}

static void count_irq(void *data)
{
	(*(int *)data)++;
}

static void page_request_interrupts(void)
{
	struct model_page_request req = {
		.rid = SID, .prot = MODEL_PROT_READ,
	};
	int irqs = 0;

	start_pri();
	CHECK(hw_set_irq(rig.hw, 1, count_irq, &irqs) == 0);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK(model_page_request(rig.m, &req) == 0);
	rig_run();
	CHECK_EQ(irqs, 1);
	/* On the last of a group. */
	w32(0x50, 0);
	rig_run();
	w32(0xdc, 1U << 31);
	w32(0x50, 7);
	rig_run();
	CHECK(model_page_request(rig.m, &req) == 0);
	rig_run();
	CHECK_EQ(irqs, 1);
	req.last = true;
	CHECK(model_page_request(rig.m, &req) == 0);
	rig_run();
	CHECK_EQ(irqs, 2);
	rig_stop();
}

int main(void)
{
	TAP_RUN(kept_until_invalidated);
	TAP_RUN(invalidation_by_pasid);
	TAP_RUN(not_allowed);
	TAP_RUN(requests_mark_dirty);
	TAP_RUN(split_stage);
	TAP_RUN(time_out);
	TAP_RUN(page_requests);
	TAP_RUN(page_request_overflow);
	TAP_RUN(no_page_requests);
	TAP_RUN(page_request_interrupts);
	return tap_done();
}
