// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 TLB: what it holds stays until a command evicts it, each command
 * evicts what it names and nothing else, and what is stale is found.
 */
#include <string.h>

#include "smmuv3_rig.h"

#define PA	0x70000000ULL

static int dma_sid(u32 sid, u64 iova)
{
	u64 val;
	struct model_txn txn = {
		.rid = sid, .op = MODEL_DMA_READ, .iova = iova, .len = 8,
		.buf = &val,
	};

	return model_dma(rig.m, &txn);
}

/* ---- Every invalidation against an oracle ---- */

/* A translation of each kind; each stream has a table of its own. */
static struct held {
	u32 sid, vmid, asid;
	unsigned int tg;	/* of STE and CD: 0 4K, 1 64K, 2 16K */
	unsigned int level;
	bool s2, global, cont;
	u64 iova;
	u64 size;
} held[128];
static int nr_held;

static void hold(u32 sid, u32 vmid, u32 asid, unsigned int tg, bool s2,
		 unsigned int level, bool global, bool cont, u64 iova)
{
	static const unsigned int shift[] = { 12, 16, 14 };
	static const unsigned int run[] = { 4, 5, 7 };
	unsigned int bits = shift[tg] + (3 - level) * (shift[tg] - 3);
	struct held *h = &held[nr_held++];
	u64 off, step = 1ULL << bits;

	*h = (struct held){ sid, vmid, asid, tg, level, s2, global, cont };
	h->size = step << (cont ? run[tg] : 0);
	h->iova = iova & ~(h->size - 1);
	for (off = 0; off < h->size; off += step)
		*rig_mem(s2 ? smmu_s2_desc(level, h->iova + off) :
			 smmu_desc(level, h->iova + off)) =
			(h->iova + off) | (level == 3 ? D_PAGE : D_BLOCK) |
			(s2 ? D_S2 : global ? D_S1 & ~D_NG : D_S1) |
			(cont ? D_CONT : 0);
}

/* A stream with pages and a block; @global: the same once more for all ASIDs. */
static void hold_stream(u32 sid, u32 vmid, u32 asid, unsigned int tg, bool s2)
{
	u64 base = 0x100000000ULL * (sid - SID + 1), i;
	u64 ste[4], cd, ttb;
	int w;

	if (s2)
		smmu_s2(tg, 0);
	else
		smmu_s1(tg, CD_A);
	for (i = 0; i < 3; i++)
		hold(sid, vmid, asid, tg, s2, 3, false, false,
		     base + (i << smmu.granule));
	hold(sid, vmid, asid, tg, s2, 3, false, false, base + 0x1000000);
	hold(sid, vmid, asid, tg, s2, 3, false, true, base + 0x6000000);
	hold(sid, vmid, asid, tg, s2, 2, false, false, base + 0x40000000);
	if (!s2) {
		hold(sid, vmid, asid, tg, s2, 3, true, false,
		     base + 0x8000000);
		hold(sid, vmid, asid, tg, s2, 2, true, false,
		     base + 0x80000000);
	}
	/* The tables were built for SID: move them. */
	cd = smmu.cd;
	ttb = s2 ? smmu.s2ttb : smmu.ttb;
	for (w = 0; w < 4; w++)
		ste[w] = *smmu_ste(SID, w);
	ste[2] = (ste[2] & ~0xffffULL) | vmid;
	if (s2)
		ste[3] = ttb;
	else
		*rig_mem(cd) = (*rig_mem(cd) & 0xffffffffffffULL) |
			       (u64)asid << 48;
	memset(smmu_ste(SID, 0), 0, 64);
	for (w = 0; w < 4; w++)
		*smmu_ste(sid, w) = ste[w];
}

