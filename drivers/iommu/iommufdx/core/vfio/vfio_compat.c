// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a VFIO type1 container, on an iommufd.
 *
 * They name no IOAS: they work on the compatibility IOAS of the file, which
 * IOMMU_VFIO_IOAS chooses, and answer ENODEV without one. Type1 (but not
 * type1v2) can unmap in the middle of a mapping; for that, large leaves are
 * switched off and areas cut.
 */
#include <linux/capability.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/vfio.h>

#include "core/area.h"
#include "core/hwpt.h"
#include "core/ioas_map.h"
#include "core/itree.h"
#include "vfio_compat.h"

struct fdx_ioas *fdx_vfio_ioas_get(struct iommufdx_ctx *ictx)
{
	struct fdx_ioas *ioas;

	xa_lock(&ictx->objects);
	ioas = ictx->vfio_ioas;
	if (!ioas || !fdx_hold_object(&ioas->obj))
		ioas = ERR_PTR(-ENODEV);
	xa_unlock(&ictx->objects);
	return ioas;
}

bool fdx_vfio_ioas_is(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas)
{
	return READ_ONCE(ictx->vfio_ioas) == ioas;
}

static void compat_ioas_set(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas)
{
	/* No use is held: destroying the IOAS clears the pointer. */
	xa_lock(&ictx->objects);
	ictx->vfio_ioas = ioas;
	xa_unlock(&ictx->objects);
}

int fdx_vfio_ioas(struct fdx_ucmd *ucmd)
{
	struct iommu_vfio_ioas *cmd = ucmd->cmd;
	struct fdx_ioas *ioas;

	if (cmd->__reserved)
		return -EOPNOTSUPP;

	switch (cmd->op) {
	case IOMMU_VFIO_IOAS_GET:
		ioas = fdx_vfio_ioas_get(ucmd->ictx);
		if (IS_ERR(ioas))
			return PTR_ERR(ioas);
		cmd->ioas_id = ioas->obj.id;
		fdx_put_object(ucmd->ictx, &ioas->obj);
		return fdx_ucmd_respond(ucmd, sizeof(*cmd));
	case IOMMU_VFIO_IOAS_SET:
		ioas = fdx_get_ioas(ucmd->ictx, cmd->ioas_id);
		if (IS_ERR(ioas))
			return PTR_ERR(ioas);
		compat_ioas_set(ucmd->ictx, ioas);
		fdx_put_object(ucmd->ictx, &ioas->obj);
		return 0;
	case IOMMU_VFIO_IOAS_CLEAR:
		compat_ioas_set(ucmd->ictx, NULL);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static long vfio_map(struct iommufdx_ctx *ictx, void __user *arg)
{
	const size_t size = offsetofend(struct vfio_iommu_type1_dma_map, size);
	u32 flags = IOMMU_IOAS_MAP_FIXED_IOVA;
	struct vfio_iommu_type1_dma_map map;
	struct fdx_ioas *ioas;
	unsigned long iova;
	int rc;

	if (copy_from_user(&map, arg, size))
		return -EFAULT;
	if (map.argsz < size || !map.flags ||
	    (map.flags & ~(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)))
		return -EINVAL;
	if (map.flags & VFIO_DMA_MAP_FLAG_READ)
		flags |= IOMMU_IOAS_MAP_READABLE;
	if (map.flags & VFIO_DMA_MAP_FLAG_WRITE)
		flags |= IOMMU_IOAS_MAP_WRITEABLE;

	ioas = fdx_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	iova = map.iova;
	rc = fdx_ioas_map_user(ictx, ioas, map.vaddr, map.size, flags, &iova);
	fdx_put_object(ictx, &ioas->obj);
	return rc;
}

/*
 * The range that @unmap means; its ends are cut, where that is how the IOAS was
 * set up.
 */
static int vfio_unmap_range(struct fdx_ioas *ioas,
			    const struct vfio_iommu_type1_dma_unmap *unmap,
			    unsigned long *first, unsigned long *last)
{
	int rc;

	*first = unmap->iova;
	if (unmap->flags & VFIO_DMA_UNMAP_FLAG_ALL) {
		*last = ULONG_MAX;
		return unmap->iova || unmap->size ? -EINVAL : 0;
	}
	if (!unmap->size)
		return -EINVAL;
	if (check_add_overflow(*first, (unsigned long)unmap->size - 1, last))
		return -EOVERFLOW;
	if (!READ_ONCE(ioas->no_large_pages))
		return 0;
	rc = fdx_ioas_cut(ioas, *last);
	if (!rc && *first)
		rc = fdx_ioas_cut(ioas, *first - 1);
	return rc;
}

static long vfio_unmap(struct iommufdx_ctx *ictx, void __user *arg)
{
	const size_t size = offsetofend(struct vfio_iommu_type1_dma_unmap, size);
	struct vfio_iommu_type1_dma_unmap unmap;
	unsigned long first, last, unmapped = 0;
	struct vfio_bitmap bitmap;
	struct fdx_ioas *ioas;
	int rc;

	if (copy_from_user(&unmap, arg, size))
		return -EFAULT;
	if (unmap.argsz < size ||
	    (unmap.flags & ~(VFIO_DMA_UNMAP_FLAG_ALL |
			     VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP)) ||
	    unmap.flags == (VFIO_DMA_UNMAP_FLAG_ALL |
			    VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP))
		return -EINVAL;
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) {
		if (unmap.argsz < size + sizeof(bitmap))
			return -EINVAL;
		if (copy_from_user(&bitmap, arg + size, sizeof(bitmap)))
			return -EFAULT;
	}

	ioas = fdx_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = vfio_unmap_range(ioas, &unmap, &first, &last);
	if (rc)
		goto out_put;
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP)
		rc = fdx_vfio_unmap_dirty(ictx, ioas, first, last, &bitmap,
					  &unmapped);
	else
		rc = fdx_ioas_unmap_range(ioas, first, last, &unmapped);
	/* VFIO's own leaves the struct alone where nothing was unmapped. */
	if ((unmap.flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) && rc &&
	    rc != -EIO)
		goto out_put;
	unmap.size = unmapped;
	if (copy_to_user(arg, &unmap, size))
		rc = -EFAULT;
out_put:
	fdx_put_object(ictx, &ioas->obj);
	return rc;
}

