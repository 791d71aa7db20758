/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What iommufdx adds to dirty tracking. Included by iommufdx.h, which has the
 * numbers and the shape of every struct.
 */
#ifndef _UAPI_IOMMUFDX_DIRTY_H
#define _UAPI_IOMMUFDX_DIRTY_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/iommufd.h>

/* Most HWPTs that one IOMMUFDX_IOAS_UNMAP_DIRTY can name. */
#define IOMMUFDX_UNMAP_DIRTY_MAX	256

/**
 * struct iommufdx_dirty_entry - one HWPT of IOMMUFDX_IOAS_UNMAP_DIRTY
 * @hwpt_id: a paging HWPT of the IOAS that tracks
 * @__reserved: must be 0
 * @data: user address of its bitmap: bit n, of the byte n / 8, stands for the
 *	@page_size bytes from @iova + n * @page_size on. Bits are set, never
 *	cleared. Two HWPTs may share one bitmap.
 */
struct iommufdx_dirty_entry {
	__u32 hwpt_id;
	__u32 __reserved;
	__aligned_u64 data;
};

/**
 * struct iommufdx_ioas_unmap_dirty - ioctl(IOMMUFDX_IOAS_UNMAP_DIRTY)
 * @size: sizeof(struct iommufdx_ioas_unmap_dirty)
 * @flags: must be 0
 * @ioas_id: where to unmap
 * @entry_num: HWPTs named, 1 to IOMMUFDX_UNMAP_DIRTY_MAX
 * @entry_len: sizeof(struct iommufdx_dirty_entry)
 * @__reserved: must be 0
 * @iova: first byte, a multiple of @page_size
 * @length: bytes, a multiple of @page_size; out: bytes that were unmapped
 * @page_size: bytes per bit, a power of two, however large leaves are
 * @entries_uptr: user address of @entry_num struct iommufdx_dirty_entry
 *
 * IOMMU_IOAS_UNMAP that tells what was written. For each HWPT named, the bitmap
 * gets every page of the range that was written to since it was last reported,
 * up to the instant in which it became unmapped, also by the nested HWPTs on
 * top. There is no window: a DMA either faults or is in the bitmap.
 *
 * Areas are unmapped as a whole, as IOMMU_IOAS_UNMAP does. Each HWPT of the IOAS
 * that tracks must be named: what it knows of the range is lost otherwise.
 *
 * All memory, the bitmaps' included, is there before the first page is unmapped.
 * On every error but EIO nothing is unmapped, and nothing is reported that a
 * later call does not report again.
 *
 * Return: 0; EOPNOTSUPP (@flags or reserved fields not 0, or a HWPT that cannot
 * track); EINVAL (no range, unaligned, @page_size is no power of two; no entry or
 * @entry_len too short; a HWPT that does not track, is of another IOAS, is named
 * twice, or one that tracks is not named); E2BIG (too many entries, or bytes of
 * an entry that this version does not know are not 0); EOVERFLOW (the range
 * wraps); ENOENT (no such IOAS or HWPT, nothing is mapped, or an area reaches out
 * of the range); EBUSY (an area is being worked on); EFAULT (entries or a bitmap
 * are not there); ENOMEM; EINTR (a fatal signal); EIO (unmapped and reported, but
 * hardware did not confirm that it forgot the range, and DMA that was under way
 * may still reach that memory, which is never given back).
 */
struct iommufdx_ioas_unmap_dirty {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 entry_num;
	__u32 entry_len;
	__u32 __reserved;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__aligned_u64 entries_uptr;
};
#define IOMMUFDX_IOAS_UNMAP_DIRTY \
	_IO(IOMMUFD_TYPE, IOMMUFDX_CMD_IOAS_UNMAP_DIRTY)

/**
 * enum iommufdx_page_size_flags - flags of IOMMUFDX_HWPT_SET_PAGE_SIZE
 * @IOMMUFDX_PAGE_SIZE_SPLIT: leaves larger than @page_size become leaves of the
 *	largest size up to it that the HWPT uses
 * @IOMMUFDX_PAGE_SIZE_MERGE: neighbours become leaves of up to @page_size, as
 *	far as memory and alignment allow
 * @IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS: where hardware needs break-before-make,
 *	DMA to the range may fault for a moment
 * @IOMMUFDX_PAGE_SIZE_LIVE: only in @out_flags: sizes change under DMA, without
 *	a fault, those of shadows too
 */
