// SPDX-License-Identifier: GPL-2.0-only
/* A VT-d machine for the tests; see vtd_rig.h. */
#include <linux/errno.h>
#include <string.h>

#include "vtd_rig.h"

struct vrig vrig;
static u32 last_fault;
static u32 next_record;

static void page_response(struct model_env *env,
			  const struct model_page_response *resp)
{
	vrig.resp = *resp;
	vrig.responses++;
}

u32 rd32(u32 reg)
{
	return hw_read32(rig.hw, reg);
}

void wr32(u32 reg, u32 val)
{
	hw_write32(rig.hw, reg, val);
}

void vrig_gcmd(u32 bit, bool on)
{
	u32 sts = rd32(R_GSTS) & 0x96ffffff;

	wr32(R_GCMD, on ? sts | bit : sts & ~bit);
	if (!(rd32(R_GSTS) & bit) == on)
		shim_warn(__FILE__, __LINE__, "command has no effect");
}

void vrig_start(u64 mode, u32 flags, u32 caps)
{
	memset(&vrig, 0, sizeof(vrig));
	next_record = 0;
	rig_build(IOMMUFDX_HW_VTD, flags, caps, 0);
	rig.env.page_response = page_response;
	vrig.mode = mode;
	vrig.root = rig_page();
	vrig.ctx = rig_page();
	vrig.pdir = rig_page();
	vrig.ptab = rig_page();
	vrig.iq = rig_page();
	vrig.pq = rig_page();
	rig.sem = rig_page();
	vrig.wide = rd(R_ECAP) & 1ULL << 43;

	*rig_mem(vrig.root) = vrig.ctx | P_BIT;
	if (mode == SCALABLE) {
		*rig_mem(vrig.pdir) = vrig.ptab | P_BIT;
		vrig_ctx(vrig.pdir | P_BIT | PASIDE |
			 (rd(R_ECAP) & 1ULL << 2 ? DTE : 0) |
			 (rd(R_ECAP) & 1ULL << 29 ? PRE : 0), 0);
	}
	wr(R_IQA, vrig.iq | (vrig.wide ? 1ULL << 11 : 0));
	wr(R_IQT, 0);
	wr(R_PQA, vrig.pq);
	vrig_gcmd(QIE, true);
	wr(R_RTADDR, vrig.root | mode);
	vrig_gcmd(SRTP, true);
	wr32(R_FECTL, 0);
	wr32(R_IECTL, 0);
	wr32(R_PECTL, 0);
	vrig_gcmd(TE, true);
}

/* ---- Tables ---- */

void vrig_ctx(u64 w0, u64 w1)
{
	u64 pa = vrig.ctx + RID * (vrig.mode == SCALABLE ? 32 : 16);

	*rig_mem(pa + 8) = w1;
	*rig_mem(pa) = w0;
}

u64 vrig_pe_addr(u32 pasid)
{
	return vrig.ptab + pasid * 64;
}

void vrig_pe(u32 pasid, u64 w0, u64 w1, u64 w2)
{
	u64 pa = vrig_pe_addr(pasid);

	*rig_mem(pa + 8) = w1;
	*rig_mem(pa + 16) = w2;
	*rig_mem(pa) = w0;
}

u64 vrig_first(u32 pasid)
{
	u64 fs = rig_page();

	vrig_pe(pasid, PGTT(1) | P_BIT, DOM | PWSNP, fs);
	return fs;
}

u64 vrig_second(u32 pasid, u64 flags0)
{
	u64 ss = rig_page();

	vrig_pe(pasid, ss | PGTT(2) | AW(2) | P_BIT | flags0, DOM | PWSNP, 0);
	return ss;
}

void vrig_nested(u32 pasid, u64 flags0, u64 *fs, u64 *ss)
{
	*fs = rig_page();
	*ss = rig_page();
	vrig_pe(pasid, *ss | PGTT(3) | AW(2) | P_BIT | flags0, DOM | PWSNP,
		*fs);
}

u64 vrig_legacy(u64 tt)
{
	u64 ss = rig_page();

	vrig_ctx(ss | TT(tt) | P_BIT, AW_DID(2, DOM));
	return ss;
}

