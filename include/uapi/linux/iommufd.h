/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The ioctls of /dev/iommu: numbers, names and layouts of Linux 7.3.
 *
 * A program built against Linux's header builds against this one and sees no
 * difference; tools/testing/unit/abi proves it. What this project adds lives
 * in <linux/iommufdx.h>. The include guard is that of Linux's source, so that
 * of the two headers the first one found wins instead of clashing with the
 * second.
 */
#ifndef _UAPI_IOMMUFD_H
#define _UAPI_IOMMUFD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Rules shared by all commands
 *
 * The argument points to a struct that begins with its own size in bytes. A
 * caller may use a shorter struct (from an older header, but not shorter than
 * the command's first version) or a longer one; what is missing counts as
 * zero, and what is in excess has to be zero. Numbers below IOMMUFD_CMD_BASE
 * belong to the VFIO type1 container, which the same file also speaks.
 *
 * IDs name objects of one open file, are never 0, and may be reused once their
 * object is destroyed. A fresh ID is returned in a field named out_*. In a
 * range, "last" is included in it. Lengths and addresses are bytes.
 *
 * Errors that any command may return, with one meaning each; the structs below
 * list only what a command adds or narrows down:
 *
 *  - ENOTTY: there is no command of this number
 *  - EINVAL: size is below the first version, or a value is wrong
 *  - E2BIG: nonzero bytes beyond what this kernel knows
 *  - EOPNOTSUPP: an unknown flag, type or operation; a nonzero reserved field;
 *    or something that this kernel, IOMMU or device cannot do. A field marked
 *    "unused" is not looked at, as in Linux; set it to 0 all the same
 *  - ENOENT: no object has this ID, or it is of another kind
 *  - EFAULT: user memory could not be read or written
 *  - ENOMEM: out of memory, or over RLIMIT_MEMLOCK
 *  - EOVERFLOW: start plus length wraps, or exceeds the kernel's long
 */
#define IOMMUFD_TYPE (';')

enum {
	IOMMUFD_CMD_BASE = 0x80,
	IOMMUFD_CMD_DESTROY = IOMMUFD_CMD_BASE,
	IOMMUFD_CMD_IOAS_ALLOC = 0x81,
	IOMMUFD_CMD_IOAS_ALLOW_IOVAS = 0x82,
	IOMMUFD_CMD_IOAS_COPY = 0x83,
	IOMMUFD_CMD_IOAS_IOVA_RANGES = 0x84,
	IOMMUFD_CMD_IOAS_MAP = 0x85,
	IOMMUFD_CMD_IOAS_UNMAP = 0x86,
	IOMMUFD_CMD_OPTION = 0x87,
	IOMMUFD_CMD_VFIO_IOAS = 0x88,
	IOMMUFD_CMD_HWPT_ALLOC = 0x89,
	IOMMUFD_CMD_GET_HW_INFO = 0x8a,
	IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING = 0x8b,
	IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP = 0x8c,
	IOMMUFD_CMD_HWPT_INVALIDATE = 0x8d,
	IOMMUFD_CMD_FAULT_QUEUE_ALLOC = 0x8e,
	IOMMUFD_CMD_IOAS_MAP_FILE = 0x8f,
	IOMMUFD_CMD_VIOMMU_ALLOC = 0x90,
	IOMMUFD_CMD_VDEVICE_ALLOC = 0x91,
	IOMMUFD_CMD_IOAS_CHANGE_PROCESS = 0x92,
	IOMMUFD_CMD_VEVENTQ_ALLOC = 0x93,
	IOMMUFD_CMD_HW_QUEUE_ALLOC = 0x94,
	IOMMUFD_CMD_IOAS_NOIOMMU_GET_PA = 0x95,
};

/**
 * struct iommu_destroy - IOMMU_DESTROY: destroy one object of any kind
 * @size: bytes of this struct
 * @id: the object
 *
 * Closing the file destroys whatever is left, in a workable order.
 *
 * Errors:
 *  - EBUSY: something still uses the object: an object built on it, a device
 *    attached to it, or an open descriptor of its queue
 */
struct iommu_destroy {
	__u32 size;
	__u32 id;
};
#define IOMMU_DESTROY _IO(IOMMUFD_TYPE, IOMMUFD_CMD_DESTROY)

/* ---- IOAS: an I/O address space, and which IOVAs it can use ---- */

/**
 * struct iommu_ioas_alloc - IOMMU_IOAS_ALLOC: make an empty IOAS
 * @size: bytes of this struct
 * @flags: 0
 * @out_ioas_id: the new IOAS
 */
struct iommu_ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};
#define IOMMU_IOAS_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_ALLOC)

