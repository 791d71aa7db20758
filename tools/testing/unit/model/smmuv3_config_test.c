// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 stream table entries and context descriptors: which are legal, which
 * one a transaction gets, the events of those that are not, and the caches.
 */
#include <string.h>

#include "smmuv3_rig.h"

#define PA	0x70000000ULL

static int dma_ssid(u32 sid, u32 ssid, u64 iova)
{
	u64 val = 1;
	struct model_txn txn = {
		.rid = sid, .pasid = ssid, .has_pasid = true,
		.op = MODEL_DMA_WRITE, .iova = iova, .len = 8, .buf = &val,
	};

	return model_dma(rig.m, &txn);
}

static int dma_sid(u32 sid, u64 iova)
{
	u64 val = 1;
	struct model_txn txn = {
		.rid = sid, .op = MODEL_DMA_WRITE, .iova = iova, .len = 8,
		.buf = &val,
	};

	return model_dma(rig.m, &txn);
}

static void bypass_and_abort(void)
{
	smmu_start(0, CAPS);
	/* Not valid. */
	CHECK(rig_write(PA, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x04), 0, 0, 0);
	*smmu_ste(SID, 0) = 4 << 1 | 1;
	smmu_cfgi();
	CHECK(rig_lands(PA + 0x1000, PA + 0x1000));
	/* More than the output size. */
	CHECK(rig_write(1ULL << 48, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x11), E_IN, 1ULL << 48, 0);
	/* A substream needs stage 1. */
	CHECK(dma_ssid(SID, 1, PA) == -EFAULT);
	CHECK_EVT(EVT0(0x08) | 1 << 12 | 1 << 11, 0, 0, 0);
	/* Abort: 0 to 3; nothing is recorded. */
	*smmu_ste(SID, 0) = 0 << 1 | 1;
	smmu_cfgi();
	CHECK(rig_write(PA, 1) == -EFAULT);
	CHECK_EQ(rig_fault(), 0);
	*smmu_ste(SID, 0) = 3 << 1 | 1;
	smmu_cfgi();
	CHECK(rig_write(PA, 1) == -EFAULT);
	CHECK_NO_EVT();
	rig_stop();
}

/* Each STE is legal but for one field. */
static void illegal_stes(void)
{
	static const struct {
		bool s2, nested;
		unsigned int word;
		u64 clear, set;
	} t[] = {
		{ false, false, 1, 0, 2ULL << 30 },		/* STRW */
		{ false, false, 0, 0, 21ULL << 59 },		/* S1CDMax */
		{ false, false, 0, 0, 1ULL << 59 | 3 << 4 },	/* S1Fmt */
		{ false, false, 0, 0, 1ULL << 48 },		/* S1ContextPtr */
		{ false, false, 1, 0, STE_EATS(2) },		/* not nested */
		{ false, false, 1, 0, STE_EATS(3) },
		{ true, false, 2, 1ULL << 51, 0 },		/* S2AA64 */
		{ true, false, 2, 0, 1ULL << 52 },		/* S2ENDI */
		{ true, false, 2, 0, 3ULL << 46 },		/* S2TG */
		{ true, false, 2, 0x3fULL << 32, 15ULL << 32 },	/* S2T0SZ */
		{ true, false, 2, 0x3fULL << 32, 40ULL << 32 },
		{ true, false, 2, 0, 3ULL << 38 },		/* S2SL0 */
		{ true, false, 2, 3ULL << 38, 2ULL << 38 },	/* too few bits */
		{ true, false, 2, 3ULL << 38, 0 },		/* too many */
		{ true, false, 3, 0, 1ULL << 48 },		/* S2TTB */
		{ true, false, 1, 0, STE_EATS(2) },
	};
	u64 old;
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		smmu_start(0, CAPS);
		if (t[i].s2) {
			smmu_s2(0, STE_S2R);
			smmu_map2(0x1000, PA | D_S2);
		} else {
			smmu_s1(0, CD_R | CD_A);
			smmu_map(0x1000, PA | D_S1);
		}
		CHECK(rig_write(0x1000, 1) == 0);
		old = *smmu_ste(SID, t[i].word);
		*smmu_ste(SID, t[i].word) = (old & ~t[i].clear) | t[i].set;
		smmu_cfgi();
		if (rig_write(0x1000, 1) != -EFAULT)
			tap_fail(__FILE__, __LINE__, "%d is legal", i);
		CHECK_EVT(EVT0(0x04), 0, 0, 0);
		rig_stop();
	}
	/* Split-stage ATS is for nested streams whose stage 2 does not stall. */
	smmu_start(0, CAPS);
	smmu_nested(CD_R | CD_A, STE_S2R);
	smmu_map(0x1000, (PA + IPA_OFF) | D_S1);
	*smmu_ste(SID, 1) = STE_EATS(2);
	smmu_cfgi();
	CHECK(rig_write(0x1000, 1) == 0);
	*smmu_ste(SID, 2) |= STE_S2S;
	smmu_cfgi();
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x04), 0, 0, 0);
	rig_stop();
	/* No stage 2 in this machine. */
	smmu_start(0, CAPS_BUT(MODEL_CAP_NEST));
	smmu_s2(0, STE_S2R);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x04), 0, 0, 0);
	rig_stop();
}