/* Is all DMA of the IOAS coherent whatever the device asks for? */
static long vfio_cache_coherency(struct fdx_ioas *ioas)
{
	struct fdx_hwpt_paging *hwpt;
	long coherent = 1;

	mutex_lock(&ioas->hwpt_lock);
	list_for_each_entry(hwpt, &ioas->hwpt_list, node)
		if (!(hwpt->common.domain->pt.quirks &
		      PGTABLE_QUIRK_ENFORCE_SNOOP))
			coherent = 0;
	mutex_unlock(&ioas->hwpt_lock);
	return coherent;
}

static long vfio_check_extension(struct iommufdx_ctx *ictx, unsigned long type)
{
	struct fdx_ioas *ioas;
	long rc;

	switch (type) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return 1;
	case VFIO_DMA_CC_IOMMU:
		ioas = fdx_vfio_ioas_get(ictx);
		if (IS_ERR(ioas))
			return PTR_ERR(ioas);
		rc = vfio_cache_coherency(ioas);
		fdx_put_object(ictx, &ioas->obj);
		return rc;
	default:
		return 0;
	}
}

static long vfio_set_iommu(struct iommufdx_ctx *ictx, unsigned long type)
{
	struct fdx_ioas *ioas;
	int rc = 0;

	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU)
		return -EINVAL;
	ioas = fdx_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	if (type == VFIO_TYPE1_IOMMU)
		rc = fdx_ioas_set_large_pages(ioas, false);
	if (!rc)
		WRITE_ONCE(ioas->vfio_type1, type == VFIO_TYPE1_IOMMU);
	fdx_put_object(ictx, &ioas->obj);
	return rc;
}

/* ----------------------------------------------------------- what it can do */

u64 fdx_vfio_page_sizes(struct fdx_ioas *ioas)
{
	unsigned long sizes = ULONG_MAX;
	struct iommufdx_domain *domain;
	unsigned long index;

	down_read(&ioas->domains_rwsem);
	xa_for_each(&ioas->domains, index, domain)
		sizes &= domain->pt.page_sizes;
	/* Memory comes in pages, whatever smaller leaves hardware has. */
	if (sizes & ~PAGE_MASK)
		sizes = (sizes & PAGE_MASK) | PAGE_SIZE;
	sizes = max(sizes, ioas->iova_alignment);
	up_read(&ioas->domains_rwsem);
	return sizes;
}

static u32 vfio_count_ranges(struct fdx_ioas *ioas)
{
	unsigned long first = 0, hole_last;
	u32 count = 0;

	fdx_for_each_hole(&ioas->reserved, first, ULONG_MAX, hole_last)
		count++;
	return count;
}

