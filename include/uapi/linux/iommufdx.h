/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What iommufdx adds to the iommufd user API.
 *
 * Shape of every struct: @size first, reserved fields zero, unknown flags
 * refused with EOPNOTSUPP, outputs named out_*. A struct may grow at its end;
 * the rules for sizes are those of iommufd.h. A program finds out what is there
 * with IOMMUFDX_GET_CAPS; on Linux's own iommufd that answers ENOTTY.
 */
#ifndef _UAPI_IOMMUFDX_H
#define _UAPI_IOMMUFDX_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/iommufd.h>

/* Raised when a bit or field of this header changes its meaning. */
#define IOMMUFDX_ABI_VERSION	1

enum {
	IOMMUFDX_CMD_BASE = 0xc0,
	IOMMUFDX_CMD_GET_CAPS = IOMMUFDX_CMD_BASE,
	IOMMUFDX_CMD_HWPT_ALLOC_PAGING = 0xc1,
	IOMMUFDX_CMD_PLAN_DOMAINS = 0xc2,
	IOMMUFDX_CMD_IOAS_UNMAP_DIRTY = 0xc3,
	IOMMUFDX_CMD_HWPT_SET_PAGE_SIZE = 0xc4,
	IOMMUFDX_CMD_INV_RING_ALLOC = 0xc5,
	IOMMUFDX_CMD_INV_RING_SUBMIT = 0xc6,
	IOMMUFDX_CMD_GUEST_QUEUE_CTRL = 0xc7,
	IOMMUFDX_CMD_HWPT_ALLOC_SVA = 0xc8,
};

/**
 * enum iommufdx_features - what this iommufdx offers above Linux's iommufd
 * @IOMMUFDX_FEATURE_GET_CAPS: this ioctl
 * @IOMMUFDX_FEATURE_HWPT_ALLOC_PAGING: IOMMUFDX_HWPT_ALLOC_PAGING
 * @IOMMUFDX_FEATURE_PLAN_DOMAINS: IOMMUFDX_PLAN_DOMAINS
 * @IOMMUFDX_FEATURE_IOAS_UNMAP_DIRTY: IOMMUFDX_IOAS_UNMAP_DIRTY
 * @IOMMUFDX_FEATURE_HWPT_SET_PAGE_SIZE: IOMMUFDX_HWPT_SET_PAGE_SIZE, and the
 *	options of enum iommufdx_options
 * @IOMMUFDX_FEATURE_INV_RING: IOMMUFDX_INV_RING_ALLOC, IOMMUFDX_INV_RING_SUBMIT
 * @IOMMUFDX_FEATURE_GUEST_QUEUE: IOMMUFDX_GUEST_QUEUE_CTRL
 * @IOMMUFDX_FEATURE_SVA: IOMMUFDX_HWPT_ALLOC_SVA
 * @IOMMUFDX_FEATURE_SHADOW: IOMMUFDX_HWPT_DATA_SHADOW
 * @IOMMUFDX_FEATURE_AMD_GUEST: IOMMUFDX_VIOMMU_TYPE_AMD
 * @IOMMUFDX_FEATURE_VTD_VIOMMU: IOMMUFDX_VIOMMU_TYPE_VTD
 */
enum iommufdx_features {
	IOMMUFDX_FEATURE_GET_CAPS = 1 << 0,
	IOMMUFDX_FEATURE_HWPT_ALLOC_PAGING = 1 << 1,
	IOMMUFDX_FEATURE_PLAN_DOMAINS = 1 << 2,
	IOMMUFDX_FEATURE_IOAS_UNMAP_DIRTY = 1 << 3,
	IOMMUFDX_FEATURE_HWPT_SET_PAGE_SIZE = 1 << 4,
	IOMMUFDX_FEATURE_INV_RING = 1 << 5,
	IOMMUFDX_FEATURE_GUEST_QUEUE = 1 << 6,
	IOMMUFDX_FEATURE_SVA = 1 << 7,
	IOMMUFDX_FEATURE_SHADOW = 1 << 9,
	IOMMUFDX_FEATURE_AMD_GUEST = 1 << 10,
	IOMMUFDX_FEATURE_VTD_VIOMMU = 1 << 11,
};

