/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The second half of <linux/iommufd.h>, which includes it: what each vendor's
 * IOMMU says of itself, and what a VMM needs to let a guest run its own tables.
 * Not to be included by itself.
 */
#ifndef _UAPI_IOMMUFD_GUEST_H
#define _UAPI_IOMMUFD_GUEST_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* ---- Data of IOMMU_GET_HW_INFO ---- */

/**
 * enum iommu_hw_info_vtd_flags - notes on a VT-d IOMMU
 * @IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17: Intel's erratum SPR17 (document
 *                                         772415) applies: a nesting parent
 *                                         cannot hold read-only mappings
 */
enum iommu_hw_info_vtd_flags {
	IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17 = 1 << 0,
};

/**
 * struct iommu_hw_info_vtd - registers of a VT-d IOMMU
 * @flags: enum iommu_hw_info_vtd_flags
 * @__reserved: 0
 * @cap_reg: Capability Register
 * @ecap_reg: Extended Capability Register
 */
struct iommu_hw_info_vtd {
	__u32 flags;
	__u32 __reserved;
	__aligned_u64 cap_reg;
	__aligned_u64 ecap_reg;
};

/**
 * enum iommu_hw_info_arm_smmuv3_flags - notes on an SMMUv3
 * @IOMMU_HW_INFO_ARM_SMMUV3_ERRATA_REPEAT_TLBI_CFGI: erratum T264-SMMU-3: send
 *                                                    TLBI and CFGI, each batch
 *                                                    with its SYNC, twice
 */
enum iommu_hw_info_arm_smmuv3_flags {
	IOMMU_HW_INFO_ARM_SMMUV3_ERRATA_REPEAT_TLBI_CFGI = 1 << 0,
};

/**
 * struct iommu_hw_info_arm_smmuv3 - registers of an SMMUv3
 * @flags: enum iommu_hw_info_arm_smmuv3_flags
 * @__reserved: 0
 * @idr: SMMU_IDR0 to SMMU_IDR5
 * @iidr: SMMU_IIDR
 * @aidr: SMMU_AIDR
 *
 * The values are raw; a VMM shows its guest only what the kernel supports when
 * nesting, which so far is:
 *
 *  - IDR0: ST_LEVEL, TERM_MODEL, STALL_MODEL, TTENDIAN, CD2L, ASID16, TTF
 *  - IDR1: SIDSIZE, SSIDSIZE
 *  - IDR3: BBML, RIL
 *  - IDR5: VAX, GRAN64K, GRAN16K, GRAN4K, DS
 *
 * A nested HWPT that can be made implies S1P, and coherent walks (COHACC) are
 * a given. ATS is a matter of each device, not of these registers.
 */
struct iommu_hw_info_arm_smmuv3 {
	__u32 flags;
	__u32 __reserved;
	__u32 idr[6];
	__u32 iidr;
	__u32 aidr;
};

/**
 * struct iommu_hw_info_tegra241_cmdqv - command queue extension of Tegra241
 * @flags: 0
 * @version: bits 3:0 of the PARAM register
 * @log2vcmdqs: bits 7:4: log2 of the number of virtual command queues
 * @log2vsids: bits 15:12: log2 of the number of stream ID replacements
 * @__reserved: 0
 *
 * A guest gets one virtual interface, so bits 11:8 of its PARAM are 0.
 */
struct iommu_hw_info_tegra241_cmdqv {
	__u32 flags;
	__u8 version;
	__u8 log2vcmdqs;
	__u8 log2vsids;
	__u8 __reserved;
};

/**
 * struct iommu_hw_info_amd - feature registers of an AMD IOMMU
 * @efr: Extended Feature Register, MMIO offset 30h
 * @efr2: Extended Feature 2 Register, MMIO offset 1A0h
 *
 * The values are raw. Of EFR a guest may be shown GTSup, GASup, GioSup, PPRSup,
 * EPHSup, GATS, GLX and PASmax; of EFR2 nothing.
 */
struct iommu_hw_info_amd {
	__aligned_u64 efr;
	__aligned_u64 efr2;
};

