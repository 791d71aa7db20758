// SPDX-License-Identifier: GPL-2.0-only
/* AMD device table entries: what each says about a transaction, and events. */
#include <linux/errno.h>

#include "rig.h"

#define PASS_IOVA	0x20000000ULL	/* memory answers there too */

static void disabled_machine_forwards(void)
{
	rig_start(0, 0, 0);
	rig_dte(RID, V, 0);
	wr(R_CONTROL, 0);
	CHECK(rig_write(PASS_IOVA, 77) == 0);
	CHECK_EQ(*rig_mem(PASS_IOVA), 77);
	CHECK_EQ(rig_stats().dev_misses, 0);
	rig_stop();
}

static void invalid_entry_forwards(void)
{
	rig_start(0, 0, 0);
	/* Nothing else of it counts, reserved bits included. */
	rig_dte(RID, ~V, ~0ULL);
	CHECK(rig_write(PASS_IOVA, 78) == 0);
	CHECK_EQ(*rig_mem(PASS_IOVA), 78);
	rig_stop();
}

static void no_translation_information_blocks(void)
{
	u64 val;

	rig_start(0, 0, 0);
	rig_dte(RID, V | RW, DOM);
	CHECK(rig_write(PASS_IOVA, 79) == -EFAULT);
	CHECK_EQ(rig_fault(), 2);
	CHECK_EQ(*rig_mem(PASS_IOVA), 0);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | RID, PASS_IOVA);
	CHECK(rig_read(PASS_IOVA, &val) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | RID, PASS_IOVA);
	CHECK_NO_EVENT();
	rig_stop();
}

static void mode_0_forwards_with_permissions(void)
{
	u64 val;

	rig_start(0, 0, 0);
	rig_dte(RID, V | TV | IR, DOM);
	*rig_mem(PASS_IOVA) = 80;
	CHECK(rig_read(PASS_IOVA, &val) == 0);
	CHECK_EQ(val, 80);
	CHECK(rig_write(PASS_IOVA, 81) == -EFAULT);
	CHECK_EQ(*rig_mem(PASS_IOVA), 80);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | EVT_PR | EVT_PE | RID,
		    PASS_IOVA);
	rig_dte(RID, V | TV | IW, DOM);
	rig_inv_dte(RID);
	CHECK(rig_write(PASS_IOVA, 81) == 0);
	CHECK(rig_read(PASS_IOVA, &val) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_PR | EVT_PE | RID, PASS_IOVA);
	rig_stop();
}

/* The size field counts pages of 128 entries, less one. */
static void table_ends_where_its_size_says(void)
{
	struct model_txn txn = {
		.rid = 0xff, .op = MODEL_DMA_PROBE, .iova = 0x5000, .len = 1,
	};

	rig_start(0, 0, 0);
	CHECK(model_dma(rig.m, &txn) == 0);
	txn.rid = 0x100;
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_EQ(txn.fault, 1);
	CHECK_EVENT(EVT(1) | EVT_TR | 0x100, 0x5000);
	wr(R_DEVTAB, rig.devtab);
	txn.rid = 0x80;
	txn.op = MODEL_DMA_WRITE;
	txn.buf = &txn;
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_EVENT(EVT(1) | EVT_RW | 0x80, 0x5000);
	txn.rid = 0xffff;
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	rig_stop();
}

