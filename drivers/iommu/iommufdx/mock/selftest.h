/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test ioctl of Linux's iommufd selftests: numbers and layouts.
 *
 * One ioctl, IOMMU_TEST_CMD, carries an operation and its arguments. The values
 * are those with which Linux's selftests are compiled. Names of devices: a
 * *stdev* is the object that a mock device comes with, its ID is what MOCK_DOMAIN
 * calls out_stdev_id; the device's own object is the *idev*.
 */
#ifndef __IOMMUFDX_MOCK_SELFTEST_H
#define __IOMMUFDX_MOCK_SELFTEST_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/sizes.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <uapi/linux/iommufd.h>

#define IOMMU_TEST_CMD	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_BASE + 32)

/* struct iommu_test_cmd::op */
enum {
	IOMMU_TEST_OP_ADD_RESERVED		= 1,
	IOMMU_TEST_OP_MOCK_DOMAIN		= 2,
	IOMMU_TEST_OP_MD_CHECK_MAP		= 3,
	IOMMU_TEST_OP_MD_CHECK_REFS		= 4,
	IOMMU_TEST_OP_CREATE_ACCESS		= 5,
	IOMMU_TEST_OP_DESTROY_ACCESS_PAGES	= 6,
	IOMMU_TEST_OP_ACCESS_PAGES		= 7,
	IOMMU_TEST_OP_ACCESS_RW			= 8,
	IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT	= 9,
	IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE	= 10,
	IOMMU_TEST_OP_ACCESS_REPLACE_IOAS	= 11,
	IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS		= 12,
	IOMMU_TEST_OP_DIRTY			= 13,
	IOMMU_TEST_OP_MD_CHECK_IOTLB		= 14,
	IOMMU_TEST_OP_TRIGGER_IOPF		= 15,
	IOMMU_TEST_OP_DEV_CHECK_CACHE		= 16,
	IOMMU_TEST_OP_TRIGGER_VEVENT		= 17,
	IOMMU_TEST_OP_PASID_ATTACH		= 18,
	IOMMU_TEST_OP_PASID_REPLACE		= 19,
	IOMMU_TEST_OP_PASID_DETACH		= 20,
	IOMMU_TEST_OP_PASID_CHECK_HWPT		= 21,
	IOMMU_TEST_OP_DMABUF_GET		= 22,
	IOMMU_TEST_OP_DMABUF_REVOKE		= 23,
};

/* create_access.flags */
#define MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES	BIT(0)
/* access_pages.flags */
#define MOCK_FLAGS_ACCESS_WRITE				BIT(0)
#define MOCK_FLAGS_ACCESS_SYZ				BIT(16)
/* access_rw.flags, which take MOCK_FLAGS_ACCESS_SYZ as well */
#define MOCK_ACCESS_RW_WRITE				BIT(0)
#define MOCK_ACCESS_RW_SLOW_PATH			BIT(2)
/* mock_domain_flags.dev_flags */
#define MOCK_FLAGS_DEVICE_NO_DIRTY			BIT(0)
#define MOCK_FLAGS_DEVICE_PASID				BIT(2)

/**
 * struct iommu_test_cmd - an operation of the test ioctl
 * @size: sizeof(struct iommu_test_cmd)
 * @op: IOMMU_TEST_OP_*
 * @id: what it is about: an IOAS, an HWPT, a stdev, an idev or the descriptor of
 *	an access
 * @__reserved: not looked at
 * @last: end of what the first version had
 */
struct iommu_test_cmd {
	__u32 size;
	__u32 op;
	__u32 id;
	__u32 __reserved;
	union {
		struct {
			__aligned_u64 start;
			__aligned_u64 length;
		} add_reserved;
		struct {
			__u32 out_stdev_id;
			__u32 out_hwpt_id;
			__u32 out_idev_id;
			__u32 dev_flags;
		} mock_domain_flags;
		struct {
			__u32 pt_id;
		} mock_domain_replace;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} check_map;
		struct {
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 refs;
		} check_refs;
		struct {
			__u32 out_access_fd;
			__u32 flags;
		} create_access;
		struct {
			__u32 access_pages_id;
		} destroy_access_pages;
		struct {
			__u32 flags;
			__u32 out_access_pages_id;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} access_pages;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 flags;
		} access_rw;
		struct {
			__u32 limit;
		} memory_limit;
		struct {
			__u32 ioas_id;
		} access_replace_ioas;
		struct {
			__u32 flags;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 page_size;
			__aligned_u64 uptr;
			__aligned_u64 out_nr_dirty;
		} dirty;
		struct {
			__u32 id;
			__u32 iotlb;
		} check_iotlb;
		struct {
			__u32 dev_id;
			__u32 pasid;
			__u32 grpid;
			__u32 perm;
			__aligned_u64 addr;
		} trigger_iopf;
		struct {
			__u32 id;
			__u32 cache;
		} check_dev_cache;
		struct {
			__u32 dev_id;
		} trigger_vevent;
		struct {
			__u32 pasid;
			__u32 pt_id;
		} pasid_attach;
		struct {
			__u32 pasid;
			__u32 pt_id;
		} pasid_replace;
		struct {
			__u32 pasid;
		} pasid_detach;
		struct {
			__u32 pasid;
			__u32 hwpt_id;
		} pasid_check;
		struct {
			__u32 length;
			__u32 open_flags;
		} dmabuf_get;
		struct {
			__s32 dmabuf_fd;
			__u32 revoked;
		} dmabuf_revoke;
	};
	__u32 last;
};