/* ---- Data of IOMMU_HWPT_ALLOC: a table that the guest owns ---- */

/**
 * enum iommu_hwpt_vtd_s1_flags - bits of a VT-d PASID table entry
 * @IOMMU_VTD_S1_SRE: Supervisor Request Enable
 * @IOMMU_VTD_S1_EAFE: Extended Access Flag Enable
 * @IOMMU_VTD_S1_WPE: Write Protect Enable; counts only together with SRE
 */
enum iommu_hwpt_vtd_s1_flags {
	IOMMU_VTD_S1_SRE = 1 << 0,
	IOMMU_VTD_S1_EAFE = 1 << 1,
	IOMMU_VTD_S1_WPE = 1 << 2,
};

/**
 * struct iommu_hwpt_vtd_s1 - a guest's VT-d first-stage table
 * @flags: enum iommu_hwpt_vtd_s1_flags
 * @pgtbl_addr: guest physical address of its root
 * @addr_width: bits of input address: 48 (4 levels) or 57 (5 levels)
 * @__reserved: 0
 */
struct iommu_hwpt_vtd_s1 {
	__aligned_u64 flags;
	__aligned_u64 pgtbl_addr;
	__u32 addr_width;
	__u32 __reserved;
};

/**
 * struct iommu_hwpt_arm_smmuv3 - words 0 and 1 of a guest's STE
 * @ste: little-endian; a guest may set these and nothing else:
 *       V, Config, S1Fmt, S1ContextPtr, S1CDMax in word 0, and
 *       S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS in word 1
 *
 * Config chooses stage 1 (the guest's CD table, found through the parent),
 * bypass (the parent alone) or abort; V clear acts as abort.
 *
 * A device can attach to stage 1 only once it has a vDEVICE: the vSID is what
 * commands and events of the guest speak of. Bypass and abort attach without
 * one, for a guest whose SMMU is still off, but then report no events.
 *
 * Errors of IOMMU_HWPT_ALLOC:
 *  - EIO: an illegal STE, or a field that is not listed above
 */
struct iommu_hwpt_arm_smmuv3 {
	__aligned_le64 ste[2];
};

/**
 * struct iommu_hwpt_amd_guest - a guest's AMD device table entry
 * @dte: the four 64-bit words as the guest wrote them; Mode and the host table
 *       root must be 0
 *
 * Errors of IOMMU_HWPT_ALLOC:
 *  - EINVAL: a host field is set, V and GV without a GCR3 root, GLX 3, or a
 *    guest paging mode that does not exist
 *  - EOPNOTSUPP: 5-level guest tables on hardware that has 4
 *  - ENOSPC: no domain ID is left
 */
struct iommu_hwpt_amd_guest {
	__aligned_u64 dte[4];
};

/* ---- Invalidation of what a guest's tables left in caches ---- */

/**
 * enum iommu_hwpt_invalidate_data_type - which struct an entry is
 * @IOMMU_HWPT_INVALIDATE_DATA_VTD_S1: struct iommu_hwpt_vtd_s1_invalidate, to
 *                                     a nested HWPT
 * @IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3: struct
 *                                           iommu_viommu_arm_smmuv3_invalidate,
 *                                           to a vIOMMU
 */
enum iommu_hwpt_invalidate_data_type {
	IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 = 0,
	IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1,
};

/**
 * enum iommu_hwpt_vtd_s1_invalidate_flags - extent of a VT-d invalidation
 * @IOMMU_VTD_INV_FLAGS_LEAF: only leaf entries changed, so caches of upper
 *                            levels can stay
 */
enum iommu_hwpt_vtd_s1_invalidate_flags {
	IOMMU_VTD_INV_FLAGS_LEAF = 1 << 0,
};

/**
 * struct iommu_hwpt_vtd_s1_invalidate - forget a range of a first-stage table
 * @addr: first input address, a multiple of 4096
 * @npages: pages of 4096 bytes; U64_MAX with @addr 0 is the whole table
 * @flags: enum iommu_hwpt_vtd_s1_invalidate_flags
 * @__reserved: 0
 *
 * Device TLBs are invalidated along with it.
 */
