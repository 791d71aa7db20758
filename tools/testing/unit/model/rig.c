// SPDX-License-Identifier: GPL-2.0-only
/* A machine for the tests; see rig.h. */
#include <linux/err.h>
#include <linux/errno.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

struct rig rig;
static u32 last_fault;

/* ---- Sparse memory: a hash table that only grows, without a lock ---- */

#define SLOTS	(1U << 16)

struct page_slot {
	u64 pa;			/* page address + 1, 0: free */
	void *mem;
};

static struct page_slot slots[SLOTS];

static void *page_at(u64 pa)
{
	u64 key = (pa & ~0xfffULL) + 1, expected;
	u32 i = (key * 0x9e3779b97f4a7c15ULL) >> 48;
	void *mem, *fresh;

	for (;; i = (i + 1) % SLOTS) {
		struct page_slot *s = &slots[i];

		expected = 0;
		if (!__atomic_compare_exchange_n(&s->pa, &expected, key, false,
						 __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE) &&
		    expected != key)
			continue;
		mem = __atomic_load_n(&s->mem, __ATOMIC_ACQUIRE);
		if (mem)
			return mem;
		fresh = aligned_alloc(4096, 4096);
		memset(fresh, 0, 4096);
		if (__atomic_compare_exchange_n(&s->mem, &mem, fresh, false,
						__ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return fresh;
		free(fresh);
		return mem;
	}
}

static void free_memory(void)
{
	u32 i;

	for (i = 0; i < SLOTS; i++)
		free(slots[i].mem);
	memset(slots, 0, sizeof(slots));
}

static void *env_mem(struct model_env *env, u64 pa, size_t len)
{
	if (rig.hook)
		rig.hook(pa);
	if (pa >= rig.hole || (pa & 0xfff) + len > 4096)
		return NULL;
	return (char *)page_at(pa) + (pa & 0xfff);
}

static bool env_pinned(struct model_env *env, u64 pa)
{
	return (pa & ~0xfffULL) != __atomic_load_n(&rig.unpinned,
						   __ATOMIC_RELAXED);
}

static void env_kick(struct model_env *env)
{
	__atomic_fetch_add(&rig.kicks, 1, __ATOMIC_RELAXED);
}

u64 *rig_mem(u64 pa)
{
	return (u64 *)((char *)page_at(pa) + (pa & 0xff8));
}

u64 rig_page(void)
{
	rig.next_pa += 0x1000;
	return rig.next_pa;
}

/* ---- The machine ---- */

void rig_build(enum iommufdx_hw_kind kind, u32 flags, u32 caps,
	       u32 tlb_entries)
{
	struct model_config config = {
		.kind = kind,
		.flags = flags,
		.caps = caps,
		.tlb_entries = tlb_entries,
		.name = "test",
	};

	memset(&rig, 0, sizeof(rig));
	rig.env = (struct model_env){ env_mem, env_pinned, env_kick };
	rig.unpinned = ~0ULL;
	rig.hole = HOLE;
	rig.next_pa = 0x10000000;
	rig.m = model_create(&config, &rig.env);
	if (IS_ERR(rig.m))
		abort();
	rig.hw = model_hw(rig.m);
}

void rig_start(u32 flags, u32 caps, u32 tlb_entries)
{
	rig_build(IOMMUFDX_HW_AMD, flags, caps, tlb_entries);
	rig.devtab = rig_page();	/* 256 entries */
	rig_page();
	rig.cmds = rig_page();
	rig.evts = rig_page();
	rig.sem = rig_page();
	wr(R_DEVTAB, rig.devtab | 1);
	wr(R_CMDBASE, rig.cmds | 8ULL << 56);
	wr(R_EVTBASE, rig.evts | 8ULL << 56);
	wr(R_CONTROL, C_ALL);
}

void rig_stop(void)
{
	model_destroy(rig.m);
	free_memory();
	if (shim_objects_in_use()) {
		printf("# %ld objects leaked\n", shim_objects_in_use());
		abort();
	}
}

u64 rd(u32 reg)
{
	return hw_read64(rig.hw, reg);
}

void wr(u32 reg, u64 val)
{
	hw_write64(rig.hw, reg, val);
}

void rig_queue(u64 w0, u64 w1)
{
	__atomic_store_n(rig_mem(rig.cmds + rig.cmd_tail), w0, __ATOMIC_RELAXED);
	__atomic_store_n(rig_mem(rig.cmds + rig.cmd_tail + 8), w1,
			 __ATOMIC_RELAXED);
	rig.cmd_tail = (rig.cmd_tail + 16) & 0xfff;
	wr(R_CMDTAIL, rig.cmd_tail);
}

void rig_run(void)
{
	model_run(rig.m);
}

void rig_sync(void)
{
	rig_queue(1ULL << 60 | rig.sem | 1, ++rig.sem_value);
	rig_run();
	if (*rig_mem(rig.sem) != rig.sem_value)
		shim_warn(__FILE__, __LINE__, "no completion");
}

void rig_cmd(u64 w0, u64 w1)
{
	rig_queue(w0, w1);
	rig_sync();
}

void rig_event(u64 *w0, u64 *w1)
{
	u32 tail = rd(R_EVTTAIL);

	*w0 = 0;
	*w1 = 0;
	if (tail == rig.evt_head)
		return;
	*w0 = *rig_mem(rig.evts + rig.evt_head);
	*w1 = *rig_mem(rig.evts + rig.evt_head + 8);
	rig.evt_head = (rig.evt_head + 16) & 0xfff;
	wr(R_EVTHEAD, rig.evt_head);
}

void rig_dte(u32 rid, u64 w0, u64 w1)
{
	*rig_mem(rig.devtab + rid * 32) = w0;
	*rig_mem(rig.devtab + rid * 32 + 8) = w1;
}

void rig_inv_dte(u32 rid)
{
	rig_cmd(2ULL << 60 | rid, 0);
}

void rig_inv(u32 domid, u64 word)
{
	rig_cmd(3ULL << 60 | (u64)domid << 32, word);
}

u64 rig_domain(unsigned int mode, u64 dte0)
{
	u64 root = rig_page();

	rig_dte(RID, V | TV | MODE(mode) | root | RW | dte0, DOM);
	return root;
}

u64 rig_entry(u64 root, unsigned int mode, unsigned int level, u64 iova)
{
	u64 table = root, *e;

	while (mode > level) {
		e = rig_mem(table + ((iova >> (3 + 9 * mode)) & 0x1ff) * 8);
		if (!(*e & PR))
			*e = PR | NL(mode - 1) | RW | rig_page();
		table = *e & 0xffffffffff000;
		mode--;
	}
	return table + ((iova >> (3 + 9 * level)) & 0x1ff) * 8;
}

void rig_map(u64 root, unsigned int mode, u64 iova, u64 pa)
{
	*rig_mem(rig_entry(root, mode, 1, iova)) = PR | RW | pa;
}

int rig_dma(enum model_dma_op op, u64 iova, void *buf, size_t len)
{
	struct model_txn txn = {
		.rid = RID, .op = op, .iova = iova, .buf = buf, .len = len,
	};
	int rc = model_dma(rig.m, &txn);

	last_fault = txn.fault;
	return rc;
}

int rig_write(u64 iova, u64 val)
{
	return rig_dma(MODEL_DMA_WRITE, iova, &val, sizeof(val));
}

int rig_read(u64 iova, u64 *val)
{
	return rig_dma(MODEL_DMA_READ, iova, val, sizeof(*val));
}

bool rig_lands(u64 iova, u64 pa)
{
	static u64 val = 0x1111;

	val += 0x1234567;
	return !rig_write(iova, val) && *rig_mem(pa) == val;
}

u32 rig_fault(void)
{
	return last_fault;
}

struct model_stats rig_stats(void)
{
	struct model_stats s;

	model_stats(rig.m, &s);
	return s;
}

bool rig_was_busy(u64 dmas)
{
	struct model_stats stats = rig_stats();

	return stats.dma > dmas && stats.tlb_hits;
}
