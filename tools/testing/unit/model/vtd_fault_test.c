// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d fault reasons, one by one: what is wrong, and what the record then says.
 * 0x82 (no execute permission) cannot occur: the machine refuses execute
 * requests before it looks at pages (0x5c).
 */
#include <linux/errno.h>

#include "vtd_rig.h"

#define A	0x70000000ULL

/* One access of RID at @iova faults with @reason. */
static void write_faults(u32 pasid, u64 iova, u32 reason)
{
	u64 info = FR(reason) | (pasid == NO_PASID ? 0 : F_PASID(pasid));

	CHECK(vrig_write(pasid, iova, 1) == -EFAULT);
	CHECK_EQ(vrig_fault(), reason);
	CHECK_FAULT(iova & ~0xfffULL, info);
	CHECK_NO_FAULT();
}

static void read_faults(u32 pasid, u64 iova, u32 reason)
{
	u64 info = FR(reason) | F_READ |
		   (pasid == NO_PASID ? 0 : F_PASID(pasid));

	CHECK(vrig_read(pasid, iova) == -EFAULT);
	CHECK_EQ(vrig_fault(), reason);
	CHECK_FAULT(iova & ~0xfffULL, info);
}

static void probe_faults(u64 iova, u32 reason)
{
	CHECK(vrig_dma(MODEL_DMA_PROBE, NO_PASID, iova, NULL, 1) == -EFAULT);
	CHECK_EQ(vrig_fault(), reason);
	CHECK_FAULT(iova & ~0xfffULL, FR(reason) | F_READ | F_AT(1));
}

static void set_root(u64 rtaddr)
{
	wr(R_RTADDR, rtaddr);
	vrig_gcmd(SRTP, true);
}

/* ---- Legacy mode ---- */

static void legacy_root_entry(void)
{
	vrig_start(LEGACY, 0, 0);
	*rig_mem(vrig.root) = 0;
	write_faults(NO_PASID, 0x1000, 0x01);
	*rig_mem(vrig.root) = vrig.ctx | 2 | P_BIT;
	write_faults(NO_PASID, 0x1000, 0x0a);
	*rig_mem(vrig.root) = vrig.ctx | P_BIT;
	*rig_mem(vrig.root + 8) = 1;
	write_faults(NO_PASID, 0x1000, 0x0a);
	set_root(HOLE);
	write_faults(NO_PASID, 0x1000, 0x08);
	rig_stop();
}

static void legacy_context_entry(void)
{
	vrig_start(LEGACY, 0, 0);
	write_faults(NO_PASID, 0x1000, 0x02);
	vrig_ctx(P_BIT, 0);			/* AW 0 */
	write_faults(NO_PASID, 0x1000, 0x03);
	vrig_ctx(P_BIT | TT(2), 4);		/* AW 4 */
	write_faults(NO_PASID, 0x1000, 0x03);
	vrig_ctx(P_BIT | TT(3), 2);
	write_faults(NO_PASID, 0x1000, 0x03);
	vrig_ctx(P_BIT | TT(1), 2);		/* no device TLBs */
	write_faults(NO_PASID, 0x1000, 0x03);
	vrig_ctx(P_BIT | 0x10, 2);
	write_faults(NO_PASID, 0x1000, 0x0b);
	vrig_ctx(P_BIT, 2 | 1ULL << 24);
	write_faults(NO_PASID, 0x1000, 0x0b);
	vrig_ctx(P_BIT | 1ULL << 52, 2);
	write_faults(NO_PASID, 0x1000, 0x0b);
	*rig_mem(vrig.root) = HOLE | P_BIT;
	write_faults(NO_PASID, 0x1000, 0x09);
	rig_stop();
}