struct iommu_hwpt_vtd_s1_invalidate {
	__aligned_u64 addr;
	__aligned_u64 npages;
	__u32 flags;
	__u32 __reserved;
};

/**
 * struct iommu_viommu_arm_smmuv3_invalidate - one command of a guest's CMDQ
 * @cmd: little-endian, and one of TLBI_NSNH_ALL, TLBI_NH_ALL, TLBI_NH_ASID,
 *       TLBI_NH_VA, TLBI_NH_VAA, ATC_INV, CFGI_CD, CFGI_CD_ALL
 *
 * The kernel supplies the VMID and turns the vSID into the stream ID. EIO
 * refuses any other command, a bit that the command or this SMMU does not
 * define, and a vSID that has no vDEVICE.
 */
struct iommu_viommu_arm_smmuv3_invalidate {
	__aligned_le64 cmd[2];
};

/**
 * struct iommu_hwpt_invalidate - IOMMU_HWPT_INVALIDATE: run invalidations
 * @size: bytes of this struct
 * @hwpt_id: a nested HWPT or a vIOMMU, as @data_type says
 * @data_uptr: array of entries
 * @data_type: enum iommu_hwpt_invalidate_data_type
 * @entry_len: bytes from one entry to the next, 1 to the CPU's page size, and
 *             of IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 the size of the struct
 * @entry_num: in: entries, at most 2^19; 0 only asks if @data_type is known;
 *             out: entries that took full effect, from the first on. Written
 *             after an error too
 * @__reserved: 0
 *
 * Entries run in order up to the first that fails. Success means that the
 * hardware has completed all of them.
 *
 * Errors:
 *  - EINVAL: @data_type does not suit the object, the object is of another
 *    kind, @entry_len or @entry_num is out of bounds, or an entry is wrong
 *  - EOPNOTSUPP: the object has nothing to invalidate, or an entry has an
 *    unknown flag or a nonzero reserved field
 *  - E2BIG: an entry is longer than its type, and the rest of it is not 0
 *  - EFAULT: an entry could not be read
 *  - EIO: the entry is a command that is not permitted, or hardware failed
 *  - ETIMEDOUT: hardware or a device did not answer
 *  - ENODEV: the IOMMU has been removed
 */
struct iommu_hwpt_invalidate {
	__u32 size;
	__u32 hwpt_id;
	__aligned_u64 data_uptr;
	__u32 data_type;
	__u32 entry_len;
	__u32 entry_num;
	__u32 __reserved;
};
#define IOMMU_HWPT_INVALIDATE _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_INVALIDATE)

/* ---- Page requests: read from, and answered on, a descriptor ---- */

/**
 * enum iommu_hwpt_pgfault_flags - notes on a page request
 * @IOMMU_PGFAULT_FLAGS_PASID_VALID: it came with a PASID
 * @IOMMU_PGFAULT_FLAGS_LAST_PAGE: it is the last of its group
 */
enum iommu_hwpt_pgfault_flags {
	IOMMU_PGFAULT_FLAGS_PASID_VALID = 1 << 0,
	IOMMU_PGFAULT_FLAGS_LAST_PAGE = 1 << 1,
};

/**
 * enum iommu_hwpt_pgfault_perm - access that a page request asks for
 * @IOMMU_PGFAULT_PERM_READ: to read
 * @IOMMU_PGFAULT_PERM_WRITE: to write
 * @IOMMU_PGFAULT_PERM_EXEC: to execute; needs a PASID
 * @IOMMU_PGFAULT_PERM_PRIV: as a privileged entity; needs a PASID
 */
enum iommu_hwpt_pgfault_perm {
	IOMMU_PGFAULT_PERM_READ = 1 << 0,
	IOMMU_PGFAULT_PERM_WRITE = 1 << 1,
	IOMMU_PGFAULT_PERM_EXEC = 1 << 2,
	IOMMU_PGFAULT_PERM_PRIV = 1 << 3,
};