/**
 * enum iommufdx_dev_features - what a device and its IOMMU can do together
 * @IOMMUFDX_DEV_FEATURE_DIRTY: hardware records writes in the page table
 * @IOMMUFDX_DEV_FEATURE_PASID: PASIDs can be attached
 * @IOMMUFDX_DEV_FEATURE_NEST: nesting parents can be allocated
 * @IOMMUFDX_DEV_FEATURE_ATS: translations may be cached in the device
 * @IOMMUFDX_DEV_FEATURE_PRI: the device can ask for pages; only with
 *	IOMMUFDX_DEV_FEATURE_ATS, as PCI Express has it
 * @IOMMUFDX_DEV_FEATURE_SVA: IOMMUFDX_HWPT_ALLOC_SVA: it has PASIDs, and can ask
 *	for pages or stall until it has them
 * @IOMMUFDX_DEV_FEATURE_PAGE_SIZE_LIVE: IOMMUFDX_HWPT_SET_PAGE_SIZE splits and
 *	merges pages while DMA goes on; else only for callers who accept faults
 */
enum iommufdx_dev_features {
	IOMMUFDX_DEV_FEATURE_DIRTY = 1 << 0,
	IOMMUFDX_DEV_FEATURE_PASID = 1 << 1,
	IOMMUFDX_DEV_FEATURE_NEST = 1 << 2,
	IOMMUFDX_DEV_FEATURE_ATS = 1 << 3,
	IOMMUFDX_DEV_FEATURE_PRI = 1 << 4,
	IOMMUFDX_DEV_FEATURE_SVA = 1 << 5,
	IOMMUFDX_DEV_FEATURE_PAGE_SIZE_LIVE = 1 << 6,
};

/**
 * struct iommufdx_table_caps - a kind of page table that a device can be given
 * @format: enum iommufdx_format; 0: the only one, which has no name
 * @flags: enum iommufdx_hwpt_flags that a request can have
 * @quirks: enum iommufdx_hwpt_quirks that a request can have
 * @va_bits: widest IOVA
 * @usual_va_bits: width of what a request without one gets, 0 if that is another
 *	kind
 * @pa_bits: width of physical addresses
 * @page_sizes: sizes of leaves, a mask of bytes; the smallest cannot be left out
 */
struct iommufdx_table_caps {
	__u32 format;
	__u32 flags;
	__u32 quirks;
	__u32 va_bits;
	__u32 usual_va_bits;
	__u32 pa_bits;
	__aligned_u64 page_sizes;
};

/**
 * struct iommufdx_get_caps - ioctl(IOMMUFDX_GET_CAPS)
 * @size: sizeof(struct iommufdx_get_caps)
 * @flags: must be 0
 * @dev_id: a bound device to ask about, or 0
 * @__reserved: must be 0
 * @out_abi_version: IOMMUFDX_ABI_VERSION of the module
 * @out_errata: one bit for each known defect of this version, 0 for none
 * @out_features: enum iommufdx_features
 * @out_dev_features: enum iommufdx_dev_features of @dev_id, 0 without one
 * @out_kernel_limits: bit N: ioctl IOMMUFD_CMD_BASE + N answers EOPNOTSUPP for
 *	want of a primitive in the running kernel, IOAS_MAP_FILE for all files but
 *	DMA-BUFs
 * @tables_uptr: room for an array of struct iommufdx_table_caps, or 0
 * @table_len: size of an entry of it
 * @table_num: for how many entries there is room; how many @dev_id has
 * @out_pasid_bits: width of PASIDs of @dev_id, 0 for none
 * @__reserved2: must be 0
 *
 * The tables say why a request of @dev_id is refused: it is met by a table that
 * has its format, flags and quirks, is wide enough, and whose smallest leaf it
 * allows.
 *
 * Return: 0; EOPNOTSUPP (@flags, @__reserved or @__reserved2 not 0); ENOENT
 * (@dev_id names no device); EINVAL (@table_num with a @table_len shorter than
 * this version's); EFAULT.
 */
