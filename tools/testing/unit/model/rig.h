/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for the tests: sparse memory, a model, and what a driver would set
 * up around it. Values are literal ones from the specification, not the names
 * of spec/amd.h, so that a mistake there does not hide itself.
 *
 * Memory answers at every physical address below HOLE, or what a test makes of
 * rig.hole; pages come into being when they are touched.
 */
#ifndef __UNIT_MODEL_RIG_H
#define __UNIT_MODEL_RIG_H

#include <tap.h>
#include "model/model.h"

#define HOLE	0xf000000000000ULL

/* Register offsets and control bits of the AMD machine. */
#define R_DEVTAB	0x0
#define R_CMDBASE	0x8
#define R_EVTBASE	0x10
#define R_CONTROL	0x18
#define R_CMDHEAD	0x2000
#define R_CMDTAIL	0x2008
#define R_EVTHEAD	0x2010
#define R_EVTTAIL	0x2018
#define R_STATUS	0x2020
#define C_ALL		0x101dULL	/* IommuEn EventLogEn EventIntEn ComWaitIntEn CmdBufEn */

/* Entries of device and page tables. */
#define V		1ULL
#define TV		2ULL
#define HAD(n)		((u64)(n) << 7)
#define MODE(n)		((u64)(n) << 9)
#define NL(n)		((u64)(n) << 9)
#define PR		1ULL
#define A_BIT		(1ULL << 5)
#define D_BIT		(1ULL << 6)
#define IR		(1ULL << 61)
#define IW		(1ULL << 62)
#define RW		(IR | IW)

/* Events: code and flags of the first word. */
#define EVT(code)	((u64)(code) << 60)
#define EVT_DOM(d)	((u64)(d) << 32)
#define EVT_PR		(1ULL << 52)
#define EVT_RW		(1ULL << 53)
#define EVT_PE		(1ULL << 54)
#define EVT_RZ		(1ULL << 55)
#define EVT_TR		(1ULL << 56)

#define RID		0x28		/* the device of most tests */
#define DOM		0x123

struct rig {
	struct model_env env;
	struct model *m;
	struct iommufdx_hw *hw;
	u64 devtab;
	u64 cmds;
	u64 evts;
	u64 sem;		/* where completions are stored */
	u64 sem_value;
	u64 next_pa;
	u32 cmd_tail;
	u32 evt_head;
	long kicks;
	u64 unpinned;		/* this page is not held for DMA */
	u64 hole;		/* no memory from here on */
	void (*hook)(u64 pa);	/* called before each access of the machine */
};

extern struct rig rig;

/* Build a machine of any kind. */
void rig_build(enum iommufdx_hw_kind kind, u32 flags, u32 caps,
	       u32 tlb_entries);
/* Build an AMD machine and enable it; end any, checking that nothing leaked. */
void rig_start(u32 flags, u32 caps, u32 tlb_entries);
void rig_stop(void);

/* Memory. rig_page() is a fresh zeroed page's address. */
u64 *rig_mem(u64 pa);
u64 rig_page(void);

/* Registers. */
u64 rd(u32 reg);
void wr(u32 reg, u64 val);

/* Commands: queue one and ring the doorbell; let the machine run. */
void rig_queue(u64 w0, u64 w1);
void rig_run(void);
/* Queue, add a completion wait, run, and check that it completed. */
void rig_cmd(u64 w0, u64 w1);
void rig_sync(void);

/* The next event, or zeroes. */
void rig_event(u64 *w0, u64 *w1);
#define CHECK_EVENT(e0, e1) \
	do { \
		u64 __w0, __w1; \
		rig_event(&__w0, &__w1); \
		CHECK_EQ(__w0, (u64)(e0)); \
		CHECK_EQ(__w1, (u64)(e1)); \
	} while (0)
#define CHECK_NO_EVENT() CHECK_EVENT(0, 0)

/* Device table: store words; make the machine forget the old ones. */
void rig_dte(u32 rid, u64 w0, u64 w1);
void rig_inv_dte(u32 rid);
void rig_inv(u32 domid, u64 word);
/* RID in domain DOM with a table of @mode levels; returns its root. */
u64 rig_domain(unsigned int mode, u64 dte0);

/*
 * The address of the entry for @iova in the table of @level; tables between are
 * made.
 */
u64 rig_entry(u64 root, unsigned int mode, unsigned int level, u64 iova);
/* Map one 4 KiB page read/write. */
void rig_map(u64 root, unsigned int mode, u64 iova, u64 pa);

/* One transaction of RID; returns what model_dma() does. */
int rig_dma(enum model_dma_op op, u64 iova, void *buf, size_t len);
/* The same of 8 bytes. */
int rig_write(u64 iova, u64 val);
int rig_read(u64 iova, u64 *val);
/* Does a write at @iova arrive at @pa? Each writes something different. */
bool rig_lands(u64 iova, u64 pa);
/* The event code of the last transaction that failed. */
u32 rig_fault(void);

struct model_stats rig_stats(void);
/* Have devices done more than @dmas transactions by now, some by the TLB? */
bool rig_was_busy(u64 dmas);

#endif /* __UNIT_MODEL_RIG_H */
