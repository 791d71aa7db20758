/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libiommufdx: the virtual machine monitor's side of /dev/iommu.
 *
 * Three opaque handles: struct iommufdx is an open /dev/iommu, struct
 * iommufdx_device (in <iommufdx_device.h>) an open device that speaks the VFIO
 * device ioctls, and (in <iommufdx_mock.h>) struct iommufdx_mock the control of software IOMMUs and
 * mock devices. Objects inside an iommufd stay what they are for the kernel:
 * 32-bit IDs, never 0.
 *
 * Rules that hold everywhere
 *   - A function returns 0 (or what its description says) on success and a
 *     negative errno on failure. Outputs are written on success only, except
 *     where the description says otherwise.
 *   - No function prints, exits, or keeps state outside its handle. Handles may
 *     be used from several threads at once; freeing one is the last use of it.
 *   - Addresses and lengths are bytes. In a range, "last" is included.
 *   - Any function may return -EFAULT (a pointer that is none), -ENOMEM, and
 *     -ENOTTY (a kernel without this operation) besides what it lists.
 *     -EOPNOTSUPP always means: not this kernel, or not this hardware.
 */
#ifndef IOMMUFDX_H
#define IOMMUFDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/iommufd.h>
#include <linux/iommufdx.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IOMMUFDX_VERSION_MAJOR	0
#define IOMMUFDX_VERSION_MINOR	1
#define IOMMUFDX_VERSION_PATCH	0

/**
 * iommufdx_version() - version of the library that is linked
 *
 * Return: major << 16 | minor << 8 | patch. The major number changes when a
 * program has to be rebuilt.
 */
unsigned int iommufdx_version(void);

/* ------------------------------------------------------------- an iommufd */

struct iommufdx;

/**
 * iommufdx_open() - open an iommufd
 * @path: device node, NULL for /dev/iommu
 * @out: the handle; free it with iommufdx_close()
 *
 * Return: 0; -ENOENT or -ENODEV (no such node: the module is not loaded);
 * -EACCES (no permission); -ENOMEM.
 */
int iommufdx_open(const char *path, struct iommufdx **out);

/**
 * iommufdx_from_fd() - make a handle of a descriptor that is open already
 * @fd: descriptor of an iommufd; the handle owns it from now on
 * @out: the handle
 *
 * Return: 0; -EBADF (not open); -ENOMEM. On failure @fd is the caller's still.
 */
int iommufdx_from_fd(int fd, struct iommufdx **out);

/**
 * iommufdx_close() - close an iommufd
 * @iommu: the handle, or NULL
 *
 * The kernel destroys the objects of this iommufd when the last descriptor is
 * closed and the last device bound to it is closed too.
 */
void iommufdx_close(struct iommufdx *iommu);

/**
 * iommufdx_fd() - the descriptor of an iommufd
 * @iommu: the handle, which keeps owning it
 *
 * Return: the descriptor.
 */
int iommufdx_fd(const struct iommufdx *iommu);

/**
 * iommufdx_destroy() - destroy one object
 * @iommu: the iommufd
 * @id: the object
 *
 * Return: 0; -ENOENT (no such object); -EBUSY (another object or a device uses
 * it).
 */
int iommufdx_destroy(struct iommufdx *iommu, uint32_t id);

/**
 * iommufdx_option_get() - read an option
 * @iommu: the iommufd
 * @option: enum iommufd_option
 * @object: the object the option belongs to, 0 for the whole iommufd
 * @value: its value
 *
 * Return: 0; -EOPNOTSUPP (no such option); -ENOENT (no such object).
 */
int iommufdx_option_get(struct iommufdx *iommu, uint32_t option,
			uint32_t object, uint64_t *value);

/**
 * iommufdx_option_set() - set an option
 * @iommu: the iommufd
 * @option: enum iommufd_option
 * @object: the object the option belongs to, 0 for the whole iommufd
 * @value: its new value
 *
 * Return: 0; -EOPNOTSUPP (no such option); -ENOENT (no such object); -EINVAL
 * (no such value); -EPERM (needs CAP_SYS_RESOURCE); -EBUSY (too late, objects
 * exist).
 */