static void legacy_pages(void)
{
	u64 ss;

	vrig_start(LEGACY, 0, 0);
	ss = vrig_legacy(0);
	write_faults(NO_PASID, 1ULL << 48, 0x04);
	write_faults(NO_PASID, 0x1000, 0x05);
	read_faults(NO_PASID, 0x1000, 0x06);
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x1000)) = SS_R | A;
	write_faults(NO_PASID, 0x1000, 0x05);
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x2000)) = SS_W | A;
	read_faults(NO_PASID, 0x2000, 0x06);
	*rig_mem(vrig_ss_entry(ss, 4, 3, 0x80000000)) = SS_RW | HOLE;
	write_faults(NO_PASID, 0x80000000, 0x07);
	*rig_mem(vrig_ss_entry(ss, 4, 2, 0x40000000)) = SS_RW | PS | 0x1000;
	write_faults(NO_PASID, 0x40000000, 0x0c);
	vrig_ss_map(ss, 0x3000, 0xfee01000);
	write_faults(NO_PASID, 0x3000, 0x0e);
	vrig_ctx(HOLE | P_BIT, 2);
	vrig_cmd(0x11, 0);
	vrig_inv_all();
	write_faults(NO_PASID, 0x1000, 0x07);
	rig_stop();
}

static void legacy_translation_type(void)
{
	u64 val = 1;
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_WRITE, .iova = A, .buf = &val,
		.len = 8, .translated = true,
	};

	vrig_start(LEGACY, 0, MODEL_CAP_ATS);
	vrig_legacy(0);
	probe_faults(0x1000, 0x0d);
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_FAULT(A, FR(0x0d) | F_AT(2));
	vrig_ctx(TT(2) | P_BIT, AW_DID(2, 1));
	vrig_inv_ctx();
	probe_faults(0x1000, 0x0d);
	vrig_ctx(TT(1) | P_BIT, AW_DID(2, 1));
	vrig_inv_ctx();
	CHECK(model_dma(rig.m, &txn) == 0);
	txn.iova = 0xfee00000;
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_FAULT(0xfee00000, FR(0x0e) | F_AT(2));
	txn.iova = 1ULL << 52;
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_FAULT(1ULL << 52, FR(0x04) | F_AT(2));
	rig_stop();
}

/* ---- Root table address ---- */

static void root_table_address(void)
{
	struct model_page_request req = {
		.rid = RID, .addr = 0x5000, .prot = MODEL_PROT_READ,
		.last = true,
	};

	vrig_start(LEGACY, 0, MODEL_CAP_ANY);
	vrig_legacy(0);
	write_faults(7, 0x1000, 0x31);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_FAULT(0x5000, FR(0x32) | F_PAGE);
	set_root(vrig.root | 2 << 10);
	write_faults(NO_PASID, 0x1000, 0x30);
	set_root(1ULL << 60);
	write_faults(NO_PASID, 0x1000, 0x30);
	set_root(vrig.root | 3 << 10);
	write_faults(NO_PASID, 0x1000, 0x33);
	write_faults(7, 0x1000, 0x33);
	rig_stop();

	/* No scalable mode */
	vrig_start(LEGACY, 0, 0);
	set_root(vrig.root | SCALABLE);
	write_faults(NO_PASID, 0x1000, 0x30);
	rig_stop();
}

/* ---- Scalable mode: device tables ---- */

static void scalable_root_entry(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	*rig_mem(vrig.root) = 0;
	write_faults(NO_PASID, 0x1000, 0x39);
	*rig_mem(vrig.root) = vrig.ctx | 0x800 | P_BIT;
	write_faults(NO_PASID, 0x1000, 0x3a);
	*rig_mem(vrig.root) = HOLE | P_BIT;
	write_faults(NO_PASID, 0x1000, 0x40);
	set_root(HOLE | SCALABLE);
	write_faults(NO_PASID, 0x1000, 0x38);
	rig_stop();
}