static void illegal_cds(void)
{
	static const struct {
		unsigned int word;
		u64 clear, set;
	} t[] = {
		{ 0, 1ULL << 31, 0 },			/* V */
		{ 0, 1ULL << 41, 0 },			/* AA64 */
		{ 0, 0, 1ULL << 15 },			/* ENDI */
		{ 0, 0, 3ULL << 6 },			/* TG0 */
		{ 0, 0x3f, 15 },			/* T0SZ */
		{ 0, 0x3f, 40 },
		{ 1, 0, 1ULL << 48 },			/* TTB0 */
		{ 0, CD_EPD1, 25ULL << 16 },		/* TG1 0 is reserved */
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		smmu_start(0, CAPS);
		smmu_s1(0, CD_R | CD_A);
		smmu_map(0x1000, PA | D_S1);
		CHECK(rig_write(0x1000, 1) == 0);
		*smmu_cd(t[i].word) = (*smmu_cd(t[i].word) & ~t[i].clear) |
				      t[i].set;
		smmu_cfgi();
		if (rig_write(0x1000, 1) != -EFAULT)
			tap_fail(__FILE__, __LINE__, "%d is legal", i);
		CHECK_EVT(EVT0(0x0a), 0, 0, 0);
		rig_stop();
	}
	/* A stream that may not stall. */
	smmu_start(0, CAPS);
	smmu_s1(0, CD_R | CD_A | CD_S);
	*smmu_ste(SID, 1) = 1 << 27;
	smmu_cfgi();
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x0a), 0, 0, 0);
	rig_stop();
}

/* ---- Stream tables ---- */

static void stream_ids(void)
{
	smmu_start(0, CAPS);
	CHECK(dma_sid(256, PA) == -EFAULT);
	CHECK_EVT(256ULL << 32 | 0x02, 0, 0, 0);
	CHECK(dma_sid(0x10000, PA) == -EFAULT);
	CHECK_EVT(0x10000ULL << 32 | 0x02, 0, 0, 0);
	/* Recorded only where that is asked for. */
	smmu_restart(0);
	w32(0x2c, 0);
	smmu_restart(0xf);
	CHECK(dma_sid(256, PA) == -EFAULT);
	CHECK_NO_EVT();
	rig_stop();
}

