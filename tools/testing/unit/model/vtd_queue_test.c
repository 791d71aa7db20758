// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d invalidation queue: order and completion, what is refused and why, how
 * the queue stops and goes on, and what can be injected.
 */
#include <linux/errno.h>

#include "vtd_rig.h"

#define A	0x70000000ULL

static u32 iqei(void)
{
	return rd(R_IQERCD) & 0xf;
}

static void clear_fsts(u32 bits)
{
	wr32(R_FSTS, bits);
	rig_run();
}

/* ---- Completion ---- */

static void wait_descriptor_writes_its_status(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	*rig_mem(rig.sem) = 0x1111111122222222;
	vrig_queue(0xabcdef01ULL << 32 | 0x25, rig.sem + 4);
	CHECK_EQ(*rig_mem(rig.sem), 0x1111111122222222);
	CHECK_EQ(rd(R_IQH), 0);
	CHECK_EQ(rig_stats().queue_depth, 1);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0xabcdef0122222222);
	CHECK_EQ(rd(R_IQH), 32);
	CHECK_EQ(rig_stats().queue_depth, 0);
	/* Without SW, nothing; fence and drain are accepted. */
	vrig_queue(0x5ULL << 32 | 0xc5, rig.sem);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0xabcdef0122222222);
	CHECK_EQ(rd32(R_FSTS), 0);
	CHECK_EQ(rig_stats().syncs, 2);
	/* A status that no memory takes is lost. */
	vrig_queue(0x25, HOLE);
	vrig_sync();
	CHECK_EQ(rd32(R_FSTS), 0);
	rig_stop();
}

static void narrow_and_wide_queues_wrap(void)
{
	u32 i;

	vrig_start(LEGACY, 0, 0);
	CHECK(!vrig.wide);
	for (i = 0; i < 300; i++)
		vrig_cmd(0x11, 0);
	CHECK_EQ(rd(R_IQH), 600 * 16 % 4096);
	CHECK_EQ(rig_stats().commands, 600);
	CHECK_EQ(rig_stats().commands_by_op[1], 300);
	CHECK_EQ(rig_stats().commands_by_op[5], 300);
	rig_stop();

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	for (i = 0; i < 300; i++)
		vrig_cmd(0x11, 0);
	CHECK_EQ(rd(R_IQH), 600 * 32 % 4096);
	rig_stop();
}

static void inline_machine_completes_at_the_doorbell(void)
{
	vrig_start(SCALABLE, MODEL_INLINE, MODEL_CAP_ANY);
	vrig_queue(0x77ULL << 32 | 0x25, rig.sem);
	CHECK_EQ(*rig_mem(rig.sem), 0x77);
	rig_stop();
}

static void disabling_the_queue_rewinds_it(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_sync();
	CHECK_EQ(rd(R_IQH), 32);
	vrig_gcmd(QIE, false);
	CHECK_EQ(rd(R_IQH), 0);
	vrig_queue(0x11, 0);
	rig_run();
	CHECK_EQ(rd(R_IQH), 0);
	wr(R_IQT, 0);
	vrig.iq_tail = 0;
	vrig_gcmd(QIE, true);
	vrig_sync();
	CHECK_EQ(rd(R_IQH), 32);
	rig_stop();
}

/* ---- Refusals ---- */

static void refused(u64 w0, u64 w1, u32 why)
{
	u64 illegal = rig_stats().illegal, head = rd(R_IQH);

	vrig_queue(w0, w1);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(iqei(), why);
	CHECK_EQ(rd(R_IQH), head);
	CHECK_EQ(rig_stats().illegal, illegal + 1);
	/* The driver repairs it in place: a wait descriptor goes through. */
	*rig_mem(vrig.iq + head) = 0x5;
	*rig_mem(vrig.iq + head + 8) = 0;
	CHECK_EQ(rd(R_IQH), head);
	clear_fsts(IQE);
	CHECK_EQ(rd32(R_FSTS), 0);
	CHECK_EQ(rd(R_IQH), vrig.iq_tail);
}

static void descriptors_that_do_not_exist(void)
{
	u64 op;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	refused(0, 0, 3);
	for (op = 0xa; op < 0x10; op++)
		refused(op, 0, 3);
	refused(0x211, 0, 3);		/* the upper bits of the type */
	rig_stop();

	/* Neither device TLBs nor page requests nor drain */
	vrig_start(SCALABLE, 0, MODEL_CAP_PASID);
	refused(3, 0, 3);
	refused(8, 0, 3);
	refused(9, 0, 3);
	refused(0x85, 0, 4);
	rig_stop();

	/* What is scalable mode's only */
	vrig_start(LEGACY, 0, MODEL_CAP_ANY);
	refused(0x26, 0, 3);
	refused(0x37, 0, 3);
	refused(8, 0, 3);
	refused(9, 0, 3);
	/* Known there, but no device answers. */
	vrig_queue(3, 0x1000);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), ITE);
	rig_stop();
}