static void scalable_context_entry(void)
{
	const u64 dir = P_BIT | 0x20000000;

	vrig_start(SCALABLE, 0, MODEL_CAP_PASID);
	vrig_ctx(0, 0);
	write_faults(NO_PASID, 0x1000, 0x41);
	vrig_ctx(dir | 0x20, 0);
	write_faults(NO_PASID, 0x1000, 0x42);
	vrig_ctx(dir, 1ULL << 21);
	write_faults(NO_PASID, 0x1000, 0x42);
	vrig_ctx(dir, 0);
	*rig_mem(vrig.ctx + RID * 32 + 16) = 1;
	write_faults(NO_PASID, 0x1000, 0x42);
	*rig_mem(vrig.ctx + RID * 32 + 16) = 0;
	*rig_mem(vrig.ctx + RID * 32 + 24) = 1;
	write_faults(NO_PASID, 0x1000, 0x42);
	*rig_mem(vrig.ctx + RID * 32 + 24) = 0;
	/* Neither device TLBs nor page requests */
	vrig_ctx(dir | DTE, 0);
	write_faults(NO_PASID, 0x1000, 0x43);
	vrig_ctx(dir | PRE, 0);
	write_faults(NO_PASID, 0x1000, 0x43);
	vrig_ctx(dir, 0);
	probe_faults(0x1000, 0x44);
	vrig_inv_ctx();
	write_faults(1, 0x1000, 0x45);
	vrig_ctx(dir | PASIDE, 0x2000);
	vrig_inv_ctx();
	write_faults(0x2000, 0x1000, 0x46);
	write_faults(NO_PASID, 0x1000, 0x48);
	rig_stop();
}

static void page_request_not_enabled(void)
{
	struct model_page_request req = {
		.rid = RID, .addr = 0x5000, .prot = MODEL_PROT_WRITE,
		.last = true, .has_pasid = true, .pasid = 3, .priv = true,
	};

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_ctx(vrig.pdir | P_BIT | PASIDE, 0);
	CHECK(model_page_request(rig.m, &req) == 0);
	CHECK_FAULT(0x5000, FR(0x47) | F_PAGE | F_PASID(3) | F_PRIV);
	CHECK_EQ(vrig.responses, 1);
	CHECK(vrig.resp.code == MODEL_PAGE_FAILURE);
	rig_stop();
}

static void pasid_directory(void)
{
	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	write_faults(64, 0x1000, 0x51);
	*rig_mem(vrig.pdir + 8) = vrig.ptab | 4 | P_BIT;
	write_faults(64, 0x1000, 0x52);
	*rig_mem(vrig.pdir + 8) = HOLE | P_BIT;
	write_faults(64, 0x1000, 0x58);
	vrig_ctx(HOLE | P_BIT | PASIDE, 0);
	vrig_inv_ctx();
	write_faults(1, 0x1000, 0x50);
	rig_stop();
}

static void pasid_entry(void)
{
	const u64 did = DOM | PWSNP;
	unsigned int word;

	vrig_start(SCALABLE, 0, MODEL_CAP_PASID);
	write_faults(1, 0x1000, 0x59);
	vrig_pe(1, PGTT(1) | P_BIT | 0x400, did, 0);
	write_faults(1, 0x1000, 0x5a);
	vrig_pe(1, PGTT(1) | P_BIT, did | 1ULL << 16, 0);
	write_faults(1, 0x1000, 0x5a);
	vrig_pe(1, PGTT(1) | P_BIT, did, 0x100);
	write_faults(1, 0x1000, 0x5a);
	vrig_pe(1, PGTT(1) | P_BIT, did, 2);		/* ERE */
	write_faults(1, 0x1000, 0x5a);
	vrig_pe(1, PGTT(1) | P_BIT, did, 1ULL << 52);
	write_faults(1, 0x1000, 0x5a);
	vrig_pe(1, PGTT(2) | AW(2) | P_BIT | 1ULL << 52, did, 0);
	write_faults(1, 0x1000, 0x5a);
	vrig_pe(1, PGTT(4) | P_BIT, did, 0);
	for (word = 3; word < 8; word++) {
		*rig_mem(vrig_pe_addr(1) + 8 * word) = 1;
		write_faults(1, 0x1000, 0x5a);
		*rig_mem(vrig_pe_addr(1) + 8 * word) = 0;
	}
	vrig_pe(1, PGTT(0) | P_BIT, did, 0);
	write_faults(1, 0x1000, 0x5b);
	vrig_pe(1, PGTT(5) | P_BIT, did, 0);
	write_faults(1, 0x1000, 0x5b);
	vrig_pe(1, PGTT(2) | AW(0) | P_BIT, did, 0);
	write_faults(1, 0x1000, 0x5b);
	vrig_pe(1, PGTT(2) | AW(4) | P_BIT, did, 0);
	write_faults(1, 0x1000, 0x5b);
	vrig_pe(1, PGTT(1) | P_BIT, did, 8);		/* FSPM 2 */
	write_faults(1, 0x1000, 0x5b);
	/* Neither nesting nor dirty bits */
	vrig_pe(1, PGTT(3) | AW(2) | P_BIT, did, 0);
	write_faults(1, 0x1000, 0x5b);
	vrig_pe(1, PGTT(2) | AW(2) | P_BIT | SSADE, did, 0);
	write_faults(1, 0x1000, 0x5b);
	rig_stop();
}