/* Does the command name the translation? Straight from the specification. */
static bool named(const struct held *h, u64 w0, u64 w1)
{
	u32 op = w0 & 0xff, vmid = w0 >> 32 & 0xffff, asid = w0 >> 48;
	u64 tg = w1 >> 10 & 3, ttl = w1 >> 8 & 3, first, last, granule, scale;
	u64 addr = op == OP_S2_IPA ? w1 & 0xfffffffffff000 : w1 & ~0xfffULL;

	first = addr;
	last = addr + 0xfff;
	if (tg) {
		granule = 0x1000ULL << (2 * (tg - 1));
		first &= ~(granule - 1);
		scale = w0 >> 20 & 0x3f;
		if (scale > 39)
			scale = 39;
		last = first - 1 + (((w0 >> 12 & 0x1f) + 1) << scale) * granule;
	}
	switch (op) {
	case OP_NSNH_ALL:
		return true;
	case OP_S12_VMALL:
		return h->vmid == vmid;
	case OP_NH_ALL:
		return h->vmid == vmid && !h->s2;
	case OP_NH_ASID:
		return h->vmid == vmid && !h->s2 && !h->global &&
		       h->asid == asid;
	}
	if (h->vmid != vmid || h->s2 != (op == OP_S2_IPA))
		return false;
	if (op == OP_NH_VA && !h->global && h->asid != asid)
		return false;
	if (h->iova > last || h->iova + h->size - 1 < first)
		return false;
	if (!tg)
		return true;
	if ((tg == 1 && h->tg != 0) || (tg == 2 && h->tg != 2) ||
	    (tg == 3 && h->tg != 1))
		return false;
	return !ttl || (tg == 2 && ttl == 1) || ttl == h->level;
}

static bool hits(const struct held *h)
{
	u64 before = rig_stats().tlb_hits;

	if (dma_sid(h->sid, h->iova + h->size / 2))
		tap_fail(__FILE__, __LINE__, "%#llx of %#x is not mapped",
			 (long long)h->iova, h->sid);
	return rig_stats().tlb_hits != before;
}

static void check_command(u64 w0, u64 w1)
{
	int i;

	smmu_do(w0, w1);
	for (i = 0; i < nr_held; i++) {
		bool gone = !hits(&held[i]);

		if (gone != named(&held[i], w0, w1))
			tap_fail(__FILE__, __LINE__,
				 "%#llx %#llx: %#llx of %#x is %s",
				 (long long)w0, (long long)w1,
				 (long long)held[i].iova, held[i].sid,
				 gone ? "gone" : "there");
	}
}

static void start_held(u32 caps)
{
	int i;

	smmu_start(0, caps);
	nr_held = 0;
	hold_stream(SID + 1, 1, 1, 0, false);
	hold_stream(SID + 2, 1, 2, 0, false);
	hold_stream(SID + 3, 2, 1, 0, false);
	hold_stream(SID + 4, 1, 5, 1, false);
	hold_stream(SID + 5, 1, 6, 2, false);
	hold_stream(SID + 6, 1, 0, 0, true);
	hold_stream(SID + 7, 3, 0, 1, true);
	smmu_do(OP_CFGI_RANGE, 31);
	for (i = 0; i < nr_held; i++)
		hits(&held[i]);
	for (i = 0; i < nr_held; i++)
		CHECK(hits(&held[i]));
	CHECK_EQ(rig_stats().tlb_entries, nr_held);
}

static void each_command_by_hand(void)
{
	start_held(CAPS);
	check_command(OP_NH_ALL | C_VMID(1), 0);
	check_command(OP_NH_ALL | C_VMID(9), 0);
	check_command(OP_NH_ASID | C_VMID(1) | C_ASID(2), 0);
	check_command(OP_NH_ASID | C_VMID(2) | C_ASID(1), 0);
	check_command(OP_S12_VMALL | C_VMID(1), 0);
	check_command(OP_S12_VMALL | C_VMID(3), 0);
	check_command(OP_NSNH_ALL, 0);
	check_command(OP_NH_VA | C_VMID(1) | C_ASID(1), held[0].iova);
	check_command(OP_NH_VA | C_VMID(1) | C_ASID(9), held[6].iova);
	check_command(OP_NH_VAA | C_VMID(1), held[1].iova | C_LEAF);
	check_command(OP_S2_IPA | C_VMID(1), held[40].iova | C_LEAF);
	rig_stop();
}

