// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 queues: commands, their errors and the recovery; SYNC; the event queue
 * and its overflow; interrupts; what can be injected.
 */
#include <string.h>

#include "smmuv3_rig.h"

#define PA	0x70000000ULL

static int irqs[4];

static void count_irq(void *data)
{
	(*(int *)data)++;
}

static void set_irqs(void)
{
	int i;

	memset(irqs, 0, sizeof(irqs));
	for (i = 0; i < 4; i++)
		CHECK(hw_set_irq(rig.hw, i, count_irq, &irqs[i]) == 0);
	CHECK(hw_set_irq(rig.hw, 4, count_irq, NULL) == -EINVAL);
}

static u32 cons(void)
{
	return r32(0x9c);
}

/* The queue stopped at command @at with @cerror. */
static void check_stopped(u32 at, u32 cerror)
{
	CHECK_EQ(cons(), at | cerror << 24);
	CHECK_EQ((r32(0x60) ^ r32(0x64)) & 1, 1);
}

static void acknowledge(void)
{
	w32(0x64, r32(0x60));
	rig_run();
}

static void executes_in_order_and_wraps(void)
{
	int i;

	smmu_start(0, CAPS);
	for (i = 0; i < 700; i++)
		smmu_do(OP_NH_ASID | C_ASID(i), 0);
	CHECK_EQ(cons(), 1400 % 512);
	CHECK_EQ(rig_stats().commands, 1400);
	CHECK_EQ(rig_stats().commands_by_op[0x11], 700);
	/* 0x46 is counted at 0x3e. */
	CHECK_EQ(rig_stats().commands_by_op[0x3e], 700);
	CHECK_EQ(rig_stats().syncs, 700);
	/* A full queue: the index agrees and the wrap bit does not. */
	smmu_restart(0xd);
	for (i = 0; i < 256; i++)
		smmu_queue(OP_NH_ASID, 0);
	CHECK_EQ(rig_stats().queue_depth, 256);
	rig_run();
	CHECK_EQ(cons(), 256);
	CHECK_EQ(rig_stats().queue_depth, 0);
	rig_stop();
}

/* Every opcode: legal or not, as the machine has it. */
static void opcodes(void)
{
	static const u8 legal[] = {
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13,
		0x28, 0x2a, 0x30, 0x41, 0x44, 0x45, 0x46,
	};
	u32 op, i;

	for (op = 0; op < 256; op++) {
		bool ok = false;

		for (i = 0; i < ARRAY_SIZE(legal); i++)
			ok |= legal[i] == op;
		/* No device has an ATC, so this one is for another test. */
		if (op == 0x40)
			continue;
		smmu_start(0, CAPS);
		smmu_queue(op, 0);
		rig_run();
		if (cons() != (ok ? 1 : 1 << 24))
			tap_fail(__FILE__, __LINE__, "op %#x: %#x", op, cons());
		CHECK_EQ(rig_stats().illegal, !ok);
		rig_stop();
	}
}

static void illegal_fields(void)
{
	static const struct {
		u32 caps;
		u64 w0, w1;
	} t[] = {
		{ CAPS, OP_NH_ALL | 1 << 10, 0 },		/* Secure */
		{ CAPS, OP_SYNC | 3 << 12, 0 },
		{ CAPS, OP_PRI_RESP, 3 << 12 },
		{ CAPS, OP_ATC_INV, 53 },
		{ CAPS, OP_NH_VA, C_TG(1) },	/* NUM, SCALE, TTL are 0 */
		{ CAPS, OP_NH_VAA, C_TG(2) },
		{ CAPS, OP_S2_IPA, C_TG(3) },
		{ CAPS_BUT(MODEL_CAP_NEST), OP_S2_IPA, 0 },
		{ CAPS_BUT(MODEL_CAP_NEST), OP_S12_VMALL, 0 },
		{ CAPS_BUT(MODEL_CAP_ATS | MODEL_CAP_PRI), OP_ATC_INV, 0 },
		{ CAPS_BUT(MODEL_CAP_PRI), OP_PRI_RESP, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		smmu_start(0, t[i].caps);
		smmu_queue(t[i].w0, t[i].w1);
		rig_run();
		if (cons() != 1 << 24)
			tap_fail(__FILE__, __LINE__, "%d is legal", i);
		rig_stop();
	}
}

static void error_and_recovery(void)
{
	smmu_start(0, CAPS);
	set_irqs();
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, PA | D_S1);
	CHECK(rig_write(0x1000, 1) == 0);
	smmu_restart(0xf);
	smmu_queue(OP_NH_ASID, 0);
	smmu_queue(0xff, 0);
	smmu_queue(OP_NSNH_ALL, 0);
	rig_run();
	check_stopped(1, 1);
	CHECK_EQ(irqs[3], 1);
	CHECK_EQ(rig_stats().tlb_entries, 1);
	/* Nothing goes on before it is acknowledged. */
	smmu_queue(OP_NSNH_ALL, 0);
	rig_run();
	check_stopped(1, 1);
	/* Acknowledged, the command at CONS is fetched again. */
	acknowledge();
	check_stopped(1, 1);
	CHECK_EQ(irqs[3], 2);
	*rig_mem(smmu.cmdq + 16) = OP_NH_ASID;
	acknowledge();
	CHECK_EQ(cons() & 0xfffff, 4);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	smmu_sync();
	rig_stop();
}

