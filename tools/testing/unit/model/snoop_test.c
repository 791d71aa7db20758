// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that ask not to be snooped: what makes them coherent all the same on
 * AMD and on VT-d, and that all others are counted.
 */
#include <linux/err.h>
#include <linux/errno.h>

#include "model/atc.h"
#include "amd_rig.h"
#include "vtd_rig.h"

#define A		0x70000000ULL
#define IOVA		0x40000000ULL

#define FC		(1ULL << 60)	/* AMD page entry */
#define ATTRV		(1ULL << 54)	/* DTE word 3 */
#define MODE0_FC	(1ULL << 55)
#define SNP		(1ULL << 11)	/* VT-d second-stage leaf */
#define PGSNP		(1ULL << 24)	/* PASID entry word 1 */

static struct model_atc *atc;

static int dma(enum model_dma_op op, u32 pasid, u64 iova, bool no_snoop)
{
	u64 val = 5;
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = iova, .buf = &val, .len = 8,
		.has_pasid = pasid != NO_PASID,
		.pasid = pasid == NO_PASID ? 0 : pasid,
		.no_snoop = no_snoop,
	};

	return atc ? model_atc_dma(atc, &txn) : model_dma(rig.m, &txn);
}

/* How many of a write, a read and the same again from the caches went unsnooped. */
static u64 unsnooped(u32 pasid, u64 iova)
{
	u64 before = rig_stats().unsnooped;
	int i;

	for (i = 0; i < 2; i++) {
		CHECK(!dma(MODEL_DMA_WRITE, pasid, iova, true));
		CHECK(!dma(MODEL_DMA_READ, pasid, iova, true));
		/* Who does not ask is snooped always. */
		CHECK(!dma(MODEL_DMA_WRITE, pasid, iova, false));
	}
	return rig_stats().unsnooped - before;
}

static void refused_and_probed_do_not_count(void)
{
	rig_start(0, MODEL_CAP_ANY, 0);
	rig_map(rig_domain(4, 0), 4, IOVA, A);
	CHECK(dma(MODEL_DMA_WRITE, NO_PASID, IOVA + 0x1000, true) == -EFAULT);
	dma(MODEL_DMA_PROBE, NO_PASID, IOVA, true);
	CHECK_EQ(rig_stats().unsnooped, 0);
	rig_stop();
}

static void amd_host_table(void)
{
	u64 root;

	rig_start(0, MODEL_CAP_ANY, 0);
	root = rig_domain(4, 0);
	rig_map(root, 4, IOVA, A);
	rig_map(root, 4, IOVA + 0x1000, A);
	*rig_mem(rig_entry(root, 4, 1, IOVA)) |= FC;
	CHECK_EQ(unsnooped(NO_PASID, IOVA), 0);
	CHECK_EQ(unsnooped(NO_PASID, IOVA + 0x1000), 4);
	rig_stop();
}

static void amd_without_a_host_table(void)
{
	rig_start(0, 0, 0);
	rig_dte(RID, V | TV | RW, DOM);
	CHECK_EQ(unsnooped(NO_PASID, A), 4);
	*rig_mem(rig.devtab + RID * 32 + 24) = MODE0_FC;
	rig_inv_dte(RID);
	CHECK_EQ(unsnooped(NO_PASID, A), 4);
	*rig_mem(rig.devtab + RID * 32 + 24) = ATTRV | MODE0_FC;
	rig_inv_dte(RID);
	CHECK_EQ(unsnooped(NO_PASID, A), 0);
	rig_stop();
}

