// SPDX-License-Identifier: GPL-2.0-only
/* The AMD register window: what sticks, what clears, what starts and stops. */
#include <linux/err.h>
#include <linux/errno.h>

#include "rig.h"

static void builds_only_what_exists(void)
{
	struct model_config c = { .kind = IOMMUFDX_HW_SELFTEST, .name = "x" };

	CHECK(PTR_ERR(model_create(&c, &rig.env)) == -EOPNOTSUPP);
	c.kind = (enum iommufdx_hw_kind)77;
	CHECK(PTR_ERR(model_create(&c, &rig.env)) == -EOPNOTSUPP);
	c.kind = IOMMUFDX_HW_AMD;
	c.caps = MODEL_CAP_RANGE_INV;
	CHECK(PTR_ERR(model_create(&c, &rig.env)) == -EOPNOTSUPP);
	/* Who asks for pages has an ATC. */
	c.caps = MODEL_CAP_PRI | MODEL_CAP_PASID;
	CHECK(PTR_ERR(model_create(&c, &rig.env)) == -EINVAL);
}

static void allocation_failure_leaves_nothing(void)
{
	struct model_config c = { .kind = IOMMUFDX_HW_AMD, .name = "x" };
	struct model *m;
	long n, before = shim_objects_in_use();

	for (n = 1;; n++) {
		shim_fail_nth(n);
		m = model_create(&c, &rig.env);
		if (!IS_ERR(m))
			break;
		CHECK(PTR_ERR(m) == -ENOMEM);
		CHECK_EQ(shim_objects_in_use(), before);
	}
	shim_fail_nth(0);
	CHECK(n > 3);
	model_destroy(m);
	CHECK_EQ(shim_objects_in_use(), before);
}

static void reset_values(void)
{
	struct model_config c = {
		.kind = IOMMUFDX_HW_AMD, .caps = MODEL_CAP_DIRTY, .name = "x"
	};
	struct model *m = model_create(&c, &rig.env);
	struct iommufdx_hw *hw;

	REQUIRE(!IS_ERR(m));
	hw = model_hw(m);
	CHECK(hw->kind == IOMMUFDX_HW_AMD);
	CHECK_EQ(hw->reg_size, 0x4000);
	CHECK_EQ(hw_read64(hw, R_CONTROL), 0);
	CHECK_EQ(hw_read64(hw, R_STATUS), 0);
	CHECK_EQ(hw_read64(hw, R_DEVTAB), 0);
	CHECK_EQ(hw_read64(hw, R_CMDBASE), 8ULL << 56);
	CHECK_EQ(hw_read64(hw, R_EVTBASE), 8ULL << 56);
	/* IASup, HATS 6 levels, HASup, HDSup */
	CHECK_EQ(hw_read64(hw, 0x30),
		 1ULL << 6 | 2ULL << 10 | 1ULL << 49 | 1ULL << 52);
	CHECK_EQ(hw_read64(hw, 0x1a0), 0);
	model_destroy(m);
}

static void dirty_is_a_capability(void)
{
	rig_start(0, 0, 0);
	CHECK_EQ(rd(0x30), 1ULL << 6 | 2ULL << 10);
	rig_stop();
}

