/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest translation on the AMD machine of rig.h. Values are literal ones from
 * the specification.
 */
#ifndef __UNIT_MODEL_AMD_RIG_H
#define __UNIT_MODEL_AMD_RIG_H

#include "rig.h"

#define R_EFR		0x30
#define R_PPRBASE	0x38
#define R_EFR2		0x1a0
#define R_PPRHEAD	0x2030
#define R_PPRTAIL	0x2038
#define C_GT		(1ULL << 16)	/* GTEn */
#define C_PPR		(7ULL << 13)	/* PPRLogEn PPRIntEn PPREn */
#define C_AUTO		(1ULL << 39)	/* PPRAutoRspEn */
#define C_TRP		(1ULL << 58)	/* GCR3TRPMode */

/* DTE */
#define GIOV		(1ULL << 54)
#define GV		(1ULL << 55)
#define GLX(n)		((u64)(n) << 56)
#define DTE_I		(1ULL << 32)
#define DTE_PPR		(1ULL << 52)

/* Guest page tables */
#define GP		1ULL
#define GRW		2ULL
#define GUS		4ULL
#define GA		0x20ULL
#define GD		0x40ULL
#define GPS		0x80ULL
#define GNX		(1ULL << 63)
#define GALL		(GP | GRW | GUS)

/* Events with a PASID. */
#define EVT_GN(p)	(1ULL << 48 | ((u64)(p) & 0xffff) << 32 | \
			 ((u64)(p) & 0xf0000))
#define EVT_NX		(1ULL << 49)
#define EVT_US		(1ULL << 50)

#define NO_PASID	(~0U)

/* A machine with everything, guest translation on. */
void grig_start(u32 flags, u32 caps, u32 tlb_entries);
/*
 * RID's DTE: GCR3 table of @glx + 1 levels, page tables of @levels; @w0, @w1:
 * more of it, e.g. a host table. Returns the GCR3 table's address.
 */
u64 grig_dte(unsigned int glx, unsigned int levels, u64 w0, u64 w1);
/* Entry of @pasid in the GCR3 table; tables between are made. */
u64 grig_gcr3(u64 gcr3, unsigned int glx, u32 pasid);
/* Give @pasid a page table; returns its address. */
u64 grig_table(u64 gcr3, unsigned int glx, u32 pasid);
/* Entry for @iova at @level; tables between are made. */
u64 grig_entry(u64 table, unsigned int levels, unsigned int level, u64 iova);
/* Map one 4 KiB page read/write for all, in a table of 4 levels. */
void grig_map(u64 table, u64 iova, u64 pa);
/* Invalidate pages of a PASID of DOM; @word as rig_inv(), without GN. */
void grig_inv(u32 pasid, u64 word);

int grig_dma(enum model_dma_op op, u32 pasid, u64 iova, void *buf, size_t len);
int grig_write(u32 pasid, u64 iova, u64 val);
int grig_read(u32 pasid, u64 iova);
bool grig_lands(u32 pasid, u64 iova, u64 pa);

#endif /* __UNIT_MODEL_AMD_RIG_H */
