// SPDX-License-Identifier: GPL-2.0-only
/* See amd_rig.h. */
#include "amd_rig.h"

#define ADDRESS	0xffffffffff000ULL

void grig_start(u32 flags, u32 caps, u32 tlb_entries)
{
	rig_start(flags, caps, tlb_entries);
	wr(R_CONTROL, C_ALL | C_GT);
}

u64 grig_dte(unsigned int glx, unsigned int levels, u64 w0, u64 w1)
{
	u64 gcr3 = rig_page();

	rig_dte(RID, V | TV | RW | GV | GLX(glx) | (gcr3 >> 12 & 7) << 58 | w0,
		DOM | (gcr3 >> 15 & 0xffff) << 16 | gcr3 >> 31 << 43 | w1);
	rig_mem(rig.devtab + RID * 32)[2] = (u64)(levels - 4) << 54;
	return gcr3;
}

/* The entry at @level, 9 bits of @index each; @link: of tables between. */
static u64 entry_at(u64 table, unsigned int top, unsigned int level, u64 index,
		    u64 link)
{
	u64 *e;

	for (; top > level; top--) {
		e = rig_mem(table + (index >> 9 * top & 0x1ff) * 8);
		if (!(*e & 1))
			*e = link | rig_page();
		table = *e & ADDRESS;
	}
	return table + (index >> 9 * top & 0x1ff) * 8;
}

u64 grig_gcr3(u64 gcr3, unsigned int glx, u32 pasid)
{
	return entry_at(gcr3, glx, 0, pasid, 1);
}

u64 grig_table(u64 gcr3, unsigned int glx, u32 pasid)
{
	u64 table = rig_page();

	*rig_mem(grig_gcr3(gcr3, glx, pasid)) = table | 1;
	return table;
}

u64 grig_entry(u64 table, unsigned int levels, unsigned int level, u64 iova)
{
	return entry_at(table, levels - 1, level - 1, iova >> 12, GALL);
}

void grig_map(u64 table, u64 iova, u64 pa)
{
	*rig_mem(grig_entry(table, 4, 1, iova)) = GALL | pa;
}

void grig_inv(u32 pasid, u64 word)
{
	rig_cmd(3ULL << 60 | (u64)DOM << 32 | pasid, word | 4);
}

int grig_dma(enum model_dma_op op, u32 pasid, u64 iova, void *buf, size_t len)
{
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = iova, .buf = buf, .len = len,
		.has_pasid = pasid != NO_PASID,
		.pasid = pasid == NO_PASID ? 0 : pasid,
	};

	return model_dma(rig.m, &txn);
}

int grig_write(u32 pasid, u64 iova, u64 val)
{
	return grig_dma(MODEL_DMA_WRITE, pasid, iova, &val, 8);
}

int grig_read(u32 pasid, u64 iova)
{
	u64 val;

	return grig_dma(MODEL_DMA_READ, pasid, iova, &val, 8);
}

bool grig_lands(u32 pasid, u64 iova, u64 pa)
{
	static u64 val = 0x3333;

	val += 0x1234567;
	return !grig_write(pasid, iova, val) && *rig_mem(pa) == val;
}
