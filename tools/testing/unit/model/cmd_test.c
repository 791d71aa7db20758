// SPDX-License-Identifier: GPL-2.0-only
/* AMD commands, the two rings, and faults that can be injected. */
#include <linux/errno.h>
#include <time.h>

#include "rig.h"

static int irqs;

static void count_irq(void *data)
{
	irqs++;
}

/* Nothing happens in the doorbell: a driver that does not wait sees it. */
static void commands_run_later(void)
{
	u64 root;
	long kicks;

	rig_start(0, 0, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	CHECK(rig_write(0x1000, 1) == 0);
	*rig_mem(root + 8) = 0;
	kicks = rig.kicks;
	rig_queue(3ULL << 60 | (u64)DOM << 32, 0x1000);
	CHECK(rig.kicks > kicks);
	CHECK_EQ(rd(R_CMDHEAD), 0);
	CHECK(rig_write(0x1000, 2) == 0);
	CHECK_EQ(*rig_mem(0x70000000), 2);
	rig_run();
	CHECK_EQ(rd(R_CMDHEAD), 16);
	CHECK(rig_write(0x1000, 3) == -EFAULT);
	CHECK_EQ(*rig_mem(0x70000000), 2);
	rig_stop();
}

static void inline_commands_run_in_the_doorbell(void)
{
	rig_start(MODEL_INLINE, 0, 0);
	rig_queue(1ULL << 60 | rig.sem | 1, 0x1234);
	CHECK_EQ(*rig_mem(rig.sem), 0x1234);
	CHECK_EQ(rd(R_CMDHEAD), 16);
	/* Interrupts still come from model_run(). */
	irqs = 0;
	hw_set_irq(rig.hw, 0, count_irq, NULL);
	rig_queue(1ULL << 60 | 2, 0);
	CHECK_EQ(irqs, 0);
	rig_run();
	CHECK_EQ(irqs, 1);
	/* Enabling starts what was queued before. */
	wr(R_CONTROL, 0);
	rig_queue(1ULL << 60 | rig.sem | 1, 0x4567);
	CHECK_EQ(*rig_mem(rig.sem), 0x1234);
	wr(R_CONTROL, C_ALL);
	CHECK_EQ(*rig_mem(rig.sem), 0x4567);
	rig_stop();
}

static void completion_wait(void)
{
	rig_start(0, 0, 0);
	/* No store without S; F is accepted; the whole value is stored. */
	rig_queue(1ULL << 60 | rig.sem, 7);
	rig_queue(1ULL << 60 | 4, 7);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0);
	rig_queue(1ULL << 60 | (rig.sem + 8) | 1, 0xfedcba9876543210ULL);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0);
	CHECK_EQ(*rig_mem(rig.sem + 8), 0xfedcba9876543210ULL);
	CHECK_EQ(*rig_mem(rig.sem + 16), 0);
	CHECK_EQ(rig_stats().syncs, 3);
	CHECK_EQ(rd(R_STATUS), 0x18);

	irqs = 0;
	hw_set_irq(rig.hw, 0, count_irq, NULL);
	rig_queue(1ULL << 60 | 2, 0);
	rig_queue(1ULL << 60 | 2, 0);
	rig_run();
	CHECK_EQ(irqs, 1);	/* both before the handler: one message */
	CHECK_EQ(rd(R_STATUS), 0x1c);
	wr(R_STATUS, 4);
	wr(R_CONTROL, C_ALL & ~0x10ULL);
	rig_queue(1ULL << 60 | 2, 0);
	rig_run();
	CHECK_EQ(rd(R_STATUS), 0x1c);
	CHECK_EQ(irqs, 1);
	rig_stop();
}

static void queue_wraps(void)
{
	u64 i;

	rig_start(0, 0, 0);
	for (i = 1; i <= 700; i++) {
		rig_queue(1ULL << 60 | rig.sem | 1, i);
		if (i % 255 == 0)
			rig_run();
	}
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 700);
	CHECK_EQ(rig_stats().commands, 700);
	CHECK_EQ(rig_stats().commands_by_op[1], 700);
	CHECK_EQ(rd(R_CMDHEAD), 700 % 256 * 16);
	CHECK_EQ(rd(R_CMDTAIL), 700 % 256 * 16);

	/* Pointers beyond the buffer wrap. */
	wr(R_CONTROL, 0);
	wr(R_CMDHEAD, 0x1000 + 0x100);
	wr(R_CMDTAIL, 0x2000 + 0x110);
	wr(R_CONTROL, C_ALL);
	rig_run();
	CHECK_EQ(rig_stats().commands, 701);
	CHECK_EQ(rd(R_CMDHEAD), 0x110);
	rig_stop();
}