struct iommufdx_get_caps {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 __reserved;
	__u32 out_abi_version;
	__u32 out_errata;
	__aligned_u64 out_features;
	__aligned_u64 out_dev_features;
	__aligned_u64 out_kernel_limits;
	__aligned_u64 tables_uptr;
	__u32 table_len;
	__u32 table_num;
	__u32 out_pasid_bits;
	__u32 __reserved2;
};
#define IOMMUFDX_GET_CAPS _IO(IOMMUFD_TYPE, IOMMUFDX_CMD_GET_CAPS)

/**
 * enum iommufdx_format - layout of a page table
 * @IOMMUFDX_FORMAT_ANY: let the backend choose
 * @IOMMUFDX_FORMAT_AMDV1: AMD host (v1) table
 * @IOMMUFDX_FORMAT_X86_64: x86 table: AMD guest (v2), VT-d first stage
 * @IOMMUFDX_FORMAT_VTDSS: VT-d second stage
 * @IOMMUFDX_FORMAT_ARMV8_S1: Armv8 stage 1
 * @IOMMUFDX_FORMAT_ARMV8_S2: Armv8 stage 2
 */
enum iommufdx_format {
	IOMMUFDX_FORMAT_ANY = 0,
	IOMMUFDX_FORMAT_AMDV1 = 1,
	IOMMUFDX_FORMAT_X86_64 = 2,
	IOMMUFDX_FORMAT_VTDSS = 3,
	IOMMUFDX_FORMAT_ARMV8_S1 = 4,
	IOMMUFDX_FORMAT_ARMV8_S2 = 5,
};

/**
 * enum iommufdx_hwpt_flags - what a HWPT must be able to do, and what it can do
 * @IOMMUFDX_HWPT_NEST_PARENT: a guest's tables can be put on top
 * @IOMMUFDX_HWPT_DIRTY_TRACKING: its dirty bits can be read
 * @IOMMUFDX_HWPT_PASID: it can be attached to a PASID
 * @IOMMUFDX_HWPT_NO_PASID: it never goes to a PASID, nor do its device's PASIDs
 *	matter
 * @IOMMUFDX_HWPT_FAULT_ID_VALID: page requests go to @fault_id
 */
enum iommufdx_hwpt_flags {
	IOMMUFDX_HWPT_NEST_PARENT = 1 << 0,
	IOMMUFDX_HWPT_DIRTY_TRACKING = 1 << 1,
	IOMMUFDX_HWPT_PASID = 1 << 2,
	IOMMUFDX_HWPT_NO_PASID = 1 << 3,
	IOMMUFDX_HWPT_FAULT_ID_VALID = 1 << 4,
};

/**
 * enum iommufdx_hwpt_quirks - how the table is made
 * @IOMMUFDX_HWPT_ENFORCE_SNOOP: every leaf makes DMA coherent
 * @IOMMUFDX_HWPT_NONCOHERENT_WALK: hardware walks it without snooping
 */
enum iommufdx_hwpt_quirks {
	IOMMUFDX_HWPT_ENFORCE_SNOOP = 1 << 0,
	IOMMUFDX_HWPT_NONCOHERENT_WALK = 1 << 1,
};

/**
 * struct iommufdx_hwpt_alloc_paging - ioctl(IOMMUFDX_HWPT_ALLOC_PAGING)
 * @size: sizeof(struct iommufdx_hwpt_alloc_paging)
 * @flags: enum iommufdx_hwpt_flags
 * @dev_id: the device it is for
 * @ioas_id: the address space that fills it
 * @format: enum iommufdx_format
 * @va_bits: least width of an IOVA in bits, 0 for the hardware's usual one
 * @page_sizes: sizes of leaves that may be used, a mask of bytes, 0 for all
 * @quirks: enum iommufdx_hwpt_quirks
 * @fault_id: a fault queue, with IOMMUFDX_HWPT_FAULT_ID_VALID
 * @out_hwpt_id: the HWPT
 * @out_format: format chosen
 * @out_va_bits: IOVAs are below 1 << @out_va_bits
 * @out_flags: enum iommufdx_hwpt_flags of all that it can do, asked for or not
 * @out_page_sizes: sizes of leaves in use
 *
 * IOMMU_HWPT_ALLOC with a request that says more and an answer that says what
 * was chosen. A format asked for by name is taken where the hardware can meet
 * the flags with it, even if it is not what it would choose.
 *
 * Return: 0; EOPNOTSUPP (an unknown flag, format or quirk, or the hardware
 * cannot meet the request); EINVAL (the request contradicts itself); ENOENT (no
 * such device, IOAS or fault queue); EADDRINUSE (something is mapped beyond what
 * the table can hold); ENOMEM.
 */