static void amd_guest_table(void)
{
	u64 gcr3, table, root;

	grig_start(0, MODEL_CAP_ANY, 0);
	gcr3 = grig_dte(0, 4, 0, 0);
	table = grig_table(gcr3, 0, 1);
	grig_map(table, IOVA, A);
	CHECK_EQ(unsnooped(1, IOVA), 4);
	rig_stop();

	/* Behind it the host's entry has its say. */
	grig_start(0, MODEL_CAP_ANY, 0);
	root = rig_page();
	gcr3 = grig_dte(0, 4, root | MODE(4), 0);
	table = grig_table(gcr3, 0, 1);
	grig_map(table, IOVA, 0x5000);
	grig_map(table, IOVA + 0x1000, 0x6000);
	for (u64 pa = rig.devtab; pa < rig.next_pa + 0x40000; pa += 0x1000)
		rig_map(root, 4, pa, pa);
	rig_map(root, 4, 0x5000, A);
	rig_map(root, 4, 0x6000, A);
	*rig_mem(rig_entry(root, 4, 1, 0x5000)) |= FC;
	CHECK_EQ(unsnooped(1, IOVA), 0);
	CHECK_EQ(unsnooped(1, IOVA + 0x1000), 4);
	rig_stop();
}

static void vtd_second_stage(void)
{
	static const u64 modes[] = { LEGACY, SCALABLE };
	unsigned int i;
	u64 ss;

	for (i = 0; i < 2; i++) {
		vrig_start(modes[i], 0, MODEL_CAP_ANY);
		ss = modes[i] == LEGACY ? vrig_legacy(0) : vrig_second(0, 0);
		vrig_ss_map(ss, IOVA, A);
		vrig_ss_map(ss, IOVA + 0x1000, A);
		*rig_mem(vrig_ss_entry(ss, 4, 1, IOVA)) |= SNP;
		CHECK_EQ(unsnooped(NO_PASID, IOVA), 0);
		CHECK_EQ(unsnooped(NO_PASID, IOVA + 0x1000), 4);
		rig_stop();
	}
}

static void vtd_pgsnp(u32 pgtt, u64 root0, u64 root2)
{
	vrig_pe(1, root0 | PGTT(pgtt) | AW(2) | P_BIT, DOM | PWSNP, root2);
	vrig_inv_pasid();
	vrig_inv_all();
	CHECK_EQ(unsnooped(1, A), 4);
	vrig_pe(1, root0 | PGTT(pgtt) | AW(2) | P_BIT, DOM | PWSNP | PGSNP,
		root2);
	vrig_inv_pasid();
	vrig_inv_all();
	CHECK_EQ(unsnooped(1, A), 0);
}

static void vtd_pasid_entry(void)
{
	u64 fs, ss;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	fs = rig_page();
	ss = rig_page();
	vrig_fs_map(fs, A, A);
	vrig_ss_map(ss, A, A);
	vtd_pgsnp(1, 0, fs);
	vtd_pgsnp(2, ss, 0);
	vrig_ss_identity(ss, fs, 16);
	vtd_pgsnp(3, ss, fs);
	vtd_pgsnp(4, 0, 0);
	/* Of a nested one the second stage's leaf counts as well. */
	*rig_mem(vrig_ss_entry(ss, 4, 1, A)) |= SNP;
	vrig_pe(1, ss | PGTT(3) | AW(2) | P_BIT, DOM | PWSNP, fs);
	vrig_inv_pasid();
	vrig_inv_all();
	CHECK_EQ(unsnooped(1, A), 0);
	rig_stop();
}

/* The answer to a translation request forbids it to the device. */
static void devices_cache_it(void)
{
	u64 ss;

	vrig_start(SCALABLE, 0, MODEL_CAP_ANY);
	ss = vrig_second(0, 0);
	vrig_ss_map(ss, IOVA, A);
	vrig_ss_map(ss, IOVA + 0x1000, A);
	*rig_mem(vrig_ss_entry(ss, 4, 1, IOVA)) |= SNP;
	atc = model_atc_create(rig.m, RID, 0);
	if (IS_ERR(atc))
		abort();
	CHECK_EQ(unsnooped(NO_PASID, IOVA), 0);
	CHECK_EQ(unsnooped(NO_PASID, IOVA + 0x1000), 4);
	model_atc_destroy(atc);
	atc = NULL;
	rig_stop();
}

int main(void)
{
	TAP_RUN(refused_and_probed_do_not_count);
	TAP_RUN(amd_host_table);
	TAP_RUN(amd_without_a_host_table);
	TAP_RUN(amd_guest_table);
	TAP_RUN(vtd_second_stage);
	TAP_RUN(vtd_pasid_entry);
	TAP_RUN(devices_cache_it);
	return tap_done();
}