static void execute_and_supervisor_requests(void)
{
	u64 val;
	struct model_txn txn = {
		.rid = RID, .op = MODEL_DMA_READ, .iova = 0x1000, .buf = &val,
		.len = 8, .has_pasid = true, .pasid = 1, .exec = true,
	};

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_fs_map(vrig_first(1), 0x1000, A);
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_FAULT(0x1000, FR(0x5c) | F_READ | F_PASID(1) | F_EXE);
	txn.exec = false;
	txn.priv = true;
	CHECK(model_dma(rig.m, &txn) == -EFAULT);
	CHECK_FAULT(0x1000, FR(0x5d) | F_READ | F_PASID(1) | F_PRIV);
	rig_stop();
}

/* ---- Scalable mode: pages ---- */

static void first_stage_entries(void)
{
	u64 fs;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(1);
	write_faults(1, 0x1000, 0x71);
	*rig_mem(vrig_fs_entry(fs, 4, 3, 0x40000000)) = FS_ALL | HOLE;
	write_faults(1, 0x40000000, 0x70);
	*rig_mem(fs + 8) = FS_ALL | PS;
	write_faults(1, 1ULL << 39, 0x72);
	*rig_mem(vrig_fs_entry(fs, 4, 3, 0x80000000)) = FS_ALL | PS | 0x200000;
	write_faults(1, 0x80000000, 0x72);
	*rig_mem(vrig_fs_entry(fs, 4, 2, 0x200000)) = FS_ALL | PS | 0x2000;
	write_faults(1, 0x200000, 0x72);
	/* Bit 12 of a large page is a memory type. */
	*rig_mem(vrig_fs_entry(fs, 4, 2, 0x400000)) = FS_ALL | PS | 0x1000 | A;
	CHECK(vrig_lands(1, 0x400000, A));
	write_faults(1, 1ULL << 47, 0x80);
	write_faults(1, 0xffff000000000000, 0x80);
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x5000)) = P_BIT | FS_RW | A;
	write_faults(1, 0x5000, 0x81);
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x6000)) = P_BIT | FS_US | A;
	write_faults(1, 0x6000, 0x85);
	vrig_fs_map(fs, 0x7000, 0xfee00000);
	write_faults(1, 0x7000, 0x87);
	vrig_pe(2, PGTT(1) | P_BIT, DOM | PWSNP, HOLE);
	write_faults(2, 0x1000, 0x73);
	/* Without snooping no bit can be set; bits that are need not be. */
	vrig_fs_map(fs, 0x8000, A);
	vrig_pe(3, PGTT(1) | P_BIT, DOM, fs);
	write_faults(3, 0x8000, 0x90);
	CHECK(vrig_lands(1, 0x8000, A));
	vrig_inv_all();
	CHECK(vrig_lands(3, 0x8000, A));
	rig_stop();
}