static void longer_queue(void)
{
	u64 i;

	rig_start(0, 0, 0);
	wr(R_CONTROL, 0);
	wr(R_CMDBASE, 0x30000000 | 9ULL << 56);
	wr(R_CONTROL, C_ALL);
	for (i = 0; i < 511; i++)
		rig_mem(0x30000000 + i * 16)[0] = 1ULL << 60;
	rig_mem(0x30000000 + 510 * 16)[0] = 1ULL << 60 | rig.sem | 1;
	rig_mem(0x30000000 + 510 * 16)[1] = 99;
	wr(R_CMDTAIL, 511 * 16);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 99);
	CHECK_EQ(rig_stats().commands, 511);
	rig_stop();
}

/* Reported at its address; the machine stops there until it is restarted. */
static void check_illegal(u64 w0, u64 w1)
{
	rig_start(0, 0, 0);
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	rig_queue(w0, w1);
	rig_queue(1ULL << 60 | rig.sem | 1, 2);
	rig_run();
	if (rd(R_STATUS) != 0xa)
		tap_fail(__FILE__, __LINE__, "%#llx %#llx is accepted",
			 (long long)w0, (long long)w1);
	CHECK_EQ(*rig_mem(rig.sem), 1);
	CHECK_EQ(rd(R_CMDHEAD), 16);
	CHECK_EVENT(EVT(5), rig.cmds + 16);
	CHECK_EQ(rig_stats().illegal, 1);

	/* Software puts something else there and restarts. */
	rig_mem(rig.cmds + 16)[0] = 1ULL << 60;
	rig_mem(rig.cmds + 16)[1] = 0;
	wr(R_CONTROL, C_ALL & ~0x1000ULL);
	wr(R_CONTROL, C_ALL);
	CHECK_EQ(rd(R_STATUS), 0x1a);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 2);
	CHECK_NO_EVENT();
	rig_stop();
}

static void illegal_opcodes(void)
{
	static const u64 op[] = { 0, 4, 6, 7, 9, 10, 11, 12, 13, 14, 15 };
	int i;

	for (i = 0; i < sizeof(op) / sizeof(*op); i++)
		check_illegal(op[i] << 60, 0);
}

static void reserved_command_bits(void)
{
	int bit;

	for (bit = 52; bit < 60; bit++)
		check_illegal(1ULL << 60 | 1ULL << bit, 0);
	for (bit = 16; bit < 60; bit++) {
		check_illegal(2ULL << 60 | 1ULL << bit, 0);
		check_illegal(5ULL << 60 | 1ULL << bit, 0);
	}
	for (bit = 0; bit < 60; bit++)
		check_illegal(8ULL << 60 | 1ULL << bit, 0);
	for (bit = 0; bit < 64; bit++) {
		check_illegal(2ULL << 60, 1ULL << bit);
		check_illegal(5ULL << 60, 1ULL << bit);
		check_illegal(8ULL << 60, 1ULL << bit);
	}
	for (bit = 20; bit < 60; bit++)
		if (bit < 32 || bit >= 48)
			check_illegal(3ULL << 60 | 1ULL << bit, 0);
	/* GN, as there is no guest translation, and reserved ones. */
	for (bit = 2; bit < 12; bit++)
		check_illegal(3ULL << 60, 1ULL << bit);
}

static void legal_commands_all_pass(void)
{
	rig_start(0, 0, 0);
	rig_cmd(2ULL << 60 | 0xffff, 0);
	rig_cmd(3ULL << 60 | 0xffffULL << 32 | 0xfffff, ~0xffcULL);
	rig_cmd(5ULL << 60 | 0xffff, 0);
	rig_cmd(8ULL << 60, 0);
	CHECK_EQ(rig_stats().commands, 8);
	CHECK_EQ(rig_stats().commands_by_op[3], 1);
	CHECK_EQ(rd(R_STATUS), 0x18);
	rig_stop();
}

static void memory_that_does_not_answer(void)
{
	rig_start(0, 0, 0);
	wr(R_CMDBASE, HOLE | 8ULL << 56);
	wr(R_CMDTAIL, 32);
	rig_run();
	CHECK_EQ(rd(R_STATUS), 0xa);
	CHECK_EVENT(EVT(6) | 1ULL << 57, HOLE);
	CHECK_EQ(rd(R_CMDHEAD), 0);
	/* The store of a completion. */
	wr(R_CONTROL, 0);
	wr(R_CMDBASE, rig.cmds | 8ULL << 56);
	wr(R_STATUS, 2);
	wr(R_CONTROL, C_ALL);
	rig.cmd_tail = 0;
	rig_queue(1ULL << 60 | HOLE | 9, 1);
	rig_run();
	CHECK_EVENT(EVT(6) | 1ULL << 57, HOLE + 8);
	CHECK_EQ(rd(R_STATUS), 0xa);
	CHECK_EQ(rig_stats().commands, 1);
	rig_stop();
}