/**
 * struct iommu_iova_range - a range of IOVAs
 * @start: its first byte
 * @last: its last byte, which belongs to the range
 */
struct iommu_iova_range {
	__aligned_u64 start;
	__aligned_u64 last;
};

/**
 * struct iommu_ioas_iova_ranges - IOMMU_IOAS_IOVA_RANGES: what can be mapped
 * @size: bytes of this struct
 * @ioas_id: the IOAS
 * @num_iovas: in: entries that @allowed_iovas has room for; out: how many
 *             ranges there are, also when that is more than fitted
 * @__reserved: 0
 * @allowed_iovas: pointer to struct iommu_iova_range entries to be written, in
 *                 ascending order
 * @out_iova_alignment: power of two, 1 to the CPU's page size: start and
 *                      length of a mapping must be multiples of it
 *
 * Each device that attaches can take IOVAs away (its address width, windows
 * reserved for MSI or firmware), and gives them back as it detaches. So ask
 * again after either.
 *
 * Errors:
 *  - EMSGSIZE: more ranges than room; those that fitted were written and
 *    @num_iovas says what room is needed
 */
struct iommu_ioas_iova_ranges {
	__u32 size;
	__u32 ioas_id;
	__u32 num_iovas;
	__u32 __reserved;
	__aligned_u64 allowed_iovas;
	__aligned_u64 out_iova_alignment;
};
#define IOMMU_IOAS_IOVA_RANGES _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_IOVA_RANGES)

/**
 * struct iommu_ioas_allow_iovas - IOMMU_IOAS_ALLOW_IOVAS: keep IOVAs usable
 * @size: bytes of this struct
 * @ioas_id: the IOAS
 * @num_iovas: entries of @allowed_iovas; 0 withdraws an earlier list
 * @__reserved: 0
 * @allowed_iovas: pointer to struct iommu_iova_range entries, in any order
 *
 * From then on a device that would take away part of these ranges cannot
 * attach, and a mapping whose IOVA the kernel picks is placed inside them. A
 * list takes the place of the one before it.
 *
 * Errors:
 *  - EINVAL: a range with start >= last, or two that overlap
 *  - EADDRINUSE: an attached device reserves part of a range already; the
 *    former list stays in force
 */
struct iommu_ioas_allow_iovas {
	__u32 size;
	__u32 ioas_id;
	__u32 num_iovas;
	__u32 __reserved;
	__aligned_u64 allowed_iovas;
};
#define IOMMU_IOAS_ALLOW_IOVAS _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_ALLOW_IOVAS)

/* ---- Mapping ---- */

/**
 * enum iommufd_ioas_map_flags - how to map; at least one of the access bits
 * @IOMMU_IOAS_MAP_FIXED_IOVA: map at the caller's IOVA, not where it suits
 * @IOMMU_IOAS_MAP_WRITEABLE: let devices write
 * @IOMMU_IOAS_MAP_READABLE: let devices read
 */
enum iommufd_ioas_map_flags {
	IOMMU_IOAS_MAP_FIXED_IOVA = 1 << 0,
	IOMMU_IOAS_MAP_WRITEABLE = 1 << 1,
	IOMMU_IOAS_MAP_READABLE = 1 << 2,
};

