// SPDX-License-Identifier: GPL-2.0-only
/* Linux's side, Arm: io-pgtable behind a domain such as the SMMUv3 driver's. */
#include <linux/errno.h>

#include "bench.h"

#define ARM_PAGE_SIZES	(BIT_ULL(12) | BIT_ULL(21) | BIT_ULL(30))

static struct bench_table *to_table(struct iommu_domain *domain)
{
	return container_of(domain, struct bench_table, domain);
}

static int arm_map_pages(struct iommu_domain *domain, unsigned long iova,
			 phys_addr_t paddr, size_t pgsize, size_t pgcount,
			 int prot, gfp_t gfp, size_t *mapped)
{
	struct io_pgtable_ops *ops = to_table(domain)->arm;

	return ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp,
			      mapped);
}

static size_t arm_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			      size_t pgsize, size_t pgcount,
			      struct iommu_iotlb_gather *gather)
{
	struct io_pgtable_ops *ops = to_table(domain)->arm;

	return ops->unmap_pages(ops, iova, pgsize, pgcount, gather);
}

static phys_addr_t arm_iova_to_phys(struct iommu_domain *domain,
				    dma_addr_t iova)
{
	struct io_pgtable_ops *ops = to_table(domain)->arm;

	return ops->iova_to_phys(ops, iova);
}

static int arm_read_and_clear_dirty(struct iommu_domain *domain,
				    unsigned long iova, size_t size,
				    unsigned long flags,
				    struct iommu_dirty_bitmap *dirty)
{
	struct io_pgtable_ops *ops = to_table(domain)->arm;

	return ops->read_and_clear_dirty(ops, iova, size, flags, dirty);
}

static const struct iommu_domain_ops arm_ops = {
	.map_pages = arm_map_pages,
	.unmap_pages = arm_unmap_pages,
	.iova_to_phys = arm_iova_to_phys,
	.iotlb_sync = bench_iotlb_sync,
};

static const struct iommu_dirty_ops arm_dirty_ops = {
	.read_and_clear_dirty = arm_read_and_clear_dirty,
};

static void arm_flush_all(void *cookie)
{
}

static void arm_flush_walk(unsigned long iova, size_t size, size_t granule,
			   void *cookie)
{
}

static void arm_add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
			 size_t granule, void *cookie)
{
	iommu_iotlb_gather_add_page(cookie, gather, iova, granule);
}

static const struct iommu_flush_ops arm_flush_ops = {
	.tlb_flush_all = arm_flush_all,
	.tlb_flush_walk = arm_flush_walk,
	.tlb_add_page = arm_add_page,
};

int bench_arm_create(struct bench_table *t)
{
	bool s1 = t->format == PGTABLE_ARMV8_S1;
	struct io_pgtable_cfg cfg = {
		.quirks = s1 ? IO_PGTABLE_QUIRK_ARM_HD : 0,
		.pgsize_bitmap = ARM_PAGE_SIZES,
		.ias = BENCH_VA_BITS,
		.oas = 48,
		.coherent_walk = true,
		.tlb = &arm_flush_ops,
	};

	t->arm = alloc_io_pgtable_ops(s1 ? ARM_64_LPAE_S1 : ARM_64_LPAE_S2,
				      &cfg, &t->domain);
	if (!t->arm)
		return -ENOMEM;
	t->root = s1 ? cfg.arm_lpae_s1_cfg.ttbr : cfg.arm_lpae_s2_cfg.vttbr;
	t->domain.type = IOMMU_DOMAIN_UNMANAGED;
	t->domain.pgsize_bitmap = cfg.pgsize_bitmap;
	t->domain.ops = &arm_ops;
	t->domain.dirty_ops = &arm_dirty_ops;
	return 0;
}
