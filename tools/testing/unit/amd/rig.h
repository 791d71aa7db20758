/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines with a model of an AMD IOMMU each, its backend, a thread that is the
 * hardware, and what core does around a backend.
 */
#ifndef __UNIT_AMD_RIG_H
#define __UNIT_AMD_RIG_H

#include <amd/amd.h>
#include <model/model.h>
#include <pthread.h>
#include <tap.h>

/**
 * struct machine - one IOMMU
 * @env: the model's surroundings
 * @model: the hardware
 * @iommu: what core has of it
 * @faults: reported by the backend
 * @last_fault: the latest
 */
struct machine {
	struct model_env env;
	struct model *model;
	struct iommufdx_iommu iommu;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool kicked;
	bool stop;
	long faults;
	struct iommufdx_fault last_fault;
};

/* Power on and probe; returns what probe does. */
int machine_start(struct machine *m, u32 flags, u32 caps);
/* Remove, power off. */
void machine_stop(struct machine *m);
/* The backend has seen all events there are. */
void machine_settle(struct machine *m);

void master_start(struct machine *m, struct iommufdx_master *master, u32 rid);
void master_stop(struct iommufdx_master *master);

/* A domain that must be there. */
struct iommufdx_domain *domain_make(struct iommufdx_master *master, u32 flags);
/* A page of memory; its address. */
u64 page_make(void);
void page_drop(u64 pa);

/* Map, or unmap and flush, @npages 4 KiB pages. */
int domain_map(struct iommufdx_domain *domain, u64 iova, u64 pa, u64 npages);
int domain_unmap(struct iommufdx_domain *domain, u64 iova, u64 npages);
/* Read and clear one page's dirty bit, with the flush. */
bool domain_dirty(struct iommufdx_domain *domain, u64 iova);

/* One 8-byte DMA; what model_dma() returns. */
int dma_write(struct iommufdx_master *master, u64 iova, u64 val);
int dma_read(struct iommufdx_master *master, u64 iova, u64 *val);

struct model_stats machine_stats(struct machine *m);

#endif /* __UNIT_AMD_RIG_H */