struct iommufdx_hwpt_alloc_paging {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 ioas_id;
	__u32 format;
	__u32 va_bits;
	__aligned_u64 page_sizes;
	__u32 quirks;
	__u32 fault_id;
	__u32 out_hwpt_id;
	__u32 out_format;
	__u32 out_va_bits;
	__u32 out_flags;
	__aligned_u64 out_page_sizes;
};
#define IOMMUFDX_HWPT_ALLOC_PAGING \
	_IO(IOMMUFD_TYPE, IOMMUFDX_CMD_HWPT_ALLOC_PAGING)

/* Devices that one IOMMUFDX_PLAN_DOMAINS takes. */
#define IOMMUFDX_PLAN_MAX_DEVICES	4096
/* A device without a group. */
#define IOMMUFDX_PLAN_NO_GROUP		0xffffffffu

/**
 * enum iommufdx_plan_reason - why devices cannot share a HWPT, or one has none
 * @IOMMUFDX_PLAN_TOGETHER: they can
 * @IOMMUFDX_PLAN_IOMMU: IOMMUs of different kinds, or one without page tables
 * @IOMMUFDX_PLAN_FORMAT: no format that all have, or they name different ones
 * @IOMMUFDX_PLAN_DIRTY: one needs dirty tracking, another's hardware cannot
 * @IOMMUFDX_PLAN_PASID_NEST: one needs PASIDs, another a nesting parent
 * @IOMMUFDX_PLAN_PASID: no table that all can use goes to a PASID
 * @IOMMUFDX_PLAN_NEST: no table that all can use is a nesting parent
 * @IOMMUFDX_PLAN_PAGE_SIZES: no smallest leaf that all have and allow
 * @IOMMUFDX_PLAN_VA_BITS: no table of a width or depth that all can use
 * @IOMMUFDX_PLAN_QUIRKS: one needs a quirk that another's hardware has not
 * @IOMMUFDX_PLAN_HARDWARE: what is made for one's hardware another's cannot walk,
 *	as for the width of physical addresses
 *
 * Of several reasons the first in this order is given.
 */
enum iommufdx_plan_reason {
	IOMMUFDX_PLAN_TOGETHER = 0,
	IOMMUFDX_PLAN_IOMMU = 1,
	IOMMUFDX_PLAN_FORMAT = 2,
	IOMMUFDX_PLAN_DIRTY = 3,
	IOMMUFDX_PLAN_PASID_NEST = 4,
	IOMMUFDX_PLAN_PASID = 5,
	IOMMUFDX_PLAN_NEST = 6,
	IOMMUFDX_PLAN_PAGE_SIZES = 7,
	IOMMUFDX_PLAN_VA_BITS = 8,
	IOMMUFDX_PLAN_QUIRKS = 9,
	IOMMUFDX_PLAN_HARDWARE = 10,
};

/**
 * struct iommufdx_plan_device - a device and what it needs of its HWPT
 * @dev_id: the device
 * @flags: enum iommufdx_hwpt_flags but FAULT_ID_VALID. NO_PASID needs nothing, it
 *	leaves more choice.
 * @format: enum iommufdx_format
 * @va_bits: least width of an IOVA in bits, 0 for any
 * @page_sizes: sizes of leaves that may be used, a mask of bytes, 0 for all
 * @quirks: enum iommufdx_hwpt_quirks
 * @out_group: index of its group, or IOMMUFDX_PLAN_NO_GROUP: its hardware cannot
 *	meet the need, or nothing is all that it and the devices need that it cannot
 *	be isolated from
 * @out_reason: enum iommufdx_plan_reason: why it has no group
 * @__reserved: must be 0
 */
struct iommufdx_plan_device {
	__u32 dev_id;
	__u32 flags;
	__u32 format;
	__u32 va_bits;
	__aligned_u64 page_sizes;
	__u32 quirks;
	__u32 out_group;
	__u32 out_reason;
	__u32 __reserved;
};