/* A length below 256 entries is reserved: nothing is fetched or logged. */
static void reserved_lengths(void)
{
	rig_start(0, 0, 0);
	wr(R_CONTROL, 0);
	wr(R_CMDBASE, rig.cmds | 7ULL << 56);
	wr(R_EVTBASE, rig.evts | 7ULL << 56);
	wr(R_CONTROL, C_ALL);
	rig_dte(RID, V, 0);
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EQ(rd(R_EVTTAIL), 0);
	CHECK_EQ(rig_stats().events_lost, 1);
	rig_stop();
}

static void disabled_queue_waits(void)
{
	rig_start(0, 0, 0);
	wr(R_CONTROL, C_ALL & ~0x1000ULL);
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0);
	wr(R_CONTROL, C_ALL & ~1ULL);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 0);
	wr(R_CONTROL, C_ALL);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 1);
	rig_stop();
}

static void give_another_buffer(u64 pa)
{
	if (pa != rig.sem)
		return;
	wr(R_CONTROL, C_ALL & ~0x1000ULL);
	wr(R_CMDBASE, 0x30000000 | 8ULL << 56);
	wr(R_CONTROL, C_ALL);
}

/* The command under way belongs to the old buffer, not to the new one's head. */
static void buffer_changes_under_a_command(void)
{
	rig_start(0, 0, 0);
	rig.hook = give_another_buffer;
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	rig_run();
	rig.hook = NULL;
	CHECK_EQ(*rig_mem(rig.sem), 1);
	CHECK_EQ(rd(R_CMDHEAD), 0);
	rig_mem(0x30000000)[0] = 1ULL << 60 | rig.sem | 1;
	rig_mem(0x30000000)[1] = 2;
	wr(R_CMDTAIL, 16);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 2);
	rig_stop();
}

/* ---- Event log ---- */

static void fault_at(u64 iova)
{
	u64 val;

	CHECK(rig_read(iova, &val) == -EFAULT);
}

static void event_log_wraps(void)
{
	u64 i;

	rig_start(0, 0, 0);
	rig_dte(RID, V, DOM);
	for (i = 0; i < 600; i++) {
		fault_at(i << 12);
		CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | RID, i << 12);
	}
	CHECK_NO_EVENT();
	CHECK_EQ(rig_stats().events_lost, 0);
	rig_stop();
}

static void event_log_overflows(void)
{
	u64 i;

	rig_start(0, 0, 0);
	irqs = 0;
	hw_set_irq(rig.hw, 0, count_irq, NULL);
	rig_dte(RID, V, DOM);
	for (i = 0; i < 255; i++)
		fault_at(i << 12);
	CHECK_EQ(rd(R_STATUS), 0x1a);
	CHECK_EQ(rd(R_EVTTAIL), 255 * 16);
	rig_run();
	CHECK_EQ(irqs, 1);
	fault_at(0x999000);
	fault_at(0x999000);
	CHECK_EQ(rd(R_STATUS), 0x13);	/* overflow, and halted */
	CHECK_EQ(rd(R_EVTTAIL), 255 * 16);
	CHECK_EQ(rig_stats().events_lost, 2);
	rig_run();
	CHECK_EQ(irqs, 2);
	/* Reading makes room, but it has to be started again, acknowledged. */
	for (i = 0; i < 255; i++)
		CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | RID, i << 12);
	fault_at(0x999000);
	CHECK_NO_EVENT();
	wr(R_CONTROL, C_ALL & ~4ULL);
	wr(R_CONTROL, C_ALL);
	CHECK_EQ(rd(R_STATUS), 0x13);
	wr(R_CONTROL, C_ALL & ~4ULL);
	wr(R_STATUS, 3);
	wr(R_CONTROL, C_ALL);
	CHECK_EQ(rd(R_STATUS), 0x18);
	fault_at(0x777000);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | RID, 0x777000);
	rig_stop();
}

static void event_log_without_memory(void)
{
	rig_start(0, 0, 0);
	wr(R_CONTROL, C_ALL & ~4ULL);
	wr(R_EVTBASE, HOLE | 8ULL << 56);
	wr(R_CONTROL, C_ALL);
	rig_dte(RID, V, DOM);
	fault_at(0);
	CHECK_EQ(rd(R_STATUS), 0x10);
	CHECK_EQ(rig_stats().events_lost, 1);
	rig_stop();
}

static void disabled_log_discards(void)
{
	rig_start(0, 0, 0);
	wr(R_CONTROL, C_ALL & ~4ULL);
	rig_dte(RID, V, DOM);
	fault_at(0);
	CHECK_EQ(rd(R_EVTTAIL), 0);
	CHECK_EQ(rd(R_STATUS), 0x10);
	CHECK_EQ(rig_stats().events_lost, 1);
	rig_stop();
}