static_assert(sizeof(struct iommu_test_cmd) == 72);
static_assert(offsetof(struct iommu_test_cmd, last) == 64);

/* ------------------------------------------------------- the mock's own types */

/* struct iommu_hwpt_selftest::pagetable_type */
enum {
	MOCK_IOMMUPT_DEFAULT	= 0,
	MOCK_IOMMUPT_HUGE	= 1,
};

/* A default table: its pages are smaller than the CPU's, its ends cut off. */
#define MOCK_APERTURE_START		SZ_16M
#define MOCK_APERTURE_LAST		(SZ_2G - 1ULL)
#define MOCK_PAGE_SIZE			SZ_2K
#define MOCK_HUGE_PAGE_SIZE		(512 * MOCK_PAGE_SIZE)

#define MOCK_NESTED_DOMAIN_IOTLB_NUM	4
#define MOCK_DEV_CACHE_NUM		4
#define IOMMU_TEST_DEV_CACHE_DEFAULT	0x00baddad

#define MOCK_PASID_WIDTH		20
/* On this one, every other switch to a domain fails. */
#define IOMMU_TEST_PASID_RESERVED	1024

#define IOMMU_HW_INFO_TYPE_SELFTEST	0xfeedbeef
#define IOMMU_HW_INFO_SELFTEST_REGVAL	0xdeadbeef

struct iommu_test_hw_info {
	__u32 flags;
	__u32 test_reg;
};

#define IOMMU_HWPT_DATA_SELFTEST	0xdead

/**
 * struct iommu_hwpt_selftest - data of a HWPT
 * @iotlb: what the entries of a nested domain's mock IOTLB hold
 * @pagetable_type: MOCK_IOMMUPT_*, for paging domains
 */
struct iommu_hwpt_selftest {
	__u32 iotlb;
	__u32 pagetable_type;
};

#define IOMMU_TEST_INVALIDATE_FLAG_ALL	BIT(0)

#define IOMMU_HWPT_INVALIDATE_DATA_SELFTEST	0xdeadbeef

/**
 * struct iommu_hwpt_invalidate_selftest - command to a nested domain
 * @flags: IOMMU_TEST_INVALIDATE_FLAG_ALL for every entry
 * @iotlb_id: else which one
 */
struct iommu_hwpt_invalidate_selftest {
	__u32 flags;
	__u32 iotlb_id;
};

#define IOMMU_VIOMMU_TYPE_SELFTEST	0xdeadbeef

/**
 * struct iommu_viommu_selftest - data of a vIOMMU
 * @in_data: comes back in @out_data and as first word of the pages to mmap
 * @out_data: see @in_data
 * @out_mmap_offset: where to mmap
 * @out_mmap_length: how much
 */
struct iommu_viommu_selftest {
	__u32 in_data;
	__u32 out_data;
	__aligned_u64 out_mmap_offset;
	__aligned_u64 out_mmap_length;
};

#define IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST	0xdeadbeef

/**
 * struct iommu_viommu_invalidate_selftest - command to a vIOMMU
 * @flags: IOMMU_TEST_INVALIDATE_FLAG_ALL for every entry
 * @vdev_id: whose cache
 * @cache_id: else which entry
 */
struct iommu_viommu_invalidate_selftest {
	__u32 flags;
	__u32 vdev_id;
	__u32 cache_id;
};

#define IOMMU_VEVENTQ_TYPE_SELFTEST	0xbeefbeef

struct iommu_viommu_event_selftest {
	__u32 virt_id;
};

#define IOMMU_HW_QUEUE_TYPE_SELFTEST	0xdeadbeef
#define IOMMU_TEST_HW_QUEUE_MAX		2

/* Not in Linux: a queue of struct iommu_test_guest_cmd that core reads. */
#define IOMMU_HW_QUEUE_TYPE_SELFTEST_GUEST	0xdeadbef0

/**
 * struct iommu_test_guest_cmd - command in a guest's queue
 * @inv: with IOMMU_TEST_GUEST_INVALIDATE
 * @sync: with IOMMU_TEST_GUEST_SYNC: store 4 bytes at @addr unless it is 0; bit 0
 *	of @addr asks for an interrupt
 * @op: IOMMU_TEST_GUEST_*
 */
struct iommu_test_guest_cmd {
	union {
		struct iommu_viommu_invalidate_selftest inv;
		struct {
			__u32 addr;
			__u32 addr_hi;
			__u32 value;
		} sync;
	};
	__u32 op;
};

enum {
	IOMMU_TEST_GUEST_INVALIDATE = 0,
	IOMMU_TEST_GUEST_SYNC = 1,
	IOMMU_TEST_GUEST_NOTHING = 2,
	IOMMU_TEST_GUEST_VMM = 3,
};

/* Codes of errors; registers are at 0 (producer) and 4 (consumer). */
enum {
	IOMMU_TEST_GUEST_ILLEGAL = 1,
	IOMMU_TEST_GUEST_REFUSED = 2,
	IOMMU_TEST_GUEST_TIMEOUT = 3,
	IOMMU_TEST_GUEST_ABORT = 4,
	IOMMU_TEST_GUEST_TAIL = 5,
};

#endif /* __IOMMUFDX_MOCK_SELFTEST_H */