static void second_stage_entries(void)
{
	u64 ss;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, 0);
	write_faults(NO_PASID, 0x1000, 0x79);
	read_faults(NO_PASID, 0x1000, 0x79);
	write_faults(NO_PASID, 1ULL << 48, 0x83);
	*rig_mem(vrig_ss_entry(ss, 4, 3, 0x80000000)) = SS_RW | HOLE;
	write_faults(NO_PASID, 0x80000000, 0x78);
	*rig_mem(ss + 8) = SS_RW | PS;
	write_faults(NO_PASID, 1ULL << 39, 0x7a);
	*rig_mem(vrig_ss_entry(ss, 4, 2, 0x200000)) = SS_RW | PS | 0x1000;
	write_faults(NO_PASID, 0x200000, 0x7a);
	*rig_mem(vrig_ss_entry(ss, 4, 2, 0x400000)) = SS_RW | 0x800 | A;
	write_faults(NO_PASID, 0x400000, 0x7a);
	/* Snooping may be asked for in a page. */
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x4000)) = SS_RW | 0x800 | A;
	CHECK(vrig_lands(NO_PASID, 0x4000, A));
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x5000)) = SS_R | A;
	write_faults(NO_PASID, 0x5000, 0x85);
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x6000)) = SS_W | A;
	read_faults(NO_PASID, 0x6000, 0x86);
	vrig_ss_map(ss, 0x7000, 0xfeeff000);
	write_faults(NO_PASID, 0x7000, 0x87);
	vrig_pe(2, HOLE | PGTT(2) | AW(2) | P_BIT, 5, 0);
	write_faults(2, 0x1000, 0x7b);
	vrig_pe(3, ss | PGTT(2) | AW(2) | P_BIT | SSADE, 6, 0);
	vrig_ss_map(ss, 0x8000, A);
	write_faults(3, 0x8000, 0x7c);
	/* Pass-through, beyond the host's width and at interrupts */
	vrig_pe(4, PGTT(4) | P_BIT, 7, 0);
	write_faults(4, 1ULL << 52, 0x83);
	write_faults(4, 0xfee00000, 0x87);
	rig_stop();
}

static void nested_entries(void)
{
	u64 fs, ss, pt;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_nested(1, 0, &fs, &ss);
	vrig_fs_map(fs, 0x1000, 0x9000000);
	pt = *rig_mem(vrig_fs_entry(fs, 4, 2, 0x1000)) & ~0xfffULL;
	write_faults(1, 0x1000, 0x75);		/* the top table */
	vrig_ss_identity(ss, fs, 1);
	write_faults(1, 0x1000, 0x76);		/* the next */
	vrig_ss_identity(ss, 0x10000000, 0x100);
	write_faults(1, 0x1000, 0x79);		/* the page */
	vrig_inv_all();
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x9000000)) = SS_R | A;
	write_faults(1, 0x1000, 0x85);
	*rig_mem(vrig_ss_entry(ss, 4, 1, 0x9000000)) = SS_W | A;
	vrig_inv_all();
	read_faults(1, 0x1000, 0x86);
	/* A table that may be read only: no accessed bit can be set. */
	vrig_ss_map(ss, 0x9000000, A);
	vrig_inv_all();
	*rig_mem(vrig_ss_entry(ss, 4, 1, pt)) = SS_R | pt;
	write_faults(1, 0x1000, 0x77);
	/* Beyond what the second stage translates: a page, a table */
	vrig_fs_map(fs, 0x2000, 1ULL << 48);
	write_faults(1, 0x2000, 0x84);
	*rig_mem(vrig_fs_entry(fs, 4, 2, 0x400000)) = FS_ALL | 1ULL << 48;
	write_faults(1, 0x400000, 0x74);
	/* What is wrong with the second stage itself */
	*rig_mem(vrig_ss_entry(ss, 4, 3, 0x80000000)) = SS_RW | HOLE;
	vrig_fs_map(fs, 0x3000, 0x80000000);
	write_faults(1, 0x3000, 0x78);
	*rig_mem(vrig_ss_entry(ss, 4, 2, 0xc0000000)) = SS_RW | PS | 0x1000;
	vrig_fs_map(fs, 0x4000, 0xc0000000);
	write_faults(1, 0x4000, 0x7a);
	rig_stop();
}

/* ---- Bits that cannot be set ---- */

static u64 restless;

static void keep_changing(u64 pa)
{
	/* Bit 52 is software's. */
	if (pa == restless)
		__atomic_fetch_xor(rig_mem(pa), 1ULL << 52, __ATOMIC_RELAXED);
}

