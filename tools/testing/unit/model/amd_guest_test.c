// SPDX-License-Identifier: GPL-2.0-only
/* AMD guest translation: GCR3 tables, v2 walks, nesting, and their caches. */
#include <linux/errno.h>
#include <string.h>

#include "amd_rig.h"

#define A	0x70000000ULL
#define B	0x78000000ULL
#define LOW	0x20000000ULL

static void features(void)
{
	grig_start(0, MODEL_CAP_ANY, 0);
	/* Prefetch PPR NX GT IA; HATS 2, GATS 1, GLX 2; PASmax 19; US GIo. */
	CHECK_EQ(rd(R_EFR) & 0xfc7f, 0x985b);
	CHECK_EQ(rd(R_EFR) >> 32 & 0x3f, 0x20 | 19);
	CHECK_EQ(rd(R_EFR) >> 48 & 1, 1);
	CHECK_EQ(rd(R_EFR2), 8);
	rig_stop();
	grig_start(0, 0, 0);
	CHECK_EQ(rd(R_EFR) & 0x1b, 0);
	CHECK_EQ(rd(0x18), C_ALL);
	rig_stop();
}

/* PASIDs at both ends of what tables of one to three levels can hold. */
static void gcr3_levels(void)
{
	unsigned int glx;
	u64 gcr3;

	for (glx = 0; glx <= 2; glx++) {
		u32 last = (1U << 9 * (glx + 1)) - 1;

		if (last > 0xfffff)
			last = 0xfffff;
		grig_start(0, MODEL_CAP_ANY, 0);
		gcr3 = grig_dte(glx, 4, 0, 0);
		grig_map(grig_table(gcr3, glx, 0), 0x1000, A);
		grig_map(grig_table(gcr3, glx, last), 0x1000, B);
		CHECK(grig_lands(0, 0x1000, A));
		CHECK(grig_lands(last, 0x1000, B));
		CHECK(grig_write(last - 1, 0x1000, 1) == -EFAULT);
		CHECK_EVENT(EVT(2) | EVT_GN(last - 1) | EVT_RW | EVT_US | RID,
			    0x1000);
		if (glx < 2) {
			CHECK(grig_read(last + 1, 0x1000) == -EFAULT);
			CHECK_EVENT(EVT(2) | EVT_GN(last + 1) | EVT_US | RID,
				    0x1000);
		}
		CHECK_NO_EVENT();
		rig_stop();
	}
}

static void page_sizes_and_levels(void)
{
	static const u64 iova[] = {
		0x1000, 0x7fffffffe000, 0xffff800000000000, 0xfffffffffffff000,
	};
	unsigned int levels, level, i;
	u64 table, size, at, gcr3;

	for (levels = 4; levels <= 5; levels++) {
		for (level = 1; level <= 3; level++) {
			grig_start(0, MODEL_CAP_ANY, 0);
			gcr3 = grig_dte(0, levels, 0, 0);
			table = grig_table(gcr3, 0, 9);
			size = 0x1000ULL << 9 * (level - 1);
			for (i = 0; i < 4; i++) {
				at = iova[i] & ~(size - 1);
				*rig_mem(grig_entry(table, levels, level, at)) =
					GALL | (level > 1 ? GPS : 0) |
					(u64)(i + 1) << 32;
				CHECK(grig_lands(9, at, (u64)(i + 1) << 32));
				CHECK(grig_lands(9, at + size - 8,
						 ((u64)(i + 1) << 32) + size - 8));
			}
			/* The page tables' PASIDs, once, and the pages. */
			CHECK_EQ(rig_stats().tlb_entries, 5);
			CHECK_NO_EVENT();
			rig_stop();
		}
	}
}

