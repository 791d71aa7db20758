// SPDX-License-Identifier: GPL-2.0-only
/* Linux's side: domains as its IOMMU drivers make them, used as iommufd does. */
#include <linux/errno.h>
#include <linux/iova_bitmap.h>
#include <linux/module.h>

#include "bench.h"

void bench_iotlb_sync(struct iommu_domain *domain,
		      struct iommu_iotlb_gather *gather)
{
	iommu_put_pages_list(&gather->freelist);
}

#define DOMAIN_OPS(fmt) \
	static const struct iommu_domain_ops fmt##_ops = { \
		IOMMU_PT_DOMAIN_OPS(fmt), \
		.iotlb_sync = bench_iotlb_sync, \
	}; \
	static const struct iommu_dirty_ops fmt##_dirty_ops = { \
		IOMMU_PT_DIRTY_OPS(fmt), \
	}

DOMAIN_OPS(amdv1);
DOMAIN_OPS(x86_64);
DOMAIN_OPS(vtdss);

/* The top is high enough from the start. */
static void change_top(struct pt_iommu *iommu, phys_addr_t top,
		       unsigned int level)
{
	WARN_ON_ONCE(1);
}

static spinlock_t *get_top_lock(struct pt_iommu *iommu)
{
	static DEFINE_SPINLOCK(lock);

	return &lock;
}

static const struct pt_iommu_driver_ops driver_ops = {
	.change_top = change_top,
	.get_top_lock = get_top_lock,
};

static int create_amdv1(struct bench_table *t)
{
	/* The features of AMD's driver. */
	const struct pt_iommu_amdv1_cfg cfg = {
		.common.features = BIT(PT_FEAT_DYNAMIC_TOP) |
				   BIT(PT_FEAT_AMDV1_ENCRYPT_TABLES) |
				   BIT(PT_FEAT_AMDV1_FORCE_COHERENCE) |
				   BIT(PT_FEAT_FLUSH_RANGE),
		.common.hw_max_vasz_lg2 = BENCH_VA_BITS,
		.common.hw_max_oasz_lg2 = 52,
		.starting_level = BENCH_LEVELS - 1,
	};
	struct pt_iommu_amdv1_hw_info info;
	int rc;

	t->iommu.driver_ops = &driver_ops;
	rc = pt_iommu_amdv1_init(&t->amdv1, &cfg, GFP_KERNEL);
	if (rc)
		return rc;
	pt_iommu_amdv1_hw_info(&t->amdv1, &info);
	t->root = info.host_pt_root;
	t->domain.ops = &amdv1_ops;
	t->domain.dirty_ops = &amdv1_dirty_ops;
	return 0;
}

static int create_x86_64(struct bench_table *t)
{
	/* As AMD's driver has it: no sign extension, half the range is lost. */
	const struct pt_iommu_x86_64_cfg cfg = {
		.common.features = BIT(PT_FEAT_X86_64_AMD_ENCRYPT_TABLES) |
				   BIT(PT_FEAT_FLUSH_RANGE),
		.common.hw_max_vasz_lg2 = BENCH_VA_BITS - 1,
		.common.hw_max_oasz_lg2 = 52,
		.top_level = BENCH_LEVELS - 1,
	};
	struct pt_iommu_x86_64_hw_info info;
	int rc = pt_iommu_x86_64_init(&t->x86_64, &cfg, GFP_KERNEL);

	if (rc)
		return rc;
	pt_iommu_x86_64_hw_info(&t->x86_64, &info);
	t->root = info.gcr3_pt;
	t->domain.ops = &x86_64_ops;
	t->domain.dirty_ops = &x86_64_dirty_ops;
	return 0;
}

static int create_vtdss(struct bench_table *t)
{
	const struct pt_iommu_vtdss_cfg cfg = {
		.common.features = BIT(PT_FEAT_FLUSH_RANGE),
		.common.hw_max_vasz_lg2 = BENCH_VA_BITS,
		.common.hw_max_oasz_lg2 = 52,
		.top_level = BENCH_LEVELS - 1,
	};
	struct pt_iommu_vtdss_hw_info info;
	int rc = pt_iommu_vtdss_init(&t->vtdss, &cfg, GFP_KERNEL);

	if (rc)
		return rc;
	pt_iommu_vtdss_hw_info(&t->vtdss, &info);
	t->root = info.ssptptr;
	t->domain.ops = &vtdss_ops;
	t->domain.dirty_ops = &vtdss_dirty_ops;
	return 0;
}

static int linux_create(struct bench_table *t)
{
	int rc;

	t->iommu.nid = NUMA_NO_NODE;
	switch (t->format) {
	case PGTABLE_AMDV1:
		rc = create_amdv1(t);
		break;
	case PGTABLE_X86_64:
		rc = create_x86_64(t);
		break;
	case PGTABLE_VTDSS:
		rc = create_vtdss(t);
		break;
	default:
		rc = bench_arm_create(t);
	}
	return rc;
}

static void linux_destroy(struct bench_table *t)
{
	if (t->arm)
		free_io_pgtable_ops(t->arm);
	else
		pt_iommu_deinit(&t->iommu);
}

static int linux_map(struct bench_table *t, u64 iova, const u64 *runs, size_t nr,
		     unsigned long pages)
{
	u64 length;
	int rc;

	for (; nr; nr--, runs++, iova += length) {
		length = pfn_run_npages(*runs) << PAGE_SHIFT;
		rc = iommu_map(&t->domain, iova, PFN_PHYS(pfn_run_pfn(*runs)),
			       length, IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE,
			       GFP_KERNEL_ACCOUNT);
		if (rc)
			return rc;
	}
	return 0;
}

static u64 linux_unmap(struct bench_table *t, u64 iova, u64 length)
{
	return iommu_unmap(&t->domain, iova, length);
}

static phys_addr_t linux_iova_to_phys(struct bench_table *t, u64 iova)
{
	return iommu_iova_to_phys(&t->domain, iova);
}

struct dirty_read {
	struct bench_table *t;
	struct iommu_dirty_bitmap *dirty;
};

static int read_window(struct iova_bitmap *bitmap, unsigned long iova,
		       size_t length, void *opaque)
{
	struct dirty_read *read = opaque;
	struct iommu_domain *domain = &read->t->domain;

	return domain->dirty_ops->read_and_clear_dirty(domain, iova, length, 0,
						       read->dirty);
}

static int linux_read_dirty(struct bench_table *t, u64 iova, u64 length,
			    u64 __user *bitmap)
{
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;
	struct dirty_read read = { t, &dirty };
	struct iova_bitmap *iter;
	int rc;

	iter = iova_bitmap_alloc(iova, length, PAGE_SIZE, bitmap);
	if (IS_ERR(iter))
		return PTR_ERR(iter);
	iommu_dirty_bitmap_init(&dirty, iter, &gather);
	rc = iova_bitmap_for_each(iter, &read, read_window);
	iommu_iotlb_sync(&t->domain, &gather);
	iova_bitmap_free(iter);
	return rc;
}

const struct bench_side bench_linux = {
	.name = "linux",
	.create = linux_create,
	.destroy = linux_destroy,
	.map = linux_map,
	.unmap = linux_unmap,
	.iova_to_phys = linux_iova_to_phys,
	.read_dirty = linux_read_dirty,
};

MODULE_IMPORT_NS("GENERIC_PT_IOMMU");
MODULE_IMPORT_NS("IOMMUFD");