static void entries_that_keep_changing(void)
{
	u64 fs, ss;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(1);
	vrig_fs_map(fs, 0x1000, A);
	ss = vrig_second(2, SSADE);
	vrig_ss_map(ss, 0x1000, A);
	restless = vrig_fs_entry(fs, 4, 1, 0x1000);
	rig.hook = keep_changing;
	write_faults(1, 0x1000, 0x91);
	restless = vrig_ss_entry(ss, 4, 1, 0x1000);
	write_faults(2, 0x1000, 0x7d);
	rig.hook = NULL;
	CHECK(vrig_lands(1, 0x1000, A));
	rig_stop();
}

/* ---- Suppression ---- */

static void silently(u32 pasid, u64 iova, u32 reason)
{
	CHECK(vrig_write(pasid, iova, 1) == -EFAULT);
	CHECK_EQ(vrig_fault(), reason);
	CHECK_NO_FAULT();
}

static void fault_processing_disabled(void)
{
	vrig_start(LEGACY, 0, 0);
	vrig_ctx(FPD, 0);		/* counts though not present */
	silently(NO_PASID, 0x1000, 0x02);
	vrig_ctx(rig_page() | FPD | P_BIT, AW_DID(2, 1));
	silently(NO_PASID, 0x1000, 0x05);
	rig_stop();

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	vrig_pe(1, FPD, 0, 0);
	silently(1, 0x1000, 0x59);
	vrig_pe(2, FPD | PGTT(1) | P_BIT, DOM, rig_page());
	silently(2, 0x1000, 0x71);
	*rig_mem(vrig.pdir + 8) = FPD;
	silently(64, 0x1000, 0x51);
	*rig_mem(vrig.pdir + 8) = vrig.ptab | FPD | P_BIT;
	silently(67, 0x1000, 0x59);
	/* What cannot be read is reported. */
	*rig_mem(vrig.pdir + 8) = HOLE | FPD | P_BIT;
	write_faults(64, 0x1000, 0x58);
	vrig_ctx(vrig.pdir | P_BIT | FPD | PASIDE, 0);
	vrig_inv_ctx();
	silently(5, 0x1000, 0x59);
	rig_stop();
}

/* A translation request is answered where the device can recover. */
static void translation_requests(void)
{
	u64 fs;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = vrig_first(0);
	vrig_fs_map(fs, 0x1000, A);
	CHECK(vrig_dma(MODEL_DMA_PROBE, NO_PASID, 0x1000, NULL, 1) == 0);
	CHECK(vrig_dma(MODEL_DMA_PROBE, NO_PASID, 0x2000, NULL, 1) == -EFAULT);
	CHECK_EQ(vrig_fault(), 0x71);
	CHECK_NO_FAULT();
	*rig_mem(vrig_fs_entry(fs, 4, 1, 0x3000)) = P_BIT | FS_RW | A;
	CHECK(vrig_dma(MODEL_DMA_PROBE, NO_PASID, 0x3000, NULL, 1) == -EFAULT);
	CHECK_EQ(vrig_fault(), 0x81);
	CHECK_NO_FAULT();
	*rig_mem(vrig_fs_entry(fs, 4, 2, 0x200000)) = FS_ALL | PS | 0x2000;
	probe_faults(0x200000, 0x72);
	rig_stop();
}

int main(void)
{
	TAP_RUN(legacy_root_entry);
	TAP_RUN(legacy_context_entry);
	TAP_RUN(legacy_pages);
	TAP_RUN(legacy_translation_type);
	TAP_RUN(root_table_address);
	TAP_RUN(scalable_root_entry);
	TAP_RUN(scalable_context_entry);
	TAP_RUN(page_request_not_enabled);
	TAP_RUN(pasid_directory);
	TAP_RUN(pasid_entry);
	TAP_RUN(execute_and_supervisor_requests);
	TAP_RUN(first_stage_entries);
	TAP_RUN(second_stage_entries);
	TAP_RUN(nested_entries);
	TAP_RUN(entries_that_keep_changing);
	TAP_RUN(fault_processing_disabled);
	TAP_RUN(translation_requests);
	return tap_done();
}