static u64 entry(u64 root, unsigned int levels, unsigned int level, u64 iova,
		 u64 table_bits)
{
	u64 table = root, *e, val;

	for (; levels > level; levels--) {
		e = rig_mem(table + ((iova >> (3 + 9 * levels)) & 0x1ff) * 8);
		/* The machine may be setting bits in it. */
		val = __atomic_load_n(e, __ATOMIC_RELAXED);
		if (!(val & 3)) {
			val = table_bits | rig_page();
			*e = val;
		}
		table = val & 0xffffffffff000;
	}
	return table + ((iova >> (3 + 9 * level)) & 0x1ff) * 8;
}

u64 vrig_fs_entry(u64 root, unsigned int levels, unsigned int level, u64 iova)
{
	return entry(root, levels, level, iova, FS_ALL);
}

u64 vrig_ss_entry(u64 root, unsigned int levels, unsigned int level, u64 iova)
{
	return entry(root, levels, level, iova, SS_RW);
}

void vrig_fs_map(u64 root, u64 iova, u64 pa)
{
	*rig_mem(vrig_fs_entry(root, 4, 1, iova)) = FS_ALL | pa;
}

void vrig_ss_map(u64 root, u64 iova, u64 pa)
{
	*rig_mem(vrig_ss_entry(root, 4, 1, iova)) = SS_RW | pa;
}

void vrig_ss_identity(u64 root, u64 pa, u64 pages)
{
	for (; pages--; pa += 0x1000)
		vrig_ss_map(root, pa, pa);
}

/* ---- Descriptors ---- */

void vrig_queue(u64 w0, u64 w1)
{
	u32 size = vrig.wide ? 32 : 16, i;
	u64 pa = vrig.iq + vrig.iq_tail;

	__atomic_store_n(rig_mem(pa), w0, __ATOMIC_RELAXED);
	__atomic_store_n(rig_mem(pa + 8), w1, __ATOMIC_RELAXED);
	for (i = 16; i < size; i += 8)
		__atomic_store_n(rig_mem(pa + i), 0, __ATOMIC_RELAXED);
	vrig.iq_tail = (vrig.iq_tail + size) & 0xfff;
	wr(R_IQT, vrig.iq_tail);
}

void vrig_sync(void)
{
	vrig_queue(++rig.sem_value << 32 | 0x25, rig.sem);
	rig_run();
	if ((u32)*rig_mem(rig.sem) != (u32)rig.sem_value)
		shim_warn(__FILE__, __LINE__, "no completion");
}

void vrig_cmd(u64 w0, u64 w1)
{
	vrig_queue(w0, w1);
	vrig_sync();
}

void vrig_inv_ctx(void)
{
	vrig_cmd(0x11, 0);
}

void vrig_inv_pasid(void)
{
	vrig_cmd(0x37, 0);
}

void vrig_inv_dom(u32 did)
{
	vrig_cmd(0xe2 | (u64)did << 16, 0);
}

void vrig_inv_all(void)
{
	vrig_cmd(0xd2, 0);
}

/* ---- Transactions ---- */

int vrig_dma(enum model_dma_op op, u32 pasid, u64 iova, void *buf, size_t len)
{
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = iova, .buf = buf, .len = len,
		.has_pasid = pasid != NO_PASID,
		.pasid = pasid == NO_PASID ? 0 : pasid,
	};
	int rc = model_dma(rig.m, &txn);

	last_fault = txn.fault;
	return rc;
}

int vrig_write(u32 pasid, u64 iova, u64 val)
{
	return vrig_dma(MODEL_DMA_WRITE, pasid, iova, &val, sizeof(val));
}

int vrig_read(u32 pasid, u64 iova)
{
	u64 val;

	return vrig_dma(MODEL_DMA_READ, pasid, iova, &val, sizeof(val));
}

bool vrig_lands(u32 pasid, u64 iova, u64 pa)
{
	static u64 val = 0x2222;

	val += 0x1234567;
	return !vrig_write(pasid, iova, val) && *rig_mem(pa) == val;
}

u32 vrig_fault(void)
{
	return last_fault;
}

void vrig_record(u64 *w0, u64 *w1)
{
	u32 reg = R_FRCD(next_record);

	*w0 = rd(reg);
	*w1 = rd(reg + 8);
	if (!(*w1 & F_BIT)) {
		*w0 = 0;
		*w1 = 0;
		return;
	}
	wr32(reg + 12, 1U << 31);
	next_record = (next_record + 1) % 8;
}