static void random_commands(void)
{
	static const u64 ops[] = {
		OP_NH_VA, OP_NH_VA, OP_NH_VAA, OP_S2_IPA, OP_S2_IPA, OP_NH_ASID,
	};
	struct tap_rng rng = { tap_env("SEED", 0x5a5a) };
	unsigned int n = tap_env("OPS", 1500), i;
	u64 w0, w1, tg;

	printf("# SEED=%#llx OPS=%u\n", (long long)rng.state, n);
	start_held(CAPS);
	for (i = 0; i < n; i++) {
		const struct held *h = &held[tap_below(&rng, nr_held)];

		w0 = ops[tap_below(&rng, ARRAY_SIZE(ops))];
		w0 |= C_VMID(tap_below(&rng, 4) ? h->vmid : tap_below(&rng, 4));
		w0 |= C_ASID(tap_below(&rng, 4) ? h->asid : tap_below(&rng, 7));
		w1 = h->iova + (tap_rand(&rng) >> (20 + tap_below(&rng, 40)));
		w1 &= ~0xffeULL;
		tg = tap_below(&rng, 4);
		if (tg) {
			w0 |= C_RANGE(tap_below(&rng, 32),
				      tap_below(&rng, 2) * tap_below(&rng, 64));
			w1 |= C_TG(tg) | C_TTL(tap_below(&rng, 4));
		}
		/* Reserved: nothing in NUM, SCALE and TTL. */
		if (tg && !(w0 & 0x3f1f000) && !(w1 & 0x300))
			continue;
		check_command(w0, w1);
	}
	rig_stop();
}

/* Without range invalidation its fields mean nothing. */
static void no_ranges(void)
{
	smmu_start(0, CAPS_BUT(MODEL_CAP_RANGE_INV));
	CHECK_EQ(r32(0x0c) & 1 << 10, 0);
	smmu_s1(0, CD_A);
	smmu_map(0x1000, PA | D_S1);
	smmu_map(0x2000, PA | D_S1);
	CHECK(dma_sid(SID, 0x1000) == 0);
	CHECK(dma_sid(SID, 0x2000) == 0);
	smmu_do(OP_NH_VA | C_ASID(ASID) | C_RANGE(31, 5),
		0x1000 | C_TG(3) | C_TTL(1));
	CHECK_EQ(rig_stats().tlb_entries, 1);
	rig_stop();
}

/* ---- Nested ---- */

/* Combined entries are of the VMID's stage 1: not evicted by IPA. */
static void combined_entries(void)
{
	u64 ipa = 0x2345000;

	smmu_start(0, CAPS);
	smmu_nested(CD_R | CD_A, STE_S2R);
	smmu_map(0x1000, ipa | D_S1);
	smmu_map2(ipa, PA | D_S2);
	CHECK(rig_lands(0x1000, PA));
	smmu_map2(ipa, (PA + 0x1000) | D_S2);
	smmu_do(OP_S2_IPA | C_VMID(VMID), ipa);
	CHECK(rig_lands(0x1000, PA));
	smmu_do(OP_NH_VA | C_VMID(VMID) | C_ASID(ASID), 0x1000);
	CHECK(rig_lands(0x1000, PA + 0x1000));
	/* The other way round, stage 2's own entry is left. */
	smmu_map2(ipa, (PA + 0x2000) | D_S2);
	smmu_do(OP_NH_ALL | C_VMID(VMID), 0);
	CHECK(rig_lands(0x1000, PA + 0x1000));
	smmu_do(OP_S12_VMALL | C_VMID(VMID), 0);
	CHECK(rig_lands(0x1000, PA + 0x2000));
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* A block of stage 1 in pieces, as stage 2 has pages: one VA evicts all. */
static void pieces_of_a_block(void)
{
	u64 i, ipa = 0x2400000;

	smmu_start(0, CAPS);
	smmu_nested(CD_R | CD_A, STE_S2R);
	*rig_mem(smmu_desc(2, 0x200000)) = ipa | D_S1 | D_BLOCK;
	for (i = 0; i < 8; i++) {
		smmu_map2(ipa + i * 0x1000, (PA + i * 0x3000) | D_S2);
		CHECK(rig_lands(0x200000 + i * 0x1000, PA + i * 0x3000));
	}
	*rig_mem(smmu_desc(2, 0x200000)) = 0;
	smmu_do(OP_NH_VA | C_VMID(VMID) | C_ASID(ASID), 0x1ff000);
	CHECK(rig_write(0x200000, 1) == 0);
	/* As a block is what it was: other levels do not name it. */
	smmu_do(OP_NH_VA | C_VMID(VMID) | C_ASID(ASID) | C_RANGE(7, 0),
		0x200000 | C_TG(1) | C_TTL(3));
	CHECK(rig_write(0x200000, 1) == 0);
	smmu_do(OP_NH_VA | C_VMID(VMID) | C_ASID(ASID),
		0x3ff000 | C_LEAF);
	for (i = 0; i < 8; i++)
		CHECK(rig_write(0x200000 + i * 0x1000, 1) == -EFAULT);
	rig_stop();
}

/* ---- Walk cache ---- */

/* A table that is replaced: an invalidation of leaves alone is too little. */
static void leaf_leaves_tables(void)
{
	u64 table;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, PA | D_S1);
	CHECK(rig_lands(0x1000, PA));
	CHECK_EQ(rig_stats().walk_entries, 1);
	table = smmu_alloc(0);
	*rig_mem(table + 8) = (PA + 0x1000) | D_S1 | D_PAGE;
	*rig_mem(smmu_desc(2, 0)) = table | D_TABLE;
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1000 | C_LEAF);
	CHECK(rig_lands(0x1000, PA));
	/* Another address of the same table names it, one of another does not. */
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x200000);
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1000 | C_LEAF);
	CHECK(rig_lands(0x1000, PA));
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1ff000);
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1000 | C_LEAF);
	CHECK(rig_lands(0x1000, PA + 0x1000));
	rig_stop();
}

