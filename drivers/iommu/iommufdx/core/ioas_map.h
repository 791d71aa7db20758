/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping into an IOAS and out of it: what the ioctls share. */
#ifndef __IOMMUFDX_IOAS_MAP_H
#define __IOMMUFDX_IOAS_MAP_H

#include <linux/list.h>

struct fdx_ioas;
struct iommufdx_ctx;

/*
 * Insert @areas, fill all domains and make them ready. @iova as for
 * fdx_iova_insert(). Takes the areas over: on failure they are freed.
 */
int fdx_ioas_map_areas(struct fdx_ioas *ioas, struct list_head *areas,
		       bool find, unsigned long *iova);

/*
 * Make areas, not inserted, that show what @ioas shows at @iova; -ENOENT where
 * it shows nothing. None is left on failure.
 */
int fdx_ioas_clone_areas(struct fdx_ioas *ioas, unsigned long iova,
			 unsigned long length, u8 prot,
			 struct list_head *areas);

/*
 * Unmap all areas of @first..@last. -ENOENT when one reaches out of it, -EBUSY
 * when one is being worked on; nothing is unmapped then. Finding none is no
 * error here. -EIO: they are unmapped, but hardware may still reach their memory,
 * which stays pinned.
 */
int fdx_ioas_unmap_range(struct fdx_ioas *ioas, unsigned long first,
			 unsigned long last, unsigned long *unmapped);

/*
 * The same, and report to @dirty, a list of struct fdx_dirty_target, what was
 * dirty in their domains when it became unmapped. Also -EFAULT, -ENOMEM and
 * -EINTR with nothing unmapped; -EAGAIN, likewise: @all domains have to be there,
 * and one is not; -EIO: all is unmapped and reported, but hardware did not say
 * that it has forgotten it.
 */
int fdx_ioas_unmap_range_dirty(struct fdx_ioas *ioas, unsigned long first,
			       unsigned long last, struct list_head *dirty,
			       bool all, unsigned long *unmapped);

/*
 * Cut the area that @last lies in behind @last. Nothing happens where an area
 * ends there, or none is. -EINVAL: the cut is not aligned, a table may have
 * large leaves there, or an access has pinned part of it; -EBUSY; -ENOMEM.
 */
int fdx_ioas_cut(struct fdx_ioas *ioas, unsigned long last);

/*
 * Map @length bytes at @uaddr of the caller; @flags are IOMMU_IOAS_MAP_*, *@iova
 * as for fdx_iova_insert().
 */
int fdx_ioas_map_user(struct iommufdx_ctx *ictx, struct fdx_ioas *ioas,
		      unsigned long uaddr, unsigned long length, u32 flags,
		      unsigned long *iova);

/*
 * Allow leaves beyond PAGE_SIZE, or not. -EINVAL: tables have some already;
 * -EADDRINUSE: an area is not page aligned.
 */
int fdx_ioas_set_large_pages(struct fdx_ioas *ioas, bool enable);

#endif /* __IOMMUFDX_IOAS_MAP_H */