/**
 * struct iommu_ioas_map - IOMMU_IOAS_MAP: map memory of the calling process
 * @size: bytes of this struct
 * @flags: enum iommufd_ioas_map_flags
 * @ioas_id: the IOAS
 * @__reserved: 0
 * @user_va: address of the first byte, aligned like @iova
 * @length: bytes
 * @iova: in: where to map, if IOMMU_IOAS_MAP_FIXED_IOVA; out: where it is
 *
 * An IOVA that the kernel picks is never 0.
 *
 * Memory is pinned and charged to the caller once a HWPT, or a kernel user of
 * the IOAS, needs it; an IOAS that has neither accepts any address.
 *
 * Errors:
 *  - EINVAL: no access bit; @length 0; @iova, @user_va or @length not aligned
 *    to what IOMMU_IOAS_IOVA_RANGES says; a fixed range meets a reserved IOVA
 *  - EEXIST: a fixed range meets an existing mapping
 *  - ENOSPC: the kernel was to pick an IOVA and found no gap
 *  - EFAULT: the memory is not there or may not be accessed like that
 */
struct iommu_ioas_map {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 __reserved;
	__aligned_u64 user_va;
	__aligned_u64 length;
	__aligned_u64 iova;
};
#define IOMMU_IOAS_MAP _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_MAP)

/**
 * struct iommu_ioas_map_file - IOMMU_IOAS_MAP_FILE: map part of a memfd
 * @size: bytes of this struct
 * @flags: enum iommufd_ioas_map_flags
 * @ioas_id: the IOAS
 * @fd: a memfd, or a dma-buf of a VFIO device's BAR if the kernel can
 * @start: offset in the file of the first byte; in all else like a user_va
 * @length: bytes
 * @iova: in: where to map, if IOMMU_IOAS_MAP_FIXED_IOVA; out: where it is
 *
 * Such a mapping depends on no process's addresses, so it survives an exec
 * and can change hands (struct iommu_ioas_change_process).
 *
 * Errors, besides those of IOMMU_IOAS_MAP:
 *  - EBADF: @fd is not open
 *  - EINVAL: the file is no memfd, or the range runs past the dma-buf's end
 *  - EOPNOTSUPP: a dma-buf that cannot be imported, or a kernel that cannot
 *    pin the pages of a file
 */
struct iommu_ioas_map_file {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__s32 fd;
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 iova;
};
#define IOMMU_IOAS_MAP_FILE _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_MAP_FILE)

/**
 * struct iommu_ioas_copy - IOMMU_IOAS_COPY: map again what is mapped already
 * @size: bytes of this struct
 * @flags: enum iommufd_ioas_map_flags; FIXED_IOVA speaks of @dst_iova
 * @dst_ioas_id: IOAS to map into; may be the source itself
 * @src_ioas_id: IOAS to take from
 * @length: bytes
 * @dst_iova: in: where to map, if IOMMU_IOAS_MAP_FIXED_IOVA; out: where it is
 * @src_iova: first byte to take; range ends may fall inside mappings
 *
 * Source and copy share one pin and one charge, and outlive each other.
 *
 * Errors, besides those of IOMMU_IOAS_MAP:
 *  - ENOENT: part of the source range is not mapped
 *  - EPERM: write access is asked for, and the memory was first mapped without
 */
struct iommu_ioas_copy {
	__u32 size;
	__u32 flags;
	__u32 dst_ioas_id;
	__u32 src_ioas_id;
	__aligned_u64 length;
	__aligned_u64 dst_iova;
	__aligned_u64 src_iova;
};
#define IOMMU_IOAS_COPY _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_COPY)

/**
 * struct iommu_ioas_unmap - IOMMU_IOAS_UNMAP: remove whole mappings
 * @size: bytes of this struct
 * @ioas_id: the IOAS
 * @iova: first byte
 * @length: in: bytes, holes allowed; out: bytes that were unmapped
 *
 * @iova 0 with @length U64_MAX empties the IOAS, and succeeds if it was empty.
 *
 * Errors:
 *  - EINVAL: @length is 0
 *  - ENOENT: nothing is mapped there, or the range cuts through a mapping
 *  - EBUSY: a hardware queue holds the memory, or another thread is just
 *    mapping or unmapping it
 *  - EDEADLK: a kernel user of the memory does not let go of it
 */
