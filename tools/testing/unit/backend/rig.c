// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <unistd.h>
#include "core/domain.h"
#include "core/guest/inv_exec.h"
#include "rig.h"

#define ARENA_END	(SHIM_PHYS_BASE + (1ULL << 32))

/* ------------------------------------------------------------- the machine */

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

static void rig_page_response(struct model_env *env,
			      const struct model_page_response *resp)
{
	struct machine *m = container_of(env, struct machine, env);

	pthread_mutex_lock(&m->lock);
	m->response = *resp;
	m->nr_responses++;
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

void rig_sleep(void)
{
	usleep(1000);
}

int machine_start(struct machine *m, u32 flags, u32 caps)
{
	struct model_config config = {
		.kind = rig_ops->kind,
		.flags = flags,
		.caps = caps,
		.name = rig_ops->name,
	};
	int rc;

	memset(m, 0, sizeof(*m));
	m->env = (struct model_env){
		.mem = rig_mem,
		.kick = rig_kick,
		.page_response = rig_page_response,
	};
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->work, NULL);
	m->model = model_create(&config, &m->env);
	if (IS_ERR(m->model))
		return PTR_ERR(m->model);
	m->iommu.hw = model_hw(m->model);
	m->iommu.ops = rig_ops;
	refcount_set(&m->iommu.users, 1);
	INIT_LIST_HEAD(&m->iommu.owing);
	pthread_create(&m->thread, NULL, rig_thread, m);
	rc = rig_ops->probe(&m->iommu);
	if (rc)
		machine_stop(m);
	return rc;
}

void machine_stop(struct machine *m)
{
	if (m->iommu.priv)
		rig_ops->remove(&m->iommu);
	fdx_iommu_owes_nothing(&m->iommu);
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	model_destroy(m->model);
}

struct model_stats machine_stats(struct machine *m)
{
	struct model_stats stats;

	model_stats(m->model, &stats);
	return stats;
}

void machine_stall(struct machine *m, bool on)
{
	int i;

	CHECK_EQ(model_set_knob(m->model, MODEL_KNOB_STALL, on), 0);
	/* Until then it is silent, and who asks gives up soon. */
	for (i = 0; !on && i < 30000 && machine_stats(m).queue_depth; i++)
		rig_sleep();
	CHECK(on || !machine_stats(m).queue_depth);
}

/* -------------------------------------------------------------------- core */

static struct machine *machine_of(struct iommufdx_iommu *iommu)
{
	return container_of(iommu, struct machine, iommu);
}

void iommufdx_report_fault(struct iommufdx_iommu *iommu,
			   const struct iommufdx_fault *fault)
{
	struct machine *m = machine_of(iommu);

	pthread_mutex_lock(&m->lock);
	m->faults++;
	m->last_fault = *fault;
	pthread_mutex_unlock(&m->lock);
}

bool iommufdx_next_ats(struct iommufdx_iommu *iommu, unsigned long *rid)
{
	u64 ats = machine_of(iommu)->ats;

	while (*rid < 64 && !(ats >> *rid & 1))
		++*rid;
	return *rid < 64;
}

int iommufdx_report_page_request(struct iommufdx_master *master,
				 const struct iommufdx_page_request *req)
{
	struct machine *m = machine_of(master->iommu);
	bool refuse;

	pthread_mutex_lock(&m->lock);
	refuse = m->refuse || m->nr_requests >= RIG_REQUESTS;
	if (m->nr_requests < RIG_REQUESTS) {
		m->requests[m->nr_requests] = *req;
		m->requesters[m->nr_requests++] = master;
	}
	pthread_mutex_unlock(&m->lock);
	if (refuse && (req->flags & IOMMUFDX_PAGE_LAST))
		rig_ops->page_response(master, req, IOMMUFDX_PAGE_INVALID);
	return 0;
}

int master_add(struct machine *m, struct iommufdx_master *master, u32 rid)
{
	int rc;

	master->iommu = &m->iommu;
	master->rid = rid;
	master->name = "dev";
	rc = rig_ops->master_add(master);
	if (!rc && (master->caps & IOMMUFDX_CAP_ATS))
		m->ats |= 1ULL << rid % 64;
	return rc;
}

void master_start(struct machine *m, struct iommufdx_master *master, u32 rid)
{
	memset(master, 0, sizeof(*master));
	if (master_add(m, master, rid))
		abort();
}

void master_stop(struct iommufdx_master *master)
{
	rig_ops->master_remove(master);
	machine_of(master->iommu)->ats &= ~(1ULL << master->rid % 64);
}

int attach(struct iommufdx_master *master, u32 pasid,
	   struct iommufdx_domain *domain)
{
	return rig_ops->set_domain(master, pasid, domain);
}

/* ----------------------------------------------------------------- domains */

struct iommufdx_domain *domain_make(struct iommufdx_master *master,
				    const struct iommufdx_domain_req *req)
{
	struct iommufdx_domain *domain;

	domain = rig_ops->domain_alloc_paging(master, req);
	if (IS_ERR(domain))
		abort();
	return domain;
}