static void two_level_stream_table(void)
{
	u64 l1, l2;
	u32 sid;

	smmu_start(0, CAPS);
	smmu_restart(0);
	l1 = smmu_alloc(0);
	l2 = smmu_alloc(2);
	wr(0x80, l1);
	w32(0x88, 1 << 16 | 8 << 6 | 16);
	smmu_restart(0xf);
	/* SIDs 0x500 to 0x57f: span 8. */
	*rig_mem(l1 + 5 * 8) = l2 | 8;
	for (sid = 0; sid < 256; sid++)
		*rig_mem(l2 + sid * 64) = 4 << 1 | 1;
	CHECK(dma_sid(0x500, PA) == 0);
	CHECK(dma_sid(0x57f, PA) == 0);
	CHECK(dma_sid(0x580, PA) == -EFAULT);
	CHECK_EVT(0x580ULL << 32 | 0x02, 0, 0, 0);
	CHECK(dma_sid(0x600, PA) == -EFAULT);
	CHECK_EVT(0x600ULL << 32 | 0x02, 0, 0, 0);
	/* What is invalid is cached, and a leaf invalidation leaves it there. */
	*rig_mem(l1 + 6 * 8) = l2 | 9;
	smmu_do(OP_CFGI_STE | C_SID(0x600), C_LEAF);
	CHECK(dma_sid(0x600, PA) == -EFAULT);
	smmu_do(OP_CFGI_STE | C_SID(0x500), 0);
	CHECK(dma_sid(0x600, PA) == -EFAULT);
	smmu_do(OP_CFGI_STE | C_SID(0x600), 0);
	CHECK(dma_sid(0x600, PA) == 0);
	CHECK(dma_sid(0x6ff, PA) == 0);
	/* Spans that cannot be: reserved, and more than the split. */
	*rig_mem(l1 + 7 * 8) = l2 | 12;
	CHECK(dma_sid(0x700, PA) == -EFAULT);
	*rig_mem(l1 + 8 * 8) = l2 | 10;
	CHECK(dma_sid(0x800, PA) == -EFAULT);
	/* No memory there. */
	rig.hole = 0xf00000000000;
	*rig_mem(l1 + 9 * 8) = 0xf00000000000 | 9;
	smmu_restart(0xf);
	CHECK(dma_sid(0x901, PA) == -EFAULT);
	CHECK_EVT(0x901ULL << 32 | 0x03, 0, 0, 0xf00000000040);
	rig_stop();
}

/* ---- CD tables ---- */

/* A CD of @ssid at @pa that maps 0x1000 to its own page. */
static u64 make_cd(u64 pa, u32 ssid)
{
	u64 ttb = smmu_alloc(0);

	/* 30 bits: one level 1 table of one entry, a block. */
	*rig_mem(pa) = CD_BASE(0, 34) | CD_R | CD_A | (u64)(ssid + 1) << 48;
	*rig_mem(pa + 8) = ttb;
	*rig_mem(ttb) = (u64)(ssid % 64 + 1) << 30 | D_S1 | D_BLOCK;
	return pa;
}

static bool ssid_lands(u32 ssid)
{
	u64 *mem = rig_mem(((u64)(ssid % 64 + 1) << 30) + 0x1000);

	*mem = 0;
	return !dma_ssid(SID, ssid, 0x1000) && *mem == 1;
}

static void substreams_linear(void)
{
	u64 table;
	u32 i;

	smmu_start(0, CAPS);
	table = smmu_alloc(0);
	for (i = 0; i < 16; i++)
		make_cd(table + i * 64, i);
	/* Terminate what has no substream. */
	*smmu_ste(SID, 0) = table | 4ULL << 59 | 5 << 1 | 1;
	for (i = 0; i < 16; i++)
		CHECK(ssid_lands(i));
	CHECK(dma_ssid(SID, 16, 0x1000) == -EFAULT);
	CHECK_EVT(EVT0(0x08) | 16 << 12 | 1 << 11, 0, 0, 0);
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x06), 0, 0, 0);
	/* Bypass. */
	*smmu_ste(SID, 1) = 1;
	smmu_cfgi();
	CHECK(rig_lands(PA, PA));
	CHECK(ssid_lands(0));
	/* CD 0, which then is no substream's. */
	*smmu_ste(SID, 1) = 2;
	smmu_cfgi();
	CHECK(rig_lands(0x1000, (1ULL << 30) + 0x1000));
	CHECK(ssid_lands(1));
	CHECK(dma_ssid(SID, 0, 0x1000) == -EFAULT);
	CHECK_EVT(EVT0(0x06) | 1 << 11, 0, 0, 0);
	*smmu_ste(SID, 1) = 3;
	smmu_cfgi();
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x04), 0, 0, 0);
	/* Faults name the substream. */
	*smmu_ste(SID, 1) = 0;
	smmu_cfgi();
	CHECK(dma_ssid(SID, 3, 1ULL << 30) == -EFAULT);
	CHECK_EVT(EVT0(0x10) | 3 << 12 | 1 << 11, E_IN, 1ULL << 30, 0);
	/* Without substreams in the STE. */
	*smmu_ste(SID, 0) = table | 5 << 1 | 1;
	smmu_cfgi();
	CHECK(dma_ssid(SID, 0, 0x1000) == -EFAULT);
	CHECK_EVT(EVT0(0x08) | 1 << 11, 0, 0, 0);
	rig_stop();
}