/* ---- Staleness ---- */

static void translations_stay_until_invalidated(void)
{
	u64 e, val;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	e = smmu_desc(3, 0x1000);
	*rig_mem(e) = PA | D_S1 | D_PAGE;
	CHECK(rig_lands(0x1000, PA));
	*rig_mem(e) = (PA + 0x1000) | D_S1 | D_PAGE;
	CHECK(rig_lands(0x1000, PA));
	*rig_mem(e) = 0;
	CHECK(rig_lands(0x1000, PA));
	CHECK_EQ(model_check(rig.m), 1);
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x1000);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EQ(model_check(rig.m), 0);
	/* What is absent is not cached. */
	*rig_mem(e) = PA | D_S1 | D_PAGE | D_AP_RO;
	CHECK(rig_read(0x1000, &val) == 0);
	/* A permission is. */
	*rig_mem(e) &= ~D_AP_RO;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EQ(model_check(rig.m), 1);
	rig_stop();
}

/* The stream goes, its ASID stays: the table it had is still looked at. */
static void check_after_detach(void)
{
	u64 e;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	e = smmu_desc(3, 0x1000);
	*rig_mem(e) = PA | D_S1 | D_PAGE;
	CHECK(rig_lands(0x1000, PA));
	*smmu_ste(SID, 0) = 1;
	smmu_cfgi();
	CHECK_EQ(model_check(rig.m), 0);
	*rig_mem(e) = 0;
	CHECK_EQ(model_check(rig.m), 1);
	smmu_do(OP_NH_ASID | C_ASID(ASID), 0);
	CHECK_EQ(model_check(rig.m), 0);
	/* An ASID given to another table before it was invalidated. */
	*rig_mem(e) = PA | D_S1 | D_PAGE;
	*smmu_ste(SID, 0) = smmu.cd | 5 << 1 | 1;
	smmu_cfgi();
	CHECK(rig_lands(0x1000, PA));
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, (PA + 0x1000) | D_S1);
	CHECK(rig_lands(0x1000, PA));
	CHECK_EQ(model_check(rig.m), 1);
	rig_stop();
}

static void check_knows_a_split_block(void)
{
	u64 e, table, i;

	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A);
	e = smmu_desc(2, 0x200000);
	*rig_mem(e) = PA | D_S1 | D_BLOCK;
	CHECK(rig_lands(0x200000, PA));
	table = smmu_alloc(0);
	for (i = 0; i < 512; i++)
		*rig_mem(table + i * 8) = (PA + i * 0x1000) | D_S1 | D_PAGE;
	*rig_mem(e) = table | D_TABLE;
	CHECK_EQ(model_check(rig.m), 0);
	*rig_mem(table + 511 * 8) ^= 0x1000000;
	CHECK_EQ(model_check(rig.m), 1);
	rig_stop();
}