/**
 * struct iommu_hwpt_pgfault - one page request, as read from a fault queue
 * @flags: enum iommu_hwpt_pgfault_flags
 * @dev_id: the device that asks
 * @pasid: its PASID, if the flag says so
 * @grpid: page request group index
 * @perm: enum iommu_hwpt_pgfault_perm
 * @__reserved: 0
 * @addr: the address that is missing
 * @length: bytes the device is going to use from there, as a hint; 0 unknown
 * @cookie: what to answer with, the same in all requests of a group
 */
struct iommu_hwpt_pgfault {
	__u32 flags;
	__u32 dev_id;
	__u32 pasid;
	__u32 grpid;
	__u32 perm;
	__u32 __reserved;
	__aligned_u64 addr;
	__u32 length;
	__u32 cookie;
};

/**
 * enum iommufd_page_response_code - answers, as PCIe 10.4.2.1 defines them
 * @IOMMUFD_PAGE_RESP_SUCCESS: Success: the page is there now, try again
 * @IOMMUFD_PAGE_RESP_INVALID: Invalid Request: it will not come, give up
 */
enum iommufd_page_response_code {
	IOMMUFD_PAGE_RESP_SUCCESS = 0,
	IOMMUFD_PAGE_RESP_INVALID = 1,
};

/**
 * struct iommu_hwpt_page_response - answer to one group, as written
 * @cookie: from the requests
 * @code: enum iommufd_page_response_code
 */
struct iommu_hwpt_page_response {
	__u32 cookie;
	__u32 code;
};

/**
 * struct iommu_fault_alloc - IOMMU_FAULT_QUEUE_ALLOC: make a fault queue
 * @size: bytes of this struct
 * @flags: 0
 * @out_fault_id: the new queue, for IOMMU_HWPT_ALLOC
 * @out_fault_fd: a descriptor to poll, read and write; close it when done
 *
 * read() returns whole groups of struct iommu_hwpt_pgfault, and 0 while there
 * are none; it never waits. write() takes struct iommu_hwpt_page_response.
 * Both can do less than asked. A device that detaches, and a queue that is
 * destroyed, answer what is open with IOMMUFD_PAGE_RESP_INVALID.
 *
 * Errors of the ioctl:
 *  - EMFILE, ENFILE: no descriptor is free
 *
 * Errors of read() and write():
 *  - ESPIPE: not a multiple of the struct's size, or a file offset was given
 *  - EINVAL: no room for the first group; an unknown cookie or code
 */
struct iommu_fault_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_fault_id;
	__u32 out_fault_fd;
};
#define IOMMU_FAULT_QUEUE_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_FAULT_QUEUE_ALLOC)

/* ---- vIOMMU and vDEVICE: one guest's share of an IOMMU ---- */

/**
 * enum iommu_viommu_type - kinds of vIOMMU
 * @IOMMU_VIOMMU_TYPE_DEFAULT: not to be used
 * @IOMMU_VIOMMU_TYPE_ARM_SMMUV3: SMMUv3
 * @IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV: SMMUv3 with the command queue extension of
 *                                    Tegra241; the guest's VINTF_CONFIG must
 *                                    read HYP_OWN as 0, or its queues are dead
 */
enum iommu_viommu_type {
	IOMMU_VIOMMU_TYPE_DEFAULT = 0,
	IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1,
	IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2,
};

/**
 * struct iommu_viommu_tegra241_cmdqv - data of a Tegra241 vIOMMU
 * @out_vintf_mmap_offset: offset for mmap() of this file
 * @out_vintf_mmap_length: bytes to map, all of them
 *
 * The mapping is page 0 of the virtual interface, which a VMM puts into guest
 * memory so that the guest runs its queues by itself.
 */
struct iommu_viommu_tegra241_cmdqv {
	__aligned_u64 out_vintf_mmap_offset;
	__aligned_u64 out_vintf_mmap_length;
};

