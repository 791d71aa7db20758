// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d caches: they keep what they hold until a descriptor evicts it; each type
 * and granularity of invalidation evicts what it must and nothing else.
 */
#include <linux/errno.h>

#include "vtd_rig.h"

#define A	0x70000000ULL
#define B	0x78000000ULL

/* Descriptors, first words. */
#define CC(g)		(0x1ULL | (g) << 4)
#define CC_DID(d)	((u64)(d) << 16)
#define CC_SID(s)	((u64)(s) << 32)
#define CC_FM(m)	((u64)(m) << 48)
#define PC(g)		(0x7ULL | (g) << 4)
#define TLB(g)		(0xc2ULL | (g) << 4)
#define PTLB(g)		(0x6ULL | (g) << 4)
#define DID(d)		((u64)(d) << 16)
#define PASID(p)	((u64)(p) << 32)
#define IH		0x40

/* ---- Context cache ---- */

static bool lands(u32 rid, u64 iova, u64 pa)
{
	static u64 val = 0x9999;
	struct model_txn txn = {
		.rid = rid, .op = MODEL_DMA_WRITE, .iova = iova, .buf = &val,
		.len = 8,
	};

	val += 0x7654321;
	return !model_dma(rig.m, &txn) && *rig_mem(pa) == val;
}

static void legacy_ctx(u32 rid, u64 root, u32 did)
{
	*rig_mem(vrig.ctx + rid * 16) = root | P_BIT;
	*rig_mem(vrig.ctx + rid * 16 + 8) = AW_DID(2, did);
}

/* Devices 0x20, 0x24 and 0x30 pass through, by cached entries. */
static const u32 rids[] = { 0x20, 0x24, 0x30 };

static u32 cached_contexts(u64 w0)
{
	u64 table;
	u32 i, held = 0;

	vrig_start(LEGACY, 0, 0);
	table = rig_page();
	vrig_ss_map(table, 0x1000, A);
	for (i = 0; i < 3; i++) {
		legacy_ctx(rids[i], table, 5 + (i == 2));
		CHECK(lands(rids[i], 0x1000, A));
		*rig_mem(vrig.ctx + rids[i] * 16) = 0;
	}
	vrig_cmd(w0, 0);
	for (i = 0; i < 3; i++)
		held |= lands(rids[i], 0x1000, A) << i;
	rig_stop();
	return held;
}

static void context_invalidation(void)
{
	CHECK_EQ(cached_contexts(TLB(1)), 7);
	CHECK_EQ(cached_contexts(CC(1)), 0);
	CHECK_EQ(cached_contexts(CC(2) | CC_DID(5)), 4);
	CHECK_EQ(cached_contexts(CC(2) | CC_DID(6)), 3);
	CHECK_EQ(cached_contexts(CC(3) | CC_DID(5) | CC_SID(0x20)), 6);
	CHECK_EQ(cached_contexts(CC(3) | CC_DID(6) | CC_SID(0x20)), 7);
	CHECK_EQ(cached_contexts(CC(3) | CC_DID(5) | CC_SID(0x21)), 7);
	CHECK_EQ(cached_contexts(CC(3) | CC_DID(5) | CC_SID(0x20) | CC_FM(1)),
		 4);
	CHECK_EQ(cached_contexts(CC(3) | CC_DID(5) | CC_SID(0x22) | CC_FM(1)),
		 7);
	CHECK_EQ(cached_contexts(CC(3) | CC_DID(5) | CC_SID(0x22) | CC_FM(2)),
		 4);
	CHECK_EQ(cached_contexts(CC(3) | CC_DID(5) | CC_SID(0x23) | CC_FM(3)),
		 4);
}

static void context_cache_in_scalable_mode(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_pe(0, PGTT(4) | P_BIT, DOM, 0);
	CHECK(vrig_lands(NO_PASID, 0x1000, 0x1000));
	vrig_ctx(0, 0);
	CHECK(vrig_lands(NO_PASID, 0x1000, 0x1000));
	vrig_inv_pasid();
	vrig_inv_all();
	CHECK_EQ(model_check(rig.m), 1);
	vrig_cmd(CC(3) | CC_SID(RID + 1), 0);
	CHECK_EQ(model_check(rig.m), 1);
	/* The domain is not looked at. */
	vrig_cmd(CC(3) | CC_SID(RID) | CC_DID(99), 0);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(vrig_write(NO_PASID, 0x1000, 1) == -EFAULT);
	/* What is not present is not cached. */
	vrig_ctx(vrig.pdir | P_BIT, 0);
	CHECK(vrig_lands(NO_PASID, 0x1000, 0x1000));
	vrig_ctx(0, 0);
	vrig_cmd(CC(2) | CC_DID(99), 0);
	CHECK(vrig_write(NO_PASID, 0x1000, 1) == -EFAULT);
	rig_stop();
}