int iommufdx_option_set(struct iommufdx *iommu, uint32_t option,
			uint32_t object, uint64_t value);

/**
 * iommufdx_caps() - ask what this /dev/iommu offers above Linux's
 * @iommu: the iommufd
 * @dev_id: a bound device to ask about, or 0
 * @caps: the kernel's answer, all fields named out_* are filled
 *
 * Return: 0; -ENOTTY (Linux's own iommufd, which has no such question); -ENOENT
 * (no such device).
 */
int iommufdx_caps(struct iommufdx *iommu, uint32_t dev_id,
		  struct iommufdx_get_caps *caps);

/**
 * iommufdx_table_caps() - ask what page tables a device can be given
 * @iommu: the iommufd
 * @dev_id: a bound device
 * @tables: filled as far as there is room
 * @num: room in @tables; how many there are
 *
 * Return: 0; -ENOTTY (Linux's own iommufd); -ENOENT (no such device).
 */
int iommufdx_table_caps(struct iommufdx *iommu, uint32_t dev_id,
			struct iommufdx_table_caps *tables, uint32_t *num);

/* ------------------------------------------------------------ address spaces */

/**
 * iommufdx_ioas_alloc() - make an empty I/O address space
 * @iommu: the iommufd
 * @ioas: its ID
 *
 * Return: 0 or a negative errno.
 */
int iommufdx_ioas_alloc(struct iommufdx *iommu, uint32_t *ioas);

/**
 * iommufdx_ioas_map() - map memory of this process
 * @iommu: the iommufd
 * @ioas: the address space
 * @flags: enum iommufd_ioas_map_flags
 * @va: first byte, aligned like the IOVA
 * @length: bytes
 * @iova: in: where, with IOMMU_IOAS_MAP_FIXED_IOVA; out: where it is
 *
 * The memory is pinned and charged while a HWPT of the address space exists.
 *
 * Return: 0; -EINVAL (no access flag, zero length, misaligned, or a reserved
 * IOVA); -EEXIST (something is mapped there); -ENOSPC (no gap is large enough);
 * -EOVERFLOW (the range wraps); -EFAULT (no such memory, or not writable);
 * -ENOMEM (also: over RLIMIT_MEMLOCK); -ENOENT (no such address space).
 */
int iommufdx_ioas_map(struct iommufdx *iommu, uint32_t ioas, uint32_t flags,
		      const void *va, uint64_t length, uint64_t *iova);

/**
 * iommufdx_ioas_unmap() - unmap whole mappings
 * @iommu: the iommufd
 * @ioas: the address space
 * @iova: first byte
 * @length: bytes; UINT64_MAX with @iova 0 unmaps everything
 * @unmapped: bytes that were mapped there, may be NULL
 *
 * Return: 0; -ENOENT (nothing is mapped there, or the range would cut a mapping
 * in two); -EINVAL (zero length); -EOVERFLOW (the range wraps); -EBUSY.
 */
int iommufdx_ioas_unmap(struct iommufdx *iommu, uint32_t ioas, uint64_t iova,
			uint64_t length, uint64_t *unmapped);

/**
 * iommufdx_ioas_copy() - map again what is mapped already
 * @iommu: the iommufd
 * @dst: address space to map into
 * @src: address space to take from, may be the same
 * @flags: enum iommufd_ioas_map_flags; FIXED_IOVA speaks of @dst_iova
 * @src_iova: first byte to take
 * @length: bytes
 * @dst_iova: in: where, with IOMMU_IOAS_MAP_FIXED_IOVA; out: where it is
 *
 * Both share one pin and one charge.
 *
 * Return: as iommufdx_ioas_map(); -ENOENT also when part of the source is not
 * mapped; -EPERM (write access to what was mapped without).
 */
int iommufdx_ioas_copy(struct iommufdx *iommu, uint32_t dst, uint32_t src,
		       uint32_t flags, uint64_t src_iova, uint64_t length,
		       uint64_t *dst_iova);