/* ---- Knobs ---- */

static void knob_ignores_an_opcode(void)
{
	u64 root;

	rig_start(MODEL_CHECK_HITS, 0, 0);
	root = rig_domain(1, 0);
	rig_map(root, 1, 0x1000, 0x70000000);
	CHECK(rig_write(0x1000, 1) == 0);
	/* Completion waits cannot be ignored. */
	model_set_knob(rig.m, MODEL_KNOB_IGNORE_OP, ~0ULL);
	*rig_mem(root + 8) = 0;
	rig_inv(DOM, 0x1000);
	CHECK_EQ(rig_stats().commands_by_op[3], 1);
	CHECK(rig_write(0x1000, 2) == 0);
	CHECK_EQ(rig_stats().stale, 1);
	CHECK_EQ(model_check(rig.m), 1);
	model_set_knob(rig.m, MODEL_KNOB_IGNORE_OP, 0);
	rig_inv(DOM, 0x1000);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(rig_write(0x1000, 3) == -EFAULT);
	rig_stop();
}

static void knob_stalls_the_queue(void)
{
	rig_start(0, 0, 0);
	model_set_knob(rig.m, MODEL_KNOB_STALL, 1);
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	rig_run();
	CHECK_EQ(rd(R_CMDHEAD), 0);
	CHECK_EQ(rd(R_STATUS), 0x18);
	rig.kicks = 0;
	model_set_knob(rig.m, MODEL_KNOB_STALL, 0);
	CHECK(rig.kicks > 0);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 1);
	rig_stop();

	rig_start(MODEL_INLINE, 0, 0);
	model_set_knob(rig.m, MODEL_KNOB_STALL, 1);
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	CHECK_EQ(*rig_mem(rig.sem), 0);
	model_set_knob(rig.m, MODEL_KNOB_STALL, 0);
	CHECK_EQ(*rig_mem(rig.sem), 1);
	rig_stop();
}

static void knob_makes_a_command_illegal(void)
{
	rig_start(0, 0, 0);
	model_set_knob(rig.m, MODEL_KNOB_ILLEGAL_AFTER, 3);
	rig_queue(1ULL << 60 | rig.sem | 1, 1);
	rig_queue(1ULL << 60 | rig.sem | 1, 2);
	rig_queue(1ULL << 60 | rig.sem | 1, 3);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 2);
	CHECK_EVENT(EVT(5), rig.cmds + 32);
	/* Once. */
	wr(R_CONTROL, C_ALL & ~0x1000ULL);
	wr(R_CONTROL, C_ALL);
	rig_run();
	CHECK_EQ(*rig_mem(rig.sem), 3);
	rig_stop();
}

static void knob_overflows_the_event_log(void)
{
	rig_start(0, 0, 0);
	rig_dte(RID, V, DOM);
	model_set_knob(rig.m, MODEL_KNOB_EVENT_OVERFLOW, 1);
	fault_at(0);
	CHECK_EQ(rd(R_STATUS), 0x11);
	CHECK_NO_EVENT();
	CHECK_EQ(rig_stats().events_lost, 1);
	rig_stop();
}

static void knob_slows_completions(void)
{
	struct timespec a, b;

	rig_start(0, 0, 0);
	model_set_knob(rig.m, MODEL_KNOB_SLOW_COMMANDS, 20000);
	clock_gettime(CLOCK_MONOTONIC, &a);
	rig_sync();
	clock_gettime(CLOCK_MONOTONIC, &b);
	CHECK((b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec >=
	      20000000);
	CHECK(model_set_knob(rig.m, MODEL_KNOBS, 1) == -EINVAL);
	rig_stop();
}

int main(void)
{
	TAP_RUN(commands_run_later);
	TAP_RUN(inline_commands_run_in_the_doorbell);
	TAP_RUN(completion_wait);
	TAP_RUN(queue_wraps);
	TAP_RUN(longer_queue);
	TAP_RUN(illegal_opcodes);
	TAP_RUN(reserved_command_bits);
	TAP_RUN(legal_commands_all_pass);
	TAP_RUN(memory_that_does_not_answer);
	TAP_RUN(reserved_lengths);
	TAP_RUN(disabled_queue_waits);
	TAP_RUN(buffer_changes_under_a_command);
	TAP_RUN(event_log_wraps);
	TAP_RUN(event_log_overflows);
	TAP_RUN(event_log_without_memory);
	TAP_RUN(disabled_log_discards);
	TAP_RUN(knob_ignores_an_opcode);
	TAP_RUN(knob_stalls_the_queue);
	TAP_RUN(knob_makes_a_command_illegal);
	TAP_RUN(knob_overflows_the_event_log);
	TAP_RUN(knob_slows_completions);
	return tap_done();
}