/* ---- PASID cache ---- */

/* PASIDs 1, 2 (domain 5) and 1 + 64 (domain 6), all cached; who is left? */
static u32 cached_pasids(u64 w0)
{
	static const u32 pasids[] = { 1, 2, 65 };
	u64 other, pe;
	u32 i, held = 0;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	other = rig_page();
	*rig_mem(vrig.pdir + 8) = other | P_BIT;
	for (i = 0; i < 3; i++) {
		pe = i == 2 ? other + 64 : vrig_pe_addr(pasids[i]);
		*rig_mem(pe) = PGTT(4) | P_BIT;
		*rig_mem(pe + 8) = 5 + (i == 2);
		CHECK(vrig_lands(pasids[i], 0x1000, 0x1000));
		*rig_mem(pe) = 0;
	}
	vrig_cmd(w0, 0);
	for (i = 0; i < 3; i++)
		held |= vrig_lands(pasids[i], 0x1000, 0x1000) << i;
	rig_stop();
	return held;
}

static void pasid_invalidation(void)
{
	CHECK_EQ(cached_pasids(CC(1)), 7);
	CHECK_EQ(cached_pasids(TLB(1)), 7);
	CHECK_EQ(cached_pasids(PC(3)), 0);
	CHECK_EQ(cached_pasids(PC(0) | DID(5)), 4);
	CHECK_EQ(cached_pasids(PC(0) | DID(6)), 3);
	CHECK_EQ(cached_pasids(PC(1) | DID(5) | PASID(1)), 6);
	CHECK_EQ(cached_pasids(PC(1) | DID(5) | PASID(65)), 7);
	CHECK_EQ(cached_pasids(PC(1) | DID(6) | PASID(65)), 3);
	CHECK_EQ(cached_pasids(PC(1) | DID(5) | PASID(3)), 7);
}

static void stale_pasid_entry_is_found(void)
{
	u64 fs;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(3);
	vrig_fs_map(fs, 0x1000, A);
	CHECK(vrig_lands(3, 0x1000, A));
	CHECK_EQ(model_check(rig.m), 0);
	vrig_pe(3, 0, 0, 0);
	CHECK_EQ(model_check(rig.m), 1);
	vrig_cmd(PC(1) | DID(DOM) | PASID(3), 0);
	CHECK_EQ(model_check(rig.m), 0);
	/* FPD of the directory is part of what is cached. */
	CHECK(vrig_write(3, 0x1000, 1) == -EFAULT);
	rig_stop();
}

/* ---- IOTLB ---- */

/*
 * One of each: bit 0 second stage of domain 5 at 0x1000, bit 1 at 0x3000, bit 2
 * of domain 6 at 0x1000; bit 3 first stage of domain 5 PASID 3 at 0x1000, bit 4
 * at 0x3000, bit 5 PASID 4 at 0x1000; bit 6 nested of domain 5 PASID 7 at
 * 0x1000. All are cached and then unmapped; who is left?
 */
static u32 cached_translations(u64 w0, u64 w1)
{
	static const struct {
		u32 pasid;
		u64 iova;
	} where[] = {
		{ 1, 0x1000 }, { 1, 0x3000 }, { 2, 0x1000 }, { 3, 0x1000 },
		{ 3, 0x3000 }, { 4, 0x1000 }, { 7, 0x1000 },
	};
	u64 ss5, ss6, fs3, fs4, fs7, leaf[7];
	u32 i, held = 0;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss5 = rig_page();
	ss6 = rig_page();
	fs3 = rig_page();
	fs4 = rig_page();
	fs7 = rig_page();
	vrig_pe(1, ss5 | PGTT(2) | AW(2) | P_BIT, 5, 0);
	vrig_pe(2, ss6 | PGTT(2) | AW(2) | P_BIT, 6, 0);
	vrig_pe(3, PGTT(1) | P_BIT, 5 | PWSNP, fs3);
	vrig_pe(4, PGTT(1) | P_BIT, 5 | PWSNP, fs4);
	vrig_pe(7, ss5 | PGTT(3) | AW(2) | P_BIT, 5 | PWSNP, fs7);
	leaf[0] = vrig_ss_entry(ss5, 4, 1, 0x1000);
	leaf[1] = vrig_ss_entry(ss5, 4, 1, 0x3000);
	leaf[2] = vrig_ss_entry(ss6, 4, 1, 0x1000);
	leaf[3] = vrig_fs_entry(fs3, 4, 1, 0x1000);
	leaf[4] = vrig_fs_entry(fs3, 4, 1, 0x3000);
	leaf[5] = vrig_fs_entry(fs4, 4, 1, 0x1000);
	leaf[6] = vrig_fs_entry(fs7, 4, 1, 0x1000);
	vrig_ss_identity(ss5, 0x10000000, 0x100);
	vrig_ss_map(ss5, A, A);
	for (i = 0; i < 7; i++) {
		*rig_mem(leaf[i]) = (i < 3 ? SS_RW : FS_ALL) | A;
		CHECK(vrig_lands(where[i].pasid, where[i].iova, A));
	}
	for (i = 0; i < 7; i++)
		*rig_mem(leaf[i]) = 0;
	CHECK_EQ(model_check(rig.m), 7);
	vrig_cmd(w0, w1);
	for (i = 0; i < 7; i++)
		held |= vrig_lands(where[i].pasid, where[i].iova, A) << i;
	rig_stop();
	return held;
}

