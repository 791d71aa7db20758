/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic mock IOMMU behind the test ioctl.
 *
 * It is a backend without hardware: domains are page tables that nothing walks
 * but the test operations, caches are arrays of words that invalidations zero.
 * There is one of it, with as many mock devices as tests make.
 *
 * Locks: iommufdx_group.lock -> selftest_dev.lock -> those of a vIOMMU.
 */
#ifndef __IOMMUFDX_MOCK_SELFTEST_MOCK_H
#define __IOMMUFDX_MOCK_SELFTEST_MOCK_H

#include <linux/rwsem.h>
#include <linux/xarray.h>
#include <linux/iommufdx/device.h>
#include <linux/iommufdx/viommu.h>

#include "core/extension.h"
#include "selftest.h"

struct iommu_test_cmd;

/**
 * struct selftest_dev - a mock device
 * @master: as core knows it
 * @rid: index in selftest_devs
 * @flags: MOCK_FLAGS_DEVICE_*
 * @cache: emptied by invalidations of its vIOMMU
 * @fail_next: the next domain for IOMMU_TEST_PASID_RESERVED is refused;
 *	guarded by the group's lock
 * @lock: guards the two below
 * @viommu: vIOMMU of the nested domain that it is attached to, or NULL
 * @virt_id: its name there
 */
struct selftest_dev {
	struct iommufdx_master *master;
	u32 rid;
	u32 flags;
	u32 cache[MOCK_DEV_CACHE_NUM];
	bool fail_next;
	struct rw_semaphore lock;
	struct iommufdx_viommu *viommu;
	u64 virt_id;
};

/**
 * struct selftest_domain - a page table
 * @base: what core sees
 * @tracking: dirty bits may be set
 */
struct selftest_domain {
	struct iommufdx_domain base;
	bool tracking;
};

/**
 * struct selftest_nested - a nested domain
 * @base: what core sees
 * @viommu: where it was made on, or NULL
 * @iotlb: emptied by invalidations
 */
struct selftest_nested {
	struct iommufdx_domain base;
	struct iommufdx_viommu *viommu;
	u32 iotlb[MOCK_NESTED_DOMAIN_IOTLB_NUM];
};

/* NULL where @domain is another backend's, or of the other kind. */
struct selftest_domain *selftest_domain(struct iommufdx_domain *domain);
struct selftest_nested *selftest_nested(struct iommufdx_domain *domain);
/* NULL where @master is another backend's. */
struct selftest_dev *selftest_dev(struct iommufdx_master *master);

struct selftest_dev *selftest_dev_create(u32 flags);
void selftest_dev_destroy(struct selftest_dev *dev);

struct iommufdx_domain *
selftest_nested_alloc(struct iommufdx_iommu *iommu,
		      struct iommufdx_viommu *viommu, u32 flags,
		      const struct iommufdx_user_data *data);
struct iommufdx_viommu *
selftest_viommu_alloc(struct iommufdx_master *master,
		      struct iommufdx_domain *parent, void *core,
		      const struct iommufdx_user_data *data);

int selftest_init(void);
void selftest_exit(void);
int selftest_iommu_init(void);
void selftest_iommu_exit(void);

/* ----------------------------------------------------------------- operations */

/* selftest_dev.c */
int selftest_mock_domain(struct fdx_ucmd *ucmd);
int selftest_mock_domain_flags(struct fdx_ucmd *ucmd);
int selftest_mock_domain_replace(struct fdx_ucmd *ucmd);
int selftest_pasid_attach(struct fdx_ucmd *ucmd);
int selftest_pasid_replace(struct fdx_ucmd *ucmd);
int selftest_pasid_detach(struct fdx_ucmd *ucmd);
int selftest_pasid_check_hwpt(struct fdx_ucmd *ucmd);
int selftest_trigger_iopf(struct fdx_ucmd *ucmd);
int selftest_trigger_vevent(struct fdx_ucmd *ucmd);
int selftest_dev_check_cache(struct fdx_ucmd *ucmd);

/* selftest_check.c */
int selftest_add_reserved(struct fdx_ucmd *ucmd);
int selftest_check_map(struct fdx_ucmd *ucmd);
int selftest_check_refs(struct fdx_ucmd *ucmd);
int selftest_check_iotlb(struct fdx_ucmd *ucmd);
int selftest_dirty(struct fdx_ucmd *ucmd);

/* selftest_access.c */
int selftest_create_access(struct fdx_ucmd *ucmd);
int selftest_access_replace_ioas(struct fdx_ucmd *ucmd);
int selftest_access_pages(struct fdx_ucmd *ucmd);
int selftest_destroy_access_pages(struct fdx_ucmd *ucmd);
int selftest_access_rw(struct fdx_ucmd *ucmd);

/* selftest_dmabuf.c */
#if IS_ENABLED(CONFIG_DMA_SHARED_BUFFER)
void selftest_dmabuf_init(void);
void selftest_dmabuf_exit(void);
int selftest_dmabuf_get(struct fdx_ucmd *ucmd);
int selftest_dmabuf_revoke(struct fdx_ucmd *ucmd);
#else
#define selftest_dmabuf_get	NULL
#define selftest_dmabuf_revoke	NULL

static inline void selftest_dmabuf_init(void)
{
}

static inline void selftest_dmabuf_exit(void)
{
}
#endif

/* selftest_guest_queue.c */
extern const struct iommufdx_guest_queue_ops selftest_guest_queue_ops;

#endif /* __IOMMUFDX_MOCK_SELFTEST_MOCK_H */