void domain_drop(struct iommufdx_domain *domain)
{
	domain->ops->free(domain);
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

u64 *page_at(u64 pa)
{
	return phys_to_virt(pa);
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
	flush = fdx_domain_flush_once(domain, &gather);
	pgtable_gather_free(&gather);
	return rc ?: flush;
}

int domain_unmap(struct iommufdx_domain *domain, u64 iova, u64 npages)
{
	struct pgtable_gather gather = PGTABLE_GATHER_INIT(gather);
	int rc;

	domain->pt.ops->unmap(&domain->pt, iova, iova + npages * PAGE_SIZE - 1,
			      &gather);
	rc = fdx_domain_flush_once(domain, &gather);
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
	CHECK_EQ(fdx_domain_flush_once(domain, &gather), 0);
	pgtable_gather_free(&gather);
	return sink.dirty;
}

/* --------------------------------------------------------------------- DMA */

static struct model_txn txn_make(u32 rid, u32 pasid, enum model_dma_op op,
				 u64 iova, u64 *val)
{
	return (struct model_txn){
		.rid = rid,
		.pasid = pasid,
		.has_pasid = pasid != IOMMUFDX_NO_PASID,
		.op = op,
		.iova = iova,
		.len = sizeof(*val),
		.buf = val,
	};
}

static int dma(struct iommufdx_master *master, u32 pasid, enum model_dma_op op,
	       u64 iova, u64 *val)
{
	struct model_txn txn = txn_make(master->rid, pasid, op, iova, val);

	return model_dma(machine_of(master->iommu)->model, &txn);
}

int dma_write(struct iommufdx_master *master, u32 pasid, u64 iova, u64 val)
{
	return dma(master, pasid, MODEL_DMA_WRITE, iova, &val);
}

int dma_read(struct iommufdx_master *master, u32 pasid, u64 iova, u64 *val)
{
	return dma(master, pasid, MODEL_DMA_READ, iova, val);
}

int atc_write(struct model_atc *atc, u32 pasid, u64 iova, u64 val)
{
	struct model_txn txn = txn_make(atc->rid, pasid, MODEL_DMA_WRITE, iova,
					&val);

	return model_atc_dma(atc, &txn);
}

int atc_read(struct model_atc *atc, u32 pasid, u64 iova, u64 *val)
{
	struct model_txn txn = txn_make(atc->rid, pasid, MODEL_DMA_READ, iova,
					val);

	return model_atc_dma(atc, &txn);
}

/* ----------------------------------------------------------------- nesting */

/* A test's own memory is its user's. */
int iommufdx_copy_user_data(void *dst, size_t size, size_t min_size,
			    const struct iommufdx_user_data *src, u32 type)
{
	if (src->type != type || src->len < min_size || src->len > size)
		return -EINVAL;
	memset(dst, 0, size);
	memcpy(dst, (const void *)src->uptr, src->len);
	return 0;
}

int invalidate(const struct iommufdx_inv_ops *ops, void *target,
	       const void *entries, unsigned int nr, unsigned int *done)
{
	struct iommufdx_iommu iommu = {};
	struct mutex lock;
	const struct fdx_inv_target to = {
		.ops = ops,
		.target = target,
		.iommu = &iommu,
		.lock = &lock,
	};
	struct fdx_inv inv = {};
	int rc, refused;

	init_rwsem(&iommu.live);
	mutex_init(&lock);
	rc = fdx_inv_alloc(&inv, &to, 0);
	if (rc)
		return rc;
	fdx_inv_begin(&inv);
	refused = fdx_inv_add_all(&inv, entries, nr);
	rc = fdx_inv_end(&inv);
	*done = inv.done;
	fdx_inv_free(&inv);
	mutex_destroy(&lock);
	/* What the backend says, which is more than user space is told. */
	return inv.sync_error || !refused ? rc : refused;
}

static struct rig_names *names_of(struct iommufdx_viommu *viommu)
{
	return viommu->core;
}

void iommufdx_viommu_init(struct iommufdx_viommu *viommu, void *core,
			  const struct iommufdx_viommu_ops *ops,
			  struct iommufdx_iommu *iommu,
			  struct iommufdx_domain *parent, u32 type)
{
	*viommu = (struct iommufdx_viommu){ ops, iommu, parent, type, core };
}

void iommufdx_viommu_lock(struct iommufdx_viommu *viommu)
{
	pthread_mutex_lock(&names_of(viommu)->lock);
}

void iommufdx_viommu_unlock(struct iommufdx_viommu *viommu)
{
	pthread_mutex_unlock(&names_of(viommu)->lock);
}

struct iommufdx_vdevice *
iommufdx_viommu_find_vdev(struct iommufdx_viommu *viommu, u64 virt_id)
{
	struct rig_names *names = names_of(viommu);
	unsigned int i;

	for (i = 0; i < RIG_NAMES; i++)
		if (names->vdev[i].master && names->vdev[i].virt_id == virt_id)
			return &names->vdev[i];
	return NULL;
}

int iommufdx_viommu_virt_id(struct iommufdx_viommu *viommu,
			    struct iommufdx_master *master, u64 *virt_id)
{
	struct rig_names *names = names_of(viommu);
	unsigned int i;

	for (i = 0; i < RIG_NAMES; i++) {
		if (names->vdev[i].master != master)
			continue;
		*virt_id = names->vdev[i].virt_id;
		return 0;
	}
	return -ENOENT;
}

int iommufdx_viommu_report_event(struct iommufdx_viommu *viommu, u32 type,
				 const void *data, size_t len)
{
	struct rig_names *names = names_of(viommu);

	if (names->deaf)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&names->lock);
	names->event_type = type;
	memcpy(names->event, data, len);
	/* Last: some look at the count alone. */
	__atomic_add_fetch(&names->events, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&names->lock);
	return 0;
}