/* The capability chain that follows struct vfio_iommu_type1_info. */
struct vfio_caps {
	struct vfio_iommu_type1_info_dma_avail avail;
	u32 pad;
	struct vfio_iommu_type1_info_cap_migration migration;
	struct vfio_iommu_type1_info_cap_iova_range ranges;
};

/* @page_size: of dirty bitmaps, 0 if there are none. */
static struct vfio_caps *vfio_caps_get(struct fdx_ioas *ioas, u64 page_size,
				       size_t *size)
{
	const u32 offset = sizeof(struct vfio_iommu_type1_info);
	const u32 ranges = offset + offsetof(struct vfio_caps, ranges);
	unsigned long first = 0, hole_last;
	struct vfio_caps *caps;
	u32 n = 0;

	lockdep_assert_held(&ioas->iova_rwsem);
	static_assert(!(offsetof(struct vfio_caps, ranges) % sizeof(u64)));

	*size = sizeof(*caps) + vfio_count_ranges(ioas) *
					sizeof(struct vfio_iova_range);
	caps = kzalloc(*size, GFP_KERNEL_ACCOUNT);
	if (!caps)
		return NULL;
	caps->avail.header.id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL;
	caps->avail.header.version = 1;
	caps->avail.header.next = ranges;
	if (page_size) {
		caps->avail.header.next = offset + offsetof(struct vfio_caps,
							    migration);
		caps->migration.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION;
		caps->migration.header.version = 1;
		caps->migration.header.next = ranges;
		caps->migration.pgsize_bitmap = page_size;
		caps->migration.max_dirty_bitmap_size = FDX_VFIO_BITMAP_MAX;
	}
	/* Mappings are limited by memory, not by number. */
	caps->avail.avail = U32_MAX;
	caps->ranges.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
	caps->ranges.header.version = 1;
	fdx_for_each_hole(&ioas->reserved, first, ULONG_MAX, hole_last) {
		struct vfio_iova_range *range =
			(void *)(caps + 1) + n++ * sizeof(*range);

		range->start = first;
		range->end = hole_last;
	}
	caps->ranges.nr_iovas = n;
	return caps;
}

static long vfio_get_info(struct iommufdx_ctx *ictx, void __user *arg)
{
	const size_t min = offsetofend(struct vfio_iommu_type1_info,
				       iova_pgsizes);
	struct vfio_iommu_type1_info info = {};
	struct vfio_caps *caps;
	struct fdx_ioas *ioas;
	u64 dirty_page_size = 0;
	size_t size, room;
	int rc = 0;

	if (copy_from_user(&info, arg, min))
		return -EFAULT;
	if (info.argsz < min)
		return -EINVAL;
	room = info.argsz;

	ioas = fdx_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	info.iova_pgsizes = fdx_vfio_page_sizes(ioas);
	if (fdx_vfio_can_track(ioas))
		dirty_page_size = 1ULL << __ffs64(info.iova_pgsizes);
	down_read(&ioas->iova_rwsem);
	caps = vfio_caps_get(ioas, dirty_page_size, &size);
	up_read(&ioas->iova_rwsem);
	fdx_put_object(ictx, &ioas->obj);
	if (!caps)
		return -ENOMEM;

	/* All capabilities or none; argsz says how much room they want. */
	info.argsz = sizeof(info) + size;
	if (room >= info.argsz) {
		info.cap_offset = sizeof(info);
		if (copy_to_user(arg + sizeof(info), caps, size))
			rc = -EFAULT;
	}
	if (copy_to_user(arg, &info, min(room, sizeof(info))))
		rc = -EFAULT;
	kfree(caps);
	return rc;
}

long fdx_vfio_ioctl(struct iommufdx_ctx *ictx, unsigned int cmd,
		    unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return vfio_check_extension(ictx, arg);
	case VFIO_SET_IOMMU:
		return vfio_set_iommu(ictx, arg);
	case VFIO_IOMMU_GET_INFO:
		return vfio_get_info(ictx, uarg);
	case VFIO_IOMMU_MAP_DMA:
		return vfio_map(ictx, uarg);
	case VFIO_IOMMU_UNMAP_DMA:
		return vfio_unmap(ictx, uarg);
	case VFIO_IOMMU_DIRTY_PAGES:
		return fdx_vfio_dirty_pages(ictx, uarg);
	default:
		return -ENOTTY;
	}
}