/**
 * struct iommu_viommu_alloc - IOMMU_VIOMMU_ALLOC: make a vIOMMU
 * @size: bytes of this struct
 * @flags: 0
 * @type: enum iommu_viommu_type
 * @dev_id: a device behind the IOMMU in question
 * @hwpt_id: the nesting parent, which is the guest's physical memory
 * @out_viommu_id: the new vIOMMU
 * @data_len: bytes at @data_uptr, 0 if the type has no struct
 * @__reserved: unused
 * @data_uptr: the struct that belongs to @type
 *
 * It is what a guest's IDs are valid in (device IDs, cache tags), and where its
 * nested HWPTs, invalidations, events and hardware queues belong.
 *
 * Errors:
 *  - EOPNOTSUPP: the IOMMU does not offer @type
 *  - EINVAL: @hwpt_id is no nesting parent, or not one of this IOMMU
 */
struct iommu_viommu_alloc {
	__u32 size;
	__u32 flags;
	__u32 type;
	__u32 dev_id;
	__u32 hwpt_id;
	__u32 out_viommu_id;
	__u32 data_len;
	__u32 __reserved;
	__aligned_u64 data_uptr;
};
#define IOMMU_VIOMMU_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VIOMMU_ALLOC)

/**
 * struct iommu_vdevice_alloc - IOMMU_VDEVICE_ALLOC: give a device a guest ID
 * @size: bytes of this struct
 * @viommu_id: the vIOMMU
 * @dev_id: a device behind the same IOMMU
 * @out_vdevice_id: the new vDEVICE
 * @virt_id: what the guest calls the device: vSID (SMMUv3), device ID (AMD),
 *           requester ID (VT-d)
 *
 * Destroy it before the device is unbound; if not, the kernel does so and its
 * ID stays taken until the file is closed.
 *
 * Errors:
 *  - EEXIST: the device has a vDEVICE, or the vIOMMU has this @virt_id
 *  - EINVAL: the device is behind another IOMMU, or @virt_id does not fit the
 *    kernel's long
 *  - ENOENT: ... or the device is just going away
 *  - EOPNOTSUPP: an SMMUv3 device that has more than one stream ID
 */
struct iommu_vdevice_alloc {
	__u32 size;
	__u32 viommu_id;
	__u32 dev_id;
	__u32 out_vdevice_id;
	__aligned_u64 virt_id;
};
#define IOMMU_VDEVICE_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VDEVICE_ALLOC)

/* ---- Events for the guest, read from a descriptor ---- */

/**
 * enum iommu_veventq_type - what a vevent queue carries
 * @IOMMU_VEVENTQ_TYPE_DEFAULT: not to be used
 * @IOMMU_VEVENTQ_TYPE_ARM_SMMUV3: struct iommu_vevent_arm_smmuv3
 * @IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV: struct iommu_vevent_tegra241_cmdqv
 */
enum iommu_veventq_type {
	IOMMU_VEVENTQ_TYPE_DEFAULT = 0,
	IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1,
	IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2,
};

/**
 * enum iommu_veventq_flag - notes on an event
 * @IOMMU_VEVENTQ_FLAG_LOST_EVENTS: no data follows; events were lost here
 */
enum iommu_veventq_flag {
	IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1U << 0,
};

/**
 * struct iommufd_vevent_header - stands before the data of each event
 * @flags: enum iommu_veventq_flag
 * @sequence: number of the event, 0 to INT_MAX and then 0 again
 *
 * Every event is counted, a lost one too: numbers 3 and 6 in a row mean that 4
 * and 5 were lost. When the newest are lost, and so nothing follows to show the
 * gap, a header with IOMMU_VEVENTQ_FLAG_LOST_EVENTS ends the queue.
 */
struct iommufd_vevent_header {
	__u32 flags;
	__u32 sequence;
};

/**
 * struct iommu_vevent_arm_smmuv3 - an SMMUv3 event record
 * @evt: little-endian, StreamID replaced by the vSID; C_BAD_STE (0x04),
 *       F_STREAM_DISABLED (0x06), C_BAD_SUBSTREAMID (0x08), C_BAD_CD (0x0a),
 *       F_TRANSLATION (0x10), F_ADDR_SIZE (0x11), F_ACCESS (0x12) or
 *       F_PERMISSION (0x13)
 *
 * Only devices that have a vDEVICE cause events.
 */
