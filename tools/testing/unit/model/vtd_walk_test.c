// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d translation, mode by mode: which tables, which pages, which rights, and
 * which bits are set on the way.
 */
#include <linux/errno.h>
#include <string.h>

#include "vtd_rig.h"

#define A	0x70000000ULL		/* where things are mapped to */

static void off_means_physical(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_gcmd(TE, false);
	CHECK(vrig_lands(NO_PASID, 0x123000, 0x123000));
	vrig_gcmd(TE, true);
	CHECK(vrig_write(NO_PASID, 0x123000, 1) == -EFAULT);
	rig_stop();
}

/* ---- Second stage ---- */

static void second_stage_levels_and_sizes(void)
{
	static const u64 iovas[] = { 0, 0x7fffffe000, 0xfffffffff000,
				     0x1ffffffffffe000 };
	unsigned int levels, i, size;

	for (levels = 3; levels <= 5; levels++) {
		for (size = 1; size <= 3; size++) {
			u64 mask = (0x1000ULL << 9 * (size - 1)) - 1, iova, ss;

			vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
			ss = rig_page();
			vrig_pe(0, ss | PGTT(2) | AW(levels - 2) | P_BIT, DOM,
				0);
			for (i = 0; i <= levels - 2 && i < 4; i++) {
				iova = iovas[i] & ~mask;
				*rig_mem(vrig_ss_entry(ss, levels, size, iova)) =
					SS_RW | (size > 1 ? PS : 0) |
					0x4000000000ULL;
				CHECK(vrig_lands(NO_PASID, iova + (mask & 0xabcde8),
						 0x4000000000ULL + (mask & 0xabcde8)));
			}
			CHECK_NO_FAULT();
			rig_stop();
		}
	}
}

static void legacy_second_stage(void)
{
	u64 ss;

	vrig_start(LEGACY, 0, 0);
	ss = vrig_legacy(0);
	vrig_ss_map(ss, 0x1000, A);
	*rig_mem(vrig_ss_entry(ss, 4, 2, 0x40000000)) = SS_RW | PS | 0x80000000;
	CHECK(vrig_lands(NO_PASID, 0x1008, A + 8));
	CHECK(vrig_lands(NO_PASID, 0x40123458, 0x80123458));
	CHECK(vrig_write(NO_PASID, 0x2000, 1) == -EFAULT);
	rig_stop();
}

static void legacy_with_256_bit_descriptors(void)
{
	vrig_start(LEGACY, 0, MODEL_CAP_ANY);
	CHECK(vrig.wide);
	vrig_ss_map(vrig_legacy(0), 0x1000, A);
	CHECK(vrig_lands(NO_PASID, 0x1008, A + 8));
	vrig_inv_all();
	rig_stop();
}

static void pass_through(void)
{
	vrig_start(LEGACY, 0, 0);
	/* The pointer is ignored. */
	vrig_ctx(~0xfffULL | TT(2) | P_BIT, AW_DID(3, 0));
	CHECK(vrig_lands(NO_PASID, 0x5008, 0x5008));
	rig_stop();

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_pe(0, PGTT(4) | P_BIT, 1, 0);
	vrig_pe(3, PGTT(4) | P_BIT, 1, 0);
	CHECK(vrig_lands(NO_PASID, 0x5008, 0x5008));
	CHECK(vrig_lands(3, 0x6008, 0x6008));
	CHECK(vrig_write(2, 0x5008, 1) == -EFAULT);
	rig_stop();
}