static void addresses_must_be_canonical(void)
{
	u64 gcr3;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	grig_map(grig_table(gcr3, 0, 1), 0, A);
	CHECK(grig_lands(1, 0, A));
	CHECK(grig_write(1, 1ULL << 48, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_RW | EVT_US | RID, 1ULL << 48);
	CHECK(grig_write(1, 1ULL << 47, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_RW | EVT_US | RID, 1ULL << 47);
	rig_stop();
}

/* A at every level, D on the page, once it is known that the access may. */
static void accessed_and_dirty(void)
{
	u64 gcr3, table, e[5];
	unsigned int level;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	table = grig_table(gcr3, 0, 1);
	grig_map(table, 0x1000, A);
	for (level = 1; level <= 4; level++)
		e[level] = grig_entry(table, 4, level, 0x1000);
	*rig_mem(e[1]) &= ~GRW;
	CHECK(grig_write(1, 0x1000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_RW | EVT_US | EVT_PR | EVT_PE | RID,
		    0x1000);
	for (level = 1; level <= 4; level++)
		CHECK_EQ(*rig_mem(e[level]) & (GA | GD), 0);
	CHECK(grig_read(1, 0x1000) == 0);
	for (level = 1; level <= 4; level++)
		CHECK_EQ(*rig_mem(e[level]) & (GA | GD), GA);
	*rig_mem(e[1]) |= GRW;
	grig_inv(1, 0x1000);
	CHECK(grig_lands(1, 0x1000, A));
	CHECK_EQ(*rig_mem(e[1]) & (GA | GD), GA | GD);
	CHECK_EQ(*rig_mem(e[2]) & (GA | GD), GA);
	/* A clean entry is noted at the first write through the cache. */
	*rig_mem(e[1]) &= ~GD;
	grig_inv(1, 0x1000);
	CHECK(grig_read(1, 0x1000) == 0);
	CHECK_EQ(*rig_mem(e[1]) & GD, 0);
	CHECK(grig_lands(1, 0x1000, A));
	CHECK_EQ(*rig_mem(e[1]) & GD, GD);
	/* One that is taken for dirty is not looked at: stale. */
	CHECK_EQ(model_check(rig.m), 0);
	*rig_mem(e[1]) &= ~GD;
	CHECK(grig_lands(1, 0x1000, A));
	CHECK_EQ(*rig_mem(e[1]) & GD, 0);
	CHECK_EQ(model_check(rig.m), 1);
	rig_stop();
}

static int access(enum model_dma_op op, bool priv, bool exec)
{
	u64 val = 0;
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = 0x1000, .buf = &val, .len = 8,
		.has_pasid = true, .pasid = 1, .priv = priv, .exec = exec,
	};

	return model_dma(rig.m, &txn);
}

/* U/S, R/W and NX, each at each level; supervisors write what is writable. */
static void permissions(void)
{
	u64 gcr3, table, e;
	unsigned int level;

	for (level = 1; level <= 4; level++) {
		grig_start(MODEL_NO_CACHE, MODEL_CAP_ANY, 0);
		gcr3 = grig_dte(0, 4, 0, 0);
		table = grig_table(gcr3, 0, 1);
		grig_map(table, 0x1000, A);
		e = grig_entry(table, 4, level, 0x1000);
		CHECK(access(MODEL_DMA_WRITE, false, false) == 0);
		CHECK(access(MODEL_DMA_READ, false, true) == 0);

		*rig_mem(e) &= ~GUS;
		CHECK(access(MODEL_DMA_READ, false, false) == -EFAULT);
		CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_US | EVT_PR | EVT_PE | RID,
			    0x1000);
		CHECK(access(MODEL_DMA_WRITE, true, false) == 0);
		*rig_mem(e) |= GUS;

		*rig_mem(e) &= ~GRW;
		CHECK(access(MODEL_DMA_READ, false, false) == 0);
		CHECK(access(MODEL_DMA_WRITE, true, false) == -EFAULT);
		CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_RW | EVT_PR | EVT_PE | RID,
			    0x1000);
		*rig_mem(e) |= GRW | GNX;
		CHECK(access(MODEL_DMA_WRITE, false, false) == 0);
		CHECK(access(MODEL_DMA_READ, false, true) == -EFAULT);
		CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_US | EVT_NX | EVT_PR |
			    EVT_PE | RID, 0x1000);
		CHECK_NO_EVENT();
		rig_stop();
	}
}

