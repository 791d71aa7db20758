/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Shadow HWPTs: a guest's page table on hardware that cannot nest. Part of
 * iommufdx.h, which a program includes.
 *
 * IOMMU_HWPT_ALLOC with IOMMUFDX_HWPT_DATA_SHADOW on a paging HWPT makes a HWPT
 * that follows a page table in the guest's memory. Guest-physical addresses are
 * IOVAs of the paging HWPT's IOAS. The kernel walks the guest's table, looks up
 * where each leaf leads to in the IOAS, and keeps a table of its own for the
 * device. The paging HWPT need not be a nesting parent, nor of the same
 * hardware; while a shadow is there, destroying it answers EBUSY.
 *
 * The hardware that a guest sees in front of a shadow has *caching mode*: entries
 * that are not present are cached as well. After each change of its table the
 * guest invalidates, and the VMM passes that on with IOMMU_HWPT_INVALIDATE and
 * IOMMUFDX_HWPT_INVALIDATE_DATA_SHADOW. Between the change and the invalidation
 * the device may see either.
 *
 * Accessed and dirty bits of the guest's table are never written. The hardware
 * that the guest sees must not offer them where that is an option; where it is
 * not (x86 first stage), a guest that reads them finds them as it left them.
 *
 * What is unmapped from the IOAS is gone from its shadows when that returns. What
 * is mapped into the IOAS appears with the next invalidation of an IOVA that leads
 * there. DMA-BUFs do not appear.
 *
 * Requests of the device are an unprivileged reader's or writer's; execution is
 * not told from reading.
 */
#ifndef _UAPI_IOMMUFDX_SHADOW_H
#define _UAPI_IOMMUFDX_SHADOW_H

#include <linux/types.h>

/* Values of iommu_hwpt_alloc.data_type and iommu_hwpt_invalidate.data_type. */
enum iommufdx_hwpt_shadow_data {
	IOMMUFDX_HWPT_DATA_SHADOW = 0x1000,
	IOMMUFDX_HWPT_INVALIDATE_DATA_SHADOW = 0x1001,
};

/**
 * enum iommufdx_hwpt_shadow_flags - how a shadow begins
 * @IOMMUFDX_HWPT_SHADOW_EMPTY: with nothing mapped, whatever the guest's table
 *	holds; the VMM invalidates, in as many parts as it likes, before it attaches
 */
enum iommufdx_hwpt_shadow_flags {
	IOMMUFDX_HWPT_SHADOW_EMPTY = 1 << 0,
};

/**
 * struct iommufdx_hwpt_shadow - a guest's page table, to be followed
 * @flags: enum iommufdx_hwpt_shadow_flags
 * @format: enum iommufdx_format: AMDV1, X86_64, VTDSS or ARMV8_S1
 * @root: guest-physical address of the top table
 * @levels: tables on the way to a page. AMDV1: 1 to 6; X86_64: 4 or 5; VTDSS: 3
 *	to 5; ARMV8_S1: 0
 * @va_bits: ARMV8_S1: width of an IOVA, 25 to 48 (64 - T0SZ); else 0
 * @granule_shift: ARMV8_S1: log2 of the smallest page, 12, 14 or 16; else 0
 * @out_caching_mode: 1: each change of the table needs an invalidation
 * @out_va_bits: IOVAs of 1 << @out_va_bits and above are never mapped, whatever
 *	the guest's table says: the hardware is not that wide. The upper half of
 *	an x86 table is not either.
 * @__reserved: must be 0
 *
 * iommu_hwpt_alloc.flags may be IOMMU_HWPT_ALLOC_PASID and
 * IOMMU_HWPT_FAULT_ID_VALID. Unless @flags says otherwise, the answer comes when
 * all of the guest's table has been followed.
 *
 * Return: as IOMMU_HWPT_ALLOC, and EOPNOTSUPP (an unknown flag or format, or the
 * hardware's pages are larger than the guest's); EINVAL (no such table, @root is
 * not aligned, or the paging HWPT was made by attaching to an IOAS); E2BIG (more
 * entries than one call follows: use IOMMUFDX_HWPT_SHADOW_EMPTY); ENOMEM (memory,
 * or RLIMIT_MEMLOCK, which tables and what is kept about them count against).
 */
struct iommufdx_hwpt_shadow {
	__u32 flags;
	__u32 format;
	__aligned_u64 root;
	__u32 levels;
	__u32 va_bits;
	__u32 granule_shift;
	__u32 out_caching_mode;
	__u32 out_va_bits;
	__u32 __reserved;
};

/**
 * enum iommufdx_shadow_inv_granularity - how much is invalidated
 * @IOMMUFDX_SHADOW_INV_RANGE: @iova to @iova + @length - 1
 * @IOMMUFDX_SHADOW_INV_DOMAIN: all that has the guest's domain ID
 * @IOMMUFDX_SHADOW_INV_PASID: all of a PASID
 * @IOMMUFDX_SHADOW_INV_GLOBAL: everything
 *
 * A shadow is one table, so the last three are the same: all of it.
 */
enum iommufdx_shadow_inv_granularity {
	IOMMUFDX_SHADOW_INV_RANGE,
	IOMMUFDX_SHADOW_INV_DOMAIN,
	IOMMUFDX_SHADOW_INV_PASID,
	IOMMUFDX_SHADOW_INV_GLOBAL,
};

/**
 * struct iommufdx_hwpt_shadow_invalidate - the guest's table has changed
 * @flags: must be 0
 * @granularity: enum iommufdx_shadow_inv_granularity
 * @iova: RANGE: first byte, of any alignment; else 0
 * @length: RANGE: bytes, not 0; else 0
 *
 * An entry of IOMMU_HWPT_INVALIDATE on a shadow. When it has been counted, the
 * device sees what the guest's table said at some time during the call, or later.
 * What did not change is never missing meanwhile. An entry that was not counted
 * may have been carried out in part.
 *
 * Return: as IOMMU_HWPT_INVALIDATE, and EINVAL (an unknown granularity, or @iova
 * and @length do not fit it); EOVERFLOW (the range wraps); E2BIG (it concerns more
 * than 4 Mi entries of guest tables, 16 GiB in pages of 4 KiB: give it in parts);
 * ENOMEM (memory, or RLIMIT_MEMLOCK); EIO, ETIMEDOUT (hardware did not answer).
 */
struct iommufdx_hwpt_shadow_invalidate {
	__u32 flags;
	__u32 granularity;
	__aligned_u64 iova;
	__aligned_u64 length;
};

#endif /* _UAPI_IOMMUFDX_SHADOW_H */
