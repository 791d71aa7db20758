// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/slab.h>
#include <unistd.h>
#include "rig.h"

#define ARENA_END	(SHIM_PHYS_BASE + (1ULL << 32))

static void *rig_mem(struct model_env *env, u64 pa, size_t len)
{
	if (pa < SHIM_PHYS_BASE || pa + len > ARENA_END)
		return NULL;
	return phys_to_virt(pa);
}

static void rig_kick(struct model_env *env)
{
	struct machine *m = container_of(env, struct machine, env);

	pthread_mutex_lock(&m->lock);
	m->kicked = true;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->lock);
}

static void *rig_thread(void *arg)
{
	struct machine *m = arg;

	pthread_mutex_lock(&m->lock);
	for (;;) {
		while (!m->kicked && !m->stop)
			pthread_cond_wait(&m->work, &m->lock);
		if (m->stop)
			break;
		m->kicked = false;
		pthread_mutex_unlock(&m->lock);
		model_run(m->model);
		pthread_mutex_lock(&m->lock);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

void iommufdx_report_fault(struct iommufdx_iommu *iommu,
			   const struct iommufdx_fault *fault)
{
	struct machine *m = container_of(iommu, struct machine, iommu);

	pthread_mutex_lock(&m->lock);
	m->faults++;
	m->last_fault = *fault;
	pthread_mutex_unlock(&m->lock);
}

int machine_start(struct machine *m, u32 flags, u32 caps)
{
	struct model_config config = {
		.kind = IOMMUFDX_HW_AMD,
		.flags = flags,
		.caps = caps,
		.name = "amd0",
	};
	int rc;

	memset(m, 0, sizeof(*m));
	m->env = (struct model_env){ .mem = rig_mem, .kick = rig_kick };
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->work, NULL);
	m->model = model_create(&config, &m->env);
	if (IS_ERR(m->model))
		return PTR_ERR(m->model);
	m->iommu.hw = model_hw(m->model);
	pthread_create(&m->thread, NULL, rig_thread, m);
	rc = amd_probe(&m->iommu);
	if (rc)
		machine_stop(m);
	return rc;
}

void machine_stop(struct machine *m)
{
	if (m->iommu.priv)
		amd_remove(&m->iommu);
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	model_destroy(m->model);
}

/* An event is in the log before the DMA that caused it has ended. */
void machine_settle(struct machine *m)
{
	struct iommufdx_hw *hw = m->iommu.hw;
	int i;

	for (i = 0; i < 5000; i++) {
		if (hw_read64(hw, AMD_REG_EVT_HEAD) ==
		    hw_read64(hw, AMD_REG_EVT_TAIL) &&
		    !(hw_read64(hw, AMD_REG_STATUS) &
		      (AMD_STATUS_EVT_OVERFLOW | AMD_STATUS_EVT_INT)))
			return;
		usleep(1000);
	}
	CHECK(!"the event log was never read");
}

void master_start(struct machine *m, struct iommufdx_master *master, u32 rid)
{
	memset(master, 0, sizeof(*master));
	master->iommu = &m->iommu;
	master->rid = rid;
	master->name = "dev";
	if (amd_master_add(master))
		abort();
}

void master_stop(struct iommufdx_master *master)
{
	amd_master_remove(master);
}

struct iommufdx_domain *domain_make(struct iommufdx_master *master, u32 flags)
{
	struct iommufdx_domain_req req = { .flags = flags };
	struct iommufdx_domain *domain;

	domain = amd_domain_alloc_paging(master, &req);
	if (IS_ERR(domain))
		abort();
	return domain;
}

u64 page_make(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (!page)
		abort();
	return page_to_phys(page);
}

void page_drop(u64 pa)
{
	__free_page(phys_to_page(pa));
}

int domain_map(struct iommufdx_domain *domain, u64 iova, u64 pa, u64 npages)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	u64 run = pfn_run(PHYS_PFN(pa), npages), mapped;
	struct pgtable_map req = {
		.iova = iova,
		.last = iova + npages * PAGE_SIZE - 1,
		.runs = &run,
		.nr_runs = 1,
		.prot = PGTABLE_READ | PGTABLE_WRITE | PGTABLE_CACHE,
		.gfp = GFP_KERNEL,
	};
	int rc, flush;

	rc = domain->pt.ops->map(&domain->pt, &req, &gather, &mapped);
	flush = domain->ops->flush(domain, &gather);
	pgtable_gather_free(&gather);
	return rc ?: flush;
}

int domain_unmap(struct iommufdx_domain *domain, u64 iova, u64 npages)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	int rc;

	domain->pt.ops->unmap(&domain->pt, iova, iova + npages * PAGE_SIZE - 1,
			      &gather);
	rc = domain->ops->flush(domain, &gather);
	pgtable_gather_free(&gather);
	return rc;
}

struct dirty_sink {
	struct pgtable_dirty_sink sink;
	bool dirty;
};

static void dirty_word(struct pgtable_dirty_sink *sink, u64 index, u64 bits)
{
	container_of(sink, struct dirty_sink, sink)->dirty = true;
}

bool domain_dirty(struct iommufdx_domain *domain, u64 iova)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	struct dirty_sink sink = {
		.sink = { .iova = iova, .shift = PAGE_SHIFT,
			  .word = dirty_word },
	};

	domain->pt.ops->read_dirty(&domain->pt, iova, iova + PAGE_SIZE - 1, 0,
				   &sink.sink, &gather);
	CHECK_EQ(domain->ops->flush(domain, &gather), 0);
	pgtable_gather_free(&gather);
	return sink.dirty;
}

static int dma(struct iommufdx_master *master, enum model_dma_op op, u64 iova,
	       u64 *val)
{
	struct machine *m = container_of(master->iommu, struct machine, iommu);
	struct model_txn txn = {
		.rid = master->rid,
		.op = op,
		.iova = iova,
		.len = sizeof(*val),
		.buf = val,
	};

	return model_dma(m->model, &txn);
}

int dma_write(struct iommufdx_master *master, u64 iova, u64 val)
{
	return dma(master, MODEL_DMA_WRITE, iova, &val);
}

int dma_read(struct iommufdx_master *master, u64 iova, u64 *val)
{
	return dma(master, MODEL_DMA_READ, iova, val);
}

struct model_stats machine_stats(struct machine *m)
{
	struct model_stats stats;

	model_stats(m->model, &stats);
	return stats;
}
