/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench-ioas, bench-dirty and bench-invalidate: the same ioctls on several targets.
 *
 * A *target* is an iommufd with an IOAS and one dirty-tracking HWPT on it, to
 * which a device without hardware is attached. All targets map the same memory.
 */
#ifndef BENCH_IOAS_H
#define BENCH_IOAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/iommufd.h>
#include <x86intrin.h>

#include <iommufdx.h>
#include <iommufdx_guest.h>
#include <iommufdx_mock.h>

#define PAGE	4096ul
#define MB	(1024ul * 1024)
#define GB	(1024 * MB)

#define MAP_RW	(IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE | \
		 IOMMU_IOAS_MAP_FIXED_IOVA)

/*
 * The processor's counter, which counts instructions, the kernel's among them,
 * where tools/vm/run --icount does; less what reading it takes.
 */
extern double clock_cost;

#define ticks_of(work) ({ \
	uint64_t __start = __rdtsc(); \
	\
	work; \
	__rdtsc() - __start - clock_cost; \
})

/**
 * struct target - where the ioctls go
 * @iommu: the iommufd
 * @ioas: address space to map into
 * @iova: where to map
 * @hwpt: the only HWPT on it; tracks dirty pages
 * @dev_id: the device that is attached
 * @mock: control of mock devices, NULL where the test ioctl makes them
 * @mock_iommu: the model that the device is behind
 * @dev: the device, where @mock made it
 * @nested: what target_invalidate() sends commands to, 0 before it does
 */
struct target {
	struct iommufdx *iommu;
	uint32_t ioas;
	uint64_t iova;
	uint32_t hwpt;
	uint32_t dev_id;
	struct iommufdx_mock *mock;
	uint32_t mock_iommu;
	struct iommufdx_device *dev;
	uint32_t nested;
};

#define TARGET_BATCH	256

/* Of @nr samples, which it sorts: an interrupt now and then belongs to no work. */
double median(double *samples, size_t nr);

/* How many bits are set. */
size_t bits_in(const uint64_t *words, size_t n);

/* End the program if @rc, a negative errno, is not 0. */
void must(int rc, const char *what);

/* On Linux's mock domain, or ours like it: what the test ioctl at @node makes. */
void target_mock(struct target *t, const char *node);
/*
 * Ours, behind the model of an IOMMU of @kind. -EOPNOTSUPP, -ENODEV: there is no
 * such model, or no driver for it.
 */
int target_model(struct target *t, const char *node, uint32_t kind);
void target_close(struct target *t);
/* Have every @nth page of the first @len bytes be dirty; they are mapped. */
void target_make_dirty(struct target *t, size_t len, size_t nth);
/* The same of blocks of @size bytes, one write each; @t is behind a model. */
void target_write_blocks(struct target *t, size_t len, size_t size, size_t nth);
/*
 * What a command costs in arrays of @num, TARGET_BATCH at most, to a nested HWPT of
 * the test ioctl's device, whose stage 1 is nothing at all.
 */
double target_invalidate(struct target *t, unsigned int num);

/* Print what a vendor's backend needs for operations; @huge is a huge page. */
void vendor_rows(const char *group, const char *node, uint32_t kind, char *huge);

/* Memory no two neighbouring pages of which are neighbours, of 4 KiB pages. */
char *memory_scattered(size_t len);
/* The same of transparent huge pages. */
char *memory_huge(size_t len);
/* How many runs of contiguous memory it is. */
size_t memory_runs(const char *mem, size_t len);

#endif /* BENCH_IOAS_H */