static void substreams_two_level(void)
{
	unsigned int fmt, bits;
	u64 l1, l2;
	u32 ssid;

	for (fmt = 1; fmt <= 2; fmt++) {
		bits = fmt == 1 ? 6 : 10;
		smmu_start(0, CAPS);
		l1 = smmu_alloc(1);
		l2 = smmu_alloc(4);
		*smmu_ste(SID, 0) = l1 | 16ULL << 59 | fmt << 4 | 5 << 1 | 1;
		*rig_mem(l1 + 2 * 8) = l2 | 1;
		ssid = (2 << bits) + 5;
		make_cd(l2 + 5 * 64, ssid);
		CHECK(ssid_lands(ssid));
		/* Another level 1 descriptor: invalid, and cached as that. */
		ssid += 1 << bits;
		CHECK(dma_ssid(SID, ssid, 0x1000) == -EFAULT);
		CHECK_EVT(EVT0(0x08) | ssid << 12 | 1 << 11, 0, 0, 0);
		*rig_mem(l1 + 3 * 8) = l2 | 1;
		smmu_do(OP_CFGI_CD | C_SID(SID) | C_SSID(ssid), C_LEAF);
		CHECK(dma_ssid(SID, ssid, 0x1000) == -EFAULT);
		smmu_do(OP_CFGI_CD | C_SID(SID) | C_SSID(ssid), 0);
		CHECK(dma_ssid(SID, ssid, 0x1000) == 0);
		/* No memory for a level 2 table. */
		rig.hole = 0xf00000000000;
		*rig_mem(l1 + 4 * 8) = 0xf00000000000 | 1;
		ssid = 4 << bits;
		smmu_restart(0xf);
		CHECK(dma_ssid(SID, ssid, 0x1000) == -EFAULT);
		CHECK_EVT(EVT0(0x09) | ssid << 12 | 1 << 11, 0, 0,
			  0xf00000000000);
		rig_stop();
	}
}

static void cd_fetch_abort(void)
{
	smmu_start(0, CAPS);
	rig.hole = 0xf00000000000;
	*smmu_ste(SID, 0) = 0xf00000000000 | 5 << 1 | 1;
	CHECK(rig_write(0x1000, 1) == -EFAULT);
	CHECK_EVT(EVT0(0x09), 0, 0, 0xf00000000000);
	rig_stop();
}

/* ---- Caches ---- */

static void configuration_stays_until_invalidated(void)
{
	u64 table;

	smmu_start(0, CAPS);
	table = smmu_alloc(0);
	make_cd(table, 0);
	make_cd(table + 64, 1);
	*smmu_ste(SID, 0) = table | 1ULL << 59 | 5 << 1 | 1;
	CHECK(ssid_lands(0));
	CHECK(ssid_lands(1));
	CHECK_EQ(rig_stats().dev_hits, 1);
	/* An STE: its own command, and none of another stream. */
	*smmu_ste(SID, 0) = 0;
	CHECK(ssid_lands(0));
	smmu_do(OP_CFGI_STE | C_SID(SID + 1), 0);
	smmu_do(OP_CFGI_CD_ALL | C_SID(SID), 0);
	CHECK(ssid_lands(0));
	CHECK_EQ(model_check(rig.m), 1);
	smmu_cfgi();
	CHECK(dma_ssid(SID, 0, 0x1000) == -EFAULT);
	CHECK_EQ(model_check(rig.m), 0);
	*smmu_ste(SID, 0) = table | 1ULL << 59 | 5 << 1 | 1;
	smmu_cfgi();
	CHECK(ssid_lands(0));
	CHECK(ssid_lands(1));
	/* A CD: of this substream, of all, or with the STE. */
	*rig_mem(table) &= ~(1ULL << 31);
	*rig_mem(table + 64) &= ~(1ULL << 31);
	CHECK_EQ(model_check(rig.m), 2);
	smmu_do(OP_CFGI_CD | C_SID(SID) | C_SSID(1), C_LEAF);
	CHECK(ssid_lands(0));
	CHECK(dma_ssid(SID, 1, 0x1000) == -EFAULT);
	smmu_do(OP_CFGI_CD_ALL | C_SID(SID + 1), 0);
	CHECK(ssid_lands(0));
	smmu_do(OP_CFGI_CD_ALL | C_SID(SID), 0);
	CHECK(dma_ssid(SID, 0, 0x1000) == -EFAULT);
	*rig_mem(table) |= 1ULL << 31;
	CHECK(dma_ssid(SID, 0, 0x1000) == -EFAULT);
	smmu_cfgi();
	CHECK(ssid_lands(0));
	rig_stop();
}