/**
 * iommufdx_ioas_ranges() - ask which IOVAs can be mapped
 * @iommu: the iommufd
 * @ioas: the address space
 * @ranges: room for *@num entries, written in ascending order
 * @num: in: how many entries fit; out: how many there are, also with -EMSGSIZE
 * @alignment: what IOVAs and lengths must be multiples of; may be NULL; written
 *	also with -EMSGSIZE
 *
 * Return: 0; -EMSGSIZE (more ranges than fit); -ENOENT (no such address space).
 */
int iommufdx_ioas_ranges(struct iommufdx *iommu, uint32_t ioas,
			 struct iommu_iova_range *ranges, uint32_t *num,
			 uint64_t *alignment);

/**
 * iommufdx_ioas_allow() - keep IOVAs usable, whatever devices are attached
 * @iommu: the iommufd
 * @ioas: the address space
 * @ranges: what to keep; takes the place of an earlier list
 * @num: entries of @ranges, 0 withdraws the list
 *
 * Return: 0; -EINVAL (an empty range, or two that overlap); -EADDRINUSE (a
 * device reserves part of it already); -ENOENT (no such address space).
 */
int iommufdx_ioas_allow(struct iommufdx *iommu, uint32_t ioas,
			const struct iommu_iova_range *ranges, uint32_t num);

/* --------------------------------------------------------------- page tables */

/**
 * iommufdx_hwpt_alloc() - make a page table that an address space fills
 * @iommu: the iommufd
 * @dev_id: a bound device, for whose IOMMU the table is made
 * @pt_id: the address space
 * @flags: enum iommufd_hwpt_alloc_flags
 * @hwpt: its ID
 *
 * Return: 0; -EOPNOTSUPP (flags that this IOMMU cannot serve); -ENOENT (no such
 * device); -EINVAL (@pt_id is no address space); -EADDRINUSE (the address space
 * maps what the table cannot hold); -ENOMEM.
 */
int iommufdx_hwpt_alloc(struct iommufdx *iommu, uint32_t dev_id, uint32_t pt_id,
			uint32_t flags, uint32_t *hwpt);

/**
 * struct iommufdx_hwpt_request - what a page table must be able to do
 * @flags: enum iommufdx_hwpt_flags
 * @format: enum iommufdx_format
 * @va_bits: least width of an IOVA in bits, 0 for the hardware's usual one
 * @page_sizes: sizes of leaves that may be used, a mask of bytes, 0 for all
 * @quirks: enum iommufdx_hwpt_quirks
 * @fault_id: a fault queue, with IOMMUFDX_HWPT_FAULT_ID_VALID
 */
struct iommufdx_hwpt_request {
	uint32_t flags;
	uint32_t format;
	uint32_t va_bits;
	uint64_t page_sizes;
	uint32_t quirks;
	uint32_t fault_id;
};

/**
 * struct iommufdx_hwpt_choice - what a page table is
 * @hwpt: its ID
 * @format: enum iommufdx_format
 * @va_bits: IOVAs are below 1 << @va_bits
 * @flags: enum iommufdx_hwpt_flags of all that it can do
 * @page_sizes: sizes of leaves in use, a mask of bytes
 */
struct iommufdx_hwpt_choice {
	uint32_t hwpt;
	uint32_t format;
	uint32_t va_bits;
	uint32_t flags;
	uint64_t page_sizes;
};

/**
 * iommufdx_hwpt_request() - make a page table by what it must be able to do
 * @iommu: the iommufd
 * @dev_id: a bound device, for whose IOMMU the table is made
 * @ioas: the address space that fills it
 * @want: the request
 * @got: what was chosen
 *
 * Return: 0; -EOPNOTSUPP (the IOMMU cannot meet the request); -EINVAL (it
 * contradicts itself); -ENOENT (no such device, address space or fault queue);
 * -EADDRINUSE (the address space maps what the table cannot hold); -ENOMEM.
 */
int iommufdx_hwpt_request(struct iommufdx *iommu, uint32_t dev_id, uint32_t ioas,
			  const struct iommufdx_hwpt_request *want,
			  struct iommufdx_hwpt_choice *got);