struct iommu_vevent_arm_smmuv3 {
	__aligned_le64 evt[4];
};

/**
 * struct iommu_vevent_tegra241_cmdqv - failed queues of a Tegra241 vIOMMU
 * @lvcmdq_err_map: little-endian, a bit per logical queue: the LVCMDQ_ERR_MAP
 *                  registers of its virtual interface
 */
struct iommu_vevent_tegra241_cmdqv {
	__aligned_le64 lvcmdq_err_map[2];
};

/**
 * struct iommu_veventq_alloc - IOMMU_VEVENTQ_ALLOC: make a vevent queue
 * @size: bytes of this struct
 * @flags: 0
 * @viommu_id: the vIOMMU whose events it carries
 * @type: enum iommu_veventq_type; each once per vIOMMU
 * @veventq_depth: events it holds before it loses any, 1 to 2^19
 * @out_veventq_id: the new queue
 * @out_veventq_fd: a descriptor to poll and read; close it when done
 * @__reserved: 0
 *
 * read() returns whole events, each a struct iommufd_vevent_header with its
 * data behind it, and 0 while there are none; it never waits.
 *
 * Errors of the ioctl:
 *  - EEXIST: the vIOMMU has a queue of this type
 *  - EINVAL: @veventq_depth is out of bounds
 *  - EMFILE, ENFILE: no descriptor is free
 *
 * Errors of read():
 *  - ESPIPE: a file offset was given
 *  - EINVAL: no room for the first event
 */
struct iommu_veventq_alloc {
	__u32 size;
	__u32 flags;
	__u32 viommu_id;
	__u32 type;
	__u32 veventq_depth;
	__u32 out_veventq_id;
	__u32 out_veventq_fd;
	__u32 __reserved;
};
#define IOMMU_VEVENTQ_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VEVENTQ_ALLOC)

/* ---- Queues in guest memory that hardware reads ---- */

/**
 * enum iommu_hw_queue_type - kinds of hardware queue
 * @IOMMU_HW_QUEUE_TYPE_DEFAULT: not to be used
 * @IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV: virtual command queue of Tegra241. Made
 *                                      in ascending, destroyed in descending
 *                                      order of index. Its length is a power
 *                                      of two from 32 to 16 << IDR1.CMDQS
 *                                      bytes, its physical address a multiple
 *                                      of the length
 */
enum iommu_hw_queue_type {
	IOMMU_HW_QUEUE_TYPE_DEFAULT = 0,
	IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1,
};

/**
 * struct iommu_hw_queue_alloc - IOMMU_HW_QUEUE_ALLOC: let hardware read a
 * guest's queue
 * @size: bytes of this struct
 * @flags: 0
 * @viommu_id: the vIOMMU
 * @type: enum iommu_hw_queue_type
 * @index: which of the vIOMMU's queues of this type
 * @out_hw_queue_id: the new queue
 * @nesting_parent_iova: guest physical address of its first byte
 * @length: bytes
 *
 * The memory has to be mapped in the nesting parent's IOAS and physically
 * contiguous, as one huge page is. It cannot be unmapped while the queue lives.
 *
 * Errors:
 *  - EOPNOTSUPP: the vIOMMU has no queue of this type
 *  - EINVAL: @length is 0; address, length or index do not suit the type
 *  - EEXIST: the index is in use
 *  - EIO: the index is out of turn
 *  - ENOENT: part of the memory is not mapped
 *  - EFAULT: the memory is not contiguous
 *  - ERANGE: rounding @length up to whole pages wraps
 */
struct iommu_hw_queue_alloc {
	__u32 size;
	__u32 flags;
	__u32 viommu_id;
	__u32 type;
	__u32 index;
	__u32 out_hw_queue_id;
	__aligned_u64 nesting_parent_iova;
	__aligned_u64 length;
};
#define IOMMU_HW_QUEUE_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HW_QUEUE_ALLOC)

#endif /* _UAPI_IOMMUFD_GUEST_H */