static void second_stage_rights(void)
{
	u64 ss, val = 1;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, 0);
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x1000)) = SS_R | A;
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x2000)) = SS_W | A;
	vrig_ss_map(ss, 0x40000000, A);
	*rig_mem(vrig_ss_entry(ss, 4, 3, 0x40000000)) &= ~SS_W;
	CHECK(vrig_read(NO_PASID, 0x1000) == 0);
	CHECK(vrig_write(NO_PASID, 0x1000, 1) == -EFAULT);
	CHECK_FAULT(0x1000, FR(0x85));
	CHECK(vrig_write(NO_PASID, 0x2000, 1) == 0);
	CHECK(vrig_read(NO_PASID, 0x2000) == -EFAULT);
	CHECK_FAULT(0x2000, FR(0x86) | F_READ);
	CHECK(vrig_dma(MODEL_DMA_FETCH_ADD, NO_PASID, 0x2000, &val, 8) ==
	      -EFAULT);
	CHECK_FAULT(0x2000, FR(0x86) | F_ATOMIC);
	/* All levels together. */
	CHECK(vrig_read(NO_PASID, 0x40000000) == 0);
	CHECK(vrig_write(NO_PASID, 0x40000000, 1) == -EFAULT);
	CHECK_FAULT(0x40000000, FR(0x85));
	rig_stop();
}

static void second_stage_accessed_and_dirty(void)
{
	u64 ss, leaf, mid;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, SSADE);
	vrig_ss_map(ss, 0x1000, A);
	leaf = vrig_ss_entry(ss, 4, 1, 0x1000);
	mid = vrig_ss_entry(ss, 4, 2, 0x1000);
	CHECK(vrig_read(NO_PASID, 0x1000) == 0);
	CHECK_EQ(*rig_mem(leaf), A | SS_RW | SS_A);
	CHECK_EQ(*rig_mem(mid) & (SS_A | SS_D), SS_A);
	CHECK_EQ(*rig_mem(ss) & (SS_A | SS_D), SS_A);
	CHECK(vrig_write(NO_PASID, 0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(leaf), A | SS_RW | SS_A | SS_D);
	CHECK_EQ(*rig_mem(mid) & (SS_A | SS_D), SS_A);

	/* The entry remembers that the bit is set, until it is evicted. */
	*rig_mem(leaf) &= ~SS_D;
	CHECK(vrig_write(NO_PASID, 0x1000, 1) == 0);
	CHECK(!(*rig_mem(leaf) & SS_D));
	CHECK_EQ(model_check(rig.m), 1);
	vrig_cmd(0xf2 | DOM << 16, 0x1000);
	CHECK(vrig_write(NO_PASID, 0x1000, 1) == 0);
	CHECK(*rig_mem(leaf) & SS_D);

	/* A write that is refused leaves nothing. */
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x3000)) = SS_R | A;
	CHECK(vrig_write(NO_PASID, 0x3000, 1) == -EFAULT);
	CHECK_EQ(*rig_mem(vrig_ss_entry(ss, 4, 1, 0x3000)), SS_R | A);
	rig_stop();
}

static void without_ssade_no_bits(void)
{
	u64 ss;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, 0);
	vrig_ss_map(ss, 0x1000, A);
	CHECK(vrig_write(NO_PASID, 0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(vrig_ss_entry(ss, 4, 1, 0x1000)), A | SS_RW);
	rig_stop();
}

/* ---- First stage ---- */

static void first_stage_levels_and_sizes(void)
{
	static const u64 low[] = { 0x7fffffffe000, 0xffffffffffe000 };
	static const u64 high[] = { 0xffff800000000000, 0xff00000000000000 };
	unsigned int levels, size;

	for (levels = 4; levels <= 5; levels++) {
		for (size = 1; size <= 3; size++) {
			u64 mask = (0x1000ULL << 9 * (size - 1)) - 1, fs;
			u64 iovas[] = { low[levels - 4] & ~mask,
					high[levels - 4] };
			int i;

			vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
			fs = rig_page();
			vrig_pe(5, PGTT(1) | P_BIT, DOM | PWSNP,
				fs | (levels == 5 ? FS5 : 0));
			for (i = 0; i < 2; i++) {
				*rig_mem(vrig_fs_entry(fs, levels, size,
						       iovas[i])) =
					FS_ALL | (size > 1 ? PS : 0) |
					0x4000000000ULL;
				CHECK(vrig_lands(5, iovas[i] + (mask & 0x3456788),
						 0x4000000000ULL + (mask & 0x3456788)));
			}
			CHECK_NO_FAULT();
			rig_stop();
		}
	}
}