static void reserved_bits(void)
{
	u64 gcr3, table, e;

	grig_start(MODEL_NO_CACHE, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	table = grig_table(gcr3, 0, 1);
	e = grig_entry(table, 4, 2, 0x200000);
	*rig_mem(e) = GALL | GPS | A | 0x1000;	/* PAT */
	CHECK(grig_lands(1, 0x200000, A));
	*rig_mem(e) = GALL | GPS | A | 0x2000;
	CHECK(grig_write(1, 0x200000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_RW | EVT_US | EVT_PR | EVT_RZ | RID,
		    0x200000);
	*rig_mem(grig_entry(table, 4, 4, 0)) |= GPS;
	CHECK(grig_write(1, 0x200000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_RW | EVT_US | EVT_PR | EVT_RZ | RID,
		    0x200000);
	*rig_mem(grig_gcr3(gcr3, 0, 1)) |= 2;
	CHECK(grig_write(1, 0x200000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(1) | EVT_RW | EVT_US | EVT_PR | EVT_RZ | RID,
		    0x200000);
	rig_stop();
}

static void tables_without_memory(void)
{
	u64 gcr3;

	grig_start(MODEL_NO_CACHE, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	*rig_mem(grig_gcr3(gcr3, 0, 1)) = HOLE | 1;
	CHECK(grig_write(1, 0, 1) == -EFAULT);
	CHECK_EVENT(EVT(4) | EVT_GN(1) | EVT_RW | 1ULL << 57 | RID, HOLE);
	rig_stop();
}

/* GIoV gives what has no PASID PASID 0; without, it is the host's affair. */
static void requests_without_a_pasid(void)
{
	u64 gcr3, host;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(1, 4, GIOV, 0);
	grig_map(grig_table(gcr3, 1, 0), 0x1000, A);
	grig_map(grig_table(gcr3, 1, 1), 0x1000, B);
	CHECK(grig_lands(NO_PASID, 0x1000, A));
	CHECK(grig_lands(1, 0x1000, B));
	CHECK(grig_write(NO_PASID, 0x2000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_DOM(DOM) | EVT_RW | EVT_US | RID, 0x2000);
	/* Off again: forwarded. */
	grig_dte(1, 4, 0, 0);
	rig_cmd(8ULL << 60, 0);
	CHECK(grig_lands(NO_PASID, A, A));
	rig_stop();
	grig_start(0, MODEL_CAP_ANY, 0);
	host = rig_page();
	rig_dte(RID, V | TV | RW | MODE(1) | host, DOM);
	rig_map(host, 1, 0x1000, A);
	CHECK(grig_lands(NO_PASID, 0x1000, A));
	/* No guest translation, so no PASIDs. */
	CHECK(grig_write(3, 0x1000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(3) | EVT_RW | RID, 0x1000);
	rig_stop();
}

static void illegal(unsigned int glx, unsigned int levels, u64 w0)
{
	grig_dte(glx, levels, w0, 0);
	rig_inv_dte(RID);
	CHECK(grig_write(1, 0x1000, 1) == -EFAULT);
	CHECK_EVENT(EVT(1) | EVT_GN(1) | EVT_RW | RID, 0x1000);
	CHECK_NO_EVENT();
}

static void illegal_entries(void)
{
	grig_start(0, MODEL_CAP_ANY, 0);
	illegal(3, 4, 0);
	illegal(0, 6, 0);
	illegal(0, 7, 0);
	/* While it is switched off, nothing of it counts. */
	wr(R_CONTROL, C_ALL);
	CHECK(grig_lands(NO_PASID, A, A));
	rig_stop();
}

/* ---- Nesting ---- */

static u64 host;

/* A host table of 4 levels in which memory below 1 GiB is where it is. */
static u64 nested(unsigned int glx, u64 w0)
{
	host = rig_page();
	*rig_mem(rig_entry(host, 4, 3, 0)) = PR | RW | NL(0);
	return grig_dte(glx, 4, MODE(4) | host | w0, 0);
}

static void nested_walks(void)
{
	u64 gcr3, table;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = nested(2, GIOV);
	table = grig_table(gcr3, 2, 5);
	grig_map(table, 0x1000, 0x2040000000);
	rig_map(host, 4, 0x2040000000, A);
	CHECK(grig_lands(5, 0x1000, A));
	CHECK_EQ(model_check(rig.m), 0);
	/* What the guest's page is, the host does not have. */
	grig_map(table, 0x2000, 0x2050000000);
	CHECK(grig_write(5, 0x2000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(5) | EVT_RW | EVT_US | RID, 0x2000);
	/* What is read-only there is so. */
	*rig_mem(rig_entry(host, 4, 1, 0x2050000000)) = PR | IR | B;
	CHECK(grig_read(5, 0x2000) == 0);
	CHECK(grig_write(5, 0x2000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(5) | EVT_RW | EVT_US | EVT_PR | EVT_PE | RID,
		    0x2000);
	rig_stop();
}

/* Every access of the guest's tables goes through the host's. */
static void tables_are_gpas(void)
{
	u64 gcr3, table, upper, page;

	grig_start(MODEL_NO_CACHE, MODEL_CAP_ANY, 0);
	gcr3 = nested(0, 0);
	table = grig_table(gcr3, 0, 5);
	grig_map(table, 0x1000, LOW);
	CHECK(grig_lands(5, 0x1000, LOW));
	/* The page table, moved to where only the host table finds it. */
	page = 0x2040000000;
	rig_map(host, 4, page, table);
	*rig_mem(grig_gcr3(gcr3, 0, 5)) = page | 1;
	CHECK(grig_lands(5, 0x1000, LOW));
	/* A lower table alike. */
	upper = *rig_mem(table) & 0xffffffffff000;
	rig_map(host, 4, page + 0x1000, upper);
	*rig_mem(table) = (page + 0x1000) | GALL;
	CHECK(grig_lands(5, 0x1000, LOW));
	/* Setting an accessed bit is a write there. */
	*rig_mem(rig_entry(host, 4, 1, page)) &= ~IW;
	CHECK(grig_lands(5, 0x1000, LOW));
	*rig_mem(table) &= ~GA;
	CHECK(grig_write(5, 0x1000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(5) | EVT_RW | EVT_US | EVT_PR | EVT_PE | RID,
		    0x1000);
	rig_stop();
}

/* The GCR3 table's own address is an SPA, until GCR3TRPMode makes it a GPA. */
static void gcr3_root_is_spa_or_gpa(void)
{
	u64 gcr3, *dte;

	grig_start(MODEL_NO_CACHE, MODEL_CAP_ANY, 0);
	gcr3 = nested(0, 0);
	grig_map(grig_table(gcr3, 0, 5), 0x1000, LOW);
	CHECK(grig_lands(5, 0x1000, LOW));
	/* Moved to where the host table has nothing. */
	dte = rig_mem(rig.devtab + RID * 32);
	dte[0] &= ~(7ULL << 58);
	dte[1] = DOM | (B >> 15) << 16;
	*rig_mem(B + 40) = *rig_mem(gcr3 + 40);
	CHECK(grig_lands(5, 0x1000, LOW));
	wr(R_CONTROL, C_ALL | C_GT | C_TRP);
	CHECK(grig_write(5, 0x1000, 1) == -EFAULT);
	CHECK_EVENT(EVT(2) | EVT_GN(5) | EVT_RW | EVT_US | RID, 0x1000);
	rig_map(host, 4, B, gcr3);
	CHECK(grig_lands(5, 0x1000, LOW));
	rig_stop();
}

static void nested_dirty_bits(void)
{
	u64 gcr3, table, h;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = nested(0, HAD(3));
	table = grig_table(gcr3, 0, 5);
	grig_map(table, 0x1000, 0x2040000000);
	rig_map(host, 4, 0x2040000000, A);
	h = rig_entry(host, 4, 1, 0x2040000000);
	CHECK(grig_read(5, 0x1000) == 0);
	CHECK_EQ(*rig_mem(h) & (A_BIT | D_BIT), A_BIT);
	CHECK_EQ(*rig_mem(grig_entry(table, 4, 1, 0x1000)) & (GA | GD), GA);
	CHECK(grig_lands(5, 0x1000, A));
	CHECK_EQ(*rig_mem(h) & (A_BIT | D_BIT), A_BIT | D_BIT);
	CHECK_EQ(*rig_mem(grig_entry(table, 4, 1, 0x1000)) & (GA | GD), GA | GD);
	/* Of the guest's tables the host's bits say that they were written. */
	CHECK_EQ(*rig_mem(rig_entry(host, 4, 3, 0)) & D_BIT, D_BIT);
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* ---- Caches ---- */

/* Each PASID is cached for itself, and evicted by its own invalidation. */
static void pasids_are_cached_apart(void)
{
	u64 gcr3, t1, t2;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	t1 = grig_table(gcr3, 0, 1);
	t2 = grig_table(gcr3, 0, 2);
	grig_map(t1, 0x1000, A);
	grig_map(t2, 0x1000, A);
	CHECK(grig_lands(1, 0x1000, A));
	CHECK(grig_lands(2, 0x1000, A));
	grig_map(t1, 0x1000, B);
	grig_map(t2, 0x1000, B);
	CHECK(grig_lands(1, 0x1000, A));
	CHECK_EQ(model_check(rig.m), 2);
	grig_inv(1, 0x2000);
	rig_inv(DOM, 0x1000);
	CHECK(grig_lands(1, 0x1000, A));
	grig_inv(1, 0x1000);
	CHECK(grig_lands(1, 0x1000, B));
	CHECK(grig_lands(2, 0x1000, A));
	grig_inv(2, 0x1001);
	CHECK(grig_lands(2, 0x1000, B));
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* A PASID's page table stays what it was until directories are evicted. */
static void gcr3_entries_are_cached(void)
{
	u64 gcr3, t1, t2;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	t1 = grig_table(gcr3, 0, 1);
	grig_map(t1, 0x1000, A);
	CHECK(grig_lands(1, 0x1000, A));
	t2 = grig_table(gcr3, 0, 1);
	grig_map(t2, 0x1000, B);
	CHECK_EQ(model_check(rig.m), 2);
	grig_inv(1, 0x7ffffffffffff001);
	CHECK(grig_lands(1, 0x1000, A));
	grig_inv(1, 0x7ffffffffffff001 | 2);
	CHECK(grig_lands(1, 0x1000, B));
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* An invalidation of a GPA reaches all that was nested on the domain. */
static void host_invalidation_evicts_nested(void)
{
	u64 gcr3;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = nested(0, 0);
	grig_map(grig_table(gcr3, 0, 5), 0x1000, 0x2040000000);
	rig_map(host, 4, 0x2040000000, A);
	CHECK(grig_lands(5, 0x1000, A));
	rig_map(host, 4, 0x2040000000, B);
	CHECK(grig_lands(5, 0x1000, A));
	grig_inv(5, 0x1000);
	/* The host's part is still cached. */
	CHECK(grig_lands(5, 0x1000, A));
	rig_inv(DOM, 0x2040000000);
	CHECK(grig_lands(5, 0x1000, B));
	CHECK_EQ(model_check(rig.m), 0);
	rig_stop();
}

/* Two devices with one ID and different tables: what the check is there for. */
static void wrong_sharing_is_found(void)
{
	u64 val = 1, gcr3;
	struct model_txn txn = {
		.rid = RID + 1, .op = MODEL_DMA_WRITE, .iova = 0x1000,
		.buf = &val, .len = 8, .has_pasid = true, .pasid = 1,
	};
	u64 *first, *second;

	grig_start(MODEL_CHECK_HITS, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	grig_map(grig_table(gcr3, 0, 1), 0x1000, B);
	first = rig_mem(rig.devtab + RID * 32);
	second = rig_mem(rig.devtab + (RID + 1) * 32);
	memcpy(second, first, 32);
	gcr3 = grig_dte(0, 4, 0, 0);
	grig_map(grig_table(gcr3, 0, 1), 0x1000, A);
	CHECK(grig_lands(1, 0x1000, A));
	CHECK_EQ(rig_stats().stale, 0);
	CHECK(model_dma(rig.m, &txn) == 0);
	CHECK_EQ(*rig_mem(A), 1);
	CHECK(rig_stats().stale != 0);
	rig_stop();
}

static void invalidating_everything(void)
{
	u64 gcr3;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	grig_map(grig_table(gcr3, 0, 1), 0x1000, A);
	CHECK(grig_lands(1, 0x1000, A));
	CHECK_EQ(rig_stats().tlb_entries, 2);
	rig_cmd(8ULL << 60, 0);
	CHECK_EQ(rig_stats().tlb_entries, 0);
	rig_stop();
}

/* A hint: what is there is loaded, and what is not causes no event. */
static void prefetch(void)
{
	u64 gcr3, table;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(1, 4, GIOV, 0);
	table = grig_table(gcr3, 1, 0x155);
	grig_map(table, 0x1000, A);
	rig_cmd(6ULL << 60 | 0x155ULL << 32 | RID, 0x1000 | 4);
	CHECK_EQ(rig_stats().tlb_entries, 2);
	rig_cmd(6ULL << 60 | 0x155ULL << 32 | RID, 0x5000 | 4);
	rig_cmd(6ULL << 60 | RID, 0x5000);
	CHECK_NO_EVENT();
	/* Inval forgets first. */
	grig_map(table, 0x1000, B);
	rig_cmd(6ULL << 60 | 0x155ULL << 32 | RID, 0x1000 | 4 | 0x10);
	CHECK(grig_lands(0x155, 0x1000, B));
	rig_stop();
}

static void reserved_command_bits(void)
{
	static const u64 cmd[][2] = {
		{ 3ULL << 60 | 1 << 20, 4 },
		{ 6ULL << 60 | 1 << 16, 0 },
		{ 6ULL << 60, 2 },
		{ 7ULL << 60 | 1 << 16, 0 },
		{ 7ULL << 60, 1 },
		{ 7ULL << 60, 1ULL << 48 },
		{ 4ULL << 60, 2 },
		{ 4ULL << 60, 8 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cmd) / sizeof(cmd[0]); i++) {
		grig_start(0, MODEL_CAP_ANY, 0);
		rig_queue(cmd[i][0], cmd[i][1]);
		rig_run();
		CHECK_EQ(rig_stats().illegal, 1);
		CHECK_EVENT(EVT(5), rig.cmds);
		rig_stop();
	}
}

int main(void)
{
	TAP_RUN(features);
	TAP_RUN(gcr3_levels);
	TAP_RUN(page_sizes_and_levels);
	TAP_RUN(addresses_must_be_canonical);
	TAP_RUN(accessed_and_dirty);
	TAP_RUN(permissions);
	TAP_RUN(reserved_bits);
	TAP_RUN(tables_without_memory);
	TAP_RUN(requests_without_a_pasid);
	TAP_RUN(illegal_entries);
	TAP_RUN(nested_walks);
	TAP_RUN(tables_are_gpas);
	TAP_RUN(gcr3_root_is_spa_or_gpa);
	TAP_RUN(nested_dirty_bits);
	TAP_RUN(pasids_are_cached_apart);
	TAP_RUN(gcr3_entries_are_cached);
	TAP_RUN(host_invalidation_evicts_nested);
	TAP_RUN(wrong_sharing_is_found);
	TAP_RUN(invalidating_everything);
	TAP_RUN(prefetch);
	TAP_RUN(reserved_command_bits);
	return tap_done();
}