struct iommu_ioas_unmap {
	__u32 size;
	__u32 ioas_id;
	__aligned_u64 iova;
	__aligned_u64 length;
};
#define IOMMU_IOAS_UNMAP _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_UNMAP)

/**
 * struct iommu_ioas_noiommu_get_pa - IOMMU_IOAS_NOIOMMU_GET_PA: look up an IOVA
 * @size: bytes of this struct
 * @flags: 0
 * @ioas_id: an IOAS to which a no-IOMMU device is attached
 * @__reserved: 0
 * @iova: address to look up
 * @length: in: most bytes of interest, not 0; out: how many of them lie
 *          physically one after the other, all in the mapping of @iova
 * @out_phys: physical address of @iova
 *
 * For drivers in user space whose device has no IOMMU to protect memory from
 * it, and so must be given physical addresses.
 *
 * Errors:
 *  - EPERM: the caller lacks CAP_SYS_RAWIO
 *  - EINVAL: @length is 0, or the memory was revoked by its exporter
 *  - ENOENT: @iova is not mapped
 *  - EOPNOTSUPP: no such device is attached, or no kernel support
 */
struct iommu_ioas_noiommu_get_pa {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 __reserved;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 out_phys;
};
#define IOMMU_IOAS_NOIOMMU_GET_PA \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_NOIOMMU_GET_PA)

/**
 * struct iommu_ioas_change_process - IOMMU_IOAS_CHANGE_PROCESS: take over
 * @size: bytes of this struct
 * @__reserved: 0
 *
 * The calling process becomes the one that is charged for everything mapped in
 * all IOAS of this file. Meant for a VMM that hands its devices to a successor.
 *
 * Errors, after each of which nothing has changed:
 *  - EINVAL: something was mapped by other means than a memfd
 *  - EBUSY: a mapping is being made or removed at this moment
 *  - ENOMEM: the caller's RLIMIT_MEMLOCK does not suffice
 */
struct iommu_ioas_change_process {
	__u32 size;
	__u32 __reserved;
};
#define IOMMU_IOAS_CHANGE_PROCESS \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_CHANGE_PROCESS)

/* ---- Options, and the IOAS behind the VFIO container ---- */

/**
 * enum iommufd_option - what IOMMU_OPTION reads or sets
 * @IOMMU_OPTION_RLIMIT_MODE: whom pinned memory is charged to: 0 the user
 *                            (default), 1 the process. One value per file; the
 *                            object ID is 0
 * @IOMMU_OPTION_HUGE_PAGES: 1 (default) lets contiguous memory use large
 *                           translation entries, 0 keeps to the CPU's page
 *                           size. One value per IOAS; the object ID names it
 */
enum iommufd_option {
	IOMMU_OPTION_RLIMIT_MODE = 0,
	IOMMU_OPTION_HUGE_PAGES = 1,
};

/**
 * enum iommufd_option_ops - which way the value of an option goes
 * @IOMMU_OPTION_OP_SET: from the caller to the kernel
 * @IOMMU_OPTION_OP_GET: from the kernel to the caller
 */
enum iommufd_option_ops {
	IOMMU_OPTION_OP_SET = 0,
	IOMMU_OPTION_OP_GET = 1,
};

/**
 * struct iommu_option - IOMMU_OPTION: read or set an option
 * @size: bytes of this struct
 * @option_id: enum iommufd_option
 * @op: enum iommufd_option_ops
 * @__reserved: 0
 * @object_id: as the option says
 * @val64: the value
 *
 * Errors:
 *  - EINVAL: the option has no such value, or large entries are to be turned
 *    off in an IOAS that has both a HWPT and mappings
 *  - EPERM: the charging mode can be set only with CAP_SYS_RESOURCE
 *  - EBUSY: ... and only before the file has its first object
 */