static void reserved_bits_read_zero(void)
{
	rig_start(0, MODEL_CAP_DIRTY, 0);
	wr(R_CONTROL, 0);
	wr(R_DEVTAB, ~0ULL);
	CHECK_EQ(rd(R_DEVTAB), 0x000ffffffffff1ffULL);
	wr(R_CMDBASE, ~0ULL);
	CHECK_EQ(rd(R_CMDBASE), 0x0f0ffffffffff000ULL);
	wr(R_EVTBASE, ~0ULL);
	CHECK_EQ(rd(R_EVTBASE), 0x0f0ffffffffff000ULL);
	wr(R_CMDTAIL, ~0ULL);
	CHECK_EQ(rd(R_CMDTAIL), 0x7fff0);
	wr(R_CMDHEAD, ~0ULL);
	CHECK_EQ(rd(R_CMDHEAD), 0x7fff0);
	wr(R_EVTHEAD, ~0ULL);
	CHECK_EQ(rd(R_EVTHEAD), 0x7fff0);
	wr(R_EVTTAIL, ~0ULL);
	CHECK_EQ(rd(R_EVTTAIL), 0x7fff0);
	wr(0x20, ~0ULL);
	CHECK_EQ(rd(0x20), 0x000ffffffffff003ULL);
	wr(0x28, ~0ULL);
	CHECK_EQ(rd(0x28), 0x000ffffffffff000ULL);
	/* Read-only and absent ones. */
	wr(0x30, ~0ULL);
	CHECK_EQ(rd(0x30), 1ULL << 6 | 2ULL << 10 | 1ULL << 49 | 1ULL << 52);
	wr(0x38, ~0ULL);
	CHECK_EQ(rd(0x38), 0);
	wr(R_CONTROL, ~0ULL);
	CHECK_EQ(rd(R_CONTROL), 0x1ffd);
	rig_stop();
}

static void halves_are_independent(void)
{
	rig_start(0, 0, 0);
	wr(R_CONTROL, 0);
	hw_write64(rig.hw, R_CMDBASE, 0x0900001234567000ULL);
	hw_write32(rig.hw, R_CMDBASE, 0x89abc000);
	CHECK_EQ(rd(R_CMDBASE), 0x0900001289abc000ULL);
	hw_write32(rig.hw, R_CMDBASE + 4, 0x0a000034);
	CHECK_EQ(rd(R_CMDBASE), 0x0a00003489abc000ULL);
	CHECK_EQ(hw_read32(rig.hw, R_CMDBASE), 0x89abc000);
	CHECK_EQ(hw_read32(rig.hw, R_CMDBASE + 4), 0x0a000034);
	rig_stop();
}

static void outside_the_window_is_a_bus(void)
{
	rig_start(0, 0, 0);
	CHECK_EQ(hw_read32(rig.hw, 0x4000), 0xffffffff);
	CHECK_EQ(hw_read64(rig.hw, 0x4000), ~0ULL);
	CHECK_EQ(hw_read64(rig.hw, 0xfffffff8), ~0ULL);
	CHECK_EQ(hw_read32(rig.hw, 2), 0xffffffff);
	CHECK_EQ(hw_read64(rig.hw, 4), ~0ULL);
	hw_write64(rig.hw, 0x4000, 0);
	hw_write32(rig.hw, 0x1a, 0);
	CHECK_EQ(rd(R_CONTROL), C_ALL);
	rig_stop();
}

/* CmdBufRun and EventLogRun need IommuEn and their own enable bit. */
static void run_bits_follow_enables(void)
{
	rig_start(0, 0, 0);
	CHECK_EQ(rd(R_STATUS), 0x18);
	wr(R_STATUS, ~0ULL);
	CHECK_EQ(rd(R_STATUS), 0x18);
	wr(R_CONTROL, 0x1004);
	CHECK_EQ(rd(R_STATUS), 0);
	wr(R_CONTROL, 0x1005);
	CHECK_EQ(rd(R_STATUS), 0x18);
	wr(R_CONTROL, 0x1001);
	CHECK_EQ(rd(R_STATUS), 0x10);
	wr(R_CONTROL, 0x5);
	CHECK_EQ(rd(R_STATUS), 0x8);
	rig_stop();
}

static void base_write_resets_pointers(void)
{
	rig_start(0, 0, 0);
	wr(R_CONTROL, 0);
	wr(R_CMDTAIL, 0x40);
	wr(R_CMDHEAD, 0x20);
	wr(R_EVTTAIL, 0x40);
	wr(R_EVTHEAD, 0x20);
	wr(R_CMDBASE, rig.cmds | 9ULL << 56);
	wr(R_EVTBASE, rig.evts | 9ULL << 56);
	CHECK_EQ(rd(R_CMDTAIL) | rd(R_CMDHEAD), 0);
	CHECK_EQ(rd(R_EVTTAIL) | rd(R_EVTHEAD), 0);
	rig_stop();
}