static void fetch_abort(void)
{
	smmu_start(0, CAPS);
	smmu_restart(0);
	rig.hole = 0xf00000000000;
	wr(0x90, 0xf00000000000 | 8);
	smmu_restart(0xf);
	w32(0x98, 1);
	rig_run();
	check_stopped(0, 2);
	rig_stop();
}

static void syncs(void)
{
	smmu_start(0, CAPS);
	set_irqs();
	*rig_mem(smmu.sem) = ~0ULL;
	/* Nothing, SEV: CONS alone tells. */
	smmu_queue(OP_SYNC, 0);
	smmu_queue(OP_SYNC | 2 << 12, smmu.sem);
	rig_run();
	CHECK_EQ(cons(), 2);
	CHECK_EQ(*rig_mem(smmu.sem), ~0ULL);
	CHECK_EQ(irqs[2], 0);
	/* An interrupt: the wire without an address, else four bytes. */
	smmu_queue(OP_SYNC | 1 << 12, 0);
	rig_run();
	CHECK_EQ(irqs[2], 1);
	smmu_queue(OP_SYNC | 1 << 12 | 0x12345678ULL << 32, smmu.sem + 4);
	rig_run();
	CHECK_EQ(irqs[2], 1);
	CHECK_EQ(*rig_mem(smmu.sem), 0x12345678ffffffff);
	/* Nowhere to store: the command is done all the same. */
	rig.hole = 0xf00000000000;
	smmu_queue(OP_SYNC | 1 << 12, 0xf00000000000);
	rig_run();
	CHECK_EQ(cons(), 5);
	CHECK_EQ(r32(0x60), 1 << 4);
	CHECK_EQ(irqs[3], 1);
	rig_stop();
}

/* ---- Events ---- */

static void event_overflow(void)
{
	u64 i, evt[4];

	smmu_start(0, CAPS);
	set_irqs();
	smmu_s1(0, CD_R | CD_A);
	for (i = 0; i < 130; i++)
		CHECK(rig_write(i << 12, 1) == -EFAULT);
	rig_run();
	/* One interrupt: it was empty once. */
	CHECK_EQ(irqs[0], 1);
	CHECK_EQ(rig_stats().events_lost, 2);
	CHECK_EQ(r32(0x100a8), 1U << 31 | 128);
	for (i = 0; i < 128; i++) {
		smmu_event(evt);
		CHECK_EQ(evt[2], i << 12);
	}
	CHECK_NO_EVT();
	/* Room again, and not acknowledged: recorded all the same. */
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x10), E_IN, 0x1000, 0);
	CHECK_EQ(r32(0x100a8) >> 31, 1);
	/* Acknowledged, the next overflow toggles the flag. */
	smmu.evt_cons |= 1U << 31;
	w32(0x100ac, smmu.evt_cons);
	for (i = 0; i < 129; i++)
		rig_write(i << 12, 1);
	CHECK_EQ(r32(0x100a8) >> 31, 0);
	CHECK_EQ(rig_stats().events_lost, 3);
	rig_stop();
}