enum iommufdx_page_size_flags {
	IOMMUFDX_PAGE_SIZE_SPLIT = 1 << 0,
	IOMMUFDX_PAGE_SIZE_MERGE = 1 << 1,
	IOMMUFDX_PAGE_SIZE_ACCEPT_FAULTS = 1 << 2,
	IOMMUFDX_PAGE_SIZE_LIVE = 1 << 3,
};

/**
 * struct iommufdx_hwpt_set_page_size - ioctl(IOMMUFDX_HWPT_SET_PAGE_SIZE)
 * @size: sizeof(struct iommufdx_hwpt_set_page_size)
 * @flags: SPLIT or MERGE, with or without ACCEPT_FAULTS; 0 only asks
 * @hwpt_id: a paging HWPT
 * @out_flags: IOMMUFDX_PAGE_SIZE_LIVE or 0
 * @iova: first byte; out: first byte not dealt with
 * @length: bytes; out: bytes not dealt with
 * @page_size: largest leaf wanted in bytes, a power of two; 0 if @flags is 0
 * @out_smallest: smallest leaf there is now in what was dealt with, 0 if nothing
 *	is mapped there
 * @out_largest: largest leaf
 *
 * Change the sizes of leaves under live DMA: translations, accessed and dirty
 * state stay what they are. Small leaves tell exactly what was written, large ones
 * make DMA fast; memory mapped later is not concerned. A mapping that is being
 * made or unmapped at the moment is left out. Leaves of shadows of the HWPT are
 * never larger than its own for the same memory, and change with them; the out
 * fields do not tell of them.
 *
 * All out fields are written on EINTR, ENOMEM, EIO and EOPNOTSUPP of the hardware,
 * too: the same call then goes on where this one stopped.
 *
 * Return: 0; EOPNOTSUPP (unknown flags; or hardware needs break-before-make and
 * ACCEPT_FAULTS is not given); EINVAL (SPLIT and MERGE, or @page_size is no power
 * of two or does not go with @flags; a range that is empty or not aligned to the
 * smallest page of the HWPT; SPLIT below that; MERGE while IOMMU_OPTION_HUGE_PAGES
 * is 0); EOVERFLOW (the range wraps); ENOENT (no such HWPT); ENOMEM; EINTR (a
 * signal); EIO (hardware does not answer).
 */
struct iommufdx_hwpt_set_page_size {
	__u32 size;
	__u32 flags;
	__u32 hwpt_id;
	__u32 out_flags;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__aligned_u64 out_smallest;
	__aligned_u64 out_largest;
};
#define IOMMUFDX_HWPT_SET_PAGE_SIZE \
	_IO(IOMMUFD_TYPE, IOMMUFDX_CMD_HWPT_SET_PAGE_SIZE)

/**
 * enum iommufdx_options - what IOMMU_OPTION knows besides Linux's
 * @IOMMUFDX_OPTION_DIRTY_PAGE_SIZE: of a HWPT that can track: largest leaf while it
 *	tracks, a power of two; 0, the default, for any. Switching tracking on then
 *	splits what is larger, and what is mapped while it is on is mapped that
 *	small. Setting it while tracking is on has no effect until it is switched on
 *	anew. EOPNOTSUPP where hardware needs break-before-make.
 * @IOMMUFDX_OPTION_DIRTY_SKIP: of a HWPT that can track: 1 makes
 *	IOMMU_HWPT_GET_DIRTY_BITMAP look only where devices were at all since the
 *	last time, for one more invalidation per call; 0, the default, looks
 *	everywhere. EOPNOTSUPP where hardware does not say.
 */
enum iommufdx_options {
	IOMMUFDX_OPTION_DIRTY_PAGE_SIZE = 0x1001,
	IOMMUFDX_OPTION_DIRTY_SKIP = 0x1002,
};

#endif /* _UAPI_IOMMUFDX_DIRTY_H */