struct iommu_option {
	__u32 size;
	__u32 option_id;
	__u16 op;
	__u16 __reserved;
	__u32 object_id;
	__aligned_u64 val64;
};
#define IOMMU_OPTION _IO(IOMMUFD_TYPE, IOMMUFD_CMD_OPTION)

/**
 * enum iommufd_vfio_ioas_op - what IOMMU_VFIO_IOAS does
 * @IOMMU_VFIO_IOAS_GET: tell which IOAS it is
 * @IOMMU_VFIO_IOAS_SET: make it this one
 * @IOMMU_VFIO_IOAS_CLEAR: have none; the IOAS itself lives on
 */
enum iommufd_vfio_ioas_op {
	IOMMU_VFIO_IOAS_GET = 0,
	IOMMU_VFIO_IOAS_SET = 1,
	IOMMU_VFIO_IOAS_CLEAR = 2,
};

/**
 * struct iommu_vfio_ioas - IOMMU_VFIO_IOAS: the IOAS of the VFIO container
 * @size: bytes of this struct
 * @ioas_id: in for SET, out for GET
 * @op: enum iommufd_vfio_ioas_op
 * @__reserved: 0
 *
 * VFIO's container ioctls name no address space and always mean this one. Who
 * offers VFIO's group interface makes one when the first group is attached.
 *
 * Errors:
 *  - ENODEV: GET while there is none
 */
struct iommu_vfio_ioas {
	__u32 size;
	__u32 ioas_id;
	__u16 op;
	__u16 __reserved;
};
#define IOMMU_VFIO_IOAS _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VFIO_IOAS)

/* ---- What the hardware can do ---- */

/**
 * enum iommu_hw_info_type - which struct describes an IOMMU
 * @IOMMU_HW_INFO_TYPE_NONE: out: the driver describes nothing
 * @IOMMU_HW_INFO_TYPE_DEFAULT: in: the driver's usual one
 * @IOMMU_HW_INFO_TYPE_INTEL_VTD: struct iommu_hw_info_vtd
 * @IOMMU_HW_INFO_TYPE_ARM_SMMUV3: struct iommu_hw_info_arm_smmuv3
 * @IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV: struct iommu_hw_info_tegra241_cmdqv
 * @IOMMU_HW_INFO_TYPE_AMD: struct iommu_hw_info_amd
 */
enum iommu_hw_info_type {
	IOMMU_HW_INFO_TYPE_NONE = 0,
	IOMMU_HW_INFO_TYPE_DEFAULT = 0,
	IOMMU_HW_INFO_TYPE_INTEL_VTD = 1,
	IOMMU_HW_INFO_TYPE_ARM_SMMUV3 = 2,
	IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV = 3,
	IOMMU_HW_INFO_TYPE_AMD = 4,
};

/**
 * enum iommufd_hw_capabilities - what holds for a device behind any IOMMU
 * @IOMMU_HW_CAP_DIRTY_TRACKING: its IOMMU can record which pages it wrote
 * @IOMMU_HW_CAP_PCI_PASID_EXEC: requests with PASID may ask to execute
 * @IOMMU_HW_CAP_PCI_PASID_PRIV: requests with PASID may be privileged
 * @IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED: it can not use ATS; if clear it might
 *
 * The PASID bits say nothing while iommu_hw_info.out_max_pasid_log2 is 0.
 */
enum iommufd_hw_capabilities {
	IOMMU_HW_CAP_DIRTY_TRACKING = 1 << 0,
	IOMMU_HW_CAP_PCI_PASID_EXEC = 1 << 1,
	IOMMU_HW_CAP_PCI_PASID_PRIV = 1 << 2,
	IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED = 1 << 3,
};

/**
 * enum iommufd_hw_info_flags - how to ask IOMMU_GET_HW_INFO
 * @IOMMU_HW_INFO_FLAG_INPUT_TYPE: in_data_type selects what to describe; if
 *                                 clear it counts as DEFAULT
 */
enum iommufd_hw_info_flags {
	IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1 << 0,
};