static void first_stage_bits(void)
{
	u64 fs, leaf;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(1);
	vrig_fs_map(fs, 0x1000, A);
	leaf = vrig_fs_entry(fs, 4, 1, 0x1000);
	CHECK(vrig_read(1, 0x1000) == 0);
	CHECK_EQ(*rig_mem(leaf), A | FS_ALL | FS_A);
	CHECK_EQ(*rig_mem(fs) & (FS_A | FS_D | FS_EA), FS_A);
	CHECK(vrig_write(1, 0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(leaf), A | FS_ALL | FS_A | FS_D);
	CHECK_EQ(*rig_mem(fs) & (FS_A | FS_D | FS_EA), FS_A);

	/* With EAFE, the extended accessed bit as well. */
	vrig_pe(2, PGTT(1) | P_BIT, DOM | PWSNP, fs | EAFE);
	CHECK(vrig_write(2, 0x1000, 1) == 0);
	CHECK_EQ(*rig_mem(leaf), A | FS_ALL | FS_A | FS_D | FS_EA);
	CHECK_EQ(*rig_mem(fs) & (FS_A | FS_D | FS_EA), FS_A | FS_EA);
	rig_stop();
}

static int privileged(enum model_dma_op op, u32 pasid, u64 iova)
{
	u64 val = 1;
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = iova, .buf = &val, .len = 8,
		.has_pasid = true, .pasid = pasid, .priv = true,
	};

	return model_dma(rig.m, &txn);
}

static void user_and_supervisor(void)
{
	u64 fs;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(1);
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) = P_BIT | FS_RW | A;
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x2000)) = P_BIT | FS_US | A;
	CHECK(vrig_read(1, 0x1000) == -EFAULT);
	CHECK_FAULT(0x1000, FR(0x81) | F_READ | F_PASID(1));
	CHECK(vrig_write(1, 0x2000, 1) == -EFAULT);
	CHECK_FAULT(0x2000, FR(0x85) | F_PASID(1));
	CHECK(privileged(MODEL_DMA_READ, 1, 0x1000) == -EFAULT);
	CHECK_FAULT(0x1000, FR(0x5d) | F_READ | F_PASID(1) | F_PRIV);

	/* SRE allows supervisors; without WPE read-only does not bind them. */
	vrig_pe(2, PGTT(1) | P_BIT, DOM | PWSNP, fs | SRE);
	CHECK(privileged(MODEL_DMA_WRITE, 2, 0x1000) == 0);
	CHECK(privileged(MODEL_DMA_WRITE, 2, 0x2000) == 0);
	CHECK(*rig_mem(vrig_fs_entry(fs, 4, 1, 0x2000)) & FS_D);
	CHECK(vrig_read(2, 0x1000) == -EFAULT);
	CHECK_FAULT(0x1000, FR(0x81) | F_READ | F_PASID(2));
	vrig_pe(3, PGTT(1) | P_BIT, DOM | PWSNP, fs | SRE | WPE);
	CHECK(privileged(MODEL_DMA_WRITE, 3, 0x1000) == 0);
	CHECK(privileged(MODEL_DMA_WRITE, 3, 0x2000) == -EFAULT);
	CHECK_FAULT(0x2000, FR(0x85) | F_PASID(3) | F_PRIV);
	rig_stop();
}

static void requests_without_pasid(void)
{
	u64 a, b;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	a = vrig_first(0);
	b = vrig_first(9);
	vrig_fs_map(a, 0x1000, A);
	vrig_fs_map(b, 0x1000, A + 0x1000);
	CHECK(vrig_lands(NO_PASID, 0x1000, A));
	CHECK(vrig_lands(9, 0x1000, A + 0x1000));
	/* RID_PASID, and RID_PRIV: supervisor's */
	vrig_ctx(vrig.pdir | P_BIT | PASIDE, 9);
	vrig_inv_ctx();
	CHECK(vrig_lands(NO_PASID, 0x1000, A + 0x1000));
	vrig_ctx(vrig.pdir | P_BIT | PASIDE, 9 | 1ULL << 20);
	vrig_inv_ctx();
	CHECK(vrig_read(NO_PASID, 0x1000) == -EFAULT);
	CHECK_FAULT(0x1000, FR(0x5d) | F_READ);
	rig_stop();
}