static void iotlb_invalidation(void)
{
	CHECK_EQ(cached_translations(CC(1), 0), 0x7f);
	CHECK_EQ(cached_translations(PC(3), 0), 0x7f);
	CHECK_EQ(cached_translations(TLB(1), 0), 0);
	CHECK_EQ(cached_translations(TLB(2) | DID(5), 0), 0x04);
	CHECK_EQ(cached_translations(TLB(2) | DID(6), 0), 0x7b);
	/* A page of the second stage, and whatever is nested on that. */
	CHECK_EQ(cached_translations(TLB(3) | DID(5), 0x1000), 0x3e);
	CHECK_EQ(cached_translations(TLB(3) | DID(5), 0x5000 | IH), 0x3f);
	CHECK_EQ(cached_translations(TLB(3) | DID(6), 0x1000), 0x7b);
	/* 2^AM pages, aligned */
	CHECK_EQ(cached_translations(TLB(3) | DID(5), 0x2000 | 1), 0x3d);
	CHECK_EQ(cached_translations(TLB(3) | DID(5), 0x0000 | 1), 0x3e);
	CHECK_EQ(cached_translations(TLB(3) | DID(5), 0x0000 | 2), 0x3c);
	CHECK_EQ(cached_translations(TLB(3) | DID(5), 0x4000 | 2), 0x3f);
}

static void pasid_iotlb_invalidation(void)
{
	CHECK_EQ(cached_translations(PTLB(2) | DID(5) | PASID(3), 0), 0x67);
	CHECK_EQ(cached_translations(PTLB(2) | DID(5) | PASID(4), 0), 0x5f);
	CHECK_EQ(cached_translations(PTLB(2) | DID(5) | PASID(7), 0), 0x3f);
	CHECK_EQ(cached_translations(PTLB(2) | DID(6) | PASID(3), 0), 0x7f);
	/* Not of a second stage alone. */
	CHECK_EQ(cached_translations(PTLB(2) | DID(5) | PASID(1), 0), 0x7f);
	CHECK_EQ(cached_translations(PTLB(3) | DID(5) | PASID(3), 0x1000),
		 0x77);
	CHECK_EQ(cached_translations(PTLB(3) | DID(5) | PASID(3), 0x3000 | IH),
		 0x6f);
	CHECK_EQ(cached_translations(PTLB(3) | DID(5) | PASID(3), 0x0 | 2),
		 0x67);
	CHECK_EQ(cached_translations(PTLB(3) | DID(5) | PASID(7), 0x1000),
		 0x3f);
	CHECK_EQ(cached_translations(PTLB(3) | DID(5) | PASID(3), 0x9000),
		 0x7f);
}

static void second_stage_is_tagged_by_domain_alone(void)
{
	u64 a, b;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	a = vrig_second(1, 0);
	b = vrig_second(2, 0);
	vrig_ss_map(a, 0x1000, A);
	vrig_ss_map(b, 0x1000, B);
	/* The mistake of giving one number to two tables is visible. */
	CHECK(vrig_lands(1, 0x1000, A));
	CHECK(vrig_lands(2, 0x1000, A));
	rig_stop();
}