/**
 * struct iommu_hw_info - IOMMU_GET_HW_INFO: describe the IOMMU of a device
 * @size: bytes of this struct
 * @flags: enum iommufd_hw_info_flags
 * @dev_id: a device bound to this file
 * @data_len: in: bytes at @data_uptr, 0 allowed; out: bytes that the kernel
 *            has, whether they fitted or not
 * @data_uptr: buffer for the struct that the type names; a rest is zeroed
 * @in_data_type: enum iommu_hw_info_type that is wanted
 * @out_data_type: enum iommu_hw_info_type that was written
 * @out_max_pasid_log2: bits of a PASID that the device can use; 0 is none
 * @__reserved: 0
 * @out_capabilities: enum iommufd_hw_capabilities
 *
 * Errors:
 *  - EOPNOTSUPP: the IOMMU has no struct of the wanted type, or the device has
 *    no IOMMU
 */
struct iommu_hw_info {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 data_len;
	__aligned_u64 data_uptr;
	union {
		__u32 in_data_type;
		__u32 out_data_type;
	};
	__u8 out_max_pasid_log2;
	__u8 __reserved[3];
	__aligned_u64 out_capabilities;
};
#define IOMMU_GET_HW_INFO _IO(IOMMUFD_TYPE, IOMMUFD_CMD_GET_HW_INFO)

/* ---- HWPT: what a device translates through ---- */

/**
 * enum iommu_hwpt_data_type - which struct describes a new HWPT
 * @IOMMU_HWPT_DATA_NONE: none; the kernel fills the table from an IOAS
 * @IOMMU_HWPT_DATA_VTD_S1: struct iommu_hwpt_vtd_s1
 * @IOMMU_HWPT_DATA_ARM_SMMUV3: struct iommu_hwpt_arm_smmuv3
 * @IOMMU_HWPT_DATA_AMD_GUEST: struct iommu_hwpt_amd_guest
 */
enum iommu_hwpt_data_type {
	IOMMU_HWPT_DATA_NONE = 0,
	IOMMU_HWPT_DATA_VTD_S1 = 1,
	IOMMU_HWPT_DATA_ARM_SMMUV3 = 2,
	IOMMU_HWPT_DATA_AMD_GUEST = 3,
};

/**
 * enum iommufd_hwpt_alloc_flags - properties of a new HWPT
 * @IOMMU_HWPT_ALLOC_NEST_PARENT: nested HWPTs and vIOMMUs can be put on it
 * @IOMMU_HWPT_ALLOC_DIRTY_TRACKING: it can track dirty pages, and admits only
 *                                   devices whose IOMMU can
 * @IOMMU_HWPT_FAULT_ID_VALID: fault_id names where page requests are to go;
 *                             not for a nesting parent
 * @IOMMU_HWPT_ALLOC_PASID: PASIDs can attach to it, and so can the RID of a
 *                          device that uses PASIDs; a HWPT without the flag
 *                          keeps the two from being used together
 */
enum iommufd_hwpt_alloc_flags {
	IOMMU_HWPT_ALLOC_NEST_PARENT = 1 << 0,
	IOMMU_HWPT_ALLOC_DIRTY_TRACKING = 1 << 1,
	IOMMU_HWPT_FAULT_ID_VALID = 1 << 2,
	IOMMU_HWPT_ALLOC_PASID = 1 << 3,
};

/**
 * struct iommu_hwpt_alloc - IOMMU_HWPT_ALLOC: make a HWPT
 * @size: bytes of this struct
 * @flags: enum iommufd_hwpt_alloc_flags; a nested HWPT takes only
 *         FAULT_ID_VALID and PASID
 * @dev_id: a device bound to this file, for whose IOMMU the HWPT is made
 * @pt_id: an IOAS: the HWPT holds all it maps, now and later;
 *         a nesting parent, or a vIOMMU on one: the HWPT is nested in it and
 *         its table is the guest's own
 * @out_hwpt_id: the new HWPT
 * @__reserved: 0
 * @data_type: enum iommu_hwpt_data_type; NONE on an IOAS, another if nested
 * @data_len: bytes at @data_uptr; 0 exactly if @data_type is NONE
 * @data_uptr: the struct that @data_type names
 * @fault_id: a fault queue, if IOMMU_HWPT_FAULT_ID_VALID
 * @__reserved2: unused
 *
 * Errors:
 *  - EINVAL: @pt_id is missing or of no such kind, was not made as a nesting
 *    parent, or belongs to another IOMMU; @data_len does not suit @data_type;
 *    the data breaks a rule of its struct
 *  - EOPNOTSUPP: flags, or their combination, or @data_type, that the IOMMU
 *    does not have
 *  - EADDRINUSE: the IOAS maps, or promises, IOVAs that the table cannot hold
 */