/**
 * struct iommufdx_plan_group - devices that share a HWPT
 * @dev_id: the device to make it for
 * @flags: for IOMMUFDX_HWPT_ALLOC_PAGING, as all that follow
 * @format: enum iommufdx_format
 * @va_bits: width
 * @page_sizes: sizes of leaves
 * @quirks: enum iommufdx_hwpt_quirks
 * @reasons: for each other group, 1 << enum iommufdx_plan_reason: why it is not
 *	one with this one
 * @num_devices: devices in it
 * @__reserved: 0
 *
 * IOMMUFDX_HWPT_ALLOC_PAGING with these, and any IOAS that has nothing mapped
 * beyond the width, makes a HWPT that every device of the group can be attached
 * to and that is all that each needs. @dev_id is of the group, unless no device
 * of it can make a table for all others.
 */
struct iommufdx_plan_group {
	__u32 dev_id;
	__u32 flags;
	__u32 format;
	__u32 va_bits;
	__aligned_u64 page_sizes;
	__u32 quirks;
	__u32 reasons;
	__u32 num_devices;
	__u32 __reserved;
};

/**
 * enum iommufdx_plan_flags - about a plan
 * @IOMMUFDX_PLAN_MINIMAL: no plan has fewer groups. Not set only where devices of
 *	very many makes and needs would take too long to prove it.
 */
enum iommufdx_plan_flags {
	IOMMUFDX_PLAN_MINIMAL = 1 << 0,
};

/**
 * struct iommufdx_plan_domains - ioctl(IOMMUFDX_PLAN_DOMAINS)
 * @size: sizeof(struct iommufdx_plan_domains)
 * @flags: must be 0
 * @devices_uptr: array of struct iommufdx_plan_device
 * @device_len: size of an entry of it
 * @device_num: entries in it; on an error about one of them, how many are before
 * @groups_uptr: room for an array of struct iommufdx_plan_group
 * @group_len: size of an entry of it
 * @group_num: for how many entries there is room; how many groups there are
 * @out_flags: enum iommufdx_plan_flags
 * @__reserved: must be 0
 * @separations_uptr: room for the square of the @group_num that is passed in, in
 *	bytes, or 0
 *
 * At @separations_uptr byte N * @group_num + M, with the number of groups that is
 * answered, is enum iommufdx_plan_reason: why group N is not one with group M;
 * IOMMUFDX_PLAN_TOGETHER where N is M.
 *
 * Find the fewest HWPTs that serve a set of devices. Nothing is made. The answer
 * depends on what is in the set and not on its order: each device is in the group
 * of the same number whatever the order is. A device may be in the set more than
 * once; like devices that cannot be isolated from one another, it gets one HWPT
 * that is all it needs.
 *
 * Return: 0; EMSGSIZE (no room for all groups: @group_num says how many there
 * are); EOPNOTSUPP (@flags, a reserved field, or an unknown flag, format or quirk
 * of an entry); EINVAL (no devices, an entry shorter than this version's, or one
 * that contradicts itself); E2BIG (more than IOMMUFDX_PLAN_MAX_DEVICES, or an
 * entry that ends in bytes that are not zero); ENOENT (no such device); EFAULT;
 * ENOMEM.
 */
struct iommufdx_plan_domains {
	__u32 size;
	__u32 flags;
	__aligned_u64 devices_uptr;
	__u32 device_len;
	__u32 device_num;
	__aligned_u64 groups_uptr;
	__u32 group_len;
	__u32 group_num;
	__u32 out_flags;
	__u32 __reserved;
	__aligned_u64 separations_uptr;
};
#define IOMMUFDX_PLAN_DOMAINS _IO(IOMMUFD_TYPE, IOMMUFDX_CMD_PLAN_DOMAINS)

#include <linux/iommufdx_amd.h>
#include <linux/iommufdx_dirty.h>
#include <linux/iommufdx_guest.h>
#include <linux/iommufdx_shadow.h>
#include <linux/iommufdx_sva.h>
#include <linux/iommufdx_vtd.h>

#endif /* _UAPI_IOMMUFDX_H */
