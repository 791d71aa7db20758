/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines for the tests of a backend: a model of an IOMMU each, the backend, a
 * thread that is the hardware, and what core does around a backend.
 */
#ifndef __UNIT_BACKEND_RIG_H
#define __UNIT_BACKEND_RIG_H

#include <linux/iommufdx/driver.h>
#include <linux/iommufdx/fault.h>
#include <linux/iommufdx/viommu.h>
#include <model/atc.h>
#include <model/model.h>
#include <pthread.h>
#include <tap.h>

#define RIG_REQUESTS	64

/**
 * struct machine - one IOMMU
 * @env: the model's surroundings
 * @model: the hardware
 * @iommu: what core has of it
 * @lock: guards all below
 * @faults: reported by the backend
 * @last_fault: the latest
 * @nr_requests: page requests that the backend reported
 * @requests: these; refused at once if @refuse
 * @requesters: who made them
 * @nr_responses: answers that devices got
 * @response: the latest
 * @ats: who caches translations, by RID below 64
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
	bool refuse;
	unsigned int nr_requests;
	struct iommufdx_page_request requests[RIG_REQUESTS];
	struct iommufdx_master *requesters[RIG_REQUESTS];
	unsigned int nr_responses;
	struct model_page_response response;
	u64 ats;
};

/* The backend under test. */
extern const struct iommufdx_iommu_ops *const rig_ops;

/* Power on and probe; returns what probe does. */
int machine_start(struct machine *m, u32 flags, u32 caps);
/* Remove, power off. */
void machine_stop(struct machine *m);
struct model_stats machine_stats(struct machine *m);
/* Fetch no commands (@on), or do again, and all that were queued meanwhile. */
void machine_stall(struct machine *m, bool on);
/* Wait until @cond about the machine holds; fails the test if it never does. */
#define machine_wait(m, cond) \
	do { \
		int __i; \
		for (__i = 0; __i < 30000 && !machine_holds(m, cond); __i++) \
			rig_sleep(); \
		CHECK(machine_holds(m, cond)); \
	} while (0)
#define machine_holds(m, cond) \
	({ \
		bool __ok; \
		pthread_mutex_lock(&(m)->lock); \
		__ok = (cond); \
		pthread_mutex_unlock(&(m)->lock); \
		__ok; \
	})
void rig_sleep(void);

void master_start(struct machine *m, struct iommufdx_master *master, u32 rid);
/* With PASIDs, ATS and page requests as @master says already. */
int master_add(struct machine *m, struct iommufdx_master *master, u32 rid);
void master_stop(struct iommufdx_master *master);
int attach(struct iommufdx_master *master, u32 pasid,
	   struct iommufdx_domain *domain);

/* A domain that must be there. */
struct iommufdx_domain *domain_make(struct iommufdx_master *master,
				    const struct iommufdx_domain_req *req);
void domain_drop(struct iommufdx_domain *domain);
/* A page of memory; its address. */
u64 page_make(void);
void page_drop(u64 pa);
u64 *page_at(u64 pa);

/* Map, or unmap and flush, @npages 4 KiB pages. */
int domain_map(struct iommufdx_domain *domain, u64 iova, u64 pa, u64 npages);
int domain_unmap(struct iommufdx_domain *domain, u64 iova, u64 npages);
/* Read and clear one page's dirty bit, with the flush. */
bool domain_dirty(struct iommufdx_domain *domain, u64 iova);

/* One 8-byte DMA, NO_PASID for none; what model_dma() returns. */
int dma_write(struct iommufdx_master *master, u32 pasid, u64 iova, u64 val);
int dma_read(struct iommufdx_master *master, u32 pasid, u64 iova, u64 *val);
/* The same through a device's own cache. */
int atc_write(struct model_atc *atc, u32 pasid, u64 iova, u64 val);
int atc_read(struct model_atc *atc, u32 pasid, u64 iova, u64 *val);

#define RIG_NAMES	4

/**
 * struct rig_names - core's side of a virtual IOMMU
 * @lock: guards all below
 * @vdev: devices that have a name, those with a master
 * @deaf: there is no event queue
 * @events: how many events there were
 * @event_type: of the latest
 * @event: the latest
 */
struct rig_names {
	pthread_mutex_t lock;
	struct iommufdx_vdevice vdev[RIG_NAMES];
	bool deaf;
	unsigned int events;
	u32 event_type;
	u64 event[8];
};

/* What core does with an array of commands: 0 or an errno, and the count. */
int invalidate(const struct iommufdx_inv_ops *ops, void *target,
	       const void *entries, unsigned int nr, unsigned int *done);

#endif /* __UNIT_BACKEND_RIG_H */