struct iommu_hwpt_alloc {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 pt_id;
	__u32 out_hwpt_id;
	__u32 __reserved;
	__u32 data_type;
	__u32 data_len;
	__aligned_u64 data_uptr;
	__u32 fault_id;
	__u32 __reserved2;
};
#define IOMMU_HWPT_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_ALLOC)

/* ---- Dirty tracking ---- */

/**
 * enum iommufd_hwpt_set_dirty_tracking_flags - switch
 * @IOMMU_HWPT_DIRTY_TRACKING_ENABLE: on if set, off if clear
 */
enum iommufd_hwpt_set_dirty_tracking_flags {
	IOMMU_HWPT_DIRTY_TRACKING_ENABLE = 1,
};

/**
 * struct iommu_hwpt_set_dirty_tracking - IOMMU_HWPT_SET_DIRTY_TRACKING
 * @size: bytes of this struct
 * @flags: enum iommufd_hwpt_set_dirty_tracking_flags
 * @hwpt_id: a HWPT on an IOAS
 * @__reserved: unused
 *
 * Start or stop recording writes. Each start begins with no page dirty.
 *
 * Errors:
 *  - EOPNOTSUPP: the HWPT was made without IOMMU_HWPT_ALLOC_DIRTY_TRACKING
 */
struct iommu_hwpt_set_dirty_tracking {
	__u32 size;
	__u32 flags;
	__u32 hwpt_id;
	__u32 __reserved;
};
#define IOMMU_HWPT_SET_DIRTY_TRACKING \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING)

/**
 * enum iommufd_hwpt_get_dirty_bitmap_flags - how to read dirty bits
 * @IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR: leave them set, which spares a flush;
 *                                        for memory about to be unmapped
 */
enum iommufd_hwpt_get_dirty_bitmap_flags {
	IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR = 1,
};

/**
 * struct iommu_hwpt_get_dirty_bitmap - IOMMU_HWPT_GET_DIRTY_BITMAP: what was
 * written since the last time
 * @size: bytes of this struct
 * @hwpt_id: a HWPT made with IOMMU_HWPT_ALLOC_DIRTY_TRACKING
 * @flags: enum iommufd_hwpt_get_dirty_bitmap_flags
 * @__reserved: 0
 * @iova: first byte
 * @length: bytes
 * @page_size: bytes that one bit stands for, a power of two
 * @data: bitmap of 64-bit words: bit (n % 64) of word (n / 64) stands for the
 *        page at @iova + n * @page_size. Bits get set, never cleared
 *
 * What is not mapped reads as clean. The state of a large leaf of which the range
 * shows a part is kept for the rest of it.
 *
 * Errors:
 *  - EINVAL: @length or @page_size is 0, the range does not start and end at
 *    multiples of @page_size and of the IOAS's IOVA alignment, or tracking is
 *    off
 *  - EOVERFLOW: the range wraps
 *  - EFAULT: the bitmap is not writable; nothing has become clean
 *  - EOPNOTSUPP: the HWPT cannot track
 */
struct iommu_hwpt_get_dirty_bitmap {
	__u32 size;
	__u32 hwpt_id;
	__u32 flags;
	__u32 __reserved;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__aligned_u64 data;
};
#define IOMMU_HWPT_GET_DIRTY_BITMAP \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP)

#include <linux/iommufd_guest.h>

#endif /* _UAPI_IOMMUFD_H */
