// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d registers: what sticks, what clears, what starts and stops; events,
 * their masks, and the fault recording registers.
 */
#include <linux/err.h>
#include <linux/errno.h>

#include "vtd_rig.h"

static int faults, completions, requests;

static void count(void *data)
{
	++*(int *)data;
}

static void install(void)
{
	faults = 0;
	completions = 0;
	requests = 0;
	hw_set_irq(rig.hw, 0, count, &faults);
	hw_set_irq(rig.hw, 1, count, &completions);
	hw_set_irq(rig.hw, 2, count, &requests);
}

static void allocation_failure_leaves_nothing(void)
{
	struct model_config c = { .kind = IOMMUFDX_HW_VTD, .name = "x" };
	long n, before = shim_objects_in_use();
	struct model *m;

	for (n = 1;; n++) {
		shim_fail_nth(n);
		m = model_create(&c, &rig.env);
		if (!IS_ERR(m))
			break;
		CHECK(PTR_ERR(m) == -ENOMEM);
		CHECK_EQ(shim_objects_in_use(), before);
	}
	shim_fail_nth(0);
	CHECK(n > 5);
	model_destroy(m);
	CHECK_EQ(shim_objects_in_use(), before);
}

static u64 ecap(u32 caps)
{
	struct model_config c = {
		.kind = IOMMUFDX_HW_VTD, .name = "x", .caps = caps,
	};
	struct model *m = model_create(&c, &rig.env);
	u64 val = hw_read64(model_hw(m), R_ECAP);

	model_destroy(m);
	return val;
}

static void capabilities(void)
{
	const u64 base = 0x100000000000c3;	/* C QI PT SC ADMS */
	/* SRS EAFS PSS=19 PASID SMTS SSTS FSTS SMPWCS RPS RPRIVS */
	const u64 pasid = base | 1ULL << 31 | 1ULL << 34 | 19ULL << 35 |
			  1ULL << 40 | 1ULL << 43 | 15ULL << 46 | 1ULL << 53;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	CHECK_EQ(rig.hw->reg_size, 0x1000);
	CHECK(rig.hw->kind == IOMMUFDX_HW_VTD);
	CHECK_EQ(rd32(0), 0x60);
	/* ND=6 SAGAW=3,4,5 MGAW=57 ZLR FRO=0x400 SSLPS=2M,1G PSI NFR=8 MAMV=18
	 * DWD DRD FS1GP FS5LP ESRTPS
	 */
	CHECK_EQ(rd(R_CAP), 6ULL | 0xeULL << 8 | 56ULL << 16 | 1ULL << 22 |
		 0x40ULL << 24 | 3ULL << 34 | 1ULL << 39 | 7ULL << 40 |
		 18ULL << 48 | 7ULL << 54 | 1ULL << 60 | 1ULL << 63);
	CHECK_EQ(rd(R_ECAP), pasid | 1ULL << 2 | 1ULL << 26 | 1ULL << 29 |
		 1ULL << 33 | 1ULL << 42 | 1ULL << 45);
	rig_stop();

	CHECK_EQ(ecap(0), base);
	CHECK_EQ(ecap(MODEL_CAP_PASID), pasid);
	CHECK_EQ(ecap(MODEL_CAP_PASID | MODEL_CAP_DIRTY), pasid | 1ULL << 45);
	CHECK_EQ(ecap(MODEL_CAP_PASID | MODEL_CAP_NEST), pasid | 1ULL << 26);
	CHECK_EQ(ecap(MODEL_CAP_PASID | MODEL_CAP_ATS | MODEL_CAP_PRI),
		 pasid | 1ULL << 2 | 1ULL << 29 | 1ULL << 33 | 1ULL << 42);
	CHECK_EQ(ecap(MODEL_CAP_ATS), base | 1ULL << 2 | 1ULL << 33);
}

static void capabilities_that_do_not_go_together(void)
{
	/* What needs scalable mode, and what needs ATS. */
	static const u32 caps[] = {
		MODEL_CAP_DIRTY, MODEL_CAP_NEST,
		MODEL_CAP_PRI | MODEL_CAP_ATS, MODEL_CAP_PRI | MODEL_CAP_PASID,
	};
	struct model_config c = { .kind = IOMMUFDX_HW_VTD, .name = "x" };
	unsigned int i;

	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		c.caps = caps[i];
		CHECK_EQ(PTR_ERR(model_create(&c, &rig.env)), -EINVAL);
	}
	/* Another vendor's. */
	c.caps = MODEL_CAP_PASID | MODEL_CAP_BBM;
	CHECK_EQ(PTR_ERR(model_create(&c, &rig.env)), -EOPNOTSUPP);
}