/**
 * iommufdx_hwpt_sva() - make a page table that follows this process
 * @iommu: the iommufd
 * @dev_id: a bound device, for whose IOMMU it is made
 * @hwpt: its object ID; only for PASIDs
 * @va_bits: addresses that devices reach are below 1 << *@va_bits; may be NULL
 *
 * A PASID attached to it has the addresses of the calling process, now and later,
 * without anything being mapped or pinned.
 *
 * Return: 0; -EOPNOTSUPP (the device, its IOMMU or the kernel cannot); -ENOENT (no
 * such device); -ENOMEM.
 */
int iommufdx_hwpt_sva(struct iommufdx *iommu, uint32_t dev_id, uint32_t *hwpt,
		      uint32_t *va_bits);

/**
 * iommufdx_plan_domains() - find the fewest page tables for a set of devices
 * @iommu: the iommufd
 * @devices: bound devices and what each needs; gets the group of each
 * @num: how many
 * @groups: what to ask iommufdx_hwpt_request() for, for each group
 * @num_groups: room in @groups; how many there are
 * @flags: enum iommufdx_plan_flags, or NULL
 *
 * Return: 0; -EMSGSIZE (more groups than room: *@num_groups says how many);
 * -EOPNOTSUPP (an unknown flag, format or quirk); -EINVAL (a need that
 * contradicts itself, or no device); -E2BIG; -ENOENT (no such device); -ENOMEM.
 */
int iommufdx_plan_domains(struct iommufdx *iommu,
			  struct iommufdx_plan_device *devices, uint32_t num,
			  struct iommufdx_plan_group *groups,
			  uint32_t *num_groups, uint32_t *flags);

/**
 * iommufdx_plan_separations() - the same, and why groups are apart
 * @iommu: the iommufd
 * @devices: as for iommufdx_plan_domains(), as all that follow
 * @num: how many
 * @groups: the answer
 * @num_groups: room in @groups; how many there are
 * @flags: enum iommufdx_plan_flags, or NULL
 * @separations: room for the square of the given *@num_groups; gets enum
 *	iommufdx_plan_reason of groups N and M at N * *@num_groups + M, with the
 *	answered *@num_groups; or NULL
 *
 * Return: as iommufdx_plan_domains().
 */
int iommufdx_plan_separations(struct iommufdx *iommu,
			      struct iommufdx_plan_device *devices,
			      uint32_t num, struct iommufdx_plan_group *groups,
			      uint32_t *num_groups, uint32_t *flags,
			      uint8_t *separations);

/**
 * struct iommufdx_hw_info - what the IOMMU of a device can do
 * @type: enum iommu_hw_info_type: which struct was written to the data buffer
 * @data_len: bytes that the kernel has of that struct, fitted or not
 * @max_pasid_log2: usable bits of a PASID, 0 for no PASIDs
 * @capabilities: enum iommufd_hw_capabilities
 */
struct iommufdx_hw_info {
	uint32_t type;
	uint32_t data_len;
	uint8_t max_pasid_log2;
	uint64_t capabilities;
};

/**
 * iommufdx_hw_info() - ask what the IOMMU of a device can do
 * @iommu: the iommufd
 * @dev_id: a bound device
 * @info: the answer
 * @data: buffer for the vendor's struct, may be NULL
 * @data_len: its size; bytes that the kernel does not fill are zeroed
 *
 * Return: 0; -ENOENT (no such device); -EOPNOTSUPP.
 */
int iommufdx_hw_info(struct iommufdx *iommu, uint32_t dev_id,
		     struct iommufdx_hw_info *info, void *data,
		     uint32_t data_len);

/**
 * iommufdx_dirty_set() - start or stop recording which pages devices write
 * @iommu: the iommufd
 * @hwpt: a table made with IOMMU_HWPT_ALLOC_DIRTY_TRACKING
 * @enable: start (with no page dirty) or stop
 *
 * Return: 0; -EOPNOTSUPP (a table made without the flag); -ENOENT.
 */
int iommufdx_dirty_set(struct iommufdx *iommu, uint32_t hwpt, bool enable);