static void other_devices_have_their_own_entries(void)
{
	u64 val = 5, upper, a, table;
	struct model_txn txn = {
		.rid = 0x1f9, .op = MODEL_DMA_WRITE, .iova = 0x1000,
		.buf = &val, .len = 8,
	};

	/* Bus 1, device 31: the upper half of the second root entry. */
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	upper = rig_page();
	*rig_mem(vrig.root + 0x18) = upper | P_BIT;
	*rig_mem(upper + 0x79 * 32) = vrig.pdir | P_BIT | 1 << 9;
	*rig_mem(upper + 0x79 * 32 + 8) = 0x3fc1;	/* the last table */
	table = rig_page();
	*rig_mem(vrig.pdir + 0xff * 8) = table | P_BIT;
	a = rig_page();
	*rig_mem(table + 64) = PGTT(1) | P_BIT;
	*rig_mem(table + 64 + 8) = DOM | PWSNP;
	*rig_mem(table + 64 + 16) = a;
	vrig_fs_map(a, 0x1000, A);
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK_EQ(*rig_mem(A), 5);
	rig_stop();

	vrig_start(LEGACY, 0, 0);
	upper = rig_page();
	*rig_mem(vrig.root + 0x10) = upper | P_BIT;
	a = rig_page();
	*rig_mem(upper + 0xf9 * 16) = a | P_BIT;
	*rig_mem(upper + 0xf9 * 16 + 8) = AW_DID(2, 7);
	vrig_ss_map(a, 0x1000, A);
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK_EQ(*rig_mem(A), 5);
	rig_stop();
}

/* ---- Nested ---- */

static void nested_walk(void)
{
	u64 fs, ss, table, pa, gpa = 0x5000000;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_nested(4, SSADE, &fs, &ss);
	/* The top table is elsewhere than its GPA says. */
	vrig_pe(4, ss | PGTT(3) | AW(2) | P_BIT | SSADE, DOM | PWSNP, gpa);
	vrig_ss_map(ss, gpa, fs);
	vrig_fs_map(fs, 0x1000, 0x9000000);
	table = *rig_mem(fs) & ~0xfffULL;
	vrig_ss_identity(ss, table, 3);
	vrig_ss_map(ss, 0x9000000, A);
	CHECK(vrig_read(4, 0x1000) == 0);
	/* A bit set in a first-stage entry is a write in the second stage. */
	CHECK(*rig_mem(fs) & FS_A);
	pa = vrig_ss_entry(ss, 4, 1, gpa);
	CHECK_EQ(*rig_mem(pa) & (SS_A | SS_D), SS_A | SS_D);
	pa = vrig_ss_entry(ss, 4, 1, 0x9000000);
	CHECK_EQ(*rig_mem(pa) & (SS_A | SS_D), SS_A);
	CHECK_EQ(*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) & (FS_A | FS_D),
		 FS_A);
	CHECK(vrig_lands(4, 0x1000, A));
	CHECK_EQ(*rig_mem(pa) & (SS_A | SS_D), SS_A | SS_D);
	CHECK_EQ(*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) & (FS_A | FS_D),
		 FS_A | FS_D);
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