static void reset_values(void)
{
	struct model_config c = {
		.kind = IOMMUFDX_HW_VTD, .name = "x", .caps = MODEL_CAP_ANY,
	};
	struct model *m = model_create(&c, &rig.env);
	struct iommufdx_hw *hw = model_hw(m);
	u32 reg;

	for (reg = 0x18; reg < 0x1000; reg += 4) {
		bool ctl = reg == R_FECTL || reg == R_IECTL || reg == R_PECTL;

		CHECK_EQ(hw_read32(hw, reg), ctl ? 1U << 31 : 0);
	}
	model_destroy(m);
}

static void reserved_bits_read_zero(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_gcmd(QIE, false);
	wr(R_RTADDR, ~0ULL);
	CHECK_EQ(rd(R_RTADDR), ~0x3ffULL);
	wr(R_IQA, ~0ULL);
	CHECK_EQ(rd(R_IQA), ~0x7f8ULL);
	wr(R_IQT, ~0ULL);
	CHECK_EQ(rd(R_IQT), 0x7fff0);
	wr(R_PQA, ~0ULL);
	CHECK_EQ(rd(R_PQA), ~0xff8ULL);
	wr(R_PQH, ~0ULL);
	CHECK_EQ(rd(R_PQH), 0x7ffe0);
	wr(R_PQT, ~0ULL);
	CHECK_EQ(rd(R_PQT), 0x7ffe0);
	wr(R_IQH, ~0ULL);
	CHECK_EQ(rd(R_IQH), 0);
	wr(R_ECAP, ~0ULL);
	wr(R_IQERCD, ~0ULL);
	CHECK_EQ(rd(R_IQERCD), 0);
	/* Message addresses and data */
	wr32(0x3c, 0x12345678);
	wr32(0x40, 0xfee00013);
	wr32(0x44, 0x77);
	CHECK_EQ(rd32(0x3c), 0x12345678);
	CHECK_EQ(rd(0x40), 0x77fee00010ULL);
	CHECK_EQ(rd32(R_FECTL), 0);
	/* Register-based invalidation, protected regions: none */
	wr(0x28, ~0ULL);
	CHECK_EQ(rd(0x28), 0);
	wr32(0x64, ~0U);
	CHECK_EQ(rd32(0x64), 0);
	CHECK_EQ(rd(0x1000), ~0ULL);
	CHECK_EQ(rd32(0x1001), ~0U);
	rig_stop();
}

static void queue_address_is_fixed_while_in_use(void)
{
	u64 iqa;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	iqa = rd(R_IQA);
	wr(R_IQA, 0x7000 | 1ULL << 11);
	CHECK_EQ(rd(R_IQA), iqa);
	rig_stop();
}

static void global_command(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	CHECK_EQ(rd32(R_GSTS), TE | SRTP | QIE);
	/* What the machine does not have stays off. */
	wr32(R_GCMD, TE | QIE | 1U << 25 | 1U << 27 | 1U << 28);
	CHECK_EQ(rd32(R_GSTS), TE | SRTP | QIE);
	vrig_gcmd(QIE, false);
	CHECK_EQ(rd32(R_GSTS), TE | SRTP);
	vrig_gcmd(TE, false);
	CHECK_EQ(rd32(R_GSTS), SRTP);
	/* A write to the status is dropped. */
	wr32(R_GSTS, TE);
	CHECK_EQ(rd32(R_GSTS), SRTP);
	CHECK_EQ(rd32(R_GCMD), 0);
	rig_stop();
}

/* ---- Fault records ---- */

static void fault(u64 iova)
{
	CHECK(vrig_write(NO_PASID, iova, 1) == -EFAULT);
	rig_run();
}