/**
 * iommufdx_dirty_get() - read which pages were written
 * @iommu: the iommufd
 * @hwpt: a table made with IOMMU_HWPT_ALLOC_DIRTY_TRACKING
 * @flags: enum iommufd_hwpt_get_dirty_bitmap_flags; 0 clears what it reports
 * @iova: first byte, a multiple of @page_size
 * @length: bytes, a multiple of @page_size
 * @page_size: bytes that one bit stands for, a power of two
 * @bitmap: (@length / @page_size + 63) / 64 words. Bits are set, never cleared
 *
 * Return: 0; -EINVAL (bad range or page size); -EOPNOTSUPP (the table cannot
 * track); -ENOENT.
 */
int iommufdx_dirty_get(struct iommufdx *iommu, uint32_t hwpt, uint32_t flags,
		       uint64_t iova, uint64_t length, uint64_t page_size,
		       uint64_t *bitmap);

/**
 * struct iommufdx_dirty_memory - a piece of a guest's memory
 * @gpa: guest-physical address
 * @length: bytes
 * @iova: where the address space has it; most VMMs map it at @gpa
 */
struct iommufdx_dirty_memory {
	uint64_t gpa;
	uint64_t length;
	uint64_t iova;
};

/**
 * iommufdx_dirty_guest() - read which pages of a guest its devices have written
 * @iommu: the iommufd
 * @hwpts: for each device, or each table that it uses, the HWPT that knows: what
 *	it is attached to; where that is a nested or a shadow HWPT, its parent.
 *	Repeated ones are read once. All of them track
 * @num_hwpts: how many
 * @memory: the guest's memory
 * @num_memory: how many pieces
 * @page_size: bytes that one bit stands for, a power of two that all addresses and
 *	lengths are multiples of
 * @base: guest-physical address of bit 0, no piece begins below it
 * @bitmap: a word for each 64 pages from @base to the end of the highest piece;
 *	only words that speak of memory need be there. Bits are set, never cleared
 *
 * What is reported becomes clean. After an error the bitmap has what was cleared by
 * then: a VMM keeps it and asks again.
 *
 * Return: 0; -EINVAL (an address or a size; a HWPT that does not track); -ENOMEM;
 * and as iommufdx_dirty_get().
 */
int iommufdx_dirty_guest(struct iommufdx *iommu, const uint32_t *hwpts,
			 uint32_t num_hwpts,
			 const struct iommufdx_dirty_memory *memory,
			 uint32_t num_memory, uint64_t page_size, uint64_t base,
			 uint64_t *bitmap);

/**
 * struct iommufdx_page_sizes - a range of a HWPT, and the leaves in it
 * @iova: first byte; out: first byte not dealt with
 * @length: bytes; out: bytes not dealt with
 * @smallest: out: smallest leaf in what was dealt with, 0 if nothing is mapped
 * @largest: out: largest
 * @live: out: sizes change without a fault
 */
struct iommufdx_page_sizes {
	uint64_t iova;
	uint64_t length;
	uint64_t smallest;
	uint64_t largest;
	bool live;
};

/**
 * iommufdx_hwpt_page_size() - split or merge leaves under DMA, or look at them
 * @iommu: the iommufd
 * @hwpt: a table
 * @flags: IOMMUFDX_PAGE_SIZE_SPLIT or _MERGE, with or without _ACCEPT_FAULTS; 0 to
 *	look only
 * @page_size: largest leaf wanted, a power of two; 0 to look only
 * @range: where; says afterwards how far it went and what there is
 *
 * After -EINTR, -ENOMEM or -EIO the same call goes on where this one stopped.
 *
 * Return: 0; -EINVAL (bad range, size or flags); -EOPNOTSUPP (hardware would need
 * IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS); -EOVERFLOW; -ENOENT; -ENOMEM; -EINTR; -EIO.
 */
int iommufdx_hwpt_page_size(struct iommufdx *iommu, uint32_t hwpt,
			    uint32_t flags, uint64_t page_size,
			    struct iommufdx_page_sizes *range);