static void reserved_fields(void)
{
	static const struct {
		u64 w0, w1;
	} bad[] = {
		{ 0x01, 0 },				/* CC: G 0 */
		{ 0x11 | 1 << 6, 0 }, { 0x11 | 1 << 12, 0 },
		{ 0x11 | 1ULL << 50, 0 }, { 0x11, 1 },
		{ 0x27, 0 },				/* PC: G 2 */
		{ 0x37 | 1 << 8, 0 }, { 0x37 | 1ULL << 52, 0 }, { 0x37, 1 },
		{ 0x02, 0 },				/* TLB: G 0 */
		{ 0x12 | 1 << 8, 0 }, { 0x12 | 1ULL << 32, 0 },
		{ 0x12, 1 << 7 }, { 0x32, 19 },		/* AM */
		{ 0x06, 0 }, { 0x16, 0 },		/* PTLB: G 0, 1 */
		{ 0x26 | 1 << 6, 0 }, { 0x26 | 1ULL << 52, 0 },
		{ 0x26, 1 << 11 }, { 0x36, 63 },
		{ 0x03 | 1 << 4, 0 }, { 0x03 | 1 << 21, 0 },
		{ 0x03 | 1ULL << 48, 0 }, { 0x03, 2 },
		{ 0x08, 2 }, { 0x08, 1 << 10 },
		{ 0x04 | 1 << 5, 0 }, { 0x04 | 1 << 12, 0 }, { 0x04, 1 },
		{ 0x05 | 1 << 8, 0 }, { 0x05 | 1 << 12, 0 }, { 0x05, 1 },
		{ 0x09 | 1 << 5, 0 }, { 0x09 | 1ULL << 52, 0 },
		{ 0x09, 1 }, { 0x09, 1 << 12 },
	};
	u32 i;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i].w0, bad[i].w1, 4);
	/* The upper half of a wide one */
	*rig_mem(vrig.iq + vrig.iq_tail + 24) = 1;
	vrig_cmd(0x04, 0);		/* vrig_queue() clears it: accepted */
	wr(R_IQT, (vrig.iq_tail + 32) & 0xfff);
	*rig_mem(vrig.iq + vrig.iq_tail) = 0x11;
	*rig_mem(vrig.iq + vrig.iq_tail + 8) = 0;
	*rig_mem(vrig.iq + vrig.iq_tail + 24) = 1;
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(iqei(), 4);
	rig_stop();
}

static void interrupt_entries_are_accepted(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_cmd(0x04, 0);
	vrig_cmd(0x14 | 3ULL << 27 | 0x55ULL << 32, 0);
	CHECK_EQ(rig_stats().commands_by_op[4], 2);
	rig_stop();
}

static void a_queue_without_memory(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_gcmd(QIE, false);
	wr(R_IQA, HOLE | 1ULL << 11);
	vrig_gcmd(QIE, true);
	wr(R_IQT, 32);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(iqei(), 2);
	rig_stop();
}

static void bad_tails(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	wr(R_IQT, 0x1000);		/* the queue has one page */
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(iqei(), 1);
	wr(R_IQT, 0);
	clear_fsts(IQE);
	CHECK_EQ(rd32(R_FSTS), 0);
	wr(R_IQT, 0x10);		/* half a descriptor */
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(iqei(), 6);
	wr(R_IQT, 0);
	clear_fsts(IQE);
	vrig_sync();
	rig_stop();
}

static void width_must_fit_the_mode(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_gcmd(QIE, false);
	wr(R_IQA, vrig.iq);
	vrig_gcmd(QIE, true);
	wr(R_IQT, 16);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(iqei(), 5);
	rig_stop();

	vrig_start(LEGACY, 0, 0);
	vrig_gcmd(QIE, false);
	wr(R_IQA, vrig.iq | 1ULL << 11);
	vrig_gcmd(QIE, true);
	wr(R_IQT, 32);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(iqei(), 5);
	rig_stop();

	vrig_start(LEGACY, 0, MODEL_CAP_ANY);
	wr(R_RTADDR, vrig.root | 2 << 10);
	vrig_gcmd(SRTP, true);
	vrig_queue(0x11, 0);
	rig_run();
	CHECK_EQ(iqei(), 7);
	rig_stop();
}

static void errors_interrupt(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	wr32(R_FECTL, 1U << 31);
	refused(0, 0, 3);
	/* Cleared with the status */
	CHECK_EQ(rd32(R_FECTL), 1U << 31);
	vrig_queue(0, 0);
	rig_run();
	CHECK_EQ(rd32(R_FECTL), 3U << 30);
	rig_stop();
}

/* ---- Device TLBs that do not answer ---- */