/* The machine's own pointers cannot be written while it runs. */
static void running_queues_own_their_pointer(void)
{
	rig_start(0, 0, 0);
	wr(R_CMDHEAD, 0x50);
	CHECK_EQ(rd(R_CMDHEAD), 0);
	wr(R_EVTTAIL, 0x50);
	CHECK_EQ(rd(R_EVTTAIL), 0);
	wr(R_EVTHEAD, 0x50);
	CHECK_EQ(rd(R_EVTHEAD), 0x50);
	rig_stop();
}

static int irqs;

static void count_irq(void *data)
{
	irqs++;
	CHECK(data == &irqs);
}

static void irq_lines(void)
{
	rig_start(0, 0, 0);
	CHECK(hw_set_irq(rig.hw, 3, count_irq, &irqs) == -EINVAL);
	CHECK(hw_set_irq(rig.hw, 0, count_irq, &irqs) == 0);
	CHECK(hw_set_irq(rig.hw, 0, count_irq, &irqs) == -EBUSY);
	CHECK(hw_set_irq(rig.hw, 1, count_irq, &irqs) == 0);
	CHECK(hw_set_irq(rig.hw, 2, count_irq, &irqs) == 0);
	CHECK(hw_set_irq(rig.hw, 0, NULL, NULL) == 0);
	CHECK(hw_set_irq(rig.hw, 0, NULL, NULL) == 0);
	rig_stop();
}

/* A message is sent when a status bit rises while it is enabled, not before
 * model_run(), and not again until software has cleared the bit.
 */
static void interrupts_are_edges(void)
{
	rig_start(0, 0, 0);
	irqs = 0;
	hw_set_irq(rig.hw, 0, count_irq, &irqs);
	rig_dte(RID, V, 0);	/* V = 1, TV = 0: every access faults */

	CHECK(rig_write(0x1000, 0) == -EFAULT);
	CHECK_EQ(irqs, 0);
	CHECK(rig.kicks > 0);
	CHECK_EQ(rd(R_STATUS), 0x1a);
	rig_run();
	CHECK_EQ(irqs, 1);
	rig_run();
	CHECK_EQ(irqs, 1);

	CHECK(rig_write(0x1000, 0) == -EFAULT);
	rig_run();
	CHECK_EQ(irqs, 1);

	wr(R_STATUS, 2);
	CHECK_EQ(rd(R_STATUS), 0x18);
	CHECK(rig_write(0x1000, 0) == -EFAULT);
	rig_run();
	CHECK_EQ(irqs, 2);

	/* Masked, the status bit waits for the enable bit. */
	wr(R_STATUS, 2);
	wr(R_CONTROL, C_ALL & ~8ULL);
	CHECK(rig_write(0x1000, 0) == -EFAULT);
	rig_run();
	CHECK_EQ(irqs, 2);
	CHECK_EQ(rd(R_STATUS), 0x1a);
	wr(R_CONTROL, C_ALL);
	rig_run();
	CHECK_EQ(irqs, 3);
	rig_stop();
}

int main(void)
{
	TAP_RUN(builds_only_what_exists);
	TAP_RUN(allocation_failure_leaves_nothing);
	TAP_RUN(reset_values);
	TAP_RUN(dirty_is_a_capability);
	TAP_RUN(reserved_bits_read_zero);
	TAP_RUN(halves_are_independent);
	TAP_RUN(outside_the_window_is_a_bus);
	TAP_RUN(run_bits_follow_enables);
	TAP_RUN(base_write_resets_pointers);
	TAP_RUN(running_queues_own_their_pointer);
	TAP_RUN(irq_lines);
	TAP_RUN(interrupts_are_edges);
	return tap_done();
}