/**
 * iommufdx_ioas_unmap_dirty() - unmap whole mappings, and tell what was written
 * @iommu: the iommufd
 * @ioas: the address space
 * @iova: first byte, a multiple of @page_size
 * @length: bytes, a multiple of @page_size
 * @page_size: bytes that one bit stands for, a power of two
 * @entries: each HWPT of the address space that tracks, and its bitmap, laid out
 *	as iommufdx_dirty_get() says
 * @num: how many
 * @unmapped: bytes that were mapped there, may be NULL
 *
 * A write of a device either faults or is in a bitmap. On every error but -EIO
 * nothing is unmapped and no dirty state is lost.
 *
 * Return: 0; -EINVAL (bad range or page size, or the entries are not the HWPTs
 * that track); -ENOENT (nothing is mapped there, or the range would cut a mapping
 * in two); -EOPNOTSUPP (a table that cannot track); -EFAULT; -ENOMEM; -EBUSY;
 * -EIO (unmapped and reported, but hardware did not answer).
 */
int iommufdx_ioas_unmap_dirty(struct iommufdx *iommu, uint32_t ioas,
			      uint64_t iova, uint64_t length,
			      uint64_t page_size,
			      const struct iommufdx_dirty_entry *entries,
			      uint32_t num, uint64_t *unmapped);

/* ------------------------------------------------------------------- nesting */

/**
 * iommufdx_hwpt_nest() - translate by a table that a guest owns
 * @iommu: the iommufd
 * @dev_id: a bound device, for whose IOMMU the table is
 * @on: a nesting parent (VT-d) or a vIOMMU (SMMUv3)
 * @flags: IOMMU_HWPT_ALLOC_PASID or 0
 * @type: enum iommu_hwpt_data_type
 * @data: the vendor's struct that says where the table is
 * @data_len: its size
 * @hwpt: its ID
 *
 * Return: 0; -EOPNOTSUPP (this IOMMU cannot nest, or not by this struct; an
 * unknown flag in it); -EINVAL or -EIO (a field is wrong); -ENOENT (no such
 * device or parent).
 */
int iommufdx_hwpt_nest(struct iommufdx *iommu, uint32_t dev_id, uint32_t on,
		       uint32_t flags, uint32_t type, const void *data,
		       uint32_t data_len, uint32_t *hwpt);

/**
 * iommufdx_viommu_alloc() - give a guest its share of an IOMMU
 * @iommu: the iommufd
 * @dev_id: a bound device behind that IOMMU
 * @parent: nesting parent: the guest's physical memory
 * @type: enum iommu_viommu_type
 * @viommu: its ID
 *
 * Return: 0; -EOPNOTSUPP (the IOMMU has no such type); -EINVAL (@parent is no
 * nesting parent that this IOMMU can use); -ENOENT.
 */
int iommufdx_viommu_alloc(struct iommufdx *iommu, uint32_t dev_id,
			  uint32_t parent, uint32_t type, uint32_t *viommu);

/**
 * iommufdx_vdevice_alloc() - give a device the name that a guest has for it
 * @iommu: the iommufd
 * @viommu: the guest's share of the IOMMU
 * @dev_id: the bound device
 * @virt_id: the guest's stream ID or requester ID
 * @vdevice: its ID
 *
 * Return: 0; -EEXIST (the device has a name, or the name is taken); -EINVAL (the
 * device is behind another IOMMU, or there is no such name); -ENOENT.
 */
int iommufdx_vdevice_alloc(struct iommufdx *iommu, uint32_t viommu,
			   uint32_t dev_id, uint64_t virt_id,
			   uint32_t *vdevice);

/**
 * iommufdx_veventq_alloc() - take the events that a guest is to see
 * @iommu: the iommufd
 * @viommu: whose
 * @type: enum iommu_veventq_type
 * @depth: events that the queue holds
 * @veventq: its ID
 * @fd: descriptor to poll and read struct iommufd_vevent_header from; the
 *	caller's to close
 *
 * Return: 0; -EEXIST (there is one of this type); -EINVAL (@depth); -ENOENT.
 */
int iommufdx_veventq_alloc(struct iommufdx *iommu, uint32_t viommu,
			   uint32_t type, uint32_t depth, uint32_t *veventq,
			   int *fd);

#ifdef __cplusplus
}
#endif

#include <iommufdx_device.h>

#endif /* IOMMUFDX_H */