static void table_without_memory(void)
{
	rig_start(0, 0, 0);
	wr(R_DEVTAB, HOLE | 1);
	CHECK(rig_write(0x5000, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 3);
	/* Master abort; the address is the entry's. */
	CHECK_EVENT(EVT(3) | EVT_RW | 1ULL << 57 | RID, HOLE + RID * 32);
	rig_stop();
}

static void check_illegal(u64 w0, u64 w1, u64 w2, u64 flags)
{
	rig_dte(RID, w0, w1);
	rig_mem(rig.devtab + RID * 32)[2] = w2;
	rig_inv_dte(RID);
	CHECK(rig_write(0x6123, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 1);
	CHECK_EVENT(EVT(1) | EVT_RW | flags | RID, 0x6123);
	CHECK_NO_EVENT();
}

static void illegal_entries(void)
{
	unsigned int bit;

	rig_start(0, MODEL_CAP_DIRTY, 0);
	check_illegal(V | TV | RW | MODE(7), 0, 0, 0);
	check_illegal(V | TV | RW | MODE(1) | HAD(2), 0, 0, 0);
	for (bit = 2; bit <= 6; bit++)
		check_illegal(V | TV | RW | 1ULL << bit, 0, 0, EVT_RZ);
	check_illegal(V | TV | RW | 1ULL << 63, 0, 0, EVT_RZ);
	/* Guest translation and page requests, which it does not have. */
	for (bit = 52; bit <= 55; bit++)
		check_illegal(V | TV | RW | 1ULL << bit, 0, 0, EVT_RZ);
	check_illegal(V | TV | RW, 1ULL << 42, 0, EVT_RZ);
	check_illegal(V | TV | RW, 0, 1 | 1ULL << 52, EVT_RZ);
	/* Without IV the interrupt half means nothing. */
	rig_mem(rig.devtab + RID * 32)[2] = 1ULL << 52;
	rig_inv_dte(RID);
	CHECK(rig_write(PASS_IOVA, 1) == 0);
	rig_stop();

	rig_start(0, 0, 0);
	check_illegal(V | TV | RW | MODE(1) | HAD(3), 0, 0, EVT_RZ);
	rig_stop();
}

static void sa_suppresses_page_faults_only(void)
{
	rig_start(0, 0, 0);
	rig_dte(RID, V | TV | MODE(1) | rig_page() | RW, DOM | 1ULL << 34);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 2);
	CHECK_NO_EVENT();
	rig_dte(RID, V | TV | MODE(7), DOM | 1ULL << 34);
	rig_inv_dte(RID);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVENT(EVT(1) | EVT_RW | RID, 0x1000);
	rig_stop();
}

static void se_reports_the_first_page_fault(void)
{
	rig_start(0, 0, 0);
	rig_dte(RID, V | TV | MODE(1) | rig_page() | RW, DOM | 1ULL << 33);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK(rig_write(0x2000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | RID, 0x1000);
	CHECK_NO_EVENT();
	rig_inv_dte(RID);
	CHECK(rig_write(0x3000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | RID, 0x3000);
	rig_stop();
}

static void exclusion_range(void)
{
	rig_start(0, 0, 0);
	rig_dte(RID, V | TV | MODE(1) | rig_page() | RW, DOM);
	wr(0x20, 0x30000000 | 3);	/* for all */
	wr(0x28, 0x30001000);
	CHECK(rig_write(0x2fffff00, 1) == -EFAULT);
	CHECK(rig_write(0x30000000, 1) == 0);
	CHECK(rig_write(0x30001ff8, 2) == 0);
	CHECK_EQ(*rig_mem(0x30001ff8), 2);
	CHECK(rig_write(0x30002000, 1) == -EFAULT);
	wr(0x20, 0x30000000 | 1);	/* for those with EX */
	CHECK(rig_write(0x30000000, 1) == -EFAULT);
	rig_dte(RID, V | TV | MODE(1) | rig_page() | RW, DOM | 1ULL << 39);
	rig_inv_dte(RID);
	CHECK(rig_write(0x30000000, 1) == 0);
	wr(0x20, 0x30000000);
	CHECK(rig_write(0x30000000, 1) == -EFAULT);
	rig_stop();
}

static void pretranslated_needs_ats(void)
{
	u64 val = 1;
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_WRITE, .iova = PASS_IOVA, .len = 8,
		.buf = &val, .translated = true,
	};

	rig_start(0, 0, 0);
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_EQ(txn.fault, 8);
	CHECK_EVENT(EVT(8) | 1ULL << 57 | RID, PASS_IOVA);
	CHECK_EQ(*rig_mem(PASS_IOVA), 0);
	rig_stop();
}

static void malformed_transactions(void)
{
	u64 val[2] = { 0 };
	struct model_txn ok = {
		.rid = RID, .op = MODEL_DMA_WRITE, .iova = PASS_IOVA, .len = 8,
		.buf = val,
	};
	struct model_txn t;

	rig_start(0, 0, 0);
#define MALFORMED(change) \
	do { \
		t = ok; \
		change; \
		CHECK(model_dma(rig.m, &t) == -EINVAL); \
	} while (0)
	MALFORMED(t.len = 0);
	MALFORMED(t.buf = NULL);
	MALFORMED(t.iova = ~0ULL - 6);
	MALFORMED(t.has_pasid = true);
	MALFORMED(t.op = (enum model_dma_op)9);
	MALFORMED(t.op = MODEL_DMA_FETCH_ADD; t.len = 4);
	MALFORMED(t.op = MODEL_DMA_FETCH_ADD; t.iova += 4);
#undef MALFORMED
	CHECK(model_dma(rig.m, &ok) == 0);
	CHECK_EQ(ok.done, 8);
	rig_stop();
}

int main(void)
{
	TAP_RUN(disabled_machine_forwards);
	TAP_RUN(invalid_entry_forwards);
	TAP_RUN(no_translation_information_blocks);
	TAP_RUN(mode_0_forwards_with_permissions);
	TAP_RUN(table_ends_where_its_size_says);
	TAP_RUN(table_without_memory);
	TAP_RUN(illegal_entries);
	TAP_RUN(sa_suppresses_page_faults_only);
	TAP_RUN(se_reports_the_first_page_fault);
	TAP_RUN(exclusion_range);
	TAP_RUN(pretranslated_needs_ats);
	TAP_RUN(malformed_transactions);
	return tap_done();
}