/* One page of a large one: a first-stage invalidation finds all pieces of it. */
static void pieces_of_a_nested_page_go_together(void)
{
	u64 fs, ss, e;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_nested(4, 0, &fs, &ss);
	e = vrig_fs_entry(fs, 4, 2, 0x200000);
	*rig_mem(e) = FS_ALL | PS | 0x8000000;
	vrig_ss_identity(ss, 0x10000000, 0x100);
	vrig_ss_identity(ss, 0x8000000, 0x10);
	CHECK(vrig_lands(4, 0x203000, 0x8003000));
	*rig_mem(e) = 0;
	CHECK(vrig_lands(4, 0x203000, 0x8003000));
	vrig_cmd(PTLB(3) | DID(DOM) | PASID(4), 0x20f000);
	CHECK(vrig_write(4, 0x203000, 1) == -EFAULT);
	rig_stop();
}

/* ---- Paging structures ---- */

static void pointers_stay_until_invalidated(void)
{
	u64 fs, old, fresh, pd;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(3);
	vrig_fs_map(fs, 0x1000, A);
	vrig_fs_map(fs, 0x2000, A + 0x1000);
	pd = vrig_fs_entry(fs, 4, 2, 0x1000);
	CHECK(vrig_lands(3, 0x1000, A));
	CHECK_EQ(rig_stats().walk_entries, 3);
	/* Another table in place of the old. */
	old = *rig_mem(pd);
	fresh = rig_page();
	*rig_mem(fresh + 16) = FS_ALL | B;
	*rig_mem(pd) = FS_ALL | fresh;
	CHECK_EQ(model_check(rig.m), 2);	/* leaf and pointer */
	/* Leaves only: the next walk still uses the old table. */
	vrig_cmd(PTLB(3) | DID(DOM) | PASID(3), 0x0 | 2 | IH);
	CHECK(vrig_lands(3, 0x2000, A + 0x1000));
	CHECK(!(*rig_mem(pd) & FS_A));		/* nor is the entry looked at */
	vrig_cmd(PTLB(3) | DID(DOM) | PASID(3), 0x0 | 2);
	CHECK(vrig_lands(3, 0x2000, B));
	CHECK(*rig_mem(pd) & FS_A);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(old != *rig_mem(pd));
	rig_stop();
}

static void second_stage_pointers(void)
{
	u64 ss, fresh, pd;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, 0);
	vrig_ss_map(ss, 0x1000, A);
	vrig_ss_map(ss, 0x2000, A);
	pd = vrig_ss_entry(ss, 4, 2, 0x1000);
	CHECK(vrig_lands(NO_PASID, 0x1000, A));
	fresh = rig_page();
	*rig_mem(fresh + 8) = SS_RW | B;
	*rig_mem(fresh + 16) = SS_RW | B;
	*rig_mem(pd) = SS_RW | fresh;
	vrig_cmd(TLB(3) | DID(DOM), 0x1000 | IH);
	CHECK(vrig_lands(NO_PASID, 0x1000, A));
	vrig_cmd(TLB(3) | DID(DOM), 0x1000);
	CHECK(vrig_lands(NO_PASID, 0x1000, B));
	rig_stop();
}

static void no_cache_sees_memory(void)
{
	u64 fs, e;

	vrig_start(SCALABLE, MODEL_NO_CACHE, MODEL_CAP_ANY);
	fs = vrig_first(3);
	e = vrig_fs_entry(fs, 4, 1, 0x1000);
	*rig_mem(e) = FS_ALL | A;
	CHECK(vrig_lands(3, 0x1000, A));
	*rig_mem(e) = FS_ALL | B;
	CHECK(vrig_lands(3, 0x1000, B));
	vrig_pe(3, 0, 0, 0);
	CHECK(vrig_write(3, 0x1000, 1) == -EFAULT);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	CHECK_EQ(rig_stats().walk_entries, 0);
	rig_stop();
}

static void setting_the_root_forgets_everything(void)
{
	u64 fs;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(3);
	vrig_fs_map(fs, 0x1000, A);
	CHECK(vrig_lands(3, 0x1000, A));
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x1000)) = FS_ALL | B;
	vrig_gcmd(SRTP, true);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	CHECK_EQ(rig_stats().walk_entries, 0);
	CHECK(vrig_lands(3, 0x1000, B));
	/* The register alone changes nothing. */
	wr(R_RTADDR, HOLE | SCALABLE);
	vrig_inv_ctx();
	CHECK(vrig_lands(3, 0x1000, B));
	rig_stop();
}

/* ---- Caching mode ---- */