static void stale_hits_are_counted(void)
{
	u64 e;

	smmu_start(MODEL_CHECK_HITS, CAPS);
	smmu_nested(CD_R | CD_A, STE_S2R);
	e = smmu_desc(3, 0x1000);
	*rig_mem(e) = (PA + IPA_OFF) | D_S1 | D_PAGE;
	CHECK(rig_lands(0x1000, PA));
	CHECK(rig_lands(0x1000, PA));
	CHECK_EQ(rig_stats().stale, 0);
	*rig_mem(e) = 0;
	/* An invalidation is queued: the driver knows. */
	smmu_queue(OP_NH_VA | C_VMID(VMID) | C_ASID(ASID), 0x5000);
	CHECK(rig_lands(0x1000, PA));
	CHECK_EQ(rig_stats().stale, 0);
	/* It was another page's. */
	rig_run();
	CHECK(rig_lands(0x1000, PA));
	CHECK_EQ(rig_stats().stale, 1);
	rig_stop();
}

/* A block over pages that are cached: a conflict without BBM level 2. */
static void merging_without_break_before_make(void)
{
	u64 i, e, block = PA | D_S1 | D_BLOCK;

	smmu_start(0, CAPS_BUT(MODEL_CAP_BBM | MODEL_CAP_BBM_NT));
	CHECK_EQ(r32(0x0c) >> 11 & 3, 0);
	smmu_s1(0, CD_R | CD_A);
	for (i = 0; i < 512; i++)
		smmu_map(0x200000 + i * 0x1000, (PA + i * 0x1000) | D_S1);
	e = smmu_desc(2, 0x200000);
	CHECK(rig_lands(0x200000, PA));
	*rig_mem(e) = block;
	smmu_do(OP_NH_VA | C_ASID(ASID), 0x201000);
	CHECK(rig_lands(0x201000, PA + 0x1000));
	CHECK(rig_write(0x200008, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x20), 0, 0x200008, 0);
	rig_stop();
}

/* BBM level 1: a block with nT is kept nowhere, so it may become a table. */
static void splitting_by_way_of_nt(void)
{
	static const u32 caps[] = { MODEL_CAP_BBM | MODEL_CAP_BBM_NT,
				    MODEL_CAP_BBM };
	u64 nt = 1ULL << 16, block = PA | D_S1 | D_BLOCK, table, e, i;
	unsigned int level;

	for (level = 0; level < 2; level++) {
		smmu_start(0, CAPS_BUT(caps[level]));
		CHECK_EQ(r32(0x0c) >> 11 & 3, level);
		smmu_s1(0, CD_R | CD_A);
		e = smmu_desc(2, 0x200000);
		*rig_mem(e) = block;
		CHECK(rig_lands(0x201000, PA + 0x1000));
		CHECK_EQ(rig_stats().tlb_entries, 1);
		*rig_mem(e) = block | nt;
		smmu_do(OP_NH_VA | C_ASID(ASID), 0x200000);
		CHECK(rig_lands(0x201000, PA + 0x1000));
		CHECK_EQ(rig_stats().tlb_entries, !level);
		table = rig_page();
		for (i = 0; i < 512; i++)
			*rig_mem(table + i * 8) = (PA + i * 0x1000) | D_S1 |
						  D_PAGE;
		*rig_mem(e) = table | D_TABLE;
		CHECK(rig_lands(0x201000, PA + 0x1000));
		CHECK(rig_lands(0x202000, PA + 0x2000));
		/* Where nT means nothing the block is still there. */
		CHECK_EQ(rig_stats().tlb_entries, level ? 2 : 1);
		CHECK_NO_EVT();
		rig_stop();
	}
}

int main(void)
{
	TAP_RUN(each_command_by_hand);
	TAP_RUN(random_commands);
	TAP_RUN(no_ranges);
	TAP_RUN(combined_entries);
	TAP_RUN(pieces_of_a_block);
	TAP_RUN(leaf_leaves_tables);
	TAP_RUN(translations_stay_until_invalidated);
	TAP_RUN(check_after_detach);
	TAP_RUN(check_knows_a_split_block);
	TAP_RUN(stale_hits_are_counted);
	TAP_RUN(merging_without_break_before_make);
	TAP_RUN(splitting_by_way_of_nt);
	return tap_done();
}