static void faults_interrupt_once_until_served(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_second(0, 0);
	install();
	fault(0x1000);
	CHECK_EQ(rd32(R_FSTS), PPF);
	CHECK_EQ(faults, 1);
	fault(0x2000);
	CHECK_EQ(faults, 1);
	CHECK_FAULT(0x1000, FR(0x79));
	CHECK_EQ(rd32(R_FSTS), PPF);
	CHECK_FAULT(0x2000, FR(0x79));
	CHECK_EQ(rd32(R_FSTS), 0);
	CHECK_NO_FAULT();
	/* The next goes to the next register, and says so. */
	fault(0x3000);
	CHECK_EQ(rd32(R_FSTS), PPF | 2 << 8);
	CHECK_EQ(faults, 2);
	/* PPF follows the records; it cannot be written. */
	wr32(R_FSTS, PPF);
	CHECK_EQ(rd32(R_FSTS), PPF | 2 << 8);
	CHECK_FAULT(0x3000, FR(0x79));
	rig_stop();
}

static void fault_records_overflow(void)
{
	u64 i;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_second(0, 0);
	install();
	for (i = 1; i <= 8; i++)
		fault(i << 12);
	CHECK_EQ(rd32(R_FSTS), PPF);
	CHECK_EQ(faults, 1);
	fault(0x9000);
	CHECK_EQ(rd32(R_FSTS), PPF | PFO);
	CHECK_EQ(faults, 2);
	CHECK_EQ(rig_stats().events_lost, 1);
	/* Nothing is recorded until PFO is cleared, though there is room. */
	for (i = 1; i <= 8; i++)
		CHECK_FAULT(i << 12, FR(0x79));
	fault(0xa000);
	CHECK_NO_FAULT();
	CHECK_EQ(rd32(R_FSTS), PFO);
	wr32(R_FSTS, PFO);
	fault(0xb000);
	CHECK_FAULT(0xb000, FR(0x79));
	CHECK_EQ(rig_stats().events_lost, 2);
	rig_stop();

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	model_set_knob(rig.m, MODEL_KNOB_EVENT_OVERFLOW, 1);
	fault(0x1000);
	CHECK_EQ(rd32(R_FSTS), PFO);
	CHECK_EQ(rig_stats().events_lost, 1);
	rig_stop();
}

static void masked_events_are_remembered(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_second(0, 0);
	install();
	wr32(R_FECTL, 1U << 31);
	fault(0x1000);
	CHECK_EQ(rd32(R_FECTL), 3U << 30);
	CHECK_EQ(faults, 0);
	wr32(R_FECTL, 0);
	rig_run();
	CHECK_EQ(faults, 1);
	CHECK_EQ(rd32(R_FECTL), 0);
	CHECK_FAULT(0x1000, FR(0x79));
	/* Served while masked: nothing is left to tell. */
	wr32(R_FECTL, 1U << 31);
	fault(0x2000);
	CHECK_FAULT(0x2000, FR(0x79));
	CHECK_EQ(rd32(R_FECTL), 1U << 31);
	wr32(R_FECTL, 0);
	rig_run();
	CHECK_EQ(faults, 1);
	rig_stop();
}

static void completion_event(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	install();
	vrig_queue(0x15, 0);
	rig_run();
	CHECK_EQ(rd32(R_ICS), 1);
	CHECK_EQ(completions, 1);
	/* Not again until it is cleared. */
	vrig_queue(0x15, 0);
	rig_run();
	CHECK_EQ(completions, 1);
	wr32(R_ICS, 1);
	CHECK_EQ(rd32(R_ICS), 0);
	vrig_queue(0x15, 0);
	rig_run();
	CHECK_EQ(completions, 2);
	wr32(R_ICS, 1);
	/* Masked */
	wr32(R_IECTL, 1U << 31);
	vrig_queue(0x15, 0);
	rig_run();
	CHECK_EQ(completions, 2);
	CHECK_EQ(rd32(R_IECTL), 3U << 30);
	wr32(R_ICS, 1);
	CHECK_EQ(rd32(R_IECTL), 1U << 31);
	/* Without IF, none. */
	wr32(R_IECTL, 0);
	vrig_sync();
	CHECK_EQ(completions, 2);
	CHECK_EQ(faults, 0);
	CHECK_EQ(requests, 0);
	rig_stop();
}

int main(void)
{
	TAP_RUN(allocation_failure_leaves_nothing);
	TAP_RUN(capabilities);
	TAP_RUN(capabilities_that_do_not_go_together);
	TAP_RUN(reset_values);
	TAP_RUN(reserved_bits_read_zero);
	TAP_RUN(queue_address_is_fixed_while_in_use);
	TAP_RUN(global_command);
	TAP_RUN(faults_interrupt_once_until_served);
	TAP_RUN(fault_records_overflow);
	TAP_RUN(masked_events_are_remembered);
	TAP_RUN(completion_event);
	return tap_done();
}