static void event_interrupts(void)
{
	smmu_start(0, CAPS);
	set_irqs();
	smmu_s1(0, CD_R | CD_A);
	CHECK(rig_write(0, 1) == -EFAULT);
	rig_run();
	CHECK_EQ(irqs[0], 1);
	/* Added to what was not read yet: no more. */
	CHECK(rig_write(0, 1) == -EFAULT);
	rig_run();
	CHECK_EQ(irqs[0], 1);
	CHECK_EVT(EVT0(0x10), E_IN, 0, 0);
	CHECK_EVT(EVT0(0x10), E_IN, 0, 0);
	CHECK(rig_write(0, 1) == -EFAULT);
	rig_run();
	CHECK_EQ(irqs[0], 2);
	CHECK_EVT(EVT0(0x10), E_IN, 0, 0);
	/* A message instead; and one that has nowhere to go. */
	w32(0x50, 0);
	rig_run();
	wr(0xb0, smmu.sem + 8);
	w32(0xb8, 0x77);
	w32(0x50, 5);
	rig_run();
	CHECK(rig_write(0, 1) == -EFAULT);
	rig_run();
	CHECK_EQ(irqs[0], 2);
	CHECK_EQ(*rig_mem(smmu.sem + 8), 0x77);
	CHECK_EVT(EVT0(0x10), E_IN, 0, 0);
	w32(0x50, 0);
	rig_run();
	rig.hole = 0xf00000000000;
	wr(0xb0, 0xf00000000000);
	w32(0x50, 5);
	rig_run();
	CHECK(rig_write(0, 1) == -EFAULT);
	rig_run();
	CHECK_EQ(r32(0x60), 1 << 5);
	CHECK_EQ(irqs[3], 1);
	rig_stop();
}

static void event_abort_and_off(void)
{
	smmu_start(0, CAPS);
	set_irqs();
	smmu_s1(0, CD_R | CD_A);
	smmu_restart(0xb);
	CHECK(rig_write(0, 1) == -EFAULT);
	CHECK_EQ(rig_stats().events_lost, 1);
	CHECK_EQ(r32(0x100a8), 0);
	rig.hole = 0xf00000000000;
	wr(0xa0, 0xf00000000000 | 7);
	smmu_restart(0xf);
	CHECK(rig_write(0, 1) == -EFAULT);
	rig_run();
	CHECK_EQ(r32(0x60), 1 << 2);
	CHECK_EQ(irqs[3], 1);
	CHECK_EQ(r32(0x100a8), 0);
	CHECK_EQ(rig_stats().events_lost, 2);
	rig_stop();
}

/* ---- Injection ---- */

static void knobs(void)
{
	int i;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, PA | D_S1);
	CHECK(rig_write(0x1000, 1) == 0);
	/* An invalidation that is counted and not done. */
	CHECK(model_set_knob(rig.m, MODEL_KNOB_IGNORE_OP, 1ULL << 0x12) == 0);
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1000);
	CHECK_EQ(rig_stats().tlb_entries, 1);
	CHECK_EQ(rig_stats().commands_by_op[0x12], 1);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_IGNORE_OP, 0) == 0);
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1000);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	/* Illegal, the second from now. */
	smmu_restart(0xf);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_ILLEGAL_AFTER, 2) == 0);
	smmu_queue(OP_NH_ALL, 0);
	smmu_queue(OP_NH_ALL, 0);
	rig_run();
	check_stopped(1, 1);
	acknowledge();
	CHECK_EQ(cons() & 0xfffff, 2);
	/* Nothing is fetched. */
	CHECK(model_set_knob(rig.m, MODEL_KNOB_STALL, 1) == 0);
	for (i = 0; i < 254; i++)
		smmu_queue(OP_NH_ALL, 0);
	rig_run();
	CHECK_EQ(rig_stats().queue_depth, 254);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_STALL, 0) == 0);
	smmu_sync();
	CHECK_EQ(rig_stats().queue_depth, 0);
	/* The event queue is full. */
	CHECK(model_set_knob(rig.m, MODEL_KNOB_EVENT_OVERFLOW, 1) == 0);
	CHECK(rig_write(0x9000, 1) == -EFAULT);
	CHECK_NO_EVT();
	CHECK_EQ(r32(0x100a8), 1U << 31);
	CHECK(model_set_knob(rig.m, MODEL_KNOB_SLOW_COMMANDS, 20000) == 0);
	smmu_sync();
	rig_stop();
}

static void inline_mode(void)
{
	smmu_start(MODEL_INLINE, CAPS);
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, PA | D_S1);
	CHECK(rig_write(0x1000, 1) == 0);
	smmu_queue(OP_NH_ALL, 0);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	CHECK_EQ(rig_stats().queue_depth, 0);
	rig_stop();
}

int main(void)
{
	TAP_RUN(executes_in_order_and_wraps);
	TAP_RUN(opcodes);
	TAP_RUN(illegal_fields);
	TAP_RUN(error_and_recovery);
	TAP_RUN(fetch_abort);
	TAP_RUN(syncs);
	TAP_RUN(event_overflow);
	TAP_RUN(event_interrupts);
	TAP_RUN(event_abort_and_off);
	TAP_RUN(knobs);
	TAP_RUN(inline_mode);
	return tap_done();
}