/* Entries of TLBs are compared with memory by the context that loaded them. */
static void entries_of_all_contexts_are_checked(void)
{
	u64 table;
	u32 i;

	smmu_start(0, CAPS);
	table = smmu_alloc(0);
	*smmu_ste(SID, 0) = table | 6ULL << 59 | 5 << 1 | 1;
	for (i = 0; i < 64; i++) {
		/* Tables are anywhere: where they are must not matter. */
		rig.next_pa += (u64)(i * i * 2654435761u % 1000) << 12;
		make_cd(table + i * 64, i);
		CHECK(ssid_lands(i));
	}
	CHECK_EQ(model_check(rig.m), 0);
	for (i = 0; i < 64; i++)
		*rig_mem(*rig_mem(table + i * 64 + 8)) = 0;
	CHECK_EQ(model_check(rig.m), 64);
	rig_stop();
}

static void ranges_of_streams(void)
{
	unsigned int range;
	u32 sid;

	for (range = 0; range < 8; range++) {
		smmu_start(0, CAPS);
		for (sid = 0; sid < 256; sid++) {
			*smmu_ste(sid, 0) = 4 << 1 | 1;
			CHECK(dma_sid(sid, PA) == 0);
			*smmu_ste(sid, 0) = 1;
		}
		/* The address need not be aligned. */
		smmu_do(OP_CFGI_RANGE | C_SID(0x55), range);
		for (sid = 0; sid < 256; sid++) {
			bool gone = sid >> (range + 1) == 0x55 >> (range + 1);

			if ((dma_sid(sid, PA) == -EFAULT) != gone)
				tap_fail(__FILE__, __LINE__,
					 "range %u, SID %#x", range, sid);
		}
		smmu_do(OP_CFGI_RANGE, 31);
		for (sid = 0; sid < 256; sid++)
			CHECK(dma_sid(sid, PA) == -EFAULT);
		rig_stop();
	}
}

static void no_cache_sees_memory(void)
{
	smmu_start(MODEL_NO_CACHE, CAPS);
	smmu_s1(0, CD_R | CD_A);
	smmu_map(0x1000, PA | D_S1);
	CHECK(rig_lands(0x1000, PA));
	smmu_map(0x1000, (PA + 0x1000) | D_S1);
	CHECK(rig_lands(0x1000, PA + 0x1000));
	*smmu_ste(SID, 0) = 4 << 1 | 1;
	CHECK(rig_lands(PA, PA));
	CHECK_EQ(rig_stats().tlb_entries, 0);
	CHECK_EQ(rig_stats().walk_entries, 0);
	rig_stop();
}

int main(void)
{
	TAP_RUN(bypass_and_abort);
	TAP_RUN(illegal_stes);
	TAP_RUN(illegal_cds);
	TAP_RUN(stream_ids);
	TAP_RUN(two_level_stream_table);
	TAP_RUN(substreams_linear);
	TAP_RUN(substreams_two_level);
	TAP_RUN(cd_fetch_abort);
	TAP_RUN(configuration_stays_until_invalidated);
	TAP_RUN(entries_of_all_contexts_are_checked);
	TAP_RUN(ranges_of_streams);
	TAP_RUN(no_cache_sees_memory);
	return tap_done();
}
