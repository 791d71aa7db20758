// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that user space may map: doorbells of vIOMMUs, rings.
 *
 * Each range has an offset in the file of the iommufd: a unit of its own, which
 * no range is larger than. A mapping is a user of the range's owner, so the
 * pages stay while they are mapped.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "core/guest/viommu.h"

#define FDX_MMAP_UNIT_SHIFT	32
#define FDX_MMAP_UNIT		BIT_ULL(FDX_MMAP_UNIT_SHIFT)
/* The last unit that an offset, which is signed, can name. */
#define FDX_MMAP_LAST		(S64_MAX >> FDX_MMAP_UNIT_SHIFT)

int fdx_mmap_add(struct iommufdx_ctx *ictx, struct fdx_object *owner,
		 phys_addr_t phys, size_t length, u64 *offset)
{
	struct fdx_mmap *map;
	u32 unit;
	int rc;

	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return -ENOMEM;
	map->owner = owner;
	map->phys = phys;
	map->length = length;

	/* Unit 0 is nobody's: it is what a careless caller passes. */
	rc = xa_alloc(&ictx->mmaps, &unit, map, XA_LIMIT(1, FDX_MMAP_LAST),
		      GFP_KERNEL_ACCOUNT);
	if (rc) {
		kfree(map);
		/* All offsets are taken. */
		return rc == -EBUSY ? -ENOMEM : rc;
	}
	*offset = (u64)unit << FDX_MMAP_UNIT_SHIFT;
	map->pgoff = *offset >> PAGE_SHIFT;
	return 0;
}

void fdx_mmap_remove(struct iommufdx_ctx *ictx, struct fdx_object *owner,
		     u64 offset)
{
	struct fdx_mmap *map;

	map = xa_erase(&ictx->mmaps, offset >> FDX_MMAP_UNIT_SHIFT);
	WARN_ON_ONCE(!map || map->owner != owner);
	kfree(map);
}

int iommufdx_viommu_mmap_add(struct iommufdx_viommu *viommu, phys_addr_t phys,
			     size_t length, u64 *offset)
{
	struct fdx_viommu *core = viommu->core;

	if (!PAGE_ALIGNED(phys) || !length || !PAGE_ALIGNED(length) ||
	    length > FDX_MMAP_UNIT)
		return -EINVAL;
	return fdx_mmap_add(core->ictx, &core->obj, phys, length, offset);
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_mmap_add);

void iommufdx_viommu_mmap_remove(struct iommufdx_viommu *viommu, u64 offset)
{
	struct fdx_viommu *core = viommu->core;

	fdx_mmap_remove(core->ictx, &core->obj, offset);
}
EXPORT_SYMBOL_GPL(iommufdx_viommu_mmap_remove);

static void fdx_vma_open(struct vm_area_struct *vma)
{
	struct fdx_object *owner = vma->vm_private_data;

	refcount_inc(&owner->users);
}

static void fdx_vma_close(struct vm_area_struct *vma)
{
	struct fdx_object *owner = vma->vm_private_data;

	refcount_dec(&owner->users);
}

static const struct vm_operations_struct fdx_vma_ops = {
	.open = fdx_vma_open,
	.close = fdx_vma_close,
};

/* The range that @vma wants: only a whole one, from its start. Or NULL. */
static struct fdx_mmap *mmap_find(struct iommufdx_ctx *ictx,
				  const struct vm_area_struct *vma)
{
	struct fdx_mmap *map;

	map = xa_load(&ictx->mmaps,
		      vma->vm_pgoff >> (FDX_MMAP_UNIT_SHIFT - PAGE_SHIFT));
	if (!map || map->pgoff != vma->vm_pgoff ||
	    map->length != vma->vm_end - vma->vm_start)
		return NULL;
	return map;
}

/*
 * Become a user of the owner of the range that @vma wants, or NULL. An owner
 * that is not published yet may still be aborted, one that has lost its ID is
 * being destroyed: its ID decides. With the owner held, the range stays.
 */
static struct fdx_object *mmap_use(struct iommufdx_ctx *ictx,
				   const struct vm_area_struct *vma,
				   phys_addr_t *phys)
{
	struct fdx_object *owner;
	struct fdx_mmap *map;
	u32 id = 0;

	xa_lock(&ictx->mmaps);
	map = mmap_find(ictx, vma);
	if (map)
		id = map->owner->id;
	xa_unlock(&ictx->mmaps);
	owner = fdx_get_object(ictx, id, FDX_OBJ_ANY);
	if (IS_ERR(owner))
		return NULL;

	xa_lock(&ictx->mmaps);
	map = mmap_find(ictx, vma);
	if (map && map->owner == owner) {
		refcount_inc(&owner->users);
		*phys = map->phys;
	} else {
		map = NULL;
	}
	xa_unlock(&ictx->mmaps);
	fdx_put_object(ictx, owner);
	return map ? owner : NULL;
}

int fdx_mmap_file(struct file *file, struct vm_area_struct *vma)
{
	struct iommufdx_ctx *ictx = file->private_data;
	struct fdx_object *owner;
	phys_addr_t phys;
	int rc;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	owner = mmap_use(ictx, vma, &phys);
	if (!owner)
		return -ENXIO;

	vma->vm_pgoff = 0;
	vma->vm_private_data = owner;
	vma->vm_ops = &fdx_vma_ops;
	/* Memory keeps the kernel's own attribute; registers are not cached. */
	if (!pfn_valid(phys >> PAGE_SHIFT))
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	rc = io_remap_pfn_range(vma, vma->vm_start, phys >> PAGE_SHIFT,
				vma->vm_end - vma->vm_start, vma->vm_page_prot);
	if (rc)
		refcount_dec(&owner->users);
	return rc;
}
