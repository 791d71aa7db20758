/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same work on two page tables of one hardware format, ours and Linux's.
 *
 * A *side* makes tables and changes them the way its own iommufd does: Linux
 * calls iommu_map() once for each run of contiguous pages, ours takes lists of
 * runs as its pages are stored. Neither has hardware, so an invalidation is a
 * function that does nothing but free the tables it was awaited for.
 *
 * What both are given is the same: the same IOVAs, the same runs in the same
 * shuffled order (a PFN is only a number here), the same permissions, charged
 * memory. Dirty bits are set and tables counted by walk.c, which reads a table
 * as hardware would and knows neither side.
 */
#ifndef PGTABLE_BENCH_H
#define PGTABLE_BENCH_H

#include <linux/generic_pt/iommu.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/iommufdx/pgtable.h>

#define BENCH_VA_BITS	48
#define BENCH_LEVELS	4

/* Words of the list that one call of ours is given: a page of them, as in core. */
#define BENCH_PORTION	504

/**
 * struct bench_table - one page table of either side
 * @format: its layout
 * @root: physical address of the top table
 * @ours: our side's
 * @domain: Linux's; that of a generic_pt format is the first thing in it
 * @iommu: the same
 * @amdv1: the same
 * @x86_64: the same
 * @vtdss: the same
 * @arm: Linux's for the Arm formats, whose domain it is told about
 */
struct bench_table {
	enum pgtable_format format;
	phys_addr_t root;
	struct pgtable ours;
	union {
		struct iommu_domain domain;
		struct pt_iommu iommu;
		struct pt_iommu_amdv1 amdv1;
		struct pt_iommu_x86_64 x86_64;
		struct pt_iommu_vtdss vtdss;
	};
	struct io_pgtable_ops *arm;
};

/**
 * struct bench_side - what a side can do
 * @name: for results
 * @create: an empty table of @t->format; -EINVAL where there is no such format
 * @destroy: free it
 * @map: map @nr packed runs of @pages pages each from @iova on
 * @unmap: unmap @length bytes, free the tables; returns the bytes
 * @iova_to_phys: translate one address
 * @read_dirty: read and clear into @bitmap, a bit for 4 KiB; -EOPNOTSUPP where
 *	this side cannot
 */
struct bench_side {
	const char *name;
	int (*create)(struct bench_table *t);
	void (*destroy)(struct bench_table *t);
	int (*map)(struct bench_table *t, u64 iova, const u64 *runs, size_t nr,
		   unsigned long pages);
	u64 (*unmap)(struct bench_table *t, u64 iova, u64 length);
	phys_addr_t (*iova_to_phys)(struct bench_table *t, u64 iova);
	int (*read_dirty)(struct bench_table *t, u64 iova, u64 length,
			  u64 __user *bitmap);
};

extern const struct bench_side bench_ours;
extern const struct bench_side bench_linux;

/* Exported to drivers; its header is private to drivers/iommu. */
void iommu_put_pages_list(struct iommu_pages_list *list);

/* Linux's alone: the tables that a domain's invalidation was awaited for. */
void bench_iotlb_sync(struct iommu_domain *domain,
		      struct iommu_iotlb_gather *gather);
/* The Arm formats of Linux's side. */
int bench_arm_create(struct bench_table *t);

/**
 * struct bench_count - what a walk found
 * @tables: pages that tables take
 * @leaves: leaves
 */
struct bench_count {
	u64 tables;
	u64 leaves;
};

/* Count, and set the dirty bit of every @nth leaf in IOVA order; 0: of none. */
struct bench_count bench_walk(const struct bench_table *t, u64 nth);

#endif /* PGTABLE_BENCH_H */