static void absence_is_cached_in_caching_mode(void)
{
	u64 ss, fs;

	vrig_start(SCALABLE, MODEL_CACHE_ABSENT, MODEL_CAP_ANY);
	CHECK(rd(R_CAP) & 0x80);
	CHECK(vrig_write(1, 0x1000, 1) == -EFAULT);
	ss = vrig_second(1, 0);
	CHECK(vrig_write(1, 0x1000, 1) == -EFAULT);
	CHECK_EQ(vrig_fault(), 0x59);
	CHECK_EQ(model_check(rig.m), 1);
	/* Absent entries are domain 0's. */
	vrig_cmd(PC(0) | DID(DOM), 0);
	CHECK_EQ(model_check(rig.m), 1);
	vrig_cmd(PC(1) | DID(0) | PASID(1), 0);
	CHECK_EQ(model_check(rig.m), 0);
	CHECK(vrig_write(1, 0x1000, 1) == -EFAULT);
	CHECK_EQ(vrig_fault(), 0x79);
	vrig_ss_map(ss, 0x1000, A);
	CHECK(vrig_write(1, 0x1000, 1) == -EFAULT);
	CHECK_EQ(model_check(rig.m), 1);
	vrig_cmd(TLB(3) | DID(DOM), 0x1000 | IH);
	CHECK(vrig_lands(1, 0x1000, A));
	/* A first stage is not concerned. */
	fs = vrig_first(2);
	CHECK(vrig_write(2, 0x1000, 1) == -EFAULT);
	vrig_fs_map(fs, 0x1000, A);
	CHECK(vrig_lands(2, 0x1000, A));
	rig_stop();

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	CHECK(!(rd(R_CAP) & 0x80));
	CHECK(vrig_write(1, 0x1000, 1) == -EFAULT);
	ss = vrig_second(1, 0);
	CHECK(vrig_write(1, 0x1000, 1) == -EFAULT);
	vrig_ss_map(ss, 0x1000, A);
	CHECK(vrig_lands(1, 0x1000, A));
	rig_stop();
}

/* ---- Finding what is stale ---- */

static void hits_are_checked(void)
{
	u64 fs, e;

	vrig_start(SCALABLE, MODEL_CHECK_HITS, MODEL_CAP_ANY);
	fs = vrig_first(3);
	vrig_fs_map(fs, 0x1000, A);
	e = vrig_fs_entry(fs, 4, 1, 0x1000);
	CHECK(vrig_lands(3, 0x1000, A));
	CHECK(vrig_lands(3, 0x1000, A));
	CHECK_EQ(rig_stats().stale, 0);
	*rig_mem(e) = 0;
	CHECK(vrig_lands(3, 0x1000, A));
	CHECK_EQ(rig_stats().stale, 1);
	/* Not while a command is on its way. */
	vrig_queue(PTLB(2) | DID(DOM) | PASID(3), 0);
	CHECK(vrig_lands(3, 0x1000, A));
	CHECK_EQ(rig_stats().stale, 1);
	vrig_sync();
	CHECK(vrig_write(3, 0x1000, 1) == -EFAULT);
	CHECK_EQ(rig_stats().stale, 1);
	rig_stop();
}

static void split_and_merge_are_not_stale(void)
{
	u64 ss, e, pt, i;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, 0);
	e = vrig_ss_entry(ss, 4, 2, 0x200000);
	*rig_mem(e) = SS_RW | PS | 0x80000000;
	CHECK(vrig_lands(NO_PASID, 0x234000, 0x80034000));
	pt = rig_page();
	for (i = 0; i < 512; i++)
		*rig_mem(pt + i * 8) = SS_RW | (0x80000000 + i * 0x1000);
	*rig_mem(e) = SS_RW | pt;
	CHECK_EQ(model_check(rig.m), 0);
	*rig_mem(pt + 511 * 8) = SS_RW | A;
	CHECK_EQ(model_check(rig.m), 1);
	rig_stop();
}

int main(void)
{
	TAP_RUN(context_invalidation);
	TAP_RUN(context_cache_in_scalable_mode);
	TAP_RUN(pasid_invalidation);
	TAP_RUN(stale_pasid_entry_is_found);
	TAP_RUN(iotlb_invalidation);
	TAP_RUN(pasid_iotlb_invalidation);
	TAP_RUN(second_stage_is_tagged_by_domain_alone);
	TAP_RUN(pieces_of_a_nested_page_go_together);
	TAP_RUN(pointers_stay_until_invalidated);
	TAP_RUN(second_stage_pointers);
	TAP_RUN(no_cache_sees_memory);
	TAP_RUN(setting_the_root_forgets_everything);
	TAP_RUN(absence_is_cached_in_caching_mode);
	TAP_RUN(hits_are_checked);
	TAP_RUN(split_and_merge_are_not_stale);
	return tap_done();
}