static void time_out(void)
{
	u64 head;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	*rig_mem(rig.sem) = 7;
	/* Nobody with ATS is there. */
	vrig_queue(0x3 | 0x55ULL << 32, 0x1000);
	vrig_queue(0x11, 0);
	vrig_queue(0x99ULL << 32 | 0x25, rig.sem);
	head = vrig.iq_tail;
	vrig_queue(0xaaULL << 32 | 0x25, rig.sem);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), ITE);
	CHECK_EQ(rd(R_IQERCD), 0x55ULL << 32);
	/* The wait descriptor is gone without completing; the next waits. */
	CHECK_EQ(*rig_mem(rig.sem), 7);
	CHECK_EQ(rd(R_IQH), head);
	clear_fsts(ITE);
	CHECK_EQ(rd32(R_FSTS), 0);
	CHECK_EQ(*rig_mem(rig.sem), 0xaa);
	CHECK_EQ(rd(R_IQH), vrig.iq_tail);
	rig_stop();
}

static void time_out_with_nothing_waiting(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_queue(0x8 | 0x66ULL << 16, 0x1000);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), ITE);
	CHECK_EQ(rd(R_IQERCD), 0x66ULL << 32);
	CHECK_EQ(rd(R_IQH), 32);
	clear_fsts(ITE);
	vrig_sync();
	rig_stop();
}

static void late_answer(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT, MODEL_ATC_LATE);
	vrig_queue(0x3 | 0x55ULL << 32, 0x1000);
	vrig_queue(0x25, rig.sem);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), ITE | ICE);
	CHECK_EQ(rd(R_IQERCD), 0x55ULL << 48 | 0x55ULL << 32);
	clear_fsts(ITE);
	CHECK_EQ(rd32(R_FSTS), ICE);
	model_set_knob(rig.m, MODEL_KNOB_ATC_TIMEOUT, 0);
	vrig_sync();
	clear_fsts(ICE);
	CHECK_EQ(rd32(R_FSTS), 0);
	rig_stop();
}

/* ---- Injection ---- */

static void stalled_queue_fills(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	model_set_knob(rig.m, MODEL_KNOB_STALL, 1);
	vrig_queue(0x11, 0);
	vrig_queue(0x77ULL << 32 | 0x25, rig.sem);
	rig_run();
	CHECK_EQ(rd(R_IQH), 0);
	CHECK_EQ(rig_stats().queue_depth, 2);
	model_set_knob(rig.m, MODEL_KNOB_STALL, 0);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0x77);
	rig_stop();
}

static void injected_illegal_command(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	model_set_knob(rig.m, MODEL_KNOB_ILLEGAL_AFTER, 2);
	vrig_queue(0x11, 0);
	vrig_queue(0x77ULL << 32 | 0x25, rig.sem);
	rig_run();
	CHECK_EQ(rd32(R_FSTS), IQE);
	CHECK_EQ(rd(R_IQH), 32);
	CHECK_EQ(*rig_mem(rig.sem), 0);
	clear_fsts(IQE);
	CHECK_EQ(*rig_mem(rig.sem), 0x77);
	rig_stop();
}

static void ignored_commands_leave_stale_entries(void)
{
	u64 fs;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(3);
	vrig_fs_map(fs, 0x1000, A);
	CHECK(vrig_lands(3, 0x1000, A));
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) = 0;
	model_set_knob(rig.m, MODEL_KNOB_IGNORE_OP, 1 << 6 | 1 << 5);
	vrig_cmd(0x26 | DOM << 16 | 3ULL << 32, 0);
	CHECK_EQ(rig_stats().commands_by_op[6], 1);
	CHECK_EQ(model_check(rig.m), 1);
	model_set_knob(rig.m, MODEL_KNOB_IGNORE_OP, 0);
	vrig_cmd(0x26 | DOM << 16 | 3ULL << 32, 0);
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

int main(void)
{
	TAP_RUN(wait_descriptor_writes_its_status);
	TAP_RUN(narrow_and_wide_queues_wrap);
	TAP_RUN(inline_machine_completes_at_the_doorbell);
	TAP_RUN(disabling_the_queue_rewinds_it);
	TAP_RUN(descriptors_that_do_not_exist);
	TAP_RUN(reserved_fields);
	TAP_RUN(interrupt_entries_are_accepted);
	TAP_RUN(a_queue_without_memory);
	TAP_RUN(bad_tails);
	TAP_RUN(width_must_fit_the_mode);
	TAP_RUN(errors_interrupt);
	TAP_RUN(time_out);
	TAP_RUN(time_out_with_nothing_waiting);
	TAP_RUN(late_answer);
	TAP_RUN(stalled_queue_fills);
	TAP_RUN(injected_illegal_command);
	TAP_RUN(ignored_commands_leave_stale_entries);
	return tap_done();
}
