/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Mock IOMMUs and mock devices: how a test or a VMM makes and drives them.
 *
 * /dev/iommufdx-mock is the control device: its ioctls make IOMMUs (exact
 * software models of a vendor's hardware) and devices behind them. Each device
 * appears as /dev/iommufdx/mockN, a character device in the shape of a VFIO
 * device cdev, and is driven with the ioctls of <linux/vfio.h>: bind it to an
 * iommufd, attach it to an IOAS or HWPT, reach its registers with pread() and
 * pwrite() at the offsets that VFIO_DEVICE_GET_REGION_INFO tells.
 */
#ifndef _UAPI_IOMMUFDX_MOCK_H
#define _UAPI_IOMMUFDX_MOCK_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfio.h>

/**
 * DOC: Rules shared by the control commands
 *
 * The argument points to a struct that begins with its own size in bytes; it
 * may be shorter or longer than this header's, as with /dev/iommu. IDs are
 * never 0. Errors with one meaning each, for every command:
 *
 *  - ENOTTY: there is no command of this number
 *  - EINVAL: size is below the first version, or a value is wrong
 *  - E2BIG: nonzero bytes beyond what this kernel knows
 *  - EOPNOTSUPP: an unknown flag or operation, or a nonzero reserved field
 *  - ENOENT: no IOMMU or device has this ID
 *  - EFAULT: user memory could not be read or written
 *  - ENOMEM: out of memory
 *
 * What a command makes lives until the control file that made it is closed for
 * the last time, unless it was made persistent. The node has mode 0600.
 *
 * Of the ioctl types, ';' belongs to VFIO and iommufd. 0xD7 is used by nothing
 * in the kernel's list of ioctl numbers (0xCF and 0xDD are its neighbours).
 */
#define IOMMUFDX_MOCK_TYPE 0xD7

#define IOMMUFDX_MOCK_CONTROL_PATH	"/dev/iommufdx-mock"
#define IOMMUFDX_MOCK_NAME_LEN		32

/**
 * enum iommufdx_mock_kind - whose IOMMU a model behaves as
 * @IOMMUFDX_MOCK_KIND_NONE: nobody's: its devices reach physical addresses, as far
 *	as memory is pinned there. For CAP_SYS_RAWIO only
 * @IOMMUFDX_MOCK_KIND_AMD: AMD I/O Virtualization Technology
 * @IOMMUFDX_MOCK_KIND_VTD: Intel VT-d
 * @IOMMUFDX_MOCK_KIND_SMMUV3: Arm SMMU version 3
 */
enum iommufdx_mock_kind {
	IOMMUFDX_MOCK_KIND_NONE = 0,
	IOMMUFDX_MOCK_KIND_AMD = 1,
	IOMMUFDX_MOCK_KIND_VTD = 2,
	IOMMUFDX_MOCK_KIND_SMMUV3 = 3,
};

/**
 * enum iommufdx_mock_iommu_flags - how a model runs
 * @IOMMUFDX_MOCK_IOMMU_INLINE: commands execute inside the doorbell write, not
 *	asynchronously (for benchmarks)
 * @IOMMUFDX_MOCK_IOMMU_NO_CACHE: its caches hold nothing
 * @IOMMUFDX_MOCK_IOMMU_CHECK_HITS: every cache hit is compared with memory;
 *	mismatches count as stale. Exact while no mapping changes: a hit between
 *	the change of a table and its invalidation counts too
 * @IOMMUFDX_MOCK_IOMMU_PERSIST: it outlives the control file
 */
enum iommufdx_mock_iommu_flags {
	IOMMUFDX_MOCK_IOMMU_INLINE = 1 << 0,
	IOMMUFDX_MOCK_IOMMU_NO_CACHE = 1 << 1,
	IOMMUFDX_MOCK_IOMMU_CHECK_HITS = 1 << 2,
	IOMMUFDX_MOCK_IOMMU_PERSIST = 1 << 3,
};

/**
 * enum iommufdx_mock_caps - what the modelled hardware can do
 * @IOMMUFDX_MOCK_CAP_DIRTY: it sets accessed and dirty bits
 * @IOMMUFDX_MOCK_CAP_PASID: requests may carry a PASID
 * @IOMMUFDX_MOCK_CAP_NEST: two-stage translation
 * @IOMMUFDX_MOCK_CAP_ATS: it answers translation requests of devices
 * @IOMMUFDX_MOCK_CAP_PRI: it takes page requests of devices
 * @IOMMUFDX_MOCK_CAP_BBM: a page size may change under a live mapping (SMMUv3)
 * @IOMMUFDX_MOCK_CAP_RANGE_INV: it has range invalidation commands (SMMUv3)
 * @IOMMUFDX_MOCK_CAP_BBM_NT: without @IOMMUFDX_MOCK_CAP_BBM: a block's size may
 *	change while the block has nT, with which no TLB keeps it (SMMUv3)
 */
enum iommufdx_mock_caps {
	IOMMUFDX_MOCK_CAP_DIRTY = 1 << 0,
	IOMMUFDX_MOCK_CAP_PASID = 1 << 1,
	IOMMUFDX_MOCK_CAP_NEST = 1 << 2,
	IOMMUFDX_MOCK_CAP_ATS = 1 << 3,
	IOMMUFDX_MOCK_CAP_PRI = 1 << 4,
	IOMMUFDX_MOCK_CAP_BBM = 1 << 5,
	IOMMUFDX_MOCK_CAP_RANGE_INV = 1 << 6,
	IOMMUFDX_MOCK_CAP_BBM_NT = 1 << 7,
};

/* All that the model of this kind has. */
#define IOMMUFDX_MOCK_CAPS_ANY 0xffffffffU

/**
 * struct iommufdx_mock_iommu_add - ioctl(IOMMUFDX_MOCK_IOMMU_ADD)
 * @size: sizeof(struct iommufdx_mock_iommu_add)
 * @flags: of enum iommufdx_mock_iommu_flags
 * @kind: of enum iommufdx_mock_kind
 * @caps: of enum iommufdx_mock_caps, or IOMMUFDX_MOCK_CAPS_ANY
 * @tlb_entries: capacity of the model's IOTLB, 0 for its default
 * @out_iommu_id: ID of the new IOMMU
 *
 * Builds a model and has the vendor's backend bring it up. Additional errors:
 * ENODEV (no backend drives this kind); EPERM (no IOMMU, no CAP_SYS_RAWIO).
 * EINVAL also for @caps that go together in no hardware: PRI without ATS; VT-d:
 * DIRTY, NEST or PRI without PASID, as they are of scalable mode. EOPNOTSUPP also
 * when there is no model of this kind, or not with these caps.
 */
struct iommufdx_mock_iommu_add {
	__u32 size;
	__u32 flags;
	__u32 kind;
	__u32 caps;
	__u32 tlb_entries;
	__u32 out_iommu_id;
};
#define IOMMUFDX_MOCK_IOMMU_ADD _IO(IOMMUFDX_MOCK_TYPE, 0x00)

/**
 * struct iommufdx_mock_iommu_remove - ioctl(IOMMUFDX_MOCK_IOMMU_REMOVE)
 * @size: sizeof(struct iommufdx_mock_iommu_remove)
 * @iommu_id: which
 *
 * Additional error: EBUSY (devices are behind it).
 */
struct iommufdx_mock_iommu_remove {
	__u32 size;
	__u32 iommu_id;
};
#define IOMMUFDX_MOCK_IOMMU_REMOVE _IO(IOMMUFDX_MOCK_TYPE, 0x01)

/**
 * enum iommufdx_mock_dev_flags - what a device is like
 * @IOMMUFDX_MOCK_DEV_ATS: it has an address translation cache
 * @IOMMUFDX_MOCK_DEV_PRI: it can send page requests; without an ATC they are
 *	refused
 * @IOMMUFDX_MOCK_DEV_PERSIST: it outlives the control file; only behind a
 *	persistent IOMMU
 * @IOMMUFDX_MOCK_DEV_PASS_THROUGH: while nobody has bound it, its IOMMU lets its
 *	requests without a PASID pass to the addresses that they name, as far as
 *	memory is pinned there. For CAP_SYS_RAWIO only
 */
enum iommufdx_mock_dev_flags {
	IOMMUFDX_MOCK_DEV_ATS = 1 << 0,
	IOMMUFDX_MOCK_DEV_PRI = 1 << 1,
	IOMMUFDX_MOCK_DEV_PERSIST = 1 << 2,
	IOMMUFDX_MOCK_DEV_PASS_THROUGH = 1 << 3,
};

/**
 * struct iommufdx_mock_dev_add - ioctl(IOMMUFDX_MOCK_DEV_ADD)
 * @size: sizeof(struct iommufdx_mock_dev_add)
 * @flags: of enum iommufdx_mock_dev_flags
 * @iommu_id: the IOMMU it is behind
 * @rid: its requester ID (bus << 8 | devfn) or stream ID
 * @pasid_bits: width of its PASID capability, 0 for none, at most 20
 * @group_with: ID of a device behind the same IOMMU from which it cannot be
 *	isolated, 0 for a group of its own
 * @out_dev_id: ID of the new device; its node is /dev/iommufdx/mock<ID>
 * @out_major: device number of the node, for where there is no devtmpfs
 * @out_minor: the same
 * @reserved: 0
 * @out_name: path of the node below /dev, "iommufdx/mock1", NUL-terminated
 *
 * Its DMA is blocked until it is bound and attached, or passes through until it is
 * bound. Additional errors: EEXIST (the RID is taken); EBUSY (the group it is to
 * join is attached to something); ENOSPC (4096 devices exist); EPERM (it is to pass
 * through, and no CAP_SYS_RAWIO); EIO, ETIMEDOUT (the IOMMU does not answer).
 * EINVAL also for a RID that the IOMMU does not have, EOPNOTSUPP also for an IOMMU
 * that lets nothing pass through. Of PASIDs it has as many as its IOMMU:
 * IOMMUFDX_GET_CAPS says how many.
 */
struct iommufdx_mock_dev_add {
	__u32 size;
	__u32 flags;
	__u32 iommu_id;
	__u32 rid;
	__u32 pasid_bits;
	__u32 group_with;
	__u32 out_dev_id;
	__u32 out_major;
	__u32 out_minor;
	__u32 reserved;
	__u8 out_name[IOMMUFDX_MOCK_NAME_LEN];
};
#define IOMMUFDX_MOCK_DEV_ADD _IO(IOMMUFDX_MOCK_TYPE, 0x02)

/**
 * struct iommufdx_mock_dev_remove - ioctl(IOMMUFDX_MOCK_DEV_REMOVE)
 * @size: sizeof(struct iommufdx_mock_dev_remove)
 * @dev_id: which
 *
 * Surprise removal: allowed at any time. When it returns, the device's engine
 * has stopped, it is detached and unbound, and its node is gone. Whoever still
 * has it open gets ENODEV for everything but close(), and the eventfd of
 * VFIO_PCI_REQ_IRQ_INDEX is signalled.
 */
struct iommufdx_mock_dev_remove {
	__u32 size;
	__u32 dev_id;
};
#define IOMMUFDX_MOCK_DEV_REMOVE _IO(IOMMUFDX_MOCK_TYPE, 0x03)

/**
 * struct iommufdx_mock_iommu_stats - ioctl(IOMMUFDX_MOCK_IOMMU_STATS)
 * @size: sizeof(struct iommufdx_mock_iommu_stats)
 * @iommu_id: which
 * @out_dma: page-sized pieces of transactions
 * @out_faults: pieces that faulted
 * @out_events_lost: events dropped because the log was full or off
 * @out_tlb_hits: IOTLB hits
 * @out_tlb_misses: IOTLB misses
 * @out_tlb_entries: translations held now
 * @out_dev_hits: device-entry cache hits
 * @out_dev_misses: device-entry cache misses
 * @out_commands: commands executed
 * @out_illegal: commands refused
 * @out_syncs: completion commands executed
 * @out_stale: uses of a translation that memory no longer gave, and writes to
 *	memory no longer pinned
 * @out_commands_by_op: @out_commands by the vendor's opcode (low 6 bits; SMMUv3's
 *	0x40 and on are at 0x38 and on)
 * @out_queue_depth: commands queued and not yet fetched, now
 * @out_walk_entries: entries of upper page tables held now
 * @out_page_requests: page requests put into the queue
 * @out_page_requests_lost: page requests that found the queue full or off
 * @out_page_responses: groups of page requests answered by the backend
 * @out_atc_hits: accesses that devices made through their ATCs
 * @out_atc_misses: translation requests of ATCs
 * @out_atc_entries: translations that ATCs hold now
 * @out_atc_invalidations: invalidation requests that devices answered
 * @out_cycles: cycles of the processor that accesses to registers took, with
 *	IOMMUFDX_MOCK_IOMMU_INLINE also the commands that they caused: the model's
 *	share of what a benchmark measures
 * @out_unsnooped: pieces that left CPUs' caches out, as the device asked and
 *	neither page table nor device entry forbade
 *
 * Counters since the IOMMU was made. The first version ends with
 * @out_commands_by_op.
 */
struct iommufdx_mock_iommu_stats {
	__u32 size;
	__u32 iommu_id;
	__aligned_u64 out_dma;
	__aligned_u64 out_faults;
	__aligned_u64 out_events_lost;
	__aligned_u64 out_tlb_hits;
	__aligned_u64 out_tlb_misses;
	__aligned_u64 out_tlb_entries;
	__aligned_u64 out_dev_hits;
	__aligned_u64 out_dev_misses;
	__aligned_u64 out_commands;
	__aligned_u64 out_illegal;
	__aligned_u64 out_syncs;
	__aligned_u64 out_stale;
	__aligned_u64 out_commands_by_op[64];
	__aligned_u64 out_queue_depth;
	__aligned_u64 out_walk_entries;
	__aligned_u64 out_page_requests;
	__aligned_u64 out_page_requests_lost;
	__aligned_u64 out_page_responses;
	__aligned_u64 out_atc_hits;
	__aligned_u64 out_atc_misses;
	__aligned_u64 out_atc_entries;
	__aligned_u64 out_atc_invalidations;
	__aligned_u64 out_cycles;
	__aligned_u64 out_unsnooped;
};
#define IOMMUFDX_MOCK_IOMMU_STATS _IO(IOMMUFDX_MOCK_TYPE, 0x04)

/**
 * enum iommufdx_mock_knobs - faults that can be injected into a model
 * @IOMMUFDX_MOCK_KNOB_IGNORE_OP: bitmap of opcodes (low 6 bits) that the
 *	command decoder accepts, counts and does not execute
 * @IOMMUFDX_MOCK_KNOB_SLOW_COMMANDS: microseconds of delay per completion
 * @IOMMUFDX_MOCK_KNOB_STALL: nonzero: no commands are fetched
 * @IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER: the N-th next command is refused as
 *	illegal
 * @IOMMUFDX_MOCK_KNOB_EVENT_OVERFLOW: nonzero: the event log counts as full
 * @IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT: of enum iommufdx_mock_atc_timeout
 * @IOMMUFDX_MOCK_KNOB_PAGE_OVERFLOW: nonzero: the queue of page requests counts
 *	as full
 *
 * 0 switches each of them off.
 */
enum iommufdx_mock_knobs {
	IOMMUFDX_MOCK_KNOB_IGNORE_OP = 0,
	IOMMUFDX_MOCK_KNOB_SLOW_COMMANDS = 1,
	IOMMUFDX_MOCK_KNOB_STALL = 2,
	IOMMUFDX_MOCK_KNOB_ILLEGAL_AFTER = 3,
	IOMMUFDX_MOCK_KNOB_EVENT_OVERFLOW = 4,
	IOMMUFDX_MOCK_KNOB_ATC_TIMEOUT = 5,
	IOMMUFDX_MOCK_KNOB_PAGE_OVERFLOW = 6,
};

/**
 * enum iommufdx_mock_atc_timeout - what devices do with ATC invalidations
 * @IOMMUFDX_MOCK_ATC_ANSWERS: execute and answer them
 * @IOMMUFDX_MOCK_ATC_SILENT: neither
 * @IOMMUFDX_MOCK_ATC_LATE: execute them and answer too late
 */
enum iommufdx_mock_atc_timeout {
	IOMMUFDX_MOCK_ATC_ANSWERS = 0,
	IOMMUFDX_MOCK_ATC_SILENT = 1,
	IOMMUFDX_MOCK_ATC_LATE = 2,
};

/**
 * struct iommufdx_mock_iommu_knob - ioctl(IOMMUFDX_MOCK_IOMMU_KNOB)
 * @size: sizeof(struct iommufdx_mock_iommu_knob)
 * @iommu_id: which
 * @knob: of enum iommufdx_mock_knobs
 * @reserved: 0
 * @value: its new setting
 *
 * EOPNOTSUPP also when the model has no such knob.
 */
struct iommufdx_mock_iommu_knob {
	__u32 size;
	__u32 iommu_id;
	__u32 knob;
	__u32 reserved;
	__aligned_u64 value;
};
#define IOMMUFDX_MOCK_IOMMU_KNOB _IO(IOMMUFDX_MOCK_TYPE, 0x05)

/**
 * struct iommufdx_mock_iommu_check - ioctl(IOMMUFDX_MOCK_IOMMU_CHECK)
 * @size: sizeof(struct iommufdx_mock_iommu_check)
 * @iommu_id: which
 * @out_stale: cached translations that memory does not give
 *
 * Compares all that the model caches with memory. Exact while nothing is being
 * mapped, unmapped, attached or detached: each mismatch is then an invalidation
 * that was forgotten.
 */
struct iommufdx_mock_iommu_check {
	__u32 size;
	__u32 iommu_id;
	__aligned_u64 out_stale;
};
#define IOMMUFDX_MOCK_IOMMU_CHECK _IO(IOMMUFDX_MOCK_TYPE, 0x06)

/**
 * enum iommufdx_mock_dma_op - what a transaction does
 * @IOMMUFDX_MOCK_DMA_READ: memory to the buffer
 * @IOMMUFDX_MOCK_DMA_WRITE: the buffer to memory
 * @IOMMUFDX_MOCK_DMA_FETCH_ADD: add the buffer's 8 bytes to memory atomically;
 *	the old value goes to the buffer
 * @IOMMUFDX_MOCK_DMA_PROBE: translate only, as a translation request of ATS, which
 *	faults where the device has no ATC; the buffer is not used
 */
enum iommufdx_mock_dma_op {
	IOMMUFDX_MOCK_DMA_READ = 0,
	IOMMUFDX_MOCK_DMA_WRITE = 1,
	IOMMUFDX_MOCK_DMA_FETCH_ADD = 2,
	IOMMUFDX_MOCK_DMA_PROBE = 3,
};

/**
 * enum iommufdx_mock_dma_flags - what a transaction carries
 * @IOMMUFDX_MOCK_DMA_PASID: a PASID
 * @IOMMUFDX_MOCK_DMA_TRANSLATED: an address that a device had translated
 * @IOMMUFDX_MOCK_DMA_NO_SNOOP: that CPUs' caches may be left out
 */
enum iommufdx_mock_dma_flags {
	IOMMUFDX_MOCK_DMA_PASID = 1 << 0,
	IOMMUFDX_MOCK_DMA_TRANSLATED = 1 << 1,
	IOMMUFDX_MOCK_DMA_NO_SNOOP = 1 << 2,
};

/**
 * enum iommufdx_mock_dma_status - how a transaction ended
 * @IOMMUFDX_MOCK_DMA_OK: done
 * @IOMMUFDX_MOCK_DMA_FAULT: not translated; out_fault has the vendor's code
 * @IOMMUFDX_MOCK_DMA_ABORT: translated to where no memory answers
 */
enum iommufdx_mock_dma_status {
	IOMMUFDX_MOCK_DMA_OK = 0,
	IOMMUFDX_MOCK_DMA_FAULT = 1,
	IOMMUFDX_MOCK_DMA_ABORT = 2,
};

#define IOMMUFDX_MOCK_DMA_MAX (1 << 20)

/**
 * struct iommufdx_mock_dma - ioctl(IOMMUFDX_MOCK_DMA)
 * @size: sizeof(struct iommufdx_mock_dma)
 * @flags: of enum iommufdx_mock_dma_flags
 * @iommu_id: the IOMMU it arrives at
 * @rid: who sends it; need not exist, or may have been removed
 * @pasid: with IOMMUFDX_MOCK_DMA_PASID, at most 20 bits; else 0
 * @op: of enum iommufdx_mock_dma_op
 * @iova: address
 * @length: bytes, 1 to IOMMUFDX_MOCK_DMA_MAX, not wrapping; FETCH_ADD: 8, and
 *	@iova is a multiple of 8
 * @uptr: the buffer, @length bytes; 0 for PROBE
 * @out_done: bytes transferred before it ended
 * @out_fault: the vendor's event code
 * @out_status: of enum iommufdx_mock_dma_status
 *
 * Sends one transaction as a device would. The command succeeds when the
 * transaction was carried out, whatever became of it.
 */
struct iommufdx_mock_dma {
	__u32 size;
	__u32 flags;
	__u32 iommu_id;
	__u32 rid;
	__u32 pasid;
	__u32 op;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 uptr;
	__aligned_u64 out_done;
	__u32 out_fault;
	__u32 out_status;
};
#define IOMMUFDX_MOCK_DMA _IO(IOMMUFDX_MOCK_TYPE, 0x07)

/**
 * struct iommufdx_mock_iommu_entry - one IOMMU in a list
 * @iommu_id: its ID
 * @kind: of enum iommufdx_mock_kind
 * @flags: of enum iommufdx_mock_iommu_flags
 * @caps: of enum iommufdx_mock_caps, as asked for
 * @devices: how many are behind it
 * @reserved: 0
 * @name: as in kernel messages
 */
struct iommufdx_mock_iommu_entry {
	__u32 iommu_id;
	__u32 kind;
	__u32 flags;
	__u32 caps;
	__u32 devices;
	__u32 reserved;
	__u8 name[IOMMUFDX_MOCK_NAME_LEN];
};

/**
 * enum iommufdx_mock_dev_state - what is being done with a device
 * @IOMMUFDX_MOCK_DEV_OPEN: a process has it open
 * @IOMMUFDX_MOCK_DEV_BOUND: it is bound to an iommufd
 * @IOMMUFDX_MOCK_DEV_ATTACHED: its requests without a PASID are translated
 */
enum iommufdx_mock_dev_state {
	IOMMUFDX_MOCK_DEV_OPEN = 1 << 0,
	IOMMUFDX_MOCK_DEV_BOUND = 1 << 1,
	IOMMUFDX_MOCK_DEV_ATTACHED = 1 << 2,
};

/**
 * struct iommufdx_mock_dev_entry - one device in a list
 * @dev_id: its ID
 * @iommu_id: the IOMMU it is behind
 * @flags: of enum iommufdx_mock_dev_flags
 * @state: of enum iommufdx_mock_dev_state
 * @rid: its requester or stream ID
 * @pasid_bits: PASID width that it and its IOMMU share
 * @bound_id: its object ID in the iommufd it is bound to, 0 if unbound
 * @hwpt_id: object ID of the HWPT it is attached to, 0 if detached
 * @pasids: how many of its PASIDs are attached
 * @running: bitmap of channels that are busy or paused
 * @faults: translation faults reported for it
 * @major: device number of its node
 * @minor: the same
 * @name: path of its node below /dev
 */
struct iommufdx_mock_dev_entry {
	__u32 dev_id;
	__u32 iommu_id;
	__u32 flags;
	__u32 state;
	__u32 rid;
	__u32 pasid_bits;
	__u32 bound_id;
	__u32 hwpt_id;
	__u32 pasids;
	__u32 running;
	__aligned_u64 faults;
	__u32 major;
	__u32 minor;
	__u8 name[IOMMUFDX_MOCK_NAME_LEN];
};

/**
 * enum iommufdx_mock_list_what - what to list
 * @IOMMUFDX_MOCK_LIST_IOMMUS: struct iommufdx_mock_iommu_entry, by ID
 * @IOMMUFDX_MOCK_LIST_DEVS: struct iommufdx_mock_dev_entry, by ID
 */
enum iommufdx_mock_list_what {
	IOMMUFDX_MOCK_LIST_IOMMUS = 0,
	IOMMUFDX_MOCK_LIST_DEVS = 1,
};

/**
 * struct iommufdx_mock_list - ioctl(IOMMUFDX_MOCK_LIST)
 * @size: sizeof(struct iommufdx_mock_list)
 * @what: of enum iommufdx_mock_list_what
 * @entry_len: bytes from one entry to the next, at least those of the first
 *	version; what the kernel does not know is zeroed
 * @entry_num: entries at @entries_uptr; on return how many were filled
 * @entries_uptr: the array
 * @after_id: list only IDs above this one, to go on where a short array ended
 * @out_total: how many IDs above @after_id there are
 *
 * All that exists is listed, whoever made it.
 */
struct iommufdx_mock_list {
	__u32 size;
	__u32 what;
	__u32 entry_len;
	__u32 entry_num;
	__aligned_u64 entries_uptr;
	__u32 after_id;
	__u32 out_total;
};
#define IOMMUFDX_MOCK_LIST _IO(IOMMUFDX_MOCK_TYPE, 0x08)

/**
 * struct iommufdx_mock_host_dma - ioctl(IOMMUFDX_MOCK_HOST_DMA)
 * @size: sizeof(struct iommufdx_mock_host_dma)
 * @dev_id: which device
 * @op: IOMMUFDX_MOCK_DMA_READ or IOMMUFDX_MOCK_DMA_WRITE
 * @flags: 0
 * @out_status: of enum iommufdx_mock_dma_status
 * @out_fault: the vendor's event code
 * @out_arrived: 1 if all data went between the device and the page, else 0
 * @reserved: 0
 *
 * Has the device read or write a page of the kernel's at its physical address, as
 * a driver of the host would that knows nothing of an IOMMU. Allowed at any time:
 * of a device that is bound this is what must not get through. The command
 * succeeds when the transaction was carried out, whatever became of it. Additional
 * errors: EINTR (killed while another one was under way); ECANCELED (killed while
 * this one stalled).
 */
struct iommufdx_mock_host_dma {
	__u32 size;
	__u32 dev_id;
	__u32 op;
	__u32 flags;
	__u32 out_status;
	__u32 out_fault;
	__u32 out_arrived;
	__u32 reserved;
};
#define IOMMUFDX_MOCK_HOST_DMA _IO(IOMMUFDX_MOCK_TYPE, 0x09)

/**
 * DOC: The device
 *
 * open() the node, then VFIO_DEVICE_BIND_IOMMUFD; everything else gives EINVAL
 * before that. VFIO_DEVICE_ATTACH_IOMMUFD_PT attaches to an IOAS or HWPT, or
 * moves from one to another without an instant between them; with
 * VFIO_DEVICE_ATTACH_PASID it does so for one PASID. The last close() stops
 * the engine, waits for it, detaches and unbinds.
 *
 * Headers before Linux 6.6 lack these commands and those before 6.15 lack the
 * PASID field, so the numbers are given here where they are missing, and the
 * full layouts under names of our own.
 */
#ifndef VFIO_DEVICE_BIND_IOMMUFD
#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 19)
#define VFIO_DEVICE_DETACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 20)
#endif
#ifndef VFIO_DEVICE_BIND_FLAG_TOKEN
#define VFIO_DEVICE_BIND_FLAG_TOKEN	(1 << 0)
#endif
#ifndef VFIO_DEVICE_ATTACH_PASID
#define VFIO_DEVICE_ATTACH_PASID	(1 << 0)
#endif
#ifndef VFIO_DEVICE_DETACH_PASID
#define VFIO_DEVICE_DETACH_PASID	(1 << 0)
#endif

/**
 * struct iommufdx_vfio_bind - layout of struct vfio_device_bind_iommufd
 * @argsz: bytes the caller filled, at least 16
 * @flags: 0 (no mock device needs a token)
 * @iommufd: descriptor of /dev/iommu
 * @out_devid: object ID of the device in that iommufd
 * @token_uuid_ptr: not looked at
 *
 * Errors: EINVAL (bound already, by this file or another); EBADF, EBADFD (not
 * an iommufd); EPERM (another iommufd owns the device's group); ENODEV (the
 * device was removed); EIO, ETIMEDOUT (hardware does not acknowledge that what the
 * device or its group did before has ended).
 */
struct iommufdx_vfio_bind {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
	__aligned_u64 token_uuid_ptr;
};

/**
 * struct iommufdx_vfio_attach - layout of struct vfio_device_attach_iommufd_pt
 * @argsz: bytes the caller filled: at least 12, with a PASID 16
 * @flags: 0 or VFIO_DEVICE_ATTACH_PASID
 * @pt_id: object ID of an IOAS or HWPT; on return of the HWPT that is used
 * @pasid: with VFIO_DEVICE_ATTACH_PASID: not 0
 *
 * Errors: EINVAL (this HWPT cannot work for the device, or PASID; try another);
 * ENOENT (no such object); ENODEV (the device was removed; or the HWPT has a fault
 * queue, the device cannot ask for pages, and the IOMMU is VT-d).
 */
struct iommufdx_vfio_attach {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
	__u32 pasid;
};

/**
 * struct iommufdx_vfio_detach - layout of struct vfio_device_detach_iommufd_pt
 * @argsz: bytes the caller filled: at least 8, with a PASID 12
 * @flags: 0 or VFIO_DEVICE_DETACH_PASID
 * @pasid: with VFIO_DEVICE_DETACH_PASID: not 0
 *
 * Succeeds also when not attached. DMA that goes on faults.
 */
struct iommufdx_vfio_detach {
	__u32 argsz;
	__u32 flags;
	__u32 pasid;
};

/* What the configuration region says the device is. */
#define IOMMUFDX_MOCK_PCI_VENDOR	0xf1d0
#define IOMMUFDX_MOCK_PCI_DEVICE	0x10fd

#include <linux/iommufdx_mock_bar.h>

#endif /* _UAPI_IOMMUFDX_MOCK_H */