static void nested_rights_of_both(void)
{
	u64 fs, ss, i;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_nested(4, 0, &fs, &ss);
	for (i = 0; i < 4; i++)
		*rig_mem(vrig_fs_entry(fs, 4, 1, (i + 1) << 12)) =
			(0x9000000 + (i << 12)) | P_BIT | FS_US |
			(i & 1 ? FS_RW : 0);
	vrig_ss_identity(ss, fs, 16);
	for (i = 0; i < 4; i++)
		*rig_mem(vrig_ss_entry(ss, 4, 1, 0x9000000 + (i << 12))) =
			(A + (i << 12)) | SS_R | (i & 2 ? SS_W : 0);
	for (i = 0; i < 4; i++) {
		CHECK(vrig_read(4, (i + 1) << 12) == 0);
		CHECK(vrig_write(4, (i + 1) << 12, 1) == (i == 3 ? 0 : -EFAULT));
		if (i != 3)
			CHECK_FAULT((i + 1) << 12, FR(0x85) | F_PASID(4));
	}
	rig_stop();
}

/* The smaller page of the two stages counts. */
static void nested_page_sizes(void)
{
	u64 fs, ss;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_nested(4, 0, &fs, &ss);
	*rig_mem(vrig_fs_entry(fs, 4, 2, 0x200000)) = FS_ALL | PS | 0x8000000;
	vrig_fs_map(fs, 0x40000000, 0x9001000);
	vrig_ss_identity(ss, fs, 16);
	vrig_ss_map(ss, 0x8003000, A);
	vrig_ss_map(ss, 0x8004000, A + 0x5000);
	*rig_mem(vrig_ss_entry(ss, 4, 2, 0x9000000)) = SS_RW | PS | 0xa0000000;
	CHECK(vrig_lands(4, 0x203008, A + 8));
	CHECK(vrig_lands(4, 0x204008, A + 0x5008));
	CHECK(vrig_lands(4, 0x40000010, 0xa0001010));
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* ---- Transactions ---- */

static void transactions_cross_pages(void)
{
	u8 out[6000], in[6000];
	u64 fs, i;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(1);
	vrig_fs_map(fs, 0x1000, A + 0x5000);
	vrig_fs_map(fs, 0x2000, A);
	for (i = 0; i < sizeof(out); i++)
		out[i] = i * 7;
	CHECK(vrig_dma(MODEL_DMA_WRITE, 1, 0x1100, out, sizeof(out)) == 0);
	CHECK(vrig_dma(MODEL_DMA_READ, 1, 0x1100, in, sizeof(in)) == 0);
	CHECK(!memcmp(in, out, sizeof(in)));
	CHECK(!memcmp(rig_mem(A), out + 0xf00, 64));
	rig_stop();
}

static void interrupt_range_is_not_memory(void)
{
	u64 fs, ss, val = 3;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, 0);
	vrig_ss_map(ss, 0xfee00000, A);
	/* Without PASID: an interrupt, which nobody takes; no fault. */
	CHECK(vrig_write(NO_PASID, 0xfee00000, 3) == -EIO);
	CHECK_NO_FAULT();
	/* With a PASID it is an address like any other... */
	fs = vrig_first(1);
	vrig_fs_map(fs, 0xfee00000, A);
	CHECK(vrig_dma(MODEL_DMA_WRITE, 1, 0xfee00000, &val, 8) == 0);
	CHECK_EQ(*rig_mem(A), 3);
	rig_stop();
}

int main(void)
{
	TAP_RUN(off_means_physical);
	TAP_RUN(second_stage_levels_and_sizes);
	TAP_RUN(legacy_second_stage);
	TAP_RUN(legacy_with_256_bit_descriptors);
	TAP_RUN(pass_through);
	TAP_RUN(second_stage_rights);
	TAP_RUN(second_stage_accessed_and_dirty);
	TAP_RUN(without_ssade_no_bits);
	TAP_RUN(first_stage_levels_and_sizes);
	TAP_RUN(first_stage_bits);
	TAP_RUN(user_and_supervisor);
	TAP_RUN(requests_without_pasid);
	TAP_RUN(other_devices_have_their_own_entries);
	TAP_RUN(nested_walk);
	TAP_RUN(nested_rights_of_both);
	TAP_RUN(nested_page_sizes);
	TAP_RUN(transactions_cross_pages);
	TAP_RUN(interrupt_range_is_not_memory);
	return tap_done();
}
